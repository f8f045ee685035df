"""A transaction's token: DynamoDB treats a request with the same token as the same one. Roto does not; `Tokens` adds this."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from frontdesk.bootstrap import SystemClock
from frontdesk.domain.booking.writes import VoucherCount
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from tests.support.demo import ADA, ORGANIZATION
from tests.support.engine import Table, table
from tests.support.faults import answer_lost

ENGINES = [
    pytest.param("ministack_dynamodb", marks=pytest.mark.thorough),
    "memory_dynamodb",
    *(["amazons_dynamodb"] if os.environ.get("DYNAMODB_LOCAL") else []),
]
USES = Key("voucher_use", "once10", ADA.id)


@pytest.fixture(params=[*ENGINES, "roto_dynamodb"])
def on(request: pytest.FixtureRequest) -> Iterator[Table]:
    with table(request.getfixturevalue(request.param)) as made:
        yield made


def add(client: Any, on: Table, by: int) -> None:
    """Increments a counter, always with the same token for a table."""
    update = {
        "TableName": on.name,
        "Key": {"pk": {"S": "counter"}, "sk": {"S": "counter"}},
        "UpdateExpression": "ADD n :by",
        "ExpressionAttributeValues": {":by": {"N": str(by)}},
    }
    client.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken=on.name)


def counter(on: Table) -> dict[str, str]:
    return on.items()["counter", "counter"]["n"]


def test_a_write_whose_answer_was_lost_takes_place_once(on: Table) -> None:
    count = VoucherCount("once10", +1, 5, ADA.id)

    with answer_lost(on.store, "TransactWriteItems", 2):
        assert on.store.write(Context(ORGANIZATION.id, SystemClock(5)), [count]) is None

    assert on.store.read(Context(ORGANIZATION.id, SystemClock(5)), [USES], consistent=True) == {USES: 1}


def test_a_token_stands_for_one_request(on: Table) -> None:
    client = on.store.connection.client
    for _ in range(4):
        add(client, on, 1)

    with pytest.raises(ClientError) as error:
        add(client, on, 2)

    assert error.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"
    assert counter(on) == {"N": "1"}


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_that_knows_tokens_does_as_much_by_itself(
    engine: str, request: pytest.FixtureRequest
) -> None:
    with table(request.getfixturevalue(engine)) as on:
        for _ in range(4):
            add(on.client, on, 1)

        with pytest.raises(ClientError, match="IdempotentParameterMismatchException"):
            add(on.client, on, 2)

        assert counter(on) == {"N": "1"}


def test_control_roto_by_itself_takes_each_for_a_new_one(roto_dynamodb: str) -> None:
    with table(roto_dynamodb) as on:
        for _ in range(4):
            add(on.client, on, 1)

        assert counter(on) == {"N": "4"}
