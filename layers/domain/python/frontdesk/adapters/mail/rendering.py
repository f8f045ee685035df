"""Renders mails about an order, as text, HTML and calendar files, in the recipient's language."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from itertools import chain
from typing import Any

from babel import Locale
from babel.numbers import format_percent
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from frontdesk.adapters.mail import formats
from frontdesk.adapters.mail.calendars import calendar_file, resource_names, service_names
from frontdesk.adapters.mail.headers import POLICY, address_of
from frontdesk.adapters.mail.texts import TEXTS
from frontdesk.domain.catalog.message_rules import MAX_FILLED, filled
from frontdesk.domain.messages.calendars import MAX_FILES, CalendarObject, calendar_objects
from frontdesk.domain.messages.series import Entry, entries_of, zone_of
from frontdesk.domain.messages.telling import Letter
from frontdesk.domain.orders.order import Booking, Line
from frontdesk.domain.orders.pricing import amounts_of, taxes_of
from frontdesk.domain.texts import one_line, printable

# More bookings than this are listed compactly, because Gmail cuts a mail at 102 kB.
_MAX_LOOSE = 8
# A cancellation lists up to this many remaining bookings or series, and gives the number of the other bookings.
_MAX_REMAINING = 20
# The most characters of the bookings in a mail, and the most of their prices. A thousand bookings with short texts need a third of it. SES
# refuses mails of more than 40 MB, and a thousand long notes alone would have 20 MB.
MAX_SHOWN = 300_000


def render_mail(letter: Letter) -> EmailMessage:
    """Returns the mail for a letter. Raises MailRefused if the address is invalid."""
    organization, order, addressee = letter.organization, letter.order, letter.addressee
    assert letter.telling.told, "a mail is about a booking"
    objects = [] if letter.telling.kind == "reminder" else calendar_objects(letter.telling, order)
    view = _view(letter, objects)
    message = EmailMessage(policy=POLICY)
    message["Subject"] = one_line(view["subject"])
    message["From"] = address_of(organization.name, letter.sender)
    message["To"] = address_of(addressee.name, addressee.email)
    if organization.email:
        message["Reply-To"] = address_of(organization.name, organization.email)
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.at, UTC))
    # Exchange respects only the second header.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_templates().get_template("mail.txt").render(view))
    message.add_alternative(_templates().get_template("mail.html").render(view), subtype="html")
    organizer = address_of("", organization.email or letter.sender).addr_spec
    for calendar_object in objects[:MAX_FILES]:
        number = order.number if len(objects) == 1 else calendar_object.events[0].booking.number
        message.add_attachment(
            calendar_file(calendar_object, letter, organizer),
            maintype="text",
            subtype="calendar",
            filename=f"{number}.ics",
            params={"method": calendar_object.method, "charset": "utf-8"},
        )
    # Set last, because setting the content removes all Content- headers.
    message["Content-Language"] = addressee.language
    return message


def _view(letter: Letter, objects: list[CalendarObject]) -> dict[str, Any]:
    """Returns the variables of the templates: everything that a mail shows, formatted in the recipient's language."""
    telling, organization, order, addressee = (
        letter.telling,
        letter.organization,
        letter.order,
        letter.addressee,
    )
    language = addressee.language
    texts, locale = TEXTS[language], Locale.parse(language)
    is_cancellation = telling.kind == "cancellation"
    entries = entries_of(telling.told, order)
    heads = sorted(chain.from_iterable(entry.heads for entry in entries), key=lambda each: each.start)
    first, count = heads[0], len(heads)
    zone = zone_of(first, order)
    when = formats.moment(first.start, zone, locale)
    one_series = entries[0] if len(entries) == 1 and entries[0].pattern else None
    what = service_names(first, letter)
    fill = {"organization": organization.name, "when": when, "count": count, "what": what}
    name = _name_of_texts(letter, heads)
    if one_series:
        fill["when"] = _series_line(one_series, letter, texts, locale)

    def words(part: str) -> str:
        number = (
            "series" if one_series and part in ("subject", "preheader") else "one" if count == 1 else "many"
        )
        return words_of_all(f"{part}_{number}")

    def words_of_all(part: str) -> str:
        of = (f"{name}_", "staff_" if addressee.customer_id is None else "", "")
        return texts[next(f"{each}{part}" for each in of if f"{each}{part}" in texts)]

    shows_prices = letter.whole and telling.kind in ("confirmation", "change")
    is_part = telling.kind == "change" and len(telling.told) < order.active_bookings
    priced = [line for booking in telling.told for line in booking.lines]
    zones = dict.fromkeys(
        zone_of(booking, order) for booking in (*heads, *(b for b in telling.remaining[:_MAX_REMAINING]))
    )
    own = _own_words(letter, first, count, locale)
    listed = _fitting(_entry(entry, letter, texts, locale, shows_prices) for entry in entries)
    left_out = sum(len(entry.heads) for entry in entries[len(listed) :])
    lines = _lines(priced, letter, texts, locale, shows_prices)
    price_lines = _fitting(lines)
    return {
        "language": language,
        "t": texts,
        "is_cancellation": is_cancellation,
        "subject": own["subject"] or words("subject").format(**fill),
        "preheader": words("preheader").format(**fill),
        "heading": words("heading"),
        "greeting": _greeting(letter, texts),
        "intro": words("intro"),
        "before": own["before"],
        "after": own["after"],
        "organization": organization,
        "number": order.number,
        "customer": _customer_line(letter, texts),
        "entries": listed,
        "entries_more": _more(left_out, texts),
        "is_close": len(listed) > _MAX_LOOSE,
        "price_lines": price_lines,
        "lines_more": _more(len(lines) - len(price_lines), texts),
        **_remaining(letter, texts, locale),
        "answers": formats.entries(order.custom_entries, texts, locale)
        if letter.whole and telling.kind == "confirmation"
        else [],
        "shows_prices": shows_prices,
        "times": texts[f"times_{'one' if len(zones) == 1 else 'many'}"].format(
            zone=", ".join(formats.zone_name(each, locale) for each in zones)
        ),
        "calendar": _calendar_words(telling.kind, objects, count, texts),
        "questions": words_of_all("questions") if organization.email else "",
        "total_title": texts[f"total_part_{'one' if count == 1 else 'many'}" if is_part else "total"],
        **_sums(letter, priced, texts, locale),
    }


