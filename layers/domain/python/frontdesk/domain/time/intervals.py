"""Half-open intervals of epoch seconds, and the conversion of written dates to instants."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo, available_timezones

from frontdesk.errors import Invalid

DAY = 86_400

# Accepted: 2026-04-15T09:00:00+02:00, ...T07:00:00.000Z, ...T09:00, ...T24:00
_WRITTEN = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\d[T ]\d\d:\d\d)(?P<second>:\d\d)?(?:\.\d{1,9})?(?P<offset>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


@cache
def zone_names() -> frozenset[str]:
    """Returns the names of the known IANA time zones. Cached, because listing them reads the zone folder."""
    # "localtime" is the machine's own setting, and "Factory" is a placeholder.
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def zone_of_name(name: str | None) -> ZoneInfo | None:
    """Returns the zone with this name, or None if it does not exist."""
    return ZoneInfo(name) if name in zone_names() else None


class Interval(NamedTuple):
    """The half-open interval [start, end): `end` is the first second after it."""

    start: int
    end: int


class Span(Protocol):
    """Anything that has a start and an end in the same unit."""

    @property
    def start(self) -> int:
        """The first instant of the span."""

    @property
    def end(self) -> int:
        """The first instant after the span."""


def overlap(a: Span, b: Span) -> bool:
    """Whether two spans overlap. This is the only overlap rule: spans that touch do not overlap."""
    return a.start < b.end and b.start < a.end


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Merges touching and overlapping intervals. Returns the same instants in the fewest intervals, in order."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if result and interval.start <= result[-1].end:
            result[-1] = Interval(result[-1].start, max(result[-1].end, interval.end))
        else:
            result.append(interval)
    return result


def common(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    """Returns the intersection of two lists of intervals.

    In each list, the intervals must be in order, and none may touch or overlap. The same is true of the result.
    """
    result: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        both = Interval(max(a[i].start, b[j].start), min(a[i].end, b[j].end))
        if both.start < both.end:
            result.append(both)
        if a[i].end < b[j].end:
            i += 1
        else:
            j += 1
    return result


def by_utc_day(interval: Interval) -> Iterator[tuple[str, int, int]]:
    """Splits an interval at UTC midnights. Yields (day as YYYY-MM-DD, start, end), in seconds since the day's midnight."""
    start, end = interval
    while start < end:
        midnight = start - start % DAY
        yield day_of(start), start - midnight, min(end - midnight, DAY)
        start = midnight + DAY


