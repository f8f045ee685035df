"""Reads calendars (iCalendar, RFC 5545) as tables with one row for each event. Pure.

A repeating event becomes a series if a recurrence rule of Frontdesk can express it. Otherwise its row lists every time of the event.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables.events import Event, events_of
from frontdesk.domain.imports.tables.repeats import (
    MAX_BYTES,
    MAX_WORK,
    Budget,
    Repeats,
    UnreadableRule,
    attendee,
    rule_cells,
)
from frontdesk.domain.imports.tables.table import Row, Table
from frontdesk.domain.imports.tables.text import encoding_of

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
_REPEATS = ("RRULE", "RDATE")


def calendar_table(content: BinaryIO, until: str = "") -> Table:
    """Returns the events of a calendar as a table. Raises BadFile if it is not a calendar.

    Endless series end on the day `until`. If `until` is empty, the rows of endless series are refused later.
    """
    content.seek(0)
    data = content.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadFile("calendar_too_large", most=MAX_BYTES // 1_000_000, dates=MAX_WORK)
    encoding = encoding_of(content)
    text = data.decode(encoding)
    if data.strip() and "BEGIN:V" not in text.upper():
        raise BadFile("calendar_broken")
    found = list(events_of(text))
    if not found:
        raise BadFile("no_rows")
    events = _newest(found)
    kept = {event.line for event in events}
    # The header has line 0, because an event without a calendar begins on line 1.
    rows = [Row(0, HEADER), *_rows(events, until)]
    left_out = [event.line for event in found if event.line not in kept]
    return Table(lambda: iter(rows), encoding=encoding, left_out=left_out)


def _newest(events: Sequence[Event]) -> list[Event]:
    """Returns the newest version of each event, and of each change to an occurrence."""
    newest: dict[tuple[str, str], int] = {}
    keys = [(event.uid, str(event.change_of or "")) for event in events]
    for key, event in zip(keys, events, strict=True):
        newest[key] = max(newest.get(key, 0), event.version)
    return [e for key, e in zip(keys, events, strict=True) if not e.uid or e.version == newest[key]]


def _rows(events: Sequence[Event], until: str) -> Iterator[Row]:
    changes: defaultdict[str, list[Event]] = defaultdict(list)
    budget = Budget()
    for event in events:
        if event.uid and event.change_of is not None:
            changes[event.uid].append(event)
    masters = {event.uid for event in events if event.uid and event.change_of is None}
    for event in events:
        if event.change_of is None:
            yield from _of_master(event, changes.pop(event.uid, []), until, budget)
        elif event.uid not in masters:
            yield _row(event)


def _of_master(event: Event, changes: Sequence[Event], until: str, budget: Budget) -> Iterator[Row]:
    """Yields the row of an event, and one row for each changed occurrence that becomes a separate booking."""
    if event.span is None or not any(event.all(name) or name in event.written for name in _REPEATS):
        yield _row(event)
        yield from map(_row, changes)
        return
    try:
        cells = None if changes else rule_cells(event, until)
        if cells is None or (_only_here(event) and {"RRULE_COUNT", "RRULE_UNTIL"} & cells.keys()):
            endless = any(not {"COUNT", "UNTIL"} & rule.keys() for rule in event.all("RRULE"))
            if endless and not until:
                cells, times, apart = {"RRULE_FREQ": str(event.first("RRULE")["FREQ"][0]).lower()}, [], []
            else:
                repeats = Repeats(event, until, budget)
                apart = repeats.change(changes)
                cells, times = {}, repeats.times()
        else:
            times, apart = [], []
    except (UnreadableRule, ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError):
        # A rule that cannot be read is passed on, so that the row is refused. Booking the event only once would be wrong.
        written = event.written.get("RRULE") or event.written["RDATE"]
        cells, times, apart = (
            {"RRULE_FREQ": f"={written[1]}" if "=" not in written[1] else written[1]},
            [],
            [],
        )
    if "RRULE_FREQ" not in cells and not times:
        # All dates of the event are excluded or moved.
        yield from map(_row, apart)
        return
    yield _row(event, cells, times)
    yield from map(_row, apart)


def _only_here(event: Event) -> bool:
    """Whether the event's zone is defined only in the file. A recurrence rule of Frontdesk cannot use such a zone."""
    span = event.span
    start = span[0] if span else None
    return isinstance(start, datetime) and start.tzinfo is not None and not _zone(event, repeats=True)


def _zone(event: Event, *, repeats: bool = False) -> str:
    """Returns the zone's name for the row of an event. If the event is in UTC, the row needs a zone only if the event repeats."""
    span = event.span
    start = span[0] if span else None
    if repeats and isinstance(start, datetime) and str(start.tzinfo) in ("UTC", "Etc/UTC"):
        return "UTC"
    return event.zone


def _row(
    event: Event,
    rule: dict[str, str] | None = None,
    times: Sequence[tuple[datetime, datetime]] = (),
) -> Row:
    span = event.span
    zone = _zone(event, repeats=bool(rule))
    all_day = span is not None and not isinstance(span[0], datetime)
    uid, series = event.uid, ""
    if uid and event.change_of is not None:
        uid, series = f"{uid} {event.change_of.isoformat()}", uid
    cells = {
        "UID": uid,
        "SUMMARY": event.text("SUMMARY"),
        "DTSTART": _text(span[0], zone) if span else event.written.get("DTSTART", ("", ""))[1],
        # DTEND as a date is exclusive (RFC 5545, 3.6.1), but the last day in a spreadsheet is inclusive. Adding a time avoids that.
        "DTEND": _text(span[1], zone) + ("T00:00" if all_day else "") if span else _written_end(event),
        "ALLDAY": "yes" if all_day else "",
        "TZID": zone,
        "LOCATION": event.text("LOCATION"),
        "DESCRIPTION": event.text("DESCRIPTION"),
        "ATTENDEE": attendee(event),
        "STATUS": "canceled" if event.is_canceled else "",
        **(rule or {}),
    }
    if all_day and span and span[1] <= span[0]:
        # Many calendars use the day itself as the end of a whole day.
        cells["DTEND"] = ""
    spans = [(_of_clock(begin, event, zone), _of_clock(end, event, zone)) for begin, end in times]
    return Row(event.line, [cells.get(name, "") for name in HEADER], spans, series)


def _written_end(event: Event) -> str:
    """Returns the end as text, for an event whose start or end cannot be read."""
    end = event.moment("DTEND")
    return event.written.get("DTEND", ("", ""))[1] if end is None else end.isoformat()


def _text(moment: date | datetime, zone: str) -> str:
    """Formats a moment as ISO 8601. Leaves out the offset if the row has a `zone`."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return (moment.replace(tzinfo=None) if zone else moment).isoformat(timespec="seconds")


def _of_clock(moment: datetime, event: Event, zone: str) -> str:
    span = event.span
    start = span[0] if span else None
    if not isinstance(start, datetime):
        return moment.date().isoformat()
    return _text(moment.replace(tzinfo=start.tzinfo), zone)
