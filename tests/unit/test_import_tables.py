"""Files as people have them: every format that other systems and spreadsheets save, read as a person would read it.

Headers and formats come from real exports; people, rooms and services are invented.
"""

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from frontdesk.domain.catalog.items import Customer, Resource, Service
from frontdesk.domain.imports.columns.names import Directory, Names
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.pieces import Piece
from frontdesk.domain.imports.rows import TableReading, read_table
from frontdesk.domain.imports.tables import sheets
from frontdesk.errors import Language

FILES = Path(__file__).parent.parent / "files"


def resource(name: str, id: str | None = None, **more: Any) -> Resource:
    return Resource(id=id or f"r {name}", name=name, **more)


def service(name: str, **more: Any) -> Service:
    return Service(id=f"s {name}", name=name, price=1000, tax_rate=19, **more)


ROOMS = [resource(name) for name in ("Raum Süd", "Raum Nord", "Chair 1", "Chair 2", "Claire", "Tom")]
SERVICES = [service(name) for name in ("Besprechung", "Cut", "Gloss", "Blow Dry", "Infills", "Brows")]
OFFERED = Directory(Names(ROOMS), Names(SERVICES), Names(), Names(), "EUR")


_ENDS = ("start_date", "end_date")


class Read(NamedTuple):
    reading: TableReading
    pieces: list[Piece]

    @property
    def first(self) -> dict[str, Any]:
        assert self.pieces[0].problems == ()
        booking: dict[str, Any] = self.pieces[0].bookings[0]
        return booking

    @property
    def times(self) -> list[tuple[str | None, ...]]:
        bookings = [piece.bookings[0] for piece in self.pieces]
        return [
            tuple(b[at] and b[at].replace(" ", "T") if at in b else None for at in _ENDS) for b in bookings
        ]

    @property
    def problems(self) -> list[tuple[str, str]]:
        return [(code, detail) for piece in self.pieces for code, _, detail in piece.problems]


def read(
    content: str | bytes,
    name: str = "week.csv",
    *,
    offered: Directory = OFFERED,
    language: Language = "en",
    **mapping: Any,
) -> Read:
    data = content.encode() if isinstance(content, str) else content
    reading = read_table(name, io.BytesIO(data), ImportMapping.model_validate(mapping))
    return Read(reading, list(reading.pieces(offered, name, language)))


def refused(
    content: str | bytes, name: str = "week.csv", language: Language = "en", **mapping: Any
) -> tuple[str, str]:
    with pytest.raises(BadFile) as caught:
        read(content, name, language=language, **mapping)
    return caught.value.problem.code, caught.value.problem.detail(language)


def rows(*lines: str, end: str = "\n") -> str:
    return end.join(lines) + end


HEADER = "Raum,Leistung,Beginn,Ende"
ROW = "Raum Süd,Besprechung,2031-01-13 09:00,2031-01-13 10:00"
NINE = ("2031-01-13T09:00", "2031-01-13T10:00")


# The four files that people brought


def test_a_german_spreadsheet() -> None:
    found = read(
        (FILES / "excel-german-cp1252.csv").read_bytes(), "excel.csv", defaults={"service": "Besprechung"}
    )
    assert found.reading.table.encoding == "cp1252"
    assert found.times == [
        ("2031-01-13T08:00", "2031-01-13T08:30"),
        ("2031-01-13T08:30", "2031-01-13T09:00"),
        ("2031-01-13T09:00", "2031-01-13T10:00"),
    ]
    assert [piece.bookings[0]["resource_id"] for piece in found.pieces] == [
        ["r Raum Süd"],
        ["r Raum Süd"],
        ["r Raum Nord"],
    ]
    assert [piece.bookings[0]["custom_price"] for piece in found.pieces] == [2950, 2950, 5900]
    assert [piece.customer for piece in found.pieces][1:] == [
        {"given_name": "Jörg", "family_name": "Muster"}
    ] * 2
    assert len({piece.person for piece in found.pieces}) == 2, "one name in one file is one person"
    assert found.pieces[1].bookings[0]["note"] == "Schlüssel am Empfang"


def test_a_salons_schedule() -> None:
    pounds = OFFERED._replace(currency="GBP")
    found = read((FILES / "salon-schedule.csv").read_bytes(), offered=pounds)
    assert found.problems == []
    assert found.times == [
        ("2030-12-03T10:00", "2030-12-03T11:15"),
        ("2030-12-03T14:30", "2030-12-03T15:15"),
        ("2030-12-13T09:00", "2030-12-13T09:45"),
    ], "the third row proves that the day comes first"
    assert found.pieces[0].bookings[0]["service_id"] == {"s Cut": 1, "s Gloss": 1}
    assert [piece.bookings[0]["resource_id"] for piece in found.pieces] == [
        ["r Chair 1"],
        ["r Chair 2"],
        ["r Chair 2"],
    ]
    assert [piece.status for piece in found.pieces] == [None, "canceled", "completed"]
    assert [piece.customer and piece.customer.get("email") for piece in found.pieces] == [
        "mia@example.com", None, "lee@example.com",
    ]  # fmt: skip
    assert found.reading.layout.ignored == ["Created by", "Created date", "Location", "Cancellation reason"]


def test_prices_in_another_currency_are_refused_in_words() -> None:
    found = read((FILES / "salon-schedule.csv").read_bytes())
    assert found.problems[0] == ("cell_wrong", "Net sales '£65.00': Prices must be in EUR.")


