"""Answers about orders and their bookings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.prices import Amounts, Lines, SoldAddOns, TaxTotals, amounts, line, sold, tax_total
from frontdesk.api.answers.values import (
    ADA,
    MEETING,
    ORDER_ID,
    ROOM,
    Currency,
    End,
    Id,
    Identifier,
    Instant,
    Made,
    Rate,
    SelfLink,
    ToMany,
    ToOne,
    instant,
    number,
    to_many,
    to_one,
)
from frontdesk.api.bounds import CutMeta
from frontdesk.domain.catalog import custom_fields
from frontdesk.domain.catalog.custom_fields import FieldType, Value
from frontdesk.domain.messages.message import Message, MessageState, summary
from frontdesk.domain.orders import order as stored
from frontdesk.domain.orders.order import BookingStatus
from frontdesk.domain.orders.pricing import amounts_of
from frontdesk.domain.orders.states import (
    shown_booking_status,
    shown_booking_version,
    shown_status,
    shown_version,
)
from frontdesk.domain.time.intervals import iso

BOOKING_ID = stored.booking_id(ORDER_ID, 1)
# The statuses of visible orders.
ShownStatus = Literal["draft", "completed", "canceled", "expired"]


class CustomEntry(TypedDict):
    """An answer to a custom field, with the field's label and type at the time of the answer."""

    value: Value
    formatted_value: str
    label: str
    type: FieldType


class Skipped(TypedDict):
    """An occurrence that was left out of a series. `pointer` identifies the series, `codes` are the reasons."""

    pointer: Annotated[str, Field(examples=["/bookings/0"])]
    start_date: Instant
    end_date: Instant
    codes: list[str]


CustomEntries = Annotated[
    dict[str, CustomEntry],
    Field(description="The answers to custom fields, by the id of the field.", examples=[{}]),
]
Skips = Annotated[list[Skipped], Field(description="Occurrences that are left out of series.", examples=[[]])]
Version = Annotated[
    int, Field(description="Increases with every change. A higher version is a newer state.", ge=1)
]
Active = Annotated[
    int | None, Field(description="The amount without canceled bookings. In lists, null if there are any.")
]


class OrderAttributes(Amounts):
    """An order: its state and totals."""

    number: Annotated[str, Field(pattern=r"^BO\d{16}$", examples=["BO0412339015677218"])]
    status: Annotated[ShownStatus, Field(examples=["completed"])]
    currency: Currency
    active_total: Annotated[Active, Field(examples=[5500])]
    active_tax_amount: Annotated[Active, Field(examples=[831])]
    modification_total: Annotated[int, Field(description="Minus `discount_amount`.", examples=[0])]
    taxes: TaxTotals
    manually_created: Annotated[bool, Field(examples=[True])]
    note: Annotated[str | None, Field(description="A note for staff.")]
    locale: Annotated[
        str | None, Field(description="The language of mails to customers, if the order specifies one.")
    ]
    timezone: Annotated[str, Field(examples=["Europe/Berlin"])]
    start_date: Annotated[Instant, Field(description="The earliest start of all bookings.")]
    end_date: Annotated[End, Field(description="The latest end of all bookings.")]
    custom_entry_map: CustomEntries
    expires_at: Annotated[Instant | None, Field(description="When a draft expires, and frees its slots.")]
    version: Version
    created_at: Made
    updated_at: Made


class OrderRelationships(TypedDict):
    """The bookings of an order, its customer, and its voucher."""

    bookings: Annotated[ToMany[Literal["bookings"]], Field(examples=[to_many("bookings", [BOOKING_ID])])]
    customer: Annotated[ToOne[Literal["customers"]], Field(examples=[to_one("customers", ADA)])]
    voucher: ToOne[Literal["vouchers"]]


class OrderNotification(TypedDict):
    """The state of an order's mails."""

    state: Annotated[
        MessageState | None,
        Field(
            description="The state of the order's mails. If they differ, the first in this list counts: `failed`, `bounced`, `waiting`, "
            "`sent`, `withdrawn`. Lists show only `failed` and `waiting`, and otherwise null.",
            examples=["sent"],
        ),
    ]


class OrderMeta(TypedDict):
    """The voucher code of an order, the state of its mails, its lines, and its skipped occurrences."""

    voucher_code: str | None
    notification: OrderNotification
    items: NotRequired[
        Annotated[Lines, Field(description="The lines of all bookings. Missing in lists and in `included`.")]
    ]
    skipped: Skips


class KeptMeta(CutMeta):
    """The bookings that a cancellation leaves in place."""

    kept: Annotated[
        list[Identifier[Literal["bookings"]]],
        Field(description="The bookings that are kept, because they have ended or were attended."),
    ]


class OrderResource(TypedDict):
    """An order."""

    type: Literal["orders"]
    id: Id
    attributes: OrderAttributes
    relationships: OrderRelationships
    links: SelfLink
    meta: OrderMeta


