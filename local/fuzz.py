"""Sends a local cloud what its document allows and what it does not, by schemathesis: `make fuzz`.

    python -m local.fuzz [SECONDS]          300 seconds, on a cloud of its own; on a running one, if FRONTDESK_DEMO names its demo.json

Fails for an answer of 5xx, and for one that the document does not have. FRONTDESK_SEED=n sends others.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local.cloud import Details, cloud
from local.servers import ROOT, free_port

_PROGRAM = ROOT / ".fuzz/bin/schemathesis"
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def fuzz(demo: Details, seconds: int, seed: str) -> int:
    """The exit code of schemathesis: 0 if every answer was as documented."""
    command = [_PROGRAM, "run", f"{demo['docs_url']}/openapi.json", "--url", demo["base_url"]]
    command += ["--header", f"Authorization:Bearer {demo['token']}", "--checks", ",".join(_CHECKS)]
    # What revokes the token that it goes by would end it, and the page of documentation is no JSON.
    command += ["--exclude-operation-id", "delete_api_token", "--exclude-tag", "Documentation"]
    command += ["--max-time", str(seconds), "--seed", seed, "--phases", "examples,coverage,fuzzing"]
    command += ["--continue-on-failure", "--request-timeout", "30", "--no-color"]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, cwd=folder, check=False).returncode


def main() -> None:
    seconds, seed = int(next(iter(sys.argv[1:]), 300)), os.environ.get("FRONTDESK_SEED", "1")
    if "FRONTDESK_DEMO" in os.environ:
        sys.exit(fuzz(json.loads(Path(os.environ["FRONTDESK_DEMO"]).read_text()), seconds, seed))
    with (
        tempfile.TemporaryDirectory() as state,
        cloud(Path(state), free_port(), persist=False) as (_, demo),
    ):
        code = fuzz(demo, seconds, seed)
    sys.exit(code)


if __name__ == "__main__":
    main()
