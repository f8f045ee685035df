"""Compares the functions' answers with the API's document: statuses, bodies, and the accepted requests."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.exceptions import best_match

from frontdesk.api.app import MEDIA_TYPE, SECURITY_HEADERS
from frontdesk.api.negotiation import JSON, JSON_API
from frontdesk.api.openapi.contract import Operation
from frontdesk.api.openapi.operations import OPERATIONS, openapi_document
from frontdesk.api.routes import SERVICE_QUANTITY, allowed_methods
from frontdesk.domain.requests.envelope import cleaned

Json = dict[str, Any]

_PATTERNS = [(operation, re.compile(re.sub(r"<\w+>", "[^/]+", operation.path))) for operation in OPERATIONS]
# Other names of service_id and resource_id, which the description mentions.
_ALIASES = {"s", "r"}
# Public routes ignore the parameters of API calls.
_IGNORED = {"o"}
# Answers that were checked already. An equal text needs no second check.
_fitting: set[tuple[tuple[str, str, str, str, bool], str]] = set()
MAX_REMEMBERED = 2000


def assert_documented(event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Raises AssertionError for an answer, or an accepted request, that the document does not describe.

    Unknown paths and methods are not checked.
    """
    headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
    assert headers.items() >= SECURITY_HEADERS.items(), headers
    method, path = event["httpMethod"], event["path"]
    if path.endswith("/") or method not in allowed_methods(path):
        return
    operation = operation_of(method, path)
    status, where = answer["statusCode"], f"{method} {operation['path']}"
    documented = operation["responses"].get(str(status))
    assert documented is not None, (
        f"{where} answers {status}, which is not documented: {answer['body'][:500]}"
    )
    query = _query(event)
    if answer["body"]:
        media_type = answer["multiValueHeaders"]["Content-Type"][0].partition(";")[0]
        is_partial = any(name.startswith("fields[") for name in query)
        content = resolved(documented)["content"]
        # The normalized form is described only in words. Errors have one form in every format.
        is_normalized = media_type == JSON and JSON not in content and JSON_API in content
        if is_normalized and status < 400:
            assert json.loads(answer["body"]).keys() & {"data", "jsonapi"} == {"data"}, answer["body"][:500]
        elif path != "/docs" and media_type.endswith("json"):
            media_type = JSON_API if is_normalized else media_type
            assert media_type in content, f"{where} answers {status} as {media_type}, which is not documented"
            key = (method, operation["path"], str(status), media_type, is_partial)
            # Thousands of answers have the same text.
            if (key, answer["body"]) not in _fitting:
                _assert_fits(json.loads(answer["body"]), key, f"{where}: {status}")
                if len(answer["body"]) < MAX_REMEMBERED:
                    _fitting.add((key, answer["body"]))
    else:
        assert "content" not in documented, f"{where} answers {status} without the documented body"
    query = {name for name in query if not re.fullmatch(SERVICE_QUANTITY, name)}
    if answer["body"].startswith("{") and '"included"' in answer["body"]:
        for each in json.loads(answer["body"]).get("included", ()):
            _assert_included(each, is_partial, f"{where}: {status}")
    if status < 300:
        names = {
            each["name"] for each in map(resolved, operation["parameters"]) if each["in"] == "query"
        } | _ALIASES
        # Unknown names in `fields` are ignored.
        asked = {name.removesuffix("[]") for name in query if not name.startswith("fields[")}
        assert asked <= names | _IGNORED, f"{where} takes parameters that are not documented: {sorted(query)}"
        # An optional body is not read if nothing remains to be done.
        if operation.get("requestBody", {}).get("required"):
            # The document has one notation for values that are accepted in any case.
            body = re.sub(r'("frequency": )("\w+")', lambda found: found[1] + found[2].lower(), event["body"])
            _assert_fits(
                # Members that JSON:API allows, and that are ignored, are described in words.
                _with_text_ids(cleaned(json.loads(body)) if '"data"' in body else json.loads(body)),
                (method, operation["path"], "", MEDIA_TYPE, False),
                f"{where} takes a body that",
            )


def _with_text_ids(value: Any, name: str = "") -> Any:
    """Converts integer ids to text. The API accepts both, but the schemas have only text, because generated clients need one type."""
    if isinstance(value, list):
        return [_with_text_ids(each, name) for each in value]
    if isinstance(value, dict):
        return {key: _with_text_ids(each, key) for key, each in value.items()}
    is_id = name == "id" or name.endswith("_id")
    return str(value) if is_id and isinstance(value, int) and not isinstance(value, bool) else value


