"""Complete imports of files as people have them: four that people brought, four with which a business moves in, and history."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import Customer, Resource, Service
from frontdesk.domain.imports.runs import incoming_key
from frontdesk.usecases.context import Context
from tests.integration.test_imports import Importer, at, files, importer, on
from tests.support.aftermath import findings
from tests.support.demo import ADA, DESK, DESKS, MEETING, ORGANIZATION, ROOM
from tests.support.faults import counted

__all__ = ["files", "importer", "on"]

FILES = Path(__file__).parent.parent / "files"
HEADER = "external_id,resource_id,service_id,start_date,end_date"


def offered(importer: Importer, *items: Any, currency: str = "EUR", locale: Any = "en") -> None:
    context = Context(ORGANIZATION.id, SystemClock(10))
    organization = ORGANIZATION.model_copy(update={"currency": currency, "locale": locale})
    if organization != ORGANIZATION:
        importer.catalog.change(context, ORGANIZATION, organization)
    importer.on.store.put_catalog(context, items)


def room(name: str) -> Resource:
    return Resource(id=f"r-{name}", name=name, created_at=1)


def sold(name: str, **more: Any) -> Service:
    return Service(id=f"s-{name}", name=name, price=1000, tax_rate=19, created_at=1, **more)


ROOMS = [room(name) for name in ("Raum Süd", "Raum Nord", "Chair 1", "Chair 2", "Claire", "Tom")]
SERVICES = [
    # The second service of the row takes no chair, because the first one has it already.
    sold(name, resource_ids=frozenset(each.id for each in ROOMS), default_weight=int(name != "Gloss"))
    for name in ("Besprechung", "Cut", "Gloss", "Blow Dry", "Infills", "Brows")
]


def results(imported: Any) -> list[str]:
    return [each["result"] for each in imported.results]


@pytest.mark.parametrize(
    ("name", "currency", "mapping"),
    [
        ("calendar.csv", "EUR", {"defaults": {"service": "Besprechung"}, "missing": "create"}),
        ("excel-german-cp1252.csv", "EUR", {"defaults": {"service": "Besprechung"}}),
        ("salon-schedule.csv", "GBP", None),
        ("scheduler-ampm.csv", "EUR", None),
    ],
)
def test_the_files_that_people_brought(
    importer: Importer, name: str, currency: str, mapping: dict[str, Any] | None
) -> None:
    offered(importer, *ROOMS, *SERVICES, currency=currency)

    def again() -> Any:
        if mapping:
            importer.files.put(f"{name}.mapping.json", json.dumps(mapping))
        return importer(name, (FILES / name).read_bytes())

    first = again()
    assert set(results(first)) == {"created"}, [each["errors"] for each in first.results]
    before = importer.stored()
    second = again()
    assert set(results(second)) == {"unchanged"}, second.results
    assert importer.stored() == before
    assert findings(importer.on.objects(), SystemClock(1).now()) == []


def test_what_is_history_takes_no_slot_and_tells_nobody(importer: Importer) -> None:
    header = f"{HEADER},status,order_customer_id,notify_customer,voucher_code"
    lines = [
        f"{header}", f"a,{at(9)},canceled,{ADA.id},yes,ONCE10", f"b,{at(9)},no_show,{ADA.id},yes,", f"c,{at(9)},confirmed,{ADA.id},no,ONCE10",
        f"d,{at(9)},confirmed,{ADA.id},no,",
    ]  # fmt: skip
    imported = importer("week.csv", "\n".join(lines))
    assert results(imported) == ["created", "created", "created", "refused"]
    by_id = {order.id: order for order in importer.orders()}
    orders = [by_id[each["order_id"]] for each in imported.results[:3]]
    assert [(order.status, order.notification or order.causes or None) for order in orders] == [
        ("canceled", None)
    ] * 2 + [("completed", None)]
    assert [order.voucher is None for order in orders] == [True, True, False]
    assert [(b.status, b.no_show) for order in orders for b in importer.bookings() if b.order_id == order.id] == [
        ("canceled", False), ("canceled", True), ("accepted", False),
    ]  # fmt: skip
    assert findings(importer.on.objects(), SystemClock(1).now()) == []
    assert results(importer("week.csv", "\n".join(lines)))[:3] == ["unchanged"] * 3


def past(days: int = 20) -> str:
    day = (datetime.now(UTC) - timedelta(days=days)).date()
    return f"{ROOM.id},{MEETING.id},{day}T09:00,{day}T10:00"


def test_rows_whose_time_is_over_are_refused_booked_or_skipped(importer: Importer) -> None:
    text = f"{HEADER},status\na,{past()},confirmed\nb,{past(21)},completed\nc,{at(9)},\n"
    first = importer("week.csv", text)
    assert results(first) == ["refused", "created", "created"]
    assert first.results[0]["errors"][0]["code"] == "past_row"
    importer.files.put("week.csv.mapping.json", '{"past": "skip"}')
    assert results(importer("week.csv", text)) == ["skipped", "unchanged", "unchanged"]
    importer.files.put("week.csv.mapping.json", '{"past": "book"}')
    assert results(importer("week.csv", text)) == ["created", "unchanged", "unchanged"]
    assert findings(importer.on.objects(), SystemClock(1).now()) == []


@pytest.mark.parametrize(("past_rows", "result", "dates"), [("skip", "skipped", 0), ("book", "created", 8)])
def test_a_series_that_began_in_the_past_and_goes_on_is_one_row(
    importer: Importer, past_rows: str, result: str, dates: int
) -> None:
    importer.files.put("week.csv.mapping.json", json.dumps({"past": past_rows}))
    imported = importer("week.csv", f"{HEADER},recurring_frequency,recurring_count\na,{past()},weekly,8\n")
    assert (results(imported), len(importer.bookings())) == ([result], dates)


def test_every_problem_of_a_row_is_told_at_once_in_its_organizations_language(importer: Importer) -> None:
    offered(importer, locale="de")
    text = (
        "Raum,Leistung,Beginn,Ende,E-Mail\n"
        "Keller,Meeting,2031-04-15 09:00,2031-04-15 10:00,nobody@example.com\n"
        "Meeting Room 1,Desk,2031-04-15 23:00,2031-04-16 01:00,nobody@example.com\n"
    )
    imported = importer("woche.csv", text)
    told = [[(e["code"], e["column"]) for e in each["errors"]] for each in imported.results]
    assert told[0] == [("name_not_found", "Raum"), ("customer_not_found", "E-Mail")]
    assert {("customer_not_found", "E-Mail"), ("outside_opening_hours", "Beginn")} < set(told[1])
    assert imported.results[0]["errors"][0]["detail"].startswith(
        "Raum 'Keller': Es gibt keinen Eintrag mit diesem Namen"
    )


def test_cells_that_nothing_matches_are_told_so_that_a_mapping_can_translate_them(importer: Importer) -> None:
    text = "Room,Service,Start,End,Status\n" + "".join(
        f"{room},{service},2031-04-15 {hour:02}:00,2031-04-15 {hour + 1:02}:00,{status}\n"
        for hour, (room, service, status) in enumerate(
            [
                ("R1", "Meeting", "Maybe"),
                ("R2; R3", "Meeting", ""),
                ("R2; R3", "Golf", ""),
                ("'=R4", "Meeting", ""),
            ],
            9,
        )
    )
    importer.files.put("week.csv.options.json", '{"dry_run": true}')
    told = importer("week.csv", text)
    assert told.summary["unmatched"] == {
        "resource": {"cells": ["R2; R3", "R1", "=R4"], "more": 0},
        "status": {"cells": ["Maybe"], "more": 0},
        "service": {"cells": ["Golf"], "more": 0},
    }
    values = {
        column: dict.fromkeys(told.summary["unmatched"][column]["cells"], meant)
        for column, meant in (("resource", ROOM.id), ("service", MEETING.id), ("status", "completed"))
    }
    importer.files.put("week.csv.mapping.json", json.dumps({"values": values}))
    done = importer("week.csv", text)
    assert (results(done), done.summary["unmatched"]) == (["created"] * 4, {})
    # A value of the mapping may be wrong too. Only the cell itself can be corrected in the mapping.
    importer.files.put("next.csv.mapping.json", '{"values": {"resource": {"R1": "Keller"}}}')
    wrong = importer("next.csv", text)
    assert "R1" in wrong.summary["unmatched"]["resource"]["cells"]


def test_of_many_cells_that_nothing_matches_the_most_frequent_are_told(importer: Importer) -> None:
    rows = "".join(f"R{number},Meeting,2031-04-15 09:00,2031-04-15 10:00\n" for number in [*range(25), 24])
    found = importer("week.csv", f"Room,Service,Start,End\n{rows}R{'x' * 200},,2031-04-15 09:00,\n")
    told = found.summary["unmatched"]["resource"]
    assert (told["cells"][0], len(told["cells"]), told["more"]) == ("R24", 20, 5)


def test_the_same_problem_is_told_once_with_its_count(importer: Importer) -> None:
    rows = "".join(f"Keller,Meeting,2031-04-{day} 09:00,2031-04-{day} 10:00\n" for day in range(10, 22))
    imported = importer("week.csv", f"Room,Service,Start,End\n{rows}")
    (told,) = imported.summary["problems"]
    assert (told["count"], told["column"], told["lines"]) == (12, "Room", [2, 3, 4, 5, 6])
    assert (
        told["detail"] == "Room 'Keller': No item has this name. Correct the name, or create the item first."
    )


def test_names_are_looked_up_once_a_file(importer: Importer) -> None:
    def reads(rows: int) -> int:
        lines = "".join(
            f"Meeting Room 1,Meeting,2031-{m:02}-{d:02} 09:00,2031-{m:02}-{d:02} 10:00\n"
            for m in range(1, 13)
            for d in range(1, 25)
        )
        text = "Room,Service,Start,End\n" + "".join(lines.splitlines(keepends=True)[:rows])
        with counted(importer.on.store) as sent:
            assert importer(f"{rows}.csv", text, dry_run=True).summary["created"] == rows
        return sent.count("Query")

    assert reads(10) == reads(200)


def test_a_business_moves_in_with_four_files(importer: Importer) -> None:
    """docs/moving-in.md, unchanged."""
    page = (FILES.parent.parent / "docs/moving-in.md").read_text()
    names = ["raeume.csv", "leistungen.csv", "kunden.csv", "buchungen.csv"]
    tables = re.findall(r"^## \d.*?^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    steps = list(zip(names, tables, strict=True))
    for name, text in steps:
        imported = importer(name, text)
        assert results(imported) == ["created"] * 2, (name, imported.results, imported.summary)
    blue = next(i for i in importer.stored().values() if isinstance(i, Resource) and i.name == "Studio Blau")
    assert (blue.external_id, blue.quantity, (blue.opening_hours or {})["sat"]) == (
        "1",
        1,
        (("10:00", "14:00"),),
    )
    probe = next(i for i in importer.stored().values() if isinstance(i, Service) and i.name == "Probe")
    assert (probe.price, probe.min_duration, probe.max_duration, len(probe.resource_ids)) == (2500, 60, 60, 2)
    assert {order.customer_id for order in importer.orders()} == {
        i.id
        for i in importer.stored().values()
        if isinstance(i, Customer) and i.external_id in ("K-1", "K-2")
    }
    assert [b.amounts.total for b in sorted(importer.bookings(), key=lambda b: b.start)] == [2500, 100000]
    before = importer.stored()
    for name, text in steps:
        assert set(results(importer(name, text))) == {"unchanged"}, name
    assert importer.stored() == before
    assert findings(importer.on.objects(), SystemClock(1).now()) == []
    changed = steps[1][1].replace("25,00 €", "27,00 €")
    assert results(importer("leistungen.csv", changed, dry_run=True)) == ["updated", "unchanged"]
    assert importer.stored() == before
    assert results(importer("leistungen.csv", changed)) == ["updated", "unchanged"]


def test_catalog_rows_are_refused_with_every_reason_and_matched_as_people_would(importer: Importer) -> None:
    text = "Name,Email,Sprache\nAda Lovelace,ada@example.com,de\nX,keine adresse,Klingonisch\n,,\nY,ADA@example.com,\n"
    imported = importer("customers.csv", text)
    assert results(imported) == ["updated", "refused", "updated"]
    assert [(e["code"], e["column"]) for e in imported.results[1]["errors"]] == [("cell_wrong", "Sprache")]
    stored = next(i for i in importer.stored().values() if isinstance(i, Customer) and i.id == ADA.id)
    assert (stored.given_name, stored.locale) == ("Y", "de")
    services = importer("services.csv", "Name,Price,Tax\nNew,12.00,19\nMeeting,55.00,19\n")
    assert results(services) == ["created", "updated"]


def test_people_who_come_to_a_room_are_no_units_of_it(importer: Importer) -> None:
    """A spreadsheet counts the people of a meeting. A room takes one meeting, and a pool of desks a desk for each."""
    text = (
        "Room,Service,Start,End,Participants,Note\n"
        f"{ROOM.name},{MEETING.name},2031-04-15 9:00,2031-04-15 10:00,6,Projector\n"
        f"{ROOM.name},{MEETING.name},2031-04-15 10:00,2031-04-15 11:00,4,\n"
        f"{ROOM.name},{MEETING.name},2031-04-15 11:00,2031-04-15 12:00,1,\n"
        f"{DESKS.name},{DESK.name},2031-04-15 9:00,2031-04-15 10:00,3,\n"
    )
    imported = importer("week.csv", text)
    assert results(imported) == ["created"] * 4
    bookings = sorted(
        ((each.resource_ids, each.start, each.quantity, each.note) for each in importer.bookings()), key=str
    )
    assert {(quantity, note) for _, _, quantity, note in bookings} == {
        (1, "Projector\nParticipants: 6"), (1, "Participants: 4"), (1, None), (3, None),
    }  # fmt: skip
    assert results(importer("week.csv", text)) == ["unchanged"] * 4
    # A column that counts units does count them.
    units = importer("units.csv", text.replace("Participants", "Quantity").replace("04-15", "04-16"))
    assert results(units) == ["refused", "refused", "created", "created"]


def test_two_rows_with_one_external_id_make_one_item(importer: Importer) -> None:
    imported = importer("rooms.csv", "Room,Room ID,Capacity\nA,7,1\nA,7,1\nB,7,2\n")
    assert results(imported) == ["created", "unchanged", "updated"]


def test_people_without_an_address_are_made_once(importer: Importer) -> None:
    header = "external_id,Room,Service,Start,End,Name,Phone"
    lines = [
        f"{n},Meeting Room 1,Meeting,2031-04-15 {9 + n:02}:00,2031-04-15 {10 + n:02}:00" for n in range(4)
    ]
    text = "\n".join(
        [
            header,
            f"{lines[0]},Nora Beispiel,",
            f"{lines[1]},NORA BEISPIEL,",
            f"{lines[2]},Nora Beispiel,+44 7700",
            f"{lines[3]},Walk-in,",
        ]
    )
    imported = importer("week.csv", text)
    assert results(imported) == ["created"] * 4
    by_id = {order.id: order.customer_id for order in importer.orders()}
    first, second, third, nobody = (by_id[each["order_id"]] for each in imported.results)
    assert first == second != third
    assert nobody is None
    elsewhere = importer(
        "other.csv", text.replace("\n0,", "\n10,").replace("04-15", "04-16").replace("\n2,", "\n12,")
    )
    by_id = {order.id: order.customer_id for order in importer.orders()}
    there = [by_id[each["order_id"]] for each in elsewhere.results if each["result"] == "created"]
    assert first not in there
    assert third in there


def test_the_mapping_goes_into_the_archive_with_its_file(importer: Importer) -> None:
    importer.files.put("week.csv.mapping.json", '{"columns": {"Wo": "resource"}}')
    imported = importer(
        "week.csv", "Wo,Service,Start,End\nMeeting Room 1,Meeting,2031-04-15 09:00,2031-04-15 10:00\n"
    )
    assert results(imported) == ["created"]
    assert not [key for key in importer.files.content if key.startswith(incoming_key(ORGANIZATION.id, ""))]
    assert imported.summary["read"]["columns"]["Wo"] == "resource"


def test_a_file_is_given_back_with_what_became_of_each_row(importer: Importer) -> None:
    """In its own format and language, with the catalog's price. It can be imported again unchanged."""
    offered(importer, locale="de")
    text = (
        "Belegung;;;;\r\nRaum;Leistung;Beginn;Ende;Preis\r\n"
        "Meeting Room 1;Meeting;15.04.2031 9:00;15.04.2031 10:00;45,00 €\r\nKéller;Meeting;15.04.2031 9:00;15.04.2031 10:00;45,00 €\r\n"
        ";;;Summe;90,00 €\r\n"
    )
    dry = importer("plan.csv", text.encode("cp1252"), dry_run=True)
    marked = importer.files.content[dry.run.results_as("csv")].decode("cp1252").split("\r\n")
    assert marked == [
        "Belegung;;;;",
        "Raum;Leistung;Beginn;Ende;Preis;Ergebnis;Problem;Preis",
        "Meeting Room 1;Meeting;15.04.2031 9:00;15.04.2031 10:00;45,00 €;angelegt;;50,00",
        "Kéller;Meeting;15.04.2031 9:00;15.04.2031 10:00;45,00 €;abgelehnt;Raum 'Kéller': Es gibt keinen Eintrag mit diesem Namen. "
        "Bitte korrigieren Sie den Namen, oder legen Sie den Eintrag zuerst an.;",
        ";;;Summe;90,00 €",
        "",
    ]
    again = importer("plan.csv", importer.files.content[dry.run.results_as("csv")])
    assert results(again) == ["created", "refused"]
    assert [booking.amounts.total for booking in importer.bookings()] == [4500]


