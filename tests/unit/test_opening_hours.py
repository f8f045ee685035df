"""Opening hours: examples, and a comparison with a walk through the slot in local time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from frontdesk.domain.time.intervals import Interval, merged
from frontdesk.domain.time.opening_hours import (
    WEEKDAYS,
    Exceptions,
    Hours,
    WeeklyHours,
    is_open,
    open_intervals,
)
from tests.unit.builders import DAILY, at

BERLIN = ZoneInfo("Europe/Berlin")
# Wednesday 2026-04-15 with a break, and a Friday night that continues into Saturday.
HOURS: WeeklyHours = {
    "wed": (("08:00", "12:00"), ("13:00", "18:00")),
    "fri": (("18:00", "24:00"),),
    "sat": (("00:00", "02:00"),),
}
QUARTER = 900


def _slot(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


@pytest.mark.parametrize(
    ("start", "end", "opened"),
    [
        ("2026-04-15T08:00:00+02:00", "2026-04-15T12:00:00+02:00", True),
        ("2026-04-15T13:00:00+02:00", "2026-04-15T18:00:00+02:00", True),
        ("2026-04-15T11:00:00+02:00", "2026-04-15T14:00:00+02:00", False),  # over the break
        ("2026-04-15T12:15:00+02:00", "2026-04-15T12:45:00+02:00", False),  # in the break
        ("2026-04-15T07:59:59+02:00", "2026-04-15T09:00:00+02:00", False),
        ("2026-04-15T17:00:00+02:00", "2026-04-15T18:00:01+02:00", False),
        ("2026-04-16T09:00:00+02:00", "2026-04-16T10:00:00+02:00", False),  # Thursday is missing
        ("2026-04-17T23:00:00+02:00", "2026-04-18T00:00:00+02:00", True),  # up to 24:00
        ("2026-04-17T22:00:00+02:00", "2026-04-18T02:00:00+02:00", True),  # over midnight
        ("2026-04-17T22:00:00+02:00", "2026-04-18T02:30:00+02:00", False),
        ("2026-04-18T22:00:00+02:00", "2026-04-19T01:00:00+02:00", False),
    ],
)
def test_a_slot_lies_whole_in_opening_hours(start: str, end: str, opened: bool) -> None:
    assert is_open(Hours(HOURS, BERLIN), _slot(start, end)) is opened


def test_without_hours_a_resource_is_always_open_but_on_closed_dates() -> None:
    slot = _slot("2026-04-14T23:00:00+02:00", "2026-04-16T01:00:00+02:00")
    assert is_open(Hours(None, BERLIN), slot)
    assert is_open(Hours(None, BERLIN, (Exceptions({date(2026, 4, 17)}),)), slot)
    assert not is_open(Hours(None, BERLIN, (Exceptions({date(2026, 4, 15)}),)), slot)
    closed = Hours(None, BERLIN, (Exceptions({date(2026, 4, 16)}),))
    assert is_open(closed, _slot("2026-04-15T22:00:00+02:00", "2026-04-16T00:00:00+02:00"))


def test_a_closed_date_closes_what_would_be_open() -> None:
    slot = _slot("2026-04-15T09:00:00+02:00", "2026-04-15T10:00:00+02:00")
    assert not is_open(Hours(HOURS, BERLIN, (Exceptions({date(2026, 4, 15)}),)), slot)


def test_hours_are_on_the_wall_clock_of_the_zone_in_summer_and_winter() -> None:
    for day, offset in (("2026-01-14", "+01:00"), ("2026-04-15", "+02:00")):
        assert is_open(Hours(HOURS, BERLIN), _slot(f"{day}T08:00:00{offset}", f"{day}T09:00:00{offset}"))
        assert not is_open(Hours(HOURS, BERLIN), _slot(f"{day}T07:00:00{offset}", f"{day}T08:00:00{offset}"))
    tokyo = ZoneInfo("Asia/Tokyo")
    assert is_open(Hours(HOURS, tokyo), _slot("2026-04-15T08:00:00+09:00", "2026-04-15T09:00:00+09:00"))
    assert not is_open(Hours(HOURS, tokyo), _slot("2026-04-15T08:00:00+02:00", "2026-04-15T13:00:00+02:00"))


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2026-09-06", "America/Santiago", 23),
    ],
)
def test_a_day_of_a_clock_change_is_open_as_long_as_it_is(day: str, zone: str, hours: float) -> None:
    noon = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone)).timestamp())
    around = Interval(noon, noon + 1)
    all_day: WeeklyHours = dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),))
    (opened,) = open_intervals(Hours(all_day, ZoneInfo(zone)), around)
    assert opened.end - opened.start == hours * 3600
    assert open_intervals(Hours(None, ZoneInfo(zone)), around) == [opened]


def test_a_slot_over_the_clock_change_is_open_if_both_ends_are() -> None:
    night: WeeklyHours = {"sat": (("22:00", "24:00"),), "sun": (("00:00", "06:00"),)}
    for slot in (
        _slot("2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        _slot("2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00"),
    ):
        assert is_open(Hours(night, BERLIN), slot)
        assert not is_open(Hours(night, BERLIN), Interval(slot.start, slot.end + 1))


@pytest.mark.parametrize(
    ("zone", "hours", "opened"),
    [
        # 2026-03-29, 02:00 becomes 03:00
        ("Europe/Berlin", ("00:00", "02:30"), [("2026-03-29T00:00:00+01:00", "2026-03-29T03:00:00+02:00")]),
        ("Europe/Berlin", ("02:30", "05:00"), [("2026-03-29T03:00:00+02:00", "2026-03-29T05:00:00+02:00")]),
        ("Europe/Berlin", ("02:00", "03:00"), []),
        ("Europe/Berlin", ("02:15", "02:45"), []),
        # 2026-09-06, 00:00 becomes 01:00
        (
            "America/Santiago",
            ("00:30", "02:00"),
            [("2026-09-06T01:00:00-03:00", "2026-09-06T02:00:00-03:00")],
        ),
        # 2026-10-04, 02:00 becomes 02:30
        (
            "Australia/Lord_Howe",
            ("00:00", "02:15"),
            [("2026-10-04T00:00:00+10:30", "2026-10-04T02:30:00+11:00")],
        ),
    ],
)
def test_where_a_time_is_skipped_the_change_itself_opens_or_closes(
    zone: str, hours: tuple[str, str], opened: list[tuple[str, str]]
) -> None:
    sunday = {
        "Europe/Berlin": "2026-03-29",
        "America/Santiago": "2026-09-06",
        "Australia/Lord_Howe": "2026-10-04",
    }[zone]
    noon = int(datetime.fromisoformat(f"{sunday}T12:00").replace(tzinfo=ZoneInfo(zone)).timestamp())
    assert open_intervals(Hours({"sun": (hours,)}, ZoneInfo(zone)), Interval(noon, noon + 1)) == [
        _slot(*ends) for ends in opened
    ]


@pytest.mark.parametrize(
    ("hours", "opened"),
    [
        (("00:00", "02:00"), [("2026-10-25T00:00:00+02:00", "2026-10-25T02:00:00+02:00")]),
        (
            ("00:00", "02:30"),
            [
                ("2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00"),
                ("2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"),
            ],
        ),
        (("00:00", "03:00"), [("2026-10-25T00:00:00+02:00", "2026-10-25T03:00:00+01:00")]),
        (("02:00", "03:00"), [("2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+01:00")]),
        (
            ("02:30", "05:00"),
            [
                ("2026-10-25T02:30:00+02:00", "2026-10-25T03:00:00+02:00"),
                ("2026-10-25T02:30:00+01:00", "2026-10-25T05:00:00+01:00"),
            ],
        ),
        (("03:00", "05:00"), [("2026-10-25T03:00:00+01:00", "2026-10-25T05:00:00+01:00")]),
    ],
)
def test_times_that_come_twice_are_open_both_times(
    hours: tuple[str, str], opened: list[tuple[str, str]]
) -> None:
    noon = at("2026-10-25T12:00:00+01:00")
    assert open_intervals(Hours({"sun": (hours,)}, BERLIN), Interval(noon, noon + 1)) == [
        _slot(*ends) for ends in opened
    ]


def test_a_midnight_that_comes_twice_ends_the_day_when_it_first_comes() -> None:
    # Sunday 2026-11-01 in Havana, 01:00 becomes 00:00.
    evening = _slot("2026-10-31T20:00:00-04:00", "2026-11-01T00:00:00-04:00")
    assert open_intervals(Hours({"sat": (("20:00", "24:00"),)}, ZoneInfo("America/Havana")), evening) == [
        evening
    ]


@pytest.mark.parametrize(
    "hours",
    [
        ("9:00", "10:00"),
        ("24:00", "24:00"),
        ("08:00", "24:01"),
        ("08:60", "09:00"),
    ],
)
def test_hours_that_make_no_sense_are_refused(hours: tuple[str, str]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WeeklyHours).validate_python({"mon": [hours]})


def test_a_weekday_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WeeklyHours).validate_python({"monday": []})
    assert TypeAdapter(WeeklyHours).validate_python({day: list(DAILY[day]) for day in WEEKDAYS}) == DAILY


def _ranges(step: int) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Generates ranges of a day in steps of minutes. Early hours, which clock changes skip or repeat, are half of them."""
    clocks = st.lists(
        st.integers(0, 240 // step) | st.integers(0, 1440 // step), max_size=6, unique=True
    ).map(sorted)
    written = clocks.map(
        lambda counts: [f"{step * count // 60:02}:{step * count % 60:02}" for count in counts]
    )
    ranges = written.map(lambda texts: tuple(zip(texts[::2], texts[1::2], strict=False)))
    # A range past midnight covers the rest of the clock.
    return ranges | ranges.map(lambda each: tuple((ends, starts) for starts, ends in each if ends != "24:00"))


def _in_hours(hours: WeeklyHours, closed: set[date], local: datetime) -> bool:
    """Whether the local time is within the hours of its date, or within those that continue from the date before."""
    clock, before = f"{local:%H:%M}", local.date() - timedelta(days=1)
    today = () if local.date() in closed else hours.get(WEEKDAYS[local.weekday()], ())
    yesterday = () if before in closed else hours.get(WEEKDAYS[before.weekday()], ())
    return any(opens <= clock and (clock < closes or closes <= opens) for opens, closes in today) or any(
        closes <= opens and clock < closes for opens, closes in yesterday
    )


def _hours(step: int) -> st.SearchStrategy[WeeklyHours]:
    return st.dictionaries(st.sampled_from(WEEKDAYS), _ranges(step)) | st.just(
        dict.fromkeys(WEEKDAYS, (("00:00", "24:00"),))
    )


_ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"]
)
_AROUND_A_CHANGE = st.sampled_from(
    ["2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04", "2026-09-06", "2026-04-15"]
)


