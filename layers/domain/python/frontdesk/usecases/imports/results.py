"""Joins the results of all rows, writes the summary, and ends the run."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from pydantic_core import from_json

from frontdesk.domain.imports.entries import Entry
from frontdesk.domain.imports.runs import (
    ENDED,
    MAX_TRIES,
    TRIED_WITHIN,
    Counts,
    ImportRun,
    Wording,
    counts_of,
    incoming_key,
    mapping_name,
    options_name,
    problem_record,
    row_results,
    summary_of,
)
from frontdesk.domain.imports.tally import Tally
from frontdesk.domain.problems import Busy, Problem
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.imports.ending import (
    NOT_IMPORTED,
    end_run,
    json_line,
    json_of,
    newest_runs,
    run_of,
)
from frontdesk.usecases.imports.marked import write_marked
from frontdesk.usecases.imports.report import report
from frontdesk.usecases.ports import FileGone, Files, Mailer, Runs

Summary = dict[str, Any]


def join_results(
    context: Context, run_id: str, runs: Runs, files: Files, mailer: Mailer, sender: str
) -> Summary:
    """Writes the summary, and all results in the file's order. Archives the file and mails the summary.

    If a chunk has no results, its rows are `failed`. The file is then imported again instead of archived, up to MAX_TRIES times in
    total.
    """
    run = run_of(context, run_id, runs)
    if run.status not in ENDED:
        counts, tally, forms = _join(run, files)
        ended: dict[str, Any] = {
            "status": "completed",
            "counts": counts,
            "told": tally.told,
            "unmatched": tally.unmatched,
            "forms": forms,
            "finished_at": context.clock.now(),
        }
        if counts.failed:
            problem = _problem_of(run, runs, context.clock, _UNFINISHED)
            ended |= {"status": "failed", "problem": problem_record(problem)}
        if not runs.change(run, run.model_copy(update=ended), context.clock):
            raise Busy
        run = run_of(context, run_id, runs)
    elif run.status == "refused":
        files.write(run.results, b"")
    return _conclude(run, runs, files, mailer, sender, context.clock)


def fail_run(
    context: Context, run_id: str, reason: str, runs: Runs, files: Files, mailer: Mailer, sender: str
) -> Summary:
    """Ends a run as failed because it cannot continue, and releases its claim on the file. Returns the summary."""
    run = run_of(context, run_id, runs)
    if run.status not in ENDED:
        problem = Problem("import_failed", {"cause": reason[:200]})
        end_run(run, "failed", runs, context.clock, _problem_of(run, runs, context.clock, problem))
        run = run_of(context, run_id, runs)
    return _conclude(run, runs, files, mailer, sender, context.clock)


def _conclude(run: ImportRun, runs: Runs, files: Files, mailer: Mailer, sender: str, clock: Clock) -> Summary:
    files.write(run.summary, json_of(summary_of(run)), "application/json")
    if run.status != "failed" or (run.problem or {}).get("code") == _GIVEN_UP.code:
        _archive(run, files)
    runs.release(run, clock)
    report(run, runs, mailer, sender, clock)
    return summary_of(run)


_UNFINISHED = Problem("not_finished")
_GIVEN_UP = Problem("given_up", {"tries": MAX_TRIES})


def _problem_of(run: ImportRun, runs: Runs, clock: Clock, problem: Problem) -> Problem:
    """Returns `_GIVEN_UP` if the import of this file has failed MAX_TRIES times, otherwise `problem`.

    Failed dry runs are not counted. For a dry run, always returns `problem`.
    """
    before, _ = newest_runs(Context(run.organization_id, clock), runs, clock.now() - TRIED_WITHIN)
    failed = sum(
        (each.name, each.etag, each.status, each.is_dry) == (run.name, run.etag, "failed", False)
        and each.id != run.id
        for each in before
    )
    return _GIVEN_UP if failed + 1 >= MAX_TRIES and not run.is_dry else problem


def _join(run: ImportRun, files: Files) -> tuple[Counts, Tally, tuple[str, ...]]:
    """Writes the results of all chunks as JSON Lines and as tables, in the order of the file's lines.

    Returns the number of rows by result, the problems found, and the formats of the tables.
    """
    with TemporaryFile() as content, TemporaryFile() as joined:
        positions: list[tuple[int, int]] = []
        counts, tally = Counts(), Tally()
        for chunk in range(1, run.chunks + 1):
            found = list(_chunk_results(run, chunk, files))
            counts += counts_of(found)
            for each in found:
                tally.add(each)
                positions.append((each["line"], content.tell()))
                content.write(json_line(each))
        for _, at in sorted(positions):
            content.seek(at)
            joined.write(content.readline())
        joined.seek(0)
        files.write(run.results, cast(BinaryIO, joined))

        def again() -> Iterator[dict[str, Any]]:
            """Returns a new iterator over the results, because two readers may need them at the same time."""
            at = 0
            while True:
                joined.seek(at)
                if not (line := joined.readline()):
                    return
                at = joined.tell()
                yield from_json(line)

        forms = write_marked(run, again, files)
    return counts, tally, forms


def _chunk_results(run: ImportRun, chunk: int, files: Files) -> Iterator[dict[str, Any]]:
    try:
        with files.open(run.chunk_results(chunk)) as content:
            yield from (from_json(line) for line in content)
        return
    except FileGone:
        pass
    with files.open(run.chunk(chunk)) as content:
        for line in content:
            yield from row_results(
                Entry.model_validate_json(line), "failed", problems=[NOT_IMPORTED], wording=Wording.of(run)
            )


def _archive(run: ImportRun, files: Files) -> None:
    """Archives the file with its options and mapping, also after a dry run. Does not archive a newer file of the same name."""
    files.move(run.incoming, run.archived, run.etag)
    if run.upload:
        return
    for named in (options_name, mapping_name):
        beside = incoming_key(run.organization_id, named(run.name))
        for stored in files.list(beside):
            if stored.key == beside:
                files.move(beside, named(run.archived), stored.etag)
