"""Moving a booking: what it is decided on, what it waits for, and when it is decided again."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain import sizes
from frontdesk.domain.assessment import limits
from frontdesk.domain.catalog.items import Resource, TimeslotSeries
from frontdesk.domain.ledger import Claim, Ledger, LedgerKey, change
from frontdesk.domain.orders.order import Booking, Cause, Order, Was
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.problems import Busy, FrontdeskError
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import Shown, read_document
from frontdesk.domain.requests.order import BookingTexts, read_as
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import staged
from frontdesk.usecases.orders.change import cancel_booking
from frontdesk.usecases.orders.move import move_booking
from tests.support.aftermath import findings
from tests.support.demo import (
    COFFEE,
    DESK,
    DESKS,
    MEETING,
    NINE,
    ROOM,
    SECOND_ROOM,
    desks,
    in_use,
    meeting,
    order,
)
from tests.support.fakes import FakeClock
from tests.support.shrink import shrink
from tests.unit.test_placing import NOW, Noting, alone, at_write, codes, context, hold_of

DAY = timedelta(days=1)


@pytest.fixture
def store() -> Noting:
    return Noting()


def placed(store: Noting, quantity: int = 10, day: int = 0, **fields: Any) -> Booking:
    body = order(desks(quantity, NINE + day * DAY), notify_customer=False, **fields)
    [booking] = alone(store, body).bookings
    return booking


def move(
    store: Noting, booking: Booking, of: Context | None = None, day: int = 1, **attributes: Any
) -> Booking:
    attributes = {"start_date": (NINE + day * DAY).isoformat()} | attributes
    reading = read_as(BookingDocument, {"data": {"attributes": attributes}})
    return move_booking(of or context(), booking.id, reading, store)[0]


def used(store: Noting) -> dict[str, int]:
    """The most that is in use on each day."""
    found = {key.part: in_use(item.segments) for key, item in store.items.items() if key.kind == "ledger"}
    return {day: max(each.values()) for day, each in found.items() if each}


def test_a_moved_booking_leaves_its_day_and_takes_the_other(store: Noting) -> None:
    booking = placed(store)
    store.keys = []

    moved = move(store, booking)

    assert used(store) == {"2030-04-16": 10}
    assert (moved.start, moved.version) == (booking.start + 86_400, booking.version + 1)
    assert store.items[Key("booking", booking.id)] == moved
    # One reading: nothing on the two days asks for an order.
    assert len(store.keys) == 1
    assert findings(store.items.items(), NOW) == []


@pytest.mark.parametrize(
    ("checks", "found"), [(None, ["slot_unavailable"]), (True, ["slot_unavailable"]), (False, [])]
)
def test_nobody_is_moved_onto_what_is_taken_but_on_purpose(
    store: Noting, checks: bool | None, found: list[str]
) -> None:
    booking = placed(store)
    placed(store, 3, day=1)
    more = {} if checks is None else {"check_availability": checks}
    before = len(store.written)

    assert codes(lambda: move(store, booking, **more)) == found
    assert (len(store.written) > before) == (not found)


def test_whoever_cannot_be_moved_is_offered_other_times(store: Noting) -> None:
    booking = placed(store)
    placed(store, 3, day=1)

    with pytest.raises(FrontdeskError) as refused:
        move(store, booking)

    [problem] = refused.value.problems
    assert problem.pointer == "/data/attributes/start_date"
    assert (problem.meta or {}).get("next_free")


def test_a_booking_that_is_there_already_is_no_conflict_with_itself(store: Noting) -> None:
    """Somebody has just moved it there: it was read before, and its new day after."""
    booking = placed(store)
    seen = store.order(context(), booking.order_id)
    move(store, booking)
    real, read = store.order, iter([seen])
    store.order = lambda *of: next(read, None) or real(*of)  # type: ignore[method-assign]

    assert move(store, booking).start == booking.start + 86_400
    assert used(store) == {"2030-04-16": 10}


def test_a_day_that_may_come_free_is_waited_for_and_is_no_reason_of_a_refusal(store: Noting) -> None:
    booking = placed(store)
    hold_of(store, "other", "placing", NOW + 9, 9, day=1)

    before = len(store.written)
    with pytest.raises(Busy):
        move(store, booking, context(FakeClock(pauses=1)))

    assert len(store.written) == before
    assert codes(lambda: move(store, booking, resource_id="nothing")) == ["resource_not_found"]
    store.items[Key("order", "other")] = order_after(store.items[Key("order", "other")], "abandoned", NOW)
    assert move(store, booking).start == booking.start + 86_400


@pytest.mark.parametrize("expires_at", [NOW - 9, NOW + 9])
def test_a_hold_on_the_day_that_a_booking_leaves_is_nobodys_concern(store: Noting, expires_at: int) -> None:
    booking = placed(store)
    hold_of(store, "other", "placing", expires_at, 2)

    assert move(store, booking, context(FakeClock(pauses=0))).start == booking.start + 86_400
    assert Key("order", "other") not in set().union(*store.keys)


def test_a_move_that_was_lost_is_decided_again(store: Noting) -> None:
    booking, clock = placed(store), FakeClock()
    at_write(store, lambda: placed(store, 3, day=1) and None)

    assert codes(lambda: move(store, booking, context(clock))) == ["slot_unavailable"]
    assert clock.pauses_left == FakeClock().pauses_left - 1
    assert used(store) == {"2030-04-15": 10, "2030-04-16": 3}


def test_a_move_is_decided_on_what_there_is(store: Noting) -> None:
    """A reading that lags would show a day free that is taken, and an order under way that is not any more."""
    booking = placed(store)
    other = hold_of(store, "other", "placing", NOW + 9, 9, day=1)
    store.stale = {
        ledger_item(LedgerKey(DESKS.id, "2030-04-16")): None,
        other: store.items[other],
        Key("resource", DESKS.id): DESKS.model_copy(update={"quantity": 99}),
    }
    store.items[other] = order_after(store.items[other], "abandoned", NOW)

    assert move(store, booking, context(FakeClock(pauses=0))).start == booking.start + 86_400
    assert used(store) == {"2030-04-16": 10}


@pytest.mark.parametrize(("days", "refused"), [(3, False), (4, False), (5, True)])
def test_a_move_of_more_days_than_a_transaction_takes_is_refused_before_they_are_read(
    store: Noting, days: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be asked for two centuries."""
    booking = placed(store, 1, day=1)
    shrink(monkeypatch, MAX_ACTIONS=4)
    store.keys = []
    end = (NINE + (1 + days) * DAY).isoformat()

    with pytest.raises(FrontdeskError) as error:
        move(store, booking, end_date=end)

    [problem] = error.value.problems
    assert (problem.code, problem.pointer) == ("change_too_large", "/data")
    # Unread it is the days alone that are counted; else with the order, its booking, the trail and a last, partial day.
    assert problem.values == {"count": days if refused else days + 4}
    assert (store.keys == []) == refused


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        ({"attributes": {"resource_id": [f"r{n}" for n in range(97)]}}, "attributes/resource_id"),
        (
            {
                "relationships": {
                    "resources": {"data": [{"type": "resources", "id": f"r{n}"} for n in range(97)]}
                }
            },
            "relationships/resources",
        ),
    ],
)
def test_a_move_to_more_resources_than_a_booking_has_is_refused_before_they_are_read(
    store: Noting, asked: dict[str, Any], at: str
) -> None:
    """90,000 of them took 1,805 calls and fifteen seconds."""
    booking = placed(store)
    store.keys = []
    with pytest.raises(FrontdeskError) as error:
        move_booking(context(), booking.id, read_as(BookingDocument, {"data": asked}), store)

    [problem] = error.value.problems
    assert (problem.code, problem.pointer) == ("too_many_resources", f"/data/{at}")
    assert not any(key.id.startswith("r") for keys in store.keys for key in keys if key.kind == "resource")


