"""Calendars as other systems write them: the forms in test files of calendar libraries and in real exports, rewritten."""

import re
from typing import Any

import pytest

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables import repeats
from tests.unit.test_import_tables import Read, read

PLACED: dict[str, Any] = {"defaults": {"service": "Besprechung", "resource": "Raum Nord"}}
# A zone with an unknown name, five hours behind UTC, with American summer time.
CUSTOM = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def calendar(*parts: str, head: str = "") -> str:
    """Returns a calendar of events, or of whole components."""
    events = [
        part if part.startswith("BEGIN") else f"BEGIN:VEVENT\n{part.strip()}\nEND:VEVENT" for part in parts
    ]
    return "\n".join(["BEGIN:VCALENDAR", *([head] if head else []), *events, "END:VCALENDAR", ""])


def of(content: str | bytes, **mapping: Any) -> Read:
    defaults = {**PLACED["defaults"], **mapping.pop("defaults", {})}
    return read(content, "team.ics", defaults=defaults, **mapping)


def spans(found: Read) -> list[tuple[str, ...]]:
    return [
        tuple(re.sub(r"(T\d\d:\d\d):00", r"\1", b[end]) for end in ("start_date", "end_date"))
        for piece in found.pieces
        for b in piece.bookings
    ]


def starts(found: Read) -> list[str]:
    return [start[:16] for start, _ in spans(found)]


NINE = "DTSTART:20310113T090000\nDTEND:20310113T100000"
WEEKLY = f"UID:1\n{NINE}\nRRULE:FREQ=WEEKLY;COUNT=3"


# Files


def test_an_event_without_a_calendar_around_it_is_one() -> None:
    assert len(of(f"BEGIN:VEVENT\n{NINE}\nEND:VEVENT\n").pieces) == 1


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_calendar_is_read_in_the_encoding_it_has(encoding: str) -> None:
    found = of(calendar(f"UID:1\n{NINE}\nSUMMARY:Müller \u2013 Süd").encode(encoding))
    assert found.first["description"] == "Müller \u2013 Süd"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_lines_end_as_they_do(end: str) -> None:
    folded = calendar(f"UID:1\n{NINE}\nSUMMARY:A long\n  title\\, with a comma").replace("\n", end)
    assert of(folded).first["description"] == "A long title, with a comma"


@pytest.mark.parametrize(
    "broken",
    [
        "BEGIN:VFREEBUSY\nFREEBUSY:20310113T100000Z/20310113T090000Z\nEND:VFREEBUSY",
        "BEGIN:VTIMEZONE\nTZID:A\nTZID:B\nEND:VTIMEZONE",
        "BEGIN:VTODO\nDUE:nonsense\nEND:VTODO",
        "X",
        "BEGIN:VEVENT\nUID:bad\nDTSTART:2031-1313T080000Z\nEND:VEVENT",
        "BEGIN:VEVENT\nUID:bad\nDTSTART;TZID=Europe:20310113T090000\nEND:VEVENT",
    ],
)
def test_what_is_broken_breaks_nothing_else(broken: str) -> None:
    found = of(calendar(f"BEGIN:VEVENT\nUID:1\n{NINE}\nEND:VEVENT", head=broken))
    assert [piece.external_id for piece in found.pieces if not piece.problems] == ["1"]
    assert len(found.pieces) == 1 + ("VEVENT" in broken)


def test_a_date_that_cannot_be_read_is_told_as_it_is_written() -> None:
    found = of(calendar("UID:1\nDTSTART:2006717T080000Z\nDTEND:20310113T100000Z"))
    assert found.problems[0][1].startswith("DTSTART '2006717T080000Z': Must be a date")


def test_a_rule_that_cannot_be_read_is_told_as_it_is_written() -> None:
    found = of(calendar(f"UID:1\n{NINE}\nRRULE:FREQ=WEEKLY;UNTL=20310201;BYDAY=TH"))
    (told,) = found.problems
    assert told[1].startswith(
        "RRULE_FREQ 'FREQ=WEEKLY;UNTL=20310201;BYDAY=TH': This recurrence rule cannot be read"
    )


