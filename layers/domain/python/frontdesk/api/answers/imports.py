"""Answers about imports. The counts of an import grow while it runs."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import Count, Id, Instant, SelfLink, instant
from frontdesk.api.routes import IMPORTS
from frontdesk.domain.imports.runs import UPLOAD_WITHIN, ImportRun, RunStatus
from frontdesk.domain.imports.tally import Unmatched
from frontdesk.domain.imports.undo import Left, Undo
from frontdesk.domain.time.intervals import iso
from frontdesk.usecases.ports import Link

ShownRunStatus = RunStatus | Literal["expired"]


class UploadTarget(TypedDict):
    """Where to upload the file of an import. Send exactly this method and these headers."""

    method: Literal["PUT"]
    url: Annotated[str, Field(examples=["https://imports.s3.eu-central-1.amazonaws.com/uploads/…"])]
    headers: Annotated[dict[str, str], Field(examples=[{"Content-Length": "1048"}])]
    expires_at: Annotated[Instant, Field(examples=["2030-04-15T08:00:00+00:00"])]


class LeftAlone(TypedDict):
    """An order or catalog item that an undo did not change, with the reason."""

    id: Id
    reason: Annotated[Left, Field(examples=["changed"])]


class ShownUndo(TypedDict):
    """The progress of an undo: `done` of `total` orders or catalog items have been examined."""

    status: Literal["running", "completed"]
    total: Annotated[int | None, Field(examples=[2])]
    done: Count
    undone: Annotated[Count, Field(description="How many orders were canceled, or catalog items archived.")]
    left: Annotated[
        dict[str, int],
        Field(
            description="How many items were left unchanged, by reason: `changed` since the import, `ended_before` (canceled or "
            "expired), `gone`, `in_use` (has bookings), `updated` (existed before the import).",
            examples=[{"changed": 1}],
        ),
    ]
    left_items: Annotated[
        list[LeftAlone],
        Field(
            description="The first items that were left unchanged, except those with the reason `ended_before`."
        ),
    ]
    started_at: Instant
    finished_at: Annotated[Instant | None, Field(examples=["2030-04-16T07:00:12+00:00"])]


ImportId = Annotated[str, Field(examples=["20300415T030000-0123456789ab"])]


class ImportAttributes(TypedDict):
    """One import with its counts so far."""

    file: Annotated[str, Field(description="The name of the file.", examples=["bookings.csv"])]
    name: Annotated[str, Field(description="The name of the file, like `file`.", examples=["bookings.csv"])]
    status: Annotated[
        ShownRunStatus,
        Field(
            description="The state. `waiting`: the file has not been uploaded. `expired`: the file was not uploaded in time.",
            examples=["completed"],
        ),
    ]
    dry_run: Annotated[bool, Field(description="Whether the import only reports, and writes nothing.")]
    rows: Annotated[Count, Field(description="How many rows the file has.", examples=[3])]
    kind: Annotated[
        str,
        Field(
            description="The kind of the rows: `bookings`, `customers`, `resources` or `services`.",
            examples=["bookings"],
        ),
    ]
    created: Annotated[Count, Field(description="How many rows created something.", examples=[2])]
    updated: Annotated[
        Count, Field(description="How many rows changed an existing customer, resource or service.")
    ]
    unchanged: Annotated[Count, Field(description="How many rows changed nothing.")]
    skipped: Annotated[
        Count, Field(description="How many rows of past bookings were left out, as the mapping specifies.")
    ]
    refused: Annotated[Count, Field(description="How many rows were refused.", examples=[1])]
    failed: Annotated[Count, Field(description="How many rows could not be processed.")]
    errors: Annotated[
        dict[str, int],
        Field(description="The number of errors, by code.", examples=[{"name_not_found": 1}]),
    ]
    read: Annotated[
        dict[str, Any],
        Field(
            description="How the file was read: the meaning of its columns, ignored columns, encoding, sheet and preset.",
            examples=[{"columns": {"Raum": "resource"}, "ignored": ["Farbe"]}],
        ),
    ]
    problems: Annotated[
        list[dict[str, Any]],
        Field(
            description="The problems of rows, the most frequent first. Equal problems are listed once, with their count and first lines.",
            examples=[
                [
                    {
                        "count": 1,
                        "code": "name_not_found",
                        "column": "Raum",
                        "detail": "Raum 'R1': …",
                        "lines": [3],
                    }
                ]
            ],
        ),
    ]
    unmatched: Annotated[
        dict[str, Unmatched],
        Field(
            description="For bookings: the most frequent cells that match nothing. The keys are Frontdesk's column names. `values` in "
            "the mapping can translate the cells. `more` is the number of other such cells.",
            examples=[{"resource": {"cells": ["R1"], "more": 0}}],
        ),
    ]
    problem: Annotated[
        dict[str, Any] | None,
        Field(
            description="Why the whole file was refused, or failed. `columns` has the meaning of each column; null means that it is "
            "ignored."
        ),
    ]
    started_at: Instant
    finished_at: Annotated[Instant | None, Field(examples=["2030-04-15T07:00:12+00:00"])]
    duration_seconds: Annotated[int | None, Field(examples=[12])]
    processed: Annotated[Count, Field(description="How many rows have a result so far.", examples=[3])]
    results_key: Annotated[
        str | None, Field(description="The key of the results in the import bucket, in JSON Lines.")
    ]
    upload: Annotated[
        UploadTarget | None,
        Field(description="Where to upload the file. Null in lists, and once the import has its file."),
    ]
    undo: Annotated[ShownUndo | None, Field(description="The progress of the undo, if one was requested.")]


class ImportResource(TypedDict):
    """An import of one file."""

    type: Literal["imports"]
    id: ImportId
    attributes: ImportAttributes
    links: SelfLink


class ResultFile(TypedDict):
    """A file of results with a signed link."""

    media_type: Annotated[str, Field(examples=["text/csv"])]
    name: Annotated[str, Field(examples=["bookings.csv"])]
    url: Annotated[str, Field(examples=["https://imports.s3.eu-central-1.amazonaws.com/results/…"])]
    expires_at: Annotated[Instant, Field(examples=["2030-04-15T08:00:00+00:00"])]


class ResultsAttributes(TypedDict):
    """The results of an import, in each available format."""

    status: Annotated[RunStatus, Field(examples=["completed"])]
    rows: Annotated[Count, Field(examples=[3])]
    files: Annotated[
        list[ResultFile],
        Field(
            description="The files with the results of all rows, one for each format. Each answer has new addresses."
        ),
    ]


class ImportResultsResource(TypedDict):
    """Where to download the results of an import."""

    type: Literal["import-results"]
    id: ImportId
    attributes: ResultsAttributes
    links: SelfLink


def results_resource(run: ImportRun, links: Mapping[str, Link], base_url: str) -> ImportResultsResource:
    """Returns the JSON:API resource with the download links of a run's results. `links` has one for each media type."""
    files: list[ResultFile] = [
        {
            "media_type": media_type,
            "name": run.result_files[media_type].rpartition("/")[2],
            "url": link.url,
            "expires_at": iso(link.expires_at),
        }
        for media_type, link in links.items()
    ]
    return {
        "type": "import-results",
        "id": run.id,
        "attributes": {"status": run.status, "rows": run.rows, "files": files},
        "links": {"self": f"{base_url}{IMPORTS}/{run.id}/results"},
    }


