"""The recipes of docs/api.md, as somebody pastes them into a shell."""

import json
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

DOCUMENT = (ROOT / "docs/api.md").read_text()


def recipe(title: str) -> str:
    found = re.search(rf"^### {title}\n.*?^```\n(.*?)^```$", DOCUMENT, re.M | re.S)
    assert found, title
    return found[1]


@pytest.fixture
def shell(demo: Details, table: Table, tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Bash in a folder with the .local/demo.env of the tests' cloud, and a `make operator-token` for it."""
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


def test_a_new_business_has_a_price_and_a_day_pass(
    shell: Callable[[str], subprocess.CompletedProcess[str]],
) -> None:
    done = shell(recipe("A new business") + "\necho ---\n" + recipe("A day pass"))

    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(text)["data"]["attributes"] for text in done.stdout.split("---")]
    assert [(each["total"], each["bookings"][0]["available"]) for each in answers] == [
        (3000, True),
        (1900, True),
    ]


def test_a_recipe_stops_at_the_first_error_and_shows_it(
    shell: Callable[[str], subprocess.CompletedProcess[str]],
) -> None:
    done = shell(recipe("A new business").replace('"Europe/Berlin"', '"Europe/Nowhere"'))

    assert done.returncode != 0
    assert "/data/attributes/timezone" in done.stderr
    assert "IANA time zone" in done.stderr
    assert "KeyError" not in done.stderr
    assert done.stdout == ""
