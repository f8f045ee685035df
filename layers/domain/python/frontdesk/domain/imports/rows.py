"""Reads the rows of an import file: a table (CSV, XLSX, a calendar) or JSON Lines. Pure.

A file whose rows cannot be separated reliably is refused as a whole (`BadFile`). Any other mistake is a problem of its row. See
docs/import.md.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, BinaryIO, Literal, NamedTuple

from pydantic_core import from_json

from frontdesk.domain.catalog.items import MAX_NUMBER
from frontdesk.domain.imports.columns.bookings import PRICE_REASON, BookingRows
from frontdesk.domain.imports.columns.catalog import CatalogRows
from frontdesk.domain.imports.columns.cells import DATES, Cells
from frontdesk.domain.imports.columns.names import Directory
from frontdesk.domain.imports.forms import TABLES
from frontdesk.domain.imports.headers.layout import Layout, layout_of, recognized, taken_for
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import BadFile, ImportOptions, read_options
from frontdesk.domain.imports.pieces import MAX_ID, Piece, told
from frontdesk.domain.imports.tables.calendars import COLUMNS as OF_CALENDARS
from frontdesk.domain.imports.tables.calendars import calendar_table
from frontdesk.domain.imports.tables.sheets import sheet_table
from frontdesk.domain.imports.tables.table import MAX_COLUMNS, MAX_LINE_BYTES, Body, Table, header_of
from frontdesk.domain.imports.tables.text import PACKED, text_table
from frontdesk.domain.requests.envelope import with_integers
from frontdesk.errors import Language, Phrase

MAX_ROWS = 1_000_000
# Nesting limit of a row's JSON. An order has eight levels; the rest leaves room for the structures around the row.
MAX_DEPTH = 50


def form_of(name: str) -> Literal["jsonl", "csv", "xlsx", "ics"]:
    """Returns a file's format by its name. Raises BadFile(unknown_file_type)."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in ("jsonl", "ndjson"):
        return "jsonl"
    if ending not in TABLES:
        raise BadFile("unknown_file_type")
    return TABLES[ending]  # type: ignore[return-value]


def open_table(name: str, content: BinaryIO, mapping: ImportMapping) -> Table:
    """Opens a file as a table. Raises BadFile if the file is not readable."""
    form = form_of(name)
    if form == "xlsx":
        return sheet_table(content, mapping.sheet)
    if form == "ics":
        return calendar_table(content, mapping.defaults.get("recurring_until", ""))
    return text_table(content, partial(recognized, mapping=mapping))


class TableReading(NamedTuple):
    """A table whose columns and formats are decided. Its rows can now be read one by one."""

    table: Table
    layout: Layout
    body: Body
    cells: Cells

    def pieces(self, directory: Directory, file: str, language: Language) -> Iterator[Piece]:
        """Yields a `Piece` for each data row. `language` is the language of the problems."""
        rows = (BookingRows if self.layout.kind == "bookings" else CatalogRows)(
            self.cells, directory, file, language
        )
        for row in self.body:
            yield rows.piece(row)

    def references(self) -> set[str]:
        """Returns the numbers and names by which the rows refer to customers. Look up these customers before reading the rows.

        The result includes "*" if all customers must be looked up. This is necessary if the table is a list
        of customers, and one of the rows has no email address.
        """
        if self.layout.kind == "bookings":
            return self.cells.texts("customer") - {""}
        if self.layout.kind == "customers":
            named = self.cells.texts("external_id") - {""}
            return named | {"*"} if "" in self.cells.texts("email") else named
        return set()


def read_table(
    name: str, content: BinaryIO, mapping: ImportMapping, derived: Collection[str] = ()
) -> TableReading:
    """Reads a table once to find its header, its columns, and the formats of their cells.

    `derived` lists required columns that may be missing, because the caller knows their value. Raises BadFile.
    """
    table = open_table(name, content, mapping)
    header = header_of(table, partial(recognized, mapping=mapping))
    if header is None:
        raise BadFile("no_rows")
    header = header._replace(cells=header.cells[:MAX_COLUMNS])
    if form_of(name) == "ics":
        chosen = {**OF_CALENDARS, **mapping.columns}
        # The end for endless series applies only to events that have a rule.
        defaults = {column: each for column, each in mapping.defaults.items() if column != "recurring_until"}
        update = {"columns": chosen, "kind": "bookings", "defaults": defaults}
        mapping = mapping.model_copy(update=update)
    layout = layout_of(header.cells, header.line, mapping, name, derived)
    cells = Cells(layout, mapping)
    needed = [at for column, at in layout.columns.items() if column in DATES]
    if layout.kind != "bookings":
        needed = [
            at
            for column, at in layout.columns.items()
            if column in ("name", "email", "given_name", "family_name")
        ]
    body = Body(table, header, needed)
    try:
        for number, row in enumerate(body, start=1):
            if number > MAX_ROWS:
                raise BadFile("too_many_rows", row.line, most=MAX_ROWS)
            cells.look(row)
        cells.decide()
    except BadFile as refused:
        raise refused.reading(taken_for(layout.header, layout.columns)) from None
    return TableReading(table, cells.layout, body, cells)


