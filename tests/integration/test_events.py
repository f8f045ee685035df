"""The files in events/ are requests that the functions answer, as `sam local invoke` sends them."""

import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import boto3
import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from botocore.exceptions import EndpointConnectionError
from icalendar import Calendar
from pynamodb.exceptions import PynamoDBConnectionError

from frontdesk.adapters.mail.ses import SesMailer
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.catalog.access import new_token
from frontdesk.domain.problems import Busy
from frontdesk.usecases.messages.needs import MailThrottled
from local.servers import ROOT
from tests.integration.conftest import SENDER, MotoWorld, metrics_in
from tests.support.jsonapi import assert_jsonapi

AMOUNTS = {"total": 4400, "net_amount": 3735, "tax_amount": 665, "discount_amount": 1100}
# All files refer to the order that from_config places.
ORDER_ID = "2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730"
PLACED_AT = 1780304400


def load_event(name: str) -> dict[str, Any]:
    return dict(json.loads((ROOT / "events" / f"{name}.json").read_text()))


def answered(answer: dict[str, Any], status: int) -> dict[str, Any]:
    """Returns the document of an answer with this status."""
    document = json.loads(answer["body"])
    assert answer["statusCode"] == status, document
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/vnd.api+json"]
    assert_jsonapi(document)
    return dict(document)


def as_admin(method: str, path: str) -> dict[str, Any]:
    """Returns events/admin.json as another request."""
    event = load_event("admin")
    event |= {"httpMethod": method, "path": path, "body": None}
    event["requestContext"] |= {"httpMethod": method, "path": "/live" + path}
    return event


