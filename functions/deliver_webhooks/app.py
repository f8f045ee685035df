"""Takes webhook deliveries from the queue and posts them. A delivery stays in the queue until it is accepted or given up."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from frontdesk import metrics
from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.webhooks.deliveries import Message
from frontdesk.usecases.context import Context
from frontdesk.usecases.webhooks.deliver import Later, deliver

logger = Logger()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    def attempt(record: SQSRecord) -> None:
        def report_switched_off() -> None:
            metrics.count("WebhooksSwitchedOff")
            logger.warning("switched off", extra=ids)

        message = Message.model_validate_json(record.body)
        ids = message.model_dump(include={"organization_id", "webhook_id", "event_id"})
        clock = SystemClock.within(context)
        here = Context(message.organization_id, clock, request_id=context.aws_request_id)
        try:
            delivery = deliver(here, message, world().courier, report_switched_off)
        except Later as later:
            logger.info("later", seconds=later.seconds, extra=ids)
            world().webhook_queue.postpone(record.receipt_handle, later.seconds)
            raise
        logger.info("done", status=delivery.status if delivery else "unwanted", extra=ids)

    # A receiver that does not answer is not a failure of this function. If a whole batch failed, Lambda would call the function less often.
    with metrics.measured(context):
        return process_partial_response(event, attempt, processor, context)
