"""The store on a real engine: what is written is read back, an order takes two calls, and faults have no wrong effect."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from pynamodb.exceptions import TransactWriteError

from frontdesk.adapters.dynamodb import store as dynamodb
from frontdesk.adapters.dynamodb.transaction import leave_as_it_is
from frontdesk.bootstrap import SystemClock
from frontdesk.domain import ledger as ledger_module
from frontdesk.domain.booking.writes import NewCustomer
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.ledger import MAX_CHANGES, Claim, Hold, Ledger, LedgerKey, change
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.problems import Busy, FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import DAY
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import Placed, place_order
from tests.support.demo import (
    ADA,
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
from tests.support.engine import Table, segments_of, table
from tests.support.faults import (
    answer_cut_short,
    answer_lost,
    canceled,
    counted,
    events_of,
    refused,
    requested,
)

# The small engine has no name of its own here, so that mutants are tried on the one that stands in for it.
SMALL = pytest.param("roto_dynamodb", id="small engine")


@pytest.fixture(params=[SMALL, pytest.param("ministack_dynamodb", marks=pytest.mark.thorough)])
def on(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


def place(on: Table, body: object, seconds: float = 20) -> Placed:
    return place_order(Context(ORGANIZATION.id, SystemClock(seconds)), read_config(body), on.store)


def refusal(on: Table, body: object) -> list[str]:
    with pytest.raises(FrontdeskError) as error:
        place(on, body)
    return [problem.code for problem in error.value.problems]


def test_an_order_is_read_back_as_it_was_placed(on: Table) -> None:
    both = meeting(customer_note="Ring twice", booking_add_ons=[]) | {
        "resource_id": [SECOND_ROOM.id, ROOM.id]
    }
    placed = place(on, order(both, desks(3), voucher_code="ONCE10"))

    found = on.store.order(Context(ORGANIZATION.id, SystemClock(5)), placed.order.id)

    assert found == (placed.order, list(placed.bookings))


def test_an_order_takes_two_calls(on: Table) -> None:
    with counted(on.store) as sent:
        place(on, order(meeting(), desks(2), voucher_code="ONCE10"))

    assert sent == ["BatchGetItem", "TransactWriteItems"]


def test_a_refusal_takes_one_read_and_writes_nothing(on: Table) -> None:
    place(on, order())
    before = on.items()

    with counted(on.store) as sent:
        assert refusal(on, order(meeting(), desks(1), voucher_code="ONCE10")) == ["slot_unavailable"]

    assert sent == ["BatchGetItem"]
    assert on.items() == before


def test_a_plain_order_stays_within_its_units(on: Table) -> None:
    before = on.items()
    place(on, order())
    written = [size(item) for key, item in on.items().items() if before.get(key) != item]

    # A transaction costs two units for each KB begun. If the day is already cut along its grid, the ledger hardly grows.
    assert sum(2 * -(-bytes // 1024) for bytes in written) <= 8


def test_every_resource_of_a_booking_lists_it(on: Table) -> None:
    placed = place(on, order(meeting() | {"resource_id": [ROOM.id, SECOND_ROOM.id]}))

    for room in (ROOM, SECOND_ROOM):
        listed = on.store.listed("lists", f"{ORGANIZATION.id}#resource#{room.id}#day", SystemClock(5))
        assert [entry.key.id for entry in listed] == [placed.bookings[0].id]


def test_more_keys_than_one_call_takes_are_read_in_several(on: Table) -> None:
    keys = {Key("customer", str(number)) for number in range(230)} | {Key("customer", ADA.id)}

    found = on.store.read(Context(ORGANIZATION.id, SystemClock(5)), keys, consistent=False)

    assert len(found) == 231
    assert {key.id for key, item in found.items() if item} == {ADA.id}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("TransactionCanceledException", "TransactionConflict"),
        ("TransactionCanceledException", "ThrottlingError"),
        ("ThrottlingException", None),
        ("TransactionInProgressException", None),
    ],
)
def test_crowding_is_waited_out(on: Table, error: str, reason: str | None) -> None:
    with refused(on.store, "TransactWriteItems", 4, error, reason):
        place(on, order())

    assert in_use(on.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}


def test_crowding_beyond_the_time_left_is_busy_and_leaves_nothing(on: Table) -> None:
    before = on.items()
    with (
        refused(
            on.store, "TransactWriteItems", 10_000, "TransactionCanceledException", "TransactionConflict"
        ),
        pytest.raises(Busy) as busy,
    ):
        place(on, order(), seconds=0.5)

    assert busy.value.retry_after
    assert on.items() == before


def test_throttled_reads_are_waited_out(on: Table) -> None:
    with refused(on.store, "BatchGetItem", 3, "ProvisionedThroughputExceededException"):
        place(on, order())


def test_what_is_our_own_mistake_is_not_sent_again(on: Table) -> None:
    with (
        refused(on.store, "TransactWriteItems", 1, "ValidationException"),
        counted(on.store) as sent,
        pytest.raises(TransactWriteError),
    ):
        place(on, order())

    assert sent.count("TransactWriteItems") == 1


@pytest.mark.parametrize("reason", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_crowding_beside_a_mistake_is_not_waited_out(on: Table, reason: str) -> None:
    with (
        canceled(on.store, ["TransactionConflict", "None", reason]),
        counted(on.store) as sent,
        pytest.raises(TransactWriteError),
    ):
        place(on, order())

    assert sent.count("TransactWriteItems") == 1


def test_an_order_whose_answer_was_lost_is_placed_once(on: Table) -> None:
    with answer_lost(on.store, "TransactWriteItems", 2):
        placed = place(on, order(voucher_code="ONCE10"))

    items = on.items()
    assert in_use(on.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}
    assert [key for key in items if key[1] == "order"] == [
        (f"{ORGANIZATION.id}#order#{placed.order.id}", "order")
    ]
    assert items[f"{ORGANIZATION.id}#voucher#once10", "voucher"]["redemptions"] == {"N": "1"}


def test_an_answer_that_is_cut_short_is_asked_for_again(on: Table) -> None:
    with (
        answer_cut_short(on.store, "BatchGetItem", 1),
        answer_cut_short(on.store, "TransactWriteItems", 2),
        answer_cut_short(on.store, "Query", 1),
        counted(on.store) as sent,
    ):
        placed = place(on, order(voucher_code="ONCE10"))
        found = on.store.order(Context(ORGANIZATION.id, SystemClock(5)), placed.order.id)

    assert sent == ["BatchGetItem"] * 2 + ["TransactWriteItems"] * 3 + ["Query"] * 2
    assert found == (placed.order, list(placed.bookings))
    assert in_use(on.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}


@pytest.fixture
def forgetful(on: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB after ten minutes, when it has forgotten a request's token."""
    connection = on.store.connection
    send = connection.transact_write_items
    monkeypatch.setattr(
        connection,
        "transact_write_items",
        lambda *actions, **_: send(*actions, client_request_token=str(uuid4())),
    )


