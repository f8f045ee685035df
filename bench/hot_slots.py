"""Counts the transactions per order while several writers want the same slot, or adjacent slots.

Run `python -m bench.hot_slots [engine]`. Every writer waits before its first write until all have read. Each
case is measured twice. In the first measurement, overlapping transactions never conflict, as on the local
engines. In the second measurement, `Overlaps` makes overlapping transactions conflict, as on real DynamoDB.
"""

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from time import perf_counter
from typing import Any, cast

from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import place_order
from local.servers import free_port, ministack, roto
from tests.races.harness import Parked
from tests.support.demo import DESKS, NINE, ORGANIZATION, desks, order
from tests.support.engine import Table, table
from tests.support.faults import Overlaps, counted

WRITERS = (1, 2, 4, 8, 16, 32, 64)
RUNS = 3
# The approximate duration of a transaction on AWS.
TRANSACTION_SECONDS = 0.008


def same_slot(_: int) -> dict[str, Any]:
    """Returns an order for the slot that all writers want."""
    return order(desks(1, minutes=60), notify_customer=False)


def neighbours(number: int) -> dict[str, Any]:
    """Returns an order for a 15-minute slot next to the other writers' slots."""
    return order(
        desks(1, NINE.replace(hour=5) + timedelta(minutes=15 * number), minutes=15), notify_customer=False
    )


def transactions(
    on: Table, writers: int, body: Callable[[int], dict[str, Any]], overlaps: Overlaps | None
) -> tuple[float, float]:
    """Returns the mean number of transactions for one order, and the seconds until all orders are placed."""
    barrier = Barrier(writers)

    def one(number: int) -> None:
        place_order(
            Context(ORGANIZATION.id, SystemClock(120)),
            read_config(body(number)),
            cast("DynamoStore", Parked(on.store, barrier)),
        )

    conflicts = overlaps.between(on.store) if overlaps else nullcontext()
    with counted(on.store) as sent, conflicts, ThreadPoolExecutor(writers) as pool:
        started = perf_counter()
        list(pool.map(one, range(writers)))
        took = perf_counter() - started
    return sent.count("TransactWriteItems") / writers, took


def main() -> None:
    """Measures every combination and prints it."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "roto"
    state = Path(tempfile.mkdtemp())
    server = (
        ministack(free_port(), state, persist=False) if engine == "ministack" else roto(free_port(), state)
    )
    figures: dict[str, dict[str, list[float]]] = {}
    with server as running:
        for name, body in {"same slot": same_slot, "neighbours": neighbours}.items():
            for overlapping in (False, True):
                for writers in WRITERS:
                    runs = []
                    for _ in range(RUNS):
                        with table(running.endpoint, [DESKS.model_copy(update={"quantity": 10_000})]) as on:
                            runs.append(
                                transactions(
                                    on, writers, body, Overlaps(TRANSACTION_SECONDS) if overlapping else None
                                )
                            )
                    key = f"{name}, {'conflicts' if overlapping else 'as it is'}"
                    rounds, took = (statistics.median(values) for values in zip(*runs, strict=True))
                    figures.setdefault(key, {})[str(writers)] = [round(rounds, 2), round(took, 2)]
                    print(
                        f"{key:<24} {writers:>3} writers  {rounds:6.2f} transactions an order  {took:6.2f} s",
                        flush=True,
                    )
    print(json.dumps({"engine": engine, "figures": figures}))


if __name__ == "__main__":
    main()