def test_an_export_of_acuity() -> None:
    found = read((FILES / "scheduler-ampm.csv").read_bytes())
    assert found.reading.layout.preset is not None
    assert found.reading.layout.preset.name == "Acuity"
    assert found.problems == []
    assert found.times == [("2030-12-02T09:00", "2030-12-02T10:45"), ("2030-12-02T13:00", "2030-12-02T13:30")]
    first, second = found.pieces
    assert first.customer == {
        "given_name": "Erin", "family_name": "Test", "phone": "+447700900010", "email": "erin@example.com",
    }  # fmt: skip
    assert "timezone" not in first.order, "the customer's own zone shifts nothing"
    assert (first.bookings[0]["custom_price"], second.status) == (2900, "no_show")
    assert found.reading.layout.ignored == ["Timezone", "Paid?", "Amount Paid Online", "Date Scheduled"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_calendar_of_outlook(end: str) -> None:
    text = (FILES / "calendar.csv").read_text().replace("\n", end)
    found = read(text, defaults={"service": "Besprechung"})
    assert found.problems == []
    assert found.times == [("2031-01-14T09:00", "2031-01-14T10:00"), ("2031-01-15T00:00", "2031-01-16T00:00")]
    assert found.first["description"] == "Team meeting"
    assert found.pieces[0].customer == {"email": "lee@example.com"}
    assert found.pieces[1].customer is None


# Columns


@pytest.mark.parametrize(
    "header",
    [
        "Resource,Service,Start,End", "RESOURCE,SERVICE,START TIME,END TIME", "room,treatment,start_date,end_date",
        "Zimmer,Leistung,Anfang,Schluss", "Team member,Services,Starts at,Ends at", "Raum-Name,Dienstleistung,Von,Bis",
        "Calendar,Appointment Type,Start Date & Time,End Date & Time", "Ort,Angebot,beginn,ENDE", "resource_id,service_id,start-date,End Date",
        "Mitarbeiter/in,Behandlung,Startdatum,Enddatum", "Employee,Product name,Check-in,Check-out",
    ],
)  # fmt: skip
def test_columns_are_known_by_what_people_call_them(header: str) -> None:
    found = read(rows(header, ROW))
    assert found.problems == []
    assert found.times == [NINE]
    assert found.first["resource_id"] == ["r Raum Süd"]
    assert found.first["service_id"] == {"s Besprechung": 1}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        # Like exports of Fresha and SimplyBook. Cancellations of the former were booked, and rows of the latter became customers.
        ("Team member,Service,Scheduled Date,Time,Duration,Appt. status", "Raum Süd,Besprechung,2031-01-13,09:00,1h,Cancelled"),
        ("Provider,Service,Date from,Time from,Date to,Time to,Status", "Raum Süd,Besprechung,2031-01-13,09:00,2031-01-13,10:00,canceled"),
        ("Unit,Product,Rental start,Rental end,Rental status", "Raum Süd,Besprechung,2031-01-13 09:00,2031-01-13 10:00,Cancelled"),
        ("With,Service,Booking date,Booking time,Length (mins),Booking status", "Raum Süd,Besprechung,2031-01-13,09:00,60,Cancelled"),
    ],
)  # fmt: skip
def test_a_qualifier_before_a_name_changes_nothing(header: str, row: str) -> None:
    found = read(rows(header, row))
    assert found.problems == []
    assert found.times == [NINE]
    assert found.pieces[0].status == "canceled"


@pytest.mark.parametrize(
    ("header", "until"),
    [("Start,End", "2031-01-17T00:00"), ("Check-in,Check-out", "2031-01-16T00:00"), ("Anreise,Abreise", "2031-01-16T00:00")],
)  # fmt: skip
def test_who_leaves_on_a_day_makes_room_for_the_next_on_it(header: str, until: str) -> None:
    found = read(rows(f"Resource,Service,{header}", "Raum Süd,Besprechung,2031-01-13,2031-01-16"))
    assert found.problems == []
    assert found.times == [("2031-01-13T00:00", until)]


@pytest.mark.parametrize(
    ("start", "end", "until"),
    [
        ("22:00", "02:00", "2031-01-14T02:00"), ("09:00", "01:00", "2031-01-14T01:00"), ("10:00", "00:00", "2031-01-14T00:00"),
        ("14:00", "11:00", "2031-01-14T11:00"), ("12:00", "11:00", "2031-01-13T11:00"),
        ("13:00", "12:00", "2031-01-13T12:00"), ("11:00", "10:00", "2031-01-13T10:00"), ("09:00", "08:30", "2031-01-13T08:30"),
    ],
)  # fmt: skip
def test_an_end_before_its_start_is_of_the_next_day_if_that_is_a_night_and_else_a_slip(
    start: str, end: str, until: str
) -> None:
    found = read(rows("Resource,Service,Date,Start,End", f"Raum Süd,Besprechung,2031-01-13,{start},{end}"))
    assert found.times == [(f"2031-01-13T{start}", until)]


