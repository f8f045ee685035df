"""The types of the catalogue's entries: errors, and phrases within their texts. A further language adds a field to both types."""

from typing import NamedTuple


class Text(NamedTuple):
    """An error's title and detail in one language. `errors.formats` replaces each {name} by a value."""

    title: str
    detail: str


class Error(NamedTuple):
    """An error of the catalogue, with its HTTP status.

    `at` names the part of the request that the error points to. `when` describes the situation in which the
    error occurs. The texts `at` and `when` appear in docs/api.md.

    `also` lists the other statuses that the error can have: 404 if the path names the missing item, 400 if
    the error is in a query parameter.
    """

    status: int
    en: Text
    de: Text
    at: str
    when: str
    also: tuple[int, ...] = ()


class Said(NamedTuple):
    """A phrase, which is a part of an error's text, in each language."""

    en: str
    de: str
