"""Quantities in use over a day, for checking it afterwards. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from frontdesk.domain.catalog.items import Stock, highest_since
from frontdesk.domain.ledger import Claim, Ledger, LedgerKey, Segment, occupied

Level = Callable[[int], int]


def level(segments: Mapping[Segment, int]) -> Level:
    """Returns a function from second of the day to the quantity in use."""
    ordered = sorted(segments)
    starts, levels = [segment.start for segment in ordered], [segments[segment] for segment in ordered]
    return lambda second: levels[bisect_right(starts, second) - 1]


def by_capacity(owner: Stock | None, made: Sequence[tuple[Claim, int]]) -> list[tuple[int, Level]]:
    """Returns each capacity in force when claims were made, with the level of all claims made at or below it.

    The last of those claims found all the others present, so their level must not exceed the capacity. `made` has each claim with the
    moment (epoch seconds) since when any capacity may have applied to it.
    """
    if owner is None:
        return []
    found = [(highest_since(owner, moment), claim) for claim, moment in made]
    nothing = Ledger(LedgerKey("", ""))
    return [
        (most, level(occupied(nothing, [claim for each, claim in found if each <= most]).segments))
        for most in sorted({most for most, _ in found})
    ]
