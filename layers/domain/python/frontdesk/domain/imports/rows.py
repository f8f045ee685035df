"""The rows of an import file, CSV or JSON Lines, as the orders that they ask for. Pure: lines in, pieces of orders out.

A file is refused whole (`BadFile`) where its rows can not be told apart for sure; anything else that is wrong is a problem
of its row. docs/import.md is the user's side of it.
"""

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
)
from pydantic_core import from_json

from frontdesk.domain.catalog.addresses import kept_address
from frontdesk.domain.catalog.items import Email
from frontdesk.domain.problems import Problem, pointer, reason_of
from frontdesk.domain.requests.order import OnConflict
from frontdesk.domain.texts import plain_line
from frontdesk.errors import Phrase, Value

MAX_ROWS = 1_000_000
MAX_LINE_BYTES = 1_000_000
MAX_ID = 255
# Of a row's JSON. An order has eight levels, and what the parser takes of a row it must take of all that a row becomes a part of.
MAX_DEPTH = 50
# Both are told by their first bytes: gzip, and zip, which is what spreadsheets save by themselves.
_PACKED = {b"\x1f\x8b": "gzip", b"PK": "zip"}


class BadFile(Exception):
    """A file of which nothing is imported. `problem` says why; its `meta.line` says where, if that can be said."""

    def __init__(self, code: str, line: int | None = None, **values: Value) -> None:
        super().__init__(code)
        self.problem = Problem(code, values, meta={} if line is None else {"line": line})


class ImportOptions(BaseModel):
    """What holds for every row of a file that does not say otherwise itself.

    Customers are told nothing unless `notify_customer` says so: a file may bring the bookings of years.
    `report_to` is the address that the summary is mailed to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    dry_run: StrictBool = False
    notify_customer: StrictBool = False
    check_availability: StrictBool | None = None
    timezone: Annotated[str, StringConstraints(strict=True, max_length=64)] | None = None
    on_conflict: OnConflict | None = None
    report_to: Email | None = None

    def applied_to(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an order with what it leaves open."""
        options = self.model_dump(
            include={"notify_customer", "check_availability", "on_conflict"}, exclude_none=True
        )
        return {**options, **body}


_Line = Annotated[str, AfterValidator(plain_line), StringConstraints(strict=True, max_length=200)]


class CustomerRow(BaseModel):
    """The customer of a row by e-mail; made if there is none and `create` says so."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    email: Annotated[Email, AfterValidator(kept_address)]
    given_name: _Line = ""
    family_name: _Line = ""
    phone: Annotated[_Line, StringConstraints(max_length=50)] | None = None
    company: _Line | None = None
    create: StrictBool = False


class Piece(BaseModel):
    """One row. `order` holds the fields of an order without its bookings; rows with the same `order_ref` are one order."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    line: int
    external_id: str | None = None
    order_ref: str | None = None
    order: dict[str, Any] = Field(default_factory=dict)
    bookings: Any = None
    customer: dict[str, Any] | None = None
    problems: tuple[tuple[str, str | None, str], ...] = ()

    @property
    def digest(self) -> bytes:
        """Of what the row asks for, whatever it is called."""
        content = [self.order, self.bookings, self.customer, self.problems and self.line]
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()[
            :16
        ]

    @property
    def place(self) -> str:
        """Rows with the same one probably meet on the same day of the same resource."""
        booking = self.bookings[0] if isinstance(self.bookings, list) and self.bookings else None
        if not isinstance(booking, dict):
            return ""
        resources = booking.get("resource_id")
        first = resources[0] if isinstance(resources, list) and resources else resources
        return f"{first}\0{str(booking.get('start_date'))[:10]}"[:200]

    @property
    def weight(self) -> int:
        """About how many bookings it stands for."""
        bookings = (
            [booking for booking in self.bookings if isinstance(booking, dict)]
            if isinstance(self.bookings, list)
            else []
        )
        rules = [booking.get("recurring") for booking in bookings]
        counts = [rule.get("count") if isinstance(rule, dict) else 1 for rule in rules]
        return sum(max(1, min(count, 1000)) if type(count) is int else 50 for count in counts) or 1


