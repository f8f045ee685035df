"""Previews of orders: prices and availability."""

import hashlib
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic_core import to_json
from typing_extensions import TypedDict

from frontdesk.api.answers.errors import Error, error
from frontdesk.api.answers.orders import Skipped, Skips
from frontdesk.api.answers.prices import Amounts, Lines, TaxTotals, amounts, line, tax_total
from frontdesk.api.answers.values import JSONAPI, MEETING, ROOM, Currency, End, Id, Instant, Version
from frontdesk.domain.assessment.assess import Assessment, PricedBooking, SkippedOccurrence
from frontdesk.domain.problems import pointer
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Language


class CalculatedBooking(Amounts):
    """A booking that the order would create."""

    resource_ids: Annotated[list[str], Field(examples=[[ROOM]])]
    service_ids: Annotated[dict[str, int], Field(examples=[{MEETING: 1}])]
    start_date: Instant
    end_date: End
    quantity: Annotated[int, Field(examples=[1])]
    charged_duration: Annotated[int, Field(description="The charged duration, in minutes.", examples=[60])]
    occurrence: Annotated[
        int | None,
        Field(
            description="The number of the occurrence in its series, counted from 1. Null without a series."
        ),
    ]
    is_sub_booking: bool
    super_booking: Annotated[
        int | None,
        Field(description="For a sub-booking: the index of its main booking in `bookings`, counted from 0."),
    ]
    items: Lines
    available: Annotated[bool, Field(description="Whether the booking has no conflicts.", examples=[True])]
    conflicts: Annotated[
        list[Error],
        Field(description="The errors with which `place_order` would refuse the booking.", examples=[[]]),
    ]


class CalculationAttributes(Amounts):
    """The prices of the order, and its bookings."""

    currency: Currency
    taxes: TaxTotals
    bookings: list[CalculatedBooking]


class CalculationMeta(TypedDict):
    """The occurrences that the order would leave out."""

    skipped: Skips


class OrderCalculationResource(TypedDict):
    """A preview of an order. Its id derives from the request."""

    type: Literal["order-calculations"]
    id: Id
    attributes: CalculationAttributes
    meta: CalculationMeta


class CalculationDocument(TypedDict):
    """The document of a preview."""

    data: OrderCalculationResource
    jsonapi: Version


def calculation_document(assessment: Assessment, body: Any, language: Language) -> CalculationDocument:
    """Returns the document of a preview. Its id derives from `body`, the request, so equal requests have equal ids.

    The texts of conflicts are in `language`.
    """
    resource: OrderCalculationResource = {
        "type": "order-calculations",
        "id": hashlib.sha256(to_json(body)).hexdigest()[:32],
        "attributes": {
            "currency": assessment.organization.currency,
            **amounts(assessment.amounts),
            "taxes": [tax_total(tax) for tax in assessment.taxes],
            "bookings": [_priced(booking, language) for booking in assessment.bookings],
        },
        "meta": {"skipped": [_left_out(occurrence) for occurrence in assessment.skipped]},
    }
    return {"data": resource, "jsonapi": JSONAPI}


def _priced(booking: PricedBooking, language: Language) -> CalculatedBooking:
    plan = booking.plan
    return {
        "resource_ids": [resource.id for resource in plan.resources],
        "service_ids": {service.id: quantity for service, quantity in plan.services},
        "start_date": iso(plan.slot.start),
        "end_date": iso(plan.slot.end),
        "quantity": plan.quantity,
        "charged_duration": plan.charged_duration,
        "occurrence": plan.occurrence,
        "is_sub_booking": booking.parent is not None,
        "super_booking": booking.parent,
        **amounts(booking.amounts),
        "items": [line(each) for each in booking.lines],
        "available": not booking.conflicts,
        "conflicts": [error(problem, language) for problem in booking.conflicts],
    }


def _left_out(occurrence: SkippedOccurrence) -> Skipped:
    plan = occurrence.plan
    return {
        "pointer": pointer(*plan.path),
        "start_date": iso(plan.slot.start),
        "end_date": iso(plan.slot.end),
        "codes": list(dict.fromkeys(problem.code for problem in occurrence.conflicts)),
    }
