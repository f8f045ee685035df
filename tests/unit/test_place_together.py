"""Many orders in few transactions have the same result as one after the other."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.booking import group, placement
from frontdesk.domain.booking.writes import actions
from frontdesk.domain.catalog.items import Customer, Voucher
from frontdesk.domain.ledger import Ledger
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import place_batch as module
from frontdesk.usecases.orders.change import cancel_order
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from frontdesk.usecases.orders.place_batch import Asked, CustomerAppeared, assess_together, place_together
from tests.support.aftermath import findings
from tests.support.demo import (
    ADA,
    BERND,
    CATALOG,
    DESKS,
    NINE,
    ORGANIZATION,
    ROOM,
    SECOND_ROOM,
    desks,
    in_use,
    meeting,
    order,
)
from tests.support.examples import scaled
from tests.support.fakes import FakeClock, FakeStore

# An order with one booking, on one day, takes three actions. So two of them on the same day fit into a transaction.
FEW_ACTIONS = 6
VOUCHER = Voucher(id="few", code="FEW", percent=10, max_redemptions=2, max_redemptions_per_customer=1)


def world() -> FakeStore:
    return FakeStore(ORGANIZATION.id, [*CATALOG, VOUCHER])


def asked(body: dict[str, Any], key: str, newcomer: Customer | None = None) -> Asked:
    return Asked(
        read_config(body),
        Idempotency.of(ORGANIZATION.id, "import", key, repr(body).encode(), "run"),
        newcomer,
    )


def said(outcome: Placed | FrontdeskError) -> Any:
    if isinstance(outcome, FrontdeskError):
        return sorted({problem.code for problem in outcome.problems})
    return outcome.order.id, outcome.replayed


def state(store: FakeStore) -> Any:
    """Returns the relevant state of the items, without the splits of days and the attempts of orders."""
    orders = {key.id: item for key, item in store.items.items() if isinstance(item, Order)}
    return (
        {
            id: (item.status, item.amounts, item.customer_id, item.import_id, item.booking_ids)
            for id, item in orders.items()
        },
        {
            key: (item.status, item.blocker_start, item.blocker_end, item.resource_ids)
            for key, item in store.items.items()
            if isinstance(item, Booking)
        },
        {key: in_use(item.segments) for key, item in store.items.items() if isinstance(item, Ledger)},
        {key: item for key, item in store.items.items() if key.kind == "voucher_use"},
        store.items[Key("voucher", "few")].redemptions,
    )


def one_by_one(wanted: Sequence[Asked], store: FakeStore, clock: FakeClock) -> list[Placed | FrontdeskError]:
    outcomes: list[Placed | FrontdeskError] = []
    for each in wanted:
        try:
            outcomes.append(
                place_order(Context(ORGANIZATION.id, clock), each.reading, store, each.idempotency)
            )
        except FrontdeskError as error:
            outcomes.append(error)
    return outcomes


def hour(number: int) -> Any:
    return NINE.replace(hour=8) + timedelta(hours=number % 5, days=number // 5)


single = st.one_of(
    st.builds(lambda n: meeting(hour(n)), st.integers(0, 9)),
    st.builds(lambda n: meeting(hour(n), resource_id=SECOND_ROOM.id), st.integers(0, 9)),
    st.builds(lambda n: meeting(hour(n), 90, resource_id=[ROOM.id, SECOND_ROOM.id]), st.integers(0, 9)),
    st.builds(lambda q, n: desks(q, hour(n), 60), st.integers(1, 7), st.integers(0, 9)),
    st.builds(lambda n: meeting(hour(n), recurring={"frequency": "daily", "count": 3}), st.integers(0, 4)),
    st.just(meeting(service_id={"nothing": 1})),
)
options = st.fixed_dictionaries(
    {"notify_customer": st.just(False)},
    optional={
        "check_availability": st.sampled_from([True, True, False]),
        "complete_order": st.sampled_from([True, True, False]),
        "voucher_code": st.sampled_from(["FEW", "few ", "NONE"]),
        "order_customer_id": st.sampled_from([ADA.id, BERND.id, "nobody"]),
        "on_conflict": st.just("skip"),
    },
)
bodies = st.builds(
    lambda bookings, more: order(*bookings) | more, st.lists(single, min_size=1, max_size=3), options
)
rows = st.lists(st.tuples(st.integers(0, 20), bodies), max_size=14)
# DynamoDB's limit, and one at which the orders of a test need several transactions.
limits = st.sampled_from([group.MAX_ACTIONS, FEW_ACTIONS])


@settings(max_examples=scaled(450))
@given(rows, limits)
def test_together_is_the_same_as_one_after_the_other(
    made: list[tuple[int, dict[str, Any]]], most: int
) -> None:
    wanted = [asked(body, str(key)) for key, body in made]
    one, many = world(), world()
    expected = one_by_one(wanted, one, FakeClock())
    with patch.object(group, "MAX_ACTIONS", most):
        outcomes = place_together(Context(ORGANIZATION.id, FakeClock()), wanted, many)
    assert [said(each) for each in outcomes] == [said(each) for each in expected]
    assert state(many) == state(one)
    # Repeating it changes nothing.
    before = state(many)
    again = place_together(Context(ORGANIZATION.id, FakeClock()), wanted, many)
    assert [isinstance(each, Placed) and each.replayed for each in again] == [
        isinstance(each, Placed) for each in expected
    ]
    assert state(many) == before
    # Drafts expire at some time.
    later = FakeClock(FakeClock().now() + 86_400)
    sweep(many, later)
    assert findings(many.items.items(), later.now()) == []


NEWCOMERS = {id: Customer(id=id, email=f"{id}@example.com") for id in ("grace", "nora")}
# Most of these orders can be placed, so that groups fill and shared newcomers meet.
guests = st.builds(
    lambda body, who: body | ({"order_customer_id": who} if who else {}),
    st.one_of(
        bodies,
        st.builds(
            lambda q, n: order(desks(q, hour(n), 60), notify_customer=False),
            st.integers(1, 3),
            st.integers(0, 9),
        ),
    ),
    st.sampled_from([None, *NEWCOMERS]),
)


def of_guests(made: list[tuple[int, dict[str, Any]]]) -> list[Asked]:
    return [asked(body, str(key), NEWCOMERS.get(body.get("order_customer_id"))) for key, body in made]


@settings(max_examples=scaled(300))
@given(st.lists(st.tuples(st.integers(0, 20), guests), max_size=14), limits, st.integers(1, 5), st.data())
def test_what_is_read_while_a_group_is_written_makes_no_difference(
    made: list[tuple[int, dict[str, Any]]], most: int, first: int, data: st.DataObject
) -> None:
    """The items of the first orders are read before the others, whose customers may be new in the first group."""
    wanted, slow = of_guests(made), data.draw(st.sampled_from([0, 25, 61]))
    one, many, clock = world(), world(), FakeClock()
    expected: list[Placed | FrontdeskError] = []
    for each in wanted:
        is_new = each.newcomer and Key("customer", each.newcomer.id) not in one.items
        try:
            expected.append(
                place_order(
                    Context(ORGANIZATION.id, FakeClock()),
                    each.reading,
                    one,
                    each.idempotency,
                    each.newcomer if is_new else None,
                )
            )
        except FrontdeskError as error:
            expected.append(error)

    place = module.place

    def slowly(*arguments: Any, **more: Any) -> Any:
        clock.at += slow
        return place(*arguments, **more)

    with (
        patch.object(group, "MAX_ACTIONS", most),
        patch.object(module, "_FIRST", first),
        patch.object(module, "place", slowly),
    ):
        assessed = assess_together(Context(ORGANIZATION.id, FakeClock()), wanted, many)
        outcomes = place_together(Context(ORGANIZATION.id, clock), wanted, many)
    assert [said(each) for each in outcomes] == [said(each) for each in expected]
    assert [said(each) for each in assessed] == [said(each) for each in expected]
    assert {key for key in many.items if key.kind == "customer"} == {
        key for key in one.items if key.kind == "customer"
    }


@settings(max_examples=scaled(300))
@given(rows)
def test_a_dry_run_says_the_same_and_writes_nothing(made: list[tuple[int, dict[str, Any]]]) -> None:
    wanted = [asked(body, str(key)) for key, body in made]
    store = world()
    before = dict(store.items)
    dry = assess_together(Context(ORGANIZATION.id, FakeClock()), wanted, store)
    assert store.items == before
    assert [said(each) for each in dry] == [
        said(each) for each in place_together(Context(ORGANIZATION.id, FakeClock()), wanted, store)
    ]


def test_plain_orders_take_one_transaction_and_each_day_is_written_once() -> None:
    store = world()
    writes = counted_writes(store)
    wanted = [asked(order(desks(1, hour(n), 60), notify_customer=False), str(n)) for n in range(40)]
    assert all(
        isinstance(each, Placed)
        for each in place_together(Context(ORGANIZATION.id, FakeClock()), wanted, store)
    )
    assert [sum(hasattr(write, "seen") for write in each) for each in writes] == [8]


def counted_writes(store: FakeStore) -> list[Sequence[Any]]:
    """Collects the attempted writes from here on, one list for each transaction."""
    writes: list[Sequence[Any]] = []
    write = store.write
    store.write = lambda *arguments: writes.append(arguments[1]) or write(*arguments)  # type: ignore[method-assign, func-returns-value]
    return writes


def rival(store: FakeStore, times: int, act: Callable[[int], None]) -> None:
    """Lets somebody else write between read and write, several times."""
    left = list(range(times))

    def before_write() -> None:
        if left:
            number, store.before_write = left.pop(0), lambda: None
            act(number)
            store.before_write = before_write

    store.before_write = before_write


@pytest.mark.parametrize("times", [1, 3, 7])
def test_others_who_come_in_between_keep_what_they_have(times: int) -> None:
    store, clock = world(), FakeClock()
    wanted = [asked(order(meeting(hour(n)), notify_customer=False), str(n)) for n in range(10)]
    rival(
        store,
        times,
        lambda n: (
            place_order(
                Context(ORGANIZATION.id, clock),
                read_config(order(meeting(hour(n)), notify_customer=False)),
                store,
            )
            and None
        ),
    )
    outcomes = place_together(Context(ORGANIZATION.id, clock), wanted, store)
    assert [said(each) == ["slot_unavailable"] for each in outcomes] == [n < times for n in range(10)]
    assert findings(store.items.items(), clock.now()) == []


def test_control_without_its_bounds_a_group_books_over_them(monkeypatch: pytest.MonkeyPatch) -> None:
    change = placement.change
    monkeypatch.setattr(
        placement, "change", lambda *arguments, **more: change(*arguments, **{**more, "capacity": None})
    )
    with pytest.raises(AssertionError):
        test_others_who_come_in_between_keep_what_they_have(3)


def test_a_group_that_goes_on_losing_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_LOSSES", 0)
    store, clock = world(), FakeClock()
    wanted = [asked(order(desks(1), notify_customer=False), str(n)) for n in range(5)]
    rival(
        store,
        1,
        lambda _: (
            place_order(
                Context(ORGANIZATION.id, clock), read_config(order(desks(9), notify_customer=False)), store
            )
            and None
        ),
    )
    outcomes = place_together(Context(ORGANIZATION.id, clock), wanted, store)
    assert [isinstance(each, Placed) for each in outcomes] == [True, True, True, False, False]
    assert DESKS.quantity == 12


def test_a_customer_is_made_with_the_order_or_not_at_all() -> None:
    store, newcomer = world(), Customer(id="new", email="New@example.com")
    body = order(meeting(), notify_customer=False, order_customer_id="new")
    first, second = place_together(
        Context(ORGANIZATION.id, FakeClock()), [asked(body, "1", newcomer), asked(body, "2", newcomer)], store
    )
    assert isinstance(first, Placed)
    assert said(second) == ["slot_unavailable"]
    assert store.items[Key("customer", "new")] == newcomer
    assert store.items[Key("customer_email", "new@example.com")] == "new"
    other = Customer(id="late", email="late@example.com")
    [refused] = place_together(
        Context(ORGANIZATION.id, FakeClock()),
        [asked(body | {"order_customer_id": "late"}, "3", other)],
        store,
    )
    assert said(refused) == ["slot_unavailable"]
    assert Key("customer", "late") not in store.items


def test_a_customer_whom_somebody_else_makes_meanwhile_is_asked_for_again() -> None:
    store, newcomer = world(), Customer(id="new", email="new@example.com")
    store.before_write = lambda: store.items.update({Key("customer_email", "new@example.com"): "theirs"})
    body = order(meeting(), notify_customer=False, order_customer_id="new")
    tries = counted_writes(store)
    with pytest.raises(CustomerAppeared):
        place_together(Context(ORGANIZATION.id, FakeClock()), [asked(body, "1", newcomer)], store)
    assert len(tries) == 1
    assert not any(isinstance(item, Order) for item in store.items.values())


def test_an_order_that_is_just_being_placed_must_be_waited_for() -> None:
    store, clock = world(), FakeClock()
    body = order(meeting(), notify_customer=False)
    wanted = asked(body, "1")
    placed = place_order(Context(ORGANIZATION.id, clock), wanted.reading, store, wanted.idempotency).order
    store.items[Key("order", placed.id)] = placed.model_copy(
        update={"status": "placing", "expires_at": clock.now() + 60}
    )
    with pytest.raises(FrontdeskError) as caught:
        place_together(Context(ORGANIZATION.id, clock), [wanted], store)
    assert caught.value.retry_after


def test_a_newcomer_with_more_orders_than_a_transaction_holds_is_made_once() -> None:
    store, newcomer = world(), Customer(id="new", email="new@example.com")
    wanted = [
        asked(order(desks(1, hour(n), 60), notify_customer=False, order_customer_id="new"), str(n), newcomer)
        for n in range(120)
    ]
    outcomes = place_together(Context(ORGANIZATION.id, FakeClock()), wanted, store)
    assert all(isinstance(each, Placed) for each in outcomes)
    assert {item.customer_id for item in store.items.values() if isinstance(item, Order)} == {"new"}


def test_who_gives_way_to_others_is_not_in_the_way_of_those_behind() -> None:
    store, clock = world(), FakeClock()
    both, first = (
        order(meeting(hour(0)), meeting(hour(1)), notify_customer=False),
        order(meeting(hour(0)), notify_customer=False),
    )
    rival(
        store,
        1,
        lambda _: (
            place_order(
                Context(ORGANIZATION.id, clock),
                read_config(order(meeting(hour(1)), notify_customer=False)),
                store,
            )
            and None
        ),
    )
    gave_way, placed = place_together(
        Context(ORGANIZATION.id, clock), [asked(both, "1"), asked(first, "2")], store
    )
    assert said(gave_way) == ["slot_unavailable"]
    assert isinstance(placed, Placed)


def test_who_gives_way_at_the_end_of_a_group_is_not_in_the_way_of_the_next_group() -> None:
    store, clock = world(), FakeClock()
    three = order(*(meeting(hour(n)) for n in range(3)), notify_customer=False)
    # It fits into one transaction, but not together with the first order.
    late = NINE + timedelta(hours=6)
    many = (
        meeting(late),
        meeting(late)
        | {
            "resource_id": SECOND_ROOM.id,
            "recurring": {"frequency": "daily", "count": 47},
        },
    )
    rival(
        store,
        1,
        lambda _: (
            place_order(
                Context(ORGANIZATION.id, clock),
                read_config(order(meeting(hour(0)), notify_customer=False)),
                store,
            )
            and None
        ),
    )
    wanted = [three, order(*many, notify_customer=False), order(meeting(hour(2)), notify_customer=False)]
    gave_way, large, placed = place_together(
        Context(ORGANIZATION.id, clock), [asked(each, f"{n}") for n, each in enumerate(wanted)], store
    )
    assert said(gave_way) == ["slot_unavailable"]
    assert isinstance(large, Placed)
    assert isinstance(placed, Placed)
    assert findings(store.items.items(), clock.now()) == []


def test_an_override_does_not_take_the_bounds_of_others_away() -> None:
    store, clock = world(), FakeClock()
    place_order(
        Context(ORGANIZATION.id, clock), read_config(order(meeting(hour(4)), notify_customer=False)), store
    )
    rival(
        store,
        1,
        lambda _: (
            place_order(
                Context(ORGANIZATION.id, clock),
                read_config(order(meeting(hour(0)), notify_customer=False)),
                store,
            )
            and None
        ),
    )
    checked = order(meeting(hour(0)), notify_customer=False)
    override = order(meeting(hour(1)), notify_customer=False, check_availability=False)
    outcomes = place_together(
        Context(ORGANIZATION.id, clock), [asked(checked, "1"), asked(override, "2")], store
    )
    assert said(outcomes[0]) == ["slot_unavailable"]
    assert isinstance(outcomes[1], Placed)


def test_a_draft_that_has_run_out_makes_way_at_once() -> None:
    store, clock = world(), FakeClock()
    place_order(
        Context(ORGANIZATION.id, clock),
        read_config(order(meeting(hour(0)), notify_customer=False, complete_order=False)),
        store,
    )
    clock.at += 3600
    tries = counted_writes(store)
    [placed] = place_together(
        Context(ORGANIZATION.id, clock), [asked(order(meeting(hour(0)), notify_customer=False), "1")], store
    )
    assert isinstance(placed, Placed)
    assert len(tries) == 1


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "MAX_ACTIONS", FEW_ACTIONS)


def quiet(*bookings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return order(*bookings, notify_customer=False, **more)


def placed_by_a_rival(store: FakeStore, clock: FakeClock, number: int) -> None:
    place_order(Context(ORGANIZATION.id, clock), read_config(quiet(meeting(hour(number)))), store)


@pytest.mark.usefixtures("small_groups")
def test_orders_are_decided_while_the_ones_before_them_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock, third = world(), FakeClock(), Event()
    place, write, count, waits = module.place, store.write, list[int](), list[bool]()

    def placing(*arguments: Any, **more: Any) -> Any:
        count.append(1)
        if len(count) == 4:  # The third order is decided twice: it did not fit beside the first two.
            third.set()
        return place(*arguments, **more)

    def waiting(*arguments: Any) -> Any:
        waits.append(third.wait(10))
        return write(*arguments)

    monkeypatch.setattr(module, "place", placing)
    store.write = waiting  # type: ignore[method-assign]
    wanted = [asked(quiet(meeting(hour(n))), str(n)) for n in range(4)]
    assert all(
        isinstance(each, Placed) for each in place_together(Context(ORGANIZATION.id, clock), wanted, store)
    )
    assert waits == [True, True]


def test_the_first_group_is_sent_before_the_items_of_later_orders_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_FIRST", 2)
    store, events = world(), list[set[str] | str]()
    read, prepare = store.read, store.prepare

    def reading(context: Context, keys: Iterable[Key], **how: Any) -> dict[Key, Any]:
        keys = set(keys)
        events.append({key.id for key in keys if key.kind == "order"})
        return read(context, keys, **how)

    def preparing(*arguments: Any) -> Any:
        events.append("sent")
        return prepare(*arguments)

    monkeypatch.setattr(store, "read", reading)
    monkeypatch.setattr(store, "prepare", preparing)
    monkeypatch.setattr(group, "MAX_ACTIONS", 3)
    wanted = [asked(quiet(meeting(hour(n))), str(n)) for n in range(5)]
    outcomes = place_together(Context(ORGANIZATION.id, FakeClock()), wanted, store)
    assert all(isinstance(each, Placed) for each in outcomes)
    ids = [each.idempotency.order_id for each in wanted]
    assert events == [set(ids[:2]), "sent", set(ids[2:]), "sent", "sent", "sent", "sent"]


def test_random_attempts_are_drawn_for_many_orders_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each draw lets the thread that sends wait longer for Python's interpreter lock."""
    draws, drawn = list[int](), module.token_hex

    def drawing(size: int) -> str:
        draws.append(size)
        return drawn(size)

    monkeypatch.setattr(module, "token_hex", drawing)
    wanted = [asked(quiet(meeting(hour(n))), str(n)) for n in range(24)]
    outcomes = place_together(Context(ORGANIZATION.id, FakeClock()), wanted, world())
    attempts = {each.order.attempt for each in outcomes if isinstance(each, Placed)}
    assert (len(attempts), {len(each or "") for each in attempts}, len(draws)) == (24, {12}, 1)


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("times", [1, 2, 5])
def test_however_often_groups_are_lost_no_transaction_is_too_large(times: int) -> None:
    store, clock = world(), FakeClock()
    writes = counted_writes(store)
    rival(store, times, lambda number: placed_by_a_rival(store, clock, number))
    wanted = [asked(quiet(meeting(hour(n))), str(n)) for n in range(7)]
    outcomes = place_together(Context(ORGANIZATION.id, clock), wanted, store)
    assert sum(isinstance(each, Placed) for each in outcomes) == 7 - times
    assert all(sum(map(actions, each)) <= FEW_ACTIONS for each in writes)


