"""DynamoDB in this process, for every botocore client without an endpoint: the simulation's engine behind the real protocol.

A request passes through botocore, but is not signed, and is answered instead of sent. So anything that watches, refuses or loses requests
and answers works here too. Threads are served one after the other.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import time
from typing import Any
from weakref import WeakKeyDictionary

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from pydantic_core import from_json, to_json

from tests.simulation.engine import Engine, ItemKey, invalid, key_of, refusal
from tests.simulation.expressions import Item, condition

# The address to which clients without an endpoint send.
AMAZONS = "https://dynamodb."
MAX_BATCH_BYTES = 16 * 1024 * 1024
_MAX_KEY_BYTES = {"pk": 2048, "sk": 1024}
_CALLS = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


class Cloud:
    """Tables by name. Tokens expire by the engine's clock."""

    def __init__(self) -> None:
        self.tables: dict[str, Engine] = {}
        self._lock = Lock()

    def has(self, request: Mapping[str, Any]) -> bool:
        """Whether the request is for a table of this cloud."""
        return bool(self.tables.keys() & _tables_of(request))

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answers a request. Raises ClientError like botocore."""
        with self._lock:
            match operation:
                case "CreateTable":
                    return self._create(request)
                case "DeleteTable":
                    del self.tables[request["TableName"]]
                    return {}
                case "BatchGetItem":
                    return self._batch_get(request["RequestItems"])
                case "BatchWriteItem":
                    for table, writes in request["RequestItems"].items():
                        for write in writes:
                            ((kind, action),) = write.items()
                            _check_key(action)
                            self._of(table).change(kind.removesuffix("Request"), action)
                    return {"UnprocessedItems": {}}
                case "TransactWriteItems":
                    for each in request["TransactItems"]:
                        for action in each.values():
                            _check_key(action)
                    (table,) = _tables_of(request)
                    return self._of(table).transact(request, int(time()), 0)
            of = self._of(request["TableName"])
            match operation:
                case "GetItem":
                    found = of.get(_key(request["Key"]))
                    return {} if found is None else {"Item": found}
                case "Query" | "Scan":
                    return _page(of, request)
            _check_key(request)
            of.change(_CALLS[operation], request)
            return {}

    def _of(self, table: str) -> Engine:
        if table not in self.tables:
            raise refusal("ResourceNotFoundException", "Requested resource not found")
        return self.tables[table]

    def _create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        assert [each["AttributeName"] for each in request["KeySchema"]] == ["pk", "sk"]
        indexes = {}
        for index in request["GlobalSecondaryIndexes"]:
            assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
            pk, sk = (each["AttributeName"] for each in index["KeySchema"])
            indexes[index["IndexName"]] = (pk, sk)
        self.tables[request["TableName"]] = Engine(indexes=indexes)
        return {"TableDescription": {"TableName": request["TableName"], "TableStatus": "ACTIVE"}}

    def _batch_get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        ((table, asked),) = request.items()
        keys = [_key(key) for key in asked["Keys"]]
        if len(keys) > 100:
            raise invalid("Too many items requested for the BatchGetItem call")
        if len(set(keys)) < len(keys):
            raise invalid("Provided list of item keys contains duplicates")
        engine, found, size = self._of(table), [], 0
        left: list[Any] = []
        for key, raw in zip(keys, asked["Keys"], strict=True):
            item = engine.get(key)
            size += 0 if item is None else len(str(item))
            if size > MAX_BATCH_BYTES:
                left.append(raw)
            elif item is not None:
                found.append(item)
        return {
            "Responses": {table: found},
            "UnprocessedKeys": {table: {**asked, "Keys": left}} if left else {},
        }


def _key(raw: Mapping[str, Any]) -> ItemKey:
    for name, most in _MAX_KEY_BYTES.items():
        size = len(raw[name]["S"].encode())
        if size == 0:
            raise invalid(f"One or more parameter values are not valid. Empty string for key: {name}")
        if size > most:
            raise invalid(f"One or more parameter values were invalid: Size of {name} exceeds {most} bytes")
    return key_of(raw)


def _check_key(action: Mapping[str, Any]) -> None:
    _key(action.get("Key") or action["Item"])


def _tables_of(request: Mapping[str, Any]) -> set[str]:
    if "RequestItems" in request:
        return set(request["RequestItems"])
    if "TransactItems" in request:
        return {action["TableName"] for each in request["TransactItems"] for action in each.values()}
    return {request["TableName"]}


def _page(table: Engine, request: Mapping[str, Any]) -> dict[str, Any]:
    names, values = (request.get(f"ExpressionAttribute{each}", {}) for each in ("Names", "Values"))
    index = request.get("IndexName")
    if index and request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")

    def holds(expression: str | None, item: Item) -> bool:
        return expression is None or condition(expression)(item, names, values)

    wanted = request.get("KeyConditionExpression")
    page = table.page(
        # Only partition keys have names that end like this.
        None if wanted is None else _partition(wanted, names, values),
        request.get("ExclusiveStartKey"),
        request.get("Limit"),
        forward=request.get("ScanIndexForward", True),
        index=index,
        within=lambda item: holds(wanted, item),
    )
    found = [item for item in page["Items"] if holds(request.get("FilterExpression"), item)]
    return {**page, "Items": found, "Count": len(found), "ScannedCount": len(page["Items"])}


def _partition(wanted: str, names: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """Parses `#0 = :0`, which may be followed by a condition on the sort key."""
    name, equals, value = wanted.replace("(", " ").replace(")", " ").split()[:3]
    assert names[name].endswith("pk"), wanted
    assert equals == "=", wanted
    pk: str = values[value]["S"]
    return pk


class _Raw:
    """The part of an HTTP response's stream that botocore reads."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


