"""Whatever the call, a token never sees, changes or learns anything of another organization."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from frontdesk.api.routes import CATALOG, PUBLIC, ROUTES
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Organization, TimeslotSeries, Voucher
from frontdesk.usecases.context import Context
from tests.integration.client import Answer, Client, token_of
from tests.integration.conftest import MotoWorld, new_moto_world
from tests.support.demo import ADA, MEETING, NINE, ORGANIZATION, ROOM, meeting, order
from tests.support.demo import CATALOG as CATALOG_OF_DEMO
from tests.support.dynamodb import Cloud

UNKNOWN = str(uuid4())
# An item of the demo organization for each name in a path.
Mine = dict[str, str]


@pytest.fixture(scope="module")
def theirs() -> Iterator[MotoWorld]:
    with new_moto_world() as made:
        yield made


@pytest.fixture(scope="module")
def owner(theirs: MotoWorld) -> Client:
    return Client(theirs, theirs.demo["token"])


@pytest.fixture(scope="module")
def stranger(theirs: MotoWorld) -> Client:
    world().store.put_catalog(
        Context("other", SystemClock(5)),
        [Organization(id="other", name="Other", timezone="UTC", currency="EUR")],
    )
    return Client(theirs, token_of("other", "*"))


@pytest.fixture(scope="module")
def mine(owner: Client) -> Mine:
    placed = owner.call("POST", "/api/v1/orders/from-config", order(meeting()))
    hook = {
        "data": {
            "type": "webhook-subscriptions",
            "attributes": {"name": "x", "url": "https://example.com/", "events": ["orders.created"]},
        }
    }
    sent = owner.call("GET", f"/api/v1/orders/{placed.data['id']}/send-notification")
    return {
        "order_id": placed.data["id"],
        "message_id": sent.data["id"],
        "booking_id": placed.data["relationships"]["bookings"]["data"][0]["id"],
        "webhook_id": owner.call("POST", "/api/v1/webhook-subscriptions", hook).data["id"],
        "delivery_id": UNKNOWN,
        "import_id": "20260101T000000-0123456789ab",
        "export_id": made(owner, "exports", {"kind": "bookings"}),
        **{
            CATALOG[name][0]: owner.get(f"/api/v1/{name}").ids[0]
            for name in (
                "organizations",
                "customers",
                "resources",
                "services",
                "add-ons",
                "vouchers",
                "api-tokens",
            )
        },
        "custom_field_id": made(owner, "custom-fields", {"label": "Plate", "field_type": "text"}),
        "message_rule_id": made(
            owner, "message-rules", {"name": "Thanks", "event": "after_end", "offset": 0}
        ),
        "timeslot_series_id": made(
            owner, "timeslot-series", {"name": "Course", "slots": {"mon": [["09:00", "10:00"]]}}
        ),
    }


def made(owner: Client, type: str, attributes: dict[str, Any]) -> str:
    return str(
        owner.call("POST", f"/api/v1/{type}", {"data": {"type": type, "attributes": attributes}}).data["id"]
    )


def address(path: str, ids: Mine) -> str:
    return re.sub(r"<(\w+)>", lambda match: ids[match[1]], path)


BODIES: dict[str, Any] = {
    "PATCH": {"data": {"attributes": {"note": "mine"}}},
    "POST": order(meeting()),
}
PREVIEW = {"data": {"type": "message-previews"}}


def other_id(id: str) -> str:
    """An id of the same form that nothing has."""
    at = -1 if "T" in id else 0
    changed = list(id)
    changed[at] = "0" if id[at] != "0" else "1"
    return "".join(changed)


def calls_of(client: Client, *about: Any, **how: Any) -> tuple[Answer, list[str]]:
    """What is answered, and what DynamoDB was asked for that."""
    asked: list[str] = []
    serve = Cloud.answer

    def noted(cloud: Cloud, operation: str, request: Any) -> Any:
        asked.append(operation)
        return serve(cloud, operation, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cloud, "answer", noted)
        return client.call(*about, **how), asked


@pytest.mark.parametrize(
    ("method", "path"),
    [(route.method, route.path) for route in ROUTES if "<" in route.path and route.scope != PUBLIC],
)
def test_an_address_of_another_organization_answers_as_one_that_is_not_there(
    method: str, path: str, stranger: Client, mine: Mine, theirs: MotoWorld
) -> None:
    before = theirs.items()
    body = PREVIEW if path.endswith("/preview") else BODIES["PATCH"] if method == "PATCH" else None
    if path.endswith("/edit/customer"):
        body = {"customer_id": ADA.id}
    # Of the same form, so that they are looked for too.
    no_ids = {name: other_id(id) for name, id in mine.items()}
    # Its token is remembered.
    stranger.get("/api/v1/user")
    for headers in ({}, {"If-Match": '"1"'}):
        there, asked = calls_of(stranger, method, address(path, mine), body, headers=headers)
        nowhere, asked_for_nothing = calls_of(stranger, method, address(path, no_ids), body, headers=headers)
        assert there.status == 404
        assert hidden(there.document, mine) == hidden(nowhere.document, mine)
        assert there.headers == nowhere.headers
        # It takes as long, too.
        assert asked == asked_for_nothing
    assert theirs.items() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [(route.method, route.path) for route in ROUTES if "<" not in route.path and route.scope != PUBLIC],
)
def test_nothing_of_another_organization_is_in_an_answer(
    method: str, path: str, stranger: Client, owner: Client, mine: Mine, theirs: MotoWorld
) -> None:
    secrets = {mine["order_id"], ADA.email, ROOM.name, MEETING.name, ORGANIZATION.name}
    before = {key: item for key, item in theirs.items().items() if key[0].startswith(ORGANIZATION.id)}
    body = BODIES["POST"] if method == "POST" else None
    parameters = (
        {"service_id": MEETING.id, "resource_id": ROOM.id, "date": "2030-04-15"}
        if "/availability/" in path
        else {}
    )
    answer = stranger.call(method, path, body, **parameters)
    assert not [secret for secret in secrets if secret and secret in json.dumps(answer.document)]
    assert {key: item for key, item in theirs.items().items() if key[0].startswith(ORGANIZATION.id)} == before
    with_their_o = stranger.call(method, path, body, o=ORGANIZATION.id, **parameters)
    assert with_their_o.status == 403


def test_what_is_named_in_a_body_is_looked_for_in_the_own_organization(stranger: Client) -> None:
    answer = stranger.call("POST", "/api/v1/orders/from-config", order(meeting(NINE)))
    assert {code for code, _ in answer.refusals} == {
        "customer_not_found",
        "resource_not_found",
        "service_not_found",
    }


def test_organizations_whose_things_have_the_same_ids_share_nothing(theirs: MotoWorld) -> None:
    """They share neither the room's day, nor the course's, nor a customer's uses of a voucher."""
    course = TimeslotSeries.model_validate(
        {"id": "course", "name": "Course", "slots": {"tue": [["09:00", "10:00"]]}}
    )
    once = Voucher(id="once", code="ONCE", percent=Decimal(10), max_redemptions_per_customer=1)
    for id in ("one", "two"):
        own = Organization(id=id, name=id, timezone="Europe/Berlin", currency="EUR")
        offered = [own if each == ORGANIZATION else each for each in CATALOG_OF_DEMO]
        world().store.put_catalog(Context(id, SystemClock(5)), [*offered, course, once])
        booking = meeting(NINE + timedelta(days=1), timeslot_series_id=course.id)
        body = order(booking, voucher_code=once.code)
        placed, again = (
            Client(theirs, token_of(id, "*")).call("POST", "/api/v1/orders/from-config", body)
            for _ in range(2)
        )
        assert (placed.status, again.status) == (201, 422), placed.document


