"""Records who a booking is for, and when its customer arrives and leaves."""

from collections.abc import Callable, Mapping, Sequence

from frontdesk.domain.booking.changes import can_all_be_checked, family_of, recorded
from frontdesk.domain.booking.placement import fits_one_transaction
from frontdesk.domain.booking.writes import ChangedBooking, ChangedOrder, CheckedOrder, Write
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.states import (
    absent,
    arrived,
    booking_after,
    departed,
    order_after,
    refuse_ended,
    staying,
)
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.change import BookingCustomerChange
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.trail import Action
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.find import find_booking, find_order_of
from frontdesk.usecases.ports import Store
from frontdesk.usecases.reading import read_one

# Takes a booking, its order and the current time. Returns the booking after the arrival or departure.
Attendance = Callable[[Booking, Order, int], Booking]
_NOTED: Mapping[Attendance, Action] = {
    arrived: "checked_in",
    absent: "check_in_undone",
    departed: "checked_out",
    staying: "check_out_undone",
}


def note_attendance(
    context: Context, booking_id: str, after: Attendance, store: Store
) -> tuple[Booking, Order]:
    """Records an arrival or departure, or undoes one.

    `after` is `domain.orders.states.arrived`, `absent`, `departed` or `staying`. Keeps a time that is recorded already. Raises
    FrontdeskError 404, or 409 if the booking's state does not allow the change.
    """
    retries = context.retries()
    while True:
        order, bookings = find_order_of(context, booking_id, store)
        seen = find_booking(bookings, booking_id)
        now = context.clock.now()
        booking = after(seen, order, now)
        if booking == seen:
            return booking, order
        noted, (present, fence) = ChangedBooking(seen, booking), _fenced(order, bookings, now)
        entry = recorded(context.entry(_NOTED[after]), order, present, [noted])
        if store.write(context, [fence, noted, entry]) is None:
            return booking, present
        next(retries)


def _fenced(order: Order, bookings: Sequence[Booking], now: int) -> tuple[Order, Write]:
    """Returns the order after an arrival or departure, and a write that fails if the order has changed since it was read.

    If the order is canceled at the same time, either this write or the cancellation fails.
    """
    if can_all_be_checked(bookings):
        return order, CheckedOrder(order)
    # The order has more bookings than a cancellation can check, so this write gives it a new version.
    after = order_after(order, order.status, now)
    return after, ChangedOrder(order, after)


def change_customer(
    context: Context, booking_id: str, reading: Reading[BookingCustomerChange], store: Store
) -> tuple[Booking, Order]:
    """Assigns a booking and its sub-bookings to another customer. The order keeps its customer.

    Raises FrontdeskError 404; 409 if the booking is canceled or has expired; 422 for an unknown customer, and for a blocker.
    """
    retries = context.retries()
    while True:
        order, bookings = find_order_of(context, booking_id, store)
        booking, now = find_booking(bookings, booking_id), context.clock.now()
        refuse_ended(booking, order, now)
        customer_id = _customer_of(context, booking, reading, store)
        if booking.customer_id == customer_id:
            return booking, order
        changes = [
            ChangedBooking(
                each,
                booking_after(
                    each,
                    each.status,
                    now,
                    customer_id=customer_id,
                    own_customer=customer_id != order.customer_id,
                ),
            )
            for each in family_of(booking, bookings)
        ]
        writes: list[Write] = [CheckedOrder(order), *changes]
        writes.append(recorded(context.entry("changed"), order, order, changes))
        if not fits_one_transaction(writes):
            raise FrontdeskError(Problem("change_too_large", {"count": len(writes)}, pointer=_AT))
        if store.write(context, writes) is None:
            return next(each.booking for each in changes if each.seen.id == booking_id), order
        next(retries)


_AT = "/customer_id"


def _customer_of(
    context: Context, booking: Booking, reading: Reading[BookingCustomerChange], store: Store
) -> str:
    """Returns the id of the requested customer. Raises FrontdeskError 422."""
    problems = list(reading.problems)
    if booking.is_blocker:
        problems.append(Problem("not_for_blocker", pointer=_AT))
    id = reading.config.customer_id
    if id is None and not problems:
        problems.append(
            Problem("customer_not_found", {"reason": Phrase("no_customer", {"id": ""})}, pointer=_AT)
        )
    if id is not None and not problems:
        customer = read_one(context, Customer, id, store)
        if customer is None or customer.archived:
            problems.append(
                Problem(
                    "customer_not_found", {"reason": Phrase("no_customer", {"id": id[:100]})}, pointer=_AT
                )
            )
    if problems:
        raise FrontdeskError(*problems)
    assert id is not None
    return id
