"""Creates messages about the changes of an order, and puts the messages into the outbox.

`Order.causes` contains the changes that require messages. The same causes always lead to the same messages, so
`expand` can be repeated.
"""

from frontdesk.domain.messages.audience import messages_of
from frontdesk.domain.orders.order import Cause, Order, ordinal_of
from frontdesk.domain.orders.states import INVISIBLE
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.needs import PostOffice


def expand(context: Context, order_id: str, post: PostOffice) -> list[str]:
    """Turns an order's `causes` into messages in the outbox, then removes the causes from the order.

    Returns the lanes of these messages. After a crash, the next call writes the same messages again, not
    additional ones.
    """
    lanes: dict[str, None] = {}
    retries = context.retries()
    while True:
        found = post.store.order(context, order_id)
        if found is None or found[0].status in INVISIBLE:
            return list(lanes)
        order, bookings = found
        causes = [
            *order.causes,
            *_former(order, [ordinal_of(each.id) for each in bookings if each.status == "canceled"]),
        ]
        if not causes:
            return list(lanes)
        rules, now = post.rules(context), context.clock.now()
        messages = [
            message for cause in causes for message in messages_of(order, bookings, cause, rules, now)
        ]
        post.outbox.put(context, messages)
        lanes |= dict.fromkeys(message.lane for message in messages)
        if post.outbox.take_causes(context, order):
            return list(lanes)
        next(retries)


def _former(order: Order, canceled: list[int]) -> list[Cause]:
    """Returns the causes of an order stored before 2026-11-29, when orders had a `notification` instead of causes.

    A cancellation's cause covers all canceled bookings of the order. `canceled` has their ordinals.
    """
    mail = order.notification
    if mail is None or mail.state != "requested":
        return []
    ordinals = (*canceled, *order.canceling) if mail.kind == "cancellation" else ()
    return [Cause(version=mail.version, kind=mail.kind, ordinals=tuple(sorted({*ordinals})))]
