"""Stores import runs, and their claims on files, in DynamoDB.

    pk                               sk                item
    {org}#imports#{month}            {run id}          run. Its id begins with its start time, so that a month's runs are sorted
    {org}#import_file#{digest}       import_file       claim on a file: the id of the run that claimed the file
    {org}#import_content#{digest}    import_content    the id of the run that was last planned with this content; delete_at

A run that has not ended is also in a list (see `adapters.dynamodb.indexes`):

    list_pk                list_sk
    {org}#open-imports     {run id}

While an import is running, its counts of rows are attributes of the run. `done` lists the chunks whose rows are counted already.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb.items import ItemKey, Raw, row
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.adapters.dynamodb.tokens import note_request, refuse_repeated
from frontdesk.adapters.dynamodb.transaction import ABSENT, Transaction
from frontdesk.adapters.dynamodb.updates import record
from frontdesk.domain.imports.runs import ENDED, RESULTS, Counts, ImportRun, time_of_run
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.once import Made
from frontdesk.domain.sizes import ReadingRoom
from frontdesk.domain.time.intervals import day_of
from frontdesk.usecases.context import Clock, Context

_MONTHS = 24
# Bytes of the runs that are read for one list. A run takes about 1 KB, or 100 KB with a large mapping.
MAX_RECENT_BYTES = 20_000_000
# Seconds for which an `import_content` item is kept: longer than planning takes. After planning, the runs themselves store the content.
_CONTENT_SECONDS = 86_400
TYPE = "imports"
# Stored in the key or in separate attributes.
_ELSEWHERE = {"id", "organization_id", "version"}
_status, _version, _body, _run_id, _done = (
    Path("status"),
    Path("version"),
    Path("body"),
    Path("run_id"),
    Path("done"),
)


class ImportRuns:
    """Implements `usecases.ports.Runs` on the DynamoDB table that `store` uses."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store

    def is_organization(self, context: Context) -> bool:
        """Whether the organization exists, from one consistent read."""
        key = Key("organization", context.organization_id)
        return self._store.read(context, [key], consistent=True)[key] is not None

    def begin(self, context: Context, run: ImportRun, made: Made | None) -> None:
        """Puts the run, the record of the request that created it, and a log entry in one transaction."""
        transaction = Transaction(self._store.connection, self._store.table_name)
        note_request(transaction, made, context.clock.now())
        transaction.put(_row(run), ABSENT)
        record(transaction, context, "created", TYPE, None, run)
        lost = transaction.commit(context.clock)
        refuse_repeated(made, lost)

    def claim(
        self,
        run: ImportRun,
        clock: Clock,
        *,
        instead_of: ImportRun | None = None,
        began: ImportRun | None = None,
    ) -> ImportRun | None:
        """Stores a run and its claim on the file in one transaction. Returns None, or the run that prevents the claim.

        See `usecases.ports.Runs.claim`. If an earlier attempt succeeded, but its answer was lost, also returns None.
        """
        claim = _claim_key(run)
        free = ABSENT
        if instead_of is not None:
            free = free | (_run_id == instead_of.id)
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.put(row(claim, run_id=run.id), free)
        if began is None:
            transaction.put(_row(run), ABSENT)
        else:
            transaction.update(_run_key(run), _changes_of(run), _version == began.version)
        lost = transaction.commit(clock)
        if not lost:
            return None
        holder = lost.get(claim)
        present = self.run(
            Context(run.organization_id, clock), run.id if holder is None else holder["run_id"]["S"]
        )
        # An earlier try of this call has claimed it, but its answer was lost.
        is_ours = present is not None and (present.id, present.execution) == (run.id, run.execution)
        return None if is_ours else present

    def unfinished(self, context: Context, since: int) -> Iterator[str]:
        """Yields the ids of the unfinished runs that began after `since`, from the index `lists`."""
        pk, after = _open(context.organization_id), Path("list_sk") > time_of_run(since)
        return (raw["list_sk"]["S"] for raw in self._store.entries("lists", pk, context.clock, after))

    def run(self, context: Context, run_id: str) -> ImportRun | None:
        """Returns a run, or None if it does not exist. Makes one consistent read."""
        key = ItemKey(_month_key(context.organization_id, _month_of(run_id)), run_id)
        raw = self._store.batch_get([key], context.clock, consistent=True).get(key)
        return None if raw is None else _to_run(context.organization_id, raw)

    def change(self, seen: ImportRun, run: ImportRun, clock: Clock) -> bool:
        """Updates the run if its version is still that of `seen`. Otherwise returns False. Never changes the counts of a running import."""
        if self._store.update(_run_key(run), _changes_of(run), _version == seen.version, clock):
            return True
        # An earlier try may have succeeded although its answer was lost.
        there = self.run(Context(run.organization_id, clock), run.id)
        return there is not None and there.version == seen.version + 1 and _body_of(there) == _body_of(run)

    def planned_last(self, context: Context, content: str) -> str | None:
        """Returns the id of the most recently planned run with this content, or None if there is none. Makes one consistent read."""
        key = _content_key(context.organization_id, content)
        found = self._store.batch_get([key], context.clock, consistent=True).get(key)
        return found["run_id"]["S"] if found else None

    def plan(self, seen: ImportRun, run: ImportRun, clock: Clock, after: str | None) -> bool:
        """Updates the run. The same transaction stores the run's id, which `planned_last` returns from then on.

        Returns False if the run's version has changed, or if `planned_last` no longer returns `after`. If the
        run is a dry run or has no `content`, only updates the run.
        """
        if run.content is None or run.is_dry:
            return self.change(seen, run, clock)
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.update(_run_key(run), _changes_of(run), _version == seen.version)
        last = row(
            _content_key(run.organization_id, run.content),
            run_id=run.id,
            delete_at=clock.now() + _CONTENT_SECONDS,
        )
        transaction.put(last, _held_by(after))
        return not transaction.commit(clock)

    def holder(self, run: ImportRun, clock: Clock) -> str | None:
        """Returns the id of the run that has claimed the file of `run`, or None if there is none. Makes one consistent read."""
        key = _claim_key(run)
        found = self._store.batch_get([key], clock, consistent=True).get(key)
        return found["run_id"]["S"] if found else None

    def begin_undo(self, context: Context, seen: ImportRun, run: ImportRun, holder: str | None) -> bool:
        """Updates the run and writes a log entry.

        Returns False if the run's version has changed, or if the claim on the file no longer belongs to the run `holder`. If `holder` is
        None, also returns False if any run has claimed the file.
        """
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.check(_claim_key(run), _held_by(holder))
        transaction.update(_run_key(run), _changes_of(run), _version == seen.version)
        record(transaction, context, "undone", TYPE, seen, run)
        return not transaction.commit(context.clock)

    def withdraw(self, run: ImportRun, clock: Clock) -> None:
        """Deletes the run and its claim on the file, if the run is still being planned and still has the claim.

        If the run was announced before its file arrived, deletes only the claim. The run then waits for a file again.
        """
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.delete(_claim_key(run), _run_id == run.id)
        if run.upload == run.id:
            # The run was announced, so callers may know its id.
            waits = run.model_copy(update={"status": "waiting", "etag": "", "execution": ""})
            transaction.update(_run_key(run), _changes_of(waits), _status == "planning")
        else:
            transaction.delete(_run_key(run), _status == "planning")
        transaction.commit(clock)

    def release(self, run: ImportRun, clock: Clock) -> None:
        """Deletes the claim on the run's file, unless the claim belongs to another run."""
        transaction = Transaction(self._store.connection, self._store.table_name)
        transaction.delete(_claim_key(run), _run_id == run.id)
        transaction.commit(clock)

    def chunk_done(self, run: ImportRun, chunk: int, counts: Counts, clock: Clock) -> None:
        """Adds the counts of a chunk to the run, unless the run's attribute `done` already lists the chunk."""
        adds = [Path(name).add(getattr(counts, name)) for name in RESULTS]
        name = f"{chunk:06}"
        self._store.update(
            _run_key(run), [*adds, _done.add({name})], Path("pk").exists() & ~_done.contains(name), clock
        )

    def recent(self, context: Context, since: int | None = None) -> Iterator[ImportRun]:
        """Yields the runs that started at `since` or later, the newest first. Queries month by month.

        Without `since`, goes back _MONTHS months. Raises TooMuchRead after MAX_RECENT_BYTES.
        """
        room = ReadingRoom(MAX_RECENT_BYTES)
        year, month = map(int, day_of(context.clock.now()).split("-")[:2])
        months = _MONTHS
        if since is not None:
            first_year, first_month = map(int, day_of(since).split("-")[:2])
            months = 12 * (year - first_year) + month - first_month + 1
        for back in range(months):
            at = 12 * year + month - 1 - back
            for raw in self._store.partition(
                _month_key(context.organization_id, f"{at // 12:04}{at % 12 + 1:02}"),
                context.clock,
                newest_first=True,
            ):
                room.take(len(raw["body"]["S"]))
                run = _to_run(context.organization_id, raw)
                if since is not None and run.started_at < since:
                    return
                yield run


