"""Makes a Python client from docs/openapi.json, and packages it into .build: `make client`."""

import os
import subprocess
import tempfile
from pathlib import Path

from local.openapi import FILE
from local.servers import ROOT

BUILD = ROOT / ".build"
_PROGRAMS = ROOT / ".clients/python/bin"
_NAMES = "project_name_override: frontdesk-client\npackage_name_override: frontdesk_client\n"


def make(into: Path) -> Path:
    """Builds the wheel in the folder `into` and returns its path. If the generator or the build fails, exits with its output."""
    # The generator searches the PATH for its formatter.
    environment = os.environ | {"PATH": f"{_PROGRAMS}:{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as folder:
        names, client = Path(folder, "names.yml"), Path(folder, "client")
        names.write_text(_NAMES)
        generate: list[str | Path] = [
            "generate",
            "--path",
            FILE,
            "--config",
            names,
            "--output-path",
            client,
            "--meta",
            "uv",
        ]
        _run(environment, _PROGRAMS / "openapi-python-client", *generate, "--fail-on-warning")
        build: list[str | Path] = [
            "build",
            "--wheel",
            "--no-build-isolation",
            "--quiet",
            "--python",
            _PROGRAMS / "python",
        ]
        _run(environment, ROOT / ".venv/bin/uv", *build, "--out-dir", into, client)
    return max(into.glob("frontdesk_client-*.whl"), key=lambda file: file.stat().st_mtime)


def _run(environment: dict[str, str], *command: str | Path) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    print(make(BUILD).relative_to(ROOT))
