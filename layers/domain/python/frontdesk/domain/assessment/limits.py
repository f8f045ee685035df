"""Limits on the size of a request. They bound the answer, the stored items, and the time that a function takes. Pure."""

from frontdesk.domain.catalog.items import Resource, TimeslotSeries
from frontdesk.domain.ledger import MANY_SEGMENTS, Ledger, LedgerKey, tidied
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.order import BookingConfig, OrderConfig, SubBookingConfig
from frontdesk.domain.sizes import MAX_ACTIONS, MAX_DAY, MAX_HELD_DAY, MAX_SEGMENTS, day_bytes
from frontdesk.errors import Phrase

MAX_LINES = 10_000
MAX_IDS = 5_000
MAX_LEDGERS = 2_500
# Catalog items and days together. A larger request is refused before anything is read.
MAX_READ = 5_000
MAX_LINES_OF_BOOKING = 200
# A booking is written in one transaction: an entry for each resource, its order, a trail entry and, if needed, one entry for a customer
# other than the order's and one for an external id.
MAX_RESOURCES = MAX_ACTIONS - 4


def refuse_too_large(config: OrderConfig) -> None:
    """Raises FrontdeskError(order_too_large) if the body alone shows that the request is too large. Call it before reading anything."""
    days = ids = 0
    for booking in filter(None, config.bookings or ()):
        # A booking without resources is invalid, but its days still count.
        days += max(1, len(booking.resource_id or ())) * _days(booking)
        ids += len(booking.add_ons) + len(booking.parts)
        ids += len(booking.service_custom_fields or ()) + len(booking.order_custom_fields or ())
        for part in parts_of(booking):
            ids += len(part.resource_id or ()) + len(part.service_id or ())
    if days > MAX_LEDGERS or ids > MAX_IDS:
        values = {"days": days, "ids": ids, "most": MAX_LEDGERS, "most_ids": MAX_IDS}
        raise FrontdeskError(too_large(Phrase("too_much_named", values)))


def refuse_too_much_read(items: int) -> None:
    """Raises FrontdeskError(order_too_large) if a decision needs more than MAX_READ items. Call it before reading them."""
    if items > MAX_READ:
        raise FrontdeskError(too_large(Phrase("too_much_read", {"items": items, "most": MAX_READ})))


def too_large(reason: Phrase, *path: str | int) -> Problem:
    """Returns the problem `order_too_large`. It points at `bookings` unless a path is given."""
    return Problem("order_too_large", {"reason": reason}, pointer=pointer(*(path or ("bookings",))))


def is_full(day: Ledger, holds: int) -> bool:
    """Whether a day's ledger, with `holds` new holds, has too many segments or too many bytes."""
    cuts = len(day.segments) if len(day.segments) <= MANY_SEGMENTS else len(tidied(day.segments))
    most = MAX_HELD_DAY if holds else MAX_DAY
    return cuts > MAX_SEGMENTS or day_bytes(cuts, len(day.holds) + holds) > most


def day_full(owner: Resource | TimeslotSeries, key: LedgerKey, *path: str | int) -> Problem:
    """Returns the problem `day_full` for a day of a resource or series."""
    values = {"owner": owner.name, "day": key.day}
    return Problem("day_full", values, pointer=pointer(*path), meta={"day": key.day})


def _days(booking: BookingConfig) -> int:
    """Estimates how many days a booking spans, without regard to zones."""
    if booking.start_date is None or booking.end_date is None:
        return 0
    start, end = (moment.replace(tzinfo=None) for moment in (booking.start_date, booking.end_date))
    return max(0, (end - start).days) + 1


def parts_of(booking: BookingConfig) -> list[BookingConfig | SubBookingConfig]:
    """Returns the booking and its sub-bookings. Leaves out invalid sub-bookings."""
    return [booking, *(part for _, part in booking.parts if part)]