@pytest.mark.parametrize(
    ("header", "cells", "rule"),
    [
        ("Repeats,Until", "weekly,2031-02-10", {"frequency": "weekly", "until": "2031-02-10"}),
        ("Wiederholung,Wiederholung bis", "Jede Woche,28.02.2031", {"frequency": "weekly", "until": "2031-02-28"}),
        ("Recurrence,Occurrences", "Daily,5", {"frequency": "daily", "count": 5}),
        ("Repeats,Until", "Does not repeat,", None), ("Recurring,Until", "yes,", None), ("Recurring,Until", "no,2031-02-10", None),
    ],
)  # fmt: skip
def test_a_row_repeats_as_people_say_it(header: str, cells: str, rule: dict[str, Any] | None) -> None:
    """A row with four weeks of Mondays used to be one booking of four weeks."""
    found = read(
        rows(
            f"Resource,Service,Date,Start time,End time,{header}",
            f"Raum Süd,Besprechung,2031-01-13,09:00,10:00,{cells}",
        )
    )
    assert found.problems == []
    assert found.times == [NINE]
    assert found.first.get("recurring") == rule


def test_a_frequency_that_nobody_knows_refuses_its_row() -> None:
    found = read(
        rows(
            "Resource,Service,Date,Start time,End time,Repeats",
            "Raum Süd,Besprechung,2031-01-13,09:00,10:00,fortnightly",
        )
    )
    assert [code for code, *_ in found.problems] == ["cell_wrong"]


def test_the_date_of_a_sale_is_no_date_of_a_booking() -> None:
    found = read(
        rows("Resource,Service,Order date,Start,End", f"Raum Süd,Besprechung,2030-01-01,{NINE[0]},{NINE[1]}")
    )
    assert found.times == [NINE]
    assert found.reading.layout.ignored == ["Order date"]


def test_a_file_of_bookings_whose_times_have_an_unknown_name_is_no_file_of_customers() -> None:
    header = "Provider,Service,Kickoff,Client name,Client email"
    code, detail = refused(rows(header, "Raum Süd,Besprechung,2031-01-13 09:00,Lee,lee@example.com"))
    assert code == "missing_columns"
    assert "No column contains 'start_date'" in detail


def test_unknown_columns_are_ignored_and_listed() -> None:
    found = read(rows(f"{HEADER},Lieblingsfarbe,#intern,", f"{ROW},blau,x,"))
    assert found.reading.layout.ignored == ["Lieblingsfarbe"]
    assert found.problems == []


def test_what_is_missing_is_named_beside_what_was_found() -> None:
    code, detail = refused(rows("Raum,Beginn", "Raum Süd,2031-01-13 09:00"), language="de")
    assert code == "missing_columns"
    assert "Keine Spalte enthält 'service'" in detail
    assert "Spalten der Datei: 'Raum', 'Beginn'." in detail


def test_a_customers_zone_in_any_spelling_but_ours_shifts_nothing() -> None:
    for name in ("Timezone", "Time Zone", "Zeitzone", "Customer timezone"):
        assert read(rows(f"{HEADER},{name}", f"{ROW},America/New_York")).pieces[0].order == {}
    assert read(rows(f"{HEADER},timezone", f"{ROW},America/New_York")).pieces[0].order == {
        "timezone": "America/New_York"
    }


def test_what_there_is_but_one_of_need_not_be_named() -> None:
    only = OFFERED._replace(
        services=Names([service("Court hour", min_duration=60, max_duration=60)]),
        durations={"s Court hour": 60},
    )
    reading = read_table(
        "c.csv", io.BytesIO(b"Raum,Start\nRaum Nord,2031-01-13 09:00\n"), ImportMapping(), {"service"}
    )
    (piece,) = reading.pieces(only, "c.csv", "en")
    assert piece.bookings[0] == {
        "resource_id": ["r Raum Nord"], "service_id": {"s Court hour": 1}, "start_date": NINE[0], "end_date": NINE[1],
    }  # fmt: skip


# When


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("Date,Start time,End time", "13.01.2031,9:00,10:00", NINE),
        ("Date,Start time,End time", "2031-1-13,9:00 AM,10:00 AM", NINE),
        ("Datum,Uhrzeit", "13.01.2031,09:00 - 10:00", NINE),
        ("Datum,Uhrzeit", "13.1.31,9-10 Uhr", NINE),
        ("Datum,Uhrzeit,Dauer", "Mo 13.01.2031,9.00 Uhr,1 Std.", NINE),
        ("Datum,Uhrzeit,Dauer", "\"Montag, 13. Januar 2031\",9 Uhr,60 Minuten", NINE),
        ("Start,Duration", "\"January 13, 2031 9:00 am\",60", NINE),
        ("Start,Duration", "13 Jan 2031 09:00,1:00", NINE),
        ("Start,Duration", "13th January 2031 at 9am,PT1H", NINE),
        ("Start,Duration", "\"Mon, Jan 13, 2031 9:00\u202fAM\",1h", NINE),
        ("Start,Duration (min)", "2031-01-13T09:00:00,60.0", NINE),
        ("Start,End", "2031-01-13 09:00 am,2031-01-13 10:00 am", NINE),
        ("Start,End", "20310113 09:00,20310113 10:00", NINE),
        ("Start,End", "47861.375,47861.4166666667", NINE),
        ("Start,End", "\"47861,375\",\"47861,4166666667\"", NINE),
        ("Datum,Beginn,Ende", "47861,0.375,0.416666666666667", NINE),
        ("Start,End", "2031-01-13T09:00:00+01:00,2031-01-13T10:00:00+01:00", ("2031-01-13T09:00:00+01:00", "2031-01-13T10:00:00+01:00")),
        ("Start,End", "13.01.2031 22:00,13.01.2031 24:00", ("2031-01-13T22:00", "2031-01-14T00:00")),
        ("Date,Start time,End time", "13.01.2031,22:00,02:00", ("2031-01-13T22:00", "2031-01-14T02:00")),
        ("Start,End", "13.01.2031,15.01.2031", ("2031-01-13T00:00", "2031-01-16T00:00")),
        ("Start,End", "13.01.2031,", ("2031-01-13T00:00", "2031-01-14T00:00")),
        ("Start Date,Start Time,End Date,End Time,All Day Event", "2031-01-13,,2031-01-13,,True", ("2031-01-13T00:00", "2031-01-14T00:00")),
        ("Start Date,Start Time,End Date,End Time,Ganztägig", "13.01.2031,00:00,14.01.2031,00:00,Ja", ("2031-01-13T00:00", "2031-01-14T00:00")),
    ],
)  # fmt: skip
def test_dates_and_times_as_people_write_them(header: str, cells: str, expected: tuple[str, str]) -> None:
    found = read(rows(f"Raum,Leistung,{header}", f"Raum Süd,Besprechung,{cells}"))
    assert found.problems == []
    assert found.times == [expected]


