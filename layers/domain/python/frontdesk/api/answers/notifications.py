"""What became of a mail that was asked for."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import JSONAPI, Instant, Version, instant
from frontdesk.domain.orders.order import Notification, NotificationState


class SentMail(TypedDict):
    status: Annotated[NotificationState, Field(examples=["sent"])]
    recipient: Annotated[str | None, Field(examples=["ada@example.com"])]
    message_id: Annotated[str | None, Field(examples=["0102018f3a5c7d1e-000000"])]
    sent_at: Annotated[Instant | None, Field(examples=["2030-04-15T07:00:00+00:00"])]


class NotificationMeta(TypedDict):
    notification: SentMail


class NotificationDocument(TypedDict):
    meta: NotificationMeta
    jsonapi: Version


def notification_document(notification: Notification) -> NotificationDocument:
    sent: SentMail = {
        "status": notification.state,
        "recipient": notification.recipient,
        "message_id": notification.message_id,
        "sent_at": instant(notification.sent_at),
    }
    return {"meta": {"notification": sent}, "jsonapi": JSONAPI}
