"""An import reads back what the export of bookings writes, in an empty organization with the same catalog under other ids."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from frontdesk.adapters.dynamodb.items import key_of, to_item
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Organization, Resource, Service, TimeslotSeries
from frontdesk.domain.ledger import Ledger
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from tests.integration.client import Client
from tests.integration.conftest import MotoWorld, new_moto_world
from tests.support.aftermath import findings
from tests.support.demo import (
    ADA,
    BERND,
    CATALOG,
    COFFEE,
    DESKS,
    NINE,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    SUMMER20,
    desks,
    in_use,
    meeting,
    order,
)
from tests.support.exports import exported, file_of, imported

ORDERS, BOOKINGS = "/api/v1/orders", "/api/v1/bookings"
DAY = timedelta(days=1)
TWIN = "twin"
# Names that an import would split, and one that begins like a formula.
YORK = Resource(id="york", name="=York; east", external_id="NY", timezone="America/New_York", quantity=3)
CLEANING = Service(
    id="cleaning", name="Cleaning, deep", price=1500, tax_rate=19, is_net_price=True, default_weight=1
)
LATE = Service(
    id="late",
    name="Late",
    price=1000,
    tax_rate=19,
    lead_time=60 * 24 * 366,
    resource_ids=frozenset({YORK.id}),
)
COURSE = TimeslotSeries.model_validate(
    {"id": "course", "name": "Yoga", "quantity": 5, "slots": {"tue": [["09:00", "10:00"]]}}
)
CLEANING = CLEANING.model_copy(update={"resource_ids": frozenset({SECOND_ROOM.id, YORK.id})})
OFFERED = [*CATALOG, YORK, CLEANING, LATE, COURSE]


def twin(item: Any) -> Any:
    """Returns the same item for the other organization: the same name, another id."""
    if isinstance(item, Organization):
        return item.model_copy(update={"id": TWIN})
    changes = {"id": f"twin-{item.id}"}
    if hasattr(item, "resource_ids"):
        changes |= {"resource_ids": frozenset(f"twin-{id}" for id in item.resource_ids)}
    return item.model_copy(update=changes)


@pytest.fixture(scope="module")
def on() -> Iterator[MotoWorld]:
    with new_moto_world() as made:
        store, clock = world().store, SystemClock(60)
        store.put_catalog(Context(ORGANIZATION.id, clock), OFFERED)
        offered = [twin(each) for each in OFFERED if each not in (ADA, BERND, SUMMER20)]
        store.put_catalog(Context(TWIN, clock), offered)
        yield made


@pytest.fixture(scope="module")
def client(on: MotoWorld) -> Client:
    return Client(on, on.demo["token"])


def at(zone: str, *when: int, **more: Any) -> dict[str, str]:
    start = datetime(*when, tzinfo=ZoneInfo(zone), **more)  # type: ignore[arg-type]
    end = start.astimezone(ZoneInfo("UTC")) + timedelta(hours=1)
    return {"start_date": start.isoformat(), "end_date": end.isoformat()}


@pytest.fixture(scope="module")
def placed(client: Client) -> None:
    def place(*bookings: dict[str, Any], **more: Any) -> Any:
        body = order(*bookings, **{"notify_customer": False, **more})
        answer = client.call("POST", f"{ORDERS}/from-config", body)
        assert answer.status == 201, answer.document
        return answer.data["relationships"]["bookings"]["data"]

    def york(service: Service, **more: Any) -> dict[str, Any]:
        return {"resource_id": YORK.id, "service_id": {service.id: 1}, **more}

    # Notes, prices by hand, add-ons, a voucher, several units of one service, and two rooms in one booking.
    place(
        meeting(note="=SUM(A1)\nsecond line", description="'=quoted", custom_price=4321, reason="regular"),
        desks(3, customer_note="+49 30 1234567", booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 2}]),
    )
    place(meeting(NINE + DAY, resource_id=[ROOM.id, SECOND_ROOM.id]), voucher_code=SUMMER20.code)
    # A series with a canceled booking, a moved one, and one of another customer.
    [_, second, third, *_] = place(meeting(NINE + 2 * DAY, recurring={"frequency": "daily", "count": 5}))
    assert client.call("POST", f"{BOOKINGS}/{second['id']}/cancel").status == 200
    moved = {
        "data": {
            "type": "bookings",
            "id": third["id"],
            "attributes": {"start_date": (NINE + 20 * DAY).isoformat()},
        }
    }
    assert client.call("PATCH", f"{BOOKINGS}/{third['id']}", moved).status == 200
    place(meeting(NINE + 30 * DAY), meeting(NINE + 31 * DAY, customer_id=BERND.id))
    # A sub-booking, a course, a blocker of a part of a resource, and an overbooking.
    part = {
        "resource_id": SECOND_ROOM.id,
        "service_id": {CLEANING.id: 1},
        "custom_price": 700,
        "reason": "half",
    }
    place(meeting(NINE + 40 * DAY, sub_bookings=[part]))
    place(york(CLEANING, **at("Europe/Berlin", 2030, 4, 16, 9), timeslot_series_id=COURSE.id))
    blocker = {"is_blocker": True, "title": "Repairs", "resource_id": [DESKS.id], "quantity": 4}
    blocker |= {name: meeting(NINE + 50 * DAY)[name] for name in ("start_date", "end_date")}
    answer = client.call("POST", BOOKINGS, {"data": {"type": "bookings", "attributes": blocker}})
    assert answer.status == 201, answer.document
    place(meeting(NINE), check_availability=False)
    # The hour that occurs twice, the day with a missing hour, and a booking sooner than the lead time allows.
    place(
        york(CLEANING, **at("America/New_York", 2030, 11, 3, 1)),
        york(CLEANING, **at("America/New_York", 2030, 11, 3, 1, fold=1)),
    )
    place(meeting(datetime(2030, 3, 31, 8, tzinfo=NINE.tzinfo), minutes=120))
    soon = datetime.now(ZoneInfo("Europe/Berlin")).replace(minute=0, second=0, microsecond=0) + 7 * DAY
    place(york(LATE, **at("Europe/Berlin", soon.year, soon.month, soon.day, 12)), check_availability=False)
    # Past bookings.
    past = datetime(2026, 1, 12, 9, tzinfo=NINE.tzinfo)
    place(meeting(past), meeting(NINE + 60 * DAY), check_availability=False)


def stored(on: MotoWorld, organization_id: str) -> list[tuple[Key, Any]]:
    found = []
    for (pk, sk), raw in on.items().items():
        named = key_of(pk, sk)
        if named and named[0] == organization_id:
            found.append((named[1], to_item(organization_id, named[1], raw)))
    return found


def occupied(items: list[tuple[Key, Any]]) -> dict[tuple[str, str, str], Any]:
    """Returns the units in use of each day of each resource and course."""
    return {
        (ledger.key.kind, ledger.key.owner.removeprefix("twin-"), ledger.key.day): used
        for _, ledger in items
        if isinstance(ledger, Ledger) and (used := in_use(ledger.segments))
    }


def booked(items: list[tuple[Key, Any]]) -> list[Any]:
    """Returns the content of each booking."""
    people = {key.id: item for key, item in items if key.kind == "customer"}
    orders = {item.id: item for _, item in items if isinstance(item, Order)}

    def name(id: str | None) -> str | None:
        return people[id].full_name if id else None

    return sorted(
        repr((
            each.start, each.end, each.blocker_start, each.blocker_end, each.status, each.no_show, each.weight, each.is_blocker,
            [id.removeprefix("twin-") for id in each.resource_ids], {id.removeprefix("twin-"): n for id, n in each.services.items()},
            each.amounts.total, each.currency, each.note, each.customer_note, each.title,
            orders[each.order_id].timezone, name(each.customer_id), bool(each.super_booking), bool(each.timeslot_series_id),
        ))
        for _, each in items
        if isinstance(each, Booking)
    )  # fmt: skip


@pytest.fixture(scope="module")
def moved_in(on: MotoWorld, client: Client, placed: None) -> list[dict[str, Any]]:
    """Imports all bookings into the other organization. Returns the result of each row."""
    made = exported(client, kind="bookings", format="csv", language="en")
    return imported(on, TWIN, "first.csv", file_of(made, ORGANIZATION.id))


def test_the_same_days_are_taken_in_an_empty_organization(
    on: MotoWorld, client: Client, moved_in: list[dict[str, Any]]
) -> None:
    """In each format and language. Importing again creates nothing new."""
    here = stored(on, ORGANIZATION.id)
    assert len([item for _, item in here if isinstance(item, Booking)]) == 21
    assert {each["result"] for each in moved_in} == {"created"}, moved_in
    for form, language in product(("csv", "xlsx"), ("en", "de")):
        made = exported(client, kind="bookings", format=form, language=language)
        results = imported(on, TWIN, f"from-{language}.{form}", file_of(made, ORGANIZATION.id))
        errors = [each["errors"] for each in results if each["errors"]]
        assert {each["result"] for each in results} == {"unchanged"}, errors
        there = stored(on, TWIN)
        assert occupied(there) == occupied(here)
        assert booked(there) == booked(here)
        assert findings(there, SystemClock(1).now()) == []


def test_customers_come_back_with_all_that_staff_know_of_them(on: MotoWorld, client: Client) -> None:
    attributes = {
        "family_name": "@Home",
        "notes": "-5 %\nfrom July on",
        "mobile": "+49 170 1",
        "external_id": "K-7",
        "locale": "de",
    }
    body = {"data": {"type": "customers", "attributes": attributes}}
    assert client.call("POST", "/api/v1/customers", body).status == 201
    for language in ("en", "de"):
        made = exported(client, kind="customers", language=language)
        results = imported(on, TWIN, f"customers-{language}.csv", file_of(made, ORGANIZATION.id))
        assert not [each["errors"] for each in results if each["errors"]]
    there = [item for _, item in stored(on, TWIN) if getattr(item, "external_id", None) == "K-7"]
    assert [{name: getattr(each, name) for name in attributes} for each in there] == [attributes]


def test_a_part_of_a_file_is_read_back_without_its_signs(
    on: MotoWorld, client: Client, moved_in: list[dict[str, Any]]
) -> None:
    """If a person removes columns, the rules about times apply, as for any file."""
    columns = ["start_date", "end_date", "resource", "service", "customer_email", "price", "status"]
    period = {"start": "2030-04-15", "end": "2030-04-15"}
    made = exported(client, kind="bookings", columns=columns, period=period, language="de")
    results = imported(on, TWIN, "part.csv", file_of(made, ORGANIZATION.id))
    assert {error["code"] for each in results for error in each["errors"]} == {"slot_unavailable"}
