"""Describes each parameter of the API. `api.routes` declares which operation takes which parameters."""

from collections.abc import Iterable

from frontdesk.api.answers.values import ADA, MEETING, ORDER_ID, ROOM
from frontdesk.api.includes import EMPTY, RELATED
from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.contract import Parameter
from frontdesk.api.query import MAX_NUMBER, MAX_SIZE, USUAL_SIZE, largest_page
from frontdesk.api.routes import ORDERS, needs_value
from frontdesk.domain.trail import MAX_REASON

TEXT: Json = {"type": "string"}
ON: Json = {"type": "boolean"}
ID: Json = {"type": "string", "maxLength": 128}
SERIES = "8d9f4c3e-0b6a-4f30-b8d6-7e5c40b1f8a0"
ORGANIZATION = "5f0c6f0a-6d3b-4a52-9c1e-0d5a3f7b1c01"


def list_of(schema: Json) -> Json:
    """Returns the schema of an array."""
    return {"type": "array", "items": schema}


def one_of(values: Iterable[str]) -> Json:
    """Returns the schema for one of these values."""
    return {"type": "string", "enum": list(values)}


def include(type: str) -> Parameter:
    """Describes `include` for a type. The examples are paths of up to two names. Clients may send longer ones."""
    related = RELATED.get(type, {})
    paths = [name for name, to in related.items() if to not in EMPTY]
    further = [
        f"{name}.{step}" for name in paths for step, to in RELATED[related[name]].items() if to not in EMPTY
    ]
    names = ", ".join(f"`{name}`" for name, to in related.items() if to in EMPTY)
    text = "Related resources to include, as paths of up to four names."
    return Parameter(
        name="include",
        description=f"{text} Accepted and always empty: {names}." if names else text,
        schema=list_of({"type": "string", "examples": [*paths, *further]}),
        example=next(iter(paths), next(iter(related), None)),
    )


LARGE_PAGE = Parameter(
    name="page[size]",
    description="Resources per page. A page of more than 5,000,000 bytes has fewer; `links.next` continues after it.",
    schema={"type": "integer", "minimum": 1, "maximum": largest_page(ORDERS), "default": USUAL_SIZE},
)


def sort(names: Iterable[str], otherwise: str) -> Parameter:
    """Describes `sort` for these names. `otherwise` is the default order."""
    both = [sign + name for name in names for sign in ("", "-")]
    return Parameter(
        name="sort",
        description=f"A leading `-` sorts descending. Default: {otherwise}.",
        schema=list_of(one_of(both)),
    )


def statuses(values: Iterable[str], example: str) -> Parameter:
    """Describes `filter[status]` with these values."""
    return Parameter(
        name="filter[status]",
        description="Only these statuses.",
        schema=list_of(one_of(values)),
        example=example,
    )


def fields_of(name: str) -> Parameter | None:
    """Describes `fields[type]`. Returns None for another name."""
    if not name.startswith("fields["):
        return None
    type = name[7:-1]
    text = f"The attributes and relationships of {type} to return."
    return Parameter(name=name, description=text, schema=list_of(TEXT), example=_SHOWN.get(type, "name"))


