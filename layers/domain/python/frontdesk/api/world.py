"""What handlers need of the composition root. `bootstrap.World` is one; nothing here imports it."""

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from frontdesk.api.authentication import Authenticator
    from frontdesk.usecases.context import Clock
    from frontdesk.usecases.exports.needs import Exports, Orders
    from frontdesk.usecases.messages.needs import Outbox, PostOffice
    from frontdesk.usecases.ports import Catalog, Files, Links, Lists, Runs, Store, Trails
    from frontdesk.usecases.webhooks.needs import Webhooks
    from frontdesk.usecases.webhooks.publish import Publisher


class Settings(Protocol):
    """`public_base_url` may contain {api_id} and {stage}; an empty one is taken from the request."""

    @property
    def public_base_url(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def upload_origin(self) -> str: ...


class World(Protocol):
    """The parts of a function, each made when it is first used."""

    @property
    def settings(self) -> Settings: ...
    @property
    def authenticator(self) -> "Authenticator": ...
    @property
    def store(self) -> "Store": ...
    @property
    def lists(self) -> "Lists": ...
    @property
    def catalog(self) -> "Catalog": ...
    @property
    def trails(self) -> "Trails": ...
    @property
    def runs(self) -> "Runs": ...
    @property
    def files(self) -> "Files": ...
    @property
    def links(self) -> "Links": ...
    @property
    def exports(self) -> "Exports": ...
    @property
    def export_queue(self) -> "Orders": ...
    @property
    def webhooks(self) -> "Webhooks": ...
    @property
    def publisher(self) -> "Publisher": ...
    @property
    def outbox(self) -> "Outbox": ...
    @property
    def post_office(self) -> "PostOffice": ...
    def clock(self, context: Any) -> "Clock":
        """A clock that ends with a Lambda invocation."""
