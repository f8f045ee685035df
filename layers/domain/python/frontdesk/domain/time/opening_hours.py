"""When a resource can be booked: weekly hours on the wall clock of its zone."""

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from frontdesk.domain.time.intervals import DAY, Interval, instants_between, local_dates, merged, wall_clock
from frontdesk.errors import Invalid

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)


def _opens_before_it_closes(hours: tuple[str, str]) -> tuple[str, str]:
    if not all(CLOCK.fullmatch(clock) for clock in hours):
        raise Invalid("not_hours")
    if hours[0] >= hours[1]:
        raise Invalid("opens_after_closing")
    return hours


OpenRange = Annotated[tuple[str, str], AfterValidator(_opens_before_it_closes)]
# A weekday that is missing is closed; a break is the gap between two ranges of a day.
WeeklyHours = dict[Weekday, Annotated[tuple[OpenRange, ...], Field(max_length=50)]]


def open_intervals(
    hours: WeeklyHours | None, closed_dates: Collection[date], zone: ZoneInfo, around: Interval
) -> list[Interval]:
    """The open intervals of every local date that `around` touches, merged; None as hours means always open.

    An instant is open if the wall clock shows a time in the hours of its date. So where a clock change skips an opening
    or closing time, the change itself opens or closes; where one comes twice, both times count: hours up to 02:30 on
    the night when 03:00 becomes 02:00 close at the first 02:30, and are open again from the change to the second.
    """
    everyday: tuple[OpenRange, ...] = (("00:00", "24:00"),)
    return merged(
        part
        for day in local_dates(around, zone)
        if day not in closed_dates
        for part in _opened(day, everyday if hours is None else hours.get(WEEKDAYS[day.weekday()], ()), zone)
    )


@lru_cache(4096)
def _opened(day: date, ranges: tuple[OpenRange, ...], zone: ZoneInfo) -> tuple[Interval, ...]:
    first, last = (datetime.combine(day + timedelta(days=days), time(), zone) for days in (0, 1))
    midnight = int(first.timestamp())
    if first.utcoffset() == last.utcoffset() and last.timestamp() == midnight + DAY:
        # No clock changes, so that all of the day is as far from midnight as its clock shows.
        return tuple(
            Interval(midnight + _second(opens), midnight + _second(closes)) for opens, closes in ranges
        )
    return tuple(
        part
        for opens, closes in ranges
        for part in instants_between(wall_clock(day, opens), wall_clock(day, closes), zone)
    )


@lru_cache(24 * 60 + 1)
def _second(clock: str) -> int:
    return 3600 * int(clock[:2]) + 60 * int(clock[3:])


def is_open(
    hours: WeeklyHours | None, closed_dates: Collection[date], zone: ZoneInfo, slot: Interval
) -> bool:
    """Whether the whole slot lies inside opening hours, which may run on over midnight."""
    if hours is None and not closed_dates:
        return True
    return any(
        opened.start <= slot.start and slot.end <= opened.end
        for opened in open_intervals(hours, closed_dates, zone, slot)
    )