class Entry(BaseModel):
    """An order as its rows ask for it. `problems` are (line, code, pointer, detail) of what can not even be read."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    lines: tuple[int, ...]
    external_ids: tuple[str | None, ...]
    key: str = ""
    columns: bool = False
    body: dict[str, Any] = Field(default_factory=dict)
    customer: dict[str, Any] | None = None
    problems: tuple[tuple[int, str, str | None, str], ...] = ()

    @property
    def content(self) -> bytes:
        """What makes it the same order when it comes again."""
        return json.dumps([self.body, self.customer], sort_keys=True, separators=(",", ":")).encode()


class _NewOptions(ImportOptions):
    """As they come in: of what is stored with a run nothing is asked again."""

    report_to: Annotated[Email, AfterValidator(kept_address)] | None = None


def read_options(content: Any) -> ImportOptions:
    """Raises BadFile for anything that is no option."""
    try:
        return ImportOptions.model_validate(_NewOptions.model_validate(content).model_dump())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    wrong = [
        Phrase(
            "option_wrong",
            {"name": ".".join(map(str, each["loc"])) or "options", "reason": reason_of(each)},
        )
        for each in found
    ]
    values: dict[str, Value] = {"wrong": wrong, "options": list(ImportOptions.model_fields)}
    raise BadFile("invalid_options", reason=Phrase("options_wrong", values))


def read_pieces(
    name: str, lines: Iterable[bytes], options: ImportOptions | None = None
) -> tuple[ImportOptions, Iterator[Piece], bool]:
    """(options, rows, whether they have columns) of a file by its name and its lines; rows are read as they are asked for.

    `options` are those of a file beside it. Raises BadFile, also while the rows are read.
    """
    kind = name.rpartition(".")[2].lower()
    if kind not in ("csv", "jsonl", "ndjson"):
        raise BadFile("unknown_file_type")
    text = _decoded(lines)
    if kind == "csv":
        return options or ImportOptions(), _csv_pieces(text), True
    first = next(text, None)
    in_file = None if first is None else _options_line(first[1])
    if in_file is not None and options is not None:
        raise BadFile("options_twice", first and first[0])
    rest = text if in_file is not None or first is None else chain([first], text)
    return (
        read_options(in_file) if in_file is not None else options or ImportOptions(),
        _json_pieces(rest),
        False,
    )


def entry_of(pieces: Sequence[Piece], options: ImportOptions, *, key: str, columns: bool) -> Entry:
    """The order of some rows, with the file's time zone where they have none: that is part of what they say."""
    first, problems = pieces[0], [(piece.line, *problem) for piece in pieces for problem in piece.problems]
    if not columns:
        body: dict[str, Any] = dict(first.order)
        if first.bookings is not None:
            body["bookings"] = first.bookings
        customer = first.customer
    else:
        body = {"bookings": [booking for piece in pieces for booking in piece.bookings]}
        problems += _merge(body, [(piece.line, piece.order) for piece in pieces], columns_of={})
        customer = {}
        of_customers = [(piece.line, piece.customer or {}) for piece in pieces]
        problems += _merge(customer, of_customers, columns_of=_CUSTOMER_COLUMN)
        customer = customer or None
        given = {piece.external_id for piece in pieces if piece.external_id}
        if len(given) > 1:
            problems += [(p.line, *_told("external_id_differs", "/external_id")) for p in pieces]
    if options.timezone is not None:
        body.setdefault("timezone", options.timezone)
    return Entry(
        lines=tuple(piece.line for piece in pieces),
        external_ids=tuple(piece.external_id for piece in pieces),
        key=key,
        columns=columns,
        body=body,
        customer=customer,
        problems=tuple(problems),
    )


def column_of(at: str | None, entry: Entry) -> tuple[int | None, str | None]:
    """(number of the row in the order, column) that a pointer into an entry's body is about; None: all of them, or no column."""
    parts = (at or "").split("/")[1:]
    match parts:
        case ["bookings", number, field, *rest] if number.isdecimal():
            row = min(int(number), len(entry.lines) - 1)
            if field in ("service_custom_fields", "order_custom_fields") and rest:
                return row, f"{field}.{'/'.join(rest)}".replace("~1", "/").replace("~0", "~")
            return row, f"recurring_{rest[0]}" if field == "recurring" and rest else field
        case ["bookings", number] if number.isdecimal():
            # What is said of a booking as a whole is about its time.
            return min(int(number), len(entry.lines) - 1), "start_date"
        case ["customer", field, *_]:
            return None, _CUSTOMER_COLUMN.get(field)
        case ["order_customer_id"] if entry.customer:
            return None, "customer_email"
        case [field, *_] if field != "bookings":
            return None, field
    return None, None


def _told(code: str, at: str | None, **values: Value) -> tuple[str, str | None, str]:
    """A problem of a row as it is kept with it, in English: nobody has said a language."""
    return code, at, Problem(code, values).detail()


# Lines


