"""The store: reads and writes orders, ledgers and catalog items in DynamoDB."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from pynamodb.expressions.operand import Path

from frontdesk.adapters.dynamodb import indexes, items
from frontdesk.adapters.dynamodb.items import ItemKey, Raw, key_of_row
from frontdesk.adapters.dynamodb.outcomes import Outcomes, keys_of
from frontdesk.adapters.dynamodb.outcomes import is_done as _is_done
from frontdesk.adapters.dynamodb.table import MAX_KEYS, pages
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.adapters.dynamodb.updates import (
    NEW_DAY,
    new_order_condition,
    record,
    resend_update,
    trail_row,
    unchanged,
)
from frontdesk.adapters.dynamodb.updates import count_update as _count_update
from frontdesk.adapters.dynamodb.updates import ledger_update as _ledger_update
from frontdesk.adapters.dynamodb.updates import order_update as _order_update
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
    CheckedBooking,
    CheckedOrder,
    CheckedVoucher,
    NewBooking,
    NewCustomer,
    NewOrder,
    Recorded,
    RemovedBooking,
    RemovedOrder,
    VoucherCount,
    Write,
)
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.ledger import Ledger, LedgerChange
from frontdesk.domain.orders.order import Booking, Order, order_id_of
from frontdesk.domain.orders.snapshot import Key, claims_of
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import Busy, OutcomeUnknown
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Found, Listed

_version, _at = Path("version"), Path("at")


class DynamoStore(Outcomes):
    """Implements `usecases.ports.Store` on one table. Safe to share between threads."""

    def order(self, context: Context, order_id: str) -> tuple[Order, list[Booking]] | None:
        """Returns an order with its bookings, or None if it does not exist. Makes a consistent query of its partition."""
        rows = list(self._head_first(items.order_key(context.organization_id, order_id).pk, context.clock))
        if not rows or rows[0]["sk"]["S"] != "order":
            return None
        # Index entries (booking#1#resource, guest#1) are not bookings.
        bookings = [items.to_booking(order_id, raw) for raw in rows if items.is_booking(raw["sk"]["S"])]
        return items.to_order(context.organization_id, order_id, rows[0]), bookings[::-1]

    def _head_first(self, pk: str, clock: Clock) -> Iterator[Raw]:
        """Yields an order's items over all pages: the order first, then its bookings.

        A booking may have changed after the order was read. Most changes of a booking also increment the
        order's version, and a write that requires the old version then fails. A change of the booking's
        customer or attendance may leave the order's version as it is.
        """
        # The order's messages have higher sort keys, so that they are not read.
        return self.partition(pk, clock, Path("sk") <= "order", newest_first=True)

    def token(self, organization_id: str, digest: str, clock: Clock) -> Token | None:
        """Returns the token with this digest, or None if there is none. Makes one consistent read."""
        key = Key("token", digest)
        token: Token | None = self.read(Context(organization_id, clock), [key], consistent=True)[key]
        return token

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        """Sends the writes as one transaction. Returns None, or the conflicting items if a condition failed.

        If the answer is lost, finds out whether the transaction took effect, or ensures that it never will.
        """
        return self.prepare(context, writes)()

    def prepare(self, context: Context, writes: Sequence[Write]) -> Callable[[], Mapping[Key, Any] | None]:
        """Builds the transaction for these writes, and returns the function that sends it. See `write`."""
        transaction = Transaction(self.connection, self.table_name)
        names: dict[ItemKey, Key] = {}
        new = [write.order for write in writes if isinstance(write, NewOrder)]
        visible = {order.id for order in new if order.status not in INVISIBLE}
        for write in writes:
            keys = {items.item_key(context.organization_id, key): key for key in keys_of(write)}
            names |= keys
            _add(transaction, context.organization_id, next(iter(keys)), write, visible)
            if isinstance(write, NewCustomer):
                record(transaction, context, "created", "customers", None, write.customer)
        return partial(self._send, context, writes, transaction, names)

    def _send(
        self,
        context: Context,
        writes: Sequence[Write],
        transaction: Transaction,
        names: Mapping[ItemKey, Key],
    ) -> Mapping[Key, Any] | None:
        try:
            # Every condition belongs to a known key. A failure without one must not count as success.
            lost = {
                names[key]: self.to_item(context.organization_id, names[key], raw)
                for key, raw in transaction.commit(context.clock).items()
            }
        except OutcomeUnknown:
            if self._is_done_after_all(context, writes):
                return None
            raise Busy from None
        if not lost or any(_is_done(write, lost) for write in writes):
            return None
        return self._final(context, writes, lost) if transaction.unanswered else lost

    def cursor(self, context: Context, name: str) -> int | None:
        """Returns the instant (epoch seconds) up to which the task `name` was done for an organization, or None if it was never done."""
        key = _cursor(context, name)
        found = self.batch_get([key], context.clock, consistent=True).get(key)
        return int(found["at"]["N"]) if found else None

    def move_cursor(self, context: Context, name: str, until: int) -> None:
        """Moves an organization's cursor for the task `name` forward to `until` (epoch seconds). Never moves it back."""
        condition = ABSENT | (_at < until)
        self.update(_cursor(context, name), [_at.set(until)], condition, context.clock)

    def count_resend(self, context: Context, order_id: str, hour: int) -> bool:
        """Counts one more resend of an order in a counter that expires at the end of the hour. Returns False at the limit."""
        return self.update(*resend_update(context.organization_id, order_id, hour), context.clock)

    def everything(self, clock: Clock) -> Iterator[Found]:
        """Yields every item of every organization, from a consistent scan of the table."""

        def scan(start: Any) -> Any:
            return self.connection.scan(self.table_name, consistent_read=True, exclusive_start_key=start)

        return _found(pages(scan, clock))

    def of_resource(self, context: Context, resource_id: str) -> Iterator[Found]:
        """Yields the items of a resource's partition, then the bookings that the index lists for the resource, then their orders."""
        own = list(
            _found(
                self.partition(
                    items.item_key(context.organization_id, Key("resource", resource_id)).pk, context.clock
                )
            )
        )
        yield from own
        ledgers = [item for _, _, item in own if isinstance(item, Ledger)]
        lists = (
            indexes.resources_list(context.organization_id, resource_id, length) for length in indexes.LENGTHS
        )
        bookings = {entry.key: None for pk in lists for entry in self.listed("lists", pk, context.clock)}
        yield from self._all(context, bookings)
        orders = {Key("order", order_id_of(key.id)): None for key in bookings}
        orders |= {Key("order", hold.order_id): None for ledger in ledgers for hold in ledger.holds.values()}
        for found in self._all(context, orders):
            yield found
            order = found[2]
            if isinstance(order, Order) and order.canceling:
                rest = dict.fromkeys(
                    Key("booking", id) for id in order.all_booking_ids if Key("booking", id) not in bookings
                )
                yield from self._all(context, rest)

    def put_catalog(self, context: Context, catalog: Iterable[CatalogItem]) -> None:
        """Writes catalog items that do not exist yet. Leaves existing ones unchanged."""
        for item in catalog:
            transaction = Transaction(self.connection, self.table_name)
            add_item(transaction, context.organization_id, item)
            transaction.commit(context.clock)

    def _all(self, context: Context, keys: Iterable[Key]) -> Iterator[Found]:
        """Yields the existing items under the keys."""
        wanted = [items.item_key(context.organization_id, key) for key in keys]
        for at in range(0, len(wanted), MAX_KEYS):
            yield from _found(
                self.batch_get(wanted[at : at + MAX_KEYS], context.clock, consistent=True).values()
            )

    def listed(
        self,
        index: Literal["lists", "lists2"],
        pk: str,
        clock: Clock,
        *,
        since: int | None = None,
        before: int | None = None,
        newest_first: bool = False,
        at_once: int | None = None,
    ) -> Iterator[Listed]:
        """Yields a list's entries with a time in [since, before), in epoch seconds. Reads `at_once` entries at a time.

        The list is eventually consistent. Entries of the same second are in any order.
        """
        within = Path("list_sk").between(
            f"{max(0, since or 0):011}", "~" if before is None else f"{max(0, before):011}"
        )
        return map(
            items.to_listed,
            self.entries(index, pk, clock, within, newest_first=newest_first, at_once=at_once),
        )


