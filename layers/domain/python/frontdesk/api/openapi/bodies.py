"""Describes request bodies: the models that read them, and the facts that the models lack, such as descriptions of fields."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, Field, create_model

from frontdesk.api.answers.orders import BookingResource, OrderResource
from frontdesk.api.answers.values import ADA, COFFEE, MEETING, ROOM
from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.parameters import TEXT
from frontdesk.domain.exports.request import ExportConfig, ExportFilters, ExportPeriod
from frontdesk.domain.imports.uploads import UploadConfig
from frontdesk.domain.requests import change, order
from frontdesk.domain.requests.booking import NewBookingAttributes, NewBookingRelationships
from frontdesk.domain.requests.messages import PreviewConfig
from frontdesk.domain.requests.order import (
    RequestModel,
    as_list,
    read_last_day,
    read_moment,
    read_services,
)
from frontdesk.domain.webhooks.subscriptions import SubscriptionChange

EXAMPLE_BOOKING = {
    "resource_id": ROOM,
    "service_id": {MEETING: 1},
    "start_date": "2030-04-15T09:00:00+02:00",
    "end_date": "2030-04-15T10:00:00+02:00",
    "description": "Team meeting",
    "booking_add_ons": [{"add_on_id": COFFEE, "quantity": 2}],
}
AFTERNOON = {"start_date": "2030-04-15T14:00:00+02:00", "end_date": "2030-04-15T15:00:00+02:00"}
EXAMPLE_ORDER = {
    "order_customer_id": ADA,
    "bookings": [EXAMPLE_BOOKING],
    "voucher_code": "SUMMER20",
    "timezone": "Europe/Berlin",
}


def example_of_type(type: str, **attributes: Any) -> Json:
    """Returns an example of a JSON:API document: a new resource of this type with these attributes."""
    return {"data": {"type": type, "attributes": attributes}}


def document_of(
    name: str,
    type: str,
    attributes: type[RequestModel],
    relationships: type[RequestModel] | None = None,
    *,
    has_id: bool = True,
    shown: Any = None,
) -> type[RequestModel]:
    """Returns the model of a document as `domain.requests.envelope` reads it, including the members that are ignored.

    `shown` is the resource of answers. Clients may send back its read-only values.
    """
    parts: dict[str, Any] = {"attributes": attributes, "relationships": relationships}
    hints = get_type_hints(shown) if shown else {}
    for part, model in parts.items():
        echoed = [*get_type_hints(hints[part])] if part in hints else []
        if echoed:
            parts[part] = _with_echoes(model or RequestModel, echoed, f"{name}Relationships")
    # Another type is refused with 409, and not as an invalid value.
    data: dict[str, Any] = {"type": (Annotated[str, Field(examples=[type])] | None, None)}
    data |= {"id": (str | None, None)} if has_id else {}
    data |= {part: (model | None, None) for part, model in parts.items() if model}
    data |= dict.fromkeys(("links", "meta", "lid"), (Any, None))
    resource = _model(f"{name}Data", RequestModel, data)
    top = dict.fromkeys(("jsonapi", "links", "meta", "included"), (Any, None))
    return _model(f"{name}Document", RequestModel, {"data": (resource, ...), **top})


def _with_echoes(model: type[RequestModel], shown: Iterable[str], unnamed: str) -> type[RequestModel]:
    names = [name for name in shown if name not in model.model_fields]
    name = unnamed if model is RequestModel else model.__name__
    made = _model(name, model, dict.fromkeys(names, (Any, None)))
    FIELDS[made] = {
        **FIELDS.get(model, {}),
        **dict.fromkeys(names, "Read-only: accepted if unchanged, otherwise refused."),
    }
    return made


def _model(name: str, base: type[RequestModel], fields: dict[str, Any]) -> type[RequestModel]:
    made: type[RequestModel] = create_model(name, __base__=base, **fields)
    return made


_BY_HAND = {
    "custom_price": "A manual price for the whole line, net or gross like the catalog's. Needs the scope `orders:price`.",
    "discount": "A manual discount on the catalog's price. Needs the scope `orders:price`.",
    "reason": "The reason for the manual price. Default with a `custom_price`: `Set by hand`.",
}
_OF_BOOKING = {
    "resource_id": "The resource. With several, the booking occupies each of them.",
    "service_id": "The quantity of each service: `{id: quantity}`.",
    "start_date": "Atom (`2030-04-15T09:00:00+02:00`), `...Z`, or without offset on the wall clock of `timezone`.",
    "end_date": "The end, exclusive: the first moment that is free again.",
    "customer_id": "The customer of this booking. Default: the order's.",
    "quantity": "The quantity of the service. Default: what `service_id` says.",
    "description": "A description for staff.",
    "note": "A note for staff.",
    "customer_note": "Shown to the customer in the mail.",
    "booking_add_ons": "Add-ons sold with the booking.",
    "add_ons_by_service": "Add-ons by service: `{id: [[...]]}`, with one list for each unit of the service.",
    "sub_bookings_by_service": "An alias of `sub_bookings`, by service and unit.",
    "external_id": "The booking's id in another system. Several bookings may share one.",
    "external_uuid": "An alias of `external_id`.",
    "sub_bookings": "Further bookings for the same time, such as equipment.",
    "service_custom_fields": "Answers to the services' custom fields, by field id.",
    "order_custom_fields": "Answers to the order's custom fields, by field id.",
    "recurring": "The recurrence rule. This booking is the first occurrence.",
    "timeslot_series_id": "A timeslot series. The booking must match one of its slots exactly.",
    "is_blocker": "Makes the resource unavailable without selling anything.",
    "title": "The blocker's title.",
    "timezone": "IANA name, for dates without an offset. Default: the first resource's.",
    "notify_customer": "Whether to mail the customer.",
    "skip_notification": "`true` is the same as `notify_customer: false`.",
    "total": "The total you have shown. An order with another total is refused.",
    "service_ids": "An alias of `service_id`, as used in answers.",
    "custom_entry_map": "An alias of `service_custom_fields`, as used in answers.",
    **_BY_HAND,
}


def told(model: type[BaseModel], texts: Mapping[str, str] = _OF_BOOKING) -> dict[str, str]:
    """Returns the descriptions of a model's fields, by name. `texts` has descriptions of more fields."""
    return {name: texts[name] for name in model.model_fields if name in texts}


