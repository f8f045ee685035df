"""An import of one file: its run from planning to the summary, and what is said of each row."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.domain.imports.entries import Entry, column_of
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import ImportOptions
from frontdesk.domain.problems import Problem
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Language, Phrase
from frontdesk.errors.formats import phrase

RunStatus = Literal["planning", "running", "completed", "refused", "failed"]
# Nothing more comes of a run in these.
ENDED: frozenset[RunStatus] = frozenset({"completed", "refused", "failed"})
Result = Literal["created", "updated", "unchanged", "skipped", "refused", "failed"]
RESULTS: tuple[Result, ...] = ("created", "updated", "unchanged", "skipped", "refused", "failed")
# A file is tried so often if rows of it can't be settled, within a quarter of a year; then it is put away.
MAX_TRIES = 7
TRIED_WITHIN = 92 * 86_400
_T = TypeVar("_T")
# Of the problems of a file so many are told in its summary, the most frequent first.
MAX_TOLD = 20


class Counts(BaseModel):
    """Rows by what became of them, and the errors of all rows by code."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    refused: int = 0
    failed: int = 0
    errors: dict[str, int] = Field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(getattr(self, name) for name in RESULTS)

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
    mapping: ImportMapping | None = None
    kind: str = "bookings"
    language: Language = "en"
    # What the file calls our columns, and how it was read: for whoever looks at the results.
    headers: dict[str, str] = Field(default_factory=dict)
    read: dict[str, Any] = Field(default_factory=dict)
    told: tuple[dict[str, Any], ...] = ()
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
    def marked(self) -> str:
        """The key of the file as it came, with what became of each row beside it."""
        return f"results/{self.organization_id}/{self.id}/{self.name}"

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


def mapping_name(name: str) -> str:
    """The name of the file beside another that says what its columns mean."""
    return f"{name}.mapping.json"


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
    return {name: start[name] for name in ("organization_id", "name", "dry_run", "since") if name in start}


def in_turn(by_owner: Mapping[str, Sequence[_T]]) -> Iterator[tuple[str, _T]]:
    """The first of each owner, then the second of each, and so on, each with its owner."""
    for number in range(max(map(len, by_owner.values()), default=0)):
        yield from ((owner, each[number]) for owner, each in by_owner.items() if number < len(each))


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
        "kind": run.kind,
        "read": run.read,
        "rows": run.rows,
        **{name: getattr(run.counts, name) for name in RESULTS},
        "errors": run.counts.errors,
        "problems": list(run.told),
        "problem": run.problem,
        "started_at": iso(run.started_at),
        "finished_at": None if run.finished_at is None else iso(run.finished_at),
        "duration_seconds": None if run.finished_at is None else run.finished_at - run.started_at,
    }


def problem_record(problem: Problem, language: Language = "en") -> dict[str, Any]:
    if "line" not in problem.meta:
        return {"code": problem.code, "detail": harmless(problem.detail(language))}
    line = problem.meta["line"]
    detail = phrase(Phrase("on_line", {"line": line, "detail": problem.detail(language)}), language)
    return {"code": problem.code, "detail": detail, "line": line}


class Wording(NamedTuple):
    """In which language results are written, and what the file calls our columns."""

    language: Language = "en"
    headers: Mapping[str, str] = {}

    @classmethod
    def of(cls, run: ImportRun) -> "Wording":
        return cls(run.language, run.headers)


# Of files whose columns are ours.
PLAIN = Wording()


def row_results(
    entry: Entry,
    result: Result,
    order_id: str | None = None,
    problems: Sequence[Problem] = (),
    wording: Wording = PLAIN,
    more: Mapping[str, Any] = {},
) -> list[dict[str, Any]]:
    """A result for each row of an order; in files with columns each row has the errors that are about it."""
    found: list[list[dict[str, Any]]] = [[] for _ in entry.lines]
    for line, code, at, detail in entry.problems:
        found[entry.lines.index(line)].append(_error(entry, code, at, detail, wording))
    for problem in problems:
        row, _ = column_of(problem.pointer, entry) if entry.columns else (0, None)
        for number in range(len(entry.lines)) if row is None else [row]:
            detail = problem.detail(wording.language)
            found[number].append(_error(entry, problem.code, problem.pointer, detail, wording))
    if result == "refused":
        named = [line for line, errors in zip(entry.lines, found, strict=True) if errors]
        other = Problem("order_refused", {"lines": named})
        for errors in found:
            if not errors:
                errors.append(_error(entry, other.code, None, other.detail(wording.language), wording))
    return [
        {
            "line": line,
            "external_id": None if external_id is None else harmless(external_id),
            "result": result,
            "order_id": order_id,
            "errors": errors,
            **more,
        }
        for line, external_id, errors in zip(entry.lines, entry.external_ids, found, strict=True)
    ]


class Tally:
    """What is told of the problems of all rows: the same one once, with how often and where it first is."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str | None, str], list[int]] = {}
        self._counts: Counter[tuple[str, str | None, str]] = Counter()

    def add(self, result: Mapping[str, Any]) -> None:
        for error in result["errors"]:
            key = (error["code"], error.get("column"), error["detail"])
            if key not in self._counts and len(self._counts) >= _MAX_DIFFERENT:
                continue
            self._counts[key] += 1
            lines = self._found.setdefault(key, [])
            if len(lines) < 5:
                lines.append(result["line"])

    @property
    def told(self) -> tuple[dict[str, Any], ...]:
        return tuple(
            {
                "count": count,
                "code": key[0],
                "column": key[1],
                "detail": key[2][:500],
                "lines": sorted(self._found[key]),
            }
            for key, count in self._counts.most_common(MAX_TOLD)
        )


_MAX_DIFFERENT = 50_000


def counts_of(results: Iterable[Mapping[str, Any]]) -> Counts:
    by_result: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for each in results:
        by_result[each["result"]] += 1
        errors.update(error["code"] for error in each["errors"])
    return Counts(**by_result, errors=dict(errors))


def _error(entry: Entry, code: str, at: str | None, detail: str, wording: Wording) -> dict[str, Any]:
    if not entry.columns:
        return {"code": code, "pointer": at, "detail": harmless(detail)}
    _, column = column_of(at, entry)
    named = column and wording.headers.get(column, column)
    return {"code": code, "column": named and harmless(named), "detail": harmless(detail)}


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not re.fullmatch(r"[+-]?\d+([.,]\d+)?", text):
        return f"'{text}"
    return text
