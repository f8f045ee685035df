"""Sends messages from the outbox through SES, each once and with current content.

Messages to one person about one order are sent one after the other, in the sequence of the changes that they are about.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zlib import crc32

from frontdesk.domain.catalog.items import Customer, Organization, Resource, Service
from frontdesk.domain.catalog.locales import nearest_language
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.audience import others_confirmed, passed_on, still_asked_for
from frontdesk.domain.messages.message import MAX_ATTEMPTS, Message, MessageState, Reason, pause_after
from frontdesk.domain.messages.telling import (
    Addressee,
    Letter,
    Telling,
    is_back,
    is_told,
    last_heard,
    telling,
)
from frontdesk.domain.orders.order import Booking, Order, booking_id
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.expand import expand
from frontdesk.usecases.messages.needs import MailThrottled, PostOffice, rules_for
from frontdesk.usecases.ports import MailRefused, MailUnavailable

# The function cannot run for this long, so the holder of an expired lease is no longer working.
LEASE_SECONDS = 90
# How many messages of a lane are sent at a time: each reads all others of the lane. The sweep sends the rest.
MAX_AT_ONCE = 10
# How many names are looked up for one mail.
_MAX_NAMES = 100
# Seconds for which one order may delay the other orders of its stream shard.
PATIENCE = 600
# Faults in stored data or in our code. Repeating does not help.
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, AssertionError)


class Undeliverable(Exception):
    """The message cannot be sent: it has no usable address, or no content any more.

    A message about a move has no content if the booking has been moved back. In this case, `told_version` is
    the order's current version. In all other cases, `told_version` is None.
    """

    def __init__(self, reason: Reason, told_version: int | None = None) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.told_version = told_version


class Throttled(Exception):
    """SES accepts no more mails for now. Stop sending."""


def wake_in_turn(
    context: Context, order_id: str, owner: str, since: int, post: PostOffice, has_time: Callable[[], bool]
) -> list[MessageState]:
    """Calls `wake` for a record of the table's stream that was written at `since` (epoch seconds).

    While a record causes an error, the stream delivers no later record of its shard. So an error from bad
    data or a bug is raised only if the record is less than PATIENCE seconds old. If the record is older,
    reports the order to the operator and returns no states. If SES's quota is used up, returns no states: the
    sweep sends the messages later.
    """
    try:
        return wake(context, order_id, owner, post, has_time)
    except Throttled:
        return []
    except _FAULTS:
        if context.clock.now() - since < PATIENCE:
            raise
        # The order keeps its causes.
        post.operator.report_unsent(context.organization_id, order_id)
        return []


def wake(
    context: Context, order_id: str, owner: str, post: PostOffice, has_time: Callable[[], bool] = lambda: True
) -> list[MessageState]:
    """Turns the changes in `Order.causes` into messages in the outbox, and sends these. Returns their states.

    When the time is up, leaves the remaining messages to the sweep. Raises Throttled if SES's quota is used up.
    """
    lanes = expand(context, order_id, post)
    became: list[MessageState] = []
    for lane in lanes:
        if not has_time():
            break
        became += deliver(context, order_id, lane, owner, post)
    return became


def deliver(context: Context, order_id: str, lane: str, owner: str, post: PostOffice) -> list[MessageState]:
    """Sends the due messages of one lane, at most MAX_AT_ONCE. Returns their new states. Raises Throttled.

    The sweep sends the rest. The sender `owner` takes a lease on each message, and can resume its own lease immediately. Until the lease
    expires, other senders send neither this message nor those that wait for it. After a crash between
    sending and recording, a mail may be sent twice, but no mail is lost.
    """
    became: list[MessageState] = []
    for _ in range(MAX_AT_ONCE):
        there = post.outbox.of_order(context, order_id, lane)
        message = _next(context, there, owner, post)
        if message is None:
            break
        after = _send_one(context, message, there, owner, post)
        if after is not None:
            became.append(after.state)
    return became


def _next(context: Context, lane: Iterable[Message], owner: str, post: PostOffice) -> Message | None:
    now = context.clock.now()
    waiting = [message for message in lane if message.state in ("waiting", "sending")]
    ordered = [message for message in waiting if message.is_ordered]
    if ordered:
        head, *behind = ordered
        if head.due_at <= now and head.is_free(owner, now):
            return head
        for message in behind:
            # It cannot be sent before the message ahead of it.
            if message.due_at < head.due_at and head.due_at > now:
                post.outbox.change(context, message, message.behind(head.due_at))
    others = (message for message in waiting if not message.is_ordered)
    return next((each for each in others if each.due_at <= now and each.is_free(owner, now)), None)


def _send_one(
    context: Context, message: Message, there: Sequence[Message], owner: str, post: PostOffice
) -> Message | None:
    """Sends a message and returns it in its new state. `there` are the order's messages to the same recipient.

    Returns None if the message has changed meanwhile, for example because another sender was faster. Raises Throttled.
    """
    now = context.clock.now()
    if message.attempts >= MAX_ATTEMPTS:
        # The last attempt crashed.
        return _give_up(context, message, "unavailable", post)
    leased = message.leased(owner, now + LEASE_SECONDS)
    if not post.outbox.change(context, message, leased):
        return None
    try:
        if is_told(message, there):
            raise Undeliverable("outdated")
        if was := last_heard(message, there):
            leased = leased.model_copy(update={"was": was})
        order, bookings = _told(context, leased, post)
        _pass_on(context, leased, order, bookings, post)
        letter = _letter(context, leased, order, bookings, post)
        message_id = post.mailer.send(post.compose(letter), letter.tags)
    except Undeliverable as undeliverable:
        if undeliverable.reason == "outdated" or (
            undeliverable.reason == "no_address" and message.kind == "confirmation"
        ):
            withdrawn = leased.ended("withdrawn", now, undeliverable.reason)
            withdrawn = withdrawn.model_copy(update={"told_version": undeliverable.told_version})
            return withdrawn if post.outbox.change(context, leased, withdrawn) else None
        return _give_up(context, leased, undeliverable.reason, post)
    except MailRefused:
        return _give_up(context, leased, "refused", post)
    except MailThrottled as throttled:
        # Spread over time, so that not all messages are retried in the same second.
        due_at = now + throttled.seconds + crc32(message.name.encode()) % max(1, throttled.seconds)
        post.outbox.change(context, leased, leased.postponed(due_at, counts=False))
        raise Throttled from None
    except MailUnavailable:
        if leased.attempts >= MAX_ATTEMPTS:
            return _give_up(context, leased, "unavailable", post)
        later = leased.postponed(now + pause_after(leased.attempts), counts=True)
        return later if post.outbox.change(context, leased, later) else None
    sent = recorded(leased, letter, message_id, context.clock.now())
    return sent if post.outbox.change(context, leased, sent) else None


def recorded(leased: Message, letter: Letter, message_id: str, now: int) -> Message:
    """Returns the message, marked as sent. `message_id` is the mail's id in SES."""
    return leased.ended("sent", now).model_copy(
        update={
            "recipient": letter.addressee.email,
            "message_id": message_id,
            "sent_at": now,
            "told_version": letter.order.version if leased.kind == "change" else None,
        }
    )


