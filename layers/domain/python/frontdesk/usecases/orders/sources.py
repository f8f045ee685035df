"""Chooses the list in which to look for orders or bookings: the one with the fewest entries to examine.

Reads an order only if its entry says that this is necessary (`Listed.asks_order`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, islice
from typing import Any, NamedTuple

from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.orders.order import (
    BookingStatus,
    Order,
    OrderStatus,
    booking_id,
    digits_of,
    order_id_of,
)
from frontdesk.domain.orders.snapshot import Key, id_of_request, key_of_row, searchable_customer
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.search import Sought, folded
from frontdesk.domain.sizes import ReadingRoom
from frontdesk.domain.time.intervals import DAY, Interval, overlap
from frontdesk.usecases.context import Context
from frontdesk.usecases.customers import customers_of
from frontdesk.usecases.orders.related import too_many
from frontdesk.usecases.ports import Listed, Lists, Store

MAX_EXAMINED = 1_000
# How many keys of orders, and of customers, a search scans. Keys are small: this many take less than two seconds.
MAX_SEARCHED = 100_000
# A search examines the orders of at most this many customers.
MAX_FOUND = 100
MAX_NAMED = MAX_RESOURCES = 50
# The most days of a query over all resources. A query for named resources has no such limit.
MAX_DAYS = 366
# If the organization has at most this many resources, a time without start or end has no limit.
MAX_OPEN_RESOURCES = 100
_AT_ONCE = 100
# Later than any accepted date, in epoch seconds.
_EVER = 10**11
_NUMBER = re.compile(r"(BO|BB)?(\d{16})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filter, sort order and page of a list of orders or bookings. Times are in epoch seconds, ends are exclusive, None means no limit.

    Items must overlap the time from `start` to `end`. They must match one of the `customer_ids` if there are any, and one of the
    `emails` if there are any. `sorts` are (attribute, descending); by default, the list's own order applies.
    """

    customer_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    search: str | None = None
    start: int | None = None
    end: int | None = None
    created_from: int | None = None
    created_until: int | None = None
    sorts: Sequence[tuple[str, bool]] = ()
    number: int = 1
    size: int = 25

    @property
    def has_time(self) -> bool:
        """Whether the filter has a `start` or an `end`."""
        return self.start is not None or self.end is not None

    @property
    def time(self) -> Interval:
        """The time from `start` to `end`. A missing `start` is replaced by 0, a missing `end` by an instant after all items."""
        return Interval(0 if self.start is None else self.start, _EVER if self.end is None else self.end)

    @property
    def names_making(self) -> bool:
        """Whether the filter limits the time of creation."""
        return self.created_from is not None or self.created_until is not None

    def was_made(self, at: int) -> bool:
        """Whether something created at this instant is within the limits of the filter."""
        return (self.created_from is None or self.created_from <= at) and (
            self.created_until is None or at < self.created_until
        )

    def newest_first(self, name: str, *, by_keys: bool, usual: bool) -> bool:
        """Whether to read a list from its newest entry. The list is sorted by the attribute `name`.

        `by_keys` is true if an item's key is enough to tell whether the item matches. If `by_keys` is true and the request sorts only by
        `name`, returns True for descending order and False for ascending order. In all other cases, returns `usual`.
        """
        # Why `usual`: a limit may end the read early, and the requested sort order must not change which items are found.
        return self.sorts[0][1] if by_keys and [each for each, _ in self.sorts] == [name] else usual


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersWanted(Wanted):
    """The filter of a list of orders. Empty `statuses` match any status. `import_id` selects the orders that an import created."""

    statuses: frozenset[OrderStatus] = frozenset()
    import_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsWanted(Wanted):
    """The filter of a list of bookings. Empty fields match any booking."""

    statuses: frozenset[BookingStatus] = frozenset()
    order_ids: tuple[str, ...] = ()
    resource_ids: tuple[str, ...] = ()
    external_id: str | None = None
    hides_blockers: bool = False


Condition = Callable[[Any], bool]


class Source(NamedTuple):
    """A list's entries, and conditions that an entry's item must also meet. If `is_cut`, the list is incomplete.

    `sorted_by` is "created_at", "start_date" or, for an unsorted list, "". `newest_first` is true if `entries`
    begins with the newest. `usual` is true if a page without `sort` shows the newest items first.
    """

    entries: Iterator[Listed]
    sorted_by: str
    newest_first: bool
    usual: bool
    conditions: tuple[Condition, ...] = ()
    is_cut: bool = False


