"""What the use cases need of the world. `store` and `mail` implement it; tests bring fakes of the same shape."""

from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage
from typing import Any, Protocol

from frontdesk.model.access import Token
from frontdesk.model.catalog import Customer, Organization
from frontdesk.model.order import Booking, Notification, Order
from frontdesk.model.placement import Placement
from frontdesk.model.snapshot import Key


class Clock(Protocol):
    """Time as one invocation sees it."""

    def now(self) -> int:
        """The present in epoch seconds."""

    def pause(self, attempt: int) -> None:
        """Waits a random while before retry number `attempt` (from 0); raises Busy when no time is left for it."""


class Store(Protocol):
    """Orders, ledgers and catalog of all organizations. Every call is for one of them. All raise Busy out of time."""

    def read(self, organization_id: str, keys: Iterable[Key], clock: Clock, *, consistent: bool) -> dict[Key, Any]:
        """The items under the keys; None for each that is not there."""

    def place(self, placement: Placement, clock: Clock) -> Mapping[Key, Any] | None:
        """Writes a placement whole: None; or nothing of it, and then the items that stood against it, as they are."""

    def order(self, organization_id: str, order_id: str, clock: Clock) -> tuple[Order, list[Booking]] | None:
        """An order with its bookings in their order, read consistently."""

    def token(self, organization_id: str, digest: str, clock: Clock) -> Token | None:
        """An API token by the digest of its secret, read consistently."""

    def write_notification(self, order: Order, notification: Notification, clock: Clock, *, seen: Notification | None) -> bool:
        """Replaces the state of an order's mail, if that is still as `seen`; False if it is not."""


class MailError(Exception):
    """A mail was not sent. Its text never names the recipient."""


class MailRefused(MailError):
    """The service will not send this mail, however often it is asked."""


class MailUnavailable(MailError):
    """The service did not take the mail now; whether it sent it may be unknown."""


class Mailer(Protocol):
    def send(self, message: EmailMessage) -> str:
        """Sends a mail and returns its message id; raises MailRefused or MailUnavailable."""


class Composer(Protocol):
    def __call__(
        self,
        *,
        organization: Organization,
        order: Order,
        bookings: Sequence[Booking],
        resources: Mapping[str, str],
        services: Mapping[str, str],
        customer: Customer,
        sender: str,
    ) -> EmailMessage:
        """The confirmation of an order; `resources` and `services` are names by id."""


class Operator(Protocol):
    def report_unsent(self, organization_id: str, order_id: str) -> None:
        """Puts an order whose mail could not be sent where a person looks."""
