"""The items of the one table, and the way between them and the domain.

What conditions, indexes and the stream look at is an attribute of its own; everything else of an item is one JSON
document (`body`), which costs a tenth of the time that a nested attribute map takes to read. See docs/decisions.md.

    pk                          sk                                  item
    {org}#{kind}#{id}           {kind}                              catalog item; kinds as in `Key`, and token
    {org}#customer_email#{e}    customer_email                      the customer with an address: customer_id
    {org}#voucher#{code}        use#{customer id}                   a customer's uses of a voucher: redemptions
    {org}#resource#{id}         ledger#{day}                        day ledger: seg, holds, version
    {org}#timeslot_series#{id}  ledger#{day}                        day ledger of a series
    {org}#order#{order id}      order                               order
    {org}#order#{order id}      booking#{ordinal}                   booking
    {org}#order#{order id}      booking#{ordinal}#{resource id}     index entry of a booking's further resources

A ledger's `seg` maps the name of a segment, its times of day like 0900-0930, to the quantity in use.

Index `lists`: orders by month of creation, bookings by resource and month of their start.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import from_json
from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from frontdesk.model.access import Token
from frontdesk.model.catalog import (
    AddOn,
    CatalogItem,
    Customer,
    Organization,
    Resource,
    Service,
    TimeslotSeries,
    Voucher,
    voucher_code_key,
)
from frontdesk.model.custom_fields import CustomField
from frontdesk.model.intervals import day_of
from frontdesk.model.ledger import Claim, Hold, Ledger, LedgerKey, Segment
from frontdesk.model.order import Booking, Notification, Order, booking_id, order_id_of, ordinal_of
from frontdesk.model.snapshot import Key

Raw = dict[str, dict[str, Any]]

_KINDS: dict[str, type[CatalogItem]] = {
    "organization": Organization,
    "customer": Customer,
    "resource": Resource,
    "service": Service,
    "add_on": AddOn,
    "voucher": Voucher,
    "custom_field": CustomField,
    "timeslot_series": TimeslotSeries,
}


class ItemKey(NamedTuple):
    pk: str
    sk: str


class NotificationMap(MapAttribute[str, Any]):
    state = UnicodeAttribute()
    kind = UnicodeAttribute()
    version = NumberAttribute()
    attempts = NumberAttribute()
    lease = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    recipient = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    sent_at = NumberAttribute(null=True)

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)  # type: ignore[no-untyped-call]


class StoredItem(Model):
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    list_pk = UnicodeAttribute(null=True)
    list_sk = UnicodeAttribute(null=True)


class CatalogRow(StoredItem):
    body = UnicodeAttribute()
    redemptions = NumberAttribute(null=True)


class EmailRow(StoredItem):
    customer_id = UnicodeAttribute()


class OrderRow(StoredItem):
    status = UnicodeAttribute()
    version = NumberAttribute()
    attempt = UnicodeAttribute()
    active_bookings = NumberAttribute()
    expires_at = NumberAttribute(null=True)
    updated_at = NumberAttribute()
    notification = NotificationMap(null=True)
    body = UnicodeAttribute()


class BookingRow(StoredItem):
    status = UnicodeAttribute()
    version = NumberAttribute()
    updated_at = NumberAttribute()
    body = UnicodeAttribute()


_ORDER_ATTRIBUTES = frozenset({"status", "version", "attempt", "active_bookings", "expires_at", "updated_at", "notification"})
_BOOKING_ATTRIBUTES = frozenset({"status", "version", "updated_at"})
# These are in the item's key already.
_ORDER_KEYS = frozenset({"id", "organization_id"})


def item_key(organization_id: str, key: Key) -> ItemKey:
    match key.kind:
        case "ledger":
            return ItemKey(f"{organization_id}#resource#{key.id}", f"ledger#{key.part}")
        case "series_ledger":
            return ItemKey(f"{organization_id}#timeslot_series#{key.id}", f"ledger#{key.part}")
        case "voucher_use":
            return ItemKey(f"{organization_id}#voucher#{key.id}", f"use#{key.part}")
        case "booking":
            return ItemKey(f"{organization_id}#order#{order_id_of(key.id)}", booking_sk(key.id))
        case _:
            return ItemKey(f"{organization_id}#{key.kind}#{key.id}", key.kind)


def token_key(organization_id: str, digest: str) -> ItemKey:
    return ItemKey(f"{organization_id}#token#{digest}", "token")


def order_key(organization_id: str, order_id: str) -> ItemKey:
    return item_key(organization_id, Key("order", order_id))


def booking_sk(booking_id: str) -> str:
    return f"booking#{ordinal_of(booking_id):04}"


def to_item(organization_id: str, key: Key, raw: Raw) -> Any:
    """The domain object of a stored item."""
    match key.kind:
        case "ledger":
            return to_ledger(LedgerKey(key.id, key.part), raw)
        case "series_ledger":
            return to_ledger(LedgerKey(key.id, key.part, "timeslot_series"), raw)
        case "order":
            return to_order(organization_id, key.id, raw)
        case "booking":
            return to_booking(order_id_of(key.id), raw)
        case "voucher_use":
            return int(raw["redemptions"]["N"])
        case "customer_email":
            return raw["customer_id"]["S"]
    fields = from_json(raw["body"]["S"])
    if "redemptions" in raw:
        fields["redemptions"] = int(raw["redemptions"]["N"])
    return _KINDS[key.kind].model_validate(fields)


def catalog_row(organization_id: str, item: CatalogItem | Token) -> CatalogRow:
    if isinstance(item, Token):
        return CatalogRow(*token_key(organization_id, item.id), body=item.model_dump_json())
    kind = next(name for name, of_kind in _KINDS.items() if isinstance(item, of_kind))
    if isinstance(item, Voucher):
        key = item_key(organization_id, Key("voucher", voucher_code_key(item.code)))
        counted = item.max_redemptions is not None
        return CatalogRow(
            *key,
            body=item.model_dump_json(exclude={"redemptions"}),
            redemptions=item.redemptions if counted else None,
        )
    return CatalogRow(*item_key(organization_id, Key(kind, item.id)), body=item.model_dump_json())  # type: ignore[arg-type]


def email_row(organization_id: str, claim: Key, customer: Customer) -> EmailRow:
    return EmailRow(*item_key(organization_id, claim), customer_id=customer.id)


def to_token(raw: Raw) -> Token:
    return Token.model_validate_json(raw["body"]["S"])


def to_ledger(key: LedgerKey, raw: Raw) -> Ledger:
    return Ledger(
        key,
        segments=dict(sorted((to_segment(name), int(used["N"])) for name, used in raw["seg"]["M"].items())),
        holds={name: _to_hold(name, hold["S"]) for name, hold in raw["holds"]["M"].items()},
        version=int(raw["version"]["N"]),
    )


def segment_name(segment: Segment) -> str:
    return f"{_clock(segment.start)}-{_clock(segment.end)}"


@lru_cache(10_000)
def to_segment(name: str) -> Segment:
    start, _, end = name.partition("-")
    return Segment(_seconds(start), _seconds(end))


def _clock(second: int) -> str:
    """HHMM, and SS where there are any."""
    minutes, seconds = divmod(second, 60)
    return f"{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")


def _seconds(clock: str) -> int:
    return 3600 * int(clock[:2]) + 60 * int(clock[2:4]) + int(clock[4:] or 0)


def hold_text(hold: Hold) -> str:
    flags = ("o" if hold.override else "") + ("p" if hold.placing else "")
    return f"{hold.claim.start} {hold.claim.end} {hold.claim.quantity} {hold.expires_at} {flags}"


def _to_hold(name: str, text: str) -> Hold:
    order_id, attempt, _ = name.split(":")
    start, end, quantity, expires_at, flags = text.split(" ")
    claim = Claim(int(start), int(end), int(quantity))
    return Hold(order_id, attempt, claim, "o" in flags, int(expires_at), "p" in flags)


def order_row(order: Order) -> OrderRow:
    return OrderRow(
        *order_key(order.organization_id, order.id),
        list_pk=f"{order.organization_id}#orders#{day_of(order.created_at)[:7]}",
        list_sk=f"{order.created_at:011}#{order.id}",
        body=order_body(order),
        **_attributes(order, _ORDER_ATTRIBUTES),
    )


def order_body(order: Order) -> str:
    return _body(order, _ORDER_ATTRIBUTES | _ORDER_KEYS)


def booking_body(booking: Booking) -> str:
    return _body(booking, _BOOKING_ATTRIBUTES | {"id"})


def to_order(organization_id: str, order_id: str, raw: Raw) -> Order:
    return Order.model_validate({**_stored(OrderRow, raw), "id": order_id, "organization_id": organization_id})


def booking_rows(organization_id: str, booking: Booking) -> list[StoredItem]:
    """The booking's item, and an index entry for each further resource, so that every resource lists it."""
    pk = order_key(organization_id, booking.order_id).pk
    month = day_of(booking.start)[:7]
    lists: list[dict[str, Any]] = [
        {"list_pk": bookings_list(organization_id, resource_id, month), "list_sk": f"{booking.start:011}#{booking.id}"}
        for resource_id in booking.resource_ids
    ]
    return [
        BookingRow(
            pk,
            booking_sk(booking.id),
            body=booking_body(booking),
            **lists[0],
            **_attributes(booking, _BOOKING_ATTRIBUTES),
        ),
        *(
            StoredItem(pk, f"{booking_sk(booking.id)}#{resource_id}", **entry)
            for resource_id, entry in zip(booking.resource_ids[1:], lists[1:], strict=True)
        ),
    ]


