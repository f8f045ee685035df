"""All errors by code, and all phrases by key. This module is imported only when the first error is shown."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from frontdesk.errors import (
    bookings,
    catalog,
    exports,
    extras,
    orders,
    requests,
    times,
    values,
    webhooks,
)
from frontdesk.errors.entries import Error, Said
from frontdesk.errors.imports import files, rows, runs

_T = TypeVar("_T")

# In the order of docs/api.md.
AREAS: Mapping[str, Mapping[str, Error]] = {
    "Requests": requests.ERRORS,
    "Orders": orders.ERRORS,
    "Bookings and times": bookings.ERRORS | times.ERRORS,
    "Vouchers and custom fields": extras.ERRORS,
    "The catalog": catalog.ERRORS,
    "Webhooks": webhooks.ERRORS,
    "Imports": runs.ERRORS | files.ERRORS | rows.ERRORS,
    "Exports": exports.ERRORS,
}


def _together(parts: Iterable[Mapping[str, _T]]) -> dict[str, _T]:
    """Merges the entries of all areas. Raises ValueError if two areas have the same key."""
    found: dict[str, _T] = {}
    for part in parts:
        if twice := found.keys() & part.keys():
            raise ValueError(f"the catalogue has these twice: {', '.join(sorted(twice))}")
        found |= part
    return found


ERRORS: Mapping[str, Error] = _together(AREAS.values())
PHRASES: Mapping[str, Said] = _together(
    area.PHRASES
    for area in (values, requests, orders, bookings, times, extras, catalog, webhooks, files, rows, exports)
)
