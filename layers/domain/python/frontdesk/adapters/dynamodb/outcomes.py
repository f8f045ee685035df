"""Finds out what became of a write that lost or got no answer, and ensures that it cannot still take effect."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.table import Table
from frontdesk.adapters.dynamodb.transaction import Transaction
from frontdesk.adapters.dynamodb.updates import new_order_condition, order_update
from frontdesk.domain.booking.writes import (
    ChangedBooking,
    ChangedOrder,
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
    """A table that knows the outcome of its writes."""

    def _final(
        self, context: Context, writes: Sequence[Write], lost: dict[Key, Any]
    ) -> Mapping[Key, Any] | None:
        """Ensures that a lost write stays lost although an earlier send may still arrive. Returns None if that send just succeeded."""
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
        """Whether writes that got no answer in time are done.

        Looks, and otherwise withdraws them, once each. Raises OutcomeUnknown if that gets no answer either.
        """
        guard, once = _guard(writes, {}), context._replace(clock=_Once(context.clock))
        if guard is None:
            # Such writes are harmless whenever they arrive: they only clean up.
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
            # It changed more than once, perhaps by these writes too.
            raise OutcomeUnknown
        return False

    def has_put(self, transaction: Transaction, clock: Clock) -> bool:
        """Whether the items a transaction puts exist, once its time is up."""
        try:
            return self.batch_get(list(transaction.rows), _Once(clock), consistent=True) == transaction.rows
        except Busy:
            return False

    def _withdraw(self, context: Context, guard: NewOrder | ChangedOrder) -> Any:
        """Breaks the condition of a write for good, so that no send of it can still take effect.

        Returns the order after that: a tombstone, or another version.
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
    """Returns the key that a write is about, then those it depends on."""
    match write:
        case LedgerChange():
            return [ledger_item(write.key)]
        case NewOrder(order) | ChangedOrder(_, order) | CheckedOrder(order) | RemovedOrder(order):
            return [Key("order", order.id)]
        case NewBooking(booking) | ChangedBooking(_, booking) | RemovedBooking(booking):
            return [Key("booking", booking.id)]
        case VoucherCount() | CheckedVoucher() | Recorded():
            return [write.key]
        case NewCustomer(customer):
            return [catalog_key(customer), *claims_of(customer)]


def is_done(write: Write, lost: Mapping[Key, Any]) -> bool:
    """Whether the conflicting item is this very write, whose answer was lost.

    Told by the attempt, which no two placings share; other changes can safely be decided again.
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
    """Whether an order or booking is as it was to be written. Everything else was written along with it."""
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
    """Returns the order without what its mails may have changed meanwhile."""
    return order.model_copy(update={"causes": (), "unsent": frozenset(), "notification": None})


def _guard(writes: Sequence[Write], lost: Mapping[Key, Any]) -> NewOrder | ChangedOrder | None:
    """Returns the write whose condition, once broken, prevents all of them; None if none is needed.

    A conflicting order's is broken already. Steps of an order being placed have no effect alone.
    """
    heads = [write for write in writes if isinstance(write, NewOrder | ChangedOrder)]
    if any(keys_of(write)[0] in lost for write in heads):
        return None
    return next((write for write in heads if write.order.status not in INVISIBLE), None)


class _Once:
    """A clock with time for one try of each call."""

    def __init__(self, clock: Clock) -> None:
        self.now = clock.now

    def pause(self, _: int) -> None:
        raise Busy
