"""Excerpts of files that other people published, with their headings and formats. People are invented; rooms are those of the tests."""

from typing import Any

import pytest

from tests.unit.test_import_systems import booked, of
from tests.unit.test_import_tables import read, refused

NORD = ("2031-01-13T09:00", "2031-01-13T10:00", "Raum Nord")


# Andrewske/masakali_data, booking/2022/all_booking_2022.csv: a villa's statement, in rupiah.
PAYOUT = (
    'Type,"Reference number",Check-in,Checkout,"Guest name","Reservation status",Currency,Amount,Room\n'
    'Besprechung,3059410468,"Apr 23, 2031","Apr 25, 2031","Ada B",ok,{currency},{amount},Raum Nord\n'
)


@pytest.mark.parametrize("currency", ["IDR", "USD", "$", "Rupiah"])
def test_a_price_in_another_currency_is_refused(currency: str) -> None:
    ((code, detail),) = read(PAYOUT.format(currency=currency, amount="1800000")).problems
    assert (code, detail) == ("cell_wrong", f"Currency '{currency}': Prices must be in EUR.")


@pytest.mark.parametrize("currency", ["EUR", "eur", "€", "Euro", ""])
def test_a_price_in_the_own_currency_is_kept(currency: str) -> None:
    assert read(PAYOUT.format(currency=currency, amount="180")).first["custom_price"] == 18000


def test_a_currency_without_a_price_says_nothing() -> None:
    assert read(PAYOUT.format(currency="IDR", amount="")).problems == []


@pytest.mark.parametrize(
    ("heading", "is_refused"),
    [
        ("Price (USD)", True), ("Price USD", True), ("Preis in $", True), ("Amount (GBP)", True), ("Preis (CHF)", True),
        ("Price (EUR)", False), ("Preis in €", False), ("Price EUR", False), ("Price", False), ("Total (net)", False),
    ],
)  # fmt: skip
def test_a_heading_with_a_currency_counts_for_its_prices(heading: str, is_refused: bool) -> None:
    found = of(f"Room,Start,End,{heading}\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00,20\n")
    assert bool(found.problems) is is_refused
    assert is_refused or found.first["custom_price"] == 2000


# dpesce/ANCH0R, data/observations.csv: telescope time, in `start_utc` and `end_utc`.
@pytest.mark.parametrize(
    "headings",
    [
        "Start (UTC),End (UTC)", "start_utc,end_utc", "Start Time UTC,End Time UTC", "Beginn (UTC),Ende (UTC)", "Start (GMT),End (GMT)",
        "Booking start (UTC),Booking end (UTC)",
    ],
)  # fmt: skip
def test_times_in_a_column_of_utc_are_in_utc(headings: str) -> None:
    found = of(f"Room,{headings}\nRaum Nord,2031-01-10 02:00,2031-01-10T03:00:00Z\n")
    assert found.times == [("2031-01-10T02:00+00:00", "2031-01-10T03:00+00:00")]


def test_a_day_and_a_time_in_columns_of_utc_are_in_utc() -> None:
    found = of("Room,Date (UTC),Start Time (UTC),Duration (min)\nRaum Nord,2031-01-10,2:00,60\n")
    assert found.times == [("2031-01-10T02:00+00:00", "2031-01-10T03:00+00:00")]


# GauravBagadkar/Beds-Accomodation, an export of beds: `Is Cancel`. Databases write the moment: `cancelled_at`.
@pytest.mark.parametrize(
    ("heading", "cell", "status"),
    [
        ("Is Cancel", "Yes", "canceled"), ("Is Cancel", "No", None), ("was_cancelled", "1", "canceled"), ("was_cancelled", "0", None), ("cancelled_at", "2031-01-02 10:15:00", "canceled"),
        ("Canceled on", "02.01.2031", "canceled"), ("cancellation_date", "2031-01-02", "canceled"), ("cancelled_at", "", None),
        ("cancelled_at", "NULL", None), ("Storniert am", "02.01.2031", "canceled"), ("deleted_at", "2031-01-02T10:15:00Z", "canceled"),
    ],
)  # fmt: skip
def test_what_was_canceled_is_not_booked(heading: str, cell: str, status: str | None) -> None:
    text = f"Room,Start,End,{heading}\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00,{cell}\n"
    assert booked(text) == [(status, *NORD)]