def to_booking(order_id: str, raw: Raw) -> Booking:
    ordinal = int(raw["sk"]["S"].partition("#")[2])
    return Booking.model_validate({**_stored(BookingRow, raw), "id": f"{order_id}-{ordinal}"})


def bookings_list(organization_id: str, resource_id: str, month: str) -> str:
    """The partition of the index `lists` with a resource's bookings that begin in a month (YYYY-MM, UTC)."""
    return f"{organization_id}#resource#{resource_id}#{month}"


def booking_of_entry(raw: Raw) -> Key:
    """The booking that an entry of such a list is for."""
    return Key("booking", raw["list_sk"]["S"].partition("#")[2])


def notification_map(notification: Notification) -> NotificationMap:
    return NotificationMap(**notification.model_dump(exclude_none=True))


def _body(record: BaseModel, elsewhere: frozenset[str]) -> str:
    return record.model_dump_json(exclude=set(elsewhere), exclude_none=True, exclude_defaults=True)


def _attributes(record: BaseModel, names: frozenset[str]) -> dict[str, Any]:
    return record.model_dump(include=set(names), exclude_none=True)


def _stored(row: type[StoredItem], raw: Raw) -> dict[str, Any]:
    values = row.from_raw_data(raw).attribute_values
    fields: dict[str, Any] = from_json(values.pop("body"))
    notification = values.pop("notification", None)
    return fields | values | ({"notification": notification.attribute_values} if notification else {})


def key_of(pk: str, sk: str) -> tuple[str, Key] | None:
    """The organization and the key of an item: what `item_key` is made from. None for tokens, index entries, and what is not known."""
    organization_id, _, rest = pk.partition("#")
    kind, _, id = rest.partition("#")
    name, _, part = sk.partition("#")
    match kind, name:
        case ("resource", "ledger"):
            return organization_id, Key("ledger", id, part)
        case ("timeslot_series", "ledger"):
            return organization_id, Key("series_ledger", id, part)
        case ("voucher", "use"):
            return organization_id, Key("voucher_use", id, part)
        case ("order", "booking") if part.isdecimal():
            return organization_id, Key("booking", booking_id(id, int(part)))
        case _ if kind == sk and (kind in ("order", "customer_email") or kind in _KINDS):
            return organization_id, Key(kind, id)  # type: ignore[arg-type]
    return None


def order_of_key(pk: str, sk: str) -> tuple[str, str] | None:
    """The organization and the order that an item's key names; None if it is not an order's head."""
    found = key_of(pk, sk)
    return (found[0], found[1].id) if found and found[1].kind == "order" else None
