"""Capacity units of recorded requests, from the sizes of items by DynamoDB's published rule."""

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
    """Of the table itself, and of its index beside."""

    write: int
    read: float
    index_write: int


def units(requests: list[Request], before: Mapping[Key, Raw], after: Mapping[Key, Raw]) -> Units:
    """What requests cost that turned the items `before` into those `after`."""
    write, read, index_write = 0, 0.0, 0
    for name, parameters in requests:
        if name == "BatchGetItem":
            for asked in parameters["RequestItems"].values():
                for key in asked["Keys"]:
                    # What is not there costs as much as what is small.
                    blocks = max(1, _blocks(before.get(_key(key), {}), 4096))
                    read += blocks if asked.get("ConsistentRead") else blocks / 2
        else:
            for key in _written(parameters):
                old, new = before.get(key, {}), after.get(key, {})
                # The larger of the item as it was and as it is; twice, as a transaction prepares and commits.
                write += 2 * max(1, _blocks(old, 1024), _blocks(new, 1024))
                index_write += _index_writes(old, new)
    return Units(write, read, index_write)


def item_bytes(raw: Raw) -> int:
    # `size` counts characters; the rule counts bytes of UTF-8.
    return size(json.loads(json.dumps(raw, ensure_ascii=False).encode().decode("latin-1")))


def _index_writes(old: Raw, new: Raw) -> int:
    """Indexes hold keys only: one unit each for an entry that is put, and for one that is taken away."""
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
