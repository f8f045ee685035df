"""A separate table with the demo organization, in a local engine or in memory, and access to its raw items."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any
from uuid import uuid4

import boto3

from frontdesk.adapters.dynamodb.items import key_of, to_item, to_segment
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.ledger import Segment
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from tests.support.demo import CATALOG, ORGANIZATION
from tests.support.dynamodb import engine_of
from tests.support.faults import Tokens

REGION = "eu-central-1"
SCHEMA: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"}
        for name in ("pk", "sk", "list_pk", "list2_pk", "list_sk")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": index,
            "KeySchema": [
                {"AttributeName": pk, "KeyType": "HASH"},
                {"AttributeName": "list_sk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for index, pk in (("lists", "list_pk"), ("lists2", "list2_pk"))
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


class Table:
    """A table with a catalog. The threads of a test share `store`, as the requests to a warm function share its store."""

    def __init__(self, endpoint: str | None, name: str, catalog: Iterable[CatalogItem]) -> None:
        self.name = name
        self.endpoint = endpoint
        self.client = boto3.client("dynamodb", endpoint_url=endpoint, region_name=REGION)
        self.client.create_table(TableName=name, **SCHEMA)
        self.store = self.new_store()
        self.store.put_catalog(Context(ORGANIZATION.id, SystemClock(30)), [*catalog, *CATALOG])

    def new_store(self) -> DynamoStore:
        """Returns a store to which DynamoDB's rule for transaction tokens applies, even if the engine lacks this rule."""
        return Tokens().of(DynamoStore(self.name, region=REGION, endpoint=self.endpoint))

    def items(self, organization_id: str = "") -> dict[tuple[str, str], dict[str, Any]]:
        """Returns every raw item by its key, or only an organization's."""
        if self.endpoint is None:
            there, pk = engine_of(self.name).items, f"{organization_id}#" if organization_id else ""
            return {key: there[key] for key in sorted(there) if key[0].startswith(pk)}
        of = {
            "FilterExpression": "begins_with(pk, :pk)",
            "ExpressionAttributeValues": {":pk": {"S": f"{organization_id}#"}},
        }
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.name, ConsistentRead=True, **(of if organization_id else {})
        )
        return {(raw["pk"]["S"], raw["sk"]["S"]): raw for page in pages for raw in page["Items"]}

    def clear(self) -> None:
        """Deletes every item."""
        self.remove(self.items())

    def put(self, rows: Iterable[dict[str, Any]]) -> None:
        """Writes raw items unconditionally and quickly."""
        if self.endpoint is None:
            for row in rows:
                engine_of(self.name).change("Put", {"Item": row})
            return

        def write(some: list[dict[str, Any]]) -> None:
            left: Any = {self.name: [{"PutRequest": {"Item": row}} for row in some]}
            while left:
                left = self.client.batch_write_item(RequestItems=left)["UnprocessedItems"]

        waiting = iter(rows)
        with ThreadPoolExecutor(4) as threads:
            for _ in threads.map(write, iter(lambda: list(islice(waiting, 25)), [])):
                pass

    def remove(self, found: Iterable[tuple[str, str]]) -> None:
        """Deletes the items under these keys."""
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in found]
        if self.endpoint is None:
            for key in keys:
                engine_of(self.name).change("Delete", {"Key": key})
            return
        for at in range(0, len(keys), 25):
            deletes = [{"DeleteRequest": {"Key": key}} for key in keys[at : at + 25]]
            self.client.batch_write_item(RequestItems={self.name: deletes})

    def objects(self, organization_id: str = ORGANIZATION.id) -> Iterator[tuple[Key, Any]]:
        """Yields an organization's items as domain objects, parsed from raw items."""
        for (pk, sk), raw in self.items(organization_id).items():
            named = key_of(pk, sk)
            if named and named[0] == organization_id:
                yield named[1], to_item(organization_id, named[1], raw)

    def ledger(self, resource_id: str, day: str) -> dict[Segment, int]:
        """Returns the stored segments of a day; none if it was never written."""
        raw = self.items().get((f"{ORGANIZATION.id}#resource#{resource_id}", f"ledger#{day}"))
        return segments_of(raw) if raw else {}


def segments_of(ledger: dict[str, Any]) -> dict[Segment, int]:
    """The segments of a ledger's raw item."""
    return {to_segment(name): int(used["N"]) for name, used in sorted(ledger["seg"]["M"].items())}


@contextmanager
def table(endpoint: str | None, catalog: Iterable[CatalogItem] = ()) -> Iterator[Table]:
    """Yields a table with the demo organization. Items of `catalog` are added, or replace those with the same id."""
    made = Table(endpoint, f"frontdesk-{uuid4().hex[:12]}", catalog)
    try:
        yield made
    finally:
        made.client.delete_table(TableName=made.name)
