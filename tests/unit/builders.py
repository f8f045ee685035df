"""The demo organization as domain objects, and short ways to book in it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from frontdesk.domain.assessment.assess import Assessment, Assessor
from frontdesk.domain.assessment.named import named_keys
from frontdesk.domain.booking.new_order import place
from frontdesk.domain.booking.placement import Placement
from frontdesk.domain.booking.writes import Write
from frontdesk.domain.catalog.items import (
    AddOn,
    Customer,
    Organization,
    Resource,
    Service,
    Voucher,
    voucher_code_key,
)
from frontdesk.domain.ledger import Ledger, LedgerChange, LedgerKey
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.opening_hours import WEEKDAYS, WeeklyHours
from tests.support.demo import in_use

NOW = int(datetime(2026, 4, 1, 12, tzinfo=UTC).timestamp())
DAILY: WeeklyHours = dict.fromkeys(WEEKDAYS, (("07:00", "22:00"),))

ORGANIZATION = Organization(id="o", name="Coworking Mitte", timezone="Europe/Berlin", currency="EUR")
ADA = Customer(id="ada", email="ada@example.com", given_name="Ada", family_name="Lovelace", locale="en")
BERND = Customer(
    id="bernd", email="bernd@example.com", given_name="Bernd", family_name="Beispiel", locale="de"
)
ROOM = Resource(id="room", name="Meeting Room 1", opening_hours=DAILY)
ROOM_2 = Resource(id="room2", name="Meeting Room 2", opening_hours=DAILY)
DESKS = Resource(id="desks", name="Desk Area", quantity=12)
MEETING = Service(
    id="meeting",
    name="Meeting",
    price=5000,
    charge_interval=60,
    tax_rate=Decimal(19),
    resource_ids=frozenset({"room", "room2"}),
)
DESK = Service(id="desk", name="Desk", price=2900, tax_rate=Decimal(7), resource_ids=frozenset({"desks"}))
COFFEE = AddOn(id="coffee", name="Coffee", price=250, tax_rate=Decimal(7))
SUMMER20 = Voucher(id="v1", code="SUMMER20", percent=Decimal(20))
ONCE10 = Voucher(id="v2", code="ONCE10", amount=1000, max_redemptions=1)

_KINDS = {
    Organization: "organization",
    Customer: "customer",
    Resource: "resource",
    Service: "service",
    AddOn: "add_on",
}
DEMO = (ORGANIZATION, ADA, BERND, ROOM, ROOM_2, DESKS, MEETING, DESK, COFFEE, SUMMER20, ONCE10)


def at(text: str) -> int:
    """Returns the epoch second of a written instant."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return int(moment.timestamp())


class Shop:
    """A catalog with its ledgers in memory: the demo organization, with these items added or replaced."""

    def __init__(self, *instead: Any) -> None:
        self.items: dict[Key, Any] = {}
        self.written: list[Write] = []
        self.put(*DEMO, *instead)

    def put(self, *items: Any) -> None:
        for item in items:
            if isinstance(item, Ledger):
                self.items[ledger_item(item.key)] = item
            elif isinstance(item, Voucher):
                self.items[Key("voucher", voucher_code_key(item.code))] = item
            else:
                self.items[Key(_KINDS[type(item)], item.id)] = item  # type: ignore[arg-type]

    def read(self, body: Any, now: int = NOW) -> tuple[Assessor, Snapshot]:
        """Returns what a store would have read for a body: exactly the requested keys."""
        reading = read_config(body)
        known = Snapshot(
            {key: self.items.get(key) for key in named_keys(reading.config, "o")}, consistent=True
        )
        assessor = Assessor(reading, known, now)
        for _ in range(3):
            missing = assessor.missing(known)
            if not missing:
                return assessor, known
            known = known.with_items({key: self.items.get(key) for key in missing}, consistent=True)
        raise AssertionError("new keys are missing again and again")

    def assess(self, body: Any, now: int = NOW) -> Assessment:
        assessor, known = self.read(body, now)
        return assessor.assess(known)

    def place(self, body: Any, *, order_id: str = "ord", now: int = NOW) -> Placement:
        """Places an order, and keeps the resulting ledgers and order. `written` has all writes."""
        assessor, known = self.read(body, now)
        placement = place(
            assessor.assess(known), read_config(body).config, order_id=order_id, attempt="try", now=now
        )
        self.written = placement.writes(known, now)
        self.put(*(change.result() for change in self.changes()))
        self.items[Key("order", order_id)] = placement.order
        return placement

    def changes(self) -> list[LedgerChange]:
        """Returns the changes of ledgers in the last write."""
        return [write for write in self.written if isinstance(write, LedgerChange)]

    def in_use(self) -> dict[LedgerKey, dict[tuple[int, int], int]]:
        """Returns the units in use on each day that was written last."""
        return {change.key: in_use(change.result().segments) for change in self.changes()}


def booking(
    start: str = "2026-04-15T09:00:00+02:00", end: str = "2026-04-15T10:00:00+02:00", **fields: Any
) -> dict[str, Any]:
    """Returns an hour of Meeting in room 1 with these fields replaced; None leaves a field out."""
    asked = {
        "resource_id": "room",
        "service_id": {"meeting": 1},
        "start_date": start,
        "end_date": end,
    } | fields
    return {name: value for name, value in asked.items() if value is not None}


def desks(quantity: int, **fields: Any) -> dict[str, Any]:
    return booking(resource_id="desks", service_id={"desk": quantity}, **fields)


def order(*bookings: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    return {"bookings": list(bookings) or [booking()], **fields}


def codes(problems: Iterable[Any]) -> list[tuple[str, str | None]]:
    """Returns (code, pointer) of each problem."""
    return [(problem.code, problem.pointer) for problem in problems]
