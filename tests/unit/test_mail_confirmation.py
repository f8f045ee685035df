"""Mails to customers: words, amounts, times, the calendar file, and that no stored text can change the mail's form."""

import email
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from frontdesk.adapters.mail.rendering import render_mail
from frontdesk.domain.catalog.custom_fields import CustomEntry, FieldType
from frontdesk.domain.catalog.items import Customer, Organization
from frontdesk.domain.catalog.locales import nearest_language
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import MessageKind
from frontdesk.domain.messages.telling import Addressee, Letter, Telling
from frontdesk.domain.orders.order import (
    Amounts,
    Booking,
    Line,
    Order,
    TaxTotal,
    VoucherUse,
    Was,
)
from frontdesk.usecases.ports import MailRefused

MEETING = Line(
    kind="service",
    reference="meeting",
    title="Meeting",
    quantity=1,
    unit_price=5000,
    is_net_price=False,
    tax_rate=Decimal(19),
    discount_amount=1000,
    net_amount=3361,
    tax_amount=639,
    total=4000,
)
COFFEE = MEETING.model_copy(
    update={
        "kind": "add_on",
        "reference": "coffee",
        "title": "Coffee",
        "quantity": 2,
        "unit_price": 250,
        "tax_rate": Decimal(7),
        "discount_amount": 100,
        "net_amount": 374,
        "tax_amount": 26,
        "total": 400,
    }
)
AMOUNTS = Amounts(total=4400, net_amount=3735, tax_amount=665, discount_amount=1100)
TAXES = (
    TaxTotal(rate=Decimal(19), net_amount=3361, tax_amount=639, total=4000),
    TaxTotal(rate=Decimal(7), net_amount=374, tax_amount=26, total=400),
)


def at(local: str, zone: str = "Europe/Berlin", *, fold: int = 0) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp())


def booking(start: int, end: int, ordinal: int = 1, **changes: Any) -> Booking:
    known: dict[str, Any] = {
        "id": f"order-{ordinal}",
        "status": "accepted",
        "version": 1,
        "resource_ids": ("room",),
        "services": {"meeting": 1},
        "customer_id": "ada",
        "start": start,
        "end": end,
        "blocker_start": start,
        "blocker_end": end,
        "charged_duration": 60,
        "quantity": 1,
        "weight": 1,
        "override": False,
        "lines": (MEETING, COFFEE),
        "amounts": AMOUNTS,
        "currency": "EUR",
        "created_at": 0,
        "updated_at": 0,
    }
    return Booking(**(known | changes))


NINE = booking(at("2026-04-15T09:00"), at("2026-04-15T10:00"))


def mail(
    *bookings: Booking,
    kind: MessageKind = "confirmation",
    organization: dict[str, Any] | None = None,
    customer: dict[str, Any] | None = None,
    order: dict[str, Any] | None = None,
    names: str | None = None,
    whole: bool = True,
    was: Was | None = None,
    rule: MessageRule | None = None,
) -> EmailMessage:
    booked: Sequence[Booking] = bookings or (NINE,)
    known_organization: dict[str, Any] = {
        "id": "mitte",
        "name": "Coworking Mitte",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "email": "hello@mitte.example",
        "phone": "+49 30 1234567",
        "website": "https://mitte.example",
        "address": ("Torstraße 1", "10119 Berlin"),
    }
    known_order: dict[str, Any] = {
        "id": "order",
        "organization_id": "mitte",
        "status": "completed",
        "attempt": "a",
        "customer_id": "ada",
        "booking_count": len(booked),
        "active_bookings": len(booked),
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "amounts": AMOUNTS,
        "taxes": TAXES,
        "voucher": VoucherUse(id="v", code="SUMMER20"),
        "start": min(each.start for each in booked),
        "end": max(each.end for each in booked),
        "created_at": at("2026-04-01T12:00"),
        "updated_at": at("2026-04-01T12:00"),
    }
    known_customer = {"id": "ada", "email": "ada@example.com", "given_name": "Ada", "family_name": "Lovelace"}
    # Not validated: a mail must be right whatever is stored.
    of, to = (
        Organization.model_construct(**(known_organization | (organization or {}))),
        Customer.model_construct(**(known_customer | (customer or {}))),
    )
    placed = Order(**(known_order | (order or {})))
    canceled_ones = tuple(each for each in booked if each.status == "canceled")
    live = tuple(each for each in booked if each.status != "canceled")
    is_cancellation = kind == "cancellation"
    told = Telling(
        kind,
        canceled_ones if is_cancellation else live,
        live if is_cancellation else (),
        () if is_cancellation else canceled_ones,
        was,
    )
    return render_mail(
        Letter(
            telling=told,
            organization=of,
            order=placed,
            addressee=Addressee(
                to.email, to.full_name, nearest_language(to.locale, of.locale), to.id, to.given_name
            ),
            whole=whole,
            sender="bookings@mitte.example",
            at=placed.updated_at,
            resources={"room": names or "Meeting Room 1", "second": "Meeting Room 2"},
            services={"meeting": names or "Meeting", "desk": "Desk"},
            customers={"ada": "Ada Lovelace", "ben": "Ben Beispiel"},
            rule=rule,
        )
    )


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    # Babel writes amounts with nonbreaking spaces.
    return str(part.get_content()).replace("\N{NO-BREAK SPACE}", " ")


