"""The worst availability requests that the limits allow, measured in executed lines of the product."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.availability.periods import PeriodSearch
from frontdesk.domain.availability.search import Named, Query
from frontdesk.domain.availability.starts import StartSearch
from frontdesk.domain.catalog.items import Resource, Service, TimeslotSeries
from frontdesk.domain.ledger import Ledger, LedgerKey, Segment
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.time.intervals import DAY, Interval
from frontdesk.domain.time.opening_hours import WEEKDAYS
from frontdesk.domain.time.timeslots import is_slot, nearest_slots, slots_within
from tests.support.work import steps_of
from tests.unit.builders import DESK, NOW, ORGANIZATION, Shop, booking, order

BERLIN = ZoneInfo("Europe/Berlin")
# 48 open half hours, with a break of a minute after each.
HOURS = tuple((f"{n // 2:02}:{30 * (n % 2):02}", f"{n // 2:02}:{30 * (n % 2) + 29:02}") for n in range(48))
FIRST = date(2026, 5, 1)


def hours_in_use(key: LedgerKey, used: int) -> Ledger:
    """Returns a day on which every other half hour is in use."""
    segments = {Segment(1800 * n, 1800 * n + 1800): used * (n % 2) for n in range(DAY // 1800)}
    return Ledger(key, segments, version=1)


def world(owners: int, days: int, used: int, *, slots: int = 0, service: Service = DESK) -> Snapshot:
    """Returns resources that are in use every other half hour of these days, and a timeslot series with this many slots a day."""
    ids = [f"r{n}" for n in range(owners)]
    hours = dict.fromkeys(WEEKDAYS, HOURS)
    items = [Resource(id=id, name=id, quantity=1, opening_hours=hours) for id in ids]
    known = {Key("organization", "o"): ORGANIZATION}
    known |= {Key("resource", each.id): each for each in items}
    known[Key("service", service.id)] = service.model_copy(update={"resource_ids": frozenset(ids)})
    series = TimeslotSeries(id="s", name="S", quantity=100_000, slots=many_slots(slots))
    known[Key("timeslot_series", "s")] = series
    for id in ids:
        for day in range(-2, days + 2):
            key = LedgerKey(id, (FIRST + timedelta(days=day)).isoformat())
            known[ledger_item(key)] = hours_in_use(key, used)
    for day in range(-2, days + 3):
        known[Key("series_ledger", "s", (FIRST + timedelta(days=day)).isoformat())] = None
    return Snapshot(known)


def many_slots(count: int) -> dict:
    """Returns slots of all lengths, the most allowed for each day."""
    of_day = tuple(
        (f"{n // 15:02}:{4 * (n % 15):02}", f"{n // 15:02}:{4 * (n % 15) + 1 + n % 3:02}")
        for n in range(count)
    )
    return dict.fromkeys(WEEKDAYS, of_day)


def asked(owners: int, days: int, *, series: bool = False, duration: int | None = 1) -> Query:
    return Query(
        Named("service_id", (DESK.id,)),
        Named("resource_id", tuple(f"r{n}" for n in range(owners))),
        Named("timeslot_series_id", ("s",) if series else ()),
        FIRST,
        FIRST + timedelta(days=days - 1),
        duration=None if series else duration,
    )


EVERY_MINUTE = DESK.model_copy(update={"booking_interval": 1, "min_duration": None})


# A tenth of the most that can be requested, for a tenth of the work: counting takes ten times as long as running.
OWNERS, DAYS = 10, 30
STEPS = 1_700_000


@pytest.mark.parametrize("used", [0, 1])
def test_the_dates_of_many_resources(used: int) -> None:
    known = world(OWNERS, DAYS, used, service=EVERY_MINUTE)
    assert steps_of(lambda: StartSearch(asked(OWNERS, DAYS), known, NOW).dates(known), STEPS)
    assert sum(each.starts for each in StartSearch(asked(OWNERS, DAYS), known, NOW).dates(known)) > 10_000


def test_the_starts_of_a_day_on_many_resources() -> None:
    known = world(OWNERS, 1, 1, service=EVERY_MINUTE)
    assert steps_of(lambda: StartSearch(asked(OWNERS, 1), known, NOW).starts(known), STEPS)


def test_the_starts_of_the_longest_bookings() -> None:
    known = world(1, 301, 1, service=EVERY_MINUTE)
    query = asked(1, 1, duration=300 * 24 * 60)
    assert steps_of(lambda: StartSearch(query, known, NOW).starts(known), STEPS)


def test_the_slots_of_a_series_on_many_resources() -> None:
    known = world(OWNERS, DAYS, 1, slots=300)
    query = asked(OWNERS, DAYS, series=True)
    assert steps_of(lambda: StartSearch(query, known, NOW).dates(known), STEPS)


def test_the_periods_of_a_series_and_its_resources() -> None:
    known = world(OWNERS, DAYS, 1, slots=300)
    query = asked(OWNERS, DAYS, series=True)._replace(services=Named("service_id"))
    assert steps_of(lambda: PeriodSearch(query, known, NOW).periods(known), STEPS)


def test_a_series_of_a_thousand_off_the_slots_of_a_full_timeslot_series() -> None:
    series = TimeslotSeries(id="s", name="S", slots=many_slots(300), quantity=100_000)
    shop = Shop(ORGANIZATION.model_copy(update={"id": "o"}))
    shop.items[Key("timeslot_series", "s")] = series
    off = booking(
        "2026-04-15T09:03:00+02:00", "2026-04-15T09:06:00+02:00", resource_id="desks", service_id={"desk": 1},
        timeslot_series_id="s", recurring={"frequency": "daily", "count": 1000},
    )  # fmt: skip
    assessor, known = shop.read(order(off))

    assert steps_of(lambda: assessor.assess(known)) > 0
    nearest = [
        problem.meta["nearest"]
        for each in assessor.assess(known).bookings
        for problem in each.conflicts
        if problem.code == "not_a_slot_of_series"
    ]
    assert len(nearest) == 1000
    assert nearest[0], "the first are told what is near"
    assert nearest[-1] == [], "a series off its slots is not told a thousand times where they are"


@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Africa/Casablanca"]),
    st.integers(0, 400 * 24 * 4),
    st.integers(0, 100),
    st.lists(st.tuples(st.integers(0, 95), st.integers(0, 96)), max_size=8),
    st.booleans(),
)
def test_what_is_a_slot_is_what_is_among_the_slots_around(
    zone: str, quarter: int, length: int, times: list[tuple[int, int]], limited: bool
) -> None:
    slots = dict.fromkeys(WEEKDAYS, tuple((clock(a), clock(b)) for a, b in times))
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) + 900 * quarter
    around = Interval(start - DAY, start + DAY)
    of = ZoneInfo(zone)
    until = date(2026, 6, 1) if limited else None
    within = slots_within(slots, None, until, of, around)
    for slot in [*within, Interval(start, start + 900 * max(1, length))]:
        assert is_slot(slots, None, until, of, slot) == (slot in slots_within(slots, None, until, of, slot))


def clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{15 * (quarter % 4):02}"


@given(
    st.integers(0, 4_000),
    st.lists(st.tuples(st.integers(0, 95), st.integers(0, 96)), max_size=5),
    st.booleans(),
)
def test_the_nearest_slots_are_the_nearest_of_all(
    quarter: int, times: list[tuple[int, int]], limited: bool
) -> None:
    slots = {"mon": tuple((clock(a), clock(b)) for a, b in times), "thu": (("09:00", "10:00"),)}
    start = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) + 900 * quarter
    until = date(2026, 3, 10) if limited else None
    found = nearest_slots(slots, None, until, BERLIN, Interval(start, start + 900))
    day = datetime.fromtimestamp(start, BERLIN).date()
    day = min(day, until or day)
    first = int(datetime(day.year, day.month, day.day, tzinfo=BERLIN).timestamp())
    every = slots_within(slots, None, until, BERLIN, Interval(first - 35 * DAY, first + 36 * DAY))
    best = sorted(every, key=lambda slot: (abs(slot.start - start), slot))[:3]
    assert found == sorted(best)
