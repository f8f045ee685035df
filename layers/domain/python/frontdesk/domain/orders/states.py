"""The states of orders and bookings. Every write, its condition in the store, and the tests follow these tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

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
    """Returns the order in its next state, with its version incremented."""
    assert status in ORDER_STATES[order.status], f"{order.status} -> {status}"
    return order.model_copy(
        update={"status": status, "version": order.version + 1, "updated_at": now, **changes}
    )


def booking_after(
    booking: Booking, status: BookingStatus, now: int, **changes: Unpack[BookingChanges]
) -> Booking:
    """Returns the booking in its next state, with its version incremented."""
    assert status in BOOKING_STATES[booking.status], f"{booking.status} -> {status}"
    return booking.model_copy(
        update={"status": status, "version": booking.version + 1, "updated_at": now, **changes}
    )


def tombstone_of(order: Order, now: int) -> Order:
    """Returns the record written under the id of an order that was not placed. It makes any delayed attempt to place that order fail."""
    gone: dict[str, Any] = {
        "status": "abandoned",
        "booking_count": 0,
        "active_bookings": 0,
        "updated_at": now,
    }
    return order.model_copy(update={**gone, "expires_at": None, "causes": ()})


def is_tombstone(order: Order) -> bool:
    """Whether an order is only a tombstone, so that an order may be placed under its id."""
    return order.status == "abandoned" and order.booking_count == 0


def needs_order(hold: Hold, now: int) -> bool:
    """Whether the hold's order must be read to decide whether the hold counts. If not, the hold counts."""
    return hold.placing or now >= hold.expires_at


def hold_status(hold: Hold, order: Order | None, now: int) -> Literal["counts", "pending", "over"]:
    """Decides whether a hold counts. No other rule decides this.

    `order` is the hold's order, read consistently, or None if it does not exist. "pending": the order may still fail. "over": the hold no
    longer counts and should be removed.
    """
    if order is None or order.attempt != hold.attempt or order.status in ("expired", "abandoned", "canceled"):
        return "over"
    if order.status in ("placing", "draft"):
        if order.expires_at is not None and now >= order.expires_at:
            return "over"
        return "pending" if order.status == "placing" else "counts"
    return "counts"


def shown_status(order: Order, now: int) -> OrderStatus:
    """Returns the order's status for the API.

    A change that time alone causes, such as the expiry of a draft, is included even before it is written.
    """
    if order.status == "draft" and order.expires_at is not None and now >= order.expires_at:
        return "expired"
    return "canceled" if order.status == "canceling" else order.status


def shown_booking_status(booking: Booking, order: Order, now: int) -> BookingStatus:
    """Returns a booking's status for the API. Like `shown_status`, includes changes that are not written yet."""
    if ordinal_of(booking.id) in order.canceling or shown_status(order, now) == "expired":
        return "canceled"
    return "accepted" if booking.status == "reserved" and order.status == "completed" else booking.status


def shown_version(order: Order, now: int) -> int:
    """Returns the version that belongs to `shown_status`. If that status is not written yet, this is the version the write will have."""
    return order.version + (shown_status(order, now) != order.status)


def shown_booking_version(booking: Booking, order: Order, now: int) -> int:
    """Returns the version that belongs to `shown_booking_status`, even if that status is not written yet."""
    return booking.version + (shown_booking_status(booking, order, now) != booking.status)


def arrived(booking: Booking, order: Order, now: int) -> Booking:
    """Returns the booking checked in at `now`, or unchanged if it already was. Raises FrontdeskError 409 if it is not accepted."""
    _refuse_unattended(booking, order, now)
    return (
        booking
        if booking.checked_in_at is not None
        else booking_after(booking, "accepted", now, checked_in_at=now)
    )


def departed(booking: Booking, order: Order, now: int) -> Booking:
    """Returns the booking checked out at `now`, or unchanged if it already was.

    Raises FrontdeskError 409 if it is not accepted, or not checked in.
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
    """Returns the booking without its check-out, or unchanged if it has none. Raises FrontdeskError 409 if it is not accepted."""
    return _without(booking, order, now, {"checked_out_at": None})


def absent(booking: Booking, order: Order, now: int) -> Booking:
    """Returns the booking without its check-in and check-out, or unchanged if it has none.

    Raises FrontdeskError 409 if it is not accepted.
    """
    return _without(booking, order, now, {"checked_in_at": None, "checked_out_at": None})


def _without(booking: Booking, order: Order, now: int, noted: BookingChanges) -> Booking:
    _refuse_unattended(booking, order, now)
    if all(getattr(booking, name) is None for name in noted):
        return booking
    return booking_after(booking, "accepted", now, **noted)


def is_over(booking: Booking, order: Order, families: Mapping[str, Sequence[Booking]], now: int) -> bool:
    """Whether a booking has taken place: it has ended, or somebody checked in to it or to its family.

    `families` are by the id of the main booking. Always false for a draft, because its bookings were not sold.
    """
    if order.status == "draft":
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
