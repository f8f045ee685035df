"""The mails about an order: each delivered once when it is asked for, and a confirmation again on request."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage

from frontdesk.domain.booking.writes import ChangedOrder
from frontdesk.domain.catalog.items import Customer, Organization, Resource, Service
from frontdesk.domain.orders.order import Booking, Notification, NotificationState, Order, is_order_id
from frontdesk.domain.orders.resends import MAX_RESENDS, end_of, hour_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import INVISIBLE, booking_after, shown_booking_status, shown_status
from frontdesk.domain.problems import Busy, FrontdeskError, Problem
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import Composer, Mailer, MailRefused, MailUnavailable, Operator, Store

MAX_ATTEMPTS = 5
# Longer than a function may run, so that a lease that ran out belongs to nobody who is still at work.
LEASE_SECONDS = 90
# Nothing more comes of a mail in these.
_FINAL: frozenset[NotificationState] = frozenset({"sent", "failed", "withdrawn"})


@dataclass(frozen=True)
class PostOffice:
    """What it takes to send mail; `sender` is the address that mails come from."""

    store: Store
    compose: Composer
    mailer: Mailer
    operator: Operator
    sender: str


class NotYet(Exception):
    """The mail is not sent and not given up: to be tried again later."""


def deliver_mail(context: Context, order_id: str, owner: str, post: PostOffice) -> NotificationState | None:
    """Sends the mail that an order asks for, of whatever kind, if nobody has. What confirms a canceled order is withdrawn.

    `owner` names the event that is handled: the same event handled again takes up its own lease at once, anybody else
    waits until it has run out. A crash between sending and recording may repeat the mail once, and loses none.
    Returns what has become of the mail now, None where nothing was to be done; raises NotYet where the event must come again.
    """
    found = post.store.order(context, order_id)
    if found is None:
        return None
    order, bookings = found
    seen = order.notification
    if seen is None or seen.state in _FINAL:
        return None
    if seen.state == "sending" and seen.lease != owner and context.clock.now() < seen.lease_until:
        raise NotYet
    if seen.kind != "cancellation" and shown_status(order, context.clock.now()) == "canceled":
        if not post.store.write_notification(context, order, _without_lease(seen, "withdrawn"), seen=seen):
            raise NotYet
        return "withdrawn"
    if seen.attempts >= MAX_ATTEMPTS:
        # The last attempt ended without a word.
        return _give_up(context, order, seen, post)
    taken = {
        "state": "sending",
        "attempts": seen.attempts + 1,
        "lease": owner,
        "lease_until": context.clock.now() + LEASE_SECONDS,
    }
    lease = seen.model_copy(update=taken)
    # For the order as it was read: one that has changed since may ask for another mail, and this one would be out of date.
    leased = ChangedOrder(order, order.model_copy(update={"notification": lease}))
    if post.store.write(context, [leased]) is not None:
        raise NotYet
    try:
        sent = _send(context, lease, order, bookings, post)
    except (MailRefused, NoRecipient):
        return _give_up(context, order, lease, post)
    except MailUnavailable:
        if lease.attempts < MAX_ATTEMPTS:
            raise NotYet from None
        return _give_up(context, order, lease, post)
    post.store.write_notification(context, order, sent, seen=lease)
    return "sent"


def resend_confirmation(context: Context, order_id: str, post: PostOffice) -> Notification:
    """Sends the confirmation of a completed order now, in addition to any that was sent or is waiting.

    Raises FrontdeskError: 404 `order not found`, 422 where there is nothing to confirm or nobody to tell, 429 after
    MAX_RESENDS tries within the hour, 502 or 503 for a mail that SES does not take.
    """
    found = post.store.order(context, order_id) if is_order_id(order_id) else None
    if found is None or found[0].status in INVISIBLE:
        raise FrontdeskError(Problem("order_not_found"))
    order, bookings = found
    if order.status != "completed":
        status = Phrase(f"status_{shown_status(order, context.clock.now())}")
        raise FrontdeskError(Problem("order_not_completed", {"status": status}))
    _count_resend(context, order, post)
    seen = order.notification
    try:
        asked = Notification(
            state="requested",
            version=seen.version if seen else 0,
            attempts=(seen.attempts if seen else 0) + 1,
        )
        sent = _send(context, asked, order, bookings, post)
    except NoRecipient:
        raise FrontdeskError(Problem("customer_without_email")) from None
    except MailRefused:
        raise FrontdeskError(Problem("mail_refused")) from None
    except MailUnavailable:
        problem = Problem("mail_unavailable")
        raise FrontdeskError(problem, retry_after=10) from None
    if seen is None or seen.state in _FINAL:
        # A mail that is still waiting for its own delivery keeps its state, and comes too. Sent it is, noted or not.
        with suppress(Busy):
            post.store.write_notification(context, order, sent, seen=seen)
    return sent


def _count_resend(context: Context, order: Order, post: PostOffice) -> None:
    """Counts before it sends, so that many who ask at once get no more mails than one. Raises FrontdeskError 429."""
    hour = hour_of(context.clock.now())
    if not post.store.count_resend(context, order.id, hour):
        wait = max(1, end_of(hour) - context.clock.now())
        raise FrontdeskError(Problem("resent_too_often", {"most": MAX_RESENDS}), retry_after=wait)


class NoRecipient(Exception):
    """The order has nobody to send a mail to."""


def _send(
    context: Context, asked: Notification, order: Order, bookings: Sequence[Booking], post: PostOffice
) -> Notification:
    keys = {Key("organization", order.organization_id), Key("customer", order.customer_id or "")}
    keys |= {Key("resource", id) for booking in bookings for id in booking.resource_ids}
    keys |= {Key("service", id) for booking in bookings for id in booking.services}
    found = post.store.read(context, keys, consistent=True)
    organization = found[Key("organization", order.organization_id)]
    customer = found[Key("customer", order.customer_id or "")]
    if not isinstance(organization, Organization) or not isinstance(customer, Customer) or not customer.email:
        raise NoRecipient
    message: EmailMessage = post.compose(
        kind=asked.kind,
        organization=organization,
        order=order,
        bookings=[_as_decided(booking, order) for booking in bookings],
        resources={item.id: item.name for item in found.values() if isinstance(item, Resource)},
        services={item.id: item.name for item in found.values() if isinstance(item, Service)},
        customer=customer,
        sender=post.sender,
    )
    message_id = post.mailer.send(message)
    sent = {
        "state": "sent",
        "lease": None,
        "lease_until": 0,
        "recipient": customer.email,
        "message_id": message_id,
        "sent_at": context.clock.now(),
    }
    return asked.model_copy(update=sent)


def _as_decided(booking: Booking, order: Order) -> Booking:
    # A booking that leaves in several steps is canceled already for whoever is told of it.
    if booking.status != "canceled" and shown_booking_status(booking, order, order.updated_at) == "canceled":
        return booking_after(booking, "canceled", order.updated_at)
    return booking


def _give_up(context: Context, order: Order, seen: Notification, post: PostOffice) -> NotificationState:
    # Told before it is written down: a crash in between tells twice, the other way round it would never be told.
    post.operator.report_unsent(order.organization_id, order.id)
    post.store.write_notification(context, order, _without_lease(seen, "failed"), seen=seen)
    return "failed"


def _without_lease(notification: Notification, state: NotificationState) -> Notification:
    return notification.model_copy(update={"state": state, "lease": None, "lease_until": 0})
