"""Writes the uploaded file back with each row's result beside it."""

import io
from collections.abc import Iterable, Mapping
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.marked import Marks, write_sheet, write_text
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.rows import form_of, open_table
from frontdesk.domain.imports.runs import ImportRun
from frontdesk.usecases.ports import FileGone, Files

MEDIA_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def write_marked(run: ImportRun, results: Iterable[Mapping[str, Any]], files: Files) -> None:
    """Writes the file with its results, which are sorted by line. Does nothing for other formats, or if the file was replaced."""
    form = form_of(run.name)
    if form not in MEDIA_TYPES:
        return
    marks = Marks(
        results, run.read.get("header_line", 1), run.language, run.is_dry and run.kind == "bookings"
    )
    with TemporaryFile() as copy, TemporaryFile() as made:
        try:
            with files.open(run.incoming, run.etag) as content:
                while block := content.read(1 << 20):
                    copy.write(block)
            table = open_table(run.name, cast(BinaryIO, copy), run.mapping or ImportMapping())
        except (FileGone, BadFile):
            return
        width = run.read.get("width", 0)
        if form == "xlsx":
            write_sheet(table, marks, width, cast(BinaryIO, made))
        else:
            text = io.TextIOWrapper(
                cast(BinaryIO, made), encoding=table.encoding, errors="replace", newline=""
            )
            write_text(table, marks, width, text)
            text.flush()
            text.detach()
        made.seek(0)
        files.write(run.marked, cast(BinaryIO, made), MEDIA_TYPES[form])
