"""Recognizes the status of a booking in the words that other systems use. Pure."""

from frontdesk.domain.imports.columns.amounts import read_truth
from frontdesk.domain.imports.columns.dates import read_written
from frontdesk.domain.imports.headers.folding import folded
from frontdesk.domain.imports.headers.words import BEGINNINGS, STATUSES

_STATUS_OF = {folded(word): status for status, words in STATUSES.items() for word in words.split(",")}
_BEGINNINGS = [(folded(word), status) for status, words in BEGINNINGS.items() for word in words.split(",")]


def happened(cell: str) -> bool | None:
    """Whether a cell in a column such as "Canceled" says yes. A date also means yes. Returns None for other texts."""
    said = read_truth(cell)
    written = read_written(cell) if said is None else None
    return True if written and written.has_date else said


def status_of(cell: str) -> str | None:
    """Returns the status that a cell names: confirmed, completed, canceled or no_show. Returns None if it is unknown or ambiguous."""
    word = folded(cell)
    return _STATUS_OF.get(word) or next(
        (status for start, status in _BEGINNINGS if word.startswith(start)), None
    )
