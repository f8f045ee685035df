"""Problems in the language of whoever reads them. They are made in English; what they say is found again by its template."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from string import Formatter
from typing import Literal

from frontdesk.domain.problems import Problem

Language = Literal["en", "de"]

# What a value may be: a whole number, one word, or any text.
_SHAPES = {"d": r"-?\d+", "w": r"\S+", "": r".+?"}
# How many texts may be in each other: a name that is put before a detail may look like one before a detail itself.
_DEEPEST = 8


def in_language(problem: Problem, language: Language) -> Problem:
    """The problem with its title and detail in a language; what has no translation stays English."""
    if language == "en":
        return problem
    # Imported where it is wanted: most requests are answered in English, and none waits for this.
    from frontdesk.languages import de

    title, detail = (
        translated(text, texts, de.WORDS)
        for text, texts in ((problem.title, de.TITLES), (problem.detail, de.DETAILS))
    )
    return problem._replace(title=title or problem.title, detail=detail or problem.detail)


def translated(
    text: str, texts: Mapping[str, str], words: Mapping[str, Mapping[str, str]], depth: int = _DEEPEST
) -> str | None:
    """The text by the first template that it fits, None if there is none.

    `texts`: templates by English templates, whose {values} have a shape (`{count:d}`). A value {detail} is a text itself,
    one that `words` has a list for is looked up there.
    """
    if text in texts:
        return texts[text].format()
    return next(_fitting(text, texts, words, depth), None)


def _fitting(
    text: str, texts: Mapping[str, str], words: Mapping[str, Mapping[str, str]], depth: int
) -> Iterator[str]:
    for template, translation in texts.items():
        if not text.startswith(_beginning(template)):
            continue
        found = _pattern(template).fullmatch(text)
        if found is None:
            continue
        values = {name: words.get(name, {}).get(value, value) for name, value in found.groupdict().items()}
        if "detail" in values:
            within = translated(values["detail"], texts, words, depth - 1) if depth else None
            if within is None:
                continue
            values["detail"] = within
        yield translation.format(**values)


@cache
def _beginning(template: str) -> str:
    return next(literal for literal, *_ in Formatter().parse(template))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = [
        re.escape(literal) + ("" if name is None else f"(?P<{name}>{_SHAPES[shape or '']})")
        for literal, name, shape, _ in Formatter().parse(template)
    ]
    return re.compile("".join(parts), re.DOTALL)
