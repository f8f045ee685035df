"""The OpenAPI document, made of all descriptions. Nothing here is imported before somebody asks for it."""

from collections.abc import Mapping
from typing import Any

from frontdesk.api.negotiation import JSON, JSON_API, Json
from frontdesk.api.openapi.contract import Answer, Contract, Operation, Parameter, Refusal, name_of
from frontdesk.api.openapi.examples import example_of
from frontdesk.api.openapi.parameters import fields_of
from frontdesk.api.openapi.schemas import ADDRESS, key_of, reference, schemas_of
from frontdesk.api.routes import ANY_TOKEN, PUBLIC

_RESPONSES = "#/components/responses/"
_JSONAPI = {
    "type": "object",
    "required": ["version"],
    "properties": {"version": {"type": "string", "const": "1.1"}},
}
_URL = {"type": "string", "format": "uri-reference"}


def document(contract: Contract) -> Json:
    """The document, as JSON."""
    schemas, of_types = schemas_of(contract)
    paths: dict[str, Json] = {}
    for operation in contract.operations:
        paths.setdefault(operation.template, {})[operation.method.lower()] = _operation(
            operation, contract, schemas, of_types
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Frontdesk", "version": contract.version, "description": contract.about},
        # Relative to the document, which is at /docs/openapi.json below the address of the API.
        "servers": [{"url": "..", "description": "Where this document is served"}],
        "tags": [{"name": name, "description": text} for name, text in contract.tags.items()],
        "paths": paths,
        "webhooks": {"event": {"post": _event(contract.event, schemas)}},
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "parameters": {"organization": _parameter(contract.parameters["o"])},
            "responses": {each.name: _refusal(each) for each in contract.refusals.values()},
            "headers": {
                name: {"description": text, "schema": schema}
                for name, (text, schema) in contract.headers.items()
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of an organization, `fd.{organization}.{secret}`. What it may do is told by its scopes.",
                }
            },
        },
    }


def _operation(
    operation: Operation, contract: Contract, schemas: Mapping[str, Json], of_types: Mapping[str, Json]
) -> Json:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": text,
            "schema": {"type": "string"},
            "example": example,
        }
        for name, (text, example) in (
            (name, contract.path_parameters[name]) for name in operation.path_parameters
        )
    ]
    answers = {
        str(status): _answer(answer, operation, schemas, of_types)
        for status, answer in operation.answers.items()
    }
    refused = [status for status in operation.statuses if status not in operation.answers]
    refusals = {str(status): {"$ref": _RESPONSES + contract.refusals[status].name} for status in refused}
    own = [_parameter(each) for each in parameters_of(operation, contract)]
    is_public = operation.scope == PUBLIC
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": "\n\n".join(filter(None, [operation.description, _access(operation)])),
        "security": []
        if is_public
        else [{"token": [] if operation.scope == ANY_TOKEN else [operation.scope]}],
        "parameters": parameters
        + own
        + ([] if is_public else [{"$ref": "#/components/parameters/organization"}]),
    }
    if operation.body:
        content = {"schema": of_types[key_of(operation.body)], "example": operation.example}
        described["requestBody"] = {"required": operation.needs_body, "content": {JSON_API: content}}
    return described | {"responses": answers | refusals}


def _access(operation: Operation) -> str:
    """Swagger UI shows of `security` only that there is some."""
    known = {PUBLIC: "Needs no token.", ANY_TOKEN: "Any token will do."}
    return known.get(operation.scope, f"Scope: `{operation.scope}`.")


def parameters_of(operation: Operation, contract: Contract) -> list[Parameter]:
    """What is said of all that a route takes. KeyError for a parameter that nobody describes."""
    here = {each.name: each for each in operation.parameters}
    names = [*operation.route.parameters, *operation.route.headers]
    return [here.get(name) or fields_of(name) or contract.parameters[name] for name in names]


def _parameter(parameter: Parameter) -> Json:
    """Several values are told with commas between them."""
    return {
        "name": parameter.name,
        "in": parameter.place,
        **({"required": True} if parameter.required else {}),
        "description": parameter.description,
        "schema": parameter.schema,
        **({"style": "form", "explode": False} if parameter.schema.get("type") == "array" else {}),
        **({"example": _example(parameter)} if parameter.example is not None else {}),
    }


