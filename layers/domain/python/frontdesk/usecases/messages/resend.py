"""Sends a message again, at the request of staff."""

from contextlib import suppress
from typing import NoReturn
from uuid import uuid4

from frontdesk.domain.messages.audience import shares
from frontdesk.domain.messages.message import FINAL, Message, lane_of, repeat_name
from frontdesk.domain.orders.order import Booking, Order, ordinal_of
from frontdesk.domain.orders.resends import MAX_RESENDS, end_of, hour_of
from frontdesk.domain.orders.states import shown_status
from frontdesk.domain.problems import Busy, FrontdeskError, Problem
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.find import find_message
from frontdesk.usecases.messages.needs import PostOffice
from frontdesk.usecases.messages.send import (
    LEASE_SECONDS,
    Undeliverable,
    letter_of,
    recorded,
)
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.ports import MailRefused, MailUnavailable

_PROBLEMS = {
    "outdated": "message_outdated",
    "no_address": "customer_without_email",
    "customer_deleted": "customer_deleted",
    "address_bounced": "address_undeliverable",
    "address_complained": "address_undeliverable",
}


def send_confirmation(context: Context, order_id: str, post: PostOffice) -> Message:
    """Sends a completed order's confirmation to its customer now, even if another one was sent already or is waiting.

    Raises FrontdeskError 404; 422 if there is nothing to confirm or no recipient; 429 after MAX_RESENDS within the hour; 502 or 503 if
    SES does not accept the mail.
    """
    order, bookings = find_order(context, order_id, post.store)
    if order.status != "completed":
        status = Phrase(f"status_{shown_status(order, context.clock.now())}")
        raise FrontdeskError(Problem("order_not_completed", {"status": status}))
    message = _confirmation(context, order, bookings)
    if message is None:
        raise FrontdeskError(Problem("customer_without_email"))
    return _send(context, message, post)


def resend(context: Context, message_id: str, post: PostOffice) -> Message:
    """Sends a message to its recipient again, with current content, as a new message.

    Raises FrontdeskError like `send_confirmation`, and 409 for a message that is still waiting or being sent.
    """
    message = find_message(context, message_id, post.outbox)
    if message.state not in FINAL:
        raise FrontdeskError(Problem("message_waiting"))
    now = context.clock.now()
    again = Message(
        order_id=message.order_id,
        name=repeat_name(message.lane, uuid4().hex),
        kind=message.kind,
        version=message.version,
        customer_id=message.customer_id,
        staff_email=message.staff_email,
        rule_id=message.rule_id,
        whole=message.whole,
        ordinals=message.ordinals,
        beside=message.beside,
        was=message.was,
        created_at=now,
        due_at=now,
        resends=message.resends or message.name,
    )
    return _send(context, again, post)


def _confirmation(context: Context, order: Order, bookings: list[Booking]) -> Message | None:
    """Returns a new confirmation for the order's customer, or None if this customer has no share in it (`shares`)."""
    share = next((each for each in shares(order, bookings) if each.customer_id == order.customer_id), None)
    if share is None:
        return None
    now = context.clock.now()
    every = share.whole or len(share.ordinals) == len([ordinal_of(each.id) for each in bookings])
    return Message(
        order_id=order.id,
        name=repeat_name(lane_of(share.customer_id), uuid4().hex),
        kind="confirmation",
        version=order.version,
        customer_id=share.customer_id,
        whole=share.whole,
        ordinals=() if every else share.ordinals,
        created_at=now,
        due_at=now,
    )


def _send(context: Context, message: Message, post: PostOffice) -> Message:
    """Sends a message immediately, because the caller is waiting for it. Raises FrontdeskError if SES does not accept it.

    Stores the outcome in the outbox.
    """
    now = context.clock.now()
    leased = message.leased(context.request_id or message.name, now + LEASE_SECONDS)
    try:
        letter = letter_of(context, leased, post)
    except Undeliverable as undeliverable:
        refuse(undeliverable)
    _count(context, message.order_id, post)
    # Stored before sending, so that it is visible. After a crash, it may be sent once or twice.
    post.outbox.put(context, [leased])
    try:
        message_id = post.mailer.send(post.compose(letter), letter.tags)
    except MailRefused:
        post.outbox.change(context, leased, leased.ended("failed", now, "refused"))
        raise FrontdeskError(Problem("mail_refused")) from None
    except MailUnavailable:
        post.outbox.change(context, leased, leased.ended("failed", now, "unavailable"))
        raise FrontdeskError(Problem("mail_unavailable"), retry_after=10) from None
    sent = recorded(leased, letter, message_id, context.clock.now())
    # The mail is sent, even if recording that fails.
    with suppress(Busy):
        post.outbox.change(context, leased, sent)
    return sent


def _count(context: Context, order_id: str, post: PostOffice) -> None:
    """Counts a resend before sending, so that concurrent requests stay within the limit. Raises FrontdeskError 429."""
    hour = hour_of(context.clock.now())
    if not post.store.count_resend(context, order_id, hour):
        wait = max(1, end_of(hour) - context.clock.now())
        raise FrontdeskError(Problem("resent_too_often", {"most": MAX_RESENDS}), retry_after=wait)


def refuse(undeliverable: Undeliverable) -> NoReturn:
    """Raises the FrontdeskError for a message that cannot be sent."""
    raise FrontdeskError(Problem(_PROBLEMS[undeliverable.reason])) from None
