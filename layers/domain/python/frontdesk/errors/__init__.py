"""What errors say: the values that their texts are made with. The texts are in `errors.catalogue`, by code.

Only these types are on the way of an order; catalogue and formats are imported with the first error that is shown.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

Language = Literal["en", "de"]


class Money(NamedTuple):
    """An amount in a currency's minor units, shown as people write it: 50.00 EUR, 50,00 EUR."""

    amount: int
    currency: str


class Instant(NamedTuple):
    """A moment (UTC epoch seconds), shown on the wall clock of an IANA zone."""

    epoch: int
    zone: str


class Phrase(NamedTuple):
    """A part of a text that has a text of its own: its key in the catalogue's PHRASES, and its values."""

    key: str
    values: Mapping[str, "Value"] = {}


Value: TypeAlias = str | int | Money | Instant | Phrase | Sequence["Value"]


class Invalid(ValueError):
    """A value that is not right: what readers and validators raise. `reason` says why, in the catalogue's PHRASES."""

    def __init__(self, reason: str, **values: Value) -> None:
        super().__init__(reason)
        self.reason = Phrase(reason, values)
