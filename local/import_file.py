"""Imports a file: through the local cloud, which is started if necessary, or through a stack on AWS.

    python -m local.import_file FILE [--dry-run] [--organization ID] [--stack NAME [--profile NAME]]

The file's options stand beside it in FILE.options.json, its mapping in FILE.mapping.json. The results of its rows are written to
.local/imports/. The last line of standard output is the summary as JSON. The exit code is 1 if nothing was imported, 2 if the file could
not be sent.
"""

import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from frontdesk.usecases.context import Context
from local.cloud import STATE, running_details, stop_once, this_checkouts_cloud
from local.deploy import stack_outputs
from local.servers import REGION, ServerError, client_environment

if TYPE_CHECKING:
    from frontdesk.domain.imports.runs import ImportRun
    from frontdesk.usecases.ports import Runs

NOT_IMPORTED, NOT_SENT = 1, 2
STEP_SECONDS = 0.3
# Seconds until an execution looks at the bucket. A cold start on the local cloud takes a while.
FOUND_SECONDS = 60
RESULTS = STATE / "imports"
MAX_TOLD = 10


class _NotSent(Exception):
    """The file did not reach the import, with a message for the person at the terminal."""


def main() -> None:
    """Reads the arguments, follows the import, and sets the exit code."""
    parser = ArgumentParser(prog="make import", description="Imports a file of bookings.")
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would become of each row, and write nothing"
    )
    parser.add_argument(
        "--organization", metavar="ID", help="whose bookings; the local cloud has a demo organization"
    )
    parser.add_argument("--stack", metavar="NAME", help="a stack on AWS instead of the local cloud")
    parser.add_argument("--profile", metavar="NAME", help="the AWS profile for it")
    asked = parser.parse_args()
    stop_once()
    try:
        summary = _import(asked)
    except (_NotSent, ServerError) as error:
        print(error, file=sys.stderr)
        sys.exit(NOT_SENT)
    except (BotoCoreError, ClientError) as error:
        print(f"AWS says: {error}", file=sys.stderr)
        sys.exit(NOT_SENT)
    except KeyboardInterrupt:
        sys.exit("\nNo longer followed. The import goes on where its cloud does: see GET /api/v1/imports.")
    print(json.dumps(summary))
    sys.exit(0 if summary["status"] == "completed" else NOT_IMPORTED)


def _import(asked: Namespace) -> dict[str, Any]:
    if asked.file == Path():
        raise _NotSent("Name a file: make import FILE=week.csv")
    if not asked.file.is_file():
        raise _NotSent(f"There is no file {asked.file}.")
    with ExitStack() as running:
        if asked.stack:
            session = boto3.Session(profile_name=asked.profile)
            outputs = stack_outputs(session.client("cloudformation"), asked.stack)
            if outputs is None:
                raise _NotSent(f"There is no stack {asked.stack} in {session.region_name}.")
            if asked.organization is None:
                raise _NotSent("Say whose bookings they are: ORGANIZATION=...")
            if asked.profile:
                os.environ["AWS_PROFILE"] = asked.profile
        else:
            details = running_details() or running.enter_context(this_checkouts_cloud())[1]
            outputs = details["outputs"]
            asked.organization = asked.organization or details["organization_id"]
            for name in (
                os.environ.keys() - (environment := client_environment(details["dynamodb_endpoint"])).keys()
            ):
                del os.environ[name]
            os.environ.update(environment)
            session = boto3.Session(region_name=REGION)
        return _follow(asked, outputs, session)