class Looking(NamedTuple):
    """The arguments that searches share: the context and two ports."""

    context: Context
    store: Store
    lists: Lists

    def read(self, keys: Iterable[Key], room: ReadingRoom | None = None) -> dict[Key, Any]:
        """Reads items. The read is eventually consistent."""
        return self.store.read(self.context, keys, consistent=False, room=room)

    def visible(self, entries: Iterator[Listed], *, as_bookings: bool = False) -> Iterator[Listed]:
        """Leaves out an entry if the API does not show its order. With `as_bookings`, yields an order's bookings instead of the order."""
        known: dict[Key, Any] = {}
        while chunk := list(islice(entries, _AT_ONCE)):
            asked = {_order_of(each.key) for each in chunk if each.asks_order} - known.keys()
            known |= self.read(asked) if asked else {}
            for each in chunk:
                order: Order | None = known[_order_of(each.key)] if each.asks_order else None
                if each.asks_order and (order is None or order.status in INVISIBLE):
                    continue
                if not as_bookings or each.key.kind == "booking":
                    yield each
                    continue
                # The bookings' ids derive from the order's.
                ordinals = range(1, each.size + 1)
                ids = (
                    order.booking_ids if order else (booking_id(each.key.id, ordinal) for ordinal in ordinals)
                )
                yield from (each._replace(key=Key("booking", id)) for id in ids)

    # Customers

    def customers_asked_for(self, wanted: Wanted) -> tuple[str, ...] | None:
        """Returns the ids of the customers that match the filter. None means any customer. An empty result means that no customer matches.

        Raises FrontdeskError 400 if the filter names too many customers.
        """
        for name, named in (("filter[customer]", wanted.customer_ids), ("filter[email]", wanted.emails)):
            if len(named) > MAX_NAMED:
                raise too_many(name, "too_many_named", MAX_NAMED)
        if not wanted.emails:
            return wanted.customer_ids or None
        owners = [owner.id for owner in customers_of(wanted.emails, self.read).values() if owner.id]
        found = dict.fromkeys([*owners, *self._archived_with(wanted.emails)])
        return tuple(id for id in found if not wanted.customer_ids or id in wanted.customer_ids)

    def _archived_with(self, emails: Sequence[str]) -> Iterator[str]:
        """Yields the ids of archived customers with these addresses. Active customers may have the same addresses by now."""
        keys = {email_key(email) for email in emails}
        words = {folded(email) for email in emails}
        likely = [
            Key("customer", id)
            for id, text in islice(self.lists.customers(self.context, archived=True), MAX_SEARCHED)
            if text is None or words & {*text.split(" ")}
        ]
        for customer in self.read(likely[:MAX_EXAMINED]).values():
            if customer is not None and customer.email and email_key(customer.email) in keys:
                yield customer.id

    def customers_like(self, sought: Sought) -> tuple[list[str], bool]:
        """Returns (ids, is_cut): the customers that a search finds, and whether there may be more."""
        found: list[str] = []
        unknown: list[Key] = []
        count = 0
        both = (self.lists.customers(self.context, archived=archived) for archived in (False, True))
        for id, text in islice(chain.from_iterable(both), MAX_SEARCHED):
            count += 1
            if text is None:
                unknown.append(Key("customer", id))
            elif sought.is_in(text):
                found.append(id)
        # Entries of earlier versions have no texts.
        customers = self.read(unknown[:MAX_EXAMINED]).values() if unknown else ()
        found += [each.id for each in customers if each and sought.is_in(searchable_customer(each))]
        cut = count == MAX_SEARCHED or len(unknown) > MAX_EXAMINED or len(found) > MAX_FOUND
        return found[:MAX_FOUND], cut

    def of_customers(self, ids: Iterable[str], wanted: Wanted) -> Iterator[Listed]:
        """Yields the orders and bookings of these customers, the newest first."""
        lists = [self.lists.of_customer(self.context, id) for id in ids]
        merged = merge(*lists, key=lambda each: (each.at, each.key), reverse=True)
        return (each for each in merged if wanted.was_made(each.at))

    def numbered(self, text: str) -> tuple[Key, ...]:
        """Searches recent orders for a number. Returns (order key,) or (booking key, order key), or an empty tuple if none matches."""
        match = _NUMBER.fullmatch(folded(text).strip())
        if match is None:
            return ()
        kind, digits = (match[1] or "").upper(), match[2]
        # Reading a key takes as long as comparing the numbers of four bookings.
        left = 5 * MAX_SEARCHED
        for each in self.lists.orders(self.context, None, None, newest_first=True):
            if (left := left - 4 - each.size) < 0:
                break
            if kind != "BB" and digits_of(each.key.id) == digits:
                return (each.key,)
            if kind != "BO":
                for ordinal in range(1, each.size + 1):
                    if digits_of(id := booking_id(each.key.id, ordinal)) == digits:
                        return (Key("booking", id), each.key)
        return ()

    # Lists

    def orders(
        self, wanted: OrdersWanted, customers: Sequence[str] | None, conditions: tuple[Condition, ...]
    ) -> Source:
        """Returns the source for a list of orders. Leaves out orders that are only blockers."""
        newest_first = True
        if customers is not None and wanted.import_id is not None:
            conditions = (*conditions, lambda order: order.import_id == wanted.import_id)
        if customers is not None:
            entries = self.of_customers(customers, wanted)
        else:
            by_keys = not conditions and wanted.search is None
            newest_first = wanted.newest_first("created_at", by_keys=by_keys, usual=True)
            entries = self.lists.orders(
                self.context, wanted.created_from, wanted.created_until, newest_first=newest_first
            )
            if wanted.import_id is not None:
                entries = self._of_import(entries, wanted.import_id)
        orders = self.visible(each for each in entries if each.key.kind == "order" and not each.is_blocker)
        return Source(orders, "created_at", newest_first, True, conditions)

    def _of_import(self, entries: Iterator[Listed], import_id: str) -> Iterator[Listed]:
        """Yields the entries of an import's orders. No index lists these, so this reads all orders in `entries`, up to MAX_SEARCHED."""
        entries = islice(entries, MAX_SEARCHED)
        while chunk := list(islice(entries, _AT_ONCE)):
            found = self.read([each.key for each in chunk])
            for each in chunk:
                order: Order | None = found[each.key]
                if order is not None and order.import_id == import_id:
                    yield each

    def bookings(
        self, wanted: BookingsWanted, customers: Sequence[str] | None, conditions: tuple[Condition, ...]
    ) -> Source:
        """Returns the source of a list of bookings. The given filters decide how the bookings are found."""
        each_is = (*conditions, *asked_of_each(wanted, customers))
        entries: Iterator[Listed]
        by_start = "start_date" if wanted.has_time or wanted.resource_ids else "created_at"
        if wanted.external_id is not None:
            # No list has imported bookings by external id. The id of their order derives from the external id.
            row = key_of_row(wanted.external_id)
            key = Key("order", id_of_request(self.context.organization_id, "import", row))
            order = self.read([key])[key]
            ids = () if order is None or order.status in INVISIBLE else order.booking_ids
            imported = [Listed(Key("booking", id), order.created_at, 0) for id in ids]
            listed = self.lists.of_external(self.context, wanted.external_id)
            both = merge(imported, listed, key=lambda each: each.at, reverse=True)
            entries = _once(self.visible(both))
            return Source(entries, by_start, True, by_start == "created_at", each_is)
        if wanted.order_ids:
            if len(wanted.order_ids) > MAX_NAMED:
                raise too_many("filter[order]", "too_many_named", MAX_NAMED)
            found = self.read([Key("order", id) for id in wanted.order_ids]).values()
            orders = [order for order in found if order is not None and order.status not in INVISIBLE]
            entries = (
                Listed(Key("booking", id), 0, 0, order.is_blocker)
                for order in orders
                for id in order.booking_ids
            )
            return Source(entries, "", False, False, each_is)
        if customers is not None:
            # Some bookings in a customer's orders may be for others.
            entries = self.of_customers(customers, wanted)
            entries = _once(self.visible(entries, as_bookings=True))
            return Source(entries, by_start, True, by_start == "created_at", each_is)
        made = (lambda sold: wanted.was_made(sold[0].created_at),) if wanted.names_making else ()
        by_keys = not conditions and wanted.search is None
        if by_start == "start_date":
            by_keys = by_keys and not made
            # Without a start, the latest bookings are examined.
            usual = not by_keys and wanted.start is None
            newest_first = wanted.newest_first("start_date", by_keys=by_keys, usual=usual)
            return self._by_start(wanted, newest_first, (*conditions, *made))
        newest_first = wanted.newest_first("created_at", by_keys=by_keys, usual=True)
        orders_made = self.lists.orders(
            self.context, wanted.created_from, wanted.created_until, newest_first=newest_first
        )
        entries = self.visible(orders_made, as_bookings=True)
        return Source(entries, "created_at", newest_first, True, conditions)

    def _by_start(
        self, wanted: BookingsWanted, newest_first: bool, conditions: tuple[Condition, ...]
    ) -> Source:
        entries: Iterator[Listed]
        is_cut = False
        if len(wanted.resource_ids) > MAX_RESOURCES:
            raise too_many("filter[resources]", "too_many_resources", MAX_RESOURCES)
        if wanted.resource_ids:
            entries = self.lists.of_resources(
                self.context, wanted.resource_ids, wanted.start, wanted.end, newest_first=newest_first
            )
        elif wanted.start is not None and wanted.end is not None:
            if wanted.end - wanted.start > MAX_DAYS * DAY:
                raise too_many("filter[end_date]", "too_many_days_of_all", MAX_DAYS)
            entries = self.lists.between(self.context, wanted.start, wanted.end, newest_first=newest_first)
        else:
            entries, is_cut = self._with_one_end(wanted, newest_first)
        return Source(self.visible(entries), "start_date", newest_first, False, conditions, is_cut)

    def _with_one_end(self, wanted: BookingsWanted, newest_first: bool) -> tuple[Iterator[Listed], bool]:
        """Returns (entries, is_cut) for a filter with only a start or only an end.

        Bookings more than a year away from this start or end are looked up by resource. If there are too many
        resources, these bookings are left out, and `is_cut` is True.
        """
        start, end = wanted.start, wanted.end
        context, lists = self.context, self.lists
        ids = list(islice(lists.resources(context), MAX_OPEN_RESOURCES + 1))
        near = Interval(
            (end or 0) - MAX_DAYS * DAY if start is None else start,
            (start or 0) + MAX_DAYS * DAY if end is None else end,
        )

        def beyond() -> Iterator[Listed]:
            if len(ids) > MAX_OPEN_RESOURCES:
                return
            if end is None:
                there = lists.of_resources(context, ids, near.end, None, newest_first=newest_first)
                yield from (each for each in there if each.at >= near.end)
            else:
                there = lists.of_resources(context, ids, None, near.start, newest_first=newest_first)
                yield from (each for each in there if each.at + each.size <= near.start)

        of_the_year = lists.between(context, *near, newest_first=newest_first)
        is_cut = len(ids) > MAX_OPEN_RESOURCES
        if start is not None:
            parts = [beyond(), of_the_year] if newest_first else [of_the_year, beyond()]
            return chain.from_iterable(parts), is_cut
        # A booking that reaches into the year may have begun before one that ended before the year, so both lists are merged.
        return merge(of_the_year, beyond(), key=lambda each: each.at, reverse=newest_first), is_cut


