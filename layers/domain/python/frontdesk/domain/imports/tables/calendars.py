"""Reads calendars (iCalendar, RFC 5545) as tables with one row for each event. Pure.

A repeating event becomes a series if a recurrence rule of Frontdesk can express it. Otherwise the row lists its times one by one, for
example if dates are excluded or moved.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables.table import Row, Table
from frontdesk.domain.time.intervals import zone_of_name

HEADER = (
    "UID", "SUMMARY", "DTSTART", "DTEND", "ALLDAY", "TZID", "LOCATION", "DESCRIPTION", "ATTENDEE", "STATUS",
    "RRULE_FREQ", "RRULE_INTERVAL", "RRULE_COUNT", "RRULE_UNTIL", "RRULE_BYDAY",
)  # fmt: skip
COLUMNS = {
    "UID": "external_id", "SUMMARY": "description", "DTSTART": "start_date", "DTEND": "end_date", "TZID": "timezone",
    "LOCATION": "resource", "DESCRIPTION": "note", "ATTENDEE": "customer_email", "STATUS": "status", "ALLDAY": "all_day",
    "RRULE_FREQ": "recurring_frequency", "RRULE_INTERVAL": "recurring_interval", "RRULE_COUNT": "recurring_count",
    "RRULE_UNTIL": "recurring_until", "RRULE_BYDAY": "recurring_by_day",
}  # fmt: skip
MAX_BYTES = 20_000_000
MAX_TIMES = 1_000
_PLAIN_RULE = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"})
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


def calendar_table(content: BinaryIO) -> Table:
    """Returns the events of a calendar as a table. Raises BadFile if it cannot be read."""
    content.seek(0)
    text = content.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise BadFile("calendar_too_large", most=MAX_BYTES // 1_000_000)
    found = _events(text)
    if not found:
        raise BadFile("no_rows")
    rows = [Row(1, HEADER), *_rows(found)]
    return Table(lambda: iter(rows), encoding="utf-8")


class _Event(NamedTuple):
    """An event and the line it begins on."""

    line: int
    component: Any

    @property
    def uid(self) -> str:
        return str(self.component.get("UID", "")).strip()


def _events(text: bytes) -> list[_Event]:
    # Imported here, because only imports of calendars need it.
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(text.removeprefix(b"\xef\xbb\xbf"), multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError):
        raise BadFile("calendar_broken") from None
    components = [each for calendar in calendars for each in calendar.walk("VEVENT")]
    lines = [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip().upper() == b"BEGIN:VEVENT"
    ]
    return [_Event(line, each) for line, each in zip(lines, components, strict=False)]


def _rows(events: Sequence[_Event]) -> Iterator[Row]:
    moved: defaultdict[str, list[_Event]] = defaultdict(list)
    for event in events:
        if event.uid and "RECURRENCE-ID" in event.component:
            moved[event.uid].append(event)
    masters = {event.uid for event in events if "RECURRENCE-ID" not in event.component}
    for event in events:
        if "RECURRENCE-ID" in event.component and event.uid in masters:
            continue
        yield _row(event, moved[event.uid] if event.uid in masters else [])


def _row(event: _Event, moved: Sequence[_Event]) -> Row:
    component = event.component
    try:
        start, end = _start(component), _end(component)
    except (ValueError, TypeError, AttributeError):
        start = end = None
    all_day = start is not None and not isinstance(start, datetime)
    uid = event.uid
    if "RECURRENCE-ID" in component:
        uid = f"{uid} {_text_of(component['RECURRENCE-ID'].dt)}"
    cells = {
        "UID": uid,
        "SUMMARY": str(component.get("SUMMARY", "")),
        "DTSTART": "" if start is None else _text_of(start),
        # DTEND as a date is exclusive (RFC 5545, 3.6.1), but the last day in a spreadsheet is inclusive. Adding a time avoids that.
        "DTEND": "" if end is None else _text_of(end) + ("T00:00" if all_day else ""),
        "ALLDAY": "yes" if all_day else "",
        "TZID": _zone(start),
        "LOCATION": str(component.get("LOCATION", "")),
        "DESCRIPTION": str(component.get("DESCRIPTION", "")),
        "ATTENDEE": _attendee(component),
        "STATUS": {"CANCELLED": "canceled"}.get(str(component.get("STATUS", "")).upper(), ""),
    }
    times: Sequence[tuple[str, str]] = ()
    if start is not None and end is not None and ("RRULE" in component or "RDATE" in component):
        rule = component.get("RRULE")
        rule = rule[0] if isinstance(rule, list) else rule
        try:
            if not moved and not {"EXDATE", "RDATE"} & component.keys() and _is_plain(rule):
                cells |= _rule_cells(rule)
            else:
                times = _times(component, rule, start, end, moved)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError):
            # A rule that cannot be read is passed on, so that the row is refused. Booking the event only once would be wrong.
            cells["RRULE_FREQ"] = str(rule)[:100]
    return Row(event.line, [cells.get(name, "") for name in HEADER], times)


def _start(component: Any) -> date | datetime | None:
    found = component.get("DTSTART")
    return None if found is None else found.dt


def _end(component: Any) -> date | datetime | None:
    """Returns DTEND, or the start plus DURATION.

    Without either, a date lasts for a day, and a date with a time has no length (RFC 5545, 3.6.1).
    """
    start = _start(component)
    if start is None:
        return None
    if "DTEND" in component:
        found: date | datetime = component["DTEND"].dt
        return found
    if "DURATION" in component:
        lasts: timedelta = component["DURATION"].dt
        return start + lasts
    return start if isinstance(start, datetime) else start + timedelta(days=1)


def _zone(moment: date | datetime | None) -> str:
    """Returns an event's zone if it has an IANA name. Returns an empty text for a floating time, which is in the resource's zone."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return ""
    name = getattr(moment.tzinfo, "key", "") or getattr(moment.tzinfo, "zone", "") or ""
    return name if name != "UTC" and zone_of_name(name) else ""


