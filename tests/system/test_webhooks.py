"""Webhooks of the deployed system: an order, the stream, the queue, a signed delivery, its log, and a redelivery."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.webhooks import Site, receiver
from tests.system.client import Api, Desk, wait_until

WEBHOOKS = "/api/v1/webhook-subscriptions"
# Seconds until a second attempt has been made.
TWO_ATTEMPTS = 240


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
    # By then, a warm function knows the subscription.
    time.sleep(5)

    log = f"{WEBHOOKS}/{made.id}/deliveries"

    def logged() -> Any:
        return api.request("GET", log).document["data"]

    placed = api.place(desk.order(desk.meeting(desk.hour())))
    # On a slow machine, an attempt may time out. The next one comes a minute later, or after the queue's two minutes.
    wait_until(lambda: len(site.got) >= 2, TWO_ATTEMPTS, logged)
    # Long enough to notice a second delivery.
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

    wait_until(
        lambda: all(each["attributes"]["status"] == "delivered" for each in logged()), TWO_ATTEMPTS, logged
    )
    ids = [each["id"] for each in logged()]
    assert set(ids) == {json.loads(body)["event_id"] for _, body in site.got}

    assert api.request("POST", f"{log}/{ids[0]}/redeliver").status == 202
    wait_until(lambda: len(site.got) == 3, TWO_ATTEMPTS, logged)
    assert site.got[2][0]["Frontdesk-Event-Id"] == ids[0]

    # Not through `api.request`, because the answer is no document.
    answer = api.http.delete(
        f"{api.details['base_url']}{WEBHOOKS}/{made.id}",
        headers={"Authorization": f"Bearer {api.details['token']}"},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.request("GET", f"{WEBHOOKS}/{made.id}").status == 404
