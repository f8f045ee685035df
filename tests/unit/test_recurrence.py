"""Series: their days, and the effect of clock changes."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.time.intervals import DAY, Interval, to_instant
from frontdesk.domain.time.recurrence import (
    LAST_YEAR,
    EndsBeforeStart,
    Frequency,
    Recurrence,
    StartNotInSeries,
    TooFar,
    occurrences,
    read_by_day,
)
from tests.unit.builders import at

BERLIN, NEW_YORK, LORD_HOWE = (
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),
)
TOKYO, APIA = ZoneInfo("Asia/Tokyo"), ZoneInfo("Pacific/Apia")
HOUR = 3600
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: tuple[Frequency, ...] = ("daily", "weekly", "monthly", "yearly")


def hour_at(text: str) -> Interval:
    return Interval(at(text), at(text) + HOUR)


def local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant, zone)


def clocks(first: str, rule: Recurrence, zone: ZoneInfo = BERLIN, most: int = 4) -> list[str]:
    """Returns the starts in local time, with their offsets."""
    return [
        local(start, zone).isoformat(timespec="minutes")
        for start, _ in occurrences(hour_at(first), rule, zone, most)
    ]


def days(first: str, rule: Recurrence, most: int = 4) -> list[str]:
    return [clock[:10] for clock in clocks(first, rule, most=most)]


# The same without dateutil: checks for every day from the first on whether it belongs to the series.


def _expected_days(first: date, rule: Recurrence) -> Iterator[date]:
    for ordinal in range(first.toordinal(), date(LAST_YEAR + 1, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        if _is_expected(day, first, rule):
            yield day


def _is_expected(day: date, first: date, rule: Recurrence) -> bool:
    year, month = date(day.year, 1, 1), day.replace(day=1)
    match rule.frequency:
        case "daily":
            period, same_day = (day - first).days, True
        case "weekly":
            period, same_day = (
                (day - first + timedelta(first.weekday())).days // 7,
                day.weekday() == first.weekday(),
            )
        case "monthly":
            period, same_day = (day.year - first.year) * 12 + day.month - first.month, day.day == first.day
        case "yearly":
            period, same_day = day.year - first.year, (day.month, day.day) == (first.month, first.day)
    if period % rule.interval:
        return False
    since = {"monthly": month, "yearly": year}.get(rule.frequency, day)
    before = {"monthly": (month + timedelta(31)).replace(day=1), "yearly": date(day.year + 1, 1, 1)}.get(
        rule.frequency, day
    )
    names = {CODES[day.weekday()], *_with_ordinals(day, since, before)}
    return bool(names & set(rule.by_day)) if rule.by_day else same_day


def _with_ordinals(day: date, since: date, before: date) -> tuple[str, str]:
    """Returns the weekday of a day, counted from both ends of [since, before)."""
    code = CODES[day.weekday()]
    return f"{1 + (day - since).days // 7}{code}", f"{-1 - (before - timedelta(1) - day).days // 7}{code}"


@st.composite
def series(draw: st.DrawFn) -> tuple[Interval, Recurrence, ZoneInfo]:
    """Generates a first occurrence, often at an hour that clock changes skip or repeat, and an endless rule that includes it."""
    zone = draw(st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, TOKYO]))
    clock = draw(
        st.times().map(lambda t: t.replace(microsecond=0))
        | st.sampled_from([time(1, 30), time(1, 45), time(2), time(2, 15)])
    )
    day = draw(
        st.dates(date(1990, 1, 1), date(2050, 12, 31))
        | st.sampled_from([date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 31)])
    )
    start = int(datetime.combine(day, clock, zone).replace(fold=draw(st.integers(0, 1))).timestamp())
    day = local(start, zone).date()
    frequency = draw(st.sampled_from(FREQUENCIES))
    own, others = [CODES[day.weekday()]], st.sampled_from(CODES)
    if frequency == "monthly":
        own += _with_ordinals(day, day.replace(day=1), (day.replace(day=1) + timedelta(31)).replace(day=1))
        others |= st.sampled_from(["1MO", "5WE", "-1FR", "-5SU"])
    elif frequency == "yearly":
        own += _with_ordinals(day, date(day.year, 1, 1), date(day.year + 1, 1, 1))
        others |= st.sampled_from(["1MO", "53WE", "20TU", "-1FR", "-53SU"])
    by_day = draw(
        st.just(()) | st.tuples(st.sampled_from(own)) | st.tuples(st.sampled_from(own), others, others)
    )
    rule = Recurrence(frequency, draw(st.integers(1, 3)), by_day=by_day)
    return Interval(start, start + draw(st.integers(1, 3 * DAY))), rule, zone


SERIES = series()
MOST = st.integers(0, 30)


@given(SERIES, MOST)
def test_a_series_is_the_days_of_its_rule_at_one_time_of_day(
    drawn: tuple[Interval, Recurrence, ZoneInfo], most: int
) -> None:
    first, rule, zone = drawn
    starts = [local(start, zone) for start, _ in occurrences(first, rule, zone, most)]
    expected = list(islice(_expected_days(starts[0].date(), rule), most + 1))
    assert [start.date() for start in starts] == expected


@given(SERIES)
def test_the_wall_clock_stays_and_in_a_gap_moves_on_by_the_gap(
    drawn: tuple[Interval, Recurrence, ZoneInfo],
) -> None:
    first, rule, zone = drawn
    clock = local(first.start, zone).time()
    for start, _ in occurrences(first, rule, zone, 400)[1:]:
        shown = local(start, zone)
        asked = datetime.combine(shown.date(), clock)
        if shown.replace(tzinfo=None) == asked:
            assert shown.fold == 0
        else:
            gap = (local(start + 6 * HOUR, zone).utcoffset() or timedelta()) - (
                local(start - 6 * HOUR, zone).utcoffset() or timedelta()
            )
            assert to_instant(asked, zone) is None
            assert shown.replace(tzinfo=None) - asked == gap


@given(SERIES, MOST)
def test_a_series_starts_with_the_first_occurrence_and_keeps_order_and_length(
    drawn: tuple[Interval, Recurrence, ZoneInfo], most: int
) -> None:
    first, rule, zone = drawn
    result = occurrences(first, rule, zone, most)
    assert result[0] == first
    assert all(a.start < b.start for a, b in pairwise(result))
    # Its length in local time. No clock change exceeds a day.
    assert all(0 < end - start <= first.end - first.start + 86_400 for start, end in result)


@given(SERIES, MOST, st.data())
def test_count_and_until_cut_a_series_off_and_an_occurrence_at_until_is_in_it(
    drawn: tuple[Interval, Recurrence, ZoneInfo], most: int, data: st.DataObject
) -> None:
    first, rule, zone = drawn
    whole = occurrences(first, rule, zone, most)
    index = data.draw(st.integers(0, len(whole) - 1))
    last = local(whole[index].start, zone)

    def cut(**ending: Any) -> list[Interval]:
        return occurrences(
            first, Recurrence(rule.frequency, rule.interval, by_day=rule.by_day, **ending), zone, most
        )

    upto = whole[: index + 1]
    assert cut(count=index + 1) == cut(until=last) == cut(until=last.astimezone(UTC)) == upto
    assert cut(until=last.replace(tzinfo=None, fold=0)) == cut(until=last.date()) == upto
    assert cut(until=last.date(), count=index + 1) == cut(until=last.date(), count=index + 2) == upto
    if index:
        assert cut(until=last.astimezone(UTC) - timedelta(seconds=1)) == whole[:index]
        assert (
            cut(until=last.date() - timedelta(days=1)) == cut(until=last.date(), count=index) == whole[:index]
        )


def test_nine_o_clock_stays_nine_o_clock_over_a_clock_change() -> None:
    assert clocks("2026-03-22T09:00+01:00", Recurrence("weekly", count=3)) == [
        "2026-03-22T09:00+01:00",
        "2026-03-29T09:00+02:00",
        "2026-04-05T09:00+02:00",
    ]


@pytest.mark.parametrize(
    ("zone", "first", "second"),
    [
        (BERLIN, "2026-03-28T02:30+01:00", "2026-03-29T03:30+02:00"),
        (NEW_YORK, "2026-03-07T02:00-05:00", "2026-03-08T03:00-04:00"),
        (LORD_HOWE, "2026-10-03T02:15+10:30", "2026-10-04T02:45+11:00"),
    ],
)
def test_a_time_in_a_gap_moves_on_by_the_gap_on_that_day_alone(
    zone: ZoneInfo, first: str, second: str
) -> None:
    shown = clocks(first, Recurrence("daily", count=3), zone)
    assert shown[:2] == [first, second]
    assert shown[2][10:16] == first[10:16]


def test_a_night_ends_at_the_time_of_the_first_one_that_a_clock_change_made_short() -> None:
    first = Interval(at("2026-03-28T20:00+01:00"), at("2026-03-29T08:00+02:00"))
    assert [end - start for start, end in occurrences(first, Recurrence("daily", count=2), BERLIN, 2)] == [
        11 * HOUR,
        12 * HOUR,
    ]


def test_what_a_clock_change_skips_whole_moves_on_whole() -> None:
    first = Interval(at("2026-03-28T02:30+01:00"), at("2026-03-28T03:00+01:00"))
    assert occurrences(first, Recurrence("daily", count=2), BERLIN, 2)[1] == Interval(
        at("2026-03-29T03:30+02:00"), at("2026-03-29T04:00+02:00")
    )


def test_an_end_that_is_skipped_does_not_move_into_the_next_occurrence() -> None:
    first = Interval(at("2026-03-28T03:00+01:00"), at("2026-03-29T01:59+01:00") + 60 * 31)
    rule = Recurrence("daily", count=3)
    earlier = Interval(first.start - 24 * HOUR, at("2026-03-28T02:30+01:00"))
    assert occurrences(earlier, rule, BERLIN, 3)[1:] == [
        Interval(first.start, at("2026-03-29T03:00+02:00")),
        Interval(at("2026-03-29T03:00+02:00"), at("2026-03-30T02:30+02:00")),
    ]


def test_until_a_time_in_a_gap_includes_the_occurrence_that_was_moved_out_of_it() -> None:
    rule = Recurrence("daily", until=datetime.fromisoformat("2026-03-29T02:30"))
    assert clocks("2026-03-28T02:30+01:00", rule) == ["2026-03-28T02:30+01:00", "2026-03-29T03:30+02:00"]


def test_a_time_that_comes_twice_is_the_earlier() -> None:
    assert clocks("2026-10-24T02:30+02:00", Recurrence("daily", count=2))[1] == "2026-10-25T02:30+02:00"


def test_the_first_occurrence_may_be_the_later_one_of_a_time_that_comes_twice() -> None:
    first = "2026-10-25T02:30+01:00"
    assert clocks(first, Recurrence("daily", until=datetime.fromisoformat("2026-10-25T02:30"))) == [first]
    # Clocks next go back on 25 October in 2037.
    assert clocks(first, Recurrence("yearly", 11, count=2)) == [first, "2037-10-25T02:30+02:00"]


def test_a_day_that_a_zone_skipped_has_no_second_occurrence_on_the_next() -> None:
    assert clocks("2011-12-29T09:00-10:00", Recurrence("daily", count=3), APIA) == [
        "2011-12-29T09:00-10:00",
        "2011-12-31T09:00+14:00",
        "2012-01-01T09:00+14:00",
    ]


def test_a_date_as_until_lasts_to_its_end_in_the_zone() -> None:
    first = "2026-04-15T23:30+02:00"
    assert days(first, Recurrence("daily", until=date(2026, 4, 16))) == ["2026-04-15", "2026-04-16"]
    assert days(first, Recurrence("daily", until=datetime(2026, 4, 16, 21, 29, tzinfo=UTC))) == ["2026-04-15"]
    assert days(first, Recurrence("daily", until=datetime.fromisoformat("2026-04-16T23:29"))) == [
        "2026-04-15"
    ]


@pytest.mark.parametrize(
    ("first", "rule", "expected"),
    [
        ("2026-01-31", Recurrence("monthly"), ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("2024-02-29", Recurrence("yearly"), ["2024-02-29", "2028-02-29", "2032-02-29"]),
        # RFC 5545's example for weeks that start on Monday.
        (
            "1997-08-05",
            Recurrence("weekly", 2, by_day=("TU", "SU")),
            ["1997-08-05", "1997-08-10", "1997-08-19"],
        ),
        ("2026-04-17", Recurrence("daily", by_day=("FR", "MO")), ["2026-04-17", "2026-04-20", "2026-04-24"]),
        ("2026-04-06", Recurrence("monthly", by_day=("1MO",)), ["2026-04-06", "2026-05-04", "2026-06-01"]),
        ("2026-04-24", Recurrence("monthly", by_day=("-1FR",)), ["2026-04-24", "2026-05-29", "2026-06-26"]),
        ("2026-03-30", Recurrence("monthly", by_day=("5MO",)), ["2026-03-30", "2026-06-29", "2026-08-31"]),
        (
            "2026-04-03",
            Recurrence("monthly", by_day=("1MO", "FR")),
            ["2026-04-03", "2026-04-06", "2026-04-10"],
        ),
        ("2026-05-18", Recurrence("yearly", by_day=("20MO",)), ["2026-05-18", "2027-05-17", "2028-05-15"]),
        # It includes the 53rd Thursday of the year.
        (
            "2026-12-24",
            Recurrence("yearly", by_day=("1MO", "TH")),
            ["2026-12-24", "2026-12-31", "2027-01-04"],
        ),
        ("2026-12-28", Recurrence("yearly", by_day=("MO",)), ["2026-12-28", "2027-01-04", "2027-01-11"]),
    ],
)
def test_days_of_a_rule(first: str, rule: Recurrence, expected: list[str]) -> None:
    assert days(f"{first}T12:00+00:00", rule, most=2) == expected


def test_a_week_starts_on_monday_whatever_the_calendar_module_was_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("calendar.firstweekday", lambda: 6)
    assert days("1997-08-05T12:00+00:00", Recurrence("weekly", 2, by_day=("TU", "SU")), most=1) == [
        "1997-08-05",
        "1997-08-10",
    ]


@pytest.mark.parametrize("most", [0, 1, 5])
def test_one_more_than_the_most_tells_that_there_are_more(most: int) -> None:
    assert len(days("2026-04-15T09:00+02:00", Recurrence("daily"), most)) == most + 1
    assert len(days("2026-04-15T09:00+02:00", Recurrence("daily", count=10**9), most)) == most + 1
    assert len(days("2026-04-15T09:00+02:00", Recurrence("daily", until=date.max), most)) == most + 1


@pytest.mark.parametrize(
    ("frequency", "by_day"),
    [
        ("daily", ("TU",)),
        ("weekly", ("TU", "SU")),
        ("monthly", ("1WE", "2WE", "-2WE")),
        ("monthly", ("5WE",)),
        ("yearly", ("1WE", "53WE")),
    ],
)
def test_a_series_holds_its_first_occurrence(frequency: Frequency, by_day: tuple[str, ...]) -> None:
    with pytest.raises(StartNotInSeries):
        days("2026-04-15T09:00+02:00", Recurrence(frequency, by_day=by_day))


@pytest.mark.parametrize(
    "until",
    [
        date(2026, 4, 14),
        datetime.fromisoformat("2026-04-15T08:59:59"),
        datetime.fromisoformat("2026-04-15T06:59:59+00:00"),
    ],
)
def test_a_series_does_not_end_before_it_starts(until: date) -> None:
    with pytest.raises(EndsBeforeStart):
        days("2026-04-15T09:00+02:00", Recurrence("daily", until=until))


@pytest.mark.parametrize(
    "rule",
    [
        Recurrence("yearly", count=6),
        Recurrence("yearly", until=date(2200, 4, 15)),
        Recurrence("yearly", until=date.max),
        Recurrence("yearly", 10_000, count=2),
        Recurrence("monthly", 10**30, count=2),
    ],
)
def test_count_and_until_reach_no_further_than_2199(rule: Recurrence) -> None:
    with pytest.raises(TooFar):
        days("2195-04-15T09:00+02:00", rule, most=9)


@pytest.mark.parametrize(
    ("rule", "length"),
    [
        (Recurrence("yearly", count=5), 5),
        (Recurrence("yearly", until=date(2200, 4, 14)), 5),
        (Recurrence("yearly", 10_000, until=date(2300, 1, 1)), 1),
        (Recurrence("yearly"), 5),
        (Recurrence("yearly", 10_000), 1),
    ],
)
def test_a_series_is_whole_that_ends_in_2199_or_has_no_end(rule: Recurrence, length: int) -> None:
    assert len(days("2195-04-15T09:00+02:00", rule, most=9)) == length


def _calls(work: Callable[[], object]) -> int:
    """Returns how many Python functions are called, which is the same on every machine."""
    count = 0

    def profile(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        work()
    except ValueError:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("first", "rule"),
    [
        ("2026-04-15", Recurrence("daily", 7, by_day=("TU",))),
        ("2026-04-15", Recurrence("monthly", by_day=("5WE",))),
        ("2026-04-15", Recurrence("yearly", by_day=("53SU",))),
        ("2026-04-17", Recurrence("monthly", by_day=("1MO", "FR"))),
        ("2016-02-29", Recurrence("monthly", 12, by_day=("5MO",))),
        ("2024-02-29", Recurrence("yearly")),
        ("2024-02-29", Recurrence("yearly", 1000)),
        ("2026-04-15", Recurrence("daily", count=10**9)),
        ("2026-04-15", Recurrence("weekly", until=date.max)),
        ("2026-04-15", Recurrence("monthly", 10**30)),
    ],
)
def test_no_rule_takes_long(first: str, rule: Recurrence) -> None:
    assert _calls(lambda: days(f"{first}T12:00+00:00", rule, most=100)) < 10_000


@pytest.mark.parametrize(
    "rule",
    [
        {"frequency": "daily", "interval": 0},
        {"frequency": "daily", "interval": -1},
        {"frequency": "daily", "count": 0},
        {"frequency": "daily", "by_day": ("1MO",)},
        {"frequency": "weekly", "by_day": ("MO", "-1FR")},
        {"frequency": "monthly", "by_day": ("6MO",)},
        {"frequency": "monthly", "by_day": ("-6MO",)},
        {"frequency": "yearly", "by_day": ("54MO",)},
    ],
)
def test_what_no_series_can_be_is_no_rule(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"series_numbers|ordinal_weekday"):
        Recurrence(**rule)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MO", "MO"),
        ("mo", "MO"),
        (" Mon ", "MO"),
        ("monday", "MO"),
        ("thu", "TH"),
        ("SUNDAY", "SU"),
        ("1MO", "1MO"),
        ("+1mo", "1MO"),
        ("01MO", "1MO"),
        ("-1fr", "-1FR"),
        ("2tuesday", "2TU"),
        ("53WE", "53WE"),
        ("-53sa", "-53SA"),
    ],
)
def test_weekdays_are_read_in_every_common_spelling(text: str, code: str) -> None:
    assert read_by_day(text) == code
    assert read_by_day(code) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "M",
        "mond",
        "mondays",
        "XX",
        "0MO",
        "-0MO",
        "54MO",
        "-54MO",
        "1",
        "MO1",
        "1 MO",
        "--1MO",
        "٢MO",
        "\N{LATIN SMALL LETTER LONG S}u",
    ],
)
def test_anything_else_is_no_weekday(text: str) -> None:
    with pytest.raises(ValueError, match="not_weekday"):
        read_by_day(text)
