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
    """Returns the IANA time zones known here. Cached: listing them walks through the zone folder."""
    # "localtime" is whatever the machine is set to, "Factory" a placeholder.
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def zone_of_name(name: str | None) -> ZoneInfo | None:
    """Returns None if there is no such zone."""
    return ZoneInfo(name) if name in zone_names() else None


class Interval(NamedTuple):
    """The half-open interval [start, end): the end is the first free second."""

    start: int
    end: int


class Span(Protocol):
    """Anything with a start and an end on one scale."""

    @property
    def start(self) -> int:
        """The first instant of it."""

    @property
    def end(self) -> int:
        """The first instant after it."""


def overlap(a: Span, b: Span) -> bool:
    """The one rule for overlap: touching is not overlapping."""
    return a.start < b.end and b.start < a.end


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Returns the same instants as the fewest intervals in order: touching and overlapping ones become one."""
    result: list[Interval] = []
    for interval in sorted(intervals):
        if result and interval.start <= result[-1].end:
            result[-1] = Interval(result[-1].start, max(result[-1].end, interval.end))
        else:
            result.append(interval)
    return result


def common(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    """Returns the instants in both. Both must be merged and in order; so is the result."""
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
    """Returns the UTC day of an instant as YYYY-MM-DD."""
    return _day_name(instant // DAY)


@lru_cache(4096)
def _day_name(number: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number).isoformat()


def day_start(day: str) -> int:
    """Returns the epoch second at which a UTC day (YYYY-MM-DD) begins."""
    return (date.fromisoformat(day).toordinal() - date(1970, 1, 1).toordinal()) * DAY


def iso(instant: int, zone: tzinfo = UTC) -> str:
    """Formats an instant as answers show it: 2026-04-15T07:00:00+00:00, or in a zone with its offset."""
    return datetime.fromtimestamp(instant, zone).isoformat()


def read_date(text: str) -> datetime:
    """Parses a written date and time: aware if it has an offset, else naive.

    Fractions of a second are dropped. Raises Invalid, a ValueError, for anything else and for years outside 1971 to 2199, within which
    zone arithmetic cannot overflow.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise Invalid("not_moment")
    # 24:00 is the midnight that ends the day. Not every Python version reads it.
    ends = match["minute"].endswith("24:00") and not (match["second"] or "").strip(":0")
    written = (
        (match["minute"][:-5] + "00:00" if ends else match["minute"]).replace(" ", "T")
        + (match["second"] or ":00")
        + (match["offset"] or "").replace("Z", "+00:00")
    )
    try:
        moment = datetime.fromisoformat(written) + timedelta(days=ends)
    except ValueError:
        # Python's own text differs from version to version.
        raise Invalid("no_such_date") from None
    if not 1971 <= moment.year <= 2199:
        raise Invalid("date_out_of_range", first="1971", last="2199")
    return moment


def to_instant(moment: datetime, zone: ZoneInfo) -> int | None:
    """Returns the epoch second of a moment; a naive one is in `zone`.

    None for a local time that a clock change skips. Of one that occurs twice, the earlier is meant.
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
    """Returns the instant of a naive local time that repeats: a skipped time moves forward by the skipped hour.

    Of one that occurs twice the earlier is meant, with `fold` 1 the later (RFC 5545 3.3.5).
    """
    return int(clock.replace(tzinfo=zone, fold=fold).timestamp())


def nominal_length(interval: Interval, zone: ZoneInfo) -> int:
    """Returns a length in seconds in which each whole local day counts as 24 hours; the rest is exact time.

    So a day of 23 or 25 hours is one day, and the rest is always less than a day. An end within a repeated hour counts as its first
    occurrence, so that a later end never makes a shorter length.
    """
    start, end = (on_clock(instant, zone) for instant in interval)
    # Local time may be ahead of elapsed time by a clock change, so the day before is tried too.
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
    """Returns the instant some days later, at the same local time."""
    return instant_of(on_clock(start, zone) + timedelta(days=days), zone) if days else start


def length_in(minutes: int, interval: Interval, zone: ZoneInfo) -> int:
    """Returns the seconds of an interval as a duration of this kind measures it: local days if `minutes` is whole days, else exact time."""
    return nominal_length(interval, zone) if minutes % (24 * 60) == 0 else interval.end - interval.start


def later(start: int, minutes: int, zone: ZoneInfo) -> int:
    """Returns the instant some minutes later: whole days in local time, anything else in exact time."""
    days, rest = divmod(minutes, 24 * 60)
    return start + 60 * minutes if rest else end_of_days(start, days, zone)


def wall_clock(day: date, clock: str) -> datetime:
    """Returns HH:MM on a date, naive; 24:00 is the midnight that ends it."""
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock))


def instants_between(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Interval]:
    """Yields all instants at which the local time in `zone` is in [start, end); both are naive, at most a day apart.

    One interval; none if a clock change skips it all; two if the clock is set back into the range.
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
    # The old offset holds until the change, the new one from then on.
    for part in (
        Interval(min(shown_from - old, change), min(shown_to - old, change)),
        Interval(max(shown_from - new, change), max(shown_to - new, change)),
    ):
        if part.start < part.end:
            yield part


def local_dates(interval: Interval, zone: ZoneInfo) -> Iterator[date]:
    """Yields every local date that the interval touches."""
    day = datetime.fromtimestamp(interval.start, zone).date()
    last = datetime.fromtimestamp(max(interval.start, interval.end - 1), zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _offset(instant: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(instant, zone).utcoffset()


@lru_cache(1024)
def grid(day: date, minutes: int, zone: ZoneInfo) -> tuple[int, ...]:
    """Returns the instants of a date at which the local time is a multiple of `minutes` since midnight, in order.

    A skipped time is left out, a repeated one occurs twice.
    """
    midnight = datetime.combine(day, time())
    first, last = (int((midnight + timedelta(days=days)).replace(tzinfo=zone).timestamp()) for days in (0, 1))
    if last - first == DAY and _offset(first, zone) == _offset(last, zone):
        # Without a clock change, every instant is as far from midnight as the clock shows.
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
