"""Create an order with its bookings: all of it, or nothing and every reason."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from frontdesk.model.config import Reading
from frontdesk.model.order import Booking, Order
from frontdesk.model.placement import MOST_ACTIONS, judge, keys_named, place, refuse_too_large
from frontdesk.model.problems import FrontdeskError, Problem
from frontdesk.model.snapshot import Key, Snapshot
from frontdesk.usecases.ports import Clock, Store


class Idempotency(NamedTuple):
    """The order that a caller's key stands for, and what was asked for with it."""

    order_id: str
    fingerprint: str

    @classmethod
    def of(cls, organization_id: str, caller: str, key: str, body: bytes) -> "Idempotency":
        """`body` in a canonical form, so that the same request in other white space is the same."""
        name = "\0".join([organization_id, caller, key]).encode()
        return cls(str(UUID(bytes=hashlib.sha256(name).digest()[:16], version=5)), hashlib.sha256(body).hexdigest()[:32])


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it was placed now or, `replayed`, before with the same key; then as it is now."""

    order: Order
    bookings: Sequence[Booking]
    replayed: bool = False


def place_order(reading: Reading, organization_id: str, store: Store, clock: Clock, idempotency: Idempotency | None = None) -> Placed:
    """Places the order, or raises FrontdeskError with every problem, judged on a consistent read.

    A transaction that loses brings the items that won, so the next decision is taken on those without another read.
    With a key the order's id is known before: one that is there already is answered first, whatever else is wrong.
    """
    config = reading.config
    order_id, attempt = idempotency.order_id if idempotency else str(uuid4()), uuid4().hex[:12]
    own = Key("order", order_id)
    keys = {own} if idempotency else set()

    def read(*, consistent: bool) -> Snapshot:
        return read_named(reading, organization_id, store, clock, consistent=consistent, also=keys)

    known = read(consistent=False)
    losses = 0
    while True:
        if idempotency and known.order(order_id):
            return _replay(idempotency, organization_id, store, clock)
        now = clock.now()
        judgement = judge(reading, known, now)
        problems = judgement.problems + (judgement.conflicts if config.checks_availability else ())
        if problems:
            if known.consistent:
                raise FrontdeskError(*problems)
            known = read(consistent=True)
            continue
        placement = place(judgement, config, known, order_id=order_id, attempt=attempt, now=now)
        if placement.actions > MOST_ACTIONS:
            refuse_too_large(config, placement.actions)
        if idempotency:
            placement = placement.with_fingerprint(idempotency.fingerprint)
        winners = store.place(placement, clock)
        if winners is None:
            return Placed(placement.order, placement.bookings)
        clock.pause(losses)
        losses += 1
        known = _with_winners(known, winners) or read(consistent=True)


def read_named(
    reading: Reading,
    organization_id: str,
    store: Store,
    clock: Clock,
    *,
    consistent: bool,
    also: frozenset[Key] | set[Key] = frozenset(),
) -> Snapshot:
    """Reads everything that a request names: one round trip, a second only if the catalog reveals more days."""
    refuse_too_large(reading.config)
    known = Snapshot(consistent=consistent)
    while missing := known.missing(keys_named(reading.config, organization_id, known) | also):
        found = store.read(organization_id, missing, clock, consistent=consistent)
        known = known.with_items(found, consistent=consistent)
    return known


def _with_winners(known: Snapshot, winners: Mapping[Key, Any]) -> Snapshot | None:
    """None if nothing that was read can be trusted: an order has gone another way, and its holds with it."""
    if any(key.kind == "order" for key in winners):
        return None
    return known.with_items(winners, consistent=False)


def _replay(idempotency: Idempotency, organization_id: str, store: Store, clock: Clock) -> Placed:
    found = store.order(organization_id, idempotency.order_id, clock)
    if found is None or found[0].fingerprint != idempotency.fingerprint:
        detail = "This Idempotency-Key was used with another body. Use a new key for a new order."
        raise FrontdeskError(Problem("idempotency_key_reused", "idempotency key reused", detail, header="Idempotency-Key"))
    return Placed(*found, replayed=True)
