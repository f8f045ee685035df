"""Reads the events of a calendar (iCalendar, RFC 5545), each separately. Pure.

The library would refuse a whole calendar because of one broken line, so this module passes it one event at a time. A value that the
library cannot read stays in the row as written, and the row is refused later.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.imports.tables.zones import windows_zone, zone_called
from frontdesk.domain.time.intervals import zone_of_name

_USED = frozenset(
    {
        "UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "LOCATION", "DESCRIPTION", "ATTENDEE", "ORGANIZER", "STATUS", "RRULE",
        "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE",
    }
)  # fmt: skip
_OF_CALENDAR = ("METHOD", "X-WR-TIMEZONE")
_PROPERTY = re.compile(r"([A-Za-z][A-Za-z0-9-]*)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)", re.DOTALL)
_TZID = re.compile(r";TZID=(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)
# Microsoft's names of zones contain a colon, but are not quoted.
_UNQUOTED = re.compile(r";TZID=(tzone://[^:\";]*)", re.IGNORECASE)


class Event(NamedTuple):
    """An event, and the line on which it begins.

    `component` is None if the library cannot read the event. `written` maps names of properties to (parameters, value) as in the file.
    `calendar` has the properties of the whole calendar.
    """

    line: int
    component: Any
    written: Mapping[str, tuple[str, str]]
    calendar: Mapping[str, str]

    def first(self, name: str) -> Any:
        """Returns a property as the icalendar library parsed it: the first if there are several, None if there is none."""
        found = None if self.component is None else self.component.get(name)
        return found[0] if isinstance(found, list) else found

    def all(self, name: str) -> list[Any]:
        """Returns all properties of this name."""
        found = None if self.component is None else self.component.get(name)
        return found if isinstance(found, list) else [] if found is None else [found]

    def text(self, name: str) -> str:
        """Returns a property's text, or an empty text if there is none."""
        found = self.first(name)
        return self.written.get(name, ("", ""))[1] if found is None else str(found)

    @property
    def uid(self) -> str:
        """The id that the event and its changes share, or an empty text."""
        return self.text("UID").strip()

    @property
    def change_of(self) -> date | datetime | None:
        """The start of the occurrence that this event changes. None for an event that is not a change."""
        found: date | datetime | None = _dt(self.first("RECURRENCE-ID"))
        return found

    @property
    def version(self) -> int:
        """The number of changes that the organizer has made to the event."""
        try:
            return int(self.text("SEQUENCE") or 0)
        except ValueError:
            return 0

    @property
    def is_canceled(self) -> bool:
        """Whether the event or its whole calendar is marked as canceled."""
        return (
            self.text("STATUS").strip().upper() == "CANCELLED"
            or self.calendar.get("METHOD", "").strip().upper() == "CANCEL"
        )

    @property
    def zone(self) -> str:
        """The IANA name of the event's zone, or the zone's name in the file if the IANA name is unknown.

        The name is empty in three cases:
        - The event lasts whole days.
        - The start is in UTC, or has an offset instead of a zone.
        - Neither the event nor its calendar has a zone.
        """
        moment = _dt(self.first("DTSTART"))
        if moment is not None and not isinstance(moment, datetime):
            return ""
        if moment is not None and moment.tzinfo is not None:
            key = getattr(moment.tzinfo, "key", "") or ""
            return key if key not in ("", "UTC", "Etc/UTC") and zone_of_name(key) else ""
        told = _TZID.search(self.written.get("DTSTART", ("", ""))[0])
        if told is not None:
            name = told[1].strip('"')
            return zone_called(name) or name
        name = self.calendar.get("X-WR-TIMEZONE", "").strip()
        return name if zone_of_name(name) else ""

    @property
    def span(self) -> tuple[date | datetime, date | datetime] | None:
        """Start and end: two dates, or two moments in one zone. None if one of them cannot be read.

        If neither end nor duration is given, a whole-day event lasts one day, and any other event has no length (RFC 5545, 3.6.1).
        """
        start = self.moment("DTSTART")
        if start is None:
            return None
        end = self.moment("DTEND")
        if end is None and "DTEND" in self.written:
            return None
        if end is None and "DURATION" in self.written:
            lasts = _dt(self.first("DURATION"))
            if not isinstance(lasts, timedelta):
                return None
            if not isinstance(start, datetime) and lasts % timedelta(days=1):
                start = datetime.combine(start, time())
            return _after(start, lasts)
        if end is None:
            return (start, start) if isinstance(start, datetime) else _after(start, timedelta(days=1))
        if isinstance(start, datetime) and not isinstance(end, datetime):
            end = datetime.combine(end, time(), start.tzinfo)
        elif isinstance(end, datetime) and not isinstance(start, datetime):
            start = datetime.combine(start, time(), end.tzinfo)
        if isinstance(start, datetime) and isinstance(end, datetime) and start.tzinfo and end.tzinfo:
            end = end.astimezone(start.tzinfo)
        return start, end

    def moment(self, name: str) -> date | datetime | None:
        """Returns the date or time in a property, or None if it cannot be read. A time without a zone is in the event's zone."""
        moment = _dt(self.first(name))
        if isinstance(moment, datetime) and moment.tzinfo is None and (zone := zone_of_name(self.zone)):
            return moment.replace(tzinfo=ZoneInfo(zone.key))
        return moment if isinstance(moment, date) else None


