"""Finds waiting files and claims them for one execution."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from frontdesk.domain.imports.runs import (
    ENDED,
    TRIED_WITHIN,
    ImportRun,
    WaitingFile,
    in_turn,
    incoming_key,
    is_run_id,
    mapping_name,
    options_name,
    run_id,
    upload_key,
)
from frontdesk.domain.imports.uploads import archive_key, is_settled
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.imports.ending import end_run, newest_runs
from frontdesk.usecases.ports import Executions, Files, Runs, StoredFile

# The most files of one execution. Its state is limited to 262,144 bytes and its history to 25,000 events; a file takes about 20.
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
    upload: str | None = None,
    dry_run: bool | None = None,
    since: int | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> list[ImportRun]:
    """Claims waiting files for an execution that began at `started_at`. Returns the runs of the claimed files.

    With `name`, claims only this file. Skips files that another execution is still importing. With `since`
    (epoch seconds), also skips files that another execution has tried to import since then, even if the
    import failed. Takes over claims that an ended execution did not release. If `is_settled` returns True for
    a file, the file is archived instead of claimed.

    Claims at most MAX_RUNS files, taking turns between organizations. If an error prevents a claim, calls `tell`
    with a text about the error, and continues with the next file. If there are errors and no file is claimed,
    raises an ExceptionGroup.
    """
    is_organization = cache(lambda owner: runs.is_organization(Context(owner, clock)))

    @cache
    def recent(owner: str) -> list[ImportRun]:
        return newest_runs(Context(owner, clock), runs, clock.now() - TRIED_WITHIN)[0]

    @cache
    def tried(owner: str) -> set[tuple[str, str]]:
        if since is None:
            return set()
        return {
            (run.name, run.etag)
            for run in recent(owner)
            if run.started_at >= since and run.execution != execution
        }

    waiting: dict[str, list[tuple[WaitingFile, StoredFile]]] = {}
    for stored in _listed(files, organization_id, name, upload):
        found = WaitingFile.of_key(stored.key)
        if found and not found.name.endswith(_BESIDE) and name in (None, found.name):
            waiting.setdefault(found.organization_id, []).append((found, stored))

    def claimed(owner: str, found: WaitingFile, stored: StoredFile) -> ImportRun | None:
        if not is_organization(owner) or (found.name, stored.etag) in tried(owner):
            return None
        began, earlier = None, list[ImportRun]()
        if found.upload is not None:
            began = runs.run(Context(owner, clock), found.upload) if is_run_id(found.upload) else None
            if began is None:
                return None
        if began is None or began.status != "waiting":
            earlier = _earlier(found, began, recent(owner))
            if is_settled(stored.etag, stored.written_at, earlier):
                files.move(stored.key, archive_key(earlier[0], stored.etag), stored.etag)
                return None
        run = _run_of(found, stored, began, execution, started_at, dry_run)
        holder = runs.claim(run, clock, began=began if began and began.id == run.id else None)
        if (
            holder is not None
            and holder.execution != execution
            and not executions.is_running(holder.execution)
        ):
            if holder.status not in ENDED:
                end_run(holder, "failed", runs, clock, _INTERRUPTED)
            run = run.model_copy(update={"id": _id_of(run)})
            holder = runs.claim(run, clock, instead_of=holder)
        if holder is not None:
            return None
        if is_settled(stored.etag, stored.written_at, [_now(each, stored, runs, clock) for each in earlier]):
            # An undo has begun since this search looked for one. The next search archives the file.
            runs.withdraw(run, clock)
        elif stored in files.list(stored.key):
            return run
        else:
            # Another execution has imported the file since it was listed.
            runs.withdraw(run, clock)
        return None

    taken, failures = list[ImportRun](), list[Exception]()
    for owner, (found, stored) in in_turn(waiting):
        if len(taken) == MAX_RUNS:
            break
        try:
            if run := claimed(owner, found, stored):
                taken.append(run)
        except FrontdeskError:
            # Out of time: the step is repeated.
            raise
        except Exception as error:
            failures.append(error)
            tell(f"a file of {owner} could not be claimed: {type(error).__name__}")
    if failures and not taken:
        raise ExceptionGroup(f"{len(failures)} files could not be claimed", failures)
    return taken


def _now(run: ImportRun, stored: StoredFile, runs: Runs, clock: Clock) -> ImportRun:
    """Returns the current state of `run` if the run imported this version of the file.

    The current state shows whether an undo has begun. If the run imported another version of the file,
    returns `run` unchanged.
    """
    again = run.etag == stored.etag
    return (again and runs.run(Context(run.organization_id, clock), run.id)) or run


def _earlier(found: WaitingFile, began: ImportRun | None, recent: Iterable[ImportRun]) -> list[ImportRun]:
    """Returns `began` (the run that announced the file, if any), then the other `recent` runs with the name and upload id of `found`."""
    same = [run for run in recent if (run.name, run.upload) == (found.name, found.upload)]
    return same if began is None else [began, *(run for run in same if run.id != began.id)]


def _listed(
    files: Files, organization_id: str | None, name: str | None, upload: str | None
) -> Iterator[StoredFile]:
    if organization_id is None:
        yield from files.list("incoming/")
        yield from files.list("uploads/")
    elif upload is not None:
        yield from files.list(upload_key(organization_id, upload, name or ""))
    else:
        yield from files.list(incoming_key(organization_id, name or ""))


def _run_of(
    found: WaitingFile,
    stored: StoredFile,
    began: ImportRun | None,
    execution: str,
    started_at: int,
    dry_run: bool | None,
) -> ImportRun:
    """Returns the run of a file: `began` if that run still waits for the file, otherwise a new one.

    If the file was uploaded for `began`, the new run has the options of `began`.
    """
    own = {"etag": stored.etag, "execution": execution, "status": "planning"}
    if began is not None and began.status == "waiting":
        return began.model_copy(update=own)
    run = ImportRun(
        id="",
        organization_id=found.organization_id,
        name=found.name,
        etag=stored.etag,
        execution=execution,
        dry_run=dry_run,
        started_at=started_at,
    )
    if began is not None:
        run = run.model_copy(update={name: getattr(began, name) for name in _ANNOUNCED})
    return run.model_copy(update={"id": _id_of(run)})


def _id_of(run: ImportRun) -> str:
    return run_id(run.started_at, run.execution, run.organization_id, run.name, run.etag)


_ANNOUNCED = (
    "upload", "size", "may", "maker_id", "options", "mapping", "dry_run", "again", "language", "wanted_language",
)  # fmt: skip
_INTERRUPTED = Problem("interrupted")
