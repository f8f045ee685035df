"""Signed deliveries, verified with the libraries whose schemes they follow."""

import json
import subprocess
import time
from typing import Any

import pytest

from frontdesk.domain.webhooks.signatures import new_secret, sign, standard_headers
from tests.clients.conftest import PROGRAMS, PYTHON

pytestmark = pytest.mark.clients
BODY = json.dumps({"event": "orders.created", "data": {"customer": "Zoë 🪑"}}, ensure_ascii=False)
BOTH = ["stripe", "standardwebhooks"]


def delivery(secret: str, *keys: str, body: str = BODY, ago: int = 0) -> dict[str, Any]:
    """Returns what a receiver with this secret gets, signed with these keys. The body may differ from the signed one."""
    now, signed = int(time.time()) - ago, BODY.encode()
    headers = {
        "Frontdesk-Signature": sign(signed, now, keys),
        **standard_headers("71a1d870", signed, now, keys),
    }
    return {"headers": headers, "body": body, "secret": secret}


def test_each_library_takes_what_is_signed_and_nothing_else() -> None:
    old, new = new_secret(), new_secret()
    expected = [
        (delivery(new, new), BOTH),
        # While a secret is rotated, two keys sign.
        (delivery(new, new, old), BOTH),
        (delivery(old, new, old), BOTH),
        (delivery(old, new), []),
        (delivery(new, new, body=BODY.replace("created", "deleted")), []),
        (delivery(new, new, ago=3_600), []),
    ]
    asked = json.dumps([each for each, _ in expected])
    told = subprocess.run(
        [PYTHON, PROGRAMS / "webhooks.py"], input=asked, capture_output=True, text=True, check=True
    )
    assert json.loads(told.stdout) == [by for _, by in expected]