def _name_of_texts(letter: Letter, heads: Iterable[Booking]) -> str:
    """Returns the name of the texts to use, such as "confirmation", "staff_change" or "order_cancellation"."""
    kind: str = letter.telling.kind
    if kind == "reminder" and letter.rule is not None and letter.rule.event == "after_end":
        kind = "thanks"
    if letter.addressee.customer_id is None:
        return f"staff_{kind}"
    # All bookings are for other people in the customer's order.
    is_others = kind in ("change", "cancellation") and not any(letter.is_own(each) for each in heads)
    return f"order_{kind}" if is_others else kind


def _greeting(letter: Letter, texts: Mapping[str, str]) -> str:
    if letter.addressee.customer_id is None:
        return ""
    name = one_line(letter.addressee.name)
    return texts["greeting"].format(name=name) if name else texts["greeting_nameless"]


def _customer_line(letter: Letter, texts: Mapping[str, str]) -> str | None:
    """Returns the customer's name in mails for staff, and None in mails for customers."""
    name = letter.customers.get(letter.order.customer_id or "")
    return f"{texts['customer']}: {name}" if letter.addressee.customer_id is None and name else None


def _entry(
    entry: Entry, letter: Letter, texts: Mapping[str, str], locale: Locale, shows_prices: bool
) -> dict[str, Any]:
    """Returns the template's variables for one entry of the list of bookings: a single booking, or a series."""
    first, order = entry.first, letter.order
    zone = zone_of(first, order)
    if entry.pattern:
        starts = [booking.start for booking in entry.bookings]
        at = formats.series_times(starts, first.end - first.start, zone, locale)
        at["date"] = _capitalized(formats.pattern_words(entry.pattern, zone, locale))
        dates = texts["dates"].format(
            count=len(starts),
            first=formats.day(starts[0], zone, locale),
            last=formats.day(starts[-1], zone, locale),
        )
    else:
        at, dates = formats.times(first.start, first.end, zone, locale), ""
    left_out = entry.pattern.missing if entry.pattern else ()
    moved_away = {booking.slot_in_series for booking in entry.differing}
    is_own = letter.is_own(first)
    every_part = entry.parts_of_first
    parts = _fitting(
        {
            "what": service_names(part, letter),
            "where": resource_names(part, letter),
            "customer_note": part.customer_note if is_own else None,
            "answers": formats.entries(part.custom_entries, texts, locale),
            "lines": [] if entry.pattern else _lines(part.lines, letter, texts, locale, shows_prices),
        }
        for part in every_part
    )
    guest = (
        letter.customers.get(first.customer_id or "")
        if first.customer_id != letter.addressee.customer_id
        else None
    )
    shows_guest = guest and (first.own_customer or order.each_their_own)
    was = letter.telling.was
    before = []
    if was and letter.telling.kind in ("change", "cancellation") and first in letter.telling.told:
        if (was.start, was.end) != (first.start, first.end):
            before.append(formats.span(was.start, was.end, zone, locale))
        if was.resource_ids and was.resource_ids != first.resource_ids:
            before.append(resource_names(first, letter, was.resource_ids))
    return {
        **at,
        "dates": dates,
        "except": "; ".join(formats.day(each, zone, locale) for each in left_out if each not in moved_away),
        "differing": [formats.span(b.start, b.end, zone, locale) for b in entry.differing],
        "before": ", ".join(before),
        "what": service_names(first, letter),
        "where": resource_names(first, letter),
        "guest": guest if shows_guest else None,
        "customer_note": first.customer_note if is_own else None,
        "answers": formats.entries(first.custom_entries, texts, locale) if is_own or letter.whole else [],
        "parts": parts,
        "parts_more": _more(len(every_part) - len(parts), texts),
        "lines": _lines(
            [line for each in (*entry.heads, *entry.parts) for line in each.lines] if entry.pattern else first.lines,
            letter, texts, locale, shows_prices,
        ),
    }  # fmt: skip


