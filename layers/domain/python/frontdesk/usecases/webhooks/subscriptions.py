"""Maintains webhook subscriptions."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from frontdesk.domain.catalog.access import Token
from frontdesk.domain.orders.order import is_order_id
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.envelope import contradictions
from frontdesk.domain.requests.once import Once
from frontdesk.domain.requests.order import Reading
from frontdesk.domain.webhooks.signatures import new_secret
from frontdesk.domain.webhooks.subscriptions import (
    MAX_SUBSCRIPTIONS,
    Subscription,
    SubscriptionDocument,
    changed,
    gives_more,
    rotated,
)
from frontdesk.domain.webhooks.urls import problems_of_url
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.webhooks.needs import Webhooks

TYPE = "webhook-subscriptions"


def create_subscription(
    context: Context,
    reading: Reading[SubscriptionDocument],
    webhooks: Webhooks,
    *,
    maker: Token,
    local: bool,
    asked: Once | None = None,
    present: Callable[[Subscription], Mapping[str, Any]] | None = None,
) -> Subscription:
    """Creates a subscription with a new secret. `local` and `present` are as in `change_subscription`.

    Raises FrontdeskError 403 for events that `maker` may not read, 409 if there are MAX_SUBSCRIPTIONS already, 422 with every problem.
    Raises AlreadyMade if the idempotency key was used before.
    """
    change, problems = reading.config.change, [*reading.problems]
    problems += [
        Problem(f"{name}_required", pointer=pointer("data", "attributes", name))
        for name in ("url", "events")
        if getattr(change, name) is None and not reading.is_unread("data", "attributes", name)
    ]
    problems += problems_of_url(change.url, local=local) if change.url is not None else ()
    if problems or change.url is None or change.events is None:
        raise FrontdeskError(*problems)
    now = context.clock.now()
    blank = Subscription(
        id=str(uuid4()),
        url=change.url,
        events=change.events,
        secret=new_secret(),
        created_at=now,
        updated_at=now,
    )
    subscription = _answered_for(changed(blank, change, now), maker).model_copy(update={"version": 1})
    if present and (contradicting := contradictions(reading.echoes, present(subscription))):
        raise FrontdeskError(*contradicting)
    made = asked and asked.made(subscription.id, now, shows_secret=True)
    if not webhooks.add(context, subscription, by=maker, made=made):
        raise FrontdeskError(Problem("too_many_subscriptions", {"most": MAX_SUBSCRIPTIONS}))
    return subscription


def _answered_for(subscription: Subscription, maker: Token) -> Subscription:
    """Returns the subscription, with `maker` as the token responsible for it.

    Raises FrontdeskError 403 if `maker` may not read all events of the subscription.
    """
    beyond = sorted(scope for scope in subscription.scopes if not maker.allows(scope))
    if beyond:
        reason = Phrase("scopes_beyond", {"scopes": beyond})
        raise FrontdeskError(Problem("unauthorized", {"reason": reason}, pointer="/data/attributes/events"))
    return subscription.model_copy(update={"maker_id": maker.id})


def find_subscription(context: Context, webhook_id: str, webhooks: Webhooks) -> Subscription:
    """Returns a subscription. Raises FrontdeskError 404."""
    found = webhooks.subscription(context, webhook_id) if is_order_id(webhook_id) else None
    if found is None:
        raise FrontdeskError(Problem("webhook_subscription_not_found"))
    return found


def change_subscription(
    context: Context,
    webhook_id: str,
    reading: Reading[SubscriptionDocument],
    webhooks: Webhooks,
    *,
    maker: Token,
    local: bool,
    present: Callable[[Subscription], Mapping[str, Any]] | None = None,
) -> tuple[Subscription, Subscription]:
    """Changes only the attributes that were sent. Returns the subscription before and after the change.

    `local` allows http to 127.0.0.1. `present` returns the subscription as the API shows it. Read-only values in
    the request must equal the values that `present` returns. Raises FrontdeskError 403, 404, 422.
    """

    def change(seen: Subscription) -> Subscription:
        url, problems = reading.config.change.url, [*reading.problems]
        problems += problems_of_url(url, local=local) if url not in (None, seen.url) else ()
        problems += contradictions(reading.echoes, present(seen)) if present and any(reading.echoes) else ()
        if problems:
            raise FrontdeskError(*problems)
        return changed(seen, reading.config.change, context.clock.now())

    return _changed(context, webhook_id, change, maker, webhooks)


def rotate_secret(context: Context, webhook_id: str, maker: Token, webhooks: Webhooks) -> Subscription:
    """Gives a subscription a new secret, which is shown only this once. Raises FrontdeskError 403, 404."""
    _, after = _changed(context, webhook_id, lambda seen: rotated(seen, context.clock.now()), maker, webhooks)
    return after


def delete_subscription(context: Context, webhook_id: str, webhooks: Webhooks) -> None:
    """Deletes a subscription and drops its queued deliveries. Raises FrontdeskError 404."""
    retries = context.retries()
    while not webhooks.remove(context, find_subscription(context, webhook_id, webhooks)):
        next(retries)


def _changed(
    context: Context,
    webhook_id: str,
    change: Callable[[Subscription], Subscription],
    maker: Token,
    webhooks: Webhooks,
) -> tuple[Subscription, Subscription]:
    retries = context.retries()
    while True:
        seen = find_subscription(context, webhook_id, webhooks)
        after, by = change(seen), None
        if gives_more(seen, after):
            after, by = _answered_for(after, maker), maker
        if after == seen or webhooks.change(context, seen, after, by=by):
            return seen, after
        next(retries)
