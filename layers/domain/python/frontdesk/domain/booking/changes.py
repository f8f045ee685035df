"""Computes the writes that complete a draft, cancel or delete bookings, or remove holds. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from frontdesk.domain.booking.new_order import use_of
from frontdesk.domain.booking.placement import booking_claims, counted, fits_one_transaction
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedBooking,
    Recorded,
    Write,
    actions,
    bytes_of,
)
from frontdesk.domain.catalog.items import Voucher, voucher_code_key
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerChange, LedgerKey, change
from frontdesk.domain.orders.order import Booking, Cause, Order, VoucherUse, ordinal_of
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.domain.orders.states import OrderChanges, booking_after, order_after, shown_booking_version
from frontdesk.domain.sizes import MAX_ACTIONS, MAX_ITEM, MAX_TRANSACTION
from frontdesk.domain.trail import Changes, Entry, bounded, differences, named

_T = TypeVar("_T", bound=Write)
_SoldT = TypeVar("_SoldT", Order, Booking)


def claims_by_ledger(bookings: Iterable[Booking]) -> dict[LedgerKey, list[Claim]]:
    """Returns the claims of bookings by ledger. The ledgers are in the order in which they are written."""
    claims: defaultdict[LedgerKey, list[Claim]] = defaultdict(list)
    for booking in bookings:
        for key, claim in booking_claims(booking):
            claims[key].append(claim)
    return dict(sorted(claims.items()))


def live(bookings: Iterable[Booking]) -> list[Booking]:
    """Returns the bookings that are not canceled."""
    return [booking for booking in bookings if booking.status != "canceled"]


def families_of(bookings: Iterable[Booking]) -> dict[str, list[Booking]]:
    """Groups bookings into families, by the main booking's id. Leaves out canceled bookings.

    A family is a main booking and its sub-bookings.
    """
    families: defaultdict[str, list[Booking]] = defaultdict(list)
    for each in live(bookings):
        families[each.super_booking or each.id].append(each)
    return families


def family_of(booking: Booking, bookings: Iterable[Booking]) -> list[Booking]:
    """Returns the family of a booking, without canceled bookings. A family is a main booking and its sub-bookings."""
    return families_of(bookings).get(booking.super_booking or booking.id, [])


def is_whole(order: Order, bookings: Sequence[Booking]) -> bool:
    """Whether an order and its bookings match. If not, they were read while a transaction was in progress."""
    if len(bookings) != order.booking_count or (
        order.status != "expired" and len(live(bookings)) != order.active_bookings
    ):
        return False
    span = min(booking.start for booking in bookings), max(booking.end for booking in bookings)
    return (
        span == (order.start, order.end)
        and sum(booking.amounts.total for booking in bookings) == order.amounts.total
    )


def own_holds(ledger: Ledger, order: Order) -> dict[str, Hold]:
    """Returns the order's holds in a ledger, by name. Holds of earlier attempts are included."""
    return {name: hold for name, hold in ledger.holds.items() if hold.order_id == order.id}


def dropped_holds(order: Order, ledgers: Iterable[Ledger]) -> list[LedgerChange]:
    """Returns the ledger changes that remove a completed order's holds.

    Units held by the current attempt stay in use, because the order's bookings now occupy them. Units held by
    earlier attempts become free.
    """
    changes = []
    for ledger in ledgers:
        own = own_holds(ledger, order)
        ended = {name: hold for name, hold in own.items() if hold.attempt != order.attempt}
        if own:
            changes.append(change(ledger, capacity=None, ended=ended, dropped=own.keys() - ended.keys()))
    return changes


def ended_holds(order: Order, ledgers: Iterable[Ledger]) -> list[LedgerChange]:
    """Returns the ledger changes that remove an order's holds and free their units."""
    return [
        change(ledger, capacity=None, ended=own) for ledger in ledgers if (own := own_holds(ledger, order))
    ]


def released(
    order: Order, claims: Mapping[LedgerKey, Sequence[Claim]], known: Snapshot
) -> list[LedgerChange]:
    """Returns the ledger changes that free the units of canceled bookings. `claims` are the bookings' claims.

    If the order has a hold for a claim, the hold is removed too.
    """
    changes = []
    for key, canceled in claims.items():
        ledger = known.ledger(key)
        holds, freed, ended = own_holds(ledger, order), list[Claim](), dict[str, Hold]()
        for claim in canceled:
            name = next(
                (
                    name
                    for name, hold in holds.items()
                    if hold.claim == claim and hold.attempt == order.attempt
                ),
                None,
            )
            if name is not None:
                ended[name] = holds.pop(name)
            else:
                freed.append(claim)
        changes.append(change(ledger, capacity=None, released=freed, ended=ended))
    return changes