# Attributes for the examples of types that have no attribute `name`.
_SHOWN = {
    "orders": "number,total",
    "bookings": "number,start_date",
    "customers": "full_name",
    "vouchers": "code",
    "custom-fields": "label",
    "imports": "status",
    "history-entries": "action",
    "audit-log-entries": "action",
    "webhook-deliveries": "status",
}
_FILTERS: dict[str, tuple[str, Json, str]] = {
    "customer": ("Only of these customers, by id, separated by commas.", TEXT, ADA),
    "email": (
        "Only of these customers, by email address, separated by commas.",
        {"type": "string", "maxLength": 320},
        "ada@example.com",
    ),
    "search": (
        "Searches numbers, notes, titles, and the customer's name, address, company and phone.",
        {"type": "string", "maxLength": 200},
        "Ada",
    ),
    "start_date": (
        "Only bookings and orders that overlap the time from this date or moment on.",
        TEXT,
        "2030-04-15",
    ),
    "end_date": (
        "Only bookings and orders that overlap the time up to this date or moment. A date includes its whole day.",
        TEXT,
        "2030-04-16",
    ),
    "created_from": ("Only bookings and orders created from this moment on.", TEXT, "2026-01-01"),
    "created_until": (
        "Only bookings and orders created up to this moment. A date includes its whole day.",
        TEXT,
        "2030-12-31",
    ),
    "upcoming_only": ("Only bookings and orders that have not ended.", ON, "true"),
    "import": ("Only orders that this import created, by id.", ID, "20300415T030000-0123456789ab"),
    "order": ("Only bookings of these orders, by id, separated by commas.", TEXT, ORDER_ID),
    "resources": ("Only bookings of any of these resources, by id.", list_of(ID), ROOM),
    "external_id": ("Only bookings with this id in another system.", ID, "K-17"),
    "hide_blocker": ("Leave out blockers.", ON, "true"),
    "actor": ("Only changes by this token or import, by id.", ID, "9f86d081884c7d659a2feaa0c55ad015"),
    "subject": ("Only changes of this resource, by id.", ID, ROOM),
    "archived": ("`true` lists archived items instead of active ones.", ON, "false"),
    "exclude_child_resources": ("Leave out resources that have a parent.", ON, "true"),
}
# By name. An operation's own description overrides these.
PARAMETERS = {
    each.name: each
    for each in (
        Parameter(
            name="o",
            description="The id of the token's organization. Optional.",
            schema=ID,
            example=ORGANIZATION,
        ),
        Parameter(
            name="page[number]",
            description="The page, counted from 1.",
            schema={"type": "integer", "minimum": 1, "maximum": MAX_NUMBER, "default": 1},
        ),
        Parameter(
            name="page[size]",
            description="Resources per page.",
            schema={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": USUAL_SIZE},
        ),
        Parameter(
            name="notify_customer",
            description="Whether to mail the customer. Drafts send no mail.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="include_past",
            description="Whether to cancel also bookings that have ended or were attended.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="reason",
            description="The reason, for the order's history or the audit log. It is kept for a year, so do not include personal "
            "data.",
            schema={"type": "string", "maxLength": MAX_REASON},
            example="rain",
        ),
        Parameter(
            name="cascade",
            description="Whether to revoke also all tokens created with this one, and those created with them.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="Idempotency-Key",
            place="header",
            description="Makes the request idempotent: repeats with the same key create nothing new.",
            schema={"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
            example="b7f5c1de-1f0e-4a5b-9d57-0c7a52a9e1f3",
        ),
        Parameter(
            name="If-Match",
            place="header",
            description="The ETag you last saw. Answers 412 if the resource has changed since.",
            schema=TEXT,
            example='"1"',
        ),
        Parameter(
            name="check_availability",
            description="`false` overbooks.",
            schema=ON | {"default": True},
        ),
        Parameter(
            name="timezone",
            description="IANA name, for dates without an offset. Default: the organization's.",
            schema=TEXT,
            example="Europe/Berlin",
        ),
        Parameter(
            name="service_id",
            description="Several services are booked together, one of each. Aliases: `service_id[]`, `s[]`; `service_id[ID]=2` books two.",
            schema=list_of(ID),
            required=True,
            example=MEETING,
        ),
        Parameter(
            name="resource_id",
            description="Several resources are alternatives. Default: all that offer the services. Aliases: `resource_id[]`, `r`, `r[]`.",
            schema=list_of(ID),
            example=ROOM,
        ),
        Parameter(
            name="timeslot_series_id",
            description="Use the slots of this series instead of the booking grid.",
            schema=ID,
            example=SERIES,
        ),
        Parameter(
            name="duration",
            description="In minutes. Default: the services' usual duration.",
            schema={"type": "integer", "minimum": 1, "maximum": 527040},
            example="60",
        ),
        Parameter(
            name="quantity",
            description="The quantity of the service.",
            schema={"type": "integer", "minimum": 1, "maximum": 100_000, "default": 1},
        ),
        Parameter(name="date", description="A local day.", schema=TEXT, required=True, example="2030-04-15"),
        Parameter(
            name="start_date",
            description="The first day, or a moment.",
            schema=TEXT,
            required=True,
            example="2030-04-15",
        ),
        Parameter(
            name="end_date",
            description="The last day, inclusive; or a moment, exclusive.",
            schema=TEXT,
            required=True,
            example="2030-04-16",
        ),
        *(
            Parameter(
                name=f"filter[{name}]",
                description=f"{text} Needs a value." if needs_value(f"filter[{name}]") else text,
                schema=schema,
                example=example,
            )
            for name, (text, schema, example) in _FILTERS.items()
        ),
    )
}
# Shared by the operations of availability.
OFFERED = Parameter(
    name="service_id",
    description="Selects all resources that offer these services. Use it instead of `resource_id`. Aliases: "
    "`service_id[]`, `s[]`.",
    schema=list_of(ID),
    example=MEETING,
)
DAYS_TIMEZONE = Parameter(
    name="timezone",
    description="IANA name, for the days and for the times in the answer. Default: the resource's.",
    schema=TEXT,
    example="Europe/Berlin",
)
