"""Changes a booking's time, resources or notes. A single transaction frees the old slot and takes the new one.

If a booking is canceled or has expired, only its notes can change.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from frontdesk.domain.assessment.limits import refuse_too_much_read
from frontdesk.domain.assessment.time_rules import PENDING
from frontdesk.domain.booking.changes import as_written, family_of, recorded_of
from frontdesk.domain.booking.move_reading import is_only_noted, noted, read_move
from frontdesk.domain.booking.moves import Move
from frontdesk.domain.booking.placement import fits_one_transaction
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key, Snapshot
from frontdesk.domain.orders.states import refuse_ended, shown_booking_status
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import contradictions
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.sizes import MAX_ACTIONS, ReadingRoom
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import conflict
from frontdesk.usecases.orders.find import find_booking, find_order_of
from frontdesk.usecases.orders.place import offer, read_within
from frontdesk.usecases.orders.staged import clear_holds, ends_as_shown
from frontdesk.usecases.ports import Store


def move_booking(
    context: Context,
    booking_id: str,
    reading: Reading[BookingDocument],
    store: Store,
    present: Callable[[Booking, Order, int], Mapping[str, Any]] | None = None,
) -> tuple[Booking, Order, Sequence[Booking]]:
    """Changes a booking. Returns the booking, its order, and all bookings of the order.

    The document's read-only values must equal those from `present`, which returns the booking as the API shows
    it. Raises FrontdeskError 404; 409 if the booking's state does not allow the change; 422 with every problem.
    """
    retries = context.retries()
    while True:
        order, bookings = find_order_of(context, booking_id, store)
        booking = find_booking(bookings, booking_id)
        now = context.clock.now()
        problems = list(reading.problems)
        if present and any(reading.echoes):
            problems += contradictions(reading.echoes, present(booking, order, now))
        move = read_move(order, bookings, booking, reading.config, problems)
        if not is_only_noted(move):
            refuse_ended(booking, order, now)
        elif shown_booking_status(booking, order, now) == "canceled":
            if move.problems:
                raise FrontdeskError(*move.problems)
            if move.after[0] == booking:
                return booking, order, bookings
            if ends_as_shown(context, order, bookings, store):
                writes = noted(move, now)
                writes.append(recorded_of(context.entry("changed"), order, writes))
                if store.write(context, writes) is None:
                    order, bookings = as_written(order, bookings, writes)
                    return find_booking(bookings, booking_id), order, bookings
            next(retries)
            continue
        if move.changes_day and any(b.checked_in_at is not None for b in family_of(booking, bookings)):
            raise conflict("checked_in")
        if move.days > MAX_ACTIONS:
            # Refused before anything is read, because the booking may span two centuries.
            raise FrontdeskError(*move.problems, _too_large(move.days))
        known = _read(context, move, store)
        assessment = move.assessed(known, now)
        conflicts = assessment.conflicts if move.change.check_availability is not False else ()
        if assessment.problems or any(problem.code != PENDING for problem in conflicts):
            if find_order_of(context, booking_id, store) == (order, bookings):
                offered = offer(context, assessment, known, store).conflicts if conflicts else ()
                raise FrontdeskError(
                    *assessment.problems, *(problem for problem in offered if problem.code != PENDING)
                )
            # The booking changed meanwhile, and that change may be what causes the conflict.
        elif not conflicts:
            writes = move.writes(known, now)
            if not writes:
                return booking, order, bookings
            writes.append(recorded_of(context.entry("changed"), order, writes))
            ledgers = [write for write in writes if isinstance(write, LedgerChange)]
            fits = fits_one_transaction(writes)
            if not fits and not clear_holds(context, ledgers, known, store, most=0):
                raise FrontdeskError(_too_large(len(writes)))
            if fits and store.write(context, writes) is None:
                order, bookings = as_written(order, bookings, writes)
                return find_booking(bookings, booking_id), order, bookings
        next(retries)


def _too_large(items: int) -> Problem:
    return Problem("change_too_large", {"count": items}, pointer="/data")


def _read(context: Context, move: Move, store: Store) -> Snapshot:
    room, keys = ReadingRoom(), move.keys()
    refuse_too_much_read(len(keys))
    known = Snapshot(read_within(room, context, keys, store, consistent=True))
    orders: set[Key] = move.missing(known, context.clock.now())
    found = read_within(room, context, orders, store, consistent=True) if orders else {}
    return known.with_items(found, consistent=known.consistent)
