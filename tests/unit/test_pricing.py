"""Prices of bookings: the guide's example, and sums that hold for every catalog."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.catalog.items import Service, Voucher
from frontdesk.domain.orders.order import Line
from frontdesk.domain.orders.pricing import (
    Charge,
    amounts_of,
    charge_add_on,
    charge_service,
    charged_minutes,
    price,
    taxes_of,
)
from frontdesk.domain.time.intervals import Interval
from local.servers import ROOT
from tests.unit.builders import COFFEE, DESK, MEETING, ONCE10, SUMMER20

HOUR = Interval(0, 3600)


def _figures(charges: list[Charge], voucher: Voucher | None = None) -> tuple[int, int, int, int]:
    """Returns (total, net, tax, discount)."""
    return tuple(amounts_of(price([charges], voucher)[0]).model_dump().values())  # type: ignore[return-value]


def test_one_hour_of_meeting() -> None:
    assert _figures(charge_service(MEETING, HOUR, 1)) == (5000, 4202, 798, 0)


def test_three_nights_with_a_voucher_cost_what_the_documents_say() -> None:
    night = Service(id="n", name="Night", price=8990, tax_rate=19, charge_interval=1440)
    ten = Voucher(id="v", code="TEN", percent=10)
    total, net, tax, discount = _figures(charge_service(night, Interval(0, 3 * 86_400), 1), ten)

    assert (total, net, tax, discount) == (24_273, 20_397, 3_876, 2_697)
    text = (ROOT / "docs/api.md").read_text()
    assert (
        f"the discount {discount / 100} and the total {total / 100}, with {tax / 100} tax and {net / 100} net"
        in text
    )


def test_with_two_coffees_and_a_voucher_of_twenty_percent() -> None:
    charges = [*charge_service(MEETING, HOUR, 1), charge_add_on(COFFEE, 2)]
    assert _figures(charges) == (5500, 4202 + 467, 798 + 33, 0)
    assert _figures(charges, SUMMER20) == (4400, 3735, 665, 1100)
    (lines,) = price([charges], SUMMER20)
    assert [(line.total, line.net_amount, line.tax_amount) for line in lines] == [
        (4000, 3361, 639),
        (400, 374, 26),
    ]
    assert [tax.model_dump() for tax in taxes_of(lines)] == [
        {"rate": Decimal(19), "net_amount": 3361, "tax_amount": 639, "total": 4000},
        {"rate": Decimal(7), "net_amount": 374, "tax_amount": 26, "total": 400},
    ]


def test_twelve_desks() -> None:
    assert _figures(charge_service(DESK, Interval(0, 8 * 3600), 12))[0] == 34800


@pytest.mark.parametrize(
    ("seconds", "total", "minutes"),
    [(1, 5000, 60), (3600, 5000, 60), (3601, 10000, 120), (5400, 10000, 120), (86400, 120000, 1440)],
)
def test_every_started_hour_counts(seconds: int, total: int, minutes: int) -> None:
    slot = Interval(10, 10 + seconds)
    assert _figures(charge_service(MEETING, slot, 1))[0] == total
    assert charged_minutes(MEETING, slot) == minutes


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 1), (60, 1), (61, 2), (5400, 90)])
def test_without_an_interval_the_booking_is_charged_once_for_its_started_minutes(
    seconds: int, minutes: int
) -> None:
    slot = Interval(0, seconds)
    assert charged_minutes(DESK, slot) == minutes
    assert _figures(charge_service(DESK, slot, 1))[0] == 2900


def test_the_starting_fee_counts_once_whatever_the_quantity() -> None:
    service = MEETING.model_copy(update={"starting_fee": 700})
    charges = charge_service(service, Interval(0, 7200), 3)
    assert [(charge.kind, charge.quantity, charge.unit_price) for charge in charges] == [
        ("service", 3, 10000),
        ("starting_fee", 1, 700),
    ]
    assert _figures(charges)[0] == 30700


def test_a_net_price_gets_its_tax_on_top_and_stays_as_it_is() -> None:
    service = MEETING.model_copy(update={"is_net_price": True})
    assert _figures(charge_service(service, HOUR, 1)) == (5950, 5000, 950, 0)
    assert _figures(charge_service(service, HOUR, 1), SUMMER20) == (4760, 4000, 760, 1190)
    (line,) = price([charge_service(service, HOUR, 1)], None)[0]
    assert line.single_net_amount == 5000


def test_the_single_net_amount_of_a_gross_price_is_without_its_tax_and_before_the_discount() -> None:
    (line,) = price([charge_service(MEETING, HOUR, 2)], SUMMER20)[0]
    assert (line.quantity, line.single_net_amount) == (2, 4202)


def test_an_amount_off_is_that_amount_and_one_above_the_price_leaves_nothing_to_pay() -> None:
    charges = charge_service(MEETING, HOUR, 1)
    assert _figures(charges, ONCE10) == (4000, 3361, 639, 1000)
    assert _figures(charges, ONCE10.model_copy(update={"amount": 99_999})) == (0, 0, 0, 5000)


def test_a_voucher_on_what_costs_nothing_is_worth_nothing() -> None:
    assert _figures([charge_add_on(COFFEE.model_copy(update={"price": 0}), 3)], ONCE10) == (0, 0, 0, 0)
    assert price([], ONCE10) == []
    assert price([[], []], ONCE10) == [(), ()]


@pytest.mark.parametrize("terms", [{}, {"percent": Decimal(1), "amount": 1}])
def test_a_voucher_has_either_percent_or_amount(terms: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="percent_or_amount"):
        Voucher(id="v", code="X", **terms)


CHARGES = st.builds(
    Charge,
    st.sampled_from(["service", "starting_fee", "add_on"]),
    st.just("id"),
    st.just("title"),
    st.integers(1, 100),
    st.integers(0, 10**7),
    st.sampled_from([Decimal(0), Decimal(7), Decimal("7.0"), Decimal(19), Decimal("8.875")]),
    st.booleans(),
    st.none(),
    st.none(),
)
ORDERS = st.lists(st.lists(CHARGES, max_size=4), min_size=1, max_size=4)
VOUCHERS = st.one_of(
    st.none(),
    st.builds(lambda percent: Voucher(id="v", code="V", percent=percent), st.decimals(0, 100, places=2)),
    st.builds(lambda amount: Voucher(id="v", code="V", amount=amount), st.integers(0, 10**10)),
)


def _whole(order: list[list[Charge]]) -> int:
    """Returns the total before the discount."""
    return sum(line.total for of_booking in price(order, None) for line in of_booking)


@given(ORDERS, VOUCHERS)
def test_each_line_and_every_sum_of_lines_adds_up(order: list[list[Charge]], voucher: Voucher | None) -> None:
    of_bookings = price(order, voucher)
    lines: list[Line] = [line for of_booking in of_bookings for line in of_booking]
    whole = _whole(order)
    totals = amounts_of(lines)

    assert [len(of_booking) for of_booking in of_bookings] == [len(booking) for booking in order]
    for line in lines:
        assert line.total == line.net_amount + line.tax_amount
        assert line.total >= 0
        assert 0 <= line.net_amount <= line.total
        assert line.discount_amount >= 0
    for field in ("total", "net_amount", "tax_amount", "discount_amount"):
        assert getattr(totals, field) == sum(
            getattr(amounts_of(of_booking), field) for of_booking in of_bookings
        )
    for field in ("total", "net_amount", "tax_amount"):
        assert getattr(totals, field) == sum(getattr(tax, field) for tax in taxes_of(lines))
    assert totals.total + totals.discount_amount == whole
    assert len({tax.rate for tax in taxes_of(lines)}) == len(taxes_of(lines))


@given(ORDERS, VOUCHERS)
def test_the_discount_is_what_the_voucher_says_and_never_more_than_the_price(
    order: list[list[Charge]], voucher: Voucher | None
) -> None:
    whole = _whole(order)
    discount = amounts_of(line for of_booking in price(order, voucher) for line in of_booking).discount_amount
    if voucher is None:
        assert discount == 0
    elif voucher.amount is not None:
        assert discount == min(voucher.amount, whole)
    else:
        assert voucher.percent is not None
        assert abs(discount - whole * voucher.percent / 100) <= Decimal("0.5")


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 600))
def test_a_longer_booking_never_costs_less(seconds: int, more: int, interval: int) -> None:
    service = Service(id="s", name="S", price=100, tax_rate=Decimal(19), charge_interval=interval)
    shorter, longer = (
        sum(c.price for c in charge_service(service, Interval(0, s), 1)) for s in (seconds, seconds + more)
    )
    assert shorter <= longer
    assert 0 <= charged_minutes(service, Interval(0, seconds)) * 60 - seconds < interval * 60
