"""Writes one mail of each kind and language to tests/files/mails, to show changes: `python -m tests.support.mails`."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from frontdesk.domain.catalog.message_rules import MessageRule
from tests.support.demo import (
    ADA,
    BERND,
    CATALOG,
    COFFEE,
    NINE,
    ORGANIZATION,
    SECOND_ROOM,
    SUMMER20,
    desks,
    meeting,
)
from tests.support.desk import Desk, text

FILES = Path(__file__).parent.parent / "files/mails"
LOCALES = ("en", "de")
STAFF = "team@coworking-mitte.example"
COFFEES = [{"add_on_id": COFFEE.id, "quantity": 2}]
# The organization's own texts.
NOTE = {"en": "Please bring an adapter for HDMI.", "de": "Bitte HDMI-Adapter mitbringen."}
WORDS = {
    "en": {
        "subject": "{given_name}, your {service} on {date}",
        "before": "The door opens with code 4711 from {time} on. Your room: {resource}.\n\nIt is reserved for {customer_name}.",
        "after": "Lunch is at half past twelve.\nSee you soon, {organization}",
    },
    "de": {
        "subject": "{given_name}, Ihr Termin am {date}",
        "before": "Die Tür öffnet ab {time} Uhr mit dem Code 4711. Ihr Raum: {resource}.\n\nEr ist für {customer_name} reserviert.",
        "after": "Mittagessen gibt es um halb eins.\nBis bald, {organization}",
    },
}


def desk(locale: str, *bookings: dict[str, Any], rules: Sequence[MessageRule] = (), **config: object) -> Desk:
    """Returns a desk where everybody speaks this language."""
    catalog = [
        item.model_copy(update={"locale": locale}) if item in (ADA, BERND, ORGANIZATION) else item
        for item in CATALOG
    ]
    return Desk(rules=rules, catalog=catalog, bookings=list(bookings), **config)


def rule(event: Any, **fields: Any) -> MessageRule:
    return MessageRule.model_validate({"id": "rule", "name": "Rule", "event": event, **fields})


def last(at: Desk, to: str | None = None) -> EmailMessage:
    """Returns the last mail, of all or to an address."""
    at.wake()
    return [mail for mail in at.mailer.sent if to in (None, mail["To"].addresses[0].addr_spec)][-1]


def confirmation(locale: str) -> EmailMessage:
    booked = meeting(booking_add_ons=COFFEES, customer_note=NOTE[locale])
    return last(desk(locale, booked, voucher_code=SUMMER20.code))


def sixty(locale: str) -> EmailMessage:
    days = [NINE + timedelta(days=n + n // 5 * 2) for n in range(50)]
    mornings = [meeting(day) for day in days[:10]]
    return last(desk(locale, *mornings, *[desks(1 + n % 2, day) for n, day in enumerate(days)]))


def series(locale: str) -> EmailMessage:
    at = desk(locale, meeting(recurring={"frequency": "weekly", "count": 6}, booking_add_ons=COFFEES))
    at.cancel(2, notify=False)
    at.move(4, 3 * 7 * 24 + 2, notify_customer=False)
    return last(at)


def change(locale: str) -> EmailMessage:
    at = desk(locale, meeting(booking_add_ons=COFFEES), desks(2))
    at.wake()
    at.move(1, 26, resource_id=SECOND_ROOM.id)
    return last(at)


def change_of_a_date(locale: str) -> EmailMessage:
    at = desk(locale, meeting(recurring={"frequency": "weekly", "count": 6}))
    at.wake()
    at.move(3, 2 * 7 * 24 + 3)
    return last(at)


def cancellation(locale: str) -> EmailMessage:
    at = desk(locale, meeting(), meeting(NINE + timedelta(days=1)), desks(2))
    at.wake()
    at.cancel(2)
    return last(at)


def cancellation_of_all(locale: str) -> EmailMessage:
    at = desk(locale, meeting(recurring={"frequency": "weekly", "count": 6}))
    at.wake()
    at.cancel()
    return last(at)


def guest(locale: str) -> EmailMessage:
    own = desks(1, customer_id=BERND.id) | {"customer_note": NOTE[locale]}
    return last(desk(locale, meeting(), own), BERND.email)


def with_guest(locale: str) -> EmailMessage:
    own = desks(1, customer_id=BERND.id) | {"customer_note": NOTE[locale]}
    return last(desk(locale, meeting(), own), ADA.email)


def staff(locale: str) -> EmailMessage:
    to_staff = rule("confirmation", recipients=["staff"], staff_emails=[STAFF])
    return last(desk(locale, meeting(customer_note=NOTE[locale]), rules=[to_staff]), STAFF)


def staff_of_a_change(locale: str) -> EmailMessage:
    at = desk(locale, meeting(), rules=[rule("change", recipients=["staff"], staff_emails=[STAFF])])
    at.wake()
    at.move(1, 2)
    return last(at, STAFF)


def own_words(locale: str) -> EmailMessage:
    return last(desk(locale, meeting(), rules=[rule("confirmation", words=WORDS)]))


def _reminder(locale: str, event: str, after: timedelta, **fields: Any) -> EmailMessage:
    at = desk(locale, meeting(customer_note=NOTE[locale]), rules=[rule(event, **fields)])
    at.wake()
    at.clock.at = int((NINE + after).timestamp()) + 30
    assert at.remind() == 1
    at.sweep(0)
    return last(at)


def reminder(locale: str) -> EmailMessage:
    return _reminder(locale, "before_start", timedelta(days=-1), offset=24 * 60)


def reminder_in_own_words(locale: str) -> EmailMessage:
    return _reminder(locale, "before_start", timedelta(days=-1), offset=24 * 60, words=WORDS)


def thanks(locale: str) -> EmailMessage:
    return _reminder(locale, "after_end", timedelta(hours=3), offset=120)


MAILS: dict[str, Callable[[str], EmailMessage]] = {
    each.__name__: each
    for each in (
        confirmation, sixty, series, with_guest, guest, change, change_of_a_date, cancellation, cancellation_of_all,
        reminder, reminder_in_own_words, thanks, own_words, staff, staff_of_a_change,
    )
}  # fmt: skip


def files(name: str, locale: str) -> Iterator[tuple[Path, str]]:
    """Yields the file of a mail's text, with its subject, and the file of its HTML."""
    mail = MAILS[name](locale)
    html = mail.get_body(("html",))
    assert html is not None
    yield FILES / f"{name}.{locale}.txt", f"Subject: {mail['Subject']}\n\n{_lines(text(mail))}"
    yield FILES / f"{name}.{locale}.html", _lines(str(html.get_content()))


def _lines(content: str) -> str:
    return content.replace("\r\n", "\n").rstrip() + "\n"


def main() -> None:
    FILES.mkdir(parents=True, exist_ok=True)
    for old in FILES.iterdir():
        old.unlink()
    for name in MAILS:
        for locale in LOCALES:
            for path, content in files(name, locale):
                path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
