"""The confirmation mail: once for an order with mail, once more on request, and none otherwise."""

import time
from typing import Any

import pytest
from babel.dates import format_date

from tests.system.client import Answer, Api, Desk, Hour
from tests.system.conftest import Mailbox

# Long enough to notice a second delivery of a stream record.
QUIET_SECONDS = 3


def number(placed: Answer) -> str:
    assert placed.status == 201
    return str(placed.attributes["number"])


def test_each_order_that_asks_for_it_brings_one_mail_in_the_customers_language(
    api: Api, desk: Desk, demo: dict[str, Any], mailbox: Mailbox
) -> None:
    hours: dict[str, Hour] = {}
    orders: dict[str, Answer] = {}
    for language, customer in {"en": "customer_id", "de": "german_customer_id"}.items():
        hours[language] = desk.hour()
        meeting = desk.meeting(
            hours[language], booking_add_ons=desk.coffees(2), customer_note="Bring the map", note="pays late"
        )
        orders[language] = api.place(
            desk.order(
                meeting, order_customer_id=demo[customer], voucher_code="SUMMER20", notify_customer=True
            )
        )
    numbers = {language: number(placed) for language, placed in orders.items()}
    for expected in numbers.values():
        mailbox.wait_for(lambda mail, expected=expected: expected in mail["BodyText"])
    time.sleep(QUIET_SECONDS)
    [english], [german] = mailbox.about(numbers["en"]), mailbox.about(numbers["de"])

    assert english["To"] == ["ada@example.com"]
    for body in (english["BodyText"], english["BodyHtml"]):
        assert "Hello Ada Lovelace," in body
        assert "Meeting Room" in body
        assert format_date(hours["en"].start, "EEE d MMMM y", locale="en") in body
        assert f"{hours['en'].start:%H:%M}" in body
        assert f"{hours['en'].end:%H:%M}" in body
        assert "Bring the map" in body
        assert "pays late" not in body
        for amount in ("€50.00", "€5.00", "-€11.00", "€37.35", "€44.00"):
            assert amount in body
    assert english["Subject"].startswith("Your booking at Coworking Mitte: ")

    assert german["To"] == ["bernd@example.com"]
    for body in (german["BodyText"], german["BodyHtml"]):
        assert "Guten Tag Bernd Beispiel," in body
        assert format_date(hours["de"].start, "EEE, d. MMMM y", locale="de") in body
        assert "Coffee" in body
        plain = body.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
        for amount in ("50,00 €", "5,00 €", "-11,00 €", "37,35 €", "44,00 €"):
            assert amount in plain
    assert german["Subject"].startswith("Ihre Buchung bei Coworking Mitte: ")


def test_a_customer_is_notified_unless_told_otherwise(api: Api, desk: Desk, mailbox: Mailbox) -> None:
    body = desk.order(desk.meeting())
    del body["notify_customer"]
    expected = number(api.place(body))
    mailbox.wait_for(lambda mail: expected in mail["BodyText"])


def test_drafts_refusals_and_orders_that_do_not_ask_bring_no_mail(
    api: Api, desk: Desk, mailbox: Mailbox
) -> None:
    hour = desk.hour()
    silent = [
        number(api.place(desk.order(desk.meeting(hour), notify_customer=False))),
        number(api.place(desk.order(desk.meeting(), complete_order=False, notify_customer=True))),
    ]
    sent = len(mailbox.mails())
    assert api.place(desk.order(desk.meeting(hour), notify_customer=True)).status == 422
    without_customer = desk.order(desk.meeting(), notify_customer=True)
    del without_customer["order_customer_id"]
    silent.append(number(api.place(without_customer)))

    # A mail requested later arrives; theirs do not.
    last = number(api.place(desk.order(desk.meeting(), notify_customer=True)))
    mailbox.wait_for(lambda mail: last in mail["BodyText"])
    time.sleep(QUIET_SECONDS)
    assert [mailbox.about(expected) for expected in silent] == [[], [], []]
    assert len(mailbox.mails()) == sent + 1


def test_send_notification_sends_one_more_and_says_to_whom(api: Api, desk: Desk, mailbox: Mailbox) -> None:
    placed = api.place(desk.order(desk.meeting(), notify_customer=True))
    expected = number(placed)
    first = mailbox.wait_for(lambda mail: expected in mail["BodyText"])

    sent = api.send_notification(placed.id)
    assert sent.status == 200
    notification = sent.document["meta"]["notification"]
    assert (notification["status"], notification["recipient"]) == ("sent", "ada@example.com")
    assert notification["sent_at"].endswith("+00:00")
    time.sleep(QUIET_SECONDS)
    [again] = [mail for mail in mailbox.about(expected) if mail["MessageId"] != first["MessageId"]]
    assert again["MessageId"].split("@")[0] == notification["message_id"].split("@")[0]
    assert (again["Subject"], again["BodyText"]) == (first["Subject"], first["BodyText"])


def test_send_notification_works_for_an_order_that_sent_none(
    api: Api, desk: Desk, demo: dict[str, Any], mailbox: Mailbox
) -> None:
    placed = api.place(desk.order(desk.meeting(), order_customer_id=demo["german_customer_id"]))
    assert (
        api.send_notification(placed.id).document["meta"]["notification"]["recipient"] == "bernd@example.com"
    )
    assert len(mailbox.about(number(placed))) == 1


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"complete_order": False}, "order not completed"),
        ({"order_customer_id": None}, "customer without email"),
    ],
)
def test_what_can_not_be_confirmed_is_refused(
    api: Api, desk: Desk, fields: dict[str, Any], title: str
) -> None:
    placed = api.place(desk.order(desk.meeting(), **fields))
    refused = api.send_notification(placed.id)
    assert refused.status == 422
    assert [error["title"] for error in refused.errors] == [title]
