"""Everything that can be wrong with an order, each with its title and pointer, and all of it in one answer."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.system.client import Api, Desk, Table

Mistake = Callable[[dict[str, Any]], object]


def booking(**fields: Any) -> Mistake:
    return lambda order: order["bookings"][0].update(fields)


def without(field: str) -> Mistake:
    return lambda order: order["bookings"][0].pop(field)


def order(**fields: Any) -> Mistake:
    return lambda body: body.update(fields)


FIRST = "/bookings/0"
MISTAKES: dict[str, tuple[Mistake, str, str]] = {
    "resource missing": (without("resource_id"), "resource_id required", f"{FIRST}/resource_id"),
    "resource null": (booking(resource_id=None), "resource_id required", f"{FIRST}/resource_id"),
    "resources empty": (booking(resource_id=[]), "resource_id required", f"{FIRST}/resource_id"),
    "resource unknown": (booking(resource_id="nowhere"), "resource not found", f"{FIRST}/resource_id"),
    "service missing": (without("service_id"), "service_id required", f"{FIRST}/service_id"),
    "services empty": (booking(service_id={}), "service_id required", f"{FIRST}/service_id"),
    "service unknown": (booking(service_id={"a/b": 1}), "service not found", f"{FIRST}/service_id/a~1b"),
    "order's customer unknown": (
        order(order_customer_id="nobody"),
        "customer not found",
        "/order_customer_id",
    ),
    "booking's customer unknown": (
        booking(customer_id="nobody"),
        "customer not found",
        f"{FIRST}/customer_id",
    ),
    "add-on unknown": (
        booking(booking_add_ons=[{"add_on_id": "tea"}]),
        "add-on not found",
        f"{FIRST}/booking_add_ons/0/add_on_id",
    ),
    "add-on missing": (
        booking(booking_add_ons=[{"quantity": 1}]),
        "add_on_id required",
        f"{FIRST}/booking_add_ons/0/add_on_id",
    ),
    "voucher unknown": (order(voucher_code="FREE"), "voucher not found", "/voucher_code"),
    "start missing": (without("start_date"), "start_date required", f"{FIRST}/start_date"),
    "end missing": (without("end_date"), "end_date required", f"{FIRST}/end_date"),
    "start no date": (booking(start_date="tomorrow"), "invalid value", f"{FIRST}/start_date"),
    "end before start": (
        booking(end_date="2020-01-01T09:00:00Z"),
        "end_date before start_date",
        f"{FIRST}/end_date",
    ),
    "in the past": (
        booking(start_date="2020-01-06T09:00:00+01:00", end_date="2020-01-06T10:00:00+01:00"),
        "slot in the past",
        f"{FIRST}/start_date",
    ),
    "before opening": (
        booking(start_date="2035-06-04T06:59:00+02:00", end_date="2035-06-04T08:00:00+02:00"),
        "outside opening hours",
        f"{FIRST}/start_date",
    ),
    "after closing": (
        booking(start_date="2035-06-04T21:00:00+02:00", end_date="2035-06-04T22:01:00+02:00"),
        "outside opening hours",
        f"{FIRST}/start_date",
    ),
    "skipped by the clock change": (
        booking(start_date="2035-03-25T02:30:00", end_date="2035-03-25T09:00:00"),
        "nonexistent time",
        f"{FIRST}/start_date",
    ),
    "bookings missing": (lambda body: body.pop("bookings"), "bookings required", "/bookings"),
    "bookings empty": (order(bookings=[]), "bookings required", "/bookings"),
    "bookings no array": (order(bookings={}), "invalid value", "/bookings"),
    "quantity zero": (booking(quantity=0), "invalid value", f"{FIRST}/quantity"),
    "quantity as text": (booking(quantity="1"), "invalid value", f"{FIRST}/quantity"),
    "zone unknown": (order(timezone="Europe/Potsdam"), "invalid timezone", "/timezone"),
    "boolean as text": (order(notify_customer="yes"), "invalid value", "/notify_customer"),
    "field unknown": (order(notifiy_customer=False), "unknown field", "/notifiy_customer"),
    "booking's field unknown": (booking(colour="red"), "unknown field", f"{FIRST}/colour"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_pointer(api: Api, desk: Desk, mistake: str) -> None:
    make, title, pointer = MISTAKES[mistake]
    body = desk.order(desk.meeting())
    make(body)
    refused = api.place(body)
    assert refused.status == 422
    assert refused.problems == {(title, pointer)}


@pytest.mark.parametrize("mistake", ["in the past", "before opening"])
def test_calculate_tells_that_a_time_can_not_be_booked(api: Api, desk: Desk, mistake: str) -> None:
    make, title, pointer = MISTAKES[mistake]
    body = desk.order(desk.meeting())
    make(body)
    [priced] = api.calculate(body).attributes["bookings"]
    assert (priced["available"], priced["total"] > 0) == (False, True)
    assert [(told["title"], told["source"]["pointer"]) for told in priced["conflicts"]] == [(title, pointer)]


def test_a_quantity_must_not_contradict_service_id(api: Api, desk: Desk) -> None:
    refused = api.place(desk.order(desk.desks(desk.desk_hour(), 2) | {"quantity": 3}))
    assert refused.status == 422
    assert refused.problems == {("quantity mismatch", "/bookings/0/quantity")}


def test_everything_that_is_wrong_is_told_in_one_answer(api: Api, desk: Desk, table: Table) -> None:
    taken = desk.hour()
    assert api.place(desk.order(desk.meeting(taken))).status == 201
    no_resource, no_service = desk.meeting(), desk.meeting()
    del no_resource["resource_id"], no_service["service_id"]
    body = desk.order(
        no_resource,
        no_service,
        desk.meeting(resource_id="nowhere"),
        desk.meeting(service_id={"nothing": 1}),
        desk.meeting(customer_id="nobody"),
        desk.meeting(booking_add_ons=[{"add_on_id": "tea"}]),
        desk.meeting(end_date="2020-01-01T09:00:00Z"),
        desk.meeting(start_date="2020-01-06T09:00:00+01:00", end_date="2020-01-06T10:00:00+01:00"),
        desk.meeting(start_date="2035-06-04T05:00:00+02:00", end_date="2035-06-04T06:00:00+02:00"),
        desk.meeting(quantity=0),
        desk.meeting(taken),
        desk.meeting(colour="red"),
        order_customer_id="nobody",
        voucher_code="FREE",
        timezone="Europe/Potsdam",
        total=1,
    )
    before = table.items()

    refused = api.place(body)

    assert refused.status == 422
    of_the_slots = {
        ("slot in the past", "/bookings/7/start_date"),
        ("outside opening hours", "/bookings/8/start_date"),
        ("slot unavailable", "/bookings/10"),
    }
    assert refused.problems == of_the_slots | {
        ("resource_id required", "/bookings/0/resource_id"),
        ("service_id required", "/bookings/1/service_id"),
        ("resource not found", "/bookings/2/resource_id"),
        ("service not found", "/bookings/3/service_id/nothing"),
        ("customer not found", "/bookings/4/customer_id"),
        ("add-on not found", "/bookings/5/booking_add_ons/0/add_on_id"),
        ("end_date before start_date", "/bookings/6/end_date"),
        ("invalid value", "/bookings/9/quantity"),
        ("unknown field", "/bookings/11/colour"),
        ("customer not found", "/order_customer_id"),
        ("voucher not found", "/voucher_code"),
        ("invalid timezone", "/timezone"),
        ("unknown field", "/total"),
    }
    assert len(refused.errors) == len(refused.problems)
    assert api.calculate(body).problems == refused.problems - of_the_slots
    assert table.items() == before


def test_one_wrong_resource_of_several_is_pointed_at(api: Api, desk: Desk) -> None:
    hour = desk.hour()
    refused = api.place(desk.order(desk.meeting(hour, resource_id=[hour.resource_id, "nowhere", None])))
    assert refused.problems == {
        ("resource not found", "/bookings/0/resource_id/1"),
        ("resource_id required", "/bookings/0/resource_id/2"),
    }


def test_a_service_is_not_sold_where_it_is_not_offered(api: Api, desk: Desk, demo: dict[str, Any]) -> None:
    refused = api.place(desk.order(desk.meeting(resource_id=demo["desk_area_id"])))
    assert refused.problems == {("service not offered", f"/bookings/0/service_id/{demo['service_id']}")}


@pytest.mark.usefixtures("neighbour")
def test_another_organizations_ids_are_not_found(api: Api, desk: Desk) -> None:
    booking = {
        "resource_id": "neighbour-resource",
        "service_id": {"neighbour-service": 1},
        "customer_id": "neighbour-customer",
        "booking_add_ons": [{"add_on_id": "neighbour-add-on"}],
    }
    body = desk.order(desk.meeting() | booking, order_customer_id="neighbour-customer", voucher_code="THEIRS")
    for refused in (api.place(body), api.calculate(body)):
        assert refused.status == 422
        assert refused.problems == {
            ("resource not found", "/bookings/0/resource_id"),
            ("service not found", "/bookings/0/service_id/neighbour-service"),
            ("customer not found", "/bookings/0/customer_id"),
            ("add-on not found", "/bookings/0/booking_add_ons/0/add_on_id"),
            ("customer not found", "/order_customer_id"),
            ("voucher not found", "/voucher_code"),
        }


def test_of_a_hundred_bookings_for_one_slot_all_but_the_first_are_named(api: Api, desk: Desk) -> None:
    refused = api.place(desk.order(*([desk.meeting()] * 100)))
    assert refused.status == 422
    assert refused.problems == {("slot unavailable", f"/bookings/{number}") for number in range(1, 100)}


def test_an_order_of_more_than_a_thousand_bookings_is_too_large(api: Api, desk: Desk) -> None:
    series = desk.meeting() | {"recurring": {"frequency": "daily", "count": 600}}
    refused = api.place(desk.order(series, series))
    assert refused.status == 422
    assert refused.problems == {("order too large", "/bookings")}