def _decoded(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """(number, text) of each line. Raises BadFile for what is not UTF-8 text."""
    for number, line in enumerate(lines, start=1):
        if number == 1:
            for start, kind in _PACKED.items():
                if line.startswith(start):
                    raise BadFile("packed_file", kind=kind)
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > MAX_LINE_BYTES:
            raise BadFile("line_too_long", number, most=MAX_LINE_BYTES)
        try:
            yield number, line.decode()
        except UnicodeDecodeError as error:
            raise BadFile("wrong_encoding", number, byte=error.start + 1) from None


# JSON Lines


def _options_line(text: str) -> Any:
    """The options that a first line holds: {"options": {...}}, or an object of nothing but options; None if it is a row."""
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
    """Whether something is nested deeper than so many levels; looks at one level after the other."""
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
        body = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        reason = Phrase("row_not_json", {"error": str(error)})
        return Piece(line=line, problems=(_told("malformed_json", None, reason=reason),))
    if not isinstance(body, dict):
        return Piece(line=line, problems=(_told("invalid_type", "", reason=Phrase("row_not_object")),))
    if _is_deeper(body, MAX_DEPTH):
        reason = Phrase("row_too_deep", {"most": MAX_DEPTH})
        return Piece(line=line, problems=(_told("malformed_json", None, reason=reason),))
    problems: list[tuple[str, str | None, str]] = []
    external_id, customer = body.pop("external_id", None), body.pop("customer", None)
    if type(external_id) is int:
        external_id = str(external_id)
    if external_id is not None and not (
        isinstance(external_id, str) and 0 < len(external_id.strip()) <= MAX_ID
    ):
        reason = Phrase("string_between", {"least": 1, "most": MAX_ID})
        problems.append(_told("invalid_value", "/external_id", reason=reason))
        external_id = None
    if customer is not None and not isinstance(customer, dict):
        problems.append(_told("invalid_value", "/customer", reason=Phrase("not_object")))
        customer = None
    bookings = body.pop("bookings", None)
    return Piece(
        line=line, external_id=external_id, order=body, bookings=bookings, customer=customer, problems=tuple(problems)
    )  # fmt: skip


# CSV


def _text(cell: str) -> Any:
    return cell


def _whole(cell: str) -> Any:
    """What is not a number stays as it is: whoever reads the order says so."""
    return int(cell) if re.fullmatch(r"-?\d{1,9}", cell, re.ASCII) else cell


def _truth(cell: str) -> Any:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
        cell.lower(), cell
    )


def _list(cell: str) -> Any:
    return [part.strip() for part in cell.split(";")]


def _amounts(cell: str) -> dict[str, Any]:
    """`id` or `id:2`, several separated by semicolons."""
    found: dict[str, Any] = {}
    for part in _list(cell):
        id, _, number = part.rpartition(":")
        named = (id, int(number)) if id and re.fullmatch(r"\d{1,9}", number, re.ASCII) else (part, 1)
        found[named[0]] = found.get(named[0], 0) + named[1]
    return found


def _add_ons(cell: str) -> Any:
    return [{"add_on_id": id, "quantity": quantity} for id, quantity in _amounts(cell).items()]


def _json_cell(cell: str) -> Any:
    try:
        return from_json(cell, allow_inf_nan=False)
    except ValueError:
        return cell


_Cell = Callable[[str], Any]
_ORDER: Mapping[str, _Cell] = {
    "order_customer_id": _text, "voucher_code": _text, "timezone": _text, "on_conflict": _text,
    "notify_customer": _truth, "complete_order": _truth, "check_availability": _truth,
}  # fmt: skip
_CUSTOMER: Mapping[str, tuple[str, _Cell]] = {
    "customer_email": ("email", _text), "customer_given_name": ("given_name", _text), "customer_family_name": ("family_name", _text),
    "customer_phone": ("phone", _text), "customer_company": ("company", _text), "create_customer": ("create", _truth),
}  # fmt: skip
_CUSTOMER_COLUMN = {field: column for column, (field, _) in _CUSTOMER.items()}
_BOOKING: Mapping[str, _Cell] = {
    "resource_id": _list, "service_id": _amounts, "start_date": _text, "end_date": _text, "quantity": _whole, "customer_id": _text,
    "description": _text, "note": _text, "customer_note": _text, "booking_add_ons": _add_ons, "sub_bookings": _json_cell,
    "timeslot_series_id": _text,
}  # fmt: skip
_RECURRING: Mapping[str, _Cell] = {
    "frequency": _text, "interval": _whole, "count": _whole, "until": _text, "by_day": _list, "on_conflict": _text,
}  # fmt: skip
_FIELDS = ("service_custom_fields", "order_custom_fields")
_NAMES = ("external_id", "order_ref")
COLUMNS = (*_NAMES, *_ORDER, *_CUSTOMER, *_BOOKING, *(f"recurring_{name}" for name in _RECURRING))
_REQUIRED = ("resource_id", "service_id", "start_date")


