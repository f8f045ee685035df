"""The import of one file (a run): its states from planning to summary, and the results of its rows. Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from frontdesk.domain.catalog.access import Scope, Token
from frontdesk.domain.imports.entries import Entry, column_of
from frontdesk.domain.imports.forms import JSON_LINES, MEDIA_TYPES, TABLES
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import ImportOptions
from frontdesk.domain.imports.tally import Unmatched
from frontdesk.domain.imports.undo import Undo
from frontdesk.domain.problems import Problem
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Language, Phrase
from frontdesk.errors.formats import phrase

# "waiting": the file has not been uploaded yet.
RunStatus = Literal["waiting", "planning", "running", "completed", "refused", "failed"]
# States that never change again.
ENDED: frozenset[RunStatus] = frozenset({"completed", "refused", "failed"})
Result = Literal["created", "updated", "unchanged", "skipped", "refused", "failed"]
RESULTS: tuple[Result, ...] = ("created", "updated", "unchanged", "skipped", "refused", "failed")
# Limits for retrying a file with unfinished rows: the number of runs, and the seconds over which they are counted. After that, the file
# is archived.
MAX_TRIES = 7
TRIED_WITHIN = 92 * 86_400
_T = TypeVar("_T")
# Seconds after its announcement within which an upload may begin.
UPLOAD_WITHIN = 6 * 3_600


class Counts(BaseModel):
    """Numbers of rows by result, and of errors by code."""

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
        """The number of rows with a result."""
        return sum(getattr(self, name) for name in RESULTS)

    def __add__(self, other: "Counts") -> "Counts":
        sums = {name: getattr(self, name) + getattr(other, name) for name in RESULTS}
        return Counts(**sums, errors=dict(Counter(self.errors) + Counter(other.errors)))


class ImportRun(BaseModel):
    """The import of one file.

    `etag` is the version of the file, and `execution` the Step Functions execution that imports it. `upload` is the id of the run that
    announced the file: this run or, for a retry, the first. `size` is the announced size in bytes.

    `may` lists the import scopes of the caller who announced the file, and `maker_id` is the id of the caller's token. Both are None for a
    file put directly into the bucket.

    `language` is the language of the results. Planning sets it to `wanted_language` or, if that is None, to the organization's language.
    `forms` are the formats of the result tables.

    `content` and `sample` serve to detect the same rows in another file: `content` is a digest of all orders that have no external id, and
    `sample` has short digests of some of these orders (`pieces.sample_of`).
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
    wanted_language: Language | None = None
    # The file's names for columns, and how the file was read, for the people who look at the results.
    headers: dict[str, str] = Field(default_factory=dict)
    read: dict[str, Any] = Field(default_factory=dict)
    told: tuple[dict[str, Any], ...] = ()
    unmatched: dict[str, Unmatched] = Field(default_factory=dict)
    dry_run: bool | None = None
    again: bool = False
    rows: int = 0
    chunks: int = 0
    counts: Counts = Counts()
    problem: dict[str, Any] | None = None
    reported: bool = False
    upload: str | None = None
    size: int | None = None
    may: tuple[Scope, ...] | None = None
    maker_id: str | None = None
    content: str | None = None
    sample: tuple[int, ...] = ()
    forms: tuple[str, ...] = ()
    undo: Undo | None = None
    started_at: int
    finished_at: int | None = None

    @property
    def is_dry(self) -> bool:
        """Whether this is a dry run, which writes nothing. The request decides, or else the file's options."""
        return self.options.dry_run if self.dry_run is None else self.dry_run

    def has_booked(self, content: str) -> bool:
        """Whether the run imports, or has imported, rows with the digest `content`. False for a dry run, and after an undo."""
        if self.content != content or self.is_dry or (self.undo and self.undo.status == "completed"):
            return False
        return self.status not in ENDED or bool(self.counts.created + self.counts.unchanged)

    def allows(self, scope: Scope) -> bool:
        """Whether the file's rows may use this scope."""
        return self.may is None or scope in self.may

    def shows_to(self, token: Token) -> bool:
        """Whether a token may read the content of the rows: it created the import, or has `content_scope`."""
        return self.maker_id == token.id or token.allows(self.content_scope)

    @property
    def content_scope(self) -> Scope:
        """The scope that a token needs to read the content of the rows."""
        return "orders:read" if self.kind == "bookings" else "catalog:read"

    def is_uploaded_by(self, token: Token) -> bool:
        """Whether a token is allowed to upload the run's file: the token announced the file, or has all scopes in `self.may`."""
        return self.maker_id == token.id or all(map(token.allows, self.may or ()))

    def is_of_same_file(self, run: "ImportRun") -> bool:
        """Whether both runs import the same version of a file."""
        return (self.name, self.upload, self.etag) == (run.name, run.upload, run.etag)

    @property
    def ids(self) -> dict[str, str]:
        """The ids that identify the run in the input of each step."""
        return {"organization_id": self.organization_id, "run_id": self.id}

    @property
    def incoming(self) -> str:
        """The S3 key of the file before it is archived."""
        if self.upload:
            return upload_key(self.organization_id, self.upload, self.name)
        return incoming_key(self.organization_id, self.name)

    @property
    def archived(self) -> str:
        """The S3 key of the file after it is archived."""
        return f"archive/{self.organization_id}/{self.id}/{self.name}"

    @property
    def results(self) -> str:
        """The S3 key of the results, one JSON line for each row."""
        return f"results/{self.organization_id}/{self.id}/results.jsonl"

    def results_as(self, form: str) -> str:
        """Returns the S3 key of the table of results in the format `form`: csv or xlsx."""
        stem, _, ending = self.name.rpartition(".")
        name = self.name if TABLES.get(ending.lower()) == form else f"{stem}.{form}"
        return f"results/{self.organization_id}/{self.id}/{name}"

    @property
    def result_files(self) -> dict[str, str]:
        """The S3 keys of all existing result files, by media type. Empty if the run failed before its results were joined."""
        if self.status == "failed" and not self.forms:
            return {}
        found = {JSON_LINES: self.results}
        return found | {
            media_type: self.results_as(form)
            for media_type, form in MEDIA_TYPES.items()
            if form in self.forms
        }

    @property
    def summary(self) -> str:
        """The S3 key of the summary."""
        return f"results/{self.organization_id}/{self.id}/summary.json"

    @property
    def manifest(self) -> str:
        """The S3 key of the list of chunks."""
        return self.manifest_of(self.organization_id, self.id)

    @staticmethod
    def manifest_of(organization_id: str, run_id: str) -> str:
        """Returns the S3 key of a run's list of chunks."""
        return f"chunks/{organization_id}/{run_id}/manifest.json"

    def chunk(self, number: int) -> str:
        """Returns the S3 key of a chunk of orders."""
        return f"chunks/{self.organization_id}/{self.id}/{number:06}.jsonl"

    def chunk_results(self, number: int) -> str:
        """Returns the S3 key of the results of a chunk."""
        return f"chunks/{self.organization_id}/{self.id}/{number:06}.results.jsonl"


