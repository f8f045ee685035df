"""Finds the recurrence rule of a series from its times alone, so that mails and calendars can describe it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import gcd
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.time.intervals import instant_of, on_clock

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# A series with fewer dates is listed date by date.
FEWEST = 3
_MOST_WEEKS = 4


class Pattern(NamedTuple):
    """A recurrence rule (RFC 5545, 3.3.10) in the local time of a zone.

    `days` are weekdays (MO), or weekdays of the month with an ordinal (1MO, -1FR). `dates` is the number of
    the rule's occurrences. The series leaves out the occurrences that start at `missing`. `first` is the
    first start. Starts are in epoch seconds.
    """

    frequency: Literal["daily", "weekly", "monthly", "yearly"]
    interval: int
    days: tuple[str, ...]
    first: int
    dates: int
    missing: tuple[int, ...]


def pattern_of(starts: Sequence[int], zone: ZoneInfo) -> Pattern | None:
    """Returns the rule that `starts` follow, or None if a list of dates is easier to read.

    `starts` must be sorted and distinct. They may leave out up to a third of the rule's times.
    """
    clocks = [on_clock(start, zone) for start in starts]
    if len(starts) < FEWEST or len({clock.time() for clock in clocks}) > 1:
        return None
    # Imported here, because only series need it and every cold start would wait for it.
    from dateutil import rrule

    found: Pattern | None = None
    for frequency, interval, days in _candidates(clocks):
        named = rrule.rrule(
            getattr(rrule, frequency.upper()),
            clocks[0],
            interval,
            wkst=rrule.MO,
            until=clocks[-1],
            byweekday=[getattr(rrule, day[-2:])(int(day[:-2]) if day[:-2] else None) for day in days] or None,
        )
        instants = [instant_of(clock, zone) for clock in named]
        missing = set(instants) - set(starts)
        fits = set(starts) <= set(instants) and 2 * len(missing) <= len(starts)
        if fits and (found is None or len(missing) < len(found.missing)):
            found = Pattern(frequency, interval, days, starts[0], len(instants), tuple(sorted(missing)))
    return found


def _candidates(
    clocks: Sequence[datetime],
) -> Iterator[tuple[Literal["daily", "weekly", "monthly", "yearly"], int, tuple[str, ...]]]:
    """Yields (frequency, interval, days) of each rule that may fit the local times `clocks`, the simplest first."""
    days = [clock.date() for clock in clocks]
    weekdays = tuple(WEEKDAYS[number] for number in sorted({day.weekday() for day in days}))
    step = gcd(*((after - before).days for before, after in pairwise(days)))
    mondays = [day - timedelta(days=day.weekday()) for day in days]
    weeks = gcd(*((after - before).days // 7 for before, after in pairwise(mondays)))
    if 0 < step < 7:
        yield "daily", step, ()
    # People do not count in weeks beyond a month.
    if 0 < weeks <= _MOST_WEEKS:
        yield "weekly", weeks, weekdays
    months = [12 * day.year + day.month for day in days]
    apart = gcd(*(after - before for before, after in pairwise(months)))
    if not apart:
        return
    if len({day.day for day in days}) == 1:
        if apart % 12 == 0:
            yield "yearly", apart // 12, ()
        yield "monthly", apart, ()
    if len(weekdays) == 1:
        numbers = {(day.day - 1) // 7 + 1 for day in days}
        if len(numbers) == 1:
            yield "monthly", apart, (f"{numbers.pop()}{weekdays[0]}",)
        elif all((day + timedelta(days=7)).month != day.month for day in days):
            yield "monthly", apart, (f"-1{weekdays[0]}",)
