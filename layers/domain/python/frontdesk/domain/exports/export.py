"""An export: the request, the progress of its file, and its outcome. Pure. Instants are epoch seconds, days are local to a zone."""

import re
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.problems import Problem
from frontdesk.domain.time.intervals import DAY, iso
from frontdesk.errors import Language

ExportKind = Literal["bookings", "orders", "customers", "lines"]
ExportFormat = Literal["csv", "xlsx"]
ExportStatus = Literal["pending", "running", "completed", "failed", "expired"]
# Stored states that never change again.
ENDED: frozenset[ExportStatus] = frozenset({"completed", "failed"})
# The scope needed to make or download a file is the scope to read its content.
SCOPES: dict[ExportKind, Scope] = {
    "bookings": "orders:read", "orders": "orders:read", "lines": "orders:read", "customers": "catalog:read",
}  # fmt: skip
# Days for which a file can be downloaded. The rule `exports` in template.yaml deletes it some days later.
KEPT_DAYS = 7
# After this many seconds without progress, an export that has begun counts as lost.
LOST_AFTER = 6 * 3600
# Seconds for which an export may wait in the queue: as long as SQS keeps a message (`ExportsQueue` in template.yaml). After that,
# nothing can start it.
LOST_WAITING = 4 * DAY
# The most exports of one organization that may wait or be in progress. At most two exports run at a time, over all organizations.
MAX_OPEN = 10
# After this many seconds without progress, no worker is working on the export, because none can run longer than 900 s.
QUIET_AFTER = 960
# How often an export is resumed without progress.
MAX_TRIES = 5
# How often an export is restarted because a delayed worker has changed its parts.
MAX_RESTARTS = 3
# Seconds for which an export is listed.
LISTED_SECONDS = 400 * DAY


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Wanted(_Record):
    """The requested content of a file: the items within [`start`, `end`), in epoch seconds, that match the filters."""

    kind: ExportKind
    format: ExportFormat = "csv"
    language: Language = "en"
    columns: tuple[str, ...]
    timezone: str
    start: int | None = None
    end: int | None = None
    statuses: tuple[str, ...] = ()
    customer: str | None = None
    resource: str | None = None
    service: str | None = None
    import_id: str | None = None
    archived: bool = False


class Part(NamedTuple):
    """A stored part of a file that is being uploaded in parts."""

    number: int
    etag: str


class Progress(_Record):
    """The progress of a file: the stored parts, and the `cursor` at which the list of rows continues.

    `tries` counts how often a worker took over the export since the export's last progress. `collected` says that all rows are stored.
    """

    upload: str | None = None
    parts: tuple[Part, ...] = ()
    next_part: int = 1
    cursor: str | None = None
    rows: int = 0
    size: int = 0
    tries: int = 0
    # The number of the separate file with the last rows, if they are too few for a part.
    rest: int | None = None
    collected: bool = False
    restarts: int = 0


class Export(_Record):
    """An export. `by` and `maker_id` are the name and the id of the token that requested it. `bytes` is the size of the finished file."""

    id: str
    organization_id: str
    status: ExportStatus = "pending"
    version: int = 1
    wanted: Wanted
    by: str | None = None
    maker_id: str | None = None
    progress: Progress = Progress()
    bytes: int | None = None
    problem: dict[str, Any] | None = None
    # The worker that has the export now, identified by the id of the message that started it.
    worker: str | None = None
    created_at: int
    updated_at: int
    finished_at: int | None = None

    @property
    def folder(self) -> str:
        """The prefix of the export's keys in the bucket."""
        return f"exports/{self.organization_id}/{self.id}"

    @property
    def file(self) -> str:
        """The key of the file in the bucket."""
        return f"{self.folder}/{self.name}"

    @property
    def collected(self) -> str:
        """The S3 key of the file that contains all rows. A workbook is made from this file."""
        return f"{self.folder}/rows.jsonl"

    def rest(self, number: int) -> str:
        """Returns the S3 key of a file for rows that do not fill a part.

        A worker whose time runs out stores its remaining rows in this file. The next worker continues with them.
        """
        return f"{self.folder}/rest-{number}"

    @property
    def name(self) -> str:
        """The name under which browsers save the file."""
        return f"{self.wanted.kind}-{iso(self.created_at)[:10]}.{self.wanted.format}"

    @property
    def expires_at(self) -> int | None:
        """When the file is deleted, in epoch seconds, or None if there is no file."""
        return None if self.status != "completed" else (self.finished_at or 0) + KEPT_DAYS * DAY

    @property
    def delete_at(self) -> int:
        """When the export disappears from lists, in epoch seconds."""
        return self.created_at + LISTED_SECONDS


