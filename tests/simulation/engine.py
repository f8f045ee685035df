"""DynamoDB in memory: one table, with the semantics that every local engine leaves out.

Accepts and returns what botocore does. Items are never changed in place, so a reader's copy stays unchanged.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from tests.simulation.expressions import Invalid, Item, condition, update, updated

MAX_ACTIONS = 100
MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_PAGE_BYTES = 1024 * 1024
# Seconds for which a token identifies a successful transaction.
TOKEN_SECONDS = 600

ItemKey = tuple[str, str]


class Commit(NamedTuple):
    """The changes of a transaction: `written` has each item after it, or None for a deleted one."""

    at: int
    step: int
    written: Mapping[ItemKey, Item | None]


class Engine:
    """`commits` is the whole history. `versions` are the earlier states of each item, the oldest first.

    `indexes` names the key attributes of each index. An index contains the keys of the items that have both.
    """

    def __init__(
        self,
        items: Mapping[ItemKey, Item] | None = None,
        indexes: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.items: dict[ItemKey, Item] = {}
        self.indexes = indexes or {}
        # The items of each partition of the table (None) and of its indexes, by sort key.
        self._partitions: dict[tuple[str | None, str], list[tuple[str, ItemKey]]] = {}
        # The items already compared, because they are read more often than written.
        self._sizes: dict[tuple[str | None, ItemKey], int] = {}
        for key, item in (items or {}).items():
            self._set(key, item)
        self.commits: list[Commit] = []
        self.versions: defaultdict[ItemKey, list[Item | None]] = defaultdict(list)
        self._tokens: dict[str, tuple[list[Any], int]] = {}

    def copy(self) -> "Engine":
        """Returns another table with the same items and no history."""
        other = Engine(indexes=self.indexes)
        other.items = dict(self.items)
        other._partitions = {of: list(entries) for of, entries in self._partitions.items()}
        other._sizes = dict(self._sizes)
        return other

    def get(self, key: ItemKey, behind: int = 0) -> Item | None:
        """Returns an item, or its state `behind` versions ago."""
        versions = self.versions[key] if behind else []
        return versions[max(0, len(versions) - behind)] if versions else self.items.get(key)

    def page(
        self,
        pk: str | None,
        start: Any,
        limit: int | None,
        *,
        forward: bool = True,
        index: str | None = None,
        within: Callable[[Item], bool] = lambda _: True,
    ) -> dict[str, Any]:
        """Returns a page of a partition or (None) of the table, after the key `start`. Like DynamoDB, may be followed by an empty page.

        `within` is a condition on sort keys. A page has at most `limit` items and 1 MB.
        """
        if pk is None:
            after = key_of(start) if start else ("", "")
            keys = sorted(key for key in self.items if key > after)
        else:
            entries = self._partitions.get((index, pk), [])
            if start:
                at = (start[self.indexes[index][1] if index else "sk"]["S"], key_of(start))
                entries = (
                    entries[bisect_right(entries, at) :] if forward else entries[: bisect_left(entries, at)]
                )
            keys = [key for _, key in (entries if forward else reversed(entries))]
        found: list[Item] = []
        size = 0
        for key in keys:
            item = self.items[key] if index is None else self._projected(index, key)
            if not within(item):
                continue
            found.append(item)
            size += self._size(index, key, item)
            if len(found) == limit or size > MAX_PAGE_BYTES:
                last = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
                return {"Items": found, "LastEvaluatedKey": self._projected(index, key) if index else last}
        return {"Items": found}

    def _size(self, index: str | None, key: ItemKey, item: Item) -> int:
        if (index, key) not in self._sizes:
            self._sizes[index, key] = _size_of(item)
        return self._sizes[index, key]

    def _projected(self, index: str, key: ItemKey) -> Item:
        item = self.items[key]
        return {name: item[name] for name in ("pk", "sk", *self.indexes[index])}

    def _set(self, key: ItemKey, item: Item | None) -> None:
        before = self.items.get(key)
        if (item is None) != (before is None):
            self._file((None, key[0]), (key[1], key), there=item is not None)
        for index, (pk, sk) in self.indexes.items():
            was, now = (
                (each[pk]["S"], each[sk]["S"]) if each and pk in each and sk in each else None
                for each in (before, item)
            )
            if was != now:
                if was:
                    self._file((index, was[0]), (was[1], key), there=False)
                if now:
                    self._file((index, now[0]), (now[1], key), there=True)
        for of in (None, *self.indexes):
            self._sizes.pop((of, key), None)
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item

    def _file(self, partition: tuple[str | None, str], entry: tuple[str, ItemKey], *, there: bool) -> None:
        entries = self._partitions.setdefault(partition, [])
        at = bisect_left(entries, entry)
        entries[at : at + (not there)] = [entry] if there else []

    def change(self, kind: str, request: Mapping[str, Any]) -> None:
        """Does PutItem, UpdateItem or DeleteItem. Raises ClientError like botocore."""
        try:
            self._write(self._planned([{kind: request}]))
        except ClientError as error:
            answer: Any = error.response
            if "CancellationReasons" not in answer:
                raise
            (reason,) = answer["CancellationReasons"]
            if reason["Code"] == "ConditionalCheckFailed":
                raise refusal("ConditionalCheckFailedException", item=reason.get("Item")) from error
            raise invalid(reason["Message"]) from error

    def transact(self, request: Mapping[str, Any], now: int, step: int) -> dict[str, Any]:
        """Does TransactWriteItems. Raises ClientError like botocore."""
        sent, token = request["TransactItems"], request["ClientRequestToken"]
        known, until = self._tokens.get(token, (sent, 0))
        if now < until:
            if known != sent:
                raise refusal("IdempotentParameterMismatchException")
            return {}
        written = self._planned(sent)
        self._write(written)
        self._tokens[token] = (sent, now + TOKEN_SECONDS)
        self.commits.append(Commit(now, step, written))
        return {}

    def _write(self, written: Mapping[ItemKey, Item | None]) -> None:
        for key, item in written.items():
            self.versions[key].append(self.items.get(key))
            self._set(key, item)

    def _planned(self, sent: Iterable[Mapping[str, Any]]) -> dict[ItemKey, Item | None]:
        actions = [next(iter(each.items())) for each in sent]
        keys = [key_of(action.get("Key") or action["Item"]) for _, action in actions]
        if len(actions) > MAX_ACTIONS:
            raise invalid(f"Member must have length less than or equal to {MAX_ACTIONS}")
        if len(set(keys)) < len(keys):
            raise invalid("Transaction request cannot include multiple operations on one item")
        written: dict[ItemKey, Item | None] = {}
        reasons: list[dict[str, Any]] = []
        size = 0
        for (kind, action), key in zip(actions, keys, strict=True):
            seen = self.items.get(key)
            names, values = (action.get(f"ExpressionAttribute{each}", {}) for each in ("Names", "Values"))
            try:
                changes = update(action["UpdateExpression"]) if kind == "Update" else None
                holds = "ConditionExpression" not in action or condition(action["ConditionExpression"])(
                    seen or {}, names, values
                )
            except Invalid as error:
                raise invalid(str(error)) from error
            if not holds:
                wanted = seen and action.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
                reasons.append({"Code": "ConditionalCheckFailed", **({"Item": seen} if wanted else {})})
                continue
            after = action["Item"] if kind == "Put" else None
            if changes:
                try:
                    after = updated(seen or action["Key"], changes, names, values)
                except Invalid as error:
                    reasons.append({"Code": "ValidationError", "Message": str(error)})
                    continue
            bytes = size_of(after or seen or {})
            if bytes > MAX_ITEM_BYTES:
                reasons.append({"Code": "ValidationError", "Message": "Item size has exceeded 400 KB"})
                continue
            size += bytes
            reasons.append({"Code": "None"})
            if kind != "ConditionCheck":
                written[key] = after
        if any(reason["Code"] != "None" for reason in reasons):
            raise refusal("TransactionCanceledException", reasons=reasons)
        if size > MAX_TRANSACTION_BYTES:
            raise invalid("Collection size in the transaction cannot exceed 4 MB")
        return written


def key_of(raw: Mapping[str, Any]) -> ItemKey:
    return raw["pk"]["S"], raw["sk"]["S"]


def size_of(item: Item) -> int:
    """Returns an item's bytes by DynamoDB's rules; 0 if it is too small to break a limit together with 99 others."""
    # A character has at most four bytes.
    return _size_of(item) if 4 * len(str(item)) > MAX_TRANSACTION_BYTES / MAX_ACTIONS else 0


def _size_of(item: Item) -> int:
    return sum(len(name.encode()) + _bytes_of(value) for name, value in item.items())


def _bytes_of(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return (len(content.strip("-").strip("0")) + 1) // 2 + 1 + content.startswith("-")
    if kind == "SS":
        return sum(len(each.encode()) for each in content)
    assert kind == "M", "the store has no other kinds"
    return 3 + _size_of(content) + len(content)


def refusal(
    code: str,
    message: str = "",
    reasons: list[dict[str, Any]] | None = None,
    item: Item | None = None,
) -> ClientError:
    answer: dict[str, Any] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    if item is not None:
        answer["Item"] = item
    if reasons is not None:
        answer["CancellationReasons"] = reasons
    return ClientError(answer, "DynamoDB")  # type: ignore[arg-type]


def invalid(message: str) -> ClientError:
    return refusal("ValidationException", message)
