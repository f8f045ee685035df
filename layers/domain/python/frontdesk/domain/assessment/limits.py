"""How much one request may come to: what its answer, a booking's item and the time of one function have room for. Pure."""

from frontdesk.domain.catalog.items import Resource, TimeslotSeries
from frontdesk.domain.ledger import MANY_SEGMENTS, Ledger, LedgerKey, tidied
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.order import BookingConfig, OrderConfig, SubBookingConfig
from frontdesk.domain.sizes import MAX_ACTIONS, MAX_DAY, MAX_HELD_DAY, MAX_SEGMENTS, day_bytes
from frontdesk.errors import Phrase

MAX_LINES = 10_000
MAX_IDS = 5_000
MAX_LEDGERS = 2_500
# Of the catalog and of days, at once: what is refused has been read twice.
MAX_READ = 5_000
MAX_LINES_OF_BOOKING = 200
# Of a booking, which is written whole in one transaction: with its entries beside its order, and one of its own customer.
MAX_RESOURCES = MAX_ACTIONS - 2


def refuse_too_large(config: OrderConfig) -> None:
    """Raises FrontdeskError for a request of which it is plain that nothing should even be read for it."""
    days = ids = 0
    for booking in filter(None, config.bookings or ()):
        # A booking without resources, which is wrong, has days to count all the same.
        days += max(1, len(booking.resource_id or ())) * _days(booking)
        ids += len(booking.booking_add_ons or ()) + len(booking.sub_bookings or ())
        ids += len(booking.service_custom_fields or ()) + len(booking.order_custom_fields or ())
        for part in parts_of(booking):
            ids += len(part.resource_id or ()) + len(part.service_id or ())
    if days > MAX_LEDGERS or ids > MAX_IDS:
        values = {"days": days, "ids": ids, "most": MAX_LEDGERS, "most_ids": MAX_IDS}
        raise FrontdeskError(too_large(Phrase("too_much_named", values)))


def refuse_too_much_read(items: int) -> None:
    """Raises FrontdeskError for a request that needs so many items to be decided on, before they are read."""
    if items > MAX_READ:
        raise FrontdeskError(too_large(Phrase("too_much_read", {"items": items, "most": MAX_READ})))


def too_large(reason: Phrase, *path: str | int) -> Problem:
    return Problem("order_too_large", {"reason": reason}, pointer=pointer(*(path or ("bookings",))))


def is_full(day: Ledger, holds: int) -> bool:
    """Whether a day, as it would be, has more different times than it has room for; with so many more holds on it."""
    cuts = len(day.segments) if len(day.segments) <= MANY_SEGMENTS else len(tidied(day.segments))
    most = MAX_HELD_DAY if holds else MAX_DAY
    return cuts > MAX_SEGMENTS or day_bytes(cuts, len(day.holds) + holds) > most


def day_full(owner: Resource | TimeslotSeries, key: LedgerKey, *path: str | int) -> Problem:
    values = {"owner": owner.name, "day": key.day}
    return Problem("day_full", values, pointer=pointer(*path), meta={"day": key.day})


def _days(booking: BookingConfig) -> int:
    """About how many days a booking spans."""
    if booking.start_date is None or booking.end_date is None:
        return 0
    start, end = (moment.replace(tzinfo=None) for moment in (booking.start_date, booking.end_date))
    return max(0, (end - start).days) + 1


def parts_of(booking: BookingConfig) -> list[BookingConfig | SubBookingConfig]:
    return [booking, *(part for part in booking.sub_bookings or () if part)]