def operation_of(method: str, path: str) -> Json:
    """Returns the documented operation for a URL, with its `path`."""
    found = _operation_of(method, path)
    return openapi_document()["paths"][found.template][method.lower()] | {"path": found.template}


@lru_cache(10_000)
def _operation_of(method: str, path: str) -> Operation:
    fixed = [operation for operation, _ in _PATTERNS if operation.path == path]
    [found] = [
        operation
        for operation, pattern in _PATTERNS
        if operation.method == method and (operation.path == path if fixed else pattern.fullmatch(path))
    ]
    return found


def _query(event: Mapping[str, Any]) -> set[str]:
    return {
        *(event.get("queryStringParameters") or {}),
        *(event.get("multiValueQueryStringParameters") or {}),
    }


def resolved(thing: Json, document: Json | None = None) -> Json:
    """Resolves a reference of the document. Returns anything else unchanged."""
    while "$ref" in thing:
        _, *parts = thing["$ref"].split("/")
        thing = document or openapi_document()
        for part in parts:
            thing = thing[part]
    return thing


def _assert_fits(instance: Any, key: tuple[str, str, str, str, bool], where: str) -> None:
    validator = _validator(*key)
    error = None if validator.is_valid(instance) else best_match(validator.iter_errors(instance))
    assert error is None, f"{where} is not as documented: {error.json_path}: {error.message[:500]}"


def _assert_included(resource: Json, is_partial: bool, where: str) -> None:
    """Checks an included resource against the schema of its type. The answer's own schema describes `included` only in words."""
    # A token without `catalog:read` sees only a part of these.
    is_partial = is_partial or resource["type"] in ("customers", "organizations")
    validator = _validator_of_type(resource["type"], is_partial)
    error = best_match(validator.iter_errors(resource))
    assert error is None, f"{where} includes what is not documented: {error.json_path}: {error.message[:500]}"


@cache
def _validator_of_type(type: str, is_partial: bool) -> Any:
    """Returns a validator for resources of a type."""
    [name] = [
        name
        for name, schema in openapi_document()["components"]["schemas"].items()
        if schema.get("properties", {}).get("type", {}).get("const") == type
        and "attributes" in schema["properties"]
    ]
    return validator({"$ref": f"#/components/schemas/{name}"}, is_closed=True, is_partial=is_partial)


@cache
def _validator(method: str, path: str, status: str, media_type: str, is_partial: bool) -> Any:
    operation = openapi_document()["paths"][path][method.lower()]
    documented = resolved(operation["responses"][status]) if status else operation["requestBody"]
    return validator(documented["content"][media_type]["schema"], is_closed=True, is_partial=is_partial)


def validator(schema: Json, *, is_closed: bool = False, is_partial: bool = False) -> Any:
    """Returns a validator for a schema. With `is_closed`, unknown members fail; with `is_partial`, members may be missing."""
    parts = {"components": {"schemas": _schemas(is_closed, is_partial)}}
    return _kind(is_closed, is_partial)(
        {**_strict(schema, is_closed, is_partial), **parts}, format_checker=FormatChecker()
    )


@cache
def _kind(is_closed: bool, is_partial: bool) -> Any:
    """Returns a class of validators that do not check an equal resource again. Many answers contain the same resources."""
    fitting: set[tuple[str, str]] = set()

    def ref(validator: Any, ref: str, instance: Any, schema: Json) -> Iterator[ValidationError]:
        is_resource = isinstance(instance, dict) and "type" in instance
        key = (ref, json.dumps(instance) if is_resource else "")
        if key in fitting:
            return
        errors = list(Draft202012Validator.VALIDATORS["$ref"](validator, ref, instance, schema))
        if is_resource and not errors and len(key[1]) < MAX_REMEMBERED:
            fitting.add(key)
        yield from errors

    return validators.extend(Draft202012Validator, {"$ref": ref})


@cache
def _schemas(is_closed: bool, is_partial: bool) -> Json:
    """Returns the document's schemas. All validators share them, because copies would take gigabytes."""
    return {
        name: {
            key: value
            for key, value in _strict(each, is_closed, is_partial).items()
            if not (is_partial and name.endswith(("Attributes", "Relationships")) and key == "required")
        }
        for name, each in openapi_document()["components"]["schemas"].items()
    }


def _strict(part: Any, is_closed: bool, is_partial: bool) -> Any:
    if isinstance(part, list):
        return [_strict(each, is_closed, is_partial) for each in part]
    if not isinstance(part, dict):
        return part
    made = {
        key: _strict(value, is_closed, is_partial)
        for key, value in part.items()
        if key not in ("example", "examples")
    }
    if is_closed and part.get("type") == "object" and "properties" in part:
        made.setdefault("additionalProperties", False)
    return made
