"""Imports of whole files on a real engine: a result for every row, exactly the expected orders, and none twice."""

import json
from collections import Counter
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.items import Customer, Resource, Voucher
from frontdesk.domain.imports.runs import ImportRun
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.problems import Busy
from frontdesk.domain.time.intervals import iso
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports import chunk, find, plan
from frontdesk.usecases.imports.chunk import import_chunk
from frontdesk.usecases.imports.find import find_files
from frontdesk.usecases.imports.plan import plan_file
from frontdesk.usecases.imports.results import fail_run, join_results
from frontdesk.usecases.ports import MailRefused
from tests.support.aftermath import findings
from tests.support.demo import ADA, BERND, DESK, DESKS, MEETING, ONCE10, ORGANIZATION, ROOM, meeting
from tests.support.engine import Table, table
from tests.support.fakes import FakeMailer
from tests.support.faults import Overlaps, answer_lost, counted, throttled
from tests.support.imports import SENDER, Execution, FakeExecutions, FakeFiles, Imported, generated

HEADER = "external_id,resource_id,service_id,start_date,end_date"


def at(hour: int, day: int = 15) -> str:
    return f"{ROOM.id},{MEETING.id},2031-04-{day}T{hour:02}:00,2031-04-{day}T{hour + 1:02}:00"


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


@pytest.fixture
def files() -> FakeFiles:
    return FakeFiles()


class Importer:
    def __init__(self, on: Table, files: FakeFiles) -> None:
        self.on, self.files = on, files
        self.runs, self.mailer, self.catalog = ImportRuns(on.store), FakeMailer(), CatalogTable(on.store)
        self.executions = 0

    def __call__(self, name: str, content: Any = None, **wanted: Any) -> Imported:
        if content is not None:
            self.files.put(name, content)
        self.executions += 1
        clock, execution = SystemClock(120), f"execution {self.executions}"
        wanted |= {"name": name, "organization_id": ORGANIZATION.id}
        (imported,) = Execution(
            self.files, self.runs, self.on.store, self.mailer, execution, clock.now(), **wanted
        ).go_on(clock)
        return imported

    def plan(self, run_id: str, clock: SystemClock) -> int:
        context = Context(ORGANIZATION.id, clock)
        return plan_file(context, run_id, self.runs, self.files, self.on.store, self.catalog)

    def chunk(self, run_id: str, number: int, clock: SystemClock) -> Any:
        context = Context(ORGANIZATION.id, clock)
        return import_chunk(context, run_id, number, self.runs, self.files, self.on.store, self.catalog)

    def join(self, run_id: str, clock: SystemClock) -> Any:
        return join_results(
            Context(ORGANIZATION.id, clock), run_id, self.runs, self.files, self.mailer, SENDER
        )

    def change(self, seen: Any, item: Any) -> Any:
        return self.catalog.change(Context(ORGANIZATION.id, SystemClock(5)), seen, item)

    def stored(self) -> dict[Any, Any]:
        return {key: item for key, item in self.on.objects() if key.kind not in ("organization",)}

    def orders(self) -> list[Order]:
        return [item for item in self.stored().values() if isinstance(item, Order)]

    def bookings(self) -> list[Booking]:
        return [item for item in self.stored().values() if isinstance(item, Booking)]


@pytest.fixture
def importer(on: Table, files: FakeFiles) -> Importer:
    return Importer(on, files)


def audited(importer: Importer) -> None:
    assert findings(importer.on.objects(), SystemClock(1).now()) == []


def test_every_row_of_a_file_has_its_right_result_and_the_file_again_changes_nothing(
    importer: Importer,
) -> None:
    made = generated(600)
    first = importer("venue.jsonl", made.rows)
    assert first.by_line == made.expected
    assert [each["line"] for each in first.results] == list(range(1, 601))
    counts = Counter(result for result, _ in made.expected.values())
    assert first.summary["rows"] == 600
    assert {name: first.summary[name] for name in counts} == counts
    assert first.summary["errors"] == Counter(code for _, codes in made.expected.values() for code in codes)
    assert len(importer.orders()) == counts["created"]
    assert len(importer.bookings()) == made.bookings
    assert {each["order_id"] for each in first.results if each["order_id"]} == {
        order.id for order in importer.orders()
    }
    audited(importer)

    before = importer.stored()
    again = importer("venue.jsonl", made.rows)
    assert importer.stored() == before
    assert [
        {**each, "result": "created"} if each["result"] == "unchanged" else each for each in again.results
    ] == first.results
    assert {each["result"] for each in again.results} == {"unchanged", "refused"}


