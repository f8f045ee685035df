"""Stops every operation before and after each of its calls in turn, on a real engine, and checks that all slots are right.

Afterwards the client repeats the request or not, time passes, and the sweep finishes what is unfinished. The auditor must find nothing,
and the items must equal those of an undisturbed run or, if nobody repeated the request, of no run at all.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.imports import ImportRuns
from frontdesk.adapters.dynamodb.lists import ListTable
from frontdesk.adapters.dynamodb.messages.outbox import OutboxTable
from frontdesk.adapters.dynamodb.webhooks import WebhookTable
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.messages.message import FINAL, Message
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument
from frontdesk.domain.requests.change import BookingDocument, CompletionConfig, OrderDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.once import Once
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.domain.webhooks.subscriptions import Subscription
from frontdesk.usecases.catalog import Office, create_item, find_item
from frontdesk.usecases.imports.undo import begin_undo, undo_step
from frontdesk.usecases.messages.expand import expand
from frontdesk.usecases.messages.hear import Report, hear
from frontdesk.usecases.messages.needs import PostOffice
from frontdesk.usecases.messages.resend import resend
from frontdesk.usecases.messages.send import LEASE_SECONDS, wake
from frontdesk.usecases.messages.send import deliver as deliver_lane
from frontdesk.usecases.once import once
from frontdesk.usecases.orders import place_batch
from frontdesk.usecases.orders.change import (
    annotate_order,
    cancel_booking,
    cancel_order,
    complete_order,
    remove_booking,
)
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, Placed, place_order
from frontdesk.usecases.ports import MailRefused
from frontdesk.usecases.tokens import create_token, revoke_token
from tests.crashes.harness import TWICE, Operation, Run, crash_points
from tests.support.at_once import AtOnce
from tests.support.demo import ADA, COFFEE, NINE, ROOM, SECOND_ROOM, desks, meeting, order
from tests.support.engine import Table, table
from tests.support.fakes import FakeMailer, post_office
from tests.support.imports import Execution, FakeExecutions, FakeFiles
from tests.support.shrink import shrink
from tests.support.turns import Crash

BOTH = [ROOM.id, SECOND_ROOM.id]
SEVERAL = (
    meeting(resource_id=BOTH, booking_add_ons=[{"add_on_id": COFFEE.id, "quantity": 2}]),
    desks(3),
    meeting(NINE + timedelta(days=1)),
)
SERIES = meeting(recurring={"frequency": "daily", "count": 3})
LONG_SERIES = meeting(recurring={"frequency": "daily", "count": 12})


def place(run: Run, *bookings: dict[str, Any], key: str = "key", **more: Any) -> Placed:
    idempotency = Idempotency.of(run.organization_id, "caller", key, b"body")
    reading = read_config(order(*bookings, **{"notify_customer": False, **more}))
    return place_order(run.context, reading, run.store, idempotency)


def create(name: str, *bookings: dict[str, Any], in_steps: bool = False, **more: Any) -> Operation:
    return Operation(name, lambda run: place(run, *bookings, **more), in_steps=in_steps)


def create_draft(name: str, *bookings: dict[str, Any], in_steps: bool = False) -> Operation:
    """Places a draft. A complete draft can be completed; a lost one ends with its deadline."""

    def then(run: Run) -> None:
        id = Idempotency.of(run.organization_id, "caller", "key", b"body").order_id
        complete_order(run.context, id, read_as(CompletionConfig, {}), run.store)

    return Operation(
        name,
        lambda run: place(run, *bookings, complete_order=False, voucher_code=TWICE.code),
        then=then,
        in_steps=in_steps,
    )


def evict() -> Operation:
    def prepare(run: Run) -> None:
        place(run, key="draft", complete_order=False)
        run.time.now += 3600

    return Operation("create in place of a draft that has expired", lambda run: place(run), prepare)


def expire(*bookings: dict[str, Any], name: str, in_steps: bool = False) -> Operation:
    def prepare(run: Run) -> None:
        run.kept["order"] = place(run, *bookings, complete_order=False).order
        run.time.now += 3600

    return Operation(
        name, lambda run: run.sweep(), prepare, lambda run: place(run, key="next"), in_steps, changes=False
    )


def of_order(
    name: str, act: Any, *bookings: dict[str, Any], in_steps: bool = False, **more: Any
) -> Operation:
    """Changes an existing order."""

    def prepare(run: Run) -> None:
        run.kept["placed"] = place(run, *bookings, voucher_code=TWICE.code, **more)

    return Operation(name, lambda run: act(run, run.kept["placed"]), prepare, in_steps=in_steps)


def complete(run: Run, placed: Placed) -> Any:
    return complete_order(run.context, placed.order.id, read_as(CompletionConfig, {}), run.store)


def cancel(run: Run, placed: Placed) -> Any:
    return cancel_order(run.context, placed.order.id, run.store)


def cancel_first(run: Run, placed: Placed) -> Any:
    return cancel_booking(run.context, placed.bookings[0].id, run.store)


def delete_first(run: Run, placed: Placed) -> None:
    """Deletes a booking, as a client that takes 404 for success."""
    try:
        remove_booking(run.context, placed.bookings[0].id, run.store)
    except FrontdeskError as error:
        if error.problems[0].code != "booking_not_found":
            raise


def delete_canceled() -> Operation:
    """Deletes a canceled booking with more parts than fit into a transaction."""

    def prepare(run: Run) -> None:
        part = {"resource_id": desks(1)["resource_id"], "service_id": desks(1)["service_id"]}
        run.kept["placed"] = placed = place(run, meeting(sub_bookings=[part] * 11))
        cancel_booking(run.context, placed.bookings[0].id, run.store)

    return Operation(
        "delete a canceled booking in portions",
        lambda run: delete_first(run, run.kept["placed"]),
        prepare,
        in_steps=True,
        whole=False,
    )


def move(**attributes: Any) -> Any:
    reading = read_document(BookingDocument, "bookings", {"data": {"attributes": attributes}})
    return lambda run, placed: move_booking(run.context, placed.bookings[0].id, reading, run.store)


def take_over() -> Operation:
    """Takes over an order whose function ended while it was being placed."""

    def prepare(run: Run) -> None:
        first = Run(run.table, run.store, at=3, organization_id=run.organization_id, time=run.time)
        with suppress(Crash), first.faulty():
            place(first, LONG_SERIES)
        run.time.now += 61

    return Operation(
        "take over a crashed order by its key", lambda run: place(run, LONG_SERIES), prepare, in_steps=True
    )


def lanes_of(run: Run, order_id: str) -> set[str]:
    return {message.lane for message in OutboxTable(run.store).of_order(run.context, order_id)}


def deliver() -> Operation:
    def prepare(run: Run) -> None:
        run.kept["placed"] = place(run, notify_customer=True)
        run.kept["mailer"] = FakeMailer()

    def act(run: Run) -> None:
        mailer: FakeMailer = run.kept["mailer"]

        class Ses:
            def send(self, message: Any, tags: Any = None) -> str:
                return str(run.call(lambda: mailer.send(message)))

        post = post_office(run.store, outbox=OutboxTable(run.store), mailer=Ses())
        order_id = run.kept["placed"].order.id
        while True:
            for lane in [*expand(run.context, order_id, post), *lanes_of(run, order_id)]:
                deliver_lane(run.context, order_id, lane, "event", post)
            if {message.state for message in post.outbox.of_order(run.context, order_id)} == {"sent"}:
                return
            run.time.now += LEASE_SECONDS

    def then(run: Run) -> None:
        """Repeats the stream's event until it is handled, and then runs the sweep."""
        act(run)
        assert 1 <= len(run.kept["mailer"].sent) <= 2, "at most one mail more than was asked for"

    return Operation("deliver a mail", act, prepare, then, changes=False)


