"""DynamoDB takes 4,096 bytes of an expression and 300 operators, which no engine that runs here enforces: the most that a day asks for."""

from collections.abc import Iterator
from itertools import pairwise, product

import pytest

from frontdesk.adapters.dynamodb.items import ItemKey
from frontdesk.adapters.dynamodb.store import DynamoStore, _ledger_update
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.domain.ledger import (
    DAY,
    MAX_CHANGES,
    Claim,
    Hold,
    Ledger,
    LedgerChange,
    LedgerKey,
    Segment,
    change,
)


def day(segments: int, holds: dict[str, Hold]) -> Ledger:
    """One of as many segments, each with another quantity in use."""
    step = DAY // segments
    cuts = [number * step for number in range(segments)] + [DAY]
    used = {Segment(start, end): 50 + start // step for start, end in pairwise(cuts)}
    return Ledger(LedgerKey("room", "2030-04-15"), used, holds, version=3)


def changes() -> Iterator[LedgerChange]:
    """Writes that are bounded below and above, cut segments, end holds and make some, up to the most and a little beyond."""
    whole = Claim(0, DAY, 1)
    for segments, ended, made, cut in product(
        (*range(40, 55, 5), *range(90, MAX_CHANGES + 4)),
        (0, 1, 2, 3, 5, 20),
        (0, 1, 2, 3, 5, 20),
        (False, True),
    ):
        old = {f"old:{number}": Hold("old", "try", whole, False, 5) for number in range(ended)}
        new = {f"new:{number}": Hold("new", "try", whole, False, 5) for number in range(made)}
        claims = [Claim(DAY // segments // 2, DAY - 1, 1) if cut else whole]
        yield change(day(segments, old), claims, capacity=1000, ended=old, holds=new)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> DynamoStore:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return DynamoStore("frontdesk", region="eu-central-1", endpoint="http://127.0.0.1:1")


def test_no_write_of_a_day_is_more_than_dynamodb_takes(store: DynamoStore) -> None:
    largest = 0
    for planned in changes():
        transaction = Transaction(store.connection, "frontdesk")
        transaction.update(ItemKey("o#resource#room", "ledger#2030-04-15"), *_ledger_update(planned))
        [action] = transaction._updates.values()  # noqa: SLF001
        for name in ("UpdateExpression", "ConditionExpression"):
            text = action[name]
            assert len(text) <= 4096, (planned.key, len(text))
            assert sum(text.count(operator) for operator in (" + ", "=", ">", "<", " AND ")) <= 600
            largest = max(largest, len(text))
    # The search gets to where it matters.
    assert largest > 4000
