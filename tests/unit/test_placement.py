"""The decision on an order: every reason against it at once, or exactly the writes that place it."""

from typing import Any

import pytest

from frontdesk.model.config import read_config
from frontdesk.model.intervals import DAY
from frontdesk.model.ledger import Claim, Hold, Ledger, LedgerKey
from frontdesk.model.placement import MOST_ACTIONS, keys_named, refuse_too_large
from frontdesk.model.problems import FrontdeskError
from frontdesk.model.snapshot import Key, Snapshot
from tests.unit.builders import (
    ADA,
    COFFEE,
    DESK,
    MEETING,
    NOW,
    ONCE10,
    ORGANIZATION,
    ROOM,
    ROOM_2,
    SUMMER20,
    Shop,
    at,
    booking,
    codes,
    desks,
    order,
)

ROOM_DAY = LedgerKey("room", "2026-04-15")
HERE = "/bookings/0"


def _problems(body: Any, *instead: Any) -> list[tuple[str, str | None]]:
    """Everything against an order, whenever it is asked and then."""
    judgement = Shop(*instead).judge(body)
    return codes((*judgement.problems, *judgement.conflicts))


# --- what it costs -----------------------------------------------------------------------------------------------


def test_a_free_slot_is_priced_and_has_nothing_against_it() -> None:
    judgement = Shop().judge(order(booking(booking_add_ons=[{"add_on_id": "coffee", "quantity": 2}]), voucher_code=" summer20 "))
    assert (judgement.problems, judgement.conflicts) == ((), ())
    assert judgement.amounts.model_dump() == {"total": 4400, "net_amount": 3735, "tax_amount": 665, "discount_amount": 1100}
    assert judgement.bookings[0].amounts == judgement.amounts
    assert judgement.voucher == SUMMER20


@pytest.mark.parametrize(
    ("services", "quantity", "units"),
    [
        ({"desk": 1}, None, 1),
        ({"desk": 12}, None, 12),
        ({"desk": 1}, 12, 12),
        ({"desk": 12}, 12, 12),
        ({"desk": 1}, 1, 1),
        ({"desk": 3}, 1, None),
        ({"desk": 3}, 2, None),
        ({"desk": 1, "lamp": 2}, 1, 1),
        ({"desk": 1, "lamp": 2}, None, 1),
        ({"desk": 1, "lamp": 2}, 2, None),
        ({"desk": 2, "lamp": 2}, 2, None),
    ],
)
def test_quantity_is_another_way_to_write_the_units_of_one_service(
    services: dict[str, int], quantity: int | None, units: int | None
) -> None:
    shop = Shop(DESK.model_copy(update={"id": "lamp", "price": 100, "default_weight": 0}))
    judgement = shop.judge(order(booking(resource_id="desks", service_id=services, quantity=quantity)))
    if units is None:
        assert codes(judgement.problems) == [("quantity_mismatch", f"{HERE}/quantity")]
        return
    assert judgement.problems == ()
    (priced,) = judgement.bookings
    assert priced.amounts.total == 2900 * units + 100 * services.get("lamp", 0)
    assert (priced.plan.weight, priced.plan.quantity) == (units, units)


def test_each_resource_is_occupied_by_the_sum_of_units_times_weight_and_the_price_does_not_grow_with_resources() -> None:
    halls = [ROOM.model_copy(update={"quantity": 10}), ROOM_2.model_copy(update={"quantity": 10})]
    shop = Shop(*halls, MEETING.model_copy(update={"default_weight": 3}))
    placement = shop.place(order(booking(resource_id=["room", "room2"], service_id={"meeting": 2})))
    assert placement.order.amounts.total == 10000
    assert [(change.seen.key.owner, change.result()) for change in placement.ledgers] == [
        (owner, {0: 0, 7 * 3600: 6, 8 * 3600: 0}) for owner in ("room", "room2")
    ]


# --- what can be wrong -------------------------------------------------------------------------------------------

