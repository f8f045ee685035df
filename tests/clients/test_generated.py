"""Clients generated from the served document: each compiles, places an order, lists it, and gets a typed refusal."""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from local import client
from local.cloud import Details
from local.servers import ROOT
from tests.clients.conftest import MODULES, PROGRAMS, PYTHON, need
from tests.support.demo import MEETING
from tests.support.openapi import openapi_document

pytestmark = pytest.mark.clients
TYPESCRIPT = [
    "--strict",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--skipLibCheck",
    "--types",
    "node",
    "--outDir",
    "made",
]


def assert_worked(told: Mapping[str, Any]) -> None:
    """Checks the output that all programs print."""
    assert told["number"].startswith("BO")
    assert (told["total"], told["listed"], told["included"]) == (MEETING.price, [told["id"]], "bookings")
    assert (told["code"], told["pointer"]) == ("slot_unavailable", "/bookings/0")


def generate(run: Callable[..., str], language: str, into: Path, **more: str) -> None:
    need("java")
    [jar] = PYTHON.parent.parent.glob("lib/python*/site-packages/openapi_generator_cli/*.jar")
    options = [f"--additional-properties={name}={value}" for name, value in more.items()]
    document = into.parent / "openapi.json"
    run("sh", "-c", f'cp "$DOCUMENT" "{document}"')
    run("java", "-jar", jar, "generate", "-g", language, "-i", document, "-o", into, *options)


def test_openapi_generator_for_python(run: Callable[..., str], tmp_path: Path) -> None:
    generate(run, "python", tmp_path / "client")
    told = run(PYTHON, PROGRAMS / "openapi_generator_client.py", PYTHONPATH=str(tmp_path / "client"))
    assert_worked(json.loads(told))


def test_openapi_generator_for_typescript(
    node: Callable[..., Any], run: Callable[..., str], tmp_path: Path
) -> None:
    generate(run, "typescript-fetch", tmp_path / "client", importFileExtension=".js")
    assert_worked(compiled("typescript_fetch.ts", node, run, tmp_path))


def test_openapi_generator_for_go(run: Callable[..., str], tmp_path: Path) -> None:
    made, program = tmp_path / "client", tmp_path / "program"
    generate(run, "go", made, packageName="frontdesk", withGoMod="false", apiTests="false")
    go = PYTHON.parent / "go"
    for folder, module in ((made, "example.com/frontdesk"), (program, "example.com/program")):
        folder.mkdir(exist_ok=True)
        (folder / "go.mod").write_text(f"module {module}\n\ngo 1.23\n")
    shutil.rmtree(made / "test", ignore_errors=True)
    (program / "go.mod").write_text(
        (program / "go.mod").read_text()
        + "\nrequire example.com/frontdesk v0.0.0\n\nreplace example.com/frontdesk => ../client\n"
    )
    shutil.copy(PROGRAMS / "main.go", program)
    run(go, "vet", ".", cwd=made)
    assert_worked(json.loads(run(go, "run", ".", cwd=program)))


def test_openapi_python_client(run: Callable[..., str], demo: Details, tmp_path: Path) -> None:
    wheel = client.make(tmp_path)
    told = run(PYTHON, PROGRAMS / "openapi_python_client.py", PYTHONPATH=str(wheel))
    assert_worked(json.loads(told))
    # README's lines, unchanged. A second run is refused.
    lines = re.search("```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert lines
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/demo.json").write_text(json.dumps(demo))
    for answer in (r"BO\d{16}", re.escape("['slot unavailable']")):
        said = run(PYTHON, "-c", lines[1], PYTHONPATH=str(wheel))
        assert re.fullmatch(answer, said.strip()) or "FRONTDESK_DEMO" in os.environ


def test_openapi_typescript(node: Callable[..., Any], run: Callable[..., str], tmp_path: Path) -> None:
    need("node")
    run("sh", "-c", f'node "{MODULES}/.bin/openapi-typescript" "$DOCUMENT" -o client.ts')
    assert_worked(compiled("openapi_fetch.ts", node, run, tmp_path))


def test_hey_api(node: Callable[..., Any], run: Callable[..., str], document: Path, tmp_path: Path) -> None:
    need("node")
    output = {"path": "client", "module": {"extension": ".js"}}
    config = json.dumps({"input": str(document), "output": output, "logs": {"file": False}})
    (tmp_path / "openapi-ts.config.mjs").write_text(f"export default {config}\n")
    run("node", MODULES / ".bin/openapi-ts", "-f", "openapi-ts.config.mjs")
    assert_worked(compiled("hey_api.ts", node, run, tmp_path))


def compiled(program: str, node: Callable[..., Any], run: Callable[..., str], folder: Path) -> Any:
    """Compiles a TypeScript program with its client, and runs it."""
    (folder / "programs").mkdir()
    shutil.copy(PROGRAMS / program, folder / "programs")
    run("node", MODULES / ".bin/tsc", *TYPESCRIPT, f"programs/{program}")
    return node(folder / "made/programs" / program.replace(".ts", ".js"))


def test_postman(node: Callable[..., Any]) -> None:
    told = node("postman.mjs")
    assert (told["errors"], told["statuses"]) == ([], [201, 200])
    assert told["id"] in told["listed"]
    assert told["code"] == "slot_unavailable"
    operations = [each for methods in openapi_document()["paths"].values() for each in methods]
    assert told["requests"] <= len(operations)


def test_redocly_and_spectral_find_no_errors(run: Callable[..., str], tmp_path: Path) -> None:
    need("node")
    (tmp_path / ".spectral.yaml").write_text("extends: ['spectral:oas']\n")
    run("sh", "-c", f'node "{MODULES}/.bin/redocly" lint "$DOCUMENT"', REDOCLY_TELEMETRY="off")
    run("sh", "-c", f'node "{MODULES}/.bin/spectral" lint "$DOCUMENT" -r .spectral.yaml')
