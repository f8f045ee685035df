"""Imports as the API shows them: every run with its counts, also while it is at it."""

from itertools import islice

from frontdesk.api.app import Answer, Api
from frontdesk.api.documents import Json
from frontdesk.api.query import page_document, read_query
from frontdesk.api.routes import IMPORT, IMPORTS
from frontdesk.domain.imports.runs import ImportRun, is_run_id, summary_of
from frontdesk.domain.problems import FrontdeskError, Problem

# Of the newest runs; those before them are in the bucket.
_MAX_LISTED = 1000


def include(api: Api) -> None:
    """Adds the calls about imports."""

    @api.get(IMPORTS)
    def list_imports() -> Answer:
        asked = api.parameters
        caller = api.caller("imports:write", *asked)
        query = read_query(asked)
        runs = list(islice(api.world.runs.recent(caller.organization_id, api.clock), _MAX_LISTED + 1))
        resources = [import_resource(run, api.base_url) for run in runs[:_MAX_LISTED]]
        return api.answer(
            200,
            page_document(
                resources, query, f"{api.base_url}{IMPORTS}", asked, capped=len(runs) > _MAX_LISTED
            ),
        )

    @api.get(IMPORT)
    def read_import(import_id: str) -> Answer:
        caller = api.caller("imports:write")
        run = (
            api.world.runs.run(caller.organization_id, import_id, api.clock) if is_run_id(import_id) else None
        )
        if run is None:
            raise FrontdeskError(Problem("import_not_found"))
        resource = import_resource(run, api.base_url)
        return api.answer(200, {"data": resource, "links": resource["links"], "jsonapi": {"version": "1.1"}})


def import_resource(run: ImportRun, base_url: str) -> Json:
    """`processed` of `rows` have a result so far; the errors by code are told when it has ended."""
    summary = summary_of(run)
    attributes = {name: value for name, value in summary.items() if name != "id"} | {
        "processed": run.counts.rows,
        "results_key": run.results if run.finished_at else None,
    }
    return {
        "type": "imports",
        "id": run.id,
        "attributes": attributes,
        "links": {"self": f"{base_url}{IMPORTS}/{run.id}"},
    }
