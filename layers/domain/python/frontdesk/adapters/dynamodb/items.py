"""The items of the table, and their conversion from and to domain objects.

Values that conditions, indexes or the stream need are attributes. Everything else is in one attribute `body`, as JSON, because reading
nested attribute maps takes ten times as long. `adapters.dynamodb.indexes` explains the index attributes.

    pk                          sk                                  item
    {org}#{kind}#{id}           {kind}                              catalog item; kinds as in `Key`
    {org}#customer_email#{e}    customer_email                      claim on an address: the customer's id as owner
    {org}#external_id#{kind}#…  external_id                         claim on an external id: the item's id as owner
    {org}#slug#{kind}#{slug}    slug                                claim on a slug: the item's id as owner
    {org}#voucher_id#{id}       voucher_id                          claim on a voucher's id: its code as owner
    {org}#voucher#{code}        use#{customer id}                   a customer's uses of a voucher: redemptions
    {org}#resource#{id}         ledger#{day}                        day ledger: seg (units in use by segment), holds, version
    {org}#timeslot_series#{id}  ledger#{day}                        day ledger of a series
    {org}#order#{order id}      order                               order
    {org}#order#{order id}      booking#{ordinal}                   booking
    {org}#order#{order id}      booking#{ordinal}#{resource id}     index entry for a booking's further resource
    {org}#order#{order id}      external#{ordinal}                  index entry for an external id
    {org}#order#{order id}      guest#{ordinal}                     index entry for a booking whose customer is not the order's customer
    {org}#order#{order id}      trail#{version}                     who changed the order; sorted last, so that reading the order skips it
    {org}#audit_log#{month}     {at}#{random}                       who made any other change
"""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import from_json

from frontdesk.adapters.dynamodb.indexes import (
    LENGTHS,
    bookings_list,
    catalog_list_pk,
    customers_list,
    external_list,
    orders_list,
    resources_list,
)
from frontdesk.domain.catalog.items import CatalogItem, Customer, Voucher, stored_item
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, Profile, Segment
from frontdesk.domain.orders.order import Booking, Order, booking_id, causes_text, order_id_of, ordinal_of
from frontdesk.domain.orders.snapshot import KINDS, Key, Kind, catalog_key, listed_id, searchable_customer
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.time.intervals import day_of
from frontdesk.domain.trail import Entry
from frontdesk.usecases.ports import Listed

Raw = dict[str, dict[str, Any]]
# The list of reminder rules of all organizations.
REMINDERS = "#reminders"


class ItemKey(NamedTuple):
    """The partition key and sort key of an item."""

    pk: str
    sk: str


_GUEST, _EXTERNAL = "guest", "external"
# The sort key of an index is limited to 1,024 bytes.
_MAX_TEXT = 900
_ORDER_ATTRIBUTES = frozenset(
    {"status", "version", "attempt", "active_bookings", "expires_at", "updated_at"}
    | {"causes", "unsent", "notification"}
)
_CATALOG_ATTRIBUTES = ("version", "redemptions")
_CHILDREN = "children"  # A set of strings, so that writes can add to it without reading it.
_BOOKING_ATTRIBUTES = frozenset({"status", "version", "updated_at"})
_PLACE = frozenset({"pk", "sk", "list_pk", "list_sk", "list2_pk"})
# Kinds that are stored in another kind's partition, and the prefixes of their sort keys.
_PARTS: dict[Kind, tuple[Kind, str]] = {
    "ledger": ("resource", "ledger"), "series_ledger": ("timeslot_series", "ledger"), "voucher_use": ("voucher", "use"),
    "trail": ("order", "trail"),
}  # fmt: skip
_KIND_OF_PART: dict[tuple[str, str], Kind] = {place: kind for kind, place in _PARTS.items()}
_ORDER_KEYS = frozenset({"id", "organization_id"})


def item_key(organization_id: str, key: Key) -> ItemKey:
    """Returns the key under which an item is stored."""
    if key.kind == "booking":
        return ItemKey(f"{organization_id}#order#{order_id_of(key.id)}", booking_sk(key.id))
    owner, name = _PARTS.get(key.kind, (key.kind, ""))
    return ItemKey(f"{organization_id}#{owner}#{key.id}", f"{name}#{key.part}" if name else key.kind)


def order_key(organization_id: str, order_id: str) -> ItemKey:
    """Returns the key under which an order is stored."""
    return item_key(organization_id, Key("order", order_id))