REFUSALS = [
    (order(booking(resource_id=None)), "resource_id required", f"{HERE}/resource_id"),
    (order(booking(resource_id=[])), "resource_id required", f"{HERE}/resource_id"),
    (order(booking(resource_id=["room", None])), "resource_id required", f"{HERE}/resource_id/1"),
    (order(booking(resource_id="nowhere")), "resource not found", f"{HERE}/resource_id"),
    (order(booking(resource_id=["room", "nowhere"])), "resource not found", f"{HERE}/resource_id/1"),
    (order(booking(resource_id=["room", "room"])), "resource repeated", f"{HERE}/resource_id/1"),
    (order(booking(resource_id="desks")), "service not offered", f"{HERE}/service_id/meeting"),
    (order(booking(service_id=None)), "service_id required", f"{HERE}/service_id"),
    (order(booking(service_id={})), "service_id required", f"{HERE}/service_id"),
    (order(booking(service_id={"nothing": 1})), "service not found", f"{HERE}/service_id/nothing"),
    (order(booking(booking_add_ons=[{"quantity": 1}])), "add_on_id required", f"{HERE}/booking_add_ons/0/add_on_id"),
    (order(booking(booking_add_ons=[None])), "add_on_id required", f"{HERE}/booking_add_ons/0/add_on_id"),
    (order(booking(booking_add_ons=[{"add_on_id": "tea"}])), "add-on not found", f"{HERE}/booking_add_ons/0/add_on_id"),
    (order(booking(customer_id="nobody")), "customer not found", f"{HERE}/customer_id"),
    (order(order_customer_id="nobody"), "customer not found", "/order_customer_id"),
    (order(voucher_code="nope"), "voucher not found", "/voucher_code"),
    (order(timezone="Mars/Olympus"), "invalid timezone", "/timezone"),
    (order(timezone=""), "invalid timezone", "/timezone"),
    (order(booking(start_date=None)), "start_date required", f"{HERE}/start_date"),
    (order(booking(end_date=None)), "end_date required", f"{HERE}/end_date"),
    (order(booking(end="2026-04-15T08:00:00+02:00")), "end_date before start_date", f"{HERE}/end_date"),
    (order(booking(end="2026-04-15T09:00:00+02:00")), "end_date before start_date", f"{HERE}/end_date"),
    (order(booking("2027-03-28T02:30", "2027-03-28T04:30")), "nonexistent time", f"{HERE}/start_date"),
    (order(booking("2026-04-01T13:59:59+02:00", "2026-04-01T15:00:00+02:00")), "slot in the past", f"{HERE}/start_date"),
    (order(booking("2026-04-15T21:30:00+02:00", "2026-04-15T22:30:00+02:00")), "outside opening hours", f"{HERE}/start_date"),
    (order(desks(13)), "slot unavailable", HERE),
    ({"bookings": []}, "bookings required", "/bookings"),
    ({"bookings": None}, "bookings required", "/bookings"),
    ({}, "bookings required", "/bookings"),
]


@pytest.mark.parametrize(("body", "title", "pointer"), REFUSALS)
def test_each_mistake_is_refused_with_its_title_and_pointer(body: Any, title: str, pointer: str) -> None:
    judgement = Shop().judge(body)
    found = [(problem.title, problem.pointer, problem.status) for problem in (*judgement.problems, *judgement.conflicts)]
    assert found == [(title, pointer, 422)]


@pytest.mark.parametrize("bookings", [[None], [None, booking()], [booking(), None]])
def test_a_booking_that_is_null_is_refused_where_it_stands(bookings: list[Any]) -> None:
    assert _problems({"bookings": bookings})[0][1] in {"/bookings", f"/bookings/{bookings.index(None)}"}