def import_resource(
    run: ImportRun, base_url: str, now: int, upload: Link | None = None, *, shows_rows: bool
) -> ImportResource:
    """Returns the JSON:API resource of a run. Its counts are complete once the run has ended.

    `upload` is the link to upload the file. Without `shows_rows`, leaves out everything that quotes rows of the file.
    """
    expired = run.status == "waiting" and now >= run.started_at + UPLOAD_WITHIN
    return {
        "type": "imports",
        "id": run.id,
        "attributes": {
            "file": run.name,
            "name": run.name,
            "status": "expired" if expired else run.status,
            "dry_run": run.is_dry,
            "rows": run.rows,
            "kind": run.kind,
            "created": run.counts.created,
            "updated": run.counts.updated,
            "unchanged": run.counts.unchanged,
            "skipped": run.counts.skipped,
            "refused": run.counts.refused,
            "failed": run.counts.failed,
            "errors": run.counts.errors,
            "read": run.read,
            "problems": list(run.told) if shows_rows else [],
            "unmatched": run.unmatched if shows_rows else {},
            "problem": run.problem,
            "started_at": iso(run.started_at),
            "finished_at": instant(run.finished_at),
            "duration_seconds": None if run.finished_at is None else run.finished_at - run.started_at,
            "processed": run.counts.rows,
            "results_key": run.results if run.finished_at and run.result_files else None,
            "upload": None if upload is None or expired else _target(run, upload),
            "undo": None if run.undo is None else _shown_undo(run.undo),
        },
        "links": {"self": f"{base_url}{IMPORTS}/{run.id}"},
    }


def _target(run: ImportRun, link: Link) -> UploadTarget:
    return {
        "method": "PUT",
        "url": link.url,
        "headers": {"Content-Length": str(run.size)},
        "expires_at": iso(link.expires_at),
    }


def _shown_undo(undo: Undo) -> ShownUndo:
    return {
        "status": undo.status,
        "total": undo.total,
        "done": undo.done,
        "undone": undo.undone,
        "left": {str(reason): count for reason, count in undo.left.items()},
        "left_items": [{"id": id, "reason": reason} for id, reason in undo.named],
        "started_at": iso(undo.started_at),
        "finished_at": instant(undo.finished_at),
    }
