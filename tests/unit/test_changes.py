"""Changes of an order: reads at two moments, canceled bookings, and the use of its voucher."""

from typing import Any

import pytest

from frontdesk.domain.booking.changes import canceled, is_whole, live, uncounted
from frontdesk.domain.booking.writes import ChangedBooking, VoucherCount
from frontdesk.domain.orders.order import Amounts, Booking, Cause, Order, VoucherUse
from tests.unit.test_states import NOW, booking, order


def costs(total: int) -> Amounts:
    return Amounts(total=total, net_amount=total, tax_amount=0, discount_amount=0)


FIRST = booking(amounts=costs(10), start=0, end=3600)
SECOND = booking(id="o-2", amounts=costs(5), start=7200, end=9000)
GONE = SECOND.model_copy(update={"status": "canceled"})
WHOLE = {"booking_count": 2, "active_bookings": 2, "amounts": costs(15), "end": 9000}


@pytest.mark.parametrize(
    ("of", "bookings", "whole"),
    [
        (order("completed", **WHOLE), [FIRST, SECOND], True),
        (order("completed", **WHOLE), [FIRST], False),
        (order("completed", **WHOLE), [FIRST, GONE], False),
        (order("completed", **WHOLE | {"active_bookings": 1}), [FIRST, GONE], True),
        (order("expired", **WHOLE | {"active_bookings": 1}), [FIRST, SECOND], True),
        (order("expired", booking_count=2, amounts=costs(10)), [FIRST], False),
        (order("completed", **WHOLE | {"end": 9001}), [FIRST, SECOND], False),
        (order("completed", **WHOLE | {"start": 1}), [FIRST, SECOND], False),
        (order("completed", **WHOLE | {"amounts": costs(14)}), [FIRST, SECOND], False),
    ],
)
def test_an_order_and_bookings_of_two_moments_are_told(
    of: Order, bookings: list[Booking], whole: bool
) -> None:
    assert is_whole(of, bookings) is whole


def test_what_is_canceled_is_not_live() -> None:
    assert live([FIRST, GONE]) == [FIRST]


CAUSE = Cause(version=2, kind="cancellation", ordinals=(1,))


@pytest.mark.parametrize("cause", [None, CAUSE])
@pytest.mark.parametrize(("leaving", "status", "left"), [(1, "completed", 1), (2, "canceled", 0)])
def test_with_its_last_booking_an_order_is_canceled(
    leaving: int, status: str, left: int, cause: Cause | None
) -> None:
    asked = Cause(version=1, kind="confirmation")
    before = order("completed", **WHOLE, canceling=(1, 2), progress=7, causes=(asked,))

    after, writes = canceled(before, [FIRST, SECOND][:leaving], leaving, NOW, cause)

    assert after == before.model_copy(
        update={
            "status": status, "version": 2, "updated_at": NOW, "active_bookings": left, "canceling": (), "progress": 0,
            "causes": (asked, cause) if cause else (asked,),
        }
    )  # fmt: skip
    assert [(write.seen, write.booking.status, write.booking.canceled_at) for write in changed(writes)] == [
        (each, "canceled", NOW) for each in [FIRST, SECOND][:leaving]
    ]


def changed(writes: Any) -> list[ChangedBooking]:
    assert all(isinstance(write, ChangedBooking) for write in writes)
    return list(writes)


USE = VoucherUse(id="v", code="TEN", counts_total=True, counts_customer="ada")


@pytest.mark.parametrize(
    ("before", "after", "given_back"),
    [
        (order("completed", voucher=USE), order("canceled"), True),
        (order("canceling", voucher=USE), order("canceled"), True),
        (order("draft", voucher=USE), order("canceled"), False),
        (order("completed", voucher=USE), order("completed"), False),
        (order("completed"), order("canceled"), False),
    ],
)
def test_the_use_of_a_voucher_is_given_back_with_the_last_booking_of_what_was_completed(
    before: Order, after: Order, given_back: bool
) -> None:
    assert uncounted(before, after) == (
        [VoucherCount("ten", -1), VoucherCount("ten", -1, None, "ada")] if given_back else []
    )
