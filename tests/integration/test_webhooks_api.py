"""Webhook subscriptions and their log through the function admin: documents, scopes, organizations, errors."""

import json
from typing import Any

import boto3
import pytest

from frontdesk import bootstrap
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.access import Scope, Token, new_token, read_token
from frontdesk.domain.webhooks.deliveries import Delivery, Message
from frontdesk.usecases.context import Context
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import load_event
from tests.support.demo import ORGANIZATION
from tests.support.jsonapi import assert_jsonapi
from tests.support.webhooks import WEBHOOK_ID, subscription

PATH = "/api/v1/webhook-subscriptions"
BASE = "https://1234567890.execute-api.eu-central-1.amazonaws.com/live"
OTHER = "11111111-2222-4333-8444-555555555555"


class Client:
    """Calls the function admin like API Gateway, with its own token."""

    def __init__(self, moto: MotoWorld, *scopes: Scope, organization_id: str | None = None) -> None:
        self.moto = moto
        self.organization_id = organization_id or moto.demo["organization_id"]
        self.token = new_token(self.organization_id)
        presented = read_token(self.token)
        assert presented
        kept = Token(
            id=presented.digest,
            organization_id=self.organization_id,
            name="test",
            scopes=frozenset(scopes or ("*",)),
        )
        bootstrap.world().store.put_catalog(Context(self.organization_id, SystemClock(10)), [kept])

    def send(
        self, method: str, path: str = "", body: Any = None, **query: str
    ) -> tuple[int, Any, dict[str, list[str]]]:
        event = load_event("admin")
        query = {
            name.replace("__", "[") + ("]" if "__" in name else ""): value for name, value in query.items()
        }
        event |= {
            "httpMethod": method,
            "path": PATH + path,
            "body": None if body is None else json.dumps(body),
        }
        event |= {
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
        }
        event["headers"] |= {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/vnd.api+json",
        }
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
        event["requestContext"] |= {"path": f"/live{PATH}{path}"}
        answer = self.moto.invoke("admin", event)
        document = json.loads(answer["body"]) if answer.get("body") else None
        if document is not None:
            assert_jsonapi(document)
        return answer["statusCode"], document, answer["multiValueHeaders"]

    def create(self, **attributes: Any) -> Any:
        given = {
            "name": "ERP",
            "url": "https://hooks.example.com/in",
            "events": ["orders.*", "customers.deleted"],
            "is_active": True,
        }
        status, document, _ = self.send(
            "POST", body={"data": {"type": "webhook-subscriptions", "attributes": given | attributes}}
        )
        assert status == 201, document
        return document["data"]

    def refused(self, *request: Any, **query: str) -> list[tuple[int, str]]:
        status, document, _ = self.send(*request, **query)
        assert status >= 400, document
        return [(int(error["status"]), error["code"]) for error in document["errors"]]


@pytest.fixture
def queue_url(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> str:
    url = str(boto3.client("sqs").create_queue(QueueName="webhooks")["QueueUrl"])
    monkeypatch.setenv("WEBHOOKS_QUEUE_URL", url)
    monkeypatch.setenv("ENVIRONMENT", "staging")
    bootstrap.world.cache_clear()
    return url


@pytest.fixture
def client(moto_world: MotoWorld, queue_url: str) -> Client:
    return Client(moto_world)


def test_headers_of_a_receiver_are_kept_for_its_address_and_never_shown(client: Client) -> None:
    def kept() -> dict[str, str]:
        found = world().webhooks.subscription(Context(ORGANIZATION.id, SystemClock(5)), made["id"])
        assert found
        return found.custom_headers

    def patch(**attributes: Any) -> None:
        document = {"data": {"type": "webhook-subscriptions", "id": made["id"], "attributes": attributes}}
        status, answer, _ = client.send("PATCH", f"/{made['id']}", document)
        assert status == 200, answer
        assert "custom_headers" not in answer["data"]["attributes"]

    made = client.create(custom_headers={"X-Key": "for you"})
    assert "custom_headers" not in made["attributes"]
    patch(name="other")
    assert kept() == {"X-Key": "for you"}
    patch(url="https://elsewhere.example.com/in")
    assert kept() == {}, "what was for one address is not for another"
    patch(url="https://hooks.example.com/in", custom_headers={"X-Key": "new"})
    assert kept() == {"X-Key": "new"}
    # If they are sent with another URL, they are meant for it, even if unchanged.
    patch(url="https://hooks.example.com/out", custom_headers={"X-Key": "new"})
    assert kept() == {"X-Key": "new"}
    patch(custom_headers={})
    assert kept() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "other"},
        {"content-type": "text/plain"},
        {"Webhook-Signature": "v1,mine"},
        {"Frontdesk-Signature": "mine"},
        {"X Y": "z"},
        {"X-Key": "one\r\nX-Other: two"},
        {"X-Key": " "},
        {"X-Key": 1},
        {"X-Key": "a", "x-key": "b"},
        {f"X-{number}": "a" for number in range(21)},
    ],
    ids=str,
)
def test_headers_that_can_not_be_sent_are_refused(client: Client, headers: Any) -> None:
    attributes = {"url": "https://hooks.example.com/in", "events": ["*"], "custom_headers": headers}
    document = {"data": {"type": "webhook-subscriptions", "attributes": attributes}}
    status, answer, _ = client.send("POST", body=document)
    assert status == 422
    assert {error["code"] for error in answer["errors"]} == {"invalid_value"}
    assert all(
        error["source"]["pointer"].startswith("/data/attributes/custom_headers") for error in answer["errors"]
    )


