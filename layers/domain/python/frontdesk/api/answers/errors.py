"""Errors in the form of JSON:API."""

from collections.abc import Iterable
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from frontdesk.api.answers.values import JSONAPI, Version
from frontdesk.domain.problems import Problem
from frontdesk.errors import Language


class Source(TypedDict):
    """The part of the request that the error is about."""

    pointer: NotRequired[Annotated[str, Field(description="A JSON pointer to the place in the body.")]]
    parameter: NotRequired[Annotated[str, Field(description="The name of the query parameter.")]]
    header: NotRequired[Annotated[str, Field(description="The name of the header.")]]


class Error(TypedDict):
    """One problem of the request."""

    status: Annotated[str, Field(pattern=r"^\d{3}$")]
    code: Annotated[
        str, Field(description="The code of the error, for programs. docs/api.md lists all codes.")
    ]
    title: str
    detail: Annotated[str, Field(description="What happened and what to do, for people.")]
    source: NotRequired[Source]
    meta: NotRequired[dict[str, Any]]


class Errors(TypedDict):
    """Every problem found in the request, with its location."""

    errors: Annotated[list[Error], Field(min_length=1)]
    jsonapi: Version


def error_document(problems: Iterable[Problem], language: Language) -> Errors:
    """Returns the document of errors, with texts in `language`, in the given order."""
    return {"errors": [error(problem, language) for problem in problems], "jsonapi": JSONAPI}


def error(problem: Problem, language: Language) -> Error:
    """Returns the JSON:API error for a problem, with texts in `language`."""
    shown: Error = {
        "status": str(problem.status),
        "code": problem.code,
        "title": problem.title(language),
        "detail": problem.detail(language),
    }
    source: Source = {}
    if problem.pointer is not None:
        source["pointer"] = problem.pointer
    if problem.parameter is not None:
        source["parameter"] = problem.parameter
    if problem.header is not None:
        source["header"] = problem.header
    if source:
        shown["source"] = source
    if problem.meta:
        shown["meta"] = dict(problem.meta)
    return shown
