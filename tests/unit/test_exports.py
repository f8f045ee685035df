"""Exports without a cloud: made part by part despite crashes and delays, in little memory, with the right cells."""

import hashlib
import io
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, get_args
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.exports.cells import Cell
from frontdesk.domain.exports.columns import COLUMNS
from frontdesk.domain.exports.export import (
    ENDED,
    KEPT_DAYS,
    LOST_AFTER,
    LOST_WAITING,
    MAX_TRIES,
    QUIET_AFTER,
    Export,
    ExportKind,
    Part,
    Wanted,
    export_id,
    is_export_id,
    shown,
)  # fmt: skip
from frontdesk.domain.exports.writing import csv_row, json_row, sheet_bytes, sheet_of
from frontdesk.domain.imports.headers.layout import layout_of
from frontdesk.domain.imports.headers.ours import HEADINGS, OURS
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.texts import with_formula, without_formula
from frontdesk.domain.time.intervals import DAY
from frontdesk.errors import Language
from frontdesk.usecases.context import Context
from frontdesk.usecases.exports import make
from frontdesk.usecases.exports.ask import asked_again
from frontdesk.usecases.exports.make import make_export, mark_lost
from frontdesk.usecases.exports.needs import PartsChanged, Workshop
from local.servers import ROOT

NOW = 1_900_000_000
ID = export_id(NOW, "0123456789ab")
Call = Callable[[Callable[[], Any]], Any]


class Clock:
    def now(self) -> int:
        return NOW

    def pause(self, attempt: int) -> None:
        raise AssertionError(f"nothing to wait for: {attempt}")


