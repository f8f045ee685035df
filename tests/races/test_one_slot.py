"""32 simultaneous writers for one slot: as many succeed as there are places, on two different engines.

Every writer is parked just before its first write until all have read, so each decides on the free slot. The control tests remove the
guard, and show that the same harness then finds double bookings.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from random import Random
from threading import Barrier
from typing import Any, cast

import pytest
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb import store as dynamodb
from frontdesk.adapters.dynamodb.items import segment_name, to_booking
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.booking.writes import Write
from frontdesk.domain.ledger import Claim, LedgerChange
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import DAY, day_start
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import place_order
from tests.races.harness import findings, guard_off
from tests.support.demo import DESKS, NINE, ORGANIZATION, ROOM, SECOND_ROOM, desks, in_use, meeting, order
from tests.support.engine import Table, segments_of, table

WRITERS = 32


@pytest.fixture(params=[pytest.param("ministack_dynamodb", marks=pytest.mark.thorough), "roto_dynamodb"])
def tables(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made
        # A control test breaks the rules on purpose.
        assert ("control" in request.node.name) or findings(made) == []


def race(on: Table, bodies: Sequence[dict[str, Any]]) -> Counter[str]:
    """Places all orders simultaneously, and counts the outcomes: `placed`, or the codes of the refusal."""
    barrier = Barrier(len(bodies))

    class Parked:
        """The store of one writer, which waits before its first write until every other writer waits too."""

        waiting = True

        def __getattr__(self, name: str) -> Any:
            return getattr(on.store, name)

        def write(self, context: Context, writes: Sequence[Write]) -> Any:
            if self.waiting:
                self.waiting = False
                barrier.wait(30)
            return on.store.write(context, writes)

    def one(body: dict[str, Any]) -> str:
        try:
            place_order(
                Context(ORGANIZATION.id, SystemClock(60)), read_config(body), cast("DynamoStore", Parked())
            )
        except FrontdeskError as error:
            return ",".join(sorted({problem.code for problem in error.problems}))
        return "placed"

    with ThreadPoolExecutor(len(bodies)) as pool:
        return Counter(pool.map(one, bodies))


def stored(on: Table, sk: str) -> int:
    return sum(key[1].startswith(sk) for key in on.items())


@pytest.fixture
def without_guard() -> Iterator[None]:
    with guard_off():
        yield


def test_one_place_is_sold_once(tables: Table) -> None:
    outcomes = race(tables, [order()] * WRITERS)

    assert outcomes == {"placed": 1, "slot_unavailable": WRITERS - 1}
    assert (stored(tables, "order"), stored(tables, "booking#")) == (1, 1)
    assert in_use(tables.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}


def test_control_without_the_guard_one_place_is_sold_many_times(tables: Table, without_guard: None) -> None:
    assert race(tables, [order()] * WRITERS)["placed"] > 1


def test_five_places_are_sold_five_times(tables: Table) -> None:
    # Seven of the twelve desks are taken, so five are left.
    race(tables, [order(desks(7))])

    outcomes = race(tables, [order(desks(1))] * WRITERS)

    assert outcomes == {"placed": 5, "slot_unavailable": WRITERS - 5}
    assert in_use(tables.ledger(DESKS.id, "2030-04-15")) == {(7 * 3600, 15 * 3600): 12}


def test_control_without_the_guard_five_places_are_oversold(tables: Table, without_guard: None) -> None:
    race(tables, [order(desks(7))])

    assert race(tables, [order(desks(1))] * WRITERS)["placed"] > 5


def crossing() -> list[dict[str, Any]]:
    """Returns orders for desks that begin and end at odd times and overlap in every way, so that each splits where others add."""
    random = Random(7)
    return [
        order(
            desks(
                random.randint(1, 5),
                NINE.replace(minute=7 * random.randrange(8)),
                minutes=random.choice([5, 55, 125, 360]),
            )
        )
        for _ in range(WRITERS)
    ]


def sold(on: Table) -> dict[tuple[int, int], int]:
    """Returns the sums of the day's stored bookings."""
    rows = [raw for key, raw in on.items().items() if key[1].startswith("booking#")]
    bookings = [to_booking(raw["pk"]["S"].rpartition("#")[2], raw) for raw in rows]
    midnight = day_start("2030-04-15")
    claims = [Claim(booking.start - midnight, booking.end - midnight, booking.weight) for booking in bookings]
    cuts = sorted({0, DAY, *(second for claim in claims for second in claim[:2])})
    return in_use(
        {
            (start, end): sum(claim.quantity for claim in claims if claim.start <= start < claim.end)
            for start, end in pairwise(cuts)
        }
    )


