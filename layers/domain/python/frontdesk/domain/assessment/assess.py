"""Assesses a request against the current ledgers: prices, conflicts, and the occurrences to leave out. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.fields import (
    MAX_ENTRY_BYTES,
    field_required,
    order_entries,
    unanswered_fields,
    unanswered_together,
)
from frontdesk.domain.assessment.limits import (
    MAX_LEDGERS,
    MAX_LINES,
    MAX_LINES_OF_BOOKING,
    day_full,
    is_full,
    too_large,
)
from frontdesk.domain.assessment.lookup import Lookup
from frontdesk.domain.assessment.plan import Path, Plan
from frontdesk.domain.assessment.planner import Planner
from frontdesk.domain.assessment.time_rules import PENDING, Times, needed_orders
from frontdesk.domain.assessment.vouchers import voucher_of, voucher_problems
from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.catalog.items import MAX_NUMBER, Customer, Organization, Voucher
from frontdesk.domain.ledger import Ledger, LedgerKey
from frontdesk.domain.orders.order import Amounts, Line, TaxTotal
from frontdesk.domain.orders.pricing import amounts_of, price, taxes_of
from frontdesk.domain.orders.snapshot import Key, Snapshot, ledger_item
from frontdesk.domain.problems import Problem, pointer
from frontdesk.domain.requests.order import MAX_BOOKINGS, BookingConfig, OrderConfig, Reading
from frontdesk.domain.sizes import MAX_ACTIONS, MAX_HEAD
from frontdesk.errors import Money, Phrase

# Only the first conflicts of a request get alternatives.
MAX_OFFERED = 10


class PricedBooking(NamedTuple):
    """A plan with its price lines and conflicts. It is available if it has no conflicts.

    For a sub-booking, `parent` is the position of its main booking in `Assessment.bookings`.
    """

    plan: Plan
    lines: tuple[Line, ...]
    amounts: Amounts
    conflicts: tuple[Problem, ...]
    parent: int | None = None


class SkippedOccurrence(NamedTuple):
    """An occurrence that is left out of its series because of its `conflicts`."""

    plan: Plan
    conflicts: tuple[Problem, ...]


class Assessment(NamedTuple):
    """The complete assessment of a request.

    A problem with the time of a booking, such as `slot_unavailable`, is in the `conflicts` of that booking. A
    required custom field without an answer has a problem in `field_problems`. The problems in `field_problems` do
    not prevent a draft. All other problems are in `problems`.

    `unanswered` has (path, field id) for each required custom field without an answer. `days` are the ledgers
    with the request's bookings added.
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
        """The conflicts of all bookings, in the order of the bookings."""
        return tuple(problem for booking in self.bookings for problem in booking.conflicts)


class _Tried(NamedTuple):
    """A plan and its conflicts. For a sub-booking, `parent` is the position of its main booking."""

    plan: Plan
    conflicts: tuple[Problem, ...]
    parent: int | None


class _Skipped(NamedTuple):
    """A plan that is left out. `conflicts` has one tuple for the booking itself, and one for each sub-booking."""

    plan: Plan
    conflicts: tuple[tuple[Problem, ...], ...]


