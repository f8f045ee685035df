"""Other people's generators and clients against a local cloud. `make test-clients` installs them in .clients, and runs these tests."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.cloud import Details, cloud
from local.servers import ROOT, free_port
from tests.support.demo import MEETING, NINE, ROOM

CLIENTS = ROOT / ".clients"
PROGRAMS = Path(__file__).parent / "programs"
PYTHON = CLIENTS / "python/bin/python"
MODULES = CLIENTS / "node_modules"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Details]:
    """Yields the content of a local cloud's `demo.json`: of a running one if FRONTDESK_DEMO names it, else of a new one."""
    if "FRONTDESK_DEMO" in os.environ:
        yield json.loads(Path(os.environ["FRONTDESK_DEMO"]).read_text())
        return
    with cloud(tmp_path_factory.mktemp("cloud"), free_port(), persist=False) as (_, details):
        yield details


@pytest.fixture(scope="session")
def document(demo: Details, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the OpenAPI document as served."""
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    file.write_text(httpx.get(f"{demo['docs_url']}/openapi.json", timeout=60, trust_env=False).text)
    return file


@pytest.fixture(scope="session")
def hours() -> Iterator[datetime]:
    """Yields hours of the meeting room that nobody has booked."""
    return (NINE + timedelta(days=100 + n) for n in count(uuid4().int % 2000))


@pytest.fixture
def surroundings(demo: Details, document: Path, hours: Iterator[datetime]) -> dict[str, str]:
    """Returns the environment of a client: what to book, and an hour of its own."""
    start = next(hours)
    return {
        "URL": str(demo["base_url"]),
        "ORGANIZATION": str(demo["organization_id"]),
        "TOKEN": str(demo["token"]),
        "DOCUMENT": str(document),
        "MAIL": f"{uuid4()}@example.com",
        "ROOM": ROOM.id,
        "SERVICE": MEETING.id,
        "START": start.isoformat(),
        "END": (start + timedelta(hours=1)).isoformat(),
    }


@pytest.fixture
def run(tmp_path: Path, surroundings: Mapping[str, str]) -> Callable[..., str]:
    """Runs a program in a new folder, and returns its output."""

    def start(*command: str | Path, cwd: Path = tmp_path, **environment: str) -> str:
        given = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "JAVA_HOME")
        }
        # Go caches what it compiles. It needs no proxy for modules, because the clients use none.
        given |= {
            "GOPROXY": "off",
            "GOFLAGS": "-mod=mod",
            "GOTOOLCHAIN": "local",
            "GOCACHE": str(CLIENTS / "go-build"),
        }
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=given | surroundings | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command} says:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    return start


def need(*programs: str) -> None:
    """Skips the test if one of the programs is missing."""
    missing = [program for program in programs if not shutil.which(program)]
    # `.ready` is written after everything is installed.
    if "node" in programs and not (MODULES.exists() and (CLIENTS / ".ready").exists()):
        missing.append("npm")
    if missing:
        pytest.skip(f"{' and '.join(missing)}: not on this machine")


@pytest.fixture
def node(run: Callable[..., str], tmp_path: Path) -> Callable[..., Any]:
    """Runs a JavaScript program in the folder with its packages, and returns the JSON that it printed."""
    need("node")
    (tmp_path / "node_modules").symlink_to(MODULES)
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def start(program: Path | str) -> Any:
        if isinstance(program, str):
            shutil.copy(PROGRAMS / program, tmp_path)
        return json.loads(run("node", program))

    return start
