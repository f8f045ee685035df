"""Creating orders, on a store in memory."""

from uuid import uuid4

import pytest

from frontdesk.model.config import read_config
from frontdesk.model.ledger import Ledger, LedgerKey
from frontdesk.model.problems import Busy, FrontdeskError
from frontdesk.model.snapshot import Key
from frontdesk.usecases.calculate import calculate_order
from frontdesk.usecases.place_order import Idempotency, Placed, place_order
from tests.demo import CATALOG, DESKS, MEETING, NINE, ONCE10, ORGANIZATION, ROOM, SECOND_ROOM, desks, meeting, order
from tests.fakes import FakeClock, FakeStore

LEDGER = Key("ledger", ROOM.id, "2030-04-15")


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(ORGANIZATION.id, CATALOG)


def place(store: FakeStore, body: object, clock: FakeClock | None = None) -> Placed:
    return place_order(read_config(body), ORGANIZATION.id, store, clock or FakeClock())


def refusal(store: FakeStore, body: object) -> list[tuple[str, str | None]]:
    with pytest.raises(FrontdeskError) as refused:
        place(store, body)
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


def orders(store: FakeStore) -> int:
    return sum(key.kind == "order" for key in store.items)


def test_an_order_takes_its_slot(store: FakeStore) -> None:
    placed = place(store, order())

    assert store.items[LEDGER].segments == {0: 0, 7 * 3600: 1, 8 * 3600: 0}
    assert store.items[Key("order", placed.order.id)].status == "completed"
    assert [store.bookings[id].status for id in placed.order.booking_ids] == ["accepted"]


def test_a_free_order_is_read_once_and_not_consistently(store: FakeStore) -> None:
    place(store, order())

    assert store.reads == [False]


def test_a_slot_is_refused_only_after_a_consistent_read(store: FakeStore) -> None:
    place(store, order())
    store.reads.clear()

    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]
    assert store.reads == [False, True]


def test_a_stale_read_never_refuses_what_is_free(store: FakeStore) -> None:
    store.stale[LEDGER] = Ledger(LedgerKey(ROOM.id, "2030-04-15"), {0: 1}, shape="old", version=7)

    assert place(store, order()).order.status == "completed"


def test_a_stale_read_never_accepts_what_is_taken(store: FakeStore) -> None:
    place(store, order())
    store.stale[LEDGER] = None

    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]


def test_a_loser_decides_again_on_what_won_without_another_read(store: FakeStore) -> None:
    def somebody_else() -> None:
        store.before_place = lambda: None
        place(store, order(meeting(NINE.replace(hour=11))))
        store.reads.clear()

    store.before_place = somebody_else
    place(store, order())

    assert store.reads == []
    assert store.items[LEDGER].segments == {0: 0, 25200: 1, 28800: 0, 32400: 1, 36000: 0}


def test_the_loser_of_the_last_place_is_refused(store: FakeStore) -> None:
    def somebody_else() -> None:
        store.before_place = lambda: None
        place(store, order())

    store.before_place = somebody_else

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

    assert refusal(store, order(meeting() | {"resource_id": SECOND_ROOM.id})) == [("slot_unavailable", "/bookings/0")]


def test_two_bookings_of_one_order_compete_for_the_same_slot(store: FakeStore) -> None:
    assert refusal(store, order(meeting(), meeting(NINE.replace(minute=30)))) == [("slot_unavailable", "/bookings/1")]


def test_an_override_takes_what_is_taken_and_later_orders_see_it(store: FakeStore) -> None:
    place(store, order())
    overridden = place(store, order(check_availability=False))

    assert overridden.bookings[0].override
    assert store.items[LEDGER].segments[25200] == 2


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
        store.before_place = lambda: None
        place(store, order(meeting(NINE.replace(hour=11)), voucher_code="ONCE10"))

    store.before_place = somebody_else

    assert refusal(store, order(voucher_code="ONCE10")) == [("voucher_exhausted", "/voucher_code")]
    assert orders(store) == 1


def test_a_draft_holds_its_slot_until_it_expires_and_uses_no_voucher(store: FakeStore) -> None:
    clock = FakeClock()
    draft = place(store, order(complete_order=False, voucher_code="ONCE10"), clock)

    assert (draft.order.status, draft.bookings[0].status, draft.order.notification) == ("draft", "reserved", None)
    assert draft.order.expires_at == clock.at + 15 * 60
    assert store.items[Key("voucher", "once10")].redemptions == 0
    assert refusal(store, order()) == [("slot_unavailable", "/bookings/0")]


def test_the_slot_of_an_expired_draft_is_free_at_once_and_the_draft_is_expired_with_it(store: FakeStore) -> None:
    clock = FakeClock()
    draft = place(store, order(complete_order=False), clock)
    clock.at += 15 * 60

    placed = place(store, order(), clock)

    assert store.items[Key("order", draft.order.id)].status == "expired"
    assert store.items[Key("order", placed.order.id)].status == "completed"
    assert store.items[LEDGER].holds == {}


def test_an_expired_hold_whose_order_was_completed_is_not_taken_out(store: FakeStore) -> None:
    clock = FakeClock()
    draft = place(store, order(complete_order=False), clock)
    key = Key("order", draft.order.id)
    clock.at += 15 * 60

    def completed_meanwhile() -> None:
        # As completing does: the hold becomes occupancy in the transaction that completes the order.
        store.before_place = lambda: None
        store.items[key] = store.items[key].model_copy(update={"status": "completed"})
        store.items[LEDGER] = Ledger(LedgerKey(ROOM.id, "2030-04-15"), {0: 0, 25200: 1, 28800: 0}, {}, "new", 2)

    store.before_place = completed_meanwhile
    with pytest.raises(FrontdeskError) as refused:
        place(store, order(), clock)

    assert [problem.code for problem in refused.value.problems] == ["slot_unavailable"]
    assert store.items[key].status == "completed"


