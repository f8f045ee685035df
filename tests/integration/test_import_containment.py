"""A fault of one row affects only that row, and a fault of a report only the report."""

import json
from typing import Any

import pytest

from frontdesk.bootstrap import SystemClock
from frontdesk.domain.imports.runs import MAX_TRIES, incoming_key
from frontdesk.usecases.context import Context
from frontdesk.usecases.imports import chunk, report
from frontdesk.usecases.imports.find import find_files
from frontdesk.usecases.orders.place_batch import assess_together, place_together
from frontdesk.usecases.ports import MailUnavailable
from tests.integration.test_imports import Importer, files, importer, on
from tests.support.demo import ORGANIZATION, meeting
from tests.support.imports import FakeExecutions

__all__ = ["files", "importer", "on"]

HOSTILE = "=?utf-8?q?a=0d=0aBcc:x?=@c.de"


def row(id: str, hour: int) -> dict[str, Any]:
    start, end = (f"2031-04-15T{at_hour:02}:00" for at_hour in (hour, hour + 1))
    return {"external_id": id, "bookings": [meeting() | {"start_date": start, "end_date": end}]}


def test_a_report_to_what_is_no_address_is_refused_with_its_file(importer: Importer) -> None:
    imported = importer("week.jsonl", [{"options": {"report_to": HOSTILE}}, row("a", 9)])
    assert imported.summary["problem"]["code"] == "invalid_options"