def test_a_workbook_is_given_back_as_one(importer: Importer) -> None:
    from tests.unit.test_import_tables import date, read, time, workbook

    table = [
        ["Room", "Service", "Date", "Start", "End"],
        ["Meeting Room 1", "Meeting", date(2031, 4, 15), time(9), time(10)],
        ["'=1+1", "Meeting", date(2031, 4, 15), time(9), time(10)],
    ]
    imported = importer("plan.xlsx", workbook(table))
    assert results(imported) == ["created", "refused"]
    back = read(importer.files.content[imported.run.results_as("xlsx")], "plan.xlsx")
    cells = [row.cells for row in back.reading.table.rows()]
    assert cells[0] == ["Room", "Service", "Date", "Start", "End", "Result", "Problem"]
    assert cells[1] == ["Meeting Room 1", "Meeting", "2031-04-15", "09:00:00", "10:00:00", "created", ""]
    assert cells[2][0] == "'=1+1"


def test_what_overrides_takes_no_room_from_what_does_not(importer: Importer) -> None:
    """An export of an overbooked slot lists both bookings by their start. The second one used to be refused."""
    rows = [f"{HEADER},check_availability", f"a,{at(9)},no", f"b,{at(9)},", f"c,{at(9)},"]
    assert results(importer("week.csv", "\n".join(rows))) == ["created", "created", "refused"]


def test_the_id_of_a_row_is_that_of_its_bookings(importer: Importer) -> None:
    """For each row of an order with several rows, and for all bookings of a series."""
    rows = [
        f"{HEADER},order_ref,recurring_frequency,recurring_count,order_customer_id",
        f"a,{at(9)},,daily,2,{ADA.id}", f",{at(11)},o1,,,{ADA.id}", f"b,{at(13)},o1,,,{ADA.id}", f",{at(15)},,,,{ADA.id}",
    ]  # fmt: skip
    imported = importer("week.csv", "\n".join(rows))
    assert results(imported) == ["created"] * 4, imported.results
    by_start = [each.external_id for each in sorted(importer.bookings(), key=lambda each: each.start)]
    assert by_start == ["a", None, "b", None, "a"]
    assert results(importer("week.csv", "\n".join(rows))) == ["unchanged"] * 4
    assert findings(importer.on.objects(), SystemClock(1).now()) == []
