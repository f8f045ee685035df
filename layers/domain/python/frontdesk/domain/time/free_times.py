"""Finds free times: the next ones after a refusal, or every free time of a day.

Lengths are in seconds, instants in epoch seconds.

`busy` are the occupied intervals. `opened` are the intervals in which bookings are allowed. If bookings are
always allowed, `opened` is None. The intervals in `busy` must be in order, and must not touch or overlap. The
same is true of `opened`.

A slot is free if it lies in one interval of `opened` and overlaps no interval of `busy`. The paddings of the
slot, `before` and `behind`, must not overlap an interval of `busy` either, but may lie outside `opened`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from frontdesk.domain.time.intervals import Interval, overlap


def next_free(
    length: int,
    after: int,
    until: int,
    *,
    busy: Sequence[Interval],
    opened: Sequence[Interval] | None,
    before: int,
    behind: int,
    most: int = 3,
) -> list[Interval]:
    """Returns up to `most` free slots of `length` > 0 in [after, until), earliest first, each starting on a full minute.

    The slots do not overlap each other. Their paddings may overlap, because a customer books only one slot.
    """
    found: list[Interval] = []
    start = _full_minute(after)
    while len(found) < most and start + length <= until:
        slot = Interval(start, start + length)
        earliest = _earliest_start(slot, busy, opened, before, behind)
        if earliest is None:
            break
        if earliest == start:
            found.append(slot)
        start = _full_minute(slot.end if earliest == start else earliest)
    return found


def free_slots(
    slots: Sequence[Interval],
    after: int,
    *,
    busy: Sequence[Interval],
    opened: Sequence[Interval] | None,
    before: int,
    behind: int,
    most: int = 3,
) -> list[Interval]:
    """Returns at most `most` free slots that start at `after` or later, in the given order.

    `before` and `behind` are the paddings of each slot, in seconds.
    """
    later = (slot for slot in slots if slot.start >= after)
    return list(
        islice(
            (slot for slot in later if is_free(slot, busy=busy, opened=opened, before=before, behind=behind)),
            most,
        )
    )


def free_starts(
    starts: Sequence[int],
    length: int,
    *,
    busy: Sequence[Interval],
    opened: Sequence[Interval] | None,
    before: int,
    behind: int,
) -> Iterator[int]:
    """Yields those of the sorted `starts` at which a slot of `length` > 0 is free.

    `before` and `behind` are the paddings of the slot.
    """
    at = 0
    while at < len(starts):
        start = starts[at]
        earliest = _earliest_start(Interval(start, start + length), busy, opened, before, behind)
        if earliest is None:
            return
        if earliest == start:
            yield start
        at = at + 1 if earliest == start else bisect_left(starts, earliest, at + 1)


def is_free(
    slot: Interval, *, busy: Sequence[Interval], opened: Sequence[Interval] | None, before: int, behind: int
) -> bool:
    """Whether the slot lies in one open interval and, with its paddings, overlaps no busy interval."""
    return _earliest_start(slot, busy, opened, before, behind) == slot.start


def _earliest_start(
    slot: Interval, busy: Sequence[Interval], opened: Sequence[Interval] | None, before: int, behind: int
) -> int | None:
    """Returns the slot's start if the slot is free. Otherwise returns the next start that might be free, or None if there is none."""
    blocker = Interval(slot.start - before, slot.end + behind)
    i = bisect_right(busy, blocker.start, key=_end)
    if i < len(busy) and overlap(busy[i], blocker):
        return busy[i].end + before
    if opened is None:
        return slot.start
    i = bisect_right(opened, slot.start, key=_end)
    if i < len(opened) and opened[i].start <= slot.start < slot.end <= opened[i].end:
        return slot.start
    # The interval that contains the start is too short, so the next one is tried.
    return next((later.start for later in opened[i : i + 2] if later.start > slot.start), None)


def _end(interval: Interval) -> int:
    return interval.end


def _full_minute(instant: int) -> int:
    """Rounds an instant up to a full minute."""
    return -(-instant // 60) * 60