# Zones


def test_a_zone_of_one_file_is_none_of_the_next_file() -> None:
    """Each calendar defines its own zones; the library remembers the first one of a process."""
    event = "UID:1\nDTSTART;TZID=Customized Time Zone:20310113T090000\nDURATION:PT1H"
    assert starts(of(calendar(CUSTOM, event))) == ["2031-01-13T09:00"]
    assert spans(of(calendar(CUSTOM, event)))[0][0].endswith("-05:00")
    other = CUSTOM.replace("-0400", "+0900").replace("-0500", "+0800")
    assert spans(of(calendar(other, event)))[0][0].endswith("+08:00")


def test_a_series_in_a_zone_that_only_the_file_knows_keeps_its_clock() -> None:
    rule = "RRULE:FREQ=WEEKLY;COUNT=3"
    found = of(
        calendar(CUSTOM, f"UID:1\nDTSTART;TZID=Customized Time Zone:20310303T090000\nDURATION:PT1H\n{rule}")
    )
    assert [start for start, _ in spans(found)] == [
        "2031-03-03T09:00-05:00", "2031-03-10T09:00-04:00", "2031-03-17T09:00-04:00",
    ]  # fmt: skip


def test_a_series_in_utc_stays_in_utc() -> None:
    found = of(calendar("UID:1\nDTSTART:20310313T080000Z\nDTEND:20310313T090000Z\nRRULE:FREQ=WEEKLY;COUNT=4"))
    assert (found.pieces[0].order, starts(found)) == ({"timezone": "UTC"}, ["2031-03-13T08:00"])


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ('"(UTC-05:00) Eastern Time (US & Canada)"', "America/New_York"),
        ('"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"', "Europe/Amsterdam"),
        ('"Amsterdam, Belgrade, Berlin, Brussels"', "Europe/Amsterdam"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("/softwarestudio.org/Olson_20011030_5/America/New_York", "America/New_York"),
        # An unknown place, and a place with another offset: nothing is guessed, and the row is refused with the name.
        ("tzone://Microsoft/Custom", "tzone://Microsoft/Custom"),
        ('"(UTC+05:00) Berlin"', "(UTC+05:00) Berlin"),
    ],
)
def test_zones_as_other_systems_call_them(name: str, zone: str) -> None:
    found = of(calendar(f"UID:1\nDTSTART;TZID={name}:20310113T090000\nDURATION:PT1H"))
    assert (found.pieces[0].order, spans(found)) == (
        {"timezone": zone},
        [("2031-01-13T09:00", "2031-01-13T10:00")],
    )


def test_utc_as_microsoft_calls_it() -> None:
    found = of(calendar("UID:1\nDTSTART;TZID=tzone://Microsoft/Utc:20310113T090000\nDURATION:PT1H"))
    assert spans(found) == [("2031-01-13T09:00+00:00", "2031-01-13T10:00+00:00")]


def test_a_zone_that_nobody_knows_can_be_translated() -> None:
    event = "UID:1\nDTSTART;TZID=Office:20310113T090000\nDURATION:PT1H"
    found = of(calendar(event), values={"TZID": {"Office": "Europe/Vienna"}})
    assert found.pieces[0].order == {"timezone": "Europe/Vienna"}


def test_a_time_without_zone_is_on_the_clock_of_its_calendar() -> None:
    found = of(calendar(f"UID:1\n{NINE}", head="X-WR-TIMEZONE:America/New_York"))
    assert found.pieces[0].order == {"timezone": "America/New_York"}
    assert (
        of(calendar("UID:1\nDTSTART;VALUE=DATE:20310113", head="X-WR-TIMEZONE:America/New_York"))
        .pieces[0]
        .order
        == {}
    )


def test_an_end_in_another_zone_is_the_same_moment() -> None:
    found = of(
        calendar(
            "UID:1\nDTSTART;TZID=America/New_York:20310113T090000\nDTEND;TZID=Europe/Berlin:20310113T160000"
        )
    )
    assert spans(found) == [("2031-01-13T09:00", "2031-01-13T10:00")]


