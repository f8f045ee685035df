"""Texts of others: what may be stored, and what is fit for a mail."""

from unicodedata import category

_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """Nothing in it can end a header, nor be read as an encoded word, which could hide the end of one."""
    return " ".join(printable(text).split()).replace("=?", "= ?")


def printable(text: str) -> str:
    """Without what no reader sees: controls (but line ends), half characters, and marks that turn the text around them."""
    return "".join(
        c for c in text if c in "\r\n\t" or (category(c) not in ("Cc", "Cs") and c not in _DIRECTION_MARKS)
    )


def is_plain(text: str, allowed: str = "") -> bool:
    """Whether it has no controls but those `allowed`, no halves of surrogate pairs, and no separators that end a line as well."""
    return not any(
        category(character) in ("Cc", "Cs", "Zl", "Zp") and character not in allowed for character in text
    )
