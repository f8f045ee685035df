"""The transitions of orders and bookings, how an order decides about its holds, and the status shown for both."""

from typing import Any

import pytest

from frontdesk.domain.ledger import Claim, Hold
from frontdesk.domain.orders.order import Amounts, Booking, Cause, Order, OrderStatus
from frontdesk.domain.orders.states import (
    absent,
    arrived,
    booking_after,
    departed,
    hold_status,
    is_over,
    is_tombstone,
    needs_order,
    order_after,
    refuse_ended,
    shown_booking_status,
    shown_status,
    shown_version,
    staying,
    tombstone_of,
)
from frontdesk.domain.problems import FrontdeskError
from frontdesk.errors import Phrase

NOW = 1_800_000_000
NOTHING = Amounts(total=0, net_amount=0, tax_amount=0, discount_amount=0)
MAIL = Cause(version=1, kind="confirmation")


def order(status: OrderStatus = "draft", **more: Any) -> Order:
    fields: dict[str, Any] = {
        "id": "o", "organization_id": "org", "status": status, "attempt": "mine", "booking_count": 1,
        "active_bookings": 1, "currency": "EUR", "timezone": "UTC", "amounts": NOTHING, "taxes": (), "start": 0,
        "end": 3600, "created_at": NOW - 9, "updated_at": NOW - 9,
    }  # fmt: skip
    return Order(**fields | more)


def booking(**more: Any) -> Booking:
    fields: dict[str, Any] = {
        "id": "o-1", "status": "accepted", "resource_ids": ("room",), "services": {}, "start": 0, "end": 3600,
        "blocker_start": 0, "blocker_end": 3600, "charged_duration": 60, "quantity": 1, "weight": 1, "lines": (),
        "amounts": NOTHING, "currency": "EUR", "created_at": NOW - 9, "updated_at": NOW - 9,
    }  # fmt: skip
    return Booking(**fields | more)


def refused(what: Any, *args: Any) -> str | None:
    """Returns the code of the refusal; None if there is none."""
    try:
        what(*args)
    except FrontdeskError as error:
        (problem,) = error.problems
        assert problem.status == 409
        return problem.code
    return None


def test_the_next_state_counts_the_version_up_and_says_when() -> None:
    after = order_after(order(version=3), "completed", NOW, note="x")
    assert after == order("completed", version=4, updated_at=NOW, note="x")

    gone = booking_after(booking(version=3), "canceled", NOW, canceled_at=NOW)
    assert gone == booking(status="canceled", version=4, updated_at=NOW, canceled_at=NOW)


def test_a_tombstone_has_nothing_behind_it_and_nobody_waits_for_it() -> None:
    placed = order("completed", expires_at=NOW + 5, causes=(MAIL,), version=3)

    gone = tombstone_of(placed, NOW)

    assert gone == order("abandoned", booking_count=0, active_bookings=0, version=3, updated_at=NOW)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (order("abandoned", booking_count=0), True),
        (order("abandoned"), False),
        (order("completed", booking_count=0), False),
    ],
)
def test_another_order_may_take_a_tombstones_place_and_no_others(there: Order, expected: bool) -> None:
    assert is_tombstone(there) is expected


def hold(**more: Any) -> Hold:
    return Hold("o", "mine", Claim(0, 3600, 1), False, NOW)._replace(**more)


@pytest.mark.parametrize(
    ("of", "asks"),
    [
        (hold(expires_at=NOW + 1), False),
        (hold(expires_at=NOW), True),
        (hold(expires_at=NOW - 1), True),
        (hold(expires_at=NOW + 1, placing=True), True),
    ],
)
def test_the_order_is_asked_once_a_hold_has_run_out_and_while_it_is_placed(of: Hold, asks: bool) -> None:
    assert needs_order(of, NOW) is asks


@pytest.mark.parametrize(
    ("by", "worth"),
    [
        (None, "over"),
        (order("completed", attempt="another"), "over"),
        (order("draft", attempt="another", expires_at=NOW + 1), "over"),
        (order("draft", expires_at=NOW + 1), "counts"),
        (order("draft", expires_at=NOW), "over"),
        (order("draft", expires_at=None), "counts"),
        (order("placing", expires_at=NOW + 1), "pending"),
        (order("placing", expires_at=NOW), "over"),
        (order("placing", expires_at=None), "pending"),
        (order("completed", expires_at=None), "counts"),
        (order("completed", expires_at=NOW - 9), "counts"),
        (order("canceling"), "counts"),
        (order("expired"), "over"),
        (order("abandoned"), "over"),
        (order("canceled"), "over"),
    ],
)
def test_what_a_hold_is_worth_is_told_by_its_order(by: Order | None, worth: str) -> None:
    assert hold_status(hold(), by, NOW) == worth


