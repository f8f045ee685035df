"""Answers about the catalog, derived from its models, and about the caller."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import (
    JSONAPI,
    Id,
    Identifier,
    Instant,
    SelfLink,
    ToOne,
    Version,
    instant,
    to_many,
    to_one,
)
from frontdesk.api.routes import USER
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem, Resource
from frontdesk.domain.requests.catalog import TYPES, attributes_of, type_of


class ResourceMeta(TypedDict):
    """The parent of this resource."""

    parent_id: str | None


class AffectedMeta(TypedDict):
    """The bookings that a change of opening hours affects."""

    affected: Annotated[
        list[Identifier[Literal["bookings"]]],
        Field(
            description="The bookings that the change of hours, dates or time zone leaves outside the opening hours."
        ),
    ]
    capped: Annotated[bool, Field(description="Whether there may be more, because a limit was reached.")]


class TokenMeta(TypedDict):
    """The secret of a new token."""

    token: Annotated[
        str,
        Field(
            description="The token. No other answer shows it.",
            examples=["fd.5f0c6f0a-6d3b-4a52-9c1e-0d5a3f7b1c01.secret"],
        ),
    ]


class RevokedMeta(TypedDict):
    """The result of revoking a token."""

    revoked: Annotated[
        list[Identifier[Literal["api-tokens"]]], Field(description="The tokens that no longer work.")
    ]
    children: Annotated[
        list[Identifier[Literal["api-tokens"]]],
        Field(
            description="The tokens that the revoked token created and that still work. With `cascade=true`, there are none."
        ),
    ]
    switched_off: Annotated[
        list[Identifier[Literal["webhook-subscriptions"]]],
        Field(description="The subscriptions that depended on the revoked tokens, now switched off."),
    ]


class RevokedDocument(TypedDict):
    """The answer to a revocation."""

    meta: RevokedMeta
    jsonapi: Version


class CatalogResource(TypedDict):
    """A catalog item of any type. The schema of its type describes its attributes and relationships."""

    type: str
    id: str
    attributes: dict[str, Any]
    relationships: NotRequired[dict[str, Any]]
    links: SelfLink
    meta: NotRequired[ResourceMeta]


class UserAttributes(TypedDict):
    """The caller's token, and what it allows."""

    name: str
    scopes: Annotated[list[str], Field(examples=[["orders:read"]])]
    expires_at: Annotated[Instant | None, Field(description="When the token expires. Nobody is warned.")]


class UserRelationships(TypedDict):
    """The organization of the token."""

    active_organization: ToOne[Literal["organizations"]]


class UserResource(TypedDict):
    """The caller's token, shown as a user."""

    type: Literal["users"]
    id: Id
    attributes: UserAttributes
    relationships: UserRelationships
    links: SelfLink


def revoked_document(
    revoked: Iterable[str], children: Iterable[str], switched_off: Iterable[str]
) -> RevokedDocument:
    """Returns the answer to a revocation.

    The arguments are the ids of revoked tokens, of their child tokens that stay valid, and of subscriptions that were switched off.
    """
    meta: RevokedMeta = {
        "revoked": [{"type": "api-tokens", "id": id} for id in revoked],
        "children": [{"type": "api-tokens", "id": id} for id in children],
        "switched_off": [{"type": "webhook-subscriptions", "id": id} for id in switched_off],
    }
    return {"meta": meta, "jsonapi": JSONAPI}


def catalog_resource(item: CatalogItem, base_url: str, currency: str | None = None) -> CatalogResource:
    """Returns the JSON:API resource of a catalog item. `currency` is the currency of its prices."""
    of = type_of(item)
    resource: CatalogResource = {
        "type": of.name,
        "id": item.id,
        "attributes": attributes_of(item, currency),
        "links": {"self": f"{base_url}/api/v1/{of.name}/{item.id}"},
    }
    if of.related:
        resource["relationships"] = {
            name: _linkage(getattr(item, field), kind) for field, (name, kind) in of.related.items()
        }
    if isinstance(item, Resource):
        resource["meta"] = {"parent_id": item.parent_id}
    return resource


def beside_resource(
    item: CatalogItem, token: Token, base_url: str, currency: str | None = None
) -> CatalogResource | None:
    """Returns a catalog item for the `included` member of an answer, as a JSON:API resource.

    The resource has only the attributes that `token` may read. If there are none, returns None.
    """
    shown, resource = type_of(item).shown_to_all, catalog_resource(item, base_url, currency)
    if shown is None or token.allows("catalog:read"):
        return resource
    attributes = {name: value for name, value in resource["attributes"].items() if name in shown}
    return {**resource, "attributes": attributes} if attributes else None


def with_children(resources: list[Any], children: Mapping[str, Sequence[str]] | None) -> list[Any]:
    """Returns the items of an answer, and adds the relationship `children` to each room or other bookable resource.

    `children` maps the id of a bookable resource to the ids of its child resources. If `children` is None, nothing is added.
    """
    if children is None:
        return resources

    def shown(each: Any) -> Any:
        of = to_many("resources", list(children.get(each["id"], ())))
        return {**each, "relationships": {**each.get("relationships", {}), "children": of}}

    return [shown(each) if each["type"] == "resources" else each for each in resources]


def user_resource(token: Token, base_url: str) -> UserResource:
    """Returns the JSON:API resource of the caller. The API shows the caller's token as a user."""
    return {
        "type": "users",
        "id": token.id,
        "attributes": {
            "name": token.name,
            "scopes": sorted(token.scopes),
            "expires_at": instant(token.expires_at),
        },
        "relationships": {"active_organization": to_one("organizations", token.organization_id)},
        "links": {"self": f"{base_url}{USER}"},
    }


def _linkage(named: frozenset[str] | str | None, kind: str) -> Any:
    type = next(of.name for of in TYPES.values() if of.kind == kind)
    return to_one(type, named) if named is None or isinstance(named, str) else to_many(type, sorted(named))
