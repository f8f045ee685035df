"""Measures how long single orders take, and how many DynamoDB units they use.

After the handlers have placed an order, bare botocore sends the same DynamoDB requests, for comparison.
"""

import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple
from uuid import uuid4

from bench.handlers import Deployment, Request, Twin
from bench.units import Raw, Units, item_bytes, metered, units
from frontdesk.adapters.dynamodb.messages.outbox import OutboxTable
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.send import wake
from frontdesk.usecases.orders.place import place_order
from tests.support.demo import DESKS, NINE, ORGANIZATION, ROOM, desks, meeting, order
from tests.support.fakes import post_office
from tests.support.faults import counted, requested

RUNS = 5
REQUESTS = 100
WARM_UP = 20
BUSY_BOOKINGS = 300
MANY_BOOKINGS = 100_000
# A batch has at most 25 items. One of them is the order.
_A_BATCH = 24
# A resource that is not full after 300 bookings a day.
WIDE_DESKS = DESKS.model_copy(update={"quantity": 1000})
WIDE: list[CatalogItem] = [WIDE_DESKS]
_BUSY_DAY, _FREE_DAY = NINE, NINE + timedelta(days=1)

Body = dict[str, Any]
Measured = Callable[[], tuple[float, ...]]


class Medians(NamedTuple):
    """Medians over several runs.

    Each run measures two or more things, for example Frontdesk and bare botocore. The durations of one thing
    form a column. A run has one p50 for each column.

    `seconds` has one value for each column: the median of this column's p50s from all runs. The ratio of a run is
    the p50 of its first column divided by the p50 of its second column. `ratio` is the median of these ratios.
    """

    seconds: tuple[float, ...]
    ratio: float


def measured(step: Measured, runs: int = RUNS, requests: int = REQUESTS) -> Medians:
    """Calls `step` many times, and returns the medians of the measured durations.

    A call of `step` returns a tuple of durations in seconds, such as (0.02, 0.01). The result has a median for
    every position in the tuple. Because every call measures all positions, other load on the machine affects all
    positions equally.
    """
    for _ in range(WARM_UP):
        step()
    p50s = [
        tuple(statistics.median(column) for column in zip(*(step() for _ in range(requests)), strict=True))
        for _ in range(runs)
    ]
    return Medians(
        tuple(map(statistics.median, zip(*p50s, strict=True))),
        statistics.median(run[0] / run[1] for run in p50s),
    )


def plain_orders() -> Iterator[Body]:
    """Yields orders of one booking, with a customer and without mail, each for the next hour of a room."""
    for number in count():
        day, hour = divmod(number, 12)
        yield order(meeting(NINE + timedelta(days=day, hours=hour)), notify_customer=False)


def from_config(on: Deployment) -> Medians:
    """Compares the time of placing an order with the time that bare botocore takes for the same requests."""
    bodies, twin = plain_orders(), Twin(ROOM.id)

    def step() -> tuple[float, ...]:
        with requested(on.on.store) as sent:
            ours = on.invoke("from_config", next(bodies))
        return ours, on.send(twin.of(sent))

    return measured(step)


def calculate(on: Deployment) -> Medians:
    """Compares the time of a preview with the time that bare botocore takes for the same requests."""
    bodies = plain_orders()

    def step() -> tuple[float, ...]:
        with requested(on.on.store) as sent:
            ours = on.invoke("calculate", next(bodies))
        return ours, on.send(sent)

    return measured(step)


def requests_of(on: Deployment, body: Body) -> tuple[list[str], list[Request], Units]:
    """Places an order in a warm process. Returns its DynamoDB calls: their names, the calls as sent, and their cost."""
    on.invoke("calculate", body)
    before = on.on.items()
    with counted(on.on.store) as calls, requested(on.on.store) as sent:
        on.invoke("from_config", body)
    return calls, sent, units(sent, before, on.on.items())


def plain_order(on: Deployment) -> tuple[list[str], Units]:
    """Measures an order on a day that already has a booking, as most days do."""
    on.invoke("from_config", order(meeting(NINE - timedelta(hours=2)), notify_customer=False))
    calls, _, cost = requests_of(on, order(notify_customer=False))
    return calls, cost


def order_with_mail(on: Deployment) -> list[tuple[str, Units]]:
    """Measures an order with its confirmation mail.

    Includes the work of the stream's function until SES accepts the mail.
    """
    day = NINE + timedelta(days=30)
    on.invoke("from_config", order(meeting(day - timedelta(hours=2)), notify_customer=False))
    body = order(meeting(day), notify_customer=True)
    on.invoke("calculate", body)
    here, post = (
        Context(ORGANIZATION.id, SystemClock(30)),
        post_office(on.on.store, outbox=OutboxTable(on.on.store)),
    )
    known = set(on.on.items())
    with metered(on.on) as spent:
        on.invoke("from_config", body)
        (key,) = (pk for pk, sk in set(on.on.items()) - known if sk == "order")
        assert wake(here, key.rpartition("#")[2], "bench", post) == ["sent"]
    return spent


