"""Reminders: every minute, finds the bookings whose reminders are due. Stores nothing about reminders in advance."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from frontdesk.domain.catalog.items import Organization, Resource
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message
from frontdesk.domain.messages.reminders import MAX_LATE, OVERLAP, hits, reminders_of, span_of
from frontdesk.domain.orders.order import Booking, Order, order_id_of
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.time.intervals import Interval
from frontdesk.usecases.context import Clock, Context, for_each_organization
from frontdesk.usecases.messages.needs import PostOffice
from frontdesk.usecases.ports import Catalog, Lists

_AT_ONCE = 100
_T = TypeVar("_T")


def remind(
    clock: Clock, post: PostOffice, lists: Lists, catalog: Catalog, has_time: Callable[[], bool]
) -> int:
    """Puts due reminders into the outbox of each organization. Returns the number of new messages.

    Each organization has a cursor: the instant up to which all reminders are stored. The next search begins OVERLAP seconds earlier. A
    reminder always has the same name, so it is stored only once.
    """
    return for_each_organization(
        post.outbox.organizations_with_reminders(clock),
        clock,
        has_time,
        lambda context: _of_organization(context, post, lists, catalog, has_time),
    )


def _of_organization(
    context: Context, post: PostOffice, lists: Lists, catalog: Catalog, has_time: Callable[[], bool]
) -> int:
    now = context.clock.now()
    seen = post.outbox.reminded_until(context)
    since = now - OVERLAP if seen is None else max(seen - OVERLAP, now - MAX_LATE)
    # The end is exclusive: reminders due in this second belong to the next sweep.
    window = Interval(since, now)
    rules = [rule for rule in post.rules(context) if rule.is_on and rule.is_reminder]
    zones = _zones(context, rules, post, catalog)
    count = 0
    for rule in rules:
        if not hits(rule, window, zones):
            continue
        for messages in _groups(_due(context, rule, window, post, lists)):
            count += _put(context, messages, post)
            if not has_time():
                # The cursor stays where it is. Messages already stored are not written again.
                return count
    post.outbox.note_reminded(context, now)
    return count


def _zones(
    context: Context, rules: Sequence[MessageRule], post: PostOffice, catalog: Catalog
) -> list[ZoneInfo]:
    """Returns the time zones of the organization and its resources. If no rule has a local time, reads nothing and returns []."""
    if all(rule.local_time is None for rule in rules):
        return []
    keys = [Key("organization", context.organization_id)]
    keys += catalog.listed(context, "resource", archived=False, newest_first=False)
    found = post.store.read(context, keys, consistent=False).values()
    names = {item.timezone for item in found if isinstance(item, Organization | Resource) and item.timezone}
    return [ZoneInfo(name) for name in sorted(names)]


def _due(
    context: Context, rule: MessageRule, window: Interval, post: PostOffice, lists: Lists
) -> Iterator[Message]:
    span = span_of(rule, window)
    by_start = rule.event == "before_start"
    listed = (
        entry.key
        for entry in lists.between(context, span.start, span.end, newest_first=False)
        if not entry.is_blocker and (not by_start or entry.at >= span.start)
    )
    for keys in _groups(listed):
        orders = [Key("order", order_id_of(key.id)) for key in keys]
        known = post.store.read(context, {*keys, *orders}, consistent=True)
        for key, order_key in zip(keys, orders, strict=True):
            booking, order = known[key], known[order_key]
            if isinstance(booking, Booking) and isinstance(order, Order):
                yield from reminders_of(rule, order, booking, window, context.clock.now())


def _put(context: Context, messages: Sequence[Message], post: PostOffice) -> int:
    """Writes the messages that do not exist yet, and returns their number. Searches overlap, so many messages exist already."""
    there = {
        (each.order_id, each.name)
        for each in post.outbox.several(context, [(each.order_id, each.name) for each in messages])
    }
    new = [each for each in messages if (each.order_id, each.name) not in there]
    post.outbox.put(context, new)
    return len(new)


def _groups(items: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while group := list(islice(rest, _AT_ONCE)):
        yield group
