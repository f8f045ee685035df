"""Makes one attempt at a delivery, and says what comes after it."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic_core import to_json

from frontdesk.domain.webhooks.deliveries import (
    FINAL,
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    Delivery,
    Message,
    begun,
    pause_after,
)
from frontdesk.domain.webhooks.signatures import sign, standard_headers
from frontdesk.domain.webhooks.subscriptions import Subscription, disabled_by_failures, is_hopeless
from frontdesk.usecases.ports import Clock
from frontdesk.usecases.webhooks.needs import Sender, Undelivered, Webhooks


class Later(Exception):
    """The delivery is not made and not given up: to be tried again in so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


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
    keys = subscription.secrets_at(now)
    headers = {
        **subscription.custom_headers,
        "Content-Type": "application/json",
        "Frontdesk-Event-Id": message.event_id,
        "Frontdesk-Signature": sign(body, now, keys),
        **standard_headers(message.event_id, body, now, keys),
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
