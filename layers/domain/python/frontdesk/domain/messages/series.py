"""Groups the bookings in a mail: a series becomes one entry, with the dates that differ from its pattern. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.orders.order import Booking, Order, ordinal_of
from frontdesk.domain.time.intervals import on_clock
from frontdesk.domain.time.patterns import Pattern, pattern_of


class Entry(NamedTuple):
    """A single booking, or a series with a `pattern`.

    In a series, `bookings` follow the pattern, and `differing` are the bookings that do not follow it. `parts` are the sub-bookings of
    `bookings` and `differing`.
    """

    bookings: tuple[Booking, ...]
    parts: tuple[Booking, ...]
    pattern: Pattern | None = None
    differing: tuple[Booking, ...] = ()

    @property
    def first(self) -> Booking:
        """The first booking."""
        return self.bookings[0]

    @property
    def parts_of_first(self) -> list[Booking]:
        """The sub-bookings of the first booking."""
        return [part for part in self.parts if part.super_booking == self.first.id]

    @property
    def heads(self) -> tuple[Booking, ...]:
        """The main bookings of the entry."""
        return (*self.bookings, *self.differing)


def zone_of(booking: Booking, order: Order) -> ZoneInfo:
    """Returns the zone of a booking's resource."""
    return ZoneInfo(booking.timezone or order.timezone)


def by_time(bookings: Iterable[Booking]) -> list[tuple[Booking, list[Booking]]]:
    """Returns the main bookings in order of start, each with its sub-bookings.

    A sub-booking is listed like a main booking if its main booking is not among `bookings`.
    """
    known = {booking.id: booking for booking in bookings}
    parts: defaultdict[str, list[Booking]] = defaultdict(list)
    heads = []
    for booking in sorted(known.values(), key=lambda each: ordinal_of(each.id)):
        if booking.super_booking in known:
            parts[booking.super_booking or ""].append(booking)
        else:
            heads.append(booking)
    heads.sort(key=lambda each: (each.start, ordinal_of(each.id)))
    return [(head, parts[head.id]) for head in heads]


def entries_of(bookings: Sequence[Booking], order: Order) -> list[Entry]:
    """Returns the entries that a mail lists, in order of start.

    Bookings of a series become one entry if they differ only in their dates, and a recurrence rule describes most of these dates.
    """
    found: list[Entry] = []
    together: defaultdict[Any, list[tuple[Booking, list[Booking]]]] = defaultdict(list)
    for head, parts in by_time(bookings):
        if head.series_id:
            together[head.series_id, _look(head, parts)].append((head, parts))
        else:
            found.append(Entry((head,), tuple(parts)))
    for group in together.values():
        found += _entries(group, order)
    return sorted(found, key=lambda entry: (entry.first.start, ordinal_of(entry.first.id)))


def _entries(group: list[tuple[Booking, list[Booking]]], order: Order) -> Iterator[Entry]:
    zone = zone_of(group[0][0], order)
    usual = _most(on_clock(head.start, zone).time() for head, _ in group)
    as_usual = [
        (head, parts)
        for head, parts in group
        if head.start == head.slot_in_series and on_clock(head.start, zone).time() == usual
    ]
    pattern = pattern_of([head.start for head, _ in as_usual], zone)
    if pattern is None:
        yield from (Entry((head,), tuple(parts)) for head, parts in group)
        return
    kept = {head.id for head, _ in as_usual}
    yield Entry(
        tuple(head for head, _ in as_usual),
        tuple(part for _, parts in group for part in parts),
        pattern,
        tuple(head for head, _ in group if head.id not in kept),
    )


def _look(head: Booking, parts: Sequence[Booking]) -> tuple[Any, ...]:
    """Returns all values, except the date, that a mail shows for a booking.

    Only bookings with equal values can share an `Entry`.
    """
    return (
        head.end - head.start,
        head.resource_ids,
        tuple(head.services.items()),
        head.timezone,
        head.customer_id,
        head.customer_note,
        tuple((id, str(entry.value)) for id, entry in head.custom_entries.items()),
        tuple((part.resource_ids, tuple(part.services.items())) for part in parts),
    )


def _most(values: Iterable[Any]) -> Any:
    counted: defaultdict[Any, int] = defaultdict(int)
    for value in values:
        counted[value] += 1
    return max(counted, key=lambda value: counted[value])
