"""What becomes of an order: a draft is completed, bookings are moved, bookings or the whole order canceled."""

from frontdesk.api.app import Api
from frontdesk.api.handlers import changes
from frontdesk.bootstrap import world

handler = api = Api(world)
changes.include(api)
