"""Place many orders with few transactions: those that stand in nobody's way go together, everything else by `place_order`.

What is judged is the same, in the order in which it is asked: each order sees the slots that those before it take.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from frontdesk.model.catalog import Customer, Voucher
from frontdesk.model.config import OrderConfig, Reading
from frontdesk.model.judge import Judge, Judgement, named_keys, refuse_too_large
from frontdesk.model.ledger import Ledger, LedgerChange, LedgerKey, occupied
from frontdesk.model.placement import Placement, counted, place, together
from frontdesk.model.problems import FrontdeskError, Problem
from frontdesk.model.snapshot import Key, Snapshot, ledger_item
from frontdesk.model.times import PENDING, holds_in
from frontdesk.model.writes import MOST_ACTIONS, Counted, NewBooking, NewCustomer, actions
from frontdesk.usecases.place_order import Idempotency, Placed, can_be_replayed, in_progress, key_reused, place_order, problems_of
from frontdesk.usecases.ports import Clock, Store

# A group that loses is judged again on what won; one that goes on losing is taken apart.
_MOST_LOSSES = 4
# What becomes of these is seen by trying.
_PASSING = frozenset({PENDING, in_progress().code})
_SHARED = frozenset({"ledger", "series_ledger", "voucher", "voucher_use"})


class Asked(NamedTuple):
    """An order that is asked for, under a key of its own; `newcomer` is its customer, who is made along with it."""

    reading: Reading[OrderConfig]
    idempotency: Idempotency
    newcomer: Customer | None = None


class CustomerAppeared(Exception):
    """Somebody else has just made a customer with a newcomer's address: who the customer is must be told anew."""


Outcome = Placed | FrontdeskError


def place_together(asked: Sequence[Asked], organization_id: str, store: Store, clock: Clock) -> list[Outcome]:
    """What became of each: placed (now or before), or refused with every problem.

    Raises CustomerAppeared, and FrontdeskError with `retry_after`, if it must be asked again; some may be placed then.
    """
    batch = _Batch(asked, organization_id, store, clock)
    for number in range(len(asked)):
        batch.take(number)
    batch.write()
    return [batch.outcomes[number] for number in range(len(asked))]


def judge_together(asked: Sequence[Asked], organization_id: str, store: Store, clock: Clock) -> list[Outcome]:
    """What `place_together` would answer now; writes nothing."""
    batch = _Batch(asked, organization_id, store, clock)
    outcomes: list[Outcome] = []
    for one in asked:
        verdict = batch.verdict(one)
        if isinstance(verdict, Placement):
            batch.foresee(verdict)
            batch.known[Key("order", verdict.order.id)] = verdict.order
            verdict = Placed(verdict.order, verdict.bookings)
        outcomes.append(verdict if isinstance(verdict, Placed) else FrontdeskError(*verdict))
    return outcomes


