"""Finds the bookings that a change of opening hours affects, so that staff can see them. Does not move or cancel them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from frontdesk.domain.assessment.time_rules import hours_of, spans_closed_time
from frontdesk.domain.catalog.items import CatalogItem, Organization, Resource, Service
from frontdesk.domain.orders.order import Booking
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.orders.states import shown_booking_status
from frontdesk.domain.time.intervals import DAY, Interval, day_of, day_start
from frontdesk.domain.time.opening_hours import WeeklyHours, is_open
from frontdesk.usecases.catalog import Office
from frontdesk.usecases.orders.list import Sold, find_bookings
from frontdesk.usecases.orders.sources import MAX_EXAMINED, BookingsWanted
from frontdesk.usecases.ports import Lists

# The most separate periods examined. Each needs its own query.
MAX_TIMES = 50


class Affected(NamedTuple):
    """The bookings (ids) that a change of opening hours affects, sorted by start. If `capped`, a limit was reached: there may be more."""

    booking_ids: tuple[str, ...] = ()
    capped: bool = False


def affected_by(seen: CatalogItem, item: CatalogItem, office: Office, lists: Lists) -> Affected:
    """Returns the current and future bookings that fitted the old opening hours, but do not fit the new ones.

    `seen` is the resource or organization before the change, `item` after it. Items of other types affect no bookings.
    """
    if not isinstance(item, Resource | Organization) or not isinstance(seen, Resource | Organization):
        return Affected()
    ids: dict[str, None] = {}
    looked_at, capped = 0, False
    for times, (start, end) in enumerate(_changed(seen, item, office.context.clock.now())):
        if capped := capped or looked_at >= MAX_EXAMINED or times >= MAX_TIMES:
            break
        wanted = BookingsWanted(
            start=start,
            end=end,
            resource_ids=(item.id,) if isinstance(item, Resource) else (),
            hides_blockers=True,
            size=MAX_EXAMINED,
        )
        page = find_bookings(office.context, wanted, office.store, lists)
        looked_at, capped = looked_at + len(page.found), page.capped or page.total > len(page.found)
        ids |= dict.fromkeys(_closed_out(page.found, seen, item, office))
    return Affected(tuple(ids), capped)


def _changed(
    seen: Resource | Organization, item: Resource | Organization, now: int
) -> Iterator[tuple[int, int | None]]:
    """Yields the periods (start, end), from `now` on, in which the opening hours of `seen` and `item` may differ.

    If the weekly hours or the time zones differ, yields one period without an end: (now, None). Otherwise,
    yields a period around each date whose opening hours differ. For example, if May 10 differs, yields a
    period of four UTC days, from May 9 to May 12. Overlapping periods are merged.
    """
    if _weekly(seen) != _weekly(item):
        yield now, None
        return
    before, after = seen.exceptions, item.exceptions
    dates = {*before.closed_dates, *before.special_hours, *after.closed_dates, *after.special_hours}
    today = date.fromisoformat(day_of(now - DAY))
    run: Interval | None = None
    for day in sorted(day for day in dates if day >= today and before.on(day) != after.on(day)):
        # Hours that pass midnight continue into the next day.
        start = day_start(day.isoformat()) - DAY
        whole = Interval(max(start, now), start + 4 * DAY)
        if run is not None and whole.start <= run.end and whole.end - run.start <= 366 * DAY:
            run = Interval(run.start, whole.end)
        else:
            if run is not None:
                yield run
            run = whole
    if run is not None:
        yield run


def _weekly(of: Resource | Organization) -> tuple[WeeklyHours | None, str | None]:
    return of.opening_hours if isinstance(of, Resource) else None, of.timezone


def _closed_out(sold: Sequence[Sold], seen: CatalogItem, item: CatalogItem, office: Office) -> Iterator[str]:
    organization = office.organization()
    now = office.context.clock.now()
    bookings = [each for each, order in sold if shown_booking_status(each, order, now) != "canceled"]
    keys = {Key("resource", id) for each in bookings for id in each.resource_ids}
    keys |= {Key("service", id) for each in bookings for id in each.services}
    known = office.read(keys) if keys else {}

    def is_in_hours(booking: Booking, of: CatalogItem) -> bool:
        slot = Interval(booking.start, booking.end)
        services = [known[Key("service", id)] for id in booking.services]
        at_ends = bool(services) and spans_closed_time(each for each in services if isinstance(each, Service))
        for id in booking.resource_ids:
            resource = of if isinstance(of, Resource) and of.id == id else known[Key("resource", id)]
            whose = of if isinstance(of, Organization) else organization
            if isinstance(resource, Resource) and not is_open(
                hours_of(resource, whose), slot, at_ends=at_ends
            ):
                return False
        return True

    for booking in bookings:
        if is_in_hours(booking, seen) and not is_in_hours(booking, item):
            yield booking.id