def test_a_move_of_more_items_than_a_decision_takes_is_refused_before_they_are_read(
    store: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sub-bookings on a thousand resources, each to move to ninety days."""
    booking = placed(store)
    monkeypatch.setattr(limits, "MAX_READ", 4)
    store.keys = []

    assert codes(lambda: move(store, booking)) == ["order_too_large"]
    assert store.keys == []


@pytest.mark.parametrize("ended", [1, 2, 3])
def test_a_day_full_of_drafts_that_are_over_is_cleared_first(
    store: Noting, ended: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a head, a booking, two days and an entry, only so many orders more fit into a transaction."""
    booking = placed(store, 12)
    for number in range(ended):
        hold_of(store, f"o{number}", "draft", NOW, 3, day=1)
    shrink(monkeypatch, MAX_ACTIONS=6, _MAX_ENDED=9)
    monkeypatch.setattr(staged, "_MAX_LARGE", 2)
    before = len(store.written)

    move(store, booking)

    assert used(store) == {"2030-04-16": 12}
    assert {store.items[Key("order", f"o{number}")].status for number in range(ended)} == {"expired"}
    assert (len(store.written) - before > 1) == (ended > 1)


@pytest.mark.parametrize("most", [500, 50_000])
def test_more_bytes_than_a_move_can_examine_are_refused(
    store: Noting, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = placed(store)
    monkeypatch.setattr(sizes, "MAX_READ_BYTES", most)

    assert codes(lambda: move(store, booking)) == (["order_too_large"] if most == 500 else [])


def document(attributes: dict[str, Any], booking: Booking) -> Any:
    return read_document(
        BookingDocument, "bookings", {"data": {"attributes": attributes}}, booking.id, Shown(["status"])
    )


@pytest.mark.parametrize(("sent", "is_refused"), [("accepted", False), ("canceled", True)])
def test_what_is_sent_back_must_be_as_it_was_read(store: Noting, sent: str, is_refused: bool) -> None:
    """What a client cannot change may be sent, but not otherwise than it is."""
    booking = placed(store)

    def patch() -> None:
        reading = document({"note": "late", "status": sent}, booking)
        move_booking(context(), booking.id, reading, store, lambda *_: {"attributes": {"status": "accepted"}})

    assert bool(codes(patch)) == is_refused


def test_a_canceled_booking_is_not_moved(store: Noting) -> None:
    booking = placed(store)
    store.items[Key("booking", booking.id)] = booking.model_copy(update={"status": "canceled"})
    head = store.items[Key("order", booking.order_id)]
    store.items[Key("order", head.id)] = head.model_copy(update={"active_bookings": 0, "status": "canceled"})

    assert codes(lambda: move(store, booking)) == ["booking_canceled"]


@pytest.mark.parametrize(
    ("attributes", "is_refused"),
    [
        ({"note": None, "description": "refunded", "customer_note": None}, False),
        ({"note": "refunded", "start_date": NINE.isoformat()}, False),
        ({"note": "refunded", "notify_customer": True}, False),
        ({"note": "refunded", "start_date": (NINE + DAY).isoformat()}, True),
        ({"note": "refunded", "recalculate_price": True}, True),
        ({"note": "refunded", "external_id": "7"}, True),
        ({"start_date": NINE.isoformat()}, True),
        ({}, True),
    ],
)
def test_of_a_canceled_booking_only_the_notes_change(
    store: Noting, attributes: dict[str, Any], is_refused: bool
) -> None:
    booking = placed(store)
    cancel_booking(context(), booking.id, store)
    booking = store.items[Key("booking", booking.id)]
    # Somebody else has its place by now.
    placed(store)
    written = len(store.written)
    reading = read_as(BookingDocument, {"data": {"attributes": attributes}})

    assert codes(lambda: move_booking(context(), booking.id, reading, store)) == (
        ["booking_canceled"] if is_refused else []
    )

    after = store.items[Key("booking", booking.id)]
    noted = {name: attributes[name] for name in BookingTexts.model_fields if name in attributes}
    changed = {} if is_refused else noted | {"version": booking.version + 1}
    assert after == booking.model_copy(update=changed)
    assert store.items[Key("order", booking.order_id)].causes == ()
    assert len(store.written) == written + (not is_refused)
    with suppress(FrontdeskError):
        move_booking(context(), booking.id, reading, store)
    assert len(store.written) == written + (not is_refused), "repeated, it writes nothing"
    assert findings(store.items.items(), NOW) == []


def test_a_booking_gets_a_note_after_its_draft_has_ended(store: Noting) -> None:
    booking = placed(store, complete_order=False)
    ends = store.items[Key("order", booking.order_id)].expires_at
    assert ends is not None
    reading = read_as(
        BookingDocument, {"data": {"attributes": {"note": None, "description": "did not answer"}}}
    )

    after, head, _ = move_booking(context(FakeClock(ends)), booking.id, reading, store)

    assert (after.description, head.status) == ("did not answer", "expired")
    assert findings(store.items.items(), NOW) == []


def test_a_note_on_a_booking_that_is_being_canceled_waits_until_it_is(store: Noting) -> None:
    booking = placed(store)
    head = store.items[Key("order", booking.order_id)]
    store.items[Key("order", head.id)] = order_after(head, "canceling", NOW, canceling=(1,))
    reading = read_as(BookingDocument, {"data": {"attributes": {"note": "refunded"}}})

    after, head, _ = move_booking(context(), booking.id, reading, store)

    assert (after.note, after.status, head.status, head.canceling) == ("refunded", "canceled", "canceled", ())
    assert findings(store.items.items(), NOW) == []


def test_a_day_that_is_split_while_a_booking_moves_there_is_written_again(store: Noting) -> None:
    booking = placed(store)

    def split() -> None:
        day = LedgerKey(DESKS.id, "2030-04-16")
        store.items[ledger_item(day)] = change(Ledger(day), [Claim(36_060, 36_120, 1)], capacity=12).result()

    at_write(store, split)

    assert move(store, booking).start == booking.start + 86_400
    assert used(store)["2030-04-16"] == 11


def test_of_what_is_taken_and_what_may_come_free_only_the_one_is_a_reason(store: Noting) -> None:
    part = {"resource_id": SECOND_ROOM.id, "service_id": {MEETING.id: 1}}
    booking = alone(store, order(desks(10, sub_bookings=[part]), notify_customer=False)).bookings[0]
    hold_of(store, "other", "placing", NOW + 9, 9, day=1)
    alone(store, order(meeting(NINE + DAY, resource_id=SECOND_ROOM.id), notify_customer=False))

    assert codes(lambda: move(store, booking)) == ["slot_unavailable"]


def test_who_overrides_hears_only_of_what_is_wrong_at_any_time(store: Noting) -> None:
    booking = placed(store)
    placed(store, 9, day=1)

    found = codes(lambda: move(store, booking, check_availability=False, resource_id="nothing", note="x"))

    assert found == ["resource_not_found"]
    assert codes(lambda: move(store, booking, check_availability=False, timezone="Nowhere")) == [
        "invalid_timezone"
    ]


def test_nothing_is_presented_where_nothing_is_sent_back(store: Noting) -> None:
    booking = placed(store)

    def never(*_: Any) -> Any:
        raise AssertionError

    for attributes, present in [({"note": "a"}, never), ({"note": "b", "status": "any"}, None)]:
        reading = document(attributes, booking)
        assert move_booking(context(), booking.id, reading, store, present)[0].note == attributes["note"]


# --- what a move changes beside the time ----------------------------------------------------------------------------


def head_of(store: Noting, booking: Booking) -> Order:
    found = store.items[Key("order", booking.order_id)]
    assert isinstance(found, Order)
    return found


def test_an_order_spans_its_bookings_wherever_they_go(store: Noting) -> None:
    first, second = alone(store, order(desks(1), desks(1, NINE + DAY), notify_customer=False)).bookings

    move(store, second, day=5)
    assert (head_of(store, first).start, head_of(store, first).end) == (first.start, second.end + 4 * 86_400)
    move(store, first, day=9)
    assert (head_of(store, first).start, head_of(store, first).end) == (
        second.start + 4 * 86_400,
        first.end + 9 * 86_400,
    )


@pytest.mark.parametrize(
    ("attributes", "was"),
    [
        ({"start_date": (NINE + DAY).isoformat()}, {"resource_ids": ()}),
        ({"start_date": NINE.isoformat(), "note": "late"}, None),
        ({"start_date": NINE.isoformat(), "resource_id": SECOND_ROOM.id}, {"resource_ids": (ROOM.id,)}),
    ],
)
@pytest.mark.parametrize("status", ["completed", "draft"])
def test_whoever_is_told_of_a_move_is_told_where_it_was(
    store: Noting, attributes: dict[str, Any], was: dict[str, Any] | None, status: str
) -> None:
    body = order(meeting(), notify_customer=False, complete_order=status == "completed")
    [booking] = alone(store, body).bookings

    move(store, booking, notify_customer=True, **attributes)

    expected = was and Was(start=booking.start, end=booking.end, **was)
    told = [Cause(version=2, kind="change", ordinals=(1,), was=expected)] if status == "completed" else []
    assert list(head_of(store, booking).causes) == told
    assert codes(lambda: move(store, booking, **(attributes | {"note": "quietly"}))) == []
    assert list(head_of(store, booking).causes) == told


def test_a_booking_takes_its_parts_along(store: Noting) -> None:
    part = {"resource_id": SECOND_ROOM.id, "service_id": {MEETING.id: 1}}
    main, of_main, other = alone(
        store, order(meeting(sub_bookings=[part]), desks(1), notify_customer=False)
    ).bookings

    move(store, main, notify_customer=True)

    there = [store.items[Key("booking", each.id)] for each in (main, of_main, other)]
    assert [each.start - was.start for each, was in zip(there, (main, of_main, other), strict=True)] == [
        86_400,
        86_400,
        0,
    ]
    assert [each.version for each in there] == [2, 2, 1]
    assert head_of(store, main).causes[0].ordinals == (1, 2)


@pytest.mark.parametrize("recalculates", [True, False])
def test_a_price_stays_unless_it_is_asked_for_anew(store: Noting, recalculates: bool) -> None:
    """Staff raise a price: what was sold is sold."""
    booking, other = alone(store, order(desks(1), desks(2), notify_customer=False)).bookings
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"price": DESK.price + 100})

    moved = move(store, booking, recalculate_price=recalculates)

    assert moved.amounts.total == booking.amounts.total + 100 * recalculates
    assert (
        head_of(store, booking).amounts.total
        == booking.amounts.total + other.amounts.total + 100 * recalculates
    )
    assert store.items[Key("booking", other.id)] == other
    assert findings(store.items.items(), NOW) == []


