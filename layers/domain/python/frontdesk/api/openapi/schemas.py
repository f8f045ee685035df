"""Makes the document's schemas from answer types and request models, through Pydantic."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from frontdesk.api.answers.documents import IncludedResource, PageLinks, PageMeta
from frontdesk.api.answers.errors import Errors
from frontdesk.api.answers.values import Version
from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.contract import Contract, Operation, schema_name
from frontdesk.api.openapi.examples import NULL, SCHEMAS

ADDRESS = "https://api.example.com"


def schemas_of(contract: Contract) -> tuple[dict[str, Json], dict[str, Json]]:
    """Returns two dicts, `named` and `of_types`.

    `named` maps the name of each schema to the schema. `of_types` maps `key_of(type)` to the schema of the
    type, for each type in the contract.

    Every object has a name. Without one, a generator would invent a name for each place where the object is used.
    """
    types = [contract.event, PageLinks, PageMeta, Errors, Version, IncludedResource]
    types += [part for operation in contract.operations for part in _types_of(operation)]
    adapters = {key_of(type): TypeAdapter(type) for type in types}
    found, definitions = TypeAdapter.json_schemas(
        [(key, "validation", adapter) for key, adapter in adapters.items()],
        ref_template=SCHEMAS + "{model}",
        schema_generator=_generator(contract),
    )
    schemas: dict[str, Json] = {}
    for defined, schema in definitions.get("$defs", {}).items():
        name, made = schema_name(defined), _plain(schema)
        if schemas.setdefault(name, made) != made:
            raise LookupError(f"{name} is the name of two schemas")
    return schemas, {str(key): _plain(schema) for (key, _), schema in found.items()}


def key_of(type_: Any) -> str:
    """Returns the full name of a type, such as `frontdesk.api.answers.orders.OrderResource`. It is the type's key in `schemas_of`."""
    return f"{type_.__module__}.{type_.__qualname__}" if isinstance(type_, type) else str(type_)


def reference(name: str) -> Json:
    """Returns a reference to a named schema."""
    return {"$ref": SCHEMAS + name}


def _types_of(operation: Operation) -> Iterable[Any]:
    if operation.body:
        yield operation.body
    for answer in operation.answers.values():
        yield from answer.includes
        if answer.meta:
            yield answer.meta
        if answer.content is not None:
            yield answer.resource or answer.content


def _generator(contract: Contract) -> type[GenerateJsonSchema]:
    class Generator(GenerateJsonSchema):
        """Adds to Pydantic's schemas what the models do not say: descriptions, required fields, and other accepted inputs."""

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


def _plain(schema: Any) -> Any:
    """Returns Pydantic's schema without titles and null defaults, in a form that client generators understand."""
    if not isinstance(schema, dict):
        return schema
    kept: Json = {}
    for key, value in schema.items():
        match key:
            case "title":
                continue
            case "default" if value is None:
                continue
            case "$ref":
                kept[key] = SCHEMAS + schema_name(value.removeprefix(SCHEMAS))
            case "properties":
                kept[key] = {name: _plain(each) for name, each in value.items()}
            case "propertyNames":
                kept[key] = {name: each for name, each in _plain(value).items() if name != "type"}
            case "prefixItems":
                # The tuples here have one type each. `minItems` and `maxItems` have their length.
                [kept["items"]] = {str(each): _plain(each) for each in value}.values()
            case "items":
                kept[key] = _without_null(_plain(value))
            case "anyOf":
                plain = [_plain(each) for each in value]
                kept |= _any_of(
                    [one for each in plain for one in (each["anyOf"] if set(each) == {"anyOf"} else [each])]
                )
            case "additionalProperties":
                kept[key] = _plain(value)
            case "minLength" | "maxLength" if "anyOf" in schema:
                # Pydantic puts this limit beside the array's schema instead of into it.
                arrays = [each for each in kept["anyOf"] if each.get("type") == "array"]
                assert arrays
                for each in arrays:
                    each[key.replace("Length", "Items")] = value
            case _:
                kept[key] = value
    return kept


def _any_of(schemas: list[Json]) -> Json:
    """Returns a union of schemas. A union of one simple schema and null becomes one schema with two types."""
    others = [each for each in schemas if each != NULL]
    if (
        len(others) == len(schemas)
        or len(others) > 1
        or not isinstance(others[0].get("type"), str | list)
        or "const" in others[0]
    ):
        return {"anyOf": others + [NULL] * (len(others) < len(schemas))}
    [other] = others
    types = [other["type"]] if isinstance(other["type"], str) else other["type"]
    return (
        other
        | {"type": [*dict.fromkeys([*types, "null"])]}
        | ({"enum": [*other["enum"], None]} if "enum" in other else {})
    )


def _without_null(schema: Json) -> Json:
    """Returns the schema without null, for a required value."""
    if isinstance(schema.get("type"), list):
        types = [each for each in schema["type"] if each != "null"]
        enum = {"enum": [each for each in schema["enum"] if each is not None]} if "enum" in schema else {}
        return schema | enum | {"type": types[0] if len(types) == 1 else types}
    others = [each for each in schema.get("anyOf", ()) if each != NULL]
    if len(others) == 1:
        kept: Json = others[0]
        return kept | {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return schema | ({"anyOf": others} if others else {})
