"""The content of a function's snapshot: its imports, and DynamoDB's client, the slowest part of a first request."""

import subprocess
import sys

import pytest

from local.servers import ROOT, client_environment

PROGRAM = """
import sys; sys.path.insert(0, "functions/from_config")
import app
from frontdesk.bootstrap import world
print(world.cache_info().currsize == 1 and "store" in vars(world()))
"""


@pytest.mark.parametrize(("kind", "made"), [("snap-start", True), ("on-demand", False), (None, False)])
def test_the_client_is_made_before_the_snapshot_and_else_when_it_is_needed(
    kind: str | None, made: bool
) -> None:
    environment = client_environment("http://127.0.0.1:1") | {
        "PYTHONPATH": str(ROOT / "layers/domain/python"),
        "TABLE_NAME": "frontdesk",
        **({"AWS_LAMBDA_INITIALIZATION_TYPE": kind} if kind else {}),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [str(made)]