def _example(parameter: Parameter) -> Any:
    """As the schema has it."""
    assert parameter.example is not None
    match parameter.schema.get("type"):
        case "array":
            return parameter.example.split(",")
        case "integer":
            return int(parameter.example)
        case "boolean":
            return parameter.example == "true"
        case _:
            return parameter.example


def _answer(
    answer: Answer, operation: Operation, schemas: Mapping[str, Json], of_types: Mapping[str, Json]
) -> Json:
    described: Json = {"description": answer.description}
    if answer.headers:
        described["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in answer.headers}
    if answer.content is None:
        return described
    several, resource = isinstance(answer.content, list), answer.resource
    if resource is None:
        schema = of_types[key_of(answer.content)]
    elif several:
        schema = _many(resource, answer.includes)
    else:
        links = {"links": _links()} if answer.has_link else {}
        meta = {"meta": of_types[key_of(answer.meta)]} if answer.meta else {}
        needed = meta if answer.meta and answer.meta.__required_keys__ else {}
        schema = _one(resource, answer.includes, links | needed)
        schema["properties"] |= meta
    example = example_of(schema, schemas)
    if resource and "links" in example:
        example["links"]["self"] = _self_link(operation, example)
    content: Json = {"schema": schema}
    if answer.media_type.endswith("json"):
        content["example"] = example
    other: Json = {}
    if resource and not answer.always_json_api:
        short = [
            {name: each[name] for name in ("id", "type")}
            for each in (example["data"] if several else [example["data"]])
        ]
        normalized = {"data": short if several else short[0]}
        other = {JSON: {"schema": reference("Normalized"), "example": normalized}}
    return described | {"content": {answer.media_type: content, **other}}


def _self_link(operation: Operation, example: Json) -> str:
    """As the resource has it, or the list."""
    data = example["data"]
    return str(data["links"]["self"]) if isinstance(data, dict) else ADDRESS + operation.path


def _links() -> Json:
    return {"type": "object", "required": ["self"], "properties": {"self": _URL}}


def _one(resource: Any, includes: tuple[Any, ...], beside: Json) -> Json:
    return _object(
        {"data": reference(name_of(resource)), **beside, "jsonapi": _JSONAPI}, **_included(includes)
    )


def _many(resource: Any, includes: tuple[Any, ...]) -> Json:
    return _object(
        {
            "data": {"type": "array", "items": reference(name_of(resource))},
            "links": reference("PageLinks"),
            "meta": reference("PageMeta"),
            "jsonapi": _JSONAPI,
        },
        **_included(includes),
    )


def _included(includes: tuple[Any, ...]) -> Json:
    if not includes:
        return {}
    text = "What `include` names, each once."
    return {
        "included": {
            "type": "array",
            "description": text,
            "items": {"anyOf": [reference(name_of(each)) for each in includes]},
            "examples": [[]],
        }
    }


def _object(needed: Json, **others: Json) -> Json:
    return {"type": "object", "required": [*needed], "properties": needed | others}


def _refusal(refusal: Refusal) -> Json:
    content = {"schema": reference("Errors"), "example": refusal.example}
    return {"description": refusal.description, "content": {JSON_API: content, JSON: content}}


def _event(event: Any, schemas: Mapping[str, Json]) -> Json:
    schema = reference(event.__name__)
    return {
        "operationId": "receive_event",
        "tags": ["Webhooks"],
        "summary": "What a subscription is sent",
        "description": (event.__doc__ or "").strip(),
        "parameters": [
            {
                "name": "Frontdesk-Signature",
                "in": "header",
                "required": True,
                "description": "`t={epoch seconds},v1={hex}`: the HMAC SHA-256, by the secret, over `{t}.{body}`; a `v1` for each secret.",
                "schema": {"type": "string"},
            },
            {"name": "Frontdesk-Event-Id", "in": "header", "required": True, "schema": {"type": "string"}},
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example_of(schema, schemas)}},
        },
        "responses": {"2XX": {"description": "Taken. Anything else is tried again, for some hours."}},
    }
