"""Deploying to AWS: the commands for SAM CLI, and what is reported about a deleted stack. Nothing here reaches AWS."""

import json
import subprocess
from pathlib import Path

import pytest

from layers.build import SELDOM, _compile, lay_out_console, release
from local.deploy import overrides, parameters_of
from local.release import command, commit, kept, stamped
from local.servers import ROOT

CONFIG = (ROOT / "samconfig.toml").read_text()


def test_sam_takes_every_value_whole() -> None:
    """`sam deploy --parameter-overrides` splits at spaces, and a shell expands a star."""
    parameters = {
        **parameters_of(CONFIG, "production"),
        "ImportSchedule": "cron(0 3 * * ? *)",
        "AlarmEmail": "",
        "PublicBaseUrl": 'https://a.example/{api_id}?x="1"',
    }
    program = (
        "import json, sys; from samcli.cli.types import CfnParameterOverridesType as Type;"
        "print(json.dumps(Type().convert(json.loads(sys.argv[1]), None, None)))"
    )
    done = subprocess.run(
        [ROOT / ".tools/bin/python", "-c", program, json.dumps(overrides(parameters))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == parameters


def test_a_plan_changes_nothing() -> None:
    assert "--no-execute-changeset" in command("plan", "production", {})
    assert "--no-execute-changeset" not in command("deploy", "production", {})


def test_a_deployment_names_its_commit(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        author = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *author, *arguments],  # noqa: S607
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    # A folder without its own .git, such as an unpacked archive, may be inside of another repository.
    git("init", "--quiet")
    (tmp_path / "archive").mkdir()
    assert commit(tmp_path) == "unknown"
    (tmp_path / "file").write_text("a")
    git("add", "file")
    git("commit", "--quiet", "--message=first")
    git("tag", "--annotate", "--message=m", "v1")
    assert (commit(tmp_path), commit(tmp_path / "archive")) == (git("rev-parse", "HEAD"), "unknown")
    (tmp_path / "file").write_text("b")
    assert commit(tmp_path) == f"{git('rev-parse', 'HEAD')}-dirty"


def test_another_commit_with_the_same_content_is_the_same_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise, deploying a change of the documents would publish every function anew."""
    found = []
    for name in ("a" * 40, "b" * 40 + "-dirty"):
        monkeypatch.setattr("local.release.commit", lambda _, name=name: name)
        found.append(stamped({"LogLevel": "INFO"}, "0" * 64))
    assert [each.pop("Commit") for each in found] == ["a" * 40, "b" * 40 + "-dirty"]
    assert found[0] == found[1] == {"LogLevel": "INFO", "Release": release("0" * 64, {"LogLevel": "INFO"})}


def test_what_stays_of_a_deleted_stack_is_named_with_its_reason() -> None:
    resources = [
        {"LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": f"my-{logical}"}
        for logical, kind in [
            ("Table", "AWS::DynamoDB::Table"),
            ("ImportBucket", "AWS::S3::Bucket"),
            ("Sender", "AWS::SES::EmailIdentity"),
            ("ImportsRole", "AWS::IAM::Role"),
            ("AuditFunction", "AWS::Lambda::Function"),
        ]
    ]
    assert [line.partition(":")[0] + line.rpartition(" my-")[2].partition(":")[0] for line in kept(resources)] == [
        "AWSTable", "AWSImportBucket", "AWSSender",
    ]  # fmt: skip
    assert all(len(line.rpartition(": ")[2]) > 20 for line in kept(resources))


@pytest.mark.parametrize("at", ["here", "elsewhere/and/later"])
def test_bytecode_is_the_same_wherever_it_is_made_and_good_wherever_it_is_unpacked(
    tmp_path: Path, at: str
) -> None:
    import importlib.util
    import os
    import sys

    folder = tmp_path / at
    folder.mkdir(parents=True)
    (folder / "module.py").write_text(
        "NAMES = frozenset({'a', 'b', 'c'})\n\ndef where():\n    raise ValueError\n"
    )
    os.utime(folder / "module.py", (1, len(at)))
    _compile(sys.executable, folder, "/opt")
    [compiled] = (folder / "__pycache__").glob("*.pyc")
    # Unchecked hash: nothing depends on file times, which unpacking changes.
    assert compiled.read_bytes()[4:8] == b"\x01\x00\x00\x00"
    assert str(folder).encode() not in compiled.read_bytes()
    assert b"/opt/module.py" in compiled.read_bytes()
    assert compiled.read_bytes()[:4] == importlib.util.MAGIC_NUMBER


@pytest.mark.thorough
def test_the_layers_are_small_enough_to_start_quickly(tmp_path: Path) -> None:
    """Lambda fetches and unpacks them before a function runs. Bytecode is worth its size, because compiling takes longer."""
    from bench.packages import zipped
    from layers.build import build

    build("host", tmp_path / "built")
    layers = [tmp_path / "built/layers" / name for name in ("domain", "dependencies")]
    for bytecode, most in [(False, 4_850_000), (True, 8_000_000)]:
        sizes = [zipped(layer, tmp_path / "zip", bytecode=bytecode) for layer in layers]
        assert 1_000_000 < sum(sizes) <= most, sizes
    for layer in layers:
        sources = {path for path in layer.rglob("*.py") if path.stat().st_size}
        compiled = {path.parent.parent / f"{path.name.partition('.')[0]}.py" for path in layer.rglob("*.pyc")}
        wanted = {path for path in sources if not any(f"/{name}/" in path.as_posix() for name in SELDOM)}
        assert wanted <= compiled
        assert not (sources - wanted) & compiled


def test_without_a_registry_the_local_cloud_goes_without_the_console_and_aws_gets_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Path:
        raise subprocess.CalledProcessError(1, "npm ci")

    lay_out_console("host", tmp_path / "console", fail)
    assert not (tmp_path / "console").exists()
    assert "The console could not be built" in capsys.readouterr().err
    with pytest.raises(subprocess.CalledProcessError):
        lay_out_console("arm64", tmp_path / "console", fail)


def test_the_consoles_files_are_laid_out_beside_the_function_that_serves_them(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made/index.html").write_text("page")
    lay_out_console("arm64", tmp_path / "built/console", lambda: tmp_path / "made")
    assert (tmp_path / "built/console/index.html").read_text() == "page"
