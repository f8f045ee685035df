"""Sends mail through SES."""

from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from frontdesk.usecases.ports import MailRefused, MailUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# Asking again would not help: the mail itself, its sender or its recipient is not acceptable.
_FOR_GOOD = frozenset({"MessageRejected", "MailFromDomainNotVerifiedException", "BadRequestException"})


class SesMailer:
    """Implements `usecases.ports.Mailer`."""

    def __init__(self, configuration_set: str) -> None:
        self._configuration_set = configuration_set

    def send(self, message: EmailMessage) -> str:
        """Sends the mail as it is, attachments included, and returns SES's message id."""
        try:
            answer = self._client.send_email(
                FromEmailAddress=message["From"].addresses[0].addr_spec,
                Destination={"ToAddresses": [to.addr_spec for to in message["To"].addresses]},
                Content={"Raw": {"Data": message.as_bytes(policy=SMTP)}},
                ConfigurationSetName=self._configuration_set,
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise (MailRefused if code in _FOR_GOOD else MailUnavailable)(code) from None
        except BotoCoreError as error:
            raise MailUnavailable(type(error).__name__) from None
        return answer["MessageId"]

    @cached_property
    def _client(self) -> "SESV2Client":
        # No retries here: a mail whose answer was lost may have been sent, so the use case decides and counts.
        config = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
        return cast("SESV2Client", botocore.session.get_session().create_client("sesv2", config=config))
