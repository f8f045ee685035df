"""Imports the orders of one chunk."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from frontdesk.domain.booking.history import History
from frontdesk.domain.imports.entries import CustomerRow, Entry, unread_in
from frontdesk.domain.imports.headers.ours import OURS
from frontdesk.domain.imports.runs import (
    ENDED,
    Counts,
    ImportRun,
    Wording,
    counts_of,
    row_results,
)
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.order import (
    BlockerConfig,
    OrderConfig,
    Reading,
    problem_of,
    read_config,
)
from frontdesk.domain.requests.prices_by_hand import not_yours_to_price
from frontdesk.errors import Phrase
from frontdesk.usecases.catalog import Office
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.ending import NOT_IMPORTED, json_lines, run_of
from frontdesk.usecases.imports.guests import Guests
from frontdesk.usecases.imports.items import import_item, rehearsed
from frontdesk.usecases.orders.place import CustomerAppeared, Idempotency, Placed, booked_orders
from frontdesk.usecases.orders.place_batch import (
    Asked,
    Outcome,
    assess_together,
    place_together,
    problems_together,
)
from frontdesk.usecases.ports import Catalog, Files, Runs, Store
from frontdesk.usecases.reading import is_revoked

# If more rows of a chunk fail unexpectedly, the rows are probably not the cause.
MAX_FAULTS = 10


def import_chunk(
    context: Context, run_id: str, chunk: int, runs: Runs, files: Files, store: Store, catalog: Catalog
) -> Counts:
    """Imports a chunk, writes the result of each row, and returns the counts. A dry run creates nothing.

    Raises FrontdeskError with `retry_after` if the chunk must be repeated. Repeating it places no order twice.
    """
    run = run_of(context, run_id, runs)
    if run.status in ENDED:
        # The chunk is too late: its rows count as failed, and the import may be undone already.
        return Counts()
    with files.open(run.chunk(chunk)) as content:
        entries = [Entry.model_validate_json(line) for line in content]
    if is_revoked(context, run.maker_id, store):
        problems = [Problem("unauthorized", {"reason": Phrase("maker_revoked")})]
        results = [
            each
            for entry in entries
            for each in row_results(entry, "refused", problems=problems, wording=Wording.of(run))
        ]
    elif run.kind == "bookings":
        results = [each for found in _import_apart(context, entries, run, store) for each in found]
    else:
        office = Office(context, store, catalog)
        office = rehearsed(office) if run.is_dry else office
        created: set[str] = set()
        # Within a chunk, the rows keep the file's order: an earlier row may give up an address that a later row has.
        entries.sort(key=lambda entry: entry.lines)
        results = [each for entry in entries for each in import_item(entry, run, office, created)]
    counts = counts_of(results)
    files.write(run.chunk_results(chunk), json_lines(results))
    runs.chunk_done(run, chunk, counts, context.clock)
    return counts


def _import_apart(
    context: Context, entries: Sequence[Entry], run: ImportRun, store: Store
) -> list[list[dict[str, Any]]]:
    """Imports entries, and isolates those that cause unexpected errors.

    Raises the error if all entries fail, or if more than MAX_FAULTS entries fail.
    """
    whole, failed, fault = [(0, len(entries))], 0, None
    results: list[list[dict[str, Any]]] = []
    while whole:
        start, stop = whole.pop()
        try:
            results.append(_import(context, entries[start:stop], run, store))
        except FrontdeskError:
            # Not caused by a row, so the chunk must be repeated.
            raise
        except Exception as error:
            fault = error
            if stop - start > 1:
                # Each half is imported separately. The orders that are already placed are found, not placed twice.
                middle = (start + stop) // 2
                whole += [(middle, stop), (start, middle)]
                continue
            failed += 1
            if failed > MAX_FAULTS:
                raise
            results.append(
                row_results(entries[start], "failed", problems=[NOT_IMPORTED], wording=Wording.of(run))
            )
    if fault is not None and failed == len(entries):
        raise fault
    return results


def _import(context: Context, entries: Sequence[Entry], run: ImportRun, store: Store) -> list[dict[str, Any]]:
    retries = context.retries()
    while True:
        asked = _asked(context, entries, run, store)
        wanted = [each for each in asked if isinstance(each, Asked)]
        try:
            outcomes = iter(_place(context, wanted, run, store))
        except CustomerAppeared:
            next(retries)
            continue
        break
    others = iter(_other_problems(context, [each for each in asked if isinstance(each, _Doomed)], store))
    results: list[dict[str, Any]] = []
    created: set[str] = set()
    for entry, each in zip(entries, asked, strict=True):
        outcome: Outcome | Sequence[Problem] = (
            next(outcomes) if isinstance(each, Asked) else [*each.problems, *next(others)]
        )
        results += _results(entry, run, outcome, created)
    return results


def _place(context: Context, wanted: Sequence[Asked], run: ImportRun, store: Store) -> list[Outcome]:
    """Places the orders or, in a dry run, only assesses them. Returns the outcome of each order."""
    # Orders that need free capacity go first. Orders with an override need none, and go last. An exported file has both, sorted by start.
    turns = sorted(
        range(len(wanted)), key=lambda number: wanted[number].reading.config.check_availability is False
    )
    told = (assess_together if run.is_dry else place_together)(
        context, [wanted[turn] for turn in turns], store
    )
    return [outcome for _, outcome in sorted(zip(turns, told, strict=True), key=lambda each: each[0])]


class _Doomed(NamedTuple):
    """An order that cannot be placed, with the problems found so far. `unread` has a problem for each field whose cell was unreadable."""

    problems: Sequence[Problem]
    asked: Asked
    unread: Sequence[Problem]


def _other_problems(context: Context, doomed: Sequence[_Doomed], store: Store) -> list[list[Problem]]:
    """Returns, for each order, the problems that `doomed` does not list yet, so that the user can correct a whole file at once."""
    if not doomed:
        return []
    found = problems_together(context, [each.asked for each in doomed], store)
    known = [{(p.code, p.pointer) for p in each.problems} for each in doomed]
    return [
        [
            problem
            for problem in problems
            if (problem.code, problem.pointer) not in of
            and problem.pointer not in {unread.pointer for unread in each.unread}
            and problem.code not in _OF_TRIES
        ]
        for each, problems, of in zip(doomed, found, known, strict=True)
    ]


# Not relevant for a row that will not be placed anyway.
_OF_TRIES = frozenset({"slot_pending", "in_progress", "idempotency_key_reused"})


def _results(
    entry: Entry, run: ImportRun, outcome: Outcome | Sequence[Problem], created: set[str]
) -> list[dict[str, Any]]:
    wording = Wording.of(run)
    if isinstance(outcome, FrontdeskError):
        problems = [_in_terms_of_files(problem, entry) for problem in outcome.problems]
        if _is_skipped(run, problems):
            return row_results(entry, "skipped", wording=wording)
        return row_results(entry, "refused", problems=problems, wording=wording)
    if not isinstance(outcome, Placed):
        problems = [_in_terms_of_files(problem, entry) for problem in outcome]
        if not entry.problems and _is_skipped(run, problems):
            return row_results(entry, "skipped", wording=wording)
        return row_results(entry, "refused", problems=problems, wording=wording)
    order = outcome.order
    # An order that this run placed before an interruption also counts as created.
    new = order.import_id == run.id and order.id not in created
    created.add(order.id)
    more = {"price": _list_price(outcome), "currency": order.currency} if run.is_dry and new else {}
    return row_results(
        entry,
        "created" if new else "unchanged",
        None if run.is_dry and new else order.id,
        wording=wording,
        more=more,
    )


def _list_price(placed: Placed) -> int:
    """Returns an order's price in the catalog, in minor units, regardless of prices in the file."""
    lines = [line for booking in placed.bookings for line in booking.lines]
    return sum(line.quantity * line.unit_price for line in lines)


