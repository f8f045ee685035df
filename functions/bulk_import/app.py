"""Imports one chunk of a file, or does one step of an undo."""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.imports.runs import RESULTS
from frontdesk.domain.trail import Actor
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports.chunk import import_chunk
from frontdesk.usecases.imports.undo import undo_step

logger = Logger()
# An undo begins no further items when fewer seconds of the invocation are left.
RESERVE = 15


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    organization_id, run_id = event["organization_id"], event["run_id"]
    clock, at = SystemClock.within(context), world()
    logger.append_keys(organization_id=organization_id, run_id=run_id)
    with metrics.measured(context):
        metrics.about(organization_id=organization_id)
        about = Context(organization_id, clock, Actor("import", run_id), context.aws_request_id)
        named = about, run_id
        if event.get("step") == "undo":
            at_hand = at.runs, at.files, at.store, at.catalog, at.lists
            left = undo_step(about, run_id, *at_hand, lambda: clock.left > RESERVE)
            logger.info("undo continued", extra={"left": left})
            return {"organization_id": organization_id, "run_id": run_id, "left": left}
        counts = import_chunk(*named, event["chunk"], at.runs, at.files, at.store, at.catalog)
        rows: dict[str, int] = {name: getattr(counts, name) for name in RESULTS}
        for name, count in rows.items():
            metrics.count(f"Rows{name.capitalize()}", count)
    logger.info("chunk imported", extra={"chunk": event["chunk"], "rows": rows})
    return rows