def read_json_lines(
    lines: Iterable[bytes],
    options: ImportOptions | None = None,
    read: Callable[[Any], ImportOptions] = read_options,
) -> tuple[ImportOptions, Iterator[Piece]]:
    """Returns the options and the rows of JSON Lines. Reads the rows lazily.

    `options` are options given outside of the file. `read` parses options in the first line. Raises BadFile, also while rows are read.
    """
    text = _decoded(lines)
    first = next(text, None)
    in_file = None if first is None else _options_line(first[1])
    if in_file is not None and options is not None:
        raise BadFile("options_twice", first and first[0])
    rest = text if in_file is not None or first is None else chain([first], text)
    return read(in_file) if in_file is not None else options or ImportOptions(), _json_pieces(rest)


def _decoded(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Yields (number, text) for each line. Raises BadFile for a compressed file, a line that is too long, or bytes that are not UTF-8."""
    for number, line in enumerate(lines, start=1):
        if number == 1:
            for start, kind in PACKED.items():
                if line.startswith(start):
                    raise BadFile("packed_file", kind=kind)
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > MAX_LINE_BYTES:
            raise BadFile("line_too_long", number, most=MAX_LINE_BYTES)
        try:
            yield number, line.decode()
        except UnicodeDecodeError:
            raise BadFile("wrong_encoding", number) from None


def _options_line(text: str) -> Any:
    """Returns the options in a first line: {"options": {...}} or an object with options only. Returns None if the line is a row."""
    try:
        found = from_json(text)
    except ValueError:
        return None
    if isinstance(found, dict) and found.keys() == {"options"}:
        return found["options"]
    return (
        found
        if isinstance(found, dict) and found and found.keys() <= ImportOptions.model_fields.keys()
        else None
    )


def _json_pieces(lines: Iterable[tuple[int, str]]) -> Iterator[Piece]:
    for number, text in lines:
        if text.strip():
            yield _json_piece(number, text)


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether a value is nested more than `levels` deep. Works level by level, without recursion."""
    here = [value]
    for _ in range(levels):
        here = [
            each
            for one in here
            if isinstance(one, dict | list)
            for each in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(each, dict | list) for each in here)


def _json_piece(line: int, text: str) -> Piece:
    try:
        body = with_integers(from_json(text, allow_inf_nan=False))
    except ValueError as error:
        reason = Phrase("row_not_json", {"error": str(error)})
        return Piece(line=line, problems=(told("malformed_json", None, reason=reason),))
    if not isinstance(body, dict):
        return Piece(line=line, problems=(told("invalid_type", "", reason=Phrase("row_not_object")),))
    if _is_deeper(body, MAX_DEPTH):
        reason = Phrase("row_too_deep", {"most": MAX_DEPTH})
        return Piece(line=line, problems=(told("malformed_json", None, reason=reason),))
    problems: list[tuple[str, str | None, str]] = []
    external_id, customer = body.pop("external_id", None), body.pop("customer", None)
    if type(external_id) is int:
        external_id = str(external_id)
    if external_id is not None and not (
        isinstance(external_id, str) and 0 < len(external_id.strip()) <= MAX_ID
    ):
        reason = Phrase("string_between", {"least": 1, "most": MAX_ID})
        problems.append(told("invalid_value", "/external_id", reason=reason))
        external_id = None
    if customer is not None and not isinstance(customer, dict):
        problems.append(told("invalid_value", "/customer", reason=Phrase("not_object")))
        customer = None
    status, price, bookings = body.pop("status", None), body.pop("price", None), body.pop("bookings", None)
    if status not in (None, "confirmed", "completed", "canceled", "no_show"):
        problems.append(told("invalid_value", "/status", reason=Phrase("not_status")))
    if price is not None:
        if not (type(price) is int and 0 <= price <= MAX_NUMBER):
            reason = Phrase("not_whole_between", {"least": 0, "most": MAX_NUMBER})
            problems.append(told("invalid_value", "/price", reason=reason))
        elif not (isinstance(bookings, list) and len(bookings) == 1 and isinstance(bookings[0], dict)):
            problems.append(told("invalid_value", "/price", reason=Phrase("price_of_several")))
        else:
            bookings = [{**bookings[0], "custom_price": price, "reason": PRICE_REASON}]
    return Piece(
        line=line, external_id=external_id, order=body, bookings=bookings, customer=customer, problems=tuple(problems),
        status=None if status == "confirmed" or not isinstance(status, str) else status, is_priced=price is not None,
    )  # fmt: skip