def _csv_pieces(lines: Iterator[tuple[int, str]]) -> Iterator[Piece]:
    first = next(lines, None)
    if first is None:
        return
    delimiter = max(",;\t", key=first[1].count)
    reader = csv.reader((text for _, text in chain([first], lines)), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _unreadable(error, line) from None
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header([cell.strip() for cell in cells], line)
        else:
            yield _csv_piece(line, header, cells)


def _unreadable(error: csv.Error, line: int) -> BadFile:
    if "unexpected end of data" in str(error) or "field larger than" in str(error):
        return BadFile("unclosed_quote", line)
    if "expected after" in str(error):
        return BadFile("malformed_csv", line, reason=Phrase("quote_within_cell"))
    return BadFile("malformed_csv", line, reason=Phrase("not_csv", {"error": str(error)}))


def _header(names: list[str], line: int) -> list[str]:
    known = [name for name in names if not name.startswith("#")]
    unknown = [
        name
        for name in known
        if name not in COLUMNS and not (name.partition(".")[0] in _FIELDS and name.partition(".")[2])
    ]
    twice = sorted({name for name in known if known.count(name) > 1})
    missing = [name for name in _REQUIRED if name not in known]
    wrong = [
        *(Phrase("no_column", {"name": name[:100]}) for name in unknown),
        *(Phrase("column_twice", {"name": name}) for name in twice),
        *(Phrase("column_missing", {"name": name}) for name in missing),
    ]
    if wrong:
        code = "missing_columns" if missing else "unknown_columns" if unknown else "repeated_columns"
        raise BadFile(code, line, wrong=wrong)
    return names


def _csv_piece(line: int, header: list[str], cells: list[str]) -> Piece:
    if len(cells) != len(header):
        wrong = _told("wrong_number_of_cells", None, cells=len(cells), columns=len(header))
        return Piece(line=line, bookings=[], problems=(wrong,))
    order: dict[str, Any] = {}
    booking: dict[str, Any] = {}
    customer: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, cell in zip(header, map(str.strip, cells), strict=True):
        if not cell or name.startswith("#"):
            continue
        if name in _NAMES:
            names[name] = cell
        elif name in _ORDER:
            order[name] = _ORDER[name](cell)
        elif name in _CUSTOMER:
            field, read = _CUSTOMER[name]
            customer[field] = read(cell)
        elif name in _BOOKING:
            booking[name] = _BOOKING[name](cell)
        elif name.startswith("recurring_"):
            field = name.removeprefix("recurring_")
            booking.setdefault("recurring", {})[field] = _RECURRING[field](cell)
        else:
            of, _, id = name.partition(".")
            booking.setdefault(of, {})[id] = (
                _json_cell(cell) if re.fullmatch(r"true|false|-?\d+(\.\d+)?", cell) else cell
            )
    problems = [
        _told("invalid_value", f"/{name}", reason=Phrase("too_many_characters", {"most": MAX_ID}))
        for name, text in names.items()
        if len(text) > MAX_ID
    ]
    return Piece(
        line=line,
        order=order,
        bookings=[booking],
        customer=customer or None,
        problems=tuple(problems),
        **names,
    )


def _merge(
    into: dict[str, Any], rows: Sequence[tuple[int, Mapping[str, Any]]], *, columns_of: Mapping[str, str]
) -> list[tuple[int, str, str | None, str]]:
    """What the rows of an order say of all of it: once, or the same in each."""
    problems: list[tuple[int, str, str | None, str]] = []
    for line, values in rows:
        for name, value in values.items():
            if into.setdefault(name, value) != value:
                at = pointer("customer", name) if columns_of else pointer(name)
                problems.append((line, *_told("order_column_differs", at)))
    return problems


class Unit(NamedTuple):
    """An order of a file on its way into a chunk: where its rows meet others, and its size."""

    place: str
    rows: int
    weight: int


def cut(units: Sequence[Unit], most_rows: int, most_weight: int) -> Iterator[range]:
    """Cuts units, sorted by place, into ranges of at most `most_rows` and `most_weight`, and between two places where that can be.

    A unit that is larger by itself is alone.
    """
    start, last_place = 0, 0
    rows = weight = 0
    for at, unit in enumerate(units):
        if at and units[at - 1].place != unit.place:
            last_place = at
        while at > start and (rows + unit.rows > most_rows or weight + unit.weight > most_weight):
            end = last_place if last_place > start else at
            yield range(start, end)
            start = end
            rows, weight = (
                sum(each.rows for each in units[start:at]),
                sum(each.weight for each in units[start:at]),
            )
        rows, weight = rows + unit.rows, weight + unit.weight
    if start < len(units):
        yield range(start, len(units))