def incoming_key(organization_id: str, name: str) -> str:
    """Returns the S3 key of a file that is put directly into the bucket."""
    return f"incoming/{organization_id}/{name}"


def upload_key(organization_id: str, upload: str, name: str) -> str:
    """Returns the S3 key of the file uploaded for the run with the id `upload`."""
    return f"uploads/{organization_id}/{upload}/{name}"


class WaitingFile(NamedTuple):
    """A file to import. `upload` is the id of the import created for it, or None for a file in `incoming/`."""

    organization_id: str
    name: str
    upload: str | None = None

    @classmethod
    def of_key(cls, key: str) -> "WaitingFile | None":
        """Parses an S3 key. Returns None if it is not the key of a file to import."""
        place, _, rest = key.partition("/")
        owner, _, name = rest.partition("/")
        upload: str | None = None
        if place == "uploads":
            upload, _, name = name.partition("/")
        return cls(owner, name, upload) if owner and name and not name.endswith("/") else None


def options_name(name: str) -> str:
    """Returns the name of the file with the options for importing the file `name`."""
    return f"{name}.options.json"


def mapping_name(name: str) -> str:
    """Returns the name of the file with the mapping for `name`: `rooms.csv` → `rooms.csv.mapping.json`."""
    return f"{name}.mapping.json"


