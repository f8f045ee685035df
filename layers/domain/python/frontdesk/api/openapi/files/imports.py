"""Describes the operations of imports for the OpenAPI document."""

from frontdesk.api.answers.imports import ImportResource, ImportResultsResource
from frontdesk.api.openapi.bodies import document_of, example_of_type
from frontdesk.api.openapi.contract import Answer, Operation
from frontdesk.domain.imports.uploads import UploadConfig

_IMPORT = document_of("ImportCreation", "imports", UploadConfig)

IMPORT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="list_imports", tag="Imports", summary="List imports, newest first",
        answers={200: Answer(description="A page.", content=[ImportResource])},
    ),
    Operation(
        name="create_import", tag="Imports", summary="Begin an import, and get an upload address for its file",
        description=(
            "It starts by itself as soon as the file is there: see `upload`. Rows of customers, resources and services also need"
            " the scope `catalog:write`, and prices in rows `orders:price`."
        ),
        body=_IMPORT, example=example_of_type("imports", name="bookings.csv", size=1048, dry_run=True),
        answers={
            201: Answer(
                description="It waits for its file; or, with `Idempotency-Replayed`, it was begun before.",
                content=ImportResource, headers=("Location", "Idempotency-Replayed"),
            ),
        },
        refusals=(409,),
    ),
    Operation(
        name="read_import", tag="Imports",
        summary="Get an import, finished or running", answers={200: Answer(description="The import.", content=ImportResource)},
    ),
    Operation(
        name="read_import_results", tag="Imports", summary="Get the results of all rows",
        description=(
            "With `Accept: text/csv`, or that of a workbook (`application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`),"
            " you are sent to the file itself."
        ),
        answers={
            200: Answer(description="All forms that there are.", content=ImportResultsResource),
            303: Answer(description="The file is at `Location`, for some minutes.", headers=("Location",)),
        },
        refusals=(409,),
    ),
    Operation(
        name="undo_import", tag="Imports", summary="Undo an import",
        description=(
            "Orders are canceled, past ones too, and what it has made of the catalog is archived: but for what somebody has"
            " changed since. Goes on by itself; see `undo`. Asked twice, it answers the same."
        ),
        answers={202: Answer(description="It is on its way, or done.", content=ImportResource)}, refusals=(409,),
    ),
)  # fmt: skip
