"""Every address that no other function serves: what `api.handlers` add here, else 404, or 405 where only the method is wrong."""

from frontdesk.api.app import Api
from frontdesk.api.handlers import availability, catalog, docs, imports, orders, webhooks
from frontdesk.bootstrap import world

handler = api = Api(world)
availability.include(api)
catalog.include(api)
docs.include(api)
imports.include(api)
orders.include(api)
webhooks.include(api)
