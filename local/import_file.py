"""Imports a file through the API: into the local cloud, which is started if necessary, or into a stack on AWS.

    python -m local.import_file FILE [--dry-run] [--again] [--organization ID] [--stack NAME [--profile NAME]] [--language de]

FILE.options.json may contain the file's options, and FILE.mapping.json its mapping. The results of the rows are written to
.local/imports/. The last line of standard output is the summary as JSON. The exit code is 1 if no row was imported, and 2
if only some rows were imported.

By default, the token is that of the demo organization. For AWS, or another organization, set TOKEN to a token with the scope imports:write.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, get_args

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from frontdesk.errors import Language
from local.cloud import STATE, running_details, stop_once, this_checkouts_cloud
from local.deploy import stack_outputs
from local.servers import ServerError

NOT_IMPORTED, IN_PART = 1, 2
STEP_SECONDS = 0.3
# The most seconds to wait until an execution begins with the file. A cold start on the local cloud takes a while.
FOUND_SECONDS = 120
# Seconds between attempts to read the progress.
PAUSES = (1, 2, 4, 8, 15, 30)
RESULTS = STATE / "imports"
MAX_TOLD = 10
_JSON_API = "application/vnd.api+json"


class NotSent(Exception):
    """The file could not be imported. The error's text is for the terminal."""


class Imports(NamedTuple):
    """Calls the API's operations on imports, for the organization of a token."""

    base_url: str
    token: str
    language: str | None = None

    def begin(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Announces a file. Returns the import's resource, which has the URL for uploading the file."""
        return self._ask("POST", "", {"data": {"type": "imports", "attributes": attributes}})

    def read(self, id: str) -> dict[str, Any]:
        """Returns the resource of a running or finished import. Retries if the API does not answer, because the import continues."""
        for seconds in PAUSES:
            try:
                return self._ask("GET", f"/{id}")
            except OSError:
                time.sleep(seconds)
        return self._ask("GET", f"/{id}")

    def results(self, id: str) -> list[dict[str, Any]]:
        """Returns the files of results, each with its format and download link."""
        return list(self._ask("GET", f"/{id}/results")["attributes"]["files"])

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Sends a request and returns the resource in the answer.

        Raises NotSent with the API's errors. Raises OSError if there is no answer, or a 5xx answer to a GET.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": _JSON_API}
        if self.language:
            headers["Accept-Language"] = self.language
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.base_url}/api/v1/imports{path}", content, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return dict(json.load(answer)["data"])
        except urllib.error.HTTPError as error:
            if method == "GET" and error.code >= 500:
                raise
            raise NotSent(_said(error.read())) from None


