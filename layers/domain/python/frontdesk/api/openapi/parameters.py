"""What is said of each parameter. Which operation takes which is declared by its route."""

from collections.abc import Iterable

from frontdesk.api.answers.values import ADA, MEETING, ORDER_ID, ROOM
from frontdesk.api.includes import EMPTY, RELATED
from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.contract import Parameter
from frontdesk.api.query import MAX_NUMBER, MAX_SIZE, USUAL_SIZE, largest_page
from frontdesk.api.routes import ORDERS
from frontdesk.domain.trail import MAX_REASON

TEXT: Json = {"type": "string"}
ON: Json = {"type": "boolean"}
ID: Json = {"type": "string", "maxLength": 128}
SERIES = "8d9f4c3e-0b6a-4f30-b8d6-7e5c40b1f8a0"
ORGANIZATION = "5f0c6f0a-6d3b-4a52-9c1e-0d5a3f7b1c01"


def list_of(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def one_of(values: Iterable[str]) -> Json:
    return {"type": "string", "enum": list(values)}


def include(type: str) -> Parameter:
    """What may come beside a type. The enumeration has two steps of what leads somewhere; clients may go further."""
    related = RELATED.get(type, {})
    paths = [name for name, to in related.items() if to not in EMPTY]
    further = [
        f"{name}.{step}" for name in paths for step, to in RELATED[related[name]].items() if to not in EMPTY
    ]
    names = ", ".join(f"`{name}`" for name, to in related.items() if to in EMPTY)
    text = "What comes beside it; up to four steps."
    return Parameter(
        name="include",
        description=f"{text} There is never anything of {names}." if names else text,
        schema=list_of({"type": "string", "examples": [*paths, *further]}),
        example=next(iter(paths), next(iter(related), None)),
    )


LARGE_PAGE = Parameter(
    name="page[size]",
    description="How many on one. A page of more than 5,000,000 bytes has fewer: `links.next` goes on from there.",
    schema={"type": "integer", "minimum": 1, "maximum": largest_page(ORDERS), "default": USUAL_SIZE},
)


def sort(names: Iterable[str], otherwise: str) -> Parameter:
    both = [sign + name for name in names for sign in ("", "-")]
    return Parameter(
        name="sort", description=f"`-` descending. Else {otherwise}.", schema=list_of(one_of(both))
    )


def statuses(values: Iterable[str], example: str) -> Parameter:
    return Parameter(
        name="filter[status]",
        description="Those in one of these.",
        schema=list_of(one_of(values)),
        example=example,
    )


def fields_of(name: str) -> Parameter | None:
    """What is said of `fields[type]`."""
    if not name.startswith("fields["):
        return None
    type = name[7:-1]
    text = f"The attributes and relationships of {type} that are shown."
    return Parameter(name=name, description=text, schema=list_of(TEXT), example=_SHOWN.get(type, "name"))


# An attribute of each type that has no name.
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
    "customer": ("Whose it is, by id; several with commas between.", TEXT, ADA),
    "email": (
        "Whose it is, by address; several with commas between.",
        {"type": "string", "maxLength": 320},
        "ada@example.com",
    ),
    "search": (
        "In numbers, notes, titles, and the customer's name, address, company and phone.",
        {"type": "string", "maxLength": 200},
        "Ada",
    ),
    "start_date": ("What overlaps the time from here on: a date, or a time.", TEXT, "2030-04-15"),
    "end_date": ("What overlaps the time until here; a date alone includes its day.", TEXT, "2030-04-16"),
    "created_from": ("What was made from here on.", TEXT, "2026-01-01"),
    "created_until": ("What was made until here; a date alone includes its day.", TEXT, "2030-12-31"),
    "upcoming_only": ("What has not ended.", ON, "true"),
    "order": ("The bookings of an order, by its id; of several with commas between.", TEXT, ORDER_ID),
    "resources": ("What is on any of these, by id.", list_of(ID), ROOM),
    "hide_blocker": ("Without blockers.", ON, "true"),
    "actor": ("What a token or an import did, by its id.", ID, "9f86d081884c7d659a2feaa0c55ad015"),
    "subject": ("What was done to a thing, by its id.", ID, ROOM),
    "archived": ("What is no longer offered.", ON, "false"),
    "exclude_child_resources": ("Without those that belong to another.", ON, "true"),
}
# By name. Where an operation says it otherwise, or has values of its own, it is told there.
PARAMETERS = {
    each.name: each
    for each in (
        Parameter(
            name="o",
            description="The id of the token's organization; may be left out.",
            schema=ID,
            example=ORGANIZATION,
        ),
        Parameter(
            name="page[number]",
            description="Which page.",
            schema={"type": "integer", "minimum": 1, "maximum": MAX_NUMBER, "default": 1},
        ),
        Parameter(
            name="page[size]",
            description="How many on one.",
            schema={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": USUAL_SIZE},
        ),
        Parameter(
            name="notify_customer",
            description="Whether the customer is told by mail; of a draft nobody is.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="include_past",
            description="Whether bookings that have ended or were attended are canceled too.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="reason",
            description="Why, for the order's history or the audit log. Kept for a year, so without personal data.",
            schema={"type": "string", "maxLength": MAX_REASON},
            example="rain",
        ),
        Parameter(
            name="cascade",
            description="Whether all tokens that came of it are revoked too.",
            schema=ON | {"default": False},
        ),
        Parameter(
            name="Idempotency-Key",
            place="header",
            description="With it, the same request makes one thing, however often it is sent.",
            schema={"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
            example="b7f5c1de-1f0e-4a5b-9d57-0c7a52a9e1f3",
        ),
        Parameter(
            name="If-Match",
            place="header",
            description="The ETag of what is to be changed: 412 if it has been changed since.",
            schema=TEXT,
            example='"1"',
        ),
        Parameter(
            name="check_availability",
            description="`false` books in spite of what is taken.",
            schema=ON | {"default": True},
        ),
        Parameter(
            name="timezone",
            description="IANA name, for dates without an offset; else the organization's.",
            schema=TEXT,
            example="Europe/Berlin",
        ),
        Parameter(
            name="service_id",
            description="Several are booked together, one of each. Also `service_id[]`, `s[]`, and `service_id[ID]=2` for two of it.",
            schema=list_of(ID),
            required=True,
            example=MEETING,
        ),
        Parameter(
            name="resource_id",
            description="Several are alternatives; without it, all on which the services are offered. Also `resource_id[]`, `r`, `r[]`.",
            schema=list_of(ID),
            example=ROOM,
        ),
        Parameter(
            name="timeslot_series_id", description="Its slots instead of the grid.", schema=ID, example=SERIES
        ),
        Parameter(
            name="duration",
            description="In minutes; else what the services usually take.",
            schema={"type": "integer", "minimum": 1, "maximum": 527040},
            example="60",
        ),
        Parameter(
            name="quantity",
            description="How many of the service.",
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
            description="The last day, included; or a moment, not included.",
            schema=TEXT,
            required=True,
            example="2030-04-16",
        ),
        *(
            Parameter(name=f"filter[{name}]", description=text, schema=schema, example=example)
            for name, (text, schema, example) in _FILTERS.items()
        ),
    )
}
# Of availability.
OFFERED = Parameter(
    name="service_id",
    description="In the place of resources: all on which the services are offered. Also `service_id[]`, `s[]`.",
    schema=list_of(ID),
    example=MEETING,
)
DAYS_TIMEZONE = Parameter(
    name="timezone",
    description="IANA name, of the days and of the times in the answer; else the resource's.",
    schema=TEXT,
    example="Europe/Berlin",
)
