"""Texts of others: what may be stored, and what is fit for a mail."""

import re
from unicodedata import category

from frontdesk.errors import Invalid

# Unicode's categories Cc, Cs, Zl and Zp.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
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
    return all(character in allowed for character in _ODD.findall(text))


def plain_line(text: str) -> str:
    """A text of one line, as every door takes it. Raises Invalid."""
    if not is_plain(text):
        raise Invalid("controls_or_lines")
    return text


def plain_text(text: str) -> str:
    """A text that may have lines and tabs, as every door takes it. Raises Invalid."""
    if not is_plain(text, "\r\n\t"):
        raise Invalid("controls")
    return text