def test_every_problem_of_an_order_is_in_one_answer() -> None:
    bookings = [
        booking(resource_id=None),
        booking(service_id=None),
        booking(resource_id="nowhere"),
        booking(service_id={"nothing": 1}),
        booking(booking_add_ons=[{"add_on_id": "tea"}]),
        booking(end="2026-04-15T08:00:00+02:00"),
        booking("2026-03-01T09:00:00+01:00", "2026-03-01T10:00:00+01:00"),
        booking("2026-04-16T05:00:00+02:00", "2026-04-16T06:00:00+02:00"),
        booking(quantity=0),
        desks(13),
    ]
    assert _problems(order(*bookings, order_customer_id="nobody", voucher_code="nope", timezone="x")) == [
        ("invalid_value", "/bookings/8/quantity"),
        ("invalid_timezone", "/timezone"),
        ("customer_not_found", "/order_customer_id"),
        ("voucher_not_found", "/voucher_code"),
        ("resource_id_required", "/bookings/0/resource_id"),
        ("service_id_required", "/bookings/1/service_id"),
        ("resource_not_found", "/bookings/2/resource_id"),
        ("service_not_found", "/bookings/3/service_id/nothing"),
        ("add_on_not_found", "/bookings/4/booking_add_ons/0/add_on_id"),
        ("end_before_start", "/bookings/5/end_date"),
        ("in_the_past", "/bookings/6/start_date"),
        ("outside_opening_hours", "/bookings/7/start_date"),
        ("slot_unavailable", "/bookings/8"),  # the same slot as booking 4 of this order
        ("slot_unavailable", "/bookings/9"),
    ]


def test_what_is_there_but_wrong_is_not_called_missing() -> None:
    assert _problems(
        order(booking(resource_id=True, service_id=5, start_date=5, end_date="soon", booking_add_ons=[{"add_on_id": True}]))
    ) == [
        ("invalid_value", f"{HERE}/{field}")
        for field in ("resource_id", "service_id", "start_date", "end_date", "booking_add_ons/0/add_on_id")
    ]
    assert _problems({"bookings": 5}) == [("invalid_value", "/bookings")]


def test_what_is_missing_beside_something_wrong_is_reported_too() -> None:
    assert _problems(order(booking(booking_add_ons=[{"quantity": 0}]))) == [
        ("invalid_value", f"{HERE}/booking_add_ons/0/quantity"),
        ("add_on_id_required", f"{HERE}/booking_add_ons/0/add_on_id"),
    ]


@pytest.mark.parametrize("item", [ADA, ROOM, MEETING, COFFEE, SUMMER20], ids=lambda item: type(item).__name__)
def test_what_is_archived_is_not_found(item: Any) -> None:
    body = order(booking(booking_add_ons=[{"add_on_id": "coffee"}]), order_customer_id="ada", voucher_code="SUMMER20")
    assert _problems(body) == []
    ((code, _),) = _problems(body, item.model_copy(update={"archived": True}))
    assert code.endswith("_not_found")


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({"min_duration": 61}, [("under_min_duration", f"{HERE}/end_date")]),
        ({"max_duration": 59}, [("over_max_duration", f"{HERE}/end_date")]),
        ({"min_duration": 60, "max_duration": 60}, []),
        ({"lead_time": 14 * 24 * 60}, [("before_lead_time", f"{HERE}/start_date")]),
        ({"lead_time": 13 * 24 * 60}, []),
    ],
)
def test_the_terms_of_a_service_are_kept(terms: dict[str, int], found: list[Any]) -> None:
    assert _problems(order(), MEETING.model_copy(update=terms)) == found


def test_a_slot_may_begin_this_very_second() -> None:
    judgement = Shop().judge(order(), now=at("2026-04-15T09:00:00+02:00"))
    assert judgement.conflicts == ()


def test_opening_hours_are_on_the_clock_of_the_resource_else_of_the_organization() -> None:
    early = order(booking("2026-04-15T07:00:00+02:00", "2026-04-15T08:00:00+02:00"))
    assert _problems(early) == []
    assert _problems(early, ROOM.model_copy(update={"timezone": "Europe/London"})) == [("outside_opening_hours", f"{HERE}/start_date")]


def test_naive_dates_are_on_the_clock_of_the_request_else_of_the_organization() -> None:
    naive = booking("2026-04-15T09:00", "2026-04-15T10:00")
    for zone, start in ((None, "2026-04-15T09:00:00+02:00"), ("Europe/London", "2026-04-15T09:00:00+01:00")):
        judgement = Shop().judge(order(naive, timezone=zone))
        assert judgement.bookings[0].plan.slot.start == at(start)
        assert judgement.zone.key == (zone or "Europe/Berlin")


