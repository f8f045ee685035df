"""The mails about an order, as the customer gets them: text, HTML and a calendar file, in the customer's language."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_name
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from babel.units import format_unit
from icalendar import Calendar, Event, vCalAddress
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from frontdesk.adapters.mail.texts import TEXTS, ZONE_LETTERS
from frontdesk.domain.catalog.addresses import read_address
from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.catalog.items import Customer, Organization
from frontdesk.domain.orders.order import Booking, Line, NotificationKind, Order, ordinal_of
from frontdesk.domain.orders.pricing import amounts_of, taxes_of
from frontdesk.domain.texts import one_line, printable
from frontdesk.usecases.ports import MailRefused

# What a mail server may not be able to pass on otherwise: bodies are encoded to 7 bits.
_POLICY = SMTP.clone(cte_type="7bit")


def render_mail(
    *,
    kind: NotificationKind,
    organization: Organization,
    order: Order,
    bookings: Sequence[Booking],
    resources: Mapping[str, str],
    services: Mapping[str, str],
    customer: Customer,
    sender: str,
) -> EmailMessage:
    """The mail about an order, with all of its bookings; `resources` and `services` are names by id.

    A cancellation tells of the canceled bookings, and then of those that remain; the other kinds tell of these only.
    Raises ValueError for a customer without an address or where there is no booking to tell of, MailRefused where an
    address is none that a mail can go to.
    """
    if not customer.email:
        raise ValueError("the customer has no e-mail address")
    told, remaining = [booking for booking in bookings if booking.status != "canceled"], list[Booking]()
    if kind == "cancellation":
        told, remaining = [booking for booking in bookings if booking.status == "canceled"], told
    if not told:
        raise ValueError("no booking to tell of")
    language = customer.locale or organization.locale
    # A sub-booking is in the event of the booking that it is a part of.
    events = [booking for booking in told if booking.super_booking is None]
    view = _view(kind, language, organization, order, told, remaining, resources, services, customer)
    view |= {"calendar": TEXTS[language][f"{kind}_calendar"] if events else None}
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = one_line(view["subject"])
    message["From"] = _address(organization.name, sender)
    message["To"] = _address(customer.full_name, customer.email)
    if organization.email:
        message["Reply-To"] = _address(organization.name, organization.email)
    message["Date"] = format_datetime(datetime.fromtimestamp(order.updated_at, UTC))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_templates().get_template("mail.txt").render(view))
    message.add_alternative(_templates().get_template("mail.html").render(view), subtype="html")
    if events:
        method: Literal["PUBLISH", "CANCEL"] = "CANCEL" if kind == "cancellation" else "PUBLISH"
        message.add_attachment(
            _calendar(method, organization, order, events, resources, services, sender),
            maintype="text",
            subtype="calendar",
            filename=f"{order.number}.ics",
            params={"method": method, "charset": "utf-8"},
        )
    # Last: setting content drops every Content- header that was there.
    message["Content-Language"] = language
    return message


def _view(
    kind: NotificationKind,
    language: str,
    organization: Organization,
    order: Order,
    told: Sequence[Booking],
    remaining: Sequence[Booking],
    resources: Mapping[str, str],
    services: Mapping[str, str],
    customer: Customer,
) -> dict[str, Any]:
    """Everything that the templates show, formatted."""
    texts, locale = TEXTS[language], Locale.parse(language)
    is_cancellation = kind == "cancellation"
    priced = [line for booking in told for line in booking.lines]
    amounts = amounts_of(priced)

    def money(amount: int) -> str:
        exponent: int = get_currency_precision(order.currency)
        return str(format_currency(Decimal(amount).scaleb(-exponent), order.currency, locale=locale))

    def shown(line: Line) -> dict[str, Any]:
        title = texts["starting_fee"].format(title=line.title) if line.kind == "starting_fee" else line.title
        return {"title": title, "quantity": line.quantity, "total": money(line.total + line.discount_amount)}

    def words(name: str, count: int) -> str:
        return texts[f"{name}_{'one' if count == 1 else 'many'}"]

    def zone_of(booking: Booking) -> ZoneInfo:
        return ZoneInfo(booking.timezone or order.timezone)

    def section(title: str | None, bookings: Sequence[Booking]) -> dict[str, Any]:
        shown_bookings = [
            {
                "is_part": is_part,
                "what": _service_names(booking, services),
                "where": _resource_names(booking, resources),
                "customer_note": booking.customer_note,
                "entries": _entries(booking.custom_entries, texts, locale),
                "lines": [] if is_cancellation else [shown(line) for line in booking.lines],
                **_times(booking, zone_of(booking), locale),
            }
            for booking, is_part in _in_order(bookings)
        ]
        return {"title": title, "bookings": shown_bookings}

    heads = [booking for booking, is_part in _in_order(told) if not is_part]
    first, count = heads[0], len(heads)
    when = f"{_day(first.start, zone_of(first), locale)}, {_clock(first.start, zone_of(first), locale)}"
    zones = dict.fromkeys(zone_of(booking) for booking, _ in _in_order([*told, *remaining]))
    what = _service_names(first, services)
    fill = {"organization": organization.name, "when": when, "count": count, "what": what}
    return {
        "language": language,
        "t": texts,
        "is_cancellation": is_cancellation,
        "subject": words(f"{kind}_subject", count).format(**fill),
        "preheader": words(f"{kind}_preheader", count).format(**fill),
        "heading": words(f"{kind}_heading", count),
        "greeting": texts["greeting"].format(name=one_line(customer.full_name))
        if customer.full_name
        else texts["greeting_nameless"],
        "intro": words(f"{kind}_intro", count),
        "organization": organization,
        "number": order.number,
        "sections": [
            section(None, told),
            *(
                [
                    section(
                        words("remaining", sum(not is_part for _, is_part in _in_order(remaining))), remaining
                    )
                ]
                if remaining
                else []
            ),
        ],
        "entries": [] if is_cancellation else _entries(order.custom_entries, texts, locale),
        # Of what is listed, so that it adds up: the order's own amounts know of canceled bookings too.
        "discount": money(-amounts.discount_amount) if amounts.discount_amount else None,
        "discount_title": texts["voucher"].format(code=order.voucher.code)
        if order.voucher
        else texts["discount"],
        "net": money(amounts.net_amount),
        "taxes": [
            {
                "title": texts["tax"].format(
                    rate=format_percent(tax.rate / 100, locale=locale, decimal_quantization=False)
                ),
                "amount": money(tax.tax_amount),
            }
            for tax in taxes_of(priced)
        ],
        "total": money(amounts.total),
        "times": words("times", len(zones)).format(
            zone=", ".join(_zone_name(zone, locale) for zone in zones)
        ),
    }


def _in_order(bookings: Sequence[Booking]) -> list[tuple[Booking, bool]]:
    """By time, each booking followed by its sub-bookings (True). One whose booking is not among them stands for itself."""
    by_id = {booking.id: booking for booking in bookings}
    heads = {booking.id: by_id.get(booking.super_booking or "", booking) for booking in bookings}

    def place(booking: Booking) -> tuple[int, int, int]:
        head = heads[booking.id]
        return head.start, ordinal_of(head.id), 0 if head is booking else ordinal_of(booking.id)

    return [(booking, heads[booking.id] is not booking) for booking in sorted(bookings, key=place)]


def _times(booking: Booking, zone: ZoneInfo, locale: Locale) -> dict[str, str]:
    """The date that stands out, and the time below it; an end on another date, or beyond a clock change, says so."""
    start_day, end_day = (_day(instant, zone, locale) for instant in (booking.start, booking.end))
    starts, ends = (_clock(instant, zone, locale) for instant in (booking.start, booking.end))
    start_code, end_code = (_zone_code(instant, zone, locale) for instant in (booking.start, booking.end))
    return {
        "date": start_day,
        "starts": starts if start_code == end_code else f"{starts} {start_code}",
        "ends": f"{ends if start_day == end_day else f'{end_day}, {ends}'} {end_code}",
        "duration": _duration(booking.end - booking.start, locale),
    }


def _duration(seconds: int, locale: Locale) -> str:
    """Hours and minutes that really pass, so that the days of a clock change have 23 and 25 hours."""
    hours, minutes = divmod(seconds // 60, 60)
    parts = ((hours, "duration-hour"), (minutes, "duration-minute"))
    return " ".join(format_unit(value, unit, locale=locale) for value, unit in parts if value)


def _entries(
    entries: Mapping[str, CustomEntry], texts: Mapping[str, str], locale: Locale
) -> list[dict[str, str]]:
    """What the customer may see. `formatted_value` is not for here: it is in the language of whoever booked."""
    return [
        {"label": entry.label, "value": _answer(entry, texts, locale)}
        for entry in entries.values()
        if entry.visible
    ]


def _answer(entry: CustomEntry, texts: Mapping[str, str], locale: Locale) -> str:
    value: Any = entry.value
    match entry.type:
        case "number":
            return str(format_decimal(value, locale=locale, decimal_quantization=False))
        case "boolean":
            return texts["yes" if value else "no"]
        case "date":
            pattern = "d. MMMM y" if locale.language == "de" else "d MMMM y"
            return str(format_date(date.fromisoformat(value), pattern, locale=locale))
        case "choices":
            return ", ".join(value)
        case _:
            return str(value)


def _day(instant: int, zone: ZoneInfo, locale: Locale) -> str:
    pattern = "EEE, d. MMMM y" if locale.language == "de" else "EEE d MMMM y"
    return str(format_date(datetime.fromtimestamp(instant, zone).date(), pattern, locale=locale))


def _clock(instant: int, zone: ZoneInfo, locale: Locale) -> str:
    """On the 24 hour clock, in both languages: it can't be misread."""
    return str(format_time(datetime.fromtimestamp(instant, zone), "HH:mm", tzinfo=zone, locale=locale))


