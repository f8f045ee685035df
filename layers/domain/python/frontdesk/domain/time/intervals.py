"""Half-open intervals of epoch seconds, and the way from what people write to instants."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo, available_timezones

from frontdesk.errors import Invalid

DAY = 86_400

# Atom, with or without offset, milliseconds tolerated: 2026-04-15T09:00:00+02:00, ...T07:00:00.000Z, ...T09:00, ...T24:00
_WRITTEN = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\d[T ]\d\d:\d\d)(?P<second>:\d\d)?(?:\.\d{1,9})?(?P<offset>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


@cache
def zone_names() -> frozenset[str]:
    """The IANA time zones that are known here; looked up once, as it takes a walk through the zone folder."""
    # Not these: whatever the machine is set to, and a placeholder.
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def zone_of_name(name: str | None) -> ZoneInfo | None:
    """None for what is no zone."""
    return ZoneInfo(name) if name in zone_names() else None


class Interval(NamedTuple):
    """[start, end): the end is the first second that is free again."""

    start: int
    end: int


class Span(Protocol):
    """Anything with a start and an end on one scale."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def overlap(a: Span, b: Span) -> bool:
    """The one rule for overlap: what only touches does not."""
    return a.start < b.end and b.start < a.end


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants, as few intervals in order: touching and overlapping ones become one."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if result and interval.start <= result[-1].end:
            result[-1] = Interval(result[-1].start, max(result[-1].end, interval.end))
        else:
            result.append(interval)
    return result