def dated(*dates: str, **mapping: Any) -> Read:
    return read(
        rows(HEADER, *(f"Raum Süd,Besprechung,{each} 09:00,{each} 10:00" for each in dates)), **mapping
    )


def test_one_cell_that_can_only_be_read_in_one_order_decides_for_its_column() -> None:
    assert [start for start, _ in dated("3/4/2031", "13/4/2031").times] == [
        "2031-04-03T09:00",
        "2031-04-13T09:00",
    ]
    assert [start for start, _ in dated("3/4/2031", "4/13/2031").times] == [
        "2031-03-04T09:00",
        "2031-04-13T09:00",
    ]
    assert [start for start, _ in dated("3.4.2031").times] == ["2031-04-03T09:00"], (
        "points are never American"
    )
    assert [start for start, _ in dated("4/4/2031").times] == ["2031-04-04T09:00"], "the same in both"


def test_dates_that_no_cell_decides_refuse_the_file_until_it_is_told() -> None:
    text = rows(
        HEADER,
        "Raum Süd,Besprechung,3/4/2031 09:00,3/4/2031 10:00",
        "Raum Süd,Besprechung,5/6/2031 09:00,5/6/2031 10:00",
    )
    code, detail = refused(text)
    assert (code, "'Beginn'" in detail, "3/4/2031 09:00" in detail) == ("dates_undecided", True, True)
    assert "kann der Tag oder der Monat vorn stehen" in refused(text, language="de")[1]
    for told, first in [("dd/mm/yyyy", "2031-04-03"), ("m/d/yyyy", "2031-03-04"), ("DD/MM/YY", "2031-04-03")]:
        assert read(text, date_format=told).times[0][0] == f"{first}T09:00"


def test_dates_that_contradict_each_other_are_not_guessed_cell_by_cell() -> None:
    text = rows(
        HEADER, *(f"Raum Süd,Besprechung,{each} 09:00,{each} 10:00" for each in ("13/4/2031", "4/14/2031"))
    )
    assert refused(text)[0] == "dates_contradict"
    found = read(text, date_format="dd/mm/yyyy")
    assert [len(piece.problems) for piece in found.pieces] == [0, 1]
    assert "There is no such day" in found.problems[0][1]


def test_a_wrong_cell_refuses_its_row_and_names_column_and_value() -> None:
    found = read(
        rows(
            HEADER,
            ROW,
            "Raum Süd,Besprechung,morgen,2031-01-13 10:00",
            "Raum Süd,Besprechung,30.02.2031 9:00,",
            ROW,
        )
    )
    assert [len(piece.problems) for piece in found.pieces] == [0, 1, 1, 0]
    assert found.problems[0] == (
        "cell_wrong",
        "Beginn 'morgen': Must be a date or time, such as 2031-01-13 or 9:00.",
    )


# Numbers and words


@pytest.mark.parametrize(
    "cell",
    [
        "4.91711E+11",
        '"4,91711E+11"',
        "9.91214E+15",
        "8.96529E+19",
        "2.19E+26",
        "5E+10",
        "9.91214063350642e+16",
    ],
)
@pytest.mark.parametrize("header", ["Buchungsnummer", "Gruppe", "Kundennummer", "Telefon"])
def test_a_number_that_a_spreadsheet_has_shortened_refuses_its_row(header: str, cell: str) -> None:
    """Several rows would share one number, and be taken for one order or one customer."""
    found = read(rows(f"{HEADER},Name,{header}", f"{ROW},Ada Lovelace,{cell}"))
    assert [code for code, _ in found.problems] == ["cell_wrong"]
    shown = cell.strip('"')
    assert found.problems[0][1].startswith(f"{header} '{shown}': A spreadsheet has shortened this number")


@pytest.mark.parametrize("header", ["Kundennummer", "Telefon", "Handy"])
def test_no_customer_of_a_file_is_overwritten_by_another_with_a_shortened_number(header: str) -> None:
    found = read(
        rows(f"Vorname,Nachname,E-Mail,{header}", "Ada,Lovelace,a@example.com,1.00234E+11"), kind="customers"
    )
    assert [code for code, _ in found.problems] == ["cell_wrong"]


