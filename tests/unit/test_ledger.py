"""The day ledger, checked against a grid that counts every hour by brute force."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.model.intervals import DAY
from frontdesk.model.ledger import MOST_PIECES, Claim, Hold, Ledger, LedgerKey, Taken, change, expired_overlapping, joined, taken

KEY = LedgerKey("room", "2026-04-15")
HOUR = 3600
HOURS = range(0, DAY, HOUR)
NOW = 1000


def _profile(segments: Mapping[int, int]) -> list[int]:
    """The quantity in use in each hour."""
    return [segments[max(start for start in segments if start <= second)] for second in HOURS]


def _sums(claims: Iterable[Claim]) -> list[int]:
    claims = list(claims)
    return [sum(claim.quantity for claim in claims if claim.start <= second < claim.end) for second in HOURS]


def _plus(*profiles: list[int]) -> list[int]:
    return [sum(column) for column in zip(*profiles, strict=True)]


def _hold(claim: Claim, expires_at: int = NOW + 1) -> Hold:
    return Hold("other", "try", claim, False, expires_at)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    start = draw(st.integers(0, 23))
    return Claim(start * HOUR, draw(st.integers(start + 1, 24)) * HOUR, draw(st.integers(1, 3)))


HOLDS = st.lists(st.builds(_hold, claims(), st.sampled_from([NOW - 1, NOW, NOW + 1])), max_size=3)
SEGMENTS = st.dictionaries(st.sampled_from(HOURS), st.integers(0, 4), max_size=6).map(lambda found: {0: 0} | found)


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    holds = {f"h{i}": hold for i, hold in enumerate(draw(HOLDS))}
    return Ledger(KEY, draw(SEGMENTS), holds, "shape", 7)


@given(ledgers(), st.lists(claims(), max_size=2), claims(), st.integers(0, 8))
def test_taken_is_exactly_where_too_little_is_left(ledger: Ledger, others: list[Claim], wanted: Claim, capacity: int) -> None:
    live = [hold.claim for hold in ledger.holds.values() if hold.expires_at > NOW]
    in_use = _plus(_profile(ledger.segments), _sums(others), _sums(live))
    full = [s for s in HOURS if wanted.start <= s < wanted.end and in_use[s // HOUR] + wanted.quantity > capacity]

    found = taken(ledger, others, wanted, capacity, NOW)

    assert [s for stretch in found for s in range(stretch.start, stretch.end, HOUR)] == full
    assert all(a.end < b.start for a, b in itertools.pairwise(found))
    assert all(stretch.in_use == max(in_use[stretch.start // HOUR : stretch.end // HOUR]) for stretch in found)


@given(ledgers(), st.lists(claims(), max_size=4), st.integers(0, 8) | st.none())
def test_a_change_adds_its_claims_and_nothing_else(ledger: Ledger, added: list[Claim], capacity: int | None) -> None:
    planned = change(ledger, added, capacity=capacity, now=NOW)
    assert _profile(planned.result()) == _plus(_profile(ledger.segments), _sums(added))
    assert list(planned.result()) == sorted(planned.result())
    assert planned.reshapes == (planned.result().keys() != ledger.segments.keys() or bool(planned.evicted))


@given(ledgers(), st.lists(claims(), max_size=3), st.lists(claims(), max_size=2), st.integers(0, 14), st.data())
def test_limits_hold_exactly_if_the_result_is_within_capacity_whatever_additive_writers_do(
    ledger: Ledger, added: list[Claim], held: list[Claim], capacity: int, data: st.DataObject
) -> None:
    new_holds = {f"n{i}": _hold(claim) for i, claim in enumerate(held)}
    planned = change(ledger, added, new_holds, capacity=capacity, now=NOW)
    # Others change quantities, up and down, and keep the shape: the same segments, the same holds.
    meanwhile = {start: max(0, quantity + data.draw(st.integers(-2, 3))) for start, quantity in ledger.segments.items()}
    staying = [hold.claim for name, hold in ledger.holds.items() if name not in planned.evicted and hold.is_live(NOW)]
    asked = _sums([*added, *held])
    after = _plus(_profile(meanwhile), _sums(staying), asked)

    allowed = all(meanwhile[start] <= most for start, most in planned.limits.items())
    written = meanwhile | {start: meanwhile[base] + quantity for start, (base, quantity) in planned.sets.items()}

    assert allowed == all(total <= capacity for total, wanted in zip(after, asked, strict=True) if wanted)
    assert _profile(written) == _plus(_profile(meanwhile), _sums(added))


@given(ledgers(), claims(), st.integers(0, 8))
def test_what_fits_is_what_the_limits_of_its_change_allow(ledger: Ledger, wanted: Claim, capacity: int) -> None:
    planned = change(ledger, [wanted], capacity=capacity, now=NOW)
    allowed = all(ledger.segments[start] <= most for start, most in planned.limits.items())
    assert allowed == (not taken(ledger, [], wanted, capacity, NOW))


@given(st.lists(st.tuples(claims(), st.booleans()), max_size=12), st.integers(1, 5))
def test_a_day_filled_claim_by_claim_holds_what_was_accepted_and_never_more_than_fits(
    asked: list[tuple[Claim, bool]], capacity: int
) -> None:
    ledger, accepted = Ledger(KEY), []
    for claim, draft in asked:
        if taken(ledger, [], claim, capacity, NOW):
            continue
        holds = {str(len(accepted)): _hold(claim)} if draft else {}
        planned = change(ledger, [] if draft else [claim], holds, capacity=capacity, now=NOW)
        ledger = replace(ledger, segments=planned.result(), holds={**ledger.holds, **holds}, version=ledger.version + 1)
        accepted.append(claim)
    in_use = _plus(_profile(ledger.segments), _sums(hold.claim for hold in ledger.holds.values()))
    assert in_use == _sums(accepted)
    assert max(in_use) <= capacity
    assert all(taken(ledger, [], claim, capacity, NOW) for claim, _ in asked if claim not in accepted)


@given(SEGMENTS)
def test_joining_keeps_the_profile_without_needless_boundaries(segments: dict[int, int]) -> None:
    result = joined(segments)
    assert _profile(result) == _profile(segments)
    assert all(a != b for a, b in zip(list(result.values()), list(result.values())[1:], strict=False))


def test_touching_bookings_do_not_conflict() -> None:
    booked = Ledger(KEY, change(Ledger(KEY), [Claim(9 * HOUR, 10 * HOUR, 1)], capacity=1, now=NOW).result())
    assert taken(booked, [], Claim(8 * HOUR, 9 * HOUR, 1), 1, NOW) == []
    assert taken(booked, [], Claim(10 * HOUR, 11 * HOUR, 1), 1, NOW) == []
    assert taken(booked, [], Claim(9 * HOUR, 10 * HOUR, 1), 1, NOW) == [Taken(9 * HOUR, 10 * HOUR, 1)]
    assert taken(booked, [], Claim(8 * HOUR, 9 * HOUR + 1, 1), 1, NOW) == [Taken(9 * HOUR, 9 * HOUR + 1, 1)]


def test_the_last_second_of_the_day_is_part_of_it() -> None:
    booked = Ledger(KEY, change(Ledger(KEY), [Claim(DAY - 1, DAY, 1)], capacity=1, now=NOW).result())
    assert booked.segments == {0: 0, DAY - 1: 1}
    assert taken(booked, [], Claim(DAY - 60, DAY, 1), 1, NOW) == [Taken(DAY - 1, DAY, 1)]


@pytest.mark.parametrize(("expires_at", "counts"), [(NOW + 1, True), (NOW, False), (NOW - 1, False)])
def test_a_hold_counts_until_its_time_and_then_is_taken_out_by_who_comes_in_its_way(expires_at: int, counts: bool) -> None:
    hold = _hold(Claim(9 * HOUR, 11 * HOUR, 1), expires_at)
    ledger, wanted = Ledger(KEY, holds={"h": hold}, version=1), Claim(10 * HOUR, 12 * HOUR, 1)

    assert taken(ledger, [], wanted, 1, NOW) == ([Taken(10 * HOUR, 11 * HOUR, 1)] if counts else [])
    planned = change(ledger, [wanted], capacity=1, now=NOW)

    assert planned.evicted == expired_overlapping(ledger, [wanted], NOW) == ({} if counts else {"h": hold})
    assert planned.limits[0] == (-1 if counts else 0)


def test_an_expired_hold_that_is_in_nobodys_way_stays() -> None:
    ledger = Ledger(KEY, holds={"h": _hold(Claim(9 * HOUR, 10 * HOUR, 1), NOW - 1)}, version=1)
    assert change(ledger, [Claim(10 * HOUR, 11 * HOUR, 1)], capacity=1, now=NOW).evicted == {}


def test_a_new_hold_evicts_and_is_limited_like_a_claim_but_leaves_the_segments() -> None:
    ledger = Ledger(KEY, holds={"h": _hold(Claim(9 * HOUR, 10 * HOUR, 1), NOW - 1)}, version=1)
    planned = change(ledger, holds={"n": _hold(Claim(9 * HOUR, 10 * HOUR, 2))}, capacity=3, now=NOW)
    assert (dict(planned.sets), dict(planned.limits), list(planned.evicted)) == ({}, {0: 1}, ["h"])
    assert planned.reshapes
    assert planned.result() == {0: 0}


def test_an_override_has_no_limits() -> None:
    full = Ledger(KEY, {0: 5}, version=1)
    planned = change(full, [Claim(0, DAY, 3)], capacity=None, now=NOW)
    assert planned.limits == {}
    assert planned.result() == {0: 8}
    assert not planned.reshapes


def test_two_claims_of_one_write_count_together() -> None:
    planned = change(Ledger(KEY), [Claim(0, 2 * HOUR, 2), Claim(HOUR, 3 * HOUR, 3)], capacity=4, now=NOW)
    assert planned.limits == {0: -1}
    assert planned.result() == {0: 2, HOUR: 5, 2 * HOUR: 3, 3 * HOUR: 0}


def test_the_first_write_of_a_day_gives_it_its_shape() -> None:
    assert change(Ledger(KEY), [Claim(0, DAY, 1)], capacity=1, now=NOW).reshapes


@pytest.mark.parametrize(("pieces", "replaced"), [(MOST_PIECES, False), (MOST_PIECES + 1, True)])
def test_past_the_most_pieces_the_whole_map_is_replaced(pieces: int, replaced: bool) -> None:
    ledger = Ledger(KEY, {minute * 60: minute % 2 for minute in range(pieces)}, version=1)
    planned = change(ledger, [Claim(0, DAY, 2)], capacity=3, now=NOW)
    assert (planned.replacement is not None) == planned.reshapes == replaced
    assert bool(planned.sets) == bool(planned.limits) == (not replaced)
    assert planned.result() == {minute * 60: minute % 2 + 2 for minute in range(pieces)}


def test_a_replacement_joins_what_is_equal() -> None:
    ledger = Ledger(KEY, dict.fromkeys(range(0, 200 * 60, 60), 1), version=1)
    assert change(ledger, [Claim(0, DAY, 1)], capacity=2, now=NOW).replacement == {0: 2}
