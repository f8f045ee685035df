"""What one transaction writes, in the terms of the domain: each an item with the condition under which it may change."""

from collections.abc import Iterable
from typing import NamedTuple

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key, claims_of
from frontdesk.domain.sizes import MAX_ITEM, day_bytes, record_bytes
from frontdesk.domain.trail import Entry


class NewOrder(NamedTuple):
    """If there is none with its id, or only the tombstone that was seen there."""

    order: Order
    tombstone: Order | None = None


class ChangedOrder(NamedTuple):
    """If it is as `seen`: the version tells. What is to be told is written only where the two differ in it."""

    seen: Order
    order: Order


class CheckedOrder(NamedTuple):
    """Writes nothing, if the order is as `seen`."""

    seen: Order


class RemovedOrder(NamedTuple):
    """If it is as `seen`."""

    seen: Order


class NewBooking(NamedTuple):
    """Whatever was there: the order's own condition guards it."""

    booking: Booking


class ChangedBooking(NamedTuple):
    """If it is as `seen`: the version tells."""

    seen: Booking
    booking: Booking


class RemovedBooking(NamedTuple):
    booking: Booking


class VoucherCount(NamedTuple):
    """A voucher's uses, in total or by one customer, counted up while there are fewer than `most`, or down.

    `version`: uses in total are counted up only while the voucher, whose item has the counter, is of that version: `most`
    is then its limit still.
    """

    code_key: str
    by: int
    most: int | None = None
    customer_id: str | None = None
    version: int | None = None

    @property
    def key(self) -> Key:
        return (
            Key("voucher", self.code_key)
            if self.customer_id is None
            else Key("voucher_use", self.code_key, self.customer_id)
        )


class CheckedVoucher(NamedTuple):
    """Writes nothing, if the voucher is of that version: its limits are what they were."""

    code_key: str
    version: int

    @property
    def key(self) -> Key:
        return Key("voucher", self.code_key)


class NewCustomer(NamedTuple):
    """If there is none with the id, and none with the address."""

    customer: Customer


class Recorded(NamedTuple):
    """An entry of an order's trail, whatever was there: the change that it goes with is guarded, and has a version of its own."""

    order_id: str
    part: str
    entry: Entry

    @property
    def key(self) -> Key:
        return Key("trail", self.order_id, self.part)


Write = (
    NewCustomer
    | NewOrder
    | ChangedOrder
    | CheckedOrder
    | RemovedOrder
    | NewBooking
    | ChangedBooking
    | RemovedBooking
    | VoucherCount
    | CheckedVoucher
    | LedgerChange
    | Recorded
)


def guarded(order: Order, writes: Iterable[Write]) -> list[Write]:
    """The writes, conditional on the order: on its own change, if it is one of them. An item takes one action at most."""
    writes = list(writes)
    if any(isinstance(write, ChangedOrder | RemovedOrder) and write.seen.id == order.id for write in writes):
        return writes
    return [CheckedOrder(order), *writes]


def actions(write: Write) -> int:
    """How many of a transaction's actions it takes.

    A booking has an index entry for each resource but the first, and one for a customer of its own; a customer a claim on
    the address, and an entry of who made it.
    """
    match write:
        case NewBooking(booking) | RemovedBooking(booking):
            return len(booking.resource_ids) + booking.own_customer
        case NewCustomer(customer):
            return 2 + len(claims_of(customer))
        case ChangedBooking(seen, booking):
            return 1 + len({*seen.resource_ids[1:], *booking.resource_ids[1:]}) + booking.own_customer
        case _:
            return 1


def bytes_of(write: Write) -> int:
    """At least what its items come to, as a transaction counts them."""
    match write:
        case NewBooking(booking) | RemovedBooking(booking) | ChangedBooking(_, booking):
            ids = (*booking.resource_ids, *booking.resource_ids, booking.customer_id or "", booking.order_id)
            entries = actions(write) - 1
            return record_bytes(booking.model_dump_json().encode(), *ids) + entries * record_bytes(
                b"", booking.order_id
            )
        case NewOrder(order) | ChangedOrder(_, order) | CheckedOrder(order) | RemovedOrder(order):
            return order_bytes(order)
        case LedgerChange():
            return change_bytes(write)
        case Recorded(order_id, _, entry):
            return record_bytes(entry.model_dump_json().encode(), order_id)
        case NewCustomer(customer):
            return 3 * record_bytes(customer.model_dump_json().encode())
        case CheckedVoucher():
            return MAX_ITEM
        case VoucherCount():
            # The voucher that is counted on has the services in it that it is for.
            return MAX_ITEM if write.customer_id is None else record_bytes(b"")


def order_bytes(order: Order) -> int:
    """At least what an order's own item takes."""
    return record_bytes(
        order.model_dump_json().encode(), order.id, order.organization_id, order.customer_id or ""
    )


def change_bytes(change: LedgerChange) -> int:
    """At least what a day's ledger takes after a change of it."""
    segments = len(change.seen.segments if change.replacement is None else change.replacement)
    holds = len(change.seen.holds) + len(change.new_holds)
    return day_bytes(segments + sum(map(len, change.parts.values())), holds)
