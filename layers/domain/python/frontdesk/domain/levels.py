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
    """Returns (limit, level) for each different limit of the claims, the lowest limit first.

    `made` pairs each claim with a moment (epoch seconds) before the claim was made. The claim's limit is the
    highest quantity that `owner` has had since this moment.

    `level(second)` returns the number of units in use at a second of the day. It counts only the claims whose
    limit is not above `limit`. If it returns more than `limit`, the day is overbooked.
    """
    if owner is None:
        return []
    found = [(highest_since(owner, moment), claim) for claim, moment in made]
    nothing = Ledger(LedgerKey("", ""))
    return [
        (most, level(occupied(nothing, [claim for each, claim in found if each <= most]).segments))
        for most in sorted({most for most, _ in found})
    ]
