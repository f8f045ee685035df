"""Creates the order and its bookings from an assessment without problems. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from frontdesk.domain.assessment.assess import Assessment, PricedBooking
from frontdesk.domain.assessment.fields import unanswered_together
from frontdesk.domain.assessment.plan import Path
from frontdesk.domain.booking.placement import Claims, Placement
from frontdesk.domain.catalog.items import Customer, Voucher
from frontdesk.domain.ledger import Claim, LedgerKey
from frontdesk.domain.orders.order import (
    Booking,
    Cause,
    Order,
    Skipped,
    Unanswered,
    VoucherTerms,
    VoucherUse,
    booking_id,
    order_id_of,
    ordinal_of,
)
from frontdesk.domain.orders.pricing import terms_of
from frontdesk.domain.orders.snapshot import id_of_request, key_of_row
from frontdesk.domain.problems import pointer
from frontdesk.domain.requests.order import BlockerConfig, BookingConfig, BookingTexts, OrderConfig
from frontdesk.domain.time.intervals import Interval
from frontdesk.domain.time.patterns import pattern_of

# A field that is accepted but not stored would be lost silently.
assert BookingTexts.model_fields.keys() <= Booking.model_fields.keys()


def place(
    assessment: Assessment,
    config: OrderConfig,
    *,
    order_id: str,
    attempt: str,
    now: int,
    fingerprint: str | None = None,
    import_id: str | None = None,
    placed_by: str | None = None,
    tombstone: Order | None = None,
    newcomer: Customer | None = None,
) -> Placement:
    """Creates the order and its bookings from an assessment without problems.

    `tombstone` is the item that a failed attempt left under `order_id`. A repeated request has the same `fingerprint`. `newcomer` is a
    customer to create with the order. If `config.completes` is false, the order is a draft.
    """
    draft = not config.completes
    numbers = {position: booking_id(order_id, position + 1) for position in range(len(assessment.bookings))}
    masters: dict[int, str] = {}
    for position, priced in enumerate(assessment.bookings):
        if priced.plan.occurrence is not None:
            # This keeps the first booking of the series. It is a main booking, because sub-bookings follow theirs.
            masters.setdefault(int(priced.plan.path[1]), numbers[position])
    bookings = tuple(
        _booking(
            priced,
            numbers[position],
            assessment,
            super_booking=None if priced.parent is None else numbers[priced.parent],
            series_id=masters.get(int(priced.plan.path[1])) if priced.parent is None else None,
            config=config,
            now=now,
        )
        for position, priced in enumerate(assessment.bookings)
    )
    guests = [priced.plan.customer for priced in assessment.bookings if priced.plan.customer]
    customers = [*guests, assessment.customer] if assessment.customer else guests
    notified = config.notifies and any(customer.email for customer in customers)
    order = Order(
        id=order_id,
        organization_id=assessment.organization.id,
        status="draft" if draft else "completed",
        attempt=attempt,
        customer_id=assessment.customer.id if assessment.customer else None,
        booking_count=len(bookings),
        active_bookings=len(bookings),
        currency=assessment.organization.currency,
        timezone=assessment.zone.key,
        amounts=assessment.amounts,
        taxes=assessment.taxes,
        taxed_once=True,
        voucher=use_of(
            assessment.voucher,
            assessment.customer.id if assessment.customer else None,
            terms_of(assessment.voucher, (line for booking in bookings for line in booking.lines)),
        )
        if assessment.voucher
        else None,
        custom_entries=dict(assessment.entries),
        skipped=tuple(
            _skipped(occurrence.plan.path, occurrence.plan.slot, [p.code for p in occurrence.conflicts])
            for occurrence in assessment.skipped
        ),
        notifies=notified,
        each_their_own=not config.order_customer_id and len({each.id for each in guests}) > 1,
        calendar_series=_calendar_series(bookings, assessment.zone.key),
        locale=config.locale,
        is_blocker=all(booking.is_blocker for booking in bookings),
        start=min(booking.start for booking in bookings),
        end=max(booking.end for booking in bookings),
        created_at=now,
        updated_at=now,
        expires_at=now + 60 * assessment.organization.draft_minutes if draft else None,
        causes=(Cause(version=1, kind="confirmation"),) if notified and not draft else (),
        fingerprint=fingerprint,
        import_id=import_id,
        placed_by=placed_by,
        unanswered=_unanswered(assessment),
    )
    wanted: defaultdict[LedgerKey, list[Claim]] = defaultdict(list)
    capacities: dict[LedgerKey, int] = {}
    for priced in assessment.bookings:
        for owner, key, claim in priced.plan.claims:
            wanted[key].append(claim)
            capacities[key] = owner.quantity
    return Placement(order, bookings, Claims(wanted, capacities), tombstone, newcomer)


def use_of(voucher: Voucher, customer_id: str | None, terms: VoucherTerms | None) -> VoucherUse:
    """Returns the use of a voucher, as an order stores it. It contains the voucher's current limits.

    `terms` is the discount agreed in the order.
    """
    by_customer = customer_id is not None and voucher.max_redemptions_per_customer is not None
    return VoucherUse(
        id=voucher.id,
        code=voucher.code,
        counts_total=voucher.max_redemptions is not None,
        counts_customer=customer_id if by_customer else None,
        terms=terms,
        limit=voucher.max_redemptions,
        limit_per_customer=voucher.max_redemptions_per_customer if by_customer else None,
    )


def _calendar_series(bookings: Sequence[Booking], zone: str) -> tuple[int, ...]:
    """Returns the ordinal of the first booking of each series that a calendar can show as one recurring event."""
    starts: defaultdict[str, list[Booking]] = defaultdict(list)
    for booking in bookings:
        if booking.series_id:
            starts[booking.series_id].append(booking)
    return tuple(
        ordinal_of(id)
        for id, each in starts.items()
        if pattern_of([booking.start for booking in each], ZoneInfo(each[0].timezone or zone)) is not None
    )


def _unanswered(assessment: Assessment) -> tuple[Unanswered, ...]:
    if not assessment.unanswered:
        return ()
    ordinals: defaultdict[Path, list[int]] = defaultdict(list)
    for position, priced in enumerate(assessment.bookings):
        ordinals[priced.plan.path].append(position + 1)
    return tuple(
        Unanswered(field_ids=tuple(ids), ordinals=tuple(sorted(n for path in paths for n in ordinals[path])))
        for paths, ids in unanswered_together(assessment.unanswered).items()
    )


def _skipped(path: Sequence[str | int], slot: Interval, codes: Sequence[str]) -> Skipped:
    return Skipped(pointer=pointer(*path), start=slot.start, end=slot.end, codes=tuple(dict.fromkeys(codes)))


def _booking(
    priced: PricedBooking,
    id: str,
    assessment: Assessment,
    *,
    super_booking: str | None,
    series_id: str | None,
    config: OrderConfig,
    now: int,
) -> Booking:
    plan, asked = priced.plan, priced.plan.config
    customer = plan.customer or assessment.customer
    texts = asked if isinstance(asked, BookingConfig) else BookingConfig.model_construct()
    return Booking(
        id=id,
        status="accepted" if config.completes else "reserved",
        resource_ids=tuple(resource.id for resource in plan.resources),
        services={service.id: quantity for service, quantity in plan.services},
        customer_id=customer.id if customer else None,
        own_customer=customer != assessment.customer,
        super_booking=super_booking,
        parts=len(plan.parts),
        series_id=series_id,
        timeslot_series_id=plan.series.id if plan.series else None,
        timezone=plan.zone.key if plan.zone.key != assessment.zone.key else None,
        start=plan.slot.start,
        end=plan.slot.end,
        blocker_start=plan.blocker.start,
        blocker_end=plan.blocker.end,
        charged_duration=plan.charged_duration,
        quantity=plan.quantity,
        weight=plan.weight,
        override=not config.checks_availability,
        is_blocker=plan.is_blocker,
        title=texts.title if isinstance(texts, BlockerConfig) else None,
        external_id=texts.reference,
        is_of_row=texts.reference is not None
        and order_id_of(id)
        == id_of_request(assessment.organization.id, "import", key_of_row(texts.reference)),
        **texts.kept,
        custom_entries=dict(plan.entries or {}),
        lines=priced.lines,
        amounts=priced.amounts,
        currency=assessment.organization.currency,
        created_at=now,
        updated_at=now,
    )
