"""Every address that no other function serves: 404, or 405 where only the method is wrong."""

from frontdesk.api.app import Api

handler = Api()
