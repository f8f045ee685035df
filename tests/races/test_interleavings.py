"""Two operations, interleaved in every schedule with two switches."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from frontdesk.domain.ledger import LedgerKey
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from tests.support.aftermath import findings
from tests.support.demo import (
    CATALOG,
    DESKS,
    NINE,
    ONCE10,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    desks,
    in_use,
    meeting,
    order,
)
from tests.support.examples import THOROUGH
from tests.support.shrink import shrink
from tests.support.turns import Clock, Outcome, Time, Turns, TurnStore, crash

DAY = "2030-04-15"
KEY = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")


@dataclass
class World:
    """A store, and whose turn it is."""

    turns: Turns = field(default_factory=lambda: Turns(lambda at_work: at_work[0]))
    time: Time = field(default_factory=Time)
    store: TurnStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = TurnStore(ORGANIZATION.id, CATALOG, lambda: self.turns.pass_on())

    @property
    def clock(self) -> Clock:
        return Clock(self.time, self.turns.pass_on)

    def place(self, *bookings: dict[str, Any], key: Idempotency | None = None, **more: Any) -> Placed:
        body = order(*bookings, **{"notify_customer": False, **more})
        return place_order(Context(ORGANIZATION.id, self.clock), read_config(body), self.store, key)

    def move(self, booking_id: str, **attributes: Any) -> Any:
        reading = read_document(BookingDocument, "bookings", {"data": {"attributes": attributes}})
        return move_booking(Context(ORGANIZATION.id, self.clock), booking_id, reading, self.store)

    def complete(self, order_id: str) -> Any:
        return complete_order(
            Context(ORGANIZATION.id, self.clock), order_id, read_as(CompletionConfig, {}), self.store
        )

    def cancel(self, order_id: str) -> Any:
        return cancel_order(Context(ORGANIZATION.id, self.clock), order_id, self.store)

    def cancel_booking(self, booking_id: str) -> Any:
        return cancel_booking(Context(ORGANIZATION.id, self.clock), booking_id, self.store)

    def order(self, order_id: str) -> Order | None:
        return self.store.items.get(Key("order", order_id))

    def used(self, resource_id: str = ROOM.id, day: str = DAY) -> dict[tuple[int, int], int]:
        ledger = self.store.items.get(ledger_item(LedgerKey(resource_id, day)))
        return in_use(ledger.segments) if ledger else {}

    def settle(self) -> None:
        self.time.now += 7200
        sweep(self.store, self.clock)
        assert findings(self.store.items.items(), self.time.now) == []


Operation = Callable[[], Any]


class Switches:
    """A schedule: `first` runs for `before` turns, `second` for `between`, `first` to its end, then `second`."""

    def __init__(self, before: int, between: int) -> None:
        self.left = {"first": before, "second": between}
        self.complete = False

    def __call__(self, at_work: list[str]) -> str:
        for name in ("first", "second"):
            if self.left[name] and name in at_work:
                self.left[name] -= 1
                return name
        return at_work[0]

    @property
    def used(self) -> bool:
        return self.left == {"first": 0, "second": 0}


def schedules(
    make: Callable[[World], tuple[Operation, Operation]], *, parts: int = 1
) -> Iterator[tuple[World, Outcome, Outcome]]:
    """Yields the world and both outcomes of every schedule, swept and audited.

    In `make test`, of every `parts` schedules that differ by one call, only one.
    """
    step = 1 if THOROUGH else parts
    for before in count():
        for between in count(-before % step, step):
            world = World()
            first, second = make(world)
            switches = Switches(before, between)
            world.turns = Turns(switches)
            outcomes = world.turns.run({"first": first, "second": second})
            try:
                world.settle()
                yield world, outcomes["first"], outcomes["second"]
            except BaseException as error:
                error.add_note(
                    f"before={before} between={between} said={[o.said for o in outcomes.values()]}"
                )
                raise
            if not switches.used:
                break
        if switches.left["first"]:
            break


@pytest.fixture
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)


def mornings(days: range, *rooms: str) -> list[dict[str, Any]]:
    """Returns a morning on each day for all rooms, in their order."""
    return [
        meeting(NINE + timedelta(days=day)) | {"resource_id": list(rooms or (ROOM.id, SECOND_ROOM.id))}
        for day in days
    ]


NINE_TO_TEN = (7 * 3600, 8 * 3600)


def test_a_split_against_an_additive_write() -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        world.place(desks(2))
        return lambda: world.place(desks(5)), lambda: world.place(
            desks(5, NINE.replace(hour=10, minute=7), minutes=66)
        )

    for world, *both in schedules(make):
        assert [outcome.said for outcome in both] == ["done", "done"]
        assert max(world.used(DESKS.id).values()) == 12


def test_a_split_against_an_additive_write_where_only_one_has_room() -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        world.place(desks(2))
        return lambda: world.place(desks(6)), lambda: world.place(
            desks(6, NINE.replace(hour=10, minute=7), minutes=66)
        )

    for _, *both in schedules(make):
        assert sorted(outcome.said for outcome in both) == ["done", "slot_unavailable"]


@pytest.mark.parametrize("draft", [False, True])
def test_two_moves_of_one_booking(draft: bool) -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        booking = world.place(complete_order=not draft).bookings[0]
        return (
            lambda: world.move(booking.id, start_date="2030-04-15T11:00:00+02:00"),
            lambda: world.move(
                booking.id,
                resource_id=SECOND_ROOM.id,
                start_date="2030-04-15T09:30:00+02:00",
                recalculate_price=True,
            ),
        )

    ends = Counter[str]()
    for world, *both in schedules(make):
        assert [outcome.said for outcome in both] == ["done", "done"]
        ends[str((world.used(), world.used(SECOND_ROOM.id)))] += 1
    # Resource and time change together: the last writer leaves the booking where its own request says, never in between.
    assert len(ends) == (1 if draft else 2)


@pytest.mark.parametrize("draft", [False, True])
def test_cancel_against_move(draft: bool) -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        placed = world.place(complete_order=not draft)
        return (
            lambda: world.move(placed.bookings[0].id, start_date="2030-04-15T11:00:00+02:00"),
            lambda: world.cancel(placed.order.id),
        )

    said = Counter[tuple[str, str]]()
    for world, move, cancel in schedules(make):
        said[move.said, cancel.said] += 1
        assert world.used() == {}
    assert set(said) == {("done", "done"), ("booking_canceled", "done")}


def test_a_commit_that_arrives_after_its_hold_was_taken_out(small_transactions: None) -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        def later() -> Any:
            world.time.now += 61
            return world.place(meeting(NINE + timedelta(days=1)))

        return lambda: world.place(*mornings(range(2))), later

    said = Counter[tuple[str, str]]()
    for world, placing, later in schedules(make):
        said[placing.said, later.said] += 1
        assert world.used(day="2030-04-16") == {NINE_TO_TEN: 1}
        assert world.used() == ({NINE_TO_TEN: 1} if placing.said == "done" else {})
    assert set(said) == {("done", "slot_unavailable"), ("slot_unavailable", "done")}


def test_a_completion_that_arrives_after_its_hold_was_taken_out() -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        draft = world.place(voucher_code=ONCE10.code, complete_order=False)

        def later() -> Any:
            world.time.now += 3600
            return world.place(voucher_code=ONCE10.code)

        return lambda: world.complete(draft.order.id), later

    said = Counter[tuple[str, str]]()
    for world, completion, later in schedules(make):
        said[completion.said, later.said] += 1
        assert world.used() == {NINE_TO_TEN: 1}
    # A request that reads the voucher before it is counted, and the order after its completion, is told only about the slot.
    refused = {("done", "slot_unavailable,voucher_exhausted"), ("done", "slot_unavailable")}
    assert set(said) == {*refused, ("order_expired", "done")}


@pytest.mark.parametrize("draft", [False, True])
def test_a_take_over_whose_first_owner_wakes_up(small_transactions: None, draft: bool) -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        def place() -> Placed:
            return world.place(*mornings(range(2)), key=KEY, complete_order=not draft)

        def later() -> Placed:
            world.time.now += 61
            return place()

        return place, later

    for world, *both in schedules(make, parts=6):
        check_once(world, both, draft)


def check_once(world: World, both: list[Outcome], draft: bool) -> None:
    """Checks that an answered order exists once. A draft has ended by then."""
    assert {outcome.said for outcome in both} <= {"done", "in_progress", "busy"}
    assert any(outcome.said == "done" for outcome in both)
    present = world.order(KEY.order_id)
    assert present
    assert present.status == ("expired" if draft else "completed")
    for day in range(2):
        assert world.used(day=f"2030-04-{15 + day}") == ({} if draft else {NINE_TO_TEN: 1})


@pytest.mark.parametrize("draft", [pytest.param(False, marks=pytest.mark.thorough), True])
def test_two_who_clean_up_behind_one_who_crashed_and_place_anew(
    small_transactions: None, draft: bool
) -> None:
    for crash_at in (3, 5):

        def make(world: World, crash_at: int = crash_at) -> tuple[Operation, Operation]:
            def place() -> Placed:
                return world.place(*mornings(range(2)), key=KEY, complete_order=not draft)

            assert crash(place, world.store, crash_at)
            world.time.now += 61
            return place, place

        for world, *both in schedules(make, parts=6):
            check_once(world, both, draft)


@pytest.mark.parametrize("small", [True, False], ids=["in steps", "at once"])
def test_a_lost_answer_followed_by_a_retry(monkeypatch: pytest.MonkeyPatch, small: bool) -> None:
    """Whenever the first request ends without an answer, the same request with the same key gets the one order."""
    if small:
        shrink(monkeypatch)
    for at in count():
        world = World()

        def place(world: World = world) -> Placed:
            return world.place(*mornings(range(2)), key=KEY, voucher_code=ONCE10.code)

        went_on = crash(place, world.store, at)
        with suppress(FrontdeskError):
            place()
        # As long as a `Retry-After` may be.
        world.time.now += 60
        place()
        assert place().replayed
        world.settle()
        assert [key.id for key in world.store.items if key.kind == "order"] == [KEY.order_id]
        assert world.store.items[Key("voucher", "once10")].redemptions == 1
        if not went_on:
            return


@pytest.mark.parametrize("small", [True, False], ids=["in steps", "at once"])
@pytest.mark.parametrize("all_of_it", [False, True], ids=["two bookings", "the order twice"])
def test_two_cancels_of_an_orders_last_two_bookings(
    monkeypatch: pytest.MonkeyPatch, small: bool, all_of_it: bool
) -> None:
    if small:
        # So that even one booking of two mornings takes two steps.
        shrink(monkeypatch, MAX_ACTIONS=4, _LEDGERS_AT_ONCE=1)

    def make(world: World) -> tuple[Operation, Operation]:
        placed = world.place(*mornings(range(2)), voucher_code=ONCE10.code)
        if all_of_it:
            return lambda: world.cancel(placed.order.id), lambda: world.cancel(placed.order.id)
        return lambda: world.cancel_booking(placed.bookings[0].id), lambda: world.cancel_booking(
            placed.bookings[1].id
        )

    for world, *both in schedules(make, parts=6):
        assert [outcome.said for outcome in both] == ["done", "done"]
        assert [order.status for key, order in world.store.items.items() if key.kind == "order"] == [
            "canceled"
        ]
        assert world.store.items[Key("voucher", "once10")].redemptions == 0
        assert not world.used()


def test_a_cancellation_in_steps_that_crashed_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, MAX_ACTIONS=4, _LEDGERS_AT_ONCE=1)
    for at in count():
        world = World()
        placed = world.place(*mornings(range(5)), voucher_code=ONCE10.code)
        went_on = crash(lambda: world.cancel(placed.order.id), world.store, at)  # noqa: B023
        world.cancel(placed.order.id)
        world.settle()
        present = world.order(placed.order.id)
        assert present
        assert (present.status, present.active_bookings) == ("canceled", 0)
        assert world.store.items[Key("voucher", "once10")].redemptions == 0
        if not went_on:
            return


def test_a_draft_that_expires_in_the_middle_of_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, MAX_ACTIONS=4, _LEDGERS_AT_ONCE=1)

    def make(world: World) -> tuple[Operation, Operation]:
        draft = world.place(*mornings(range(3)), complete_order=False)

        def later() -> Any:
            world.time.now += 3600
            return world.place(meeting(NINE + timedelta(days=2)))

        return lambda: world.cancel_booking(draft.bookings[0].id), later

    for _, cancel, later in schedules(make):
        assert cancel.said in ("done", "order_expired")
        assert later.said == "done"


@pytest.mark.parametrize("small", [True, False], ids=["in steps", "at once"])
def test_two_completions_of_one_draft_with_the_last_use_of_a_voucher(
    monkeypatch: pytest.MonkeyPatch, small: bool
) -> None:
    if small:
        shrink(monkeypatch)

    def make(world: World) -> tuple[Operation, Operation]:
        draft = world.place(*mornings(range(2)), complete_order=False, voucher_code=ONCE10.code)
        return lambda: world.complete(draft.order.id), lambda: world.complete(draft.order.id)

    for world, *both in schedules(make):
        assert [outcome.said for outcome in both] == ["done", "done"]
        assert world.store.items[Key("voucher", "once10")].redemptions == 1


def test_a_ledger_deleted_and_created_again() -> None:
    """An operator removes a day without bookings while somebody still decides on it."""

    def make(world: World) -> tuple[Operation, Operation]:
        world.cancel(world.place(desks(7)).order.id)
        ledger = ledger_item(LedgerKey(DESKS.id, DAY))

        def delete_and_create() -> None:
            if not world.used(DESKS.id):
                del world.store.items[ledger]
            world.place(desks(7))
            world.place(desks(1))

        return lambda: world.place(desks(7)), delete_and_create

    for world, *both in schedules(make):
        assert sorted(outcome.said for outcome in both) == ["done", "slot_unavailable"]
        assert max(world.used(DESKS.id).values()) in (7, 8)


def test_two_orders_that_each_hold_what_the_other_wants(small_transactions: None) -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        there = mornings(range(2))
        back = mornings(range(2), SECOND_ROOM.id, ROOM.id)[::-1]
        return lambda: world.place(*there), lambda: world.place(*back)

    said = Counter[tuple[str, str]]()
    for world, *both in schedules(make, parts=6):
        said[both[0].said, both[1].said] += 1
        assert world.used() == world.used(SECOND_ROOM.id) == world.used(day="2030-04-16") == {NINE_TO_TEN: 1}
    # `busy`: a request that waits for an interrupted one gives up in the end.
    assert set(said) == {
        ("done", "slot_unavailable"),
        ("slot_unavailable", "done"),
        ("done", "busy"),
        ("busy", "done"),
    }


@pytest.mark.parametrize("draft", [False, True])
def test_moves_with_new_prices_of_two_bookings_of_one_order(draft: bool) -> None:
    def make(world: World) -> tuple[Operation, Operation]:
        placed = world.place(
            meeting(), meeting(NINE.replace(hour=12)), voucher_code="SUMMER20", complete_order=not draft
        )
        first, second = (booking.id for booking in placed.bookings)
        return (
            lambda: world.move(first, end_date="2030-04-15T11:00:00+02:00", recalculate_price=True),
            lambda: world.move(second, end_date="2030-04-15T15:00:00+02:00", recalculate_price=True),
        )

    for world, *both in schedules(make):
        assert [outcome.said for outcome in both] == ["done", "done"]
        assert [item.amounts.total for key, item in world.store.items.items() if key.kind == "order"] == [
            20_000
        ]
