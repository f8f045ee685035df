"""Recognizes the status of a booking in the words that other systems use. Pure."""

from frontdesk.domain.imports.columns.amounts import read_truth
from frontdesk.domain.imports.columns.dates import read_written
from frontdesk.domain.imports.headers.folding import folded
from frontdesk.domain.imports.headers.words import BEGINNINGS, STATUSES

_STATUS_OF = {folded(word): status for status, words in STATUSES.items() for word in words.split(",")}
_BEGINNINGS = [(folded(word), status) for status, words in BEGINNINGS.items() for word in words.split(",")]


def happened(cell: str) -> bool | None:
    """Whether a cell below "Canceled" or "No-show" says so: yes, or the day on which it was. Returns None for other texts."""
    said = read_truth(cell)
    written = read_written(cell) if said is None else None
    return True if written and written.has_date else said


def status_of(cell: str) -> str | None:
    """Returns confirmed, completed, canceled or no_show, or None for a word that does not certainly mean one of them."""
    word = folded(cell)
    return _STATUS_OF.get(word) or next(
        (status for start, status in _BEGINNINGS if word.startswith(start)), None
    )
