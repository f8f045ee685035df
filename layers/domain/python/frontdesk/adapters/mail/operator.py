"""The operator's queue of orders whose mail could not be sent."""

import json
from typing import TYPE_CHECKING, cast

import botocore.session

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsOperator:
    """Implements `usecases.ports.Operator` with a queue."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def report_unsent(self, organization_id: str, order_id: str) -> None:
        """Sends the two ids to the queue, and no other data of the order."""
        body = json.dumps({"organization_id": organization_id, "order_id": order_id})
        client = cast("SQSClient", botocore.session.get_session().create_client("sqs"))
        client.send_message(QueueUrl=self._queue_url, MessageBody=body)
