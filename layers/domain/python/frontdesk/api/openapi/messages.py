"""What the operations of messages do, for the OpenAPI document."""

from frontdesk.api.answers.messages import MessagePreviewResource, MessageResource, NotificationMeta
from frontdesk.api.handlers.messages import MESSAGE_FILTERS
from frontdesk.api.openapi.bodies import document_of, example_of_type
from frontdesk.api.openapi.contract import Answer, Operation, Parameter
from frontdesk.api.openapi.parameters import list_of, one_of
from frontdesk.domain.requests.messages import PreviewConfig

_MAIL = {
    200: Answer(
        description="The message.",
        content=MessageResource,
        meta=NotificationMeta,
        named="SentMessageDocument",
    )
}
_PREVIEW = document_of("PreviewDocument", "message-previews", PreviewConfig, has_id=False)

MESSAGE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="send_notification", tag="Mails",
        summary="Send the confirmation of a completed order again, now", answers=_MAIL, refusals=(409, 422, 502),
    ),
    # As a GET too, where existing clients want it so.
    *(
        Operation(
            name=name, tag="Mails",
            summary="Send the confirmation of a completed order again, now", answers=_MAIL, refusals=(409, 422, 502),
        )
        for name in ("resend_mail", "resend_mail_by_get")
    ),
    Operation(
        name="list_messages_of_order", tag="Mails", summary="An order's messages, the newest first",
        answers={200: Answer(description="A page.", content=[MessageResource])},
    ),
    Operation(
        name="preview_message", tag="Mails", summary="What a customer of an order would be sent. Sends nothing",
        description="As it is now; a cancellation as if all of the order were canceled.",
        body=_PREVIEW, example=example_of_type("message-previews", kind="confirmation"),
        answers={200: Answer(description="The mail.", content=MessagePreviewResource)}, refusals=(409,),
    ),
    Operation(
        name="list_messages", tag="Mails", summary="Messages of all orders, the last that ended or are due first",
        description="Some seconds behind. A message that is being sent counts as `waiting`.",
        parameters=tuple(
            Parameter(name=f"filter[{name}]", description="Only messages with one of these.", schema=list_of(one_of(values)))
            for name, values in MESSAGE_FILTERS.items()
        ),
        answers={200: Answer(description="A page.", content=[MessageResource])},
    ),
    Operation(
        name="read_message", tag="Mails", summary="One message",
        answers={200: Answer(description="The message.", content=MessageResource)},
    ),
    Operation(
        name="resend_message", tag="Mails", summary="Send a message again, now, to whom it was for",
        description="It says what is true by now.",
        answers=_MAIL, refusals=(409, 502),
    ),
)  # fmt: skip
