"""Finds the times at which something can be booked. Writes nothing and reserves nothing.

The first read fetches the catalog items. The second read fetches all ledgers, however much is booked. Both
reads are eventually consistent. If holds have expired, a third read fetches the orders of these holds.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from frontdesk.domain.availability.periods import Periods, PeriodSearch
from frontdesk.domain.availability.search import Query
from frontdesk.domain.availability.starts import Start, StartDate, StartSearch
from frontdesk.domain.orders.snapshot import Key, Snapshot
from frontdesk.domain.sizes import MAX_READ_BYTES, ReadingRoom, TooMuchRead
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Store

_SearchT = TypeVar("_SearchT", StartSearch, PeriodSearch)


def possible_starts(context: Context, query: Query, store: Store) -> list[Start]:
    """Returns all starts in the query's time range, whether available or not. Raises FrontdeskError with every problem of the query."""
    search, known = _search(context, StartSearch, query, store)
    return search.starts(known)


def start_dates(context: Context, query: Query, store: Store) -> list[StartDate]:
    """Returns all dates in the query's time range, whether available or not. Raises FrontdeskError with every problem of the query."""
    search, known = _search(context, StartSearch, query, store)
    return search.dates(known)


def free_periods(context: Context, query: Query, store: Store) -> Mapping[str, Periods]:
    """Returns the free units over time, by the id of each requested resource or series. Raises FrontdeskError like `possible_starts`."""
    search, known = _search(context, PeriodSearch, query, store)
    return search.periods(known)


def _search(
    context: Context, kind: Callable[[Query, Snapshot, int], _SearchT], query: Query, store: Store
) -> tuple[_SearchT, Snapshot]:
    now, room = context.clock.now(), ReadingRoom()

    def read(keys: Collection[Key], *, consistent: bool = False) -> dict[Key, Any]:
        try:
            return store.read(context, keys, consistent=consistent, room=room) if keys else {}
        except TooMuchRead:
            raise query.too_much(MAX_READ_BYTES) from None

    known = Snapshot(read(query.keys(context.organization_id)))
    search = kind(query, known, now)
    known = known.with_items(read(search.keys()), consistent=False)
    # The orders must be read after their holds: an order read earlier may not have existed yet.
    known = known.with_items(read(search.orders(known), consistent=True), consistent=False)
    return search, known
