"""Undoes an import, except for items that were changed since. Works in steps: each continues where the previous one stopped."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic_core import from_json

from frontdesk.domain.booking.changes import recorded
from frontdesk.domain.booking.writes import ChangedOrder
from frontdesk.domain.catalog.access import Scope
from frontdesk.domain.imports.entries import Entry
from frontdesk.domain.imports.runs import ENDED, ImportRun
from frontdesk.domain.imports.undo import FAILED_WITHIN, Left, Undo, is_touched
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import order_after
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.catalog import TYPES
from frontdesk.errors import Phrase
from frontdesk.usecases.catalog import Office, archive_item, find_item
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.ending import newest_runs, run_of
from frontdesk.usecases.orders.change import undo_order
from frontdesk.usecases.orders.find import Found, find_order
from frontdesk.usecases.orders.place import Idempotency
from frontdesk.usecases.ports import Catalog, Executions, Files, Listed, Lists, Runs, Store
from frontdesk.usecases.reading import read_one

# How many outcomes are recorded at a time. After a crash, up to this many are examined again.
AT_ONCE = 25
Outcome = tuple[str, Left | None]
# Kinds of results: a row that created an order, and a row that may have created one but has no result.
_ORDER, _MAYBE = "order", "order, maybe"
# A row that changed a catalog item that had been there before.
_UPDATED = "updated"

# The most entries examined for an item, and the most orders examined for all services. An item with more counts as in use, because
# archiving an item by mistake would be worse than leaving it.
_MOST, _MOST_ORDERS = 1_000, 10_000
_READ_AT_ONCE = 100


def begin_undo(
    context: Context,
    run_id: str,
    runs: Runs,
    executions: Executions,
    *,
    allows: Callable[[Scope], bool] = lambda _: True,
) -> ImportRun:
    """Starts an undo, or continues an interrupted one. Does nothing if the undo is running or completed. Returns the run.

    Raises FrontdeskError 404 if the run does not exist. Raises FrontdeskError 403 if the run imported catalog items
    and `allows("catalog:write")` is False.

    Raises FrontdeskError 409 for a dry run, a run that has not ended, a run whose file is being retried, and a
    failed run whose rows have expired.
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
        if run.kind != "bookings" and not allows("catalog:write"):
            reason = Phrase("without_scope", {"scope": "catalog:write"})
            raise FrontdeskError(Problem("unauthorized", {"reason": reason}))
        undo = run.undo
        if undo is not None and (
            undo.status == "completed" or (undo.execution and executions.is_running(undo.execution))
        ):
            return run
        if run.status == "failed" and run.chunks and context.clock.now() >= run.started_at + FAILED_WITHIN:
            raise FrontdeskError(Problem("import_forgotten"))
        holder = runs.holder(run, context.clock)
        if undo is None and _is_tried_again(context, run, runs, executions):
            raise FrontdeskError(Problem("import_not_ended"))
        if undo is None:
            asked = Undo(
                actor=context.actor,
                request_id=context.request_id,
                reason=context.reason,
                started_at=context.clock.now(),
            )
            begun = run.model_copy(update={"undo": asked})
            if not runs.begin_undo(context, run, begun, holder):
                next(retries)
                continue
            run = run_of(context, run_id, runs)
        # If no execution was recorded, another one is started. Two executions have the same effect as one.
        execution = executions.start({"undo": run.ids})
        noted = run.model_copy(update={"undo": _of(run).model_copy(update={"execution": execution})})
        if runs.change(run, noted, context.clock):
            return run_of(context, run_id, runs)
        next(retries)


def _is_tried_again(context: Context, run: ImportRun, runs: Runs, executions: Executions) -> bool:
    """Whether an execution is retrying the file of a failed run. This execution would place orders while the undo cancels them."""
    return run.status == "failed" and any(
        other.status not in ENDED and other.is_of_same_file(run) and executions.is_running(other.execution)
        for other in newest_runs(context, runs, run.started_at)[0]
    )


