"""Computes the capacity units of recorded requests from item sizes, by DynamoDB's published rule."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from bench.handlers import Request
from tests.integration.test_store import size
from tests.support.engine import SCHEMA, Table
from tests.support.faults import events_of

Key = tuple[str, str]
Raw = dict[str, dict[str, Any]]

_INDEX_KEYS = [
    {key["AttributeName"] for key in index["KeySchema"]} for index in SCHEMA["GlobalSecondaryIndexes"]
]


class Units(NamedTuple):
    """Capacity units of the table, and write units of its indexes."""

    write: int
    read: float
    index_write: int


def units(requests: list[Request], before: Mapping[Key, Raw], after: Mapping[Key, Raw]) -> Units:
    """Returns the cost of the requests.

    `before` has the items of the table before the requests. `after` has the items after the requests.
    """
    write, read, index_write = 0, 0.0, 0
    for name, parameters in requests:
        if name == "Query":
            # Items of one query are added up before rounding.
            found = sum(item_bytes(raw) for raw in _found(parameters, before))
            read += max(1, -(-found // 4096)) / (1 if parameters.get("ConsistentRead") else 2)
        elif name == "BatchGetItem":
            for asked in parameters["RequestItems"].values():
                for key in asked["Keys"]:
                    # A missing item costs the same as a small one.
                    blocks = max(1, _blocks(before.get(_key(key), {}), 4096))
                    read += blocks if asked.get("ConsistentRead") else blocks / 2
        else:
            for key in _written(parameters):
                old, new = before.get(key, {}), after.get(key, {})
                # The larger of the old and the new item counts, twice in a transaction, because it prepares and commits.
                times = 2 if name == "TransactWriteItems" else 1
                write += times * max(1, _blocks(old, 1024), _blocks(new, 1024))
                index_write += _index_writes(old, new)
    return Units(write, read, index_write)


@contextmanager
def metered(on: Table) -> Iterator[list[tuple[str, Units]]]:
    """Yields a list to which each request in the block appends (operation, cost).

    The cost is computed from the items of the table before and after the request.
    """
    spent: list[tuple[str, Units]] = []
    asked: list[tuple[str, dict[str, Any], dict[Key, Raw]]] = []

    def before(params: dict[str, Any], model: Any, **_: Any) -> None:
        asked.append((model.name, params, on.items()))

    def after(**_: Any) -> None:
        name, parameters, items = asked.pop()
        spent.append((name, units([(name, parameters)], items, on.items())))

    events = events_of(on.store)
    hooks = {"provide-client-params.dynamodb": before, "after-call.dynamodb": after}
    for event, hook in hooks.items():
        events.register(event, hook)
    try:
        yield spent
    finally:
        for event, hook in hooks.items():
            events.unregister(event, hook)


def together(spent: Iterable[tuple[str, Units]]) -> Units:
    """Returns the sum of what `metered` yields."""
    write, read, index_write = zip(*(cost for _, cost in spent), strict=True)
    return Units(sum(write), sum(read), sum(index_write))


def item_bytes(raw: Raw) -> int:
    """Returns the size of an item in bytes."""
    # `size` counts characters; the rule counts UTF-8 bytes.
    return size(json.loads(json.dumps(raw, ensure_ascii=False).encode().decode("latin-1")))


def _index_writes(old: Raw, new: Raw) -> int:
    """Counts index writes. Indexes have only keys, so each entry written and each deleted takes one unit."""
    written = 0
    for names in _INDEX_KEYS:
        was, is_now = (
            {name: raw[name] for name in ("pk", "sk", *names)} if raw.keys() >= names else {}
            for raw in (old, new)
        )
        written += 0 if was == is_now else sum(_blocks(entry, 1024) for entry in (was, is_now) if entry)
    return written


def _blocks(raw: Raw, block: int) -> int:
    return -(-item_bytes(raw) // block)


def _written(parameters: dict[str, Any]) -> Iterator[Key]:
    for action in parameters.get("TransactItems") or [{"": parameters}]:
        for content in action.values():
            yield _key(content.get("Key") or content["Item"])


def _found(parameters: dict[str, Any], before: Mapping[Key, Raw]) -> Iterator[Raw]:
    """Yields the items in `before` that a query of one partition reads.

    A query without a prefix reads the items whose sort key is less than "outbox".
    """
    pk, *rest = (value["S"] for value in parameters["ExpressionAttributeValues"].values() if "S" in value)
    has_prefix = "begins_with" in parameters["KeyConditionExpression"]
    for (of, sk), raw in before.items():
        if of == pk and (sk.startswith(rest[0]) if has_prefix else sk < "outbox"):
            yield raw


def _key(raw: Raw) -> Key:
    return raw["pk"]["S"], raw["sk"]["S"]