def booking_sk(booking_id: str) -> str:
    """Returns the sort key of a booking."""
    return f"booking#{ordinal_of(booking_id):04}"


def to_item(organization_id: str, key: Key, raw: Raw) -> Any:
    """Converts a stored item to a domain object."""
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
        case "customer_email" | "voucher_id" | "external_id" | "slug":
            return raw["owner"]["S"]
        case "trail":
            return Entry.model_validate_json(raw["body"]["S"])
    return _catalog_item(
        key.kind,
        raw["body"]["S"],
        *((name, int(raw[name]["N"])) for name in _CATALOG_ATTRIBUTES if name in raw),
        *((name, frozenset(raw[name]["SS"])) for name in (_CHILDREN,) if name in raw),
    )


# Orders refer to the same items again and again. Equal bodies give the same immutable object.
@lru_cache(500)
def _catalog_item(kind: Kind, body: str, *beside: tuple[str, int | frozenset[str]]) -> CatalogItem:
    return stored_item(KINDS[kind], {**from_json(body), **dict(beside)})


def catalog_row(organization_id: str, item: CatalogItem) -> Raw:
    """Converts a catalog item for storage. A voucher gets a counter of its redemptions only if they are limited."""
    return row(
        item_key(organization_id, catalog_key(item)),
        **catalog_list(organization_id, item),
        version=item.version,
        body=catalog_body(item),
        redemptions=item.redemptions
        if isinstance(item, Voucher) and item.max_redemptions is not None
        else None,
    )


def catalog_body(item: CatalogItem) -> str:
    """Returns the JSON body of a catalog item."""
    absent = {"import_id"} if getattr(item, "import_id", None) is None else set()
    return item.model_dump_json(exclude={*_CATALOG_ATTRIBUTES, _CHILDREN, *absent})


def catalog_list(organization_id: str, item: CatalogItem) -> dict[str, str | None]:
    """Returns a catalog item's index attributes. Active reminder rules of all organizations are also in one common list."""
    archived = bool(getattr(item, "archived", False))
    list_sk = f"{item.created_at:011}#{item.id}"
    if isinstance(item, Customer):
        text = searchable_customer(item)
        list_sk += f"#{text}" if len(text.encode()) <= _MAX_TEXT else ""
    reminds: dict[str, str | None] = {}
    if isinstance(item, MessageRule):
        reminds["list2_pk"] = REMINDERS if item.is_reminder and item.is_on else None
    return {
        **reminds,
        "list_pk": catalog_list_pk(organization_id, catalog_key(item).kind, archived=archived),
        "list_sk": list_sk,
    }


def to_text(raw: Raw) -> tuple[str, str | None]:
    """Returns (id, search text) from a catalog item's index entry. The text is None if the entry has none."""
    _, _, *text = raw["list_sk"]["S"].split("#", 2)
    return raw["pk"]["S"].split("#", 2)[2], text[0] if text else None


def claim_row(organization_id: str, claim: Key, owner: str) -> Raw:
    """Returns the row that reserves a unique value for an item. `owner` is the item's id. For a voucher, `owner` is the normalized code."""
    return row(item_key(organization_id, claim), owner=owner)


def to_ledger(key: LedgerKey, raw: Raw) -> Ledger:
    """Converts a stored day ledger to a Ledger."""
    # Names sort like the starts of their segments, and each is there once.
    ordered = sorted(raw["seg"]["M"].items())
    return Ledger(
        key,
        segments=Profile([_start(name) for name, _ in ordered], [int(used["N"]) for _, used in ordered]),
        holds={name: _to_hold(name, hold["S"]) for name, hold in raw["holds"]["M"].items()},
        version=int(raw["version"]["N"]),
    )


def new_ledger_row(key: ItemKey, ledger: Ledger) -> Raw:
    """Converts a new ledger for storage. Versions begin at a random number, so that a ledger never has the version of a deleted one."""
    segments = {segment_name(at): used for at, used in Profile.of(ledger.segments).by_segment().items()}
    holds = {name: hold_text(hold) for name, hold in ledger.holds.items()}
    return row(key, seg=segments, holds=holds, version=1 + secrets.randbelow(2**40))


@lru_cache(10_000)
def segment_name(segment: Segment) -> str:
    """Returns the name of a segment, such as 0900-0930."""
    return f"{_clock(segment.start)}-{_clock(segment.end)}"


