"""Reads the headers Accept and Accept-Language (RFC 9110, 12.5), and converts documents to the normalized form: plain JSON."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from frontdesk.errors import Language

Json = dict[str, Any]
JSON_API, JSON = "application/vnd.api+json", "application/json"

# Members separated by commas, or by semicolons. Separators within quoted strings do not count.
_LISTED = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+')
_PARAMETERS = re.compile(r'(?:[^";]|"(?:[^"\\]|\\.)*"?)+')
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
# `application/*+json` is not a valid range in HTTP, but some clients send it.
_TAKES = {
    JSON_API: (JSON_API, "application/*+json", "application/*", "*/*"),
    JSON: (JSON, "application/*", "*/*"),
}


class Preference(NamedTuple):
    """A member of a header's list: `value` in lower case, `quality` from 0 (refused) to 1, and the names of its parameters."""

    value: str
    quality: float
    parameters: Collection[str]


def preferences(header: str | None) -> list[Preference]:
    """Returns the members of a header such as Accept, in order. An invalid quality counts as 1. A member without a value is left out."""
    return [
        _preference(member)
        for member in _LISTED.findall(header or "")
        if member.strip() and member.strip()[0] != ";"
    ]


def _preference(member: str) -> Preference:
    value, *others = _PARAMETERS.findall(member)
    parameters = {
        name.strip().lower(): text.strip() for name, _, text in (other.partition("=") for other in others)
    }
    weight = parameters.pop("q", "1")
    return Preference(value.strip().lower(), float(weight) if _QUALITY.fullmatch(weight) else 1.0, parameters)


def is_plain(named: Preference) -> bool:
    """Whether a media type has no parameters except `charset` and `profile`, which change nothing."""
    return set(named.parameters) <= {"charset", "profile", ""}


# Cached, because a client sends the same header with every request.
@lru_cache(maxsize=64)
def media_type(accept: str | None) -> str | None:
    """Returns the media type for an Accept header: JSON_API, or JSON if only JSON is accepted. None if neither is accepted."""
    ranges = preferences(accept)
    if not ranges:
        return JSON_API
    # The more specific range decides. JSON:API 1.1: a media type with an extension or another parameter is not acceptable.
    qualities = {
        each.value: 0.0 if each.value == JSON_API and not is_plain(each) else each.quality for each in ranges
    }
    qualities |= {each.value: each.quality for each in ranges if each.value == JSON_API and is_plain(each)}
    taken = {
        type: next((qualities[each] for each in which if each in qualities), 0.0) > 0
        for type, which in _TAKES.items()
    }
    named = {value for value, quality in qualities.items() if quality > 0}
    if taken[JSON] and (named == {JSON} or qualities.get(JSON_API) == 0):
        return JSON
    # JSON:API wins over JSON, because JSON:API clients that list several types often list JSON too.
    return JSON_API if any(taken.values()) else None


def first_of(accept: str | None, types: Sequence[str]) -> str | None:
    """Returns the type in `types` with the highest quality in the header, or None if the header names none of them.

    If several types have this quality, returns the first.
    """
    named = [each for each in preferences(accept) if each.value in types and each.quality > 0]
    return max(named, key=lambda each: each.quality).value if named else None


@lru_cache(maxsize=64)
def language(accept: str | None) -> Language:
    """Returns "de" if the header Accept-Language prefers German to English, by quality and then by position, otherwise "en".

    Regions make no difference: de-AT is German.
    """
    best: dict[str, tuple[float, int]] = {}
    for place, each in enumerate(preferences(accept)):
        name = each.value.partition("-")[0]
        best[name] = max(best.get(name, (0.0, 0)), (each.quality, -place))
    german, english = (best.get(name, best.get("*", (0.0, 0))) for name in ("de", "en"))
    return "de" if german[0] > 0 and german > english else "en"


# The normalized form


def normalized(document: Mapping[str, Any], include: Iterable[str] = ()) -> Json:
    """Returns the normalized form of a document: each resource as one flat object (see `flat`).

    Embeds the included resources at the paths in `include`, such as "bookings.service". If `include` is empty,
    embeds them in all relationships of the primary resources.
    """
    data, beside = document.get("data"), document.get("included", ())
    primary = data if isinstance(data, list) else [data] if data else []
    known = {(each["type"], each["id"]): each for each in (*beside, *primary)}
    asked = _tree(include) or (
        {name: {} for each in primary for name in each.get("relationships", {})} if beside else {}
    )
    form: Json = {}
    if isinstance(data, list):
        form["data"] = [flat(each, asked, known) for each in data]
    elif "data" in document:
        form["data"] = flat(data, asked, known) if data else None
    if "meta" in document:
        form["meta"] = {**document["meta"], **dict(_counts(document["meta"].get("page", {})))}
    if "links" in document:
        form["links"] = document["links"]
    return form


def flat(
    resource: Mapping[str, Any],
    asked: Mapping[str, Any] | None = None,
    known: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
    above: frozenset[tuple[str, str]] = frozenset(),
) -> Json:
    """Returns a resource as one flat object, with each attribute and relationship as a member next to id, type and meta.

    `asked` is a tree of relationship names. A relationship in `asked` contains the whole related resource, if
    `known` has that resource. All other relationships contain only type and id. `above` has the (type, id)
    of each resource that surrounds this one. These resources are not embedded again.

    A reference to a related resource may have a `meta`. The values in the `meta` become members of the object
    of the related resource. For example, {"type": "add-ons", "id": "a", "meta": {"quantity": 2}} becomes
    {"type": "add-ons", "id": "a", "quantity": 2}.
    """
    key = (resource["type"], resource["id"])
    above |= {key}

    def said(linkage: Mapping[str, Any], found: Json | None = None) -> Json:
        plain = {name: value for name, value in linkage.items() if name != "meta"}
        return {**(plain if found is None else found), **linkage.get("meta", {})}

    def related(name: str, data: Any) -> Any:
        if isinstance(data, list):
            return [related(name, each) for each in data]
        if data is None:
            return None
        if name not in (asked or {}):
            return said(data)
        other = (data["type"], data["id"])
        found = None if other in above else (known or {}).get(other)
        return said(data) if found is None else said(data, flat(found, (asked or {})[name], known, above))

    return {
        "id": resource["id"],
        "type": resource["type"],
        **resource.get("attributes", {}),
        **{
            name: related(name, each["data"])
            for name, each in resource.get("relationships", {}).items()
            if "data" in each
        },
        **({"meta": resource["meta"]} if resource.get("meta") else {}),
    }


def _tree(paths: Iterable[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in paths:
        here = tree
        for name in path.split("."):
            here = here.setdefault(name, {})
    return tree


def _counts(page: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name in ("current-page", "last-page", "per-page", "total"):
        if name in page:
            yield name.replace("-", "_"), page[name]