def wanted_file(start: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the file to import as {"organization_id": …, "name": …}. Without a name, all waiting files are imported.

    `start` is the execution's input: a request, an event about an uploaded file, or the schedule's input, which names no file.
    """
    key = (
        start.get("detail", {}).get("object", {}).get("key", "")
        if isinstance(start.get("detail"), Mapping)
        else ""
    )
    if found := WaitingFile.of_key(key):
        return {name: value for name, value in found._asdict().items() if value is not None}
    return {name: start[name] for name in ("organization_id", "name", "dry_run", "since") if name in start}


def in_turn(by_owner: Mapping[str, Sequence[_T]]) -> Iterator[tuple[str, _T]]:
    """Yields (owner, item): the first item of each owner, then the second of each, and so on."""
    for number in range(max(map(len, by_owner.values()), default=0)):
        yield from ((owner, each[number]) for owner, each in by_owner.items() if number < len(each))


def run_id(started_at: int, execution: str, organization_id: str, name: str, etag: str) -> str:
    """Returns an id that begins with the time. The same execution and version of a file always result in the same id."""
    digest = hashlib.sha256("\0".join([execution, organization_id, name, etag]).encode()).hexdigest()
    return f"{time_of_run(started_at)}-{digest[:12]}"


def time_of_run(started_at: int) -> str:
    """Returns the prefix of the ids of all runs that started at this time."""
    return re.sub(r"[-:]|\+.*", "", iso(started_at))


def is_run_id(text: str) -> bool:
    """Whether the text has the form of a run's id."""
    return re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{12}", text) is not None


def summary_of(run: ImportRun) -> dict[str, Any]:
    """Returns the content of `summary.json`."""
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
        "unmatched": run.unmatched,
        "problem": run.problem,
        "started_at": iso(run.started_at),
        "finished_at": None if run.finished_at is None else iso(run.finished_at),
        "duration_seconds": None if run.finished_at is None else run.finished_at - run.started_at,
    }


def problem_record(problem: Problem, language: Language = "en") -> dict[str, Any]:
    """Returns a file's problem for the summary: its code and text and, if known, the line and how each column was read."""
    known = {name: problem.meta[name] for name in ("line", "columns") if name in problem.meta}
    detail = problem.detail(language)
    if "line" not in known:
        return {"code": problem.code, "detail": harmless(detail), **known}
    detail = phrase(Phrase("on_line", {"line": known["line"], "detail": detail}), language)
    return {"code": problem.code, "detail": detail, **known}


class Wording(NamedTuple):
    """The language of the results, and the file's names for columns."""

    language: Language = "en"
    headers: Mapping[str, str] = {}

    @classmethod
    def of(cls, run: ImportRun) -> "Wording":
        """Returns the language and the column names for the results of a run."""
        return cls(run.language, run.headers)


# For files that use Frontdesk's own column names.
PLAIN = Wording()


def row_results(
    entry: Entry,
    result: Result,
    order_id: str | None = None,
    problems: Sequence[Problem] = (),
    wording: Wording = PLAIN,
    more: Mapping[str, Any] = {},
) -> list[dict[str, Any]]:
    """Returns the result of each row of an order.

    In a table, each row gets its own errors. In JSON Lines, the first row gets all `problems`.
    """
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
            **({"unmatched": unmatched} if unmatched else {}),
            **more,
        }
        for line, external_id, errors, unmatched in zip(
            entry.lines, entry.external_ids, found, entry.unmatched or ({},) * len(found), strict=True
        )
    ]


def counts_of(results: Iterable[Mapping[str, Any]]) -> Counts:
    """Counts results and their errors."""
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
    """Returns the text in a form that no spreadsheet takes for a formula."""
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not re.fullmatch(r"[+-]?\d+([.,]\d+)?", text):
        return f"'{text}"
    return text
