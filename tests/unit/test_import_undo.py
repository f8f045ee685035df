"""Where a file waits, and what an undo reports about the items it has examined."""

import pytest

from frontdesk.domain.imports.runs import ImportRun, WaitingFile, wanted_file
from frontdesk.domain.imports.undo import MAX_NAMED, Undo
from frontdesk.domain.trail import Actor


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("incoming/o/week.csv", WaitingFile("o", "week.csv")),
        ("incoming/o/2031/week.csv", WaitingFile("o", "2031/week.csv")),
        (
            "uploads/o/20310101T000000-0123456789ab/week.csv",
            ("o", "week.csv", "20310101T000000-0123456789ab"),
        ),
        ("incoming/o/", None),
        ("incoming/week.csv", None),
        ("uploads/o/week.csv", None),
        ("uploads/o/run/", None),
        ("", None),
    ],
)
def test_a_key_tells_whose_file_it_is(key: str, found: WaitingFile | None) -> None:
    assert WaitingFile.of_key(key) == found


def test_the_event_of_an_upload_asks_for_that_file_alone() -> None:
    run = ImportRun(
        id="r", organization_id="o", name="week.csv", etag="", execution="", upload="r", started_at=1
    )
    assert wanted_file({"detail": {"object": {"key": run.incoming}}}) == {
        "organization_id": "o",
        "name": "week.csv",
        "upload": "r",
    }
    assert wanted_file({}) == {}


def test_an_undo_counts_by_reason_and_names_the_first_that_somebody_may_look_at() -> None:
    undo = Undo(actor=Actor("token", "t"), started_at=1)
    after = undo.after([("a", None), ("b", "changed"), ("c", "ended_before"), ("d", "gone")], 5)
    assert (after.done, after.undone) == (5, 1)
    assert after.left == {"changed": 1, "ended_before": 1, "gone": 1}
    assert after.named == (("b", "changed"), ("d", "gone"))
    many = after.after([(f"{number}", "changed") for number in range(100)], 100)
    assert (len(many.named), many.left["changed"], many.done) == (MAX_NAMED, 101, 105)
