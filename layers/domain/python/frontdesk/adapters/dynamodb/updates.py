"""Builds the updates of existing items with their conditions, and the log entries that say who made the changes."""

from collections.abc import Iterator, Sequence
from time import time_ns
from typing import Any
from uuid import uuid4

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb import items
from frontdesk.adapters.dynamodb.items import ItemKey, Raw, order_key, row
from frontdesk.adapters.dynamodb.table import Table
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.domain.booking.writes import NewOrder, VoucherCount
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.orders.order import Order, causes_text
from frontdesk.domain.orders.resends import MAX_RESENDS, end_of
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.time.intervals import day_of
from frontdesk.domain.trail import KEPT_SECONDS, SYSTEM, Entry, of_thing
from frontdesk.domain.trail import Action as Done
from frontdesk.usecases.context import Context

# The condition that the day still does not exist.
NEW_DAY = ABSENT
_version, _segments, _holds = Path("version"), Path("seg"), Path("holds")
_status, _attempt, _active_bookings, _updated_at = (
    Path("status"),
    Path("attempt"),
    Path("active_bookings"),
    Path("updated_at"),
)
_sk = Path("sk")
_expires_at, _causes, _body = Path("expires_at"), Path("causes"), Path("body")


def ledger_update(change: LedgerChange) -> tuple[Sequence[Action], Condition]:
    """Returns the update of an existing ledger, and the condition that keeps it from overwriting other changes.

    If `change.replacement` is set, the update writes the whole ledger. The condition is then that the ledger's
    version is unchanged. Otherwise, the update writes only some segments and holds, and the condition checks
    only these.
    """
    seen = change.seen
    holds = {name: items.hold_text(hold) for name, hold in change.new_holds.items()}
    actions: list[Action] = [_version.set(_version + 1)]
    conditions: list[Condition] = [Path("pk").exists()]
    if change.replacement is not None:
        gone = change.ended.keys() | change.dropped
        holds = {name: items.hold_text(hold) for name, hold in seen.holds.items() if name not in gone} | holds
        actions.append(
            _segments.set({items.segment_name(segment): used for segment, used in change.replacement.items()})
        )
        actions.append(_holds.set(holds))
        conditions = [_version == seen.version]
    for segment, parts in change.parts.items():
        used = _segments[items.segment_name(segment)]
        for part, added in parts.items():
            # The part's quantity can be set directly, because the condition fixes the quantity of the segment that is split.
            actions.append(_segments[items.segment_name(part)].set(used + added if added else used))
        if segment not in parts:
            actions.append(used.remove())
    for segment, (least, most) in change.bounds.items():
        used = _segments[items.segment_name(segment)]
        if least or most is None:
            conditions.append(used >= least)
        if most is not None:
            conditions.append(used <= most)
    if change.replacement is None:
        conditions += [_holds[name].exists() for name in change.ended]
        conditions += [_holds[name].does_not_exist() for name in change.new_holds]
        actions += [_holds[name].set(text) for name, text in holds.items()]
        actions += [_holds[name].remove() for name in change.ended.keys() | change.dropped]
    return actions, _all_of(conditions)


