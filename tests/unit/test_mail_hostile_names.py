"""Mails about a real order: their figures and times, and that no name can change the mail or calendar."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from frontdesk.adapters.mail.rendering import render_mail
from frontdesk.adapters.mail.texts import TEXTS
from frontdesk.domain.catalog.items import Customer, Organization
from frontdesk.domain.catalog.message_rules import PLACEHOLDERS, MessageRule
from frontdesk.domain.messages.message import Message, MessageKind
from frontdesk.domain.messages.telling import Addressee, Letter, telling
from frontdesk.domain.orders.order import Booking, Order, Was, ordinal_of
from tests.support.examples import scaled
from tests.unit.builders import ADA, BERND, MEETING, ORGANIZATION, ROOM, ROOM_2, Shop, booking, desks, order

SENDER, STAFF = "bookings@frontdesk.example", "desk@mitte.example"
ALWAYS_OPEN = [room.model_copy(update={"opening_hours": None}) for room in (ROOM, ROOM_2)]
RESOURCES = {"room": "Meeting Room 1", "room2": "Meeting Room 2", "desks": "Desk Area"}
SERVICES = {"meeting": "Meeting", "desk": "Desk"}


def _placed(
    *bookings: dict[str, Any], shop: Shop | None = None, **fields: Any
) -> tuple[Order, tuple[Booking, ...]]:
    placement = (shop or Shop(*ALWAYS_OPEN)).place(order(*bookings, **fields))
    return placement.order, placement.bookings


def _mail(
    placed: tuple[Order, tuple[Booking, ...]],
    customer: Customer = ADA,
    organization: Organization = ORGANIZATION,
    resources: dict[str, str] = RESOURCES,
    services: dict[str, str] = SERVICES,
    kind: MessageKind = "confirmation",
    rule: MessageRule | None = None,
    *,
    to_staff: bool = False,
) -> EmailMessage:
    """Returns the mail as it arrives: sent as bytes, and parsed again."""
    order = placed[0].model_copy(update={"customer_id": customer.id})
    bookings = [booked.model_copy(update={"customer_id": customer.id}) for booked in placed[1]]
    told = telling(_message(order, bookings, kind), order, bookings, order.updated_at)
    assert told is not None
    to_customer = Addressee(
        customer.email or "", customer.full_name, customer.locale or "en", customer.id, customer.given_name
    )
    mail = render_mail(
        Letter(
            telling=told,
            organization=organization,
            order=order,
            addressee=Addressee(STAFF, "", "en") if to_staff else to_customer,
            whole=True,
            sender=SENDER,
            at=order.updated_at,
            resources=resources,
            services=services,
            customers={customer.id: customer.full_name},
            rule=rule,
        )
    )
    return message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.default)  # type: ignore[return-value]


def _message(order: Order, bookings: list[Booking], kind: MessageKind) -> Message:
    """Returns the message of a cause: a cancellation with the remaining bookings, or a change of a moved booking."""
    canceled, live = (
        tuple(ordinal_of(each.id) for each in bookings if (each.status == "canceled") is gone)
        for gone in (True, False)
    )
    is_cancellation = kind == "cancellation"
    moved = Was(start=bookings[0].start - 86400, end=bookings[0].end - 86400, resource_ids=("room2",))
    return Message(
        order_id=order.id,
        name="0123456789v000001c",
        kind=kind,
        version=order.version,
        ordinals={"cancellation": canceled, "change": live[:1], "reminder": live[:1]}.get(kind, ()),
        beside=live if is_cancellation else (),
        was=moved if kind == "change" else None,
        created_at=order.updated_at,
        due_at=order.updated_at,
    )


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\N{NO-BREAK SPACE}", " ").replace("\r\n", "\n")


def _calendars(mail: EmailMessage) -> list[tuple[EmailMessage, bytes]]:
    found = []
    for attachment in mail.iter_attachments():
        raw = attachment.get_payload(decode=True)
        assert isinstance(attachment, EmailMessage)
        assert isinstance(raw, bytes)
        found.append((attachment, raw))
    return found


def _calendar(mail: EmailMessage) -> tuple[EmailMessage, bytes]:
    (only,) = _calendars(mail)
    return only


COFFEES = booking(booking_add_ons=[{"add_on_id": "coffee", "quantity": 2}], customer_note="Bring a badge")
DISCOUNTED = _placed(COFFEES, order_customer_id="ada", voucher_code="SUMMER20")


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize(
    ("customer", "shown"),
    [
        (
            ADA,
            [
                "Hello Ada Lovelace,", "Wed 15 April 2026", "09:00", "10:00", "Meeting", "Meeting Room 1", "Bring a badge", "€50.00",
                "Coffee", "€5.00", "Voucher SUMMER20", "-€11.00", "Net", "€37.35", "VAT 19%", "€6.39", "VAT 7%", "€0.26", "Total", "€44.00", "Central European Time",
            ],
        ),
        (
            BERND,
            [
                "Guten Tag Bernd Beispiel,", "Mi., 15. April 2026", "09:00", "10:00", "Meeting", "Meeting Room 1", "Bring a badge",
                "50,00 €", "Coffee", "5,00 €", "Gutschein SUMMER20", "-11,00 €", "Netto", "37,35 €", "MwSt. 19 %", "6,39 €", "MwSt. 7 %", "0,26 €",
                "Gesamtbetrag", "44,00 €", "Mitteleuropäische Zeit",
            ],
        ),
    ],
    ids=["en", "de"],
)  # fmt: skip
def test_text_and_html_show_the_order_in_the_customers_language(
    customer: Customer, shown: list[str], kind: str
) -> None:
    body = _body(_mail(DISCOUNTED, customer), kind)
    assert [text for text in (*shown, DISCOUNTED[0].number) if text not in body] == []


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    blanks = {
        language: {name: set(re.findall(r"{\w+}", text)) for name, text in texts.items()}
        for language, texts in TEXTS.items()
    }
    assert blanks["en"] == blanks["de"]


def test_the_headers_say_from_whom_to_whom_and_that_a_machine_wrote_it() -> None:
    mail = _mail(DISCOUNTED, organization=ORGANIZATION.model_copy(update={"email": "hello@mitte.example"}))
    assert str(mail["From"]) == f"Coworking Mitte <{SENDER}>"
    assert str(mail["To"]) == "Ada Lovelace <ada@example.com>"
    assert str(mail["Reply-To"]) == "Coworking Mitte <hello@mitte.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.timestamp() == DISCOUNTED[0].updated_at
    assert mail["Subject"] == "Your booking at Coworking Mitte: Wed 15 April 2026, 09:00"
    assert mail.get_content_type() == "multipart/mixed"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (
            "2026-04-15T22:00:00+02:00",
            "2026-04-16T02:00:00+02:00",
            "Wed 15 April 2026\n22:00 to Thu 16 April 2026, 02:00",
        ),
        ("2026-04-15T23:30:00+00:00", "2026-04-16T00:30:00+00:00", "Thu 16 April 2026\n01:30 to 02:30"),
        (
            "2027-03-28T00:30:00+00:00",
            "2027-03-28T01:30:00+00:00",
            "Sun 28 March 2027\n01:30 CET to 03:30 CEST (1 hour)",
        ),
        (
            "2026-10-24T23:30:00+00:00",
            "2026-10-25T02:30:00+00:00",
            "Sun 25 October 2026\n01:30 CEST to 03:30 CET (3 hours)",
        ),
        (
            "2026-10-25T00:30:00+00:00",
            "2026-10-25T01:30:00+00:00",
            "Sun 25 October 2026\n02:30 CEST to 02:30 CET (1 hour)",
        ),
        (
            "2026-12-31T23:00:00+01:00",
            "2027-01-01T01:00:00+01:00",
            "Thu 31 December 2026\n23:00 to Fri 1 January 2027, 01:00",
        ),
    ],
)
def test_times_are_on_the_orders_clock_over_midnight_and_clock_changes(
    start: str, end: str, shown: str
) -> None:
    assert shown in _body(_mail(_placed(booking(start, end))), "plain")


@pytest.mark.parametrize(("currency", "total"), [("JPY", "¥5,000"), ("KWD", "KWD5.000"), ("USD", "$50.00")])
def test_amounts_have_as_many_decimals_as_their_currency(currency: str, total: str) -> None:
    placed = _placed(shop=Shop(ORGANIZATION.model_copy(update={"currency": currency})))
    assert f"Total: {total}" in _body(_mail(placed), "plain")


def test_a_starting_fee_and_an_unnamed_discount_have_their_own_lines() -> None:
    placed, bookings = _placed(
        shop=Shop(MEETING.model_copy(update={"starting_fee": 700})), voucher_code="ONCE10"
    )
    text = _body(_mail((placed.model_copy(update={"voucher": None}), bookings)), "plain")
    assert "1 x Starting fee, Meeting: €7.00" in text
    assert "Discount: -€10.00" in text


# --- the calendar file -------------------------------------------------------------------------------------------


def test_each_booking_has_a_calendar_of_one_event_in_utc() -> None:
    both = booking(
        "2026-10-24T23:30:00+00:00",
        "2026-10-25T02:30:00+00:00",
        resource_id=["room", "room2"],
        customer_note="Line one\nline; two, \\",
    )
    placed = _placed(desks(2), both, order_customer_id="ada")
    organization = ORGANIZATION.model_copy(
        update={"address": ("Torstraße 1", "10119 Berlin"), "email": "hello@mitte.example"}
    )
    files = _calendars(_mail(placed, organization=organization))
    calendars = [Calendar.from_ical(raw) for _, raw in files]
    (first,), (second,) = (calendar.walk("VEVENT") for calendar in calendars)

    for (attachment, _), calendar, booked in zip(files, calendars, placed[1], strict=True):
        assert attachment.get_content_type() == "text/calendar"
        assert attachment["Content-Type"].params["method"] == calendar["METHOD"] == "PUBLISH"
        assert attachment.get_filename() == f"{booked.number}.ics"
        assert calendar.walk("VTIMEZONE") == []
    assert [str(event["UID"]) for event in (first, second)] == [
        f"{booked.id}@frontdesk" for booked in placed[1]
    ]
    assert [(event["DTSTART"].to_ical(), event["DTEND"].to_ical()) for event in (first, second)] == [
        (b"20260415T070000Z", b"20260415T080000Z"),
        (b"20261024T233000Z", b"20261025T023000Z"),
    ]
    assert str(first["SUMMARY"]).replace("\N{NO-BREAK SPACE}", " ") == "2 x Desk, Coworking Mitte"
    assert second["LOCATION"] == "Meeting Room 1, Meeting Room 2, Torstraße 1, 10119 Berlin"
    assert str(second["DESCRIPTION"]).endswith(f"{placed[1][1].number}\nLine one\nline; two, \\")
    assert (str(second["ORGANIZER"]), second["ORGANIZER"].params["CN"]) == (
        "mailto:hello@mitte.example",
        "Coworking Mitte",
    )
    assert (second["STATUS"], second["SEQUENCE"]) == ("CONFIRMED", 0)
    assert second["DTSTAMP"].dt.timestamp() == placed[0].updated_at


def test_the_calendar_file_keeps_the_rules_of_lines() -> None:
    long = {"room": "Ü" * 300}
    raw = _calendar(_mail(DISCOUNTED, resources=long))[1]
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert Calendar.from_ical(raw).walk("VEVENT")[0]["LOCATION"] == "Ü" * 300


# --- what names can not do ---------------------------------------------------------------------------------------

HOSTILE = [
    "Lovelace " * 8 + ", <evil@example.com>",  # long enough for its header to be folded
    "Ada\r\nBcc: all@example.com",
    "Ada\nX-Evil: 1\n\nbody",
    'Ada", <evil@example.com>, "',
    "Lovelace, Ada; evil@example.com",
    "<script>alert(1)</script> & {{ 7 * 7 }} {% include 'x' %} {organization} {0}",
    "\u202eadA\u202c\u2066\u2028\u2029\x00\x0b\x0c\x85",
    "=?utf-8?q?evil=40example.com=0d=0aBcc:_x?=",
    "Mitte =?utf-8?q?=0D=0ABcc:_evil=40example.com?=",
    "=??Q?:=0D?=",
    "Ä" * 200,
    "x, " * 60,
    " ",
]
KINDS: tuple[MessageKind, ...] = ("confirmation", "cancellation", "change", "reminder")
# Every placeholder of an organization's own text, in each of its places.
BLANKS = " ".join(f"{{{blank}}}" for blank in PLACEHOLDERS)
OWN_WORDS = MessageRule.model_validate(
    {
        "id": "words",
        "name": "Words",
        "event": "confirmation",
        "words": {"en": {"subject": BLANKS, "before": BLANKS, "after": BLANKS}},
    }
)
READERS: dict[str, dict[str, Any]] = {
    "standard": {},
    "own words": {"rule": OWN_WORDS},
    "staff": {"rule": OWN_WORDS, "to_staff": True},
}
NAMES = st.text(max_size=60) | st.text(alphabet=' ,;:<>@"\\()\r\nÄa=?\u202e\u2028', max_size=80)
ICS_NAMES = set(
    "BEGIN END VERSION PRODID METHOD UID SEQUENCE DTSTAMP DTSTART DTEND SUMMARY LOCATION DESCRIPTION ORGANIZER STATUS".split()  # noqa: SIM905
)


def _hostile_mail(name: str, kind: MessageKind, reader: str) -> EmailMessage:
    customer = ADA.model_copy(update={"given_name": name, "family_name": ""})
    organization = ORGANIZATION.model_copy(
        update={"name": name, "email": "hello@mitte.example", "address": (name,)}
    )
    placed, bookings = DISCOUNTED
    (noted,) = (booked.model_copy(update={"customer_note": name}) for booked in bookings)
    gone = noted.model_copy(update={"id": "ord-2", "status": "canceled", "version": 2})
    names = {"room": name, "room2": name}
    return _mail(
        (placed, (noted, gone)), customer, organization, names, {"meeting": name}, kind, **READERS[reader]
    )


def _assert_nothing_was_added(name: str, kind: MessageKind, reader: str) -> None:
    mail = _hostile_mail(name, kind, reader)
    assert sorted(mail.keys()) == sorted(
        [
            "Subject",
            "From",
            "To",
            "Reply-To",
            "Date",
            "Content-Language",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "MIME-Version",
            "Content-Type",
        ]
    )
    to = STAFF if reader == "staff" else "ada@example.com"
    for header, address in (("From", SENDER), ("To", to), ("Reply-To", "hello@mitte.example")):
        assert [found.addr_spec for found in mail[header].addresses] == [address]
        assert not re.search("[\r\n\u2028\u2029\u202a-\u202e\u2066-\u2069]", str(mail[header]))
    assert not re.search("[\r\n\u2028\u2029\u202a-\u202e\u2066-\u2069]", str(mail["Subject"]))

    if kind == "reminder":
        assert list(mail.iter_attachments()) == []
        return
    raw = _calendar(mail)[1]
    assert len(Calendar.from_ical(raw).walk("VEVENT")) == 1
    lines = re.sub(rb"\r\n[ \t]", b"", raw).decode().rstrip("\r\n").split("\r\n")
    assert {re.split("[:;]", line)[0] for line in lines} <= ICS_NAMES
    assert not re.search(
        "[\x00-\x08\x0a-\x1f\x7f]", "".join(lines)
    )  # RFC 5545: no control characters except tab


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_name_adds_a_header_a_recipient_or_an_event(
    name: str, kind: MessageKind, reader: str
) -> None:
    _assert_nothing_was_added(name, kind, reader)


@settings(max_examples=scaled(300))
@given(NAMES, st.sampled_from(KINDS), st.sampled_from(sorted(READERS)))
def test_no_name_at_all_adds_a_header_a_recipient_or_an_event(
    name: str, kind: MessageKind, reader: str
) -> None:
    _assert_nothing_was_added(name, kind, reader)


@pytest.mark.parametrize("reader", ["own words", "staff"])  # which also have the standard texts
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_it_is_and_never_run(name: str, kind: MessageKind, reader: str) -> None:
    mail = _hostile_mail(name, kind, reader)
    html, text = _body(mail, "html"), _body(mail, "plain")
    assert "<script" not in html
    assert "49" not in html.replace(DISCOUNTED[0].number, "").replace(DISCOUNTED[1][0].number, "")
    if "script" in name:
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7 * 7 }}" in html
        assert name in text
