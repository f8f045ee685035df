"""OpenAPI: how an operation is described, and the document that is made of all descriptions (`api.operations`).

Nothing here is imported before somebody asks for the document.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from frontdesk.api.app import MEDIA_TYPE
from frontdesk.api.documents import Json
from frontdesk.api.negotiation import JSON
from frontdesk.api.shapes import Errors, Normalized, PageLinks, PageMeta
from frontdesk.domain.catalog.access import Scope

_SCHEMAS, _RESPONSES = "#/components/schemas/", "#/components/responses/"
_INSTANT = "2030-04-15T07:00:00+00:00"
_NULL = {"type": "null"}
_JSONAPI = {
    "type": "object",
    "required": ["version"],
    "properties": {"version": {"type": "string", "const": "1.1"}},
}
_URL = {"type": "string", "format": "uri-reference"}


# Descriptions


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One of the query, or a header. `example` is what the operation's example sends; an array's values have commas between."""

    name: str
    description: str
    schema: Json
    example: str | None = None
    required: bool = False
    place: str = "query"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of JSON:API. `relationships`: the type that each leads to ("" for any), in a list if it is to many."""

    attributes: type[BaseModel]
    relationships: Mapping[str, str | list[str]] = field(default_factory=dict)
    meta: type[BaseModel] | None = None
    has_link: bool = True
    # Last: it hides the builtin from what follows.
    type: str

    @property
    def name(self) -> str:
        """The name of its schema."""
        one = re.sub("ie$", "y", self.type.removesuffix("s"))
        return "".join(part.capitalize() for part in one.split("-"))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes if all is well: one resource, a list of them, or a type that the body is read as.

    `includes` may come beside resources; `meta` is the document's. `always_json_api`: there is no normalized form.
    """

    description: str
    content: Any = None
    media_type: str = MEDIA_TYPE
    headers: tuple[str, ...] = ()
    includes: tuple[Resource, ...] = ()
    meta: type[BaseModel] | None = None
    always_json_api: bool = False


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a status means for every operation; `name` is its response's in the document."""

    name: str
    description: str
    example: Json


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`refusals` are statuses beside those that follow from scope, body and path. `example`: the body that its example sends."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    answers: Mapping[int, Answer]
    # None for whoever comes, "" for any token.
    scope: Scope | Literal[""] | None
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: type[BaseModel] | None = None
    needs_body: bool = True
    example: Any = None
    refusals: tuple[int, ...] = ()

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it."""
        return self.path.replace("<", "{").replace(">", "}")

    @property
    def path_parameters(self) -> list[str]:
        return re.findall(r"<(\w+)>", self.path)

    @property
    def statuses(self) -> list[int]:
        """All that it can answer with, the gateway's among them."""
        found = {*self.answers, *self.refusals, 429, 500, 504}
        found |= {400, 401, 403, 406, 503} if self.scope is not None else set()
        found |= {413, 415, 422} if self.body else set()
        found |= {404} if self.path_parameters else set()
        return sorted(found)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """All that is described.

    `fields` say what the fields of requests are, `needed` which there must be, `inputs` what a validator takes that its
    type does not tell. `refusals` are by status. `version` is the document's.
    """

    version: str
    about: str
    operations: tuple[Operation, ...]
    tags: Mapping[str, str]
    path_parameters: Mapping[str, tuple[str, str]]
    fields: Mapping[type[BaseModel], Mapping[str, str]]
    needed: Mapping[type[BaseModel], tuple[str, ...]]
    inputs: Mapping[Any, Callable[[Json], Json]]
    refusals: Mapping[int, Refusal]
    headers: Mapping[str, tuple[str, Json]]
    organization: Parameter
    event: type[BaseModel]


# The document


def document(contract: Contract) -> Json:
    """The document, as JSON."""
    schemas, of_types = _schemas(contract)
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
            "parameters": {"organization": _parameter(contract.organization)},
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


