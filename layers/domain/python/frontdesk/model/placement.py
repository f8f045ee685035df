"""The decision on an order: priced and placed, or every reason why not. Pure: all that it knows is in its arguments."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.model.catalog import Customer, Organization, Resource, Service, Voucher, voucher_code_key
from frontdesk.model.config import BookingConfig, OrderConfig, Reading
from frontdesk.model.intervals import Interval, by_utc_day, day_start, iso, to_instant, zone_names
from frontdesk.model.ledger import Claim, Hold, LedgerChange, LedgerKey, change, taken
from frontdesk.model.opening_hours import is_open
from frontdesk.model.order import Amounts, Booking, Line, Notification, Order, TaxTotal, VoucherUse, booking_id
from frontdesk.model.pricing import (
    Charge,
    amounts_of,
    charge_add_on,
    charge_service,
    charged_minutes,
    price,
    taxes_of,
)
from frontdesk.model.problems import FrontdeskError, Problem, pointer
from frontdesk.model.snapshot import Key, Snapshot, ledger_item

# TransactWriteItems takes 100 actions.
MOST_ACTIONS = 100
# Before the catalog is read, paddings are unknown: days within this reach of the booking are read along with it.
_USUAL_PADDING = timedelta(hours=2)
# The farthest that the wall clock of any zone is from UTC.
_ANY_ZONE = timedelta(hours=15)


@dataclass(frozen=True, slots=True)
class Plan:
    """One booking that can be priced: what was asked for, with everything that it names looked up."""

    index: int
    config: BookingConfig
    resources: tuple[Resource, ...]
    services: tuple[tuple[Service, int], ...]
    customer: Customer | None
    slot: Interval
    charges: tuple[Charge, ...]

    @property
    def quantity(self) -> int:
        return self.services[0][1] if len(self.services) == 1 else 1

    @property
    def weight(self) -> int:
        """What the booking occupies of each of its resources."""
        return sum(quantity * service.default_weight for service, quantity in self.services)

    @property
    def blocker(self) -> Interval:
        """The slot with the widest paddings of its services around it."""
        before = max(service.padding_before for service, _ in self.services)
        after = max(service.padding_after for service, _ in self.services)
        return Interval(self.slot.start - 60 * before, self.slot.end + 60 * after)

    @property
    def charged_duration(self) -> int:
        return max(charged_minutes(service, self.slot) for service, _ in self.services)

    def claims(self) -> Iterator[tuple[Resource, LedgerKey, Claim]]:
        for resource in self.resources:
            for day, start, end in by_utc_day(self.blocker):
                yield resource, LedgerKey(resource.id, day), Claim(start, end, self.weight)


@dataclass(frozen=True, slots=True)
class PricedBooking:
    """A plan with its lines, and the reasons why it can not be booked at that time (none: it is available)."""

    plan: Plan
    lines: tuple[Line, ...]
    amounts: Amounts
    conflicts: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said of a request. `problems` are about the request itself, whenever it is asked."""

    organization: Organization
    zone: ZoneInfo
    problems: tuple[Problem, ...]
    bookings: tuple[PricedBooking, ...]
    amounts: Amounts
    taxes: tuple[TaxTotal, ...]
    customer: Customer | None
    voucher: Voucher | None

    @property
    def conflicts(self) -> tuple[Problem, ...]:
        return tuple(problem for booking in self.bookings for problem in booking.conflicts)


@dataclass(frozen=True, slots=True)
class Placement:
    """Everything that one transaction writes to place an order."""

    order: Order
    bookings: tuple[Booking, ...]
    ledgers: tuple[LedgerChange, ...]
    redeemed: Voucher | None

    @property
    def expired_orders(self) -> tuple[tuple[str, str], ...]:
        """(order id, attempt) of each order whose expired hold is taken out of a ledger."""
        evicted = {(hold.order_id, hold.attempt) for ledger in self.ledgers for hold in ledger.evicted.values()}
        return tuple(sorted(evicted))

    def with_fingerprint(self, fingerprint: str) -> "Placement":
        return replace(self, order=self.order.model_copy(update={"fingerprint": fingerprint}))

    @property
    def actions(self) -> int:
        pointers = sum(len(booking.resource_ids) - 1 for booking in self.bookings)
        counted = self.redeemed is not None
        return 1 + len(self.bookings) + pointers + len(self.ledgers) + counted + len(self.expired_orders)


