"""The auditor on a real engine: it reads what the store has written, page by page, and finds faults planted in raw items."""

import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
import pytest

from frontdesk.adapters.dynamodb.items import item_key, key_of
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.audit import GRACE
from frontdesk.domain.catalog.access import Token, read_token
from frontdesk.domain.catalog.items import TimeslotSeries, Voucher
from frontdesk.domain.ledger import Ledger
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.change import CompletionConfig
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.audit import audit, sweep
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_order, complete_order
from frontdesk.usecases.orders.place import Placed, place_order
from local.servers import ROOT, client_environment
from tests.integration.conftest import MotoWorld, metrics_in
from tests.integration.test_events import load_event
from tests.support.demo import ADA, DESKS, NINE, ORGANIZATION, ROOM, SECOND_ROOM, desks, meeting, order
from tests.support.engine import Table, table
from tests.support.faults import counted

COURSE = TimeslotSeries(id="course", name="Course", quantity=3, slots={"mon": [("09:00", "10:00")]})
EACH10 = Voucher(id="each", code="Each10", percent=10, max_redemptions_per_customer=2)
TOKEN = Token(id="digest", organization_id=ORGANIZATION.id, name="a token", scopes=frozenset({"*"}))
OF_AUDIT = {"namespace": "Frontdesk", "Environment": "staging", "Function": "audit"}
BOTH = {"resource_id": [SECOND_ROOM.id, ROOM.id]}


class Later(SystemClock):
    """A clock that is ahead, and waits less."""

    def __init__(self, seconds: int = 0) -> None:
        super().__init__(60)
        self._seconds = seconds

    def now(self) -> int:
        return super().now() + self._seconds

    def pause(self, attempt: int) -> None:
        super().pause(min(attempt, 2))


def place(on: Table, *bookings: dict[str, Any], **more: Any) -> Placed:
    return place_order(
        Context(ORGANIZATION.id, SystemClock(20)), read_config(order(*bookings, **more)), on.store
    )


@pytest.fixture
def on(memory_dynamodb: None) -> Iterator[Table]:
    with of_many_kinds(memory_dynamodb) as made:
        yield made


@pytest.fixture
def served(roto_dynamodb: str) -> Iterator[Table]:
    """A table for separate programs."""
    with of_many_kinds(roto_dynamodb) as made:
        yield made


@contextmanager
def of_many_kinds(endpoint: str | None) -> Iterator[Table]:
    """Yields a table with orders of many kinds."""
    with table(endpoint, [COURSE, EACH10]) as made:
        made.store.put_catalog(Context(ORGANIZATION.id, SystemClock(20)), [TOKEN])
        place(made, voucher_code="ONCE10")
        place(
            made,
            meeting(timeslot_series_id=COURSE.id) | {"resource_id": SECOND_ROOM.id},
            voucher_code="EACH10",
        )
        place(made, check_availability=False)
        place(made, *(meeting(NINE + timedelta(days=day)) | BOTH for day in range(20, 45)))
        placed = place(made, desks(3), meeting(NINE + timedelta(days=1)))
        cancel_order(Context(ORGANIZATION.id, SystemClock(20)), placed.order.id, made.store)
        draft = place(made, desks(2), desks(1, NINE + timedelta(days=1)), complete_order=False)
        complete_order(
            Context(ORGANIZATION.id, SystemClock(20)),
            draft.order.id,
            read_as(CompletionConfig, {}),
            made.store,
        )
        place(made, desks(4), complete_order=False)
        yield made


def found(on: Table, *scope: str, later: int = 0) -> list[tuple[str, Key]]:
    return [(finding.code, finding.key) for _, finding in audit(on.store, Later(later), *scope)]


def plant(on: Table, key: Key, expression: str, **values: Any) -> None:
    """Changes a raw item without the store."""
    on.client.update_item(
        TableName=on.name,
        Key={name: {"S": text} for name, text in item_key(ORGANIZATION.id, key)._asdict().items()},
        UpdateExpression=expression,
        **values,
    )


