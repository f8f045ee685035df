"""`Idempotency-Key` on every call that creates something: once for each key, token and call, while the request is remembered."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from frontdesk import bootstrap
from frontdesk.api.openapi.operations import OPERATIONS
from frontdesk.api.routes import BY_NAME, CATALOG, ROUTES, WEBHOOKS
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.requests.once import KEPT_SECONDS
from frontdesk.usecases.context import Context
from tests.integration.client import Answer, Client
from tests.integration.conftest import MotoWorld

SECRETS = {"organizations", "api-tokens", "webhook-subscriptions"}
TYPES = [*CATALOG, "webhook-subscriptions"]
KEY = {"Idempotency-Key": "3f0c"}


@pytest.fixture
def anybody(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("ENVIRONMENT", "staging")
    bootstrap.world.cache_clear()

    def made() -> Client:
        organization_id = moto_world.demo["organization_id"]
        text = new_token(organization_id)
        presented = read_token(text)
        assert presented
        scopes = frozenset({"*", "organizations:write"})
        token = Token(id=presented.digest, organization_id=organization_id, name="test", scopes=scopes)
        world().store.put_catalog(Context(organization_id, SystemClock(5)), [token])
        return Client(moto_world, text)

    yield made
    bootstrap.world.cache_clear()


@pytest.fixture
def client(anybody: Any) -> Client:
    made: Client = anybody()
    return made


def body_of(type: str) -> Any:
    """Returns the example in the API's document."""
    path = f"/api/v1/{type}"
    body = next(each.example for each in OPERATIONS if (each.method, each.path) == ("POST", path))
    attributes = body["data"]["attributes"]
    return {"data": {"type": type, "attributes": {k: v for k, v in attributes.items() if k != "email"}}}


def make(client: Client, type: str, body: Any = None, **headers: str) -> Answer:
    headers = {name.replace("_", "-"): value for name, value in headers.items()} or KEY
    return client.call("POST", f"/api/v1/{type}", body or body_of(type), headers=headers)


def rows(kind: str) -> int:
    """Returns the number of items of a kind in the table, in any organization."""
    items = boto3.client("dynamodb").scan(TableName="frontdesk")["Items"]
    return sum(kind in item["pk"]["S"].split("#")[1:2] for item in items)


def test_every_call_that_makes_something_takes_a_key() -> None:
    making = {each.name for each in OPERATIONS if 201 in each.answers}
    assert making == {route.name for route in ROUTES if "Idempotency-Key" in route.headers}
    assert making >= {"place_order", "place_booking", "create_webhook_subscription", "create_customer"}
    assert all(BY_NAME[name].method == "POST" for name in making)


@pytest.mark.parametrize("type", [type for type in TYPES if type not in SECRETS])
def test_the_same_request_makes_one_thing(client: Client, type: str) -> None:
    first = make(client, type)
    second = make(client, type)

    assert (first.status, second.status) == (201, 201)
    assert second.data == first.data
    assert second.headers["Location"] == first.headers["Location"]
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (
        False,
        "true",
    )


@pytest.mark.parametrize("type", sorted(SECRETS))
def test_a_secret_is_shown_once(client: Client, type: str) -> None:
    first = make(client, type)
    assert first.status == 201
    before = client.get(f"/api/v1/{type}").document["meta"]["page"]["total"]
    second = make(client, type)

    assert (second.status, second.refusals) == (409, [("secret_not_repeated", "Idempotency-Key")])
    assert second.document["errors"][0]["meta"] == {"id": first.data["id"]}
    secret = first.document.get("meta", {}).get("token") or first.data["attributes"]["secret"]
    assert secret not in str(second.document)
    assert client.get(f"/api/v1/{type}").document["meta"]["page"]["total"] == before


def test_no_second_organization_is_made(client: Client) -> None:
    make(client, "organizations")
    made = rows("organization")
    make(client, "organizations")
    assert rows("organization") == made


@pytest.mark.parametrize("type", TYPES)
def test_the_key_with_another_body_is_refused(client: Client, type: str) -> None:
    other = body_of(type)
    name = next(
        each for each in ("name", "given_name", "label", "code") if each in other["data"]["attributes"]
    )
    other["data"]["attributes"][name] = "Another"
    assert make(client, type).status == 201
    refused = make(client, type, other)
    assert (refused.status, refused.refusals) == (422, [("idempotency_key_reused", "Idempotency-Key")])


def test_what_was_made_is_answered_as_it_is_now(client: Client) -> None:
    made = make(client, "customers").data
    change = {"data": {"type": "customers", "id": made["id"], "attributes": {"family_name": "Hopper"}}}
    assert client.call("PATCH", f"/api/v1/customers/{made['id']}", change).status == 200
    assert client.call("DELETE", f"/api/v1/customers/{made['id']}").status == 204

    again = make(client, "customers")

    assert (again.status, again.data["id"]) == (201, made["id"])
    assert again.data["attributes"]["family_name"] == "Hopper"


def test_a_key_stands_for_its_token_and_its_call(client: Client, anybody: Any) -> None:
    made = {make(each, "customers").data["id"] for each in (client, anybody(), client)}
    assert len(made) == 2
    assert make(client, "resources").status == 201
    assert make(client, "customers", Idempotency_Key="another").data["id"] not in made


def test_the_body_is_compared_as_json(client: Client) -> None:
    given = {"given_name": "Grace", "family_name": "Hopper"}
    first, second = (
        make(client, "customers", {"data": {"type": "customers", "attributes": attributes}}).data["id"]
        for attributes in (given, dict(reversed(given.items())))
    )
    assert first == second


def test_a_refusal_is_not_remembered(client: Client) -> None:
    wrong, right = body_of("customers"), body_of("customers")
    wrong["data"]["attributes"]["email"] = "nobody"
    assert make(client, "customers", wrong).status == 422
    assert make(client, "customers", right).status == 201


def test_a_request_that_would_be_refused_by_now_is_answered_with_what_it_made(client: Client) -> None:
    body = body_of("customers")
    body["data"]["attributes"]["email"] = "grace@example.com"
    assert make(client, "customers", body).data == make(client, "customers", body).data
    taken = make(client, "customers", body, Idempotency_Key="another")
    assert (taken.status, taken.refusals) == (422, [("email_taken", "/data/attributes/email")])


def test_a_key_is_remembered_for_seven_days(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(client, "customers").data["id"]
    now = SystemClock(5).now()
    for later, same in ((KEPT_SECONDS - 60, True), (KEPT_SECONDS + 60, False)):
        # An expired item may stay in the table for some days.
        monkeypatch.setattr(SystemClock, "now", lambda _, at=now + later: at)
        assert (make(client, "customers").data["id"] == made) == same


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "ä"])
def test_a_key_has_a_form(client: Client, key: str) -> None:
    refused = client.call(
        "POST", WEBHOOKS, body_of("webhook-subscriptions"), headers={"Idempotency-Key": key}
    )
    assert (refused.status, refused.refusals) == (400, [("invalid_idempotency_key", "Idempotency-Key")])


def test_without_a_key_each_makes_one(client: Client) -> None:
    plain = replace(client)
    made = {plain.call("POST", "/api/v1/customers", body_of("customers")).data["id"] for _ in range(2)}
    assert len(made) == 2
    assert rows("request") == 0
