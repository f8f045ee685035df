"""Capacity units of recorded requests, from item sizes by DynamoDB's published rule."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bench.handlers import Request
from tests.engine import SCHEMA
from tests.integration.test_store import size

Key = tuple[str, str]
Raw = dict[str, dict[str, Any]]

_INDEX_KEYS = [
    {key["AttributeName"] for key in index["KeySchema"]} for index in SCHEMA["GlobalSecondaryIndexes"]
]


class Units(NamedTuple):
    """Units of the table itself, and writes of its indexes."""

    write: int
    read: float
    index_write: int


def units(requests: list[Request], before: Mapping[Key, Raw], after: Mapping[Key, Raw]) -> Units:
    """Returns what the requests cost that turned the items `before` into those `after`."""
    write, read, index_write = 0, 0.0, 0
    for name, parameters in requests:
        if name == "BatchGetItem":
            for asked in parameters["RequestItems"].values():
                for key in asked["Keys"]:
                    # A missing item costs as much as a small one.
                    blocks = max(1, _blocks(before.get(_key(key), {}), 4096))
                    read += blocks if asked.get("ConsistentRead") else blocks / 2
        else:
            for key in _written(parameters):
                old, new = before.get(key, {}), after.get(key, {})
                # The larger of the old and new item; twice, because a transaction prepares and commits.
                write += 2 * max(1, _blocks(old, 1024), _blocks(new, 1024))
                index_write += _index_writes(old, new)
    return Units(write, read, index_write)


def item_bytes(raw: Raw) -> int:
    """Returns the size of an item in bytes."""
    # `size` counts characters; the rule counts UTF-8 bytes.
    return size(json.loads(json.dumps(raw, ensure_ascii=False).encode().decode("latin-1")))


def _index_writes(old: Raw, new: Raw) -> int:
    """Counts index writes. Indexes hold keys only: one unit for each entry put, and for each deleted."""
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
    for action in parameters["TransactItems"]:
        for content in action.values():
            yield _key(content.get("Key") or content["Item"])


def _key(raw: Raw) -> Key:
    return raw["pk"]["S"], raw["sk"]["S"]
