"""The store on a real engine: what is written is read back, two calls an order, and what faults do to it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from pynamodb.exceptions import TransactWriteError

from frontdesk.bootstrap import SystemClock
from frontdesk.model.config import read_config
from frontdesk.model.order import Notification
from frontdesk.model.problems import Busy, FrontdeskError
from frontdesk.model.snapshot import Key
from frontdesk.store import dynamodb
from frontdesk.usecases.place_order import Placed, place_order
from tests.demo import ADA, DESKS, NINE, ORGANIZATION, ROOM, SECOND_ROOM, desks, meeting, order
from tests.engine import Table, table
from tests.faults import answer_lost, counted, refused


@pytest.fixture
def on(ministack_dynamodb: str) -> Iterator[Table]:
    with table(ministack_dynamodb) as made:
        yield made


def place(on: Table, body: object, seconds: float = 20) -> Placed:
    return place_order(read_config(body), ORGANIZATION.id, on.store, SystemClock(seconds))


def refusal(on: Table, body: object) -> list[str]:
    with pytest.raises(FrontdeskError) as error:
        place(on, body)
    return [problem.code for problem in error.value.problems]


def test_an_order_is_read_back_as_it_was_placed(on: Table) -> None:
    both = meeting(customer_note="Ring twice", booking_add_ons=[]) | {"resource_id": [SECOND_ROOM.id, ROOM.id]}
    placed = place(on, order(both, desks(3), voucher_code="ONCE10"))

    found = on.store.order(ORGANIZATION.id, placed.order.id, SystemClock(5))

    assert found == (placed.order, list(placed.bookings))


def test_an_order_takes_two_calls(on: Table) -> None:
    with counted(on.store) as sent:
        place(on, order(meeting(), desks(2), voucher_code="ONCE10"))

    assert sent == ["BatchGetItem", "TransactWriteItems"]


def test_a_refusal_takes_two_reads_and_writes_nothing(on: Table) -> None:
    place(on, order())
    before = on.items()

    with counted(on.store) as sent:
        assert refusal(on, order(meeting(), desks(1), voucher_code="ONCE10")) == ["slot_unavailable"]

    assert sent == ["BatchGetItem", "BatchGetItem"]
    assert on.items() == before


def test_a_plain_order_stays_within_its_units(on: Table) -> None:
    before = on.items()
    place(on, order())
    written = [size(item) for key, item in on.items().items() if before.get(key) != item]

    # Two units for each started KB in a transaction; on a day that has bookings already the ledger is no larger.
    assert sum(2 * -(-bytes // 1024) for bytes in written) <= 8


def test_every_resource_of_a_booking_lists_it(on: Table) -> None:
    placed = place(on, order(meeting() | {"resource_id": [ROOM.id, SECOND_ROOM.id]}))

    for room in (ROOM, SECOND_ROOM):
        listed = on.client.query(
            TableName=on.name,
            IndexName="lists",
            KeyConditionExpression="list_pk = :month",
            ExpressionAttributeValues={":month": {"S": f"{ORGANIZATION.id}#resource#{room.id}#2030-04"}},
        )["Items"]
        assert [item["list_sk"]["S"].partition("#")[2] for item in listed] == [placed.bookings[0].id]


def test_more_keys_than_one_call_takes_are_read_in_several(on: Table) -> None:
    keys = {Key("customer", str(number)) for number in range(230)} | {Key("customer", ADA.id)}

    found = on.store.read(ORGANIZATION.id, keys, SystemClock(5), consistent=False)

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

    assert on.ledger(ROOM.id, "2030-04-15") == {0: 0, 25200: 1, 28800: 0}


def test_crowding_beyond_the_time_left_is_busy_and_leaves_nothing(on: Table) -> None:
    before = on.items()
    with (
        refused(on.store, "TransactWriteItems", 10_000, "TransactionCanceledException", "TransactionConflict"),
        pytest.raises(Busy) as busy,
    ):
        place(on, order(), seconds=0.5)

    assert busy.value.retry_after
    assert on.items() == before


def test_throttled_reads_are_waited_out(on: Table) -> None:
    with refused(on.store, "BatchGetItem", 3, "ProvisionedThroughputExceededException"):
        place(on, order())


def test_what_is_our_own_mistake_is_not_sent_again(on: Table) -> None:
    with refused(on.store, "TransactWriteItems", 1, "ValidationException"), counted(on.store) as sent, pytest.raises(TransactWriteError):
        place(on, order())

    assert sent.count("TransactWriteItems") == 1


def test_an_order_whose_answer_was_lost_is_placed_once(on: Table) -> None:
    with answer_lost(on.store, "TransactWriteItems", 2):
        placed = place(on, order(voucher_code="ONCE10"))

    items = on.items()
    assert on.ledger(ROOM.id, "2030-04-15") == {0: 0, 25200: 1, 28800: 0}
    assert [key for key in items if key[1] == "order"] == [(f"{ORGANIZATION.id}#order#{placed.order.id}", "order")]
    assert items[f"{ORGANIZATION.id}#voucher#once10", "voucher"]["redemptions"] == {"N": "1"}


@pytest.fixture
def forgetful(on: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB as it is after ten minutes: it does not know a request's token any more."""
    connection = on.store._connection  # noqa: SLF001
    send = connection.transact_write_items
    monkeypatch.setattr(
        connection,
        "transact_write_items",
        lambda *actions, **_: send(*actions, client_request_token=str(uuid4())),
    )


