"""The weekly slots of a timeslot series, in the local time of its zone. Only whole slots can be booked.

A slot belongs to the local date on which it starts. A clock change may skip the start or end of a slot. The
skipped time is then moved forward by the length of the gap: 02:30 becomes 03:30. If the start then no longer
precedes the end, the slot is dropped. If a time occurs twice, the earlier instant is used. Dates are from
1971 to 2199.
"""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from frontdesk.domain.time.intervals import DAY, Interval, instant_of, overlap, wall_clock
from frontdesk.domain.time.opening_hours import WEEKDAYS, ClockRange, Weekday, ends_on

_DAY = timedelta(days=1)

# A weekday that is not listed has no slots. Slots may overlap.
WeeklySlots = dict[Weekday, Annotated[tuple[ClockRange, ...], Field(max_length=300)]]


def slots_within(
    slots: WeeklySlots, valid_from: date | None, valid_until: date | None, zone: ZoneInfo, around: Interval
) -> list[Interval]:
    """Returns every slot that overlaps `around`, in order. The valid dates are inclusive; None means no limit."""
    # A slot ends by the day after its date, or one day later if a clock change moves its end past midnight.
    first, last = _date(around.start, zone) - 2 * _DAY, _date(around.end, zone)
    return [
        slot for slot in _slots_on(slots, valid_from, valid_until, zone, first, last) if overlap(slot, around)
    ]


def is_slot(
    slots: WeeklySlots, valid_from: date | None, valid_until: date | None, zone: ZoneInfo, slot: Interval
) -> bool:
    """Whether the interval is exactly one of the slots."""
    starts, ends = (datetime.fromtimestamp(instant, zone) for instant in slot)
    midnight = datetime.combine(starts.date(), time(), zone)
    if (midnight - _DAY).utcoffset() != (midnight + 3 * _DAY).utcoffset():
        return slot in slots_within(slots, valid_from, valid_until, zone, slot)
    # Without a clock change nearby, local times identify the slot.
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
    """Returns up to `most` slots that start nearest to `slot`, in order of time.

    The search covers the days up to `reach_days` before and after the date of `slot`. If that date is before
    `valid_from`, the search is around `valid_from` instead. If it is after `valid_until`, the search is around
    `valid_until`.
    """
    day = _date(slot.start, zone)
    day = max(day, valid_from or day)
    day = min(day, valid_until or day)
    for days in sorted({min(days, reach_days) for days in (2, 9, reach_days)}):
        reach = timedelta(days=days)
        found = _slots_on(slots, valid_from, valid_until, zone, day - reach, day + reach)
        nearest = sorted(found, key=lambda near: (abs(near.start - slot.start), near))[:most]
        # Slots on dates outside this range are farther away than this distance: the range less one day and a clock change.
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
    """Returns the distinct slots of the valid dates from `first` to `last`, in order."""
    found = set()
    day, last = max(first, valid_from or first), min(last, valid_until or last)
    while day <= last:
        for times in slots.get(WEEKDAYS[day.weekday()], ()):
            start, end = wall_clock(day, times[0]), wall_clock(ends_on(day, times), times[1])
            # `to_instant` would refuse a skipped time, which is right for dates that people write. A weekly slot takes place every
            # week.
            found.add(Interval(instant_of(start, zone), instant_of(end, zone)))
        day += _DAY
    return sorted(slot for slot in found if slot.start < slot.end)


def _date(instant: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant, zone).date()
