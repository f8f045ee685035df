"""Every change of a deployment goes live: it gives every function a new version, and no change gives none."""

import re
import shutil
from pathlib import Path

import pytest

from layers.build import build, release
from local.expanded import Expanded
from local.servers import ROOT
from tests.template.conftest import ENVIRONMENTS, given, stacks

FUNCTIONS = 14
CHANGES = {
    "a parameter of the environment's variables": {"LogLevel": "DEBUG"},
    "the sender": {"SenderEmail": "desk@example.com"},
    "the processor": {"Architecture": "x86_64"},
    "a layer's content": {"content": "1" * 64},
}


def versions(stack: Expanded) -> set[str]:
    found = {
        stack.resources[alias]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
        for alias in stack.of_type("AWS::Lambda::Alias")
    }
    assert found == stack.of_type("AWS::Lambda::Version").keys()
    assert len(found) == FUNCTIONS
    return found


@pytest.mark.thorough
def test_another_release_is_a_new_version_of_every_function() -> None:
    asked = [
        given(environment, **change) for environment in ENVIRONMENTS for change in ({}, {}, *CHANGES.values())
    ]
    found = [versions(stack) for stack in stacks(*asked)]
    for before, same, *changed in (found[: len(CHANGES) + 2], found[len(CHANGES) + 2 :]):
        # A rollback uses the former names of versions again. They are free, because replaced versions are deleted.
        assert same == before
        for what, after in zip(CHANGES, changed, strict=True):
            assert not after & before, what


def test_a_version_that_is_replaced_is_deleted(stack: Expanded) -> None:
    """Otherwise, its snapshot would cost money, and its name would stay taken."""
    assert {stack.resources[name]["DeletionPolicy"] for name in versions(stack)} == {"Delete"}


def test_every_function_has_the_release(stack: Expanded) -> None:
    """Lambda publishes no version of an unchanged function, whatever the version is called."""
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        assert function["Environment"]["Variables"]["RELEASE"] == stack.values["Release"], name


def test_the_stack_shows_its_commit_and_nothing_else_depends_on_it() -> None:
    asked = [{**given("staging"), "Commit": name} for name in ("a" * 40, "b" * 40 + "-dirty", "unknown")]
    found = stacks(*asked)
    pattern = re.compile(found[0].template["Parameters"]["Commit"]["AllowedPattern"])
    for parameters, stack in zip(asked, found, strict=True):
        assert pattern.fullmatch(parameters["Commit"])
        assert stack.outputs["Commit"]["Value"] == parameters["Commit"]
        assert stack.resources == found[0].resources
    assert not pattern.fullmatch("main")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Returns a copy of the deployed folder, to be changed."""
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.thorough
def test_the_release_is_told_by_all_that_is_deployed(
    source: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layout = tmp_path_factory.mktemp("layout")
    first = build("host", layout, source)
    (source / "layers/domain/python/frontdesk/__pycache__").mkdir(exist_ok=True)
    (source / "layers/domain/python/frontdesk/__pycache__/x.pyc").write_text("is not part of it")
    assert build("host", layout, source) == first
    for name in ("layers/domain/python/frontdesk/domain/money.py", "functions/audit/app.py", "template.yaml"):
        with (source / name).open("a") as file:
            file.write("\n# changed\n")
        changed = build("host", layout, source)
        assert changed != first, name
        first = changed
    parameters = {"LogLevel": "INFO", "Architecture": "arm64"}
    assert release(first, parameters) == release(first, dict(reversed(parameters.items())))
    assert (
        len(
            {
                release(first, parameters),
                release("0", parameters),
                release(first, {**parameters, "LogLevel": "DEBUG"}),
            }
        )
        == 3
    )