def calendar_file(message: EmailMessage) -> bytes:
    (attachment,) = message.iter_attachments()
    payload = attachment.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def calendar_of(message: EmailMessage) -> Any:
    return Calendar.from_ical(calendar_file(message))


def calendars_of(message: EmailMessage) -> list[Any]:
    """Returns every calendar file of a mail, parsed."""
    return [Calendar.from_ical(file.get_payload(decode=True)) for file in message.iter_attachments()]


def arrived(message: EmailMessage) -> EmailMessage:
    parsed = email.message_from_bytes(message.as_bytes(policy=SMTP), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        (
            "en",
            "Wed 15 April 2026|09:00 to 10:00 CEST|1 hour|Hello Ada Lovelace,|Meeting Room 1|€50.00|€5.00|Voucher SUMMER20|-€11.00"
            "|€37.35|VAT 19%|€6.39|VAT 7%|€0.26|Total|€44.00|Central European Time (Europe/Berlin)",
        ),
        (
            "de",
            "Mi., 15. April 2026|09:00 bis 10:00 Uhr MESZ|1 Stunde|Guten Tag Ada Lovelace,|Meeting Room 1|50,00 €|5,00 €|Gutschein SUMMER20"
            "|-11,00 €|37,35 €|MwSt. 19 %|6,39 €|MwSt. 7 %|0,26 €|Gesamtbetrag|44,00 €|Mitteleuropäische Zeit (Europe/Berlin)",
        ),
    ],
)
def test_text_and_html_say_the_same_in_the_customers_language(kind: str, locale: str, expected: str) -> None:
    shown = content(mail(customer={"locale": locale}), kind)
    assert [words for words in expected.split("|") if words not in shown] == []
    for always in ("Torstraße 1", "hello@mitte.example", "+49 30 1234567", "https://mitte.example", "BO"):
        assert always in shown


def test_a_customer_without_language_gets_the_organizations() -> None:
    assert "Guten Tag" in content(mail(organization={"locale": "de"}), "plain")
    message = mail(organization={"locale": "de"}, customer={"locale": "en"})
    assert "Hello" in content(message, "plain")
    assert '<html lang="en">' in content(message, "html")


def test_lines_are_shown_before_the_discount_so_that_they_add_up_with_it() -> None:
    assert (
        sum(line.total + line.discount_amount for line in NINE.lines) - AMOUNTS.discount_amount
        == AMOUNTS.total
    )
    assert "1 x Meeting: €50.00" in content(mail(), "plain")


def test_without_a_discount_none_is_mentioned() -> None:
    full = tuple(line.model_copy(update={"discount_amount": 0}) for line in NINE.lines)
    shown = content(mail(booking(NINE.start, NINE.end, lines=full), order={"voucher": None}), "plain")
    assert "Voucher" not in shown
    assert "Discount" not in shown


def test_a_currency_without_minor_units_has_no_decimals() -> None:
    assert "Total: ¥4,400" in content(mail(order={"currency": "JPY"}), "plain").replace("JP¥", "¥")


@pytest.mark.parametrize(
    ("locale", "one", "several"),
    [
        (
            "en",
            "Your booking at Coworking Mitte: Wed 15 April 2026, 09:00",
            "Your 2 bookings at Coworking Mitte, from Wed 15 April 2026, 09:00",
        ),
        (
            "de",
            "Ihre Buchung bei Coworking Mitte: Mi., 15. April 2026, 09:00 Uhr",
            "Ihre 2 Buchungen bei Coworking Mitte, ab Mi., 15. April 2026, 09:00 Uhr",
        ),
    ],
)
def test_the_subject_says_where_and_when_or_how_many(locale: str, one: str, several: str) -> None:
    later = booking(at("2026-04-16T09:00"), at("2026-04-16T10:00"), 2)
    assert arrived(mail(customer={"locale": locale}))["Subject"] == one
    assert subject_of(mail(later, NINE, customer={"locale": locale})) == several