# blumet/Villa-Antica-Automated, data/guests.csv and data/reservations.csv: two files of one hotel, joined by `guest_id`.
@pytest.mark.parametrize("heading", ["guest_id", "Patient ID", "student_id", "Attendee No.", "Gast-Nr."])
def test_a_file_of_people_and_a_file_of_bookings_share_a_number(heading: str) -> None:
    text = f"reservation_id,{heading},room_number,check_in,check_out\nRES1,G0036,Raum Nord,2031-07-11,2031-07-14\n"
    (piece,) = of(text, missing="create").pieces
    assert (piece.customer, piece.person) == ({"reference": "G0036"}, "external_id G0036")
    (person,) = read(
        f"{heading},first_name,last_name,email\nG0036,Ada,B,a@example.com\n", "guests.csv"
    ).pieces
    assert person.external_id == "G0036"


# Komronbek5704/navbat, data/appointments.csv (`patient_phone`); djh5658/Veterinarian-Microservice-App (`Owner - First Name`).
@pytest.mark.parametrize(
    ("headings", "cells", "customer"),
    [
        ("patient_name,patient_phone", "Ada B,+49 30 1", {"given_name": "Ada", "family_name": "B", "phone": "+49 30 1"}),
        ("Owner - First Name,Owner - Last Name,Owner - Phone Number", "Ada,B,030 1",
         {"given_name": "Ada", "family_name": "B", "phone": "030 1"}),
        ("student_email,Student Name", "a@example.com,Ada B",
         {"email": "a@example.com", "given_name": "Ada", "family_name": "B"}),
        ("Name,TelephoneNumber", "Ada B,(289) 675-9388", {"given_name": "Ada", "family_name": "B", "phone": "(289) 675-9388"}),
        ("Name,Contact No.", "Ada B,030 1", {"given_name": "Ada", "family_name": "B", "phone": "030 1"}),
    ],
)  # fmt: skip
def test_whose_name_and_number_it_is(headings: str, cells: str, customer: dict[str, Any]) -> None:
    (piece,) = of(f"Room,Start,End,{headings}\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00,{cells}\n").pieces
    assert piece.customer == customer


# 30-A/CoworkingSpace-Database (`space_id`), Eddy3129/court-booking-app (`court_id`), RobertoBarros' clinics (`doctor_id`).
@pytest.mark.parametrize(
    "heading", ["space_id", "court_id", "doctor_id", "employee_id", "Tisch-ID", "space_name", "Room Code"]
)
def test_what_is_booked_by_number(heading: str) -> None:
    text = f"booking_id,member_name,{heading},date,start_time,end_time\n1,Ada B,Raum Nord,2031-01-13,09:00,10:00\n"
    assert booked(text) == [(None, *NORD)]


# bdeboe/isc-resort-demo, data/rooms.csv; 30-A/CoworkingSpace-Database, data/spaces.csv.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("room_no,room_type,description\n101,Single Queen,Quiet\n",
         {"external_id": "101", "name": "101", "description": "Quiet"}),
        ("space_id,space_name,space_type,is_maintenance\n18,Event Space 18,Event Space,0\n",
         {"external_id": "18", "name": "Event Space 18"}),
    ],
)  # fmt: skip
def test_rooms_may_have_no_name_but_their_number(text: str, expected: dict[str, Any]) -> None:
    (piece,) = read(text, "rooms.csv", kind="resources").pieces
    assert piece.item is not None
    assert (piece.item["attributes"], piece.problems) == (expected, ())


