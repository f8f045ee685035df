"""Determines when reminders are due, and makes those that are due in a window of time. Pure."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.audience import shares, staff_name
from frontdesk.domain.messages.message import Message, reminder_name
from frontdesk.domain.orders.order import Booking, Order, Was, ordinal_of
from frontdesk.domain.orders.states import shown_booking_status
from frontdesk.domain.time.intervals import DAY, Interval, instant_of, on_clock

# Seconds of the previous window that are searched again, because an index may lag or a function may have been interrupted.
OVERLAP = 600
# Reminders that would be later than this are not sent: nobody wants yesterday's.
MAX_LATE = 6 * 3600


def due_at(rule: MessageRule, booking: Booking, zone: ZoneInfo) -> int:
    """Returns when a rule's reminder of a booking is due, in epoch seconds. `zone` is the zone of the booking's resource.

    A rule may send a reminder at 18:00 on the day when the booking ends. If the booking lasts until 20:00,
    the reminder is due at 18:00 on the next day instead.
    """
    before = rule.event == "before_start"
    moment = booking.start if before else booking.end
    if rule.local_time is None:
        return moment - 60 * (rule.offset or 0) if before else moment + 60 * (rule.offset or 0)
    days = timedelta(days=rule.days or 0)
    # A booking that ends at midnight belongs to the day before.
    day = on_clock(moment if before else moment - 1, zone).date()
    at = datetime.combine(day - days if before else day + days, time.fromisoformat(rule.local_time))
    if not before and instant_of(at, zone) < moment:
        # Nobody is thanked for a visit that is not over.
        at += timedelta(days=1)
    return instant_of(at, zone)


def span_of(rule: MessageRule, window: Interval) -> Interval:
    """Returns a span that contains the starts of all bookings whose reminders are due in the window.

    For a rule that reminds after the end, the span contains the ends of these bookings instead. The span is wide
    enough for every time zone, so it may also contain other bookings' starts or ends.
    """
    before = rule.event == "before_start"
    if rule.local_time is None:
        offset = 60 * (rule.offset or 0)
        return (
            Interval(window.start + offset, window.end + offset)
            if before
            else Interval(window.start - offset, window.end - offset)
        )
    days, hours = (rule.days or 0) * DAY, int(rule.local_time[:2]) * 3600
    # From the local time to either end of the day, plus an hour for a clock change.
    if before:
        return Interval(window.start + days - hours - 3600, window.end + days + DAY - hours + 3600)
    postponed = 0 if rule.days else DAY
    return Interval(window.start - days - postponed - hours - 3600, window.end - days + DAY - hours + 3600)


def hits(rule: MessageRule, window: Interval, zones: Iterable[ZoneInfo]) -> bool:
    """Whether the window contains the rule's local time in at least one of the zones. Always true for a rule without a local time."""
    if rule.local_time is None:
        return True
    at = time.fromisoformat(rule.local_time)
    for zone in zones:
        first = on_clock(window.start, zone).date()
        for day in (first, first + timedelta(days=1)):
            if window.start <= instant_of(datetime.combine(day, at), zone) < window.end:
                return True
    return False


def reminders_of(
    rule: MessageRule, order: Order, booking: Booking, window: Interval, now: int
) -> list[Message]:
    """Returns a rule's reminders of a booking that are due in the window, one for each recipient.

    Only an accepted booking that belongs to a completed order and fits the rule has reminders. Sub-bookings and blockers have none.
    """
    zone = ZoneInfo(booking.timezone or order.timezone)
    at = due_at(rule, booking, zone)
    # A booking or rule created after the due time has no reminder.
    known_since = max(booking.created_at, rule.created_at)
    if (
        not window.start <= at < window.end
        or at < known_since
        or order.status != "completed"
        or booking.is_blocker
        or booking.super_booking is not None
        or shown_booking_status(booking, order, now) != "accepted"
        or not rule.is_for(set(booking.services))
        or (rule.event == "before_start" and booking.start <= now)
    ):
        return []
    ordinal = ordinal_of(booking.id)
    recipients: list[tuple[str, str | None, str | None]] = []
    if "customer" in rule.recipients:
        whose = [each.customer_id for each in shares(order, [booking]) if not each.whole]
        customer_id = next(iter(whose), booking.customer_id or order.customer_id)
        recipients += [(customer_id, customer_id, None)] if customer_id else []
    recipients += [(staff_name(rule, email), None, email) for email in rule.staff_emails]
    return [
        Message(
            order_id=order.id,
            name=reminder_name(recipient, booking.id, rule.id, booking.start),
            kind="reminder",
            version=order.version,
            customer_id=customer_id,
            staff_email=email,
            rule_id=rule.id,
            ordinals=tuple(range(ordinal, ordinal + 1 + booking.parts)),
            was=Was(start=booking.start, end=booking.end),
            created_at=now,
            due_at=now,
        )
        for recipient, customer_id, email in recipients
    ]
