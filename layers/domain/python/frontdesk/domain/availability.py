"""When something can be booked: the starts of a day, the dates that have one, and how much is left over a time. Pure.

No rule of its own decides here, but those that an order is judged by: the length by `time_rules.duration_problems`, past and lead
time by `Times.untimely`, hours by `opening_hours`, slots by `timeslots`, what is taken by `ledger.taken`, what holds are worth
by `time_rules.holds_in`, weights and paddings by `plan.Plan`. Only that days and hours are looked at once for all the starts.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import chain
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.plan import Plan
from frontdesk.domain.assessment.time_rules import (
    Times,
    booking_interval,
    duration_problems,
    earliest_start,
    holds_in,
    hours_of,
    latest_start,
    needed_orders,
    spans_closed_time,
    zone_of,
)
from frontdesk.domain.catalog.items import Resource, Service, TimeslotSeries
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, joined, occupied, taken
from frontdesk.domain.orders.snapshot import Key, Kind, Snapshot, ledger_item
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.order import BookingConfig
from frontdesk.domain.time.free_times import free_slots, free_starts, is_free
from frontdesk.domain.time.intervals import (
    DAY,
    Interval,
    by_utc_day,
    common,
    day_start,
    grid,
    later,
    local_dates,
    merged,
    to_instant,
    zone_of_name,
)
from frontdesk.domain.time.opening_hours import ends_lie_in, open_intervals
from frontdesk.domain.time.timeslots import slots_within
from frontdesk.errors import Phrase, Value

# Of a request: local days; resources and timeslot series; and the day ledgers that these come to.
MAX_DAYS = 92
MAX_OWNERS = 100
MAX_LEDGERS = 3_100

# Minutes between the starts that are looked at, and of a booking whose service says nothing about its length.
USUAL_GRID = 15
USUAL_LENGTH = 60

# Why a start is not available is told by the code of the problem that an order would have, but for these, which clients know by
# another name.
UNAVAILABILITY: Mapping[str, str] = {
    "outside_opening_hours": "off_schedule",
    "slot_unavailable": "booked_out",
    "slot_pending": "pending",
}
# Of several resources, the one that is nearest to being available says why none is.
_NEAREST = ("pending", "booked_out", "off_schedule")
_NO_CONFIG = BookingConfig()
_T = TypeVar("_T")


class Named(NamedTuple):
    """Ids, and the query parameter that they came in."""

    parameter: str
    ids: tuple[str, ...] = ()


class Query(NamedTuple):
    """What a request asks for, as far as it could be read; `problems` are about the rest.

    A date stands for the whole of its day. Dates and naive times are in `timezone`, else the organization's; `duration` is
    in minutes. Times are named `start_date` and `end_date` in problems.
    """

    services: Named
    resources: Named
    series: Named
    first: date | datetime | None = None
    last: date | datetime | None = None
    timezone: str | None = None
    duration: int | None = None
    quantity: int = 1
    problems: tuple[Problem, ...] = ()

    def keys(self, organization_id: str) -> set[Key]:
        """What is to be read first: all but the resources, of which a service may name more."""
        services = {Key("service", id) for id in self.services.ids}
        return {
            Key("organization", organization_id),
            *services,
            *(Key("timeslot_series", id) for id in self.series.ids),
        }


class Start(NamedTuple):
    """A time at which a booking could take place, on any of `resource_ids`; on none, for the reason of `unavailability`.

    `left` is how many bookings of one unit could take place then; None for services that take no room.
    """

    slot: Interval
    unavailability: str | None
    left: int | None
    resource_ids: tuple[str, ...] = ()


class StartDate(NamedTuple):
    """A local date, and how many of its starts are available."""

    day: date
    starts: int


class Stretch(NamedTuple):
    """A time all through which `quota` more can be booked."""

    start: int
    end: int
    quota: int


def usual_length(services: Iterable[Service]) -> int:
    """Minutes of a booking that does not say how long: the least that is possible, or that is charged."""
    services = list(services)
    length = max(service.min_duration or service.charge_interval or USUAL_LENGTH for service in services)
    return min([length, *(service.max_duration for service in services if service.max_duration)])


class _Search:
    """Common to all searches: what is named is looked up, and every problem collected instead of stopping at the first."""

    def __init__(self, query: Query, known: Snapshot, now: int) -> None:
        organization = known.organization()
        if organization is None:
            raise LookupError("the organization of a valid token is missing")
        self.organization = organization
        self.query = query
        self.now = now
        self.problems = list(query.problems)
        self.zone = zone_of_name(query.timezone) or organization.zone
        if query.timezone is not None and zone_of_name(query.timezone) is None:
            self._refuse("invalid_timezone", "timezone")
        found = [
            self._found(known.timeslot_series(id), "timeslot_series", id, query.series)
            for id in query.series.ids
        ]
        self.series = [series for series in found if series]
        self.window = self._window()
        # Which resources may matter, and which time of them and of the series.
        self.resource_ids: tuple[str, ...] = ()
        self.around: Interval | None = None

    def keys(self) -> set[Key]:
        """What is to be read beside the query's own: the resources, and the ledgers of all days that matter."""
        return {Key("resource", id) for id in self.resource_ids} | {
            ledger_item(key) for key in self._ledgers()
        }

    def orders(self, known: Snapshot) -> set[Key]:
        """The orders that tell what holds are worth, to be read consistently once the ledgers are known."""
        return {order for key in self._ledgers() for order in needed_orders(known.ledger(key), self.now)}

    def _ledgers(self) -> list[LedgerKey]:
        of_resources = [key for id in self.resource_ids for key in self._days(id)]
        return of_resources + [key for series in self.series for key in self._days(series.id, is_series=True)]

    def _days(self, id: str, *, is_series: bool = False) -> list[LedgerKey]:
        return [
            LedgerKey(id, day, "timeslot_series" if is_series else "resource") for day in self._utc_days()
        ]

    def _utc_days(self) -> list[str]:
        return [day for day, _, _ in by_utc_day(self.around)] if self.around else []

    def _looked_up(self, known: Snapshot) -> dict[str, Resource]:
        """The resources, of those that are named all. Raises FrontdeskError with every problem of the request."""
        resources: dict[str, Resource] = {}
        for id in self.resource_ids:
            resource = known.resource(id)
            if id in self.query.resources.ids:
                self._found(resource, "resource", id, self.query.resources)
            if resource:
                resources[id] = resource
        self._check(resources)
        if self.problems:
            raise FrontdeskError(*self.problems)
        return resources

    def _check(self, resources: Mapping[str, Resource]) -> None:
        """What there is to say of the resources that were found."""

    def _days_of(self, owner: Resource | TimeslotSeries, known: Snapshot) -> "_Days":
        ledgers = map(known.ledger, self._days(owner.id, is_series=isinstance(owner, TimeslotSeries)))
        return _Days(owner, [(ledger, *holds_in(ledger, known, self.now)) for ledger in ledgers])

    def _opened(self, resource: Resource, within: Interval) -> list[Interval] | None:
        """None: always."""
        hours = hours_of(resource, self.organization)
        return None if hours.are_unlimited else open_intervals(hours, within)

    def _slots(self, series: TimeslotSeries, within: Interval) -> list[Interval]:
        """The slots of a series that begin within a time."""
        slots = slots_within(
            series.slots, series.valid_from, series.valid_until, zone_of(series, self.organization), within
        )
        return [slot for slot in slots if within.start <= slot.start]

    def _window(self) -> Interval | None:
        """The time that is asked about."""
        start, end = (
            self._instant(self.query.first, "start_date"),
            self._instant(self.query.last, "end_date", ends=True),
        )
        if start is None or end is None:
            return None
        if end <= start:
            self._refuse("end_before_start", "end_date")
            return None
        first, last = (datetime.fromtimestamp(instant, self.zone).date() for instant in (start, end - 1))
        if (last - first).days >= MAX_DAYS:
            self._refuse("invalid_parameter", "end_date", reason=Phrase("too_many_days", {"most": MAX_DAYS}))
            return None
        return Interval(start, end)

    def _instant(self, moment: date | datetime | None, parameter: str, *, ends: bool = False) -> int | None:
        if moment is None:
            return None
        if not isinstance(moment, datetime):
            midnight = datetime.combine(
                moment + timedelta(days=1) if ends else moment, time(), tzinfo=self.zone
            )
            return int(midnight.timestamp())
        instant = to_instant(moment, self.zone)
        if instant is None:
            self._refuse("nonexistent_time", parameter, moment=f"{moment:%Y-%m-%d %H:%M}", zone=self.zone.key)
        return instant

    def _refuse_too_many(self) -> None:
        owners = len(self.resource_ids) + len(self.series)
        if owners > MAX_OWNERS:
            reason = Phrase("too_many_owners", {"count": owners, "most": MAX_OWNERS})
        elif (ledgers := owners * len(self._utc_days())) > MAX_LEDGERS:
            reason = Phrase("too_many_resource_days", {"days": ledgers, "most": MAX_LEDGERS})
        else:
            return
        self._refuse("invalid_parameter", self.query.resources.parameter, reason=reason)
        self.resource_ids, self.around = (), None

    def _found(self, item: _T | None, kind: Kind, id: str, named: Named) -> _T | None:
        if item is None:
            self._refuse(f"{kind}_not_found", named.parameter, id=id)
        return item

    def _refuse(self, code: str, parameter: str, **values: Value) -> None:
        self.problems.append(Problem(code, values, 400, parameter=parameter))


