"""The parts that handlers need, as a protocol. `bootstrap.World` implements it, but is not imported here."""

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from frontdesk.api.authentication import Authenticator
    from frontdesk.usecases.context import Clock
    from frontdesk.usecases.exports.needs import Exports, Orders
    from frontdesk.usecases.messages.needs import Outbox, PostOffice
    from frontdesk.usecases.ports import Catalog, Executions, Files, Links, Lists, Runs, Store, Trails
    from frontdesk.usecases.webhooks.needs import Webhooks
    from frontdesk.usecases.webhooks.publish import Publisher


class Settings(Protocol):
    """The settings that handlers read."""

    @property
    def public_base_url(self) -> str:
        """The URL at which clients reach the API. May contain {api_id} and {stage}. If it is empty, the URL of the request is used."""

    @property
    def environment(self) -> str:
        """The environment: local, staging or production."""

    @property
    def upload_origin(self) -> str:
        """The origin of the bucket for uploads. Empty if there is none."""


class World(Protocol):
    """The dependencies of a Lambda function, such as settings and ports. Each is created on first use."""

    @property
    def settings(self) -> Settings:
        """The settings, read from environment variables."""

    @property
    def authenticator(self) -> "Authenticator":
        """The authenticator, which identifies callers by their tokens."""

    @property
    def store(self) -> "Store":
        """The port that reads and writes orders and ledgers, and reads catalog items."""

    @property
    def lists(self) -> "Lists":
        """The port that lists orders and bookings."""

    @property
    def catalog(self) -> "Catalog":
        """The port that writes and lists catalog items."""

    @property
    def trails(self) -> "Trails":
        """The port that reads the trail."""

    @property
    def runs(self) -> "Runs":
        """The store of import runs."""

    @property
    def files(self) -> "Files":
        """The store of files in the import bucket."""

    @property
    def executions(self) -> "Executions":
        """The port that starts and checks executions of the import's state machine."""

    @property
    def links(self) -> "Links":
        """The port that signs links to files in the import bucket."""

    @property
    def exports(self) -> "Exports":
        """The store of exports."""

    @property
    def export_queue(self) -> "Orders":
        """The queue of exports that must be made."""

    @property
    def webhooks(self) -> "Webhooks":
        """The store of webhook subscriptions and of the log of their deliveries."""

    @property
    def publisher(self) -> "Publisher":
        """The ports that are needed to publish events to webhooks."""

    @property
    def outbox(self) -> "Outbox":
        """The store of messages: mails that were sent or will be sent."""

    @property
    def post_office(self) -> "PostOffice":
        """The ports that are needed to send mail."""

    def clock(self, context: Any) -> "Clock":
        """Returns the clock of a Lambda invocation. Its `pause` raises Busy if the invocation has too little time left."""
