"""Create an order with its bookings: all of it, or nothing and every reason."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from frontdesk.model.config import Reading
from frontdesk.model.placement import MOST_ACTIONS, Placement, judge, keys_named, place, refuse_too_large
from frontdesk.model.problems import FrontdeskError
from frontdesk.model.snapshot import Key, Snapshot
from frontdesk.usecases.ports import Clock, Store


def read_named(reading: Reading, organization_id: str, store: Store, clock: Clock, *, consistent: bool) -> Snapshot:
    """Reads everything that a request names: one round trip, a second only if the catalog reveals more days."""
    refuse_too_large(reading.config)
    known = Snapshot(consistent=consistent)
    while missing := known.missing(keys_named(reading.config, organization_id, known)):
        found = store.read(organization_id, missing, clock, consistent=consistent)
        known = known.with_items(found, consistent=consistent)
    return known


def place_order(reading: Reading, organization_id: str, store: Store, clock: Clock) -> Placement:
    """Places the order, or raises FrontdeskError with every problem, judged on a consistent read.

    A transaction that loses brings the items that won, so the next decision is taken on those without another read.
    """
    config = reading.config
    order_id, attempt = str(uuid4()), uuid4().hex[:12]
    known = read_named(reading, organization_id, store, clock, consistent=False)
    losses = 0
    while True:
        now = clock.now()
        judgement = judge(reading, known, now)
        problems = judgement.problems + (judgement.conflicts if config.checks_availability else ())
        if problems:
            if known.consistent:
                raise FrontdeskError(*problems)
            known = read_named(reading, organization_id, store, clock, consistent=True)
            continue
        placement = place(judgement, config, known, order_id=order_id, attempt=attempt, now=now)
        if placement.actions > MOST_ACTIONS:
            refuse_too_large(config, placement.actions)
        winners = store.place(placement, clock)
        if winners is None:
            return placement
        clock.pause(losses)
        losses += 1
        known = _after(winners, known, reading, organization_id, store, clock)


def _after(winners: Mapping[Key, Any], known: Snapshot, reading: Reading, organization_id: str, store: Store, clock: Clock) -> Snapshot:
    if any(key.kind == "order" for key in winners):
        # An order that was to expire has gone another way, and its holds with it: none of what was read can be trusted.
        return read_named(reading, organization_id, store, clock, consistent=True)
    return known.with_items(winners, consistent=False)