@pytest.mark.parametrize(("checks", "override"), [(True, False), (False, True)])
def test_who_overrides_is_remembered(store: Noting, checks: bool, override: bool) -> None:
    booking = placed(store, 1)

    assert move(store, booking, check_availability=checks).override is override
    # A note later takes nothing back, and makes nothing one.
    assert move(store, booking, note="x").override is override
    again = placed(store, 1, day=3)
    assert move(store, again, day=3, note="x", check_availability=False).override is False


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Berlin"])
def test_a_booking_that_goes_to_another_place_has_its_clock(store: Noting, zone: str) -> None:
    store.items[Key("resource", SECOND_ROOM.id)] = SECOND_ROOM.model_copy(update={"timezone": zone})
    [booking] = alone(store, order(meeting(), notify_customer=False)).bookings

    moved = move(store, booking, resource_id=SECOND_ROOM.id)

    assert moved.timezone == (None if zone == "Europe/Berlin" else zone)
    assert move(store, moved, resource_id=ROOM.id).timezone is None


@pytest.mark.parametrize(
    ("changes", "to", "found"),
    [
        ({}, SECOND_ROOM, []),
        ({"archived": True}, SECOND_ROOM, ["resource_not_found"]),
        # What a booking has it keeps, whatever has become of it.
        ({"archived": True}, ROOM, []),
        ({}, DESKS, ["service_not_offered"]),
    ],
)
def test_a_booking_goes_only_to_what_is_offered(
    store: Noting, changes: Any, to: Resource, found: list[str]
) -> None:
    [booking] = alone(store, order(meeting(), notify_customer=False)).bookings
    store.items[Key("resource", to.id)] = to.model_copy(update=changes)
    service = store.items[Key("service", MEETING.id)]
    if to == ROOM:
        left = service.resource_ids - {ROOM.id}
        store.items[Key("service", MEETING.id)] = service.model_copy(update={"resource_ids": left})

    assert codes(lambda: move(store, booking, resource_id=to.id)) == found


