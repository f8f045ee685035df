"""The rows of an import file, CSV or JSON Lines. Pure: lines in, pieces of orders out.

A file is refused whole (`BadFile`) where its rows can not be told apart for sure; anything else that is wrong is a problem
of its row. docs/import.md is the user's side of it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from pydantic_core import from_json

from frontdesk.domain.imports.columns import csv_pieces
from frontdesk.domain.imports.options import BadFile, ImportOptions, read_options
from frontdesk.domain.imports.pieces import MAX_ID, Piece, told
from frontdesk.errors import Phrase

MAX_ROWS = 1_000_000
MAX_LINE_BYTES = 1_000_000
# Of a row's JSON. An order has eight levels, and what the parser takes of a row it must take of all that a row becomes a part of.
MAX_DEPTH = 50
# Both are told by their first bytes: gzip, and zip, which is what spreadsheets save by themselves.
_PACKED = {b"\x1f\x8b": "gzip", b"PK": "zip"}


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
        return options or ImportOptions(), csv_pieces(text), True
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
    bookings = body.pop("bookings", None)
    return Piece(
        line=line, external_id=external_id, order=body, bookings=bookings, customer=customer, problems=tuple(problems)
    )  # fmt: skip