class BookingAttributes(Amounts):
    """A booking: its time, state and price."""

    number: Annotated[str, Field(pattern=r"^BB\d{16}$", examples=["BB7710032245168903"])]
    status: Annotated[BookingStatus, Field(examples=["accepted"])]
    start_date: Instant
    end_date: End
    blocker_start_date: Annotated[Instant, Field(description="The start of the occupied time, with padding.")]
    blocker_end_date: Annotated[End, Field(description="The end of the occupied time, with padding.")]
    timezone: Annotated[str, Field(description="The time zone of the booking.", examples=["Europe/Berlin"])]
    description: Annotated[str | None, Field(description="A description for staff.")]
    note: Annotated[str | None, Field(description="A note for staff.")]
    customer_note: Annotated[str | None, Field(description="A note that mails show to the customer.")]
    quantity: Annotated[
        int, Field(description="The quantity of the service. With several services, it is 1.", examples=[1])
    ]
    weight: Annotated[int, Field(description="The units occupied on each resource.", examples=[1])]
    charged_duration: Annotated[int, Field(description="The charged duration, in minutes.", examples=[60])]
    currency: Currency
    tax_rate: Annotated[Rate | None, Field(description="The tax rate in percent; null if the lines differ.")]
    service_ids: Annotated[
        dict[str, int], Field(description="The quantities of the services, by id.", examples=[{MEETING: 1}])
    ]
    is_blocker: Annotated[
        bool, Field(description="Whether it is a blocker: it makes a resource unavailable and sells nothing.")
    ]
    title: Annotated[str | None, Field(description="The title of a blocker.")]
    external_id: Annotated[str | None, Field(description="The booking's id in another system.")]
    is_series: Annotated[bool, Field(description="Whether the booking belongs to a series.")]
    is_series_master: Annotated[bool, Field(description="Always false. `series_id` identifies the series.")]
    series_id: Annotated[str | None, Field(description="The id of the first booking of the series.")]
    is_sub_booking: bool
    is_override: Annotated[
        bool, Field(description="Whether the booking was placed or moved without checking availability.")
    ]
    timeslot_series_id: str | None
    manually_created: Annotated[bool, Field(examples=[True])]
    custom_entry_map: CustomEntries
    check_in_date: Instant | None
    check_out_date: Instant | None
    canceled_at: Instant | None
    version: Version
    created_at: Made
    updated_at: Made


class BookingRelationships(TypedDict):
    """The order, resources, services and customer of a booking."""

    resource: Annotated[ToOne[Literal["resources"]], Field(examples=[to_one("resources", ROOM)])]
    resources: Annotated[ToMany[Literal["resources"]], Field(examples=[to_many("resources", [ROOM])])]
    service: Annotated[ToOne[Literal["services"]], Field(examples=[to_one("services", MEETING)])]
    services: Annotated[ToMany[Literal["services"]], Field(examples=[to_many("services", [MEETING])])]
    customer: Annotated[ToOne[Literal["customers"]], Field(examples=[to_one("customers", ADA)])]
    order: Annotated[ToOne[Literal["orders"]], Field(examples=[to_one("orders", ORDER_ID)])]
    sub_bookings: Annotated[ToMany[Literal["bookings"]], Field(examples=[to_many("bookings", [])])]
    super_booking: ToOne[Literal["bookings"]]
    booking_add_ons: SoldAddOns


class BookingMeta(TypedDict):
    """The lines of a booking."""

    items: Lines


class BookingResource(TypedDict):
    """A booking."""

    type: Literal["bookings"]
    id: Annotated[str, Field(examples=[BOOKING_ID])]
    attributes: BookingAttributes
    relationships: BookingRelationships
    links: SelfLink
    meta: BookingMeta


def order_resource(
    order: stored.Order,
    base_url: str,
    now: int,
    bookings: Sequence[stored.Booking] | None = None,
    messages: Iterable[Message] | None = None,
) -> OrderResource:
    """Returns the JSON:API resource of an order.

    `bookings` are all bookings of the order. If they are given, `meta.items` has their lines, and `active_total` is the total of the
    bookings that are not canceled. If `messages` are given, `meta.notification` has their state.
    """
    active = _active(order, bookings, now)
    meta: OrderMeta = {
        "voucher_code": order.voucher.code if order.voucher else None,
        "notification": {"state": summary(order, messages)},
        "skipped": [_skipped(skipped) for skipped in order.skipped],
    }
    if bookings is not None:
        meta["items"] = [line(each) for booking in bookings for each in booking.lines]
    return {
        "type": "orders",
        "id": order.id,
        "attributes": {
            "number": order.number,
            "status": cast("ShownStatus", shown_status(order, now)),
            "currency": order.currency,
            **amounts(order.amounts),
            "active_total": None if active is None else active.total,
            "active_tax_amount": None if active is None else active.tax_amount,
            "modification_total": -order.amounts.discount_amount,
            "taxes": [tax_total(tax) for tax in order.taxes],
            "manually_created": True,
            "note": order.note,
            "locale": order.locale,
            "timezone": order.timezone,
            "start_date": iso(order.start),
            "end_date": iso(order.end),
            "custom_entry_map": _entries(order.custom_entries),
            "expires_at": instant(order.expires_at),
            "version": shown_version(order, now),
            "created_at": iso(order.created_at),
            "updated_at": iso(order.updated_at),
        },
        "relationships": {
            "bookings": to_many("bookings", list(order.booking_ids)),
            "customer": to_one("customers", order.customer_id),
            "voucher": to_one("vouchers", order.voucher.id if order.voucher else None),
        },
        "links": {"self": order_url(order.id, base_url)},
        "meta": meta,
    }