def test_an_order_is_known_as_our_own_even_if_its_token_was_forgotten(on: Table, forgetful: None) -> None:
    with answer_lost(on.store, "TransactWriteItems", 1):
        place(on, order())

    assert on.ledger(ROOM.id, "2030-04-15") == {0: 0, 25200: 1, 28800: 0}


def test_control_an_order_that_is_not_known_as_our_own_refuses_itself(on: Table, forgetful: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamodb, "_is_written_by", lambda *_: False)

    with answer_lost(on.store, "TransactWriteItems", 1):
        assert refusal(on, order()) == ["slot_unavailable"]


def test_a_day_of_many_segments_is_written_whole_and_stays_exact(on: Table) -> None:
    # Five minutes apart: 2 x 53 boundaries, more than one expression takes, then one claim across all of them.
    starts = [NINE.replace(hour=8 + number // 6, minute=number % 6 * 10) for number in range(53)]
    for number in range(0, 53, 24):
        place(on, order(*(desks(1, start, minutes=5) for start in starts[number : number + 24])))

    place(on, order(desks(11, NINE.replace(hour=8), minutes=9 * 60)))

    assert max(on.ledger(DESKS.id, "2030-04-15").values()) == 12
    assert refusal(on, order(desks(1, starts[30], minutes=5))) == ["slot_unavailable"]
    assert place(on, order(desks(1, starts[30].replace(minute=starts[30].minute + 5), minutes=5)))


def test_a_draft_is_held_expired_and_taken_out_on_the_engine(on: Table) -> None:
    draft = place(on, order(complete_order=False))
    assert refusal(on, order()) == ["slot_unavailable"]

    later = SystemClock(20)
    later.now = lambda: draft.order.created_at + 16 * 60  # type: ignore[method-assign]
    place_order(read_config(order()), ORGANIZATION.id, on.store, later)

    found = on.store.order(ORGANIZATION.id, draft.order.id, SystemClock(5))
    assert found
    assert found[0].status == "expired"
    assert on.ledger(ROOM.id, "2030-04-15") == {0: 0, 25200: 1, 28800: 0}


def test_a_mails_state_is_written_only_over_the_one_that_was_seen(on: Table) -> None:
    placed = place(on, order()).order
    lease = Notification(state="sending", attempts=1, lease="event", lease_until=1)

    assert on.store.write_notification(placed, lease, SystemClock(5), seen=placed.notification)
    assert not on.store.write_notification(placed, lease, SystemClock(5), seen=placed.notification)
    assert not on.store.write_notification(placed, lease, SystemClock(5), seen=None)


def size(item: dict[str, dict[str, object]]) -> int:
    """About the bytes of an item by the published rule: names and values."""
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())
