"""Operations in steps: which write each step makes, on which reading, and what it makes of a write that was lost."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain.booking.changes import begun, canceled
from frontdesk.domain.booking.placement import Placement, as_placing
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    VoucherCount,
    Write,
    bytes_of,
    order_bytes,
)
from frontdesk.domain.catalog.items import Voucher
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerChange, LedgerKey, change
from frontdesk.domain.orders.order import Booking, Order, OrderStatus
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.orders.states import booking_after, order_after
from frontdesk.domain.problems import Busy, FrontdeskError
from frontdesk.domain.requests.change import CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import place as place_module
from frontdesk.usecases.orders import staged
from frontdesk.usecases.orders.change import cancel_order, complete_order, remove_booking
from frontdesk.usecases.orders.place import Placed, place_order
from frontdesk.usecases.orders.staged import (
    abandon,
    cancel_in_steps,
    expire,
    place_in_steps,
    settle,
    write_freeing,
)
from frontdesk.usecases.ports import Store
from tests.support.aftermath import findings
from tests.support.demo import ADA, CATALOG, DESKS, NINE, ORGANIZATION, desks, in_use, order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.shrink import shrink

NOW = FakeClock().now()
DAY = timedelta(days=1)
BOTH = Voucher(id="both", code="BOTH", percent=10, max_redemptions=9, max_redemptions_per_customer=9)
TOTAL, OWN = Key("voucher", "both"), Key("voucher_use", "both", ADA.id)
# A head, its fence or entry, and one more: every booking and every day takes a step of its own.
SMALL = {"MAX_ACTIONS": 3, "_LEDGERS_AT_ONCE": 1}


class Noting(FakeStore):
    """Notes each write that is tried, and whether it was lost. `then` runs before the write of a number, from 0 on."""

    def __init__(self) -> None:
        super().__init__(ORGANIZATION.id, [*CATALOG, BOTH])
        self.tried: list[tuple[Sequence[Write], bool]] = []
        self.then: dict[int, Callable[[], None]] = {}

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        number = len(self.tried)
        self.tried.append((writes, False))
        if act := self.then.pop(number, None):
            act()
        lost = super().write(context, writes)
        self.tried[number] = (writes, lost is not None)
        return lost

    def note(self) -> None:
        """Notes anew, from number 0 on."""
        self.tried, self.reads = [], []

    @property
    def lost(self) -> list[int]:
        return [number for number, (_, lost) in enumerate(self.tried) if lost]

    def ledgers(self) -> dict[str, Ledger]:
        return {key.part: item for key, item in self.items.items() if key.kind == "ledger" and item}

    def holds(self) -> list[str]:
        return sorted(hold.order_id for each in self.ledgers().values() for hold in each.holds.values())

    def used(self) -> dict[str, list[int]]:
        """What is in use of each day, with the holds."""
        used = {day: sorted(in_use(each.segments).values()) for day, each in self.ledgers().items()}
        return {day: each for day, each in used.items() if each}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Noting:
    shrink(monkeypatch, **SMALL)
    return Noting()


def context(clock: FakeClock | None = None) -> Context:
    return Context(ORGANIZATION.id, clock or FakeClock())


def days(count: int, quantity: int = 2) -> list[dict[str, Any]]:
    return [desks(quantity, NINE + n * DAY) for n in range(count)]


def place(
    store: FakeStore, *bookings: dict[str, Any], clock: FakeClock | None = None, **fields: Any
) -> Placed:
    body = order(*bookings, notify_customer=False, **fields)
    return place_order(context(clock), read_config(body), store)


def day_of(number: int) -> LedgerKey:
    return LedgerKey(DESKS.id, (NINE + number * DAY).date().isoformat())


def touch(store: FakeStore, number: int) -> None:
    """Somebody takes a desk for a minute of a day and leaves it: the day is split where it was whole."""
    key, minute = ledger_item(day_of(number)), Claim(9 * 3600 + 60, 9 * 3600 + 120, 1)
    there = change(store.items.get(key) or Ledger(day_of(number)), [minute], capacity=None).result()
    store.items[key] = change(there, capacity=None, released=[minute]).result()


# --- nothing is written or waited for in vain ---------------------------------------------------------------------


def test_undisturbed_no_step_is_lost_or_waits(store: Noting) -> None:
    """A step that plans on what the step before has changed would be refused, and customers would wait for each day."""
    clock = FakeClock()
    placed = place(store, *days(4), clock=clock, voucher_code="BOTH")
    cancel_order(context(clock), placed.order.id, store)
    draft = place(store, *days(4), clock=clock, complete_order=False)
    complete_order(context(clock), draft.order.id, read_as(CompletionConfig, {}), store)

    assert store.lost == []
    assert clock.pauses_left == FakeClock().pauses_left
    assert findings(store.items.items(), clock.now()) == []


@pytest.mark.parametrize("ledgers", [1, 2, 4])
def test_a_step_writes_as_many_days_as_it_may(ledgers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, MAX_ACTIONS=6, _LEDGERS_AT_ONCE=ledgers)
    store = Noting()
    placed = place(store, *days(8))
    cancel_order(context(), placed.order.id, store)

    steps = [sum(isinstance(each, LedgerChange) for each in writes) for writes, _ in store.tried]

    assert [each for each in steps if each] == [ledgers] * (3 * 8 // ledgers)


@pytest.mark.parametrize("how", ["cancel", "expire"])
def test_a_step_takes_no_more_bytes_than_a_transaction(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each transaction, the order itself takes as much as an item can, and so may what stands beside it."""
    store = Noting()
    placement, known = placement_of(store, *days(8))
    item = order_bytes(placement.order) + 2_500
    [day, *_] = placement.ledger_changes([day_of(0)], known, NOW, held_until=NOW)
    most = {"MAX_ITEM": item, "MAX_TRANSACTION": 2 * item + int(2.5 * bytes_of(day))}
    shrink(monkeypatch, MAX_ACTIONS=8, _LEDGERS_AT_ONCE=4, **most)
    ENDS[how](store, place(store, *days(8), complete_order=how == "cancel").order.id)

    steps = [sum(isinstance(each, LedgerChange) for each in writes) for writes, _ in store.tried]

    assert set(steps) == {0, 2}
    assert (store.holds(), store.used()) == ([], {})
    assert findings(store.items.items(), NOW) == []


