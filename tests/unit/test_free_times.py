"""The alternative times of a refusal: examples, and a comparison with a search over every minute."""

from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.time.free_times import free_slots, next_free
from frontdesk.domain.time.intervals import Interval, merged
from tests.support.examples import scaled

HOUR = 3600
DAY = 24 * HOUR


def _hours(*pairs: tuple[float, float]) -> list[Interval]:
    return [Interval(int(start * HOUR), int(end * HOUR)) for start, end in pairs]


def _next(
    after: float, until: float, busy: list[Interval], opened: list[Interval] | None = None, **more: int
) -> list[Interval]:
    paddings = {"before": 0, "behind": 0} | more
    return next_free(HOUR, int(after * HOUR), int(until * HOUR), busy=busy, opened=opened, **paddings)


def test_free_times_fill_what_is_left_from_the_earliest_on() -> None:
    assert _next(8, 24, _hours((9, 10), (11, 13))) == _hours((8, 9), (10, 11), (13, 14))
    assert _next(8.5, 24, _hours((9, 10), (11, 13))) == _hours((10, 11), (13, 14), (14, 15))


def test_free_times_end_by_the_limit_and_are_not_more_than_asked_for() -> None:
    assert _next(8, 10, []) == _hours((8, 9), (9, 10))
    assert _next(8, 9.99, []) == _hours((8, 9))
    assert _next(8, 24, [], most=1) == _hours((8, 9))
    assert _next(8, 24, [], most=0) == []
    assert _next(8, 8.5, []) == []


def test_a_free_time_lies_whole_in_one_opening() -> None:
    opened = _hours((8, 8.5), (9, 10.5), (12, 14))
    assert _next(0, 24, [], opened) == _hours((9, 10), (12, 13), (13, 14))
    assert _next(12.25, 24, [], opened) == _hours((12.25, 13.25))
    assert _next(0, 24, [], []) == []


def test_paddings_stay_clear_of_what_is_busy_but_may_lie_outside_opening_hours() -> None:
    paddings = {"before": HOUR // 2, "behind": HOUR // 4}
    busy = _hours((10, 11))
    assert _next(8, 24, busy, _hours((8, 14)), **paddings) == _hours((8, 9), (11.5, 12.5), (12.5, 13.5))
    assert _next(8.75, 24, busy, None, most=1, **paddings) == _hours((8.75, 9.75))
    assert _next(8.8, 24, busy, None, most=1, **paddings) == _hours((11.5, 12.5))


def test_free_times_start_on_full_minutes() -> None:
    assert next_free(90, 1, 10_000, busy=[Interval(100, 601)], opened=None, before=0, behind=0, most=2) == [
        Interval(660, 750),
        Interval(780, 870),
    ]
    assert next_free(60, 0, 181, busy=[], opened=[Interval(61, 181)], before=0, behind=0) == [
        Interval(120, 180)
    ]


def test_of_given_slots_the_free_ones_are_offered_as_they_are() -> None:
    slots = _hours((8, 10), (9, 11), (10, 12), (12, 14), (13, 15), (14, 16), (15, 17))

    def free(
        after: float, busy: list[Interval], opened: list[Interval] | None, padding: int = 0, most: int = 9
    ) -> list[Interval]:
        return free_slots(
            slots, int(after * HOUR), busy=busy, opened=opened, before=padding, behind=padding, most=most
        )

    assert free(0, [], None) == slots
    assert free(9, [], None, most=2) == _hours((9, 11), (10, 12))
    assert free(9.01, _hours((12, 13)), None) == _hours((10, 12), (13, 15), (14, 16), (15, 17))
    assert free(9.01, _hours((12, 13)), None, padding=1) == _hours((14, 16), (15, 17))
    assert free(0, [], _hours((8, 11), (13.5, 17))) == _hours((8, 10), (9, 11), (14, 16), (15, 17))


# Times are multiples of 20 seconds, so that not all are full minutes.
TICK = 20
_INTERVALS = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 25)), max_size=6).map(
    lambda pairs: merged(Interval(TICK * start, TICK * (start + length)) for start, length in pairs)
)
_PADDING = st.integers(0, 6).map(lambda ticks: TICK * ticks)


def _is_free(
    slot: Interval, busy: list[Interval], opened: list[Interval] | None, before: int, behind: int
) -> bool:
    taken = {tick for interval in busy for tick in range(*interval, TICK)}
    bookable = None if opened is None else {tick for interval in opened for tick in range(*interval, TICK)}
    return taken.isdisjoint(range(slot.start - before, slot.end + behind, TICK)) and (
        bookable is None or bookable.issuperset(range(*slot, TICK))
    )


@settings(max_examples=scaled(900))
@given(
    length=st.integers(1, 12),
    after=st.integers(-10, 80),
    reach=st.integers(0, 100),
    busy=_INTERVALS,
    opened=st.none() | _INTERVALS,
    before=_PADDING,
    behind=_PADDING,
    most=st.integers(0, 5),
)
def test_the_next_free_times_are_what_a_walk_over_every_minute_finds(
    length: int,
    after: int,
    reach: int,
    busy: list[Interval],
    opened: list[Interval] | None,
    before: int,
    behind: int,
    most: int,
) -> None:
    length, after, until = TICK * length, TICK * after, TICK * (after + reach)
    expected: list[Interval] = []
    for minute in (instant for instant in range(after, until, TICK) if instant % 60 == 0):
        slot = Interval(minute, minute + length)
        clear = not expected or slot.start >= expected[-1].end
        if (
            slot.end <= until
            and clear
            and len(expected) < most
            and _is_free(slot, busy, opened, before, behind)
        ):
            expected.append(slot)

    assert (
        next_free(length, after, until, busy=busy, opened=opened, before=before, behind=behind, most=most)
        == expected
    )


@settings(max_examples=scaled(600))
@given(
    slots=st.lists(st.tuples(st.integers(0, 90), st.integers(1, 12)), max_size=8),
    after=st.integers(0, 40),
    busy=_INTERVALS,
    opened=st.none() | _INTERVALS,
    before=_PADDING,
    behind=_PADDING,
    most=st.integers(0, 5),
)
def test_free_slots_are_the_first_of_those_that_are_free(
    slots: list[tuple[int, int]],
    after: int,
    busy: list[Interval],
    opened: list[Interval] | None,
    before: int,
    behind: int,
    most: int,
) -> None:
    given_slots = sorted(Interval(TICK * start, TICK * (start + length)) for start, length in slots)
    free = [
        slot
        for slot in given_slots
        if slot.start >= TICK * after and _is_free(slot, busy, opened, before, behind)
    ]

    assert (
        free_slots(
            given_slots, TICK * after, busy=busy, opened=opened, before=before, behind=behind, most=most
        )
        == free[:most]
    )
