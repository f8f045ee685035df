"""The plan through the function, and the cost of a full one on an engine."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.lists import ListTable
from frontdesk.api.answers.availability import plan_resource
from frontdesk.api.handlers.plan import MAX_BYTES
from frontdesk.domain.catalog.items import Customer, Resource
from frontdesk.domain.time.intervals import DAY, day_start
from frontdesk.usecases.context import Context
from frontdesk.usecases.plan import MAX_ITEMS, Readers, make_plan
from tests.integration.client import Client, token_of
from tests.integration.conftest import MotoWorld
from tests.integration.test_lists import CLOCK, ORG, an_order, put, read_from
from tests.support.demo import DESKS, NINE, ROOM, SECOND_ROOM, meeting, order
from tests.support.engine import Table, table
from tests.support.examples import THOROUGH

PLAN = "/api/v1/plan"
MONDAY = day_start("2030-04-15") - 2 * 3600


@pytest.fixture
def desk(moto_world: MotoWorld) -> Client:
    return Client(moto_world, moto_world.demo["token"])


def test_a_day_is_one_call(desk: Client) -> None:
    assert (
        desk.call("POST", "/api/v1/orders/from-config", order(meeting(), notify_customer=False)).status == 201
    )

    answer = desk.get(PLAN, start_date="2030-04-15")
    assert answer.status == 200
    found = answer.data["attributes"]
    assert answer.data["id"] == "2030-04-15/2030-04-15"
    assert found["days"] == [
        {
            "date": "2030-04-15",
            "start_date": "2030-04-14T22:00:00+00:00",
            "end_date": "2030-04-15T22:00:00+00:00",
        }
    ]
    assert [each["id"] for each in found["resources"]] == [ROOM.id, SECOND_ROOM.id, DESKS.id]
    [booking] = found["bookings"]
    assert (booking["name"], booking["start_date"]) == ("Ada Lovelace", "2030-04-15T07:00:00+00:00")
    assert desk.get(PLAN, start_date="2030-04-15", r=DESKS.id).data["attributes"]["bookings"] == []


def test_a_resource_that_is_archived_keeps_its_bookings_in_sight_and_takes_no_others(desk: Client) -> None:
    first, other = (
        desk.call("POST", "/api/v1/orders/from-config", order(meeting(), **more)).data["id"]
        for more in ({}, {"bookings": [meeting() | {"resource_id": SECOND_ROOM.id}]})
    )
    assert desk.call("DELETE", f"/api/v1/resources/{ROOM.id}").status == 204

    def shown() -> list[tuple[str, bool]]:
        found = desk.get(PLAN, start_date="2030-04-15").data["attributes"]
        assert len(found["bookings"]) == 2
        return [(each["id"], each["archived"]) for each in found["resources"]]

    assert shown() == [(SECOND_ROOM.id, False), (DESKS.id, False), (ROOM.id, True)]
    listed = desk.get("/api/v1/bookings", filter_resources=ROOM.id, filter_start_date="2030-04-01")
    assert listed.ids == [f"{first}-1"]

    def moved(id: str, hour: int) -> int:
        to = {
            "start_date": f"2030-04-15T{hour}:00:00+02:00",
            "end_date": f"2030-04-15T{hour + 1}:00:00+02:00",
        }
        there = {"resources": {"data": [{"type": "resources", "id": ROOM.id}]}}
        data = {"type": "bookings", "id": f"{id}-1", "attributes": to, "relationships": there}
        return desk.call("PATCH", f"/api/v1/bookings/{id}-1", {"data": data}).status

    assert (moved(first, 12), moved(other, 14)) == (200, 422)
    new = desk.call("POST", "/api/v1/orders/from-config", order(meeting(NINE + timedelta(hours=7))))
    assert [code for code, _ in new.refusals] == ["resource_not_found"]


@pytest.mark.parametrize("lacks", ["orders:read", "catalog:read"])
def test_it_takes_both_scopes(desk: Client, lacks: str) -> None:
    both = {"orders:read", "catalog:read"}
    able = replace(desk, token=token_of(desk.on.demo["organization_id"], *both))
    assert able.get(PLAN, start_date="2030-04-15").status == 200
    unable = replace(desk, token=token_of(desk.on.demo["organization_id"], *(both - {lacks})))
    refused = unable.get(PLAN, start_date="2030-04-15")
    assert (refused.status, refused.document["errors"][0]["code"]) == (403, "unauthorized")
    assert lacks in refused.document["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ({}, "parameter_required", "start_date"),
        ({"start_date": "tomorrow"}, "invalid_parameter", "start_date"),
        ({"start_date": "2030-04-15", "end_date": "2030-04-14"}, "end_before_start", "end_date"),
        ({"start_date": "2030-04-15", "end_date": "2030-04-23"}, "invalid_parameter", "end_date"),
        ({"start_date": "2030-04-15", "timezone": "Mars"}, "invalid_timezone", "timezone"),
        ({"start_date": "2030-04-15", "resource_id": "x" * 129}, "invalid_parameter", "resource_id"),
        ({"start_date": "9999-12-31"}, "invalid_parameter", "start_date"),
    ],
)
def test_what_can_not_be_planned_is_refused(desk: Client, query: Any, code: str, parameter: str) -> None:
    answer = desk.get(PLAN, **query)
    assert (answer.status, answer.refusals) == (400, [(code, parameter)])


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


def test_a_full_week_costs_what_is_on_it(on: Table) -> None:
    """200 resources, and bookings of as many customers: in .ci/run, the maximum."""
    many = 3_000 if THOROUGH else 500
    rooms = [Resource(id=f"room-{n}", name=f"Room {n}", opening_hours=ROOM.opening_hours) for n in range(197)]
    store = on.store
    customers = [
        Customer(id=str(UUID(int=n)), given_name="Maximiliane", family_name=f"von Hohenstein-Beispiel {n}")
        for n in range(many)
    ]
    rows = [items.catalog_row(ORG, each) for each in (*rooms, *customers)]
    for at in range(0, len(rows), 25):
        on.client.batch_write_item(
            RequestItems={on.name: [{"PutRequest": {"Item": row}} for row in rows[at : at + 25]]}
        )

    def sold(count: int) -> Iterator[Any]:
        for n in range(count):
            start = MONDAY + n % 7 * DAY + (7 + n // 7 % 14) * 3600
            yield an_order(
                n,
                (start, start + 3600),
                made=MONDAY - 40 * DAY,
                resource=f"room-{n % 197}",
                customers=[customers[n].id],
            )

    put(on, sold(many))
    put(on, iter([an_order(9_999, (MONDAY + 30 * DAY, MONDAY + 30 * DAY + 3600), made=MONDAY - 40 * DAY)]))
    world = Readers(store, ListTable(store), CatalogTable(store))

    with read_from(store) as reading:
        began = time.perf_counter()
        made = make_plan(Context(ORG, CLOCK), date(2030, 4, 15), 7, (), None, world)
        print(f"{time.perf_counter() - began:.2f} s, {reading}")
    assert (len(made.rows), len(made.bookings)) == (200, many)
    # The organization, rooms, bookings, their orders and customers, one service; and the keys of the two lists.
    assert reading.items == 1 + 200 + 3 * many + 1 <= MAX_ITEMS
    assert reading.keys == 200 + many
    assert reading.calls <= 1 + 1 + 10 + 62 + 31
    from frontdesk.api.bounds import to_json

    size = len(to_json(plan_resource(made, "https://api.example.com" + PLAN)))
    print(size)
    assert size < MAX_BYTES
