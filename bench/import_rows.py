"""Compares the speed of an import with that of a bare botocore client, in rows a second.

`python -m bench.import_rows [engine]`: the engine is `ministack` (default) or `roto`. The botocore client, called
the floor, sends the import's own transactions to the same engine in the same run. Workers are processes, as on
Lambda. Before the measurement starts, each worker creates a client and waits for a first answer.
"""

import json
import multiprocessing
import pickle
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from uuid import uuid4

import botocore.session
from botocore.config import Config

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports import plan
from frontdesk.usecases.imports.chunk import import_chunk
from frontdesk.usecases.imports.find import find_files
from frontdesk.usecases.imports.plan import plan_file
from local.servers import Server, free_port, ministack, roto
from tests.support.demo import CATALOG, ORGANIZATION
from tests.support.engine import REGION, SCHEMA
from tests.support.faults import requested
from tests.support.imports import FakeExecutions, FakeFiles, generated

WORKERS = (1, 4, 16)
RUNS = 3
ROWS = 8000
CHUNK_ROWS = plan.CHUNK_ROWS


class Work(NamedTuple):
    """A table, and the data to write into it.

    `content` is a pickled object. To measure an import, the object contains the files to import. To measure bare
    botocore, the object contains the transactions to send, in one list for each chunk.
    """

    endpoint: str
    table: str
    content: bytes
    run_id: str
    warm_run_id: str
    chunks: int


_worker: dict[str, Any] = {}


def measure(engine: str = "ministack") -> dict[int, tuple[float, float]]:
    """Measures the speed of the import and of bare botocore, in rows a second.

    Returns (import, bare botocore) by the number of workers. Each speed is the median of several runs (RUNS).
    """
    figures: dict[int, tuple[float, float]] = {}
    with serving(engine) as server:
        for workers in WORKERS:
            runs = [(_ours(server.endpoint, workers), _floor(server.endpoint, workers)) for _ in range(RUNS)]
            ours, floor = (statistics.median(values) for values in zip(*runs, strict=True))
            figures[workers] = (ours, floor)
    return figures


def serving(engine: str) -> AbstractContextManager[Server]:
    """Starts the engine with empty storage."""
    state = Path(tempfile.mkdtemp())
    return roto(free_port(), state) if engine == "roto" else ministack(free_port(), state, persist=False)


def _ours(endpoint: str, workers: int) -> float:
    with _table(endpoint) as (_, work):
        return _timed(work, workers, _import)


def _floor(endpoint: str, workers: int) -> float:
    with _table(endpoint) as (_, work):
        sent = _recorded(work)
    with _table(endpoint, work.table) as (client, _):
        del client
        return _timed(work._replace(content=pickle.dumps(sent)), workers, _send)


@contextmanager
def _table(endpoint: str, name: str | None = None) -> Iterator[tuple[Any, Work]]:
    """Creates a table with the demo organization, and plans an import of one file into it."""
    name, client = name or f"bench-{uuid4().hex[:12]}", _client(endpoint)
    client.create_table(TableName=name, **SCHEMA)
    store, files, clock = DynamoStore(name, region=REGION, endpoint=endpoint), FakeFiles(), SystemClock(600)
    store.put_catalog(Context(ORGANIZATION.id, clock), CATALOG)
    files.put("venue.jsonl", generated(ROWS).rows)
    runs = ImportRuns(store)
    # Each worker imports a row before the measurement, because a warm function is measured.
    warm = [
        {**row, "external_id": f"warm-{row['external_id']}"}
        for row in generated(max(WORKERS), seed=2, first_day=date(2040, 1, 2)).rows
    ]
    files.put("warm.jsonl", warm)
    planned = {}
    for run in find_files("bench", clock.now(), runs, files, FakeExecutions(), clock):
        plan.CHUNK_ROWS = 1 if run.name == "warm.jsonl" else CHUNK_ROWS
        planned[run.name] = (
            run.id,
            plan_file(Context(ORGANIZATION.id, clock), run.id, runs, files, store, CatalogTable(store)),
        )
    run_id, chunks = planned["venue.jsonl"]
    try:
        yield (
            client,
            Work(endpoint, name, pickle.dumps(files.content), run_id, planned["warm.jsonl"][0], chunks),
        )
    finally:
        client.delete_table(TableName=name)


def _timed(work: Work, workers: int, do: Callable[[int], None]) -> float:
    """Lets the workers process all chunks, and returns their total speed in rows per second."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(workers)
    with context.Pool(workers, _start, (work, ready)) as pool:
        # One task for each worker. None ends before all have begun.
        pool.map(_meet, range(workers), chunksize=1)
        started = perf_counter()
        pool.map(do, range(1, work.chunks + 1), chunksize=1)
        return ROWS / (perf_counter() - started)


def _start(work: Work, ready: Any) -> None:
    store = DynamoStore(work.table, region=REGION, endpoint=work.endpoint)
    files = FakeFiles()
    content = pickle.loads(work.content)  # noqa: S301
    if isinstance(content, dict):
        files.content = content
        _worker["files"] = files
    else:
        _worker["sent"] = content
    _worker.update(
        ready=ready,
        work=work,
        store=store,
        catalog=CatalogTable(store),
        runs=ImportRuns(store),
        client=_client(work.endpoint),
    )


def _meet(number: int) -> None:
    work: Work = _worker["work"]
    if "files" in _worker:
        context = Context(ORGANIZATION.id, SystemClock(60))
        import_chunk(
            context,
            work.warm_run_id,
            number + 1,
            _worker["runs"],
            _worker["files"],
            _worker["store"],
            _worker["catalog"],
        )
    else:
        put = {"TableName": work.table, "Item": {"pk": {"S": "warm"}, "sk": {"S": str(number)}}}
        _worker["client"].transact_write_items(TransactItems=[{"Put": put}])
    _worker["ready"].wait()


def _import(chunk: int) -> None:
    work: Work = _worker["work"]
    import_chunk(
        Context(ORGANIZATION.id, SystemClock(600)),
        work.run_id,
        chunk,
        _worker["runs"],
        _worker["files"],
        _worker["store"],
        _worker["catalog"],
    )


def _send(chunk: int) -> None:
    client = _worker["client"]
    for request in _worker["sent"][chunk - 1]:
        # The bookings of a day that two chunks share may be written in a different order.
        with suppress(client.exceptions.TransactionCanceledException):
            client.transact_write_items(**request)


def _recorded(work: Work) -> list[list[dict[str, Any]]]:
    """Returns the successful transactions of each chunk's import, one chunk after the other."""
    _start(work, None)
    chunks: list[list[dict[str, Any]]] = []
    for chunk in range(1, work.chunks + 1):
        with requested(_worker["store"]) as sent:
            _import(chunk)
        chunks.append(
            [
                {"TransactItems": parameters["TransactItems"]}
                for name, parameters in sent
                if name == "TransactWriteItems"
            ]
        )
    return chunks


def _client(endpoint: str) -> Any:
    config = Config(retries={"total_max_attempts": 1})
    return botocore.session.get_session().create_client(
        "dynamodb", region_name=REGION, endpoint_url=endpoint, config=config
    )


def main() -> None:
    """Reads the argument, measures, and prints the figures."""
    engine = sys.argv[1] if len(sys.argv) > 1 else "ministack"
    figures = measure(engine)
    for workers, (ours, floor) in figures.items():
        print(f"{workers:>3} workers  {ours:7.0f} rows/s  floor {floor:7.0f}  ratio {floor / ours:.2f}")
    print(json.dumps({"engine": engine, "rows_per_second": figures}))


if __name__ == "__main__":
    main()
