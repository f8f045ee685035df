"""The SQS queue of webhook deliveries."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from frontdesk.domain.webhooks.deliveries import MAX_EVENT_BYTES, Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS accepts ten messages at once, and 256 KiB in total.
_MAX_AT_ONCE, _MAX_BYTES_AT_ONCE = 10, 250_000


class NotQueued(Exception):
    """SQS did not accept every message. The caller must send all of them again."""


class SqsQueue:
    """Implements `usecases.webhooks.needs.Queue`."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def send(self, messages: Sequence[Message]) -> None:
        """Sends the messages in batches. Raises NotQueued if SQS refuses any of them."""
        for group in _groups((message, text_of(message)) for message in messages):
            answer = self._client.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    # A standard queue is fair to its message groups, so a slow receiver does not delay the others.
                    {"Id": str(number), "MessageBody": text, "MessageGroupId": message.webhook_id}
                    for number, (message, text) in enumerate(group)
                ],
            )
            if failed := answer.get("Failed"):
                raise NotQueued(", ".join(sorted({entry["Code"] for entry in failed})))

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


def text_of(message: Message) -> str:
    """Returns a message as JSON in ASCII, because SQS refuses some characters.

    Reduces the `data` of a large message to the id and type of the item that the event is about.
    """
    text = json.dumps(message.model_dump(), separators=(",", ":"))
    if len(text) > MAX_EVENT_BYTES:
        bare = {"id": message.subject_id, "type": message.subject_type, "meta": {"truncated": True}}
        text = json.dumps(message.model_copy(update={"data": bare}).model_dump(), separators=(",", ":"))
    return text


def _groups(texts: Iterable[tuple[Message, str]]) -> Iterator[list[tuple[Message, str]]]:
    group: list[tuple[Message, str]] = []
    size = 0
    for message, text in texts:
        if group and (len(group) == _MAX_AT_ONCE or size + len(text) > _MAX_BYTES_AT_ONCE):
            yield group
            group, size = [], 0
        group.append((message, text))
        size += len(text)
    if group:
        yield group
