"""The composition root: reads and validates the settings from the environment, and creates the parts of a Lambda function."""

import os
import random
import time
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from frontdesk import metrics
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.api.authentication import Authenticator
from frontdesk.domain.problems import Busy

if TYPE_CHECKING:
    from frontdesk.adapters.files.exports import ExportQueue
    from frontdesk.adapters.mail.ses import SesMailer
    from frontdesk.adapters.webhooks.queue import SqsQueue
    from frontdesk.usecases.exports.needs import Exports, Shelf, Workshop
    from frontdesk.usecases.messages.needs import Outbox, PostOffice
    from frontdesk.usecases.ports import Catalog, Executions, Files, Links, Lists, Runs, Trails
    from frontdesk.usecases.webhooks.deliver import Courier
    from frontdesk.usecases.webhooks.needs import Webhooks
    from frontdesk.usecases.webhooks.publish import Publisher

# Seconds of an invocation that are reserved for the answer.
_RESERVE = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0
# `random` has the same seed in every environment restored from the same snapshot. The system's generator does not.
_random = random.SystemRandom()


class Settings(BaseModel):
    """The environment variables of a function. `public_base_url` may contain {api_id} and {stage}."""

    model_config = ConfigDict(frozen=True)
    table_name: str
    sender_email: str = ""
    configuration_set: str = ""
    public_base_url: str = ""
    failed_notifications_queue_url: str = ""
    import_bucket: str = ""
    imports_arn: str = ""
    webhooks_queue_url: str = ""
    exports_queue_url: str = ""
    upload_origin: str = ""
    environment: Literal["local", "staging", "production"] = "production"

    @classmethod
    def from_environment(cls) -> "Settings":
        """Reads and validates the environment. Raises ValidationError."""
        return cls.model_validate(
            {name: os.environ[name.upper()] for name in cls.model_fields if name.upper() in os.environ}
        )


class SystemClock:
    """Implements `usecases.context.Clock` with the system's clock. Its time limit ends `seconds` after its creation."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    @classmethod
    def within(cls, context: Any) -> "SystemClock":
        """Returns a clock whose time is up shortly before a Lambda invocation ends. `context` is what Lambda passes to a handler."""
        return cls(context.get_remaining_time_in_millis() / 1000 - _RESERVE)

    def now(self) -> int:
        """Returns the system's time in epoch seconds."""
        return int(time.time())

    @property
    def left(self) -> float:
        """The seconds left until the time is up. Negative after that."""
        return self._deadline - time.monotonic()

    def pause(self, attempt: int) -> None:
        """Sleeps for a random time: at most 0.02 s before the first retry. The maximum doubles with each retry, up to 1 s.

        If the sleep would last beyond the clock's time limit, raises Busy immediately.
        """
        pause = _random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 16)))
        if time.monotonic() + pause >= self._deadline:
            raise Busy
        metrics.retry(attempt + 1)
        time.sleep(pause)


