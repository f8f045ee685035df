"""Reads the table's stream. For each event, queues a delivery to each webhook subscription that wants the event."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from frontdesk.adapters.dynamodb.webhooks import change_of
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.context import Context
from frontdesk.usecases.webhooks.publish import publish

logger = Logger()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    clock = SystemClock.within(context)

    def tell(record: DynamoDBRecord) -> None:
        change = change_of(record.raw_event)
        count = publish(Context(change.organization_id, clock), change, world().publisher) if change else 0
        if change and count:
            logger.info(
                "published",
                organization_id=change.organization_id,
                kind=change.key.kind,
                id=change.key.id,
                deliveries=count,
            )

    return process_partial_response(event, tell, processor, context)
