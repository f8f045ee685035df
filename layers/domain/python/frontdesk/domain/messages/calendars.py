"""Builds the calendar entries in mails, as iTIP objects (RFC 5546). Pure.

A booking is one event, with the booking's id in its UID. A series whose dates followed a rule when it was
placed is also one event, with the first booking's id. An event about a single date of the series has the
original start of this date in RECURRENCE-ID.

New and changed events have the method PUBLISH (RFC 5546, 3.2.1), canceled ones CANCEL (3.2.5). Each change of the order raises SEQUENCE.
No event is an invitation.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from frontdesk.domain.messages.series import zone_of
from frontdesk.domain.messages.telling import Telling
from frontdesk.domain.orders.order import Booking, Order, ordinal_of
from frontdesk.domain.time.patterns import Pattern, pattern_of

# Nobody opens more attachments than this.
MAX_FILES = 10
Method = Literal["PUBLISH", "CANCEL"]


class Event(NamedTuple):
    """A VEVENT: one booking or, with `pattern`, a whole series. Times are in epoch seconds.

    With `recurrence_id`, the event replaces one occurrence of a series: the occurrence that originally started at `recurrence_id`.
    `exceptions` are starts that the pattern contains, but for which the series has no booking. The calendar file
    shows times in `zone`, or in UTC if `zone` is None.
    """

    booking: Booking
    start: int
    end: int
    sequence: int
    zone: str | None = None
    recurrence_id: int | None = None
    pattern: Pattern | None = None
    exceptions: tuple[int, ...] = ()


class CalendarObject(NamedTuple):
    """A VCALENDAR with one method and one UID."""

    method: Method
    uid: str
    events: tuple[Event, ...]

    @property
    def at(self) -> int:
        """The earliest start, in epoch seconds."""
        return min(event.start for event in self.events)


def calendar_objects(telling: Telling, order: Order) -> list[CalendarObject]:
    """Returns the VCALENDAR objects of a mail, sorted by start. Sub-bookings are part of their main booking's event."""
    method: Method = "CANCEL" if telling.kind == "cancellation" else "PUBLISH"
    series: defaultdict[str, list[Booking]] = defaultdict(list)
    objects = []
    for booking in telling.told:
        if booking.super_booking is not None:
            continue
        if booking.series_id and ordinal_of(booking.series_id) in order.calendar_series:
            series[booking.series_id].append(booking)
        else:
            event = Event(booking, booking.start, booking.end, booking.version - 1)
            objects.append(CalendarObject(method, uid_of(booking.id), (event,)))
    for id, told in series.items():
        events = _of_series(telling, order, sorted(told, key=lambda each: each.slot_in_series))
        objects.append(CalendarObject(method, uid_of(id), tuple(events)))
    return sorted(objects, key=lambda each: (each.at, each.uid))


def uid_of(booking_id: str) -> str:
    """Returns the UID of a booking's event."""
    return f"{booking_id}@frontdesk"


def _of_series(telling: Telling, order: Order, told: Sequence[Booking]) -> list[Event]:
    # SEQUENCE must rise for each UID, whichever date changes. The order's version rises with each change.
    sequence, zone = order.version - 1, zone_of(told[0], order)
    if telling.kind == "confirmation" and (pattern := pattern_of(_slots(telling, told), zone)):
        looks = Counter(_look(each) for each in told if each.first_start is None)
        look = looks.most_common(1)[0][0] if looks else None
        differing = [each for each in told if each.first_start is not None or _look(each) != look]
        apart = {each.id for each in differing}
        kept = next((each for each in told if each.id not in apart), told[0])
        there = {booking.slot_in_series for booking in told}
        canceled = [slot for slot in _slots(telling, told) if slot not in there]
        master = Event(
            kept,
            pattern.first,
            pattern.first + kept.end - kept.start,
            sequence,
            zone.key,
            pattern=pattern,
            exceptions=tuple(sorted({*pattern.missing, *canceled})),
        )
        return [master, *(_of_date(each, sequence, zone.key) for each in differing)]
    if telling.kind == "cancellation" and order.status in ("canceled", "canceling"):
        first = told[0]
        return [Event(first, first.start, first.end, sequence, zone.key)]
    return [_of_date(booking, sequence, zone.key) for booking in told]


def _of_date(booking: Booking, sequence: int, zone: str) -> Event:
    return Event(booking, booking.start, booking.end, sequence, zone, recurrence_id=booking.slot_in_series)


def _look(booking: Booking) -> tuple[object, ...]:
    """Returns all values, except the date, that an event shows for a booking."""
    return (
        booking.end - booking.start,
        booking.resource_ids,
        tuple(booking.services.items()),
        booking.timezone,
        booking.customer_note,
    )


def _slots(telling: Telling, told: Sequence[Booking]) -> list[int]:
    """Returns the original starts of all bookings in the series that `told` belongs to, including canceled ones."""
    series_id = told[0].series_id
    every = (*telling.canceled, *told)
    return sorted({booking.slot_in_series for booking in every if booking.series_id == series_id})
