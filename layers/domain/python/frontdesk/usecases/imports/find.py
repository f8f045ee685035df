"""Finds waiting files and claims them for one execution."""

from functools import cache

from frontdesk.domain.imports.runs import (
    ENDED,
    ImportRun,
    in_turn,
    incoming_key,
    mapping_name,
    options_name,
    run_id,
)
from frontdesk.domain.problems import Problem
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.imports.ending import end_run
from frontdesk.usecases.ports import Executions, Files, Runs, StoredFile

# Files of one execution. Its state holds 262,144 bytes, and its history 25,000 events, about 20 for each file.
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
    since: int | None = None,
) -> list[ImportRun]:
    """Claims the waiting files, or the one of that name, for an execution that began at `started_at`.

    Left out are files another execution is working on, and files already tried `since` that moment. A claim whose execution has ended
    without releasing it no longer counts. At most MAX_RUNS are claimed, in turn: one file of each organization, then the next of each.
    """
    prefix = incoming_key(organization_id, name or "") if organization_id else "incoming/"
    is_organization = cache(lambda owner: runs.is_organization(Context(owner, clock)))

    @cache
    def tried(owner: str) -> set[tuple[str, str]]:
        recent = runs.recent(Context(owner, clock), since) if since is not None else ()
        return {(run.name, run.etag) for run in recent if run.execution != execution}

    waiting: dict[str, list[tuple[str, StoredFile]]] = {}
    for stored in files.list(prefix):
        _, owner, found = stored.key.split("/", 2) if stored.key.count("/") > 1 else ("", "", "")
        if owner and found and not found.endswith(("/", *_BESIDE)) and name in (None, found):
            waiting.setdefault(owner, []).append((found, stored))
    taken: list[ImportRun] = []
    for owner, (found, stored) in in_turn(waiting):
        if len(taken) == MAX_RUNS:
            break
        if not is_organization(owner) or (found, stored.etag) in tried(owner):
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
