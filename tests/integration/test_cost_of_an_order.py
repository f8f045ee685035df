"""docs/scale.md says what each part of an order costs in capacity units. Here each part is measured."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bench.units import Units, metered, together
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import place_order
from local.servers import ROOT
from tests.support.demo import BERND, NINE, ONCE10, ORGANIZATION, ROOM, SECOND_ROOM, meeting, order
from tests.support.dynamodb import dynamodb_in_memory
from tests.support.engine import Table, table

CONTEXT = Context(ORGANIZATION.id, SystemClock(60))
SCALE = (ROOT / "docs/scale.md").read_text()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def on() -> Iterator[Table]:
    with dynamodb_in_memory(), table(None, []) as made:
        for day in range(60):
            for room in (ROOM, SECOND_ROOM):
                early = meeting(NINE - 2 * HOUR + day * DAY, resource_id=room.id)
                place_order(CONTEXT, read_config(order(early, notify_customer=False)), made.store)
        yield made


days = count()


def cost(on: Table, *bookings: dict[str, Any], **more: Any) -> Units:
    with metered(on) as spent:
        place_order(CONTEXT, read_config(order(*bookings, notify_customer=False, **more)), on.store)
    return together(spent)


@pytest.mark.parametrize(
    ("what", "bookings", "more"),
    [
        ("another booking on the same day", lambda at: [meeting(at), meeting(at + HOUR)], {}),
        ("another booking on another day", lambda at: [meeting(at), meeting(at + DAY)], {}),
        ("another day of the same booking", lambda at: [meeting(at, 24 * 60)], {"check_availability": False}),
        (
            "another resource of the same booking",
            lambda at: [meeting(at, resource_id=[ROOM.id, SECOND_ROOM.id])],
            {},
        ),
        ("a booking's `external_id`", lambda at: [meeting(at, external_id=f"own {at}")], {}),
        ("a booking's own customer", lambda at: [meeting(at, customer_id=BERND.id)], {}),
        ("a voucher with a limit", lambda at: [meeting(at)], {"voucher_code": ONCE10.code}),
        ("each further KB of an item, rounded up", lambda at: [meeting(at, note="n" * 1000)], {}),
    ],
)
def test_what_a_part_of_an_order_costs_stands_in_the_documents(
    on: Table, what: str, bookings: Any, more: dict[str, Any]
) -> None:
    at = NINE + 2 * next(days) * DAY
    plain, with_it = cost(on, meeting(at + 4 * HOUR)), cost(on, *bookings(at), **more)
    adds = (with_it.write - plain.write, with_it.index_write - plain.index_write, with_it.read - plain.read)
    row = f"| {what} | " + " | ".join(f"{each:g}" for each in adds) + " |"
    assert row in SCALE


def test_what_an_order_in_steps_costs_stands_in_the_documents(on: Table) -> None:
    many = meeting(NINE + 100 * DAY, recurring={"frequency": "weekly", "count": 60})
    written = cost(on, many).write
    assert f"60 bookings on 60 days take {written} instead of {6 + 59 * 4}." in SCALE
