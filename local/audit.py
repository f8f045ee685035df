"""Finds broken invariants in a table, by default the table of the running local cloud. Changes nothing.

    python -m local.audit [--table NAME] [--organization ID [--resource ID]]

With --table, uses the AWS profile and region of the environment. Prints a line for each finding, and then a summary as JSON. The
exit code is 1 if there are findings, and 2 if the table cannot be read.
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

from local.cloud import running_details
from local.tables import Unreachable, reach

if TYPE_CHECKING:
    from frontdesk.usecases.audit import Report

FOUND, UNREADABLE = 1, 2
HOURS = 12
# The local cloud takes several seconds for each page of a table with 200,000 items.
ANSWER_SECONDS = 60


def main() -> None:
    """Reads the arguments, prints the findings, and sets the exit code."""
    parser = ArgumentParser(
        prog="make audit", description="Looks for broken invariants in a table. Changes nothing."
    )
    parser.add_argument(
        "--table",
        metavar="NAME",
        help="the name of a table in your AWS account (default: the table of the running local cloud)",
    )
    parser.add_argument("--organization", metavar="ID", help="check only the organization with this id")
    parser.add_argument("--resource", metavar="ID", help="check only the resource with this id")
    asked = parser.parse_args()
    if asked.table and asked.resource and not asked.organization:
        parser.error(
            "RESOURCE requires ORGANIZATION, the id of the organization that the resource belongs to"
        )
    try:
        report = _audit(asked)
        if not report.summary["looked_at"] and (asked.organization or asked.resource):
            # With a mistyped id, "no findings" would be misleading.
            raise Unreachable("The table has no items of this organization or resource.")
    except Unreachable as error:
        print(error, file=sys.stderr)
        sys.exit(UNREADABLE)
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    for organization_id, finding in report:
        print(organization_id, finding.code, " ".join(filter(None, finding.key)), finding.detail, sep="  ")
    print(json.dumps(report.summary))
    sys.exit(FOUND if report.findings else 0)


def _audit(asked: Namespace) -> "Report":
    details = running_details() if asked.resource and not asked.table else None
    asked.organization = asked.organization or (details["organization_id"] if details else None)
    table, region, endpoint = reach(asked.table)

    # Modules that use AWS read the environment when they are imported, so it is set up before.
    from pynamodb.exceptions import PynamoDBException

    from frontdesk.adapters.dynamodb.store import DynamoStore
    from frontdesk.bootstrap import SystemClock
    from frontdesk.domain.problems import Busy
    from frontdesk.usecases.audit import audit
    from frontdesk.usecases.context import Clock
    from frontdesk.usecases.ports import Found

    class Shown(DynamoStore):
        """A store that shows the progress of the scan on a terminal."""

        def everything(self, clock: Clock) -> Iterator[Found]:
            screen = Console(stderr=True)
            yield from track(
                super().everything(clock),
                "Reading the table",
                console=screen,
                transient=True,
                disable=not screen.is_terminal,
            )

    class Patience(SystemClock):
        """A clock for a scan that takes hours. Its `pause` raises Busy after 30 retries of the same page."""

        def pause(self, attempt: int) -> None:
            if attempt >= 30:
                raise Busy
            super().pause(attempt)

    try:
        return audit(
            Shown(table, region=region, endpoint=endpoint, read_timeout=ANSWER_SECONDS),
            Patience(3600 * HOURS),
            asked.organization,
            asked.resource,
        )
    except Busy as error:
        raise Unreachable("DynamoDB does not answer.") from error
    except PynamoDBException as error:
        raise Unreachable(f"The table {table} can't be read: {error}") from error


if __name__ == "__main__":
    main()
