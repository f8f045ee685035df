"""Texts as people compare them, and not code point by code point: what is searched for in them, and how they are sorted. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import combining, normalize

# A phone number as it is written anywhere: digits with what people put between them.
_PHONE = re.compile(r"\+?[\d\s()/.\-]*\d[\d\s()/.\-]*")
# Fewer digits are part of too many numbers.
_FEWEST_DIGITS = 4


def folded(text: str) -> str:
    """The same for all texts that look the same but for their case: by Unicode's NFKC."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def digits_of(phone: str) -> str:
    """A phone number without what people put between its digits, and without the zeros before it: 030 is +49 30 from within."""
    return re.sub(r"\D", "", normalize("NFKC", phone).replace("(0)", "")).lstrip("0")


def searchable(texts: Iterable[str | None], phones: Iterable[str | None] = ()) -> str:
    """The form of some texts and phone numbers in which `Sought` finds."""
    return " ".join([*map(folded, filter(None, texts)), *map(digits_of, filter(None, phones))])


class Sought(NamedTuple):
    """What somebody looks for: words, all of which must be there, or the digits of a phone number."""

    words: tuple[str, ...]
    digits: str | None = None

    @classmethod
    def of(cls, text: str) -> "Sought":
        digits = digits_of(text) if _PHONE.fullmatch(normalize("NFKC", text).strip()) else ""
        return cls(tuple(folded(text).split()), digits if len(digits) >= _FEWEST_DIGITS else None)

    def is_in(self, text: str) -> bool:
        """Whether it is found in a `searchable` text."""
        return all(word in text for word in self.words) or (self.digits is not None and self.digits in text)


def sort_key(text: str) -> list[str | int]:
    """Names in the order that people expect: without case and marks, numbers by their value. (Not Unicode's collation.)"""
    plain = "".join(each for each in normalize("NFKD", folded(text)) if not combining(each))
    return [int(part) if n % 2 else part for n, part in enumerate(re.split(r"([0-9]{1,18})", plain))]