def test_an_order_is_known_as_our_own_even_if_its_token_was_forgotten(on: Table, forgetful: None) -> None:
    with answer_lost(on.store, "TransactWriteItems", 1):
        place(on, order())

    assert in_use(on.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}


def test_an_order_is_found_under_its_own_id_even_if_its_attempt_is_not_known(
    on: Table, forgetful: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "_is_done", lambda *_: False)

    with answer_lost(on.store, "TransactWriteItems", 1):
        assert place(on, order()).replayed

    assert in_use(on.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}


def test_an_order_in_steps_whose_answers_are_lost_is_placed_once(on: Table) -> None:
    days = [NINE + timedelta(days=day) for day in range(60)]
    both = [meeting(day) | {"resource_id": [ROOM.id, SECOND_ROOM.id]} for day in days]

    def lose_every_other(model: Any, **_: Any) -> None:
        sent.append(model.name)
        if sent.count("TransactWriteItems") % 2:
            raise ReadTimeoutError(endpoint_url="injected")

    sent: list[str] = []
    events = events_of(on.store)
    events.register("after-call.dynamodb.TransactWriteItems", lose_every_other)
    placed = place(on, order(*both, voucher_code="ONCE10"))
    events.unregister("after-call.dynamodb.TransactWriteItems", lose_every_other)

    assert len(sent) > 12
    assert on.store.order(Context(ORGANIZATION.id, SystemClock(5)), placed.order.id) == (
        placed.order,
        list(placed.bookings),
    )
    items = on.items()
    assert [key for key in items if key[1] == "order"] == [
        (f"{ORGANIZATION.id}#order#{placed.order.id}", "order")
    ]
    assert sum(key[1].startswith("booking#") for key in items) == 120
    ledgers = [item for key, item in items.items() if key[1].startswith("ledger#")]
    assert len(ledgers) == 120
    assert all(ledger["holds"]["M"] == {} for ledger in ledgers)
    assert all(in_use(segments_of(ledger)) == {(7 * 3600, 8 * 3600): 1} for ledger in ledgers)
    assert items[f"{ORGANIZATION.id}#voucher#once10", "voucher"]["redemptions"] == {"N": "1"}


