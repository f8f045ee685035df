"""Prices bookings and computes their tax. Pure.

`docs/api.md`, "Prices", has the formula. Source: EN 16931, BR-CO-17: tax is computed once for each rate.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from frontdesk.domain.catalog.items import AddOn, Service, Voucher
from frontdesk.domain.money import apportion, half_up, percentage, round_to
from frontdesk.domain.orders.order import Amounts, HandPrice, Line, TaxTotal, VoucherTerms, VoucherUse
from frontdesk.domain.time.intervals import Interval

Terms = Voucher | VoucherTerms


class Charge(NamedTuple):
    """One item that is charged, before the discount is subtracted and the tax is calculated.

    Prices are in minor units, such as cents. If `is_net_price` is true, the prices are net. Otherwise, the prices
    are gross: they include the tax.
    """

    kind: Literal["service", "starting_fee", "add_on"]
    reference: str
    title: str
    quantity: int
    unit_price: int
    tax_rate: Decimal
    is_net_price: bool
    hand_amount: int | None = None
    by_hand: HandPrice | None = None

    @property
    def list_price(self) -> int:
        """The catalog's price for the whole quantity."""
        return self.quantity * self.unit_price

    @property
    def price(self) -> int:
        """The price set by hand if there is one, otherwise the list price."""
        return self.list_price if self.hand_amount is None else self.hand_amount


