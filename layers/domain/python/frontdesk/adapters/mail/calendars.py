"""Writes the calendar files of a mail in iCalendar (RFC 5545), from the objects of `domain.messages.calendars`."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone, vCalAddress
from icalendar import Event as Component

from frontdesk.domain.messages.calendars import CalendarObject, Event
from frontdesk.domain.messages.telling import Letter
from frontdesk.domain.orders.order import Booking
from frontdesk.domain.texts import one_line, printable, shortened

# Characters of an event's title or place, and of all descriptions of a file.
MAX_NAMES, MAX_NOTES = 1_000, 300_000


def calendar_file(calendar_object: CalendarObject, letter: Letter, organizer_address: str) -> bytes:
    """Returns one VCALENDAR. The times of a single event are in UTC, those of a series in the series' own time zone."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Frontdesk//Booking//EN")
    calendar.add("method", calendar_object.method)
    organizer = vCalAddress(f"mailto:{organizer_address}")
    organizer.params["CN"] = one_line(letter.organization.name).replace('"', "'")
    zones = {event.zone for event in calendar_object.events if event.zone}
    for zone in sorted(zones):
        calendar.add_component(_timezone(zone, calendar_object))
    for event in calendar_object.events:
        component = _component(event, letter, len(calendar_object.events))
        component.add("uid", calendar_object.uid)
        component.add("organizer", organizer)
        component.add("status", "CANCELLED" if calendar_object.method == "CANCEL" else "CONFIRMED")
        calendar.add_component(component)
    return bytes(calendar.to_ical())


def _component(event: Event, letter: Letter, of_events: int) -> Component:
    booking, organization = event.booking, letter.organization
    component = Component()
    component.add("sequence", event.sequence)
    # The time of the order's last change, not of the mail: the same order makes the same file.
    component.add("dtstamp", datetime.fromtimestamp(letter.order.updated_at, UTC))
    component.add("dtstart", _moment(event.start, event.zone))
    component.add("dtend", _moment(event.end, event.zone))
    if event.recurrence_id is not None:
        component.add("recurrence-id", _moment(event.recurrence_id, event.zone))
    if event.pattern is not None:
        rule: dict[str, object] = {"freq": event.pattern.frequency, "interval": event.pattern.interval}
        if event.pattern.days:
            rule["byday"] = list(event.pattern.days)
        component.add("rrule", {**rule, "count": event.pattern.dates})
    for exception in event.exceptions:
        component.add("exdate", _moment(exception, event.zone))
    title = one_line(f"{service_names(booking, letter)}, {organization.name}")
    component.add("summary", shortened(title, MAX_NAMES))
    places = [resource_names(booking, letter), *organization.address]
    component.add("location", shortened(one_line(", ".join(places)), MAX_NAMES))
    note = booking.customer_note if letter.is_own(booking) else None
    numbers = f"{letter.order.number} / {booking.number}"
    text = printable("\n".join(filter(None, [numbers, note])))
    component.add("description", shortened(text, MAX_NOTES // of_events))
    return component


def _moment(instant: int, zone: str | None) -> datetime:
    return datetime.fromtimestamp(instant, ZoneInfo(zone) if zone else UTC)


def _timezone(zone: str, calendar_object: CalendarObject) -> Timezone:
    """Returns the rules of a time zone, from a year before the first event to a year after the last one."""
    instants = [instant for event in calendar_object.events for instant in (event.start, *event.exceptions)]
    first, last = (datetime.fromtimestamp(at(instants), UTC) for at in (min, max))
    years = max(
        (event.pattern.dates * event.pattern.interval for event in calendar_object.events if event.pattern),
        default=0,
    )
    frequencies = {event.pattern.frequency for event in calendar_object.events if event.pattern}
    days = {"daily": 1, "weekly": 7, "monthly": 31, "yearly": 366}
    reach = years * max((days[each] for each in frequencies), default=0)
    until = min(last + timedelta(days=366 + reach), datetime(2199, 12, 31, tzinfo=UTC))
    return Timezone.from_tzid(zone, first_date=(first - timedelta(days=366)).date(), last_date=until.date())


def service_names(booking: Booking, letter: Letter) -> str:
    """Returns the names of a booking's services, each with its quantity if that is above 1."""
    return ", ".join(
        f"{quantity}\N{NO-BREAK SPACE}x\N{NO-BREAK SPACE}{letter.services.get(id, id)}"
        if quantity > 1
        else letter.services.get(id, id)
        for id, quantity in booking.services.items()
    )


def resource_names(booking: Booking, letter: Letter, ids: tuple[str, ...] = ()) -> str:
    """Returns the names of a booking's resources, or of the resources in `ids`."""
    return ", ".join(letter.resources.get(id, id) for id in ids or booking.resource_ids)
