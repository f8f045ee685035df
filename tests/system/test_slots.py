"""A booked slot cannot be booked again. An order exists with everything it takes, or leaves nothing behind."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.system.client import Answer, Api, Desk, Table


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def assert_taken(refused: Answer, *bookings: int) -> list[dict[str, Any]]:
    """Checks that exactly these bookings are refused because of their slot. Returns the errors' meta."""
    assert refused.status == 422
    assert [(error["title"], error["source"]["pointer"]) for error in refused.errors] == [
        ("slot unavailable", f"/bookings/{index}") for index in bookings
    ]
    return [error["meta"] for error in refused.errors]


def test_an_order_is_a_json_api_resource_with_its_bookings(
    api: Api, desk: Desk, demo: dict[str, Any]
) -> None:
    hours = [desk.hour(), desk.hour()]
    placed = api.place(desk.order(*map(desk.meeting, hours)))
    assert placed.status == 201
    resource = placed.document["data"]
    assert resource["type"] == "orders"
    assert resource["attributes"]["status"] == "completed"
    assert resource["attributes"]["manually_created"] is True
    assert resource["attributes"]["start_date"] == utc(min(hour.start for hour in hours))
    assert resource["attributes"]["end_date"] == utc(max(hour.end for hour in hours))
    assert resource["attributes"]["number"].startswith("BO")
    assert resource["attributes"]["number"][2:].isdigit()
    assert [booking["type"] for booking in resource["relationships"]["bookings"]["data"]] == ["bookings"] * 2
    assert resource["relationships"]["customer"]["data"] == {"type": "customers", "id": demo["customer_id"]}


def test_the_location_is_the_orders_absolute_address(api: Api, desk: Desk, base_url: str) -> None:
    placed = api.place(desk.order(desk.meeting()))
    assert placed.headers["Location"] == f"{base_url}/api/v1/orders/{placed.id}"
    assert placed.document["data"]["links"]["self"] == placed.headers["Location"]
    assert api.http.get(placed.headers["Location"] + "/send-notification").status_code == 401


def test_an_order_without_a_customer_has_null_for_one(api: Api, desk: Desk) -> None:
    body = desk.order(desk.meeting())
    del body["order_customer_id"]
    placed = api.place(body)
    assert placed.status == 201
    assert placed.document["data"]["relationships"]["customer"]["data"] is None


def test_dates_without_an_offset_are_read_in_the_requests_zone(api: Api, desk: Desk) -> None:
    hour = desk.hour()
    naive = {"start_date": f"{hour.start:%Y-%m-%dT%H:%M:%S}", "end_date": f"{hour.end:%Y-%m-%dT%H:%M:%S}"}
    placed = api.place(desk.order(desk.meeting(hour) | naive))
    assert (placed.attributes["start_date"], placed.attributes["end_date"]) == (
        utc(hour.start),
        utc(hour.end),
    )


def test_the_same_slot_is_refused_with_what_takes_it(api: Api, desk: Desk) -> None:
    hour = desk.hour()
    order = desk.order(desk.meeting(), desk.meeting(hour))
    assert api.place(order).status == 201

    [meta] = assert_taken(api.place(desk.order(desk.meeting(), desk.meeting(hour))), 1)
    assert meta["resource_id"] == hour.resource_id
    assert [(taken["start_date"], taken["end_date"]) for taken in meta["taken"]] == [
        (utc(hour.start), utc(hour.end))
    ]


def test_calculate_tells_that_a_slot_is_taken(api: Api, desk: Desk) -> None:
    hour = desk.hour()
    assert api.calculate(desk.order(desk.meeting(hour))).attributes["bookings"][0]["available"] is True
    assert api.place(desk.order(desk.meeting(hour))).status == 201

    [booking] = api.calculate(desk.order(desk.meeting(hour))).attributes["bookings"]
    assert booking["available"] is False
    assert [conflict["title"] for conflict in booking["conflicts"]] == ["slot unavailable"]
    assert booking["conflicts"][0]["meta"]["taken"][0]["start_date"] == utc(hour.start)


def test_an_override_books_what_is_taken(api: Api, desk: Desk) -> None:
    hour = desk.hour()
    assert api.place(desk.order(desk.meeting(hour))).status == 201
    override = api.place(desk.order(desk.meeting(hour), check_availability=False))
    assert override.status == 201
    assert override.attributes["total"] == 5000
    assert_taken(api.place(desk.order(desk.meeting(hour))), 0)


def test_an_override_books_the_past_and_closed_hours(api: Api, desk: Desk) -> None:
    past = {"start_date": "2020-01-06T03:00:00+01:00", "end_date": "2020-01-06T04:00:00+01:00"}
    assert api.place(desk.order(desk.meeting() | past, check_availability=False)).status == 201


