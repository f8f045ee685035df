"""The weekly slots of a timeslot series, on the wall clock of its zone: such a series is booked by whole slots only.

A slot belongs to the local date it starts on. Of the times that a clock change skips, both its start and its end move on
by as much as the clock does (02:30 becomes 03:30), and a slot that has no length after that is dropped; of times that
come twice, the earlier is meant. Dates are between the years 1971 and 2199.
"""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from frontdesk.domain.time.intervals import Interval, instant_of, overlap, wall_clock
from frontdesk.domain.time.opening_hours import WEEKDAYS, ClockRange, Weekday, ends_on

_DAY = timedelta(days=1)

# A weekday that is missing has no slots; slots may overlap each other.
WeeklySlots = dict[Weekday, Annotated[tuple[ClockRange, ...], Field(max_length=300)]]


def slots_within(
    slots: WeeklySlots, valid_from: date | None, valid_until: date | None, zone: ZoneInfo, around: Interval
) -> list[Interval]:
    """Every slot that overlaps `around`, in order; the valid dates are inclusive, None is unlimited."""
    # A slot ends on the day after its date at the latest, or one later if a clock change moves its end over midnight.
    first, last = _date(around.start, zone) - 2 * _DAY, _date(around.end, zone)
    return [
        slot for slot in _slots_on(slots, valid_from, valid_until, zone, first, last) if overlap(slot, around)
    ]


def is_slot(
    slots: WeeklySlots, valid_from: date | None, valid_until: date | None, zone: ZoneInfo, slot: Interval
) -> bool:
    """Whether it is exactly one of the slots."""
    return slot in slots_within(slots, valid_from, valid_until, zone, slot)


def nearest_slots(
    slots: WeeklySlots,
    valid_from: date | None,
    valid_until: date | None,
    zone: ZoneInfo,
    slot: Interval,
    most: int = 3,
    reach_days: int = 35,
) -> list[Interval]:
    """Up to `most` slots that start nearest to the start of `slot`, the earlier of two as near; in order of time.

    They are looked for `reach_days` around its date, or around the nearest valid date.
    """
    day = _date(slot.start, zone)
    day = max(day, valid_from or day)
    day = min(day, valid_until or day)
    reach = timedelta(days=reach_days)
    found = _slots_on(slots, valid_from, valid_until, zone, day - reach, day + reach)
    return sorted(sorted(found, key=lambda near: (abs(near.start - slot.start), near))[:most])


def _slots_on(
    slots: WeeklySlots,
    valid_from: date | None,
    valid_until: date | None,
    zone: ZoneInfo,
    first: date,
    last: date,
) -> list[Interval]:
    """The slots of the valid dates from `first` to `last`, in order; equal ones are one."""
    found = set()
    day, last = max(first, valid_from or first), min(last, valid_until or last)
    while day <= last:
        for times in slots.get(WEEKDAYS[day.weekday()], ()):
            start, end = wall_clock(day, times[0]), wall_clock(ends_on(day, times), times[1])
            # Unlike `to_instant`, which refuses what a person writes of a skipped hour: a weekly slot goes on every week.
            found.add(Interval(instant_of(start, zone), instant_of(end, zone)))
        day += _DAY
    return sorted(slot for slot in found if slot.start < slot.end)


def _date(instant: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant, zone).date()