def test_an_order_beyond_one_transaction_is_too_large(store: FakeStore) -> None:
    many = [meeting(NINE.replace(day=day, hour=hour)) for day in range(1, 11) for hour in range(8, 18)]

    assert refusal(store, order(*many)) == [("order_too_large", "/bookings")]
    assert refusal(store, order(desks(1, minutes=60 * 24 * 99))) == [("order_too_large", "/bookings")]
    assert orders(store) == 0


def test_a_huge_order_is_refused_before_anything_is_read(store: FakeStore) -> None:
    refusal(store, order(desks(1, minutes=60 * 24 * 40_000)))

    assert store.reads == []


def test_a_padding_beyond_the_usual_is_read_in_a_second_trip() -> None:
    slow = MEETING.model_copy(update={"padding_before": 600})
    store = FakeStore(ORGANIZATION.id, [*CATALOG, slow])
    place(store, order())

    assert store.reads == [False, False]
    assert store.items[Key("ledger", ROOM.id, "2030-04-14")].segments == {0: 0, 21 * 3600: 1}


def test_ids_of_another_organization_are_not_found(store: FakeStore) -> None:
    other = FakeStore("other", [ORGANIZATION.model_copy(update={"id": "other"})])
    with pytest.raises(FrontdeskError) as refused:
        place_order(read_config(order()), "other", other, FakeClock())

    assert {problem.code for problem in refused.value.problems} >= {
        "customer_not_found",
        "resource_not_found",
        "service_not_found",
    }


def test_a_loser_without_time_left_is_told_to_come_again(store: FakeStore) -> None:
    def always_somebody_else() -> None:
        segments = store.items[LEDGER].segments if LEDGER in store.items else {0: 0}
        store.items[LEDGER] = Ledger(LedgerKey(ROOM.id, "2030-04-15"), segments, {}, uuid4().hex, 99)

    store.before_place = always_somebody_else
    with pytest.raises(Busy):
        place(store, order(), FakeClock(pauses=3))


def test_the_preview_is_what_the_order_costs_and_writes_nothing(store: FakeStore) -> None:
    body = order(meeting(booking_add_ons=[]), desks(3), voucher_code="SUMMER20")
    before = dict(store.items)
    preview = calculate_order(read_config(body), ORGANIZATION.id, store, FakeClock())
    assert store.items == before

    placed = place(store, body)

    assert preview.amounts == placed.order.amounts
    assert preview.taxes == placed.order.taxes
    assert [booking.amounts for booking in preview.bookings] == [booking.amounts for booking in placed.bookings]


def test_the_preview_tells_what_is_taken_instead_of_refusing(store: FakeStore) -> None:
    place(store, order())

    preview = calculate_order(read_config(order(meeting(), desks(1))), ORGANIZATION.id, store, FakeClock())

    assert [[problem.code for problem in booking.conflicts] for booking in preview.bookings] == [["slot_unavailable"], []]
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
        calculate_order(read_config({"bookings": []}), ORGANIZATION.id, store, FakeClock())

    assert [problem.code for problem in refused.value.problems] == ["bookings_required"]


def test_a_booking_over_midnight_takes_its_part_of_each_day(store: FakeStore) -> None:
    place(store, order(desks(5, NINE.replace(hour=23), minutes=360)))

    assert store.items[Key("ledger", DESKS.id, "2030-04-15")].segments == {0: 0, 21 * 3600: 5}
    assert store.items[Key("ledger", DESKS.id, "2030-04-16")].segments == {0: 5, 3 * 3600: 0}


def test_a_key_stands_for_one_order_however_often_it_is_sent(store: FakeStore) -> None:
    key = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")
    first = place_order(read_config(order()), ORGANIZATION.id, store, FakeClock(), key)
    second = place_order(read_config(order()), ORGANIZATION.id, store, FakeClock(), key)

    assert (first.replayed, second.replayed) == (False, True)
    assert second.order == first.order
    assert orders(store) == 1


def test_a_key_whose_order_is_not_seen_yet_is_replayed_all_the_same(store: FakeStore) -> None:
    key = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")
    first = place_order(read_config(order()), ORGANIZATION.id, store, FakeClock(), key)
    store.stale = {Key("order", first.order.id): None, LEDGER: None}

    assert place_order(read_config(order()), ORGANIZATION.id, store, FakeClock(), key).replayed


def test_a_key_with_another_body_is_refused(store: FakeStore) -> None:
    place_order(read_config(order()), ORGANIZATION.id, store, FakeClock(), Idempotency.of(ORGANIZATION.id, "caller", "key", b"body"))
    other = Idempotency.of(ORGANIZATION.id, "caller", "key", b"other")
    with pytest.raises(FrontdeskError) as refused:
        place_order(read_config({"bookings": 7}), ORGANIZATION.id, store, FakeClock(), other)

    assert [problem.code for problem in refused.value.problems] == ["idempotency_key_reused"]


def test_the_same_key_of_another_caller_is_another_order(store: FakeStore) -> None:
    one = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")

    assert one.order_id != Idempotency.of(ORGANIZATION.id, "another", "key", b"body").order_id
    assert one.order_id != Idempotency.of("another", "caller", "key", b"body").order_id


def test_a_refusal_is_not_remembered(store: FakeStore) -> None:
    key = Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")
    taken = place(store, order())
    with pytest.raises(FrontdeskError):
        place_order(read_config(order()), ORGANIZATION.id, store, FakeClock(), key)
    del store.items[Key("order", taken.order.id)], store.items[LEDGER]

    assert not place_order(read_config(order()), ORGANIZATION.id, store, FakeClock(), key).replayed
