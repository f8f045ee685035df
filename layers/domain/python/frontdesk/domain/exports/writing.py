"""Writes rows as CSV, in the form that spreadsheets of each language expect. Also writes JSON Lines, and converts them to workbooks."""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from pydantic_core import from_json, to_json

from frontdesk.domain.exports.cells import Cell
from frontdesk.domain.imports.headers.ours import DECIMAL
from frontdesk.domain.texts import without_formula
from frontdesk.errors import Language

# Rows of a sheet including its header: Excel's limit.
MAX_SHEET_ROWS = 1_048_576
# Bytes of a sheet's XML. While XlsxWriter packs a workbook, the disk holds the rows, the sheet and the file: at most three times this.
# template.yaml provides 10,240 MiB. The rest is a reserve for texts full of `&` and `<`, which are longer in XML.
MAX_SHEET_BYTES = 3_000_000_000
# Bytes of a cell's XML in addition to its text.
_CELL_BYTES = 60
# The most characters of a cell in a workbook.
_MAX_CELL = 32_767
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}


def csv_start(titles: Sequence[str], language: Language) -> bytes:
    """Returns the header row, beginning with the byte order mark by which spreadsheets recognize UTF-8."""
    return b"\xef\xbb\xbf" + csv_row(titles, language)


def csv_row(cells: Sequence[Cell], language: Language) -> bytes:
    """Returns one row. Cells are separated by semicolons in languages whose decimal separator is a comma."""
    text = io.StringIO()
    delimiter = ";" if DECIMAL[language] == "," else ","
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(
        [_csv_cell(cell, language) for cell in cells]
    )
    return text.getvalue().encode("utf-8", "replace")


def _csv_cell(cell: Cell, language: Language) -> str:
    match cell:
        case None:
            return ""
        case str():
            return without_formula(cell)
        case Decimal():
            return f"{cell:f}".replace(".", DECIMAL[language])
        case date():
            return cell.isoformat()
    return str(cell)


def json_row(cells: Sequence[Cell]) -> bytes:
    """Returns a row as a line of JSON for `sheet_of`. Decimals become `["1.50"]`, and days `["day", "2031-05-01"]`."""
    return to_json([_json_cell(cell) for cell in cells]) + b"\n"


def _json_cell(cell: Cell) -> Any:
    match cell:
        case Decimal():
            return [f"{cell:f}"]
        case date():
            return ["day", cell.isoformat()]
        case str():
            return cell.encode("utf-8", "replace").decode()
    return cell


def sheet_bytes(rows: int, columns: int, collected: int) -> int:
    """Estimates the bytes of a sheet's XML. `collected` is the total size, in bytes, of its rows as `json_row` returns them."""
    return collected + rows * columns * _CELL_BYTES


def sheet_of(lines: Iterable[bytes], titles: Sequence[str], name: str, content: BinaryIO) -> None:
    """Writes a workbook to `content`. Each of the `lines` is a row from `json_row`. Keeps only one row in memory.

    A text is never written as a formula.
    """
    # Imported here, because only the functions with the imports layer have it.
    import xlsxwriter

    # A folder of its own: files that XlsxWriter leaves behind after a failure would fill the disk for the next export.
    with TemporaryDirectory() as folder:
        options = {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder,
        }  # fmt: skip
        book: Any = xlsxwriter.Workbook(content, options)
        page = book.add_worksheet(name)
        with closing(page.row_data_fh):
            _write_sheet(book, page, lines, titles)


def _write_sheet(book: Any, page: Any, lines: Iterable[bytes], titles: Sequence[str]) -> None:
    head, days = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    digits: dict[int, Any] = {}
    page.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        page.write_string(0, column, title, head)
        page.set_column(column, column, max(10, min(30, len(title) + 4)))
    for at, line in enumerate(lines, start=1):
        for column, cell in enumerate(from_json(line)):
            match cell:
                case None:
                    continue
                case str():
                    page.write_string(at, column, without_formula(cell)[:_MAX_CELL])
                case [number]:
                    places = len(number.partition(".")[2])
                    if places not in digits:
                        form = "0" + ("." + "0" * places if places else "")
                        digits[places] = book.add_format({"num_format": form})
                    page.write_number(at, column, float(number), digits[places])
                case [_, day]:
                    page.write_datetime(at, column, date.fromisoformat(day), days)
                case _:
                    page.write_number(at, column, cell)
    book.close()
