"""The import bucket on moto's S3 and Step Functions."""

import io
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from frontdesk.adapters.files.executions import StepFunctionsExecutions
from frontdesk.adapters.files.links import DOWNLOAD_SECONDS, UPLOAD_SECONDS, S3Links
from frontdesk.adapters.files.s3 import S3Files
from frontdesk.usecases.ports import FileGone

REGION = "eu-central-1"


@pytest.fixture
def files() -> Iterator[S3Files]:
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket="imports", CreateBucketConfiguration={"LocationConstraint": REGION}
        )  # type: ignore[typeddict-item]
        yield S3Files("imports")


def etag(files: S3Files, key: str) -> str:
    (stored,) = files.list(key)
    return stored.etag


def test_what_is_written_is_read_line_by_line(files: S3Files) -> None:
    files.write("chunks/a", io.BytesIO(b"one\ntwo\n"))
    with files.open("chunks/a") as content:
        assert (content.readline(), content.readline(), content.readline()) == (b"one\n", b"two\n", b"")
    with files.open("chunks/a", etag(files, "chunks/a")) as content:
        assert list(content) == [b"one\n", b"two\n"]


def test_a_list_has_what_begins_so_however_many_there_are(files: S3Files) -> None:
    for number in range(1005):
        # Moto's model itself, because a request takes twenty times as long.
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object("imports", f"chunks/{number:04}", b"x")
    files.write("other/1", b"xyz")
    assert len(list(files.list("chunks/"))) == 1005
    assert [stored.key for stored in files.list("other/")] == ["other/1"]
    assert [stored.key for stored in files.list("chunks/", "chunks/1002")] == ["chunks/1003", "chunks/1004"]


def test_what_is_not_there_or_not_the_same_is_gone(files: S3Files) -> None:
    with pytest.raises(FileGone), files.open("chunks/a"):
        pass
    files.write("chunks/a", b"one")
    before = etag(files, "chunks/a")
    files.write("chunks/a", b"two")
    with pytest.raises(FileGone), files.open("chunks/a", before):
        pass


def test_a_file_is_moved_once_and_only_as_it_was_seen(files: S3Files) -> None:
    files.write("incoming/a", b"one")
    seen = etag(files, "incoming/a")
    files.write("incoming/a", b"two")
    assert files.move("incoming/a", "archive/a", seen) is False
    assert [stored.key for stored in files.list("")] == ["incoming/a"]
    seen = etag(files, "incoming/a")
    assert files.move("incoming/a", "archive/a", seen) is True
    assert files.move("incoming/a", "archive/a", seen) is True, "it has been moved before"
    assert [stored.key for stored in files.list("")] == ["archive/a"]


def test_an_upload_takes_a_file_of_the_size_that_is_signed_and_no_other() -> None:
    links = S3Links("imports")
    link = links.upload("uploads/o/1/week.csv", 42, now=1_000)
    asked = urlsplit(link.url)
    signed = parse_qs(asked.query)
    assert (asked.hostname, asked.path) == (f"imports.s3.{REGION}.amazonaws.com", "/uploads/o/1/week.csv")
    assert signed["X-Amz-SignedHeaders"] == ["content-length;host"]
    assert signed["X-Amz-Expires"] == [str(UPLOAD_SECONDS)]
    assert link.expires_at == 1_000 + UPLOAD_SECONDS
    # Headers that are not signed cannot be required from the uploader.
    assert not any("checksum" in name.lower() for name in signed)
    other = parse_qs(urlsplit(links.upload("uploads/o/1/week.csv", 43, now=1_000).url).query)
    assert other["X-Amz-Signature"] != signed["X-Amz-Signature"]


def test_a_download_is_saved_under_the_name_that_the_file_came_with() -> None:
    link = S3Links("imports").download("results/o/1/x", "Büro; 1.csv", now=1_000)
    signed = parse_qs(urlsplit(link.url).query)
    assert signed["response-content-disposition"] == ["attachment; filename*=UTF-8''B%C3%BCro%3B%201.csv"]
    assert (signed["X-Amz-Expires"], link.expires_at) == ([str(DOWNLOAD_SECONDS)], 1_000 + DOWNLOAD_SECONDS)


def test_an_execution_is_running_until_it_ends() -> None:
    with mock_aws():
        client = boto3.client("stepfunctions")
        machine = client.create_state_machine(
            name="imports",
            definition=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}}),
            roleArn="arn:aws:iam::123456789012:role/imports",
        )["stateMachineArn"]
        execution = client.start_execution(stateMachineArn=machine)["executionArn"]
        executions = StepFunctionsExecutions()
        assert executions.is_running(execution)
        client.stop_execution(executionArn=execution)
        assert not executions.is_running(execution)
        assert not executions.is_running(execution + "x")
