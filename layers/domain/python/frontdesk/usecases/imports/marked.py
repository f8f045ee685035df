"""Writes the uploaded file with each row's result added, as CSV and as a workbook."""

import io
from collections.abc import Callable, Iterable, Mapping
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from frontdesk.domain.imports.forms import MAX_SHEET_BYTES, MAX_SHEET_ROWS, MEDIA_TYPES
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.marked import Marks, listed, write_sheet, write_text
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.rows import form_of, open_table
from frontdesk.domain.imports.runs import ImportRun
from frontdesk.domain.imports.tables.table import Table
from frontdesk.usecases.ports import FileGone, Files

_MEDIA_TYPES = {form: media_type for media_type, form in MEDIA_TYPES.items()}
Results = Callable[[], Iterable[Mapping[str, Any]]]


def write_marked(run: ImportRun, results: Results, files: Files) -> tuple[str, ...]:
    """Writes the results as tables, and returns the formats written, for example `("csv", "xlsx")`.

    `results` returns the results in the order of the file's lines. Each table is a copy of the uploaded table, with a result for each
    row. If the upload is not a table, or has been replaced since, each table is a plain list of results.
    """
    with TemporaryFile() as copy:
        table = _table(run, files, cast(BinaryIO, copy))
        # A row may have any number of cells.
        is_small = run.rows <= MAX_SHEET_ROWS and copy.seek(0, io.SEEK_END) <= MAX_SHEET_BYTES
        forms: tuple[str, ...] = ("csv", "xlsx") if is_small else ("csv",)
        own = form_of(run.name) if table else ""
        forms = (*forms, *([own] if own not in forms and own in _MEDIA_TYPES else []))
        for form in forms:
            prices = run.is_dry and run.kind == "bookings"
            header = run.read.get("header_line", 1) if table else 0
            marks = Marks(results(), header, run.language, prices)
            shown, width = (table, run.read.get("width", 0)) if table else listed(results, run.language)
            _write(run, form, shown, marks, width, files)
    return forms


def _write(run: ImportRun, form: str, table: Table, marks: Marks, width: int, files: Files) -> None:
    with TemporaryFile() as made:
        if form == "xlsx":
            write_sheet(table, marks, width, cast(BinaryIO, made))
        else:
            # If the original was not a text file, the byte order mark tells spreadsheets that this is UTF-8.
            text = io.TextIOWrapper(
                cast(BinaryIO, made), encoding=table.encoding or "utf-8-sig", errors="replace", newline=""
            )
            write_text(table, marks, width, text)
            text.flush()
            text.detach()
        made.seek(0)
        files.write(run.results_as(form), cast(BinaryIO, made), _MEDIA_TYPES[form])


def _table(run: ImportRun, files: Files, copy: BinaryIO) -> Table | None:
    """Returns the file as a table, or None if it is not a table or no longer exists."""
    if form_of(run.name) not in _MEDIA_TYPES or not run.read:
        return None
    try:
        with files.open(run.incoming, run.etag) as content:
            while block := content.read(1 << 20):
                copy.write(block)
        return open_table(run.name, copy, run.mapping or ImportMapping())
    except (FileGone, BadFile):
        return None
