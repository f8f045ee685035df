"""Books a typical week, from today on, for the demo organization. The desk of `make serve` shows it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import BlockerConfig, BookingConfig, OrderConfig, Reading
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import Idempotency, place_order
from local.seed import seed

DAYS = 7
_GUESTS = {
    name: Customer(
        id=str(uuid5(NAMESPACE_URL, f"demo/{name}")),
        given_name=name.split()[0],
        family_name=name.split()[1],
        email=f"{name.split()[0].lower()}@example.com",
        company=company,
    )
    for name, company in (
        ("Grace Hopper", "Nanosecond"), ("Emmy Noether", None), ("Alan Turing", "Bletchley Consulting"),
        ("Lise Meitner", None), ("Konrad Zuse", "Zuse & Partner"), ("Mary Jackson", "Langley"),
    )
}  # fmt: skip


class _Usual(NamedTuple):
    """A booking that is made on some days of the week (0 is Monday). `what` names its resource and service, `whose` its customer.

    Without a customer, the booking is a blocker with `note` as its title.
    """

    weekdays: str
    what: str
    start: str
    end: str
    whose: str | None
    quantity: int = 1
    note: str | None = None


# Meeting Room 1 stays free at 14:00, because `make serve` prints an order for that time.
_WEEK = (
    _Usual("01234", "room", "08:30", "10:00", "Grace Hopper", note="Projector, please"),
    _Usual("024", "room", "10:30", "12:00", "Ada Lovelace"),
    _Usual("13", "room", "11:00", "13:00", "Alan Turing"),
    _Usual("0123456", "room", "16:00", "18:00", "Emmy Noether"),
    _Usual("56", "room", "10:00", "12:00", "Konrad Zuse"),
    _Usual("01234", "second_room", "09:00", "09:30", "Konrad Zuse", note="Stand-up"),
    _Usual("0246", "second_room", "10:00", "12:30", "Lise Meitner"),
    _Usual("135", "second_room", "13:00", "15:00", "Bernd Beispiel", note="Whiteboard"),
    _Usual("024", "second_room", "14:30", "17:00", "Mary Jackson"),
    _Usual("16", "second_room", "17:00", "19:00", None, note="Cleaning"),
    _Usual("01234", "desks", "09:00", "17:00", "Konrad Zuse", 4),
    _Usual("0123", "desks", "10:00", "16:00", "Mary Jackson", 3),
    _Usual("123456", "desks", "11:00", "19:00", "Lise Meitner", 2),
    _Usual("24", "desks", "12:00", "15:00", "Alan Turing", 3),
)


class _SinceMorning(SystemClock):
    """A clock that always shows the start of today, so that today's bookings can be placed even if they have begun."""

    def __init__(self, midnight: datetime) -> None:
        super().__init__(60)
        self._midnight = int(midnight.timestamp())

    def now(self) -> int:
        return self._midnight


def fill(now: float | None = None) -> dict[str, int]:
    """Places the typical bookings of today and the following days, unless an earlier call has placed them, or their time is taken.

    Returns how many of them are placed, by this or an earlier call.
    """
    demo = seed()
    zone = ZoneInfo("Europe/Berlin")
    today = datetime.fromtimestamp(now, zone) if now is not None else datetime.now(zone)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    context, store = Context(demo["organization_id"], _SinceMorning(midnight)), world().store
    store.put_catalog(context, list(_GUESTS.values()))
    placed = 0
    for key, config in _orders(demo, midnight):
        once = Idempotency.of(context.organization_id, "make serve", key, key.encode())
        with suppress(FrontdeskError):
            placed += place_order(context, Reading(config), store, once).order.status == "completed"
    return {"bookings": placed}


def _orders(demo: dict[str, str], midnight: datetime) -> Iterator[tuple[str, OrderConfig]]:
    whose = {"Ada Lovelace": demo["customer_id"], "Bernd Beispiel": demo["german_customer_id"]}
    whose |= {name: guest.id for name, guest in _GUESTS.items()}
    offered = {
        "room": (demo["resource_id"], demo["service_id"]),
        "second_room": (demo["second_resource_id"], demo["service_id"]),
        "desks": (demo["desk_area_id"], demo["desk_service_id"]),
    }
    for day in (midnight + timedelta(days=n) for n in range(DAYS)):
        for n, usual in enumerate(_WEEK):
            if str(day.weekday()) not in usual.weekdays:
                continue
            resource, service = offered[usual.what]
            asked: dict[str, Any] = {
                "resource_id": resource,
                "start_date": f"{day:%Y-%m-%d}T{usual.start}",
                "end_date": f"{day:%Y-%m-%d}T{usual.end}",
            }
            if usual.whose:
                asked |= {"service_id": {service: usual.quantity}, "note": usual.note}
                booking = BookingConfig.model_validate(asked)
            else:
                booking = BlockerConfig.model_validate(asked | {"title": usual.note})
            config = OrderConfig(
                bookings=(booking,),
                order_customer_id=whose[usual.whose] if usual.whose else None,
                notify_customer=False,
                timezone=str(midnight.tzinfo),
            )
            yield f"{day:%Y-%m-%d} {n}", config
