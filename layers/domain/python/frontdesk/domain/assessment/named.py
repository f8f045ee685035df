"""Determines what to read for a request: the items that it names, and the day ledgers that it probably needs. Pure."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.limits import MAX_LEDGERS, parts_of
from frontdesk.domain.assessment.planner import slot_of
from frontdesk.domain.assessment.recurring import recurrence
from frontdesk.domain.catalog.items import voucher_code_keys
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.order import MAX_BOOKINGS, BookingConfig, OrderConfig
from frontdesk.domain.time.intervals import Interval, by_utc_day, merged, zone_of_name
from frontdesk.domain.time.recurrence import occurrences

# Paddings are unknown until the catalog is read. Days this close to a booking are read in advance.
_USUAL_PADDING = timedelta(hours=2)
# Computing the days of a series takes time. Only this many series are computed in advance; others wait for the catalog.
_MAX_SERIES_AHEAD = 20
# An upper bound for the offset of any zone from UTC.
_ANY_ZONE = timedelta(hours=15)


def named_keys(config: OrderConfig, organization_id: str, likely: ZoneInfo | None = None) -> set[Key]:
    """Returns the keys of all items that a request names, and of the ledgers that it probably needs.

    `likely` is the zone to assume if the request has no `timezone`.
    """
    keys = {Key("organization", organization_id)}
    if config.order_customer_id:
        keys.add(Key("customer", config.order_customer_id))
    if config.voucher_code:
        code_keys = voucher_code_keys(config.voucher_code)
        keys.update(Key("voucher", code_key) for code_key in code_keys)
        paying = config.order_customer_id or next(
            (b.customer_id for b in config.bookings or () if b and b.customer_id), None
        )
        if paying:
            keys.update(Key("voucher_use", code_key, paying) for code_key in code_keys)
    series = 0
    ahead: set[Key] = set()
    for booking in filter(None, config.bookings or ()):
        if booking.customer_id:
            keys.add(Key("customer", booking.customer_id))
        if booking.timeslot_series_id:
            keys.add(Key("timeslot_series", booking.timeslot_series_id))
        for answers in (booking.service_custom_fields, booking.order_custom_fields):
            keys.update(Key("custom_field", id) for id in answers or ())
        for part in parts_of(booking):
            keys.update(Key("resource", id) for id in part.resource_id or () if id)
            keys.update(Key("service", id) for id in part.service_id or ())
        keys.update(Key("add_on", a.add_on_id) for _, a in booking.add_ons if a and a.add_on_id)
        series += booking.recurring is not None
        if booking.recurring is None or series <= _MAX_SERIES_AHEAD:
            days = _probable_days(booking, zone_of_name(config.timezone) or likely)
            # Series that are too large together will be refused once the catalog is known, so nothing is read for them here.
            if len(ahead) + len(days) <= 2 * MAX_LEDGERS:
                ahead |= days
    return keys | ahead


def _probable_days(booking: BookingConfig, zone: ZoneInfo | None) -> set[Key]:
    """Returns the keys of the ledgers that the booking probably needs.

    The result is empty if a time is missing or wrong, or if there would be too many ledgers.
    """
    rule = booking.recurring
    aware = booking.start_date and booking.start_date.tzinfo and booking.end_date and booking.end_date.tzinfo
    if aware and rule and zone is None:
        # A series repeats on the local wall clock, and the offset in the request probably is the local one.
        clocks = {name: getattr(booking, name).replace(tzinfo=None) for name in ("start_date", "end_date")}
        booking = booking.model_copy(update=clocks)
    slot = slot_of(booking, zone or ZoneInfo("UTC"))
    if slot is None:
        return set()
    slots = [slot]
    if rule and rule.frequency and (rule.count or rule.until):
        try:
            slots = occurrences(slot, recurrence(rule.frequency, rule), zone or ZoneInfo("UTC"), MAX_BOOKINGS)
        except ValueError:
            return set()
    reach = int((_USUAL_PADDING if zone or (aware and not booking.recurring) else _ANY_ZONE).total_seconds())
    days = {
        day
        for span in merged(Interval(s.start - reach, s.end + reach) for s in slots)
        for day, _, _ in by_utc_day(span)
    }
    owners = {id for part in parts_of(booking) for id in part.resource_id or () if id}
    if len(days) * len(owners) > 2 * MAX_LEDGERS:
        return set()
    keys = {Key("ledger", id, day) for id in owners for day in days}
    if booking.timeslot_series_id:
        keys.update(Key("series_ledger", booking.timeslot_series_id, day) for day in days)
    return keys
