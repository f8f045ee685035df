"""What is to be said of a request: its bookings with their prices, and everything that is wrong with it. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.booking.time_rules import (
    PENDING,
    Path,
    Plan,
    Times,
    charges_of,
    duration_problems,
    needed_orders,
    zone_of,
)
from frontdesk.domain.booking.writes import MAX_ACTIONS
from frontdesk.domain.catalog.custom_fields import CustomEntry, answered, entry
from frontdesk.domain.catalog.items import (
    MAX_NUMBER,
    Customer,
    Organization,
    Resource,
    Service,
    TimeslotSeries,
    Voucher,
    voucher_code_key,
    voucher_code_keys,
)
from frontdesk.domain.ledger import MANY_SEGMENTS, Ledger, LedgerKey, tidied
from frontdesk.domain.orders.order import Amounts, HandPrice, Line, TaxTotal
from frontdesk.domain.orders.pricing import (
    Charge,
    amounts_of,
    applies,
    by_hand,
    charge_add_on,
    price,
    taxes_of,
)
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.problems import FrontdeskError, Problem, pointer
from frontdesk.domain.requests.order import (
    MAX_BOOKINGS,
    BlockerConfig,
    BookingConfig,
    HandPriced,
    OrderConfig,
    Reading,
    RecurringConfig,
    SubBookingConfig,
)
from frontdesk.domain.sizes import MAX_DAY, MAX_HEAD, MAX_HELD_DAY, MAX_SEGMENTS, day_bytes
from frontdesk.domain.time.intervals import Interval, by_utc_day, merged, to_instant, zone_of_name
from frontdesk.domain.time.recurrence import (
    EndsBeforeStart,
    Frequency,
    Recurrence,
    StartNotInSeries,
    TooFar,
    occurrences,
)
from frontdesk.errors import Instant, Invalid, Money, Phrase, Value

# Of a request: what its answer, a booking's item and the time of one function have room for.
MAX_LINES = 10_000
MAX_IDS = 5_000
MAX_LEDGERS = 2_500
MAX_LINES_OF_BOOKING = 200
MAX_ENTRY_BYTES = 20_000
# Of a booking, which is written whole in one transaction: with its entries beside its order, and one of its own customer.
MAX_RESOURCES = MAX_ACTIONS - 2
# Another time is offered for the first few of many conflicts.
MAX_OFFERED = 10
# Before the catalog is read, paddings are unknown: days within this reach of the booking are read along with it.
_USUAL_PADDING = timedelta(hours=2)
_WITHOUT: Mapping[str | int, str] = {
    "start_date": "start_date_required",
    "end_date": "end_date_required",
}
# It takes time to tell the days of a series; those of more are read once the catalog is known.
_MAX_SERIES_AHEAD = 20
# The farthest that the wall clock of any zone is from UTC.
_ANY_ZONE = timedelta(hours=15)


class PricedBooking(NamedTuple):
    """A plan with its lines, and the reasons why it can not be booked at that time (none: it is available).

    `parent` is the position of the booking that it is a part of.
    """

    plan: Plan
    lines: tuple[Line, ...]
    amounts: Amounts
    conflicts: tuple[Problem, ...]
    parent: int | None = None


class SkippedOccurrence(NamedTuple):
    """An occurrence that is left out, and why."""

    plan: Plan
    conflicts: tuple[Problem, ...]


class Judgement(NamedTuple):
    """What is to be said of a request. `problems` are about the request itself, whenever it is asked.

    `days` are the ledgers as they are with the bookings in them. `field_problems` keep an order from being completed:
    required custom fields that are `unanswered`, as (path, field id).
    """

    organization: Organization
    zone: ZoneInfo
    problems: tuple[Problem, ...]
    field_problems: tuple[Problem, ...]
    unanswered: tuple[tuple[Path, str], ...]
    bookings: tuple[PricedBooking, ...]
    skipped: tuple[SkippedOccurrence, ...]
    amounts: Amounts
    taxes: tuple[TaxTotal, ...]
    customer: Customer | None
    voucher: Voucher | None
    entries: Mapping[str, CustomEntry]
    days: Mapping[LedgerKey, Ledger]

    @property
    def conflicts(self) -> tuple[Problem, ...]:
        return tuple(problem for booking in self.bookings for problem in booking.conflicts)


def named_keys(config: OrderConfig, organization_id: str, likely: ZoneInfo | None = None) -> set[Key]:
    """The keys of everything that a request names, and of the days that it probably needs: in the `likely` zone, if it says none."""
    keys = {Key("organization", organization_id)}
    if config.order_customer_id:
        keys.add(Key("customer", config.order_customer_id))
    if config.voucher_code:
        code_keys = voucher_code_keys(config.voucher_code)
        keys.update(Key("voucher", code_key) for code_key in code_keys)
        paying = config.order_customer_id or next(
            (b.customer_id for b in config.bookings or () if b and b.customer_id), None
        )
        if paying:
            keys.update(Key("voucher_use", code_key, paying) for code_key in code_keys)
    series = 0
    ahead: set[Key] = set()
    for booking in filter(None, config.bookings or ()):
        if booking.customer_id:
            keys.add(Key("customer", booking.customer_id))
        if booking.timeslot_series_id:
            keys.add(Key("timeslot_series", booking.timeslot_series_id))
        for answers in (booking.service_custom_fields, booking.order_custom_fields):
            keys.update(Key("custom_field", id) for id in answers or ())
        for part in _parts(booking):
            keys.update(Key("resource", id) for id in part.resource_id or () if id)
            keys.update(Key("service", id) for id in part.service_id or ())
        keys.update(Key("add_on", a.add_on_id) for a in booking.booking_add_ons or () if a and a.add_on_id)
        series += booking.recurring is not None
        if booking.recurring is None or series <= _MAX_SERIES_AHEAD:
            days = _probable_days(booking, zone_of_name(config.timezone) or likely)
            # Series that come to far too much together are refused once they are known: nothing is read for them.
            if len(ahead) + len(days) <= 2 * MAX_LEDGERS:
                ahead |= days
    return keys | ahead


def is_full(day: Ledger, holds: int) -> bool:
    """Whether a day, as it would be, has more different times than it has room for; with so many more holds on it."""
    cuts = len(day.segments) if len(day.segments) <= MANY_SEGMENTS else len(tidied(day.segments))
    most = MAX_HELD_DAY if holds else MAX_DAY
    return cuts > MAX_SEGMENTS or day_bytes(cuts, len(day.holds) + holds) > most


def day_full(owner: Resource | TimeslotSeries, key: LedgerKey, *path: str | int) -> Problem:
    values = {"owner": owner.name, "day": key.day}
    return Problem("day_full", values, pointer=pointer(*path), meta={"day": key.day})


def unanswered_together(unanswered: Iterable[tuple[Path, str]]) -> dict[frozenset[Path], list[str]]:
    """The required fields without an answer that the same bookings lack, by the paths of those; none: the order lacks them."""
    paths: dict[str, set[Path]] = {}
    for (*booking, kind, _), id in unanswered:
        of = paths.setdefault(id, set())
        if kind == "service_custom_fields":
            of.add(tuple(booking))
    together: dict[frozenset[Path], list[str]] = {}
    for id, of in paths.items():
        together.setdefault(frozenset(of), []).append(id)
    return together


def refuse_too_large(config: OrderConfig) -> None:
    """Raises FrontdeskError for a request of which it is plain that nothing should even be read for it."""
    bookings = [booking for booking in config.bookings or () if booking is not None]
    # A booking without resources, which is wrong, has days to count all the same.
    days = sum(max(1, len(booking.resource_id or ())) * _days(booking) for booking in bookings)
    ids = sum(
        len(ids or ())
        for b in bookings
        for ids in (
            *(named for part in _parts(b) for named in (part.resource_id, part.service_id)),
            b.booking_add_ons,
            b.sub_bookings,
            b.service_custom_fields,
            b.order_custom_fields,
        )
    )
    if days > MAX_LEDGERS or ids > MAX_IDS:
        values = {"days": days, "ids": ids, "most": MAX_LEDGERS, "most_ids": MAX_IDS}
        raise FrontdeskError(_too_large(Phrase("too_much_named", values)))


class Judge:
    """One pass over a request that collects problems instead of stopping at the first: first the request, then its times."""

    def __init__(self, reading: Reading[OrderConfig], known: Snapshot, now: int) -> None:
        organization = known.organization()
        if organization is None:
            raise LookupError("the organization of a valid token is missing")
        self.organization = organization
        self.reading = reading
        self.config = reading.config
        self.known = known
        self.now = now
        self.problems = list(reading.problems)
        self.zone = zone_of_name(self.config.timezone) or organization.zone
        if self.config.timezone is not None and zone_of_name(self.config.timezone) is None:
            self._refuse("invalid_timezone", "timezone")
        self.customer = self._customer(self.config.order_customer_id, "order_customer_id")
        if not self.config.bookings and not reading.is_unread("bookings"):
            self._refuse("bookings_required", "bookings")
        self.entries = self._order_entries()
        self.plans: list[Plan] = []
        self._occurrence_count = 0
        for i, booking in enumerate(self.config.bookings or ()):
            self.plans += self._plans(booking, "bookings", i)
            if self._occurrence_count > 5 * MAX_BOOKINGS:
                break  # A thousand series of a thousand each would take minutes; this is too large already.
        if self.customer is None and not self.config.order_customer_id:
            self.customer = next((plan.customer for plan in self.plans if plan.customer), None)
        self.voucher = self._voucher()
        self._refuse_too_many()

    def missing(self, known: Snapshot) -> set[Key]:
        """What is still to be read before the judgement: days that were not foreseen, the orders of holds, names of fields."""
        keys = {Key("custom_field", id) for _, id in self._unanswered()}
        for key in {key for plan in self._all_plans() for _, key, _ in plan.claims}:
            if known.has(ledger_item(key)):
                keys |= needed_orders(known.ledger(key), self.now)
            else:
                keys.add(ledger_item(key))
        return known.missing(keys)

    def judgement(self, known: Snapshot) -> Judgement:
        """Prices what can be booked, finds what can not, and leaves out the occurrences that may be left out."""
        times = Times(self.organization, known, self.now)
        days: dict[LedgerKey, Ledger] = {}
        kept: list[tuple[Plan, tuple[Problem, ...], int | None]] = []
        left: list[tuple[Plan, list[tuple[Problem, ...]]]] = []
        refused = 0
        for plan in self.plans:
            after = dict(days)
            offers = refused < MAX_OFFERED
            conflicts = [
                (*times.untimely(each, offers=offers), *times.taken(each, after))
                for each in (plan, *plan.parts)
            ]
            refused += any(conflicts)
            found = [problem for each in conflicts for problem in each]
            if self._may_skip(plan) and any(problem.code != PENDING for problem in found):
                left.append((plan, conflicts))
                continue
            days = after
            kept += _with_parts(plan, conflicts, len(kept))
        if not kept:
            # With nothing left to book, the order is refused for all of it.
            for plan, conflicts in left:
                kept += _with_parts(plan, conflicts, len(kept))
            left = []
        lines = price([plan.charges for plan, _, _ in kept], self.voucher)
        every_line = [line for of_plan in lines for line in of_plan]
        problems = [*self.problems, *self._voucher_problems(every_line)]
        problems += self._full_days(kept, days)
        amounts = amounts_of(every_line)
        if amounts.total + amounts.discount_amount > MAX_NUMBER:
            problems.append(
                Problem(
                    "total_too_large",
                    {"most": Money(MAX_NUMBER, self.organization.currency)},
                    pointer=pointer("bookings"),
                )
            )
        unanswered = tuple(self._unanswered())
        taxes = taxes_of(every_line)
        bookings_at = Counter(plan.path for plan, _, parent in kept if parent is None)
        head = MAX_ENTRY_BYTES + 100 * len(taxes)
        head += sum(100 + 30 * len({p.code for each in found for p in each}) for _, found in left)
        for paths, ids in unanswered_together(unanswered).items():
            head += 50 + sum(len(id) + 3 for id in ids) + 5 * sum(bookings_at[path] for path in paths)
        if self.voucher:
            # Its terms are kept with the order.
            head += sum(len(id) + 3 for id in self.voucher.service_ids)
        if head > MAX_HEAD:
            problems.append(_too_large(Phrase("too_much_kept", {"size": head, "most": MAX_HEAD})))
        return Judgement(
            organization=self.organization,
            zone=self.zone,
            problems=tuple(problems),
            field_problems=tuple(self._required(path, id, known) for path, id in unanswered),
            unanswered=unanswered,
            bookings=tuple(
                PricedBooking(plan, of_plan, amounts_of(of_plan), found, parent)
                for (plan, found, parent), of_plan in zip(kept, lines, strict=True)
            ),
            skipped=tuple(
                SkippedOccurrence(plan, tuple(problem for each in found for problem in each))
                for plan, found in left
            ),
            amounts=amounts,
            taxes=taxes,
            customer=self.customer,
            voucher=self.voucher,
            entries=self.entries,
            days=days,
        )

    def _full_days(
        self,
        kept: Sequence[tuple[Plan, tuple[Problem, ...], int | None]],
        days: Mapping[LedgerKey, Ledger],
    ) -> Iterator[Problem]:
        """The days that have no room left for more different times, whatever is free then."""
        claims = [(plan, owner, key) for plan, _, _ in kept for owner, key, _ in plan.claims]
        wanted = Counter(key for _, _, key in claims)
        # What is placed in steps is held as a draft is.
        holds = not self.config.completes or len(kept) + len(wanted) >= MAX_ACTIONS
        full = {key for key, ledger in days.items() if is_full(ledger, wanted[key] if holds else 0)}
        for plan, owner, key in claims:
            if key in full:
                full.remove(key)
                yield day_full(owner, key, *plan.path)

    def _may_skip(self, plan: Plan) -> bool:
        config = plan.config
        if (
            not isinstance(config, BookingConfig)
            or config.recurring is None
            or not self.config.checks_availability
        ):
            return False
        return (config.recurring.on_conflict or self.config.on_conflict) == "skip"

    def _all_plans(self) -> Iterator[Plan]:
        for plan in self.plans:
            yield plan
            yield from plan.parts

    def _refuse(self, code: str, *path: str | int, **values: Value) -> None:
        self.problems.append(Problem(code, values, pointer=pointer(*path)))

    def _refuse_too_many(self) -> None:
        bookings, lines, ledgers = 0, 0, 0
        for plan in self._all_plans():
            bookings, lines = bookings + 1, lines + len(plan.charges)
            days = (plan.blocker.end - plan.blocker.start) // 86_400 + 2
            ledgers += len(plan.resources) * days
            if len(plan.charges) > MAX_LINES_OF_BOOKING:
                reason = Phrase("too_many_lines_of_booking", {"most": MAX_LINES_OF_BOOKING})
                self.problems.append(_too_large(reason, *plan.path))
                break
        if bookings > MAX_BOOKINGS or lines > MAX_LINES or ledgers > 2 * MAX_LEDGERS:
            values = {
                "bookings": bookings,
                "lines": lines,
                "days": ledgers,
                "most_bookings": MAX_BOOKINGS,
                "most_lines": MAX_LINES,
                "most_days": 2 * MAX_LEDGERS,
            }
            self.problems.append(_too_large(Phrase("too_much_booked", values)))
            self.plans = []

    def _customer(self, id: str | None, *path: str | int) -> Customer | None:
        if id is None:
            return None
        customer = self.known.customer(id)
        if customer is None:
            self._refuse("customer_not_found", *path, reason=Phrase("no_customer", {"id": id}))
        return customer

    # Vouchers

    def _voucher(self) -> Voucher | None:
        code = self.config.voucher_code
        if not code or not (code_keys := voucher_code_keys(code)):
            return None
        voucher = next(filter(None, map(self.known.voucher, code_keys)), None)
        if voucher is None:
            self._refuse("voucher_not_found", "voucher_code", id=code)
            return None
        refusal = self._voucher_refusal(voucher, voucher_code_key(voucher.code))
        if refusal is None:
            return voucher
        self.problems.append(refusal)
        return None

    def _voucher_refusal(self, voucher: Voucher, code_key: str) -> Problem | None:
        """Why the voucher can not be used now, whatever is ordered."""
        at = pointer("voucher_code")
        if voucher.valid_from is not None and self.now < voucher.valid_from:
            return Problem("voucher_not_yet_valid", {"moment": self._here(voucher.valid_from)}, pointer=at)
        if voucher.valid_until is not None and self.now >= voucher.valid_until:
            return Problem("voucher_expired", {"moment": self._here(voucher.valid_until)}, pointer=at)
        if voucher.max_redemptions is not None and voucher.redemptions >= voucher.max_redemptions:
            reason = Phrase("voucher_used_up", {"most": voucher.max_redemptions})
            return Problem("voucher_exhausted", {"reason": reason}, pointer=at)
        most = voucher.max_redemptions_per_customer
        if most is None:
            return None
        if self.customer is None:
            if self.config.order_customer_id:
                return None  # That customer was not found, which is said already.
            return Problem("voucher_needs_customer", pointer=at)
        if not self.known.has(Key("voucher_use", code_key, self.customer.id)):
            return None  # The customer who was named first was not found, which is said already.
        if self.known.voucher_uses(code_key, self.customer.id) >= most:
            return Problem("voucher_used_by_customer", {"most": most}, pointer=at)
        return None

    def _here(self, instant: int) -> Instant:
        return Instant(instant, self.organization.timezone)

    def _voucher_problems(self, lines: Sequence[Line]) -> Iterator[Problem]:
        """Why the voucher does not apply to what is ordered."""
        voucher, at = self.voucher, pointer("voucher_code")
        if voucher is None or not lines:
            return
        total = sum(line.total + line.discount_amount for line in lines)
        if voucher.min_total is not None and total < voucher.min_total:
            currency = self.organization.currency
            values = {"least": Money(voucher.min_total, currency), "total": Money(total, currency)}
            meta = {"min_total": voucher.min_total, "total": total}
            yield Problem("voucher_minimum_not_reached", values, pointer=at, meta=meta)
        if not any(applies(voucher, line) for line in lines):
            yield Problem("voucher_not_applicable", pointer=at)

    # Custom fields

    def _order_entries(self) -> dict[str, CustomEntry]:
        """The answers to the order's own fields, which stand in any of its bookings and must be the same in all."""
        found: dict[str, tuple[Any, CustomEntry]] = {}
        for i, booking in enumerate(self.config.bookings or ()):
            for id, value in (booking.order_custom_fields or {} if booking else {}).items():
                path = ("bookings", i, "order_custom_fields", id)
                if id in found:
                    if found[id][0] != value or type(found[id][0]) is not type(value):
                        self._refuse("custom_field_differs", *path)
                    continue
                made = self._entry(id, value, self.organization.order_custom_fields, *path)
                if made:
                    found[id] = (value, made)
        self._check_size([made for _, made in found.values()], "bookings")
        return {id: made for id, (_, made) in found.items()}

    def _service_entries(
        self, config: BookingConfig, services: Iterable[tuple[Service, int]], *here: str | int
    ) -> dict[str, CustomEntry]:
        asked = {id for service, _ in services for id in service.custom_fields}
        path = (*here, "service_custom_fields")
        made = {
            id: self._entry(id, value, asked, *path, id)
            for id, value in (config.service_custom_fields or {}).items()
        }
        entries = {id: each for id, each in made.items() if each}
        self._check_size(entries.values(), *path)
        return entries

    def _entry(self, id: str, value: Any, asked: Iterable[str], *path: str | int) -> CustomEntry | None:
        field = self.known.custom_field(id)
        if field is None or id not in asked:
            self._refuse("custom_field_not_found", *path, reason=Phrase("no_custom_field", {"id": id}))
            return None
        if not answered(value):
            return None
        try:
            return entry(field, value, self.organization.locale)
        except Invalid as error:
            self._refuse("invalid_custom_field", *path, label=field.label, reason=error.reason)
            return None

    def _check_size(self, entries: Iterable[CustomEntry], *path: str | int) -> None:
        size = sum(len(each.model_dump_json()) for each in entries)
        if size > MAX_ENTRY_BYTES:
            self._refuse("custom_fields_too_large", *path, size=size, most=MAX_ENTRY_BYTES)

    def _unanswered(self) -> Iterator[tuple[Path, str]]:
        """(path, field id) of each required field that has no answer."""
        for id, required in self.organization.order_custom_fields.items():
            if (
                required
                and self.plans
                and id not in self.entries
                and not self._is_refused("order_custom_fields", id)
            ):
                yield ("bookings", 0, "order_custom_fields", id), id
        for plan in self.plans:
            if plan.occurrence not in (None, 1):
                continue
            services = [service for each in (plan, *plan.parts) for service, _ in each.services]
            for id in dict.fromkeys(
                id for service in services for id, required in service.custom_fields.items() if required
            ):
                if id not in (plan.entries or {}) and not self._is_refused(
                    *plan.path, "service_custom_fields", id
                ):
                    yield (*plan.path, "service_custom_fields", id), id

    def _is_refused(self, *path: str | int) -> bool:
        """Whether something is wrong at a path, or one that ends like it: then it is there, and "required" would be false."""
        end = pointer(*path)
        return any((problem.pointer or "").endswith(end) for problem in self.problems)

    def _required(self, path: Path, id: str, known: Snapshot) -> Problem:
        field = known.custom_field(id)
        label = field.label if field else id
        return Problem("custom_field_required", {"label": label}, pointer=pointer(*path))

    # Bookings

    def _plans(self, config: BookingConfig | None, *here: str | int) -> list[Plan]:
        """The booking of a configuration, or each of its occurrences; none if they can't be told."""
        if config is None:
            if not self.reading.is_unread(*here):
                self._refuse("booking_required", *here)
            return []
        resources = self._resources(config, *here)
        zone = self._zone(resources)
        plan = (
            self._blocker(config, resources, zone, *here)
            if isinstance(config, BlockerConfig)
            else self._plan(config, resources, zone, *here)
        )
        if config.recurring is None:
            return [] if plan is None or self.reading.is_unread(*here, "recurring") else [plan]
        slot = _slot(config, zone)
        rule = self._rule(config.recurring, *here, "recurring")
        slots = (
            None if slot is None or rule is None else self._occurrences(slot, rule, zone, *here, "recurring")
        )
        if plan is None or slots is None:
            return []
        return [plan.at(slot, number) for number, slot in enumerate(slots, start=1)]

    def _zone(self, resources: Sequence[Resource]) -> ZoneInfo:
        """Whose wall clock dates without offset and series are on: as asked, else the first resource's."""
        return self.zone if self.config.timezone is not None else self._place(resources)

    def _place(self, resources: Sequence[Resource]) -> ZoneInfo:
        return zone_of(resources[0], self.organization) if resources else self.organization.zone

    def _plan(
        self, config: BookingConfig, resources: tuple[Resource, ...], zone: ZoneInfo, *here: str | int
    ) -> Plan | None:
        services = self._services(config, resources, *here)
        customer = self._customer(config.customer_id, *here, "customer_id")
        add_ons = self._add_ons(config, *here)
        series = self._timeslot_series(config, resources, *here)
        slot = self._slot(config, zone, *here)
        parts = [
            self._part(part, slot, *here, "sub_bookings", i)
            for i, part in enumerate(config.sub_bookings or ())
        ]
        # A sub-booking has no answers of its own: its booking's are for its services too.
        asking = [*services, *(each for part in parts if part for each in part.services)]
        entries = self._service_entries(config, asking, *here)
        if (
            slot is None
            or not resources
            or not services
            or None in parts
            or (config.timeslot_series_id and not series)
        ):
            return None
        return Plan(
            here,
            config,
            resources,
            services,
            slot,
            self._place(resources),
            (*self._charges(config, services, slot, self._place(resources), *here), *add_ons),
            customer,
            series,
            entries,
            parts=tuple(replace(part, customer=customer) for part in parts if part),
        )

    def _blocker(
        self, config: BlockerConfig, resources: tuple[Resource, ...], zone: ZoneInfo, *here: str | int
    ) -> Plan | None:
        """Of one resource; of all of it, as it is by now, where no quantity is given."""
        slot = self._slot(config, zone, *here)
        if len(config.resource_id or ()) > 1:
            self._refuse("blocker_for_one_resource", *here, "resource_id")
            return None
        if slot is None or not resources:
            return None
        weight = resources[0].quantity if config.quantity is None else config.quantity
        place = self._place(resources)
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
            if not self.reading.is_unread(*here):
                self._refuse("sub_booking_required", *here)
            return None
        resources = self._resources(config, *here)
        services = self._services(config, resources, *here)
        if slot is None or not resources or not services:
            return None
        place = self._place(resources)
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
        # A part has its booking's times.
        self.problems += duration_problems(services, slot, zone, *here[:2], "end_date")
        return by_hand(charges_of(services, slot, zone), self._hand(config, *here))

    def _hand(self, config: HandPriced, *here: str | int) -> HandPrice | None:
        """The price by hand, if one is given."""
        if not config.is_priced_by_hand:
            if config.reason is not None and not (
                self.reading.is_unread(*here, "discount") or self.reading.is_unread(*here, "custom_price")
            ):
                self._refuse("price_by_hand_required", *here, "reason")
            return None
        if config.reason is None or not config.reason.strip():
            if not self.reading.is_unread(*here, "reason"):
                self._refuse("reason_required", *here, "reason")
            return None
        if config.discount is None:
            return HandPrice(custom_price=config.custom_price, reason=config.reason)
        if config.custom_price is not None:
            self._refuse("price_by_hand_twice", *here, "discount")
        return HandPrice(percent=config.discount.percent, amount=config.discount.amount, reason=config.reason)

    def _resources(self, config: BookingConfig | SubBookingConfig, *here: str | int) -> tuple[Resource, ...]:
        path = (*here, "resource_id")
        if len(config.resource_id or ()) > MAX_RESOURCES:
            self._refuse("too_many_resources", *path, most=MAX_RESOURCES)
            return ()
        if not config.resource_id:
            if not self.reading.is_unread(*path):
                self._refuse("resource_id_required", *path)
            return ()
        found = {}
        for i, id in enumerate(config.resource_id):
            # A single id may be written without an array, and then is where its field is.
            at = path if len(config.resource_id) == 1 else (*path, i)
            if id is None:
                if not self.reading.is_unread(*at):
                    self._refuse("resource_id_required", *at)
                continue
            resource = self.known.resource(id)
            if resource is None:
                self._refuse("resource_not_found", *at, id=id)
            elif id in found:
                self._refuse("resource_repeated", *at, id=id)
            else:
                found[id] = resource
        return tuple(found.values())

    def _services(
        self, config: BookingConfig | SubBookingConfig, resources: Sequence[Resource], *here: str | int
    ) -> tuple[tuple[Service, int], ...]:
        path = (*here, "service_id")
        if not config.service_id:
            if not self.reading.is_unread(*path):
                self._refuse("service_id_required", *path)
            return ()
        found = []
        for id, quantity in config.service_id.items():
            service = self.known.service(id)
            # A sub-booking's only service may be written without an object, and then is where its field is.
            at = path if isinstance(config, SubBookingConfig) and len(config.service_id) == 1 else (*path, id)
            if service is None:
                self._refuse("service_not_found", *at, id=id)
                continue
            elsewhere = [resource.name for resource in resources if resource.id not in service.resource_ids]
            if elsewhere:
                self._refuse("service_not_offered", *at, services=service.name, resources=elsewhere)
            found.append((service, quantity))
        return tuple(self._with_quantity(config, found, *here))

    def _with_quantity(
        self, config: BookingConfig | SubBookingConfig, services: list[tuple[Service, int]], *here: str | int
    ) -> list[tuple[Service, int]]:
        """`quantity: n` beside `{S: 1}` or `{S: n}` means n of S; anything else is a contradiction."""
        if config.quantity is None or (config.quantity == 1 and len(config.service_id or ()) > 1):
            return services
        if len(config.service_id or ()) == 1 and services and services[0][1] in (1, config.quantity):
            return [(services[0][0], config.quantity)]
        if services:
            reason = Phrase("contradicts_service_id")
            self._refuse("quantity_mismatch", *here, "quantity", reason=reason)
        return services

    def _add_ons(self, config: BookingConfig, *here: str | int) -> list[Charge]:
        charges = list[Charge]()
        for i, asked in enumerate(config.booking_add_ons or ()):
            path: Path = (
                (*here, "booking_add_ons", i) if asked is None else (*here, "booking_add_ons", i, "add_on_id")
            )
            if asked is None or asked.add_on_id is None:
                if not self.reading.is_unread(*path):
                    self._refuse("add_on_id_required", *path)
                continue
            add_on = self.known.add_on(asked.add_on_id)
            if add_on is None:
                self._refuse("add_on_not_found", *path, id=asked.add_on_id)
            else:
                charge = charge_add_on(add_on, 1 if asked.quantity is None else asked.quantity)
                charges += by_hand([charge], self._hand(asked, *here, "booking_add_ons", i))
        return charges

    def _timeslot_series(
        self, config: BookingConfig, resources: Sequence[Resource], *here: str | int
    ) -> TimeslotSeries | None:
        id, path = config.timeslot_series_id, (*here, "timeslot_series_id")
        if id is None:
            return None
        series = self.known.timeslot_series(id)
        if series is None:
            self._refuse("timeslot_series_not_found", *path, id=id)
            return None
        elsewhere = [
            resource.name
            for resource in resources
            if series.resource_ids and resource.id not in series.resource_ids
        ]
        if elsewhere:
            self._refuse("timeslot_series_not_offered", *path, series=series.name, resources=elsewhere)
        return series

    # Times

    def _slot(self, config: BookingConfig, zone: ZoneInfo, *here: str | int) -> Interval | None:
        """The booking's own time, with what is wrong with it reported."""
        start = self._instant(config.start_date, zone, *here, "start_date")
        end = self._instant(config.end_date, zone, *here, "end_date")
        if start is not None and end is not None and end <= start:
            self._refuse("end_before_start", *here, "end_date")
        return _slot(config, zone)

    def _instant(self, moment: datetime | None, zone: ZoneInfo, *path: str | int) -> int | None:
        if moment is None:
            if not self.reading.is_unread(*path):
                self._refuse(_WITHOUT[path[-1]], *path)
            return None
        instant = to_instant(moment, zone)
        if instant is None:
            self._refuse("nonexistent_time", *path, moment=f"{moment:%Y-%m-%d %H:%M}", zone=zone.key)
        return instant

    def _rule(self, config: RecurringConfig, *here: str | int) -> Recurrence | None:
        found = len(self.problems)
        if config.frequency is None and not self.reading.is_unread(*here, "frequency"):
            self._refuse("frequency_required", *here, "frequency")
        unread = any(
            self.reading.is_unread(*here, name)
            for name in ("until", "count", "by_day", "by_month_day", "interval", "frequency", "on_conflict")
        )
        if config.until is not None and config.count is not None:
            self._refuse("recurring_end_twice", *here, "until")
        elif config.until is None and config.count is None and not unread:
            self._refuse("recurring_end_required", *here)
        if config.by_month_day and config.frequency not in (None, "monthly"):
            self._refuse("invalid_value", *here, "by_month_day", reason=Phrase("month_days_of_a_month"))
        if config.frequency is None or unread or len(self.problems) > found:
            return None
        try:
            return _recurrence(config.frequency, config)
        except Invalid as error:
            self._refuse("invalid_value", *here, "by_day", reason=error.reason)
            return None

    def _occurrences(
        self, slot: Interval, rule: Recurrence, zone: ZoneInfo, *here: str | int
    ) -> list[Interval] | None:
        try:
            found = occurrences(slot, rule, zone, MAX_BOOKINGS)
        except StartNotInSeries:
            days = "by_day" if rule.by_day or not rule.by_month_day else "by_month_day"
            self._refuse("start_not_in_series", *here, days)
            return None
        except EndsBeforeStart:
            self._refuse("until_before_start", *here, "until")
            return None
        except TooFar:
            self._refuse("series_too_long", *here)
            return None
        self._occurrence_count += len(found)
        if len(found) > MAX_BOOKINGS:
            self._refuse(
                "too_many_occurrences", *here, "until" if rule.count is None else "count", most=MAX_BOOKINGS
            )
            return None
        return found


