"""The table's stream: delivers the mail of every order that asks for one."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from frontdesk import metrics
from frontdesk.adapters.dynamodb.items import order_of_key
from frontdesk.bootstrap import SystemClock, world
from frontdesk.usecases.context import Context
from frontdesk.usecases.notifications import deliver_mail

logger = Logger()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    clock = SystemClock.within(context)

    def deliver(record: DynamoDBRecord) -> None:
        keys = record.dynamodb.keys if record.dynamodb else {}
        order = order_of_key(keys.get("pk", ""), keys.get("sk", ""))
        if order:
            organization_id, order_id = order
            about = Context(organization_id, clock)
            became = deliver_mail(about, order_id, str(record.event_id), world().post_office)
            logger.info("mail", state=became, organization_id=organization_id, order_id=order_id)
            if became in ("sent", "failed"):
                metrics.count(f"Mails{became.capitalize()}")

    with metrics.measured(context):
        return process_partial_response(event, deliver, processor, context)
