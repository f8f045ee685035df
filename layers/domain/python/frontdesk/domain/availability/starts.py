"""Finds the possible starts of a booking, and the dates with at least one such start. Pure."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.plan import Plan
from frontdesk.domain.assessment.time_rules import (
    Times,
    booking_interval,
    duration_problems,
    earliest_start,
    latest_start,
    spans_closed_time,
    zone_of,
)
from frontdesk.domain.availability.places import Place
from frontdesk.domain.availability.search import Query, Search
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.domain.orders.snapshot import Snapshot
from frontdesk.domain.requests.order import BookingConfig
from frontdesk.domain.time.intervals import (
    DAY,
    Interval,
    common,
    grid,
    later,
    local_dates,
    merged,
)
from frontdesk.errors import Phrase

# Minutes between the starts to try, and minutes of a booking if its service defines no length.
USUAL_GRID = 15
USUAL_LENGTH = 60
# The reason for an unavailable start is the code of the problem that an order would get. Clients know these three under other names.
UNAVAILABILITY: Mapping[str, str] = {
    "outside_opening_hours": "off_schedule",
    "slot_unavailable": "booked_out",
    "slot_pending": "pending",
}
# If no resource is available, the reason shown is the first of these that applies to any resource.
_NEAREST = ("pending", "booked_out", "off_schedule")
# The reasons why a day has no start, in the order in which they are tried. Each has the times that stay busy if this reason is ignored. A
# day gets the first reason that, if ignored, leaves a free start.
_TAKEN: Mapping[str, Callable[[Place], Sequence[Interval]]] = {
    "pending": lambda place: place.surely_busy,
    "booked_out": lambda _: (),
}
_NO_CONFIG = BookingConfig.model_construct()


class Start(NamedTuple):
    """A possible slot of a booking, and the resources on which it is free.

    If `resource_ids` is empty, `unavailability` says why. `left` is the number of further bookings with
    quantity 1 that fit into the slot. `left` is None if the services occupy no units.
    """

    slot: Interval
    unavailability: str | None
    left: int | None
    zone: ZoneInfo
    resource_ids: tuple[str, ...] = ()


class StartDate(NamedTuple):
    """A local date with its number of available starts. If there are none, `unavailability` says why."""

    day: date
    starts: int
    unavailability: str | None = None


def usual_length(services: Iterable[Service]) -> int:
    """Returns the length of a booking, in minutes, for a query without a `duration`.

    A service's usual length is its minimum, or else its charge interval, or else USUAL_LENGTH. Returns the greatest usual length of the
    services, but no more than their shortest maximum.
    """
    services = list(services)
    length = max(service.min_duration or service.charge_interval or USUAL_LENGTH for service in services)
    return min([length, *(service.max_duration for service in services if service.max_duration)])


class StartSearch(Search):
    """Finds the times at which a booking of all the named services can begin.

    The booking is on one of the resources and, if the query names series, in a slot of one of them.
    """

    def __init__(self, query: Query, known: Snapshot, now: int) -> None:
        super().__init__(query, known, now)
        found = [self._found(known.service(id), "service", id, query.services) for id in query.services.ids]
        self._services = [service for service in found if service]
        # These plans have no resources and no series, so `Times` checks only their time.
        self._times = Times(self.organization, known, now)
        self._grids: dict[str, list[Interval]] = {}
        several = len(query.services.ids) > 1 and (query.quantity or 1) > 1
        differ = query.quantity is not None and {*query.quantities.values()} - {query.quantity}
        if several or differ:
            self._refuse("quantity_mismatch", "quantity", reason=Phrase("one_of_each"))
        if self.series and query.duration is not None:
            self._refuse("invalid_parameter", "duration", reason=Phrase("duration_beside_series"))
        self.resource_ids = query.resources.ids or self._offered()
        if self.window and self._services:
            before, behind = self._plan(self.window, self.zone).paddings
            ends = [slot.end for series in self.series for slot in self._slots(series, self.window)]
            self.around = Interval(
                self.window.start - before, max([self.window.end + self._longest, *ends]) + behind
            )
        self._refuse_too_many()

    def starts(self, known: Snapshot) -> list[Start]:
        """Returns every start that the booking interval allows or, for a series, every slot. Sorts the starts by time.

        Each start has its availability. Raises FrontdeskError with every problem of the request.
        """
        places, course = self._places(known)
        there: defaultdict[Interval, list[Place]] = defaultdict(list)
        for place in places:
            for slot in self._candidates(place):
                there[slot].append(place)
        clocks = {place.id: self._zone_of(place) for place in places}
        untimely = {
            slot: {
                zone: self._untimely(slot, zone) for zone in dict.fromkeys(clocks[place.id] for place in on)
            }
            for slot, on in there.items()
        }
        wanted = sorted(slot for slot, reasons in untimely.items() if None in reasons.values())
        if course:
            wanted = course.free(wanted)
        free = {place.id: set(place.free(wanted)) for place in places}
        result = []
        for slot, on in sorted(there.items(), key=lambda each: each[0]):
            reasons, zone = untimely[slot], self.shown_zone(on[0].days.owner)
            reason = next(iter(reasons.values()))
            if None not in reasons.values():
                result.append(Start(slot, reason, 0, zone))
                continue
            # Each zone has its own clock: a day's notice may have passed in one and not in another.
            timely = (
                [place for place in on if reasons[clocks[place.id]] is None] if any(reasons.values()) else on
            )
            ids, reason = tuple(place.id for place in timely if slot in free[place.id]), None
            if not ids:
                reason = min((_reason(slot, place, course) for place in timely), key=_NEAREST.index)
            result.append(Start(slot, reason, self._left(slot, timely, course), zone, ids))
        return result

    def dates(self, known: Snapshot) -> list[StartDate]:
        """Returns each date of the query with the number of its available starts.

        Raises FrontdeskError with every problem of the request.
        """
        places, course = self._places(known)
        if self.window is None:
            return []
        by_clock: defaultdict[ZoneInfo, list[Place]] = defaultdict(list)
        for place in places:
            by_clock[self._zone_of(place)].append(place)
        slots: dict[ZoneInfo, list[tuple[Interval, date]]] = {
            zone: [
                (slot, datetime.fromtimestamp(slot.start, self.zone).date())
                for slot in self._candidates(on[0])
            ]
            for zone, on in by_clock.items()
        }

        def found(busy: Callable[[Place], Sequence[Interval]], days: Collection[date]) -> Counter[date]:
            """Counts the free starts on each of these days. `busy` returns the times at which a place is occupied."""
            day_of: dict[Interval, date] = {}
            for zone, on in by_clock.items():
                dated = {slot: day for slot, day in slots[zone] if day in days}
                there = [place._replace(busy=busy(place)) for place in on]
                beside = course and course._replace(busy=busy(course))
                day_of |= {slot: dated[slot] for slot in self._free_of(list(dated), there, beside, zone)}
            return Counter(day_of.values())

        days = list(local_dates(self.window, self.zone))
        free = found(lambda place: place.busy, frozenset(days))
        reasons: dict[date, str] = {}
        for reason, busy in _TAKEN.items():
            left = frozenset(day for day in days if day not in free and day not in reasons)
            reasons |= dict.fromkeys(found(busy, left), reason)
        for day in days:
            if day not in free and day not in reasons:
                reasons[day] = self._closed(
                    {zone: [slot for slot, on in of_zone if on == day] for zone, of_zone in slots.items()}
                )
        return [StartDate(day, free[day], reasons.get(day)) for day in days]

    def _closed(self, slots: Mapping[ZoneInfo, Sequence[Interval]]) -> str:
        """Returns why a day has no available start. Call it only if other bookings are not the reason.

        `slots` has the day's slots to try, by zone.
        """
        reasons = set()
        for zone, of_zone in slots.items():
            since = earliest_start(self._services, self.now, zone)
            timely = [slot for slot in of_zone if slot.start >= since] or of_zone[-1:]
            reasons.add(self._untimely(timely[0], zone) if timely else None)
        return "off_schedule" if not reasons or None in reasons else min(filter(None, reasons))

    def _free_of(
        self, slots: Sequence[Interval], places: Sequence["Place"], course: "Place | None", zone: ZoneInfo
    ) -> Iterator[Interval]:
        """Yields the slots that can be booked on at least one of the `places` and, if a series is named, in that series (`course`).

        `slots` must be sorted. All places must be in the same zone.
        """
        since = earliest_start(self._services, self.now, zone)
        until = latest_start(self._services, self.now, zone)
        lengths = dict.fromkeys(end - start for start, end in slots)
        of_length = {
            length: [slot for slot in slots if slot.end - slot.start == length] for length in lengths
        }
        for length, alike in of_length.items():
            timely = [
                slot for slot in alike if since <= slot.start and (until is None or slot.start <= until)
            ]
            # All other problems of a time depend only on its length.
            if not timely or self._untimely(timely[0], zone) is not None:
                continue
            starts = [slot.start for slot in timely]
            within = Interval(starts[0], starts[-1] + 1)
            room = merged(each for place in places for each in place.starts(length, within))
            for part in room if course is None else common(room, course.starts(length, within)):
                for start in starts[bisect_left(starts, part.start) : bisect_left(starts, part.end)]:
                    yield Interval(start, start + length)

    @cached_property
    def _minutes(self) -> int:
        return self.query.duration or usual_length(self._services)

    @property
    def _longest(self) -> int:
        """The greatest possible length of the booking, in seconds. A clock change may lengthen bookings of whole days."""
        return 60 * self._minutes + (0 if self._minutes % (24 * 60) else DAY)

    def _plan(self, slot: Interval, zone: ZoneInfo, quantity: int | None = None) -> Plan:
        """Returns the plan of a booking at a slot. The plan has no resources, and serves only to apply the rules for orders."""
        asked, every = self.query.quantities, self.query.quantity or 1
        services = tuple((service, quantity or asked.get(service.id, every)) for service in self._services)
        return Plan((), _NO_CONFIG, (), services, slot, zone, ())

    def _zone_of(self, place: "Place") -> ZoneInfo:
        return zone_of(place.days.owner, self.organization)

    def _offered(self) -> tuple[str, ...]:
        """Returns the ids of the resources that offer all the services and, if a series is named, belong to it."""
        limits = [service.resource_ids for service in self._services] + [
            one.resource_ids for one in self.series if one.resource_ids
        ]
        return tuple(sorted(frozenset.intersection(*limits))) if self._services else ()

    def _check(self, resources: Mapping[str, Resource]) -> None:
        for resource in resources.values():
            elsewhere = [
                service.name for service in self._services if resource.id not in service.resource_ids
            ]
            if elsewhere:
                self._refuse(
                    "service_not_offered",
                    self.query.resources.parameter,
                    services=elsewhere,
                    resources=resource.name,
                )
            for series in self.series:
                if series.resource_ids and resource.id not in series.resource_ids:
                    self._refuse(
                        "timeslot_series_not_offered",
                        self.query.resources.parameter,
                        series=series.name,
                        resources=resource.name,
                    )

    def _places(self, known: Snapshot) -> tuple[list["Place"], "Place | None"]:
        """Returns the resources to search, and the timeslot series if one is named."""
        resources = self._looked_up(known)
        if self.window is None or self.around is None:
            return [], None
        plan = self._plan(self.window, self.zone)
        before, behind = plan.paddings
        at_ends = spans_closed_time(self._services)
        places = [
            Place.of(
                self._days_of(resource, known),
                plan.weight,
                self._opened(resource, self.around),
                before,
                behind,
                at_ends=at_ends,
            )
            for resource in resources.values()
        ]
        course = next(
            (Place.of(self._days_of(series, known), plan.weight, None, 0, 0) for series in self.series), None
        )
        return places, course

    def _candidates(self, place: "Place") -> list[Interval]:
        """Returns the slots to try on a resource, in order.

        These are the slots of the series, or one slot for each allowed start in the resource's local time.
        """
        assert self.window is not None
        zone = self._zone_of(place)
        if zone.key not in self._grids:
            minutes = booking_interval(self._services) or USUAL_GRID
            starts = [start for day in local_dates(self.window, zone) for start in grid(day, minutes, zone)]
            within = [
                Interval(start, later(start, self._minutes, zone))
                for start in starts
                if self.window.start <= start < self.window.end
            ]
            self._grids[zone.key] = self._slots(self.series[0], self.window) if self.series else within
        return self._grids[zone.key]

    def _untimely(self, slot: Interval, zone: ZoneInfo) -> str | None:
        """Returns the reason why a slot cannot be booked on a resource in `zone`, or None if there is none. Ignores other bookings."""
        plan = self._plan(slot, zone)
        problems = chain(duration_problems(plan.services, slot, zone), self._times.untimely(plan))
        return next((UNAVAILABILITY.get(problem.code, problem.code) for problem in problems), None)

    def _left(self, slot: Interval, places: Sequence["Place"], course: "Place | None") -> int | None:
        unit, opened = (
            self._plan(slot, self.zone, 1).weight,
            [place for place in places if place.is_open(slot)],
        )
        if opened and not unit:
            return None
        left = sum(place.left(slot) // unit for place in opened)
        return left if course is None or not opened else min(left, course.left(slot) // unit)


def _reason(slot: Interval, place: Place, course: Place | None) -> str:
    """Returns the reason why a slot cannot be booked on a resource. The caller has checked the slot's start and length."""
    if not place.is_open(slot):
        return "off_schedule"
    return (
        "booked_out" if place.is_taken(slot) or (course is not None and course.is_taken(slot)) else "pending"
    )