@pytest.mark.parametrize("cell", ["219E01BE", "E+11", "491711234567", "+49 171 1", "1E11", "R2E+4 left"])
def test_a_number_with_an_e_is_left_as_it_is(cell: str) -> None:
    assert read(rows(f"{HEADER},Buchungsnummer", f"{ROW},{cell}")).problems == []


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        (["29,50 €", "59,00 €"], [2950, 5900]),
        (["€29.50", "1,234.50"], [2950, 123450]),
        (["1.234,50", "12"], [123450, 1200]),
        (["29,50", "1.500"], [2950, 150000]),
        (["29.50 EUR", "1,500"], [2950, 150000]),
        (["EUR 7.5", "7.50"], [750, 750]),
        (["1 234,50\u00a0€", "kostenlos"], [123450, 0]),
        (["29,-", "30"], [2900, 3000]),
        (["1'234.50", "5.00"], [123450, 500]),
    ],
)
def test_prices_as_people_write_them(prices: list[str], expected: list[int]) -> None:
    found = read(rows(f"{HEADER},Preis", *(f'{ROW},"{price}"' for price in prices)))
    assert [piece.bookings[0].get("custom_price") for piece in found.pieces] == expected
    assert {piece.bookings[0]["reason"] for piece in found.pieces} == {"Import"}


def test_a_column_of_prices_that_no_cell_decides_refuses_the_file_until_it_is_told() -> None:
    text = rows(f"{HEADER},Preis", f'{ROW},"1,500"')
    assert refused(text)[0] == "numbers_undecided"
    assert read(text, decimal="point").first["custom_price"] == 150000
    assert read(text, decimal=",").first["custom_price"] == 150


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("viel", "an amount of money"),
        ("-5,00", "not be negative"),
        ("$ 5,00", "in EUR"),
        ("5,005", "cannot have that many decimal places"),
    ],
)
def test_prices_that_are_none_refuse_their_row(price: str, reason: str) -> None:
    found = read(rows(f"{HEADER},Preis", f'{ROW},"{price}"', f'{ROW},"1,50"'))
    assert reason in found.problems[0][1]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Confirmed", None), ("Bestätigt", None), ("completed", "completed"), ("Abgeschlossen", "completed"), ("Cancelled", "canceled"),
        ("storniert", "canceled"), ("No Show", "no_show"), ("no-show", "no_show"), ("Nicht erschienen", "no_show"), ("", None),
    ],
)  # fmt: skip
def test_words_for_what_became_of_a_booking(word: str, status: str | None) -> None:
    found = read(rows(f"{HEADER},Status", f"{ROW},{word}"))
    assert (found.pieces[0].status, found.problems) == (status, [])


def test_a_status_that_nobody_knows_refuses_its_row_unless_the_mapping_does() -> None:
    text = rows(f"{HEADER},Status", f"{ROW},Vielleicht")
    assert "Status 'Vielleicht'" in read(text).problems[0][1]
    assert read(text, values={"Status": {"vielleicht": "confirmed"}}).problems == []


# Names


def test_what_is_not_there_is_told_with_what_is_most_like_it() -> None:
    found = read(
        rows(
            HEADER,
            ROW.replace("Raum Süd", "Raum Sued"),
            ROW.replace("Raum Süd", "Raum Sud 1"),
            ROW.replace("Besprechung", "Golf"),
        )
    )
    assert found.pieces[0].problems == (), "umlauts are written either way"
    assert found.problems == [
        (
            "name_not_found",
            "Raum 'Raum Sud 1': No item has this name. Similar names: 'Raum Süd', 'Raum Nord'.",
        ),
        (
            "name_not_found",
            "Leistung 'Golf': No item has this name. Correct the name, or create the item first.",
        ),
    ]


def test_what_is_called_like_another_is_told_with_both() -> None:
    twins = OFFERED._replace(
        resources=Names([resource("Studio", "r1"), resource("studio", "r2", external_id="X1", slug="blue")])
    )
    found = read(rows(HEADER, ROW.replace("Raum Süd", "Studio")), offered=twins, language="de")
    assert found.problems == [
        (
            "name_ambiguous",
            "Raum 'Studio': Mehrere Einträge haben diesen Namen: Studio (r1), studio (r2). Bitte verwenden Sie die ID.",
        )
    ]
    for text in ("r2", "X1", "blue"):
        assert read(rows(HEADER, ROW.replace("Raum Süd", text)), offered=twins).first["resource_id"] == ["r2"]


def test_every_problem_of_a_row_is_told_at_once() -> None:
    found = read(rows(f"{HEADER},Preis,Status", "Keller,Golf,gestern,morgen,viel,Vielleicht"))
    assert [code for code, _ in found.problems] == [
        "name_not_found",
        "name_not_found",
        "cell_wrong",
        "cell_wrong",
        "cell_wrong",
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Cut", {"s Cut": 1}), ('"Cut, Gloss"', {"s Cut": 1, "s Gloss": 1}), ("Cut; Gloss", {"s Cut": 1, "s Gloss": 1}),
        ("Cut + Gloss", {"s Cut": 1, "s Gloss": 1}), ("Cut:2", {"s Cut": 2}), ("2 x Cut", {"s Cut": 2}), ('"Cut\nGloss"', {"s Cut": 1, "s Gloss": 1}),
        ('"Cut, Gloss, Cut"', {"s Cut": 2, "s Gloss": 1}), ("Wash & Go", {"s Wash & Go": 1}),
    ],
)  # fmt: skip
def test_several_services_in_one_cell(cell: str, expected: dict[str, int]) -> None:
    offered = OFFERED._replace(services=Names([*SERVICES, service("Wash & Go")]))
    assert (
        read(rows(HEADER, f"Chair 1,{cell},2031-01-13 09:00,2031-01-13 10:00"), offered=offered).first[
            "service_id"
        ]
        == expected
    )


