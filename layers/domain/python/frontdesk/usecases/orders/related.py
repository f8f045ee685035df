"""Reads the items that an answer includes in addition to orders and bookings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from frontdesk.domain.catalog.items import CatalogItem, voucher_code_key
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.sizes import MAX_READ_BYTES, ReadingRoom, TooMuchRead
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Lists, Store

# The most bookings included in one answer: as many as one order can have.
MAX_INCLUDED = 1_000
# The most other items included.
MAX_BESIDE = 5_000
# How many resources of an organization are searched for children.
MAX_RESOURCES = 1_000
_NAMED: dict[str, Callable[[Any], Iterable[Key | None]]] = {
    "bookings": lambda order: [Key("booking", id) for id in order.booking_ids],
    "customer": lambda item: [Key("customer", item.customer_id) if item.customer_id else None],
    "voucher": lambda order: [
        Key("voucher", voucher_code_key(order.voucher.code)) if order.voucher else None
    ],
    "order": lambda booking: [Key("order", booking.order_id)],
    "resource": lambda booking: [Key("resource", booking.resource_ids[0])],
    "resources": lambda item: [Key("resource", id) for id in _in_order(item.resource_ids)],
    "service": lambda booking: [Key("service", id) for id in list(booking.services)[:1]],
    "services": lambda item: [
        Key("service", id)
        for id in (item.services if isinstance(item, Booking) else sorted(item.service_ids or ()))
    ],
    "booking_add_ons": lambda booking: [
        Key("add_on", line.reference) for line in booking.lines if line.kind == "add_on"
    ],
    "add_on": lambda add_on: [Key("add_on", add_on.id)],
    "parent": lambda resource: [Key("resource", resource.parent_id) if resource.parent_id else None],
    "sub_bookings": lambda booking: [Key("booking", id) for id in booking.sub_booking_ids],
    "super_booking": lambda booking: [
        Key("booking", booking.super_booking) if booking.super_booking else None
    ],
}


def read_related(
    context: Context,
    shown: Sequence[Order | Booking | CatalogItem],
    paths: Iterable[tuple[str, ...]],
    store: Store,
    known: Mapping[Key, Any] | None = None,
    children: Mapping[str, Sequence[str]] | None = None,
    room: ReadingRoom | None = None,
) -> list[Any]:
    """Returns every item along the paths from the items in `shown`, each once.

    For example, the path `("bookings", "services")` leads from an order to its bookings and to their services. Reads once for each step
    of the longest path, and does not read items in `known` again. `children` has the ids of child resources, by the parent's id. Raises
    FrontdeskError 400 for more items than one answer can contain, and TooMuchRead if they do not fit into `room`.
    """
    known = dict(known or {})
    names = _NAMED | {
        "children": lambda resource: [Key("resource", id) for id in (children or {}).get(resource.id, ())]
    }
    included: dict[Key, Any] = {}
    reached: dict[tuple[str, ...], list[Any]] = {(): list(shown)}
    steps = {path[:length] for path in paths for length in range(1, len(path) + 1)}
    for length in range(1, max(map(len, steps), default=0) + 1):
        named = {
            step: dict.fromkeys(
                key for item in reached[step[:-1]] for key in names[step[-1]](item) if key is not None
            )
            for step in steps
            if len(step) == length
        }
        missing = {key: None for keys in named.values() for key in keys if key not in known}
        if sum(key.kind == "booking" for key in (*known, *missing)) > MAX_INCLUDED:
            raise too_many("include", "too_many_included", MAX_INCLUDED)
        if len(missing) + len(included) > MAX_BESIDE:
            raise too_many("include", "too_many_beside", MAX_BESIDE)
        if missing:
            known |= store.read(context, missing, consistent=False, room=room)
        for step, keys in named.items():
            there = [key for key in keys if known[key] and getattr(known[key], "deleted", False) is not True]
            reached[step] = [known[key] for key in there]
            included |= {key: known[key] for key in there}
    return list(included.values())


def _in_order(ids: Iterable[str]) -> Iterable[str]:
    return sorted(ids) if isinstance(ids, frozenset) else ids


def children_of_resources(
    context: Context, paths: Iterable[tuple[str, ...]], store: Store, lists: Lists
) -> Mapping[str, list[str]] | None:
    """Returns the ids of child resources, by the parent's id. Returns None, without reading, if no path contains "children".

    Raises FrontdeskError 400 if there are too many resources.
    """
    if not any("children" in path for path in paths):
        return None
    ids = list(islice(lists.resources(context), MAX_RESOURCES + 1))
    if len(ids) > MAX_RESOURCES:
        raise too_many("include", "too_many_children", MAX_RESOURCES)
    try:
        found = store.read(context, [Key("resource", id) for id in ids], consistent=False, room=ReadingRoom())
    except TooMuchRead:
        raise too_many("include", "too_many_bytes_read", MAX_READ_BYTES) from None
    children: dict[str, list[str]] = {}
    for key in sorted(found):
        resource = found[key]
        if resource is not None and resource.parent_id and not resource.archived:
            children.setdefault(resource.parent_id, []).append(key.id)
    return children


def too_many(parameter: str, reason: str, most: int) -> FrontdeskError:
    """Returns FrontdeskError 400 about a query parameter."""
    values = {"reason": Phrase(reason, {"most": most})}
    return FrontdeskError(Problem("invalid_parameter", values, parameter=parameter))
