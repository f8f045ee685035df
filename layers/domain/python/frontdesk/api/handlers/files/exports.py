"""The operations of exports: request one, list them, and read one, with a new link to download its file."""

from frontdesk.api.answers.documents import document, page_document
from frontdesk.api.answers.files.exports import export_resource
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.query import read_query
from frontdesk.api.routes import BY_NAME, EXPORTS
from frontdesk.domain.exports.export import Export
from frontdesk.domain.exports.request import TYPE, ExportDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.usecases.catalog import Office
from frontdesk.usecases.exports.ask import ask_for_export, asked_again, find_export, link_for, recent_exports
from frontdesk.usecases.once import once


def include(api: Api) -> None:
    """Adds to `api` the calls for exports."""

    @api.handles("list_exports")
    def list_exports(caller: Caller) -> Answer:
        asked, now = api.parameters, caller.context.clock.now()
        query = read_query(BY_NAME["list_exports"], asked)
        found, more = recent_exports(caller.context, api.world.exports)
        resources = [export_resource(each, api.base_url, now) for each in found]
        url = f"{api.base_url}{EXPORTS}"
        return api.answer(200, page_document(resources, query, url, asked, capped=more))

    @api.handles("create_export")
    def create(caller: Caller) -> Answer:
        body, world, context = api.body(), api.world, caller.context
        reading, asked = read_document(ExportDocument, TYPE, body), api.once(caller, body)
        office = Office(context, world.store, world.catalog)

        def make() -> Export:
            return ask_for_export(office, reading, caller.token, world.exports, world.export_queue, asked)

        def find(export_id: str) -> Export:
            return asked_again(context, export_id, world.exports, world.export_queue)

        made, replayed = once(asked, context, world.catalog, make, find)
        resource = export_resource(made, api.base_url, context.clock.now())
        headers = {"Location": resource["links"]["self"]}
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        return api.answer(201, document(resource), headers)

    @api.handles("read_export")
    def read(caller: Caller, export_id: str) -> Answer:
        query = read_query(BY_NAME["read_export"], api.parameters)
        found = find_export(caller.context, export_id, api.world.exports)
        now = caller.context.clock.now()
        link = link_for(found, caller.token, api.world.links, now)
        return api.answer(200, document(export_resource(found, api.base_url, now, link), query))