# People


def people(header: str, *cells: str, **more: Any) -> list[Piece]:
    return read(rows(f"{HEADER},{header}", *(f"{ROW},{each}" for each in cells)), **more).pieces


def test_somebody_is_known_by_address_else_number_else_telephone_else_name() -> None:
    by_name, again, other = people("Name", "Ada Lovelace", "ada  LOVELACE", "Lovelace")
    assert by_name.person == again.person != other.person
    a, b = people("Name,Telefon", "Ada Lovelace,+49 30 12345", "Ada Lovelace,+49 (30) 123-45")
    assert a.person == b.person
    assert "week.csv" not in str(a.person), "a telephone is known in every file"
    (numbered,) = people("Kundennummer,Name", "K-17,Ada Lovelace")
    assert numbered.person == "external_id K-17"
    (mail,) = people("Name,E-Mail", "Ada Lovelace,ada@example.com")
    assert (mail.person, mail.customer and mail.customer["email"]) == (None, "ada@example.com")


def test_a_name_is_not_matched_across_files() -> None:
    text = rows(f"{HEADER},Name", f"{ROW},Ada Lovelace")
    assert read(text, "a.csv").pieces[0].person != read(text, "b.csv").pieces[0].person


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [("Ada Lovelace", "Ada", "Lovelace"), ('"Lovelace, Ada"', "Ada", "Lovelace"), ("Anna Maria Muster", "Anna Maria", "Muster"), ("Cher", "Cher", None)],
)  # fmt: skip
def test_whole_names_are_cut(name: str, given: str, family: str | None) -> None:
    customer = people("Kunde", name)[0].customer
    assert customer is not None
    assert (customer.get("given_name"), customer.get("family_name")) == (given, family)


def test_who_is_nobody_in_particular_is_no_customer() -> None:
    assert [piece.customer for piece in people("Client", "Walk-In", "Laufkundschaft", "")] == [None] * 3


def test_a_customer_who_is_there_is_found_by_id_external_id_or_unique_name() -> None:
    ada = Customer(id="c1", given_name="Ada", family_name="Lovelace", external_id="K-17")
    offered = OFFERED._replace(customers=Names([ada]))
    assert [p.customer_id for p in people("Kunde", "c1", "K-17", "ada lovelace", offered=offered)] == [
        "c1"
    ] * 3
    (unknown,) = people("Kunde", "K-18", offered=offered)
    assert [code for code, _, _ in unknown.problems] == ["name_not_found"]


def test_customers_are_made_where_a_row_says_who_they_are_unless_the_mapping_says_otherwise() -> None:
    assert people("E-Mail,Name", "a@example.com,Ada")[0].creates
    assert not people("E-Mail", "a@example.com")[0].creates
    assert people("E-Mail", "a@example.com", missing="create")[0].creates
    assert not people("E-Mail,Name", "a@example.com,Ada", missing="refuse")[0].creates
    assert not people("E-Mail,Name,create_customer", "a@example.com,Ada,no")[0].creates


# Files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_text_in_whichever_form(encoding: str, end: str, delimiter: str) -> None:
    text = rows(HEADER, ROW, ROW, end=end).replace(",", delimiter)
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    found = read(mark + text.encode(encoding))
    assert found.problems == []
    assert found.times == [NINE, NINE]


def test_the_first_line_may_name_the_separator() -> None:
    found = read("sep=;\r\n" + rows(HEADER, ROW, end="\r\n").replace(",", ";"))
    assert (found.times, [piece.line for piece in found.pieces]) == ([NINE], [3])


def test_titles_above_and_totals_below_are_no_rows() -> None:
    found = read(rows(
        "Terminliste Januar 2031,,,,", "Filiale: Mitte,,,,", ",,,,", f"{HEADER},Preis", f'{ROW},"29,50 €"', f'{ROW},"29,50 €"', ",,,,",
        ',,,Summe,"59,00 €"', "Gesamt: 2 Termine,,,,", "Erstellt am 01.02.2031,,,,",
    ))  # fmt: skip
    assert [piece.line for piece in found.pieces] == [5, 6]
    assert found.problems == []
    assert found.reading.body.skipped == [1, 2, 8, 9, 10]


def test_a_header_that_comes_again_on_each_page_is_no_row() -> None:
    assert [piece.line for piece in read(rows(HEADER, ROW, HEADER, ROW)).pieces] == [2, 4]


def test_separators_at_the_end_of_each_line() -> None:
    found = read(
        rows(f"{HEADER};;".replace(",", ";"), f"{ROW};;".replace(",", ";"), f"{ROW};;;".replace(",", ";"))
    )
    assert (found.times, found.problems) == ([NINE, NINE], [])


def test_what_an_import_adds_to_a_file_is_not_read_again() -> None:
    text = rows(f"{HEADER},Result,Problem,Price", f"{ROW},refused,taken,29.50")
    assert "custom_price" not in read(text).first
    text = rows(f"{HEADER},Preis,Ergebnis,Problem,Preis", f'{ROW},"10,00",abgelehnt,,29.50')
    assert read(text).first["custom_price"] == 1000


def test_formulas_lose_the_escape_that_keeps_them_from_being_one() -> None:
    assert people("Name,Telefon", "Ada Lovelace,'+49 30 12345")[0].customer == {
        "given_name": "Ada", "family_name": "Lovelace", "phone": "+49 30 12345",
    }  # fmt: skip


# Mapping


