"""The ports of the webhook use cases: subscriptions and their log, a queue, a sender, a presentation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.orders.order import Order
from frontdesk.domain.requests.once import Made
from frontdesk.domain.webhooks.deliveries import Delivery, Message
from frontdesk.domain.webhooks.events import Subject
from frontdesk.domain.webhooks.subscriptions import Subscription
from frontdesk.usecases.context import Clock, Context


class Webhooks(Protocol):
    """Subscriptions and the log of their deliveries. Every call is for one organization; all raise Busy when out of time."""

    def subscriptions(self, context: Context) -> list[Subscription]:
        """Returns all subscriptions of an organization. Consistent."""

    def subscription(self, context: Context, webhook_id: str) -> Subscription | None:
        """Returns a subscription; None if there is none. Consistent."""

    def add(
        self,
        context: Context,
        subscription: Subscription,
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> bool:
        """Creates a subscription; False if there are MAX_SUBSCRIPTIONS already.

        `by` is the token on whose authority it acts: raises Revoked if it no longer exists. `made` is stored along: raises AlreadyMade if
        its key is stored already.
        """

    def change(
        self,
        context: Context,
        seen: Subscription,
        subscription: Subscription,
        *,
        by: Token | None = None,
    ) -> bool:
        """Writes a subscription if its version is still that of `seen`; False if not.

        Failures are written only if the two differ in them. `by` is the token now responsible for it: raises Revoked if it no longer
        exists.
        """

    def remove(self, context: Context, seen: Subscription) -> bool:
        """Deletes a subscription if its version is still that of `seen`; False if not."""

    def count_failure(self, context: Context, webhook_id: str) -> None:
        """Counts one more failure in a row, if the subscription exists."""

    def forget_failures(self, context: Context, webhook_id: str) -> None:
        """Resets the failures in a row after a success."""

    def with_delivery(
        self, context: Context, webhook_id: str, event_id: str
    ) -> tuple[Subscription | None, Delivery | None]:
        """Returns a subscription and its delivery of an event, each None if missing. Consistent."""

    def write_delivery(self, context: Context, delivery: Delivery) -> bool:
        """Writes the next version of a delivery; False if another was written meanwhile."""

    def logged(self, context: Context, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Returns those of the (subscription, event) whose delivery has begun. Consistent."""

    def organizations_with_moments(self, clock: Clock) -> Iterator[str]:
        """Yields each organization with a subscription to events of the clock, once. Eventually consistent."""

    def told_until(self, context: Context) -> int | None:
        """Returns the instant up to which starts and ends of bookings were told; None if never. Consistent."""

    def note_told(self, context: Context, until: int) -> None:
        """Moves that instant forward, never back."""

    def deliveries(self, context: Context, webhook_id: str) -> Iterator[Delivery]:
        """Yields the logged deliveries, the newest event first. Lazy."""


class Queue(Protocol):
    """The queue of deliveries."""

    def send(self, messages: Sequence[Message]) -> None:
        """Queues deliveries, each at least once. If it raises, some may be queued."""


class Undelivered(Exception):
    """No answer arrived. `reason` is one word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sender(Protocol):
    """The way out to receivers."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Sends a delivery and returns the answer's status, whatever it is. Follows no redirect. Raises Undelivered."""


class Present(Protocol):
    """Presents the subject of an event."""

    def __call__(self, subject: Subject, order: Order | None, *, gone: bool) -> dict[str, Any]:
        """Returns a normalized resource; only its id and type if it is `gone`. A booking needs its order."""
