"""How a move changes ledgers and holds: a draft holds its new time, and releases each old claim once."""

from typing import Any

import pytest

from frontdesk.domain.booking.move_reading import read_move
from frontdesk.domain.booking.moves import Move
from frontdesk.domain.booking.writes import ChangedBooking, ChangedOrder
from frontdesk.domain.catalog.items import Resource
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerChange, LedgerKey, change
from frontdesk.domain.orders.order import Amounts, Booking, Order
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.requests.change import BookingDocument

NOW = 1_800_000_000
START = NOW - NOW % 86400 + 9 * 3600
DAY = LedgerKey("room", "2027-01-15")
NINE, TEN = Claim(9 * 3600, 10 * 3600, 1), Claim(10 * 3600, 11 * 3600, 1)
NOTHING = Amounts(total=0, net_amount=0, tax_amount=0, discount_amount=0)
ROOM = Resource(id="room", name="Room", quantity=2)


def order(**more: Any) -> Order:
    of_draft = {"status": "draft", "expires_at": NOW + 900}
    return Order(
        id="o", organization_id="org", attempt="mine", booking_count=2, active_bookings=2, currency="EUR",
        timezone="UTC", amounts=NOTHING, taxes=(), start=START, end=START + 3600, created_at=NOW, updated_at=NOW,
        **{**of_draft, **more},
    )  # fmt: skip


def booking(number: int, **more: Any) -> Booking:
    return Booking(
        id=f"o-{number}", status="reserved", resource_ids=("room",), services={}, start=START, end=START + 3600,
        blocker_start=START, blocker_end=START + 3600, charged_duration=60, quantity=1, weight=1, lines=(),
        amounts=NOTHING, currency="EUR", created_at=NOW, updated_at=NOW, **more,
    )  # fmt: skip


MAIN, PART = booking(1, parts=1), booking(2, super_booking="o-1")


def move(seen: Order, **attributes: Any) -> Move:
    document = BookingDocument.model_validate({"data": {"attributes": attributes}})
    return read_move(seen, [MAIN, PART], MAIN, document, [])


def written(seen: Order, ledger: Ledger, *others: Order, **attributes: Any) -> tuple[list[Any], LedgerChange]:
    """Returns the writes of a move to ten o'clock, and the change of its day."""
    known = Snapshot(
        {
            ledger_item(DAY): ledger,
            Key("resource", "room"): ROOM,
            **{Key("order", each.id): each for each in others},
        }
    )
    writes = move(seen, start_date="2027-01-15T10:00:00+00:00", **attributes).writes(known, NOW)
    (of_day,) = [write for write in writes if isinstance(write, LedgerChange)]
    return writes, of_day


def held(*claims: Claim, order_id: str = "o", expires_at: int = NOW + 900) -> dict[str, Hold]:
    return {
        f"{order_id}:mine:{n}": Hold(order_id, "mine", claim, False, expires_at)
        for n, claim in enumerate(claims)
    }


def day(holds: dict[str, Hold], *claims: Claim) -> Ledger:
    return change(Ledger(DAY), claims, capacity=None, holds=holds).result()


def in_use(ledger: Ledger) -> dict[int, int]:
    """Returns the units in use by hour."""
    return {start // 3600: used for (start, _), used in ledger.segments.items() if used}


def test_a_draft_that_holds_the_same_twice_leaves_both_and_holds_both_anew() -> None:
    writes, of_day = written(order(), day(held(NINE, NINE)))

    assert of_day.dropped == {"o:mine:0", "o:mine:1"}
    assert [hold.claim for hold in of_day.new_holds.values()] == [TEN, TEN]
    assert {(hold.order_id, hold.attempt, hold.expires_at) for hold in of_day.new_holds.values()} == {
        ("o", "mine", NOW + 900)
    }
    assert in_use(of_day.result()) == {10: 2}
    assert [type(write) for write in writes] == [ChangedOrder, ChangedBooking, ChangedBooking, LedgerChange]


def test_a_draft_leaves_what_this_booking_held_and_nothing_else_of_its_own() -> None:
    """Holds of other bookings stay, and so do those of other attempts, which are cleaned up separately."""
    others = {"o:another:0": Hold("o", "another", NINE, False, NOW + 900)}

    _, of_day = written(order(), day(others | held(TEN, NINE, NINE)))

    assert of_day.dropped == {"o:mine:1", "o:mine:2"}


@pytest.mark.parametrize("expires_at", [None, NOW + 900])
def test_what_is_completed_is_not_held_any_more(expires_at: int | None) -> None:
    """Its holds may not have been removed yet."""
    completed = order(status="completed", expires_at=expires_at)
    _, of_day = written(completed, day(held(NINE, NINE)))

    assert (of_day.dropped, of_day.new_holds) == ({"o:mine:0", "o:mine:1"}, {})
    assert in_use(of_day.result()) == {10: 2}


def test_others_keep_what_they_hold_where_it_is_left() -> None:
    _, of_day = written(order(), day(held(NINE, NINE) | held(NINE, order_id="p")))

    assert of_day.result().holds.keys() == {"p:mine:0", *of_day.new_holds}
    assert in_use(of_day.result()) == {9: 1, 10: 2}


def test_a_hold_that_has_run_out_makes_way_where_it_is_in_the_way_and_its_order_ends() -> None:
    there = held(TEN, order_id="p", expires_at=NOW) | held(NINE, order_id="q", expires_at=NOW)
    others = [order(expires_at=NOW).model_copy(update={"id": id}) for id in ("p", "q")]

    writes, of_day = written(order(), day(held(NINE, NINE) | there), *others)

    assert of_day.ended.keys() == {"p:mine:0"}
    assert in_use(of_day.result()) == {9: 1, 10: 2}
    ended = [write.order for write in writes if isinstance(write, ChangedOrder)][1:]
    assert [(each.id, each.status) for each in ended] == [("p", "expired")]


def test_a_move_asks_for_room_unless_it_overrides() -> None:
    full = day({}, NINE, NINE, TEN)

    _, asked = written(order(status="completed", expires_at=None), full)
    _, forced = written(order(status="completed", expires_at=None), full, check_availability=False)

    assert asked.applied_to(full) is None
    assert in_use(forced.result()) == {10: 3}


def test_notes_take_nothing() -> None:
    notes = move(order(), note="Ring twice")

    assert not notes.moves
    assert notes.days == 0
    assert [type(write) for write in notes.writes(Snapshot({}), NOW)] == [ChangedOrder, ChangedBooking]