def _cursor(context: Context, name: str) -> ItemKey:
    return ItemKey(f"{context.organization_id}{name}", "cursor")


def _found(rows: Iterable[Raw]) -> Iterator[Found]:
    for raw in rows:
        named = items.key_of(raw["pk"]["S"], raw["sk"]["S"])
        if named is None:
            continue
        try:
            item = items.to_item(*named, raw)
        except (KeyError, TypeError, ValueError):
            # A scan must report an unreadable item and continue.
            item = None
        yield *named, item


def add_item(transaction: Transaction, organization_id: str, item: CatalogItem) -> None:
    """Adds a new catalog item and its claims to a transaction, on condition that none of them exists."""
    transaction.put(items.catalog_row(organization_id, item), ABSENT)
    for claim, owner in claims_of(item).items():
        transaction.put(items.claim_row(organization_id, claim, owner), ABSENT)


def _add(
    transaction: Transaction, organization_id: str, key: ItemKey, write: Write, visible: Collection[str]
) -> None:
    """Adds a write to a transaction. `visible` has the ids of the new orders that the API shows after this transaction."""
    match write:
        case LedgerChange(seen) if seen.version == 0:
            transaction.put(items.new_ledger_row(key, write.result()), NEW_DAY)
        case LedgerChange():
            transaction.update(key, *_ledger_update(write))
        case NewCustomer(customer):
            add_item(transaction, organization_id, customer)
        case NewOrder(order):
            transaction.put(items.order_row(order), new_order_condition(write))
        case ChangedOrder(seen, order):
            transaction.update(key, *_order_update(seen, order))
        case CheckedOrder(seen):
            transaction.check(key, unchanged(seen))
        case RemovedOrder(seen):
            transaction.delete(key, unchanged(seen))
        case NewBooking(booking):
            for row in items.booking_rows(
                organization_id, booking, asks_order=booking.order_id not in visible
            ):
                transaction.put(row)
        case ChangedBooking(seen, booking):
            before = items.booking_rows(organization_id, seen)
            main, *entries = items.booking_rows(organization_id, booking)
            transaction.put(main, _version == seen.version)
            if not write.is_listed_anew:
                return
            for row in entries:
                transaction.put(row)
            for gone in set(map(key_of_row, before)) - set(map(key_of_row, [main, *entries])):
                transaction.delete(gone)
        case CheckedBooking(seen):
            transaction.check(key, _version == seen.version)
        case RemovedBooking(booking):
            for row in items.booking_rows(organization_id, booking):
                transaction.delete(key_of_row(row))
        case VoucherCount():
            transaction.update(key, *_count_update(write))
        case CheckedVoucher(_, version):
            transaction.check(key, _version == version)
        case Recorded(_, _, entry):
            transaction.put(trail_row(key, entry))