FIELDS: dict[type[BaseModel], Mapping[str, str]] = {
    order.OrderConfig: {
        "order_customer_id": "The customer of the order, and of each booking without its own.",
        "bookings": "The bookings. All of them are booked, or none.",
        "locale": "The language of the customers' mails, as a BCP 47 tag. Default: each customer's own.",
        "voucher_code": "The code of a voucher. Case does not matter.",
        "notify_customer": "Whether the customer gets a mail when the order is completed. Default: true.",
        "complete_order": "`false` creates a draft, which holds its slots until `expires_at`. Default: true.",
        "check_availability": "`false` ignores taken slots, opening hours, lead times and the past. Default: true.",
        "timezone": "IANA name, for dates without an offset and for series. Default: the zone of each booking's first resource.",
        "on_conflict": "What happens to conflicting occurrences, unless a series says otherwise. Default: refuse.",
        "expected_total": "The total you have shown. An order with another total is refused. Previews ignore it.",
    },
    order.BookingConfig: told(order.BookingConfig),
    order.AddOnConfig: {"add_on_id": "The add-on's id.", "quantity": "The quantity. Default: 1.", **_BY_HAND},
    order.DiscountConfig: {
        "percent": "Either this or `amount`.",
        "amount": "In minor units, for the whole line; at most the price. Either this or `percent`.",
    },
    order.SubBookingConfig: {
        "resource_id": "The resource. With several, the booking occupies each of them.",
        "service_id": "The quantity of each service: `{id: quantity}`, or a single id.",
        "quantity": "The quantity of the service. Default: what `service_id` says.",
        **_BY_HAND,
    },
    order.RecurringConfig: {
        "frequency": "Case is ignored.",
        "interval": "Repeats every n days, weeks, months or years. Default: 1.",
        "until": "The last moment at which an occurrence may start. A date includes its whole day. Either this or `count`.",
        "count": "The number of occurrences, including the first. Either this or `until`.",
        "by_day": "`MO`, `Mon` or `monday`. In monthly and yearly series also `1MO` (the first Monday) or `-1FR` (the last "
        "Friday). Default: the start's day.",
        "by_month_day": "For monthly series: 1 to 31, or -1 (the last) to -31. Default: the start's day.",
        "on_conflict": "What happens to an occurrence that cannot be booked. Default: the order's setting.",
    },
    change.CompletionConfig: {
        "order_custom_fields": "Answers that the order still lacks, by field id.",
        "service_custom_fields": "Answers that its bookings still lack, by field id.",
        "expected_total": "The total you have shown. A draft with another total is refused.",
    },
    change.BookingChange: {
        "start_date": "The start. Without an end, the duration stays. Sub-bookings move along.",
        "end_date": "The end, exclusive: the first moment that is free again.",
        "blocker_start_date": "The occupied time. Default: the paddings stay.",
        "blocker_end_date": "The occupied time. Default: the paddings stay.",
        "resource_id": "The resource. The relationships `resource` and `resources` take precedence.",
        "description": "For staff; null clears it.",
        "note": "For staff; null clears it.",
        "customer_note": "Shown to the customer in the mail; null clears it.",
        "external_id": "The booking's id in another system; null clears it.",
        "external_uuid": "An alias of `external_id`.",
        "timezone": "IANA name, for dates without an offset in this request. Default: the booking's.",
        "check_availability": "`false` overbooks. Default: true.",
        "recalculate_price": "Whether to apply today's prices. Default: false.",
        "notify_customer": "Whether to mail the customer. Default: false.",
    },
    change.BookingCustomerChange: {"customer_id": "The customer's id. Required."},
    change.OrderChange: {"note": "For staff; null clears it."},
    NewBookingAttributes: told(NewBookingAttributes),
    SubscriptionChange: {
        "name": "Its name, for people.",
        "url": "`https`, a public domain name, port 443 or 8443. Required for a new subscription.",
        "events": "Event names, `orders.*`, `bookings.*`, `customers.*`, `messages.*` or `*`. Required for a new subscription.",
        "custom_headers": "Sent with every delivery and never shown. Send them again when you change `url`.",
        "is_active": "Whether events are delivered. Default: true.",
    },
    UploadConfig: {
        "name": "The name of the file. Its extension determines the format.",
        "size": "The size of the file in bytes. A file of another size is rejected.",
        "kind": "The kind of the rows. Default: determined from the header.",
        "dry_run": "`true` reports what would happen to each row, and writes nothing.",
        "again": "`true` imports the file even if its rows have no ids and equal those of an earlier file with another "
        "name.",
        "language": "The language of the results, with their problems. Default: the organization's.",
        "options": "Options for every row that has no value of its own. See `docs/import.md`, Options.",
        "mapping": "The meaning of the columns and their values. See `docs/import.md`, The mapping.",
    },
    PreviewConfig: {
        "kind": "The kind of message. Default: that of the rule, else `confirmation`.",
        "customer_id": "One of the order's customers. Default: the order's customer.",
        "message_rule_id": "The message rule to show, enabled or not.",
        "recipient": "One of the rule's recipients. Default: its first, else `customer`.",
    },
    ExportConfig: {
        "kind": "The kind of the rows: bookings, orders, customers, or sold lines. Required.",
        "period": "Limits bookings by their start, and all other rows by their creation. Default: no limit.",
        "timezone": "IANA name, for the period and the dates of the file. Default: the organization's.",
        "filters": "Filters for the rows. Each kind allows some of them.",
        "columns": "The names of the columns, in the order of the file. Default: all columns of the kind.",
        "format": "Default: `csv`.",
        "language": "The language of the header. Default: the organization's.",
    },
    ExportPeriod: {"start": "The first day.", "end": "The last day, inclusive."},
    ExportFilters: {
        "status": "Only these statuses. For bookings and lines: `confirmed`, `completed`, `canceled`, `no_show`. For "
        "orders: `draft`, `completed`, `canceled`, `expired`.",
        "customer": "Only these customers, by id. For all kinds except customers.",
        "resource": "Only these, by id. For bookings and lines.",
        "service": "Only these, by id. For bookings and lines.",
        "import": "Only items that this import created. For all kinds except customers.",
        "archived": "For customers: `true` exports archived customers instead of active ones.",
    },
}
# Required fields. (For Pydantic all fields are optional, so that one mistake does not hide the next.)
NEEDED: Mapping[type[BaseModel], tuple[str, ...]] = {
    order.OrderConfig: ("bookings",),
    order.BookingConfig: ("resource_id", "service_id", "start_date", "end_date"),
    order.AddOnConfig: ("add_on_id",),
    order.SubBookingConfig: ("resource_id", "service_id"),
    order.RecurringConfig: ("frequency",),
    UploadConfig: ("name", "size"),
}


def _or_one(schema: Json) -> Json:
    """Returns the schema for either an array or a single element of it."""
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


# The accepted input for each function that reads it.
INPUTS = {
    as_list: _or_one,
    read_moment: _moment,
    read_last_day: _moment,
    read_services: lambda schema: {"anyOf": [TEXT, schema]},
}


NEW_BOOKING = document_of(
    "BookingCreation", "bookings", NewBookingAttributes, NewBookingRelationships, shown=BookingResource
)
CHANGED_BOOKING = document_of(
    "BookingChange", "bookings", change.BookingChange, change.MoveRelationships, shown=BookingResource
)
CHANGED_ORDER = document_of("OrderChange", "orders", change.OrderChange, shown=OrderResource)