def canceled(booked: Booking) -> Booking:
    return booked.model_copy(update={"status": "canceled", "version": booked.version + 1})


def subject_of(message: EmailMessage) -> str:
    # If a line is folded right after the header's name, Python's parser takes the space for a part of the text.
    return str(arrived(message)["Subject"]).strip()


def between(text: str, start: str, end: str) -> str:
    """Returns the text after the last `start` and before the next `end`. Both must exist."""
    assert start in text
    after = text.rpartition(start)[2]
    assert end in after
    return after.partition(end)[0]


THURSDAY = booking(
    at("2026-04-16T09:00"), at("2026-04-16T10:00"), 2, services={"desk": 1}, resource_ids=("second",)
)
FRIDAY = booking(
    at("2026-04-17T09:00"), at("2026-04-17T10:00"), 3, services={"desk": 1}, resource_ids=("second",)
)
BOTH_FORMS = pytest.mark.parametrize("form", ["plain", "html"])
PRICES = ["€", "Total", "Gesamtbetrag", "Net:", "Netto", "VAT", "MwSt", "SUMMER20", "Coffee"]


@BOTH_FORMS
def test_a_confirmation_lists_and_adds_up_the_bookings_that_are_not_canceled(form: str) -> None:
    of_both = {
        "amounts": AMOUNTS.model_copy(update={"total": 8800}),
        "taxes": tuple(tax.model_copy(update={"tax_amount": 2 * tax.tax_amount}) for tax in TAXES),
    }
    shown = content(mail(NINE, canceled(THURSDAY), order=of_both), form)
    assert shown == content(mail(NINE), form)
    assert "€44.00" in shown
    assert "16 April" not in shown


@pytest.mark.parametrize(
    ("locale", "one", "several"),
    [
        (
            "en",
            "Your booking is canceled: Coworking Mitte, Thu 16 April 2026, 09:00",
            "Your bookings are canceled: Coworking Mitte, from Wed 15 April 2026, 09:00",
        ),
        (
            "de",
            "Ihre Buchung wurde storniert: Coworking Mitte, Do., 16. April 2026, 09:00 Uhr",
            "Ihre Buchungen wurden storniert: Coworking Mitte, ab Mi., 15. April 2026, 09:00 Uhr",
        ),
    ],
)
def test_a_cancellation_says_so_in_subject_and_heading_and_counts_what_is_canceled(
    locale: str, one: str, several: str
) -> None:
    customer = {"locale": locale}
    for message, subject in (
        (mail(NINE, canceled(THURSDAY), kind="cancellation", customer=customer), one),
        (mail(canceled(THURSDAY), canceled(NINE), FRIDAY, kind="cancellation", customer=customer), several),
    ):
        assert subject_of(message) == subject
        assert f"&ensp;{subject.partition(':')[0]}</td>" in content(message, "html")
        assert "confirmed" not in content(message, "html")
        assert "bestätigt" not in content(message, "html")


@BOTH_FORMS
@pytest.mark.parametrize(
    ("locale", "says", "remain", "canceled_day", "remaining_days"),
    [
        (
            "en",
            "This booking is canceled",
            "Your other bookings are unchanged",
            "Wed 15 April 2026",
            ["Thu 16 April 2026", "Fri 17 April 2026"],
        ),
        (
            "de",
            "diese Buchung wurde storniert",
            "Ihre anderen Buchungen bleiben bestehen",
            "Mi., 15. April 2026",
            ["Do., 16. April 2026", "Fr., 17. April 2026"],
        ),
    ],
)
def test_a_cancellation_lists_what_is_canceled_then_what_remains_without_any_price(
    locale: str, says: str, remain: str, canceled_day: str, remaining_days: list[str], form: str
) -> None:
    answers = {"custom_entries": {"a": answer("Seating", "Rows")}}
    message = mail(
        FRIDAY, THURSDAY, canceled(NINE), kind="cancellation", customer={"locale": locale}, order=answers
    )
    shown = content(message, form)
    assert says in shown
    leaves, _, remains = shown.partition(remain)
    assert (canceled_day in leaves, "Meeting Room 1" in leaves) == (True, True)
    assert (canceled_day in remains, "Meeting Room 1" in remains) == (False, False)
    assert [day in leaves for day in remaining_days] == [False, False]
    assert remains.index(remaining_days[0]) < remains.index(remaining_days[1])
    assert [price for price in PRICES if price in shown] == []
    assert "Seating" not in shown


