"""Documents: one resource, or a page of a list, with included resources, links and counts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired
from urllib.parse import urlencode

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import JSONAPI, Count, SelfLink
from frontdesk.api.negotiation import Json
from frontdesk.api.query import Query

AnyResource = Mapping[str, Any]

_PAGE_ONE = "https://api.example.com/api/v1/orders?page%5Bnumber%5D=1"


class PageLinks(TypedDict):
    """The absolute URLs of pages, with the other parameters of the request. A page that does not exist has no link."""

    self: Annotated[str, Field(examples=["https://api.example.com/api/v1/orders"])]
    first: NotRequired[Annotated[str, Field(examples=[_PAGE_ONE])]]
    prev: NotRequired[str]
    next: NotRequired[str]
    last: NotRequired[str]


Page = TypedDict(
    "Page",
    {
        "current-page": Annotated[int, Field(ge=1)],
        "per-page": Annotated[int, Field(examples=[25])],
        "from": Annotated[int | None, Field(examples=[1])],
        "to": Annotated[int | None, Field(examples=[1])],
        "total": Annotated[Count, Field(examples=[1])],
        "last-page": Annotated[int, Field(ge=1)],
    },
)


class PageMeta(TypedDict):
    """The position of this page in the list."""

    page: Page
    current_page: Annotated[int, Field(ge=1)]
    capped: NotRequired[Annotated[Literal[True], Field(description="Present if `total` may be too low.")]]


class IncludedResource(TypedDict):
    """A related resource of the given `type`. It has only the attributes that the token may read."""

    type: str
    id: str
    attributes: dict[str, Any]
    relationships: NotRequired[dict[str, Any]]
    links: SelfLink
    meta: NotRequired[dict[str, Any]]


def document(resource: AnyResource, query: Query | None = None, included: Iterable[AnyResource] = ()) -> Json:
    """Returns the document of one resource. `query` selects the fields. `included` is shown only if `query` has an `include`."""
    asked = query or Query()
    beside = {"included": _others([resource], included, asked)} if asked.includes is not None else {}
    return {
        "data": _with_fields(resource, asked),
        **beside,
        "links": {"self": resource["links"]["self"]},
        "jsonapi": JSONAPI,
    }


def list_document(
    resources: Sequence[AnyResource],
    total: int,
    query: Query,
    url: str,
    parameters: Mapping[str, str],
    included: Iterable[AnyResource] = (),
    *,
    capped: bool = False,
) -> Json:
    """Returns the document of one page of a list.

    `total` counts the items of all pages. If `capped`, there may be more. The links repeat the request's `parameters`.
    """
    last, start = max(1, -(-total // query.size)), (query.number - 1) * query.size
    page: Page = {
        "current-page": query.number,
        "per-page": query.size,
        "from": start + 1 if resources else None,
        "to": start + len(resources) if resources else None,
        "total": total,
        "last-page": last,
    }
    # Some clients read the page number here.
    meta: PageMeta = {"page": page, "current_page": query.number}
    if capped:
        meta["capped"] = True
    pages = {"first": 1, "prev": min(query.number - 1, last), "next": query.number + 1} | (
        {} if capped else {"last": last}
    )
    links = {
        name: f"{url}?{urlencode({**parameters, 'page[number]': at})}"
        for name, at in pages.items()
        if 1 <= at <= last
    }
    beside = {"included": _others(resources, included, query)} if query.includes is not None else {}
    return {
        "data": [_with_fields(resource, query) for resource in resources],
        **beside,
        "links": {"self": f"{url}?{urlencode(parameters)}" if parameters else url, **links},
        "meta": meta,
        "jsonapi": JSONAPI,
    }


def page_document(
    resources: Sequence[AnyResource],
    query: Query,
    url: str,
    parameters: Mapping[str, str],
    *,
    capped: bool = False,
) -> Json:
    """Returns the document of one page. `query` selects the page from `resources`. If `capped`, more resources exist than these."""
    start = (query.number - 1) * query.size
    return list_document(
        resources[start : start + query.size], len(resources), query, url, parameters, capped=capped
    )


def _with_fields(resource: AnyResource, query: Query) -> AnyResource:
    """Returns the resource with only the requested attributes and relationships."""
    shown = query.fields.get(resource["type"])
    if shown is None:
        return resource
    parts = {
        part: {name: value for name, value in resource[part].items() if name in shown}
        for part in ("attributes", "relationships")
        if part in resource
    }
    return {**resource, **parts}


def _others(
    resources: Iterable[AnyResource], included: Iterable[AnyResource], query: Query
) -> list[AnyResource]:
    """Returns the included resources, each once, without those that are primary data."""
    shown = {(resource["type"], resource["id"]) for resource in resources}
    others = {(resource["type"], resource["id"]): resource for resource in included}
    return [_with_fields(resource, query) for key, resource in others.items() if key not in shown]
