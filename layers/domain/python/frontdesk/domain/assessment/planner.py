"""Turns each booking, occurrence and sub-booking of a request into a plan. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.fields import service_entries
from frontdesk.domain.assessment.lookup import Lookup
from frontdesk.domain.assessment.plan import Path, Plan, charges_of
from frontdesk.domain.assessment.recurring import rule_of
from frontdesk.domain.assessment.time_rules import duration_problems
from frontdesk.domain.catalog.items import Resource, Service
from frontdesk.domain.orders.order import HandPrice
from frontdesk.domain.orders.pricing import Charge, by_hand, charge_add_on
from frontdesk.domain.requests.order import (
    MAX_BOOKINGS,
    BlockerConfig,
    BookingConfig,
    HandPriced,
    SubBookingConfig,
)
from frontdesk.domain.time.intervals import Interval, to_instant
from frontdesk.domain.time.recurrence import (
    EndsBeforeStart,
    Recurrence,
    StartNotInSeries,
    TooFar,
    occurrences,
)
from frontdesk.errors import Phrase

# The reason shown for a price by hand that was sent without one.
_SET_BY_HAND = "Set by hand"
_WITHOUT: Mapping[str | int, str] = {
    "start_date": "start_date_required",
    "end_date": "end_date_required",
}


class Planner:
    """Turns the bookings of a request into plans. Adds problems to `lookup`."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self._occurrence_count = 0

    def plans(self) -> list[Plan]:
        """Returns the plans of all valid bookings and occurrences, in the request's order. Stops early if there are far too many."""
        plans: list[Plan] = []
        for i, booking in enumerate(self.lookup.config.bookings or ()):
            plans += self._of_booking(booking, "bookings", i)
            if self._occurrence_count > 5 * MAX_BOOKINGS:
                break  # A thousand series of a thousand occurrences would take minutes, and this many are refused anyway.
        return plans

    def _of_booking(self, config: BookingConfig | None, *here: str | int) -> list[Plan]:
        """Returns the plan of a booking or, for a series, one plan for each occurrence. The list is empty if the booking is invalid."""
        if config is None:
            if not self.lookup.is_unread(*here):
                self.lookup.refuse("booking_required", *here)
            return []
        resources = self.lookup.resources(config, *here)
        zone = self._zone(resources)
        plan = (
            self._blocker(config, resources, zone, *here)
            if isinstance(config, BlockerConfig)
            else self._plan(config, resources, zone, *here)
        )
        if config.recurring is None:
            return [] if plan is None or self.lookup.is_unread(*here, "recurring") else [plan]
        slot = slot_of(config, zone)
        rule = rule_of(self.lookup, config.recurring, *here, "recurring")
        slots = (
            None if slot is None or rule is None else self._occurrences(slot, rule, zone, *here, "recurring")
        )
        if plan is None or slots is None:
            return []
        return [plan.at(slot, number) for number, slot in enumerate(slots, start=1)]

    def _zone(self, resources: Sequence[Resource]) -> ZoneInfo:
        """Returns the zone for series and for dates without an offset.

        It is the request's `timezone` or, if there is none, the zone of the first resource.
        """
        return self.lookup.zone if self.lookup.config.timezone is not None else self.lookup.place(resources)

    def _plan(
        self, config: BookingConfig, resources: tuple[Resource, ...], zone: ZoneInfo, *here: str | int
    ) -> Plan | None:
        services = self.lookup.services(config, resources, *here)
        customer = self.lookup.customer(config.customer_id, *here, "customer_id")
        add_ons = self._add_ons(config, *here)
        series = self.lookup.timeslot_series(config, resources, *here)
        slot = self._slot(config, zone, *here)
        self._check_units(config, *here)
        parts = [self._part(part, slot, *here, *path) for path, part in config.parts]
        # Sub-bookings have no answers of their own. The booking's answers apply to their services too.
        asking = [*services, *(service for part in parts if part for service in part.services)]
        entries = service_entries(self.lookup, config, asking, *here)
        if (
            slot is None
            or not resources
            or not services
            or None in parts
            or (config.timeslot_series_id and not series)
        ):
            return None
        place = self.lookup.place(resources)
        return Plan(
            here,
            config,
            resources,
            services,
            slot,
            place,
            (*self._charges(config, services, slot, place, *here), *add_ons),
            customer,
            series,
            entries,
            parts=tuple(replace(part, customer=customer) for part in parts if part),
        )

    def _blocker(
        self, config: BlockerConfig, resources: tuple[Resource, ...], zone: ZoneInfo, *here: str | int
    ) -> Plan | None:
        """Returns the plan of a blocker. Without a `quantity`, the blocker takes all current units of its resource."""
        slot = self._slot(config, zone, *here)
        if len(config.resource_id or ()) > 1:
            self.lookup.refuse("blocker_for_one_resource", *here, "resource_id")
            return None
        if slot is None or not resources:
            return None
        weight = resources[0].quantity if config.quantity is None else config.quantity
        place = self.lookup.place(resources)
        return Plan(
            here,
            config,
            resources,
            (),
            slot,
            place,
            (),
            kept_weight=weight,
            kept_blocker=slot,
            is_blocker=True,
        )

    def _part(self, config: SubBookingConfig | None, slot: Interval | None, *here: str | int) -> Plan | None:
        if config is None:
            if not self.lookup.is_unread(*here):
                self.lookup.refuse("sub_booking_required", *here)
            return None
        resources = self.lookup.resources(config, *here)
        services = self.lookup.services(config, resources, *here)
        if slot is None or not resources or not services:
            return None
        place = self.lookup.place(resources)
        return Plan(
            here,
            config,
            resources,
            services,
            slot,
            place,
            self._charges(config, services, slot, place, *here),
        )

    def _charges(
        self,
        config: HandPriced,
        services: Sequence[tuple[Service, int]],
        slot: Interval,
        zone: ZoneInfo,
        *here: str | int,
    ) -> tuple[Charge, ...]:
        # A sub-booking is charged for its main booking's slot.
        self.lookup.problems += duration_problems(services, slot, zone, *here[:2], "end_date")
        return by_hand(charges_of(services, slot, zone), self._hand(config, *here))

    def _hand(self, config: HandPriced, *here: str | int) -> HandPrice | None:
        """Returns the price set by hand, or None if there is none."""
        if not config.is_priced_by_hand:
            if config.reason is not None and not (
                self.lookup.is_unread(*here, "discount") or self.lookup.is_unread(*here, "custom_price")
            ):
                self.lookup.refuse("price_by_hand_required", *here, "reason")
            return None
        if config.custom_price is not None and config.reason is None:
            return HandPrice(custom_price=config.custom_price, reason=_SET_BY_HAND)
        if config.reason is None or not config.reason.strip():
            if not self.lookup.is_unread(*here, "reason"):
                self.lookup.refuse("reason_required", *here, "reason")
            return None
        if config.discount is None:
            return HandPrice(custom_price=config.custom_price, reason=config.reason)
        if config.custom_price is not None:
            self.lookup.refuse("price_by_hand_twice", *here, "discount")
        return HandPrice(percent=config.discount.percent, amount=config.discount.amount, reason=config.reason)

    def _check_units(self, config: BookingConfig, *here: str | int) -> None:
        """Checks `add_ons_by_service` and `sub_bookings_by_service`, which contain one list for each unit of a service.

        The booking must have the service, with at least as many units as there are lists.
        """
        counts = config.service_id or {}
        for name in ("add_ons_by_service", "sub_bookings_by_service"):
            for id, units in (getattr(config, name) or {}).items():
                if id not in counts and not self.lookup.is_unread(*here, "service_id"):
                    self.lookup.refuse("service_differs", *here, name, id, id=id)
                elif len(units) > (most := max(counts.get(id, 0), config.quantity or 1)):
                    reason = Phrase("more_than_units", {"most": most})
                    self.lookup.refuse("invalid_value", *here, name, id, reason=reason)

    def _add_ons(self, config: BookingConfig, *here: str | int) -> list[Charge]:
        charges = list[Charge]()
        for place, asked in config.add_ons:
            path: Path = (*here, *place) if asked is None else (*here, *place, "add_on_id")
            if asked is None or asked.add_on_id is None:
                if not self.lookup.is_unread(*path):
                    self.lookup.refuse("add_on_id_required", *path)
                continue
            add_on = self.lookup.known.add_on(asked.add_on_id)
            if add_on is None:
                self.lookup.refuse("add_on_not_found", *path, id=asked.add_on_id)
            else:
                charge = charge_add_on(add_on, 1 if asked.quantity is None else asked.quantity)
                charges += by_hand([charge], self._hand(asked, *here, *place))
        return charges

    def _slot(self, config: BookingConfig, zone: ZoneInfo, *here: str | int) -> Interval | None:
        """Returns the booking's slot without paddings. Adds a problem for each mistake in its times."""
        start = self._instant(config.start_date, zone, *here, "start_date")
        end = self._instant(config.end_date, zone, *here, "end_date")
        if start is None or end is None:
            return None
        if end <= start:
            self.lookup.refuse("end_before_start" if end < start else "no_duration", *here, "end_date")
            return None
        return Interval(start, end)

    def _instant(self, moment: datetime | None, zone: ZoneInfo, *path: str | int) -> int | None:
        if moment is None:
            if not self.lookup.is_unread(*path):
                self.lookup.refuse(_WITHOUT[path[-1]], *path)
            return None
        instant = to_instant(moment, zone)
        if instant is None:
            self.lookup.refuse("nonexistent_time", *path, moment=f"{moment:%Y-%m-%d %H:%M}", zone=zone.key)
        return instant

    def _occurrences(
        self, slot: Interval, rule: Recurrence, zone: ZoneInfo, *here: str | int
    ) -> list[Interval] | None:
        try:
            slots = occurrences(slot, rule, zone, MAX_BOOKINGS)
        except StartNotInSeries:
            days = "by_day" if rule.by_day or not rule.by_month_day else "by_month_day"
            self.lookup.refuse("start_not_in_series", *here, days)
            return None
        except EndsBeforeStart:
            self.lookup.refuse("until_before_start", *here, "until")
            return None
        except TooFar:
            self.lookup.refuse("series_too_long", *here)
            return None
        self._occurrence_count += len(slots)
        if len(slots) > MAX_BOOKINGS:
            self.lookup.refuse(
                "too_many_occurrences", *here, "until" if rule.count is None else "count", most=MAX_BOOKINGS
            )
            return None
        return slots


def slot_of(booking: BookingConfig, zone: ZoneInfo) -> Interval | None:
    """Returns the slot from a booking's start to its end.

    Returns None if a time is missing or invalid, or if the end is not after the start.
    """
    start, end = (
        None if moment is None else to_instant(moment, zone)
        for moment in (booking.start_date, booking.end_date)
    )
    return None if start is None or end is None or end <= start else Interval(start, end)
