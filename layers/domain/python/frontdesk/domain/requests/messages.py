"""What a caller may ask of messages."""

from frontdesk.domain.messages.message import MessageKind
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import Characters, RequestModel

PREVIEWS = "message-previews"


class PreviewConfig(RequestModel):
    """`customer_id`: of whom the mail would be, one of the order's; without it, the order's customer."""

    kind: MessageKind = "confirmation"
    customer_id: Characters | None = None


class _Resource(RequestModel):
    attributes: PreviewConfig | None = None


class PreviewDocument(Document):
    """The JSON:API document of a preview that is asked for."""

    ATTRIBUTES = PreviewConfig
    data: _Resource | None = None

    @property
    def asked(self) -> PreviewConfig:
        return (self.data and self.data.attributes) or PreviewConfig()
