"""Every minute: puts reminders that have come due into the outbox, and sends what is due there."""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.messages.remind import remind
from frontdesk.usecases.messages.sweep import send_due

logger = Logger()
# Of an invocation of 60 seconds: what a reminder's turn may take, and what is kept back for what is begun.
REMIND_MS, RESERVE_MS = 25_000, 15_000


@logger.inject_lambda_context
def handler(_: dict[str, Any], context: Any) -> dict[str, Any]:
    clock, left = SystemClock.within(context), context.get_remaining_time_in_millis
    post, owner = world().post_office, context.aws_request_id
    with metrics.measured(context):
        # Neither needs the other's success.
        try:
            reminders = remind(clock, post, world().lists, world().catalog, lambda: left() > REMIND_MS)
        finally:
            counts = send_due(clock, owner, post, lambda: left() > RESERVE_MS)
            metrics.count_mails(counts.elements())
        if counts or reminders:
            logger.info("swept", states=counts, reminders=reminders)
    return {"reminders": reminders, **counts}
