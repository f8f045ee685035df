"""The day ledger: how many units of a resource or timeslot series are in use at each second of one UTC day.

The day is divided into segments, each with one quantity throughout. A segment's name contains its start and end, and a write adds to
segments by name. If another write has split a segment meanwhile, the old name no longer exists and the write fails. Writes to different
segments can succeed at the same time.

A hold is a claim that can end without a cancellation. The segments include its quantity, and the hold records how much to give back when
it ends. See docs/decisions.md, "The day ledger".
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from frontdesk.domain.time.intervals import DAY, overlap

# When a segment is split, it is also split along this grid (seconds). Later bookings nearby then often need no further split.
GRID = 3600
# DynamoDB limits an expression to 4 KB and 300 operators. A segment needs up to four operators: two bounds, each joined by an AND. A
# change of more segments and holds than this writes the whole day instead.
MAX_CHANGES = 70
# A ledger with more segments than a day has minutes is tidied, if that at least halves their number.
MANY_SEGMENTS = 1440


class LedgerKey(NamedTuple):
    """Identifies a ledger: the id of the resource or timeslot series that owns it, the UTC day (YYYY-MM-DD), and the kind of owner."""

    owner: str
    day: str
    kind: Literal["resource", "timeslot_series"] = "resource"


class Segment(NamedTuple):
    """The part of a day from `start` up to `end`, in seconds of the day."""

    start: int
    end: int


WHOLE_DAY = Segment(0, DAY)


class Profile(Mapping[Segment, int]):
    """The segments of a whole day in order, without gaps, in a form that is fast to scan."""

    __slots__ = ("starts", "used")

    def __init__(self, starts: list[int], used: list[int]) -> None:
        self.starts = starts
        self.used = used

    @classmethod
    def of(cls, segments: Mapping[Segment, int]) -> "Profile":
        """Returns the profile of any mapping of segments. A Profile is returned unchanged."""
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
        """Returns the quantities in a plain dict."""
        return dict(zip(self, self.used, strict=True))

    def within(self, start: int, end: int) -> slice:
        """Returns the indices of the segments that overlap [start, end)."""
        return slice(bisect_right(self.starts, start) - 1, bisect_left(self.starts, end))

    def plus(self, claim: "Claim") -> "Profile":
        """Returns the profile with a claim added. Segments are split at its start and end."""
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
        """Returns the segment at the index `at`."""
        return Segment(self.starts[at], self.starts[at + 1] if at + 1 < len(self.starts) else DAY)


class Claim(NamedTuple):
    """A quantity from `start` up to `end`, in seconds of the day."""

    start: int
    end: int
    quantity: int


class Hold(NamedTuple):
    """The claim of a draft, or of an order that is being placed, until `expires_at` (epoch seconds).

    The hold counts only while its order needs it: `domain.orders.states.hold_status` decides that.
    """

    order_id: str
    attempt: str
    claim: Claim
    override: bool
    expires_at: int
    placing: bool = False


class Ledger(NamedTuple):
    """One day as it was read. Every write changes `version`; 0 means that the day was never written."""

    key: LedgerKey
    segments: Mapping[Segment, int] = Profile.of({WHOLE_DAY: 0})
    holds: Mapping[str, Hold] = {}
    version: int = 0


class Taken(NamedTuple):
    """A stretch of time with too little room. `in_use` is the highest quantity in use within it."""

    start: int
    end: int
    in_use: int


class Bound(NamedTuple):
    """The quantity that a segment must have for a write to succeed. A `most` of None means no upper limit."""

    least: int
    most: int | None

    def allows(self, used: int | None) -> bool:
        """Whether the quantity `used` is within the bound.

        If the segment does not exist, `used` is None, and the result is False.
        """
        return used is not None and used >= self.least and (self.most is None or used <= self.most)


class LedgerChange(NamedTuple):
    """One write to one ledger. It fails if a segment in `bounds` no longer exists, or is not within its bound.

    `parts` maps each segment to the segments that replace it, with the quantity added to each. A segment that is not split maps to itself.

    Holds in `ended` give back their quantity. Bookings take over the quantity of holds in `dropped`. The write also fails if a hold in
    `ended` is missing, or if a hold in `new_holds` exists already. So a request that arrives twice cannot add its quantity twice.

    `seen` is the ledger as it was read. A write with `replacement` replaces the whole day. Such a write fails
    in two cases:

    - The ledger's version is no longer the version of `seen`.
    - `bounds` is not empty. The function `change` puts a bound into `bounds` only if the write cannot succeed,
      for example because too few units are free.
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
        """The ledger's key."""
        return self.seen.key

    def applied_to(self, ledger: Ledger) -> Ledger | None:
        """Returns the ledger after the write, or None if the write fails. Checks the same condition as the store."""
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
        """Returns the ledger that was read, with this write applied."""
        after = self.applied_to(self.seen)
        assert after is not None, "a change is good for what it was planned on"
        return after


