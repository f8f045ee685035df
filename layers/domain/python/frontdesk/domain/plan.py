"""The plan the desk shows for some days: opening hours of resources, and the quantity in use. Pure.

Instants are in epoch seconds. Canceled bookings and expired drafts are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.time_rules import hours_of, zone_of
from frontdesk.domain.catalog.items import Organization, Resource
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.states import INVISIBLE, shown_booking_status
from frontdesk.domain.time.intervals import Interval, instant_of, overlap, wall_clock
from frontdesk.domain.time.opening_hours import open_intervals


class Level(NamedTuple):
    """The quantity in use from `at` until the start of the next level."""

    at: int
    in_use: int


class Row(NamedTuple):
    """One resource over the days of a plan.

    `open` has the opening times within these days, in order. `levels` begins where the quantity in use first rises above 0.
    """

    resource: Resource
    zone: ZoneInfo
    open: Sequence[Interval]
    levels: Sequence[Level]


def days_from(first: date, count: int, zone: ZoneInfo) -> list[tuple[date, Interval]]:
    """Returns each day with the interval between its local midnights, which has 23 or 25 hours if the clocks change."""
    days = [first + timedelta(days=n) for n in range(count + 1)]
    midnights = [instant_of(wall_clock(day, "00:00"), zone) for day in days]
    return [
        (day, Interval(start, end)) for day, start, end in zip(days, midnights, midnights[1:], strict=False)
    ]


def is_planned(booking: Booking, order: Order, time: Interval, now: int) -> bool:
    """Whether the plan shows a booking: its time without paddings overlaps `time`, it is not canceled, and the API shows its order."""
    return (
        order.status not in INVISIBLE
        and shown_booking_status(booking, order, now) not in ("canceled", "rejected")
        and overlap(booking, time)
    )


def rows_of(
    resources: Iterable[Resource], bookings: Iterable[Booking], organization: Organization, time: Interval
) -> list[Row]:
    """Returns one row for each resource, in the given order."""
    on = defaultdict[str, list[Booking]](list)
    for booking in bookings:
        for id in booking.resource_ids:
            on[id].append(booking)
    return [
        Row(
            each,
            zone_of(each, organization),
            _within(open_intervals(hours_of(each, organization), time), time),
            _levels(on[each.id], time),
        )
        for each in resources
    ]


def _within(intervals: Iterable[Interval], time: Interval) -> list[Interval]:
    cut = (Interval(max(start, time.start), min(end, time.end)) for start, end in intervals)
    return [part for part in cut if part.start < part.end]


def _levels(bookings: Iterable[Booking], time: Interval) -> list[Level]:
    """Returns a level for each change of the quantity in use within `time`.

    A booking uses the resource not only from its start to its end, but also during its paddings.
    """
    changes = defaultdict[int, int](int)
    for booking in bookings:
        start, end = max(booking.blocker_start, time.start), min(booking.blocker_end, time.end)
        if start < end:
            changes[start] += booking.weight
            changes[end] -= booking.weight
    levels, in_use = list[Level](), 0
    for at, change in sorted(changes.items()):
        if change:
            in_use += change
            levels.append(Level(at, in_use))
    return levels
