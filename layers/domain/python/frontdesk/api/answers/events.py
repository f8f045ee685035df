"""The content of webhook events: the resource that an event is about, flat."""

from typing import Annotated, Any

from pydantic import Field
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from frontdesk.api.answers.catalog import catalog_resource
from frontdesk.api.answers.orders import booking_resource, order_resource
from frontdesk.api.answers.values import ORDER_ID, Instant
from frontdesk.api.answers.webhooks import EVENT_ID
from frontdesk.api.negotiation import Json, flat
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.webhooks.events import EventName

# Of an order, what is as long as the order is, and the sums of what is left of it: whoever wants them reads the order.
_LEFT_OUT_OF_ORDERS = {"items", "skipped", "active_total", "active_tax_amount"}


class WebhookEvent(TypedDict):
    """Posted to every subscription that wants the event.

    It can come twice, and in any order: `event_id` tells the same event, `data.version` the newer state.
    """

    event: Annotated[EventName, Field(examples=["orders.created"])]
    timestamp: Annotated[Instant, Field(description="When it happened.")]
    event_id: Annotated[str, Field(examples=[EVENT_ID])]
    webhook_id: Annotated[str, Field(examples=["7d1b6c52-4f0e-4d3a-8b1f-2c9e5a6f7d80"])]
    triggered_at: Annotated[Instant, Field(description="When this delivery was asked for.")]
    data: Annotated[
        dict[str, Any],
        Field(
            description="The resource, its attributes flat, its relationships as `{id, type}`.",
            examples=[{"id": ORDER_ID, "type": "orders", "status": "completed", "total": 5000}],
        ),
    ]


def content(subject: Order | Booking | Customer, order: Order | None, *, gone: bool) -> dict[str, Any]:
    """Implements `usecases.webhooks.needs.Present`: the resource with its attributes flat, as it is written, whatever the time is."""
    resource: Json
    match subject:
        case Customer():
            resource = {**catalog_resource(subject, "")}
        case Order():
            resource = {**order_resource(subject, "", 0)}
        case Booking():
            assert order is not None, "a booking comes with its order"
            resource = {**booking_resource(subject, order, "", 0)}
    left_out = _LEFT_OUT_OF_ORDERS if isinstance(subject, Order) else ()
    kept = {
        part: {name: value for name, value in resource.get(part, {}).items() if name not in left_out}
        for part in ("attributes", "meta")
    }
    shown = {"type": resource["type"], "id": resource["id"]} if gone else resource | kept
    # Numbers and times as every answer shows them.
    return dict(from_json(to_json(flat(shown))))
