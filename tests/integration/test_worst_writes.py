"""The worst request of each writing, looked for by counted work as in test_worst_requests.py: any field of its body, with too much in it.

The fields are those of the served document, so a new one is looked at too.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from frontdesk.api.openapi.operations import openapi_document
from frontdesk.api.routes import PUBLIC, ROUTES, Route
from frontdesk.domain.requests.envelope import MAX_VALUES
from tests.integration.test_worst_requests import World, search, there, worst_of  # noqa: F401
from tests.support.demo import NINE, desks, meeting, order
from tests.support.openapi import resolved

DAY = str(NINE.date())
# What may be in a field, and how often.
KINDS = {
    "wrong": lambda n: [0.5] * n,
    "nulls": lambda n: [None] * n,
    "objects": lambda n: [{}] * n,
    "one": lambda n: ["room"] * n,
    "ids": lambda n: [f"x{i}" for i in range(n)],
    "identifiers": lambda n: {"data": [{"type": "resources", "id": f"x{i}"} for i in range(n // 3)]},
    "counts": lambda n: {f"x{i}": 1 for i in range(n)},
    "lists": lambda n: {f"x{i}": [{}] for i in range(n // 2)},
    "dates": lambda n: {DAY: [["00:00", "00:01"]] * (n // 3)},
    "text": lambda n: "x" * 10 * n,
    "moment": lambda n: f"{2030 + n % 170}-06-01T09:00:00Z",
    "number": lambda n: 10**n if n < 400 else n,
}
# Of all fields of a body together.
SIZES = [96, 1_000, MAX_VALUES // 10]


class Load(NamedTuple):
    """So much of this kind in a field, in each of so many bookings."""

    field: str
    kind: str
    size: int
    bookings: int = 1


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the properties of a schema, and of those that it is made of."""
    schema = resolved(schema)
    found = dict(schema.get("properties", {}))
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
        found |= _properties(part)
    return found if found or "items" not in schema else _properties(schema["items"])


def _body_of(route: Route) -> dict[str, Any] | None:
    path = route.path.replace("<", "{").replace(">", "}")
    body = openapi_document()["paths"][path][route.method.lower()].get("requestBody")
    return None if body is None else _properties(next(iter(resolved(body)["content"].values()))["schema"])


def _fields(route: Route) -> list[str]:
    """Returns the places of a body: `attributes.name`, `bookings.note`, `timezone`."""
    body = _body_of(route) or {}
    found = []
    for name, schema in body.items():
        if name == "data":
            for part in ("attributes", "relationships"):
                found += [f"{part}.{each}" for each in _properties(_properties(schema).get(part, {}))]
        elif name == "bookings":
            found += [f"bookings.{each}" for each in _properties(schema)]
        found.append(name)
    return [each for each in found if each not in ("data", "meta", "links", "included", "jsonapi")]


def _loaded(route: Route, loads: list[Load], id: str) -> dict[str, Any]:
    if "data" not in (_body_of(route) or {}):
        body: dict[str, Any] = order(meeting()) if "bookings" in (_body_of(route) or {}) else {}
        for field, kind, size, bookings in loads:
            value = KINDS[kind](size // bookings // len(loads))
            name, _, part = field.partition(".")
            if part:
                body["bookings"] = [
                    {**each, part: value} for each in (body["bookings"] * bookings)[:bookings]
                ]
            else:
                body[name] = value
        return body
    data: dict[str, Any] = {"type": route.path.split("/")[3], "attributes": {}, "relationships": {}}
    if route.method == "PATCH":
        data["id"] = id
    for field, kind, size, _ in loads:
        part, _, name = field.partition(".")
        data.setdefault(part, {})[name] = KINDS[kind](size // len(loads))
    return {"data": data}


WRITES = [
    route for route in ROUTES
    if route.method in ("POST", "PATCH") and route.scope != PUBLIC and _fields(route)
]  # fmt: skip
# What the world has one of.
NAMED = {"add_on_id": "add-ons", "voucher_id": "vouchers", "timeslot_series_id": "timeslot-series"}
MORE: dict[str, dict[str, Any]] = {
    "add-ons": {"name": "A", "price": 1, "tax_rate": 0},
    "vouchers": {"code": "WORST", "percent": 10},
    "timeslot-series": {"name": "S", "slots": {"mon": [["09:00", "10:00"]]}},
}


@pytest.fixture(scope="module")
def ids(there: World) -> dict[str, str]:  # noqa: F811
    found = dict(there.ids)
    for name, type in NAMED.items():
        document = {"data": {"type": type, "attributes": MORE[type]}}
        found[name] = there.client.call("POST", f"/api/v1/{type}", document).data["id"]
    return found


def _with_ids(path: str, ids: Mapping[str, str]) -> str:
    for name, id in ids.items():
        path = path.replace(f"<{name}>", id)
    return path


@pytest.mark.thorough
@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.name)
def test_no_writing_is_more_work_than_it_may_be(route: Route, there: World, ids: dict[str, str]) -> None:  # noqa: F811
    path = _with_ids(route.path, ids)
    load = st.builds(
        Load,
        field=st.sampled_from(_fields(route)),
        kind=st.sampled_from([*KINDS]),
        size=st.sampled_from(SIZES),
        bookings=st.sampled_from([1, 10, 100]),
    )

    loads = st.lists(load, min_size=1, max_size=8)
    worst_of(
        route,
        loads,
        lambda loads: there.work(route.method, path, _loaded(route, loads, path.rpartition("/")[2])),
        settings(search, max_examples=16),
    )


# What has no body: on an order of a hundred bookings, a tenth of the most.
STEPS = ("complete", "cancel", "check-in", "check-out", "cancel one")


@pytest.mark.thorough
@pytest.mark.parametrize("what", STEPS)
def test_no_step_of_an_order_reads_more_than_it_has(what: str, there: World) -> None:  # noqa: F811
    daily = {"recurring": {"frequency": "daily", "count": 100}}
    body = order(desks(1, minutes=60) | daily, complete_order=what != "complete")
    placed = there.client.call("POST", "/api/v1/orders/from-config", body)
    assert placed.status == 201, placed.document
    booking = placed.data["relationships"]["bookings"]["data"][50]["id"]
    path = f"orders/{placed.data['id']}/{what}"
    if what not in ("complete", "cancel"):
        path = f"bookings/{booking}/{what.removesuffix(' one')}"
    found = there.work("POST", f"/api/v1/{path}", {} if what == "complete" else None)
    assert found.status < 500
    assert found.items <= 500
