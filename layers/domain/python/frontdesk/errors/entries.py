"""What the catalogue says of an error, and of a phrase within one. A language more is a field more in both."""

from typing import NamedTuple


class Text(NamedTuple):
    """The title and detail of an error in a language, with {values} by name; `errors.formats` says how they are written."""

    title: str
    detail: str


class Error(NamedTuple):
    """An error by its code. `at` and `when` are for docs/api.md: the places it names, and when it happens.

    `also` are the statuses that it has elsewhere: of what the address names, or in the query of availability.
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
