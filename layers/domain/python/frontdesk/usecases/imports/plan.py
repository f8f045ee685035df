"""Reads a file and divides it into chunks."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple, cast

from pydantic_core import from_json

from frontdesk.domain.imports.chunks import Spool, SpooledOrder, Unit, cut
from frontdesk.domain.imports.entries import Entry, Series, entry_of
from frontdesk.domain.imports.mapping import ImportMapping, read_mapping
from frontdesk.domain.imports.options import BadFile, ImportOptions, only_report, read_options
from frontdesk.domain.imports.pieces import (
    Piece,
    digest_of,
    in_common,
    key_of_content,
    keys_of,
    mark_of,
    sample_of,
)
from frontdesk.domain.imports.rows import MAX_ROWS, TableReading, form_of, read_json_lines, read_table
from frontdesk.domain.imports.runs import ENDED, ImportRun, incoming_key, mapping_name, options_name
from frontdesk.domain.imports.tables.table import MAX_LINE_BYTES
from frontdesk.domain.imports.uploads import MAX_BYTES
from frontdesk.domain.orders.snapshot import Key, key_of_row
from frontdesk.domain.problems import Busy
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Phrase, Value
from frontdesk.usecases.catalog import Office
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.ending import end_run, newest_runs, run_of
from frontdesk.usecases.imports.names import read_names, with_customers
from frontdesk.usecases.orders.place import Idempotency, booked_orders
from frontdesk.usecases.ports import Catalog, FileGone, Files, Runs, Store
from frontdesk.usecases.reading import is_revoked

# One function call imports a chunk. If it fails, the whole chunk is repeated.
CHUNK_ROWS = 500
CHUNK_BOOKINGS = 3000
# A chunk is read into memory as a whole. It exceeds this only if a single order does.
CHUNK_BYTES = 4_000_000
# A file is compared with the orders of at most this many similar files.
MAX_COMPARED = 20
_MAX_OPTION_BYTES = 10_000
_MAX_MAPPING_BYTES = 200_000


def plan_file(context: Context, run_id: str, runs: Runs, files: Files, store: Store, catalog: Catalog) -> int:
    """Reads a run's file and writes its orders as chunks. If possible, orders for the same resource and day are in one chunk.

    Returns the number of chunks, or 0 if the file is refused or nothing is left to do.
    """
    run = run_of(context, run_id, runs)
    if run.status != "planning":
        return run.chunks if run.status == "running" else 0
    office = Office(context, store, catalog)
    organization = office.organization()
    run = run.model_copy(update={"language": run.wanted_language or organization.language})
    options = _OptionsFound(run.options)
    with TemporaryFile() as content, TemporaryFile() as copy:
        spool = Spool(cast(BinaryIO, content))
        try:
            if is_revoked(context, run.maker_id, store):
                raise BadFile("unauthorized", reason=Phrase("maker_revoked"))
            plan = _read(run, files, office, spool, cast(BinaryIO, copy), options)
            if not run.allows("catalog:write") and plan.about.get("kind", "bookings") != "bookings":
                raise BadFile("unauthorized", reason=Phrase("without_scope", {"scope": "catalog:write"}))
            unnumbered = _without_ids(plan, spool.orders)
            same = digest_of(unnumbered)
            last = runs.planned_last(context, same) if same else None
            if same and not (plan.options.again or run.again):
                as_read = run.model_copy(update={"options": plan.options})
                _refuse_copy(context, as_read, same, unnumbered, runs, store)
        except BadFile as error:
            files.write(run.manifest, b"[]", "application/json")
            # The person who asked for a report also gets the report of a refused file.
            run = run.model_copy(update={"options": options.known})
            end_run(run, "refused", runs, context.clock, error.problem)
            return 0
        chunks = _write_chunks(run, plan, spool, files)
    names = [
        {"organization_id": context.organization_id, "run_id": run_id, "chunk": number}
        for number in range(1, chunks + 1)
    ]
    files.write(run.manifest, json.dumps(names).encode(), "application/json")
    planned = {
        "status": "running",
        "options": plan.options,
        "rows": len(spool.offsets),
        "chunks": chunks,
        "content": same,
        "sample": sample_of(sorted(map(mark_of, unnumbered))),
        **plan.about,
    }
    if not runs.plan(run, run.model_copy(update=planned), context.clock, last):
        # A file with the same content may have been planned meanwhile. The next try refuses this one.
        raise Busy
    return chunks


class _Plan(NamedTuple):
    """How a file was read. `columns` is true for a table, and false for JSON Lines. `about` has other fields of the run, such as `kind`."""

    options: ImportOptions
    columns: bool
    about: Mapping[str, Any] = {}


@dataclass
class _OptionsFound:
    """Keeps the options found in a file, even if the file is refused later."""

    known: ImportOptions

    def read(self, content: Any) -> ImportOptions:
        """Reads the options. Raises BadFile."""
        self.known = only_report(content)
        self.known = read_options(content)
        return self.known


def _without_ids(plan: "_Plan", orders: Iterable[SpooledOrder]) -> list[bytes]:
    """Returns the digests of the file's orders without external id. Importing the file under a new name would book these orders again."""
    if plan.about.get("kind", "bookings") != "bookings":
        return []
    return [bytes(order.digest) for order in orders if not order.external_id]


