"""The past is kept: canceling keeps what has taken place, and nothing sold is rewritten (issue 16)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.api.answers.orders import order_resource
from frontdesk.domain.booking import changes
from frontdesk.domain.booking.writes import NewBooking, bytes_of
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import absent, arrived, departed, staying
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.trail import Entry
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.attend import note_attendance
from frontdesk.usecases.orders.change import cancel_booking, cancel_order
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import place_order
from tests.support.aftermath import findings
from tests.support.demo import CATALOG, NINE, ORGANIZATION, desks, meeting, order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.shrink import shrink

ORG = ORGANIZATION.id
DAY = timedelta(days=1)
# After the first two of the days, which are at nine.
LATER = int((NINE + 1.5 * DAY).timestamp())


@pytest.fixture(params=["at once", "in steps"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    if request.param == "in steps":
        shrink(monkeypatch, MAX_ACTIONS=3)
    return FakeStore(ORG, CATALOG)


def placed(store: FakeStore, *bookings: dict[str, Any], **more: Any) -> tuple[Order, Sequence[Booking]]:
    made = place_order(Context(ORG, FakeClock()), read_config(order(*bookings, **more)), store)
    return made.order, made.bookings


def days(count: int) -> list[dict[str, Any]]:
    return [meeting(NINE + number * DAY) for number in range(count)]


def statuses(bookings: Sequence[Booking]) -> list[str]:
    return [booking.status for booking in bookings]


def code(call: Any) -> tuple[int, str]:
    with pytest.raises(FrontdeskError) as error:
        call()
    (problem,) = error.value.problems
    return problem.status, problem.code


def test_canceling_an_order_leaves_what_has_ended(store: FakeStore) -> None:
    made, _ = placed(store, *days(4), voucher_code="ONCE10")

    after, bookings = cancel_order(Context(ORG, FakeClock(LATER)), made.id, store)

    assert statuses(bookings) == ["accepted", "accepted", "canceled", "canceled"]
    assert (after.status, after.active_bookings, after.amounts) == ("completed", 2, made.amounts)
    assert code(lambda: cancel_order(Context(ORG, FakeClock(LATER)), made.id, store)) == (
        409,
        "nothing_to_cancel",
    )
    # On request, the past is canceled too. Repeating it returns the same.
    for _ in range(2):
        after, bookings = cancel_order(Context(ORG, FakeClock(LATER)), made.id, store, include_past=True)
        assert (after.status, statuses(bookings)) == ("canceled", ["canceled"] * 4)


def test_what_goes_on_is_not_over(store: FakeStore) -> None:
    made, _ = placed(store, meeting())
    during = FakeClock(int(NINE.timestamp()) + 1800)
    assert cancel_order(Context(ORG, during), made.id, store)[0].status == "canceled"


def test_canceling_an_order_leaves_what_was_attended_with_its_parts(store: FakeStore) -> None:
    part = {"resource_id": desks(1)["resource_id"], "service_id": desks(1)["service_id"]}
    made, bookings = placed(store, meeting(sub_bookings=[part]), meeting(NINE + DAY))
    early = FakeClock(int(NINE.timestamp()) - 600)
    note_attendance(Context(ORG, early), bookings[0].id, arrived, store)

    _, left = cancel_order(Context(ORG, early), made.id, store)

    assert statuses(left) == ["accepted", "accepted", "canceled"]
    assert code(lambda: cancel_booking(Context(ORG, early), bookings[0].id, store)) == (
        409,
        "nothing_to_cancel",
    )
    assert (
        cancel_booking(Context(ORG, early), bookings[0].id, store, include_past=True)[1].status == "canceled"
    )


def test_canceling_an_order_leaves_what_somebody_arrives_for_meanwhile(store: FakeStore) -> None:
    made, bookings = placed(store, *days(4))
    early = FakeClock(int((NINE + 2 * DAY).timestamp()) - 600)

    def arrives() -> None:
        store.before_write = lambda: None
        note_attendance(Context(ORG, early), bookings[2].id, arrived, store)

    store.before_write = arrives
    order, left = cancel_order(Context(ORG, early), made.id, store)

    assert statuses(left) == ["accepted", "accepted", "accepted", "canceled"]
    assert (order.status, order.active_bookings) == ("completed", 3)


@pytest.mark.parametrize("large", ["many", "long"])
def test_nobody_who_arrives_far_from_now_is_lost_to_a_large_cancellation(
    large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more bookings than one write can check, in number or in bytes, a check-in changes the order instead."""
    store = FakeStore(ORG, CATALOG)
    made, bookings = placed(store, *days(5), notify_customer=False)
    shrink(monkeypatch, MAX_ACTIONS=4) if large == "many" else shrink(monkeypatch, MAX_ACTIONS=8)
    if large == "long":
        monkeypatch.setattr(
            changes, "MAX_TRANSACTION", changes.MAX_ITEM + 2 * bytes_of(NewBooking(bookings[0]))
        )
    early, last = FakeClock(int(NINE.timestamp()) - 600), bookings[4].id

    def arrives() -> None:
        store.before_write = lambda: None
        note_attendance(Context(ORG, early), last, arrived, store)

    store.before_write = arrives
    order, left = cancel_order(Context(ORG, early), made.id, store)

    assert statuses(left) == ["canceled"] * 4 + ["accepted"]
    assert (order.status, order.active_bookings) == ("completed", 1)
    assert findings(store.items.items(), early.now()) == []
    entries = [each for each in store.items.values() if isinstance(each, Entry)]
    assert sorted(each.action for each in entries) == ["canceled", "checked_in"]


