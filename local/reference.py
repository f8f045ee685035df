"""Makes the tables of attributes and limits in docs/api.md from the code. `make openapi` writes them."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from frontdesk.api.openapi.catalog import texts_of
from frontdesk.api.openapi.contract import singular
from frontdesk.domain.requests.catalog import TYPES, CatalogType

# (subject, text of the limit, the constants whose values are filled into the text)
_LIMITS = (
    ("Body of a request", "{:,} bytes", "api.app:MAX_BYTES"),
    ("Values in a body, counting objects and arrays", "{:,}", "domain.requests.envelope:MAX_VALUES"),
    ("Page of a list. A larger page is cut, and has fewer items", "{:,} bytes", "api.bounds:MAX_PAGE"),
    (
        "Any other answer. A larger order or preview is shortened, as `meta.cut` shows",
        "{:,} bytes",
        "api.bounds:MAX_ANSWER",
    ),
    ("Items in a page of orders or bookings", "{:,}", "api.query:largest_page"),
    ("Items in a page of another list", "{:,}", "api.query:MAX_SIZE"),
    ("Items in a page without `page[size]`", "{:,}", "api.query:USUAL_SIZE"),
    ("Paths in `include`", "{:,}", "api.includes:MAX_PATHS"),
    ("Names in a path of `include`", "{:,}", "api.includes:MAX_STEPS"),
    (
        "Bookings of an order, including occurrences and sub-bookings",
        "{:,}",
        "domain.requests.order:MAX_BOOKINGS",
    ),
    ("Occurrences of a series", "{:,}", "domain.requests.order:MAX_BOOKINGS"),
    ("Resources of a booking", "{:,}", "domain.assessment.limits:MAX_RESOURCES"),
    ("Lines of an order", "{:,}", "domain.assessment.limits:MAX_LINES"),
    (
        "Lines of a booking: services, starting fees, add-ons",
        "{:,}",
        "domain.assessment.limits:MAX_LINES_OF_BOOKING",
    ),
    ("Ids in a request", "{:,}", "domain.assessment.limits:MAX_IDS"),
    (
        "Resource-days (a resource on a day) of the bookings in a request, without the occurrences of series",
        "{:,}",
        "domain.assessment.limits:MAX_LEDGERS",
    ),
    ("Resource-days of an order, with the occurrences of series", "5,000"),
    (
        "Items and resource-days needed to decide an order, including occurrences",
        "{:,}",
        "domain.assessment.limits:MAX_READ",
    ),
    (
        "Bytes that are read to decide whether an order can be booked",
        "{:,} bytes",
        "domain.sizes:MAX_READ_BYTES",
    ),
    ("Bytes read for the desk's plan (`GET /plan`)", "{:,} bytes", "usecases.plan:MAX_BYTES"),
    ("Different times in one day of a resource", "{:,}", "domain.sizes:MAX_SEGMENTS"),
    ("Stored size of one day of a resource", "{:,} bytes", "domain.sizes:MAX_DAY"),
    (
        "Stored size of one day of a resource, when a draft or a large order is placed there",
        "{:,} bytes",
        "domain.sizes:MAX_HELD_DAY",
    ),
    ("Conflicts that get alternative times", "{:,}", "domain.assessment.assess:MAX_OFFERED"),
    ("Periods in a conflict's `taken`", "{:,}", "domain.assessment.time_rules:MAX_TAKEN"),
    ("Custom fields in one object", "{:,}", "domain.requests.order:MAX_CUSTOM_FIELDS"),
    (
        "Stored size of the answers of a booking, or of an order",
        "{:,} bytes",
        "domain.assessment.fields:MAX_ENTRY_BYTES",
    ),
    ("Errors in an answer", "{:,}", "domain.problems:MAX_PROBLEMS"),
    ("Amount of money", "{:,}", "domain.catalog.items:MAX_NUMBER"),
    ("Imports of an organization that have not ended", "{:,}", "domain.imports.uploads:MAX_OPEN"),
    ("Exports of an organization that have not ended", "{:,}", "domain.exports.export:MAX_OPEN"),
    ("Reason of a change", "{:,} characters", "domain.trail:MAX_REASON"),
    ("Attempts at sending a mail", "{:,}", "domain.messages.message:MAX_ATTEMPTS"),
    ("Mails of an order that are resent within a clock hour", "{:,}", "domain.orders.resends:MAX_RESENDS"),
    ("Years", "1971 to {}", "domain.time.recurrence:LAST_YEAR"),
    ("Quantity", "100,000"),
    ("`note`, `description`, `customer_note` and `title` of an order or a booking", "2,000 characters"),
    ("Id", "128 characters"),
    ("Voucher code", "100 characters"),
    ("Name of a time zone", "64 characters"),
)
_NONE: tuple[Any, ...] = (None, "", (), {}, frozenset())


def limits() -> str:
    """Returns the table of limits in Markdown, with values from the code."""
    lines = ["| what | at most | constant |", "| --- | --- | --- |"]
    for what, told, *names in _LIMITS:
        constants = ", ".join(f"`{name.partition(':')[2]}`" for name in names)
        lines.append(f"| {what} | {told.format(*map(_constant, names))} | {constants} |")
    return "\n".join(lines)


def _constant(name: str) -> Any:
    module, _, constant = name.partition(":")
    value = getattr(import_module(f"frontdesk.{module}"), constant)
    return value("/api/v1/orders") if callable(value) else value


def attributes(document: dict[str, Any]) -> str:
    """Returns a Markdown table for each catalog type: its attributes with type, default and meaning. `document` is the OpenAPI document."""
    return "\n\n".join("\n".join(_table(of, document["components"]["schemas"])) for of in TYPES.values())


def _table(of: CatalogType, schemas: dict[str, Any]) -> Iterator[str]:
    properties, texts = schemas[f"{singular(of.name)}Creation"]["properties"], texts_of(of, new=False)
    shown = schemas[f"{singular(of.name)}Attributes"]["properties"]
    yield f"#### `{of.name}`\n"
    yield "| attribute | type | default | meaning |\n| --- | --- | --- | --- |"
    for name in of.attributes:
        field = of.model.model_fields[name]
        default = "required" if field.is_required() else _told(field.default)
        yield f"| `{name}` | {_type(properties[name], schemas)} | {default} | {texts[name]} |"
    for name in sorted(of.derived):
        yield f"| `{name}` | | | Read-only. {shown[name]['description']} |"
    for ids, (name, kind) in of.related.items():
        to = next(each.name for each in TYPES.values() if each.kind == kind)
        several = "Any number" if ids.endswith("_ids") else "One"
        yield f"| `{name}` | relationship | none | {several} of the `{to}`. |"


def _told(value: Any) -> str:
    if value in _NONE:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return ", ".join(f"`{each}`" for each in value) if isinstance(value, tuple) else f"`{value}`"


def _type(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _type(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"] if value is not None)
    if "anyOf" in schema:
        return " or ".join(_type(each, schemas) for each in schema["anyOf"] if each != {"type": "null"})
    types = schema.get("type", "")
    kind = next((each for each in types if each != "null"), "") if isinstance(types, list) else types
    if kind == "array":
        item, _, limit = _type(schema["items"], schemas).partition(", at most ")
        most = f"at most {schema['maxItems']:,} " if "maxItems" in schema else ""
        if item.startswith("`"):
            return f"array of {item}"
        return f"array of {most}{item}s" + (f", each of at most {limit}" if limit else "")
    if kind == "string":
        form = schema.get("format", "string")
        return f"{form}, at most {schema['maxLength']:,} characters" if "maxLength" in schema else form
    if kind in ("integer", "number") and "maximum" in schema:
        return f"{kind}, {schema.get('minimum', 0):,} to {schema['maximum']:,}"
    return kind
