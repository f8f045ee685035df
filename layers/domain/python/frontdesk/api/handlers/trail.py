"""The operations of the trail: the history of an order, and the log of all other changes."""

from frontdesk.api.answers.documents import page_document
from frontdesk.api.answers.trail import history_resource, history_url, log_resource
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.handlers.moments import instants_of
from frontdesk.api.query import read_moment, read_query, text_of
from frontdesk.api.routes import AUDIT_LOG, BY_NAME
from frontdesk.usecases.trail import EntriesWanted, audit_log, order_history

_READERS = {
    "created_from": read_moment,
    "created_until": read_moment,
    "actor": text_of(128),
    "subject": text_of(128),
}


def include(api: Api) -> None:
    """Adds to `api` the calls of the trail."""

    @api.handles("read_history")
    def history(caller: Caller, order_id: str) -> Answer:
        asked = api.parameters
        query = read_query(BY_NAME["read_history"], asked)
        found = order_history(caller.context, order_id, api.world.store, api.world.trails)
        resources = [history_resource(id, entry, order_id, api.base_url) for id, entry in found.entries]
        url = history_url(order_id, api.base_url)
        return api.answer(200, page_document(resources, query, url, asked, capped=found.capped))

    @api.handles("list_audit_log")
    def log(caller: Caller) -> Answer:
        asked = api.parameters
        query = read_query(BY_NAME["list_audit_log"], asked, readers=_READERS)
        bounds = instants_of(api, caller.context, query.filters, asked)
        wanted = EntriesWanted(
            start=bounds.get("created_from"),
            end=bounds.get("created_until"),
            actor=query.filters.get("actor"),
            subject=query.filters.get("subject"),
        )
        found, more = audit_log(caller.context, wanted, api.world.trails)
        resources = [log_resource(id, entry, api.base_url) for id, entry in found]
        url = f"{api.base_url}{AUDIT_LOG}"
        return api.answer(200, page_document(resources, query, url, asked, capped=more))
