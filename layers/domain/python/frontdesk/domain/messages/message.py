"""One message to one person about one order: an item of the outbox, from its cause to what became of it. Pure."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.orders.order import Order, Was, is_order_id

MessageKind = Literal["confirmation", "change", "cancellation", "reminder"]
MessageState = Literal["waiting", "sending", "sent", "failed", "withdrawn", "bounced"]
# Why one was not delivered, or is not going to be.
Reason = Literal[
    "refused", "unavailable", "no_address", "customer_deleted", "address_bounced", "address_complained", "outdated",
    "bounced", "complained",
]  # fmt: skip
FINAL: frozenset[MessageState] = frozenset({"sent", "failed", "withdrawn", "bounced"})
UNDELIVERED: frozenset[MessageState] = frozenset({"failed", "bounced"})
# A mail that SES can't take is tried so often; what it only has no room for is not counted.
MAX_ATTEMPTS = 5
_FREE: dict[str, Any] = {"lease": None, "lease_until": 0}
_NAME = re.compile(r"[0-9a-f]{10}[vrx][0-9a-f]{6,32}[cmx]?")


class Message(BaseModel):
    """`name` is unique within its order, and made from its cause: who expands a cause again makes the same.

    It is for a customer, or (`rule_id`) for the staff of a message rule at `staff_email`. `ordinals` are the bookings that it
    tells of, none for all of the order; `beside` those of the same customer that a cancellation leaves.
    `whole`: it tells the order with prices, as its customer may see it. `due_at` is when it is to be tried next.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
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
    # Counted up by every write.
    revision: int = 0
    attempts: int = 0
    lease: str | None = None
    lease_until: int = 0
    # What became of it.
    recipient: str | None = None
    message_id: str | None = None
    sent_at: int | None = None
    ended_at: int | None = None
    reason: Reason | None = None
    # The message that it repeats.
    resends: str | None = None

    @property
    def id(self) -> str:
        return f"{self.order_id}-m{self.name}"

    @property
    def lane(self) -> str:
        """Messages of one lane are sent in the order of their versions: those of one order to one person."""
        return self.name[:10]

    @property
    def is_ordered(self) -> bool:
        return self.name[10] == "v"

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody waits for it at the desk, and sees what becomes of it."""
        return self.name[10] == "x"

    def ended(self, state: MessageState, now: int, reason: Reason | None = None) -> "Message":
        """With nothing more to come of it."""
        return self.model_copy(
            update={"state": state, "reason": reason, "ended_at": now, **_FREE, "revision": self.revision + 1}
        )

    def leased(self, owner: str, until: int) -> "Message":
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
        """To be tried later. What SES had no room for was no attempt."""
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
        """To be tried when the one before it in its lane is."""
        return self.model_copy(update={"due_at": due_at, "revision": self.revision + 1})

    def is_free(self, owner: str, now: int) -> bool:
        """Whether it may be sent by `owner`: nobody else is at it, or whoever was is gone."""
        return self.state == "waiting" or (
            self.state == "sending" and (self.lease == owner or now >= self.lease_until)
        )


def split_id(message_id: str) -> tuple[str, str] | None:
    """The order and the name of a message by its id; None for what can be no message's."""
    order_id, dash, name = message_id.partition("-m")
    return (order_id, name) if dash and is_order_id(order_id) and _NAME.fullmatch(name) else None


def lane_of(recipient: str) -> str:
    """`recipient`: a customer's id, or the rule and the address of its staff."""
    return _digest(recipient, 10)


def caused_name(recipient: str, version: int, letter: str) -> str:
    """Of what an order's version told: in its lane in the order of versions."""
    return f"{lane_of(recipient)}v{version:06x}{letter}"


def reminder_name(recipient: str, booking_id: str, rule_id: str, start: int) -> str:
    """One for each booking, rule and start, whoever finds it due and however often."""
    return f"{lane_of(recipient)}r{_digest(f'{booking_id} {rule_id} {start}', 20)}"


def repeat_name(lane: str, token: str) -> str:
    """Of one that somebody asks for; `token` (hexadecimal) makes it another each time."""
    return f"{lane}x{token[:20]}"


def pause_after(attempts: int) -> int:
    """Seconds until a mail is tried again that SES could not take."""
    return int(min(3600, 30 * 4 ** max(0, attempts - 1)))


def summary(order: Order, messages: Iterable[Message] | None = None) -> MessageState | None:
    """How the mails of an order stand, the worst first; without its messages, what the order itself knows of them."""
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
