"""Parses a request to import a file, and decides whether an uploaded file may still be imported. Pure."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StringConstraints

from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.imports.headers.words import Kind
from frontdesk.domain.imports.mapping import ImportMapping, read_mapping
from frontdesk.domain.imports.options import BadFile, ImportOptions, options_of
from frontdesk.domain.imports.rows import form_of
from frontdesk.domain.imports.runs import ENDED, ImportRun
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.envelope import Document
from frontdesk.domain.requests.order import Characters, Reading, RequestModel
from frontdesk.domain.texts import plain_line
from frontdesk.errors import Invalid, Language, Phrase

# The most bytes of a file. The function's disk holds it twice, and its rows.
MAX_BYTES = 1_000_000_000
# Characters of a mapping, which is stored with its run. DynamoDB refuses items of more than 400 KiB.
MAX_MAPPING = 80_000
# An organization's imports that may wait for their file or be in progress. Four of them are worked on at a time.
MAX_OPEN = 100
TYPE = "imports"
# Scopes in addition to `imports:write` that rows may need: for prices, and for catalog items.
SCOPES_OF_ROWS: tuple[Scope, ...] = ("catalog:write", "orders:price")


def _file_name(name: str) -> str:
    if "/" in name or "\\" in name or name.startswith("."):
        raise Invalid("not_file_name")
    return name


FileName = Annotated[
    Characters,
    AfterValidator(plain_line),
    AfterValidator(_file_name),
    StringConstraints(strict=True, min_length=1, max_length=200),
]


class UploadConfig(RequestModel):
    """The file that a client announces (`size` is in bytes), and the options for its import."""

    name: FileName | None = None
    size: Annotated[StrictInt, Field(ge=1, le=MAX_BYTES)] | None = None
    kind: Kind | None = None
    dry_run: StrictBool | None = None
    again: StrictBool | None = None
    language: Language | None = None
    options: dict[str, Any] | None = None
    mapping: dict[str, Any] | None = None


class _Resource(RequestModel):
    attributes: UploadConfig | None = None


class UploadDocument(Document):
    """The JSON:API document that announces an import."""

    ATTRIBUTES = UploadConfig
    data: _Resource | None = None


class Upload(NamedTuple):
    """An announced file. `dry_run` overrides the option of that name.

    The rows of a file have a kind, for example "customers". If the client may not import this kind, the error
    has the JSON pointer `kind_at`. If the client sent `kind`, the pointer is "/data/attributes/kind".
    Otherwise, the pointer is "/data/attributes/mapping", because a mapping may contain the kind too.
    """

    name: str
    size: int
    dry_run: bool | None
    again: bool
    language: Language | None
    options: ImportOptions
    mapping: ImportMapping | None
    kind_at: str


def read_upload(reading: Reading[UploadDocument]) -> Upload:
    """Reads an announcement. Raises FrontdeskError 422 with every reason."""
    config = (reading.config.data and reading.config.data.attributes) or UploadConfig()
    problems = list(reading.problems)
    for field in ("name", "size"):
        at = pointer("data", "attributes", field)
        if getattr(config, field) is None and not any(problem.pointer == at for problem in problems):
            problems.append(Problem("invalid_value", {"reason": Phrase("missing")}, pointer=at))
    if config.name is not None:
        try:
            form_of(config.name)
        except BadFile as error:
            problems.append(error.problem._replace(pointer=pointer("data", "attributes", "name")))
    options = options_of(config.options or {})
    if not isinstance(options, ImportOptions):
        problems += [
            Problem(
                "invalid_value",
                {"reason": reason},
                pointer=pointer("data", "attributes", "options", *name.split(".")),
            )
            for name, reason in options
        ]
        options = ImportOptions()
    mapping: ImportMapping | None = None
    if config.mapping is not None:
        at = pointer("data", "attributes", "mapping")
        found = read_mapping(config.mapping)
        if not isinstance(found, list) and len(found.model_dump_json()) > MAX_MAPPING:
            problems.append(
                Problem(
                    "invalid_value",
                    {"reason": Phrase("too_many_characters", {"most": MAX_MAPPING})},
                    pointer=at,
                )
            )
        elif isinstance(found, list):
            problems += [Problem("invalid_value", {"reason": wrong}, pointer=at) for wrong in found]
        else:
            mapping = found
    if config.kind is not None:
        mapping = (mapping or ImportMapping()).model_copy(update={"kind": config.kind})
    if problems:
        raise FrontdeskError(*problems)
    assert config.name is not None
    assert config.size is not None
    again, kind_at = (
        config.again or False,
        pointer("data", "attributes", "kind" if config.kind else "mapping"),
    )
    return Upload(config.name, config.size, config.dry_run, again, config.language, options, mapping, kind_at)


def archive_key(run: ImportRun, etag: str) -> str:
    """Returns the S3 key for archiving a file that was uploaded to a run's upload address.

    If the file's `etag` is not the run's, the file gets a folder of its own.
    """
    return run.archived if run.etag == etag else f"archive/{run.organization_id}/{run.id}/{etag}/{run.name}"


def is_settled(etag: str, written_at: int, earlier: Sequence[ImportRun]) -> bool:
    """Whether to archive a waiting file without importing it. `earlier` has the earlier runs of the file's S3 key.

    A file may have been written to the bucket directly, without an upload address. Such a file is
    archived if its import was undone, unless the file was written again after the undo began.

    Each upload address is for one file. Once an import has read a file from the address, all other files that
    are uploaded to the address are archived. The file that was read is archived when its import has ended.
    But if the import failed, the file is imported again, unless the failed import has been undone.
    """
    undone = [run.undo for run in earlier if run.undo is not None and run.etag == etag]
    if not earlier or earlier[0].upload is None:
        return any(written_at <= undo.started_at for undo in undone)
    return (
        bool(undone)
        or not all(run.status not in ENDED or run.status == "failed" or _is_unread(run) for run in earlier)
        or not any(run.etag == etag or run.status not in ENDED or _is_unread(run) for run in earlier)
    )


def _is_unread(run: ImportRun) -> bool:
    """Whether another file replaced the run's file before the run read it."""
    return run.status == "refused" and (run.problem or {}).get("code") == "file_changed"
