"""Frontdesk's own columns, and how their cells are read. Documented in docs/import.md. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import from_json

from frontdesk.domain.imports.columns.amounts import read_truth
from frontdesk.domain.imports.headers.words import CUSTOMERS, RESOURCES, SERVICES, Kind
from frontdesk.domain.requests.order import BookingTexts


def _text(cell: str) -> Any:
    return cell


def _whole(cell: str) -> Any:
    """Parses a cell as a whole number. Any other cell is returned unchanged; the order's parser then reports it."""
    return int(cell) if re.fullmatch(r"-?\d{1,9}", cell, re.ASCII) else cell


def _truth(cell: str) -> Any:
    told = read_truth(cell)
    return cell if told is None else told


def listed(cell: str) -> list[str]:
    """Splits a cell at semicolons."""
    return [part.strip() for part in cell.split(";")]


def amounts(cell: str) -> dict[str, Any]:
    """Parses a list of `id` or `id:2`, separated by semicolons. Returns quantities by id."""
    found: dict[str, Any] = {}
    for part in listed(cell):
        id, _, number = part.rpartition(":")
        named = (id, int(number)) if id and re.fullmatch(r"\d{1,9}", number, re.ASCII) else (part, 1)
        found[named[0]] = found.get(named[0], 0) + named[1]
    return found


def _add_ons(cell: str) -> Any:
    return [{"add_on_id": id, "quantity": quantity} for id, quantity in amounts(cell).items()]


def json_cell(cell: str) -> Any:
    """Parses a cell as JSON. A cell that is not JSON is returned unchanged; the order's parser then reports it."""
    try:
        return from_json(cell, allow_inf_nan=False)
    except ValueError:
        return cell


Cell = Callable[[str], Any]
ORDER: Mapping[str, Cell] = {
    "order_customer_id": _text, "voucher_code": _text, "timezone": _text, "on_conflict": _text,
    "notify_customer": _truth, "complete_order": _truth, "check_availability": _truth,
}  # fmt: skip
CUSTOMER: Mapping[str, tuple[str, Cell]] = {
    "customer_email": ("email", _text), "customer_given_name": ("given_name", _text), "customer_family_name": ("family_name", _text),
    "customer_phone": ("phone", _text), "customer_company": ("company", _text), "create_customer": ("create", _truth),
}  # fmt: skip
CUSTOMER_COLUMN = {field: column for column, (field, _) in CUSTOMER.items()}
BOOKING: Mapping[str, Cell] = {
    "resource_id": listed, "service_id": amounts, "start_date": _text, "end_date": _text, "quantity": _whole, "customer_id": _text,
    **dict.fromkeys(BookingTexts.model_fields, _text), "booking_add_ons": _add_ons, "sub_bookings": json_cell,
    "timeslot_series_id": _text,
}  # fmt: skip
RECURRING: Mapping[str, Cell] = {
    "frequency": _text, "interval": _whole, "count": _whole, "until": _text, "by_day": listed, "on_conflict": _text,
}  # fmt: skip
CUSTOM_FIELDS = ("service_custom_fields", "order_custom_fields")
NAMES = ("external_id", "order_ref")
# Columns whose cells are put into the request unchanged.
COLUMNS = (*NAMES, *ORDER, *CUSTOMER, *BOOKING, *(f"recurring_{name}" for name in RECURRING))
# Columns whose cells are interpreted first.
LOOSE = (
    "resource", "service", "customer", "customer_name", "date", "start_time", "end_time", "duration", "nights", "all_day", "price",
    "status", "canceled", "no_show", "paid", "timeslot_series", "is_blocker", "currency",
)  # fmt: skip
KNOWN: Mapping[Kind, tuple[str, ...]] = {
    "bookings": (*COLUMNS, *LOOSE),
    "customers": tuple(CUSTOMERS),
    "resources": tuple(RESOURCES),
    "services": tuple(SERVICES),
}
# A file needs at least one column of each group.
REQUIRED: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    "bookings": (
        ("resource", "resource_id"),
        ("service", "service_id"),
        ("start_date", "date", "start_time"),
    ),
    "customers": (("name", "given_name", "family_name", "email", "company"),),
    "resources": (("name",),),
    "services": (("name",), ("price",), ("tax_rate",)),
}
