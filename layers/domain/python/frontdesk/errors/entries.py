"""The types of the catalogue's entries: an error, and a phrase within one. Adding a language adds a field to both."""

from typing import NamedTuple


class Text(NamedTuple):
    """An error's title and detail in one language. {names} stand for values, which `errors.formats` writes."""

    title: str
    detail: str


class Error(NamedTuple):
    """An error.

    `at` and `when` are for docs/api.md: where it points, and when it occurs. `also` are further statuses: for something named in the
    path, or in a query of availability.
    """

    status: int
    en: Text
    de: Text
    at: str
    when: str
    also: tuple[int, ...] = ()


class Said(NamedTuple):
    """A phrase in each language."""

    en: str
    de: str