def test_a_day_that_fills_a_transaction_is_written_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, MAX_ACTIONS=5, _LEDGERS_AT_ONCE=4, MAX_ITEM=5_000, MAX_TRANSACTION=10_100)
    store = Noting()
    cancel_order(context(), place(store, *days(4)).order.id, store)

    assert {sum(isinstance(each, LedgerChange) for each in writes) for writes, _ in store.tried} == {0, 1}


def gives_up(store: Noting) -> None:
    """What a sweep or another request makes of an order whose time is over."""
    (head,) = (item for item in store.items.values() if isinstance(item, Order))
    abandon(context(), head, store)


@pytest.mark.parametrize("number", range(1, 8))
def test_an_order_that_was_given_up_writes_once_more_at_most(store: Noting, number: int) -> None:
    """Its next step is refused, and it is none of the ones behind."""
    seen: list[int] = []

    def somebody() -> None:
        gives_up(store)
        seen.append(len(store.tried))

    store.then[number] = somebody
    with pytest.raises((Busy, FrontdeskError)):
        place_order(context(FakeClock(pauses=0)), read_config(order(*days(4), notify_customer=False)), store)

    # The step that was under way is lost, and what it would give up is gone already.
    assert store.lost == [number]
    assert len(store.tried) == seen[0]
    assert findings(store.items.items(), NOW) == []


def placement_of(store: FakeStore, *bookings: dict[str, Any], **fields: Any) -> tuple[Placement, Snapshot]:
    """What an order is about to write, and what it has read."""
    made: list[tuple[Placement, Snapshot]] = []

    def instead(_: Context, placement: Placement, known: Snapshot, __: Store) -> None:
        made.append((placement, known))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place_module, "place_in_steps", instead)
        patch.setattr(place_module, "fits_one_transaction", lambda _: False)
        place(store, *bookings, **fields)
    return made[0]


def test_an_order_whose_id_is_taken_writes_no_more(store: Noting) -> None:
    """Two requests with the same key: one of them is the order."""
    placement, known = placement_of(store, *days(4))
    store.items[Key("order", placement.order.id)] = placement.order.model_copy(update={"attempt": "another"})
    store.note()

    lost = place_in_steps(context(), placement, known, store)

    assert lost is not None
    assert lost.keys() == {Key("order", placement.order.id)}
    assert len(store.tried) == 1


