"""The API's document: it is valid, it matches the code, and breaking changes are recognized."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from frontdesk.api.openapi.operations import CONTRACT, OPERATIONS, openapi_document
from frontdesk.api.routes import PUBLIC, ROUTES
from frontdesk.domain.requests.order import RequestModel
from local import calls, openapi
from local.openapi import FILE, breaking, forbidden, text_of
from tests.integration.conftest import load_function
from tests.support.openapi import resolved, validator

Json = dict[str, Any]
DOCUMENT = openapi_document()
DESCRIBED = [(operation.method, operation.path) for operation in OPERATIONS]


@pytest.mark.thorough
def test_it_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_the_committed_document_is_of_this_code() -> None:
    committed = FILE.read_text(encoding="utf-8")
    assert forbidden(json.loads(committed), DOCUMENT) == [], "changes that break clients"
    assert committed == text_of(DOCUMENT), "docs/openapi.json is not of this code: make openapi"


def test_the_tables_of_calls_are_of_this_code() -> None:
    committed = calls.FILE.read_text(encoding="utf-8")
    assert committed == calls.with_tables(committed, DOCUMENT), (
        "docs/api.md is not of this code: make openapi"
    )


def test_every_call_has_an_example_that_fits_its_schemas() -> None:
    committed = calls.EXAMPLES.read_text(encoding="utf-8")
    assert committed == calls.examples(DOCUMENT), "docs/calls.md is not of this code: make openapi"
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", committed, re.M | re.S))
    assert sections.keys() == {route.name for route in ROUTES}
    for operation in OPERATIONS:
        described = DOCUMENT["paths"][operation.template][operation.method.lower()]
        blocks = [
            json.loads(text) for text in re.findall(r"```json\n(.*?)```", sections[operation.name], re.S)
        ]
        holders = [described["requestBody"]] if "requestBody" in described else []
        holders += [
            described["responses"][str(status)] for status in operation.answers if operation.scope != PUBLIC
        ]
        schemas = [next(iter(each["content"].values()))["schema"] for each in holders if each.get("content")]
        assert len(blocks) == len(schemas), operation.name
        for schema, block in zip(schemas, blocks, strict=True):
            assert [error.message for error in validator(schema, is_closed=True).iter_errors(block)] == [], (
                block
            )


def test_every_route_that_a_function_serves_is_described() -> None:
    served = set()
    for function in sorted({route.function for route in ROUTES}):
        resolver = load_function(function).api.resolver
        for route in [*resolver._static_routes, *resolver._dynamic_routes]:  # noqa: SLF001
            methods = [route.method] if isinstance(route.method, str) else route.method
            served |= {(method, route.path, function) for method in methods}

    assert served == {(route.method, route.path, route.function) for route in ROUTES}
    assert sorted((method, path) for method, path, _ in served) == sorted(DESCRIBED)


def test_every_operation_names_what_it_takes_to_call_it() -> None:
    """Swagger UI shows only that there is some `security`, not which."""
    for operation in OPERATIONS:
        described = DOCUMENT["paths"][operation.template][operation.method.lower()]
        told = described["description"].splitlines()[-1]
        scope = described.get("x-scope")
        scopes = [f"`{each}`" for each in (scope or "").split()]
        named = f"Scope{'s' * (len(scopes) > 1)}: {' and '.join(scopes)}."
        assert told == (named if scope else told), operation.name
        assert scope or told in ("Any token will do.", "Needs no token."), operation.name


def described() -> Iterator[tuple[str, Json]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


@pytest.mark.parametrize(
    ("name", "operation"), [*described()], ids=lambda each: each if isinstance(each, str) else ""
)
def test_examples_are_as_their_schemas_say(name: str, operation: Json) -> None:
    parts = [(each["schema"], each["example"]) for each in map(resolved, operation["parameters"])]
    for holder in [operation.get("requestBody", {}), *map(resolved, operation["responses"].values())]:
        parts += [
            (content["schema"], content["example"])
            for content in holder.get("content", {}).values()
            if "example" in content
        ]
    parts += [
        (schema, example)
        for answer in operation["responses"].values()
        for content in resolved(answer).get("content", {}).values()
        for schema in [resolved(content["schema"])]
        for example in schema.get("examples", ())
    ]
    for schema, example in parts:
        errors = [
            f"{error.json_path}: {error.message}"
            for error in validator(schema, is_closed=True).iter_errors(example)
        ]
        assert errors == [], example


def example(name: str) -> Any:
    """Returns the example of an operation's answer, as docs/calls.md shows it."""
    section = re.search(
        rf"^### {name}\n(.*?)(?=^##|\Z)", calls.EXAMPLES.read_text(encoding="utf-8"), re.M | re.S
    )
    assert section
    return json.loads(re.findall(r"```json\n(.*?)```", section[1], re.S)[-1])