def canceled(
    order: Order, bookings: Iterable[Booking], leaving: int, now: int, cause: Cause | None
) -> tuple[Order, list[ChangedBooking]]:
    """Returns the order with `leaving` fewer active bookings, and the writes that cancel `bookings`.

    `bookings` are those of one transaction, but `leaving` counts the bookings in all transactions of the cancellation. If no active
    booking remains, the order is canceled too. Bookings in `order.deleted` are also marked as deleted.
    """
    left = order.active_bookings - leaving
    changes: OrderChanges = {"active_bookings": left, "canceling": (), "progress": 0}
    if cause is not None:
        changes["causes"] = (*order.causes, cause)
    after = order_after(order, order.status if left else "canceled", now, **changes)
    return after, [
        ChangedBooking(
            booking,
            booking_after(
                booking, "canceled", now, canceled_at=now, deleted=ordinal_of(booking.id) in order.deleted
            ),
        )
        for booking in bookings
    ]


def begun(order: Order, after: Order, leaving: Iterable[Booking], now: int, cause: Cause | None) -> Order:
    """Returns the order to write in the first transaction of a cancellation that needs several.

    `leaving` are the bookings to cancel. The returned order has their ordinals in `canceling`. `after` is the
    order that the last transaction will write.
    """
    status = order.status
    if after.status == "canceled" and order.status == "completed":
        status = "canceling"
    numbers = tuple(ordinal_of(booking.id) for booking in leaving)
    changes: OrderChanges = {
        "canceling": numbers,
        "progress": 0,
        "deleted": after.deleted,
        "undone": after.undone,
    }
    if cause:
        changes["causes"] = (*order.causes, cause)
    return order_after(order, status, now, **changes)


def as_read(bookings: Iterable[Booking], now: int) -> list[CheckedBooking]:
    """Returns conditions that make a cancellation fail if a booking has changed since it was read.

    For example, the cancellation fails if a guest arrives at the same time.

    If one transaction has no room for all conditions, returns only the conditions for the bookings that start
    closest to `now`. The other bookings need no condition. In an order with so many bookings, each arrival
    also changes the order's version (`can_all_be_checked`), and the new version makes the cancellation fail.
    """
    nearest = sorted(bookings, key=lambda each: abs(each.start - now))
    return next(in_transactions(map(CheckedBooking, nearest), MAX_ACTIONS - 2), [])


def can_all_be_checked(bookings: Iterable[Booking]) -> bool:
    """Whether a cancellation's first transaction has room to check the version of every booking.

    There must be enough room even if the stored bookings become twice as large. If the result is False, every
    change of a booking must also change the order's version, so that a cancellation notices the change.
    """
    checks = list(map(CheckedBooking, live(bookings)))
    return len(checks) <= MAX_ACTIONS - 2 and 2 * sum(map(bytes_of, checks)) <= MAX_TRANSACTION - MAX_ITEM


def with_deleted(order: Order, bookings: Iterable[Booking]) -> Order:
    """Returns the order with these bookings listed as deleted. Write it before you mark the bookings as deleted."""
    ordinals = {ordinal_of(booking.id) for booking in bookings}
    return order.model_copy(update={"deleted": tuple(sorted({*order.deleted, *ordinals}))})


def hidden(order: Order, bookings: Sequence[Booking], now: int) -> list[Write]:
    """Returns the writes that delete canceled bookings.

    The first write lists them in the order's `deleted`. The other writes mark the bookings themselves as deleted,
    except those that are marked already.
    """
    named = with_deleted(order, bookings)
    return [
        ChangedOrder(order, order_after(order, order.status, now, deleted=named.deleted)),
        *hidden_of(named, bookings, now),
    ]


def hidden_of(order: Order, bookings: Iterable[Booking], now: int) -> list[ChangedBooking]:
    """Returns the writes that mark the bookings in `order.deleted` as deleted. Skips bookings that are marked already."""
    return [
        ChangedBooking(
            each,
            booking_after(
                each,
                "canceled",
                now,
                deleted=True,
                canceled_at=each.canceled_at or order.expires_at,
                # The version must exceed every version that was shown for a booking whose draft had expired.
                version=shown_booking_version(each, order, now) + 1,
            ),
        )
        for each in bookings
        if ordinal_of(each.id) in order.deleted and not each.deleted
    ]


