"""The day ledger, compared with a grid that counts every ten minutes by brute force."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain import ledger as ledger_module
from frontdesk.domain.ledger import (
    GRID,
    MAX_CHANGES,
    WHOLE_DAY,
    Bound,
    Claim,
    Hold,
    Ledger,
    LedgerChange,
    LedgerKey,
    Profile,
    Segment,
    Taken,
    change,
    joined,
    occupied,
    taken,
)
from frontdesk.domain.time.intervals import DAY, overlap
from tests.support.demo import in_use

KEY = LedgerKey("room", "2026-04-15")
HOUR = 3600
# All boundaries are among these. Most of them are not on the ledger's own grid.
STEP = 600
SECONDS = range(0, DAY, STEP)


def _profile(segments: Mapping[Segment, int]) -> list[int]:
    """Returns the quantity in use in each step. Checks that the segments cover the whole day without gaps or overlaps."""
    in_use(segments)
    return [quantity for (start, end), quantity in sorted(segments.items()) for _ in range(start, end, STEP)]


def _sums(claims: Iterable[Claim]) -> list[int]:
    profile = [0] * len(SECONDS)
    for start, end, quantity in claims:
        for at in range(start // STEP, end // STEP):
            profile[at] += quantity
    return profile


def _plus(*profiles: list[int]) -> list[int]:
    return [sum(column) for column in zip(*profiles, strict=True)]


def _minus(profile: list[int], *others: list[int]) -> list[int]:
    return [one - two for one, two in zip(profile, _plus(*others), strict=True)]


def _claims_of(holds: Mapping[str, Hold]) -> list[Claim]:
    return [hold.claim for hold in holds.values()]


def _hold(claim: Claim) -> Hold:
    return Hold("other", "try", claim, False, 1000)


def _written(*claims: Claim, holds: Mapping[str, Hold] | None = None) -> Ledger:
    """Returns a day that was written before, with these claims."""
    return change(Ledger(KEY, version=1), claims, capacity=None, holds=holds).result()


@st.composite
def claims(draw: st.DrawFn, most: int = 3) -> Claim:
    start = draw(st.integers(0, len(SECONDS) - 1))
    return Claim(start * STEP, draw(st.integers(start + 1, len(SECONDS))) * STEP, draw(st.integers(1, most)))


@st.composite
def tiled(draw: st.DrawFn, profile: list[int]) -> dict[Segment, int]:
    """Generates segments for a profile, split at its changes and at some other places."""
    changes = {
        second for second in SECONDS if second and profile[second // STEP] != profile[second // STEP - 1]
    }
    cuts = sorted({0, DAY} | changes | draw(st.sets(st.sampled_from(SECONDS), max_size=6)))
    return {Segment(start, end): profile[start // STEP] for start, end in itertools.pairwise(cuts)}


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """Generates a day that was written before, with bookings and holds."""
    holds = {f"h{i}": _hold(claim) for i, claim in enumerate(draw(st.lists(claims(), max_size=3)))}
    profile = _sums([*draw(st.lists(claims(), max_size=4)), *_claims_of(holds)])
    return Ledger(KEY, draw(tiled(profile)), holds, version=7)


@st.composite
def some_holds(draw: st.DrawFn, ledger: Ledger) -> dict[str, Hold]:
    names = draw(st.sets(st.sampled_from(sorted(ledger.holds)))) if ledger.holds else set()
    return {name: ledger.holds[name] for name in names}


# --- what is free ------------------------------------------------------------------------------------------------


@given(ledgers(), claims(), st.integers(0, 8), st.data())
def test_taken_is_exactly_where_too_little_is_left(
    ledger: Ledger, wanted: Claim, capacity: int, data: st.DataObject
) -> None:
    over = data.draw(some_holds(ledger))
    used = _minus(_profile(ledger.segments), _sums(_claims_of(over)))
    full = [
        s for s in SECONDS if wanted.start <= s < wanted.end and used[s // STEP] + wanted.quantity > capacity
    ]

    found = taken(ledger, wanted, capacity, over.values())

    assert [s for stretch in found for s in range(stretch.start, stretch.end, STEP)] == full
    assert all(a.end < b.start for a, b in itertools.pairwise(found))
    assert all(stretch.in_use == max(used[stretch.start // STEP : stretch.end // STEP]) for stretch in found)


@given(ledgers(), st.lists(claims(), max_size=4))
def test_a_day_with_claims_is_occupied_by_them_and_nothing_else(ledger: Ledger, added: list[Claim]) -> None:
    after = occupied(ledger, added)
    assert _profile(after.segments) == _plus(_profile(ledger.segments), _sums(added))
    assert (after.holds, after.version) == (ledger.holds, ledger.version)


def test_touching_bookings_do_not_conflict() -> None:
    booked = _written(Claim(9 * HOUR, 10 * HOUR, 1))
    assert taken(booked, Claim(8 * HOUR, 9 * HOUR, 1), 1) == []
    assert taken(booked, Claim(10 * HOUR, 11 * HOUR, 1), 1) == []
    assert taken(booked, Claim(9 * HOUR, 10 * HOUR, 1), 1) == [Taken(9 * HOUR, 10 * HOUR, 1)]
    assert taken(booked, Claim(8 * HOUR, 9 * HOUR + 1, 1), 1) == [Taken(9 * HOUR, 9 * HOUR + 1, 1)]


def test_the_last_second_of_the_day_is_part_of_it() -> None:
    booked = _written(Claim(DAY - 1, DAY, 1))
    assert in_use(booked.segments) == {(DAY - 1, DAY): 1}
    assert taken(booked, Claim(DAY - 60, DAY, 1), 1) == [Taken(DAY - 1, DAY, 1)]


def test_a_hold_counts_unless_its_order_says_that_it_is_over() -> None:
    hold = _hold(Claim(9 * HOUR, 11 * HOUR, 1))
    ledger, wanted = _written(holds={"h": hold}), Claim(10 * HOUR, 12 * HOUR, 1)
    assert taken(ledger, wanted, 1) == [Taken(10 * HOUR, 11 * HOUR, 1)]
    assert taken(ledger, wanted, 1, [hold]) == []


# --- what a change writes ----------------------------------------------------------------------------------------


@given(
    ledgers(),
    st.lists(claims(), max_size=3),
    st.lists(claims(), max_size=2),
    st.lists(claims(), max_size=2),
    st.data(),
)
def test_a_change_adds_its_claims_gives_back_what_has_ended_and_touches_nothing_else(
    ledger: Ledger, added: list[Claim], held: list[Claim], released: list[Claim], data: st.DataObject
) -> None:
    ledger = Ledger(KEY, occupied(ledger, released).segments, ledger.holds, ledger.version)
    new, ended = {f"n{i}": _hold(claim) for i, claim in enumerate(held)}, data.draw(some_holds(ledger))
    dropped = data.draw(some_holds(ledger)).keys() - ended.keys()

    planned = change(ledger, added, capacity=None, released=released, holds=new, ended=ended, dropped=dropped)
    after = planned.applied_to(ledger)

    assert after is not None
    assert _profile(after.segments) == _minus(
        _plus(_profile(ledger.segments), _sums([*added, *held])), _sums(released), _sums(_claims_of(ended))
    )
    assert list(after.segments) == sorted(after.segments)
    assert (
        after.holds
        == {name: hold for name, hold in ledger.holds.items() if name not in ended.keys() | dropped} | new
    )
    assert (after.key, after.version) == (KEY, ledger.version + 1)


@given(
    ledgers(), st.lists(claims(), max_size=3), st.lists(claims(), max_size=2), st.integers(0, 14), st.data()
)
def test_a_change_is_allowed_exactly_if_it_stays_within_the_capacity_where_it_rises_whatever_additive_writers_did(
    ledger: Ledger, added: list[Claim], released: list[Claim], capacity: int, data: st.DataObject
) -> None:
    new, ended = {"n": _hold(data.draw(claims()))}, data.draw(some_holds(ledger))
    planned = change(ledger, added, capacity=capacity, released=released, holds=new, ended=ended)
    # Others change quantities in both directions, and split nothing.
    quantities = {
        segment: max(0, used + data.draw(st.integers(-2, 3))) for segment, used in ledger.segments.items()
    }
    meanwhile = Ledger(KEY, quantities, ledger.holds, ledger.version + 3)
    rise = _minus(_sums([*added, *_claims_of(new)]), _sums(released))
    total = _minus(_plus(_profile(quantities), rise), _sums(_claims_of(ended)))

    after = planned.applied_to(meanwhile)

    assert (after is not None) == all(
        each >= 0 and (up <= 0 or each <= capacity) for each, up in zip(total, rise, strict=True)
    )
    assert after is None or _profile(after.segments) == total


@given(ledgers(), claims(), st.integers(0, 8), st.data())
def test_what_fits_is_what_its_change_allows(
    ledger: Ledger, wanted: Claim, capacity: int, data: st.DataObject
) -> None:
    over = data.draw(some_holds(ledger))
    planned = change(ledger, [wanted], capacity=capacity, ended=over)
    assert (planned.applied_to(ledger) is None) == bool(taken(ledger, wanted, capacity, over.values()))


@given(st.lists(st.tuples(claims(), st.booleans()), max_size=12), st.integers(1, 5))
def test_a_day_filled_claim_by_claim_holds_what_was_accepted_and_never_more_than_fits(
    asked: list[tuple[Claim, bool]], capacity: int
) -> None:
    ledger, accepted = Ledger(KEY), list[Claim]()
    for claim, draft in asked:
        if taken(ledger, claim, capacity):
            continue
        holds = {str(len(accepted)): _hold(claim)} if draft else {}
        ledger = change(ledger, [] if draft else [claim], capacity=capacity, holds=holds).result()
        accepted.append(claim)
    assert _profile(ledger.segments) == _sums(accepted)
    assert max(_profile(ledger.segments)) <= capacity
    assert all(taken(ledger, claim, capacity) for claim, _ in asked if claim not in accepted)


def test_an_override_is_added_however_much_is_in_use() -> None:
    full = Ledger(KEY, {WHOLE_DAY: 5}, version=1)
    planned = change(full, [Claim(0, DAY, 3)], capacity=None)
    assert planned.bounds == {WHOLE_DAY: Bound(0, None)}
    assert planned.result().segments == {WHOLE_DAY: 8}
    after = planned.applied_to(Ledger(KEY, {WHOLE_DAY: 1000}, version=2))
    assert after is not None
    assert after.segments == {WHOLE_DAY: 1003}


def test_two_claims_of_one_write_count_together() -> None:
    day = Ledger(KEY, version=1)
    both = [Claim(0, 2 * HOUR, 2), Claim(HOUR, 3 * HOUR, 3)]
    assert change(day, both, capacity=4).applied_to(day) is None
    assert in_use(change(day, both, capacity=5).result().segments) == {
        (0, HOUR): 2,
        (HOUR, 2 * HOUR): 5,
        (2 * HOUR, 3 * HOUR): 3,
    }


# --- holds and releases ------------------------------------------------------------------------------------------


def test_a_new_hold_takes_its_quantity_like_a_claim_and_remembers_it() -> None:
    hold = _hold(Claim(9 * HOUR, 10 * HOUR, 2))
    planned = change(Ledger(KEY, version=1), holds={"n": hold}, capacity=2)
    assert in_use(planned.result().segments) == {(9 * HOUR, 10 * HOUR): 2}
    assert planned.result().holds == {"n": hold}
    assert change(planned.result(), holds={"m": hold}, capacity=3).applied_to(planned.result()) is None


def test_an_ended_hold_makes_room_in_the_same_write() -> None:
    hold = _hold(Claim(9 * HOUR, 11 * HOUR, 1))
    ledger, wanted = _written(holds={"h": hold}), Claim(10 * HOUR, 12 * HOUR, 1)
    assert change(ledger, [wanted], capacity=1).applied_to(ledger) is None
    after = change(ledger, [wanted], capacity=1, ended={"h": hold}).result()
    assert in_use(after.segments) == {(10 * HOUR, 12 * HOUR): 1}
    assert after.holds == {}


def test_a_hold_is_given_back_once_whoever_ends_it() -> None:
    hold = _hold(Claim(9 * HOUR, 10 * HOUR, 1))
    # Another booking is in the same segments, so there would be enough to give back twice.
    ledger = change(_written(holds={"h": hold}), [hold.claim], capacity=2).result()
    planned = change(ledger, capacity=None, ended={"h": hold})
    after = planned.result()
    assert in_use(after.segments) == {(9 * HOUR, 10 * HOUR): 1}
    assert planned.applied_to(after) is None


def test_a_dropped_hold_leaves_what_it_took_to_its_booking() -> None:
    hold = _hold(Claim(9 * HOUR, 10 * HOUR, 1))
    ledger = _written(holds={"h": hold})
    after = change(ledger, capacity=None, dropped=["h", "gone"]).result()
    assert (in_use(after.segments), after.holds) == ({(9 * HOUR, 10 * HOUR): 1}, {})


def test_a_hold_that_was_dropped_meanwhile_can_not_be_ended_any_more() -> None:
    hold = _hold(Claim(9 * HOUR, 10 * HOUR, 1))
    ledger = _written(holds={"h": hold})
    completed = change(ledger, capacity=None, dropped=["h"]).result()
    assert change(ledger, [hold.claim], capacity=1, ended={"h": hold}).applied_to(completed) is None


def test_no_more_is_released_than_is_in_use() -> None:
    booked = _written(Claim(9 * HOUR, 10 * HOUR, 1))
    freed = change(booked, released=[Claim(9 * HOUR, 10 * HOUR, 1)], capacity=None)
    assert in_use(freed.result().segments) == {}
    assert freed.applied_to(freed.result()) is None
    assert change(booked, released=[Claim(9 * HOUR, 11 * HOUR, 1)], capacity=None).applied_to(booked) is None


def test_what_is_moved_is_asked_for_room_only_where_it_rises() -> None:
    ten_to_twelve = Claim(10 * HOUR, 12 * HOUR, 1)
    # Three overrides where one fits; the hour after is taken by another booking.
    crowded = _written(Claim(9 * HOUR, 11 * HOUR, 3), Claim(11 * HOUR, 12 * HOUR, 1))
    own = Claim(9 * HOUR, 11 * HOUR, 1)
    shorter = change(crowded, [Claim(10 * HOUR, 11 * HOUR, 1)], capacity=1, released=[own])
    assert in_use(shorter.result().segments) == {
        (9 * HOUR, 10 * HOUR): 2,
        (10 * HOUR, 11 * HOUR): 3,
        (11 * HOUR, 12 * HOUR): 1,
    }
    assert change(crowded, [ten_to_twelve], capacity=1, released=[own]).applied_to(crowded) is None
    free = _written(Claim(9 * HOUR, 11 * HOUR, 3))
    assert change(free, [ten_to_twelve], capacity=1, released=[own]).applied_to(free) is not None


# --- several writers ---------------------------------------------------------------------------------------------


@given(
    ledgers(),
    st.lists(claims(), min_size=1, max_size=2),
    st.lists(claims(), min_size=1, max_size=2),
    st.integers(1, 12),
    st.booleans(),
)
def test_of_two_writers_that_saw_the_same_day_the_second_keeps_the_firsts_work_or_loses_for_a_reason(
    ledger: Ledger, first: list[Claim], second: list[Claim], capacity: int, held: bool
) -> None:
    holds = {f"n{i}": _hold(claim) for i, claim in enumerate(first)} if held else {}
    one = change(ledger, [] if held else first, holds=holds, capacity=capacity)
    two = change(ledger, second, capacity=capacity)
    between = one.applied_to(ledger)
    if between is None:
        return
    total = _plus(_profile(ledger.segments), _sums(first), _sums(second))
    fits = all(each <= capacity for each, mine in zip(total, _sums(second), strict=True) if mine)
    cut = any(
        overlap(segment, claim)
        for segment in ledger.segments.keys() - between.segments.keys()
        for claim in second
    )

    after = two.applied_to(between)

    assert (after is not None) == (fits and not cut)
    if after is not None:
        assert _profile(after.segments) == total
        assert after.holds == dict(ledger.holds) | holds


def test_who_adds_to_a_segment_that_was_cut_meanwhile_loses() -> None:
    day = Ledger(KEY, version=1)
    adds, cuts = (
        change(day, [Claim(0, DAY, 1)], capacity=9),
        change(day, [Claim(9 * HOUR, 10 * HOUR, 1)], capacity=9),
    )
    assert adds.applied_to(cuts.result()) is None


def test_who_cuts_a_segment_keeps_what_was_added_to_it_meanwhile() -> None:
    day = Ledger(KEY, version=1)
    adds, cuts = (
        change(day, [Claim(0, DAY, 2)], capacity=9),
        change(day, [Claim(9 * HOUR, 10 * HOUR, 1)], capacity=9),
    )
    after = cuts.applied_to(adds.result())
    assert after is not None
    assert in_use(after.segments) == {(0, 9 * HOUR): 2, (9 * HOUR, 10 * HOUR): 3, (10 * HOUR, DAY): 2}


def test_of_two_who_cut_the_same_segment_one_loses() -> None:
    day = Ledger(KEY, version=1)
    early, late = (change(day, [Claim(hour * HOUR, hour * HOUR + 600, 1)], capacity=1) for hour in (9, 15))
    assert early.applied_to(late.result()) is None
    assert late.applied_to(early.result()) is None


def test_an_addition_beyond_the_capacity_loses_even_if_nothing_was_cut() -> None:
    day = Ledger(KEY, {WHOLE_DAY: 1}, version=1)
    planned = change(day, [Claim(0, DAY, 1)], capacity=2)
    assert planned.applied_to(planned.result()) is None


def test_a_day_that_was_seen_unwritten_is_not_written_over() -> None:
    unwritten = Ledger(KEY)
    planned = change(unwritten, [Claim(9 * HOUR, 10 * HOUR, 1)], capacity=1)
    assert planned.applied_to(unwritten) == planned.result()
    # Not even by a write whose segments all exist, with room in them.
    assert planned.applied_to(Ledger(KEY, version=1)) is None
    assert planned.applied_to(planned.result()) is None


def test_a_day_that_is_gone_is_not_made_anew_from_what_was_seen_of_it() -> None:
    seen = Ledger(KEY, version=1)
    assert change(seen, [Claim(0, DAY, 1)], capacity=1).applied_to(Ledger(KEY)) is None


# --- how the day is cut ------------------------------------------------------------------------------------------


def test_where_a_segment_is_cut_it_is_cut_along_the_grid_too() -> None:
    assert GRID == HOUR
    day = Ledger(
        KEY,
        {Segment(0, 8 * HOUR): 0, Segment(8 * HOUR, 9 * HOUR + 60): 0, Segment(9 * HOUR + 60, DAY): 0},
        version=1,
    )
    after = change(day, [Claim(8 * HOUR + 60, 9 * HOUR + 60, 1)], capacity=1).result()
    assert list(after.segments) == [
        (0, 8 * HOUR),
        (8 * HOUR, 8 * HOUR + 60),
        (8 * HOUR + 60, 9 * HOUR),
        (9 * HOUR, 9 * HOUR + 60),
        (9 * HOUR + 60, DAY),
    ]


def test_a_segment_that_need_not_be_cut_stays_whole() -> None:
    assert change(Ledger(KEY, version=1), [Claim(0, DAY, 1)], capacity=1).result().segments == {WHOLE_DAY: 1}


GRID_CLAIMS = st.tuples(st.integers(0, DAY // GRID - 1), st.integers(1, 6)).map(
    lambda at: Claim(at[0] * GRID, min(DAY, (at[0] + at[1]) * GRID), 1)
)


@given(claims(most=1), st.lists(GRID_CLAIMS, min_size=2, max_size=5))
def test_on_a_day_that_was_cut_once_neighbours_on_the_grid_keep_each_others_work(
    first: Claim, others: list[Claim]
) -> None:
    ledger = seen = change(Ledger(KEY), [first], capacity=9).result()
    for claim in others if len(seen.segments) > 1 else ():
        after = change(seen, [claim], capacity=9).applied_to(ledger)
        assert after is not None
        ledger = after
    assert len(seen.segments) == 1 or _profile(ledger.segments) == _sums([first, *others])


@given(ledgers())
def test_joining_keeps_the_profile_in_as_few_segments_as_can_be(ledger: Ledger) -> None:
    result = joined(ledger.segments)
    assert _profile(result) == _profile(ledger.segments)
    assert all(a != b for a, b in itertools.pairwise(result.values()))


# --- more changes than an expression takes -----------------------------------------------------------------------


def _minutes(count: int, quantity: int = 0) -> dict[Segment, int]:
    """Returns a day split into segments of a minute with alternating quantities, and one segment for the rest."""
    found = {Segment(at * 60, at * 60 + 60): quantity + at % 2 for at in range(count - 1)}
    return found | {Segment(60 * count - 60, DAY): quantity + (count - 1) % 2}


@pytest.mark.parametrize(("count", "replaced"), [(MAX_CHANGES, False), (MAX_CHANGES + 1, True)])
def test_past_the_most_segments_the_whole_map_is_replaced_and_bound_to_the_version(
    count: int, replaced: bool
) -> None:
    ledger = Ledger(KEY, _minutes(count), version=5)
    planned = change(ledger, [Claim(0, DAY, 2)], capacity=5)
    assert (planned.replacement is not None) == replaced
    assert bool(planned.parts) == bool(planned.bounds) == (not replaced)
    assert planned.result().segments == _minutes(count, 2)

    # If it adds by name, it keeps what another writer has added meanwhile.
    after = planned.applied_to(Ledger(KEY, _minutes(count, 1), version=6))
    assert (after.segments if after else None) == (None if replaced else _minutes(count, 3))


def test_a_cut_into_more_segments_than_an_expression_takes_replaces_the_map() -> None:
    many = [Claim(at * 600, at * 600 + 60, 1) for at in range(MAX_CHANGES // 2)]
    planned = change(Ledger(KEY, version=1), many, capacity=1)
    assert planned.replacement is not None
    assert in_use(planned.result().segments) == {claim[:2]: 1 for claim in many}


def test_a_day_that_nobody_wrote_is_written_whole_and_needs_no_replacement() -> None:
    many = [Claim(at * 600, at * 600 + 60, 1) for at in range(MAX_CHANGES)]
    planned = change(Ledger(KEY), many, capacity=1)
    assert planned.replacement is None
    assert in_use(planned.result().segments) == {claim[:2]: 1 for claim in many}


@pytest.mark.parametrize(("count", "replaced"), [(MAX_CHANGES - 1, False), (MAX_CHANGES, True)])
@pytest.mark.parametrize(("kind", "each"), [("holds", 1), ("ended", -1), ("dropped", 0)])
def test_holds_that_come_and_go_count_like_segments(count: int, replaced: bool, kind: str, each: int) -> None:
    holds = {f"h{at}": _hold(Claim(0, DAY, 1)) for at in range(count)}
    # All of them are in one segment, which also counts.
    seen = Ledger(KEY, {WHOLE_DAY: 500}, {} if kind == "holds" else holds, version=1)
    asked: Any = {kind: holds}
    planned = change(seen, [Claim(0, DAY, 1)], capacity=None, **asked)
    assert (planned.replacement is not None) == replaced
    assert planned.result().segments == {WHOLE_DAY: 501 + count * each}
    assert planned.result().holds == (holds if kind == "holds" else {})


def test_a_replacement_that_is_not_good_for_what_was_seen_never_takes_place() -> None:
    """Another write came between two reads. A write planned on that must be refused, not fail."""
    free = Ledger(KEY, _minutes(MAX_CHANGES + 1), version=5)
    for planned in (
        change(free, released=[Claim(0, DAY, 1)], capacity=None),
        change(free, [Claim(0, DAY, 1)], capacity=1),
    ):
        assert planned.replacement is not None
        assert planned.applied_to(free) is None
        # Nor at another version, at which it might be valid.
        assert planned.applied_to(Ledger(KEY, _minutes(MAX_CHANGES + 1, 1), version=6)) is None


def test_a_replacement_keeps_every_cut_for_whoever_cancels() -> None:
    minutes = {Segment(at * 60, at * 60 + 60): 1 for at in range(DAY // 60)}
    replaced = change(Ledger(KEY, minutes, version=1), [Claim(0, DAY, 1)], capacity=2).replacement
    assert replaced == dict.fromkeys(minutes, 2)


@given(ledgers(), st.lists(claims(), min_size=1, max_size=3), st.data())
def test_a_replacement_writes_what_the_parts_would_have(
    ledger: Ledger, added: list[Claim], data: st.DataObject
) -> None:
    new, ended = {"n": _hold(data.draw(claims()))}, data.draw(some_holds(ledger))

    def planned() -> LedgerChange:
        return change(ledger, added, capacity=None, holds=new, ended=ended)

    by_parts = planned().result()
    with patch.object(ledger_module, "MAX_CHANGES", 0):
        whole = planned()

    assert whole.replacement is not None
    assert _profile(whole.result().segments) == _profile(by_parts.segments)
    assert (whole.result().holds, whole.result().version) == (by_parts.holds, by_parts.version)
    # If somebody else has ended a hold, the write fails, as with another version.
    gone = Ledger(KEY, ledger.segments, {}, ledger.version)
    assert (whole.applied_to(gone) is None) == bool(ended)
    assert whole.applied_to(Ledger(KEY, ledger.segments, ledger.holds, ledger.version + 1)) is None


def test_what_comes_and_goes_in_one_place_asks_nothing_of_it() -> None:
    """Somebody may split the segment meanwhile: the write neither adds to it nor takes from it."""
    claim = Claim(9 * HOUR, 10 * HOUR, 1)
    ledger = change(Ledger(KEY), [claim], capacity=1).result()
    cut = change(ledger, [Claim(9 * HOUR, 9 * HOUR + 60, 1)], capacity=None).result()

    planned = change(ledger, [claim], capacity=1, released=[claim])

    assert (planned.parts, planned.bounds) == ({}, {})
    assert planned.applied_to(cut) is not None


# --- cases that random ones reach too seldom -----------------------------------------------------------------------


def day_of(*claims: Claim, **holds: Claim) -> Ledger:
    """A day on which claims and holds were made one after the other, so that nothing is split but where they end."""
    ledger = occupied(Ledger(KEY), [*claims, *holds.values()])
    made = {name: Hold(name, "a", claim, False, 0) for name, claim in holds.items()}
    return ledger._replace(holds=made, version=7)


def test_each_write_is_another_version() -> None:
    assert change(day_of(), [Claim(0, HOUR, 1)], capacity=1).result().version == 8


def test_a_profile_is_made_once() -> None:
    """A day has up to thousands of segments, and each decision looks at it several times."""
    profile = Profile.of({WHOLE_DAY: 1})

    assert Profile.of(profile) is profile


@pytest.mark.parametrize(("most", "found"), [(1, 1), (2, 2), (DAY, 2)])
def test_no_more_stretches_are_found_than_are_asked_for(most: int, found: int) -> None:
    day = day_of(Claim(HOUR, 2 * HOUR, 1), Claim(3 * HOUR, 4 * HOUR, 1))

    assert len(taken(day, Claim(0, DAY, 1), 1, (), most)) == found


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Claim(HOUR, 2 * HOUR, 1), []),
        (Claim(0, 2 * HOUR, 1), [Taken(0, HOUR, 2)]),
        (Claim(1800, 2 * HOUR, 1), [Taken(1800, HOUR, 2)]),
        (Claim(0, 1800, 1), [Taken(0, 1800, 2)]),
        (Claim(0, DAY, 1), [Taken(0, HOUR, 2)]),
    ],
)
def test_what_a_hold_that_is_over_leaves_is_free_from_its_first_second(
    wanted: Claim, expected: list[Taken]
) -> None:
    """Two are in use until two o'clock, one of them only by a hold from one o'clock on that is over."""
    day = day_of(Claim(0, 2 * HOUR, 2))
    over = Hold("o", "a", Claim(HOUR, 2 * HOUR, 1), False, 0)

    assert taken(day, wanted, 2, [over], DAY) == expected


def test_a_segment_that_is_split_is_split_on_the_hours_of_the_day() -> None:
    """Wherever it begins: later bookings, which end on full hours, find their segments in place."""
    day = day_of(Claim(1800, 5 * HOUR, 1))

    planned = change(day, [Claim(2 * HOUR + 600, 3 * HOUR, 1)], capacity=None)

    [parts] = planned.parts.values()
    assert [start for start, _ in parts] == [1800, HOUR, 2 * HOUR, 2 * HOUR + 600, 3 * HOUR, 4 * HOUR]


def test_a_name_that_is_not_there_is_not_dropped() -> None:
    assert change(day_of(o=Claim(0, HOUR, 1)), capacity=None, dropped=["o", "p"]).dropped == {"o"}


def test_a_small_day_is_not_tidied() -> None:
    """To write it whole asks for the version that was read: two bookings at once would be in each other's way."""
    split = change(Ledger(KEY), [Claim(60, 120, 1)], capacity=None).result()
    day = change(split, capacity=None, released=[Claim(60, 120, 1)]).result()._replace(version=7)
    for second in range(0, HOUR, 60):
        day = day._replace(segments=occupied(day, [Claim(second, second + 60, 0)]).segments)

    assert change(day, [Claim(2 * HOUR, 3 * HOUR, 1)], capacity=1).replacement is None


