"""Places an order with all of its bookings. If the order is refused, the error contains all reasons."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from frontdesk.domain.assessment.alternatives import HORIZON, days_ahead, with_alternatives
from frontdesk.domain.assessment.assess import Assessment, Assessor
from frontdesk.domain.assessment.limits import refuse_too_large, refuse_too_much_read, too_large
from frontdesk.domain.assessment.named import named_keys
from frontdesk.domain.assessment.time_rules import PENDING
from frontdesk.domain.booking.changes import recorded
from frontdesk.domain.booking.history import History
from frontdesk.domain.booking.new_order import place
from frontdesk.domain.booking.placement import fits_one_transaction
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key, Snapshot, id_of_request
from frontdesk.domain.orders.states import is_tombstone
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.order import OrderConfig, Reading
from frontdesk.domain.sizes import MAX_READ_BYTES, ReadingRoom, TooMuchRead
from frontdesk.domain.trail import stamp
from frontdesk.errors import Money, Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.orders.staged import abandon, clear_holds, place_in_steps
from frontdesk.usecases.ports import Store
from frontdesk.usecases.reading import read_one

# Keys that can prevent the creation of a customer with an order.
OF_CUSTOMERS = frozenset({"customer", "customer_email", "external_id"})


class Idempotency(NamedTuple):
    """Identifies a request to place an order. Repeated requests with the same idempotency key share `order_id`.

    `fingerprint` is the digest of the body, or None without a key. For an imported order, `import_id` is the
    import, and `history`, if given, is the order's status before the import.
    """

    order_id: str
    fingerprint: str | None
    import_id: str | None = None
    history: History | None = None

    @classmethod
    def of(
        cls, organization_id: str, caller: str, key: str, body: bytes, import_id: str | None = None
    ) -> "Idempotency":
        """Derives the order's id from organization, caller and key. `body` is in canonical form: white space makes no difference."""
        order_id = id_of_request(organization_id, caller, key)
        return cls(order_id, hashlib.sha256(body).hexdigest()[:32], import_id)

    def after_undo(self) -> "Idempotency":
        """Returns the same request with a new order id, for a request whose order was undone. The new id derives from the old one."""
        name = f"{self.order_id}\0undone".encode()
        return self._replace(order_id=str(UUID(bytes=hashlib.sha256(name).digest()[:16], version=5)))

    @classmethod
    def without_key(cls) -> "Idempotency":
        """Returns a random order id for a request without a key. All attempts at the request share the id, so only one can succeed."""
        return cls(str(uuid4()), None)


class Placed(NamedTuple):
    """A placed order. If `replayed`, an earlier request with the same key placed it, and `order` is its current state."""

    order: Order
    bookings: Sequence[Booking]
    replayed: bool = False


def booked_orders(
    organization_id: str, keys: Collection[str], read: Callable[[Collection[Key]], Mapping[Key, Any]]
) -> dict[str, Order]:
    """Returns the order that an import placed for each key (`keys_of`), except orders that were undone or deleted."""
    asked = {key: Idempotency.of(organization_id, "import", key, b"") for key in keys}
    booked: dict[str, Order] = {}
    while asked:
        ids = {key: Key("order", each.order_id) for key, each in asked.items()}
        found = read(ids.values())
        orders = {key: order for key, id in ids.items() if (order := found[id])}
        booked |= {key: order for key, order in orders.items() if not (order.undone or is_tombstone(order))}
        # An order that was undone may have been booked anew, under another id.
        asked = {key: asked[key].after_undo() for key, order in orders.items() if order.undone}
    return booked


class _Retry(NamedTuple):
    """The order must be decided again: with the items in `known`, or with newly read items if `known` is None.

    With `waits`, the caller pauses first, so that another request can finish.
    """

    known: Snapshot | None = None
    waits: bool = False


class CustomerAppeared(Exception):
    """Another request has just created a customer with the new customer's address. Look the customer up again."""


def place_order(
    context: Context,
    reading: Reading[OrderConfig],
    store: Store,
    idempotency: Idempotency | None = None,
    newcomer: Customer | None = None,
    *,
    differs: Callable[[Order, Sequence[Booking]], list[Problem]] = lambda *_: [],
) -> Placed:
    """Places the order, or raises FrontdeskError with every problem. A refusal is always based on a consistent read.

    If an order exists already under the id in `idempotency`, returns that order, even if the request would now be refused. `newcomer` is a
    customer to create with the order. Raises CustomerAppeared if the customer's address has just been taken. `differs` returns a problem
    for each value that the caller stated and that differs from the order.
    """
    placing = _Placing(context, reading, store, idempotency or Idempotency.without_key(), newcomer, differs)
    outcome: Placed | _Retry = placing.decide(_Retry(), looks=idempotency is not None)
    retries = context.retries()
    while isinstance(outcome, _Retry):
        if outcome.waits:
            next(retries)
        outcome = placing.decide(outcome, looks=True)
    return outcome


