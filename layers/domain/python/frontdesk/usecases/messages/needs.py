"""The ports of the message use cases: the outbox, the message rules, and the rate limit for sending."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message, MessageKind, MessageState
from frontdesk.domain.orders.order import Order
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Composer, Mailer, MailUnavailable, Operator, Store


class MailThrottled(MailUnavailable):
    """SES's quota is used up for now. This does not count as an attempt at the mail. Retry after `seconds`."""

    def __init__(self, seconds: int, code: str = "") -> None:
        super().__init__(code)
        self.seconds = seconds


class Due(NamedTuple):
    """The index entry of a due message. A lane is the sequence of messages to one recipient about an order."""

    organization_id: str
    order_id: str
    lane: str


class Entry(NamedTuple):
    """An entry in the organization's list of messages. `letters` are the letters for the state and the kind, for example "wc"."""

    order_id: str
    name: str
    letters: str


class Outbox(Protocol):
    """Stores the messages of all organizations, each in the partition of the order that it is about.

    All methods raise Busy when the time is up.
    """

    def put(self, context: Context, messages: Sequence[Message]) -> None:
        """Writes those messages that do not exist yet. Leaves existing ones unchanged. The writes are not atomic."""

    def message(self, context: Context, order_id: str, name: str) -> Message | None:
        """Returns a message, or None. The read is consistent."""

    def of_order(self, context: Context, order_id: str, lane: str = "") -> list[Message]:
        """Returns an order's messages, sorted by name. With `lane`, returns only messages of that lane. The read is consistent."""

    def several(self, context: Context, named: Sequence[tuple[str, str]]) -> list[Message]:
        """Returns those messages with these (order id, name) that exist, in the same order. The read is consistent."""

    def change(self, context: Context, seen: Message, message: Message) -> bool:
        """Writes a message if its revision is still that of `seen`. Returns False otherwise.

        If the message failed or bounced, the same write also records this on the order. If it is a resend, the write clears that record.
        """

    def take_causes(self, context: Context, order: Order) -> bool:
        """Removes the order's causes and returns True if they still equal those of `order`. Returns False if others were added."""

    def due(self, clock: Clock, now: int, most: int) -> Iterator[Due]:
        """Yields up to `most` due messages of all organizations: half of them the longest overdue, half the latest.

        So one organization with very many messages never hides the messages of the others. May yield a message twice. The list
        is eventually consistent.
        """

    def entries(self, context: Context, *, newest_first: bool = True) -> Iterator[Entry]:
        """Yields an organization's messages, sorted by the time at which they ended or are due. The list is eventually consistent."""

    def organizations_with_reminders(self, clock: Clock) -> Iterator[str]:
        """Yields each organization that has rules for reminders, once. The list is eventually consistent."""

    def reminded_until(self, context: Context) -> int | None:
        """Returns the instant (epoch seconds) up to which all reminders are in the outbox. Returns None before the first search.

        The read is consistent.
        """

    def note_reminded(self, context: Context, until: int) -> None:
        """Moves forward the instant up to which reminders are in the outbox. Never moves it back."""


class Pace(NamedTuple):
    """The account's rate limit: how many mails it may send per second, and how many more today."""

    per_second: float
    left_today: int


@dataclass(frozen=True)
class PostOffice:
    """The ports that are needed to send mail. `sender` is the From address. The result of `rules` may be some seconds old."""

    store: Store
    outbox: Outbox
    rules: Callable[[Context], Sequence[MessageRule]]
    compose: Composer
    mailer: Mailer
    operator: Operator
    sender: str
    pace: Callable[[], Pace]
    wait: Callable[[float], None]


# Letters for states and kinds in the list of messages.
STATE_LETTERS: dict[MessageState, str] = {
    "waiting": "w", "sending": "w", "sent": "s", "failed": "f", "withdrawn": "x", "bounced": "b",
}  # fmt: skip
KIND_LETTERS: dict[MessageKind, str] = {
    "confirmation": "c", "change": "m", "cancellation": "x", "reminder": "r",
}  # fmt: skip


def rules_for(rules: Iterable[MessageRule], kind: MessageKind, services: set[str]) -> MessageRule | None:
    """Returns the first rule whose texts apply to customers' mails of this kind about these services, or None.

    The texts of a reminder come from a rule for the event `before_start`.
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