def example_of(schema: Json, schemas: Mapping[str, Json]) -> Any:
    """A value that fits a schema, from the examples in it; null where there may be none and no example says more."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_SCHEMAS)], schemas)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "null" in schema.get("type", ""):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return None if _NULL in schema["anyOf"] else example_of(schema["anyOf"][0], schemas)
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {
                name: example_of(each, schemas)
                for name, each in schema.get("properties", {}).items()
                if name in needed or "examples" in each
            }
        case "array":
            return [example_of(schema["items"], schemas)]
        case "string":
            return {"date-time": _INSTANT, "date": _INSTANT[:10]}.get(schema.get("format", ""), "string")
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
    return None


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
    own = [_parameter(each) for each in operation.parameters]
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        **({"description": operation.description} if operation.description else {}),
        "security": []
        if operation.scope is None
        else [{"token": [operation.scope] if operation.scope else []}],
        "parameters": parameters
        + own
        + ([] if operation.scope is None else [{"$ref": "#/components/parameters/organization"}]),
    }
    if operation.body:
        content = {"schema": of_types[_key(operation.body)], "example": operation.example}
        described["requestBody"] = {"required": operation.needs_body, "content": {MEDIA_TYPE: content}}
    return described | {"responses": answers | refusals}


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
    match answer.content:
        case None:
            return described
        case Resource() as resource:
            schema = _one(resource, answer.includes, of_types[_key(answer.meta)] if answer.meta else None)
        case [Resource() as resource]:
            schema = _many(resource, answer.includes)
        case plain:
            schema = of_types[_key(plain)]
    example = example_of(schema, schemas)
    if isinstance(example, dict) and isinstance(answer.content, Resource | list) and "links" in example:
        example["links"]["self"] = _self_link(operation, example)
    content: Json = {"schema": schema}
    if answer.media_type.endswith("json"):
        content["example"] = example
    other: Json = {}
    if (
        isinstance(answer.content, Resource | list)
        and isinstance(example, dict)
        and not answer.always_json_api
    ):
        several = isinstance(example["data"], list)
        short = [
            {name: each[name] for name in ("id", "type")}
            for each in (example["data"] if several else [example["data"]])
        ]
        other = {JSON: {"schema": _ref("Normalized"), "example": {"data": short if several else short[0]}}}
    return described | {"content": {answer.media_type: content, **other}}


def _self_link(operation: Operation, example: Json) -> str:
    """As the resource has it, or the list."""
    data = example["data"]
    return str(data["links"]["self"]) if isinstance(data, dict) else _ADDRESS + operation.path


_ADDRESS = "https://api.example.com"


def _one(resource: Resource, includes: tuple[Resource, ...], meta: Json | None = None) -> Json:
    links = (
        {"links": {"type": "object", "required": ["self"], "properties": {"self": _URL}}}
        if resource.has_link
        else {}
    )
    beside = {"meta": meta} if meta else {}
    return _object(
        {"data": _ref(resource.name), **links, **beside, "jsonapi": _JSONAPI}, **_included(includes)
    )


def _many(resource: Resource, includes: tuple[Resource, ...]) -> Json:
    return _object(
        {
            "data": {"type": "array", "items": _ref(resource.name)},
            "links": _ref("PageLinks"),
            "meta": _ref("PageMeta"),
            "jsonapi": _JSONAPI,
        },
        **_included(includes),
    )


def _included(includes: tuple[Resource, ...]) -> Json:
    if not includes:
        return {}
    text = "What `include` names, each once."
    return {
        "included": {
            "type": "array",
            "description": text,
            "items": {"anyOf": [_ref(each.name) for each in includes]},
            "examples": [[]],
        }
    }


def _resource(resource: Resource, of_types: Mapping[str, Json]) -> Json:
    parts: Json = {
        "type": {"type": "string", "const": resource.type},
        "id": {"type": "string", "examples": ["2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730"]},
        "attributes": of_types[_key(resource.attributes)],
    }
    if resource.relationships:
        parts["relationships"] = _object(
            {name: _relationship(to) for name, to in resource.relationships.items()}
        )
    if resource.has_link:
        link = _URL | {
            "examples": [f"{_ADDRESS}/api/v1/{resource.type}/2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730"]
        }
        parts["links"] = _object({"self": link})
    if resource.meta:
        parts["meta"] = of_types[_key(resource.meta)]
    return _object(parts)


def _relationship(to: str | list[str]) -> Json:
    type = to if isinstance(to, str) else to[0]
    kind: Json = {"type": "string", "const": type} if type else {"type": "string"}
    identifier = _object(
        {"type": kind, "id": {"type": "string", "examples": ["0b6e2f3c-9f6d-4a0e-8a55-3a1d6c2b4e10"]}}
    )
    return _object(
        {
            "data": {"anyOf": [identifier, _NULL]}
            if isinstance(to, str)
            else {"type": "array", "items": identifier}
        }
    )


def _object(needed: Json, **others: Json) -> Json:
    return {"type": "object", "required": [*needed], "properties": needed | others}


def _refusal(refusal: Refusal) -> Json:
    content = {"schema": _ref("Errors"), "example": refusal.example}
    return {"description": refusal.description, "content": {MEDIA_TYPE: content, JSON: content}}


def _event(event: type[BaseModel], schemas: Mapping[str, Json]) -> Json:
    schema = _ref(event.__name__)
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


# Schemas


def _schemas(contract: Contract) -> tuple[dict[str, Json], dict[str, Json]]:
    """The schemas of the document by name, and those of types by `_key`."""
    resources = {
        resource.name: resource for operation in contract.operations for resource in _resources_of(operation)
    }
    types = [contract.event, PageLinks, PageMeta, Errors, Normalized]
    types += [
        answer.meta
        for operation in contract.operations
        for answer in operation.answers.values()
        if answer.meta
    ]
    types += [operation.body for operation in contract.operations if operation.body]
    types += [
        part for resource in resources.values() for part in (resource.attributes, resource.meta) if part
    ]
    plain = [
        answer.content
        for operation in contract.operations
        for answer in operation.answers.values()
        if answer.content is not None and not isinstance(answer.content, Resource | list)
    ]
    adapters = {_key(type): TypeAdapter(type) for type in [*types, *plain]}
    found, definitions = TypeAdapter.json_schemas(
        [(key, "validation", adapter) for key, adapter in adapters.items()],
        ref_template=_SCHEMAS + "{model}",
        schema_generator=_generator(contract),
    )
    defined = definitions.get("$defs", {})
    inlined = {name: schema for name, schema in defined.items() if name.startswith("_") or "__" in name}
    schemas = {name: _plain(schema, inlined) for name, schema in defined.items() if name not in inlined}
    of_types = {str(key): _plain(schema, inlined) for (key, _), schema in found.items()}
    return schemas | {name: _resource(resource, of_types) for name, resource in resources.items()}, of_types


def _resources_of(operation: Operation) -> Iterator[Resource]:
    for answer in operation.answers.values():
        yield from answer.includes
        if isinstance(answer.content, Resource):
            yield answer.content
        elif isinstance(answer.content, list):
            yield from answer.content


def _generator(contract: Contract) -> type[GenerateJsonSchema]:
    class Generator(GenerateJsonSchema):
        """With what the models themselves do not tell."""

        def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Json:
            inner = super().function_before_schema(schema)
            takes = contract.inputs.get(schema["function"]["function"])
            return takes(inner) if takes else inner

        def model_schema(self, schema: core_schema.ModelSchema) -> Json:
            made = super().model_schema(schema)
            properties = made.get("properties", {})
            for name, text in contract.fields.get(schema["cls"], {}).items():
                properties[name]["description"] = text
            needed = contract.needed.get(schema["cls"], ())
            for name in needed:
                properties[name] = _without_null(properties[name])
            return made | ({"required": list(needed)} if needed else {})

    return Generator


def _plain(schema: Any, inlined: Mapping[str, Json]) -> Any:
    """A schema of Pydantic's without titles, defaults of null, and references to what has no name of its own."""
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref", "").removeprefix(_SCHEMAS)
    if name in inlined:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _plain(inlined[name], inlined) | beside
    kept: Json = {}
    for key, value in schema.items():
        match key:
            case "title":
                continue
            case "default" if value is None:
                continue
            case "properties":
                kept[key] = {name: _plain(each, inlined) for name, each in value.items()}
            case "propertyNames":
                kept[key] = {name: each for name, each in _plain(value, inlined).items() if name != "type"}
            case "items":
                kept[key] = _without_null(_plain(value, inlined))
            case "anyOf":
                plain = [_plain(each, inlined) for each in value]
                kept |= _any_of(
                    [one for each in plain for one in (each["anyOf"] if set(each) == {"anyOf"} else [each])]
                )
            case "additionalProperties":
                kept[key] = _plain(value, inlined)
            case "minLength" | "maxLength" if "anyOf" in schema:
                # Pydantic does not know that it is the array's.
                arrays = [each for each in kept["anyOf"] if each.get("type") == "array"]
                assert arrays
                for each in arrays:
                    each[key.replace("Length", "Items")] = value
            case _:
                kept[key] = value
    return kept


