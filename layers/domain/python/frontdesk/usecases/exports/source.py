"""Reads the rows of an export in units: a customer, a booking, or an order with all of its rows.

An export can stop after any unit and continue later from the unit's cursor. If an entry is added at a place before the cursor, the file
lacks this entry. All reads are eventually consistent.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.exports.cells import (
    About,
    Called,
    Cell,
    Row,
    is_left_out,
    is_told_along,
    state_of,
)
from frontdesk.domain.exports.columns import COLUMNS
from frontdesk.domain.exports.export import Export, Wanted
from frontdesk.domain.orders.order import Booking, Order, order_id_of
from frontdesk.domain.orders.snapshot import Key, Kind
from frontdesk.domain.orders.states import INVISIBLE, shown_status
from frontdesk.usecases.context import Context
from frontdesk.usecases.exports.needs import Workshop
from frontdesk.usecases.ports import Listed

# How many items, or bookings of orders, are read at once and kept in memory.
_AT_ONCE = 500
_MAX_BOOKINGS = 1_000
# The earliest start and the latest end of a list without limits, in epoch seconds.
_FIRST, _LAST = 31_536_000, 7_258_118_400
_T = TypeVar("_T")


class Unit(NamedTuple):
    """Rows that belong together. The `cursor` is where an export continues after them."""

    cursor: str
    rows: Sequence[Sequence[Cell]]


def units_of(export: Export, context: Context, workshop: Workshop) -> Iterator[Unit]:
    """Yields the rows that the export has not collected yet, in units. A unit has the rows of one customer, booking or order."""
    return _Source(export.wanted, context, workshop).units(export.progress.cursor)


class _Source:
    def __init__(self, wanted: Wanted, context: Context, workshop: Workshop) -> None:
        self.wanted, self.context, self.workshop = wanted, context, workshop
        self.columns = [COLUMNS[wanted.kind][name] for name in wanted.columns]
        self.now = context.clock.now()
        self.about = About(
            ZoneInfo(wanted.timezone),
            self.now,
            *(self._called(kind) for kind in ("resource", "service", "add_on", "timeslot_series")),
        )

    def units(self, cursor: str | None) -> Iterator[Unit]:
        if self.wanted.kind == "customers":
            yield from self._customers(cursor)
        elif self.wanted.kind == "bookings" and (
            self.wanted.start is not None or self.wanted.end is not None
        ):
            yield from self._bookings(cursor)
        else:
            yield from self._orders(cursor)

    def _called(self, kind: Kind) -> Called:
        """Returns the items of a kind, including archived ones, with their names.

        Returns no items for exports of customers or orders, because those exports do not need them.
        """
        keys = (
            []
            if self.wanted.kind in ("customers", "orders")
            else [
                key
                for archived in (False, True)
                for key in self.workshop.catalog.listed(
                    self.context, kind, archived=archived, newest_first=False
                )
            ]
        )
        found: dict[Key, CatalogItem | None] = {}
        for page in _pages(keys, _AT_ONCE):
            found |= self.workshop.lists.items(self.context, page)
        return Called.of(item for item in found.values() if item is not None)

    def _cells(self, row: Row) -> list[Cell]:
        return [column.cell(row) for column in self.columns]

    # Customers

    def _customers(self, cursor: str | None) -> Iterator[Unit]:
        listed = self.workshop.exports.customers(self.context, cursor, archived=self.wanted.archived)
        for page in _pages(listed, _AT_ONCE):
            found = self._read(Key("customer", id) for id, _ in page)
            for id, at in page:
                customer = found[Key("customer", id)]
                made = customer is not None and self._is_within(customer.created_at)
                rows = [self._cells(Row(self.about, customer=customer))] if made else []
                yield Unit(at, rows)

    def _is_within(self, at: int) -> bool:
        return (self.wanted.start or 0) <= at < (self.wanted.end or _LAST)

    # Orders with their bookings and lines

    def _orders(self, cursor: str | None) -> Iterator[Unit]:
        wanted = self.wanted
        # The period of an export of bookings limits when they take place, not when their order was created.
        start, end = (None, None) if wanted.kind == "bookings" else (wanted.start, wanted.end)

        def listed(since: int | None) -> Iterator[Listed]:
            return self.workshop.lists.orders(self.context, since, end, newest_first=False)

        entries = _behind(cursor, start, listed)
        for page in _pages(entries, _AT_ONCE):
            orders = self._read(entry.key for entry in page)
            seen: list[tuple[Listed, Order]] = [
                (entry, order)
                for entry in page
                if (order := orders[entry.key]) is not None and self._is_wanted(order)
            ]
            for group in _groups(seen):
                yield from self._of_orders(group)
            if page:
                yield Unit(_cursor(page[-1]), [])

    def _of_orders(self, group: Sequence[tuple[Listed, Order]]) -> Iterator[Unit]:
        wanted, ids = self.wanted, [id for _, order in group for id in order.all_booking_ids]
        bookings = {} if wanted.kind == "orders" else self._read(Key("booking", id) for id in ids)
        there: dict[str, Booking] = {key.id: item for key, item in bookings.items() if item is not None}
        named = {order.customer_id for _, order in group} | {each.customer_id for each in there.values()}
        people = self._read(Key("customer", id) for id in named if id)
        for entry, order in group:
            of = [there[id] for id in order.all_booking_ids if id in there]
            if wanted.kind == "orders":
                customer = people.get(Key("customer", order.customer_id or ""))
                rows = [Row(self.about, order, customer=customer)]
            elif wanted.kind == "lines":
                rows = [row for booking in of for row in self._lines(booking, order, people)]
            else:
                rows = [row for booking in of for row in self._booking(booking, order, of, people)]
            yield Unit(_cursor(entry), [self._cells(row) for row in rows])

    def _lines(self, booking: Booking, order: Order, people: dict[Key, Any]) -> Iterator[Row]:
        """Yields a row for each line of the booking, even if the booking is hidden.

        Without the lines of hidden bookings, an order's rows would not add up to the order's price.
        """
        if self._is_asked_for(booking, order):
            customer = people.get(Key("customer", booking.customer_id or ""))
            for line in booking.lines:
                yield Row(self.about, order, booking, customer, line)

    def _booking(
        self, booking: Booking, order: Order, family: Iterable[Booking], people: dict[Key, Any]
    ) -> Iterator[Row]:
        """Yields the booking's row.

        For a sub-booking, yields nothing if the main booking's row already describes the sub-booking.
        """
        if booking.deleted or not self._is_asked_for(booking, order):
            return
        by_id = {each.id: each for each in family}
        whole = by_id.get(booking.super_booking or "")
        if (
            whole is not None
            and is_told_along(booking, whole, order, self.now)
            and self._is_asked_for(whole, order)
        ):
            return
        parts = [
            part
            for id in booking.sub_booking_ids
            if (part := by_id.get(id)) is not None and is_told_along(part, booking, order, self.now)
        ]
        customer = people.get(Key("customer", booking.customer_id or ""))
        yield Row(self.about, order, booking, customer, parts=parts)

    # Bookings of a period

    def _bookings(self, cursor: str | None) -> Iterator[Unit]:
        first = _FIRST if self.wanted.start is None else self.wanted.start
        end = _LAST if self.wanted.end is None else self.wanted.end

        def listed(since: int | None) -> Iterator[Listed]:
            entries = self.workshop.lists.between(self.context, since or first, end, newest_first=False)
            # A booking that began earlier is part of the previous period's file.
            return (entry for entry in entries if entry.at >= first)

        for page in _pages(_behind(cursor, first, listed), _AT_ONCE):
            ids = [entry.key.id for entry in page]
            found = self._read(
                [*(Key("booking", id) for id in ids), *{Key("order", order_id_of(id)) for id in ids}]
            )
            related = self._read(
                Key("booking", id)
                for each in ids
                if (booking := found[Key("booking", each)]) is not None
                for id in (*booking.sub_booking_ids, booking.super_booking)
                if id and found.get(Key("booking", id)) is None
            )
            people = self._read(
                Key("customer", booking.customer_id)
                for each in ids
                if (booking := found[Key("booking", each)]) is not None and booking.customer_id
            )
            families: dict[str, list[Booking]] = {}
            for key, item in (found | related).items():
                if key.kind == "booking" and item is not None:
                    families.setdefault(order_id_of(key.id), []).append(item)
            for entry in page:
                booking, order = found[entry.key], found[Key("order", order_id_of(entry.key.id))]
                rows: list[Row] = []
                if booking is not None and order is not None and self._is_wanted(order):
                    rows = list(self._booking(booking, order, families[order.id], people))
                yield Unit(_cursor(entry), [self._cells(row) for row in rows])

    # Filters

    def _is_wanted(self, order: Order) -> bool:
        wanted = self.wanted
        if order.status in INVISIBLE or is_left_out(order, wanted.kind, self.now):
            return False
        if wanted.import_id is not None and order.import_id != wanted.import_id:
            return False
        if wanted.kind == "bookings":
            return True
        if order.is_blocker:
            return False
        if wanted.kind == "lines":
            return True
        return (not wanted.statuses or shown_status(order, self.now) in wanted.statuses) and (
            wanted.customer in (None, order.customer_id)
        )

    def _is_asked_for(self, booking: Booking, order: Order) -> bool:
        wanted = self.wanted
        return (
            (not wanted.statuses or state_of(booking, order, self.now) in wanted.statuses)
            and wanted.customer in (None, booking.customer_id)
            and (wanted.resource is None or wanted.resource in booking.resource_ids)
            and (wanted.service is None or wanted.service in booking.services)
        )

    def _read(self, keys: Iterable[Key]) -> dict[Key, Any]:
        named = list(dict.fromkeys(keys))
        return self.workshop.lists.items(self.context, named) if named else {}


def _pages(entries: Iterable[_T], size: int) -> Iterator[list[_T]]:
    found = iter(entries)
    while page := list(islice(found, size)):
        yield page


def _groups(orders: Iterable[tuple[Listed, Order]]) -> Iterator[list[tuple[Listed, Order]]]:
    """Groups orders. A group has at most _MAX_BOOKINGS bookings. An order with more bookings is a group of its own."""
    group: list[tuple[Listed, Order]] = []
    for each in orders:
        if group and sum(order.booking_count for _, order in group) + each[1].booking_count > _MAX_BOOKINGS:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _cursor(entry: Listed) -> str:
    return f"{entry.at} {entry.key.id}"


def _behind(
    cursor: str | None, start: int | None, listed: Callable[[int | None], Iterator[Listed]]
) -> Iterator[Listed]:
    """Yields the entries of a list after `cursor`. Without a cursor, yields the entries from `start` on.

    `listed` returns the list from an instant on. Entries of the same second must be sorted by key.
    """
    if cursor is None:
        yield from listed(start)
        return
    text, _, id = cursor.partition(" ")
    at = int(text)
    for entry in listed(at if start is None else max(at, start)):
        if (entry.at, entry.key.id) > (at, id):
            yield entry
