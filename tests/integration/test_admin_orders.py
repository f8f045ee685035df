"""Orders and bookings as clients of the admin API find, change and delete them. Source: shared conventions."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Organization
from frontdesk.domain.orders.order import order_id_of
from frontdesk.domain.time.intervals import iso
from frontdesk.usecases.context import Context
from tests.integration.client import Answer, Client, token_of
from tests.integration.conftest import MotoWorld
from tests.support.demo import (
    ADA,
    BERND,
    COFFEE,
    DESK,
    DESKS,
    MEETING,
    NINE,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    SUMMER20,
    desks,
    meeting,
    order,
)
from tests.support.faults import requested

Json = dict[str, Any]
ORDERS, BOOKINGS = "/api/v1/orders", "/api/v1/bookings"
BASE = "https://api.example.com/live"
HOUR = timedelta(hours=1)
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Desk(Client):
    """A client that books."""

    def places(self, *bookings: Json, **fields: Any) -> Any:
        answer = self.call("POST", f"{ORDERS}/from-config", order(*bookings, **fields))
        assert answer.status == 201, answer.document
        return answer.data

    def books(self, attributes: Json, relationships: Json | None = None, **query: str) -> Answer:
        return self.call("POST", BOOKINGS, booking_document(attributes, relationships), **query)


def booking_document(attributes: Json, relationships: Json | None = None) -> Json:
    data = {"type": "bookings", "attributes": attributes} | (
        {"relationships": relationships} if relationships else {}
    )
    return {"data": data}


def to_one(type: str, id: str | None) -> Json:
    return {"data": None if id is None else {"type": type, "id": id}}


def at(hours: float = 0, length: float = 1) -> Json:
    """Returns the times of a booking, this many hours after nine."""
    start = NINE + hours * HOUR
    return {"start_date": start.isoformat(), "end_date": (start + length * HOUR).isoformat()}


IN_ROOM = {"resource": to_one("resources", ROOM.id), "service": to_one("services", MEETING.id)}
BLOCKED = {"is_blocker": True, "title": "Painters", **at(length=3)}


def bookings_of(placed: Json) -> list[str]:
    return [booking["id"] for booking in placed["relationships"]["bookings"]["data"]]


@pytest.fixture
def client(moto_world: MotoWorld) -> Desk:
    return Desk(moto_world, moto_world.demo["token"])


@pytest.fixture
def stranger(moto_world: MotoWorld) -> Desk:
    """A client that may do everything in another organization."""
    world().store.put_catalog(
        Context("other", SystemClock(5)),
        [Organization(id="other", name="Other", timezone="UTC", currency="EUR")],
    )
    return Desk(moto_world, token_of("other", "*"))


# Pages


def test_everything_is_seen_by_following_next(client: Desk) -> None:
    daily = {"frequency": "daily", "count": 40}
    client.places(desks(1, recurring=daily), desks(2, NINE + timedelta(days=60), recurring=daily))
    client.places(meeting())
    client.places(meeting(NINE + HOUR))

    seen: list[str] = []
    answer = client.get(BOOKINGS, page_size="50")
    pages = [answer.document["meta"]["page"]]
    while True:
        seen += answer.ids
        following = answer.document["links"].get("next")
        if following is None:
            break
        assert following.startswith(f"{BASE}{BOOKINGS}?")
        answer = client.get(following)
        pages.append(answer.document["meta"]["page"])

    assert pages == [
        {"current-page": 1, "per-page": 50, "from": 1, "to": 50, "total": 82, "last-page": 2},
        {"current-page": 2, "per-page": 50, "from": 51, "to": 82, "total": 82, "last-page": 2},
    ]
    assert len(seen) == len(set(seen)) == 82
    in_orders = [id for placed in client.get(ORDERS).data for id in bookings_of(placed)]
    assert set(seen) == set(in_orders)


def test_links_keep_what_was_asked_for(client: Desk) -> None:
    for hour in range(3):
        client.places(meeting(NINE + hour * HOUR))

    links = client.get(
        BOOKINGS, filter_resources=ROOM.id, sort="-start_date", page_size="1", page_number="2"
    ).document["links"]

    assert {name: dict(parse_qsl(urlsplit(link).query)) for name, link in links.items()} == {
        name: {"filter[resources]": ROOM.id, "sort": "-start_date", "page[size]": "1", "page[number]": number}
        for name, number in {"self": "2", "first": "1", "prev": "1", "next": "3", "last": "3"}.items()
    }


def test_a_list_of_nothing_is_one_empty_page(client: Desk) -> None:
    for path in (ORDERS, BOOKINGS):
        document = client.get(path).document
        assert (
            document["data"],
            document["meta"]["page"]["total"],
            document["meta"]["page"]["last-page"],
        ) == ([], 0, 1)
        assert "next" not in document["links"]


# Filters


def test_a_day_has_what_reaches_into_it(client: Desk) -> None:
    at_night = client.places(desks(1, NINE + 14 * HOUR, 120))  # 23:00 to 01:00
    on_day = client.places(desks(1))
    [night], [day] = bookings_of(at_night), bookings_of(on_day)

    def of_day(date: str, **more: str) -> list[str]:
        return client.listed(BOOKINGS, filter_start_date=date, filter_end_date=date, **more)

    # Berlin is two hours ahead of UTC: a booking that begins at 23:00 there ends on the next local day, but on the same UTC day.
    assert of_day("2030-04-14") == []
    assert of_day("2030-04-15") == [day, night]
    assert of_day("2030-04-16") == [night]
    assert of_day("2030-04-16", timezone="UTC") == []
    assert of_day("2030-04-15", filter_resources=DESKS.id) == [day, night]
    assert of_day("2030-04-15", filter_resources=f"{ROOM.id},{DESKS.id}", sort="-start_date") == [night, day]
    assert of_day("2030-04-15", filter_resources=ROOM.id) == []
    moment = (NINE + 15 * HOUR).isoformat()
    assert client.listed(BOOKINGS, filter_start_date=moment) == [night]
    assert client.listed(BOOKINGS, filter_end_date=moment) == [day, night]
    # If a client does not encode the plus of an offset, it arrives as a space.
    assert client.listed(BOOKINGS, filter_start_date=moment.replace("+", " ")) == [night]


def test_upcoming_is_what_has_not_ended(client: Desk) -> None:
    past = client.places(meeting(NINE - timedelta(days=365 * 8)), check_availability=False)
    now = NINE.fromtimestamp(SystemClock(5).now(), NINE.tzinfo)
    going_on = client.places(meeting(now - HOUR, 120), check_availability=False)
    to_come = client.places(meeting(now + 240 * HOUR), check_availability=False)

    expected = [*bookings_of(going_on), *bookings_of(to_come)]
    assert client.listed(BOOKINGS, filter_upcoming_only="1") == expected
    assert client.listed(BOOKINGS, filter_upcoming_only="true", filter_resources=ROOM.id) == expected
    assert (
        client.listed(
            BOOKINGS, filter_upcoming_only="1", filter_resources=ROOM.id, filter_start_date="2022-01-01"
        )
        == expected
    )
    assert client.listed(BOOKINGS, filter_resources=ROOM.id) == [*bookings_of(past), *expected]


@pytest.mark.parametrize("narrowed", [{}, {"filter_resources": ROOM.id}, {"filter_customer": ADA.id}])
def test_nothing_is_upcoming_in_a_time_that_is_over(client: Desk, narrowed: dict[str, str]) -> None:
    now = NINE.fromtimestamp(SystemClock(5).now(), NINE.tzinfo)
    client.places(meeting(now - HOUR, 120), check_availability=False)
    with requested(world().store) as calls:
        assert (
            client.listed(BOOKINGS, filter_upcoming_only="1", filter_end_date="2023-01-01", **narrowed) == []
        )
    for request in (
        request
        for name, request in calls
        if name == "Query" and "BETWEEN" in request["KeyConditionExpression"]
    ):
        # DynamoDB, unlike moto, refuses a range that ends before it begins.
        first, last = re.findall(r"BETWEEN (:\w+) AND (:\w+)", request["KeyConditionExpression"])[0]
        values = request["ExpressionAttributeValues"]
        assert values[first]["S"] <= values[last]["S"]


def test_orders_and_bookings_are_found_by_status(client: Desk) -> None:
    kept, gone, draft = (
        client.places(meeting()),
        client.places(meeting(NINE + HOUR)),
        client.places(desks(1), complete_order=False),
    )
    assert client.call("POST", f"{ORDERS}/{gone['id']}/cancel").status == 200

    for status, placed in {"completed": kept, "canceled": gone, "draft": draft}.items():
        assert client.listed(ORDERS, filter_status=status) == [placed["id"]]
    for status, placed in {"accepted": kept, "canceled": gone, "reserved": draft}.items():
        assert client.listed(BOOKINGS, filter_status=status) == bookings_of(placed)
    assert set(client.listed(BOOKINGS, filter_status="accepted, canceled")) == {
        *bookings_of(kept),
        *bookings_of(gone),
    }


def test_a_customer_is_found_by_id_address_and_name(client: Desk) -> None:
    of_ada = client.places(meeting(), desks(1, customer_id=BERND.id))
    of_bernd = client.places(meeting(NINE + HOUR), order_customer_id=BERND.id)
    of_nobody = client.places(meeting(NINE + 2 * HOUR), order_customer_id=None)
    hers, guest = bookings_of(of_ada)
    [his], [no_ones] = bookings_of(of_bernd), bookings_of(of_nobody)

    for found in (
        {"filter_customer": ADA.id},
        {"filter_email": " ADA@example.com"},
        {"filter_search": "lovelace"},
    ):
        assert client.listed(ORDERS, **found) == [of_ada["id"]]
        assert client.listed(BOOKINGS, **found) == [hers]
    assert set(client.listed(BOOKINGS, filter_customer=BERND.id)) == {guest, his}
    assert client.listed(BOOKINGS, filter_customer=BERND.id, filter_resources=ROOM.id) == [his]
    assert client.listed(ORDERS, filter_customer=BERND.id) == [of_bernd["id"]]
    assert client.listed(BOOKINGS, filter_email="nobody@example.com") == []
    assert client.listed(BOOKINGS, filter_email=str(ADA.email), filter_customer=BERND.id) == []
    number = client.get(f"{BOOKINGS}/{no_ones}").data["attributes"]["number"]
    assert client.listed(BOOKINGS, filter_search=number) == [no_ones]


def test_what_was_made_in_a_time_is_found_for_resync(client: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = {}
    for day in (1, 2, 3):
        monkeypatch.setattr(SystemClock, "now", lambda _, day=day: 1_780_304_400 + day * 86_400)
        placed[day] = client.places(meeting(NINE + day * HOUR))

    times = {
        "filter_created_from": iso(1_780_304_400 + 2 * 86_400),
        "filter_created_until": iso(1_780_304_400 + 3 * 86_400),
    }
    assert (
        client.listed(ORDERS, **times)
        == client.listed(ORDERS, **times, filter_customer=ADA.id)
        == [placed[2]["id"]]
    )
    assert client.listed(BOOKINGS, **times) == bookings_of(placed[2])
    assert client.listed(BOOKINGS, **times, filter_customer=ADA.id) == bookings_of(placed[2])
    assert client.listed(BOOKINGS, **times, filter_resources=ROOM.id) == bookings_of(placed[2])
    assert client.listed(ORDERS) == [placed[day]["id"] for day in (3, 2, 1)]
    assert client.listed(ORDERS, sort="created_at") == [placed[day]["id"] for day in (1, 2, 3)]
    assert client.listed(ORDERS, sort="-start_date") == [placed[day]["id"] for day in (3, 2, 1)]


@pytest.mark.parametrize("path", [ORDERS, BOOKINGS])
def test_everything_that_is_wrong_with_a_query_is_said_at_once(client: Desk, path: str) -> None:
    answer = client.get(
        path, include="customer,tenants", sort="-nothing", filter_status="lost", filter_start_date="yesterday",
        filter_upcoming_only="perhaps", page_size="501", page_number="0",
    )  # fmt: skip
    names = [
        "include",
        "sort",
        "filter[status]",
        "filter[start_date]",
        "filter[upcoming_only]",
        "page[size]",
        "page[number]",
    ]
    assert answer.status == 400 or answer.document["errors"][0]["status"] == "400"
    assert sorted(answer.refusals) == sorted(("invalid_parameter", name) for name in names)
    # Unknown parameters are reported before any value is read.
    unknown = client.call("GET", path, filter_color="red", cursor="x", sort="-nothing")
    assert unknown.refusals == [("unknown_parameter", "filter[color]"), ("unknown_parameter", "cursor")]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter_start_date": "2030-04-15", "filter_end_date": "2030-04-14"}, "filter[end_date]"),
        ({"filter_start_date": "2030-04-15", "filter_end_date": "2031-04-16"}, "filter[end_date]"),
        ({"filter_start_date": "2030-03-31T02:30"}, "filter[start_date]"),
        ({"filter_resources": ",".join(f"r{number}" for number in range(51))}, "filter[resources]"),
        ({"filter_start_date": "2030-04-15", "timezone": "Nowhere"}, "timezone"),
        ({"filter_resources": f"{ROOM.id},{'x' * 129}"}, "filter[resources]"),
        ({"filter_customer": "x" * 129}, "filter[customer]"),
        ({"filter_email": "x" * 321}, "filter[email]"),
        ({"filter_search": "x" * 201}, "filter[search]"),
        ({"page_number": "1000001"}, "page[number]"),
        ({"page_size": "1e1"}, "page[size]"),
        ({"page_size": "\u0663"}, "page[size]"),
    ],
)
def test_what_can_not_be_looked_for_is_refused(client: Desk, query: dict[str, str], parameter: str) -> None:
    answer = client.get(BOOKINGS, **query)
    assert (answer.status, answer.refusals) == (400, [("invalid_parameter", parameter)])


# A single item, with included resources


def test_an_order_is_read_with_what_it_is_related_to(client: Desk) -> None:
    placed = client.places(
        meeting(booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 2}]),
        desks(1),
        voucher_code=SUMMER20.code,
    )
    own = f"{ORDERS}/{placed['id']}"

    plain = client.get(own)
    assert plain.document == {
        "data": placed,
        "links": {"self": f"{BASE}{own}"},
        "jsonapi": {"version": "1.1"},
    }
    document = client.get(own, include="bookings.resource,bookings.service,customer,voucher").document
    assert {(one["type"], one["id"]) for one in document["included"]} == {
        *(("bookings", id) for id in bookings_of(placed)),
        *(("resources", resource.id) for resource in (ROOM, DESKS)),
        *(("services", service.id) for service in (MEETING, DESK)),
        ("customers", ADA.id),
        ("vouchers", SUMMER20.id),
    }
    by_type = {one["type"]: one["attributes"] for one in document["included"]}
    assert (by_type["customers"]["full_name"], by_type["vouchers"]["percent"]) == ("Ada Lovelace", 20)


def test_a_booking_is_read_with_what_it_is_related_to(client: Desk) -> None:
    placed = client.places(meeting(sub_bookings=[{"resource_id": DESKS.id, "service_id": {DESK.id: 2}}]))
    main, part = bookings_of(placed)
    everything = "resource,resources,service,services,customer,order,sub_bookings,super_booking"

    document = client.get(f"{BOOKINGS}/{main}", include=everything).document
    assert [one["id"] for one in document["data"]["relationships"]["sub_bookings"]["data"]] == [part]
    assert {one["type"] for one in document["included"]} == {
        "resources",
        "services",
        "customers",
        "orders",
        "bookings",
    }
    assert {one["id"] for one in document["included"] if one["type"] == "bookings"} == {part}

    document = client.get(f"{BOOKINGS}/{part}", include="super_booking").document
    assert (
        document["data"]["relationships"]["super_booking"]["data"]["id"],
        document["included"][0]["id"],
    ) == (main, main)
    # In a list with both, neither is in `included`.
    assert client.get(BOOKINGS, include="sub_bookings,super_booking").document["included"] == []


def test_only_the_fields_that_are_asked_for(client: Desk) -> None:
    placed = client.places()
    query = {"include": "customer", "fields_orders": "number,customer,nothing", "fields_customers": "email"}
    document = client.get(f"{ORDERS}/{placed['id']}", **query).document

    assert set(document["data"]["attributes"]) == {"number"}
    assert set(document["data"]["relationships"]) == {"customer"}
    assert [one["attributes"] for one in document["included"]] == [{"email": ADA.email}]
    # A resource keeps its required members, even if `fields` matches nothing.
    [bare] = client.get(ORDERS, fields_orders="nothing").data
    assert (bare["attributes"], bare["relationships"]) == ({}, {})
    [listed] = client.get(ORDERS, fields_orders="status").data
    assert (listed["attributes"], listed["relationships"]) == ({"status": "completed"}, {})


@pytest.mark.parametrize(
    "path",
    [
        f"{ORDERS}/{UNKNOWN}",
        f"{ORDERS}/x",
        f"{BOOKINGS}/{UNKNOWN}-1",
        f"{BOOKINGS}/x",
        f"{BOOKINGS}/{UNKNOWN}-x",
    ],
)
def test_what_is_not_there_is_404_in_a_string(client: Desk, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.document["errors"][0]["status"]) == (404, "404")
    assert (
        answer.document["errors"][0]["title"]
        == f"{'order' if path.startswith(ORDERS) else 'booking'} not found"
    )


@pytest.mark.parametrize("path", [f"{ORDERS}/calculate", f"{ORDERS}/from-config"])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_address_of_its_own_is_no_order(client: Desk, method: str, path: str) -> None:
    answer = client.call(method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


# Notes


def test_an_order_gets_a_note(client: Desk) -> None:
    placed = client.places()
    own = f"{ORDERS}/{placed['id']}"

    def patch(attributes: Json, **data: Any) -> Answer:
        return client.call(
            "PATCH", own, {"data": {"type": "orders", "id": placed["id"], "attributes": attributes} | data}
        )

    assert patch({"note": "pays in cash"}).data["attributes"]["note"] == "pays in cash"
    assert patch({}).data["attributes"]["note"] == "pays in cash"
    assert client.listed(ORDERS, filter_search="CASH") == [placed["id"]]
    assert patch({"note": None}).data["attributes"]["note"] is None
    assert patch({"note": 1, "status": "draft"}).refusals == [
        ("invalid_value", "/data/attributes/note"), ("read_only", "/data/attributes/status"),
    ]  # fmt: skip
    assert (patch({}, id=UNKNOWN).status, client.call("PATCH", own, {}).refusals) == (
        409,
        [("data_required", "/data")],
    )
    assert client.call("POST", f"{own}/cancel").status == 200
    assert patch({"note": "refunded by hand"}).data["attributes"]["note"] == "refunded by hand"


def test_all_notes_of_what_is_canceled_can_be_erased(client: Desk) -> None:
    """docs/security.md, to erase a customer's data: the notes of each order and booking, whatever has become of it."""
    placed = client.places(meeting(note="Ada is ill", description="with a nurse", customer_note="Get well"))
    of_order, of_booking = f"{ORDERS}/{placed['id']}", f"{BOOKINGS}/{placed['id']}-1"
    client.call("POST", f"{of_order}/cancel")

    def patch(path: str, type: str, **attributes: Any) -> Answer:
        data = {"type": type, "id": path.rpartition("/")[2], "attributes": attributes}
        return client.call("PATCH", path, {"data": data})

    assert patch(of_order, "orders", note="Ada called").status == 200
    assert patch(of_order, "orders", note=None).data["attributes"]["note"] is None
    assert patch(of_booking, "bookings", note=None, description=None, customer_note=None).status == 200
    seen = client.call("GET", of_booking).data["attributes"]
    names = ("status", "note", "description", "customer_note")
    assert [seen[name] for name in names] == ["canceled", None, None, None]