def refuse_too_large(config: OrderConfig, actions: int = 0) -> None:
    """Raises FrontdeskError for an order that needs more than one transaction: by its actions if they are known,
    else by the bookings and days that it names, so that a huge one is refused before anything is read for it."""
    bookings = [booking for booking in config.bookings or () if booking is not None]
    days = sum(len(booking.resource_id or ()) * _days(booking) for booking in bookings)
    ids = sum(len(ids or ()) for b in bookings for ids in (b.resource_id, b.service_id, b.booking_add_ons))
    # Days that bookings share are counted once only after they are read; up to here a generous bound will do.
    if actions > MOST_ACTIONS or len(bookings) >= MOST_ACTIONS or max(days, ids) > 10 * MOST_ACTIONS:
        size = f"{actions} writes" if actions else f"{len(bookings)} bookings, {days} days of resources and {ids} ids"
        detail = f"This order needs {size}; at most {MOST_ACTIONS} writes go into one order. Split it."
        raise FrontdeskError(Problem("order_too_large", "order too large", detail, pointer="/bookings"))


def keys_named(config: OrderConfig, organization_id: str, known: Snapshot) -> set[Key]:
    """The keys of everything that a request names. What is `known` already makes the days exact; else they are a guess."""
    keys = {Key("organization", organization_id)}
    if config.order_customer_id:
        keys.add(Key("customer", config.order_customer_id))
    if config.voucher_code:
        keys.add(Key("voucher", voucher_code_key(config.voucher_code)))
    for booking in filter(None, config.bookings or ()):
        if booking.customer_id:
            keys.add(Key("customer", booking.customer_id))
        keys.update(Key("resource", id) for id in booking.resource_id or () if id)
        keys.update(Key("service", id) for id in booking.service_id or ())
        keys.update(Key("add_on", a.add_on_id) for a in booking.booking_add_ons or () if a and a.add_on_id)
    if known.missing(keys):
        return keys | _guessed_ledgers(config)
    judged = _Judge(Reading(config=config), known, now=0)
    return keys | {ledger_item(key) for plan in judged.plans for _, key, _ in plan.claims()}


def judge(reading: Reading, known: Snapshot, now: int) -> Judgement:
    """Prices a request and finds everything that is wrong with it."""
    return _Judge(reading, known, now).judgement()


def place(judgement: Judgement, config: OrderConfig, known: Snapshot, *, order_id: str, attempt: str, now: int) -> Placement:
    """The writes for a request that was judged free of problems, as DESIGN "The slot ledger" has them."""
    draft, override = not config.completes, not config.checks_availability
    expires_at = now + 60 * judgement.organization.draft_minutes if draft else None
    bookings = tuple(
        _booking(priced, booking_id(order_id, number), judgement, draft, override, now)
        for number, priced in enumerate(judgement.bookings, start=1)
    )
    notified = config.notifies and not draft and judgement.customer is not None and judgement.customer.email
    order = Order(
        id=order_id,
        organization_id=judgement.organization.id,
        status="draft" if draft else "completed",
        attempt=attempt,
        customer_id=judgement.customer.id if judgement.customer else None,
        booking_count=len(bookings),
        active_bookings=len(bookings),
        currency=judgement.organization.currency,
        timezone=judgement.zone.key,
        amounts=judgement.amounts,
        taxes=judgement.taxes,
        voucher=VoucherUse(id=judgement.voucher.id, code=judgement.voucher.code) if judgement.voucher else None,
        start=min(booking.start for booking in bookings),
        end=max(booking.end for booking in bookings),
        created_at=now,
        updated_at=now,
        expires_at=expires_at,
        notification=Notification(state="requested") if notified else None,
    )
    claimed: defaultdict[LedgerKey, list[Claim]] = defaultdict(list)
    capacities: dict[LedgerKey, int] = {}
    for priced in judgement.bookings:
        for resource, key, claim in priced.plan.claims():
            claimed[key].append(claim)
            capacities[key] = resource.quantity
    changes = []
    for key, claims in sorted(claimed.items()):
        holds = {
            f"{order_id}:{attempt}:{number}": Hold(order_id, attempt, claim, override, expires_at)
            for number, claim in enumerate(claims)
            if expires_at is not None
        }
        changes.append(
            change(
                known.ledger(key),
                () if draft else claims,
                holds,
                capacity=None if override else capacities[key],
                now=now,
            )
        )
    limited = judgement.voucher is not None and judgement.voucher.max_redemptions is not None
    return Placement(order, bookings, tuple(changes), judgement.voucher if limited and not draft else None)


