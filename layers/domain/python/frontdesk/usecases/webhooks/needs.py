"""The ports of the webhook use cases: subscriptions and their log, a queue, a sender, and the presentation of events."""

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
    """Stores subscriptions and the log of their deliveries.

    Every call is for one organization. All methods raise Busy when the time is up.
    """

    def subscriptions(self, context: Context) -> list[Subscription]:
        """Returns all subscriptions of an organization. The read is consistent."""

    def subscription(self, context: Context, webhook_id: str) -> Subscription | None:
        """Returns a subscription, or None. The read is consistent."""

    def add(
        self,
        context: Context,
        subscription: Subscription,
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> bool:
        """Creates a subscription and returns True. Returns False if the organization has MAX_SUBSCRIPTIONS already.

        Stores `made` in the same transaction. Raises AlreadyMade if the idempotency key in `made` was used before, and Revoked if the token
        `by` no longer exists.
        """

    def change(
        self,
        context: Context,
        seen: Subscription,
        subscription: Subscription,
        *,
        by: Token | None = None,
    ) -> bool:
        """Writes a subscription if its version is still that of `seen`. Returns False otherwise.

        Writes `failures` and `failing_since` only if `subscription` changes them. `by` is the token that becomes responsible. Raises
        Revoked if this token no longer exists.
        """

    def remove(self, context: Context, seen: Subscription) -> bool:
        """Deletes a subscription if its version is still that of `seen`. Returns False otherwise."""

    def count_failure(self, context: Context, webhook_id: str) -> None:
        """Counts one more consecutive failure, if the subscription exists."""

    def forget_failures(self, context: Context, webhook_id: str) -> None:
        """Resets the number of consecutive failures, after a success."""

    def with_delivery(
        self, context: Context, webhook_id: str, event_id: str
    ) -> tuple[Subscription | None, Delivery | None]:
        """Returns a subscription and its delivery of an event, with None for each that does not exist. The read is consistent."""

    def write_delivery(self, context: Context, delivery: Delivery) -> bool:
        """Writes the next version of a delivery. Returns False if another version was written meanwhile."""

    def logged(self, context: Context, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Returns those (subscription id, event id) pairs whose delivery has begun. The read is consistent."""

    def organizations_with_moments(self, clock: Clock) -> Iterator[str]:
        """Yields the distinct ids of organizations that subscribe to starts or ends of bookings. The list is eventually consistent."""

    def told_until(self, context: Context) -> int | None:
        """Returns the instant until which the events `bookings.started` and `bookings.ended` were published.

        The instant is in epoch seconds. Returns None if no instant was recorded yet. The read is consistent.
        """

    def note_told(self, context: Context, until: int) -> None:
        """Records that all starts and ends of bookings up to `until` (epoch seconds) were published. Never replaces a later instant."""

    def deliveries(self, context: Context, webhook_id: str) -> Iterator[Delivery]:
        """Yields the logged deliveries of a subscription, the newest event first. Reads page by page, as needed."""


class Queue(Protocol):
    """The queue of deliveries."""

    def send(self, messages: Sequence[Message]) -> None:
        """Queues deliveries. The queue delivers each at least once. If this raises an error, some deliveries may be queued already."""


class Undelivered(Exception):
    """No answer arrived. `reason` says why, in one word such as "timeout"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sender(Protocol):
    """Sends requests to the receivers of webhooks."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Sends a delivery. Returns the HTTP status of the answer, even if it is an error. Follows no redirects. Raises Undelivered."""


class Present(Protocol):
    """Presents the item that an event is about."""

    def __call__(self, subject: Subject, order: Order | None, *, gone: bool) -> dict[str, Any]:
        """Returns `subject` as one flat object, or only its id and type if it is `gone`. A booking requires its `order`.

        An example of an object: `{"id": "…", "type": "orders", "status": "completed", "total": 5000}`.
        """
