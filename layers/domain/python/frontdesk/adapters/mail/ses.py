"""Sends mail through SES."""

import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from frontdesk.usecases.messages.needs import MailThrottled, Pace
from frontdesk.usecases.ports import MailRefused, MailUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# Retrying would not help, because SES does not accept the mail, its sender or its recipient.
_FOR_GOOD = frozenset({"MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"})
# Not caused by the mail: the account may not send now. The values are the seconds after which it may again.
_NO_ROOM = {
    "TooManyRequestsException": 20,
    "ThrottlingException": 20,
    "Throttling": 20,
    "LimitExceededException": 3600,
    "SendingPausedException": 900,
    "AccountSuspendedException": 3600,
}
# SES rejects a mail whose tags have any other character (MessageTag in its API).
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
# Parts of the daily quota become free throughout the day.
_QUOTA_SECONDS = 3600


class SesMailer:
    """Implements `usecases.ports.Mailer` with Amazon SES."""

    def __init__(self, configuration_set: str) -> None:
        self._configuration_set = configuration_set

    def send(self, message: EmailMessage, tags: Mapping[str, str] | None = None) -> str:
        """Sends the mail with its attachments and returns SES's message id. SES's later events about the mail contain the `tags`.

        Raises MailThrottled, MailRefused or MailUnavailable.
        """
        fitting = {name: value for name, value in (tags or {}).items() if _TAG.fullmatch(value)}
        try:
            answer = self._client.send_email(
                FromEmailAddress=message["From"].addresses[0].addr_spec,
                Destination={"ToAddresses": [to.addr_spec for to in message["To"].addresses]},
                Content={"Raw": {"Data": message.as_bytes(policy=SMTP)}},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in fitting.items()],
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _NO_ROOM:
                is_daily = "daily" in error.response.get("Error", {}).get("Message", "").lower()
                raise MailThrottled(_QUOTA_SECONDS if is_daily else _NO_ROOM[code], code) from None
            raise (MailRefused if code in _FOR_GOOD else MailUnavailable)(code) from None
        except BotoCoreError as error:
            raise MailUnavailable(type(error).__name__) from None
        return answer["MessageId"]

    def pace(self) -> Pace:
        """Returns the account's rate limit, and how many more mails it may send today.

        The number is 0 while sending is disabled. If SES does not answer, returns a default.
        """
        try:
            account = self._client.get_account()
        except (ClientError, BotoCoreError):
            # If sending is impossible, the first mail will fail and show it.
            return Pace(1, 1_000)
        quota = account.get("SendQuota", {})
        most = quota.get("Max24HourSend", 0)
        left = 10**9 if most < 0 else int(most - quota.get("SentLast24Hours", 0))
        return Pace(max(0.1, quota.get("MaxSendRate", 1)), left if account.get("SendingEnabled", True) else 0)

    @cached_property
    def _client(self) -> "SESV2Client":
        # No retries here. A mail whose answer was lost may have been sent, so the use case decides and counts.
        config = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
        return cast("SESV2Client", botocore.session.get_session().create_client("sesv2", config=config))
