"""The functions work with the botocore that Lambda provides, which changes: with the oldest that they need, and the newest."""

import subprocess
import sys

import botocore
import pytest

from local.servers import ROOT, client_environment
from tests.support.engine import table

OLDEST = ROOT / ".botocore"
PROGRAM = """
import io, sys
import botocore
from botocore.response import StreamingBody
from local.sample import place_sample_order
from local.seed import seed

seed()
place_sample_order()
body = io.BufferedReader(StreamingBody(io.BytesIO(b"one\\ntwo"), 7))
print(botocore.__version__, *body.read().split())
"""


@pytest.mark.thorough
def test_orders_and_files_work_on_the_oldest_botocore_too(roto_dynamodb: str) -> None:
    with table(roto_dynamodb) as on:
        before = len(on.items())
        environment = client_environment(roto_dynamodb) | {
            "PYTHONPATH": f"{OLDEST}:{ROOT}:{ROOT / 'layers/domain/python'}",
            "TABLE_NAME": on.store.table_name,
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout.split() == ["1.38.20", "b'one'", "b'two'"]
        assert any(sk == "order" for _, sk in on.items())
        assert len(on.items()) > before
    assert botocore.__version__ > "1.44"
