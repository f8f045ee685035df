"""Makes the file of an export, as far as time allows. If the file is unfinished, another invocation continues."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

from frontdesk.domain.exports.cells import Cell
from frontdesk.domain.exports.columns import COLUMNS
from frontdesk.domain.exports.export import (
    ENDED,
    Export,
    begun_anew,
    completed,
    failed,
    gone_on,
    is_lost,
    is_stale,
    lost,
    taken_up,
    told,
)
from frontdesk.domain.exports.writing import (
    MAX_SHEET_BYTES,
    MAX_SHEET_ROWS,
    MEDIA_TYPES,
    csv_row,
    csv_start,
    json_row,
    sheet_bytes,
    sheet_of,
)
from frontdesk.domain.problems import Problem
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.exports.needs import Exports, PartsChanged, Workshop
from frontdesk.usecases.exports.source import units_of
from frontdesk.usecases.reading import is_revoked

# Bytes of a part. S3's minimum is 5 MiB. If the worker stops, up to this much is lost.
PART_BYTES = 6 * 1024 * 1024
# A workbook with more rows is written by an invocation that does nothing else.
_MANY_ROWS = 50_000


class _Overtaken(Exception):
    """Another worker has the export now."""


def make_export(
    context: Context,
    export_id: str,
    workshop: Workshop,
    until: int,
    message: str | None = None,
    version: int | None = None,
) -> Export | None:
    """Works on an export until `until` (epoch seconds), and queues it again if it is unfinished. Returns its new state.

    Returns None if there is nothing to do, or if another worker has the export. Marks the export as failed if it made no progress for too
    long, or if the token that requested it was revoked. `message` is the id of the message in the queue, and `version` the export's version
    in that message.
    """
    seen = workshop.exports.export(context, export_id)
    now = context.clock.now()
    if seen is None or seen.status in ENDED:
        return None
    if is_lost(seen, now):
        return _marked_lost(context, seen, workshop.exports)
    if is_stale(seen, message, version):
        return None
    if is_revoked(context, seen.maker_id, workshop.store):
        ended = failed(seen, now, told(seen, Problem("unauthorized", {"reason": Phrase("maker_revoked")})))
        return ended if workshop.exports.change(context, seen, ended) else None
    making = _Making(context, workshop, seen, until)
    try:
        making.note(taken_up(seen, now, message))
        if making.export.status not in ENDED:
            making.go_on()
    except _Overtaken:
        return None
    if making.export.status not in ENDED:
        workshop.queue.send(context.organization_id, export_id, making.export.version)
    return making.export


def mark_lost(clock: Clock, exports: Exports) -> int:
    """Marks exports of all organizations as failed if they made no progress for too long. Returns their number.

    Continues after a failure, and raises all failures at the end, as an ExceptionGroup.
    """
    count, failures = 0, list[Exception]()
    for organization_id, export_id in exports.unfinished_everywhere(clock):
        context = Context(organization_id, clock)
        try:
            seen = exports.export(context, export_id)
            if seen is not None and is_lost(seen, clock.now()):
                count += _marked_lost(context, seen, exports) is not None
        except Exception as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} exports could not be looked at", failures)
    return count


def _marked_lost(context: Context, seen: Export, exports: Exports) -> Export | None:
    """Marks the export as failed and returns it. Returns None if another worker has changed it."""
    ended = lost(seen, context.clock.now())
    return ended if exports.change(context, seen, ended) else None


class _Making:
    def __init__(self, context: Context, workshop: Workshop, export: Export, until: int) -> None:
        self.context, self.workshop, self.export, self.until = context, workshop, export, until
        self.wanted = export.wanted
        columns = COLUMNS[self.wanted.kind]
        self.titles = [columns[name].heading.of(self.wanted.language) for name in self.wanted.columns]

    def note(self, export: Export) -> None:
        """Stores the progress. Raises _Overtaken if another worker has the export now."""
        if not self.workshop.exports.change(self.context, self.export, export):
            raise _Overtaken
        self.export = export

    def go_on(self) -> None:
        """Collects the rows, then finishes the file. Raises _Overtaken if another worker has the export now."""
        try:
            self._go_on()
        except PartsChanged:
            # The stored parts are no longer reliable. A lifecycle rule of the bucket deletes them.
            self.note(begun_anew(self.export, self.context.clock.now()))

    def _go_on(self) -> None:
        was_collected = self.export.progress.collected
        if not was_collected:
            self._collect()
        progress = self.export.progress
        if self.export.status in ENDED or not progress.collected or self._is_too_large():
            return
        assert progress.upload is not None
        self.workshop.shelf.finish(self._target, progress.upload, progress.parts)
        size = progress.size
        if self.wanted.format == "xlsx":
            if not was_collected and progress.rows > _MANY_ROWS:
                # A large workbook takes the whole time of an invocation.
                return
            size = self._bind()
        self.note(completed(self.export, self.context.clock.now(), size))

    @property
    def _target(self) -> str:
        return self.export.collected if self.wanted.format == "xlsx" else self.export.file

    def _collect(self) -> None:
        """Stores the rows part by part, until all are stored or the time is up."""
        clock, content, rows = self.context.clock, self._begin(), 0
        cursor = self.export.progress.cursor
        for unit in units_of(self.export, self.context, self.workshop):
            for cells in unit.rows:
                content += self._line(cells)
            rows, cursor = rows + len(unit.rows), unit.cursor
            if len(content) >= PART_BYTES:
                self._send(content, cursor, rows)
                content, rows = bytearray(), 0
                if self._is_too_large():
                    return
            if clock.now() >= self.until:
                self._put_aside(content, cursor, rows)
                return
        self._send(content, cursor, rows, is_last=True)

    def _begin(self) -> bytearray:
        """Returns the first bytes of the next part: the rows that were put aside, the heading of a CSV file, or nothing."""
        progress = self.export.progress
        if progress.rest is not None:
            with self.workshop.shelf.open(self.export.rest(progress.rest)) as content:
                return bytearray(content.read())
        if progress.cursor is None and self.wanted.format == "csv":
            return bytearray(csv_start(self.titles, self.wanted.language))
        return bytearray()

    def _line(self, cells: Sequence[Cell]) -> bytes:
        return json_row(cells) if self.wanted.format == "xlsx" else csv_row(cells, self.wanted.language)

    def _send(self, content: bytearray, cursor: str | None, rows: int, *, is_last: bool = False) -> None:
        progress, shelf = self.export.progress, self.workshop.shelf
        sent: dict[str, Any] = {"collected": is_last}
        if content or not progress.parts:
            form = "jsonl" if self.wanted.format == "xlsx" else "csv"
            upload = progress.upload or shelf.begin(self._target, MEDIA_TYPES[form])
            # The last part may be of any size, and a file needs at least one.
            part = shelf.send(self._target, upload, progress.next_part, bytes(content) or b"\n")
            sent |= {"upload": upload, "parts": (*progress.parts, part)}
        self._note(sent, content, cursor, rows)

    def _put_aside(self, content: bytearray, cursor: str | None, rows: int) -> None:
        """Stores rows in a separate file if they are too few for a part. S3 accepts parts below 5 MiB only as the last part."""
        number = self.export.progress.next_part
        with BytesIO(content) as rest:
            self.workshop.shelf.write(self.export.rest(number), rest, MEDIA_TYPES["jsonl"])
        self._note({}, bytearray(), cursor, rows, rest=number)

    def _note(
        self,
        sent: Mapping[str, Any],
        content: bytearray,
        cursor: str | None,
        rows: int,
        rest: int | None = None,
    ) -> None:
        progress = self.export.progress
        changes = {
            **sent,
            "next_part": progress.next_part + 1,
            "cursor": cursor,
            "rows": progress.rows + rows,
            "size": progress.size + len(content),
            "rest": rest,
        }
        self.note(gone_on(self.export, self.context.clock.now(), progress.model_copy(update=changes)))

    def _is_too_large(self) -> bool:
        if self.wanted.format != "xlsx":
            return False
        progress = self.export.progress
        if progress.rows >= MAX_SHEET_ROWS:
            problem = Problem("export_too_large", {"most": MAX_SHEET_ROWS - 1})
        elif sheet_bytes(progress.rows, len(self.wanted.columns), progress.size) > MAX_SHEET_BYTES:
            problem = Problem("export_too_many_bytes", {"most": MAX_SHEET_BYTES // 1_000_000_000})
        else:
            return False
        self.note(failed(self.export, self.context.clock.now(), told(self.export, problem)))
        return True

    def _bind(self) -> int:
        """Makes a workbook from the collected rows, and returns its size."""
        with TemporaryFile() as made, self.workshop.shelf.open(self.export.collected) as lines:
            book = cast(BinaryIO, made)
            sheet_of(_lines(lines), self.titles, self.wanted.kind, book)
            size = book.seek(0, 2)
            book.seek(0)
            self.workshop.shelf.write(self.export.file, book, MEDIA_TYPES["xlsx"])
        return size


def _lines(content: BinaryIO) -> Iterator[bytes]:
    """Yields the lines that contain a row. Skips the blank line in a file without rows."""
    return (line for line in content if line.strip())