class StartSearch(_Search):
    """When a booking can begin: of some services together, or `quantity` of one; on one of the resources, in the series if one is named."""

    def __init__(self, query: Query, known: Snapshot, now: int) -> None:
        super().__init__(query, known, now)
        found = [self._found(known.service(id), "service", id, query.services) for id in query.services.ids]
        self._services = [service for service in found if service]
        # Of a booking without resources and series, which these plans are, it looks at nothing but the time.
        self._times = Times(self.organization, known, now)
        self._grids: dict[str, list[Interval]] = {}
        if len(query.services.ids) > 1 and query.quantity > 1:
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
        """Every start of the grid, or slot of the series, in order. Raises FrontdeskError with every problem of the request."""
        places, course = self._places(known)
        there: defaultdict[Interval, list[_Place]] = defaultdict(list)
        for place in places:
            for slot in self._candidates(place):
                there[slot].append(place)
        untimely = {slot: self._untimely_on(slot, on) for slot, on in there.items()}
        wanted = sorted(slot for slot, reason in untimely.items() if reason is None)
        if course:
            wanted = course.free(wanted)
        free = {place.id: set(place.free(wanted)) for place in places}
        result = []
        for slot, on in sorted(there.items(), key=lambda each: each[0]):
            reason = untimely[slot]
            if reason is not None:
                result.append(Start(slot, reason, 0))
                continue
            ids = tuple(place.id for place in on if slot in free[place.id])
            if not ids:
                reason = min((_reason(slot, place, course) for place in on), key=_NEAREST.index)
            result.append(Start(slot, reason, self._left(slot, on, course), ids))
        return result

    def dates(self, known: Snapshot) -> list[StartDate]:
        """The dates, in the query's zone, that have an available start. Raises FrontdeskError with every problem of the request."""
        places, course = self._places(known)
        by_clock: defaultdict[ZoneInfo, list[_Place]] = defaultdict(list)
        for place in places:
            by_clock[self._zone_of(place)].append(place)
        available: set[Interval] = set()
        for zone, on in by_clock.items():
            available.update(self._free_of(self._candidates(on[0]), on, course, zone))
        days = Counter(datetime.fromtimestamp(slot.start, self.zone).date() for slot in available)
        return [StartDate(day, count) for day, count in sorted(days.items())]

    def _free_of(
        self, slots: Sequence[Interval], places: Sequence["_Place"], course: "_Place | None", zone: ZoneInfo
    ) -> Iterator[Interval]:
        """Those of some slots, which are in order, that can be booked on any of some places of a zone."""
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
            # What else is wrong with a time is so with all of its length.
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
        """Seconds that a booking may take, clock changes included."""
        return 60 * self._minutes + (0 if self._minutes % (24 * 60) else DAY)

    def _plan(self, slot: Interval, zone: ZoneInfo, quantity: int | None = None) -> Plan:
        """The booking at a time, wherever it is: what the order's own rules take their terms from."""
        services = tuple((service, quantity or self.query.quantity) for service in self._services)
        return Plan((), _NO_CONFIG, (), services, slot, zone, ())

    def _zone_of(self, place: "_Place") -> ZoneInfo:
        return zone_of(place.days.owner, self.organization)

    def _offered(self) -> tuple[str, ...]:
        """The resources on which all the services are offered, and the series if there is one."""
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

    def _places(self, known: Snapshot) -> tuple[list["_Place"], "_Place | None"]:
        """The resources, and the timeslot series if there is one, with what a booking depends on."""
        resources = self._looked_up(known)
        if self.window is None or self.around is None:
            return [], None
        plan = self._plan(self.window, self.zone)
        before, behind = plan.paddings
        at_ends = spans_closed_time(self._services)
        places = [
            _Place.of(
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
            (_Place.of(self._days_of(series, known), plan.weight, None, 0, 0) for series in self.series), None
        )
        return places, course

    def _candidates(self, place: "_Place") -> list[Interval]:
        """The slots of the series, or those that begin on the grid of the resource's wall clock, in order."""
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

    def _untimely_on(self, slot: Interval, places: Sequence["_Place"]) -> str | None:
        """As `_untimely`, where it is so on all of some places, of which each has its own clock."""
        zones = {zone.key: zone for zone in map(self._zone_of, places)}
        reasons = [self._untimely(slot, zone) for zone in zones.values()]
        return None if None in reasons else reasons[0]

    def _untimely(self, slot: Interval, zone: ZoneInfo) -> str | None:
        """Why nothing can be booked then on resources of a zone, whatever else is booked."""
        plan = self._plan(slot, zone)
        problems = chain(duration_problems(plan.services, slot, zone), self._times.untimely(plan))
        return next((UNAVAILABILITY.get(problem.code, problem.code) for problem in problems), None)

    def _left(self, slot: Interval, places: Sequence["_Place"], course: "_Place | None") -> int | None:
        unit, opened = (
            self._plan(slot, self.zone, 1).weight,
            [place for place in places if place.is_open(slot)],
        )
        if opened and not unit:
            return None
        left = sum(place.left(slot) // unit for place in opened)
        return left if course is None or not opened else min(left, course.left(slot) // unit)


class PeriodSearch(_Search):
    """How much of resources and timeslot series is left, from now on: in opening hours, in slots, beside what is booked."""

    def __init__(self, query: Query, known: Snapshot, now: int) -> None:
        super().__init__(query, known, now)
        of_series = {id for series in self.series for id in series.resource_ids}
        self.resource_ids = (*query.resources.ids, *sorted(of_series - set(query.resources.ids)))
        if self.window and now < self.window.end:
            self.window = Interval(max(now, self.window.start), self.window.end)
            ends = [slot.end for series in self.series for slot in self._slots(series, self.window)]
            self.around = Interval(self.window.start, max([self.window.end, *ends]))
        self._refuse_too_many()

    def periods(self, known: Snapshot) -> dict[str, list[Stretch]]:
        """By id: a resource's stretches, a series' slots. Raises FrontdeskError with every problem of the request."""
        resources = self._looked_up(known)
        if self.window is None or self.around is None:
            return {id: [] for id in (*self.query.resources.ids, *self.query.series.ids)}
        days = {id: self._days_of(resource, known) for id, resource in resources.items()}
        opened = {id: self._opened(resource, self.around) for id, resource in resources.items()}
        result: dict[str, list[Stretch]] = {}
        for id in self.query.resources.ids:
            hours = [self.window] if opened[id] is None else opened[id]
            within = (
                Interval(max(start, self.window.start), min(end, self.window.end))
                for start, end in hours or ()
            )
            result[id] = [
                stretch for part in within if part.start < part.end for stretch in days[id].stretches(part)
            ]
        for series in self.series:
            own, on = self._days_of(series, known), [id for id in series.resource_ids if id in resources]
            result[series.id] = []
            for slot in self._slots(series, self.window):
                room = sum(days[id].left(slot) for id in on if _lies_in(slot, opened[id]))
                left = own.left(slot)
                result[series.id].append(Stretch(*slot, min(left, room) if series.resource_ids else left))
        return result


class _Days:
    """An owner's ledgers over a time, each with its holds that are over and those that may come to nothing."""

    def __init__(
        self,
        owner: Resource | TimeslotSeries,
        ledgers: Sequence[tuple[Ledger, Mapping[str, Hold], Mapping[str, Hold]]],
    ) -> None:
        self.owner = owner
        self._ledgers = ledgers

    @property
    def are_pending(self) -> bool:
        """Whether orders are being placed on any of them."""
        return any(pending for _, _, pending in self._ledgers)

    def busy(self, weight: int, *, for_sure: bool = False) -> list[Interval]:
        """Where `weight` more has no room; `for_sure`, whatever becomes of orders that are being placed."""
        if not weight:
            return []
        return merged(
            Interval(midnight + start, midnight + end)
            for ledger, over, pending in self._ledgers
            for midnight in (day_start(ledger.key.day),)
            for start, end, _ in taken(
                ledger,
                Claim(0, DAY, weight),
                self.owner.quantity,
                [*over.values(), *(pending.values() if for_sure else ())],
            )
        )

    def left(self, interval: Interval) -> int:
        """The least that is left at any moment of an interval."""
        starts, quotas = self._quotas
        return min(quotas[bisect_right(starts, interval.start) - 1 : bisect_left(starts, interval.end)])

    def stretches(self, interval: Interval) -> Iterator[Stretch]:
        """An interval in stretches of the same quota, in order."""
        starts, quotas = self._quotas
        first, last = bisect_right(starts, interval.start) - 1, bisect_left(starts, interval.end)
        for at in range(first, last):
            end = starts[at + 1] if at + 1 < last else interval.end
            yield Stretch(max(starts[at], interval.start), end, quotas[at])

    @cached_property
    def _quotas(self) -> tuple[list[int], list[int]]:
        """Where what is left changes, and to how much."""
        starts: list[int] = []
        quotas: list[int] = []
        for ledger, over, _ in self._ledgers:
            midnight = day_start(ledger.key.day)
            given_back = [hold.claim._replace(quantity=-hold.claim.quantity) for hold in over.values()]
            for segment, in_use in joined(occupied(ledger, given_back).segments).items():
                quota = max(0, self.owner.quantity - in_use)
                if not quotas or quotas[-1] != quota:
                    starts.append(midnight + segment.start)
                    quotas.append(quota)
        return starts, quotas


class _Place(NamedTuple):
    """An owner and where a booking of some weight has no room in it: as it is now, and whatever becomes of orders being placed.

    `at_ends`: only the start and the end of a booking must be in what is `opened`.
    """

    days: _Days
    opened: Sequence[Interval] | None
    busy: Sequence[Interval]
    surely_busy: Sequence[Interval]
    before: int
    behind: int
    at_ends: bool

    @classmethod
    def of(
        cls,
        days: _Days,
        weight: int,
        opened: Sequence[Interval] | None,
        before: int,
        behind: int,
        *,
        at_ends: bool = False,
    ) -> "_Place":
        busy = days.busy(weight)
        surely = days.busy(weight, for_sure=True) if days.are_pending else busy
        return cls(days, opened, busy, surely, before, behind, at_ends)

    @property
    def id(self) -> str:
        return self.days.owner.id

    def free(self, slots: Sequence[Interval]) -> list[Interval]:
        """Those of some slots, which are in order, that can be booked."""
        opened = self.opened
        if self.at_ends:
            slots, opened = [slot for slot in slots if self.is_open(slot)], None
        lengths = {end - start for start, end in slots}
        if len(lengths) == 1:
            (length,), starts = lengths, [start for start, _ in slots]
            free = free_starts(
                starts, length, busy=self.busy, opened=opened, before=self.before, behind=self.behind
            )
            return [Interval(start, start + length) for start in free]
        most = len(slots)
        return free_slots(
            slots, 0, busy=self.busy, opened=opened, before=self.before, behind=self.behind, most=most
        )

    def starts(self, length: int, within: Interval) -> list[Interval]:
        """The instants of a time at which a slot of `length` > 0 is free, as few intervals in order."""
        room: list[Interval] = []
        since = within.start
        for busy in self.busy:
            room.append(Interval(since, busy.start - self.behind - length + 1))
            since = max(since, busy.end + self.before)
        room = [each for each in (*room, Interval(since, within.end)) if each.start < each.end]
        if self.opened is None:
            return room
        if self.at_ends:
            ending = merged(Interval(start - length, end - length + 1) for start, end in self.opened)
            return common(room, common(self.opened, ending))
        fitting = [Interval(start, end - length + 1) for start, end in self.opened if end - start >= length]
        return common(room, fitting)

    def is_open(self, slot: Interval) -> bool:
        if self.at_ends and self.opened is not None:
            return ends_lie_in(slot, self.opened)
        return _lies_in(slot, self.opened)

    def is_taken(self, slot: Interval) -> bool:
        return not is_free(slot, busy=self.surely_busy, opened=None, before=self.before, behind=self.behind)

    def left(self, slot: Interval) -> int:
        return self.days.left(Interval(slot.start - self.before, slot.end + self.behind))


def _lies_in(slot: Interval, opened: Sequence[Interval] | None) -> bool:
    return is_free(slot, busy=(), opened=opened, before=0, behind=0)


def _reason(slot: Interval, place: _Place, course: _Place | None) -> str:
    """Why a slot that is neither too early nor too long can not be booked there."""
    if not place.is_open(slot):
        return "off_schedule"
    return (
        "booked_out" if place.is_taken(slot) or (course is not None and course.is_taken(slot)) else "pending"
    )
