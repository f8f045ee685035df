"""What a decision is taken on: the items that a request names, as they were read, under their keys."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

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
from frontdesk.domain.orders.order import Order
from frontdesk.domain.search import searchable

Kind = Literal[
    "organization", "customer", "resource", "service", "add_on", "voucher", "custom_field", "timeslot_series",
    "message_rule", "token", "ledger", "series_ledger", "voucher_use", "customer_email", "voucher_id",
    "external_id", "order", "booking", "message", "trail",
]  # fmt: skip
_T = TypeVar("_T")


class Key(NamedTuple):
    """An item's name within its organization. A voucher's id is its code (`voucher_code_key`).

    A `customer_email` (id: `email_key`) says which customer has an address: the item is that one's id. A `voucher_id` says
    which code a voucher has. An `external_id` says which item of a kind has one (`external_key`).

    `part` is a ledger's day (YYYY-MM-DD), the customer whose uses of a voucher are counted, and the place of an entry in the
    trail of an order (its id).
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
_KIND_OF = {model: kind for kind, model in KINDS.items()}


def catalog_key(item: CatalogItem) -> Key:
    """Where an item of the catalog is kept. A voucher is found by its code."""
    return Key(_KIND_OF[type(item)], voucher_code_key(item.code) if isinstance(item, Voucher) else item.id)


def external_key(kind: Kind, external_id: str) -> Key:
    """The claim on an external id, of one kind: what is called so elsewhere may be a room there, and a customer too."""
    return Key("external_id", f"{kind}#{external_id}")


def claims_of(item: CatalogItem) -> dict[Key, str]:
    """What is unique about an item beside its key, each with what it leads to: an external id, a customer's address, a voucher's id.

    What is archived has no claim on address and external id: somebody new may have it.
    """
    claims: dict[Key, str] = {}
    if isinstance(item, Customer | Resource | Service | AddOn) and not item.archived:
        if item.external_id:
            claims[external_key(_KIND_OF[type(item)], item.external_id)] = item.id
        if isinstance(item, Customer) and item.email:
            claims[Key("customer_email", email_key(item.email))] = item.id
    if isinstance(item, Voucher):
        claims[Key("voucher_id", item.id)] = voucher_code_key(item.code)
    return claims


def customer_texts(customer: Customer) -> tuple[tuple[str | None, ...], tuple[str | None, ...]]:
    """What a customer is found by: texts, and phone numbers."""
    return (customer.full_name, customer.email, customer.company), (customer.phone, customer.mobile)


def searchable_customer(customer: Customer) -> str:
    return searchable(*customer_texts(customer))


def former_claims_of(item: CatalogItem) -> dict[Key, str]:
    """The claims that an item may still have from before, each with what it leads to: they go with its next change."""
    if isinstance(item, Customer) and item.email and not item.archived:
        return {Key("customer_email", former_email_key(item.email)): item.id}
    return {}


def ledger_item(key: LedgerKey) -> Key:
    return Key("ledger" if key.kind == "resource" else "series_ledger", key.owner, key.day)


class Snapshot:
    """Items by key; a key that was read and not found holds None. Another organization's ids are never found."""

    def __init__(self, items: Mapping[Key, Any] | None = None, *, consistent: bool = False) -> None:
        self._items = dict(items or {})
        self.consistent = consistent

    def __len__(self) -> int:
        return len(self._items)

    def __bool__(self) -> bool:
        return True

    def has(self, key: Key) -> bool:
        return key in self._items

    def missing(self, keys: Iterable[Key]) -> set[Key]:
        return {key for key in keys if key not in self._items}

    def with_items(self, items: Mapping[Key, Any], *, consistent: bool) -> "Snapshot":
        return Snapshot(self._items | dict(items), consistent=consistent)

    def without_orders(self) -> "Snapshot":
        return Snapshot(
            {key: item for key, item in self._items.items() if key.kind != "order"},
            consistent=self.consistent,
        )

    def organization(self) -> Organization | None:
        return next((item for key, item in self._items.items() if key.kind == "organization"), None)

    def customer(self, id: str) -> Customer | None:
        return _offered(self._get(Customer, Key("customer", id)))

    def resource(self, id: str) -> Resource | None:
        return _offered(self._get(Resource, Key("resource", id)))

    def service(self, id: str) -> Service | None:
        return _offered(self._get(Service, Key("service", id)))

    def even_archived(self, kind: type[_T], key: Key) -> _T | None:
        """What an order or booking has already, whether it is still offered or not."""
        return self._get(kind, key)

    def add_on(self, id: str) -> AddOn | None:
        return _offered(self._get(AddOn, Key("add_on", id)))

    def custom_field(self, id: str) -> CustomField | None:
        return _offered(self._get(CustomField, Key("custom_field", id)))

    def timeslot_series(self, id: str) -> TimeslotSeries | None:
        return _offered(self._get(TimeslotSeries, Key("timeslot_series", id)))

    def voucher(self, code_key: str) -> Voucher | None:
        return _offered(self._get(Voucher, Key("voucher", code_key)))

    def voucher_uses(self, code_key: str, customer_id: str) -> int:
        return self._get(int, Key("voucher_use", code_key, customer_id)) or 0

    def ledger(self, key: LedgerKey) -> Ledger:
        return self._get(Ledger, ledger_item(key)) or Ledger(key)

    def order(self, id: str) -> Order | None:
        return self._get(Order, Key("order", id))

    def _get(self, kind: type[_T], key: Key) -> _T | None:
        item = self._items[key]
        assert item is None or isinstance(item, kind), key.kind
        return item


_C = TypeVar("_C", Customer, Resource, Service, AddOn, Voucher, CustomField, TimeslotSeries)


def _offered(item: _C | None) -> _C | None:
    """An archived item is there for the orders that refer to it, not for new ones."""
    return None if item is None or item.archived else item
