"""Opening hours of a resource: weekly hours in its zone, and dates with other hours."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from frontdesk.domain.time.intervals import DAY, Interval, instants_between, local_dates, merged, wall_clock
from frontdesk.errors import Invalid

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_DAY = timedelta(days=1)


def _on_the_clock(times: tuple[str, str]) -> tuple[str, str]:
    if not all(_CLOCK.fullmatch(clock) for clock in times):
        raise Invalid("not_times")
    if times[0] == "24:00":
        raise Invalid("midnight_start")
    return times


# Start and end. An end at or before the start is on the next day.
ClockRange = Annotated[tuple[str, str], AfterValidator(_on_the_clock)]
_Ranges = Annotated[tuple[ClockRange, ...], Field(max_length=50)]
# A missing weekday is closed. A break is the gap between two ranges of a day.
WeeklyHours = dict[Weekday, _Ranges]
ClosedDates = Annotated[frozenset[date], Field(max_length=3_660)]
# Special hours replace the weekly hours of a date. An empty list closes the date.
SpecialHours = Annotated[dict[date, _Ranges], Field(max_length=3_660)]

_ALL_DAY: tuple[ClockRange, ...] = (("00:00", "24:00"),)


class Exceptions(NamedTuple):
    """Dates on which the weekly hours do not apply. A closed date stays closed even if it has special hours."""

    closed_dates: Collection[date] = ()
    special_hours: Mapping[date, tuple[ClockRange, ...]] = {}

    def on(self, day: date) -> tuple[ClockRange, ...] | None:
        """Returns a date's exceptional hours: empty if it is closed, None if the usual hours apply."""
        return () if day in self.closed_dates else self.special_hours.get(day)


class Hours(NamedTuple):
    """Opening hours of a resource. If `weekly` is None, the resource is always open, except on dates in `exceptions`.

    If several `exceptions` contain a date, the first one applies. Exceptions of the resource come before exceptions of the organization.
    """

    weekly: WeeklyHours | None
    zone: ZoneInfo
    exceptions: tuple[Exceptions, ...] = ()

    @property
    def are_unlimited(self) -> bool:
        """Whether the resource is always open."""
        return self.weekly is None and not any(any(each) for each in self.exceptions)

    def on(self, day: date) -> tuple[ClockRange, ...]:
        """Returns the hours that begin on a date."""
        for each in self.exceptions:
            if (special := each.on(day)) is not None:
                return special
        return _ALL_DAY if self.weekly is None else self.weekly.get(WEEKDAYS[day.weekday()], ())


def ends_on(day: date, times: ClockRange) -> date:
    """Returns the date on which a range that begins on `day` ends."""
    return day if times[1] > times[0] else day + _DAY


def open_intervals(hours: Hours, around: Interval) -> list[Interval]:
    """Returns the merged open intervals of every local date that `around` overlaps. Includes hours that began on the date before.

    The resource is open whenever the local time is within the hours. Example: the clock goes back from 03:00 to 02:00, and the hours end at
    02:30. The resource closes at the first 02:30, opens again at the change, and closes at the second 02:30.
    """
    days = list(local_dates(around, hours.zone))
    before = days[0] - _DAY
    begun = tuple(times for times in hours.on(before) if ends_on(before, times) > before)
    own = [(day, hours.on(day)) for day in days]
    return merged(
        part for day, ranges in ((before, begun), *own) for part in _opened(day, ranges, hours.zone)
    )


@lru_cache(4096)
def _opened(day: date, ranges: tuple[ClockRange, ...], zone: ZoneInfo) -> tuple[Interval, ...]:
    first, last = (datetime.combine(day + days * _DAY, time(), zone) for days in (0, 2))
    midnight = int(first.timestamp())
    if first.utcoffset() == last.utcoffset() and last.timestamp() == midnight + 2 * DAY:
        # Without a clock change, the time since midnight equals the local time.
        return tuple(
            Interval(midnight + _second(starts), midnight + _second(ends) + (0 if ends > starts else DAY))
            for starts, ends in ranges
        )
    return tuple(
        part
        for starts, ends in ranges
        for part in instants_between(
            wall_clock(day, starts), wall_clock(ends_on(day, (starts, ends)), ends), zone
        )
    )


@lru_cache(24 * 60 + 1)
def _second(clock: str) -> int:
    return 3600 * int(clock[:2]) + 60 * int(clock[3:])


def is_open(hours: Hours, slot: Interval, *, at_ends: bool = False) -> bool:
    """Whether the whole slot is within opening hours, which may pass midnight. With `at_ends`, checks only its start and end."""
    if hours.are_unlimited:
        return True
    day = datetime.fromtimestamp(slot.start, hours.zone).date()
    if _lies_in(slot, _opened(day, hours.on(day), hours.zone)):
        # In the usual case, no intervals need to be merged.
        return True
    opened = open_intervals(hours, slot)
    return ends_lie_in(slot, opened) if at_ends else _lies_in(slot, opened)


def _lies_in(slot: Interval, opened: Collection[Interval]) -> bool:
    return any(o.start <= slot.start and slot.end <= o.end for o in opened)


def ends_lie_in(slot: Interval, opened: Collection[Interval]) -> bool:
    """Whether the slot starts and ends in open intervals. The slot may include closed times.

    If an interval is from 9:00 to 17:00, a slot may start at 9:00 but not at 17:00, and may end at either.
    """
    return any(o.start <= slot.start < o.end for o in opened) and any(
        o.start <= slot.end <= o.end for o in opened
    )
