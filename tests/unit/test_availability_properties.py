"""Every offered start can be booked, and any other is refused, for every catalog and all bookings. Source: issue 6.

Availability examines all starts of a day together, an order only one. Here both are compared: orders are placed at offered starts and at
others. FRONTDESK_SEED=n runs other examples.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from math import lcm
from zoneinfo import ZoneInfo

from hypothesis import event, given
from hypothesis import strategies as st

from frontdesk.domain.availability.search import Named, Query
from frontdesk.domain.availability.starts import UNAVAILABILITY, Start
from frontdesk.domain.catalog.items import Resource, Service, TimeslotSeries
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.time.intervals import Interval
from frontdesk.domain.time.timeslots import slots_within
from frontdesk.usecases.availability import free_periods, possible_starts, start_dates
from frontdesk.usecases.context import Context
from tests.support.examples import some_of
from tests.support.fakes import FakeClock, FakeStore
from tests.unit.test_order_properties import (
    ZONES,
    Body,
    Business,
    bodies,
    businesses,
    examples,
    outcome,
    picker,
)

NEAREST = ("pending", "booked_out", "off_schedule")
PLAIN = Service(id="plain", name="Plain", price=1, tax_rate=Decimal(0))


@dataclass(frozen=True)
class Case:
    """A business with bookings at a certain time, and a query."""

    business: Business
    store: FakeStore
    now: int
    query: Query

    @property
    def zone(self) -> ZoneInfo:
        owners = {each.id: each for each in (*self.business.resources, *self.business.series)}
        named = (*self.query.resources.ids, *self.query.series.ids)
        zones = {self.zone_of(owners[id]).key for id in named if id in owners}
        usual = zones.pop() if len(zones) == 1 else self.business.organization.timezone
        return ZoneInfo(self.query.timezone or usual)

    @property
    def series(self) -> TimeslotSeries | None:
        return next((series for series in self.business.series if series.id in self.query.series.ids), None)

    def zone_of(self, owner: Resource | TimeslotSeries) -> ZoneInfo:
        return ZoneInfo(owner.timezone or self.business.organization.timezone)

    def starts(self, **instead: object) -> list[Start]:
        return possible_starts(Context("o", FakeClock(self.now)), self.query._replace(**instead), self.store)  # type: ignore[arg-type]

    def problems(
        self, slot: Interval, resource: str, quantity: int | None = None, store: FakeStore | None = None
    ) -> set[str]:
        """Returns the problems of an order at that time.

        It is placed as a draft, which needs no custom fields, and only into the `store` that is given.
        """
        start, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in slot)
        services = dict.fromkeys(self.query.services.ids, quantity or self.query.quantity)
        booking: Body = {
            "resource_id": resource,
            "service_id": services,
            "start_date": start,
            "end_date": end,
        }
        if self.series:
            booking |= {"timeslot_series_id": self.series.id}
        body = {"bookings": [booking], "complete_order": False}
        into = store or self.business.store(like=self.store)
        placed, found = outcome(lambda: self.business.place(body, into, FakeClock(self.now)))
        assert (placed is None) == bool(found)
        return {problem.code for problem in found}


@st.composite
def cases(draw: st.DrawFn, most_days: int = 1) -> Case:
    business = draw(businesses())
    pick = picker(draw)
    store, clock = business.store(), FakeClock(business.now)
    for body in draw(st.lists(bodies(business), max_size=6)):
        outcome(lambda body=body: business.place(body, store, clock))
    # By then, some drafts have expired, and nobody has removed them.
    now = business.now + pick(0, 0, 901, 3601)
    services = {pick(*business.services).id, *pick((), (), (business.services[0].id,))}
    offered = [
        r.id for r in business.resources if all(r.id in business.service(id).resource_ids for id in services)
    ]
    series = pick(None, None, *business.series)
    day = datetime.fromtimestamp(now, UTC).date() + timedelta(days=pick(2, 1, 2, 0, 3, -1, 20))
    query = Query(
        Named("service_id", tuple(sorted(services))),
        Named("resource_id", tuple(offered[: pick(0, 1, 2, 3)])),
        Named("timeslot_series_id", (series.id,) if series else ()),
        day,
        day + timedelta(days=pick(*range(most_days))),
        pick(None, None, *ZONES),
        None if series else pick(None, 60, 30, 45, 480, 15, 1500),
        pick(1, 1, 2, 3, 7) if len(services) == 1 else 1,
    )
    return Case(business, store, now, query)


def telling(starts: Sequence[Start]) -> list[Start]:
    """Returns the first and the last start, and those that differ from a neighbor: where something changes."""
    said = [start[1:] for start in starts]
    return [
        start
        for i, start in enumerate(starts)
        if i in (0, len(starts) - 1) or said[i - 1] != said[i] or said[i] != said[i + 1]
    ]


def minutes_of(case: Case) -> Iterable[int]:
    """Returns every minute of the queried days, in local time."""
    assert case.query.first
    assert case.query.last
    noon = int(datetime.combine(case.query.first, time(12), tzinfo=case.zone).timestamp())
    days = (case.query.last - case.query.first).days
    for minute in range(noon - 86_400, noon + (days + 1) * 86_400, 60):
        if case.query.first <= datetime.fromtimestamp(minute, case.zone).date() <= case.query.last:
            yield minute


def bookable(case: Case) -> list[Resource]:
    """Returns the queried resources."""
    limits = [case.business.service(id).resource_ids for id in case.query.services.ids]
    if case.series and case.series.resource_ids:
        limits.append(case.series.resource_ids)
    named = case.query.resources.ids or [resource.id for resource in case.business.resources]
    return [
        resource
        for resource in case.business.resources
        if resource.id in named and all(resource.id in ids for ids in limits)
    ]


@examples(250)
@given(cases())
def test_what_is_offered_can_be_booked_and_what_is_not_offered_is_refused(case: Case) -> None:
    for start in telling(case.starts()):
        event(start.unavailability or "available")
        refusals = {resource.id: case.problems(start.slot, resource.id) for resource in bookable(case)}

        assert {id for id, codes in refusals.items() if not codes} == set(start.resource_ids)
        assert (start.unavailability is None) == bool(start.resource_ids)
        if start.unavailability:
            assert start.unavailability in {
                UNAVAILABILITY.get(code, code) for codes in refusals.values() for code in codes
            }


@examples(250)
@given(cases(most_days=3))
def test_every_start_of_the_days_is_told_of(case: Case) -> None:
    minutes = set(minutes_of(case))
    if case.series:
        within = Interval(min(minutes), max(minutes) + 60)
        terms = case.series.slots, case.series.valid_from, case.series.valid_until, case.zone_of(case.series)
        expected = (
            {slot.start for slot in slots_within(*terms, within) if slot.start in minutes}
            if bookable(case)
            else set()
        )
    else:
        zones = {case.zone_of(resource) for resource in bookable(case)}
        intervals = [
            service.booking_interval
            for id in case.query.services.ids
            if (service := case.business.service(id)).booking_interval
        ]
        step = lcm(*intervals) if intervals else 15
        clocks = ((minute, datetime.fromtimestamp(minute, zone)) for minute in minutes for zone in zones)
        expected = {minute for minute, clock in clocks if (60 * clock.hour + clock.minute) % step == 0}

    assert [start.slot.start for start in case.starts()] == sorted(expected)


@examples(150)
@given(cases())
def test_as_many_can_be_booked_as_are_told_to_be_left(case: Case) -> None:
    starts = [start for start in case.starts() if start.unavailability in (None, "booked_out")]
    for start in {start.left: start for start in starts}.values():
        if len(case.query.services.ids) > 1 or start.left is None or start.left > 40:
            continue
        event(f"{min(start.left, 5)} left")
        store = case.business.store(like=case.store)
        placed = 0
        for resource in bookable(case):
            while placed <= start.left and not case.problems(start.slot, resource.id, 1, store):
                placed += 1
        assert placed == start.left


@examples(150)
@given(cases(most_days=5))
def test_a_date_has_as_many_starts_as_are_available_on_it(case: Case) -> None:
    on: defaultdict[date, list[Start]] = defaultdict(list)
    for start in case.starts():
        on[datetime.fromtimestamp(start.slot.start, case.zone).date()].append(start)

    dates = start_dates(Context("o", FakeClock(case.now)), case.query, case.store)

    assert dates == sorted(dates)
    assert {day for day, *_ in dates} >= {*on}
    for day, count, reason in dates:
        assert count == sum(bool(start.resource_ids) for start in on[day])
        reasons = {start.unavailability for start in on[day]} or {"off_schedule"}
        nearest = next((each for each in NEAREST if each in reasons), None)
        event(f"{reason}")
        if count or nearest:
            assert reason == (None if count else nearest)
        else:
            assert reason in reasons


@examples(150)
@given(cases(most_days=3))
def test_a_period_has_room_for_its_quota_and_for_no_more(case: Case) -> None:
    resources, hall = case.business.resources, Resource(id="hall", name="Hall", quantity=100_000)
    plain = PLAIN.model_copy(
        update={"resource_ids": frozenset(resource.id for resource in (*resources, hall))}
    )
    case.store.items |= {Key("service", plain.id): plain, Key("resource", hall.id): hall}
    ids = tuple(resource.id for resource in resources)
    series = tuple(series.id for series in case.business.series)
    query = case.query._replace(
        resources=Named("r[]", ids), series=Named("timeslot_series_id", series), services=Named("service_id")
    )
    found = free_periods(Context("o", FakeClock(case.now)), query, case.store)
    periods = {id: each.stretches for id, each in found.items()}
    case = replace(
        case,
        query=query._replace(
            services=Named("service_id", (plain.id,)), series=Named("timeslot_series_id"), quantity=1
        ),
    )

    assert list(periods) == [*ids, *series]
    for number, id in enumerate(ids):
        for stretch in some_of(periods[id], number, 3):
            event("some left" if stretch.quota else "none left")
            slot = Interval(stretch.start, stretch.end)
            assert stretch.quota == 0 or not case.problems(slot, id, stretch.quota)
            assert "slot_unavailable" in case.problems(slot, id, stretch.quota + 1)
        for one, other in pairwise(periods[id]):
            assert (one.end < other.start) or (one.end == other.start and one.quota != other.quota)
            if one.end < other.start:
                event("closed")
                assert "outside_opening_hours" in case.problems(Interval(one.end, one.end + 60), id)
    for of in case.business.series:
        in_series = replace(case, query=case.query._replace(series=Named("timeslot_series_id", (of.id,))))
        for stretch in periods[of.id]:
            event("a slot")
            store, placed = case.business.store(like=case.store), 0
            for id in sorted(of.resource_ids) or [hall.id]:
                while placed <= stretch.quota and not in_series.problems(
                    Interval(stretch.start, stretch.end), id, 1, store
                ):
                    placed += 1
            assert placed == stretch.quota