def undo_step(
    context: Context,
    run_id: str,
    runs: Runs,
    files: Files,
    store: Store,
    catalog: Catalog,
    lists: Lists,
    has_time: Callable[[], bool] = lambda: True,
) -> int:
    """Continues an undo while `has_time` returns True.

    Returns how many items are left to examine. Raises FrontdeskError with `retry_after` if the step must be repeated.
    """
    run = run_of(context, run_id, runs)
    undo = _of(run)
    if undo.status == "completed":
        return 0
    # The undo acts on behalf of the caller who requested it.
    context = context._replace(actor=undo.actor, request_id=undo.request_id, reason=undo.reason)
    office = Office(context, store, catalog)
    made = list(dict.fromkeys(_made(run, files)))
    placed = {id for kind, id in made if kind == _ORDER}
    in_use = InUse(context, run, lists)

    def undone(kind: str, id: str) -> Outcome | None:
        if kind == _ORDER:
            return _undo_order(context, id, run, store)
        return (
            _undo_unnamed(context, id, run, store, placed)
            if kind == _MAYBE
            else (id, "updated")
            if kind == _UPDATED
            else _undo_item(kind, id, office, in_use)
        )

    while has_time():
        some = made[undo.done : undo.done + AT_ONCE]
        outcomes = [outcome for each in some if (outcome := undone(*each))]
        undo = undo.after(outcomes, len(some)).model_copy(update={"total": len(made)})
        if undo.done >= len(made):
            if not made and run.counts.created:
                # The run's results have expired.
                undo = undo.model_copy(update={"left": {"gone": run.counts.created}})
            undo = undo.model_copy(update={"status": "completed", "finished_at": context.clock.now()})
        if not runs.change(run, run.model_copy(update={"undo": undo}), context.clock):
            # Another execution also works on the undo, and has got further.
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
    """Yields (kind, id) for items that a run created, and (_UPDATED, id) for updated items, in row order.

    If a row or the whole run failed, also yields (_MAYBE, order id) for every order of the file, because a
    row may have placed its order and then failed.
    """
    kind = _ORDER if run.kind == "bookings" else run.kind
    if _is_there(run.results, files):
        yield from _created(_lines(run.results, files), kind)
    else:
        # The run ended before its results were joined.
        for chunk in range(1, run.chunks + 1):
            yield from _created(_lines(run.chunk_results(chunk), files), kind)
    if kind == _ORDER and run.counts.failed + (run.status == "failed"):
        for chunk in range(1, run.chunks + 1):
            for each in _lines(run.chunk(chunk), files):
                entry = Entry.model_validate(each)
                asked = Idempotency.of(run.organization_id, "import", entry.key, entry.content, run.id)
                yield _MAYBE, asked.order_id


def _created(rows: Iterator[Mapping[str, Any]], kind: str) -> Iterator[tuple[str, str]]:
    own: set[str] = set()
    for row in rows:
        id = row["order_id"] if kind == _ORDER else row.get("id")
        if row["result"] == "created" and id:
            own |= {id} if kind != _ORDER else set()
            yield kind, id
        elif row["result"] == "updated" and id and id not in own:
            yield _UPDATED, id


def _is_there(key: str, files: Files) -> bool:
    return any(stored.key == key for stored in files.list(key))


def _lines(key: str, files: Files) -> Iterator[Mapping[str, Any]]:
    """Yields the lines of a file, or nothing if it has expired."""
    if _is_there(key, files):
        with files.open(key) as content:
            yield from (from_json(line) for line in content)


class _Kept(Exception):
    """Raised to leave an order unchanged. `why` is the reason, or None if the order is already undone."""

    def __init__(self, why: Left | None) -> None:
        super().__init__(why)
        self.why = why


def _undo_order(context: Context, order_id: str, run: ImportRun, store: Store) -> Outcome:
    def find() -> Found:
        """Returns the order and its bookings, read again for each retry. Raises _Kept if the order must stay unchanged."""
        order, bookings = find_order(context, order_id, store)
        if order.import_id != run.id:
            raise _Kept("gone")
        if order.undone:
            # Undone by a step that was interrupted before it counted the order.
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


