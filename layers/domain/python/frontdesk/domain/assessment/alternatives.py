"""Finds alternatives for a refused booking: the next free times of the same length."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.assess import MAX_OFFERED, Assessment, PricedBooking
from frontdesk.domain.assessment.plan import Plan
from frontdesk.domain.assessment.time_rules import (
    booking_interval,
    earliest_start,
    hours_of,
    latest_start,
    spans_closed_time,
    zone_of,
)
from frontdesk.domain.catalog.items import Resource
from frontdesk.domain.ledger import Claim, LedgerKey, taken
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.time.free_times import free_slots, next_free
from frontdesk.domain.time.intervals import (
    DAY,
    Interval,
    by_utc_day,
    common,
    day_start,
    end_of_days,
    grid,
    iso,
    local_dates,
    merged,
    nominal_length,
    on_clock,
)
from frontdesk.domain.time.opening_hours import ends_lie_in, open_intervals
from frontdesk.domain.time.timeslots import slots_within

# Limits of the alternatives: resources of a booking, times offered, and how far ahead to search, in seconds.
_MAX_RESOURCES = 5
_MAX_OFFERS = 3
HORIZON = 14 * DAY
# Ledger segments examined for all bookings of a request. This many take about half a second of CPU.
MAX_LOOKED_AT = 50_000
# Minutes between the starts to try, if the services allow only certain starts.
_GRID = 15


def days_ahead(assessment: Assessment, horizon: int) -> set[Key]:
    """Returns the keys of the ledgers that `with_alternatives` reads.

    They cover the time of each refused booking, and `horizon` seconds after it.
    """
    return {
        ledger_item(key)
        for booking in _refused(assessment)
        for key in _wanted(assessment, booking, 0).ledgers(horizon)
    }


def with_alternatives(assessment: Assessment, known: Snapshot, now: int, horizon: int) -> Assessment | None:
    """Returns the assessment with the next free times added to its slot conflicts, as `next_free` in their `meta`.

    Only the first few refused bookings get free times. Searches up to `horizon` seconds ahead. Returns None
    if too few times are found and a longer horizon might find more.
    """
    offers: dict[int, list[Interval]] = {}
    left = MAX_LOOKED_AT
    for booking in _refused(assessment):
        left -= _segments(assessment, booking, known, horizon)
        # A booking that is too large to search gets no alternatives. A longer horizon would make it larger still.
        offers[id(booking)] = found = _offers(assessment, booking, known, now, horizon) if left >= 0 else []
        if horizon < HORIZON and left >= 0 and len(found) < _MAX_OFFERS:
            return None
    shown = {
        at: [{"start_date": iso(start), "end_date": iso(end)} for start, end in found]
        for at, found in offers.items()
    }
    return assessment._replace(
        bookings=tuple(_offering(booking, shown.get(id(booking))) for booking in assessment.bookings)
    )


def _offering(booking: PricedBooking, offers: list[dict[str, str]] | None) -> PricedBooking:
    if offers is None:
        return booking
    conflicts = (
        problem._replace(meta={**problem.meta, "next_free": offers})
        if problem.code == "slot_unavailable"
        else problem
        for problem in booking.conflicts
    )
    return booking._replace(conflicts=tuple(conflicts))


class _Owner(NamedTuple):
    """The demand of a booking and its sub-bookings on one resource or timeslot series.

    The resource or series has `capacity` units, of which the booking takes `weight`. `before` and `behind` are paddings, in seconds.
    """

    capacity: int
    weight: int
    before: int
    behind: int


class _Wanted(NamedTuple):
    """A booking and its sub-bookings. An alternative must have room for all of them.

    `owners` are the resources and series they need, by (kind, id). `after` is the earliest start to offer, `latest` the latest one or None
    (epoch seconds).
    """

    main: Plan
    owners: Mapping[tuple[str, str], _Owner]
    resources: Mapping[str, Resource]
    after: int
    latest: int | None

    @property
    def length(self) -> int:
        return self.main.slot.end - self.main.slot.start

    @property
    def days(self) -> int | None:
        """The booking's length in whole local days, or None if it is not a whole number of days."""
        days, over = divmod(nominal_length(self.main.slot, self.main.zone), DAY)
        return None if over else days

    def at(self, start: int) -> Interval:
        """Returns a slot of the same length that begins at `start`."""
        end = start + self.length if self.days is None else end_of_days(start, self.days, self.main.zone)
        return Interval(start, end)

    def around(self, horizon: int) -> Interval:
        """Returns the interval to search, in whole UTC days.

        It contains the booking with its paddings, and the `horizon` seconds after it.
        """
        start = self.main.slot.start - max(owner.before for owner in self.owners.values())
        end = self.main.slot.end + max(owner.behind for owner in self.owners.values()) + horizon
        return Interval(start - start % DAY, end - end % -DAY)

    def ledgers(self, horizon: int) -> Iterator[LedgerKey]:
        for day, _, _ in by_utc_day(self.around(horizon)):
            yield from (LedgerKey(id, day, kind) for kind, id in self.owners)  # type: ignore[arg-type]


