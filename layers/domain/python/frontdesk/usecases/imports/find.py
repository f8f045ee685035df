"""The files that wait, taken for one execution."""

from functools import cache

from frontdesk.domain.imports.runs import (
    ENDED,
    ImportRun,
    incoming_key,
    mapping_name,
    options_name,
    run_id,
)
from frontdesk.domain.problems import Problem
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.imports.ending import end_run
from frontdesk.usecases.ports import Executions, Files, Runs

# What one execution takes on: its state holds 262,144 bytes and its history 25,000 events, of which a file takes about 20.
MAX_RUNS = 500
_BESIDE = (options_name(""), mapping_name(""))


def find_files(
    execution: str,
    started_at: int,
    runs: Runs,
    files: Files,
    executions: Executions,
    clock: Clock,
    *,
    organization_id: str | None = None,
    name: str | None = None,
    dry_run: bool | None = None,
    after: str = "",
) -> list[ImportRun]:
    """Takes the files that wait, or the one of that name, for an execution that began at `started_at`.

    Left out are files that another execution is still at. One that has ended without giving its file back is over.
    They come in the order of their keys, from behind the key `after` on, and are MAX_RUNS at most.
    """
    prefix = incoming_key(organization_id, name or "") if organization_id else "incoming/"
    is_organization = cache(lambda owner: runs.is_organization(Context(owner, clock)))
    taken: list[ImportRun] = []
    for stored in files.list(prefix, after):
        if len(taken) == MAX_RUNS:
            break
        _, owner, found = stored.key.split("/", 2) if stored.key.count("/") > 1 else ("", "", "")
        if (
            not owner
            or not found
            or found.endswith(("/", *_BESIDE))
            or (name and found != name)
            or not is_organization(owner)
        ):
            continue
        run = ImportRun(
            id=run_id(started_at, execution, owner, found, stored.etag),
            organization_id=owner,
            name=found,
            etag=stored.etag,
            execution=execution,
            dry_run=dry_run,
            started_at=started_at,
        )
        holder = runs.claim(run, clock)
        if (
            holder is not None
            and holder.execution != execution
            and not executions.is_running(holder.execution)
        ):
            if holder.status not in ENDED:
                end_run(holder, "failed", runs, clock, _INTERRUPTED)
            holder = runs.claim(run, clock, instead_of=holder)
        if holder is not None:
            continue
        if stored in files.list(stored.key):
            taken.append(run)
        else:
            # Another execution has imported it since it was listed.
            runs.withdraw(run, clock)
    return taken


_INTERRUPTED = Problem("interrupted")
