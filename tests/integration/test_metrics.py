"""The functions' metrics for CloudWatch. The template's alarms and dashboard use no others."""

import json
import re
from typing import Any

import boto3
import pytest

from frontdesk import metrics
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.exports.export import MAX_TRIES, Export, Progress, Wanted
from frontdesk.domain.problems import Busy
from frontdesk.usecases import audit as usecases
from frontdesk.usecases.context import Context
from local.servers import ROOT
from tests.integration.conftest import SENDER, LambdaContext, MotoWorld, metrics_in
from tests.integration.test_api import ask
from tests.integration.test_events import load_event, pinned, placed  # noqa: F401
from tests.support.demo import ORGANIZATION, meeting

TEMPLATE = (ROOT / "template.yaml").read_text()
Output = pytest.CaptureFixture[str]


def told(output: Output) -> list[dict[str, Any]]:
    """Returns the metrics of each new line, without the common parts."""
    lines = metrics_in(output.readouterr().out)
    for line in lines:
        assert (line.pop("namespace"), line.pop("Environment")) == ("Frontdesk", "staging")
    return lines


def test_an_order_is_counted_once(moto_world: MotoWorld, capfd: Output) -> None:
    once = {"Idempotency-Key": "k"}
    assert ask(moto_world, headers=once)[0] == 201
    assert told(capfd) == [{"Function": "from_config", "OrdersCreated": [1.0]}]
    assert ask(moto_world, headers=once)[0] == 201
    assert told(capfd) == []


def test_a_booking_by_itself_is_an_order_too(moto_world: MotoWorld, capfd: Output) -> None:
    attributes = {
        name: value for name, value in meeting().items() if name not in ("resource_id", "service_id")
    }
    relationships = {
        "resource": {"data": {"type": "resources", "id": meeting()["resource_id"]}},
        "service": {"data": {"type": "services", "id": next(iter(meeting()["service_id"]))}},
    }
    body = {"data": {"type": "bookings", "attributes": attributes, "relationships": relationships}}
    assert ask(moto_world, body, function="admin", path="/api/v1/bookings", resource="/{proxy+}")[0] == 201
    assert told(capfd) == [{"Function": "admin", "OrdersCreated": [1.0]}]


def test_a_slot_that_is_taken_is_a_conflict_and_a_mistake_is_not(
    moto_world: MotoWorld, capfd: Output
) -> None:
    ask(moto_world)
    capfd.readouterr()
    assert ask(moto_world)[0] == 422
    assert told(capfd) == [{"Function": "from_config", "SlotConflicts": [1.0]}]
    assert ask(moto_world, {"bookings": []})[0] == 422
    assert ask(moto_world, function="calculate", path="/api/v1/orders/calculate")[0] == 200
    assert told(capfd) == []


