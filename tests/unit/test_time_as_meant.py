"""Time as people understand it: days are days on the local clock of a place, whatever the clocks do (issue 16)."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.api.answers.availability import Unavailability
from frontdesk.domain.availability.search import Named, Query
from frontdesk.domain.catalog.items import CatalogItem, Organization, Resource, Service, TimeslotSeries
from frontdesk.domain.orders.order import Booking
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import is_same, read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import Interval, instant_of, nominal_length, to_instant
from frontdesk.domain.time.opening_hours import WEEKDAYS
from frontdesk.domain.time.recurrence import Recurrence, occurrences
from frontdesk.usecases.availability import free_periods, possible_starts
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.calculate import calculate_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Placed, place_order
from tests.support.fakes import FakeClock, FakeStore
from tests.unit.builders import at

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOW = at("2030-01-01T12:00:00+01:00")
ALL = frozenset({"flat", "loft", "beach", "shop", "bar"})
ORGANIZATION = Organization(id="o", name="Venues", timezone="Europe/Berlin", currency="EUR")
FLAT = Resource(id="flat", name="Flat")
LOFT = Resource(id="loft", name="Loft", timezone="America/New_York")
BEACH = Resource(id="beach", name="Beach", timezone="America/Los_Angeles")
SHOP = Resource(id="shop", name="Shop", opening_hours=dict.fromkeys(WEEKDAYS[:5], (("09:00", "18:00"),)))
BAR = Resource(
    id="bar", name="Bar", opening_hours={"thu": (("20:00", "23:00"),), **dict.fromkeys(WEEKDAYS[4:6], (("22:00", "02:00"),))}
)  # fmt: skip
DAY = Service(
    id="day",
    name="Day",
    price=2500,
    tax_rate=Decimal(19),
    charge_interval=1440,
    min_duration=1440,
    max_duration=1440,
    resource_ids=ALL,
)
STAY = Service(
    id="stay", name="Stay", price=2500, tax_rate=Decimal(19), charge_interval=1440, resource_ids=ALL
)
HOUR = Service(id="hour", name="Hour", price=1000, tax_rate=Decimal(19), charge_interval=60, resource_ids=ALL)
LOAN = STAY.model_copy(update={"id": "loan", "spans_closed_time": True})
AHEAD = HOUR.model_copy(update={"id": "ahead", "advance_booking_period": 30 * 1440})


class Desk:
    """The organization's store: what is booked, previewed, moved and offered there."""

    def __init__(self, *instead: CatalogItem, now: int = NOW) -> None:
        catalog = (ORGANIZATION, FLAT, LOFT, BEACH, SHOP, BAR, DAY, STAY, HOUR, LOAN, AHEAD, *instead)
        self.store = FakeStore("o", {item.id: item for item in catalog}.values())
        self.clock = FakeClock(now)

    def preview(self, *bookings: dict[str, Any], **more: Any) -> Any:
        reading = read_config({"bookings": list(bookings), **more})
        return calculate_order(Context("o", self.clock), reading, self.store)

    def book(self, *bookings: dict[str, Any], **more: Any) -> Placed:
        return place_order(
            Context("o", self.clock), read_config({"bookings": list(bookings), **more}), self.store
        )

    def refused(self, *bookings: dict[str, Any], **more: Any) -> list[Problem]:
        with pytest.raises(FrontdeskError) as error:
            self.book(*bookings, **more)
        return list(error.value.problems)

    def move(self, booking: Booking, **attributes: Any) -> Booking:
        document = {"data": {"type": "bookings", "id": booking.id, "attributes": attributes}}
        moved, _, _ = move_booking(
            Context("o", self.clock),
            booking.id,
            read_document(BookingDocument, "bookings", document, booking.id),
            self.store,
        )
        return moved

    def starts(self, service: str, resource: str, day: str, **more: Any) -> dict[str, Any]:
        """By the time on the resource's clock: until when, or why not."""
        query = Query(
            Named("service_id", (service,)),
            Named("resource_id", (resource,)),
            Named("timeslot_series_id"),
            first=date.fromisoformat(day),
            last=date.fromisoformat(day),
            **more,
        )
        zone = ZoneInfo(
            self.store.items[next(k for k in self.store.items if k.id == resource)].timezone
            or "Europe/Berlin"
        )
        found = possible_starts(Context("o", self.clock), query, self.store)
        # The OpenAPI document lists every reason.
        assert {start.unavailability for start in found} <= {None, *get_args(Unavailability)}
        return {
            _clock(start.slot.start, zone): start.unavailability or _clock(start.slot.end, zone)
            for start in found
        }


