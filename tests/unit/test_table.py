"""What is asked of DynamoDB and how often, and what each of its answers means. A connection that says what it is told to."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError, ResponseStreamingError
from pynamodb.exceptions import (
    CancellationReason,
    PutError,
    PynamoDBException,
    QueryError,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)
from pynamodb.expressions.operand import Path

from frontdesk.adapters.dynamodb import items, updates
from frontdesk.adapters.dynamodb import transaction as transaction_module
from frontdesk.adapters.dynamodb.items import ItemKey, row
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.adapters.dynamodb.table import MAX_KEYS, MAX_LISTED
from frontdesk.adapters.dynamodb.transaction import (
    ABSENT,
    Transaction,
    leave_as_it_is,
    send_change_until_known,
    send_until_known,
)
from frontdesk.adapters.dynamodb.updates import trail_row
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, change
from frontdesk.domain.orders.snapshot import Key, ledger_item
from frontdesk.domain.problems import Busy, OutcomeUnknown
from frontdesk.domain.sizes import ReadingRoom, TooMuchRead, item_bytes
from frontdesk.domain.trail import Actor, Entry
from frontdesk.usecases.context import Context
from tests.integration.test_conditions import SEEN
from tests.support.fakes import FakeClock

KEYS = [ItemKey("o", f"{number:03}") for number in range(250)]
NO_ANSWER = ReadTimeoutError(endpoint_url="nowhere")
NO_PAUSE = FakeClock(pauses=0)


class Connection:
    """Answers each call with the next of the answers, or raises it."""

    def __init__(self, real: Any, answers: list[Any]) -> None:
        self.get_operation_kwargs = real.get_operation_kwargs
        self.answers = iter(answers)
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def _answer(self, *arguments: Any, **named: Any) -> Any:
        self.calls.append((arguments, named))
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    batch_get_item = query = scan = transact_write_items = put_item = update_item = _answer

    def asked(self, name: str) -> list[Any]:
        return [named.get(name) for _, named in self.calls]


@pytest.fixture(scope="module")
def made() -> DynamoStore:
    return DynamoStore("table", region="eu-central-1")


@pytest.fixture
def answering(made: DynamoStore, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Connection]:
    """Gives the connection these answers, in this order."""
    real = made.connection

    def answer(*answers: Any) -> Connection:
        connection = Connection(real, list(answers))
        monkeypatch.setattr(made, "connection", connection)
        return connection

    return answer


def key(of: ItemKey) -> dict[str, Any]:
    return {"pk": {"S": of.pk}, "sk": {"S": of.sk}}


def batch(found: list[ItemKey], left: list[ItemKey] = []) -> dict[str, Any]:  # noqa: B006
    unprocessed = {"table": {"Keys": [key(each) for each in left]}} if left else {}
    return {"Responses": {"table": [key(each) for each in found]}, "UnprocessedKeys": unprocessed}


def refused(
    code: str, status: int = 400, reasons: Sequence[str | None] | None = None, of: Any = QueryError
) -> PynamoDBException:
    """Returns what pynamodb raises for an answer: an error with `reasons` for the actions of a transaction, or one without."""
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons is None:
        error: PynamoDBException = of("refused", ClientError(answer, "Call"))
        return error
    why = [each and CancellationReason(code=each) for each in reasons]
    return TransactWriteError("refused", VerboseClientError(answer, "Call", cancellation_reasons=why))


def unanswered(of: type[PynamoDBException] = TransactWriteError) -> PynamoDBException:
    return of("no answer", NO_ANSWER)


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("consistent", [True, False])
def test_many_keys_are_read_a_hundred_at_a_time(
    made: DynamoStore, answering: Callable[..., Connection], consistent: bool
) -> None:
    sent = answering(batch(KEYS[:100]), batch(KEYS[100:199]), batch([]))

    found = made.batch_get(KEYS, NO_PAUSE, consistent)

    assert [len(arguments[1]) for arguments, _ in sent.calls] == [MAX_KEYS, MAX_KEYS, 50]
    assert sent.asked("consistent_read") == [consistent] * 3
    assert list(found) == KEYS[:199]


def test_keys_that_were_not_looked_up_are_asked_for_again_after_a_pause(
    made: DynamoStore, answering: Callable[..., Connection]
) -> None:
    clock = FakeClock(pauses=1)
    sent = answering(batch(KEYS[:90], KEYS[90:100]), batch(KEYS[90:110]))

    assert list(made.batch_get(KEYS[:110], clock, True)) == KEYS[:110]

    assert [each["sk"] for each in sent.calls[1][0][1]] == [each.sk for each in KEYS[90:110]]
    assert clock.pauses_left == 0


def test_keys_that_are_never_looked_up_are_not_taken_for_nothing(
    made: DynamoStore, answering: Callable[..., Connection]
) -> None:
    answering(batch([], KEYS[:1]))

    with pytest.raises(Busy):
        made.batch_get(KEYS[:1], NO_PAUSE, True)


def day(segments: int, holds: int) -> Any:
    claims = [Claim(60 * minute, 60 * minute + 60, 1) for minute in range(0, 2 * segments, 2)]
    held = {
        f"{'o' * 36}:{'a' * 12}:{number:03}": Hold("o" * 36, "a" * 12, Claim(0, 60, 1), False, 1_800_000_000)
        for number in range(holds)
    }
    made = change(Ledger(LedgerKey("room", "2030-04-15")), claims, capacity=None, holds=held).result()
    return items.new_ledger_row(items.item_key("o", ledger_item(made.key)), made)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(day(300, 0), id="a day of many times"),
        pytest.param(day(1, 300), id="a day of many holds"),
        pytest.param(day(200, 200), id="a day of both"),
        pytest.param(row(ItemKey("o", "order"), body="x" * 20_000), id="an order"),
    ],
)
def test_what_is_read_for_a_decision_is_bounded_in_bytes(
    made: DynamoStore, answering: Callable[..., Connection], raw: Any
) -> None:
    """What is reckoned is never less than it is, and at most twice as much."""
    for most, fits in ((item_bytes(raw) - 100, False), (2 * item_bytes(raw), True)):
        answering({"Responses": {"table": [raw]}})
        room = ReadingRoom(most)
        if fits:
            assert made.batch_get(KEYS[:1], NO_PAUSE, True, room)
        else:
            with pytest.raises(TooMuchRead):
                made.batch_get(KEYS[:1], NO_PAUSE, True, room)


@pytest.mark.parametrize(
    ("how", "limit", "forward"),
    [({}, MAX_LISTED, True), ({"at_once": 7}, 7, True), ({"newest_first": True}, MAX_LISTED, False)],
)
def test_a_list_is_read_to_its_end_in_pages(
    made: DynamoStore, answering: Callable[..., Connection], how: dict[str, Any], limit: int, forward: bool
) -> None:
    sent = answering(
        {"Items": [1, 2], "LastEvaluatedKey": "two"},
        {"Items": []} | {"LastEvaluatedKey": "three"},
        {"Items": [3]},
    )

    assert list(made.entries("lists2", "all", NO_PAUSE, **how)) == [1, 2, 3]

    assert sent.asked("exclusive_start_key") == [None, "two", "three"]
    assert sent.asked("index_name") == ["lists2"] * 3
    assert (sent.asked("limit"), sent.asked("scan_index_forward")) == ([limit] * 3, [forward] * 3)


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_partition_is_read_to_its_end_as_it_is(
    made: DynamoStore, answering: Callable[..., Connection], newest_first: bool
) -> None:
    sent = answering({"Items": [1], "LastEvaluatedKey": "one"}, {"Items": [2]})

    assert list(made.partition("o", NO_PAUSE, newest_first=newest_first)) == [1, 2]

    assert sent.asked("exclusive_start_key") == [None, "one"]
    assert sent.asked("consistent_read") == [True] * 2
    assert sent.asked("scan_index_forward") == [not newest_first] * 2


@pytest.mark.parametrize(
    ("sk", "found"), [(["order", "booking#1", "booking#1#room"], True), (["booking#1"], False), ([], False)]
)
def test_bookings_without_their_order_are_none(
    made: DynamoStore, monkeypatch: pytest.MonkeyPatch, sk: list[str], found: bool
) -> None:
    """Those of an order that is being removed step by step are left for a moment."""
    monkeypatch.setattr(
        made, "partition", lambda *_, **__: iter([key(ItemKey("o#order#x", each)) for each in sk])
    )
    monkeypatch.setattr(items, "to_order", lambda *_: "the order")
    monkeypatch.setattr(items, "to_booking", lambda _, raw: raw["sk"]["S"])

    there: Any = made.order(Context("o", NO_PAUSE), "x")
    assert there == (("the order", ["booking#1"]) if found else None)


@pytest.mark.parametrize(
    ("since", "before", "bounds"),
    [
        (None, None, ("00000000000", "~")),
        (5, 1_900_000_000, ("00000000005", "01900000000")),
        (-5, -1, ("00000000000", "00000000000")),
    ],
)
def test_a_list_is_read_between_two_instants(
    made: DynamoStore,
    answering: Callable[..., Connection],
    since: int | None,
    before: int | None,
    bounds: tuple[str, str],
) -> None:
    sent = answering({"Items": []})

    list(made.listed("lists", "all", NO_PAUSE, since=since, before=before, newest_first=True, at_once=3))

    within = sent.calls[0][0][2]
    assert tuple(value.value["S"] for value in within.values[1:]) == bounds
    assert (sent.asked("limit"), sent.asked("scan_index_forward")) == ([3], [False])


# --- what an answer means -----------------------------------------------------------------------------------------

CROWDED = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]


@pytest.mark.parametrize(
    ("error", "is_sent_again", "is_unknown"),
    [
        *((refused(code), True, False) for code in ("ThrottlingException", "RequestLimitExceeded")),
        (refused("TransactionConflictException"), True, False),
        (refused("ValidationException"), False, False),
        (refused("ConditionalCheckFailedException"), False, False),
        (refused("ResourceNotFoundException"), False, False),
        # Whatever it calls itself: the service has failed, and may have done it before.
        (refused("Odd", 500), True, True),
        (refused("InternalServerError", 500), True, True),
        (refused("ServiceUnavailable", 503), True, True),
        (refused("TransactionInProgressException"), True, True),
        (unanswered(), True, True),
        (QueryError("of our own", ValueError()), False, False),
        (PynamoDBException("of our own"), False, False),
        *((refused("TransactionCanceledException", reasons=[None, code]), True, False) for code in CROWDED),
        (refused("TransactionCanceledException", reasons=CROWDED), True, False),
        (
            refused("TransactionCanceledException", reasons=["ConditionalCheckFailed", CROWDED[0]]),
            False,
            False,
        ),
        (refused("TransactionCanceledException", reasons=["ValidationError"]), False, False),
        (refused("TransactionCanceledException", reasons=[None]), False, False),
        (refused("ThrottlingException", reasons=[]), True, False),
        # Reasons are those of a transaction that was canceled, and of nothing else.
        (refused("ThrottlingException", reasons=["ConditionalCheckFailed"]), True, False),
        (refused("TransactionCanceledException"), False, False),
    ],
)
def test_a_request_is_sent_again_where_it_may_go_well_the_next_time(
    error: PynamoDBException, is_sent_again: bool, is_unknown: bool
) -> None:
    answers: Iterator[Any] = iter([error])

    def send() -> str:
        for answer in answers:
            raise answer
        return "done"

    clock = FakeClock(pauses=1)
    if not is_sent_again:
        with pytest.raises(type(error)):
            send_until_known(send, clock)
    else:
        assert send_until_known(send, clock) == "done"
    assert clock.pauses_left == (not is_sent_again)

    noted: list[bool] = []
    answers = iter([error])
    with pytest.raises(
        PynamoDBException if not is_sent_again else OutcomeUnknown if is_unknown else Busy
    ) as told:
        send_change_until_known(send, NO_PAUSE, lambda: noted.append(True))
    assert noted == [True] * is_unknown
    assert isinstance(told.value, OutcomeUnknown) is is_unknown


# --- writing ------------------------------------------------------------------------------------------------------


def test_what_was_lost_is_told_by_the_place_of_its_reason(
    made: DynamoStore, answering: Callable[..., Connection]
) -> None:
    """Checks are sent first, then deletions, puts and updates, however they were added."""
    places = ["check", "delete", "put", "update"]
    for lost in range(4):
        error = refused(
            "TransactionCanceledException",
            reasons=["ConditionalCheckFailed" if at == lost else None for at in range(4)],
        )
        sent = answering(error)
        transaction = Transaction(made.connection, "table")
        transaction.update(ItemKey("o", "update"), [Path("n").set(1)], Path("n") == 0)
        transaction.put(key(ItemKey("o", "put")), Path("n") == 0)
        transaction.delete(ItemKey("o", "delete"), Path("n") == 0)
        transaction.check(ItemKey("o", "check"), Path("n") == 0)

        assert transaction.commit(NO_PAUSE) == {ItemKey("o", places[lost]): None}

        actions = [each[0] for each in sent.calls[0][0]]
        assert [(each.get("Key") or each["Item"])["sk"]["S"] for each in actions] == places
        assert {each["ReturnValuesOnConditionCheckFailure"] for each in actions} == {"ALL_OLD"}


@pytest.mark.parametrize("first", ["put", "delete", "check", "update"])
@pytest.mark.parametrize("then", ["put", "delete", "check", "update"])
def test_two_actions_on_one_item_are_never_sent(made: DynamoStore, first: str, then: str) -> None:
    """DynamoDB refuses them, and no engine here does. The text names no customer."""
    at, transaction = ItemKey("o", "email#ada@example.com"), Transaction(made.connection, "table")
    add: dict[str, Callable[[], None]] = {
        "put": lambda: transaction.put(key(at)),
        "delete": lambda: transaction.delete(at),
        "check": lambda: transaction.check(at, ABSENT),
        "update": lambda: transaction.update(at, [Path("n").set(1)], ABSENT),
    }
    add[first]()

    with pytest.raises(ValueError, match=r"two actions on one item: email$"):
        add[then]()


@pytest.mark.parametrize(
    ("condition", "expression"),
    [(None, None), (ABSENT, "attribute_not_exists (pk)"), (Path("n") == 0, "#0 = :0")],
)
def test_a_put_has_its_condition(
    made: DynamoStore, answering: Callable[..., Connection], condition: Any, expression: str | None
) -> None:
    sent = answering({})
    transaction = Transaction(made.connection, "table")
    transaction.put(key(KEYS[0]), condition)
    transaction.delete(KEYS[1], condition)

    assert transaction.commit(NO_PAUSE) == {}

    [delete], [put] = sent.calls[0][0][1:3]
    assert put["Item"] == key(KEYS[0])
    assert put.get("ConditionExpression") == expression
    # What is there is told where that was the condition. Without one there is nothing to tell.
    told = [each.get("ReturnValuesOnConditionCheckFailure") for each in (put, delete)]
    assert told == ["ALL_OLD" if expression else None] * 2


@pytest.mark.parametrize(
    ("answers", "unknown"),
    [([{}], False), ([refused(CROWDED[0] + "Exception"), {}], False), ([unanswered(), {}], True)],
)
def test_a_transaction_knows_whether_an_attempt_got_no_answer(
    made: DynamoStore, answering: Callable[..., Connection], answers: list[Any], unknown: bool
) -> None:
    """All attempts have one token: DynamoDB takes them for one."""
    sent = answering(*answers)
    transaction = Transaction(made.connection, "table")
    transaction.put(key(KEYS[0]))

    assert transaction.commit(FakeClock()) == {}

    assert transaction.unanswered is unknown
    assert len(set(sent.asked("client_request_token"))) == 1


@pytest.mark.parametrize(
    ("code", "raised"), [("ConditionalCheckFailedException", False), ("ValidationException", True)]
)
def test_one_item_is_written_where_its_condition_holds(
    made: DynamoStore, answering: Callable[..., Connection], code: str, raised: bool
) -> None:
    def put() -> None:
        made.put_new(key(KEYS[0]), NO_PAUSE)

    def update() -> bool:
        return made.update(KEYS[0], [Path("n").set(1)], ABSENT, NO_PAUSE)

    for write, of in ((put, PutError), (update, UpdateError)):
        sent = answering(refused(code, of=of))
        if raised:
            with pytest.raises(of):
                write()
        else:
            assert not write()
        assert sent.asked("attributes") == [key(KEYS[0]) if write is put else None]
        assert sent.asked("condition") == [ABSENT]
    answering({})
    assert update()


@pytest.mark.parametrize(
    ("found", "there"), [([row(KEYS[0], n=1)], True), ([row(KEYS[0], n=2)], False), ([], False)]
)
def test_what_a_transaction_has_put_is_looked_for_once_as_it_is(
    made: DynamoStore, answering: Callable[..., Connection], found: list[Any], there: bool
) -> None:
    """Its time is up: where nobody answers, it is not taken for done."""
    transaction = Transaction(made.connection, "table")
    transaction.put(row(KEYS[0], n=1))
    sent = answering({"Responses": {"table": found}})

    assert made.has_put(transaction, FakeClock()) is there

    assert sent.asked("consistent_read") == [True]
    answering(refused("ThrottlingException"))
    assert not made.has_put(transaction, FakeClock())


def test_an_entry_of_the_trail_is_read_as_it_was_written_and_ends_by_itself() -> None:
    entry = Entry(
        at=1_800_000_000, action="changed", actor=Actor("token", "t", "Till"), changes={"note": None}
    )

    raw = trail_row(KEYS[0], entry)

    assert Entry.model_validate_json(raw["body"]["S"]) == entry
    assert raw["delete_at"]["N"] == str(entry.delete_at)
    # There are several for each order, for years: what every entry has by default is not stored with each.
    assert "reason" not in raw["body"]["S"]


def test_the_audit_of_a_resource_knows_whose_holds_are_on_it(
    made: DynamoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that was interrupted may hold a day before it is listed anywhere, and one may be unreadable.

    Of one that is being canceled, all bookings say what is left of it.
    """
    canceling = SEEN.model_copy(update={"canceling": (1, 2, 3), "booking_count": 3})
    listed, *others = (Key("booking", f"{SEEN.id}-{number}") for number in (2, 1, 3))
    asked: list[set[Key]] = []
    orders = [("o", Key("order", SEEN.id), canceling), ("o", Key("order", "x"), None)]
    found: Iterator[list[Any]] = iter([[], orders, []])

    def all_of(_: Context, keys: Iterable[Key]) -> Iterator[Any]:
        asked.append(set(keys))
        return iter(next(found))

    monkeypatch.setattr(made, "partition", lambda *_: iter([day(1, 1)]))
    lists = iter([[SimpleNamespace(key=listed)]])
    monkeypatch.setattr(made, "listed", lambda *_: iter(next(lists, [])))
    monkeypatch.setattr(made, "_all", all_of)

    (_, of, _), *rest = made.of_resource(Context("o", NO_PAUSE), "room")

    assert (of.kind, rest) == ("ledger", orders)
    assert asked == [{listed}, {Key("order", SEEN.id), Key("order", "o" * 36)}, set(others)]