@BOTH_FORMS
@pytest.mark.parametrize(
    ("locale", "one"),
    [("en", "Your other booking is unchanged"), ("de", "Ihre andere Buchung bleibt bestehen")],
)
def test_a_cancellation_speaks_of_what_remains_only_where_something_does(
    locale: str, one: str, form: str
) -> None:
    customer = {"locale": locale}
    assert one in content(mail(THURSDAY, canceled(NINE), kind="cancellation", customer=customer), form)
    everything = content(
        mail(canceled(NINE), canceled(THURSDAY), kind="cancellation", customer=customer), form
    )
    for words in ("other booking", "remain", "andere", "bestehen"):
        assert words not in everything.replace("andere Pläne", "").replace("ein andermal", "")
    assert [price for price in PRICES if price in everything] == []


def test_a_cancellation_takes_each_canceled_booking_out_of_the_calendar_by_a_file_of_its_own() -> None:
    message = arrived(mail(NINE, canceled(THURSDAY), canceled(FRIDAY), kind="cancellation"))
    calendars = calendars_of(message)
    for attachment in message.iter_attachments():
        assert isinstance(attachment, EmailMessage)
        assert attachment["Content-Type"].params["method"] == "CANCEL"
    assert [
        (calendar["METHOD"], [(str(event["UID"]), event["STATUS"]) for event in calendar.walk("VEVENT")])
        for calendar in calendars
    ] == [("CANCEL", [("order-2@frontdesk", "CANCELLED")]), ("CANCEL", [("order-3@frontdesk", "CANCELLED")])]
    (before,) = calendar_of(mail(THURSDAY)).walk("VEVENT")
    after = calendars[0].walk("VEVENT")[0]
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            [
                "adds this to your calendar",
                "removes this from your calendar",
                "brings your calendar up to date",
            ],
        ),
        (
            "de",
            [
                "tragen Sie den Termin in Ihren Kalender ein",
                "entfernen Sie den Termin aus Ihrem Kalender",
                "bringen Sie Ihren Kalender auf den neuen Stand",
            ],
        ),
    ],
)
@BOTH_FORMS
def test_the_mail_says_what_its_calendar_file_does(locale: str, words: list[str], form: str) -> None:
    kinds: tuple[MessageKind, ...] = ("confirmation", "cancellation", "change")
    shown = [
        content(mail(THURSDAY, canceled(NINE), kind=kind, customer={"locale": locale}), form)
        for kind in kinds
    ]
    assert [[said in text for said in words] for text in shown] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


@pytest.mark.parametrize(
    ("locale", "one", "several", "total"),
    [
        (
            "en",
            "Your booking has been changed: Coworking Mitte, Thu 16 April 2026, 09:00",
            "Your bookings have been changed: Coworking Mitte, from Thu 16 April 2026, 09:00",
            "€44.00",
        ),
        (
            "de",
            "Ihre Buchung wurde geändert: Coworking Mitte, Do., 16. April 2026, 09:00 Uhr",
            "Ihre Buchungen wurden geändert: Coworking Mitte, ab Do., 16. April 2026, 09:00 Uhr",
            "44,00 €",
        ),
    ],
)
def test_a_change_lists_the_bookings_as_they_are_now_with_prices(
    locale: str, one: str, several: str, total: str
) -> None:
    message = mail(canceled(NINE), THURSDAY, kind="change", customer={"locale": locale})
    assert subject_of(message) == one
    assert subject_of(mail(FRIDAY, THURSDAY, kind="change", customer={"locale": locale})) == several
    assert f"&ensp;{one.partition(':')[0]}</td>" in content(message, "html")
    for form in ("plain", "html"):
        shown = content(message, form)
        assert "Meeting Room 2" in shown
        assert "15" not in shown.replace("1.15", "").replace("15px", "")
        assert shown.count(total) == 1
    calendar = calendar_of(message)
    assert (calendar["METHOD"], [event["STATUS"] for event in calendar.walk("VEVENT")]) == (
        "PUBLISH",
        ["CONFIRMED"],
    )


PROJECTOR = booking(
    NINE.start, NINE.end, 4, super_booking="order-1", services={"desk": 1}, resource_ids=("second",)
)


@BOTH_FORMS
@pytest.mark.parametrize("kind", ["confirmation", "change", "cancellation"])
def test_a_sub_booking_stands_below_its_booking_without_a_date_of_its_own(
    kind: MessageKind, form: str
) -> None:
    same_time = booking(NINE.start, NINE.end, 2)
    bookings = (NINE, same_time, FRIDAY, PROJECTOR)
    shown = content(mail(*(map(canceled, bookings) if kind == "cancellation" else bookings), kind=kind), form)
    first, second = between(shown, "</style>" if form == "html" else "Hello", "17 April 2026").split(
        "09:00 to 10:00"
    )[1:]
    assert ("+ Desk" in first, "Meeting Room 2" in first) == (True, True)
    assert first.index("Meeting Room 1") < first.index("+ Desk")
    assert "+" not in second
    assert shown.count("09:00 to 10:00") == 3