class World:
    """The parts of a Lambda function, each created on first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def clock(self, context: Any) -> SystemClock:
        """Returns a clock whose time is up shortly before a Lambda invocation ends. `context` is what Lambda passes to a handler."""
        return SystemClock.within(context)

    @cached_property
    def store(self) -> DynamoStore:
        """Returns the store of orders, ledgers and catalog items in the DynamoDB table."""
        return DynamoStore(self.settings.table_name)

    @cached_property
    def authenticator(self) -> Authenticator:
        """Returns the object that authenticates callers by their tokens. It caches tokens in this process."""
        return Authenticator(self.store)

    # The parts below import their modules on first use, so that only functions that use them wait for the import.

    @cached_property
    def mailer(self) -> "SesMailer":
        """Returns the adapter that sends mail through SES."""
        from frontdesk.adapters.mail.ses import SesMailer

        return SesMailer(self.settings.configuration_set)

    @cached_property
    def lists(self) -> "Lists":
        """Returns the adapter that lists orders and bookings from the table's indexes."""
        from frontdesk.adapters.dynamodb.lists import ListTable

        return ListTable(self.store)

    @cached_property
    def catalog(self) -> "Catalog":
        """Returns the adapter that writes and lists catalog items in the table."""
        from frontdesk.adapters.dynamodb.catalog import CatalogTable

        return CatalogTable(self.store)

    @cached_property
    def trails(self) -> "Trails":
        """Returns the adapter that reads trail entries from the table."""
        from frontdesk.adapters.dynamodb.updates import TrailTable

        return TrailTable(self.store)

    @cached_property
    def runs(self) -> "Runs":
        """Returns the adapter that stores import runs in the table."""
        from frontdesk.adapters.dynamodb.imports import ImportRuns

        return ImportRuns(self.store)

    @cached_property
    def files(self) -> "Files":
        """Returns the adapter that stores files in the import bucket."""
        from frontdesk.adapters.files.s3 import S3Files

        return S3Files(self.settings.import_bucket)

    @cached_property
    def links(self) -> "Links":
        """Returns the adapter that signs links to files in the import bucket."""
        from frontdesk.adapters.files.links import S3Links

        return S3Links(self.settings.import_bucket)

    @cached_property
    def executions(self) -> "Executions":
        """Returns the adapter that starts and checks executions of the import's state machine."""
        from frontdesk.adapters.files.executions import StepFunctionsExecutions

        return StepFunctionsExecutions(self.settings.imports_arn)

    @cached_property
    def exports(self) -> "Exports":
        """Returns the adapter that stores exports in the table."""
        from frontdesk.adapters.dynamodb.exports.table import ExportTable

        return ExportTable(self.store)

    @cached_property
    def shelf(self) -> "Shelf":
        """Returns the adapter that stores the files of exports in the import bucket."""
        from frontdesk.adapters.files.shelf import S3Shelf

        return S3Shelf(self.settings.import_bucket)

    @cached_property
    def export_queue(self) -> "ExportQueue":
        """Returns the SQS queue of exports to make."""
        from frontdesk.adapters.files.exports import ExportQueue

        return ExportQueue(self.settings.exports_queue_url)

    @cached_property
    def workshop(self) -> "Workshop":
        """Returns the ports that are needed to make exports."""
        from frontdesk.usecases.exports.needs import Workshop

        return Workshop(self.store, self.lists, self.catalog, self.exports, self.shelf, self.export_queue)

    @cached_property
    def webhooks(self) -> "Webhooks":
        """Returns the adapter that stores webhook subscriptions and their deliveries in the table."""
        from frontdesk.adapters.dynamodb.webhooks import WebhookTable

        return WebhookTable(self.store)

    @cached_property
    def webhook_queue(self) -> "SqsQueue":
        """Returns the SQS queue of webhook deliveries."""
        from frontdesk.adapters.webhooks.queue import SqsQueue

        return SqsQueue(self.settings.webhooks_queue_url)

    @cached_property
    def publisher(self) -> "Publisher":
        """Returns the ports that are needed to publish events to webhooks."""
        from frontdesk.api.answers.webhooks import content
        from frontdesk.usecases.webhooks.publish import Publisher, RecentSubscriptions

        return Publisher(self.store, RecentSubscriptions(self.webhooks), self.webhook_queue, content)

    @cached_property
    def courier(self) -> "Courier":
        """Returns the ports that are needed to deliver events to webhooks. Allows plain http only in a local environment."""
        from frontdesk.adapters.webhooks.sender import HttpsSender
        from frontdesk.usecases.webhooks.deliver import Courier

        return Courier(self.webhooks, HttpsSender(local=self.settings.environment == "local"), _random.random)

    @cached_property
    def outbox(self) -> "Outbox":
        """Returns the adapter that stores messages in the table. Messages are mails, already sent or not."""
        from frontdesk.adapters.dynamodb.messages.outbox import OutboxTable

        return OutboxTable(self.store)

    @cached_property
    def post_office(self) -> "PostOffice":
        """Returns the ports that are needed to send mail."""
        from frontdesk.adapters.mail.operator import SqsOperator
        from frontdesk.adapters.mail.rendering import render_mail
        from frontdesk.usecases.messages.needs import PostOffice
        from frontdesk.usecases.messages.rules import RecentRules

        return PostOffice(
            self.store,
            self.outbox,
            RecentRules(self.store, self.catalog),
            render_mail,
            self.mailer,
            SqsOperator(self.settings.failed_notifications_queue_url),
            self.settings.sender_email,
            self.mailer.pace,
            time.sleep,
        )


@cache
def world() -> World:
    """Returns the World of this process, which the first call creates from the environment.

    A test that changes environment variables calls `world.cache_clear` afterwards.
    """
    return World(Settings.from_environment())


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # Every function needs the store's client. Created during the import, it is part of the snapshot and takes no time later.
    _ = world().store
