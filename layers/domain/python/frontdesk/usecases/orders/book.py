"""Places a single booking, as an order of one booking."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.booking import NewBooking
from frontdesk.domain.requests.envelope import contradictions
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from frontdesk.usecases.ports import Store


def place_booking(
    context: Context,
    asked: NewBooking,
    store: Store,
    idempotency: Idempotency | None = None,
    present: Callable[[Booking, Order, int], Mapping[str, Any]] | None = None,
) -> tuple[Booking, Placed]:
    """Places an order of one booking with its sub-bookings, like `place_order`.

    Error pointers refer to the document that the caller sent. The document's read-only values must equal those
    from `present`, which returns the booking as the API shows it.
    """

    def differs(order: Order, bookings: Sequence[Booking]) -> list[Problem]:
        if present is None or not any(asked.echoes):
            return []
        return contradictions(asked.echoes, present(bookings[0], order, context.clock.now()))

    try:
        placed = place_order(context, asked.reading, store, idempotency, differs=differs)
    except FrontdeskError as error:
        problems = (
            asked.in_document(problem) if problem.pointer is not None else problem
            for problem in error.problems
        )
        raise FrontdeskError(*problems, retry_after=error.retry_after) from error
    return placed.bookings[0], placed
