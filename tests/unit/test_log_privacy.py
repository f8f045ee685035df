"""The check of logs (tests/support/privacy.py) catches a logged customer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.privacy import secrets_in

ROOT = Path(__file__).parents[2]
LEAKS = """
import logging
import warnings
from types import SimpleNamespace

import pytest
from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.api.app import logger


def test_in_a_message() -> None:
    logger.info("order placed for ada@example.com")

def test_in_a_field() -> None:
    logger.info("order placed", customer={"name": "Lovelace"})

def test_in_an_appended_key() -> None:
    logger.append_keys(note="Gr\\u00fc\\u00dfe")
    logger.info("refused")
    logger.remove_keys(["note"])

def test_in_an_exception() -> None:
    try:
        raise ValueError("Bernd")
    except ValueError:
        logger.exception("failed")

def test_in_another_logger() -> None:
    logging.getLogger("botocore").warning("Authorization: %s", "fd.5f0c6f0a-6d3b.demo-full-access")

def test_in_another_logger_of_powertools() -> None:
    Logger(service="other").error("no mail", extra={"to": "somebody@else.example"})

def test_in_a_metric() -> None:
    with metrics.measured(SimpleNamespace(function_name="f", aws_request_id="r")):
        metrics.about(phone="+49 30 1234567")
        metrics.count("OrdersCreated")

def test_nothing() -> None:
    logger.info("order placed", order_id="2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730")
    logging.getLogger("botocore").debug("not written on Lambda: ada@example.com")
    print("ada@example.com, and what a test prints is no log")
"""


def test_a_test_fails_in_which_somebody_logs_a_customer(tmp_path: Path) -> None:
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.support.privacy",
        "-p",
        "no:cacheprovider",
        "-rA",
        "--tb=no",
        str(tmp_path),
    ]
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/domain/python'}", "PYDANTIC_DISABLE_PLUGINS": "true"}
    done = subprocess.run(command, cwd=tmp_path, env=paths, capture_output=True, text=True, check=False)
    leaks = [
        line.removeprefix("def ").partition("(")[0]
        for line in LEAKS.splitlines()
        if line.startswith("def test_in")
    ]
    failed = [
        line.split("::")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("FAILED")
    ]
    assert failed == leaks, done.stdout + done.stderr
    assert f"{len(leaks)} failed, 1 passed" in done.stdout


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"INFO","timestamp":"2030-04-15 09:00:00,123+0000","order_id":"2a9d4e81-6c3f-4b7a-9e05-d1c8f6b2a730","bookings":2}',
        '{"where":["frontdesk.api.app:120"],"xray_trace_id":"1-6a1e2f30-0123456789abcdef01234567","version":"$LATEST"}',
        '{"start":"2030-04-15T09:00:00+02:00","amount":"+1000000"}',
    ],
)
def test_what_logs_are_made_of_is_no_secret(line: str) -> None:
    assert secrets_in([line]) == []