def _zone_name(zone: ZoneInfo, locale: Locale) -> str:
    """The name of the zone the year round: an order's bookings may lie on both sides of a clock change."""
    name = get_global("zone_aliases").get(zone.key, zone.key)
    if get_global("zone_territories").get(name, "ZZ") not in ("ZZ", "001"):
        return f"{get_timezone_name(zone, locale=locale)} ({zone.key})"
    # Without a country, only UTC is called something.
    return (
        f"{get_timezone_name(zone, zone_variant='standard', locale=locale)} ({zone.key})"
        if name == "Etc/UTC"
        else zone.key
    )


def _zone_code(instant: int, zone: ZoneInfo, locale: Locale) -> str:
    """What tells summer from winter time: MESZ, CEST, or GMT+09:00 where nobody has agreed on letters."""
    # Not Babel's letters: it asks for the daylight saving time, which Dublin has in winter.
    moment = datetime.fromtimestamp(instant, zone)
    code = moment.tzname() or ""
    letters = ZONE_LETTERS[locale.language].get(code, code)
    return letters if letters.isalpha() else get_timezone_gmt(moment, locale=locale)


def _service_names(booking: Booking, services: Mapping[str, str]) -> str:
    return ", ".join(
        f"{quantity}\N{NO-BREAK SPACE}x\N{NO-BREAK SPACE}{services.get(id, id)}"
        if quantity > 1
        else services.get(id, id)
        for id, quantity in booking.services.items()
    )


