"""Half-open intervals, and the conversion of written dates to instants."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.time.intervals import (
    DAY,
    Interval,
    by_utc_day,
    day_of,
    day_start,
    iso,
    local_dates,
    merged,
    overlap,
    read_date,
    to_instant,
)
from tests.unit.builders import at

BERLIN, LORD_HOWE, SANTIAGO = (
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("America/Santiago"),
)
INTERVALS = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(
    lambda pair: Interval(pair[0], pair[0] + pair[1])
)


def _seconds(*intervals: Interval) -> set[int]:
    return {second for start, end in intervals for second in range(start, end)}


@given(INTERVALS, INTERVALS)
def test_intervals_overlap_exactly_if_they_share_a_second(a: Interval, b: Interval) -> None:
    assert overlap(a, b) == overlap(b, a) == bool(_seconds(a) & _seconds(b))


def test_touching_intervals_do_not_overlap() -> None:
    assert not overlap(Interval(0, 10), Interval(10, 20))


@given(st.lists(INTERVALS, max_size=8))
def test_merged_intervals_are_the_same_seconds_in_order_with_gaps_between(intervals: list[Interval]) -> None:
    result = merged(intervals)
    assert _seconds(*result) == _seconds(*intervals)
    assert all(a.end < b.start for a, b in pairwise(result))


@given(st.integers(-(10**9), 4 * 10**9), st.integers(0, 10 * DAY))
def test_utc_days_partition_an_interval_exactly(start: int, length: int) -> None:
    pieces = list(by_utc_day(Interval(start, start + length)))
    assert all(0 <= first < last <= DAY for _, first, last in pieces)
    spans = [(day_start(day) + first, day_start(day) + last) for day, first, last in pieces]
    assert sum(last - first for first, last in spans) == length
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    if pieces:
        assert (spans[0][0], spans[-1][1]) == (start, start + length)


def test_an_interval_that_ends_at_midnight_leaves_the_next_day_alone() -> None:
    slot = Interval(at("2026-04-15T22:00:00+00:00"), at("2026-04-16T00:00:00+00:00"))
    assert list(by_utc_day(slot)) == [("2026-04-15", 22 * 3600, DAY)]


@given(st.integers(-(10**10), 10**10))
def test_a_day_holds_its_instants(instant: int) -> None:
    assert day_start(day_of(instant)) <= instant < day_start(day_of(instant)) + DAY


def test_answers_show_utc_as_an_offset() -> None:
    assert iso(at("2026-04-15T09:00:00+02:00")) == "2026-04-15T07:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-15T09:00:00+02:00", datetime(2026, 4, 15, 9, tzinfo=timezone(timedelta(hours=2)))),
        (
            "2026-04-15T09:00:00-0330",
            datetime(2026, 4, 15, 9, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
        ),
        ("2026-04-15T07:00:00Z", datetime(2026, 4, 15, 7, tzinfo=UTC)),
        ("2026-04-15T07:00:59.999Z", datetime(2026, 4, 15, 7, 0, 59, tzinfo=UTC)),
        ("2026-04-15T09:00", datetime(2026, 4, 15, 9)),  # noqa: DTZ001
        ("2026-04-15 09:00:30.123456", datetime(2026, 4, 15, 9, 0, 30)),  # noqa: DTZ001
    ],
)
def test_dates_are_read_with_offset_with_z_and_naive(text: str, moment: datetime) -> None:
    read = read_date(text)
    assert read == moment
    assert read.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-04-15",
        "20260415T090000Z",
        "2026-W16-3T09:00",
        "2026-04-15T09",
        "2026-04-15T09:00:00+02:00[Europe/Berlin]",
        "2026-04-15T09:00:00+99:00",
        "2026-02-30T09:00",
        "2026-04-15T25:00",
        "2026-04-15T09:00:60",
        "٢٠٢٦-04-15T09:00",
        "1776236400",
        "-2026-04-15T09:00",
        "1970-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_date(text)


@given(
    st.text(max_size=30)
    | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?", fullmatch=True)
)
def test_reading_a_date_gives_a_moment_of_every_zone_or_a_value_error(text: str) -> None:
    try:
        moment = read_date(text)
    except ValueError:
        return
    assert to_instant(moment, LORD_HOWE) is None or iso(to_instant(moment, LORD_HOWE) or 0)


@pytest.mark.parametrize(
    ("wall_clock", "zone", "instant"),
    [
        ("2026-04-15T09:00", BERLIN, "2026-04-15T07:00:00+00:00"),
        ("2026-01-15T09:00", BERLIN, "2026-01-15T08:00:00+00:00"),
        ("2026-04-15T09:00-04:00", BERLIN, "2026-04-15T13:00:00+00:00"),
        ("2026-03-29T01:59:59", BERLIN, "2026-03-29T00:59:59+00:00"),
        ("2026-03-29T02:00", BERLIN, None),
        ("2026-03-29T02:59:59", BERLIN, None),
        ("2026-03-29T03:00", BERLIN, "2026-03-29T01:00:00+00:00"),
        ("2026-03-29T02:30+01:00", BERLIN, "2026-03-29T01:30:00+00:00"),
        ("2026-10-25T02:30", BERLIN, "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T03:00", BERLIN, "2026-10-25T02:00:00+00:00"),
        ("2026-10-04T02:15", LORD_HOWE, None),
        ("2026-10-04T02:30", LORD_HOWE, "2026-10-03T15:30:00+00:00"),
        ("2026-04-05T01:45", LORD_HOWE, "2026-04-04T14:45:00+00:00"),
        ("2026-04-05T02:00", LORD_HOWE, "2026-04-04T15:30:00+00:00"),
        ("2026-09-06T00:30", SANTIAGO, None),
    ],
)
def test_a_skipped_wall_clock_time_does_not_exist_and_one_that_comes_twice_is_the_earlier(
    wall_clock: str, zone: ZoneInfo, instant: str | None
) -> None:
    assert to_instant(read_date(wall_clock), zone) == (None if instant is None else at(instant))


@given(
    st.integers(at("1972-01-01T00:00:00+00:00"), at("2199-01-01T00:00:00+00:00")),
    st.sampled_from([BERLIN, LORD_HOWE, SANTIAGO]),
)
def test_the_wall_clock_of_an_instant_leads_back_to_it_unless_it_comes_twice(
    instant: int, zone: ZoneInfo
) -> None:
    local = datetime.fromtimestamp(instant, zone)
    assert to_instant(local, zone) == instant
    back = to_instant(local.replace(tzinfo=None, fold=0), zone)
    assert back == instant if local.fold == 0 else back is not None and back < instant


def test_local_dates_are_all_that_an_interval_touches_and_not_the_one_at_whose_midnight_it_ends() -> None:
    slot = Interval(at("2026-04-15T23:30:00+02:00"), at("2026-04-17T00:00:00+02:00"))
    assert [day.isoformat() for day in local_dates(slot, BERLIN)] == ["2026-04-15", "2026-04-16"]
