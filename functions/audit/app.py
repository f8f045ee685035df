"""Once a day: finishes what was left unfinished, looks at every item, and tells the operator what is not as it must be.

The event may name one resource instead: {"organization_id": ..., "resource_id": ...}.
"""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.audit import Report, audit, sweep

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    clock, store = SystemClock.within(context), world().store
    scope = event.get("organization_id"), event.get("resource_id")
    with metrics.measured(context):
        # Neither needs the other's success: the sweep is done before the audit begins, which looks even where the sweep failed.
        try:
            settled = sweep(store, clock, *scope)
        finally:
            report = audit(store, clock, *scope)
            _tell(report)
    return {"settled": settled, **report.summary}


def _tell(report: Report) -> None:
    counts = report.summary["findings"]
    # In total also when there are none, so that silence means that the auditor does not run.
    metrics.count("Findings", sum(counts.values()))
    for code, count in counts.items():
        metrics.count(f"Findings.{code}", count)
    for organization_id, finding in report:
        key = " ".join(filter(None, finding.key))
        where = {"code": finding.code, "organization_id": organization_id, "key": key}
        logger.error(finding.detail, extra=where)