def test_a_report_that_cannot_be_written_ends_no_import(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hostile(*_: Any) -> Any:
        raise ValueError("Header values may not contain linefeed or carriage return characters")

    monkeypatch.setattr(report, "_mail", hostile)
    imported = importer("week.jsonl", [{"options": {"report_to": "desk@example.com"}}, row("a", 9)])
    assert (imported.summary["status"], imported.summary["created"]) == ("completed", 1)
    assert incoming_key(ORGANIZATION.id, "week.jsonl") not in importer.files.content


def test_a_mail_service_that_is_away_ends_no_import(importer: Importer) -> None:
    importer.mailer.failing = MailUnavailable("Throttling")
    imported = importer("week.jsonl", [{"options": {"report_to": "desk@example.com"}}, row("a", 9)])
    assert (imported.summary["status"], imported.summary["created"]) == ("completed", 1)


@pytest.mark.parametrize("depth", [100, 196, 197, 198, 199, 200, 5_000])
def test_a_row_that_is_nested_too_deep_is_refused_and_the_others_are_not(
    importer: Importer, depth: int
) -> None:
    deep = f'{{"external_id": "deep", "bookings": [{{"note": {"[" * depth}{"]" * depth}}}]}}'
    content = "\n".join([json.dumps(row("a", 9)), deep, json.dumps(row("b", 11))])
    imported = importer("week.jsonl", content + "\n")
    assert [result for result, _ in imported.by_line.values()] == ["created", "refused", "created"]


@pytest.mark.parametrize("hour", [8, 10, 15])
def test_a_row_that_nobody_can_place_fails_alone(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, hour: int
) -> None:
    """DynamoDB refuses the item, for any reason."""

    def place(context: Context, asked: Any, store: Any) -> Any:
        if any("Poison" in str(each.reading.config) for each in asked):
            raise ValueError("Item size has exceeded the maximum allowed size")
        return place_together(context, asked, store)

    monkeypatch.setattr(chunk, "place_together", place)
    rows = [row("a", 9), row("b", 12), row("c", 14)]
    poison = row("poison", hour)
    poison["bookings"][0]["note"] = "Poison"
    at_place = {8: 0, 10: 1, 15: 3}[hour]
    rows.insert(at_place, poison)
    imported = importer("week.jsonl", rows)
    assert imported.summary["status"] == "failed"
    assert imported.by_line[at_place + 1] == ("failed", ["not_imported"])
    assert sorted(result for result, _ in imported.by_line.values()) == ["created"] * 3 + ["failed"]


def test_what_fails_for_all_is_no_rows_fault(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any) -> Any:
        raise PermissionError

    monkeypatch.setattr(chunk, "place_together", denied)
    importer.files.put("week.jsonl", [row("a", 9), row("b", 11)])
    clock = SystemClock(20)
    (run,) = find_files("first", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    importer.plan(run.id, clock)
    with pytest.raises(PermissionError):
        importer.chunk(run.id, 1, clock)


def test_a_run_that_has_such_an_address_already_can_be_ended(importer: Importer) -> None:
    clock = SystemClock(20)
    importer.files.put("week.jsonl", [row("a", 9)])
    (run,) = find_files("first", clock.now(), importer.runs, importer.files, FakeExecutions(), clock)
    options = run.options.model_copy(update={"report_to": HOSTILE})
    assert importer.runs.change(run, run.model_copy(update={"options": options}), clock)
    kept = importer.runs.run(Context(ORGANIZATION.id, clock), run.id)
    assert kept is not None
    assert kept.options.report_to == HOSTILE


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with a row that causes an unexpected error."""
    for name, decide in (("place_together", place_together), ("assess_together", assess_together)):

        def fail(context: Context, asked: Any, store: Any, decide: Any = decide) -> Any:
            if any("Poison" in str(each.reading.config) for each in asked):
                raise ValueError("Item size has exceeded the maximum allowed size")
            return decide(context, asked, store)

        monkeypatch.setattr(chunk, name, fail)
    poison = row("poison", 12)
    poison["bookings"][0]["note"] = "Poison"
    return "\n".join(map(json.dumps, [row("a", 9), poison])) + "\n"


def test_a_row_that_fails_every_night_is_given_up(importer: Importer, poisoned: str) -> None:
    """Its file, and its report, used to come back every night for ever."""
    ends = []
    for _ in range(MAX_TRIES):
        imported = importer("week.jsonl", poisoned)
        ends.append((imported.summary["status"], imported.summary["problem"]["code"]))
        waits = incoming_key(ORGANIZATION.id, "week.jsonl") in importer.files.content
        assert waits == (len(ends) < MAX_TRIES)
    assert ends == [("failed", "not_finished")] * (MAX_TRIES - 1) + [("failed", "given_up")]
    # After a correction, it is another file.
    assert importer("week.jsonl", [row("a", 9), row("poison", 12)]).summary["status"] == "completed"


def test_a_dry_run_is_no_attempt_to_import_the_file(importer: Importer, poisoned: str) -> None:
    """A file that was tried out seven times used to be given up the first time that it failed."""
    ends = [
        importer("week.jsonl", poisoned, dry_run=is_dry).summary["problem"]["code"]
        for is_dry in [True] * MAX_TRIES + [False]
    ]
    assert set(ends) == {"not_finished"}


def test_a_file_that_cannot_be_claimed_does_not_stop_those_of_others(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One unreadable run used to end every execution, and so everybody's imports."""
    clock, faults = SystemClock(20), list[str]()
    for owner in ("a-broken-one", "b-sound-one"):
        importer.on.store.put_catalog(Context(owner, clock), [ORGANIZATION.model_copy(update={"id": owner})])
        importer.files.put("week.jsonl", [row("a", 9)], owner)
    recent = importer.runs.recent

    def broken(context: Context, *about: Any) -> Any:
        if context.organization_id == "a-broken-one":
            raise ValueError("an item that somebody has edited")
        return recent(context, *about)

    monkeypatch.setattr(importer.runs, "recent", broken)

    def find() -> list[str]:
        about = (importer.runs, importer.files, FakeExecutions(), clock)
        return [run.organization_id for run in find_files("tonight", clock.now(), *about, tell=faults.append)]

    assert find() == ["b-sound-one"]
    assert faults == ["a file of a-broken-one could not be claimed: ValueError"]
    del importer.files.content[incoming_key("b-sound-one", "week.jsonl")]
    with pytest.raises(ExceptionGroup):
        find()
