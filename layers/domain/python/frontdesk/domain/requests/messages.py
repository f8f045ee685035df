"""The bodies of requests about messages."""

from typing import Literal

from frontdesk.domain.messages.message import MessageKind
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import Characters, RequestModel

PREVIEWS = "message-previews"


class PreviewConfig(RequestModel):
    """The attributes of a preview.

    `customer_id` is the customer who would get the mail: the order's customer (the default), or a customer of one of its bookings.
    `message_rule_id` is the rule to preview, enabled or not. With a rule, `kind` and `recipient` (`customer` or `staff`) must fit the rule.
    By default, they are the rule's kind and its first recipient. Without a rule, `kind` is `confirmation` by default.
    """

    kind: MessageKind | None = None
    customer_id: Characters | None = None
    message_rule_id: Characters | None = None
    recipient: Literal["customer", "staff"] | None = None


class _Resource(RequestModel):
    attributes: PreviewConfig | None = None


class PreviewDocument(Document):
    """The JSON:API document that asks for a preview."""

    ATTRIBUTES = PreviewConfig
    data: _Resource | None = None

    @property
    def asked(self) -> PreviewConfig:
        """The document's attributes. If there are none, this is `PreviewConfig()`, with default values."""
        return (self.data and self.data.attributes) or PreviewConfig()
