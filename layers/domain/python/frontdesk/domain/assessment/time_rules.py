"""Decides whether a booking can take place at its time: opening hours, notice, timeslot series, and existing bookings. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import lcm
from typing import Any, Literal
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.plan import Plan
from frontdesk.domain.catalog.items import Organization, Resource, Service, TimeslotSeries
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerKey, occupied, taken
from frontdesk.domain.orders.snapshot import Key, Snapshot
from frontdesk.domain.orders.states import hold_status, needs_order
from frontdesk.domain.problems import Problem, pointer
from frontdesk.domain.time.intervals import (
    Interval,
    day_start,
    iso,
    later,
    length_in,
)
from frontdesk.domain.time.opening_hours import Hours, is_open
from frontdesk.domain.time.timeslots import is_slot, nearest_slots
from frontdesk.errors import Instant, Phrase, Value

# The code of a conflict only with orders that are still being placed.
PENDING = "slot_pending"
OFF_INTERVAL = "off_booking_interval"


def holds_in(ledger: Ledger, known: Snapshot, now: int) -> tuple[dict[str, Hold], dict[str, Hold]]:
    """Returns (ended, pending), two groups of a ledger's holds, by name. Pending holds belong to orders that are still being placed."""
    over: dict[str, Hold] = {}
    pending: dict[str, Hold] = {}
    for name, hold in ledger.holds.items():
        # If a hold expired after its day was read, its order was not read. The hold then still counts.
        if needs_order(hold, now) and (hold.placing or known.has(Key("order", hold.order_id))):
            of = hold_status(hold, known.order(hold.order_id), now)
            if of != "counts":
                (over if of == "over" else pending)[name] = hold
    return over, pending


def needed_orders(ledger: Ledger, now: int) -> set[Key]:
    """Returns the keys of the orders to read before `holds_in` can decide which of the ledger's holds have ended."""
    return {Key("order", hold.order_id) for hold in ledger.holds.values() if needs_order(hold, now)}


def duration_problems(
    services: Iterable[tuple[Service, int]], slot: Interval, zone: ZoneInfo, *path: str | int
) -> Iterator[Problem]:
    """Yields a problem for each service that does not allow the slot's length. `path` is the path of the end date in the request."""
    for service, _ in services:
        least, most = service.min_duration, service.max_duration
        if least is not None and length_in(least, slot, zone) < 60 * least:
            at_least: dict[str, Value] = {"service": service.name, "minutes": least}
            yield Problem("under_min_duration", at_least, pointer=pointer(*path))
        if most is not None and length_in(most, slot, zone) > 60 * most:
            at_most: dict[str, Value] = {"service": service.name, "minutes": most}
            yield Problem("over_max_duration", at_most, pointer=pointer(*path))


def zone_of(owner: Resource | TimeslotSeries, organization: Organization) -> ZoneInfo:
    """Returns the zone of a resource or series. If it has no zone of its own, returns the organization's."""
    return ZoneInfo(owner.timezone) if owner.timezone else organization.zone


def hours_of(resource: Resource, organization: Organization) -> Hours:
    """Returns a resource's opening hours. Its closed dates and special hours take precedence over those of the organization."""
    exceptions = (resource.exceptions, organization.exceptions)
    return Hours(resource.opening_hours, zone_of(resource, organization), exceptions)


def spans_closed_time(services: Iterable[Service]) -> bool:
    """Whether a booking of these services may include closed time. Every service must allow it.

    Only the start and end of such a booking must be within opening hours.
    """
    return all(service.spans_closed_time for service in services)


def earliest_start(services: Iterable[Service], now: int, zone: ZoneInfo) -> int:
    """Returns the earliest bookable start, in epoch seconds: now plus the longest lead time."""
    return max((later(now, service.lead_time, zone) for service in services), default=now)


def latest_start(services: Iterable[Service], now: int, zone: ZoneInfo) -> int | None:
    """Returns the latest bookable start in epoch seconds, or None if there is no limit."""
    periods = [service.advance_booking_period for service in services]
    return min((later(now, period, zone) for period in periods if period is not None), default=None)


