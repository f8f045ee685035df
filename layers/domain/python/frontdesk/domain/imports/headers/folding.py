"""Normalizes names of columns, and names in cells, for comparison. Pure."""

import re
from functools import lru_cache
from unicodedata import normalize

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@lru_cache(4096)
def folded(name: str) -> str:
    """Reduces a column's name to letters and digits without accents, so that different spacing makes no difference."""
    text = normalize("NFC", name).casefold().translate(_GERMAN)
    text = "".join(c for c in normalize("NFKD", text) if c.isalnum() or c in "%#")
    return text.replace("#", "no") if text.strip("#") else ""


@lru_cache(20_000)
def folded_value(text: str) -> str:
    """Normalizes a name in a cell: no case, single spaces. Accents count: Jorg and Jörg are different."""
    return re.sub(r"[\s\u00a0]+", " ", normalize("NFC", text)).strip().casefold()