@pytest.mark.parametrize(
    ("status", "hour", "found"), [("completed", 9, []), ("completed", 10, ["in_the_past"])]
)
def test_a_time_that_is_over_can_be_kept_but_not_taken(
    store: Noting, status: str, hour: int, found: list[str]
) -> None:
    [booking] = alone(store, order(meeting(NINE), notify_customer=False)).bookings
    late = context(FakeClock(int(NINE.timestamp()) + 5 * 3600))
    start, end = NINE.replace(hour=hour).isoformat(), NINE.replace(hour=hour + 2).isoformat()

    assert codes(lambda: move(store, booking, late, start_date=start, end_date=end)) == found


@pytest.mark.parametrize(("holds", "found"), [(False, ["day_full"]), (True, ["day_full"])])
def test_a_day_whose_item_is_full_takes_no_move(
    store: Noting, holds: bool, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = placed(store, 1, complete_order=not holds)
    monkeypatch.setattr(limits, "MAX_SEGMENTS", 0)

    assert codes(lambda: move(store, booking)) == found
    assert codes(lambda: move(store, booking, day=0, note="x")) == []


@pytest.mark.parametrize(("more", "found"), [(0, ["day_full"]), (1, [])])
def test_of_a_draft_the_holds_that_it_brings_count(
    store: Noting, more: int, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = placed(store, 1, complete_order=False)
    monkeypatch.setattr(limits, "MAX_HELD_DAY", sizes.day_bytes(3, 1) - 1 + more)

    assert codes(lambda: move(store, booking)) == found


def test_a_booking_may_move_over_itself(store: Noting) -> None:
    booking = placed(store)

    move(store, booking, start_date=NINE.replace(hour=11).isoformat())

    assert used(store) == {"2030-04-15": 10}


@pytest.mark.parametrize(
    ("hour", "others", "found"),
    [
        # The booking takes the hours that its part leaves.
        (15, 7, []),
        # From two to three both are there, where there was one.
        (14, 2, []),
        (14, 3, ["slot_unavailable"]),
        # As many as before are no more than before.
        (12, 7, []),
    ],
)
def test_a_booking_and_its_part_share_what_they_had(
    store: Noting, hour: int, others: int, found: list[str]
) -> None:
    """Both on the same desks, at noon: the booking with two hours before it, its part with two hours after it."""
    before, after = {"padding_before": 120}, {"padding_after": 120}
    store.items[Key("service", DESK.id)] = DESK.model_copy(update=before)
    store.items[Key("service", "cleaning")] = DESK.model_copy(update={"id": "cleaning", **after})
    part = {"resource_id": DESKS.id, "service_id": {"cleaning": 5}}
    body = order(desks(5, NINE.replace(hour=12), 60, sub_bookings=[part]), notify_customer=False)
    main = alone(store, body).bookings[0]
    store.items[Key("service", DESK.id)] = DESK
    alone(store, order(desks(others, NINE.replace(hour=13), 120), notify_customer=False))

    start = NINE.replace(hour=hour).isoformat()
    assert codes(lambda: move(store, main, context(FakeClock(pauses=0)), start_date=start, note="x")) == found
    assert findings(store.items.items(), NOW) == []


def test_a_note_is_no_matter_of_times(store: Noting) -> None:
    """The hours of a resource may have changed since it was booked."""
    [booking] = alone(store, order(meeting(), notify_customer=False)).bookings
    closed = ROOM.model_copy(update={"opening_hours": {"sun": (("09:00", "10:00"),)}})
    store.items[Key("resource", ROOM.id)] = closed

    assert codes(lambda: move(store, booking, day=0, note="late")) == []
    assert codes(lambda: move(store, booking)) == ["outside_opening_hours"]


COURSE = TimeslotSeries(
    id="course", name="Course", quantity=3, slots={day: [("09:00", "17:00")] for day in ("mon", "tue")}
)


@pytest.mark.parametrize(
    ("quantity", "resources", "to", "found"),
    [
        (1, [], {}, []),
        (2, [], {}, ["slot_unavailable"]),
        (1, [DESKS.id], {}, []),
        (
            1,
            [DESKS.id],
            {"resource_id": SECOND_ROOM.id},
            ["service_not_offered", "timeslot_series_not_offered"],
        ),
        (1, [], {"resource_id": SECOND_ROOM.id}, ["service_not_offered"]),
    ],
)
def test_a_course_has_its_own_places_and_rooms(
    store: Noting, quantity: int, resources: list[str], to: dict[str, Any], found: list[str]
) -> None:
    """Of three places on Tuesday, two are taken."""
    store.items[Key("timeslot_series", "course")] = COURSE.model_copy(
        update={"resource_ids": frozenset(resources)}
    )
    of_course = {"timeslot_series_id": "course"}
    [booking] = alone(store, order(desks(quantity, **of_course), notify_customer=False)).bookings
    alone(store, order(desks(2, NINE + DAY, **of_course), notify_customer=False))

    assert codes(lambda: move(store, booking, **to)) == found

    places = {
        key.part: in_use(item.segments) for key, item in store.items.items() if key.kind == "series_ledger"
    }
    taken = {day: max(each.values(), default=0) for day, each in places.items()}
    assert taken == (
        {"2030-04-15": quantity, "2030-04-16": 2} if found else {"2030-04-15": 0, "2030-04-16": 3}
    )


@pytest.mark.parametrize("checks", [True, False])
def test_the_places_of_a_course_are_asked_for_when_it_is_written(store: Noting, checks: bool) -> None:
    """Somebody takes the last of them meanwhile."""
    store.items[Key("timeslot_series", "course")] = COURSE
    of_course = {"timeslot_series_id": "course"}
    [booking] = alone(store, order(desks(1, **of_course), notify_customer=False)).bookings
    body = order(desks(3, NINE + DAY, **of_course), notify_customer=False)
    at_write(store, lambda: alone(store, body) and None)

    assert codes(lambda: move(store, booking, check_availability=checks)) == (
        ["slot_unavailable"] if checks else []
    )


def test_whole_days_are_counted_by_the_clock(store: Noting) -> None:
    """A booking of 24 hours on the day that has 23 is as long as it was, whatever its service asks for."""
    fixed = DESK.model_copy(update={"min_duration": 1440, "max_duration": 1440})
    store.items[Key("service", DESK.id)] = fixed
    midnight = NINE.replace(hour=0)
    [booking] = alone(store, order(desks(1, midnight, 1440), notify_customer=False)).bookings

    assert (
        codes(lambda: move(store, booking, start_date=midnight.replace(month=3, day=31).isoformat()[:19]))
        == []
    )
    longer = (midnight + 3 * DAY).isoformat()
    assert codes(lambda: move(store, booking, start_date=midnight.isoformat(), end_date=longer)) == [
        "over_max_duration"
    ]


def test_a_repeated_move_is_told_once(store: Noting) -> None:
    """A client whose answer was lost sends it again."""
    booking = placed(store, 1)
    for _ in range(2):
        move(store, booking, notify_customer=True)

    assert len(head_of(store, booking).causes) == 1


def test_what_was_placed_over_others_stays_so_wherever_it_goes(store: Noting) -> None:
    """Whoever looks for what is over capacity must not take it for a mistake."""
    booking = placed(store, 1)
    move(store, booking, check_availability=False)

    assert move(store, booking, day=2).override is True


def test_a_price_asked_for_anew_is_that_of_the_new_time_with_what_was_added(store: Noting) -> None:
    body = order(meeting(booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 2}]), notify_customer=False)
    placed_order = alone(store, body)
    [booking] = placed_order.bookings

    moved = move(
        store, booking, end_date=(NINE + DAY + timedelta(hours=2)).isoformat(), recalculate_price=True
    )

    assert (booking.charged_duration, moved.charged_duration) == (60, 120)
    by_kind = {line.kind: line.total for line in booking.lines}
    assert {line.kind: line.total for line in moved.lines} == by_kind | {"service": 2 * by_kind["service"]}
    head = head_of(store, booking)
    assert head.amounts == moved.amounts
    assert sum(each.tax_amount for each in head.taxes) == moved.amounts.tax_amount
    assert moved.updated_at == NOW


