"""Creates, changes, finds and archives catalog items. All types work the same way."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from uuid import uuid4

from frontdesk.domain.catalog.items import (
    CatalogItem,
    Customer,
    Organization,
    Resource,
    Service,
    Stock,
    lowered_to,
)
from frontdesk.domain.catalog.slugs import numbered, slug_of
from frontdesk.domain.orders.snapshot import Key, Kind, catalog_key, external_key, slug_key
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.catalog import (
    CHILDREN,
    CatalogDocument,
    CatalogType,
    ItemData,
    changed,
    references_of,
    refuse_telling,
    text_of,
    title_of,
)
from frontdesk.domain.requests.once import Once
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.search import Sought, sort_key
from frontdesk.domain.sizes import ReadingRoom, as_far_as_it_goes
from frontdesk.errors import Phrase, Value
from frontdesk.usecases.context import Context
from frontdesk.usecases.customers import customers_of
from frontdesk.usecases.ports import Catalog, Lists, Store

# The most items read for a query that the keys of the list cannot answer.
MAX_EXAMINED = 1_000
# The most items in any list.
MAX_LISTED = 10_000
# How many customers a search compares, by the texts in their list entries.
MAX_SEARCHED = 100_000
# The most bytes of an item. Fields that are each within their limits could together exceed DynamoDB's 400 KiB.
MAX_ITEM_BYTES = 300_000
# How many levels a hierarchy of resources may have.
_MAX_LEVELS = 20
# The longest id or address to look up. DynamoDB rejects keys of more than 2,048 bytes.
_LONGEST_ID = 320
_SORTS: dict[str, Callable[[CatalogItem], Any]] = {
    "created_at": lambda item: item.created_at,
    "updated_at": lambda item: item.updated_at,
    "name": lambda item: sort_key(title_of(item)),
}
SORTS = tuple(_SORTS)


def _age(item: CatalogItem) -> tuple[int, str]:
    return item.created_at, item.id


class Office(NamedTuple):
    """The arguments that catalog use cases share: the context, two ports, and whether the caller may read orders."""

    context: Context
    store: Store
    catalog: Catalog
    reads_orders: bool = False

    def read(self, keys: Iterable[Key]) -> dict[Key, Any]:
        """Returns items by key, read consistently. The value is None for a missing item, and for an id with too many characters."""
        named = list(keys)
        found = self.store.read(
            self.context, [key for key in named if len(key.id) <= _LONGEST_ID], consistent=True
        )
        return {key: found.get(key) for key in named}

    def organization(self) -> Organization:
        """Returns the context's organization."""
        key = Key("organization", self.context.organization_id)
        organization: Organization = self.read([key])[key]
        return organization


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsWanted:
    """The filters, sort order and page of a list.

    `sorts` are (attribute, descending), for example `("name", False)`. Without `sorts`, items are in the order of creation.
    """

    archived: bool = False
    emails: Sequence[str] = ()
    external_id: str | None = None
    search: str | None = None
    excludes_children: bool = False
    sorts: Sequence[tuple[str, bool]] = ()
    number: int = 1
    size: int = 25


class ItemPage(NamedTuple):
    """One page of a list.

    `total` is the number of items on all pages. If `capped` is true, there may be more items. `found` has the items of this page.
    Usually `read` is None. But if the items of this page are too large to be read together, only the first keys of the page are read.
    Then `read` is the number of these keys, and `found` has only their items.
    """

    found: Sequence[CatalogItem]
    total: int
    capped: bool
    read: int | None = None


def find_item(of: CatalogType, id: str, office: Office) -> CatalogItem:
    """Returns an item, archived or not. Raises FrontdeskError 404."""
    key: Key | None = Key(of.kind, id)
    if of.kind == "voucher":
        claim = Key("voucher_id", id)
        code = office.read([claim])[claim]
        key = None if code is None else Key("voucher", code)
    elif of.kind == "organization" and id != office.context.organization_id:
        key = None
    item: CatalogItem | None = office.read([key])[key] if key else None
    if item is None:
        raise FrontdeskError(_not_found(of.kind, id, status=404))
    return item


