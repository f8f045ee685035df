"""Changes orders: completes drafts, moves bookings, cancels bookings or whole orders."""

from frontdesk.api.app import Api
from frontdesk.api.handlers import changes
from frontdesk.bootstrap import world

handler = api = Api(world)
changes.include(api)
