"""The items of the one table, and the way between them and the domain.

What conditions, indexes and the stream look at is an attribute of its own; everything else of an item is one JSON
document (`body`), which costs a tenth of the time that a nested attribute map takes to read. See docs/decisions.md.

    pk                          sk                                  item
    {org}#{kind}#{id}           {kind}                              catalog item; kinds as in `Key`, and token
    {org}#resource#{id}         ledger#{day}                        day ledger: seg, holds, shape, version
    {org}#order#{order id}      order                               order
    {org}#order#{order id}      booking#{ordinal}                   booking
    {org}#order#{order id}      booking#{ordinal}#{resource id}     index entry of a booking's further resources

Index `lists`: orders by month of creation, bookings by resource and month of their start.
"""

from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import from_json
from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from frontdesk.model.access import Token
from frontdesk.model.catalog import AddOn, CatalogItem, Customer, Organization, Resource, Service, Voucher, voucher_code_key
from frontdesk.model.intervals import day_of
from frontdesk.model.ledger import Claim, Hold, Ledger, LedgerKey
from frontdesk.model.order import Booking, Notification, Order
from frontdesk.model.snapshot import Key

Raw = dict[str, dict[str, Any]]

_KINDS: dict[str, type[CatalogItem]] = {
    "organization": Organization,
    "customer": Customer,
    "resource": Resource,
    "service": Service,
    "add_on": AddOn,
    "voucher": Voucher,
}


class ItemKey(NamedTuple):
    pk: str
    sk: str


class NotificationMap(MapAttribute[str, Any]):
    state = UnicodeAttribute()
    attempts = NumberAttribute()
    lease = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    recipient = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    sent_at = NumberAttribute(null=True)

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)  # type: ignore[no-untyped-call]


class _Item(Model):
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    list_pk = UnicodeAttribute(null=True)
    list_sk = UnicodeAttribute(null=True)


class CatalogRow(_Item):
    body = UnicodeAttribute()
    max_redemptions = NumberAttribute(null=True)
    redemptions = NumberAttribute(null=True)


class OrderRow(_Item):
    status = UnicodeAttribute()
    version = NumberAttribute()
    attempt = UnicodeAttribute()
    active_bookings = NumberAttribute()
    expires_at = NumberAttribute(null=True)
    updated_at = NumberAttribute()
    notification = NotificationMap(null=True)
    body = UnicodeAttribute()


class BookingRow(_Item):
    status = UnicodeAttribute()
    version = NumberAttribute()
    updated_at = NumberAttribute()
    body = UnicodeAttribute()


_ORDER_ATTRIBUTES = frozenset({"status", "version", "attempt", "active_bookings", "expires_at", "updated_at", "notification"})
_BOOKING_ATTRIBUTES = frozenset({"status", "version", "updated_at"})
# These are in the item's key already.
_ORDER_KEYS = frozenset({"id", "organization_id"})


def item_key(organization_id: str, key: Key) -> ItemKey:
    if key.kind == "ledger":
        return ItemKey(f"{organization_id}#resource#{key.id}", f"ledger#{key.day}")
    return ItemKey(f"{organization_id}#{key.kind}#{key.id}", key.kind)


def token_key(organization_id: str, digest: str) -> ItemKey:
    return ItemKey(f"{organization_id}#token#{digest}", "token")


def order_key(organization_id: str, order_id: str) -> ItemKey:
    return item_key(organization_id, Key("order", order_id))


def booking_sk(booking_id: str) -> str:
    return f"booking#{int(booking_id.rpartition('-')[2]):04}"


def to_item(organization_id: str, key: Key, raw: Raw) -> Any:
    """The domain object of a stored item."""
    if key.kind == "ledger":
        return to_ledger(LedgerKey(key.id, key.day), raw)
    if key.kind == "order":
        return to_order(organization_id, key.id, raw)
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
            max_redemptions=item.max_redemptions,
            redemptions=item.redemptions if counted else None,
        )
    return CatalogRow(*item_key(organization_id, Key(kind, item.id)), body=item.model_dump_json())  # type: ignore[arg-type]


