"""SES and the operator's queue, on moto."""

import json
from collections.abc import Iterator
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from frontdesk.adapters.mail.operator import SqsOperator
from frontdesk.adapters.mail.ses import SesMailer
from frontdesk.usecases.ports import MailRefused

REGION = "eu-central-1"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


@pytest.fixture
def message() -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = "Coworking Mitte <bookings@frontdesk.example>"
    mail["To"] = "Ada Lovelace <ada@example.com>"
    mail["Subject"] = "Grüße"
    mail.set_content("Hallo")
    mail.add_attachment(b"BEGIN:VCALENDAR\r\n", maintype="text", subtype="calendar", filename="x.ics")
    return mail


def test_a_mail_arrives_as_it_was_written_with_its_attachment(cloud: None, message: EmailMessage) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="bookings@frontdesk.example")

    message_id = SesMailer("confirmations").send(message)

    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    assert sent.id == message_id
    assert "ada@example.com" in sent.destinations
    arrived: Any = message_from_string(sent.raw_data, policy=policy.default)
    assert arrived["Subject"] == "Grüße"
    (attachment,) = arrived.iter_attachments()
    assert attachment.get_payload(decode=True) == b"BEGIN:VCALENDAR\r\n"


def test_a_sender_that_is_not_verified_is_refused_for_good(cloud: None, message: EmailMessage) -> None:
    with pytest.raises(MailRefused):
        SesMailer("confirmations").send(message)


def test_an_order_whose_mail_was_not_sent_is_in_the_operators_queue(cloud: None) -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="operator")["QueueUrl"]
    SqsOperator(url).report_unsent("o", "ord")
    (queued,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(queued["Body"]) == {"organization_id": "o", "order_id": "ord"}
