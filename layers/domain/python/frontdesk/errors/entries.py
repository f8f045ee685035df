"""The catalogue's entries for an error, and for a phrase within one. Another language is another field in both."""

from typing import NamedTuple


class Text(NamedTuple):
    """Title and detail of an error in one language, with {values} by name. `errors.formats` defines how they are written."""

    title: str
    detail: str


class Error(NamedTuple):
    """An error by its code.

    `at` and `when` are for docs/api.md: the places it points at, and when it occurs. `also` are further statuses: for something named in
    the path, or in a query of availability.
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
