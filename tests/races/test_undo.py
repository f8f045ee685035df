"""An import is undone while somebody changes one of its orders: the first one succeeds, and nothing is lost."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.adapters.dynamodb.lists import ListTable
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.imports.undo import Undo
from frontdesk.domain.orders.states import arrived
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument, OrderDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports import undo
from frontdesk.usecases.orders.attend import note_attendance
from frontdesk.usecases.orders.change import annotate_order
from frontdesk.usecases.orders.move import move_booking
from tests.races.harness import findings
from tests.support.demo import ADA, NINE, ORGANIZATION, meeting
from tests.support.engine import Table, table
from tests.support.fakes import FakeMailer
from tests.support.imports import Execution, FakeExecutions, FakeFiles

Change = Callable[[Context, str, Any], Any]


def note(context: Context, order_id: str, store: Any) -> None:
    body = {"data": {"attributes": {"note": "paid in cash"}}}
    annotate_order(context, order_id, read_document(OrderDocument, "orders", body), store)


def move(context: Context, order_id: str, store: Any) -> None:
    body = {"data": {"attributes": {"start_date": "2030-04-16T14:00:00+02:00"}}}
    move_booking(context, f"{order_id}-1", read_document(BookingDocument, "bookings", body), store)


def check_in(context: Context, order_id: str, store: Any) -> None:
    note_attendance(context, f"{order_id}-1", arrived, store)


class Interrupted:
    """A store to which somebody else writes just before one write, by default the first."""

    def __init__(self, store: Any, meanwhile: Callable[[], Any], number: int = 0) -> None:
        self._store, self._meanwhile, self._left = store, meanwhile, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, *asked: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            meanwhile, self._meanwhile = self._meanwhile, lambda: None
            meanwhile()
        return self._store.write(*asked)


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


def undone(on: Table, change: Change) -> tuple[Undo, str]:
    """Returns the result of an undo that somebody else is faster than, and the order's status."""
    files, runs, clock = FakeFiles(), ImportRuns(on.store), SystemClock(60)
    files.put("week.jsonl", [{"external_id": "1", "bookings": [meeting()], "order_customer_id": ADA.id}])
    [imported] = Execution(files, runs, on.store, FakeMailer(), "e", clock.now()).go_on(clock)
    order_id = imported.results[0]["order_id"]
    context = Context(ORGANIZATION.id, clock)
    store = Interrupted(on.store, lambda: change(context, order_id, on.store))
    undo.begin_undo(context, imported.run.id, runs, FakeExecutions())
    assert (
        undo.undo_step(
            context, imported.run.id, runs, files, store, CatalogTable(on.store), ListTable(on.store)
        )
        == 0
    )  # type: ignore[arg-type]
    after = runs.run(context, imported.run.id)
    found = on.store.order(context, order_id)
    assert after is not None
    assert after.undo is not None
    assert found is not None
    assert findings(on) == []
    return after.undo, found[0].status


@pytest.mark.parametrize("change", [note, move, check_in])
def test_an_order_that_is_changed_meanwhile_is_left(on: Table, change: Change) -> None:
    said, status = undone(on, change)
    assert (said.undone, said.left, status) == (0, {"changed": 1}, "completed")


def test_control_an_undo_that_looks_but_once_cancels_what_was_changed(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []

    def only_once(*found: Any) -> bool:
        looks.append(True)
        return len(looks) == 1 and is_touched(*found)

    is_touched = undo.is_touched
    monkeypatch.setattr(undo, "is_touched", only_once)
    said, status = undone(on, note)
    assert (said.undone, status) == (1, "canceled")


def test_an_undo_is_started_once_and_again_only_after_it_was_interrupted(on: Table) -> None:
    files, runs, clock = FakeFiles(), ImportRuns(on.store), SystemClock(60)
    rows = [
        {
            "external_id": f"{day}",
            "bookings": [meeting(NINE + timedelta(days=day))],
            "order_customer_id": ADA.id,
        }
        for day in range(60)
    ]
    files.put("week.jsonl", rows)
    [imported] = Execution(files, runs, on.store, FakeMailer(), "e", clock.now()).go_on(clock)
    context, executions = Context(ORGANIZATION.id, clock), FakeExecutions()
    for _ in range(2):
        undo.begin_undo(context, imported.run.id, runs, executions)
    assert executions.started == [{"undo": imported.run.ids}]

    def step(most: int) -> int:
        """Undoes as much as there is time for: this many rounds."""
        rounds = iter(range(most))
        named = context, imported.run.id, runs, files, on.store, CatalogTable(on.store), ListTable(on.store)
        return undo.undo_step(*named, lambda: next(rounds, None) is not None)

    assert step(1) == 60 - undo.AT_ONCE
    executions.running.clear()
    undo.begin_undo(context, imported.run.id, runs, executions)
    assert len(executions.started) == 2
    assert step(10) == 0
    after = runs.run(context, imported.run.id)
    assert after is not None
    assert after.undo is not None
    assert (after.undo.status, after.undo.undone, after.undo.left) == ("completed", 60, {})
    executions.running.clear()
    undo.begin_undo(context, imported.run.id, runs, executions)
    assert len(executions.started) == 2, "it is done"
    assert findings(on) == []


LONG = meeting() | {"recurring": {"frequency": "daily", "count": 150}}


def taken_back_in_steps(on: Table, number: int, change: Change) -> tuple[Undo, str, list[str], list[str]]:
    """Undoes an order of many bookings, with a change just before one of the writes.

    Returns the undo, the order's status, the statuses of its bookings, and why the change was refused.
    """
    files, runs, clock = FakeFiles(), ImportRuns(on.store), SystemClock(120)
    files.put("year.jsonl", [{"external_id": "1", "bookings": [LONG], "order_customer_id": ADA.id}])
    [imported] = Execution(files, runs, on.store, FakeMailer(), "e", clock.now()).go_on(clock)
    assert imported.results[0]["result"] == "created", imported.results
    order_id, context = imported.results[0]["order_id"], Context(ORGANIZATION.id, clock)
    refused: list[str] = []

    def meanwhile() -> None:
        try:
            change(context, order_id, on.store)
        except FrontdeskError as error:
            refused.append(error.problems[0].code)

    store: Any = Interrupted(on.store, meanwhile, number)
    undo.begin_undo(context, imported.run.id, runs, FakeExecutions())
    left = undo.undo_step(
        context, imported.run.id, runs, files, store, CatalogTable(on.store), ListTable(on.store)
    )
    assert left == 0
    after, found = runs.run(context, imported.run.id), on.store.order(context, order_id)
    assert after is not None
    assert after.undo is not None
    assert found is not None
    assert findings(on) == []
    return after.undo, found[0].status, [each.status for each in found[1]], refused


@pytest.mark.parametrize("number", range(4))
def test_an_order_that_is_canceled_in_steps_is_checked_in_or_canceled_but_not_both(
    on: Table, number: int
) -> None:
    said, status, of_bookings, refused = taken_back_in_steps(on, number, check_in)
    if number == 0:
        assert (said.undone, said.left, status, refused) == (0, {"changed": 1}, "completed", [])
        assert set(of_bookings) == {"accepted"}
    else:
        assert (said.undone, said.left, status) == (1, {}, "canceled")
        assert set(of_bookings) == {"canceled"}
        assert refused, "the customer cannot be checked in any more, and the desk is told"


def test_control_the_check_in_comes_when_the_order_is_half_canceled(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finishing of the cancellation is all that prevents a check-in to one of the remaining bookings."""
    monkeypatch.setattr("frontdesk.usecases.orders.find.settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        taken_back_in_steps(on, 1, check_in)