def test_a_dry_run_says_the_same_and_writes_nothing(importer: Importer) -> None:
    made = generated(300)
    before = importer.stored()
    dry = importer("venue.jsonl", made.rows, dry_run=True)
    assert dry.by_line == made.expected
    assert importer.stored() == before
    assert dry.summary["dry_run"] is True
    assert {each["order_id"] for each in dry.results} == {None}
    assert importer("venue.jsonl", made.rows).by_line == made.expected
    assert (
        importer("again.jsonl", made.rows, dry_run=True).summary["unchanged"]
        == importer.runs.run(Context(ORGANIZATION.id, SystemClock(5)), dry.run.id).counts.created
    )  # type: ignore[union-attr]


def test_the_first_row_that_wants_a_slot_has_it(importer: Importer) -> None:
    imported = importer("week.csv", f"{HEADER}\na,{at(9)}\nb,{at(9)}\nc,{at(10)}\nd,{at(9)}\n")
    assert [result for result, _ in imported.by_line.values()] == ["created", "refused", "created", "refused"]
    assert imported.results[1]["errors"][0] | {"detail": ""} == {
        "code": "slot_unavailable",
        "column": "start_date",
        "detail": "",
    }


def test_an_external_id_with_another_content_is_refused(importer: Importer) -> None:
    importer("week.csv", f"{HEADER}\na,{at(9)}\n")
    changed = importer("next.csv", f"{HEADER}\na,{at(10)}\nb,{at(9)}\nb,{at(11)}\n")
    assert list(changed.by_line.values()) == [
        ("refused", ["external_id_reused"]),
        ("refused", ["slot_unavailable"]),
        ("created", []),
    ]
    twice = importer("more.csv", f"{HEADER}\nc,{at(12)}\nc,{at(13)}\nc,{at(12)}\n")
    assert list(twice.by_line.values()) == [
        ("created", []),
        ("refused", ["external_id_reused"]),
        ("unchanged", []),
    ]
    assert twice.results[1]["errors"][0]["column"] == "external_id"


def test_rows_without_an_id_are_told_by_their_content_file_and_number(importer: Importer) -> None:
    walk_in = f",{DESKS.id},{DESK.id},2031-04-15T09:00,2031-04-15T10:00"
    content = f"{HEADER}\n{walk_in}\n{walk_in}\n"
    assert importer("monday.csv", content).summary["created"] == 2
    assert importer("monday.csv", f"{HEADER}\n{walk_in}\n{walk_in}\n{walk_in}\n").summary["unchanged"] == 2
    held = importer("tuesday.csv", content)
    assert (held.run.status, held.summary["problem"]["code"]) == ("refused", "imported_before")
    assert "monday.csv" in held.summary["problem"]["detail"]
    importer.files.put("tuesday.csv.options.json", '{"again": true}')
    assert importer("tuesday.csv", content).summary["created"] == 2
    assert len(importer.orders()) == 5


def test_a_date_without_an_offset_is_on_the_clock_of_its_place(importer: Importer) -> None:
    loft = Resource(id="loft", name="Loft", timezone="America/New_York")
    there = MEETING.model_copy(update={"id": "there", "resource_ids": frozenset({"loft"})})
    importer.on.store.put_catalog(Context(ORGANIZATION.id, SystemClock(10)), [loft, there])
    row = f"{loft.id},{there.id},2031-04-15T09:00,2031-04-15T10:00"
    named = f"{row},Europe/Berlin"
    made = importer("week.csv", f"{HEADER},timezone\na,{at(9)},\nb,{row},\nc,{named}\n")
    assert made.summary["created"] == 3
    starts = {iso(order.start) for order in importer.orders()}
    assert starts == {"2031-04-15T07:00:00+00:00", "2031-04-15T13:00:00+00:00"}


def test_several_rows_are_one_order_all_or_nothing(importer: Importer) -> None:
    header = f"{HEADER},order_ref,order_customer_id"
    rows = f"{header}\na,{at(9)},o1,{ADA.id}\n,{at(11)},o1,\nb,{at(9)},o2,{ADA.id}\n,{at(13)},o2,\n"
    imported = importer("orders.csv", rows)
    assert [result for result, _ in imported.by_line.values()] == ["created", "created", "refused", "refused"]
    assert imported.results[0]["order_id"] == imported.results[1]["order_id"]
    assert imported.results[3]["errors"] == [
        {
            "code": "order_refused",
            "column": None,
            "detail": "Other rows of this order were refused: 4. Correct them first.",
        }
    ]
    assert len(importer.bookings()) == 2
    assert importer("orders.csv", rows).summary["unchanged"] == 2


