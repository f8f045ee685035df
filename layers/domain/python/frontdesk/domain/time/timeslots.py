"""The weekly slots of a timeslot series, on the wall clock of its zone: such a series is booked by whole slots only.

A slot belongs to the local date it starts on. A start or end that a clock change skips moves on by as much
as the clock does: 02:30 becomes 03:30. A slot that has no length after that is dropped. Of times that come
twice, the earlier is meant. Dates are between the years 1971 and 2199.
"""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from frontdesk.domain.time.intervals import DAY, Interval, instant_of, overlap, wall_clock
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
    starts, ends = (datetime.fromtimestamp(instant, zone) for instant in slot)
    midnight = datetime.combine(starts.date(), time(), zone)
    if (midnight - _DAY).utcoffset() != (midnight + 3 * _DAY).utcoffset():
        return slot in slots_within(slots, valid_from, valid_until, zone, slot)
    # No clock changes near it, so that its own clock shows what it is called by.
    day = starts.date()
    called = {(f"{starts:%H:%M}", f"{ends:%H:%M}")}
    if ends.time() == time():
        called.add((f"{starts:%H:%M}", "24:00"))
    return (
        not (starts.second or ends.second)
        and slot.end - slot.start <= DAY
        and (valid_from or day) <= day <= (valid_until or day)
        and not called.isdisjoint(slots.get(WEEKDAYS[day.weekday()], ()))
    )


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
    for days in sorted({min(days, reach_days) for days in (2, 9, reach_days)}):
        reach = timedelta(days=days)
        found = _slots_on(slots, valid_from, valid_until, zone, day - reach, day + reach)
        nearest = sorted(found, key=lambda near: (abs(near.start - slot.start), near))[:most]
        # What starts on a later or an earlier date than these is farther than all but a day of them, and a clock change.
        near = (days - 1) * DAY - 2 * 3600
        if len(nearest) == most and all(abs(each.start - slot.start) < near for each in nearest):
            break
    return sorted(nearest)


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