def kept(order: stored.Order, bookings: Iterable[stored.Booking], now: int) -> KeptMeta:
    """Returns `meta` with the ids of the bookings that are not canceled."""
    stay = (each for each in bookings if shown_booking_status(each, order, now) != "canceled")
    return {"kept": [{"type": "bookings", "id": each.id} for each in stay]}


def booking_resource(
    booking: stored.Booking, order: stored.Order, base_url: str, now: int
) -> BookingResource:
    """Returns the JSON:API resource of a booking."""
    rates = {each.tax_rate for each in booking.lines}
    return {
        "type": "bookings",
        "id": booking.id,
        "attributes": {
            "number": booking.number,
            "status": shown_booking_status(booking, order, now),
            "start_date": iso(booking.start),
            "end_date": iso(booking.end),
            "blocker_start_date": iso(booking.blocker_start),
            "blocker_end_date": iso(booking.blocker_end),
            "timezone": booking.timezone or order.timezone,
            "description": booking.description,
            "note": booking.note,
            "customer_note": booking.customer_note,
            "quantity": booking.quantity,
            "weight": booking.weight,
            "charged_duration": booking.charged_duration,
            "currency": booking.currency,
            **amounts(booking.amounts),
            "tax_rate": number(rates.pop()) if len(rates) == 1 else None,
            "service_ids": booking.services,
            "is_blocker": booking.is_blocker,
            "title": booking.title,
            "external_id": booking.external_id,
            "is_series": booking.series_id is not None,
            # Clients skip series masters, and would then miss a real booking.
            "is_series_master": False,
            "series_id": booking.series_id,
            "is_sub_booking": booking.super_booking is not None,
            "is_override": booking.override,
            "timeslot_series_id": booking.timeslot_series_id,
            "manually_created": True,
            "custom_entry_map": _entries(booking.custom_entries),
            "check_in_date": instant(booking.checked_in_at),
            "check_out_date": instant(booking.checked_out_at),
            "canceled_at": instant(booking.canceled_at),
            "version": shown_booking_version(booking, order, now),
            "created_at": iso(booking.created_at),
            "updated_at": iso(booking.updated_at),
        },
        "relationships": {
            "resource": to_one("resources", booking.resource_ids[0]),
            "resources": to_many("resources", list(booking.resource_ids)),
            "service": to_one("services", next(iter(booking.services), None)),
            "services": to_many("services", list(booking.services)),
            "customer": to_one("customers", booking.customer_id),
            "order": to_one("orders", order.id),
            "sub_bookings": to_many(
                "bookings",
                [id for id in booking.sub_booking_ids if stored.ordinal_of(id) not in order.deleted],
            ),
            "super_booking": to_one("bookings", booking.super_booking),
            "booking_add_ons": sold(booking.lines),
        },
        "links": {"self": booking_url(booking.id, base_url)},
        "meta": {"items": [line(each) for each in booking.lines]},
    }


def order_url(order_id: str, base_url: str) -> str:
    """Returns the URL of an order."""
    return f"{base_url}/api/v1/orders/{order_id}"


def booking_url(booking_id: str, base_url: str) -> str:
    """Returns the URL of a booking."""
    return f"{base_url}/api/v1/bookings/{booking_id}"


def _active(
    order: stored.Order, bookings: Iterable[stored.Booking] | None, now: int
) -> stored.Amounts | None:
    """Returns the sums of active bookings. If `bookings` is None and the order is canceled only in part, returns None."""
    if bookings is not None:
        left = (each for each in bookings if shown_booking_status(each, order, now) != "canceled")
        return amounts_of(line for booking in left for line in booking.lines)
    if shown_status(order, now) in ("canceled", "expired"):
        return amounts_of(())
    return order.amounts if order.active_bookings == order.booking_count and not order.canceling else None


def _skipped(skipped: stored.Skipped) -> Skipped:
    return {
        "pointer": skipped.pointer,
        "start_date": iso(skipped.start),
        "end_date": iso(skipped.end),
        "codes": list(skipped.codes),
    }


def _entries(entries: Mapping[str, custom_fields.CustomEntry]) -> dict[str, CustomEntry]:
    return {
        id: {
            "value": entry.value,
            "formatted_value": entry.formatted_value,
            "label": entry.label,
            "type": entry.type,
        }
        for id, entry in entries.items()
    }