def _booking(priced: PricedBooking, id: str, judgement: Judgement, draft: bool, override: bool, now: int) -> Booking:
    plan = priced.plan
    customer = plan.customer or judgement.customer
    return Booking(
        id=id,
        status="reserved" if draft else "accepted",
        resource_ids=tuple(resource.id for resource in plan.resources),
        services={service.id: quantity for service, quantity in plan.services},
        customer_id=customer.id if customer else None,
        start=plan.slot.start,
        end=plan.slot.end,
        blocker_start=plan.blocker.start,
        blocker_end=plan.blocker.end,
        charged_duration=plan.charged_duration,
        quantity=plan.quantity,
        weight=plan.weight,
        override=override,
        description=plan.config.description,
        note=plan.config.note,
        customer_note=plan.config.customer_note,
        lines=priced.lines,
        amounts=priced.amounts,
        currency=judgement.organization.currency,
        created_at=now,
        updated_at=now,
    )


def _days(booking: BookingConfig) -> int:
    """About how many days a booking spans."""
    if booking.start_date is None or booking.end_date is None:
        return 0
    start, end = (moment.replace(tzinfo=None) for moment in (booking.start_date, booking.end_date))
    return max(0, (end - start).days) + 1


def _guessed_ledgers(config: OrderConfig) -> set[Key]:
    keys: set[Key] = set()
    for booking in filter(None, config.bookings or ()):
        if booking.start_date is None or booking.end_date is None:
            continue
        start, end = (
            moment if moment.tzinfo else moment.replace(tzinfo=_zone(config.timezone) or ZoneInfo("UTC"))
            for moment in (booking.start_date, booking.end_date)
        )
        zone_known = _zone(config.timezone) or (booking.start_date.tzinfo and booking.end_date.tzinfo)
        reach = _USUAL_PADDING if zone_known else _ANY_ZONE
        around = Interval(int((start - reach).timestamp()), int((end + reach).timestamp()))
        days = [day for day, _, _ in by_utc_day(around)]
        keys.update(Key("ledger", id, day) for id in booking.resource_id or () if id for day in days)
    return keys


def _zone(name: str | None) -> ZoneInfo | None:
    return ZoneInfo(name) if name in zone_names() else None