def booking_interval(services: Iterable[Service]) -> int | None:
    """Returns the minutes between allowed starts, counted from local midnight, or None if every start is allowed.

    The result is the least common multiple of the services' intervals: 60 for intervals of 20 and 30.
    """
    intervals = [service.booking_interval for service in services if service.booking_interval]
    return lcm(*intervals) if intervals else None


# MAX_TAKEN limits the stretches listed in one conflict. MAX_SHOWN limits how many conflicts of a request list any.
MAX_TAKEN = 50
MAX_SHOWN = 100


@dataclass(frozen=True)
class Times:
    """Checks whether the times of bookings are allowed.

    `known` has the items to check against. `now` is the current instant in epoch seconds.
    """

    organization: Organization
    known: Snapshot
    now: int
    # The result of `holds_in` for each ledger, computed once.
    _worth: dict[LedgerKey, tuple[dict[str, Hold], dict[str, Hold]]] = field(default_factory=dict)
    # The claims that did not fit so far.
    _refused: list[Claim] = field(default_factory=list)

    def untimely(self, plan: Plan, main: Plan | None = None, *, offers: bool = True) -> Iterator[Problem]:
        """Yields the problems of a booking's time that do not depend on other bookings.

        For a sub-booking, `main` is its main booking. If the time is not a slot of the booking's timeslot series and `offers` is true, the
        problem lists the nearest slots.
        """
        if plan.is_blocker:
            return

        def problem(code: str, values: Mapping[str, Value] | None = None, **meta: Any) -> Problem:
            return Problem(
                code,
                values or {},
                pointer=pointer(*plan.path[:2], "start_date"),
                meta={**meta, **_wanted(plan)},
            )

        services = [service for service, _ in plan.services]
        latest = latest_start(services, self.now, plan.zone)
        if plan.slot.start < self.now:
            yield problem("in_the_past")
        elif plan.slot.start < earliest_start(services, self.now, plan.zone):
            yield problem("before_lead_time", {"minutes": max(service.lead_time for service in services)})
        elif latest is not None and plan.slot.start > latest:
            until = {"latest": Instant(latest, plan.zone.key)}
            yield problem("after_lead_time", until, latest_start_date=iso(latest))
        # A timeslot series defines the starts of its bookings and their sub-bookings.
        interval = None if (main or plan).series else booking_interval(services)
        for resource in plan.resources:
            hours = hours_of(resource, self.organization)
            if interval and not _is_on_grid(plan.slot.start, hours.zone, interval):
                values: dict[str, Value] = {"resource": resource.name, "interval": interval}
                yield problem(OFF_INTERVAL, values, resource_id=resource.id, booking_interval=interval)
            at_ends = spans_closed_time(services)
            if not is_open(hours, plan.slot, at_ends=at_ends):
                reason = Phrase("closed_at_ends" if at_ends else "closed_within", {"resource": resource.name})
                yield problem("outside_opening_hours", {"reason": reason}, resource_id=resource.id)
        if plan.series:
            terms = (
                plan.series.slots,
                plan.series.valid_from,
                plan.series.valid_until,
                zone_of(plan.series, self.organization),
            )
            if not is_slot(*terms, plan.slot):
                zone = zone_of(plan.series, self.organization)
                slots = nearest_slots(*terms, plan.slot) if offers else []
                nearest = [_dates(slot) for slot in slots]
                starts = [Instant(slot.start, zone.key) for slot in slots]
                near: dict[str, Value] = {"series": plan.series.name, "starts": starts}
                reason = (
                    Phrase("no_slot_but_near", near)
                    if nearest
                    else Phrase("no_slot", {"series": plan.series.name})
                )
                names = {"timeslot_series_id": plan.series.id, "nearest": nearest}
                yield problem("not_a_slot_of_series", {"reason": reason}, **names)

    def taken(
        self,
        plan: Plan,
        days: dict[LedgerKey, Ledger],
        kept: Mapping[LedgerKey, Sequence[tuple[int, int]]] | None = None,
    ) -> list[Problem]:
        """Returns a conflict for each resource or series with too little room for the booking, and adds the booking to `days`.

        `days` are the ledgers with the earlier bookings of the same request. `kept` maps the key of a ledger to
        (start, end) pairs. The booking already occupies these times, so it needs no further room there.
        """
        found: dict[str, tuple[Resource | TimeslotSeries, list[tuple[Interval, int]]]] = {}
        pending = False
        for owner, key, claim in plan.claims:
            ledger = days.get(key) or self.known.ledger(key)
            if key not in self._worth:
                self._worth[key] = holds_in(ledger, self.known, self.now)
            over, waiting = self._worth[key]
            new = _beyond(claim, (kept or {}).get(key, ()))
            # Listing every stretch takes much more work than finding a single one. So only some conflicts list all of them.
            told = found[owner.id][1] if owner.id in found else []
            most = MAX_TAKEN - len(told) if len(self._refused) < MAX_SHOWN else 1
            stretches = [
                each
                for part in new
                for each in taken(ledger, part, owner.quantity, over.values(), max(1, most))
            ]
            if (
                stretches
                and waiting
                and not any(
                    taken(ledger, part, owner.quantity, [*over.values(), *waiting.values()], 1)
                    for part in new
                )
            ):
                pending, stretches = True, []
            if stretches:
                self._refused.append(claim)
                stretches = stretches[: max(0, MAX_TAKEN - len(told))]
                found.setdefault(owner.id, (owner, []))
            days[key] = occupied(ledger, [claim])
            for start, end, in_use in stretches:
                _, stretched = found.setdefault(owner.id, (owner, []))
                midnight = day_start(key.day)
                stretched.append((Interval(midnight + start, midnight + end), in_use))
        problems = [_unavailable(plan, *each, zone_of(each[0], self.organization)) for each in found.values()]
        if pending and not problems:
            problems.append(Problem(PENDING, pointer=pointer(*plan.path), meta=_wanted(plan)))
        return problems


