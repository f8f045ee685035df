"""The types of values in the texts of errors.

The texts are in `errors.catalogue`, by code. Placing an order imports only these types. The catalogue and the formats are imported when
the first error is shown.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

Language = Literal["en", "de"]


class Money(NamedTuple):
    """An amount in minor units of a currency. Shown as people write it: 50.00 EUR, 50,00 EUR."""

    amount: int
    currency: str


class Instant(NamedTuple):
    """An instant (epoch seconds), shown in the local time of an IANA zone."""

    epoch: int
    zone: str


class Phrase(NamedTuple):
    """A part of an error's text that is translated too: a key in the catalogue's PHRASES, with the values for its text."""

    key: str
    values: Mapping[str, "Value"] = {}


Value: TypeAlias = str | int | Money | Instant | Phrase | Sequence["Value"]


class Invalid(ValueError):
    """A value is wrong. Parsers and validators raise it. `reason` is the key of a phrase in the catalogue, with its `values`."""

    def __init__(self, reason: str, **values: Value) -> None:
        super().__init__(reason)
        self.reason = Phrase(reason, values)
