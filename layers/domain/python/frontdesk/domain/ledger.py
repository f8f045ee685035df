"""The day ledger: how much of an owner (a resource, a timeslot series) is in use at each second of one UTC day.

The day is cut into segments, each with the quantity in use all through it. A segment's name has its start
and its end, so whoever adds to it by name adds to exactly the stretch that was seen. A segment that
somebody else has cut is gone, and the write fails. That is the whole guard; nothing else of the day needs to be as it was seen.

Holds are the few claims that can end without being canceled: those of drafts, and of orders that are being placed. What
they take is in the segments already; a hold only remembers how much to give back. See docs/decisions.md, "The day ledger".
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from frontdesk.domain.time.intervals import DAY, overlap

# Where a segment is cut, it is cut along this grid too (seconds): neighbours who come next find their segments there.
GRID = 3600
# An expression takes 4 KB and 300 operators, and a segment up to four of them: two bounds, each joined to what is before it.
# Past this many segments and holds the whole maps are written instead.
MAX_CHANGES = 70
# A day of more segments than its minutes is tidied as soon as that at least halves it.
MANY_SEGMENTS = 1440


class LedgerKey(NamedTuple):
    """Whose day it is: the owner's kind and id, and the UTC day as YYYY-MM-DD."""

    owner: str
    day: str
    kind: Literal["resource", "timeslot_series"] = "resource"


class Segment(NamedTuple):
    """From `start` up to `end`, in seconds of the day."""

    start: int
    end: int


WHOLE_DAY = Segment(0, DAY)


class Profile(Mapping[Segment, int]):
    """The segments of a whole day in their order, without gaps. What is asked of many of them at once is fast."""

    __slots__ = ("starts", "used")

    def __init__(self, starts: list[int], used: list[int]) -> None:
        self.starts = starts
        self.used = used

    @classmethod
    def of(cls, segments: Mapping[Segment, int]) -> "Profile":
        if isinstance(segments, Profile):
            return segments
        ordered = sorted(segments.items())
        return cls([start for (start, _), _ in ordered], [used for _, used in ordered])

    def __getitem__(self, segment: Segment) -> int:
        at = bisect_left(self.starts, segment[0])
        if at == len(self.starts) or self.segment(at) != segment:
            raise KeyError(segment)
        return self.used[at]

    def __iter__(self) -> Iterator[Segment]:
        return map(Segment, self.starts, [*self.starts[1:], DAY])

    def __len__(self) -> int:
        return len(self.starts)

    def by_segment(self) -> dict[Segment, int]:
        return dict(zip(self, self.used, strict=True))

    def within(self, start: int, end: int) -> slice:
        """The positions of the segments that [start, end) touches."""
        return slice(bisect_right(self.starts, start) - 1, bisect_left(self.starts, end))

    def plus(self, claim: "Claim") -> "Profile":
        """With a claim, at whose ends it is cut."""
        starts, used = self.starts.copy(), self.used.copy()
        for second in claim[:2]:
            at = bisect_left(starts, second)
            if second < DAY and (at == len(starts) or starts[at] != second):
                starts.insert(at, second)
                used.insert(at, used[at - 1])
        on = slice(bisect_left(starts, claim.start), bisect_left(starts, claim.end))
        used[on] = map(claim.quantity.__add__, used[on])
        return Profile(starts, used)

    def segment(self, at: int) -> Segment:
        return Segment(self.starts[at], self.starts[at + 1] if at + 1 < len(self.starts) else DAY)


class Claim(NamedTuple):
    """A quantity from `start` up to `end`, in seconds of the day."""

    start: int
    end: int
    quantity: int


class Hold(NamedTuple):
    """A claim of a draft, or of an order that is being placed, up to `expires_at` (epoch seconds).

    Neither state nor clock of a hold says what becomes of it: its order does (`domain.orders.states.hold_status`).
    """

    order_id: str
    attempt: str
    claim: Claim
    override: bool
    expires_at: int
    placing: bool = False


class Ledger(NamedTuple):
    """A day as it was read. `version` changes with every write; 0 is a day that nobody has written yet."""

    key: LedgerKey
    segments: Mapping[Segment, int] = Profile.of({WHOLE_DAY: 0})
    holds: Mapping[str, Hold] = {}
    version: int = 0


class Taken(NamedTuple):
    """A stretch of a day that leaves too little: `in_use` is the most that is in use at any instant of it."""

    start: int
    end: int
    in_use: int


class Bound(NamedTuple):
    """What a segment must hold at the moment of the write: at least `least`, at most `most` (None: anything)."""

    least: int
    most: int | None

    def allows(self, used: int | None) -> bool:
        """None stands for a segment that is not there."""
        return used is not None and used >= self.least and (self.most is None or used <= self.most)


