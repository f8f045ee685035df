"""The rows of a file are booked once: not again by a copy of the file, and not while the import is being undone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from frontdesk.adapters.dynamodb import imports
from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.imports.runs import ImportRun
from frontdesk.domain.problems import Busy, FrontdeskError, Problem
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports import find
from frontdesk.usecases.imports.chunk import import_chunk
from frontdesk.usecases.imports.ending import end_run, run_of
from frontdesk.usecases.imports.find import find_files
from frontdesk.usecases.imports.plan import plan_file
from frontdesk.usecases.imports.undo import begin_undo
from tests.support.demo import DESK, DESKS, ORGANIZATION
from tests.support.engine import Table, table
from tests.support.imports import FakeExecutions, FakeFiles

ROWS = f"resource_id,service_id,start_date,end_date\n{DESKS.id},{DESK.id},2031-04-15T09:00,2031-04-15T10:00\n"


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


class Interrupted(ImportRuns):
    """Imports where somebody else acts just before a call of this name."""

    def __init__(self, on: Table, name: str, meanwhile: Callable[[], Any]) -> None:
        super().__init__(on.store)
        self._name, self._meanwhile = name, meanwhile

    def __getattribute__(self, name: str) -> Any:
        if name == object.__getattribute__(self, "_name"):
            self._name = ""
            self._meanwhile()
        return super().__getattribute__(name)


class Desk:
    """The imports of an organization."""

    def __init__(self, on: Table) -> None:
        self.on, self.files, self.executions = on, FakeFiles(), FakeExecutions()
        self.runs, self.clock = ImportRuns(on.store), SystemClock(60)
        self.context = Context(ORGANIZATION.id, self.clock)

    def find(self, execution: str, runs: ImportRuns | None = None) -> list[ImportRun]:
        self.executions.running.add(execution)
        now = self.clock.now()
        return find_files(execution, now, runs or self.runs, self.files, self.executions, self.clock)

    def plan(self, run: ImportRun, runs: ImportRuns | None = None) -> int:
        store = self.on.store
        return plan_file(self.context, run.id, runs or self.runs, self.files, store, CatalogTable(store))

    def said(self, run: ImportRun) -> tuple[str, str | None]:
        ended = run_of(self.context, run.id, self.runs)
        return ended.status, (ended.problem or {}).get("code")

    def failed(self) -> ImportRun:
        """Returns a run that failed after its row was imported."""
        self.files.put("week.csv", ROWS)
        [run] = self.find("first")
        assert self.plan(run) == 1
        store = self.on.store
        import_chunk(self.context, run.id, 1, self.runs, self.files, store, CatalogTable(store))
        run = run_of(self.context, run.id, self.runs)
        end_run(run, "failed", self.runs, self.clock, Problem("interrupted"))
        self.runs.release(run, self.clock)
        self.executions.running.clear()
        return run

    def undo(self, run: ImportRun, runs: ImportRuns | None = None) -> ImportRun:
        return begin_undo(self.context, run.id, runs or self.runs, self.executions)


def planned_at_once(on: Table) -> tuple[Desk, list[ImportRun]]:
    """Plans two files with the same rows, the second one while the first is being planned."""
    desk = Desk(on)
    desk.files.put("week.csv", ROWS)
    desk.files.put("week (1).csv", ROWS)
    first, second = desk.find("e")
    interrupted = Interrupted(on, "plan", lambda: desk.plan(second))
    try:
        desk.plan(first, interrupted)
    except Busy:
        # As the state machine does.
        desk.plan(first)
    return desk, [first, second]


def test_of_two_files_with_the_same_rows_that_are_planned_at_once_one_is_imported(on: Table) -> None:
    desk, [first, second] = planned_at_once(on)
    assert (desk.said(second), desk.said(first)) == (("running", None), ("refused", "imported_before"))


def test_control_without_a_condition_on_the_content_both_are(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_held_by", lambda _: None)
    desk, runs = planned_at_once(on)
    assert [desk.said(run) for run in runs] == [("running", None)] * 2


def test_a_file_is_not_taken_once_more_while_an_undo_of_it_begins(on: Table) -> None:
    desk = Desk(on)
    run = desk.failed()
    assert desk.find("second", Interrupted(on, "claim", lambda: desk.undo(run))) == []
    assert list(desk.files.list("incoming/"))
    assert desk.find("third") == []
    assert not list(desk.files.list("incoming/")), "it is archived"


def test_control_whoever_looks_for_an_undo_only_before_the_claim_takes_it(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "_now", lambda run, *_: run)
    desk = Desk(on)
    run = desk.failed()
    assert len(desk.find("second", Interrupted(on, "claim", lambda: desk.undo(run)))) == 1


def test_an_import_is_not_undone_while_its_file_is_taken_once_more(on: Table) -> None:
    desk = Desk(on)
    run = desk.failed()
    with pytest.raises(FrontdeskError, match="import_not_ended"):
        desk.undo(run, Interrupted(on, "begin_undo", lambda: desk.find("second")))


def test_control_without_a_condition_on_the_file_it_is(on: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "_held_by", lambda _: imports.ABSENT | imports.Path("pk").exists())
    desk = Desk(on)
    run = desk.failed()
    assert desk.undo(run, Interrupted(on, "begin_undo", lambda: desk.find("second"))).undo is not None
