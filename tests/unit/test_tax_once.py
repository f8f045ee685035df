"""VAT once for each rate: EN 16931's examples of errors per line, and an independent calculation of random carts."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.catalog.items import Voucher
from frontdesk.domain.orders.order import Line, VoucherTerms
from frontdesk.domain.orders.pricing import Charge, amounts_of, price, taxes_of
from tests.support import reckoning

VAT19, VAT20 = Decimal(19), Decimal(20)


def _charge(
    unit_price: int, rate: Decimal, *, is_net: bool = False, quantity: int = 1, kind: str = "service"
) -> Charge:
    return Charge(kind, "s", "title", quantity, unit_price, rate, is_net)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "unit_price", "rate", "is_net", "tax"),
    [
        (52, 2990, VAT19, False, 248_25),
        (300, 99, VAT19, False, 47_42),
        (50, 241_67, VAT20, True, 2_416_70),
    ],
)
def test_bookings_one_by_one_owe_the_tax_of_the_same_as_one_line(
    count: int, unit_price: int, rate: Decimal, is_net: bool, tax: int
) -> None:
    apart = [line for of in price([[_charge(unit_price, rate, is_net=is_net)]] * count, None) for line in of]
    (together,) = price([[_charge(unit_price, rate, is_net=is_net, quantity=count)]], None)[0]

    assert amounts_of(apart).tax_amount == together.tax_amount == tax
    assert amounts_of(apart).total == together.total
    assert max(line.tax_amount for line in apart) - min(line.tax_amount for line in apart) <= 1


RATES = st.sampled_from(
    [Decimal(0), Decimal(7), VAT19, VAT20, Decimal("8.875"), Decimal("7.7"), Decimal(100)]
)
ITEMS = st.builds(
    _charge,
    st.integers(0, 30_000),
    RATES,
    is_net=st.booleans(),
    quantity=st.integers(1, 60),
    kind=st.sampled_from(["service", "starting_fee", "add_on"]),
)
CARTS = st.lists(st.lists(ITEMS, max_size=4), min_size=1, max_size=30)
TERMS = st.one_of(
    st.none(),
    st.builds(VoucherTerms, percent=st.decimals(0, 100, places=2), service_ids=st.sampled_from([(), ("s",)])),
    st.builds(VoucherTerms, amount=st.integers(0, 10**6), service_ids=st.sampled_from([(), ("s",)])),
)


def _reckoned(cart: list[list[Charge]], terms: VoucherTerms | None) -> list[reckoning.Reckoned]:
    items = [
        reckoning.Item(
            charge.price,
            charge.tax_rate,
            charge.is_net_price,
            not (terms and terms.service_ids) or charge.kind != "add_on",
        )
        for booking in cart
        for charge in booking
    ]
    return reckoning.reckon(items, terms and reckoning.Voucher(terms.percent, terms.amount))


@given(CARTS, TERMS)
def test_every_line_of_every_cart_is_as_reckoned(
    cart: list[list[Charge]], terms: VoucherTerms | None
) -> None:
    lines = [line for of in price(cart, terms) for line in of]

    assert [
        reckoning.Reckoned(line.net_amount, line.tax_amount, line.total, line.discount_amount)
        for line in lines
    ] == _reckoned(cart, terms)
    assert sum(tax.tax_amount for tax in taxes_of(lines)) == amounts_of(lines).tax_amount


@given(CARTS, TERMS)
def test_a_discount_is_what_the_voucher_says_to_the_unit(
    cart: list[list[Charge]], terms: VoucherTerms | None
) -> None:
    voucher = terms and Voucher(
        id="v", code="V", percent=terms.percent, amount=terms.amount, service_ids=frozenset(terms.service_ids)
    )
    assert price(cart, voucher) == price(cart, terms)


@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 60)), max_size=30), RATES)
def test_net_prices_stand_and_owe_the_rate_of_their_sum(lines: list[tuple[int, int]], rate: Decimal) -> None:
    cart = [[_charge(unit, rate, is_net=True, quantity=quantity)] for unit, quantity in lines]
    priced = [line for of in price(cart, None) for line in of]

    assert [line.net_amount for line in priced] == [unit * quantity for unit, quantity in lines]
    exact = sum(unit * quantity for unit, quantity in lines) * rate / 100
    assert abs(amounts_of(priced).tax_amount - exact) <= Decimal("0.5")


# Changes: one booking gets another price, and only its lines change.


def _errors(lines: list[Line]) -> list[Decimal]:
    """Returns how far the tax of each line is from the exact one."""
    return [line.tax_amount - line.total * line.tax_rate / (100 + line.tax_rate) for line in lines]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "terms", [None, VoucherTerms(percent=Decimal("12.5")), VoucherTerms(amount=25_000)], ids=repr
)
def test_two_hundred_changes_touch_what_they_change_and_keep_every_sum_right(
    seed: int, terms: VoucherTerms | None
) -> None:
    chance = random.Random(seed)
    rates = [VAT19, Decimal(7), Decimal("8.875")]
    prices = [(chance.randint(50, 9000), chance.choice(rates), chance.random() < 0.4) for _ in range(40)]
    order = price([[_charge(unit, rate, is_net=net)] for unit, rate, net in prices], terms)
    changes = [0] * len(order)

    for _ in range(200):
        at = chance.randrange(len(order))
        unit, rate, net = chance.randint(50, 9000), prices[at][1], prices[at][2]
        prices[at] = (unit, rate, net)
        kept = [line for i, of in enumerate(order) if i != at for line in of]
        before = list(order)
        (order[at],) = price([[_charge(unit, rate, is_net=net)]], terms, kept)
        changes[at] += 1

        assert [of for i, of in enumerate(order) if i != at] == [of for i, of in enumerate(before) if i != at]
        lines = [line for of in order for line in of]
        totals = amounts_of(lines)
        assert totals.total == totals.net_amount + totals.tax_amount
        assert totals.tax_amount == sum(tax.tax_amount for tax in taxes_of(lines))
        for line, error, count in zip(lines, _errors(lines), changes, strict=True):
            assert abs(error) <= 1 + count
            assert 0 <= line.tax_amount <= line.total
        (changed,) = order[at]
        if terms and terms.amount and changed.tax_amount in (0, changed.total):
            continue  # Its share of the discount equals its price, so it has no room for the difference.
        group = (changed.tax_rate, changed.is_net_price)
        assert _tax_by_group(lines)[group] == _owed_by_group(lines)[group]
        if not (terms and terms.amount):
            assert _tax_by_group(lines) == _owed_by_group(lines)
        if terms and terms.percent is not None:
            assert totals.discount_amount == reckoning.rounded(
                (totals.total + totals.discount_amount) * terms.percent / 100
            )


def _tax_by_group(lines: list[Line]) -> dict[tuple[Decimal, bool], int]:
    groups = {(line.tax_rate, line.is_net_price) for line in lines}
    return {
        group: sum(line.tax_amount for line in lines if (line.tax_rate, line.is_net_price) == group)
        for group in groups
    }


def _owed_by_group(lines: list[Line]) -> dict[tuple[Decimal, bool], int]:
    """Computes the tax of each group from the text of the rule."""
    owed = {}
    for rate, is_net in {(line.tax_rate, line.is_net_price) for line in lines}:
        of = [line for line in lines if (line.tax_rate, line.is_net_price) == (rate, is_net)]
        if is_net and not any(line.discount_amount for line in of):
            owed[rate, is_net] = reckoning.rounded(
                sum(line.unit_price * line.quantity for line in of) * rate / 100
            )
        else:
            owed[rate, is_net] = reckoning.rounded(sum(line.total for line in of) * rate / (100 + rate))
    return owed


def test_what_costs_nothing_owes_nothing_whatever_the_rest_of_its_order_was_rounded_to() -> None:
    order = price([[_charge(99, VAT19)]] * 30, None)
    for at in range(30):
        kept = [line for i, of in enumerate(order) if i != at for line in of]
        (order[at],) = price([[_charge(0, VAT19)]], None, kept)
        assert order[at][0].tax_amount == order[at][0].total == 0


def test_a_changed_line_never_has_more_discount_than_it_costs_nor_less_than_none() -> None:
    terms = VoucherTerms(amount=100_00)
    order = price([[_charge(60_00, VAT19)], [_charge(60_00, VAT19)]], terms)
    assert [of[0].discount_amount for of in order] == [50_00, 50_00]

    (cheaper,) = price([[_charge(20_00, VAT19)]], terms, order[1])
    assert (cheaper[0].discount_amount, cheaper[0].total) == (20_00, 0)
    (dearer,) = price([[_charge(90_00, VAT19)]], terms, order[1])
    assert (dearer[0].discount_amount, dearer[0].total) == (50_00, 40_00)