def _is_on_grid(instant: int, zone: ZoneInfo, interval: int) -> bool:
    clock = datetime.fromtimestamp(instant, zone).time()
    return not clock.second and (60 * clock.hour + clock.minute) % interval == 0


def _beyond(claim: Claim, kept: Sequence[tuple[int, int]]) -> list[Claim]:
    """Returns the parts of a claim outside the intervals in `kept`, which are (start, end) pairs."""
    parts = [claim]
    for begun, ended in kept:
        pieces = [
            part._replace(start=max(part.start, start), end=min(part.end, end))
            for part in parts
            for start, end in ((part.start, begun), (ended, part.end))
        ]
        parts = [part for part in pieces if part.start < part.end]
    return parts


def _unavailable(
    plan: Plan, owner: Resource | TimeslotSeries, stretches: list[tuple[Interval, int]], zone: ZoneInfo
) -> Problem:
    """Returns the problem `slot_unavailable` for a resource or series.

    `stretches` are the times with too little room, each with the number of units in use.
    """
    intervals = [
        {**_dates(within), "in_use": in_use, "available": max(0, owner.quantity - in_use)}
        for within, in_use in stretches
    ]
    left = min(max(0, owner.quantity - in_use) for _, in_use in stretches)
    values: dict[str, Value] = {
        "owner": owner.name,
        "left": left,
        "quantity": owner.quantity,
        "start": Instant(stretches[0][0].start, zone.key),
        "end": Instant(stretches[-1][0].end, zone.key),
        "weight": plan.weight,
    }
    kind: Literal["timeslot_series_id", "resource_id"] = (
        "timeslot_series_id" if owner is plan.series else "resource_id"
    )
    meta = {
        kind: owner.id,
        **_wanted(plan),
        "capacity": owner.quantity,
        "available": left,
        "taken": intervals,
    }
    return Problem("slot_unavailable", values, pointer=pointer(*plan.path), meta=meta)


def _wanted(plan: Plan) -> dict[str, Any]:
    """Returns the part of a problem's `meta` that identifies the booking: its dates and, in a series, its number."""
    return {**_dates(plan.slot), **({} if plan.occurrence is None else {"occurrence": plan.occurrence})}


def _dates(interval: Interval) -> dict[str, str]:
    return {"start_date": iso(interval.start), "end_date": iso(interval.end)}