@given(
    _hours(step=15),
    _ZONES,
    _AROUND_A_CHANGE,
    st.integers(-96, 96),
    st.integers(1, 140),
    st.frozensets(st.sampled_from([29, 25, 5, 4, 6, 15]), max_size=2),
)
def test_a_slot_is_open_exactly_if_every_quarter_of_it_is(
    hours: WeeklyHours, zone_name: str, day: str, offset: int, length: int, closed_days: frozenset[int]
) -> None:
    zone = ZoneInfo(zone_name)
    start = at(f"{day}T00:00:00+00:00") + offset * QUARTER
    slot = Interval(start, start + length * QUARTER)
    closed = {date.fromisoformat(day).replace(day=number) for number in closed_days}

    every = (datetime.fromtimestamp(instant, zone) for instant in range(*slot, QUARTER))
    assert is_open(Hours(hours, zone, (Exceptions(closed),)), slot) == all(
        _in_hours(hours, closed, local) for local in every
    )


# Every day near a clock change in 2026. In Tokyo, which has none, any day.
_CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Asia/Tokyo", "2026-03-29"),
    ("America/Santiago", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("America/Havana", "2026-11-01"),
]


@pytest.mark.parametrize(("zone_name", "day"), _CHANGES)
@given(sunday=_ranges(step=1), saturday=_ranges(step=5))
def test_a_minute_is_open_exactly_if_the_wall_clock_is_in_the_hours_of_its_date(
    zone_name: str, day: str, sunday: tuple[tuple[str, str], ...], saturday: tuple[tuple[str, str], ...]
) -> None:
    zone = ZoneInfo(zone_name)
    hours: WeeklyHours = {"sat": saturday, "sun": sunday}
    noon = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone).timestamp())
    around = Interval(noon - 30 * 3600, noon + 15 * 3600)
    intervals = open_intervals(Hours(hours, zone), around)

    opened = {minute for interval in intervals for minute in range(*interval, 60)}
    for minute in range(*around, 60):
        local = datetime.fromtimestamp(minute, zone)
        assert (minute in opened) is _in_hours(hours, set(), local), local
    assert all(interval.start < interval.end for interval in intervals)
    assert intervals == merged(intervals)
