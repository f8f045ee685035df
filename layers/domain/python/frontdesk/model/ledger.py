"""The day ledger: how much of a resource is in use at each second of one UTC day, and what a change may do to it.

`segments` maps the second of the day at which a segment begins to the quantity in use until the next one begins; the
first begins at 0. Holds are the few claims that can expire: drafts and orders being placed. They count beside the
segments. See docs/decisions.md, "The day ledger".
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from frontdesk.model.intervals import DAY, overlap

# An update expression takes 4 KB and 300 operators; past this many pieces the whole map is written instead.
MOST_PIECES = 100


class LedgerKey(NamedTuple):
    """Whose day it is: a resource's id, and the UTC day as YYYY-MM-DD."""

    owner: str
    day: str


class Claim(NamedTuple):
    """A quantity from `start` up to `end`, in seconds of the day."""

    start: int
    end: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Hold:
    """A claim that lives while its order is a draft or being placed, until `expires_at` (epoch seconds)."""

    order_id: str
    attempt: str
    claim: Claim
    override: bool
    expires_at: int

    def is_live(self, now: int) -> bool:
        """The one rule for whether a hold counts. Past its time it does not, but see `LedgerChange.evicted`."""
        return now < self.expires_at


@dataclass(frozen=True, slots=True)
class Ledger:
    """A day as it was read. `shape` changes when segments or holds come or go, `version` with every write."""

    key: LedgerKey
    segments: Mapping[int, int] = field(default_factory=lambda: {0: 0})
    holds: Mapping[str, Hold] = field(default_factory=dict)
    shape: str = ""
    version: int = 0


class Taken(NamedTuple):
    """A stretch of a day that leaves too little: `in_use` is the most that is in use at any instant of it."""

    start: int
    end: int
    in_use: int


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """One write of one ledger.

    `sets` maps the start of a segment to (the segment whose present value it builds on, the quantity added to that);
    a start that is not yet there splits its segment. `limits` maps a present segment to the most that may be in use
    in it, at the moment of the write, for the change to be allowed. `replacement` stands for `sets` where those would
    be too many: then the write is bound to the version, not to the limits.
    `evicted` are the expired holds that the change takes out: their orders must become `expired` with the same write.
    """

    seen: Ledger
    sets: Mapping[int, tuple[int, int]]
    limits: Mapping[int, int]
    new_holds: Mapping[str, Hold]
    evicted: Mapping[str, Hold]
    replacement: Mapping[int, int] | None

    @property
    def reshapes(self) -> bool:
        return bool(
            self.seen.version == 0
            or self.replacement is not None
            or self.new_holds
            or self.evicted
            or any(start not in self.seen.segments for start in self.sets)
        )

    def result(self) -> dict[int, int]:
        """The segments after the change, if nothing else changes them."""
        if self.replacement is not None:
            return dict(self.replacement)
        segments = dict(self.seen.segments)
        segments.update({start: self.seen.segments[base] + added for start, (base, added) in self.sets.items()})
        return dict(sorted(segments.items()))


def expired_overlapping(ledger: Ledger, claims: Iterable[Claim], now: int) -> dict[str, Hold]:
    """The expired holds in the way of claims: they need not be waited for, but must be taken out."""
    wanted = list(claims)
    return {
        name: hold for name, hold in ledger.holds.items() if not hold.is_live(now) and any(overlap(hold.claim, claim) for claim in wanted)
    }


def taken(ledger: Ledger, others: Iterable[Claim], wanted: Claim, capacity: int, now: int) -> list[Taken]:
    """Where `wanted` does not fit beside what is in use and `others`, as few stretches in order; empty if it fits.

    A claim fits if at no instant of [start, end) the quantity in use plus its own exceeds `capacity`.
    """
    claims = [*others, *(hold.claim for hold in ledger.holds.values() if hold.is_live(now))]
    result: list[Taken] = []
    for start, end, base in _pieces(ledger.segments, [wanted, *claims]):
        if not (wanted.quantity and wanted.start <= start < wanted.end):
            continue
        in_use = ledger.segments[base] + _sum_at(start, claims)
        if in_use + wanted.quantity <= capacity:
            continue
        if result and result[-1].end == start:
            result[-1] = Taken(result[-1].start, end, max(in_use, result[-1].in_use))
        else:
            result.append(Taken(start, end, in_use))
    return result


def change(
    ledger: Ledger,
    claims: Iterable[Claim] = (),
    holds: Mapping[str, Hold] | None = None,
    *,
    capacity: int | None,
    now: int,
) -> LedgerChange:
    """Plans the write that adds claims and holds to a ledger, whatever else additive writers do meanwhile.

    `capacity` None means an override: added without a limit.
    """
    added, new_holds = list(claims), dict(holds or {})
    asked = [*added, *(hold.claim for hold in new_holds.values())]
    evicted = expired_overlapping(ledger, asked, now)
    staying = [hold.claim for name, hold in ledger.holds.items() if name not in evicted]

    sets: dict[int, tuple[int, int]] = {}
    for start, _, base in _pieces(ledger.segments, added):
        quantity = _sum_at(start, added)
        if quantity or start not in ledger.segments:
            sets[start] = (base, quantity)

    limits: dict[int, int] = {}
    if capacity is not None:
        for start, _, base in _pieces(ledger.segments, [*asked, *staying]):
            wanted = _sum_at(start, asked)
            if wanted:
                room = capacity - wanted - _sum_at(start, staying)
                limits[base] = min(room, limits.get(base, room))

    planned = LedgerChange(ledger, sets, limits, new_holds, evicted, None)
    if max(len(sets), len(limits)) > MOST_PIECES:
        return LedgerChange(ledger, {}, {}, new_holds, evicted, joined(planned.result()))
    return planned


def joined(segments: Mapping[int, int]) -> dict[int, int]:
    """The same profile without boundaries at which nothing changes."""
    result: dict[int, int] = {}
    last: int | None = None
    for start, quantity in sorted(segments.items()):
        if quantity != last:
            result[start] = last = quantity
    return result


def _pieces(segments: Mapping[int, int], claims: Iterable[Claim]) -> list[tuple[int, int, int]]:
    """The day cut at every boundary of segments and claims: (start, end, start of the segment it lies in)."""
    bounds = sorted(segments)
    cuts = sorted({*bounds, *(second for claim in claims for second in claim[:2] if second < DAY)})
    return [(start, end, bounds[bisect_right(bounds, start) - 1]) for start, end in zip(cuts, [*cuts[1:], DAY], strict=True)]


def _sum_at(second: int, claims: Iterable[Claim]) -> int:
    return sum(claim.quantity for claim in claims if claim.start <= second < claim.end)