def _pass_on(
    context: Context, message: Message, order: Order, bookings: Sequence[Booking], post: PostOffice
) -> None:
    """Writes confirmations for bookings that were assigned to other customers while `message` was waiting. The sweep sends them."""
    if others := others_confirmed(message, order, bookings):
        there = post.outbox.of_order(context, order.id)
        post.outbox.put(context, [*passed_on(message, others, there, context.clock.now())])


def _give_up(context: Context, message: Message, reason: Reason, post: PostOffice) -> Message | None:
    # Reported before it is recorded. A crash in between reports twice; in the other order, it might never be reported.
    post.operator.report_unsent(context.organization_id, message.order_id)
    failed = message.ended("failed", context.clock.now(), reason)
    return failed if post.outbox.change(context, message, failed) else None


def letter_of(context: Context, message: Message, post: PostOffice) -> Letter:
    """Returns the letter of a message: the message with all current data that the mail shows. Raises Undeliverable."""
    return _letter(context, message, *_told(context, message, post), post)


def _letter(
    context: Context, message: Message, order: Order, bookings: Sequence[Booking], post: PostOffice
) -> Letter:
    now = context.clock.now()
    said = telling(message, order, bookings, now)
    if said is None:
        came_to_nothing = is_back(message, order, bookings, now)
        raise Undeliverable("outdated", order.version if came_to_nothing else None)
    return addressed(context, message, order, said, post)


