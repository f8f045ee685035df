"""Many simultaneous operations (64 in .ci/run) on different engines, with and without the faults of a real DynamoDB.

Each race has a control: without the guard, the same race breaks the same rule.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.domain.time.intervals import overlap
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from tests.races.harness import At, Operation, create, findings, guard_off, outcome, race
from tests.support.demo import BERLIN, DESKS, NINE, ORGANIZATION, ROOM, SECOND_ROOM, desks, meeting, order
from tests.support.engine import Table, table
from tests.support.examples import THOROUGH
from tests.support.faults import Overlaps, answers_lost, throttled

# More than the engines answer at once.
WRITERS = 64 if THOROUGH else 32
QUIET = {"notify_customer": False}


@pytest.fixture(params=[pytest.param("ministack_dynamodb", marks=pytest.mark.thorough), "roto_dynamodb"])
def tables(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


@contextmanager
def faults(on: Table, kind: str) -> Iterator[None]:
    """Adds a fault of real DynamoDB that the engines lack, for the duration of the block."""
    with ExitStack() as injected:
        if kind == "conflicts":
            injected.enter_context(Overlaps(0.001).between(on.store))
        if kind == "throttling":
            injected.enter_context(throttled(on.store, every=5))
        if kind == "lost answers":
            injected.enter_context(answers_lost(on.store, every=7))
        yield


# Each race runs once on each engine without faults, and once with each fault. `make test` runs it with the worst fault only.
FAULTS = pytest.mark.parametrize(
    ("tables", "fault"),
    [
        pytest.param("ministack_dynamodb", "none", marks=pytest.mark.thorough),
        pytest.param("roto_dynamodb", "none", marks=pytest.mark.thorough),
        pytest.param("roto_dynamodb", "conflicts", marks=pytest.mark.thorough),
        pytest.param("roto_dynamodb", "throttling", marks=pytest.mark.thorough),
        ("roto_dynamodb", "lost answers"),
    ],
    indirect=["tables"],
)


def placed_at(on: Table) -> list[Booking]:
    """Returns the stored bookings that are not canceled."""
    return [item for _, item in on.objects() if isinstance(item, Booking) and item.status != "canceled"]


# --- one slot ----------------------------------------------------------------------------------------------------


def one_slot(on: Table, capacity: int) -> tuple[dict[str, Any], int]:
    """Returns an order for one of `capacity` places, and sets the demo's desks to that capacity."""
    place_order(
        Context(ORGANIZATION.id, SystemClock(60)),
        read_config(order(desks(DESKS.quantity - capacity), **QUIET)),
        on.store,
    )
    return order(desks(1), **QUIET), capacity


@FAULTS
@pytest.mark.parametrize("capacity", [1, 5])
def test_as_many_win_as_there_are_places(tables: Table, capacity: int, fault: str) -> None:
    body, places = one_slot(tables, capacity)

    with faults(tables, fault):
        outcomes = race(tables.store, [create(body)] * WRITERS)

    assert outcomes == {"done": places, "slot_unavailable": WRITERS - places}
    assert findings(tables) == []


@pytest.mark.parametrize("capacity", [1, 5])
def test_control_without_the_guard_more_win(tables: Table, capacity: int) -> None:
    body, places = one_slot(tables, capacity)

    with guard_off():
        outcomes = race(tables.store, [create(body)] * WRITERS)

    assert outcomes["done"] > places
    assert "capacity_exceeded" in {finding.code for finding in findings(tables)}


@pytest.mark.parametrize(
    "fault",
    [
        "none",
        *(
            pytest.param(each, marks=pytest.mark.thorough)
            for each in ("conflicts", "throttling", "lost answers")
        ),
    ],
)
def test_all_places_are_sold_to_as_many(roto_dynamodb: str, fault: str) -> None:
    with table(roto_dynamodb, [DESKS.model_copy(update={"quantity": WRITERS})]) as on:
        with faults(on, fault):
            outcomes = race(on.store, [create(order(desks(1), **QUIET))] * WRITERS)

        assert outcomes == {"done": WRITERS}
        assert outcome(create(order(desks(1))), on.store) == "slot_unavailable"
        assert findings(on) == []


