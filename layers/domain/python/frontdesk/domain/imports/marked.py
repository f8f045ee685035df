"""Adds columns to the uploaded file: the result of each row, its problem and, in a dry run, its price. Pure."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, NamedTuple

from frontdesk.domain.imports.runs import Result
from frontdesk.domain.imports.tables.table import Row, Table
from frontdesk.errors import Language
from frontdesk.errors.formats import amount_of

_TITLES: Mapping[Language, Sequence[str]] = {
    "en": ("Result", "Problem", "Price"),
    "de": ("Ergebnis", "Problem", "Preis"),
}
_WORDS: Mapping[Language, Mapping[Result, str]] = {
    "en": {},
    "de": {
        "created": "angelegt", "updated": "geändert", "unchanged": "unverändert", "skipped": "übersprungen", "refused": "abgelehnt",
        "failed": "gescheitert",
    },
}  # fmt: skip


_COLUMNS: Mapping[Language, Sequence[str]] = {
    "en": ("Line", "External id", "Order"),
    "de": ("Zeile", "Externe Id", "Auftrag"),
}


class Marks(NamedTuple):
    """The results to add to a file's rows, in the order of the lines. `header` is the line number of the header."""

    results: Iterable[Mapping[str, Any]]
    header: int
    language: Language
    has_prices: bool

    @property
    def titles(self) -> list[str]:
        """The header cells of the added columns."""
        return list(_TITLES[self.language][: 3 if self.has_prices else 2])

    def of(self, result: Mapping[str, Any]) -> list[str]:
        """Returns the added cells of one row."""
        word = _WORDS[self.language].get(result["result"], result["result"])
        cells = [word, " ".join(error["detail"] for error in result["errors"])]
        if self.has_prices:
            price = result.get("price")
            cells.append("" if price is None else amount_of(price, result["currency"], self.language))
        return cells


def _marked(rows: Iterable[tuple[int, list[Any]]], marks: Marks, width: int) -> Iterator[list[Any]]:
    """Yields the rows with their results added in columns to the right. Fills up shorter rows to `width` cells first."""
    results = iter(marks.results)
    result = next(results, None)
    for line, cells in rows:
        while result is not None and result["line"] < line:
            result = next(results, None)
        beside: list[str] = []
        if line == marks.header:
            beside = marks.titles
        elif result is not None and result["line"] == line:
            beside = marks.of(result)
        yield [*cells, *[""] * (width - len(cells)), *beside] if beside else cells


def listed(results: Callable[[], Iterable[Mapping[str, Any]]], language: Language) -> tuple[Table, int]:
    """Returns a new table with one row for each result, and its number of columns. Used if the file is not a table."""

    def rows() -> Iterator[Row]:
        yield Row(0, _COLUMNS[language])
        for each in results():
            yield Row(each["line"], [str(each["line"]), each["external_id"] or "", each["order_id"] or ""])

    return Table(rows), len(_COLUMNS[language])


def write_text(table: Table, marks: Marks, width: int, content: Any) -> None:
    """Writes the table as CSV, with its original delimiter and the added columns. `content` is open in text mode."""
    writer = csv.writer(content, delimiter=table.delimiter or ",")
    rows = ((row.line, list(row.cells)) for row in table.rows())
    writer.writerows(_marked(rows, marks, width))


def write_sheet(table: Table, marks: Marks, width: int, content: BinaryIO) -> None:
    """Writes the table as a workbook, with the added columns. Never writes a text as a formula."""
    # Imported here, because only the functions with the imports layer have it.
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(content, options)
    page = book.add_worksheet(table.sheet[:31] or None)
    values = table.values or (lambda: ((row.line, list(row.cells)) for row in table.rows()))
    shown = {
        kind: book.add_format({"num_format": form})
        for kind, form in (
            (datetime, "yyyy-mm-dd hh:mm"),
            (date, "yyyy-mm-dd"),
            (time, "hh:mm"),
            (timedelta, "[h]:mm"),
        )
    }
    for at, cells in enumerate(_marked(values(), marks, width)):
        for column, cell in enumerate(cells):
            if cell == "" or cell is None:
                continue
            if type(cell) in shown:
                page.write_datetime(at, column, cell, shown[type(cell)])
            else:
                page.write(at, column, cell)
    book.close()
