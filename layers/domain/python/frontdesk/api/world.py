"""The parts of the composition root that handlers need. `bootstrap.World` implements this protocol without being imported here."""

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
        """May contain {api_id} and {stage}. If it is empty, the URL of the request is used."""

    @property
    def environment(self) -> str:
        """local, staging or production."""

    @property
    def upload_origin(self) -> str:
        """The origin of the bucket for uploads. Empty if there is none."""


class World(Protocol):
    """The parts of a function, each created on first use."""

    @property
    def settings(self) -> Settings:
        """Settings from the environment."""

    @property
    def authenticator(self) -> "Authenticator":
        """Looks up tokens."""

    @property
    def store(self) -> "Store":
        """Orders, ledgers and catalog items."""

    @property
    def lists(self) -> "Lists":
        """Lists of orders and bookings."""

    @property
    def catalog(self) -> "Catalog":
        """Writes catalog items."""

    @property
    def trails(self) -> "Trails":
        """Reads the trail."""

    @property
    def runs(self) -> "Runs":
        """Import runs."""

    @property
    def files(self) -> "Files":
        """The import bucket."""

    @property
    def executions(self) -> "Executions":
        """Executions of the import's state machine."""

    @property
    def links(self) -> "Links":
        """Signed links to the import bucket."""

    @property
    def exports(self) -> "Exports":
        """Exports."""

    @property
    def export_queue(self) -> "Orders":
        """The queue of exports that must be made."""

    @property
    def webhooks(self) -> "Webhooks":
        """Subscriptions and deliveries."""

    @property
    def publisher(self) -> "Publisher":
        """Queues deliveries."""

    @property
    def outbox(self) -> "Outbox":
        """Messages."""

    @property
    def post_office(self) -> "PostOffice":
        """The ports that are needed to send mail."""

    def clock(self, context: Any) -> "Clock":
        """Returns a clock whose time is up when a Lambda invocation ends."""
