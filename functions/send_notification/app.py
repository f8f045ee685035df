"""Mails on request: sends a confirmation or any message again, or previews one."""

from frontdesk.api.app import Api
from frontdesk.api.handlers import messages
from frontdesk.bootstrap import world

handler = api = Api(world)
messages.include_sending(api)