class _Placing(NamedTuple):
    """A request to place an order, while it is in progress."""

    context: Context
    reading: Reading[OrderConfig]
    store: Store
    idempotency: Idempotency
    newcomer: Customer | None
    differs: Callable[[Order, Sequence[Booking]], list[Problem]]

    @property
    def key(self) -> Key:
        return Key("order", self.idempotency.order_id)

    def decide(self, on: _Retry, *, looks: bool) -> Placed | _Retry:
        """Tries to place the order. Raises FrontdeskError for its problems. With `looks`, first reads any existing order with its id."""
        assessor, known = read_named(
            self.context, self.reading, self.store, on.known,
            consistent=True, beside=frozenset({self.key} if looks else ()), newcomer=self.newcomer,
        )  # fmt: skip
        present = known.order(self.key.id) if known.has(self.key) else None
        if present and not is_tombstone(present):
            return self._answer(present)
        assessment = assessor.assess(known)
        problems = self._problems_of(assessment)
        if not problems:
            return self._write(assessment, known, present)
        if not known.consistent:
            return _Retry()
        if all(problem.code == PENDING for problem in problems):
            return _Retry(waits=True)
        if looks:
            there = read_one(self.context, Order, self.key.id, self.store)
            if there and not is_tombstone(there):
                # The same request has just succeeded: its own order causes the conflict.
                return _Retry()
        found = self._problems_of(offer(self.context, assessment, known, self.store))
        raise FrontdeskError(*(problem for problem in found if problem.code != PENDING))

    def _problems_of(self, assessment: Assessment) -> list[Problem]:
        return problems_left(assessment, self.reading, self.idempotency, self.context.clock.now())

    def _answer(self, present: Order) -> Placed | _Retry:
        """Returns `present`, the order that exists under this id. If it is an abandoned attempt, deletes the attempt and returns _Retry."""
        if _has_come_to_nothing(present, self.context.clock.now()):
            abandon(self.context, present, self.store)
            return _Retry(waits=True)
        return _replay(self.context, self.idempotency, present, self.store)

    def _write(self, assessment: Assessment, known: Snapshot, tombstone: Order | None) -> Placed | _Retry:
        now = self.context.clock.now()
        placement = place(
            assessment,
            self.reading.config,
            order_id=self.idempotency.order_id,
            # Each try has its own attempt, so that its items differ from the items of other tries.
            attempt=uuid4().hex[:12],
            now=now,
            fingerprint=self.idempotency.fingerprint,
            import_id=self.idempotency.import_id,
            placed_by=stamp(self.context.actor, self.context.request_id),
            tombstone=tombstone,
            newcomer=self.newcomer if assessment.customer is self.newcomer else None,
        )
        if self.idempotency.history:
            placement = self.idempotency.history.applied_to(placement, now)
        if problems := self.differs(placement.order, placement.bookings):
            raise FrontdeskError(*problems)
        if self.context.reason:
            entry = recorded(self.context.entry("placed"), placement.order, placement.order)
            placement = placement._replace(reason=entry)
        writes = placement.writes(known, now)
        ledgers = [write for write in writes if isinstance(write, LedgerChange)]
        if clear_holds(self.context, ledgers, known, self.store):
            return _Retry()
        if fits_one_transaction(writes):
            winners = self.store.write(self.context, writes)
        else:
            winners = place_in_steps(self.context, placement, known, self.store)
        if winners is None:
            return Placed(placement.order, placement.bookings)
        if any(key.kind in OF_CUSTOMERS for key in winners):
            raise CustomerAppeared
        if not winners:
            return _Retry(waits=True)
        return _Retry(known.with_items(winners, consistent=False), waits=True)