def _is_skipped(run: ImportRun, problems: Sequence[Problem]) -> bool:
    return bool(run.mapping and run.mapping.past == "skip") and any(p.code == "past_row" for p in problems)


def _in_terms_of_files(problem: Problem, entry: Entry) -> Problem:
    if problem.code == "in_the_past" and entry.columns:
        return Problem("past_row", pointer=problem.pointer)
    if problem.code != "idempotency_key_reused":
        return problem
    return Problem("external_id_reused", pointer="/external_id")


def _asked(context: Context, entries: Sequence[Entry], run: ImportRun, store: Store) -> list[Asked | _Doomed]:
    """Returns for each entry the order to place and the order's customer, or the problems that prevent the order."""

    def read(keys: Collection[Key]) -> Mapping[Key, Any]:
        return store.read(context, keys, consistent=True)

    guests = Guests(
        [_customer_row(entry) for entry in entries], entries, run.organization_id, read, context.clock.now()
    )
    organization = Key("organization", run.organization_id)
    # Knowing the likely zone avoids reading the adjacent days too.
    zone = read([organization])[organization].zone
    options = run.options.for_orders
    keys = {key for entry in entries if entry.series for key in (entry.key, entry.series.key)}
    booked = booked_orders(run.organization_id, keys, read)
    asked: list[Asked | _Doomed] = []
    for number, entry in enumerate(entries):
        body = {**options, **entry.body}
        customer_id, newcomer, problems = guests.of(number)
        if entry.series and entry.series.is_changed(booked.get(entry.series.key), booked.get(entry.key)):
            problems.append(Problem("external_id_reused", pointer="/external_id"))
        if customer_id:
            body["order_customer_id"] = customer_id
        history = _history(entry, run)
        if history and not history.takes_place:
            body = {
                name: value for name, value in body.items() if name not in ("voucher_code", "complete_order")
            }
        reading = _named(_reading(body, entry), entry)
        # A price column, or a row's `price`, is an agreed price. Nothing else in a file sets prices.
        if not (entry.columns or entry.is_priced) or not run.allows("orders:price"):
            at = "/price" if entry.is_priced and not entry.columns else None
            problems += [
                each._replace(pointer=at or each.pointer) for each in not_yours_to_price(reading.config)
            ]
        idempotency = Idempotency.of(run.organization_id, "import", entry.key, entry.content, run.id)
        one = Asked(reading, idempotency._replace(history=history), newcomer, zone)
        if entry.problems or problems:
            unread = [
                Problem("invalid_value", {"reason": Phrase("not_valid")}, pointer=at)
                for at in unread_in(entry)
            ]
            quiet = reading._replace(problems=(*reading.problems, *unread))
            asked.append(_Doomed([*problems, *reading.problems], one._replace(reading=quiet), unread))
        else:
            asked.append(one)
    return asked