def addressed(
    context: Context,
    message: Message,
    order: Order,
    said: Telling,
    post: PostOffice,
    rule: MessageRule | None = None,
) -> Letter:
    """Returns the letter for a message. `said` is the content of the message.

    The letter also has the names of the resources, services and people in the content. Without `rule`, uses
    the texts of the rule that caused the message, or else of the first rule for this kind of message. Raises
    Undeliverable.
    """
    shown = (*said.told, *said.remaining)
    keys = {Key("organization", context.organization_id)}
    keys |= {Key("resource", id) for each in shown for id in each.resource_ids}
    keys |= {Key("resource", id) for id in (said.was.resource_ids if said.was else ())}
    keys |= {Key("service", id) for each in shown for id in each.services}
    people = dict.fromkeys([message.customer_id, order.customer_id])
    if message.whole or message.staff_email:
        people |= dict.fromkeys(each.customer_id for each in shown)
    keys |= {Key("customer", id) for id in [id for id in people if id][:_MAX_NAMES]}
    found = post.store.read(context, keys, consistent=True)
    organization = found[Key("organization", context.organization_id)]
    if not isinstance(organization, Organization):
        raise Undeliverable("outdated")
    if rule is None:
        rule = _rule_of(message, said, post.rules(context))
    return Letter(
        telling=said,
        organization=organization,
        order=order,
        addressee=_addressee(message, order, found, organization),
        whole=message.whole,
        sender=post.sender,
        at=context.clock.now(),
        resources={item.id: item.name for item in found.values() if isinstance(item, Resource)},
        services={item.id: item.name for item in found.values() if isinstance(item, Service)},
        customers={item.id: item.called for item in found.values() if isinstance(item, Customer)},
        rule=rule,
        tags={"organization": context.organization_id, "message": message.id},
    )


def _rule_of(message: Message, said: Telling, rules: Sequence[MessageRule]) -> MessageRule | None:
    """Returns the rule whose texts the message uses, or None if no rule matches.

    Raises Undeliverable if the rule that caused the message no longer matches the message.
    """
    services = {id for each in said.told for id in each.services}
    if message.rule_id is None:
        return rules_for(rules, message.kind, services)
    rule = next((each for each in rules if each.id == message.rule_id), None)
    if rule is None or not still_asked_for(message, rule, services):
        raise Undeliverable("outdated")
    return rule


def _addressee(
    message: Message, order: Order, found: dict[Key, Any], organization: Organization
) -> Addressee:
    if message.staff_email is not None:
        return Addressee(message.staff_email, "", organization.language)
    customer = found.get(Key("customer", message.customer_id or ""))
    if not isinstance(customer, Customer) or customer.archived:
        raise Undeliverable("customer_deleted")
    if not customer.email:
        raise Undeliverable("no_address")
    if customer.email_status == "bounced":
        raise Undeliverable("address_bounced")
    if customer.email_status == "complained":
        raise Undeliverable("address_complained")
    return Addressee(
        customer.email,
        customer.called,
        nearest_language(order.locale, customer.locale, organization.locale),
        customer.id,
        customer.given_name,
    )


def _told(context: Context, message: Message, post: PostOffice) -> tuple[Order, list[Booking]]:
    """Returns the order and the bookings that the message is about. Raises Undeliverable if the order no longer exists."""
    head = Key("order", message.order_id)
    if message.ordinals:
        keys = [Key("booking", booking_id(message.order_id, n)) for n in {*message.ordinals, *message.beside}]
        found = post.store.read(context, [head, *keys], consistent=True)
        order = found[head]
        if not isinstance(order, Order):
            raise Undeliverable("outdated")
        return order, [found[key] for key in keys if isinstance(found[key], Booking)]
    whole = post.store.order(context, message.order_id)
    if whole is None:
        raise Undeliverable("outdated")
    return whole
