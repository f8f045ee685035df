"""Changes of an order: reads at two moments, canceled bookings, and the use of its voucher."""

from typing import Any

import pytest

from frontdesk.domain.booking.changes import (
    canceled,
    dropped_holds,
    ended_holds,
    hiding,
    is_whole,
    live,
    recorded_of,
    released,
    uncounted,
)
from frontdesk.domain.booking.writes import ChangedBooking, ChangedOrder, VoucherCount
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, change
from frontdesk.domain.orders.order import Amounts, Booking, Cause, Order, VoucherUse
from frontdesk.domain.orders.snapshot import Snapshot, ledger_item
from frontdesk.domain.trail import SYSTEM, Entry
from tests.support.shrink import shrink
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


# --- holds --------------------------------------------------------------------------------------------------------

DAY = LedgerKey("room", "2027-01-15")
NINE, TEN = Claim(9 * 3600, 10 * 3600, 1), Claim(10 * 3600, 11 * 3600, 1)


def held(**claims: Claim) -> Ledger:
    """A day with holds by name: of this order, of an attempt at it before (`old`), and of another order (`other`)."""
    holds = {
        name: Hold("p" if name == "other" else "o", "before" if name == "old" else "mine", claim, False, NOW)
        for name, claim in claims.items()
    }
    return change(Ledger(DAY), capacity=None, holds=holds).result()


def in_use(ledger: Ledger) -> dict[int, int]:
    return {start // 3600: used for (start, _), used in ledger.segments.items() if used}


def test_what_is_completed_keeps_what_it_holds_and_no_attempt_before_does() -> None:
    """Its room would stay taken for nobody."""
    [after] = dropped_holds(order("completed"), [held(nine=NINE, ten=TEN, old=NINE, other=TEN)])

    assert in_use(after.result()) == {9: 1, 10: 2}
    assert list(after.result().holds) == ["other"]


def test_what_is_over_gives_back_what_it_holds_and_nothing_of_others() -> None:
    """Their room would be sold twice. Where it holds nothing, nothing is written."""
    of = order("expired")
    [after] = ended_holds(of, [held(nine=NINE, old=NINE, other=NINE), held(other=NINE)])

    assert in_use(after.result()) == {9: 1}
    assert list(after.result().holds) == ["other"]
    assert dropped_holds(of, [held(other=NINE)]) == []


@pytest.mark.parametrize(("claim", "left", "kept"), [(NINE, {10: 1}, ["ten"]), (TEN, {9: 1}, ["nine"])])
def test_a_canceled_booking_gives_back_what_it_holds_itself(
    claim: Claim, left: dict[int, int], kept: list[str]
) -> None:
    """The hold of another booking would be gone, and its room be sold for nothing when the draft is completed."""
    day = held(other=claim, nine=NINE, ten=TEN)

    [after] = released(order(), {DAY: [claim]}, Snapshot({ledger_item(DAY): day}))

    assert in_use(after.result()) == {
        hour: left.get(hour, 0) + (claim.start == hour * 3600) for hour in (9, 10)
    }
    assert list(after.result().holds) == ["other", *kept]


def test_a_hold_of_another_attempt_is_none_of_a_booking() -> None:
    [after] = released(order(), {DAY: [NINE]}, Snapshot({ledger_item(DAY): held(old=NINE)}))

    assert list(after.result().holds) == ["old"]


# --- deleting -----------------------------------------------------------------------------------------------------

ENTRY = Entry(at=NOW, action="deleted", actor=SYSTEM)
DRAFT = order("expired", **WHOLE, expires_at=NOW - 60)


@pytest.mark.parametrize(
    ("of", "before", "canceled_at", "version"),
    [
        (
            order("completed", **WHOLE),
            {"status": "canceled", "canceled_at": NOW - 7, "version": 3},
            NOW - 7,
            4,
        ),
        # It was shown as canceled by its draft's end, as of a version that was never written.
        (DRAFT, {"status": "reserved", "version": 3}, NOW - 60, 5),
    ],
)
def test_a_deleted_booking_was_canceled_when_it_was(
    of: Order, before: dict[str, Any], canceled_at: int, version: int
) -> None:
    gone = FIRST.model_copy(update=before)

    some, writes = hiding(of, [gone, SECOND.model_copy(update=before)], ENTRY)

    first = next(write.booking for write in writes if isinstance(write, ChangedBooking))
    assert [each.id for each in some] == ["o-1", "o-2"]
    assert (first.deleted, first.canceled_at, first.version) == (True, canceled_at, version)
    assert next(write.order.deleted for write in writes if isinstance(write, ChangedOrder)) == (1, 2)


def test_what_is_hidden_is_not_hidden_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not all fit into a transaction, at least one does."""
    first, second = (
        each.model_copy(update={"status": "canceled", "canceled_at": NOW}) for each in (FIRST, SECOND)
    )
    of = order("completed", **WHOLE, deleted=(2,))
    hidden = second.model_copy(update={"deleted": True})
    assert hiding(of, [first, hidden], ENTRY)[0] == [first]

    shrink(monkeypatch, MAX_ACTIONS=1)
    assert hiding(of, [first, second], ENTRY)[0] == [second]


def test_what_is_recorded_is_of_the_order_itself() -> None:
    """Along with it, drafts of others may end whose room it takes."""
    own, other = order("completed"), order("draft", id="other")
    after = own.model_copy(update={"version": 2, "note": "x"})
    ended = other.model_copy(update={"version": 9, "status": "expired"})
    day = change(Ledger(DAY), [NINE], capacity=1)

    entry = recorded_of(ENTRY, own, [day, ChangedOrder(other, ended), ChangedOrder(own, after)])

    assert (entry.key.id, list(entry.entry.changes)) == ("o", ["note"])
