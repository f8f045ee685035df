"""The operations that change orders: completing a draft, moving bookings, canceling bookings or the order."""

from collections.abc import Sequence

from frontdesk.api.answers.documents import document
from frontdesk.api.answers.orders import (
    BookingAttributes,
    BookingRelationships,
    BookingResource,
    booking_resource,
    kept,
    order_resource,
)
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.envelope import Shown, read_document
from frontdesk.domain.requests.order import read_as
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking

_SHOWN = Shown(BookingAttributes.__annotations__, BookingRelationships.__annotations__)


def include(api: Api) -> None:
    """Adds to `api` the calls that change orders."""

    def answer(order: Order, bookings: Sequence[Booking]) -> Answer:
        return api.answer(200, document(order_resource(order, api.base_url, api.clock.now(), bookings)))

    def present(booking: Booking, order: Order, now: int) -> BookingResource:
        return booking_resource(booking, order, api.base_url, now)

    @api.handles("complete_order")
    def complete(caller: Caller, order_id: str) -> Answer:
        reading = read_as(CompletionConfig, api.body(optional=True))
        return answer(*complete_order(caller.context, order_id, reading, api.world.store))

    @api.handles("cancel_order")
    def cancel(caller: Caller, order_id: str) -> Answer:
        asked = api.canceling()
        order, bookings = cancel_order(caller.context, order_id, api.world.store, **asked)
        now = api.clock.now()
        canceled = document(order_resource(order, api.base_url, now, bookings))
        return api.answer(200, canceled | {"meta": kept(order, bookings, now)})

    @api.handles("cancel_booking", "cancel_booking_by_get")
    def cancel_one(caller: Caller, booking_id: str) -> Answer:
        asked = api.canceling()
        booking, order, _ = cancel_booking(caller.context, booking_id, api.world.store, **asked)
        return api.answer(200, document(present(booking, order, api.clock.now())))

    @api.handles("change_booking")
    def change(caller: Caller, booking_id: str) -> Answer:
        reading = read_document(BookingDocument, "bookings", api.body(), booking_id, _SHOWN)
        booking, order, _ = move_booking(caller.context, booking_id, reading, api.world.store, present)
        return api.answer(200, document(present(booking, order, api.clock.now())))