@pytest.mark.parametrize(
    ("dates", "span"),
    [
        ("DTSTART;VALUE=DATE:20310113\nDTEND:20310113T120000", ("2031-01-13T00:00", "2031-01-13T12:00")),
        ("DTSTART:20310113T200000\nDTEND;VALUE=DATE:20310114", ("2031-01-13T20:00", "2031-01-14T00:00")),
        ("DTSTART;VALUE=DATE:20310113\nDURATION:PT10H", ("2031-01-13T00:00", "2031-01-13T10:00")),
        ("DTSTART;VALUE=DATE:20310113\nDTEND;VALUE=DATE:20310113", ("2031-01-13T00:00", "2031-01-14T00:00")),
    ],
)
def test_a_date_and_a_time_of_one_event(dates: str, span: tuple[str, str]) -> None:
    assert spans(of(calendar(f"UID:1\n{dates}"))) == [span]


# Series


def test_dates_of_their_own_may_last_differently() -> None:
    found = of(
        calendar(f"UID:1\n{NINE}\nRDATE;VALUE=PERIOD:20310120T090000/20310120T113000,20310127T090000/PT3H")
    )
    assert [end[11:16] for _, end in spans(found)] == ["10:00", "11:30", "12:00"]


def test_several_rules_are_all_kept() -> None:
    found = of(calendar(f"UID:1\n{NINE}\nRRULE:FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=MONTHLY;COUNT=2"))
    assert starts(found) == ["2031-01-13T09:00", "2031-01-20T09:00", "2031-02-13T09:00"]


ENDLESS = f"UID:1\n{NINE}\nRRULE:FREQ=WEEKLY\nEXDATE:20310120T090000"


def test_a_series_without_end_has_the_end_that_the_mapping_says() -> None:
    found = of(calendar(ENDLESS), defaults={"recurring_until": "2031-02-03"})
    assert starts(found) == ["2031-01-13T09:00", "2031-01-27T09:00", "2031-02-03T09:00"]
    endless = of(calendar(ENDLESS)).first["recurring"]
    assert endless == {"frequency": "weekly"}, "refused later, as a series without end"
    assert "recurring" not in of(calendar(f"UID:1\n{NINE}"), defaults={"recurring_until": "2031-02-03"}).first


def test_a_start_that_is_no_day_of_its_rule_is_not_guessed_at() -> None:
    """The RFC leaves open whether it takes place (3.8.5.3), and calendars differ."""
    for rule in ("FREQ=WEEKLY;COUNT=3;BYDAY=TH\nEXDATE:20310123T090000", "FREQ=DAILY;COUNT=9;BYMONTH=2"):
        assert [code for code, _ in of(calendar(f"UID:1\n{NINE}\nRRULE:{rule}")).problems] == ["cell_wrong"]
    plain = of(calendar(f"UID:1\n{NINE}\nRRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TH")).first["recurring"]
    assert plain["by_day"] == ["TH"], "refused later, as a start that is not in its series"


def moved(uid: str, of: str, to: str, more: str = "") -> str:
    return f"UID:{uid}\nRECURRENCE-ID{of}\nDTSTART:{to}T140000\nDTEND:{to}T150000\n{more}"


def test_one_of_a_series_that_is_elsewhere_has_a_row_of_its_own() -> None:
    found = of(
        calendar(
            f"{WEEKLY}\nLOCATION:Raum Nord", moved("1", ":20310120T090000", "20310121", "LOCATION:Raum Süd")
        )
    )
    assert [
        (each.external_id, each.series, [b["resource_id"] for b in each.bookings]) for each in found.pieces
    ] == [
        ("1", "", [["r Raum Nord"]] * 2),
        ("1 2031-01-20T09:00:00", "1", [["r Raum Süd"]]),
    ]


