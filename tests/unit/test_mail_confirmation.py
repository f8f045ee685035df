"""What a customer is sent: words, amounts and times, the calendar file, and that no stored text can change the mail's form."""

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

from frontdesk.mail.confirmation import render_confirmation
from frontdesk.model.catalog import Customer, Organization
from frontdesk.model.order import Amounts, Booking, Line, Order, TaxTotal, VoucherUse
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
    organization: dict[str, Any] | None = None,
    customer: dict[str, Any] | None = None,
    order: dict[str, Any] | None = None,
    names: str | None = None,
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
    return render_confirmation(
        organization=Organization(**(known_organization | (organization or {}))),
        order=Order(**(known_order | (order or {}))),
        bookings=booked,
        resources={"room": names or "Meeting Room 1", "second": "Meeting Room 2"},
        services={"meeting": names or "Meeting", "desk": "Desk"},
        customer=Customer(**(known_customer | (customer or {}))),
        sender="bookings@mitte.example",
    )


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    # Babel writes amounts with spaces that don't break.
    return str(part.get_content()).replace("\N{NO-BREAK SPACE}", " ")


def calendar_file(message: EmailMessage) -> bytes:
    (attachment,) = message.iter_attachments()
    payload = attachment.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def calendar_of(message: EmailMessage) -> Any:
    return Calendar.from_ical(calendar_file(message))


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
            "Mi., 15. April 2026|09:00 bis 10:00 MESZ|1 Stunde|Guten Tag Ada Lovelace,|Meeting Room 1|50,00 €|5,00 €|Gutschein SUMMER20"
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
    assert sum(line.total + line.discount_amount for line in NINE.lines) - AMOUNTS.discount_amount == AMOUNTS.total
    assert "1 x Meeting: €50.00" in content(mail(), "plain")


def test_without_a_discount_none_is_mentioned() -> None:
    full = AMOUNTS.model_copy(update={"discount_amount": 0})
    shown = content(mail(order={"voucher": None, "amounts": full}), "plain")
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
            "Ihre Buchung bei Coworking Mitte: Mi., 15. April 2026, 09:00",
            "Ihre 2 Buchungen bei Coworking Mitte, ab Mi., 15. April 2026, 09:00",
        ),
    ],
)
def test_the_subject_says_where_and_when_or_how_many(locale: str, one: str, several: str) -> None:
    later = booking(at("2026-04-16T09:00"), at("2026-04-16T10:00"), 2)
    assert arrived(mail(customer={"locale": locale}))["Subject"] == one
    assert arrived(mail(later, NINE, customer={"locale": locale}))["Subject"] == several


def test_bookings_come_in_the_order_of_time() -> None:
    shown = content(mail(booking(at("2026-05-20T09:00"), at("2026-05-20T10:00"), 2), NINE), "plain")
    assert shown.index("15 April") < shown.index("20 May")


def test_a_booking_over_midnight_shows_both_dates() -> None:
    shown = content(mail(booking(at("2026-04-17T22:00"), at("2026-04-18T02:30"))), "plain")
    assert "Fri 17 April 2026\n22:00 to Sat 18 April 2026, 02:30 CEST (4 hours 30 minutes)" in shown


def test_an_hour_that_comes_twice_is_told_apart_by_its_zone() -> None:
    twice = booking(at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1))
    assert "02:30 CEST to 02:30 CET (1 hour)" in content(mail(twice), "plain")
    assert "02:30 MESZ bis 02:30 MEZ (1 Stunde)" in content(mail(twice, customer={"locale": "de"}), "plain")


@pytest.mark.parametrize(("day", "after", "hours"), [("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25)])
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
def test_times_are_on_the_clock_of_the_orders_zone_which_is_named(zone: str, times: str, name: str) -> None:
    shown = content(mail(order={"timezone": zone}), "plain")
    assert times in shown
    assert name in shown


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


def test_the_calendar_file_has_one_event_a_booking() -> None:
    second = booking(at("2026-04-17T22:00"), at("2026-04-18T02:00"), 2, version=3)
    calendar = calendar_of(mail(NINE, second))
    first_event, second_event = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert first_event["DTSTART"].dt == datetime(2026, 4, 15, 7, tzinfo=UTC)
    assert first_event["DTEND"].dt == datetime(2026, 4, 15, 8, tzinfo=UTC)
    assert first_event["DTSTAMP"].dt == datetime(2026, 4, 1, 10, tzinfo=UTC)
    assert first_event["STATUS"] == "CONFIRMED"
    assert first_event["SUMMARY"] == "Meeting, Coworking Mitte"
    assert first_event["LOCATION"] == "Meeting Room 1, Torstraße 1, 10119 Berlin"
    assert first_event["ORGANIZER"] == "mailto:hello@mitte.example"
    assert second_event["DTEND"].dt == datetime(2026, 4, 18, 0, tzinfo=UTC)
    assert {str(event["UID"]).split("@")[0] for event in (first_event, second_event)} == {"order-1", "order-2"}


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
    message = mail(customer={"locale": "de", "given_name": "Jürgen"}, organization={"name": "Büro Süd"}, names="Müllerstraße")
    assert message.as_bytes(policy=SMTP).isascii()


def test_stored_text_is_no_html_and_no_template() -> None:
    noted = booking(NINE.start, NINE.end, customer_note="<script>alert(1)</script>\nline & two {{ 7 * 7 }}")
    shown = content(mail(noted, organization={"name": "<b>Mitte</b> {number}"}, names="<img src=x>"), "html")
    for harmful in ("<script", "<b>", "<img"):
        assert harmful not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>line &amp; two {{ 7 * 7 }}" in shown
    assert "{number}" in shown


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=60) | st.sampled_from(["A\r\nBcc: e@evil.example", 'x", <e@evil.example>, "', "\u202egnp.exe", "ü, ö;" * 20, "\ud800"])
)
def test_no_name_adds_a_header_a_recipient_or_an_event(name: str) -> None:
    noted = booking(NINE.start, NINE.end, customer_note=name)
    message = mail(noted, organization={"name": name, "address": (name,)}, customer={"given_name": name, "family_name": name}, names=name)
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
    "address", ["ada", "ada@", "@example.com", "a@b, c@d", "a@b@c", "a@b\r\nBcc: c@d", "ädä@example.com", "<a@b.c>", "a@b..c", "a@b;c@d"]
)
def test_what_is_no_address_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(MailRefused) as refusal:
        mail(customer={"email": address})
    assert address not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_domain_with_umlauts_travels_in_its_ascii_form() -> None:
    assert arrived(mail(customer={"email": "ada@büro.example"}))["To"].addresses[0].addr_spec == "ada@xn--bro-hoa.example"


@pytest.mark.parametrize("address", [None, ""])
def test_a_customer_without_an_address_gets_no_mail(address: str | None) -> None:
    with pytest.raises(ValueError, match="no e-mail address"):
        mail(customer={"email": address})
