"""Publishes events: queues a delivery for each subscription that wants one."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from frontdesk.domain.orders.order import Booking, Order, order_id_of
from frontdesk.domain.webhooks.deliveries import (
    Message,
)
from frontdesk.domain.webhooks.events import Change, Event, events_of, names_of
from frontdesk.domain.webhooks.subscriptions import (
    Subscription,
)
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Store
from frontdesk.usecases.webhooks.needs import Present, Queue, Webhooks

# Seconds after which a function that publishes events sees a changed subscription.
CACHE_SECONDS = 5
_MAX_CACHED = 1000


class RecentSubscriptions:
    """Caches subscriptions for CACHE_SECONDS, because many consecutive changes in the table's stream belong to few organizations."""

    def __init__(self, webhooks: Webhooks, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._webhooks = webhooks
        self._monotonic = monotonic
        self._cache: dict[str, tuple[float, list[Subscription]]] = {}

    def __call__(self, context: Context) -> Sequence[Subscription]:
        """Returns the subscriptions of the context's organization, from the cache if possible."""
        now = self._monotonic()
        until, found = self._cache.get(context.organization_id, (now, []))
        if now < until:
            return found
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        found = self._webhooks.subscriptions(context)
        self._cache[context.organization_id] = (now + CACHE_SECONDS, found)
        return found


@dataclass(frozen=True)
class Publisher:
    """The ports that are needed to publish events. `subscriptions` may be some seconds old."""

    store: Store
    subscriptions: Callable[[Context], Sequence[Subscription]]
    queue: Queue
    present: Present


def publish(context: Context, change: Change, publisher: Publisher) -> int:
    """Queues a delivery for each event of a change and each subscription that wants it. Returns the number of deliveries.

    Repeating this creates events with the same ids, so that receivers can recognize duplicates.
    """
    names = names_of(change)
    wanting = (
        [
            each
            for each in publisher.subscriptions(context)
            if any(map(each.wants, chain.from_iterable(names)))
        ]
        if names
        else []
    )
    if not wanting:
        return 0
    order: Order | None = None
    bookings: Sequence[Booking] = ()
    if change.key.kind in ("order", "booking"):
        order_id = change.key.id if change.key.kind == "order" else order_id_of(change.key.id)
        found = publisher.store.order(context, order_id)
        order, bookings = found or (None, ())
    messages: list[Message] = []
    shown: dict[str, dict[str, Any]] = {}
    for subscription in wanting:
        for event in events_of(change, order, bookings, subscription.wants):
            id = event.subject.id
            if id not in shown:
                shown[id] = publisher.present(event.subject, order, gone=event.name == "customers.deleted")
            messages.append(message_of(event, subscription.id, shown[id], context.clock.now()))
    publisher.queue.send(messages)
    return len(messages)


def message_of(event: Event, webhook_id: str, data: dict[str, Any], now: int) -> Message:
    """Returns the queue's message for an event and a subscription. `data` is the event's item, as receivers see it."""
    return Message(
        organization_id=event.organization_id,
        webhook_id=webhook_id,
        event_id=event.id,
        event=event.name,
        subject_type=data["type"],
        subject_id=event.subject.id,
        triggered_at=now,
        data=data,
    )
