"""Calendar files: one UID for each object, METHOD and SEQUENCE according to RFC 5546, and a series as one event."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from frontdesk.adapters.mail.calendars import calendar_file
from frontdesk.domain.catalog.items import Organization
from frontdesk.domain.messages.calendars import MAX_FILES, calendar_objects
from frontdesk.domain.messages.series import entries_of
from frontdesk.domain.messages.telling import Addressee, Letter, Telling
from frontdesk.domain.orders.order import Booking
from tests.unit.builders import Shop
from tests.unit.builders import booking as shop_booking
from tests.unit.test_mail_confirmation import NINE, at, booking, calendars_of, canceled, content, mail
from tests.unit.test_messages import order

BERLIN = ZoneInfo("Europe/Berlin")
MONDAYS = ["2026-03-16", "2026-03-23", "2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20"]
# Six Mondays across the clock change of 29 March.
SERIES = tuple(
    booking(at(f"{day}T09:00"), at(f"{day}T10:00"), n, series_id="order-1")
    for n, day in enumerate(MONDAYS, 1)
)
REGULAR = {"calendar_series": (1,)}


def moved(original: Booking, by: int) -> Booking:
    return original.model_copy(
        update={
            "start": original.start + by, "end": original.end + by, "version": original.version + 1,
            "first_start": original.slot_in_series,
        }
    )  # fmt: skip


def read(telling: Telling, *bookings: Booking, **changes: Any) -> list[Any]:
    """Returns the objects of a mail, parsed by icalendar."""
    placed = order(*bookings, **(REGULAR | changes))
    letter = Letter(
        telling,
        Organization(id="o", name="Coworking Mitte", timezone="Europe/Berlin", currency="EUR"),
        placed,
        Addressee("ada@example.com", "Ada", "en", "ada"),
        True,
        "a@mitte.example",
        placed.updated_at,
    )
    objects = calendar_objects(telling, placed)
    return [Calendar.from_ical(calendar_file(each, letter, "a@mitte.example")) for each in objects]


def dates(calendar: Any) -> list[tuple[datetime, datetime]]:
    """Returns the times of its events, computed by dateutil."""
    found: dict[datetime, tuple[datetime, datetime]] = {}
    for event in calendar.walk("VEVENT"):
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        if "RRULE" not in event:
            found[event["RECURRENCE-ID"].dt] = (start, end)
            continue
        listed = event.get("EXDATE", [])
        left_out = {day.dt for each in (listed if isinstance(listed, list) else [listed]) for day in each.dts}
        for clock in rrulestr(event["RRULE"].to_ical().decode(), dtstart=start.replace(tzinfo=None)):
            moment = clock.replace(tzinfo=start.tzinfo)
            if moment not in left_out:
                found[moment] = (moment, moment + (end - start))
    return sorted(found.values())


@pytest.mark.parametrize(
    ("recurring", "regular"),
    [({"frequency": "weekly", "count": 6}, (1,)), ({"frequency": "weekly", "count": 2}, ()), (None, ())],
)
def test_which_series_are_one_event_is_decided_when_they_are_placed(
    recurring: Any, regular: tuple[int, ...]
) -> None:
    placed = Shop().place({"bookings": [shop_booking(recurring=recurring)], "order_customer_id": "ada"})
    assert placed.order.calendar_series == regular


def test_a_regular_series_is_one_event_whose_rule_has_every_date_on_the_wall_clock() -> None:
    (calendar,) = read(Telling("confirmation", SERIES), *SERIES)

    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], str(event["UID"]), event["SEQUENCE"]) == ("PUBLISH", "order-1@frontdesk", 0)
    assert event["RRULE"].to_ical() == b"FREQ=WEEKLY;COUNT=6;INTERVAL=1;BYDAY=MO"
    assert [(start.isoformat(), (end - start).seconds) for start, end in dates(calendar)] == [
        (datetime.fromtimestamp(each.start, BERLIN).isoformat(), 3600) for each in SERIES
    ]


def test_a_date_that_was_left_out_or_canceled_or_moved_before_is_in_the_confirmation_so() -> None:
    fourth_later = moved(SERIES[3], 2 * 3600)
    bookings = (SERIES[0], canceled(SERIES[1]), SERIES[2], fourth_later, SERIES[5])
    live = tuple(each for each in bookings if each.status != "canceled")
    (calendar,) = read(Telling("confirmation", live, canceled=(bookings[1],)), *bookings, version=4)

    assert [start for start, _ in dates(calendar)] == sorted(
        datetime.fromtimestamp(each.start, BERLIN) for each in live
    )
    assert {str(event["UID"]) for event in calendar.walk("VEVENT")} == {"order-1@frontdesk"}
    assert {event["SEQUENCE"] for event in calendar.walk("VEVENT")} == {3}


def test_a_change_of_one_date_replaces_it_alone() -> None:
    """RFC 5546, 4.4: a change of one instance is identified by UID and RECURRENCE-ID."""
    later = moved(moved(SERIES[2], 3600), 3600)
    (calendar,) = read(Telling("change", (later,)), *SERIES, version=3)

    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], str(event["UID"]), event["SEQUENCE"]) == ("PUBLISH", "order-1@frontdesk", 2)
    assert event["RECURRENCE-ID"].dt == datetime(2026, 3, 30, 9, tzinfo=BERLIN)
    assert event["DTSTART"].dt == datetime(2026, 3, 30, 11, tzinfo=BERLIN)
    assert "RRULE" not in event


def test_canceling_some_dates_names_each_and_canceling_the_order_the_series() -> None:
    two = tuple(map(canceled, SERIES[1:3]))
    (some,) = read(Telling("cancellation", two), *SERIES, version=2)
    (whole,) = read(
        Telling("cancellation", tuple(map(canceled, SERIES))), *SERIES, version=3, status="canceled"
    )

    assert [event["RECURRENCE-ID"].dt.day for event in some.walk("VEVENT")] == [23, 30]
    assert {(str(event["UID"]), event["STATUS"]) for event in some.walk("VEVENT")} == {
        ("order-1@frontdesk", "CANCELLED")
    }
    (event,) = whole.walk("VEVENT")
    assert ("RECURRENCE-ID" in event, whole["METHOD"], event["SEQUENCE"]) == (False, "CANCEL", 2)


def test_every_object_has_one_uid_and_what_rfc_5546_wants_of_its_method() -> None:
    """3.2.1 and 3.2.5 require ORGANIZER, UID, DTSTAMP and SEQUENCE. Nobody is invited to an event that is only published."""
    single = booking(at("2026-05-05T09:00"), at("2026-05-05T10:00"), 9)
    for telling in (
        Telling("confirmation", (*SERIES, single)),
        Telling("change", (SERIES[1], single)),
        Telling("cancellation", tuple(map(canceled, (*SERIES, single)))),
    ):
        calendars = read(telling, *SERIES, single)
        assert len(calendars) == 2
        for calendar in calendars:
            events = calendar.walk("VEVENT")
            assert len({str(event["UID"]) for event in events}) == 1
            for event in events:
                assert {"ORGANIZER", "UID", "DTSTAMP", "SEQUENCE", "DTSTART"} <= event.keys()
                assert "ATTENDEE" not in event
                assert (event["STATUS"] == "CANCELLED") == (calendar["METHOD"] == "CANCEL")


def test_an_order_from_before_series_were_one_event_goes_on_with_one_for_each_booking() -> None:
    calendars = read(Telling("change", SERIES[:2]), *SERIES, calendar_series=())
    assert [str(event["UID"]) for each in calendars for event in each.walk("VEVENT")] == [
        "order-1@frontdesk",
        "order-2@frontdesk",
    ]


def test_a_mail_has_ten_files_at_most_and_says_so() -> None:
    many = [booking(NINE.start + n * 7200, NINE.start + n * 7200 + 3600, n + 1) for n in range(12)]
    message = mail(*many)
    assert len(calendars_of(message)) == MAX_FILES
    assert "the first 10 to your calendar" in content(message, "plain")
    assert len({file.get_filename() for file in message.iter_attachments()}) == MAX_FILES


# Series in words


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "Your bookings at Coworking Mitte: every Monday 09:00, 6 dates|Every Monday|09:00 to 10:00 (1 hour)"
               "|6 dates, Mon 16 March 2026 to Mon 20 April 2026|6 x Meeting: €300.00"),
        ("de", "Ihre Buchungen bei Coworking Mitte: jeden Montag, 09:00 Uhr, 6 Termine|Jeden Montag"
               "|6 Termine, Mo., 16. März 2026 bis Mo., 20. April 2026|6 x Meeting: 300,00 €"),
    ],
)  # fmt: skip
def test_a_series_is_told_as_people_say_it(locale: str, expected: str) -> None:
    message = mail(*SERIES, customer={"locale": locale}, order=REGULAR)
    shown = str(message["Subject"]) + "\n" + content(message, "plain")
    assert [words for words in expected.split("|") if words not in shown] == []
    assert len(calendars_of(message)) == 1


def test_the_dates_of_a_series_that_differ_are_told() -> None:
    bookings = (SERIES[0], SERIES[1], moved(SERIES[2], 3600), SERIES[3], SERIES[5])
    shown = content(mail(*bookings), "plain")
    assert "At another time: Mon 30 March 2026, 10:00 to 11:00 CEST" in shown
    assert "Not on: Mon 13 April 2026" in shown
    assert "4 dates, Mon 16 March 2026 to Mon 20 April 2026" in shown


def test_a_series_that_looks_different_from_date_to_date_is_not_one_entry() -> None:
    elsewhere = SERIES[2].model_copy(update={"resource_ids": ("second",)})
    entries = entries_of((*SERIES[:2], elsewhere, *SERIES[3:]), order(*SERIES))
    assert [len(entry.bookings) for entry in entries] == [5, 1]
