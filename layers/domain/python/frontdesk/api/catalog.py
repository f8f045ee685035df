"""The catalog as the API shows it: the same calls for every type, tokens and organizations, and who one is. Source: shared conventions."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from frontdesk.api.app import Answer, Api, logger
from frontdesk.api.authentication import Caller
from frontdesk.api.documents import Json, identifier
from frontdesk.api.query import Query, document, is_on, list_document, read_query, text_of
from frontdesk.api.routes import CATALOG, USER
from frontdesk.domain.catalog.access import Scope, Token
from frontdesk.domain.catalog.items import CatalogItem, Organization, Resource
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument, CatalogType, attributes_of, type_of
from frontdesk.domain.requests.order import read_as
from frontdesk.usecases.catalog import (
    SORTS,
    ItemsWanted,
    Office,
    archive_item,
    change_item,
    create_item,
    create_organization,
    create_token,
    find_item,
    find_items,
    revoke_token,
)
from frontdesk.usecases.closures import affected_by

_FILTERS = {"archived": is_on, "search": text_of(200)}


def include(api: Api) -> None:
    """Adds the calls of the catalog to a function's."""
    for name in CATALOG:
        _include(api, TYPES[name])

    @api.get(USER)
    def who_am_i() -> Answer:
        asked = api.parameters
        caller = api.caller(None, *asked)
        query = read_query(asked, includes=("active_organization",), paged=False)
        included = (
            [catalog_resource(office(api, caller).organization(), api.base_url)] if query.includes else []
        )
        return api.answer(
            200, document(user_resource(caller.token, api.base_url), query, included), always_json_api=True
        )


def _include(api: Api, of: CatalogType) -> None:
    id, methods = CATALOG[of.name]
    path = f"/api/v1/{of.name}"
    reads: Scope = "tokens:write" if of.model is Token else "catalog:read"
    writes: Scope = "tokens:write" if of.model is Token else "catalog:write"
    includes = [name for name, _ in of.related.values()]
    filters = {**_FILTERS, **({"email": text_of(320)} if of.kind == "customer" else {})}

    def one(
        item: CatalogItem, caller: Caller, status: int = 200, query: Query | None = None, **meta: Any
    ) -> Answer:
        resource, *included = resources([item], caller, query)
        answer = document(resource, query or Query(), included) | ({"meta": meta} if meta else {})
        headers = {"ETag": _tag(item)} | ({"Location": resource["links"]["self"]} if status == 201 else {})
        return api.answer(status, answer, headers)

    def resources(items: Sequence[CatalogItem], caller: Caller, query: Query | None) -> list[Json]:
        """Of the items, and after them of what is included."""
        named: dict[Key, None] = {}
        for (relationship,) in query.includes if query else ():
            field, kind = next(
                (field, kind) for field, (name, kind) in of.related.items() if name == relationship
            )
            named |= dict.fromkeys(Key(kind, id) for item in items for id in _ids(getattr(item, field)))
        needs_currency = "currency" in of.derived or any(key.kind == "service" for key in named)
        known = office(api, caller).read(
            [*named, *([Key("organization", caller.organization_id)] if needs_currency else [])]
        )
        currency = next((item.currency for item in known.values() if isinstance(item, Organization)), None)
        found = [known[key] for key in named if known[key] is not None]
        return [catalog_resource(item, api.base_url, currency) for item in [*items, *found]]

    def matching() -> Callable[[CatalogItem], bool]:
        tags = api.if_match()
        return lambda item: tags is None or _tag(item) in tags

    @api.get(path)
    def list_them() -> Answer:
        asked = api.parameters
        caller = api.caller(reads, *asked)
        query = read_query(asked, includes=includes, sorts=SORTS, filters=filters)
        wanted = ItemsWanted(**query.filters, sorts=query.sorts, number=query.number, size=query.size)
        page = find_items(of, wanted, office(api, caller))
        shown = resources(page.found, caller, query)
        items, included = shown[: len(page.found)], shown[len(page.found) :]
        return api.answer(
            200,
            list_document(
                items, page.total, query, f"{api.base_url}{path}", asked, included, capped=page.capped
            ),
        )

    @api.post(path)
    def create() -> Answer:
        caller = api.caller("organizations:write" if of.model is Organization else writes)
        reading, at = read_as(CatalogDocument, api.body()), office(api, caller)
        if of.model is Organization:
            organization, text = create_organization(reading, at)
            logger.info("organization made", made_id=organization.id)
            return one(organization, caller, 201, token=text)
        if of.model is Token:
            token, text = create_token(reading, caller.token.allows, at)
            return one(token, caller, 201, token=text)
        return one(create_item(of, reading, at), caller, 201)

    @api.get(f"{path}/<{id}>")
    def read(**named: str) -> Answer:
        asked = api.parameters
        caller = api.caller(reads, *asked)
        query = read_query(asked, includes=includes, paged=False)
        return one(find_item(of, named[id], office(api, caller)), caller, query=query)

    if "PATCH" in methods:

        @api.patch(f"{path}/<{id}>")
        def change(**named: str) -> Answer:
            caller, reading = api.caller(writes), read_as(CatalogDocument, api.body())
            at = office(api, caller)
            seen, item = change_item(of, named[id], reading, at, matching())
            if not isinstance(item, Resource | Organization):
                return one(item, caller)
            affected = affected_by(seen, item, at, api.world.lists)
            bookings = [identifier("bookings", id) for id in affected.booking_ids]
            return one(item, caller, affected=bookings, capped=affected.capped)

    if "DELETE" in methods:

        @api.route(f"{path}/<{id}>", method=["DELETE"])
        def delete(**named: str) -> Answer:
            caller = api.caller(writes)
            if of.model is Token:
                revoke_token(named[id], caller.token.allows, office(api, caller))
            else:
                archive_item(of, named[id], office(api, caller), matching())
            return api.nothing()


def office(api: Api, caller: Caller) -> Office:
    return Office(caller.organization_id, api.world.store, api.world.catalog, api.clock)


def _tag(item: CatalogItem) -> str:
    return f'"{item.version}"'


def catalog_resource(item: CatalogItem, base_url: str, currency: str | None = None) -> Json:
    """Something of the catalog; `currency` is that of its prices."""
    of = type_of(item)
    related = {
        name: {"data": _linkage(getattr(item, field), kind)} for field, (name, kind) in of.related.items()
    }
    return {
        "type": of.name,
        "id": item.id,
        "attributes": attributes_of(item, currency),
        **({"relationships": related} if related else {}),
        "links": {"self": f"{base_url}/api/v1/{of.name}/{item.id}"},
        **({"meta": {"parent_id": item.parent_id}} if isinstance(item, Resource) else {}),
    }


def _ids(named: frozenset[str] | str | None) -> Iterable[str]:
    return [named] if isinstance(named, str) else sorted(named or ())


def _linkage(named: frozenset[str] | str | None, kind: str) -> Any:
    type = next(of.name for of in TYPES.values() if of.kind == kind)
    return (
        identifier(type, named)
        if named is None or isinstance(named, str)
        else [identifier(type, id) for id in sorted(named)]
    )


def user_resource(token: Token, base_url: str) -> Json:
    """Who one is: a token, of an organization."""
    return {
        "type": "users",
        "id": token.id,
        "attributes": {"name": token.name, "scopes": sorted(token.scopes)},
        "relationships": {
            "active_organization": {"data": identifier("organizations", token.organization_id)}
        },
        "links": {"self": f"{base_url}{USER}"},
    }
