"""GET /api/v1/orders/{order_id}/send-notification, or resend-mail: sends the confirmation again, now."""

from frontdesk import metrics
from frontdesk.api.app import Answer, Api
from frontdesk.api.documents import notification_document
from frontdesk.api.routes import RESEND_MAIL, SEND_NOTIFICATION
from frontdesk.usecases.notifications import resend_confirmation

handler = api = Api()


@api.get(SEND_NOTIFICATION)
@api.route(RESEND_MAIL, method=["GET", "POST"])
def send_notification(order_id: str) -> Answer:
    caller = api.caller("orders:notify")
    notification = resend_confirmation(caller.organization_id, order_id, api.world.post_office, api.clock)
    metrics.count("MailsSent")
    return api.answer(200, notification_document(notification))