def test_real_orders_leave_nothing_to_find(on: Table) -> None:
    report = audit(on.store, Later())
    assert report.findings == {}
    kinds = [key_of(pk, sk) for pk, sk in on.items()]
    counts = report.looked_at[ORGANIZATION.id]
    assert sum(counts.values()) == sum(kind is not None for kind in kinds)
    # The token, and an entry for the second room of each of 25 bookings.
    assert kinds.count(None) == 25
    assert (counts["order"], counts["booking"], counts["resource"]) == (7, 3 + 25 + 2 + 2 + 1, 3)


def test_everything_is_read_once_whatever_the_pages_are(on: Table) -> None:
    whole = sorted((str(key), item) for _, key, item in on.store.everything(SystemClock(20)))
    connection = on.store.connection
    connection.scan = partial(connection.scan, limit=7)  # type: ignore[method-assign]
    with counted(on.store) as sent:
        paged = sorted((str(key), item) for _, key, item in on.store.everything(SystemClock(20)))
    assert [key for key, _ in paged] == [key for key, _ in whole]
    assert sent == ["Scan"] * (len(on.items()) // 7 + 1)


@pytest.mark.parametrize("resource", [ROOM, SECOND_ROOM, DESKS])
def test_of_one_resource_as_much_is_read_as_is_on_it(on: Table, resource: Any) -> None:
    everything = {key: item for _, key, item in on.store.everything(SystemClock(20))}
    on_it = {
        key: item
        for key, item in everything.items()
        if key.kind == "booking" and resource.id in item.resource_ids
    }
    orders = {Key("order", booking.order_id) for booking in on_it.values()}
    days = {
        key
        for key, item in everything.items()
        if isinstance(item, Ledger) and key[:2] == ("ledger", resource.id)
    }

    connection = on.store.connection
    connection.query = partial(connection.query, limit=3)  # type: ignore[method-assign]
    read = [
        key
        for _, key, item in on.store.of_resource(Context(ORGANIZATION.id, SystemClock(20)), resource.id)
        if everything[key] == item
    ]

    assert len(read) == len(set(read))
    assert set(read) == {Key("resource", resource.id), *on_it, *orders, *days}
    assert found(on, ORGANIZATION.id, resource.id) == []


def test_of_an_order_that_is_being_canceled_all_bookings_are_read(on: Table) -> None:
    placed = place(on, meeting(NINE + timedelta(days=3)), desks(1, NINE + timedelta(days=3)))
    plant(
        on,
        Key("order", placed.order.id),
        "SET body = :body",
        ExpressionAttributeValues={
            ":body": {
                "S": placed.order.model_copy(update={"canceling": (1, 2)}).model_dump_json(
                    exclude={
                        "status",
                        "version",
                        "attempt",
                        "active_bookings",
                        "expires_at",
                        "updated_at",
                        "notification",
                    },
                    exclude_none=True,
                )
            }
        },
    )
    read = {key for _, key, _ in on.store.of_resource(Context(ORGANIZATION.id, SystemClock(20)), ROOM.id)}
    assert {Key("booking", booking.id) for booking in placed.bookings} <= read


def test_a_fault_in_the_raw_items_is_found(on: Table) -> None:
    day = Key("ledger", ROOM.id, "2030-04-15")
    name = next(iter(on.items()[item_key(ORGANIZATION.id, day)]["seg"]["M"]))
    plant(
        on,
        day,
        "SET seg.#s = :n",
        ExpressionAttributeNames={"#s": name},
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    plant(on, Key("voucher", "once10"), "SET redemptions = :n", ExpressionAttributeValues={":n": {"N": "0"}})
    plant(
        on,
        Key("voucher_use", "each10", ADA.id),
        "SET redemptions = :n",
        ExpressionAttributeValues={":n": {"N": "2"}},
    )
    plant(on, Key("customer", ADA.id), "SET body = :none", ExpressionAttributeValues={":none": {"S": "{}"}})

    assert sorted(found(on)) == [
        ("item_unreadable", Key("customer", ADA.id)),
        ("occupancy_without_booking", day),
        ("voucher_count_differs", Key("voucher", "once10")),
        ("voucher_count_differs", Key("voucher_use", "each10", ADA.id)),
    ]
    assert found(on, ORGANIZATION.id, ROOM.id) == [("occupancy_without_booking", day)]
    assert found(on, ORGANIZATION.id, SECOND_ROOM.id) == []


@pytest.mark.parametrize(
    "expression", ["REMOVE seg", "REMOVE holds.#h", "SET seg.#s = :text", "REMOVE version"]
)
def test_a_day_that_can_not_be_read_is_a_finding_of_its_own(on: Table, expression: str) -> None:
    day = Key("ledger", DESKS.id, "2030-04-15")
    raw = on.items()[item_key(ORGANIZATION.id, day)]
    names = {"#h": next(iter(raw["holds"]["M"])), "#s": next(iter(raw["seg"]["M"]))}
    used = {name: text for name, text in names.items() if name in expression}
    more: dict[str, Any] = {"ExpressionAttributeNames": used} if used else {}
    if ":text" in expression:
        more["ExpressionAttributeValues"] = {":text": {"S": "much"}}
    plant(on, day, expression, **more)
    assert found(on) == [("holds_differ" if "holds" in expression else "item_unreadable", day)]


def test_a_draft_is_swept(on: Table) -> None:
    assert sweep(on.store, Later(15 * 60 - 5)) == 0
    assert sweep(on.store, Later(15 * 60 + 5)) == 1
    ledgers = [item for _, _, item in on.store.everything(SystemClock(20)) if isinstance(item, Ledger)]
    assert not any(ledger.holds for ledger in ledgers)
    assert found(on, later=GRACE) == []


# Keys.


@pytest.mark.parametrize(
    "key",
    [
        *(
            Key(kind, "an#id#of#any-kind")
            for kind in ("customer", "resource", "service", "add_on", "voucher", "custom_field", "order")
        ),
        Key("timeslot_series", "id"),
        Key("organization", "o"),
        Key("ledger", "a#resource", "2030-04-15"),
        Key("series_ledger", "a#series", "2030-04-15"),
        Key("voucher_use", "a#code", "a#customer"),
        Key("booking", "an-order#id-12"),
        Key("booking", "an-order-12345"),
    ],
    ids=str,
)
def test_a_key_is_told_from_its_item(key: Key) -> None:
    assert key_of(*item_key("o", key)) == ("o", key)


@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        ("o#order#id", "booking#0001#a#resource"),
        ("o#order#id", "booking#"),
        ("o#order#id", "customer"),
        ("o#new_kind#id", "new_kind"),
        ("o", "order"),
        ("", ""),
    ],
)
def test_what_is_not_known_is_not_told(pk: str, sk: str) -> None:
    assert key_of(pk, sk) is None


