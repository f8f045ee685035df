"""A message to one person about one order, as stored in the outbox, and the changes of its state. Pure."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.orders.order import Order, Was, is_order_id

MessageKind = Literal["confirmation", "change", "cancellation", "reminder"]
MessageState = Literal["waiting", "sending", "sent", "failed", "withdrawn", "bounced"]
# Why a message was not delivered, or will not be.
Reason = Literal[
    "refused", "unavailable", "no_address", "customer_deleted", "address_bounced", "address_complained", "outdated",
    "bounced", "complained",
]  # fmt: skip
FINAL: frozenset[MessageState] = frozenset({"sent", "failed", "withdrawn", "bounced"})
UNDELIVERED: frozenset[MessageState] = frozenset({"failed", "bounced"})
# How often a mail that SES does not accept is tried. Waiting for SES's quota does not count.
MAX_ATTEMPTS = 5
_FREE: dict[str, Any] = {"lease": None, "lease_until": 0}
_NAME = re.compile(r"[0-9a-f]{10}[vrx][0-9a-f]{6,32}[cmx]?")


class Message(BaseModel):
    """A message to a customer (`customer_id`) or to staff (`staff_email`) about one order.

    `name` is unique within the order. Unless staff requested the message, the name derives from the cause. So
    a cause creates only one message, even if the cause is processed twice. `ordinals` are the bookings that
    the message is about, or empty if it is about the whole order. In a cancellation, `beside` are the
    customer's other bookings. With `whole`, the mail shows the whole order with prices. `due_at` is the time
    of the next attempt.
    """

    # Most functions that can carry a message never read one: `defer_build` keeps its validator out of their imports.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)
    order_id: str
    name: str
    kind: MessageKind
    state: MessageState = "waiting"
    version: int
    customer_id: str | None = None
    staff_email: str | None = None
    rule_id: str | None = None
    whole: bool = False
    ordinals: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()
    was: Was | None = None
    created_at: int
    due_at: int
    # Incremented by every write.
    revision: int = 0
    attempts: int = 0
    lease: str | None = None
    lease_until: int = 0
    # The outcome.
    recipient: str | None = None
    message_id: str | None = None
    sent_at: int | None = None
    ended_at: int | None = None
    reason: Reason | None = None
    # For a change: the recipient knows all changes up to this version of the order. Later messages about these are withdrawn.
    told_version: int | None = None
    # The message that this one repeats.
    resends: str | None = None

    @property
    def id(self) -> str:
        """The message's id in the API: the order's id and the message's name."""
        return f"{self.order_id}-m{self.name}"

    @property
    def lane(self) -> str:
        """The id of the message's lane. An order's messages to the same recipient share a lane."""
        return self.name[:10]

    @property
    def is_ordered(self) -> bool:
        """Whether the message must wait for earlier messages of its lane."""
        return self.name[10] == "v"

    @property
    def is_asked_for(self) -> bool:
        """Whether staff requested the message and are waiting for the outcome."""
        return self.name[10] == "x"

    def ended(self, state: MessageState, now: int, reason: Reason | None = None) -> "Message":
        """Returns the message in a final state."""
        return self.model_copy(
            update={"state": state, "reason": reason, "ended_at": now, **_FREE, "revision": self.revision + 1}
        )

    def leased(self, owner: str, until: int) -> "Message":
        """Returns the message with a lease for the sender `owner` until `until` (epoch seconds), and with `attempts` incremented."""
        return self.model_copy(
            update={
                "state": "sending",
                "attempts": self.attempts + 1,
                "lease": owner,
                "lease_until": until,
                "revision": self.revision + 1,
            }
        )

    def postponed(self, due_at: int, *, counts: bool) -> "Message":
        """Returns the message without its lease, and with the next attempt at `due_at`.

        Without `counts`, the attempt that has just failed is not counted: it failed only because SES's quota was used up.
        """
        return self.model_copy(
            update={
                "state": "waiting",
                "due_at": due_at,
                "attempts": self.attempts if counts else max(0, self.attempts - 1),
                **_FREE,
                "revision": self.revision + 1,
            }
        )

    def behind(self, due_at: int) -> "Message":
        """Returns the message postponed to `due_at`, the due time of an earlier message in its lane."""
        return self.model_copy(update={"due_at": due_at, "revision": self.revision + 1})

    def missed_by(self, seen: "Message") -> str | None:
        """Returns the name to add to the order's undelivered messages (`Order.unsent`), or None.

        `seen` is the message in its previous state. Returns None unless the message has failed or bounced
        since then. If the message repeats an earlier message, returns the earlier message's name.

        Also returns None if the message failed and staff had requested the message (`is_asked_for`). Staff
        wait for the outcome of their request, so they see the failure anyway.
        """
        is_new = self.state in UNDELIVERED and seen.state not in UNDELIVERED
        is_told = self.is_asked_for and self.state == "failed"
        return (self.resends or self.name) if is_new and not is_told else None

    def is_free(self, owner: str, now: int) -> bool:
        """Whether `owner` may send the message now: it is waiting, or leased to `owner`, or its lease has expired."""
        return self.state == "waiting" or (
            self.state == "sending" and (self.lease == owner or now >= self.lease_until)
        )


