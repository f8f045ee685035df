"""Prices of orders: known amounts to the cent, and previews that equal the orders."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.system.client import AMOUNTS, Answer, Api, Desk, Table

MEETING = {"total": 5000, "net_amount": 4202, "tax_amount": 798, "discount_amount": 0}
WITH_VOUCHER = {"total": 4400, "net_amount": 3735, "tax_amount": 665, "discount_amount": 1100}


def sums(parts: list[dict[str, Any]], names: tuple[str, ...] = AMOUNTS) -> dict[str, int]:
    return {name: sum(part[name] for part in parts) for name in names}


def assert_adds_up(calculated: Answer) -> None:
    attributes, bookings = calculated.attributes, calculated.attributes["bookings"]
    for booking in bookings:
        assert sums(booking["items"]) == {name: booking[name] for name in AMOUNTS}
    assert sums(bookings) == calculated.amounts
    taxed = ("total", "net_amount", "tax_amount")
    assert sums(attributes["taxes"], taxed) == {name: attributes[name] for name in taxed}
    assert attributes["total"] == attributes["net_amount"] + attributes["tax_amount"]


def test_an_hour_of_meeting(api: Api, desk: Desk) -> None:
    calculated = api.calculate(desk.order(desk.meeting()))
    assert calculated.status == 200
    assert calculated.document["data"]["type"] == "order-calculations"
    assert calculated.attributes["currency"] == "EUR"
    assert calculated.amounts == MEETING
    assert_adds_up(calculated)


def test_every_started_hour_counts(api: Api, desk: Desk) -> None:
    meeting = desk.meeting()
    meeting["end_date"] = meeting["end_date"].replace(":00:00", ":01:00")
    assert api.calculate(desk.order(meeting)).amounts["total"] == 10_000


def test_two_coffees_come_on_top(api: Api, desk: Desk) -> None:
    calculated = api.calculate(desk.order(desk.meeting(booking_add_ons=desk.coffees(2))))
    assert calculated.attributes["total"] == 5500
    assert {tax["rate"]: tax["total"] for tax in calculated.attributes["taxes"]} == {19: 5000, 7: 500}
    assert_adds_up(calculated)


def test_a_voucher_takes_its_percentage_off_everything(api: Api, desk: Desk) -> None:
    order = desk.order(desk.meeting(booking_add_ons=desk.coffees(2)), voucher_code="SUMMER20")
    calculated = api.calculate(order)
    assert calculated.amounts == WITH_VOUCHER
    assert_adds_up(calculated)


def test_an_amount_off_is_shared_out_to_the_cent(
    api: Api, desk: Desk, new_voucher: Callable[[str], str]
) -> None:
    bookings = [desk.meeting(booking_add_ons=desk.coffees(n)) for n in (1, 2, 3)]
    calculated = api.calculate(desk.order(*bookings, voucher_code=new_voucher("SHARED")))
    assert calculated.attributes["discount_amount"] == 1000
    assert_adds_up(calculated)


def test_the_order_charges_what_the_preview_said(api: Api, desk: Desk, table: Table) -> None:
    bookings = [desk.meeting(booking_add_ons=desk.coffees(2)), desk.desks(desk.desk_hour(), 3)]
    order = desk.order(*bookings, voucher_code="SUMMER20")
    before = table.items()

    preview = api.calculate(order)
    assert table.items() == before
    placed = api.place(order)

    assert placed.status == 201
    assert placed.amounts == preview.amounts
    assert placed.attributes["taxes"] == preview.attributes["taxes"]
    items = [item for booking in preview.attributes["bookings"] for item in booking["items"]]
    assert placed.document["data"]["meta"]["items"] == items
    assert placed.document["data"]["meta"]["voucher_code"] == "SUMMER20"
    assert_adds_up(preview)


def test_a_price_in_the_request_is_refused(api: Api, desk: Desk) -> None:
    refused = api.place(desk.order(desk.meeting(price=1), total=1))
    assert refused.status == 422
    assert refused.problems == {("unknown field", "/bookings/0/price"), ("unknown field", "/total")}


def test_once10_can_be_used_once(api: Api, desk: Desk) -> None:
    first = api.place(desk.order(desk.meeting(), voucher_code="ONCE10"))
    assert (first.status, first.attributes["total"], first.attributes["discount_amount"]) == (201, 4000, 1000)

    second = api.place(desk.order(desk.meeting(), voucher_code="ONCE10"))
    assert second.status == 422
    assert second.problems == {("voucher exhausted", "/voucher_code")}


@pytest.mark.parametrize("code", ["summer20", " SUMMER20 "])
def test_a_voucher_is_found_however_it_is_typed(api: Api, desk: Desk, code: str) -> None:
    assert api.calculate(desk.order(desk.meeting(), voucher_code=code)).attributes["total"] == 4000


def test_the_same_request_has_the_same_calculation_id(api: Api, desk: Desk) -> None:
    order = desk.order(desk.meeting())
    first, again, other = (api.calculate(body).id for body in (order, order, desk.order(desk.meeting())))
    assert first == again != other
