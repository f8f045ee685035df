"""Derives events from each write to an order, booking, customer or message, and from the start and end of each booking. Pure."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
)

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.messages.message import Message
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE, shown_booking_status, shown_status
from frontdesk.domain.time.intervals import Interval

EventName = Literal[
    "orders.created", "orders.updated", "orders.completed", "orders.canceled", "orders.deleted",
    "bookings.created", "bookings.updated", "bookings.canceled", "bookings.deleted",
    "bookings.checked-in", "bookings.checked-out", "bookings.started", "bookings.ended",
    "customers.created", "customers.updated", "customers.deleted",
    "messages.failed", "messages.bounced",
]  # fmt: skip
EventPattern = Literal[
    EventName, "orders.*", "bookings.*", "customers.*", "messages.*", "*",
    # Clients subscribe to these together with others. Frontdesk has no invoices, so they never occur.
    "invoices.created", "invoices.finalised", "invoices.updated", "invoices.deleted", "invoices.*",
]  # fmt: skip
# The clock causes these events, not a write.
MOMENTS: tuple[EventName, ...] = ("bookings.started", "bookings.ended")
# The names of one event, the most specific first. A subscription gets the event under the first of them that it lists.
Names = tuple[EventName, ...]
_ORDER_CANCELED: Names = ("orders.canceled", "orders.deleted", "orders.updated")
_CANCELED: Names = ("bookings.canceled", "bookings.deleted", "bookings.updated")
_DELETED: Names = ("bookings.deleted", "bookings.updated")
# Fields of a booking that are set once, and the events for setting them.
_NOTED: dict[str, Names] = {
    "checked_in_at": ("bookings.checked-in", "bookings.updated"),
    "checked_out_at": ("bookings.checked-out", "bookings.updated"),
}
# Fields whose changes are invisible to clients. Changes of all others are visible.
_UNSEEN_OF_ORDER = frozenset(
    {
        "version", "attempt", "status", "updated_at", "notification", "causes", "unsent",
        "notifies", "fingerprint", "import_id", "undone", "unanswered",
        "active_bookings", "canceling", "progress",
    }
)  # fmt: skip
_UNSEEN_OF_BOOKING = frozenset({"version", "updated_at", "first_start"})
_UNSEEN_OF_CUSTOMER = frozenset({"version", "updated_at"})


Subject = Order | Booking | Customer | Message


class Change(NamedTuple):
    """An order, booking, customer or message before and after one write.

    `record_id` identifies the write. It stays the same if the write is processed again.
    """

    organization_id: str
    record_id: str
    at: int
    key: Key
    old: Any
    new: Any


class Event(NamedTuple):
    """An event about an order, booking, customer or message.

    Its id begins with its time, and stays the same if the event is published again.
    """

    id: str
    name: EventName
    organization_id: str
    at: int
    subject: Subject


def names_of(change: Change) -> tuple[Names, ...]:
    """Returns the events of a change. Each event is a tuple of its names, the most specific first.

    Clients cannot see an order while it is being placed. The write that makes the order visible causes both
    `orders.created` and `bookings.created`. Earlier writes of the order cause no event. A write that creates or
    removes the item of a booking causes no event either.
    """
    match change.key.kind, change.old, change.new:
        case "order", old, Order() as new:
            return _of_order(old, new)
        case "booking", Booking() as old, Booking() as new if new.version > old.version:
            # If another attempt at the order writes a booking again, that booking starts over with version 1.
            if new.status == "canceled" != old.status:
                return (_CANCELED,)
            if new.deleted > old.deleted:
                return (_DELETED,)
            noted = [
                names
                for name, names in _NOTED.items()
                if getattr(old, name) is None is not getattr(new, name)
            ]
            return (*noted[:1],) or _updated("bookings.updated", old, new, _UNSEEN_OF_BOOKING)
        case "customer", old, new:
            was, there = old is not None and not old.archived, new is not None and not new.archived
            if was and there:
                return _updated("customers.updated", old, new, _UNSEEN_OF_CUSTOMER)
            return (("customers.created",),) if there else (("customers.deleted",),) if was else ()
        case "message", old, Message() as new if old is None or old.state != new.state:
            if new.state == "failed":
                return (("messages.failed",),)
            return (("messages.bounced",),) if new.state == "bounced" else ()
    return ()


def events_of(
    change: Change,
    order: Order | None,
    bookings: Sequence[Booking],
    wants: Callable[[EventName], bool] = lambda _: True,
) -> list[Event]:
    """Returns the events of a change.

    An event can have several possible names. It gets the first name that `wants` accepts. If `wants` accepts
    none of the names, the event is left out.

    If an order or booking was changed, `order` is the order after the change, and `bookings` are all bookings
    of this order. If a customer or message was changed, `order` and `bookings` are ignored.
    """
    if change.key.kind in ("order", "booking") and (order is None or order.status in INVISIBLE):
        return []
    events = []
    for names in names_of(change):
        name = next(filter(wants, names), None)
        if name is None:
            continue
        subjects: Iterable[Subject] = [change.new or change.old]
        if change.key.kind == "order" and name.startswith("bookings."):
            subjects = (
                booking
                for booking in bookings
                if names[0] == "bookings.created" or booking.status != "canceled"
            )
        organization_id, at = change.organization_id, change.at
        events += [
            Event(
                _event_id(at, organization_id, change.record_id, name, each.id),
                name,
                organization_id,
                at,
                each,
            )
            for each in subjects
        ]
    return events


def moments_of(organization_id: str, order: Order, booking: Booking, window: Interval) -> list[Event]:
    """Returns the events in `window` for the start and end of a booking, or none if it is not accepted.

    Leaves out a start or end before the booking's creation. An event's id contains its time, so a moved booking
    gets new events.
    """
    if order.status in INVISIBLE or shown_booking_status(booking, order, window.end) != "accepted":
        return []
    return [
        Event(_event_id(at, organization_id, "", name, booking.id), name, organization_id, at, booking)
        for name, at in zip(MOMENTS, (booking.start, booking.end), strict=True)
        if window.start <= at < window.end and at >= booking.created_at
    ]


def _of_order(old: Order | None, new: Order) -> tuple[Names, ...]:
    if new.status in INVISIBLE:
        return ()
    # Uses the stored status, whatever the time: the expiry of a draft becomes an event when it is written.
    after = shown_status(new, 0)
    if old is None or old.status in INVISIBLE:
        completed: tuple[Names, ...] = (("orders.completed",),) if after == "completed" else ()
        return (("orders.created",), *completed, ("bookings.created",))
    if after != shown_status(old, 0):
        if after == "expired":
            # An expired draft takes its bookings with it, without a write to each of them.
            return (("orders.updated",), _CANCELED)
        return (("orders.completed", "orders.updated"),) if after == "completed" else (_ORDER_CANCELED,)
    return _updated("orders.updated", old, new, _UNSEEN_OF_ORDER)


def _updated(name: EventName, old: BaseModel, new: BaseModel, unseen: frozenset[str]) -> tuple[Names, ...]:
    """Returns the event `name` if a field outside `unseen` has changed, otherwise no event."""
    differ = any(
        getattr(old, field) != getattr(new, field) for field in type(new).model_fields if field not in unseen
    )
    return ((name,),) if differ else ()


def _event_id(at: int, organization_id: str, record_id: str, name: str, subject_id: str) -> str:
    told = "\0".join((organization_id, record_id, name, subject_id))
    digest = hashlib.sha256(told.encode()).hexdigest()
    # A UUID of version 8 (RFC 9562).
    return f"{at:08x}-{digest[:4]}-8{digest[4:7]}-8{digest[7:10]}-{digest[10:22]}"


def is_event_id(text: str) -> bool:
    """Whether the text has the form of an event's id. Any other text belongs to no event, so the store need not be read."""
    return re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", text) is not None


def time_of_event(event_id: str) -> int:
    """Reads the time of an event, in epoch seconds, from its id."""
    return int(event_id[:8], 16)