def mailed(run: Run, mailer: Any) -> PostOffice:
    """Returns a post office on the table. Sending a mail is a call that may fail."""

    class Ses:
        def send(self, message: Any, tags: Any = None) -> str:
            return str(run.call(lambda: mailer.send(message)))

    return post_office(run.store, outbox=OutboxTable(run.store), mailer=Ses())


def at_rest(run: Run, post: PostOffice) -> list[Message]:
    """Returns the order's messages after the sweep has sent the rest."""
    order_id = run.kept["placed"].order.id
    while True:
        messages = post.outbox.of_order(run.context, order_id)
        if all(message.state in FINAL for message in messages):
            return messages
        run.time.now += LEASE_SECONDS
        for lane in {message.lane for message in messages}:
            deliver_lane(run.context, order_id, lane, "sweep", post)


def unsent_of(run: Run) -> frozenset[str]:
    found = run.store.order(run.context, run.kept["placed"].order.id)
    assert found
    return found[0].unsent


def told(run: Run, failing: Exception | None = None) -> None:
    """Creates an order whose confirmation was sent, or failed."""
    run.kept["placed"], run.kept["mailer"] = place(run, notify_customer=True), FakeMailer()
    run.kept["mailer"].failing = failing
    wake(run.context, run.kept["placed"].order.id, "event", mailed(run, run.kept["mailer"]))
    (run.kept["message"],) = at_rest(run, mailed(run, run.kept["mailer"]))
    run.kept["mailer"].failing = None


