"""Searching and sorting that compare texts as people do, not by code point. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar
from unicodedata import combining

from frontdesk.domain.texts import normal

# A phone number in any notation: digits, and the characters people put between them.
_PHONE = re.compile(r"\+?[\d\s()/.\-]*\d[\d\s()/.\-]*")
# A number with fewer digits would match too many customers.
_FEWEST_DIGITS = 4
# The most characters that one search compares. The items of two reads have fewer, except with characters that stand for whole words.
MAX_COMPARED = 10_000_000

_T = TypeVar("_T")


# The combining dot that remains when a capital İ becomes lower case.
_LOOSE_DOT = "\u0307"


def folded(text: str) -> str:
    """Normalizes a text for comparison: ignores case and differences in encoding (Unicode NFKC)."""
    return normal("NFKC", normal("NFKC", text).casefold())


def digits_of(phone: str) -> str:
    """Returns the digits of a phone number without leading zeros, so that a search for 030 also finds +49 30."""
    return re.sub(r"\D", "", normal("NFKC", phone).replace("(0)", "")).lstrip("0")


def searchable(texts: Iterable[str | None], phones: Iterable[str | None] = ()) -> str:
    """Joins the texts and phone numbers of an item into one normalized text, in which `Sought.is_in` searches."""
    return " ".join([*map(folded, filter(None, texts)), *map(digits_of, filter(None, phones))])


class Sought(NamedTuple):
    """A parsed search. A text matches if it contains all `words`, or the `digits` of a phone number."""

    words: tuple[str, ...]
    digits: str | None = None

    @classmethod
    def of(cls, text: str) -> "Sought":
        """Parses the text of a search. Digits count as a phone number only if there are at least four."""
        digits = digits_of(text) if _PHONE.fullmatch(normal("NFKC", text).strip()) else ""
        return cls(
            tuple(folded(text).replace(_LOOSE_DOT, "").split()),
            digits if len(digits) >= _FEWEST_DIGITS else None,
        )

    def is_in(self, text: str) -> bool:
        """Whether a text made by `searchable` matches the search."""
        # The normalized texts of listed items are stored, and still contain the dot.
        text = text.replace(_LOOSE_DOT, "")
        return all(word in text for word in self.words) or (self.digits is not None and self.digits in text)

    def among(self, items: Iterable[_T], text_of: Callable[[_T], str]) -> tuple[list[_T], bool]:
        """Returns (matching items, whether the search stopped early). It stops after MAX_COMPARED characters.

        `text_of` returns the `searchable` text of an item.
        """
        found: list[_T] = []
        left = MAX_COMPARED
        for each in items:
            if left < 0:
                return found, True
            text = text_of(each)
            left -= len(text)
            if self.is_in(text):
                found.append(each)
        return found, False


def sort_key(text: str) -> list[str | int]:
    """Returns a key for sorting names. It ignores case and accents, and compares numbers by value: "Room 2" is before "Room 10"."""
    plain = "".join(each for each in normal("NFKD", folded(text)) if not combining(each))
    return [int(part) if n % 2 else part for n, part in enumerate(re.split(r"([0-9]{1,18})", plain))]
