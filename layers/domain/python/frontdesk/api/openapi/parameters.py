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
    text = "The related resources to include, as paths of up to four names."
    unused = f" The following names are accepted, but add nothing to the answer: {names}." if names else ""
    return Parameter(
        name="include",
        description=text + unused,
        schema=list_of({"type": "string", "examples": [*paths, *further]}),
        example=next(iter(paths), next(iter(related), None)),
    )


LARGE_PAGE = Parameter(
    name="page[size]",
    description="How many resources a page has. It has fewer if they exceed 5,000,000 bytes; `links.next` continues after them.",
    schema={"type": "integer", "minimum": 1, "maximum": largest_page(ORDERS), "default": USUAL_SIZE},
)


def sort(names: Iterable[str], otherwise: str) -> Parameter:
    """Describes `sort` for these names. `otherwise` is the default order."""
    both = [sign + name for name in names for sign in ("", "-")]
    return Parameter(
        name="sort",
        description=f"The attributes to sort by. A leading `-` sorts descending. Default: {otherwise}.",
        schema=list_of(one_of(both)),
    )


def statuses(values: Iterable[str], example: str) -> Parameter:
    """Describes `filter[status]` with these values."""
    return Parameter(
        name="filter[status]",
        description="Only items with one of these statuses.",
        schema=list_of(one_of(values)),
        example=example,
    )


