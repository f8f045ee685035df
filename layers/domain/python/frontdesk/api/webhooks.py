"""Webhooks as the API and their receivers see them: documents of subscriptions and deliveries, and the content of events."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json, to_json

from frontdesk.api.documents import Json, booking_document, order_document
from frontdesk.model.catalog import Customer
from frontdesk.model.intervals import iso
from frontdesk.model.order import Booking, Order
from frontdesk.model.webhooks import Delivery, Subscription
from frontdesk.usecases.webhooks import TYPE

# Lists as long as the order; whoever wants them reads the order.
_LEFT_OUT_OF_META = {"items", "skipped"}


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


def content(subject: Order | Booking | Customer, order: Order | None, bookings: Sequence[Booking], *, gone: bool) -> dict[str, Any]:
    """Implements `usecases.webhooks.Present`: the resource with its attributes flat, as it is written, whatever the time is."""
    match subject:
        case Customer():
            resource = customer_resource(subject)
        case Order():
            resource = order_document(subject, (), "", 0)["data"]
        case Booking():
            assert order is not None, "a booking comes with its order"
            resource = booking_document(subject, order, bookings, "", 0)["data"]
    return _flat({"type": resource["type"], "id": resource["id"]} if gone else resource)


def customer_resource(customer: Customer) -> Json:
    attributes = customer.model_dump(mode="json", exclude={"id"})
    return {"type": "customers", "id": customer.id, "attributes": {"uuid": customer.id, "full_name": customer.full_name, **attributes}}


def _flat(resource: Json) -> Json:
    related = {name: relationship["data"] for name, relationship in resource.get("relationships", {}).items()}
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in _LEFT_OUT_OF_META}
    flat = {"id": resource["id"], "type": resource["type"], **resource.get("attributes", {}), **related, **({"meta": meta} if meta else {})}
    # Numbers and times as every answer shows them.
    return dict(from_json(to_json(flat)))


def _time(at: int | None) -> str | None:
    return None if at is None else iso(at)
