"""The SQS queue of exports to make."""

import json
from functools import cached_property
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class ExportQueue:
    """Implements `usecases.exports.needs.Orders` on an SQS queue."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def send(self, organization_id: str, export_id: str, version: int) -> None:
        """Queues an export: sends its ids and its version as JSON."""
        body = json.dumps({"organization_id": organization_id, "export_id": export_id, "version": version})
        # A standard queue is fair to its message groups, so one organization's exports do not delay those of others.
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=body, MessageGroupId=organization_id)

    def postpone(self, receipt: str, seconds: int) -> None:
        """Makes the queue redeliver the message with this receipt after `seconds`."""
        self._client.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )

    @cached_property
    def _client(self) -> "SQSClient":
        config = Config(
            connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"}
        )
        return cast("SQSClient", botocore.session.get_session().create_client("sqs", config=config))