class World:
    """Customers, their export, its files and its queue. Each changing call goes through `call`."""

    def __init__(self, customers: int, *, note: str = "", **wanted: Any) -> None:
        self.count, self.note = customers, note
        self.call: Call = lambda make: make()
        self.files: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, tuple[str, bytes]]] = {}
        self.sent = 0
        # Messages: the number of each, and the version of its export.
        self.queue: list[tuple[int, int | None]] = [(0, 1)]
        self.messages = 1
        columns = ("external_id", "given_name", "notes")
        of = {"kind": "customers", "columns": columns, "timezone": "Europe/Berlin", **wanted}
        self.stored = Export(id=ID, organization_id="o", wanted=Wanted(**of), created_at=NOW, updated_at=NOW)
        self.workshop = Workshop(self, self, self, self, self, _Queue(self))  # type: ignore[arg-type]
        self.context = Context("o", Clock())

    def run(self, until: int = NOW + 1) -> Export | None:
        return make_export(self.context, ID, self.workshop, until)

    def receive(self, until: int = NOW + 1) -> Export | None:
        """Handles the first message, and leaves it in the queue."""
        number, version = self.queue[0]
        return make_export(self.context, ID, self.workshop, until, f"message {number}", version)

    # Lists and the catalog

    def customers(self, context: Context, after: str | None, *, archived: bool) -> Iterator[tuple[str, str]]:
        first = 0 if after is None else int(after) + 1
        return ((f"c{number}", str(number)) for number in range(first, self.count))

    def items(self, context: Context, keys: Sequence[Key]) -> dict[Key, Any]:
        return {
            key: Customer.model_construct(
                id=key.id, given_name=f"N{key.id}", notes=self.note or None, created_at=NOW
            )
            for key in keys
        }

    # Exports

    def export(self, context: Context, export_id: str) -> Export | None:
        return self.stored

    def change(self, context: Context, seen: Export, export: Export) -> bool:
        def write() -> bool:
            if self.stored.version != seen.version:
                return False
            self.stored = Export.model_validate_json(export.model_dump_json())
            return True

        return bool(self.call(write))

    def add(self, context: Context, export: Export, *, made: Any = None) -> None:
        raise AssertionError

    def recent(self, context: Context) -> Iterator[Export]:
        raise AssertionError

    def unfinished(self, context: Context) -> Iterator[str]:
        return iter([] if self.stored.status in ENDED else [ID])

    def unfinished_everywhere(self, clock: Any) -> Iterator[tuple[str, str]]:
        return (("o", id) for id in self.unfinished(self.context))

    # The bucket

    def begin(self, key: str, media_type: str) -> str:
        def start() -> str:
            name = f"{key} {len(self.uploads)}"
            self.uploads[name] = {}
            return name

        return str(self.call(start))

    def send(self, key: str, upload: str, number: int, content: bytes) -> Part:
        etag = hashlib.sha256(content).hexdigest()

        def put() -> Part:
            if upload not in self.uploads:
                raise PartsChanged
            self.sent += len(content)
            self.uploads[upload][number] = (etag, content)
            return Part(number, etag)

        found: Part = self.call(put)
        return found

    def finish(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        def join() -> None:
            if upload not in self.uploads:
                if key not in self.files:
                    raise PartsChanged
                return
            there = self.uploads[upload]
            if any(there.get(part.number, ("", b""))[0] != part.etag for part in parts):
                raise PartsChanged
            assert all(len(there[part.number][1]) >= make.PART_BYTES for part in parts[:-1])
            assert [*parts] == sorted(parts)
            self.files[key] = b"".join(there[part.number][1] for part in parts)
            del self.uploads[upload]

        self.call(join)

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        yield io.BytesIO(self.files[key])

    def write(self, key: str, content: BinaryIO, media_type: str) -> None:
        body = content.read()
        self.call(lambda: self.files.update({key: body}))


class _Queue:
    def __init__(self, world: World) -> None:
        self.world = world

    def send(self, organization_id: str, export_id: str, version: int) -> None:
        number, self.world.messages = self.world.messages, self.world.messages + 1
        self.world.call(lambda: self.world.queue.append((number, version)))


class Crash(BaseException):
    pass


class Crashes:
    """Dies before or after one call, counted from 0."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.at, self.after, self.made = at, after, 0

    def __call__(self, make: Callable[[], Any]) -> Any:
        number, self.made = self.made, self.made + 1
        if number == self.at and not self.after:
            raise Crash
        answer = make()
        if number == self.at:
            raise Crash
        return answer


def delivered(world: World, until: int = NOW + 1) -> None:
    """Like the queue, repeats a message until it is handled."""
    for _ in range(200):
        if not world.queue:
            return
        try:
            world.receive(until)
        except Crash:
            continue
        world.queue.pop(0)
    raise AssertionError("it goes on for ever")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "PART_BYTES", 200)


def content_of(world: World) -> bytes:
    assert world.stored.status == "completed"
    content = world.files[world.stored.file]
    if world.stored.wanted.format == "csv":
        return content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return repr(rows).encode()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("until", [NOW + 1, NOW], ids=["in one go", "time is up after each row"])
@pytest.mark.parametrize("customers", [0, 1, 40])
def test_the_file_is_the_same_however_often_somebody_else_goes_on(
    form: Any, until: int, customers: int
) -> None:
    expected = World(customers, format=form)
    delivered(expected)
    world = World(customers, format=form)
    delivered(world, until)
    assert content_of(world) == content_of(expected)
    assert (world.stored.progress.rows, world.stored.bytes) == (
        customers,
        len(world.files[world.stored.file]),
    )


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("until", [NOW + 1, NOW])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whoever_dies_at_any_call_is_followed_by_somebody_who_goes_on(
    form: Any, until: int, after: bool
) -> None:
    """The calls are counted by a run without a crash, so a new call is covered automatically."""
    customers = 12 if form == "csv" else 5
    whole, counting = World(customers, format=form), Crashes(-1, after=False)
    whole.call = counting
    delivered(whole, until)
    assert counting.made > 4
    for at in range(counting.made):
        world = World(customers, format=form)
        world.call = Crashes(at, after=after)
        delivered(world, until)
        assert content_of(world) == content_of(whole), at
        assert world.stored.progress.rows == customers


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_who_comes_too_late_spoils_nothing(form: Any) -> None:
    """At each call of one worker, another one does all the rest. Then the first continues."""
    whole, counting = World(12, format=form), Crashes(-1, after=False)
    whole.call = counting
    delivered(whole)
    for at in range(counting.made):
        world, numbers = World(12, format=form), iter(range(1000))

        def meanwhile(
            make: Callable[[], Any], world: World = world, numbers: Iterator[int] = numbers, at: int = at
        ) -> Any:
            if next(numbers) == at:
                world.call = lambda make: make()
                world.run()
            return make()

        world.call = meanwhile
        delivered(world)
        assert content_of(world) == content_of(whole), at


def test_no_two_send_a_part_of_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker sends a part late, after another has sent the same rows in their current state. The file has the latter."""
    monkeypatch.setattr(make, "PART_BYTES", 10)
    for at in range(40):
        world, numbers, reads = World(8), iter(range(1000)), iter(range(1000))
        items = world.items

        def changing(
            context: Context, keys: Sequence[Key], reads: Any = reads, items: Any = items
        ) -> dict[Key, Any]:
            note = f"seen {next(reads)}"
            return {
                key: each.model_copy(update={"notes": note}) for key, each in items(context, keys).items()
            }

        def meanwhile(
            make: Callable[[], Any], world: World = world, numbers: Any = numbers, at: int = at
        ) -> Any:
            if next(numbers) == at:
                world.call = lambda make: make()
                world.run(NOW)
            return make()

        world.items, world.call = changing, meanwhile  # type: ignore[method-assign]
        delivered(world)
        rows = content_of(world).decode("utf-8-sig").splitlines()[1:]
        assert [row.partition(",")[0] for row in rows] == [f"c{number}" for number in range(8)]
        assert world.stored.progress.restarts == 0, at


def test_what_comes_no_further_fails_and_says_so() -> None:
    world = World(12)

    def broken(context: Context, keys: Sequence[Key]) -> Any:
        raise Crash

    world.items = broken  # type: ignore[method-assign]
    for _ in range(MAX_TRIES):
        with pytest.raises(Crash):
            world.run()
        assert world.stored.status == "running"
    assert world.run() is not None
    assert (world.stored.status, world.stored.problem) == (
        "failed", {"code": "export_failed", "detail": "The file could not be created (tries). Request it again."},
    )  # fmt: skip
    assert world.run() is None


def test_parts_that_are_gone_are_sent_anew_and_not_for_ever() -> None:
    world = World(12)
    assert world.run(NOW) is not None
    world.uploads.clear()
    delivered(world)
    expected = World(12)
    delivered(expected)
    assert content_of(world) == content_of(expected)
    world = World(12)

    def gone(key: str, upload: str, parts: Sequence[Part]) -> None:
        raise PartsChanged

    world.finish = gone  # type: ignore[method-assign]
    delivered(world)
    assert (world.stored.status, (world.stored.problem or {})["code"]) == ("failed", "export_failed")


def test_what_nobody_is_at_any_more_is_told_and_so_is_what_is_deleted() -> None:
    """A waiting export exists as long as its message. The six hours count from the beginning of the work."""
    world = World(1)
    waiting = world.stored
    begun = waiting.model_copy(update={"status": "running"})
    for export, most in ((waiting, LOST_WAITING), (begun, LOST_AFTER)):
        assert shown(export, NOW + most - 1)[0] == export.status
        status, problem = shown(export, NOW + most)
        assert (status, (problem or {})["code"]) == ("failed", "export_failed")
    delivered(world)
    assert shown(world.stored, NOW + KEPT_DAYS * DAY - 1)[0] == "completed"
    assert shown(world.stored, NOW + KEPT_DAYS * DAY)[0] == "expired"
    assert world.stored.status in ENDED


def lost_world() -> World:
    world = World(12)
    world.stored = world.stored.model_copy(update={"status": "running", "updated_at": NOW - LOST_AFTER})
    return world


def test_a_lost_one_is_marked_by_its_own_message_or_by_the_sweep() -> None:
    for look in (World.receive, lambda world: mark_lost(Clock(), world)):
        world = lost_world()
        assert look(world)
        assert (world.stored.status, world.stored.finished_at) == ("failed", NOW)
        assert "(lost)" in (world.stored.problem or {})["detail"]
        assert not look(world)


def test_who_goes_on_just_before_the_sweep_keeps_the_export() -> None:
    world = lost_world()

    def meanwhile(make: Callable[[], Any]) -> Any:
        world.call = lambda make: make()
        world.stored = world.stored.model_copy(update={"version": 2, "updated_at": NOW})
        return make()

    world.call = meanwhile
    assert mark_lost(Clock(), world) == 0
    assert world.stored.status == "running"
    world = World(12)
    assert mark_lost(Clock(), world) == 0


def test_a_message_sent_twice_does_not_stop_whoever_is_at_work() -> None:
    """Without the version, each of six messages would take the export from the one before, until no tries are left."""
    world = World(12)
    world.queue = [(number, 1) for number in range(MAX_TRIES + 1)]
    world.messages = len(world.queue)
    first = world.items

    def slow(context: Context, keys: Sequence[Key]) -> dict[Key, Any]:
        world.items = first  # type: ignore[method-assign]
        for number, version in [*world.queue[1:]]:
            assert (
                make_export(world.context, ID, world.workshop, NOW + 1, f"message {number}", version) is None
            )
        return first(context, keys)

    world.items = slow  # type: ignore[method-assign]
    made = world.receive()
    assert made is not None
    assert (made.status, made.progress.rows) == ("completed", 12)
    # Messages of the release before have no version.
    world = World(12)
    world.queue = [(0, None)]
    delivered(world)
    assert world.stored.status == "completed"


@pytest.mark.parametrize(
    ("status", "waited", "sends"),
    [("pending", 0, 1), ("pending", LOST_WAITING, 0), ("running", QUIET_AFTER - 1, 0), ("running", QUIET_AFTER, 1),
     ("running", LOST_AFTER, 0), ("failed", 0, 0), ("completed", 0, 0)],
)  # fmt: skip
def test_the_same_request_queues_only_what_nobody_is_at(status: Any, waited: int, sends: int) -> None:
    world = World(1)
    world.queue.clear()
    world.stored = world.stored.model_copy(update={"status": status, "updated_at": NOW - waited})
    asked_again(world.context, ID, world, _Queue(world))
    assert len(world.queue) == sends


def test_a_sheet_has_no_more_rows_than_spreadsheets_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "MAX_SHEET_ROWS", 10)
    for customers, status in ((9, "completed"), (10, "failed")):
        world = World(customers, format="xlsx")
        delivered(world)
        assert world.stored.status == status
    assert (world.stored.problem or {})["code"] == "export_too_large"


