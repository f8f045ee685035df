"""Handles the API calls for the catalog. Described in `docs/api.md`, "The catalog".

All types share the same code, with three exceptions: creating an organization, creating a token, and revoking a
token. The module also handles `GET /user`, which shows the caller.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from frontdesk.api.answers.catalog import (
    AffectedMeta,
    CatalogResource,
    beside_resource,
    catalog_resource,
    revoked_document,
    user_resource,
    with_children,
)
from frontdesk.api.answers.documents import document, list_document
from frontdesk.api.app import Answer, Api, logger
from frontdesk.api.authentication import Caller
from frontdesk.api.bounds import page_that_fits
from frontdesk.api.negotiation import Json
from frontdesk.api.query import Query, is_on, read_query, text_of, texts_in
from frontdesk.api.routes import BY_NAME, CATALOG, catalog_routes
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem, Organization, Resource, Service
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.catalog import CHILDREN, TYPES, CatalogDocument, CatalogType
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.sizes import ReadingRoom
from frontdesk.usecases.catalog import (
    SORTS,
    ItemsWanted,
    Office,
    archive_item,
    change_item,
    create_item,
    find_item,
    find_items,
)
from frontdesk.usecases.closures import affected_by
from frontdesk.usecases.once import once
from frontdesk.usecases.orders.related import children_of_resources, read_related
from frontdesk.usecases.tokens import create_organization, create_token, revoke_token

# Filters that have another name in `ItemsWanted`.
_FIELDS = {"exclude_child_resources": "excludes_children", "email": "emails"}
_READERS = {
    "archived": is_on,
    "search": text_of(200),
    "email": texts_in(320),
    "exclude_child_resources": is_on,
    "external_id": text_of(255),
}


def include(api: Api) -> None:
    """Adds to `api` the calls for the catalog."""
    for name in CATALOG:
        _include(api, TYPES[name])

    @api.handles("read_user")
    def who_am_i(caller: Caller) -> Answer:
        query = read_query(BY_NAME["read_user"], api.parameters, included_in="users")
        # An operator's token belongs to no organization.
        named = [Key("organization", caller.organization_id)] if query.includes else []
        found = [item for item in office(api, caller).read(named).values() if item is not None]
        shown = (beside_resource(item, caller.token, api.base_url) for item in found)
        included = [resource for resource in shown if resource is not None]
        return api.answer(
            200, document(user_resource(caller.token, api.base_url), query, included), always_json_api=True
        )


def _include(api: Api, of: CatalogType) -> None:
    routes = catalog_routes(of.name)
    id, _ = CATALOG[of.name]

    def one(
        item: CatalogItem,
        caller: Caller,
        status: int = 200,
        query: Query | None = None,
        *,
        replayed: bool = False,
        **meta: Any,
    ) -> Answer:
        resource, *included = resources([item], caller, query)
        answer = document(resource, query or Query(), included) | ({"meta": meta} if meta else {})
        headers = {"ETag": _tag(item)} | ({"Location": resource["links"]["self"]} if status == 201 else {})
        headers |= {"Idempotency-Replayed": "true"} if replayed else {}
        return api.answer(status, answer, headers)

    def resources(
        items: Sequence[CatalogItem], caller: Caller, query: Query | None, room: ReadingRoom | None = None
    ) -> list[CatalogResource]:
        """Returns the items as resources, followed by the items that the query includes."""
        at, paths = office(api, caller), query.paths if query else ()
        children = children_of_resources(at.context, paths, at.store, api.world.lists)
        found = (
            read_related(at.context, items, paths, at.store, children=children, room=room) if paths else []
        )
        priced = "currency" in of.derived or any(isinstance(item, Service) for item in found)
        currency = at.organization().currency if priced else None
        shown = [catalog_resource(item, api.base_url, currency) for item in (*items, *found)]
        return with_children(shown, children)

    def matching() -> Callable[[CatalogItem], bool]:
        tags = api.if_match()
        return lambda item: tags is None or _tag(item) in tags

    @api.handles(routes["list"].name)
    def list_them(caller: Caller) -> Answer:
        asked = api.parameters
        query = read_query(routes["list"], asked, included_in=of.name, sorts=SORTS, readers=_READERS)
        wanted = ItemsWanted(**_named(query.filters), sorts=query.sorts, number=query.number, size=query.size)
        page = find_items(of, wanted, office(api, caller), api.world.lists)
        url = f"{api.base_url}{routes['list'].path}"

        def show(query: Query, found: Sequence[CatalogItem], asked: Mapping[str, str]) -> Json:
            shown = resources(found, caller, query, ReadingRoom())
            items, included = shown[: len(found)], shown[len(found) :]
            return list_document(items, page.total, query, url, asked, included, capped=page.capped)

        return api.answer(200, page_that_fits(query, page.found, asked, show, page.read))

    @api.handles(routes["create"].name)
    def create(caller: Caller) -> Answer:
        body, at = api.body(), office(api, caller)
        reading, asked = read_document(CatalogDocument, of.name, body), api.once(caller, body)

        def make() -> tuple[CatalogItem, str | None]:
            if of.model is Organization:
                organization, text = create_organization(reading, caller.token, at, asked)
                logger.info("organization created", made_id=organization.id)
                return organization, text
            if of.model is Token:
                return create_token(reading, caller.token, at, asked)
            return create_item(of, reading, at, asked), None

        (item, text), replayed = once(
            asked, at.context, at.catalog, make, lambda id: (find_item(of, id, at), None)
        )
        if text is not None:
            return one(item, caller, 201, token=text)
        return one(item, caller, 201, replayed=replayed)

    @api.handles(routes["read"].name)
    def read(caller: Caller, **named: str) -> Answer:
        query = read_query(routes["read"], api.parameters, included_in=of.name)
        return one(find_item(of, named[id], office(api, caller)), caller, query=query)

    if "change" in routes:

        @api.handles(routes["change"].name)
        def change(caller: Caller, **named: str) -> Answer:
            reading = read_document(CatalogDocument, of.name, api.body(), named[id])
            at = office(api, caller)

            def children() -> Sequence[str]:
                of_all = children_of_resources(at.context, [(CHILDREN,)], at.store, api.world.lists)
                return (of_all or {}).get(named[id], ())

            seen, item = change_item(of, named[id], reading, at, matching(), children)
            if not isinstance(item, Resource | Organization):
                return one(item, caller)
            affected = affected_by(seen, item, at, api.world.lists)
            meta: AffectedMeta = {
                "affected": [{"type": "bookings", "id": id} for id in affected.booking_ids],
                "capped": affected.capped,
            }
            return one(item, caller, **meta)

    if "delete" in routes:

        @api.handles(routes["delete"].name)
        def delete(caller: Caller, **named: str) -> Answer:
            at = office(api, caller)
            if of.model is not Token:
                archive_item(of, named[id], at, matching())
                return api.nothing()
            cascade = api.flag("cascade")
            ended = revoke_token(named[id], caller.token, at, api.world.webhooks, cascade=cascade)
            if ended.is_all:
                return api.nothing()
            return api.answer(200, revoked_document(ended.revoked, ended.children, ended.switched_off))


def office(api: Api, caller: Caller) -> Office:
    """Returns the arguments that catalog use cases share: the caller's context, and the ports."""
    reads_orders = caller.token.allows("orders:read")
    return Office(caller.context, api.world.store, api.world.catalog, reads_orders)


def _tag(item: CatalogItem) -> str:
    return f'"{item.version}"'


def _ids(named: frozenset[str] | str | None) -> Iterable[str]:
    return [named] if isinstance(named, str) else sorted(named or ())


def _named(filters: Mapping[str, Any]) -> dict[str, Any]:
    return {_FIELDS.get(name, name): value for name, value in filters.items()}
