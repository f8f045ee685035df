"""Tell when something can be booked. Writes nothing, and holds nothing for whoever asks.

Two readings, whatever is booked: the catalog, then all ledgers at once; a third only where holds have run out, of their
orders. All but those may be some moments old, as the answer is when it arrives.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from frontdesk.domain.availability.periods import Periods, PeriodSearch
from frontdesk.domain.availability.search import Query
from frontdesk.domain.availability.starts import Start, StartDate, StartSearch
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.usecases.ports import Clock, Store

_SearchT = TypeVar("_SearchT", StartSearch, PeriodSearch)


def possible_starts(query: Query, organization_id: str, store: Store, clock: Clock) -> list[Start]:
    """The starts in the query's time, available or not. Raises FrontdeskError with every problem of the query."""
    search, known = _search(StartSearch, query, organization_id, store, clock)
    return search.starts(known)


def start_dates(query: Query, organization_id: str, store: Store, clock: Clock) -> list[StartDate]:
    """The dates in the query's time, available or not. Raises FrontdeskError with every problem of the query."""
    search, known = _search(StartSearch, query, organization_id, store, clock)
    return search.dates(known)


def free_periods(query: Query, organization_id: str, store: Store, clock: Clock) -> Mapping[str, Periods]:
    """What is left of each resource and timeslot series that is named. Raises FrontdeskError with every problem of the query."""
    search, known = _search(PeriodSearch, query, organization_id, store, clock)
    return search.periods(known)


def _search(
    kind: Callable[[Query, Snapshot, int], _SearchT],
    query: Query,
    organization_id: str,
    store: Store,
    clock: Clock,
) -> tuple[_SearchT, Snapshot]:
    now = clock.now()
    known = Snapshot(store.read(organization_id, query.keys(organization_id), clock, consistent=False))
    search = kind(query, known, now)
    keys = search.keys()
    if keys:
        known = known.with_items(store.read(organization_id, keys, clock, consistent=False), consistent=False)
    # A hold's order tells what the hold is worth only as it is after the hold was seen.
    orders = search.orders(known)
    if orders:
        known = known.with_items(
            store.read(organization_id, orders, clock, consistent=True), consistent=False
        )
    return search, known