class _Batch:
    """Orders on their way. `known` is the store as it was read, consistently; `ahead` what of it the group will change."""

    def __init__(self, asked: Sequence[Asked], organization_id: str, store: Store, clock: Clock) -> None:
        self.asked = asked
        self.organization_id, self.store, self.clock = organization_id, store, clock
        self.outcomes: dict[int, Outcome] = {}
        self.group: dict[int, Placement] = {}
        # Of orders that the group may stand in the way of: good once the group is written.
        self.refusals: dict[int, FrontdeskError] = {}
        self.ahead: dict[Key, Any] = {}
        self.newcomers = {one.newcomer.id: one.newcomer for one in asked if one.newcomer}
        self.known = self._read({key for one in asked for key in self._keys(one)})

    def take(self, number: int) -> None:
        """Puts an order into the group, or settles it."""
        order_id = self.asked[number].idempotency.order_id
        if any(placement.order.id == order_id for placement in self.group.values()):
            self.write()  # The same order for the second time: it will be there.
        if not self._sort(number):
            self.write()
            self._place_alone(number)

    def verdict(self, one: Asked) -> Placed | Placement | Sequence[Problem]:
        """The order as it is, if it is there; else how it can be placed, or why not."""
        order_id, fingerprint, import_id = one.idempotency
        present = self.known.get(Key("order", order_id))
        if present:
            if present.fingerprint != fingerprint:
                return [key_reused()]
            if can_be_replayed(one.idempotency, present) and present.status != "abandoned":
                return Placed(present, (), replayed=True)
            return [in_progress()]
        judgement = self._judgement(one)
        if not isinstance(judgement, Judgement):
            return judgement
        return problems_of(judgement, one.reading) or place(
            judgement,
            one.reading.config,
            order_id=order_id,
            attempt=uuid4().hex[:12],
            now=self.clock.now(),
            fingerprint=fingerprint,
            import_id=import_id,
        )

    def foresee(self, placement: Placement) -> None:
        """The order's slots, and its uses of a voucher, are taken from here on."""
        for key, claims in placement.claims.wanted.items():
            self.ahead[ledger_item(key)] = occupied(self._ledger(key), claims)
        if placement.order.status == "completed":
            for use in counted(placement.order.voucher, None, +1):
                assert isinstance(use, Counted)
                before = self.ahead.get(use.key, self.known.get(use.key))
                counts = before.redemptions if isinstance(before, Voucher) else before or 0
                self.ahead[use.key] = before.model_copy(update={"redemptions": counts + 1}) if isinstance(before, Voucher) else counts + 1

    def write(self) -> None:
        """Writes the group in one transaction. If it loses, its orders are judged anew, on what won."""
        losses = 0
        alone: list[int] = []
        while self.group:
            newcomers = [self.newcomers[id] for id in self._newcomers(self.group.values())]
            writes = [*map(NewCustomer, newcomers), *together(list(self.group.values()), Snapshot(self.known))]
            winners = self.store.write(self.organization_id, writes, self.clock)
            if winners is None:
                for number, placement in self.group.items():
                    self.outcomes[number] = Placed(placement.order, placement.bookings)
                    self.known[Key("order", placement.order.id)] = placement.order
                self.known |= {ledger_item(each.key): each.result() for each in writes if isinstance(each, LedgerChange)}
                self._know(newcomers)
                break
            if any(key.kind in ("customer", "customer_email") for key in winners):
                raise CustomerAppeared
            losses += 1
            self.known |= winners
            numbers = sorted([*self.group, *self.refusals])
            self.group, self.refusals, self.ahead = {}, {}, {}
            if losses > _MOST_LOSSES:
                alone = numbers
                break
            self.clock.pause(losses - 1)
            alone += [number for number in numbers if not self._sort(number)]
        self.outcomes |= self.refusals
        self.group, self.refusals, self.ahead = {}, {}, {}
        for number in alone:
            self._place_alone(number)

    def _sort(self, number: int) -> bool:
        """Puts an order where it belongs; False if that is nowhere but in transactions of its own."""
        verdict = self.verdict(self.asked[number])
        if isinstance(verdict, Placed):
            self.outcomes[number] = verdict
        elif not isinstance(verdict, Placement):
            if any(problem.code in _PASSING for problem in verdict):
                return False
            self.refusals[number] = FrontdeskError(*verdict)
        elif not self._is_plain(verdict):
            return False
        else:
            if not self._has_room(verdict):
                self.write()
            self.group[number] = verdict
            self.foresee(verdict)
        return True

    def _place_alone(self, number: int) -> None:
        one = self.asked[number]
        if one.newcomer and one.newcomer.id in self.newcomers and isinstance(self.verdict(one), Placement):
            if self.store.write(self.organization_id, [NewCustomer(one.newcomer)], self.clock) is not None:
                raise CustomerAppeared
            self._know([one.newcomer])
        try:
            placed = place_order(one.reading, self.organization_id, self.store, self.clock, one.idempotency)
        except FrontdeskError as error:
            if error.retry_after is not None:
                raise
            self.outcomes[number] = error
            return
        self.outcomes[number] = placed
        # What it took is read again when somebody asks for it.
        self.known = {key: item for key, item in self.known.items() if key.kind not in _SHARED}
        self.known[Key("order", placed.order.id)] = placed.order

    def _know(self, newcomers: Iterable[Customer]) -> None:
        for customer in newcomers:
            self.known[Key("customer", customer.id)] = self.newcomers.pop(customer.id)

    def _newcomers(self, placements: Iterable[Placement]) -> set[str]:
        return {id for each in placements if (id := each.order.customer_id) in self.newcomers}

    def _judgement(self, one: Asked) -> Judgement | Sequence[Problem]:
        """Of an order, on what it names; what is not known yet is read."""
        try:
            refuse_too_large(one.reading.config)
        except FrontdeskError as error:
            return error.problems
        snapshot = Snapshot(self._named(named_keys(one.reading.config, self.organization_id)), consistent=True)
        judge = Judge(one.reading, snapshot, self.clock.now())
        while missing := judge.missing(snapshot):
            snapshot = snapshot.with_items(self._named(missing), consistent=True)
        return judge.judgement(snapshot)

    def _named(self, keys: set[Key]) -> dict[Key, Any]:
        self.known |= self._read(keys - self.known.keys())
        return {key: self.ahead[key] if key in self.ahead else self.known[key] for key in keys}

    def _read(self, keys: set[Key]) -> dict[Key, Any]:
        found = self.store.read(self.organization_id, keys, self.clock, consistent=True) if keys else {}
        return found | {key: self.newcomers[key.id] for key in found if key.kind == "customer" and key.id in self.newcomers}

    def _keys(self, one: Asked) -> set[Key]:
        order = Key("order", one.idempotency.order_id)
        try:
            refuse_too_large(one.reading.config)
        except FrontdeskError:
            return {order}
        return named_keys(one.reading.config, self.organization_id) | {order}

    def _ledger(self, key: LedgerKey) -> Ledger:
        item = ledger_item(key)
        return self.ahead.get(item) or self.known[item] or Ledger(key)

    def _is_plain(self, placement: Placement) -> bool:
        voucher = placement.order.voucher
        if placement.order.status != "completed" or (voucher and (voucher.counts_total or voucher.counts_customer)):
            return False
        if _size([placement]) + 2 * len(self._newcomers([placement])) > MOST_ACTIONS:
            return False
        held = [ledger for key in placement.claims.wanted if (ledger := self._ledger(key)).holds]
        return not held or not any(any(holds_in(ledger, Snapshot(self.known), self.clock.now())) for ledger in held)

    def _has_room(self, placement: Placement) -> bool:
        """Whether it fits into the group's transaction: overrides are written without bounds, so they keep apart."""
        placements = [*self.group.values(), placement]
        size = _size(placements) + 2 * len(self._newcomers(placements))
        return size <= MOST_ACTIONS and len({each.bookings[0].override for each in placements}) == 1


def _size(placements: Sequence[Placement]) -> int:
    ledgers = {key for placement in placements for key in placement.claims.wanted}
    return sum(1 + sum(actions(NewBooking(booking)) for booking in each.bookings) for each in placements) + len(ledgers)
