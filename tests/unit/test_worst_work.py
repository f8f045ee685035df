"""Searches for the worst previews and availability requests by their work: at a tenth of the limits, a tenth of three seconds."""

from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st

from frontdesk.domain.assessment.limits import MAX_LEDGERS
from frontdesk.domain.availability.periods import PeriodSearch
from frontdesk.domain.availability.starts import StartSearch
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.domain.requests.order import MAX_BOOKINGS, read_config
from frontdesk.domain.time.intervals import DAY, iso
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.calculate import calculate_order
from tests.support.fakes import FakeClock, FakeStore
from tests.support.work import MAX_STEPS, steps_of
from tests.unit.builders import ADA, NOW, ORGANIZATION, booking, order
from tests.unit.test_limits import FIRST, busy_days
from tests.unit.test_work_of_availability import EVERY_MINUTE, asked, world

search = settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.target],
    suppress_health_check=list(HealthCheck),
)


class Preview(NamedTuple):
    """Bookings of this many rooms and days. Each day has `segments`, every other one taken, or all free."""

    rooms: int
    days: int
    segments: int
    is_taken: bool
    is_series: bool


class Look(NamedTuple):
    """A request for this many resources and days, taken or free, on the grid or in a series with this many slots a day."""

    owners: int
    days: int
    used: int
    slots: int
    what: str


def work_of_preview(of: Preview) -> int:
    rooms = [Resource(id=f"room{n}", name="R") for n in range(of.rooms)]
    ids = [room.id for room in rooms]
    meet = Service(id="meet", name="M", price=1, tax_rate=0, resource_ids=frozenset(ids), min_duration=1)
    days = min(of.days, MAX_LEDGERS // 10 // of.rooms)
    count = max(1, min(MAX_BOOKINGS // 10, MAX_LEDGERS // 10 // of.rooms // days))
    store = FakeStore("o", (ORGANIZATION, ADA, *rooms, meet))
    for id in ids:
        store.items |= busy_days(count * days + 1, of.segments, id, int(of.is_taken))
    starts = [FIRST + n * days * DAY for n in range(1 if of.is_series else count)]
    rule = {"recurring": {"frequency": "daily", "interval": days, "count": count}} if of.is_series else {}
    bookings: list[dict[str, Any]] = [
        booking(iso(start + 60), iso(start + days * DAY - 60), resource_id=ids, service_id={"meet": 1}) | rule
        for start in starts
    ]

    reading = read_config(order(*bookings))
    return steps_of(lambda: calculate_order(Context("o", FakeClock(NOW)), reading, store))


def work_of_look(of: Look) -> int:
    days = min(of.days, 310 // of.owners)
    query = asked(of.owners, days, series=bool(of.slots))
    known = world(of.owners, days, of.used, slots=of.slots, service=EVERY_MINUTE)
    if of.what == "periods":
        periods = query._replace(services=query.services._replace(ids=()))
        return steps_of(lambda: PeriodSearch(periods, known, NOW).periods(known))
    found = StartSearch(query, known, NOW)
    return steps_of(lambda: found.dates(known) if of.what == "dates" else found.starts(known))


@pytest.mark.thorough
@search
@given(
    st.builds(
        Preview,
        rooms=st.sampled_from([1, 5, 10]),
        days=st.sampled_from([1, 3, 25, 250]),
        segments=st.sampled_from([1, 10, 100, 480]),
        is_taken=st.booleans(),
        is_series=st.booleans(),
    )
)
def test_no_preview_is_more_work_than_it_may_be(of: Preview) -> None:
    target(float(work_of_preview(of)))


@pytest.mark.thorough
@search
@given(
    st.builds(
        Look,
        owners=st.sampled_from([1, 3, 10]),
        days=st.sampled_from([1, 9, 30]),
        used=st.sampled_from([0, 1]),
        slots=st.sampled_from([0, 30, 300]),
        what=st.sampled_from(["dates", "periods", "starts"]),
    ).filter(lambda of: of.what != "starts" or of.days == 1)
)
def test_no_look_at_availability_is_more_work_than_it_may_be(of: Look) -> None:
    target(float(work_of_look(of)))


def test_the_worst_preview_that_was_found() -> None:
    """Ten refused bookings with alternatives on many days, up to the limit of that search."""
    worst = Preview(rooms=5, days=1, segments=100, is_taken=True, is_series=False)
    assert 500_000 < work_of_preview(worst) <= MAX_STEPS // 3


def test_the_worst_look_at_availability_that_was_found() -> None:
    worst = Look(owners=10, days=30, used=1, slots=300, what="dates")
    assert 1_000_000 < work_of_look(worst) <= MAX_STEPS


def test_a_long_booking_on_days_that_are_cut_into_every_minute_is_little_work() -> None:
    """1,000 such days took fourteen seconds, nearly all of it to find alternatives."""
    long = Preview(rooms=1, days=100, segments=1_440, is_taken=True, is_series=False)
    assert work_of_preview(long) <= 500_000
