"""A copy of the package, to which tests add things by the steps in docs/architecture.md. A forgotten step must fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "layers/domain/python/frontdesk"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    # With its bytecode, which takes a second to make and is good for what stays as it is; without what is just being written.
    shutil.copytree(PACKAGE, tmp_path / "frontdesk", ignore=shutil.ignore_patterns("*.pyc.*"))
    return tmp_path


def insert(path: Path, before: str, text: str) -> None:
    source = path.read_text()
    assert source.count(before) == 1, (path, before)
    path.write_text(source.replace(before, text + before))


def run(copy: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(copy), "POWERTOOLS_METRICS_NAMESPACE": "t", "POWERTOOLS_SERVICE_NAME": "t"},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
