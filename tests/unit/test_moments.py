"""Starts and ends of bookings are published by the clock: each once, for subscriptions that want them, even after crashes."""

from contextlib import suppress
from typing import Any

import pytest

from frontdesk.domain.messages.reminders import MAX_LATE, OVERLAP
from frontdesk.domain.orders.order import booking_id
from frontdesk.domain.requests.order import read_config
from frontdesk.domain.time.intervals import iso
from frontdesk.domain.webhooks.subscriptions import Subscription
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.change import cancel_booking
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.webhooks.deliver import Courier, deliver
from frontdesk.usecases.webhooks.moments import tell_moments
from frontdesk.usecases.webhooks.publish import Publisher
from tests.crashes.test_delivery import Calls, Crash
from tests.support.demo import NINE, ORGANIZATION, desks, meeting, order
from tests.support.fakes import FakeLists
from tests.support.webhooks import Office, Receiver, subscription

START, END = int(NINE.timestamp()), int(NINE.timestamp()) + 3600
BOTH = subscription("bookings.started", "bookings.ended")


class Day(Office):
    """An office with a booked hour of the meeting room, and a subscription."""

    def __init__(self, *subscriptions: Subscription) -> None:
        super().__init__(*(subscriptions or (BOTH,)))
        self.context = Context(ORGANIZATION.id, self.clock)
        self.receiver = Receiver()

    def place(self, **more: Any) -> str:
        body = order(**{"bookings": [meeting()], **more})
        return booking_id(place_order(self.context, read_config(body), self.store).order.id, 1)

    def sweep(self, at: int, calls: Calls | None = None) -> list[str]:
        """Returns the events that a sweep at that time queues."""
        self.clock.at = at
        calls, before = calls or Calls(), len(self.queue.messages)
        publisher = Publisher(
            calls.through(self.store),
            self.webhooks.subscriptions,
            calls.through(self.queue),
            self.publisher.present,
        )
        webhooks = calls.through(self.webhooks)
        tell_moments(self.clock, publisher, webhooks, FakeLists(self.store), lambda: True)
        return [each.event for each in self.queue.messages[before:]]

    def deliver(self) -> None:
        for message in self.queue.messages:
            deliver(self.context, message, Courier(self.webhooks, self.receiver, lambda: 0.0), lambda: None)

    def all_day(self) -> list[str]:
        told = []
        for at in range(START - 120, END + OVERLAP + 180, 60):
            told += self.sweep(at)
            self.deliver()
        return told


def test_a_booking_starts_and_ends_once_each() -> None:
    day = Day()
    id = day.place()

    assert day.all_day() == ["bookings.started", "bookings.ended"]
    assert day.receiver.event_ids == [each.event_id for each in day.queue.messages]
    told = [(each.subject_id, each.payload["timestamp"]) for each in day.queue.messages]
    assert told == [(id, iso(START)), (id, iso(END))]
    assert day.queue.messages[0].data["status"] == "accepted"


def test_each_is_told_what_it_wants_and_nobody_of_what_was_before_it() -> None:
    day = Day(
        subscription("bookings.*", id="all"),
        subscription("bookings.ended", id="ended"),
        subscription("orders.*", "bookings.updated", id="others"),
        subscription("bookings.*", id="late", created_at=START + 60),
    )
    day.place()
    day.all_day()

    assert sorted((each.webhook_id, each.event) for each in day.queue.messages) == [
        ("all", "bookings.ended"),
        ("all", "bookings.started"),
        ("ended", "bookings.ended"),
        ("late", "bookings.ended"),
    ]


@pytest.mark.parametrize("switched_off", [True, False])
def test_nothing_is_looked_for_where_nobody_wants_it(switched_off: bool) -> None:
    events: tuple[Any, ...] = ("bookings.started",) if switched_off else ("orders.*", "bookings.updated")
    day = Day(subscription(*events, is_active=not switched_off))
    day.place()

    assert day.all_day() == []
    assert day.webhooks.cursor is None


