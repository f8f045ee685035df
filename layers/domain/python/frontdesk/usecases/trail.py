"""Reads the trail: the history of an order, and the log of all other changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from frontdesk.domain.orders.order import Order, is_order_id
from frontdesk.domain.orders.states import INVISIBLE, shown_status
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.trail import KEPT_SECONDS, SYSTEM, Entry, read_stamp
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Store, Trails
from frontdesk.usecases.reading import read_one

# How many entries are examined for one answer.
MAX_EXAMINED = 1_000
_PLACED = "00000001"


class OrderHistory(NamedTuple):
    """The history of an order: (id, entry), the oldest first. If `capped`, the order has more than MAX_EXAMINED entries."""

    order: Order
    entries: Sequence[tuple[str, Entry]]
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesWanted:
    """The filter of the log. A field that is None does not limit the entries.

    `start` (inclusive) and `end` (exclusive) are in epoch seconds. `actor` is an actor's id or kind, `subject` the id of the changed item.
    """

    start: int | None = None
    end: int | None = None
    actor: str | None = None
    subject: str | None = None


def order_history(context: Context, order_id: str, store: Store, trails: Trails) -> OrderHistory:
    """Returns the history of an order. Derives two entries from the order itself: `placed` and, for an expired draft, `expired`.

    Raises FrontdeskError 404.
    """
    order = read_one(context, Order, order_id, store) if is_order_id(order_id) else None
    if order is None or order.status in INVISIBLE:
        raise FrontdeskError(Problem("order_not_found"))
    found = list(islice(trails.of_order(context, order_id), MAX_EXAMINED + 1))
    parts = dict(found[:MAX_EXAMINED])
    actor, request_id = read_stamp(order.placed_by) if order.placed_by else (SYSTEM, None)
    placed = Entry(at=order.created_at, action="placed", actor=actor, request_id=request_id)
    parts.setdefault(_PLACED, placed)
    if shown_status(order, context.clock.now()) == "expired" and order.expires_at is not None:
        over = Entry(
            at=order.expires_at, action="expired", actor=SYSTEM, changes={"status": ("draft", "expired")}
        )
        parts[f"{order.version + (order.status == 'draft'):08}"] = over
    # Several check-ins may belong to the same version of the order.
    entries = sorted(parts.items(), key=lambda each: (each[0][:8], each[1].at, each[0]))
    return OrderHistory(
        order,
        [(f"{order.id}-{part.replace('#', '-')}", entry) for part, entry in entries],
        len(found) > MAX_EXAMINED,
    )


def audit_log(
    context: Context, wanted: EntriesWanted, trails: Trails
) -> tuple[list[tuple[str, Entry]], bool]:
    """Returns (entries, capped). The entries are (id, entry), the newest first. They cover all changes except changes of orders.

    If `capped`, the period has more than MAX_EXAMINED entries, and older ones were not examined.
    """
    now = context.clock.now()
    end = now + 1 if wanted.end is None else min(now + 1, wanted.end)
    start = max(0, now - KEPT_SECONDS if wanted.start is None else wanted.start)
    if end <= start:
        return [], False
    found = list(islice(trails.of_organization(context, start, end), MAX_EXAMINED + 1))
    entries = [
        (id, entry)
        for id, entry in found[:MAX_EXAMINED]
        if wanted.actor in (None, entry.actor.id, entry.actor.kind) and wanted.subject in (None, entry.id)
    ]
    return entries, len(found) > MAX_EXAMINED
