"""Checks texts that come from outside: which characters may be stored, and which are safe in a mail or a spreadsheet."""

import re
from functools import lru_cache
from typing import Literal
from unicodedata import category, combining, normalize

from frontdesk.errors import Invalid

# Unicode categories Cc, Cs, Zl and Zp.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# The beginning of a formula in a spreadsheet, or of a text that looks like an escaped formula.
_FORMULA = re.compile("'*[=+\\-@\t\r]")
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Unicode's Stream-Safe Text Format (UAX #15, section 13) allows this many marks in a row. No language needs more.
_MOST_MARKS = 30
# A run long enough for more marks than that. `\W` matches every mark except two Japanese ones, which count as letters.
_RUN = re.compile(rf"[\W\uff9e\uff9f]{{{_MOST_MARKS + 1},}}")


def normal(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """Normalizes a text like `unicodedata.normalize`, but drops combining marks beyond _MOST_MARKS in a row.

    Python sorts such marks slowly: 100,000 in a row take half a minute.
    """
    return normalize(form, _RUN.sub(lambda run: _stream_safe(run[0]), text))


def _stream_safe(text: str) -> str:
    kept, run = [], 0
    for character in text:
        run = run + 1 if _is_mark(character) else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


@lru_cache(5_000)
def _is_mark(character: str) -> bool:
    """Whether a character is a combining mark, or decomposes into combining marks only, as U+0F73 does."""
    return all(map(combining, normalize("NFKD", character)))


def one_line(text: str) -> str:
    """Joins the text into one line for a mail header. The line can neither end the header nor form an encoded word (RFC 2047)."""
    return " ".join(printable(text).split()).replace("=?", "= ?")


def printable(text: str) -> str:
    """Removes invisible characters: lone surrogates, direction marks, and controls other than line ends and tabs."""
    return "".join(
        c for c in text if c in "\r\n\t" or (category(c) not in ("Cc", "Cs") and c not in _DIRECTION_MARKS)
    )


def shortened(text: str, most: int) -> str:
    """Returns the text with at most `most` characters. A text that is cut ends with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def is_plain(text: str, allowed: str = "") -> bool:
    """Whether the text is free of lone surrogates, Unicode line separators, and controls that are not in `allowed`."""
    return all(character in allowed for character in _ODD.findall(text))


def plain_line(text: str) -> str:
    """Returns the text, or raises Invalid if it has control characters or line breaks. Used for every single-line input."""
    if not is_plain(text):
        raise Invalid("controls_or_lines")
    return text


def plain_text(text: str) -> str:
    """Returns the text, or raises Invalid if it has control characters other than line ends and tabs. Used for every multi-line input."""
    if not is_plain(text, "\r\n\t"):
        raise Invalid("controls")
    return text


def without_formula(text: str) -> str:
    """Puts an apostrophe before a text that a spreadsheet could take for a formula. Returns any other text unchanged."""
    return f"'{text}" if _FORMULA.match(text) else text


def with_formula(cell: str) -> str:
    """Reverses `without_formula`."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
