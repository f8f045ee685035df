"""The rows of a file of CSV: which columns there are, and what is in their cells. Pure."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from pydantic_core import from_json

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.pieces import MAX_ID, Piece, told
from frontdesk.errors import Phrase


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
CUSTOMER_COLUMN = {field: column for column, (field, _) in _CUSTOMER.items()}
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


def csv_pieces(lines: Iterator[tuple[int, str]]) -> Iterator[Piece]:
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
        wrong = told("wrong_number_of_cells", None, cells=len(cells), columns=len(header))
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
        told("invalid_value", f"/{name}", reason=Phrase("too_many_characters", {"most": MAX_ID}))
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
