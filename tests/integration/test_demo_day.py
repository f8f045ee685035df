"""The bookings that `make serve` makes around today, so that the desk has something to show."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from local.demo_day import fill
from tests.integration.client import Client
from tests.integration.conftest import MotoWorld
from tests.support.demo import ROOM

# A Friday evening; clocks change on the Sunday.
EVENING = datetime(2032, 10, 29, 21, 30, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


def test_a_week_is_booked_once_and_what_somebody_has_changed_stays(moto_world: MotoWorld) -> None:
    desk = Client(moto_world, moto_world.demo["token"])

    def plan() -> list[dict[str, str]]:
        answer = desk.get("/api/v1/plan", start_date="2032-10-29", end_date="2032-11-04")
        found: list[dict[str, str]] = answer.data["attributes"]["bookings"]
        return found

    begun = fill(EVENING)["bookings"]
    booked = plan()
    assert len(booked) == begun
    days = {each["start_date"][:10] for each in booked}
    assert len(days) == 7
    # Today has bookings, although they are over. The hour for which `make serve` prints an order is free.
    assert "2032-10-29" in days
    two_o_clock = datetime(2032, 10, 30, 12, tzinfo=UTC).isoformat()
    assert not [
        each
        for each in booked
        if ROOM.id in each["resource_ids"] and each["start_date"] <= two_o_clock < each["end_date"]
    ]

    canceled = booked[-1]["order_id"]
    assert desk.call("POST", f"/api/v1/orders/{canceled}/cancel").status == 200
    assert fill(EVENING) == {"bookings": begun - 1}
    assert [each["id"] for each in plan()] == [each["id"] for each in booked[:-1]]
    # A day later, one more day is booked.
    assert fill(EVENING + 86_400)["bookings"] > 0
    assert [each["id"] for each in plan()] == [each["id"] for each in booked[:-1]]
