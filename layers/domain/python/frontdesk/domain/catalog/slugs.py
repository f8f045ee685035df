"""Derives slugs, which are short names for URLs, from names."""

import re
from collections.abc import Iterator

from frontdesk.domain.texts import normal

# The usual German spelling without umlauts. Accents of other languages are dropped.
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"}
)
_LONGEST, MOST_NUMBERED = 80, 50


def slug_of(name: str, otherwise: str) -> str:
    """Returns a slug for a name: `raum-uebung-1` for "Raum Übung 1". If the name has no Latin letters or digits, returns `otherwise`."""
    text = normal("NFC", name).casefold().translate(_LETTERS)
    letters = normal("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", letters)[:_LONGEST].strip("-") or otherwise


def numbered(slug: str) -> Iterator[str]:
    """Yields `room`, `room-2`, `room-3` and so on, if the slug is `room`. Stops after MOST_NUMBERED slugs."""
    yield slug
    yield from (f"{slug}-{number}" for number in range(2, MOST_NUMBERED + 1))