def charged_minutes(service: Service, slot: Interval) -> int:
    """Returns the minutes to charge: the length of the slot, rounded up to whole charge intervals.

    With an interval of 60 minutes, 75 minutes are charged as 120. Without an interval, the length is rounded up to whole minutes.
    """
    interval = service.charge_interval or 1
    return -(-(slot.end - slot.start) // (60 * interval)) * interval


def charge_service(service: Service, slot: Interval, quantity: int) -> list[Charge]:
    """Returns the charges for a service: its price for the slot times `quantity`, and its starting fee once."""
    intervals = charged_minutes(service, slot) // service.charge_interval if service.charge_interval else 1
    terms = (service.tax_rate, service.is_net_price)
    charges = [Charge("service", service.id, service.name, quantity, service.price * intervals, *terms)]
    if service.starting_fee:
        charges.append(Charge("starting_fee", service.id, service.name, 1, service.starting_fee, *terms))
    return charges


def charge_add_on(add_on: AddOn, quantity: int) -> Charge:
    """Returns the charge for an add-on."""
    return Charge(
        "add_on", add_on.id, add_on.name, quantity, add_on.price, add_on.tax_rate, add_on.is_net_price
    )


def price(
    bookings: Sequence[Sequence[Charge]],
    terms: Terms | None,
    kept: Sequence[Line] = (),
    *,
    taxed_once: bool = True,
) -> list[tuple[Line, ...]]:
    """Returns the lines of each booking, with tax and discount.

    The tax is computed once for each rate and basis (net or gross), the discount once for the order. Both are then divided among the lines.
    Unchanged lines of the order (`kept`) keep their parts, and the other lines divide the remainder. Without `taxed_once`, the tax of each
    line is rounded separately.
    """
    charges = [charge for booking in bookings for charge in booking]
    groups = (
        _groups(charges, kept) if taxed_once else [_group(charge, [i]) for i, charge in enumerate(charges)]
    )
    gross = [charge.price for charge in charges]
    for group in groups:
        if group.is_net:
            for i, tax in zip(group.members, group.taxes_on_top(charges), strict=True):
                gross[i] += tax
    discounts = _discounts(charges, gross, terms, kept)
    taxes = [each - charge.price for each, charge in zip(gross, charges, strict=True)]
    for group in groups:
        if group.is_net and not group.is_reduced(discounts):
            continue  # Net prices stay as in the catalog. After a discount, the net amount is the gross amount less tax.
        left = [gross[i] - discounts[i] for i in group.members]
        for i, tax in zip(group.members, group.taxes_within(left), strict=True):
            taxes[i] = tax
    lines = map(_line, charges, gross, discounts, taxes)
    return [tuple(next(lines) for _ in booking) for booking in bookings]


def applies(terms: Terms, charge: Charge | Line) -> bool:
    """Whether the voucher reduces this charge. Add-ons are reduced only by a voucher without a list of services."""
    return not terms.service_ids or (charge.kind != "add_on" and charge.reference in terms.service_ids)


def discount_of(gross: int, terms: Terms | None) -> int:
    """Returns the discount on a gross price. It never exceeds the price."""
    if terms is None:
        return 0
    discount = terms.amount if terms.percent is None else percentage(gross, terms.percent)
    return min(discount or 0, gross)


def terms_of(voucher: Voucher, lines: Iterable[Line]) -> VoucherTerms:
    """Returns the terms of a voucher, so that an order can store these terms. Leaves out services that are not in `lines`."""
    services = {line.reference for line in lines if line.kind == "service"} & voucher.service_ids
    return VoucherTerms(percent=voucher.percent, amount=voucher.amount, service_ids=tuple(sorted(services)))


def sold_terms(use: VoucherUse | None, lines: Sequence[Line], voucher: Voucher | None) -> Terms | None:
    """Returns the voucher's terms that applied when an order was sold, or None without a voucher.

    Older orders have no stored terms, only the discount that was given. If `voucher` would give the same
    discount now, returns `voucher`. Otherwise, returns terms with this discount as a fixed amount.
    """
    if use is None:
        return None
    if use.terms:
        return use.terms
    given = sum(line.discount_amount for line in lines)
    if voucher and given == discount_of(
        sum(line.total + line.discount_amount for line in lines if applies(voucher, line)), voucher
    ):
        return voucher
    reduced = {line.reference for line in lines if line.discount_amount and line.kind != "add_on"}
    everything = any(line.discount_amount for line in lines if line.kind == "add_on")
    return VoucherTerms(amount=given, service_ids=() if everything else tuple(sorted(reduced)))


def by_hand(charges: Sequence[Charge], hand: HandPrice | None) -> tuple[Charge, ...]:
    """Gives each charge a share (`hand_amount`) of the price that `hand` sets.

    The shares are in proportion to the catalog prices. If `hand` is None, the charges stay unchanged.
    """
    if hand is None or not charges:
        return tuple(charges)
    prices = [charge.list_price for charge in charges]
    asked = hand.of(sum(prices))
    shares = apportion(asked, prices) if any(prices) else [asked, *[0] * (len(charges) - 1)]
    return tuple(
        charge._replace(hand_amount=share, by_hand=hand)
        for charge, share in zip(charges, shares, strict=True)
    )


def amounts_of(lines: Iterable[Line]) -> Amounts:
    """Returns the sums of the lines."""
    total = net = tax = discount = 0
    for line in lines:
        total, net, tax = total + line.total, net + line.net_amount, tax + line.tax_amount
        discount += line.discount_amount
    return Amounts(total=total, net_amount=net, tax_amount=tax, discount_amount=discount)


def taxes_of(lines: Iterable[Line]) -> tuple[TaxTotal, ...]:
    """Returns the sums of the lines by tax rate, the highest rate first."""
    by_rate: defaultdict[Decimal, list[Line]] = defaultdict(list)
    for line in lines:
        by_rate[line.tax_rate].append(line)
    return tuple(
        TaxTotal(
            rate=rate,
            net_amount=sum(line.net_amount for line in by_rate[rate]),
            tax_amount=sum(line.tax_amount for line in by_rate[rate]),
            total=sum(line.total for line in by_rate[rate]),
        )
        for rate in sorted(by_rate, reverse=True)
    )


class _Group(NamedTuple):
    """The charges with one tax rate and one basis (net or gross).

    `members` are the positions of the charges. `kept` are the order's unchanged lines with the same rate and basis.
    """

    rate: Decimal
    is_net: bool
    members: list[int]
    kept: list[Line]

    def taxes_on_top(self, charges: Sequence[Charge]) -> list[int]:
        """Returns, for each charge of the group, the tax to add to its net price. Ignores discounts.

        These taxes and the taxes of the unchanged lines (`kept`) add up to the tax on the whole group.
        """
        prices = [charges[i].price for i in self.members]
        whole = percentage(sum(prices) + sum(map(_price, self.kept)), self.rate)
        owed = whole - sum(line.total + line.discount_amount - _price(line) for line in self.kept)
        numerator, denominator = self.rate.as_integer_ratio()
        return round_to(owed, [each * numerator for each in prices], 100 * denominator, prices)

    def taxes_within(self, totals: Sequence[int]) -> list[int]:
        """Returns the tax that each gross amount in `totals` includes.

        These taxes and the taxes of the unchanged lines (`kept`) add up to the tax that the whole group includes.
        """
        numerator, denominator = self.rate.as_integer_ratio()
        whole = 100 * denominator + numerator
        gross = sum(totals) + sum(line.total for line in self.kept)
        owed = half_up(gross * numerator, whole) - sum(line.tax_amount for line in self.kept)
        return round_to(owed, [total * numerator for total in totals], whole, totals)

    def is_reduced(self, discounts: Sequence[int]) -> bool:
        return any(discounts[i] for i in self.members) or any(line.discount_amount for line in self.kept)


def _group(charge: Charge, members: list[int]) -> _Group:
    return _Group(charge.tax_rate, charge.is_net_price, members, [])


def _groups(charges: Iterable[Charge], kept: Iterable[Line]) -> list[_Group]:
    found: dict[tuple[Decimal, bool], _Group] = {}
    for i, charge in enumerate(charges):
        basis = charge.tax_rate, charge.is_net_price
        if basis not in found:
            found[basis] = _group(charge, [])
        found[basis].members.append(i)
    for line in kept:
        if group := found.get((line.tax_rate, line.is_net_price)):
            group.kept.append(line)
    return list(found.values())


def _discounts(
    charges: Sequence[Charge], gross: Sequence[int], terms: Terms | None, kept: Sequence[Line]
) -> list[int]:
    """Returns the discount of each charge.

    Computes the discount of the charges and the unchanged lines (`kept`) together, and subtracts the discount that the unchanged lines
    already have. Divides the difference among the charges that `terms` reduce, in proportion to their gross amounts.
    """
    if terms is None:
        return [0] * len(charges)
    reduced = [each if applies(terms, charge) else 0 for charge, each in zip(charges, gross, strict=True)]
    stays = [line for line in kept if applies(terms, line)]
    whole = sum(reduced) + sum(line.total + line.discount_amount for line in stays)
    left = discount_of(whole, terms) - sum(line.discount_amount for line in stays)
    return apportion(min(max(left, 0), sum(reduced)), reduced)


def _price(line: Line) -> int:
    return line.quantity * line.unit_price if line.hand_amount is None else line.hand_amount


def _line(charge: Charge, gross: int, discount: int, tax: int) -> Line:
    total = gross - discount
    return Line(
        **charge._asdict(),
        discount_amount=discount,
        net_amount=total - tax,
        tax_amount=tax,
        total=total,
    )
