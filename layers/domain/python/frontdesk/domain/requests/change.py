"""The bodies that change what is there: a draft's completion, a booking's move, an order's note. Read as `domain.requests.order` reads."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from frontdesk.domain.requests.order import Answers, Id, Moment, RequestModel, ResourceIds, Text, Total, Zone


class CompletionConfig(RequestModel):
    """What a draft may still lack when it is completed: answers to custom fields of the order, and of its bookings.

    `expected_total` (minor units) is what its caller has shown.
    """

    order_custom_fields: Answers | None = None
    service_custom_fields: Answers | None = None
    expected_total: Total | None = None


class BookingChange(RequestModel):
    """What is to be other about a booking. Naive dates are on the wall clock of `timezone`, else of its place.

    The blocker's dates say what is occupied, paddings included; without them the paddings stay as they are.
    """

    start_date: Moment | None = None
    end_date: Moment | None = None
    blocker_start_date: Moment | None = None
    blocker_end_date: Moment | None = None
    resource_id: ResourceIds | None = None
    description: Text | None = None
    note: Text | None = None
    customer_note: Text | None = None
    timezone: Zone | None = None
    check_availability: StrictBool | None = None
    recalculate_price: StrictBool | None = None
    notify_customer: StrictBool | None = None


class _Identifier(RequestModel):
    type: Literal["resources"]
    id: Id


class _ToOne(RequestModel):
    data: _Identifier


class _ToMany(RequestModel):
    data: Annotated[tuple[_Identifier, ...], Field(min_length=1)]


class _BookingRelationships(RequestModel):
    resource: _ToOne | None = None
    resources: _ToMany | None = None


class _BookingResource(RequestModel):
    type: Literal["bookings"] | None = None
    id: Id | None = None
    attributes: BookingChange | None = None
    relationships: _BookingRelationships | None = None


class BookingDocument(RequestModel):
    """The JSON:API document of a PATCH on a booking."""

    data: _BookingResource | None = None

    @property
    def change(self) -> BookingChange:
        """The attributes, with the resource that a relationship names."""
        change = (self.data and self.data.attributes) or BookingChange()
        related = self.data and self.data.relationships
        if related and related.resources:
            return change.model_copy(update={"resource_id": tuple(one.id for one in related.resources.data)})
        if related and related.resource:
            return change.model_copy(update={"resource_id": (related.resource.data.id,)})
        return change

    @property
    def resource_path(self) -> tuple[str, ...]:
        """Where the resource of `change` is named."""
        related = self.data and self.data.relationships
        if related and (related.resources or related.resource):
            return "data", "relationships", "resources" if related.resources else "resource"
        return "data", "attributes", "resource_id"


class OrderChange(RequestModel):
    """What is to be other about an order."""

    note: Text | None = None


class _OrderResource(RequestModel):
    type: Literal["orders"] | None = None
    id: Id | None = None
    attributes: OrderChange | None = None


class OrderDocument(RequestModel):
    """The JSON:API document of a PATCH on an order."""

    data: _OrderResource | None = None
