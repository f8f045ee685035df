"""Places many orders in few transactions. Orders without conflicts are written together, all others through `place_order`.

The result is the same as if the orders were placed one after the other, in the given sequence. While one
transaction is being written, the orders of the next transaction are decided as if the first succeeded. If the
first fails, they are decided again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from secrets import token_hex
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.assess import Assessment, Assessor
from frontdesk.domain.assessment.limits import refuse_too_large
from frontdesk.domain.assessment.named import named_keys
from frontdesk.domain.assessment.time_rules import PENDING, holds_in
from frontdesk.domain.booking.group import Group, Ready
from frontdesk.domain.booking.new_order import place
from frontdesk.domain.booking.placement import Placement, counted, together
from frontdesk.domain.booking.writes import NewCustomer, VoucherCount, Write
from frontdesk.domain.catalog.items import Customer, Voucher
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.orders.states import INVISIBLE, is_tombstone
from frontdesk.domain.problems import Busy, FrontdeskError, Problem
from frontdesk.domain.requests.order import OrderConfig, Reading
from frontdesk.domain.sizes import MAX_ACTIONS
from frontdesk.domain.trail import stamp
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import (
    OF_CUSTOMERS,
    CustomerAppeared,
    Idempotency,
    Placed,
    in_progress,
    key_reused,
    place_order,
    problems_left,
)
from frontdesk.usecases.ports import Store

# After this many seconds, the items are read again. Every order of the batch sees the changes made before the last read.
_MAX_AGE = 60
# The items of this many orders are read first. No group has room for so many, so the other items are read while the first is written.
_FIRST = MAX_ACTIONS
# If a group's write fails, its orders are decided again on the items that made it fail. After this many failures, they are written one
# by one.
_MAX_LOSSES = 4
# These problems may disappear by themselves: the order must be tried again.
_PASSING = frozenset({PENDING, in_progress().code})
_SHARED = frozenset({"ledger", "series_ledger", "voucher", "voucher_use"})


class Asked(NamedTuple):
    """An order to place, with its idempotency key.

    `newcomer` is a customer to create with the order. `likely_zone` is the zone to assume until the order's resources are read.
    """

    reading: Reading[OrderConfig]
    idempotency: Idempotency
    newcomer: Customer | None = None
    likely_zone: ZoneInfo | None = None


Outcome = Placed | FrontdeskError


def place_together(context: Context, asked: Sequence[Asked], store: Store) -> list[Outcome]:
    """Returns the outcome of each order: `Placed` if this or an earlier call placed it, otherwise a FrontdeskError with every problem.

    Raises CustomerAppeared, or FrontdeskError with `retry_after`, if the call must be repeated. Some orders may then be placed already.
    """
    # However this ends, no write is left under way.
    with ThreadPoolExecutor(1) as sender:
        batch = _Batch(context, asked, store, sender)
        for number in range(len(asked)):
            batch.take(number)
        batch.write()
    return [batch.outcomes[number] for number in range(len(asked))]


def assess_together(context: Context, asked: Sequence[Asked], store: Store) -> list[Outcome]:
    """Returns what `place_together` would return now. Writes nothing."""
    batch = _Batch(context, asked, store)
    outcomes: list[Outcome] = []
    for number in range(len(asked)):
        verdict = batch.verdict(number)
        if isinstance(verdict, Ready):
            batch.foresee(verdict)
            order = verdict.placement.order
            batch.known[Key("order", order.id)] = order
            verdict = Placed(order, verdict.placement.bookings)
        outcomes.append(verdict if isinstance(verdict, Placed) else FrontdeskError(*verdict))
    return outcomes


def problems_together(context: Context, asked: Sequence[Asked], store: Store) -> list[Sequence[Problem]]:
    """Returns the problems that each order would have if it were placed alone. Writes nothing."""
    batch = _Batch(context, asked, store)
    verdicts = [batch.verdict(number) for number in range(len(asked))]
    return [() if isinstance(each, Placed | Ready) else each for each in verdicts]


def _attempts() -> Iterator[str]:
    """Yields random values for `Order.attempt`, each of 12 hexadecimal digits."""
    while True:
        # Draws many at once: each draw briefly releases Python's global interpreter lock, and a thread that
        # waits for the lock then starts its wait again. With one draw for each order, the sending thread
        # would hardly ever get the lock.
        digits = token_hex(6 * MAX_ACTIONS)
        yield from (digits[at : at + 12] for at in range(0, len(digits), 12))


class _Sent(NamedTuple):
    """A group whose transaction is being written. `answer` is the future result of `Store.write`."""

    group: Group
    writes: Sequence[Write]
    answer: "Future[Mapping[Key, Any] | None]"


class _Batch:
    """The orders of one call, in progress. `known` has the items that were read, updated with the batch's own changes.

    `sent` is the transaction under way. `group` has the orders for the next transaction: they can be placed if `sent` succeeds.
    """

    def __init__(
        self,
        context: Context,
        asked: Sequence[Asked],
        store: Store,
        sender: ThreadPoolExecutor | None = None,
    ) -> None:
        self.context, self.asked, self.store, self.sender = context, list(asked), store, sender
        self.outcomes: dict[int, Outcome] = {}
        self.group = Group()
        self.sent: _Sent | None = None
        self.newcomers = {one.newcomer.id: one.newcomer for one in asked if one.newcomer}
        self.too_large: dict[int, Sequence[Problem]] = {}
        self.keys: dict[int, set[Key]] = {}
        self.known: dict[Key, Any] = {}
        self.attempts = _attempts()
        self._read_ahead(0)

    def take(self, number: int) -> None:
        """Adds order `number` to `group`, `group.refusals` or `outcomes`. An order that needs its own transactions is placed at once."""
        if self.context.clock.now() - self.read_at > _MAX_AGE:
            self.write()
            self.known, self.keys = {}, {}
        if number not in self.keys:
            self._read_ahead(number)
        order_id = self.asked[number].idempotency.order_id
        if order_id in self.group.ids or order_id in self._under_way.ids:
            self.write()  # The batch has this order twice: write the first one now.
        if not self._sort(number):
            self.write()
            self._place_alone(number)

    def verdict(self, number: int) -> Placed | Ready | Sequence[Problem]:
        """Returns Placed if the order exists already, Ready if it can be placed, or its problems if it cannot."""
        if number not in self.keys:
            self._read_ahead(number)
        one = self.asked[number]
        order_id, fingerprint, import_id, history = one.idempotency
        present = self.known.get(Key("order", order_id))
        if present and not is_tombstone(present):
            if present.fingerprint != fingerprint:
                return [key_reused()]
            if present.status in INVISIBLE:
                return [in_progress()]
            return Placed(present, (), replayed=True)
        if number in self.too_large:
            return self.too_large[number]
        assessment = self._assessment(number)
        problems = problems_left(assessment, one.reading, one.idempotency, self.context.clock.now())
        if problems:
            return problems
        placement = place(
            assessment,
            one.reading.config,
            order_id=order_id,
            attempt=next(self.attempts),
            now=self.context.clock.now(),
            fingerprint=fingerprint,
            import_id=import_id,
            placed_by=stamp(self.context.actor, self.context.request_id),
            tombstone=present,
        )
        if history is None:
            return Ready(placement, assessment.days)
        placement = history.applied_to(placement, self.context.clock.now())
        return Ready(placement, assessment.days if history.takes_place else {})

    def foresee(self, ready: Ready) -> None:
        """Makes later decisions of the batch treat the order's slots and voucher uses as taken."""
        placement = ready.placement
        self.group.ahead.update((ledger_item(key), ledger) for key, ledger in ready.days.items())
        if placement.order.status == "completed":
            for use in counted(placement.order.voucher, None, +1):
                assert isinstance(use, VoucherCount)
                before = self.group.ahead.get(use.key, self.known.get(use.key))
                if isinstance(before, Voucher):
                    self.group.ahead[use.key] = before.model_copy(
                        update={"redemptions": before.redemptions + 1}
                    )
                else:
                    self.group.ahead[use.key] = (before or 0) + 1

    def write(self, winners: Mapping[Key, Any] | None = None) -> None:
        """Writes all orders taken so far. If the write fails, assesses the orders again and retries.

        `winners` are the conflicting items of a transaction that failed before the call.
        """
        losses, retries = 0, self.context.retries()
        alone: list[int] = []
        while True:
            if winners is None:
                winners = self._answered()
            if winners is None and self.group.placements:
                self._send()
                winners = self._answered()
            if winners is None:
                break
            if any(key.kind in OF_CUSTOMERS for key in winners):
                raise CustomerAppeared
            self.known |= winners
            winners = None
            numbers = sorted([*self.group.placements, *self.group.refusals])
            self.group = Group()
            if losses == _MAX_LOSSES:
                alone = numbers
                break
            losses = next(retries)
            alone += [number for number in numbers if not self._sort(number)]
        self.outcomes |= self.group.refusals
        self.group = Group()
        for number in alone:
            self._place_alone(number)

    def _send(self) -> None:
        """Begins to write the group. No other group may be under way."""
        assert self.sender is not None
        group, newcomers = self.group, [self.newcomers[id] for id in self.group.newcomers]
        placements = list(group.placements.values())
        writes = [*map(NewCustomer, newcomers), *together(placements, Snapshot(self.known))]
        self.sent = _Sent(group, writes, self.sender.submit(self.store.prepare(self.context, writes)))
        self.group = Group(ahead=dict(group.ahead))

    def _send_next(self) -> None:
        """Waits for the group under way, then begins to write the next group (`self.group`).

        If the group under way could not be written, decides the orders of both groups again and writes them.
        """
        winners = self._answered()
        if winners is None:
            self._send()
        else:
            self.write(winners)

    def _answered(self) -> Mapping[Key, Any] | None:
        """Waits for the transaction of `sent`. Returns None if it succeeded, or if `sent` is None.

        If it failed, adds the orders of `sent` to `group`, and returns the items that made it fail.
        """
        if self.sent is None:
            return None
        (group, writes, answer), self.sent = self.sent, None
        winners = answer.result()
        if winners is not None:
            self.group.placements |= group.placements
            self.group.refusals |= group.refusals
            return winners
        for number, placement in group.placements.items():
            self.outcomes[number] = Placed(placement.order, placement.bookings)
            self.known[Key("order", placement.order.id)] = placement.order
        self.known |= {
            ledger_item(each.key): each.result() for each in writes if isinstance(each, LedgerChange)
        }
        self.outcomes |= group.refusals
        self._know([self.newcomers[id] for id in group.newcomers])
        return None

    @property
    def _under_way(self) -> Group:
        return self.sent.group if self.sent else Group()

    def _sort(self, number: int) -> bool:
        """Adds a new order to `group`, an existing one to `outcomes`. Returns False if it can do neither."""
        verdict = self.verdict(number)
        if isinstance(verdict, Placed):
            self.outcomes[number] = verdict
        elif not isinstance(verdict, Ready):
            if any(problem.code in _PASSING for problem in verdict):
                return False
            self.group.refusals[number] = FrontdeskError(*verdict)
        elif not self._is_plain(verdict):
            return False
        elif (newcomers := self._newcomers(verdict.placement)) & self._under_way.newcomers:
            # The customer exists once the group under way is written.
            self.write()
            return self._sort(number)
        elif self.group.take(number, verdict, newcomers):
            self.foresee(verdict)
        elif self.group.placements:
            self._send_next()
            # The order saw the slots of the groups as taken, but some of these orders may have failed. A customer who was new in a
            # group may exist by now.
            return self._sort(number)
        else:
            return False
        return True

    def _place_alone(self, number: int) -> None:
        one = self.asked[number]
        newcomer = self.newcomers.get(one.newcomer.id) if one.newcomer else None
        try:
            placed = place_order(self.context, one.reading, self.store, one.idempotency, newcomer)
        except FrontdeskError as error:
            if error.retry_after is not None or isinstance(error, Busy):
                raise
            self.outcomes[number] = error
            return
        self.outcomes[number] = placed
        if newcomer and placed.order.customer_id == newcomer.id:
            self._know([newcomer])
        # The items that this order changed are read again when needed.
        self.known = {key: item for key, item in self.known.items() if key.kind not in _SHARED}
        self.known[Key("order", placed.order.id)] = placed.order

    def _know(self, newcomers: Iterable[Customer]) -> None:
        for customer in newcomers:
            self.known[Key("customer", customer.id)] = self.newcomers.pop(customer.id)

    def _newcomers(self, placement: Placement) -> set[str]:
        customer_id = placement.order.customer_id
        return {customer_id} if customer_id in self.newcomers else set()

    def _assessment(self, number: int) -> Assessment:
        """Assesses an order. Reads the items that the assessment needs and that are not known yet."""
        snapshot = Snapshot(self._named(self.keys[number]))
        assessor = Assessor(self.asked[number].reading, snapshot, self.context.clock.now())
        while missing := assessor.missing(snapshot):
            snapshot = snapshot.with_items(self._named(missing), consistent=snapshot.consistent)
        return assessor.assess(snapshot)

    def _named(self, keys: set[Key]) -> dict[Key, Any]:
        known, ahead = self.known, self.group.ahead
        if missing := {key for key in keys if key not in known}:
            known |= self._read(missing)
        return {key: ahead[key] if key in ahead else known[key] for key in keys}

    def _read(self, keys: set[Key]) -> dict[Key, Any]:
        found = self.store.read(self.context, keys, consistent=True)
        newcomers = {Key("customer", id): newcomer for id, newcomer in self.newcomers.items()}
        return found | {key: newcomers[key] for key in found if key in newcomers}

    def _keys(self, number: int) -> set[Key]:
        one = self.asked[number]
        order = Key("order", one.idempotency.order_id)
        try:
            refuse_too_large(one.reading.config)
        except FrontdeskError as error:
            self.too_large[number] = error.problems
            return {order}
        return named_keys(one.reading.config, self.context.organization_id, one.likely_zone) | {order}

    def _read_ahead(self, number: int) -> None:
        """Reads the items that this order and the following orders name. Skips items that are in `known`."""
        if not self.known:
            self.read_at = self.context.clock.now()
        self._read_named(range(number, len(self.asked) if number else min(_FIRST, len(self.asked))))

    def _read_named(self, numbers: Sequence[int]) -> None:
        """Reads the items that these orders name. If an undo has canceled an order, gives it a new id, so that it can be placed again."""
        self.keys |= {number: self._keys(number) for number in numbers}
        self.known |= self._read(set().union(*(self.keys[each] for each in numbers)) - self.known.keys())
        undone: list[int] = []
        for number in numbers:
            one = self.asked[number]
            if (present := self.known[Key("order", one.idempotency.order_id)]) and present.undone:
                self.asked[number] = one._replace(idempotency=one.idempotency.after_undo())
                undone.append(number)
        if undone:
            self._read_named(undone)

    def _is_plain(self, ready: Ready) -> bool:
        placement = ready.placement
        voucher = placement.order.voucher
        if placement.order.status not in ("completed", "canceled") or (
            voucher and (voucher.counts_total or voucher.counts_customer)
        ):
            return False
        days = [ledger for key in placement.claims.wanted if (ledger := self.known[ledger_item(key)])]
        if not any(ledger.holds for ledger in days):
            return True
        known, now = Snapshot(self.known), self.context.clock.now()
        return not any(any(holds_in(ledger, known, now)) for ledger in days)
