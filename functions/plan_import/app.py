"""Performs one step of an import. The event says which: find files, plan one file, join its results, or mark the run as failed."""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.imports.runs import RESULTS, ImportRun, wanted_file
from frontdesk.domain.time.intervals import read_date
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports import find, plan, results

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    clock, at = SystemClock.within(context), world()
    if event["step"] == "find":
        started, wanted = int(read_date(event["started"]).timestamp()), wanted_file(event["input"])
        about = (at.runs, at.files, at.executions, clock)
        runs = find.find_files(event["execution"], started, *about, tell=logger.error, **wanted)
        logger.info("files found", extra={"runs": [run.id for run in runs]})
        left = {"since": started, **event["input"]} if len(runs) == find.MAX_RUNS else None
        return {"runs": [run.ids for run in runs], "next": left}
    named, sender = (Context(event["organization_id"], clock), event["run_id"]), at.settings.sender_email
    logger.append_keys(organization_id=event["organization_id"], run_id=event["run_id"])
    if event["step"] == "plan":
        chunks = plan.plan_file(*named, at.runs, at.files, at.store, at.catalog)
        logger.info("file planned", extra={"chunks": chunks})
        return {"chunks": chunks, "manifest": ImportRun.manifest_of(named[0].organization_id, named[1])}
    with metrics.measured(context):
        if event["step"] == "join":
            summary = results.join_results(*named, at.runs, at.files, at.mailer, sender)
        else:
            summary = results.fail_run(*named, event["reason"], at.runs, at.files, at.mailer, sender)
        metrics.count("ImportsFailed", int(summary["status"] == "failed"))
    logger.info("import ended", extra={"status": summary["status"], "rows": {n: summary[n] for n in RESULTS}})
    return summary