def hear_of_a_bounce() -> Operation:
    def act(run: Run) -> None:
        report = Report(run.kept["message"].id, "bounced", True, (ADA.email or "",))
        hear(run.context, report, mailed(run, run.kept["mailer"]), CatalogTable(run.store))

    def then(run: Run) -> None:
        """Delivers EventBridge's event again."""
        act(run)
        (message,) = at_rest(run, mailed(run, run.kept["mailer"]))
        assert (message.state, message.reason) == ("bounced", "bounced")
        customer = run.store.read(run.context, [Key("customer", ADA.id)], consistent=True)
        assert customer[Key("customer", ADA.id)].email_status == "bounced"
        assert unsent_of(run) == {message.name}

    return Operation("hear that a mail bounced", act, told, then, changes=False)


def resend_what_failed() -> Operation:
    def act(run: Run) -> None:
        resend(run.context, run.kept["message"].id, mailed(run, run.kept["mailer"]))

    def then(run: Run) -> None:
        """Lets the sweep send what was stored. If nothing was, the desk shows that the mail failed, and resends it."""
        post = mailed(run, run.kept["mailer"])
        at_rest(run, post)
        if unsent_of(run):
            act(run)
        states = [each.state for each in at_rest(run, post) if each.resends]
        assert set(states) == {"sent"}
        assert len(states) <= len(run.kept["mailer"].sent) <= len(states) + 1, "one crash repeats one mail"
        assert unsent_of(run) == frozenset()

    return Operation(
        "resend a mail that failed", act, lambda run: told(run, MailRefused()), then, changes=False
    )


def import_file() -> Operation:
    """Imports rows that share a transaction, one with a new customer, a refused row, a series in steps, a voucher, and a report."""
    customer = {"email": "grace@example.com", "create": True}
    rows = [
        {"options": {"report_to": "desk@example.com"}},
        {"external_id": "1", "bookings": [meeting()], "customer": customer},
        {"external_id": "2", "bookings": [desks(2)], "customer": customer},
        {"external_id": "3", "bookings": [meeting()]},
        {
            "external_id": "4",
            "bookings": [meeting(NINE + timedelta(days=1))],
            "voucher_code": TWICE.code,
            "order_customer_id": ADA.id,
        },
        {"external_id": "5", "bookings": [meeting(NINE + timedelta(days=2))]},
        # These do not fit into the transaction of the row before, which is written while they are decided.
        {"external_id": "6", "bookings": [meeting(NINE + timedelta(days=day)) for day in (3, 4, 5, 6)]},
        {"external_id": "7", "bookings": [meeting(NINE + timedelta(days=7))]},
    ]

    def prepare(run: Run) -> None:
        run.kept["files"] = FakeFiles(run.call)
        run.kept["files"].put("week.jsonl", rows, run.organization_id)
        run.kept["mailer"] = FakeMailer()

        class Ses:
            def send(self, message: Any) -> str:
                return str(run.call(lambda: run.kept["mailer"].send(message)))

        run.kept["execution"] = Execution(
            run.kept["files"], ImportRuns(run.store), run.store, Ses(), "tonight", run.time.now
        )

    def act(run: Run) -> None:
        """Runs the steps of one execution, and repeats each step that fails, like the state machine."""
        run.kept["execution"].go_on(run.clock)

    def then(run: Run) -> None:
        """Runs the next night's import, if anything is left. Every row has one result, as if nothing had failed."""
        next_night = Execution(
            run.kept["files"],
            ImportRuns(run.store),
            run.store,
            run.kept["mailer"],
            "the next night",
            run.time.now,
        )
        next_night.go_on(run.clock)
        (results,) = [
            body
            for key, body in run.kept["files"].content.items()
            if key.startswith("results/") and key.endswith(".jsonl")
        ]
        assert [(each["line"], each["result"]) for each in map(json.loads, results.splitlines())] == [
            (2, "created"), (3, "created"), (4, "refused"), (5, "created"), (6, "created"),
            (7, "created"), (8, "created"),
        ]  # fmt: skip
        assert 1 <= len(run.kept["mailer"].sent) <= 2, "at most one mail more than was asked for"

    return Operation("import a file", act, prepare, then, changes=False, whole=False, in_steps=True)