def _reading(body: dict[str, Any], entry: Entry) -> Reading[OrderConfig]:
    """Parses the order of an entry. Unlike an order request, a row of a table may describe a blocker."""
    bookings = body.get("bookings") if entry.columns else None
    if not isinstance(bookings, list) or not any(booking.get("is_blocker") for booking in bookings):
        return read_config(body)
    plain = [{name: value for name, value in each.items() if name != "is_blocker"} for each in bookings]
    reading = read_config({**body, "bookings": plain})
    read = tuple(
        BlockerConfig.model_construct(**{**dict(each), "title": each.description})
        if each and booking.get("is_blocker")
        else each
        for each, booking in zip(reading.config.bookings or (), bookings, strict=False)
    )
    return reading._replace(config=reading.config.model_copy(update={"bookings": read}))


def _named(reading: Reading[OrderConfig], entry: Entry) -> Reading[OrderConfig]:
    """Gives each booking the external id of its row. A booking that already has an external id keeps it."""
    # `Entry.body` lacks these ids, because they must not change `Entry.content`.
    bookings = reading.config.bookings or ()
    ids = entry.external_ids if len(entry.lines) == len(bookings) else entry.external_ids * len(bookings)
    if len(entry.lines) not in (1, len(bookings)) or not any(ids):
        return reading
    named = tuple(
        each.model_copy(update={"external_id": id}) if each and id and each.reference is None else each
        for each, id in zip(bookings, ids, strict=True)
    )
    return reading._replace(config=reading.config.model_copy(update={"bookings": named}))


def _history(entry: Entry, run: ImportRun) -> History | None:
    if entry.status == "canceled":
        return History("canceled")
    if entry.status == "no_show":
        return History("no_show")
    if run.read.get("preset") == OURS:
        return History("agreed")
    books_the_past = run.mapping is not None and run.mapping.past == "book"
    return History("past") if books_the_past or entry.status == "completed" else None


def _customer_row(entry: Entry) -> CustomerRow | list[Problem] | None:
    if entry.customer is None:
        return None
    try:
        row = CustomerRow.model_validate(entry.customer)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return [problem_of(each, "/".join(["/customer", *map(str, each["loc"])])) for each in found]
    if "order_customer_id" in entry.body:
        return [Problem("customer_given_twice", pointer="/customer")]
    if row.email is None and not entry.columns:
        return [Problem("invalid_value", {"reason": Phrase("missing")}, pointer="/customer/email")]
    return row
