"""What the local cloud adds to its engines: they end with their parent, a kill loses little, and mails can be read."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections import namedtuple
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local import servers
from local.cloud import cloud
from local.deploy import client_of
from local.servers import ROOT, ServerError, client_environment, free_port, ministack
from tests.support.engine import SCHEMA


def eventually(true: Any, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=2, trust_env=False)
    except httpx.TransportError:
        return False
    return True


@pytest.mark.thorough
@pytest.mark.parametrize("engine", ["roto", "ministack"])
def test_an_engine_ends_with_who_started_it_even_killed(engine: str, tmp_path: Path) -> None:
    port = free_port()
    program = (
        f"import sys, time; from pathlib import Path; from local.servers import {engine};"
        f"engine = {engine}({port}, Path(sys.argv[1])); engine.__enter__(); print('up', flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout
    assert parent.stdout.readline() == b"up\n"
    assert answers(port)

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert eventually(lambda: not answers(port))


@pytest.mark.thorough
def test_a_kill_loses_nothing_but_the_last_seconds(tmp_path: Path) -> None:
    port = free_port()
    with ministack(port, tmp_path) as server:
        client_of(server.endpoint, "dynamodb").create_table(
            TableName="kept",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        put(server.endpoint, "first")
        client_of(server.endpoint, "sqs").create_queue(QueueName="kept")
        assert (
            httpx.post(f"{server.endpoint}/_frontdesk/save", timeout=30, trust_env=False).status_code == 200
        )
        put(server.endpoint, "second")
        table = tmp_path / "state/dynamodb.json"
        assert eventually(lambda: "second" in table.read_text())
        server.process.kill()
        server.process.wait()

    with ministack(port, tmp_path) as server:
        listed = client_of(server.endpoint, "dynamodb").scan(TableName="kept")["Items"]
        assert sorted(item["id"]["S"] for item in listed) == ["first", "second"]
        assert client_of(server.endpoint, "sqs").list_queues()["QueueUrls"]


def put(endpoint: str, id: str) -> None:
    client_of(endpoint, "dynamodb").put_item(TableName="kept", Item={"id": {"S": id}})


@pytest.mark.thorough
def test_what_is_sent_can_be_read_in_a_browser(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "<b>Your order</b>"
    message.set_content("Thank you.")
    message.add_alternative("<p>Thank <em>you</em>.</p>", subtype="html")
    message.add_attachment(b"BEGIN:VCALENDAR\r\n", maintype="text", subtype="calendar", filename="order.ics")
    with ministack(free_port(), tmp_path, persist=False) as server:
        mailer = client_of(server.endpoint, "sesv2")
        mailer.create_email_identity(EmailIdentity="a@example.com")
        with httpx.Client(base_url=server.endpoint, trust_env=False, timeout=10) as browser:
            assert browser.get("/").headers["Location"] == "/mailbox"
            assert browser.get("/docs").status_code == 404
            assert "No mail yet" in browser.get("/mailbox").text
            mailer.send_email(
                FromEmailAddress="a@example.com",
                Destination={"ToAddresses": ["b@example.com"]},
                Content={"Raw": {"Data": message.as_bytes()}},
            )
            (tmp_path / "demo.json").write_text('{"docs_url": "http://127.0.0.1/somewhere/docs"}')

            page = browser.get("/mailbox")
            assert "&lt;b&gt;Your order&lt;/b&gt;" in page.text
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert browser.get("/mailbox/1/html").text.strip() == "<p>Thank <em>you</em>.</p>"
            assert browser.get("/mailbox/1/text").text.strip() == "Thank you."
            calendar = browser.get("/mailbox/1/attachments/1")
            assert calendar.content.startswith(b"BEGIN:VCALENDAR")
            assert calendar.headers["Content-Type"].startswith("text/calendar")
            assert 'filename="order.ics"' in calendar.headers["Content-Disposition"]
            assert browser.get("/docs").headers["Location"] == "http://127.0.0.1/somewhere/docs"
            for nowhere in ("0/html", "2/html", "1/attachments/2", "1/x", "x/html"):
                assert browser.get(f"/mailbox/{nowhere}").status_code == 404
        # A signed request is meant for AWS: it lists buckets.
        environment = client_environment(server.endpoint)
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        s3 = boto3.client(
            "s3", endpoint_url=server.endpoint, region_name=environment["AWS_DEFAULT_REGION"], **keys
        )
        assert s3.list_buckets()["Buckets"] == []


HALVES = """
import os, pathlib
seen = pathlib.Path(os.environ["SEEN"])
def handler(event, context):
    for record in event["Records"]:
        with seen.open("a") as file:
            print(record["dynamodb"]["Keys"]["pk"]["S"], file=file)
    first = len(seen.read_text().split()) == len(event["Records"])
    failed = [{"itemIdentifier": event["Records"][-1]["dynamodb"]["SequenceNumber"]}] if first else []
    return {"batchItemFailures": failed}
"""


def allowing(action: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.thorough
def test_what_a_function_could_not_handle_of_a_stream_comes_again(
    ministack_dynamodb: str, tmp_path: Path
) -> None:
    """A lost event is a webhook or a mail that nobody ever gets."""
    seen = tmp_path / "seen"
    seen.touch()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("app.py", HALVES)
    functions, tables, roles = (
        client_of(ministack_dynamodb, service) for service in ("lambda", "dynamodb", "iam")
    )
    role = roles.create_role(
        RoleName="halves", AssumeRolePolicyDocument=allowing("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    )["Role"]["Arn"]  # fmt: skip
    roles.put_role_policy(
        RoleName="halves", PolicyName="all", PolicyDocument=allowing("dynamodb:*", Resource="*")
    )
    made = tables.create_table(
        TableName="streamed", **SCHEMA,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )  # fmt: skip
    functions.create_function(
        FunctionName="halves", Runtime="python3.11", Handler="app.handler", Timeout=30,
        Role=role, Code={"ZipFile": content.getvalue()},
        Environment={"Variables": {"SEEN": str(seen)}},
    )  # fmt: skip
    functions.create_event_source_mapping(
        FunctionName="halves", EventSourceArn=made["TableDescription"]["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON", FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip

    for name in "ab":
        tables.put_item(TableName="streamed", Item={"pk": {"S": name}, "sk": {"S": "it"}})

    # The two may come together or one after the other. The last record of the first batch comes twice.
    assert eventually(lambda: len(seen.read_text().split()) >= 3)
    assert set(seen.read_text().split()) == {"a", "b"}


def test_a_full_disk_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(servers.shutil, "disk_usage", lambda _: usage(10**12, 10**12, 10**8))

    with (
        pytest.raises(ServerError, match=r"The disk is full: .* has 100 MB left"),
        cloud(tmp_path, free_port()),
    ):
        raise AssertionError("It should not have started.")
