"""Writes the demo organization into the local cloud's table. Its tokens are public, so never use it for a real stack."""

import json
import time
from pathlib import Path

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.access import Token, new_token, read_token
from frontdesk.domain.catalog.items import (
    AddOn,
    CatalogItem,
    Customer,
    Organization,
    Resource,
    Service,
    Voucher,
)
from frontdesk.usecases.context import Context

_SOURCE = Path(__file__).parent / "demo_organization.json"
_DESK_SECONDS = 12 * 3600


def seed() -> dict[str, str]:
    """Writes those items of the demo organization that do not exist yet. Returns the ids and tokens that a newcomer needs, by name."""
    data = json.loads(_SOURCE.read_text())
    organization = Organization.model_validate(data["organization"])
    customers = [Customer.model_validate(item) for item in data["customers"]]
    resources = [Resource.model_validate(item) for item in data["resources"]]
    services = [Service.model_validate(item) for item in data["services"]]
    add_ons = [AddOn.model_validate(item) for item in data["add_ons"]]
    vouchers = [Voucher.model_validate(item) for item in data["vouchers"]]
    texts = [new_token(organization.id, token["secret"]) for token in data["tokens"]]
    tokens = [
        Token(
            id=presented.digest, organization_id=organization.id, name=token["name"], scopes=token["scopes"]
        )
        for token, text in zip(data["tokens"], texts, strict=True)
        if (presented := read_token(text))
    ]
    catalog: list[CatalogItem] = [
        organization,
        *customers,
        *resources,
        *services,
        *add_ons,
        *vouchers,
        *tokens,
    ]
    world().store.put_catalog(Context(organization.id, SystemClock(30)), catalog)
    return {
        "organization_id": organization.id,
        "token": texts[0],
        "read_only_token": texts[1],
        "customer_id": customers[0].id,
        "german_customer_id": customers[1].id,
        "resource_id": resources[0].id,
        "second_resource_id": resources[1].id,
        "desk_area_id": resources[2].id,
        "service_id": services[0].id,
        "desk_service_id": services[1].id,
        "add_on_id": add_ons[0].id,
        "voucher_code": vouchers[0].code,
        "single_use_voucher_code": vouchers[1].code,
    }


def desk_token() -> dict[str, str]:
    """Creates a token for the desk that expires after 12 hours. Returns {"desk_token": the token's text}."""
    organization_id = json.loads(_SOURCE.read_text())["organization"]["id"]
    text = new_token(organization_id)
    presented = read_token(text)
    assert presented
    until = int(time.time()) + _DESK_SECONDS
    token = Token(
        id=presented.digest,
        organization_id=organization_id,
        name="desk, of make serve",
        scopes=frozenset({"*"}),
        expires_at=until,
    )
    world().store.put_catalog(Context(organization_id, SystemClock(30)), [token])
    return {"desk_token": text}