def _after(start: date | datetime, lasts: timedelta) -> tuple[date | datetime, date | datetime] | None:
    """Returns (start, end) for an event that lasts this long, or None if it ends after the year 9999."""
    try:
        return start, start + lasts
    except OverflowError:
        return None


def _dt(found: Any) -> Any:
    """Returns the date, time or duration of a property, or None if there is no such property or it cannot be read."""
    try:
        return None if found is None else found.dt
    except (ValueError, AttributeError, OverflowError):
        return None


def events_of(text: str) -> Iterator[Event]:
    """Yields the events of all calendars in a text, in the order of the text."""
    from icalendar.timezone import tzp

    # The library remembers zones that a calendar defines, by name, for as long as the process lives.
    tzp.use_default()
    lines = re.split(r"\r\n|\n|\r", text)
    defined: set[str] = set()
    for block in _blocks(lines, "VTIMEZONE"):
        zone = _parsed(["BEGIN:VCALENDAR", *lines[block.start : block.stop], "END:VCALENDAR"])
        defined |= {str(each.get("TZID")) for each in (zone.walk("VTIMEZONE") if zone else ())}
    calendars = [
        (at, _head(lines, at)) for at, line in enumerate(lines) if _begins(line, "VCALENDAR") or not at
    ]
    here = 0
    for block in _blocks(lines, "VEVENT"):
        while here + 1 < len(calendars) and calendars[here + 1][0] < block.start:
            here += 1
        used = list(_properties(lines[block.start + 1 : block.stop - 1]))
        written: dict[str, tuple[str, str]] = {}
        for name, parameters, value in used:
            written.setdefault(name, (parameters, value))
        said = (f"{name}{_with_zone(parameters, defined)}:{value}" for name, parameters, value in used)
        component = _parsed(["BEGIN:VEVENT", *said, "END:VEVENT"])
        yield Event(block.start + 1, component, written, calendars[here][1])


def _with_zone(parameters: str, defined: Collection[str]) -> str:
    """Returns a property's parameters with the IANA name of the zone, if known.

    Keeps the name of a zone that the file itself defines, unless it is a Windows name or begins with a slash.
    """
    told = _TZID.search(parameters)
    name = told[1].strip('"') if told else ""
    zone = (
        windows_zone(name)
        if name in defined and not name.startswith("/")
        else zone_called(name)
        if name
        else None
    )
    return (
        parameters
        if told is None or zone is None
        else f"{parameters[: told.start()]};TZID={zone}{parameters[told.end() :]}"
    )


def _begins(line: str, name: str) -> bool:
    return line.strip().upper() == f"BEGIN:{name}"


def _blocks(lines: Sequence[str], name: str) -> Iterator[range]:
    """Yields the range of lines of each component with this name. Ignores a component without an end."""
    start = None
    for at, line in enumerate(lines):
        if _begins(line, name):
            start = at
        elif start is not None and line.strip().upper() == f"END:{name}":
            yield range(start, at + 1)
            start = None


def _head(lines: Sequence[str], start: int) -> dict[str, str]:
    """Returns the properties of a calendar that apply to all of its events."""
    found: dict[str, str] = {}
    for line in lines[start + 1 :]:
        if line.strip().upper().startswith(("BEGIN:VEVENT", "BEGIN:VCALENDAR")):
            break
        if (told := _PROPERTY.fullmatch(line)) and told[1].upper() in _OF_CALENDAR:
            found.setdefault(told[1].upper(), told[3].strip())
    return found


def _properties(lines: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yields (name, parameters, value) of each property in _USED, with folded lines joined.

    Skips nested components, such as alarms.
    """
    depth = 0
    whole: list[str] = []
    for line in [*lines, "END:"]:
        if line[:1] in (" ", "\t") and whole:
            whole.append(line[1:])
            continue
        found = _PROPERTY.fullmatch(_UNQUOTED.sub(r';TZID="\1"', "".join(whole))) if whole else None
        if found and not depth and (name := found[1].upper()) in _USED:
            yield name, found[2], found[3]
        upper = line.strip().upper()
        depth += upper.startswith("BEGIN:") - (upper.startswith("END:") and depth > 0)
        whole = [line]


def _parsed(lines: Sequence[str]) -> Any:
    from icalendar import Component

    try:
        return Component.from_ical("\r\n".join(lines))
    # The library reports broken events with many kinds of exceptions.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, OverflowError):
        return None
