"""A local cloud of its own for the browser's tests: it tells where it is in one line of JSON, and ends with its standard input.

Run by .venv, which has what the cloud needs; the tests themselves are in .browser.
"""

import json
import sys
import tempfile
from pathlib import Path

from local.cloud import cloud
from local.servers import free_port

if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        cloud(Path(folder), free_port(), persist=False) as (_, details),
    ):
        print(json.dumps(details), flush=True)
        sys.stdin.read()