class LedgerChange(NamedTuple):
    """One write of one ledger, good for any state of it in which every segment of `bounds` is there and within them.

    `parts` maps a segment to what takes its place, each with the quantity added; a segment that is not cut is its own
    part. `replacement` stands for `parts` where those and the holds would be too many: then the write is bound to the
    version, and bounds are left only where they fail at that version already.
    `ended` holds give back what they took: each must still be there. `dropped` ones leave it to their bookings. Of
    `new_holds` none may be there: a claim that arrives twice would be counted twice, and given back once.
    """

    seen: Ledger
    parts: Mapping[Segment, Mapping[Segment, int]]
    bounds: Mapping[Segment, Bound]
    new_holds: Mapping[str, Hold]
    ended: Mapping[str, Hold]
    dropped: frozenset[str]
    replacement: Mapping[Segment, int] | None = None

    @property
    def key(self) -> LedgerKey:
        return self.seen.key

    def applied_to(self, ledger: Ledger) -> Ledger | None:
        """The ledger after the write; None where it does not take place. What the store's condition says, in Python."""
        if (ledger.version == 0) != (self.seen.version == 0) or not self.ended.keys() <= ledger.holds.keys():
            return None
        if self.new_holds.keys() & ledger.holds.keys():
            return None
        if self.replacement is not None and ledger.version != self.seen.version:
            return None
        if not all(bound.allows(ledger.segments.get(segment)) for segment, bound in self.bounds.items()):
            return None
        segments = Profile.of(ledger.segments if self.replacement is None else self.replacement).by_segment()
        for segment, parts in self.parts.items():
            used = segments.pop(segment)
            segments.update({part: used + added for part, added in parts.items()})
        gone = self.ended.keys() | self.dropped
        holds = {name: hold for name, hold in ledger.holds.items() if name not in gone} | dict(self.new_holds)
        return Ledger(ledger.key, Profile.of(segments), holds, ledger.version + 1)

    def result(self) -> Ledger:
        """The ledger as seen, after the write."""
        after = self.applied_to(self.seen)
        assert after is not None, "a change is good for what it was planned on"
        return after


def taken(
    ledger: Ledger, wanted: Claim, capacity: int, over: Iterable[Hold] = (), most_found: int = DAY
) -> list[Taken]:
    """Where `wanted` does not fit beside what is in use, as few stretches in order; empty if it fits.

    A claim fits if at no instant of [start, end) the quantity in use plus its own exceeds `capacity`. Holds in `over`
    do not count. Of many stretches only the first `most_found` are looked for.
    """
    profile = Profile.of(ledger.segments)
    on, most = profile.within(wanted.start, wanted.end), capacity - wanted.quantity
    if max(profile.used[on]) <= most:
        # What is given back only makes more room.
        return []
    gone = [hold.claim for hold in over if overlap(hold.claim, wanted)]
    result: list[Taken] = []
    for start, end, in_use in _in_use(profile, on, gone):
        start, end = max(start, wanted.start), min(end, wanted.end)
        if in_use <= most or start >= end:
            continue
        if result and result[-1].end == start:
            result[-1] = Taken(result[-1].start, end, max(in_use, result[-1].in_use))
        elif len(result) == most_found:
            break
        else:
            result.append(Taken(start, end, in_use))
    return result


def _in_use(profile: Profile, on: slice, gone: Sequence[Claim]) -> Iterator[tuple[int, int, int]]:
    """The stretches of some segments, in order, each with what is in use without what is `gone`."""
    if not gone:
        ends = [*profile.starts[on.start + 1 : on.stop], profile.segment(on.stop - 1).end]
        yield from zip(profile.starts[on], ends, profile.used[on], strict=True)
        return
    given_back = _Sum(gone)
    within = Claim(profile.starts[on.start], profile.segment(on.stop - 1).end, 0)
    for start, end, segment in _pieces(profile, [within], gone):
        yield start, end, profile[segment] - given_back.at(start)


def occupied(ledger: Ledger, claims: Iterable[Claim]) -> Ledger:
    """The ledger as it would be with the claims; not for writing."""
    profile = Profile.of(ledger.segments)
    for claim in claims:
        profile = profile.plus(claim)
    return ledger._replace(segments=profile)