def taken(
    ledger: Ledger, wanted: Claim, capacity: int, over: Iterable[Hold] = (), most_found: int = DAY
) -> list[Taken]:
    """Returns up to `most_found` stretches of time in which `capacity` leaves too little room for `wanted`.

    The stretches are in order, and adjacent ones are merged. Holds in `over` have ended, so their quantity is
    free.
    """
    profile = Profile.of(ledger.segments)
    on, most = profile.within(wanted.start, wanted.end), capacity - wanted.quantity
    if max(profile.used[on]) <= most:
        # Leaving out the holds in `over` could only make more room.
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
    """Yields (start, end, quantity in use) for the segments in `on`, in order. The quantities exclude the claims in `gone`."""
    if not gone:
        ends = [*profile.starts[on.start + 1 : on.stop], profile.segment(on.stop - 1).end]
        yield from zip(profile.starts[on], ends, profile.used[on], strict=True)
        return
    given_back = _Sum(gone)
    within = Claim(profile.starts[on.start], profile.segment(on.stop - 1).end, 0)
    for start, end, segment in _pieces(profile, [within], gone):
        yield start, end, profile[segment] - given_back.at(start)


def occupied(ledger: Ledger, claims: Iterable[Claim]) -> Ledger:
    """Returns the ledger with the claims added, for calculations. `change` plans the write of claims."""
    profile = Profile.of(ledger.segments)
    for claim in claims:
        profile = profile.plus(claim)
    return ledger._replace(segments=profile)


def covered(wanted: Sequence[Claim], had: Sequence[Claim]) -> list[tuple[int, int]]:
    """Returns the stretches (start, end) where the total of the claims in `had` is at least the total of those in `wanted`."""
    asked, present = _Sum(wanted), _Sum(had)
    ends = sorted({second for claim in (*wanted, *had) for second in claim[:2]})
    return [(start, end) for start, end in pairwise(ends) if asked.at(start) <= present.at(start)]


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
    """Plans the write that adds `claims` and `holds`, and removes `released` claims and `ended` or `dropped` holds.

    The units of `ended` holds become free. The units of `dropped` holds stay in use, because bookings take
    over these units. `capacity` (None for no limit) is enforced only where the write adds more than it
    releases.
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
        rise = plus.at(start) - (minus.at(start) if released else 0)
        delta = rise - (back.at(start) if given_back else 0)
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
    """Returns the profile of the segments. Joins adjacent segments if both are unused.

    A segment that begins at a full hour is not joined to the segment before it.
    """
    profile = Profile.of(segments)
    # A split beside a segment in use stays, even between equal quantities, because a claim may end there. If canceling that claim split the
    # day again, the day could exceed its size limit.
    kept = [
        at
        for at, start in enumerate(profile.starts)
        if profile.used[at] or start % GRID == 0 or profile.used[at - 1]
    ]
    return Profile([profile.starts[at] for at in kept], [profile.used[at] for at in kept])


def _is_untidy(segments: Mapping[Segment, int]) -> bool:
    return len(segments) > MANY_SEGMENTS and 2 * len(tidied(segments)) <= len(segments)


def joined(segments: Mapping[Segment, int]) -> dict[Segment, int]:
    """Returns the same quantities in the fewest possible segments."""
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
    """Cuts segments into pieces, and yields (start, end, segment) for each piece.

    Leaves out segments that overlap no claim in `within`. Cuts a segment where a claim in `at` begins or ends. If
    there is such a cut, also cuts the segment at multiples of `grid` (seconds). A segment without a cut is one piece.
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
    """The total quantity of several claims at each second."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        steps: defaultdict[int, int] = defaultdict(int)
        for start, end, quantity in claims:
            steps[start] += quantity
            steps[end] -= quantity
        self._seconds = sorted(steps)
        self._sums = list(accumulate((steps[second] for second in self._seconds), initial=0))

    def at(self, second: int) -> int:
        return self._sums[bisect_right(self._seconds, second)]
