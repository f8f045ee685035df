"""Book one thing, asked for by itself: another door to the same placing of orders."""

from frontdesk.domain.orders.order import Booking
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.booking import NewBooking
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from frontdesk.usecases.ports import Store


def place_booking(
    context: Context, asked: NewBooking, store: Store, idempotency: Idempotency | None = None
) -> tuple[Booking, Placed]:
    """Places an order of one booking, with its sub-bookings. As `place_order`, with problems where the document has their cause."""
    try:
        placed = place_order(context, asked.reading, store, idempotency)
    except FrontdeskError as error:
        problems = (
            asked.in_document(problem) if problem.pointer is not None else problem
            for problem in error.problems
        )
        raise FrontdeskError(*problems, retry_after=error.retry_after) from error
    return placed.bookings[0], placed
