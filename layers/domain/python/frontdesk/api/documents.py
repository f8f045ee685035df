"""Domain objects as JSON:API documents. Source: shared conventions; money in minor units, dates in UTC with +00:00."""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic_core import to_json

from frontdesk.domain.booking.assess import Judgement, PricedBooking, SkippedOccurrence
from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.orders.order import Booking, Line, Notification, Order, Skipped, TaxTotal
from frontdesk.domain.orders.states import shown_booking_status, shown_status
from frontdesk.domain.problems import Problem, pointer
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Language

Json = dict[str, Any]


def order_document(order: Order, bookings: Iterable[Booking], base_url: str, now: int) -> Json:
    return _document(order_resource(order, base_url, now, bookings))


def order_resource(order: Order, base_url: str, now: int, bookings: Iterable[Booking] | None = None) -> Json:
    """An order; with all of its bookings their lines are `meta.items`."""
    items = (
        {} if bookings is None else {"items": [_line(line) for booking in bookings for line in booking.lines]}
    )
    return {
        "type": "orders",
        "id": order.id,
        "attributes": {
            "number": order.number,
            "status": shown_status(order, now),
            "currency": order.currency,
            **order.amounts.model_dump(),
            "modification_total": -order.amounts.discount_amount,
            "taxes": [_tax(tax) for tax in order.taxes],
            "manually_created": True,
            "note": order.note,
            "timezone": order.timezone,
            "start_date": iso(order.start),
            "end_date": iso(order.end),
            "custom_entry_map": _entries(order.custom_entries),
            "expires_at": None if order.expires_at is None else iso(order.expires_at),
            "created_at": iso(order.created_at),
            "updated_at": iso(order.updated_at),
        },
        "relationships": {
            "bookings": {"data": [identifier("bookings", id) for id in order.booking_ids]},
            "customer": {"data": identifier("customers", order.customer_id)},
            "voucher": {"data": identifier("vouchers", order.voucher.id if order.voucher else None)},
        },
        "links": {"self": order_url(order.id, base_url)},
        "meta": {
            "voucher_code": order.voucher.code if order.voucher else None,
            **items,
            "skipped": [_skipped(skipped) for skipped in order.skipped],
        },
    }


def booking_document(booking: Booking, order: Order, base_url: str, now: int) -> Json:
    return _document(booking_resource(booking, order, base_url, now))


def booking_resource(booking: Booking, order: Order, base_url: str, now: int) -> Json:
    """A booking of an order."""
    rates = {line.tax_rate for line in booking.lines}
    return {
        "type": "bookings",
        "id": booking.id,
        "attributes": {
            "number": booking.number,
            "status": shown_booking_status(booking, order, now),
            "start_date": iso(booking.start),
            "end_date": iso(booking.end),
            "blocker_start_date": iso(booking.blocker_start),
            "blocker_end_date": iso(booking.blocker_end),
            "description": booking.description,
            "note": booking.note,
            "customer_note": booking.customer_note,
            "quantity": booking.quantity,
            "weight": booking.weight,
            "charged_duration": booking.charged_duration,
            "currency": booking.currency,
            **booking.amounts.model_dump(),
            "tax_rate": _number(rates.pop()) if len(rates) == 1 else None,
            "service_ids": booking.services,
            "is_blocker": booking.is_blocker,
            "title": booking.title,
            "is_series": booking.series_id is not None,
            "is_series_master": booking.is_series_master,
            "series_id": booking.series_id,
            "is_sub_booking": booking.super_booking is not None,
            "is_override": booking.override,
            "timeslot_series_id": booking.timeslot_series_id,
            "manually_created": True,
            "custom_entry_map": _entries(booking.custom_entries),
            "check_in_date": None if booking.checked_in_at is None else iso(booking.checked_in_at),
            "check_out_date": None if booking.checked_out_at is None else iso(booking.checked_out_at),
            "canceled_at": None if booking.canceled_at is None else iso(booking.canceled_at),
            "created_at": iso(booking.created_at),
            "updated_at": iso(booking.updated_at),
        },
        "relationships": {
            "resource": {"data": identifier("resources", booking.resource_ids[0])},
            "resources": {"data": [identifier("resources", id) for id in booking.resource_ids]},
            "service": {"data": identifier("services", next(iter(booking.services), None))},
            "services": {"data": [identifier("services", id) for id in booking.services]},
            "customer": {"data": identifier("customers", booking.customer_id)},
            "order": {"data": identifier("orders", order.id)},
            "sub_bookings": {"data": [identifier("bookings", id) for id in booking.sub_booking_ids]},
            "super_booking": {"data": identifier("bookings", booking.super_booking)},
        },
        "links": {"self": booking_url(booking.id, base_url)},
        "meta": {"items": [_line(line) for line in booking.lines]},
    }