def test_the_rows_are_counted_before_the_workbook_is_written_however_it_got_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker that counted them may have died. XlsxWriter silently drops further rows."""
    monkeypatch.setattr(make, "MAX_SHEET_ROWS", 10)
    whole, counting = World(10, format="xlsx"), Crashes(-1, after=False)
    whole.call = counting
    delivered(whole)
    for at in range(counting.made):
        for after in (False, True):
            world = World(10, format="xlsx")
            world.call = Crashes(at, after=after)
            delivered(world)
            assert (world.stored.status, (world.stored.problem or {})["code"]) == (
                "failed",
                "export_too_large",
            ), at


def test_a_workbook_is_no_larger_than_the_disk_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(40, format="xlsx")
    delivered(world)
    collected, columns = world.stored.progress.size, len(world.stored.wanted.columns)
    for most, status in (
        (sheet_bytes(40, columns, collected), "completed"),
        (sheet_bytes(40, columns, collected) - 1, "failed"),
    ):
        monkeypatch.setattr(make, "MAX_SHEET_BYTES", most)
        world = World(40, format="xlsx")
        delivered(world, NOW)
        assert world.stored.status == status
    problem = world.stored.problem or {}
    assert (problem["code"], "'csv'" in problem["detail"]) == ("export_too_many_bytes", True)
    # CSV has no such limit.
    world = World(40)
    delivered(world)
    assert world.stored.status == "completed"


@pytest.mark.parametrize(
    "cell", ["", "a", "Ada Lovelace", "n" * 300, 1, 1_234_567, Decimal("1234.50"), date(2030, 4, 15)]
)
def test_the_size_of_a_sheet_is_not_underestimated(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared with what XlsxWriter writes into its sheet. `&` and `<` take more, for which the disk has a reserve."""
    rows, columns = 300, 20
    lines = [json_row([cell] * columns) for _ in range(rows)]
    made = io.BytesIO()
    sheet_of(lines, ["Title"] * columns, "lines", made)
    with ZipFile(made) as book:
        sheet = book.getinfo("xl/worksheets/sheet1.xml").file_size
    assert sheet <= sheet_bytes(rows + 1, columns, sum(map(len, lines))) + 5_000


