"""What a caller may ask about messages."""

from frontdesk.domain.messages.message import MessageKind
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import Characters, RequestModel

PREVIEWS = "message-previews"


class PreviewConfig(RequestModel):
    """The preview asked for. `customer_id` is its recipient, one of the order's; by default the order's customer."""

    kind: MessageKind = "confirmation"
    customer_id: Characters | None = None


class _Resource(RequestModel):
    attributes: PreviewConfig | None = None


class PreviewDocument(Document):
    """The JSON:API document that asks for a preview."""

    ATTRIBUTES = PreviewConfig
    data: _Resource | None = None

    @property
    def asked(self) -> PreviewConfig:
        """The attributes; defaults if there are none."""
        return (self.data and self.data.attributes) or PreviewConfig()
