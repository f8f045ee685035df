"""Reads spreadsheets: the first or a named sheet of a workbook, with its values as text. Pure.

Before a library loads a workbook into memory, this module measures it by inflating it block by block. The size given in a zip file may
be false.
"""

import re
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables.shared_texts import Part, SharedTexts
from frontdesk.domain.imports.tables.table import Row, Table

# A sheet of 100,000 rows and 20 columns has about 100 MB of XML.
MAX_INFLATED = 1_000_000_000
MAX_ENTRIES = 2_000
# The library stores a sheet as a rectangle, so a single cell in a far corner makes it large.
MAX_CELLS = 12_000_000
_BLOCK = 1 << 20
# The first bytes of an OLE 2 container, and the name of the stream that holds an encrypted workbook.
_CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A row or a cell: its attributes, and what ends the tag. Examines each byte once, whatever the sheet contains.
_TAG = re.compile(rb"<(?:\w{1,20}:)?(row|c)(?=[\s/>]|\Z)([^<>]*+)([<>]?)")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,20})(\d{1,20})[\"']")
_LONGEST_TAG = 400
# A row or a cell as most programs write it, with its place first; and the beginning of any row or cell.
_USUAL = re.compile(
    rb'<(?:row r="(\d{1,7})"|c r="([A-Z]{1,3})(\d{1,7})")(?: [\w:]{1,40}="[^"\'<>]*+")*+ ?(/?)>'
)
_BEGIN = re.compile(rb"<(?:\w{1,20}:)?(?:row|c)(?=[\s/>]|\Z)")
# The element that contains the cells of a sheet. The part that has it may have any name.
_CELLS = b"sheetData"


def sheet_table(content: BinaryIO, sheet: str | None) -> Table:
    """Returns the sheet with this name as a table, or the first visible sheet if `sheet` is None.

    Raises BadFile if the file is too large or not a workbook.
    """
    refuse_too_large(content)
    # Imported here, because only the functions with the imports layer have it.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    content.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(content)
        names = [
            each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible
        ] or book.sheet_names
        if sheet is not None and sheet not in book.sheet_names:
            raise BadFile("sheet_not_found", sheet=sheet, sheets=names)
        if not names:
            raise BadFile("no_rows")
        found = book.get_sheet_by_name(sheet or names[0])
    except PasswordError:
        raise BadFile("workbook_locked") from None
    except (CalamineError, OSError, ValueError):
        # The library refuses every workbook with a macro sheet.
        raise BadFile("workbook_macros" if _has_macro_sheets(content) else "workbook_broken") from None
    except BaseException as error:
        # A bug in the library surfaces as a Rust panic, which is not an Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise BadFile("workbook_broken") from None

    def values() -> Iterator[tuple[int, list[Any]]]:
        return enumerate(found.iter_rows(), start=1)

    def rows() -> Iterator[Row]:
        for number, cells in values():
            yield Row(number, [cell if type(cell) is str else text_of(cell) for cell in cells])

    return Table(rows, sheet=found.name, values=values)