def _too_large(reason: Phrase, *path: str | int) -> Problem:
    return Problem("order_too_large", {"reason": reason}, pointer=pointer(*(path or ("bookings",))))


def _with_parts(
    plan: Plan, conflicts: Sequence[tuple[Problem, ...]], at: int
) -> list[tuple[Plan, tuple[Problem, ...], int | None]]:
    """A plan at a position and its parts, each with its conflicts and the position of the whole."""
    return [
        (each, found, at if i else None)
        for i, (each, found) in enumerate(zip((plan, *plan.parts), conflicts, strict=True))
    ]


def _parts(booking: BookingConfig) -> list[BookingConfig | SubBookingConfig]:
    return [booking, *(part for part in booking.sub_bookings or () if part)]


def _recurrence(frequency: Frequency, rule: RecurringConfig) -> Recurrence:
    """Raises ValueError for what no series can be."""
    return Recurrence(
        frequency, rule.interval or 1, rule.count, rule.until, rule.by_day or (), rule.by_month_day or ()
    )


def _days(booking: BookingConfig) -> int:
    """About how many days a booking spans."""
    if booking.start_date is None or booking.end_date is None:
        return 0
    start, end = (moment.replace(tzinfo=None) for moment in (booking.start_date, booking.end_date))
    return max(0, (end - start).days) + 1


