"""Sending through SES: mails go out unchanged, once. Errors say what to do, and never name the recipient."""

from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, ReadTimeoutError
from botocore.stub import Stubber
from moto import mock_aws
from moto.ses.models import ses_backends

from frontdesk.adapters.mail.ses import SesMailer
from frontdesk.usecases.messages.needs import MailThrottled, Pace
from frontdesk.usecases.ports import MailRefused, MailUnavailable


@pytest.fixture
def message() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Your booking"
    message["From"] = "Mitte <bookings@mitte.example>"
    message["To"] = "Ada <ada@example.com>"
    message.set_content("Hello")
    message.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="order.ics")
    return message


@pytest.fixture
def mailer() -> SesMailer:
    return SesMailer("frontdesk")


@pytest.fixture
def client(mailer: SesMailer) -> Any:
    """Returns the client of the mailer, with its settings."""
    return mailer._client  # noqa: SLF001


@mock_aws
def test_the_whole_mail_is_sent_with_its_attachment(
    message: EmailMessage, mailer: SesMailer, client: Any
) -> None:
    client.create_email_identity(EmailIdentity="bookings@mitte.example")

    message_id = mailer.send(message)

    (sent,) = ses_backends["123456789012"][client.meta.region_name].sent_messages
    assert sent.id == message_id
    assert [part.get_content_type() for part in message_from_string(sent.raw_data).walk()][1:] == [
        "text/plain",
        "text/calendar",
    ]


ID = "00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("tags", "sent"),
    [
        (None, []),
        ({"organization": ID, "message": f"{ID}-m0123456789v000001c"}, ["organization", "message"]),
        # A tag may contain only letters, digits, _ and -.
        ({"organization": "büro.süd", "message": f"{ID}-m0123456789v000001c"}, ["message"]),
    ],
)
def test_ses_is_told_sender_recipient_configuration_set_and_what_its_events_bring_back(
    tags: dict[str, str] | None, sent: list[str], message: EmailMessage, mailer: SesMailer, client: Any
) -> None:
    expected = {
        "FromEmailAddress": "bookings@mitte.example",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Content": {"Raw": {"Data": message.as_bytes(policy=SMTP)}},
        "ConfigurationSetName": "frontdesk",
        "EmailTags": [{"Name": name, "Value": (tags or {})[name]} for name in sent],
    }
    with Stubber(client) as stub:
        stub.add_response("send_email", {"MessageId": "m-1"}, expected)
        assert mailer.send(message, tags) == "m-1"


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("MessageRejected", MailRefused),
        ("MailFromDomainNotVerifiedException", MailRefused),
        ("BadRequestException", MailRefused),
        ("TooManyRequestsException", MailThrottled),
        ("LimitExceededException", MailThrottled),
        ("SendingPausedException", MailThrottled),
        ("ThrottlingException", MailThrottled),
        ("AccountSuspendedException", MailThrottled),
        ("ExpiredTokenException", MailUnavailable),
        ("InternalFailure", MailUnavailable),
    ],
)
def test_only_what_no_retry_can_help_is_refused(
    code: str, outcome: type[Exception], message: EmailMessage, mailer: SesMailer, client: Any
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("send_email", code, "Email address is not verified: ada@example.com")
        with pytest.raises(outcome) as raised:
            mailer.send(message)
    assert type(raised.value) is outcome
    assert "ada@example.com" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("code", "says", "seconds"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", 20),
        ("TooManyRequestsException", "Daily message quota exceeded.", 3600),
        ("SendingPausedException", "Email sending is paused.", 900),
    ],
)
def test_where_ses_has_no_room_it_is_said_when_to_ask_again(
    code: str, says: str, seconds: int, message: EmailMessage, mailer: SesMailer, client: Any
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("send_email", code, says)
        with pytest.raises(MailThrottled) as raised:
            mailer.send(message)
    assert raised.value.seconds == seconds


@pytest.mark.parametrize(
    ("account", "pace"),
    [
        ({"SendQuota": {"Max24HourSend": 200, "MaxSendRate": 14, "SentLast24Hours": 150}}, Pace(14, 50)),
        ({"SendQuota": {"Max24HourSend": -1, "MaxSendRate": 1, "SentLast24Hours": 9}}, Pace(1, 10**9)),
        ({"SendQuota": {"Max24HourSend": 200, "MaxSendRate": 14}, "SendingEnabled": False}, Pace(14, 0)),
    ],
)
def test_the_pace_is_what_the_account_may_send(
    account: dict[str, Any], pace: Pace, mailer: SesMailer, client: Any
) -> None:
    with Stubber(client) as stub:
        stub.add_response("get_account", account)
        assert mailer.pace() == pace


@pytest.mark.parametrize(
    "failure", [ConnectTimeoutError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x")]
)
def test_silence_is_unavailable_and_never_sent_again_by_the_client(
    failure: BotoCoreError, message: EmailMessage, mailer: SesMailer, client: Any
) -> None:
    tries = []

    def fail(**_: object) -> None:
        tries.append(1)
        raise failure

    client.meta.events.register("before-send.sesv2.SendEmail", fail)
    with pytest.raises(MailUnavailable):
        mailer.send(message)
    assert len(tries) == 1


def test_a_call_ends_before_its_function_does(client: Any) -> None:
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 10)
    assert config.retries["total_max_attempts"] == 1