@BOTH_FORMS
def test_a_sub_booking_is_priced_and_not_counted(form: str) -> None:
    message = mail(NINE, PROJECTOR)
    assert arrived(message)["Subject"].startswith("Your booking at")
    shown = content(message, form)
    # The text lists prices for each booking, HTML their sum for equal items.
    assert (shown.count("€50.00"), shown.count("€100.00")) == ((2, 0) if form == "plain" else (0, 1))
    assert "€88.00" in shown


def test_a_sub_booking_has_no_event_of_its_own() -> None:
    for kind, bookings in {
        "confirmation": (NINE, PROJECTOR),
        "cancellation": (canceled(NINE), canceled(PROJECTOR)),
    }.items():
        (event,) = calendar_of(mail(*bookings, kind=kind)).walk("VEVENT")  # type: ignore[arg-type]
        assert event["UID"] == "order-1@frontdesk"


@BOTH_FORMS
@pytest.mark.parametrize(("locale", "calendar"), [("en", "calendar"), ("de", "Kalender")])
def test_a_sub_booking_canceled_alone_shows_its_date_and_leaves_the_calendar_alone(
    locale: str, calendar: str, form: str
) -> None:
    message = mail(NINE, canceled(PROJECTOR), kind="cancellation", customer={"locale": locale})
    assert list(message.iter_attachments()) == []
    shown = content(message, form)
    assert (calendar in shown, "None" in shown) == (False, False)
    assert "+" not in shown.replace("+49", "")
    assert shown.count("09:00 to 10:00" if locale == "en" else "09:00 bis 10:00") == 2


def test_bookings_come_in_the_order_of_time() -> None:
    shown = content(mail(booking(at("2026-05-20T09:00"), at("2026-05-20T10:00"), 2), NINE), "plain")
    assert shown.index("15 April") < shown.index("20 May")


def test_a_booking_over_midnight_shows_both_dates() -> None:
    shown = content(mail(booking(at("2026-04-17T22:00"), at("2026-04-18T02:30"))), "plain")
    assert "Fri 17 April 2026\n22:00 to Sat 18 April 2026, 02:30 CEST (4 hours 30 minutes)" in shown


def test_an_hour_that_comes_twice_is_told_apart_by_its_zone() -> None:
    twice = booking(at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1))
    assert "02:30 CEST to 02:30 CET (1 hour)" in content(mail(twice), "plain")
    assert "02:30 Uhr MESZ bis 02:30 Uhr MEZ (1 Stunde)" in content(
        mail(twice, customer={"locale": "de"}), "plain"
    )