def test_a_mapping_says_what_columns_and_values_mean() -> None:
    text = rows("Wo,Was,Wann,Bis,Ort", "R1,x,2031-01-13 09:00,2031-01-13 10:00,Berlin")
    found = read(
        text, columns={"wo": "resource", "Was": None, "Wann": "start_date", "Ort": None}, values={"Wo": {"r1": "Raum Süd"}},
        defaults={"service": "Besprechung"},
    )  # fmt: skip
    assert (found.problems, found.times, found.first["resource_id"]) == ([], [NINE], ["r Raum Süd"])
    assert found.reading.layout.ignored == ["Was", "Ort"]


def test_a_mapping_that_does_not_fit_is_refused_in_words() -> None:
    code, detail = refused(rows(HEADER, ROW), columns={"Zimmer": "resource", "Raum": "resorce"})
    assert code == "mapping_unknown"
    assert "'Zimmer'" in detail
    assert "'resorce'" in detail


def test_a_mapping_that_gives_two_columns_one_meaning_is_refused() -> None:
    """It would import one of them, and lose the other without a word."""
    text = rows(f"{HEADER},Wünsche,Allergien", f"{ROW},window,nuts")
    code, detail = refused(text, columns={"Allergien": "note", "Wünsche": "note"})
    assert code == "mapping_unknown"
    assert (
        detail
        == "The mapping gives several columns the meaning 'note': 'Allergien', 'Wünsche'. Keep one of them."
    )
    assert read(text, columns={"Allergien": "note", "Wünsche": None}).first["note"] == "nuts"


# Spreadsheets


def workbook(
    table: list[list[Any]],
    *,
    sheet: str = "Termine",
    others: tuple[str, ...] = (),
    top: int = 0,
    merged: str = "",
) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    formats = {
        datetime: book.add_format({"num_format": "dd.mm.yyyy hh:mm"}), date: book.add_format({"num_format": "dd.mm.yyyy"}),
        time: book.add_format({"num_format": "hh:mm"}), timedelta: book.add_format({"num_format": "[h]:mm"}),
    }  # fmt: skip
    page = book.add_worksheet(sheet)
    if merged:
        page.merge_range(0, 0, 0, 5, merged)
    for i, cells in enumerate(table, start=top):
        for j, cell in enumerate(cells):
            if type(cell) in formats:
                page.write_datetime(i, j, cell, formats[type(cell)])
            elif cell is not None:
                page.write(i, j, cell)
    for other in others:
        book.add_worksheet(other).write(0, 0, "nothing")
    book.close()
    return content.getvalue()


def test_a_workbook_with_dates_as_dates_below_a_merged_title() -> None:
    table: list[list[Any]] = [
        ["Raum", "Leistung", "Datum", "Beginn", "Ende", "Preis", "Nr"],
        ["Raum Süd", "Besprechung", date(2031, 1, 13), time(9), time(10), 29.5, 17],
        ["Raum Nord", "Besprechung", date(2031, 1, 13), "9:00", "10:00", 59, "A-1"],
        [None, None, None, None, "Summe", 88.5],
    ]
    found = read(workbook(table, top=3, merged="Belegung Januar"), "plan.xlsx")
    assert found.problems == []
    assert (found.times, [piece.line for piece in found.pieces]) == ([NINE, NINE], [5, 6])
    assert [piece.bookings[0]["custom_price"] for piece in found.pieces] == [2950, 5900]
    assert [piece.external_id for piece in found.pieces] == ["17", "A-1"]


def test_a_workbook_with_serial_numbers_and_durations() -> None:
    table: list[list[Any]] = [
        ["Room", "Service", "Start", "Duration"],
        ["Raum Süd", "Cut", 47861.375, timedelta(hours=1)],
        ["Raum Süd", "Cut", datetime(2031, 1, 13, 10), 60],  # noqa: DTZ001
    ]
    assert read(workbook(table), "plan.xlsx").times == [NINE, ("2031-01-13T10:00", "2031-01-13T11:00")]


def test_the_first_sheet_or_the_one_that_is_named() -> None:
    content = workbook([["Raum", "Leistung", "Start", "Ende"], ROW.split(",")], others=("Notizen",))
    assert read(content, "plan.xlsx").reading.table.sheet == "Termine"
    code, detail = refused(content, "plan.xlsx", sheet="Plan")
    assert (code, detail) == (
        "sheet_not_found",
        "The workbook has no sheet 'Plan'. It has the sheets 'Termine', 'Notizen'.",
    )


