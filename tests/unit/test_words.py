"""The texts that readers see: documents, docstrings and errors have short sentences, and their links work."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from frontdesk.api.openapi.operations import VERSION, openapi_document
from frontdesk.errors.catalogue import ERRORS, PHRASES

ROOT = Path(__file__).parents[2]
MAX_WORDS = 35

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
MODULES = [
    path
    for room in ("layers/domain", "functions", "local", "bench")
    for path in sorted((ROOT / room).rglob("*.py"))
]
RETIRED = (ROOT / "tests/retired_phrases.txt").read_text().splitlines()


@cache
def running_text(path: Path) -> str:
    """Returns a file's text on one line. Cached, because each of a hundred phrases is sought in all of them."""
    return " ".join(path.read_text().split())


def sentences(text: str) -> Iterator[str]:
    """Yields the sentences of prose: without code blocks, each table cell and list item separately."""
    text = re.sub(r"^```.*?^```$|^ {4}[^\n]*$", "", text, flags=re.S | re.M)
    for paragraph in re.split(r"\n\s*\n|\n\s*(?:[-*]|\d+\.)\s|\n(?=\|)|(?<!\\)\|", text):
        yield from re.split(r"(?<=[.!?])[)\"*_]*\s+(?=[A-Z`*\"(\[ÄÖÜ])", " ".join(paragraph.split()))


def too_long(text: str) -> list[str]:
    # A URL, a path or a quoted value counts as one word.
    return [
        each for each in sentences(text) if len(re.sub(r"`[^`]*`|\(\S+\)", "x", each).split()) > MAX_WORDS
    ]


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (
            text := ast.get_docstring(node)
        ):
            yield text


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_in_short_sentences(path: Path) -> None:
    assert too_long(path.read_text()) == []


def test_docstrings_are_in_short_sentences() -> None:
    found = {
        str(path.relative_to(ROOT)): long
        for path in MODULES
        if (long := [each for text in docstrings(path) for each in too_long(text)])
    }
    assert found == {}


def test_errors_are_in_short_sentences() -> None:
    texts = [text for each in ERRORS.values() for text in (*each.en, *each.de, each.at, each.when)]
    texts += [text for phrase in PHRASES.values() for text in phrase]
    assert [long for text in texts for long in too_long(text)] == []


def test_a_long_sentence_is_noticed() -> None:
    assert too_long("Word " * MAX_WORDS + "word.") != []
    assert too_long("Short. " * 40) == []


def descriptions(part: Any) -> Iterator[str]:
    """Yields the descriptions in a part of an OpenAPI document."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "description" and isinstance(value, str):
                yield value
            elif name not in ("example", "examples"):
                yield from descriptions(value)
    elif isinstance(part, list):
        for each in part:
            yield from descriptions(each)


# "Of the header.", "By their start.", "The same.": answers to a question that the reader does not see.
TORSO = re.compile(r"(Of|By|From|Until|Those|In|With|Without|Less|The same)\b")


def test_each_description_of_the_api_is_understood_alone() -> None:
    """A generated client shows each in the docstring of its field, without its neighbours."""
    found = set(descriptions(openapi_document()))
    assert len(found) > 500
    assert [text for text in found if not re.match(r"[A-Z`].*\.\s*$", text, re.S) or TORSO.match(text)] == []
    assert [long for text in found for long in too_long(text)] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
            slugs = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
            assert heading in slugs, target


def test_the_changelog_begins_with_the_version_of_the_api() -> None:
    newest = re.search(r"^## \[(.*?)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert newest
    assert newest[1] == VERSION


@pytest.mark.parametrize("phrase", RETIRED)
def test_a_retired_phrase_stays_retired(phrase: str) -> None:
    assert [str(path) for path in [*DOCUMENTS, *MODULES] if phrase in running_text(path)] == []
