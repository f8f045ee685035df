"""Determines the start and end of a row from whichever columns it has. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from frontdesk.domain.imports.columns.amounts import read_duration, read_truth
from frontdesk.domain.imports.columns.dates import Order, Written, read_written
from frontdesk.domain.imports.headers.folding import worded
from frontdesk.domain.imports.headers.layout import is_departure, offset_of
from frontdesk.errors import Phrase

# Columns with the length of a booking, used if there is no end.
LENGTHS = ("duration", "nights", "all_day")
_HOURS = re.compile(r"\b(?:h|hrs?|hours?|std|stunden?)\b")
_MINUTES = re.compile(r"\b(?:m|mins?|minutes?|minuten?)\b")
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d+)?")
# In a column without a unit, numbers below the first are hardly minutes. The others up to the second may then be hours too.
_FEWEST, _MOST = 5, 24
_STARTS = ("start_date", "date", "start_time")
_ENDS = ("end_date", "end_time")
# The longest time that may pass midnight: from one morning until late at night.
_LONGEST_NIGHT = timedelta(hours=18)
# The longest stay of one night, from an arrival at noon or later until a departure by noon.
_LONGEST_STAY = timedelta(hours=22)


class Times(NamedTuple):
    """Start and end of a booking in the format of requests. Each is None if the row does not contain it."""

    start: str | None
    end: str | None


class Unreadable(Exception):
    """A cell that cannot be read: its column, and the expected content."""

    def __init__(self, column: str, reason: Phrase) -> None:
        super().__init__(reason.key)
        self.column, self.reason = column, reason


Cells = Callable[[str], str]


class Formats(NamedTuple):
    """How a file writes its dates and times.

    `orders` has each column's order of day and month. `unit` is the unit of durations (`unit_of`). `offsets`
    has two offsets from UTC: the first applies to the start columns, the second to the end columns. The
    heading "Start (UTC)" gives `+00:00`. With `departs`, the last day is the day of departure, as in
    "check-out", and not part of the booking.
    """

    orders: Mapping[str, Order | None]
    departs: bool
    unit: int | None
    offsets: tuple[str, str]


def formats_of(
    heading: Callable[[str], str], orders: Mapping[str, Order | None], lengths: Iterable[str]
) -> Formats:
    """Returns how a file writes its dates, times and durations.

    `heading` returns a column's heading. `lengths` are the cells of the duration column.
    """
    offsets = [next((o for c in columns if (o := offset_of(heading(c)))), "") for columns in (_STARTS, _ENDS)]
    return Formats(
        orders,
        is_departure(heading("end_date")),
        unit_of(heading("duration"), lengths),
        (offsets[0], offsets[1]),
    )


def times_of(cell: Cells, formats: Formats, lasts: int | None) -> Times:
    """Returns the start and end of the booking in a row.

    `cell` returns the text of a column. `lasts` is the service's usual duration in minutes. Raises Unreadable.
    """
    orders, departs = formats.orders, formats.departs
    starts = {column: _read(cell, column, formats.offsets[0]) for column in _STARTS}
    ends = {column: _read(cell, column, formats.offsets[1]) for column in _ENDS}
    day = _day_of(starts, orders)
    moment = next((found for found in starts.values() if found and found.clock is not None), None)
    all_day = read_truth(cell("all_day")) is True if cell("all_day") else False
    if day is None:
        if any(starts.values()):
            raise Unreadable(
                "date" if cell("date") or not cell("start_date") else "start_date", Phrase("no_day_in_cell")
            )
        return Times(None, None)
    end_day = _day_of(ends, orders)
    end_clock = next((found.clock for found in ends.values() if found and found.clock is not None), None)
    # If the durations' unit is unknown and the row has an end, ignores the duration instead of refusing the row.
    minutes = _duration(cell, formats.unit) if formats.unit or not _is_ended(starts, end_clock) else None
    if (nights := _nights(cell)) is not None:
        departs = True
        if end_day is not None and (end_day - day).days != nights:
            raise Unreadable("nights", Phrase("nights_differ"))
        end_day = day + timedelta(days=nights)
    if moment is None or all_day:
        return _whole_days(
            day,
            end_day,
            time() if departs and end_clock is None else end_clock,
            all_day,
            minutes,
            moment is None and not cell("start_time"),
        )
    assert moment.clock is not None
    start = datetime.combine(day, moment.clock)
    end: datetime | None = None
    end_offset = next((found.offset for found in ends.values() if found and found.offset), moment.offset)
    until = next((found.until for found in starts.values() if found and found.until is not None), None)
    if end_clock is not None or until is not None:
        end = datetime.combine(end_day or day, end_clock if end_clock is not None else until or time())
        over_midnight = end_day is None and end_offset == moment.offset and _is_over_midnight(start, end)
        if end <= start and (over_midnight or (end_day == day and end.time() == time())):
            end += timedelta(days=1)
    elif end_day is not None and minutes is None and end_day > day:
        end = datetime.combine(end_day, moment.clock)
    elif minutes is not None or lasts is not None:
        end = start + timedelta(minutes=minutes if minutes is not None else lasts or 0)
        end_offset = moment.offset
    return Times(_text(start, moment.offset), None if end is None else _text(end, end_offset))


def _is_ended(starts: Mapping[str, Written | None], end_clock: time | None) -> bool:
    """Whether a row gives the clock time of its end, in its own cell or in a range such as "9 - 10"."""
    return end_clock is not None or any(each and each.until is not None for each in starts.values())


def _is_over_midnight(start: datetime, end: datetime) -> bool:
    """Whether an end before its start means the next day. True for 22:00 to 2:00. False for 12:00 to 11:00, which is a mistake."""
    length = end + timedelta(days=1) - start
    return length <= _LONGEST_NIGHT or (length <= _LONGEST_STAY and end.time() <= time(12) <= start.time())


def _whole_days(
    day: date,
    end_day: date | None,
    end_clock: time | None,
    all_day: bool,
    minutes: int | None,
    no_clock: bool,
) -> Times:
    """Returns whole days, from midnight to midnight. A last day without a time is included. A last day with the time 0:00 is excluded."""
    start = datetime.combine(day, time())
    if no_clock and not all_day and minutes is not None and minutes % (24 * 60) and end_day is None:
        raise Unreadable("start_time", Phrase("no_time_in_cell"))
    if end_day is None:
        end = start + timedelta(minutes=minutes if minutes and not minutes % (24 * 60) else 24 * 60)
    elif end_clock is not None and end_clock == time() and end_day > day:
        end = datetime.combine(end_day, time())
    else:
        end = datetime.combine(end_day, time()) + timedelta(days=1)
    return Times(_text(start, ""), _text(end, ""))


def _read(cell: Cells, column: str, offset: str) -> Written | None:
    text = cell(column)
    if not text:
        return None
    found = read_written(text)
    if found is None:
        raise Unreadable(column, Phrase("not_date_or_time"))
    return found._replace(offset=offset) if offset and found.clock is not None and not found.offset else found


def _day_of(found: Mapping[str, Written | None], orders: Mapping[str, Order | None]) -> date | None:
    for column, written in found.items():
        if written is not None and written.has_date:
            day = written.date_in(orders.get(column))
            if day is None:
                raise Unreadable(column, Phrase("no_such_day"))
            return day
    return None


def unit_of(heading: str, lengths: Iterable[str] = ()) -> int | None:
    """Returns the unit of a column of durations: 60 for hours, 1 for minutes, or None if the unit is unclear.

    If the heading names hours, the unit is hours. If the heading names minutes, the unit is minutes. If the
    heading names neither, the cells (`lengths`) decide. If one of the cells is a number too small for minutes,
    such as 2, the unit is unclear. If there is no such number, the unit is minutes.
    """
    words = worded(heading).casefold()
    if _HOURS.search(words):
        return 60
    numbers = () if _MINUTES.search(words) else (_plain(cell) for cell in lengths)
    return None if any(0 < number < _FEWEST for number in numbers if number is not None) else 1


def _plain(cell: str) -> float | None:
    text = cell.strip()
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def minutes_of(text: str, unit: int | None) -> int | Phrase:
    """Returns a duration in minutes, or the reason why `text` cannot be read.

    `unit` is the result of `unit_of`.
    """
    number = _plain(text)
    if unit is None and number is not None and number <= _MOST:
        return Phrase("unit_unknown")
    if unit == 60 and number:
        return round(60 * number)
    return read_duration(text) or Phrase("not_duration")


def _duration(cell: Cells, unit: int | None) -> int | None:
    text = cell("duration")
    if not text:
        return None
    minutes = minutes_of(text, unit)
    if isinstance(minutes, Phrase):
        raise Unreadable("duration", minutes)
    return minutes


def _nights(cell: Cells) -> int | None:
    text = cell("nights")
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,3})(?:[.,]0+)?(?:\s*\D+)?", text)
    if found is None:
        raise Unreadable("nights", Phrase("not_number"))
    return int(found[1])


def _text(moment: datetime, offset: str) -> str:
    return moment.isoformat(timespec="seconds" if moment.second else "minutes") + offset