def other_order(
    store: FakeStore,
    id: str,
    status: OrderStatus,
    expires_at: int | None,
    day: int,
    quantity: int,
    number: int = 0,
) -> Key:
    """Another order with a hold on a day, its first or one more. Returns the order's key."""
    key, item = Key("order", id), ledger_item(day_of(day))
    head = store.items.get(key) or placement_of(store, *days(1))[0].order
    store.items[key] = head.model_copy(update={"id": id, "status": status, "expires_at": expires_at})
    hold = Hold(id, head.attempt, Claim(0, 86_400, quantity), False, expires_at or 0, status == "placing")
    ledger = store.items.get(item) or Ledger(day_of(day))
    store.items[item] = change(ledger, capacity=None, holds={f"{id}:{number}": hold}).result()
    return key


def test_who_waits_for_another_order_writes_nothing_meanwhile(store: Noting) -> None:
    """Each refused transaction costs as much as one that succeeds."""
    placement, known = placement_of(store, *days(4))
    other_order(store, "other", "placing", NOW + 60, 3, 12)
    known = known.with_items(store.items, consistent=True)
    store.note()

    with pytest.raises(Busy):
        place_in_steps(context(FakeClock(pauses=3)), placement, known, store)

    assert store.lost == []
    assert len(store.ledgers()) == 4
    assert store.holds().count(placement.order.id) == 3


def test_what_an_order_in_steps_reads_after_a_loss_is_what_there_is(store: Noting) -> None:
    """Else it would lose again and again, or wait for an order that was given up."""
    placement, known = placement_of(store, *days(4))
    other = other_order(store, "other", "placing", NOW + 60, 2, 12)
    store.stale = {ledger_item(day_of(2)): None, other: store.items[other]}
    store.items[other] = order_after(store.items[other], "abandoned", NOW)

    assert place_in_steps(context(FakeClock(pauses=1)), placement, known, store) is None

    assert store.used() == {day_of(n).day: [2] for n in range(4)}


# --- what is over gives its room back, and cannot come to life -----------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "placing"])
def test_whose_room_is_taken_by_an_order_in_steps_is_over(store: Noting, status: OrderStatus) -> None:
    """It would be completed later, by a clock that is late, on room that is sold."""
    placement, known = placement_of(store, *days(4, quantity=9))
    over = other_order(store, "other", status, NOW, 2, 12)
    known = known.with_items(store.items, consistent=True)

    assert place_in_steps(context(), placement, known, store) is None

    assert store.items[over].status == {"draft": "expired", "placing": "abandoned"}[status]
    assert store.used() == {day_of(n).day: [9] for n in range(4)}


