"""Lists orders and bookings by customer, resource, time or creation. Lists are eventually consistent.

If the keys of a list can answer the query, reads only the items of the requested page. Any other query, such
as a search or a filter by status, examines at most MAX_EXAMINED items. The same items are examined for every
sort order. A search can also find other items, but only by number or customer.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Booking, Order, order_id_of, order_number
from frontdesk.domain.orders.snapshot import Key, customer_texts
from frontdesk.domain.orders.states import INVISIBLE, shown_booking_status, shown_status
from frontdesk.domain.search import Sought, searchable
from frontdesk.domain.sizes import ReadingRoom, as_far_as_it_goes
from frontdesk.domain.time.intervals import overlap
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.sources import (
    MAX_EXAMINED,
    BookingsWanted,
    Condition,
    Looking,
    OrdersWanted,
    Source,
    Wanted,
    asked_of_each,
)
from frontdesk.usecases.ports import Lists, Store

# Totals are exact up to MAX_COUNTED, or up to the requested page. A list ends at MAX_LISTED.
MAX_COUNTED = 1_000
MAX_LISTED = 10_000
_T = TypeVar("_T")
Sold = tuple[Booking, Order]


class Page(NamedTuple, Generic[_T]):
    """One page of a list.

    `total` counts the items of all pages. If `capped` is true, there may be more items. If the items of the
    page are too large to be read together, `found` has only the first of them. `read` is then the number of
    keys that were read. Otherwise `read` is None.
    """

    found: Sequence[_T]
    total: int
    capped: bool
    read: int | None = None


def find_orders(context: Context, wanted: OrdersWanted, store: Store, lists: Lists) -> Page[Order]:
    """Returns a page of visible orders, by default the newest first. Leaves out orders that are only blockers.

    Raises FrontdeskError 400 for more customers than can be searched.
    """
    now, looking = context.clock.now(), Looking(context, store, lists)
    conditions: list[Condition] = []
    if wanted.statuses:
        conditions.append(lambda order: shown_status(order, now) in wanted.statuses)
    if wanted.has_time:
        conditions.append(lambda order: overlap(order, wanted.time))

    def read(keys: Sequence[Key], room: ReadingRoom | None) -> list[Order]:
        found = looking.read(keys, room)
        return [order for key in keys if (order := found[key]) is not None and order.status not in INVISIBLE]

    def hits(ids: Iterable[str], numbered: Sequence[Key]) -> list[Key]:
        whose = looking.visible(looking.of_customers(ids, wanted))
        found = [each.key for each in islice(whose, MAX_EXAMINED) if not each.is_blocker]
        return [key for key in (*numbered, *found) if key.kind == "order"]

    whose = looking.customers_asked_for(wanted)

    def fits(order: Order) -> bool:
        return (
            wanted.was_made(order.created_at)
            and (whose is None or order.customer_id in whose)
            and wanted.import_id in (None, order.import_id)
        )

    source = looking.orders(wanted, whose, tuple(conditions))
    return _page(wanted, source, looking, _Reading(read, hits, lambda order: order, fits))


def find_bookings(context: Context, wanted: BookingsWanted, store: Store, lists: Lists) -> Page[Sold]:
    """Returns a page of bookings of visible orders, each with its order.

    By default, the newest bookings come first. If a resource or time is given, bookings are sorted by start instead.

    Raises FrontdeskError 400 if the filters ask for too many days, resources, customers or orders.
    """
    now, looking = context.clock.now(), Looking(context, store, lists)
    conditions: list[Condition] = []
    if wanted.statuses:
        conditions.append(lambda sold: shown_booking_status(sold[0], sold[1], now) in wanted.statuses)
    whose = looking.customers_asked_for(wanted)
    source = looking.bookings(wanted, whose, tuple(conditions))
    if wanted.hides_blockers:
        source = source._replace(entries=(each for each in source.entries if not each.is_blocker))

    def read(keys: Sequence[Key], room: ReadingRoom | None) -> list[Sold]:
        orders = dict.fromkeys(Key("order", order_id_of(key.id)) for key in keys)
        found = looking.read([*keys, *orders], room)
        sold = ((found[key], found[Key("order", order_id_of(key.id))]) for key in keys)
        return [
            (booking, order)
            for booking, order in sold
            if booking and not booking.deleted and order and order.status not in INVISIBLE
        ]

    def hits(ids: Iterable[str], numbered: Sequence[Key]) -> list[Key]:
        whose = looking.visible(looking.of_customers(ids, wanted), as_bookings=True)
        found = [each.key for each in islice(whose, MAX_EXAMINED)]
        of_number = numbered[:1]
        if of_number and of_number[0].kind == "order":
            order = looking.read(of_number)[of_number[0]]
            of_number = [Key("booking", id) for id in order.booking_ids] if order else []
        return [*of_number, *found]

    def fits(sold: Sold) -> bool:
        booking, _ = sold
        return all(condition(sold) for condition in asked_of_each(wanted, whose)) and not (
            wanted.hides_blockers and booking.is_blocker
        )

    return _page(wanted, source, looking, _Reading(read, hits, lambda sold: sold[0], fits))


class _Reading(NamedTuple, Generic[_T]):
    """The functions that read a list of orders, or of bookings with their orders.

    A search calls `hits` with the ids of the matching customers, and with the keys that `Looking.numbered` found. `hits` returns the keys
    of the matching orders or bookings. `fits` returns whether an item matches the filter.
    """

    read: Callable[[Sequence[Key], ReadingRoom | None], list[_T]]
    hits: Callable[[Iterable[str], Sequence[Key]], list[Key]]
    item_of: Callable[[_T], Order | Booking]
    fits: Callable[[_T], bool]


def _page(wanted: Wanted, source: Source, looking: Looking, reading: _Reading[_T]) -> Page[_T]:
    first, last = (wanted.number - 1) * wanted.size, wanted.number * wanted.size
    as_listed = not wanted.sorts or [*wanted.sorts] == [(source.sorted_by, source.newest_first)]
    if wanted.search is None and not source.conditions and as_listed:
        # One page more than requested, so that clients see that there is another.
        most = min(MAX_LISTED, max(MAX_COUNTED, last + wanted.size))
        keys = [entry.key for entry in islice(source.entries, most + 1)]
        capped = len(keys) > most or source.is_cut
        page = keys[:most][first:last]
        there, count = as_far_as_it_goes(reading.read, page)
        return Page(there, min(len(keys), most), capped, count if count < len(page) else None)
    keys = [entry.key for entry in islice(source.entries, MAX_EXAMINED + 1)]
    examined, count = as_far_as_it_goes(reading.read, keys[:MAX_EXAMINED])
    capped = len(keys) > count or source.is_cut
    found = _that_are(source.conditions, examined)
    if wanted.search is not None:
        found, is_cut = _searched(wanted.search, found, source, looking, reading)
        capped = capped or is_cut
    item = reading.item_of
    if source.sorted_by:
        # Sorted like the list.
        order = _SORTS[source.sorted_by]
        found.sort(key=lambda each: (order(item(each)), _place(item(each), source)), reverse=source.usual)
    for name, descending in reversed(wanted.sorts):
        found.sort(key=lambda each: _SORTS[name](item(each)), reverse=descending)
    return Page(found[first:last], len(found), capped)


def _that_are(conditions: Sequence[Condition], found: Iterable[_T]) -> list[_T]:
    return [each for each in found if all(condition(each) for condition in conditions)]


def _place(item: Order | Booking, source: Source) -> tuple[str, int]:
    """Returns the key that sorts items with equal times. In a list by creation, it keeps an order's bookings in sequence."""
    if source.sorted_by == "start_date" or isinstance(item, Order):
        return item.id, 0
    ordinal = int(item.id.rpartition("-")[2])
    return item.order_id, -ordinal if source.usual else ordinal