def _resource_names(booking: Booking, resources: Mapping[str, str]) -> str:
    return ", ".join(resources.get(id, id) for id in booking.resource_ids)


def _calendar(
    method: Literal["PUBLISH", "CANCEL"],
    organization: Organization,
    order: Order,
    bookings: Sequence[Booking],
    resources: Mapping[str, str],
    services: Mapping[str, str],
    sender: str,
) -> bytes:
    """One event a booking. Times are in UTC: every calendar shows them on its owner's clock, without a zone to agree on."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Frontdesk//Booking//EN")
    calendar.add("method", method)
    organizer = vCalAddress(f"mailto:{_address('', organization.email or sender).addr_spec}")
    organizer.params["CN"] = one_line(organization.name).replace('"', "'")
    for booking in bookings:
        event = Event()
        event.add("uid", f"{booking.id}@frontdesk")
        event.add("sequence", booking.version - 1)
        event.add("dtstamp", datetime.fromtimestamp(order.updated_at, UTC))
        event.add("dtstart", datetime.fromtimestamp(booking.start, UTC))
        event.add("dtend", datetime.fromtimestamp(booking.end, UTC))
        event.add("summary", one_line(f"{_service_names(booking, services)}, {organization.name}"))
        event.add(
            "location", one_line(", ".join([_resource_names(booking, resources), *organization.address]))
        )
        event.add(
            "description",
            printable("\n".join(filter(None, [f"{order.number} / {booking.number}", booking.customer_note]))),
        )
        event.add("organizer", organizer)
        event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(name: str, email: str) -> Address:
    """Raises MailRefused for what is no address, so that a stored one can never add a header or a recipient."""
    try:
        return Address(display_name=one_line(name.translate(_SPECIALS)), addr_spec=read_address(email).ascii)
    except (ValueError, MessageError):
        # `from None`: the cause quotes the address.
        raise MailRefused("an address that no mail can go to") from None


# Python forgets the quotes around a long name when it folds the header, and these would take it apart.
_SPECIALS = str.maketrans(dict.fromkeys('()<>[]:;@\\,"', " "))


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("frontdesk.adapters.mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
