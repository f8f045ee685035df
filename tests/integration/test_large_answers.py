"""Answers above Lambda's limit, through the functions: shortened or refused. The rest is where `meta.cut` says."""

from typing import Any

import pytest

from frontdesk.api import bounds
from frontdesk.api.routes import BOOKINGS, BY_NAME, ORDERS
from tests.integration.client import Client
from tests.integration.conftest import MotoWorld
from tests.support.demo import desks, order


@pytest.fixture
def client(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(bounds, "MAX_ANSWER", 30_000)
    return Client(moto_world, moto_world.demo["token"])


def series(count: int) -> dict[str, Any]:
    daily = {"frequency": "daily", "count": count}
    return order(desks(1, note="long " * 100, recurring=daily), order_customer_id=None)


def test_every_answer_about_a_large_order_is_cut_and_the_rest_is_found(client: Client) -> None:
    placed = client.call("POST", BY_NAME["place_order"].path, series(40))
    assert placed.status == 201, placed.document
    path = f"{ORDERS}/{placed.data['id']}"
    read = client.get(path, include="bookings")
    calculated = client.call("POST", BY_NAME["calculate_order"].path, series(60))
    canceled = client.call("POST", f"{path}/cancel")

    assert [read.status, calculated.status, canceled.status] == [200, 200, 200]
    assert read.document["meta"]["cut"]["included"]["total"] == 40
    assert len(calculated.data["attributes"]["bookings"]) == 60
    rest = client.get(read.document["meta"]["cut"]["rest"], page_size="10")
    named = [each["id"] for each in read.data["relationships"]["bookings"]["data"]]
    assert len(named) == 40
    assert rest.document["meta"]["page"]["total"] == 40
    assert rest.ids == named[:10]


def test_a_list_that_is_too_large_is_400(client: Client) -> None:
    client.call("POST", BY_NAME["place_order"].path, series(40))
    refused = client.get(BOOKINGS, page_size="40")
    assert (refused.status, refused.refusals) == (400, [("answer_too_large", None)])
    assert len(client.listed(BOOKINGS, page_size="40", fields_bookings="number")) == 40