def order_url(order_id: str, base_url: str) -> str:
    return f"{base_url}/api/v1/orders/{order_id}"


def booking_url(booking_id: str, base_url: str) -> str:
    return f"{base_url}/api/v1/bookings/{booking_id}"


def calculation_document(judgement: Judgement, body: Any, language: Language) -> Json:
    """A preview; its id is made from the request, so that the same request has the same one. Conflicts are in a language."""
    resource = {
        "type": "order-calculations",
        "id": hashlib.sha256(to_json(body)).hexdigest()[:32],
        "attributes": {
            "currency": judgement.organization.currency,
            **judgement.amounts.model_dump(),
            "taxes": [_tax(tax) for tax in judgement.taxes],
            "bookings": [_priced(booking, language) for booking in judgement.bookings],
        },
        "meta": {"skipped": [_left(left) for left in judgement.skipped]},
    }
    return {"data": resource, "jsonapi": {"version": "1.1"}}


def notification_document(notification: Notification) -> Json:
    meta = {
        "status": notification.state,
        "recipient": notification.recipient,
        "message_id": notification.message_id,
        "sent_at": None if notification.sent_at is None else iso(notification.sent_at),
    }
    return {"meta": {"notification": meta}, "jsonapi": {"version": "1.1"}}


def _document(resource: Json) -> Json:
    return {"data": resource, "links": {"self": resource["links"]["self"]}, "jsonapi": {"version": "1.1"}}


def error_document(problems: Iterable[Problem], language: Language) -> Json:
    return {"errors": [_error(problem, language) for problem in problems], "jsonapi": {"version": "1.1"}}


def _error(problem: Problem, language: Language) -> Json:
    source = {"pointer": problem.pointer, "parameter": problem.parameter, "header": problem.header}
    error: Json = {
        "status": str(problem.status),
        "code": problem.code,
        "title": problem.title(language),
        "detail": problem.detail(language),
    }
    if any(at is not None for at in source.values()):
        error["source"] = {name: at for name, at in source.items() if at is not None}
    if problem.meta:
        error["meta"] = dict(problem.meta)
    return error


def _priced(booking: PricedBooking, language: Language) -> Json:
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
        **booking.amounts.model_dump(),
        "items": [_line(line) for line in booking.lines],
        "available": not booking.conflicts,
        "conflicts": [_error(problem, language) for problem in booking.conflicts],
    }


def _left(left: SkippedOccurrence) -> Json:
    plan = left.plan
    return {
        "pointer": pointer(*plan.path),
        "start_date": iso(plan.slot.start),
        "end_date": iso(plan.slot.end),
        "codes": list(dict.fromkeys(problem.code for problem in left.conflicts)),
    }


def _skipped(skipped: Skipped) -> Json:
    return {
        "pointer": skipped.pointer,
        "start_date": iso(skipped.start),
        "end_date": iso(skipped.end),
        "codes": list(skipped.codes),
    }


def _entries(entries: Mapping[str, CustomEntry]) -> Json:
    return {id: entry.model_dump(exclude={"visible"}) for id, entry in entries.items()}


def _line(line: Line) -> Json:
    return {
        "type": line.kind,
        "reference_id": line.reference,
        "title": line.title,
        "quantity": line.quantity,
        "single_amount": line.unit_price,
        "single_net_amount": line.single_net_amount,
        "is_net_price": line.is_net_price,
        "tax_rate": _number(line.tax_rate),
        "discount_amount": line.discount_amount,
        "net_amount": line.net_amount,
        "tax_amount": line.tax_amount,
        "total": line.total,
    }


def _tax(tax: TaxTotal) -> Json:
    return {**tax.model_dump(exclude={"rate"}), "rate": _number(tax.rate)}


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def identifier(type: str, id: str | None) -> Json | None:
    return None if id is None else {"type": type, "id": id}