def _clock(instant: int, zone: ZoneInfo = BERLIN) -> str:
    return datetime.fromtimestamp(instant, zone).strftime("%Y-%m-%d %H:%M")


def _clocks(booking: Any, zone: ZoneInfo = BERLIN) -> tuple[str, str]:
    return _clock(booking.start, zone), _clock(booking.end, zone)


def b(start: str, end: str, service: str = "stay", resource: str = "flat", **more: Any) -> dict[str, Any]:
    return {"resource_id": resource, "service_id": {service: 1}, "start_date": start, "end_date": end, **more}


def codes(problems: Any) -> list[str]:
    return [problem.code for problem in problems]


# Whole days


@pytest.mark.parametrize("day", ["2030-03-31", "2030-07-01", "2030-10-27"])
def test_a_day_is_a_day_when_the_clocks_change(day: str) -> None:
    following = str(date.fromisoformat(day) + timedelta(days=1))

    sold = Desk().book(b(f"{day}T00:00", f"{following}T00:00", "day"))

    assert sold.order.amounts.total == 2500
    assert sold.bookings[0].charged_duration == 1440


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2030-10-27T00:00", "2030-10-27T23:00", "under_min_duration"),  # 24 hours
        ("2030-03-31T00:00", "2030-04-01T01:00", "over_max_duration"),  # 24 hours
        ("2030-03-31T00:00", "2030-03-31T23:00", "under_min_duration"),
    ],
)
def test_twenty_four_hours_are_no_day_when_the_clocks_change(start: str, end: str, code: str) -> None:
    assert codes(Desk().refused(b(start, end, "day"))) == [code]


def test_each_started_day_is_charged() -> None:
    desk = Desk()
    for end, total in (("2030-10-28T10:00", 5000), ("2030-10-28T10:01", 7500), ("2030-10-28T09:00", 5000)):
        assert desk.preview(b("2030-10-26T10:00", end)).amounts.total == total


def test_hours_stay_exact() -> None:
    desk = Desk()
    assert desk.preview(b("2030-10-27T00:00", "2030-10-27T06:00", "hour")).amounts.total == 7000
    assert desk.preview(b("2030-03-31T00:00", "2030-03-31T06:00", "hour")).amounts.total == 5000


@pytest.mark.parametrize("day", ["2030-03-31", "2030-10-27"])
def test_whole_days_are_offered_whole(day: str) -> None:
    following = str(date.fromisoformat(day) + timedelta(days=1))
    offered = Desk().starts("day", "flat", day)
    assert offered[f"{day} 00:00"] == f"{following} 00:00"
    assert offered[f"{day} 12:00"] == f"{following} 12:00"


def test_whole_days_of_different_length_are_offered_on_resources_of_different_zones() -> None:
    query = Query(
        Named("service_id", ("day",)), Named("resource_id", ("flat", "loft")), Named("timeslot_series_id"),
        first=date(2030, 10, 27), last=date(2030, 10, 27),
    )  # fmt: skip
    desk = Desk()
    starts = possible_starts(Context("o", desk.clock), query, desk.store)
    lengths = {
        (start.slot.end - start.slot.start, start.resource_ids) for start in starts if start.resource_ids
    }
    assert lengths >= {(25 * 3600, ("flat",)), (24 * 3600, ("loft",))}
    assert all(start.unavailability is None for start in starts)


def test_a_moved_start_keeps_days_as_days_and_hours_as_hours() -> None:
    desk = Desk()
    days = desk.book(b("2030-10-24T10:00", "2030-10-26T10:00")).bookings[0]
    assert _clocks(desk.move(days, start_date="2030-10-26T10:00")) == ("2030-10-26 10:00", "2030-10-28 10:00")
    hours = desk.book(b("2030-10-20T22:00", "2030-10-21T06:00", "hour", "shop"), check_availability=False)
    moved = desk.move(hours.bookings[0], start_date="2030-10-26T22:00", check_availability=False)
    assert _clocks(moved) == ("2030-10-26 22:00", "2030-10-27 05:00")


