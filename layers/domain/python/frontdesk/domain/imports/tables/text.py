"""Reads text tables: CSV in any encoding and with any separator, as spreadsheets and other systems write it. Pure."""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables.table import MAX_LINE_BYTES, Row, Table
from frontdesk.errors import Phrase

# The first bytes of gzip, and of zip, which is the format of spreadsheets.
PACKED = {b"\x1f\x8b": "gzip", b"PK": "zip"}
_LOOKED_AT = 25
_DELIMITERS = ",;\t|"
_MEGABYTE = 1 << 20


def text_table(content: BinaryIO, rate: Callable[[list[str]], int]) -> Table:
    """Returns a CSV file as a table.

    `rate` scores how much a row looks like a header; the separator with the best score is used. Raises BadFile.
    """
    encoding = encoding_of(content)
    first = next(_lines(content, encoding), "")
    told = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
    skipped = 1 if told else 0
    delimiter = told[1] if told else _delimiter_of(content, encoding, rate)

    def rows() -> Iterator[Row]:
        return _rows(content, encoding, delimiter, skipped)

    return Table(rows, encoding=encoding, delimiter=delimiter)


def encoding_of(content: BinaryIO) -> str:
    """Returns the encoding of a text file. Raises BadFile if no encoding fits.

    The encoding is UTF-16 if the file begins with its byte order mark, else UTF-8 if the whole file is valid, else Windows-1252.
    """
    content.seek(0)
    start = content.read(4)
    for mark, kind in PACKED.items():
        if start.startswith(mark):
            raise BadFile("packed_file", kind=kind)
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    if _decodes(content, "utf-8"):
        return "utf-8-sig" if start.startswith(BOM_UTF8) else "utf-8"
    if not _decodes(content, "cp1252"):
        raise BadFile("wrong_encoding", _line_that_fails(content, "cp1252"))
    return "cp1252"


def _decodes(content: BinaryIO, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    content.seek(0)
    try:
        while block := content.read(_MEGABYTE):
            if "\0" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _line_that_fails(content: BinaryIO, encoding: str) -> int:
    content.seek(0)
    number = 1
    while line := content.readline(MAX_LINE_BYTES):
        try:
            if "\0" in line.decode(encoding):
                return number
        except UnicodeDecodeError:
            return number
        number += 1
    return number


def _lines(content: BinaryIO, encoding: str) -> Iterator[str]:
    """Yields the lines with their line ends: LF, CR LF or CR."""
    content.seek(0)
    reader = io.TextIOWrapper(content, encoding=encoding, newline="")
    number = 0
    try:
        while line := reader.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise BadFile("line_too_long", number, most=MAX_LINE_BYTES)
            yield line
    except UnicodeError:
        raise BadFile("wrong_encoding", number + 1) from None
    finally:
        if not content.closed:
            reader.detach()


def _delimiter_of(content: BinaryIO, encoding: str, rate: Callable[[list[str]], int]) -> str:
    """Tries all separators on the first lines, and returns the best one.

    `rate` returns a score: how much a row looks like a header. The best separator gives the row with the
    highest score. If two scores are equal, the row with more cells wins.
    """
    lines = list(islice(_lines(content, encoding), _LOOKED_AT))
    best, most = ",", (-1, 0)
    for delimiter in _DELIMITERS:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        score = max(((rate(cells), len(cells)) for cells in rows), default=(-1, 0))
        if score > most:
            best, most = delimiter, score
    return best


def _rows(content: BinaryIO, encoding: str, delimiter: str, skipped: int) -> Iterator[Row]:
    lines = islice(_lines(content, encoding), skipped, None)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _unreadable(error, line) from None
        if cells is None:
            return
        yield Row(line, cells)


def _unreadable(error: csv.Error, line: int) -> BadFile:
    if "unexpected end of data" in str(error) or "field larger than" in str(error):
        return BadFile("unclosed_quote", line)
    if "expected after" in str(error):
        return BadFile("malformed_csv", line, reason=Phrase("quote_within_cell"))
    return BadFile("malformed_csv", line, reason=Phrase("not_csv"))