def test_a_workbook_that_unpacks_into_too_much_is_refused_whatever_its_zip_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    lies = content.getvalue().replace((5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lies != content.getvalue()
    monkeypatch.setattr(sheets, "MAX_INFLATED", 1_000_000)
    assert refused(lies, "plan.xlsx")[0] == "workbook_too_large"
    monkeypatch.undo()
    assert refused(lies, "plan.xlsx")[0] == "workbook_broken"


def test_a_stray_cell_in_a_far_corner_does_not_fill_the_memory() -> None:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    page = book.add_worksheet()
    page.write(0, 0, "Raum")
    page.write(1_048_575, 16_383, "x")
    book.close()
    code, detail = refused(content.getvalue(), "plan.xlsx")
    assert (code, "1048576" in detail) == ("sheet_too_wide", True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04rest"),
        ("a.xlsx", b"Raum;Beginn"),
        ("a.csv", b"PK\x03\x04rest"),
        ("a.ics", b"hello"),
        ("a.ics", b""),
    ],
)
def test_what_is_not_what_its_name_says(name: str, content: bytes) -> None:
    assert refused(content, name)[0] in ("workbook_broken", "packed_file", "calendar_broken", "no_rows")


# Calendars


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{body}END:VCALENDAR\r\n".encode()


def event(content: str, **more: Any) -> Read:
    return read(
        calendar(content.replace("\n", "\r\n")),
        "team.ics",
        defaults={"service": "Besprechung", "resource": "Raum Nord"},
        **more,
    )


def test_events_with_a_zone_in_utc_and_floating() -> None:
    found = event(
        "UID:1\nDTSTART;TZID=Europe/Berlin:20310113T090000\nDTEND;TZID=Europe/Berlin:20310113T100000\nSUMMARY:Team\nLOCATION:Raum Süd"
    )
    assert found.times == [NINE]
    assert (found.pieces[0].order, found.pieces[0].external_id, found.first["resource_id"]) == (
        {"timezone": "Europe/Berlin"},
        "1",
        ["r Raum Süd"],
    )
    assert event("UID:2\nDTSTART:20310113T080000Z\nDURATION:PT1H").times == [
        ("2031-01-13T08:00+00:00", "2031-01-13T09:00+00:00")
    ]
    assert event("UID:3\nDTSTART:20310113T090000\nDTEND:20310113T100000").pieces[0].order == {}


def test_all_day_events_end_before_their_last_date() -> None:
    assert event("UID:1\nDTSTART;VALUE=DATE:20310113\nDTEND;VALUE=DATE:20310115").times == [
        ("2031-01-13T00:00", "2031-01-15T00:00")
    ]
    assert event("UID:1\nDTSTART;VALUE=DATE:20310113").times == [("2031-01-13T00:00", "2031-01-14T00:00")]


def test_a_rule_becomes_a_series() -> None:
    found = event(
        "UID:1\nDTSTART;TZID=Europe/Berlin:20310113T090000\nDTEND;TZID=Europe/Berlin:20310113T100000\nRRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO,WE"
    )
    assert found.first["recurring"] == {"frequency": "weekly", "count": 4, "by_day": ["MO", "WE"]}


WEEKLY = "UID:1\nDTSTART;TZID=Europe/Berlin:20310113T090000\nDTEND;TZID=Europe/Berlin:20310113T100000\nRRULE:FREQ=WEEKLY;COUNT=4"


def starts(found: Read, piece: int = 0) -> list[str]:
    return [booking["start_date"][:16] for booking in found.pieces[piece].bookings]


def test_days_that_are_left_out_are_no_bookings() -> None:
    found = event(f"{WEEKLY}\nEXDATE;TZID=Europe/Berlin:20310120T090000")
    assert starts(found) == ["2031-01-13T09:00", "2031-01-27T09:00", "2031-02-03T09:00"]
    assert "recurring" not in found.first


def test_one_of_a_series_that_was_moved_is_where_it_is_now() -> None:
    moved = "UID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20310120T090000\nDTSTART;TZID=Europe/Berlin:20310121T140000\nDTEND;TZID=Europe/Berlin:20310121T150000"
    canceled = "UID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20310127T090000\nDTSTART;TZID=Europe/Berlin:20310127T090000\nDTEND;TZID=Europe/Berlin:20310127T100000\nSTATUS:CANCELLED"
    content = calendar(*(each.replace("\n", "\r\n") for each in (WEEKLY, moved, canceled)))
    found = read(content, "team.ics", defaults={"service": "Besprechung", "resource": "Raum Nord"})
    assert len(found.pieces) == 1
    assert starts(found) == ["2031-01-13T09:00", "2031-01-21T14:00", "2031-02-03T09:00"]


def test_a_rule_that_we_have_not_is_told_by_its_times() -> None:
    found = event(
        "UID:1\nDTSTART:20310131T090000Z\nDTEND:20310131T100000Z\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3"
    )
    assert starts(found) == ["2031-01-31T09:00", "2031-02-28T09:00", "2031-03-31T09:00"]


def test_who_is_invited_is_the_customer() -> None:
    found = event(
        "UID:1\nDTSTART:20310113T080000Z\nDTEND:20310113T090000Z\nORGANIZER:mailto:us@example.com\nATTENDEE:mailto:us@example.com\nATTENDEE;CN=Lee:mailto:lee@example.com\nSTATUS:CANCELLED"
    )
    assert (found.pieces[0].customer, found.pieces[0].status) == ({"email": "lee@example.com"}, "canceled")


def test_a_zone_that_is_a_folder_refuses_its_row() -> None:
    found = event("UID:1\nDTSTART;TZID=Europe:20310113T090000\nDTEND;TZID=Europe:20310113T100000")
    assert found.pieces[0].order == {"timezone": "Europe"}


def test_a_rule_that_makes_no_sense_refuses_its_row_and_books_nothing_once() -> None:
    found = event(f"{WEEKLY};BYSETPOS=0")
    assert [code for code, *_ in found.problems] == ["cell_wrong"]


@pytest.mark.parametrize("cut", [1, 20, 200, 1000])
def test_a_workbook_that_was_cut_off_is_broken(cut: int) -> None:
    content = workbook([["Raum", "Leistung", "Start", "Ende"], ROW.split(",")])
    assert refused(content[:-cut], "plan.xlsx")[0] == "workbook_broken"
    assert refused(content[:40] + content[40 + cut :], "plan.xlsx")[0] == "workbook_broken"