def test_the_price_of_a_moved_booking_counts_its_days() -> None:
    desk = Desk()
    sold = desk.book(b("2030-10-20T00:00", "2030-10-21T00:00", "day")).bookings[0]
    moved = desk.move(sold, start_date="2030-10-27T00:00", recalculate_price=True)
    assert (moved.amounts.total, moved.charged_duration) == (2500, 1440)


def test_days_that_are_offered_instead_are_days() -> None:
    desk = Desk()
    desk.book(b("2030-10-26T00:00", "2030-10-27T00:00", "day"))
    (problem,) = desk.refused(b("2030-10-26T00:00", "2030-10-27T00:00", "day"))
    assert [(offer["start_date"], offer["end_date"]) for offer in problem.meta["next_free"][:2]] == [
        ("2030-10-26T22:00:00+00:00", "2030-10-27T23:00:00+00:00"),
        ("2030-10-27T23:00:00+00:00", "2030-10-28T23:00:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("taken", "offered"),
    [
        ("2030-10-25", ["2030-10-26T20:00:00+00:00 2030-10-27T05:00:00+00:00", "2030-10-27T21:00:00+00:00 2030-10-28T05:00:00+00:00"]),
        ("2030-10-26", ["2030-10-27T21:00:00+00:00 2030-10-28T05:00:00+00:00", "2030-10-28T21:00:00+00:00 2030-10-29T05:00:00+00:00"]),
        ("2030-03-29", ["2030-03-30T21:00:00+00:00 2030-03-31T04:00:00+00:00", "2030-03-31T20:00:00+00:00 2030-04-01T04:00:00+00:00"]),
    ],
)  # fmt: skip
def test_a_night_of_a_timeslot_series_is_offered_whatever_the_clocks_do_in_it(
    taken: str, offered: list[str]
) -> None:
    shifts = TimeslotSeries(
        id="shifts", name="Shifts", slots=dict.fromkeys(WEEKDAYS, (("22:00", "06:00"), ("06:00", "07:00")))
    )
    desk = Desk(shifts)
    ends = (date.fromisoformat(taken) + timedelta(days=1)).isoformat()
    night = b(f"{taken}T22:00", f"{ends}T06:00", "hour", "flat", timeslot_series_id="shifts")
    desk.book(night)
    (problem,) = [each for each in desk.refused(night) if "next_free" in each.meta][:1]
    shown = [f"{offer['start_date']} {offer['end_date']}" for offer in problem.meta["next_free"]]
    assert shown[:2] == offered
    assert len(shown) == 3


# Series


def test_a_daily_day_does_not_conflict_with_itself() -> None:
    daily = {"frequency": "daily", "count": 5}
    sold = Desk().book(b("2030-03-29T00:00", "2030-03-30T00:00", recurring=daily)).bookings
    assert [_clock(booking.start)[5:] for booking in sold] == [
        "03-29 00:00", "03-30 00:00", "03-31 00:00", "04-01 00:00", "04-02 00:00",
    ]  # fmt: skip
    assert all(one.end == other.start for one, other in pairwise(sold))
    assert {booking.amounts.total for booking in sold} == {2500}


def test_no_hour_of_a_daily_day_is_left_to_somebody_else() -> None:
    desk = Desk()
    desk.book(b("2030-10-26T00:00", "2030-10-27T00:00", recurring={"frequency": "daily", "count": 3}))
    problems = desk.refused(b("2030-10-27T23:00", "2030-10-28T00:00", "hour"))
    assert codes(problems) == ["slot_unavailable"]


def test_nights_end_in_the_morning_they_were_booked_for() -> None:
    nightly = {"frequency": "daily", "count": 3}
    sold = Desk().book(b("2030-10-26T22:00", "2030-10-27T06:00", "hour", recurring=nightly)).bookings
    assert [_clock(booking.end)[5:] for booking in sold] == ["10-27 06:00", "10-28 06:00", "10-29 06:00"]
    # Each is charged for the hours that it has.
    assert [booking.amounts.total for booking in sold] == [9000, 8000, 8000]


ZONES = (
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Santiago", "Asia/Beirut",
    "Africa/Cairo", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Chatham", "Antarctica/Troll", "UTC",
)  # fmt: skip


@given(
    st.sampled_from(ZONES),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 95),
    st.integers(1, 96),
    st.integers(2, 40),
)
def test_occurrences_are_on_the_wall_clock_of_their_rule(
    name: str, first: date, quarter: int, quarters: int, count: int
) -> None:
    zone, midnight = ZoneInfo(name), datetime.combine(first, time())
    clock, length = midnight + timedelta(minutes=15 * quarter), timedelta(minutes=15 * quarters)
    start, end = to_instant(clock, zone), to_instant(clock + length, zone)
    if start is None or end is None or end <= start:
        return

    found = occurrences(Interval(start, end), Recurrence("daily", count=count), zone, 1000)

    assert len(found) == count
    for number, slot in enumerate(found):
        wanted = clock + timedelta(days=number)
        assert slot.start < slot.end
        # What a clock change skips has no instant of its own.
        if to_instant(wanted, zone) is not None:
            assert slot.start == to_instant(wanted, zone)
            following = to_instant(wanted + timedelta(days=1), zone)
            if (until := to_instant(wanted + length, zone)) is not None and until > slot.start:
                assert slot.end == until
            elif following is not None:
                assert slot.end <= following
    assert all(one.end <= other.start for one, other in pairwise(found))
    if length == timedelta(days=1):
        assert all(one.end == other.start for one, other in pairwise(found))


