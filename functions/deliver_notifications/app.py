"""Writes an order's messages to the outbox and sends them. Reads orders from the table's stream, or takes one that an operator names."""

from collections import Counter
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from frontdesk import metrics
from frontdesk.adapters.dynamodb.items import key_of
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.send import wake_in_turn

logger, processor = Logger(), BatchProcessor(event_type=EventType.DynamoDBStreams)
RESERVE_MS = 15_000  # Reserved to finish what was begun. The sweep sends the rest.


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    def tell(organization_id: str, order_id: str, owner: str, since: int) -> None:
        of, has_time = Context(organization_id, clock), lambda: left() > RESERVE_MS
        became = wake_in_turn(of, order_id, owner, since, world().post_office, has_time)
        logger.info("mail", states=Counter(became), organization_id=organization_id, order_id=order_id)
        metrics.count_mails(became)

    def deliver(record: DynamoDBRecord) -> None:
        change = record.dynamodb
        named = change and key_of(change.keys.get("pk", ""), change.keys.get("sk", ""))
        if change and named and named[1].kind == "order":
            since = change.approximate_creation_date_time or 0
            tell(named[0], named[1].id, str(record.event_id), since)

    clock, left = SystemClock.within(context), context.get_remaining_time_in_millis
    with metrics.measured(context):
        if "order_id" not in event:
            return process_partial_response(event, deliver, processor, context)
        tell(**event, owner=context.aws_request_id, since=clock.now())
        return {}
