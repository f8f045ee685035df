"""Reads a file once and cuts it into chunks."""

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, cast

from pydantic_core import from_json

from frontdesk.domain.imports.chunks import Unit, cut
from frontdesk.domain.imports.entries import entry_of
from frontdesk.domain.imports.options import BadFile, ImportOptions, read_options
from frontdesk.domain.imports.pieces import Piece
from frontdesk.domain.imports.rows import MAX_LINE_BYTES, MAX_ROWS, read_pieces
from frontdesk.domain.imports.runs import (
    ImportRun,
    incoming_key,
    options_name,
)
from frontdesk.domain.problems import Busy
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.ending import end_run, run_of
from frontdesk.usecases.ports import FileGone, Files, Runs

# A chunk is what one function imports at a time, and what is tried again if it fails.
CHUNK_ROWS = 500
CHUNK_BOOKINGS = 3000
_MAX_OPTION_BYTES = 10_000


@dataclass
class _Spool:
    """The rows of a file on disk, as they are read, and in memory what it takes to order them."""

    content: BinaryIO
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    orders: list["_Order"] = field(default_factory=list)
    by_ref: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, piece: Piece) -> None:
        row = len(self.offsets)
        self.offsets.append(self.content.tell())
        self.content.write(piece.model_dump_json(exclude_defaults=True).encode() + b"\n")
        known = self.by_ref.get(piece.order_ref) if piece.order_ref else None
        if known is not None:
            order = self.orders[known]
            self.orders[known] = order._replace(
                rows=(*order.rows, row),
                weight=order.weight + piece.weight,
                digest=order.digest + piece.digest,
                external_id=order.external_id or piece.external_id,
            )
            return
        if piece.order_ref:
            self.by_ref[piece.order_ref] = len(self.orders)
        place = self.places.setdefault(piece.place, piece.place)
        self.orders.append(_Order((row,), place, piece.weight, piece.digest, piece.external_id))

    def pieces(self, order: "_Order") -> Iterator[Piece]:
        for row in order.rows:
            self.content.seek(self.offsets[row])
            yield Piece.model_validate_json(self.content.readline())


class _Order(NamedTuple):
    """An order of the file: the numbers of its rows, where it meets others, about how many bookings it has, what it asks for."""

    rows: tuple[int, ...]
    place: str
    weight: int
    digest: bytes
    external_id: str | None


def plan_file(context: Context, run_id: str, runs: Runs, files: Files) -> int:
    """Reads a run's file once and writes its rows as chunks, those that meet on a day of a resource together.

    Returns how many chunks there are: none if the file is refused, or if nothing is left to be done.
    """
    run = run_of(context, run_id, runs)
    if run.status != "planning":
        return run.chunks if run.status == "running" else 0
    with TemporaryFile() as content:
        spool = _Spool(cast(BinaryIO, content))
        try:
            options, columns = _read(run, files, spool)
        except BadFile as error:
            files.write(run.manifest, b"[]", "application/json")
            end_run(run, "refused", runs, context.clock, error.problem)
            return 0
        keys = list(_keys(f"{options.timezone or ''} {run.name}", spool.orders))
        # What has the same id is the same order, or a mistake that shows only beside the first.
        places: dict[str, str] = {}
        for key, order in zip(keys, spool.orders, strict=True):
            places.setdefault(key, order.place)
        ordered = sorted(range(len(keys)), key=lambda at: (places[keys[at]], spool.orders[at].rows))
        units = [
            Unit(places[keys[at]], len(spool.orders[at].rows), spool.orders[at].weight) for at in ordered
        ]
        chunks = 0
        for chunk in cut(units, CHUNK_ROWS, CHUNK_BOOKINGS):
            chunks += 1
            entries = (
                entry_of(list(spool.pieces(spool.orders[at])), options, key=keys[at], columns=columns)
                for at in ordered[chunk.start : chunk.stop]
            )
            files.write(
                run.chunk(chunks),
                b"".join(entry.model_dump_json(exclude_defaults=True).encode() + b"\n" for entry in entries),
            )
    names = [
        {"organization_id": context.organization_id, "run_id": run_id, "chunk": number}
        for number in range(1, chunks + 1)
    ]
    files.write(run.manifest, json.dumps(names).encode(), "application/json")
    planned = {"status": "running", "options": options, "rows": len(spool.offsets), "chunks": chunks}
    if not runs.change(run, run.model_copy(update=planned), context.clock):
        raise Busy
    return chunks


def _read(run: ImportRun, files: Files, spool: _Spool) -> tuple[ImportOptions, bool]:
    """Reads a run's file into the spool: its options, and whether it has columns. Raises BadFile."""
    beside = _options_beside(run, files)
    try:
        with files.open(run.incoming, run.etag) as content:
            options, pieces, columns = read_pieces(run.name, _lines(content), beside)
            for piece in pieces:
                if len(spool.offsets) == MAX_ROWS:
                    raise BadFile("too_many_rows", piece.line, most=MAX_ROWS)
                spool.add(piece)
    except FileGone:
        raise BadFile("file_changed") from None
    if not spool.offsets:
        raise BadFile("no_rows")
    return options, columns


def _options_beside(run: ImportRun, files: Files) -> ImportOptions | None:
    try:
        with files.open(incoming_key(run.organization_id, options_name(run.name))) as content:
            text = content.read(_MAX_OPTION_BYTES + 1)
    except FileGone:
        return None
    try:
        return read_options(from_json(text.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False))
    except ValueError as error:
        values = {"name": options_name(run.name), "error": str(error)}
        raise BadFile("invalid_options", reason=Phrase("options_not_json", values)) from None


def _lines(content: BinaryIO) -> Iterator[bytes]:
    while line := content.readline(MAX_LINE_BYTES + 1):
        yield line


def _keys(source: str, orders: Iterable[_Order]) -> Iterator[str]:
    """The keys under which the orders of a file are found again: their own ids, or else what they ask for.

    Two that ask for the same are told apart by which comes first.
    """
    seen: Counter[bytes] = Counter()
    for order in orders:
        if order.external_id is not None:
            yield f"id {order.external_id}"
        else:
            seen[order.digest] += 1
            yield f"row {hashlib.sha256(order.digest).hexdigest()[:32]} {seen[order.digest]} {source}"
