"""Orders and bookings in lists and by themselves, and what is done to a booking by itself. Source: shared conventions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, get_args
from zoneinfo import ZoneInfo

from frontdesk import metrics
from frontdesk.api.app import Answer, Api, logger
from frontdesk.api.catalog import catalog_resource
from frontdesk.api.documents import (
    Json,
    booking_document,
    booking_resource,
    booking_url,
    order_document,
    order_resource,
)
from frontdesk.api.query import (
    Query,
    document,
    ids_in,
    is_on,
    list_document,
    one_of,
    read_moment,
    read_query,
    text_of,
)
from frontdesk.api.routes import BOOKING, BOOKINGS, CHECK_IN, CHECK_OUT, ORDER, ORDERS
from frontdesk.domain.orders.order import Booking, BookingStatus, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import arrived, departed
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.booking import read_new_booking
from frontdesk.domain.requests.change import OrderDocument
from frontdesk.domain.requests.order import read_as
from frontdesk.domain.time.intervals import to_instant, zone_of_name
from frontdesk.errors import Phrase
from frontdesk.usecases.orders.book import place_booking
from frontdesk.usecases.orders.change import annotate_order, note_attendance, remove_booking
from frontdesk.usecases.orders.find import find_booking, find_order, find_order_of
from frontdesk.usecases.orders.list import (
    SORTS,
    BookingsWanted,
    OrdersWanted,
    find_bookings,
    find_orders,
    read_related,
)

_OF_ORDERS = (
    "bookings", "bookings.customer", "bookings.resource", "bookings.resources", "bookings.service", "bookings.services",
    "customer", "voucher",
)  # fmt: skip
_OF_BOOKINGS = (
    "customer",
    "order",
    "resource",
    "resources",
    "service",
    "services",
    "sub_bookings",
    "super_booking",
)
_FILTERS = {
    "customer": lambda text: next(iter(ids_in(text)), None),
    "email": text_of(320),
    "search": text_of(200),
    "start_date": read_moment,
    "end_date": read_moment,
    "created_from": read_moment,
    "created_until": read_moment,
    "upcoming_only": is_on,
}
_ORDER_FILTERS = _FILTERS | {"status": one_of("draft", "completed", "canceled", "expired")}
_BOOKING_FILTERS = _FILTERS | {
    "status": one_of(*get_args(BookingStatus)),
    "resources": ids_in,
    "hide_blocker": is_on,
}


def include(api: Api) -> None:
    """Adds the calls about orders and bookings to a function's."""

    @api.get(ORDERS)
    def list_orders() -> Answer:
        asked = api.parameters
        caller = api.caller("orders:read", *asked)
        query = read_query(
            asked, includes=_OF_ORDERS, sorts=SORTS, filters=_ORDER_FILTERS, others=("timezone",)
        )
        common = _wanted(api, caller.organization_id, query, asked)
        wanted = OrdersWanted(**common, statuses=query.filters.get("status", frozenset()))
        world, now = api.world, api.clock.now()
        page = find_orders(caller.organization_id, wanted, world.store, world.lists, api.clock)
        included = related(
            caller.organization_id, query, page.found, {order.id: order for order in page.found}
        )
        resources = [order_resource(order, api.base_url, now) for order in page.found]
        url = f"{api.base_url}{ORDERS}"
        return api.answer(
            200, list_document(resources, page.total, query, url, asked, included, capped=page.capped)
        )

    @api.get(ORDER)
    def read_order(order_id: str) -> Answer:
        asked = api.parameters
        caller = api.caller("orders:read", *asked)
        query = read_query(asked, includes=_OF_ORDERS, paged=False)
        order, bookings = find_order(caller.organization_id, order_id, api.world.store, api.clock)
        included = related(caller.organization_id, query, [order], {order.id: order}, bookings)
        return api.answer(
            200, document(order_resource(order, api.base_url, api.clock.now(), bookings), query, included)
        )

    @api.patch(ORDER)
    def change_order(order_id: str) -> Answer:
        caller, reading = api.caller("orders:write"), read_as(OrderDocument, api.body())
        order, bookings = annotate_order(
            caller.organization_id, order_id, reading, api.world.store, api.clock
        )
        return api.answer(200, order_document(order, bookings, api.base_url, api.clock.now()))

    @api.get(BOOKINGS)
    def list_bookings() -> Answer:
        asked = api.parameters
        caller = api.caller("orders:read", *asked)
        query = read_query(
            asked, includes=_OF_BOOKINGS, sorts=SORTS, filters=_BOOKING_FILTERS, others=("timezone",)
        )
        wanted = BookingsWanted(
            **_wanted(api, caller.organization_id, query, asked),
            statuses=query.filters.get("status", frozenset()),
            resource_ids=query.filters.get("resources", ()),
            hides_blockers=query.filters.get("hide_blocker", False),
        )
        world, now = api.world, api.clock.now()
        page = find_bookings(caller.organization_id, wanted, world.store, world.lists, api.clock)
        orders = {order.id: order for _, order in page.found}
        included = related(caller.organization_id, query, [booking for booking, _ in page.found], orders)
        resources = [booking_resource(*sold, api.base_url, now) for sold in page.found]
        url = f"{api.base_url}{BOOKINGS}"
        return api.answer(
            200, list_document(resources, page.total, query, url, asked, included, capped=page.capped)
        )

    @api.post(BOOKINGS)
    def book() -> Answer:
        caller, checks = (
            api.caller("orders:write", "check_availability"),
            api.flag("check_availability", default=True),
        )
        body = api.body()
        idempotency = api.idempotency(caller, {"check_availability": checks, "booking": body})
        asked = read_new_booking(body, check_availability=checks)
        booking, placed = place_booking(
            asked, caller.organization_id, api.world.store, api.clock, idempotency
        )
        logger.info("booking placed", order_id=placed.order.id, replayed=placed.replayed)
        if not placed.replayed:
            metrics.count("OrdersCreated")
        headers = {"Location": booking_url(booking.id, api.base_url)} | (
            {"Idempotency-Replayed": "true"} if placed.replayed else {}
        )
        return api.answer(
            201, booking_document(booking, placed.order, api.base_url, api.clock.now()), headers
        )

    @api.get(BOOKING)
    def read_booking(booking_id: str) -> Answer:
        asked = api.parameters
        caller = api.caller("orders:read", *asked)
        query = read_query(asked, includes=_OF_BOOKINGS, paged=False)
        order, bookings = find_order_of(caller.organization_id, booking_id, api.world.store, api.clock)
        booking = find_booking(bookings, booking_id)
        included = related(caller.organization_id, query, [booking], {order.id: order}, bookings)
        return api.answer(
            200, document(booking_resource(booking, order, api.base_url, api.clock.now()), query, included)
        )

    @api.route(BOOKING, method=["DELETE"])
    def delete_booking(booking_id: str) -> Answer:
        caller, notify = api.caller("orders:write", "notify_customer"), api.flag("notify_customer")
        remove_booking(caller.organization_id, booking_id, api.world.store, api.clock, notify=notify)
        return api.nothing()

    @api.post(CHECK_IN)
    def check_in(booking_id: str) -> Answer:
        caller = api.caller("orders:write")
        noted = note_attendance(caller.organization_id, booking_id, arrived, api.world.store, api.clock)
        return api.answer(200, booking_document(*noted, api.base_url, api.clock.now()))

    @api.post(CHECK_OUT)
    def check_out(booking_id: str) -> Answer:
        caller = api.caller("orders:write")
        noted = note_attendance(caller.organization_id, booking_id, departed, api.world.store, api.clock)
        return api.answer(200, booking_document(*noted, api.base_url, api.clock.now()))

    def related(
        organization_id: str,
        query: Query,
        shown: Sequence[Order | Booking],
        orders: Mapping[str, Order],
        bookings: Sequence[Booking] = (),
    ) -> list[Json]:
        """What is included beside orders or bookings, of which `orders` (by id) and `bookings` are known already."""
        known: dict[Key, Any] = {Key("order", id): order for id, order in orders.items()}
        known |= {Key("booking", booking.id): booking for booking in bookings}
        now, base_url = api.clock.now(), api.base_url
        found = read_related(organization_id, shown, query.includes, api.world.store, api.clock, known)
        return [_included(item, orders, base_url, now) for item in found]


