"""Bodies of requests: the models that read them, with what the models themselves do not tell."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, Field, create_model

from frontdesk.api.answers.values import ADA, MEETING, ROOM
from frontdesk.api.negotiation import Json
from frontdesk.api.openapi.parameters import TEXT
from frontdesk.domain.requests import change, order
from frontdesk.domain.requests.booking import NewBookingAttributes
from frontdesk.domain.requests.messages import PreviewConfig
from frontdesk.domain.requests.order import (
    RequestModel,
    as_list,
    read_last_day,
    read_moment,
    read_services,
)
from frontdesk.domain.webhooks.subscriptions import SubscriptionChange

COFFEE = "f8d6bac2-9a7e-42d3-8fb1-6e5a2d8cab40"

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
    """The document that `domain.requests.envelope` reads: the parts in their envelope, with what is ignored in it.

    `shown` is the resource of the answer: of it, a client may send back what it can't set.
    """
    parts: dict[str, Any] = {"attributes": attributes, "relationships": relationships}
    hints = get_type_hints(shown) if shown else {}
    for part, model in parts.items():
        echoed = [*get_type_hints(hints[part])] if part in hints else []
        if echoed:
            parts[part] = _with_echoes(model or RequestModel, echoed, f"{name}Relationships")
    # Another type is refused with 409, and not for its form.
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
    FIELDS[made] = {**FIELDS.get(model, {}), **dict.fromkeys(names, "As it is shown; it can't be set.")}
    return made


def _model(name: str, base: type[RequestModel], fields: dict[str, Any]) -> type[RequestModel]:
    made: type[RequestModel] = create_model(name, __base__=base, **fields)
    return made


_BY_HAND = {
    "custom_price": "A price by hand for all of it, net or gross like the catalog's. Needs the scope `orders:price`.",
    "discount": "What is taken off the catalog's price by hand. Needs the scope `orders:price`.",
    "reason": "Why the price is by hand.",
}
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
    "timezone": "IANA name, for dates without an offset; else the zone of the first resource.",
    "notify_customer": "Whether the customer is told by mail.",
    "skip_notification": "`true` is the same as `notify_customer: false`.",
    "total": "What the caller has shown; an order that costs something else is refused.",
    "service_ids": "The same as `service_id`, as answers have it.",
    "custom_entry_map": "The same as `service_custom_fields`, as answers have it.",
    **_BY_HAND,
}


def told(model: type[BaseModel], texts: Mapping[str, str] = _OF_BOOKING) -> dict[str, str]:
    return {name: texts[name] for name in model.model_fields if name in texts}


FIELDS: dict[type[BaseModel], Mapping[str, str]] = {
    order.OrderConfig: {
        "order_customer_id": "The customer of the order, and of each booking without its own.",
        "bookings": "What is booked: all of it, or nothing.",
        "voucher_code": "Compared by what people see of it, without case.",
        "notify_customer": "Whether the customer gets a mail when the order is completed. Default: true.",
        "complete_order": "`false` makes a draft, which holds its slots for some minutes. Default: true.",
        "check_availability": "`false` books in spite of what is taken, opening hours, lead times and the past. Default: true.",
        "timezone": "IANA name, for dates without an offset and series; else the zone of each booking's first resource.",
        "on_conflict": "For the series that do not say it themselves. Default: refuse.",
        "expected_total": "What the caller has shown; an order that costs something else is refused. A preview ignores it.",
    },
    order.BookingConfig: told(order.BookingConfig),
    order.AddOnConfig: {"add_on_id": "Which.", "quantity": "How many. Default: 1.", **_BY_HAND},
    order.DiscountConfig: {
        "percent": "Either this or `amount`.",
        "amount": "In minor units, for all of it; never more than the price. Either this or `percent`.",
    },
    order.SubBookingConfig: {
        "resource_id": "Where; with several, each of them is occupied.",
        "service_id": "How many of each service: `{id: quantity}`, or an id alone for one.",
        "quantity": "How many of the service; else what `service_id` says.",
        **_BY_HAND,
    },
    order.RecurringConfig: {
        "frequency": "In any case.",
        "interval": "Every so many days, weeks, months or years. Default: 1.",
        "until": "The last moment at which an occurrence may start; a date alone includes its day. Either this or `count`.",
        "count": "How many occurrences, the first included. Either this or `until`.",
        "by_day": "`MO`, `Mon` or `monday`; of a month or year also `1MO` (the first) and `-1FR` (the last). Default: the start's day.",
        "by_month_day": "Of a monthly series: 1 to 31, or -1 (the last) to -31. Default: the start's day.",
        "on_conflict": "What becomes of an occurrence that can not be booked; else what the order says.",
    },
    change.CompletionConfig: {
        "order_custom_fields": "Answers that the order still lacks, by the field's id.",
        "service_custom_fields": "Answers that its bookings still lack, by the field's id.",
        "expected_total": "What the caller has shown; a draft that costs something else is refused.",
    },
    change.BookingChange: {
        "start_date": "A start alone keeps the length. Sub-bookings move along.",
        "end_date": "The first moment that is free again.",
        "blocker_start_date": "What is occupied; else the paddings stay as they are.",
        "blocker_end_date": "What is occupied; else the paddings stay as they are.",
        "resource_id": "Where; the relationships `resource` and `resources` say the same, and win.",
        "description": "For staff; null empties it.",
        "note": "For staff; null empties it.",
        "customer_note": "Shown to the customer in the mail; null empties it.",
        "timezone": "IANA name, for dates without an offset here; else the booking's.",
        "check_availability": "`false` moves it in spite of what is taken. Default: true.",
        "recalculate_price": "Whether today's prices hold for it. Default: false.",
        "notify_customer": "Whether the customer is told by mail. Default: false.",
    },
    change.OrderChange: {"note": "For staff; null empties it."},
    NewBookingAttributes: told(NewBookingAttributes),
    SubscriptionChange: {
        "name": "For people.",
        "url": "`https`, a public domain name, port 443 or 8443. A new subscription needs it.",
        "events": "Names, `orders.*`, `bookings.*`, `customers.*`, `messages.*` or `*`. A new subscription needs them.",
        "custom_headers": "Sent with every delivery, and never shown. Another `url` needs them anew.",
        "is_active": "Whether anything is sent. Default: true.",
    },
    PreviewConfig: {
        "kind": "What it is about. Default: `confirmation`.",
        "customer_id": "One of the order's customers. Default: the order's own.",
    },
}
# What a request can not do without. (Pydantic reads everything as optional, so that one mistake does not hide the next.)
NEEDED: Mapping[type[BaseModel], tuple[str, ...]] = {
    order.OrderConfig: ("bookings",),
    order.BookingConfig: ("resource_id", "service_id", "start_date", "end_date"),
    order.AddOnConfig: ("add_on_id",),
    order.SubBookingConfig: ("resource_id", "service_id"),
    order.RecurringConfig: ("frequency",),
}


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
INPUTS = {
    as_list: _or_one,
    read_moment: _moment,
    read_last_day: _moment,
    read_services: lambda schema: {"anyOf": [TEXT, schema]},
}