def to_segment(name: str) -> Segment:
    """Parses the name of a segment, such as 0900-0930."""
    start, _, end = name.partition("-")
    return Segment(_seconds(start), _seconds(end))


@lru_cache(10_000)
def _start(name: str) -> int:
    return _seconds(name.partition("-")[0])


def _clock(second: int) -> str:
    """Formats a second of the day as HHMM, with SS if not zero."""
    minutes, seconds = divmod(second, 60)
    return f"{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")


def _seconds(clock: str) -> int:
    return 3600 * int(clock[:2]) + 60 * int(clock[2:4]) + int(clock[4:] or 0)


def hold_text(hold: Hold) -> str:
    """Converts a hold to text: start, end, quantity, expiry, flags (o: override, p: placing). Example: "32400 36000 1 1767225600 o"."""
    flags = ("o" if hold.override else "") + ("p" if hold.placing else "")
    return f"{hold.claim.start} {hold.claim.end} {hold.claim.quantity} {hold.expires_at} {flags}"


def _to_hold(name: str, text: str) -> Hold:
    order_id, attempt, _ = name.split(":")
    start, end, quantity, expires_at, flags = text.split(" ")
    claim = Claim(int(start), int(end), int(quantity))
    return Hold(order_id, attempt, claim, "o" in flags, int(expires_at), "p" in flags)


def order_row(order: Order) -> Raw:
    """Converts an order for storage. An order that the API does not show gets no index attributes, so that no list contains it."""
    return row(
        order_key(order.organization_id, order.id),
        **({} if order.status in INVISIBLE else order_lists(order)),
        body=order_body(order),
        causes=causes_text(order.causes) or None,
        **_attributes(order, _ORDER_ATTRIBUTES - {"causes", "unsent", "notification"}),
    )


def order_lists(order: Order) -> dict[str, str | None]:
    """Returns the index attributes that put an order into its lists."""
    return {
        "list_pk": orders_list(order.organization_id, day_of(order.created_at)[:7]),
        "list2_pk": customers_list(order.organization_id, order.customer_id) if order.customer_id else None,
        "list_sk": _list_sk(
            order.created_at, order.booking_count, order.is_blocker, asks_order=bool(order.deleted)
        ),
    }


def order_body(order: Order) -> str:
    """Returns the JSON body of an order, without the attributes that are stored separately."""
    return _body(order, _ORDER_ATTRIBUTES | _ORDER_KEYS)


def booking_body(booking: Booking) -> str:
    """Returns the JSON body of a booking, without the attributes that are stored separately."""
    return _body(booking, _BOOKING_ATTRIBUTES | {"id"})


def to_order(organization_id: str, order_id: str, raw: Raw) -> Order:
    """Converts a stored item to an order."""
    return Order.model_validate({**_stored(raw), "id": order_id, "organization_id": organization_id})


def booking_rows(organization_id: str, booking: Booking, *, asks_order: bool = False) -> list[Raw]:
    """Returns a booking's item and index entries. With `asks_order`, readers of an entry must read the order too."""
    pk, sk = order_key(organization_id, booking.order_id).pk, booking_sk(booking.id)
    length = next(each for each in LENGTHS if each.most is None or booking.end - booking.start <= each.most)
    attributes = _attributes(booking, _BOOKING_ATTRIBUTES)
    if booking.deleted:  # A hidden booking has no entries.
        return [row(ItemKey(pk, sk), body=booking_body(booking), **attributes)]
    list_sk = _list_sk(booking.start, booking.end - booking.start, booking.is_blocker, asks_order=asks_order)
    first, *others = (
        resources_list(organization_id, resource_id, length) for resource_id in booking.resource_ids
    )
    calendar = bookings_list(organization_id, length, length.period_of(booking.start))
    rows = [
        row(
            ItemKey(pk, sk),
            body=booking_body(booking),
            list_pk=first,
            list2_pk=calendar,
            list_sk=list_sk,
            **attributes,
        ),
        *(
            row(ItemKey(pk, f"{sk}#{resource_id}"), list_pk=list_pk, list_sk=list_sk)
            for resource_id, list_pk in zip(booking.resource_ids[1:], others, strict=True)
        ),
    ]
    made = _list_sk(booking.created_at, 1, booking.is_blocker, asks_order=asks_order)
    lists: dict[str, str] = {}
    if booking.own_customer and booking.customer_id:
        lists[_GUEST] = customers_list(organization_id, booking.customer_id)
    if (external_id := listed_id(booking)) is not None:
        lists[_EXTERNAL] = external_list(organization_id, external_id)
    return rows + [
        row(ItemKey(pk, f"{name}#{ordinal_of(booking.id):04}"), list2_pk=list2_pk, list_sk=made)
        for name, list2_pk in lists.items()
    ]