@pytest.mark.parametrize("written", [False, True], ids=["a new day", "a day that is cut already"])
def test_those_who_cut_and_those_who_add_keep_each_others_work(tables: Table, written: bool) -> None:
    if written:
        race(tables, [order(desks(1))])

    outcomes = race(tables, crossing())

    assert set(outcomes) == {"placed", "slot_unavailable"}
    assert in_use(tables.ledger(DESKS.id, "2030-04-15")) == sold(tables)
    assert max(sold(tables).values()) <= DESKS.quantity
    assert stored(tables, "booking#") == outcomes["placed"] + written


def test_control_without_the_guard_work_is_lost_among_those_who_cut_and_those_who_add(
    tables: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last_wins(change: LedgerChange) -> tuple[Sequence[Action], Condition]:
        segments = {segment_name(segment): used for segment, used in change.result().segments.items()}
        actions = [
            Path("seg").set(segments),
            Path("holds").set({}),
            Path("version").set((Path("version") | 0) + 1),
        ]
        return actions, Path("pk").exists() | Path("pk").does_not_exist()

    monkeypatch.setattr(dynamodb, "_ledger_update", last_wins)

    race(tables, crossing())

    assert in_use(tables.ledger(DESKS.id, "2030-04-15")) != sold(tables)
    assert max(sold(tables).values()) > DESKS.quantity


def test_neighbours_on_one_day_all_succeed(tables: Table) -> None:
    hours = [NINE.replace(hour=hour, minute=minute) for hour in range(8, 20) for minute in (0, 30)]

    assert race(tables, [order(meeting(start, minutes=30)) for start in hours]) == {"placed": len(hours)}


def test_two_rooms_taken_in_opposite_order_never_half(tables: Table) -> None:
    there = meeting() | {"resource_id": [ROOM.id, SECOND_ROOM.id]}
    back = meeting() | {"resource_id": [SECOND_ROOM.id, ROOM.id]}

    outcomes = race(tables, [order(there), order(back)] * (WRITERS // 2))

    assert outcomes == {"placed": 1, "slot_unavailable": WRITERS - 1}
    assert in_use(tables.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}
    assert tables.ledger(ROOM.id, "2030-04-15") == tables.ledger(SECOND_ROOM.id, "2030-04-15")


def test_a_single_use_voucher_is_used_once(tables: Table) -> None:
    hours = [NINE.replace(hour=hour, minute=minute) for hour in range(8, 20) for minute in (0, 30)]

    outcomes = race(tables, [order(meeting(start, minutes=30), voucher_code="ONCE10") for start in hours])

    assert outcomes == {"placed": 1, "voucher_exhausted": len(hours) - 1}


# --- orders beyond one transaction -------------------------------------------------------------------------------


def mornings() -> dict[str, Any]:
    """Returns 60 mornings of two rooms: three times what fits into one transaction."""
    return order(
        *(
            meeting(NINE + timedelta(days=day)) | {"resource_id": [ROOM.id, SECOND_ROOM.id]}
            for day in range(60)
        )
    )


def test_of_large_orders_for_the_same_slots_one_is_placed_whole_and_the_others_leave_nothing(
    tables: Table,
) -> None:
    outcomes = race(tables, [mornings()] * 4)

    assert outcomes == {"placed": 1, "slot_unavailable": 3}
    assert_only_one_large_order(tables)


@pytest.mark.parametrize("day", [0, 59])
def test_a_large_order_and_small_ones_for_one_of_its_slots_are_never_both_placed(
    tables: Table, day: int
) -> None:
    small = order(meeting(NINE + timedelta(days=day)))

    outcomes = race(tables, [mornings(), *[small] * 7])

    assert outcomes == {"placed": 1, "slot_unavailable": 7}
    if stored(tables, "booking#") > 1:
        return assert_only_one_large_order(tables)
    ledgers = [raw for key, raw in tables.items().items() if key[1].startswith("ledger#")]
    used = {
        key[1]: in_use(segments_of(raw))
        for key, raw in tables.items().items()
        if key[1].startswith("ledger#")
    }
    assert [stretches for stretches in used.values() if stretches] == [{(7 * 3600, 8 * 3600): 1}]
    assert all(raw["holds"]["M"] == {} for raw in ledgers)
    return None


def test_control_without_the_guard_large_orders_are_placed_over_each_other(
    tables: Table, without_guard: None
) -> None:
    assert race(tables, [mornings()] * 4)["placed"] > 1


def assert_only_one_large_order(on: Table) -> None:
    items = on.items()
    assert (stored(on, "order"), stored(on, "booking#")) == (1, 120)
    ledgers = [raw for key, raw in items.items() if key[1].startswith("ledger#")]
    assert len(ledgers) == 120
    assert all(
        in_use(segments_of(raw)) == {(7 * 3600, 8 * 3600): 1} and raw["holds"]["M"] == {} for raw in ledgers
    )
