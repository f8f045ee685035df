"""docs/operations.md names a test for every threat: that each is there, under that name."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TABLE = (ROOT / "docs/operations.md").read_text().split("\n## Threats\n")[1].split("\n## ")[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in _TABLE.splitlines()
    if line.startswith("| ")
][2:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_threat_is_tried_by_tests_that_exist(row: list[str]) -> None:
    threat, stopped_by, tried_by = row
    assert threat
    assert stopped_by
    if tried_by.startswith("no test: "):
        return
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tried_by)
    assert tests
    assert tried_by.count("`") == 2 * len(tests), "something in there is no test's id"
    for path, name in tests:
        defined = {
            node.name
            for node in ast.parse((ROOT / path).read_text()).body
            if isinstance(node, ast.FunctionDef)
        }
        assert name in defined, f"{path} has no {name}"


def test_there_are_threats() -> None:
    assert len(ROWS) >= 15