def undo_import(*, in_steps: bool = False) -> Operation:
    """Undoes an import of one order with a voucher, in steps that are repeated. Changed items stay."""
    rows = [
        {"external_id": "1", "bookings": [LONG_SERIES if in_steps else meeting()], "voucher_code": TWICE.code, "order_customer_id": ADA.id},
        {"external_id": "2", "bookings": [desks(2)], "order_customer_id": ADA.id},
        {"external_id": "3", "bookings": [desks(1)], "order_customer_id": ADA.id},
    ]  # fmt: skip

    def prepare(run: Run) -> None:
        files = run.kept["files"] = FakeFiles(run.call)
        runs = run.kept["runs"] = ImportRuns(run.store)
        run.kept["executions"] = FakeExecutions()
        files.put("week.jsonl", rows, run.organization_id)
        execution = Execution(files, runs, run.store, FakeMailer(), "tonight", run.time.now)
        [imported] = execution.go_on(run.clock)
        run.kept["run"] = imported.run.id
        changed = read_document(OrderDocument, "orders", {"data": {"attributes": {"note": "paid"}}})
        annotate_order(run.context, imported.results[2]["order_id"], changed, run.store)

    def act(run: Run) -> None:
        runs, files = run.kept["runs"], run.kept["files"]
        asked = begin_undo(run.context, run.kept["run"], runs, run.kept["executions"])
        assert asked.undo is not None
        assert (
            undo_step(
                run.context, asked.id, runs, files, run.store, CatalogTable(run.store), ListTable(run.store)
            )
            == 0
        )
        after = runs.run(run.context, asked.id)
        assert after is not None
        assert after.undo is not None
        assert (after.undo.undone, after.undo.left, after.undo.done) == (2, {"changed": 1}, 3)

    name = "take back an import" + (" in steps" if in_steps else "")
    return Operation(name, act, prepare, in_steps=in_steps, whole=False)


def office(run: Run) -> Office:
    return Office(run.context, run.store, CatalogTable(run.store))


def make_once() -> Operation:
    """Repeats a request with a key, which must create nothing new, whether or not its answer arrived."""
    body = {
        "data": {"type": "customers", "attributes": {"given_name": "Grace", "email": "grace@example.com"}}
    }
    asked = Once.of("", "caller", "POST /customers", "key", b"body")

    def act(run: Run) -> None:
        of, at, mine = TYPES["customers"], office(run), asked._replace(organization_id=run.organization_id)
        reading = read_document(CatalogDocument, "customers", body)
        made, _ = once(
            mine,
            at.context,
            at.catalog,
            lambda: create_item(of, reading, at, mine),
            lambda id: find_item(of, id, at),
        )
        assert made.id == run.kept.setdefault("made", made.id), "the same, however often it is asked for"

    return Operation("make a customer once", act)


