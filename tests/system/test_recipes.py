"""The guide, pasted into a shell block by block, each with the results of the previous ones."""

import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.adapters.dynamodb.items import catalog_row
from frontdesk.domain.catalog.access import Token, new_token, read_token
from local.cloud import Details
from local.servers import ROOT
from tests.system.client import Table

Shell = Callable[[str], subprocess.CompletedProcess[str]]

BLOCKS = re.findall(r"^```\n(.*?)^```$", (ROOT / "docs/guide.md").read_text(), re.M | re.S)


@pytest.fixture
def shell(demo: Details, table: Table, tmp_path: Path) -> Shell:
    """A shell in a folder with the .local/demo.env of the tests' cloud, and a `make operator-token` for it."""
    text = new_token("operator")
    presented = read_token(text)
    assert presented
    table.put(
        catalog_row(
            "operator",
            Token(id=presented.digest, organization_id="operator", name="o", scopes={"organizations:write"}),
        )
    )
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/demo.env").write_text(f"base_url={shlex.quote(demo['base_url'])}\n")
    (tmp_path / "make").write_text(f"#!/bin/sh\necho {shlex.quote(text)}\n")
    (tmp_path / "make").chmod(0o755)

    def run(commands: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "no_proxy": "127.0.0.1"}
        return subprocess.run(
            ["/bin/bash", "-c", commands],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_guide_does_what_it_says(shell: Shell) -> None:
    done = shell("\n".join(BLOCKS))

    assert (done.returncode, done.stderr) == (0, "")
    price, refusal, occurrences, with_dryer, completed, moved, canceled, course, day_pass, secret = (
        done.stdout.splitlines()
    )
    assert price == "3000"
    assert "09:00" in refusal
    assert occurrences == "6"
    assert with_dryer == "3500"
    assert completed == "completed"
    assert moved == "2030-04-15T12:00:00+00:00"
    assert canceled == "canceled"
    assert course == "12000"
    assert day_pass == "1900"
    assert secret.startswith("whsec_")


def test_a_block_stops_at_the_first_error_and_shows_it(shell: Shell) -> None:
    done = shell("\n".join(BLOCKS[:2]).replace('"Europe/Berlin"', '"Europe/Nowhere"'))

    assert done.returncode != 0
    assert "/data/attributes/timezone" in done.stderr
    assert "IANA time zone" in done.stderr
    assert "KeyError" not in done.stderr
    assert done.stdout == ""