def _refuse_copy(
    context: Context, run: ImportRun, same: str, contents: Sequence[bytes], runs: Runs, store: Store
) -> None:
    """Raises BadFile if at least half of this file's orders were already imported under another file name.

    An import that is still running counts, too. Imports under this file's own name are ignored: if a file is imported again under its own
    name, no order is booked twice. Only orders without an external id are compared: `contents` has one digest for each of these orders,
    and `same` is a digest of all these orders together. If there are many orders, only samples are compared.
    """
    marks = sorted(map(mark_of, contents))
    # The first value is the number of orders that were compared. If the sample could have had none of them, it says nothing.
    alike: list[tuple[int, bool, ImportRun]] = []
    for each in newest_runs(context, runs)[0]:
        if each.name == run.name or each.is_dry:
            continue
        found, covered = in_common(marks, each.sample)
        if each.has_booked(same):
            # What a run has only found may have been undone since.
            alike.append((len(marks), each.status not in ENDED or each.counts.created > 0, each))
        elif each.sample and 2 * sum(found.values()) >= covered:
            alike.append((covered, covered > 0 and each.status not in ENDED, each))
    if not alike:
        return
    counts = Counter(sample_of(marks))
    compared = {mark: content for content in contents if (mark := mark_of(content)) in counts}
    own = _booked(context, run, compared, store)
    others = {mark: content for mark, content in compared.items() if mark not in own}
    for _, is_sure, each in sorted(alike, key=lambda one: -one[0])[:MAX_COMPARED]:
        booked = others.keys() if is_sure else _booked(context, each, others, store)
        if booked and 2 * sum(counts[mark] for mark in booked) >= counts.total():
            raise BadFile("imported_before", name=each.name, on=iso(each.started_at)[:10])


def _booked(context: Context, run: ImportRun, contents: Mapping[int, bytes], store: Store) -> Collection[int]:
    """Finds out which orders in `contents` were booked from a file named `run.name`. Returns the marks (`mark_of`) of these orders."""
    keys = {
        mark: key_of_content(content, 1, run.name, run.options.timezone) for mark, content in contents.items()
    }

    def read(ids: Collection[Key]) -> Mapping[Key, Any]:
        return store.read(context, ids, consistent=True)

    orders = booked_orders(context.organization_id, keys.values(), read)
    return {mark for mark, key in keys.items() if key in orders}


def _write_chunks(run: ImportRun, plan: _Plan, spool: Spool, files: Files) -> int:
    contents = ((bytes(order.digest), order.external_id) for order in spool.orders)
    keys = list(keys_of(contents, run.name, plan.options.timezone))
    # Orders with the same id get into one chunk. The second is a repetition, or a mistake that is recognized only beside the first.
    places: dict[str, str] = {}
    for key, order in zip(keys, spool.orders, strict=True):
        places.setdefault(key, order.place)
    ordered = sorted(range(len(keys)), key=lambda at: (places[keys[at]], spool.orders[at].rows))
    units = [
        Unit(places[keys[at]], len(order.rows), order.weight, order.size)
        for at in ordered
        for order in [spool.orders[at]]
    ]
    wanted = {key_of_row(order.series) for order in spool.orders if order.series}
    at_of: dict[str, int] = {}
    for at, key in enumerate(keys):
        if key in wanted:
            # As with the ids of rows, the first one counts.
            at_of.setdefault(key, at)

    def entry(at: int) -> Entry:
        pieces = list(spool.pieces(spool.orders[at]))
        return entry_of(pieces, plan.options, key=keys[at], columns=plan.columns)

    @cache
    def series(of: str) -> Series:
        key = key_of_row(of)
        if key not in at_of:
            return Series(key)
        request = Idempotency.of(run.organization_id, "import", key, entry(at_of[key]).content)
        return Series(key, request.fingerprint)

    chunks = 0
    for chunk in cut(units, CHUNK_ROWS, CHUNK_BOOKINGS, CHUNK_BYTES):
        chunks += 1
        entries = (
            entry(at).model_copy(update={"series": series(of)})
            if (of := spool.orders[at].series)
            else entry(at)
            for at in ordered[chunk.start : chunk.stop]
        )
        files.write(
            run.chunk(chunks),
            b"".join(each.model_dump_json(exclude_defaults=True).encode() + b"\n" for each in entries),
        )
    return chunks


