"""Makes the OpenAPI document from all descriptions. This module is imported only when the document is requested."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from frontdesk.api.negotiation import JSON_API, Json
from frontdesk.api.openapi.contract import Answer, Contract, Operation, Parameter, Refusal, camel
from frontdesk.api.openapi.envelopes import add_envelopes
from frontdesk.api.openapi.examples import example_of
from frontdesk.api.openapi.parameters import TEXT, fields_of
from frontdesk.api.openapi.schemas import key_of, reference, schemas_of
from frontdesk.api.routes import ANY_TOKEN, PUBLIC

_RESPONSES = "#/components/responses/"
_PARAMETERS = "#/components/parameters/"


def document(contract: Contract) -> Json:
    """Returns the document as JSON. Parts that are used in several places have a name and are written once."""
    schemas, of_types = schemas_of(contract)
    add_envelopes(contract, schemas, of_types)
    parameters = _named(contract)
    paths: dict[str, Json] = {}
    for operation in contract.operations:
        paths.setdefault(operation.template, {})[operation.method.lower()] = _operation(
            operation, contract, schemas, of_types, parameters
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Frontdesk", "version": contract.version, "description": contract.about},
        # Relative to the document, which is at /docs/openapi.json below the API's URL.
        "servers": [{"url": "..", "description": "The API that serves this document."}],
        "tags": [{"name": name, "description": text} for name, text in contract.tags.items()],
        "paths": paths,
        "webhooks": {"event": {"post": _event(contract.event, schemas)}},
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "parameters": dict(sorted(parameters.items())),
            "responses": {each.name: _refusal(each) for each in contract.refusals.values()},
            "headers": {
                name: {"description": text, "schema": schema}
                for name, (text, schema) in contract.headers.items()
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of an organization, `fd.{organization}.{secret}`. Its scopes say what it may do.",
                }
            },
        },
    }


def _operation(
    operation: Operation,
    contract: Contract,
    schemas: Mapping[str, Json],
    of_types: Mapping[str, Json],
    parameters: Mapping[str, Json],
) -> Json:
    answers = {
        str(status): _answer(answer, schemas, of_types) for status, answer in operation.answers.items()
    }
    refused = [status for status in operation.statuses if status not in operation.answers]
    refusals = {str(status): {"$ref": _RESPONSES + contract.refusals[status].name} for status in refused}
    is_public = operation.scope == PUBLIC
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": "\n\n".join(filter(None, [operation.description, _access(operation)])),
        # In OpenAPI, only OAuth has scopes. Those of bearer tokens are described in words and, for programs, in `x-scope`.
        "security": [] if is_public else [{"token": []}],
        **({} if operation.scope in (PUBLIC, ANY_TOKEN) else {"x-scope": " ".join(operation.scopes)}),
        "parameters": [_one_of_several(told, parameters) for _, told in _told(operation, contract)],
    }
    if operation.body:
        content = {"schema": of_types[key_of(operation.body)], "example": operation.example}
        described["requestBody"] = {"required": operation.needs_body, "content": {JSON_API: content}}
    return described | {"responses": answers | refusals}


def _told(operation: Operation, contract: Contract) -> list[tuple[str, Json]]:
    """Returns (component name, parameter) for each parameter of an operation. Operations share a component for identical parameters."""
    of_paths = [
        Parameter(name=name, place="path", description=text, schema=TEXT, example=example, required=True)
        for name, (text, example) in (
            (name, contract.path_parameters[name]) for name in operation.path_parameters
        )
    ]
    own = {each.name for each in operation.parameters}
    organization = [] if operation.scope == PUBLIC else [contract.parameters["o"]]
    kind = f"Of{camel(operation.path.split('/')[3])}" if own else ""
    return [
        (
            camel(each.name) + ("InPath" if each.place == "path" else kind if each.name in own else ""),
            _parameter(each),
        )
        for each in [*of_paths, *parameters_of(operation, contract), *organization]
    ]


def _named(contract: Contract) -> dict[str, Json]:
    """Returns the parameters that several operations share, by name. Raises LookupError if two of them differ but have the same name."""
    found = [each for operation in contract.operations for each in _told(operation, contract)]
    often = Counter(json.dumps(told) for _, told in found)
    named: dict[str, Json] = {}
    for name, told in found:
        if (
            often[json.dumps(told)] > 1
            and told not in named.values()
            and named.setdefault(name, told) != told
        ):
            raise LookupError(f"{name} is the name of two parameters")
    return named


def _one_of_several(told: Json, parameters: Mapping[str, Json]) -> Json:
    name = next((name for name, each in parameters.items() if each == told), None)
    return {"$ref": _PARAMETERS + name} if name else told


def _access(operation: Operation) -> str:
    """Returns the required scopes in words, because Swagger UI does not show what `security` requires."""
    known = {PUBLIC: "Needs no token.", ANY_TOKEN: "Any token will do."}
    scopes = operation.scopes
    said = " and ".join(f"`{scope}`" for scope in scopes)
    return known.get(operation.scope, f"Scope{'s' if len(scopes) > 1 else ''}: {said}.")


def parameters_of(operation: Operation, contract: Contract) -> list[Parameter]:
    """Returns all parameters of a route with their descriptions. Raises KeyError if one has no description."""
    here = {each.name: each for each in operation.parameters}
    names = [*operation.route.parameters, *operation.route.headers]
    return [here.get(name) or fields_of(name) or contract.parameters[name] for name in names]


def _parameter(parameter: Parameter) -> Json:
    """Returns a parameter as OpenAPI describes it. The values of an array are separated by commas."""
    return {
        "name": parameter.name,
        "in": parameter.place,
        **({"required": True} if parameter.required else {}),
        "description": parameter.description,
        "schema": parameter.schema,
        **({"style": "form", "explode": False} if parameter.schema.get("type") == "array" else {}),
        "example": _example(parameter.name, parameter.example, parameter.schema),
    }


def _example(name: str, text: str | None, schema: Json) -> Any:
    """Converts the example `text` to the schema's type. If it is None, returns the schema's default or the first value of its enum.

    Raises LookupError if the schema has neither.
    """
    match schema:
        case {"type": "array", "items": items}:
            return [_example(name, None, items)] if text is None else text.split(",")
        case {"type": "integer"} if text is not None:
            return int(text)
        case {"type": "boolean"} if text is not None:
            return text == "true"
        case {"default": value} | {"enum": [value, *_]} if text is None:
            return value
    if text is None:
        raise LookupError(f"the parameter {name} has no example")
    return text


def _answer(answer: Answer, schemas: Mapping[str, Json], of_types: Mapping[str, Json]) -> Json:
    described: Json = {"description": answer.description}
    if answer.headers:
        described["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in answer.headers}
    if answer.content is None:
        return described
    if answer.resource:
        # The normalized form is only described in words. If it were listed, generated clients might request both media types, or read one
        # as the other.
        return described | {"content": {answer.media_type: {"schema": reference(answer.document)}}}
    content: Json = {"schema": of_types[key_of(answer.content)]}
    if answer.media_type.endswith("json"):
        content["example"] = example_of(content["schema"], schemas)
    return described | {"content": {answer.media_type: content}}


def _refusal(refusal: Refusal) -> Json:
    content = {"schema": reference("Errors"), "example": refusal.example}
    return {"description": refusal.description, "content": {JSON_API: content}}


def _event(event: Any, schemas: Mapping[str, Json]) -> Json:
    schema = reference(event.__name__)
    return {
        "operationId": "receive_event",
        "tags": ["Events"],
        "summary": "Receive an event",
        "description": (event.__doc__ or "").strip(),
        # The signature authenticates the request.
        "security": [],
        "parameters": [
            {
                "name": "Frontdesk-Signature",
                "in": "header",
                "required": True,
                "description": "The signature, as `t={epoch seconds},v1={hex}`. `v1` is the HMAC SHA-256 of `{t}.{body}`. "
                "There is one `v1` for each valid secret.",
                "schema": TEXT,
                "example": f"t=1902382800,v1={'5f' * 32}",
            },
            {
                "name": "Frontdesk-Event-Id",
                "in": "header",
                "required": True,
                "description": "The id of the event. It is the same for every attempt.",
                "schema": TEXT,
                "example": "71a1d870-c865-876a-803b-826b187b8133",
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example_of(schema, schemas)}},
        },
        "responses": {
            "2XX": {
                "description": "The event is accepted. After any other answer, the delivery is tried again for some hours."
            }
        },
    }
