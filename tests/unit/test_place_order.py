"""Placing orders on a store in memory."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from frontdesk.domain.booking.placement import PLACING_SECONDS
from frontdesk.domain.ledger import WHOLE_DAY, Claim, Hold, Ledger, LedgerKey, Segment, change
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import hold_status, order_after
from frontdesk.domain.problems import Busy, FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import DAY
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.calculate import calculate_order
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from tests.support.demo import (
    CATALOG,
    DESKS,
    MEETING,
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
from tests.support.fakes import FakeClock, FakeStore

DAY_OF_ROOM = LedgerKey(ROOM.id, "2030-04-15")
LEDGER = Key("ledger", ROOM.id, "2030-04-15")
# Nine to ten in Berlin.
SLOT = (7 * 3600, 8 * 3600)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(ORGANIZATION.id, CATALOG)


def place(store: FakeStore, body: object, clock: FakeClock | None = None) -> Placed:
    return place_order(Context(ORGANIZATION.id, clock or FakeClock()), read_config(body), store)


def refusal(store: FakeStore, body: object, clock: FakeClock | None = None) -> list[tuple[str, str | None]]:
    with pytest.raises(FrontdeskError) as refused:
        place(store, body, clock)
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


def orders(store: FakeStore) -> int:
    return sum(key.kind == "order" for key in store.items)


def test_an_order_takes_its_slot(store: FakeStore) -> None:
    placed = place(store, order())

    assert in_use(store.items[LEDGER].segments) == {SLOT: 1}
    assert store.items[Key("order", placed.order.id)].status == "completed"
    assert [store.items[Key("booking", id)].status for id in placed.order.booking_ids] == ["accepted"]


def test_a_free_order_is_read_once_and_consistently(store: FakeStore) -> None:
    place(store, order())

    assert store.reads == [True]


def test_a_slot_is_refused_after_one_consistent_read(store: FakeStore) -> None:
    place(store, order())
    store.reads.clear()

    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]
    assert store.reads == [True]


def test_a_stale_read_never_refuses_what_is_free(store: FakeStore) -> None:
    store.stale[LEDGER] = Ledger(DAY_OF_ROOM, {WHOLE_DAY: 1}, version=7)

    assert place(store, order()).order.status == "completed"


def test_a_stale_read_never_accepts_what_is_taken(store: FakeStore) -> None:
    place(store, order())
    store.stale[LEDGER] = None

    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]


def test_a_loser_decides_again_on_what_won_without_another_read(store: FakeStore) -> None:
    def somebody_else() -> None:
        store.before_write = lambda: None
        place(store, order(meeting(NINE.replace(hour=11))))
        store.reads.clear()

    store.before_write = somebody_else
    place(store, order())

    assert store.reads == []
    assert in_use(store.items[LEDGER].segments) == {SLOT: 1, (9 * 3600, 10 * 3600): 1}


def test_the_loser_of_the_last_place_is_refused(store: FakeStore) -> None:
    def somebody_else() -> None:
        store.before_write = lambda: None
        place(store, order())

    store.before_write = somebody_else

    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]
    assert orders(store) == 1


def test_touching_orders_do_not_conflict(store: FakeStore) -> None:
    place(store, order())

    place(store, order(meeting(NINE.replace(hour=10)), meeting(NINE.replace(hour=8))))

    assert orders(store) == 2


def test_an_order_with_one_taken_slot_leaves_nothing_behind(store: FakeStore) -> None:
    place(store, order())
    before = dict(store.items)

    body = order(meeting(NINE.replace(hour=12)), meeting(), desks(2), voucher_code="ONCE10")

    assert refusal(store, body) == [("slot_unavailable", "/bookings/1")]
    assert store.items == before


def test_a_booking_of_two_rooms_takes_both(store: FakeStore) -> None:
    both = meeting() | {"resource_id": [ROOM.id, SECOND_ROOM.id]}
    place(store, order(both))

    assert refusal(store, order(meeting() | {"resource_id": SECOND_ROOM.id})) == [
        ("slot_unavailable", "/bookings/0")
    ]


def test_two_bookings_of_one_order_compete_for_the_same_slot(store: FakeStore) -> None:
    assert refusal(store, order(meeting(), meeting(NINE.replace(minute=30)))) == [
        ("slot_unavailable", "/bookings/1")
    ]


def test_an_override_takes_what_is_taken_and_later_orders_see_it(store: FakeStore) -> None:
    place(store, order())
    overridden = place(store, order(check_availability=False))

    assert overridden.bookings[0].override
    assert in_use(store.items[LEDGER].segments) == {SLOT: 2}


def test_twelve_desks_fit_and_no_more(store: FakeStore) -> None:
    assert refusal(store, order(desks(13))) == [("slot_unavailable", "/bookings/0")]
    assert place(store, order(desks(12))).order.amounts.total == 34_800
    assert refusal(store, order(desks(1))) == [("slot_unavailable", "/bookings/0")]


def test_a_single_use_voucher_is_used_once(store: FakeStore) -> None:
    assert place(store, order(voucher_code="once10")).order.amounts.discount_amount == 1000

    again = order(meeting(NINE.replace(hour=11)), voucher_code="ONCE10")

    assert refusal(store, again) == [("voucher_exhausted", "/voucher_code")]
    assert store.items[Key("voucher", "once10")].redemptions == ONCE10.max_redemptions


def test_a_voucher_lost_in_a_race_refuses_the_order_whole(store: FakeStore) -> None:
    def somebody_else() -> None:
        store.before_write = lambda: None
        place(store, order(meeting(NINE.replace(hour=11)), voucher_code="ONCE10"))

    store.before_write = somebody_else

    assert refusal(store, order(voucher_code="ONCE10")) == [("voucher_exhausted", "/voucher_code")]
    assert orders(store) == 1


def test_a_draft_holds_its_slot_until_it_expires_and_uses_no_voucher(store: FakeStore) -> None:
    clock = FakeClock()
    draft = place(store, order(complete_order=False, voucher_code="ONCE10"), clock)

    assert (draft.order.status, draft.bookings[0].status, draft.order.causes) == (
        "draft",
        "reserved",
        (),
    )
    assert draft.order.expires_at == clock.at + 15 * 60
    assert store.items[Key("voucher", "once10")].redemptions == 0
    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]


def test_the_slot_of_an_expired_draft_is_free_at_once_and_the_draft_is_expired_with_it(
    store: FakeStore,
) -> None:
    clock = FakeClock()
    draft = place(store, order(complete_order=False), clock)
    clock.at += 15 * 60

    placed = place(store, order(), clock)

    assert store.items[Key("order", draft.order.id)].status == "expired"
    assert store.items[Key("order", placed.order.id)].status == "completed"
    assert store.items[LEDGER].holds == {}
    assert in_use(store.items[LEDGER].segments) == {SLOT: 1}


@pytest.mark.parametrize("folded", [True, False])
def test_an_expired_hold_whose_order_was_completed_is_not_taken_out(store: FakeStore, folded: bool) -> None:
    clock = FakeClock()
    draft = place(store, order(complete_order=False), clock)
    key = Key("order", draft.order.id)
    clock.at += 15 * 60

    def completed_meanwhile() -> None:
        # As when completing: the room of the hold becomes the booking's when the order is completed.
        store.before_write = lambda: None
        store.items[key] = order_after(store.items[key], "completed", clock.at, expires_at=None)
        if folded:
            store.items[LEDGER] = change(
                store.items[LEDGER], capacity=None, dropped=store.items[LEDGER].holds
            ).result()

    store.before_write = completed_meanwhile
    with pytest.raises(FrontdeskError) as refused:
        place(store, order(), clock)

    assert [problem.code for problem in refused.value.problems] == ["slot_unavailable"]
    assert store.items[key].status == "completed"
    assert in_use(store.items[LEDGER].segments) == {SLOT: 1}


def test_a_hold_that_runs_out_while_an_order_is_placed_is_no_error(store: FakeStore) -> None:
    clock = FakeClock()
    place(store, order(desks(1), complete_order=False), clock)
    clock.at += 15 * 60 - 1

    class Ticking(FakeClock):
        """A clock on which each look takes a second."""

        def now(self) -> int:
            self.at += 1
            return self.at - 1

    place(store, order(desks(11)), Ticking(clock.at))

    assert max(in_use(store.items[Key("ledger", DESKS.id, "2030-04-15")].segments).values()) == 12


def test_a_huge_order_is_refused_before_anything_is_read(store: FakeStore) -> None:
    refusal(store, order(desks(1, minutes=60 * 24 * 40_000)))

    assert store.reads == []


def test_a_padding_beyond_the_usual_is_read_in_a_second_trip() -> None:
    slow = MEETING.model_copy(update={"padding_before": 600})
    store = FakeStore(ORGANIZATION.id, [*CATALOG, slow])
    place(store, order())

    assert store.reads == [True, True]
    assert in_use(store.items[Key("ledger", ROOM.id, "2030-04-14")].segments) == {(21 * 3600, DAY): 1}


def test_ids_of_another_organization_are_not_found(store: FakeStore) -> None:
    other = FakeStore("other", [ORGANIZATION.model_copy(update={"id": "other"})])
    with pytest.raises(FrontdeskError) as refused:
        place_order(Context("other", FakeClock()), read_config(order()), other)

    assert {problem.code for problem in refused.value.problems} >= {
        "customer_not_found",
        "resource_not_found",
        "service_not_found",
    }


def test_a_loser_without_time_left_is_told_to_come_again(store: FakeStore) -> None:
    cuts = count(SLOT[0] + 1)

    def always_somebody_else() -> None:
        cut = next(cuts)
        store.items[LEDGER] = Ledger(DAY_OF_ROOM, {Segment(0, cut): 0, Segment(cut, DAY): 0}, {}, version=99)

    store.before_write = always_somebody_else
    with pytest.raises(Busy):
        place(store, order(), FakeClock(pauses=3))


def test_the_preview_is_what_the_order_costs_and_writes_nothing(store: FakeStore) -> None:
    body = order(meeting(booking_add_ons=[]), desks(3), voucher_code="SUMMER20")
    before = dict(store.items)
    preview = calculate_order(Context(ORGANIZATION.id, FakeClock()), read_config(body), store)
    assert store.items == before

    placed = place(store, body)

    assert preview.amounts == placed.order.amounts
    assert preview.taxes == placed.order.taxes
    assert [booking.amounts for booking in preview.bookings] == [
        booking.amounts for booking in placed.bookings
    ]


def test_the_preview_tells_what_is_taken_instead_of_refusing(store: FakeStore) -> None:
    place(store, order())

    preview = calculate_order(
        Context(ORGANIZATION.id, FakeClock()), read_config(order(meeting(), desks(1))), store
    )

    assert [[problem.code for problem in booking.conflicts] for booking in preview.bookings] == [
        ["slot_unavailable"],
        [],
    ]
    taken = preview.bookings[0].conflicts[0].meta["taken"]
    assert taken == [
        {
            "start_date": "2030-04-15T07:00:00+00:00",
            "end_date": "2030-04-15T08:00:00+00:00",
            "in_use": 1,
            "available": 0,
        }
    ]


def test_the_preview_refuses_what_is_wrong_at_any_time(store: FakeStore) -> None:
    with pytest.raises(FrontdeskError) as refused:
        calculate_order(Context(ORGANIZATION.id, FakeClock()), read_config({"bookings": []}), store)

    assert [problem.code for problem in refused.value.problems] == ["bookings_required"]


def test_a_booking_over_midnight_takes_its_part_of_each_day(store: FakeStore) -> None:
    place(store, order(desks(5, NINE.replace(hour=23), minutes=360)))

    assert in_use(store.items[Key("ledger", DESKS.id, "2030-04-15")].segments) == {(21 * 3600, DAY): 5}
    assert in_use(store.items[Key("ledger", DESKS.id, "2030-04-16")].segments) == {(0, 3 * 3600): 5}


def test_a_key_stands_for_one_order_however_often_it_is_sent(store: FakeStore) -> None:
    key = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")
    first = place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order()), store, key)
    second = place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order()), store, key)

    assert (first.replayed, second.replayed) == (False, True)
    assert second.order == first.order
    assert orders(store) == 1


def test_a_key_whose_order_is_not_seen_yet_is_replayed_all_the_same(store: FakeStore) -> None:
    key = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")
    first = place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order()), store, key)
    store.stale = {Key("order", first.order.id): None, LEDGER: None}

    assert place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order()), store, key).replayed


def test_a_key_with_another_body_is_refused(store: FakeStore) -> None:
    place_order(
        Context(ORGANIZATION.id, FakeClock()),
        read_config(order()),
        store,
        Idempotency.of(ORGANIZATION.id, "caller", "key", b"body"),
    )
    other = Idempotency.of(ORGANIZATION.id, "caller", "key", b"other")
    with pytest.raises(FrontdeskError) as refused:
        place_order(Context(ORGANIZATION.id, FakeClock()), read_config({"bookings": 7}), store, other)

    assert [problem.code for problem in refused.value.problems] == ["idempotency_key_reused"]


def test_the_same_key_of_another_caller_is_another_order(store: FakeStore) -> None:
    one = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")

    assert one.order_id != Idempotency.of(ORGANIZATION.id, "another", "key", b"body").order_id
    assert one.order_id != Idempotency.of("another", "caller", "key", b"body").order_id


def test_a_refusal_is_not_remembered(store: FakeStore) -> None:
    key = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")
    taken = place(store, order())
    with pytest.raises(FrontdeskError):
        place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order()), store, key)
    del store.items[Key("order", taken.order.id)], store.items[LEDGER]

    assert not place_order(Context(ORGANIZATION.id, FakeClock()), read_config(order()), store, key).replayed


# --- orders beyond one transaction -------------------------------------------------------------------------------

# 60 mornings of two rooms: with the order, its 60 bookings, 60 entries of second rooms and 120 days, three times too many.
MORNINGS = order(
    *(meeting(NINE + timedelta(days=day)) | {"resource_id": [ROOM.id, SECOND_ROOM.id]} for day in range(60)),
    voucher_code="ONCE10",
)


def occupancy(store: FakeStore, now: int) -> dict[tuple[str, str], dict[tuple[int, int], int]]:
    """Returns the units that count on each day, without holds of orders that failed."""
    result = {}
    for key, ledger in store.items.items():
        if key.kind == "ledger":
            over = [
                hold
                for hold in ledger.holds.values()
                if hold_status(hold, store.items.get(Key("order", hold.order_id)), now) == "over"
            ]
            used = in_use(
                change(ledger, capacity=None, released=[hold.claim for hold in over]).result().segments
            )
            if used:
                result[key.id, key.part] = used
    return result


def at_transaction(store: FakeStore, number: int, act: Callable[[], None]) -> None:
    """Does something just before a transaction, with separate transactions."""
    transactions = count()

    def hook() -> None:
        if next(transactions) == number:
            store.before_write = lambda: None
            act()

    store.before_write = hook


# By then, the head and the bookings exist, and the first days are held.
UNDER_WAY = 4


def assert_all_there(store: FakeStore, placed: Placed, now: int) -> None:
    """Checks that all of MORNINGS exist once, and nothing else."""
    assert store.order(Context(ORGANIZATION.id, FakeClock()), placed.order.id) == (
        placed.order,
        list(placed.bookings),
    )
    assert (placed.order.status, placed.order.booking_count, placed.order.active_bookings) == (
        "completed",
        60,
        60,
    )
    assert [booking.status for booking in placed.bookings] == ["accepted"] * 60
    assert store.items[Key("voucher", "once10")].redemptions == 1
    assert occupancy(store, now) == {
        (room.id, (NINE + timedelta(days=day)).date().isoformat()): {SLOT: 1}
        for room in (ROOM, SECOND_ROOM)
        for day in range(60)
    }
    assert [key for key, item in store.items.items() if key.kind == "ledger" and item.holds] == []


def test_an_order_beyond_one_transaction_is_placed_in_steps_and_all_of_it_is_there(store: FakeStore) -> None:
    clock = FakeClock()
    placed = place(store, MORNINGS, clock)

    assert_all_there(store, placed, clock.at)
    assert [cause.text for cause in placed.order.causes] == ["1c"]
    assert place(store, order(meeting(NINE.replace(hour=10))), clock).order.status == "completed"
    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]


def test_a_booking_of_more_days_than_a_transaction_takes_is_placed_in_steps(store: FakeStore) -> None:
    placed = place(store, order(desks(3, NINE.replace(hour=2), minutes=60 * 24 * 150)))

    assert placed.order.status == "completed"
    days = {key.part: in_use(item.segments) for key, item in store.items.items() if key.kind == "ledger"}
    assert len(days) == 150
    assert list(days.values()) == [{(0, DAY): 3}] * 150


def test_a_draft_beyond_one_transaction_holds_all_of_its_slots_until_it_expires(store: FakeStore) -> None:
    clock = FakeClock()
    draft = place(store, MORNINGS | {"complete_order": False}, clock)

    assert (draft.order.status, draft.order.expires_at, draft.order.causes) == (
        "draft",
        clock.at + 15 * 60,
        (),
    )
    assert {booking.status for booking in draft.bookings} == {"reserved"}
    assert store.items[Key("voucher", "once10")].redemptions == 0
    clock.at += 15 * 60 - 1
    with pytest.raises(FrontdeskError, match="slot_unavailable"):
        place(store, order(), clock)
    clock.at += 1
    place(store, order(), clock)
    assert store.items[Key("order", draft.order.id)].status == "expired"
    assert occupancy(store, clock.at) == {(ROOM.id, "2030-04-15"): {SLOT: 1}}


def test_an_order_in_steps_that_loses_a_slot_on_the_way_leaves_nothing_behind(store: FakeStore) -> None:
    clock = FakeClock()

    def somebody_else() -> None:
        place(store, order(meeting(NINE + timedelta(days=59), minutes=30)), clock)

    at_transaction(store, UNDER_WAY, somebody_else)
    assert refusal(store, MORNINGS) == [("slot_unavailable", "/bookings/59")]

    assert orders(store) == 1
    assert sum(key.kind == "booking" for key in store.items) == 1
    assert occupancy(store, clock.at) == {(ROOM.id, "2030-06-13"): {(SLOT[0], SLOT[0] + 1800): 1}}
    assert [key for key, item in store.items.items() if key.kind == "ledger" and item.holds] == []
    assert store.items[Key("voucher", "once10")].redemptions == 0


def test_a_slot_that_an_order_being_placed_may_take_is_waited_for(store: FakeStore) -> None:
    """It is neither sold nor refused before the outcome of that order is known."""
    seen: list[object] = []

    def meanwhile() -> None:
        holding = LEDGER in store.items and store.items[LEDGER].holds
        if not seen and holding:
            seen.append("busy")
            store.before_write, hook = lambda: None, store.before_write
            with pytest.raises(Busy):
                place(store, order(), FakeClock(pauses=3))
            store.before_write = hook

    store.before_write = meanwhile
    placed = place(store, MORNINGS)

    assert seen == ["busy"]
    assert_all_there(store, placed, placed.order.created_at)


def test_an_order_in_steps_waits_where_another_may_come_to_nothing_and_then_goes_on(store: FakeStore) -> None:
    begun: list[Order] = []
    last = LedgerKey(SECOND_ROOM.id, "2030-06-13")

    def another_begins() -> None:
        (head,) = (item for item in store.items.values() if isinstance(item, Order))
        other = head.model_copy(update={"id": "other"})
        begun.extend([head, other])
        store.items[Key("order", "other")] = other
        hold = Hold("other", other.attempt, Claim(*SLOT, 1), False, other.expires_at or 0, placing=True)
        store.items[Key("ledger", last.owner, last.day)] = change(
            Ledger(last), capacity=1, holds={"h": hold}
        ).result()

    class Waiting(FakeClock):
        """The first wait is after a failed write, the second for the other order, which fails meanwhile."""

        def pause(self, attempt: int) -> None:
            if attempt == 1:
                store.items[Key("order", "other")] = order_after(begun[1], "abandoned", self.at)
            super().pause(attempt)

    at_transaction(store, UNDER_WAY, another_begins)
    placed = place(store, MORNINGS, Waiting())

    assert placed.order.attempt == begun[0].attempt
    del store.items[Key("order", "other")]
    assert_all_there(store, placed, placed.order.created_at)


def test_an_order_in_steps_that_was_given_up_by_somebody_else_claims_nothing_more(store: FakeStore) -> None:
    clock = FakeClock()

    def too_late() -> None:
        clock.at += PLACING_SECONDS
        place(store, order(), clock)

    at_transaction(store, UNDER_WAY, too_late)
    assert refusal(store, MORNINGS, clock) == [("slot_unavailable", "/bookings/0")]

    # Only those of its 120 days that it had reached were written.
    assert sum(key.kind == "ledger" for key in store.items) < 60
    assert [item.status for item in store.items.values() if isinstance(item, Order)] == ["completed"]
    assert occupancy(store, clock.at) == {(ROOM.id, "2030-04-15"): {SLOT: 1}}


@pytest.mark.parametrize("under_way", range(1, 8))
def test_an_attempt_that_was_taken_over_writes_nothing_more(store: FakeStore, under_way: int) -> None:
    key, clock = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body"), FakeClock()
    winner: list[Placed] = []

    def taken_over() -> None:
        clock.at += PLACING_SECONDS
        winner.append(place_order(Context(ORGANIZATION.id, clock), read_config(MORNINGS), store, key))

    at_transaction(store, under_way, taken_over)
    late = place_order(Context(ORGANIZATION.id, clock), read_config(MORNINGS), store, key)

    assert (late.replayed, late.order, list(late.bookings)) == (
        True,
        winner[0].order,
        list(winner[0].bookings),
    )
    assert_all_there(store, winner[0], clock.at)


class Crash(Exception):
    """Nothing catches it, as nothing catches the end of a process."""


def crashing(store: FakeStore, at: int) -> Callable[[], None]:
    """Ends the process just before its transaction number `at`."""
    transactions = count()

    def hook() -> None:
        if next(transactions) == at:
            raise Crash

    return hook


def test_whenever_a_large_order_is_interrupted_the_same_key_places_it_once() -> None:
    key = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")
    crashes = 0
    for at in count():
        store, clock = FakeStore(ORGANIZATION.id, CATALOG), FakeClock()
        store.before_write = crashing(store, at)
        try:
            place_order(Context(ORGANIZATION.id, clock), read_config(MORNINGS), store, key)
            break
        except Crash:
            crashes += 1
        store.before_write = lambda: None
        interrupted: Order | None = store.items.get(Key("order", key.order_id))
        if interrupted is not None and interrupted.status == "placing":
            with pytest.raises(FrontdeskError, match="in_progress") as refused:
                place_order(Context(ORGANIZATION.id, clock), read_config(MORNINGS), store, key)
            assert refused.value.retry_after == PLACING_SECONDS
        clock.at += PLACING_SECONDS

        placed = place_order(Context(ORGANIZATION.id, clock), read_config(MORNINGS), store, key)

        committed = interrupted is not None and interrupted.status == "completed"
        assert placed.replayed == committed
        if not committed:
            assert_all_there(store, placed, clock.at)
        assert occupancy(store, clock.at)[ROOM.id, "2030-04-15"] == {SLOT: 1}
        assert (orders(store), sum(each.kind == "booking" for each in store.items)) == (1, 60)
        assert store.items[Key("voucher", "once10")].redemptions == 1
    assert crashes > 8


def test_whenever_a_large_order_is_interrupted_its_slots_are_free_after_its_deadline_or_it_is_there() -> None:
    crashes = 0
    for at in count():
        store, clock = FakeStore(ORGANIZATION.id, CATALOG), FakeClock()
        store.before_write = crashing(store, at)
        try:
            place(store, MORNINGS, clock)
            break
        except Crash:
            crashes += 1
        store.before_write = lambda: None
        interrupted = {item.status for key, item in store.items.items() if key.kind == "order"}
        assert interrupted <= {"placing", "completed"}
        clock.at += PLACING_SECONDS

        if interrupted == {"completed"}:
            with pytest.raises(FrontdeskError, match="slot_unavailable"):
                place(store, order(), clock)
            assert len(occupancy(store, clock.at)) == 120
        else:
            placed = place(store, order(meeting(), meeting(NINE + timedelta(days=59))), clock)
            assert occupancy(store, clock.at) == {
                (ROOM.id, day): {SLOT: 1} for day in ("2030-04-15", "2030-06-13")
            }
            assert {item.status for item in store.items.values() if isinstance(item, Order)} <= {
                "abandoned",
                "completed",
                "placing",
            }
            assert store.items[Key("order", placed.order.id)].status == "completed"
    assert crashes > 8
