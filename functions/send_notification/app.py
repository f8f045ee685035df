"""Answers API calls that send a confirmation, send a message again, or preview a mail."""

from frontdesk.api.app import Api
from frontdesk.api.handlers import messages
from frontdesk.bootstrap import world

handler = api = Api(world)
messages.include_sending(api)