def _text_of(moment: date | datetime) -> str:
    """Formats local time if the zone has a column of its own, otherwise time with an offset."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if _zone(moment):
        moment = moment.replace(tzinfo=None)
    return moment.isoformat(timespec="seconds")


def _attendee(component: Any) -> str:
    """Returns the first invited address other than the organizer's."""
    found = component.get("ATTENDEE", [])
    organizer = str(component.get("ORGANIZER", "")).casefold()
    for each in found if isinstance(found, list) else [found]:
        address = str(each)
        if address.casefold().startswith("mailto:") and address.casefold() != organizer:
            return address[len("mailto:") :].strip()
    return ""


def _is_plain(rule: Any) -> bool:
    """Whether a recurrence rule of Frontdesk can express the rule."""
    if rule is None or not {str(part).upper() for part in rule} <= _PLAIN_RULE:
        return False
    if (
        "WKST" in rule
        and [str(day) for day in rule["WKST"]] != ["MO"]
        and int((rule.get("INTERVAL") or [1])[0]) > 1
    ):
        return False
    return str(rule["FREQ"][0]).upper() in _FREQUENCIES if "FREQ" in rule else False


def _rule_cells(rule: Any) -> dict[str, str]:
    cells = {"RRULE_FREQ": str(rule["FREQ"][0]).lower()}
    for name in ("INTERVAL", "COUNT"):
        if name in rule:
            cells[f"RRULE_{name}"] = str(rule[name][0])
    if "UNTIL" in rule:
        until = rule["UNTIL"][0]
        cells["RRULE_UNTIL"] = (
            until.isoformat() if not isinstance(until, datetime) else until.isoformat(timespec="seconds")
        )
    if "BYDAY" in rule:
        cells["RRULE_BYDAY"] = ";".join(str(day) for day in rule["BYDAY"])
    return cells


def _times(
    component: Any, rule: Any, start: date | datetime, end: date | datetime, moved: Sequence[_Event]
) -> list[tuple[str, str]]:
    """Returns every time at which the event takes place: without excluded dates, and with moved ones at their new times."""
    from dateutil.rrule import rrulestr

    zone = start.tzinfo if isinstance(start, datetime) else None

    def clock(moment: date | datetime) -> datetime:
        if not isinstance(moment, datetime):
            return datetime.combine(moment, time())
        if moment.tzinfo is not None and zone is not None:
            moment = moment.astimezone(zone)
        return moment.replace(tzinfo=None)

    first, length = clock(start), clock(end) - clock(start)
    starts = {first}
    if rule is not None:
        parts = {name: values for name, values in rule.items() if name.upper() != "UNTIL"}
        text = type(rule)(parts).to_ical().decode()
        if "UNTIL" in rule:
            until = rule["UNTIL"][0]
            last = clock(until) if isinstance(until, datetime) else datetime.combine(until, time.max)
            text += f";UNTIL={last:%Y%m%dT%H%M%S}"
        starts |= set(islice(rrulestr(text, dtstart=first), MAX_TIMES + 1))
    for dates in _dates(component, "RDATE"):
        starts.add(clock(dates))
    for dates in _dates(component, "EXDATE"):
        out = clock(dates)
        starts -= {
            each
            for each in starts
            if each == out or (not isinstance(dates, datetime) and each.date() == dates)
        }
    spans = {each: each + length for each in starts}
    placed = dict(spans)
    for other in moved:
        placed.pop(clock(other.component["RECURRENCE-ID"].dt), None)
        begins, ends = _start(other.component), _end(other.component)
        if (
            str(other.component.get("STATUS", "")).upper() != "CANCELLED"
            and begins is not None
            and ends is not None
        ):
            placed[clock(begins)] = clock(ends)
    return [(_written(begin, zone, start), _written(placed[begin], zone, start)) for begin in sorted(placed)]


def _dates(component: Any, name: str) -> Iterator[date | datetime]:
    found = component.get(name, [])
    for each in found if isinstance(found, list) else [found]:
        for value in each.dts:
            moment = value.dt
            yield moment[0] if isinstance(moment, tuple) else moment


def _written(moment: datetime, zone: Any, start: date | datetime) -> str:
    if not isinstance(start, datetime):
        return moment.date().isoformat()
    return _text_of(moment.replace(tzinfo=zone))