@pytest.mark.parametrize(
    ("seen", "present", "there"),
    [
        ({}, {}, True),
        # A day is written for the first time once.
        ({"version": 0}, {}, False),
        ({}, {"version": 0}, False),
        ({}, {"version": 9}, True),
        # What is given back is there, and what is held anew is not.
        ({"holds": ["old"]}, {"holds": []}, False),
        ({}, {"holds": ["old", "new"]}, False),
    ],
)
def test_a_change_is_good_for_the_days_that_it_says(seen: Any, present: Any, there: bool) -> None:
    def made(version: int = 7, holds: Iterable[str] = ("old",)) -> Ledger:
        held = {name: Hold("o", "a", Claim(0, HOUR, 1), False, 0) for name in holds}
        return occupied(Ledger(KEY), [Claim(0, HOUR, 3)])._replace(version=version, holds=held)

    new = {"new": Hold("p", "a", Claim(HOUR, 2 * HOUR, 1), False, 0)}
    old = {"old": Hold("o", "a", Claim(0, HOUR, 1), False, 0)}
    planned = change(made(**seen), capacity=9, holds=new, ended=old)

    assert (planned.applied_to(made(**present)) is not None) is there


def test_a_claim_that_takes_the_room_of_a_hold_that_is_over_still_asks_for_room() -> None:
    """It adds nothing where it is, but the day may be over its capacity without it."""
    full = day_of(Claim(0, HOUR, 2), o=Claim(0, HOUR, 1))

    def takes(capacity: int) -> bool:
        planned = change(full, [Claim(0, HOUR, 1)], capacity=capacity, ended=full.holds)
        return planned.applied_to(full) is not None

    assert (takes(2), takes(3)) == (False, True)


