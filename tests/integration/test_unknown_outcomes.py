"""A request without an answer of the database in time: 504, or a success if the write was carried out."""

from typing import Any

import pytest

from frontdesk.adapters.dynamodb import outcomes
from frontdesk.adapters.dynamodb import store as dynamodb
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.booking.writes import NewCustomer
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from tests.integration.client import Client, token_of
from tests.integration.conftest import LambdaContext, MotoWorld
from tests.support.demo import ADA, DESK, DESKS, NINE, ORGANIZATION, order
from tests.support.faults import answer_lost, never_arriving

BOOKING = {
    "data": {
        "type": "bookings",
        "attributes": {
            "start_date": NINE.isoformat(),
            "end_date": NINE.replace(hour=11).isoformat(),
            "quantity": 1,
        },
        "relationships": {
            "resources": {"data": [{"type": "resources", "id": DESKS.id}]},
            "services": {"data": [{"type": "services", "id": DESK.id}]},
            "customer": {"data": {"type": "customers", "id": ADA.id}},
        },
    }
}


def document(type: str, **attributes: Any) -> Any:
    return {"data": {"type": type, "attributes": attributes}}


WEBHOOK = document(
    "webhook-subscriptions",
    name="ERP",
    url="https://hooks.example.com/in",
    events=["orders.*"],
    is_active=True,
)
POSTS: dict[str, tuple[str, Any]] = {
    "order": ("/api/v1/orders/from-config", order(notify_customer=False)),
    "booking": ("/api/v1/bookings", BOOKING),
    "resource": ("/api/v1/resources", document("resources", name="Room")),
    "customer": ("/api/v1/customers", document("customers", email="new@example.com")),
    "voucher": ("/api/v1/vouchers", document("vouchers", code="NEW", percent=10)),
    "webhook": ("/api/v1/webhook-subscriptions", WEBHOOK),
}
EVERY = 10**6


@pytest.fixture
def client(moto_world: MotoWorld) -> Client:
    return Client(moto_world, token_of(ORGANIZATION.id, "*"))


def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little time is left when the function begins."""
    monkeypatch.setattr(LambdaContext, "get_remaining_time_in_millis", lambda _: 1300)


@pytest.mark.parametrize("what", list(POSTS))
def test_what_may_still_arrive_is_told_as_unknown(
    client: Client, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body = POSTS[what]
    hurried(monkeypatch)

    with never_arriving(world().store, "TransactWriteItems", EVERY):
        answer = client.call("POST", path, body)

    assert (answer.status, [code for code, _ in answer.refusals]) == (504, ["outcome_unknown"])
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("what", list(POSTS))
def test_what_is_there_by_then_is_answered_as_done(
    client: Client, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body = POSTS[what]
    hurried(monkeypatch)

    with answer_lost(world().store, "TransactWriteItems", EVERY):
        answer = client.call("POST", path, body)

    assert answer.status == 201, answer.document


def test_a_loss_without_a_name_is_no_success(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every failed condition names its item. A failure without a name must not count as success."""
    store, newcomer = world().store, Customer(id="new", email=ADA.email)
    first_alone = outcomes.keys_of
    monkeypatch.setattr(dynamodb, "keys_of", lambda write: first_alone(write)[:1])

    with pytest.raises(KeyError):
        store.write(Context(ORGANIZATION.id, SystemClock(5)), [NewCustomer(newcomer)])

    key = Key("customer", "new")
    assert store.read(Context(ORGANIZATION.id, SystemClock(5)), [key], consistent=True) == {key: None}
