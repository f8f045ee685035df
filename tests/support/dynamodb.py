"""DynamoDB in this process, for every botocore client without an endpoint: the simulation's engine behind the real protocol.

A request passes botocore's events and is answered instead of sent. So anything that watches, refuses or loses requests and answers
works here too. Threads are served one after the other.
"""
# ruff: noqa: SLF001

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import time
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.endpoint import convert_to_response_dict
from botocore.exceptions import ClientError
from botocore.hooks import first_non_none_response
from botocore.parsers import ResponseParserFactory
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


def _called(client: BaseClient, operation: str, params: Any) -> Any:
    """Makes a call as botocore does, without the parts that take most of its time and that nothing here reads.

    Those are the signature, the endpoint rules, the user agent, and retries, which the store's clients do not make. Handlers registered
    for a call see it, and can change or answer it.
    """
    if not _is_here(client.meta.endpoint_url):
        return _call(client, operation, params)
    model = client.meta.service_model.operation_model(operation)
    events, of = client.meta.events, f"dynamodb.{operation}"
    context = {"client_region": client.meta.region_name, "client_config": client.meta.config}
    params = client._emit_api_params(api_params=params, operation_model=model, context=context)  # type: ignore[attr-defined]
    sent = client._serializer.serialize_to_request(params, model)  # type: ignore[attr-defined]
    sent |= {"url": client.meta.endpoint_url + sent["url_path"], "context": context}
    events.emit(f"before-call.{of}", model=model, params=sent, request_signer=None, context=context)
    headers = {name: text.encode() for name, text in sent["headers"].items()}
    request = AWSPreparedRequest(sent["method"], sent["url"], headers, sent["body"], stream_output=False)
    try:
        answered = first_non_none_response(events.emit(f"before-send.{of}", request=request))
        answer = _served(request) if answered is None else answered
        parsed = _parsed(client, model, answer)
    except Exception as error:
        events.emit(f"after-call-error.{of}", exception=error, context=context)
        raise
    events.emit(f"after-call.{of}", http_response=answer, parsed=parsed, model=model, context=context)
    if answer.status_code >= 300:
        raise client.exceptions.from_code(parsed["Error"]["Code"])(parsed, operation)
    return parsed


def _parsed(client: BaseClient, model: Any, answer: AWSResponse) -> Any:
    """Parses an answer as botocore does."""
    response = convert_to_response_dict(answer, model)
    others: dict[str, Any] = {}
    client.meta.events.emit(
        f"before-parse.dynamodb.{model.name}",
        operation_model=model,
        response_dict=response,
        customized_response_dict=others,
    )
    if response["body"] == b"{}" and answer.status_code < 300:
        return {"ResponseMetadata": {"HTTPStatusCode": answer.status_code}} | others
    parser = _parsers.create_parser(model.service_model.resolved_protocol)
    parsed = parser.parse(response, model.output_shape) | others
    if answer.status_code >= 300:
        client._endpoint._add_modeled_error_fields(response, parsed, model, parser)  # type: ignore[attr-defined]
    return parsed


_call = BaseClient._make_api_call  # type: ignore[attr-defined]
BaseClient._make_api_call = _called  # type: ignore[attr-defined]
_parsers = ResponseParserFactory()


def _served(request: Any) -> AWSResponse:
    sent = from_json(request.body)
    # A shared cloud and a test's own may exist at the same time. A table is then in the test's own.
    cloud = next((each for each in reversed(_clouds) if each.has(sent)), _clouds[-1])
    return _serve(cloud, request, sent)


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