def shown(export: Export, now: int) -> tuple[ExportStatus, dict[str, Any] | None]:
    """Returns the status and the problem that the API shows."""
    if export.expires_at is not None and now >= export.expires_at:
        return "expired", None
    if is_lost(export, now):
        return "failed", problem_of(export, "lost")
    return export.status, export.problem


def is_lost(export: Export, now: int) -> bool:
    """Whether the export can no longer be finished, because neither a worker nor a message in the queue remains."""
    waited = now - export.updated_at
    return (export.status == "pending" and waited >= LOST_WAITING) or (
        export.status == "running" and waited >= LOST_AFTER
    )


def lost(export: Export, now: int) -> Export:
    """Returns the export as failed, because it can no longer be finished."""
    return failed(export, now, problem_of(export, "lost"))


def needs_message(export: Export, now: int) -> bool:
    """Whether the export needs another message in the queue: it is unfinished, and no worker is working on it."""
    if is_lost(export, now):
        return False
    return export.status == "pending" or (
        export.status == "running" and now >= export.updated_at + QUIET_AFTER
    )


def is_stale(export: Export, message: str | None, version: int | None) -> bool:
    """Whether a message is outdated: the export has changed since the message was sent.

    The message that started the export's worker is never outdated. If the worker dies, the queue delivers
    that message again. A message without a version, from an earlier release, is never outdated either.
    """
    return version not in (None, export.version) and message != export.worker


def problem_of(export: Export, cause: str) -> dict[str, Any]:
    """Returns the problem `export_failed` with this cause, as {"code": …, "detail": …}."""
    return told(export, Problem("export_failed", {"cause": cause}))


def told(export: Export, problem: Problem) -> dict[str, Any]:
    """Returns the problem as {"code": …, "detail": …}, with its text in the file's language."""
    return {"code": problem.code, "detail": problem.detail(export.wanted.language)}


def taken_up(export: Export, now: int, worker: str | None = None) -> Export:
    """Returns the export as taken over by a worker. `worker` is the id of the message that started the worker.

    If the export was taken over MAX_TRIES times without progress, returns it as failed.
    """
    progress = export.progress
    if progress.tries >= MAX_TRIES:
        return failed(export, now, problem_of(export, "tries"))
    # Skips one number, because an earlier worker may still write the part with that number.
    changes = {"tries": progress.tries + 1, "next_part": progress.next_part + 1}
    return _changed(
        export, now, status="running", progress=progress.model_copy(update=changes), worker=worker
    )


def gone_on(export: Export, now: int, progress: Progress) -> Export:
    """Returns the export with its new progress."""
    return _changed(export, now, progress=progress.model_copy(update={"tries": 0}))


def begun_anew(export: Export, now: int) -> Export:
    """Returns the export restarted from the beginning. After MAX_RESTARTS, returns it as failed."""
    restarts = export.progress.restarts + 1
    if restarts > MAX_RESTARTS:
        return failed(export, now, problem_of(export, "parts"))
    return _changed(export, now, progress=Progress(restarts=restarts, next_part=export.progress.next_part))


def completed(export: Export, now: int, size: int) -> Export:
    """Returns the export with its finished file."""
    return _changed(export, now, status="completed", bytes=size, finished_at=now)


def failed(export: Export, now: int, problem: dict[str, Any]) -> Export:
    """Returns the export as failed, without a file."""
    return _changed(export, now, status="failed", problem=problem, finished_at=now)


def _changed(export: Export, now: int, **changes: Any) -> Export:
    return export.model_copy(update={"version": export.version + 1, "updated_at": now, **changes})


def export_id(now: int, random: str) -> str:
    """Returns an id that begins with the time, so that ids sort by time. `random` is 12 hexadecimal digits."""
    return re.sub(r"[-:]|\+.*", "", iso(now)) + f"-{random}"


def is_export_id(text: str) -> bool:
    """Whether the text has the form of an export's id."""
    return re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{12}", text) is not None