def _fitting(shown: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the first parts of a mail, up to about MAX_SHOWN characters in total."""
    kept, left = [], MAX_SHOWN
    for each in shown:
        kept.append(each)
        left -= _characters(each)
        if left < 0:
            break
    return kept


def _characters(shown: Any) -> int:
    if isinstance(shown, str):
        return len(shown)
    parts = shown.values() if isinstance(shown, dict) else shown if isinstance(shown, list) else ()
    return sum(map(_characters, parts))


def _more(count: int, texts: Mapping[str, str]) -> str | None:
    return texts["and_more"].format(count=count) if count else None


def _lines(
    lines: Iterable[Line], letter: Letter, texts: Mapping[str, str], locale: Locale, shows_prices: bool
) -> list[dict[str, Any]]:
    """Returns the lines of the price list, before discounts.

    Merges the lines of the same item into one line, and adds up their quantities and prices. For example, a
    series with six dates has six lines to merge.
    """
    together: dict[tuple[str, str, str], list[int]] = {}
    for line in lines if shows_prices else ():
        title = texts["starting_fee"].format(title=line.title) if line.kind == "starting_fee" else line.title
        sums = together.setdefault((line.kind, line.reference, title), [0, 0])
        sums[0] += line.quantity
        sums[1] += line.total + line.discount_amount
    return [
        {
            "title": title,
            "quantity": quantity,
            "total": formats.money(total, letter.order.currency, locale),
        }
        for (_, _, title), (quantity, total) in together.items()
    ]


def _sums(letter: Letter, lines: list[Line], texts: Mapping[str, str], locale: Locale) -> dict[str, Any]:
    """Returns the formatted sums of these lines. The order's own amounts would be wrong here, because they include canceled bookings."""
    amounts, order = amounts_of(lines), letter.order

    def money(amount: int) -> str:
        return formats.money(amount, order.currency, locale)

    return {
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
            for tax in taxes_of(lines)
        ],
        "total": money(amounts.total),
    }


def _remaining(letter: Letter, texts: Mapping[str, str], locale: Locale) -> dict[str, Any]:
    """Returns the bookings that remain after a cancellation, without prices.

    Shows the first _MAX_REMAINING entries, and how many bookings the other entries have.
    """
    entries = entries_of(letter.telling.remaining, letter.order)
    count = sum(len(entry.heads) for entry in entries)
    shown = entries[:_MAX_REMAINING]
    left_out = count - sum(len(entry.heads) for entry in shown)
    return {
        "remaining_title": texts[f"remaining_{'one' if count == 1 else 'many'}"] if count else None,
        "remaining": [_entry(entry, letter, texts, locale, False) for entry in shown],
        "remaining_more": _more(left_out, texts),
    }


def _series_line(entry: Entry, letter: Letter, texts: Mapping[str, str], locale: Locale) -> str:
    """Formats a series on one line: Every Monday 09:00, 6 dates."""
    assert entry.pattern is not None
    zone = zone_of(entry.first, letter.order)
    every = formats.pattern_words(entry.pattern, zone, locale)
    return texts["series_line"].format(
        every=every, time=formats.clock(entry.first.start, zone, locale), count=len(entry.heads)
    )


def _calendar_words(
    kind: str, objects: list[CalendarObject], count: int, texts: Mapping[str, str]
) -> str | None:
    if not objects:
        return None
    one = "one" if count == 1 else "series"
    number = one if len(objects) == 1 else "many" if len(objects) <= MAX_FILES else "first"
    return texts[f"{kind}_calendar_{number}"].format(count=MAX_FILES)


def _own_words(letter: Letter, first: Booking, count: int, locale: Locale) -> dict[str, str]:
    """Returns the message rule's texts (`subject`, `before`, `after`) with their placeholders filled in. Without a rule, they are empty."""
    language, rule = letter.addressee.language, letter.rule
    words = rule.words.get(language) or rule.words.get(letter.organization.language) if rule else None
    if words is None:
        return {"subject": "", "before": "", "after": ""}
    zone = zone_of(first, letter.order)
    customer = letter.customers.get(letter.order.customer_id or "", "")
    values = {
        "customer_name": letter.addressee.name or customer,
        "given_name": letter.addressee.given_name or letter.addressee.name or customer,
        "organization": letter.organization.name,
        "order_number": letter.order.number,
        "date": formats.day(first.start, zone, locale),
        "time": formats.clock(first.start, zone, locale),
        "end_time": formats.clock(first.end, zone, locale),
        "service": service_names(first, letter),
        "resource": resource_names(first, letter),
        "count": str(count),
    }
    return {name: filled(getattr(words, name), values, most) for name, most in MAX_FILLED.items()}


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


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