@given(
    st.sampled_from(ZONES),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, 1439),
    st.integers(0, 40),
    st.integers(-180, 180),
)
def test_days_and_minutes_are_counted_on_the_wall_clock(
    name: str, day: date, minute: int, days: int, minutes: int
) -> None:
    zone, clock = ZoneInfo(name), datetime.combine(day, time()) + timedelta(minutes=minute)
    start, end = to_instant(clock, zone), to_instant(clock + timedelta(days=days), zone)
    if start is None or end is None:
        return
    whole = nominal_length(Interval(start, end), zone)
    assert whole == days * 86_400
    if days and end + 60 * minutes > start:
        other = nominal_length(Interval(start, end + 60 * minutes), zone)
        # Of an hour that comes twice, all is as good as its first: a later end is never a shorter time.
        last = max(instant_of(clock + timedelta(days=days), zone, fold=fold) for fold in (0, 1))
        assert (other > whole) == (end + 60 * minutes > last)
        assert (other < whole) == (minutes < 0)


# The place's zone


def test_a_date_without_offset_is_on_the_clock_of_its_place() -> None:
    sold = Desk().book(b("2030-05-06T09:00", "2030-05-06T10:00", "hour", "loft"))
    assert _clocks(sold.bookings[0], NEW_YORK) == ("2030-05-06 09:00", "2030-05-06 10:00")
    assert (sold.order.timezone, sold.bookings[0].timezone) == ("Europe/Berlin", "America/New_York")


def test_a_zone_that_is_asked_for_decides_how_dates_are_read_and_not_where_the_booking_is() -> None:
    sold = Desk().book(b("2030-05-06T09:00", "2030-05-06T10:00", "hour", "loft"), timezone="Europe/Berlin")
    assert _clocks(sold.bookings[0]) == ("2030-05-06 09:00", "2030-05-06 10:00")
    assert sold.bookings[0].timezone == "America/New_York"
    there = Desk().book(b("2030-05-06T09:00", "2030-05-06T10:00", "hour"), timezone="America/New_York")
    assert _clocks(there.bookings[0], NEW_YORK) == ("2030-05-06 09:00", "2030-05-06 10:00")
    assert (there.order.timezone, there.bookings[0].timezone) == ("America/New_York", "Europe/Berlin")


def test_the_zone_of_the_order_is_not_stored_again() -> None:
    sold = Desk().book(b("2030-05-06T09:00", "2030-05-06T10:00", "hour"))
    assert sold.bookings[0].timezone is None


def test_a_series_stays_on_the_clock_of_its_place() -> None:
    weekly = {"frequency": "weekly", "count": 4}
    # New York sets its clocks on 10 March, Berlin on the 31st.
    sold = Desk().book(
        b("2030-03-04T09:00-05:00", "2030-03-04T10:00-05:00", "hour", "loft", recurring=weekly)
    )
    assert {_clock(booking.start, NEW_YORK)[11:] for booking in sold.bookings} == {"09:00"}