@pytest.mark.parametrize(
    ("day", "after", "hours"), [("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)]
)
def test_the_days_of_a_clock_change_have_23_and_25_hours(day: str, after: str, hours: int) -> None:
    assert f"({hours} hours)" in content(mail(booking(at(f"{day}T00:00"), at(f"{after}T00:00"))), "plain")


@pytest.mark.parametrize(
    ("zone", "times", "name"),
    [
        ("America/New_York", "03:00 to 04:00 EDT", "Eastern Time (America/New_York)"),
        ("Asia/Tokyo", "16:00 to 17:00 JST", "Japan Time (Asia/Tokyo)"),
        ("America/Sao_Paulo", "04:00 to 05:00 GMT-03:00", "Brasilia Time (America/Sao_Paulo)"),
        ("UTC", "07:00 to 08:00 UTC", "Coordinated Universal Time (UTC)"),
    ],
)
def test_times_are_on_the_clock_of_the_place_whose_zone_is_named(zone: str, times: str, name: str) -> None:
    there = booking(NINE.start, NINE.end, timezone=zone)
    for shown in (content(mail(order={"timezone": zone}), "plain"), content(mail(there), "plain")):
        assert times in shown
        assert f"All times are in the time zone {name}." in shown


def test_each_booking_is_on_the_clock_of_its_own_place() -> None:
    loft = booking(NINE.start, NINE.end, 2, timezone="America/New_York")
    for kind in ("plain", "html"):
        shown = content(mail(NINE, loft), kind)
        assert "09:00 to 10:00 CEST" in shown
        assert "03:00 to 04:00 EDT" in shown
    zones = "Central European Time (Europe/Berlin), Eastern Time (America/New_York)"
    assert f"Each time is in the time zone of its place: {zones}." in content(mail(NINE, loft), "plain")
    message = mail(loft, NINE.model_copy(update={"start": NINE.end, "end": NINE.end + 3600}))
    assert str(message["Subject"]).endswith("from Wed 15 April 2026, 03:00")


@pytest.mark.parametrize(
    ("zone", "month", "code", "german"),
    [
        ("Europe/Dublin", "07", "IST", "IST"),
        ("Europe/Dublin", "01", "GMT", "GMT"),
        ("Europe/London", "07", "BST", "BST"),
        ("Africa/Casablanca", "07", "GMT+01:00", "GMT+01:00"),
        ("Europe/Athens", "07", "EEST", "OESZ"),
        ("Europe/Lisbon", "01", "WET", "WEZ"),
        ("Asia/Kolkata", "07", "IST", "IST"),
    ],
)
def test_a_time_has_its_zones_own_letters(zone: str, month: str, code: str, german: str) -> None:
    start = at(f"2030-{month}-15T09:00", zone)
    booked = booking(start, start + 3600, timezone=zone)
    assert f"09:00 to 10:00 {code} " in content(mail(booked), "plain")
    assert f"09:00 bis 10:00 Uhr {german} " in content(mail(booked, customer={"locale": "de"}), "plain")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_zones_name_does_not_depend_on_the_season(language: str) -> None:
    footers: dict[str, list[str]] = {}
    for zone in ("Europe/Dublin", "Europe/London", "Africa/Casablanca", "Antarctica/Troll", "America/Nuuk"):
        for month in ("01", "07"):
            start = at(f"2030-{month}-15T09:00", zone)
            shown = content(
                mail(booking(start, start + 3600, timezone=zone), customer={"locale": language}), "plain"
            )
            (footer,) = (line for line in shown.splitlines() if zone in line)
            footers.setdefault(zone, []).append(footer)
    assert all(winter == summer for winter, summer in footers.values())
    assert "Greenwich" not in "".join(footers["Europe/Dublin"])


def test_several_services_and_resources_are_all_named() -> None:
    many = booking(NINE.start, NINE.end, resource_ids=("room", "second"), services={"meeting": 1, "desk": 12})
    shown = content(mail(many), "plain")
    assert "Meeting, 12 x Desk" in shown
    assert "Meeting Room 1, Meeting Room 2" in shown


def test_the_mail_comes_from_the_organizations_name_and_answers_go_to_it() -> None:
    message = arrived(mail())
    assert message["From"] == "Coworking Mitte <bookings@mitte.example>"
    assert message["To"] == "Ada Lovelace <ada@example.com>"
    assert message["Reply-To"] == "Coworking Mitte <hello@mitte.example>"


def test_nobody_is_asked_to_reply_where_nobody_reads() -> None:
    message = mail(organization={"email": None})
    assert message["Reply-To"] is None
    assert "reply" not in content(message, "plain")
    assert "reply" not in content(message, "html")


def test_each_booking_has_a_calendar_file_with_its_event() -> None:
    second = booking(at("2026-04-17T22:00"), at("2026-04-18T02:00"), 2, version=3)
    calendars = calendars_of(mail(NINE, second))
    (first_event,), (second_event,) = (calendar.walk("VEVENT") for calendar in calendars)
    assert [calendar["METHOD"] for calendar in calendars] == ["PUBLISH", "PUBLISH"]
    assert first_event["DTSTART"].dt == datetime(2026, 4, 15, 7, tzinfo=UTC)
    assert first_event["DTEND"].dt == datetime(2026, 4, 15, 8, tzinfo=UTC)
    assert first_event["DTSTAMP"].dt == datetime(2026, 4, 1, 10, tzinfo=UTC)
    assert first_event["STATUS"] == "CONFIRMED"
    assert first_event["SUMMARY"] == "Meeting, Coworking Mitte"
    assert first_event["LOCATION"] == "Meeting Room 1, Torstraße 1, 10119 Berlin"
    assert first_event["ORGANIZER"] == "mailto:hello@mitte.example"
    assert second_event["DTEND"].dt == datetime(2026, 4, 18, 0, tzinfo=UTC)
    assert {str(event["UID"]).split("@")[0] for event in (first_event, second_event)} == {
        "order-1",
        "order-2",
    }


def test_a_changed_booking_replaces_its_event() -> None:
    (before,) = calendar_of(mail(NINE)).walk("VEVENT")
    (after,) = calendar_of(mail(NINE.model_copy(update={"version": 2}))).walk("VEVENT")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_the_same_order_makes_the_same_calendar_file() -> None:
    assert calendar_file(mail()) == calendar_file(mail())


def test_the_attachment_says_its_method_as_calendars_expect() -> None:
    (attachment,) = arrived(mail()).iter_attachments()
    assert isinstance(attachment, EmailMessage)
    assert attachment.get_content_type() == "text/calendar"
    assert attachment["Content-Type"].params["method"] == "PUBLISH"
    assert str(attachment.get_filename()).endswith(".ics")


def test_every_part_travels_in_7_bits() -> None:
    message = mail(
        customer={"locale": "de", "given_name": "Jürgen"},
        organization={"name": "Büro Süd"},
        names="Müllerstraße",
    )
    assert message.as_bytes(policy=SMTP).isascii()


def test_stored_text_is_no_html_and_no_template() -> None:
    noted = booking(NINE.start, NINE.end, customer_note="<script>alert(1)</script>\nline & two {{ 7 * 7 }}")
    shown = content(mail(noted, organization={"name": "<b>Mitte</b> {number}"}, names="<img src=x>"), "html")
    for harmful in ("<script", "<b>", "<img"):
        assert harmful not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>line &amp; two {{ 7 * 7 }}" in shown
    assert "{number}" in shown


def answer(label: str, value: Any, type: FieldType = "text", *, visible: bool = True) -> CustomEntry:
    return CustomEntry(
        value=value, formatted_value="as it was formatted", label=label, type=type, visible=visible
    )


ANSWERS = {
    "badge": answer("Name on the badge", "A. Lovelace"),
    "weight": answer("Weight", 1234.5678, "number"),
    "people": answer("People", 1500, "number"),
    "power": answer("Power", True, "boolean"),
    "sound": answer("Sound", False, "boolean"),
    "born": answer("Born", "1990-03-01", "date"),
    "seating": answer("Seating", "Rows", "choice"),
    "colors": answer("Colors", ["red", "blue"], "choices"),
}
SHOWN = {
    "en": "Name on the badge: A. Lovelace|Weight: 1,234.5678|People: 1,500|Power: Yes|Sound: No|Born: 1 March 1990|Seating: Rows|Colors: red, blue",
    "de": "Name on the badge: A. Lovelace|Weight: 1.234,5678|People: 1.500|Power: Ja|Sound: Nein|Born: 1. März 1990|Seating: Rows|Colors: red, blue",
}


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("locale", SHOWN)
@pytest.mark.parametrize("on_the_order", [True, False])
def test_answers_are_shown_in_the_language_of_the_mail(on_the_order: bool, locale: str, kind: str) -> None:
    if on_the_order:
        message = mail(order={"custom_entries": ANSWERS}, customer={"locale": locale})
    else:
        message = mail(booking(NINE.start, NINE.end, custom_entries=ANSWERS), customer={"locale": locale})
    shown = content(message, kind)
    assert [words for words in SHOWN[locale].split("|") if shown.count(words) != 1] == []
    assert "as it was formatted" not in shown


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_answers_for_staff_only_are_not_shown(kind: str) -> None:
    hidden = {"risk": answer("Risk", "pays late", visible=False), "seen": answer("Seating", "Rows")}
    shown = content(
        mail(booking(NINE.start, NINE.end, custom_entries=hidden), order={"custom_entries": hidden}), kind
    )
    assert shown.count("Seating: Rows") == 2
    assert "Risk" not in shown
    assert "pays late" not in shown
    only_hidden = {"risk": hidden["risk"]}
    assert content(
        mail(
            booking(NINE.start, NINE.end, custom_entries=only_hidden), order={"custom_entries": only_hidden}
        ),
        kind,
    ) == content(mail(), kind)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_answers_stand_below_their_booking_and_the_orders_after_all_bookings(kind: str) -> None:
    first = booking(
        NINE.start, NINE.end, customer_note="Bring a badge", custom_entries={"a": answer("First", "1")}
    )
    second = booking(NINE.start + 86400, NINE.end + 86400, 2, custom_entries={"a": answer("Second", "2")})
    shown = content(mail(first, second, order={"custom_entries": {"b": answer("Order", "3")}}), kind)
    in_order = ["Bring a badge", "First: 1", "16 April", "Second: 2", "Order: 3", "Voucher SUMMER20"]
    # The subject and the preheader contain a date too. The last one is the booking's own.
    places = [shown.rindex(words) for words in in_order]
    assert places == sorted(places)


def test_the_text_sets_the_orders_answers_apart() -> None:
    shown = content(
        mail(order={"custom_entries": {"a": answer("Seating", "Rows"), "b": answer("Color", "red")}}), "plain"
    )
    assert "  2 x Coffee: €5.00\n\nSeating: Rows\nColor: red\n\nVoucher" in shown.replace("\r\n", "\n")


@pytest.mark.parametrize("on_the_order", [True, False])
def test_an_answer_is_no_html_and_no_template(on_the_order: bool) -> None:
    harmful = {
        "a": answer("<b>Label</b>", "<script>alert(1)</script>\nline & two {{ 7 * 7 }}", "long_text"),
        "b": answer("in\u202evoice", ["<img src=x>", "so\u2066und"], "choices"),
    }
    message = (
        mail(order={"custom_entries": harmful})
        if on_the_order
        else mail(booking(NINE.start, NINE.end, custom_entries=harmful))
    )
    html, plain = content(message, "html"), content(message, "plain")
    for tag in ("<script", "<b>", "<img"):
        assert tag not in html
    assert (
        "&lt;b&gt;Label&lt;/b&gt;: &lt;script&gt;alert(1)&lt;/script&gt;<br>line &amp; two {{ 7 * 7 }}"
        in html
    )
    assert "invoice: &lt;img src=x&gt;, sound" in html
    assert "invoice: <img src=x>, sound" in plain


@settings(max_examples=40)
@given(
    st.text(max_size=60)
    | st.sampled_from(
        ["A\r\nBcc: e@evil.example", 'x", <e@evil.example>, "', "\u202egnp.exe", "ü, ö;" * 20, "\ud800"]
    )
)
def test_no_name_adds_a_header_a_recipient_or_an_event(name: str) -> None:
    noted = booking(NINE.start, NINE.end, customer_note=name)
    message = mail(
        noted,
        organization={"name": name, "address": (name,)},
        customer={"given_name": name, "family_name": name},
        names=name,
    )
    received = arrived(message)
    assert received.keys() == message.keys() == mail().keys()
    assert [address.addr_spec for address in received["To"].addresses] == ["ada@example.com"]
    assert [address.addr_spec for address in received["From"].addresses] == ["bookings@mitte.example"]
    (event,) = calendar_of(received).walk("VEVENT")
    assert event.keys() == next(iter(calendar_of(mail()).walk("VEVENT"))).keys()


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\x00", "\x1b"])
def test_no_part_carries_marks_that_hide_or_turn_text(mark: str) -> None:
    text = f"in{mark}voice"
    noted = booking(NINE.start, NINE.end, customer_note=text)
    message = mail(noted, organization={"name": text}, customer={"given_name": text}, names=text)
    (event,) = calendar_of(message).walk("VEVENT")
    parts = [str(message["Subject"]), str(message["To"]), content(message, "plain"), content(message, "html")]
    parts += [str(event[name]) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")]
    for part in parts:
        assert mark not in part
        assert "invoice" in part


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "ada@",
        "@example.com",
        "a@b, c@d",
        "a@b@c",
        "a@b\r\nBcc: c@d",
        "ädä@example.com",
        "<a@b.c>",
        "a@b..c",
        "a@b;c@d",
    ],
)
def test_what_is_no_address_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(MailRefused) as refusal:
        mail(customer={"email": address})
    assert address not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_domain_with_umlauts_travels_in_its_ascii_form() -> None:
    assert (
        arrived(mail(customer={"email": "ada@büro.example"}))["To"].addresses[0].addr_spec
        == "ada@xn--bro-hoa.example"
    )


def many(**fields: Any) -> list[Booking]:
    return [booking(NINE.start + 7_200 * n, NINE.end + 7_200 * n, n + 1, **fields) for n in range(1_000)]


def test_a_mail_of_very_long_notes_says_how_many_it_leaves_out() -> None:
    """A thousand bookings with notes of 2,000 characters were 19 MB, and five seconds."""
    message = mail(*many(customer_note="&" * 2_000))
    assert len(bytes(message)) < 4_000_000
    shown = content(message, "plain").count("&" * 2_000)
    assert 100 < shown < 200
    assert content(message, "html").count("&amp;" * 2_000) == shown
    assert all(f"And {1_000 - shown} more." in content(message, form) for form in ("plain", "html"))
    assert "€44,000.00" in content(message, "plain"), "the total is of all"


def test_a_mail_of_a_thousand_short_bookings_is_whole() -> None:
    message = mail(*many(customer_note="Window, please"))
    assert content(message, "plain").count("Window, please") == 1_000
    assert "more." not in content(message, "plain")


def test_parts_and_prices_without_number_are_left_out_too() -> None:
    parts = many(customer_note="x" * 2_000)[1:]
    parts = [each.model_copy(update={"super_booking": NINE.id}) for each in parts]
    message = mail(NINE, *parts)
    assert len(bytes(message)) < 4_000_000
    assert content(message, "plain").count("more.") == 1


def test_names_without_end_leave_a_calendar_file_small() -> None:
    """A booking may be of a hundred services, whose names have 200 characters."""
    (event,) = calendar_of(mail(names="N" * 20_000)).walk("VEVENT")
    assert (len(event["summary"]), len(event["location"])) == (1_000, 1_000)
