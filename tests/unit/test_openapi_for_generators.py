"""The document's rules for client generators. Each rule comes from a generator that failed. `make test-clients` runs them all."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic_core import to_json

from frontdesk.api.openapi.operations import openapi_document
from tests.support.openapi import resolved

Json = dict[str, Any]
DOCUMENT = openapi_document()
SCHEMAS: Json = DOCUMENT["components"]["schemas"]
PARTS = DOCUMENT["components"]
OPERATIONS = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]
EVENT = DOCUMENT["webhooks"]["event"]["post"]
# About half of its size before schemas had names. Each description is written out where a client generator puts it into the code.
MAX_BYTES = 400_000

VERBS = {
    "calculate", "cancel", "change", "check", "complete", "create", "delete", "list", "place", "preview", "read", "redeliver", "resend",
    "rotate", "send", "undo",
}  # fmt: skip
# How one of many is called, by the end of their name.
ONE = {"series": "series", "ies": "y", "s": ""}


def walk(part: Any, *at: str) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yields every object of the document with its place, except examples, which may contain anything."""
    if isinstance(part, list):
        for i, each in enumerate(part):
            yield from walk(each, *at, str(i))
    elif isinstance(part, dict):
        yield at, part
        is_map = at[-1:] == ("properties",)
        for name, each in part.items():
            if is_map or name not in ("example", "examples", "default", "enum", "const"):
                yield from walk(each, *at, name)


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def test_names_of_operations_are_unique_and_of_one_form() -> None:
    names = [operation["operationId"] for operation in [*OPERATIONS, EVENT]]

    assert [name for name, n in Counter(map(camel, names)).items() if n > 1] == []
    assert [name for name in names[:-1] if name.partition("_")[0] not in VERBS] == []
    assert [name for name in names if not re.fullmatch("[a-z]+(_[a-z]+)+", name)] == []


def test_operations_on_one_type_call_it_the_same() -> None:
    """There used to be `create_addon` and `list_add_ons`."""
    for path, methods in DOCUMENT["paths"].items():
        listed = methods.get("get", {}).get("operationId", "")
        if not listed.startswith("list_") or "/availability/" in path:
            continue
        what_is_listed = listed.removeprefix("list_")
        one = next(
            (
                what_is_listed.removesuffix(end) + start
                for end, start in ONE.items()
                if what_is_listed.endswith(end)
            ),
            "",
        )
        below = next(
            (
                DOCUMENT["paths"][each]
                for each in DOCUMENT["paths"]
                if re.fullmatch(re.escape(path) + r"/\{\w+\}", each)
            ),
            {},
        )
        for operation in [*methods.values(), *below.values()]:
            verb, _, what = operation["operationId"].partition("_")
            assert what == (what_is_listed if verb == "list" else one), operation["operationId"]


def test_every_object_is_a_schema_with_a_name() -> None:
    """Otherwise, generators invent names: `ListOrders200ResponseIncludedInner`."""
    unnamed = [
        at for at, part in walk(DOCUMENT) if "properties" in part and at[:2] != ("components", "schemas")
    ]
    unnamed += [
        at for at, part in walk(SCHEMAS) if "properties" in part and len(at) > 1 and at[-1] != "properties"
    ]
    assert unnamed == []


def test_answers_are_named_schemas() -> None:
    for operation in OPERATIONS:
        for answer in operation["responses"].values():
            for media_type, content in resolved(answer).get("content", {}).items():
                schema = content["schema"]
                of = schema.get("items", schema.get("additionalProperties", schema))
                assert not media_type.endswith("json") or "$ref" in json.dumps(of) or of is True, operation[
                    "operationId"
                ]


def test_an_answer_has_one_media_type() -> None:
    """Go clients requested the plainest listed JSON, got the normalized form, and could not read it."""
    several = [
        [*content]
        for operation in OPERATIONS
        for answer in operation["responses"].values()
        if len(content := resolved(answer).get("content", {})) > 1
    ]
    assert several == []


