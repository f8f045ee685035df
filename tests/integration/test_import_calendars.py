"""Calendars that are imported again, after a date of a series has got another place or guest."""

import json
from typing import Any

import pytest

from frontdesk.domain.orders.snapshot import id_of_request
from frontdesk.usecases.imports import plan
from tests.integration.test_import_forms import offered, room, sold
from tests.integration.test_import_uploads import Desk, desk
from tests.integration.test_imports import Importer, audited, files, importer, on
from tests.support.demo import MEETING, ORGANIZATION, ROOM

__all__ = ["desk", "files", "importer", "on"]

SERIES = "UID:u\nDTSTART:20310408T100000\nDTEND:20310408T110000\nRRULE:FREQ=WEEKLY;COUNT=3\nLOCATION:North"


def date(day: int, more: str = "LOCATION:South") -> str:
    """The date of the series on a day of April, with another place or guest."""
    return f"UID:u\nRECURRENCE-ID:203104{day:02}T100000\nDTSTART:203104{day:02}T100000\nDTEND:203104{day:02}T110000\n{more}"


GUEST = "LOCATION:North\nATTENDEE:mailto:grace@example.com"
CREATED, UNCHANGED, REFUSED = ("created", []), ("unchanged", []), ("refused", ["external_id_reused"])


def calendar(*events: str) -> str:
    parts = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\n{parts}END:VCALENDAR\n"


@pytest.fixture(autouse=True)
def rooms(importer: Importer) -> None:
    rooms = [room(name).model_copy(update={"quantity": 2}) for name in ("North", "South")]
    offered(importer, *rooms, sold("Course", resource_ids=frozenset(each.id for each in rooms)))


def imported(importer: Importer, *events: str, **wanted: Any) -> list[tuple[str, list[str]]]:
    """Imports a calendar. Returns the result and the error codes of each row."""
    mapping = {"defaults": {"service": "Course"}, "missing": "create"}
    importer.files.put("team.ics.mapping.json", json.dumps(mapping))
    return list(importer("team.ics", calendar(*events), **wanted).by_line.values())


def booked(importer: Importer) -> str:
    """The rooms in the sequence of their bookings: `NSN` is North, South, North."""
    return "".join(each.resource_ids[0][2] for each in sorted(importer.bookings(), key=lambda b: b.start))


@pytest.mark.parametrize("chunk_rows", [1, 500])
@pytest.mark.parametrize("more", ["LOCATION:South", GUEST])
def test_a_date_that_has_got_another_place_or_guest_is_refused_with_its_series(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, chunk_rows: int, more: str
) -> None:
    monkeypatch.setattr(plan, "CHUNK_ROWS", chunk_rows)
    assert imported(importer, SERIES) == [CREATED]
    before = importer.stored()
    for dry_run in (True, False, False):
        assert imported(importer, SERIES, date(15, more), dry_run=dry_run) == [REFUSED, REFUSED]
    assert imported(importer, date(15, more), SERIES) == [REFUSED, REFUSED], (
        "the row stands before its series"
    )
    assert {key: item for key, item in importer.stored().items() if key in before} == before
    assert booked(importer) == "NNN"
    audited(importer)


@pytest.mark.parametrize("chunk_rows", [1, 500])
def test_a_series_with_a_date_elsewhere_is_booked_whole_and_found_again(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, chunk_rows: int
) -> None:
    monkeypatch.setattr(plan, "CHUNK_ROWS", chunk_rows)
    assert imported(importer, SERIES, date(15)) == [CREATED, CREATED]
    assert booked(importer) == "NSN"
    ids = [id_of_request(ORGANIZATION.id, "import", f"id {of}") for of in ("u", "u 2031-04-15T10:00:00")]
    assert sorted(order.id for order in importer.orders()) == sorted(ids), "the ids of stored orders stay"
    assert imported(importer, SERIES, date(15)) == [UNCHANGED, UNCHANGED]
    # Only the second of two dates is new.
    assert imported(importer, SERIES, date(15), date(22)) == [REFUSED, UNCHANGED, REFUSED]
    assert imported(importer, SERIES, date(15, "LOCATION:South\nSUMMARY:New")) == [UNCHANGED, REFUSED]
    assert booked(importer) == "NSN"
    audited(importer)


def test_dates_without_their_series_in_the_file_are_refused_once_it_is_booked(importer: Importer) -> None:
    everywhere = [date(8), date(15), date(22)]
    assert imported(importer, SERIES) == [CREATED]
    assert imported(importer, date(15)) == [REFUSED]
    assert imported(importer, SERIES, *everywhere) == [REFUSED] * 3, "no date is left for the series"
    assert booked(importer) == "NNN"


def test_dates_without_their_series_in_the_file_are_booked_if_it_is_not(importer: Importer) -> None:
    everywhere = [date(8), date(15), date(22)]
    assert imported(importer, SERIES, *everywhere) == [CREATED] * 3
    assert imported(importer, SERIES, *everywhere) == [UNCHANGED] * 3
    assert imported(importer, *everywhere) == [UNCHANGED] * 3
    assert booked(importer) == "SSS"


def test_a_date_is_booked_although_its_series_is_refused_at_first(importer: Importer) -> None:
    nowhere = SERIES.replace("North", "Nowhere")
    assert imported(importer, nowhere, date(15)) == [
        ("refused", ["name_not_found", "resource_id_required"]),
        CREATED,
    ]
    assert imported(importer, SERIES, date(15)) == [CREATED, UNCHANGED]
    assert booked(importer) == "NSN"


def test_after_an_undo_a_changed_series_is_booked_with_its_date(desk: Desk) -> None:
    other = "Meeting Room 2"

    def imported(*events: str) -> tuple[str, dict[str, int]]:
        text = calendar(*events).replace("North", ROOM.name).replace("South", other)
        id = desk.upload(text, name="team.ics", mapping={"defaults": {"service": MEETING.name}})
        run = desk.read(id)
        return id, {name: run[name] for name in ("created", "unchanged", "refused")}

    for _ in range(2):
        id, counts = imported(SERIES)
        assert counts == {"created": 1, "unchanged": 0, "refused": 0}
        assert imported(SERIES, date(15))[1] == {"created": 0, "unchanged": 0, "refused": 2}
        assert desk.undo(id)["undone"] == 1
    id, counts = imported(SERIES, date(15))
    assert counts == {"created": 2, "unchanged": 0, "refused": 0}
    assert imported(SERIES, date(15), date(22))[1] == {"created": 0, "unchanged": 1, "refused": 2}
    desk.audited()
