"""JSON:API libraries that know nothing about Frontdesk: they read, page, include, create, patch and delete."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from local.cloud import Details
from tests.clients.conftest import PROGRAMS, PYTHON
from tests.support.demo import ADA, COFFEE

pytestmark = pytest.mark.clients


@pytest.fixture(autouse=True)
def _order(demo: Details, surroundings: Mapping[str, str]) -> None:
    """Places an order with a customer and a booking, so that there is one to read."""
    booking = {
        "resource_id": surroundings["ROOM"],
        "service_id": {surroundings["SERVICE"]: 1},
        "start_date": surroundings["START"],
        "end_date": surroundings["END"],
        "booking_add_ons": [{"add_on_id": COFFEE.id}],
    }
    answer = httpx.post(
        f"{demo['base_url']}/api/v1/orders/from-config",
        json={"order_customer_id": ADA.id, "bookings": [booking]},
        headers={"Authorization": f"Bearer {demo['token']}", "Content-Type": "application/vnd.api+json"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text


def assert_worked(told: Mapping[str, Any], name: str) -> None:
    """Checks the output that all programs print."""
    assert told["read"] == f"{name} One"
    assert told["patched"] == f"{name} Two"
    assert (told["pages"], told["others"], told["total"]) == ([1, 1], True, True)
    assert told["included"] == [ADA.email, "BB"]
    assert told["deleted"]
    assert told["refused"]


def test_jsonapi_client(run: Callable[..., str]) -> None:
    assert_worked(json.loads(run(PYTHON, PROGRAMS / "jsonapi_client_of_python.py")), "Json")


def test_devour(node: Callable[..., Any]) -> None:
    assert_worked(node("devour.mjs"), "Devour")


def test_kitsu(node: Callable[..., Any]) -> None:
    assert_worked(node("kitsu.mjs"), "Kitsu")
