"""POST /api/v1/orders/from-config: an order with its bookings, all or nothing."""

from frontdesk import metrics
from frontdesk.api.app import Answer, Api, logger
from frontdesk.api.documents import order_document, order_url
from frontdesk.api.routes import FROM_CONFIG
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.orders.place import place_order

handler = api = Api()


@api.post(FROM_CONFIG)
def from_config() -> Answer:
    caller = api.caller("orders:write")
    body = api.body()
    placed = place_order(
        read_config(body), caller.organization_id, api.world.store, api.clock, api.idempotency(caller, body)
    )
    logger.info(
        "order placed", order_id=placed.order.id, bookings=len(placed.bookings), replayed=placed.replayed
    )
    if not placed.replayed:
        metrics.count("OrdersCreated")
    headers = {"Location": order_url(placed.order.id, api.base_url)}
    if placed.replayed:
        headers["Idempotency-Replayed"] = "true"
    document = order_document(placed.order, placed.bookings, api.base_url, api.clock.now())
    return api.answer(201, document, headers)
