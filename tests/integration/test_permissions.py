"""Each function has exactly the permissions that it needs: compares the template with the functions' requests.

The requests are recorded while the functions do all of their tasks here. In the other tests of this folder, a request beyond the
template's permissions is refused too.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest

from frontdesk import bootstrap
from frontdesk.adapters.files.shelf import S3Shelf
from frontdesk.adapters.mail.ses import SesMailer
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.imports.runs import incoming_key, options_name
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.webhooks.subscriptions import FAILING_SECONDS, MAX_FAILURES
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.needs import MailThrottled
from frontdesk.usecases.orders import staged
from tests.integration.client import Client
from tests.integration.conftest import LambdaContext, MotoWorld, new_moto_world
from tests.integration.test_events import load_event
from tests.integration.test_webhooks import WebhookWorld, ready_for_webhooks
from tests.support.demo import ADA, MEETING, NINE, ONCE10, ORGANIZATION, ROOM, SECOND_ROOM, meeting, order
from tests.support.fakes import FakeClock
from tests.support.permissions import BUCKET, SENDER, Grant, Request, granted
from tests.support.shrink import shrink
from tests.support.webhooks import Site, receiver

ORDERS, BOOKINGS, HOOKS = "/api/v1/orders", "/api/v1/bookings", "/api/v1/webhook-subscriptions"
EXPORTS = "/api/v1/exports"
DAY = timedelta(days=1)
# Requests that Lambda makes in a function's role, not the function itself. They cannot be seen here; tests/system see the events
# arrive.
LAMBDAS_OWN = {
    # The mapping reads the table's stream.
    "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
    # The mapping reads the queue, and deletes handled messages.
    "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes",
}  # fmt: skip


def is_lambdas_own(grant: Grant) -> bool:
    # The mapping reports the records that it has given up.
    return grant.action in LAMBDAS_OWN or (
        grant.action == "sqs:SendMessage" and grant.resource.endswith(":lost-stream-records")
    )


OWN = [
    (function, grant)
    for function, grants in sorted(granted().items())
    for grant in sorted(grants)
    if not is_lambdas_own(grant)
]


def _throttled(*_: Any, **__: Any) -> str:
    raise MailThrottled(20)


def _stopped(*_: Any) -> None:
    raise RuntimeError("stopped in the middle")


CATALOG = {
    "services": "Name,Price,Tax\nMassage,50.00,19\n",
    "customers": "Name,Email\nGrace Hopper,grace@example.org\n",
}


class Driver:
    """Makes every function do all of its tasks. Larger orders take several transactions here, and the clock can be moved forward."""

    def __init__(self, moto: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moto, self.client = moto, Client(moto, moto.demo["token"])
        self.days = iter(range(1000))
        self.s3 = boto3.client("s3")
        shrink(monkeypatch)
        self.later = 0
        now = SystemClock.now
        monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + self.later)

    def booking(self, **more: Any) -> dict[str, Any]:
        """Returns a booking on a day that nobody else books."""
        return meeting(NINE + next(self.days) * DAY, **more)

    def series(self) -> dict[str, Any]:
        """Returns more bookings than fit into one transaction."""
        made = self.booking(recurring={"frequency": "daily", "count": 5})
        for _ in range(5):
            next(self.days)
        return made

    def done(self, method: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        answer = self.client.call(method, path, body, **more)
        assert answer.status == status, answer.document
        return (answer.document or {}).get("data")

    def placed(self, *bookings: dict[str, Any], **fields: Any) -> tuple[str, list[str]]:
        """Places an order. Returns its id and those of its bookings."""
        body = order(*(bookings or [self.booking()]), **{"notify_customer": False, **fields})
        data = self.done("POST", f"{ORDERS}/from-config", body, 201)
        return data["id"], [booking["id"] for booking in data["relationships"]["bookings"]["data"]]

    def interrupted(
        self, function: str, action: str, method: str, path: str, body: Any = None, **more: Any
    ) -> None:
        """Makes a call that is interrupted before its first request for this action."""
        with self.moto.role(function).without(action):
            self.done(method, path, body, 500, **more)

    def orders(self) -> None:
        self.done("POST", f"{ORDERS}/calculate", order())
        first = self.booking()
        self.placed(first)
        # Another booking on a day that has a ledger already.
        self.placed(first | {"resource_id": SECOND_ROOM.id}, voucher_code=ONCE10.code)
        key = {"Idempotency-Key": "replayed"}
        body = order(self.booking(), notify_customer=False)
        for _ in range(2):
            self.done("POST", f"{ORDERS}/from-config", body, 201, headers=key)
        # The next attempt cleans up after an earlier one.
        key = {"Idempotency-Key": "interrupted"}
        body = order(self.series(), notify_customer=False)
        self.interrupted(
            "from_config", "dynamodb:UpdateItem", "POST", f"{ORDERS}/from-config", body, headers=key
        )
        self.later += 86_400
        self.done("POST", f"{ORDERS}/from-config", body, 201, headers=key)

    def changes(self) -> None:
        draft, [booking] = self.placed(complete_order=False)
        self.done("POST", f"{ORDERS}/{draft}/complete")
        moved = {
            "data": {
                "type": "bookings",
                "id": booking,
                "attributes": self.booking(resource_id=[ROOM.id, SECOND_ROOM.id]),
            }
        }
        del moved["data"]["attributes"]["service_id"]  # type: ignore[attr-defined]
        self.done("PATCH", f"{BOOKINGS}/{booking}", moved)
        # Without one room, it has one item less.
        moved["data"]["attributes"]["resource_id"] = [ROOM.id]  # type: ignore[index]
        self.done("PATCH", f"{BOOKINGS}/{booking}", moved)
        self.done("POST", f"{BOOKINGS}/{booking}/cancel")
        large, _ = self.placed(self.series())
        self.done("POST", f"{ORDERS}/{large}/cancel")
        large, _ = self.placed(self.series(), complete_order=False)
        self.done("POST", f"{ORDERS}/{large}/complete")

    def mails(self) -> None:
        refused, _ = self.placed(notify_customer=True)
        sent, _ = self.placed(notify_customer=True)
        self.delivered(sent)
        self.done("GET", f"{ORDERS}/{sent}/send-notification")
        mail = boto3.client("sesv2")
        mail.delete_email_identity(EmailIdentity=SENDER)
        self.delivered(refused)
        mail.create_email_identity(EmailIdentity=SENDER)
        assert [each["order_id"] for each in self.moto.unsent()] == [refused]
        # An organization's own texts, a reminder, a mail without SES quota, one that fails in the sweep, and a bounce.
        rule = {"name": "Soon", "event": "after_end", "local_time": "00:00"}
        self.done(
            "POST", "/api/v1/message-rules", {"data": {"type": "message-rules", "attributes": rule}}, 201
        )
        rule = {"name": "Thanks", "event": "after_end", "offset": 0}
        self.done(
            "POST", "/api/v1/message-rules", {"data": {"type": "message-rules", "attributes": rule}}, 201
        )
        times = [datetime.fromtimestamp(time.time() + self.later + at, UTC).isoformat() for at in (-3600, 30)]
        over = self.booking(start_date=times[0], end_date=times[1])
        self.placed(over, check_availability=False)
        self.later += 90
        told = self.moto.invoke("send_due_messages", {})
        assert told == {"reminders": 1, "moments": 0, "sent": 1}
        waits, _ = self.placed(notify_customer=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SesMailer, "send", _throttled)
            self.delivered(waits)
        self.later += 60
        assert self.moto.invoke("send_due_messages", {})["sent"] == 1
        lost, _ = self.placed(notify_customer=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SesMailer, "send", _throttled)
            self.delivered(lost)
        mail.delete_email_identity(EmailIdentity=SENDER)
        self.later += 60
        assert self.moto.invoke("send_due_messages", {})["failed"] == 1
        mail.create_email_identity(EmailIdentity=SENDER)
        [message] = self.done("GET", f"{ORDERS}/{waits}/messages")
        event = load_event("hear_of_mails")
        event["detail"]["mail"]["tags"]["message"] = [message["id"]]
        self.moto.invoke("hear_of_mails", event)
        ada = self.done("GET", f"/api/v1/customers/{ADA.id}")["attributes"]
        assert ada.pop("email_status") == "bounced"
        document = {"data": {"type": "customers", "id": ADA.id, "attributes": {"email": "ada@new.example"}}}
        self.done("PATCH", f"/api/v1/customers/{ADA.id}", document)
        self.done("POST", f"/api/v1/messages/{message['id']}/resend")
        self.done("GET", "/api/v1/messages")

    def delivered(self, order_id: str) -> None:
        event = load_event("deliver_notifications")
        event["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] = f"{ORGANIZATION.id}#order#{order_id}"
        assert self.moto.invoke("deliver_notifications", event) == {"batchItemFailures": []}

    def imports(self) -> None:
        rows = [
            {
                "external_id": "1",
                "customer": {"email": "new@example.com", "create": True},
                "bookings": [self.booking()],
            },
            {"external_id": "2", "order_customer_id": ADA.id, "bookings": [self.series()]},
        ]
        self.upload("first.jsonl", *rows)
        self.upload(options_name("first.jsonl"), {"report_to": "desk@example.com"})
        [run] = self.found("one")
        # Another execution continues after one that ended without a report.
        [run] = self.found("two")
        self.moto.invoke("plan_import", {"step": "plan", **run})
        without = self.moto.role("bulk_import").without("dynamodb:ConditionCheckItem")
        # The row that was interrupted is found by the next search, which comes later.
        with without, pytest.raises(FrontdeskError, match="in_progress"):
            self.moto.invoke("bulk_import", {**run, "chunk": 1})
        self.later += 86_400
        for _ in range(2):
            assert self.moto.invoke("bulk_import", {**run, "chunk": 1})["created"] == 2
        assert self.moto.invoke("plan_import", {"step": "join", **run})["status"] == "completed"
        # In a table, catalog items are found by name.
        self.write(
            "table.csv",
            f"Room,Service,Start,Email\n{ROOM.name},{MEETING.name},2031-04-15 09:00,{ADA.email}\n",
        )
        [run] = self.found("table")
        self.moto.invoke("plan_import", {"step": "plan", **run})
        self.moto.invoke("bulk_import", {**run, "chunk": 1})
        assert self.moto.invoke("plan_import", {"step": "join", **run})["status"] == "completed"
        self.upload("second.jsonl", rows[0])
        [run] = self.found("three")
        assert (
            self.moto.invoke("plan_import", {"step": "fail", **run, "reason": "late"})["status"] == "failed"
        )

        self.announced(rows[:1])

    def announced(self, rows: list[dict[str, Any]]) -> None:
        """Imports through the API: announces the file, reads its results, and undoes it in two steps."""
        rows = [{**rows[0], "external_id": "9", "bookings": [self.booking()]}]
        begun = self.by_the_api("api.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        self.done("GET", f"/api/v1/imports/{begun['id']}/results")
        self.client.call("GET", f"/api/v1/imports/{begun['id']}/results", headers={"Accept": "text/csv"})
        for _ in range(2):
            self.done("POST", f"/api/v1/imports/{begun['id']}/undo", None, 202)
        assert self.undone(begun["id"])["left"] == 0
        self.done("GET", ORDERS, filter_import=begun["id"])
        # The customer's own list shows whether they have bookings; for a service, all orders since are read.
        for kind, content in CATALOG.items():
            begun = self.by_the_api(f"{kind}.csv", content)
            self.done("POST", f"/api/v1/imports/{begun['id']}/undo", None, 202)
            self.undone(begun["id"])
        # The chunks of a failed run are read.
        failed = self.found("none")
        for each in failed:
            self.moto.invoke("plan_import", {"step": "fail", **each, "reason": "late"})
            self.done("POST", f"/api/v1/imports/{each['run_id']}/undo", None, 202)
            self.moto.invoke("bulk_import", {"step": "undo", **each})

    def by_the_api(self, name: str, content: str) -> dict[str, Any]:
        """Announces a file, and imports it."""
        body = {"data": {"type": "imports", "attributes": {"name": name, "size": len(content)}}}
        begun: dict[str, Any] = self.done("POST", "/api/v1/imports", body, 201)
        key = unquote(urlsplit(begun["attributes"]["upload"]["url"]).path.removeprefix("/"))
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=content.encode())
        [run] = [each for each in self.found(name.partition(".")[0]) if each["run_id"] == begun["id"]]
        self.moto.invoke("plan_import", {"step": "plan", **run})
        self.moto.invoke("bulk_import", {**run, "chunk": 1})
        self.moto.invoke("plan_import", {"step": "join", **run})
        return begun

    def undone(self, run_id: str) -> Any:
        run = {"organization_id": ORGANIZATION.id, "run_id": run_id}
        return self.moto.invoke("bulk_import", {"step": "undo", **run})

    def upload(self, name: str, *records: Any) -> None:
        self.write(name, "".join(json.dumps(record) + "\n" for record in records))

    def write(self, name: str, content: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=incoming_key(ORGANIZATION.id, name), Body=content.encode())

    def found(self, execution: str) -> list[dict[str, str]]:
        arn = load_event("plan_import")["execution"].rpartition(":")[0]
        runs: list[dict[str, str]] = self.moto.invoke(
            "plan_import", load_event("plan_import") | {"execution": f"{arn}:{execution}"}
        )["runs"]
        return runs

    def exports(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.placed()
        period = {"start": "2030-04-15", "end": "2030-04-16"}
        for kind, form in (("bookings", "csv"), ("lines", "xlsx"), ("customers", "csv")):
            asked = {"kind": kind, "format": form, **({"period": period} if kind == "bookings" else {})}
            made = self.done("POST", EXPORTS, {"data": {"type": "exports", "attributes": asked}}, 201)
            with monkeypatch.context() as patch:
                if kind == "lines":
                    # The time is up after each row: the collected rows are stored separately, and continued.
                    patch.setattr(LambdaContext, "get_remaining_time_in_millis", lambda _: 1_000)
                self.moto.make_exports()
            found = self.done("GET", f"{EXPORTS}/{made['id']}")["attributes"]
            assert (found["status"], bool(found["download_url"])) == ("completed", True)
        self.done("GET", EXPORTS)
        made = self.done(
            "POST", EXPORTS, {"data": {"type": "exports", "attributes": {"kind": "orders"}}}, 201
        )
        with monkeypatch.context() as patch:
            patch.setattr(S3Shelf, "send", _stopped)
            self.moto.make_exports()
        self.moto.invoke("make_export", {})

    def webhooks(self, world: WebhookWorld) -> None:
        with receiver() as site:
            made = {
                "data": {"type": "webhook-subscriptions", "attributes": {"url": site.url, "events": ["*"]}}
            }
            hook = self.done("POST", HOOKS, made, 201)["id"]
            world.stream()
            now = time.time() + self.later
            times = [datetime.fromtimestamp(now + at, UTC).isoformat() for at in (30, 3600)]
            soon = self.booking(start_date=times[0], end_date=times[1])
            self.placed(soon, check_availability=False)
            self.moto.invoke("publish_events", world.stream())
            self.later += 60
            # One booking starts. The booking of the reminders had ended before there was a subscription.
            assert self.moto.invoke("send_due_messages", {})["moments"] == 1
            site.answers = [500]
            assert world.deliver() == 1
            assert site.got
            delivered = next(
                each
                for each in self.done("GET", f"{HOOKS}/{hook}/deliveries")
                if each["attributes"]["status"] == "delivered"
            )
            self.done("POST", f"{HOOKS}/{hook}/deliveries/{delivered['id']}/redeliver", status=202)
            self.done("POST", f"{HOOKS}/{hook}/rotate-secret")
            self.switched_off(world, site, hook)
            self.done("DELETE", f"{HOOKS}/{hook}", status=204)

    def switched_off(self, world: WebhookWorld, site: Site, hook: str) -> None:
        """A subscription whose receiver fails for hours is switched off."""
        now = int(time.time() + self.later)
        earlier = Context(ORGANIZATION.id, FakeClock(now - FAILING_SECONDS - 60))
        for _ in range(MAX_FAILURES):
            bootstrap.world().webhooks.count_failure(earlier, hook)
        self.placed(self.booking(), check_availability=False)
        self.moto.invoke("publish_events", world.stream())
        site.answers = [500] * 20
        world.deliver()
        [found] = [each for each in self.done("GET", HOOKS) if each["id"] == hook]
        assert not found["attributes"]["is_active"]

    def admin(self) -> None:
        _, [booking] = self.placed()
        self.done("GET", ORDERS)
        self.done("GET", BOOKINGS, filter_customer=ADA.id)
        self.done("POST", f"{BOOKINGS}/{booking}/check-in")
        self.done("DELETE", f"{BOOKINGS}/{booking}", include_past="true", status=204)
        self.done("GET", "/api/v1/imports")

    def audit(self) -> None:
        large, _ = self.placed(self.series())
        # Between its first and last log line, everything belongs to the audit.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(staged, "_cancel_bookings", _stopped)
            self.done("POST", f"{ORDERS}/{large}/cancel", status=500)
        self.interrupted(
            "from_config", "dynamodb:UpdateItem", "POST", f"{ORDERS}/from-config", order(self.series())
        )
        self.placed(complete_order=False)
        self.later += 86_400
        summary = self.moto.invoke("audit", {})
        assert (summary["settled"], summary["findings"]) == (3, {})
        self.moto.invoke("audit", {"organization_id": ORGANIZATION.id, "resource_id": ROOM.id})


@pytest.fixture(scope="module")
def asked() -> Iterator[dict[str, set[Request]]]:
    """Returns the requests of each function."""
    with new_moto_world() as moto, pytest.MonkeyPatch.context() as monkeypatch:
        world = ready_for_webhooks(moto, monkeypatch)
        # Each function reads the rules itself, but here all of them are one process.
        monkeypatch.setattr("frontdesk.usecases.messages.rules.CACHE_SECONDS", 0)
        driver = Driver(moto, monkeypatch)
        driver.orders()
        driver.changes()
        driver.mails()
        driver.imports()
        driver.exports(monkeypatch)
        driver.webhooks(world)
        driver.admin()
        driver.audit()
        yield {function: role.asked for function, role in moto.roles.items()}


def refused(function: str, grants: frozenset[Grant], asked: dict[str, set[Request]]) -> list[Request]:
    return [
        request for request in sorted(asked[function]) if not any(grant.allows(request) for grant in grants)
    ]


def test_every_function_is_driven(asked: dict[str, set[Request]]) -> None:
    assert asked.keys() == granted().keys()


@pytest.mark.parametrize("function", granted())
def test_a_function_may_do_what_it_needs(asked: dict[str, set[Request]], function: str) -> None:
    assert refused(function, granted()[function], asked) == []


@pytest.mark.parametrize(
    ("function", "grant"), OWN, ids=lambda value: value if isinstance(value, str) else " ".join(value[:2])
)
def test_a_function_needs_what_it_may_do(asked: dict[str, set[Request]], function: str, grant: Grant) -> None:
    others = granted()[function] - {grant}
    assert refused(function, others, asked), "nothing fails without it: take it out of the template"
    for pattern in grant.keys if len(grant.keys) > 1 else ():
        fewer = grant._replace(keys=tuple(key for key in grant.keys if key != pattern))
        assert refused(function, others | {fewer}, asked), (
            f"nothing fails without {pattern}: take it out of the template"
        )


@pytest.mark.parametrize("kind", ["customer", "order", "token"])
def test_who_talks_to_strangers_reaches_webhooks_only_and_the_audit_log_to_add_to_it(kind: str) -> None:
    grants = granted()["deliver_webhooks"]
    for action in ("dynamodb:BatchGetItem", "dynamodb:UpdateItem"):
        [grant] = [grant for grant in grants if grant.action == action]
        assert grant.allows(Request(action, grant.resource, ("o#webhooks", "o#webhook#w#2030-04")))
        assert not grant.allows(Request(action, grant.resource, ("o#webhooks", f"o#{kind}#1")))
    [grant] = [grant for grant in grants if grant.action == "dynamodb:PutItem"]
    assert grant.allows(Request(grant.action, grant.resource, ("o#audit_log#2030-04",)))
    assert not grant.allows(Request(grant.action, grant.resource, (f"o#{kind}#1",)))
