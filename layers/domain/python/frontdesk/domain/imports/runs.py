"""An import of one file: its run from planning to the summary, and what is said of each row."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.domain.imports.entries import Entry, column_of
from frontdesk.domain.imports.options import ImportOptions
from frontdesk.domain.problems import Problem
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Phrase
from frontdesk.errors.formats import phrase

RunStatus = Literal["planning", "running", "completed", "refused", "failed"]
# Nothing more comes of a run in these.
ENDED: frozenset[RunStatus] = frozenset({"completed", "refused", "failed"})
Result = Literal["created", "unchanged", "refused", "failed"]
RESULTS: tuple[Result, ...] = ("created", "unchanged", "refused", "failed")


class Counts(BaseModel):
    """Rows by what became of them, and the errors of all rows by code."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    created: int = 0
    unchanged: int = 0
    refused: int = 0
    failed: int = 0
    errors: dict[str, int] = Field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.created + self.unchanged + self.refused + self.failed

    def __add__(self, other: "Counts") -> "Counts":
        sums = {name: getattr(self, name) + getattr(other, name) for name in RESULTS}
        return Counts(**sums, errors=dict(Counter(self.errors) + Counter(other.errors)))


class ImportRun(BaseModel):
    """One file on its way through an import. A dry run says what would become of each row, and writes nothing.

    `etag` names the version of the file that is imported, `execution` whoever is at it. `counts` grow while it runs.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    id: str
    organization_id: str
    name: str
    etag: str
    execution: str
    status: RunStatus = "planning"
    version: int = 1
    options: ImportOptions = ImportOptions()
    dry_run: bool | None = None
    rows: int = 0
    chunks: int = 0
    counts: Counts = Counts()
    problem: dict[str, Any] | None = None
    reported: bool = False
    started_at: int
    finished_at: int | None = None

    @property
    def is_dry(self) -> bool:
        return self.options.dry_run if self.dry_run is None else self.dry_run

    @property
    def ids(self) -> dict[str, str]:
        """As the steps of an import name it to each other."""
        return {"organization_id": self.organization_id, "run_id": self.id}

    @property
    def incoming(self) -> str:
        """The key of the file in the import bucket, until it is archived."""
        return incoming_key(self.organization_id, self.name)

    @property
    def archived(self) -> str:
        return f"archive/{self.organization_id}/{self.id}/{self.name}"

    @property
    def results(self) -> str:
        return f"results/{self.organization_id}/{self.id}/results.jsonl"

    @property
    def summary(self) -> str:
        return f"results/{self.organization_id}/{self.id}/summary.json"

    @property
    def manifest(self) -> str:
        return self.manifest_of(self.organization_id, self.id)

    @staticmethod
    def manifest_of(organization_id: str, run_id: str) -> str:
        """The key of the list of a run's chunks."""
        return f"chunks/{organization_id}/{run_id}/manifest.json"

    def chunk(self, number: int) -> str:
        return f"chunks/{self.organization_id}/{self.id}/{number:06}.jsonl"

    def chunk_results(self, number: int) -> str:
        return f"chunks/{self.organization_id}/{self.id}/{number:06}.results.jsonl"


def incoming_key(organization_id: str, name: str) -> str:
    return f"incoming/{organization_id}/{name}"


def options_name(name: str) -> str:
    """The name of the file beside another that has its options."""
    return f"{name}.options.json"


def wanted_file(start: Mapping[str, Any]) -> dict[str, Any]:
    """Which file an import is for, by what started it: a person who names it, an upload (EventBridge), or the schedule (any)."""
    key = (
        start.get("detail", {}).get("object", {}).get("key", "")
        if isinstance(start.get("detail"), Mapping)
        else ""
    )
    if key.count("/") > 1:
        _, organization_id, name = key.split("/", 2)
        return {"organization_id": organization_id, "name": name}
    return {name: start[name] for name in ("organization_id", "name", "dry_run", "after") if name in start}


def run_id(started_at: int, execution: str, organization_id: str, name: str, etag: str) -> str:
    """The same for everything that one execution does with one version of a file; begins with its time."""
    digest = hashlib.sha256("\0".join([execution, organization_id, name, etag]).encode()).hexdigest()
    return re.sub(r"[-:]|\+.*", "", iso(started_at)) + f"-{digest[:12]}"


def is_run_id(text: str) -> bool:
    return re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{12}", text) is not None


def summary_of(run: ImportRun) -> dict[str, Any]:
    """What `summary.json` says."""
    return {
        "id": run.id,
        "file": run.name,
        "status": run.status,
        "dry_run": run.is_dry,
        "rows": run.rows,
        **{name: getattr(run.counts, name) for name in RESULTS},
        "errors": run.counts.errors,
        "problem": run.problem,
        "started_at": iso(run.started_at),
        "finished_at": None if run.finished_at is None else iso(run.finished_at),
        "duration_seconds": None if run.finished_at is None else run.finished_at - run.started_at,
    }


def problem_record(problem: Problem) -> dict[str, Any]:
    if "line" not in problem.meta:
        return {"code": problem.code, "detail": _harmless(problem.detail())}
    line = problem.meta["line"]
    detail = phrase(Phrase("on_line", {"line": line, "detail": problem.detail()}), "en")
    return {"code": problem.code, "detail": detail, "line": line}


def row_results(
    entry: Entry, result: Result, order_id: str | None = None, problems: Sequence[Problem] = ()
) -> list[dict[str, Any]]:
    """A result for each row of an order; in files with columns each row has the errors that are about it."""
    found: list[list[dict[str, Any]]] = [[] for _ in entry.lines]
    for line, code, at, detail in entry.problems:
        found[entry.lines.index(line)].append(_error(entry, code, at, detail))
    for problem in problems:
        row, _ = column_of(problem.pointer, entry) if entry.columns else (0, None)
        for number in range(len(entry.lines)) if row is None else [row]:
            found[number].append(_error(entry, problem.code, problem.pointer, problem.detail()))
    if result == "refused":
        named = [line for line, errors in zip(entry.lines, found, strict=True) if errors]
        other = Problem("order_refused", {"lines": named})
        for errors in found:
            if not errors:
                errors.append(_error(entry, other.code, None, other.detail()))
    return [
        {
            "line": line,
            "external_id": None if external_id is None else _harmless(external_id),
            "result": result,
            "order_id": order_id,
            "errors": errors,
        }
        for line, external_id, errors in zip(entry.lines, entry.external_ids, found, strict=True)
    ]


def counts_of(results: Iterable[Mapping[str, Any]]) -> Counts:
    by_result: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for each in results:
        by_result[each["result"]] += 1
        errors.update(error["code"] for error in each["errors"])
    return Counts(**by_result, errors=dict(errors))


def _error(entry: Entry, code: str, at: str | None, detail: str) -> dict[str, Any]:
    if not entry.columns:
        return {"code": code, "pointer": at, "detail": _harmless(detail)}
    _, column = column_of(at, entry)
    return {"code": code, "column": column and _harmless(column), "detail": _harmless(detail)}


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not re.fullmatch(r"[+-]?\d+([.,]\d+)?", text):
        return f"'{text}"
    return text