def test_a_draft_a_canceled_booking_and_one_that_was_over_already_do_not_start() -> None:
    day = Day()
    cancel_booking(day.context, day.place(), day.store)
    day.place(bookings=[desks(2)], complete_order=False)
    day.clock.at = END + 60
    day.place(check_availability=False)

    assert day.all_day() == []


def test_a_booking_that_is_put_off_starts_again() -> None:
    day = Day()
    id = day.place()
    assert day.sweep(START + 60) == ["bookings.started"]
    day.deliver()
    key = next(key for key in day.store.items if key.id == id)
    moved = day.store.items[key].model_copy(update={"start": START + 120})
    day.store.items[key] = moved

    assert day.sweep(START + 180) == ["bookings.started"]
    first, again = day.queue.messages
    assert first.event_id != again.event_id


def test_a_sweep_that_comes_late_tells_of_some_hours_and_of_no_more() -> None:
    day = Day()
    day.place()
    assert day.sweep(START - 60) == []
    assert day.sweep(START + MAX_LATE) == ["bookings.started", "bookings.ended"]

    day = Day()
    day.place()
    assert day.sweep(START - 60) == []
    assert day.sweep(END + MAX_LATE + 1) == []


def test_one_organizations_fault_is_raised_after_the_others() -> None:
    day = Day()
    day.place()
    day.webhooks.organizations_with_moments = lambda _: iter(["broken", ORGANIZATION.id])  # type: ignore[method-assign]
    of_all = day.webhooks.subscriptions

    def subscriptions(context: Context) -> list[Subscription]:
        if context.organization_id == "broken":
            raise ValueError("broken")
        return of_all(context)

    day.webhooks.subscriptions = subscriptions  # type: ignore[method-assign]
    with pytest.raises(ExceptionGroup, match="1 organizations"):
        day.sweep(START + 60)
    assert [each.event for each in day.queue.messages] == ["bookings.started"]


def test_each_minute_begins_with_another_organization() -> None:
    begun = []
    for minute in range(3):
        day, asked = Day(), list[str]()
        day.webhooks.organizations_with_moments = lambda _: iter(["a", "b", "c"])  # type: ignore[method-assign]
        day.webhooks.subscriptions = lambda context, asked=asked: asked.append(context.organization_id) or []  # type: ignore[method-assign, misc]
        day.sweep(START + 60 * minute)
        begun.append(asked[0])
    assert sorted(begun) == ["a", "b", "c"]


def _calls() -> int:
    day, calls = Day(), Calls()
    day.place(bookings=[meeting(), desks(2)])
    day.sweep(START + 60, calls)
    return calls.made


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("crash_at", range(_calls()))
def test_every_start_is_told_whatever_ends_the_sweep(crash_at: int, after: bool) -> None:
    day = Day()
    day.place(bookings=[meeting(), desks(2)])
    with suppress(Crash):
        day.sweep(START + 60, Calls(crash_at, after=after))
    day.sweep(START + 120)
    day.deliver()

    assert len(set(day.receiver.event_ids)) == len(day.receiver.got) == 2
    assert len(day.queue.messages) <= 4


def test_control_without_the_look_at_what_is_before_the_cursor_a_start_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def told() -> list[str]:
        """A sweep that finds the booking in the list only after its cursor has passed the start."""
        day = Day()
        day.sweep(START + 30)
        day.clock.at = START - 60
        day.place()
        return day.sweep(START + 90)

    assert told() == ["bookings.started"]
    monkeypatch.setattr("frontdesk.usecases.webhooks.moments.OVERLAP", 0)
    assert told() == []


def test_control_without_the_log_a_start_is_put_on_the_queue_with_every_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.support.webhooks.FakeWebhooks.logged", lambda *_: set())
    day = Day()
    day.place()

    assert len(day.all_day()) == 2 * (OVERLAP // 60 + 1)
    # Even so, each is delivered once.
    assert len(day.receiver.got) == 2
