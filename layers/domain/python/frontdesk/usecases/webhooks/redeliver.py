"""The log of deliveries, and redelivery on request."""

from itertools import islice
from typing import Any

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import order_id_of
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.webhooks.deliveries import MAX_LISTED, Delivery, Message, begun
from frontdesk.domain.webhooks.events import is_event_id
from frontdesk.domain.webhooks.subscriptions import Subscription
from frontdesk.usecases.context import Context
from frontdesk.usecases.reading import read_one
from frontdesk.usecases.webhooks.needs import Webhooks
from frontdesk.usecases.webhooks.publish import Publisher
from frontdesk.usecases.webhooks.subscriptions import find_subscription


def recent_deliveries(context: Context, webhook_id: str, webhooks: Webhooks) -> tuple[list[Delivery], bool]:
    """Returns a subscription's newest deliveries, at most MAX_LISTED, and whether there are more. Raises FrontdeskError 404."""
    find_subscription(context, webhook_id, webhooks)
    found = list(islice(webhooks.deliveries(context, webhook_id), MAX_LISTED + 1))
    return found[:MAX_LISTED], len(found) > MAX_LISTED


def find_delivery(
    context: Context, webhook_id: str, event_id: str, webhooks: Webhooks
) -> tuple[Subscription, Delivery]:
    """Returns a subscription and its delivery of an event. Raises FrontdeskError 404."""
    subscription = find_subscription(context, webhook_id, webhooks)
    delivery = webhooks.with_delivery(context, webhook_id, event_id)[1] if is_event_id(event_id) else None
    if delivery is None:
        raise FrontdeskError(Problem("delivery_not_found"))
    return subscription, delivery


def redeliver(
    context: Context, webhook_id: str, event_id: str, webhooks: Webhooks, publisher: Publisher
) -> Delivery:
    """Queues an event again, with the same id. Sends the current state of its item, because the log does not store what was sent.

    Raises FrontdeskError 404; 409 while the delivery is still in progress, or if the subscription is inactive.
    """
    subscription, seen = find_delivery(context, webhook_id, event_id, webhooks)
    if not seen.is_over(context.clock.now()):
        raise _conflict("delivery_pending")
    if not subscription.is_active:
        raise _conflict("subscription_inactive")
    message = Message(
        organization_id=context.organization_id,
        webhook_id=webhook_id,
        event_id=event_id,
        event=seen.event,
        subject_type=seen.subject_type,
        subject_id=seen.subject_id,
        triggered_at=context.clock.now(),
        round=seen.round + 1,
        data=_present_now(context, seen, publisher) or {"id": seen.subject_id, "type": seen.subject_type},
    )
    publisher.queue.send([message])
    return begun(message, seen)


def _present_now(context: Context, delivery: Delivery, publisher: Publisher) -> dict[str, Any] | None:
    id = delivery.subject_id
    if delivery.subject_type == "customers":
        customer = read_one(context, Customer, id, publisher.store)
        return publisher.present(customer, None, gone=customer.archived) if customer else None
    found = publisher.store.order(context, id if delivery.subject_type == "orders" else order_id_of(id))
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
