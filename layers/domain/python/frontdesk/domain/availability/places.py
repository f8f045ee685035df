"""Finds the times at which a booking of a given weight fits into the opening hours and between the existing bookings. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from frontdesk.domain.availability.days import Days
from frontdesk.domain.time.free_times import free_slots, free_starts, is_free
from frontdesk.domain.time.intervals import (
    Interval,
    common,
    merged,
)
from frontdesk.domain.time.opening_hours import ends_lie_in


class Place(NamedTuple):
    """A resource or series, with the times at which it has no room for a booking of a given weight.

    `busy` includes orders that are still being placed; `surely_busy` excludes them. If the place is always open, `opened` is None. With
    `at_ends`, only the start and end of a booking must lie in `opened`.
    """

    days: Days
    opened: Sequence[Interval] | None
    busy: Sequence[Interval]
    surely_busy: Sequence[Interval]
    before: int
    behind: int
    at_ends: bool

    @classmethod
    def of(
        cls,
        days: Days,
        weight: int,
        opened: Sequence[Interval] | None,
        before: int,
        behind: int,
        *,
        at_ends: bool = False,
    ) -> "Place":
        """Returns a place with its busy times, computed from `days`. `before` and `behind` are paddings in seconds."""
        busy = days.busy(weight)
        surely = days.busy(weight, for_sure=True) if days.are_pending else busy
        return cls(days, opened, busy, surely, before, behind, at_ends)

    @property
    def id(self) -> str:
        """The id of the resource or series."""
        return self.days.owner.id

    def free(self, slots: Sequence[Interval]) -> list[Interval]:
        """Returns the slots that can be booked. `slots` must be sorted."""
        opened = self.opened
        if self.at_ends:
            slots, opened = [slot for slot in slots if self.is_open(slot)], None
        lengths = {end - start for start, end in slots}
        if len(lengths) == 1:
            (length,), starts = lengths, [start for start, _ in slots]
            free = free_starts(
                starts, length, busy=self.busy, opened=opened, before=self.before, behind=self.behind
            )
            return [Interval(start, start + length) for start in free]
        most = len(slots)
        return free_slots(
            slots, 0, busy=self.busy, opened=opened, before=self.before, behind=self.behind, most=most
        )

    def starts(self, length: int, within: Interval) -> list[Interval]:
        """Returns, in order, the intervals in which a free slot of `length` seconds can begin. `length` must be above 0."""
        room: list[Interval] = []
        since = within.start
        for busy in self.busy:
            room.append(Interval(since, busy.start - self.behind - length + 1))
            since = max(since, busy.end + self.before)
        room = [each for each in (*room, Interval(since, within.end)) if each.start < each.end]
        if self.opened is None:
            return room
        if self.at_ends:
            ending = merged(Interval(start - length, end - length + 1) for start, end in self.opened)
            return common(room, common(self.opened, ending))
        fitting = [Interval(start, end - length + 1) for start, end in self.opened if end - start >= length]
        return common(room, fitting)

    def is_open(self, slot: Interval) -> bool:
        """Whether the slot lies in `opened`. With `self.at_ends`, checks only its start and end."""
        if self.at_ends and self.opened is not None:
            return ends_lie_in(slot, self.opened)
        return lies_in(slot, self.opened)

    def is_taken(self, slot: Interval) -> bool:
        """Whether the slot is full. Orders that are still being placed are not counted."""
        return not is_free(slot, busy=self.surely_busy, opened=None, before=self.before, behind=self.behind)

    def left(self, slot: Interval) -> int:
        """Returns the smallest number of free units at any moment of the slot and its paddings."""
        return self.days.left(Interval(slot.start - self.before, slot.end + self.behind))


def lies_in(slot: Interval, opened: Sequence[Interval] | None) -> bool:
    """Whether the slot lies within one of the intervals in `opened`. None means always open."""
    return is_free(slot, busy=(), opened=opened, before=0, behind=0)