def test_the_day_of_a_series_is_the_day_of_its_place() -> None:
    evening = ("2030-01-07T20:00-08:00", "2030-01-07T21:00-08:00", "hour", "beach")
    mondays = Desk().book(b(*evening, recurring={"frequency": "weekly", "by_day": "MO", "count": 2}))
    assert len(mondays.bookings) == 2
    monthly = b(
        "2030-04-30T20:00-07:00", "2030-04-30T21:00-07:00", "hour", "beach",
        recurring={"frequency": "monthly", "count": 2},
    )  # fmt: skip
    zone = ZoneInfo("America/Los_Angeles")
    assert [_clock(each.start, zone)[:10] for each in Desk().book(monthly).bookings] == [
        "2030-04-30",
        "2030-05-30",
    ]


def test_a_moved_booking_is_read_on_its_own_clock() -> None:
    desk = Desk()
    sold = desk.book(b("2030-05-06T09:00", "2030-05-06T10:00", "hour", "loft")).bookings[0]
    moved = desk.move(sold, start_date="2030-05-07T11:00")
    assert _clocks(moved, NEW_YORK) == ("2030-05-07 11:00", "2030-05-07 12:00")
    asked = desk.move(moved, start_date="2030-05-07T18:00", timezone="Europe/Berlin")
    assert _clocks(asked) == ("2030-05-07 18:00", "2030-05-07 19:00")
    elsewhere = desk.move(asked, resource_id="flat")
    assert elsewhere.timezone is None
    assert desk.move(elsewhere, resource_id=["beach", "flat"]).timezone == "America/Los_Angeles"


def test_an_order_in_another_zone_is_read_in_one_trip() -> None:
    desk = Desk()
    read, trips = desk.store.read, []

    def counted(*args: Any, **kwargs: Any) -> Any:
        trips.append(1)
        return read(*args, **kwargs)

    desk.store.read = counted  # type: ignore[method-assign]
    monday = b(
        "2030-01-07T20:00-08:00", "2030-01-07T21:00-08:00", "hour", "beach",
        recurring={"frequency": "weekly", "by_day": "MO", "count": 2},
    )  # fmt: skip
    for booking in (b("2030-05-06T09:00", "2030-05-06T10:00", "hour", "loft"), monday):
        trips.clear()
        desk.book(booking)
        assert len(trips) == 1


# Hours


@pytest.mark.parametrize(
    ("start", "end", "opened"),
    [
        ("2030-05-03T22:00", "2030-05-04T02:00", True),  # Friday's night
        ("2030-05-04T01:00", "2030-05-04T02:00", True),
        ("2030-05-03T21:00", "2030-05-03T23:00", False),
        ("2030-05-04T01:00", "2030-05-04T03:00", False),
        ("2030-05-05T00:00", "2030-05-05T01:00", True),  # Saturday's night
        ("2030-05-06T00:00", "2030-05-06T01:00", False),  # Sunday has none
    ],
)
def test_hours_over_midnight_are_one_opening(start: str, end: str, opened: bool) -> None:
    conflicts = Desk().preview(b(start, end, "hour", "bar")).conflicts
    assert codes(conflicts) == ([] if opened else ["outside_opening_hours"])


@pytest.mark.parametrize(
    ("start", "opened"),
    [
        ("2030-05-03T22:00", False),
        ("2030-05-04T01:00", False),
        ("2030-05-04T23:00", True),
        ("2030-05-05T01:00", True),
    ],
)
def test_a_closed_friday_closes_its_night_and_leaves_saturdays(start: str, opened: bool) -> None:
    closed = BAR.model_copy(update={"closed_dates": frozenset({date(2030, 5, 3)})})
    end = (datetime.fromisoformat(start) + timedelta(hours=1)).isoformat()
    conflicts = Desk(closed).preview(b(start, end, "hour", "bar")).conflicts
    assert codes(conflicts) == ([] if opened else ["outside_opening_hours"])


def test_a_night_is_offered_whole() -> None:
    offered = Desk().starts("hour", "bar", "2030-05-04")
    assert offered["2030-05-04 00:00"] == "2030-05-04 01:00"
    assert offered["2030-05-04 01:15"] == "off_schedule"
    assert offered["2030-05-04 23:30"] == "2030-05-05 00:30"


CLOSED = ORGANIZATION.model_copy(update={"closed_dates": frozenset({date(2030, 5, 1)})})
SHORT = ORGANIZATION.model_copy(update={"special_hours": {date(2030, 5, 2): (("08:00", "12:00"),)}})