# Mark1841/BarberShop, employees.csv: it has the columns of customers.
def test_staff_are_not_customers() -> None:
    text = "EmployeeID,Name,TelephoneNumber,Active\n1,Maze,(289) 659-5388,True\n"
    (piece,) = read(text, "employees.csv").pieces
    assert piece.item is not None
    assert (piece.item["type"], piece.external_id) == ("resources", "1")


# ML-Project-BSD-2026/booking-outcome-prediction, kunden.csv: families share a `BookingID`.
def test_customers_who_share_a_booking_are_not_one_customer() -> None:
    found = read("PersonID,FullName,Booking ID\n1,Ada B,113803\n2,Lee B,113803\n", "kunden.csv")
    assert [piece.external_id for piece in found.pieces] == [None, None]


# Andrewske/masakali_data, booking/2024/booking_feb_24.csv: guests of a villa, without a column of nights.
def test_guests_who_stay_share_a_room_without_a_column_of_nights() -> None:
    text = "Reservation number,Arrival,Departure,Guest name,Room,Persons,Status\n4,2031-01-31,2031-02-04,Ada B,Raum Nord,2,ok\n"
    assert "quantity" not in of(text).first


def test_a_portals_statement_counts_rooms_and_is_recognized() -> None:
    text = (
        "Reservation number,Booked on,Arrival,Departure,Booker name,Guest name,Rooms,Persons,Room nights,Final amount,Status,Property name\n"
        "4094583839,2030-12-01,2031-01-31,2031-02-04,Ola N,Ada B,1,2,4,300,ok,Raum Nord\n"
    )
    assert booked(text) == [(None, "2031-01-31", "2031-02-04", "Raum Nord")]
    assert (of(text).first["custom_price"], of(text).pieces[0].external_id) == (30000, "4094583839")


# Andrewske/masakali_data, agoda/2022/all_agoda_2022.csv.
def test_days_of_a_stay_as_a_portal_calls_them() -> None:
    text = (
        "BookingIDExternal_reference_ID,Status,StayDateFrom,StayDateTo,BookedDate,Customer_Name,RoomType,No_of_night,No_of_adult\n"
        "328061479,Confirmed,09-Oct-2031,10-Oct-2031,19-Aug-2031,Ada B,Raum Nord,1,2\n"
    )
    assert booked(text) == [(None, "2031-10-09", "2031-10-10", "Raum Nord")]
    assert of(text).pieces[0].external_id == "328061479"


# FatzkeFTW/ESAStationBooking, audit_log.csv: shifts of 4 and 6 hours.
@pytest.mark.parametrize("cells", [("4", "6"), ("6", "4"), ("1.5", "8"), ("2", "2")])
def test_a_length_without_a_unit_is_not_taken_for_a_few_minutes(cells: tuple[str, str]) -> None:
    rows = [f"Raum Nord,2031-07-2{at} 06:00,{cell}\n" for at, cell in enumerate(cells)]
    found = of("station,start,duration\n" + "".join(rows))
    assert [detail.partition(":")[2].strip() for _, detail in found.problems] == [
        "Is this hours or minutes? Write '4 h' or '4 min', or name the column 'Duration (hours)'."
    ] * 2
    clear = of("station,start,Duration (min)\n" + "".join(rows[:1]))
    assert cells[0] == "1.5" or clear.problems == []


@pytest.mark.parametrize("heading", ["duration_hours", "DurationHours", "duration hrs", "dauer_std"])
def test_a_unit_in_a_heading_however_it_is_joined(heading: str) -> None:
    text = f"Room,Start,{heading}\nRaum Nord,2031-01-13 09:00,1\n"
    assert booked(text) == [(None, *NORD)]


def test_services_in_hours() -> None:
    (piece,) = read("Service,Price,VAT,Duration (hours)\nTour,50,19,2\n", "services.csv").pieces
    assert piece.item is not None
    assert piece.item["attributes"]["max_duration"] == 120


