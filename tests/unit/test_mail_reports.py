"""SES's events: which of them report a mail that did not arrive, or is not wanted."""

import json
from pathlib import Path
from typing import Any

import pytest

from frontdesk.adapters.mail.reports import report_of

EVENT = Path(__file__).parents[2] / "events" / "hear_of_mails.json"


def event(kind: str, **about: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EVENT.read_text())
    detail = found["detail"] | {"eventType": kind.capitalize(), kind: about}
    return found | {"detail": detail}


def bounce(of: str, sub: str, **recipient: str) -> dict[str, Any]:
    return event(
        "bounce",
        bounceType=of,
        bounceSubType=sub,
        bouncedRecipients=[{"emailAddress": "ada@example.com", **recipient}],
    )


def complaint(**about: str) -> dict[str, Any]:
    return event("complaint", complainedRecipients=[{"emailAddress": "ada@example.com"}], **about)


# A mail server's notification contains these; an automatic reply has none.
NOTIFIED = {"action": "failed", "status": "5.0.0", "diagnosticCode": "smtp; 550 5.0.0 no"}


@pytest.mark.parametrize(
    ("said", "for_good"),
    [
        (bounce("Permanent", "General", **NOTIFIED), True),
        # SES's documentation has a bounce without a notification, and one from its own suppression list.
        (bounce("Permanent", "NoEmail"), True),
        (bounce("Permanent", "OnAccountSuppressionList"), True),
        # mozilla/fxa-content-server#5629: a mailbox that does not exist, called transient.
        (bounce("Transient", "General", **NOTIFIED), False),
        (bounce("Transient", "MailboxFull"), False),
        (bounce("Undetermined", "Undetermined", **NOTIFIED), False),
    ],
)
def test_a_mail_that_nobody_got_is_reported(said: dict[str, Any], for_good: bool) -> None:
    found = report_of(said)
    assert found
    assert (found[1].what, found[1].for_good, found[1].addresses) == (
        "bounced",
        for_good,
        ("ada@example.com",),
    )


@pytest.mark.parametrize("said", [bounce("Transient", "General"), bounce("Undetermined", "Undetermined")])
def test_an_automatic_reply_is_no_bounce(said: dict[str, Any]) -> None:
    """SES reports "I am out of office" as a bounce (mozilla/fxa-auth-server#1943, Mailtrain#114, phoenix_kit#156). The mail arrived."""
    assert report_of(said) is None


@pytest.mark.parametrize("kind", [None, "abuse", "fraud", "virus", "other", "something-new"])
def test_a_complaint_is_for_good(kind: str | None) -> None:
    found = report_of(complaint(**({"complaintFeedbackType": kind} if kind else {})))
    assert found
    assert (found[1].what, found[1].for_good) == ("complained", True)


def test_a_reader_who_takes_a_mail_out_of_spam_does_not_complain() -> None:
    """RFC 6430: not-spam. SES reports it as a complaint (PostHog#88964), and a customer who wants mail would lose it."""
    assert report_of(complaint(complaintFeedbackType="not-spam")) is None


def test_other_events_and_other_mails_are_no_reports() -> None:
    delivered = event("delivery", recipients=["ada@example.com"])
    untagged = bounce("Permanent", "General")
    untagged["detail"] = untagged["detail"] | {"mail": {"tags": {}}}
    assert [report_of(each) for each in (delivered, untagged, {})] == [None, None, None]
