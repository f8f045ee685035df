"""Imports: every run with its counts, even while it runs."""

from itertools import islice

from frontdesk.api.answers.documents import document, page_document
from frontdesk.api.answers.imports import import_resource
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.query import read_query
from frontdesk.api.routes import BY_NAME, IMPORTS
from frontdesk.domain.imports.runs import is_run_id
from frontdesk.domain.problems import FrontdeskError, Problem

# Only the newest runs are listed. Earlier ones are in the bucket.
_MAX_LISTED = 1000


def include(api: Api) -> None:
    """Adds the operations about imports to a function."""

    @api.handles("list_imports")
    def list_imports(caller: Caller) -> Answer:
        asked = api.parameters
        query = read_query(BY_NAME["list_imports"], asked)
        runs = list(islice(api.world.runs.recent(caller.context), _MAX_LISTED + 1))
        resources = [import_resource(run, api.base_url) for run in runs[:_MAX_LISTED]]
        return api.answer(
            200,
            page_document(
                resources, query, f"{api.base_url}{IMPORTS}", asked, capped=len(runs) > _MAX_LISTED
            ),
        )

    @api.handles("read_import")
    def read_import(caller: Caller, import_id: str) -> Answer:
        run = api.world.runs.run(caller.context, import_id) if is_run_id(import_id) else None
        if run is None:
            raise FrontdeskError(Problem("import_not_found"))
        return api.answer(200, document(import_resource(run, api.base_url)))
