"""What every operation of the API is, for its OpenAPI document. A test fails for a route that is not described here."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from frontdesk.api import routes, shapes
from frontdesk.api.documents import Json
from frontdesk.api.openapi import Answer, Contract, Operation, Parameter, Refusal, Resource, document
from frontdesk.api.orders import _BOOKING_FILTERS, _OF_BOOKINGS, _OF_ORDERS, _ORDER_FILTERS
from frontdesk.api.query import MAX_NUMBER, MAX_SIZE, USUAL_SIZE
from frontdesk.api.webhooks import DELIVERY_FILTERS
from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.orders.order import BookingStatus
from frontdesk.domain.requests import change as change_config
from frontdesk.domain.requests import order as config
from frontdesk.domain.requests.booking import NewBookingDocument
from frontdesk.domain.requests.booking import _Attributes as _NewBooking
from frontdesk.domain.requests.catalog import TYPES, CatalogType
from frontdesk.domain.requests.order import _date, _id_text, _last_day, _services, as_list
from frontdesk.domain.webhooks import SubscriptionChange, SubscriptionDocument
from frontdesk.usecases.catalog import SORTS as CATALOG_SORTS
from frontdesk.usecases.orders.list import SORTS

# By semantic versioning: what breaks clients needs another first number, which `make openapi` asks for.
VERSION = "1.0.0"

_ABOUT = """\
The back office of a booking business: orders, bookings, availability, the catalog, webhooks.

- Every call needs a token, `Authorization: Bearer fd.{organization}.{secret}`, and the scope that is named with it.
- Bodies are `Content-Type: application/vnd.api+json`. Answers are JSON:API 1.1, errors included, but for availability, which is plain JSON.
  With `Accept: application/json` alone they come without its wrapping. `Accept-Language` chooses English or German for errors.
- Ids are strings. Money is an integer in the currency's minor unit, durations are in minutes, dates in answers are UTC.
- In requests, `null` is as good as leaving a field out; a field or parameter that is not described is refused. Answers may get more fields.
- Other addresses answer 404, known ones 405 for other methods, both with `errors`. What is required of attributes holds as long as `fields`
  does not ask for less.