def _wanted(assessment: Assessment, booking: PricedBooking, now: int) -> _Wanted:
    main = booking.plan if booking.parent is None else assessment.bookings[booking.parent].plan
    owners: dict[tuple[str, str], _Owner] = {}
    for plan in (main, *main.parts):
        before, behind = plan.paddings
        for resource in plan.resources:
            known = owners.get(("resource", resource.id), _Owner(resource.quantity, 0, 0, 0))
            owners["resource", resource.id] = _Owner(
                resource.quantity,
                known.weight + plan.weight,
                max(known.before, before),
                max(known.behind, behind),
            )
        if plan.series:
            owners["timeslot_series", plan.series.id] = _Owner(plan.series.quantity, plan.weight, 0, 0)
    services = [service for plan in (main, *main.parts) for service, _ in plan.services]
    earliest, latest = earliest_start(services, now, main.zone), latest_start(services, now, main.zone)
    resources = {resource.id: resource for plan in (main, *main.parts) for resource in plan.resources}
    return _Wanted(main, owners, resources, max(main.slot.start, earliest), latest)


def _refused(assessment: Assessment) -> list[PricedBooking]:
    refused = [
        booking
        for booking in assessment.bookings
        if any(problem.code == "slot_unavailable" for problem in booking.conflicts)
        and len(_wanted(assessment, booking, 0).resources) <= _MAX_RESOURCES
    ]
    return refused[:MAX_OFFERED]


def _segments(assessment: Assessment, booking: PricedBooking, known: Snapshot, horizon: int) -> int:
    """Counts the ledger segments to examine for a booking."""
    keys = _wanted(assessment, booking, 0).ledgers(horizon)
    return sum(len((assessment.days.get(key) or known.ledger(key)).segments) for key in keys)


def _offers(
    assessment: Assessment, booking: PricedBooking, known: Snapshot, now: int, horizon: int
) -> list[Interval]:
    wanted = _wanted(assessment, booking, now)
    whole = wanted.around(horizon)
    latest = whole.end - max(owner.behind for owner in wanted.owners.values())
    if wanted.latest is not None:
        latest = min(latest, wanted.at(wanted.latest).end)
    around = Interval(wanted.after, max(wanted.after, latest))
    busy = []
    for key in wanted.ledgers(horizon):
        owner = wanted.owners[key.kind, key.owner]
        ledger = assessment.days.get(key) or known.ledger(key)
        over = [hold for hold in ledger.holds.values() if now >= hold.expires_at]
        midnight = day_start(key.day)
        # Paddings differ between owners. Busy times are extended by them here, so that the search itself needs no paddings.
        busy += [
            Interval(midnight + start - owner.behind, midnight + end + owner.before)
            for start, end, _ in taken(ledger, Claim(0, DAY, owner.weight), owner.capacity, over)
            if owner.weight
        ]
    opened, at_ends = _hours(assessment, wanted, around)
    slots = _candidates(assessment, wanted, around)
    if slots is None:
        return next_free(
            wanted.length, *around, busy=merged(busy), opened=opened, before=0, behind=0, most=_MAX_OFFERS
        )
    # The ledgers after the last one read are unknown, so a slot must end before them.
    slots = [
        slot for slot in slots if slot.end <= around.end and (at_ends is None or ends_lie_in(slot, at_ends))
    ]
    free = free_slots(
        slots, wanted.after, busy=merged(busy), opened=opened, before=0, behind=0, most=len(slots)
    )
    offers: list[Interval] = []
    for slot in free:
        # Alternatives never overlap, as in `next_free`: starting a quarter of an hour later is no real alternative.
        if len(offers) < _MAX_OFFERS and (wanted.main.series or not offers or slot.start >= offers[-1].end):
            offers.append(slot)
    return offers


def _hours(
    assessment: Assessment, wanted: _Wanted, around: Interval
) -> tuple[list[Interval] | None, list[Interval] | None]:
    """Returns (opened, at_ends), two lists of open intervals. None instead of a list means any time.

    A booking must lie within `opened`, and must begin and end within `at_ends`.
    """
    found: dict[bool, list[Interval] | None] = {True: None, False: None}
    for plan in (wanted.main, *wanted.main.parts):
        at_ends = spans_closed_time(service for service, _ in plan.services)
        for resource in plan.resources:
            hours = hours_of(resource, assessment.organization)
            if not plan.is_blocker and not hours.are_unlimited:
                others, own = found[at_ends], open_intervals(hours, around)
                found[at_ends] = own if others is None else common(others, own)
    return found[False], found[True]


def _candidates(assessment: Assessment, wanted: _Wanted, around: Interval) -> list[Interval] | None:
    """Returns the slots to try, in order, or None if a booking may start at any time."""
    plans, series = (wanted.main, *wanted.main.parts), wanted.main.series
    if series:
        zone = zone_of(series, assessment.organization)
        # The same length on the wall clock: one night remains one night when the clocks change.
        length = _shown_length(wanted.main.slot, zone)
        slots = slots_within(series.slots, series.valid_from, series.valid_until, zone, around)
        return [slot for slot in slots if _shown_length(slot, zone) == length]
    services = [service for plan in plans for service, _ in plan.services]
    interval = booking_interval(services)
    if (
        interval is None
        and wanted.days is None
        and not any(service.spans_closed_time for service in services)
    ):
        return None
    zones = {zone_of(resource, assessment.organization) for resource in wanted.resources.values()}
    starts = set.intersection(
        *(
            {at for day in local_dates(around, zone) for at in grid(day, interval or _GRID, zone)}
            for zone in zones
        )
    )
    return [wanted.at(start) for start in sorted(starts)]


def _shown_length(slot: Interval, zone: ZoneInfo) -> timedelta:
    return on_clock(slot.end, zone) - on_clock(slot.start, zone)
