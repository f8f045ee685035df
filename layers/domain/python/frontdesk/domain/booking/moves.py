"""Moves a booking to another time or resource, or changes its notes: finds conflicts and computes the writes. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.assess import Assessment, PricedBooking
from frontdesk.domain.assessment.limits import day_full, is_full
from frontdesk.domain.assessment.plan import Plan, charged_duration, charges_of
from frontdesk.domain.assessment.time_rules import (
    OFF_INTERVAL,
    Times,
    duration_problems,
    holds_in,
    needed_orders,
    zone_of,
)
from frontdesk.domain.booking.changes import claims_by_ledger, own_holds
from frontdesk.domain.booking.placement import ended_orders
from frontdesk.domain.booking.writes import ChangedBooking, ChangedOrder, Write
from frontdesk.domain.catalog.items import Resource, Service, TimeslotSeries, Voucher, voucher_code_key
from frontdesk.domain.ledger import Claim, Hold, Ledger, LedgerChange, LedgerKey, change, covered, occupied
from frontdesk.domain.orders.order import Booking, Cause, Line, Order, Was, ordinal_of
from frontdesk.domain.orders.pricing import (
    Charge,
    Terms,
    amounts_of,
    by_hand,
    price,
    sold_terms,
    taxes_of,
)
from frontdesk.domain.orders.snapshot import Key, Snapshot, key_of, ledger_item
from frontdesk.domain.orders.states import OrderChanges, order_after
from frontdesk.domain.problems import Problem, pointer
from frontdesk.domain.requests.change import BookingChange
from frontdesk.domain.requests.order import BookingConfig
from frontdesk.domain.time.intervals import (
    DAY,
    Interval,
    nominal_length,
    on_clock,
    overlap,
)

ATTRIBUTES = ("data", "attributes")
_OF_STARTS = ("in_the_past", "before_lead_time", OFF_INTERVAL)


class Move(NamedTuple):
    """A requested change of a booking, and of the sub-bookings that move with it.

    `bookings` are all bookings of the order before the change. `after` are the changed ones: the booking first, then its sub-bookings.
    """

    order: Order
    bookings: tuple[Booking, ...]
    booking: Booking
    change: BookingChange
    resource_path: tuple[str, ...]
    after: tuple[Booking, ...]
    problems: tuple[Problem, ...]

    @property
    def moves(self) -> bool:
        """Whether the change affects times or resources. Otherwise, it affects only notes."""
        return any(_place(after) != _place(self._before(after)) for after in self.after)

    @property
    def changes_day(self) -> bool:
        """Whether the booking moves to another local day."""
        zone = ZoneInfo(self.booking.timezone or self.order.timezone)
        before, after = (on_clock(each.start, zone).date() for each in (self.booking, self.after[0]))
        return before != after

    @property
    def days(self) -> int:
        """A lower bound for the number of ledgers that change, computed without reading any."""
        spans = (
            len(b.resource_ids) * ((b.blocker_end - b.blocker_start) // DAY) for b in self.after if b.weight
        )
        return max(spans, default=0) if self.moves else 0

    def _before(self, after: Booking) -> Booking:
        return next(booking for booking in self.bookings if booking.id == after.id)

    def keys(self) -> set[Key]:
        """Returns the keys of the items needed to assess the move."""
        keys = {Key("organization", self.order.organization_id)}
        for booking in self.after:
            keys.update(Key("resource", id) for id in booking.resource_ids)
            keys.update(Key("service", id) for id in booking.services)
            if booking.timeslot_series_id:
                keys.add(Key("timeslot_series", booking.timeslot_series_id))
        if self.order.voucher and not self.order.voucher.terms:
            keys.add(Key("voucher", voucher_code_key(self.order.voucher.code)))
        befores = [self._before(after) for after in self.after]
        return keys | {ledger_item(key) for key in claims_by_ledger([*befores, *self.after])}

    def missing(self, known: Snapshot, now: int) -> set[Key]:
        """Returns the keys of the orders that must still be read to find out how many units are free on the new days."""
        return known.missing(
            key for ledger in claims_by_ledger(self.after) for key in needed_orders(known.ledger(ledger), now)
        )

    def assessed(self, known: Snapshot, now: int) -> Assessment:
        """Returns the assessment of the change: its problems, and the conflicts at the new time. Amounts are those before the change."""
        organization = known.organization()
        assert organization is not None, "an order belongs to an organization"
        times, problems = Times(organization, known, now), list(self.problems)
        before, after = claims_by_ledger(map(self._before, self.after)), claims_by_ledger(self.after)
        # The units that the bookings occupy before the change are free for them after it, whichever of them uses them.
        days = {
            key: occupied(known.ledger(key), [Claim(c.start, c.end, -c.quantity) for c in claims])
            for key, claims in before.items()
        }
        kept = {key: covered(claims, before.get(key, ())) for key, claims in after.items()}
        plans: list[tuple[Plan, Booking]] = []
        for booking in self.after:
            plan, found = self._plan(booking, known)
            problems += found
            if plan is not None:
                plans.append((plan, booking))
        if plans and plans[0][1].id == self.booking.id:
            main = plans[0][0]
            slot = Interval(self.booking.start, self.booking.end)
            if not _as_long(slot, main.slot, main.zone):
                problems += duration_problems(main.services, main.slot, main.zone, *ATTRIBUTES, "end_date")
            plans[0] = (replace(main, parts=tuple(plan for plan, _ in plans[1:])), plans[0][1])
        assessed = []
        for i, (plan, booking) in enumerate(plans):
            was = self._before(booking)
            untimely = list(times.untimely(plan, plans[0][0])) if _place(booking) != _place(was) else []
            if booking.start == was.start:
                untimely = [problem for problem in untimely if problem.code not in _OF_STARTS]
            found = [*untimely, *times.taken(plan, days, kept)]
            conflicts = tuple(
                problem._replace(pointer=pointer(*ATTRIBUTES, "start_date")) for problem in found
            )
            assessed.append(PricedBooking(plan, booking.lines, booking.amounts, conflicts, 0 if i else None))
        if self.moves:
            problems += self._full_days([plan for plan, _ in plans], days)
        return Assessment(
            organization=organization,
            zone=organization.zone,
            problems=tuple(problems),
            field_problems=(),
            unanswered=(),
            bookings=tuple(assessed),
            skipped=(),
            amounts=self.order.amounts,
            taxes=self.order.taxes,
            customer=None,
            voucher=None,
            entries={},
            days=days,
        )

    def _full_days(self, plans: Iterable[Plan], days: Mapping[LedgerKey, Ledger]) -> Iterator[Problem]:
        owners = {key: owner for plan in plans for owner, key, _ in plan.claims}
        wanted = Counter(key for plan in plans for _, key, _ in plan.claims)
        for key, owner in owners.items():
            if is_full(days[key], wanted[key] if self.order.status == "draft" else 0):
                yield day_full(owner, key, *ATTRIBUTES, "start_date")

    def writes(self, known: Snapshot, now: int) -> list[Write]:
        """Returns the writes of the change, for one transaction. The list is empty if nothing would change."""
        override = self.change.check_availability is False
        changed = {booking.id: self._in_place(booking, known) for booking in self.after}
        if self.moves:
            changed = {
                id: booking.model_copy(update={"override": override or booking.override})
                for id, booking in changed.items()
            }
        changes: OrderChanges = {}
        if self.change.recalculate_price:
            changed = self._repriced(changed, known)
            lines = [line for booking in self.bookings for line in changed.get(booking.id, booking).lines]
            changes |= {"amounts": amounts_of(lines), "taxes": taxes_of(lines)}
        if all(booking == self._before(booking) for booking in changed.values()):
            # A client that lost the answer repeats its request. The customer gets no second mail.
            return []
        if self.change.notify_customer and self.order.status == "completed":
            changes["causes"] = (*self.order.causes, self._cause())
        every = [changed.get(booking.id, booking) for booking in self.bookings]
        changes |= {
            "start": min(booking.start for booking in every),
            "end": max(booking.end for booking in every),
        }
        by_id = {booking.id: booking for booking in self.bookings}
        ledgers = self._ledgers(known, now, override)
        return [
            ChangedOrder(self.order, order_after(self.order, self.order.status, now, **changes)),
            *(
                ChangedBooking(
                    by_id[id], after.model_copy(update={"version": after.version + 1, "updated_at": now})
                )
                for id, after in changed.items()
            ),
            *ledgers,
            *ended_orders(ledgers, known, now),
        ]

    def _cause(self) -> Cause:
        """Returns a record of the change, for mails. It has the changed bookings' ordinals, and the earlier time and resources."""
        was, now, ordinals = self.booking, self.after[0], sorted(ordinal_of(each.id) for each in self.after)
        elsewhere = was.resource_ids if was.resource_ids != now.resource_ids else ()
        place = Was(start=was.start, end=was.end, resource_ids=elsewhere) if self.moves else None
        return Cause(version=self.order.version + 1, kind="change", ordinals=tuple(ordinals), was=place)

    def _plan(self, booking: Booking, known: Snapshot) -> tuple[Plan | None, list[Problem]]:
        at, problems = pointer(*self.resource_path), []
        series = _series(booking.timeslot_series_id, known) if booking.timeslot_series_id else None
        services = _services(booking, known)
        new = set(booking.resource_ids) - set(self._before(booking).resource_ids)
        resources = {
            id: known.resource(id) if id in new else _resource(id, known) for id in booking.resource_ids
        }
        for id, resource in resources.items():
            if resource is None:
                problems.append(Problem("resource_not_found", {"id": id}, pointer=at))
                continue
            for service, _ in services:
                if id in new and id not in service.resource_ids:
                    values = {"services": service.name, "resources": resource.name}
                    problems.append(Problem("service_not_offered", values, pointer=at))
            if id in new and series and series.resource_ids and id not in series.resource_ids:
                values = {"series": series.name, "resources": resource.name}
                problems.append(Problem("timeslot_series_not_offered", values, pointer=at))
        found = tuple(resource for resource in resources.values() if resource)
        if problems:
            return None, problems
        plan = Plan(
            ATTRIBUTES,
            BookingConfig.model_construct(),
            found,
            tuple(services),
            Interval(booking.start, booking.end),
            self._zone(booking, known),
            (),
            series=series,
            kept_weight=booking.weight,
            kept_blocker=Interval(booking.blocker_start, booking.blocker_end),
            is_blocker=booking.is_blocker,
        )
        return plan, []

    def _zone(self, booking: Booking, known: Snapshot) -> ZoneInfo:
        """Returns the zone of a booking's resource."""
        organization, resource = known.organization(), _resource(booking.resource_ids[0], known)
        assert organization is not None, "an order belongs to an organization"
        return zone_of(resource, organization) if resource else organization.zone

    def _in_place(self, booking: Booking, known: Snapshot) -> Booking:
        """Returns the booking with the zone of its new resource. If that is the order's zone, None is stored."""
        if booking.resource_ids == self._before(booking).resource_ids:
            return booking
        zone = self._zone(booking, known).key
        return booking.model_copy(update={"timezone": None if zone == self.order.timezone else zone})

    def _ledgers(self, known: Snapshot, now: int, override: bool) -> list[LedgerChange]:
        if not self.moves:
            return []
        before, after = claims_by_ledger(map(self._before, self.after)), claims_by_ledger(self.after)
        changes = []
        for key in sorted({*before, *after}):
            ledger, wanted, left = known.ledger(key), after.get(key, []), before.get(key, [])
            # On days that the bookings only leave, holds were not checked: their orders were not read.
            over = holds_in(ledger, known, now)[0] if wanted else {}
            ended = {
                name: hold
                for name, hold in over.items()
                if any(overlap(hold.claim, claim) for claim in wanted)
            }
            dropped, holds = self._holds(ledger, left, wanted, override)
            changes.append(
                change(
                    ledger,
                    () if holds else wanted,
                    capacity=None if override or key not in after else _capacity(key, known),
                    released=left,
                    holds=holds,
                    ended=ended,
                    dropped=dropped,
                )
            )
        return changes

    def _holds(
        self, ledger: Ledger, left: Iterable[Claim], wanted: Sequence[Claim], override: bool
    ) -> tuple[set[str], dict[str, Hold]]:
        """Returns (names of the order's holds to remove, new holds by name). Only drafts get new holds.

        `left` are the claims that the bookings give up, `wanted` those that they take instead.
        """
        dropped = set[str]()
        own = {
            name: hold
            for name, hold in own_holds(ledger, self.order).items()
            if hold.attempt == self.order.attempt
        }
        for claim in left:
            name = next(
                (name for name, hold in own.items() if hold.claim == claim and name not in dropped), None
            )
            if name is not None:
                dropped.add(name)
        if self.order.status != "draft" or self.order.expires_at is None:
            return dropped, {}
        stem = f"{self.order.id}:{self.order.attempt}:{ordinal_of(self.booking.id)}v{self.booking.version}"
        return dropped, {
            f"{stem}-{i}": Hold(self.order.id, self.order.attempt, claim, override, self.order.expires_at)
            for i, claim in enumerate(wanted)
        }

    def _repriced(self, changed: Mapping[str, Booking], known: Snapshot) -> dict[str, Booking]:
        """Returns the changed bookings at current prices. The order's other bookings keep their price lines."""
        kept = [line for booking in self.bookings if booking.id not in changed for line in booking.lines]
        lines = price(
            [self._charges(booking, known) for booking in changed.values()],
            self._terms(known),
            kept,
            taxed_once=self.order.taxed_once,
        )
        return {
            booking.id: booking.model_copy(
                update={
                    "lines": of_booking,
                    "amounts": amounts_of(of_booking),
                    "charged_duration": self._charged_duration(booking, known),
                }
            )
            for booking, of_booking in zip(changed.values(), lines, strict=True)
        }

    def _terms(self, known: Snapshot) -> Terms | None:
        """Returns the terms of the order's voucher as they were when the order was sold, or None without a voucher."""
        use = self.order.voucher
        code = voucher_code_key(use.code) if use else ""
        voucher = known.even_archived(Voucher, code) if known.has(key_of(Voucher, code)) else None
        return sold_terms(use, [line for booking in self.bookings for line in booking.lines], voucher)

    def _charges(self, booking: Booking, known: Snapshot) -> list[Charge]:
        """Returns a booking's charges. Services have their current prices, unless a price was set by hand. Add-ons keep their prices."""
        slot, zone = Interval(booking.start, booking.end), self._zone(booking, known)
        hand = next((line.by_hand for line in booking.lines if line.kind != "add_on"), None)
        add_ons = (_charge(line) for line in booking.lines if line.kind == "add_on")
        return [*by_hand(charges_of(_services(booking, known), slot, zone), hand), *add_ons]

    def _charged_duration(self, booking: Booking, known: Snapshot) -> int:
        services, slot = _services(booking, known), Interval(booking.start, booking.end)
        zone = self._zone(booking, known)
        return charged_duration(services, slot, zone)


