"""POST /api/v1/orders/calculate: the price and availability of an order. Writes nothing."""

from frontdesk.api.answers.calculations import calculation_document
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.bootstrap import world
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.requests.prices_by_hand import not_yours_to_price
from frontdesk.usecases.orders.calculate import calculate_order

handler = api = Api(world)


@api.handles("calculate_order")
def calculate(caller: Caller) -> Answer:
    body = api.body()
    reading = read_config(body)
    caller.prices(not_yours_to_price(reading.config))
    assessment = calculate_order(caller.context, reading, api.world.store)
    return api.answer(200, calculation_document(assessment, body, api.language))
