"""Reads the envelope of JSON:API documents of all types.

A document may repeat read-only values, but must not change them. So the read-only values in a document are compared
with the current values.

Source: JSON:API 1.1, "Creating Resources" and "Updating Resources": 409 if `type` or `id` does not fit the endpoint, 403 for a
client-generated id. Members that the specification allows, but no endpoint uses, are ignored.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.order import Echoes, Reading, RequestModel, read_as
from frontdesk.domain.time.intervals import read_date, to_instant

Json = dict[str, Any]

# The largest order that can be placed needs about half as many.
MAX_VALUES = 100_000

_IGNORED_AT_TOP = frozenset({"meta", "jsonapi", "links", "included"})
_IGNORED_IN_RESOURCE = frozenset({"meta", "links", "lid"})
# Only the server sets these. If a client sends back an outdated copy, that is no contradiction.
STAMPS = frozenset(
    {
        "created_at", "updated_at", "version", "number", "uuid", "redemptions", "failures", "failing_since", "disabled_at",
        "disabled_reason",
    }
)  # fmt: skip
# A copy of a resource may also contain these times of the original. In a change, a different time is an attempt to set it.
STAMPS_OF_COPIES = STAMPS | {"expires_at", "canceled_at", "check_in_date", "check_out_date"}
_DATES = ("_date", "_at", "_from", "_until")
UTC = ZoneInfo("UTC")


class Document(RequestModel):
    """The base class of JSON:API documents. ATTRIBUTES and RELATIONSHIPS are the models of `attributes` and `relationships`."""

    ATTRIBUTES: ClassVar[type[RequestModel]]
    RELATIONSHIPS: ClassVar[type[RequestModel] | None] = None


class Shown(NamedTuple):
    """The names of the attributes and relationships that an answer shows.

    A client may send all these attributes and relationships back, even if they are read-only.
    """

    attributes: Collection[str] = ()
    relationships: Collection[str] = ()


_DocumentT = TypeVar("_DocumentT", bound=RequestModel)


def read_document(
    model: type[_DocumentT], type: str, body: Any, id: str | None = None, shown: Shown | None = None
) -> Reading[_DocumentT]:
    """Reads a document (parsed JSON) that creates a resource or, with `id`, changes the resource with this id.

    The result's `echoes` are the read-only values that the client sent back. They must equal the resource's values. They do not include
    values that may be outdated (STAMPS) or copied from another resource (STAMPS_OF_COPIES).

    Raises FrontdeskError: 422 without `data`, 409 for another type or id, 403 for an id on a new resource.
    """
    kept = cleaned(body)
    data = kept.get("data") if isinstance(kept, dict) else None
    if isinstance(kept, dict) and data is None:
        document = f'{{"data": {{"type": "{type}", "attributes": {{...}}}}}}'
        missing = Problem("data_required", {"document": document}, pointer="/data")
        raise FrontdeskError(missing, *read_as(model, kept).problems)
    if not isinstance(data, dict):
        return read_as(model, kept)
    problems = [*_of_identity(data.pop("type", None), data.pop("id", None), type, id)]
    if problems:
        raise FrontdeskError(*problems)
    stamps = STAMPS if id else STAMPS_OF_COPIES
    sent = _taken(data, "attributes", shown.attributes if shown else (), getattr(model, "ATTRIBUTES", None))
    echoes = Echoes(
        {name: value for name, value in sent.items() if name not in stamps},
        _taken(
            data, "relationships", shown.relationships if shown else (), getattr(model, "RELATIONSHIPS", None)
        ),
    )
    return read_as(model, kept)._replace(echoes=echoes)


def _of_identity(sent_type: Any, sent_id: Any, type: str, id: str | None) -> Iterator[Problem]:
    if sent_type not in (None, type):
        yield Problem("type_differs", {"type": type}, pointer="/data/type")
    if sent_id is None:
        return
    if id is None:
        yield Problem("id_not_yours", pointer="/data/id")
    elif isinstance(sent_id, bool) or str(sent_id) != id:
        yield Problem("id_differs", pointer="/data/id")


def cleaned(body: Any) -> Any:
    """Returns a copy of the document without the members that every endpoint ignores, such as `meta`."""
    if not isinstance(body, dict):
        return body
    # Leaves out members of objects, but no elements of arrays: all other JSON pointers stay valid.
    kept = {name: value for name, value in body.items() if name not in _IGNORED_AT_TOP}
    if isinstance(data := kept.get("data"), dict):
        kept["data"] = data = {
            name: dict(value) if name == "attributes" and isinstance(value, dict) else value
            for name, value in data.items()
            if name not in _IGNORED_IN_RESOURCE
        }
        if isinstance(related := data.get("relationships"), dict):
            related = {
                name: _relationship(value) for name, value in related.items() if not _says_nothing(value)
            }
            data |= {"relationships": related}
            if not related:
                del data["relationships"]
    return kept


def _says_nothing(relationship: Any) -> bool:
    """Whether a relationship has no data. JSON:API allows one with only links or meta."""
    return isinstance(relationship, dict) and bool(relationship) and relationship.keys() <= {"links", "meta"}


def _relationship(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {name: part for name, part in value.items() if name not in ("links", "meta")}
    if isinstance(linkage := kept.get("data"), list):
        kept["data"] = [_identifier(each) for each in linkage]
    elif "data" in kept:
        kept["data"] = _identifier(linkage)
    return kept


def _identifier(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if name not in _IGNORED_IN_RESOURCE}


def _taken(
    data: Json, part: str, shown: Collection[str], writable: type[RequestModel] | None
) -> Mapping[str, Any]:
    """Removes read-only values from a part of the document and returns them."""
    sent = data.get(part)
    if not isinstance(sent, dict):
        return {}
    fields = writable.model_fields if writable else {}
    taken = {name: value for name, value in sent.items() if name in shown and name not in fields}
    data[part] = {name: value for name, value in sent.items() if name not in taken}
    if not data[part]:
        del data[part]
    return taken


def has_few_values(body: Any) -> bool:
    """Whether parsed JSON has at most MAX_VALUES values, counting objects and arrays.

    The limit is needed because every value could be a mistake that must be reported.
    """
    count, left = 0, [body]
    while left and count <= MAX_VALUES:
        count += 1
        value = left.pop()
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
    return count <= MAX_VALUES


def with_integers(value: Any) -> Any:
    """Converts whole numbers in parsed JSON to integers: 2.0 becomes 2. For JSON Schema (4.2.3), 2.0 is an integer."""
    if isinstance(value, dict):
        return {name: with_integers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [with_integers(each) for each in value]
    # Beyond 2^53, a float no longer identifies one integer.
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53 else value


# Echoes


def contradictions(echoes: Echoes, resource: Mapping[str, Any]) -> list[Problem]:
    """Returns a problem for each value in `echoes` that differs from `resource`, the resource as the API shows it.

    `echoes` are read-only values that a client sent back. Attributes sent as null are not compared.
    """
    attributes, related = resource["attributes"], resource.get("relationships", {})
    return [
        *(
            read_only(name, pointer("data", "attributes", name))
            for name, value in echoes.attributes.items()
            if value is not None and not is_same(name, value, attributes.get(name))
        ),
        *(
            read_only(name, pointer("data", "relationships", name))
            for name, value in echoes.relationships.items()
            if not isinstance(value, dict) or not _same_linkage(value.get("data"), related[name]["data"])
        ),
    ]


def read_only(name: str, at: str) -> Problem:
    """Returns the problem `read_only` for this field."""
    return Problem("read_only", {"name": name[:100]}, pointer=at)


def is_same(name: str, sent: Any, shown: Any, zone: ZoneInfo = UTC) -> bool:
    """Whether a value that a client sent equals the value that the API shows. Compares dates as instants, and numbers by value.

    Naive dates are in `zone`.
    """
    if isinstance(sent, bool) or isinstance(shown, bool):
        return sent is shown
    if isinstance(sent, str) and isinstance(shown, str) and name.endswith(_DATES) and sent != shown:
        try:
            return to_instant(read_date(sent), zone) == to_instant(read_date(shown), zone)
        except ValueError:
            return False
    if isinstance(sent, dict) and isinstance(shown, Mapping):
        return sent.keys() == shown.keys() and all(is_same(key, sent[key], shown[key], zone) for key in sent)
    if isinstance(sent, list) and isinstance(shown, list | tuple):
        return len(sent) == len(shown) and all(
            is_same("", *pair, zone) for pair in zip(sent, shown, strict=True)
        )
    return bool(sent == shown)


def _same_linkage(sent: Any, shown: Any) -> bool:
    if isinstance(sent, list) and isinstance(shown, list):
        return {_named(each) for each in sent} == {_named(each) for each in shown}
    return _named(sent) == _named(shown)


def _named(identifier: Any) -> tuple[str, str] | None:
    if isinstance(identifier, dict):
        return str(identifier.get("type")), str(identifier.get("id"))
    return None if identifier is None else ("", "")