def test_a_length_that_an_end_replaces_needs_no_unit() -> None:
    text = "Room,Start,End,Duration\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00,1\n"
    assert booked(text) == [(None, *NORD)]


# CharlieTyler/bandb, bookings.csv; Nikola352/BeautySalon, data/appointments.csv: files without a line of headings.
@pytest.mark.parametrize(
    "text",
    [
        "booking 1,25/03/2031,28/03/2031\nbooking 2,01/03/2031,03/03/2031\n",
        "1;4;1;1;2031-05-05;10:00;70.0;COMPLETED\n",
    ],
)
def test_a_file_without_headings_is_told_so(text: str) -> None:
    assert "The first line has values instead of column names." in refused(text)[1]


# OskyyyX/KI-Bot-Plattform, appointments.csv.
def test_what_is_planned_takes_place() -> None:
    text = "Room,Start,End,Status\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00,Planned\n"
    assert booked(text) == [(None, *NORD)]


# astopperich/nutzungszeiten_FFK, team-up_2025-raw.csv: the calendar of a church with German headings in between.
@pytest.mark.parametrize(
    ("title", "text"), [("Subject", "Description"), ("Event", "Description"), ("Titel", "Beschreibung")]
)
def test_a_title_is_not_lost_beside_a_description(title: str, text: str) -> None:
    found = of(
        f"{title},Calendar Name,Start,End,{text}\nGottesdienst,Raum Nord,2031-01-13 09:00,2031-01-13 10:00,Bei Regen innen\n"
    )
    assert (found.first["description"], found.first["note"]) == ("Gottesdienst", "Bei Regen innen")


def test_a_description_stays_one_beside_a_title_and_a_note() -> None:
    found = of("Title,Description,Note,Room,Start,End\nA,B,C,Raum Nord,2031-01-13 09:00,2031-01-13 10:00\n")
    assert (found.first["description"], found.first["note"]) == ("A", "C")


# Krupa3006/NordicSpace_Business_Analytics, data/bookings.csv: ids of the old system below the very name of ours.
def test_an_id_of_another_system_is_the_customers_number() -> None:
    text = "booking_id,customer_id,room,start_date,end_date\n1,7020,Raum Nord,2031-01-13 09:00,2031-01-13 10:00\n"
    found = of(text, missing="create")
    (piece,) = found.pieces
    assert (piece.person, piece.customer) == ("external_id 7020", {"reference": "7020"})
    assert "customer_id" not in piece.bookings[0]
    assert found.reading.references() == {"7020"}


def test_an_id_of_another_system_and_a_name() -> None:
    text = "customer_id,customer,room,start_date,end_date\n7020,Ada B,Raum Nord,2031-01-13 09:00,2031-01-13 10:00\n"
    (piece,) = of(text).pieces
    assert piece.customer == {"given_name": "Ada", "family_name": "B", "reference": "7020"}


def test_an_id_of_ours_stays_an_id() -> None:
    id = "0b7f3c1e-6f0f-4a5e-8a39-0c1c6a1f2b3d"
    (piece,) = of(
        f"customer_id,room,start_date,end_date\n{id},Raum Nord,2031-01-13 09:00,2031-01-13 10:00\n"
    ).pieces
    assert (piece.bookings[0]["customer_id"], piece.customer) == (id, None)


# OliviaDrury/holiday-dashboard, reservations.csv.
def test_a_reservation_that_succeeded_takes_place() -> None:
    text = "Room name,Check in date,Check out date,Reservation state,Cancelled at\nRaum Nord,06/06/2031,17/06/2031,successful,\n"
    assert booked(text) == [(None, "2031-06-06", "2031-06-17", "Raum Nord")]


# elizabeth-johnson8888/JBLV_hotel_database, data/employee.csv.
def test_staff_with_names_are_not_called_by_their_number() -> None:
    assert (
        refused("employee_id,first_name,last_name\n3288,Sheri,Roy\n", "employee.csv")[0] == "missing_columns"
    )


