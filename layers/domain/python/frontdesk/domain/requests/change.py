"""The bodies of requests that change something: a draft's completion, a booking's move, an order's note.

They are parsed in the same way as those in `domain.requests.order`.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool

from frontdesk.domain.catalog.custom_fields import answered
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import (
    MAX_CUSTOM_FIELDS,
    Answers,
    BookingTexts,
    Id,
    Moment,
    Referenced,
    RequestModel,
    ResourceIds,
    Text,
    Total,
    Zone,
)
from frontdesk.errors import Invalid


def _no_answer(value: Any) -> None:
    if answered(value):
        raise Invalid("answers_only_erased")


# The answers to erase: the id of each field, with null. Other answers are refused.
Erased = Annotated[dict[Id, Annotated[Any, AfterValidator(_no_answer)]], Field(max_length=MAX_CUSTOM_FIELDS)]


class CompletionConfig(RequestModel):
    """The body that completes a draft: answers to required custom fields of the order and its bookings.

    `expected_total` (minor units) is the total that the caller has displayed. If the order's total differs, the draft is not completed.
    """

    order_custom_fields: Answers | None = None
    service_custom_fields: Answers | None = None
    expected_total: Total | None = None


class BookingCustomerChange(RequestModel):
    """The new customer of a booking."""

    customer_id: Id | None = None


class BookingChange(BookingTexts, Referenced, defer_build=False):
    """The requested changes to a booking.

    Naive dates are in `timezone`, or else in the booking's zone. `blocker_start_date` and `blocker_end_date` are
    the occupied time, paddings included. If one is missing or unchanged, the padding on that side keeps its length.
    """

    start_date: Moment | None = None
    end_date: Moment | None = None
    blocker_start_date: Moment | None = None
    blocker_end_date: Moment | None = None
    resource_id: ResourceIds | None = None
    timezone: Zone | None = None
    check_availability: StrictBool | None = None
    recalculate_price: StrictBool | None = None
    notify_customer: StrictBool | None = None
    service_custom_fields: Erased | None = None


class _Identifier(RequestModel):
    type: Literal["resources"]
    id: Id


class _ToOne(RequestModel):
    data: _Identifier


class _ToMany(RequestModel):
    data: Annotated[tuple[_Identifier, ...], Field(min_length=1)]


class MoveRelationships(RequestModel):
    """The resources that a booking moves to."""

    resource: _ToOne | None = None
    resources: _ToMany | None = None


class _BookingResource(RequestModel):
    attributes: BookingChange | None = None
    relationships: MoveRelationships | None = None


class BookingDocument(Document):
    """The JSON:API document of a PATCH on a booking."""

    ATTRIBUTES, RELATIONSHIPS = BookingChange, MoveRelationships
    data: _BookingResource | None = None

    @property
    def change(self) -> BookingChange:
        """The attributes. All are None if the document has none."""
        return (self.data and self.data.attributes) or BookingChange()

    def resources(self, present: tuple[str, ...]) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """Returns (requested resources, their path in the document). `present` are the booking's resources.

        The first value is None if the document contains no resources, or if its resources equal `present`.
        """
        related = (self.data and self.data.relationships) or MoveRelationships()
        if related.resources:
            several = tuple(one.id for one in related.resources.data)
            if frozenset(several) != frozenset(present):
                return several, ("data", "relationships", "resources")
        if related.resource and related.resource.data.id != present[0]:
            return (related.resource.data.id,), ("data", "relationships", "resource")
        asked = self.change.resource_id
        named = None if asked is None else tuple(id for id in asked if id)
        return None if named == present else named, ("data", "attributes", "resource_id")


class OrderChange(RequestModel):
    """The requested changes to an order."""

    note: Text | None = None
    order_custom_fields: Erased | None = None


class _OrderResource(RequestModel):
    attributes: OrderChange | None = None


class OrderDocument(Document):
    """The JSON:API document of a PATCH on an order."""

    ATTRIBUTES = OrderChange
    data: _OrderResource | None = None
