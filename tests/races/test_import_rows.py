"""Events between an import's plan and its rows: a customer is created elsewhere, or the import has ended."""

from collections.abc import Iterator

import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.imports.runs import Counts, ImportRun
from frontdesk.domain.problems import Busy, Problem
from frontdesk.usecases.imports import guests
from frontdesk.usecases.imports.chunk import import_chunk
from frontdesk.usecases.imports.ending import end_run, run_of
from tests.races.test_import_twice import Desk
from tests.support.demo import MEETING, ROOM
from tests.support.engine import Table, table


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


def planned(on: Table, customer: str) -> tuple[Desk, ImportRun]:
    """Plans two bookings for a customer known by a number."""
    desk = Desk(on)
    row = f"{ROOM.name};{MEETING.name};15.04.2031;{{}}:00;{{}}:30;{customer};Kim;Lee\n"
    head = "Room;Service;Date;Start;End;Customer;First name;Last name\n"
    desk.files.put("week.csv", head + row.format(9, 9) + row.format(10, 10))
    [run] = desk.find("e")
    assert desk.plan(run) == 1
    return desk, run


def imported(desk: Desk, run: ImportRun, seconds: int = 30) -> Counts:
    context = desk.context._replace(clock=SystemClock(seconds))
    store = desk.on.store
    return import_chunk(context, run.id, 1, desk.runs, desk.files, store, CatalogTable(store))


def known_meanwhile(on: Table) -> tuple[Desk, ImportRun]:
    """Another file of the same night creates the customer."""
    desk, run = planned(on, "K-17")
    kim = Customer(id="kim", external_id="K-17", given_name="Kim", created_at=1, updated_at=1)
    on.store.put_catalog(desk.context, [kim])
    return desk, run


def test_a_customer_that_is_created_after_the_plan_is_the_rows_own(on: Table) -> None:
    desk, run = known_meanwhile(on)
    assert imported(desk, run).created == 2
    orders = [item for key, item in on.objects() if key.kind == "order"]
    assert {order.customer_id for order in orders} == {"kim"}


def test_control_who_does_not_look_for_the_number_is_in_the_way_for_good(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, run = known_meanwhile(on)
    monkeypatch.setattr(guests, "external_key", lambda kind, id: guests.Key("external_id", f"no {kind}#{id}"))
    with pytest.raises(Busy):
        imported(desk, run, seconds=1)


def test_a_number_that_no_customer_can_have_refuses_its_row(on: Table) -> None:
    counts = imported(*planned(on, "K-17" * 100))
    assert (counts.refused, counts.errors) == (2, {"invalid_value": 2})


def test_a_chunk_that_comes_once_the_import_has_ended_books_nothing(on: Table) -> None:
    desk, run = planned(on, "K-17")
    end_run(run_of(desk.context, run.id, desk.runs), "failed", desk.runs, desk.clock, Problem("interrupted"))
    assert imported(desk, run) == Counts()
    assert not [key for key, _ in on.objects() if key.kind == "order"]
