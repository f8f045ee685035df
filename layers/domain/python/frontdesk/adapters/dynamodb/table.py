"""The connection to the DynamoDB table. Repeats reads and updates until their outcome is known."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.items import ItemKey, Raw, key_of_row
from frontdesk.adapters.dynamodb.transaction import (
    ABSENT,
    leave_as_it_is,
    send_change_until_known,
    send_until_known,
)
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.sizes import ReadingRoom, day_bytes
from frontdesk.usecases.context import Clock, Context, retries

MAX_KEYS = 100
_KEY_SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
# The key attributes of each index.
_INDEXES = {"lists": ("list_pk", "list_sk"), "lists2": ("list2_pk", "list_sk")}
_INDEX_SCHEMAS = [
    {
        "IndexName": index,
        "KeySchema": [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}],
    }
    for index, (pk, sk) in _INDEXES.items()
]
_KEY_TYPES = [
    {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "list_pk", "list2_pk", "list_sk")
]
# How many index entries are read at once.
MAX_LISTED = 1000


class Table:
    """One table, accessed by the keys of its items. Safe to share between threads."""

    def __init__(
        self,
        table_name: str,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        read_timeout: float = 5,
    ) -> None:
        """`read_timeout` is how many seconds to wait for an answer before the request is repeated."""
        self.table_name = table_name
        # The SDK does not retry. `send_until_known` does, because it knows the time left and what a lost answer means.
        self.connection = Connection(
            region, endpoint, connect_timeout_seconds=2, read_timeout_seconds=read_timeout, max_retry_attempts=0,
            max_pool_connections=64,
        )  # fmt: skip
        leave_as_it_is(self.connection.client)
        self.connection.add_meta_table(
            MetaTable(
                {
                    "TableName": table_name,
                    "KeySchema": _KEY_SCHEMA,
                    "AttributeDefinitions": _KEY_TYPES,
                    "GlobalSecondaryIndexes": _INDEX_SCHEMAS,
                }
            )
        )

    def read(
        self, context: Context, keys: Iterable[Key], *, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[Key, Any]:
        """Returns the items under these keys, with None for each that does not exist. Reads them in batches of MAX_KEYS."""
        by_item = {items.item_key(context.organization_id, key): key for key in keys}
        raw = self.batch_get(list(by_item), context.clock, consistent, room)
        return {
            key: self.to_item(context.organization_id, key, raw.get(item_key))
            for item_key, key in by_item.items()
        }

    def to_item(self, organization_id: str, key: Key, raw: Raw | None) -> Any:
        """Converts a stored item to a domain object, or returns None for None."""
        return None if raw is None else items.to_item(organization_id, key, raw)

    def batch_get(
        self, keys: list[ItemKey], clock: Clock, consistent: bool, room: ReadingRoom | None = None
    ) -> dict[ItemKey, Raw]:
        """Returns the existing raw items with these keys. Raises TooMuchRead if they do not fit into `room`."""
        found: dict[ItemKey, Raw] = {}
        waiting, retrying = keys, retries(clock)
        while waiting:
            asked: list[Any] = [key._asdict() for key in waiting[:MAX_KEYS]]
            get = partial(self.connection.batch_get_item, self.table_name, asked, consistent_read=consistent)
            answer = send_until_known(get, clock)
            for raw in answer["Responses"].get(self.table_name, []):
                found[key_of_row(raw)] = raw
                if room:
                    room.take(_bytes_read(raw))
            left_over = answer.get("UnprocessedKeys", {}).get(self.table_name, {}).get("Keys", [])
            waiting = [ItemKey(key["pk"]["S"], key["sk"]["S"]) for key in left_over] + waiting[MAX_KEYS:]
            if left_over:
                next(retrying)
        return found

    def entries(
        self,
        index: Literal["lists", "lists2"],
        pk: str,
        clock: Clock,
        within: Condition | None = None,
        *,
        newest_first: bool = False,
        at_once: int | None = None,
    ) -> Iterator[Raw]:
        """Yields a list's raw entries, by default the oldest first. Reads `at_once` entries at a time. `within` limits the sort keys."""

        def query(start: Any) -> Any:
            return self.connection.query(
                self.table_name, pk, within, index_name=index, exclusive_start_key=start, limit=at_once or MAX_LISTED,
                scan_index_forward=not newest_first,
            )  # fmt: skip

        return pages(query, clock)

    def partition(
        self, pk: str, clock: Clock, within: Condition | None = None, *, newest_first: bool = False
    ) -> Iterator[Raw]:
        """Yields the raw items of a partition, sorted by key. Reads consistently, page by page. `within` limits the sort keys."""

        def query(start: Any) -> Any:
            return self.connection.query(
                self.table_name,
                pk,
                within,
                consistent_read=True,
                exclusive_start_key=start,
                scan_index_forward=not newest_first,
            )

        return pages(query, clock)

    def put_new(self, row: Raw, clock: Clock) -> None:
        """Puts an item if its key is unused. A transaction would cost twice as many write units."""
        try:
            put = partial(
                self.connection.put_item, self.table_name, *key_of_row(row), attributes=row, condition=ABSENT
            )
            send_change_until_known(put, clock)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    def update(self, key: ItemKey, actions: Sequence[Action], condition: Condition, clock: Clock) -> bool:
        """Updates one item and returns True. Returns False if the condition fails."""
        try:
            update = partial(
                self.connection.update_item, self.table_name, *key, actions=actions, condition=condition
            )
            send_change_until_known(update, clock)
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _bytes_read(raw: Raw) -> int:
    """Estimates the size of an item from its largest attributes. Counting all attributes would take longer."""
    body, segments, holds = raw.get("body"), raw.get("seg"), raw.get("holds")
    return day_bytes(len(segments["M"]) if segments else 0, len(holds["M"]) if holds else 0) + (
        len(body["S"]) if body else 0
    )


def pages(ask: Callable[[Any], Any], clock: Clock) -> Iterator[Raw]:
    """Yields the items of all pages. Calls `ask` with the key after which the page begins, or None for the first page."""
    start = None
    while True:
        page = send_until_known(partial(ask, start), clock)
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if start is None:
            return