def _read(
    run: ImportRun, files: Files, office: Office, spool: Spool, copy: BinaryIO, found: _OptionsFound
) -> _Plan:
    """Reads a run's file into the spool. Raises BadFile."""
    if run.upload:
        options = run.options if run.options != ImportOptions() else None
        mapping = run.mapping or ImportMapping()
    else:
        options = _options_beside(run, files, found)
        mapping = run.mapping or _mapping_beside(run, files)
    try:
        with files.open(run.incoming, run.etag) as content:
            if form_of(run.name) == "jsonl":
                in_file, pieces = read_json_lines(_lines(content), options, found.read)
                plan = _Plan(in_file, columns=False)
                _spool(pieces, spool)
            else:
                _copy(content, copy)
                plan = _read_table(run, office, options or ImportOptions(), mapping, spool, copy)
    except FileGone:
        raise BadFile("file_changed") from None
    if not spool.offsets:
        raise BadFile("no_rows")
    return plan


def _read_table(
    run: ImportRun,
    office: Office,
    options: ImportOptions,
    mapping: ImportMapping,
    spool: Spool,
    copy: BinaryIO,
) -> _Plan:
    named = read_names(office)
    reading = read_table(run.name, copy, mapping, named.derived)
    directory = with_customers(named, reading.references(), office)
    _spool(reading.pieces(directory.directory, run.name, run.language), spool)
    layout = reading.layout
    read = {
        "columns": {layout.header[at]: column for column, at in layout.columns.items()},
        "ignored": list(layout.ignored),
        "header_line": reading.body.header.line,
        "width": reading.body.width,
        "left_out_lines": reading.body.skipped[:50],
        **{
            name: value
            for name, value in (
                ("preset", layout.preset and layout.preset.name),
                ("sheet", reading.table.sheet),
            )
            if value
        },
        **(
            {"encoding": _ENCODINGS.get(reading.table.encoding, reading.table.encoding)}
            if reading.table.encoding
            else {}
        ),
        **({"dates": orders} if (orders := _orders_of(reading)) else {}),
    }
    about = {
        "kind": layout.kind, "language": run.language, "headers": layout.names, "read": read, "mapping": mapping
    }  # fmt: skip
    return _Plan(options, True, about)


_ENCODINGS = {"cp1252": "windows-1252", "utf-8-sig": "utf-8"}


def _orders_of(reading: TableReading) -> dict[str, str]:
    """Maps each column of numeric dates to its format. For example, {"Datum": "dd/mm/yyyy"} if the column `Datum` contains 13/4/2031."""
    votes = reading.cells.date_votes
    return {
        reading.layout.name(column): {"dmy": "dd/mm/yyyy", "mdy": "mm/dd/yyyy", "ymd": "yyyy-mm-dd"}[order]
        for column, order in reading.cells.orders.items()
        if order and (votes[column].open or votes[column].alone)
    }


def _spool(pieces: Iterable[Piece], spool: Spool) -> None:
    for piece in pieces:
        if len(spool.offsets) == MAX_ROWS:
            raise BadFile("too_many_rows", piece.line, most=MAX_ROWS)
        spool.add(piece)


def _copy(content: BinaryIO, copy: BinaryIO) -> None:
    """Copies a file from the bucket, because its stream can be read only once. Raises BadFile if it is too large."""
    size = 0
    while block := content.read(1 << 20):
        size += len(block)
        if size > MAX_BYTES:
            raise BadFile("file_too_large", most=MAX_BYTES // 1_000_000)
        copy.write(block)


def _options_beside(run: ImportRun, files: Files, found: _OptionsFound) -> ImportOptions | None:
    content = _json_beside(run, options_name(run.name), _MAX_OPTION_BYTES, files)
    return None if content is None else found.read(content)


def _mapping_beside(run: ImportRun, files: Files) -> ImportMapping:
    found = _json_beside(run, mapping_name(run.name), _MAX_MAPPING_BYTES, files)
    mapping = ImportMapping() if found is None else read_mapping(found)
    if isinstance(mapping, list):
        values: dict[str, Value] = {"wrong": mapping, "options": list(ImportMapping.model_fields)}
        raise BadFile("invalid_options", reason=Phrase("mapping_wrong", values))
    return mapping


def _json_beside(run: ImportRun, name: str, most: int, files: Files) -> Any:
    try:
        with files.open(incoming_key(run.organization_id, name)) as content:
            text = content.read(most + 1)
    except FileGone:
        return None
    try:
        return from_json(text.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError:
        raise BadFile("invalid_options", reason=Phrase("options_not_json", {"name": name})) from None


def _lines(content: BinaryIO) -> Iterator[bytes]:
    while line := content.readline(MAX_LINE_BYTES + 1):
        yield line
