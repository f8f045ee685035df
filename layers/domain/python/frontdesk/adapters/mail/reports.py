"""Reads the events that SES sends through EventBridge about mails that did not arrive, or that readers reported as spam."""

from collections.abc import Mapping
from typing import Any, Literal

from frontdesk.usecases.messages.hear import Report


def report_of(event: Mapping[str, Any]) -> tuple[str, Report] | None:
    """Returns (organization id, report) for a bounce or complaint about a mail of Frontdesk, otherwise None.

    Ignores automatic replies ("out of office") and "not spam", which SES also reports as bounces and complaints.
    """
    detail = event.get("detail") or {}
    tags = (detail.get("mail") or {}).get("tags") or {}
    organization_id, message_id = (
        next(iter(tags.get(name) or ()), "") for name in ("organization", "message")
    )
    kind = str(detail.get("eventType") or detail.get("notificationType") or "").lower()
    if not organization_id or not message_id or kind not in ("bounce", "complaint"):
        return None
    about = detail.get(kind) or {}
    if _is_automatic_reply(about) if kind == "bounce" else about.get("complaintFeedbackType") == "not-spam":
        return None
    name = "bouncedRecipients" if kind == "bounce" else "complainedRecipients"
    addresses = tuple(str(each.get("emailAddress", "")) for each in about.get(name) or ())
    what: Literal["bounced", "complained"] = "bounced" if kind == "bounce" else "complained"
    for_good = kind == "complaint" or about.get("bounceType") == "Permanent"
    return organization_id, Report(message_id, what, for_good, addresses)


def _is_automatic_reply(bounce: Mapping[str, Any]) -> bool:
    """Whether a mailbox replied automatically. Such a "bounce" has neither a reason nor a mail server's notification (RFC 3464)."""
    notified = any("action" in each or "status" in each for each in bounce.get("bouncedRecipients") or ())
    return (
        bounce.get("bounceType") != "Permanent"
        and bounce.get("bounceSubType") in ("General", "Undetermined")
        and not notified
    )
