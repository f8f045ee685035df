"""An export: what was asked for, how far its file is, and what became of it. Instants are epoch seconds, days those of a zone."""

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
# Nothing more comes of one in these.
ENDED: frozenset[ExportStatus] = frozenset({"completed", "failed"})
# Whoever makes or fetches a file must be allowed to read what is in it.
SCOPES: dict[ExportKind, Scope] = {
    "bookings": "orders:read", "orders": "orders:read", "lines": "orders:read", "customers": "catalog:read",
}  # fmt: skip
# The bucket deletes a file after so many days: see the rule `exports` in template.yaml.
KEPT_DAYS = 7
# What nobody has been at for so long is lost.
LOST_AFTER = 6 * 3600
# So often it is taken up where it stopped, without having come any further.
MAX_TRIES = 5
# So often it is begun anew, because somebody who was too late has been at its parts.
MAX_RESTARTS = 3
# How long an export is listed.
LISTED_SECONDS = 400 * DAY


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Wanted(_Record):
    """What is to be in the file. `start` to before `end`; ids of what the rows are about."""

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
    """A part of a file that is in the bucket already."""

    number: int
    etag: str


class Progress(_Record):
    """How far a file is: the parts that are there, and where the list of its rows goes on behind them.

    `tries`: how often it was taken up since the last part. `next_part` is behind the one that whoever was at it before may
    still send. `collected`: all rows are there.
    """

    upload: str | None = None
    parts: tuple[Part, ...] = ()
    next_part: int = 1
    cursor: str | None = None
    rows: int = 0
    size: int = 0
    tries: int = 0
    # What is too small for a part lies in a file of its own, of this number.
    rest: int | None = None
    collected: bool = False
    restarts: int = 0


class Export(_Record):
    """`by` is the name of the token that asked for it; `bytes` the size of the file once it is there."""

    id: str
    organization_id: str
    status: ExportStatus = "pending"
    version: int = 1
    wanted: Wanted
    by: str | None = None
    progress: Progress = Progress()
    bytes: int | None = None
    problem: dict[str, Any] | None = None
    created_at: int
    updated_at: int
    finished_at: int | None = None

    @property
    def folder(self) -> str:
        return f"exports/{self.organization_id}/{self.id}"

    @property
    def file(self) -> str:
        """The key of the file in the bucket."""
        return f"{self.folder}/{self.name}"

    @property
    def collected(self) -> str:
        """The key of the rows of a workbook, before they are one."""
        return f"{self.folder}/rows.jsonl"

    def rest(self, number: int) -> str:
        """The key of rows that were too few for a part when the time was up."""
        return f"{self.folder}/rest-{number}"

    @property
    def name(self) -> str:
        """What the file is called where it is saved."""
        return f"{self.wanted.kind}-{iso(self.created_at)[:10]}.{self.wanted.format}"

    @property
    def expires_at(self) -> int | None:
        return None if self.status != "completed" else (self.finished_at or 0) + KEPT_DAYS * DAY

    @property
    def delete_at(self) -> int:
        return self.created_at + LISTED_SECONDS


def shown(export: Export, now: int) -> tuple[ExportStatus, dict[str, Any] | None]:
    """What an export is to whoever looks at it, and the problem that it has."""
    if export.expires_at is not None and now >= export.expires_at:
        return "expired", None
    if export.status not in ENDED and now >= export.updated_at + LOST_AFTER:
        return "failed", problem_of(export, "lost")
    return export.status, export.problem


def problem_of(export: Export, cause: str) -> dict[str, Any]:
    return told(export, Problem("export_failed", {"cause": cause}))


def told(export: Export, problem: Problem) -> dict[str, Any]:
    """A problem in the language of the file."""
    return {"code": problem.code, "detail": problem.detail(export.wanted.language)}


def taken_up(export: Export, now: int) -> Export:
    """Somebody is at it from now on, whoever was before."""
    progress = export.progress
    if progress.tries >= MAX_TRIES:
        return failed(export, now, problem_of(export, "tries"))
    changes = {"tries": progress.tries + 1, "next_part": progress.next_part + 1}
    return _changed(export, now, status="running", progress=progress.model_copy(update=changes))


def gone_on(export: Export, now: int, progress: Progress) -> Export:
    return _changed(export, now, progress=progress.model_copy(update={"tries": 0}))


def begun_anew(export: Export, now: int) -> Export:
    """Nothing of what was sent is sure."""
    restarts = export.progress.restarts + 1
    if restarts > MAX_RESTARTS:
        return failed(export, now, problem_of(export, "parts"))
    return _changed(export, now, progress=Progress(restarts=restarts, next_part=export.progress.next_part))


def completed(export: Export, now: int, size: int) -> Export:
    return _changed(export, now, status="completed", bytes=size, finished_at=now)


def failed(export: Export, now: int, problem: dict[str, Any]) -> Export:
    return _changed(export, now, status="failed", problem=problem, finished_at=now)


def _changed(export: Export, now: int, **changes: Any) -> Export:
    return export.model_copy(update={"version": export.version + 1, "updated_at": now, **changes})


def export_id(now: int, random: str) -> str:
    """Begins with its time, so that those of a month are in their order. `random`: 12 hexadecimal digits."""
    return re.sub(r"[-:]|\+.*", "", iso(now)) + f"-{random}"


def is_export_id(text: str) -> bool:
    return re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{12}", text) is not None