def asked_of_each(wanted: BookingsWanted, customers: Sequence[str] | None) -> tuple[Condition, ...]:
    """Returns the filter as functions of (booking, order). They are needed for lists that also contain bookings outside the filter."""
    conditions: list[Condition] = []
    if wanted.external_id is not None:
        conditions.append(lambda sold: sold[0].external_id == wanted.external_id)
    if wanted.order_ids:
        conditions.append(lambda sold: sold[1].id in wanted.order_ids)
    if customers is not None:
        conditions.append(lambda sold: sold[0].customer_id in customers)
    if wanted.has_time:
        conditions.append(lambda sold: overlap(sold[0], wanted.time))
    if wanted.resource_ids:
        conditions.append(lambda sold: not {*wanted.resource_ids}.isdisjoint(sold[0].resource_ids))
    if wanted.names_making:
        conditions.append(lambda sold: wanted.was_made(sold[0].created_at))
    return tuple(conditions)


def _once(entries: Iterable[Listed]) -> Iterator[Listed]:
    """Yields each entry once. A booking may be listed twice: for the customer of the order, and for the customer of the booking."""
    seen: set[Key] = set()
    for each in entries:
        if each.key not in seen:
            seen.add(each.key)
            yield each


def _order_of(key: Key) -> Key:
    return key if key.kind == "order" else Key("order", order_id_of(key.id))
