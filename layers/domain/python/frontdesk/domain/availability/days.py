"""Computes how many units of a resource or series are free on several days, from its ledgers. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from frontdesk.domain.catalog.items import Resource, TimeslotSeries
from frontdesk.domain.ledger import Claim, Hold, Ledger, joined, occupied, taken
from frontdesk.domain.time.intervals import (
    DAY,
    Interval,
    day_start,
    merged,
)


class Stretch(NamedTuple):
    """A stretch of time throughout which `quota` more units can be booked."""

    start: int
    end: int
    quota: int


class Days:
    """The ledgers of a resource or series for consecutive days.

    `ledgers` has (ledger, ended holds, pending holds) for each day. Pending holds belong to orders that are still being placed.
    """

    def __init__(
        self,
        owner: Resource | TimeslotSeries,
        ledgers: Sequence[tuple[Ledger, Mapping[str, Hold], Mapping[str, Hold]]],
    ) -> None:
        self.owner = owner
        self._ledgers = ledgers

    @property
    def are_pending(self) -> bool:
        """Whether any order is still being placed on these days."""
        return any(pending for _, _, pending in self._ledgers)

    def busy(self, weight: int, *, for_sure: bool = False) -> list[Interval]:
        """Returns the times without room for `weight` more units. With `for_sure`, ignores orders that are still being placed."""
        if not weight:
            return []
        return merged(
            Interval(midnight + start, midnight + end)
            for ledger, over, pending in self._ledgers
            for midnight in (day_start(ledger.key.day),)
            for start, end, _ in taken(
                ledger,
                Claim(0, DAY, weight),
                self.owner.quantity,
                [*over.values(), *(pending.values() if for_sure else ())],
            )
        )

    def left(self, interval: Interval) -> int:
        """Returns the smallest number of free units at any moment of an interval."""
        starts, quotas = self._quotas
        return min(quotas[bisect_right(starts, interval.start) - 1 : bisect_left(starts, interval.end)])

    def stretches(self, interval: Interval) -> Iterator[Stretch]:
        """Splits the interval into consecutive stretches with a constant number of free units."""
        starts, quotas = self._quotas
        first, last = bisect_right(starts, interval.start) - 1, bisect_left(starts, interval.end)
        for at in range(first, last):
            end = starts[at + 1] if at + 1 < last else interval.end
            yield Stretch(max(starts[at], interval.start), end, quotas[at])

    @cached_property
    def _quotas(self) -> tuple[list[int], list[int]]:
        """(instants, quotas): from `instants[i]` on, `quotas[i]` units are free. Instants are in epoch seconds."""
        starts: list[int] = []
        quotas: list[int] = []
        for ledger, over, _ in self._ledgers:
            midnight = day_start(ledger.key.day)
            given_back = [hold.claim._replace(quantity=-hold.claim.quantity) for hold in over.values()]
            for segment, in_use in joined(occupied(ledger, given_back).segments).items():
                quota = max(0, self.owner.quantity - in_use)
                if not quotas or quotas[-1] != quota:
                    starts.append(midnight + segment.start)
                    quotas.append(quota)
        return starts, quotas
