"""Sends a confirmation, or any message again, at a caller's request. Also previews mails."""

from frontdesk.api.app import Api
from frontdesk.api.handlers import messages
from frontdesk.bootstrap import world

handler = api = Api(world)
messages.include_sending(api)