def _follow(asked: Namespace, outputs: Mapping[str, str], session: Any) -> dict[str, Any]:
    # Modules that talk to AWS read the environment on import, so it is set up first.
    from frontdesk.adapters.dynamodb.imports import ImportRuns
    from frontdesk.adapters.dynamodb.store import DynamoStore
    from frontdesk.bootstrap import SystemClock
    from frontdesk.domain.imports.runs import incoming_key, mapping_name, options_name, summary_of

    files, name = session.client("s3"), asked.file.name
    runs = ImportRuns(DynamoStore(outputs["TableName"], region=session.region_name))
    known = {run.id for run in _newest(runs, asked.organization)}
    bucket = outputs["ImportBucketName"]
    for named in (options_name, mapping_name):
        beside = asked.file.with_name(named(name))
        if beside.is_file():
            files.upload_file(str(beside), bucket, incoming_key(asked.organization, beside.name))
    files.upload_file(str(asked.file), bucket, incoming_key(asked.organization, name))
    start = {
        "organization_id": asked.organization,
        "name": name,
        **({"dry_run": True} if asked.dry_run else {}),
    }
    execution = session.client("stepfunctions").start_execution(
        stateMachineArn=outputs["ImportsArn"], name=f"make-import-{uuid4()}", input=json.dumps(start)
    )["executionArn"]
    run = _started(runs, asked.organization, name, known, session, execution)
    with _bar(run) as show:
        while run.finished_at is None:
            time.sleep(STEP_SECONDS)
            run = runs.run(Context(asked.organization, SystemClock(30)), run.id) or run
            show(run)
    _wait_for_the_end(session, run.execution)
    run = runs.run(Context(asked.organization, SystemClock(30)), run.id) or run
    RESULTS.mkdir(parents=True, exist_ok=True)
    results = RESULTS / f"{name}.results.jsonl"
    try:
        files.download_file(bucket, run.results, str(results))
    except ClientError:
        # A failed run may have no results.
        results.write_bytes(b"")
    for line in _told(results):
        print(line, file=sys.stderr)
    summary = summary_of(run)
    if summary["problem"]:
        print(f"The file is {summary['status']}: {summary['problem']['detail']}", file=sys.stderr)
    print(f"What became of each row: {results}", file=sys.stderr)
    return summary


def _told(results: Path) -> Iterator[str]:
    """Yields the first rows that were not imported, as text."""
    with results.open(encoding="utf-8") as lines:
        rows = (row for row in map(json.loads, lines) if row["errors"])
        for row in islice(rows, MAX_TOLD):
            yield f"Line {row['line']} {row['result']}: " + " ".join(
                error["detail"] for error in row["errors"]
            )
        if next(rows, None):
            yield "... and more."


def _newest(runs: "Runs", organization_id: str) -> "Iterator[ImportRun]":
    from frontdesk.bootstrap import SystemClock

    return runs.recent(Context(organization_id, SystemClock(60)))


def _started(
    runs: "Runs", organization_id: str, name: str, known: set[str], session: Any, execution: str
) -> "ImportRun":
    """Returns the run that claimed the file: this execution's, or that of one started by the upload."""
    deadline = time.monotonic() + FOUND_SECONDS
    while time.monotonic() < deadline:
        for run in _newest(runs, organization_id):
            if run.id in known:
                break
            if run.name == name:
                return run
        if session.client("stepfunctions").describe_execution(executionArn=execution)["status"] in (
            "FAILED",
            "TIMED_OUT",
            "ABORTED",
        ):
            raise _NotSent(f"The import did not start: see {execution}.")
        time.sleep(STEP_SECONDS)
    raise _NotSent(f"Nothing has taken up {name}. Is there an organization {organization_id}?")


def _wait_for_the_end(session: Any, execution: str) -> None:
    """Waits for the last step. A run ends before it: results and summary exist by then, but the file is not archived yet."""
    deadline = time.monotonic() + FOUND_SECONDS
    while time.monotonic() < deadline:
        if session.client("stepfunctions").describe_execution(executionArn=execution)["status"] != "RUNNING":
            return
        time.sleep(STEP_SECONDS)


@contextmanager
def _bar(run: "ImportRun") -> Iterator[Any]:
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
        task = progress.add_task(f"Importing {run.name}", total=None, said="")

        def show(run: "ImportRun") -> None:
            counts = run.counts
            said = f"{counts.refused} refused, {counts.failed} failed"
            progress.update(task, total=run.rows or None, completed=counts.rows, said=said)

        yield show


if __name__ == "__main__":
    main()