def test_a_booking_gets_notes_and_four_dates(client: Desk) -> None:
    [id] = bookings_of(client.places())
    hours = {"start_date": 3, "end_date": 4, "blocker_start_date": 2.5, "blocker_end_date": 5}
    dates = {name: (NINE + hour * HOUR).isoformat() for name, hour in hours.items()}
    notes = {"note": "n", "customer_note": "c", "description": "d"}

    answer = client.call(
        "PATCH", f"{BOOKINGS}/{id}", {"data": {"type": "bookings", "id": id, "attributes": dates | notes}}
    )

    assert answer.status == 200
    shown = client.get(f"{BOOKINGS}/{id}").data["attributes"]
    assert {name: shown[name] for name in notes} == notes
    assert {name: shown[name] for name in dates} == {
        name: iso(int((NINE + hour * HOUR).timestamp())) for name, hour in hours.items()
    }
    [listed] = client.get(
        BOOKINGS,
        filter_resources=ROOM.id,
        filter_start_date=dates["start_date"],
        filter_end_date=dates["end_date"],
    ).data
    assert listed["id"] == id


# A single booking


def test_a_booking_is_made_from_a_document(client: Desk) -> None:
    attributes = at() | {"service_id": {MEETING.id: 1}, "note": "window seat"}
    relationships = {"resource": to_one("resources", ROOM.id), "customer": to_one("customers", ADA.id)}
    answer = client.books(attributes, relationships, check_availability="1")

    assert (answer.status, answer.headers["Location"]) == (201, f"{BASE}{BOOKINGS}/{answer.data['id']}")
    assert answer.document == client.get(f"{BOOKINGS}/{answer.data['id']}").document
    shown = answer.data
    assert (shown["attributes"]["status"], shown["attributes"]["total"], shown["attributes"]["note"]) == (
        "accepted",
        5000,
        "window seat",
    )
    assert shown["relationships"]["customer"]["data"]["id"] == ADA.id
    placed = client.get(f"{ORDERS}/{shown['relationships']['order']['data']['id']}").data
    assert (bookings_of(placed), placed["attributes"]["total"]) == ([shown["id"]], 5000)