def common(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    """The instants that are in both; merged and in order, as both are."""
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
    """Cuts an interval at UTC midnights into (day as YYYY-MM-DD, start second, end second up to 86400)."""
    start, end = interval
    while start < end:
        midnight = start - start % DAY
        yield day_of(start), start - midnight, min(end - midnight, DAY)
        start = midnight + DAY


def day_of(instant: int) -> str:
    """The UTC day of an instant as YYYY-MM-DD."""
    return _day_name(instant // DAY)


@lru_cache(4096)
def _day_name(number: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number).isoformat()


def day_start(day: str) -> int:
    """The epoch second at which a UTC day (YYYY-MM-DD) begins."""
    return (date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal()) * DAY


def iso(instant: int, zone: tzinfo = UTC) -> str:
    """An instant as answers show it: 2026-04-15T07:00:00+00:00, or on the wall clock of a zone with its offset."""
    return datetime.fromtimestamp(instant, zone).isoformat()


def read_date(text: str) -> datetime:
    """Reads a written date, aware if it has an offset, else naive; fractions of a second are dropped.

    Raises ValueError for anything else, and for years outside 1971 to 2199, which no zone arithmetic can overflow.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise Invalid("not_moment")
    # The midnight that ends a day. Not every Python reads it.
    ends = match["minute"].endswith("24:00") and not (match["second"] or "").strip(":0")
    written = (
        (match["minute"][:-5] + "00:00" if ends else match["minute"]).replace(" ", "T")
        + (match["second"] or ":00")
        + (match["offset"] or "").replace("Z", "+00:00")
    )
    try:
        moment = datetime.fromisoformat(written) + timedelta(days=ends)
    except ValueError:
        # What that says is Python's, and another with every version.
        raise Invalid("no_such_date") from None
    if not 1971 <= moment.year <= 2199:
        raise Invalid("date_out_of_range", first="1971", last="2199")
    return moment


def to_instant(moment: datetime, zone: ZoneInfo) -> int | None:
    """The epoch second of a moment; a naive one is a wall clock time in `zone`.

    A wall clock time that a clock change skips does not exist: None. One that comes twice means the earlier.
    """
    return int(moment.timestamp()) if moment.tzinfo is not None else _shown_at(moment, zone)


@lru_cache(4096)
def _shown_at(moment: datetime, zone: ZoneInfo) -> int | None:
    instant = int(moment.replace(tzinfo=zone, fold=0).timestamp())
    exists = datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0) == moment
    return instant if exists else None


def on_clock(instant: int, zone: ZoneInfo) -> datetime:
    """What the wall clock of `zone` shows at an instant; naive."""
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)


def instant_of(clock: datetime, zone: ZoneInfo, *, fold: Literal[0, 1] = 0) -> int:
    """The instant of a naive wall clock time, for what repeats: one that a clock change skips moves on by what is skipped.

    One that comes twice means the earlier, with `fold` 1 the later (RFC 5545 3.3.5).
    """
    return int(clock.replace(tzinfo=zone, fold=fold).timestamp())


def nominal_length(interval: Interval, zone: ZoneInfo) -> int:
    """Seconds, in which each whole day on the wall clock of `zone` counts as 24 hours; what is left over is exact time.

    A day of 23 or 25 hours is one day; what is left over is always less than a day. An end within an hour that comes twice
    is as good as the first time that it is shown, so that a later end is never a shorter time.
    """
    start, end = (on_clock(instant, zone) for instant in interval)
    # What the clocks show may be a change ahead of what has passed: the day before is looked at too.
    days = next(
        (
            n
            for n in range((end - start).days + 1, 0, -1)
            if end_of_days(interval.start, n, zone) <= interval.end
        ),
        0,
    )
    whole = start + timedelta(days=days)
    over = interval.end - (
        max(instant_of(whole, zone, fold=fold) for fold in (0, 1)) if days else interval.start
    )
    return days * DAY + min(max(0, over), DAY - 1)


def end_of_days(start: int, days: int, zone: ZoneInfo) -> int:
    """So many days later, at the same time on the wall clock."""
    return instant_of(on_clock(start, zone) + timedelta(days=days), zone) if days else start


def length_in(minutes: int, interval: Interval, zone: ZoneInfo) -> int:
    """Seconds of an interval as a duration of so many minutes measures it: whole days are days on the wall clock.

    Any other duration is exact time.
    """
    return nominal_length(interval, zone) if minutes % (24 * 60) == 0 else interval.end - interval.start


def later(start: int, minutes: int, zone: ZoneInfo) -> int:
    """So many minutes later; whole days on the wall clock, anything else in exact time."""
    days, rest = divmod(minutes, 24 * 60)
    return start + 60 * minutes if rest else end_of_days(start, days, zone)


def wall_clock(day: date, clock: str) -> datetime:
    """HH:MM on a date, naive; 24:00 is the midnight that ends it."""
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock))


def instants_between(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Interval]:
    """All instants at which the wall clock of `zone` shows a time in [start, end); both are naive, at most a day apart.

    One interval, none if a clock change skips it all, two if the wall clock leaves the range and is set back into it.
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
    # Up to the change the old offset holds, from then on the new one.
    for part in (
        Interval(min(shown_from - old, change), min(shown_to - old, change)),
        Interval(max(shown_from - new, change), max(shown_to - new, change)),
    ):
        if part.start < part.end:
            yield part


def local_dates(interval: Interval, zone: ZoneInfo) -> Iterator[date]:
    """Every calendar date of `zone` that the interval touches."""
    day = datetime.fromtimestamp(interval.start, zone).date()
    last = datetime.fromtimestamp(max(interval.start, interval.end - 1), zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _offset(instant: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(instant, zone).utcoffset()


@lru_cache(1024)
def grid(day: date, minutes: int, zone: ZoneInfo) -> tuple[int, ...]:
    """The instants of a date at which the wall clock shows a multiple of `minutes` since midnight, in order.

    A time that a clock change skips is none of them, one that comes twice is there twice.
    """
    midnight = datetime.combine(day, time())
    first, last = (int((midnight + timedelta(days=days)).replace(tzinfo=zone).timestamp()) for days in (0, 1))
    if last - first == DAY and _offset(first, zone) == _offset(last, zone):
        # No clock changes, so that all of the day is as far from midnight as its clock shows.
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
