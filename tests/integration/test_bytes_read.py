"""Whatever is stored, a request reads only as many bytes as it can process in time. Larger requests are refused before any write."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.items import item_key, new_ledger_row
from frontdesk.domain.availability.search import Named, Query
from frontdesk.domain.ledger import Ledger, LedgerKey, Profile
from frontdesk.domain.orders.snapshot import ledger_item
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.sizes import day_bytes
from frontdesk.usecases.availability import free_periods, possible_starts, start_dates
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.calculate import calculate_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import place_order
from tests.support.demo import DESKS, MEETING, NINE, ORGANIZATION, ROOM, desks, meeting, order
from tests.support.engine import Table, table
from tests.support.fakes import FakeClock
from tests.support.faults import counted

# Days that are cut into this many stretches, and how many of these days fit.
CUTS, FITTING = 1_000, 3
ROOM_OF = FITTING * day_bytes(CUTS, 0) + 20_000


@pytest.fixture(scope="module")
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        made.put(
            new_ledger_row(item_key(ORGANIZATION.id, ledger_item(day.key)), day)
            for day in (cut_day(owner, n) for owner in (ROOM.id, DESKS.id) for n in range(20))
        )
        yield made


@pytest.fixture(autouse=True)
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.domain.sizes.MAX_READ_BYTES", ROOM_OF)


def cut_day(owner: str, number: int) -> Ledger:
    day = (NINE.date() + timedelta(days=number)).isoformat()
    starts = [80 * n for n in range(CUTS)]
    return Ledger(LedgerKey(owner, day), Profile(starts, [0] * CUTS), version=1)


def context() -> Context:
    return Context(ORGANIZATION.id, FakeClock(int(NINE.timestamp()) - 10 * 86_400))


def daily(count: int) -> dict[str, Any]:
    return order(meeting(recurring={"frequency": "daily", "count": count}))


def asked(days: int) -> Query:
    nothing = Named("timeslot_series_id")
    last = NINE.date() + timedelta(days=days - 1)
    return Query(
        Named("service_id", (MEETING.id,)), Named("resource_id", (ROOM.id,)), nothing, NINE.date(), last
    )


def move(on: Table, days: int) -> Any:
    placed = place_order(context(), read_config(order(desks(1, NINE + timedelta(days=300)))), on.store)
    end = (NINE + timedelta(days=days - 1, minutes=60)).isoformat()
    attributes = {"start_date": NINE.isoformat(), "end_date": end, "check_availability": False}
    document = {"data": {"type": "bookings", "id": placed.bookings[0].id, "attributes": attributes}}
    reading = read_document(BookingDocument, "bookings", document, placed.bookings[0].id)
    return move_booking(context(), placed.bookings[0].id, reading, on.store)


DOORS: dict[str, tuple[str, Callable[[Table, int], Any]]] = {
    "preview": ("order_too_large", lambda on, n: calculate_order(context(), read_config(daily(n)), on.store)),
    "placing": ("order_too_large", lambda on, n: place_order(context(), read_config(daily(n)), on.store)),
    "move": ("order_too_large", move),
    "starts": ("invalid_parameter", lambda on, n: possible_starts(context(), asked(n), on.store)),
    "dates": ("invalid_parameter", lambda on, n: start_dates(context(), asked(n), on.store)),
    "periods": (
        "invalid_parameter",
        lambda on, n: free_periods(
            context(), asked(n)._replace(services=Named("service_id")), on.store
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_what_takes_more_bytes_than_can_be_looked_at_is_refused(on: Table, door: str) -> None:
    code, call = DOORS[door]
    with pytest.raises(FrontdeskError) as refused:
        call(on, FITTING + 1)

    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize("door", [door for door in DOORS if door not in ("placing", "move")])
def test_what_just_fits_is_answered(on: Table, door: str) -> None:
    assert DOORS[door][1](on, FITTING - 1)


def test_a_refusal_for_size_writes_nothing_and_reads_no_further(on: Table) -> None:
    before = on.items()
    with counted(on.store) as sent, pytest.raises(FrontdeskError):
        place_order(context(), read_config(daily(20)), on.store)

    assert sent == ["BatchGetItem"]
    assert on.items() == before
