"""Items that earlier commits stored are read unchanged: every item of their tables, and the API's answers at that time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from frontdesk.adapters.dynamodb.items import key_of
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.context import Context
from tests.integration.client import Client
from tests.integration.conftest import MotoWorld

# {"items": DynamoDB's own JSON, "answers": {path: document}}, written by the functions of the day in the name.
STORED = sorted((Path(__file__).parent.parent / "data").glob("items-*.json"))

# Never true any more: clients skip a master, and would miss a real booking.
_TOLD_OTHERWISE = {"is_series_master"}


@pytest.fixture(params=STORED, ids=lambda path: path.stem)
def stored(request: pytest.FixtureRequest, moto_world: MotoWorld) -> dict[str, Any]:
    """The table at that time."""
    kept: dict[str, Any] = json.loads(request.param.read_text())
    client = boto3.client("dynamodb")
    for pk, sk in moto_world.items():
        client.delete_item(TableName="frontdesk", Key={"pk": {"S": pk}, "sk": {"S": sk}})
    for item in kept["items"]:
        client.put_item(TableName="frontdesk", Item=item)
    return kept


def test_the_api_tells_what_it_told_then(stored: dict[str, Any], moto_world: MotoWorld) -> None:
    client = Client(moto_world, moto_world.demo["token"])

    for path, then in stored["answers"].items():
        answer = client.get(path)

        assert answer.status == 200, (path, answer.document)
        assert list(_lost(_ordered(then), _ordered(answer.document), path)) == []


def test_every_item_is_read(stored: dict[str, Any]) -> None:
    keys = {found for item in stored["items"] if (found := key_of(item["pk"]["S"], item["sk"]["S"]))}
    assert {key.kind for _, key in keys} >= {
        "organization", "customer", "customer_email", "resource", "service", "add_on", "voucher", "voucher_id",
        "voucher_use", "custom_field", "timeslot_series", "token", "ledger", "series_ledger", "order", "booking",
    }  # fmt: skip

    for organization_id, key in keys:
        found = world().store.read(Context(organization_id, SystemClock(5)), [key], consistent=True)
        assert found[key] is not None, key


def _ordered(document: Any) -> Any:
    """Included resources may come in any order."""
    included = sorted(document.get("included", ()), key=lambda each: (each["type"], each["id"]))
    return {**document, "included": included}


def _lost(then: Any, now: Any, at: str) -> Iterator[str]:
    """Yields the places where something is missing or different. Additional members are no loss."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name, value in then.items():
            if name in _TOLD_OTHERWISE:
                continue
            if name in now:
                yield from _lost(value, now[name], f"{at} {name}")
            else:
                yield f"{at} {name} is gone"
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from _lost(one, other, f"{at} {number}")
    elif then != now:
        yield f"{at}: {then!r} became {now!r}"
