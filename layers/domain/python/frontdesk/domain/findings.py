"""What an audit says: which invariant is broken, where, and by what it was told. Pure."""

from typing import Literal, NamedTuple

from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key

Code = Literal[
    "item_unreadable", "order_interrupted", "booking_without_order", "booking_missing", "active_bookings_differ", "state_differs",
    "total_differs", "notification_stuck", "voucher_count_differs", "voucher_overused", "segments_broken", "negative_occupancy",
    "occupancy_without_booking", "booking_without_occupancy", "capacity_exceeded", "hold_outlived", "holds_differ", "trail_differs",
]  # fmt: skip


class Finding(NamedTuple):
    """A broken invariant. `evidence` are the items it was seen in, each with its version or, of a counter, its count."""

    code: Code
    key: Key
    detail: str
    evidence: frozenset[tuple[Key, int]] = frozenset()


def of_order(code: Code, order: Order, detail: str) -> Finding:
    key = Key("order", order.id)
    return Finding(code, key, detail, frozenset({(key, order.version)}))
