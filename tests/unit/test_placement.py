"""The decision on an order: every reason against it together, or exactly the writes that place it."""

from typing import Any

import pytest

from frontdesk.domain.assessment.limits import (
    MAX_IDS,
    MAX_LEDGERS,
    MAX_LINES,
    MAX_LINES_OF_BOOKING,
    refuse_too_large,
)
from frontdesk.domain.assessment.named import named_keys
from frontdesk.domain.booking.new_order import place
from frontdesk.domain.booking.placement import fits_one_transaction
from frontdesk.domain.booking.writes import ChangedOrder, VoucherCount, actions
from frontdesk.domain.ledger import WHOLE_DAY, Claim, Hold, Ledger, LedgerChange, LedgerKey, Segment
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.orders.states import hold_status, needs_order, order_after
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import MAX_BOOKINGS, read_config
from frontdesk.domain.sizes import MAX_ACTIONS
from frontdesk.domain.time.intervals import DAY
from tests.unit.builders import (
    ADA,
    COFFEE,
    DESK,
    DESKS,
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
    """Returns all problems of an order, those independent of the time and those of its times."""
    assessment = Shop(*instead).assess(body)
    return codes((*assessment.problems, *assessment.conflicts))


def _counted(shop: Shop) -> list[VoucherCount]:
    """Returns the voucher uses that the last placement counts."""
    return [write for write in shop.written if isinstance(write, VoucherCount)]


# --- what it costs -----------------------------------------------------------------------------------------------


def test_a_free_slot_is_priced_and_has_nothing_against_it() -> None:
    assessment = Shop().assess(
        order(booking(booking_add_ons=[{"add_on_id": "coffee", "quantity": 2}]), voucher_code=" summer20 ")
    )
    assert (assessment.problems, assessment.conflicts) == ((), ())
    assert assessment.amounts.model_dump() == {
        "total": 4400,
        "net_amount": 3735,
        "tax_amount": 665,
        "discount_amount": 1100,
    }
    assert assessment.bookings[0].amounts == assessment.amounts
    assert assessment.voucher == SUMMER20


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
    assessment = shop.assess(order(booking(resource_id="desks", service_id=services, quantity=quantity)))
    if units is None:
        assert codes(assessment.problems) == [("quantity_mismatch", f"{HERE}/quantity")]
        return
    assert assessment.problems == ()
    (priced,) = assessment.bookings
    assert priced.amounts.total == 2900 * units + 100 * services.get("lamp", 0)
    assert (priced.plan.weight, priced.plan.quantity) == (units, units)


def test_each_resource_is_occupied_by_the_sum_of_units_times_weight_and_the_price_does_not_grow_with_resources() -> (
    None
):
    halls = [ROOM.model_copy(update={"quantity": 10}), ROOM_2.model_copy(update={"quantity": 10})]
    shop = Shop(*halls, MEETING.model_copy(update={"default_weight": 3}))
    placement = shop.place(order(booking(resource_id=["room", "room2"], service_id={"meeting": 2})))
    assert placement.order.amounts.total == 10000
    assert shop.in_use() == {
        LedgerKey(owner, "2026-04-15"): {(7 * 3600, 8 * 3600): 6} for owner in ("room", "room2")
    }


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
    (
        order(booking(booking_add_ons=[{"quantity": 1}])),
        "add_on_id required",
        f"{HERE}/booking_add_ons/0/add_on_id",
    ),
    (order(booking(booking_add_ons=[None])), "add_on_id required", f"{HERE}/booking_add_ons/0"),
    (
        order(booking(booking_add_ons=[{"add_on_id": "tea"}])),
        "add-on not found",
        f"{HERE}/booking_add_ons/0/add_on_id",
    ),
    (order(booking(customer_id="nobody")), "customer not found", f"{HERE}/customer_id"),
    (order(order_customer_id="nobody"), "customer not found", "/order_customer_id"),
    (order(voucher_code="nope"), "voucher not found", "/voucher_code"),
    (order(timezone="Mars/Olympus"), "invalid timezone", "/timezone"),
    (order(timezone=""), "invalid timezone", "/timezone"),
    (order(booking(start_date=None)), "start_date required", f"{HERE}/start_date"),
    (order(booking(end_date=None)), "end_date required", f"{HERE}/end_date"),
    (order(booking(end="2026-04-15T08:00:00+02:00")), "end_date before start_date", f"{HERE}/end_date"),
    (order(booking(end="2026-04-15T09:00:00+02:00")), "no duration", f"{HERE}/end_date"),
    (order(booking("2027-03-28T02:30", "2027-03-28T04:30")), "nonexistent time", f"{HERE}/start_date"),
    (
        order(booking("2026-04-01T13:59:59+02:00", "2026-04-01T15:00:00+02:00")),
        "slot in the past",
        f"{HERE}/start_date",
    ),
    (
        order(booking("2026-04-15T21:30:00+02:00", "2026-04-15T22:30:00+02:00")),
        "outside opening hours",
        f"{HERE}/start_date",
    ),
    (order(desks(13)), "slot unavailable", HERE),
    ({"bookings": []}, "bookings required", "/bookings"),
    ({"bookings": None}, "bookings required", "/bookings"),
    ({}, "bookings required", "/bookings"),
]


