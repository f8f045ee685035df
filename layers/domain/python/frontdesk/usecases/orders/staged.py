"""Operations that need several transactions: placing and canceling large orders, and cleaning up after interruptions.

After every step, the order shows what remains to be done, and `settle` can continue from there.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate, islice
from typing import Any, TypeVar

from frontdesk.domain.assessment.time_rules import needed_orders
from frontdesk.domain.booking.changes import (
    canceled,
    claims_by_ledger,
    dropped_holds,
    ended_holds,
    hidden_of,
    in_transactions,
    live,
    released,
    uncounted,
)
from frontdesk.domain.booking.placement import (
    Placement,
    as_placing,
    counted,
    ended_orders,
    fits_one_transaction,
)
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedOrder,
    NewBooking,
    NewOrder,
    RemovedBooking,
    RemovedOrder,
    VoucherCount,
    Write,
    bytes_of,
    guarded,
)
from frontdesk.domain.ledger import Hold, LedgerChange, LedgerKey, change
from frontdesk.domain.orders.order import Booking, Order, ordinal_of
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.orders.states import booking_after, order_after, shown_status
from frontdesk.domain.problems import Busy
from frontdesk.domain.sizes import MAX_ACTIONS, MAX_ITEM, MAX_TRANSACTION
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Store

# Ledgers in each transaction: few enough that one busy day does not delay many others.
_LEDGERS_AT_ONCE = 25
# The most expired holds that are removed along with another write. If there are more, they are removed first.
_MAX_ENDED = 10
# Holds that are removed at a time, each with its order.
_MAX_CLEARED = 40
_MAX_LARGE = MAX_TRANSACTION // MAX_ITEM - 2
_T = TypeVar("_T")


def place_in_steps(
    context: Context, placement: Placement, known: Snapshot, store: Store
) -> Mapping[Key, Any] | None:
    """Places an order that is too large for one transaction. Returns None on success, otherwise the items that prevented a write.

    The result is empty if a slot was taken, or if the order is a draft that expired meanwhile.
    """
    head = as_placing(placement, context.clock.now()).order
    lost = store.write(context, [NewOrder(head, placement.tombstone)])
    if lost is not None:
        return lost
    lost = _place(context, placement, head, known, store)
    if lost is None:
        # The order counts already. The sweep can finish the rest.
        with suppress(Busy):
            settle(context, placement.order, placement.bookings, store)
        return None
    abandon(context, head, store)
    return lost


def _place(
    context: Context, placement: Placement, head: Order, known: Snapshot, store: Store
) -> Mapping[Key, Any] | None:
    # Bookings before holds: if this is interrupted, the bookings show where the order may have holds.
    for group in in_transactions(map(NewBooking, placement.bookings), MAX_ACTIONS - 1):
        lost = store.write(context, guarded(head, group))
        if lost is not None:
            return lost
    for keys in _groups(sorted(placement.claims.wanted), _LEDGERS_AT_ONCE):
        retries = context.retries()
        while keys := placement.unclaimed(keys, known):
            room = placement.room(keys, known, context.clock.now())
            if room == "taken":
                return {}
            if room == "free":
                now = context.clock.now()
                changes = _fitting(
                    placement.ledger_changes(keys, known, now, held_until=head.expires_at, placing=True)
                )
                writes = guarded(head, [*changes, *ended_orders(changes, known, now)])
                most = None if fits_one_transaction(writes) else 0
                if not clear_holds(context, changes, known, store, most):
                    lost = store.write(context, writes)
                    if lost is None:
                        keys = keys[len(changes) :]
                        continue
                    if Key("order", head.id) in lost:
                        return lost
            next(retries)
            known = _read_days(context, keys, known, store)
    if placement.order.expires_at is not None and context.clock.now() >= placement.order.expires_at:
        return {}  # A draft that expired before it was placed.
    commit = [
        ChangedOrder(head, placement.order),
        *placement.beside,
        *_counts(placement.order, known),
    ]
    return store.write(context, commit)


def _fitting(changes: Sequence[LedgerChange]) -> Sequence[LedgerChange]:
    """Returns as many of the first changes as fit into one transaction together with the order, but at least one."""
    sizes = accumulate(map(bytes_of, changes))
    return changes[: max(1, bisect_right(list(sizes), MAX_TRANSACTION - 2 * MAX_ITEM))]


def _counts(order: Order, known: Snapshot) -> list[Write]:
    return counted(order.voucher, known, +1) if order.status == "completed" else []


def _read_days(context: Context, keys: Sequence[LedgerKey], known: Snapshot, store: Store) -> Snapshot:
    """Reads the current ledgers. Returns `known` with these ledgers added.

    A hold in a ledger reserves units for an order. Sometimes only the order shows whether the hold has ended.
    In this case, the order is read and added too.
    """
    now = context.clock.now()
    found = store.read(context, map(ledger_item, keys), consistent=True)
    orders = {key for each in found.values() if each for key in needed_orders(each, now)}
    found |= store.read(context, orders, consistent=True)
    return known.with_items(found, consistent=known.consistent)


def clear_holds(
    context: Context, changes: Sequence[LedgerChange], known: Snapshot, store: Store, most: int | None = None
) -> bool:
    """Tries to remove the ended holds in `changes` if there are more than `most` ended holds.

    If `most` is None, the limit is _MAX_ENDED. Returns whether the number of ended holds was above the limit. If
    so, the caller must read the ledgers again.
    """
    if sum(len(each.ended) for each in changes) <= (_MAX_ENDED if most is None else most):
        return False
    now = context.clock.now()
    for each in changes:
        left = list(each.ended.items())
        while left:
            some = dict(left[:_MAX_CLEARED])
            ends = _ends(each.key, some, known, now)
            if not fits_one_transaction(ends):
                # Only a few large orders fit into one transaction.
                some = dict(left[:_MAX_LARGE])
                ends = _ends(each.key, some, known, now)
            left = left[len(some) :]
            # If the write fails, the next read shows why.
            if store.write(context, ends) is not None:
                break
            over = {Key("order", hold.order_id): None for hold in some.values()}
            known = known.with_items(
                {**over, ledger_item(each.key): ends[0].result()}, consistent=known.consistent
            )
    return True


def _ends(
    key: LedgerKey, ended: Mapping[str, Hold], known: Snapshot, now: int
) -> tuple[LedgerChange, *tuple[Write, ...]]:
    """Returns the writes that remove holds from a ledger and end their orders."""
    clean = change(known.ledger(key), capacity=None, ended=ended)
    return clean, *ended_orders([clean], known, now)


def abandon(context: Context, order: Order, store: Store) -> None:
    """Removes an order that will not be placed, and everything that was written for it.

    Does nothing if the order was placed after all, or if another attempt has replaced it.
    """
    found = store.order(context, order.id)
    if found is None or found[0].attempt != order.attempt:
        return None
    present, bookings = found
    if present.status == "placing":
        after = order_after(present, "abandoned", context.clock.now())
        store.write(context, [ChangedOrder(present, after)])
        # The order must be read again, because the request that was placing it may have continued until now.
        return abandon(context, order, store)
    if present.status == "abandoned":
        settle(context, present, bookings, store)
    return None


def expire(
    context: Context, order: Order, bookings: Sequence[Booking], store: Store, days: Iterable[LedgerKey] = ()
) -> bool:
    """Ends a draft whose deadline has passed, frees its slots and returns True. Returns False if the order has changed meanwhile.

    `days` are further days on which the order may have holds. The days of its bookings are always included.
    """
    over = order_after(order, "expired", context.clock.now())
    if store.write(context, [ChangedOrder(order, over)]) is not None:
        return False
    settle(context, over, bookings, store, days)
    return True


def ends_as_shown(context: Context, order: Order, bookings: Sequence[Booking], store: Store) -> bool:
    """Brings the stored order to the status that the API shows.

    If a cancellation of the order has begun, finishes the cancellation. If the order is a draft whose deadline has
    passed, stores the status "expired". Returns True if neither is necessary.

    If the result is False, the caller must read the order again. Raises Busy when the time is up.
    """
    if order.canceling:
        settle(context, order, bookings, store)
    elif order.status != shown_status(order, context.clock.now()):
        expire(context, order, bookings, store)
    else:
        return True
    return False


def settle(
    context: Context, order: Order, bookings: Sequence[Booking], store: Store, days: Iterable[LedgerKey] = ()
) -> None:
    """Finishes an interrupted operation on an order, if there is one. Raises Busy when the time is up.

    `days` are further days on which the order may have holds. The days of its bookings are always included.
    """
    days = {*days, *claims_by_ledger(bookings)}
    match order.status:
        case "completed" | "draft" | "canceling" if order.canceling:
            cancel_in_steps(context, order, bookings, store)
        case "completed":
            _accept(context, bookings, store)
            _end_holds(context, order, days, store)
        case "expired" | "canceled":
            _end_holds(context, order, days, store)
        case "abandoned":
            _clear_away(context, order, bookings, days, store)


def _accept(context: Context, bookings: Sequence[Booking], store: Store) -> None:
    now = context.clock.now()
    writes = [
        ChangedBooking(b, booking_after(b, "accepted", now)) for b in bookings if b.status == "reserved"
    ]
    for group in in_transactions(writes, MAX_ACTIONS):
        if store.write(context, group) is not None:
            # A booking in another state needs nothing, and must not stop the others.
            for write in group:
                store.write(context, [write])


def _clear_away(
    context: Context, order: Order, bookings: Sequence[Booking], days: Iterable[LedgerKey], store: Store
) -> None:
    """Removes an abandoned order entirely, unless a new attempt has taken its id."""
    if not _end_holds(context, order, days, store, CheckedOrder(order)):
        return
    for group in in_transactions(map(RemovedBooking, bookings), MAX_ACTIONS - 1):
        if store.write(context, guarded(order, group)) is not None:
            return
    store.write(context, [RemovedOrder(order)])


def _end_holds(
    context: Context, order: Order, days: Iterable[LedgerKey], store: Store, *fence: Write
) -> bool:
    """Removes the order's holds from these ledgers. Unless the order is completed, the held units become free.

    Each transaction also checks the order with `fence`, if given. Returns False if the check fails.
    """
    changes_of = dropped_holds if order.status == "completed" else ended_holds
    for keys in _groups(list(map(ledger_item, sorted(days))), _LEDGERS_AT_ONCE):
        retries = context.retries()
        while True:
            ledgers = store.read(context, keys, consistent=True).values()
            changes = changes_of(order, filter(None, ledgers))
            some = _fitting(changes)
            lost = store.write(context, [*fence, *some]) if some else None
            if lost is None:
                if len(some) == len(changes):
                    break
                continue
            if Key("order", order.id) in lost:
                return False
            next(retries)
    return True


def cancel_in_steps(
    context: Context, order: Order, bookings: Sequence[Booking], store: Store
) -> Mapping[Key, Any] | None:
    """Cancels the bookings in `order.canceling`. Continues after the last step of an earlier attempt.

    Returns None, or the conflicting items if a write fails.
    """
    leaving = [booking for booking in bookings if ordinal_of(booking.id) in order.canceling]
    gone = [booking for booking in bookings if booking.status == "canceled"]
    for group in in_transactions(hidden_of(order, gone, context.clock.now()), MAX_ACTIONS):
        if (lost := store.write(context, group)) is not None:
            return lost
    # First, so that no booking can move to another day while the loop below frees the days.
    lost = _cancel_bookings(context, order, leaving, store)
    if lost is not None:
        return lost
    claims = claims_by_ledger(leaving)
    while keys := list(claims)[order.progress : order.progress + _LEDGERS_AT_ONCE]:
        retries = context.retries()
        while True:
            known = Snapshot(store.read(context, map(ledger_item, keys), consistent=True))
            changes = _fitting(released(order, {key: claims[key] for key in keys}, known))
            progress = order.progress + len(changes)
            after = order_after(order, order.status, context.clock.now(), progress=progress)
            lost = store.write(context, [ChangedOrder(order, after), *changes])
            if lost is None:
                order = after
                break
            if Key("order", order.id) in lost:
                return lost
            next(retries)
    final, _ = canceled(order, (), len(order.canceling), context.clock.now(), None)
    return write_freeing(context, [ChangedOrder(order, final), *uncounted(order, final)], store)


def _cancel_bookings(
    context: Context, order: Order, leaving: Iterable[Booking], store: Store
) -> Mapping[Key, Any] | None:
    """Cancels the bookings. A booking is canceled only if its version is unchanged.

    Returns the conflicting items if a booking has another version, otherwise None.
    """
    _, changed = canceled(order, live(leaving), len(order.canceling), context.clock.now(), None)
    for group in in_transactions(changed, MAX_ACTIONS):
        lost = store.write(context, group)
        if lost is not None:
            return lost
    return None


def write_freeing(context: Context, writes: Sequence[Write], store: Store) -> Mapping[Key, Any] | None:
    """Writes changes of an order, with the decrements of its voucher's counters. Returns the result of `Store.write`.

    Leaves out the decrement of a counter that no longer exists or is 0.
    """
    lost = store.write(context, writes)
    counters = {write.key for write in writes if isinstance(write, VoucherCount)}
    if lost is None or not lost.keys() <= counters:
        return lost
    return store.write(
        context, [write for write in writes if not isinstance(write, VoucherCount) or write.key not in lost]
    )


def _groups(items: Sequence[_T], most: int) -> Iterator[list[_T]]:
    rest = iter(items)
    while group := list(islice(rest, most)):
        yield group
