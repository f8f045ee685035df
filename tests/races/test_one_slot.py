"""32 writers at the same moment for one slot: as many win as there are places, on two engines of different makers.

Every writer is parked just before its first write until all have read, so that each decides on the free slot. The
control tests take the guard away and show that the same harness then finds double bookings.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, cast

import pytest
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.bootstrap import SystemClock
from frontdesk.model.config import read_config
from frontdesk.model.ledger import LedgerChange
from frontdesk.model.placement import Placement
from frontdesk.model.problems import FrontdeskError
from frontdesk.store import dynamodb
from frontdesk.store.dynamodb import DynamoStore
from frontdesk.usecases.place_order import place_order
from tests.demo import DESKS, NINE, ORGANIZATION, ROOM, SECOND_ROOM, desks, meeting, order
from tests.engine import Table, table

WRITERS = 32


@pytest.fixture(params=["ministack_dynamodb", "roto_dynamodb"])
def tables(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


def race(on: Table, bodies: Sequence[dict[str, Any]]) -> Counter[str]:
    """Places all orders at the same moment and counts the outcomes: `placed`, or the codes of the refusal."""
    barrier = Barrier(len(bodies))

    class Parked:
        """The store of one writer, which waits before its first write until every other writer is there too."""

        waiting = True

        def __getattr__(self, name: str) -> Any:
            return getattr(on.store, name)

        def place(self, placement: Placement, clock: SystemClock) -> Any:
            if self.waiting:
                self.waiting = False
                barrier.wait(30)
            return on.store.place(placement, clock)

    def one(body: dict[str, Any]) -> str:
        try:
            place_order(read_config(body), ORGANIZATION.id, cast("DynamoStore", Parked()), SystemClock(60))
        except FrontdeskError as error:
            return ",".join(sorted({problem.code for problem in error.problems}))
        return "placed"

    with ThreadPoolExecutor(len(bodies)) as pool:
        return Counter(pool.map(one, bodies))


def stored(on: Table, sk: str) -> int:
    return sum(key[1].startswith(sk) for key in on.items())


@pytest.fixture
def without_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledgers are written whatever happened since they were read."""
    guarded: Callable[[LedgerChange], tuple[Sequence[Action], Condition]] = dynamodb._ledger_update  # noqa: SLF001

    def unguarded(change: LedgerChange) -> tuple[Sequence[Action], Condition]:
        return guarded(change)[0], Path("pk").exists() | Path("pk").does_not_exist()

    monkeypatch.setattr(dynamodb, "_ledger_update", unguarded)


def test_one_place_is_sold_once(tables: Table) -> None:
    outcomes = race(tables, [order()] * WRITERS)

    assert outcomes == {"placed": 1, "slot_unavailable": WRITERS - 1}
    assert (stored(tables, "order"), stored(tables, "booking#")) == (1, 1)
    assert tables.ledger(ROOM.id, "2030-04-15") == {0: 0, 25200: 1, 28800: 0}


def test_control_without_the_guard_one_place_is_sold_many_times(tables: Table, without_guard: None) -> None:
    assert race(tables, [order()] * WRITERS)["placed"] > 1


def test_five_places_are_sold_five_times(tables: Table) -> None:
    # Seven of the twelve desks are taken, so that five are left.
    race(tables, [order(desks(7))])

    outcomes = race(tables, [order(desks(1))] * WRITERS)

    assert outcomes == {"placed": 5, "slot_unavailable": WRITERS - 5}
    assert max(tables.ledger(DESKS.id, "2030-04-15").values()) == 12


def test_control_without_the_guard_five_places_are_oversold(tables: Table, without_guard: None) -> None:
    race(tables, [order(desks(7))])

    assert race(tables, [order(desks(1))] * WRITERS)["placed"] > 5


def test_neighbours_on_one_day_all_succeed(tables: Table) -> None:
    hours = [NINE.replace(hour=hour, minute=minute) for hour in range(8, 20) for minute in (0, 30)]

    assert race(tables, [order(meeting(start, minutes=30)) for start in hours]) == {"placed": len(hours)}


def test_two_rooms_taken_in_opposite_order_never_half(tables: Table) -> None:
    there = meeting() | {"resource_id": [ROOM.id, SECOND_ROOM.id]}
    back = meeting() | {"resource_id": [SECOND_ROOM.id, ROOM.id]}

    outcomes = race(tables, [order(there), order(back)] * (WRITERS // 2))

    assert outcomes == {"placed": 1, "slot_unavailable": WRITERS - 1}
    assert tables.ledger(ROOM.id, "2030-04-15") == tables.ledger(SECOND_ROOM.id, "2030-04-15")


def test_a_single_use_voucher_is_used_once(tables: Table) -> None:
    hours = [NINE.replace(hour=hour, minute=minute) for hour in range(8, 20) for minute in (0, 30)]

    outcomes = race(tables, [order(meeting(start, minutes=30), voucher_code="ONCE10") for start in hours])

    assert outcomes == {"placed": 1, "voucher_exhausted": len(hours) - 1}