def test_touching_bookings_do_not_conflict(api: Api, desk: Desk) -> None:
    # Every other hour is the same room's next one.
    hours = [desk.hour() for _ in range(4)]
    assert {api.place(desk.order(desk.meeting(hour))).status for hour in hours} == {201}


def test_thirteen_desks_are_refused_twelve_fit_and_then_none_is_left(api: Api, desk: Desk) -> None:
    hour = desk.desk_hour()
    [meta] = assert_taken(api.place(desk.order(desk.desks(hour, 13))), 0)
    assert (meta["capacity"], meta["available"]) == (12, 12)

    placed = api.place(desk.order(desk.desks(hour, 12)))
    assert (placed.status, placed.attributes["total"]) == (201, 34_800)

    [meta] = assert_taken(api.place(desk.order(desk.desks(hour, 1))), 0)
    assert meta["available"] == 0
    assert [taken["in_use"] for taken in meta["taken"]] == [12]


def test_quantity_means_the_same_as_a_quantity_in_service_id(api: Api, desk: Desk) -> None:
    hour = desk.desk_hour()
    for booking in (desk.desks(hour, 1) | {"quantity": 7}, desk.desks(hour, 5) | {"quantity": 5}):
        assert api.place(desk.order(booking)).status == 201
    assert_taken(api.place(desk.order(desk.desks(hour, 1))), 0)


def test_one_order_can_not_take_a_slot_twice(api: Api, desk: Desk) -> None:
    hour = desk.hour()
    assert_taken(api.place(desk.order(desk.meeting(hour), desk.meeting(hour))), 1)


def test_a_booking_takes_every_one_of_its_resources(api: Api, desk: Desk, demo: dict[str, Any]) -> None:
    first = next(hour for hour in iter(desk.hour, None) if hour.resource_id == demo["resource_id"])
    other = desk.hour()
    assert (other.start, other.resource_id) == (first.start, demo["second_resource_id"])
    both = desk.meeting(first) | {"resource_id": [first.resource_id, other.resource_id]}
    placed = api.place(desk.order(both))
    assert (placed.status, placed.attributes["total"]) == (201, 5000)
    for hour in (first, other):
        [meta] = assert_taken(api.place(desk.order(desk.meeting(hour))), 0)
        assert meta["resource_id"] == hour.resource_id


def test_an_order_with_one_taken_slot_leaves_nothing_behind(
    api: Api, desk: Desk, table: Table, new_voucher: Callable[[str], str]
) -> None:
    taken = [desk.hour(), desk.hour()]
    assert api.place(desk.order(*map(desk.meeting, taken))).status == 201
    code = new_voucher("KEPT10")
    before = table.items()

    free = [desk.meeting(), desk.desks(desk.desk_hour(), 2)]
    order = desk.order(
        free[0],
        desk.meeting(taken[0]),
        free[1],
        desk.meeting(taken[1]),
        voucher_code=code,
        notify_customer=True,
    )
    assert_taken(api.place(order), 1, 3)

    assert table.items() == before
    placed = api.place(desk.order(*free, voucher_code=code))
    assert (placed.status, placed.attributes["discount_amount"]) == (201, 1000)


def test_an_order_is_an_item_a_booking_each_its_occupancy_and_its_voucher_use(
    api: Api, desk: Desk, table: Table, new_voucher: Callable[[str], str]
) -> None:
    code = new_voucher("SEEN10")
    before = table.items()
    placed = api.place(desk.order(desk.meeting(), desk.desks(desk.desk_hour(), 2), voucher_code=code))
    assert placed.status == 201
    after = table.items()
    changed = {key for key, item in after.items() if before.get(key) != item}
    assert {sk for pk, sk in changed if placed.id in pk} == {"order", "booking#0001", "booking#0002"}
    assert len([sk for _, sk in changed if sk.startswith("ledger#")]) == 2
    [voucher] = [after[key] for key in changed if key[1] == "voucher"]
    assert voucher["redemptions"] == {"N": "1"}
    assert before.keys() <= after.keys()


def test_a_draft_holds_its_slot(api: Api, desk: Desk) -> None:
    hour = desk.hour()
    draft = api.place(desk.order(desk.meeting(hour), complete_order=False))
    assert draft.status == 201
    assert draft.attributes["status"] == "draft"
    assert datetime.fromisoformat(draft.attributes["expires_at"]) > datetime.now(UTC)
    assert_taken(api.place(desk.order(desk.meeting(hour))), 0)


def test_a_draft_does_not_use_up_its_voucher(api: Api, desk: Desk, new_voucher: Callable[[str], str]) -> None:
    code = new_voucher("DRAFT10")
    assert (
        api.place(desk.order(desk.meeting(), voucher_code=code, complete_order=False)).attributes[
            "discount_amount"
        ]
        == 1000
    )
    assert api.place(desk.order(desk.meeting(), voucher_code=code)).status == 201
