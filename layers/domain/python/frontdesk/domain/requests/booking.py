"""Reads the JSON:API document of a single booking and translates it into an order."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, StrictBool

from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.envelope import Document, Shown, read_document
from frontdesk.domain.requests.order import (
    Answers,
    BlockerConfig,
    BookingConfig,
    Echoes,
    Id,
    OrderConfig,
    Quantity,
    Reading,
    RequestModel,
    SingleBookingConfig,
    Text,
    Total,
    Zone,
)
from frontdesk.errors import Phrase

_ATTRIBUTES, _RELATIONSHIPS = "/data/attributes", "/data/relationships"
_OF_ORDER = ("timezone", "notify_customer", "skip_notification", "total")
# The only fields that a blocker may have.
_OF_BLOCKER = frozenset(
    {
        "start_date",
        "end_date",
        "resource_id",
        "is_blocker",
        "title",
        "quantity",
        "description",
        "note",
        "external_id",
        "external_uuid",
        *_OF_ORDER,
    }
)


class NewBookingAttributes(SingleBookingConfig):
    """Attributes of a single booking. Naive dates are in `timezone`, or else in the zone of its first resource."""

    is_blocker: StrictBool | None = None
    title: Text | None = None
    timezone: Zone | None = None
    notify_customer: StrictBool | None = None
    # Alternative names. Answers use them, so clients send them back.
    skip_notification: StrictBool | None = None
    total: Total | None = None
    service_ids: dict[Id, Quantity] | None = None
    custom_entry_map: Answers | None = None

    @property
    def counts(self) -> dict[str, int] | None:
        """Quantities by service id."""
        return self.service_id or self.service_ids

    @property
    def answers(self) -> dict[str, Any] | None:
        """Answers to custom fields, by field id.

        Clients send them as `service_custom_fields`, or as `custom_entry_map`, the form in which the API returns them.
        """
        if self.service_custom_fields is not None or not self.custom_entry_map:
            return self.service_custom_fields
        return {
            id: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
            for id, entry in self.custom_entry_map.items()
        }

    @property
    def notifies(self) -> bool | None:
        """Whether to send mail; None if not given."""
        return False if self.skip_notification else self.notify_customer


class _Resource(RequestModel):
    type: Literal["resources"]
    id: Id


class _Service(RequestModel):
    type: Literal["services"]
    id: Id


class _Customer(RequestModel):
    type: Literal["customers"]
    id: Id


class _ToResource(RequestModel):
    data: _Resource | None = None


class _ToResources(RequestModel):
    data: Annotated[tuple[_Resource, ...], Field(max_length=100)] = ()


class _ToService(RequestModel):
    data: _Service | None = None


class _ToServices(RequestModel):
    data: Annotated[tuple[_Service, ...], Field(max_length=100)] = ()


class _ToCustomer(RequestModel):
    data: _Customer | None = None


class NewBookingRelationships(RequestModel):
    """Relationships of a new booking. A resource or customer here overrides the one in the attributes.

    If the attributes have services, the services here must be among them.
    """

    resource: _ToResource | None = None
    resources: _ToResources | None = None
    service: _ToService | None = None
    services: _ToServices | None = None
    customer: _ToCustomer | None = None


class _Data(RequestModel):
    attributes: NewBookingAttributes | None = None
    relationships: NewBookingRelationships | None = None


class NewBookingDocument(Document):
    """The JSON:API document of a new booking."""

    ATTRIBUTES, RELATIONSHIPS = NewBookingAttributes, NewBookingRelationships
    data: _Data | None = None


class NewBooking(NamedTuple):
    """A document that requests one booking, read as an order with that booking.

    A problem of the order points to a field of the order, such as `/bookings/0/customer_id`. `in_document`
    makes it point to the field of the document instead. `own` has the problems that were found before
    there was an order. Each of them is a pair: with a pointer into the order, and with a pointer into the document.
    """

    reading: Reading[OrderConfig]
    # Pairs of (pointer in the order, pointer in the document). A pair also covers everything below its pointer.
    named: tuple[tuple[str, str], ...]
    own: tuple[tuple[Problem, Problem], ...]
    # Read-only values that the client sends back. They must match the new booking.
    echoes: Echoes = Echoes()

    def in_document(self, problem: Problem) -> Problem:
        """Returns a problem of the order with a pointer to the place in the document that caused it."""
        own = next((document for order, document in self.own if order is problem), None)
        if own is not None:
            return own
        at = problem.pointer or ""
        if at.startswith("/data/"):
            return problem
        for of_order, of_document in self.named:
            if (at + "/").startswith(of_order + "/"):
                below = (
                    at.removeprefix(of_order)
                    if of_document.startswith(_ATTRIBUTES) or of_document.endswith("/data")
                    else ""
                )
                return problem._replace(pointer=of_document + below)
        if at == "/bookings/0" and problem.code.startswith("slot_"):
            return problem._replace(pointer=f"{_ATTRIBUTES}/start_date")
        if (at + "/").startswith("/bookings/0/"):
            return problem._replace(pointer=_ATTRIBUTES + at.removeprefix("/bookings/0"))
        return (
            problem._replace(pointer="/data")
            if at == "/bookings"
            else problem._replace(pointer=_ATTRIBUTES + at)
        )


def read_new_booking(body: Any, shown: Shown, *, check_availability: bool) -> NewBooking:
    """Reads the valid parts of a request for a new booking. `body` is parsed JSON.

    `shown` names the read-only values that clients may send back. Raises FrontdeskError: 422 without `data`,
    409 if its `type` is not `bookings`, 403 if it has an `id`.
    """
    reading = read_document(NewBookingDocument, "bookings", body, shown=shown)
    data = reading.config.data
    if data is None:
        raise FrontdeskError(*reading.problems)
    attributes, related = (
        data.attributes or NewBookingAttributes(),
        data.relationships or NewBookingRelationships(),
    )
    named, found = _named(attributes, related)
    found = [*reading.problems, *found]
    own = tuple((problem._replace(pointer=_in_order(problem.pointer or "")), problem) for problem in found)
    order = OrderConfig(
        bookings=(_booking(attributes, related),),
        timezone=attributes.timezone,
        notify_customer=attributes.notifies,
        expected_total=attributes.total,
        check_availability=check_availability,
    )
    return NewBooking(Reading(order, tuple(problem for problem, _ in own)), tuple(named), own, reading.echoes)


def _named(
    attributes: NewBookingAttributes, related: NewBookingRelationships
) -> tuple[list[tuple[str, str]], list[Problem]]:
    """Returns (`NewBooking.named`, problems).

    The problems are contradictions within the document, such as a title without `is_blocker`.
    """
    named, problems = [], list[Problem]()
    several = related.resources is not None and len(related.resources.data) > 1
    if related.resources is not None:
        named.append(
            ("/bookings/0/resource_id", f"{_RELATIONSHIPS}/resources" + ("/data" if several else ""))
        )
    elif related.resource is not None or attributes.resource_id is None:
        named.append(("/bookings/0/resource_id", f"{_RELATIONSHIPS}/resource"))
    named.append(("/expected_total", f"{_ATTRIBUTES}/total"))
    if attributes.service_custom_fields is None:
        named.append(("/bookings/0/service_custom_fields", f"{_ATTRIBUTES}/custom_entry_map"))
    if attributes.skip_notification and attributes.notify_customer:
        reason = Phrase("skips_and_notifies")
        problems.append(
            Problem("invalid_value", {"reason": reason}, pointer=f"{_ATTRIBUTES}/skip_notification")
        )
    if attributes.counts is None:
        named.append(
            ("/bookings/0/service_id", f"{_RELATIONSHIPS}/{'services' if related.services else 'service'}")
        )
    else:
        for name, id in _services(related):
            if id not in attributes.counts:
                problems.append(Problem("service_differs", {"id": id}, pointer=f"{_RELATIONSHIPS}/{name}"))
    if related.customer is not None:
        named.append(("/bookings/0/customer_id", f"{_RELATIONSHIPS}/customer"))
    if attributes.is_blocker:
        # Answers show empty objects for the fields that a blocker does not have.
        given = [name for name, value in attributes if value not in (None, {}) and name not in _OF_BLOCKER]
        places = [pointer("data", "attributes", name) for name in given]
        places += [
            f"{_RELATIONSHIPS}/{name}" for name in dict.fromkeys(name for name, _ in _services(related))
        ]
        places += [f"{_RELATIONSHIPS}/customer"] if related.customer and related.customer.data else []

        problems += [Problem("not_for_blocker", pointer=place) for place in places]
    elif attributes.title is not None:
        problems.append(Problem("only_for_blocker", pointer=f"{_ATTRIBUTES}/title"))
    return named, problems


def _services(related: NewBookingRelationships) -> Iterator[tuple[str, str]]:
    """Yields (relationship, id) for each service that the relationships name."""
    if related.service and related.service.data:
        yield "service", related.service.data.id
    for service in related.services.data if related.services else ():
        yield "services", service.id


def _booking(attributes: NewBookingAttributes, related: NewBookingRelationships) -> BookingConfig:
    resources = attributes.resource_id
    if related.resources is not None:
        resources = tuple(resource.id for resource in related.resources.data)
    elif related.resource is not None:
        resources = (related.resource.data.id,) if related.resource.data else ()
    common: dict[str, Any] = {
        "resource_id": list(resources) if resources is not None else None,
        "quantity": attributes.quantity,
        "external_id": attributes.reference,
        **attributes.kept,
    }
    times = {"start_date": attributes.start_date, "end_date": attributes.end_date}
    if attributes.is_blocker:
        # A blocker has no customer.
        common["customer_note"] = None
        return BlockerConfig(**common, title=attributes.title).model_copy(update=times)
    customer = related.customer.data if related.customer else None
    return BookingConfig(
        **common,
        service_id=attributes.counts or {id: 1 for _, id in _services(related)} or None,
        customer_id=customer.id if customer else attributes.customer_id if related.customer is None else None,
        **{
            name: getattr(attributes, name)
            for name in (
                "booking_add_ons", "add_ons_by_service", "sub_bookings", "sub_bookings_by_service", "order_custom_fields",
                "timeslot_series_id",
                "custom_price", "discount", "reason",
            )
        },
        service_custom_fields=attributes.answers,
    ).model_copy(update=times)  # fmt: skip


def _in_order(at: str) -> str:
    """Converts a pointer into the document to a pointer into the order.

    For example, "/data/attributes/start_date" becomes "/bookings/0/start_date".

    If the start date in the document is invalid, the order has no start date. The problem "invalid date"
    points to "/bookings/0/start_date". The assessment notices that pointer, and does not report the start
    date as missing too.
    """
    for name in ("resource", "service", "customer"):
        if re.match(rf"{_RELATIONSHIPS}/{name}s?(/|$)", at):
            return f"/bookings/0/{name}_id"
    for name in _OF_ORDER:
        if at == f"{_ATTRIBUTES}/{name}":
            return f"/{name}"
    if (at + "/").startswith(f"{_ATTRIBUTES}/"):
        return "/bookings/0" + at.removeprefix(_ATTRIBUTES)
    return "/bookings/0" if at == _RELATIONSHIPS else at
