"""Answers about exports: the request, the progress, and the link to download the file."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import Count, Instant, Made, SelfLink, instant
from frontdesk.api.routes import EXPORTS
from frontdesk.domain.exports.export import Export, ExportFormat, ExportKind, ExportStatus, shown
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Language


class ExportAttributes(TypedDict):
    """The request for an export, and its progress."""

    kind: Annotated[ExportKind, Field(examples=["lines"])]
    format: Annotated[ExportFormat, Field(examples=["xlsx"])]
    language: Annotated[Language, Field(description="The language of the header and, in CSV, of numbers.")]
    columns: Annotated[list[str], Field(examples=[["date", "number", "text", "gross"]])]
    timezone: Annotated[str, Field(examples=["Europe/Berlin"])]
    start_date: Annotated[
        Instant | None,
        Field(
            description="The start of the period; null for no limit.", examples=["2030-03-31T22:00:00+00:00"]
        ),
    ]
    end_date: Annotated[
        Instant | None,
        Field(
            description="The end of the period, exclusive; null for no limit.",
            examples=["2030-04-30T22:00:00+00:00"],
        ),
    ]
    filters: Annotated[
        dict[str, Any], Field(description="The filters of the request.", examples=[{"status": ["completed"]}])
    ]
    status: Annotated[
        ExportStatus,
        Field(
            description="The state. `expired`: the file was completed, and has been deleted since.",
            examples=["completed"],
        ),
    ]
    rows: Annotated[
        Count, Field(description="How many rows the file has so far, without the header.", examples=[412])
    ]
    file: Annotated[str, Field(description="The name of the file.", examples=["lines-2030-05-01.xlsx"])]
    bytes: Annotated[
        Count | None, Field(description="The size of the finished file, in bytes.", examples=[31_744])
    ]
    problem: Annotated[dict[str, Any] | None, Field(description="Why the export failed.")]
    download_url: Annotated[
        str | None,
        Field(
            description="The address of the file. It is valid for 15 minutes, without a token. Null in lists, before the export is "
            "`completed`, and for a token that may not read the content.",
            examples=["https://bucket.s3.eu-central-1.amazonaws.com/exports/…?X-Amz-Signature=…"],
        ),
    ]
    requested_by: Annotated[
        str | None,
        Field(description="The name of the token that requested the export.", examples=["Accounting"]),
    ]
    created_at: Made
    finished_at: Annotated[Instant | None, Field(examples=["2030-05-01T06:00:04+00:00"])]
    expires_at: Annotated[
        Instant | None, Field(description="When the file is deleted.", examples=["2030-05-08T06:00:04+00:00"])
    ]


class ExportResource(TypedDict):
    """An export into a file."""

    type: Literal["exports"]
    id: Annotated[str, Field(examples=["20300501T060000-0123456789ab"])]
    attributes: ExportAttributes
    links: SelfLink


def export_resource(export: Export, base_url: str, now: int, link: str | None = None) -> ExportResource:
    """Returns the JSON:API resource of an export. `link` is the download URL of its file."""
    wanted = export.wanted
    status, problem = shown(export, now)
    named = {
        "status": list(wanted.statuses), "customer": wanted.customer, "resource": wanted.resource,
        "service": wanted.service, "import": wanted.import_id, "archived": wanted.archived,
    }  # fmt: skip
    return {
        "type": "exports",
        "id": export.id,
        "attributes": {
            "kind": wanted.kind,
            "format": wanted.format,
            "language": wanted.language,
            "columns": list(wanted.columns),
            "timezone": wanted.timezone,
            "start_date": instant(wanted.start),
            "end_date": instant(wanted.end),
            "filters": {name: value for name, value in named.items() if value},
            "status": status,
            "rows": export.progress.rows,
            "file": export.name,
            "bytes": export.bytes,
            "problem": problem,
            "download_url": link,
            "requested_by": export.by,
            "created_at": iso(export.created_at),
            "finished_at": instant(export.finished_at),
            "expires_at": instant(export.expires_at),
        },
        "links": {"self": f"{base_url}{EXPORTS}/{export.id}"},
    }
