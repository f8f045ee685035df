"""Requests as clients write them, and JSON:API's rules for answers. Sources: clients of the vendor's API; JSON:API 1.1."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.conftest import new_moto_world
from tests.integration.test_admin_orders import (
    BOOKINGS,
    IN_ROOM,
    ORDERS,
    Desk,
    at,
    booking_document,
    bookings_of,
)
from tests.support.demo import ADA, COFFEE, MEETING, ORGANIZATION, meeting

CUSTOMERS, RESOURCES, HOOKS = "/api/v1/customers", "/api/v1/resources", "/api/v1/webhook-subscriptions"
SOLD = {"type": "add-ons", "id": COFFEE.id, "meta": {"quantity": 3}}


@pytest.fixture
def client() -> Iterator[Desk]:
    with new_moto_world() as made:
        desk = Desk(made, made.demo["token"])
        twice = [{"add_on_id": COFFEE.id, "quantity": 2}, {"add_on_id": COFFEE.id}]
        desk.places(meeting(booking_add_ons=twice), order_customer_id=ADA.id)
        yield desk


EMPTY = [
    (ORDERS, "filter[customer]"), (ORDERS, "filter[email]"), (ORDERS, "filter[import]"),
    (BOOKINGS, "filter[resources]"), (BOOKINGS, "filter[resources][]"), (BOOKINGS, "filter[order]"), (BOOKINGS, "filter[external_id]"),
    (CUSTOMERS, "filter[email]"), (CUSTOMERS, "filter[external_id]"),
    ("/api/v1/audit-log", "filter[actor]"), ("/api/v1/audit-log", "filter[subject]"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name"), EMPTY)
def test_a_filter_for_nobody_does_not_find_everybody(client: Desk, path: str, name: str) -> None:
    """A client that looks somebody up by a missing address would use the first customer of all."""
    for text in ("", " "):
        answer = client.repeat(path, {name: [text]})
        assert (answer.status, answer.refusals) == (400, [("invalid_parameter", name)])


def test_any_other_parameter_without_a_value_counts_as_not_sent(client: Desk) -> None:
    """The vendor's documentation sends every parameter of a call, most of them empty."""
    asked = {
        "include": ["resource.parent.cover_image"], "filter[search]": [""], "filter[upcoming_only]": ["0"], "filter[start_date]": [""],
        "filter[end_date]": [""], "filter[status]": [""], "filter[hide_blocker]": ["1"], "page[number]": [""], "page[size]": [""],
        "sort": ["start_date"],
    }  # fmt: skip
    assert client.repeat(BOOKINGS, asked).ids == client.listed(BOOKINGS)
    more = ("filter[upcoming_only]", "filter[created_from]", "timezone", "sort")
    assert client.repeat(ORDERS, {name: [" "] for name in more}).ids == client.listed(ORDERS)
    catalog = ("filter[archived]", "filter[exclude_child_resources]", "filter[search]", "page[size]")
    assert client.repeat(RESOURCES, {name: [""] for name in catalog}).ids == client.listed(RESOURCES)
    links = client.repeat(ORDERS, {"filter[status]": [""], "page[size]": ["1"]}).document["links"]
    assert "filter" not in links["self"]


@pytest.mark.parametrize(
    "include",
    ["resource.parent.cover_image", "resource.cover_image", "service", "order", "booking_add_ons.add_on", "sub_bookings.resource.parent",
     "sub_bookings.service", "cancellation_policy"],
)  # fmt: skip
def test_what_the_vendors_documentation_includes_is_known(client: Desk, include: str) -> None:
    assert client.get(BOOKINGS, include=include).status == 200


def test_an_empty_flag_is_its_default(client: Desk) -> None:
    taken = booking_document(at(-9), IN_ROOM)
    made = client.call("POST", BOOKINGS, taken, check_availability="0")
    assert made.status == 201
    assert client.call("POST", BOOKINGS, taken, check_availability="").status == 422
    assert client.call("DELETE", f"{BOOKINGS}/{made.data['id']}", notify_customer="").status == 204


def test_an_organization_that_is_not_named_is_the_tokens(client: Desk) -> None:
    assert client.repeat(ORDERS, {"o": [""]}).status == 200
    assert client.repeat(ORDERS, {"o": ["", ORGANIZATION.id]}).status == 403


def test_the_add_ons_of_a_booking_are_told_and_included(client: Desk) -> None:
    [id] = client.listed(BOOKINGS)
    for include in ("booking_add_ons", "booking_add_ons.add_on"):
        read = client.get(f"{BOOKINGS}/{id}", include=include)
        assert read.data["relationships"]["booking_add_ons"]["data"] == [SOLD]
        assert [(each["type"], each["id"]) for each in read.document["included"]] == [("add-ons", COFFEE.id)]
    listed = client.get(ORDERS, include="bookings.booking_add_ons.add_on,items")
    assert {each["type"] for each in listed.document["included"]} == {"bookings", "add-ons"}
    plain = client.get(f"{BOOKINGS}/{id}", headers={"Accept": "application/json"})
    assert plain.data["booking_add_ons"] == [{"type": "add-ons", "id": COFFEE.id, "quantity": 3}]
    flat = client.get(
        f"{BOOKINGS}/{id}", include="booking_add_ons", headers={"Accept": "application/json"}
    ).data["booking_add_ons"]
    assert [(each["name"], each["quantity"]) for each in flat] == [(COFFEE.name, 3)]