# --- what a booking has it keeps ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "minutes", "to", "end", "found"),
    [
        # Other hours of as many minutes: the service has a least duration by now, and most of a day is less.
        (NINE, 60, NINE + DAY, None, []),
        (NINE, 60, NINE + DAY, timedelta(minutes=90), ["under_min_duration"]),
        (NINE, 60, NINE, timedelta(minutes=90), ["under_min_duration"]),
        # A day of 23 hours, from noon to noon on the clock, becomes one of 24.
        (NINE.replace(month=3, day=30, hour=12), 24 * 60, NINE, timedelta(hours=24), []),
        # 24 hours, from noon to one in the afternoon on the clock, stay 24.
        (NINE.replace(month=3, day=30, hour=12), 25 * 60, NINE, timedelta(hours=24), []),
        (NINE.replace(month=3, day=30, hour=12), 25 * 60, NINE, timedelta(hours=26), ["under_min_duration"]),
    ],
)
def test_a_booking_that_is_as_long_as_it_was_is_long_enough(
    store: Noting, start: Any, minutes: int, to: Any, end: timedelta | None, found: list[str]
) -> None:
    [booking] = alone(store, order(desks(1, start, minutes), notify_customer=False)).bookings
    store.items[Key("service", DESK.id)] = DESK.model_copy(update={"min_duration": 10_000})
    more = {} if end is None else {"end_date": (to + end).isoformat()}

    assert codes(lambda: move(store, booking, start_date=to.isoformat(), note="x", **more)) == found


