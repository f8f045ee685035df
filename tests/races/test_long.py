"""10,000 rounds of the 64-writer race: `make test-long`. FRONTDESK_ROUNDS is the share of them; 1 is all.

Every round is for a separate day. Half of the rounds use threads of one process, the others four processes.
"""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from threading import Barrier
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.store import DynamoStore
from tests.races.harness import Parked, create, findings, guard_off, outcome
from tests.support.demo import NINE, meeting, order
from tests.support.engine import REGION, Table, table

pytestmark = pytest.mark.long
WRITERS = 64
PROCESSES = 4
PART = float(os.environ.get("FRONTDESK_ROUNDS", "1"))
ROUNDS = {"roto_dynamodb": 6500, "ministack_dynamodb": 1500, "amazons_dynamodb": 2000}
AUDITED_EVERY = 500


@pytest.fixture(params=list(ROUNDS))
def tables(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


def body(number: int) -> dict[str, Any]:
    return order(meeting(NINE + timedelta(days=number)), notify_customer=False)


def play(
    store: DynamoStore, barrier: Any, pool: ThreadPoolExecutor, number: int, writers: int
) -> Counter[str]:
    """Runs one round of this process's writers, parked together with those of every other process."""
    operation = create(body(number))
    return Counter(pool.map(lambda _: outcome(operation, Parked(store, barrier)), range(writers)))


_shared: dict[str, Any] = {}


def _join(barrier: Any, endpoint: str, name: str) -> None:
    _shared["barrier"] = barrier
    _shared["store"] = DynamoStore(name, region=REGION, endpoint=endpoint)
    _shared["pool"] = ThreadPoolExecutor(WRITERS // PROCESSES)


def _play(number: int) -> Counter[str]:
    return play(_shared["store"], _shared["barrier"], _shared["pool"], number, WRITERS // PROCESSES)


def test_one_place_is_sold_once_in_every_round(tables: Table, request: pytest.FixtureRequest) -> None:
    rounds = max(1, int(PART * ROUNDS[request.node.callspec.params["tables"]]))
    from_processes = rounds // 4
    seen: Counter[tuple[tuple[str, int], ...]] = Counter()

    with ThreadPoolExecutor(WRITERS) as pool:
        barrier = Barrier(WRITERS)
        for number in range(rounds - from_processes):
            seen[tuple(sorted(play(tables.store, barrier, pool, number, WRITERS).items()))] += 1
            if number % AUDITED_EVERY == 0:
                assert findings(tables) == []
    context = get_context("spawn")
    shared = (context.Barrier(WRITERS), str(tables.endpoint), tables.name)
    # One task for each process and round. A late process only makes the others wait at the barrier.
    pools = [
        ProcessPoolExecutor(1, mp_context=context, initializer=_join, initargs=shared)
        for _ in range(PROCESSES)
    ]
    try:
        for number in range(rounds - from_processes, rounds):
            started = [pool.submit(_play, number) for pool in pools]
            seen[tuple(sorted(sum((each.result() for each in started), Counter[str]()).items()))] += 1
    finally:
        for pool_of_one in pools:
            pool_of_one.shutdown()

    assert seen == {(("done", 1), ("slot_unavailable", WRITERS - 1)): rounds}
    assert findings(tables) == []


def test_control_without_the_guard_it_is_sold_many_times_in_every_round(tables: Table) -> None:
    barrier = Barrier(WRITERS)
    with guard_off(), ThreadPoolExecutor(WRITERS) as pool:
        won = [play(tables.store, barrier, pool, number, WRITERS)["done"] for number in range(20)]

    assert min(won) > 1
    assert findings(tables) != []