def _undo_unnamed(
    context: Context, order_id: str, run: ImportRun, store: Store, placed: Collection[str]
) -> Outcome | None:
    """Undoes a row's order whose id is not in the results of the import. Returns None if the run placed no such order.

    A row can have several orders: if an order is undone, a later import of the row places a new order. The
    search begins with `order_id`, the row's first order, and goes on to the newer orders. It ends at an order in
    `placed`, because the caller undoes such an order separately.
    """
    asked = Idempotency(order_id, None)
    while asked.order_id not in placed:
        order = read_one(context, Order, asked.order_id, store)
        if order is not None and order.import_id == run.id:
            return _undo_order(context, asked.order_id, run, store)
        if order is None or not order.undone:
            return None
        asked = asked.after_undo()
    return None


def _mark_history(context: Context, find: Callable[[], Found], store: Store) -> None:
    """Sets `undone` on an order that was imported as canceled. Importing its rows again then creates a new order."""
    retries = context.retries()
    while True:
        order, _ = find()
        after = order_after(order, "canceled", context.clock.now(), undone=True)
        entry = recorded(context.entry("undone"), order, after)
        if store.write(context, [ChangedOrder(order, after), entry]) is None:
            return
        next(retries)


def _undo_item(type: str, id: str, office: Office, in_use: "InUse") -> Outcome:
    """Archives a catalog item if it is unchanged since its creation, and has no active bookings.

    Returns the item's id and, if the item was not archived, the reason.
    """
    of = TYPES[type]
    try:
        item = find_item(of, id, office)
        # It was archived right after its creation, most likely by an interrupted step of this undo.
        if not (getattr(item, "archived", False) and item.version == 1):
            if item.version == 0 and in_use.has(type, id):
                return id, "in_use"
            archive_item(of, id, office, lambda item: item.version == 0)
    except FrontdeskError as error:
        if error.retry_after is not None:
            raise
        return id, "changed" if error.problems[0].code == "precondition_failed" else "gone"
    return id, None


class InUse:
    """Checks whether catalog items have active bookings. A booking is active unless it is canceled or rejected.

    The lists may lag by seconds, so a booking may be missed. This does no harm: archiving an item does not change its bookings.
    """

    def __init__(self, context: Context, run: ImportRun, lists: Lists) -> None:
        self._context, self._run, self._lists = context, run, lists
        self._services: frozenset[str] | str | None = ""

    def has(self, type: str, id: str) -> bool:
        """Whether an item has an active booking. `type` is the item's JSON:API type, for example "services"."""
        if type == "services":
            services = self._booked_services()
            return services is None or id in services
        found = (
            self._lists.of_customer(self._context, id)
            if type == "customers"
            else self._lists.of_resources(self._context, [id], None, None, newest_first=True)
        )
        listed = list(islice(found, _MOST + 1))
        return len(listed) > _MOST or any(self._bookings(iter(listed)))

    def _booked_services(self) -> frozenset[str] | None:
        """Returns the ids of the services in active bookings made since the import began. Cached.

        Returns None if there are more than _MOST_ORDERS orders since then.
        """
        if isinstance(self._services, str):
            orders = self._lists.orders(self._context, self._run.started_at, None, newest_first=False)
            listed = list(islice(orders, _MOST_ORDERS + 1))
            self._services = (
                None
                if len(listed) > _MOST_ORDERS
                else frozenset(id for each in self._bookings(iter(listed)) for id in each.services)
            )
        return self._services

    def _bookings(self, listed: Iterator[Listed]) -> Iterator[Any]:
        """Yields the listed bookings and the bookings of the listed orders, but only active ones."""
        while some := list(islice(listed, _READ_AT_ONCE)):
            found = self._lists.items(self._context, [each.key for each in some])
            orders = [each for key, each in found.items() if key.kind == "order" and each is not None]
            keys = [Key("booking", id) for order in orders for id in order.booking_ids]
            bookings = [each for key, each in found.items() if key.kind == "booking"]
            for at in range(0, len(keys), _READ_AT_ONCE):
                bookings += self._lists.items(self._context, keys[at : at + _READ_AT_ONCE]).values()
            yield from (
                each for each in bookings if each is not None and each.status not in ("canceled", "rejected")
            )
