"""Import bookings by file: find the files, cut each into chunks, import the chunks, join what is said of the rows.

Every step can be done again after any failure, and is then a step that changes nothing: rows find their orders by their
keys, files are written whole, and a run counts each chunk once.
"""

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple, cast
from uuid import uuid4

from pydantic import ValidationError
from pydantic_core import from_json

from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.catalog.items import Customer
from frontdesk.domain.imports.rows import (
    MAX_LINE_BYTES,
    MAX_ROWS,
    BadFile,
    CustomerRow,
    Entry,
    ImportOptions,
    Piece,
    Unit,
    cut,
    entry_of,
    read_options,
    read_pieces,
)
from frontdesk.domain.imports.runs import (
    ENDED,
    RESULTS,
    Counts,
    ImportRun,
    RunStatus,
    counts_of,
    incoming_key,
    options_name,
    problem_record,
    row_results,
    run_id,
    summary_of,
)
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import Busy, FrontdeskError, Problem
from frontdesk.domain.requests.order import not_yours_to_price, problem_of, read_config
from frontdesk.domain.texts import one_line
from frontdesk.errors import Phrase
from frontdesk.usecases.customers import customers_of
from frontdesk.usecases.orders.place import CustomerAppeared, Idempotency, Placed
from frontdesk.usecases.orders.place_batch import (
    Asked,
    Outcome,
    judge_together,
    place_together,
)
from frontdesk.usecases.ports import Clock, Executions, FileGone, Files, Mailer, MailError, Runs, Store

# A chunk is what one function imports at a time, and what is tried again if it fails.
CHUNK_ROWS = 500
CHUNK_BOOKINGS = 3000
# More rows of a chunk than these have no fault of their own.
MAX_FAULTS = 10
# What one execution takes on: its state holds 262,144 bytes and its history 25,000 events, of which a file takes about 20.
MAX_RUNS = 500
_MAX_OPTION_BYTES = 10_000
_OPTIONS = options_name("")
Summary = dict[str, Any]


def find_files(
    execution: str,
    started_at: int,
    runs: Runs,
    files: Files,
    executions: Executions,
    clock: Clock,
    *,
    organization_id: str | None = None,
    name: str | None = None,
    dry_run: bool | None = None,
    after: str = "",
) -> list[ImportRun]:
    """Takes the files that wait, or the one of that name, for an execution that began at `started_at`.

    Left out are files that another execution is still at. One that has ended without giving its file back is over.
    They come in the order of their keys, from behind the key `after` on, and are MAX_RUNS at most.
    """
    prefix = incoming_key(organization_id, name or "") if organization_id else "incoming/"
    is_organization = cache(lambda owner: runs.is_organization(owner, clock))
    taken: list[ImportRun] = []
    for stored in files.list(prefix, after):
        if len(taken) == MAX_RUNS:
            break
        _, owner, found = stored.key.split("/", 2) if stored.key.count("/") > 1 else ("", "", "")
        if (
            not owner
            or not found
            or found.endswith(("/", _OPTIONS))
            or (name and found != name)
            or not is_organization(owner)
        ):
            continue
        run = ImportRun(
            id=run_id(started_at, execution, owner, found, stored.etag),
            organization_id=owner,
            name=found,
            etag=stored.etag,
            execution=execution,
            dry_run=dry_run,
            started_at=started_at,
        )
        holder = runs.claim(run, clock)
        if (
            holder is not None
            and holder.execution != execution
            and not executions.is_running(holder.execution)
        ):
            if holder.status not in ENDED:
                _end(holder, "failed", runs, clock, _INTERRUPTED)
            holder = runs.claim(run, clock, instead_of=holder)
        if holder is not None:
            continue
        if stored in files.list(stored.key):
            taken.append(run)
        else:
            # Another execution has imported it since it was listed.
            runs.withdraw(run, clock)
    return taken


_INTERRUPTED = Problem("interrupted")


# Planning


