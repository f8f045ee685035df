"""Describes the operations of exports for the OpenAPI document."""

from frontdesk.api.answers.files.exports import ExportResource
from frontdesk.api.openapi.bodies import document_of, example_of_type
from frontdesk.api.openapi.contract import Answer, Operation
from frontdesk.domain.exports.request import TYPE, ExportConfig

_DOCUMENT = document_of("ExportDocument", TYPE, ExportConfig, has_id=False)

EXPORT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="list_exports", tag="Exports", summary="List exports, newest first",
        description="The list has no download links. Get a single export for its link.",
        answers={200: Answer(description="A page of the list.", content=[ExportResource])},
    ),
    Operation(
        name="create_export", tag="Exports", summary="Create an export",
        description="Makes the file in the background. Poll the export until its `status` is `completed`. An export of bookings, orders "
"or lines also requires the scope `orders:read`. An export of customers also requires `catalog:read`. The audit log records who requested "
"the export.",
        body=_DOCUMENT,
        example=example_of_type(
            TYPE, kind="lines", period={"start": "2030-04-01", "end": "2030-04-30"}, format="xlsx", language="en",
        ),
        answers={
            201: Answer(
                description="The export. With `Idempotency-Replayed`, an earlier request created it.",
                content=ExportResource, headers=("Location", "Idempotency-Replayed"),
            ),
        },
    ),
    Operation(
        name="read_export", tag="Exports", summary="Get an export, with a download link once it is completed",
        answers={200: Answer(description="The export.", content=ExportResource)},
    ),
)  # fmt: skip
