"""The functions log enough to find a request, an order or an organization, but no customer data (tests/support/privacy.py)."""

import json
import traceback
from typing import Any

import boto3
import pytest

from tests.integration.conftest import LambdaContext, MotoWorld
from tests.integration.test_api import ask
from tests.integration.test_events import ORDER_ID, as_admin, load_event, pinned, placed  # noqa: F401
from tests.support.demo import ADA, ORGANIZATION
from tests.support.privacy import secrets_in

REQUEST = LambdaContext("any").aws_request_id


def logged(lines: list[str]) -> list[dict[str, Any]]:
    """Returns the lines of Powertools' logger."""
    parsed = (json.loads(line) for line in lines if line.startswith("{"))
    return [line for line in parsed if "message" in line]


def test_an_order_can_be_found_by_its_request_its_organization_and_its_id(
    placed: MotoWorld,  # noqa: F811
    log_lines: list[str],
) -> None:
    [line] = [line for line in logged(log_lines) if line["message"] == "order placed"]
    assert line["correlation_id"] == load_event("from_config")["requestContext"]["requestId"]
    assert (line["organization_id"], line["order_id"]) == (ORGANIZATION.id, ORDER_ID)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (f"/api/v1/orders/{ORDER_ID}", {"order_id": ORDER_ID}),
        (f"/api/v1/bookings/{ORDER_ID}-1", {"booking_id": f"{ORDER_ID}-1"}),
        ("/api/v1/orders/ada@example.com", {}),
        (f"/api/v1/orders/{ADA.family_name}", {}),
    ],
)
def test_a_refusal_names_what_the_path_does(
    moto_world: MotoWorld, log_lines: list[str], path: str, named: dict[str, str]
) -> None:
    event = as_admin("GET", path) | {"headers": {"Authorization": f"Bearer {moto_world.demo['token']}"}}
    moto_world.invoke("admin", event)
    [line] = [line for line in logged(log_lines) if line["message"] == "refused"]
    assert (line["status"], line["organization_id"]) == (404, ORGANIZATION.id)
    assert line["correlation_id"] == event["requestContext"]["requestId"]
    assert {name: line[name] for name in ("order_id", "booking_id") if name in line} == named


def test_a_line_does_not_name_what_the_request_before_was_about(
    moto_world: MotoWorld, log_lines: list[str]
) -> None:
    assert ask(moto_world)[0] == 201
    assert ask(moto_world, headers={"Authorization": None})[0] == 401
    assert not logged(log_lines)[-1].keys() & {"organization_id", "order_id"}


def test_a_mail_can_be_found_by_its_order(placed: MotoWorld, log_lines: list[str]) -> None:  # noqa: F811
    placed.invoke("deliver_notifications", load_event("deliver_notifications"))
    line = logged(log_lines)[-1]
    assert {
        name: line[name]
        for name in ("message", "states", "organization_id", "order_id", "function_request_id")
    } == {
        "message": "mail",
        "states": {"sent": 1},
        "organization_id": ORGANIZATION.id,
        "order_id": ORDER_ID,
        "function_request_id": REQUEST,
    }


def planned(on: MotoWorld, content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the run of a file, and the event of its only chunk."""
    s3 = boto3.client("s3")
    s3.put_object(Bucket="imports", Key=f"incoming/{ORGANIZATION.id}/week.jsonl", Body=content)
    [run] = on.invoke("plan_import", load_event("plan_import"))["runs"]
    manifest = on.invoke("plan_import", {"step": "plan", **run})["manifest"]
    [chunk] = json.loads(s3.get_object(Bucket="imports", Key=manifest)["Body"].read())
    return run, chunk


def test_an_import_can_be_found_by_its_run(moto_world: MotoWorld, log_lines: list[str]) -> None:
    content = b'{"bookings": [{}], "customer": {"email": "grace@example.com", "given_name": "Grace", "create": true}}'
    run, chunk = planned(moto_world, content)
    assert moto_world.invoke("bulk_import", chunk)["refused"] == 1
    moto_world.invoke("plan_import", {"step": "join", **run})
    found, *others = logged(log_lines)
    assert (found["message"], found["runs"]) == ("files found", [run["run_id"]])
    assert [line["message"] for line in others] == ["file planned", "chunk imported", "import ended"]
    for line in others:
        assert (line["organization_id"], line["run_id"], line["function_request_id"]) == (
            run["organization_id"],
            run["run_id"],
            REQUEST,
        )


def put(key: str, sk: str, body: Any) -> None:
    item = {
        "pk": {"S": f"{ORGANIZATION.id}#{key}"},
        "sk": {"S": sk},
        "body": {"S": json.dumps(body)},
        "state": {"S": "x"},
    }
    boto3.client("dynamodb").put_item(TableName="frontdesk", Item=item)


def test_an_item_that_cannot_be_read_is_not_told_by_the_error(placed: MotoWorld) -> None:  # noqa: F811
    """Lambda logs an exception's text, and Pydantic's would quote its input."""
    customer = {"email": ADA.email, "given_name": ADA.given_name, "family_name": ADA.family_name}
    put(f"customer#{ADA.id}", "customer", customer)
    message = load_event("deliver_webhooks")
    message["Records"][0]["body"] = json.dumps(customer)
    unread = 0
    for function, event in {
        "deliver_notifications": load_event("deliver_notifications"),
        "deliver_webhooks": message,
        "from_config": load_event("from_config"),
    }.items():
        try:
            placed.invoke(function, event)
        except Exception:
            text = traceback.format_exc()
            assert "ValidationError" in text
            assert secrets_in([text]) == []
            unread += 1
    assert unread


def test_a_chunk_that_cannot_be_read_is_not_told_by_the_error(moto_world: MotoWorld) -> None:
    content = json.dumps({"bookings": [{}], "customer": {"email": ADA.email}}).encode()
    _, chunk = planned(moto_world, content)
    [lines] = [
        found["Key"]
        for found in boto3.client("s3").list_objects_v2(Bucket="imports")["Contents"]
        if found["Key"].endswith("1.jsonl")
    ]
    boto3.client("s3").put_object(Bucket="imports", Key=lines, Body=content)
    with pytest.raises(ValueError, match="validation error") as failed:
        moto_world.invoke("bulk_import", chunk)
    assert secrets_in(["".join(traceback.format_exception(failed.value))]) == []