def test_a_taken_slot_is_refused_unless_availability_is_not_checked(client: Desk) -> None:
    assert client.books(at(), IN_ROOM).status == 201
    for refused in (client.books(at(), IN_ROOM), client.books(at(), IN_ROOM, check_availability="1")):
        assert (refused.status, refused.refusals) == (
            422,
            [("slot_unavailable", "/data/attributes/start_date")],
        )
        assert refused.document["errors"][0]["title"] == "slot unavailable"
    assert client.books(at(), IN_ROOM, check_availability="0").data["attributes"]["is_override"] is True


@pytest.mark.parametrize(
    ("attributes", "relationships", "expected"),
    [
        (
            {},
            None,
            {
                ("resource_id_required", "/data/relationships/resource"), ("service_id_required", "/data/relationships/service"),
                ("start_date_required", "/data/attributes/start_date"), ("end_date_required", "/data/attributes/end_date"),
            },
        ),
        (
            {"start_date": "tomorrow", "end_date": at()["end_date"], "color": "red", "quantity": 0, "timezone": "Nowhere"},
            {"resource": to_one("resources", "r"), "service": to_one("services", "s"), "customer": to_one("customers", "c")},
            {
                ("invalid_value", "/data/attributes/start_date"), ("unknown_field", "/data/attributes/color"),
                ("invalid_value", "/data/attributes/quantity"), ("invalid_timezone", "/data/attributes/timezone"),
                ("resource_not_found", "/data/relationships/resource"), ("service_not_found", "/data/relationships/service"),
                ("customer_not_found", "/data/relationships/customer"),
            },
        ),
        (
            at() | {"service_id": {MEETING.id: 1, "s": 1}, "customer_id": "c", "title": "Hello"},
            {"resources": {"data": [{"type": "resources", "id": id} for id in (ROOM.id, "r")]}, "service": to_one("services", DESK.id)},
            {
                ("service_not_found", "/data/attributes/service_id/s"), ("customer_not_found", "/data/attributes/customer_id"),
                ("only_for_blocker", "/data/attributes/title"), ("resource_not_found", "/data/relationships/resources/data/1"),
                ("service_differs", "/data/relationships/service"),
            },
        ),
        (
            at() | {"resource_id": ["r"], "booking_add_ons": [{"add_on_id": "a"}]},
            {"resource": {"data": {"type": "rooms", "id": "r"}}, "service": to_one("services", MEETING.id)},
            {
                ("invalid_value", "/data/relationships/resource/data/type"),
                ("add_on_not_found", "/data/attributes/booking_add_ons/0/add_on_id"),
            },
        ),
        (
            at() | {"end_date": at()["start_date"], "recurring": {"frequency": "daily", "count": 2}},
            IN_ROOM,
            {("no_duration", "/data/attributes/end_date"), ("unknown_field", "/data/attributes/recurring")},
        ),
        (
            at() | {"is_blocker": True, "customer_note": "x"},
            IN_ROOM | {"customer": to_one("customers", ADA.id)},
            {
                ("not_for_blocker", "/data/attributes/customer_note"), ("not_for_blocker", "/data/relationships/service"),
                ("not_for_blocker", "/data/relationships/customer"),
            },
        ),
        (
            at(),
            {
                "resources": {"data": [{"type": "resources", "id": str(number)} for number in range(101)]},
                "services": {"data": [{"type": "services", "id": str(number)} for number in range(101)]},
            },
            {("invalid_value", "/data/relationships/resources/data"), ("invalid_value", "/data/relationships/services/data")},
        ),
        (
            at() | {"is_blocker": True, "resource_id": [ROOM.id, SECOND_ROOM.id]},
            None,
            {("blocker_for_one_resource", "/data/attributes/resource_id")},
        ),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_with_a_document_is_said_where_it_is(
    client: Desk, attributes: Json, relationships: Json | None, expected: set[tuple[str, str]]
) -> None:
    before = client.on.items()
    answer = client.books(attributes, relationships)

    assert (answer.status, set(answer.refusals)) == (422, expected)
    assert len(answer.refusals) == len(expected)
    assert client.on.items() == before


@pytest.mark.parametrize(
    ("body", "status", "refusals"),
    [
        ({}, 422, [("data_required", "/data")]),
        ({"name": "x"}, 422, [("data_required", "/data"), ("unknown_field", "/name")]),
        ({"data": []}, 422, [("invalid_value", "/data")]),
        ({"data": {"type": "orders"}}, 409, [("type_differs", "/data/type")]),
        ({"data": {"type": "bookings", "id": "mine"}}, 403, [("id_not_yours", "/data/id")]),
    ],
)
def test_a_document_that_is_no_new_booking_is_refused(
    client: Desk, body: Json, status: int, refusals: list[tuple[str, str]]
) -> None:
    answer = client.call("POST", BOOKINGS, body)
    assert (answer.status, answer.refusals) == (status, refusals)


def test_a_booking_is_made_once_for_a_key(client: Desk) -> None:
    def book(body: Json, check: str = "1") -> Answer:
        return client.call("POST", BOOKINGS, body, headers={"Idempotency-Key": "k"}, check_availability=check)

    body = booking_document(at(), IN_ROOM)
    first, again = book(body), book(body)
    assert (first.status, again.status, again.data["id"]) == (201, 201, first.data["id"])
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    for other in (book(booking_document(at(1), IN_ROOM)), book(body, "0")):
        assert other.refusals == [("idempotency_key_reused", "Idempotency-Key")]


# Blockers


def test_a_blocker_keeps_its_slot_from_being_booked(client: Desk) -> None:
    answer = client.books(BLOCKED, {"resource": to_one("resources", ROOM.id)})

    assert answer.status == 201, answer.document
    shown = answer.data["attributes"]
    assert (shown["is_blocker"], shown["title"], shown["status"], shown["total"]) == (
        True,
        "Painters",
        "accepted",
        0,
    )
    assert answer.data["relationships"]["service"]["data"] is None
    refused = client.call("POST", f"{ORDERS}/from-config", order(meeting(NINE + HOUR)))
    assert (refused.status, refused.document["errors"][0]["title"]) == (422, "slot unavailable")
    client.places(meeting(NINE + 3 * HOUR))
    # A blocker sends no mail, and is not sold.
    assert client.on.mails() == []
    assert len(client.listed(ORDERS)) == 1
    assert client.get(f"{ORDERS}/{order_id_of(answer.data['id'])}").status == 200


def test_a_blocker_takes_a_free_time_only(client: Desk) -> None:
    client.places(meeting(NINE + HOUR))
    in_room = {"resource": to_one("resources", ROOM.id)}

    refused = client.books(BLOCKED, in_room)
    assert refused.refusals == [("slot_unavailable", "/data/attributes/start_date")]
    [error] = refused.document["errors"]
    assert [free["start_date"][11:16] for free in error["meta"]["next_free"]] == ["10:00", "13:00", "16:00"]
    assert client.books(BLOCKED, in_room, check_availability="0").status == 201


def test_a_blocker_is_at_any_time(client: Desk) -> None:
    # The room opens at seven, and did not exist in 2020.
    for attributes in ({"is_blocker": True, **at(-6)}, {"is_blocker": True, **at(-24 * 3650)}):
        assert client.books(attributes, {"resource": to_one("resources", ROOM.id)}).status == 201


@pytest.mark.parametrize(("quantity", "left"), [(None, 0), (2, 10)])
def test_a_blocker_takes_all_of_a_resource_or_as_much_as_it_says(
    client: Desk, quantity: int | None, left: int
) -> None:
    attributes = BLOCKED | ({} if quantity is None else {"quantity": quantity})
    blocked = client.books(attributes, {"resource": to_one("resources", DESKS.id)})
    assert (blocked.status, blocked.data["attributes"]["quantity"]) == (201, 12 - left)

    refused = client.call("POST", f"{ORDERS}/from-config", order(desks(left + 1)))
    assert refused.document["errors"][0]["meta"]["available"] == left
    if left:
        client.places(desks(left))


def test_a_blocker_is_hidden_where_it_is_not_wanted(client: Desk) -> None:
    blocker = client.books(BLOCKED, {"resource": to_one("resources", SECOND_ROOM.id)}).data["id"]
    [booking] = bookings_of(client.places())
    times = {"filter_start_date": "2030-04-15", "filter_end_date": "2030-04-15"}

    for query in ({}, times, {"filter_resources": f"{ROOM.id},{SECOND_ROOM.id}"}):
        assert set(client.listed(BOOKINGS, **query)) == {blocker, booking}
        assert set(client.listed(BOOKINGS, **query, filter_hide_blocker="0")) == {blocker, booking}
        answer = client.get(BOOKINGS, **query, filter_hide_blocker="1")
        assert (answer.ids, answer.document["meta"]["page"]["total"]) == ([booking], 1)


def test_a_blocker_is_moved_and_taken_away(client: Desk) -> None:
    blocker = client.books(BLOCKED, {"resource": to_one("resources", ROOM.id)}).data["id"]
    night = {"data": {"type": "bookings", "id": blocker, "attributes": at(-8, 2)}}
    assert client.call("PATCH", f"{BOOKINGS}/{blocker}", night).status == 200
    client.places(meeting())
    assert client.call("DELETE", f"{BOOKINGS}/{blocker}").status == 204
    assert (
        client.books({"is_blocker": True, **at(-7)}, {"resource": to_one("resources", ROOM.id)}).status == 201
    )


# Check-in, check-out, and neither


def test_somebody_comes_and_goes(client: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    own = f"{BOOKINGS}/{bookings_of(client.places())[0]}"

    def post(action: str, moment: int, **call: Any) -> Answer:
        monkeypatch.setattr(SystemClock, "now", lambda _: moment)
        return client.call("POST", f"{own}/{action}", **call)

    assert post("check-out", 1_800_000_000).refusals == [("not_checked_in", None)]
    # An empty body, none, or {} of any type.
    assert post("check-in", 1_800_000_060, raw="").data["attributes"]["check_in_date"] == iso(1_800_000_060)
    again = post("check-in", 1_800_000_120, raw="{}")
    assert (again.status, again.data["attributes"]["check_in_date"]) == (200, iso(1_800_000_060))
    assert post("check-out", 1_800_000_180).data["attributes"]["check_out_date"] == iso(1_800_000_180)
    shown = client.get(own).data["attributes"]
    assert (shown["check_in_date"], shown["check_out_date"], shown["status"]) == (
        iso(1_800_000_060),
        iso(1_800_000_180),
        "accepted",
    )


def test_nobody_comes_to_what_is_canceled_or_only_reserved(client: Desk) -> None:
    [canceled] = bookings_of(client.places())
    [reserved] = bookings_of(client.places(desks(1), complete_order=False))
    assert client.call("GET", f"{BOOKINGS}/{canceled}/cancel").status == 200

    for id, code in {canceled: "booking_canceled", reserved: "booking_not_accepted"}.items():
        for action in ("check-in", "check-out"):
            answer = client.call("POST", f"{BOOKINGS}/{id}/{action}")
            assert (answer.status, answer.refusals) == (409, [(code, None)])


def test_a_canceled_slot_can_be_booked_again(client: Desk) -> None:
    first = client.books(at(), IN_ROOM).data["id"]
    assert client.call("GET", f"{BOOKINGS}/{first}/cancel").data["attributes"]["status"] == "canceled"
    assert client.books(at(), IN_ROOM).status == 201


def test_a_deleted_booking_is_gone_and_its_time_free(client: Desk) -> None:
    first = client.books(at(), IN_ROOM).data["id"]
    answer = client.call("DELETE", f"{BOOKINGS}/{first}")
    assert (answer.status, answer.document) == (204, None)
    assert client.get(f"{BOOKINGS}/{first}").status == 404
    assert client.books(at(), IN_ROOM).status == 201
    assert client.call("DELETE", f"{BOOKINGS}/{UNKNOWN}-1").document["errors"][0]["status"] == "404"


def test_a_draft_that_is_over_is_gone_for_whoever_deletes_its_booking(
    client: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    [draft] = bookings_of(client.places(complete_order=False))
    monkeypatch.setattr(SystemClock, "now", lambda _: 1_850_000_000)
    assert client.call("DELETE", f"{BOOKINGS}/{draft}").status == 204


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_mail_is_sent_again_by_its_other_name(client: Desk, method: str) -> None:
    placed = client.places()
    answer = client.call(method, f"{ORDERS}/{placed['id']}/resend-mail")
    assert (answer.status, answer.document["meta"]["notification"]["recipient"]) == (200, ADA.email)
    assert len(client.on.mails()) == 1


# Scopes


def calls(placed: Json) -> dict[tuple[str, str], tuple[str, Any]]:
    """Returns the required scope and a body for each (method, path)."""
    own, booking = f"{ORDERS}/{placed['id']}", f"{BOOKINGS}/{bookings_of(placed)[0]}"
    note = {"data": {"attributes": {"note": "mine"}}}
    return {
        ("GET", ORDERS): ("orders:read", None),
        ("GET", own): ("orders:read", None),
        ("PATCH", own): ("orders:write", note),
        ("GET", BOOKINGS): ("orders:read", None),
        ("POST", BOOKINGS): ("orders:write", booking_document(at(), IN_ROOM)),
        ("GET", booking): ("orders:read", None),
        ("PATCH", booking): ("orders:write", note),
        ("DELETE", booking): ("orders:write", None),
        ("POST", f"{booking}/check-in"): ("orders:write", None),
        ("POST", f"{booking}/check-out"): ("orders:write", None),
        ("POST", f"{own}/resend-mail"): ("orders:notify", None),
        ("GET", f"{own}/resend-mail"): ("orders:notify", None),
    }


def test_a_token_without_the_scope_can_not(client: Desk) -> None:
    before = client.places(), client.on.items()
    for (method, path), (scope, body) in calls(before[0]).items():
        others = {"orders:read", "orders:write", "orders:notify", "catalog:read", "catalog:write"} - {scope}
        answer = Client(client.on, token_of(ORGANIZATION.id, *others)).call(method, path, body)
        assert (answer.status, answer.refusals) == (403, [("unauthorized", None)]), (method, path)
    after = {key: item for key, item in client.on.items().items() if key[1] != "token"}
    assert after == {key: item for key, item in before[1].items() if key[1] != "token"}


def test_another_organization_sees_and_changes_nothing(client: Desk, stranger: Desk) -> None:
    placed = client.places()
    before = client.on.items()
    for (method, path), (_, body) in calls(placed).items():
        answer = stranger.call(method, path, body)
        if path in (ORDERS, BOOKINGS) and method == "GET":
            assert (answer.status, answer.data) == (200, [])
        else:
            assert answer.status == (422 if method == "POST" and path == BOOKINGS else 404), (method, path)
        assert str(ADA.email) not in json.dumps(answer.document)
    for query in (
        {"filter_resources": ROOM.id},
        {"filter_customer": ADA.id},
        {"filter_email": str(ADA.email)},
        {"filter_search": "ada"},
    ):
        assert stranger.listed(BOOKINGS, **query) == []
    assert client.on.items() == before


@pytest.mark.parametrize("is_canceled", [False, True])
def test_answers_can_be_erased_and_not_changed(client: Desk, is_canceled: bool) -> None:
    """They are what a customer tells of themselves: what they cannot eat, who else comes."""

    def makes(type: str, **attributes: Any) -> str:
        made = client.call("POST", f"/api/v1/{type}", {"data": {"type": type, "attributes": attributes}})
        return str(made.data["id"])

    def patch(type: str, id: str, **attributes: Any) -> Answer:
        data = {"type": type, "id": id, "attributes": attributes}
        return client.call("PATCH", f"/api/v1/{type}/{id}", {"data": data})

    diet, plate = (
        makes("custom-fields", label="Diet", field_type="text"),
        makes("custom-fields", label="Car", field_type="text"),
    )
    assert patch("services", MEETING.id, custom_fields={diet: True}).status == 200
    assert patch("organizations", client.token.split(".")[1], order_custom_fields={plate: True}).status == 200
    placed = client.places(
        meeting(service_custom_fields={diet: "no nuts"}, order_custom_fields={plate: "B-AD 1815"})
    )
    order, booking = placed["id"], f"{placed['id']}-1"
    if is_canceled:
        client.call("POST", f"{ORDERS}/{order}/cancel")

    for type, id, name, field in (
        ("orders", order, "order_custom_fields", plate),
        ("bookings", booking, "service_custom_fields", diet),
    ):
        assert patch(type, id, **{name: {field: "none"}}).refusals == [
            ("invalid_value", f"/data/attributes/{name}/{field}")
        ]
        assert [*patch(type, id, note="x").data["attributes"]["custom_entry_map"]] == [field]
        for _ in range(2):
            assert patch(type, id, **{name: {field: None}}).data["attributes"]["custom_entry_map"] == {}
        seen = client.call("GET", f"/api/v1/{type}/{id}").data["attributes"]
        assert (seen["custom_entry_map"], seen["note"]) == ({}, "x")
    history = client.call("GET", f"{ORDERS}/{order}/history").data
    erased = [{"attribute": "custom_entry_map"}]
    assert [each["attributes"]["changes"] for each in history].count(erased) == 2