def _any_of(schemas: list[Json]) -> Json:
    """One of several, told as one schema where it is that or null."""
    others = [each for each in schemas if each != _NULL]
    if (
        len(others) == len(schemas)
        or len(others) > 1
        or not isinstance(others[0].get("type"), str | list)
        or "const" in others[0]
    ):
        return {"anyOf": others + [_NULL] * (len(others) < len(schemas))}
    [other] = others
    types = [other["type"]] if isinstance(other["type"], str) else other["type"]
    return (
        other
        | {"type": [*dict.fromkeys([*types, "null"])]}
        | ({"enum": [*other["enum"], None]} if "enum" in other else {})
    )


def _without_null(schema: Json) -> Json:
    """Where null is as good as nothing, and something is needed."""
    if isinstance(schema.get("type"), list):
        types = [each for each in schema["type"] if each != "null"]
        enum = {"enum": [each for each in schema["enum"] if each is not None]} if "enum" in schema else {}
        return schema | enum | {"type": types[0] if len(types) == 1 else types}
    others = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if len(others) == 1:
        kept: Json = others[0]
        return kept | {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return schema | ({"anyOf": others} if others else {})


def _key(of: Any) -> str:
    return f"{of.__module__}.{of.__qualname__}" if isinstance(of, type) else str(of)


def _ref(name: str) -> Json:
    return {"$ref": _SCHEMAS + name}