def test_every_name_that_clients_subscribe_to_is_taken(client: Client) -> None:
    """Source: shared conventions, webhooks."""
    names = [
        *(f"orders.{each}" for each in ("created", "updated", "deleted")),
        *(f"customers.{each}" for each in ("created", "updated", "deleted")),
        *(f"invoices.{each}" for each in ("created", "updated", "deleted", "*")),
        *(f"bookings.{each}" for each in ("created", "updated", "checked-in", "checked-out", "deleted")),
    ]
    assert client.create(events=names)["attributes"]["events"] == names


def test_a_subscription_lives(client: Client) -> None:
    made = client.create()
    own = f"{BASE}{PATH}/{made['id']}"
    assert made["links"]["self"] == own
    secret = made["attributes"].pop("secret")
    assert secret.startswith("whsec_")
    assert made["attributes"].pop("signing_key") == secret
    assert {name: value for name, value in made["attributes"].items() if not name.endswith("_at")} == {
        "name": "ERP",
        "url": "https://hooks.example.com/in",
        "events": ["orders.*", "customers.deleted"],
        "is_active": True,
        "failures": 0,
        "failing_since": None,
        "disabled_reason": None,
    }

    assert client.send("GET", f"/{made['id']}")[:2] == (
        200,
        {"data": made, "links": {"self": own}, "jsonapi": {"version": "1.1"}},
    )

    change = {"data": {"type": "webhook-subscriptions", "id": made["id"], "attributes": {"is_active": False}}}
    status, document, _ = client.send("PATCH", f"/{made['id']}", change)
    assert (status, document["data"]["attributes"]["is_active"], document["data"]["attributes"]["name"]) == (
        200,
        False,
        "ERP",
    )

    status, document, headers = client.send("DELETE", f"/{made['id']}")
    assert (status, document, headers["Cache-Control"]) == (204, None, ["no-store"])
    for method in ("GET", "PATCH", "DELETE"):
        assert client.refused(method, f"/{made['id']}", change) == [(404, "webhook_subscription_not_found")]


def test_a_new_subscription_says_where_it_is(client: Client) -> None:
    body = {
        "data": {
            "type": "webhook-subscriptions",
            "attributes": {"url": "https://example.com", "events": ["*"]},
        }
    }
    status, document, headers = client.send("POST", body=body)
    assert (status, headers["Location"]) == (201, [f"{BASE}{PATH}/{document['data']['id']}"])


def test_the_secret_is_shown_when_it_is_made_and_never_again(client: Client) -> None:
    made = client.create()
    first = made["attributes"]["secret"]
    status, rotated, _ = client.send("POST", f"/{made['id']}/rotate-secret")
    second = rotated["data"]["attributes"]["secret"]
    assert status == 200
    assert first != second

    change = {"data": {"attributes": {"name": "new"}}}
    for request in (
        ("GET",),
        ("GET", f"/{made['id']}"),
        ("PATCH", f"/{made['id']}", change),
        ("GET", f"/{made['id']}/deliveries"),
    ):
        shown = json.dumps(client.send(*request)[1])
        assert "secret" not in shown
        assert "whsec_" not in shown


def test_everything_wrong_is_told_at_once(client: Client) -> None:
    attributes = {"url": "https://user:pass@10.0.0.1/", "events": ["order.created"], "colour": "red"}
    status, document, _ = client.send("POST", body={"data": {"attributes": attributes}})

    assert status == 422
    assert {(error["code"], error["source"]["pointer"]) for error in document["errors"]} == {
        ("invalid_url", "/data/attributes/url"),
        ("invalid_value", "/data/attributes/events/0"),
        ("unknown_field", "/data/attributes/colour"),
    }


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "http://example.com/"])
def test_plain_http_is_refused_outside_a_local_cloud(client: Client, url: str) -> None:
    body = {"data": {"attributes": {"url": url, "events": ["*"]}}}
    assert client.refused("POST", "", body) == [(422, "invalid_url")]


