"""The functions in Lambda's own image, if Docker is running: each with its event, and the whole API in warm containers."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from local.cloud import Details, cloud
from local.deploy import client_of
from local.sam import (
    EXPECTED,
    Sam,
    containers,
    docker,
    has_docker,
    load_event,
    mode,
    outcome,
    run_events,
    sam_local,
)
from local.servers import free_port
from tests.system.client import AMOUNTS, MEDIA_TYPE, Api, Desk

pytestmark = pytest.mark.docker

SUBSCRIPTION = {"name": "ERP", "url": "https://hooks.example.com/frontdesk", "events": ["orders.created"]}


@pytest.fixture(scope="module")
def details(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Details]:
    """Yields the content of the `demo.json` of a local cloud for these tests only."""
    if not has_docker():
        pytest.skip("Docker does not run here: `docker info` fails")
    with cloud(tmp_path_factory.mktemp("cloud"), free_port(), persist=False) as (_, details):
        yield details


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def sam(details: Details, port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sam]:
    with sam_local(details, tmp_path_factory.mktemp("sam"), f"http://127.0.0.1:{port}") as sam:
        yield sam


def mails(details: Details) -> list[dict[str, Any]]:
    found = httpx.get(details["mails_url"], timeout=10, trust_env=False).json()["messages"]
    return [mail for account in found.values() for mail in account]


def test_every_event_is_answered_as_expected(sam: Sam, details: Details) -> None:
    asked = {"data": {"type": "webhook-subscriptions", "attributes": SUBSCRIPTION}}
    subscribe = load_event("admin") | {
        "httpMethod": "POST",
        "path": "/api/v1/webhook-subscriptions",
        "body": json.dumps(asked),
    }
    for headers, media_type in (("headers", MEDIA_TYPE), ("multiValueHeaders", [MEDIA_TYPE])):
        subscribe[headers]["Content-Type"] = media_type
    assert sam.invoke("admin", subscribe)["statusCode"] == 201

    answers = dict(run_events(sam, details))

    assert {name: outcome(name, answer) for name, answer in answers.items()} == EXPECTED
    documents = {
        name: json.loads(answers[name]["body"])
        for name in ("calculate", "from_config", "change_order", "send_notification")
    }
    for name in ("calculate", "from_config", "change_order"):
        attributes = documents[name]["data"]["attributes"]
        assert [attributes[amount] for amount in AMOUNTS] == [4400, 3735, 665, 1100]
    assert documents["change_order"]["data"]["attributes"]["status"] == "completed"
    assert answers["audit"]["looked_at"]["order"] == 4

    # One was sent for the stream's event, one on request. The cloud's own function had time to send no other.
    sent = mails(details)
    assert [mail["Subject"] for mail in sent] == [
        "Your booking at Coworking Mitte: Tue 16 April 2030, 09:00"
    ] * 2
    assert documents["send_notification"]["meta"]["notification"]["message_id"] in {
        mail["MessageId"] for mail in sent
    }

    sqs = client_of(details["dynamodb_endpoint"], "sqs")
    [queue] = sqs.list_queues(QueueNamePrefix="frontdesk-WebhooksQueue")["QueueUrls"]
    [message] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["event"] == "orders.created"


def test_the_api_runs_in_warm_containers(sam: Sam, details: Details, port: int) -> None:
    desk = Desk(details)
    with sam.api(port, mode()) as server, closing(Api({**details, "base_url": server.endpoint})) as api:
        order = desk.order(desk.meeting(), voucher_code=details["voucher_code"])
        assert api.calculate(order).status == 200
        placed = api.place(order)
        assert placed.status == 201
        assert placed.headers["Location"] == f"{server.endpoint}/api/v1/orders/{placed.id}"
        assert api.send_notification(placed.id).status == 200
        assert placed.attributes["number"] in mails(details)[-1]["BodyText"]
        assert api.request("GET", f"/api/v1/orders/{placed.id}").id == placed.id
        assert api.request("GET", "/api/v1/nothing").status == 404
        assert api.request("POST", f"/api/v1/orders/{placed.id}/cancel").attributes["status"] == "canceled"

        started = containers(server.log)
        assert {
            api.calculate(order).status,
            api.place(order).status,
            api.calculate(order, token=None).status,
        } == {200, 201, 401}
        assert api.place(order).problems == {("slot unavailable", "/bookings/0")}
        assert containers(server.log) == started
    running = (docker("ps", "--all", "--quiet", "--no-trunc") or "").split()
    assert not set(running) & set(started)
