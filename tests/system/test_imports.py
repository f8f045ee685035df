"""Imports on the deployed system: a file in the bucket, the schedule, the state machine, the results and the mail."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.cloud import Details
from local.import_file import RESULTS, Imports, exit_code, follow
from local.servers import REGION, ROOT
from tests.system.client import Api, wait_until
from tests.system.conftest import Mailbox

SAMPLE = (ROOT / "docs/import_sample.csv").read_text()


class Cloud:
    """The imports of the demo organization, through AWS's own interfaces."""

    def __init__(self, demo: Details) -> None:
        self.organization_id, self.outputs = demo["organization_id"], demo["outputs"]
        self.bucket = self.outputs["ImportBucketName"]
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.s3, self.states, self.scheduler = (
            boto3.client(name, endpoint_url=demo["dynamodb_endpoint"], region_name=REGION, **keys)  # type: ignore[call-overload]
            for name in ("s3", "stepfunctions", "scheduler")
        )

    def put(self, name: str, content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=self.bucket, Key=f"incoming/{self.organization_id}/{name}", Body=body)

    def start(self, **wanted: Any) -> str:
        return str(
            self.states.start_execution(stateMachineArn=self.outputs["ImportsArn"], input=json.dumps(wanted))[
                "executionArn"
            ]
        )

    def ended(self, *executions: str) -> None:
        wait_until(
            lambda: all(
                self.states.describe_execution(executionArn=each)["status"] != "RUNNING"
                for each in executions
            )
        )
        assert {self.states.describe_execution(executionArn=each)["status"] for each in executions} == {
            "SUCCEEDED"
        }

    def keys(self, prefix: str) -> list[str]:
        return [
            found["Key"]
            for found in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        ]

    def runs_of(self, name: str) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Returns (summary, results) of every import of a file."""
        found = []
        for key in self.keys(f"results/{self.organization_id}/"):
            if key.endswith("summary.json"):
                summary = json.loads(self._read(key))
                if summary["file"] == name:
                    results = self._read(key.replace("summary.json", "results.jsonl"))
                    found.append((summary, [json.loads(line) for line in results.splitlines()]))
        return found

    def _read(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())


@pytest.fixture(scope="module")
def imports(demo: Details) -> Cloud:
    return Cloud(demo)


def test_the_schedule_imports_what_waits_and_mails_the_summary(imports: Cloud, mailbox: Mailbox) -> None:
    imports.put("week.csv.options.json", json.dumps({"report_to": "desk@example.com"}))
    imports.put("week.csv", SAMPLE)
    # The deployed schedule with another time, because MiniStack never fires a schedule for one time if it is changed.
    schedule = imports.scheduler.get_schedule(Name=imports.outputs["ImportScheduleName"])
    now = f"at({datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S})"
    rest = {key: schedule[key] for key in ("FlexibleTimeWindow", "Target")}
    imports.scheduler.create_schedule(
        Name="now", ScheduleExpression=now, ActionAfterCompletion="DELETE", **rest
    )
    mail = mailbox.wait_for(lambda mail: "desk@example.com" in mail["To"], seconds=90)

    [(summary, results)] = imports.runs_of("week.csv")
    assert [(each["line"], each["result"]) for each in results] == [
        (2, "created"),
        (3, "created"),
        (4, "refused"),
    ]
    assert (summary["status"], summary["rows"], summary["errors"]) == (
        "completed",
        3,
        {"slot_unavailable": 1},
    )
    assert mail["Subject"] == "Import completed: week.csv"
    wait_until(lambda: imports.keys("incoming/") == [])
    # The archive may also contain files of other tests.
    archived = [key.rpartition("/")[2] for key in imports.keys("archive/")]
    assert [each for each in archived if each.startswith("week")] == ["week.csv", "week.csv.options.json"]


def test_the_same_file_again_changes_nothing_whoever_starts_it(imports: Cloud) -> None:
    content = SAMPLE.replace("2031-04", "2031-05").replace("2031-000", "again-")
    imports.put("again.csv", content)
    imports.ended(imports.start())
    imports.put("again.csv", content)
    upload = {"detail": {"object": {"key": f"incoming/{imports.organization_id}/again.csv"}}}
    imports.ended(imports.start(**upload))
    assert sorted([each["result"] for each in results] for _, results in imports.runs_of("again.csv")) == [
        ["created", "created", "refused"],
        ["unchanged", "unchanged", "refused"],
    ]


def test_two_executions_at_once_import_a_file_once(imports: Cloud) -> None:
    imports.put("once.jsonl", '{"bookings": []}\n')
    imports.ended(*(imports.start() for _ in range(3)))
    assert len(imports.runs_of("once.jsonl")) == 1


def test_a_broken_file_is_refused_and_no_run_is_stuck(imports: Cloud) -> None:
    imports.put("broken.csv", b"\x1f\x8b\x08")
    imports.put("empty.jsonl", b"")
    imports.ended(imports.start())
    for name, code in (("broken.csv", "packed_file"), ("empty.jsonl", "no_rows")):
        [(summary, results)] = imports.runs_of(name)
        assert (summary["status"], summary["problem"]["code"], results) == ("refused", code, [])
    assert imports.keys("incoming/") == []


def test_by_the_api_alone_a_file_is_uploaded_imported_and_taken_back(
    api: Api, demo: Details, tmp_path: Path
) -> None:
    """Like `make import`. Only the event of the upload starts the execution."""
    file = tmp_path / "api.csv"
    file.write_text(SAMPLE.replace("2031-04", "2031-06").replace("2031-000", "api-"))
    run = follow(file, Imports(demo["base_url"], demo["token"]))
    assert (run["status"], run["created"], run["refused"], exit_code(run)) == ("completed", 2, 1, 2)
    with (RESULTS / "api.csv").open(newline="") as marked:
        assert [row[-2] for row in csv.reader(marked)] == ["Result", "created", "created", "refused"]

    assert api.request("POST", f"/api/v1/imports/{run['id']}/undo").status == 202
    wait_until(lambda: _undo(api, run["id"])["status"] == "completed")
    assert (_undo(api, run["id"])["undone"], _undo(api, run["id"])["left"]) == (2, {})
    left = {"filter[import]": run["id"], "filter[status]": "completed"}
    assert api.request("GET", "/api/v1/orders", params=left).document["data"] == []
    again = follow(file, Imports(demo["base_url"], demo["token"]))
    assert again["created"] == 2, "other orders, as those were taken back"


def _undo(api: Api, id: str) -> dict[str, Any]:
    return dict(api.request("GET", f"/api/v1/imports/{id}").attributes["undo"])
