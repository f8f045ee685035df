"""Reads the names that a file may contain: names of resources, services, add-ons, timeslot series and, if necessary, customers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from frontdesk.domain.catalog.items import CatalogItem, Resource, Service
from frontdesk.domain.imports.columns.names import Called, Directory, Names
from frontdesk.domain.imports.columns.people import is_name
from frontdesk.domain.orders.snapshot import Key, Kind, external_key
from frontdesk.usecases.catalog import Office

# How many items are read at a time.
_PAGE = 1_000


class Named(NamedTuple):
    """The names that a file may use. `derived` lists columns that a file may lack: for example "resource" if there is only one resource."""

    directory: Directory
    derived: Collection[str]


def read_names(office: Office) -> Named:
    """Reads the names of all resources, services, add-ons and timeslot series that are not archived."""
    kinds: tuple[Kind, ...] = ("resource", "service", "add_on", "timeslot_series")
    resources, services, add_ons, series = (list(_all(office, kind)) for kind in kinds)
    durations = {
        service.id: service.max_duration
        for service in services
        if isinstance(service, Service)
        and service.max_duration
        and service.min_duration == service.max_duration
    }
    directory = Directory(
        Names(resources),
        Names(services),
        Names(add_ons),
        Names(),
        office.organization().currency,
        durations,
        Names(series),
        {each.id for each in resources if isinstance(each, Resource) and each.quantity == 1},
    )
    derived = {
        column
        for column, names in (("resource", directory.resources), ("service", directory.services))
        if names.only
    }
    return Named(directory, derived)


def with_customers(named: Named, references: Collection[str], office: Office) -> Named:
    """Adds the customers to whom a file may refer. `references` has their ids, external ids or names.

    Adds all customers if `references` contains "*". Also adds all customers if a text in `references` looks
    like a name, and is not the id or external id of a customer.
    """
    if not references:
        return named
    texts = {text for text in references if text != "*" and len(text) <= 300 and "@" not in text}
    names = {text for text in texts if is_name(text)}
    # With many names, all customers are read anyway, so names need not be looked up as ids first.
    found = {each.id: each for each in _with_ids(texts if len(names) <= _PAGE else texts - names, office)}
    known = {name for each in found.values() for name in (each.id, each.external_id) if name}
    if "*" in references or not names <= known:
        found |= {each.id: each for each in _called(_all(office, "customer"))}
    directory = named.directory._replace(customers=Names(found.values()))
    return named._replace(directory=directory)


def _with_ids(texts: Collection[str], office: Office) -> Iterator[Called]:
    """Yields the customers whose id or external id is one of the texts."""
    ids = {*texts}
    for page in _pages(external_key("customer", text) for text in texts):
        ids.update(owner for owner in office.read(page).values() if owner)
    for page in _pages(Key("customer", id) for id in ids):
        yield from _called(office.read(page).values())


def _called(items: Iterable[Any]) -> Iterator[Called]:
    """Yields the id, external id and name of each customer that is not archived.

    A file may need hundreds of thousands of customers, and whole items would not fit into memory.
    """
    return (
        Called(item.id, item.external_id, item.full_name)
        for item in items
        if item is not None and not item.archived
    )


def _all(office: Office, kind: Kind) -> Iterator[CatalogItem]:
    listed = office.catalog.listed(office.context, kind, archived=False, newest_first=False)
    for page in _pages(listed):
        yield from _present(office, page)


def _pages(keys: Iterable[Key]) -> Iterator[list[Key]]:
    left = iter(keys)
    while page := list(islice(left, _PAGE)):
        yield page


def _present(office: Office, keys: Sequence[Key]) -> list[Any]:
    found = office.read(keys)
    return [found[key] for key in keys if found[key] is not None]