class _Judge:
    """One pass over a request that collects problems instead of stopping at the first."""

    def __init__(self, reading: Reading, known: Snapshot, now: int) -> None:
        organization = known.organization()
        if organization is None:
            raise LookupError("the organization of a valid token is missing")
        self.organization = organization
        self.reading = reading
        self.config = reading.config
        self.known = known
        self.now = now
        self.problems = list(reading.problems)
        self.zone = _zone(self.config.timezone) or organization.zone
        if self.config.timezone is not None and _zone(self.config.timezone) is None:
            self._refuse("invalid_timezone", "invalid timezone", "Not the name of an IANA time zone.", "timezone")
        self.customer = self._customer(self.config.order_customer_id, "order_customer_id")
        self.voucher = self._voucher()
        if not self.config.bookings and not reading.is_unread("bookings"):
            self._refuse("bookings_required", "bookings required", "An order has at least one booking.", "bookings")
        plans = (self._plan(i, booking) for i, booking in enumerate(self.config.bookings or ()))
        self.plans = [plan for plan in plans if plan is not None]
        if self.customer is None and not self.config.order_customer_id:
            self.customer = next((plan.customer for plan in self.plans if plan.customer), None)

    def judgement(self) -> Judgement:
        lines = price([plan.charges for plan in self.plans], self.voucher)
        claimed: defaultdict[LedgerKey, list[Claim]] = defaultdict(list)
        bookings = []
        for plan, of_plan in zip(self.plans, lines, strict=True):
            conflicts = (*self._untimely(plan), *self._taken(plan, claimed))
            bookings.append(PricedBooking(plan, of_plan, amounts_of(of_plan), conflicts))
        every_line = [line for of_plan in lines for line in of_plan]
        return Judgement(
            organization=self.organization,
            zone=self.zone,
            problems=tuple(self.problems),
            bookings=tuple(bookings),
            amounts=amounts_of(every_line),
            taxes=taxes_of(every_line),
            customer=self.customer,
            voucher=self.voucher,
        )

    def _refuse(self, code: str, title: str, detail: str, *path: str | int, **meta: Any) -> None:
        self.problems.append(Problem(code, title, detail, pointer=pointer(*path), meta=meta))

    def _not_found(self, what: str, id: str, *path: str | int) -> None:
        code = what.replace(" ", "_").replace("-", "_") + "_not_found"
        self._refuse(code, f"{what} not found", f"There is no {what} {id!r} in this organization.", *path)

    def _customer(self, id: str | None, *path: str | int) -> Customer | None:
        if id is None:
            return None
        customer = self.known.customer(id)
        if customer is None:
            self._not_found("customer", id, *path)
        return customer

    def _voucher(self) -> Voucher | None:
        code = self.config.voucher_code
        if not code:
            return None
        voucher = self.known.voucher(voucher_code_key(code))
        if voucher is None:
            self._not_found("voucher", code, "voucher_code")
        elif voucher.max_redemptions is not None and voucher.redemptions >= voucher.max_redemptions:
            detail = f"The voucher {code!r} has been used as often as it may be ({voucher.max_redemptions})."
            self._refuse("voucher_exhausted", "voucher exhausted", detail, "voucher_code")
            return None
        return voucher

    def _plan(self, index: int, config: BookingConfig | None) -> Plan | None:
        here = ("bookings", index)
        if config is None:
            if not self.reading.is_unread(*here):
                self._refuse("booking_required", "booking required", "A booking is an object, not null.", *here)
            return None
        resources = self._resources(config, *here)
        services = self._services(config, resources, *here)
        customer = self._customer(config.customer_id, *here, "customer_id")
        add_ons = self._add_ons(config, *here)
        slot = self._slot(config, *here)
        if slot is None or not resources or not services:
            return None
        self._check_durations(services, slot, *here)
        charges = [charge for service, quantity in services for charge in charge_service(service, slot, quantity)]
        return Plan(index, config, resources, services, customer, slot, (*charges, *add_ons))

    def _resources(self, config: BookingConfig, *here: str | int) -> tuple[Resource, ...]:
        path = (*here, "resource_id")
        if not config.resource_id:
            if not self.reading.is_unread(*path):
                self._refuse("resource_id_required", "resource_id required", "Say which resource is booked.", *path)
            return ()
        found = {}
        for i, id in enumerate(config.resource_id):
            # A single id may be written without an array, and then is where its field is.
            at = path if len(config.resource_id) == 1 else (*path, i)
            if id is None:
                if not self.reading.is_unread(*at):
                    self._refuse("resource_id_required", "resource_id required", "Say which resource is booked.", *at)
                continue
            resource = self.known.resource(id)
            if resource is None:
                self._not_found("resource", id, *at)
            elif id in found:
                self._refuse("resource_repeated", "resource repeated", f"{id!r} is named before.", *at)
            else:
                found[id] = resource
        return tuple(found.values())

    def _services(self, config: BookingConfig, resources: Sequence[Resource], *here: str | int) -> tuple[tuple[Service, int], ...]:
        path = (*here, "service_id")
        if not config.service_id:
            if not self.reading.is_unread(*path):
                detail = 'Say which services are booked, as {"service id": quantity}.'
                self._refuse("service_id_required", "service_id required", detail, *path)
            return ()
        found = []
        for id, quantity in config.service_id.items():
            service = self.known.service(id)
            if service is None:
                self._not_found("service", id, *path, id)
                continue
            elsewhere = [resource.name for resource in resources if resource.id not in service.resource_ids]
            if elsewhere:
                detail = f"{service.name} is not offered on {', '.join(elsewhere)}."
                self._refuse("service_not_offered", "service not offered", detail, *path, id)
            found.append((service, quantity))
        return tuple(self._with_quantity(config, found, *here))

    def _with_quantity(self, config: BookingConfig, services: list[tuple[Service, int]], *here: str | int) -> list[tuple[Service, int]]:
        """`quantity: n` beside `{S: 1}` or `{S: n}` means n of S; anything else is a contradiction."""
        if config.quantity is None or (config.quantity == 1 and len(config.service_id or ()) > 1):
            return services
        if len(config.service_id or ()) == 1 and services and services[0][1] in (1, config.quantity):
            return [(services[0][0], config.quantity)]
        if services:
            detail = "Contradicts the quantities in service_id; leave one of them out."
            self._refuse("quantity_mismatch", "quantity mismatch", detail, *here, "quantity")
        return services

    def _add_ons(self, config: BookingConfig, *here: str | int) -> list[Charge]:
        charges = []
        for i, asked in enumerate(config.booking_add_ons or ()):
            path = (*here, "booking_add_ons", i, "add_on_id")
            if asked is None or asked.add_on_id is None:
                if not self.reading.is_unread(*path):
                    self._refuse("add_on_id_required", "add_on_id required", "Say which add-on is booked.", *path)
                continue
            add_on = self.known.add_on(asked.add_on_id)
            if add_on is None:
                self._not_found("add-on", asked.add_on_id, *path)
            else:
                charges.append(charge_add_on(add_on, 1 if asked.quantity is None else asked.quantity))
        return charges

    def _slot(self, config: BookingConfig, *here: str | int) -> Interval | None:
        start = self._instant(config.start_date, *here, "start_date")
        end = self._instant(config.end_date, *here, "end_date")
        if start is None or end is None:
            return None
        if end <= start:
            detail = "The end must come after the start."
            self._refuse("end_before_start", "end_date before start_date", detail, *here, "end_date")
            return None
        return Interval(start, end)

    def _instant(self, moment: datetime | None, *path: str | int) -> int | None:
        if moment is None:
            if not self.reading.is_unread(*path):
                field = str(path[-1])
                self._refuse(f"{field}_required", f"{field} required", "Say when, in Atom format.", *path)
            return None
        instant = to_instant(moment, self.zone)
        if instant is None:
            detail = f"{moment:%Y-%m-%d %H:%M} is skipped by the clock change in {self.zone.key}."
            self._refuse("nonexistent_time", "nonexistent time", detail, *path)
        return instant

    def _check_durations(self, services: Sequence[tuple[Service, int]], slot: Interval, *here: str | int) -> None:
        minutes = (slot.end - slot.start) / 60
        for service, _ in services:
            least, most = service.min_duration, service.max_duration
            if least is not None and minutes < least:
                detail = f"{service.name} takes at least {least} minutes."
                self._refuse("under_min_duration", "under minimum duration", detail, *here, "end_date")
            if most is not None and minutes > most:
                detail = f"{service.name} takes at most {most} minutes."
                self._refuse("over_max_duration", "over maximum duration", detail, *here, "end_date")

    def _untimely(self, plan: Plan) -> Iterator[Problem]:
        """What is wrong with the time of a booking even where nothing else is booked."""
        at = pointer("bookings", plan.index, "start_date")
        lead = max(service.lead_time for service, _ in plan.services)
        if plan.slot.start < self.now:
            yield Problem("in_the_past", "slot in the past", "The booking would begin in the past.", pointer=at)
        elif plan.slot.start < self.now + 60 * lead:
            detail = f"Bookings are taken up to {lead} minutes ahead."
            yield Problem("before_lead_time", "before lead time", detail, pointer=at)
        for resource in plan.resources:
            zone = ZoneInfo(resource.timezone) if resource.timezone else self.organization.zone
            if not is_open(resource.opening_hours, resource.closed_dates, zone, plan.slot):
                detail = f"{resource.name} is closed during at least a part of the booking."
                meta = {"resource_id": resource.id}
                yield Problem("outside_opening_hours", "outside opening hours", detail, pointer=at, meta=meta)

    def _taken(self, plan: Plan, claimed: defaultdict[LedgerKey, list[Claim]]) -> list[Problem]:
        """The resources that have too little room left, beside what this very order claims of them already."""
        problems = []
        for resource in plan.resources:
            intervals: list[dict[str, Any]] = []
            most_in_use = 0
            for of, key, claim in plan.claims():
                if of.id != resource.id:
                    continue
                ledger, midnight = self.known.ledger(key), day_start(key.day)
                for start, end, in_use in taken(ledger, claimed[key], claim, resource.quantity, self.now):
                    most_in_use = max(most_in_use, in_use)
                    left = max(0, resource.quantity - in_use)
                    interval = {"start_date": iso(midnight + start), "end_date": iso(midnight + end)}
                    intervals.append({**interval, "in_use": in_use, "available": left})
                claimed[key].append(claim)
            if intervals:
                left = max(0, resource.quantity - most_in_use)
                detail = (
                    f"{resource.name} has {left} of {resource.quantity} left"
                    f" from {intervals[0]['start_date']} to {intervals[-1]['end_date']}; the booking takes {plan.weight}."
                )
                meta = {"resource_id": resource.id, "capacity": resource.quantity, "available": left, "taken": intervals}
                at = pointer("bookings", plan.index)
                problems.append(Problem("slot_unavailable", "slot unavailable", detail, pointer=at, meta=meta))
        return problems
