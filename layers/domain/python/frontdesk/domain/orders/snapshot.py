"""The stored items that a decision is based on, by key, as they were read."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.addresses import email_key, former_email_key
from frontdesk.domain.catalog.custom_fields import CustomField
from frontdesk.domain.catalog.items import (
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
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.ledger import Ledger, LedgerKey
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.search import searchable

Kind = Literal[
    "organization", "customer", "resource", "service", "add_on", "voucher", "custom_field", "timeslot_series",
    "message_rule", "token", "ledger", "series_ledger", "voucher_use", "customer_email", "voucher_id",
    "external_id", "slug", "order", "booking", "message", "trail",
]  # fmt: skip
_T = TypeVar("_T")
_I = TypeVar("_I", bound=CatalogItem | Order)


class Key(NamedTuple):
    """Identifies an item within its organization. A voucher is identified by its code (`voucher_code_key`).

    Some items are claims. A claim makes a value unique, because the claim's key contains the value. There are four
    kinds of claims:

    - `customer_email`: the value is a customer's email address (see `email_key`).
    - `external_id`: the value is an external id (see `external_key`).
    - `slug`: the value is a slug (see `slug_key`).
    - `voucher_id`: the value is a voucher's id.

    A claim of kind `voucher_id` contains the voucher's code. Any other claim contains the id of the item that has the
    value.

    `part` is the day of a ledger (YYYY-MM-DD), the customer who used a voucher, or the id of a trail entry.
    """

    kind: Kind
    id: str
    part: str = ""


KINDS: dict[Kind, type[CatalogItem]] = {
    "organization": Organization,
    "customer": Customer,
    "resource": Resource,
    "service": Service,
    "add_on": AddOn,
    "voucher": Voucher,
    "custom_field": CustomField,
    "timeslot_series": TimeslotSeries,
    "message_rule": MessageRule,
    "token": Token,
}
_KIND_OF: dict[type[Any], Kind] = {model: kind for kind, model in KINDS.items()} | {Order: "order"}


def key_of(model: type[_I], id: str) -> Key:
    """Returns the key of an item of this type."""
    return Key(_KIND_OF[model], id)


def catalog_key(item: CatalogItem) -> Key:
    """Returns the key of a catalog item. A voucher is stored under its code."""
    return key_of(type(item), voucher_code_key(item.code) if isinstance(item, Voucher) else item.id)


# An import needs the id of each of its rows twice: for the order, and for its booking.
@lru_cache(2048)
def id_of_request(organization_id: str, caller: str, key: str) -> str:
    """Returns the id of the order that a request places. A repeated request gets the same id.

    `key` is the request's `Idempotency-Key`, `caller` the id of its token. For an imported row, `caller` is "import", and `key` identifies
    the row.
    """
    name = "\0".join([organization_id, caller, key]).encode()
    return str(UUID(bytes=hashlib.sha256(name).digest()[:16], version=5))


def key_of_row(external_id: str) -> str:
    """Returns the key with which an import places the order of a row that has an external id (`key` of `id_of_request`)."""
    return f"id {external_id}"


def listed_id(booking: Booking) -> str | None:
    """Returns the external id by which the index lists a booking, or None.

    Returns None for an imported booking: its order's id derives from the external id, so no index is needed to find it.
    """
    return None if booking.is_of_row else booking.external_id


def external_key(kind: Kind, external_id: str) -> Key:
    """Returns the key of the claim (see `Key`) that makes an external id unique within its kind."""
    return Key("external_id", f"{kind}#{external_id}")


def slug_key(kind: Kind, slug: str) -> Key:
    """Returns the key of the claim on a slug. Slugs are unique within their kind."""
    return Key("slug", f"{kind}#{slug}")


def claims_of(item: CatalogItem) -> dict[Key, str]:
    """Returns an item's claims on unique values, as a map from key to content.

    Archived items have no claims, except vouchers: they keep the claim on their id.
    """
    claims: dict[Key, str] = {}
    if isinstance(item, Resource | Service) and item.slug and not item.archived:
        claims[slug_key(_KIND_OF[type(item)], item.slug)] = item.id
    if isinstance(item, Customer | Resource | Service | AddOn) and not item.archived:
        if item.external_id:
            claims[external_key(_KIND_OF[type(item)], item.external_id)] = item.id
        if isinstance(item, Customer) and item.email:
            claims[Key("customer_email", email_key(item.email))] = item.id
    if isinstance(item, Voucher):
        claims[Key("voucher_id", item.id)] = voucher_code_key(item.code)
    return claims


def customer_texts(customer: Customer) -> tuple[tuple[str | None, ...], tuple[str | None, ...]]:
    """Returns the arguments of `searchable` for a customer: texts and phone numbers."""
    return (customer.full_name, customer.email, customer.company), (customer.phone, customer.mobile)


def searchable_customer(customer: Customer) -> str:
    """Returns a customer's name, email address, company and phone numbers as one searchable text."""
    return searchable(*customer_texts(customer))


