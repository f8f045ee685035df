"""Describes request bodies: the models that read them, and the facts that the models lack, such as descriptions of fields."""

from collections.abc import Collection, Iterable, Mapping
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
from frontdesk.domain.requests.envelope import STAMPS, STAMPS_OF_COPIES
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
    stamps: Collection[str] = STAMPS,
) -> type[RequestModel]:
    """Returns the model of a request's document, including the members that `domain.requests.envelope` ignores.

    `shown` is the type of the resource in answers. A client may send back a whole answer, so the model also
    has the read-only fields of `shown`. In a field named in `stamps`, the client may send any value. In any
    other read-only field, the client must send the value from the answer.
    """
    parts: dict[str, Any] = {"attributes": attributes, "relationships": relationships}
    hints = get_type_hints(shown) if shown else {}
    for part, model in parts.items():
        echoed = [*get_type_hints(hints[part])] if part in hints else []
        if echoed:
            parts[part] = _with_echoes(model or RequestModel, echoed, f"{name}Relationships", stamps)
    # Not a literal, because another type is refused with 409 and not as an invalid value.
    data: dict[str, Any] = {"type": (Annotated[str, Field(examples=[type])] | None, None)}
    data |= {"id": (str | None, None)} if has_id else {}
    data |= {part: (model | None, None) for part, model in parts.items() if model}
    data |= dict.fromkeys(("links", "meta", "lid"), (Any, None))
    resource = _model(f"{name}Data", RequestModel, data)
    top = dict.fromkeys(("jsonapi", "links", "meta", "included"), (Any, None))
    return _model(f"{name}Document", RequestModel, {"data": (resource, ...), **top})


_ERASED = "The id of each field has the value `null`. Answers cannot be changed."
_ECHOED = "Read-only: must equal the value in answers."


def _with_echoes(
    model: type[RequestModel], shown: Iterable[str], unnamed: str, stamps: Collection[str]
) -> type[RequestModel]:
    names = [name for name in shown if name not in model.model_fields]
    name = unnamed if model is RequestModel else model.__name__
    made = _model(name, model, dict.fromkeys(names, (Any, None)))
    told = {
        name: "Read-only: a value that you send is ignored." if name in stamps else _ECHOED for name in names
    }
    FIELDS[made] = {**FIELDS.get(model, {}), **told}
    return made


def _model(name: str, base: type[RequestModel], fields: dict[str, Any]) -> type[RequestModel]:
    made: type[RequestModel] = create_model(name, __base__=base, **fields)
    return made


_BY_HAND = {
    "custom_price": "A price set by hand for the whole line, in minor units. It replaces the catalog's price, and is net or gross like it. "
    "Requires the scope `orders:price`. Send either this or `discount`.",
    "discount": "A discount on the catalog's price, set by hand. Requires a `reason` and the scope `orders:price`.",
    "reason": "The reason for the price set by hand. Required with `discount`. Default with `custom_price`: `Set by hand`.",
}
_ONE_UNIT = "How many units of the service to book. Default: the quantity in `service_id`."
_OF_BOOKING = {
    **_BY_HAND,
    "resource_id": "The id of the resource. With several ids, the booking occupies each of these resources.",
    "service_id": "The services, with their quantities by id: `{id: quantity}`.",
    "start_date": "The start, in ISO 8601: with an offset (`2030-04-15T09:00:00+02:00`), with `Z`, or in local time. See `timezone`.",
    "end_date": "The end, written like `start_date`. It is exclusive: the booking does not include this moment.",
    "customer_id": "The id of the customer of this booking. Default: the customer of the order.",
    "quantity": _ONE_UNIT,
    "description": "A description for staff.",
    "note": "A note for staff.",
    "customer_note": "A note that mails show to the customer.",
    "booking_add_ons": "The add-ons sold with the booking.",
    "add_ons_by_service": "Add-ons by the id of a service: `{id: [[...]]}`, with one list of add-ons for each unit of the service.",
    "sub_bookings_by_service": "Sub-bookings by the id of a service: `{id: [[...]]}`, with one list for each unit of the service.",
    "external_id": "The booking's id in another system. Several bookings may share one.",
    "external_uuid": "Another name for `external_id`.",
    "sub_bookings": "Bookings of something else for the same time and customer, such as equipment.",
    "service_custom_fields": "Answers to the custom fields of the services, by the id of the field.",
    "order_custom_fields": "Answers to the custom fields of the order, by the id of the field.",
    "recurring": "The rule of a series. The booking itself is the first occurrence.",
    "timeslot_series_id": "The id of a timeslot series. The booking must match one of its slots exactly.",
    "custom_price": "A price set by hand for the booking's services, in minor units, without add-ons and sub-bookings. It replaces the "
    "catalog's price, and is net or gross like it. Requires the scope `orders:price`. Send either this or `discount`.",
}
_RELATED = "The relationships take precedence."


