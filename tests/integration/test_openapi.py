"""Sends the API's document to the functions: its examples are answered as documented, and so are invalid requests."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args
from uuid import UUID, uuid4

import boto3
import pytest

from frontdesk import bootstrap
from frontdesk.api.app import MAX_BYTES, MEDIA_TYPE
from frontdesk.api.openapi.operations import OPERATIONS, openapi_document
from frontdesk.api.routes import ANY_TOKEN, CATALOG, PUBLIC, catalog_routes
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.access import Scope, Token, new_token, read_token
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import TimeslotSeries
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.exports.export import Export, Wanted
from frontdesk.domain.imports.runs import ImportRun
from frontdesk.domain.webhooks.deliveries import Delivery
from frontdesk.usecases.context import Context
from tests.integration.client import function_of
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.support.demo import ADA, ORGANIZATION
from tests.support.openapi import assert_documented, resolved, validator
from tests.support.webhooks import subscription

Json = dict[str, Any]
PATHS = openapi_document()["paths"]
EXAMPLES = {operation.name: PATHS[operation.template][operation.method.lower()] for operation in OPERATIONS}
BY_NAME = {operation.name: operation for operation in OPERATIONS}
# Operations that others depend on come first, and those that end an item last.
DELETED = [
    catalog_routes(type)["delete"].name for type, (_, methods) in CATALOG.items() if "DELETE" in methods
]
FIRST, LAST = (
    ("place_order", "check_in", "send_notification"),
    (
        "undo_check_out",
        "undo_check_in",
        "cancel_booking",
        "cancel_booking_by_get",
        "delete_booking",
        "cancel_order",
        "delete_webhook_subscription",
        *DELETED,
    ),
)


@pytest.fixture
def world(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> MotoWorld:
    """A world with the ids of the examples. The next order placed gets the order's id."""
    monkeypatch.setenv(
        "WEBHOOKS_QUEUE_URL", str(boto3.client("sqs").create_queue(QueueName="webhooks")["QueueUrl"])
    )
    bootstrap.world.cache_clear()
    ids = [UUID(path_example("order_id"))]
    monkeypatch.setattr("frontdesk.usecases.orders.place.uuid4", lambda: ids.pop() if ids else uuid4())
    made, clock = bootstrap.world(), SystemClock(30)
    webhook = subscription(id=path_example("webhook_id"))
    assert made.webhooks.add(Context(ORGANIZATION.id, clock), webhook)
    delivery = Delivery(
        id=path_example("delivery_id"),
        webhook_id=webhook.id,
        event="customers.created",
        subject_type="customers",
        subject_id=ADA.id,
    )
    assert made.webhooks.write_delivery(
        Context(ORGANIZATION.id, clock), delivery.after("delivered", clock.now(), attempts=1)
    )
    run = ImportRun(
        id=path_example("import_id"),
        organization_id=ORGANIZATION.id,
        name="bookings.csv",
        etag="1",
        execution="1",
        started_at=clock.now(),
    )
    assert made.runs.claim(run, clock) is None
    ended = {"status": "completed", "finished_at": clock.now()}
    assert made.runs.change(run, run.model_copy(update=ended), clock)
    export = Export(
        id=path_example("export_id"),
        organization_id=ORGANIZATION.id,
        wanted=Wanted(kind="orders", columns=("number",), timezone="UTC"),
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    made.exports.add(Context(ORGANIZATION.id, clock), export)
    catalog = [
        MessageRule(id=path_example("message_rule_id"), name="Thanks", event="after_end", offset=0),
        CustomField(id=path_example("custom_field_id"), label="Plate", field_type="text"),
        TimeslotSeries(
            id=path_example("timeslot_series_id"), name="Course", slots={"mon": (("18:00", "19:30"),)}
        ),
        Token(
            id=path_example("token_id"),
            organization_id=ORGANIZATION.id,
            name="old",
            scopes=frozenset({"orders:read"}),
        ),
    ]
    made.store.put_catalog(Context(ORGANIZATION.id, clock), catalog)
    return moto_world


def path_example(name: str) -> str:
    [found] = {
        each["example"]
        for described in EXAMPLES.values()
        for each in map(resolved, described["parameters"])
        if each["name"] == name and each["in"] == "path"
    }
    return str(found)


def ask(
    on: MotoWorld,
    name: str,
    body: Any = ...,
    *,
    token: str | None = None,
    query: Mapping[str, str] | None = None,
    path: Mapping[str, str] | None = None,
    **headers: str | None,
) -> tuple[int, Any]:
    """Sends the example of an operation, with these changes. Returns the status and the document."""
    described, path_of, query_of, event = (
        EXAMPLES[name],
        dict[str, str](),
        dict[str, str](),
        load_event("admin"),
    )
    for each in map(resolved, described["parameters"]):
        # Slots of a timeslot series have a fixed length, so either the series or a duration is sent.
        is_other = (each["name"], each["in"]) == ("timeslot_series_id", "query")
        if each["in"] in ("path", "query") and not is_other:
            value = each["example"]
            into = path_of if each["in"] == "path" else query_of
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            into[each["name"]] = ",".join(value) if isinstance(value, list) else text
    address = BY_NAME[name].template.format(**path_of | dict(path or {}))
    content = described.get("requestBody", {}).get("content", {}).get(MEDIA_TYPE)
    sent = (content["example"] if content else None) if body is ... else body
    scope = BY_NAME[name].scope
    usual = with_scopes(scope) if scope == "organizations:write" else on.demo["token"]
    given = {
        "Authorization": f"Bearer {token or usual}",
        "Content-Type": MEDIA_TYPE,
        "Host": "api.example.com",
    }
    given |= {header.replace("_", "-"): value for header, value in headers.items()}
    parameters = query_of | dict(query or {})
    event |= {
        "httpMethod": BY_NAME[name].method,
        "path": address,
        "body": sent if isinstance(sent, str | None) else json.dumps(sent),
        "headers": {header: value for header, value in given.items() if value is not None},
        "multiValueHeaders": None,
        "queryStringParameters": parameters or None,
        "multiValueQueryStringParameters": {key: [value] for key, value in parameters.items()} or None,
    }
    event["requestContext"] |= {"path": f"/live{address}", "httpMethod": BY_NAME[name].method}
    answer = on.invoke(function_of(BY_NAME[name].method, address), event)
    text = answer["body"]
    return answer["statusCode"], json.loads(text) if text.startswith(("{", "[")) else text


def with_scopes(*scopes: Scope) -> str:
    token = new_token(ORGANIZATION.id)
    presented = read_token(token)
    assert presented
    kept = Token(id=presented.digest, organization_id=ORGANIZATION.id, name="test", scopes=frozenset(scopes))
    bootstrap.world().store.put_catalog(Context(ORGANIZATION.id, SystemClock(10)), [kept])
    return token


def required_in(schema: Json, value: Any, *at: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yields the paths of the fields that a value's schema requires."""
    schema = resolved(schema)
    for each in schema.get("anyOf", ()):
        if validator(each).is_valid(value):
            yield from required_in(each, value, *at)
    if isinstance(value, dict) and "anyOf" not in schema:
        yield from ((*at, name) for name in schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from required_in(part, value[name], *at, name)
    elif isinstance(value, list) and "anyOf" not in schema:
        for i, part in enumerate(value):
            yield from required_in(schema["items"], part, *at, i)


def without(value: Any, at: tuple[str | int, ...]) -> Any:
    changed = json.loads(json.dumps(value))
    inner = changed
    for part in at[:-1]:
        inner = inner[part]
    del inner[at[-1]]
    return changed


def test_every_example_is_answered_with_the_documented_success(world: MotoWorld) -> None:
    names = [*FIRST, *(name for name in EXAMPLES if name not in FIRST and name not in LAST), *LAST]

    answered = dict[str, tuple[int, Any]]()
    path = dict[str, str]()
    for name in names:
        answered[name] = ask(world, name, path=path)
        if name == "send_notification":
            # The name of a message is known only once it is created.
            path["message_id"] = answered[name][1]["data"]["id"]

    documented = {
        name: {int(status) for status in described["responses"] if status < "300"}
        for name, described in EXAMPLES.items()
    }
    # The desk's page is not built for tests.
    for name in ("read_console", "read_console_file"):
        assert (answered.pop(name)[0], documented.pop(name)) == (404, {200})
    # Only the revocation of a token with children has a body.
    assert documented.pop("delete_api_token") == {200, 204}
    assert answered.pop("delete_api_token")[0] == 204
    assert {name: {status} for name, (status, _) in answered.items()} == documented, {
        name: document for name, (status, document) in answered.items() if {status} != documented[name]
    }


def test_every_operation_refuses_as_documented(world: MotoWorld) -> None:
    """Every request to a function is also checked for undocumented answers."""
    # A draft, because `complete` ignores the body for a completed order.
    assert (
        ask(
            world,
            "place_order",
            EXAMPLES["place_order"]["requestBody"]["content"][MEDIA_TYPE]["example"]
            | {"complete_order": False},
        )[0]
        == 201
    )
    unable = {
        scope: with_scopes(*(other for other in get_args(Scope) if other not in (scope, "*")))
        for scope in get_args(Scope)
    }
    seen: dict[str, set[int]] = {}
    for name, operation in BY_NAME.items():
        statuses = seen.setdefault(name, set())
        if operation.scope != PUBLIC:
            token = None if operation.scope == ANY_TOKEN else unable[operation.scope]
            statuses |= {
                ask(world, name, Authorization=None)[0],
                ask(world, name, token=token, query={"o": "other"})[0],
            }
            statuses |= {
                ask(world, name, query={"colour": "red"})[0],
                ask(world, name, Accept="text/html")[0],
            }
        if operation.path_parameters:
            statuses.add(ask(world, name, path=dict.fromkeys(operation.path_parameters, "nothing"))[0])
        elif 404 in operation.refusals:
            # The desk's page is not built for tests.
            statuses.add(ask(world, name)[0])
        if operation.body:
            statuses |= {ask(world, name, "{}", Content_Type="application/json")[0], ask(world, name, "{")[0]}
            statuses |= {ask(world, name, f'"{"x" * MAX_BYTES}"')[0], ask(world, name, {"colour": "red"})[0]}

    always = {name: operation.statuses for name, operation in BY_NAME.items()}
    everywhere = {400, 401, 403, 404, 406, 413, 415, 422}
    assert {name: statuses & everywhere for name, statuses in seen.items()} == {
        # For these operations, 422 depends on stored items, not on the request.
        name: {*statuses} & everywhere - (set() if BY_NAME[name].body else {422})
        for name, statuses in always.items()
    }


def test_what_the_document_requires_of_a_body_is_missed(world: MotoWorld) -> None:
    assert ask(world, "place_order")[0] == 201
    missed = {}
    for name, operation in BY_NAME.items():
        if operation.body:
            content = EXAMPLES[name]["requestBody"]["content"][MEDIA_TYPE]
            for field in required_in(content["schema"], content["example"]):
                missed[name, field] = ask(world, name, without(content["example"], field))[0]

    assert {("place_order", ("bookings", 0, "resource_id")), ("change_order", ("data",))} <= missed.keys()
    assert {field: status for field, status in missed.items() if status != 422} == {}


def test_an_answer_that_is_not_documented_is_noticed(world: MotoWorld) -> None:
    event = load_event("admin") | {
        "httpMethod": "GET",
        "path": "/api/v1/webhook-subscriptions",
        "queryStringParameters": None,
    }
    answer = world.invoke("admin", event | {"multiValueQueryStringParameters": None})
    document = json.loads(answer["body"])

    def fails(*path: Any, value: Any, **more: Any) -> str:
        changed = json.loads(json.dumps(document))
        at = changed
        for part in path[:-1]:
            at = at[part]
        at[path[-1]] = value
        with pytest.raises(AssertionError) as failed:
            assert_documented(
                event | {"queryStringParameters": more.pop("query", None)},
                answer | {"body": json.dumps(changed)} | more,
            )
        return str(failed.value).partition("\n")[0]

    assert document["data"]
    attributes = ("data", 0, "attributes")
    assert "'colour' was unexpected" in fails(*attributes, "colour", value="red")
    assert "'soon' is not a 'date-time'" in fails(*attributes, "created_at", value="soon")
    assert "is not of type 'boolean'" in fails(*attributes, "is_active", value=None)
    assert "'url' is a required property" in fails(
        *attributes, value={k: v for k, v in document["data"][0]["attributes"].items() if k != "url"}
    )
    assert "answers 418, which is not documented" in fails(
        "jsonapi", value=document["jsonapi"], statusCode=418
    )
    assert "parameters that are not documented" in fails(
        "jsonapi", value=document["jsonapi"], query={"colour": "red"}
    )
