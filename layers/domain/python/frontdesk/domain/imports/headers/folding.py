"""How names of columns, and names in cells, are compared. Pure."""

import re
from functools import lru_cache
from unicodedata import normalize

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@lru_cache(4096)
def folded(name: str) -> str:
    """A column's name by its letters and digits alone, without accents; what people write with or without space is one."""
    text = normalize("NFC", name).casefold().translate(_GERMAN)
    text = "".join(c for c in normalize("NFKD", text) if c.isalnum() or c in "%#")
    return text.replace("#", "no") if text.strip("#") else ""


@lru_cache(20_000)
def folded_value(text: str) -> str:
    """A name in a cell: without case, and with single spaces. Accents count: Jorg and Jörg are two."""
    return re.sub(r"[\s\u00a0]+", " ", normalize("NFC", text)).strip().casefold()