def hidden(document: Any, mine: Mine) -> str:
    """Returns an answer without the ids that were in the request."""
    return re.sub(
        "|".join(map(re.escape, [*mine.values(), *map(other_id, mine.values())])), "...", json.dumps(document)
    )


def test_whether_an_organization_exists_is_not_told(stranger: Client) -> None:
    stranger.get("/api/v1/user")
    known, unknown = (calls_of(stranger, "GET", "/api/v1/orders", o=id) for id in (ORGANIZATION.id, UNKNOWN))
    assert known[0].status == 403
    assert known == unknown


def test_a_forged_token_of_an_organization_is_refused_as_one_of_none(stranger: Client) -> None:
    """Tokens are found by their digests, and never compared character by character."""
    answers = [
        calls_of(replace(stranger, token=f"fd.{id}.{'x' * 43}"), "GET", "/api/v1/orders")
        for id in (ORGANIZATION.id, UNKNOWN)
    ]
    assert answers[0][0].status == 401
    assert answers[0] == answers[1]


def test_every_answer_has_the_headers_that_keep_it_safe(stranger: Client) -> None:
    orders = "/api/v1/orders"
    asked: list[tuple[int, str, str, Any, dict[str, str]]] = [
        (200, "GET", orders, None, {}),
        (400, "GET", f"{orders}?nothing=1", None, {}),
        (401, "GET", orders, None, {"Authorization": ""}),
        (403, "GET", f"{orders}?o={UNKNOWN}", None, {}),
        (404, "GET", f"{orders}/{UNKNOWN}", None, {}),
        (405, "PATCH", orders, None, {}),
        (406, "GET", orders, None, {"Accept": "text/html"}),
        (415, "POST", f"{orders}/calculate", {}, {"Content-Type": "text/plain"}),
        (422, "POST", f"{orders}/calculate", {}, {}),
    ]
    for status, method, path, body, headers in asked:
        answer = stranger.call(method, path, body, headers=headers)
        assert answer.status == status, answer.document
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
