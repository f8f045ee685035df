"""Computes the writes that place an order: in one transaction or, if they do not fit into one, in steps. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from frontdesk.domain.assessment.plan import claims_of
from frontdesk.domain.assessment.time_rules import holds_in
from frontdesk.domain.booking.writes import (
    ChangedOrder,
    CheckedVoucher,
    NewBooking,
    NewCustomer,
    NewOrder,
    Recorded,
    VoucherCount,
    Write,
    actions,
    bytes_of,
)
from frontdesk.domain.catalog.items import Customer, Voucher, voucher_code_key
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerChange, LedgerKey, change, occupied, taken
from frontdesk.domain.orders.order import (
    Booking,
    Order,
    OrderStatus,
    VoucherUse,
)
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.sizes import MAX_ACTIONS, MAX_HELD_DAY, MAX_TRANSACTION, day_bytes
from frontdesk.domain.time.intervals import Interval, overlap

# Seconds allowed for placing an order in steps. No function behind API Gateway runs for that long.
PLACING_SECONDS = 60


class Claims(NamedTuple):
    """The claims of an order, and the capacity of each resource or series, both by ledger."""

    wanted: Mapping[LedgerKey, Sequence[Claim]]
    capacities: Mapping[LedgerKey, int]


class Placement(NamedTuple):
    """An order that is ready to be placed, with its bookings and claims."""

    order: Order
    bookings: tuple[Booking, ...]
    claims: Claims
    # The item now stored under the order's id: None, or the tombstone of a failed attempt.
    tombstone: Order | None = None
    # A customer to create with the order.
    newcomer: Customer | None = None
    # The order itself stores who placed it. A trail entry is needed only for a reason, for example why availability was overridden.
    reason: Recorded | None = None

    @property
    def new_order(self) -> NewOrder:
        """The write that creates the order. It replaces the tombstone of a failed attempt, if there is one."""
        return NewOrder(self.order, self.tombstone)

    @property
    def beside(self) -> list[Write]:
        """The writes besides the order and its bookings: a new customer, if `newcomer` is set, and a trail entry, if `reason` is set."""
        customer = [NewCustomer(self.newcomer)] if self.newcomer else []
        return [*customer, *([self.reason] if self.reason else [])]

    def unclaimed(self, keys: Iterable[LedgerKey], known: Snapshot) -> list[LedgerKey]:
        """Returns those keys whose ledgers have no holds of this attempt yet.

        Holds may exist already, because a write can succeed although its answer is lost.
        """
        order = self.order
        return [
            key
            for key in keys
            if not any(
                (hold.order_id, hold.attempt) == (order.id, order.attempt)
                for hold in known.ledger(key).holds.values()
            )
        ]

    def writes(self, known: Snapshot, now: int) -> list[Write]:
        """Returns all writes for one transaction. Raises KeyError for a ledger that was not read."""
        draft = self.order.status == "draft"
        changes = self.ledger_changes(self.claims.wanted, known, now, held_until=self.order.expires_at)
        return [
            self.new_order,
            *self.beside,
            *map(NewBooking, self.bookings),
            *changes,
            *([] if draft else counted(self.order.voucher, known, +1)),
            *ended_orders(changes, known, now),
        ]

    def room(
        self, keys: Iterable[LedgerKey], known: Snapshot, now: int
    ) -> Literal["free", "pending", "taken"]:
        """Returns "free" if the claims fit into these ledgers, and "taken" if not.

        Returns "pending" if the missing units are reserved for orders that are still being placed. Such an order may
        yet fail. Its units then become free.
        """
        if self.bookings[0].override:
            return "free"
        result: Literal["free", "pending"] = "free"
        for key in keys:
            ledger, capacity = known.ledger(key), self.claims.capacities[key]
            over, pending = holds_in(ledger, known, now)
            for claim in self.claims.wanted[key]:
                if taken(ledger, claim, capacity, over.values(), 1):
                    if taken(ledger, claim, capacity, [*over.values(), *pending.values()], 1):
                        return "taken"
                    result = "pending"
                ledger = occupied(ledger, [claim])
        return result

    def ledger_changes(
        self,
        keys: Iterable[LedgerKey],
        known: Snapshot,
        now: int,
        *,
        held_until: int | None,
        placing: bool = False,
    ) -> list[LedgerChange]:
        """Returns the changes that add the claims to these ledgers: as holds until `held_until` or, if that is None, permanently.

        `placing` marks them as holds of an order that is still being placed.
        """
        order, override = self.order, self.bookings[0].override
        result = []
        for key in sorted(keys):
            ledger, claims = known.ledger(key), self.claims.wanted[key]
            holds = {
                f"{order.id}:{order.attempt}:{number}": Hold(
                    order.id, order.attempt, claim, override, held_until, placing
                )
                for number, claim in enumerate(claims)
                if held_until is not None
            }
            over, _ = holds_in(ledger, known, now)
            ended = _in_the_way(ledger, over, claims, self.claims.capacities[key], bool(holds))
            result.append(
                change(
                    ledger,
                    () if holds else claims,
                    capacity=None if override else self.claims.capacities[key],
                    holds=holds,
                    ended=ended,
                )
            )
        return result


def _in_the_way(
    ledger: Ledger, over: Mapping[str, Hold], claims: Sequence[Claim], capacity: int, held: bool
) -> dict[str, Hold]:
    """Returns the ended holds to remove from a ledger, by name. `over` contains all ended holds, by name.

    In a small ledger, returns an ended hold only if the new claims need the hold's units. In a large ledger,
    returns every ended hold that overlaps a claim. `held` is True if the claims will be stored as holds.
    """
    crowded = day_bytes(len(ledger.segments), len(ledger.holds) + held * len(claims)) > MAX_HELD_DAY // 2
    after = occupied(ledger, claims)
    ended: dict[str, Hold] = {}
    for name, hold in over.items():
        room = next((claim for claim in claims if overlap(hold.claim, claim)), None)
        if room is None or not (crowded or taken(after, hold.claim._replace(quantity=0), capacity, (), 1)):
            continue
        ended[name] = hold
        after = occupied(after, [hold.claim._replace(quantity=-hold.claim.quantity)])
    return ended


def together(placements: Sequence[Placement], known: Snapshot) -> list[Write]:
    """Returns the writes that place several completed orders in one transaction. Each ledger is written once.

    Either all orders must check availability, or none. No order may have a voucher whose uses are counted. The ledgers must
    have no ended holds, and no holds of orders that are still being placed.
    """
    wanted: defaultdict[LedgerKey, list[Claim]] = defaultdict(list)
    capacities: dict[LedgerKey, int | None] = {}
    writes: list[Write] = []
    for placement in placements:
        writes += [placement.new_order, *map(NewBooking, placement.bookings)]
        for key, claims in placement.claims.wanted.items():
            wanted[key] += claims
            capacities[key] = None if placement.bookings[0].override else placement.claims.capacities[key]
    return writes + [
        change(known.ledger(key), claims, capacity=capacities[key]) for key, claims in sorted(wanted.items())
    ]


def fits_one_transaction(writes: Iterable[Write], more: int = 0) -> bool:
    """Whether the writes fit into one DynamoDB transaction.

    `more` is the number of additional actions in the same transaction. Their size in bytes is ignored.
    """
    writes = list(writes)
    return sum(map(actions, writes)) + more <= MAX_ACTIONS and sum(map(bytes_of, writes)) <= MAX_TRANSACTION


def booking_claims(booking: Booking) -> Iterator[tuple[LedgerKey, Claim]]:
    """Yields (ledger key, claim) for each claim of a booking. A canceled booking yields the claims that it had."""
    for resource_id in booking.resource_ids:
        yield from claims_of(
            resource_id, False, Interval(booking.blocker_start, booking.blocker_end), booking.weight
        )
    if booking.timeslot_series_id:
        yield from claims_of(
            booking.timeslot_series_id, True, Interval(booking.start, booking.end), booking.weight
        )


def counted(voucher: VoucherUse | None, known: Snapshot | None, by: int) -> list[Write]:
    """Returns the writes that add `by` (1 or -1) to the counters of an order's voucher.

    An increment fails if it exceeds a limit in `known`, or if the limits have changed since they were read.
    """
    if voucher is None:
        return []
    code_key = voucher_code_key(voucher.code)
    limits = known.even_archived(Voucher, code_key) if known else None
    version = limits.version if limits else None
    writes: list[Write] = []
    if voucher.counts_total:
        most = limits.max_redemptions if limits else None
        writes.append(VoucherCount(code_key, by, most, version=version))
    elif voucher.counts_customer and version is not None:
        writes.append(CheckedVoucher(code_key, version))
    if voucher.counts_customer:
        most = limits.max_redemptions_per_customer if limits else None
        writes.append(VoucherCount(code_key, by, most, voucher.counts_customer))
    return writes


def ended_orders(changes: Iterable[LedgerChange], known: Snapshot, now: int) -> list[Write]:
    """Returns writes that end the orders whose holds have ended, according to `changes`.

    A draft becomes expired. An order that is still being placed becomes abandoned.
    """
    orders: dict[str, Write] = {}
    for each in changes:
        for hold in each.ended.values():
            order = known.order(hold.order_id)
            if order and order.attempt == hold.attempt and order.status in ("draft", "placing"):
                status: OrderStatus = "expired" if order.status == "draft" else "abandoned"
                over = order_after(order, status, now, canceling=(), progress=0)
                orders[order.id] = ChangedOrder(order, over)
    return list(orders.values())


def as_placing(placement: Placement, now: int) -> Placement:
    """Returns the placement with its order in the status `placing`: invisible, and with a deadline."""
    order = placement.order
    head = {
        "status": "placing",
        "version": order.version - 1,
        "expires_at": now + PLACING_SECONDS,
        "causes": (),
    }
    return placement._replace(order=order.model_copy(update=head))