# The function.


def logged_errors(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.levelname == "ERROR"]


def test_the_function_finds_nothing_in_a_sound_table(
    moto_world: MotoWorld, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    summary = moto_world.invoke("audit", load_event("audit"))
    output = capfd.readouterr().out
    assert (summary["settled"], summary["findings"]) == (0, {})
    assert summary["looked_at"] == {
        "organization": 1, "customer": 2, "resource": 3, "service": 2, "add_on": 1, "voucher": 2, "token": 2,
        "customer_email": 2, "voucher_id": 2,
    }  # fmt: skip
    assert logged_errors(caplog) == []
    assert metrics_in(output) == [OF_AUDIT | {"Findings": [0.0]}]


def test_the_function_tells_of_every_finding(
    moto_world: MotoWorld, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    moto_world.invoke("from_config", load_event("from_config"))
    key = {"pk": {"S": f"{ORGANIZATION.id}#voucher#once10"}, "sk": {"S": "voucher"}}
    count = {":n": {"N": "1"}}
    boto3.client("dynamodb").update_item(
        TableName="frontdesk",
        Key=key,
        UpdateExpression="SET redemptions = :n",
        ExpressionAttributeValues=count,
    )
    capfd.readouterr()

    summary = moto_world.invoke("audit", load_event("audit"))

    output = capfd.readouterr().out
    assert summary["findings"] == {"voucher_count_differs": 1}
    [error] = logged_errors(caplog)
    assert (error["code"], error["organization_id"], error["key"]) == (
        "voucher_count_differs",
        ORGANIZATION.id,
        "voucher once10",
    )
    assert error["message"] == "It counts 1 uses; 0 orders use it."
    assert metrics_in(output) == [OF_AUDIT | {"Findings": [1.0], "Findings.voucher_count_differs": [1.0]}]
    assert ADA.given_name not in output + caplog.text
    assert str(ADA.email) not in output + caplog.text


def test_the_function_looks_at_one_resource_if_it_is_asked_to(moto_world: MotoWorld) -> None:
    moto_world.invoke("from_config", load_event("from_config"))
    summary = moto_world.invoke("audit", {"organization_id": ORGANIZATION.id, "resource_id": ROOM.id})
    assert summary == {
        "settled": 0,
        "findings": {},
        "looked_at": {"resource": 1, "ledger": 1, "booking": 1, "order": 1},
    }


def test_the_schedule_sends_the_event() -> None:
    assert f"Input: '{json.dumps(load_event('audit'))}'" in (ROOT / "template.yaml").read_text().replace(
        '"{}"', "'{}'"
    )


# The program.


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(on: Table, *arguments: str, program: str = "audit") -> Done:
    """Runs a program in this process, because one of its own takes seconds to start."""
    assert on.endpoint
    main, code = importlib.import_module(f"local.{program}").main, 0
    with (
        patch.dict(os.environ, client_environment(on.endpoint)),
        patch.object(sys, "argv", [program, "--table", on.name, *arguments]),
        redirect_stdout(io.StringIO()) as output,
        redirect_stderr(io.StringIO()) as errors,
    ):
        try:
            main()
        except SystemExit as ended:
            # As Python does, a text goes to standard error.
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Done(code, output.getvalue(), errors.getvalue())


def test_the_program_says_that_a_table_is_sound(served: Table) -> None:
    """In a process of its own, as an operator starts it."""
    before = served.items()
    assert served.endpoint
    done = subprocess.run(
        [sys.executable, "-m", "local.audit", "--table", served.name],
        cwd=ROOT,
        env=client_environment(served.endpoint) | {"PYTHONPATH": f"{ROOT / 'layers/domain/python'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    [summary] = done.stdout.splitlines()
    assert json.loads(summary)["findings"] == {}
    assert json.loads(summary)["looked_at"]["order"] == 7
    assert served.items() == before


def test_the_program_says_what_is_wrong(served: Table) -> None:
    plant(
        served, Key("voucher", "once10"), "SET redemptions = :n", ExpressionAttributeValues={":n": {"N": "0"}}
    )
    done = run(served)
    assert done.returncode == 1
    *lines, summary = done.stdout.splitlines()
    assert lines == [
        f"{ORGANIZATION.id}  voucher_count_differs  voucher once10  It counts 0 uses; 1 orders use it."
    ]
    assert json.loads(summary)["findings"] == {"voucher_count_differs": 1}
    assert run(served, "--organization", ORGANIZATION.id, "--resource", ROOM.id).returncode == 0


@pytest.mark.parametrize("arguments", [["--table", "no-such-table"], ["--resource", "r"]])
def test_the_program_says_what_it_can_not_read(served: Table, arguments: list[str]) -> None:
    done = run(served, *arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_the_operators_token_makes_organizations_for_a_day(served: Table) -> None:
    done = run(served, program="operator_token")
    presented = read_token(done.stdout.strip())
    assert (done.returncode, presented and presented.organization_id) == (0, "operator")
    clock = SystemClock(20)
    token = presented and served.store.token("operator", presented.digest, clock)
    assert token
    assert (token.allows("organizations:write"), token.allows("orders:read")) == (True, False)
    assert (token.is_valid(clock.now() + 86_000), token.is_valid(clock.now() + 86_401)) == (True, False)


def test_an_organization_that_has_lost_its_tokens_gets_one_for_a_day(served: Table) -> None:
    done = run(served, "--organization", ORGANIZATION.id, program="operator_token")
    presented, clock = read_token(done.stdout.strip()), SystemClock(20)
    token = presented and served.store.token(ORGANIZATION.id, presented.digest, clock)
    assert token
    assert token.allows("tokens:write")
    assert (token.is_valid(clock.now() + 86_000), token.is_valid(clock.now() + 86_401)) == (True, False)


@pytest.mark.parametrize("arguments", [["--organization", "none"], ["--days", "0"], ["--days", "a week"]])
def test_no_token_is_made_for_nobody_or_for_no_time(served: Table, arguments: list[str]) -> None:
    before = served.items()
    done = run(served, *arguments, program="operator_token")
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert served.items() == before