def revoke_with_children() -> Operation:
    """Revokes a token with two children and a grandchild, each with a subscription. Descendants go first."""

    def token(run: Run, name: str, maker: Token) -> Token:
        attributes = {"name": name, "scopes": ["*"]}
        reading = read_document(
            CatalogDocument, "api-tokens", {"data": {"type": "api-tokens", "attributes": attributes}}
        )
        made, _ = create_token(reading, maker, office(run))
        subscription = Subscription(
            id=made.id, url="https://hooks.example.com", events=("*",), secret="s", version=1, created_at=0, updated_at=0, maker_id=made.id
        )  # fmt: skip
        assert WebhookTable(run.store).add(run.context, subscription, by=made)
        return made

    def prepare(run: Run) -> None:
        fields = {"organization_id": run.organization_id, "scopes": ["*"]}
        root = Token.model_validate({"id": f"{run.organization_id}-root", "name": "root", **fields})
        run.store.put_catalog(run.context, [root])
        run.kept["root"], child = root, token(run, "child", root)
        for name in ("grandchild", "another"):
            token(run, f"of {name}", token(run, name, child))
        run.kept["child"] = child

    def act(run: Run) -> None:
        revoke_token(
            run.kept["child"].id, run.kept["root"], office(run), WebhookTable(run.store), cascade=True
        )

    def then(run: Run) -> None:
        there = {item.id for _, item in run.items() if isinstance(item, Token)}
        for each in WebhookTable(run.store).subscriptions(run.context):
            assert each.is_active == (each.maker_id in there), "told by those who are there, and nobody else"

    return Operation("revoke a token and what came of it", act, prepare, then, whole=False)


OPERATIONS = [
    create("create", meeting()),
    create("create with add-on, several rooms and voucher", *SEVERAL, voucher_code=TWICE.code),
    create("create a series", SERIES),
    create("create without check", meeting(), check_availability=False),
    create("create in steps", LONG_SERIES, in_steps=True, voucher_code=TWICE.code),
    create_draft("create a draft", *SEVERAL),
    create_draft("create a draft in steps", LONG_SERIES, in_steps=True),
    evict(),
    expire(meeting(), name="expire"),
    expire(LONG_SERIES, name="expire in steps", in_steps=True),
    take_over(),
    of_order("complete", complete, *SEVERAL, complete_order=False),
    of_order("complete in steps", complete, LONG_SERIES, complete_order=False, in_steps=True),
    of_order("cancel a booking", cancel_first, *SEVERAL),
    of_order("cancel an order", cancel, *SEVERAL),
    of_order("cancel an order in steps", cancel, LONG_SERIES, in_steps=True),
    of_order("cancel a draft in steps", cancel, LONG_SERIES, complete_order=False, in_steps=True),
    of_order(
        "cancel a booking in steps", cancel_first, desks(1, minutes=15 * 1440), meeting(), in_steps=True
    ),
    of_order(
        "delete a booking in steps", delete_first, desks(1, minutes=15 * 1440), meeting(), in_steps=True
    ),
    delete_canceled(),
    of_order(
        "move to another time", move(start_date="2030-04-15T14:00:00+02:00", recalculate_price=True), *SEVERAL
    ),
    of_order("move to another room", move(resource_id=SECOND_ROOM.id), meeting()),
    of_order("move a draft", move(start_date="2030-04-16T14:00:00+02:00"), meeting(), complete_order=False),
    deliver(),
    hear_of_a_bounce(),
    resend_what_failed(),
    import_file(),
    undo_import(),
    undo_import(in_steps=True),
    make_once(),
    revoke_with_children(),
]


@pytest.fixture
def organizations(memory_dynamodb: None) -> Iterator[Table]:
    with table(memory_dynamodb) as made:
        yield made


# Variants of another operation, with a hundred or more crash points.
THOROUGH = {
    "take over a crashed order by its key", "create a draft in steps", "cancel a booking in steps", "cancel a draft in steps",
    "delete a booking in steps", "take back an import in steps",
}  # fmt: skip


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.thorough] if each.name in THOROUGH else [])
        for each in OPERATIONS
    ],
)
def test_whatever_stops_it_it_is_done_whole_or_not_at_all(
    operation: Operation, organizations: Table, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    monkeypatch.setattr(place_batch, "ThreadPoolExecutor", AtOnce)
    # The items of later orders are read after the first group was sent.
    monkeypatch.setattr(place_batch, "_FIRST", 1)
    if operation.in_steps:
        # Twelve bookings do not fit into one transaction, and their days do not fit into two.
        shrink(monkeypatch, MAX_ACTIONS=14, _LEDGERS_AT_ONCE=6)
    record_property("crash points", crash_points(operation, organizations))
