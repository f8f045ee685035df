"""Prices by hand and expected totals through the functions: scopes, where they are allowed, and what is shown."""

from typing import Any

import boto3
import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from tests.integration.client import Answer, Client
from tests.integration.conftest import MotoWorld
from tests.support.demo import MEETING, ROOM, meeting, order

PRICED = {"custom_price": 4000, "reason": "regular"}
ORDERS, BOOKINGS = "/api/v1/orders", "/api/v1/bookings"


@pytest.fixture
def client(moto_world: MotoWorld) -> Client:
    return Client(moto_world, moto_world.demo["token"])


@pytest.fixture
def clerk(moto_world: MotoWorld, client: Client) -> Client:
    """A client that sells, but cannot set prices."""
    scopes = ["orders:read", "orders:write"]
    made = client.call("POST", "/api/v1/api-tokens", _document("api-tokens", name="clerk", scopes=scopes))
    return Client(moto_world, made.document["meta"]["token"])


def _document(type: str, **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": type, "attributes": attributes}}


def _booking(**more: Any) -> dict[str, Any]:
    asked = meeting()
    times = {name: asked[name] for name in ("start_date", "end_date")}
    return _document("bookings", resource_id=ROOM.id, service_id={MEETING.id: 1}, **times, **more)


def _key(organization_id: str, email: str) -> dict[str, Any]:
    return {"pk": {"S": f"{organization_id}#customer_email#{email}"}, "sk": {"S": "customer_email"}}


def _refusal(reply: Answer) -> list[tuple[int, str, str]]:
    return [(reply.status, each["code"], each["source"]["pointer"]) for each in reply.document["errors"]]


def test_who_may_not_set_prices_is_refused_at_each_price(clerk: Client) -> None:
    body = order(meeting(**PRICED))
    at = "/bookings/0/custom_price"
    for path in (f"{ORDERS}/calculate", f"{ORDERS}/from-config"):
        assert _refusal(clerk.call("POST", path, body)) == [(403, "unauthorized", at)]
        assert clerk.call("POST", path, order()).status in (200, 201)
    refused = clerk.call("POST", BOOKINGS, _booking(discount={"percent": 10}, reason="late"))
    assert _refusal(refused) == [(403, "unauthorized", "/data/attributes/discount")]


def test_the_line_shows_the_list_price_and_the_price_by_hand(client: Client) -> None:
    preview = client.call("POST", f"{ORDERS}/calculate", order(meeting(**PRICED))).document["data"][
        "attributes"
    ]
    placed = client.call("POST", f"{ORDERS}/from-config", order(meeting(**PRICED))).document["data"]
    (line,) = placed["meta"]["items"]

    assert preview["bookings"][0]["items"] == [line]
    assert (line["single_amount"], line["custom_amount"], line["price_reason"]) == (5000, 4000, "regular")
    assert placed["attributes"]["total"] == preview["total"] == 4000
    read = client.get(f"{ORDERS}/{placed['id']}").document["data"]
    assert read["meta"]["items"] == [line]


def test_a_booking_by_itself_has_a_price_by_hand(client: Client) -> None:
    made = client.call("POST", BOOKINGS, _booking(discount={"amount": 500}, reason="late"))
    assert (made.status, made.document["data"]["attributes"]["total"]) == (201, 4500)

    refused = client.call("POST", BOOKINGS, _booking(discount={"amount": 1}))
    assert (422, "reason_required", "/data/attributes/reason") in _refusal(refused)


def test_a_custom_price_alone_was_set_by_hand(client: Client) -> None:
    placed = client.call("POST", f"{ORDERS}/from-config", order(meeting(custom_price=4000)))
    (line,) = placed.document["data"]["meta"]["items"]
    assert (placed.status, line["custom_amount"], line["price_reason"]) == (201, 4000, "Set by hand")


def test_a_total_that_was_not_shown_is_refused_until_it_is(client: Client) -> None:
    refused = client.call("POST", f"{ORDERS}/from-config", order(expected_total=1))
    assert _refusal(refused) == [(422, "total_differs", "/expected_total")]
    assert refused.document["errors"][0]["meta"] == {"expected_total": 1, "total": 5000}

    draft = client.call(
        "POST", f"{ORDERS}/from-config", order(complete_order=False, expected_total=5000)
    ).document["data"]
    complete = f"{ORDERS}/{draft['id']}/complete"
    assert _refusal(client.call("POST", complete, {"expected_total": 1})) == [
        (422, "total_differs", "/expected_total")
    ]
    assert client.call("POST", complete, {"expected_total": 5000}).status == 200


def test_a_claim_from_before_goes_with_the_customers_next_change(
    client: Client, moto_world: MotoWorld
) -> None:
    """Keys used to be casefolded, which treats ß as ss."""
    store, organization_id = world().store, moto_world.demo["organization_id"]
    sharp = Customer(id="sharp", email="ada@straße.de")
    CatalogTable(store).add(Context(organization_id, SystemClock(5)), [sharp])
    boto3.client("dynamodb").delete_item(
        TableName=moto_world.table_name, Key=_key(organization_id, "ada@straße.de")
    )
    former = _key(organization_id, "ada@strasse.de") | {"owner": {"S": "sharp"}}
    boto3.client("dynamodb").put_item(TableName=moto_world.table_name, Item=former)

    def found(email: str) -> list[str]:
        return [each["id"] for each in client.get("/api/v1/customers", filter_email=email).document["data"]]

    assert (found("ada@straße.de"), found("ada@strasse.de")) == (["sharp"], [])
    taken = client.call("POST", "/api/v1/customers", _document("customers", email="ada@strasse.de"))
    assert taken.refusals == [("email_taken", "/data/attributes/email")]

    patch = {"data": {"type": "customers", "id": "sharp", "attributes": {"phone": "1"}}}
    assert client.call("PATCH", "/api/v1/customers/sharp", patch).status == 200

    claims = [Key("customer_email", "ada@straße.de"), Key("customer_email", "ada@strasse.de")]
    assert store.read(Context(organization_id, SystemClock(5)), claims, consistent=True) == dict(
        zip(claims, ("sharp", None), strict=True)
    )
    assert (
        client.call("POST", "/api/v1/customers", _document("customers", email="ada@strasse.de")).status == 201
    )
    # If the former owner changes again, the key stays with the new one.
    patch = {"data": {"type": "customers", "id": "sharp", "attributes": {"phone": "2"}}}
    assert client.call("PATCH", "/api/v1/customers/sharp", patch).status == 200
    assert len(found("ada@strasse.de")) == 1
