"""Which rows two files have in common is estimated from a sample of one of them."""

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.imports.pieces import SAMPLE, in_common, key_of_content, mark_of, sample_of

marks = st.lists(st.integers(0, 3 * SAMPLE), max_size=4 * SAMPLE).map(sorted)


@given(marks)
def test_a_copy_has_all_rows_that_the_sample_could_have_had(rows: list[int]) -> None:
    found, covered = in_common(rows, sample_of(rows))
    assert sum(found.values()) == covered
    assert bool(covered) == bool(rows)


@given(marks, marks)
def test_rows_are_counted_as_often_as_they_are_there(rows: list[int], others: list[int]) -> None:
    sample = sample_of(others)
    found, covered = in_common(rows, sample)
    assert found == {mark: rows.count(mark) for mark in rows if mark in sample}
    assert covered == sum(len(sample) < SAMPLE or mark <= max(sample) for mark in rows)


def test_the_share_of_a_large_file_is_estimated() -> None:
    contents = [str(n).encode() for n in range(4_000)]
    sample = sample_of(sorted(map(mark_of, contents)))
    found, covered = in_common(sorted(map(mark_of, contents[:1_000])), sample)
    # A quarter of the rows are a quarter of the sample.
    assert 8 <= sum(found.values()) == covered <= 24
    found, covered = in_common(
        sorted(map(mark_of, [*contents[:1_000], *(b"x%d" % n for n in range(3_000))])), sample
    )
    assert 0.1 < sum(found.values()) / covered < 0.4


def test_the_key_of_a_row_is_the_one_that_was_always_stored() -> None:
    """Otherwise a file that is imported again would be booked twice."""
    assert key_of_content(b"content", 2, "week.csv", None) == (
        "row ed7002b439e9ac845f22357d822bac14 2  week.csv"
    )
    assert key_of_content(b"content", 1, "week.csv", "Europe/Berlin").endswith(" 1 Europe/Berlin week.csv")
