"""Finds out whether a write without an answer took effect. If it did not, ensures that it cannot take effect later."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.table import Table
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.adapters.dynamodb.updates import new_order_condition, order_update
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
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key, catalog_key, claims_of, ledger_item
from frontdesk.domain.orders.states import INVISIBLE, is_tombstone, tombstone_of
from frontdesk.domain.problems import Busy, OutcomeUnknown
from frontdesk.usecases.context import Clock, Context


class Outcomes(Table):
    """A table that can find out, after a write's answer was lost, whether the write took effect."""

    def _final(
        self, context: Context, writes: Sequence[Write], lost: dict[Key, Any]
    ) -> Mapping[Key, Any] | None:
        """Finds out whether a transaction took effect although its first attempt got no answer.

        The transaction was sent again, and this attempt failed. `lost` are the items that made it fail.

        Returns None if the first attempt took effect. Otherwise ensures that the first attempt never takes
        effect, and returns the conflicting items. Raises OutcomeUnknown if DynamoDB does not answer in time.
        """
        guard = _guard(writes, lost)
        if guard is None:
            return lost
        try:
            present = self._withdraw(context, guard)
        except Busy:
            raise OutcomeUnknown from None
        if _is_written(guard, {keys_of(guard)[0]: present}):
            return None
        return {**lost, keys_of(guard)[0]: present}

    def _is_done_after_all(self, context: Context, writes: Sequence[Write]) -> bool:
        """Whether a transaction that got no answer in time has succeeded.

        Some transactions do no harm even if they succeed later, for example a cleanup. For such a transaction,
        returns False without reading anything. Any other transaction is blocked if it has not succeeded, so that
        it cannot succeed later. Raises OutcomeUnknown if a call fails, or if the order has changed more than once
        since it was read.
        """
        guard, once = _guard(writes, {}), context._replace(clock=_Once(context.clock))
        if guard is None:
            # These writes only clean up, so they may take effect at any time.
            return False
        try:
            keys = {
                keys_of(write)[0]
                for write in writes
                if isinstance(write, NewOrder | ChangedOrder | ChangedBooking)
            }
            found = self.read(once, keys, consistent=True)
            if all(_is_written(write, found) for write in writes):
                return True
            present = self._withdraw(once, guard)
        except Busy:
            raise OutcomeUnknown from None
        if _is_written(guard, {keys_of(guard)[0]: present}):
            return all(_is_written(write, self.read(once, keys, consistent=True)) for write in writes)
        if (
            isinstance(guard, ChangedOrder)
            and present is not None
            and present.version > guard.seen.version + 1
        ):
            # The order has changed more than once since it was read. These writes may be among the changes.
            raise OutcomeUnknown
        return False

    def has_put(self, transaction: Transaction, clock: Clock) -> bool:
        """Whether all items that a transaction puts are stored unchanged. Used if the outcome is unknown when the time is up."""
        try:
            return self.batch_get(list(transaction.rows), _Once(clock), consistent=True) == transaction.rows
        except Busy:
            return False

    def _withdraw(self, context: Context, guard: NewOrder | ChangedOrder) -> Any:
        """Changes the order so that the condition of the write `guard` can never hold again, even in a late attempt.

        Puts a tombstone (see `domain.orders.states`) for a new order, and increments the version of an
        existing one. If another write came first, changes nothing. Returns the stored order.
        """
        transaction, key = Transaction(self.connection, self.table_name), keys_of(guard)[0]
        at = items.item_key(context.organization_id, key)
        if isinstance(guard, NewOrder):
            after = tombstone_of(guard.order, context.clock.now())
            transaction.put(items.order_row(after), new_order_condition(guard))
        else:
            after = guard.seen.model_copy(update={"version": guard.seen.version + 1})
            transaction.update(at, *order_update(guard.seen, after))
        in_the_way = transaction.commit(context.clock)
        return self.to_item(context.organization_id, key, in_the_way[at]) if in_the_way else after


def keys_of(write: Write) -> list[Key]:
    """Returns the keys of the items that a write changes or checks, the main item first."""
    match write:
        case LedgerChange():
            return [ledger_item(write.key)]
        case NewOrder(order) | ChangedOrder(_, order) | CheckedOrder(order) | RemovedOrder(order):
            return [Key("order", order.id)]
        case (
            NewBooking(booking)
            | ChangedBooking(_, booking)
            | CheckedBooking(booking)
            | RemovedBooking(booking)
        ):
            return [Key("booking", booking.id)]
        case VoucherCount() | CheckedVoucher() | Recorded():
            return [write.key]
        case NewCustomer(customer):
            return [catalog_key(customer), *claims_of(customer)]


def is_done(write: Write, lost: Mapping[Key, Any]) -> bool:
    """Whether `write` failed only because an earlier attempt had succeeded. The earlier attempt got no answer.

    `lost` has the current contents of the items that made the transaction fail. Returns True only if the write
    creates an order or continues placing an order.
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
            # The use case can safely read the items and decide again.
            return False


def _is_written(write: Write, found: Mapping[Key, Any]) -> bool:
    """Whether `found` shows that `write` took effect.

    Compares a `NewOrder`, `ChangedOrder` or `ChangedBooking` with `found`. For any other kind of write, returns
    True without a comparison. The caller also compares the order that the same transaction writes. If the order
    was written, all other writes of the transaction were executed, too.
    """
    match write:
        case NewOrder():
            return is_done(write, found)
        case ChangedOrder(_, order):
            present = found[Key("order", order.id)]
            return isinstance(present, Order) and _untold(present) == _untold(order)
        case ChangedBooking(_, booking):
            return bool(found.get(Key("booking", booking.id), booking) == booking)
        case _:
            return True


def _untold(order: Order) -> Order:
    """Returns the order without the fields that may change when its mails are sent."""
    return order.model_copy(update={"causes": (), "unsent": frozenset(), "notification": None})


def _guard(writes: Sequence[Write], lost: Mapping[Key, Any]) -> NewOrder | ChangedOrder | None:
    """Chooses which of the writes to block (see `_withdraw`), so that the transaction cannot take effect later.

    Returns None if no write needs to be blocked.
    """
    heads = [write for write in writes if isinstance(write, NewOrder | ChangedOrder)]
    if any(keys_of(write)[0] in lost for write in heads):
        # The condition of the order's write has failed, and can never hold again.
        return None
    # Without a visible order, as in the first steps of placing one, a late effect is harmless.
    return next((write for write in heads if write.order.status not in INVISIBLE), None)


class _Once:
    """A clock whose `pause` raises Busy, so that no call is retried."""

    def __init__(self, clock: Clock) -> None:
        self.now = clock.now

    def pause(self, _: int) -> None:
        raise Busy
