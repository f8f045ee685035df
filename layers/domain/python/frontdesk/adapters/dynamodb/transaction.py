"""One TransactWriteItems call: actions with their conditions. The call is repeated until its outcome is known."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError, ResponseStreamingError
from pydantic_core import from_json, to_json
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.items import ItemKey, Raw, key_of_row
from frontdesk.domain.problems import Busy, OutcomeUnknown
from frontdesk.usecases.context import Clock, retries

_T = TypeVar("_T")

ABSENT: Condition = Path("pk").does_not_exist()
_ABSENT = {
    "ConditionExpression": "attribute_not_exists (pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}

# Not caused by the request: another transaction was writing the item, or there were too many requests.
_CROWDED = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_PASSING = frozenset(
    {
        "TransactionInProgressException",
        "TransactionConflictException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)


# The operations that are sent without conversion.
_AS_IT_IS = ("TransactWriteItems", "BatchGetItem")


class Transaction:
    """Collects actions, each on a different item. `commit` sends them. `unanswered` says whether an attempt got no answer."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self.connection = connection
        self.table_name = table_name
        self.unanswered = False
        self._checks: dict[ItemKey, dict[str, Any]] = {}
        self._deletes: dict[ItemKey, dict[str, Any]] = {}
        self._puts: dict[ItemKey, dict[str, Any]] = {}
        self._updates: dict[ItemKey, dict[str, Any]] = {}

    @property
    def rows(self) -> Mapping[ItemKey, Raw]:
        """The items that the transaction puts."""
        return {key: put["Item"] for key, put in self._puts.items()}

    def put(self, row: Raw, condition: Condition | None = None) -> None:
        """Adds a put, which writes a whole item. If `condition` does not hold, the transaction fails."""
        key = key_of_row(row)
        if condition is None:
            action: dict[str, Any] = {"TableName": self.table_name}
        elif condition is ABSENT:
            # This is by far the most frequent condition, and building an expression takes longer than everything else.
            action = {"TableName": self.table_name, **_ABSENT}
        else:
            action = self._action(key, "Item", None, condition)
        self._take(self._puts, key, {**action, "Item": row})

    def check(self, key: ItemKey, condition: Condition) -> None:
        """Adds a condition on an item that the transaction does not write."""
        self._take(self._checks, key, self._action(key, "Key", None, condition))

    def delete(self, key: ItemKey, condition: Condition | None = None) -> None:
        """Adds the deletion of an item. If `condition` does not hold, the transaction fails."""
        self._take(self._deletes, key, self._action(key, "Key", None, condition))

    def update(self, key: ItemKey, actions: Sequence[Action], condition: Condition) -> None:
        """Adds an update of some attributes of an item. If `condition` does not hold, the transaction fails."""
        self._take(self._updates, key, self._action(key, "Key", actions, condition))

    def commit(self, clock: Clock) -> Mapping[ItemKey, Raw | None]:
        """Sends the transaction. Returns an empty mapping if everything was written.

        Otherwise, returns the items whose conditions failed, in their current state, with None for missing ones. Retries after throttling,
        after a conflict with another transaction, and after a lost answer. DynamoDB treats all attempts as one transaction. When the time
        is up, raises OutcomeUnknown if any attempt got no answer, otherwise Busy.
        """
        token = str(uuid4())

        def send() -> Any:
            return self.connection.transact_write_items(
                list(self._checks.values()),
                list(self._deletes.values()),
                list(self._puts.values()),
                list(self._updates.values()),
                client_request_token=token,
            )

        try:
            send_change_until_known(send, clock, self._note_unanswered)
        except TransactWriteError as error:
            # Reasons are in the order in which pynamodb sends the actions.
            sent = [*self._checks, *self._deletes, *self._puts, *self._updates]
            reasons = zip(sent, error.cancellation_reasons, strict=False)
            lost = {
                key: reason.raw_item
                for key, reason in reasons
                if reason and reason.code == "ConditionalCheckFailed"
            }
            if not lost:
                raise
            return lost
        return {}

    def _note_unanswered(self) -> None:
        self.unanswered = True

    def _take(self, kind: dict[ItemKey, dict[str, Any]], key: ItemKey, action: dict[str, Any]) -> None:
        if key in self._checks or key in self._deletes or key in self._puts or key in self._updates:
            # DynamoDB refuses such a transaction, but local engines do not. The key may contain an address, so the text leaves it out.
            raise ValueError(f"two actions on one item: {key.sk.partition('#')[0]}")
        kind[key] = action

    def _action(
        self, key: ItemKey, name: str, actions: Sequence[Action] | None, condition: Condition | None
    ) -> dict[str, Any]:
        return self.connection.get_operation_kwargs(
            self.table_name,
            key.pk,
            key.sk,
            key=name,
            actions=actions,
            condition=condition,
            return_values_on_condition_failure=None if condition is None else "ALL_OLD",
        )