@pytest.mark.parametrize(
    ("of", "shown"),
    [
        (order("draft", expires_at=NOW + 1), "draft"),
        (order("draft", expires_at=NOW), "expired"),
        (order("draft", expires_at=None), "draft"),
        (order("completed", expires_at=NOW - 1), "completed"),
        (order("canceling"), "canceled"),
        (order("canceled"), "canceled"),
    ],
)
def test_what_is_decided_is_shown_before_it_is_written_everywhere(of: Order, shown: str) -> None:
    assert shown_status(of, NOW) == shown


@pytest.mark.parametrize(
    ("of", "within", "shown"),
    [
        (booking(status="reserved"), order("completed"), "accepted"),
        (booking(status="reserved"), order("draft", expires_at=NOW + 1), "reserved"),
        (booking(status="reserved"), order("draft", expires_at=NOW), "canceled"),
        (booking(), order("completed", canceling=(1,)), "canceled"),
        (booking(), order("completed", canceling=(2,)), "accepted"),
        (booking(status="canceled"), order("completed"), "canceled"),
    ],
)
def test_a_booking_is_shown_as_its_order_has_it(of: Booking, within: Order, shown: str) -> None:
    assert shown_booking_status(of, within, NOW) == shown


def test_arrival_and_departure_are_noted_once() -> None:
    completed = order("completed")
    here = arrived(booking(), completed, NOW)
    assert (here.status, here.checked_in_at, here.version) == ("accepted", NOW, 2)
    assert arrived(here, completed, NOW + 9) == here
    assert refused(departed, booking(), completed, NOW) == "not_checked_in"
    left = departed(here, completed, NOW + 5)
    assert (left.status, left.checked_in_at, left.checked_out_at, left.version) == (
        "accepted",
        NOW,
        NOW + 5,
        3,
    )
    assert departed(left, completed, NOW + 9) == left


@pytest.mark.parametrize("note", [arrived, departed])
@pytest.mark.parametrize(
    ("of", "within", "code"),
    [
        (booking(status="reserved"), order("draft", expires_at=NOW + 1), "booking_not_accepted"),
        (booking(status="reserved"), order("draft", expires_at=NOW), "order_expired"),
        (booking(status="canceled"), order("completed"), "booking_canceled"),
        (booking(status="requested"), order("completed"), "booking_not_accepted"),
    ],
)
def test_nobody_comes_to_what_is_not_accepted(note: Any, of: Booking, within: Order, code: str) -> None:
    assert refused(note, of, within, NOW) == code


def test_what_has_not_ended_may_change() -> None:
    assert refused(refuse_ended, booking(), order("completed"), NOW) is None
    assert refused(refuse_ended, booking(status="reserved"), order("draft", expires_at=NOW + 1), NOW) is None


@pytest.mark.parametrize(
    ("of", "within", "values"),
    [
        (
            booking(status="reserved"),
            order("draft", expires_at=NOW + 1),
            {"status": Phrase("status_reserved")},
        ),
        (booking(status="reserved"), order("draft", expires_at=NOW), {"reason": Phrase("draft_expired")}),
        (booking(status="canceled"), order("completed"), {}),
    ],
)
def test_who_is_refused_hears_why(of: Booking, within: Order, values: dict[str, Any]) -> None:
    with pytest.raises(FrontdeskError) as error:
        arrived(of, within, NOW)

    assert error.value.problems[0].values == values


@pytest.mark.parametrize(
    ("status", "end", "came", "over"),
    [
        ("completed", NOW, None, True),
        ("completed", NOW + 1, None, False),
        ("completed", NOW + 1, NOW - 9, True),
        ("draft", NOW - 9, NOW - 9, False),
    ],
)
def test_what_took_place_is_over_but_of_a_draft(status: Any, end: int, came: int | None, over: bool) -> None:
    of, part = booking(end=end), booking(id="o-2", super_booking="o-1", end=NOW + 9, checked_in_at=came)

    assert is_over(of, order(status), {"o-1": [of, part]}, NOW) is over


@pytest.mark.parametrize("undo", [staying, absent])
def test_what_was_not_noted_is_not_undone(undo: Any) -> None:
    assert undo(booking(), order("completed"), NOW) == booking()
    assert refused(undo, booking(status="canceled"), order("completed"), NOW) == "booking_canceled"
    came = booking(checked_in_at=NOW - 9, checked_out_at=NOW - 5)
    assert undo(came, order("completed"), NOW).version == came.version + 1


@pytest.mark.parametrize(
    ("of", "more"),
    [
        (order("draft", expires_at=NOW), 1),
        (order("draft", expires_at=NOW + 1), 0),
        (order("canceling"), 1),
        (order("completed"), 0),
    ],
)
def test_what_is_decided_is_shown_with_the_version_that_it_will_have(of: Order, more: int) -> None:
    assert shown_version(of, NOW) == of.version + more