def _searched(
    text: str, examined: Sequence[_T], source: Source, looking: Looking, reading: _Reading[_T]
) -> tuple[list[_T], bool]:
    """Returns (items, is_cut). `is_cut` is True if some matches may be missing.

    The items are those of `examined` that contain the text, and further ones that are found by their number or customer.
    """
    sought, numbered = Sought.of(text), looking.numbered(text)
    ids, is_cut = looking.customers_like(sought)
    item = reading.item_of
    there = {item(each).id for each in examined}
    beside = [key for key in dict.fromkeys(reading.hits(ids, numbered)) if key.id not in there]
    hits, count = as_far_as_it_goes(reading.read, beside[:MAX_EXAMINED])
    is_cut = is_cut or len(beside) > count
    others = _that_are((*source.conditions, reading.fits), hits)
    of = dict.fromkeys(item(each).customer_id for each in (*examined, *others))
    named = [Key("customer", id) for id in of if id]
    customers, count = as_far_as_it_goes(looking.read, named)
    is_cut = is_cut or len(named) > count
    by_number = {key.id for key in numbered}

    def text_of(each: _T) -> str:
        return _text(item(each), customers.get(Key("customer", item(each).customer_id or "")))

    def has_number(each: Order | Booking) -> bool:
        order_id = each.order_id if isinstance(each, Booking) else each.id
        return bool({each.id, order_id} & by_number) and _is_numbered(each, numbered)

    every = (*examined, *others)
    found, left_out = sought.among(every, text_of)
    ids_found = {item(each).id for each in found}
    return [
        each for each in every if item(each).id in ids_found or has_number(item(each))
    ], is_cut or left_out


def _is_numbered(item: Order | Booking, numbered: Sequence[Key]) -> bool:
    """Whether a search for a number finds the item.

    `numbered` is the result of `Looking.numbered`. If it is (order key,), the search finds the order and all
    its bookings. If it is (booking key, order key), the search finds only the booking and the order.

    The item must be the order in `numbered`, or a booking of that order. The function does not check this.
    """
    return isinstance(item, Order) or numbered[0].kind == "order" or item.id == numbered[0].id


_SORTS: dict[str, Callable[[Order | Booking], int]] = {
    "created_at": lambda item: item.created_at,
    "updated_at": lambda item: item.updated_at,
    "start_date": lambda item: item.start,
    "end_date": lambda item: item.end,
    "total": lambda item: item.amounts.total,
}
SORTS = tuple(_SORTS)


def _text(item: Order | Booking, customer: Customer | None) -> str:
    """Returns the searchable text of an item and its customer."""
    texts, phones = customer_texts(customer) if customer else ((), ())
    own: list[str | None] = [item.number, item.note]
    if isinstance(item, Booking):
        own += [order_number(item.order_id), item.title, item.description, item.customer_note]
    return searchable([*own, *texts], phones)
