"""One message to one person about one order: an item of the outbox, and its states. Pure."""

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
    """A message. `name` is unique within its order and derives from the cause, so processing a cause twice makes the same message.

    The recipient is a customer or, with `rule_id`, staff at `staff_email`. `ordinals` are the bookings it is about; none means the
    whole order. For a cancellation, `beside` lists the customer's other bookings, which remain. With `whole`, it shows the order with
    prices. `due_at` is the time of the next attempt.
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
    # For a change: the order's version up to which the recipient knows the changes. Later messages about changes up to it are
    # withdrawn.
    told_version: int | None = None
    # The message that this one repeats.
    resends: str | None = None

    @property
    def id(self) -> str:
        """The message's id in the API: the order's id and the message's name."""
        return f"{self.order_id}-m{self.name}"

    @property
    def lane(self) -> str:
        """The lane: all messages of one order to one person. Messages in a lane are sent in the order of their versions."""
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
        """Returns the message leased to `owner` until a time, with one more attempt counted."""
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
        """Returns the message postponed to a later attempt.

        Without `counts`, the current attempt is not counted, because SES had no quota.
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
        """Returns the name to record on the order if this message failed or bounced, but `seen`, its earlier state, had not.

        Otherwise None. For a repeated message, this is the name of the original. A failed message that staff requested is not recorded,
        because they see the failure immediately. If it bounces later, it is recorded.
        """
        is_new = self.state in UNDELIVERED and seen.state not in UNDELIVERED
        is_told = self.is_asked_for and self.state == "failed"
        return (self.resends or self.name) if is_new and not is_told else None

    def is_free(self, owner: str, now: int) -> bool:
        """Whether `owner` may send the message: nobody else is sending it, or their lease has ended."""
        return self.state == "waiting" or (
            self.state == "sending" and (self.lease == owner or now >= self.lease_until)
        )


def split_id(message_id: str) -> tuple[str, str] | None:
    """Returns (order id, name) from a message's id, or None if the text cannot be one."""
    order_id, dash, name = message_id.partition("-m")
    return (order_id, name) if dash and is_order_id(order_id) and _NAME.fullmatch(name) else None


def lane_of(recipient: str) -> str:
    """Returns the lane of a recipient: ten hexadecimal digits. `recipient` is a customer's id, or the result of `staff_name`."""
    return _digest(recipient, 10)


def caused_name(recipient: str, version: int, letter: str) -> str:
    """Returns the name of a message about a version of an order. Within a lane, names sort by version."""
    return f"{lane_of(recipient)}v{version:06x}{letter}"


def passed_on_name(recipient: str, version: int, ordinal: int) -> str:
    """Returns the name of a confirmation for a customer who was given bookings later. `ordinal` is the first of these bookings."""
    return caused_name(recipient, version, f"{ordinal:04x}c")


def reminder_name(recipient: str, booking_id: str, rule_id: str, start: int) -> str:
    """Returns the name of a reminder: always the same for one booking, rule and start."""
    return f"{lane_of(recipient)}r{_digest(f'{booking_id} {rule_id} {start}', 20)}"


def repeat_name(lane: str, token: str) -> str:
    """Returns the name of a message that staff requested. `token` (hexadecimal) is new each time."""
    return f"{lane}x{token[:20]}"


def pause_after(attempts: int) -> int:
    """Returns the seconds before the next attempt at a mail that SES did not accept."""
    return int(min(3600, 30 * 4 ** max(0, attempts - 1)))


def summary(order: Order, messages: Iterable[Message] | None = None) -> MessageState | None:
    """Returns one state for all mails of an order, or None if there are none.

    It is the first of these that any mail has: failed, bounced, waiting, sent, withdrawn. Without `messages`, only the order's own record
    is used.
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
