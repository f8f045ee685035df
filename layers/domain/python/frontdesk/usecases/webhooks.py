"""Webhooks: subscriptions kept by staff; events told to them; deliveries made, tried again, logged, and asked for anew."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from uuid import uuid4

from pydantic_core import to_json

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Booking, Order, is_order_id, order_id_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.envelope import contradictions
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.webhooks import (
    FINAL,
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    MAX_LISTED,
    MAX_SUBSCRIPTIONS,
    Change,
    Delivery,
    Event,
    Message,
    Subscription,
    SubscriptionDocument,
    begun,
    changed,
    disabled_by_failures,
    events_of,
    gives_more,
    is_event_id,
    is_hopeless,
    names_of,
    new_secret,
    pause_after,
    problems_of_url,
    rotated,
    sign,
)
from frontdesk.errors import Phrase
from frontdesk.usecases.ports import Clock, Store

TYPE = "webhook-subscriptions"
# A change of a subscription is known to a function that publishes after so long.
CACHE_SECONDS = 5
_MAX_CACHED = 1000


class Webhooks(Protocol):
    """Subscriptions and the log of their deliveries. Every call is for one organization; all raise Busy out of time."""

    def subscriptions(self, organization_id: str, clock: Clock) -> list[Subscription]:
        """All of an organization's, read consistently."""

    def subscription(self, organization_id: str, webhook_id: str, clock: Clock) -> Subscription | None:
        """One of them, read consistently."""

    def add(
        self, organization_id: str, subscription: Subscription, clock: Clock, *, by: Token | None = None
    ) -> bool:
        """Keeps a new one; False if there are MAX_SUBSCRIPTIONS already. Raises Revoked without `by`, who answers for it."""

    def change(
        self,
        organization_id: str,
        seen: Subscription,
        subscription: Subscription,
        clock: Clock,
        *,
        by: Token | None = None,
    ) -> bool:
        """Writes one if it is as `seen`: the version tells. Its failures are written only where the two differ in them.

        `by` is the token that answers for it from now on: if that is not there, raises Revoked.
        """

    def remove(self, organization_id: str, seen: Subscription, clock: Clock) -> bool:
        """Takes one away if it is as `seen`; False if it is not."""

    def count_failure(self, organization_id: str, webhook_id: str, clock: Clock) -> None:
        """One more failure in a row, if the subscription is there."""

    def forget_failures(self, organization_id: str, webhook_id: str, clock: Clock) -> None:
        """There was a success."""

    def with_delivery(
        self, organization_id: str, webhook_id: str, event_id: str, clock: Clock
    ) -> tuple[Subscription | None, Delivery | None]:
        """A subscription and its delivery of an event, read consistently."""

    def write_delivery(self, organization_id: str, delivery: Delivery, clock: Clock) -> bool:
        """Writes the next version of a delivery; False if it is not the next."""

    def deliveries(self, organization_id: str, webhook_id: str, clock: Clock) -> Iterator[Delivery]:
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
    def __call__(
        self, subject: Order | Booking | Customer, order: Order | None, *, gone: bool
    ) -> dict[str, Any]:
        """A resource in its normalized form; only its id and type where it is `gone`. A booking comes with its order."""