# Customers


def test_customers_are_found_by_email_and_made_when_the_row_says_so(importer: Importer) -> None:
    header = f"{HEADER},customer_email,customer_given_name,create_customer"
    rows = [
        f"a,{at(9)},Ada@Example.com,,",
        f"b,{at(10)},new@example.com,Grace,yes",
        f"c,{at(11)},NEW@example.com,Grace,yes",
        f"d,{at(12)},nobody@example.com,,",
        f"e,{at(9)},late@example.com,Late,yes",
        f"f,{at(14)},not an address,,",
    ]
    imported = importer("people.csv", "\n".join([header, *rows]))
    assert [(result, codes) for result, codes in imported.by_line.values()] == [
        ("created", []),
        ("created", []),
        ("created", []),
        ("refused", ["customer_not_found"]),
        ("refused", ["slot_unavailable"]),
        ("refused", ["invalid_value"]),
    ]
    assert (
        imported.results[3]["errors"][0]["column"]
        == imported.results[5]["errors"][0]["column"]
        == "customer_email"
    )
    made = [
        item
        for item in importer.stored().values()
        if isinstance(item, Customer) and item.id not in (ADA.id, BERND.id)
    ]
    assert [(customer.email, customer.given_name) for customer in made] == [("new@example.com", "Grace")]
    by_id = {order.id: order.customer_id for order in importer.orders()}
    assert [by_id[each["order_id"]] for each in imported.results[:3]] == [ADA.id, made[0].id, made[0].id]
    assert importer("people.csv", "\n".join([header, *rows])).summary["unchanged"] == 3


def test_a_customer_for_an_order_that_goes_by_itself_is_made_too(importer: Importer) -> None:
    customer = {"email": "new@example.com", "create": True}
    rows = [{"bookings": [meeting()], "customer": customer, "voucher_code": ONCE10.code}]
    assert importer("one.jsonl", rows).summary["created"] == 1
    (order,) = importer.orders()
    assert order.customer_id not in (None, ADA.id)
    assert order.voucher


