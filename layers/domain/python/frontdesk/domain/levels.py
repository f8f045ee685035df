"""Computes quantities in use over a day, so that an audit can compare them with capacities. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from frontdesk.domain.catalog.items import Stock, highest_since
from frontdesk.domain.ledger import Claim, Ledger, LedgerKey, Segment, occupied

Level = Callable[[int], int]


def level(segments: Mapping[Segment, int]) -> Level:
    """Returns a function that maps a second of the day to the quantity in use."""
    ordered = sorted(segments)
    starts, levels = [segment.start for segment in ordered], [segments[segment] for segment in ordered]
    return lambda second: levels[bisect_right(starts, second) - 1]


def by_capacity(owner: Stock | None, made: Sequence[tuple[Claim, int]]) -> list[tuple[int, Level]]:
    """Returns (capacity, level) for each different capacity of the claims, the lowest capacity first.

    `made` has pairs (claim, moment). `moment` (epoch seconds) is shortly before the claim was made.
    The claim's capacity is the highest quantity that `owner` has had since `moment`.

    `level` maps a second of the day to the number of units in use. This number includes only the claims whose
    own capacity is at most `capacity`. If the number is higher than `capacity`, the day is overbooked.

    For example, a resource had 5 units until June, and has had 3 units since then. The moment of claim A is
    in May, and the moment of claim B is in July. The result is [(3, level of B), (5, level of A and B)].
    """
    if owner is None:
        return []
    found = [(highest_since(owner, moment), claim) for claim, moment in made]
    nothing = Ledger(LedgerKey("", ""))
    return [
        (most, level(occupied(nothing, [claim for each, claim in found if each <= most]).segments))
        for most in sorted({most for most, _ in found})
    ]