class Later(Exception):
    """The delivery is not made and not given up: to be tried again in so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


# Telling


class RecentSubscriptions:
    """The subscriptions of organizations, remembered for CACHE_SECONDS: a stream brings many changes of few organizations."""

    def __init__(self, webhooks: Webhooks, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._webhooks = webhooks
        self._monotonic = monotonic
        self._cache: dict[str, tuple[float, list[Subscription]]] = {}

    def __call__(self, organization_id: str, clock: Clock) -> Sequence[Subscription]:
        now = self._monotonic()
        until, found = self._cache.get(organization_id, (now, []))
        if now < until:
            return found
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        found = self._webhooks.subscriptions(organization_id, clock)
        self._cache[organization_id] = (now + CACHE_SECONDS, found)
        return found


@dataclass(frozen=True)
class Publisher:
    """What it takes to tell of events; `subscriptions` may be some seconds behind."""

    store: Store
    subscriptions: Callable[[str, Clock], Sequence[Subscription]]
    queue: Queue
    present: Present


def publish(change: Change, publisher: Publisher, clock: Clock) -> int:
    """Puts a delivery on the queue for each event of a change and each subscription that wants it. Returns how many.

    The same change again gives the same events by id: whoever is told twice can tell.
    """
    names = names_of(change)
    wanting = (
        [
            each
            for each in publisher.subscriptions(change.organization_id, clock)
            if any(map(each.wants, names))
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
        found = publisher.store.order(change.organization_id, order_id, clock)
        order, bookings = found or (None, ())
    messages: list[Message] = []
    for event in events_of(change, order, bookings):
        interested = [subscription for subscription in wanting if subscription.wants(event.name)]
        if interested:
            data = publisher.present(event.subject, order, gone=event.name == "customers.deleted")
            messages += [_message(event, subscription.id, data, clock.now()) for subscription in interested]
    publisher.queue.send(messages)
    return len(messages)


def _message(event: Event, webhook_id: str, data: dict[str, Any], now: int) -> Message:
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


# Delivering


@dataclass(frozen=True)
class Courier:
    """What it takes to deliver; `spread` is a random number from 0 to 1 for each pause."""

    webhooks: Webhooks
    sender: Sender
    spread: Callable[[], float]


def deliver(message: Message, courier: Courier, clock: Clock) -> Delivery | None:
    """Makes one attempt at a delivery, unless it is over or somebody is at it. Returns what became of it; None: nobody wants it.

    Every attempt is noted before it is made, so that a message that comes twice, or again after a crash, adds to the same
    delivery. Raises Later where the message must come again.
    """
    organization_id, webhooks = message.organization_id, courier.webhooks
    subscription, found = webhooks.with_delivery(organization_id, message.webhook_id, message.event_id, clock)
    seen, now = begun(message, found), clock.now()
    if seen.status in FINAL:
        return seen
    if subscription is None:
        return None
    if seen.status == "sending" and now < seen.lease_until:
        raise Later(seen.lease_until - now)
    if not subscription.is_active:
        return _noted(organization_id, seen.after("dropped", now, error="inactive"), courier, clock)
    if seen.attempts >= MAX_ATTEMPTS:
        # The last attempt ended without a word.
        return _noted(organization_id, seen.after("failed", now, error="interrupted"), courier, clock)
    trying = seen.after(
        "sending", now, attempts=seen.attempts + 1, attempted_at=now, lease_until=now + LEASE_SECONDS
    )
    _noted(organization_id, trying, courier, clock)
    status, reason = _attempt(message, subscription, courier, now)
    outcome = {"response_status": status, "error": reason}
    if status is not None and 200 <= status < 300:
        done = trying.after("delivered", clock.now(), **outcome)
        webhooks.write_delivery(organization_id, done, clock)
        if subscription.failures:
            webhooks.forget_failures(organization_id, subscription.id, clock)
        return done
    pause = pause_after(trying.attempts, courier.spread()) if trying.attempts < MAX_ATTEMPTS else None
    if pause is None:
        after = trying.after("failed", clock.now(), **outcome)
    else:
        after = trying.after("retrying", clock.now(), next_attempt_at=clock.now() + pause, **outcome)
    webhooks.write_delivery(organization_id, after, clock)
    _count_failure(organization_id, subscription, courier, clock)
    if pause is not None:
        raise Later(pause)
    return after


def _noted(organization_id: str, delivery: Delivery, courier: Courier, clock: Clock) -> Delivery:
    if not courier.webhooks.write_delivery(organization_id, delivery, clock):
        # Somebody else has the same message.
        raise Later(LEASE_SECONDS)
    return delivery


def _attempt(
    message: Message, subscription: Subscription, courier: Courier, now: int
) -> tuple[int | None, str | None]:
    body = to_json(message.payload)
    headers = {
        "Content-Type": "application/json",
        "Frontdesk-Event-Id": message.event_id,
        "Frontdesk-Signature": sign(body, now, subscription.secrets_at(now)),
    }
    try:
        return courier.sender.post(subscription.url, headers, body), None
    except Undelivered as error:
        return None, error.reason


def _count_failure(organization_id: str, subscription: Subscription, courier: Courier, clock: Clock) -> None:
    failures = subscription.failures + 1
    courier.webhooks.count_failure(organization_id, subscription.id, clock)
    if is_hopeless(subscription, failures, clock.now()):
        # If it has been changed meanwhile, the next failure looks at it again.
        courier.webhooks.change(
            organization_id, subscription, disabled_by_failures(subscription, failures, clock.now()), clock
        )


# Keeping subscriptions


def create_subscription(
    organization_id: str,
    reading: Reading[SubscriptionDocument],
    webhooks: Webhooks,
    clock: Clock,
    *,
    maker: Token,
    local: bool,
) -> Subscription:
    """A new subscription, with the secret that is shown only now. Raises FrontdeskError 403, 409 or 422 with every reason."""
    change, problems = reading.config.change, [*reading.problems]
    problems += [
        Problem(f"{name}_required", pointer=pointer("data", "attributes", name))
        for name in ("url", "events")
        if getattr(change, name) is None and not reading.is_unread("data", "attributes", name)
    ]
    problems += problems_of_url(change.url, local=local) if change.url is not None else ()
    if problems or change.url is None or change.events is None:
        raise FrontdeskError(*problems)
    now = clock.now()
    blank = Subscription(
        id=str(uuid4()),
        url=change.url,
        events=change.events,
        secret=new_secret(),
        created_at=now,
        updated_at=now,
    )
    subscription = _answered_for(changed(blank, change, now), maker).model_copy(update={"version": 1})
    if not webhooks.add(organization_id, subscription, clock, by=maker):
        raise FrontdeskError(Problem("too_many_subscriptions", {"most": MAX_SUBSCRIPTIONS}))
    return subscription


def _answered_for(subscription: Subscription, maker: Token) -> Subscription:
    """With its maker, who must be allowed to read all that it is told. Raises FrontdeskError 403."""
    beyond = sorted(scope for scope in subscription.scopes if not maker.allows(scope))
    if beyond:
        reason = Phrase("scopes_beyond", {"scopes": beyond})
        raise FrontdeskError(Problem("unauthorized", {"reason": reason}, pointer="/data/attributes/events"))
    return subscription.model_copy(update={"maker_id": maker.id})


def find_subscription(
    organization_id: str, webhook_id: str, webhooks: Webhooks, clock: Clock
) -> Subscription:
    """Raises FrontdeskError 404."""
    found = webhooks.subscription(organization_id, webhook_id, clock) if is_order_id(webhook_id) else None
    if found is None:
        raise FrontdeskError(Problem("webhook_subscription_not_found"))
    return found


def change_subscription(
    organization_id: str,
    webhook_id: str,
    reading: Reading[SubscriptionDocument],
    webhooks: Webhooks,
    clock: Clock,
    *,
    maker: Token,
    local: bool,
    present: Callable[[Subscription], Mapping[str, Any]] | None = None,
) -> tuple[Subscription, Subscription]:
    """Changes what was sent and leaves the rest, whoever else is at it: as it was, and is. Raises FrontdeskError 403, 404, 422.

    `present` makes the answer's resource: what the reading only sends back must be as it is there.
    """

    def change(seen: Subscription) -> Subscription:
        url, problems = reading.config.change.url, [*reading.problems]
        problems += problems_of_url(url, local=local) if url not in (None, seen.url) else ()
        problems += contradictions(reading.echoes, present(seen)) if present and any(reading.echoes) else ()
        if problems:
            raise FrontdeskError(*problems)
        return changed(seen, reading.config.change, clock.now())

    return _changed(organization_id, webhook_id, change, maker, webhooks, clock)


def rotate_secret(
    organization_id: str, webhook_id: str, maker: Token, webhooks: Webhooks, clock: Clock
) -> Subscription:
    """Gives a subscription a new secret, which is shown only now. Raises FrontdeskError 403, 404."""
    _, after = _changed(
        organization_id, webhook_id, lambda seen: rotated(seen, clock.now()), maker, webhooks, clock
    )
    return after


def delete_subscription(organization_id: str, webhook_id: str, webhooks: Webhooks, clock: Clock) -> None:
    """What is in the queue for it is dropped. Raises FrontdeskError 404."""
    rounds = 0
    while not webhooks.remove(
        organization_id, find_subscription(organization_id, webhook_id, webhooks, clock), clock
    ):
        clock.pause(rounds)
        rounds += 1


def _changed(
    organization_id: str,
    webhook_id: str,
    change: Callable[[Subscription], Subscription],
    maker: Token,
    webhooks: Webhooks,
    clock: Clock,
) -> tuple[Subscription, Subscription]:
    rounds = 0
    while True:
        seen = find_subscription(organization_id, webhook_id, webhooks, clock)
        after, by = change(seen), None
        if gives_more(seen, after):
            after, by = _answered_for(after, maker), maker
        if after == seen or webhooks.change(organization_id, seen, after, clock, by=by):
            return seen, after
        clock.pause(rounds)
        rounds += 1


# Reading the log


def recent_deliveries(
    organization_id: str, webhook_id: str, webhooks: Webhooks, clock: Clock
) -> tuple[list[Delivery], bool]:
    """A subscription's newest MAX_LISTED deliveries, and whether there are more. Raises FrontdeskError 404."""
    find_subscription(organization_id, webhook_id, webhooks, clock)
    found = list(islice(webhooks.deliveries(organization_id, webhook_id, clock), MAX_LISTED + 1))
    return found[:MAX_LISTED], len(found) > MAX_LISTED


