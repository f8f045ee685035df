"""Look orders and bookings up: by customer, resource, time, or when they were made. Each list costs what it returns, or has a cap.

Where the keys of a list tell enough, only the page that is asked for is read, and the keys before it. What only the items
can tell (a status, a text) is looked for among the first MAX_EXAMINED of the list. Lists are read eventually consistent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Booking, BookingStatus, Order, OrderStatus, booking_id, order_id_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE, shown_booking_status, shown_status
from frontdesk.domain.time.intervals import DAY, Interval, overlap
from frontdesk.usecases.context import Context
from frontdesk.usecases.customers import customer_of
from frontdesk.usecases.orders.related import too_many
from frontdesk.usecases.ports import Listed, Lists, Store

# A total is exact up to here, or up to the page that is asked for; what comes after the last is not listed at all.
MAX_COUNTED = 1_000
MAX_LISTED = 10_000
MAX_EXAMINED = 1_000
MAX_RESOURCES = 50
# Of all resources together; of some that are named there is no limit.
MAX_DAYS = 366
# Later than any time that can be written, in epoch seconds.
_EVER = 10**11
_T = TypeVar("_T")
Sold = tuple[Booking, Order]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which orders or bookings, and in which order; instants in epoch seconds, each end excluded, None where it does not matter.

    `start` and `end` are of a time that is overlapped, `created_from` and `created_until` of the making. `sorts`: (attribute,
    descending); none is as the list comes.
    """

    customer_id: str | None = None
    email: str | None = None
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
        return self.start is not None or self.end is not None

    @property
    def time(self) -> Interval:
        return Interval(0 if self.start is None else self.start, _EVER if self.end is None else self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersWanted(Wanted):
    statuses: frozenset[OrderStatus] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsWanted(Wanted):
    statuses: frozenset[BookingStatus] = frozenset()
    order_id: str | None = None
    resource_ids: tuple[str, ...] = ()
    hides_blockers: bool = False


class Page(NamedTuple, Generic[_T]):
    """`total`: how many there are on all pages; `capped`: at least so many, the list goes on."""

    found: Sequence[_T]
    total: int
    capped: bool


_Condition = Callable[[Any], bool]


class _Source(NamedTuple):
    """A list, what it is sorted by, and the conditions that its keys do not tell."""

    entries: Iterator[Listed]
    sorted_by: tuple[str, bool]
    conditions: tuple[_Condition, ...] = ()


def find_orders(context: Context, wanted: OrdersWanted, store: Store, lists: Lists) -> Page[Order]:
    """A page of the orders that can be seen, the newest first if no order is asked for. Those of blockers are not among them."""
    now = context.clock.now()
    customer_id, is_known = _customer(context, wanted, store)
    if not is_known:
        return Page((), 0, False)
    entries: Iterator[Listed]
    if customer_id is not None:
        newest_first = True
        entries = (each for each in lists.of_customer(context, customer_id) if _made_in_time(wanted, each.at))
    else:
        newest_first = [*wanted.sorts] != [("created_at", False)]
        entries = lists.orders(context, wanted.created_from, wanted.created_until, newest_first=newest_first)
    conditions: list[_Condition] = []
    if wanted.statuses:
        conditions.append(lambda order: shown_status(order, now) in wanted.statuses)
    if wanted.has_time:
        conditions.append(lambda order: overlap(order, wanted.time))
    orders = (each for each in entries if each.key.kind == "order" and not each.is_blocker)

    def read(keys: Sequence[Key]) -> list[Order]:
        found = store.read(context, keys, consistent=False)
        return [order for key in keys if (order := found[key]) is not None and order.status not in INVISIBLE]

    def customers(ids: Iterable[str]) -> Mapping[str, Customer]:
        return _customers(context, ids, store)

    return _page(
        wanted,
        _Source(orders, ("created_at", newest_first), tuple(conditions)),
        read,
        lambda order: order,
        customers,
    )


def find_bookings(context: Context, wanted: BookingsWanted, store: Store, lists: Lists) -> Page[Sold]:
    """A page of the bookings of orders that can be seen, each with its order.

    If no order is asked for they come by their start where they are looked for by resource or time, else the newest first.
    Raises FrontdeskError 400 for more days or resources than can be looked at.
    """
    now = context.clock.now()
    customer_id, is_known = _customer(context, wanted, store)
    if not is_known:
        return Page((), 0, False)
    if wanted.order_id is not None:
        source = _source_of_order(context, wanted, customer_id, store)
    else:
        source = _source_of_bookings(context, wanted, customer_id, lists)
    if wanted.hides_blockers:
        source = source._replace(entries=(each for each in source.entries if not each.is_blocker))
    if wanted.statuses:
        source = source._replace(
            conditions=(
                *source.conditions,
                lambda sold: shown_booking_status(sold[0], sold[1], now) in wanted.statuses,
            )
        )

    def read(keys: Sequence[Key]) -> list[Sold]:
        orders = {Key("order", order_id_of(key.id)) for key in keys}
        found = store.read(context, [*keys, *orders], consistent=False)
        sold = ((found[key], found[Key("order", order_id_of(key.id))]) for key in keys)
        return [
            (booking, order) for booking, order in sold if booking and order and order.status not in INVISIBLE
        ]

    def customers(ids: Iterable[str]) -> Mapping[str, Customer]:
        return _customers(context, ids, store)

    return _page(wanted, source, read, lambda sold: sold[0], customers)


def _source_of_order(
    context: Context, wanted: BookingsWanted, customer_id: str | None, store: Store
) -> _Source:
    """The bookings of one order, in its order: no more than are looked at of any list."""
    key = Key("order", wanted.order_id or "")
    order = store.read(context, [key], consistent=False)[key]
    entries = (
        []
        if order is None
        else [Listed(Key("booking", id), 0, 0, order.is_blocker) for id in order.booking_ids]
    )
    return _Source(iter(entries), ("", False), _asked_of_each(wanted, customer_id))


def _asked_of_each(wanted: BookingsWanted, customer_id: str | None) -> tuple[_Condition, ...]:
    conditions: list[_Condition] = []
    if customer_id is not None:
        conditions.append(lambda sold: sold[0].customer_id == customer_id)
    if wanted.has_time:
        conditions.append(lambda sold: overlap(sold[0], wanted.time))
    if wanted.resource_ids:
        conditions.append(lambda sold: not {*wanted.resource_ids}.isdisjoint(sold[0].resource_ids))
    if wanted.created_from is not None or wanted.created_until is not None:
        conditions.append(lambda sold: _made_in_time(wanted, sold[0].created_at))
    return tuple(conditions)


def _source_of_bookings(
    context: Context, wanted: BookingsWanted, customer_id: str | None, lists: Lists
) -> _Source:
    """The list that leaves the fewest to look at: of a customer, of resources, of a time, else all as they were made."""
    descending = wanted.sorts[0][1] if len(wanted.sorts) == 1 else None
    conditions: list[_Condition] = []
    entries: Iterator[Listed]
    if customer_id is not None:
        entries = (each for each in lists.of_customer(context, customer_id) if _made_in_time(wanted, each.at))
        # Of the customer's orders, some bookings may be for others.
        return _Source(_bookings_of(entries), ("created_at", True), _asked_of_each(wanted, customer_id))
    if wanted.created_from is not None or wanted.created_until is not None:
        conditions.append(lambda sold: _made_in_time(wanted, sold[0].created_at))
    if wanted.resource_ids:
        if len(wanted.resource_ids) > MAX_RESOURCES:
            raise too_many("filter[resources]", "too_many_resources", MAX_RESOURCES)
        entries = lists.of_resources(
            context, wanted.resource_ids, wanted.start, wanted.end, newest_first=bool(descending)
        )
        return _Source(entries, ("start_date", bool(descending)), tuple(conditions))
    if wanted.has_time:
        entries = lists.between(context, *_bounded(wanted), newest_first=bool(descending))
        return _Source(entries, ("start_date", bool(descending)), tuple(conditions))
    newest_first = descending is not False
    orders = lists.orders(context, wanted.created_from, wanted.created_until, newest_first=newest_first)
    return _Source(_bookings_of(orders), ("created_at", newest_first))


def _bounded(wanted: Wanted) -> Interval:
    """The time that is asked for; a year from the one of its ends that is given. Raises FrontdeskError 400 for more."""
    start, end = wanted.start, wanted.end
    if start is None:
        start = (end or 0) - MAX_DAYS * DAY
    if end is None:
        end = start + MAX_DAYS * DAY
    if end - start > MAX_DAYS * DAY:
        raise too_many("filter[end_date]", "too_many_days_of_all", MAX_DAYS)
    return Interval(start, end)


def _page(
    wanted: Wanted,
    source: _Source,
    read: Callable[[Sequence[Key]], list[_T]],
    item_of: Callable[[_T], Order | Booking],
    customers: Callable[[Iterable[str]], Mapping[str, Customer]],
) -> Page[_T]:
    first, last = (wanted.number - 1) * wanted.size, wanted.number * wanted.size
    if (
        wanted.search is None
        and not source.conditions
        and (not wanted.sorts or [*wanted.sorts] == [source.sorted_by])
    ):
        # One page further than the one that is asked for, so that whoever follows the pages sees that there is another.
        most = min(MAX_LISTED, max(MAX_COUNTED, last + wanted.size))
        keys = [entry.key for entry in islice(source.entries, most + 1)]
        return Page(read(keys[:most][first:last]), min(len(keys), most), len(keys) > most)
    keys = [entry.key for entry in islice(source.entries, MAX_EXAMINED + 1)]
    found = [
        each for each in read(keys[:MAX_EXAMINED]) if all(condition(each) for condition in source.conditions)
    ]
    if wanted.search is not None:
        ids = {item_of(each).customer_id for each in found}
        by_id, text = customers(id for id in ids if id), wanted.search.casefold()
        found = [
            each for each in found if text in _text(item_of(each), by_id.get(item_of(each).customer_id or ""))
        ]
    for name, descending in reversed(wanted.sorts):
        found.sort(key=lambda each: _SORTS[name](item_of(each)), reverse=descending)
    return Page(found[first:last], len(found), len(keys) > MAX_EXAMINED)


_SORTS: dict[str, Callable[[Order | Booking], int]] = {
    "created_at": lambda item: item.created_at,
    "updated_at": lambda item: item.updated_at,
    "start_date": lambda item: item.start,
    "end_date": lambda item: item.end,
    "total": lambda item: item.amounts.total,
}
SORTS = tuple(_SORTS)


def _text(item: Order | Booking, customer: Customer | None) -> str:
    """What is searched in."""
    texts: list[str | None] = [item.number, item.note]
    if isinstance(item, Booking):
        texts += [item.title, item.description, item.customer_note]
    if customer is not None:
        texts += [customer.full_name, customer.email, customer.company, customer.phone, customer.mobile]
    return "\n".join(filter(None, texts)).casefold()


def _made_in_time(wanted: Wanted, created_at: int) -> bool:
    return (wanted.created_from is None or wanted.created_from <= created_at) and (
        wanted.created_until is None or created_at < wanted.created_until
    )


def _bookings_of(entries: Iterable[Listed]) -> Iterator[Listed]:
    """Bookings in the places of their orders: their ids carry the order's."""
    for entry in entries:
        if entry.key.kind == "order":
            ids = (booking_id(entry.key.id, ordinal) for ordinal in range(1, entry.size + 1))
            yield from (entry._replace(key=Key("booking", id)) for id in ids)
        else:
            yield entry


def _customer(context: Context, wanted: Wanted, store: Store) -> tuple[str | None, bool]:
    """Whose they must be, if anybody's; False if that can be nobody."""
    if wanted.email is None:
        return wanted.customer_id, True
    found = customer_of(wanted.email, lambda keys: store.read(context, keys, consistent=False))
    return found, found is not None and wanted.customer_id in (None, found)


def _customers(context: Context, ids: Iterable[str], store: Store) -> Mapping[str, Customer]:
    found = store.read(context, [Key("customer", id) for id in ids], consistent=False)
    return {key.id: customer for key, customer in found.items() if customer is not None}
