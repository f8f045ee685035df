"""Checks the voucher of an order: whether it can be used now, and whether it applies to the order. Pure."""

from collections.abc import Iterator, Sequence

from frontdesk.domain.assessment.lookup import Lookup
from frontdesk.domain.catalog.items import Customer, Voucher, voucher_code_key, voucher_code_keys
from frontdesk.domain.orders.order import Line
from frontdesk.domain.orders.pricing import applies
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import Problem, pointer
from frontdesk.errors import Instant, Money, Phrase


def voucher_of(lookup: Lookup, customer: Customer | None) -> Voucher | None:
    """Returns the voucher of a request, or None. Adds a problem if the voucher does not exist, or cannot be used now."""
    code = lookup.config.voucher_code
    if not code or not (code_keys := voucher_code_keys(code)):
        return None
    voucher = next(filter(None, map(lookup.known.voucher, code_keys)), None)
    if voucher is None:
        lookup.refuse("voucher_not_found", "voucher_code", id=code)
        return None
    refusal = _refusal(lookup, customer, voucher, voucher_code_key(voucher.code))
    if refusal is None:
        return voucher
    lookup.problems.append(refusal)
    return None


def _refusal(lookup: Lookup, customer: Customer | None, voucher: Voucher, code_key: str) -> Problem | None:
    """Returns the problem that prevents the use of the voucher now, or None. Does not depend on what is ordered."""
    at = pointer("voucher_code")
    if voucher.valid_from is not None and lookup.now < voucher.valid_from:
        return Problem("voucher_not_yet_valid", {"moment": _here(lookup, voucher.valid_from)}, pointer=at)
    if voucher.valid_until is not None and lookup.now >= voucher.valid_until:
        return Problem("voucher_expired", {"moment": _here(lookup, voucher.valid_until)}, pointer=at)
    if voucher.max_redemptions is not None and voucher.redemptions >= voucher.max_redemptions:
        reason = Phrase("voucher_used_up", {"most": voucher.max_redemptions})
        return Problem("voucher_exhausted", {"reason": reason}, pointer=at)
    most = voucher.max_redemptions_per_customer
    if most is None:
        return None
    if customer is None:
        if lookup.config.order_customer_id:
            return None  # The missing customer is already a problem.
        return Problem("voucher_needs_customer", pointer=at)
    if not lookup.known.has(Key("voucher_use", code_key, customer.id)):
        return None  # The missing customer is already a problem.
    if lookup.known.voucher_uses(code_key, customer.id) >= most:
        return Problem("voucher_used_by_customer", {"most": most}, pointer=at)
    return None


def _here(lookup: Lookup, instant: int) -> Instant:
    return Instant(instant, lookup.organization.timezone)


def voucher_problems(voucher: Voucher | None, currency: str, lines: Sequence[Line]) -> Iterator[Problem]:
    """Yields a problem if the voucher applies to none of the lines, and one if the total before discounts is below the minimum."""
    at = pointer("voucher_code")
    if voucher is None or not lines:
        return
    total = sum(line.total + line.discount_amount for line in lines)
    if voucher.min_total is not None and total < voucher.min_total:
        values = {"least": Money(voucher.min_total, currency), "total": Money(total, currency)}
        meta = {"min_total": voucher.min_total, "total": total}
        yield Problem("voucher_minimum_not_reached", values, pointer=at, meta=meta)
    if not any(applies(voucher, line) for line in lines):
        yield Problem("voucher_not_applicable", pointer=at)