@pytest.mark.parametrize("name", ["place_order", "calculate_order"])
def test_the_amounts_of_an_example_add_up(name: str) -> None:
    order = example(name)["data"]["attributes"]
    for amount in ("total", "net_amount", "tax_amount"):
        parts = [order["taxes"], *(booking["items"] for booking in order.get("bookings", ()))]
        assert {sum(each[amount] for each in part) for part in parts} == {order[amount]}
    assert {order["total"], order.get("active_total", order["total"])} == {
        order["net_amount"] + order["tax_amount"]
    }
    assert order.get("active_tax_amount", order["tax_amount"]) == order["tax_amount"]


def test_examples_show_what_the_texts_say() -> None:
    entry = example("read_history")["data"][0]
    assert entry["attributes"]["booking_count"] == len(entry["relationships"]["bookings"]["data"])
    assert entry["attributes"]["actor"]["id"]
    start = example("list_available_starts")[0]
    assert start["start_date"][-6:] == start["end_date"][-6:] == "+02:00"
    request = re.search(r"/availability/periods\?(\S+)", calls.EXAMPLES.read_text(encoding="utf-8"))
    assert request
    assert "resource_id=" in request[1]


def test_every_operation_has_an_example() -> None:
    for name, operation in described():
        if "requestBody" in operation:
            assert all("example" in content for content in operation["requestBody"]["content"].values()), name
        for status, answer in operation["responses"].items():
            for media_type, content in resolved(answer).get("content", {}).items():
                schema = resolved(content["schema"])
                # The example of a list would repeat that of the resource.
                shown = "example" in content or "examples" in schema or "PageMeta" in str(schema)
                assert shown or not media_type.endswith("json"), (name, status)


def test_every_field_of_a_request_is_explained() -> None:
    envelope = {
        "data",
        "type",
        "id",
        "lid",
        "attributes",
        "relationships",
        "links",
        "meta",
        "jsonapi",
        "included",
    }

    def models(model: type[RequestModel]) -> Iterator[type[RequestModel]]:
        yield model
        for field in model.model_fields.values():
            yield from (each for inner in within(field.annotation) for each in models(inner))

    def within(annotation: Any) -> Iterator[type[RequestModel]]:
        if isinstance(annotation, type) and issubclass(annotation, RequestModel):
            yield annotation
        for part in getattr(annotation, "__args__", ()):
            yield from within(part)

    for operation in OPERATIONS:
        if operation.body:
            assert issubclass(operation.body, RequestModel)
            for model in models(operation.body):
                fields = {field.alias or name for name, field in model.model_fields.items()}
                is_told = fields <= envelope or model.__name__.endswith("Relationships")
                assert is_told or fields == CONTRACT.fields[model].keys(), model


