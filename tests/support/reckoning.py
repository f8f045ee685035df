"""Computes a cart's amounts with Decimal, from the text of docs/api.md, "Prices and VAT". Uses none of the product's code."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

_ONE = Decimal(1)
# Decimal has no exact thirds, so smaller differences count as equal.
_FINE = Decimal("1e-30")


class Item(NamedTuple):
    """A line of a cart: the catalog's price in minor units, and whether the voucher applies."""

    price: int
    rate: Decimal
    is_net: bool
    reduced: bool = True


class Voucher(NamedTuple):
    percent: Decimal | None = None
    amount: int | None = None


class Reckoned(NamedTuple):
    """The expected amounts of a line."""

    net: int
    tax: int
    total: int
    discount: int


def reckon(items: Sequence[Item], voucher: Voucher | None = None) -> list[Reckoned]:
    """Computes each line of the cart."""
    with localcontext() as context:
        context.prec = 80
        return _reckon(items, voucher)


def _reckon(items: Sequence[Item], voucher: Voucher | None) -> list[Reckoned]:
    groups: defaultdict[tuple[Decimal, bool], list[int]] = defaultdict(list)
    for i, item in enumerate(items):
        groups[item.rate, item.is_net].append(i)
    # Net prices first get their tax, once for each rate.
    on_top = [0] * len(items)
    for (rate, is_net), members in groups.items():
        if is_net:
            for i, tax in zip(members, _spread([items[i].price * rate / 100 for i in members]), strict=True):
                on_top[i] = tax
    gross = [item.price + tax for item, tax in zip(items, on_top, strict=True)]
    # Then the discount is divided among the gross amounts.
    discounts = [0] * len(items)
    if voucher:
        reduced = [i for i, item in enumerate(items) if item.reduced]
        whole = sum(gross[i] for i in reduced)
        wanted = (
            voucher.amount
            if voucher.amount is not None
            else rounded(whole * (voucher.percent or Decimal(0)) / 100)
        )
        given = min(wanted, whole)
        if whole:
            shares = _largest_remainder(given, [Decimal(given) * gross[i] / whole for i in reduced])
            for i, share in zip(reduced, shares, strict=True):
                discounts[i] = share
    totals = [each - discount for each, discount in zip(gross, discounts, strict=True)]
    # Then the tax of each group is computed.
    taxes = list(on_top)
    for (rate, is_net), members in groups.items():
        if is_net and not any(discounts[i] for i in members):
            continue
        of_group = _spread([totals[i] * rate / (100 + rate) for i in members])
        for i, tax in zip(members, of_group, strict=True):
            taxes[i] = tax
    return [
        Reckoned(total - tax, tax, total, discount)
        for total, tax, discount in zip(totals, taxes, discounts, strict=True)
    ]


def _spread(exact: Sequence[Decimal]) -> list[int]:
    """Rounds exact numbers so that their sum equals the rounded exact sum."""
    return _largest_remainder(rounded(sum(exact, Decimal(0))), exact)


def _largest_remainder(whole: int, exact: Sequence[Decimal]) -> list[int]:
    floors = [_floor(each) for each in exact]
    remainders = [(each - floor).quantize(_FINE) for each, floor in zip(exact, floors, strict=True)]
    missing = whole - sum(floors)
    for i in sorted(range(len(exact)), key=lambda i: -remainders[i])[:missing]:
        floors[i] += 1
    return floors


def _floor(value: Decimal) -> int:
    # A value that is whole apart from Decimal's precision.
    return int((value + _FINE).quantize(_ONE, ROUND_DOWN))


def rounded(value: Decimal) -> int:
    return int((value + _FINE).quantize(_ONE, ROUND_HALF_UP))