def day_of(instant: int) -> str:
    """Returns the UTC day of an instant as YYYY-MM-DD."""
    return _day_name(instant // DAY)


@lru_cache(4096)
def _day_name(number: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number).isoformat()


def day_start(day: str) -> int:
    """Returns the epoch second at which a UTC day (YYYY-MM-DD) begins."""
    return (date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal()) * DAY


def iso(instant: int, zone: tzinfo = UTC) -> str:
    """Formats an instant with the offset of `zone`, such as 2026-04-15T07:00:00+00:00."""
    return datetime.fromtimestamp(instant, zone).isoformat()


def read_date(text: str) -> datetime:
    """Parses a date and time, such as 2026-04-15T09:00:00+02:00 or 2026-04-15 09:00. Without an offset, the result is naive.

    Drops fractions of a second. Raises Invalid, a ValueError, for other forms, and for years outside 1971 to 2199, because zone
    arithmetic could overflow.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise Invalid("not_moment")
    # 24:00 is the midnight at the end of the day. Not every Python version can parse it.
    ends = match["minute"].endswith("24:00") and not (match["second"] or "").strip(":0")
    written = (
        (match["minute"][:-5] + "00:00" if ends else match["minute"]).replace(" ", "T")
        + (match["second"] or ":00")
        + (match["offset"] or "").replace("Z", "+00:00")
    )
    try:
        moment = datetime.fromisoformat(written) + timedelta(days=ends)
    except ValueError:
        # The text of Python's own exception differs between versions.
        raise Invalid("no_such_date") from None
    if not 1971 <= moment.year <= 2199:
        raise Invalid("date_out_of_range", first="1971", last="2199")
    return moment


def to_instant(moment: datetime, zone: ZoneInfo) -> int | None:
    """Returns the epoch second of a moment. A naive moment is in `zone`.

    Returns None for a local time that a clock change skips. For a local time that occurs twice, returns the earlier instant.
    """
    return int(moment.timestamp()) if moment.tzinfo is not None else _shown_at(moment, zone)


@lru_cache(4096)
def _shown_at(moment: datetime, zone: ZoneInfo) -> int | None:
    instant = int(moment.replace(tzinfo=zone, fold=0).timestamp())
    exists = datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0) == moment
    return instant if exists else None


def on_clock(instant: int, zone: ZoneInfo) -> datetime:
    """Returns the naive local time in `zone` at an instant."""
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)


def instant_of(clock: datetime, zone: ZoneInfo, *, fold: Literal[0, 1] = 0) -> int:
    """Returns the instant of a naive local time.

    If clocks go forward from 02:00 to 03:00, the skipped time 02:30 is treated as 03:30. For a time that
    occurs twice, returns the earlier instant, or with `fold` 1 the later one (RFC 5545, 3.3.5).
    """
    return int(clock.replace(tzinfo=zone, fold=fold).timestamp())


def nominal_length(interval: Interval, zone: ZoneInfo) -> int:
    """Returns the length of an interval in seconds, with each whole local day counted as 24 hours.

    A whole day ends at the same local time on the next date, even if a clock change makes it 23 or 25 hours
    long. The rest, after the last whole day, is added in elapsed seconds, but at most 23:59:59. So an
    unfinished day always counts less than a whole day, even if a clock change makes the day longer.
    """
    start, end = (on_clock(instant, zone) for instant in interval)
    # After a clock change, local time may be ahead of elapsed time, so the day before is tried too.
    days = next(
        (
            n
            for n in range((end - start).days + 1, 0, -1)
            if end_of_days(interval.start, n, zone) <= interval.end
        ),
        0,
    )
    whole = start + timedelta(days=days)
    # If the last whole day ends at a local time that occurs twice, it ends at the second occurrence.
    over = interval.end - (
        max(instant_of(whole, zone, fold=fold) for fold in (0, 1)) if days else interval.start
    )
    return days * DAY + min(max(0, over), DAY - 1)


def end_of_days(start: int, days: int, zone: ZoneInfo) -> int:
    """Returns the instant `days` days later, at the same local time."""
    return instant_of(on_clock(start, zone) + timedelta(days=days), zone) if days else start


def length_in(minutes: int, interval: Interval, zone: ZoneInfo) -> int:
    """Returns the length of an interval in seconds, for comparison with a duration of `minutes`.

    If the duration is a number of whole days, local days count as 24 hours (`nominal_length`). Otherwise, the length is exact.
    """
    return nominal_length(interval, zone) if minutes % (24 * 60) == 0 else interval.end - interval.start


def later(start: int, minutes: int, zone: ZoneInfo) -> int:
    """Returns the instant `minutes` after `start`. Adds whole days in local time, and any other duration in exact time."""
    days, rest = divmod(minutes, 24 * 60)
    return start + 60 * minutes if rest else end_of_days(start, days, zone)


def wall_clock(day: date, clock: str) -> datetime:
    """Returns a date and a clock time HH:MM as a naive datetime. 24:00 is the midnight at the end of the date."""
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock))


def instants_between(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Interval]:
    """Yields the intervals in which the local time in `zone` is within [start, end).

    `start` and `end` are naive, and at most a day apart. Usually, there is one interval. If a clock change
    skips the whole range, there is no interval. If the clock is set back so that a part of the range occurs
    twice, there are two intervals.
    """

    def offset(instant: int) -> int:
        return int(datetime.fromtimestamp(instant, zone).replace(tzinfo=UTC).timestamp()) - instant

    first = min(int(start.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    last = max(int(end.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    old, new = offset(first), offset(last)
    change = (
        last
        if old == new
        else first + bisect_left(range(first, last), True, key=lambda instant: offset(instant) != old)
    )
    shown_from, shown_to = (int(moment.replace(tzinfo=UTC).timestamp()) for moment in (start, end))
    # The old offset applies until the change, the new offset from then on.
    for part in (
        Interval(min(shown_from - old, change), min(shown_to - old, change)),
        Interval(max(shown_from - new, change), max(shown_to - new, change)),
    ):
        if part.start < part.end:
            yield part


def local_dates(interval: Interval, zone: ZoneInfo) -> Iterator[date]:
    """Yields every local date that the interval overlaps."""
    day = datetime.fromtimestamp(interval.start, zone).date()
    last = datetime.fromtimestamp(max(interval.start, interval.end - 1), zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _offset(instant: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(instant, zone).utcoffset()


@lru_cache(1024)
def grid(day: date, minutes: int, zone: ZoneInfo) -> tuple[int, ...]:
    """Returns the instants of a date in steps of `minutes`, starting at midnight.

    With `minutes` 15, the local times are 00:00, 00:15, 00:30 and so on, in order. A local time that a clock
    change skips is left out. A local time that occurs twice gives two instants.
    """
    midnight = datetime.combine(day, time())
    first, last = (int((midnight + timedelta(days=days)).replace(tzinfo=zone).timestamp()) for days in (0, 1))
    if last - first == DAY and _offset(first, zone) == _offset(last, zone):
        # Without a clock change, the time since midnight equals the local time.
        return tuple(range(first, last, 60 * minutes))
    clocks = [midnight + timedelta(minutes=after) for after in range(0, 24 * 60, minutes)]
    shown = (
        (clock, int(clock.replace(tzinfo=zone, fold=fold).timestamp())) for clock in clocks for fold in (0, 1)
    )
    return tuple(
        sorted(
            {
                at
                for clock, at in shown
                if datetime.fromtimestamp(at, zone).replace(tzinfo=None, fold=0) == clock
            }
        )
    )