def _included(item: Any, orders: Mapping[str, Order], base_url: str, now: int) -> Json:
    match item:
        case Booking():
            return booking_resource(item, orders[item.order_id], base_url, now)
        case Order():
            return order_resource(item, base_url, now)
        case _:
            # Prices are in the organization's currency, which all of its orders have.
            return catalog_resource(item, base_url, next(iter(orders.values())).currency)


def _wanted(api: Api, organization_id: str, query: Query, asked: Mapping[str, str]) -> dict[str, Any]:
    """What orders and bookings are asked for alike. Raises FrontdeskError 400."""
    filters = query.filters
    moments = {
        name: filters[name]
        for name in ("start_date", "end_date", "created_from", "created_until")
        if name in filters
    }
    zone = _zone(api, organization_id, asked.get("timezone"), list(moments.values()))
    instants: dict[str, int] = {}
    problems = []
    for name, moment in moments.items():
        # The last day is one of those that are asked for.
        instant = _instant(moment, zone, ends=name in ("end_date", "created_until"))
        if instant is None:
            problems.append(
                _invalid(
                    f"filter[{name}]",
                    Phrase(
                        "time_skipped_by_clock",
                        {"moment": f"{moment:%Y-%m-%d %H:%M}", "zone": zone.key},
                    ),
                )
            )
        else:
            instants[name] = instant
    start, end = instants.get("start_date"), instants.get("end_date")
    for first, last in (("start_date", "end_date"), ("created_from", "created_until")):
        if first in instants and last in instants and instants[last] <= instants[first]:
            problems.append(_invalid(f"filter[{last}]", Phrase("after_filter", {"first": first})))
    if problems:
        raise FrontdeskError(*problems)
    if filters.get("upcoming_only"):
        now = api.clock.now()
        # What is still going on is upcoming too.
        start = now if start is None else max(now, start)
        if end is not None and end <= start:
            # All that is asked for is over: the moment before all bookings, as in this one something may be going on.
            start = end = 0
    return {
        "customer_id": filters.get("customer"),
        "email": filters.get("email"),
        "search": filters.get("search"),
        "start": start,
        "end": end,
        "created_from": instants.get("created_from"),
        "created_until": instants.get("created_until"),
        "sorts": query.sorts,
        "number": query.number,
        "size": query.size,
    }


def _zone(api: Api, organization_id: str, name: str | None, moments: Sequence[date | datetime]) -> ZoneInfo:
    """Whose wall clock dates without an offset are on: as asked, else the organization's, which is read only for those."""
    if name is not None:
        zone = zone_of_name(name)
        if zone is None:
            raise FrontdeskError(_invalid("timezone", Phrase("not_zone")))
        return zone
    if all(isinstance(moment, datetime) and moment.tzinfo for moment in moments):
        return ZoneInfo("UTC")
    key = Key("organization", organization_id)
    zone = api.world.store.read(organization_id, [key], api.clock, consistent=False)[key].zone
    assert isinstance(zone, ZoneInfo)
    return zone


def _instant(moment: date | datetime, zone: ZoneInfo, *, ends: bool) -> int | None:
    if isinstance(moment, datetime):
        return to_instant(moment, zone)
    day = date.fromordinal(moment.toordinal() + ends)
    # Where a clock change skips midnight, the day begins with what it is set to.
    return int(datetime.combine(day, time(), zone).timestamp())


def _invalid(parameter: str, reason: Phrase) -> Problem:
    return Problem("invalid_parameter", {"reason": reason}, parameter=parameter)
