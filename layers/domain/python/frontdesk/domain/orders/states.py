"""The states of orders and bookings. ORDER_STATES and BOOKING_STATES list what may follow each state."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypedDict, Unpack

from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.ledger import Hold
from frontdesk.domain.orders.order import (
    Amounts,
    Booking,
    BookingStatus,
    Cause,
    Order,
    OrderStatus,
    TaxTotal,
    Unanswered,
    VoucherUse,
    ordinal_of,
)
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.errors import Phrase, Value

# An order placed in several transactions is `placing` until the last one commits, and `abandoned` if that never happens. Both count as
# absent. An order canceled in several transactions is `canceling`; any later request can continue that.
ORDER_STATES: dict[OrderStatus, frozenset[OrderStatus]] = {
    "placing": frozenset({"draft", "completed", "abandoned"}),
    "abandoned": frozenset(),
    "draft": frozenset({"draft", "completed", "expired", "canceled"}),
    "completed": frozenset({"completed", "canceling", "canceled"}),
    "canceling": frozenset({"canceling", "canceled"}),
    # Bookings of expired orders can still be deleted.
    "expired": frozenset({"expired"}),
    "canceled": frozenset({"canceled"}),
}
BOOKING_STATES: dict[BookingStatus, frozenset[BookingStatus]] = {
    "reserved": frozenset({"reserved", "accepted", "canceled"}),
    "accepted": frozenset({"accepted", "canceled"}),
    "canceled": frozenset({"canceled"}),
    "requested": frozenset(),
    "rejected": frozenset(),
}
# States in which check-in is possible.
ATTENDED: frozenset[BookingStatus] = frozenset({"accepted"})
# States that the API never shows.
INVISIBLE: frozenset[OrderStatus] = frozenset({"placing", "abandoned"})


class OrderChanges(TypedDict, total=False):
    """Fields of an order that a transition may change."""

    active_bookings: int
    amounts: Amounts
    taxes: tuple[TaxTotal, ...]
    voucher: VoucherUse | None
    note: str | None
    custom_entries: dict[str, CustomEntry]
    start: int
    end: int
    expires_at: int | None
    causes: tuple[Cause, ...]
    unanswered: tuple[Unanswered, ...]
    canceling: tuple[int, ...]
    progress: int
    deleted: tuple[int, ...]
    undone: bool


class BookingChanges(TypedDict, total=False):
    """Fields of a booking that a transition may change."""

    customer_id: str | None
    own_customer: bool
    canceled_at: int | None
    checked_in_at: int | None
    checked_out_at: int | None
    deleted: bool
    version: int


def order_after(order: Order, status: OrderStatus, now: int, **changes: Unpack[OrderChanges]) -> Order:
    """Returns the order in the state `status` with these changes, and with its version incremented."""
    assert status in ORDER_STATES[order.status], f"{order.status} -> {status}"
    return order.model_copy(
        update={"status": status, "version": order.version + 1, "updated_at": now, **changes}
    )


def booking_after(
    booking: Booking, status: BookingStatus, now: int, **changes: Unpack[BookingChanges]
) -> Booking:
    """Returns the booking in the state `status` with these changes, and with its version incremented."""
    assert status in BOOKING_STATES[booking.status], f"{booking.status} -> {status}"
    return booking.model_copy(
        update={"status": status, "version": booking.version + 1, "updated_at": now, **changes}
    )


def tombstone_of(order: Order, now: int) -> Order:
    """Returns a tombstone: an item under the id of an order that was not placed. Delayed writes of that order then fail."""
    gone: dict[str, Any] = {
        "status": "abandoned",
        "booking_count": 0,
        "active_bookings": 0,
        "updated_at": now,
    }
    return order.model_copy(update={**gone, "expires_at": None, "causes": ()})


class Stated(Protocol):
    """An order, or only the fields that determine its state."""

    @property
    def status(self) -> OrderStatus:
        """The order's stored status."""

    @property
    def attempt(self) -> str:
        """The random name of the attempt that placed the order."""

    @property
    def booking_count(self) -> int:
        """The number of the order's bookings, including hidden ones."""

    @property
    def expires_at(self) -> int | None:
        """When a draft expires (epoch seconds). An order that is still `placing` at this time has failed."""


def is_tombstone(order: Stated) -> bool:
    """Whether the item is a tombstone. A new attempt may then place an order under this id."""
    return order.status == "abandoned" and order.booking_count == 0


def needs_order(hold: Hold, now: int) -> bool:
    """Whether `hold_status` depends on the hold's order.

    This is so if the hold has expired, or was made while its order was still being placed. Otherwise, the
    hold still takes its units.
    """
    return hold.placing or now >= hold.expires_at