def test_plain_http_to_this_host_is_taken_in_a_local_cloud(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "local")
    bootstrap.world.cache_clear()
    assert client.create(url="http://127.0.0.1:8000/")["attributes"]["url"] == "http://127.0.0.1:8000/"


def test_lists_are_read_page_by_page(client: Client) -> None:
    made = [client.create(name=str(number))["id"] for number in range(5)]
    seen: list[str] = []
    query = {"page__size": "2", "o": client.organization_id}
    for number in ("1", "2", "3"):
        status, document, _ = client.send("GET", **query, page__number=number)
        assert status == 200
        page = document["meta"]["page"]
        assert (page["current-page"], page["per-page"], page["total"], page["last-page"]) == (
            int(number),
            2,
            5,
            3,
        )
        assert (page["from"], page["to"]) == (len(seen) + 1, len(seen) + len(document["data"]))
        assert ("next" in document["links"], "prev" in document["links"]) == (number != "3", number != "1")
        seen += [each["id"] for each in document["data"]]
    assert sorted(seen) == sorted(made)
    assert f"o={client.organization_id}" in document["links"]["prev"]
    assert "page%5Bnumber%5D=2" in document["links"]["prev"]


def test_a_list_of_nothing_and_a_page_beyond_the_last_are_empty(client: Client) -> None:
    for number in ("1", "7"):
        status, document, _ = client.send("GET", page__number=number)
        assert (
            status,
            document["data"],
            document["meta"]["page"]["from"],
            document["meta"]["page"]["last-page"],
        ) == (200, [], None, 1)
        assert "next" not in document["links"]


def test_wrong_parameters_are_told_at_once(client: Client) -> None:
    status, document, _ = client.send("GET", page__size="101", page__number="0")
    assert status == 400
    assert {(error["code"], error["source"]["parameter"]) for error in document["errors"]} == {
        ("invalid_parameter", "page[size]"),
        ("invalid_parameter", "page[number]"),
    }
    assert client.refused("GET", "", None, filter__status="sent", sort="name", page__size="101") == [
        (400, "unknown_parameter"),
        (400, "unknown_parameter"),
    ]
    made = client.create()["id"]
    assert client.refused("GET", f"/{made}/deliveries", None, filter__status="sent") == [
        (400, "invalid_parameter")
    ]
    assert client.refused("GET", f"/{made}", None, include="deliveries") == [(400, "unknown_parameter")]


CALLS = [
    ("GET", "", "catalog:read"),
    ("POST", "", "catalog:write"),
    ("GET", f"/{WEBHOOK_ID}", "catalog:read"),
    ("PATCH", f"/{WEBHOOK_ID}", "catalog:write"),
    ("DELETE", f"/{WEBHOOK_ID}", "catalog:write"),
    ("POST", f"/{WEBHOOK_ID}/rotate-secret", "catalog:write"),
    ("GET", f"/{WEBHOOK_ID}/deliveries", "catalog:read"),
    ("GET", f"/{WEBHOOK_ID}/deliveries/6b49d200-aaaa-8aaa-8aaa-aaaaaaaaaaaa", "catalog:read"),
    ("POST", f"/{WEBHOOK_ID}/deliveries/6b49d200-aaaa-8aaa-8aaa-aaaaaaaaaaaa/redeliver", "catalog:write"),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_every_call_needs_its_scope(
    moto_world: MotoWorld, queue_url: str, method: str, path: str, scope: Scope
) -> None:
    others: list[Scope] = ["orders:write", "orders:read", "orders:notify", "imports:write"]
    others.append("catalog:write" if scope == "catalog:read" else "catalog:read")

    assert Client(moto_world, *others).refused(method, path, {}) == [(403, "unauthorized")]
    with_scope = Client(moto_world, scope).send(method, path, {})
    assert with_scope[0] in (200, 404, 422), with_scope


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_another_organization_sees_changes_and_learns_nothing(
    moto_world: MotoWorld, queue_url: str, method: str, path: str, scope: Scope
) -> None:
    webhooks, own = bootstrap.world().webhooks, moto_world.demo["organization_id"]
    webhooks.add(Context(own, SystemClock(10)), subscription())
    logged(own)
    before = moto_world.items()
    stranger = Client(moto_world, organization_id=OTHER)

    status, document, _ = stranger.send(method, path, {"data": {"attributes": {"name": "mine"}}})

    if path:
        assert (status, document["errors"][0]["code"]) == (404, "webhook_subscription_not_found")
    else:
        assert document.get("data", []) == []
    assert {key: item for key, item in moto_world.items().items() if key[0].startswith(own)} == {
        key: item for key, item in before.items() if key[0].startswith(own)
    }
    assert boto3.client("sqs").receive_message(QueueUrl=queue_url).get("Messages", []) == []


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "", "GET, POST"),
        ("POST", f"/{WEBHOOK_ID}", "DELETE, GET, PATCH"),
        ("GET", f"/{WEBHOOK_ID}/rotate-secret", "POST"),
    ],
)
def test_other_methods_are_405(client: Client, method: str, path: str, allowed: str) -> None:
    status, _, headers = client.send(method, path)
    assert (status, headers["Allow"]) == (405, [allowed])