"""

# Of the demo organization, on which tests send the examples.
_ADA, _ROOM = "0b6e2f3c-9f6d-4a0e-8a55-3a1d6c2b4e10", "a3e1c5d7-4b2f-4d8e-9a6c-1f0b7e3d5c20"
_MEETING, _COFFEE = "d6b4f8a0-7e5c-40b1-8d9f-4c3e0b6a8f30", "f8d6bac2-9a7e-42d3-8fb1-6e5a2d8cab40"


# Resources


def _type_of(kind: str) -> str:
    return next(of.name for of in TYPES.values() if of.kind == kind)


_CATALOG = {
    of.name: Resource(
        type=of.name,
        attributes=shapes.catalog_attributes(of.name),
        relationships={
            name: [to] if field.endswith("_ids") else to
            for field, (name, kind) in of.related.items()
            for to in [_type_of(kind)]
        },
        meta=shapes.ResourceMeta if of.kind == "resource" else None,
    )
    for of in TYPES.values()
}
_CUSTOMER, _RESOURCE, _SERVICE, _VOUCHER = (
    _CATALOG[name] for name in ("customers", "resources", "services", "vouchers")
)
_USER = Resource(
    type="users", attributes=shapes.UserAttributes, relationships={"active_organization": "organizations"}
)
_ORDER = Resource(
    type="orders",
    attributes=shapes.OrderAttributes,
    relationships={"bookings": ["bookings"], "customer": "customers", "voucher": "vouchers"},
    meta=shapes.OrderMeta,
)
_BOOKING = Resource(
    type="bookings",
    attributes=shapes.BookingAttributes,
    relationships={
        "resource": "resources",
        "resources": ["resources"],
        "service": "services",
        "services": ["services"],
        "customer": "customers",
        "order": "orders",
        "sub_bookings": ["bookings"],
        "super_booking": "bookings",
    },
    meta=shapes.BookingMeta,
)
_CALCULATION = Resource(
    type="order-calculations",
    attributes=shapes.CalculationAttributes,
    meta=shapes.CalculationMeta,
    has_link=False,
)
_IMPORT = Resource(type="imports", attributes=shapes.ImportAttributes)
_WEBHOOK = Resource(type="webhook-subscriptions", attributes=shapes.WebhookAttributes)
_DELIVERY = Resource(
    type="webhook-deliveries",
    attributes=shapes.DeliveryAttributes,
    relationships={"webhook_subscription": "webhook-subscriptions", "subject": ""},
)
_BESIDE_ORDERS = (_BOOKING, _CUSTOMER, _RESOURCE, _SERVICE, _VOUCHER)
_BESIDE_BOOKINGS = (_BOOKING, _CUSTOMER, _ORDER, _RESOURCE, _SERVICE)


# Parameters

_TEXT: Json = {"type": "string"}
_ON: Json = {"type": "boolean"}
_ID: Json = {"type": "string", "maxLength": 128}


def _list_of(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _one_of(values: Iterable[str]) -> Json:
    return {"type": "string", "enum": list(values)}


_ORGANIZATION = Parameter(
    name="o", description="The id of the token's organization; may be left out.", schema=_ID
)
_PAGE = (
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
)
_NOTIFY = Parameter(
    name="notify_customer",
    description="Whether the customer is told by mail; of a draft nobody is.",
    schema=_ON | {"default": False},
)
_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description="With it, the same request places one order, however often it is sent.",
    schema={"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
)
_TIMEZONE = Parameter(
    name="timezone",
    description="IANA name, for dates without an offset; else the organization's.",
    schema=_TEXT,
)

# How each filter of orders and bookings is told.
_FILTERS: Mapping[str, tuple[str, Json]] = {
    "customer": ("Whose it is, by id.", _ID),
    "email": ("Whose it is, by address.", {"type": "string", "maxLength": 320}),
    "search": (
        "In numbers, notes, titles, and the customer's name, address, company and phone.",
        {"type": "string", "maxLength": 200},
    ),
    "start_date": ("What overlaps the time from here on: a date, or a time.", _TEXT),
    "end_date": ("What overlaps the time until here; a date alone includes its day.", _TEXT),
    "created_from": ("What was made from here on.", _TEXT),
    "created_until": ("What was made until here; a date alone includes its day.", _TEXT),
    "upcoming_only": ("What has not ended.", _ON),
    "resources": ("What is on any of these, by id.", _list_of(_ID)),
    "hide_blocker": ("Without blockers.", _ON),
}


def _of_list(
    filters: Iterable[str], statuses: Iterable[str], includes: Iterable[str], *shown: str
) -> tuple[Parameter, ...]:
    """The parameters of a list of orders or bookings."""
    told = {**_FILTERS, "status": ("Those in one of these.", _list_of(_one_of(statuses)))}
    sorts = [name for each in SORTS for name in (each, f"-{each}")]
    return (
        *(
            Parameter(name=f"filter[{name}]", description=told[name][0], schema=told[name][1])
            for name in filters
        ),
        _TIMEZONE,
        Parameter(
            name="sort", description="`-` descending. Else the newest first.", schema=_list_of(_one_of(sorts))
        ),
        *_of_one(includes, *shown),
        *_PAGE,
    )


def _of_one(includes: Iterable[str], *shown: str) -> tuple[Parameter, ...]:
    fields = [
        Parameter(
            name=f"fields[{type}]",
            description=f"The attributes and relationships of {type} that are shown.",
            schema=_list_of(_TEXT),
        )
        for type in shown
    ]
    return (
        Parameter(name="include", description="What comes beside it.", schema=_list_of(_one_of(includes))),
        *fields,
    )


_ORDER_STATUSES = ("draft", "completed", "canceled", "expired")
_SHOWN = ("orders", "bookings", "customers", "resources", "services")
_OF_STARTS = (
    Parameter(
        name="service_id",
        description="Several are booked together, one of each. Also `service_id[]`, `s[]`.",
        schema=_list_of(_ID),
        required=True,
        example=_MEETING,
    ),
    Parameter(
        name="resource_id",
        description="Several are alternatives; without it, all on which the services are offered. Also `resource_id[]`, `r`, `r[]`.",
        schema=_list_of(_ID),
        example=_ROOM,
    ),
    Parameter(name="timeslot_series_id", description="Its slots instead of the grid.", schema=_ID),
    Parameter(
        name="timezone",
        description="IANA name, of the days; else the organization's.",
        schema=_TEXT,
        example="Europe/Berlin",
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
)
_DAYS = (
    Parameter(
        name="start_date",
        description="The first day, or a moment.",
        schema=_TEXT,
        required=True,
        example="2030-04-15",
    ),
    Parameter(
        name="end_date",
        description="The last day, included; or a moment, not included.",
        schema=_TEXT,
        required=True,
        example="2030-04-16",
    ),
)


# Bodies

_EXAMPLE_BOOKING = {
    "resource_id": _ROOM,
    "service_id": {_MEETING: 1},
    "start_date": "2030-04-15T09:00:00+02:00",
    "end_date": "2030-04-15T10:00:00+02:00",
    "description": "Team meeting",
    "booking_add_ons": [{"add_on_id": _COFFEE, "quantity": 2}],
}
_AFTERNOON = {"start_date": "2030-04-15T14:00:00+02:00", "end_date": "2030-04-15T15:00:00+02:00"}
_EXAMPLE_ORDER = {
    "order_customer_id": _ADA,
    "bookings": [_EXAMPLE_BOOKING],
    "voucher_code": "SUMMER20",
    "timezone": "Europe/Berlin",
}


def _of(type: str, **attributes: Any) -> Json:
    return {"data": {"type": type, "attributes": attributes}}


_OF_BOOKING = {
    "resource_id": "Where; with several, the booking occupies each of them.",
    "service_id": "How many of each service: `{id: quantity}`.",
    "start_date": "Atom (`2030-04-15T09:00:00+02:00`), `...Z`, or without offset on the wall clock of `timezone`.",
    "end_date": "The first moment that is free again.",
    "customer_id": "The customer of this booking; else the order's.",
    "quantity": "How many of the service; else what `service_id` says.",
    "description": "For staff.",
    "note": "For staff.",
    "customer_note": "Shown to the customer in the mail.",
    "booking_add_ons": "What is sold along with it.",
    "sub_bookings": "What is booked along with it, for the same time.",
    "service_custom_fields": "Answers to custom fields of its services, by the field's id.",
    "order_custom_fields": "Answers to custom fields of the order, by the field's id.",
    "recurring": "The rule of a series, whose first occurrence this is.",
    "timeslot_series_id": "The series of which the booking is exactly one slot.",
    "is_blocker": "It is sold to nobody, and keeps its resource from being booked.",
    "title": "Of a blocker.",
    "timezone": "IANA name, for dates without an offset; else the organization's.",
    "notify_customer": "Whether the customer is told by mail.",
}


_OF_CATALOG = {
    "address": "Its lines.",
    "amount": "What is taken off, in minor units. Either this or `percent`.",
    "archived": "Whether it is no longer offered.",
    "booking_interval": "Bookings begin at multiples of it, from midnight on, by the resource's clock. In minutes.",
    "charge_interval": "The price is for each started one, in minutes; without it, for the whole booking.",
    "choices": "What can be chosen.",
    "closed_dates": "Days on which it can't be booked.",
    "code": "What customers give. Compared without case and surrounding space; can't be changed.",
    "company": "For people.",
    "created_at": "Not to be set.",
    "currency": "Can't be changed.",
    "custom_fields": "Which are asked of a booking, and whether they must be answered.",
    "default_weight": "How much of a resource one takes.",
    "description": "For people.",
    "draft_minutes": "How long a draft holds its slots.",
    "earliest": "The first day that is taken.",
    "email": "A customer's is no other customer's.",
    "expires_at": "From when on it no longer works.",
    "family_name": "Of the customer.",
    "field_type": "What is asked for. Can't be changed.",
    "full_name": "Not to be set.",
    "given_name": "Of the customer.",
    "hidden": "For those who show it.",
    "is_net_price": "Whether tax is added to the price.",
    "label": "What is asked.",
    "latest": "The last day that is taken.",
    "lead_time": "How long before it begins it must be booked, in minutes.",
    "locale": "The language of mails.",
    "max_duration": "In minutes.",
    "max_length": "In characters.",
    "max_redemptions": "How many orders may use it.",
    "max_redemptions_per_customer": "How many orders of one customer may use it.",
    "maximum": "The largest number that is taken.",
    "min_duration": "In minutes.",
    "min_total": "What an order must come to before the discount, in minor units.",
    "minimum": "The smallest number that is taken.",
    "mobile": "Of the customer.",
    "most_choices": "How many can be chosen.",
    "name": "For people.",
    "notes": "For staff.",
    "opening_hours": "By weekday; one that is missing is closed, none at all is always open.",
    "order_custom_fields": "Which are asked of an order, and whether they must be answered.",
    "padding_after": "What is kept free behind a booking, in minutes.",
    "padding_before": "What is kept free before a booking, in minutes.",
    "percent": "Of the price. Either this or `amount`.",
    "phone": "For people.",
    "price": "In minor units.",
    "quantity": "How much of it there is at the same time.",
    "redemptions": "Not to be set.",
    "scopes": "What it may do; nobody gives what he has not.",
    "slots": "By weekday, start and end; an end at or before the start is on the next day.",
    "slug": "For addresses of pages.",
    "starting_fee": "Once a booking, in minor units.",
    "tax_rate": "In percent.",
    "timezone": "IANA name. Where it may be left out, the organization's is meant.",
    "updated_at": "Not to be set.",
    "uuid": "Not to be set.",
    "valid_from": "The first moment, or the first day of a series.",
    "valid_until": "The first moment after it, or the last day of a series.",
    "visible_to_customer": "Whether the answer is in the customer's mail.",
    "website": "For people.",
}


def _told(model: type[BaseModel], texts: Mapping[str, str] = _OF_BOOKING) -> dict[str, str]:
    return {name: texts[name] for name in model.model_fields if name in texts}


_FIELDS: Mapping[type[BaseModel], Mapping[str, str]] = {
    config.OrderConfig: {
        "order_customer_id": "The customer of the order, and of each booking without its own.",
        "bookings": "What is booked: all of it, or nothing.",
        "voucher_code": "Compared without case and surrounding space.",
        "notify_customer": "Whether the customer gets a mail when the order is completed. Default: true.",
        "complete_order": "`false` makes a draft, which holds its slots for some minutes. Default: true.",
        "check_availability": "`false` books in spite of what is taken, opening hours, lead times and the past. Default: true.",
        "timezone": "IANA name, for dates without an offset, series and the mail; else the organization's.",
        "on_conflict": "For the series that do not say it themselves. Default: refuse.",
    },
    config.BookingConfig: _told(config.BookingConfig),
    config.AddOnConfig: {"add_on_id": "Which.", "quantity": "How many. Default: 1."},
    config.SubBookingConfig: {
        "resource_id": "Where; with several, each of them is occupied.",
        "service_id": "How many of each service: `{id: quantity}`, or an id alone for one.",
        "quantity": "How many of the service; else what `service_id` says.",
    },
    config.RecurringConfig: {
        "frequency": "In any case.",
        "interval": "Every so many days, weeks, months or years. Default: 1.",
        "until": "The last moment at which an occurrence may start; a date alone includes its day. Either this or `count`.",
        "count": "How many occurrences, the first included. Either this or `until`.",
        "by_day": "`MO`, `Mon` or `monday`; of a month or year also `1MO` (the first) and `-1FR` (the last). Default: the start's day.",
        "on_conflict": "What becomes of an occurrence that can not be booked; else what the order says.",
    },
    change_config.CompletionConfig: {
        "order_custom_fields": "Answers that the order still lacks, by the field's id.",
        "service_custom_fields": "Answers that its bookings still lack, by the field's id.",
    },
    change_config.BookingChange: {
        "start_date": "A start alone keeps the length. Sub-bookings move along.",
        "end_date": "The first moment that is free again.",
        "blocker_start_date": "What is occupied; else the paddings stay as they are.",
        "blocker_end_date": "What is occupied; else the paddings stay as they are.",
        "resource_id": "Where; the relationships `resource` and `resources` say the same, and win.",
        "description": "For staff; null empties it.",
        "note": "For staff; null empties it.",
        "customer_note": "Shown to the customer in the mail; null empties it.",
        "timezone": "IANA name, for dates without an offset here; else the order's.",
        "check_availability": "`false` moves it in spite of what is taken. Default: true.",
        "recalculate_price": "Whether today's prices hold for it. Default: false.",
        "notify_customer": "Whether the customer is told by mail. Default: false.",
    },
    change_config.OrderChange: {"note": "For staff; null empties it."},
    _NewBooking: _told(_NewBooking),
    SubscriptionChange: {
        "name": "For people.",
        "url": "`https`, a public domain name, port 443 or 8443. A new subscription needs it.",
        "events": "Names, `orders.*`, `bookings.*`, `customers.*` or `*`. A new subscription needs them.",
        "is_active": "Whether anything is sent. Default: true.",
    },
}
# What a request can not do without. (Pydantic reads everything as optional, so that one mistake does not hide the next.)
_NEEDED: Mapping[type[BaseModel], tuple[str, ...]] = {
    config.OrderConfig: ("bookings",),
    config.BookingConfig: ("resource_id", "service_id", "start_date", "end_date"),
    config.AddOnConfig: ("add_on_id",),
    config.SubBookingConfig: ("resource_id", "service_id"),
    config.RecurringConfig: ("frequency",),
    change_config.BookingDocument: ("data",),
    change_config.OrderDocument: ("data",),
    NewBookingDocument: ("data",),
    SubscriptionDocument: ("data",),
}


def _or_number(schema: Json) -> Json:
    return schema | {"type": ["string", "integer"]}


def _or_one(schema: Json) -> Json:
    """An array, or what would be alone in it."""
    return {
        "anyOf": [
            next(
                (each for each in schema["items"].get("anyOf", ()) if each != {"type": "null"}),
                schema["items"],
            ),
            schema,
        ]
    }


def _moment(_: Json) -> Json:
    return {"type": "string", "examples": ["2030-04-15T09:00:00+02:00"]}


# What a request may be, by the function that reads it.
_INPUTS = {
    _id_text: _or_number,
    as_list: _or_one,
    _date: _moment,
    _last_day: _moment,
    _services: lambda schema: {"anyOf": [_TEXT, schema]},
}


# Operations

_PLACED = Answer(
    description="Placed; or, with `Idempotency-Replayed`, placed before.",
    content=_ORDER,
    headers=("Location", "Idempotency-Replayed"),
)
_AN_ORDER = {200: Answer(description="The order.", content=_ORDER)}
_A_BOOKING = {200: Answer(description="The booking.", content=_BOOKING)}
_MAIL = {200: Answer(description="What became of the mail.", content=shapes.NotificationDocument)}
_GONE = {204: Answer(description="Gone.")}
_A_WEBHOOK = {200: Answer(description="The subscription.", content=_WEBHOOK)}


def _twice(path: str, name: str, **described: Any) -> tuple[Operation, ...]:
    """One that is there as a POST and, as existing clients want it, as a GET."""
    return (
        Operation(method="POST", path=path, name=name, **described),
        Operation(method="GET", path=path, name=f"{name}_by_get", **described),
    )


# The least of each type, on which tests send the examples.
_NEW: Mapping[str, Json] = {
    "organizations": {"name": "Yoga Loft", "timezone": "Europe/Berlin", "currency": "EUR"},
    "customers": {"email": "grace@example.com", "given_name": "Grace", "family_name": "Hopper"},
    "resources": {"name": "Hall", "quantity": 1, "opening_hours": {"mon": [["09:00", "18:00"]]}},
    "services": {"name": "Hour", "price": 4000, "tax_rate": 19, "min_duration": 60},
    "add-ons": {"name": "Tea", "price": 300, "tax_rate": 7},
    "vouchers": {"code": "SPRING", "percent": 10, "max_redemptions": 100},
    "custom-fields": {"label": "Plate", "field_type": "text"},
    "timeslot-series": {"name": "Course", "slots": {"mon": [["18:00", "19:30"]]}},
    "api-tokens": {"name": "Kiosk", "scopes": ["orders:read"]},
}
_MATCH = Parameter(
    name="If-Match",
    place="header",
    description="The ETag of what is to be changed: 412 if it has been changed since.",
    schema=_TEXT,
)


def _of_catalog(of: CatalogType) -> Iterator[Operation]:
    """The calls of a type of the catalog."""
    path, one, resource = f"/api/v1/{of.name}", shapes.catalog_name(of).lower(), _CATALOG[of.name]
    what = of.kind.replace("_", " ")
    reads: Scope = "tokens:write" if of.kind == "token" else "catalog:read"
    writes: Scope = "tokens:write" if of.kind == "token" else "catalog:write"
    makes: Scope = "organizations:write" if of.kind == "organization" else writes
    includes = [name for name, _ in of.related.values()]
    beside = tuple(
        _CATALOG[name] for name in dict.fromkeys(_type_of(kind) for _, kind in of.related.values())
    )
    shown = _of_one(includes, *dict.fromkeys([of.name, *(each.type for each in beside)]))[
        0 if includes else 1 :
    ]
    filters = {
        "archived": ("What is no longer offered.", _ON),
        "search": ("In all texts.", {"type": "string", "maxLength": 200}),
    }
    filters |= (
        {"email": ("Whose it is.", {"type": "string", "maxLength": 320})} if of.kind == "customer" else {}
    )
    sorts = [name for each in CATALOG_SORTS for name in (each, f"-{each}")]
    yield Operation(
        method="GET", path=path, name=f"list_{of.name.replace('-', '_')}", tag="Catalog", scope=reads, summary=f"A list of {of.name}",
        parameters=(
            *(Parameter(name=f"filter[{name}]", description=text, schema=schema) for name, (text, schema) in filters.items()),
            Parameter(name="sort", description="`-` descending. Else as they were made.", schema=_list_of(_one_of(sorts))),
            *shown, *_PAGE,
        ),
        answers={200: Answer(description="A page.", content=[resource], includes=beside)},
    )  # fmt: skip
    told = shapes.TokenMeta if of.kind in ("token", "organization") else None
    yield Operation(
        method="POST", path=path, name=f"create_{one}", tag="Catalog", scope=makes, summary=f"A new {what}",
        body=shapes.catalog_document(of.name, new=True), example=_of(of.name, **_NEW[of.name]), refusals=(409,),
        answers={201: Answer(description="Made.", content=resource, headers=("Location", "ETag"), meta=told)},
    )  # fmt: skip
    id, methods = routes.CATALOG[of.name]
    path = f"{path}/<{id}>"
    yield Operation(
        method="GET", path=path, name=f"read_{one}", tag="Catalog", scope=reads, summary=f"One {what}, archived or not", parameters=shown,
        answers={200: Answer(description=f"The {what}.", content=resource, headers=("ETag",), includes=beside)},
    )  # fmt: skip
    if "PATCH" in methods:
        name, value = next(
            (name, value) for name, value in _NEW[of.name].items() if name not in of.fixed | {"email"}
        )
        yield Operation(
            method="PATCH", path=path, name=f"change_{one}", tag="Catalog", scope=writes, summary=f"Change what is named of the {what}",
            parameters=(_MATCH,), body=shapes.catalog_document(of.name, new=False), example=_of(of.name, **{name: value}),
            answers={200: Answer(description=f"The {what}.", content=resource, headers=("ETag",))}, refusals=(409, 412),
        )  # fmt: skip
    if "DELETE" in methods:
        text = (
            "Revoke a token, within a minute"
            if of.kind == "token"
            else f"Archive the {what}: it is no longer offered"
        )
        yield Operation(
            method="DELETE", path=path, name=f"delete_{one}", tag="Catalog", scope=writes, summary=text,
            parameters=() if of.kind == "token" else (_MATCH,), answers=_GONE, refusals=() if of.kind == "token" else (412,),
        )  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST", path=routes.CALCULATE, name="calculate_order", tag="Orders", scope="orders:read",
        summary="What an order would cost, and whether it is available",
        description="Writes nothing. What is taken does not refuse a preview; what would be wrong at any time does.",
        body=config.OrderConfig, example=_EXAMPLE_ORDER,
        answers={200: Answer(description="The preview.", content=_CALCULATION)},
    ),
    Operation(
        method="POST", path=routes.FROM_CONFIG, name="place_order", tag="Orders", scope="orders:write",
        summary="Place an order with its bookings, all or nothing",
        parameters=(_KEY,), body=config.OrderConfig, example=_EXAMPLE_ORDER, answers={201: _PLACED}, refusals=(409,),
    ),
    Operation(
        method="GET", path=routes.ORDERS, name="list_orders", tag="Orders", scope="orders:read", summary="Orders, the newest first",
        parameters=_of_list(_ORDER_FILTERS, _ORDER_STATUSES, _OF_ORDERS, *_SHOWN, "vouchers"),
        answers={200: Answer(description="A page.", content=[_ORDER], includes=_BESIDE_ORDERS)},
    ),
    Operation(
        method="GET", path=routes.ORDER, name="read_order", tag="Orders", scope="orders:read", summary="One order",
        parameters=_of_one(_OF_ORDERS, *_SHOWN, "vouchers"),
        answers={200: Answer(description="The order.", content=_ORDER, includes=_BESIDE_ORDERS)},
    ),
    Operation(
        method="PATCH", path=routes.ORDER, name="change_order", tag="Orders", scope="orders:write", summary="Change an order's note",
        body=change_config.OrderDocument, example=_of("orders", note="Comes by train"), answers=_AN_ORDER, refusals=(409,),
    ),
    Operation(
        method="POST", path=routes.COMPLETE, name="complete_order", tag="Orders", scope="orders:write",
        summary="Complete a draft",
        description="Books its slots for good, counts the voucher, and asks for the mail. A completed order is answered as it is.",
        body=change_config.CompletionConfig, needs_body=False, example={}, answers=_AN_ORDER, refusals=(409,),
    ),
    Operation(
        method="POST", path=routes.CANCEL_ORDER, name="cancel_order", tag="Orders", scope="orders:write",
        summary="Cancel an order with all of its bookings", description="Canceling twice answers the same.",
        parameters=(_NOTIFY,), answers=_AN_ORDER, refusals=(409,),
    ),
    Operation(
        method="GET", path=routes.SEND_NOTIFICATION, name="send_notification", tag="Mails", scope="orders:notify",
        summary="Send the confirmation of a completed order again, now", answers=_MAIL, refusals=(409, 422, 502),
    ),
    *_twice(
        routes.RESEND_MAIL, "resend_mail", tag="Mails", scope="orders:notify",
        summary="Send the confirmation of a completed order again, now", answers=_MAIL, refusals=(409, 422, 502),
    ),
    Operation(
        method="GET", path=routes.BOOKINGS, name="list_bookings", tag="Bookings", scope="orders:read", summary="Bookings",
        description="The newest first; those of a time or of resources by their start.",
        parameters=_of_list(_BOOKING_FILTERS, get_args(BookingStatus), _OF_BOOKINGS, *_SHOWN),
        answers={200: Answer(description="A page.", content=[_BOOKING], includes=_BESIDE_BOOKINGS)},
    ),
    Operation(
        method="POST", path=routes.BOOKINGS, name="place_booking", tag="Bookings", scope="orders:write",
        summary="Place a booking by itself, or a blocker",
        description="An order of this one booking is placed. A blocker (`is_blocker`) keeps one resource from being booked.",
        parameters=(
            Parameter(name="check_availability", description="`false` books in spite of what is taken.", schema=_ON | {"default": True}),
            _KEY,
        ),
        body=NewBookingDocument,
        example=_of("bookings", **_EXAMPLE_BOOKING | _AFTERNOON, customer_id=_ADA, timezone="Europe/Berlin"),
        answers={201: Answer(description=_PLACED.description, content=_BOOKING, headers=_PLACED.headers)}, refusals=(409,),
    ),
    Operation(
        method="GET", path=routes.BOOKING, name="read_booking", tag="Bookings", scope="orders:read", summary="One booking",
        parameters=_of_one(_OF_BOOKINGS, *_SHOWN),
        answers={200: Answer(description="The booking.", content=_BOOKING, includes=_BESIDE_BOOKINGS)},
    ),
    Operation(
        method="PATCH", path=routes.BOOKING, name="change_booking", tag="Bookings", scope="orders:write",
        summary="Move a booking, or change its notes", body=change_config.BookingDocument,
        example=_of("bookings", start_date="2030-04-15T11:00:00+02:00", note="Moved by phone"), answers=_A_BOOKING, refusals=(409,),
    ),
    Operation(
        method="DELETE", path=routes.BOOKING, name="delete_booking", tag="Bookings", scope="orders:write",
        summary="Cancel a booking", parameters=(_NOTIFY,), answers=_GONE, refusals=(409,),
    ),
    *_twice(
        routes.CANCEL_BOOKING, "cancel_booking", tag="Bookings", scope="orders:write", summary="Cancel a booking with its sub-bookings",
        description="Canceling twice answers the same.", parameters=(_NOTIFY,), answers=_A_BOOKING, refusals=(409,),
    ),
    Operation(
        method="POST", path=routes.CHECK_IN, name="check_in", tag="Bookings", scope="orders:write", summary="Somebody has come",
        description="A body is ignored; what was noted before stays.", answers=_A_BOOKING, refusals=(409,),
    ),
    Operation(
        method="POST", path=routes.CHECK_OUT, name="check_out", tag="Bookings", scope="orders:write", summary="Somebody has left",
        description="A body is ignored; what was noted before stays.", answers=_A_BOOKING, refusals=(409,),
    ),
    *(operation for of in TYPES.values() for operation in _of_catalog(of)),
    Operation(
        method="GET", path=routes.USER, name="read_user", tag="Catalog", scope="", summary="Who one is: the token, and its organization",
        parameters=_of_one(["active_organization"], "users", "organizations"),
        answers={
            200: Answer(description="The token.", content=_USER, includes=(_CATALOG["organizations"],), always_json_api=True),
        },
    ),
    Operation(
        method="GET", path=routes.AVAILABLE_STARTS, name="list_available_starts", tag="Availability", scope="orders:read",
        summary="Every possible start of a day, available or not",
        parameters=(
            *_OF_STARTS, Parameter(name="date", description="A local day.", schema=_TEXT, required=True, example="2030-04-15"),
        ),
        answers={200: Answer(description="In order.", content=list[shapes.AvailableStart], media_type="application/json")},
    ),
    Operation(
        method="GET", path=routes.AVAILABLE_START_DATES, name="list_available_dates", tag="Availability", scope="orders:read",
        summary="The days that have an available start", parameters=(*_OF_STARTS, *_DAYS),
        answers={200: Answer(description="In order.", content=list[shapes.AvailableDate], media_type="application/json")},
    ),
    Operation(
        method="GET", path=routes.AVAILABLE_PERIODS, name="list_free_periods", tag="Availability", scope="orders:read",
        summary="When resources or timeslot series are free, and how much of them",
        parameters=(
            Parameter(
                name="resource_id", description="Needed unless a series is named. Also `resource_id[]`, `r`, `r[]`.",
                schema=_list_of(_ID), example=_ROOM,
            ),
            Parameter(name="timeslot_series_id", description="Also `timeslot_series_id[]`.", schema=_list_of(_ID)),
            _TIMEZONE, *_DAYS,
        ),
        answers={200: Answer(description="From now on.", content=shapes.FreePeriods, media_type="application/json")},
    ),
    Operation(
        method="GET", path=routes.IMPORTS, name="list_imports", tag="Imports", scope="imports:write", summary="Imports, the newest first",
        parameters=_PAGE, answers={200: Answer(description="A page.", content=[_IMPORT])},
    ),
    Operation(
        method="GET", path=routes.IMPORT, name="read_import", tag="Imports", scope="imports:write",
        summary="One import, also while it runs", answers={200: Answer(description="The import.", content=_IMPORT)},
    ),
    Operation(
        method="GET", path=routes.WEBHOOKS, name="list_webhook_subscriptions", tag="Webhooks", scope="catalog:read",
        summary="Subscriptions, the oldest first", parameters=_PAGE, answers={200: Answer(description="A page.", content=[_WEBHOOK])},
    ),
    Operation(
        method="POST", path=routes.WEBHOOKS, name="create_webhook_subscription", tag="Webhooks", scope="catalog:write",
        summary="Subscribe to events", body=SubscriptionDocument,
        example=_of("webhook-subscriptions", name="ERP", url="https://hooks.example.com/frontdesk", events=["orders.*"]),
        answers={201: Answer(description="The subscription, with its secret.", content=_WEBHOOK, headers=("Location",))}, refusals=(409,),
    ),
    Operation(
        method="GET", path=routes.WEBHOOK, name="read_webhook_subscription", tag="Webhooks", scope="catalog:read",
        summary="One subscription", answers=_A_WEBHOOK,
    ),
    Operation(
        method="PATCH", path=routes.WEBHOOK, name="change_webhook_subscription", tag="Webhooks", scope="catalog:write",
        summary="Change a subscription", description="What is left out or null stays as it is.", body=SubscriptionDocument,
        example=_of("webhook-subscriptions", events=["orders.*", "bookings.canceled"]), answers=_A_WEBHOOK, refusals=(409,),
    ),
    Operation(
        method="DELETE", path=routes.WEBHOOK, name="delete_webhook_subscription", tag="Webhooks", scope="catalog:write",
        summary="Delete a subscription", description="What is on its way is dropped.", answers=_GONE,
    ),
    Operation(
        method="POST", path=routes.ROTATION, name="rotate_webhook_secret", tag="Webhooks", scope="catalog:write",
        summary="A new secret", description="The old one signs too for 24 hours.",
        answers={200: Answer(description="The subscription, with its new secret.", content=_WEBHOOK)},
    ),
    Operation(
        method="GET", path=routes.WEBHOOK_DELIVERIES, name="list_webhook_deliveries", tag="Webhooks", scope="catalog:read",
        summary="Deliveries of a subscription, the newest first",
        parameters=(
            *(
                Parameter(name=f"filter[{name}]", description="Those that have it.", schema=_one_of(values))
                for name, values in DELIVERY_FILTERS.items()
            ),
            *_PAGE,
        ),
        answers={200: Answer(description="A page.", content=[_DELIVERY])},
    ),
    Operation(
        method="GET", path=routes.WEBHOOK_DELIVERY, name="read_webhook_delivery", tag="Webhooks", scope="catalog:read",
        summary="One delivery", answers={200: Answer(description="The delivery.", content=_DELIVERY)},
    ),
    Operation(
        method="POST", path=routes.REDELIVERY, name="redeliver_webhook", tag="Webhooks", scope="catalog:write",
        summary="Deliver again, under the same event id", answers={202: Answer(description="It is on its way.", content=_DELIVERY)},
        refusals=(409,),
    ),
    Operation(
        method="GET", path=routes.DOCS, name="read_docs", tag="Documentation", scope=None, summary="This document, as a page to read",
        answers={200: Answer(description="HTML.", content=str, media_type="text/html")},
    ),
    Operation(
        method="GET", path=routes.DOCS_FILE, name="read_docs_file", tag="Documentation", scope=None,
        summary="This document, and what its page is made of",
        description="`openapi.json`; `swagger-ui.js`, `swagger-ui.css`, `page.js`.",
        answers={200: Answer(description="The file.", content=dict[str, Any], media_type="application/json")},
    ),
)  # fmt: skip


# Refusals


def _refused(name: str, description: str, status: int, code: str, detail: str, **source: str) -> Refusal:
    """With an example of one error."""
    error: Json = {"status": str(status), "code": code, "title": code.replace("_", " "), "detail": detail}
    example = {"errors": [error | ({"source": source} if source else {})], "jsonapi": {"version": "1.1"}}
    return Refusal(name=name, description=description, example=example)


_UNAUTHENTICATED = "Send a valid token: Authorization: Bearer {token}."
_NOT_JSONAPI = "Send the body as Content-Type: application/vnd.api+json."
_EXPIRED = "The draft has expired, and its slots are free again. Place a new order."
_REFUSALS = {
    400: _refused(
        "BadRequest",
        "A parameter, a header or the JSON itself is not right.",
        400,
        "unknown_parameter",
        "There is no parameter 'page' here.",
        parameter="page",
    ),
    401: _refused(
        "Unauthenticated",
        "There is no valid token.",
        401,
        "unauthenticated",
        _UNAUTHENTICATED,
        header="Authorization",
    ),
    403: _refused(
        "Forbidden",
        "The token does not allow it.",
        403,
        "unauthorized",
        "This token does not have the scope orders:write.",
    ),
    404: _refused(
        "NotFound",
        "There is no such thing in the organization.",
        404,
        "not_found",
        "There is nothing at this address.",
    ),
    409: _refused("Conflict", "What it is about is in no state for it.", 409, "order_expired", _EXPIRED),
    406: _refused(
        "NotAcceptable",
        "Only JSON is answered.",
        406,
        "not_acceptable",
        "Answers are application/vnd.api+json or application/json; accept one of them.",
        header="Accept",
    ),
    412: _refused(
        "Changed",
        "It has been changed since.",
        412,
        "precondition_failed",
        "It has been changed since you read it. Read it again.",
        header="If-Match",
    ),
    413: _refused(
        "TooLarge", "The body is too large.", 413, "payload_too_large", "A body has at most 1000000 bytes."
    ),
    415: _refused(
        "UnsupportedMediaType",
        "The body is of another media type.",
        415,
        "unsupported_media_type",
        _NOT_JSONAPI,
        header="Content-Type",
    ),
    422: _refused(
        "Unprocessable",
        "It can be read, and not be done; every problem has its place.",
        422,
        "slot_unavailable",
        "Meeting Room 1 is taken at this time.",
        pointer="/bookings/0",
    ),
    429: _refused(
        "TooManyRequests",
        "Too many requests.",
        429,
        "too_many_requests",
        "Too many requests. Try again in a moment.",
    ),
    500: _refused(
        "InternalError",
        "Something went wrong here.",
        500,
        "internal_error",
        "Something went wrong here; it has been recorded.",
    ),
    502: _refused(
        "MailRefused", "The mail service refuses the mail.", 502, "mail_refused", "The mail was not taken."
    ),
    503: _refused(
        "Busy",
        "Too many changes at the same time; the same request may be sent again.",
        503,
        "busy",
        "Try again in a moment.",
    ),
    504: _refused(
        "NoAnswerInTime",
        "No answer in time, of the API (`gateway_timeout`) or of its database (`outcome_unknown`). The request may have been"
        " carried out, or still may be: look before you send it again; with its `Idempotency-Key` it is safe to repeat.",
        504,
        "outcome_unknown",
        "No answer of the database came in time. The request may have been carried out, or still may be."
        " Look before you send it again; with its Idempotency-Key it is safe to send it again.",
    ),
}


def _required(of: CatalogType) -> tuple[str, ...]:
    return tuple(name for name in of.attributes if of.model.model_fields[name].is_required())


CONTRACT = Contract(
    version=VERSION,
    about=_ABOUT,
    operations=OPERATIONS,
    tags={
        "Orders": "What is sold: one or several bookings, with their prices, for one customer.",
        "Bookings": "A time of one or several resources; also by themselves, and as blockers.",
        "Availability": "What is free. What is offered can be booked: both are judged by the same rules. An answer holds nothing.",
        "Catalog": "What is offered and to whom; tokens and organizations. All types are kept alike.",
        "Mails": "The customer's confirmation, beside what orders send by themselves.",
        "Imports": "Whole files of bookings, and what became of each row.",
        "Webhooks": "Who is told of what happens, and what became of each delivery.",
        "Documentation": "For everybody; needs no token.",
    },
    path_parameters={
        "order_id": ("An order's id.", shapes.ORDER_ID),
        "booking_id": ("A booking's id.", f"{shapes.ORDER_ID}-1"),
        "import_id": ("An import's id.", "20300415T030000-0123456789ab"),
        "webhook_id": ("A subscription's id.", "7d1b6c52-4f0e-4d3a-8b1f-2c9e5a6f7d80"),
        "delivery_id": ("The event's id.", "71a1d870-c865-876a-803b-826b187b8133"),
        "file": ("Its name.", "openapi.json"),
        "organization_id": ("An organization's id.", "5f0c6f0a-6d3b-4a52-9c1e-0d5a3f7b1c01"),
        "customer_id": ("A customer's id.", _ADA),
        "resource_id": ("A resource's id.", _ROOM),
        "service_id": ("A service's id.", _MEETING),
        "add_on_id": ("An add-on's id.", _COFFEE),
        "voucher_id": ("A voucher's id.", "09e7cbd3-ab8f-43e4-90c2-7f6b3e9dbc50"),
        "custom_field_id": ("A custom field's id.", "4c1e0b6a-8f30-4d6b-9d9f-4f8a07e5c0b1"),
        "timeslot_series_id": ("A timeslot series' id.", "8d9f4c3e-0b6a-4f30-b8d6-7e5c40b1f8a0"),
        "token_id": ("A token's id.", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    },
    fields={
        **_FIELDS,
        **{
            model: _told(model, _OF_CATALOG)
            for of in TYPES.values()
            for new in (True, False)
            for model in [shapes.catalog_input(of.name, new=new)]
        },
    },
    needed={**_NEEDED, **{shapes.catalog_input(of.name, new=True): _required(of) for of in TYPES.values()}},
    inputs=_INPUTS,
    refusals=_REFUSALS,
    headers={
        "Location": ("The address of what was made.", {"type": "string", "format": "uri"}),
        "ETag": ("Changes with the item; for `If-Match`.", _TEXT),
        "Idempotency-Replayed": ("`true` if it was placed by an earlier request.", _one_of(["true"])),
    },
    organization=_ORGANIZATION,
    event=shapes.WebhookEvent,
)


@cache
def openapi_document() -> Json:
    return document(CONTRACT)