_clouds: list[Cloud] = []


@contextmanager
def dynamodb_in_memory() -> Iterator[Cloud]:
    """Serves DynamoDB's clients from a cloud without tables, for the duration of the block."""
    cloud = Cloud()
    _clouds.append(cloud)
    try:
        yield cloud
    finally:
        _clouds.remove(cloud)


def engine_of(table: str) -> Engine:
    """Returns the engine of a table in memory."""
    return next(cloud.tables[table] for cloud in reversed(_clouds) if table in cloud.tables)


def _is_here(url: str) -> bool:
    return bool(_clouds) and url.startswith(AMAZONS)


def _served(session: URLLib3Session, request: Any) -> Any:
    if not _is_here(request.url):
        return _send(session, request)
    sent = from_json(request.body)
    # A shared cloud and a test's own may exist at the same time. A table is then in the test's own.
    cloud = next((each for each in reversed(_clouds) if each.has(sent)), _clouds[-1])
    return _serve(cloud, request, sent)


def _created(endpoint: Endpoint, params: Any, operation: Any = None) -> AWSPreparedRequest:
    """Creates a request without signature and most headers, which nothing here reads and which take half of the time."""
    if not _is_here(params["url"]):
        return _create(endpoint, params, operation)
    headers = {name: text.encode() for name, text in params["headers"].items()}
    return AWSPreparedRequest(params["method"], params["url"], headers, params["body"], stream_output=False)


def _addressed(client: BaseClient, operation: Any, params: Any, *more: Any, **named: Any) -> Any:
    """Caches a client's endpoint, which is the same for all of its requests."""
    if not _is_here(client.meta.endpoint_url):
        return _address(client, operation, params, *more, **named)
    if client not in _addresses:
        _addresses[client] = _address(client, operation, params, *more, **named)
    url, headers, properties = _addresses[client]
    return url, dict(headers), dict(properties)


_send, _create, _address = URLLib3Session.send, Endpoint.create_request, BaseClient._resolve_endpoint_ruleset  # type: ignore[attr-defined]  # noqa: SLF001
_addresses: WeakKeyDictionary[BaseClient, Any] = WeakKeyDictionary()
URLLib3Session.send = _served  # type: ignore[method-assign]
Endpoint.create_request = _created  # type: ignore[method-assign]
BaseClient._resolve_endpoint_ruleset = _addressed  # type: ignore[attr-defined]  # noqa: SLF001


def _serve(cloud: Cloud, request: Any, sent: Mapping[str, Any]) -> AWSResponse:
    operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
    try:
        status, answer = 200, cloud.answer(operation, sent)
    except ClientError as error:
        response: Any = error.response
        status, told = response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]
        answer = {
            "__type": f"com.amazonaws.dynamodb.v20120810#{told['Code']}",
            "message": told["Message"],
            **{name: response[name] for name in ("CancellationReasons", "Item") if name in response},
        }
    headers = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, _Raw(to_json(answer)))
