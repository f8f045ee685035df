"""The catalog: what is offered and to whom is made, changed, looked up and archived. One way for all of its types."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple
from uuid import uuid4

from frontdesk.domain.catalog.items import CatalogItem, Customer, Organization, Resource, Stock, lowered_to
from frontdesk.domain.orders.snapshot import Key, Kind, catalog_key, external_key
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.catalog import (
    CatalogDocument,
    CatalogType,
    ItemData,
    changed,
    references_of,
    text_of,
    title_of,
)
from frontdesk.domain.requests.once import Once
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.search import Sought, sort_key
from frontdesk.errors import Phrase, Value
from frontdesk.usecases.context import Context
from frontdesk.usecases.customers import customer_of
from frontdesk.usecases.ports import Catalog, Lists, Store

# What is looked at where the list's own keys do not tell what is wanted, and how far a list goes.
MAX_EXAMINED = 1_000
MAX_LISTED = 10_000
# One thing belongs to another, and so on.
_MAX_LEVELS = 20
# As long as an address may be that is looked for. A key holds 2,048 bytes, and DynamoDB fails whoever asks for more.
_LONGEST_ID = 320
_SORTS: dict[str, Callable[[CatalogItem], Any]] = {
    "created_at": lambda item: item.created_at,
    "updated_at": lambda item: item.updated_at,
    "name": lambda item: sort_key(title_of(item)),
}
SORTS = tuple(_SORTS)


class Office(NamedTuple):
    """What it takes to look after the catalog of an organization."""

    context: Context
    store: Store
    catalog: Catalog

    def read(self, keys: Iterable[Key]) -> dict[Key, Any]:
        """What is there under the keys, None where there is nothing."""
        named = list(keys)
        found = self.store.read(
            self.context, [key for key in named if len(key.id) <= _LONGEST_ID], consistent=True
        )
        return {key: found.get(key) for key in named}

    def organization(self) -> Organization:
        key = Key("organization", self.context.organization_id)
        organization: Organization = self.read([key])[key]
        return organization


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsWanted:
    """Which items, and in which order; none is the order of their creation."""

    archived: bool = False
    email: str | None = None
    external_id: str | None = None
    search: str | None = None
    excludes_children: bool = False
    sorts: Sequence[tuple[str, bool]] = ()
    number: int = 1
    size: int = 25


class ItemPage(NamedTuple):
    """`total`: how many there are on all pages; `capped`: at least so many, the list goes on."""

    found: Sequence[CatalogItem]
    total: int
    capped: bool


def find_item(of: CatalogType, id: str, office: Office) -> CatalogItem:
    """An item, archived or not. Raises FrontdeskError 404."""
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
    """A page of the items of a type. Costs what it returns, or the first MAX_EXAMINED where texts or other sorts decide.

    Customers are found by name, address, company and phone however many there are.
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
        and not wanted.excludes_children
        and (not wanted.sorts or [name for name, _ in wanted.sorts] == ["created_at"])
    )
    if wanted.email is not None:
        owner = customer_of(wanted.email, office.read)
        keys: Iterable[Key] = [Key("customer", owner)] if owner and not wanted.archived else []
    elif wanted.external_id is not None:
        claim = external_key(of.kind, wanted.external_id)
        owner = office.read([claim])[claim]
        keys = [Key(of.kind, owner)] if owner and not wanted.archived else []
    else:
        # What is examined does not depend on how it is shown.
        newest_first = by_key and [*wanted.sorts] == [("created_at", True)]
        keys = office.catalog.listed(
            office.context, of.kind, archived=wanted.archived, newest_first=newest_first
        )
    most = MAX_LISTED if by_key else MAX_EXAMINED
    known = list(islice(keys, most + 1))
    if by_key:
        return ItemPage(_present(known[:most][first:last], office), min(len(known), most), len(known) > most)
    found = _present(known[:most], office)
    if wanted.excludes_children:
        found = [item for item in found if getattr(item, "parent_id", None) is None]
    if sought is not None:
        found = [item for item in found if sought.is_in(text_of(item))]
        if of.kind == "customer" and wanted.email is None:
            listed = lists.customers(office.context, archived=wanted.archived)
            there = {item.id for item in found}
            hits = (
                Key("customer", id) for id, text in listed if text and sought.is_in(text) and id not in there
            )
            found += _present(list(islice(hits, MAX_EXAMINED)), office)
            found.sort(key=lambda item: (item.created_at, item.id))
    for name, descending in reversed(wanted.sorts):
        found.sort(key=_SORTS[name], reverse=descending)
    return ItemPage(found[first:last], len(found), len(known) > most)


def _present(keys: Sequence[Key], office: Office) -> list[CatalogItem]:
    found = office.store.read(office.context, keys, consistent=False)
    return [item for key in keys if (item := found[key]) is not None]


def create_item(
    of: CatalogType, reading: Reading[CatalogDocument], office: Office, asked: Once | None = None
) -> CatalogItem:
    """A new item as the document asks for it.

    Raises FrontdeskError: 409, 403 for an id of one's own, 422 with every reason. Raises AlreadyMade where it was `asked`
    for before.
    """
    item: CatalogItem = new_item(of, reading, office, office.organization(), id=str(uuid4()))
    made = asked and asked.made(item.id, office.context.clock.now())
    refuse_taken(office.catalog.add(office.context, [item], made=made))
    return item


def new_item(
    of: CatalogType,
    reading: Reading[CatalogDocument],
    office: Office,
    organization: Organization | None,
    **own: Any,
) -> Any:
    now = office.context.clock.now()
    found = changed(of, None, _data(reading), organization, **own, created_at=now, updated_at=now)
    return _accepted(of, found, None, reading, office)


def change_item(
    of: CatalogType,
    id: str,
    reading: Reading[CatalogDocument],
    office: Office,
    matches: Callable[[CatalogItem], bool] = lambda _: True,
) -> tuple[CatalogItem, CatalogItem]:
    """Changes what the document names, and nothing else, whoever else changes the item at the same time: as it was, and is.

    Raises FrontdeskError: 404, 409, 412 where it no longer `matches`, 422 with every reason.
    """
    retries = office.context.retries()
    while True:
        seen = find_item(of, id, office)
        if not matches(seen):
            raise _no_match()
        organization = seen if isinstance(seen, Organization) else office.organization()
        found = changed(of, seen, _data(reading), organization)
        item = _accepted(of, found, seen, reading, office)
        if item == seen or _written(seen, item, office):
            return seen, _after(seen, item, office.context.clock.now())
        next(retries)


def archive_item(
    of: CatalogType, id: str, office: Office, matches: Callable[[CatalogItem], bool] = lambda _: True
) -> None:
    """Takes an item out of what is offered; what refers to it goes on doing so. Raises FrontdeskError: 404, 412."""
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
    """False if it is to be decided again: it was changed meanwhile. Raises FrontdeskError where a claim is taken."""
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
    """The item that was asked for, if nothing is wrong with it and all that it names is there. Raises FrontdeskError 422."""
    problems = list(reading.problems)
    if isinstance(found, list):
        raise FrontdeskError(*problems, *found)
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
    # Of these there is more than one reason not to be found.
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
    for key in in_the_way:
        if key.kind == "customer_email":
            raise FrontdeskError(Problem("email_taken", pointer="/data/attributes/email"))
        if key.kind == "external_id":
            raise FrontdeskError(Problem("external_id_taken", pointer="/data/attributes/external_id"))
        raise FrontdeskError(Problem("code_taken", pointer="/data/attributes/code"))