# nardusstricta/admin_app, kunden.csv (`Name` is the first name beside `Nachname`); German lists often have `Name;Vorname`.
@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("Name;Nachname", "Ada;Byron"), ("Name;Vorname", "Byron;Ada"), ("Vorname;Name", "Ada;Byron"), ("Name;Last name", "Ada;Byron"),
        ("Name;First Name", "Byron;Ada"), ("Name;Vorname;Nachname", "Byron, Ada;Ada;Byron"),
    ],
)  # fmt: skip
def test_a_name_beside_half_a_name_is_the_other_half(headings: str, cells: str) -> None:
    (person,) = read(f"{headings};E-Mail\n{cells};a@example.com\n", "kunden.csv").pieces
    assert person.item is not None
    assert person.item["attributes"] == {
        "given_name": "Ada",
        "family_name": "Byron",
        "email": "a@example.com",
    }
    text = f"Raum;Beginn;Ende;{headings}\nRaum Nord;2031-01-13 09:00;2031-01-13 10:00;{cells}\n"
    assert of(text).pieces[0].customer == {"given_name": "Ada", "family_name": "Byron"}


# JP-Berges/E-Rechnungen_Schreiben, kunden.csv.
def test_a_company_as_german_invoices_call_it() -> None:
    text = "Kundennummer,Firmenname,Ansprechpartner,Email\nK001,ABC GmbH,Ada Byron,a@example.com\n"
    (person,) = read(text, "kunden.csv").pieces
    assert person.item is not None
    assert person.item["attributes"]["company"] == "ABC GmbH"


# A classroom planner's template: `classroom,date,start,end,title,attendees`, where the last is a number.
def test_how_many_attend_is_no_address() -> None:
    text = "classroom,date,start,end,title,attendees\nRaum Nord,2031-01-13,09:00,10:00,QA,2\n"
    (piece,) = of(text).pieces
    assert (piece.customer, piece.problems, booked(text)) == (None, (), [(None, *NORD)])


# A hotel's export in German: `Belegnummer;Zimmerkategorie;Anreise;Abreise;Nachname;Vorname;Gesamtpreis;Herkunft`.
@pytest.mark.parametrize("heading", ["Belegnummer", "Beleg-Nr.", "Buchungs-Nr.", "Vorgangsnr."])
def test_numbers_of_bookings_in_german(heading: str) -> None:
    text = f"{heading};Zimmerkategorie;Anreise;Abreise\nHL-1;Raum Nord;01.07.2031;05.07.2031\n"
    assert of(text).pieces[0].external_id == "HL-1"


# JosephLing/UKCroomBooking, rooms.csv; kdmaniosy, data/spaces.csv; RobertoBarros, data/rooms.csv: the people whom a room holds.
@pytest.mark.parametrize(
    "text",
    [
        '"name","Campus","Building","Type","Capacity"\n"Concert Hall","Canterbury","Music Building","Performance Space","400"\n',
        "space_id,name,capacity,space_type_id\nS7,Concert Hall,80,AD\n",
        "Raum;Plätze;Etage\nConcert Hall;120;EG\n",
        "Room,Seats\nConcert Hall,30\n",
    ],
)
def test_the_seats_of_a_room_are_not_bookings_at_the_same_time(text: str) -> None:
    found = read(text, "rooms.csv", kind="resources")
    (piece,) = found.pieces
    assert piece.item is not None
    assert (piece.item["attributes"]["name"], "quantity" in piece.item["attributes"]) == (
        "Concert Hall",
        False,
    )
    assert {"Capacity", "capacity", "Plätze", "Seats"} & set(found.reading.layout.ignored)


def test_a_mapping_says_that_each_seat_is_booked_by_itself() -> None:
    text, columns = "Room,Seats\nOpen Space,30\n", {"Seats": "quantity"}
    (piece,) = read(text, "rooms.csv", columns=columns, kind="resources").pieces
    assert piece.item is not None
    assert piece.item["attributes"]["quantity"] == 30
