"""Recurring series: one booking repeated at the same local times of a zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from math import inf
from typing import Literal
from zoneinfo import ZoneInfo

from frontdesk.domain.time.intervals import Interval, instant_of, on_clock
from frontdesk.errors import Invalid

Frequency = Literal["daily", "weekly", "monthly", "yearly"]

LAST_YEAR = 2199  # as in `intervals.read_date`

_CODES = {
    name[:letters]: name[:2]
    for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for letters in (2, 3, len(name))
}
_BY_DAY = re.compile(r"([+-]?\d{1,2})?([a-z]+)", re.ASCII | re.IGNORECASE)


class StartNotInSeries(ValueError):
    """The rule does not include the first occurrence."""


class EndsBeforeStart(ValueError):
    """`until` is before the first occurrence."""


class TooFar(ValueError):
    """`count` or `until` asks for an occurrence after LAST_YEAR."""


@dataclass(frozen=True)
class Recurrence:
    """A recurrence rule (RFC 5545, 3.3.10). With both `count` and `until`, the series ends at whichever comes first.

    `until` is inclusive: a date means the end of that day, a naive datetime is local time. `by_day` has the form that `read_by_day`
    returns. In `by_month_day`, -1 is the last day. Raises Invalid for a count or interval below 1, and for an ordinal in `by_day` that the
    frequency does not allow.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | datetime | None = None
    by_day: tuple[str, ...] = ()
    by_month_day: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.interval < 1 or (self.count is not None and self.count < 1):
            raise Invalid("series_numbers")
        most = {"daily": 0, "weekly": 0, "monthly": 5, "yearly": 53}[self.frequency]
        if any(abs(int(day[:-2] or 0)) > most for day in self.by_day):
            raise Invalid("ordinal_weekday")


def read_by_day(text: str) -> str:
    """Converts a weekday (mo, Mon, monday) to the form of RFC 5545 (MO). Keeps an ordinal: 1mon becomes 1MO. Raises Invalid."""
    match = _BY_DAY.fullmatch(text.strip())
    code = match and _CODES.get(match[2].lower())
    ordinal = int(match[1]) if match and match[1] else None
    if not code or ordinal == 0 or abs(ordinal or 1) > 53:
        raise Invalid("not_weekday")
    return f"{ordinal or ''}{code.upper()}"


def occurrences(first: Interval, rule: Recurrence, zone: ZoneInfo, most: int) -> list[Interval]:
    """Returns `first` and the occurrences after it, in order, all of the same local length (RFC 5545's nominal duration).

    Returns at most `most + 1` occurrences; the extra one shows that there are more. A series without `count` and `until` ends with
    LAST_YEAR. Raises StartNotInSeries, EndsBeforeStart and TooFar.

    A start that a clock change skips moves forward by the length of the gap (RFC 5545, 3.3.5). If a local start occurs twice, the
    earlier instant is used. Occurrences that do not overlap in local time do not overlap as instants either. Occurrences that touch in
    local time also touch as instants.
    """
    # Imported here, because only series need it and every cold start would wait for it.
    from dateutil import rrule

    last = _last_second(rule.until, zone)
    if first.start > last:
        raise EndsBeforeStart("the series ends before its first occurrence")
    # If one day has an ordinal, every day gets one. dateutil would read 1MO,FR as "Fridays that are a first Monday" and find none.
    plain = (
        range(1, 6 if rule.frequency == "monthly" else 54)
        if any(day[:-2] for day in rule.by_day)
        else (None,)
    )
    days = [
        getattr(rrule, day[-2:])(n) for day in rule.by_day for n in ((int(day[:-2]),) if day[:-2] else plain)
    ]
    start = on_clock(first.start, zone)
    exact = timedelta(seconds=first.end - first.start)
    length = on_clock(first.end, zone) - start
    # Within a repeated hour, the local end may be before the local start.
    length = length if length > timedelta() else exact
    # dateutil would apply `count` and `until` to local times. Below they are applied to instants.
    series = rrule.rrule(
        getattr(rrule, rule.frequency.upper()),
        start,
        rule.interval,
        wkst=rrule.MO,
        byweekday=days or None,
        bymonthday=rule.by_month_day or None,
    )
    # An interval of 10,000 years, in months, limits the search to the first period. Otherwise it would continue to the year 9999.
    if next(iter(series.replace(interval=120_000)), None) != start:
        raise StartNotInSeries("the first occurrence is not on a day of the series")
    endless = rule.count is None and rule.until is None
    result, clocks = [first], [start]
    # dateutil stops at the year 9999 without an error.
    for clock in chain(islice(series, 1, None), [datetime(9999, 12, 31)]):  # noqa: DTZ001
        instant = instant_of(clock, zone)
        if instant > last or len(result) in (rule.count, most + 1) or (endless and clock.year > LAST_YEAR):
            break
        if clock.year > LAST_YEAR:
            raise TooFar(f"the series goes on after the year {LAST_YEAR}")
        # Samoa skipped a whole day in 2011. An occurrence on that day moves forward and coincides with the next day's occurrence.
        if instant > result[-1].start:
            end = instant_of(clock + length, zone)
            # A skipped start may move to or behind the end. Then the end moves too.
            result.append(Interval(instant, end if end > instant else instant + int(exact.total_seconds())))
            clocks.append(clock)
    # A skipped end moves forward too, but never into the next occurrence. The first occurrence stays as requested.
    for at in range(1, len(result) - 1):
        if clocks[at] + length <= clocks[at + 1]:
            result[at] = Interval(result[at].start, min(result[at].end, result[at + 1].start))
    return result


def _last_second(until: date | datetime | None, zone: ZoneInfo) -> float:
    if until is None:
        return inf
    if not isinstance(until, datetime):
        until = datetime.combine(until, time.max)
    if until.tzinfo is not None:
        return until.timestamp()
    # A local time that occurs twice includes the later instant, because `first` may be at that instant.
    return max(until.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