def fields_of(name: str) -> Parameter | None:
    """Describes `fields[type]`. Returns None for another name."""
    if not name.startswith("fields["):
        return None
    type = name[7:-1]
    text = f"The attributes and relationships of {type} to return. Default: all."
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
    "customer": ("Only items of the customers with these ids, separated by commas.", TEXT, ADA),
    "email": (
        "Only items of the customers with these email addresses, separated by commas.",
        {"type": "string", "maxLength": 320},
        "ada@example.com",
    ),
    "search": (
        "Only items that contain all of these words. Numbers, notes and titles are searched. The name, email address, company and "
        "telephone numbers of the customer are searched, too.",
        {"type": "string", "maxLength": 200},
        "Ada",
    ),
    "start_date": (
        "Only items that end after this moment, even if they began before. A date means the beginning of its day.",
        TEXT,
        "2030-04-15",
    ),
    "end_date": (
        "Only items that start before this moment. A date includes its whole day.",
        TEXT,
        "2030-04-16",
    ),
    "created_from": ("Only items created at or after this date or moment.", TEXT, "2026-01-01"),
    "created_until": (
        "Only items created before this moment. A date includes its whole day.",
        TEXT,
        "2030-12-31",
    ),
    "upcoming_only": ("Only items that have not ended.", ON, "true"),
    "import": ("Only orders created by the import with this id.", ID, "20300415T030000-0123456789ab"),
    "order": ("Only bookings of the orders with these ids, separated by commas.", TEXT, ORDER_ID),
    "resources": ("Only bookings of any of the resources with these ids.", list_of(ID), ROOM),
    "external_id": ("Only bookings with this id in another system.", ID, "K-17"),
    "hide_blocker": ("Whether to leave out blockers. Default: false.", ON, "true"),
    "actor": ("Only changes by the token or import with this id.", ID, "9f86d081884c7d659a2feaa0c55ad015"),
    "subject": ("Only changes of the item with this id.", ID, ROOM),
    "archived": ("Whether to list archived items instead of active ones. Default: false.", ON, "false"),
    "exclude_child_resources": (
        "Whether to leave out resources that have a parent. Default: false.",
        ON,
        "true",
    ),
}
# By name. An operation's own description overrides these.
PARAMETERS = {
    each.name: each
    for each in (
        Parameter(
            name="o",
            description="The id of the token's organization. You can leave it out.",
            schema=ID,
            example=ORGANIZATION,
        ),
        Parameter(
            name="page[number]",
            description="The number of the page, counted from 1.",
            schema={"type": "integer", "minimum": 1, "maximum": MAX_NUMBER, "default": 1},
        ),
        Parameter(
            name="page[size]",
            description="How many resources a page has.",
            schema={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": USUAL_SIZE},
        ),
        Parameter(
            name="notify_customer",
            description="Whether to mail the customer. For drafts, no mail is sent.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="include_past",
            description="Whether to also cancel bookings that have ended or were attended.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="reason",
            description="The reason for the change, for the order's history or the audit log. It is kept for a year, so do not include "
            "personal data.",
            schema={"type": "string", "maxLength": MAX_REASON},
            example="rain",
        ),
        Parameter(
            name="cascade",
            description="Whether to also revoke all tokens created with this token, directly or through other tokens.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="Idempotency-Key",
            place="header",
            description="A key of your choice for this request. Repeats with the same key create nothing new. Orders and bookings "
            "remember a key forever, everything else for seven days.",
            schema={"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
            example="b7f5c1de-1f0e-4a5b-9d57-0c7a52a9e1f3",
        ),
        Parameter(
            name="If-Match",
            place="header",
            description="The `ETag` that you got when you read the item. If the item has changed since then, the answer is 412. "
            "Without this header, nothing is compared.",
            schema=TEXT,
            example='"1"',
        ),
        Parameter(
            name="check_availability",
            description="Whether to check availability. `false` ignores taken slots, opening hours, lead times and the past.",
            schema=ON | {"default": True},
        ),
        Parameter(
            name="timezone",
            description="The IANA time zone of dates without an offset. Default: the organization's.",
            schema=TEXT,
            example="Europe/Berlin",
        ),
        Parameter(
            name="service_id",
            description="The ids of the services to book together, one unit of each. `service_id[ID]=2` means two units. Other "
            "names: `service_id[]`, `s[]`.",
            schema=list_of(ID),
            required=True,
            example=MEETING,
        ),
        Parameter(
            name="resource_id",
            description="The ids of resources to choose from. Default: all that offer the services. Other names: "
            "`resource_id[]`, `r`, `r[]`.",
            schema=list_of(ID),
            example=ROOM,
        ),
        Parameter(
            name="timeslot_series_id",
            description="The id of a timeslot series. Its slots replace the booking intervals of the services.",
            schema=ID,
            example=SERIES,
        ),
        Parameter(
            name="duration",
            description="The duration of the booking in minutes. Not allowed with a timeslot series. Default: the service's "
            "`min_duration`, or else its `charge_interval`, or else 60. With several services, the longest of their defaults is used. A "
            "default that exceeds a `max_duration` is reduced to the `max_duration`.",
            schema={"type": "integer", "minimum": 1, "maximum": 527040},
            example="60",
        ),
        Parameter(
            name="quantity",
            description="How many units of a single service to book.",
            schema={"type": "integer", "minimum": 1, "maximum": 100_000, "default": 1},
        ),
        Parameter(
            name="date",
            description="The local date, as YYYY-MM-DD.",
            schema=TEXT,
            required=True,
            example="2030-04-15",
        ),
        Parameter(
            name="start_date",
            description="The first date, or the moment at which to begin.",
            schema=TEXT,
            required=True,
            example="2030-04-15",
        ),
        Parameter(
            name="end_date",
            description="The last date, inclusive; or the moment at which to end, exclusive.",
            schema=TEXT,
            required=True,
            example="2030-04-15",
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
DAYS_TIMEZONE = Parameter(
    name="timezone",
    description="The IANA time zone of the requested dates, and of the times in the answer. The default for times is the zone of their "
    "resource. The default for dates is the zone that all named resources and series share. If they share none, it is the organization's "
    "zone.",
    schema=TEXT,
    example="Europe/Berlin",
)
OF_PERIODS = (
    Parameter(
        name="service_id",
        description="The ids of services. Selects the resources that offer all of them, unless you send `resource_id`. Other names: "
        "`service_id[]`, `s[]`.",
        schema=list_of(ID),
        example=MEETING,
    ),
    Parameter(
        name="resource_id",
        description="The ids of resources. Required unless you send a series or a service. Other names: `resource_id[]`, `r`, `r[]`.",
        schema=list_of(ID),
        example=ROOM,
        is_shown=True,
    ),
    Parameter(
        name="timeslot_series_id",
        description="The ids of timeslot series. Other name: `timeslot_series_id[]`.",
        schema=list_of(ID),
        example=SERIES,
    ),
    DAYS_TIMEZONE,
)
OF_PLAN = (
    Parameter(
        name="start_date",
        description="The first date, as YYYY-MM-DD.",
        schema=TEXT,
        required=True,
        example="2030-04-15",
    ),
    Parameter(
        name="end_date",
        description="The last date, inclusive. Default: the first date.",
        schema=TEXT,
        example="2030-04-16",
    ),
    Parameter(
        name="resource_id",
        description="Only the resources with these ids. Default: all. Other names: `resource_id[]`, `r`, `r[]`.",
        schema=list_of(ID),
        example=ROOM,
    ),
    Parameter(
        name="timezone",
        description="The IANA time zone of the dates. Default: the organization's.",
        schema=TEXT,
        example="Europe/Berlin",
    ),
)
