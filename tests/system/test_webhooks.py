"""Webhooks of the deployed system: from an order over the stream, the queue and a signed delivery, to its log and a second one."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator

import pytest

from tests.system.client import Api, Desk, wait_until
from tests.webhooks import Site, receiver

WEBHOOKS = "/api/v1/webhook-subscriptions"


@pytest.fixture
def site() -> Iterator[Site]:
    with receiver() as site:
        yield site


def test_an_order_is_told_delivered_logged_and_delivered_anew(api: Api, desk: Desk, site: Site) -> None:
    attributes = {"name": "ERP", "url": site.url, "events": ["orders.created", "bookings.*"]}
    made = api.request(
        "POST", WEBHOOKS, {"data": {"type": "webhook-subscriptions", "attributes": attributes}}
    )
    assert made.status == 201
    # A function that was warm before knows of it by then.
    time.sleep(5)

    placed = api.place(desk.order(desk.meeting(desk.hour())))
    wait_until(lambda: len(site.got) >= 2)
    # Long enough for a second delivery to show.
    time.sleep(2)

    assert site.events == ["bookings.created", "orders.created"]
    secret = made.attributes["secret"]
    for headers, body in site.got:
        fields = dict(field.split("=", 1) for field in headers["Frontdesk-Signature"].split(","))
        assert (
            fields["v1"]
            == hmac.new(secret.encode(), fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        )
        assert json.loads(body)["data"]["id"].startswith(placed.id)

    log = f"{WEBHOOKS}/{made.id}/deliveries"
    wait_until(
        lambda: all(
            each["attributes"]["status"] == "delivered" for each in api.request("GET", log).document["data"]
        )
    )
    logged = api.request("GET", log).document["data"]
    assert {each["id"] for each in logged} == {json.loads(body)["event_id"] for _, body in site.got}

    assert api.request("POST", f"{log}/{logged[0]['id']}/redeliver").status == 202
    wait_until(lambda: len(site.got) == 3)
    assert site.got[2][0]["Frontdesk-Event-Id"] == logged[0]["id"]

    # Not by `api.request`, for there is no document to look at.
    answer = api.http.delete(
        f"{api.details['base_url']}{WEBHOOKS}/{made.id}",
        headers={"Authorization": f"Bearer {api.details['token']}"},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.request("GET", f"{WEBHOOKS}/{made.id}").status == 404
