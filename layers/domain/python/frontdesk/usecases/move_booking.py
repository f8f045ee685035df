"""Change a booking: its time, its resources, its notes. What it leaves is free, and what it takes is taken, with one transaction."""

from collections.abc import Sequence

from frontdesk.model.change_config import BookingDocument
from frontdesk.model.config import Reading
from frontdesk.model.ledger import LedgerChange
from frontdesk.model.moves import Move, read_move
from frontdesk.model.order import Booking, Order
from frontdesk.model.placement import fits_one_transaction
from frontdesk.model.problems import FrontdeskError, Problem
from frontdesk.model.snapshot import Key, Snapshot
from frontdesk.model.states import refuse_ended
from frontdesk.model.times import PENDING
from frontdesk.model.writes import MOST_ACTIONS
from frontdesk.usecases.change_order import check_document
from frontdesk.usecases.find_order import find_booking, find_order_of
from frontdesk.usecases.place_order import offer
from frontdesk.usecases.ports import Clock, Store
from frontdesk.usecases.steps import clear_holds


def move_booking(
    organization_id: str, booking_id: str, reading: Reading[BookingDocument], store: Store, clock: Clock
) -> tuple[Booking, Order, Sequence[Booking]]:
    """Changes a booking as asked, or raises FrontdeskError: 404, 409 for one that is canceled or has expired, 422 with every reason."""
    check_document(reading, "bookings", booking_id)
    rounds = 0
    while True:
        order, bookings = find_order_of(organization_id, booking_id, store, clock)
        booking = find_booking(bookings, booking_id)
        now = clock.now()
        refuse_ended(booking, order, now)
        move = read_move(order, bookings, booking, reading.config, reading.problems)
        if move.days > MOST_ACTIONS:
            # Not even read: it may be for two centuries.
            raise FrontdeskError(*move.problems, _too_large(move.days))
        known = _read(move, store, clock)
        judgement = move.judged(known, now)
        conflicts = judgement.conflicts if move.change.check_availability is not False else ()
        if judgement.problems or any(problem.code != PENDING for problem in conflicts):
            if find_order_of(organization_id, booking_id, store, clock) == (order, bookings):
                offered = offer(judgement, known, store, clock).conflicts if conflicts else ()
                raise FrontdeskError(*judgement.problems, *(problem for problem in offered if problem.code != PENDING))
            # It has changed meanwhile, and may itself be what is in the way.
        elif not conflicts:
            writes = move.writes(known, now)
            ledgers = [write for write in writes if isinstance(write, LedgerChange)]
            fits = fits_one_transaction(writes)
            if not fits and not clear_holds(ledgers, organization_id, known, store, clock, most=0):
                raise FrontdeskError(_too_large(len(writes)))
            if fits and store.write(organization_id, writes, clock) is None:
                order, bookings = find_order_of(organization_id, booking_id, store, clock)
                return find_booking(bookings, booking_id), order, bookings
        clock.pause(rounds)
        rounds += 1


def _too_large(items: int) -> Problem:
    detail = f"This changes {items} items, more than can be changed at once. Cancel the booking and place a new order."
    return Problem("change_too_large", "change too large", detail, pointer="/data")


def _read(move: Move, store: Store, clock: Clock) -> Snapshot:
    organization_id = move.order.organization_id
    known = Snapshot(store.read(organization_id, move.keys(), clock, consistent=True), consistent=True)
    orders: set[Key] = move.missing(known, clock.now())
    return known.with_items(store.read(organization_id, orders, clock, consistent=True), consistent=True) if orders else known
