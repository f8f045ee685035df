"""What was answered is true: large orders read in pages, answers that never come, and requests that arrive late."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.booking.writes import ChangedOrder
from frontdesk.domain.catalog.items import Resource
from frontdesk.domain.orders.order import Booking
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.problems import Busy, OutcomeUnknown
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders import change, staged
from frontdesk.usecases.orders import place as place_module
from frontdesk.usecases.orders.change import cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from tests.support.aftermath import findings
from tests.support.demo import DESKS, NINE, ONCE10, ORGANIZATION, ROOM, desks, in_use, meeting, order
from tests.support.engine import Table, table
from tests.support.faults import answer_lost, never_arriving, paged, refused
from tests.support.refusals import codes
from tests.support.shrink import shrink

NINE_TO_TEN = (7 * 3600, 8 * 3600)
ALL_DAY = (7 * 3600, 15 * 3600)
EVERY = 10**6


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


class Later(SystemClock):
    """The same world, much later."""

    def now(self) -> int:
        return super().now() + 7200


def place(
    store: DynamoStore,
    *bookings: dict[str, Any],
    seconds: float = 20,
    key: Idempotency | None = None,
    **more: Any,
) -> Placed:
    body = order(*bookings, **{"notify_customer": False, **more})
    return place_order(Context(ORGANIZATION.id, SystemClock(seconds)), read_config(body), store, key)


def complete(store: DynamoStore, order_id: str, seconds: float = 20) -> Any:
    answers = read_as(CompletionConfig, {})
    return complete_order(Context(ORGANIZATION.id, SystemClock(seconds)), order_id, answers, store)


def cancel(store: DynamoStore, order_id: str, seconds: float = 20) -> Any:
    return cancel_order(Context(ORGANIZATION.id, SystemClock(seconds)), order_id, store)


def move(store: DynamoStore, booking_id: str, seconds: float = 20, **attributes: Any) -> Any:
    reading = read_as(BookingDocument, {"data": {"attributes": attributes}})
    return move_booking(Context(ORGANIZATION.id, SystemClock(seconds)), booking_id, reading, store)


def settled(on: Table) -> None:
    sweep(on.new_store(), Later(60))
    assert findings(on.objects(), Later(0).now()) == []


def visible(on: Table) -> list[str]:
    """Returns the statuses of the visible orders."""
    found = [raw["status"]["S"] for (_, sk), raw in on.items().items() if sk == "order"]
    return [status for status in found if status not in ("placing", "abandoned")]


def day(number: int) -> Any:
    return NINE + timedelta(days=number)


def cancel_while_a_booking_moves(on: Table) -> None:
    """Cancels a large order. After the page with its fifth booking was read, that booking is moved."""
    # It moves within the order's span, which does not change.
    large = place(on.store, *(desks(2, day(number)) for number in range(8))).order
    place(on.store, desks(10, day(4)))
    other, moved = on.new_store(), []

    def staff_move_it(_: int) -> None:
        # Pages of four: the fifth of eight bookings is on the second from either end.
        if len(moved) == 1:
            move(other, f"{large.id}-5", start_date=day(2).isoformat())
        moved.append(True)

    with paged(on.store, 4, staff_move_it):
        cancel(on.store, large.id)


def test_a_booking_that_moves_while_its_order_is_read_frees_the_day_that_it_has(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch)

    cancel_while_a_booking_moves(on)

    assert in_use(on.ledger(DESKS.id, "2030-04-19")) == {ALL_DAY: 10}
    settled(on)


def as_it_was(self: DynamoStore, pk: str, clock: Any) -> Any:
    """Reads the bookings before their order, in key order."""
    rows = [row for row in self.partition(pk, clock) if row["sk"]["S"] <= "order"]
    return [row for row in rows if row["sk"]["S"] == "order"] + rows[-2::-1]


def trusting(context: Context, order: Any, leaving: list[Booking], store: DynamoStore) -> None:
    """Cancels the bookings in their current state, and continues with what was read before."""
    found = store.order(context, order.id)
    assert found
    seen = [booking for booking in found[1] if booking.id in {each.id for each in leaving}]
    CANCEL(context, order, seen, store)


CANCEL = staged._cancel_bookings  # noqa: SLF001
MENDS: list[tuple[Any, str, Any]] = [
    (DynamoStore, "_head_first", as_it_was),
    (staged, "_cancel_bookings", trusting),
    (change, "as_read", lambda *_: []),
]


def test_control_a_reading_of_several_moments_frees_a_day_that_another_has(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch)
    for where, name, without in MENDS:
        monkeypatch.setattr(where, name, without)

    cancel_while_a_booking_moves(on)

    assert in_use(on.ledger(DESKS.id, "2030-04-19")) == {ALL_DAY: 8}


@pytest.mark.parametrize("mend", [name for _, name, _ in MENDS])
def test_each_mend_is_enough_for_a_reading_of_several_moments(
    on: Table, monkeypatch: pytest.MonkeyPatch, mend: str
) -> None:
    shrink(monkeypatch)
    for where, name, without in MENDS:
        if name != mend:
            monkeypatch.setattr(where, name, without)

    cancel_while_a_booking_moves(on)

    assert in_use(on.ledger(DESKS.id, "2030-04-19")) == {ALL_DAY: 10}
    settled(on)


def test_whatever_is_done_is_answered_although_no_answer_arrives(on: Table) -> None:
    with answer_lost(on.store, "TransactWriteItems", EVERY):
        placed = place(on.store, meeting(), seconds=0.3)
        draft = place(on.store, meeting(day(1)), seconds=0.3, complete_order=False)
        completed, _ = complete(on.store, draft.order.id, 0.3)
        moved, *_ = move(on.store, draft.bookings[0].id, 0.3, start_date=day(2).isoformat())
        canceled, _ = cancel(on.store, placed.order.id, 0.3)

    assert (placed.order.status, completed.status, canceled.status) == ("completed", "completed", "canceled")
    assert moved.start == int(day(2).timestamp())
    assert sorted(visible(on)) == ["canceled", "completed"]
    settled(on)


@pytest.mark.parametrize("what", ["place", "complete", "move", "cancel"])
def test_what_can_not_be_known_is_told_as_unknown(on: Table, what: str) -> None:
    placed = place(on.store, meeting())
    draft = place(on.store, meeting(day(1)), complete_order=False)
    operation: dict[str, Callable[[], Any]] = {
        "place": lambda: place(on.store, meeting(day(3)), seconds=0.3),
        "complete": lambda: complete(on.store, draft.order.id, 0.3),
        "move": lambda: move(on.store, placed.bookings[0].id, 0.3, start_date=day(2).isoformat()),
        "cancel": lambda: cancel(on.store, placed.order.id, 0.3),
    }
    with never_arriving(on.store, "TransactWriteItems", EVERY):
        assert codes(operation[what]) == ["outcome_unknown"]

    settled(on)


@pytest.mark.parametrize("what", ["place", "move", "cancel"])
def test_what_was_withdrawn_in_time_is_busy_and_never_done(on: Table, what: str) -> None:
    """All attempts are under way when the time is up. The withdrawal is answered."""
    placed = place(on.store, meeting())
    operation: dict[str, Callable[[], Any]] = {
        "place": lambda: place(on.store, meeting(day(3)), seconds=0.3),
        "move": lambda: move(on.store, placed.bookings[0].id, 0.3, start_date=day(2).isoformat()),
        "cancel": lambda: cancel(on.store, placed.order.id, 0.3),
    }
    withdraw = DynamoStore._withdraw  # noqa: SLF001
    with (
        never_arriving(on.store, "TransactWriteItems", EVERY) as under_way,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(DynamoStore, "_withdraw", lambda _, *about: withdraw(on.new_store(), *about))
        assert codes(operation[what]) == ["busy"]

    for late in under_way:
        with suppress(ClientError):
            on.client.transact_write_items(**late)
    assert visible(on) == ["completed"]
    assert in_use(on.ledger(ROOM.id, "2030-04-15")) == {NINE_TO_TEN: 1}
    settled(on)


@pytest.mark.parametrize(("changes", "told"), [(1, Busy), (2, OutcomeUnknown)])
def test_an_order_that_others_have_changed_since_may_have_been_changed_by_this_too(
    on: Table, changes: int, told: type[Busy]
) -> None:
    """If there was one change, it prevented this write. If there were two, one may be this very write."""
    seen = place(on.store, meeting()).order
    after = order_after(seen, "completed", seen.updated_at, note="Ring twice")
    other, withdraw = on.new_store(), DynamoStore._withdraw  # noqa: SLF001
    with (
        never_arriving(on.store, "TransactWriteItems", EVERY),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(DynamoStore, "_withdraw", lambda _, *about: withdraw(on.new_store(), *about))
        present = seen
        for number in range(changes):
            changed = order_after(present, "completed", seen.updated_at, note=f"{number}")
            assert (
                other.write(Context(ORGANIZATION.id, SystemClock(5)), [ChangedOrder(present, changed)])
                is None
            )
            present = changed
        with pytest.raises(Busy) as answer:
            on.store.write(Context(ORGANIZATION.id, SystemClock(0.2)), [ChangedOrder(seen, after)])

    assert type(answer.value) is told


def test_what_nobody_can_look_for_is_told_as_unknown(on: Table) -> None:
    """Neither the write nor the read that would find its result is answered, so the outcome is open."""
    hall = Resource(id="hall", name="Hall")
    with (
        answer_lost(on.store, "TransactWriteItems", EVERY),
        refused(on.store, "BatchGetItem", EVERY, "ThrottlingException"),
        pytest.raises(OutcomeUnknown),
    ):
        CatalogTable(on.store).add(Context(ORGANIZATION.id, SystemClock(0.2)), [hall])


def late_first_send(on: Table, key: Idempotency | None, *, room_comes_back: bool) -> list[str]:
    """The first attempt at an order is stuck, and its repetition refused. Then the first one arrives. Returns the answers."""
    other = on.new_store()
    place(other, desks(1))
    with never_arriving(on.store, "TransactWriteItems", 1) as under_way:

        def somebody_takes_it(**_: Any) -> None:
            if under_way and not taken:
                taken.append(place(other, desks(11)).order.id)

        def and_gives_it_back(**_: Any) -> None:
            # Once the repetition is refused, the order is decided again.
            if taken and room_comes_back and len(taken) == 1:
                cancel(other, taken[0])
                taken.append("")

        taken: list[str] = []
        events = on.store.connection.client.meta.events
        events.register("before-call.dynamodb.TransactWriteItems", somebody_takes_it)
        events.register("after-call.dynamodb.TransactWriteItems", and_gives_it_back)
        said = codes(lambda: place(on.store, desks(5), key=key))
        events.unregister("before-call.dynamodb.TransactWriteItems", somebody_takes_it)
        events.unregister("after-call.dynamodb.TransactWriteItems", and_gives_it_back)
    if not room_comes_back:
        cancel(other, taken[0])
    with suppress(ClientError):
        on.client.transact_write_items(**under_way[0])
    return said


KEYS = pytest.mark.parametrize("key", [None, Idempotency.of(ORGANIZATION.id, "caller", "key", b"body")])


@KEYS
def test_one_request_is_one_order_whenever_its_sends_arrive(on: Table, key: Idempotency | None) -> None:
    assert late_first_send(on, key, room_comes_back=True) == []

    assert sorted(visible(on)) == ["canceled", "completed", "completed"]
    settled(on)


def test_control_with_an_id_for_each_try_one_request_is_two_orders(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = place_module.place
    monkeypatch.setattr(
        place_module,
        "place",
        lambda *about, **how: made(*about, **{**how, "order_id": str(uuid4()), "tombstone": None}),
    )
    monkeypatch.setattr(DynamoStore, "_final", lambda *about: about[3])

    assert late_first_send(on, None, room_comes_back=True) == []
    assert sorted(visible(on)) == ["canceled", "completed", "completed", "completed"]


@KEYS
def test_a_refused_request_is_no_order_whenever_its_sends_arrive(on: Table, key: Idempotency | None) -> None:
    assert late_first_send(on, key, room_comes_back=False) == ["slot_unavailable"]

    assert sorted(visible(on)) == ["canceled", "completed"]
    # The guard against the late write keeps out no other.
    if key:
        assert not place(on.store, desks(5), key=key).replayed
    settled(on)


@KEYS
def test_control_without_a_final_loss_a_refused_request_is_an_order(
    on: Table, key: Idempotency | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DynamoStore, "_final", lambda *about: about[3])

    assert late_first_send(on, key, room_comes_back=False) == ["slot_unavailable"]
    assert sorted(visible(on)) == ["canceled", "completed", "completed"]


def test_what_is_kept_of_a_refused_request_goes_with_the_sweep(on: Table) -> None:
    late_first_send(on, None, room_comes_back=False)
    assert [sk for pk, sk in on.items() if sk == "order"] == ["order"] * 3

    settled(on)

    assert [sk for pk, sk in on.items() if sk == "order"] == ["order"] * 2


def claims_twice(on: Table) -> None:
    """Every step of a large order is sent twice, long after one another: the answer is lost, and the token forgotten."""
    connection = on.store.connection
    send = connection.transact_write_items

    def forgotten(*actions: Any, **_: Any) -> Any:
        return send(*actions, client_request_token=str(uuid4()))

    seen: list[bool] = []

    def lose_every_other(**_: Any) -> None:
        seen.append(True)
        if len(seen) % 2:
            raise ReadTimeoutError(endpoint_url="injected")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "transact_write_items", forgotten)
        events = connection.client.meta.events
        events.register("after-call.dynamodb.TransactWriteItems", lose_every_other)
        place(on.store, *(meeting(day(number)) for number in range(10)), voucher_code=ONCE10.code)
        events.unregister("after-call.dynamodb.TransactWriteItems", lose_every_other)


def test_a_step_whose_token_is_forgotten_is_taken_once(on: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)

    claims_twice(on)

    assert visible(on) == ["completed"]
    for number in range(10):
        assert in_use(on.ledger(ROOM.id, f"2030-04-{15 + number}")) == {NINE_TO_TEN: 1}
    settled(on)
