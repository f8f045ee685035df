"""docs/security.md names tests for every threat and each of OWASP's risks. Each of these tests exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_DOCUMENT = (ROOT / "docs/security.md").read_text()
OWASP = [
    "API1 Broken object level authorization",
    "API2 Broken authentication",
    "API3 Broken object property level authorization",
    "API4 Unrestricted resource consumption",
    "API5 Broken function level authorization",
    "API6 Unrestricted access to sensitive business flows",
    "API7 Server side request forgery",
    "API8 Security misconfiguration",
    "API9 Improper inventory management",
    "API10 Unsafe consumption of APIs",
]


def rows_of(heading: str) -> list[list[str]]:
    table = _DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


ROWS = [*rows_of("Threats"), *rows_of("OWASP API Security Top 10")]


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


def test_there_are_threats_and_all_of_owasps_risks() -> None:
    assert len(rows_of("Threats")) >= 30
    assert [risk for risk, _, _ in rows_of("OWASP API Security Top 10")] == OWASP
