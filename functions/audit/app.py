"""Runs daily: finishes interrupted operations, checks every item, and reports broken invariants to the operator.

The event may name an `organization_id` and a `resource_id`. Returns how many operations it tried to finish, and the audit's summary.
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
        # Independent of each other: the sweep ends before the audit begins, and the audit runs even if the sweep failed.
        try:
            settled = sweep(store, clock, *scope)
        finally:
            report = audit(store, clock, *scope)
            _tell(report)
    return {"settled": settled, **report.summary}


def _tell(report: Report) -> None:
    counts = report.summary["findings"]
    # The total is reported even if it is 0. If it is missing, the auditor does not run.
    metrics.count("Findings", sum(counts.values()))
    for code, count in counts.items():
        metrics.count(f"Findings.{code}", count)
    for organization_id, finding in report:
        key = " ".join(filter(None, finding.key))
        where = {"code": finding.code, "organization_id": organization_id, "key": key}
        logger.error(finding.detail, extra=where)
