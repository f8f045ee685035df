"""Writes docs/openapi.json, and the tables of calls in docs/api.md, from the code: `make openapi`.

Refuses breaking changes to the file in the repository, unless the first number of the version has changed.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from frontdesk.api.openapi.operations import openapi_document
from local import calls
from local.servers import ROOT

FILE = ROOT / "docs/openapi.json"

Json = dict[str, Any]
_WIDTH = 140
_METHODS = ("get", "put", "post", "delete", "patch")
# Names of limits. Lowering an upper limit or raising a lower one breaks clients.
_UPPER, _LOWER = (
    ("maximum", "maxLength", "maxItems", "maxProperties"),
    ("minimum", "minLength", "minItems", "minProperties"),
)


def text_of(document: Json) -> str:
    """Formats the document for the repository. Writes each part on one line if it fits."""
    return _text(document, 0) + "\n"


def _text(value: Any, depth: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + depth <= _WIDTH or not isinstance(value, dict | list):
        return line
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {_text(each, depth + 1)}" for name, each in value.items()]
    else:
        parts = [_text(each, depth + 1) for each in value]
    lines = [""]
    for part in parts:
        if lines[-1] and ("\n" in lines[-1] + part or depth + len(lines[-1]) + len(part) > _WIDTH):
            lines.append("")
        lines[-1] += (", " if lines[-1] else "") + part
    start, end = "{}" if isinstance(value, dict) else "[]"
    inner = ",\n".join(" " * (depth + 1) + line for line in lines)
    return f"{start}\n{inner}\n{' ' * depth}{end}"


def forbidden(old: Json, new: Json) -> list[str]:
    """Returns the breaking changes from `old` to `new`, or an empty list if the first number of the version has changed."""
    first = [document["info"]["version"].partition(".")[0] for document in (old, new)]
    return breaking(old, new) if first[0] == first[1] else []


def breaking(old: Json, new: Json) -> list[str]:
    """Returns a sentence for each change that could break a client of the old document.

    Both documents must be valid OpenAPI. Ignores texts, examples, and new enumeration values in answers.
    """
    return list(dict.fromkeys(_of_paths(old, new)))


def _of_paths(old: Json, new: Json) -> Iterator[str]:
    for path, methods in old["paths"].items():
        if path not in new["paths"]:
            yield f"{path} is gone"
            continue
        for method in _METHODS:
            if method in methods:
                operation = f"{method.upper()} {path}"
                if method in new["paths"][path]:
                    yield from _of_operation(
                        _Pair(old, new), methods[method], new["paths"][path][method], operation
                    )
                else:
                    yield f"{operation} is gone"


@dataclass(frozen=True)
class _Pair:
    """The two documents, and the schemas compared so far."""

    old: Json
    new: Json
    seen: set[tuple[str, str, bool]] = field(default_factory=set)


def _resolved(document: Json, thing: Json) -> Json:
    while "$ref" in thing:
        target: Any = document
        for part in thing["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        thing = target
    return thing


def _of_operation(pair: _Pair, old: Json, new: Json, at: str) -> Iterator[str]:
    if any(old.get(name) != new.get(name) for name in ("security", "x-scope")):
        yield f"{at}: needs another scope"
    known = {
        (each["name"], each["in"]): each
        for each in (_resolved(pair.old, each) for each in old.get("parameters", ()))
    }
    parameters = {
        (each["name"], each["in"]): each
        for each in (_resolved(pair.new, each) for each in new.get("parameters", ()))
    }
    for (name, place), parameter in known.items():
        if (name, place) not in parameters:
            yield f"{at}: the parameter {name} is gone"
        else:
            yield from _narrowed(
                pair,
                parameter["schema"],
                parameters[name, place]["schema"],
                f"{at}: the parameter {name}",
                sent=True,
            )
    for (name, place), parameter in parameters.items():
        if parameter.get("required") and not known.get((name, place), {}).get("required"):
            yield f"{at}: the parameter {name} is required"
    yield from _of_bodies(pair, old.get("requestBody"), new.get("requestBody"), at)
    for status, answer in old["responses"].items():
        if status not in new["responses"]:
            yield f"{at}: the status {status} is gone"
            continue
        contents = [
            _resolved(*each).get("content", {})
            for each in ((pair.old, answer), (pair.new, new["responses"][status]))
        ]
        for media_type, content in contents[0].items():
            if media_type not in contents[1]:
                yield f"{at}: {status} is not answered as {media_type} any more"
            else:
                yield from _narrowed(
                    pair, content["schema"], contents[1][media_type]["schema"], f"{at}: {status}", sent=False
                )


def _of_bodies(pair: _Pair, old: Json | None, new: Json | None, at: str) -> Iterator[str]:
    if new and new.get("required") and not (old or {}).get("required"):
        yield f"{at}: a body is required"
    for media_type, content in ((old or {}).get("content") or {}).items():
        now = ((new or {}).get("content") or {}).get(media_type)
        if now is None:
            yield f"{at}: a body of {media_type} is not taken any more"
        else:
            yield from _narrowed(pair, content["schema"], now["schema"], f"{at}: the body", sent=True)


def _narrowed(pair: _Pair, old: Json, new: Json, at: str, *, sent: bool) -> Iterator[str]:
    """Yields a sentence for each breaking difference between two schemas.

    If clients send the value (`sent`), `new` must accept everything that `old` accepts. In an answer, a new type is breaking, and so is a
    member that `new` no longer guarantees. `at` says where in the document the schemas are.
    """
    names = (old.get("$ref", ""), new.get("$ref", ""), sent)
    if names[0] and names[1]:
        if names in pair.seen:
            return
        pair.seen.add(names)
    olds, news = _alternatives(pair.old, old), _alternatives(pair.new, new)
    # Each type that may occur must be accepted by one of the other schemas.
    coming, taking = (olds, news) if sent else (news, olds)
    for each in coming:
        found = [
            list(_differences(pair, *((each, other) if sent else (other, each)), at, sent=sent))
            for other in taking
            if _alike(each, other)
        ]
        if not found:
            yield f"{at}: {_told(each)} {'is not taken any more' if sent else 'may come now'}"
        elif all(found):
            yield from min(found, key=len)


def _alternatives(document: Json, schema: Json) -> list[Json]:
    """Splits a schema into alternatives of at most one type each."""
    schema = _resolved(document, schema)
    several = schema.get("anyOf") or schema.get("oneOf")
    if several:
        return [one for each in several for one in _alternatives(document, each)]
    types = schema.get("type")
    if not isinstance(types, list):
        return [schema]
    # No other keyword of the schema applies to null.
    return [{"type": type} if type == "null" else schema | {"type": type} for type in types]


def _alike(one: Json, other: Json) -> bool:
    """Whether two schemas describe the same type and, if they describe resources, the same resource type."""
    kinds = [schema.get("properties", {}).get("type", {}).get("const") for schema in (one, other)]
    wide = "type" not in other or (one.get("type"), other.get("type")) == ("integer", "number")
    return (wide or one.get("type") == other.get("type")) and (None in kinds or kinds[0] == kinds[1])


def _told(schema: Json) -> str:
    kind = schema.get("properties", {}).get("type", {}).get("const")
    return str(kind or schema.get("type", "anything"))


def _differences(pair: _Pair, old: Json, new: Json, at: str, *, sent: bool) -> Iterator[str]:
    if sent:
        yield from _of_values(old, new, at)
    yield from _of_properties(pair, old, new, at, sent=sent)
    for name in ("items", "additionalProperties"):
        before, after = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _narrowed(pair, before, after, f"{at}[]", sent=sent)
        elif sent and name == "additionalProperties" and after is False and before is not False:
            yield f"{at}: takes no other properties any more"


def _of_values(old: Json, new: Json, at: str) -> Iterator[str]:
    before, after = _values(old), _values(new)
    if after is not None and before is None:
        yield f"{at}: takes only {', '.join(map(str, after))}"
    elif after is not None and before is not None:
        yield from (
            f"{at}: {value!r} is not taken any more"
            for value in before
            if value not in after and value is not None
        )
    for limits, sign in ((_UPPER, 1), (_LOWER, -1)):
        for name in limits:
            if name in new and (name not in old or sign * new[name] < sign * old[name]):
                yield f"{at}: {name} is {new[name]} now"
    if new.get("pattern", old.get("pattern")) != old.get("pattern"):
        yield f"{at}: must look like {new['pattern']}"


def _values(schema: Json) -> Sequence[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _of_properties(pair: _Pair, old: Json, new: Json, at: str, *, sent: bool) -> Iterator[str]:
    before: Mapping[str, Json] = old.get("properties", {})
    after: Mapping[str, Json] = new.get("properties", {})
    for name, schema in before.items():
        if name not in after:
            yield f"{at}.{name} is gone"
        else:
            yield from _narrowed(pair, schema, after[name], f"{at}.{name}", sent=sent)
    needed, needs = old.get("required", ()), new.get("required", ())
    if sent:
        yield from (f"{at}.{name} is required" for name in needs if name not in needed)
    else:
        yield from (f"{at}.{name} may be missing" for name in needed if name not in needs and name in after)


def main() -> None:
    """Writes the documents, or exits with the breaking changes."""
    new = openapi_document()
    if FILE.exists():
        found = forbidden(json.loads(FILE.read_text(encoding="utf-8")), new)
        if found:
            reason = "These changes break clients. Revert them, or raise the first number of VERSION in api/openapi/operations.py:"
            sys.exit("\n- ".join([reason, *found]))
    FILE.write_text(text_of(new), encoding="utf-8")
    calls.FILE.write_text(calls.with_tables(calls.FILE.read_text(encoding="utf-8"), new), encoding="utf-8")
    calls.EXAMPLES.write_text(calls.examples(new), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(new['paths'])} paths")


if __name__ == "__main__":
    main()
