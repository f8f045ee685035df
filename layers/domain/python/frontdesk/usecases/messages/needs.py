"""What the use cases of messages need of the world: the outbox, the rules, and the pace of the way out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message, MessageKind, MessageState
from frontdesk.domain.orders.order import Order
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Composer, Mailer, MailUnavailable, Operator, Store


class MailThrottled(MailUnavailable):
    """The service has no room for it now: no fault of the mail, and no attempt. `seconds`: when to ask again."""

    def __init__(self, seconds: int, code: str = "") -> None:
        super().__init__(code)
        self.seconds = seconds


class Due(NamedTuple):
    """A message whose time has come, by what its index entry tells."""

    organization_id: str
    order_id: str
    lane: str


class Entry(NamedTuple):
    """What the list of an organization's messages tells of one before it is read."""

    order_id: str
    name: str
    letters: str


class Outbox(Protocol):
    """The messages of all organizations, each an item in its order's partition. All calls raise Busy out of time."""

    def put(self, context: Context, messages: Sequence[Message]) -> None:
        """Puts those that are not there yet; one that is there stays as it is."""

    def message(self, context: Context, order_id: str, name: str) -> Message | None:
        """One of them, read consistently."""

    def of_order(self, context: Context, order_id: str, lane: str = "") -> list[Message]:
        """Those of an order, or of one lane of it, by name, read consistently."""

    def several(self, context: Context, named: Sequence[tuple[str, str]]) -> list[Message]:
        """Those that are there of some (order, name), in that order."""

    def change(self, context: Context, seen: Message, message: Message) -> bool:
        """Writes one if it is as `seen`: the revision tells. What failed or bounced is noted on its order, and what was sent
        again is taken off that list, with the same write."""

    def take_causes(self, context: Context, order: Order) -> bool:
        """Takes the causes that `order` has off the order, if there are no others by now."""

    def due(self, clock: Clock, now: int, most: int) -> Iterator[Due]:
        """Those of all organizations that are due at `now`, the longest waiting first; some seconds behind."""

    def entries(self, context: Context, *, newest_first: bool = True) -> Iterator[Entry]:
        """An organization's, by when they ended or are due; some seconds behind."""

    def organizations_with_reminders(self, clock: Clock) -> Iterator[str]:
        """Each once; some seconds behind."""

    def reminded_until(self, context: Context) -> int | None:
        """Up to when the organization's reminders are in the outbox."""

    def note_reminded(self, context: Context, until: int) -> None:
        """Moves that on, never back."""


class Pace(NamedTuple):
    """How many mails the account may send a second, and still today."""

    per_second: float
    left_today: int


@dataclass(frozen=True)
class PostOffice:
    """What it takes to send mail; `sender` is the address that mails come from, `rules` may be some seconds behind."""

    store: Store
    outbox: Outbox
    rules: Callable[[Context], Sequence[MessageRule]]
    compose: Composer
    mailer: Mailer
    operator: Operator
    sender: str
    pace: Callable[[], Pace]
    wait: Callable[[float], None]


# What the list of messages says of each, by one letter of its state and one of its kind.
STATE_LETTERS: dict[MessageState, str] = {
    "waiting": "w", "sending": "w", "sent": "s", "failed": "f", "withdrawn": "x", "bounced": "b",
}  # fmt: skip
KIND_LETTERS: dict[MessageKind, str] = {
    "confirmation": "c", "change": "m", "cancellation": "x", "reminder": "r",
}  # fmt: skip


def rules_for(rules: Iterable[MessageRule], kind: MessageKind, services: set[str]) -> MessageRule | None:
    """The rule whose words a customer's mail has: the first that is for its kind and services."""
    return next(
        (
            rule
            for rule in rules
            if rule.event == kind and "customer" in rule.recipients and rule.is_for(services)
        ),
        None,
    )