def hold_status(hold: Hold, order: Stated | None, now: int) -> Literal["counts", "pending", "over"]:
    """Returns "counts" or "pending" if a hold still takes its units, otherwise "over".

    "pending" means that the hold's order is still being placed, and may fail. `order` must come from a consistent read; it is
    None if the order does not exist.
    """
    if order is None or order.attempt != hold.attempt or order.status in ("expired", "abandoned", "canceled"):
        return "over"
    if order.status in ("placing", "draft"):
        if order.expires_at is not None and now >= order.expires_at:
            return "over"
        return "pending" if order.status == "placing" else "counts"
    return "counts"


def shown_status(order: Order, now: int) -> OrderStatus:
    """Returns the order's status as the API shows it.

    It may be ahead of the stored status: a draft is "expired" after its deadline, an order "canceled" once its cancellation has begun.
    """
    if order.status == "draft" and order.expires_at is not None and now >= order.expires_at:
        return "expired"
    return "canceled" if order.status == "canceling" else order.status


def shown_booking_status(booking: Booking, order: Order, now: int) -> BookingStatus:
    """Returns the booking's status as the API shows it. Like `shown_status`, it may be ahead of the stored status."""
    if ordinal_of(booking.id) in order.canceling or shown_status(order, now) == "expired":
        return "canceled"
    return "accepted" if booking.status == "reserved" and order.status == "completed" else booking.status


def shown_version(order: Order, now: int) -> int:
    """Returns the order's version as the API shows it.

    It is one higher than the stored version if `shown_status` differs from the stored status.
    """
    return order.version + (shown_status(order, now) != order.status)


def shown_booking_version(booking: Booking, order: Order, now: int) -> int:
    """Returns the booking's version as the API shows it.

    It is one higher than the stored version if `shown_booking_status` differs from the stored status.
    """
    return booking.version + (shown_booking_status(booking, order, now) != booking.status)


def arrived(booking: Booking, order: Order, now: int) -> Booking:
    """Returns the booking checked in at `now`, or unchanged if it is checked in already.

    Raises FrontdeskError 409 if the booking's status is not "accepted".
    """
    _refuse_unattended(booking, order, now)
    return (
        booking
        if booking.checked_in_at is not None
        else booking_after(booking, "accepted", now, checked_in_at=now)
    )


def departed(booking: Booking, order: Order, now: int) -> Booking:
    """Sets the check-out time of a booking to `now`, and returns the changed booking.

    If the booking has a check-out time already, returns the booking unchanged.

    Raises FrontdeskError 409 if the booking is not checked in, or its status is not "accepted".
    """
    _refuse_unattended(booking, order, now)
    if booking.checked_in_at is None:
        raise _conflict("not_checked_in")
    return (
        booking
        if booking.checked_out_at is not None
        else booking_after(booking, "accepted", now, checked_out_at=now)
    )


def staying(booking: Booking, order: Order, now: int) -> Booking:
    """Returns the booking without its check-out, or unchanged if it has none.

    Raises FrontdeskError 409 if the booking's status is not "accepted".
    """
    return _without(booking, order, now, {"checked_out_at": None})


def absent(booking: Booking, order: Order, now: int) -> Booking:
    """Returns the booking without its check-in and check-out, or unchanged if it has neither.

    Raises FrontdeskError 409 if the booking's status is not "accepted".
    """
    return _without(booking, order, now, {"checked_in_at": None, "checked_out_at": None})


def _without(booking: Booking, order: Order, now: int, noted: BookingChanges) -> Booking:
    _refuse_unattended(booking, order, now)
    if all(getattr(booking, name) is None for name in noted):
        return booking
    return booking_after(booking, "accepted", now, **noted)


def is_over(booking: Booking, order: Order, families: Mapping[str, Sequence[Booking]], now: int) -> bool:
    """Whether a booking has taken place: its end has passed, or somebody checked in to a booking of its family.

    `families` maps a main booking's id to its family: the booking and its sub-bookings.
    """
    if order.status == "draft":
        # Its bookings were not sold.
        return False
    family = families.get(booking.super_booking or booking.id, ())
    return booking.end <= now or any(each.checked_in_at is not None for each in family)


def refuse_ended(booking: Booking, order: Order, now: int) -> None:
    """Raises FrontdeskError 409 if the booking can no longer change, because it is canceled or its draft has expired."""
    if shown_status(order, now) == "expired":
        raise _conflict("order_expired", reason=Phrase("draft_expired"))
    if shown_booking_status(booking, order, now) == "canceled":
        raise _conflict("booking_canceled")


def _refuse_unattended(booking: Booking, order: Order, now: int) -> None:
    refuse_ended(booking, order, now)
    status = shown_booking_status(booking, order, now)
    if status not in ATTENDED:
        raise _conflict("booking_not_accepted", status=Phrase(f"status_{status}"))


def _conflict(code: str, **values: Value) -> FrontdeskError:
    return FrontdeskError(Problem(code, values))
