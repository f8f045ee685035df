"""Imports the orders of a chunk."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.imports.entries import CustomerRow, Entry
from frontdesk.domain.imports.runs import (
    Counts,
    ImportRun,
    counts_of,
    row_results,
)
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.order import not_yours_to_price, problem_of, read_config
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.customers import customers_of
from frontdesk.usecases.imports.ending import NOT_IMPORTED, json_lines, run_of
from frontdesk.usecases.orders.place import CustomerAppeared, Idempotency, Placed
from frontdesk.usecases.orders.place_batch import (
    Asked,
    Outcome,
    assess_together,
    place_together,
)
from frontdesk.usecases.ports import Files, Runs, Store

# More rows of a chunk than these have no fault of their own.
MAX_FAULTS = 10


def import_chunk(context: Context, run_id: str, chunk: int, runs: Runs, files: Files, store: Store) -> Counts:
    """Imports the orders of a chunk, or says what would become of them, and writes down what became of each row.

    Raises FrontdeskError with `retry_after` where the chunk must be tried again; what is done by then is found again.
    """
    run = run_of(context, run_id, runs)
    with files.open(run.chunk(chunk)) as content:
        entries = [Entry.model_validate_json(line) for line in content]
    results = [each for found in _import_apart(context, entries, run, store) for each in found]
    counts = counts_of(results)
    files.write(run.chunk_results(chunk), json_lines(results))
    runs.chunk_done(run, chunk, counts, context.clock)
    return counts


def _import_apart(
    context: Context, entries: Sequence[Entry], run: ImportRun, store: Store
) -> list[list[dict[str, Any]]]:
    """The results of entries; where nobody knows what is wrong, by halves, until the entries that bring it are alone.

    What has been placed before is found again. Raises what is wrong if it is so with all of them, or with too many.
    """
    whole, failed, fault = [(0, len(entries))], 0, None
    results: list[list[dict[str, Any]]] = []
    while whole:
        start, stop = whole.pop()
        try:
            results.append(_import(context, entries[start:stop], run, store))
        except FrontdeskError:
            # Nothing is wrong: it is to be tried again.
            raise
        except Exception as error:
            fault = error
            if stop - start > 1:
                middle = (start + stop) // 2
                whole += [(middle, stop), (start, middle)]
                continue
            failed += 1
            if failed > MAX_FAULTS:
                raise
            results.append(row_results(entries[start], "failed", problems=[NOT_IMPORTED]))
    if fault is not None and failed == len(entries):
        raise fault
    return results


def _import(context: Context, entries: Sequence[Entry], run: ImportRun, store: Store) -> list[dict[str, Any]]:
    retries = context.retries()
    while True:
        asked = _asked(context, entries, run, store)
        wanted = [each for each in asked if isinstance(each, Asked)]
        try:
            outcomes = iter((assess_together if run.is_dry else place_together)(context, wanted, store))
        except CustomerAppeared:
            next(retries)
            continue
        break
    results: list[dict[str, Any]] = []
    created: set[str] = set()
    for entry, each in zip(entries, asked, strict=True):
        results += _results(entry, run, next(outcomes) if isinstance(each, Asked) else each, created)
    return results


def _results(
    entry: Entry, run: ImportRun, outcome: Outcome | Sequence[Problem], created: set[str]
) -> list[dict[str, Any]]:
    if isinstance(outcome, FrontdeskError):
        return row_results(
            entry, "refused", problems=[_in_terms_of_files(problem) for problem in outcome.problems]
        )
    if not isinstance(outcome, Placed):
        return row_results(entry, "refused", problems=outcome)
    order = outcome.order
    # One that this run placed before it was interrupted is no less created.
    new = order.import_id == run.id and order.id not in created
    created.add(order.id)
    return row_results(entry, "created" if new else "unchanged", None if run.is_dry and new else order.id)


def _in_terms_of_files(problem: Problem) -> Problem:
    if problem.code != "idempotency_key_reused":
        return problem
    return Problem("external_id_reused", pointer="/external_id")


def _asked(
    context: Context, entries: Sequence[Entry], run: ImportRun, store: Store
) -> list[Asked | Sequence[Problem]]:
    """What each entry asks for, its customer found by e-mail; or why that can not be told."""
    customers = [_customer_row(entry) for entry in entries]
    emails = {email_key(row.email) for row in customers if isinstance(row, CustomerRow)}

    def read(keys: Collection[Key]) -> Mapping[Key, Any]:
        return store.read(context, keys, consistent=True)

    owners = customers_of(emails, read)
    organization = Key("organization", run.organization_id)
    # A likely zone tells the days that are to be read; without one, those around them would be read too.
    zone = read([organization])[organization].zone
    newcomers: dict[str, Customer] = {}
    now = context.clock.now()
    asked: list[Asked | Sequence[Problem]] = []
    for entry, row in zip(entries, customers, strict=True):
        problems = list(row) if isinstance(row, list) else []
        body, newcomer = run.options.applied_to(entry.body), None
        if isinstance(row, CustomerRow):
            email = email_key(row.email)
            known = owners[email].id
            if known is None and row.create and not owners[email].is_taken:
                newcomer = newcomers.setdefault(
                    email,
                    Customer(
                        id=str(uuid4()), created_at=now, updated_at=now, **row.model_dump(exclude={"create"})
                    ),
                )
            elif known is None:
                reason = Phrase("no_customer_with_email")
                problems.append(Problem("customer_not_found", {"reason": reason}, pointer="/customer/email"))
            if known or newcomer:
                body["order_customer_id"] = known or (newcomer and newcomer.id)
        reading = read_config(body)
        # Who writes the file has no token that could say so.
        problems += not_yours_to_price(reading.config)
        if entry.problems or problems:
            asked.append([*problems, *reading.problems])
            continue
        idempotency = Idempotency.of(run.organization_id, "import", entry.key, entry.content, run.id)
        asked.append(Asked(reading, idempotency, newcomer, zone))
    return asked


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
    return row
