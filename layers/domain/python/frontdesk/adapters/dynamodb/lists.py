"""Lists of orders, bookings and catalog items, read from the indexes: see `adapters.dynamodb.indexes`."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from heapq import merge
from itertools import chain, groupby
from typing import Any

from frontdesk.adapters.dynamodb.indexes import (
    LENGTHS,
    Length,
    bookings_list,
    catalog_list_pk,
    customers_list,
    external_list,
    orders_list,
    resources_list,
)
from frontdesk.adapters.dynamodb.items import to_text
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.adapters.dynamodb.table import MAX_KEYS
from frontdesk.domain.orders.snapshot import Key, Kind
from frontdesk.domain.sizes import ReadingRoom
from frontdesk.domain.time.intervals import day_of, day_start
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Listed

# Frontdesk had no orders before this day.
_FIRST = day_start("2026-01-01")
_LAST = day_start("2199-12-31")
# How many entries are read ahead in total from the lists of several resources, and at least from each list.
_AT_ONCE, _FEWEST = 2_000, 10
# A function has less than one core, so more threads would only wait for it.
_THREADS = 8


class ListTable:
    """Implements `usecases.ports.Lists` on the DynamoDB table that `store` uses."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store

    def orders(
        self, context: Context, start: int | None, end: int | None, *, newest_first: bool
    ) -> Iterator[Listed]:
        """Yields the orders created in [start, end), querying month by month."""
        now = context.clock.now()
        since, before = max(_FIRST, start or 0), now + 1 if end is None else min(end, now + 1)
        months = _periods(7, since, before, newest_first)
        lists = (orders_list(context.organization_id, month) for month in months)
        return _in_order(
            chain.from_iterable(
                self._store.listed(
                    "lists", pk, context.clock, since=since, before=before, newest_first=newest_first
                )
                for pk in lists
            ),
            newest_first,
        )

    def of_customer(self, context: Context, customer_id: str) -> Iterator[Listed]:
        """Yields a customer's orders and bookings from one partition of the index `lists2`."""
        return _in_order(
            self._store.listed(
                "lists2",
                customers_list(context.organization_id, customer_id),
                context.clock,
                newest_first=True,
            ),
            True,
        )

    def of_external(self, context: Context, external_id: str) -> Iterator[Listed]:
        """Yields the bookings with this external id from one partition of the index `lists2`."""
        pk = external_list(context.organization_id, external_id)
        return _in_order(self._store.listed("lists2", pk, context.clock, newest_first=True), True)

    def of_resources(
        self,
        context: Context,
        resource_ids: Sequence[str],
        start: int | None,
        end: int | None,
        *,
        newest_first: bool,
    ) -> Iterator[Listed]:
        """Yields these resources' bookings that overlap [start, end), where None means no limit.

        Merges several lists: each resource has one list for each range of booking lengths (`Length`).
        """
        ids = dict.fromkeys(resource_ids)
        # Finding the first entry requires reading from every list. All lists together read ahead no more than a single list would.
        at_once = max(_FEWEST, _AT_ONCE // max(1, len(ids) * len(LENGTHS)))

        def of(resource_id: str, length: Length) -> Iterator[Listed]:
            pk = resources_list(context.organization_id, resource_id, length)
            return self._store.listed(
                "lists",
                pk,
                context.clock,
                since=_since(length, start),
                before=end,
                newest_first=newest_first,
                at_once=at_once,
            )

        return _overlapping(start, (of(id, length) for id in ids for length in LENGTHS), newest_first)

    def between(self, context: Context, start: int, end: int, *, newest_first: bool) -> Iterator[Listed]:
        """Yields all bookings that overlap [start, end).

        There is a separate list of bookings for each range of lengths (see `Length`). Every list is read period by
        period, for example month by month. The results of all lists are merged.
        """

        def of(length: Length) -> Iterator[Listed]:
            since = _since(length, start)
            for period in _periods(length.period, since or 0, min(end, _LAST), newest_first):
                pk = bookings_list(context.organization_id, length, period)
                yield from self._store.listed(
                    "lists2", pk, context.clock, since=since, before=end, newest_first=newest_first
                )

        return _overlapping(start, map(of, LENGTHS), newest_first)

    def items(self, context: Context, keys: Sequence[Key], room: ReadingRoom | None = None) -> dict[Key, Any]:
        """Returns the items under many keys. Reads them in batches of MAX_KEYS, in parallel threads."""

        def read(batch: Sequence[Key]) -> dict[Key, Any]:
            return self._store.read(context, batch, consistent=False, room=room)

        batches = [keys[at : at + MAX_KEYS] for at in range(0, len(keys), MAX_KEYS)]
        if len(batches) < 2:
            return read(keys) if keys else {}
        with ThreadPoolExecutor(min(_THREADS, len(batches))) as threads:
            return {key: item for found in threads.map(read, batches) for key, item in found.items()}

    def resources(self, context: Context) -> Iterator[str]:
        """Yields the ids of the current resources, then of the archived ones."""
        return (id for archived in (False, True) for id, _ in self._catalog(context, "resource", archived))

    def customers(self, context: Context, *, archived: bool) -> Iterator[tuple[str, str | None]]:
        """Yields the ids and search texts of the current or the archived customers, the newest first."""
        return self._catalog(context, "customer", archived)

    def _catalog(self, context: Context, kind: Kind, archived: bool) -> Iterator[tuple[str, str | None]]:
        pk = catalog_list_pk(context.organization_id, kind, archived=archived)
        return map(to_text, self._store.entries("lists", pk, context.clock, newest_first=True))


def _since(length: Length, start: int | None) -> int | None:
    """Returns how far back to look for bookings that are still going on at `start`.

    For example, suppose that bookings last at most one day (`length.most` is 86400), and that `start` is Tuesday
    at 10:00. The result is then Monday at 10:00, because a booking that began earlier has ended.

    Returns None (no limit) if `start` or `length.most` is None.
    """
    return None if start is None or length.most is None else start - length.most


def _overlapping(
    start: int | None, lists: Iterable[Iterator[Listed]], newest_first: bool
) -> Iterator[Listed]:
    merged = merge(*_begun(list(lists)), key=lambda each: each.at, reverse=newest_first)
    yield from _in_order(
        (each for each in merged if start is None or each.at + each.size > start), newest_first
    )


def _begun(lists: Sequence[Iterator[Listed]]) -> list[Iterator[Listed]]:
    """Returns the lists after reading their first pages in parallel. Merging needs the first entry of each list."""
    with ThreadPoolExecutor(_THREADS) as threads:
        firsts = threads.map(lambda entries: next(entries, None), lists)
        return [chain([first], rest) for first, rest in zip(firsts, lists, strict=True) if first is not None]


def _in_order(entries: Iterable[Listed], newest_first: bool) -> Iterator[Listed]:
    """Yields each entry once. Sorts entries of the same second by id, because an index returns them in any order."""
    for _, group in groupby(entries, key=lambda each: each.at):
        yield from sorted(dict.fromkeys(group), key=lambda each: each.key, reverse=newest_first)


def _periods(characters: int, start: int, end: int, newest_first: bool) -> list[str]:
    """Returns texts for the years or months that overlap [start, end).

    `characters` is the length of each text: 4 for years such as "2026", and 7 for months such as "2026-04". If
    `characters` is 0, returns [""].
    """
    if characters == 0:
        return [""]
    if end <= start:
        return []
    first, last = ((int(day[:4]), int(day[5:7])) for day in (day_of(start), day_of(end - 1)))
    if characters == 4:
        periods = [f"{year:04}" for year in range(first[0], last[0] + 1)]
    else:
        months = range(12 * first[0] + first[1] - 1, 12 * last[0] + last[1])
        periods = [f"{month // 12:04}-{month % 12 + 1:02}" for month in months]
    return periods[::-1] if newest_first else periods
