"""Answers about messages: the content, the recipient, and the outcome."""

from email.message import EmailMessage
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import (
    ADA,
    ORDER_ID,
    Id,
    Instant,
    Made,
    SelfLink,
    ToMany,
    ToOne,
    instant,
    to_many,
    to_one,
)
from frontdesk.api.routes import MESSAGES
from frontdesk.domain.messages import message as stored
from frontdesk.domain.messages.message import MessageKind, MessageState, Reason
from frontdesk.domain.orders.order import booking_id, order_number
from frontdesk.domain.time.intervals import iso

EXAMPLE_ID = f"{ORDER_ID}-m3c9909afecv000001c"


class MessageAttributes(TypedDict):
    """A message and its state."""

    kind: Annotated[MessageKind, Field(examples=["confirmation"])]
    state: Annotated[MessageState, Field(examples=["sent"])]
    reason: Annotated[Reason | None, Field(description="Why the message was not or will not be delivered.")]
    recipient: Annotated[
        str | None,
        Field(
            description="The email address. For a customer, null until the message was sent.",
            examples=["ada@example.com"],
        ),
    ]
    message_id: Annotated[
        str | None,
        Field(description="The id of the mail in Amazon SES.", examples=["0102018f3a5c7d1e-000000"]),
    ]
    order_number: Annotated[str, Field(examples=["BO0412339015677218"])]
    order_version: Annotated[
        int,
        Field(
            description="The version of the order after the change that the message is about. The history of the order says who "
            "made the change."
        ),
    ]
    attempts: Annotated[int, Field(description="How often sending was tried.", ge=0, examples=[1])]
    due_at: Annotated[Instant | None, Field(description="When the next attempt is due.")]
    sent_at: Annotated[Instant | None, Field(examples=["2030-04-15T07:00:00+00:00"])]
    ended_at: Annotated[Instant | None, Field(description="When the message reached its final state.")]
    created_at: Made


class MessageRelationships(TypedDict):
    """The order and bookings that a message is about, and its recipient."""

    order: Annotated[ToOne[Literal["orders"]], Field(examples=[to_one("orders", ORDER_ID)])]
    bookings: Annotated[
        ToMany[Literal["bookings"]],
        Field(description="The bookings concerned. Without any, the whole order."),
    ]
    customer: Annotated[
        ToOne[Literal["customers"]],
        Field(description="The recipient. Null for staff.", examples=[to_one("customers", ADA)]),
    ]
    message_rule: ToOne[Literal["message-rules"]]
    resends: Annotated[
        ToOne[Literal["messages"]], Field(description="The message that this one repeats, if any.")
    ]


class MessageResource(TypedDict):
    """A message to one person about one order."""

    type: Literal["messages"]
    id: Annotated[Id, Field(examples=[EXAMPLE_ID])]
    attributes: MessageAttributes
    relationships: MessageRelationships
    links: SelfLink


class SentMail(TypedDict):
    """The outcome of sending a mail on request."""

    status: Annotated[MessageState, Field(examples=["sent"])]
    recipient: Annotated[str | None, Field(examples=["ada@example.com"])]
    message_id: Annotated[str | None, Field(examples=["0102018f3a5c7d1e-000000"])]
    sent_at: Annotated[Instant | None, Field(examples=["2030-04-15T07:00:00+00:00"])]


class NotificationMeta(TypedDict):
    """The outcome of sending the mail."""

    notification: SentMail


class CalendarFile(TypedDict):
    """An attached calendar file."""

    name: Annotated[str, Field(examples=["BO0412339015677218.ics"])]
    method: Annotated[str, Field(examples=["PUBLISH"])]
    content: Annotated[str, Field(examples=["BEGIN:VCALENDAR..."])]


class PreviewAttributes(TypedDict):
    """A mail as it would be sent now."""

    kind: Annotated[MessageKind, Field(examples=["confirmation"])]
    recipient: Annotated[str, Field(examples=["ada@example.com"])]
    language: Annotated[str, Field(examples=["en"])]
    subject: str
    text: str
    html: str
    calendar_files: list[CalendarFile]


class PreviewRelationships(TypedDict):
    """The order, the recipient and the message rule of the mail."""

    order: ToOne[Literal["orders"]]
    customer: Annotated[ToOne[Literal["customers"]], Field(description="The recipient. Null for staff.")]
    message_rule: ToOne[Literal["message-rules"]]


class MessagePreviewResource(TypedDict):
    """The preview of a mail."""

    type: Literal["message-previews"]
    id: Id
    attributes: PreviewAttributes
    relationships: PreviewRelationships
    links: SelfLink


def message_resource(message: stored.Message, base_url: str) -> MessageResource:
    """Returns the JSON:API resource of a message."""
    resends = f"{message.order_id}-m{message.resends}" if message.resends else None
    open_ = message.state in ("waiting", "sending")
    return {
        "type": "messages",
        "id": message.id,
        "attributes": {
            "kind": message.kind,
            "state": message.state,
            "reason": message.reason,
            "recipient": message.recipient or message.staff_email,
            "message_id": message.message_id,
            "order_number": order_number(message.order_id),
            "order_version": message.version,
            "attempts": message.attempts,
            "due_at": iso(message.due_at) if open_ else None,
            "sent_at": instant(message.sent_at),
            "ended_at": instant(message.ended_at),
            "created_at": iso(message.created_at),
        },
        "relationships": {
            "order": to_one("orders", message.order_id),
            "bookings": to_many("bookings", [booking_id(message.order_id, n) for n in message.ordinals]),
            "customer": to_one("customers", message.customer_id),
            "message_rule": to_one("message-rules", message.rule_id),
            "resends": to_one("messages", resends),
        },
        "links": {"self": f"{base_url}{MESSAGES}/{message.id}"},
    }


def notification_meta(message: stored.Message) -> NotificationMeta:
    """Returns the outcome of a mail that was sent on request, with the field names of anny's API (docs/coming-from-anny.md)."""
    return {
        "notification": {
            "status": message.state,
            "recipient": message.recipient,
            "message_id": message.message_id,
            "sent_at": instant(message.sent_at),
        }
    }


def preview_resource(mail: EmailMessage, message: stored.Message, base_url: str) -> MessagePreviewResource:
    """Returns the JSON:API resource of a preview: the rendered mail, with its calendar files."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return {
        "type": "message-previews",
        "id": f"{message.order_id}-{message.kind}",
        "attributes": {
            "kind": message.kind,
            "recipient": mail["To"].addresses[0].addr_spec,
            "language": str(mail["Content-Language"]),
            "subject": str(mail["Subject"]),
            "text": text.get_content(),
            "html": html.get_content(),
            "calendar_files": [_file(each) for each in mail.iter_attachments()],
        },
        "relationships": {
            "order": to_one("orders", message.order_id),
            "customer": to_one("customers", message.customer_id),
            "message_rule": to_one("message-rules", message.rule_id),
        },
        "links": {"self": f"{base_url}/api/v1/orders/{message.order_id}/messages/preview"},
    }


def _file(attached: EmailMessage) -> CalendarFile:
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    return {
        "name": attached.get_filename("event.ics"),
        "method": attached["Content-Type"].params["method"],
        "content": content.decode(),
    }
