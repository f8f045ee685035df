"""Normalizes names of columns, and names in cells, for comparison. Pure."""

import re
from functools import lru_cache

from frontdesk.domain.texts import normal

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


# Longer texts are not cached: a line of a file may have a million characters.
_LONGEST = 200


def folded(name: str) -> str:
    """Reduces a column's name to lower-case letters and digits without accents: `startdate` for "Start-Date"."""
    return (_folded if len(name) <= _LONGEST else _folded.__wrapped__)(name)


def worded(name: str) -> str:
    """Separates the words of a column's name by spaces: `start utc` for "start_utc", "Start-UTC" and "startUtc"."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", name)).strip()


@lru_cache(4096)
def _folded(name: str) -> str:
    text = normal("NFC", name).casefold().translate(_GERMAN)
    text = "".join(c for c in normal("NFKD", text) if c.isalnum() or c in "%#")
    return text.replace("#", "no") if text.strip("#") else ""


def folded_value(text: str) -> str:
    """Normalizes a name in a cell: no case, single spaces. Accents count: Jorg and Jörg are different."""
    return (_folded_value if len(text) <= _LONGEST else _folded_value.__wrapped__)(text)


@lru_cache(20_000)
def _folded_value(text: str) -> str:
    return re.sub(r"[\s\u00a0]+", " ", normal("NFC", text)).strip().casefold()