@dataclass
class _Spool:
    """The rows of a file on disk, as they are read, and in memory what it takes to order them."""

    content: BinaryIO
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    orders: list["_Order"] = field(default_factory=list)
    by_ref: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, piece: Piece) -> None:
        row = len(self.offsets)
        self.offsets.append(self.content.tell())
        self.content.write(piece.model_dump_json(exclude_defaults=True).encode() + b"\n")
        known = self.by_ref.get(piece.order_ref) if piece.order_ref else None
        if known is not None:
            order = self.orders[known]
            self.orders[known] = order._replace(
                rows=(*order.rows, row),
                weight=order.weight + piece.weight,
                digest=order.digest + piece.digest,
                external_id=order.external_id or piece.external_id,
            )
            return
        if piece.order_ref:
            self.by_ref[piece.order_ref] = len(self.orders)
        place = self.places.setdefault(piece.place, piece.place)
        self.orders.append(_Order((row,), place, piece.weight, piece.digest, piece.external_id))

    def pieces(self, order: "_Order") -> Iterator[Piece]:
        for row in order.rows:
            self.content.seek(self.offsets[row])
            yield Piece.model_validate_json(self.content.readline())


class _Order(NamedTuple):
    """An order of the file: the numbers of its rows, where it meets others, about how many bookings it has, what it asks for."""

    rows: tuple[int, ...]
    place: str
    weight: int
    digest: bytes
    external_id: str | None


def plan_file(organization_id: str, run_id: str, runs: Runs, files: Files, clock: Clock) -> int:
    """Reads a run's file once and writes its rows as chunks, those that meet on a day of a resource together.

    Returns how many chunks there are: none if the file is refused, or if nothing is left to be done.
    """
    run = _run(organization_id, run_id, runs, clock)
    if run.status != "planning":
        return run.chunks if run.status == "running" else 0
    with TemporaryFile() as content:
        spool = _Spool(cast(BinaryIO, content))
        try:
            options, columns = _read(run, files, spool)
        except BadFile as error:
            files.write(run.manifest, b"[]", "application/json")
            _end(run, "refused", runs, clock, error.problem)
            return 0
        keys = list(_keys(f"{options.timezone or ''} {run.name}", spool.orders))
        # What has the same id is the same order, or a mistake that shows only beside the first.
        places: dict[str, str] = {}
        for key, order in zip(keys, spool.orders, strict=True):
            places.setdefault(key, order.place)
        ordered = sorted(range(len(keys)), key=lambda at: (places[keys[at]], spool.orders[at].rows))
        units = [
            Unit(places[keys[at]], len(spool.orders[at].rows), spool.orders[at].weight) for at in ordered
        ]
        chunks = 0
        for chunk in cut(units, CHUNK_ROWS, CHUNK_BOOKINGS):
            chunks += 1
            entries = (
                entry_of(list(spool.pieces(spool.orders[at])), options, key=keys[at], columns=columns)
                for at in ordered[chunk.start : chunk.stop]
            )
            files.write(
                run.chunk(chunks),
                b"".join(entry.model_dump_json(exclude_defaults=True).encode() + b"\n" for entry in entries),
            )
    names = [
        {"organization_id": organization_id, "run_id": run_id, "chunk": number}
        for number in range(1, chunks + 1)
    ]
    files.write(run.manifest, json.dumps(names).encode(), "application/json")
    planned = {"status": "running", "options": options, "rows": len(spool.offsets), "chunks": chunks}
    if not runs.change(run, run.model_copy(update=planned), clock):
        raise Busy
    return chunks


def _read(run: ImportRun, files: Files, spool: _Spool) -> tuple[ImportOptions, bool]:
    """Reads a run's file into the spool: its options, and whether it has columns. Raises BadFile."""
    beside = _options_beside(run, files)
    try:
        with files.open(run.incoming, run.etag) as content:
            options, pieces, columns = read_pieces(run.name, _lines(content), beside)
            for piece in pieces:
                if len(spool.offsets) == MAX_ROWS:
                    raise BadFile("too_many_rows", piece.line, most=MAX_ROWS)
                spool.add(piece)
    except FileGone:
        raise BadFile("file_changed") from None
    if not spool.offsets:
        raise BadFile("no_rows")
    return options, columns


def _options_beside(run: ImportRun, files: Files) -> ImportOptions | None:
    try:
        with files.open(incoming_key(run.organization_id, options_name(run.name))) as content:
            text = content.read(_MAX_OPTION_BYTES + 1)
    except FileGone:
        return None
    try:
        return read_options(from_json(text.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False))
    except ValueError as error:
        values = {"name": options_name(run.name), "error": str(error)}
        raise BadFile("invalid_options", reason=Phrase("options_not_json", values)) from None


def _lines(content: BinaryIO) -> Iterator[bytes]:
    while line := content.readline(MAX_LINE_BYTES + 1):
        yield line


