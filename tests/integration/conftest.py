"""Functions in this process, with the demo organization: DynamoDB in memory, moto for other services."""

import ast
import importlib
import importlib.util
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch
from urllib.parse import urlparse

import boto3
import pytest
from moto import mock_aws
from moto.core import models as moto_models
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.ses.models import ses_backends
from moto.sesv2.models import sesv2_backends
from moto.sesv2.responses import SESV2Response
from moto.sqs.models import sqs_backends
from moto.stepfunctions.models import stepfunctions_backends

from frontdesk import bootstrap
from frontdesk.errors.catalogue import ERRORS, PHRASES
from local.seed import seed
from local.servers import REGION, ROOT
from tests.simulation.engine import Engine
from tests.support.clients import shared_clients
from tests.support.dynamodb import AMAZONS, dynamodb_in_memory, engine_of
from tests.support.engine import SCHEMA
from tests.support.openapi import assert_documented
from tests.support.permissions import BUCKET, SENDER, STACK, Role, acting, granted


@dataclass(frozen=True)
class LambdaContext:
    """The parts of Lambda's context that the functions use."""

    function_name: str
    memory_limit_in_mb: int = 1024
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    @property
    def invoked_function_arn(self) -> str:
        return f"arn:aws:lambda:{REGION}:{DEFAULT_ACCOUNT_ID}:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