class Assessor:
    """Assesses a request. Collects every problem: first those of the body and the named items, then those of the bookings' times."""

    def __init__(self, reading: Reading[OrderConfig], known: Snapshot, now: int) -> None:
        self.lookup = Lookup(reading, known, now)
        self.config = reading.config
        self.customer = self.lookup.customer(self.config.order_customer_id, "order_customer_id")
        if not self.config.bookings and not reading.is_unread("bookings"):
            self.lookup.refuse("bookings_required", "bookings")
        self.entries = order_entries(self.lookup)
        self.plans = Planner(self.lookup).plans()
        if self.customer is None and not self.config.order_customer_id:
            self.customer = next((plan.customer for plan in self.plans if plan.customer), None)
        self.voucher = voucher_of(self.lookup, self.customer)
        self._refuse_too_many()
        self.unanswered = tuple(unanswered_fields(self.lookup, self.plans, self.entries))

    def missing(self, known: Snapshot) -> set[Key]:
        """Returns the keys of the items that are needed for `assess`, but are not in `known` yet.

        The items are:
        - the ledgers of the days to be booked,
        - the orders that tell whether the holds in these ledgers have ended,
        - the required custom fields that the request does not answer.

        The orders are known only after the ledgers were read. So read the items, then call `missing` again.
        """
        keys = {Key("custom_field", id) for _, id in self.unanswered}
        for key in {key for plan in self._all_plans() for _, key, _ in plan.claims}:
            if known.has(ledger_item(key)):
                keys |= needed_orders(known.ledger(key), self.lookup.now)
            else:
                keys.add(ledger_item(key))
        return known.missing(keys)

    def assess(self, known: Snapshot) -> Assessment:
        """Returns the assessment: prices and conflicts.

        If the request allows it, leaves out occurrences that have conflicts, unless no booking would remain.
        """
        kept, skipped, days = self._on_their_days(known)
        lines = price([plan.charges for plan, _, _ in kept], self.voucher)
        every_line = [line for of_plan in lines for line in of_plan]
        amounts, taxes = amounts_of(every_line), taxes_of(every_line)
        # An order with one booking has the booking's amounts.
        each = [amounts] if len(lines) == 1 else [amounts_of(of_plan) for of_plan in lines]
        organization = self.lookup.organization
        return Assessment(
            organization=organization,
            zone=self.lookup.zone,
            problems=(
                *self.lookup.problems,
                *voucher_problems(self.voucher, organization.currency, every_line),
                *self._full_days(kept, days),
                *self._total_too_large(amounts),
                *self._too_much_kept(kept, skipped, taxes),
            ),
            field_problems=tuple(field_required(path, id, known) for path, id in self.unanswered),
            unanswered=self.unanswered,
            bookings=tuple(
                PricedBooking(plan, of_plan, own, conflicts, parent)
                for (plan, conflicts, parent), of_plan, own in zip(kept, lines, each, strict=True)
            ),
            skipped=tuple(
                SkippedOccurrence(plan, tuple(problem for of_part in conflicts for problem in of_part))
                for plan, conflicts in skipped
            ),
            amounts=amounts,
            taxes=taxes,
            customer=self.customer,
            voucher=self.voucher,
            entries=self.entries,
            days=days,
        )

    def _on_their_days(self, known: Snapshot) -> tuple[list[_Tried], list[_Skipped], dict[LedgerKey, Ledger]]:
        """Checks one plan after the other against the ledgers. Later plans see the claims of the plans kept before them.

        Returns the plans kept, the plans skipped, and the ledgers with all kept plans added. If every plan would be skipped, returns all of
        them as kept instead.
        """
        times = Times(self.lookup.organization, known, self.lookup.now)
        days: dict[LedgerKey, Ledger] = {}
        kept: list[_Tried] = []
        skipped: list[_Skipped] = []
        refused = 0
        for plan in self.plans:
            after = dict(days)
            offers = refused < MAX_OFFERED
            conflicts = tuple(
                (*times.untimely(part, plan, offers=offers), *times.taken(part, after))
                for part in (plan, *plan.parts)
            )
            refused += any(conflicts)
            codes = {problem.code for of_part in conflicts for problem in of_part}
            if self._may_skip(plan) and codes - {PENDING}:
                skipped.append(_Skipped(plan, conflicts))
                continue
            days = after
            kept += _with_parts(plan, conflicts, len(kept))
        if not kept:
            # If no occurrence is left to book, the order is refused with the conflicts of all of them.
            for plan, conflicts in skipped:
                kept += _with_parts(plan, conflicts, len(kept))
            skipped = []
        return kept, skipped, days

    def _total_too_large(self, amounts: Amounts) -> Iterator[Problem]:
        if amounts.total + amounts.discount_amount > MAX_NUMBER:
            most = Money(MAX_NUMBER, self.lookup.organization.currency)
            yield Problem("total_too_large", {"most": most}, pointer=pointer("bookings"))

    def _too_much_kept(
        self,
        kept: Sequence[_Tried],
        skipped: Sequence[_Skipped],
        taxes: Sequence[TaxTotal],
    ) -> Iterator[Problem]:
        """Yields a problem if the order's item would become too large for DynamoDB."""
        head = MAX_ENTRY_BYTES + 100 * len(taxes)
        head += sum(
            100 + 30 * len({problem.code for of_part in conflicts for problem in of_part})
            for _, conflicts in skipped
        )
        if self.unanswered:
            bookings_at = Counter(plan.path for plan, _, parent in kept if parent is None)
            for paths, ids in unanswered_together(self.unanswered).items():
                head += 50 + sum(len(id) + 3 for id in ids) + 5 * sum(bookings_at[path] for path in paths)
        if self.voucher:
            # The order's item includes the voucher's terms.
            head += sum(len(id) + 3 for id in self.voucher.service_ids)
        if head > MAX_HEAD:
            yield too_large(Phrase("too_much_kept", {"size": head, "most": MAX_HEAD}))

    def _full_days(
        self,
        kept: Sequence[_Tried],
        days: Mapping[LedgerKey, Ledger],
    ) -> Iterator[Problem]:
        """Yields a problem for each day whose ledger would become too large. The resource may still be free on such a day."""
        claims = [(plan, owner, key) for plan, _, _ in kept for owner, key, _ in plan.claims]
        # An order placed in steps holds its times like a draft.
        is_held = not self.config.completes or len(kept) + len(days) >= MAX_ACTIONS
        holds = Counter(key for _, _, key in claims) if is_held else {}
        full = {key for key, ledger in days.items() if is_full(ledger, holds.get(key, 0))}
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

    def _refuse_too_many(self) -> None:
        bookings, lines, ledgers = 0, 0, 0
        for plan in self._all_plans():
            bookings, lines = bookings + 1, lines + len(plan.charges)
            days = (plan.blocker.end - plan.blocker.start) // 86_400 + 2
            ledgers += len(plan.resources) * days
            if len(plan.charges) > MAX_LINES_OF_BOOKING:
                reason = Phrase("too_many_lines_of_booking", {"most": MAX_LINES_OF_BOOKING})
                self.lookup.problems.append(too_large(reason, *plan.path))
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
            self.lookup.problems.append(too_large(Phrase("too_much_booked", values)))
            self.plans = []


def _with_parts(plan: Plan, conflicts: Sequence[tuple[Problem, ...]], position: int) -> list[_Tried]:
    """Returns a plan and its sub-bookings, each with its conflicts. `position` is the position of the main booking."""
    return [
        _Tried(part, of_part, position if i else None)
        for i, (part, of_part) in enumerate(zip((plan, *plan.parts), conflicts, strict=True))
    ]