def test_retries_are_told_with_their_round(
    moto_world: MotoWorld, capfd: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, losses = DynamoStore.write, iter(range(3))
    monkeypatch.setattr(DynamoStore, "write", lambda *a: write(*a) if next(losses, None) is None else {})
    assert ask(moto_world)[0] == 201
    assert told(capfd) == [{"Function": "from_config", "OrdersCreated": [1.0], "Retries": [1.0, 2.0, 3.0]}]


def test_an_order_that_is_given_up_is_busy(
    moto_world: MotoWorld, capfd: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise Busy

    monkeypatch.setattr(DynamoStore, "write", lose)
    assert ask(moto_world)[0] == 503
    assert told(capfd) == [{"Function": "from_config", "Busy": [1.0]}]


def test_mails_are_counted_by_what_became_of_them(placed: MotoWorld, capfd: Output) -> None:  # noqa: F811
    capfd.readouterr()
    for _ in range(2):
        placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    placed.invoke("send_notification", load_event("send_notification"))
    boto3.client("sesv2").delete_email_identity(EmailIdentity=SENDER)
    placed.invoke("send_notification", load_event("send_notification"))
    assert told(capfd) == [
        {"Function": "deliver_notifications", "MailsSent": [1.0]},
        {"Function": "send_notification", "MailsSent": [1.0]},
        {"Function": "send_notification", "MailsFailed": [1.0]},
    ]


def test_a_mail_that_is_given_up_is_failed(placed: MotoWorld, capfd: Output) -> None:  # noqa: F811
    boto3.client("sesv2").delete_email_identity(EmailIdentity=SENDER)
    capfd.readouterr()
    placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    assert told(capfd) == [{"Function": "deliver_notifications", "MailsFailed": [1.0]}]


def test_the_organization_is_no_dimension_but_can_be_searched_for(
    moto_world: MotoWorld, capfd: Output
) -> None:
    ask(moto_world)
    [line] = [json.loads(line) for line in capfd.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment", "Function"]]
    assert (line["organization_id"], line["request_id"]) == (
        ORGANIZATION.id,
        LambdaContext("any").aws_request_id,
    )


def test_more_retries_than_one_line_takes_are_one_line(capfd: Output) -> None:
    with metrics.measured(LambdaContext("any")):
        for round in range(500):
            metrics.retry(round + 1)
    [line] = metrics_in(capfd.readouterr().out)
    assert line["Retries"] == [float(round + 1) for round in range(99)]


def test_what_an_invocation_left_behind_is_not_told_by_the_next(capfd: Output) -> None:
    SystemClock(5).pause(0)
    with metrics.measured(LambdaContext("any")):
        metrics.count("OrdersCreated")
    [line] = metrics_in(capfd.readouterr().out)
    assert "Retries" not in line


def test_an_error_does_not_keep_the_line_back(
    moto_world: MotoWorld, capfd: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        metrics.retry(1)
        raise ZeroDivisionError

    monkeypatch.setattr(DynamoStore, "everything", fail)
    with pytest.raises(ZeroDivisionError):
        moto_world.invoke("audit", {})
    assert told(capfd) == [{"Function": "audit", "Retries": [1.0, 1.0]}]


@pytest.mark.parametrize("fails", ["sweep", "audit"])
def test_neither_the_sweep_nor_the_audit_needs_the_others_success(
    moto_world: MotoWorld, capfd: Output, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    done = []

    def note(name: str, result: object) -> None:
        def run(*_: object) -> object:
            if name == fails:
                raise MemoryError
            done.append(name)
            return result

        monkeypatch.setattr(usecases, name, run)

    note("sweep", 0)
    note("audit", usecases.Report({}, {}))
    with pytest.raises(MemoryError):
        moto_world.invoke("audit", {})

    assert done == [{"sweep": "audit", "audit": "sweep"}[fails]]
    # An audit that failed writes no line. The alarm detects this.
    assert [line.get("Findings") for line in told(capfd)] == ([[0.0]] if fails == "sweep" else [])


def test_an_import_that_fails_is_counted(moto_world: MotoWorld, capfd: Output) -> None:
    """The state machine continues with the other files and succeeds, so its own metrics do not show the failure."""
    ends = []
    for step in ({"step": "join"}, {"step": "fail", "reason": "States.Timeout"}):
        content = b'{"bookings": [{}]}'
        name = f"incoming/{ORGANIZATION.id}/week.jsonl"
        boto3.client("s3").put_object(Bucket="imports", Key=name, Body=content + b" " * len(ends))
        event = load_event("plan_import") | {"execution": f"execution {len(ends)}"}
        [run] = moto_world.invoke("plan_import", event)["runs"]
        [_] = [moto_world.invoke("plan_import", {"step": "plan", **run})]
        moto_world.invoke("bulk_import", {**run, "chunk": 1})
        capfd.readouterr()
        ends.append(moto_world.invoke("plan_import", {**step, **run})["status"])
        ends += [line["ImportsFailed"] for line in told(capfd)]
    assert ends == ["completed", [0.0], "failed", [1.0]]


def test_an_export_that_fails_is_counted(moto_world: MotoWorld, capfd: Output) -> None:
    context = Context(ORGANIZATION.id, SystemClock(30))
    failing = Export(
        id="20300501T060000-0123456789ab",
        organization_id=ORGANIZATION.id,
        wanted=Wanted(kind="orders", columns=("number",), timezone="UTC"),
        progress=Progress(tries=MAX_TRIES),
        created_at=context.clock.now(),
        updated_at=context.clock.now(),
    )
    world().exports.add(context, failing)
    for failed in ([1.0], [0.0]):
        assert moto_world.invoke("make_export", load_event("make_export")) == {"batchItemFailures": []}
        assert [line["ExportsFailed"] for line in told(capfd)] == [failed]


def test_the_template_asks_for_metrics_that_are_told() -> None:
    """By name and function: an alarm on a metric that nobody writes never rings."""
    writers, api = (
        {"FromConfigFunction", "AdminFunction"},
        {"FromConfigFunction", "ChangeOrderFunction", "AdminFunction"},
    )
    mails = {"DeliverNotificationsFunction", "SendDueMessagesFunction", "SendNotificationFunction"}
    told_by = {
        "OrdersCreated": writers,
        "SlotConflicts": api,
        "Busy": api,
        "Retries": {*api, "BulkImportFunction"},
        "MailsSent": mails,
        "MailsFailed": mails,
        "MailsBounced": {"HearOfMailsFunction"},
        "MailsComplained": {"HearOfMailsFunction"},
        **{
            f"Rows{result}": {"BulkImportFunction"}
            for result in ("Created", "Unchanged", "Refused", "Failed")
        },
        "Findings": {"AuditFunction"},
        "ImportsFailed": {"PlanImportFunction"},
        "ExportsFailed": {"MakeExportFunction"},
        "WebhooksSwitchedOff": {"DeliverWebhooksFunction"},
    }
    alarms = re.findall(
        r"Namespace: Frontdesk, MetricName: (\w+), .*?Name: Function, Value: !Ref (\w+)}", TEMPLATE
    )
    alarms += re.findall(
        r"Namespace: Frontdesk\n +MetricName: (\w+)\n(?:.*\n){3,6}? +- {Name: Function, Value: !Ref (\w+)}",
        TEMPLATE,
    )
    shown = []
    dashboard = TEMPLATE.split("DashboardBody: !Sub |\n")[1].split("\n\n")[0]
    for widget in json.loads(dashboard)["widgets"]:
        before: list[Any] = []
        for metric in widget["properties"]["metrics"]:
            named = [part for part in metric if isinstance(part, str)]
            if named[0] == "...":
                named = before[: len(before) - len(named) + 1] + named[1:]
            before = [before[at] if part == "." else part for at, part in enumerate(named)]
            if before[0] == "Frontdesk":
                assert before[2:5] == ["Environment", "${Environment}", "Function"]
                shown.append((before[1], before[5].strip("${}")))
    unseen = {"Findings", "ImportsFailed", "ExportsFailed", "WebhooksSwitchedOff"}
    assert {name for name, _ in shown} == told_by.keys() - unseen
    assert {name for name, _ in alarms} == {
        "Busy",
        "SlotConflicts",
        "Findings",
        "ImportsFailed",
        "ExportsFailed",
        "WebhooksSwitchedOff",
        "MailsBounced",
        "MailsSent",
    }
    assert [asked for asked in alarms + shown if asked[1] not in told_by[asked[0]]] == []
