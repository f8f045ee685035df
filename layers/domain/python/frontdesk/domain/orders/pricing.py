"""What a booking costs. Source: DESIGN "Quantity and price, one formula"; every line is rounded once, half up."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from frontdesk.domain.catalog.items import AddOn, Service, Voucher
from frontdesk.domain.money import apportion, net_of, percentage
from frontdesk.domain.orders.order import Amounts, Line, TaxTotal
from frontdesk.domain.time.intervals import Interval


class Charge(NamedTuple):
    """An item before discount and tax: `quantity` times `unit_price`, which is gross unless `is_net_price`."""

    kind: Literal["service", "starting_fee", "add_on"]
    reference: str
    title: str
    quantity: int
    unit_price: int
    tax_rate: Decimal
    is_net_price: bool

    @property
    def price(self) -> int:
        return self.quantity * self.unit_price

    @property
    def gross(self) -> int:
        return self.price + (percentage(self.price, self.tax_rate) if self.is_net_price else 0)


def charged_minutes(service: Service, slot: Interval) -> int:
    """Started charge intervals count in full; without one the booking is charged as it is long (started minutes)."""
    interval = service.charge_interval or 1
    return -(-(slot.end - slot.start) // (60 * interval)) * interval


def charge_service(service: Service, slot: Interval, quantity: int) -> list[Charge]:
    """The price for the duration, times the quantity, and the starting fee once."""
    intervals = charged_minutes(service, slot) // service.charge_interval if service.charge_interval else 1
    terms = (service.tax_rate, service.is_net_price)
    charges = [Charge("service", service.id, service.name, quantity, service.price * intervals, *terms)]
    if service.starting_fee:
        charges.append(Charge("starting_fee", service.id, service.name, 1, service.starting_fee, *terms))
    return charges


def charge_add_on(add_on: AddOn, quantity: int) -> Charge:
    return Charge(
        "add_on", add_on.id, add_on.name, quantity, add_on.price, add_on.tax_rate, add_on.is_net_price
    )


def price(bookings: Sequence[Sequence[Charge]], voucher: Voucher | None) -> list[tuple[Line, ...]]:
    """The priced lines of each booking: the order's discount spread over the lines it applies to, so that sums are exact."""
    charges = [charge for booking in bookings for charge in booking]
    reduced = [charge.gross if voucher and applies(voucher, charge) else 0 for charge in charges]
    lines = iter(map(_line, charges, apportion(_discount(sum(reduced), voucher), reduced)))
    return [tuple(next(lines) for _ in booking) for booking in bookings]


def applies(voucher: Voucher, charge: Charge) -> bool:
    """Add-ons are reduced only by a voucher for everything."""
    return not voucher.service_ids or (charge.kind != "add_on" and charge.reference in voucher.service_ids)


def amounts_of(lines: Iterable[Line]) -> Amounts:
    """Sums of lines."""
    lines = list(lines)
    return Amounts(
        total=sum(line.total for line in lines),
        net_amount=sum(line.net_amount for line in lines),
        tax_amount=sum(line.tax_amount for line in lines),
        discount_amount=sum(line.discount_amount for line in lines),
    )


def taxes_of(lines: Iterable[Line]) -> tuple[TaxTotal, ...]:
    """Sums of lines for each tax rate, the highest rate first."""
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


def _discount(gross: int, voucher: Voucher | None) -> int:
    """Never more than the price."""
    if voucher is None:
        return 0
    discount = voucher.amount if voucher.percent is None else percentage(gross, voucher.percent)
    return min(discount or 0, gross)


def _line(charge: Charge, discount: int) -> Line:
    total = charge.gross - discount
    # A net price stands as it is in the catalog; once discounted, the net is what is left of the gross.
    net = charge.price if charge.is_net_price and not discount else net_of(total, charge.tax_rate)
    return Line(
        **charge._asdict(), discount_amount=discount, net_amount=net, tax_amount=total - net, total=total
    )