def test_dates_without_ids_belong_to_no_series() -> None:
    date = moved("1", ":20310120T090000", "20310121", "LOCATION:Raum Süd")
    found = of(calendar(f"{WEEKLY}\nLOCATION:Raum Nord", date), columns={"UID": None})
    assert [(piece.external_id, piece.series) for piece in found.pieces] == [(None, ""), (None, "")]


def test_all_that_follow_may_be_moved_at_once() -> None:
    found = of(calendar(WEEKLY, moved("1", ";RANGE=THISANDFUTURE:20310120T090000", "20310121")))
    assert starts(found) == ["2031-01-13T09:00", "2031-01-21T14:00", "2031-01-28T14:00"]


def test_a_newer_version_takes_the_place_of_an_older_one() -> None:
    newer = f"{WEEKLY}\nSEQUENCE:2".replace("T09", "T11").replace("T10", "T12")
    found = of(calendar(f"{WEEKLY}\nSEQUENCE:1", newer, f"{WEEKLY}\nSEQUENCE:0"))
    assert [piece.bookings[0]["start_date"] for piece in found.pieces] == ["2031-01-13T11:00"]
    assert found.reading.body.skipped == [2, 16], "told as left out"
    older = moved("1", ":20310120T090000", "20310121", "SEQUENCE:1")
    late = moved("1", ":20310120T090000", "20310122", "SEQUENCE:3")
    assert starts(of(calendar(WEEKLY, late, older))) == [
        "2031-01-13T09:00",
        "2031-01-22T14:00",
        "2031-01-27T09:00",
    ]


def test_a_change_of_a_day_that_was_left_out_later_is_void() -> None:
    change = moved("1", ":20310120T090000", "20310121", "SEQUENCE:1")
    out = f"{WEEKLY}\nEXDATE:20310120T090000\nSEQUENCE:2"
    assert starts(of(calendar(out, change))) == ["2031-01-13T09:00", "2031-01-27T09:00"]


def test_what_a_calendar_of_cancellations_has_is_canceled() -> None:
    assert of(calendar(f"UID:1\n{NINE}", head="METHOD:CANCEL")).pieces[0].status == "canceled"
    assert of(calendar(f"UID:1\n{NINE}", head="METHOD:PUBLISH")).pieces[0].status is None


ONE_OUT = "EXDATE:20310120T090000"
ALL_LATER = (
    "RECURRENCE-ID;RANGE=THISANDFUTURE:203101{}T090000\nDTSTART:203101{}T100000\nDTEND:203101{}T110000"
)


@pytest.mark.parametrize(
    ("few", "many"),
    [
        # Rules, dates of rules, and dates that changes move.
        ([f"{WEEKLY}\n{ONE_OUT}"] * 3, [f"{WEEKLY}\n{ONE_OUT}"] * 30),
        (
            [f"UID:1\n{NINE}\nRRULE:FREQ=DAILY;COUNT=300\n{ONE_OUT}"] * 3,
            [f"UID:1\n{NINE}\nRRULE:FREQ=DAILY;COUNT=1000\n{ONE_OUT}"] * 8,
        ),
        ([f"{WEEKLY}\nRRULE:FREQ=DAILY;COUNT=9"], [WEEKLY + "\nRRULE:FREQ=DAILY;COUNT=9" * 40]),
        (
            [f"UID:1\n{NINE}\nRRULE:FREQ=DAILY;COUNT=500\n{ONE_OUT}"],
            [f"UID:1\n{NINE}\nRRULE:FREQ=DAILY;COUNT=500", *("UID:1\n" + ALL_LATER.format(n, n, n) for n in range(13, 29))],
        ),
    ],
)  # fmt: skip
def test_so_many_dates_of_repeating_events_are_worked_out_for_a_file(
    few: list[str], many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 20 MB named 130 million dates: more than an hour, and more than there is memory."""
    monkeypatch.setattr(repeats, "MAX_WORK", 5_000)
    assert of(calendar(*few)).pieces
    with pytest.raises(BadFile) as refused:
        of(calendar(*many))
    assert refused.value.problem.code == "calendar_too_large"
    assert refused.value.problem.meta["line"] > 1