def _probable_days(booking: BookingConfig, zone: ZoneInfo | None) -> set[Key]:
    """The days of the booking's resources and series, as far as can be told before the catalog is read."""
    rule = booking.recurring
    aware = booking.start_date and booking.start_date.tzinfo and booking.end_date and booking.end_date.tzinfo
    if aware and rule and zone is None:
        # Its days are those of the place, and that is probably where the offset is from.
        clocks = {name: getattr(booking, name).replace(tzinfo=None) for name in ("start_date", "end_date")}
        booking = booking.model_copy(update=clocks)
    slot = _slot(booking, zone or ZoneInfo("UTC"))
    if slot is None:
        return set()
    slots = [slot]
    if rule and rule.frequency and (rule.count or rule.until):
        try:
            slots = occurrences(
                slot, _recurrence(rule.frequency, rule), zone or ZoneInfo("UTC"), MAX_BOOKINGS
            )
        except ValueError:
            return set()
    reach = int((_USUAL_PADDING if zone or (aware and not booking.recurring) else _ANY_ZONE).total_seconds())
    days = {
        day
        for span in merged(Interval(s.start - reach, s.end + reach) for s in slots)
        for day, _, _ in by_utc_day(span)
    }
    owners = {id for part in _parts(booking) for id in part.resource_id or () if id}
    if len(days) * len(owners) > 2 * MAX_LEDGERS:
        return set()
    keys = {Key("ledger", id, day) for id in owners for day in days}
    if booking.timeslot_series_id:
        keys.update(Key("series_ledger", booking.timeslot_series_id, day) for day in days)
    return keys


def _slot(booking: BookingConfig, zone: ZoneInfo) -> Interval | None:
    """The booking's own time; None where it can not be told."""
    start, end = (
        None if moment is None else to_instant(moment, zone)
        for moment in (booking.start_date, booking.end_date)
    )
    return None if start is None or end is None or end <= start else Interval(start, end)
