"""The types of the catalogue's entries: an error, and a phrase within one. Adding a language adds a field to both."""

from typing import NamedTuple


class Text(NamedTuple):
    """An error's title and detail in one language. `errors.formats` replaces {names} by values."""

    title: str
    detail: str


class Error(NamedTuple):
    """An error of the catalogue, with its HTTP status.

    docs/api.md shows `at`, the part of the request that the error points to, and `when`, the situation in which it occurs. `also` are
    further statuses: for an item named in the path, or in a query of availability.
    """

    status: int
    en: Text
    de: Text
    at: str
    when: str
    also: tuple[int, ...] = ()


class Said(NamedTuple):
    """A phrase, a part of an error's text, in each language."""

    en: str
    de: str