def mail_of(raw: str) -> EmailMessage:
    mail = message_from_bytes(raw.encode(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.fixture
def pinned(moto_world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> MotoWorld:
    """The world at the time of the files, where the next order gets their id."""
    monkeypatch.setattr("frontdesk.usecases.orders.place.uuid4", lambda: UUID(ORDER_ID))
    monkeypatch.setattr(SystemClock, "now", lambda _: PLACED_AT)
    return moto_world


@pytest.fixture
def placed(pinned: MotoWorld) -> MotoWorld:
    """The same world after events/from_config.json."""
    answered(pinned.invoke("from_config", load_event("from_config")), 201)
    return pinned


@pytest.mark.parametrize("name", ["calculate", "from_config", "send_notification", "admin"])
def test_an_event_calls_as_the_demo_organization(moto_world: MotoWorld, name: str) -> None:
    event = load_event(name)
    assert (
        event["headers"]["Authorization"]
        == f"Bearer {new_token(moto_world.demo['organization_id'], 'demo-full-access')}"
    )
    assert event["queryStringParameters"] == {"o": moto_world.demo["organization_id"]}
    for plain, several in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        assert event[several] == {key: [value] for key, value in event[plain].items()}
    assert event["requestContext"]["path"] == "/live" + event["path"]


def test_calculate(moto_world: MotoWorld) -> None:
    before = moto_world.items()
    document = answered(moto_world.invoke("calculate", load_event("calculate")), 200)
    attributes = document["data"]["attributes"]
    assert {name: attributes[name] for name in AMOUNTS} == AMOUNTS
    assert attributes["bookings"][0]["available"] is True
    assert moto_world.items() == before


def test_from_config(pinned: MotoWorld) -> None:
    answer = pinned.invoke("from_config", load_event("from_config"))
    document = answered(answer, 201)
    location = f"https://1234567890.execute-api.eu-central-1.amazonaws.com/live/api/v1/orders/{ORDER_ID}"
    assert answer["multiValueHeaders"]["Location"] == [location]
    assert {name: document["data"]["attributes"][name] for name in AMOUNTS} == AMOUNTS
    assert document["data"]["attributes"]["status"] == "completed"
    assert document["data"]["attributes"]["created_at"] == "2026-06-01T09:00:00+00:00"
    assert pinned.mails() == []


def test_from_config_a_second_time_is_refused(placed: MotoWorld) -> None:
    before = placed.items()
    [error] = answered(placed.invoke("from_config", load_event("from_config")), 422)["errors"]
    assert (error["title"], error["source"]) == ("slot unavailable", {"pointer": "/bookings/0"})
    assert placed.items() == before


def test_change_order(pinned: MotoWorld) -> None:
    draft = load_event("from_config")
    draft["body"] = json.dumps(json.loads(draft["body"]) | {"complete_order": False})
    assert answered(pinned.invoke("from_config", draft), 201)["data"]["attributes"]["status"] == "draft"

    data = answered(pinned.invoke("change_order", load_event("change_order")), 200)["data"]

    assert (data["id"], data["attributes"]["status"]) == (ORDER_ID, "completed")
    assert {name: data["attributes"][name] for name in AMOUNTS} == AMOUNTS


def test_a_body_in_base64_is_read_too(moto_world: MotoWorld) -> None:
    # `sam local generate-event apigateway aws-proxy` makes such events.
    event = load_event("calculate")
    event["isBase64Encoded"] = True
    event["body"] = "eyJib29raW5ncyI6IFtdfQ=="
    [error] = answered(moto_world.invoke("calculate", event), 422)["errors"]
    assert error["source"] == {"pointer": "/bookings"}


def test_the_stream_event_holds_the_order_as_it_is_stored(placed: MotoWorld) -> None:
    [record] = load_event("deliver_notifications")["Records"]
    keys, image = record["dynamodb"]["Keys"], record["dynamodb"]["NewImage"]
    assert image == placed.items()[keys["pk"]["S"], keys["sk"]["S"]]


def test_deliver_notifications(placed: MotoWorld) -> None:
    assert placed.invoke("deliver_notifications", load_event("deliver_notifications")) == {
        "batchItemFailures": []
    }
    [raw] = placed.mails()
    mail = mail_of(raw)
    assert mail["From"] == f"Coworking Mitte <{SENDER}>"
    assert mail["To"] == "Ada Lovelace <ada@example.com>"
    assert mail["Subject"] == "Your booking at Coworking Mitte: Mon 15 April 2030, 09:00"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body
        assert "€44.00" in body.get_content()
    items = placed.items()
    order = items[f"{placed.demo['organization_id']}#order#{ORDER_ID}", "order"]
    [message] = [item for (_, sk), item in items.items() if sk.startswith("outbox#")]
    assert ("causes" in order, message["state"], "list_pk" in message) == (False, {"S": "sent"}, False)
    assert '"recipient":"ada@example.com"' in message["body"]["S"]
    assert placed.unsent() == []


def test_a_bounce_that_ses_reports_marks_the_message_and_the_customer(placed: MotoWorld) -> None:
    placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    for _ in range(2):
        placed.invoke("hear_of_mails", load_event("hear_of_mails"))

    items = placed.items()
    [message] = [item for (_, sk), item in items.items() if sk.startswith("outbox#")]
    customer = items[f"{placed.demo['organization_id']}#customer#{placed.demo['customer_id']}", "customer"]
    assert message["state"] == {"S": "bounced"}
    assert '"email_status":"bounced"' in customer["body"]["S"]
    order = items[f"{placed.demo['organization_id']}#order#{ORDER_ID}", "order"]
    assert order["unsent"] == {"SS": [message["sk"]["S"].removeprefix("outbox#")]}


def test_the_sweep_sends_what_ses_had_no_room_for(placed: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(*_: Any, **__: Any) -> str:
        raise MailThrottled(20)

    with monkeypatch.context() as patch:
        patch.setattr(SesMailer, "send", throttled)
        assert placed.invoke("deliver_notifications", load_event("deliver_notifications")) == {
            "batchItemFailures": []
        }
    assert placed.mails() == []
    monkeypatch.setattr(SystemClock, "now", lambda _: PLACED_AT + 60)

    assert placed.invoke("send_due_messages", load_event("send_due_messages")) == {
        "reminders": 0,
        "moments": 0,
        "sent": 1,
    }
    assert len(placed.mails()) == 1


def test_the_mail_brings_the_booking_for_the_calendar(placed: MotoWorld) -> None:
    placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    [attachment] = mail_of(placed.mails()[0]).iter_attachments()
    assert isinstance(attachment, EmailMessage)
    assert attachment.get_content_type() == "text/calendar"
    assert attachment["Content-Type"].params["method"] == "PUBLISH"
    assert str(attachment.get_filename()).endswith(".ics")
    calendar = Calendar.from_ical(attachment.get_payload(decode=True))
    assert calendar["METHOD"] == "PUBLISH"
    [event] = calendar.walk("VEVENT")
    assert event.decoded("dtstart").isoformat() == "2030-04-15T07:00:00+00:00"
    assert event.decoded("dtend").isoformat() == "2030-04-15T08:00:00+00:00"
    assert event["summary"] == "Meeting, Coworking Mitte"
    assert event["location"] == "Meeting Room 1, Torstraße 1, 10119 Berlin"
    assert ORDER_ID in event["uid"]


def test_the_mail_is_seven_bit(placed: MotoWorld) -> None:
    # SES, API_RawMessage: content other than 7-bit ASCII should be encoded, so that recipients' clients render it properly.
    placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    assert placed.mails()[0].isascii()


def test_the_mail_says_its_language(placed: MotoWorld) -> None:
    placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    assert mail_of(placed.mails()[0])["Content-Language"] == "en"


def test_deliver_notifications_twice_sends_one_mail(placed: MotoWorld) -> None:
    for _ in range(2):
        assert placed.invoke("deliver_notifications", load_event("deliver_notifications")) == {
            "batchItemFailures": []
        }
    assert len(placed.mails()) == 1


def test_a_mail_that_is_refused_goes_to_the_operator(placed: MotoWorld) -> None:
    boto3.client("sesv2").delete_email_identity(EmailIdentity=SENDER)
    assert placed.invoke("deliver_notifications", load_event("deliver_notifications")) == {
        "batchItemFailures": []
    }
    assert placed.mails() == []
    assert placed.unsent() == [{"organization_id": placed.demo["organization_id"], "order_id": ORDER_ID}]


def test_an_order_that_cannot_be_read_holds_up_the_mails_of_others_for_minutes_not_for_a_day(
    placed: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream repeats a failed record before any later one of its shard, for as long as it keeps the record."""
    table, organization_id = (
        boto3.resource("dynamodb").Table(placed.table_name),
        placed.demo["organization_id"],
    )
    key = {"pk": f"{organization_id}#order#{ORDER_ID}", "sk": "order"}
    sound = table.get_item(Key=key)["Item"]
    table.put_item(Item=sound | {"body": "{"})
    good, broken = load_event("deliver_notifications"), load_event("deliver_notifications")
    other = str(UUID(int=7))
    good["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] = f"{organization_id}#order#{other}"
    good["Records"][0]["dynamodb"]["SequenceNumber"] = "2"
    batch = {"Records": [*broken["Records"], *good["Records"]]}
    [record] = broken["Records"]

    failed = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]
    assert placed.invoke("deliver_notifications", batch) == {"batchItemFailures": failed}
    assert placed.unsent() == []

    monkeypatch.setattr(SystemClock, "now", lambda _: PLACED_AT + 600)
    assert placed.invoke("deliver_notifications", batch) == {"batchItemFailures": []}
    [named] = placed.unsent()
    assert named == {"organization_id": organization_id, "order_id": ORDER_ID}

    # The operator repairs the order, and invokes the function with the queue's message.
    table.put_item(Item=sound)
    placed.invoke("deliver_notifications", named)
    assert len(placed.mails()) == 1


def test_a_table_that_does_not_answer_is_waited_for_as_long_as_the_stream_keeps_its_records(
    placed: MotoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _: PLACED_AT + 20 * 3600)
    for error in (Busy(), PynamoDBConnectionError("gone"), EndpointConnectionError(endpoint_url="x")):

        def fails(*_: Any, error: Exception = error, **__: Any) -> Any:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr("frontdesk.adapters.dynamodb.store.DynamoStore.order", fails)
            with pytest.raises(BatchProcessingError):
                placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    assert placed.unsent() == []


def test_records_of_other_items_send_nothing(placed: MotoWorld) -> None:
    event = load_event("deliver_notifications")
    event["Records"][0]["dynamodb"]["Keys"]["sk"]["S"] = "booking#0001"
    assert placed.invoke("deliver_notifications", event) == {"batchItemFailures": []}
    assert placed.mails() == []


def test_send_notification(placed: MotoWorld) -> None:
    document = answered(placed.invoke("send_notification", load_event("send_notification")), 200)
    notification = document["meta"]["notification"]
    assert (notification["status"], notification["recipient"]) == ("sent", "ada@example.com")
    assert notification["sent_at"] == "2026-06-01T09:00:00+00:00"
    assert notification["message_id"]
    assert len(placed.mails()) == 1


def test_send_notification_of_an_unknown_order_is_404(moto_world: MotoWorld) -> None:
    [error] = answered(moto_world.invoke("send_notification", load_event("send_notification")), 404)["errors"]
    assert error["title"] == "order not found"


def test_plan_import_and_bulk_import(moto_world: MotoWorld, capfd: pytest.CaptureFixture[str]) -> None:
    """The steps of the state machine, on the sample of docs/import.md."""
    s3, organization_id = boto3.client("s3"), moto_world.demo["organization_id"]
    s3.put_object(
        Bucket="imports",
        Key=f"incoming/{organization_id}/week.csv",
        Body=(ROOT / "docs/import_sample.csv").read_bytes(),
    )
    [run] = moto_world.invoke("plan_import", load_event("plan_import"))["runs"]
    chunk = load_event("bulk_import")
    assert run == {name: chunk[name] for name in ("organization_id", "run_id")}
    planned = moto_world.invoke("plan_import", {"step": "plan", **run})
    assert json.loads(s3.get_object(Bucket="imports", Key=planned["manifest"])["Body"].read()) == [chunk]
    assert planned["chunks"] == 1
    capfd.readouterr()
    assert moto_world.invoke("bulk_import", chunk) == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "refused": 1,
        "failed": 0,
    }
    [metrics] = metrics_in(capfd.readouterr().out)
    assert {name: metrics[name] for name in ("RowsCreated", "RowsRefused")} == {
        "RowsCreated": [2.0],
        "RowsRefused": [1.0],
    }
    summary = moto_world.invoke("plan_import", {"step": "join", **run})
    assert (summary["status"], summary["rows"], summary["errors"]) == (
        "completed",
        3,
        {"slot_unavailable": 1},
    )
    assert moto_world.invoke("plan_import", {"step": "fail", **run, "reason": "late"}) == summary
    shown = answered(moto_world.invoke("admin", as_admin("GET", f"/api/v1/imports/{run['run_id']}")), 200)[
        "data"
    ]
    assert {name: shown["attributes"][name] for name in summary if name != "id"} == {
        name: summary[name] for name in summary if name != "id"
    }
    assert answered(moto_world.invoke("admin", as_admin("GET", "/api/v1/imports")), 200)["data"] == [shown]
    for unknown in ("x", "20260601T030000-000000000000"):
        assert (
            answered(moto_world.invoke("admin", as_admin("GET", f"/api/v1/imports/{unknown}")), 404)[
                "errors"
            ][0]["code"]
            == "import_not_found"
        )
    assert [
        found["Key"].rpartition("/")[2]
        for found in s3.list_objects_v2(Bucket="imports", Prefix="archive/")["Contents"]
    ] == ["week.csv"]


def test_admin(moto_world: MotoWorld) -> None:
    answer = moto_world.invoke("admin", load_event("admin"))
    assert answered(answer, 405)["errors"][0]["code"] == "method_not_allowed"
    assert answer["multiValueHeaders"]["Allow"] == ["POST"]
