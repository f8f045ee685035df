"""Makes the plan of up to MAX_DAYS days: resources and their bookings. Reads are eventually consistent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.catalog.items import Customer, Organization, Resource, Service
from frontdesk.domain.orders.order import Booking, Order, order_id_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.plan import Row, days_from, is_planned, rows_of
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.sizes import MAX_READ_BYTES, ReadingRoom, TooMuchRead
from frontdesk.domain.time.intervals import Interval
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Catalog, Listed, Lists, Store
from frontdesk.usecases.reading import read_one

MAX_DAYS, MAX_RESOURCES, MAX_BOOKINGS, MAX_ITEMS = 8, 200, 3_000, 10_000
# A full week of 3,000 bookings with their orders and customers has 13 MB. A byte of these takes half as much CPU time as a byte of ledgers.
MAX_BYTES = 3 * MAX_READ_BYTES
# Up to this many named resources are read from their own lists. With more, the lists of all resources are read.
_FEW = 20


class Planned(NamedTuple):
    """A booking with its order and customer."""

    booking: Booking
    order: Order
    customer: Customer | None


class Plan(NamedTuple):
    """The resources and bookings of some days. `bookings` are sorted by start.

    `days` are (date, interval from midnight to midnight in `zone`). `rows` has the requested resources in the
    requested order. If none were requested, it has the current resources, then the archived ones with bookings.
    """

    zone: ZoneInfo
    now: int
    days: Sequence[tuple[date, Interval]]
    rows: Sequence[Row]
    bookings: Sequence[Planned]
    services: Sequence[Service]


class Readers(NamedTuple):
    """The ports that a plan reads from."""

    store: Store
    lists: Lists
    catalog: Catalog


def make_plan(
    context: Context,
    first: date,
    days: int,
    resource_ids: Sequence[str],
    zone: ZoneInfo | None,
    world: Readers,
) -> Plan:
    """Returns the plan of `days` days from `first`, in `zone` or the organization's zone.

    Without `resource_ids`, covers all current resources, and archived ones that are booked on these days.
    Raises FrontdeskError 400 for `resource_id` or `end_date` if the plan is too large.
    """
    now = context.clock.now()
    organization = read_one(context, Organization, context.organization_id, world.store, consistent=False)
    assert organization is not None
    zone = zone or organization.zone
    dates = days_from(first, days, zone)
    time = Interval(dates[0][1].start, dates[-1][1].end)
    resources = _resources(context, resource_ids, world.catalog)
    listed = [
        entry.key for entry in islice(_listed(context, resource_ids, time, world.lists), MAX_BOOKINGS + 1)
    ]
    if len(listed) > MAX_BOOKINGS:
        raise _too_much("end_date", "too_many_planned", MAX_BOOKINGS)
    orders = dict.fromkeys(Key("order", order_id_of(each.id)) for each in listed)
    room = ReadingRoom(MAX_BYTES)
    found = _read(context, [*resources, *listed, *orders], world.lists, room)
    rows = [found[each] for each in resources if isinstance(found[each], Resource)]
    shown = {row.id for row in rows}
    sold = [
        (booking, order)
        for each in listed
        if (booking := found[each]) and (order := found[Key("order", order_id_of(each.id))])
        if is_planned(booking, order, time, now)
        if not resource_ids or not shown.isdisjoint(booking.resource_ids)
    ]
    bookings = [booking for booking, _ in sold]
    booked = {} if resource_ids else dict.fromkeys(id for each in bookings for id in each.resource_ids)
    archived = [Key("resource", id) for id in booked if id not in shown]
    if len(resources) + len(archived) > MAX_RESOURCES:
        raise _too_much("resource_id", "too_many_resources_planned", MAX_RESOURCES)
    beside = _beside(context, bookings, archived, 1 + len(found), world.lists, room)
    rows += sorted(
        (item for item in beside.values() if isinstance(item, Resource)),
        key=lambda each: (each.created_at, each.id),
    )
    return Plan(
        zone,
        now,
        dates,
        rows_of(rows, bookings, organization, time),
        [
            Planned(booking, order, beside.get(Key("customer", booking.customer_id or "")))
            for booking, order in sold
        ],
        [item for item in beside.values() if isinstance(item, Service)],
    )


def _resources(context: Context, named: Sequence[str], catalog: Catalog) -> list[Key]:
    if named:
        keys = [Key("resource", id) for id in dict.fromkeys(named)]
    else:
        all = catalog.listed(context, "resource", archived=False, newest_first=False)
        keys = list(islice(all, MAX_RESOURCES + 1))
    if len(keys) > MAX_RESOURCES:
        raise _too_much("resource_id", "too_many_resources_planned", MAX_RESOURCES)
    return keys


def _listed(context: Context, named: Sequence[str], time: Interval, lists: Lists) -> Iterator[Listed]:
    if 0 < len(named) <= _FEW:
        return lists.of_resources(context, named, *time, newest_first=False)
    return lists.between(context, *time, newest_first=False)


def _beside(
    context: Context,
    bookings: Sequence[Booking],
    archived: Sequence[Key],
    read: int,
    lists: Lists,
    room: ReadingRoom,
) -> Mapping[Key, Any]:
    """Returns the customers and services of the bookings, and the resources whose keys are in `archived`.

    `read` is the number of items that the plan has read so far. Raises FrontdeskError 400 for more than
    MAX_ITEMS items in total, or more bytes than fit into `room`.
    """
    keys = dict.fromkeys(archived)
    keys |= dict.fromkeys(Key("customer", each.customer_id) for each in bookings if each.customer_id)
    keys |= dict.fromkeys(Key("service", id) for each in bookings for id in each.services)
    if read + len(keys) > MAX_ITEMS:
        raise _too_much("end_date", "too_many_planned", MAX_BOOKINGS)
    return _read(context, list(keys), lists, room)


def _read(context: Context, keys: Sequence[Key], lists: Lists, room: ReadingRoom) -> Mapping[Key, Any]:
    try:
        return lists.items(context, keys, room)
    except TooMuchRead:
        raise _too_much("end_date", "too_many_bytes_read", MAX_BYTES) from None


def _too_much(parameter: str, reason: str, most: int) -> FrontdeskError:
    return FrontdeskError(
        Problem("invalid_parameter", {"reason": Phrase(reason, {"most": most})}, parameter=parameter)
    )
