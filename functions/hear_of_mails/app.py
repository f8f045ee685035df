"""Handles a bounce or complaint that SES reports.

Records it on the message. Also marks the customer's email address, unless the bounce is temporary.
"""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.adapters.mail.reports import report_of
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.hear import hear

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    found = report_of(event)
    if found is None:
        logger.info("ignored")
        return {}
    organization_id, report = found
    of = Context(organization_id, SystemClock.within(context))
    with metrics.measured(context):
        became = hear(of, report, world().post_office, world().catalog)
        logger.info("report", what=report.what, state=became, organization_id=organization_id)
        if became is not None:
            metrics.count("MailsBounced" if report.what == "bounced" else "MailsComplained")
    return {"state": became}