def to_token(raw: Raw) -> Token:
    return Token.model_validate_json(raw["body"]["S"])


def to_ledger(key: LedgerKey, raw: Raw) -> Ledger:
    return Ledger(
        key,
        segments={int(start): int(used["N"]) for start, used in raw["seg"]["M"].items()},
        holds={name: _to_hold(name, hold["S"]) for name, hold in raw["holds"]["M"].items()},
        shape=raw["shape"]["S"],
        version=int(raw["version"]["N"]),
    )


def hold_text(hold: Hold) -> str:
    return f"{hold.claim.start} {hold.claim.end} {hold.claim.quantity} {int(hold.override)} {hold.expires_at}"


def _to_hold(name: str, text: str) -> Hold:
    order_id, attempt, _ = name.split(":")
    start, end, quantity, override, expires_at = map(int, text.split())
    return Hold(order_id, attempt, Claim(start, end, quantity), bool(override), expires_at)


def order_row(order: Order) -> OrderRow:
    return OrderRow(
        *order_key(order.organization_id, order.id),
        list_pk=f"{order.organization_id}#orders#{day_of(order.created_at)[:7]}",
        list_sk=f"{order.created_at:011}#{order.id}",
        body=_body(order, _ORDER_ATTRIBUTES | _ORDER_KEYS),
        **_attributes(order, _ORDER_ATTRIBUTES),
    )


def to_order(organization_id: str, order_id: str, raw: Raw) -> Order:
    return Order.model_validate({**_stored(OrderRow, raw), "id": order_id, "organization_id": organization_id})


def booking_rows(organization_id: str, booking: Booking) -> list[_Item]:
    """The booking's item, and an index entry for each further resource, so that every resource lists it."""
    pk = order_key(organization_id, booking.order_id).pk
    month = day_of(booking.start)[:7]
    lists: list[dict[str, Any]] = [
        {"list_pk": f"{organization_id}#resource#{resource_id}#{month}", "list_sk": f"{booking.start:011}#{booking.id}"}
        for resource_id in booking.resource_ids
    ]
    return [
        BookingRow(
            pk,
            booking_sk(booking.id),
            body=_body(booking, _BOOKING_ATTRIBUTES | {"id"}),
            **lists[0],
            **_attributes(booking, _BOOKING_ATTRIBUTES),
        ),
        *(
            _Item(pk, f"{booking_sk(booking.id)}#{resource_id}", **entry)
            for resource_id, entry in zip(booking.resource_ids[1:], lists[1:], strict=True)
        ),
    ]


def to_booking(order_id: str, raw: Raw) -> Booking:
    ordinal = int(raw["sk"]["S"].partition("#")[2])
    return Booking.model_validate({**_stored(BookingRow, raw), "id": f"{order_id}-{ordinal}"})


def notification_map(notification: Notification) -> NotificationMap:
    return NotificationMap(**notification.model_dump(exclude_none=True))


def _body(record: BaseModel, elsewhere: frozenset[str]) -> str:
    return record.model_dump_json(exclude=set(elsewhere), exclude_none=True)


def _attributes(record: BaseModel, names: frozenset[str]) -> dict[str, Any]:
    return record.model_dump(include=set(names), exclude_none=True)


def _stored(row: type[_Item], raw: Raw) -> dict[str, Any]:
    values = row.from_raw_data(raw).attribute_values
    fields: dict[str, Any] = from_json(values.pop("body"))
    notification = values.pop("notification", None)
    return fields | values | ({"notification": notification.attribute_values} if notification else {})


def order_of_key(pk: str, sk: str) -> tuple[str, str] | None:
    """The organization and the order that an item's key names; None if it is not an order's head."""
    organization_id, _, rest = pk.partition("#")
    kind, _, order_id = rest.partition("#")
    return (organization_id, order_id) if kind == sk == "order" else None