def fill_day(on: Deployment) -> None:
    """Places 300 bookings on one day. They start at random quarter hours, and take 15 to 120 minutes."""
    random, midnight = Random(1), _BUSY_DAY.replace(hour=2)
    for _ in range(BUSY_BOOKINGS):
        quarters = random.randint(1, 8)
        start = midnight + timedelta(minutes=15 * random.randrange(96 - quarters))
        body = order(desks(1, start, minutes=15 * quarters), notify_customer=False)
        place_order(Context(ORGANIZATION.id, SystemClock(30)), read_config(body), on.on.store)


def busy_day(on: Deployment) -> tuple[Units, int, int]:
    """Places an order on the day that `fill_day` has filled. Returns (cost, segments, bytes).

    `cost` is the cost of the order. `segments` is the number of segments in the day's ledger, and `bytes` is
    the size of this ledger.
    """
    _, _, cost = requests_of(on, _desk_hour(_BUSY_DAY))
    ledger = on.on.items()[_ledger_key(DESKS.id, _BUSY_DAY.date().isoformat())]
    return cost, len(ledger["seg"]["M"]), item_bytes(ledger)


def ledger_growth(on: Deployment) -> Medians:
    """Measures how long an order takes on a full day and on an empty day.

    On each day, the handlers place an order. Then bare botocore sends the same DynamoDB requests for another
    resource (`Twin`).
    """
    twin = Twin(DESKS.id)
    full, empty = (_ledger_key(DESKS.id, day.date().isoformat()) for day in (_BUSY_DAY, _FREE_DAY))
    as_it_was = on.on.items()[full]
    twin_key, twin_full = _in_twin(twin, full), twin.row(as_it_was)

    def step() -> tuple[float, ...]:
        times, floors = [], []
        for day, row, theirs in ((_BUSY_DAY, as_it_was, twin_full), (_FREE_DAY, None, None)):
            key = full if row else empty
            _restore(on, key, row)
            with requested(on.on.store) as sent:
                times.append(on.invoke("from_config", _desk_hour(day)))
            _restore(on, twin_key if row else _in_twin(twin, empty), theirs)
            floors.append(on.send(twin.of(sent)))
        return *times, *floors

    try:
        return measured(step)
    finally:
        _restore(on, full, as_it_was)


def table_growth(full: Deployment, empty: Deployment) -> Medians:
    """Measures an order in a full table and in an empty table.

    In each table, the handlers place the order. Then bare botocore sends the same requests.
    """
    twin, bodies = Twin(ROOM.id), plain_orders()

    def step() -> tuple[float, ...]:
        body = next(bodies)
        times, floors = [], []
        for on in (full, empty):
            with requested(on.on.store) as sent:
                times.append(on.invoke("from_config", body))
            floors.append(on.send(twin.of(sent)))
        return *times, *floors

    return measured(step)


def fill_table(on: Deployment) -> None:
    """Writes MANY_BOOKINGS bookings to the table, as raw items.

    The bookings belong to copies of one order. Each copy of the order has new ids, and up to 24 bookings.
    """
    # In the same room and month as the measured ones, so that they share a list of the index.
    with requested(on.on.store) as sent:
        on.invoke("from_config", order(meeting(NINE - timedelta(days=1)), notify_customer=False))
    rows = [
        action["Put"]["Item"]
        for name, parameters in sent
        if name == "TransactWriteItems"
        for action in parameters["TransactItems"]
    ]
    head, booking = (
        next(row for row in rows if row["sk"]["S"].startswith(kind)) for kind in ("order", "booking")
    )
    old = head["pk"]["S"].split("#")[2]

    def write(start: int) -> None:
        new, ordinals = str(uuid4()), range(1, 1 + min(_A_BATCH, MANY_BOOKINGS - start))
        bookings = [
            _renamed(booking, old, new) | {"sk": {"S": f"booking#{ordinal:04}"}} for ordinal in ordinals
        ]
        puts = [{"PutRequest": {"Item": row}} for row in (_renamed(head, old, new), *bookings)]
        answer = on.bare.batch_write_item(RequestItems={on.on.name: puts})
        assert not answer.get("UnprocessedItems"), answer

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(0, MANY_BOOKINGS, _A_BATCH)))


def _desk_hour(day: Any) -> Body:
    return order(desks(1, day, minutes=60), notify_customer=False)


def _renamed(row: Raw, old: str, new: str) -> Raw:
    return {
        name: {"S": value["S"].replace(old, new)} if "S" in value else value for name, value in row.items()
    }


def _ledger_key(resource_id: str, day: str) -> tuple[str, str]:
    return f"{ORGANIZATION.id}#resource#{resource_id}", f"ledger#{day}"


def _in_twin(twin: Twin, key: tuple[str, str]) -> tuple[str, str]:
    return twin.text(key[0]), key[1]


def _restore(on: Deployment, key: tuple[str, str], row: Raw | None) -> None:
    """Writes the item `row` under its key. If `row` is None, deletes the item with this key."""
    if row:
        on.bare.put_item(TableName=on.on.name, Item=row)
    else:
        on.bare.delete_item(TableName=on.on.name, Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