def told(model: type[BaseModel], texts: Mapping[str, str] = _OF_BOOKING) -> dict[str, str]:
    """Returns the descriptions of the model's fields by name. Leaves out fields without a description in `texts`."""
    return {name: texts[name] for name in model.model_fields if name in texts}


_SHOWN_TOTAL = "The total that you have shown to the customer, in minor units. If the real total differs, the request is refused."
FIELDS: dict[type[BaseModel], Mapping[str, str]] = {
    order.OrderConfig: {
        "order_customer_id": "The id of the customer of the order, and of each booking without a `customer_id`. Default: the first "
        "`customer_id` of a booking.",
        "bookings": "The bookings. The order books all of them, or none.",
        "locale": "The language of mails to customers, as a BCP 47 tag such as `de-AT`. Default: each customer's own.",
        "voucher_code": "The code of a voucher. Case does not matter.",
        "notify_customer": "Whether to mail the customer when the order is completed. Default: true.",
        "complete_order": "Whether to complete the order immediately. Otherwise it is a draft, which holds its slots until `expires_at`. "
        "Default: true.",
        "check_availability": "Whether to check availability. `false` ignores taken slots, opening hours, lead times and the past. "
        "Default: true.",
        "timezone": "The IANA time zone of dates without an offset, and of series. Default: the zone of each booking's first resource.",
        "on_conflict": "What to do about occurrences of a series that cannot be booked: `refuse` the order, or `skip` them. A series may "
        "override this. Default: `refuse`.",
        "expected_total": f"{_SHOWN_TOTAL} Previews ignore this.",
    },
    order.BookingConfig: told(order.BookingConfig),
    order.AddOnConfig: {
        **_BY_HAND,
        "add_on_id": "The id of the add-on.",
        "quantity": "How many units of the add-on to sell. Default: 1.",
    },
    order.DiscountConfig: {
        "percent": "The discount in percent of the catalog's price. Send either this or `amount`.",
        "amount": "The discount on the whole line, in minor units; at most its price. Send either this or `percent`.",
    },
    order.SubBookingConfig: {
        **_BY_HAND,
        "resource_id": "The id of the resource. With several ids, the sub-booking occupies each of these resources.",
        "service_id": "The services, with their quantities by id: `{id: quantity}`. A single id means one unit.",
        "quantity": _ONE_UNIT,
    },
    order.RecurringConfig: {
        "frequency": "The unit in which the booking repeats. Case is ignored.",
        "interval": "The booking repeats every n days, weeks, months or years. Default: 1.",
        "until": "The last moment at which an occurrence may start. A date includes its whole day. Send either this or `count`.",
        "count": "The number of occurrences, including the first. Send either this or `until`.",
        "by_day": "The weekdays: `MO`, `Mon` or `monday`. Monthly and yearly series also take `1MO` (the first Monday) and `-1FR` (the "
        "last Friday). Default: the day of the start.",
        "by_month_day": "The days of the month, for monthly series: 1 to 31, or -1 (the last) to -31. Default: the day of the start.",
        "on_conflict": "What to do about occurrences that cannot be booked: `refuse` the order, or `skip` them. Default: the order's "
        "`on_conflict`.",
    },
    change.CompletionConfig: {
        "order_custom_fields": "The missing answers to the custom fields of the order, by the id of the field.",
        "service_custom_fields": "The missing answers to the custom fields of its bookings, by the id of the field.",
        "expected_total": _SHOWN_TOTAL,
    },
    change.BookingChange: {
        "start_date": "The new start. Without an `end_date`, the duration stays the same. Sub-bookings move along.",
        "end_date": "The new end. It is exclusive: the booking does not include this moment.",
        "blocker_start_date": "The new start of the occupied time. Default: the padding before the booking stays the same.",
        "blocker_end_date": "The new end of the occupied time. Default: the padding after the booking stays the same.",
        "resource_id": f"The id of the new resource, or several ids. {_RELATED}",
        "description": "A description for staff. `null` clears it.",
        "note": "A note for staff. `null` clears it.",
        "customer_note": "A note that mails show to the customer. `null` clears it.",
        "external_id": "The booking's id in another system. `null` clears it.",
        "external_uuid": "Another name for `external_id`.",
        "timezone": "The IANA time zone of dates without an offset in this request. Default: the booking's.",
        "check_availability": "Whether to check the availability of the new slot. `false` can overbook. Default: true.",
        "recalculate_price": "Whether to apply today's prices to this booking and its sub-bookings. Default: false.",
        "notify_customer": "Whether to mail the change to the customer. Default: false.",
        "service_custom_fields": f"The services' custom fields whose answers are to be erased. {_ERASED}",
    },
    change.BookingCustomerChange: {"customer_id": "The id of the new customer. Required."},
    change.OrderChange: {
        "note": "A note for staff. `null` clears it.",
        "order_custom_fields": f"The order's custom fields whose answers are to be erased. {_ERASED}",
    },
    NewBookingAttributes: {
        **told(NewBookingAttributes),
        "resource_id": f"The id of the resource. With several ids, the booking occupies each of these resources. {_RELATED}",
        "customer_id": f"The id of the customer of the booking and its order. {_RELATED}",
        "quantity": "How many units to book. Default: the quantity in `service_id`; for a blocker, all that the resource has.",
        "is_blocker": "Whether this is a blocker. A blocker makes a resource unavailable, and sells nothing. Default: false.",
        "title": "The title of a blocker. Other bookings cannot have one.",
        "timezone": "The IANA time zone of dates without an offset. Default: that of the first resource.",
        "notify_customer": "Whether to mail the customer. Default: true.",
        "skip_notification": "`true` means the same as `notify_customer: false`.",
        "total": _SHOWN_TOTAL,
        "service_ids": "Another name for `service_id`, as in answers.",
        "custom_entry_map": "Another name for `service_custom_fields`, as in answers.",
    },
    SubscriptionChange: {
        "name": "The display name.",
        "url": "The address that gets the deliveries: `https`, a public domain name, port 443 or 8443. Required for a new subscription.",
        "events": "The events to deliver: names, `orders.*`, `bookings.*`, `customers.*`, `messages.*`, or `*` for all. Required for a "
        "new subscription.",
        "custom_headers": "Headers to send with every delivery. No answer shows them. If you change `url`, send them again.",
        "is_active": "Whether to deliver events. Default for a new subscription: true.",
    },
    UploadConfig: {
        "name": "The name of the file. Its extension determines the format.",
        "size": "The size of the file in bytes. A file of another size is refused.",
        "kind": "The kind of the rows. Default: determined from the header.",
        "dry_run": "Whether to only report what would happen to each row, and write nothing. Default: the value in `options`, or "
        "false without one.",
        "again": "Whether to import the file even if its rows have no ids, and equal those of an earlier file. Default: the value in "
        "`options`, or false without one.",
        "language": "The language of the results and their problems. Default: the organization's.",
        "options": "Options for every row that has no value of its own. See docs/import.md, Options.",
        "mapping": "The meaning of the columns and their values. See docs/import.md, The mapping.",
    },
    PreviewConfig: {
        "kind": "The kind of message. Default: the kind of the rule or, without a rule, `confirmation`.",
        "customer_id": "The id of the customer who would get the mail: the customer of the order (the default), or of a booking.",
        "message_rule_id": "The id of the message rule to preview, enabled or not.",
        "recipient": "Who would get the mail. Default: the first recipient of the rule or, without a rule, `customer`.",
    },
    ExportConfig: {
        "kind": "The kind of the rows. `lines` are the sold lines of bookings. Required.",
        "period": "The days to export. They select bookings by their start, orders and lines by the day they were placed, and "
        "customers by the day they were created. Default: no limit.",
        "timezone": "The IANA time zone of the period and of dates in the file. Default: the organization's.",
        "filters": "Filters for the rows. Each kind allows some of them. Default: none.",
        "columns": "The names of the columns, in the order of the file. Default: all columns of the kind.",
        "format": "The format of the file. Default: `csv`.",
        "language": "The language of the header and, in CSV, the format of numbers. Default: the organization's.",
    },
    ExportPeriod: {
        "start": "The first day. Default: no limit.",
        "end": "The last day, inclusive. Default: no limit.",
    },
    ExportFilters: {
        "status": "Only rows with these statuses. For bookings and lines: `confirmed`, `completed`, `canceled`, `no_show`. For orders: "
        "`draft`, `completed`, `canceled`, `expired`.",
        "customer": "Only rows of the customer with this id. For all kinds except customers.",
        "resource": "Only rows of the resource with this id. For bookings and lines.",
        "service": "Only rows of the service with this id. For bookings and lines.",
        "import": "Only rows created by the import with this id. For all kinds except customers.",
        "archived": "Whether to export archived customers instead of active ones. For customers. Default: false.",
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


# The functions that parse values, each with a function that makes the schema of the values it accepts.
INPUTS = {
    as_list: _or_one,
    read_moment: _moment,
    read_last_day: _moment,
    read_services: lambda schema: {"anyOf": [TEXT, schema]},
}


NEW_BOOKING = document_of(
    "BookingCreation",
    "bookings",
    NewBookingAttributes,
    NewBookingRelationships,
    shown=BookingResource,
    stamps=STAMPS_OF_COPIES,
)
CHANGED_BOOKING = document_of(
    "BookingChange", "bookings", change.BookingChange, change.MoveRelationships, shown=BookingResource
)
CHANGED_ORDER = document_of("OrderChange", "orders", change.OrderChange, shown=OrderResource)
