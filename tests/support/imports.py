"""Import files for all tests: a bucket in memory, the steps of an import, and generated files with the expected results."""

import hashlib
import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.domain.imports.runs import ImportRun, incoming_key
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.chunk import import_chunk
from frontdesk.usecases.imports.find import find_files
from frontdesk.usecases.imports.plan import plan_file
from frontdesk.usecases.imports.results import Summary, join_results
from frontdesk.usecases.ports import FileGone, StoredFile
from tests.support.demo import ADA, DESK, DESKS, MEETING, ORGANIZATION, ROOM, SECOND_ROOM

SENDER = "bookings@frontdesk.example"


class FakeFiles:
    """Implements `usecases.ports.Files` in memory. Runs each call through `call(do, name)`, so that a test can watch it or make it fail."""

    def __init__(self, call: Callable[[Callable[[], Any], str], Any] = lambda make, _: make()) -> None:
        self.content: dict[str, bytes] = {}
        self._call = call

    def list(self, prefix: str, after: str = "") -> Iterator[StoredFile]:
        found = self._call(
            lambda: [StoredFile(key, _etag(body)) for key, body in sorted(self.content.items())],
            "ListObjects",
        )
        return iter([stored for stored in found if stored.key.startswith(prefix) and stored.key > after])

    @contextmanager
    def open(self, key: str, etag: str | None = None) -> Iterator[BinaryIO]:
        body = self._call(lambda: self.content.get(key), "GetObject")
        if body is None or (etag and etag != _etag(body)):
            raise FileGone
        yield io.BytesIO(body)

    def write(self, key: str, content: bytes | BinaryIO, media_type: str = "application/x-ndjson") -> None:
        body = content if isinstance(content, bytes) else content.read()
        self._call(lambda: self.content.update({key: body}), "PutObject")

    def move(self, key: str, to: str, etag: str) -> bool:
        return bool(self._call(lambda: self._move(key, to, etag), "MoveObject"))

    def _move(self, key: str, to: str, etag: str) -> bool:
        body = self.content.get(key)
        if body is None or _etag(body) != etag:
            return _etag(self.content.get(to, b"")) == etag
        self.content[to] = self.content.pop(key)
        return True

    def put(
        self, name: str, content: str | bytes | Sequence[Any], organization_id: str = ORGANIZATION.id
    ) -> None:
        """Puts a file where imports come from. A list becomes JSON Lines."""
        if not isinstance(content, str | bytes):
            content = "".join(json.dumps(row) + "\n" for row in content)
        self.content[incoming_key(organization_id, name)] = (
            content.encode() if isinstance(content, str) else content
        )


class FakeExecutions:
    def __init__(self) -> None:
        self.running: set[str] = set()
        self.started: list[dict[str, Any]] = []

    def is_running(self, execution: str) -> bool:
        return execution in self.running

    def start(self, asked: dict[str, Any]) -> str:
        self.started.append(asked)
        self.running.add(execution := f"started {len(self.started)}")
        return execution


class Imported(NamedTuple):
    run: ImportRun
    summary: Summary
    results: list[dict[str, Any]]

    @property
    def by_line(self) -> dict[int, tuple[str, list[str]]]:
        return {
            each["line"]: (each["result"], [error["code"] for error in each["errors"]])
            for each in self.results
        }


class Execution:
    """Runs the steps of the state machine. After an interruption, continues with the interrupted step."""

    def __init__(
        self,
        files: FakeFiles,
        runs: Any,
        store: Any,
        mailer: Any,
        execution: str,
        started_at: int,
        **wanted: Any,
    ) -> None:
        self.files, self.runs, self.store, self.mailer, self.name = files, runs, store, mailer, execution
        self.started_at, self.wanted = started_at, wanted
        self._done: dict[tuple[Any, ...], Any] = {}

    def go_on(self, clock: Any) -> list[Imported]:
        runs, files, store = self.runs, self.files, self.store
        catalog = CatalogTable(store)
        find = partial(find_files, **self.wanted)
        found = self._step(("find",), find, self.name, self.started_at, runs, files, FakeExecutions(), clock)
        imported = []
        for run in found:
            names = (run.organization_id, run.id)
            named = Context(run.organization_id, clock), run.id
            chunks = self._step(("plan", *names), plan_file, *named, runs, files, store, catalog)
            for chunk in range(1, chunks + 1):
                name = ("chunk", *names, chunk)
                self._step(name, import_chunk, *named, chunk, runs, files, store, catalog)
            summary = self._step(("join", *names), join_results, *named, runs, files, self.mailer, SENDER)
            ended = runs.run(*named)
            assert ended is not None
            results = [json.loads(line) for line in files.content[run.results].splitlines()]
            assert json.loads(files.content[run.summary]) == summary
            imported.append(Imported(ended, summary, results))
        return imported

    def _step(self, name: tuple[Any, ...], do: Callable[..., Any], *arguments: Any) -> Any:
        if name not in self._done:
            self._done[name] = do(*arguments)
        return self._done[name]


class Generated(NamedTuple):
    """Rows of JSON Lines, and the expected (result, error codes) of each line."""

    rows: list[dict[str, Any]]
    expected: dict[int, tuple[str, list[str]]]
    bookings: int


def generated(rows: int, seed: int = 1, first_day: date = date(2031, 1, 6)) -> Generated:
    """Generates bookings of three resources: 3 % too late for their slot, 1 % invalid, and some series."""
    chance = random.Random(seed)
    free = {
        resource: [
            (first_day + timedelta(days=day), hour) for day in range(1 + rows // 12) for hour in range(8, 18)
        ]
        for resource in (ROOM.id, SECOND_ROOM.id)
    }
    for slots in free.values():
        chance.shuffle(slots)
    taken: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    expected: dict[int, tuple[str, list[str]]] = {}
    bookings = 0
    for line in range(1, rows + 1):
        kind = chance.random()
        row: dict[str, Any] = {"external_id": f"row-{line}", "order_customer_id": ADA.id}
        if kind < 0.03 and taken:
            row["bookings"] = [chance.choice(taken)]
            expected[line] = ("refused", ["slot_unavailable"])
        elif kind < 0.04:
            row["bookings"] = [_booking(ROOM.id, MEETING.id, first_day, 10) | {"service_id": {"nothing": 1}}]
            expected[line] = ("refused", ["service_not_found"])
        elif kind < 0.06:
            day = first_day + timedelta(days=chance.randrange(300))
            row["bookings"] = [
                _booking(DESKS.id, DESK.id, day, 9) | {"recurring": {"frequency": "daily", "count": 3}}
            ]
            expected[line] = ("created", [])
            bookings += 3
        else:
            resource = chance.choice([ROOM.id, SECOND_ROOM.id])
            booking = _booking(resource, MEETING.id, *free[resource].pop())
            row["bookings"] = [booking]
            taken.append(booking)
            expected[line] = ("created", [])
            bookings += 1
        lines.append(row)
    return Generated(lines, expected, bookings)


def _booking(resource: str, service: str, day: date, hour: int) -> dict[str, Any]:
    return {
        "resource_id": resource,
        "service_id": {service: 1},
        "start_date": f"{day}T{hour:02}:00:00",
        "end_date": f"{day}T{hour + 1:02}:00:00",
    }


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