def hiding(order: Order, bookings: Iterable[Booking], entry: Entry) -> tuple[list[Booking], list[Write]]:
    """Returns bookings that can be deleted in one transaction, and the writes that delete them.

    Begins at the end of `bookings`: the first booking, which the request names, is deleted last, so that an
    interrupted request can be repeated.
    """
    some = [each for each in bookings if not each.deleted]
    while True:
        writes = hidden(order, some, entry.at)
        writes.append(recorded_of(entry, order, writes))
        if len(some) == 1 or fits_one_transaction(writes):
            return some, writes
        some = some[(len(some) + 1) // 2 :]


# The trail keeps the values of these fields. For all others, including texts, it keeps only the fact of a change.
_SHOWN = frozenset(
    {
        "status", "start", "end", "blocker_start", "blocker_end", "resource_ids", "timezone", "override", "charged_duration",
        "checked_in_at", "checked_out_at", "deleted",
    }
)  # fmt: skip
_SILENT = frozenset(
    {
        "version", "updated_at", "canceled_at", "active_bookings", "attempt", "expires_at", "notification", "causes", "fingerprint",
        "voucher", "lines", "amounts", "taxes", "canceling", "progress", "unanswered", "undone",
    }
)  # fmt: skip


def recorded(
    entry: Entry,
    seen: Order,
    after: Order,
    bookings: Iterable[ChangedBooking] = (),
) -> Recorded:
    """Returns the trail entry of a change.

    If the order's status changes, or if `bookings` is empty, the entry has the changed values of the order. Otherwise, it has the changed
    values of the first booking (the one that the request named), and the ordinals of all `bookings`.
    """
    changes = _differences(seen, after)
    part, of_bookings = f"{after.version:08}", list(bookings)
    if of_bookings and "status" not in changes:
        first = of_bookings[0]
        changes = _differences(first.seen, first.booking)
        entry = entry.model_copy(update=named(ordinal_of(each.booking.id) for each in of_bookings))
        if after.version == seen.version:
            part += f"#{ordinal_of(first.booking.id):04}#{first.booking.version:08}"
    return Recorded(seen.id, part, entry.model_copy(update={"changes": bounded(changes)}))


def recorded_of(entry: Entry, seen: Order, writes: Sequence[Write]) -> Recorded:
    """Returns the trail entry of a change to an order and its bookings. See `recorded`.

    `seen` is the order before the change. `writes` are the writes of the change.
    """
    after = next(each.order for each in writes if isinstance(each, ChangedOrder) and each.seen.id == seen.id)
    return recorded(entry, seen, after, [each for each in writes if isinstance(each, ChangedBooking)])


def _differences(before: _SoldT, after: _SoldT) -> Changes:
    changes = differences(before, after, shown=_SHOWN, silent=_SILENT)
    if before.amounts.total != after.amounts.total:
        changes["total"] = (before.amounts.total, after.amounts.total)
    return changes


def as_written(
    order: Order, bookings: Iterable[Booking], writes: Iterable[Write]
) -> tuple[Order, list[Booking]]:
    """Returns the order and its bookings as they are after the writes."""
    changed: dict[str, Booking] = {}
    for write in writes:
        if isinstance(write, ChangedBooking):
            changed[write.booking.id] = write.booking
        elif isinstance(write, ChangedOrder) and write.order.id == order.id:
            order = write.order
    return order, [changed.get(booking.id, booking) for booking in bookings]


def uncounted(before: Order, after: Order) -> list[Write]:
    """Returns the writes that decrement the voucher's counters if the change cancels a completed order. Otherwise returns []."""
    return (
        counted(before.voucher, None, -1) if after.status == "canceled" and before.status != "draft" else []
    )


def completed(order: Order, known: Snapshot, now: int) -> Order:
    """Returns the draft as a completed order. If the order sends mails, records that a confirmation is due.

    The voucher's discount stays as agreed, but the current limits on its uses apply.
    """
    causes = (Cause(version=order.version + 1, kind="confirmation"),) if order.notifies else ()
    use = order.voucher
    if use:
        voucher = known.even_archived(Voucher, voucher_code_key(use.code))
        use = (
            use_of(voucher, order.customer_id, use.terms)
            if voucher
            else VoucherUse(id=use.id, code=use.code, terms=use.terms)
        )
    return order_after(order, "completed", now, expires_at=None, causes=causes, unanswered=(), voucher=use)


def in_transactions(writes: Iterable[_T], most: int) -> Iterator[list[_T]]:
    """Groups the writes, in order, into transactions of at most `most` actions.

    Each transaction leaves MAX_ITEM bytes free, so that the caller can add the write of the order itself.
    """
    group: list[_T] = []
    size = weight = 0
    for write in writes:
        if group and (size + actions(write) > most or weight + bytes_of(write) > MAX_TRANSACTION - MAX_ITEM):
            yield group
            group, size, weight = [], 0, 0
        group.append(write)
        size += actions(write)
        weight += bytes_of(write)
    if group:
        yield group
