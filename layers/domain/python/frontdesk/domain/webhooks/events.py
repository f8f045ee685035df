"""What is an event: of an order, a booking, a customer or a message, told from one write. Pure."""

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
from frontdesk.domain.orders.states import INVISIBLE, shown_status

EventName = Literal[
    "orders.created", "orders.updated", "orders.completed", "orders.canceled", "orders.deleted",
    "bookings.created", "bookings.updated", "bookings.canceled", "bookings.deleted",
    "bookings.checked-in", "bookings.checked-out",
    "customers.created", "customers.updated", "customers.deleted",
    "messages.failed", "messages.bounced",
]  # fmt: skip
EventPattern = Literal[
    EventName, "orders.*", "bookings.*", "customers.*", "messages.*", "*",
    # Clients ask for these along with others. There are no invoices, so they never come.
    "invoices.created", "invoices.updated", "invoices.deleted", "invoices.*",
]  # fmt: skip
# Names of one event, the most exact first: it is told by the first that somebody has subscribed.
Names = tuple[EventName, ...]
_ORDER_CANCELED: Names = ("orders.canceled", "orders.deleted", "orders.updated")
_CANCELED: Names = ("bookings.canceled", "bookings.deleted", "bookings.updated")
_DELETED: Names = ("bookings.deleted", "bookings.updated")
# What is noted of a booking once, and the event that it is.
_NOTED: dict[str, Names] = {
    "checked_in_at": ("bookings.checked-in", "bookings.updated"),
    "checked_out_at": ("bookings.checked-out", "bookings.updated"),
}
# What changes of an order or booking without anybody outside being able to see it. Whatever else there is, can be seen.
_UNSEEN_OF_ORDER = frozenset(
    {
        "version", "attempt", "status", "updated_at", "notification", "causes", "unsent",
        "notifies", "fingerprint", "import_id", "unanswered",
        "active_bookings", "canceling", "progress",
    }
)  # fmt: skip
_UNSEEN_OF_BOOKING = frozenset({"version", "updated_at", "first_start"})
_UNSEEN_OF_CUSTOMER = frozenset({"version", "updated_at"})


Subject = Order | Booking | Customer | Message


class Change(NamedTuple):
    """An order, booking, customer or message before and after one write. `record_id` is the write's: the same when it is told again."""

    organization_id: str
    record_id: str
    at: int
    key: Key
    old: Any
    new: Any


class Event(NamedTuple):
    """Something to tell of an order, a booking of it, a customer or a message. Told again, it has the same id; ids begin with the time."""

    id: str
    name: EventName
    organization_id: str
    at: int
    subject: Subject


def names_of(change: Change) -> tuple[Names, ...]:
    """The events that a change is, each by its names; an order's may include some of its bookings.

    An order appears, with its bookings, when it becomes a draft or completed: what is placed in steps is not there before
    that, and what comes to nothing never was. So a new booking by itself is no event, and a removed one is none.
    """
    match change.key.kind, change.old, change.new:
        case "order", old, Order() as new:
            return _of_order(old, new)
        case "booking", Booking() as old, Booking() as new if new.version > old.version:
            # A booking put anew by another attempt at its order begins with the first version again.
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
    """The events of a change for somebody who `wants` some; of an order or booking, with the order and its bookings as read after it."""
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
        events += [
            Event(_event_id(change, name, each.id), name, change.organization_id, change.at, each)
            for each in subjects
        ]
    return events


def _of_order(old: Order | None, new: Order) -> tuple[Names, ...]:
    if new.status in INVISIBLE:
        return ()
    # By what is written, whatever the time is meanwhile: the end of a draft is an event when it is noted.
    after = shown_status(new, 0)
    if old is None or old.status in INVISIBLE:
        completed: tuple[Names, ...] = (("orders.completed",),) if after == "completed" else ()
        return (("orders.created",), *completed, ("bookings.created",))
    if after != shown_status(old, 0):
        if after == "expired":
            # Its bookings are over with it, and nothing is written to them.
            return (("orders.updated",), _CANCELED)
        return (("orders.completed", "orders.updated"),) if after == "completed" else (_ORDER_CANCELED,)
    return _updated("orders.updated", old, new, _UNSEEN_OF_ORDER)


def _updated(name: EventName, old: BaseModel, new: BaseModel, unseen: frozenset[str]) -> tuple[Names, ...]:
    """The event of that name, if anybody can see a difference."""
    differ = any(
        getattr(old, field) != getattr(new, field) for field in type(new).model_fields if field not in unseen
    )
    return ((name,),) if differ else ()


def _event_id(change: Change, name: str, subject_id: str) -> str:
    told = "\0".join((change.organization_id, change.record_id, name, subject_id))
    digest = hashlib.sha256(told.encode()).hexdigest()
    # A UUID of version 8 (RFC 9562).
    return f"{change.at:08x}-{digest[:4]}-8{digest[4:7]}-8{digest[7:10]}-{digest[10:22]}"


def is_event_id(text: str) -> bool:
    """Whether it can be an event's id; what can not is not worth a look into the store."""
    return re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", text) is not None


def time_of_event(event_id: str) -> int:
    return int(event_id[:8], 16)