def read_named(
    context: Context,
    reading: Reading[OrderConfig],
    store: Store,
    known: Snapshot | None = None,
    *,
    consistent: bool,
    beside: frozenset[Key] = frozenset(),
    newcomer: Customer | None = None,
) -> tuple[Assessor, Snapshot]:
    """Reads every item that a request names, in up to three round trips. Returns an Assessor for the request, and the items.

    Does not read items in `known` again, except orders. An order must be read after the ledgers in which it
    has holds. `beside` are further keys to read. Treats `newcomer` as an existing customer.
    """
    room = ReadingRoom()
    if known is None:
        refuse_too_large(reading.config)
        named = named_keys(reading.config, context.organization_id) | beside
        refuse_too_much_read(len(named))
        found = read_within(room, context, named, store, consistent=consistent)
        if newcomer and Key("customer", newcomer.id) in found:
            found[Key("customer", newcomer.id)] = found[Key("customer", newcomer.id)] or newcomer
        known = Snapshot(found, consistent=consistent)
    looked_at = {key: known.order(key.id) for key in beside if known.has(key)}
    known = known.without_orders()
    assessor = Assessor(reading, known, context.clock.now())
    # First the days and fields that the items show to be needed, then the orders that decide whether a hold counts.
    while missing := assessor.missing(known):
        refuse_too_much_read(len(known) + len(missing))
        others = {key for key in missing if key.kind != "order"}
        found = read_within(room, context, others or missing, store, consistent=consistent or not others)
        known = known.with_items(found, consistent=known.consistent)
    return assessor, known.with_items(
        {key: order for key, order in looked_at.items() if not known.has(key)}, consistent=known.consistent
    )


def read_within(
    room: ReadingRoom, context: Context, keys: Iterable[Key], store: Store, *, consistent: bool
) -> dict[Key, Any]:
    """Reads the items for a decision. Raises FrontdeskError if they do not fit into `room`, because examining them would take too long."""
    try:
        return store.read(context, keys, consistent=consistent, room=room)
    except TooMuchRead:
        raise FrontdeskError(too_large(Phrase("too_many_bytes_read", {"most": MAX_READ_BYTES}))) from None


def offer(context: Context, assessment: Assessment, known: Snapshot, store: Store) -> Assessment:
    """Adds the next free times to the assessment's slot conflicts. Reads more days only if the known days have too few free times."""
    room = ReadingRoom()
    for horizon in (0, HORIZON):
        missing = known.missing(days_ahead(assessment, horizon))
        try:
            found = store.read(context, missing, consistent=False, room=room)
        except TooMuchRead:
            # The order is refused without alternatives.
            return assessment
        known = known.with_items(found, consistent=known.consistent)
        offered = with_alternatives(assessment, known, context.clock.now(), horizon)
        if offered is not None:
            return offered
    return assessment


def problems_of(assessment: Assessment, reading: Reading[OrderConfig]) -> list[Problem]:
    """Returns the problems that prevent the order from being placed."""
    config = reading.config
    problems = [
        *assessment.problems,
        *(assessment.field_problems if config.completes else ()),
        *(assessment.conflicts if config.checks_availability else ()),
    ]
    if problems or config.expected_total is None:
        return problems
    # An order that cannot be placed has no total to compare.
    return list(
        total_differs(config.expected_total, assessment.amounts.total, assessment.organization.currency)
    )


def problems_left(
    assessment: Assessment, reading: Reading[OrderConfig], idempotency: Idempotency, now: int
) -> list[Problem]:
    """Returns the problems that prevent the order from being placed.

    For an imported order with a `history`, leaves out problems that do not matter (`History.problems_left`).
    """
    problems = problems_of(assessment, reading)
    if idempotency.history is None:
        return problems
    # A series has begun once its first date has passed, because all of its dates were agreed by then.
    begun = {pointer(*each.plan.path[:2]) for each in assessment.bookings if each.plan.slot.start < now}
    return idempotency.history.problems_left(problems, begun=begun)


def total_differs(expected: int, total: int, currency: str) -> Iterator[Problem]:
    """Yields a problem if `total` differs from `expected`, the total that the caller displayed. Amounts are in minor units."""
    if expected != total:
        values = {"expected": Money(expected, currency), "total": Money(total, currency)}
        meta = {"expected_total": expected, "total": total}
        yield Problem("total_differs", values, pointer=pointer("expected_total"), meta=meta)


def _has_come_to_nothing(order: Order, now: int) -> bool:
    """Whether the order is an abandoned attempt, or an attempt whose deadline has passed."""
    return order.status == "abandoned" or (
        order.status == "placing" and order.expires_at is not None and now >= order.expires_at
    )


def key_reused() -> Problem:
    """Returns the problem for an idempotency key that was used before with another body."""
    return Problem("idempotency_key_reused", header="Idempotency-Key")


def in_progress() -> Problem:
    """Returns the problem for an idempotency key whose order is still being placed."""
    return Problem("in_progress", header="Idempotency-Key")


def _replay(context: Context, idempotency: Idempotency, order: Order, store: Store) -> Placed:
    if order.fingerprint != idempotency.fingerprint:
        raise FrontdeskError(key_reused())
    if order.status == "placing":
        raise FrontdeskError(in_progress(), retry_after=max(1, (order.expires_at or 0) - context.clock.now()))
    return Placed(*find_order(context, order.id, store), replayed=True)
