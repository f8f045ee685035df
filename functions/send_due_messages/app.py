"""Runs every minute: puts due reminders into the outbox, sends what is due there, and tells what bookings start and end."""

from typing import Any

from aws_lambda_powertools import Logger

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.messages.remind import remind
from frontdesk.usecases.messages.sweep import send_due
from frontdesk.usecases.webhooks.moments import tell_moments

logger = Logger()
# Of the 60 seconds of an invocation: milliseconds that must be left to go on with what the clock causes, and with
# sending.
LOOK_MS, RESERVE_MS = 25_000, 15_000


@logger.inject_lambda_context
def handler(_: dict[str, Any], context: Any) -> dict[str, Any]:
    clock, left = SystemClock.within(context), context.get_remaining_time_in_millis
    at, owner = world(), context.aws_request_id
    with metrics.measured(context):
        # Independent of each other.
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
