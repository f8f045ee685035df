"""The operations of imports: begin one, follow it, and undo it."""

from frontdesk.api.answers.documents import document, page_document
from frontdesk.api.answers.imports import import_resource, results_resource
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.negotiation import JSON_API, first_of
from frontdesk.api.query import read_query
from frontdesk.api.routes import BY_NAME, IMPORTS
from frontdesk.domain.imports.forms import MEDIA_TYPES
from frontdesk.domain.imports.runs import ImportRun, is_run_id
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.errors import Phrase
from frontdesk.usecases.imports.ending import newest_runs


def include(api: Api) -> None:
    """Adds to `api` the calls for imports."""

    def find(caller: Caller, import_id: str) -> ImportRun:
        run = api.world.runs.run(caller.context, import_id) if is_run_id(import_id) else None
        if run is None:
            raise FrontdeskError(Problem("import_not_found"))
        return run

    def shown(run: ImportRun, caller: Caller, status: int = 200, *, replayed: bool = False) -> Answer:
        from frontdesk.usecases.imports.upload import upload_link

        now, token = api.clock.now(), caller.token
        link = upload_link(run, token, api.world.links, now)
        resource = import_resource(run, api.base_url, now, link, shows_rows=run.shows_to(token))
        headers = {"Location": resource["links"]["self"]} if status == 201 else {}
        return api.answer(
            status, document(resource), headers | ({"Idempotency-Replayed": "true"} if replayed else {})
        )

    @api.handles("list_imports")
    def list_imports(caller: Caller) -> Answer:
        asked, now = api.parameters, api.clock.now()
        query = read_query(BY_NAME["list_imports"], asked)
        runs, more = newest_runs(caller.context, api.world.runs)
        token = caller.token
        resources = [import_resource(run, api.base_url, now, shows_rows=run.shows_to(token)) for run in runs]
        url = f"{api.base_url}{IMPORTS}"
        return api.answer(200, page_document(resources, query, url, asked, capped=more))

    @api.handles("create_import")
    def create(caller: Caller) -> Answer:
        # Imported here, because only beginning an import needs it.
        from frontdesk.domain.imports.uploads import SCOPES_OF_ROWS, TYPE, UploadDocument, read_upload
        from frontdesk.domain.requests.envelope import read_document
        from frontdesk.usecases.imports.upload import begin_import
        from frontdesk.usecases.once import once

        body, runs = api.body(), api.world.runs
        reading, asked = read_document(UploadDocument, TYPE, body), api.once(caller, body)
        may = tuple(filter(caller.token.allows, SCOPES_OF_ROWS))
        run, replayed = once(
            asked,
            caller.context,
            api.world.catalog,
            lambda: begin_import(caller.context, read_upload(reading), may, runs, asked),
            lambda id: find(caller, id),
        )
        return shown(run, caller, 201, replayed=replayed)

    @api.handles("read_import")
    def read(caller: Caller, import_id: str) -> Answer:
        return shown(find(caller, import_id), caller)

    @api.handles("read_import_results")
    def results(caller: Caller, import_id: str) -> Answer:
        run, now = find(caller, import_id), api.clock.now()
        if not run.shows_to(caller.token):
            reason = Phrase("without_scope", {"scope": run.content_scope})
            raise FrontdeskError(Problem("unauthorized", {"reason": reason}))
        if run.finished_at is None:
            raise FrontdeskError(Problem("import_not_ended"))
        accepted = first_of(api.accept, (JSON_API, *MEDIA_TYPES))
        links = {
            media_type: api.world.links.download(key, key.rpartition("/")[2], now)
            for media_type, key in run.result_files.items()
        }
        if accepted in MEDIA_TYPES:
            if accepted not in links:
                raise FrontdeskError(
                    Problem("not_acceptable", {"types": (JSON_API, *links)}, header="Accept")
                )
            return api.elsewhere(links[accepted].url)
        return api.answer(200, document(results_resource(run, links, api.base_url)))

    @api.handles("undo_import")
    def undo(caller: Caller, import_id: str) -> Answer:
        from frontdesk.usecases.imports.undo import begin_undo

        if not is_run_id(import_id):
            raise FrontdeskError(Problem("import_not_found"))
        world, allows = api.world, caller.token.allows
        run = begin_undo(caller.context, import_id, world.runs, world.executions, allows=allows)
        return shown(run, caller, 202)
