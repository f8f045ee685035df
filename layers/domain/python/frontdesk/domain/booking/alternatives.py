"""What a refusal offers instead: the next free times of the same length for the same booking."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from frontdesk.domain.booking.assess import MAX_OFFERED, Judgement, PricedBooking
from frontdesk.domain.booking.time_rules import Plan, booking_interval, zone_of
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
    grid,
    iso,
    local_dates,
    merged,
)
from frontdesk.domain.time.opening_hours import open_intervals
from frontdesk.domain.time.timeslots import slots_within

# Offers look this far ahead, and are this many.
_MAX_RESOURCES = 5
_MAX_OFFERS = 3
HORIZON = 14 * DAY


def days_ahead(judgement: Judgement, horizon: int) -> set[Key]:
    """The ledgers that `with_alternatives` looks at: those of the bookings' own days, and of `horizon` (seconds) after them."""
    return {
        ledger_item(key)
        for booking in _refused(judgement)
        for key in _wanted(judgement, booking, 0).days(horizon)
    }


def with_alternatives(judgement: Judgement, known: Snapshot, now: int, horizon: int) -> Judgement | None:
    """The judgement with `next_free` in the `meta` of its slot conflicts; None where another horizon than the last would find more.

    An offer is no promise: somebody may be faster.
    """
    offers = {
        id(booking): _offers(judgement, booking, known, now, horizon) for booking in _refused(judgement)
    }
    if horizon < HORIZON and any(len(found) < _MAX_OFFERS for found in offers.values()):
        return None
    shown = {
        at: [{"start_date": iso(start), "end_date": iso(end)} for start, end in found]
        for at, found in offers.items()
    }
    return judgement._replace(
        bookings=tuple(_offering(booking, shown.get(id(booking))) for booking in judgement.bookings)
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
    """What the bookings take of a resource or timeslot series, with the paddings around them in seconds."""

    capacity: int
    weight: int
    before: int
    behind: int


class _Wanted(NamedTuple):
    """A booking together with its sub-bookings: they take place together or not at all. `after` is the earliest start."""

    main: Plan
    owners: Mapping[tuple[str, str], _Owner]
    resources: Mapping[str, Resource]
    after: int

    @property
    def length(self) -> int:
        return self.main.slot.end - self.main.slot.start

    def around(self, horizon: int) -> Interval:
        """The time that is searched: whole days, `horizon` (seconds) after those of the booking itself."""
        start = self.main.slot.start - max(owner.before for owner in self.owners.values())
        end = self.main.slot.end + max(owner.behind for owner in self.owners.values()) + horizon
        return Interval(start - start % DAY, end - end % -DAY)

    def days(self, horizon: int) -> Iterator[LedgerKey]:
        for day, _, _ in by_utc_day(self.around(horizon)):
            yield from (LedgerKey(id, day, kind) for kind, id in self.owners)  # type: ignore[arg-type]


def _wanted(judgement: Judgement, booking: PricedBooking, now: int) -> _Wanted:
    main = booking.plan if booking.parent is None else judgement.bookings[booking.parent].plan
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
    lead = max((service.lead_time for plan in (main, *main.parts) for service, _ in plan.services), default=0)
    resources = {resource.id: resource for plan in (main, *main.parts) for resource in plan.resources}
    return _Wanted(main, owners, resources, max(main.slot.start, now + 60 * lead))


def _refused(judgement: Judgement) -> list[PricedBooking]:
    refused = [
        booking
        for booking in judgement.bookings
        if any(problem.code == "slot_unavailable" for problem in booking.conflicts)
        and len(_wanted(judgement, booking, 0).resources) <= _MAX_RESOURCES
    ]
    return refused[:MAX_OFFERED]


def _offers(
    judgement: Judgement, booking: PricedBooking, known: Snapshot, now: int, horizon: int
) -> list[Interval]:
    wanted = _wanted(judgement, booking, now)
    whole = wanted.around(horizon)
    latest = whole.end - max(owner.behind for owner in wanted.owners.values())
    around = Interval(wanted.after, max(wanted.after, latest))
    busy = []
    for key in wanted.days(horizon):
        owner = wanted.owners[key.kind, key.owner]
        ledger = judgement.days.get(key) or known.ledger(key)
        over = [hold for hold in ledger.holds.values() if now >= hold.expires_at]
        midnight = day_start(key.day)
        # Owners differ in their paddings: what is busy grows by them, so that the bare slot is looked for.
        busy += [
            Interval(midnight + start - owner.behind, midnight + end + owner.before)
            for start, end, _ in taken(ledger, Claim(0, DAY, owner.weight), owner.capacity, over)
            if owner.weight
        ]
    opened: list[Interval] | None = None
    for resource in wanted.resources.values():
        if not wanted.main.is_blocker and (resource.opening_hours is not None or resource.closed_dates):
            hours = open_intervals(
                resource.opening_hours,
                resource.closed_dates,
                zone_of(resource, judgement.organization),
                around,
            )
            opened = hours if opened is None else common(opened, hours)
    series = wanted.main.series
    if series:
        terms = (series.slots, series.valid_from, series.valid_until, zone_of(series, judgement.organization))
        # One that goes on after the days that were read may be taken there.
        slots = [
            slot
            for slot in slots_within(*terms, around)
            if slot.end - slot.start == wanted.length and slot.end <= around.end
        ]
        return free_slots(
            slots, wanted.after, busy=merged(busy), opened=opened, before=0, behind=0, most=_MAX_OFFERS
        )
    interval = booking_interval(
        service for plan in (wanted.main, *wanted.main.parts) for service, _ in plan.services
    )
    if interval:
        zones = {zone_of(resource, judgement.organization) for resource in wanted.resources.values()}
        starts = set.intersection(
            *({at for day in local_dates(around, zone) for at in grid(day, interval, zone)} for zone in zones)
        )
        slots = [
            Interval(start, start + wanted.length)
            for start in sorted(starts)
            if start + wanted.length <= around.end
        ]
        return free_slots(
            slots, wanted.after, busy=merged(busy), opened=opened, before=0, behind=0, most=_MAX_OFFERS
        )
    return next_free(
        wanted.length, *around, busy=merged(busy), opened=opened, before=0, behind=0, most=_MAX_OFFERS
    )
