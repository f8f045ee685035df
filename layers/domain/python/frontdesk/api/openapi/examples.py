"""Makes an example of a schema from the examples of its parts."""

from collections.abc import Mapping
from typing import Any

from frontdesk.api.negotiation import Json

SCHEMAS = "#/components/schemas/"
NULL = {"type": "null"}
_INSTANT = "2030-04-15T07:00:00+00:00"


def example_of(schema: Json, schemas: Mapping[str, Json]) -> Any:
    """Returns a value that fits a schema. Uses the schema's examples, constants and defaults. Without these, uses null if it is allowed."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(SCHEMAS)], schemas)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "null" in schema.get("type", ""):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return None if NULL in schema["anyOf"] else example_of(schema["anyOf"][0], schemas)
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
