"""Previews a message about an order as it would be sent now. Can use the texts of any message rule."""

from uuid import uuid4

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.audience import kind_of, shares
from frontdesk.domain.messages.message import Message, MessageKind, lane_of, repeat_name
from frontdesk.domain.messages.telling import Letter, telling
from frontdesk.domain.orders.order import Booking, Order, ordinal_of
from frontdesk.domain.orders.states import booking_after
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.messages import PreviewConfig
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.needs import PostOffice
from frontdesk.usecases.messages.resend import refuse
from frontdesk.usecases.messages.send import Undeliverable, addressed
from frontdesk.usecases.orders.find import find_order
from frontdesk.usecases.reading import read_one

_AT = "/data/attributes"


def preview(
    context: Context, order_id: str, asked: PreviewConfig, post: PostOffice
) -> tuple[Message, Letter]:
    """Returns the message that would be sent now, and the data of its mail. Sends and stores nothing.

    A cancellation shows all bookings as canceled. A reminder is about the next booking. Raises FrontdeskError 404; 422 if there is no
    recipient or no content, or if the rule that `asked` names does not apply.
    """
    rule = _rule(context, asked, post)
    kind = _kind(asked, rule)
    order, bookings = find_order(context, order_id, post.store)
    now = context.clock.now()
    message = _addressed_to(asked, rule, order, bookings).model_copy(
        update={"kind": kind, "created_at": now, "due_at": now}
    )
    if kind == "reminder":
        ordinals = _next_of(bookings, message.ordinals, rule, now)
        message = message.model_copy(update={"ordinals": ordinals})
    if kind == "cancellation":
        bookings = [_as_canceled(booking, now) for booking in bookings]
    said = telling(message, order, bookings, now)
    if said is None:
        raise FrontdeskError(Problem("message_outdated"))
    if rule is not None and not rule.fits({id for each in said.told for id in each.services}):
        raise FrontdeskError(Problem("message_rule_differs", pointer=f"{_AT}/message_rule_id"))
    try:
        return message, addressed(context, message, order, said, post, rule)
    except Undeliverable as undeliverable:
        refuse(undeliverable)


def _rule(context: Context, asked: PreviewConfig, post: PostOffice) -> MessageRule | None:
    """Returns the requested rule, or None. Raises FrontdeskError 422 for an unknown or archived rule."""
    if asked.message_rule_id is None:
        return None
    rule = read_one(context, MessageRule, asked.message_rule_id, post.store)
    if rule is None or rule.archived:
        raise FrontdeskError(
            Problem(
                "message_rule_not_found",
                {"id": asked.message_rule_id[:100]},
                pointer=f"{_AT}/message_rule_id",
            )
        )
    return rule


def _kind(asked: PreviewConfig, rule: MessageRule | None) -> MessageKind:
    """Returns the rule's kind of message, or the requested kind if there is no rule. Raises FrontdeskError 422 if the two differ."""
    if rule is None:
        return asked.kind or "confirmation"
    kind = kind_of(rule)
    if asked.kind not in (None, kind):
        raise FrontdeskError(Problem("message_rule_differs", pointer=f"{_AT}/kind"))
    return kind


def _addressed_to(
    asked: PreviewConfig, rule: MessageRule | None, order: Order, bookings: list[Booking]
) -> Message:
    """Returns a message about all bookings that the requested recipient may see. Raises FrontdeskError 422 for a wrong recipient."""
    recipient = asked.recipient or (rule.recipients[0] if rule else "customer")
    if recipient not in (rule.recipients if rule else ("customer",)):
        raise FrontdeskError(Problem("message_rule_differs", pointer=f"{_AT}/recipient"))
    if recipient == "staff" and rule is not None:
        to, whole, ordinals = rule.staff_emails[0], True, [ordinal_of(each.id) for each in bookings]
    else:
        found = shares(order, bookings)
        share = next((each for each in found if asked.customer_id in (None, each.customer_id)), None)
        if share is None and asked.customer_id is not None:
            raise FrontdeskError(Problem("customer_not_in_order", pointer=f"{_AT}/customer_id"))
        if share is None:
            raise FrontdeskError(Problem("customer_without_email"))
        to, whole, ordinals = share.customer_id, share.whole, list(share.ordinals)
    return Message(
        order_id=order.id,
        name=repeat_name(lane_of(to), uuid4().hex),
        kind="confirmation",
        version=order.version,
        customer_id=to if recipient == "customer" else None,
        staff_email=to if recipient == "staff" else None,
        rule_id=rule.id if rule else None,
        whole=whole,
        ordinals=tuple(ordinals),
        created_at=0,
        due_at=0,
    )


def _next_of(
    bookings: list[Booking], ordinals: tuple[int, ...], rule: MessageRule | None, now: int
) -> tuple[int, ...]:
    """Returns the ordinals of the next booking that the rule applies to, and of its sub-bookings.

    If all such bookings have begun, chooses the one that began first. If the rule applies to no booking, returns `ordinals`.
    """
    heads = [
        each
        for each in bookings
        if ordinal_of(each.id) in ordinals
        and each.status != "canceled"
        and each.super_booking is None
        and (rule is None or rule.fits(set(each.services)))
    ]
    if not heads:
        return ordinals
    head = min(heads, key=lambda each: (each.start <= now, each.start))
    return tuple(range(ordinal_of(head.id), ordinal_of(head.id) + 1 + head.parts))


def _as_canceled(booking: Booking, now: int) -> Booking:
    return (
        booking if booking.status == "canceled" else booking_after(booking, "canceled", now, canceled_at=now)
    )