def leave_as_it_is(client: Any) -> None:
    """Makes a boto client pass on DynamoDB's JSON unchanged, in transactions, batch reads and all answers.

    Boto's conversion of values took a fifth of an import's time. Only binary values need it, and Frontdesk
    stores none.
    """
    client.meta.events.register("before-parse.dynamodb", _read_as_it_is)
    serializer: Any = getattr(client, "_serializer", None)
    serialize = getattr(serializer, "serialize_to_request", None)
    model = client.meta.service_model
    # The protocol negotiated with the service. Older versions of botocore know only one.
    protocol = getattr(model, "resolved_protocol", None) or model.metadata.get("protocol")
    if serialize is None or protocol != "json":
        # A release of botocore without this private attribute converts requests as usual.
        return

    def serialize_to_request(parameters: dict[str, Any], operation: Any) -> Any:
        if operation.name not in _AS_IT_IS:
            return serialize(parameters, operation)
        return serialize({}, operation) | {"body": to_json(parameters)}

    serializer.serialize_to_request = serialize_to_request
    # Before each call, botocore searches it for tables named by ARN, whose accounts could have endpoints of their own. Frontdesk names
    # its table by name.
    for operation in map(model.operation_model, _AS_IT_IS):
        operation.operation_context_parameters = []


def _read_as_it_is(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] == 200 and response_dict["body"]:
        try:
            customized_response_dict.update(from_json(response_dict["body"]))
        except ValueError as error:
            # The write may have taken effect, exactly as with no answer at all.
            raise ResponseStreamingError(error=error) from error
        response_dict["body"] = b"{}"


def send_until_known(send: Callable[[], _T], clock: Clock) -> _T:
    """Sends a request, and repeats it after increasing random pauses until its outcome is known. Raises Busy when the time is up."""
    retrying = retries(clock)
    while True:
        try:
            return send()
        except PynamoDBException as error:
            if not _may_pass(error):
                raise
        next(retrying)


def send_change_until_known(
    send: Callable[[], _T], clock: Clock, note_unanswered: Callable[[], None] = lambda: None
) -> _T:
    """Sends a write, and repeats it after increasing random pauses until its outcome is known.

    Calls `note_unanswered` after each attempt without an answer. When the time is up, raises OutcomeUnknown if there was such an attempt,
    otherwise Busy.
    """
    unanswered = False

    def noting() -> _T:
        nonlocal unanswered
        try:
            return send()
        except PynamoDBException as error:
            if _has_no_answer(error):
                unanswered = True
                note_unanswered()
            raise

    try:
        return send_until_known(noting, clock)
    except Busy:
        if unanswered:
            raise OutcomeUnknown from None
        raise


def _has_no_answer(error: PynamoDBException) -> bool:
    """Whether the outcome of the request is unknown: it may have taken effect, or may still take effect."""
    if not isinstance(error.cause, ClientError):
        return isinstance(error.cause, BotoCoreError)
    answer = error.cause.response
    return (
        answer["Error"]["Code"] == "TransactionInProgressException"
        or answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    )


def _may_pass(error: PynamoDBException) -> bool:
    if not isinstance(error.cause, ClientError):
        return isinstance(
            error.cause, BotoCoreError
        )  # No answer: the connection failed or took too long, or the answer is not JSON.
    answer = error.cause.response
    if isinstance(error, TransactWriteError) and answer["Error"]["Code"] == "TransactionCanceledException":
        codes = {reason.code for reason in error.cancellation_reasons if reason}
        return bool(codes) and codes <= _CROWDED
    return (
        answer["Error"]["Code"] in _PASSING
        or answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    )