@pytest.mark.parametrize(
    ("organization", "shop", "day", "hours"),
    [
        (ORGANIZATION, {}, "2030-05-01", ("09:00", "18:00")),
        (CLOSED, {}, "2030-05-01", None),
        (CLOSED, {}, "2030-05-02", ("09:00", "18:00")),
        (SHORT, {}, "2030-05-02", ("08:00", "12:00")),
        (SHORT, {"closed_dates": frozenset({date(2030, 5, 2)})}, "2030-05-02", None),
        (
            CLOSED,
            {"special_hours": {date(2030, 5, 1): (("10:00", "11:00"),)}},
            "2030-05-01",
            ("10:00", "11:00"),
        ),
        (
            ORGANIZATION,
            {"special_hours": {date(2030, 5, 1): (("07:00", "22:00"),)}},
            "2030-05-01",
            ("07:00", "22:00"),
        ),
        (ORGANIZATION, {"special_hours": {date(2030, 5, 1): ()}}, "2030-05-01", None),
        (
            SHORT,
            {"special_hours": {date(2030, 5, 2): (("18:00", "02:00"),)}},
            "2030-05-02",
            ("18:00", "02:00"),
        ),
    ],
)
def test_the_hours_of_a_date_are_the_resources_own_then_the_organizations(
    organization: Organization, shop: dict[str, Any], day: str, hours: tuple[str, str] | None
) -> None:
    desk = Desk(organization, SHOP.model_copy(update=shop))
    window = (
        datetime.fromisoformat(f"{day}T04:00"),
        datetime.fromisoformat(f"{day}T04:00") + timedelta(days=1),
    )
    query = Query(Named("service_id"), Named("resource_id", ("shop",)), Named("timeslot_series_id"), *window)
    ((_, found),) = free_periods(Context("o", desk.clock), query, desk.store).values()
    assert [(_clock(each.start)[11:], _clock(each.end)[11:]) for each in found] == ([hours] if hours else [])
    if hours:
        closing = date.fromisoformat(day) + timedelta(days=hours[1] < hours[0])
        whole = f"{day}T{hours[0]}", f"{closing}T{hours[1]}"
        assert not desk.preview(b(*whole, "hour", "shop")).conflicts
        longer = f"{closing}T{int(hours[1][:2]) + 1:02}:00"
        assert codes(desk.preview(b(whole[0], longer, "hour", "shop")).conflicts) == ["outside_opening_hours"]


def test_a_closed_organization_closes_what_is_always_open() -> None:
    conflicts = Desk(CLOSED).preview(b("2030-05-01T10:00", "2030-05-01T11:00", "hour")).conflicts
    assert codes(conflicts) == ["outside_opening_hours"]


# Loans over closed time, how far ahead, 24:00, the last of a month


@pytest.mark.parametrize(
    ("start", "end", "opened"),
    [
        ("2030-05-03T10:00", "2030-05-06T10:00", True),  # Friday to Monday
        ("2030-05-03T10:00", "2030-05-06T09:00", True),
        ("2030-05-03T10:00", "2030-05-03T18:00", True),
        ("2030-05-03T18:00", "2030-05-06T10:00", False),
        ("2030-05-03T10:00", "2030-05-05T10:00", False),
        ("2030-05-04T10:00", "2030-05-06T10:00", False),
    ],
)
def test_a_loan_begins_and_ends_in_hours(start: str, end: str, opened: bool) -> None:
    desk = Desk()
    assert codes(desk.preview(b(start, end, "loan", "shop")).conflicts) == (
        [] if opened else ["outside_opening_hours"]
    )
    length = int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()) // 60
    offered = desk.starts("loan", "shop", start[:10], duration=length)
    assert offered[start.replace("T", " ")] == (end.replace("T", " ") if opened else "off_schedule")


def test_a_loan_is_offered_another_weekend() -> None:
    desk = Desk()
    weekend = b("2030-05-03T10:00", "2030-05-06T10:00", "loan", "shop")
    desk.book(weekend)
    (problem,) = desk.refused(weekend)
    assert [offer["start_date"] for offer in problem.meta["next_free"]][:1] == ["2030-05-06T08:00:00+00:00"]
    assert len(problem.meta["next_free"]) == 3
    for offer in problem.meta["next_free"]:
        assert not desk.preview(b(offer["start_date"], offer["end_date"], "loan", "shop")).conflicts