def test_a_day_of_many_segments_is_written_whole_and_stays_exact(on: Table) -> None:
    # Five minutes in every ten: with the grid, more segments than one expression can have. Then one claim across all of them.
    starts = [NINE.replace(hour=8 + number // 6, minute=number % 6 * 10) for number in range(53)]
    for number in range(0, 53, 24):
        place(on, order(*(desks(1, start, minutes=5) for start in starts[number : number + 24])))
    assert len(on.ledger(DESKS.id, "2030-04-15")) > MAX_CHANGES

    place(on, order(desks(11, NINE.replace(hour=8), minutes=9 * 60)))

    day = (6 * 3600, 15 * 3600)
    boundaries = [6 * 3600 + number * 300 for number in range(106)]
    expected = {(start, start + 300): 11 + (number + 1) % 2 for number, start in enumerate(boundaries)}
    expected[boundaries[-1], day[1]] = expected.pop((boundaries[-1], boundaries[-1] + 300))
    assert in_use(on.ledger(DESKS.id, "2030-04-15")) == expected
    assert refusal(on, order(desks(1, starts[30], minutes=5))) == ["slot_unavailable"]
    assert place(on, order(desks(1, starts[30].replace(minute=starts[30].minute + 5), minutes=5)))


def test_what_falls_and_what_rises_in_one_segment_are_both_conditions(on: Table) -> None:
    key, clock = LedgerKey("any", "2030-04-15"), SystemClock(5)
    on.store.write(Context(ORGANIZATION.id, clock), [change(Ledger(key), [Claim(0, DAY, 1)], capacity=1)])
    (seen,) = on.store.read(Context(ORGANIZATION.id, clock), [ledger_item(key)], consistent=True).values()
    moves = change(seen, [Claim(7200, 9000, 1)], capacity=3, released=[Claim(0, 3600, 1)])
    assert (
        on.store.write(
            Context(ORGANIZATION.id, clock), [change(seen, capacity=None, released=[Claim(0, DAY, 1)])]
        )
        is None
    )

    assert on.store.write(Context(ORGANIZATION.id, clock), [moves]) is not None
    assert in_use(on.ledger("any", "2030-04-15")) == {}


@pytest.mark.parametrize("most_changes", [MAX_CHANGES, 50, 0])
@pytest.mark.parametrize("seed", range(8))
def test_the_engine_takes_and_refuses_what_the_model_says(
    on: Table, seed: int, most_changes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers plan on what they saw, while others change it: `LedgerChange.applied_to` equals the store's condition."""
    monkeypatch.setattr(ledger_module, "MAX_CHANGES", most_changes)
    random, key = Random(seed), LedgerKey("any", "2030-04-15")
    item = ledger_item(key)
    seen, numbers, outcomes = [Ledger(key)], count(), list[bool]()

    def read() -> Ledger:
        found: Ledger | None = on.store.read(
            Context(ORGANIZATION.id, SystemClock(5)), [item], consistent=True
        )[item]
        return found or Ledger(key)

    def claim() -> Claim:
        start = random.randrange(0, 22)
        return Claim(start * 1000, random.choice([start + 1, start + 2, 24]) * 1000, random.randint(1, 2))

    for _ in range(12):
        on_day = random.choice(seen[-3:])
        names = list(on_day.holds)
        ended = random.sample(names, min(len(names), random.randint(0, 1)))
        made = {
            f"order:try:{next(numbers)}": Hold("order", "try", claim(), False, 5)
            for _ in range(random.randint(0, 1))
        }
        planned = change(
            on_day,
            [claim() for _ in range(random.randint(0, 2))],
            capacity=random.choice([3, 4, None]),
            released=[claim()] if random.random() < 0.2 else [],
            holds=made,
            ended={name: on_day.holds[name] for name in ended},
            dropped=[name for name in names if name not in ended and random.random() < 0.3],
        )
        if planned.applied_to(on_day) is None:
            continue  # A writer whose own check fails does not try.
        before = read()
        expected = planned.applied_to(before)

        lost = on.store.write(Context(ORGANIZATION.id, SystemClock(5)), [planned])

        outcomes.append(lost is None)
        after = read()
        assert (lost is None) == (expected is not None)
        assert (after.segments, after.holds) == ((expected or before).segments, (expected or before).holds)
        assert after.version == (before.version if lost else before.version + 1) or before.version == 0
        assert lost is None or lost == {item: before}
        seen.append(after)
    assert outcomes.count(True) > 1


@contextmanager
def within_limits(on: Table) -> Iterator[list[int]]:
    """Checks every transaction against DynamoDB's limits, which the engine ignores: actions, and 4 KB for an expression."""
    sizes: list[int] = []

    def check(params: dict[str, Any], **_: Any) -> None:
        actions = [
            value for action in json.loads(params["body"])["TransactItems"] for value in action.values()
        ]
        sizes.append(len(actions))
        assert len(actions) <= 100
        for action in actions:
            for name in ("UpdateExpression", "ConditionExpression"):
                assert len(action.get(name, "")) <= 4096

    events = events_of(on.store)
    events.register("before-call.dynamodb.TransactWriteItems", check)
    try:
        yield sizes
    finally:
        events.unregister("before-call.dynamodb.TransactWriteItems", check)


@pytest.mark.parametrize("draft", [False, True])
@pytest.mark.parametrize("count", [97, 240])
def test_more_bookings_on_one_written_day_than_an_expression_has_room_for_are_placed(
    on: Table, count: int, draft: bool
) -> None:
    midnight = NINE.replace(hour=2)
    place(on, order(*(desks(1, midnight + timedelta(hours=hour), minutes=5) for hour in (7, 8, 9))))
    quarters = [midnight + timedelta(minutes=30 * (number % 47)) for number in range(count)]

    with within_limits(on) as sizes:
        placed = place(
            on, order(*(desks(1, start, minutes=15) for start in quarters), complete_order=not draft)
        )

    assert (len(sizes) > 1) == (count > 97)
    assert on.store.order(Context(ORGANIZATION.id, SystemClock(5)), placed.order.id) == (
        placed.order,
        list(placed.bookings),
    )
    ledger = on.ledger(DESKS.id, "2030-04-15")
    assert sum((end - start) * used for (start, end), used in ledger.items()) == count * 15 * 60 + 3 * 5 * 60
    holds = on.items()[f"{ORGANIZATION.id}#resource#{DESKS.id}", "ledger#2030-04-15"]["holds"]["M"]
    assert len(holds) == (count if draft else 0)


def test_a_draft_is_held_expired_and_taken_out_on_the_engine(on: Table) -> None:
    draft = place(on, order(complete_order=False))
    assert refusal(on, order()) == ["slot_unavailable"]

    later = SystemClock(20)
    later.now = lambda: draft.order.created_at + 16 * 60  # type: ignore[method-assign]
    place_order(Context(ORGANIZATION.id, later), read_config(order()), on.store)

    found = on.store.order(Context(ORGANIZATION.id, SystemClock(5)), draft.order.id)
    assert found
    assert found[0].status == "expired"
    assert in_use(on.ledger(ROOM.id, "2030-04-15")) == {(7 * 3600, 8 * 3600): 1}


def size(attributes: dict[str, dict[str, Any]]) -> int:
    """Estimates the bytes of an item by the published rule: names, values, and the overhead of maps."""
    return sum(len(name) + _size(*value.items()) for name, value in attributes.items())


def _size(typed: tuple[str, Any]) -> int:
    kind, value = typed
    match kind:
        case "M":
            return 3 + len(value) + size(value)
        case "N":
            return 1 + -(-len(value) // 2)
        case _:
            return len(value)


def test_a_transaction_is_sent_as_botocore_would_send_it(on: Table) -> None:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    operation = client.meta.service_model.operation_model("TransactWriteItems")
    with requested(on.store) as sent:
        on.store.write(
            Context(ORGANIZATION.id, SystemClock(5)),
            [NewCustomer(Customer(id="ä\u2028", email="x@example.com"))],
        )
    [(_, parameters)] = sent
    theirs, ours = (
        each._serializer.serialize_to_request(parameters, operation)  # noqa: SLF001
        for each in (client, on.store.connection.client)
    )
    assert json.loads(ours.pop("body")) == json.loads(theirs.pop("body")) == parameters
    assert ours == theirs


def test_a_prepared_write_sends_one_request_when_it_is_called(on: Table) -> None:
    context, key = Context(ORGANIZATION.id, SystemClock(5)), Key("customer", "eve")
    customer = Customer(id="eve", email="eve@example.com")
    with counted(on.store) as sent:
        write = on.store.prepare(context, [NewCustomer(customer)])
        assert sent == []
        assert write() is None
        assert sent == ["TransactWriteItems"]
    assert on.store.read(context, [key], consistent=True) == {key: customer}
    assert on.store.prepare(context, [NewCustomer(customer)])() == on.store.write(
        context, [NewCustomer(customer)]
    )


def test_a_transaction_is_not_searched_for_tables_of_other_accounts(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search of 100 actions takes botocore milliseconds, and what it looks for are ARNs of tables."""
    searched = []
    monkeypatch.setattr("jmespath.search", lambda *arguments: searched.append(arguments))
    store = on.new_store()
    assert store.write(Context(ORGANIZATION.id, SystemClock(5)), [NewCustomer(Customer(id="z"))]) is None
    key = Key("customer", "z")
    assert store.read(Context(ORGANIZATION.id, SystemClock(5)), [key], consistent=True)[key].id == "z"
    assert not searched


def test_a_client_that_speaks_another_protocol_is_left_as_it_is() -> None:
    """Botocore negotiates one of a model's protocols with the service. `protocol` is the model's first, not the negotiated one."""
    client = boto3.client("dynamodb", region_name="eu-central-1")
    assert client.meta.service_model.metadata["protocol"] == "json"
    client.meta.service_model.resolved_protocol = "smithy-rpc-v2-cbor"
    before = client._serializer.serialize_to_request  # noqa: SLF001

    leave_as_it_is(client)

    assert client._serializer.serialize_to_request == before  # noqa: SLF001