def _keys(source: str, orders: Iterable[_Order]) -> Iterator[str]:
    """The keys under which the orders of a file are found again: their own ids, or else what they ask for.

    Two that ask for the same are told apart by which comes first.
    """
    seen: Counter[bytes] = Counter()
    for order in orders:
        if order.external_id is not None:
            yield f"id {order.external_id}"
        else:
            seen[order.digest] += 1
            yield f"row {hashlib.sha256(order.digest).hexdigest()[:32]} {seen[order.digest]} {source}"


# A chunk


def import_chunk(
    organization_id: str, run_id: str, chunk: int, runs: Runs, files: Files, store: Store, clock: Clock
) -> Counts:
    """Imports the orders of a chunk, or says what would become of them, and writes down what became of each row.

    Raises FrontdeskError with `retry_after` where the chunk must be tried again; what is done by then is found again.
    """
    run = _run(organization_id, run_id, runs, clock)
    with files.open(run.chunk(chunk)) as content:
        entries = [Entry.model_validate_json(line) for line in content]
    results = [each for found in _import_apart(entries, run, store, clock) for each in found]
    counts = counts_of(results)
    files.write(run.chunk_results(chunk), _json_lines(results))
    runs.chunk_done(run, chunk, counts, clock)
    return counts


def _import_apart(
    entries: Sequence[Entry], run: ImportRun, store: Store, clock: Clock
) -> list[list[dict[str, Any]]]:
    """The results of entries; where nobody knows what is wrong, by halves, until the entries that bring it are alone.

    What has been placed before is found again. Raises what is wrong if it is so with all of them, or with too many.
    """
    whole, failed, fault = [(0, len(entries))], 0, None
    results: list[list[dict[str, Any]]] = []
    while whole:
        start, stop = whole.pop()
        try:
            results.append(_import(entries[start:stop], run, store, clock))
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
            results.append(row_results(entries[start], "failed", problems=[_NOT_IMPORTED]))
    if fault is not None and failed == len(entries):
        raise fault
    return results


def _import(entries: Sequence[Entry], run: ImportRun, store: Store, clock: Clock) -> list[dict[str, Any]]:
    attempt = 0
    while True:
        asked = _asked(entries, run, store, clock)
        wanted = [each for each in asked if isinstance(each, Asked)]
        try:
            outcomes = iter(
                (judge_together if run.is_dry else place_together)(wanted, run.organization_id, store, clock)
            )
        except CustomerAppeared:
            clock.pause(attempt)
            attempt += 1
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
    entries: Sequence[Entry], run: ImportRun, store: Store, clock: Clock
) -> list[Asked | Sequence[Problem]]:
    """What each entry asks for, its customer found by e-mail; or why that can not be told."""
    customers = [_customer_row(entry) for entry in entries]
    emails = {email_key(row.email) for row in customers if isinstance(row, CustomerRow)}

    def read(keys: Collection[Key]) -> Mapping[Key, Any]:
        return store.read(run.organization_id, keys, clock, consistent=True)

    owners = customers_of(emails, read)
    organization = Key("organization", run.organization_id)
    # A likely zone tells the days that are to be read; without one, those around them would be read too.
    zone = read([organization])[organization].zone
    newcomers: dict[str, Customer] = {}
    now = clock.now()
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


# The end


def join_results(
    organization_id: str, run_id: str, runs: Runs, files: Files, mailer: Mailer, sender: str, clock: Clock
) -> Summary:
    """Writes what became of every row in the file's order, and the summary; archives the file and mails the summary.

    Rows of a chunk that came to nothing are `failed`, with their file left where it is: it is imported again.
    """
    run = _run(organization_id, run_id, runs, clock)
    if run.status not in ENDED:
        counts = _join(run, files)
        ended: dict[str, Any] = {"status": "completed", "counts": counts, "finished_at": clock.now()}
        if counts.failed:
            ended |= {"status": "failed", "problem": problem_record(_UNFINISHED)}
        if not runs.change(run, run.model_copy(update=ended), clock):
            raise Busy
        run = _run(organization_id, run_id, runs, clock)
    elif run.status == "refused":
        files.write(run.results, b"")
    return _conclude(run, runs, files, mailer, sender, clock)


