"""Faults of real DynamoDB that no local engine has: conflicts, throttling, and lost answers."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from threading import Lock, local
from time import sleep
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from frontdesk.adapters.dynamodb.store import DynamoStore

Fault = Callable[[str], bool]


def events_of(store: DynamoStore) -> Any:
    return store.connection.client.meta.events


@contextmanager
def counted(store: DynamoStore) -> Iterator[list[str]]:
    """Yields the operations sent to DynamoDB during the block, in order."""
    sent: list[str] = []

    def note(model: Any, **_: Any) -> None:
        sent.append(model.name)

    with _hooked(store, "before-call.dynamodb", note):
        yield sent


@contextmanager
def requested(store: DynamoStore) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Yields (operation, parameters) of the requests to DynamoDB during the block, in order."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        sent.append((model.name, params))

    with _hooked(store, "provide-client-params.dynamodb", note):
        yield sent


@contextmanager
def refused(
    store: DynamoStore, operation: str, times: int, error: str, reason: str | None = None
) -> Iterator[None]:
    """Answers the next `times` calls of an operation with an error, without effect."""
    left = times
    body: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{error}", "message": "injected"}
    if reason:
        body["CancellationReasons"] = [{"Code": reason}]

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        nonlocal left
        if left == 0:
            return None
        left -= 1
        return AWSResponse(
            request.url, 400, {"content-type": "application/x-amz-json-1.0"}, _Raw(json.dumps(body).encode())
        )

    with _hooked(store, f"before-send.dynamodb.{operation}", answer, first=True):
        yield


@contextmanager
def canceled(store: DynamoStore, reasons: Sequence[str]) -> Iterator[None]:
    """Cancels every transaction with these reasons for its actions, without effect."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        return refusal(request, "TransactionCanceledException", reasons)

    with _hooked(store, "before-send.dynamodb.TransactWriteItems", answer, first=True):
        yield


@contextmanager
def answer_lost(store: DynamoStore, operation: str, times: int) -> Iterator[None]:
    """The next `times` calls of an operation take effect, but their answers are lost."""
    left = times

    def lose(**_: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            raise ReadTimeoutError(endpoint_url="injected")

    with _hooked(store, f"after-call.dynamodb.{operation}", lose):
        yield


@contextmanager
def answer_cut_short(store: DynamoStore, operation: str, times: int) -> Iterator[None]:
    """The next `times` calls of an operation take effect, but only the beginning of each answer arrives."""
    left = times

    def cut(response_dict: dict[str, Any], **_: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            response_dict["body"] = b'{"Cons'

    with _hooked(store, f"before-parse.dynamodb.{operation}", cut, first=True):
        yield
    assert left == 0


@contextmanager
def never_arriving(store: DynamoStore, operation: str, times: int) -> Iterator[list[dict[str, Any]]]:
    """The next `times` calls of an operation time out without effect. Yields their parameters, so that a test can send them late."""
    under_way: list[dict[str, Any]] = []

    def stop(request: Any, **_: Any) -> None:
        if len(under_way) < times:
            under_way.append(json.loads(request.body))
            raise ReadTimeoutError(endpoint_url="injected")

    with _hooked(store, f"before-send.dynamodb.{operation}", stop, first=True):
        yield under_way


@contextmanager
def paged(store: DynamoStore, size: int, between: Callable[[int], None]) -> Iterator[None]:
    """Gives queries pages of `size` items, and calls `between` after each with its number, from 1."""
    pages = count(1)

    def limit(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = size

    def turn(**_: Any) -> None:
        between(next(pages))

    with (
        _hooked(store, "provide-client-params.dynamodb.Query", limit),
        _hooked(store, "after-call.dynamodb.Query", turn),
    ):
        yield


@contextmanager
def throttled(store: DynamoStore, every: int) -> Iterator[None]:
    """Throttles every nth call."""
    numbers = count(1)
    body = json.dumps(
        {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "injected"}
    ).encode()

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        if next(numbers) % every:
            return None
        return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, _Raw(body))

    with _hooked(store, "before-send.dynamodb", answer):
        yield


@contextmanager
def answers_lost(store: DynamoStore, every: int) -> Iterator[None]:
    """Every nth call takes effect, but its answer is lost. `every` is n."""
    numbers = count(1)

    def lose(**_: Any) -> None:
        if next(numbers) % every == 0:
            raise ReadTimeoutError(endpoint_url="injected")

    with _hooked(store, "after-call.dynamodb", lose):
        yield


@contextmanager
def _hooked(
    store: DynamoStore, event: str, hook: Callable[..., Any], *, first: bool = False
) -> Iterator[None]:
    events = events_of(store)
    (events.register_first if first else events.register)(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)


class Tokens:
    """Real DynamoDB's rule, which the local engine Roto lacks: a transaction with the token of a successful one is not repeated.

    If its actions are the same, it succeeds without effect. Otherwise, it is refused. Unlike DynamoDB's, tokens do not expire.
    """

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}
        self._own = local()

    def of(self, store: DynamoStore) -> DynamoStore:
        """Applies DynamoDB's rule for transaction tokens to a store's requests, and returns the store."""
        events = events_of(store)
        events.register_first("before-send.dynamodb.TransactWriteItems", self._send)
        # Before anybody else reads or loses the answer.
        events.register_first("before-parse.dynamodb.TransactWriteItems", self._note)
        return store

    def _send(self, request: Any, **_: Any) -> AWSResponse | None:
        sent = json.loads(request.body)
        self._own.sent = token, actions = sent["ClientRequestToken"], sent["TransactItems"]
        if token not in self._known:
            return None
        if self._known[token] != actions:
            return refusal(request, "IdempotentParameterMismatchException")
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, _Raw(b"{}"))

    def _note(self, response_dict: dict[str, Any], **_: Any) -> None:
        if response_dict["status_code"] == 200:
            token, actions = self._own.sent
            self._known[token] = actions


