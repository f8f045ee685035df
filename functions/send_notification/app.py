"""GET /api/v1/orders/{order_id}/send-notification, or resend-mail: sends the confirmation again, now."""

from frontdesk import metrics
from frontdesk.api.answers.notifications import notification_document
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.bootstrap import world
from frontdesk.usecases.notifications import resend_confirmation

handler = api = Api(world)


@api.handles("send_notification", "resend_mail", "resend_mail_by_get")
def send_notification(caller: Caller, order_id: str) -> Answer:
    notification = resend_confirmation(caller.context, order_id, api.world.post_office)
    metrics.count("MailsSent")
    return api.answer(200, notification_document(notification))
