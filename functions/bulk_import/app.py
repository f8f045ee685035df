"""Imports one chunk of a file. The event names organization, run and chunk; returns the number of rows by result."""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.imports.runs import RESULTS
from frontdesk.domain.trail import Actor
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.chunk import import_chunk

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    organization_id, run_id, chunk = event["organization_id"], event["run_id"], event["chunk"]
    at = world()
    with metrics.measured(context):
        metrics.about(organization_id=organization_id)
        about = Context(
            organization_id, SystemClock.within(context), Actor("import", run_id), context.aws_request_id
        )
        counts = import_chunk(about, run_id, chunk, at.runs, at.files, at.store, at.catalog)
        rows: dict[str, int] = {name: getattr(counts, name) for name in RESULTS}
        for name, count in rows.items():
            metrics.count(f"Rows{name.capitalize()}", count)
    logger.info(
        "chunk imported",
        extra={"organization_id": organization_id, "run_id": run_id, "chunk": chunk, "rows": rows},
    )
    return rows
