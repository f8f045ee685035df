"""Moving a booking: what it is decided on, what it waits for, and when it is decided again."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain import sizes
from frontdesk.domain.ledger import Claim, Ledger, LedgerKey, change
from frontdesk.domain.orders.order import Booking
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.problems import Busy, FrontdeskError
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import Shown, read_document
from frontdesk.domain.requests.order import read_as
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import staged
from frontdesk.usecases.orders.move import move_booking
from tests.support.aftermath import findings
from tests.support.demo import DESKS, MEETING, NINE, SECOND_ROOM, desks, in_use, meeting, order
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
