"""Publishes the events `bookings.started` and `bookings.ended`.

Every minute, a search finds the bookings that have started or ended since the previous search. No event is stored
in advance.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from frontdesk.domain.messages.reminders import MAX_LATE, OVERLAP
from frontdesk.domain.orders.order import Booking, Order, order_id_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.time.intervals import Interval
from frontdesk.domain.webhooks.deliveries import Message
from frontdesk.domain.webhooks.events import moments_of
from frontdesk.domain.webhooks.subscriptions import Subscription
from frontdesk.usecases.context import Clock, Context, for_each_organization
from frontdesk.usecases.ports import Lists
from frontdesk.usecases.webhooks.needs import Webhooks
from frontdesk.usecases.webhooks.publish import Publisher, message_of

_AT_ONCE = 100


def tell_moments(
    clock: Clock, publisher: Publisher, webhooks: Webhooks, lists: Lists, has_time: Callable[[], bool]
) -> int:
    """Queues deliveries for bookings that have started or ended. Returns the number of deliveries.

    Each organization has a cursor: the instant up to which all starts and ends are queued. The next search begins OVERLAP seconds earlier,
    and leaves out deliveries that are in the log.
    """
    return for_each_organization(
        webhooks.organizations_with_moments(clock),
        clock,
        has_time,
        lambda context: _of_organization(context, publisher, webhooks, lists, has_time),
    )


def _of_organization(
    context: Context,
    publisher: Publisher,
    webhooks: Webhooks,
    lists: Lists,
    has_time: Callable[[], bool],
) -> int:
    now, count = context.clock.now(), 0
    wanting = [each for each in publisher.subscriptions(context) if each.wants_moments]
    if not wanting:
        return 0
    seen = webhooks.told_until(context)
    # The end is exclusive: bookings that start in this second belong to the next sweep.
    window = Interval(now - OVERLAP if seen is None else max(seen - OVERLAP, now - MAX_LATE), now)
    keys = _due(context, window, lists)
    while group := list(islice(keys, _AT_ONCE)):
        messages = _messages(context, group, window, wanting, publisher)
        known = webhooks.logged(context, [(each.webhook_id, each.event_id) for each in messages])
        new = [each for each in messages if (each.webhook_id, each.event_id) not in known]
        publisher.queue.send(new)
        count += len(new)
        if not has_time():
            # The cursor stays where it is. Events delivered by then are not delivered again.
            return count
    webhooks.note_told(context, now)
    return count


def _due(context: Context, window: Interval, lists: Lists) -> Iterator[Key]:
    """Yields the keys of the bookings that, according to the list, start or end in a window."""
    for entry in lists.between(context, window.start - 1, window.end, newest_first=False):
        if window.start <= entry.at or window.start <= entry.at + entry.size < window.end:
            yield entry.key


def _messages(
    context: Context,
    keys: list[Key],
    window: Interval,
    wanting: list[Subscription],
    publisher: Publisher,
) -> list[Message]:
    orders = {Key("order", order_id_of(key.id)) for key in keys}
    known = publisher.store.read(context, {*keys, *orders}, consistent=True)
    messages: list[Message] = []
    for key in keys:
        booking, order = known[key], known[Key("order", order_id_of(key.id))]
        if not isinstance(booking, Booking) or not isinstance(order, Order):
            continue
        for event in moments_of(context.organization_id, order, booking, window):
            # A subscription gets no events from before it was created.
            told = [each for each in wanting if each.wants(event.name) and event.at >= each.created_at]
            data = publisher.present(booking, order, gone=False) if told else {}
            messages += [message_of(event, each.id, data, context.clock.now()) for each in told]
    return messages