@dataclass(frozen=True)
class MotoWorld:
    """`demo` is the result of the seed: ids and tokens of the demo organization."""

    demo: dict[str, str]
    table_name: str
    queue_url: str
    roles: dict[str, Role] = field(default_factory=dict)
    exports_queue_url: str = ""

    def role(self, function: str) -> Role:
        """Returns the function's permissions in the template, and the requests it has made here so far."""
        return self.roles.setdefault(function, Role(function, granted()[function]))

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Runs functions/{function}/app.py on an event, in its role. The answer must match the API's document."""
        handler = load_function(function).handler
        with acting(self.role(function)):
            answer = dict(handler(event, LambdaContext(function)))
        if "httpMethod" in event:
            assert_documented(event, answer)
        assert_of_catalogue(answer)
        return answer

    def items(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Returns every item of the table by its key."""
        return dict(engine_of(self.table_name).items)

    def make_exports(self) -> int:
        """Works through the queue of exports as Lambda does, until it is empty. Returns the number of invocations."""
        sqs, times = boto3.client("sqs"), 0
        at = {"QueueUrl": self.exports_queue_url}
        while found := sqs.receive_message(**at).get("Messages", []):
            record = {
                "messageId": found[0]["MessageId"], "receiptHandle": found[0]["ReceiptHandle"], "body": found[0]["Body"],
                "eventSource": "aws:sqs", "attributes": {"ApproximateReceiveCount": "1"},
            }  # fmt: skip
            answer = self.invoke("make_export", {"Records": [record]})
            times += 1
            if answer["batchItemFailures"]:
                return times
            sqs.delete_message(**at, ReceiptHandle=found[0]["ReceiptHandle"])
        return times

    def mails(self) -> list[str]:
        """Returns the raw text of every mail sent so far, including attachments."""
        return [message.raw_data for message in ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages]

    def unsent(self) -> list[dict[str, str]]:
        """Returns the orders in the operator's queue."""
        messages = (
            boto3.client("sqs")
            .receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
            .get("Messages", [])
        )
        return [json.loads(message["Body"]) for message in messages]


def assert_of_catalogue(answer: dict[str, Any]) -> None:
    """Checks that errors are in the catalogue, and so in docs/api.md, and that every text of pydantic's is translated."""
    if answer.get("statusCode", 200) < 400:
        return
    for error in json.loads(answer["body"])["errors"]:
        entry = ERRORS[error["code"]]
        assert int(error["status"]) in (entry.status, *entry.also), error
        assert error["title"] in (entry.en.title, entry.de.title), error
        assert error["detail"] != PHRASES["not_valid"].en, error


def metrics_in(text: str) -> list[dict[str, Any]]:
    """Returns the metrics in a function's output, as CloudWatch reads them: names and dimensions with their values."""
    result = []
    for line in text.splitlines():
        document = json.loads(line) if line.startswith("{") else {}
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
            names = [name for dimensions in directive["Dimensions"] for name in dimensions] + [
                m["Name"] for m in directive["Metrics"]
            ]
            result.append({name: document[name] for name in names} | {"namespace": directive["Namespace"]})
    return result


def load_function(name: str) -> ModuleType:
    """Returns the module of a function under a unique name, because all of them are called app.py.

    Events share the module, as in Lambda. A function in another environment, or with replaced imports, gets its own.
    """
    environment = frozenset(each for each in os.environ.items() if not each[0].startswith("PYTEST"))
    return _loaded(name, tuple(id(_imported(module, each)) for module, each in _imports(name)), environment)


@cache
def _loaded(name: str, imported: tuple[int, ...], environment: frozenset[tuple[str, str]]) -> ModuleType:
    """Loads the module. The cached ids stay valid, because the module keeps its imports alive."""
    spec = importlib.util.spec_from_file_location(f"functions_{name}_app", _source(name))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _imports(name: str) -> list[tuple[str, str]]:
    parsed = ast.parse(_source(name).read_text())
    found = [each for each in ast.walk(parsed) if isinstance(each, ast.ImportFrom)]
    return [(str(each.module), alias.name) for each in found for alias in each.names]


def _imported(module: str, name: str) -> Any:
    there = importlib.import_module(module)
    return getattr(there, name) if hasattr(there, name) else importlib.import_module(f"{module}.{name}")


def _source(function: str) -> Path:
    return ROOT / "functions" / function / "app.py"


def _but_dynamodb(stub: BotocoreStubber, event_name: str, request: Any, **more: Any) -> Any:
    """Moto's handler of requests, which ignores DynamoDB's."""
    return None if request.url.startswith(AMAZONS) else _answered(stub, event_name, request, **more)


_answered = BotocoreStubber.__call__
BotocoreStubber.__call__ = _but_dynamodb  # type: ignore[method-assign]


@pytest.fixture
def moto_world() -> Iterator[MotoWorld]:
    """Yields the surroundings of the deployed system, with the demo organization.

    For one thread only, because moto's transactions are not safe.
    """
    with new_moto_world() as made:
        yield made


@contextmanager
def new_moto_world() -> Iterator[MotoWorld]:
    # Nothing here uses `requests`, for which moto would register a thousand addresses each time.
    no_requests = patch.object(moto_models, "RESPONSES_METHODS", [])
    with (
        no_requests,
        mock_aws(),
        shared_clients(),
        dynamodb_in_memory() as cloud,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        quota = {"MaxSendRate": 14.0, "Max24HourSend": 50_000.0, "SentLast24Hours": 0.0}
        account = json.dumps({"SendQuota": quota, "SendingEnabled": True})
        # Moto does not support it.
        monkeypatch.setattr(SESV2Response, "get_account", lambda _: account, raising=False)
        imports_arn, queue_url, exports_queue_url = _furnish()
        for name, value in {
            "EXPORTS_QUEUE_URL": exports_queue_url,
            "TABLE_NAME": "frontdesk",
            "SENDER_EMAIL": SENDER,
            "CONFIGURATION_SET": f"{STACK}-mail",
            "FAILED_NOTIFICATIONS_QUEUE_URL": queue_url,
            "IMPORT_BUCKET": BUCKET,
            "IMPORTS_ARN": imports_arn,
            "ENVIRONMENT": "staging",
            "POWERTOOLS_SERVICE_NAME": "frontdesk",
        }.items():
            monkeypatch.setenv(name, value)
        table, demo = _seeded()
        cloud.tables["frontdesk"] = table.copy()
        bootstrap.world.cache_clear()
        try:
            yield MotoWorld(dict(demo), "frontdesk", queue_url, exports_queue_url=exports_queue_url)
        finally:
            bootstrap.world.cache_clear()


def _furnish() -> tuple[str, str, str]:
    """Creates what the functions use beside the table. Returns the state machine's ARN and the queue URLs of failed notifications and exports.

    This calls moto's models directly, because the same through clients takes seven times the CPU.
    """
    mail, queues = _backend(sesv2_backends), _backend(sqs_backends)
    mail.core_backend.create_configuration_set_v2(f"{STACK}-mail", *[None] * 7)
    mail.create_email_identity(SENDER, None, None, None)
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(BUCKET, REGION)
    ends = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}})
    role = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/imports"
    imports = _backend(stepfunctions_backends).create_state_machine(f"{STACK}-imports", ends, role)
    there = urlparse(f"https://sqs.{REGION}.amazonaws.com")
    failed, exports = (queues.create_queue(name).url(there) for name in ("failed-notifications", "exports"))
    return imports.arn, failed, exports


def _backend(backends: Any) -> Any:
    return backends[DEFAULT_ACCOUNT_ID][REGION]


@cache
def _seeded() -> tuple[Engine, dict[str, str]]:
    """Returns the table with the demo organization, which each world copies, and the result of its seed."""
    with dynamodb_in_memory() as cloud:
        boto3.client("dynamodb").create_table(TableName="frontdesk", **SCHEMA)
        bootstrap.world.cache_clear()
        return cloud.tables["frontdesk"], seed()