@pytest.mark.parametrize(
    ("resources", "to", "found"),
    [
        ([SECOND_ROOM.id], {}, []),
        ([SECOND_ROOM.id, DESKS.id], {"resource_id": SECOND_ROOM.id}, []),
        ([DESKS.id], {"resource_id": SECOND_ROOM.id}, ["timeslot_series_not_offered"]),
        ([], {"resource_id": SECOND_ROOM.id}, []),
    ],
)
def test_a_course_offers_its_rooms_to_who_comes_into_them(
    store: Noting, resources: list[str], to: dict[str, Any], found: list[str]
) -> None:
    """Whoever is in another one stays there."""
    store.items[Key("service", DESK.id)] = DESK.model_copy(
        update={"resource_ids": DESK.resource_ids | {SECOND_ROOM.id}}
    )
    store.items[Key("timeslot_series", "course")] = COURSE
    [booking] = alone(store, order(desks(1, timeslot_series_id="course"), notify_customer=False)).bookings
    offered = COURSE.model_copy(update={"resource_ids": frozenset(resources)})
    store.items[Key("timeslot_series", "course")] = offered

    assert codes(lambda: move(store, booking, **to)) == found


def test_whoever_cannot_come_in_is_told_what_is_not_offered_where(store: Noting) -> None:
    store.items[Key("timeslot_series", "course")] = COURSE.model_copy(
        update={"resource_ids": frozenset([DESKS.id])}
    )
    [booking] = alone(store, order(desks(1, timeslot_series_id="course"), notify_customer=False)).bookings
    told = []
    for to in (SECOND_ROOM.id, "nothing"):
        with pytest.raises(FrontdeskError) as refused:
            move(store, booking, resource_id=to)
        told += [problem.values for problem in refused.value.problems]

    assert told == [
        {"services": DESK.name, "resources": SECOND_ROOM.name},
        {"series": "Course", "resources": SECOND_ROOM.name},
        {"id": "nothing"},
    ]