def is_booking(sk: str) -> bool:
    """Whether a sort key belongs to a booking. Index entries have similar keys."""
    return sk.startswith("booking#") and sk.count("#") == 1


def to_booking(order_id: str, raw: Raw) -> Booking:
    """Converts a stored item to a booking."""
    ordinal = int(raw["sk"]["S"].partition("#")[2])
    return Booking.model_validate({**_stored(raw), "id": f"{order_id}-{ordinal}"})


def to_listed(raw: Raw) -> Listed:
    """Converts an index entry to the order or booking that it lists."""
    (_, _, order_id), (name, *rest) = raw["pk"]["S"].split("#", 2), raw["sk"]["S"].split("#")
    at, size, *mark = raw["list_sk"]["S"].split("#")
    key = Key("order", order_id) if name == "order" else Key("booking", booking_id(order_id, int(rest[0])))
    marks = "".join(mark)
    return Listed(key, int(at), int(size), "b" in marks, "q" in marks)


def _list_sk(at: int, size: int, is_blocker: bool, *, asks_order: bool) -> str:
    marks = ("b" if is_blocker else "") + ("q" if asks_order else "")
    return f"{at:011}#{size}" + (f"#{marks}" if marks else "")


def row(key: ItemKey, **attributes: Any) -> Raw:
    """Returns an item in DynamoDB's JSON. Attributes that are None are left out."""
    return _raw({"pk": key.pk, "sk": key.sk, **attributes})


def key_of_row(raw: Raw) -> ItemKey:
    """Returns the key of a stored item."""
    return ItemKey(raw["pk"]["S"], raw["sk"]["S"])


def _raw(values: Mapping[str, Any]) -> Raw:
    raw: Raw = {}
    for name, value in values.items():
        if isinstance(value, str):
            raw[name] = {"S": value}
        elif isinstance(value, int):
            raw[name] = {"N": str(value)}
        elif value is not None:
            raw[name] = {"M": _raw(value)}
    return raw


def _values(raw: Raw) -> dict[str, Any]:
    """Converts an item from DynamoDB's JSON to plain values. Reverses `_raw`."""
    values: dict[str, Any] = {}
    for name, typed in raw.items():
        ((kind, value),) = typed.items()
        values[name] = int(value) if kind == "N" else _values(value) if kind == "M" else value
    return values


def _body(record: BaseModel, elsewhere: frozenset[str]) -> str:
    return record.model_dump_json(exclude=set(elsewhere), exclude_none=True, exclude_defaults=True)


def _attributes(record: BaseModel, names: frozenset[str]) -> dict[str, Any]:
    # All of these have plain values. Dumping the model would take ten times as long.
    return {name: value for name in names if (value := getattr(record, name)) is not None}


def _stored(raw: Raw) -> dict[str, Any]:
    """Returns the fields of a stored order or booking, from its body and its attributes."""
    values = _values(raw)
    fields: dict[str, Any] = from_json(values.pop("body"))
    return {**fields, **{name: value for name, value in values.items() if name not in _PLACE}}


def key_of(pk: str, sk: str) -> tuple[str, Key] | None:
    """Parses the key of a stored item into (organization id, domain key). Returns None for index entries and unknown items."""
    organization_id, _, rest = pk.partition("#")
    kind, _, id = rest.partition("#")
    name, _, part = sk.partition("#")
    match kind, name:
        case _ if (of_part := _KIND_OF_PART.get((kind, name))) is not None:
            return organization_id, Key(of_part, id, part)
        case ("order", "booking") if part.isdecimal():
            return organization_id, Key("booking", booking_id(id, int(part)))
        case _ if kind == sk and (
            kind in ("order", "customer_email", "voucher_id", "external_id", "slug") or kind in KINDS
        ):
            return organization_id, Key(kind, id)  # type: ignore[arg-type]
    return None
