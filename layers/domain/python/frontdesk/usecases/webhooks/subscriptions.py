"""Subscriptions, kept by staff."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from frontdesk.domain.orders.order import is_order_id
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.envelope import contradictions
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.webhooks.signatures import new_secret
from frontdesk.domain.webhooks.subscriptions import (
    MAX_SUBSCRIPTIONS,
    Subscription,
    SubscriptionDocument,
    changed,
    rotated,
)
from frontdesk.domain.webhooks.urls import problems_of_url
from frontdesk.usecases.ports import Clock
from frontdesk.usecases.webhooks.needs import Webhooks

TYPE = "webhook-subscriptions"


def create_subscription(
    organization_id: str,
    reading: Reading[SubscriptionDocument],
    webhooks: Webhooks,
    clock: Clock,
    *,
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
    subscription = changed(blank, change, now).model_copy(update={"version": 1})
    if not webhooks.add(organization_id, subscription, clock):
        raise FrontdeskError(Problem("too_many_subscriptions", {"most": MAX_SUBSCRIPTIONS}))
    return subscription


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
    local: bool,
    present: Callable[[Subscription], Mapping[str, Any]] | None = None,
) -> Subscription:
    """Changes what was sent and leaves the rest, whoever else is at it. Raises FrontdeskError 404, 422.

    `present` makes the answer's resource: what the reading only sends back must be as it is there.
    """

    def change(seen: Subscription) -> Subscription:
        url, problems = reading.config.change.url, [*reading.problems]
        problems += problems_of_url(url, local=local) if url not in (None, seen.url) else ()
        problems += contradictions(reading.echoes, present(seen)) if present and any(reading.echoes) else ()
        if problems:
            raise FrontdeskError(*problems)
        return changed(seen, reading.config.change, clock.now())

    return _changed(organization_id, webhook_id, change, webhooks, clock)


def rotate_secret(organization_id: str, webhook_id: str, webhooks: Webhooks, clock: Clock) -> Subscription:
    """Gives a subscription a new secret, which is shown only now. Raises FrontdeskError 404."""
    return _changed(organization_id, webhook_id, lambda seen: rotated(seen, clock.now()), webhooks, clock)


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
    webhooks: Webhooks,
    clock: Clock,
) -> Subscription:
    rounds = 0
    while True:
        seen = find_subscription(organization_id, webhook_id, webhooks, clock)
        after = change(seen)
        if after == seen or webhooks.change(organization_id, seen, after, clock):
            return after
        clock.pause(rounds)
        rounds += 1
