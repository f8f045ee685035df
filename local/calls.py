"""Makes the tables of calls in docs/api.md from the routes and their descriptions. `make openapi` writes them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from frontdesk.api.openapi.contract import Answer, Operation
from frontdesk.api.openapi.examples import example_of
from frontdesk.api.openapi.operations import CONTRACT
from frontdesk.api.routes import PUBLIC
from local import reference
from local.servers import ROOT

FILE = ROOT / "docs/api.md"
EXAMPLES = ROOT / "docs/calls.md"
_WIDTH = 110
# Descriptions that many calls share, such as those of every `PATCH` in the catalog. docs/api.md has them once.
_SHARED = {
    text for text, count in Counter(each.description for each in CONTRACT.operations).items() if count > 2
}
# docs/api.md describes the parameters of every list once, at the top.
_COMMON = ("fields[", "page[")
_HEAD = """\
# Calls, with examples

One example of each call, made from the code by `make openapi`. [api.md](api.md) explains fields, rules and errors.

- Every request needs `Authorization: Bearer fd.{organization}.{secret}`; a body needs `Content-Type: application/vnd.api+json`.
- URLs are shown without encoding. A client must encode `[`, `]` and `+`: `filter[status]` becomes `filter%5Bstatus%5D`.
- Lists also take `page[number]` and `page[size]`. `fields[{type}]` returns only the named attributes and relationships of a type.
- Answers show what the schema requires and some of what it allows. Their values are made up: they may not match the request.
  `GET /docs/openapi.json` has the full schemas.
"""


def with_tables(text: str, document: dict[str, Any]) -> str:
    """Returns `text`, the content of docs/api.md, with the current tables between their markers. `document` is the OpenAPI document."""
    for name, table in (
        ("calls", "\n".join(_tables())),
        ("attributes", reference.attributes(document)),
        ("limits", reference.limits()),
    ):
        begin, end = f"<!-- {name}: `make openapi` writes what follows -->\n", f"<!-- end of {name} -->\n"
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n{table.rstrip()}\n\n{end}{after}"
    return text


def _tables() -> Iterator[str]:
    tags = {operation.tag for operation in CONTRACT.operations}
    for tag, about in ((tag, about) for tag, about in CONTRACT.tags.items() if tag in tags):
        yield f"**{tag}.** {about}\n"
        yield "| call | scope | what it does | query, headers | answer |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(operation) for operation in CONTRACT.operations if operation.tag == tag)
        yield ""


def _row(operation: Operation) -> str:
    route = operation.route
    scopes = [f"`{each}`" if ":" in each else each for each in (route.scope, *route.also)]
    scope = "none needed" if route.scope == PUBLIC else " and ".join(scopes)
    about = "" if operation.description in _SHARED else operation.description
    said = f"{operation.summary}. {about}".strip().replace(". .", ".")
    beside = ", ".join(f"`{name}`" for name in (*_shortened(route.parameters), *route.headers))
    shown = " or ".join(_told(status, answer) for status, answer in operation.answers.items())
    return f"| [`{route.method} {operation.template}`](calls.md#{operation.name}) | {scope} | {said} | {beside} | {shown} |"


def _told(status: int, answer: Answer) -> str:
    several = ", a page" if isinstance(answer.content, list) else ""
    headers = ", ".join(f"`{name}`" for name in answer.headers)
    return f"{status}{several}" + (f", with {headers}" if headers else "")


def _shortened(parameters: tuple[str, ...]) -> list[str]:
    """Returns the names of the parameters, each once. `fields[orders]`, `fields[bookings]` and the like become one name: `fields[...]`."""
    named = (f"{name.partition('[')[0]}[...]" if "[" in name else name for name in parameters)
    return [*dict.fromkeys(named)]


def examples(document: dict[str, Any]) -> str:
    """Returns docs/calls.md: each call with its parameters, an example request, and an example answer."""
    parts = [_HEAD]
    for tag in CONTRACT.tags:
        found = [
            (operation, document["paths"][operation.template][operation.method.lower()])
            for operation in CONTRACT.operations
            if operation.tag == tag
        ]
        if found:
            links = "\n".join(f"- [{each['summary']}](#{each['operationId']})" for _, each in found)
            parts += [f"## {tag}\n\n{links}\n"]
            parts += ["\n".join(_call(operation, described, document)) for operation, described in found]
    return "\n".join(parts)


def _call(operation: Operation, described: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    yield f"### {operation.name}\n"
    said = described["description"].replace("\n\n", " ")
    yield f"{described['summary']}. {said}\n"
    told = [_resolved(each, document) for each in described["parameters"]]
    told = [each for each in told if each["name"] != "o"]
    query = [each for each in told if each["in"] != "path" and not each["name"].startswith(_COMMON)]
    if query:
        yield "| parameter | meaning |\n| --- | --- |"
        yield from (f"| `{each['name']}` | {_meaning(each)} |" for each in query)
        yield ""
    path = operation.template
    for each in told:
        path = path.replace(f"{{{each['name']}}}", str(each["example"])) if each["in"] == "path" else path
    shown = {each.name for each in operation.parameters if each.is_shown}
    needed = [
        f"{each['name']}={_sent(each)}" for each in query if each.get("required") or each["name"] in shown
    ]
    yield f"```http\n{operation.method} {path}{'?' if needed else ''}{'&'.join(needed)}\n```\n"
    if operation.body:
        yield f"```json\n{_shown(operation.example)}\n```\n"
    for status, answer in operation.answers.items():
        content = described["responses"][str(status)].get("content", {}).get(answer.media_type)
        headers = f", with {', '.join(f'`{name}`' for name in answer.headers)}" if answer.headers else ""
        if content is None or not answer.media_type.endswith("json") or operation.scope == PUBLIC:
            yield f"Answer {status}{headers}: {answer.description}\n"
            continue
        schemas = document["components"]["schemas"]
        example = content["example"] if "example" in content else example_of(content["schema"], schemas)
        yield f"Answer {status}{headers}:\n\n```json\n{_shown(example)}\n```\n"


def _resolved(parameter: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    name = parameter.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["parameters"][name] if name else parameter
    return found


def _meaning(parameter: dict[str, Any]) -> str:
    schema, said = parameter["schema"], parameter["description"]
    values = schema.get("enum") or schema.get("items", {}).get("enum")
    if values and len(values) <= 8:
        said += f" One of {', '.join(f'`{value}`' for value in values)}."
    if "default" in schema:
        said += f" Default: `{json.dumps(schema['default'])}`."
    limits = [
        f"{word} {schema[name]:,}"
        for name, word in (("maximum", "at most"), ("maxLength", "at most"))
        if name in schema
    ]
    if limits:
        said += f" {limits[0].capitalize()}{' characters' if 'maxLength' in schema else ''}."
    return f"{'Required. ' if parameter.get('required') else ''}{said}"


def _sent(parameter: dict[str, Any]) -> str:
    example = parameter["example"]
    return ",".join(map(str, example)) if isinstance(example, list) else str(example)


def _shown(value: Any, depth: int = 0) -> str:
    """Formats a value as JSON: on one line if it fits, otherwise with each member or element on its own line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + depth <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = " " * (depth + 2)
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(name)}: {_shown(each, depth + 2)}" for name, each in value.items()]
    else:
        parts = [inner + _shown(each, depth + 2) for each in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return start + "\n" + ",\n".join(parts) + f"\n{' ' * depth}{end}"