def main() -> None:
    """Imports the file that the command line names."""
    parser = ArgumentParser(prog="make import", description="Imports a file through the API.")
    parser.add_argument("file", type=Path, help="the file to import")
    parser.add_argument(
        "--dry-run", action="store_true", help="report what would happen to each row, and write nothing"
    )
    parser.add_argument(
        "--again", action="store_true", help="import the file even if its rows equal those of an earlier file"
    )
    parser.add_argument(
        "--organization",
        metavar="ID",
        help="the id of the organization (default: the demo organization); requires a TOKEN of it",
    )
    parser.add_argument(
        "--stack", metavar="NAME", help="the name of a stack on AWS (default: the local cloud)"
    )
    parser.add_argument("--profile", metavar="NAME", help="the AWS profile for the stack")
    parser.add_argument(
        "--language",
        choices=get_args(Language),
        help="the language of problems and results (default: that of the organization)",
    )
    asked = parser.parse_args()
    stop_once()
    try:
        with ExitStack() as running:
            run = follow(asked.file, _imports(asked, running), dry_run=asked.dry_run, again=asked.again)
    except (NotSent, ServerError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(NOT_IMPORTED)
    except (BotoCoreError, ClientError) as error:
        print(f"AWS did not carry out a request: {error}", file=sys.stderr)
        sys.exit(NOT_IMPORTED)
    except KeyboardInterrupt:
        sys.exit(
            "\nStopped waiting. The import continues while its cloud is running: see GET /api/v1/imports."
        )
    print(json.dumps(run))
    sys.exit(exit_code(run))


def exit_code(run: Mapping[str, Any]) -> int:
    """Returns the exit code for an import: 0 if all rows succeeded, NOT_IMPORTED if none did, IN_PART otherwise."""
    if run["status"] == "refused" or not run["created"] + run["updated"] + run["unchanged"] + run["skipped"]:
        return NOT_IMPORTED
    return IN_PART if run["refused"] + run["failed"] else 0


def _imports(asked: Namespace, running: ExitStack) -> Imports:
    if not asked.file.is_file():
        raise NotSent(
            f"There is no file {asked.file}."
            if asked.file.name
            else "Specify a file: make import FILE=week.csv"
        )
    token = os.environ.get("TOKEN")
    if asked.stack:
        session = boto3.Session(profile_name=asked.profile)
        outputs = stack_outputs(session.client("cloudformation"), asked.stack)
        if outputs is None:
            raise NotSent(f"There is no stack {asked.stack} in {session.region_name}.")
        base_url = outputs["ApiUrl"]
    else:
        details = running_details() or running.enter_context(this_checkouts_cloud())[1]
        base_url = details["base_url"]
        if asked.organization in (None, details["organization_id"]):
            token = token or details["token"]
    if token is None:
        raise NotSent("Set TOKEN to a token with the scope imports:write.")
    # A token contains the id of its organization: fd.{organization}.{secret}.
    if asked.organization and token.split(".")[1:2] != [asked.organization]:
        raise NotSent("TOKEN is not a token of ORGANIZATION.")
    return Imports(base_url, token, asked.language)


def follow(file: Path, imports: Imports, *, dry_run: bool = False, again: bool = False) -> dict[str, Any]:
    """Uploads a file, waits for its import to end, and downloads the results into RESULTS. Returns the import's attributes."""
    beside = {
        name: json.loads(there.read_text(encoding="utf-8-sig"))
        for name in ("options", "mapping")
        if (there := file.with_name(f"{file.name}.{name}.json")).is_file()
    }
    flags = {name: True for name, is_on in (("dry_run", dry_run), ("again", again)) if is_on}
    begun = imports.begin({"name": file.name, "size": file.stat().st_size, **beside, **flags})
    _put(file, begun["attributes"]["upload"])
    id, deadline = begun["id"], time.monotonic() + FOUND_SECONDS
    with _bar(file.name) as show:
        run = imports.read(id)["attributes"]
        while run["finished_at"] is None:
            if run["status"] == "waiting" and time.monotonic() > deadline:
                raise NotSent(f"The import of {file.name} has not started: see GET /api/v1/imports/{id}.")
            time.sleep(STEP_SECONDS)
            run = imports.read(id)["attributes"]
            show(run)
    if run["status"] != "refused":
        _keep(imports.results(id))
    for told in run["problems"][:MAX_TOLD]:
        lines = ", ".join(map(str, told["lines"]))
        print(f"{told['count']} x {told['detail']} (line {lines})", file=sys.stderr)
    if run["problem"]:
        print(f"The import is {run['status']}: {run['problem']['detail']}", file=sys.stderr)
    else:
        print(f"The results of all rows are in {RESULTS}.", file=sys.stderr)
    return {"id": id, **{name: value for name, value in run.items() if name not in ("upload", "undo")}}


def _put(file: Path, upload: Mapping[str, Any]) -> None:
    with file.open("rb") as content:
        request = urllib.request.Request(upload["url"], content, upload["headers"], method=upload["method"])
        try:
            urllib.request.urlopen(request, timeout=3600).close()
        except urllib.error.HTTPError as error:
            raise NotSent(f"The file was not accepted: {error.code}.") from None


def _keep(files: list[dict[str, Any]]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    for each in files:
        try:
            with urllib.request.urlopen(each["url"], timeout=600) as answer:
                (RESULTS / each["name"]).write_bytes(answer.read())
        except urllib.error.HTTPError as error:
            # A failed run may have no results.
            if error.code not in (403, 404):
                raise


def _said(body: bytes) -> str:
    try:
        errors = json.loads(body)["errors"]
        return "\n".join(f"{each['title']}: {each['detail']}" for each in islice(errors, MAX_TOLD))
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:500]


@contextmanager
def _bar(name: str) -> Iterator[Any]:
    """Shows the progress of a run on a terminal."""
    screen = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(f"Importing {name}", total=None, said="")

        def show(run: Mapping[str, Any]) -> None:
            said = f"{run['refused']} refused, {run['failed']} failed"
            progress.update(task, total=run["rows"] or None, completed=run["processed"], said=said)

        yield show


if __name__ == "__main__":
    main()
