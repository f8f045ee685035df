"""The slots of a timeslot series: examples, and a comparison with a table of the local clock around clock changes."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from frontdesk.domain.time.intervals import Interval
from frontdesk.domain.time.opening_hours import WEEKDAYS
from frontdesk.domain.time.timeslots import WeeklySlots, is_slot, nearest_slots, slots_within
from tests.unit.builders import at

BERLIN = ZoneInfo("Europe/Berlin")
# Wednesday is 2026-04-15.
SLOTS: WeeklySlots = {"wed": (("09:00", "10:30"), ("10:00", "11:30")), "fri": (("22:00", "02:00"),)}
MINUTE = timedelta(minutes=1)


def _slot(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


MORNING = _slot("2026-04-15T09:00:00+02:00", "2026-04-15T10:30:00+02:00")
NOON = _slot("2026-04-15T10:00:00+02:00", "2026-04-15T11:30:00+02:00")
NIGHT = _slot("2026-04-17T22:00:00+02:00", "2026-04-18T02:00:00+02:00")


def _later(slot: Interval, days: int) -> Interval:
    return Interval(slot.start + days * 86_400, slot.end + days * 86_400)


def test_slots_of_a_week_come_in_order_and_may_overlap_each_other() -> None:
    week = _slot("2026-04-13T00:00:00+02:00", "2026-04-20T00:00:00+02:00")
    assert slots_within(SLOTS, None, None, BERLIN, week) == [MORNING, NOON, NIGHT]


def test_a_slot_that_only_touches_is_not_within() -> None:
    assert slots_within(SLOTS, None, None, BERLIN, Interval(MORNING.end, MORNING.end + 1)) == [NOON]
    assert slots_within(SLOTS, None, None, BERLIN, Interval(MORNING.start - 1, MORNING.start)) == []
    assert slots_within(SLOTS, None, None, BERLIN, Interval(NIGHT.end - 1, NIGHT.end)) == [NIGHT]


def test_only_exactly_one_of_the_slots_is_a_slot() -> None:
    for slot in (MORNING, NOON, NIGHT, _later(NIGHT, 7)):
        assert is_slot(SLOTS, None, None, BERLIN, slot)
        assert not is_slot(SLOTS, None, None, BERLIN, Interval(slot.start, slot.end - 1))
        assert not is_slot(SLOTS, None, None, BERLIN, Interval(slot.start + 1, slot.end))
    assert not is_slot(SLOTS, None, None, BERLIN, Interval(MORNING.start, NOON.end))
    assert not is_slot(SLOTS, None, None, BERLIN, _later(MORNING, 1))
    assert not is_slot(SLOTS, None, None, ZoneInfo("Europe/London"), MORNING)


def test_valid_dates_are_inclusive_and_count_by_the_date_a_slot_starts_on() -> None:
    friday, saturday, thursday = date(2026, 4, 17), date(2026, 4, 18), date(2026, 4, 16)
    assert is_slot(SLOTS, friday, friday, BERLIN, NIGHT)
    assert not is_slot(SLOTS, saturday, None, BERLIN, NIGHT)
    assert not is_slot(SLOTS, None, thursday, BERLIN, NIGHT)
    assert not is_slot(SLOTS, saturday, thursday, BERLIN, NIGHT)


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        (("22:00", "24:00"), "2026-04-15T22:00:00+02:00", "2026-04-16T00:00:00+02:00"),
        (("22:00", "00:00"), "2026-04-15T22:00:00+02:00", "2026-04-16T00:00:00+02:00"),
        (("22:00", "21:59"), "2026-04-15T22:00:00+02:00", "2026-04-16T21:59:00+02:00"),
        (("09:00", "09:00"), "2026-04-15T09:00:00+02:00", "2026-04-16T09:00:00+02:00"),
        (("00:00", "24:00"), "2026-04-15T00:00:00+02:00", "2026-04-16T00:00:00+02:00"),
    ],
)
def test_an_end_at_or_before_the_start_is_on_the_next_day(
    times: tuple[str, str], start: str, end: str
) -> None:
    day = _slot("2026-04-15T00:00:00+02:00", "2026-04-16T00:00:00+02:00")
    assert slots_within({"wed": (times,)}, None, None, BERLIN, day) == [_slot(start, end)]


def test_equal_slots_are_one() -> None:
    slots: WeeklySlots = {"wed": (("22:00", "24:00"), ("22:00", "00:00"), ("22:00", "24:00"))}
    evening = _slot("2026-04-15T22:00:00+02:00", "2026-04-16T00:00:00+02:00")
    assert slots_within(slots, None, None, BERLIN, evening) == [evening]
    assert nearest_slots(slots, None, None, BERLIN, evening) == [
        _later(evening, -7),
        evening,
        _later(evening, 7),
    ]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("02:30", "04:00"), ("2026-03-29T03:30:00+02:00", "2026-03-29T04:00:00+02:00")),
        (("01:00", "02:30"), ("2026-03-29T01:00:00+01:00", "2026-03-29T03:30:00+02:00")),
        (("02:15", "02:45"), ("2026-03-29T03:15:00+02:00", "2026-03-29T03:45:00+02:00")),
        (("02:00", "03:00"), None),
        (("02:30", "03:15"), None),
    ],
)
def test_a_skipped_time_moves_on_with_the_clock_and_an_empty_slot_is_dropped(
    times: tuple[str, str], expected: tuple[str, str]
) -> None:
    sunday = _slot("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    assert slots_within({"sun": (times,)}, None, None, BERLIN, sunday) == (
        [_slot(*expected)] if expected else []
    )


def test_of_times_that_come_twice_the_earlier_is_meant() -> None:
    slots: WeeklySlots = {"sun": (("01:00", "02:30"), ("02:30", "04:00"))}
    sunday = _slot("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")
    assert slots_within(slots, None, None, BERLIN, sunday) == [
        _slot("2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        _slot("2026-10-25T02:30:00+02:00", "2026-10-25T04:00:00+01:00"),
    ]


def test_the_nearest_slots_come_in_order_of_time_and_of_two_as_near_the_earlier() -> None:
    asked = Interval(at("2026-04-15T09:30:00+02:00"), at("2026-04-15T10:30:00+02:00"))
    assert nearest_slots(SLOTS, None, None, BERLIN, asked) == [MORNING, NOON, NIGHT]
    assert nearest_slots(SLOTS, None, None, BERLIN, asked, most=1) == [MORNING]
    assert nearest_slots(SLOTS, None, None, BERLIN, NOON, most=1) == [NOON]
    assert nearest_slots(SLOTS, None, None, BERLIN, _later(NIGHT, 1), most=2) == [NIGHT, _later(MORNING, 7)]


def test_slots_are_found_at_the_edge_of_a_validity_that_is_out_of_reach() -> None:
    long_ago, far_ahead = _later(MORNING, -700), _later(NIGHT, 700)
    assert nearest_slots(SLOTS, date(2026, 4, 15), None, BERLIN, long_ago) == [MORNING, NOON, NIGHT]
    assert nearest_slots(SLOTS, None, date(2026, 4, 17), BERLIN, far_ahead) == [MORNING, NOON, NIGHT]
    assert nearest_slots(SLOTS, date(2026, 4, 16), date(2026, 4, 17), BERLIN, far_ahead) == [NIGHT]
    assert nearest_slots(SLOTS, date(2026, 4, 16), date(2026, 4, 16), BERLIN, far_ahead) == []
    assert nearest_slots({}, None, None, BERLIN, MORNING) == []


def test_slots_are_not_looked_for_beyond_the_reach() -> None:
    monday = _slot("2026-04-13T09:00:00+02:00", "2026-04-13T10:00:00+02:00")
    assert nearest_slots(SLOTS, None, None, BERLIN, monday, reach_days=1) == []
    assert nearest_slots(SLOTS, None, None, BERLIN, monday, reach_days=2) == [MORNING, NOON]


@pytest.mark.parametrize(
    "times", [("9:00", "10:00"), ("24:00", "01:00"), ("08:00", "24:01"), ("08:60", "09:00"), ("08:00",)]
)
def test_times_that_make_no_sense_are_refused(times: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WeeklySlots).validate_python({"mon": [times]})


def test_slots_are_read_as_they_are_written() -> None:
    adapter = TypeAdapter(WeeklySlots)
    assert adapter.validate_json(adapter.dump_json(SLOTS)) == SLOTS
    with pytest.raises(ValidationError):
        adapter.validate_python({"monday": []})


@cache
def _shown(zone: ZoneInfo, day: date) -> dict[datetime, int]:
    """Returns every local time on the days around a date, minute by minute, with the first instant at which it occurs."""
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp())
    table: dict[datetime, int] = {}
    for minute in range(noon - 7 * 86_400, noon + 7 * 86_400, 60):
        table.setdefault(datetime.fromtimestamp(minute, zone).replace(tzinfo=None, fold=0), minute)
    return table


def _resolved(moment: datetime, table: dict[datetime, int]) -> int:
    before = after = moment
    while before not in table:
        before -= MINUTE
    while after not in table:
        after += MINUTE
    skipped = timedelta() if before == after else after - before - MINUTE
    return table[moment + skipped]


_CLOCKS = st.builds(
    "{:02}:{:02}".format, st.integers(0, 4) | st.integers(0, 23), st.sampled_from([0, 15, 30, 59])
)
_SLOTS = st.dictionaries(
    st.sampled_from(WEEKDAYS),
    st.lists(st.tuples(_CLOCKS, _CLOCKS | st.just("24:00")), min_size=1, max_size=3).map(tuple),
    min_size=1,
)
_DAYS = st.integers(-4, 4)


@pytest.mark.parametrize(
    ("zone_name", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("America/Santiago", date(2026, 4, 5)),
        ("America/Santiago", date(2026, 9, 6)),
        ("Asia/Tokyo", date(2026, 3, 29)),
    ],
)
@given(
    slots=_SLOTS,
    valid_from=st.none() | _DAYS,
    valid_until=st.none() | _DAYS,
    start=st.integers(-96, 96),
    length=st.integers(1, 192),
)
def test_slots_are_what_the_wall_clock_shows(
    zone_name: str,
    day: date,
    slots: WeeklySlots,
    valid_from: int | None,
    valid_until: int | None,
    start: int,
    length: int,
) -> None:
    zone = ZoneInfo(zone_name)
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
    around = Interval(midnight + 900 * start, midnight + 900 * (start + length))
    expected = set()
    for distance in range(-5, 6):
        if (valid_from is not None and distance < valid_from) or (
            valid_until is not None and distance > valid_until
        ):
            continue
        on = datetime(day.year, day.month, day.day) + timedelta(days=distance)  # noqa: DTZ001
        for starts, ends in slots.get(WEEKDAYS[on.weekday()], ()):
            minutes = [60 * int(clock[:2]) + int(clock[3:]) for clock in (starts, ends)]
            if minutes[1] <= minutes[0]:
                minutes[1] += 1440
            slot = Interval(
                *(_resolved(on + timedelta(minutes=count), _shown(zone, day)) for count in minutes)
            )
            if set(range(*slot, 60)) & set(range(*around, 60)):
                expected.add(slot)
    dates = [
        None if distance is None else day + timedelta(days=distance) for distance in (valid_from, valid_until)
    ]

    assert slots_within(slots, *dates, zone, around) == sorted(expected)
    assert all(is_slot(slots, *dates, zone, slot) for slot in expected)


@given(
    _SLOTS,
    st.integers(-60, 60) | st.none(),
    st.integers(-60, 60) | st.none(),
    st.integers(-96, 96),
    st.integers(0, 4),
)
def test_the_nearest_slots_are_the_nearest_of_all(
    slots: WeeklySlots, first: int | None, last: int | None, start: int, most: int
) -> None:
    asked = Interval(MORNING.start + 900 * start, MORNING.start + 900 * start + 3600)
    dates = [
        None if distance is None else date(2026, 4, 15) + timedelta(days=distance)
        for distance in (first, last)
    ]
    everything = slots_within(
        slots, *dates, BERLIN, Interval(asked.start - 120 * 86_400, asked.end + 120 * 86_400)
    )
    by_distance = sorted(everything, key=lambda slot: (abs(slot.start - asked.start), slot.start))

    assert nearest_slots(slots, *dates, BERLIN, asked, most) == sorted(by_distance[:most])
