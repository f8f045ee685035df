"""A hold belongs to one attempt at one order. Each rule that gives room back checks both."""

from collections.abc import Sequence
from typing import Any

import pytest

from frontdesk.domain.booking.changes import dropped_holds, ended_holds, own_holds, released
from frontdesk.domain.booking.placement import Claims, Placement, ended_orders
from frontdesk.domain.booking.writes import ChangedOrder
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, Segment, change
from frontdesk.domain.orders.order import Amounts, Booking, Order, OrderStatus
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.staged import abandon
from tests.support.fakes import FakeClock, FakeStore

NOW = 1_800_000_000
DAY = LedgerKey("room", "2030-04-15")
NINE, TEN = Claim(9 * 3600, 10 * 3600, 1), Claim(10 * 3600, 11 * 3600, 1)
HOUR = Segment(9 * 3600, 10 * 3600)
NOTHING = Amounts(total=0, net_amount=0, tax_amount=0, discount_amount=0)


def order(status: OrderStatus = "draft", attempt: str = "mine", **more: Any) -> Order:
    return Order(
        id="o",
        organization_id="org",
        status=status,
        attempt=attempt,
        booking_count=1,
        active_bookings=1,
        currency="EUR",
        timezone="Europe/Berlin",
        amounts=NOTHING,
        taxes=(),
        start=0,
        end=3600,
        created_at=NOW,
        updated_at=NOW,
        **more,
    )


def booking(**more: Any) -> Booking:
    return Booking(
        **{
            "id": "o-1",
            "status": "reserved",
            "resource_ids": ("room",),
            "services": {},
            "start": 0,
            "end": 3600,
            "blocker_start": 0,
            "blocker_end": 3600,
            "charged_duration": 60,
            "quantity": 1,
            "weight": 1,
            "lines": (),
            "amounts": NOTHING,
            "currency": "EUR",
            "created_at": NOW,
            "updated_at": NOW,
            **more,
        }
    )


def hold(claim: Claim = NINE, attempt: str = "mine", order_id: str = "o", **more: Any) -> Hold:
    return Hold(order_id, attempt, claim, False, NOW - 1, **more)


def day(*holds: Hold) -> Ledger:
    """Returns a day on which only these holds are in use."""
    free = Ledger(DAY)
    held = {f"{each.order_id}:{each.attempt}:{n}": each for n, each in enumerate(holds)}
    return change(free, capacity=None, holds=held).result()._replace(version=5)


def taken_at(ledger: Ledger, hour: int) -> int:
    return next(
        used for segment, used in ledger.segments.items() if segment.start <= hour * 3600 < segment.end
    )


@pytest.mark.parametrize(
    ("present", "becomes"),
    [
        (order("draft"), "expired"),
        (order("placing"), "abandoned"),
        (order("draft", attempt="another"), None),
        (order("placing", attempt="another"), None),
        (order("completed"), None),
        (order("canceled"), None),
        (order("expired"), None),
        (order("abandoned"), None),
        (None, None),
    ],
)
def test_only_the_attempt_whose_hold_is_taken_out_ends_with_it(
    present: Order | None, becomes: str | None
) -> None:
    out = change(day(hold()), capacity=None, ended={"o:mine:0": hold()})

    writes = ended_orders([out], Snapshot({Key("order", "o"): present}), NOW)

    assert [(write.seen, write.order.status) for write in writes if isinstance(write, ChangedOrder)] == (
        [(present, becomes)] if becomes else []
    )
    assert len(writes) == (1 if becomes else 0)


def test_an_order_whose_cancellation_is_cut_short_by_its_end_is_not_gone_on_with() -> None:
    out = change(day(hold()), capacity=None, ended={"o:mine:0": hold()})
    present = order("draft", canceling=(1,), progress=3)

    (write,) = ended_orders([out], Snapshot({Key("order", "o"): present}), NOW)

    assert isinstance(write, ChangedOrder)
    assert (write.order.canceling, write.order.progress, write.order.version) == ((), 0, 2)


def test_what_an_order_holds_is_only_its_own() -> None:
    ledger = day(hold(), hold(order_id="p"), hold(attempt="another"))

    assert own_holds(ledger, order()).keys() == {"o:mine:0", "o:another:2"}
    (change_,) = ended_holds(order(), [ledger, day(hold(order_id="p"))])
    assert change_.ended.keys() == {"o:mine:0", "o:another:2"}


def test_a_completed_order_keeps_what_it_held_and_gives_back_what_another_attempt_held() -> None:
    ledger = day(hold(), hold(attempt="another"), hold(order_id="p"))
    assert taken_at(ledger, 9) == 3

    (change_,) = dropped_holds(order("completed"), [ledger, Ledger(DAY)])

    assert (change_.dropped, change_.ended.keys()) == ({"o:mine:0"}, {"o:another:1"})
    after = change_.result()
    assert (taken_at(after, 9), after.holds.keys()) == (2, {"p:mine:2"})


