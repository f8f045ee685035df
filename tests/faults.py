"""What real DynamoDB does and no local engine does by itself: conflicts, throttling, answers that never arrive."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from frontdesk.store.dynamodb import DynamoStore

Fault = Callable[[str], bool]


def events_of(store: DynamoStore) -> Any:
    return store._connection.client.meta.events  # noqa: SLF001


@contextmanager
def counted(store: DynamoStore) -> Iterator[list[str]]:
    """The operations that are sent to DynamoDB meanwhile, in their order."""
    sent: list[str] = []

    def note(model: Any, **_: Any) -> None:
        sent.append(model.name)

    events = events_of(store)
    events.register("before-call.dynamodb", note)
    try:
        yield sent
    finally:
        events.unregister("before-call.dynamodb", note)


@contextmanager
def refused(store: DynamoStore, operation: str, times: int, error: str, reason: str | None = None) -> Iterator[None]:
    """The next `times` calls of an operation are answered with an error and have no effect."""
    left = times
    body: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{error}", "message": "injected"}
    if reason:
        body["CancellationReasons"] = [{"Code": reason}]

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        nonlocal left
        if left == 0:
            return None
        left -= 1
        return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, _Raw(json.dumps(body).encode()))

    events = events_of(store)
    events.register_first(f"before-send.dynamodb.{operation}", answer)
    try:
        yield
    finally:
        events.unregister(f"before-send.dynamodb.{operation}", answer)


@contextmanager
def answer_lost(store: DynamoStore, operation: str, times: int) -> Iterator[None]:
    """The next `times` calls of an operation take effect, and their answers never arrive."""
    left = times

    def lose(**_: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            raise ReadTimeoutError(endpoint_url="injected")

    events = events_of(store)
    events.register(f"after-call.dynamodb.{operation}", lose)
    try:
        yield
    finally:
        events.unregister(f"after-call.dynamodb.{operation}", lose)


class _Raw:
    """As much of an HTTP response's stream as botocore reads."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content
