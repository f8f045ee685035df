"""The repository: what the use cases read and write, in DynamoDB's terms."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.items import ItemKey, Raw, key_of_row
from frontdesk.adapters.dynamodb.transaction import (
    ABSENT,
    Transaction,
    leave_as_it_is,
    send_change_until_known,
    send_until_known,
)
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedOrder,
    NewBooking,
    NewCustomer,
    NewOrder,
    RemovedBooking,
    RemovedOrder,
    VoucherCount,
    Write,
)
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.ledger import Ledger, LedgerChange
from frontdesk.domain.orders.order import Booking, Notification, Order, order_id_of
from frontdesk.domain.orders.snapshot import Key, catalog_key, claims_of, ledger_item
from frontdesk.domain.orders.states import INVISIBLE, is_tombstone, tombstone_of
from frontdesk.domain.problems import Busy, OutcomeUnknown
from frontdesk.usecases.ports import Clock, Found, Listed

_MAX_KEYS = 100
_KEY_SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
# Each index by the names of its keys.
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
# Of the keys of an index, read at once.
_MAX_LISTED = 1000

# Nobody has written the day since it was found to be new.
_NEW_DAY = ABSENT
_version, _segments, _holds = Path("version"), Path("seg"), Path("holds")
_status, _attempt, _active_bookings, _updated_at = (
    Path("status"),
    Path("attempt"),
    Path("active_bookings"),
    Path("updated_at"),
)
_expires_at, _notification, _body = Path("expires_at"), Path("notification"), Path("body")


class DynamoStore:
    """Implements `usecases.ports.Store` on one table. Safe to share between threads."""

    def __init__(self, table_name: str, *, region: str | None = None, endpoint: str | None = None) -> None:
        self.table_name = table_name
        # Every retry is ours (`send_until_known`): it must know the time left, and what an answer that was lost means.
        self.connection = Connection(
            region, endpoint, connect_timeout_seconds=2, read_timeout_seconds=5, max_retry_attempts=0,
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
        self, organization_id: str, keys: Iterable[Key], clock: Clock, *, consistent: bool
    ) -> dict[Key, Any]:
        by_item = {items.item_key(organization_id, key): key for key in keys}
        raw = self.batch_get(list(by_item), clock, consistent)
        return {
            key: self._to_item(organization_id, key, raw.get(item_key)) for item_key, key in by_item.items()
        }

    def order(self, organization_id: str, order_id: str, clock: Clock) -> tuple[Order, list[Booking]] | None:
        rows = list(self._head_first(items.order_key(organization_id, order_id).pk, clock))
        if not rows or rows[0]["sk"]["S"] != "order":
            return None
        # Index entries (booking#1#resource, guest#1) are no bookings.
        bookings = [items.to_booking(order_id, raw) for raw in rows if items.is_booking(raw["sk"]["S"])]
        return items.to_order(organization_id, order_id, rows[0]), bookings[::-1]

    def _head_first(self, pk: str, clock: Clock) -> Iterator[Raw]:
        """An order's items, however many pages they take, the order itself before its bookings.

        None of those is older than the order then, and what changes one of them later changes the order too: a write that
        is conditional on the order, as it was read, relies on bookings of the same moment.
        """
        return self.partition(pk, clock, newest_first=True)

    def token(self, organization_id: str, digest: str, clock: Clock) -> Token | None:
        key = Key("token", digest)
        token: Token | None = self.read(organization_id, [key], clock, consistent=True)[key]
        return token

    def write(self, organization_id: str, writes: Sequence[Write], clock: Clock) -> Mapping[Key, Any] | None:
        transaction = Transaction(self.connection, self.table_name)
        names: dict[ItemKey, Key] = {}
        for write in writes:
            keys = _keys_of(write)
            names |= {items.item_key(organization_id, key): key for key in keys}
            _add(transaction, organization_id, items.item_key(organization_id, keys[0]), write)
        try:
            # Whatever has a condition has a name: a loss without one must not pass for success.
            lost = {
                names[key]: self._to_item(organization_id, names[key], raw)
                for key, raw in transaction.commit(clock).items()
            }
        except OutcomeUnknown:
            if self._is_done_after_all(organization_id, writes, clock):
                return None
            raise Busy from None
        if not lost or any(_is_done(write, lost) for write in writes):
            return None
        return self._final(organization_id, writes, lost, clock) if transaction.unanswered else lost

    def _final(
        self, organization_id: str, writes: Sequence[Write], lost: dict[Key, Any], clock: Clock
    ) -> Mapping[Key, Any] | None:
        """Makes a loss final whose earlier send had no answer, and may still arrive; None if it has arrived just now."""
        guard = _guard(writes, lost)
        if guard is None:
            return lost
        try:
            present = self._withdraw(organization_id, guard, clock)
        except Busy:
            raise OutcomeUnknown from None
        if _is_written(guard, {_keys_of(guard)[0]: present}):
            return None
        return {**lost, _keys_of(guard)[0]: present}

    def _is_done_after_all(self, organization_id: str, writes: Sequence[Write], clock: Clock) -> bool:
        """Whether writes whose time is up without an answer are done: looks, and else withdraws them, once each.

        Raises OutcomeUnknown where that has no answer either.
        """
        guard, once = _guard(writes, {}), _Once(clock)
        if guard is None:
            # Such writes are good whenever they arrive, and do nothing but clear the way.
            return False
        try:
            keys = {
                _keys_of(write)[0]
                for write in writes
                if isinstance(write, NewOrder | ChangedOrder | ChangedBooking)
            }
            found = self.read(organization_id, keys, once, consistent=True)
            if all(_is_written(write, found) for write in writes):
                return True
            present = self._withdraw(organization_id, guard, once)
        except Busy:
            raise OutcomeUnknown from None
        if _is_written(guard, {_keys_of(guard)[0]: present}):
            return all(
                _is_written(write, self.read(organization_id, keys, once, consistent=True))
                for write in writes
            )
        if (
            isinstance(guard, ChangedOrder)
            and present is not None
            and present.version > guard.seen.version + 1
        ):
            # It has been changed more than once: by these writes, too, or not.
            raise OutcomeUnknown
        return False

    def _withdraw(self, organization_id: str, guard: NewOrder | ChangedOrder, clock: Clock) -> Any:
        """Breaks the condition of a write for good, so that no send of it can take effect any more.

        Returns the order as it is then: a tombstone, or of another version than was seen.
        """
        transaction, key = Transaction(self.connection, self.table_name), _keys_of(guard)[0]
        at = items.item_key(organization_id, key)
        if isinstance(guard, NewOrder):
            after = tombstone_of(guard.order, clock.now())
            transaction.put(items.order_row(after), _new_order_condition(guard))
        else:
            after = guard.seen.model_copy(update={"version": guard.seen.version + 1})
            transaction.update(at, *_order_update(guard.seen, after))
        in_the_way = transaction.commit(clock)
        return self._to_item(organization_id, key, in_the_way[at]) if in_the_way else after

    def write_notification(
        self, order: Order, notification: Notification, clock: Clock, *, seen: Notification | None
    ) -> bool:
        return self.update(
            items.order_key(order.organization_id, order.id),
            [_notification.set(items.notification_map(notification))],
            _mail_is(seen),
            clock,
        )

    def everything(self, clock: Clock) -> Iterator[Found]:
        def scan(start: Any) -> Any:
            return self.connection.scan(self.table_name, consistent_read=True, exclusive_start_key=start)

        return _found(_pages(scan, clock))

    def of_resource(self, organization_id: str, resource_id: str, clock: Clock) -> Iterator[Found]:
        own = list(
            _found(self.partition(items.item_key(organization_id, Key("resource", resource_id)).pk, clock))
        )
        yield from own
        ledgers = [item for _, _, item in own if isinstance(item, Ledger)]
        lists = (items.resources_list(organization_id, resource_id, length) for length in items.LENGTHS)
        bookings = {entry.key: None for pk in lists for entry in self.listed("lists", pk, clock)}
        yield from self._all(organization_id, bookings, clock)
        orders = {Key("order", order_id_of(key.id)): None for key in bookings}
        orders |= {Key("order", hold.order_id): None for ledger in ledgers for hold in ledger.holds.values()}
        for found in self._all(organization_id, orders, clock):
            yield found
            order = found[2]
            if isinstance(order, Order) and order.canceling:
                rest = dict.fromkeys(
                    Key("booking", id) for id in order.booking_ids if Key("booking", id) not in bookings
                )
                yield from self._all(organization_id, rest, clock)

    def put_catalog(self, organization_id: str, catalog: Iterable[CatalogItem], clock: Clock) -> None:
        """Writes catalog items that are not there yet, and leaves those that are."""
        for item in catalog:
            transaction = Transaction(self.connection, self.table_name)
            add_item(transaction, organization_id, item)
            transaction.commit(clock)

    def _to_item(self, organization_id: str, key: Key, raw: Raw | None) -> Any:
        return None if raw is None else items.to_item(organization_id, key, raw)

    def batch_get(self, keys: list[ItemKey], clock: Clock, consistent: bool) -> dict[ItemKey, Raw]:
        """The raw items that are there under the keys, however many."""
        found: dict[ItemKey, Raw] = {}
        waiting, attempt = keys, 0
        while waiting:
            asked: list[Any] = [key._asdict() for key in waiting[:_MAX_KEYS]]
            get = partial(self.connection.batch_get_item, self.table_name, asked, consistent_read=consistent)
            answer = send_until_known(get, clock)
            for raw in answer["Responses"].get(self.table_name, []):
                found[key_of_row(raw)] = raw
            left_over = answer.get("UnprocessedKeys", {}).get(self.table_name, {}).get("Keys", [])
            waiting = [ItemKey(key["pk"]["S"], key["sk"]["S"]) for key in left_over] + waiting[_MAX_KEYS:]
            if left_over:
                clock.pause(attempt)
                attempt += 1
        return found

    def _all(self, organization_id: str, keys: Iterable[Key], clock: Clock) -> Iterator[Found]:
        """The items that are there under the keys."""
        wanted = [items.item_key(organization_id, key) for key in keys]
        for at in range(0, len(wanted), _MAX_KEYS):
            yield from _found(self.batch_get(wanted[at : at + _MAX_KEYS], clock, consistent=True).values())

    def listed(
        self,
        index: Literal["lists", "lists2"],
        pk: str,
        clock: Clock,
        *,
        since: int | None = None,
        before: int | None = None,
        newest_first: bool = False,
        at_once: int = _MAX_LISTED,
    ) -> Iterator[Listed]:
        """The entries of a list from `since` (epoch seconds) to `before`, `at_once` of them as they are asked for.

        They may be some seconds behind. Those of one second are in no order.
        """
        within = Path("list_sk").between(
            f"{max(0, since or 0):011}", "~" if before is None else f"{max(0, before):011}"
        )
        return map(
            items.to_listed,
            self.entries(index, pk, clock, within, newest_first=newest_first, at_once=at_once),
        )

    def entries(
        self,
        index: Literal["lists", "lists2"],
        pk: str,
        clock: Clock,
        within: Condition | None = None,
        *,
        newest_first: bool = False,
        at_once: int = _MAX_LISTED,
    ) -> Iterator[Raw]:
        """The raw entries of a list, `at_once` of them as they are asked for."""

        def query(start: Any) -> Any:
            return self.connection.query(
                self.table_name, pk, within, index_name=index, exclusive_start_key=start, limit=at_once,
                scan_index_forward=not newest_first,
            )  # fmt: skip

        return _pages(query, clock)

    def partition(self, pk: str, clock: Clock, *, newest_first: bool = False) -> Iterator[Raw]:
        """The items of a partition in the order of their sort keys, read consistently, page by page as they are asked for."""

        def query(start: Any) -> Any:
            return self.connection.query(
                self.table_name,
                pk,
                consistent_read=True,
                exclusive_start_key=start,
                scan_index_forward=not newest_first,
            )

        return _pages(query, clock)

    def update(self, key: ItemKey, actions: Sequence[Action], condition: Condition, clock: Clock) -> bool:
        """Changes one item; False if its condition does not hold."""
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


def _pages(ask: Callable[[Any], Any], clock: Clock) -> Iterator[Raw]:
    """The items of all pages; `ask` is given the key after which a page begins."""
    start = None
    while True:
        page = send_until_known(partial(ask, start), clock)
        yield from page["Items"]
        start = page.get("LastEvaluatedKey")
        if start is None:
            return


def _found(rows: Iterable[Raw]) -> Iterator[Found]:
    for raw in rows:
        named = items.key_of(raw["pk"]["S"], raw["sk"]["S"])
        if named is None:
            continue
        try:
            item = items.to_item(*named, raw)
        except (KeyError, TypeError, ValueError):
            # Whoever looks at everything wants to know of it, and of the rest.
            item = None
        yield *named, item


def _keys_of(write: Write) -> list[Key]:
    """What a write is about, and what it depends on beside that."""
    match write:
        case LedgerChange():
            return [ledger_item(write.key)]
        case NewOrder(order) | ChangedOrder(_, order) | CheckedOrder(order) | RemovedOrder(order):
            return [Key("order", order.id)]
        case NewBooking(booking) | ChangedBooking(_, booking) | RemovedBooking(booking):
            return [Key("booking", booking.id)]
        case VoucherCount():
            return [write.key]
        case NewCustomer(customer):
            return [catalog_key(customer), *claims_of(customer)]


def add_item(transaction: Transaction, organization_id: str, item: CatalogItem) -> None:
    """A new item of the catalog with its claims, if none of them is there."""
    transaction.put(items.catalog_row(organization_id, item), ABSENT)
    for claim, owner in claims_of(item).items():
        transaction.put(items.claim_row(organization_id, claim, owner), ABSENT)


def _add(transaction: Transaction, organization_id: str, key: ItemKey, write: Write) -> None:
    match write:
        case LedgerChange(seen) if seen.version == 0:
            transaction.put(items.new_ledger_row(key, write.result()), _NEW_DAY)
        case LedgerChange():
            transaction.update(key, *_ledger_update(write))
        case NewCustomer(customer):
            add_item(transaction, organization_id, customer)
        case NewOrder(order):
            transaction.put(items.order_row(order), _new_order_condition(write))
        case ChangedOrder(seen, order):
            transaction.update(key, *_order_update(seen, order))
        case CheckedOrder(seen):
            transaction.check(key, _unchanged(seen))
        case RemovedOrder(seen):
            transaction.delete(key, _unchanged(seen))
        case NewBooking(booking):
            for row in items.booking_rows(organization_id, booking):
                transaction.put(row)
        case ChangedBooking(seen, booking):
            before = items.booking_rows(organization_id, seen)
            main, *entries = items.booking_rows(organization_id, booking)
            transaction.put(main, _version == seen.version)
            for row in entries:
                transaction.put(row)
            for gone in set(map(key_of_row, before)) - set(map(key_of_row, [main, *entries])):
                transaction.delete(gone)
        case RemovedBooking(booking):
            for row in items.booking_rows(organization_id, booking):
                transaction.delete(key_of_row(row))
        case VoucherCount():
            transaction.update(key, *_count_update(write))


def _ledger_update(change: LedgerChange) -> tuple[Sequence[Action], Condition]:
    """The write of a ledger that is there, and the condition under which it keeps every other writer's work: `LedgerChange.applied_to`.

    Maps that are written whole are bound to the version, which every write counts up.
    """
    seen = change.seen
    holds = {name: items.hold_text(hold) for name, hold in change.new_holds.items()}
    actions: list[Action] = [_version.set(_version + 1)]
    condition: Condition = Path("pk").exists()
    if change.replacement is not None:
        gone = change.ended.keys() | change.dropped
        holds = {name: items.hold_text(hold) for name, hold in seen.holds.items() if name not in gone} | holds
        actions.append(
            _segments.set({items.segment_name(segment): used for segment, used in change.replacement.items()})
        )
        actions.append(_holds.set(holds))
        condition = _version == seen.version
    for segment, parts in change.parts.items():
        used = _segments[items.segment_name(segment)]
        for part, added in parts.items():
            # As a cut-off part stands only where the segment was, it can be set outright from that.
            actions.append(_segments[items.segment_name(part)].set(used + added if added else used))
        if segment not in parts:
            actions.append(used.remove())
    for segment, (least, most) in change.bounds.items():
        used = _segments[items.segment_name(segment)]
        if least or most is None:
            condition &= used >= least
        if most is not None:
            condition &= used <= most
    if change.replacement is None:
        for name in change.ended:
            condition &= _holds[name].exists()
        for name in change.new_holds:
            condition &= _holds[name].does_not_exist()
        actions += [_holds[name].set(text) for name, text in holds.items()]
        actions += [_holds[name].remove() for name in change.ended.keys() | change.dropped]
    return actions, condition


def _new_order_condition(write: NewOrder) -> Condition:
    return ABSENT if write.tombstone is None else _unchanged(write.tombstone)


def _unchanged(seen: Order) -> Condition:
    condition: Condition = (_version == seen.version) & (_attempt == seen.attempt) & (_status == seen.status)
    return condition


def _order_update(seen: Order, order: Order) -> tuple[Sequence[Action], Condition]:
    actions: list[Action] = [
        _status.set(order.status),
        _version.set(order.version),
        _active_bookings.set(order.active_bookings),
        _updated_at.set(order.updated_at),
    ]
    if seen.status in INVISIBLE and order.status not in INVISIBLE:
        actions += [
            Path(name).set(value) for name, value in items.order_lists(order).items() if value is not None
        ]
    if order.expires_at != seen.expires_at:
        actions.append(
            _expires_at.remove() if order.expires_at is None else _expires_at.set(order.expires_at)
        )
    body = items.order_body(order)
    if body != items.order_body(seen):
        actions.append(_body.set(body))
    condition = _unchanged(seen)
    if order.notification != seen.notification and order.notification is not None:
        # The mail has a life of its own, which no version counts.
        actions.append(_notification.set(items.notification_map(order.notification)))
        condition &= _mail_is(seen.notification)
    return actions, condition


def _mail_is(seen: Notification | None) -> Condition:
    mail = Path("notification")
    condition: Condition = Path("pk").exists() & mail.does_not_exist()
    if seen is not None:
        # Attempts go up with every lease of a mail, so that they tell one state of it from any earlier or later one.
        condition = (
            (mail["state"] == seen.state)
            & (mail["attempts"] == seen.attempts)
            & (mail["version"] == seen.version)
        )
    return condition


def _count_update(write: VoucherCount) -> tuple[Sequence[Action], Condition]:
    count = Path("redemptions")
    if write.by < 0:
        return [count.set(count + write.by)], count >= -write.by
    # Only a customer's first use has no counter yet.
    condition = (
        Path("pk").exists() & (count < write.most)
        if write.customer_id is None
        else count.does_not_exist() | (count < write.most)
    )
    return [count.set((count | 0) + write.by)], condition


def _is_done(write: Write, lost: Mapping[Key, Any]) -> bool:
    """Whether what stands in the way is this very write: its answer was lost, and its token forgotten.

    Told by the attempt, which no two placings share; other changes are safe to be decided on again.
    """
    match write:
        case NewOrder(order):
            present = lost.get(Key("order", order.id))
            return (
                isinstance(present, Order) and not is_tombstone(present) and present.attempt == order.attempt
            )
        case ChangedOrder(seen, order) if seen.status == "placing" and order.status != "abandoned":
            present = lost.get(Key("order", order.id))
            return isinstance(present, Order) and (present.attempt, present.status) == (
                order.attempt,
                order.status,
            )
        case _:
            return False


def _is_written(write: Write, found: Mapping[Key, Any]) -> bool:
    """Whether an order or a booking is as it was to be written. Whatever else there is was written along with it."""
    match write:
        case NewOrder():
            return _is_done(write, found)
        case ChangedOrder(seen, order):
            present = found[Key("order", order.id)]
            return isinstance(present, Order) and _told(present, seen) == _told(order, seen)
        case ChangedBooking(_, booking):
            return bool(found.get(Key("booking", booking.id), booking) == booking)
        case _:
            return True


def _told(order: Order, seen: Order) -> Order:
    """An order without what its mail has gone through, unless that alone is changed."""
    mail = order.notification
    if mail is None or order.version == seen.version:
        return order
    return order.model_copy(
        update={"notification": Notification(state="requested", kind=mail.kind, version=mail.version)}
    )


def _guard(writes: Sequence[Write], lost: Mapping[Key, Any]) -> NewOrder | ChangedOrder | None:
    """The write whose condition, once broken, keeps all of them from taking effect; None where none is needed.

    That of an order that is in the way already is broken. Steps of an order that is being placed lead to nothing alone.
    """
    heads = [write for write in writes if isinstance(write, NewOrder | ChangedOrder)]
    if any(_keys_of(write)[0] in lost for write in heads):
        return None
    return next((write for write in heads if write.order.status not in INVISIBLE), None)


class _Once:
    """A clock with time for one try of each call."""

    def __init__(self, clock: Clock) -> None:
        self.now = clock.now

    def pause(self, _: int) -> None:
        raise Busy
