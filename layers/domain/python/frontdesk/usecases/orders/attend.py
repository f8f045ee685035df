"""Records who has arrived for a booking, and who has left."""

from collections.abc import Callable, Mapping

from frontdesk.domain.booking.changes import recorded
from frontdesk.domain.booking.writes import ChangedBooking, CheckedOrder
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.states import absent, arrived, departed, staying
from frontdesk.domain.trail import Action
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.find import find_booking, find_order_of
from frontdesk.usecases.ports import Store

# Returns the booking of an order after somebody came or went at a time.
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
    """Records an arrival or departure, or undoes it.

    `after` is `domain.orders.states.arrived` or one of its neighbours. Conditional on the order as read. What was recorded before stays.
    Raises FrontdeskError 404, or 409 if the booking's state does not allow it.
    """
    retries = context.retries()
    while True:
        order, bookings = find_order_of(context, booking_id, store)
        seen = find_booking(bookings, booking_id)
        booking = after(seen, order, context.clock.now())
        if booking == seen:
            return booking, order
        # The order may be about to be canceled in steps, which its bookings do not show yet.
        noted = ChangedBooking(seen, booking)
        entry = recorded(context.entry(_NOTED[after]), order, order, [noted])
        if store.write(context, [CheckedOrder(order), noted, entry]) is None:
            return booking, order
        next(retries)
