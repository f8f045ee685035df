"""Serves all operations that have no function of their own. Answers 404 for an unknown path, and 405 for a wrong method."""

from pathlib import Path

from frontdesk.api.app import Api
from frontdesk.api.handlers import (
    availability,
    catalog,
    console,
    docs,
    imports,
    messages,
    orders,
    plan,
    trail,
    webhooks,
)
from frontdesk.api.handlers.files import exports
from frontdesk.bootstrap import world

handler = api = Api(world)
availability.include(api)
catalog.include(api)
console.include(api, Path(__file__).with_name("console"))
docs.include(api, Path(__file__).with_name("docs"))
exports.include(api)
imports.include(api)
messages.include(api)
orders.include(api)
plan.include(api)
trail.include(api)
webhooks.include(api)
