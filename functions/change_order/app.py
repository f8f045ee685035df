"""What becomes of an order: a draft is completed, bookings are moved, bookings or the whole order canceled."""

from frontdesk.api.app import CANCELING, Answer, Api
from frontdesk.api.documents import booking_document, canceled_document, order_document
from frontdesk.api.routes import BOOKING, CANCEL_BOOKING, CANCEL_ORDER, COMPLETE
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig
from frontdesk.domain.requests.order import read_as
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.move import move_booking

handler = api = Api()


@api.post(COMPLETE)
def complete(order_id: str) -> Answer:
    caller, reading = api.caller("orders:write"), read_as(CompletionConfig, api.body(optional=True))
    order, bookings = complete_order(caller.organization_id, order_id, reading, api.world.store, api.clock)
    return api.answer(200, order_document(order, bookings, api.base_url, api.clock.now()))


@api.post(CANCEL_ORDER)
def cancel(order_id: str) -> Answer:
    named, asked = api.caller("orders:write", *CANCELING).organization_id, api.canceling()
    order, bookings = cancel_order(named, order_id, api.world.store, api.clock, **asked)
    return api.answer(200, canceled_document(order, bookings, api.base_url, api.clock.now()))


@api.route(CANCEL_BOOKING, method=["GET", "POST"])
def cancel_one(booking_id: str) -> Answer:
    named, asked = api.caller("orders:write", *CANCELING).organization_id, api.canceling()
    booking, order, _ = cancel_booking(named, booking_id, api.world.store, api.clock, **asked)
    return api.answer(200, booking_document(booking, order, api.base_url, api.clock.now()))


@api.patch(BOOKING)
def change(booking_id: str) -> Answer:
    caller, reading = api.caller("orders:write"), read_as(BookingDocument, api.body())
    booking, order, _ = move_booking(caller.organization_id, booking_id, reading, api.world.store, api.clock)
    return api.answer(200, booking_document(booking, order, api.base_url, api.clock.now()))