def _all_of(conditions: Sequence[Condition]) -> Condition:
    """Joins conditions by AND, as a balanced tree. Joined one after the other, n conditions would be nested n deep."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    condition: Condition = _all_of(conditions[:middle]) & _all_of(conditions[middle:])
    return condition


def new_order_condition(write: NewOrder) -> Condition:
    """Returns the condition for creating an order: its id is unused.

    If the order replaces a tombstone (`write.tombstone`), returns the condition that the tombstone is
    unchanged.
    """
    return ABSENT if write.tombstone is None else unchanged(write.tombstone)


def unchanged(seen: Order) -> Condition:
    """Returns the condition that an order still has the version, attempt and status that were read."""
    condition: Condition = (_version == seen.version) & (_attempt == seen.attempt) & (_status == seen.status)
    return condition


def order_update(seen: Order, order: Order) -> tuple[Sequence[Action], Condition]:
    """Returns the update that changes a stored order from `seen` to `order`, and the condition that it has not changed since `seen`."""
    actions: list[Action] = [
        _status.set(order.status),
        _version.set(order.version),
        _active_bookings.set(order.active_bookings),
        _updated_at.set(order.updated_at),
    ]
    if (seen.status in INVISIBLE and order.status not in INVISIBLE) or order.deleted != seen.deleted:
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
    if order.causes != seen.causes:
        # This may write causes again that were expanded since `seen` was read. They lead to the same messages, which exist already.
        actions.append(_causes.set(causes_text(order.causes)) if order.causes else _causes.remove())
    return actions, unchanged(seen)


def resend_update(
    organization_id: str, order_id: str, hour: int
) -> tuple[items.ItemKey, Sequence[Action], Condition]:
    """Returns the key, update and condition that increment the counter of an order's resends in `hour`.

    The item has the key {org}#resends#{order id}, {hour}. DynamoDB deletes the item after the end of the hour.
    """
    count = Path("resends")
    return (
        items.ItemKey(f"{organization_id}#resends#{order_id}", str(hour)),
        [count.set((count | 0) + 1), Path("delete_at").set(end_of(hour))],
        ABSENT | (count < MAX_RESENDS),
    )


def count_update(write: VoucherCount) -> tuple[Sequence[Action], Condition]:
    """Returns the update of a voucher's counter, and the condition that enforces its limit."""
    count = Path("redemptions")
    if write.by < 0:
        return [count.set(count + write.by)], count >= -write.by
    # Before a customer's first use there is no counter.
    condition = (
        Path("pk").exists() & (count < write.most)
        if write.customer_id is None
        else count.does_not_exist() | (count < write.most)
    )
    if write.version is not None:
        condition &= _version == write.version
    return [count.set((count | 0) + write.by)], condition


class TrailTable:
    """Implements `usecases.ports.Trails` on a DynamoDB table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_order(self, context: Context, order_id: str) -> Iterator[tuple[str, Entry]]:
        """Yields the trail entries in the order's partition, sorted by key."""
        pk = order_key(context.organization_id, order_id).pk
        for raw in self._table.partition(pk, context.clock, _sk.startswith("trail#")):
            yield raw["sk"]["S"].partition("#")[2], _to_entry(raw)

    def of_organization(self, context: Context, start: int, end: int) -> Iterator[tuple[str, Entry]]:
        """Yields the log entries of a period, the newest first. Queries month by month."""
        within = _sk.between(f"{start:011}", f"{end:011}")
        for month in _months(start, end):
            pk = _log(context.organization_id, month)
            for raw in self._table.partition(pk, context.clock, within, newest_first=True):
                yield raw["sk"]["S"], _to_entry(raw)


def trail_row(key: ItemKey, entry: Entry) -> Raw:
    """Converts a trail entry for storage."""
    return row(key, delete_at=entry.delete_at, body=entry.model_dump_json(exclude_defaults=True))


def record(
    transaction: Transaction, context: Context, action: Done, type: str, before: Any, after: Any
) -> None:
    """Adds to the transaction a log entry that shows a change. `before` is None for a new item, `after` is None for a deleted one.

    Adds nothing if the system acts without `context.reason`.
    """
    if context.actor == SYSTEM and context.reason is None:
        # The changed item itself shows what happened: for example, a customer's item shows that a mail bounced.
        return
    thing = after or before
    entry = of_thing(context.entry(action), type, thing.id, before, after)
    month = _log(context.organization_id, day_of(entry.at)[:7])
    transaction.put(trail_row(ItemKey(month, _place(entry.at, getattr(thing, "version", 0))), entry))


def _place(at: int, version: int) -> str:
    """Returns the sort key of a log entry.

    The key consists of the epoch seconds, the microseconds, the version of the changed item, and random
    characters. If two changes of an item have the same time, the version keeps them in sequence.
    """
    gone_by = min(max(0, time_ns() // 1_000 - at * 1_000_000), 999_999)
    return f"{at:011}#{gone_by:06}{min(version, 999_999):06}{uuid4().hex[:8]}"


def _to_entry(raw: Raw) -> Entry:
    return Entry.model_validate_json(raw["body"]["S"])


def _log(organization_id: str, month: str) -> str:
    return f"{organization_id}#audit_log#{month}"


def _months(start: int, end: int) -> Iterator[str]:
    """Yields the months (YYYY-MM) from `end` back to `start`, but only as far back as entries are kept."""
    (year, month), first = map(int, day_of(end).split("-")[:2]), day_of(max(start, end - KEPT_SECONDS))[:7]
    at = 12 * year + month - 1
    while (name := f"{at // 12:04}-{at % 12 + 1:02}") >= first:
        yield name
        at -= 1
