"""Which rules refuse an imported order of the past."""

import pytest

from frontdesk.domain.booking.history import History
from frontdesk.domain.problems import Problem

LATE = Problem("outside_opening_hours", pointer="/bookings/1/start_date")
LATE_TOO = Problem("outside_opening_hours", pointer="/bookings/10/start_date")
TAKEN = Problem("slot_unavailable", pointer="/bookings/1")
UNKNOWN = Problem("resource_not_found", pointer="/bookings/1/resource_id")
ALL = [LATE, LATE_TOO, TAKEN, UNKNOWN]


@pytest.mark.parametrize(
    ("history", "left"),
    [
        # Only the booking that has begun was agreed, not the one whose number begins with the same digit.
        (History("past"), [LATE_TOO, TAKEN, UNKNOWN]),
        (History("agreed"), [TAKEN, UNKNOWN]),
        (History("canceled"), [UNKNOWN]),
        (History("no_show"), [UNKNOWN]),
    ],
)
def test_rules_about_times_are_for_what_has_not_begun(history: History, left: list[Problem]) -> None:
    assert history.problems_left(ALL, begun={"/bookings/1"}) == left