# The log


def logged(organization_id: str, number: int = 0, **more: Any) -> Delivery:
    """Returns an entry of the log, for an event some seconds ago."""
    clock = SystemClock(10)
    values = {"event": "orders.created", "subject_type": "customers", "subject_id": "nobody"} | more
    begun = Delivery(
        id=f"{clock.now() - 600 + number:08x}-aaaa-8aaa-8aaa-aaaaaaaaaaaa", webhook_id=WEBHOOK_ID, **values
    )
    made = begun.after("delivered", clock.now(), attempts=1, attempted_at=clock.now(), response_status=204)
    assert bootstrap.world().webhooks.write_delivery(Context(organization_id, clock), made)
    return made


def test_the_log_says_how_deliveries_went(client: Client) -> None:
    bootstrap.world().webhooks.add(Context(client.organization_id, SystemClock(10)), subscription())
    entries = [logged(client.organization_id, 0), logged(client.organization_id, 1, event="orders.canceled")]

    status, document, _ = client.send("GET", f"/{WEBHOOK_ID}/deliveries")

    assert status == 200
    assert [each["id"] for each in document["data"]] == [entries[1].id, entries[0].id]
    shown = document["data"][1]
    attributes = {
        name: value
        for name, value in shown["attributes"].items()
        if not name.endswith("_at") and name != "timestamp"
    }
    assert attributes == {
        "event": "orders.created",
        "event_id": entries[0].id,
        "status": "delivered",
        "attempts": 1,
        "round": 1,
        "response_status": 204,
        "error": None,
    }
    assert shown["relationships"]["subject"] == {"data": {"type": "customers", "id": "nobody"}}
    assert client.send("GET", f"/{WEBHOOK_ID}/deliveries/{entries[0].id}")[1]["data"] == shown
    for filters, count in (
        ({"filter__event": "orders.canceled"}, 1),
        ({"filter__status": "failed"}, 0),
        ({"filter__status": "delivered"}, 2),
    ):
        assert client.send("GET", f"/{WEBHOOK_ID}/deliveries", **filters)[1]["meta"]["page"]["total"] == count


def test_a_log_that_is_too_long_says_that_there_is_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.usecases.webhooks.redeliver.MAX_LISTED", 2)
    bootstrap.world().webhooks.add(Context(client.organization_id, SystemClock(10)), subscription())
    for number in range(2):
        logged(client.organization_id, number)
    assert "capped" not in client.send("GET", f"/{WEBHOOK_ID}/deliveries")[1]["meta"]
    logged(client.organization_id, 2)

    meta = client.send("GET", f"/{WEBHOOK_ID}/deliveries")[1]["meta"]
    assert (meta["capped"], meta["page"]["total"]) == (True, 2)


def test_a_delivery_is_asked_for_anew(client: Client, queue_url: str) -> None:
    bootstrap.world().webhooks.add(Context(client.organization_id, SystemClock(10)), subscription())
    entry = logged(
        client.organization_id, subject_id=client.moto.demo["customer_id"], event="customers.updated"
    )

    status, document, _ = client.send("POST", f"/{WEBHOOK_ID}/deliveries/{entry.id}/redeliver")

    attributes = document["data"]["attributes"]
    assert (status, attributes["status"], attributes["attempts"], attributes["round"]) == (
        202,
        "pending",
        0,
        2,
    )
    [message] = boto3.client("sqs").receive_message(QueueUrl=queue_url)["Messages"]
    again = Message.model_validate_json(message["Body"])
    assert (again.event_id, again.round, again.data["email"]) == (entry.id, 2, "ada@example.com")


def test_what_is_unknown_is_not_asked_for_anew(client: Client) -> None:
    bootstrap.world().webhooks.add(Context(client.organization_id, SystemClock(10)), subscription())
    for name in ("6b49d200-aaaa-8aaa-8aaa-aaaaaaaaaaaa", "nonsense"):
        assert client.refused("POST", f"/{WEBHOOK_ID}/deliveries/{name}/redeliver") == [
            (404, "delivery_not_found")
        ]
