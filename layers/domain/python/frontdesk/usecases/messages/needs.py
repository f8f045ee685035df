"""The ports of the message use cases: the outbox, the rules, and the pace of sending."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message, MessageKind, MessageState
from frontdesk.domain.orders.order import Order
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Composer, Mailer, MailUnavailable, Operator, Store


class MailThrottled(MailUnavailable):
    """SES has no quota left now. This is no fault of the mail and no attempt. `seconds`: when to try again."""

    def __init__(self, seconds: int, code: str = "") -> None:
        super().__init__(code)
        self.seconds = seconds


class Due(NamedTuple):
    """A message that is due, as its index entry describes it."""

    organization_id: str
    order_id: str
    lane: str


class Entry(NamedTuple):
    """A message as the organization's list describes it, before it is read."""

    order_id: str
    name: str
    letters: str


class Outbox(Protocol):
    """The messages of all organizations, each an item in its order's partition. All calls raise Busy when out of time."""

    def put(self, context: Context, messages: Sequence[Message]) -> None:
        """Writes the messages that do not exist yet. Existing ones stay as they are. Not atomic."""

    def message(self, context: Context, order_id: str, name: str) -> Message | None:
        """Returns a message; None if there is none. Consistent."""

    def of_order(self, context: Context, order_id: str, lane: str = "") -> list[Message]:
        """Returns an order's messages, or those of one lane, by name. Consistent."""

    def several(self, context: Context, named: Sequence[tuple[str, str]]) -> list[Message]:
        """Returns the existing messages of these (order, name), in that order. Consistent."""

    def change(self, context: Context, seen: Message, message: Message) -> bool:
        """Writes a message if its revision is still that of `seen`; False if not.

        The same write records on the order a message that failed or bounced, and clears that when it was resent.
        """

    def take_causes(self, context: Context, order: Order) -> bool:
        """Removes the order's causes if they are still those of `order`; False if others were added."""

    def due(self, clock: Clock, now: int, most: int) -> Iterator[Due]:
        """Yields up to `most` due messages of all organizations, the longest waiting first. Eventually consistent."""

    def entries(self, context: Context, *, newest_first: bool = True) -> Iterator[Entry]:
        """Yields an organization's messages by the time they ended or are due. Eventually consistent."""

    def organizations_with_reminders(self, clock: Clock) -> Iterator[str]:
        """Yields each organization that has reminder rules, once. Eventually consistent."""

    def reminded_until(self, context: Context) -> int | None:
        """Returns the instant up to which reminders are in the outbox; None if there never were any. Consistent."""

    def note_reminded(self, context: Context, until: int) -> None:
        """Moves that instant forward, never back."""


class Pace(NamedTuple):
    """How many mails the account may send a second, and how many more today."""

    per_second: float
    left_today: int


@dataclass(frozen=True)
class PostOffice:
    """What sending mail takes. `sender` is the From address; `rules` may be some seconds old."""

    store: Store
    outbox: Outbox
    rules: Callable[[Context], Sequence[MessageRule]]
    compose: Composer
    mailer: Mailer
    operator: Operator
    sender: str
    pace: Callable[[], Pace]
    wait: Callable[[float], None]


# Letters in the list of messages: one for the state, one for the kind.
STATE_LETTERS: dict[MessageState, str] = {
    "waiting": "w", "sending": "w", "sent": "s", "failed": "f", "withdrawn": "x", "bounced": "b",
}  # fmt: skip
KIND_LETTERS: dict[MessageKind, str] = {
    "confirmation": "c", "change": "m", "cancellation": "x", "reminder": "r",
}  # fmt: skip


def rules_for(rules: Iterable[MessageRule], kind: MessageKind, services: set[str]) -> MessageRule | None:
    """Returns the rule with the texts of a customer's mail: the first for its kind and services; None without one.

    A reminder takes its texts from a rule of the event `before_start`.
    """
    event = "before_start" if kind == "reminder" else kind
    return next(
        (
            rule
            for rule in rules
            if rule.event == event and "customer" in rule.recipients and rule.is_for(services)
        ),
        None,
    )