def split_id(message_id: str) -> tuple[str, str] | None:
    """Splits a message's id into (order id, name). Returns None if the text does not have the form of such an id."""
    order_id, dash, name = message_id.partition("-m")
    return (order_id, name) if dash and is_order_id(order_id) and _NAME.fullmatch(name) else None


def lane_of(recipient: str) -> str:
    """Returns the lane of a recipient: ten hexadecimal digits. `recipient` is a customer's id, or the result of `staff_name`."""
    return _digest(recipient, 10)


def caused_name(recipient: str, version: int, letter: str) -> str:
    """Returns the name of a message about a change.

    `version` is the order's version after the change, and `letter` stands for the kind of message. Within a lane, these names sort by
    version.
    """
    return f"{lane_of(recipient)}v{version:06x}{letter}"


def passed_on_name(recipient: str, version: int, ordinal: int) -> str:
    """Returns the name of the confirmation that a customer gets because staff assigned bookings to this customer.

    `version` is the version of the original confirmation, and `ordinal` the ordinal of the first booking assigned.
    """
    return caused_name(recipient, version, f"{ordinal:04x}c")


def reminder_name(recipient: str, booking_id: str, rule_id: str, start: int) -> str:
    """Returns the name of a reminder: always the same for one booking, rule and start."""
    return f"{lane_of(recipient)}r{_digest(f'{booking_id} {rule_id} {start}', 20)}"


def repeat_name(lane: str, token: str) -> str:
    """Returns a unique name for a message that staff send or preview. `token` is random hexadecimal digits."""
    return f"{lane}x{token[:20]}"


def pause_after(attempts: int) -> int:
    """Returns the seconds to wait before the next attempt. `attempts` is the number of failed attempts to send the mail."""
    return int(min(3600, 30 * 4 ** max(0, attempts - 1)))


def summary(order: Order, messages: Iterable[Message] | None = None) -> MessageState | None:
    """Returns one state for all mails of an order, or None if there are none.

    If the mails differ, the first of these states applies: failed, bounced, waiting, sent, withdrawn. Without `messages`, uses only the
    order, which records only mails that were not delivered.
    """
    known = {each.name: each.state for each in messages or ()}
    states = {*known.values()}
    unsent = {known.get(name, "failed") for name in order.unsent}
    if unsent:
        return "failed" if "failed" in unsent else "bounced"
    if order.causes or states & {"waiting", "sending"}:
        return "waiting"
    ended: tuple[MessageState, ...] = ("sent", "withdrawn")
    legacy = order.notification.state if order.notification else None
    return next((state for state in ended if state in states), "waiting" if legacy == "requested" else legacy)


def _digest(text: str, letters: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:letters]
