"""Measures the deployed code: its import time in a fresh interpreter, and its size."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from layers.build import build
from local.servers import REGION, ROOT, client_environment

RUNS = 15

_OURS = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("app", {str(ROOT / "functions/from_config/app.py")!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
"""
_FLOOR = f"""
import boto3
boto3.client("dynamodb", region_name={REGION!r})
"""


def cold_imports() -> tuple[float, float, float]:
    """Returns the seconds to import from_config, the seconds to import boto3 and create a client, and the ratio.

    Each value is a median of RUNS runs. Each import runs in a new interpreter, whose startup time is not included.
    """
    for code in (_OURS, _FLOOR):
        _seconds(code)  # Writes the bytecode.
    runs = [(_seconds(_OURS), _seconds(_FLOOR)) for _ in range(RUNS)]
    ours, floor = (statistics.median(column) for column in zip(*runs, strict=True))
    return ours, floor, statistics.median(run[0] / run[1] for run in runs)


def _seconds(code: str) -> float:
    timed = (
        f"from time import perf_counter\nstarted = perf_counter()\n{code}\nprint(perf_counter() - started)"
    )
    environment = client_environment("http://127.0.0.1:1") | {
        "PYTHONPATH": str(ROOT / "layers/domain/python"),
        "TABLE_NAME": "bench",
    }
    # As in template.yaml.
    environment["PYDANTIC_DISABLE_PLUGINS"] = "true"
    # If the user has set this, every import would compile the code again.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", timed], env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def bundle_bytes() -> dict[str, int]:
    """Returns the zipped size of each layer and function, built for arm64 like `make deploy`, without bytecode."""
    with tempfile.TemporaryDirectory() as temporary:
        built = Path(temporary) / "built"
        build("arm64", built)
        folders = [
            built / "layers/domain",
            built / "layers/dependencies",
            *sorted((built / "functions").iterdir()),
        ]
        return {
            str(folder.relative_to(built)): zipped(folder, Path(temporary) / "zip")
            for folder in folders
            if folder.is_dir()
        }


def zipped(folder: Path, archive: Path, *, bytecode: bool = False) -> int:
    """Zips a folder, and returns the size of the archive in bytes."""
    with ZipFile(archive, "w", ZIP_DEFLATED) as zipped:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and (bytecode or path.suffix != ".pyc"):
                zipped.write(path, path.relative_to(folder))
    return archive.stat().st_size
