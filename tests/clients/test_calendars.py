"""Opens each mail's files in a calendar that is not Python's (ical.js, from Thunderbird), and compares it with the bookings."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import MODULES, PROGRAMS, need
from tests.support.demo import NINE, desks, meeting
from tests.support.desk import Desk

pytestmark = pytest.mark.clients
SIX = meeting(NINE - timedelta(days=28), recurring={"frequency": "weekly", "count": 6})


def opened(desk: Desk, folder: Path) -> Any:
    """Returns what ical.js shows after opening the files of all mails in the order in which they were sent."""
    need("node")
    (folder / "node_modules").symlink_to(MODULES)
    shutil.copy(PROGRAMS / "ical.mjs", folder)
    paths = []
    for number, mail in enumerate(desk.mailer.sent):
        for file in mail.iter_attachments():
            paths.append(folder / f"{number:03}-{len(paths):03}.ics")
            paths[-1].write_bytes(file.get_payload(decode=True))
    done = subprocess.run(
        ["node", "ical.mjs", *paths], cwd=folder, capture_output=True, text=True, check=False  # noqa: S607
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def booked(desk: Desk) -> list[list[str]]:
    """Returns the order's current bookings."""
    found = desk.store.order(desk.context, desk.order_id)
    assert found is not None
    return sorted(
        [
            datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            for moment in (each.start, each.end)
        ]
        for each in found[1]
        if each.status != "canceled"
    )


def start(desk: Desk, number: int) -> int:
    """Returns the start of an occurrence by its number, in hours from NINE."""
    return round(
        (desk.store.order(desk.context, desk.order_id)[1][number - 1].start - NINE.timestamp()) / 3600
    )  # type: ignore[index]


def test_a_series_over_a_clock_change_is_in_the_calendar_as_it_is_booked(tmp_path: Path) -> None:
    desk = Desk(bookings=[SIX])
    desk.wake()

    calendar = opened(desk, tmp_path)

    assert (calendar["dates"], len(calendar["dates"])) == (booked(desk), 6)
    assert calendar["read"] == [
        {"method": "PUBLISH", "uids": [f"{desk.order_id}-1@frontdesk"], "events": 1, "sequence": 0, "statuses": ["CONFIRMED"]}
    ]  # fmt: skip


def test_dates_that_are_moved_and_canceled_later_are_so_in_the_calendar(tmp_path: Path) -> None:
    desk = Desk(bookings=[SIX, desks(2)])
    desk.wake()
    for act in (
        lambda: desk.move(3, start(desk, 3) + 2),
        lambda: desk.cancel(5),
        lambda: desk.move(3, start(desk, 3) + 26),
        lambda: desk.move(7, 48),
    ):
        act()
        desk.wake()

    calendar = opened(desk, tmp_path)

    assert (calendar["dates"], len(calendar["dates"])) == (booked(desk), 6)
    assert [each["method"] for each in calendar["read"]] == ["PUBLISH"] * 3 + ["CANCEL"] + ["PUBLISH"] * 2
    assert all(len(each["uids"]) == 1 for each in calendar["read"])


def test_what_was_moved_and_canceled_before_anybody_was_told_is_in_the_first_file(tmp_path: Path) -> None:
    desk = Desk(bookings=[SIX])
    desk.cancel(2, notify=False)
    desk.move(4, start(desk, 4) + 3, notify_customer=False)
    desk.wake()

    assert opened(desk, tmp_path)["dates"] == booked(desk)


def test_a_canceled_order_leaves_the_calendar_empty(tmp_path: Path) -> None:
    desk = Desk(bookings=[SIX, meeting(NINE + timedelta(days=100))])
    desk.wake()
    desk.move(2, start(desk, 2) + 2)
    desk.wake()
    desk.cancel()
    desk.wake()

    calendar = opened(desk, tmp_path)

    assert calendar["dates"] == []
    assert [each["method"] for each in calendar["read"][-2:]] == ["CANCEL", "CANCEL"]
    assert all(each["statuses"] == ["CANCELLED"] for each in calendar["read"][-2:])


def test_many_bookings_are_ten_files_at_most(tmp_path: Path) -> None:
    desk = Desk(bookings=[desks(1, NINE + timedelta(days=n * n)) for n in range(12)])
    desk.wake()

    calendar = opened(desk, tmp_path)

    assert calendar["dates"] == booked(desk)[:10]
