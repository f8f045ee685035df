"""Many executions that want the same file at the same moment: one imports it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from pynamodb.expressions.operand import Path

from frontdesk.adapters.dynamodb import imports
from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.imports.runs import ImportRun
from frontdesk.usecases.imports.find import find_files
from tests.engine import Table, table
from tests.imports import FakeExecutions, FakeFiles

EXECUTIONS = 16


@pytest.fixture
def on(roto_dynamodb: str) -> Iterator[Table]:
    with table(roto_dynamodb) as made:
        yield made


def found(on: Table, held_by: str | None = None) -> list[list[ImportRun]]:
    """What each of many executions takes that look at the same moment; `held_by` had the file and has ended."""
    files, executions, barrier = FakeFiles(), FakeExecutions(), Barrier(EXECUTIONS)
    files.put("week.csv", "x")
    executions.running = {f"execution {number}" for number in range(EXECUTIONS)}
    if held_by:
        find_files(held_by, 1, ImportRuns(on.store), files, executions, SystemClock(30))

    class Parked(ImportRuns):
        """Waits with its first claim until all have theirs ready."""

        def claim(
            self, run: ImportRun, clock: SystemClock, *, instead_of: ImportRun | None = None
        ) -> ImportRun | None:  # type: ignore[override]
            if (instead_of is None) == (held_by is None):
                barrier.wait()
            return super().claim(run, clock, instead_of=instead_of)

    def look(number: int) -> list[ImportRun]:
        return find_files(f"execution {number}", 2, Parked(on.store), files, executions, SystemClock(30))

    with ThreadPoolExecutor(EXECUTIONS) as pool:
        return list(pool.map(look, range(EXECUTIONS)))


def test_one_execution_takes_a_file(on: Table) -> None:
    assert sorted(map(len, found(on))) == [0] * (EXECUTIONS - 1) + [1]


def test_one_execution_takes_over_a_file_from_one_that_has_ended(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ending it is a race of its own, which only one of them can win; here all have seen it end.
    monkeypatch.setattr("frontdesk.usecases.imports.find.end_run", lambda *_: None)
    assert sorted(map(len, found(on, held_by="ended"))) == [0] * (EXECUTIONS - 1) + [1]


def test_control_without_the_claim_many_take_it(on: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ABSENT", Path("pk").exists() | Path("pk").does_not_exist())
    assert sum(map(len, found(on))) > 1
