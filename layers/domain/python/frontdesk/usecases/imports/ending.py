"""Functions that the steps of an import share: they read a run, end a run, and encode results."""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from frontdesk.domain.imports.runs import (
    ImportRun,
    RunStatus,
    problem_record,
)
from frontdesk.domain.problems import Busy, Problem
from frontdesk.domain.sizes import TooMuchRead
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Runs

NOT_IMPORTED = Problem("not_imported")
# How many of an organization's runs are examined for one list or one file.
MAX_RECENT = 1_000


def end_run(run: ImportRun, status: RunStatus, runs: Runs, clock: Clock, problem: Problem) -> None:
    """Ends a run with a problem. Raises Busy if the run changed meanwhile."""
    ended = {"status": status, "problem": problem_record(problem, run.language), "finished_at": clock.now()}
    if not runs.change(run, run.model_copy(update=ended), clock):
        raise Busy


def run_of(context: Context, run_id: str, runs: Runs) -> ImportRun:
    """Returns a run. Raises LookupError if it does not exist."""
    run = runs.run(context, run_id)
    if run is None:
        raise LookupError("there is no such run")
    return run


def newest_runs(context: Context, runs: Runs, since: int | None = None) -> tuple[list[ImportRun], bool]:
    """Returns (runs, is_cut): up to MAX_RECENT runs that started at `since` or later, the newest first, and whether there are more."""
    found: list[ImportRun] = []
    with suppress(TooMuchRead):
        for run in runs.recent(context, since):
            if len(found) == MAX_RECENT:
                break
            found.append(run)
        else:
            return found, False
    return found, True


def json_of(content: Any) -> bytes:
    """Encodes indented JSON, ending with a line feed."""
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


def json_line(content: Any) -> bytes:
    """Encodes one line of JSON Lines."""
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def json_lines(records: Iterable[Any]) -> bytes:
    """Encodes JSON Lines."""
    return b"".join(map(json_line, records))
