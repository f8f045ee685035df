"""Answers about webhooks: subscriptions, the log of deliveries, and the flat resource that is delivered."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from frontdesk.api.answers.catalog import catalog_resource
from frontdesk.api.answers.messages import message_resource
from frontdesk.api.answers.orders import booking_resource, order_resource
from frontdesk.api.answers.values import ORDER_ID, Count, Id, Instant, Made, SelfLink, ToOne, instant, to_one
from frontdesk.api.negotiation import Json, flat
from frontdesk.api.routes import WEBHOOKS
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.messages.message import Message
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.time.intervals import iso
from frontdesk.domain.webhooks.deliveries import Delivery, DeliveryStatus
from frontdesk.domain.webhooks.events import EventName, EventPattern, Subject
from frontdesk.domain.webhooks.subscriptions import Subscription

EVENT_ID = "71a1d870-c865-876a-803b-826b187b8133"


class WebhookAttributes(TypedDict):
    """A subscription and its recent failures."""

    name: Annotated[str, Field(examples=["ERP"])]
    url: Annotated[str, Field(examples=["https://hooks.example.com/frontdesk"])]
    events: Annotated[list[EventPattern], Field(examples=[["orders.*", "bookings.canceled"]])]
    is_active: Annotated[bool, Field(examples=[True])]
    secret: NotRequired[
        Annotated[
            str,
            Field(
                description="The secret that signs deliveries. Only calls that create or rotate it show it."
            ),
        ]
    ]
    signing_key: NotRequired[Annotated[str, Field(description="Another name for `secret`.")]]
    failures: Annotated[Count, Field(description="How many attempts in a row have failed.")]
    failing_since: Annotated[Instant | None, Field(description="When the first of these attempts failed.")]
    disabled_at: Annotated[
        Instant | None, Field(description="When the subscription was switched off automatically, if it was.")
    ]
    disabled_reason: Annotated[str | None, Field(description="Why it was switched off automatically.")]
    created_at: Made
    updated_at: Made


class WebhookSubscriptionResource(TypedDict):
    """A subscription to events."""

    type: Literal["webhook-subscriptions"]
    id: Id
    attributes: WebhookAttributes
    links: SelfLink


class DeliveryAttributes(TypedDict):
    """The delivery of an event to one subscription, without its content."""

    event: Annotated[EventName, Field(examples=["orders.created"])]
    event_id: Annotated[str, Field(examples=[EVENT_ID])]
    timestamp: Annotated[Instant, Field(description="When the event happened.")]
    status: Annotated[DeliveryStatus, Field(examples=["delivered"])]
    attempts: Annotated[Count, Field(examples=[1])]
    round: Annotated[
        int,
        Field(description="How many times the delivery was requested. 1 without repeats.", ge=1),
    ]
    response_status: Annotated[
        int | None, Field(description="The HTTP status of the answer.", examples=[200])
    ]
    error: Annotated[str | None, Field(description="Why the last attempt got no answer, or was not made.")]
    attempted_at: Annotated[Instant | None, Field(examples=["2030-04-15T07:00:01+00:00"])]
    next_attempt_at: Instant | None
    finished_at: Annotated[Instant | None, Field(examples=["2030-04-15T07:00:02+00:00"])]


class DeliveryRelationships(TypedDict):
    """The item that was delivered, and the subscription."""

    webhook_subscription: ToOne[Literal["webhook-subscriptions"]]
    subject: ToOne[str]


class WebhookDeliveryResource(TypedDict):
    """An entry of the log of deliveries."""

    type: Literal["webhook-deliveries"]
    id: Id
    attributes: DeliveryAttributes
    relationships: DeliveryRelationships
    links: SelfLink


def subscription_resource(
    subscription: Subscription, base_url: str, *, with_secret: bool = False
) -> WebhookSubscriptionResource:
    """Returns the JSON:API resource of a subscription. `with_secret` includes the secret, for the request that created or rotated it."""
    attributes: WebhookAttributes = {
        "name": subscription.name,
        "url": subscription.url,
        "events": list(subscription.events),
        "is_active": subscription.is_active,
        "failures": subscription.failures,
        "failing_since": instant(subscription.failing_since),
        "disabled_at": instant(subscription.disabled_at),
        "disabled_reason": subscription.disabled_reason,
        "created_at": iso(subscription.created_at),
        "updated_at": iso(subscription.updated_at),
    }
    if with_secret:
        attributes["secret"] = attributes["signing_key"] = subscription.secret
    return {
        "type": "webhook-subscriptions",
        "id": subscription.id,
        "attributes": attributes,
        "links": {"self": subscription_url(subscription.id, base_url)},
    }


def delivery_resource(delivery: Delivery, base_url: str) -> WebhookDeliveryResource:
    """Returns the JSON:API resource of a delivery. Its relationship `subject` may name an item that no longer exists."""
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
            "attempted_at": instant(delivery.attempted_at),
            "next_attempt_at": instant(delivery.next_attempt_at),
            "finished_at": instant(delivery.finished_at),
        },
        "relationships": {
            "webhook_subscription": to_one("webhook-subscriptions", delivery.webhook_id),
            "subject": to_one(delivery.subject_type, delivery.subject_id),
        },
        "links": {"self": f"{subscription_url(delivery.webhook_id, base_url)}/deliveries/{delivery.id}"},
    }


def subscription_url(webhook_id: str, base_url: str) -> str:
    """Returns the URL of a subscription."""
    return f"{base_url}{WEBHOOKS}/{webhook_id}"


# Left out of the orders in events: parts that can be as long as an order, and sums of active bookings. Clients get them from the API.
_LEFT_OUT_OF_ORDERS = {"items", "skipped", "active_total", "active_tax_amount"}


class WebhookEvent(TypedDict):
    """The body posted to each subscription that includes the event.

    The same event may arrive twice, and events may arrive in any order. `event_id` identifies an event. A higher `data.version` is a newer
    state.
    """

    event: Annotated[EventName, Field(examples=["orders.created"])]
    timestamp: Annotated[Instant, Field(description="When the event happened.")]
    event_id: Annotated[str, Field(examples=[EVENT_ID])]
    webhook_id: Annotated[str, Field(examples=["7d1b6c52-4f0e-4d3a-8b1f-2c9e5a6f7d80"])]
    triggered_at: Annotated[Instant, Field(description="When this delivery was requested.")]
    data: Annotated[
        dict[str, Any],
        Field(
            description="The resource, with flat attributes, and relationships as `{id, type}`.",
            examples=[{"id": ORDER_ID, "type": "orders", "status": "completed", "total": 5500}],
        ),
    ]


def content(subject: Subject, order: Order | None, *, gone: bool) -> dict[str, Any]:
    """Returns the item of an event as one flat object, or only its id and type if it is `gone`. Implements `webhooks.needs.Present`.

    Shows the stored state: an expired draft is still shown as a draft until a write stores its expiry.
    """
    resource: Json
    match subject:
        case Customer():
            resource = {**catalog_resource(subject, "")}
        case Order():
            resource = {**order_resource(subject, "", 0)}
        case Booking():
            assert order is not None, "a booking comes with its order"
            resource = {**booking_resource(subject, order, "", 0)}
        case Message():
            resource = {**message_resource(subject, "")}
    left_out = _LEFT_OUT_OF_ORDERS if isinstance(subject, Order) else ()
    kept = {
        part: {name: value for name, value in resource.get(part, {}).items() if name not in left_out}
        for part in ("attributes", "meta")
    }
    shown = {"type": resource["type"], "id": resource["id"]} if gone else resource | kept
    # Converted through JSON, so that numbers and times are the same as in every answer.
    return dict(from_json(to_json(flat(shown))))