def test_the_webhooks_payload_is_documented() -> None:
    from frontdesk.domain.webhooks.deliveries import Message

    message = Message(
        organization_id="o", webhook_id="w", event_id="71a1d870-c865-876a-803b-826b187b8133", event="orders.created",
        subject_type="orders", subject_id="1", triggered_at=1, data={"id": "1", "type": "orders"},
    )  # fmt: skip
    schema = DOCUMENT["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert [error.message for error in validator(schema, is_closed=True).iter_errors(message.payload)] == []


# Breaking changes

ORDERS = "/api/v1/orders"


def changed(change: Callable[[Json], Any]) -> Json:
    document = deepcopy(DOCUMENT)
    change(document)
    return document


def of(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def parameter(document: Json, name: str) -> Json:
    found: Json = next(
        each
        for each in (resolved(each, document) for each in document["paths"][ORDERS]["get"]["parameters"])
        if each["name"] == name
    )
    return found


BREAKING: list[tuple[str, Callable[[Json], Any]]] = [
    (f"{ORDERS} is gone", lambda d: d["paths"].pop(ORDERS)),
    (f"GET {ORDERS} is gone", lambda d: d["paths"][ORDERS].pop("get")),
    (f"GET {ORDERS}: the status 403 is gone", lambda d: d["paths"][ORDERS]["get"]["responses"].pop("403")),
    (f"GET {ORDERS}: needs another scope", lambda d: d["paths"][ORDERS]["get"].update({"x-scope": "catalog:read"})),
    (f"GET {ORDERS}: the parameter sort is gone", lambda d: d["paths"][ORDERS]["get"].update(parameters=[
        each for each in d["paths"][ORDERS]["get"]["parameters"] if resolved(each, d)["name"] != "sort"
    ])),
    ("the parameter sort is required", lambda d: parameter(d, "sort").update(required=True)),
    ("the parameter sort[]: '-total' is not taken any more", lambda d: parameter(d, "sort")["schema"]["items"]["enum"].remove("-total")),
    ("the parameter page[size]: maximum is 50 now", lambda d: parameter(d, "page[size]")["schema"].update(maximum=50)),
    ("POST /api/v1/orders/{order_id}/complete: a body is required",
     lambda d: d["paths"]["/api/v1/orders/{order_id}/complete"]["post"]["requestBody"].update(required=True)),
    ("the body.timezone is required", lambda d: of(d, "OrderConfig")["required"].append("timezone")),
    ("the body.voucher_code is gone", lambda d: of(d, "OrderConfig")["properties"].pop("voucher_code")),
    ("the body.on_conflict: 'skip' is not taken any more", lambda d: of(d, "OrderConfig")["properties"]["on_conflict"]["enum"].remove("skip")),
    ("the body.voucher_code: null is not taken any more", lambda d: of(d, "OrderConfig")["properties"]["voucher_code"].update(type="string")),
    ("the body.voucher_code: maxLength is 9 now", lambda d: of(d, "OrderConfig")["properties"]["voucher_code"].update(maxLength=9)),
    ("the body.bookings: minItems is 2 now", lambda d: of(d, "OrderConfig")["properties"]["bookings"].update(minItems=2)),
    ("the body.bookings[].resource_id: array is not taken any more",
     lambda d: of(d, "BookingConfig")["properties"]["resource_id"]["anyOf"].pop(1)),
    ("the body.bookings[].quantity: integer is not taken any more",
     lambda d: of(d, "BookingConfig")["properties"]["quantity"].update(type=["string", "null"])),
    ("200.data.attributes.total is gone", lambda d: of(d, "OrderAttributes")["properties"].pop("total")),
    ("200.data.attributes.total may be missing", lambda d: of(d, "OrderAttributes")["required"].remove("total")),
    ("200.data.attributes.total: null may come now", lambda d: of(d, "OrderAttributes")["properties"]["total"].update(type=["integer", "null"])),
]  # fmt: skip


@pytest.mark.parametrize(("told", "change"), BREAKING, ids=lambda each: each if isinstance(each, str) else "")
def test_a_change_that_breaks_clients(told: str, change: Callable[[Json], Any]) -> None:
    found = breaking(DOCUMENT, changed(change))
    assert any(told in sentence for sentence in found), found
    # The same schema may be used in several places. No other one is mentioned.
    assert all(told.rpartition(".")[2] in sentence for sentence in found), found


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["paths"].update({"/api/v1/more": d["paths"][ORDERS]}),
        lambda d: d["paths"][ORDERS].update(put=d["paths"][ORDERS]["get"]),
        lambda d: d["paths"][ORDERS]["get"]["responses"].update({"418": {"description": "A teapot."}}),
        lambda d: d["paths"][ORDERS]["get"]["parameters"].append(
            {"name": "colour", "in": "query", "schema": {"type": "string"}}
        ),
        lambda d: parameter(d, "sort")["schema"]["items"]["enum"].append("number"),
        lambda d: parameter(d, "page[size]")["schema"].update(maximum=500),
        lambda d: of(d, "OrderConfig")["properties"].update(colour={"type": "string"}),
        lambda d: of(d, "OrderConfig").update(required=[]),
        lambda d: of(d, "OrderConfig")["properties"]["bookings"].update(type=["array", "null"]),
        lambda d: of(d, "OrderAttributes")["properties"].update(colour={"type": "string"}),
        lambda d: of(d, "OrderAttributes")["properties"]["note"].update(type="string"),
        lambda d: of(d, "OrderAttributes")["properties"]["total"].update(maximum=10**9),
        lambda d: of(d, "OrderAttributes")["properties"]["status"]["enum"].append("lost"),
        lambda d: d["info"].update(description="Otherwise."),
        # Written as two schemas instead of one with two types.
        lambda d: d["components"]["schemas"].update(
            OrderChangeDocument=of(d, "OrderChangeDocument")
            | {
                "type": "object",
                "properties": of(d, "OrderChangeDocument")["properties"]
                | {"data": {"anyOf": [of(d, "OrderChangeDocument")["properties"]["data"], {"type": "null"}]}},
            }
        ),
        lambda d: d.update(d | {"paths": dict(reversed(d["paths"].items()))}),
    ],
)
def test_a_change_that_breaks_nothing(change: Callable[[Json], Any]) -> None:
    assert breaking(DOCUMENT, changed(change)) == []


def test_another_first_number_admits_what_breaks_clients() -> None:
    without = changed(lambda d: d["paths"].pop(ORDERS))
    assert forbidden(DOCUMENT, without) == [f"{ORDERS} is gone"]
    first = int(DOCUMENT["info"]["version"].partition(".")[0])
    assert forbidden(DOCUMENT, without | {"info": {"version": f"{first}.9.0"}}) == [f"{ORDERS} is gone"]
    assert forbidden(DOCUMENT, without | {"info": {"version": f"{first + 1}.0.0"}}) == []


def test_what_breaks_clients_is_not_written(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(text_of(changed(lambda d: d["paths"].update({"/api/v1/gone": d["paths"][ORDERS]}))))
    before = file.read_text()
    monkeypatch.setattr(openapi, "FILE", file)

    with pytest.raises(SystemExit, match="/api/v1/gone is gone"):
        openapi.main()

    assert file.read_text() == before


def test_a_resource_that_fits_says_nothing_of_another_with_the_same_id() -> None:
    """Validators check equal resources once."""
    link = validator({"$ref": "#/components/schemas/ServiceLink"}, is_closed=True)
    fits = {"type": "services", "id": "1"}
    assert link.is_valid(fits)
    assert link.is_valid(dict(fits))
    for wrong in ({**fits, "id": 1}, {**fits, "attributes": {}}, {"type": "services"}, {**fits, "type": "x"}):
        assert not link.is_valid(wrong)
        assert not link.is_valid(wrong)