def test_a_booking_that_is_sent_back_with_its_add_ons_is_no_change(client: Desk) -> None:
    [id] = client.listed(BOOKINGS)
    shown = client.get(f"{BOOKINGS}/{id}").data
    answer = client.call("PATCH", f"{BOOKINGS}/{id}", {"data": shown})
    assert answer.data["relationships"] == shown["relationships"], answer.document
    shown["relationships"]["booking_add_ons"]["data"] = []
    refused = client.call("PATCH", f"{BOOKINGS}/{id}", {"data": shown})
    assert refused.refusals == [("read_only", "/data/relationships/booking_add_ons")]


def test_what_nothing_can_be_included_of_is_told_so(client: Desk) -> None:
    refused = client.get(ORDERS, include="customer.address.city")
    assert refused.refusals == [("invalid_parameter", "include")]
    assert "Allowed: ." not in refused.document["errors"][0]["detail"]


@pytest.mark.parametrize("path", [ORDERS, BOOKINGS, CUSTOMERS, RESOURCES, "/api/v1/user"])
def test_an_empty_include_is_answered_with_an_empty_included(client: Desk, path: str) -> None:
    """JSON:API 1.1, "Inclusion of Related Resources": the key is required if the parameter was sent."""
    paths = [path] if path.endswith("user") else [path, f"{path}/{client.listed(path)[0]}"]
    for each in paths:
        assert client.repeat(each, {"include": [""]}).document["included"] == []
        assert "included" not in client.get(each).document


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/vnd.api+json;", 201),
        ("application/vnd.api+json ; charset=UTF-8;", 201),
        ('application/vnd.api+json; profile="https://a.example/x;y https://b.example/z"', 201),
        ('application/vnd.api+json; ext="https://jsonapi.org/ext/atomic"', 415),
        ("application/vnd.api+json; version=1", 415),
        ("application/vnd.api+json, application/vnd.api+json", 415),
        ("application/json", 415),
        ("", 415),
    ],
)
def test_a_body_is_taken_by_its_media_type(client: Desk, content_type: str, status: int) -> None:
    """JSON:API 1.1, "Client Responsibilities"; RFC 9110, 5.6.6: a parameter may be empty."""
    document = {"data": {"type": "customers", "attributes": {"given_name": "Eva"}}}
    answer = client.call("POST", CUSTOMERS, document, headers={"Content-Type": content_type})
    assert answer.status == status, answer.document
    if status == 415:
        assert answer.refusals == [("unsupported_media_type", "Content-Type")]


def test_a_number_without_a_fraction_is_an_integer(client: Desk) -> None:
    """JSON Schema, 4.2.3, and so this API's document. Spreadsheets and scripts write 2.0."""
    booking = meeting(service_id={MEETING.id: 1.0}, quantity=1.0, booking_add_ons=[])
    priced = client.call("POST", f"{ORDERS}/calculate", {"bookings": [booking], "expected_total": 5e3})
    assert priced.status == 200, priced.document
    for quantity in (1.5, 1e300):
        refused = client.call("POST", f"{ORDERS}/calculate", {"bookings": [booking | {"quantity": quantity}]})
        assert refused.refusals == [("invalid_value", "/bookings/0/quantity")]


def test_the_vendors_events_can_be_subscribed_together(client: Desk) -> None:
    """The vendor's list, unchanged."""
    events = [
        "bookings.created", "bookings.updated", "bookings.started", "bookings.ended", "bookings.checked-in", "bookings.checked-out",
        "bookings.deleted", "orders.created", "orders.updated", "orders.deleted", "invoices.created", "invoices.finalised",
        "invoices.updated", "invoices.deleted", "customers.created", "customers.updated", "customers.deleted",
    ]  # fmt: skip
    attributes: dict[str, Any] = {
        "name": "CRM",
        "url": "https://crm.example.com/?key=secret",
        "events": events,
    }
    made = client.call("POST", HOOKS, {"data": {"type": "webhook-subscriptions", "attributes": attributes}})
    assert made.status == 201, made.document
    assert made.data["attributes"]["events"] == events
    assert made.data["attributes"]["url"] == attributes["url"]


def test_pages_end_as_clients_expect(client: Desk) -> None:
    """Some clients read until a page is shorter than requested, others until there is no `next`."""
    beyond = client.get(ORDERS, page_number="2", page_size="30")
    assert (beyond.status, beyond.ids, "next" in beyond.document["links"]) == (200, [], False)


def test_the_guides_body_with_nulls_is_the_guides_body(client: Desk) -> None:
    """The vendor's forms send missing values as null."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("customer_id", "description", "note", "customer_note", "booking_add_ons", "sub_bookings", "service_custom_fields",
         "order_custom_fields", "recurring", "timeslot_series_id")
    )  # fmt: skip
    body = {
        "bookings": [meeting() | nothing],
        "order_customer_id": None,
        "voucher_code": None,
        "timezone": None,
    }
    priced = client.call("POST", f"{ORDERS}/calculate", body)
    assert (priced.status, priced.data["attributes"]["total"]) == (200, MEETING.price)


def test_notes_are_written_back_without_a_trace_of_the_time(client: Desk) -> None:
    """A client that assigns tables writes three texts, and reads them back."""
    placed = client.places(meeting(), check_availability=False)
    [id] = bookings_of(placed)
    texts = {"customer_note": "Deine Tische: 1 & 2", "note": "Auto-Allocation: 1", "description": "TISCHE: 1"}
    document = {"data": {"type": "bookings", "id": id, "attributes": texts}}
    assert client.call("PATCH", f"{BOOKINGS}/{id}", document).status == 200
    shown = client.get(f"{BOOKINGS}/{id}", include="resource,service,customer,order").data["attributes"]
    assert {name: shown[name] for name in texts} == texts