def change(
    ledger: Ledger,
    claims: Iterable[Claim] = (),
    *,
    capacity: int | None,
    released: Iterable[Claim] = (),
    holds: Mapping[str, Hold] | None = None,
    ended: Mapping[str, Hold] | None = None,
    dropped: Iterable[str] = (),
) -> LedgerChange:
    """Plans the write that adds `claims`, and `holds` with theirs, and takes away `released` and what the `ended` holds took.

    `capacity` is asked for only where `claims` and `holds` together take more than is `released`; None means an override.
    """
    new_holds, ended = dict(holds or {}), dict(ended or {})
    asked = [*claims, *(hold.claim for hold in new_holds.values())]
    released, given_back = list(released), [hold.claim for hold in ended.values()]
    touched, plus, minus, back = (
        [*asked, *released, *given_back],
        _Sum(asked),
        _Sum(released),
        _Sum(given_back),
    )

    parts: dict[Segment, dict[Segment, int]] = {}
    bounds: dict[Segment, Bound] = {}
    for start, end, segment in _pieces(ledger.segments, touched, touched, GRID):
        rise = plus.at(start) - minus.at(start)
        delta = rise - back.at(start)
        parts.setdefault(segment, {})[Segment(start, end)] = delta
        least, most = bounds.get(segment, Bound(0, None))
        if rise > 0 and capacity is not None:
            most = capacity - delta if most is None else min(most, capacity - delta)
        bounds[segment] = Bound(max(least, -delta), most)
    for segment in [
        segment for segment, cut in parts.items() if cut == {segment: 0} and bounds[segment].most is None
    ]:
        del parts[segment], bounds[segment]

    planned = LedgerChange(ledger, parts, bounds, new_holds, ended, frozenset(dropped) & ledger.holds.keys())
    size = sum(map(len, parts.values())) + len(new_holds) + len(ended) + len(planned.dropped)
    if ledger.version == 0 or (size <= MAX_CHANGES and not _is_untidy(ledger.segments)):
        return planned
    failing = next(
        ({segment: bound} for segment, bound in bounds.items() if not bound.allows(ledger.segments[segment])),
        {},
    )
    after = ledger if failing else planned.result()
    return planned._replace(parts={}, bounds=failing, replacement=tidied(after.segments))


def tidied(segments: Mapping[Segment, int]) -> Profile:
    """The same profile without the cuts that nobody needs any more: those off the grid with nothing in use at both sides.

    A claim that ends at such a cut would be in use beside it. Where something is in use on both sides, a claim may end
    there although they are alike: whoever cancels it would make the cut anew, and no day would be sure to stay small.
    """
    profile = Profile.of(segments)
    kept = [
        at
        for at, start in enumerate(profile.starts)
        if profile.used[at] or start % GRID == 0 or profile.used[at - 1]
    ]
    return Profile([profile.starts[at] for at in kept], [profile.used[at] for at in kept])


def _is_untidy(segments: Mapping[Segment, int]) -> bool:
    return len(segments) > MANY_SEGMENTS and 2 * len(tidied(segments)) <= len(segments)


def joined(segments: Mapping[Segment, int]) -> dict[Segment, int]:
    """The same profile in as few segments as can be."""
    result: dict[Segment, int] = {}
    last: Segment | None = None
    for segment, used in sorted(segments.items()):
        if last is not None and result[last] == used:
            del result[last]
            last = Segment(last.start, segment.end)
        else:
            last = segment
        result[last] = used
    return result


def _pieces(
    segments: Mapping[Segment, int], within: Sequence[Claim], at: Iterable[Claim], grid: int | None = None
) -> Iterator[tuple[int, int, Segment]]:
    """The segments that a claim of `within` touches, cut at the ends of the claims `at`: (start, end, the segment it lies in).

    With a `grid` (seconds) a segment that is cut at all is cut along it too.
    """
    profile = Profile.of(segments)
    slices = [profile.within(claim.start, claim.end) for claim in within]
    touched: Iterable[int] = range(slices[0].start, slices[0].stop) if len(slices) == 1 else ()
    if len(slices) > 1:
        touched = sorted({at for on in slices for at in range(on.start, on.stop)})
    seconds = sorted({second for claim in at for second in claim[:2]})
    for index in touched:
        segment = profile.segment(index)
        cuts = set(seconds[bisect_right(seconds, segment.start) : bisect_left(seconds, segment.end)])
        if cuts and grid:
            cuts.update(range(segment.start - segment.start % grid + grid, segment.end, grid))
        bounds = [segment.start, *sorted(cuts), segment.end]
        yield from ((start, end, segment) for start, end in pairwise(bounds))


class _Sum:
    """The quantity of all claims together at each second."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        steps: defaultdict[int, int] = defaultdict(int)
        for start, end, quantity in claims:
            steps[start] += quantity
            steps[end] -= quantity
        self._seconds = sorted(steps)
        self._sums = list(accumulate((steps[second] for second in self._seconds), initial=0))

    def at(self, second: int) -> int:
        return self._sums[bisect_right(self._seconds, second)]
