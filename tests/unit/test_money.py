"""Arithmetic of money, compared with Decimal and by its properties."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.money import apportion, half_up, net_of, percentage

AMOUNTS = st.integers(0, 10**12)
RATES = st.decimals(0, 100, places=2)


def _rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("5/2", 3), ("-5/2", -3), ("49/100", 0), ("-49/100", 0)],
)
def test_halves_round_away_from_zero(value: str, rounded: int) -> None:
    assert half_up(*Fraction(value).as_integer_ratio()) == rounded


@given(st.decimals(-(10**12), 10**12, places=4))
def test_rounding_is_what_decimal_calls_half_up(value: Decimal) -> None:
    assert half_up(*Fraction(value).as_integer_ratio()) == _rounded(value)


@given(st.fractions(-(10**6), 10**6))
def test_rounding_moves_a_value_by_half_a_unit_at_most_and_equally_in_both_directions(
    value: Fraction,
) -> None:
    up, down = (half_up(*signed.as_integer_ratio()) for signed in (value, -value))
    assert abs(up - value) <= Fraction(1, 2)
    assert down == -up


@pytest.mark.parametrize(
    ("amount", "percent", "part"),
    [(5500, "20", 1100), (50, "1", 1), (49, "1", 0), (1000, "0.05", 1), (7, "100", 7), (7, "0", 0)],
)
def test_a_percentage_is_rounded_half_up(amount: int, percent: str, part: int) -> None:
    assert percentage(amount, Decimal(percent)) == part


@given(AMOUNTS, RATES)
def test_a_percentage_equals_decimals(amount: int, percent: Decimal) -> None:
    assert percentage(amount, percent) == _rounded(amount * percent / 100)
    assert 0 <= percentage(amount, percent) <= amount


@pytest.mark.parametrize(
    ("gross", "rate", "net"),
    [(5000, "19", 4202), (500, "7", 467), (2900, "7", 2710), (5000, "0", 5000), (0, "19", 0), (1, "100", 1)],
)
def test_net_amounts(gross: int, rate: str, net: int) -> None:
    assert net_of(gross, Decimal(rate)) == net


@given(AMOUNTS, RATES)
def test_net_and_its_tax_are_the_gross_again_to_within_a_unit(gross: int, rate: Decimal) -> None:
    net = net_of(gross, rate)
    assert 0 <= net <= gross
    assert abs(net + percentage(net, rate) - gross) <= 1


@given(AMOUNTS, RATES)
def test_the_net_of_a_net_price_with_its_tax_is_that_price(net: int, rate: Decimal) -> None:
    assert net_of(net + percentage(net, rate), rate) == net


@given(AMOUNTS, st.lists(AMOUNTS, max_size=12))
def test_parts_sum_to_the_amount_and_are_fair_to_within_a_unit(amount: int, weights: list[int]) -> None:
    parts, whole = apportion(amount, weights), sum(weights)
    assert len(parts) == len(weights)
    assert sum(parts) == (amount if whole else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert part >= 0
        assert not whole or abs(part - Fraction(amount * weight, whole)) < 1


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.data())
def test_no_part_exceeds_its_weight_while_the_amount_does_not_exceed_the_sum(
    weights: list[int], data: st.DataObject
) -> None:
    parts = apportion(data.draw(st.integers(0, sum(weights))), weights)
    assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (1, [1, 2], [0, 1]),
        (1100, [5000, 500], [1000, 100]),
        (100, [1, 0, 1], [50, 0, 50]),
        (5, [], []),
        (5, [0, 0], [0, 0]),
    ],
)
def test_what_is_left_goes_to_the_largest_remainder_and_on_a_tie_to_the_earlier(
    amount: int, weights: list[int], parts: list[int]
) -> None:
    assert apportion(amount, weights) == parts
