"""Decides who gets messages about an order, and which of its bookings they are about. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message, MessageKind, caused_name, passed_on_name
from frontdesk.domain.orders.order import Booking, Cause, NotificationKind, Order, ordinal_of

# Mails to staff about one change of an order. A hundred rules with ten addresses each would send a thousand.
MAX_STAFF = 50
_LETTERS: dict[NotificationKind, str] = {"confirmation": "c", "change": "m", "cancellation": "x"}


class Share(NamedTuple):
    """The part of an order that one customer gets messages about.

    `ordinals` are the bookings in the share. With `whole`, the share is the entire order, and the customer sees the order's prices.
    """

    customer_id: str
    ordinals: tuple[int, ...]
    whole: bool


def shares(order: Order, bookings: Iterable[Booking]) -> list[Share]:
    """Returns each customer's share of an order, without blockers.

    The order's customer gets the whole order, any other customer only their own bookings. If the request named several customers for the
    bookings, but none for the order, nobody gets the whole order. A sub-booking belongs to the customer of its main booking.
    """
    sold = [booking for booking in bookings if not booking.is_blocker]
    owners = {booking.id: booking.customer_id for booking in sold}
    theirs: defaultdict[str, list[int]] = defaultdict(list)
    for booking in sold:
        customer_id = owners.get(booking.super_booking or booking.id) or booking.customer_id
        if customer_id:
            theirs[customer_id].append(ordinal_of(booking.id))
    found = []
    if order.customer_id and sold and not order.each_their_own:
        theirs.pop(order.customer_id, None)
        found.append(Share(order.customer_id, tuple(sorted(ordinal_of(each.id) for each in sold)), True))
    return found + [Share(id, tuple(sorted(ordinals)), False) for id, ordinals in theirs.items()]


def messages_of(
    order: Order, bookings: Sequence[Booking], cause: Cause, rules: Iterable[MessageRule], now: int
) -> Iterator[Message]:
    """Yields the messages that a change of an order (`cause`) requires.

    Each customer affected gets one message. Staff get one for each address of a rule that applies, at most MAX_STAFF in all.
    """
    every = shares(order, bookings)
    for share in every:
        if told := _concerned(cause, share.ordinals):
            yield Message(
                order_id=order.id,
                name=caused_name(share.customer_id, cause.version, _LETTERS[cause.kind]),
                kind=cause.kind,
                version=cause.version,
                customer_id=share.customer_id,
                whole=share.whole,
                ordinals=() if share.whole and cause.kind == "confirmation" else told,
                beside=tuple(n for n in share.ordinals if n not in set(told))
                if cause.kind == "cancellation"
                else (),
                was=cause.was,
                created_at=now,
                due_at=now,
            )
    sold = [each for each in bookings if not each.is_blocker]
    told = _concerned(cause, [ordinal_of(each.id) for each in sold])
    services = {id for each in sold if ordinal_of(each.id) in set(told) for id in each.services}
    of_event = [rule for rule in rules if rule.event == cause.kind and "staff" in rule.recipients]
    to_all = (
        to_staff(order, rule, cause.kind, told, cause, now) for rule in of_event if rule.is_for(services)
    )
    yield from islice(chain.from_iterable(to_all), MAX_STAFF if told else 0)


def others_confirmed(message: Message, order: Order, bookings: Sequence[Booking]) -> list[Share]:
    """Returns the bookings in a confirmation that now belong to other customers, as one share for each customer.

    Staff may have reassigned bookings while the confirmation was waiting. Leaves out canceled bookings. Returns an
    empty list for a confirmation to staff, and for one that staff requested.
    """
    if message.kind != "confirmation" or not message.is_ordered or message.customer_id is None:
        return []
    asked = [each for each in bookings if not message.ordinals or ordinal_of(each.id) in message.ordinals]
    live = [each for each in asked if each.status != "canceled"]
    return [
        share for share in shares(order, live) if not share.whole and share.customer_id != message.customer_id
    ]


def passed_on(
    message: Message, others: Iterable[Share], there: Iterable[Message], now: int
) -> Iterator[Message]:
    """Yields a confirmation for each customer to whom staff assigned bookings. Leaves out bookings already confirmed to this customer.

    `message` is the confirmation to the previous customer, and `others` is the result of `others_confirmed`. `there` are all messages of
    the order.
    """
    known: defaultdict[str, set[int]] = defaultdict(set)
    for each in there:
        if each.version == message.version and each.kind == "confirmation" and each.state != "withdrawn":
            known[each.customer_id or ""].update(each.ordinals)
    for share in others:
        if missing := tuple(n for n in share.ordinals if n not in known[share.customer_id]):
            yield Message(
                order_id=message.order_id,
                name=passed_on_name(share.customer_id, message.version, missing[0]),
                kind="confirmation",
                version=message.version,
                customer_id=share.customer_id,
                ordinals=missing,
                created_at=now,
                due_at=now,
            )


def to_staff(
    order: Order, rule: MessageRule, kind: MessageKind, told: Sequence[int], cause: Cause, now: int
) -> Iterator[Message]:
    """Yields one message for each staff address of a rule. `told` are the ordinals of the bookings affected."""
    for email in rule.staff_emails:
        yield Message(
            order_id=order.id,
            name=caused_name(staff_name(rule, email), cause.version, _LETTERS[cause.kind]),
            kind=kind,
            version=cause.version,
            staff_email=email,
            rule_id=rule.id,
            whole=True,
            ordinals=() if kind == "confirmation" else tuple(told),
            was=cause.was,
            created_at=now,
            due_at=now,
        )


def still_asked_for(message: Message, rule: MessageRule, services: set[str]) -> bool:
    """Whether `rule` in its current version would still send `message`. `services` are the ids of the booked services."""
    return kind_of(rule) == message.kind and rule.is_for(services) and rule.names(message.staff_email)


def kind_of(rule: MessageRule) -> MessageKind:
    """Returns the kind of message that a rule sends."""
    event = rule.event
    return "reminder" if event == "before_start" or event == "after_end" else event


def staff_name(rule: MessageRule, email: str) -> str:
    """Returns a name for a staff member who gets mails under a message rule. `lane_of` derives the lane from this name."""
    return f"{rule.id} {email}"


def _concerned(cause: Cause, ordinals: Sequence[int]) -> tuple[int, ...]:
    if not cause.ordinals:
        return tuple(ordinals)
    named = set(cause.ordinals)
    return tuple(ordinal for ordinal in ordinals if ordinal in named)