def former_claims_of(item: CatalogItem) -> dict[Key, str]:
    """Returns claims that earlier versions of the code wrote for an item. The next change of the item removes them."""
    if isinstance(item, Customer) and item.email and not item.archived:
        return {Key("customer_email", former_email_key(item.email)): item.id}
    return {}


def ledger_item(key: LedgerKey) -> Key:
    """Converts a ledger's key into the key of its item."""
    return Key("ledger" if key.kind == "resource" else "series_ledger", key.owner, key.day)


class Snapshot:
    """The items that were read, by key. If an item does not exist, its key maps to None.

    Items of other organizations are never found. The methods below return None for archived items unless they say otherwise. They raise
    KeyError for a key that was not read.
    """

    def __init__(self, items: Mapping[Key, Any] | None = None, *, consistent: bool = False) -> None:
        self._items = dict(items or {})
        self.consistent = consistent

    def __len__(self) -> int:
        return len(self._items)

    def __bool__(self) -> bool:
        return True

    def has(self, key: Key) -> bool:
        """Whether the key was read, even if the item does not exist."""
        return key in self._items

    def missing(self, keys: Iterable[Key]) -> set[Key]:
        """Returns the keys that were not read."""
        return {key for key in keys if key not in self._items}

    def with_items(self, items: Mapping[Key, Any], *, consistent: bool) -> "Snapshot":
        """Returns a snapshot with more items. `consistent` says whether all items of the new snapshot were read consistently."""
        return Snapshot(self._items | dict(items), consistent=consistent)

    def without_orders(self) -> "Snapshot":
        """Returns the snapshot without its orders, so that they are read again."""
        return Snapshot(
            {key: item for key, item in self._items.items() if key.kind != "order"},
            consistent=self.consistent,
        )

    def organization(self) -> Organization | None:
        """Returns the organization, or None if it was not read or does not exist."""
        return next((item for key, item in self._items.items() if key.kind == "organization"), None)

    def customer(self, id: str) -> Customer | None:
        """Returns a customer by id."""
        return _offered(self.even_archived(Customer, id))

    def resource(self, id: str) -> Resource | None:
        """Returns a resource by id."""
        return _offered(self.even_archived(Resource, id))

    def service(self, id: str) -> Service | None:
        """Returns a service by id."""
        return _offered(self.even_archived(Service, id))

    def even_archived(self, model: type[_I], id: str) -> _I | None:
        """Returns an item of this type, archived or not. Existing orders may use archived items."""
        return self._get(model, key_of(model, id))

    def add_on(self, id: str) -> AddOn | None:
        """Returns an add-on by id."""
        return _offered(self.even_archived(AddOn, id))

    def custom_field(self, id: str) -> CustomField | None:
        """Returns a custom field by id."""
        return _offered(self.even_archived(CustomField, id))

    def timeslot_series(self, id: str) -> TimeslotSeries | None:
        """Returns a timeslot series by id."""
        return _offered(self.even_archived(TimeslotSeries, id))

    def voucher(self, code_key: str) -> Voucher | None:
        """Returns a voucher by the key of its code (`voucher_code_key`)."""
        return _offered(self.even_archived(Voucher, code_key))

    def voucher_uses(self, code_key: str, customer_id: str) -> int:
        """Returns how often a customer has used a voucher."""
        return self._get(int, Key("voucher_use", code_key, customer_id)) or 0

    def ledger(self, key: LedgerKey) -> Ledger:
        """Returns a day's ledger, or an empty ledger if none is stored."""
        return self._get(Ledger, ledger_item(key)) or Ledger(key)

    def order(self, id: str) -> Order | None:
        """Returns an order, whatever its status."""
        return self.even_archived(Order, id)

    def _get(self, kind: type[_T], key: Key) -> _T | None:
        item = self._items[key]
        assert item is None or isinstance(item, kind), key.kind
        return item


_C = TypeVar("_C", Customer, Resource, Service, AddOn, Voucher, CustomField, TimeslotSeries)


def _offered(item: _C | None) -> _C | None:
    """Returns the item, or None if it is archived. Existing orders may use archived items, but new orders may not."""
    return None if item is None or item.archived else item
