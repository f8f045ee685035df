"""The kinds of writes in a transaction, in the domain's terms. Each says under which condition it succeeds."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import BaseModel

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key, claims_of, listed_id
from frontdesk.domain.sizes import MAX_ITEM, day_bytes, record_bytes
from frontdesk.domain.trail import Entry


class NewOrder(NamedTuple):
    """Creates an order. Without a `tombstone`, fails if the order's id is in use.

    A tombstone is an item that a failed attempt has left under the id. The order replaces the tombstone.
    Fails if the tombstone has changed since it was read.
    """

    order: Order
    tombstone: Order | None = None


class ChangedOrder(NamedTuple):
    """Changes an order if its version is still that of `seen`.

    Writes `causes` only if they differ from those of `seen`. Never writes `unsent` and `notification`, which change when mails are sent.
    """

    seen: Order
    order: Order


class CheckedOrder(NamedTuple):
    """Writes nothing, but makes the transaction fail if the order's version is no longer that of `seen`."""

    seen: Order


class RemovedOrder(NamedTuple):
    """Deletes an order if its version is still that of `seen`."""

    seen: Order


class NewBooking(NamedTuple):
    """Writes a booking unconditionally. The same transaction has a condition on the booking's order."""

    booking: Booking


class ChangedBooking(NamedTuple):
    """Changes a booking if its version is still that of `seen`."""

    seen: Booking
    booking: Booking

    @property
    def is_listed_anew(self) -> bool:
        """Whether the write includes the booking's index entries.

        True if the entries change, or if the booking's status was `reserved`. The entries of a reserved
        booking may have the mark `Listed.asks_order`, which the write removes.
        """
        return self.seen.status == "reserved" or _listed(self.seen) != _listed(self.booking)


class CheckedBooking(NamedTuple):
    """Writes nothing, but makes the transaction fail if the booking's version is no longer that of `seen`."""

    seen: Booking


class RemovedBooking(NamedTuple):
    """Deletes a booking unconditionally. The same transaction has a condition on the booking's order."""

    booking: Booking


class VoucherCount(NamedTuple):
    """Adds 1 or -1 (`by`) to a counter of a voucher's uses.

    With `customer_id`, the counter is the number of times that this customer has used the voucher. Without
    `customer_id`, the counter is the number of all uses.

    Adding 1 fails if the counter has reached `most`. Adding 1 also fails if the voucher's version is no longer
    `version`, because the voucher's limits may have changed.
    """

    code_key: str
    by: int
    most: int | None = None
    customer_id: str | None = None
    version: int | None = None

    @property
    def key(self) -> Key:
        """The key of the item that has the counter.

        The counter of all uses is in the voucher's own item. The counter of a customer's uses is in a separate item.
        """
        return (
            Key("voucher", self.code_key)
            if self.customer_id is None
            else Key("voucher_use", self.code_key, self.customer_id)
        )


class CheckedVoucher(NamedTuple):
    """Writes nothing, but makes the transaction fail if the voucher's version is no longer `version`: its limits may have changed."""

    code_key: str
    version: int

    @property
    def key(self) -> Key:
        """The key of the voucher's item."""
        return Key("voucher", self.code_key)


class NewCustomer(NamedTuple):
    """Creates a customer if both the id and the email address are unused."""

    customer: Customer


class Recorded(NamedTuple):
    """Writes the trail entry of a change to an order or booking.

    This write needs no condition. The write of the order or booking has a condition, and is in the same transaction.

    The entry's key is unique, because it contains the version that the change gives to the order or booking.
    """

    order_id: str
    part: str
    entry: Entry

    @property
    def key(self) -> Key:
        """The key under which the entry is stored."""
        return Key("trail", self.order_id, self.part)


Write = (
    NewCustomer
    | NewOrder
    | ChangedOrder
    | CheckedOrder
    | RemovedOrder
    | NewBooking
    | ChangedBooking
    | CheckedBooking
    | RemovedBooking
    | VoucherCount
    | CheckedVoucher
    | LedgerChange
    | Recorded
)


def guarded(order: Order, writes: Iterable[Write]) -> list[Write]:
    """Adds a check of the order's version to the writes, unless one of them changes or removes the order."""
    writes = list(writes)
    # A write of the order checks the version itself, and a transaction allows only one action for each item.
    if any(isinstance(write, ChangedOrder | RemovedOrder) and write.seen.id == order.id for write in writes):
        return writes
    return [CheckedOrder(order), *writes]


def actions(write: Write) -> int:
    """Returns the number of actions that a write takes in a transaction: one for each item.

    A booking also has index entries: one for each resource after the first, one if its customer is not the
    order's customer, and one if it has an external id. A customer also has a trail entry and claims.
    """
    match write:
        case NewBooking(booking) | RemovedBooking(booking):
            return len(booking.resource_ids) + booking.own_customer + (listed_id(booking) is not None)
        case NewCustomer(customer):
            return 2 + len(claims_of(customer))
        case ChangedBooking() if not write.is_listed_anew:
            return 1
        case ChangedBooking(seen, booking):
            others = len({*seen.resource_ids[1:], *booking.resource_ids[1:]})
            named = listed_id(booking) is not None or listed_id(seen) is not None
            return 1 + others + (booking.own_customer or seen.own_customer) + named
        case _:
            return 1


def _listed(booking: Booking) -> tuple[object, ...]:
    """Returns the values that determine the index entries of a booking."""
    return (
        booking.start, booking.end, booking.resource_ids, booking.customer_id, booking.own_customer, listed_id(booking),
        booking.deleted,
    )  # fmt: skip


def bytes_of(write: Write) -> int:
    """Returns an upper bound for the size of a write's items, in bytes, as a transaction counts them."""
    match write:
        case CheckedBooking(booking):
            return bytes_of(NewBooking(booking))
        case NewBooking(booking) | RemovedBooking(booking) | ChangedBooking(_, booking):
            ids = (*booking.resource_ids, *booking.resource_ids, booking.customer_id or "", booking.order_id)
            entries = actions(write) - 1
            return record_bytes(_json(booking), *ids) + entries * record_bytes(
                b"", booking.order_id, listed_id(booking) or ""
            )
        case NewOrder(order) | ChangedOrder(_, order) | CheckedOrder(order) | RemovedOrder(order):
            return order_bytes(order)
        case LedgerChange():
            return change_bytes(write)
        case Recorded(order_id, _, entry):
            return record_bytes(_json(entry), order_id)
        case NewCustomer(customer):
            return 3 * record_bytes(_json(customer))
        case CheckedVoucher():
            return MAX_ITEM
        case VoucherCount():
            # A voucher's item also lists its services, so the largest size is assumed.
            return MAX_ITEM if write.customer_id is None else record_bytes(b"")


def order_bytes(order: Order) -> int:
    """Returns an upper bound for the size of an order's head, in bytes."""
    return record_bytes(_json(order), order.id, order.organization_id, order.customer_id or "")


def change_bytes(change: LedgerChange) -> int:
    """Returns an upper bound for the size, in bytes, of a day's ledger after a change."""
    segments = len(change.seen.segments if change.replacement is None else change.replacement)
    holds = len(change.seen.holds) + len(change.new_holds)
    return day_bytes(segments + sum(map(len, change.parts.values())), holds)


def _json(record: BaseModel) -> bytes:
    # Values that are None are not stored.
    return record.model_dump_json(exclude_none=True).encode()