def test_a_check_in_to_a_small_order_leaves_the_order_as_it_is(store: FakeStore) -> None:
    """Many may arrive at once."""
    made, bookings = placed(store, meeting())
    clock = FakeClock(int(NINE.timestamp()))

    _, after = note_attendance(Context(ORG, clock), bookings[0].id, arrived, store)

    assert after == made == store.items[Key("order", made.id)]


def test_a_booking_that_has_ended_is_not_canceled_by_itself(store: FakeStore) -> None:
    _, bookings = placed(store, *days(3))
    ended, coming = bookings[0].id, bookings[2].id
    assert code(lambda: cancel_booking(Context(ORG, FakeClock(LATER)), ended, store)) == (
        409,
        "nothing_to_cancel",
    )
    assert cancel_booking(Context(ORG, FakeClock(LATER)), coming, store)[0].status == "canceled"
    # Canceled stays canceled, whenever it is requested.
    much_later = FakeClock(LATER + 30 * 86_400)
    assert cancel_booking(Context(ORG, much_later), coming, store)[0].status == "canceled"


def test_a_draft_has_nothing_that_took_place(store: FakeStore) -> None:
    made, _ = placed(store, meeting(), complete_order=False)
    store.items = {
        key: item.model_copy(update={"expires_at": LATER * 2}) if isinstance(item, Order) else item
        for key, item in store.items.items()
    }
    assert cancel_order(Context(ORG, FakeClock(LATER)), made.id, store)[0].status == "canceled"


def test_a_check_in_can_be_undone(store: FakeStore) -> None:
    made, (booking,) = placed(store, meeting())
    clock = FakeClock(int(NINE.timestamp()))
    note_attendance(Context(ORG, clock), booking.id, arrived, store)
    note_attendance(Context(ORG, clock), booking.id, departed, store)

    again, _ = note_attendance(Context(ORG, clock), booking.id, staying, store)
    assert (again.checked_in_at, again.checked_out_at) == (clock.now(), None)
    note_attendance(Context(ORG, clock), booking.id, departed, store)
    for _ in range(2):
        undone, _ = note_attendance(Context(ORG, clock), booking.id, absent, store)
        assert (undone.checked_in_at, undone.checked_out_at) == (None, None)
    assert cancel_order(Context(ORG, clock), made.id, store)[0].status == "canceled"


def test_who_has_come_is_not_moved_to_another_day() -> None:
    store = FakeStore(ORG, CATALOG)
    _, (booking,) = placed(store, meeting())
    clock = FakeClock(int(NINE.timestamp()) - 600)
    note_attendance(Context(ORG, clock), booking.id, arrived, store)

    def move(**attributes: Any) -> Booking:
        document = read_document(
            BookingDocument, "bookings", {"data": {"attributes": attributes}}, booking.id
        )
        return move_booking(Context(ORG, clock), booking.id, document, store)[0]

    assert code(lambda: move(start_date="2030-04-16T09:00")) == (409, "checked_in")
    assert move(start_date="2030-04-15T10:00", note="later").note == "later"


def test_what_is_left_is_the_sum_of_its_lines(store: FakeStore) -> None:
    made, _ = placed(store, *days(3), voucher_code="SUMMER20")

    def shown(order: Order, bookings: Sequence[Booking] | None) -> tuple[Any, Any, Any]:
        attributes = order_resource(order, "", LATER, bookings)["attributes"]
        return attributes["total"], attributes["active_total"], attributes["active_tax_amount"]

    assert shown(made, None) == (made.amounts.total, made.amounts.total, made.amounts.tax_amount)
    after, bookings = cancel_order(Context(ORG, FakeClock(LATER)), made.id, store)
    lines = [line for booking in bookings[:2] for line in booking.lines]
    left = sum(line.total for line in lines), sum(line.tax_amount for line in lines)
    assert shown(after, bookings) == (made.amounts.total, *left)
    # A list does not read the bookings of an order.
    assert shown(after, None) == (made.amounts.total, None, None)
    after, bookings = cancel_order(Context(ORG, FakeClock(LATER)), made.id, store, include_past=True)
    assert shown(after, bookings) == shown(after, None) == (made.amounts.total, 0, 0)
    assert find_order(Context(ORG, FakeClock(LATER)), made.id, store)[0].amounts == made.amounts
