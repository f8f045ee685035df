"""The types of the values that the texts of errors contain.

The texts are in `errors.catalogue`, by code. That module and `errors.formats` are imported only when the first error is shown.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

Language = Literal["en", "de"]


class Money(NamedTuple):
    """An amount in minor units of a currency. Shown in the format of a language: 50.00 EUR (en), 50,00 EUR (de)."""

    amount: int
    currency: str


class Instant(NamedTuple):
    """An instant (epoch seconds), shown in the local time of an IANA zone."""

    epoch: int
    zone: str


class Phrase(NamedTuple):
    """A translated part of an error's text: a key in the catalogue's PHRASES, and the values to fill into its text."""

    key: str
    values: Mapping[str, "Value"] = {}


Value: TypeAlias = str | int | Money | Instant | Phrase | Sequence["Value"]


class Invalid(ValueError):
    """Parsers and validators raise this for a wrong value. `reason` is the key of a phrase in the catalogue; `values` are filled in."""

    def __init__(self, reason: str, **values: Value) -> None:
        super().__init__(reason)
        self.reason = Phrase(reason, values)
