"""A separate local cloud for the browser tests. Prints its details as one line of JSON, and ends with its standard input.

Runs in .venv, which has the packages of the cloud. The tests themselves run in .browser.
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