@pytest.mark.parametrize("percent", [20, None])
def test_what_an_old_order_was_sold_with_is_found_in_its_voucher(store: Noting, percent: int | None) -> None:
    """Orders of before do not have the terms. Without the voucher too, what was given is what is given."""
    body = order(meeting(), notify_customer=False, voucher_code="SUMMER20")
    [booking] = alone(store, body).bookings
    head = head_of(store, booking)
    assert head.voucher is not None
    old = head.model_copy(update={"voucher": head.voucher.model_copy(update={"terms": None})})
    store.items[Key("order", head.id)] = old
    if percent is None:
        del store.items[Key("voucher", "summer20")]

    moved = move(
        store, booking, end_date=(NINE + DAY + timedelta(hours=2)).isoformat(), recalculate_price=True
    )

    given = booking.amounts.discount_amount
    assert given > 0
    assert moved.amounts.discount_amount == (given if percent is None else 2 * given)


# --- before anything is read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weight", "resources", "found"),
    [
        (1, [DESKS.id], ["change_too_large"]),
        (0, [DESKS.id], []),
        (1, [DESKS.id, "hall"], ["change_too_large"]),
    ],
)
@pytest.mark.parametrize("part", [True, False])
def test_only_days_that_are_taken_are_too_many(
    store: Noting,
    weight: int,
    resources: list[str],
    found: list[str],
    part: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A note changes none. What takes no room is on no day."""
    store.items[Key("service", DESK.id)] = DESK.model_copy(
        update={"default_weight": weight, "resource_ids": DESK.resource_ids | {"hall"}}
    )
    store.items[Key("resource", "hall")] = DESKS.model_copy(update={"id": "hall"})
    parts = [{"resource_id": DESKS.id, "service_id": {DESK.id: 1}}] if part else []
    long = desks(1, NINE, 6 * 1440, resource_id=resources, sub_bookings=parts)
    booking = alone(store, order(long, notify_customer=False)).bookings[0]
    shrink(monkeypatch, MAX_ACTIONS=6 * len(resources) - 1)
    store.keys = []

    assert codes(lambda: move(store, booking, day=0, note="x")) == []
    store.keys = []
    assert codes(lambda: move(store, booking)) == found
    assert (store.keys == []) == bool(found)


def test_nothing_is_read_that_a_booking_has_not(store: Noting) -> None:
    """No course, and no voucher whose terms are with the order."""
    booking = placed(store, voucher_code="SUMMER20")
    store.keys = []
    move(store, booking)

    assert all(key.id for keys in store.keys for key in keys)
    assert {key.kind for keys in store.keys for key in keys} == {
        "organization",
        "resource",
        "service",
        "ledger",
    }


def test_of_a_booking_that_cannot_be_only_that_is_told(store: Noting) -> None:
    """Its part is not taken for it: what is too short for the part's service was never asked for as such."""
    store.items[Key("service", MEETING.id)] = MEETING.model_copy(update={"min_duration": 60})
    part = {"resource_id": SECOND_ROOM.id, "service_id": {MEETING.id: 1}}
    booking = alone(store, order(desks(1, sub_bookings=[part]), notify_customer=False)).bookings[0]
    end = (NINE + timedelta(minutes=30)).isoformat()

    assert codes(
        lambda: move(store, booking, start_date=NINE.isoformat(), end_date=end, resource_id="nothing")
    ) == ["resource_not_found"]


def test_whoever_has_arrived_stays_on_the_day_of_the_place(store: Noting) -> None:
    """In Tokyo it is afternoon, and midnight comes before it does in Berlin."""
    store.items[Key("resource", DESKS.id)] = DESKS.model_copy(update={"timezone": "Asia/Tokyo"})
    [booking] = alone(store, order(desks(1, NINE, 60), notify_customer=False)).bookings
    arrived = booking.model_copy(update={"checked_in_at": booking.start})
    store.items[Key("booking", booking.id)] = arrived

    # Four in the afternoon is eleven at night there, and six is the next day.
    assert codes(lambda: move(store, booking, start_date=NINE.replace(hour=18).isoformat())) == ["checked_in"]
    assert codes(lambda: move(store, booking, start_date=NINE.replace(hour=16).isoformat())) == []


# --- what is answered ---------------------------------------------------------------------------------------------


def free_after(store: Noting, booking: Booking) -> list[str]:
    with pytest.raises(FrontdeskError) as refused:
        move(store, booking, start_date=NINE.replace(hour=11).isoformat())
    [problem] = refused.value.problems
    return [each["start_date"] for each in problem.meta["next_free"]]


@pytest.mark.parametrize(("first", "then"), [(ROOM, SECOND_ROOM), (SECOND_ROOM, ROOM)])
def test_a_time_is_offered_where_it_is_free_for_the_booking_and_its_part(
    store: Noting, first: Resource, then: Resource
) -> None:
    part = {"resource_id": SECOND_ROOM.id, "service_id": {MEETING.id: 1}}
    booking = alone(store, order(meeting(sub_bookings=[part]), notify_customer=False)).bookings[0]
    for hour, room in ((11, first), (12, then)):
        body = order(meeting(NINE.replace(hour=hour), resource_id=room.id), notify_customer=False)
        alone(store, body)

    # Ten to eleven is before what was asked for; at noon one of the rooms is taken.
    assert free_after(store, booking)[0] == "2030-04-15T11:00:00+00:00"


@pytest.mark.parametrize(("completes", "found"), [(True, []), (False, ["day_full"])])
def test_a_day_is_full_for_holds_before_it_is_for_bookings(
    store: Noting, completes: bool, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = placed(store, 1, complete_order=completes)
    monkeypatch.setattr(limits, "MAX_HELD_DAY", 0)

    assert codes(lambda: move(store, booking)) == found


def test_a_booking_says_when_it_was_moved(store: Noting) -> None:
    booking = placed(store, 1)

    assert move(store, booking, context(FakeClock(NOW + 5))).updated_at == NOW + 5
