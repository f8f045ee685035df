"""Arithmetic on integer minor units. All rounding in the project is `half_up`."""

from collections.abc import Sequence
from decimal import Decimal


def half_up(numerator: int, denominator: int) -> int:
    """Rounds a fraction to the nearest integer, halves away from zero. The denominator must be positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def percentage(amount: int, percent: Decimal) -> int:
    """Returns `percent` of an amount, rounded."""
    numerator, denominator = percent.as_integer_ratio()
    return half_up(amount * numerator, 100 * denominator)


def net_of(gross: int, rate: Decimal) -> int:
    """Returns the net part of a gross amount at a tax rate in percent, rounded."""
    numerator, denominator = rate.as_integer_ratio()
    return half_up(gross * 100 * denominator, 100 * denominator + numerator)


def apportion(amount: int, weights: Sequence[int]) -> list[int]:
    """Divides an amount in proportion to weights (largest remainder method). The parts add up exactly to the amount.

    If `amount` is at most the sum of the weights, each part is at most its weight. If two remainders are equal, the earlier
    part is rounded up first. If all weights are zero, all parts are zero.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def round_to(owed: int, numerators: Sequence[int], denominator: int, most: Sequence[int]) -> list[int]:
    """Rounds the fractions `numerators / denominator` to integers that add up to `owed` (largest remainder method).

    Each result is from 0 to the value in `most`, and a fraction of 0 stays 0. If these limits require it, the sum differs from `owed`. Of
    fractions with equal remainders, the earlier ones are rounded up first.
    """
    parts = [half_up(numerator, denominator) for numerator in numerators]
    left = owed - sum(parts)
    if not left:
        return parts
    step = 1 if left > 0 else -1
    remainders = [n - part * denominator for n, part in zip(numerators, parts, strict=True)]
    # Subtracting starts at the end, so that the earlier of two equal fractions keeps its unit.
    in_turn = sorted(range(len(parts))[::step], key=lambda i: -step * remainders[i])
    in_turn = [i for i in in_turn if numerators[i]]
    while left and (able := [i for i in in_turn if 0 <= parts[i] + step <= most[i]]):
        for i in able[: abs(left)]:
            parts[i] += step
            left -= step
    return parts
