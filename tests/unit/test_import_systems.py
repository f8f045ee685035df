"""Files as other systems export them: headers and formats from public repositories, with invented people and rooms."""

from typing import Any

import pytest

from tests.unit.test_import_tables import Read, read


def of(text: str, **mapping: Any) -> Read:
    return read(text, defaults={"service": "Besprechung"}, **mapping)


def booked(text: str, **mapping: Any) -> list[tuple[Any, ...]]:
    """Returns the status, days or times, resource and problems of each row."""
    found = of(text, **mapping)
    return [
        (
            piece.status,
            *(
                piece.bookings[0].get(end, "").replace(" ", "T").removesuffix("T00:00")
                for end in ("start_date", "end_date")
            ),
            *(id.removeprefix("r ") for id in piece.bookings[0].get("resource_id", ())),
            *(code for code, *_ in piece.problems),
        )
        for piece in found.pieces
    ]


def test_nights_end_with_a_departure() -> None:
    """A platform for stays: the last day is the guest's departure, and another guest's arrival."""
    text = (
        "Confirmation code,Status,Guest name,Start date,End date,# of nights,Listing\n"
        "H1,Confirmed,Sam F,09/12/2031,09/15/2031,3,Raum Nord\nH2,Past guest,Lee O,08/01/2031,08/06/2031,5,Raum Nord\n"
        "H3,Canceled by guest,Kai O,10/02/2031,10/05/2031,3,Raum Nord\n"
    )
    assert booked(text) == [
        (None, "2031-09-12", "2031-09-15", "Raum Nord"),
        ("completed", "2031-08-01", "2031-08-06", "Raum Nord"),
        ("canceled", "2031-10-02", "2031-10-05", "Raum Nord"),
    ]


@pytest.mark.parametrize("nights", ["LoS", "Nights", "Nächte", "Anzahl Nächte", "Length of stay"])
def test_nights_alone_tell_the_end(nights: str) -> None:
    text = f"Reservation Number,Guest Name,Check In,{nights},Room Number\nL1,Ada B,19-09-2031,2,Raum Nord\n"
    assert booked(text) == [(None, "2031-09-19", "2031-09-21", "Raum Nord")]


def test_nights_that_do_not_fit_the_days_are_a_mistake() -> None:
    text = "Guest,Start date,End date,Nights,Room\nAda B,2031-09-19,2031-09-21,3,Raum Nord\n"
    (told,) = of(text).problems
    assert told[1].startswith("Nights '3': ")


def test_how_many_rooms_is_no_room() -> None:
    text = (
        "Book number,Booked by,Guest name(s),Check-in,Check-out,Status,Rooms,People,Price,Unit type,Duration (nights),Phone number\n"
        "400,Ola N,Ola N,2031-04-01,2031-04-03,ok,1,2,300 EUR,Raum Nord,2,123\n"
        "401,Dup G,Dup G,2031-05-01,2031-05-03,cancelled_by_guest,1,2,300 EUR,Raum Nord,2,123\n"
    )
    assert booked(text) == [
        (None, "2031-04-01", "2031-04-03", "Raum Nord"),
        ("canceled", "2031-05-01", "2031-05-03", "Raum Nord"),
    ]
    assert [piece.external_id for piece in of(text).pieces] == ["400", "401"]
    assert "quantity" not in of(text).first, "guests share a room"


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Duration (hours)", "2"), ("Duration (hrs)", "2.0"), ("Dauer (Std.)", "2,0"), ("Hours", "2"), ("Dauer in Stunden", "2"),
        ("Dauer (h)", "2"), ("Duration (hours)", "2:00"), ("Duration (hours)", "120 min"), ("Duration (min)", "120"),
    ],
)  # fmt: skip
def test_a_duration_is_in_the_unit_of_its_heading(heading: str, cell: str) -> None:
    text = f'Room,Start,{heading}\nRaum Nord,2031-01-13 09:00,"{cell}"\n'
    assert booked(text) == [(None, "2031-01-13T09:00", "2031-01-13T11:00", "Raum Nord")]


@pytest.mark.parametrize(
    "heading",
    [
        "Listing", "Room Number", "Room Type", "Unit type", "Spaces", "Classroom", "Resource Title", "Service provider",
        "Hörsaal", "Courts", "Table Number", "Tischnummer", "Zimmer-Nr.", "Desks", "Sitzungszimmer",
    ],
)  # fmt: skip
def test_places_as_other_systems_call_them(heading: str) -> None:
    text = f"{heading},Start,End\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00\n"
    assert booked(text) == [(None, "2031-01-13T09:00", "2031-01-13T10:00", "Raum Nord")]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("cancelled_by_guest", "canceled"), ("Cancelled by User", "canceled"), ("abgesagt durch Kunde", "canceled"),
        ("CANCELLED_BY_CUSTOMER", "canceled"), ("Storniert (Gast)", "canceled"), ("No Show (charged)", "no_show"),
        ("In-House", None), ("Not Confirmed", None), ("pending-confirmation", None), ("checked_in", None), ("Past guest", "completed"),
    ],
)  # fmt: skip
def test_states_as_other_systems_call_them(word: str, status: str | None) -> None:
    text = f"Room,Start,End,Status\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00,{word}\n"
    assert booked(text) == [(status, "2031-01-13T09:00", "2031-01-13T10:00", "Raum Nord")]


@pytest.mark.parametrize("word", ["Waitlisted", "was-in-cart", "Cancellation requested"])
def test_a_state_that_may_mean_either_is_not_guessed_at(word: str) -> None:
    text = f"Room,Start,End,Status\nRaum Nord,2031-01-13 09:00,2031-01-13 10:00,{word}\n"
    assert booked(text)[0][-1] == "cell_wrong"


def test_a_number_and_a_name_of_one_customer() -> None:
    """If the number is unknown, the name creates a customer with that number."""
    text = (
        'Date,Time,End Time,Client ID,Client,Staff\n1/13/2031,9:00 AM,10:00 AM,100,"Byron, Ada",Raum Nord\n'
    )
    (piece,) = of(text).pieces
    assert piece.problems == ()
    assert piece.customer == {"given_name": "Ada", "family_name": "Byron", "reference": "100"}


def test_a_time_with_one_digit_of_minutes() -> None:
    text = '"Betreff","Beginnt am","Beginnt um","Endet am","Endet um","Ort"\n"Probe","24.7.2031","19:0:00","24.7.2031","19:30:00","Raum Nord"\n'
    assert booked(text) == [(None, "2031-07-24T19:00", "2031-07-24T19:30", "Raum Nord")]


def test_who_holds_a_booking_is_its_customer() -> None:
    text = "Booking ID,Start,End,Spaces,Holder,Holder email\n77,2031-01-13 09:00,2031-01-13 10:00,Raum Nord,Ada B,a@example.com\n"
    (piece,) = of(text).pieces
    assert piece.customer == {"email": "a@example.com", "given_name": "Ada", "family_name": "B"}
