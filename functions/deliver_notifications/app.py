"""Reads the table's stream: writes the messages about changed orders to the outbox, and sends them."""

from collections import Counter
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from frontdesk import metrics
from frontdesk.adapters.dynamodb.items import key_of
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.send import Throttled, wake

logger = Logger()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
# Milliseconds reserved for finishing what has begun. The sweep sends the rest.
RESERVE_MS = 15_000


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    def deliver(record: DynamoDBRecord) -> None:
        keys = record.dynamodb.keys if record.dynamodb else {}
        named = key_of(keys.get("pk", ""), keys.get("sk", ""))
        if named is None or named[1].kind != "order":
            return
        of, has_time = Context(named[0], SystemClock.within(context)), lambda: left() > RESERVE_MS
        try:
            became = wake(of, named[1].id, str(record.event_id), world().post_office, has_time)
        except Throttled:
            became = []
        logger.info("mail", states=Counter(became), organization_id=named[0], order_id=named[1].id)
        metrics.count_mails(became)

    left = context.get_remaining_time_in_millis
    with metrics.measured(context):
        return process_partial_response(event, deliver, processor, context)
