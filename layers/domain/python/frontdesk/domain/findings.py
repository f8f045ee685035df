"""The findings of an audit: the broken invariant, its location, and the evidence. Pure."""

from typing import Literal, NamedTuple

from frontdesk.domain.orders.order import Order
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


def of_order(code: Code, order: Order, detail: str) -> Finding:
    """Returns a finding about one order, with its version as evidence."""
    key = Key("order", order.id)
    return Finding(code, key, detail, frozenset({(key, order.version)}))
