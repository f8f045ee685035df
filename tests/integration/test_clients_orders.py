"""Orders and bookings as clients of the admin API find and delete them. Source: shared conventions; the vendor's clients."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Customer, Resource
from frontdesk.usecases.context import Context
from tests.integration.conftest import new_moto_world
from tests.integration.test_admin_orders import BOOKINGS, ORDERS, Desk, bookings_of
from tests.support.demo import ADA, BERND, NINE, ORGANIZATION, desks, meeting

CUSTOMERS, RESOURCES = "/api/v1/customers", "/api/v1/resources"
ZOE = Customer(
    id="zoe", given_name="Zoë", family_name="Müller", email="zoe@example.com", phone="+49 30 1234567"
)
IBRAHIM = Customer(id="ibrahim", given_name="İbrahim", family_name="Kaya")
ROOMS = [Resource(id=f"r{n}", name=name) for n, name in enumerate(("Zoo", "Äpfel", "Room 10", "room 2"))]


@pytest.fixture
def client() -> Iterator[Desk]:
    """A client with Ada's booking tomorrow and one in 30 years, Bernd's, and Zoe's."""
    with new_moto_world() as made:
        world().store.put_catalog(Context(ORGANIZATION.id, SystemClock(5)), [ZOE, IBRAHIM, *ROOMS])
        desk = Desk(made, made.demo["token"])
        desk.places(meeting(), meeting(NINE + timedelta(days=30 * 365)))
        desk.places(meeting(NINE + timedelta(days=1)), order_customer_id=BERND.id)
        desk.places(desks(1, NINE + timedelta(days=2)), order_customer_id="zoe")
        yield desk


LOOKS: list[tuple[str, dict[str, str], int]] = [
    (BOOKINGS, {"filter_upcoming_only": "1"}, 4),
    (BOOKINGS, {"filter_start_date": "2030-04-15"}, 4),
    (BOOKINGS, {"filter_start_date": "2045-01-01"}, 1),
    (BOOKINGS, {"filter_end_date": "2199-01-01T00:00:00Z"}, 4),
    (BOOKINGS, {"filter_customer": f"{ADA.id},{BERND.id}"}, 3),
    (ORDERS, {"filter_customer": f"{ADA.id},{BERND.id}"}, 2),
    (f"{ORDERS}?filter[customer]={ADA.id}", {"filter[customer][]": BERND.id}, 2),
    (f"{ORDERS}?filter[status]=canceled", {"filter[status][]": "completed"}, 3),
    (ORDERS, {"filter_email": f"{ADA.email},{BERND.email}"}, 2),
    (ORDERS, {"filter_search": "mu\u0308ller ZOË"}, 1),
    (ORDERS, {"filter_search": "030 1234567"}, 1),
    (BOOKINGS, {"filter_search": "+49301234567", "sort": "total"}, 1),
    (CUSTOMERS, {"filter_email": f"{ADA.email},{BERND.email}"}, 2),
    (f"{CUSTOMERS}?filter[email]={ADA.email}", {"filter[email][]": "zoe@example.com"}, 2),
    ("/api/v1/messages?filter[state]=sent", {"filter[state][]": "failed"}, 0),
    ("/api/v1/messages?filter[kind]=change", {"filter[kind][]": "reminder"}, 0),
    (CUSTOMERS, {"filter_search": "Müller zoe"}, 1),
    (CUSTOMERS, {"filter_search": "İBRAHİM"}, 1),
    (CUSTOMERS, {"filter_search": "ibrahim"}, 1),
    (CUSTOMERS, {"filter_search": "0049 30 1234567"}, 1),
    ("/api/v1/organizations", {}, 1),
    ("/api/v1/organizations", {"filter_search": "nothing like it"}, 0),
    ("/api/v1/organizations", {"filter_archived": "1"}, 0),
]


