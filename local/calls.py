"""The tables of calls in docs/api.md, made of the routes and what is said of them: `make openapi` writes them."""

from collections.abc import Iterator

from frontdesk.api.openapi.contract import Answer, Operation
from frontdesk.api.openapi.operations import CONTRACT
from frontdesk.api.routes import PUBLIC
from local.servers import ROOT

FILE = ROOT / "docs/api.md"
_BEGIN, _END = "<!-- calls: `make openapi` writes what follows -->\n", "<!-- end of calls -->\n"


def with_tables(text: str) -> str:
    """The text with the tables as they are now, between their marks."""
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    return before + _BEGIN + "\n" + "\n".join(_tables()) + "\n" + _END + after


def _tables() -> Iterator[str]:
    for tag, about in CONTRACT.tags.items():
        yield f"**{tag}.** {about}\n"
        yield "| call | scope | what it does | query, headers | answer |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(operation) for operation in CONTRACT.operations if operation.tag == tag)
        yield ""


def _row(operation: Operation) -> str:
    route = operation.route
    scopes = [f"`{each}`" if ":" in each else each for each in (route.scope, *route.also)]
    scope = "none needed" if route.scope == PUBLIC else " and ".join(scopes)
    said = f"{operation.summary}. {operation.description}".strip().replace(". .", ".")
    beside = ", ".join(f"`{name}`" for name in (*_shortened(route.parameters), *route.headers))
    shown = " or ".join(_told(status, answer) for status, answer in operation.answers.items())
    return f"| `{route.method} {operation.template}` | {scope} | {said} | {beside} | {shown} |"


def _told(status: int, answer: Answer) -> str:
    several = ", a page" if isinstance(answer.content, list) else ""
    headers = ", ".join(f"`{name}`" for name in answer.headers)
    return f"{status}{several}" + (f", with {headers}" if headers else "")


def _shortened(parameters: tuple[str, ...]) -> list[str]:
    """Every `fields[...]` told as one, and so the two of pages."""
    short = {"page[number]": "page[...]", "page[size]": "page[...]"}
    named = ("fields[...]" if name.startswith("fields[") else short.get(name, name) for name in parameters)
    return [*dict.fromkeys(named)]