def test_what_is_read_again_after_a_minute_counts_and_not_what_was_foreseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first order is canceled as soon as it is written, so its slot is free for the second."""
    store, clock = world(), FakeClock()
    place, write = module.place, store.write

    def slowly(*arguments: Any, **more: Any) -> Any:
        clock.at += 61
        return place(*arguments, **more)

    def then_canceled(*arguments: Any) -> Any:
        store.write = write  # type: ignore[method-assign]
        lost = write(*arguments)
        cancel_order(Context(ORGANIZATION.id, clock), wanted[0].idempotency.order_id, store)
        return lost

    monkeypatch.setattr(module, "place", slowly)
    store.write = then_canceled  # type: ignore[method-assign]
    wanted = [asked(quiet(meeting(hour(0))), str(number)) for number in range(2)]
    outcomes = place_together(Context(ORGANIZATION.id, clock), wanted, store)
    assert [isinstance(each, Placed) for each in outcomes] == [True, True]


BATCH: Any = vars(module)["_Batch"]


def given_way(store: FakeStore) -> list[Any]:
    """The first of four orders turns out to have lost a slot, after the last was decided. They need two transactions."""
    clock = FakeClock()
    rival(store, 1, lambda _: placed_by_a_rival(store, clock, 1))
    both = quiet(meeting(hour(0)), meeting(hour(1)))
    bodies = [both, quiet(meeting(hour(3))), quiet(meeting(hour(4))), quiet(meeting(hour(0)))]
    wanted = [asked(body, f"{n}") for n, body in enumerate(bodies)]
    outcomes = place_together(Context(ORGANIZATION.id, clock), wanted, store)
    assert findings(store.items.items(), clock.now()) == []
    return [isinstance(each, Placed) or said(each) for each in outcomes]


@pytest.mark.usefixtures("small_groups")
def test_who_gives_way_is_not_in_the_way_of_orders_decided_meanwhile() -> None:
    assert given_way(world()) == [["slot_unavailable"], True, True, True]


@pytest.mark.usefixtures("small_groups")
def test_control_decisions_beside_a_write_that_fails_must_be_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = vars(BATCH)["_answered"]

    def final(batch: Any) -> Any:
        batch.outcomes |= batch.group.refusals
        batch.group.refusals = {}
        return answered(batch)

    monkeypatch.setattr(BATCH, "_answered", final)
    assert given_way(world())[3] == ["slot_unavailable"]


def again_while_written() -> list[Any]:
    """The last row is the first one again, which is in another transaction."""
    wanted = [asked(quiet(meeting(hour(n))), str(n)) for n in (0, 5, 6, 0)]
    outcomes = place_together(Context(ORGANIZATION.id, FakeClock()), wanted, world())
    return [isinstance(each, Placed) and each.replayed for each in outcomes]


@pytest.mark.usefixtures("small_groups")
def test_a_row_that_repeats_one_under_way_finds_its_order() -> None:
    assert again_while_written() == [False, False, False, True]


@pytest.mark.usefixtures("small_groups")
def test_control_a_repeated_row_must_wait_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BATCH, "_under_way", group.Group())
    assert again_while_written() == [False, False, False, False]


@pytest.mark.usefixtures("small_groups")
def test_an_error_leaves_no_write_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    store, failed, done = world(), Event(), list[bool]()
    place, write, count = module.place, store.write, list[int]()

    def failing(*arguments: Any, **more: Any) -> Any:
        count.append(1)
        if len(count) == 4:
            failed.set()
            raise ZeroDivisionError
        return place(*arguments, **more)

    def slow(*arguments: Any) -> Any:
        assert failed.wait(10)
        written = write(*arguments)
        done.append(written is None)
        return written

    monkeypatch.setattr(module, "place", failing)
    store.write = slow  # type: ignore[method-assign]
    wanted = [asked(quiet(meeting(hour(n))), str(n)) for n in range(3)]
    with pytest.raises(ZeroDivisionError):
        place_together(Context(ORGANIZATION.id, FakeClock()), wanted, store)
    assert done == [True]
