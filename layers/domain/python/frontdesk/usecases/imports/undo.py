"""Takes back what an import has made, but for what somebody has changed since. In steps: each goes on where the one before it was.

What was made is told by the results of the run, or by its chunks where those are not whole. An order that is looked at again
is canceled already, by the same request: so it counts as before.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from frontdesk.domain.booking.changes import recorded
from frontdesk.domain.booking.writes import ChangedOrder
from frontdesk.domain.imports.entries import Entry
from frontdesk.domain.imports.runs import ENDED, ImportRun
from frontdesk.domain.imports.undo import Left, Undo, is_touched
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.catalog import TYPES
from frontdesk.usecases.catalog import Office, archive_item, find_item
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.ending import run_of
from frontdesk.usecases.orders.change import undo_order
from frontdesk.usecases.orders.find import Found, find_order
from frontdesk.usecases.orders.place import Idempotency
from frontdesk.usecases.ports import Catalog, Executions, Files, Runs, Store

# What is noted at once; so much is looked at again after a crash.
AT_ONCE = 25
Outcome = tuple[str, Left | None]
# An order that a row has made, and one that it may have made.
_ORDER, _MAYBE = "order", "order, maybe"
_ORDERS = (_ORDER, _MAYBE)


def begin_undo(context: Context, run_id: str, runs: Runs, executions: Executions) -> ImportRun:
    """Has somebody begin, or go on with what was interrupted. What is done already is answered as it is.

    Raises FrontdeskError: 404; 409 for a run that has not ended, and for a dry run.
    """
    retries = context.retries()
    while True:
        run = runs.run(context, run_id)
        if run is None:
            raise FrontdeskError(Problem("import_not_found"))
        if run.is_dry:
            raise FrontdeskError(Problem("import_was_dry"))
        if run.status not in ENDED:
            raise FrontdeskError(Problem("import_not_ended"))
        undo = run.undo
        if undo is not None and (
            undo.status == "completed" or (undo.execution and executions.is_running(undo.execution))
        ):
            return run
        if undo is None:
            asked = Undo(
                actor=context.actor,
                request_id=context.request_id,
                reason=context.reason,
                started_at=context.clock.now(),
            )
            begun = run.model_copy(update={"undo": asked})
            if not runs.begin_undo(context, run, begun):
                next(retries)
                continue
            run = run_of(context, run_id, runs)
        # Who finds it without one starts another: the steps of both come to the same.
        execution = executions.start({"undo": run.ids})
        noted = run.model_copy(update={"undo": _of(run).model_copy(update={"execution": execution})})
        if runs.change(run, noted, context.clock):
            return run_of(context, run_id, runs)
        next(retries)


def undo_step(
    context: Context,
    run_id: str,
    runs: Runs,
    files: Files,
    store: Store,
    catalog: Catalog,
    has_time: Callable[[], bool] = lambda: True,
) -> int:
    """Goes on as long as it `has_time`, and returns how much is left to be looked at.

    Raises FrontdeskError with `retry_after` where it must be tried again.
    """
    run = run_of(context, run_id, runs)
    undo = _of(run)
    if undo.status == "completed":
        return 0
    # Whatever it does, it does for whoever asked for it.
    context = context._replace(actor=undo.actor, request_id=undo.request_id, reason=undo.reason)
    office = Office(context, store, catalog)
    made = list(dict.fromkeys(_made(run, files)))
    while has_time():
        some = made[undo.done : undo.done + AT_ONCE]
        outcomes: list[Outcome] = []
        for kind, id in some:
            outcome = (
                _undo_order(context, id, run, store) if kind in _ORDERS else _undo_item(kind, id, office)
            )
            if (kind, outcome[1]) != (_MAYBE, "gone"):
                outcomes.append(outcome)
        undo = undo.after(outcomes, len(some)).model_copy(update={"total": len(made)})
        if undo.done >= len(made):
            undo = undo.model_copy(update={"status": "completed", "finished_at": context.clock.now()})
        if not runs.change(run, run.model_copy(update={"undo": undo}), context.clock):
            # Somebody else is at it too, and further.
            run = run_of(context, run_id, runs)
            undo = _of(run)
        else:
            run = run_of(context, run_id, runs)
        if undo.status == "completed":
            return 0
    return len(made) - undo.done


def _of(run: ImportRun) -> Undo:
    assert run.undo is not None, "somebody has asked for it"
    return run.undo


def _made(run: ImportRun, files: Files) -> Iterator[tuple[str, str]]:
    """(kind, id) of what a run has made, in the order of its rows; orders of rows that came to nothing may not be there."""
    kind = _ORDER if run.kind == "bookings" else run.kind
    if _is_there(run.results, files):
        yield from _created(_lines(run.results, files), kind)
    else:
        # It ended before its results were put together.
        for chunk in range(1, run.chunks + 1):
            yield from _created(_lines(run.chunk_results(chunk), files), kind)
    if kind == _ORDER and run.counts.failed + (run.status == "failed"):
        for chunk in range(1, run.chunks + 1):
            for each in _lines(run.chunk(chunk), files):
                entry = Entry.model_validate(each)
                asked = Idempotency.of(run.organization_id, "import", entry.key, entry.content, run.id)
                yield from ((_MAYBE, each.order_id) for each in (asked, asked.after_undo()))


def _created(rows: Iterator[Mapping[str, Any]], kind: str) -> Iterator[tuple[str, str]]:
    for row in rows:
        id = row["order_id"] if kind == _ORDER else row.get("id")
        if row["result"] == "created" and id:
            yield kind, id


def _is_there(key: str, files: Files) -> bool:
    return any(stored.key == key for stored in files.list(key))


def _lines(key: str, files: Files) -> Iterator[Mapping[str, Any]]:
    """None of a file that has expired."""
    if _is_there(key, files):
        with files.open(key) as content:
            yield from (from_json(line) for line in content)


class _Kept(Exception):
    """An order is left as it is, and why; None: it is undone already."""

    def __init__(self, why: Left | None) -> None:
        super().__init__(why)
        self.why = why


def _undo_order(context: Context, order_id: str, run: ImportRun, store: Store) -> Outcome:
    def find() -> Found:
        """Whether it may be undone is asked at every try, of what the write will be bound to."""
        order, bookings = find_order(context, order_id, store)
        if order.import_id != run.id:
            raise _Kept("gone")
        if order.undone:
            raise _Kept(None)
        if is_touched(order, bookings):
            raise _Kept("ended_before" if order.status == "canceled" else "changed")
        return order, bookings

    try:
        if find()[0].status == "canceled":
            _mark_history(context, find, store)
        else:
            undo_order(context, find, store)
    except _Kept as kept:
        return order_id, kept.why
    except FrontdeskError as error:
        if error.retry_after is not None:
            raise
        return order_id, "gone" if error.problems[0].code == "order_not_found" else "ended_before"
    return order_id, None


def _mark_history(context: Context, find: Callable[[], Found], store: Store) -> None:
    """What was canceled from the start only has to make room for what its rows say next time."""
    retries = context.retries()
    while True:
        order, _ = find()
        after = order_after(order, "canceled", context.clock.now(), undone=True)
        entry = recorded(context.entry("undone"), order, after)
        if store.write(context, [ChangedOrder(order, after), entry]) is None:
            return
        next(retries)


def _undo_item(type: str, id: str, office: Office) -> Outcome:
    """Archives a thing of the catalog that is as it was made."""
    of = TYPES[type]
    try:
        item = find_item(of, id, office)
        # Archived at once after it was made: by a step that was interrupted, most likely.
        if not (getattr(item, "archived", False) and item.version == 1):
            archive_item(of, id, office, lambda item: item.version == 0)
    except FrontdeskError as error:
        if error.retry_after is not None:
            raise
        return id, "changed" if error.problems[0].code == "precondition_failed" else "gone"
    return id, None