def text_of(value: Any) -> str:
    """Returns a cell's value as unambiguous text. Dates are in ISO format."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    if isinstance(value, datetime):
        moment = _to_the_second(value)
        # A time without a date is stored as a moment on Excel's day 0.
        if moment.year < 1901:
            return moment.strftime("%H:%M:%S")
        is_midnight = not (moment.hour or moment.minute or moment.second)
        return moment.date().isoformat() if is_midnight else moment.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _to_the_second(datetime.combine(date(2000, 1, 1), value)).strftime("%H:%M:%S")
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return str(value)


def _to_the_second(moment: datetime) -> datetime:
    """Rounds to the second. Spreadsheets store times as fractions of a day, which are off by milliseconds."""
    if not moment.microsecond:
        return moment
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def refuse_too_large(content: BinaryIO) -> None:
    """Inflates every part of a zip file and discards the content. Raises BadFile if the file is broken, or its content is too large."""
    content.seek(0)
    try:
        with ZipFile(content) as packed:
            entries = packed.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError):
        raise BadFile("workbook_locked" if _is_locked(content) else "workbook_broken") from None
    # Some programs write backslashes, or use another folder than `xl`, or none. `_rels/.rels` names the workbook itself.
    names = {entry.filename.replace("\\", "/").lower() for entry in entries}
    if len(entries) > MAX_ENTRIES:
        raise _too_large()
    if not any(name.startswith("xl/") or name.endswith("workbook.xml") for name in names):
        raise BadFile("packed_file", kind="zip")
    if any(name == "content.xml" or name.endswith("workbook.bin") for name in names):
        # The library reads other kinds of workbooks too, in which one cell may stand for a billion.
        raise BadFile("workbook_broken")
    left, texts, parts = MAX_INFLATED, SharedTexts(), list[tuple[ZipInfo, int]]()
    for entry in entries:
        size, cells = _inflated(content, entry, left, texts)
        left -= size
        parts.append((entry, cells))
    for entry, cells in parts:
        # Counted only if the texts may be too large, because this takes as long as everything else.
        if texts.longest * cells > left:
            left -= texts.shown_in(_blocks(content, entry), left)
        if left < 0:
            raise _too_large()


def _too_large() -> BadFile:
    return BadFile("workbook_too_large", most=MAX_INFLATED // 1_000_000)


def _has_macro_sheets(content: BinaryIO) -> bool:
    """Whether a workbook has macro sheets, as in Excel 4.0. Later versions of Excel store macros elsewhere."""
    with ZipFile(content) as packed:
        return any("macrosheets/" in name.replace("\\", "/").lower() for name in packed.namelist())


def _is_locked(content: BinaryIO) -> bool:
    """Whether a workbook has a password. Such a workbook is an OLE 2 container that has an encrypted part."""
    content.seek(0)
    tail = content.read(len(_CONTAINER))
    if tail != _CONTAINER:
        return False
    while block := content.read(_BLOCK):
        if _ENCRYPTED in tail + block:
            return True
        tail = block[-len(_ENCRYPTED) :]
    return False


def _inflated(content: BinaryIO, entry: ZipInfo, most: int, texts: SharedTexts) -> tuple[int, int]:
    """Returns an entry's actual size in bytes, and an upper limit of its number of cells. Adds its shared texts to `texts`.

    Raises BadFile if the size exceeds `most`, or if a sheet is too wide.
    """
    extent, tail, size, part = _Extent(), b"", 0, Part()
    for block in _blocks(content, entry):
        size += len(block)
        if size > most:
            raise _too_large()
        tail = extent.look(tail + block)
        part.look(block, is_sheet=extent.is_sheet)
    texts.add(part, size, is_sheet=extent.is_sheet)
    return size, extent.cells


class _Extent:
    """Measures the rectangle of all cells with content in one part of a workbook. The rectangle is empty if the part is not a sheet."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.is_sheet = False
        # Tags of cells and rows, even if several are at one place.
        self.cells = 0
        # The place of the previous cell. A row or cell without a place of its own follows it.
        self._row = self._column = 0
        self._columns: dict[bytes, int] = {}

    def look(self, text: bytes) -> bytes:
        """Measures the cells in a block. Raises BadFile.

        Returns the unfinished end of the block, such as an incomplete tag, to prepend to the next block.
        """
        self.is_sheet = self.is_sheet or _CELLS in text
        if not self.is_sheet:
            return text[-len(_CELLS) :]
        cut = text.rfind(b"<")
        rest = text[cut:] if cut >= 0 and b">" not in text[cut:] else b""
        if not self._are_usual(text[: len(text) - len(rest)]):
            for name, attributes, end in _TAG.findall(text):
                if not end:
                    break
                self.cells += 1
                if end == b"<" or attributes.count(b'"') % 2 or attributes.count(b"'") % 2:
                    # Parsers differ about where such a tag ends.
                    raise BadFile("workbook_broken")
                self._take(name, attributes)
        if self.rows * self.columns > MAX_CELLS:
            raise BadFile("sheet_too_wide", rows=self.rows, columns=self.columns)
        if len(rest) <= _LONGEST_TAG:
            return rest
        if _TAG.match(rest):
            raise BadFile("workbook_broken")
        return b""

    def _are_usual(self, text: bytes) -> bool:
        """Whether all tags of rows and cells have the usual form. If so, records all of them at once, which is faster."""
        found = _USUAL.findall(text)
        if len(found) != len(_BEGIN.findall(text)):
            return False
        if found:
            self.cells += len(found)
            filled = [(letters, row) for _, letters, row, end in found if letters and not end]
            self.columns = max(self.columns, *map(_column, {letters for letters, _ in filled}), 0)
            self.rows = max(self.rows, *map(int, {row for _, row in filled}), 0)
            self._row = next((int(row) for row, *_ in reversed(found) if row), self._row)
            self._column = _column(found[-1][1])
        return True

    def _take(self, name: bytes, attributes: bytes) -> None:
        place = _PLACE.search(attributes)
        letters, row = place.groups() if place else (b"", b"")
        if name == b"row":
            self._row, self._column = int(row) if row else self._row + 1, 0
            return
        if letters and letters not in self._columns:
            self._columns[letters] = _column(letters.upper())
        self._column = self._columns[letters] if letters else self._column + 1
        if not attributes.endswith(b"/"):
            self.columns = max(self.columns, self._column)
            self.rows = max(self.rows, int(row) if row else self._row)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _blocks(content: BinaryIO, entry: ZipInfo) -> Iterator[bytes]:
    """Yields an entry's content block by block until its stream ends, regardless of the size that the zip file claims."""
    if entry.header_offset < 0:
        raise BadFile("workbook_broken")
    content.seek(entry.header_offset)
    header = content.read(30)
    if (
        len(header) < 30
        or header[:4] != b"PK\x03\x04"
        or entry.compress_type not in (0, 8)
        or entry.flag_bits & 1
    ):
        raise BadFile("workbook_broken")
    content.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = entry.compress_size
    inflate = zlib.decompressobj(-15)
    while left > 0 and (packed := content.read(min(left, _BLOCK // 4))):
        left -= len(packed)
        if entry.compress_type == 0:
            yield packed
            continue
        try:
            while packed and not inflate.eof:
                yield inflate.decompress(packed, _BLOCK)
                packed = inflate.unconsumed_tail
        except zlib.error:
            raise BadFile("workbook_broken") from None