def fail_run(
    organization_id: str,
    run_id: str,
    reason: str,
    runs: Runs,
    files: Files,
    mailer: Mailer,
    sender: str,
    clock: Clock,
) -> Summary:
    """Ends a run that can not go on, gives its file back, and says so."""
    run = _run(organization_id, run_id, runs, clock)
    if run.status not in ENDED:
        problem = Problem("import_failed", {"cause": reason[:200]})
        _end(run, "failed", runs, clock, problem)
        run = _run(organization_id, run_id, runs, clock)
    return _conclude(run, runs, files, mailer, sender, clock)


def _conclude(run: ImportRun, runs: Runs, files: Files, mailer: Mailer, sender: str, clock: Clock) -> Summary:
    files.write(run.summary, _json(summary_of(run)), "application/json")
    if run.status != "failed":
        _archive(run, files)
    runs.release(run, clock)
    _report(run, runs, mailer, sender, clock)
    return summary_of(run)


_UNFINISHED = Problem("not_finished")
_NOT_IMPORTED = Problem("not_imported")


def _join(run: ImportRun, files: Files) -> Counts:
    """Writes the results of all chunks as one file, by line."""
    with TemporaryFile() as content, TemporaryFile() as joined:
        positions: list[tuple[int, int]] = []
        counts = Counts()
        for chunk in range(1, run.chunks + 1):
            found = list(_chunk_results(run, chunk, files))
            counts += counts_of(found)
            for each in found:
                positions.append((each["line"], content.tell()))
                content.write(_json_line(each))
        for _, at in sorted(positions):
            content.seek(at)
            joined.write(content.readline())
        joined.seek(0)
        files.write(run.results, cast(BinaryIO, joined))
    return counts


def _chunk_results(run: ImportRun, chunk: int, files: Files) -> Iterator[dict[str, Any]]:
    try:
        with files.open(run.chunk_results(chunk)) as content:
            yield from (from_json(line) for line in content)
        return
    except FileGone:
        pass
    with files.open(run.chunk(chunk)) as content:
        for line in content:
            yield from row_results(Entry.model_validate_json(line), "failed", problems=[_NOT_IMPORTED])


def _archive(run: ImportRun, files: Files) -> None:
    """Moves the file, and its options, out of the way, after a dry run too. A file that has come in its place stays."""
    files.move(run.incoming, run.archived, run.etag)
    beside = incoming_key(run.organization_id, options_name(run.name))
    for stored in files.list(beside):
        if stored.key == beside:
            files.move(beside, options_name(run.archived), stored.etag)


def _end(run: ImportRun, status: RunStatus, runs: Runs, clock: Clock, problem: Problem) -> None:
    ended = {"status": status, "problem": problem_record(problem), "finished_at": clock.now()}
    if not runs.change(run, run.model_copy(update=ended), clock):
        raise Busy


def _report(run: ImportRun, runs: Runs, mailer: Mailer, sender: str, clock: Clock) -> None:
    """Mails the summary, once; at most once more if nobody could note that it was sent. If it can't be, the import is no less done."""
    if run.options.report_to is None or run.reported:
        return
    try:
        mailer.send(_mail(run, run.options.report_to, sender))
    except (MailError, ValueError):
        # Python's parser of addresses, too, has its say.
        return
    runs.change(run, run.model_copy(update={"reported": True}), clock)


def _mail(run: ImportRun, to: str, sender: str) -> EmailMessage:
    summary = summary_of(run)
    lines = [
        f"{name.replace('_', ' ')}: {summary[name]}"
        for name in ("status", "rows", *RESULTS, "duration_seconds")
    ]
    if run.problem:
        lines.append(f"problem: {run.problem['detail']}")
    lines += [
        "",
        *(
            f"{count} x {code}"
            for code, count in sorted(run.counts.errors.items(), key=lambda each: -each[1])
        ),
    ]
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    name = one_line(run.name)
    message["Subject"] = f"Import {'(dry run) ' if run.is_dry else ''}{run.status}: {name[:100]}"
    message.set_content(
        "\n".join([f"Import {run.id} of {name}", "", *lines, "", f"Results: {run.results}"]) + "\n"
    )
    return message


def _run(organization_id: str, run_id: str, runs: Runs, clock: Clock) -> ImportRun:
    run = runs.run(organization_id, run_id, clock)
    if run is None:
        raise LookupError("there is no such run")
    return run


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


def _json_line(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def _json_lines(records: Iterable[Any]) -> bytes:
    return b"".join(map(_json_line, records))
