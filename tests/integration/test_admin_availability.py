"""Availability as clients use it: the calls, their cost on the table, and that an offered time can be booked."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.api.app import MEDIA_TYPE
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.availability.search import Named, Query
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.catalog.items import Organization, TimeslotSeries
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.availability import free_periods, possible_starts
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import place_order
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import as_admin, load_event
from tests.support.demo import DESK, DESKS, MEETING, NINE, ORGANIZATION, ROOM, SECOND_ROOM, meeting, order
from tests.support.engine import table
from tests.support.faults import counted
from tests.support.jsonapi import assert_jsonapi

START, PERIODS, DATES = (f"/api/v1/availability/{name}" for name in ("start", "periods", "start-dates"))
COURSE = TimeslotSeries(
    id="course",
    name="Course",
    quantity=8,
    slots={"mon": (("18:00", "19:30"),)},
    resource_ids=frozenset({ROOM.id}),
)


def ask(
    on: MotoWorld, path: str, *, token: str | None = None, accept: str | None = None, **parameters: Any
) -> tuple[int, Any]:
    """Returns status and body. A parameter that is a list is repeated. `r` stands for `r[]`."""
    several = {
        "r[]" if name == "r" else name: value if isinstance(value, list) else [value]
        for name, value in parameters.items()
    }
    event = as_admin("GET", path)
    event |= {
        "multiValueQueryStringParameters": several,
        "queryStringParameters": {name: values[-1] for name, values in several.items()},
    }
    event["headers"] |= {
        "Authorization": f"Bearer {token or on.demo['token']}",
        "Accept": accept or MEDIA_TYPE,
    }
    event["multiValueHeaders"] = None
    answer = on.invoke("admin", event)
    document = json.loads(answer["body"])
    plain = answer["statusCode"] == 200
    if not plain:
        assert_jsonapi(document)
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/json" if plain else MEDIA_TYPE]
    return answer["statusCode"], document


def place(on: MotoWorld, *bookings: dict[str, Any]) -> int:
    event = load_event("from_config") | {"body": json.dumps(order(*bookings, complete_order=False))}
    return int(on.invoke("from_config", event)["statusCode"])


def refused(answer: tuple[int, Any]) -> list[tuple[str, str]]:
    assert answer[0] == 400, answer
    return [(error["code"], error["source"]["parameter"]) for error in answer[1]["errors"]]


@pytest.mark.parametrize("accept", [MEDIA_TYPE, "application/json", "*/*", f"{MEDIA_TYPE}, application/json"])
def test_a_day_is_a_plain_array_whatever_is_accepted(moto_world: MotoWorld, accept: str) -> None:
    assert place(moto_world, meeting()) == 201
    status, starts = ask(
        moto_world,
        START,
        accept=accept,
        service_id=MEETING.id,
        resource_id=ROOM.id,
        date="2030-04-15",
        timezone="Europe/Berlin",
        duration="60",
    )

    assert (status, len(starts)) == (200, 96)
    by_time = {start["start_date"]: start for start in starts}
    assert by_time["2030-04-15T08:00:00+02:00"] == {
        "start_date": "2030-04-15T08:00:00+02:00",
        "end_date": "2030-04-15T09:00:00+02:00",
        "available": True,
        "number_available": 1,
        "remaining_number_available": 1,
        "quota": 1,
        "unavailability_type": None,
        "resource_ids": [ROOM.id],
    }
    assert by_time["2030-04-15T09:00:00+02:00"] == {
        "start_date": "2030-04-15T09:00:00+02:00",
        "end_date": "2030-04-15T10:00:00+02:00",
        "available": False,
        "number_available": 0,
        "remaining_number_available": 0,
        "quota": 0,
        "unavailability_type": "booked_out",
        "resource_ids": [],
    }


def test_what_a_client_is_offered_it_can_place_and_then_is_not_offered_again(moto_world: MotoWorld) -> None:
    asked = {"service_id": MEETING.id, "date": "2030-04-15", "duration": "90", "timezone": "Europe/Berlin"}
    for left in (2, 1, 0):
        offer = next(
            start
            for start in ask(moto_world, START, **asked)[1]
            if start["start_date"] == "2030-04-15T09:15:00+02:00"
        )
        assert (offer["number_available"], len(offer["resource_ids"]), offer["available"]) == (
            left,
            left,
            left > 0,
        )
        booking = {
            "service_id": {MEETING.id: 1},
            "start_date": offer["start_date"],
            "end_date": offer["end_date"],
        }
        resource = next(iter(offer["resource_ids"]), ROOM.id)
        assert place(moto_world, booking | {"resource_id": resource}) == (201 if left else 422)


@pytest.mark.parametrize(
    "named",
    [
        {"r": [ROOM.id, SECOND_ROOM.id]},
        {"resource_id": f"{ROOM.id}, {SECOND_ROOM.id}"},
        {"resource_id": [ROOM.id, SECOND_ROOM.id, ROOM.id]},
        {"resource_id[]": [ROOM.id], "r": SECOND_ROOM.id},
        {},
    ],
)
def test_several_resources_are_named_as_clients_name_them(
    moto_world: MotoWorld, named: dict[str, Any]
) -> None:
    starts = ask(moto_world, START, service_id=MEETING.id, date="2030-04-15", **named)[1]

    assert {tuple(start["resource_ids"]) for start in starts} == {(), (ROOM.id, SECOND_ROOM.id)}


def test_periods_are_told_by_id(moto_world: MotoWorld) -> None:
    world().store.put_catalog(Context(ORGANIZATION.id, SystemClock(10)), [COURSE])
    assert place(moto_world, meeting()) == 201
    asked = {"start_date": "2030-04-15", "end_date": "2030-04-15", "timezone": "Europe/Berlin"}
    status, periods = ask(moto_world, PERIODS, r=[ROOM.id, DESKS.id], timeslot_series_id="course", **asked)

    assert status == 200
    assert periods == {
        ROOM.id: [
            {"start_date": "2030-04-15T07:00:00+02:00", "end_date": "2030-04-15T09:00:00+02:00", "quota": 1},
            {"start_date": "2030-04-15T09:00:00+02:00", "end_date": "2030-04-15T10:00:00+02:00", "quota": 0},
            {"start_date": "2030-04-15T10:00:00+02:00", "end_date": "2030-04-15T22:00:00+02:00", "quota": 1},
        ],
        DESKS.id: [
            {"start_date": "2030-04-15T00:00:00+02:00", "end_date": "2030-04-16T00:00:00+02:00", "quota": 12}
        ],
        "course": [
            {"start_date": "2030-04-15T18:00:00+02:00", "end_date": "2030-04-15T19:30:00+02:00", "quota": 1}
        ],
    }


@pytest.mark.parametrize(
    "end",
    ["2030-04-15T08:30:00Z", "2030-04-15T10:30:00+02:00", "2030-04-15T10:30:00 02:00", "2030-04-15 10:30"],
)
def test_a_range_may_be_told_to_the_minute(moto_world: MotoWorld, end: str) -> None:
    periods = ask(
        moto_world, PERIODS, resource_id=ROOM.id, start_date="2030-04-15T08:00:00+02:00", end_date=end
    )[1]

    assert periods[ROOM.id] == [
        {"start_date": "2030-04-15T08:00:00+02:00", "end_date": "2030-04-15T10:30:00+02:00", "quota": 1}
    ]


def test_dates_are_those_with_an_available_start(moto_world: MotoWorld) -> None:
    world().store.put_catalog(Context(ORGANIZATION.id, SystemClock(10)), [COURSE])
    asked = {
        "service_id": MEETING.id,
        "resource_id": ROOM.id,
        "start_date": "2030-04-15",
        "end_date": "2030-04-28",
        "duration": "600",
    }
    assert place(moto_world, meeting(NINE.replace(hour=14))) == 201

    status, dates = ask(moto_world, DATES, **asked)
    assert (status, [day["date"] for day in dates]) == (200, [f"2030-04-{day}" for day in range(15, 29)])
    assert [day["unavailability_type"] for day in dates] == ["booked_out", *[None] * 13]
    # From 07:00 to 12:00.
    assert dates[1] == {
        "date": "2030-04-16",
        "available": True,
        "available_starts": 21,
        "unavailability_type": None,
    }
    del asked["duration"]
    mondays = ask(moto_world, DATES, timeslot_series_id="course", **asked)[1]
    assert [day["date"] for day in mondays if day["available"]] == ["2030-04-15", "2030-04-22"]
    assert {day["unavailability_type"] for day in mondays} == {None, "off_schedule"}


def test_everything_wrong_with_the_parameters_is_said_at_once(moto_world: MotoWorld) -> None:
    assert refused(ask(moto_world, START)) == [
        ("parameter_required", "date"),
        ("parameter_required", "service_id"),
    ]
    assert refused(ask(moto_world, DATES, service_id=MEETING.id)) == [
        ("parameter_required", "start_date"),
        ("parameter_required", "end_date"),
    ]
    assert refused(ask(moto_world, PERIODS)) == [
        ("parameter_required", "start_date"), ("parameter_required", "end_date"), ("parameter_required", "r[]"),
    ]  # fmt: skip
    wrong = {
        "service_id": "none",
        "r": ["nothing", "x" * 129],
        "date": "2030-04-31",
        "timezone": "Berlin",
        "duration": "1h",
        "quantity": "0",
        "timeslot_series_id": "a,b",
    }
    # Unknown parameters are reported before any value is read.
    assert refused(ask(moto_world, START, **wrong, **{"page[size]": "50"})) == [
        ("unknown_parameter", "page[size]")
    ]
    assert sorted(refused(ask(moto_world, START, **wrong))) == [
        ("invalid_parameter", "date"),
        ("invalid_parameter", "duration"),
        ("invalid_parameter", "quantity"),
        ("invalid_parameter", "r[]"),
        ("invalid_parameter", "timeslot_series_id"),
        ("invalid_timezone", "timezone"),
        ("resource_not_found", "r[]"),
        ("service_not_found", "service_id"),
        ("timeslot_series_not_found", "timeslot_series_id"),
    ]
    twice = ask(moto_world, START, service_id=MEETING.id, date=["2030-04-15", "2030-04-16"])
    assert refused(twice) == [("invalid_parameter", "date")]
    crowd = {"r": [f"r{i}" for i in range(101)], "start_date": "2030-04-15", "end_date": "2030-04-15"}
    assert refused(ask(moto_world, PERIODS, **crowd)) == [("invalid_parameter", "r[]")]
    far = {"service_id": MEETING.id, "start_date": "2030-01-01", "end_date": "2030-04-03"}
    assert refused(ask(moto_world, DATES, **far)) == [("invalid_parameter", "end_date")]


@pytest.mark.parametrize(
    ("path", "parameters"),
    [(START, {"service_id": MEETING.id, "date": "2030-04-15"}), (PERIODS, {"r": ROOM.id}), (DATES, {})],
)
def test_a_token_needs_the_scope_and_its_own_organization(
    moto_world: MotoWorld, path: str, parameters: dict[str, str]
) -> None:
    store, other = world().store, Organization(id="other", name="Other", timezone="UTC", currency="EUR")
    tokens = {}
    for organization, scope in ((ORGANIZATION.id, "catalog:read"), (other.id, "orders:read")):
        text = new_token(organization)
        presented = read_token(text)
        assert presented
        store.put_catalog(
            Context(organization, SystemClock(10)),
            [Token(id=presented.digest, organization_id=organization, name="t", scopes={scope})],
        )  # type: ignore[arg-type]
        tokens[organization] = text
    store.put_catalog(Context(other.id, SystemClock(10)), [other])

    assert ask(moto_world, path, token=tokens[ORGANIZATION.id], **parameters)[0] == 403
    assert ask(moto_world, path, token="fd.none.of-these", **parameters)[0] == 401
    dates = {"start_date": "2030-04-15", "end_date": "2030-04-16"} if path != START else {}
    found = refused(
        ask(
            moto_world,
            path,
            token=tokens[other.id],
            **{"service_id": MEETING.id} if path == DATES else {},
            **parameters,
            **dates,
        )
    )
    assert {code for code, _ in found} <= {"service_not_found", "resource_not_found"}


def test_a_day_and_a_month_cost_two_reads_and_the_same_whatever_is_booked(memory_dynamodb: None) -> None:
    month = Query(
        Named("service_id"),
        Named("r[]", (DESKS.id,)),
        Named("timeslot_series_id"),
        date(2030, 4, 1),
        date(2030, 4, 30),
        "Europe/Berlin",
    )
    day = Query(
        Named("service_id", (DESK.id,)),
        Named("r[]", (DESKS.id,)),
        Named("timeslot_series_id"),
        date(2030, 4, 15),
        date(2030, 4, 15),
    )
    with table(memory_dynamodb) as on:
        items_read: list[int] = []

        def read() -> tuple[list[str], list[int]]:
            items_read.clear()
            with counted(on.store) as sent:
                free_periods(Context(ORGANIZATION.id, SystemClock(10)), month, on.store)
                possible_starts(Context(ORGANIZATION.id, SystemClock(10)), day, on.store)
            return list(sent), list(items_read)

        batch_get = on.store.batch_get

        def noted(*args: Any, **kwargs: Any) -> Any:
            found = batch_get(*args, **kwargs)
            items_read.append(len(found))
            return found

        on.store.batch_get = noted  # type: ignore[method-assign]
        book(on.store, hours=[0])
        few = read()
        book(on.store, hours=[1, 2, 3, 4, 5, 6])
        many = read()

    assert few[0] == many[0] == ["BatchGetItem"] * 4
    # The organization and the resource; its days; the organization, the service and the resource; its day.
    assert few[1] == many[1] == [2, 30, 3, 2]


def book(store: DynamoStore, hours: Sequence[int]) -> None:
    """Books desks in each of these hours (UTC) of each day of the month."""
    for day, hour in product(range(1, 31), hours):
        start = datetime(2030, 4, day, hour, tzinfo=UTC)
        booking = {"resource_id": DESKS.id, "service_id": {DESK.id: 1}, "start_date": start.isoformat()}
        body = {"bookings": [booking | {"end_date": start.replace(minute=45).isoformat()}]}
        place_order(Context(ORGANIZATION.id, SystemClock(10)), read_config(body), store)
