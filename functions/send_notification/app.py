"""Mails that somebody asks for: a confirmation or any message again, now, and what one would look like."""

from frontdesk.api.app import Api
from frontdesk.api.handlers import messages
from frontdesk.bootstrap import world

handler = api = Api(world)
messages.include_sending(api)