def find_delivery(
    organization_id: str, webhook_id: str, event_id: str, webhooks: Webhooks, clock: Clock
) -> tuple[Subscription, Delivery]:
    """Raises FrontdeskError 404."""
    subscription = find_subscription(organization_id, webhook_id, webhooks, clock)
    delivery = (
        webhooks.with_delivery(organization_id, webhook_id, event_id, clock)[1]
        if is_event_id(event_id)
        else None
    )
    if delivery is None:
        raise FrontdeskError(Problem("delivery_not_found"))
    return subscription, delivery


def redeliver(
    organization_id: str,
    webhook_id: str,
    event_id: str,
    webhooks: Webhooks,
    publisher: Publisher,
    clock: Clock,
) -> Delivery:
    """Has an event delivered again under its id, with what it is about as that is now: the log has kept no content.

    Raises FrontdeskError: 404; 409 while the delivery is not over, or the subscription is inactive.
    """
    subscription, seen = find_delivery(organization_id, webhook_id, event_id, webhooks, clock)
    if not seen.is_over(clock.now()):
        raise _conflict("delivery_pending")
    if not subscription.is_active:
        raise _conflict("subscription_inactive")
    message = Message(
        organization_id=organization_id,
        webhook_id=webhook_id,
        event_id=event_id,
        event=seen.event,
        subject_type=seen.subject_type,
        subject_id=seen.subject_id,
        triggered_at=clock.now(),
        round=seen.round + 1,
        data=_present_now(organization_id, seen, publisher, clock)
        or {"id": seen.subject_id, "type": seen.subject_type},
    )
    publisher.queue.send([message])
    return begun(message, seen)


def _present_now(
    organization_id: str, delivery: Delivery, publisher: Publisher, clock: Clock
) -> dict[str, Any] | None:
    id = delivery.subject_id
    if delivery.subject_type == "customers":
        key = Key("customer", id)
        customer = publisher.store.read(organization_id, [key], clock, consistent=True)[key]
        return publisher.present(customer, None, gone=customer.archived) if customer else None
    found = publisher.store.order(
        organization_id, id if delivery.subject_type == "orders" else order_id_of(id), clock
    )
    if found is None or found[0].status in INVISIBLE:
        return None
    subject = (
        found[0]
        if delivery.subject_type == "orders"
        else next((booking for booking in found[1] if booking.id == id), None)
    )
    return publisher.present(subject, found[0], gone=False) if subject else None


def _conflict(code: str) -> FrontdeskError:
    return FrontdeskError(Problem(code))
