"""Answers about imports: each run with its counts, even while it runs."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import Count, Id, Instant, SelfLink, instant
from frontdesk.api.routes import IMPORTS
from frontdesk.domain.imports.runs import ImportRun, RunStatus
from frontdesk.domain.time.intervals import iso


class ImportAttributes(TypedDict):
    """One import and its counts so far."""

    file: Annotated[str, Field(examples=["bookings.csv"])]
    status: Annotated[RunStatus, Field(examples=["completed"])]
    dry_run: bool
    rows: Annotated[Count, Field(examples=[3])]
    kind: Annotated[
        str,
        Field(
            description="What the rows are: `bookings`, `customers`, `resources` or `services`.",
            examples=["bookings"],
        ),
    ]
    created: Annotated[Count, Field(examples=[2])]
    updated: Annotated[
        Count, Field(description="Of customers, resources and services: changed as the row has it.")
    ]
    unchanged: Count
    skipped: Annotated[Count, Field(description="Of bookings: over, and left out as the mapping says.")]
    refused: Annotated[Count, Field(examples=[1])]
    failed: Count
    errors: Annotated[
        dict[str, int],
        Field(description="How many there are of each code.", examples=[{"slot_unavailable": 1}]),
    ]
    read: Annotated[
        dict[str, Any],
        Field(
            description="How the file was read: which column stands for what, what was ignored, encoding, sheet, preset.",
            examples=[{"columns": {"Raum": "resource"}, "ignored": ["Farbe"]}],
        ),
    ]
    problems: Annotated[
        list[dict[str, Any]],
        Field(
            description="What is wrong with the rows, each problem once, with how often and the first lines; the most frequent first.",
            examples=[
                [
                    {
                        "count": 412,
                        "code": "name_not_found",
                        "column": "Raum",
                        "detail": "Raum 'R1': …",
                        "lines": [2, 3],
                    }
                ]
            ],
        ),
    ]
    problem: Annotated[
        dict[str, Any] | None, Field(description="Why the file as a whole was refused, or failed.")
    ]
    started_at: Instant
    finished_at: Annotated[Instant | None, Field(examples=["2030-04-15T07:00:12+00:00"])]
    duration_seconds: Annotated[int | None, Field(examples=[12])]
    processed: Annotated[Count, Field(description="How many of the rows have a result so far.", examples=[3])]
    results_key: Annotated[
        str | None, Field(description="Where the results of all rows are, in the import bucket.")
    ]


class ImportResource(TypedDict):
    """An import of one file."""

    type: Literal["imports"]
    id: Id
    attributes: ImportAttributes
    links: SelfLink


def import_resource(run: ImportRun, base_url: str) -> ImportResource:
    """Answers a run. `processed` counts the rows with a result so far; errors by code are complete once it has ended."""
    return {
        "type": "imports",
        "id": run.id,
        "attributes": {
            "file": run.name,
            "status": run.status,
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
            "problems": list(run.told),
            "problem": run.problem,
            "started_at": iso(run.started_at),
            "finished_at": instant(run.finished_at),
            "duration_seconds": None if run.finished_at is None else run.finished_at - run.started_at,
            "processed": run.counts.rows,
            "results_key": run.results if run.finished_at else None,
        },
        "links": {"self": f"{base_url}{IMPORTS}/{run.id}"},
    }