def test_somebody_who_makes_the_same_customer_meanwhile_does_not_harm(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_together, theirs = chunk.place_together, Customer(id="theirs", email="new@example.com")

    def late(*arguments: Any) -> Any:
        importer.on.store.put_catalog(Context(ORGANIZATION.id, SystemClock(5)), [theirs])
        return place_together(*arguments)

    monkeypatch.setattr(chunk, "place_together", late)
    rows = [{"bookings": [meeting()], "customer": {"email": "NEW@example.com", "create": True}}]
    assert importer("one.jsonl", rows).summary["created"] == 1
    assert importer.orders()[0].customer_id == theirs.id


# Options


def test_options_hold_for_rows_that_say_nothing(importer: Importer) -> None:
    importer.files.put(
        "week.csv.options.json",
        json.dumps({"check_availability": False, "notify_customer": True, "timezone": "UTC"}),
    )
    header = f"{HEADER},order_customer_id,check_availability,notify_customer"
    imported = importer(
        "week.csv",
        f"{header}\na,{at(9)},{ADA.id},,\nb,{at(9)},{ADA.id},,no\nc,{at(9)},{ADA.id},true,no\nd,{at(9)},{ADA.id},true,\n",
    )
    # An override takes no room from other rows.
    assert [result for result, _ in imported.by_line.values()] == ["created", "created", "created", "refused"]
    assert sorted(bool(order.causes) for order in importer.orders()) == [False, False, True]
    assert sorted(booking.override for booking in importer.bookings()) == [False, True, True]
    assert {order.timezone for order in importer.orders()} == {"UTC"}
    assert [key for key in importer.files.content if key.startswith("incoming/")] == []


def test_customers_are_told_nothing_unless_the_file_says_so(importer: Importer) -> None:
    importer("week.jsonl", [{"order_customer_id": ADA.id, "bookings": [meeting()]}])
    assert [order.notification for order in importer.orders()] == [None]


def test_a_series_may_leave_out_what_is_taken(importer: Importer) -> None:
    series = meeting(recurring={"frequency": "daily", "count": 3})
    rows = [{"options": {"on_conflict": "skip"}}, {"bookings": [meeting()]}, {"bookings": [series]}]
    assert importer("week.jsonl", rows).by_line == {2: ("created", []), 3: ("created", [])}
    assert len(importer.bookings()) == 3


def test_the_summary_is_mailed(importer: Importer) -> None:
    options = {"options": {"report_to": "desk@example.com"}}
    imported = importer("week.jsonl", [options, {"bookings": [meeting()]}, {"bookings": [meeting()]}])
    (mail,) = importer.mailer.sent
    assert (mail["To"], mail["From"]) == ("desk@example.com", SENDER)
    assert mail["Subject"] == "Import completed: week.jsonl"
    assert "created: 1" in mail.get_content()
    assert "1 x slot_unavailable" in mail.get_content()
    assert imported.run.results in mail.get_content()


def test_a_mail_that_is_refused_harms_no_import(importer: Importer) -> None:
    importer.mailer.failing = MailRefused("no")
    assert (
        importer(
            "week.jsonl", [{"options": {"report_to": "desk@example.com"}}, {"bookings": [meeting()]}]
        ).summary["created"]
        == 1
    )


# The ledger


def test_many_rows_of_one_day_take_few_ledger_writes(importer: Importer) -> None:
    """Bookings of 5 minutes each, on a resource with room for many."""
    importer.on.store.put_catalog(
        Context(ORGANIZATION.id, SystemClock(5)),
        [DESKS.model_copy(update={"id": "hall", "quantity": 10_000})],
    )
    service = DESK.model_copy(update={"id": "seat", "resource_ids": frozenset({"hall"})})
    importer.on.store.put_catalog(Context(ORGANIZATION.id, SystemClock(5)), [service])
    times = [(number // 12 % 10 + 8, number % 12 * 5) for number in range(300)]
    rows = [
        f"{number},hall,seat,2031-04-15T{h:02}:{m:02},2031-04-15T{h + 1:02}:{m:02}"
        for number, (h, m) in enumerate(times)
    ]
    with counted(importer.on.store) as sent:
        imported = importer("day.csv", "\n".join([HEADER, *rows]))
    assert imported.summary["created"] == 300
    writes = sent.count("TransactWriteItems")
    assert writes < 12, "about 49 orders in a transaction"
    audited(importer)


def test_a_chunk_of_long_rows_is_cut_by_its_bytes(importer: Importer) -> None:
    """Twelve rows of 600 KB are far fewer than 500 rows, but would all be in memory together."""
    line = json.dumps({"bookings": [{"resource_id": ROOM.id, "note": "n" * 600_000}]})
    importer.files.put("long.jsonl", "\n".join([line] * 12))
    clock = SystemClock(20)
    (run,) = find_files("first", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    chunks = importer.plan(run.id, clock)
    planned = importer.runs.run(Context(ORGANIZATION.id, clock), run.id)
    assert planned is not None
    sizes = [len(importer.files.content[planned.chunk(number)]) for number in range(1, chunks + 1)]
    assert (len(sizes), max(sizes) < plan.CHUNK_BYTES + 10_000) == (2, True), sizes


def test_chunks_of_one_day_at_the_same_time_do_not_lose_anything(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several workers on one ledger, with conflicting transactions and throttling."""
    monkeypatch.setattr(plan, "CHUNK_ROWS", 20)
    importer.on.store.put_catalog(
        Context(ORGANIZATION.id, SystemClock(5)), [ROOM.model_copy(update={"id": "many", "quantity": 60})]
    )
    importer.on.store.put_catalog(
        Context(ORGANIZATION.id, SystemClock(5)),
        [MEETING.model_copy(update={"id": "any", "resource_ids": frozenset({"many"})})],
    )
    rows = [f"{n},many,any,2031-04-15T{9 + n % 2:02}:00,2031-04-15T{11 + n % 2:02}:00" for n in range(160)]
    importer.files.put("day.csv", "\n".join([HEADER, *rows]))
    clock = SystemClock(60)
    (run,) = find_files("execution", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    chunks = importer.plan(run.id, clock)
    assert chunks == 8

    def work(number: int) -> None:
        importer.chunk(run.id, number, SystemClock(60))

    with Overlaps(0.005).between(importer.on.store), throttled(importer.on.store, every=7):
        workers = [Thread(target=work, args=(number,)) for number in range(1, chunks + 1)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    summary = importer.join(run.id, clock)
    # All of them overlap between 10 and 11, where 60 fit.
    assert (summary["created"], summary["refused"], summary["failed"]) == (60, 100, 0)
    audited(importer)


def test_orders_that_come_by_the_api_meanwhile_are_seen(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group loses against them and is decided again. Only orders in conflict with them are refused."""
    importer("before.csv", f"{HEADER}\nx,{at(18)}\n")  # The day exists.
    prepare, others = importer.on.store.prepare, iter([9, 11])

    def contended(context: Context, writes: Any) -> Any:
        hour = next(others, None)
        if hour is not None:
            monkeypatch.setattr(importer.on.store, "prepare", prepare)
            Importer(importer.on, FakeFiles())(f"api-{hour}.csv", f"{HEADER}\napi-{hour},{at(hour)}\n")
            monkeypatch.setattr(importer.on.store, "prepare", contended)
        return prepare(context, writes)

    monkeypatch.setattr(importer.on.store, "prepare", contended)
    imported = importer("week.csv", "\n".join([HEADER, *(f"{hour},{at(hour)}" for hour in range(8, 14))]))
    assert [result for result, _ in imported.by_line.values()] == [
        "created",
        "refused",
        "created",
        "refused",
        "created",
        "created",
    ]
    audited(importer)


def test_drafts_vouchers_and_large_orders_keep_their_place_in_the_file(importer: Importer) -> None:
    rows: list[dict[str, Any]] = [
        {"bookings": [meeting()], "complete_order": False},
        {"bookings": [meeting()]},
        {"bookings": [meeting(recurring={"frequency": "daily", "count": 60})], "voucher_code": ONCE10.code},
        {"bookings": [meeting(recurring={"frequency": "weekly", "count": 60})], "on_conflict": "skip"},
        {
            "bookings": [meeting(start_date="2031-05-01T08:00", end_date="2031-05-01T09:00")],
            "voucher_code": ONCE10.code,
        },
        {
            "bookings": [meeting(start_date="2031-05-01T09:00", end_date="2031-05-01T10:00")],
            "voucher_code": ONCE10.code,
        },
    ]
    imported = importer("mixed.jsonl", rows)
    assert [result for result, _ in imported.by_line.values()] == [
        "created",
        "refused",
        "refused",
        "created",
        "created",
        "refused",
    ]
    assert imported.by_line[3][1] == ["slot_unavailable"]
    assert imported.by_line[6][1] == ["voucher_exhausted"]
    assert {order.status for order in importer.orders()} == {"draft", "completed"}
    dry = Importer(importer.on, FakeFiles())("dry.jsonl", [rows[4] | {"external_id": "n1"}], dry_run=True)
    assert (
        dry.by_line == {1: ("refused", ["slot_unavailable", "voucher_exhausted"])}
        or "voucher_exhausted" in dry.by_line[1][1]
    )


def test_a_dry_run_counts_the_uses_of_a_voucher(importer: Importer) -> None:
    hours = [f"2031-05-01T{hour:02}:00" for hour in range(8, 12)]
    voucher = Voucher(id="two", code="TWO", percent=10, max_redemptions=2, max_redemptions_per_customer=1)
    importer.on.store.put_catalog(Context(ORGANIZATION.id, SystemClock(5)), [voucher])
    rows = [
        {
            "order_customer_id": customer,
            "bookings": [meeting(start_date=start, end_date=end)],
            "voucher_code": "TWO",
        }
        for customer, start, end in zip([ADA.id, ADA.id, BERND.id], hours, hours[1:], strict=False)
    ]
    dry = importer("dry.jsonl", rows, dry_run=True)
    assert dry.by_line == {
        1: ("created", []),
        2: ("refused", ["voucher_used_by_customer"]),
        3: ("created", []),
    }
    assert importer("real.jsonl", rows).by_line == dry.by_line


# Files and runs


OLD_FORMAT = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("week.csv", "", "no_rows"),
        ("week.csv", HEADER, "no_rows"),
        ("week.csv", "a,b\n", "missing_columns"),
        ("week.csv", f'{HEADER}\na,"{at(9)}\n', "unclosed_quote"),
        ("week.jsonl", '{"note": "ä"}\n'.encode("latin-1"), "wrong_encoding"),
        ("week.csv", b"\x1f\x8b\x08", "packed_file"),
        ("week.xlsx", b"PK", "workbook_broken"),
        # Like a real file with a password: a container, whose stream's name crosses two blocks. An old .xls is one too.
        (
            "week.xlsx",
            OLD_FORMAT + bytes((1 << 20) - 20) + "EncryptedPackage".encode("utf-16-le"),
            "workbook_locked",
        ),
        ("week.xlsx", OLD_FORMAT + bytes(1_000) + "Workbook".encode("utf-16-le"), "workbook_broken"),
        ("week.xls", b"PK", "unknown_file_type"),
        ("week.jsonl", '{"options": {"dry": 1}}\n', "invalid_options"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_whole(
    importer: Importer, name: str, content: str | bytes, code: str
) -> None:
    imported = importer(name, content)
    assert (imported.summary["status"], imported.summary["problem"]["code"], imported.summary["rows"]) == (
        "refused",
        code,
        0,
    )
    assert imported.results == []
    assert importer.orders() == []
    assert importer.files.content[imported.run.archived] == (
        content if isinstance(content, bytes) else content.encode()
    )
    assert importer(name, f"{HEADER}\na,{at(9)}\n").summary["problem"] is None or name != "week.csv"


def test_options_that_can_not_be_read_refuse_the_file(importer: Importer) -> None:
    importer.files.put("week.csv.options.json", "{")
    assert importer("week.csv", f"{HEADER}\na,{at(9)}\n").summary["problem"]["code"] == "invalid_options"


def test_too_many_rows_refuse_the_file(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MAX_ROWS", 2)
    rows = [f"{hour},{at(hour)}" for hour in (9, 10, 11)]
    assert importer("week.csv", "\n".join([HEADER, *rows])).summary["problem"] | {"detail": ""} == {
        "code": "too_many_rows",
        "detail": "",
        "line": 4,
    }
    assert importer("week.csv", "\n".join([HEADER, *rows[:2]])).summary["created"] == 2


def test_an_execution_takes_so_many_files_and_the_next_one_goes_on_with_the_others(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state of an execution is limited to 262,144 bytes. With 2,600 files, no file was ever imported again."""
    monkeypatch.setattr(find, "MAX_RUNS", 2)
    names = [f"{number}.csv" for number in range(5)]
    for name in names:
        importer.files.put(name, f"{HEADER}\n{name},{at(9)}\n")
    clock, executions = SystemClock(20), FakeExecutions()
    # The files of the first execution have failed and wait for another night. The second execution takes others anyway.
    found, night = [], clock.now()
    for number in range(4):
        since = night if number else None
        # A repeated step finds the same files.
        for _ in range(2):
            runs = find_files(
                f"execution {number}",
                night + number,
                importer.runs,
                importer.files,
                executions,
                clock,
                since=since,
            )
        found.append([run.name for run in runs])
        for run in runs:
            importer.runs.release(run, clock)
    assert found == [names[:2], names[2:4], names[4:], []]
    # The next night begins again.
    runs = find_files("tomorrow", night + 86_400, importer.runs, importer.files, executions, clock)
    assert [run.name for run in runs] == names[:2]
    assert find.MAX_RUNS * len(json.dumps({"organization_id": "x" * 36, "run_id": "x" * 28})) < 262_144


def test_files_are_taken_in_turn_of_their_organizations(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,648 small files of one organization came before everybody else's."""
    monkeypatch.setattr(find, "MAX_RUNS", 6)
    clock = SystemClock(20)
    for owner, files in (("a-large-one", 20), ("b-small-one", 1), ("c-middle-one", 3)):
        organization = ORGANIZATION.model_copy(update={"id": owner})
        importer.on.store.put_catalog(Context(owner, clock), [organization])
        for number in range(files):
            importer.files.put(f"{number:02}.csv", f"{HEADER}\na,{at(9)}\n", owner)
    runs = find_files("tonight", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    assert [(run.organization_id[0], run.name[:2]) for run in runs] == [
        ("a", "00"), ("b", "00"), ("c", "00"), ("a", "01"), ("c", "01"), ("a", "02"),
    ]  # fmt: skip


def test_a_file_is_imported_by_one_execution_at_a_time(importer: Importer) -> None:
    importer.files.put("week.csv", f"{HEADER}\na,{at(9)}\n")
    clock, executions = SystemClock(20), FakeExecutions()
    executions.running = {"first"}
    # An execution has one starting time, however long its steps take.
    began = clock.now()

    def find(execution: str) -> list[ImportRun]:
        return find_files(execution, began, importer.runs, importer.files, executions, clock)

    (run,) = find("first")
    assert find("second") == []
    assert find("first") == [run], "a step that is done again"
    executions.running = set()
    (taken_over,) = find("second")
    assert taken_over.id != run.id
    over = importer.runs.run(Context(ORGANIZATION.id, clock), run.id)
    assert over is not None
    assert (over.status, over.problem and over.problem["code"]) == ("failed", "interrupted")
    # The rest of the first execution releases nothing that is not its own.
    executions.running = {"second"}
    importer.runs.release(run, clock)
    assert find("third") == []


def test_a_file_that_was_imported_since_it_was_listed_is_left_alone(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    importer.files.put("week.csv", f"{HEADER}\na,{at(9)}\n")
    clock, executions, claim = SystemClock(20), FakeExecutions(), importer.runs.claim

    def late(run: ImportRun, clock: SystemClock, **more: Any) -> ImportRun | None:
        monkeypatch.undo()
        assert importer("week.csv").summary["created"] == 1
        return claim(run, clock, **more)

    monkeypatch.setattr(importer.runs, "claim", late)
    assert find_files("late", clock.now(), importer.runs, importer.files, executions, clock) == []
    assert len(list(importer.runs.recent(Context(ORGANIZATION.id, clock)))) == 1
    assert importer("week.csv", f"{HEADER}\na,{at(9)}\n").summary["unchanged"] == 1, "nobody holds the file"


def test_a_change_whose_answer_was_lost_is_made(importer: Importer) -> None:
    with answer_lost(importer.on.store, "UpdateItem", 1):
        assert importer("week.csv", f"{HEADER}\na,{at(9)}\n").summary["created"] == 1
    run = next(importer.runs.recent(Context(ORGANIZATION.id, SystemClock(20))))
    over = run.model_copy(update={"version": run.version - 1})
    assert not importer.runs.change(over, run.model_copy(update={"status": "failed"}), SystemClock(20)), (
        "somebody else's"
    )


def test_files_that_are_no_imports_are_left_alone(importer: Importer) -> None:
    for key in (
        "incoming/README",
        "incoming/",
        f"incoming/{ORGANIZATION.id}/",
        "incoming/nobody/week.csv",
        "archive/x/week.csv",
    ):
        importer.files.content[key] = b"x"
    clock = SystemClock(20)
    assert find_files("e", clock.now(), importer.runs, importer.files, FakeExecutions(), clock) == []


def test_a_file_that_is_replaced_meanwhile_is_imported_next(importer: Importer) -> None:
    importer.files.put("week.csv", f"{HEADER}\na,{at(9)}\n")
    clock, executions = SystemClock(20), FakeExecutions()
    (run,) = find_files("first", clock.now(), importer.runs, importer.files, executions, clock)
    importer.files.put("week.csv", f"{HEADER}\nb,{at(10)}\n")
    assert importer.plan(run.id, clock) == 0
    summary = importer.join(run.id, clock)
    assert summary["problem"]["code"] == "file_changed"
    assert importer("week.csv").results[0]["external_id"] == "b"


def test_a_chunk_that_comes_to_nothing_is_told_and_the_file_waits_for_the_next_import(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "CHUNK_ROWS", 2)
    rows = [f"{day}-{hour},{at(hour, day)}" for day, hour in ((15, 9), (15, 10), (16, 9), (16, 10))]
    importer.files.put("week.csv", "\n".join([HEADER, *rows]))
    clock = SystemClock(20)
    (run,) = find_files("first", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    assert importer.plan(run.id, clock) == 2
    importer.chunk(run.id, 1, clock)
    importer.chunk(run.id, 1, clock)
    running = importer.runs.run(Context(ORGANIZATION.id, clock), run.id)
    assert running is not None
    assert (running.counts.created, running.rows) == (2, 4), "counted once"
    summary = importer.join(run.id, clock)
    assert (summary["status"], summary["created"], summary["failed"], summary["errors"]) == (
        "failed",
        2,
        2,
        {"not_imported": 2},
    )
    again = importer("week.csv")
    assert (again.summary["status"], again.summary["unchanged"], again.summary["created"]) == (
        "completed",
        2,
        2,
    )
    assert [run.status for run in importer.runs.recent(Context(ORGANIZATION.id, clock))] == [
        "completed",
        "failed",
    ]


def test_a_run_that_can_not_go_on_gives_its_file_back(importer: Importer) -> None:
    importer.files.put("week.csv", f"{HEADER}\na,{at(9)}\n")
    clock = SystemClock(20)
    (run,) = find_files("first", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    for _ in range(2):
        fail_run(
            Context(ORGANIZATION.id, clock),
            run.id,
            "Sandbox.Timedout",
            importer.runs,
            importer.files,
            importer.mailer,
            SENDER,
        )
    ended = importer.runs.run(Context(ORGANIZATION.id, clock), run.id)
    assert ended is not None
    assert (ended.status, ended.problem and ended.problem["code"]) == ("failed", "import_failed")
    executions = FakeExecutions()
    executions.running = {"first"}
    assert len(find_files("second", clock.now(), importer.runs, importer.files, executions, clock)) == 1


def test_a_run_that_has_ended_stays_as_it_is(importer: Importer) -> None:
    imported = importer("week.csv", f"{HEADER}\na,{at(9)}\n")
    named = Context(ORGANIZATION.id, SystemClock(20)), imported.run.id
    assert plan_file(*named, importer.runs, importer.files, importer.on.store, importer.catalog) == 0
    assert join_results(*named, importer.runs, importer.files, importer.mailer, SENDER) == imported.summary
    fail_run(*named, "late", importer.runs, importer.files, importer.mailer, SENDER)
    assert importer.runs.run(*named) == imported.run


def test_an_import_that_is_out_of_time_can_be_tried_again(importer: Importer) -> None:
    class Over(SystemClock):
        def pause(self, attempt: int) -> None:
            raise Busy

    importer.files.put("week.jsonl", [{"bookings": [meeting()]}])
    clock = SystemClock(20)
    (run,) = find_files("first", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    importer.plan(run.id, clock)
    with throttled(importer.on.store, every=1), pytest.raises(Busy):
        importer.chunk(run.id, 1, Over(1))
    assert importer.chunk(run.id, 1, clock).created == 1


def test_json_lines_say_what_was_agreed_and_what_became_of_it(importer: Importer) -> None:
    rows = [
        {"external_id": "1", "bookings": [meeting()], "order_customer_id": ADA.id, "price": 1234},
        {"external_id": "2", "bookings": [meeting()], "order_customer_id": ADA.id, "status": "no_show"},
        {"external_id": "3", "bookings": [meeting()], "order_customer_id": ADA.id, "status": "lost"},
        {"external_id": "4", "bookings": [meeting(), meeting()], "order_customer_id": ADA.id, "price": 1},
        {"external_id": "5", "bookings": [meeting()], "order_customer_id": ADA.id, "price": -1},
        {"external_id": "6", "bookings": [meeting(custom_price=1, reason="x")], "order_customer_id": ADA.id},
    ]
    imported = importer("week.jsonl", rows)
    assert [imported.by_line[line][0] for line in range(1, 7)] == ["created", "created", *["refused"] * 4]
    assert all("invalid_value" in imported.by_line[line][1] for line in (3, 4, 5))
    assert "unauthorized" in imported.by_line[6][1]
    sold = {booking.no_show: booking.amounts.total for booking in importer.bookings()}
    assert sold[False] == 1234
    audited(importer)


def test_a_long_series_that_was_canceled_is_history_like_any(importer: Importer) -> None:
    series = meeting(recurring={"frequency": "daily", "count": 150})
    row = {"external_id": "1", "bookings": [series], "order_customer_id": ADA.id, "status": "canceled"}
    imported = importer("week.jsonl", [row])
    assert imported.by_line == {1: ("created", [])}
    [order] = importer.orders()
    assert (order.status, order.booking_count, order.active_bookings) == ("canceled", 150, 0)
    assert {booking.status for booking in importer.bookings()} == {"canceled"}
    audited(importer)
    assert importer("week.jsonl", [row]).by_line == {1: ("unchanged", [])}


@pytest.mark.parametrize(
    ("name", "options", "content"),
    [
        ("week.csv", {"report_to": "desk@example.com"}, "Nothing\nat all\n"),
        ("week.csv", {"report_to": "desk@example.com", "dry": True}, "Nothing\nat all\n"),
        ("week.jsonl", None, '{"options": {"report_to": "desk@example.com"}}\n'),
        ("week.jsonl", None, '{"options": {"report_to": "desk@example.com", "dry": true}}\n{}\n'),
    ],
)
def test_a_file_that_is_refused_whole_is_reported_too(
    importer: Importer, name: str, options: Any, content: str
) -> None:
    if options:
        importer.files.put(f"{name}.options.json", json.dumps(options))
    imported = importer(name, content)
    assert imported.run.status == "refused"
    [mail] = importer.mailer.sent
    assert (mail["To"], mail["Subject"]) == ("desk@example.com", f"Import refused: {name}")