# --- what is taken -----------------------------------------------------------------------------------------------


def test_a_taken_slot_is_refused_with_the_interval_in_conflict_and_a_touching_one_is_free() -> None:
    shop = Shop()
    shop.place(order())
    later = order(booking("2026-04-15T09:30:00+02:00", "2026-04-15T11:00:00+02:00"))
    (problem,) = shop.judge(later).conflicts
    assert (problem.title, problem.pointer) == ("slot unavailable", HERE)
    assert problem.meta["taken"] == [
        {"start_date": "2026-04-15T07:30:00+00:00", "end_date": "2026-04-15T08:00:00+00:00", "in_use": 1, "available": 0}
    ]
    assert shop.judge(order(booking("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00"))).conflicts == ()
    assert shop.judge(order(booking("2026-04-15T08:00:00+02:00", "2026-04-15T09:00:00+02:00"))).conflicts == ()


def test_twelve_desks_are_there_and_then_none() -> None:
    shop = Shop()
    assert shop.place(order(desks(12))).order.amounts.total == 34800
    (problem,) = shop.judge(order(desks(1))).conflicts
    assert (problem.meta["capacity"], problem.meta["available"]) == (12, 0)


def test_two_bookings_of_one_order_compete() -> None:
    assert _problems(order(desks(7), desks(6))) == [("slot_unavailable", "/bookings/1")]
    assert _problems(order(desks(7), desks(5))) == []
    assert _problems(order(booking(), booking())) == [("slot_unavailable", "/bookings/1")]


def test_a_booking_of_several_resources_needs_all_of_them() -> None:
    shop = Shop()
    shop.place(order(booking(resource_id="room2")))
    (problem,) = shop.judge(order(booking(resource_id=["room", "room2"]))).conflicts
    assert problem.meta["resource_id"] == "room2"


def test_an_override_counts_for_those_who_come_later() -> None:
    shop = Shop()
    shop.place(order(desks(12)))
    placement = shop.place(order(desks(1), check_availability=False))
    assert placement.bookings[0].override
    assert placement.ledgers[0].limits == {}
    (problem,) = shop.judge(order(desks(1))).conflicts
    assert problem.meta["taken"][0]["in_use"] == 13


def test_paddings_occupy_the_neighbouring_day_and_the_keys_say_so() -> None:
    shop = Shop(ROOM.model_copy(update={"opening_hours": None}), MEETING.model_copy(update={"padding_before": 600, "padding_after": 30}))
    body = order(booking("2026-04-15T02:00:00+00:00", "2026-04-15T03:00:00+00:00"))
    config = read_config(body).config

    assert keys_named(config, "o", Snapshot()) == {
        Key("organization", "o"), Key("resource", "room"), Key("service", "meeting"), Key("ledger", "room", "2026-04-15")
    }  # fmt: skip
    named = keys_named(config, "o", shop.snapshot(body))
    assert {key.day for key in named if key.kind == "ledger"} == {"2026-04-14", "2026-04-15"}

    placement = shop.place(body)
    assert [(change.seen.key.day, change.result()) for change in placement.ledgers] == [
        ("2026-04-14", {0: 0, 16 * 3600: 1}),
        ("2026-04-15", {0: 1, int(3.5 * 3600): 0}),
    ]
    assert (placement.bookings[0].blocker_start, placement.bookings[0].blocker_end) == (
        at("2026-04-14T16:00:00+00:00"),
        at("2026-04-15T03:30:00+00:00"),
    )
    before = order(booking("2026-04-14T15:00:00+00:00", "2026-04-14T16:00:00+00:00"))
    assert codes(shop.judge(before).conflicts) == [("slot_unavailable", HERE)]  # its own padding of 30 minutes


