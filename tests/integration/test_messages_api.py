"""Messages as staff see them, through the handlers, and webhooks as their receivers see them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.orders.order import booking_id
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.send import wake
from frontdesk.usecases.ports import MailRefused
from tests.integration.client import Client
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.integration.test_webhooks import WebhookWorld, ready_for_webhooks
from tests.support.demo import ADA, BERND, DESK, desks, meeting
from tests.support.webhooks import Site, receiver

API = "/api/v1"


@pytest.fixture
def client(moto_world: MotoWorld) -> Client:
    return Client(moto_world, moto_world.demo["token"])


@pytest.fixture
def site() -> Iterator[Site]:
    with receiver() as site:
        yield site


def place(client: Client, *bookings: Any, **more: Any) -> str:
    """Places an order and sends its mails."""
    body = {
        "order_customer_id": ADA.id,
        "bookings": list(bookings) or [meeting()],
        "notify_customer": True,
        **more,
    }
    id: str = client.call("POST", f"{API}/orders/from-config", body).data["id"]
    deliver(client, id)
    return id


def deliver(client: Client, id: str) -> None:
    """Handles the order like the stream."""
    wake(Context(client.on.demo["organization_id"], SystemClock(20)), id, "event", world().post_office)


def preview(client: Client, id: str, **attributes: Any) -> Any:
    data = {"type": "message-previews", "attributes": attributes}
    return client.call("POST", f"{API}/orders/{id}/messages/preview", {"data": data})


def refused_by_ses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> str:
        raise MailRefused

    monkeypatch.setattr(world().post_office.mailer, "send", refuse)


def bounced(client: Client, message_id: str, *, kind: str = "Permanent") -> None:
    event = load_event("hear_of_mails")
    detail = event["detail"]
    detail["mail"]["tags"] |= {
        "organization": [client.on.demo["organization_id"]], "message": [message_id],
    }  # fmt: skip
    detail["bounce"]["bounceType"] = kind
    detail["bounce"]["bouncedRecipients"][0]["emailAddress"] = ADA.email
    client.on.invoke("hear_of_mails", event)


def test_what_was_sent_is_seen_by_order_state_and_kind(client: Client) -> None:
    first, second = place(client), place(client, desks(1))
    client.call("POST", f"{API}/bookings/{booking_id(second, 1)}/cancel?notify_customer=true")
    deliver(client, second)

    of_second = client.call("GET", f"{API}/orders/{second}/messages").data
    assert [(each["attributes"]["kind"], each["attributes"]["state"]) for each in of_second] == [
        ("cancellation", "sent"),
        ("confirmation", "sent"),
    ]

    def listed(query: str) -> set[tuple[str, str]]:
        answer = client.call("GET", f"{API}/messages?{query}")
        assert answer.document["meta"]["page"]["total"] == len(answer.data)
        return {
            (each["relationships"]["order"]["data"]["id"], each["attributes"]["kind"]) for each in answer.data
        }

    all_of_them = {(first, "confirmation"), (second, "confirmation"), (second, "cancellation")}
    assert listed("") == listed("filter[state]=sent") == listed("filter[state]=sent,failed") == all_of_them
    assert listed("filter[kind]=cancellation") == {(second, "cancellation")}
    assert listed("filter[kind]=cancellation,confirmation&filter[state]=sent") == all_of_them
    assert listed("filter[state]=waiting") == listed("filter[state]=failed,bounced") == set()
    for wrong in ("filter[state]=lost", "filter[kind]=mail", "filter[order]=1"):
        assert client.call("GET", f"{API}/messages?{wrong}").status == 400
    assert client.call("GET", f"{API}/messages/{of_second[0]['id']}").data == of_second[0]
    assert client.call("GET", f"{API}/messages/{second}-mnothing").refusals == [("message_not_found", None)]


def test_pages_of_messages_go_on(client: Client) -> None:
    ids = {place(client, desks(1)) for _ in range(3)}
    first = client.call("GET", f"{API}/messages", page_size="2")
    rest = client.call("GET", first.document["links"]["next"])
    assert (len(first.data), len(rest.data)) == (2, 1)
    assert {each["relationships"]["order"]["data"]["id"] for each in first.data + rest.data} == ids


def test_a_mail_that_failed_is_seen_on_its_order_and_resent_by_the_desk(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refused_by_ses(patch)
        id = place(client)

    def notification() -> Any:
        return client.call("GET", f"{API}/orders/{id}").data["meta"]["notification"]["state"]

    [failed] = client.call("GET", f"{API}/messages?filter[state]=failed").data
    assert (failed["attributes"]["reason"], notification()) == ("refused", "failed")
    again = client.call("POST", f"{API}/messages/{failed['id']}/resend")
    assert (again.status, again.data["attributes"]["state"]) == (200, "sent")
    assert again.data["relationships"]["resends"]["data"] == {"type": "messages", "id": failed["id"]}
    assert again.document["meta"]["notification"]["recipient"] == ADA.email
    assert notification() != "failed"


def test_resending_says_what_is_true_by_now_or_why_not(client: Client) -> None:
    id = place(client)
    [message] = client.call("GET", f"{API}/orders/{id}/messages").data
    path = f"{API}/messages/{message['id']}/resend"
    assert client.call("POST", f"{API}/messages/{id}-mnothing/resend").status == 404
    bounced(client, message["id"])
    assert client.call("POST", path).refusals == [("address_undeliverable", None)]
    client.call("POST", f"{API}/orders/{id}/cancel")
    assert client.call("POST", path).refusals == [("message_outdated", None)]


def test_a_bounce_that_comes_after_a_mail_was_sent_again_is_seen_on_the_order(client: Client) -> None:
    id = place(client)
    again = client.call("GET", f"{API}/orders/{id}/send-notification")
    bounced(client, again.data["id"], kind="Transient")
    assert client.call("GET", f"{API}/orders/{id}").data["meta"]["notification"]["state"] in (
        "failed",
        "bounced",
    )
    third = client.call("POST", f"{API}/messages/{again.data['id']}/resend")
    assert third.data["attributes"]["state"] == "sent"
    assert client.call("GET", f"{API}/orders/{id}").data["meta"]["notification"]["state"] not in (
        "failed",
        "bounced",
    )


def test_an_address_that_bounced_has_no_more_mail_until_it_is_another(client: Client) -> None:
    id = place(client)
    [message] = client.call("GET", f"{API}/orders/{id}/messages").data
    path = f"{API}/customers/{ADA.id}"

    def status() -> Any:
        return client.call("GET", path).data["attributes"]["email_status"]

    def patch(**attributes: Any) -> None:
        body = {"data": {"type": "customers", "id": ADA.id, "attributes": attributes}}
        assert client.call("PATCH", path, body).status == 200

    bounced(client, message["id"], kind="Transient")
    assert status() is None
    bounced(client, message["id"])
    # The message has already bounced. A permanent report is recorded anyway.
    assert status() == "bounced"
    patch(phone="+49 30 1")
    assert status() == "bounced"
    client.call("POST", f"{API}/bookings/{booking_id(id, 1)}/cancel?notify_customer=true")
    deliver(client, id)
    [failed] = client.call("GET", f"{API}/messages?filter[state]=failed").data
    assert failed["attributes"]["reason"] == "address_bounced"
    patch(email="ada@new.example.com")
    assert status() is None
    assert client.call("POST", f"{API}/messages/{failed['id']}/resend").status == 200


@pytest.mark.parametrize("kind", ["confirmation", "change", "cancellation", "reminder"])
def test_a_preview_is_the_mail_of_an_order_with_several_bookings(client: Client, kind: str) -> None:
    id = place(client, meeting(), desks(2))
    sent = len(client.on.mails())

    shown = preview(client, id, kind=kind)

    attributes = shown.data["attributes"]
    assert (shown.status, attributes["recipient"], attributes["language"]) == (200, ADA.email, "en")
    assert attributes["subject"]
    assert ("Meeting" in attributes["text"], "Meeting" in attributes["html"]) == (True, True)
    assert ("Desk" in attributes["text"]) == (kind != "reminder")
    methods = {"cancellation": ["CANCEL"] * 2, "reminder": []}.get(kind, ["PUBLISH"] * 2)
    assert [each["method"] for each in attributes["calendar_files"]] == methods
    assert len(client.on.mails()) == sent
    assert len(client.call("GET", f"{API}/orders/{id}/messages").data) == 1


def test_a_preview_is_of_a_customer_of_the_order(client: Client) -> None:
    id = place(client, meeting(), desks(1, customer_id=BERND.id))
    assert preview(client, id, customer_id=BERND.id).data["attributes"]["recipient"] == BERND.email
    for nobody in ("nobody", client.on.demo["organization_id"]):
        assert preview(client, id, customer_id=nobody).refusals == [
            ("customer_not_in_order", "/data/attributes/customer_id")
        ]
    assert [code for code, _ in preview(client, id, kind="invoice").refusals] == ["invalid_value"]
    client.call("POST", f"{API}/orders/{id}/cancel")
    assert preview(client, id).refusals == [("message_outdated", None)]
    assert preview(client, id, kind="cancellation").status == 200


def rule_of(client: Client, event: str, *services: str, **attributes: Any) -> str:
    words = {"en": {"subject": "{service} soon, {given_name}", "before": "Door code 12.", "after": "Bye."}}
    attributes = {"name": "Rule", "event": event, "words": words, "enabled": False, **attributes}
    of = {"services": {"data": [{"type": "services", "id": each} for each in services]}} if services else {}
    document = {"data": {"type": "message-rules", "attributes": attributes, "relationships": of}}
    made = client.call("POST", f"{API}/message-rules", document)
    assert made.status == 201, made.refusals
    return str(made.data["id"])


@pytest.mark.parametrize(
    ("event", "more", "kind"),
    [
        ("confirmation", {}, "confirmation"),
        ("change", {}, "change"),
        ("cancellation", {}, "cancellation"),
        ("before_start", {"offset": 60}, "reminder"),
        ("after_end", {"local_time": "18:00", "days": 1}, "reminder"),
    ],
)
def test_a_preview_shows_what_a_rule_would_say_before_it_is_enabled(
    client: Client, event: str, more: Any, kind: str
) -> None:
    id, rule = place(client, meeting(), desks(2)), rule_of(client, event, **more)

    shown = preview(client, id, message_rule_id=rule)

    assert (shown.status, shown.data["attributes"]["kind"]) == (200, kind)
    assert shown.data["attributes"]["subject"] == "Meeting soon, Ada"
    text = shown.data["attributes"]["text"]
    assert text.index("Door code 12.") < text.index("Meeting") < text.index("Bye.")
    assert ("Thank you for your visit" in text) == (event == "after_end")
    assert shown.data["relationships"]["message_rule"]["data"] == {"type": "message-rules", "id": rule}
    assert len(client.call("GET", f"{API}/orders/{id}/messages").data) == 1


def test_a_preview_of_a_rule_goes_to_its_recipients(client: Client) -> None:
    staff = {"staff_emails": ["desk@mitte.example"]}
    both = rule_of(client, "confirmation", recipients=["customer", "staff"], **staff)
    only = rule_of(client, "before_start", offset=60, recipients=["staff"], **staff)
    id = place(client, meeting(), desks(1, customer_id=BERND.id))

    def recipient(rule: str, **asked: Any) -> Any:
        return preview(client, id, message_rule_id=rule, **asked).data["attributes"]["recipient"]

    assert (recipient(both), recipient(both, customer_id=BERND.id)) == (ADA.email, BERND.email)
    assert (recipient(both, recipient="staff"), recipient(only)) == ("desk@mitte.example",) * 2


def test_a_preview_of_a_rule_for_something_else_is_refused(client: Client) -> None:
    id = place(client, meeting())
    rule = rule_of(client, "confirmation")
    other = rule_of(client, "before_start", DESK.id, offset=60)

    def refused(**asked: Any) -> list[tuple[str, str | None]]:
        return list(preview(client, id, **asked).refusals)

    at = "/data/attributes/"
    assert refused(message_rule_id=rule, kind="change") == [("message_rule_differs", f"{at}kind")]
    assert refused(message_rule_id=rule, recipient="staff") == [("message_rule_differs", f"{at}recipient")]
    assert refused(recipient="staff") == [("message_rule_differs", f"{at}recipient")]
    assert refused(message_rule_id=other) == [("message_rule_differs", f"{at}message_rule_id")]
    assert refused(message_rule_id="none") == [("message_rule_not_found", f"{at}message_rule_id")]
    client.call("DELETE", f"{API}/message-rules/{rule}")
    assert refused(message_rule_id=rule) == [("message_rule_not_found", f"{at}message_rule_id")]


def test_webhooks_tell_of_mails_that_failed_and_that_bounced(
    moto_world: MotoWorld, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ready_for_webhooks(moto_world, monkeypatch)
    client = Client(moto_world, moto_world.demo["token"])
    at.subscribe(site.url, "messages.*")
    place(client)
    [message] = client.call("GET", f"{API}/messages").data
    assert tells(at, site) == []
    bounced(client, message["id"])
    bounced(client, message["id"])
    [event] = tells(at, site)
    assert (event["event"], event["data"]["id"], event["data"]["reason"]) == (
        "messages.bounced",
        message["id"],
        "bounced",
    )
    # Nothing is sent to an address with an email_status.
    place(client, desks(1))
    [event] = tells(at, site)
    assert (event["event"], event["data"]["state"], event["data"]["reason"]) == (
        "messages.failed",
        "failed",
        "address_bounced",
    )


def tells(at: WebhookWorld, site: Site) -> list[Any]:
    """Returns the events that a receiver got since the last call."""
    before = len(site.got)
    assert at.moto.invoke("publish_events", at.stream()) == {"batchItemFailures": []}
    assert at.deliver() == 0
    return [json.loads(body) for _, body in site.got[before:]]
