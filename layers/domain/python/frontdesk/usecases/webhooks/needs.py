"""What the use cases of webhooks need of the world: subscriptions and their log, a queue, a way out, a presentation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.orders.order import Order
from frontdesk.domain.requests.once import Made
from frontdesk.domain.webhooks.deliveries import Delivery, Message
from frontdesk.domain.webhooks.events import Subject
from frontdesk.domain.webhooks.subscriptions import Subscription
from frontdesk.usecases.context import Context


class Webhooks(Protocol):
    """Subscriptions and the log of their deliveries. Every call is for one organization; all raise Busy out of time."""

    def subscriptions(self, context: Context) -> list[Subscription]:
        """All of an organization's, read consistently."""

    def subscription(self, context: Context, webhook_id: str) -> Subscription | None:
        """One of them, read consistently."""

    def add(
        self,
        context: Context,
        subscription: Subscription,
        *,
        by: Token | None = None,
        made: Made | None = None,
    ) -> bool:
        """Keeps a new one; False if there are MAX_SUBSCRIPTIONS already. Raises Revoked without `by`, who answers for it.

        `made` is remembered along with it; raises AlreadyMade where the same key is remembered.
        """

    def change(
        self,
        context: Context,
        seen: Subscription,
        subscription: Subscription,
        *,
        by: Token | None = None,
    ) -> bool:
        """Writes one if it is as `seen`: the version tells. Its failures are written only where the two differ in them.

        `by` is the token that answers for it from now on: if that is not there, raises Revoked.
        """

    def remove(self, context: Context, seen: Subscription) -> bool:
        """Takes one away if it is as `seen`; False if it is not."""

    def count_failure(self, context: Context, webhook_id: str) -> None:
        """One more failure in a row, if the subscription is there."""

    def forget_failures(self, context: Context, webhook_id: str) -> None:
        """There was a success."""

    def with_delivery(
        self, context: Context, webhook_id: str, event_id: str
    ) -> tuple[Subscription | None, Delivery | None]:
        """A subscription and its delivery of an event, read consistently."""

    def write_delivery(self, context: Context, delivery: Delivery) -> bool:
        """Writes the next version of a delivery; False if it is not the next."""

    def deliveries(self, context: Context, webhook_id: str) -> Iterator[Delivery]:
        """Those that are kept, the newest event first, read as they are asked for."""


class Queue(Protocol):
    def send(self, messages: Sequence[Message]) -> None:
        """Puts deliveries on the queue: each at least once, or it raises and some may be there."""


class Undelivered(Exception):
    """No answer came: `reason` is one word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sender(Protocol):
    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Sends a delivery and returns the answer's status, whatever it is. Raises Undelivered."""


class Present(Protocol):
    def __call__(self, subject: Subject, order: Order | None, *, gone: bool) -> dict[str, Any]:
        """A resource in its normalized form; only its id and type where it is `gone`. A booking comes with its order."""