def _place(booking: Booking) -> tuple[object, ...]:
    return booking.start, booking.end, booking.blocker_start, booking.blocker_end, booking.resource_ids


def _capacity(key: LedgerKey, known: Snapshot) -> int | None:
    owner = _resource(key.owner, known) if key.kind == "resource" else _series(key.owner, known)
    return owner.quantity if owner else None


def _as_long(one: Interval, other: Interval, zone: ZoneInfo) -> bool:
    """Whether two slots have the same length in seconds, or the same nominal length (every whole day counts as 24 hours)."""
    return one.end - one.start == other.end - other.start or nominal_length(one, zone) == nominal_length(
        other, zone
    )


def _resource(id: str, known: Snapshot) -> Resource | None:
    return known.even_archived(Resource, id)


def _series(id: str, known: Snapshot) -> TimeslotSeries | None:
    return known.even_archived(TimeslotSeries, id)


def _services(booking: Booking, known: Snapshot) -> list[tuple[Service, int]]:
    return [
        (service, n) for id, n in booking.services.items() if (service := known.even_archived(Service, id))
    ]


def _charge(line: Line) -> Charge:
    return Charge(
        line.kind,
        line.reference,
        line.title,
        line.quantity,
        line.unit_price,
        line.tax_rate,
        line.is_net_price,
        line.hand_amount,
        line.by_hand,
    )