def find_items(of: CatalogType, wanted: ItemsWanted, office: Office, lists: Lists) -> ItemPage:
    """Returns a page of items.

    Usually reads only the items of the page. With a search, `emails`, `excludes_children`, or a sort order other than by creation, reads
    up to MAX_EXAMINED items. A search for customers compares up to MAX_SEARCHED of them.
    """
    first, last = (wanted.number - 1) * wanted.size, wanted.number * wanted.size
    sought = None if wanted.search is None else Sought.of(wanted.search)
    if of.kind == "organization":
        found = [
            item
            for item in office.read([Key("organization", office.context.organization_id)]).values()
            if item is not None and not wanted.archived and (sought is None or sought.is_in(text_of(item)))
        ]
        return ItemPage(found[first:last], len(found), False)
    by_key = (
        wanted.search is None
        and not wanted.emails
        and not wanted.excludes_children
        and (not wanted.sorts or [name for name, _ in wanted.sorts] == ["created_at"])
    )
    if wanted.emails:
        owners = dict.fromkeys(owner.id for owner in customers_of(wanted.emails, office.read).values())
        keys: Iterable[Key] = [Key("customer", id) for id in owners if id and not wanted.archived]
    elif wanted.external_id is not None:
        claim = external_key(of.kind, wanted.external_id)
        owner = office.read([claim])[claim]
        keys = [Key(of.kind, owner)] if owner and not wanted.archived else []
    else:
        # Sorting for display must not change which items are examined.
        newest_first = by_key and [*wanted.sorts] == [("created_at", True)]
        keys = office.catalog.listed(
            office.context, of.kind, archived=wanted.archived, newest_first=newest_first
        )
    most = MAX_LISTED if by_key else MAX_EXAMINED
    known = list(islice(keys, most + 1))
    if by_key:
        page = known[:most][first:last]
        there, count = _present(page, office)
        read = count if count < len(page) else None
        return ItemPage(there, min(len(known), most), len(known) > most, read)
    found, count = _present(known[:most], office)
    capped = len(known) > count
    if wanted.emails:
        found.sort(key=_age)
    if wanted.excludes_children:
        found = [item for item in found if getattr(item, "parent_id", None) is None]
    if sought is not None:
        found, is_cut = sought.among(found, text_of)
        capped = capped or is_cut
        if of.kind == "customer" and not wanted.emails:
            listed = lists.customers(office.context, archived=wanted.archived)
            ids = {item.id for item in found}
            hits = (
                Key("customer", id)
                for id, text in islice(listed, MAX_SEARCHED)
                if text and sought.is_in(text) and id not in ids
            )
            named = list(islice(hits, MAX_EXAMINED))
            capped = capped or next(listed, None) is not None
            others, count = _present(named, office)
            found += others
            capped = capped or len(named) > count
            found.sort(key=_age)
    for name, descending in reversed(wanted.sorts):
        found.sort(key=_SORTS[name], reverse=descending)
    return ItemPage(found[first:last], len(found), capped)


def _present(keys: Sequence[Key], office: Office) -> tuple[list[CatalogItem], int]:
    """Reads as many items as fit into one read, in the order of `keys`. Returns the existing items, and the number of keys read."""

    def read(some: Sequence[Key], room: ReadingRoom | None) -> list[CatalogItem]:
        found = office.store.read(office.context, some, consistent=False, room=room)
        return [item for key in some if (item := found[key]) is not None]

    return as_far_as_it_goes(read, keys)


def create_item(
    of: CatalogType, reading: Reading[CatalogDocument], office: Office, asked: Once | None = None
) -> CatalogItem:
    """Creates the item that a document describes.

    Raises FrontdeskError 409 for a unique value that is taken, 403 for a client-generated id, 422 with every problem. Raises AlreadyMade if
    the idempotency key (`asked`) was used before.
    """
    id, retries = str(uuid4()), office.context.retries()
    while True:
        item: CatalogItem = new_item(of, reading, office, office.organization(), id=id)
        made = asked and asked.made(item.id, office.context.clock.now())
        in_the_way = office.catalog.add(office.context, [item], made=made)
        if not any(key.kind == "slug" for key in in_the_way) or (_data(reading).attributes or {}).get("slug"):
            refuse_taken(in_the_way)
            return item
        # Another request has taken the slug meanwhile.
        next(retries)


def new_item(
    of: CatalogType,
    reading: Reading[CatalogDocument],
    office: Office,
    organization: Organization | None,
    **own: Any,
) -> Any:
    """Returns the item that the document describes, without writing it.

    `own` are fields that the server sets, for example `id`. Raises FrontdeskError 422 with every problem of the document.
    """
    now = office.context.clock.now()
    found = changed(of, None, _data(reading), organization, **own, created_at=now, updated_at=now)
    return _with_slug(_accepted(of, found, None, reading, office), office)


def _with_slug(item: CatalogItem, office: Office) -> CatalogItem:
    """Returns the item. If a resource or service has no slug, adds one that derives from its name and is not taken."""
    if not isinstance(item, Resource | Service) or item.slug is not None:
        return item
    kind = catalog_key(item).kind
    slug = slug_of(item.name, kind)
    claims = {slug_key(kind, each): each for each in numbered(slug)}
    free = (claims[key] for key, owner in office.read(claims).items() if owner is None)
    return item.model_copy(update={"slug": next(free, f"{slug}-{item.id[:8]}")})


def change_item(
    of: CatalogType,
    id: str,
    reading: Reading[CatalogDocument],
    office: Office,
    matches: Callable[[CatalogItem], bool] = lambda _: True,
    children: Callable[[], Collection[str]] = tuple,
) -> tuple[CatalogItem, CatalogItem]:
    """Changes the fields in the document, and keeps concurrent changes to other fields. Returns the item before and after the change.

    `children` returns the ids of the item's child resources. It is called only if the document names children. Raises FrontdeskError 404,
    409 for a value that is taken, 412 if `matches` returns False, 422 with every problem.
    """
    retries = office.context.retries()
    while True:
        seen = find_item(of, id, office)
        if not matches(seen):
            raise _no_match()
        organization = seen if isinstance(seen, Organization) else office.organization()
        data = _data(reading)
        has_children = CHILDREN in (data.relationships or {})
        found = changed(of, seen, data, organization, children() if has_children else ())
        item = _accepted(of, found, seen, reading, office)
        if item == seen or _written(seen, item, office):
            return seen, _after(seen, item, office.context.clock.now())
        next(retries)


