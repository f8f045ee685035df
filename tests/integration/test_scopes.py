"""A scope protects what is read, not the route: what `include` shows to which token."""

from dataclasses import replace
from typing import Any

import pytest

from frontdesk.domain.requests.catalog import TYPES
from tests.integration.client import Client, token_of
from tests.integration.conftest import MotoWorld
from tests.integration.test_events import as_admin
from tests.support.demo import ADA, SUMMER20, meeting, order

ORDERS, BOOKINGS, USER = "/api/v1/orders", "/api/v1/bookings", "/api/v1/user"
NOTES = "Pays late"


@pytest.fixture
def owner(moto_world: MotoWorld) -> Client:
    client = Client(moto_world, moto_world.demo["token"])
    body = {"data": {"type": "customers", "id": ADA.id, "attributes": {"notes": NOTES}}}
    assert client.call("PATCH", f"/api/v1/customers/{ADA.id}", body).status == 200
    body = order(meeting(), voucher_code=SUMMER20.code, notify_customer=False)
    assert client.call("POST", f"{ORDERS}/from-config", body).status == 201
    return client


def included(client: Client, path: str, **query: str) -> dict[str, Any]:
    """Returns the included resources by type."""
    return {each["type"]: each["attributes"] for each in client.get(path, **query).document["included"]}


def holder(owner: Client, *scopes: str) -> Client:
    return replace(owner, token=token_of(owner.on.demo["organization_id"], *scopes))


@pytest.mark.parametrize("path", [ORDERS, BOOKINGS])
def test_who_reads_orders_sees_whom_to_call_and_not_what_staff_think(owner: Client, path: str) -> None:
    [mine] = owner.get(path).ids
    for address in (path, f"{path}/{mine}"):
        found = included(holder(owner, "orders:read"), address, include="customer")["customers"]
        assert (found["full_name"], found["email"]) == (ADA.full_name, ADA.email)
        assert NOTES not in str(found)
        assert "notes" not in found
        both = included(holder(owner, "orders:read", "catalog:read"), address, include="customer")
        assert both["customers"]["notes"] == NOTES


def test_no_field_that_is_asked_for_is_shown_for_that(owner: Client) -> None:
    found = included(holder(owner, "orders:read"), ORDERS, include="customer", fields_customers="notes,email")
    assert found["customers"] == {"email": ADA.email}


def test_who_reads_orders_sees_which_voucher_and_not_what_it_gives(owner: Client) -> None:
    answer = holder(owner, "orders:read").get(ORDERS, include="voucher")
    assert answer.document["included"] == []
    assert answer.data[0]["relationships"]["voucher"]["data"] == {"type": "vouchers", "id": SUMMER20.id}
    assert "vouchers" in included(holder(owner, "orders:read", "catalog:read"), ORDERS, include="voucher")


def test_who_only_sends_mails_sees_the_name_of_the_organization(owner: Client) -> None:
    query = {"include": "active_organization"}
    assert [*included(holder(owner, "orders:notify"), USER, **query)["organizations"]] == ["name"]
    assert "order_custom_fields" in included(holder(owner, "catalog:read"), USER, **query)["organizations"]


def test_a_token_without_an_organization_is_told_who_it_is(owner: Client) -> None:
    operator = replace(owner, token=token_of("operator", "organizations:write"))
    answer = operator.get(USER, include="active_organization")
    assert (answer.status, answer.document["included"]) == (200, [])


def test_what_is_shown_to_all_is_there() -> None:
    for of in TYPES.values():
        if of.shown_to_all is not None:
            assert of.shown_to_all <= {*of.attributes, *of.derived, "created_at", "updated_at"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_token_is_for_every_organization_that_is_named(owner: Client, order: int) -> None:
    own = owner.on.demo["organization_id"]
    event = as_admin("GET", USER)
    event["headers"] = {"Authorization": f"Bearer {owner.token}"}
    named = [own, "another"][::order]
    event |= {
        "queryStringParameters": {"o": named[-1]},
        "multiValueQueryStringParameters": {"o": named},
    }
    assert owner.on.invoke("admin", event)["statusCode"] == 403
