"""Answers when something can be booked. Writes nothing and reserves nothing.

Reads twice, however much is booked: first the catalog, then all ledgers. Only if holds have expired, it also reads their orders. Except
for those orders, the data may be some moments old, and so may the answer when it arrives.
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
    """Returns the starts within the query's time, both available and unavailable. Raises FrontdeskError with every problem of the query."""
    search, known = _search(context, StartSearch, query, store)
    return search.starts(known)


def start_dates(context: Context, query: Query, store: Store) -> list[StartDate]:
    """Returns the dates within the query's time, both available and unavailable. Raises FrontdeskError with every problem of the query."""
    search, known = _search(context, StartSearch, query, store)
    return search.dates(known)


def free_periods(context: Context, query: Query, store: Store) -> Mapping[str, Periods]:
    """Returns the free units of each named resource and series, by id. Raises FrontdeskError with every problem of the query."""
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