@pytest.mark.parametrize(("path", "asked", "found"), LOOKS, ids=str)
def test_a_list_finds_all_that_is_asked_for(
    client: Desk, path: str, asked: dict[str, str], found: int
) -> None:
    answer = client.get(path, **asked)
    assert (answer.status, len(answer.ids)) == (200, found), answer.document
    assert "capped" not in answer.document["meta"]


def test_bookings_are_found_by_part_of_their_orders_number_like_orders(client: Desk) -> None:
    placed = client.places(desks(1, NINE + timedelta(days=9)), desks(1, NINE + timedelta(days=10)))
    number = placed["attributes"]["number"]
    for part in (number, number[:10], number[2:12].lower()):
        assert client.listed(ORDERS, filter_search=part) == [placed["id"]]
        assert sorted(client.listed(BOOKINGS, filter_search=part)) == bookings_of(placed)


@pytest.mark.parametrize(
    "name", ["filter[search]", "filter[start_date]", "filter[upcoming_only]", "timezone", "page[size]"]
)
def test_a_parameter_of_one_value_is_refused_with_several(client: Desk, name: str) -> None:
    values = {
        "timezone": ["UTC", "Europe/Berlin"],
        "page[size]": ["1", "2"],
        "filter[upcoming_only]": ["1", "0"],
    }
    answer = client.repeat(BOOKINGS, {name: values.get(name, ["2030-04-15", "2030-04-16"])})
    assert (answer.status, answer.refusals) == (400, [("invalid_parameter", name)])
    same = client.repeat(BOOKINGS, {name: values.get(name, ["2030-04-15"])[:1] * 2})
    assert same.status == 200, same.document


def test_names_are_sorted_as_people_expect(client: Desk) -> None:
    rooms = client.get(RESOURCES, sort="name", page_size="100").data
    names = [each["attributes"]["name"] for each in rooms if each["id"] in {room.id for room in ROOMS}]
    assert names == ["Äpfel", "room 2", "Room 10", "Zoo"]


def test_a_version_is_shown_and_counts_every_change(client: Desk) -> None:
    placed = client.places(desks(1, NINE + timedelta(days=5)))
    [booking] = bookings_of(placed)

    def versions() -> tuple[int, int]:
        order, of = client.get(f"{ORDERS}/{placed['id']}"), client.get(f"{BOOKINGS}/{booking}")
        return order.data["attributes"]["version"], of.data["attributes"]["version"]

    before = versions()
    assert client.call("POST", f"{BOOKINGS}/{booking}/cancel").status == 200
    assert versions() == (before[0] + 1, before[1] + 1)


SHOWN, READ = "frontdesk.api.bounds.MAX_PAGE", "frontdesk.domain.sizes.MAX_READ_BYTES"


@pytest.mark.parametrize(
    ("path", "include", "limit", "most"),
    [
        (ORDERS, "&include=customer", SHOWN, 4_000),
        (BOOKINGS, "&include=customer", SHOWN, 4_000),
        (CUSTOMERS, "", SHOWN, 1_800),
        (ORDERS, "", READ, 4_000),
        (BOOKINGS, "", READ, 6_000),
        (CUSTOMERS, "", READ, 3_000),
        (ORDERS, "&include=bookings", READ, 3_500),
    ],
)
def test_a_page_that_is_too_large_has_fewer_and_next_goes_on(
    client: Desk, path: str, include: str, limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        guest = {"data": {"type": "customers", "attributes": {"family_name": f"Guest {number}"}}}
        assert client.call("POST", CUSTOMERS, guest).status == 201
    whole = client.listed(path, page_size="100", sort="created_at")
    assert client.get(ORDERS, page_size="501").refusals == [("invalid_parameter", "page[size]")]
    assert client.get(CUSTOMERS, page_size="101").status == 400
    monkeypatch.setattr(limit, most)
    seen, following = [], f"{path}?page[size]=3&sort=created_at{include}"
    while following:
        answer = client.get(following)
        assert len(answer.ids) < 3
        seen += answer.ids
        following = answer.document["links"].get("next")
    assert seen == whole
