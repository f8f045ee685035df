"""docs/operations.md has a runbook for every alarm, and everything its commands name exists. So does every make target in the documents."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNBOOKS = (ROOT / "docs/operations.md").read_text()
TEMPLATE = (ROOT / "template.yaml").read_text()
RESOURCES = dict(re.findall(r"^  (\w+):\n    Type: (\S+)", TEMPLATE, re.M))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def test_every_alarm_has_a_runbook() -> None:
    alarms = {name for name, kind in RESOURCES.items() if kind == "AWS::CloudWatch::Alarm"}
    sections = dict(re.findall(r"^### `(\w+)`\n\n(.*?)(?=^##)", RUNBOOKS, re.M | re.S))
    assert sections.keys() == alarms
    for name, text in sections.items():
        assert re.findall(r"^\*\*(\w+):\*\*", text, re.M) == ["See", "Look", "Do"], name


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        (r"`(\w+Logs)`|errors_in (\w+)", "AWS::Logs::LogGroup"),
        (r"`(\w+Queue)`|depth_of (\w+)", "AWS::SQS::Queue"),
    ],
)
def test_what_a_command_looks_at_is_in_the_template(named: str, kind: str) -> None:
    found = {one or other for one, other in re.findall(named, RUNBOOKS)}
    assert found
    assert {name: RESOURCES.get(name) for name in found} == dict.fromkeys(found, kind)


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], ids=lambda path: path.name
)
def test_every_make_target_is_there(path: Path) -> None:
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text(), re.M)) <= TARGETS


def test_the_readme_says_whether_there_is_a_license() -> None:
    none = "There is no license file: all rights are reserved." in (ROOT / "README.md").read_text()
    assert none is not any(ROOT.glob("LICEN[CS]E*"))
