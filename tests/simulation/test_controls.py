"""The schedules find the faults they guard against: each control removes one fix from the product."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.operand import Path

from frontdesk.adapters.dynamodb import store as store_module
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.domain.booking import moves, placement
from frontdesk.domain.booking.changes import canceled, in_transactions, live
from frontdesk.domain.booking.placement import Placement
from frontdesk.domain.booking.writes import CheckedOrder, Recorded
from frontdesk.domain.sizes import MAX_ACTIONS
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import change, place, staged
from tests.simulation.checker import Violation
from tests.simulation.schedule import run
from tests.support.shrink import shrink

# A control must be found within this many schedules of its profile.
CONTROL = 400
Patch = pytest.MonkeyPatch


def torn_orders(patch: Patch) -> None:
    """Reads an order with its head last, and gives days back as they were read, wherever the bookings are by then.

    Each of the three fixes suffices alone, so all of them are removed (`tests/integration/test_outcomes.py`).
    """

    def cancel_bookings(context: Context, order: Any, leaving: Any, store: Any) -> Any:
        there = {each.id: each for each in store.order(context, order.id)[1]}
        _, writes = canceled(
            order, live(there[each.id] for each in leaving), len(order.canceling), context.clock.now(), None
        )
        for group in in_transactions(writes, MAX_ACTIONS):
            if (lost := store.write(context, group)) is not None:
                return lost
        return None

    patch.setattr(
        DynamoStore,
        "_head_first",
        lambda self, pk, clock: reversed(list(self.partition(pk, clock, Path("sk") <= "order"))),
    )
    patch.setattr(staged, "_cancel_bookings", cancel_bookings)
    patch.setattr(change, "as_read", lambda *_: [])


def busy_means_anything(patch: Patch) -> None:
    """Does not check whether a write without an answer was carried out."""
    patch.setattr(DynamoStore, "_is_done_after_all", lambda *_: False)


def losses_that_are_not_final(patch: Patch) -> None:
    """A write without an answer may still arrive after its repetition has failed."""
    patch.setattr(DynamoStore, "_final", lambda _self, _context, _writes, lost: lost)


def an_id_for_each_try(patch: Patch) -> None:
    losses_that_are_not_final(patch)
    one = place.place
    patch.setattr(place, "place", lambda *on, **how: one(*on, **how | {"order_id": str(uuid4())}))


def claims_that_count_twice(patch: Patch) -> None:
    """A step claims again even if its hold exists."""
    guarded = Path.does_not_exist
    always = Path("pk").exists()
    patch.setattr(Path, "does_not_exist", lambda path: always if path.path[0] == "holds" else guarded(path))


def two_actions_on_an_item(patch: Patch) -> None:
    """A request that removes its own expired hold also ends its own order."""
    patch.setattr(Placement, "unclaimed", lambda _, keys, __: list(keys))
    patch.setattr(staged, "guarded", lambda order, writes: [CheckedOrder(order), *writes])
    patch.setattr(Transaction, "_take", lambda _, kind, key, action: kind.update({key: action}))


def ledgers_without_bounds(patch: Patch) -> None:
    """Writes of a day check whether their segments exist, but not how full they are."""
    guarded = store_module._ledger_update  # noqa: SLF001
    patch.setattr(store_module, "_ledger_update", lambda change: guarded(change._replace(bounds={})))


def drafts_that_do_not_end(patch: Patch) -> None:
    """Removing an expired hold leaves its order unchanged."""
    for module in (placement, moves, staged):
        patch.setattr(module, "ended_orders", lambda *_: [])


def changes_without_a_trail(patch: Patch) -> None:
    """Changes of orders are written without their author."""
    add = store_module._add  # noqa: SLF001
    patch.setattr(
        store_module, "_add", lambda *about: None if isinstance(about[3], Recorded) else add(*about)
    )


# `first` is the seed that the search begins with: before the first one that finds a rare fault today.
@pytest.mark.parametrize(
    ("mend_out", "profile", "what", "first"),
    [
        (torn_orders, "large_order", "days say what is not booked", 55),
        (busy_means_anything, "no_answers", "refused, and its order is there.*busy", 0),
        (losses_that_are_not_final, "full_room", "refused, and its order is there", 0),
        (an_id_for_each_try, "full_room", "one request made 2 orders", 0),
        (claims_that_count_twice, "no_answers", "days say what is not booked", 0),
        (two_actions_on_an_item, "no_answers", "multiple operations on one item", 250),
        (ledgers_without_bounds, "mixed", "was taken", 0),
        (drafts_that_do_not_end, "mixed", "", 0),
        (changes_without_a_trail, "mixed", "nobody knows by whom", 0),
    ],
)
def test_control_without_its_mend_the_schedules_find_a_fault(
    mend_out: Callable[[Patch], None],
    profile: str,
    what: str,
    first: int,
    monkeypatch: Patch,
    record_property: Any,
) -> None:
    shrink(monkeypatch)
    mend_out(monkeypatch)

    for seed in range(first, first + CONTROL):
        try:
            run(seed, profile)
        except (Violation, TransactWriteError) as error:
            if re.search(what, f"{error} {getattr(error, 'cause', '')}"):
                record_property("found", seed)
                return
    pytest.fail(f"{CONTROL} schedules of {profile} do not find it")
