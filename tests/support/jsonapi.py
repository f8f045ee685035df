"""The rules of JSON:API 1.1 for a server's documents. Source: https://jsonapi.org/format/1.1/."""

import re
from collections.abc import Collection, Iterator
from typing import Any

# Letters, digits and everything beyond ASCII anywhere; hyphen, underscore and space only inside. @-members are allowed anywhere.
_NAME = re.compile(
    r"@?[a-zA-Z0-9\u0080-\U0010FFFF]([a-zA-Z0-9\u0080-\U0010FFFF_ -]*[a-zA-Z0-9\u0080-\U0010FFFF])?"
)
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
# RFC 3986, section 2: the characters of a URI reference. A percent sign only before two hexadecimal digits.
_URI = re.compile(r"([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_PAGES = {"first", "last", "prev", "next"}
_LINK_MEMBERS = {"href", "rel", "describedby", "title", "type", "hreflang", "meta"}
_ERROR_MEMBERS = {"id", "links", "status", "code", "title", "detail", "source", "meta"}


def assert_jsonapi(document: Any) -> None:
    """Raises AssertionError with every rule that a document breaks, and the place."""
    broken = list(_document(document))
    assert not broken, "not JSON:API 1.1:\n" + "\n".join(broken)


def _document(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "/: a document is an object"
        return
    yield from _members(document, {"data", "errors", "meta", "jsonapi", "links", "included"}, "")
    yield from _names(document, "")
    if not document.keys() & {"data", "errors", "meta"}:
        yield "/: a document has data, errors or meta"
    if "data" in document and "errors" in document:
        yield "/: data and errors in one document"
    if "included" in document and "data" not in document:
        yield "/included: only beside data"
    if "data" in document:
        yield from _primary(document["data"])
    if "errors" in document:
        yield from _errors(document["errors"])
    if "jsonapi" in document:
        yield from _jsonapi(document["jsonapi"])
    yield from _links(document, {"self", "related", "describedby", *_PAGES}, "")
    yield from _meta(document, "")
    if "included" in document:
        yield from _included(document)


def _primary(data: Any) -> Iterator[str]:
    if data is None:
        return
    if not isinstance(data, list):
        yield from _resource(data, "/data")
        return
    for i, entry in enumerate(data):
        yield from _resource(entry, f"/data/{i}")
    identities = [identity for entry in data if (identity := _identity(entry))]
    if len(set(identities)) < len(identities):
        yield "/data: one resource twice"


def _resource(resource: Any, at: str) -> Iterator[str]:
    if not isinstance(resource, dict):
        yield f"{at}: a resource is an object"
        return
    yield from _members(resource, {"type", "id", "attributes", "relationships", "links", "meta"}, at)
    yield from _identified(resource, at)
    attributes, relationships = resource.get("attributes", {}), resource.get("relationships", {})
    for name, fields in {"attributes": attributes, "relationships": relationships}.items():
        if not isinstance(fields, dict):
            yield f"{at}/{name}: must be an object"
            return
        for reserved in sorted(fields.keys() & {"id", "type"}):
            yield f"{at}/{name}/{reserved}: no field may be called so"
    for name in sorted(attributes.keys() & relationships.keys()):
        yield f"{at}: {name} is both an attribute and a relationship"
    for name, relationship in relationships.items():
        yield from _relationship(relationship, f"{at}/relationships/{name}")
    yield from _links(resource, {"self"}, at)
    yield from _meta(resource, at)


def _relationship(relationship: Any, at: str) -> Iterator[str]:
    if not isinstance(relationship, dict):
        yield f"{at}: a relationship is an object"
        return
    yield from _members(relationship, {"links", "data", "meta"}, at)
    if not relationship:
        yield f"{at}: a relationship has links, data or meta"
    linkage = relationship.get("data")
    if isinstance(linkage, list):
        for i, identifier in enumerate(linkage):
            yield from _identifier(identifier, f"{at}/data/{i}")
    elif linkage is not None:
        yield from _identifier(linkage, f"{at}/data")
    yield from _links(relationship, {"self", "related", *_PAGES}, at)
    links = relationship.get("links")
    if isinstance(links, dict) and not links.keys() & {"self", "related"}:
        yield f"{at}/links: a relationship's links have self or related"
    yield from _meta(relationship, at)


def _identifier(identifier: Any, at: str) -> Iterator[str]:
    if not isinstance(identifier, dict):
        yield f"{at}: resource linkage is made of identifier objects"
        return
    yield from _members(identifier, {"type", "id", "meta"}, at)
    yield from _identified(identifier, at)
    yield from _meta(identifier, at)


def _identified(thing: dict[str, Any], at: str) -> Iterator[str]:
    for name in ("type", "id"):
        if not isinstance(thing.get(name), str):
            yield f"{at}/{name}: must be there, as a string"
    type_ = thing.get("type")
    if isinstance(type_, str) and not _NAME.fullmatch(type_):
        yield f"{at}/type: {type_!r} is no member name"


def _errors(errors: Any) -> Iterator[str]:
    if not isinstance(errors, list) or not errors:
        yield "/errors: must be an array, with at least one error to tell of"
        return
    for i, error in enumerate(errors):
        at = f"/errors/{i}"
        if not isinstance(error, dict):
            yield f"{at}: an error is an object"
            continue
        yield from _members(error, _ERROR_MEMBERS, at)
        if not error:
            yield f"{at}: an error says something"
        for name in ("id", "status", "code", "title", "detail"):
            if not isinstance(error.get(name, ""), str):
                yield f"{at}/{name}: must be a string"
        if not re.fullmatch(r"[1-5]\d\d", str(error.get("status", "400"))):
            yield f"{at}/status: must be an HTTP status"
        yield from _links(error, {"about", "type"}, at)
        yield from _source(error.get("source", {}), f"{at}/source")
        yield from _meta(error, at)


def _source(source: Any, at: str) -> Iterator[str]:
    if not isinstance(source, dict):
        yield f"{at}: must be an object"
        return
    yield from _members(source, {"pointer", "parameter", "header"}, at)
    for name, value in source.items():
        if not isinstance(value, str):
            yield f"{at}/{name}: must be a string"
    pointer = source.get("pointer")
    if isinstance(pointer, str) and not _POINTER.fullmatch(pointer):
        yield f"{at}/pointer: {pointer!r} is no JSON pointer"


def _jsonapi(jsonapi: Any) -> Iterator[str]:
    if not isinstance(jsonapi, dict):
        yield "/jsonapi: must be an object"
        return
    yield from _members(jsonapi, {"version", "ext", "profile", "meta"}, "/jsonapi")
    if not isinstance(jsonapi.get("version", ""), str):
        yield "/jsonapi/version: must be a string"
    for name in ("ext", "profile"):
        uris = jsonapi.get(name, [])
        if not isinstance(uris, list) or not all(_is_uri(uri) for uri in uris):
            yield f"/jsonapi/{name}: must be an array of URIs"
    yield from _meta(jsonapi, "/jsonapi")


def _links(holder: dict[str, Any], allowed: Collection[str], at: str) -> Iterator[str]:
    links, at = holder.get("links", {}), f"{at}/links"
    if not isinstance(links, dict):
        yield f"{at}: must be an object"
        return
    yield from _members(links, allowed, at)
    for name, link in links.items():
        yield from _link(link, f"{at}/{name}")


def _link(link: Any, at: str) -> Iterator[str]:
    if isinstance(link, dict):
        yield from _members(link, _LINK_MEMBERS, at)
        if not _is_uri(link.get("href")):
            yield f"{at}/href: must be a URI reference"
        yield from _meta(link, at)
    elif link is not None and not _is_uri(link):
        yield f"{at}: a link is a URI reference, a link object or null"


def _is_uri(value: Any) -> bool:
    return isinstance(value, str) and _URI.fullmatch(value) is not None


def _meta(holder: dict[str, Any], at: str) -> Iterator[str]:
    if not isinstance(holder.get("meta", {}), dict):
        yield f"{at}/meta: must be an object"


def _included(document: dict[str, Any]) -> Iterator[str]:
    included = document["included"]
    if not isinstance(included, list):
        yield "/included: must be an array"
        return
    for i, resource in enumerate(included):
        yield from _resource(resource, f"/included/{i}")
    data = document.get("data")
    primary = data if isinstance(data, list) else [data]
    seen = {identity for resource in primary if (identity := _identity(resource))}
    by_identity = {}
    for i, resource in enumerate(included):
        identity = _identity(resource)
        if identity in seen:
            yield f"/included/{i}: {identity} is in the document already"
        elif identity:
            seen.add(identity)
            by_identity[identity] = i
    waiting = [identity for resource in primary for identity in _linked(resource)]
    while waiting:
        found = by_identity.pop(waiting.pop(), None)
        if found is not None:
            waiting += _linked(included[found])
    for identity, i in by_identity.items():
        yield f"/included/{i}: nothing in the document links to {identity}"


def _linked(resource: Any) -> list[tuple[str, str]]:
    """Returns the identifiers in a resource's relationships."""
    relationships = resource.get("relationships") if isinstance(resource, dict) else None
    if not isinstance(relationships, dict):
        return []
    linkages = [
        relationship.get("data") for relationship in relationships.values() if isinstance(relationship, dict)
    ]
    entries = [
        entry for linkage in linkages for entry in (linkage if isinstance(linkage, list) else [linkage])
    ]
    return [identity for entry in entries if (identity := _identity(entry))]


def _identity(thing: Any) -> tuple[str, str] | None:
    if not isinstance(thing, dict):
        return None
    type_, id_ = thing.get("type"), thing.get("id")
    return (type_, id_) if isinstance(type_, str) and isinstance(id_, str) else None


def _members(thing: dict[str, Any], allowed: Collection[str], at: str) -> Iterator[str]:
    for name in thing:
        if name not in allowed and not name.startswith("@"):
            yield f"{at}/{name}: no such member here"


def _names(value: Any, at: str) -> Iterator[str]:
    """Yields the name of every member, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if not _NAME.fullmatch(name):
                yield f"{at}/{name}: {name!r} is no member name"
            yield from _names(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _names(inner, f"{at}/{i}")
