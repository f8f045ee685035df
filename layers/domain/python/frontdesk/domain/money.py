"""Arithmetic on integer minor units. Every rounding of the project is `half_up`."""

from collections.abc import Sequence
from decimal import Decimal


def half_up(numerator: int, denominator: int) -> int:
    """Rounds a fraction to the nearest integer, halves away from zero. The denominator is positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def percentage(amount: int, percent: Decimal) -> int:
    """`percent` of an amount."""
    numerator, denominator = percent.as_integer_ratio()
    return half_up(amount * numerator, 100 * denominator)


def net_of(gross: int, rate: Decimal) -> int:
    """The net part of a gross amount at a tax rate in percent."""
    numerator, denominator = rate.as_integer_ratio()
    return half_up(gross * 100 * denominator, 100 * denominator + numerator)


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Spreads an amount in proportion to weights so that the parts sum to it exactly (largest remainder).

    Parts never exceed their weight while `amount` does not exceed the sum of the weights. Ties go to the earlier part.
    All weights zero spread nothing.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts
