"""Webhooks as the API and their receivers see them: its calls, documents of subscriptions and deliveries, and the content of events."""

from typing import Any, get_args

from pydantic_core import from_json, to_json

from frontdesk.api.app import Answer, Api
from frontdesk.api.catalog import catalog_resource
from frontdesk.api.documents import Json, booking_resource, order_resource
from frontdesk.api.negotiation import flat
from frontdesk.api.query import one_of, page_document, read_query
from frontdesk.api.routes import REDELIVERY, ROTATION, WEBHOOK, WEBHOOK_DELIVERIES, WEBHOOK_DELIVERY, WEBHOOKS
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.requests.order import read_as
from frontdesk.domain.time.intervals import iso
from frontdesk.domain.webhooks import (
    DELIVERY_STATUSES,
    Delivery,
    EventName,
    Subscription,
    SubscriptionDocument,
)
from frontdesk.usecases.webhooks import (
    TYPE,
    change_subscription,
    create_subscription,
    delete_subscription,
    find_delivery,
    find_subscription,
    recent_deliveries,
    redeliver,
    rotate_secret,
)

# Lists as long as the order; whoever wants them reads the order.
_LEFT_OUT_OF_META = {"items", "skipped"}
DELIVERY_FILTERS: dict[str, tuple[str, ...]] = {"status": DELIVERY_STATUSES, "event": get_args(EventName)}


def include(api: Api) -> None:
    """Adds the calls of webhooks to a function's."""

    def local() -> bool:
        return api.world.settings.environment == "local"

    def shown(subscription: Subscription, status: int = 200, *, with_secret: bool = False) -> Answer:
        resource = subscription_resource(subscription, api.base_url, with_secret=with_secret)
        headers = {"Location": resource["links"]["self"]} if status == 201 else None
        return api.answer(status, _document(resource), headers)

    @api.get(WEBHOOKS)
    def list_subscriptions() -> Answer:
        asked = api.parameters
        caller = api.caller("catalog:read", *asked)
        query = read_query(asked)
        found = sorted(
            api.world.webhooks.subscriptions(caller.organization_id, api.clock),
            key=lambda each: (each.created_at, each.id),
        )
        resources = [subscription_resource(each, api.base_url) for each in found]
        return api.answer(200, page_document(resources, query, f"{api.base_url}{WEBHOOKS}", asked))

    @api.post(WEBHOOKS)
    def create() -> Answer:
        caller, reading = api.caller("catalog:write"), read_as(SubscriptionDocument, api.body())
        made = create_subscription(
            caller.organization_id, reading, api.world.webhooks, api.clock, local=local()
        )
        return shown(made, 201, with_secret=True)

    @api.get(WEBHOOK)
    def read(webhook_id: str) -> Answer:
        caller = api.caller("catalog:read")
        return shown(find_subscription(caller.organization_id, webhook_id, api.world.webhooks, api.clock))

    @api.patch(WEBHOOK)
    def change(webhook_id: str) -> Answer:
        caller, reading = api.caller("catalog:write"), read_as(SubscriptionDocument, api.body())
        return shown(
            change_subscription(
                caller.organization_id, webhook_id, reading, api.world.webhooks, api.clock, local=local()
            )
        )

    @api.route(WEBHOOK, method=["DELETE"])
    def delete(webhook_id: str) -> Answer:
        caller = api.caller("catalog:write")
        delete_subscription(caller.organization_id, webhook_id, api.world.webhooks, api.clock)
        return api.nothing()

    @api.post(ROTATION)
    def rotate(webhook_id: str) -> Answer:
        caller = api.caller("catalog:write")
        return shown(
            rotate_secret(caller.organization_id, webhook_id, api.world.webhooks, api.clock), with_secret=True
        )

    @api.get(WEBHOOK_DELIVERIES)
    def list_deliveries(webhook_id: str) -> Answer:
        asked = api.parameters
        caller = api.caller("catalog:read", *asked)
        query = read_query(
            asked, filters={name: one_of(*values) for name, values in DELIVERY_FILTERS.items()}
        )
        found, more = recent_deliveries(caller.organization_id, webhook_id, api.world.webhooks, api.clock)
        wanted = [
            each
            for each in found
            if all(not named or getattr(each, name) in named for name, named in query.filters.items())
        ]
        resources = [delivery_resource(each, api.base_url) for each in wanted]
        url = f"{subscription_url(webhook_id, api.base_url)}/deliveries"
        return api.answer(200, page_document(resources, query, url, asked, capped=more))

    @api.get(WEBHOOK_DELIVERY)
    def read_delivery(webhook_id: str, delivery_id: str) -> Answer:
        caller = api.caller("catalog:read")
        _, found = find_delivery(
            caller.organization_id, webhook_id, delivery_id, api.world.webhooks, api.clock
        )
        return api.answer(200, _document(delivery_resource(found, api.base_url)))

    @api.post(REDELIVERY)
    def deliver_again(webhook_id: str, delivery_id: str) -> Answer:
        caller, world = api.caller("catalog:write"), api.world
        pending = redeliver(
            caller.organization_id, webhook_id, delivery_id, world.webhooks, world.publisher, api.clock
        )
        return api.answer(202, _document(delivery_resource(pending, api.base_url)))


def _document(resource: Json) -> Json:
    return {"data": resource, "links": {"self": resource["links"]["self"]}, "jsonapi": {"version": "1.1"}}


def subscription_resource(subscription: Subscription, base_url: str, *, with_secret: bool = False) -> Json:
    """A subscription; its secret only in the answer that makes it."""
    return {
        "type": TYPE,
        "id": subscription.id,
        "attributes": {
            "name": subscription.name,
            "url": subscription.url,
            "events": list(subscription.events),
            "is_active": subscription.is_active,
            **({"secret": subscription.secret} if with_secret else {}),
            "failures": subscription.failures,
            "failing_since": _time(subscription.failing_since),
            "disabled_at": _time(subscription.disabled_at),
            "disabled_reason": subscription.disabled_reason,
            "created_at": iso(subscription.created_at),
            "updated_at": iso(subscription.updated_at),
        },
        "links": {"self": subscription_url(subscription.id, base_url)},
    }


def delivery_resource(delivery: Delivery, base_url: str) -> Json:
    """An entry of the log. Its relationship says what the event was about, which may be gone since."""
    return {
        "type": "webhook-deliveries",
        "id": delivery.id,
        "attributes": {
            "event": delivery.event,
            "event_id": delivery.id,
            "timestamp": iso(delivery.at),
            "status": delivery.status,
            "attempts": delivery.attempts,
            "round": delivery.round,
            "response_status": delivery.response_status,
            "error": delivery.error,
            "attempted_at": _time(delivery.attempted_at),
            "next_attempt_at": _time(delivery.next_attempt_at),
            "finished_at": _time(delivery.finished_at),
        },
        "relationships": {
            "webhook_subscription": {"data": {"type": TYPE, "id": delivery.webhook_id}},
            "subject": {"data": {"type": delivery.subject_type, "id": delivery.subject_id}},
        },
        "links": {"self": f"{subscription_url(delivery.webhook_id, base_url)}/deliveries/{delivery.id}"},
    }


def subscription_url(webhook_id: str, base_url: str) -> str:
    return f"{base_url}/api/v1/{TYPE}/{webhook_id}"


def content(subject: Order | Booking | Customer, order: Order | None, *, gone: bool) -> dict[str, Any]:
    """Implements `usecases.webhooks.Present`: the resource with its attributes flat, as it is written, whatever the time is."""
    match subject:
        case Customer():
            resource = catalog_resource(subject, "")
        case Order():
            resource = order_resource(subject, "", 0)
        case Booking():
            assert order is not None, "a booking comes with its order"
            resource = booking_resource(subject, order, "", 0)
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in _LEFT_OUT_OF_META}
    # Numbers and times as every answer shows them.
    return dict(
        from_json(
            to_json(
                flat({"type": resource["type"], "id": resource["id"]} if gone else resource | {"meta": meta})
            )
        )
    )


def _time(at: int | None) -> str | None:
    return None if at is None else iso(at)
