"""What the desk relies on in the API and in imports."""

import json
import re
from typing import Any, get_args

import pytest

from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.imports.headers.known import KNOWN
from frontdesk.domain.imports.runs import Result, RunStatus
from frontdesk.domain.messages.message import MessageKind, MessageState, Reason
from frontdesk.domain.trail import Action
from local.servers import ROOT


def test_the_desk_offers_columns_that_an_import_knows() -> None:
    text = (ROOT / "console/src/files/mapping.jsx").read_text()
    block = text[text.index("TARGETS = {") : text.index("};")]
    offered = {
        kind: re.findall(r'"(\w+)"', names) for kind, names in re.findall(r"(\w+): \[(.*?)\]", block, re.S)
    }
    assert offered.keys() == KNOWN.keys()
    assert {kind: [name for name in names if name not in KNOWN[kind]] for kind, names in offered.items()} == {
        kind: [] for kind in KNOWN
    }
    # Each kind lists its required columns.
    assert all(len(names) > 5 for names in offered.values())


SAYS = dict(
    re.findall(
        r'(\w+): "(.*?)"',
        re.search(r"const SAYS = \{(.*)\};", (ROOT / "console/src/catalog/schema.js").read_text())[1],  # type: ignore[index]
    )
)
DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text())
REFERENCE = (ROOT / "docs/api.md").read_text()


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Resolves references, and selects the alternative that is not null."""
    while "$ref" in schema or "anyOf" in schema:
        schema = (
            DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            if "$ref" in schema
            else next(each for each in schema["anyOf"] if each.get("type") != "null")
        )
    return schema


def said(mark: str, method: str, type: str) -> set[str]:
    """Returns the fields whose descriptions contain these words, for creating (post) or changing (patch) a type."""
    begin = f"/api/v1/{type}" + ("/{" if method == "patch" else "")
    path = next(
        each for each in DOCUMENT["paths"] if each == begin or (method == "patch" and each.startswith(begin))
    )
    body = resolved(
        DOCUMENT["paths"][path][method]["requestBody"]["content"]["application/vnd.api+json"]["schema"]
    )
    attributes = resolved(resolved(body["properties"]["data"])["properties"]["attributes"])
    return {
        name for name, field in attributes["properties"].items() if SAYS[mark] in field.get("description", "")
    }


@pytest.mark.parametrize(
    ("mark", "method", "type", "fields"),
    [
        ("shown", "patch", "customers", {"email_status", "full_name", "uuid", "version", "created_at", "updated_at"}),
        ("shown", "patch", "vouchers", {"redemptions", "created_at", "updated_at"}),
        ("shown", "patch", "resources", {"created_at", "updated_at"}),
        ("fixed", "patch", "vouchers", {"code"}),
        ("fixed", "patch", "custom-fields", {"field_type"}),
        ("money", "post", "services", {"price", "starting_fee"}),
        ("money", "post", "vouchers", {"amount", "min_total"}),
        ("money", "post", "add-ons", {"price"}),
        ("clock", "post", "message-rules", {"local_time"}),
    ],
)  # fmt: skip
def test_the_document_says_what_the_forms_go_by(mark: str, method: str, type: str, fields: set[str]) -> None:
    """The catalog's forms are made from schemas, which do not say what is money or read-only."""
    assert said(mark, method, type) == fields


WORDS = {
    name: (english, german)
    for name, english, german in re.findall(
        r'(?:^|[\s{])"?([^\s":{}]+(?::\w+)?|scope_\*)"?: \["([^"]*)",\s*"([^"]*)"\]',
        (ROOT / "console/src/words.js").read_text(),
    )
}
SOURCES = "".join(
    path.read_text() for path in sorted((ROOT / "console/src").rglob("*.js*")) if path.name != "words.js"
)


def test_every_text_that_the_desk_names_exists_and_each_text_is_used() -> None:
    named = {*re.findall(r'\bt\("([^"]+)"', SOURCES)}
    assert len(named) > 100
    assert named - WORDS.keys() == set()
    families = (*(f"{name}_" for name in re.findall(r"`(\w+)_\$\{", SOURCES)), "would_", "did_")
    unused = {
        name
        for name in WORDS
        if f'"{name}"' not in SOURCES
        and not name.startswith(families)
        and name.removesuffix("_one") not in WORDS
    }
    # The log names types of items, and a form its days.
    assert unused <= {"webhook-subscriptions"}


def test_what_the_page_about_the_desk_names_is_on_the_desk() -> None:
    page = (ROOT / "docs/desk.md").read_text()
    fields = {name.replace("_", " ").capitalize() for name in re.findall(r"`(\w+)` \|", REFERENCE)}
    assert len(fields) > 50
    # What ends like a sentence opens a paragraph.
    named = {text for text in re.findall(r"\*\*(.+?)\*\*", page) if text[-1] not in ".?:"}
    assert len(named) > 40
    assert named - {english for english, _ in WORDS.values()} - fields == set()


@pytest.mark.parametrize(
    ("family", "codes"),
    [
        ("scope", Scope), ("action", Action), ("run", RunStatus), ("row", Result), ("would", Result), ("did", Result),
        ("kind", MessageKind), ("state", MessageState), ("reason", Reason),
    ],
)  # fmt: skip
def test_no_code_of_the_api_is_shown_without_words(family: str, codes: Any) -> None:
    assert [code for code in get_args(codes) if not all(WORDS.get(f"{family}_{code}", [""]))] == []


def test_the_desk_stays_small_enough_to_be_read() -> None:
    own = [path for path in (ROOT / "console").rglob("*") if path.suffix in (".js", ".jsx", ".css", ".html")]
    assert len(own) > 20
    assert sum(len(path.read_text().splitlines()) for path in own) < 3_000


def test_the_document_of_the_desk_lists_every_call_that_it_makes() -> None:
    """The forms of the catalog call `${type}/…`, for each of its types."""
    text = (ROOT / "docs/desk.md").read_text()
    told = set(re.findall(r"`(GET|POST|PATCH|DELETE) ([^`]+)`", text[text.index("## The calls behind it") :]))
    asked = set()
    for path in (ROOT / "console/src").rglob("*.js*"):
        call = r"api\.(\w+)\(\s*(?:\"([A-Z]+)\", )?[\"`]([a-z][^\"`?]+)"
        for verb, method, called in re.findall(call, path.read_text()):
            item = "/{id}" if verb == "patch" else ""
            method = method or {"all": "GET", "create": "POST"}.get(verb, verb.upper())
            asked.add((method, re.sub(r"\$\{\w+\}", "{id}", called) + item))
    assert len(asked) > 20
    assert asked - told == {("GET", "custom-fields")}