def _changes_of(run: ImportRun) -> list[Action]:
    return [
        _status.set(run.status),
        _version.set(_version + 1),
        _body.set(_body_of(run)),
        *(
            Path(name).remove() if value is None else Path(name).set(value)
            for name, value in _listed(run).items()
        ),
    ]


def _row(run: ImportRun) -> Raw:
    return row(_run_key(run), status=run.status, version=1, body=_body_of(run), **_listed(run))


def _listed(run: ImportRun) -> dict[str, str | None]:
    if run.status in ENDED:
        return {"list_pk": None, "list_sk": None}
    return {"list_pk": _open(run.organization_id), "list_sk": run.id}


def _open(organization_id: str) -> str:
    return f"{organization_id}#open-imports"


def _held_by(run_id: str | None) -> Condition:
    return ABSENT if run_id is None else _run_id == run_id


def _content_key(organization_id: str, content: str) -> ItemKey:
    return ItemKey(f"{organization_id}#import_content#{content}", "import_content")


def _claim_key(run: ImportRun) -> ItemKey:
    # Files of the same name that were uploaded for two runs are unrelated.
    name = f"{run.upload}/{run.name}" if run.upload else run.name
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    return ItemKey(f"{run.organization_id}#import_file#{digest}", "import_file")


def _run_key(run: ImportRun) -> ItemKey:
    return ItemKey(_month_key(run.organization_id, _month_of(run.id)), run.id)


def _month_of(run_id: str) -> str:
    """Returns the month of a run's id as YYYYMM."""
    return run_id[:6]


def _month_key(organization_id: str, month: str) -> str:
    return f"{organization_id}#imports#{month}"


def _body_of(run: ImportRun) -> str:
    return run.model_dump_json(exclude=_ELSEWHERE, exclude_defaults=True)


def _to_run(organization_id: str, raw: Raw) -> ImportRun:
    fields: dict[str, Any] = from_json(raw["body"]["S"])
    if "counts" not in fields:
        fields["counts"] = {name: int(raw[name]["N"]) for name in RESULTS if name in raw}
    fields |= {
        "id": raw["sk"]["S"],
        "organization_id": organization_id,
        "status": raw["status"]["S"],
        "version": int(raw["version"]["N"]),
    }
    return ImportRun.model_validate(fields)
