"""Availability as clients of the admin API read it. Source: shared conventions; the vendor's clients."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.usecases.context import Context
from tests.integration.conftest import new_moto_world
from tests.integration.test_admin_orders import Desk
from tests.support.demo import DESK, DESKS, MEETING, ORGANIZATION, ROOM

AVAILABILITY = "/api/v1/availability"
FAR = Resource(
    id="far", name="New York", timezone="America/New_York", opening_hours={"mon": [["09:00", "17:00"]]}
)
FAR_MEETING = Service(
    id="far-meeting",
    name="Far",
    price=100,
    tax_rate=Decimal(19),
    resource_ids=frozenset({FAR.id}),
    min_duration=60,
    booking_interval=60,
)
CLOSED = Resource(id="closed", name="Closed", opening_hours={"mon": [["09:00", "17:00"]]})
MONDAYS = Service(
    id="mondays",
    name="Mondays",
    price=100,
    tax_rate=Decimal(19),
    resource_ids=frozenset({CLOSED.id}),
    min_duration=60,
)
LATE = Service(
    id="late",
    name="Late",
    price=100,
    tax_rate=Decimal(19),
    resource_ids=frozenset({CLOSED.id}),
    min_duration=60,
    lead_time=60 * 24 * 366,
)


@pytest.fixture(scope="module")
def client() -> Iterator[Desk]:
    with new_moto_world() as made:
        store = world().store
        store.put_catalog(Context(ORGANIZATION.id, SystemClock(5)), [FAR, FAR_MEETING, CLOSED, MONDAYS, LATE])
        yield Desk(made, made.demo["token"])


def first(client: Desk, **asked: str) -> Any:
    return client.get(f"{AVAILABILITY}/start", **asked).document[0]["start_date"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # Clients read the local time from the text: ten in the morning is `10:00` in the requested zone.
        ({"timezone": "Europe/Berlin", "date": "2030-07-08"}, "2030-07-08T00:00:00+02:00"),
        ({"timezone": "Europe/Berlin", "date": "2030-01-07"}, "2030-01-07T00:00:00+01:00"),
        ({"timezone": "Asia/Tokyo", "date": "2030-07-08"}, "2030-07-08T00:00:00+09:00"),
        ({"timezone": "UTC", "date": "2030-07-08"}, "2030-07-08T00:00:00+00:00"),
        ({"date": "2030-07-08"}, "2030-07-08T00:00:00+02:00"),
        # The day is the resource's too.
        (
            {"date": "2030-07-08", "resource_id": FAR.id, "service_id": FAR_MEETING.id},
            "2030-07-08T00:00:00-04:00",
        ),
    ],
)
def test_starts_are_told_in_the_zone_that_is_asked_for_else_the_resources(
    client: Desk, asked: dict[str, str], expected: str
) -> None:
    assert first(client, **{"service_id": MEETING.id, "resource_id": ROOM.id} | asked) == expected


@pytest.mark.parametrize(
    ("resource", "timezone", "expected"),
    [
        (FAR.id, "Europe/Berlin", ["2030-07-08T15:00:00+02:00", "2030-07-08T23:00:00+02:00"]),
        (FAR.id, None, ["2030-07-08T09:00:00-04:00", "2030-07-08T17:00:00-04:00"]),
        (CLOSED.id, None, ["2030-07-08T09:00:00+02:00", "2030-07-08T17:00:00+02:00"]),
    ],
)
def test_periods_are_told_so_too(
    client: Desk, resource: str, timezone: str | None, expected: list[str]
) -> None:
    asked = {"resource_id": resource, "start_date": "2030-07-08", "end_date": "2030-07-08"}
    [period] = client.get(
        f"{AVAILABILITY}/periods", **asked, **({"timezone": timezone} if timezone else {})
    ).document[resource]
    assert [period["start_date"], period["end_date"]] == expected


def test_every_day_is_told_and_why_nothing_can_begin(client: Desk) -> None:
    client.places(
        {
            "resource_id": CLOSED.id,
            "service_id": {MONDAYS.id: 1},
            "start_date": "2030-07-08T09:00:00+02:00",
            "end_date": "2030-07-08T17:00:00+02:00",
        }
    )
    asked = {"start_date": "2030-07-07", "end_date": "2030-07-15"}

    def days(service: str, **more: str) -> list[tuple[str, bool, str | None]]:
        answer = client.get(f"{AVAILABILITY}/start-dates", service_id=service, **{**asked, **more})
        return [
            (each["date"][-2:], each["available"], each["unavailability_type"]) for each in answer.document
        ]

    assert days(MONDAYS.id) == [
        ("07", False, "off_schedule"),
        ("08", False, "booked_out"),
        *((f"{day:02}", False, "off_schedule") for day in range(9, 15)),
        ("15", True, None),
    ]
    soon = [(datetime.now(UTC) + timedelta(days=after)).date().isoformat() for after in (2, 9)]
    near = days(LATE.id, start_date=soon[0], end_date=soon[1])
    assert {reason for _, _, reason in near} == {"before_lead_time"}
    past = datetime.now(UTC).date().replace(day=1, month=1).isoformat()
    assert days(MONDAYS.id, start_date=past, end_date=past) == [("01", False, "in_the_past")]


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({f"service_id[{DESK.id}]": "3"}, [True, 12]),
        ({f"service_id[{DESK.id}]": "13"}, [False, 12]),
        ({f"service_id[{DESK.id}]": "3", "quantity": "3"}, [True, 12]),
        ({"service_id": DESK.id, "quantity": "13"}, [False, 12]),
    ],
)
def test_a_service_may_come_with_its_number(client: Desk, asked: dict[str, str], left: list[Any]) -> None:
    # A day without bookings.
    answer = client.get(f"{AVAILABILITY}/start", date="2030-09-03", resource_id=DESKS.id, **asked)
    noon = next(each for each in answer.document if each["start_date"][11:16] == "10:00")
    assert [noon["available"], noon["number_available"]] == left
    assert noon["remaining_number_available"] == noon["quota"] == noon["number_available"]


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({f"service_id[{DESK.id}]": "3", "quantity": "2"}, ("quantity_mismatch", "quantity")),
        ({f"service_id[{DESK.id}]": "0"}, ("invalid_parameter", f"service_id[{DESK.id}]")),
        ({"service_id[nothing]": "1"}, ("service_not_found", "service_id[nothing]")),
    ],
)
def test_a_number_that_is_none_is_refused(
    client: Desk, asked: dict[str, str], refusal: tuple[str, str]
) -> None:
    answer = client.get(f"{AVAILABILITY}/start", date="2030-09-03", **asked)
    assert (answer.status, answer.refusals) == (400, [refusal])


def test_periods_of_a_service_are_those_of_all_its_resources(client: Desk) -> None:
    asked = {"start_date": "2030-07-08", "end_date": "2030-07-08"}
    periods = client.get(f"{AVAILABILITY}/periods", service_id=MEETING.id, **asked).document
    assert sorted(periods) == sorted(MEETING.resource_ids)
    refused = client.get(f"{AVAILABILITY}/periods", service_id="nothing", **asked)
    assert refused.refusals == [("service_not_found", "service_id")]
