"""POST /api/v1/orders/from-config: places an order with its bookings, all or nothing."""

from frontdesk import metrics
from frontdesk.api.answers.documents import document
from frontdesk.api.answers.orders import order_resource, order_url
from frontdesk.api.app import Answer, Api, logger
from frontdesk.api.authentication import Caller
from frontdesk.bootstrap import world
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.requests.prices_by_hand import not_yours_to_price
from frontdesk.usecases.orders.place import place_order

handler = api = Api(world)


@api.handles("place_order")
def from_config(caller: Caller) -> Answer:
    body = api.body()
    reading = read_config(body)
    caller.prices(not_yours_to_price(reading.config))
    placed = place_order(caller.context, reading, api.world.store, api.idempotency(caller, body))
    logger.info(
        "order placed", order_id=placed.order.id, bookings=len(placed.bookings), replayed=placed.replayed
    )
    if not placed.replayed:
        metrics.count("OrdersCreated")
    headers = {"Location": order_url(placed.order.id, api.base_url)}
    if placed.replayed:
        headers["Idempotency-Replayed"] = "true"
    resource = order_resource(placed.order, api.base_url, api.clock.now(), placed.bookings)
    return api.answer(201, document(resource), headers)
