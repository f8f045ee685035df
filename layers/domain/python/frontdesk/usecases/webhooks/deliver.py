"""Makes one attempt at a delivery and decides how to continue."""

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
from frontdesk.usecases.context import Context
from frontdesk.usecases.webhooks.needs import Sender, Undelivered, Webhooks


class Later(Exception):
    """The queue must deliver the message again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Courier:
    """The ports that are needed to deliver. `spread` returns a random number from 0 to 1, which varies the pause before a retry."""

    webhooks: Webhooks
    sender: Sender
    spread: Callable[[], float]


def deliver(
    context: Context, message: Message, courier: Courier, report_switched_off: Callable[[], None]
) -> Delivery | None:
    """Makes one attempt at a delivery, unless the delivery is over or another attempt is in progress.

    If too many attempts have failed, disables the subscription, and then calls `report_switched_off`. Returns the delivery, or None if its
    subscription was deleted. Raises Later if the queue must deliver the message again.
    """
    webhooks = courier.webhooks
    subscription, found = webhooks.with_delivery(context, message.webhook_id, message.event_id)
    seen, now = begun(message, found), context.clock.now()
    if seen.status in FINAL:
        return seen
    if subscription is None:
        return None
    if seen.status == "sending" and now < seen.lease_until:
        raise Later(seen.lease_until - now)
    if not subscription.is_active:
        return _noted(context, seen.after("dropped", now, error="inactive"), courier)
    if seen.attempts >= MAX_ATTEMPTS:
        # The last attempt crashed.
        return _noted(context, seen.after("failed", now, error="interrupted"), courier)
    trying = seen.after(
        "sending", now, attempts=seen.attempts + 1, attempted_at=now, lease_until=now + LEASE_SECONDS
    )
    # Recorded before the attempt, so that a message that arrives twice, or again after a crash, continues the same delivery.
    _noted(context, trying, courier)
    status, reason = _attempt(message, subscription, courier, now)
    outcome = {"response_status": status, "error": reason}
    if status is not None and 200 <= status < 300:
        done = trying.after("delivered", context.clock.now(), **outcome)
        webhooks.write_delivery(context, done)
        if subscription.failures:
            webhooks.forget_failures(context, subscription.id)
        return done
    pause = pause_after(trying.attempts, courier.spread()) if trying.attempts < MAX_ATTEMPTS else None
    if pause is None:
        after = trying.after("failed", context.clock.now(), **outcome)
    else:
        after = trying.after(
            "retrying", context.clock.now(), next_attempt_at=context.clock.now() + pause, **outcome
        )
    webhooks.write_delivery(context, after)
    if _counts_as_hopeless(context, subscription, courier):
        report_switched_off()
    if pause is not None:
        raise Later(pause)
    return after


def _noted(context: Context, delivery: Delivery, courier: Courier) -> Delivery:
    if not courier.webhooks.write_delivery(context, delivery):
        # Another invocation is handling the same message.
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


def _counts_as_hopeless(context: Context, subscription: Subscription, courier: Courier) -> bool:
    """Counts a failure. Returns whether this failure disabled the subscription."""
    failures, now = subscription.failures + 1, context.clock.now()
    courier.webhooks.count_failure(context, subscription.id)
    if not is_hopeless(subscription, failures, now):
        return False
    after = disabled_by_failures(subscription, failures, now)
    # If the subscription changed meanwhile, the next failure decides again.
    return courier.webhooks.change(context._replace(reason=after.disabled_reason), subscription, after)
