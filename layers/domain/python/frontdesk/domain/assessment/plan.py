"""A plan: a requested booking with its resources, services and other items looked up. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.catalog.items import Customer, Resource, Service, TimeslotSeries
from frontdesk.domain.ledger import Claim, LedgerKey
from frontdesk.domain.orders.pricing import Charge, by_hand, charge_service, charged_minutes
from frontdesk.domain.requests.order import BookingConfig, SubBookingConfig
from frontdesk.domain.time.intervals import Interval, by_utc_day, length_in

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Plan:
    """One booking with its items looked up. `occurrence` is its number in its series, counted from 1. `parts` are its sub-bookings."""

    path: Path
    config: BookingConfig | SubBookingConfig
    resources: tuple[Resource, ...]
    services: tuple[tuple[Service, int], ...]
    slot: Interval
    # The resource's zone. Whole days are counted on its wall clock.
    zone: ZoneInfo
    charges: tuple[Charge, ...]
    customer: Customer | None = None
    series: TimeslotSeries | None = None
    entries: Mapping[str, CustomEntry] | None = None
    occurrence: int | None = None
    parts: tuple["Plan", ...] = ()
    is_blocker: bool = False
    # Set for an existing booking: the weight and times it keeps even if the catalog has changed.
    kept_weight: int | None = None
    kept_blocker: Interval | None = None

    @property
    def quantity(self) -> int:
        """The quantity of the booking's service, or 1 if it has several services. For a blocker, its weight."""
        if self.is_blocker:
            return self.weight
        return self.services[0][1] if len(self.services) == 1 else 1

    @cached_property
    def weight(self) -> int:
        """The number of units that the booking occupies on each of its resources."""
        if self.kept_weight is not None:
            return self.kept_weight
        return sum(quantity * service.default_weight for service, quantity in self.services)

    @cached_property
    def paddings(self) -> tuple[int, int]:
        """(before, after): the longest paddings among the booking's services, in seconds."""
        if self.kept_blocker is not None:
            return self.slot.start - self.kept_blocker.start, self.kept_blocker.end - self.slot.end
        before = max(service.padding_before for service, _ in self.services)
        return 60 * before, 60 * max(service.padding_after for service, _ in self.services)

    @cached_property
    def blocker(self) -> Interval:
        """The time that the booking occupies: its slot and paddings."""
        before, after = self.paddings
        return Interval(self.slot.start - before, self.slot.end + after)

    @property
    def charged_duration(self) -> int:
        """The number of minutes charged. If several services differ, the highest number counts."""
        return charged_duration(self.services, self.slot, self.zone)

    def at(self, slot: Interval, occurrence: int) -> "Plan":
        """Returns the plan of one occurrence: the same booking at another slot. `occurrence` is its number in the series.

        If a clock change makes the slot shorter or longer, the actual length is charged.
        """
        charges = self.charges
        if slot.end - slot.start != self.slot.end - self.slot.start:
            hand = next((charge.by_hand for charge in charges if charge.kind != "add_on"), None)
            of_services = by_hand(charges_of(self.services, slot, self.zone), hand)
            charges = (*of_services, *(charge for charge in charges if charge.kind == "add_on"))
        return replace(
            self,
            slot=slot,
            charges=charges,
            occurrence=occurrence,
            parts=tuple(part.at(slot, occurrence) for part in self.parts),
        )

    @cached_property
    def claims(self) -> Sequence[tuple[Resource | TimeslotSeries, LedgerKey, Claim]]:
        """The booking's claims on its resources and timeslot series: (owner, ledger key, claim) for each UTC day.

        Claims on the series do not include paddings.
        """
        owners: list[tuple[Resource | TimeslotSeries, Interval]] = [
            (resource, self.blocker) for resource in self.resources
        ]
        if self.series:
            owners.append((self.series, self.slot))
        return [
            (owner, key, claim)
            for owner, interval in owners
            for key, claim in claims_of(owner.id, owner is self.series, interval, self.weight)
        ]


@lru_cache(4096)
def claims_of(
    owner: str, is_series: bool, interval: Interval, weight: int
) -> tuple[tuple[LedgerKey, Claim], ...]:
    """Returns a resource's or series' claims over an interval: (ledger key, claim) for each UTC day. With weight 0, there are no claims.

    Cached, because one request needs the same claims many times.
    """
    kind: Literal["resource", "timeslot_series"] = "timeslot_series" if is_series else "resource"
    days = by_utc_day(interval) if weight else ()
    return tuple((LedgerKey(owner, day, kind), Claim(start, end, weight)) for day, start, end in days)


def charges_of(services: Iterable[tuple[Service, int]], slot: Interval, zone: ZoneInfo) -> tuple[Charge, ...]:
    """Returns the charges for services that are booked at `slot`. `services` pairs each service with its quantity."""
    return tuple(
        charge
        for service, quantity in services
        for charge in charge_service(service, _charged(service, slot, zone), quantity)
    )


def charged_duration(services: Iterable[tuple[Service, int]], slot: Interval, zone: ZoneInfo) -> int:
    """Returns the number of minutes to charge. If several services differ, the highest number counts. Without services, it is 0."""
    return max(
        (charged_minutes(service, _charged(service, slot, zone)) for service, _ in services), default=0
    )


def _charged(service: Service, slot: Interval, zone: ZoneInfo) -> Interval:
    """Returns the interval to charge for. Usually, it is the slot.

    If the `charge_interval` is a number of whole days, each local day of the slot counts as 24 hours, even if a
    clock change makes the day longer or shorter. The interval then still starts with the slot, but may end
    earlier or later than the slot.
    """
    interval = service.charge_interval
    return slot if interval is None else Interval(slot.start, slot.start + length_in(interval, slot, zone))
