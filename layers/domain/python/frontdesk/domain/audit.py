"""Checks the invariants of an organization's stored items. `docs/operations.md`, "The audit", lists them.

Pass every item to `Audit.add` once, in any order. `Audit.findings` then lists each broken invariant. An interrupted operation becomes a
finding only some time after its deadline, because a retry may still finish it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from frontdesk.domain.booking.changes import claims_by_ledger
from frontdesk.domain.catalog.items import (
    Resource,
    Stock,
    TimeslotSeries,
    Voucher,
    voucher_code_key,
)
from frontdesk.domain.findings import Code, Finding, Head, head_of, of_order
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, occupied
from frontdesk.domain.levels import by_capacity, level
from frontdesk.domain.orders.order import Amounts, Booking, Order, ordinal_of
from frontdesk.domain.orders.pricing import amounts_of
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.orders.states import hold_status, is_tombstone
from frontdesk.domain.time.intervals import DAY
from frontdesk.domain.trail import Entry

# An unfinished operation becomes a finding this many seconds after its deadline.
GRACE = 3600
# Expired drafts block nobody. The daily sweep cleans them up, so they get more time.
DRAFT_GRACE = 26 * 3600
# Seconds after which no function can still be working on an order. A function that answers requests runs for at most 29 seconds.
IDLE = 60
# Seconds after which no earlier database request can still arrive, because its signature is valid for five minutes.
LATE = 900
# Seconds within which a requested mail must reach the outbox. Usually that takes a few seconds; the stream retries for this long.
MAIL_SECONDS = 6 * 3600


class _Sold(NamedTuple):
    """The fields of a booking that the audit keeps."""

    ordinal: int
    version: int
    live: bool
    reserved: bool
    override: bool
    amounts: Amounts
    sums_up: bool
    claims: Mapping[LedgerKey, list[Claim]]


_Taken = tuple[Claim, _Sold, Head]


class Audit:
    """Checks one organization, or one of its resources, at the time `now` (epoch seconds).

    To check one resource, give its `resource_id`, and pass to `add` the items from `Store.of_resource`. The
    audit is then limited to the resource's day ledgers and to unfinished orders.
    """

    def __init__(self, now: int, resource_id: str | None = None) -> None:
        self.looked_at: Counter[str] = Counter()
        self._now, self._resource_id = now, resource_id
        self._orders: dict[str, Head] = {}
        self._bookings: defaultdict[str, list[_Sold]] = defaultdict(list)
        self._ledgers: dict[LedgerKey, Ledger] = {}
        self._owners: dict[tuple[str, str], Stock] = {}
        self._vouchers: dict[str, Voucher] = {}
        self._uses: dict[Key, int] = {}
        self._unreadable: set[Key] = set()
        # The latest trail entry of each order.
        self._trails: dict[str, Key] = {}

    def add(self, key: Key, item: Any) -> None:
        """Records one item. Pass None for an item that could not be read."""
        self.looked_at[key.kind] += 1
        match item:
            case None:
                self._unreadable.add(key)
            case Order():
                self._orders[item.id] = head_of(item)
            case Booking():
                sums_up, live = item.amounts == amounts_of(item.lines), item.status != "canceled"
                claims = claims_by_ledger([item])
                self._bookings[item.order_id].append(
                    _Sold(
                        ordinal_of(item.id),
                        item.version,
                        live,
                        item.status == "reserved",
                        item.override,
                        item.amounts,
                        sums_up,
                        claims,
                    )
                )
            case Ledger():
                self._ledgers[item.key] = item
            case Resource():
                self._owners["resource", item.id] = item
            case TimeslotSeries():
                self._owners["timeslot_series", item.id] = item
            case Voucher():
                self._vouchers[voucher_code_key(item.code)] = item
            case Entry():
                self._trails[key.id] = max(key, self._trails.get(key.id, key))
            case int() if key.kind == "voucher_use":
                self._uses[key] = item

    def findings(self) -> list[Finding]:
        """Returns every broken invariant."""
        found = [Finding("item_unreadable", key, "It makes no sense.") for key in sorted(self._unreadable)]
        found += self._of_unfinished()
        if self._resource_id is None:
            found += [*self._of_orders(), *self._of_vouchers()]
        return [*found, *self._of_ledgers()]

    def unfinished(self) -> dict[str, set[LedgerKey]]:
        """Returns {order id: ledger keys} for the orders to finish.

        An order must be finished if it was interrupted, if it has expired, or if some of its holds are no
        longer needed. Its set has the keys of all ledgers that contain unneeded holds. If an order has no
        unneeded holds, its set is empty. Leaves out orders that a request may still be working on.
        """
        found = {order.id: set[LedgerKey]() for order in self._orders.values() if self._is_overdue(order)}
        for ledger in self._ledgers.values():
            for hold in ledger.holds.values():
                if hold.order_id in self._orders and self._is_left(hold):
                    found.setdefault(hold.order_id, set()).add(ledger.key)
        return dict(sorted(found.items()))

    def unseen(self) -> set[str]:
        """Returns the ids of orders that were not added, although a hold or booking of theirs was added."""
        named = {hold.order_id for ledger in self._ledgers.values() for hold in ledger.holds.values()}
        return (named | self._bookings.keys()) - self._orders.keys()

    def _of_unfinished(self) -> Iterator[Finding]:
        for order in self._orders.values():
            if self._is_overdue(order, _grace(order)):
                yield of_order("order_interrupted", order, f"It is {order.status} and was left unfinished.")

    def _of_orders(self) -> Iterator[Finding]:
        for order_id in self._bookings.keys() - self._orders.keys():
            key = Key("order", order_id)
            seen = {
                (Key("booking", f"{order_id}-{sold.ordinal}"), sold.version)
                for sold in self._bookings[order_id]
            }
            if key not in self._unreadable:
                yield Finding(
                    "booking_without_order",
                    key,
                    "Its bookings are there, it is not.",
                    frozenset({(key, 0), *seen}),
                )
        for order_id, entry in self._trails.items():
            key, version = Key("order", order_id), int(entry.part[:8])
            there = self._orders[order_id].version if order_id in self._orders else 0
            if version > there and key not in self._unreadable:
                evidence = frozenset({(key, there), (entry, version)})
                yield Finding(
                    "trail_differs", key, f"Its trail tells of version {version}; it is {there}.", evidence
                )
        for order in self._orders.values():
            if order.status in ("placing", "abandoned"):
                continue
            sold = self._bookings[order.id]
            if order.untold_since is not None and self._now - order.untold_since > MAIL_SECONDS:
                yield of_order("notification_stuck", order, "A mail about it is due, but no message exists.")
            if sorted(each.ordinal for each in sold) != list(range(1, order.booking_count + 1)):
                yield of_order(
                    "booking_missing", order, f"It has {len(sold)} of its {order.booking_count} bookings."
                )
                continue
            active = sum(each.live for each in sold)
            # A cancellation cancels the bookings before the order. If a draft expires in between, the difference remains.
            if active != order.active_bookings and not order.canceling and order.status != "expired":
                yield of_order(
                    "active_bookings_differ",
                    order,
                    f"It counts {order.active_bookings} active bookings; {active} are.",
                )
            elif (order.status == "canceled") != (order.active_bookings == 0):
                yield of_order(
                    "state_differs",
                    order,
                    f"It is {order.status} with {order.active_bookings} active bookings.",
                )
            sums = {name: sum(getattr(each.amounts, name) for each in sold) for name in Amounts.model_fields}
            if sums != order.amounts.model_dump() or not all(each.sums_up for each in sold):
                yield of_order(
                    "total_differs", order, f"Its total is {order.amounts.total}; its lines are not."
                )

    def _of_vouchers(self) -> Iterator[Finding]:
        """Compares the counters of vouchers with the orders that use the vouchers."""
        # Evidence must show whether anything changed between two passes. A counter has no version, but the orders in the evidence do.
        orders: defaultdict[Key, list[Head]] = defaultdict(list)
        for order in self._orders.values():
            if order.voucher and order.voucher.counts_total:
                orders[Key("voucher", voucher_code_key(order.voucher.code))].append(order)
            if order.voucher and order.voucher.counts_customer:
                orders[
                    Key("voucher_use", voucher_code_key(order.voucher.code), order.voucher.counts_customer)
                ].append(order)
        for key in (
            orders.keys() | self._uses.keys() | {Key("voucher", code_key) for code_key in self._vouchers}
        ) - self._unreadable:
            voucher = self._vouchers.get(key.id)
            using = [
                order.voucher
                for order in orders[key]
                if order.voucher and order.status in ("completed", "canceling")
            ]
            used = len(using)
            seen = {(Key("order", order.id), order.version) for order in orders[key]}
            if key.kind == "voucher":
                # Uses of a voucher without a limit are not counted.
                counted = voucher.redemptions if voucher and voucher.max_redemptions is not None else used
                limits = [use.limit for use in using]
            else:
                counted, limits = self._uses.get(key, 0), [use.limit_per_customer for use in using]
            evidence = frozenset({(key, counted), *seen})
            if counted != used:
                yield Finding(
                    "voucher_count_differs", key, f"It counts {counted} uses; {used} orders use it.", evidence
                )
            for used, most in enumerate(sorted(limit for limit in limits if limit is not None), 1):
                # Of the orders with this limit or a lower one, the last was checked when all the others were already counted.
                if used > most:
                    yield Finding("voucher_overused", key, f"{used} orders use it; {most} may.", evidence)
                    break

    def _of_ledgers(self) -> Iterator[Finding]:
        taken: defaultdict[LedgerKey, list[_Taken]] = defaultdict(list)
        for order in self._orders.values():
            for key, claim, sold in self._claims(order):
                taken[key].append((claim, sold, order))
        for key in taken.keys() | self._ledgers.keys():
            is_asked_for = self._resource_id is None or (key.kind, key.owner) == (
                "resource",
                self._resource_id,
            )
            if is_asked_for and ledger_item(key) not in self._unreadable:
                yield from self._of_ledger(self._ledgers.get(key) or Ledger(key), taken[key])

    def _of_ledger(self, ledger: Ledger, taken: list[_Taken]) -> Iterator[Finding]:
        key = ledger_item(ledger.key)
        evidence = frozenset(
            {(key, ledger.version)} | {(Key("order", order.id), order.version) for _, _, order in taken}
        )
        yield from self._of_holds(ledger, taken)
        ordered = sorted(ledger.segments)
        if [0, *(segment.end for segment in ordered)] != [*(segment.start for segment in ordered), DAY]:
            yield Finding("segments_broken", key, "Its segments leave a gap, or overlap.", evidence)
            return
        held = [hold for hold in ledger.holds.values() if not self._is_explained_by_bookings(hold)]
        claims = [*(claim for claim, _, _ in taken), *(hold.claim for hold in held)]
        regular = [
            *((claim, order) for claim, sold, order in taken if not sold.override),
            *((hold.claim, self._orders.get(hold.order_id)) for hold in held if not hold.override),
        ]
        due = occupied(Ledger(ledger.key), claims).segments
        in_use, explained = level(ledger.segments), level(due)
        owner = self._owners.get((ledger.key.kind, ledger.key.owner))
        bounds = by_capacity(
            owner, [(claim, order.created_at - LATE if order else 0) for claim, order in regular]
        )
        found: dict[Code, str] = {}
        for second in sorted({segment.start for segment in (*ledger.segments, *due)}):
            clock, used, wanted = (
                f"{second // 3600:02}:{second % 3600 // 60:02} UTC",
                in_use(second),
                explained(second),
            )
            if used < 0:
                found.setdefault("negative_occupancy", f"At {clock} {used} are in use.")
            if used > wanted:
                found.setdefault(
                    "occupancy_without_booking", f"At {clock} {used} are in use; bookings explain {wanted}."
                )
            if wanted > max(used, 0):
                found.setdefault(
                    "booking_without_occupancy", f"At {clock} {used} are in use; bookings take {wanted}."
                )
            for capacity, booked in bounds:
                if booked(second) > capacity:
                    found.setdefault(
                        "capacity_exceeded",
                        f"At {clock} {booked(second)} are booked without override; there are {capacity}.",
                    )
        for code, detail in found.items():
            yield Finding(code, key, detail, evidence)

    def _of_holds(self, ledger: Ledger, taken: list[_Taken]) -> Iterator[Finding]:
        key, by_order = ledger_item(ledger.key), defaultdict[str, list[Hold]](list)
        for hold in ledger.holds.values():
            by_order[hold.order_id].append(hold)
        for _, _, order in taken:
            if order.status == "draft":
                by_order.setdefault(order.id, [])
        for order_id, holds in by_order.items():
            if Key("order", order_id) in self._unreadable:
                continue
            of = self._orders.get(order_id)
            seen = frozenset({(key, ledger.version), (Key("order", order_id), of.version if of else 0)})
            if any(
                self._is_left(hold, _grace(of)) and not (of and self._is_overdue(of, _grace(of)))
                for hold in holds
            ):
                detail = f"A hold of order {order_id} is left, which is {of.status if of else 'not there'}."
                yield Finding("hold_outlived", key, detail, seen)
            if of and of.status == "draft":
                wanted = Counter(claim for claim, _, order in taken if order is of)
                if Counter(hold.claim for hold in holds if hold.attempt == of.attempt) != wanted:
                    yield Finding(
                        "holds_differ",
                        key,
                        f"The holds of draft {order_id} are not what its bookings take.",
                        seen,
                    )

    def _claims(self, order: Head) -> Iterator[tuple[LedgerKey, Claim, _Sold]]:
        """Yields (ledger key, claim, booking) for each claim that the order's bookings should have now."""
        if order.status not in ("draft", "completed", "canceling"):
            return
        leaving = {
            key for each in self._bookings[order.id] if each.ordinal in order.canceling for key in each.claims
        }
        freed = set(sorted(leaving)[: order.progress])
        for sold in self._bookings[order.id]:
            leaves = sold.ordinal in order.canceling
            for key, claims in sold.claims.items():
                # During a cancellation, only the order's progress says which days are free again. A booking's status does not.
                if key not in freed if leaves else sold.live:
                    yield from ((key, claim, sold) for claim in claims)

    def _is_explained_by_bookings(self, hold: Hold) -> bool:
        order = self._orders.get(hold.order_id)
        return (
            order is not None
            and order.attempt == hold.attempt
            and order.status in ("draft", "completed", "canceling")
        )

    def _is_overdue(self, order: Head, grace: int = 0) -> bool:
        """Whether the deadline of an unfinished order passed at least `grace` seconds ago. Returns False for a finished order."""
        since: int | None = None
        if order.status in ("placing", "draft") and not order.canceling:
            since = order.expires_at
        elif (
            order.status == "abandoned"
            or order.canceling
            or (order.status == "completed" and any(each.reserved for each in self._bookings[order.id]))
        ):
            since = order.updated_at + (LATE if is_tombstone(order) else IDLE)
        return since is not None and self._now - since >= grace

    def _is_left(self, hold: Hold, grace: int = 0) -> bool:
        """Whether this hold expired at least `grace` seconds ago, and its order no longer needs it."""
        order = self._orders.get(hold.order_id)
        unneeded = hold_status(hold, order, self._now) == "over" or (
            order is not None and order.status == "completed"
        )
        return unneeded and self._now - hold.expires_at >= grace


def may_be_unfinished(item: Any) -> bool:
    """Whether an item may belong to an unfinished order.

    To find all unfinished orders, `Audit.add` needs only the items that pass this test. `Audit.unseen` then
    returns the ids of further orders. Read these orders, and pass them to `Audit.add` too.
    """
    match item:
        case Order():
            return item.status in ("placing", "draft", "abandoned") or bool(item.canceling)
        case Booking():
            return item.status == "reserved"
        case Ledger():
            return bool(item.holds)
    return False


def audit(items: Mapping[Key, Any], now: int) -> list[Finding]:
    """Returns all findings on one organization's items."""
    run = Audit(now)
    for key, item in items.items():
        run.add(key, item)
    return run.findings()


def _grace(order: Head | None) -> int:
    return DRAFT_GRACE if order is not None and order.status in ("draft", "expired") else GRACE