@pytest.mark.parametrize(
    ("attempt", "claim", "left"),
    [("mine", NINE, {}), ("another", NINE, {"o:another:0"}), ("mine", TEN, {"o:mine:0"})],
)
def test_a_canceled_booking_takes_its_own_hold_out_and_nobody_elses(
    attempt: str, claim: Claim, left: Sequence[str]
) -> None:
    """A hold of another attempt or booking is given back separately."""
    held = hold(claim, attempt)
    ledger = change(day(held), [NINE], capacity=None).result()
    before = taken_at(ledger, 9)

    (change_,) = released(order(), {DAY: [NINE]}, Snapshot({ledger_item(DAY): ledger}))

    after = change_.result()
    assert after.holds.keys() == set(left)
    assert taken_at(after, 9) == before - 1


def test_two_canceled_bookings_take_out_a_hold_each() -> None:
    ledger = day(hold(), hold())

    (change_,) = released(order(), {DAY: [NINE, NINE]}, Snapshot({ledger_item(DAY): ledger}))

    assert change_.ended.keys() == {"o:mine:0", "o:mine:1"}
    assert taken_at(change_.result(), 9) == 0


# --- the room that an order in steps finds -----------------------------------------------------------------------


def placement(*claims: Claim, override: bool = False) -> Placement:
    return Placement(order("placing"), (booking(override=override),), Claims({DAY: claims}, {DAY: 2}))


def room(of: Placement, ledger: Ledger, *orders: Order) -> str:
    known = Snapshot(
        {ledger_item(DAY): ledger, Key("order", "p"): None, **{Key("order", o.id): o for o in orders}}
    )
    return of.room([DAY], known, NOW)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [([NINE, NINE], "free"), ([NINE, NINE, NINE], "taken"), ([NINE, TEN, NINE, TEN], "free")],
)
def test_bookings_of_one_order_leave_each_other_the_room_that_there_is(
    claims: list[Claim], expected: str
) -> None:
    assert room(placement(*claims), Ledger(DAY)) == expected


@pytest.mark.parametrize(
    ("status", "expires_at", "expected"),
    [
        ("placing", NOW + 1, "pending"),
        ("placing", NOW, "free"),
        ("draft", NOW + 1, "taken"),
        ("draft", NOW, "free"),
        ("completed", None, "taken"),
        ("abandoned", None, "free"),
    ],
)
def test_room_that_others_hold_is_taken_as_their_order_stands(
    status: OrderStatus, expires_at: int | None, expected: str
) -> None:
    other = order(status, expires_at=expires_at).model_copy(update={"id": "p"})
    ledger = day(hold(order_id="p", placing=True))

    assert room(placement(NINE, NINE), ledger, other) == expected


def test_where_two_of_an_order_are_pending_and_one_is_not_it_is_taken() -> None:
    other = order("placing", expires_at=NOW + 1).model_copy(update={"id": "p"})
    ledger = change(day(hold(order_id="p", placing=True)), [TEN, TEN], capacity=None).result()

    assert room(placement(NINE, NINE, TEN), ledger, other) == "taken"


def test_what_is_over_is_no_obstacle_beside_what_is_pending() -> None:
    pending = order("placing", expires_at=NOW + 1).model_copy(update={"id": "p"})
    over = order("draft", expires_at=NOW).model_copy(update={"id": "q"})
    ledger = day(hold(order_id="p", placing=True), hold(order_id="q"))

    assert room(placement(NINE), ledger, pending, over) == "free"
    assert room(placement(NINE, NINE), ledger, pending, over) == "pending"


def test_an_override_finds_room_anywhere() -> None:
    full = change(Ledger(DAY), [NINE, NINE], capacity=None).result()

    assert room(placement(NINE), full) == "taken"
    assert room(placement(NINE, override=True), full) == "free"


# --- giving up ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["placing", "abandoned"])
def test_only_the_attempt_that_is_given_up_is_cleared_away(status: OrderStatus) -> None:
    """A new attempt may have the same id by now, and belongs to somebody else."""
    anew = order(status, attempt="another")
    store = FakeStore("org")
    store.items = {Key("order", "o"): anew, Key("booking", "o-1"): booking()}
    before = dict(store.items)

    abandon(
        Context(order("placing", attempt="mine").organization_id, FakeClock(NOW)),
        order("placing", attempt="mine"),
        store,
    )
    assert store.items == before

    abandon(Context(anew.organization_id, FakeClock(NOW)), anew, store)
    assert store.items == {}


@pytest.mark.parametrize("there", [None, order("completed"), order("expired"), order("draft")])
def test_what_has_come_to_be_is_not_given_up(there: Order | None) -> None:
    """Its remaining steps are not the task of the request that gives up."""
    store = FakeStore("org")
    store.items = {Key("order", "o"): there, Key("booking", "o-1"): booking()} if there else {}
    before = dict(store.items)

    abandon(Context(order("placing").organization_id, FakeClock(NOW)), order("placing"), store)

    assert store.items == before
