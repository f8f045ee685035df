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
    """SES's quota is used up for now. Retry after `seconds`. This does not count as an attempt to send the mail."""

    def __init__(self, seconds: int, code: str = "") -> None:
        super().__init__(code)
        self.seconds = seconds


class Due(NamedTuple):
    """The index entry of a due message. A lane is the sequence of messages to one recipient about an order."""

    organization_id: str
    order_id: str
    lane: str


class Entry(NamedTuple):
    """An entry in the organization's list of messages. `letters` abbreviate state and kind: "wc" is a waiting confirmation."""

    order_id: str
    name: str
    letters: str


class Outbox(Protocol):
    """Stores the messages of all organizations, each in the partition of the order that it is about.

    All methods raise Busy when the time is up.
    """

    def put(self, context: Context, messages: Sequence[Message]) -> None:
        """Writes the messages that do not exist yet. Leaves existing messages unchanged. The writes are not atomic."""

    def message(self, context: Context, order_id: str, name: str) -> Message | None:
        """Returns a message, or None. The read is consistent."""

    def of_order(self, context: Context, order_id: str, lane: str = "") -> list[Message]:
        """Returns an order's messages, sorted by name. With `lane`, returns only messages of that lane. The read is consistent."""

    def several(self, context: Context, named: Sequence[tuple[str, str]]) -> list[Message]:
        """Returns the messages with the (order id, name) pairs in `named`, in that sequence. Skips missing ones. The read is consistent."""

    def change(self, context: Context, seen: Message, message: Message) -> bool:
        """Writes `message` if the stored revision is still the revision of `seen`. Returns False otherwise.

        The same transaction updates `Order.unsent`, the names of the order's undelivered messages. See
        `Message.missed_by`.
        """

    def take_causes(self, context: Context, order: Order) -> bool:
        """Removes `causes` from the stored order and returns True. Returns False if the stored causes differ from those in `order`."""

    def due(self, clock: Clock, now: int, most: int) -> Iterator[Due]:
        """Yields up to `most` due messages of all organizations. The list is eventually consistent. May yield a message twice.

        First yields the messages that have been due for the longest time, up to half of `most`. Then yields the
        messages that became due most recently. So a backlog of one organization does not delay the new messages
        of other organizations.
        """

    def entries(self, context: Context, *, newest_first: bool = True) -> Iterator[Entry]:
        """Yields an organization's messages, sorted by time. The list is eventually consistent.

        The time of a waiting message is `due_at`. The time of any other message is `ended_at`.
        """

    def organizations_with_reminders(self, clock: Clock) -> Iterator[str]:
        """Yields the distinct ids of organizations that have reminder rules. The list is eventually consistent."""

    def reminded_until(self, context: Context) -> int | None:
        """Returns the instant (epoch seconds) up to which all reminders are in the outbox. Returns None before the first search.

        The read is consistent.
        """

    def note_reminded(self, context: Context, until: int) -> None:
        """Records that all reminders up to `until` (epoch seconds) are in the outbox. Never replaces a later instant."""


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
    """Returns the first rule with texts for a customer's mail of this kind about these services. Returns None if there is none.

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