def test_what_is_read_of_a_resource_is_read_as_it_is(
    made: DynamoStore, answering: Callable[..., Connection]
) -> None:
    """The audit would find mistakes where there are none."""
    sent = answering(batch([]), batch([]))

    found = list(made._all(Context("o", NO_PAUSE), [Key("order", str(n)) for n in range(150)]))  # noqa: SLF001

    assert (found, sent.asked("consistent_read")) == ([], [True, True])


def test_all_that_there_is_is_read_as_it_is(made: DynamoStore, answering: Callable[..., Connection]) -> None:
    sent = answering({"Items": [], "LastEvaluatedKey": "one"}, {"Items": []})

    assert list(made.everything(NO_PAUSE)) == []

    assert (sent.asked("consistent_read"), sent.asked("exclusive_start_key")) == ([True] * 2, [None, "one"])


def test_a_token_that_was_revoked_is_not_read_as_it_was(
    made: DynamoStore, answering: Callable[..., Connection]
) -> None:
    sent = answering(batch([]))

    assert made.token("o", "digest", NO_PAUSE) is None

    assert sent.asked("consistent_read") == [True]


@pytest.mark.parametrize(
    ("later", "fraction"), [(-1.0, "000000"), (0.0, "000000"), (0.25, "250000"), (5.0, "999999")]
)
def test_entries_of_one_second_are_in_the_order_in_which_they_were_made(
    later: float, fraction: str, made: DynamoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is removed has an entry, too, by what it was."""
    at = 1_800_000_000
    monkeypatch.setattr(updates, "time_ns", lambda: at * 10**9 + int(later * 1000) * 10**6)
    context = Context("o", FakeClock(at), Actor("token", "t", "Till"))
    customer = Customer(id="carla", email="carla@example.com", version=7)
    for before, after in ((None, customer), (customer, None)):
        transaction = Transaction(made.connection, "table")

        updates.record(transaction, context, "changed", "customers", before, after)

        [of] = transaction.rows
        assert of.sk.startswith(f"{at:011}#{fraction}000007")


# --- botocore -----------------------------------------------------------------------------------------------------


class Client:
    """The parts of a client of botocore that are looked at. Older ones negotiate no protocol, or keep no serializer there."""

    def __init__(self, *, negotiated: Any = "json", first: str = "json", serializes: bool = True) -> None:
        self.operations = {
            name: SimpleNamespace(name=name, operation_context_parameters=["arn"])
            for name in ("TransactWriteItems", "BatchGetItem", "Query")
        }
        model = SimpleNamespace(metadata={"protocol": first}, operation_model=self.operations.__getitem__)
        if negotiated:
            model.resolved_protocol = negotiated
        self.hooks: list[str] = []
        events = SimpleNamespace(register=lambda name, _: self.hooks.append(name))
        self.meta = SimpleNamespace(events=events, service_model=model)
        if serializes:
            self._serializer = SimpleNamespace(serialize_to_request=self.theirs)

    def theirs(self, parameters: Any, operation: Any) -> dict[str, Any]:
        return {"body": f"botocore's {sorted(parameters)}", "operation": operation.name}

    def sent(self, name: str) -> dict[str, Any]:
        made: dict[str, Any] = self._serializer.serialize_to_request({"n": 1}, self.operations[name])
        return made


@pytest.mark.parametrize(
    ("speaks", "is_quick"),
    [
        ({}, True),
        ({"negotiated": None}, True),
        ({"negotiated": "json", "first": "cbor"}, True),
        ({"negotiated": "cbor"}, False),
        ({"negotiated": None, "first": "cbor"}, False),
    ],
)
def test_a_client_that_speaks_json_sends_transactions_as_they_are(
    speaks: dict[str, Any], is_quick: bool
) -> None:
    client = Client(**speaks)

    leave_as_it_is(client)

    assert client.sent("Query") == {"body": "botocore's ['n']", "operation": "Query"}
    made = client.sent("TransactWriteItems")
    assert made["operation"] == "TransactWriteItems"
    assert made["body"] == (b'{"n":1}' if is_quick else "botocore's ['n']")
    searched = [name for name, each in client.operations.items() if each.operation_context_parameters]
    assert searched == (["Query"] if is_quick else ["TransactWriteItems", "BatchGetItem", "Query"])
    assert client.hooks == ["before-parse.dynamodb"]


@pytest.mark.parametrize("serializer", [None, SimpleNamespace()])
def test_a_client_of_another_botocore_is_left_as_it_is(serializer: Any) -> None:
    client = Client(serializes=False)
    if serializer:
        client._serializer = serializer  # noqa: SLF001

    leave_as_it_is(client)

    assert client.hooks == ["before-parse.dynamodb"]
    assert not vars(serializer or SimpleNamespace())


@pytest.mark.parametrize(
    ("status", "body", "read", "left"),
    [
        (200, b'{"n": 1}', {"n": 1}, b"{}"),
        (200, b"", {}, b""),
        (400, b'{"n": 1}', {}, b'{"n": 1}'),
    ],
)
def test_an_answer_is_read_once(status: int, body: bytes, read: dict[str, Any], left: bytes) -> None:
    """Refusals are for botocore, which makes errors of them."""
    answer, customized = {"status_code": status, "body": body}, dict[str, Any]()

    transaction_module._read_as_it_is(answer, customized)  # noqa: SLF001

    assert (customized, answer["body"]) == (read, left)


def test_an_answer_that_is_cut_short_is_none() -> None:
    with pytest.raises(ResponseStreamingError):
        transaction_module._read_as_it_is({"status_code": 200, "body": b'{"n'}, {})  # noqa: SLF001