@pytest.mark.thorough
def test_500_places_are_for_500(roto_dynamodb: str) -> None:
    with table(roto_dynamodb, [DESKS.model_copy(update={"quantity": 500})]) as on:
        with ThreadPoolExecutor(WRITERS) as pool:
            outcomes = Counter(
                pool.map(lambda _: outcome(create(order(desks(1), **QUIET)), on.store), range(500))
            )

        assert outcomes == {"done": 500}
        assert findings(on) == []


def _write_from_a_process(endpoint: str, name: str, writers: int) -> Counter[str]:
    """Runs this many writers as threads of this process, with its own client."""
    store = DynamoStore(name, region="eu-central-1", endpoint=endpoint)
    return race(store, [create(order(**QUIET))] * writers)


@pytest.mark.thorough
def test_one_place_is_sold_once_to_writers_in_many_processes(tables: Table) -> None:
    processes = 4
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        started = [
            pool.submit(_write_from_a_process, str(tables.endpoint), tables.name, WRITERS // processes)
            for _ in range(processes)
        ]
        outcomes = sum((each.result() for each in started), Counter[str]())

    assert outcomes == {"done": 1, "slot_unavailable": WRITERS - 1}
    assert findings(tables) == []


# --- other intervals ---------------------------------------------------------------------------------------------


def scattered(seed: int) -> list[dict[str, Any]]:
    """Returns 64 different intervals of one room and day that overlap in every way."""
    random = Random(seed)
    starts = random.sample(range(0, 12 * 60, 5), WRITERS)
    return [
        order(meeting(NINE.replace(hour=7) + timedelta(minutes=start), random.choice([35, 60, 95])), **QUIET)
        for start in starts
    ]


def interval(body: dict[str, Any]) -> Any:
    first = body["bookings"][0]
    start, end = (int(datetime.fromisoformat(first[name]).timestamp()) for name in ("start_date", "end_date"))
    return Booking.model_construct(start=start, end=end)


@FAULTS
def test_of_overlapping_intervals_no_two_win_and_every_loser_met_a_winner(tables: Table, fault: str) -> None:
    bodies = scattered(1)

    with faults(tables, fault):
        outcomes = race(tables.store, [create(body) for body in bodies])

    won = placed_at(tables)
    assert set(outcomes) == {"done", "slot_unavailable"}
    assert len(won) == outcomes["done"]
    assert not any(overlap(a, b) for i, a in enumerate(won) for b in won[i + 1 :])
    assert all(any(overlap(interval(body), winner) for winner in won) for body in bodies)
    assert findings(tables) == []


def test_control_without_the_guard_overlapping_intervals_win(tables: Table) -> None:
    with guard_off():
        race(tables.store, [create(body) for body in scattered(1)])

    assert findings(tables) != []


@FAULTS
def test_neighbours_all_succeed(tables: Table, fault: str) -> None:
    starts = [NINE.replace(hour=7) + timedelta(minutes=14 * number) for number in range(WRITERS)]

    with faults(tables, fault):
        outcomes = race(
            tables.store, [create(order(meeting(start, minutes=14), **QUIET)) for start in starts]
        )

    assert outcomes == {"done": WRITERS}
    assert findings(tables) == []


@FAULTS
def test_a_single_use_voucher_is_used_once(tables: Table, fault: str) -> None:
    starts = [NINE.replace(hour=7) + timedelta(minutes=14 * number) for number in range(WRITERS)]
    bodies = [order(meeting(start, minutes=14), voucher_code="ONCE10", **QUIET) for start in starts]

    with faults(tables, fault):
        outcomes = race(tables.store, [create(body) for body in bodies])

    assert outcomes == {"done": 1, "voucher_exhausted": WRITERS - 1}
    assert findings(tables) == []


def test_control_without_its_condition_the_voucher_is_used_again(
    tables: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    from frontdesk.adapters.dynamodb import store as dynamodb

    counts = dynamodb._count_update  # noqa: SLF001
    monkeypatch.setattr(
        dynamodb, "_count_update", lambda write: (counts(write)[0], dynamodb.Path("pk").exists())
    )
    starts = [NINE.replace(hour=7) + timedelta(minutes=14 * number) for number in range(WRITERS)]

    outcomes = race(
        tables.store,
        [create(order(meeting(start, minutes=14), voucher_code="ONCE10", **QUIET)) for start in starts],
    )

    assert outcomes["done"] > 1
    assert "voucher_overused" in {finding.code for finding in findings(tables)}


@FAULTS
def test_two_rooms_taken_in_opposite_order_never_half(tables: Table, fault: str) -> None:
    there = order(meeting() | {"resource_id": [ROOM.id, SECOND_ROOM.id]}, **QUIET)
    back = order(meeting() | {"resource_id": [SECOND_ROOM.id, ROOM.id]}, **QUIET)

    with faults(tables, fault):
        outcomes = race(tables.store, [create(there), create(back)] * (WRITERS // 2))

    assert outcomes == {"done": 1, "slot_unavailable": WRITERS - 1}
    assert findings(tables) == []


# --- what becomes of orders --------------------------------------------------------------------------------------


def placed(on: Table, body: dict[str, Any], clock: SystemClock | None = None) -> Placed:
    return place_order(Context(ORGANIZATION.id, clock or SystemClock(60)), read_config(body), on.store)


def until_done(operation: Operation, seconds: float = 20) -> Operation:
    """Repeats an operation while it is refused."""

    def again(store: DynamoStore) -> Any:
        clock = SystemClock(seconds)
        while outcome(operation, store) != "done":
            clock.pause(0)

    return again


@FAULTS
def test_a_canceled_slot_goes_to_one_of_those_who_wait(tables: Table, fault: str) -> None:
    taken = placed(tables, order(**QUIET)).order

    with faults(tables, fault):
        outcomes = race(
            tables.store,
            [
                lambda store: cancel_order(Context(ORGANIZATION.id, SystemClock(60)), taken.id, store),
                *[create(order(**QUIET))] * (WRITERS - 1),
            ],
            park=False,
        )

    assert outcomes["done"] in (1, 2)  # The cancellation, and at most one order after it.
    assert outcomes["done"] + outcomes["slot_unavailable"] == WRITERS
    assert len(placed_at(tables)) == outcomes["done"] - 1
    assert findings(tables) == []


@FAULTS
def test_many_cancel_one_order_and_it_is_canceled_once(tables: Table, fault: str) -> None:
    taken = placed(tables, order(meeting(), desks(3), voucher_code="ONCE10", **QUIET)).order

    with faults(tables, fault):
        outcomes = race(
            tables.store,
            [lambda store: cancel_order(Context(ORGANIZATION.id, SystemClock(60)), taken.id, store)] * 16,
        )

    assert outcomes == {"done": 16}
    assert findings(tables) == []
    assert outcome(create(order(voucher_code="ONCE10", **QUIET)), tables.store) == "done"


def move_to(booking: Booking, start: datetime) -> Operation:
    reading = read_document(
        BookingDocument,
        "bookings",
        {"data": {"type": "bookings", "attributes": {"start_date": start.isoformat()}}},
    )
    return lambda store: move_booking(Context(ORGANIZATION.id, SystemClock(60)), booking.id, reading, store)


@FAULTS
def test_of_many_who_move_to_one_slot_one_does_and_the_others_stay(tables: Table, fault: str) -> None:
    starts = [NINE.replace(hour=7) + timedelta(minutes=30 * number) for number in range(24)]
    bookings = [placed(tables, order(meeting(start, minutes=30), **QUIET)).bookings[0] for start in starts]
    wanted = datetime(2030, 4, 15, 19, 30, tzinfo=BERLIN)

    with faults(tables, fault):
        outcomes = race(tables.store, [move_to(booking, wanted) for booking in bookings])

    assert outcomes == {"done": 1, "slot_unavailable": len(bookings) - 1}
    after = placed_at(tables)
    assert len(after) == len(bookings)
    assert sum(booking.start == int(wanted.timestamp()) for booking in after) == 1
    assert findings(tables) == []


def test_control_without_the_guard_many_move_to_one_slot(tables: Table) -> None:
    # Along the grid, so that nobody must split: without a condition, a missing segment would make it fail.
    starts = [NINE.replace(hour=7) + timedelta(hours=number) for number in range(8)]
    bookings = [placed(tables, order(meeting(start), **QUIET)).bookings[0] for start in starts]

    with guard_off():
        outcomes = race(tables.store, [move_to(booking, NINE.replace(hour=20)) for booking in bookings])

    assert outcomes["done"] > 1
    assert "capacity_exceeded" in {finding.code for finding in findings(tables)}


DRAFT = {"complete_order": False, **QUIET}


@FAULTS
def test_the_slot_of_an_expired_draft_is_for_one(tables: Table, fault: str) -> None:
    made = int(NINE.timestamp()) - 90_000
    draft = placed(tables, order(**DRAFT), At(made)).order

    with faults(tables, fault):
        outcomes = race(tables.store, [create(order(**QUIET), lambda: At(made + 900))] * WRITERS)

    assert outcomes == {"done": 1, "slot_unavailable": WRITERS - 1}
    states = {item.id: item.status for _, item in tables.objects() if isinstance(item, Order)}
    assert states.pop(draft.id) == "expired"
    assert list(states.values()) == ["completed"]
    assert findings(tables, made + 900) == []


@FAULTS
@pytest.mark.parametrize("seed", range(3))
def test_a_draft_is_completed_or_expires_never_both(tables: Table, fault: str, seed: int) -> None:
    made = int(NINE.timestamp()) - 90_000
    draft = placed(tables, order(voucher_code="ONCE10", **DRAFT), At(made)).order
    body = read_as(CompletionConfig, {})
    complete: Operation = lambda store: complete_order(  # noqa: E731
        Context(ORGANIZATION.id, At(made + 899)), draft.id, body, store
    )
    others = [create(order(**QUIET), lambda: At(made + 900))] * 15
    operations = [complete, *others]
    Random(seed).shuffle(operations)

    with faults(tables, fault):
        outcomes = race(tables.store, operations)

    status = next(
        item.status for _, item in tables.objects() if isinstance(item, Order) and item.id == draft.id
    )
    assert outcomes["done"] == 1
    assert (outcomes["order_expired"] == 1) == (status == "expired")
    assert outcomes["slot_unavailable"] == (14 if status == "expired" else 15)
    assert findings(tables, made + 900) == []


@FAULTS
def test_many_complete_one_draft_and_it_is_completed_once(tables: Table, fault: str) -> None:
    draft = placed(tables, order(voucher_code="ONCE10", **DRAFT)).order

    with faults(tables, fault):
        outcomes = race(
            tables.store,
            [
                lambda store: complete_order(
                    Context(ORGANIZATION.id, SystemClock(60)), draft.id, read_as(CompletionConfig, {}), store
                )
            ]
            * 16,
        )

    assert outcomes == {"done": 16}
    assert findings(tables) == []


def test_drafts_hold_all_places_at_once(roto_dynamodb: str) -> None:
    with table(roto_dynamodb, [DESKS.model_copy(update={"quantity": WRITERS})]) as on:
        assert race(on.store, [create(order(desks(1), **DRAFT))] * WRITERS) == {"done": WRITERS}
        assert outcome(create(order(desks(1))), on.store) == "slot_unavailable"
        assert findings(on) == []


# --- one key, one order ------------------------------------------------------------------------------------------


def keyed(on: Table, body: dict[str, Any], *, caller: str = "caller") -> Placed:
    idempotency = Idempotency.of(ORGANIZATION.id, caller, "key", repr(body).encode())
    return place_order(Context(ORGANIZATION.id, SystemClock(60)), read_config(body), on.store, idempotency)


@FAULTS
def test_many_requests_with_one_key_are_one_order(tables: Table, fault: str) -> None:
    body = order(meeting(), desks(2), **QUIET)

    with faults(tables, fault), ThreadPoolExecutor(16) as pool:
        placed = list(pool.map(lambda _: keyed(tables, body), range(3 * WRITERS)))

    assert len({each.order.id for each in placed}) == 1
    assert sum(not each.replayed for each in placed) <= 1 + (fault == "lost answers")
    assert [item.id for _, item in tables.objects() if isinstance(item, Order)] == [placed[0].order.id]
    assert findings(tables) == []
    # Another body is refused, a canceled order is returned, and another caller's key is separate.
    assert (
        outcome(lambda _: keyed(tables, order(meeting(NINE + timedelta(days=1)))), tables.store)
        == "idempotency_key_reused"
    )
    cancel_order(Context(ORGANIZATION.id, SystemClock(60)), placed[0].order.id, tables.store)
    replay = keyed(tables, body)
    assert (replay.order.id, replay.order.status, replay.replayed) == (placed[0].order.id, "canceled", True)
    assert keyed(tables, body, caller="another").order.id != placed[0].order.id