@pytest.mark.parametrize(("body", "title", "pointer"), REFUSALS)
def test_each_mistake_is_refused_with_its_title_and_pointer(body: Any, title: str, pointer: str) -> None:
    assessment = Shop().assess(body)
    found = [
        (problem.title(), problem.pointer, problem.status)
        for problem in (*assessment.problems, *assessment.conflicts)
    ]
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
        ("resource_id_required", "/bookings/0/resource_id"),
        ("service_id_required", "/bookings/1/service_id"),
        ("resource_not_found", "/bookings/2/resource_id"),
        ("service_not_found", "/bookings/3/service_id/nothing"),
        ("add_on_not_found", "/bookings/4/booking_add_ons/0/add_on_id"),
        ("end_before_start", "/bookings/5/end_date"),
        ("voucher_not_found", "/voucher_code"),
        ("in_the_past", "/bookings/6/start_date"),
        ("outside_opening_hours", "/bookings/7/start_date"),
        ("slot_unavailable", "/bookings/8"),  # the same slot as booking 4 of this order
        ("slot_unavailable", "/bookings/9"),
    ]


def test_what_is_there_but_wrong_is_not_called_missing() -> None:
    assert _problems(
        order(
            booking(
                resource_id=True,
                service_id=5,
                start_date=5,
                end_date="soon",
                booking_add_ons=[{"add_on_id": True}],
            )
        )
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
    body = order(
        booking(booking_add_ons=[{"add_on_id": "coffee"}]), order_customer_id="ada", voucher_code="SUMMER20"
    )
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
    assessment = Shop().assess(order(), now=at("2026-04-15T09:00:00+02:00"))
    assert assessment.conflicts == ()


def test_opening_hours_are_on_the_clock_of_the_resource_else_of_the_organization() -> None:
    early = order(booking("2026-04-15T07:00:00+02:00", "2026-04-15T08:00:00+02:00"))
    assert _problems(early) == []
    assert _problems(early, ROOM.model_copy(update={"timezone": "Europe/London"})) == [
        ("outside_opening_hours", f"{HERE}/start_date")
    ]


def test_naive_dates_are_on_the_clock_of_the_request_else_of_the_organization() -> None:
    naive = booking("2026-04-15T09:00", "2026-04-15T10:00")
    for zone, start in ((None, "2026-04-15T09:00:00+02:00"), ("Europe/London", "2026-04-15T09:00:00+01:00")):
        assessment = Shop().assess(order(naive, timezone=zone))
        assert assessment.bookings[0].plan.slot.start == at(start)
        assert assessment.zone.key == (zone or "Europe/Berlin")


# --- what is taken -----------------------------------------------------------------------------------------------


def test_a_taken_slot_is_refused_with_the_interval_in_conflict_and_a_touching_one_is_free() -> None:
    shop = Shop()
    shop.place(order())
    later = order(booking("2026-04-15T09:30:00+02:00", "2026-04-15T11:00:00+02:00"))
    (problem,) = shop.assess(later).conflicts
    assert (problem.title(), problem.pointer) == ("slot unavailable", HERE)
    assert problem.meta["taken"] == [
        {
            "start_date": "2026-04-15T07:30:00+00:00",
            "end_date": "2026-04-15T08:00:00+00:00",
            "in_use": 1,
            "available": 0,
        }
    ]
    assert (
        shop.assess(order(booking("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00"))).conflicts == ()
    )
    assert (
        shop.assess(order(booking("2026-04-15T08:00:00+02:00", "2026-04-15T09:00:00+02:00"))).conflicts == ()
    )


def test_twelve_desks_are_there_and_then_none() -> None:
    shop = Shop()
    assert shop.place(order(desks(12))).order.amounts.total == 34800
    (problem,) = shop.assess(order(desks(1))).conflicts
    assert (problem.meta["capacity"], problem.meta["available"]) == (12, 0)


def test_two_bookings_of_one_order_compete() -> None:
    assert _problems(order(desks(7), desks(6))) == [("slot_unavailable", "/bookings/1")]
    assert _problems(order(desks(7), desks(5))) == []
    assert _problems(order(booking(), booking())) == [("slot_unavailable", "/bookings/1")]


def test_a_booking_of_several_resources_needs_all_of_them() -> None:
    shop = Shop()
    shop.place(order(booking(resource_id="room2")))
    (problem,) = shop.assess(order(booking(resource_id=["room", "room2"]))).conflicts
    assert problem.meta["resource_id"] == "room2"


def test_an_override_counts_for_those_who_come_later() -> None:
    shop = Shop()
    shop.place(order(desks(12)))
    placement = shop.place(order(desks(1), check_availability=False))
    assert placement.bookings[0].override
    assert {bound.most for change in shop.changes() for bound in change.bounds.values()} == {None}
    (problem,) = shop.assess(order(desks(1))).conflicts
    assert problem.meta["taken"][0]["in_use"] == 13


def test_paddings_occupy_the_neighbouring_day_and_the_keys_say_so() -> None:
    shop = Shop(
        ROOM.model_copy(update={"opening_hours": None}),
        MEETING.model_copy(update={"padding_before": 600, "padding_after": 30}),
    )
    body = order(booking("2026-04-15T02:00:00+00:00", "2026-04-15T03:00:00+00:00"))
    config = read_config(body).config

    named = {
        Key("organization", "o"),
        Key("resource", "room"),
        Key("service", "meeting"),
        Key("ledger", "room", "2026-04-15"),
    }
    assert named_keys(config, "o") == named
    assessor, known = shop.read(body)
    assert assessor.missing(Snapshot({key: shop.items.get(key) for key in named})) == {
        Key("ledger", "room", "2026-04-14")
    }
    assert assessor.missing(known) == set()

    placement = shop.place(body)
    assert shop.in_use() == {
        LedgerKey("room", "2026-04-14"): {(16 * 3600, DAY): 1},
        LedgerKey("room", "2026-04-15"): {(0, int(3.5 * 3600)): 1},
    }
    assert (placement.bookings[0].blocker_start, placement.bookings[0].blocker_end) == (
        at("2026-04-14T16:00:00+00:00"),
        at("2026-04-15T03:30:00+00:00"),
    )
    before = order(booking("2026-04-14T15:00:00+00:00", "2026-04-14T16:00:00+00:00"))
    assert codes(shop.assess(before).conflicts) == [
        ("slot_unavailable", HERE)
    ]  # its own padding of 30 minutes


@pytest.mark.parametrize("zone", [None, "Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_days_that_are_guessed_include_those_of_the_slot_in_any_zone(zone: str | None) -> None:
    body = order(booking("2026-04-15T23:30", "2026-04-16T00:30"), timezone=zone)
    shop = Shop(
        ORGANIZATION.model_copy(update={"timezone": "Pacific/Honolulu"}),
        ROOM.model_copy(update={"opening_hours": None}),
    )
    config = read_config(body).config
    assessor, _ = shop.read(body)
    exact = {ledger_item(key) for plan in assessor.plans for _, key, _ in plan.claims}
    assert exact
    assert exact <= named_keys(config, "o")


def test_an_exhausted_voucher_is_refused_and_gives_nothing() -> None:
    assessment = Shop(ONCE10.model_copy(update={"redemptions": 1})).assess(order(voucher_code="once10"))
    assert codes(assessment.problems) == [("voucher_exhausted", "/voucher_code")]
    assert (assessment.amounts.discount_amount, assessment.voucher) == (0, None)


# --- what is written ---------------------------------------------------------------------------------------------


def test_an_order_is_written_with_its_bookings_claims_and_voucher() -> None:
    asked = booking(description="d", note="n", customer_note="c", customer_id="bernd")
    shop = Shop()
    placement = shop.place(order(asked, desks(2), order_customer_id="ada", voucher_code="ONCE10"))
    placed, (meeting, desk) = placement.order, placement.bookings
    assert (placed.status, placed.booking_count, placed.active_bookings, placed.expires_at) == (
        "completed",
        2,
        2,
        None,
    )
    assert (placed.customer_id, meeting.customer_id, desk.customer_id) == ("ada", "bernd", "ada")
    assert placed.booking_ids == (meeting.id, desk.id)
    assert {meeting.order_id, desk.order_id} == {placed.id}
    assert (meeting.status, meeting.description, meeting.note, meeting.customer_note) == (
        "accepted",
        "d",
        "n",
        "c",
    )
    assert (meeting.charged_duration, desk.weight, desk.quantity) == (60, 2, 2)
    assert placed.amounts.total == 5000 + 5800 - 1000 == meeting.amounts.total + desk.amounts.total
    assert sum(tax.total for tax in placed.taxes) == placed.amounts.total
    assert placed.voucher is not None
    assert (placed.voucher.code, _counted(shop)) == (
        "ONCE10",
        [VoucherCount("once10", +1, most=1, version=0)],
    )
    assert [change.key.owner for change in shop.changes()] == ["desks", "room"]
    assert len(shop.written) == 1 + 2 + 2 + 1
    # One of the bookings has another customer than the order.
    assert sum(map(actions, shop.written)) == len(shop.written) + 1


def test_numbers_are_digits_that_no_two_orders_and_bookings_share() -> None:
    placements = [Shop().place(order(), order_id=f"ord-{i}") for i in range(10)]
    numbers = [number for placed in placements for number in (placed.order.number, placed.bookings[0].number)]
    assert all(
        number[:2] in ("BO", "BB") and len(number) == 18 and number[2:].isdecimal() for number in numbers
    )
    assert len({number[2:] for number in numbers}) == 20


def test_claims_of_one_order_on_one_day_are_one_write() -> None:
    next_hour = booking("2026-04-15T10:00:00+02:00", "2026-04-15T11:00:00+02:00")
    shop = Shop()
    shop.place(order(booking(), next_hour))
    (change,) = shop.changes()
    assert shop.in_use() == {change.key: {(7 * 3600, 9 * 3600): 1}}


def test_a_draft_holds_its_slot_until_it_expires_and_redeems_nothing() -> None:
    shop = Shop()
    placement = shop.place(order(order_customer_id="ada", voucher_code="ONCE10", complete_order=False))
    assert (placement.order.status, placement.order.expires_at) == ("draft", NOW + 15 * 60)
    assert (_counted(shop), placement.order.causes) == ([], ())
    assert placement.bookings[0].status == "reserved"
    (change,) = shop.changes()
    assert shop.in_use() == {ROOM_DAY: {(7 * 3600, 8 * 3600): 1}}
    assert list(change.new_holds.values()) == [
        Hold("ord", "try", Claim(7 * 3600, 8 * 3600, 1), False, NOW + 15 * 60)
    ]
    assert codes(shop.assess(order(), now=NOW + 15 * 60 - 1).conflicts) == [("slot_unavailable", HERE)]

    later = NOW + 15 * 60
    shop.place(order(), order_id="next", now=later)
    assert [write for write in shop.written if isinstance(write, ChangedOrder)] == [
        ChangedOrder(placement.order, order_after(placement.order, "expired", later))
    ]
    assert sum(map(actions, shop.written)) == 1 + 1 + 1 + 1
    assert shop.in_use() == {ROOM_DAY: {(7 * 3600, 8 * 3600): 1}}
    assert shop.changes()[0].result().holds == {}


def test_a_draft_over_midnight_and_of_several_bookings_holds_each_part() -> None:
    night = {"start": "2026-04-15T23:00:00+00:00", "end": "2026-04-16T01:00:00+00:00"}
    shop = Shop()
    shop.place(order(desks(1, **night), desks(2, **night), complete_order=False, check_availability=False))
    assert [[hold.claim for hold in change.new_holds.values()] for change in shop.changes()] == [
        [Claim(23 * 3600, DAY, 1), Claim(23 * 3600, DAY, 2)],
        [Claim(0, 3600, 1), Claim(0, 3600, 2)],
    ]
    assert all(hold.override for change in shop.changes() for hold in change.new_holds.values())


def _held(order_id: str = "other", *, placing: bool = False, expires_at: int = NOW + 60) -> Ledger:
    """Returns the room's day, all of it held by an order."""
    hold = Hold(order_id, "try", Claim(0, DAY, 1), False, expires_at, placing)
    return Ledger(ROOM_DAY, {WHOLE_DAY: 1}, {"h": hold}, version=1)


def test_a_live_hold_limits_what_may_be_written() -> None:
    shop = Shop()
    shop.put(_held())
    assert codes(shop.assess(order()).conflicts) == [("slot_unavailable", HERE)]


def _order(status: Any, expires_at: int | None = None, attempt: str = "try") -> Order:
    made = Shop().place(order()).order
    return made.model_copy(update={"status": status, "expires_at": expires_at, "attempt": attempt})


@pytest.mark.parametrize(
    ("of", "worth"),
    [
        (None, "over"),
        (_order("completed"), "counts"),
        (_order("canceling"), "counts"),
        (_order("canceled"), "over"),
        (_order("expired"), "over"),
        (_order("abandoned"), "over"),
        (_order("draft", NOW + 1), "counts"),
        (_order("draft", NOW), "over"),
        (_order("draft", NOW - 1), "over"),
        (_order("placing", NOW + 1), "pending"),
        (_order("placing", NOW), "over"),
        (_order("completed", attempt="another"), "over"),
        (_order("draft", NOW + 1, attempt="another"), "over"),
        (_order("placing", NOW + 1, attempt="another"), "over"),
    ],
)
@pytest.mark.parametrize("placing", [False, True])
@pytest.mark.parametrize("expires_at", [NOW - 1, NOW, NOW + 1])
def test_what_a_hold_is_worth_is_told_by_its_order(
    of: Order | None, worth: str, placing: bool, expires_at: int
) -> None:
    hold = Hold("ord", "try", Claim(0, DAY, 1), False, expires_at, placing)
    assert hold_status(hold, of, NOW) == worth
    # A draft's hold counts until its deadline, without reading the order.
    assert needs_order(hold, NOW) == (placing or expires_at <= NOW)


@pytest.mark.parametrize(
    ("of", "conflicts"),
    [
        (None, []),
        (_order("completed"), [("slot_unavailable", HERE)]),
        (_order("draft", NOW), []),
        (_order("placing", NOW + 1), [("slot_pending", HERE)]),
        (_order("placing", NOW), []),
    ],
)
def test_a_hold_past_its_time_counts_as_its_order_says(of: Order | None, conflicts: list[Any]) -> None:
    shop = Shop()
    shop.put(_held("ord", expires_at=NOW))
    shop.items[Key("order", "ord")] = of
    assert codes(shop.assess(order()).conflicts) == conflicts


def test_an_order_that_is_being_placed_is_no_reason_to_refuse_but_what_is_taken_beside_it_is() -> None:
    shop = Shop(ROOM.model_copy(update={"quantity": 2}))
    shop.items[Key("order", "ord")] = _order("placing", NOW + 1)
    day = _held("ord", placing=True)
    shop.put(day)
    assert shop.assess(order()).conflicts == ()
    shop.put(Ledger(day.key, {WHOLE_DAY: 2}, day.holds, version=2))
    assert codes(shop.assess(order()).conflicts) == [("slot_pending", HERE)]
    shop.put(Ledger(day.key, {WHOLE_DAY: 3}, day.holds, version=3))
    assert codes(shop.assess(order()).conflicts) == [("slot_unavailable", HERE)]


def test_a_hold_that_runs_out_after_its_day_was_read_counts_still() -> None:
    """Its order was not read, because that was not necessary."""
    shop = Shop(ROOM.model_copy(update={"quantity": 2}))
    shop.put(_held(expires_at=NOW + 1))
    assessor, known = shop.read(order())
    placement = place(
        assessor.assess(known), read_config(order()).config, order_id="ord", attempt="try", now=NOW
    )

    (change,) = [write for write in placement.writes(known, NOW + 1) if isinstance(write, LedgerChange)]

    assert change.ended == {}
    assert placement.room([ROOM_DAY], known, NOW + 1) == "free"


def test_an_expired_hold_that_is_in_nobodys_way_stays() -> None:
    shop = Shop()
    night = Claim(23 * 3600, DAY, 1)
    shop.put(
        Ledger(
            ROOM_DAY,
            {Segment(0, night.start): 0, Segment(night.start, DAY): 1},
            {"h": Hold("ord", "try", night, False, NOW)},
            1,
        )
    )
    shop.items[Key("order", "ord")] = _order("draft", NOW)
    shop.place(order(), order_id="next")
    (change,) = shop.changes()
    assert (change.ended, list(change.result().holds)) == ({}, ["h"])


def test_a_service_without_weight_takes_nothing_and_finds_room_where_there_is_none() -> None:
    shop = Shop(MEETING.model_copy(update={"default_weight": 0}))
    shop.put(_held())
    assert shop.assess(order()).conflicts == ()
    shop.place(order())
    assert shop.changes() == []


def test_a_voucher_without_a_limit_is_used_but_not_counted() -> None:
    shop = Shop()
    placement = shop.place(order(voucher_code="SUMMER20"))
    assert placement.order.voucher is not None
    assert (placement.order.voucher.id, _counted(shop)) == ("v1", [])


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
def test_a_mail_is_asked_for_with_the_order_where_there_is_somebody_to_tell(
    fields: dict[str, Any], notified: bool
) -> None:
    placement = Shop(ADA.model_copy(update={"id": "silent", "email": None})).place(order() | fields)
    assert bool(placement.order.causes) is notified


@pytest.mark.parametrize(
    ("count", "resources", "refused"),
    [(1, 2, False), (1, 3, True), (2, 1, False), (3, 1, True), (1000, 1, False)],
)
def test_an_order_of_far_too_many_days_is_refused_before_anything_is_read(
    count: int, resources: int, refused: bool
) -> None:
    years = booking("2026-01-01T09:00", "2028-09-26T09:00", resource_id=["room"] * resources)
    asked = years if count < 1000 else booking()
    days = 1000 * count * resources
    config = read_config(order(*[asked] * count)).config
    assert refused == (count < 1000 and days > MAX_LEDGERS)
    if not refused:
        return refuse_too_large(config)
    with pytest.raises(FrontdeskError, match="order_too_large") as refusal:
        refuse_too_large(config)
    assert codes(refusal.value.problems) == [("order_too_large", "/bookings")]
    return None


@pytest.mark.parametrize(("count", "refused"), [(MAX_IDS // 2, False), (MAX_IDS // 2 + 1, True)])
def test_an_order_of_far_too_many_ids_is_refused_before_anything_is_read(count: int, refused: bool) -> None:
    config = read_config(
        order(*[booking(booking_add_ons=[{}] * count, resource_id=None, service_id=None)] * 2)
    ).config
    if not refused:
        return refuse_too_large(config)
    with pytest.raises(FrontdeskError, match="order_too_large"):
        refuse_too_large(config)
    return None


def test_an_order_has_at_most_a_thousand_bookings_with_their_occurrences_and_parts() -> None:
    assert _problems(order(*[None] * (MAX_BOOKINGS + 1)))[0] == ("invalid_value", "/bookings")
    weekly = {"frequency": "weekly", "count": MAX_BOOKINGS // 2}
    with_part = desks(1, recurring=weekly, sub_bookings=[{"resource_id": "desks", "service_id": "desk"}])
    assert codes(Shop().read(order(with_part))[0].lookup.problems) == []
    assert codes(Shop().read(order(with_part, desks(1)))[0].lookup.problems) == [
        ("order_too_large", "/bookings")
    ]


def test_a_booking_and_an_order_have_only_so_many_lines() -> None:
    coffees = [{"add_on_id": "coffee"}] * (MAX_LINES_OF_BOOKING - 1)
    assert _problems(order(booking(booking_add_ons=coffees))) == []
    assert _problems(order(desks(1), booking(booking_add_ons=[*coffees, *coffees[:1]]))) == [
        ("order_too_large", "/bookings/1")
    ]
    for more, found in ((0, []), (1, [("order_too_large", "/bookings")])):
        daily = {"frequency": "daily", "count": MAX_LINES // MAX_LINES_OF_BOOKING + more}
        assert (
            codes(Shop().read(order(booking(booking_add_ons=coffees, recurring=daily)))[0].lookup.problems)
            == found
        )


def test_an_order_has_only_so_many_days_of_resources() -> None:
    halls = [f"hall{number}" for number in range(10)]
    shop = Shop(
        *(DESKS.model_copy(update={"id": id}) for id in halls),
        DESK.model_copy(update={"resource_ids": frozenset(halls)}),
    )
    # About two days for each, because a booking may cross midnight.
    for count, found in (
        (MAX_LEDGERS // 10, []),
        (MAX_LEDGERS // 10 + 1, [("order_too_large", "/bookings")]),
    ):
        daily = {"frequency": "daily", "count": count}
        assert (
            codes(shop.read(order(desks(1, recurring=daily) | {"resource_id": halls}))[0].lookup.problems)
            == found
        )


def test_an_order_of_more_writes_than_a_transaction_takes_does_not_fit_into_one() -> None:
    hours = [
        desks(1, start=f"2026-04-15T{hour:02}:00:00+00:00", end=f"2026-04-15T{hour:02}:30:00+00:00")
        for _ in range(5)
        for hour in range(24)
    ]
    # In addition to the bookings, there are the order itself and the one day.
    for count, fits in ((MAX_ACTIONS - 2, True), (MAX_ACTIONS - 1, False)):
        shop = Shop()
        shop.place(order(*hours[:count]))
        assert fits_one_transaction(shop.written) == fits
        assert not fits_one_transaction(shop.written, more=1)


def test_no_more_is_read_than_what_a_request_names() -> None:
    body = order(
        booking(
            resource_id=["room", "room2"], customer_id="bernd", booking_add_ons=[{"add_on_id": "coffee"}, {}]
        ),
        voucher_code="Once10",
    )
    assert named_keys(read_config(body).config, "o") == {
        Key("organization", "o"),
        Key("customer", "bernd"),
        Key("voucher", "once10"),
        Key("voucher_use", "once10", "bernd"),
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
    assert Snapshot({ledger_item(ROOM_DAY): None}).ledger(ROOM_DAY) == Ledger(ROOM_DAY)


def test_a_token_of_an_organization_that_is_gone_is_an_error_of_ours() -> None:
    shop = Shop()
    shop.items[Key("organization", "o")] = None
    with pytest.raises(LookupError, match="organization"):
        shop.assess(order())
