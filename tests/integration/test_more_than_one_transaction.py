"""Changes of bookings with as many items as one transaction allows, or more."""

from collections.abc import Iterator
from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.domain.orders.states import arrived
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.attend import note_attendance
from frontdesk.usecases.orders.change import cancel_booking, remove_booking
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.orders.place import Placed, place_order
from tests.races.harness import findings
from tests.support.demo import BERND, DESK, NINE, ORGANIZATION, meeting, order
from tests.support.engine import Table, table
from tests.support.turns import Crash

# The most resources that a booking can have.
ROOMS = [Resource(id=f"room{number}", name=f"Room {number}", quantity=3) for number in range(96)]
NIGHT = Service(
    id="night",
    name="Night",
    price=100,
    tax_rate=DESK.tax_rate,
    resource_ids=frozenset(room.id for room in ROOMS),
)
IN_A_ROOM = {"resource_id": "room0", "service_id": {"night": 1}}
ON_ALL = {"resource_id": [room.id for room in ROOMS], "service_id": {"night": 1}, "external_id": "x-1"}
PARTS = {"sub_bookings": [{"resource_id": f"room{n % 96}", "service_id": {"night": 1}} for n in range(100)]}


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb, [*ROOMS, NIGHT]) as made:
        yield made


def now() -> Context:
    return Context(ORGANIZATION.id, SystemClock(20))


def place(on: Table, *bookings: dict[str, Any], **fields: Any) -> Placed:
    return place_order(now(), read_config(order(*bookings, notify_customer=False, **fields)), on.store)


def shown(on: Table, placed: Placed) -> list[str]:
    return [each.id for each in find_order(now(), placed.order.id, on.store)[1] if not each.deleted]


def test_a_booking_of_many_days_is_deleted(on: Table) -> None:
    placed = place(on, meeting(NINE.replace(day=1), 120 * 24 * 60) | IN_A_ROOM)
    remove_booking(now(), placed.bookings[0].id, on.store)
    assert (shown(on, placed), findings(on)) == ([], [])


def test_with_a_booking_of_many_parts_go_those_that_were_canceled_before(on: Table) -> None:
    placed = place(on, meeting(NINE, 60) | IN_A_ROOM | PARTS)
    main, part, *_ = placed.bookings
    cancel_booking(now(), part.id, on.store)
    remove_booking(now(), main.id, on.store)
    assert (shown(on, placed), findings(on)) == ([], [])


@pytest.mark.parametrize("crashes", [False, True])
def test_a_canceled_booking_with_many_parts_is_deleted(
    on: Table, crashes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = place(on, meeting(NINE, 60) | IN_A_ROOM | PARTS)
    booking = placed.bookings[0].id
    cancel_booking(now(), booking, on.store)
    if crashes:
        write, writes = on.store.write, iter(range(10))

        def crash(*args: Any) -> Any:
            if next(writes) == 1:
                raise Crash
            return write(*args)

        with monkeypatch.context() as patch:
            patch.setattr(on.store, "write", crash)
            with pytest.raises(Crash):
                remove_booking(now(), booking, on.store)
        # The request can be repeated, because the booking still exists.
        assert booking in shown(on, placed)
        assert len(shown(on, placed)) < len(placed.bookings)
        assert findings(on) == []

    remove_booking(now(), booking, on.store)

    assert (shown(on, placed), findings(on)) == ([], [])
    with pytest.raises(FrontdeskError, match="booking_not_found"):
        remove_booking(now(), booking, on.store)


def test_a_booking_on_as_many_resources_as_can_be(on: Table) -> None:
    """It also has entries for an id in another system, and for a guest."""
    placed = place(on, meeting(NINE, 60) | ON_ALL | {"customer_id": BERND.id})
    [booking] = placed.bookings
    assert booking.own_customer

    note_attendance(now(), booking.id, arrived, on.store)

    cancel_booking(now(), booking.id, on.store, include_past=True)
    remove_booking(now(), booking.id, on.store)
    assert (shown(on, placed), findings(on)) == ([], [])
