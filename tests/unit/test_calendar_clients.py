"""A reader's calendar, after opening every file that we sent, equals the bookings.

The calendar follows RFC 5546 (2.1.5, 3.2.1, 3.2.5) and RFC 5545 (3.8.4.4, 3.8.5), and shares no code with the product.
"""

import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from frontdesk.domain.orders.order import Booking
from frontdesk.usecases.messages.resend import resend
from tests.support.demo import ROOM, SECOND_ROOM, meeting
from tests.support.desk import Desk

_Shown = tuple[datetime, datetime, str]


class ReadersCalendar:
    """Events by UID: one without a RECURRENCE-ID, and the dates that differ or are canceled."""

    def __init__(self) -> None:
        self._mains: dict[str, Any] = {}
        self._dates: defaultdict[str, dict[datetime, tuple[str, Any]]] = defaultdict(dict)

    def open(self, file: bytes) -> None:
        calendar: Any = Calendar.from_ical(file)
        method = str(calendar["METHOD"])
        found: list[Any] = list(calendar.walk("VEVENT"))
        for event in sorted(found, key=lambda each: "RECURRENCE-ID" in each):
            uid = str(event["UID"])
            if "RECURRENCE-ID" in event:
                at = event["RECURRENCE-ID"].dt.astimezone(UTC)
                there = self._dates[uid].get(at)
                if there is None or _age(event) >= _age(there[1]):
                    self._dates[uid][at] = (method, event)
            elif uid not in self._mains or _age(event) >= _age(self._mains[uid]):
                # A new version of an event replaces all dates of the previous one.
                self._mains[uid] = event
                self._dates[uid] = {
                    at: each for at, each in self._dates[uid].items() if _age(each[1]) > _age(event)
                }
                if method == "CANCEL":
                    self._dates.pop(uid)

    @property
    def shown(self) -> list[_Shown]:
        found = []
        for uid, event in self._mains.items():
            if str(event["STATUS"]) == "CANCELLED":
                continue
            start, length, place = (
                event["DTSTART"].dt,
                event["DTEND"].dt - event["DTSTART"].dt,
                event["LOCATION"],
            )
            listed = event.get("EXDATE", [])
            gone = {day.dt for each in (listed if isinstance(listed, list) else [listed]) for day in each.dts}
            clocks = (
                [each.replace(tzinfo=start.tzinfo) for each in _rule(event, start)]
                if "RRULE" in event
                else [start]
            )
            at = {each.astimezone(UTC) for each in clocks if each not in gone}
            found += [(each, each + length, str(place)) for each in at if each not in self._dates[uid]]
        for dates in self._dates.values():
            found += [
                (each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC), str(each["LOCATION"]))
                for method, each in dates.values()
                if method != "CANCEL"
            ]
        return sorted(found)


def _rule(event: Any, start: datetime) -> Any:
    return rrulestr(event["RRULE"].to_ical().decode(), dtstart=start.replace(tzinfo=None))


def _age(event: Any) -> tuple[int, datetime]:
    return event["SEQUENCE"], event["DTSTAMP"].dt


def booked(desk: Desk) -> list[_Shown]:
    found = desk.store.order(desk.context, desk.order_id)
    assert found
    names = {ROOM.id: ROOM.name, SECOND_ROOM.id: SECOND_ROOM.name}

    def shown(each: Booking) -> _Shown:
        start, end = (datetime.fromtimestamp(at, UTC) for at in (each.start, each.end))
        return start, end, ", ".join([names[each.resource_ids[0]], "Torstraße 1", "10119 Berlin"])

    return sorted(shown(each) for each in found[1] if each.status != "canceled")


def read_all(desk: Desk) -> ReadersCalendar:
    calendar = ReadersCalendar()
    for mail in desk.mailer.sent:
        for file in mail.iter_attachments():
            content = file.get_payload(decode=True)
            assert isinstance(content, bytes)
            calendar.open(content)
    return calendar


def series() -> Desk:
    desk = Desk(bookings=[meeting(recurring={"frequency": "daily", "count": 5})])
    desk.wake()
    return desk


def another_room(desk: Desk, booking: int) -> None:
    _keeping_times(desk, booking, resource_id=SECOND_ROOM.id)


def longer(desk: Desk, booking: int) -> None:
    found = desk.store.order(desk.context, desk.order_id)
    assert found
    end = datetime.fromtimestamp(found[1][booking - 1].end + 3600, UTC)
    _keeping_times(desk, booking, end_date=end.isoformat())


def later(desk: Desk, booking: int) -> None:
    found = desk.store.order(desk.context, desk.order_id)
    assert found
    start, end = (
        datetime.fromtimestamp(at + 3600, UTC).isoformat()
        for at in (found[1][booking - 1].start, found[1][booking - 1].end)
    )
    _keeping_times(desk, booking, start_date=start, end_date=end)


def _keeping_times(desk: Desk, booking: int, **changes: Any) -> None:
    found = desk.store.order(desk.context, desk.order_id)
    assert found
    of = found[1][booking - 1]
    times = {
        "start_date": datetime.fromtimestamp(of.start, UTC).isoformat(),
        "end_date": datetime.fromtimestamp(of.end, UTC).isoformat(),
    }
    desk.move(booking, **(times | changes))


def again(desk: Desk) -> None:
    resend(desk.context, desk.messages[0].id, desk.post)


@pytest.mark.parametrize("change", [another_room, longer, later])
@pytest.mark.parametrize("booking", [1, 3])
def test_a_date_that_differs_does_so_in_a_confirmation_that_is_sent_again(change: Any, booking: int) -> None:
    desk = series()
    assert read_all(desk).shown == booked(desk)
    change(desk, booking)
    desk.wake()
    assert read_all(desk).shown == booked(desk)
    again(desk)
    assert read_all(desk).shown == booked(desk)


def test_a_series_that_changed_before_its_confirmation_was_sent_is_confirmed_as_it_is() -> None:
    desk = Desk(bookings=[meeting(recurring={"frequency": "daily", "count": 5})])
    another_room(desk, 1)
    desk.cancel(2)
    later(desk, 3)
    desk.wake()
    assert read_all(desk).shown == booked(desk)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_to_an_order_the_readers_calendar_has_what_is_booked(seed: int) -> None:
    chance = random.Random(seed)
    desk, left = series(), [1, 2, 3, 4, 5]
    for _ in range(7):
        booking = chance.choice(left)
        what = chance.choice([another_room, longer, later, "cancel", "again"])
        if what == "cancel":
            desk.cancel(booking)
            left.remove(booking)
        elif what == "again":
            again(desk)
        else:
            what(desk, booking)  # type: ignore[operator]
        desk.clock.at += 60
        if chance.random() < 0.7:
            desk.wake()
            assert read_all(desk).shown == booked(desk), what
        if not left:
            break
    desk.wake()
    desk.cancel()
    desk.wake()
    assert read_all(desk).shown == booked(desk) == []