@pytest.mark.parametrize(
    ("actions", "ended", "alone"),
    [(20, 2, False), (20, 3, False), (20, 4, True), (4, 2, False), (4, 3, True)],
)
def test_many_holds_that_are_over_are_removed_first(
    actions: int, ended: int, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that do not fit beside the claims, in number or into a transaction."""
    shrink(monkeypatch, MAX_ACTIONS=actions, _LEDGERS_AT_ONCE=1, _MAX_ENDED=3)
    monkeypatch.setattr(staged, "_MAX_LARGE", 2)
    store = Noting()
    placement, known = placement_of(store, *days(30, quantity=12))
    for number in range(ended):
        other_order(store, f"o{number}", "draft", NOW, 2, 2)
    known = known.with_items(store.items, consistent=True)
    store.note()

    assert place_in_steps(context(), placement, known, store) is None

    of_orders = [
        [each.key.day for each in writes if isinstance(each, LedgerChange) and each.ended]
        for writes, _ in store.tried
    ]
    claiming = [
        any(isinstance(each, LedgerChange) and each.ended and each.new_holds for each in writes)
        for writes, _ in store.tried
    ]
    assert any(of_orders)
    assert any(claiming) is not alone
    assert store.lost == []
    assert {store.items[Key("order", f"o{number}")].status for number in range(ended)} == {"expired"}
    assert store.used()[day_of(2).day] == [12]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("drafts", "each", "writes"), [(20, 1, 5), (1, 20, 5), (2, 10, 5)])
def test_what_is_over_is_removed_in_as_few_transactions_as_it_takes(
    store: Noting, drafts: int, each: int, writes: int, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four holds at a time, some may be of an order that has ended before: it is not ended twice.

    A day that is written whole asks for the version that the transaction before has left.
    """
    shrink(monkeypatch, MAX_ACTIONS=100, _MAX_ENDED=3)
    monkeypatch.setattr(staged, "_MAX_CLEARED", 4)
    if whole:
        shrink(monkeypatch, MAX_ACTIONS=100, _MAX_ENDED=3, MAX_CHANGES=0)
    placement, known = placement_of(store, desks(12, NINE + 5 * DAY))
    for number in range(drafts):
        for part in range(each):
            other_order(store, f"o{number}", "draft", NOW, 5, 1, part)
    known = known.with_items(store.items, consistent=True)
    [day] = placement.ledger_changes([day_of(5)], known, NOW, held_until=None)
    store.note()

    assert staged.clear_holds(context(), [day], known, store)

    assert (len(store.tried), store.lost, store.holds()) == (writes, [], [])
    assert {store.items[Key("order", f"o{number}")].status for number in range(drafts)} == {"expired"}


@pytest.mark.parametrize(("size", "at_once"), [(1, {4}), (5, {2})])
def test_of_large_orders_that_are_over_fewer_are_ended_at_a_time(
    store: Noting, size: int, at_once: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB takes no more bytes, and the day would stay taken for ever."""
    placement, known = placement_of(store, desks(12, NINE + 5 * DAY))
    for number in range(8):
        other_order(store, f"o{number}", "draft", NOW, 5, 1)
    known = known.with_items(store.items, consistent=True)
    [day] = placement.ledger_changes([day_of(5)], known, NOW, held_until=None)
    one = bytes_of(ChangedOrder(store.items[Key("order", "o0")], store.items[Key("order", "o0")]))
    shrink(monkeypatch, MAX_ACTIONS=100, _MAX_ENDED=3, MAX_TRANSACTION=16 * one // size)
    monkeypatch.setattr(staged, "_MAX_CLEARED", 4)
    monkeypatch.setattr(staged, "_MAX_LARGE", 2)
    store.note()

    assert staged.clear_holds(context(), [day], known, store)

    assert {len(writes) - 1 for writes, _ in store.tried} == at_once
    assert store.holds() == []


@pytest.mark.parametrize("at", [-1, 0])
def test_a_draft_is_placed_before_its_time_is_over(store: Noting, at: int) -> None:
    placement, known = placement_of(store, *days(4), complete_order=False)
    clock = FakeClock()
    assert placement.order.expires_at is not None
    # The head and the bookings take three writes, the days four.
    store.then[5] = lambda: setattr(clock, "at", placement.order.expires_at + at)
    store.note()

    lost = place_in_steps(context(clock), placement, known, store)

    assert (lost is None) == (at < 0)
    assert bool(store.used()) == (at < 0)


# --- a reading that lags, and a write that is lost ---------------------------------------------------------------


def completed_in_steps(store: Noting, id: str) -> None:
    complete_order(context(), id, read_as(CompletionConfig, {}), store)


def canceled_in_steps(store: Noting, id: str) -> None:
    cancel_order(context(), id, store)


def expired_in_steps(store: Noting, id: str) -> None:
    found = store.order(context(), id)
    assert found
    assert expire(context(FakeClock((found[0].expires_at or 0) + 1)), *found, store)


ENDS = {"complete": completed_in_steps, "cancel": canceled_in_steps, "expire": expired_in_steps}


@pytest.mark.parametrize("how", list(ENDS))
@pytest.mark.parametrize("lagging", [False, True])
def test_no_day_keeps_the_hold_of_a_draft_that_is_over(store: Noting, how: str, lagging: bool) -> None:
    """A day that keeps a hold is taken until a sweep comes by, and one that keeps its room for ever."""
    draft = place(store, *days(4), complete_order=False).order.id
    if lagging:
        store.stale = {ledger_item(day_of(n)): None for n in range(4)}

    ENDS[how](store, draft)

    assert store.holds() == []
    assert store.used() == ({day_of(n).day: [2] for n in range(4)} if how == "complete" else {})
    assert findings(store.items.items(), NOW) == []
    assert how != "complete" or {
        item.status for item in store.items.values() if isinstance(item, Booking)
    } == {"accepted"}


def before_day(store: Noting, number: int, act: Callable[[], None]) -> None:
    """Notes anew. Something happens just before the first write of this day."""
    write = store.write

    def somebody(context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        if any(isinstance(each, LedgerChange) and each.key == day_of(number) for each in writes):
            store.write = write  # type: ignore[method-assign]
            act()
        return write(context, writes)

    store.note()
    store.write = somebody  # type: ignore[method-assign]


@pytest.mark.parametrize("how", [*ENDS, "placed"])
@pytest.mark.parametrize("number", range(4))
def test_a_day_that_somebody_else_changes_meanwhile_is_written_again(
    how: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that was refused did not happen: the day would stay taken for nobody, or be sold without being taken."""
    shrink(monkeypatch, **SMALL)
    store = Noting()
    draft = "" if how == "placed" else place(store, *days(4), complete_order=False).order.id
    before_day(store, number, lambda: touch(store, number))
    place(store, *days(4)) if how == "placed" else ENDS[how](store, draft)

    # A day only loses the names of what is completed, whatever it looks like.
    assert len(store.lost) == (how != "complete")
    assert store.holds() == []
    taken = {day_of(n).day: [2] for n in range(4)} if how in ("complete", "placed") else {}
    assert store.used() == taken
    assert findings(store.items.items(), NOW) == []


def canceling(store: Noting, placed: Placed) -> Order:
    """The order of a cancellation that has been decided, and was interrupted before its first step."""
    after, _ = canceled(placed.order, (), len(placed.bookings), NOW, None)
    head = begun(placed.order, after, placed.bookings, NOW, None)
    store.items[Key("order", head.id)] = head
    return head


def test_a_cancellation_goes_on_after_a_pause_where_somebody_else_has_changed_a_day(store: Noting) -> None:
    """Each booking is canceled by itself before. Whoever is refused at once tries again in vain."""
    placed, clock = place(store, *days(3)), FakeClock(pauses=1)
    head = canceling(store, placed)
    before_day(store, 1, lambda: touch(store, 1))

    assert cancel_in_steps(context(clock), head, placed.bookings, store) is None

    assert (len(store.lost), clock.pauses_left, store.used()) == (1, 0, {})


def test_a_cancellation_that_another_goes_on_with_stops(store: Noting) -> None:
    placed, clock = place(store, *days(3)), FakeClock(pauses=0)
    head = canceling(store, placed)
    before_day(store, 1, lambda: settle(context(), *(store.order(context(), head.id) or (head, [])), store))

    lost = cancel_in_steps(context(clock), head, placed.bookings, store)

    assert lost is not None
    assert Key("order", head.id) in lost
    assert (store.items[Key("order", head.id)].status, store.used()) == ("canceled", {})


def test_a_day_that_was_changed_meanwhile_is_read_again_after_a_pause(store: Noting) -> None:
    draft, clock = place(store, *days(3), complete_order=False), FakeClock(pauses=1)
    over = order_after(draft.order, "expired", NOW)
    store.items[Key("order", over.id)] = over
    store.note()
    store.then[1] = lambda: touch(store, 1)

    settle(context(clock), over, draft.bookings, store)

    assert (store.lost, clock.pauses_left, store.holds()) == ([1], 0, [])


@pytest.mark.parametrize("first", range(4))
def test_a_cancellation_gives_back_no_day_that_a_booking_has_left(store: Noting, first: int) -> None:
    """Its reading may be torn: a booking has moved away since, and the order's version says nothing of that."""
    placed = place(store, *days(4))
    after, _ = canceled(placed.order, (), 4, NOW, None)
    head = begun(placed.order, after, placed.bookings, NOW, None)
    moved = placed.bookings[first]
    store.items[Key("order", head.id)] = head
    store.items[Key("booking", moved.id)] = moved.model_copy(update={"version": moved.version + 1})

    lost = cancel_in_steps(context(), head, placed.bookings, store)

    assert lost is not None
    assert lost.keys() == {Key("booking", moved.id)}
    assert store.used() == {day_of(n).day: [2] for n in range(4)}
    assert store.items[Key("order", head.id)] == head


def test_a_large_cancellation_cancels_every_booking(store: Noting) -> None:
    placed = place(store, *days(7))
    after, bookings = cancel_order(context(), placed.order.id, store)

    assert (after.status, store.used()) == ("canceled", {})
    assert [each.status for each in bookings] == ["canceled"] * 7
    assert [store.items[Key("booking", each.id)].status for each in bookings] == ["canceled"] * 7


def test_whoever_deletes_a_large_booking_sees_when_it_was_canceled(store: Noting) -> None:
    part = {"resource_id": DESKS.id, "service_id": desks(1)["service_id"]}
    placed = place(store, desks(1, sub_bookings=[part] * 6))

    remove_booking(context(FakeClock(NOW + 5)), placed.bookings[0].id, store)

    gone = [item for item in store.items.values() if isinstance(item, Booking)]
    assert [(each.deleted, each.canceled_at) for each in gone] == [(True, NOW + 5)] * 7


def test_one_booking_in_another_state_does_not_stop_the_others(store: Noting) -> None:
    """Somebody canceled it while the draft was completed in steps."""
    draft = place(store, *days(6), complete_order=False)
    after = order_after(draft.order, "completed", NOW, expires_at=None)
    store.items[Key("order", after.id)] = after
    gone = draft.bookings[1]
    store.items[Key("booking", gone.id)] = booking_after(gone, "canceled", NOW, canceled_at=NOW)
    store.note()

    settle(context(), after, draft.bookings, store)

    there = [store.items[Key("booking", each.id)].status for each in draft.bookings]
    assert there == ["accepted", "canceled", *["accepted"] * 4]
    # Two groups of three, the first of them also one by one.
    assert [len(writes) for writes, _ in store.tried if isinstance(writes[0], ChangedBooking)] == [
        3,
        1,
        1,
        1,
        3,
    ]


# --- an attempt that is cleared away takes nothing from the next ---------------------------------------------------


def test_the_next_attempt_keeps_what_it_holds_when_the_one_before_is_cleared_away(store: Noting) -> None:
    """Two clear away at once. The slower one would give back the days of whoever is placed under the same id by then."""
    placement, _ = placement_of(store, *days(4))
    first = as_abandoned(store, placement)
    again = as_placing(
        placement._replace(order=placement.order.model_copy(update={"attempt": "again"})), NOW
    ).order

    def the_next_one() -> None:
        store.items[Key("order", again.id)] = again
        hold = Hold(again.id, "again", Claim(0, 3600, 2), False, NOW + 60, placing=True)
        store.items[ledger_item(day_of(0))] = change(
            Ledger(day_of(0)), capacity=12, holds={"h": hold}
        ).result()

    the_next_one()
    before = dict(store.items)

    settle(context(), first, placement.bookings, store)

    assert store.items == before


def as_abandoned(store: FakeStore, placement: Placement) -> Order:
    return as_placing(placement, NOW).order.model_copy(update={"status": "abandoned"})


def test_what_an_interrupted_order_holds_beside_its_days_goes_too(store: Noting) -> None:
    """A sweep has found it, on a day that no booking of the order is on any more."""
    draft = place(store, *days(1), complete_order=False)
    over = order_after(draft.order, "expired", NOW)
    store.items[Key("order", over.id)] = over
    hold = Hold(over.id, over.attempt, Claim(0, 3600, 2), False, NOW)
    store.items[ledger_item(day_of(9))] = change(Ledger(day_of(9)), capacity=12, holds={"h": hold}).result()

    settle(context(), over, draft.bookings, store, [day_of(9)])

    assert (store.holds(), store.used()) == ([], {})


def test_what_is_settled_already_is_only_read(store: Noting) -> None:
    placed = place(store, *days(4))
    store.note()

    settle(context(), placed.order, placed.bookings, store)

    assert (store.tried, store.reads) == ([], [True] * 4)


# --- a voucher that counts no more ---------------------------------------------------------------------------------


COUNTS = [VoucherCount("both", -1), VoucherCount("both", -1, None, ADA.id)]


@pytest.mark.parametrize(
    ("there", "tries", "left"),
    [
        ({"order", "total", "own"}, 1, (0, 0)),
        ({"order", "own"}, 2, (None, 0)),
        ({"order", "total"}, 2, (0, None)),
        ({"order"}, 2, (None, None)),
        # Somebody else has changed the order: nothing is counted, and whoever asks decides anew.
        ({"total", "own"}, 1, (1, 1)),
        ({"total"}, 1, (1, None)),
    ],
)
def test_a_use_is_given_back_to_each_counter_that_there_is(
    store: Noting, there: set[str], tries: int, left: tuple[int | None, int | None]
) -> None:
    placed = place(store, *days(1))
    after, _ = canceled(placed.order, (), 1, NOW, None)
    store.items[TOTAL] = BOTH.model_copy(update={"redemptions": 1})
    store.items[OWN] = 1
    for name, key in {"order": Key("order", placed.order.id), "total": TOTAL, "own": OWN}.items():
        if name not in there:
            del store.items[key]
    store.note()

    lost = write_freeing(context(), [ChangedOrder(placed.order, after), *COUNTS], store)

    assert (lost is None) == ("order" in there)
    assert len(store.tried) == tries
    total = store.items.get(TOTAL)
    assert (total and total.redemptions, store.items.get(OWN)) == left
