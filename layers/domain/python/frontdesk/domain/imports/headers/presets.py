"""The exports of well-known systems, recognized by their headers. Pure."""

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple, cast, get_args

from frontdesk.domain.imports.headers.folding import folded
from frontdesk.domain.imports.headers.ours import DECIMAL, HEADINGS, OURS, SIGNS
from frontdesk.errors import Language


class Preset(NamedTuple):
    """The export of another system, recognized by the columns in `signs`.

    `columns` maps the export's columns to Frontdesk's, or to None to ignore a column. In `lenient` columns, unknown words are ignored.
    `decimal` is the decimal separator to use if the numbers do not show it.
    """

    name: str
    signs: Collection[str]
    columns: Mapping[str, str | None]
    lenient: frozenset[str] = frozenset()
    decimal: Literal[",", "."] | None = None


# Sources: headers of these exports that users have published. Times are in the business's zone, not the customer's.
_PRESETS = (
    Preset(
        "Calendly",
        ("Invitee Email", "Event Type Name", "Start Date & Time"),
        {
            "Invitee Name": "customer_name", "Invitee First Name": "customer_given_name", "Invitee Last Name": "customer_family_name",
            "Invitee Email": "customer_email", "Text Reminder Number": "customer_phone", "Event Type Name": "service",
            "Start Date & Time": "start_date", "End Date & Time": "end_date", "Canceled": "canceled", "Marked as No-Show": "no_show",
            "Invitee UUID": "external_id", "Event Price": "price", "User Name": "resource", "Meeting Notes": "note",
            "Invitee Time Zone": None, "Location": None, "User Email": None, "Event UUID": None, "Group": None, "Guest Email(s)": None,
            "Event Created Date & Time": None, "Payment Currency": None, "Invitee Reconfirmed": None,
        },
    ),
    Preset(
        "Acuity",
        ("Start Time", "End Time", "First Name", "Last Name", "Calendar", "Appointment ID"),
        {
            "Start Time": "start_date", "End Time": "end_date", "First Name": "customer_given_name", "Last Name": "customer_family_name",
            "Phone": "customer_phone", "Email": "customer_email", "Type": "service", "Calendar": "resource",
            "Appointment Price": "price", "Notes": "note", "Label": "status", "Appointment ID": "external_id", "Timezone": None,
            "Date Scheduled": None, "Date Rescheduled": None, "Paid?": "paid", "Amount Paid Online": "paid", "Certificate Code": None,
            "Scheduled By": None, "Canceled": "canceled",
        },
        lenient=frozenset({"status"}),
    ),
    Preset(
        "Booking.com",
        ("Book number", "Check-in", "Check-out", "Unit type"),
        # `Rooms` is the number of rooms, and the price is the price of all of them.
        {"Book number": "external_id", "Guest name(s)": "customer_name", "Unit type": "resource", "Rooms": None, "Booked by": None},
    ),
    Preset(
        "Booking.com",
        ("Reservation number", "Booked on", "Arrival", "Departure", "Room nights"),
        {"Reservation number": "external_id", "Guest name": "customer_name", "Final amount": "price", "Guest request": "customer_note",
         "Property name": "resource", "Rooms": None, "Persons": None, "Booker name": None, "Booked on": None, "Original amount": None},
    ),
    Preset(
        "Outlook",
        ("Subject", "Start Date", "Start Time", "End Date", "End Time", "All day event"),
        {
            "Subject": "description", "Start Date": "start_date", "Start Time": "start_time", "End Date": "end_date",
            "End Time": "end_time", "All day event": "all_day", "Required Attendees": "customer_email", "Location": "resource",
            "Description": "note", "Meeting Organizer": None, "Optional Attendees": None, "Private": None, "Categories": None,
        },
    ),
    Preset(
        "Outlook",
        ("Betreff", "Beginnt am", "Beginnt um", "Endet am", "Endet um"),
        {
            "Betreff": "description", "Beginnt am": "start_date", "Beginnt um": "start_time", "Endet am": "end_date",
            "Endet um": "end_time", "Ganztägiges Ereignis": "all_day", "Erforderliche Teilnehmer": "customer_email", "Ort": "resource",
            "Beschreibung": "note", "Besprechungsplanung": None, "Optionale Teilnehmer": None, "Privat": None, "Kategorien": None,
        },
    ),
)  # fmt: skip


_OWN = tuple(
    Preset(
        OURS,
        tuple(HEADINGS[name].of(language) for name in SIGNS),
        {heading.of(language): heading.column for heading in HEADINGS.values()},
        decimal=cast(Literal[",", "."], DECIMAL[language]),
    )
    for language in get_args(Language)
)


def preset_of(header: Collection[str]) -> Preset | None:
    """Returns the first preset that matches the header, or None.

    A preset matches if the header contains every column in the preset's `signs`.
    """
    there = {folded(name) for name in header}
    return next((each for each in (*_OWN, *_PRESETS) if {folded(sign) for sign in each.signs} <= there), None)
