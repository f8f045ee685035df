"""The operations of orders and bookings: list them, read one, and place or change a single booking."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from frontdesk import metrics
from frontdesk.api.answers.catalog import beside_resource, with_children
from frontdesk.api.answers.documents import AnyResource, document, list_document
from frontdesk.api.answers.orders import (
    BookingAttributes,
    BookingRelationships,
    BookingResource,
    OrderAttributes,
    OrderRelationships,
    OrderResource,
    ShownStatus,
    booking_resource,
    booking_url,
    order_resource,
)
from frontdesk.api.app import Answer, Api, logger
from frontdesk.api.authentication import Caller
from frontdesk.api.bounds import page_that_fits
from frontdesk.api.handlers.moments import instants_of
from frontdesk.api.negotiation import Json
from frontdesk.api.query import (
    Query,
    ids_in,
    is_on,
    one_of,
    read_moment,
    read_query,
    text_of,
    texts_in,
)
from frontdesk.api.routes import BOOKINGS, BY_NAME, ORDERS
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.imports.runs import is_run_id
from frontdesk.domain.orders.order import Booking, BookingStatus, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import absent, arrived, departed, staying
from frontdesk.domain.requests.booking import read_new_booking
from frontdesk.domain.requests.change import BookingCustomerChange, OrderDocument
from frontdesk.domain.requests.envelope import Shown, read_document
from frontdesk.domain.requests.order import read_as
from frontdesk.domain.requests.prices_by_hand import not_yours_to_price
from frontdesk.domain.sizes import ReadingRoom
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.attend import Attendance, change_customer, note_attendance
from frontdesk.usecases.orders.book import place_booking
from frontdesk.usecases.orders.change import annotate_order, remove_booking
from frontdesk.usecases.orders.find import find_booking, find_order, find_order_of
from frontdesk.usecases.orders.list import SORTS, Sold, find_bookings, find_orders
from frontdesk.usecases.orders.related import children_of_resources, read_related
from frontdesk.usecases.orders.sources import BookingsWanted, OrdersWanted

_READERS = {
    "customer": ids_in,
    "order": ids_in,
    "email": texts_in(320),
    "search": text_of(200),
    "start_date": read_moment,
    "end_date": read_moment,
    "created_from": read_moment,
    "created_until": read_moment,
    "upcoming_only": is_on,
    "resources": ids_in,
    "hide_blocker": is_on,
}
ORDER_STATUSES, BOOKING_STATUSES = get_args(ShownStatus), get_args(BookingStatus)
_ORDER_READERS = _READERS | {"status": one_of(*ORDER_STATUSES), "import": text_of(128)}
_BOOKING_READERS = _READERS | {"status": one_of(*BOOKING_STATUSES), "external_id": text_of(128)}
_SHOWN_OF_BOOKINGS = Shown(BookingAttributes.__annotations__, BookingRelationships.__annotations__)
_SHOWN = Shown(OrderAttributes.__annotations__, OrderRelationships.__annotations__)


def include(api: Api) -> None:
    """Adds to `api` the calls for orders and bookings."""

    @api.handles("list_orders")
    def list_orders(caller: Caller) -> Answer:
        route, asked = BY_NAME["list_orders"], api.parameters
        query = read_query(route, asked, included_in="orders", sorts=SORTS, readers=_ORDER_READERS)
        common = _wanted(api, caller.context, query, asked)
        world, now = api.world, api.clock.now()
        if made_by := query.filters.get("import"):
            common |= _within(common, _time_of(api, caller.context, made_by))
        statuses = query.filters.get("status", frozenset())
        wanted = OrdersWanted(**common, statuses=statuses, import_id=made_by)
        page = find_orders(caller.context, wanted, world.store, world.lists)

        def show(query: Query, orders: Sequence[Order], asked: Mapping[str, str]) -> Json:
            known = {order.id: order for order in orders}
            included = related(caller, query, orders, known, room=ReadingRoom())
            resources = [order_resource(order, api.base_url, now) for order in orders]
            url = f"{api.base_url}{ORDERS}"
            return list_document(resources, page.total, query, url, asked, included, capped=page.capped)

        return api.answer(200, page_that_fits(query, page.found, asked, show, page.read))

    @api.handles("read_order")
    def read_order(caller: Caller, order_id: str) -> Answer:
        query = read_query(BY_NAME["read_order"], api.parameters, included_in="orders")
        order, bookings = find_order(caller.context, order_id, api.world.store)
        included = related(caller, query, [order], {order.id: order}, bookings)
        messages = api.world.outbox.of_order(caller.context, order_id)
        shown = order_resource(order, api.base_url, api.clock.now(), bookings, messages)
        return api.answer(200, document(shown, query, included))

    @api.handles("change_order")
    def change_order(caller: Caller, order_id: str) -> Answer:
        def present(order: Order, bookings: Sequence[Booking], now: int) -> OrderResource:
            return order_resource(order, api.base_url, now, bookings)

        reading = read_document(OrderDocument, "orders", api.body(), order_id, _SHOWN)
        order, bookings = annotate_order(caller.context, order_id, reading, api.world.store, present)
        return api.answer(200, document(order_resource(order, api.base_url, api.clock.now(), bookings)))

    @api.handles("list_bookings")
    def list_bookings(caller: Caller) -> Answer:
        route, asked = BY_NAME["list_bookings"], api.parameters
        query = read_query(route, asked, included_in="bookings", sorts=SORTS, readers=_BOOKING_READERS)
        wanted = BookingsWanted(
            **_wanted(api, caller.context, query, asked),
            statuses=query.filters.get("status", frozenset()),
            order_ids=query.filters.get("order", ()),
            resource_ids=query.filters.get("resources", ()),
            external_id=query.filters.get("external_id"),
            hides_blockers=query.filters.get("hide_blocker", False),
        )
        world, now = api.world, api.clock.now()
        page = find_bookings(caller.context, wanted, world.store, world.lists)

        def show(query: Query, found: Sequence[Sold], asked: Mapping[str, str]) -> Json:
            orders = {order.id: order for _, order in found}
            included = related(caller, query, [booking for booking, _ in found], orders, room=ReadingRoom())
            resources = [booking_resource(*sold, api.base_url, now) for sold in found]
            url = f"{api.base_url}{BOOKINGS}"
            return list_document(resources, page.total, query, url, asked, included, capped=page.capped)

        return api.answer(200, page_that_fits(query, page.found, asked, show, page.read))

    def present(booking: Booking, order: Order, now: int) -> BookingResource:
        return booking_resource(booking, order, api.base_url, now)

    @api.handles("place_booking")
    def book(caller: Caller) -> Answer:
        checks, body = api.flag("check_availability", default=True), api.body()
        idempotency = api.idempotency(caller, {"check_availability": checks, "booking": body})
        asked = read_new_booking(body, _SHOWN_OF_BOOKINGS, check_availability=checks)
        caller.prices([asked.in_document(each) for each in not_yours_to_price(asked.reading.config)])
        booking, placed = place_booking(caller.context, asked, api.world.store, idempotency, present)
        logger.info("booking placed", order_id=placed.order.id, replayed=placed.replayed)
        if not placed.replayed:
            metrics.count("OrdersCreated")
        headers = {"Location": booking_url(booking.id, api.base_url)} | (
            {"Idempotency-Replayed": "true"} if placed.replayed else {}
        )
        return api.answer(201, document(shown(booking, placed.order)), headers)

    @api.handles("read_booking")
    def read_booking(caller: Caller, booking_id: str) -> Answer:
        query = read_query(BY_NAME["read_booking"], api.parameters, included_in="bookings")
        order, bookings = find_order_of(caller.context, booking_id, api.world.store)
        booking = find_booking(bookings, booking_id)
        included = related(caller, query, [booking], {order.id: order}, bookings)
        return api.answer(200, document(shown(booking, order), query, included))

    @api.handles("delete_booking")
    def delete_booking(caller: Caller, booking_id: str) -> Answer:
        remove_booking(caller.context, booking_id, api.world.store, **api.canceling())
        return api.nothing()

    @api.handles("change_customer_of_booking")
    def give(caller: Caller, booking_id: str) -> Answer:
        reading = read_as(BookingCustomerChange, api.body())
        changed = change_customer(caller.context, booking_id, reading, api.world.store)
        return api.answer(200, document(shown(*changed)))

    def note(name: str, after: Attendance) -> None:
        @api.handles(name)
        def attend(caller: Caller, booking_id: str) -> Answer:
            noted = note_attendance(caller.context, booking_id, after, api.world.store)
            return api.answer(200, document(shown(*noted)))

    note("check_in", arrived)
    note("undo_check_in", absent)
    note("check_out", departed)
    note("undo_check_out", staying)

    def shown(booking: Booking, order: Order) -> BookingResource:
        return booking_resource(booking, order, api.base_url, api.clock.now())

    def related(
        caller: Caller,
        query: Query,
        primary: Sequence[Order | Booking],
        orders: Mapping[str, Order],
        bookings: Sequence[Booking] = (),
        room: ReadingRoom | None = None,
    ) -> list[AnyResource]:
        """Returns the included resources of the items in `primary`.

        `orders` (by id) and `bookings` have been read already, and are not read again.
        """
        known: dict[Key, Any] = {Key("order", id): order for id, order in orders.items()}
        known |= {Key("booking", booking.id): booking for booking in bookings}
        now, base_url = api.clock.now(), api.base_url
        children = children_of_resources(caller.context, query.paths, api.world.store, api.world.lists)
        found = read_related(caller.context, primary, query.paths, api.world.store, known, children, room)
        shown = (_included(item, orders, caller.token, base_url, now) for item in found)
        return with_children([resource for resource in shown if resource is not None], children)


def _included(
    item: Any, orders: Mapping[str, Order], token: Token, base_url: str, now: int
) -> AnyResource | None:
    match item:
        case Booking():
            return booking_resource(item, orders[item.order_id], base_url, now)
        case Order():
            return order_resource(item, base_url, now)
        case _:
            # Prices are in the organization's currency, which all of its orders share.
            return beside_resource(item, token, base_url, next(iter(orders.values())).currency)


# For this many seconds after the end of an import, a write that it began may still take effect.
_AFTER_IMPORT = 1_000


def _time_of(api: Api, context: Context, import_id: str) -> tuple[int, int]:
    """Returns the (start, end) of the time in which an import may have placed orders, in epoch seconds.

    For an unknown import, both are equal, so that no order matches.
    """
    now = api.clock.now()
    run = api.world.runs.run(context, import_id) if is_run_id(import_id) else None
    if run is None:
        return now, now
    return run.started_at, min(now, (run.finished_at or now) + _AFTER_IMPORT) + 1


def _within(common: Mapping[str, Any], time: tuple[int, int]) -> dict[str, int]:
    """Returns `created_from` and `created_until` of the filters in `common`, narrowed to `time`."""
    start, end = common["created_from"], common["created_until"]
    return {
        "created_from": max(time[0], start or 0),
        "created_until": time[1] if end is None else min(time[1], end),
    }


def _wanted(api: Api, context: Context, query: Query, asked: Mapping[str, str]) -> dict[str, Any]:
    """Returns the filters that lists of orders and bookings share, as arguments of `Wanted`. Raises FrontdeskError 400."""
    filters = query.filters
    instants = instants_of(api, context, filters, asked)
    start, end = instants.get("start_date"), instants.get("end_date")
    if filters.get("upcoming_only"):
        now = api.clock.now()
        # A booking in progress counts as upcoming.
        start = now if start is None else max(now, start)
        if end is not None and end <= start:
            # The requested time has passed, so nothing may match. An instant before all bookings ensures that. The present time would
            # match a booking in progress.
            start = end = 0
    return {
        "customer_ids": filters.get("customer", ()),
        "emails": filters.get("email", ()),
        "search": filters.get("search"),
        "start": start,
        "end": end,
        "created_from": instants.get("created_from"),
        "created_until": instants.get("created_until"),
        "sorts": query.sorts,
        "number": query.number,
        "size": query.size,
    }
