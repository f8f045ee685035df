"""A table of its own on a real engine, seeded with the demo organization, and what its raw items say."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import boto3

from frontdesk.bootstrap import SystemClock
from frontdesk.store.dynamodb import DynamoStore
from tests.demo import CATALOG, ORGANIZATION

REGION = "eu-central-1"
SCHEMA: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "list_pk", "list_sk")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "lists",
            "KeySchema": [
                {"AttributeName": "list_pk", "KeyType": "HASH"},
                {"AttributeName": "list_sk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


class Table:
    """A seeded table. `store` is shared by threads, as a warm function's is by its requests."""

    def __init__(self, endpoint: str | None, name: str) -> None:
        self.name = name
        self.endpoint = endpoint
        self.client = boto3.client("dynamodb", endpoint_url=endpoint, region_name=REGION)
        self.client.create_table(TableName=name, **SCHEMA)
        self.store = self.new_store()
        self.store.put_catalog(ORGANIZATION.id, CATALOG, SystemClock(30))

    def new_store(self) -> DynamoStore:
        return DynamoStore(self.name, region=REGION, endpoint=self.endpoint)

    def items(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every raw item by its key."""
        pages = self.client.get_paginator("scan").paginate(TableName=self.name, ConsistentRead=True)
        return {(raw["pk"]["S"], raw["sk"]["S"]): raw for page in pages for raw in page["Items"]}

    def ledger(self, resource_id: str, day: str) -> dict[int, int]:
        """The stored segments of a day."""
        raw = self.items().get((f"{ORGANIZATION.id}#resource#{resource_id}", f"ledger#{day}"))
        return {int(start): int(used["N"]) for start, used in sorted(raw["seg"]["M"].items())} if raw else {}


@contextmanager
def table(endpoint: str | None) -> Iterator[Table]:
    made = Table(endpoint, f"frontdesk-{uuid4().hex[:12]}")
    try:
        yield made
    finally:
        made.client.delete_table(TableName=made.name)