def test_bookings_are_taken_so_far_ahead_and_no_farther() -> None:
    desk = Desk(now=at("2030-10-01T12:00:00+02:00"))
    # 30 days, of which one has 25 hours.
    assert not desk.preview(b("2030-10-31T12:00", "2030-10-31T13:00", "ahead")).conflicts
    (problem,) = desk.preview(b("2030-10-31T12:01", "2030-10-31T13:00", "ahead")).conflicts
    assert (problem.code, problem.pointer) == ("after_lead_time", "/bookings/0/start_date")
    offered = desk.starts("ahead", "flat", "2030-10-31")
    assert (offered["2030-10-31 12:00"], offered["2030-10-31 12:15"]) == (
        "2030-10-31 13:00",
        "after_lead_time",
    )


def test_a_day_ends_at_24_00() -> None:
    sold = Desk().book(b("2030-10-27T00:00", "2030-10-27T24:00", "day"))
    assert _clocks(sold.bookings[0]) == ("2030-10-27 00:00", "2030-10-28 00:00")
    assert Desk().book(b("2030-02-28T00:00+01:00", "2030-02-28T24:00:00+01:00", "day")).bookings[0].end == at(
        "2030-03-01T00:00:00+01:00"
    )
    for wrong in ("2030-10-27T24:01", "2030-10-27T24:00:01", "2030-10-27T25:00", "2199-12-31T24:00"):
        assert "invalid_value" in codes(Desk().refused(b("2030-10-27T00:00", wrong, "day")))


@pytest.mark.parametrize(
    ("first", "days", "found"),
    [
        ("2030-01-31", -1, ["2030-01-31", "2030-02-28", "2030-03-31", "2030-04-30"]),
        ("2030-01-15", 15, ["2030-01-15", "2030-02-15", "2030-03-15", "2030-04-15"]),
        ("2030-01-31", [1, -1], ["2030-01-31", "2030-02-01", "2030-02-28", "2030-03-01"]),
        ("2030-01-31", 31, ["2030-01-31", "2030-03-31", "2030-05-31", "2030-07-31"]),
    ],
)
def test_a_series_repeats_on_days_of_the_month(first: str, days: Any, found: list[str]) -> None:
    rule = {"frequency": "monthly", "by_month_day": days, "count": 4}
    sold = Desk().book(b(f"{first}T10:00", f"{first}T11:00", "hour", recurring=rule)).bookings
    assert [_clock(booking.start)[:10] for booking in sold] == found


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"frequency": "monthly", "by_month_day": -1}, "start_not_in_series"),
        ({"frequency": "weekly", "by_month_day": 15}, "invalid_value"),
        ({"frequency": "monthly", "by_month_day": 0}, "invalid_value"),
        ({"frequency": "monthly", "by_month_day": 32}, "invalid_value"),
        ({"frequency": "monthly", "by_month_day": -32}, "invalid_value"),
        ({"frequency": "monthly", "by_month_day": True}, "invalid_value"),
    ],
)
def test_days_of_the_month_that_are_none(rule: dict[str, Any], code: str) -> None:
    (problem,) = Desk().refused(
        b("2030-01-15T10:00", "2030-01-15T11:00", "hour", recurring={**rule, "count": 2})
    )
    assert problem.code == code
    assert (problem.pointer or "").startswith("/bookings/0/recurring/by_month_day")


# What is said of it


def test_people_are_told_times_on_the_clock_of_the_place_and_programs_instants() -> None:
    desk = Desk()
    desk.book(b("2030-12-08T09:00", "2030-12-08T10:00", "hour", "loft"), check_availability=False)
    (problem,) = desk.preview(b("2030-12-08T08:00", "2030-12-08T10:00", "hour", "loft")).conflicts
    assert problem.code == "slot_unavailable"
    assert "From 8 December 2030, 09:00 to 8 December 2030, 10:00," in problem.detail("en")
    assert "Von 08.12.2030, 09:00 Uhr bis 08.12.2030, 10:00 Uhr" in problem.detail("de")
    assert problem.meta["taken"][0]["start_date"] == "2030-12-08T14:00:00+00:00"


def test_a_naive_date_within_a_value_is_in_the_zone_too() -> None:
    shown = {"until": [{"end_date": "2030-04-14T22:00:00Z"}]}
    sent = {"until": [{"end_date": "2030-04-15T00:00:00"}]}
    assert is_same("rule", sent, shown, ZoneInfo("Europe/Berlin"))
    assert not is_same("rule", sent, shown, ZoneInfo("Europe/London"))
