"""What clients find after `DELETE` of a booking. Source: shared conventions, "Bookings": clients treat 404 as success."""

from typing import Any

import pytest

from tests.integration.conftest import MotoWorld
from tests.integration.test_admin_orders import BOOKINGS, ORDERS, Desk, bookings_of
from tests.support.demo import ADA, desks, meeting


@pytest.fixture
def own(moto_world: MotoWorld) -> Desk:
    return Desk(moto_world, moto_world.demo["token"])


def test_a_deleted_booking_is_gone_for_all_who_look(own: Desk) -> None:
    placed = own.places(meeting(), desks(1), desks(2))
    order, (first, second, third) = f"{ORDERS}/{placed['id']}", bookings_of(placed)
    assert own.call("POST", f"{BOOKINGS}/{third}/cancel").status == 200

    assert own.call("DELETE", f"{BOOKINGS}/{first}").status == 204

    assert own.get(f"{BOOKINGS}/{first}").refusals == [("booking_not_found", None)]
    for method, path in (("DELETE", ""), ("POST", "/cancel"), ("POST", "/check-in"), ("PATCH", "")):
        document = (
            {"data": {"type": "bookings", "id": first, "attributes": {}}} if method == "PATCH" else None
        )
        assert own.call(method, f"{BOOKINGS}/{first}{path}", document).status == 404
    for asked in (
        {},
        {"filter_order": placed["id"]},
        {"filter_customer": ADA.id},
        {"filter_start_date": "2030-04-15"},
        {"filter_resources": meeting()["resource_id"]},
        {"filter_search": "ada"},
    ):
        ids = own.listed(BOOKINGS, **asked)
        assert first not in ids
        assert "filter_resources" in asked or {*ids} == {second, third}
    shown = own.get(order, include="bookings")
    assert bookings_of(shown.data) == [second, third], "a canceled one can be read still"
    assert {each["id"] for each in shown.document["included"]} == {second, third}
    assert [bookings_of(each) for each in own.get(ORDERS).data] == [[second, third]]
    # Its time is free, and the next booking has its own id.
    own.places(meeting())


def test_with_the_last_booking_the_order_is_canceled_and_stays(own: Desk) -> None:
    placed = own.places(meeting())
    [booking] = bookings_of(placed)
    assert own.call("DELETE", f"{BOOKINGS}/{booking}").status == 204
    shown = own.get(f"{ORDERS}/{placed['id']}").data
    assert (shown["attributes"]["status"], bookings_of(shown)) == ("canceled", [])
    assert own.listed(BOOKINGS) == []
    assert own.listed(ORDERS) == [placed["id"]]


def test_what_was_attended_is_not_deleted_and_what_was_canceled_is(own: Desk) -> None:
    placed = own.places(meeting(), desks(1))
    first, second = bookings_of(placed)
    assert own.call("POST", f"{BOOKINGS}/{first}/check-in").status == 200
    assert own.call("DELETE", f"{BOOKINGS}/{first}").refusals == [("nothing_to_cancel", None)]
    assert own.call("POST", f"{BOOKINGS}/{second}/cancel").status == 200
    assert own.call("DELETE", f"{BOOKINGS}/{second}").status == 204
    assert own.call("DELETE", f"{BOOKINGS}/{second}").status == 404
    assert own.listed(BOOKINGS) == [first]


def test_sub_bookings_go_along(own: Desk) -> None:
    sub: dict[str, Any] = {"resource_id": desks(1)["resource_id"], "service_id": desks(1)["service_id"]}
    placed = own.places(meeting(sub_bookings=[sub, sub]))
    main, one, other = bookings_of(placed)
    assert own.call("DELETE", f"{BOOKINGS}/{one}").status == 204
    related = own.get(f"{BOOKINGS}/{main}", include="sub_bookings")
    assert [each["id"] for each in related.data["relationships"]["sub_bookings"]["data"]] == [other]
    assert [each["id"] for each in related.document["included"]] == [other]
    assert own.call("POST", f"{BOOKINGS}/{other}/cancel").status == 200
    assert own.call("DELETE", f"{BOOKINGS}/{main}").status == 204
    assert own.listed(BOOKINGS) == []
    assert own.get(f"{BOOKINGS}/{other}").refusals == [("booking_not_found", None)], "canceled before or not"