def archive_item(
    of: CatalogType, id: str, office: Office, matches: Callable[[CatalogItem], bool] = lambda _: True
) -> None:
    """Archives an item, so that it cannot be booked any more. Bookings and other items may still refer to it.

    Raises FrontdeskError 404, or 412 if `matches` returns False for the item.
    """
    retries = office.context.retries()
    while True:
        seen = find_item(of, id, office)
        if not matches(seen):
            raise _no_match()
        item = seen.model_copy(update={"archived": True})
        if item == seen or _written(seen, item, office):
            return
        next(retries)


def _no_match() -> FrontdeskError:
    return FrontdeskError(Problem("precondition_failed", header="If-Match"))


def _after(seen: CatalogItem, item: CatalogItem, now: int) -> CatalogItem:
    if item == seen:
        return item
    own: dict[str, Any] = {"version": seen.version + 1, "updated_at": now}
    if isinstance(seen, Stock) and isinstance(item, Stock):
        own["lowered"] = lowered_to(item.quantity, seen, now)
    if isinstance(seen, Customer) and isinstance(item, Customer) and item.email != seen.email:
        own["email_status"] = None
    return item.model_copy(update=own)


def _written(seen: CatalogItem, item: CatalogItem, office: Office) -> bool:
    """Writes a change and returns True. If the item has changed since `seen` was read, writes nothing and returns False.

    Raises FrontdeskError if a unique value, such as an email address, belongs to another item.
    """
    in_the_way = office.catalog.change(office.context, seen, _after(seen, item, office.context.clock.now()))
    if catalog_key(item) in in_the_way:
        return False
    refuse_taken(in_the_way)
    return True


def _data(reading: Reading[CatalogDocument]) -> ItemData:
    if reading.config.data is None:
        raise FrontdeskError(*reading.problems)
    return reading.config.data


def _accepted(
    of: CatalogType, found: Any, seen: CatalogItem | None, reading: Reading[CatalogDocument], office: Office
) -> Any:
    """Returns `found` if it is a valid item. Raises FrontdeskError 422 if it is an invalid item or a list of problems."""
    problems = list(reading.problems)
    if isinstance(found, list):
        raise FrontdeskError(*problems, *found)
    if len(found.model_dump_json().encode()) > MAX_ITEM_BYTES:
        reason = Phrase("too_many_characters", {"most": MAX_ITEM_BYTES})
        raise FrontdeskError(
            *problems, Problem("invalid_value", {"reason": reason}, pointer="/data/attributes")
        )
    refuse_telling(found, seen, office.reads_orders)
    references = references_of(of, found, seen)
    there = office.read({reference.key for reference in references}) if references else {}
    for key, at in references:
        named = there[key]
        if named is None or named.archived:
            problems.append(_not_found(key.kind, key.id, pointer=at))
    if (
        isinstance(found, Resource)
        and found.parent_id
        and not problems
        and _is_within(found.parent_id, found.id, office)
    ):
        problems.append(
            Problem("parent_within", {"most": _MAX_LEVELS}, pointer="/data/relationships/parent/data")
        )
    if problems:
        raise FrontdeskError(*problems)
    return found


def _not_found(kind: Kind, id: str, status: int | None = None, pointer: str | None = None) -> Problem:
    named: dict[str, Value] = {"id": id[:100]}
    # These codes have several reasons.
    reasons = {"customer": "no_customer", "custom_field": "no_custom_field"}
    values = {"reason": Phrase(reasons[kind], named)} if kind in reasons else named
    return Problem(f"{kind}_not_found", values, status, pointer)


def _is_within(id: str | None, of: str, office: Office) -> bool:
    for _ in range(_MAX_LEVELS):
        if id is None or id == of:
            return id == of
        key = Key("resource", id)
        parent = office.read([key])[key]
        id = parent.parent_id if parent else None
    return True


def refuse_taken(in_the_way: Iterable[Key]) -> None:
    """Raises FrontdeskError for the first key, if any: `email_taken`, `slug_taken`, `external_id_taken` or `code_taken`."""
    for key in in_the_way:
        if key.kind == "customer_email":
            reason = Phrase("address_taken")
            raise FrontdeskError(Problem("email_taken", {"reason": reason}, pointer="/data/attributes/email"))
        if key.kind == "slug":
            raise FrontdeskError(Problem("slug_taken", pointer="/data/attributes/slug"))
        if key.kind == "external_id":
            raise FrontdeskError(Problem("external_id_taken", pointer="/data/attributes/external_id"))
        raise FrontdeskError(Problem("code_taken", pointer="/data/attributes/code"))
