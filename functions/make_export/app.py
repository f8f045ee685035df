"""Makes the exports in the queue. A large export takes several invocations. Once an hour, marks exports without progress as failed."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.context import Context
from frontdesk.usecases.exports.make import make_export, mark_lost

logger = Logger()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
PAUSE_SECONDS = 30  # After a failure.


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    def attempt(record: SQSRecord) -> None:
        ids, clock = record.json_body, SystemClock.within(context)
        at = Context(ids["organization_id"], clock)
        # A tenth of the time is reserved for recording the progress.
        until = clock.now() + context.get_remaining_time_in_millis() * 9 // 10_000
        try:
            message = record.message_id, ids.get("version")
            export = make_export(at, ids["export_id"], world().workshop, until, *message)
        except Exception:
            world().export_queue.postpone(record.receipt_handle, PAUSE_SECONDS)
            raise
        done = {"status": export.status, "rows": export.progress.rows} if export else {"status": "unchanged"}
        metrics.count("ExportsFailed", int(done["status"] == "failed"))
        logger.info("export continued", extra={**ids, **done})

    with metrics.measured(context):
        if "Records" not in event:
            metrics.count("ExportsFailed", lost := mark_lost(SystemClock.within(context), world().exports))
            return {"lost": lost}
        return process_partial_response(event, attempt, processor, context)
