"""Many executions find the same file simultaneously: only one imports it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from frontdesk.adapters.dynamodb import imports
from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.imports.options import ImportOptions
from frontdesk.domain.imports.runs import ImportRun
from frontdesk.domain.imports.uploads import Upload
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.find import find_files
from frontdesk.usecases.imports.upload import begin_import
from tests.support.demo import ORGANIZATION
from tests.support.engine import Table, table
from tests.support.imports import FakeExecutions, FakeFiles

EXECUTIONS = 16


@pytest.fixture
def on(roto_dynamodb: str) -> Iterator[Table]:
    with table(roto_dynamodb) as made:
        yield made


def found(on: Table, held_by: str | None = None, *, announced: bool = False) -> list[list[ImportRun]]:
    """Returns the files that each of many simultaneous executions gets. `held_by` had the file and has ended."""
    files, executions, barrier = FakeFiles(), FakeExecutions(), Barrier(EXECUTIONS)
    if announced:
        upload = Upload("week.csv", 1, None, False, None, ImportOptions(), None, "")
        run = begin_import(Context(ORGANIZATION.id, SystemClock(30)), upload, (), ImportRuns(on.store))
        files.content[run.incoming] = b"x"
    else:
        files.put("week.csv", "x")
    executions.running = {f"execution {number}" for number in range(EXECUTIONS)}
    if held_by:
        find_files(held_by, 1, ImportRuns(on.store), files, executions, SystemClock(30))

    class Parked(ImportRuns):
        """Waits with its first claim until all others are ready to claim."""

        def claim(self, run: ImportRun, clock: Any, **as_it_was: ImportRun | None) -> ImportRun | None:
            if (as_it_was.get("instead_of") is None) == (held_by is None):
                barrier.wait()
            return super().claim(run, clock, **as_it_was)

    def look(number: int) -> list[ImportRun]:
        return find_files(f"execution {number}", 2, Parked(on.store), files, executions, SystemClock(30))

    with ThreadPoolExecutor(EXECUTIONS) as pool:
        return list(pool.map(look, range(EXECUTIONS)))


def test_one_execution_takes_a_file(on: Table) -> None:
    assert sorted(map(len, found(on))) == [0] * (EXECUTIONS - 1) + [1]


def test_one_execution_takes_a_file_that_was_announced(on: Table) -> None:
    assert sorted(map(len, found(on, announced=True))) == [0] * (EXECUTIONS - 1) + [1]


def test_one_execution_takes_over_a_file_from_one_that_has_ended(
    on: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ending it is another race, which only one can win. Here, all have seen it end.
    monkeypatch.setattr("frontdesk.usecases.imports.find.end_run", lambda *_: None)
    assert sorted(map(len, found(on, held_by="ended"))) == [0] * (EXECUTIONS - 1) + [1]


def test_control_without_the_claim_many_take_it(on: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ABSENT", Path("pk").exists() | Path("pk").does_not_exist())
    assert sum(map(len, found(on))) > 1