def test_a_workbook_leaves_nothing_on_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The next export uses the same disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def lines() -> Iterator[bytes]:
        yield json_row(["a"])
        raise Crash

    with pytest.raises(Crash):
        sheet_of(lines(), ["Title"], "lines", io.BytesIO())
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """30 MB of rows: the memory contains only a part, twice, and a page of items."""
    monkeypatch.undo()
    world = World(6_000, note="n" * 5_000)

    def send(key: str, upload: str, number: int, content: bytes) -> Part:
        world.sent += len(content)
        return Part(number, "etag")

    world.send, world.finish = send, lambda *_: None  # type: ignore[method-assign,assignment]
    tracemalloc.start()
    try:
        delivered(world)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert world.stored.progress.rows == 6_000
    assert world.sent > 30_000_000
    assert len(world.stored.progress.parts) == 5
    assert peak < 20_000_000, peak


def test_a_workbook_is_written_row_by_row() -> None:
    lines = (json_row([f"customer {number}", number, "n" * 5_000]) for number in range(2_000))
    with open("/dev/null", "wb") as nowhere:  # noqa: PTH123
        tracemalloc.start()
        try:
            sheet_of(lines, ["Name", "Number", "Notes"], "customers", _Counted(nowhere))  # type: ignore[arg-type]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 3_000_000, peak


