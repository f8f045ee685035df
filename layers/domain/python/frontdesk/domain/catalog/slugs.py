"""Makes short names for URLs (slugs) from names."""

import re
from collections.abc import Iterator

from frontdesk.domain.texts import normal

# The usual German spelling without umlauts. Accents of other languages are dropped.
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"}
)
_LONGEST, MOST_NUMBERED = 80, 50


def slug_of(name: str, otherwise: str) -> str:
    """Returns a slug for a name: `raum-uebung-1` for "Raum Übung 1". Returns `otherwise` for a name without Latin letters and digits."""
    text = normal("NFC", name).casefold().translate(_LETTERS)
    letters = normal("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", letters)[:_LONGEST].strip("-") or otherwise


def numbered(slug: str) -> Iterator[str]:
    """Yields `room`, `room-2`, `room-3` and so on for the slug `room`, at most MOST_NUMBERED of them."""
    yield slug
    yield from (f"{slug}-{number}" for number in range(2, MOST_NUMBERED + 1))
