"""Describes the operations of messages for the OpenAPI document."""

from frontdesk.api.answers.messages import MessagePreviewResource, MessageResource, NotificationMeta
from frontdesk.api.handlers.messages import MESSAGE_FILTERS
from frontdesk.api.openapi.bodies import document_of, example_of_type
from frontdesk.api.openapi.contract import Answer, Operation, Parameter
from frontdesk.api.openapi.parameters import list_of, one_of
from frontdesk.domain.requests.messages import PreviewConfig

_MAIL = {
    200: Answer(
        description="The message, with the outcome of sending it.",
        content=MessageResource,
        meta=NotificationMeta,
        named="SentMessageDocument",
    )
}
_PREVIEW = document_of("PreviewDocument", "message-previews", PreviewConfig, has_id=False)

MESSAGE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="send_notification", tag="Mails",
        summary="Resend the confirmation of a completed order", answers=_MAIL, refusals=(409, 422, 502),
    ),
    # Also available as a GET, because existing clients use it.
    *(
        Operation(
            name=name, tag="Mails",
            summary="Resend the confirmation of a completed order", answers=_MAIL, refusals=(409, 422, 502),
        )
        for name in ("resend_mail", "resend_mail_by_get")
    ),
    Operation(
        name="list_messages_of_order", tag="Mails", summary="List an order's messages, newest first",
        answers={200: Answer(description="A page of the list.", content=[MessageResource])},
    ),
    Operation(
        name="preview_message", tag="Mails", summary="Preview a message to a customer of an order",
        description="Sends nothing. The preview shows the current state of the order. A cancellation is shown as if the whole order "
        "were canceled. A reminder is shown for the next booking. With `message_rule_id`, the preview has the texts of that rule, even if "
        "the rule is disabled.",
        body=_PREVIEW, example=example_of_type("message-previews", kind="confirmation"),
        answers={200: Answer(description="The mail as it would be sent now.", content=MessagePreviewResource)},
    ),
    Operation(
        name="list_messages", tag="Mails", summary="List the messages of all orders",
        description="The latest messages come first. Ended messages are sorted by `ended_at`. Waiting messages are sorted by `due_at`. "
        "The list may lag by some seconds. `filter[state]=waiting` also finds messages that are being sent.",
        parameters=tuple(
            Parameter(
                name=f"filter[{name}]", description=f"Only messages with one of these values of `{name}`.",
                schema=list_of(one_of(values)),
            )
            for name, values in MESSAGE_FILTERS.items()
        ),
        answers={200: Answer(description="A page of the list.", content=[MessageResource])},
    ),
    Operation(
        name="read_message", tag="Mails", summary="Get a message",
        answers={200: Answer(description="The message.", content=MessageResource)},
    ),
    Operation(
        name="resend_message", tag="Mails", summary="Resend a message to its recipient",
        description="Sends a new message, which shows the current state of the order.",
        answers=_MAIL, refusals=(409, 422, 502),
    ),
)  # fmt: skip
