"""How much of a day is in use at each second, for whoever looks at it afterwards."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from frontdesk.domain.catalog.items import Stock, highest_since
from frontdesk.domain.ledger import Claim, Ledger, LedgerKey, Segment, occupied

Level = Callable[[int], int]


def level(segments: Mapping[Segment, int]) -> Level:
    """The quantity at each second of a day."""
    ordered = sorted(segments)
    starts, levels = [segment.start for segment in ordered], [segments[segment] for segment in ordered]
    return lambda second: levels[bisect_right(starts, second) - 1]


def by_capacity(owner: Stock | None, made: Sequence[tuple[Claim, int]]) -> list[tuple[int, Level]]:
    """The quantities that there were when claims were made, each with what all take that were made by at most it.

    Of those, the one that was made last found the others there. `made`: each claim with the moment (epoch seconds) since when
    any quantity counts for it, as it may have been moved.
    """
    if owner is None:
        return []
    found = [(highest_since(owner, moment), claim) for claim, moment in made]
    nothing = Ledger(LedgerKey("", ""))
    return [
        (most, level(occupied(nothing, [claim for each, claim in found if each <= most]).segments))
        for most in sorted({most for most, _ in found})
    ]