@pytest.mark.parametrize("zone", [None, "Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_days_that_are_guessed_include_those_of_the_slot_in_any_zone(zone: str | None) -> None:
    body = order(booking("2026-04-15T23:30", "2026-04-16T00:30"), timezone=zone)
    shop = Shop(ORGANIZATION.model_copy(update={"timezone": "Pacific/Honolulu"}), ROOM.model_copy(update={"opening_hours": None}))
    config = read_config(body).config
    assert shop.snapshot(body).missing(keys_named(config, "o", Snapshot())) == set()
    exact = {key for key in keys_named(config, "o", shop.snapshot(body)) if key.kind == "ledger"}
    assert exact <= keys_named(config, "o", Snapshot())


def test_an_exhausted_voucher_is_refused_and_gives_nothing() -> None:
    judgement = Shop(ONCE10.model_copy(update={"redemptions": 1})).judge(order(voucher_code="once10"))
    assert codes(judgement.problems) == [("voucher_exhausted", "/voucher_code")]
    assert (judgement.amounts.discount_amount, judgement.voucher) == (0, None)


# --- what is written ---------------------------------------------------------------------------------------------


def test_an_order_is_written_with_its_bookings_claims_and_voucher() -> None:
    asked = booking(description="d", note="n", customer_note="c", customer_id="bernd")
    placement = Shop().place(order(asked, desks(2), order_customer_id="ada", voucher_code="ONCE10"))
    placed, (meeting, desk) = placement.order, placement.bookings
    assert (placed.status, placed.booking_count, placed.active_bookings, placed.expires_at) == ("completed", 2, 2, None)
    assert (placed.customer_id, meeting.customer_id, desk.customer_id) == ("ada", "bernd", "ada")
    assert placed.booking_ids == (meeting.id, desk.id)
    assert {meeting.order_id, desk.order_id} == {placed.id}
    assert (meeting.status, meeting.description, meeting.note, meeting.customer_note) == ("accepted", "d", "n", "c")
    assert (meeting.charged_duration, desk.weight, desk.quantity) == (60, 2, 2)
    assert placed.amounts.total == 5000 + 5800 - 1000 == meeting.amounts.total + desk.amounts.total
    assert sum(tax.total for tax in placed.taxes) == placed.amounts.total
    assert placed.voucher is not None
    assert (placed.voucher.code, placement.redeemed) == ("ONCE10", ONCE10)
    assert [change.seen.key.owner for change in placement.ledgers] == ["desks", "room"]
    assert placement.actions == 1 + 2 + 2 + 1


def test_numbers_are_digits_that_no_two_orders_and_bookings_share() -> None:
    placements = [Shop().place(order(), order_id=f"ord-{i}") for i in range(10)]
    numbers = [number for placed in placements for number in (placed.order.number, placed.bookings[0].number)]
    assert all(number[:2] in ("BO", "BB") and len(number) == 18 and number[2:].isdecimal() for number in numbers)
    assert len({number[2:] for number in numbers}) == 20


def test_claims_of_one_order_on_one_day_are_one_write() -> None:
    next_hour = booking("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00")
    (change,) = Shop().place(order(booking(), next_hour)).ledgers
    assert change.result() == {0: 0, 7 * 3600: 1, 8 * 3600: 1, 9 * 3600: 0}


def test_a_draft_holds_its_slot_until_it_expires_and_redeems_nothing() -> None:
    shop = Shop()
    placement = shop.place(order(order_customer_id="ada", voucher_code="ONCE10", complete_order=False))
    assert (placement.order.status, placement.order.expires_at) == ("draft", NOW + 15 * 60)
    assert (placement.redeemed, placement.order.notification) == (None, None)
    assert placement.bookings[0].status == "reserved"
    (change,) = placement.ledgers
    assert change.result() == {0: 0}
    assert list(change.new_holds.values()) == [Hold("ord", "try", Claim(7 * 3600, 8 * 3600, 1), False, NOW + 15 * 60)]
    assert codes(shop.judge(order(), now=NOW + 15 * 60 - 1).conflicts) == [("slot_unavailable", HERE)]

    after = shop.place(order(), order_id="next", now=NOW + 15 * 60)
    assert after.expired_orders == (("ord", "try"),)
    assert after.actions == 1 + 1 + 1 + 1


def test_a_draft_over_midnight_and_of_several_bookings_holds_each_part() -> None:
    night = {"start": "2026-04-15T23:00:00+00:00", "end": "2026-04-16T01:00:00+00:00"}
    placement = Shop().place(order(desks(1, **night), desks(2, **night), complete_order=False, check_availability=False))
    assert [[hold.claim for hold in change.new_holds.values()] for change in placement.ledgers] == [
        [Claim(23 * 3600, DAY, 1), Claim(23 * 3600, DAY, 2)],
        [Claim(0, 3600, 1), Claim(0, 3600, 2)],
    ]
    assert all(hold.override for change in placement.ledgers for hold in change.new_holds.values())


def test_a_live_hold_limits_what_may_be_written() -> None:
    shop = Shop()
    shop.put(Ledger(ROOM_DAY, holds={"h": Hold("x", "a", Claim(0, DAY, 1), False, NOW + 1)}, shape="s", version=1))
    assert codes(shop.judge(order()).conflicts) == [("slot_unavailable", HERE)]


def test_a_voucher_without_a_limit_is_used_but_not_counted() -> None:
    placement = Shop().place(order(voucher_code="SUMMER20"))
    assert placement.order.voucher is not None
    assert (placement.order.voucher.id, placement.redeemed) == ("v1", None)


@pytest.mark.parametrize(
    ("fields", "notified"),
    [
        ({"order_customer_id": "ada"}, True),
        ({"order_customer_id": "ada", "notify_customer": False}, False),
        ({"order_customer_id": "ada", "complete_order": False}, False),
        ({"order_customer_id": "silent"}, False),
        ({}, False),
        ({"bookings": [booking(customer_id="ada")]}, True),
    ],
)
def test_a_mail_is_asked_for_with_the_order_where_there_is_somebody_to_tell(fields: dict[str, Any], notified: bool) -> None:
    placement = Shop(ADA.model_copy(update={"id": "silent", "email": None})).place(order() | fields)
    assert (placement.order.notification is not None) is notified


@pytest.mark.parametrize(("count", "days", "refused"), [(99, 1, False), (100, 1, True), (1, 900, False), (1, 1001, True)])
def test_an_order_that_can_not_fit_one_transaction_is_refused_before_anything_is_read(count: int, days: int, refused: bool) -> None:
    slot = booking("2026-04-15T09:00", f"{2026 + days // 365}-12-31T09:00") if days > 1 else booking()
    if days > 1:
        slot = slot | {"resource_id": ["room"] * 2} if refused else slot | {"end_date": "2028-01-01T09:00"}
    config = read_config(order(*[slot] * count)).config
    if not refused:
        return refuse_too_large(config)
    with pytest.raises(FrontdeskError, match="order_too_large") as refusal:
        refuse_too_large(config)
    assert codes(refusal.value.problems) == [("order_too_large", "/bookings")]
    return None


def test_an_order_of_more_writes_than_a_transaction_takes_is_refused() -> None:
    config = read_config(order()).config
    refuse_too_large(config, MOST_ACTIONS)
    with pytest.raises(FrontdeskError, match="order_too_large"):
        refuse_too_large(config, MOST_ACTIONS + 1)


def test_no_more_is_read_than_what_a_request_names() -> None:
    body = order(
        booking(resource_id=["room", "room2"], customer_id="bernd", booking_add_ons=[{"add_on_id": "coffee"}, {}]), voucher_code="Once10"
    )
    assert keys_named(read_config(body).config, "o", Snapshot()) == {
        Key("organization", "o"),
        Key("customer", "bernd"),
        Key("voucher", "once10"),
        Key("resource", "room"),
        Key("resource", "room2"),
        Key("service", "meeting"),
        Key("add_on", "coffee"),
        Key("ledger", "room", "2026-04-15"),
        Key("ledger", "room2", "2026-04-15"),
    }


def test_an_item_that_was_not_read_is_never_taken_for_one_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        Snapshot().resource("room")
    assert Snapshot({Key("resource", "room"): None}).resource("room") is None
    assert Snapshot({Key("ledger", *ROOM_DAY): None}).ledger(ROOM_DAY) == Ledger(ROOM_DAY)


def test_a_token_of_an_organization_that_is_gone_is_an_error_of_ours() -> None:
    shop = Shop()
    shop.items[Key("organization", "o")] = None
    with pytest.raises(LookupError, match="organization"):
        shop.judge(order())
