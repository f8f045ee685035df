"""Orders of any size on a real engine: all or nothing, with the same errors and keys as small ones, within API Gateway's time."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_booking, cancel_order, complete_order
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from tests.races.harness import findings
from tests.support.demo import DESK, MEETING, NINE, ORGANIZATION, meeting, order
from tests.support.engine import Table, table
from tests.support.faults import counted

ROOMS = [Resource(id=f"room-{number:02}", name=f"Room {number}") for number in range(50)]
NIGHT = Service(
    id="night",
    name="Night",
    price=100,
    tax_rate=DESK.tax_rate,
    resource_ids=frozenset(room.id for room in ROOMS),
)
# API Gateway's 29 seconds, less the time that a function reserves for its answer.
SECONDS = 28


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb, [*ROOMS, NIGHT]) as made:
        yield made


def place(on: Table, body: dict[str, Any], key: str | None = None) -> Placed:
    idempotency = Idempotency.of(ORGANIZATION.id, "caller", key, repr(body).encode()) if key else None
    return place_order(
        Context(ORGANIZATION.id, SystemClock(SECONDS)), read_config(body), on.store, idempotency
    )


def refusal(on: Table, body: dict[str, Any]) -> set[tuple[str, int | None]]:
    with pytest.raises(FrontdeskError) as refused:
        place(on, body)
    return {(problem.code, problem.meta.get("occurrence")) for problem in refused.value.problems}


def stored(on: Table) -> tuple[int, int]:
    """Returns the numbers of stored orders and bookings."""
    items = [item for _, item in on.objects()]
    return sum(isinstance(item, Order) for item in items), sum(isinstance(item, Booking) for item in items)


def daily(count: int) -> dict[str, Any]:
    recurring = {"frequency": "daily", "count": count}
    return order(meeting(recurring=recurring), timezone="Europe/Berlin", notify_customer=False)


# Several transactions.
MANY = 250


@pytest.mark.parametrize("count", [MANY, pytest.param(1000, marks=pytest.mark.thorough)])
def test_as_many_occurrences_as_there_may_be(on: Table, count: int) -> None:
    series = daily(count)
    started = monotonic()
    placed = place(on, series, "key")

    assert monotonic() - started < SECONDS
    assert (len(placed.bookings), placed.order.amounts.total) == (count, count * MEETING.price)
    assert stored(on) == (1, count)
    assert findings(on) == []
    # With the same key, the order is returned. Without it, every occurrence conflicts with that order.
    assert place(on, series, "key").replayed
    assert refusal(on, series) == {("slot_unavailable", number) for number in range(1, count + 1)}
    assert stored(on) == (1, count)

    canceled, bookings = cancel_order(
        Context(ORGANIZATION.id, SystemClock(SECONDS)), placed.order.id, on.store
    )

    assert (canceled.status, {booking.status for booking in bookings}) == ("canceled", {"canceled"})
    assert findings(on) == []
    assert place(on, daily(3)).order.status == "completed"


@pytest.mark.parametrize(("rooms", "days"), [(12, 10), pytest.param(50, 30, marks=pytest.mark.thorough)])
def test_many_rooms_for_many_days(on: Table, rooms: int, days: int) -> None:
    month = meeting(NINE.replace(day=1), days * 24 * 60) | {
        "resource_id": [room.id for room in ROOMS[:rooms]],
        "service_id": {NIGHT.id: 1},
    }
    body = order(month, notify_customer=False)
    placed = place(on, body)

    assert findings(on) == []
    assert len([key for key, _ in on.objects() if key.kind == "ledger"]) == rooms * (days + 1)
    assert {code for code, _ in refusal(on, body)} == {"slot_unavailable"}
    cancel_booking(Context(ORGANIZATION.id, SystemClock(SECONDS)), placed.bookings[0].id, on.store)
    assert findings(on) == []
    assert place(on, body).order.status == "completed"


def test_a_large_draft_is_completed(on: Table) -> None:
    draft = place(on, daily(MANY) | {"complete_order": False, "voucher_code": "ONCE10"}).order

    completed, bookings = complete_order(
        Context(ORGANIZATION.id, SystemClock(SECONDS)), draft.id, read_as(CompletionConfig, {}), on.store
    )

    assert (completed.status, {booking.status for booking in bookings}) == ("completed", {"accepted"})
    assert not any(item.holds for key, item in on.objects() if key.kind == "ledger")
    assert findings(on) == []


def test_one_taken_day_refuses_all_and_leaves_nothing(on: Table) -> None:
    place(on, order(notify_customer=False))
    with counted(on.store) as sent:
        assert refusal(on, daily(MANY)) == {("slot_unavailable", 1)}

    assert "TransactWriteItems" not in sent
    assert len(place(on, daily(MANY) | {"on_conflict": "skip"}).bookings) == MANY - 1