def test_names_of_schemas_do_not_clash_with_what_generators_make() -> None:
    assert [name for name, n in Counter(map(str.lower, SCHEMAS)).items() if n > 1] == []
    # Go's constructor of Order is NewOrder.
    assert [
        name for name in SCHEMAS if name.startswith("New") or not re.fullmatch("([A-Z][a-z]+)+", name)
    ] == []
    # Keywords and global types of Python, TypeScript and Go.
    taken = {
        "Array",
        "Date",
        "Error",
        "File",
        "Function",
        "Import",
        "List",
        "Map",
        "Model",
        "Object",
        "Record",
        "Response",
        "Set",
        "String",
    }
    assert taken & SCHEMAS.keys() == set()
    # Generated for each operation: its request in typescript-fetch; data, errors and answers in @hey-api/openapi-ts.
    made = {
        camel(operation["operationId"]) + kind
        for operation in OPERATIONS
        for kind in ("", "Request", "Data", "Error", "Errors", "Response", "Responses")
    }
    assert made & SCHEMAS.keys() == set()


def test_a_tag_is_of_one_file() -> None:
    """The event sent to subscribers once overwrote the operations on subscriptions."""
    declared = [tag["name"] for tag in DOCUMENT["tags"]]
    used = {tag for operation in OPERATIONS for tag in operation["tags"]}
    assert all(len(operation["tags"]) == 1 for operation in [*OPERATIONS, EVENT])
    assert not used & set(EVENT["tags"])
    assert sorted(declared) == sorted({*used, *EVENT["tags"]})


def test_arrays_say_what_is_in_them() -> None:
    arrays = [(at, part) for at, part in walk(DOCUMENT) if "array" in part.get("type", ())]
    assert arrays
    assert [at for at, part in arrays if "items" not in part or "prefixItems" in part] == []


def test_a_value_is_of_one_type() -> None:
    """Except null. Some generators make an empty class of `["string", "integer"]`."""
    several = [
        at
        for at, part in walk(DOCUMENT)
        if isinstance(part.get("type"), list) and len({*part["type"]} - {"null"}) != 1
    ]
    assert several == []


def test_every_parameter_is_explained_and_has_an_example() -> None:
    """Without an example, Postman sends `o=string`."""
    parameters = [resolved(each) for operation in [*OPERATIONS, EVENT] for each in operation["parameters"]]
    assert [
        each["name"]
        for each in parameters
        if not each.get("description") or each.get("example") in (None, "")
    ] == []


def test_every_operation_says_how_it_is_secured() -> None:
    assert all("security" in operation for operation in [*OPERATIONS, EVENT])
    # In OpenAPI, only OAuth has scopes.
    asked = [scopes for operation in OPERATIONS for each in operation["security"] for scopes in each.values()]
    assert asked
    assert all(scopes == [] for scopes in asked)


def test_nothing_is_one_of_several_objects() -> None:
    """In Go, this requires another package, and typescript-fetch reads each as the last of them."""
    assert [at for at, part in walk(DOCUMENT) if "oneOf" in part] == []
    several = [at for at, part in walk(DOCUMENT) if str(part.get("anyOf", "")).count("$ref") > 1]
    assert several == []


def test_nothing_is_said_twice_and_nothing_in_vain() -> None:
    parameters = Counter(
        json.dumps(each) for operation in OPERATIONS for each in operation["parameters"] if "$ref" not in each
    )
    assert [each for each, n in parameters.items() if n > 1] == []
    text = json.dumps(DOCUMENT)
    unused = [
        f"{kind}/{name}"
        for kind in ("schemas", "parameters", "responses", "headers")
        for name in PARTS[kind]
        if f'"#/components/{kind}/{name}"' not in text
    ]
    assert unused == []


def test_it_is_compact() -> None:
    """As served. For clients that accept compression, API Gateway reduces it to a tenth."""
    assert len(to_json(DOCUMENT)) <= MAX_BYTES