@pytest.mark.parametrize("segment", [Segment(HOUR, 2 * HOUR), Segment(0, HOUR), Segment(DAY - 1, DAY)])
def test_a_segment_that_is_not_there_is_none(segment: Segment) -> None:
    assert Profile.of({WHOLE_DAY: 1}).get(segment) is None


def test_a_claim_until_midnight_ends_with_the_day() -> None:
    assert (
        day_of(Claim(22 * HOUR, DAY, 1)).segments.items()
        == {
            Segment(0, 22 * HOUR): 0,
            Segment(22 * HOUR, DAY): 1,
        }.items()
    )


@pytest.mark.parametrize(("splits", "many", "is_tidied"), [(9, 8, True), (9, 99, False), (0, 8, False)])
def test_a_day_in_needless_pieces_is_tidied_once_they_are_many(
    splits: int, many: int, is_tidied: bool
) -> None:
    day = occupied(Ledger(KEY), [Claim(at, at + 60, 0) for at in range(60, 60 + 60 * splits, 60)])._replace(
        version=7
    )
    busy = occupied(day, [Claim(at * HOUR, (at + 1) * HOUR, at % 2) for at in range(10, 20 - splits)])

    with patch.object(ledger_module, "MANY_SEGMENTS", many):
        planned = change(busy, [Claim(22 * HOUR, 23 * HOUR, 1)], capacity=1)

    assert (planned.replacement is not None) is is_tidied
    assert in_use(planned.result().segments) == in_use(busy.segments) | {(22 * HOUR, 23 * HOUR): 1}
