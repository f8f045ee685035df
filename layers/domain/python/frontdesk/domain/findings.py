"""The findings of an audit: the broken invariant, its location, and the evidence. Pure."""

from typing import Literal, NamedTuple

from frontdesk.domain.orders.order import Amounts, Order, OrderStatus, VoucherUse
from frontdesk.domain.orders.snapshot import Key

Code = Literal[
    "item_unreadable", "order_interrupted", "booking_without_order", "booking_missing", "active_bookings_differ", "state_differs",
    "total_differs", "notification_stuck", "voucher_count_differs", "voucher_overused", "segments_broken", "negative_occupancy",
    "occupancy_without_booking", "booking_without_occupancy", "capacity_exceeded", "hold_outlived", "holds_differ", "trail_differs",
]  # fmt: skip


class Finding(NamedTuple):
    """A broken invariant. `evidence` lists the items that show it, each with its version or, for a counter, its count."""

    code: Code
    key: Key
    detail: str
    evidence: frozenset[tuple[Key, int]] = frozenset()


class Head(NamedTuple):
    """The fields of an order that an audit keeps until it has seen all items. The whole order would take six times as much memory.

    If the order requires a mail that is not in the outbox, `untold_since` is when the order last changed.
    """

    id: str
    version: int
    status: OrderStatus
    attempt: str
    booking_count: int
    active_bookings: int
    amounts: Amounts
    voucher: VoucherUse | None
    canceling: tuple[int, ...]
    progress: int
    created_at: int
    updated_at: int
    expires_at: int | None
    untold_since: int | None


def head_of(order: Order) -> Head:
    """Returns the fields of an order that an audit keeps."""
    former = order.notification is not None and order.notification.state in ("requested", "sending")
    return Head(
        order.id, order.version, order.status, order.attempt, order.booking_count, order.active_bookings, order.amounts,
        order.voucher, order.canceling, order.progress, order.created_at, order.updated_at, order.expires_at,
        order.updated_at if order.causes or former else None,
    )  # fmt: skip


def of_order(code: Code, order: Head, detail: str) -> Finding:
    """Returns a finding about one order, with its version as evidence."""
    key = Key("order", order.id)
    return Finding(code, key, detail, frozenset({(key, order.version)}))
