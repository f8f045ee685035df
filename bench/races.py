"""64 threads on one table: orders for different slots, and orders for the same slot.

The threads call the use case. The handler's resolver handles one request at a time, as on Lambda, so it cannot be used here.
"""

import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from time import perf_counter
from typing import Any, NamedTuple

from bench.handlers import Deployment, Request, Twin
from bench.orders import plain_orders
from frontdesk.adapters.dynamodb.store import DynamoStore
from tests.races.harness import Operation, create, findings, race
from tests.support.demo import NINE, ROOM, meeting, order
from tests.support.faults import requested

THREADS = 64
ORDERS_A_THREAD = 8
RUNS = 3
ROUNDS = 10


class Rates(NamedTuple):
    """Orders per second, as medians of several runs.

    `ours` is the rate of Frontdesk. `floor` is the rate of bare botocore, which sends the same requests.
    """

    ours: float
    floor: float


def distinct_slots(on: Deployment) -> Rates:
    """Measures threads that order different slots."""
    bodies, runs = plain_orders(), []
    # The first run opens the connections.
    for _ in range(1 + RUNS):
        with requested(on.on.store) as sent:
            ours = _placed(on.on.store, bodies)
        runs.append((ours, _sent(on, Twin(ROOM.id).of(sent))))
    return Rates(*(statistics.median(rates) for rates in zip(*runs[1:], strict=True)))


def one_slot(on: Deployment) -> tuple[int, int]:
    """Lets 64 threads compete for one slot in each round.

    Returns the number of rounds without exactly one winner, and the number of audit findings.
    """
    wrong = 0
    for number in range(ROUNDS):
        body = order(meeting(NINE + timedelta(days=1000 + number)), notify_customer=False)
        wrong += race(on.on.store, [create(body)] * THREADS)["done"] != 1
    return wrong, len(findings(on.on))


def _placed(store: DynamoStore, bodies: Iterator[dict[str, Any]]) -> float:
    # Slots are taken in turn, so that simultaneous orders are spread over few days.
    slots = list(islice(bodies, THREADS * ORDERS_A_THREAD))
    started = perf_counter()
    outcomes = race(store, [_each(slots[number::THREADS]) for number in range(THREADS)], park=False)
    took = perf_counter() - started
    assert outcomes == {"done": THREADS}, outcomes
    return len(slots) / took


def _each(bodies: list[dict[str, Any]]) -> Operation:
    operations = [create(body) for body in bodies]
    return lambda store: [operation(store) for operation in operations]


def _sent(on: Deployment, requests: list[Request]) -> float:
    def send(request: Request) -> None:
        # A transaction that failed before may fail again, or another one may fail.
        with suppress(on.bare.exceptions.TransactionCanceledException):
            on.send([request])

    started = perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, requests))
    return THREADS * ORDERS_A_THREAD / (perf_counter() - started)
