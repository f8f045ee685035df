"""Runs every minute: writes due reminders to the outbox, sends due messages, and publishes the starts and ends of bookings."""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.messages.remind import remind
from frontdesk.usecases.messages.sweep import send_due
from frontdesk.usecases.webhooks.moments import tell_moments

logger = Logger()
# No further search for reminders and events begins, and no further sending, when fewer milliseconds of the invocation are left.
LOOK_MS, RESERVE_MS = 25_000, 15_000


@logger.inject_lambda_context
def handler(_: dict[str, Any], context: Any) -> dict[str, Any]:
    clock, left = SystemClock.within(context), context.get_remaining_time_in_millis
    at, owner = world(), context.aws_request_id
    with metrics.measured(context):
        # Independent of each other, so one may fail without stopping the other.
        try:
            reminders = remind(clock, at.post_office, at.lists, at.catalog, lambda: left() > LOOK_MS)
        finally:
            try:
                moments = tell_moments(clock, at.publisher, at.webhooks, at.lists, lambda: left() > LOOK_MS)
            finally:
                counts = send_due(clock, owner, at.post_office, lambda: left() > RESERVE_MS)
                metrics.count_mails(counts.elements())
        if counts or reminders or moments:
            logger.info("swept", states=counts, reminders=reminders, moments=moments)
    return {"reminders": reminders, "moments": moments, **counts}
