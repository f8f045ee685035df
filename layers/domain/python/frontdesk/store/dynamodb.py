"""The repository: what the use cases read and write, in DynamoDB's terms."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.model.access import Token
from frontdesk.model.catalog import CatalogItem, voucher_code_key
from frontdesk.model.ledger import LedgerChange
from frontdesk.model.order import Booking, Notification, Order
from frontdesk.model.placement import Placement
from frontdesk.model.snapshot import Key, ledger_item
from frontdesk.store import items
from frontdesk.store.items import CatalogRow, ItemKey, OrderRow, Raw
from frontdesk.store.transaction import Transaction, send_until_known
from frontdesk.usecases.ports import Clock

_MOST_KEYS = 100
_KEY_SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
_KEY_TYPES = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "list_pk", "list_sk")]

_shape, _version, _segments, _holds = Path("shape"), Path("version"), Path("seg"), Path("holds")


class DynamoStore:
    """Implements `usecases.ports.Store` on one table. Safe to share between threads."""

    def __init__(self, table_name: str, *, region: str | None = None, endpoint: str | None = None) -> None:
        self.table_name = table_name
        # Every retry is ours (`send_until_known`): it must know the time left, and what an answer that was lost means.
        self._connection = Connection(
            region, endpoint, connect_timeout_seconds=2, read_timeout_seconds=5, max_retry_attempts=0,
            max_pool_connections=64,
        )  # fmt: skip
        self._connection.add_meta_table(MetaTable({"TableName": table_name, "KeySchema": _KEY_SCHEMA, "AttributeDefinitions": _KEY_TYPES}))

    def read(self, organization_id: str, keys: Iterable[Key], clock: Clock, *, consistent: bool) -> dict[Key, Any]:
        by_item = {items.item_key(organization_id, key): key for key in keys}
        raw = self._batch_get(list(by_item), clock, consistent)
        return {key: self._to_item(organization_id, key, raw.get(item_key)) for item_key, key in by_item.items()}

    def order(self, organization_id: str, order_id: str, clock: Clock) -> tuple[Order, list[Booking]] | None:
        rows = self._query(items.order_key(organization_id, order_id).pk, clock)
        head = rows.get("order")
        if head is None:
            return None
        # Index entries of further resources (booking#1#resource) share the prefix and are no bookings.
        bookings = [items.to_booking(order_id, raw) for sk, raw in sorted(rows.items()) if sk.count("#") == 1]
        return items.to_order(organization_id, order_id, head), bookings

    def token(self, organization_id: str, digest: str, clock: Clock) -> Token | None:
        key = items.token_key(organization_id, digest)
        raw = self._batch_get([key], clock, consistent=True).get(key)
        return None if raw is None else items.to_token(raw)

    def place(self, placement: Placement, clock: Clock) -> Mapping[Key, Any] | None:
        order = placement.order
        organization_id = order.organization_id
        names: dict[ItemKey, Key] = {}

        def named(key: Key) -> ItemKey:
            item_key = items.item_key(organization_id, key)
            names[item_key] = key
            return item_key

        transaction = Transaction(self._connection, self.table_name)
        own = named(Key("order", order.id))
        transaction.put(items.order_row(order), OrderRow.pk.does_not_exist())
        for booking in placement.bookings:
            for row in items.booking_rows(organization_id, booking):
                transaction.put(row)
        for ledger in placement.ledgers:
            transaction.update(named(ledger_item(ledger.seen.key)), *_ledger_update(ledger))
        if placement.redeemed:
            redeemed = named(Key("voucher", voucher_code_key(placement.redeemed.code)))
            transaction.update(
                redeemed,
                [CatalogRow.redemptions.set(CatalogRow.redemptions + 1)],
                CatalogRow.redemptions < Path("max_redemptions"),
            )
        for order_id, attempt in placement.expired_orders:
            transaction.update(named(Key("order", order_id)), *_expiry(attempt, order.created_at))

        lost = transaction.commit(clock)
        if _is_written_by(order, lost.get(own)):
            return None
        return {names[key]: self._to_item(organization_id, names[key], raw) for key, raw in lost.items()} or None

    def write_notification(self, order: Order, notification: Notification, clock: Clock, *, seen: Notification | None) -> bool:
        stored = OrderRow.notification
        if seen is None:
            condition = OrderRow.pk.exists() & stored.does_not_exist()
        else:
            # Attempts go up with every lease, so that they tell one state from any earlier or later one.
            condition = (stored.state == seen.state) & (stored.attempts == seen.attempts)
        return self._update(
            items.order_key(order.organization_id, order.id),
            [stored.set(items.notification_map(notification))],
            condition,
            clock,
        )

    def put_catalog(self, organization_id: str, catalog: Iterable[CatalogItem | Token], clock: Clock) -> None:
        """Writes catalog items that are not there yet, and leaves those that are."""
        for item in catalog:
            row = items.catalog_row(organization_id, item)
            transaction = Transaction(self._connection, self.table_name)
            transaction.put(row, CatalogRow.pk.does_not_exist())
            transaction.commit(clock)

    def _to_item(self, organization_id: str, key: Key, raw: Raw | None) -> Any:
        return None if raw is None else items.to_item(organization_id, key, raw)

    def _batch_get(self, keys: list[ItemKey], clock: Clock, consistent: bool) -> dict[ItemKey, Raw]:
        found: dict[ItemKey, Raw] = {}
        waiting, attempt = keys, 0
        while waiting:
            asked: list[Any] = [key._asdict() for key in waiting[:_MOST_KEYS]]
            get = partial(self._connection.batch_get_item, self.table_name, asked, consistent_read=consistent)
            answer = send_until_known(get, clock)
            for raw in answer["Responses"].get(self.table_name, []):
                found[ItemKey(raw["pk"]["S"], raw["sk"]["S"])] = raw
            left_over = answer.get("UnprocessedKeys", {}).get(self.table_name, {}).get("Keys", [])
            waiting = [ItemKey(key["pk"]["S"], key["sk"]["S"]) for key in left_over] + waiting[_MOST_KEYS:]
            if left_over:
                clock.pause(attempt)
                attempt += 1
        return found

    def _query(self, pk: str, clock: Clock) -> dict[str, Raw]:
        rows: dict[str, Raw] = {}
        start = None
        while True:
            query = partial(self._connection.query, self.table_name, pk, consistent_read=True, exclusive_start_key=start)
            page = send_until_known(query, clock)
            rows.update({raw["sk"]["S"]: raw for raw in page["Items"]})
            start = page.get("LastEvaluatedKey")
            if start is None:
                return rows

    def _update(self, key: ItemKey, actions: Sequence[Action], condition: Condition, clock: Clock) -> bool:
        try:
            update = partial(self._connection.update_item, self.table_name, *key, actions=actions, condition=condition)
            send_until_known(update, clock)
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _ledger_update(change: LedgerChange) -> tuple[Sequence[Action], Condition]:
    """The write of a ledger and the condition under which it keeps every other writer's work.

    Where only quantities are added the shape is enough: the segments are the ones that were seen, and each is held
    below its limit. A map that is written whole is bound to the version, which every write counts up.
    """
    seen = change.seen
    holds = {name: items.hold_text(hold) for name, hold in change.new_holds.items()}
    if seen.version == 0:
        segments = {str(start): used for start, used in change.result().items()}
        whole = [_segments.set(segments), _holds.set(holds), _shape.set(_new_shape()), _version.set(1)]
        return whole, Path("pk").does_not_exist()

    actions: list[Action] = [_version.set(_version + 1)]
    if change.replacement is not None:
        actions.append(_segments.set({str(start): used for start, used in change.replacement.items()}))
        condition: Condition = _version == seen.version
    else:
        actions += [
            _segments[str(start)].set(_segments[str(base)] + added if added else _segments[str(base)])
            for start, (base, added) in change.sets.items()
        ]
        condition = _shape == seen.shape
        for start, limit in change.limits.items():
            condition &= _segments[str(start)] <= limit
    actions += [_holds[name].set(text) for name, text in holds.items()]
    actions += [_holds[name].remove() for name in change.evicted]
    if change.reshapes:
        actions.append(_shape.set(_new_shape()))
    return actions, condition


def _is_written_by(order: Order, present: Raw | None) -> bool:
    """Whether the order that stands in the way is this very one: its answer was lost, and its token forgotten."""
    return present is not None and present["attempt"]["S"] == order.attempt


def _new_shape() -> str:
    return secrets.token_urlsafe(6)


def _expiry(attempt: str, now: int) -> tuple[Sequence[Action], Condition]:
    """An order becomes `expired` with the write that takes its hold out, unless it has been completed."""
    actions = [
        OrderRow.status.set("expired"),
        OrderRow.version.set(OrderRow.version + 1),
        OrderRow.updated_at.set(now),
    ]
    return actions, OrderRow.status.is_in("draft", "placing", "expired") & (OrderRow.attempt == attempt)