class Overlaps:
    """Real DynamoDB's rule, which no local engine has: a transaction gets TransactionConflict while another one uses one of its items.

    `seconds` is the minimum time for which a transaction uses its items.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.conflicts = 0
        self._at: set[tuple[str, str]] = set()
        self._lock = Lock()
        self._own = local()

    def _enter(self, request: Any, **_: Any) -> AWSResponse | None:
        # botocore itself does not resend. A name is that of the kind of action.
        wanted = [
            (key["pk"]["S"], key["sk"]["S"])
            for entry in json.loads(request.body)["TransactItems"]
            for action in entry.values()
            for key in (action.get("Key") or action["Item"],)
        ]
        with self._lock:
            taken = [key in self._at for key in wanted]
            if not any(taken):
                self._at.update(wanted)
                self._own.keys = wanted
        if any(taken):
            self.conflicts += 1
            body = {
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "message": "injected",
                "CancellationReasons": [
                    {"Code": "TransactionConflict" if each else "None"} for each in taken
                ],
            }
            return AWSResponse(
                request.url,
                400,
                {"content-type": "application/x-amz-json-1.0"},
                _Raw(json.dumps(body).encode()),
            )
        if self.seconds:
            sleep(self.seconds)
        return None

    def _leave(self, **_: Any) -> None:
        with self._lock:
            self._at.difference_update(self._own.__dict__.pop("keys", ()))

    @contextmanager
    def between(self, *stores: DynamoStore) -> Iterator["Overlaps"]:
        hooks = {
            "before-send.dynamodb.TransactWriteItems": self._enter,
            "after-call.dynamodb.TransactWriteItems": self._leave,
            "after-call-error.dynamodb.TransactWriteItems": self._leave,
        }
        for store in stores:
            for name, hook in hooks.items():
                events_of(store).register(name, hook)
        try:
            yield self
        finally:
            for store in stores:
                for name, hook in hooks.items():
                    events_of(store).unregister(name, hook)


def refusal(request: Any, error: str, reasons: Sequence[str] = ()) -> AWSResponse:
    """Returns a refusal of DynamoDB. `reasons` are those of a canceled transaction, action by action."""
    body = {
        "__type": f"com.amazonaws.dynamodb.v20120810#{error}",
        "message": "injected",
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return AWSResponse(
        request.url, 400, {"content-type": "application/x-amz-json-1.0"}, _Raw(json.dumps(body).encode())
    )


class _Raw:
    """The part of an HTTP response's stream that botocore reads."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content