class _Counted(io.RawIOBase):
    """A file that counts the bytes written to it, and stores none."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.at = file, 0

    def write(self, content: Any) -> int:
        self.at += len(content)
        return len(content)

    def tell(self) -> int:
        return self.at

    def seek(self, at: int, whence: int = 0) -> int:
        return self.at

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30 1", "-5", "@home", "\tx", "\rx", "'=1", "''@", "'quoted'", "a=b", "", "'"]
)
def test_the_import_takes_off_what_the_export_puts_on(text: str) -> None:
    """OWASP, "CSV Injection": a cell that begins with one of these characters."""
    assert with_formula(without_formula(text)) == text
    assert without_formula(text)[:1] not in {*"=+-@\t\r"}


def test_numbers_are_none_of_it() -> None:
    assert csv_row([Decimal("-5.00"), -5, None, "-5"], "en") == b"-5.00,-5,,'-5\r\n"
    assert csv_row([Decimal("-5.00"), "a;b"], "de") == b'-5,00;"a;b"\r\n'


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("all_of_them", [True, False], ids=["whole", "without its signs"])
def test_an_import_knows_the_columns_of_our_bookings(language: Language, all_of_them: bool) -> None:
    names = [*HEADINGS] if all_of_them else [name for name in HEADINGS if name != "check_availability"]
    header = [HEADINGS[name].of(language) for name in names]
    layout = layout_of(header, 1, ImportMapping(), "bookings.csv")
    read = {column: layout.header[at] for column, at in layout.columns.items()}
    assert (layout.preset.name if layout.preset else None) == (OURS if all_of_them else None)
    expected = {heading.column: heading.of(language) for name in names if (heading := HEADINGS[name]).column}
    if all_of_them:
        assert read == expected
    for column in (
        "start_date",
        "end_date",
        "resource",
        "service",
        "customer_email",
        "price",
        "status",
        "external_id",
    ):
        assert read[column] == expected[column], column


@pytest.mark.parametrize("kind", get_args(ExportKind))
def test_no_two_columns_of_a_kind_are_called_the_same(kind: ExportKind) -> None:
    for language in get_args(Language):
        titles = [column.heading.of(language) for column in COLUMNS[kind].values()]
        assert len(set(titles)) == len(titles)


def test_the_guide_has_the_columns_of_each_kind() -> None:
    guide = (ROOT / "docs/export.md").read_text()
    for kind, columns in COLUMNS.items():
        assert f"| `{kind}` | {', '.join(f'`{name}`' for name in columns)} |\n" in guide


def test_an_id_begins_with_its_time() -> None:
    assert ID == "20300317T174640-0123456789ab"
    assert is_export_id(ID)
    assert not is_export_id("20300317T174640-0123456789AB")


def test_an_export_that_cannot_be_read_does_not_stop_the_sweep() -> None:
    world = lost_world()
    read = world.export

    def broken(context: Context, export_id: str) -> Any:
        if context.organization_id == "broken":
            raise ValueError("an item that somebody has edited")
        return read(context, export_id)

    world.export = broken  # type: ignore[method-assign]
    world.unfinished_everywhere = lambda _: iter([("broken", ID), ("o", ID)])  # type: ignore[method-assign]
    with pytest.raises(ExceptionGroup, match="1 exports"):
        mark_lost(Clock(), world)
    assert world.stored.status == "failed"
