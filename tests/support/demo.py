"""The demo organization as domain objects, requests for it, and their ledgers, for all tests."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.domain.catalog.items import (
    AddOn,
    CatalogItem,
    Customer,
    Organization,
    Resource,
    Service,
    Voucher,
)
from frontdesk.domain.time.intervals import DAY

_DATA = json.loads((Path(__file__).parent.parent.parent / "local/demo_organization.json").read_text())

ORGANIZATION = Organization.model_validate(_DATA["organization"])
ADA, BERND = (Customer.model_validate(item) for item in _DATA["customers"])
ROOM, SECOND_ROOM, DESKS = (Resource.model_validate(item) for item in _DATA["resources"])
MEETING, DESK = (Service.model_validate(item) for item in _DATA["services"])
COFFEE = AddOn.model_validate(_DATA["add_ons"][0])
SUMMER20, ONCE10 = (Voucher.model_validate(item) for item in _DATA["vouchers"])
CATALOG: list[CatalogItem] = [
    ORGANIZATION,
    ADA,
    BERND,
    ROOM,
    SECOND_ROOM,
    DESKS,
    MEETING,
    DESK,
    COFFEE,
    SUMMER20,
    ONCE10,
]

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2030, 4, 15, 9, tzinfo=BERLIN)


def meeting(start: datetime = NINE, minutes: int = 60, **more: Any) -> dict[str, Any]:
    """Returns a booking of Meeting Room 1."""
    return _booking(ROOM, MEETING, start, minutes) | more


def desks(quantity: int, start: datetime = NINE, minutes: int = 480, **more: Any) -> dict[str, Any]:
    return _booking(DESKS, DESK, start, minutes) | {"service_id": {DESK.id: quantity}} | more


def order(*bookings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"order_customer_id": ADA.id, "bookings": list(bookings) or [meeting()], **more}


def in_use(segments: Mapping[Any, int]) -> dict[tuple[int, int], int]:
    """Returns the used stretches of a day as (start, end) in seconds, however the day is split."""
    ordered = sorted(segments)
    assert [start for start, _ in ordered] + [DAY] == [0] + [end for _, end in ordered], "gaps or overlaps"
    stretches: list[tuple[int, int, int]] = []
    for start, end in ordered:
        used = segments[start, end]
        begun = stretches.pop()[0] if stretches and stretches[-1][2] == used else start
        stretches.append((begun, end, used))
    return {(start, end): used for start, end, used in stretches if used}


def _booking(resource: Resource, service: Service, start: datetime, minutes: int) -> dict[str, Any]:
    end = start + timedelta(minutes=minutes)
    return {
        "resource_id": resource.id,
        "service_id": {service.id: 1},
        "start_date": start.isoformat(),
        "end_date": end.isoformat(),
    }
