"""Every address that no other function serves: what `api` adds here, else 404, or 405 where only the method is wrong."""

from frontdesk.api import availability, catalog, docs, imports, orders, webhooks
from frontdesk.api.app import Api

handler = api = Api()
availability.include(api)
catalog.include(api)
docs.include(api)
imports.include(api)
orders.include(api)
webhooks.include(api)
