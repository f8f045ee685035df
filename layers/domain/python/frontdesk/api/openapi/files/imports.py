"""Describes the operations of imports for the OpenAPI document."""

from frontdesk.api.answers.imports import ImportResource, ImportResultsResource
from frontdesk.api.openapi.bodies import document_of, example_of_type
from frontdesk.api.openapi.contract import Answer, Operation
from frontdesk.domain.imports.uploads import UploadConfig

_IMPORT = document_of("ImportCreation", "imports", UploadConfig)

IMPORT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="list_imports", tag="Imports", summary="List imports, newest first",
        answers={200: Answer(description="A page of the list.", content=[ImportResource])},
    ),
    Operation(
        name="create_import", tag="Imports", summary="Announce an import, and get an upload address for its file",
        description=(
            "Upload the file to the address in `upload`. The import then starts automatically. Rows of customers, resources and "
"services also require the scope `catalog:write`, and prices in rows require `orders:price`."
        ),
        body=_IMPORT, example=example_of_type("imports", name="bookings.csv", size=1048, dry_run=True),
        answers={
            201: Answer(
                description="The import, waiting for its file. With `Idempotency-Replayed`, an earlier request announced it.",
                content=ImportResource, headers=("Location", "Idempotency-Replayed"),
            ),
        },
        refusals=(409,),
    ),
    Operation(
        name="read_import", tag="Imports",
        summary="Get an import, running or finished", answers={200: Answer(description="The import.", content=ImportResource)},
    ),
    Operation(
        name="read_import_results", tag="Imports", summary="Get the results of all rows",
        description=(
            "Returns download addresses. If you send the header `Accept: text/csv`, the call redirects to the CSV file itself. To get "
"a workbook, send `Accept: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`."
        ),
        answers={
            200: Answer(description="The download addresses of all available formats.", content=ImportResultsResource),
            303: Answer(description="A redirect to the file. The address in `Location` is valid for some minutes.", headers=("Location",)),
        },
        refusals=(409,),
    ),
    Operation(
        name="undo_import", tag="Imports", summary="Undo an import",
        description=(
            "Cancels the orders that the import created, including past ones, and archives the catalog items that it created. Orders "
"and items that were changed since then are left as they are. The undo runs in the background. The import's `undo` shows the "
"progress. Repeating the call has no further effect. Imports of the catalog also require the scope `catalog:write`."
        ),
        answers={202: Answer(description="The undo is in progress or finished.", content=ImportResource)}, refusals=(409,),
    ),
)  # fmt: skip
