"""A file as a table: finds its header and the data rows below it. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from frontdesk.domain.imports.headers.folding import folded
from frontdesk.domain.imports.headers.words import TOTALS

MAX_LINE_BYTES = 1_000_000
# The most columns of a header. Each name is compared with all names of columns, for four kinds of files.
MAX_COLUMNS = 1_000
# How many rows to search for the header. Titles, filters and dates may be above it, but not whole pages.
_LOOKED_AT = 25


class Row(NamedTuple):
    """The cells of a row as text, and the line on which it begins."""

    line: int
    cells: Sequence[str]
    # Only for calendars: (start, end) of each time, if no recurrence rule of Frontdesk expresses the repetition.
    times: Sequence[tuple[str, str]] = ()
    # Only for calendars: the UID of the series of which the row is one date.
    series: str = ""


class Table(NamedTuple):
    """A file as a table, whose rows can be read repeatedly. `encoding` and `delimiter` are set for text files."""

    rows: Callable[[], Iterator[Row]]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    # Only for workbooks: the unconverted cells, with the number of each row.
    values: Callable[[], Iterator[tuple[int, list[Any]]]] | None = None
    # Lines that are not rows, and are reported as left out.
    left_out: Sequence[int] = ()


def header_of(table: Table, rate: Callable[[list[str]], int]) -> Row | None:
    """Returns the row near the top that looks most like a header, or None for an empty file.

    `rate` returns a row's score. Among rows with the best score, the first one is the header.
    """
    best: Row | None = None
    most, looked_at = 0, 0
    for row in table.rows():
        if not any(cell.strip() for cell in row.cells):
            continue
        looked_at += 1
        found = rate(list(row.cells))
        if best is None or found > most:
            best, most = row, found
        if looked_at == _LOOKED_AT:
            break
    return best


class Body:
    """The rows below a header. Leaves out empty rows, repeated headers, totals, and remarks at the end.

    `skipped` lists the lines that were left out, except empty ones.
    """

    def __init__(self, table: Table, header: Row, needed: Sequence[int]) -> None:
        self.table, self.header, self.needed = table, header, needed
        self.width = len(header.cells)
        self.names = [cell.strip() for cell in header.cells]
        self.skipped: list[int] = []

    def __iter__(self) -> Iterator[Row]:
        self.skipped = [*self.table.left_out]
        waiting: list[Row] = []
        first = self.needed[0] if self.needed else None
        for row in self.table.rows():
            if row.line <= self.header.line:
                if row.line < self.header.line and any(cell.strip() for cell in row.cells):
                    self.skipped.append(row.line)
                continue
            if first is not None and len(row.cells) >= self.width and row.cells[first][:1].isdigit():
                # A date or time is the most reliable sign of a data row.
                if waiting:
                    yield from waiting
                    waiting = []
                yield row
                continue
            filled = [cell for cell in row.cells if cell and not cell.isspace()]
            if not filled:
                continue
            if len(filled) == len(self.header.cells) and [cell.strip() for cell in row.cells] == self.names:
                self.skipped.append(row.line)
                continue
            if self._is_total(row, filled):
                self.skipped.append(row.line)
                continue
            if len(filled) == 1 and self.width > 2 and self._lacks_what_is_needed(row):
                # A remark, if nothing but remarks follows.
                waiting.append(row)
                continue
            yield from waiting
            waiting = []
            yield row
        self.skipped += [row.line for row in waiting]

    def _lacks_what_is_needed(self, row: Row) -> bool:
        return not any(at < len(row.cells) and row.cells[at].strip() for at in self.needed)

    def _is_total(self, row: Row, filled: Sequence[str]) -> bool:
        told = [row.cells[at] for at in self.needed if at < len(row.cells) and row.cells[at].strip()]
        return all(map(is_total, told)) and any(is_total(cell) for cell in filled)


@cache
def _totals() -> frozenset[str]:
    return frozenset(folded(each) for each in TOTALS.split(","))


def is_total(cell: str) -> bool:
    """Whether the cell is a word for a total, with or without numbers around it."""
    if not cell or cell[0].isdigit() or len(cell) > 60 or not re.search(r"[^\W\d_]", cell):
        return False
    text = folded(re.sub(r"[\d.,:€£$]+", " ", cell))
    return text in _totals()
