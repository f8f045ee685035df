"""Once a day: finishes what was left unfinished, looks at every item, and tells the operator what is not as it must be.

The event may name one resource instead: {"organization_id": ..., "resource_id": ...}.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.audit import audit, sweep

NAMESPACE = "Frontdesk"
logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    clock, store, scope = SystemClock.within(context), world().store, (event.get("organization_id"), event.get("resource_id"))
    settled = sweep(store, clock, *scope)
    report = audit(store, clock, *scope)
    for organization_id, finding in report:
        where = {"code": finding.code, "organization_id": organization_id, "key": " ".join(filter(None, finding.key))}
        logger.error(finding.detail, extra=where)
    counts = report.summary["findings"]
    # In total also when there are none, so that silence means that the auditor does not run.
    metrics.add_metric("Findings", MetricUnit.Count, sum(counts.values()))
    for code, count in counts.items():
        with single_metric("Findings", MetricUnit.Count, count, namespace=NAMESPACE) as metric:
            metric.add_dimension("code", code)
    return {"settled": settled, **report.summary}
