"""Reads the events of a calendar (iCalendar, RFC 5545), each by itself. Pure.

The library that knows the format refuses a whole calendar for one broken line. So it gets one event at a time, with only the properties
that matter here. What it cannot read is passed on as it is written, and refuses its own row.
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
# Microsoft's own names for zones have a colon, but no quotes.
_UNQUOTED = re.compile(r";TZID=(tzone://[^:\";]*)", re.IGNORECASE)


class Event(NamedTuple):
    """An event, and the line it begins on.

    `component` is None if the library cannot read it. `written` are its properties as written: (parameters, value). `calendar` are those
    of the calendar around it.
    """

    line: int
    component: Any
    written: Mapping[str, tuple[str, str]]
    calendar: Mapping[str, str]

    def first(self, name: str) -> Any:
        """Returns a property of the library; of several the first. None without one."""
        found = None if self.component is None else self.component.get(name)
        return found[0] if isinstance(found, list) else found

    def all(self, name: str) -> list[Any]:
        """Returns all properties of this name."""
        found = None if self.component is None else self.component.get(name)
        return found if isinstance(found, list) else [] if found is None else [found]

    def text(self, name: str) -> str:
        """Returns a property's text; empty without one."""
        found = self.first(name)
        return self.written.get(name, ("", ""))[1] if found is None else str(found)

    @property
    def uid(self) -> str:
        """The id of the event and of its changes; empty without one."""
        return self.text("UID").strip()

    @property
    def change_of(self) -> date | datetime | None:
        """The start of the occurrence that this event changes; None for a whole event."""
        found: date | datetime | None = _dt(self.first("RECURRENCE-ID"))
        return found

    @property
    def version(self) -> int:
        """Counts the changes of the event by its organizer."""
        try:
            return int(self.text("SEQUENCE") or 0)
        except ValueError:
            return 0

    @property
    def is_canceled(self) -> bool:
        """Whether the event, or the calendar as a whole, says so."""
        return (
            self.text("STATUS").strip().upper() == "CANCELLED"
            or self.calendar.get("METHOD", "").strip().upper() == "CANCEL"
        )

    @property
    def zone(self) -> str:
        """The name of the zone on whose clock the event is, as far as it has one: IANA's, or the file's if that is unknown.

        Empty for days, for moments with an offset, and for floating times.
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
        """Start and end, both dates or both moments of one zone. None if either cannot be read.

        Without an end a date lasts a day, and a moment no time (RFC 5545, 3.6.1).
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
            return start, start + lasts
        if end is None:
            return start, start if isinstance(start, datetime) else start + timedelta(days=1)
        if isinstance(start, datetime) and not isinstance(end, datetime):
            end = datetime.combine(end, time(), start.tzinfo)
        elif isinstance(end, datetime) and not isinstance(start, datetime):
            start = datetime.combine(start, time(), end.tzinfo)
        if isinstance(start, datetime) and isinstance(end, datetime) and start.tzinfo and end.tzinfo:
            end = end.astimezone(start.tzinfo)
        return start, end

    def moment(self, name: str) -> date | datetime | None:
        """Returns a date property, on the event's clock if it has no zone of its own. None if it cannot be read."""
        moment = _dt(self.first(name))
        if isinstance(moment, datetime) and moment.tzinfo is None and (zone := zone_of_name(self.zone)):
            return moment.replace(tzinfo=ZoneInfo(zone.key))
        return moment if isinstance(moment, date) else None


def _dt(found: Any) -> Any:
    """Returns the moment or length of a property; None without one, or if it cannot be read."""
    try:
        return None if found is None else found.dt
    except (ValueError, AttributeError):
        return None


def events_of(text: str) -> Iterator[Event]:
    """Yields the events of all calendars in a text, in its order."""
    from icalendar.timezone import tzp

    # Zones that a calendar defines are remembered by the library, by name, for as long as the process lives.
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
    """Returns the parameters with IANA's name of their zone, unless the file defines a zone of a name of its own."""
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
    """Yields the lines of each component of this name. One that does not end is none."""
    start = None
    for at, line in enumerate(lines):
        if _begins(line, name):
            start = at
        elif start is not None and line.strip().upper() == f"END:{name}":
            yield range(start, at + 1)
            start = None


def _head(lines: Sequence[str], start: int) -> dict[str, str]:
    """Returns what a calendar says about all of its events."""
    found: dict[str, str] = {}
    for line in lines[start + 1 :]:
        if line.strip().upper().startswith(("BEGIN:VEVENT", "BEGIN:VCALENDAR")):
            break
        if (told := _PROPERTY.fullmatch(line)) and told[1].upper() in _OF_CALENDAR:
            found.setdefault(told[1].upper(), told[3].strip())
    return found


def _properties(lines: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yields (name, parameters, value) of the properties in use, unfolded. Those of parts within an event, such as alarms, are left out."""
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
    # Whatever is broken about it: the library has many ways to say so.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError):
        return None
