"""Once a day: finishes what was left unfinished, looks at every item, and tells the operator what is not as it must be.

The event may name one resource instead: {"organization_id": ..., "resource_id": ...}.
"""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.audit import audit, sweep

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    clock, store, scope = (
        SystemClock.within(context),
        world().store,
        (event.get("organization_id"), event.get("resource_id")),
    )
    with metrics.measured(context):
        settled = sweep(store, clock, *scope)
        report = audit(store, clock, *scope)
        counts = report.summary["findings"]
        # In total also when there are none, so that silence means that the auditor does not run.
        metrics.count("Findings", sum(counts.values()))
        for code, count in counts.items():
            metrics.count(f"Findings.{code}", count)
    for organization_id, finding in report:
        where = {
            "code": finding.code,
            "organization_id": organization_id,
            "key": " ".join(filter(None, finding.key)),
        }
        logger.error(finding.detail, extra=where)
    return {"settled": settled, **report.summary}
