"""Reads an order, or one of its bookings, in its current state."""

from collections.abc import Sequence

from frontdesk.domain.booking.changes import is_whole
from frontdesk.domain.orders.order import Booking, Order, is_order_id, order_id_of
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.staged import settle
from frontdesk.usecases.ports import Store

Found = tuple[Order, list[Booking]]
# An order that looks incomplete is read this many times, and then returned as it is.
_MAX_LOOKS = 4


def find_order(context: Context, order_id: str, store: Store) -> Found:
    """Returns an order with its bookings, read consistently. If a cancellation was interrupted, finishes it first.

    Raises FrontdeskError 404, also for an order that is still being placed.
    """
    looks, retries = 0, context.retries()
    while True:
        found = store.order(context, order_id) if is_order_id(order_id) else None
        if found is None or found[0].status in INVISIBLE:
            raise FrontdeskError(Problem("order_not_found"))
        if found[0].canceling:
            settle(context, *found, store)
        elif is_whole(*found) or looks >= _MAX_LOOKS:
            return found
        if looks or not found[0].canceling:
            next(retries)
        looks += 1


def find_order_of(context: Context, booking_id: str, store: Store) -> Found:
    """Returns a booking's order with its bookings. Raises FrontdeskError 404 `booking_not_found`."""
    try:
        found = find_order(context, order_id_of(booking_id), store)
    except FrontdeskError as error:
        if error.problems[0].code != "order_not_found":
            raise
        found = None
    find_booking(found[1] if found else (), booking_id)
    assert found is not None
    return found


def find_booking(bookings: Sequence[Booking], booking_id: str) -> Booking:
    """Returns the booking with this id. Raises FrontdeskError 404, also for a hidden booking."""
    booking = next((booking for booking in bookings if booking.id == booking_id), None)
    if booking is None or booking.deleted:
        raise FrontdeskError(Problem("booking_not_found"))
    return booking
