"""Reminders due since the last sweep: each once, whatever was moved, canceled or edited meanwhile, at SES's pace."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.reminders import MAX_LATE, OVERLAP, due_at, hits, span_of
from frontdesk.domain.orders.order import Booking
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.time.intervals import Interval, on_clock
from frontdesk.usecases.messages.needs import MailThrottled, Pace
from frontdesk.usecases.messages.remind import remind
from frontdesk.usecases.messages.sweep import send_due
from frontdesk.usecases.ports import Listed
from tests.support.demo import ADA, BERND, DESK, NINE, desks, meeting
from tests.support.desk import Desk
from tests.support.examples import THOROUGH, scaled
from tests.support.fakes import FakeCatalog, FakeClock, FakeLists, FakeMailer
from tests.support.mails import rule
from tests.unit.test_mail_confirmation import at, booking

START, HOUR, DAY = int(NINE.timestamp()), 3600, 86_400
A_DAY_BEFORE = rule("before_start", offset=24 * 60)
REMINDER, THANKS = "Reminder", "Thank you for your visit"


def placed(*bookings: dict[str, Any], rules: Any = (A_DAY_BEFORE,), **config: Any) -> Desk:
    """A desk with a placed order whose confirmation was sent."""
    desk = Desk(rules=rules, bookings=list(bookings) or [meeting()], **config)
    desk.wake()
    desk.mailer.sent.clear()
    return desk


def look(desk: Desk, moment: int) -> list[tuple[str, str]]:
    """Returns what the sweep of a minute sends."""
    desk.clock.at = moment
    before = len(desk.mailer.sent)
    desk.remind()
    desk.sweep(0)
    return desk.sent[before:]


def minutes(desk: Desk, first: int, last: int) -> list[tuple[str, str]]:
    """Returns what the sweeps of all these minutes send."""
    return [sent for moment in range(first, last + 1, 60) for sent in look(desk, moment)]


def told(to: Any = ADA, subject: str = REMINDER) -> tuple[str, str]:
    return (str(to.email), subject)


# When


def test_a_reminder_goes_out_in_the_minute_in_which_it_is_due_and_once() -> None:
    desk = placed()
    due = START - DAY
    assert minutes(desk, due - 600, due) == []
    assert look(desk, due + 1) == [told()]
    assert minutes(desk, due + 60, due + 2 * OVERLAP) == []


def test_a_reminder_is_dated_when_it_is_sent() -> None:
    """Not when the order was last changed, because mail programs sort by it."""
    desk = placed()
    look(desk, START - DAY + 30)
    (mail,) = desk.mailer.sent
    assert int(mail["Date"].datetime.timestamp()) == START - DAY + 30


def test_thanks_go_out_after_the_end() -> None:
    desk = placed(rules=[rule("after_end", offset=120)])
    assert look(desk, START + 3 * HOUR) == []
    assert look(desk, START + 3 * HOUR + 30) == [told(subject=THANKS)]


@pytest.mark.parametrize(
    ("zone", "start", "fields", "due"),
    [
        # Across both clock changes of Berlin: an offset counts elapsed minutes, a local time is on the clock.
        ("Europe/Berlin", "2026-03-29T10:00", {"offset": 1440}, "2026-03-28T09:00"),
        ("Europe/Berlin", "2026-03-29T10:00", {"local_time": "10:00", "days": 1}, "2026-03-28T10:00"),
        ("Europe/Berlin", "2026-10-25T10:00", {"offset": 1440}, "2026-10-24T11:00"),
        ("Europe/Berlin", "2026-10-26T10:00", {"local_time": "18:00", "days": 2}, "2026-10-24T18:00"),
        # The last hour before Berlin's clocks change, and the first mornings afterwards.
        ("Europe/Berlin", "2026-03-29T08:00", {"local_time": "09:00", "days": 1}, "2026-03-28T09:00"),
        ("Europe/Berlin", "2026-03-30T08:00", {"local_time": "09:00", "days": 1}, "2026-03-29T09:00"),
        ("Europe/Berlin", "2026-10-26T08:00", {"local_time": "09:00", "days": 1}, "2026-10-25T09:00"),
        # The date at the place, not in UTC.
        ("Pacific/Honolulu", "2026-05-05T19:00", {"local_time": "09:00", "days": 1}, "2026-05-04T09:00"),
        ("America/St_Johns", "2026-03-08T23:00", {"local_time": "20:30", "days": 0}, "2026-03-08T20:30"),
        ("Asia/Tokyo", "2026-05-05T00:30", {"local_time": "18:00", "days": 1}, "2026-05-04T18:00"),
        ("America/Los_Angeles", "2026-05-05T20:00", {"local_time": "09:00", "days": 0}, "2026-05-05T09:00"),
    ],
)
def test_a_reminder_before_the_start_is_due(zone: str, start: str, fields: Any, due: str) -> None:
    begun = at(start, zone)
    assert due_at(rule("before_start", **fields), booking(begun, begun + HOUR), ZoneInfo(zone)) == at(
        due, zone
    )


@pytest.mark.parametrize(
    ("day", "before", "due"),
    [
        # 2030: Berlin's clocks go forward on 31 March and back on 27 October.
        ("2030-04-01", "2030-03-31", "2030-03-31T07:00:00+00:00"),
        ("2030-03-31", "2030-03-30", "2030-03-30T08:00:00+00:00"),
        ("2030-10-28", "2030-10-27", "2030-10-27T08:00:00+00:00"),
    ],
)
def test_on_the_day_of_a_clock_change_a_reminder_goes_out_at_nine_on_the_wall_and_once(
    day: str, before: str, due: str
) -> None:
    start = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    desk = placed(meeting(start), rules=[rule("before_start", local_time="09:00", days=1)])
    moment = int(datetime.fromisoformat(due).timestamp())
    assert on_clock(moment, ZoneInfo("Europe/Berlin")).isoformat(sep=" ")[:16] == f"{before} 09:00"
    # An hour early, the minutes around it, and an hour late.
    assert look(desk, moment - HOUR + 30) + minutes(desk, moment - 180, moment) == []
    assert minutes(desk, moment + 60, moment + 180) + look(desk, moment + HOUR + 30) == [told()]


def test_what_ends_at_midnight_ended_on_the_day_before() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    until_midnight = booking(at("2026-05-04T20:00"), at("2026-05-05T00:00"))
    assert due_at(rule("after_end", local_time="10:00", days=1), until_midnight, berlin) == at(
        "2026-05-05T10:00"
    )


@pytest.mark.parametrize(
    ("end", "local_time", "due"),
    [
        ("2026-05-04T17:00", "18:00", "2026-05-04T18:00"),
        ("2026-05-04T18:00", "18:00", "2026-05-04T18:00"),
        ("2026-05-04T18:01", "18:00", "2026-05-05T18:00"),
        ("2026-05-05T00:00", "09:00", "2026-05-05T09:00"),
        # Over a clock change, the next time on the wall.
        ("2026-03-28T20:00", "09:00", "2026-03-29T09:00"),
    ],
)
def test_nobody_is_thanked_before_the_end(end: str, local_time: str, due: str) -> None:
    booked = booking(at(end) - HOUR, at(end))
    thanks = rule("after_end", local_time=local_time, days=0)
    assert due_at(thanks, booked, ZoneInfo("Europe/Berlin")) == at(due)


def test_a_local_time_that_the_clock_skips_or_has_twice_comes_once() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for day, before in (("2026-03-30", "2026-03-29"), ("2026-10-26", "2026-10-25")):
        booked = booking(at(f"{day}T10:00"), at(f"{day}T11:00"))
        moment = due_at(rule("before_start", local_time="02:30", days=1), booked, berlin)
        assert at(f"{before}T01:00") < moment < at(f"{before}T04:00")


ZONES = ("Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
RULES = st.one_of(
    st.builds(lambda event, offset: rule(event, offset=offset), st.sampled_from(["before_start", "after_end"]), st.integers(0, 20_000)),
    st.builds(
        lambda event, hour, minute, days: rule(event, local_time=f"{hour:02}:{minute:02}", days=days),
        st.sampled_from(["before_start", "after_end"]), st.integers(0, 23), st.integers(0, 59), st.integers(0, 30),
    ),
)  # fmt: skip


@settings(max_examples=scaled(300), deadline=None)
@given(
    RULES,
    st.sampled_from(ZONES),
    st.integers(at("2026-01-01T00:00"), at("2027-12-31T00:00")),
    st.integers(0, 100),
)
def test_whatever_is_due_in_a_window_is_among_what_is_looked_at(
    of: MessageRule, zone: str, start: int, hours: int
) -> None:
    booked = booking(start // 60 * 60, start // 60 * 60 + hours * HOUR + 60)
    due = due_at(of, booked, ZoneInfo(zone))
    window = Interval(due - OVERLAP, due + 1)
    span = span_of(of, window)
    moment = booked.start if of.event == "before_start" else booked.end
    assert span.start <= moment <= span.end
    assert due <= moment if of.event == "before_start" and of.local_time is None else True
    assert due >= moment if of.event == "after_end" else True
    assert hits(of, window, [ZoneInfo(zone)])


# Moved, canceled, edited, new


def test_a_booking_that_was_moved_is_reminded_of_at_its_new_time_and_not_at_the_old_one() -> None:
    desk = placed()
    desk.clock.at = START - 5 * DAY
    desk.move(1, 48, notify_customer=False)
    assert look(desk, START - DAY + 30) == []
    assert look(desk, START + DAY + 30) == [told()]


def test_a_booking_that_is_moved_after_its_reminder_has_another_for_its_new_time() -> None:
    desk = placed()
    assert look(desk, START - DAY + 30) == [told()]
    desk.move(1, 72, notify_customer=False)
    assert look(desk, START + 2 * DAY + 30) == [told()]


def test_a_booking_that_is_moved_after_its_new_reminder_was_due_has_none() -> None:
    # The search begins OVERLAP seconds before the latest sweep.
    for late, expected in ((OVERLAP // 2, [told()]), (OVERLAP + 120, [])):
        desk = placed(meeting(NINE + timedelta(days=5)))
        moved = START - DAY + late
        assert minutes(desk, START - DAY - 60, moved) == []
        desk.move(1, 0, notify_customer=False)
        assert minutes(desk, moved + 60, moved + 2 * OVERLAP) == expected


def test_a_reminder_that_waits_while_its_booking_is_moved_or_canceled_is_withdrawn() -> None:
    for change in ("move", "cancel"):
        desk = placed()
        desk.clock.at = START - DAY + 30
        assert desk.remind() == 1
        desk.move(1, 48, notify_customer=False) if change == "move" else desk.cancel(1, notify=False)
        desk.sweep(0)
        assert (
            desk.sent,
            [(each.state, each.reason) for each in desk.messages if each.kind == "reminder"],
        ) == (
            [],
            [("withdrawn", "outdated")],
        )


def test_nobody_is_reminded_of_what_is_canceled_a_draft_a_part_or_a_blocker() -> None:
    desk = placed()
    desk.cancel(1, notify=False)
    assert look(desk, START - DAY + 30) == []
    draft = Desk(rules=[A_DAY_BEFORE], complete_order=False)
    assert look(draft, START - DAY + 30) == []
    for changes in ({"is_blocker": True}, {"super_booking": f"{draft.order_id}-9"}):
        desk = placed()
        key = Key("booking", f"{desk.order_id}-1")
        desk.store.items[key] = desk.store.items[key].model_copy(update=changes)
        assert look(desk, START - DAY + 30) == []


def with_rules(desk: Desk, *rules: MessageRule) -> None:
    desk.post = type(desk.post)(**{**desk.post.__dict__, "rules": lambda _: rules})


def test_an_edited_rule_holds_for_what_is_not_yet_due_and_repeats_nothing() -> None:
    desk = placed(meeting(), meeting(NINE + timedelta(days=5)))
    assert look(desk, START - DAY + 30) == [told()]
    with_rules(desk, A_DAY_BEFORE.model_copy(update={"offset": 120}))
    assert look(desk, START - 2 * HOUR + 30) == []
    assert look(desk, START + 4 * DAY + 30) == []
    assert look(desk, START + 5 * DAY - 2 * HOUR + 30) == [told()]


def test_a_rule_that_is_turned_off_reminds_of_nothing_and_withdraws_what_waits() -> None:
    desk = placed()
    off = A_DAY_BEFORE.model_copy(update={"enabled": False})
    desk.clock.at = START - DAY + 30
    desk.remind()
    with_rules(desk, off)
    desk.sweep(0)
    assert (desk.sent, look(desk, START - DAY + 90)) == ([], [])


def test_a_new_rule_reminds_of_nothing_that_was_due_before_it_was_made() -> None:
    now = START - DAY + 300
    for made, expected in ((now, []), (now - 400, [told()])):
        desk = placed(rules=[A_DAY_BEFORE.model_copy(update={"created_at": made})])
        assert look(desk, now) == expected


def test_what_was_due_before_the_booking_was_made_is_skipped() -> None:
    desk = Desk(rules=[A_DAY_BEFORE], notify_customer=False)
    desk.clock.at = START - DAY + 200
    desk.order_id = desk.place("late", bookings=[desks(1)])
    assert look(desk, START - DAY + 230) == [told()]
    assert [each.order_id for each in desk.outbox.messages.values()] != [desk.order_id]


def test_nobody_is_reminded_of_what_has_begun() -> None:
    desk = placed(rules=[rule("before_start", offset=1)])
    assert look(desk, START + 30) == []


# Recipients


def test_a_guest_is_reminded_of_their_own_and_the_staff_of_what_a_rule_names() -> None:
    everybody = rule(
        "before_start", offset=60, recipients=["customer", "staff"], staff_emails=["desk@mitte.example"]
    )
    desk = placed(meeting(), desks(1, customer_id=BERND.id), rules=[everybody])
    sent = look(desk, START - HOUR + 30)
    assert sorted(to for to, _ in sent) == [
        ADA.email,
        BERND.email,
        "desk@mitte.example",
        "desk@mitte.example",
    ]


def test_a_rule_for_services_reminds_of_these() -> None:
    desk = placed(
        meeting(),
        desks(1, customer_id=BERND.id),
        rules=[rule("before_start", offset=60, service_ids=[DESK.id])],
    )
    assert [to for to, _ in look(desk, START - HOUR + 30)] == [BERND.email]


# The cursor


class Late(FakeLists):
    """An index that shows bookings only this many seconds later."""

    def __init__(self, desk: Desk, until: int) -> None:
        super().__init__(desk.store)
        self._clock, self._until = desk.clock, until

    def between(self, context: Any, start: int, end: int, *, newest_first: bool) -> Iterator[Listed]:
        return (
            super().between(context, start, end, newest_first=newest_first)
            if self._clock.at >= self._until
            else iter(())
        )


@pytest.mark.parametrize(("behind", "expected"), [(OVERLAP - 60, [told()]), (OVERLAP + 180, [])])
def test_an_index_may_be_ten_minutes_behind(
    behind: int, expected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second case is the control: nothing searches beyond the overlap again."""
    desk = placed()
    due = START - DAY
    monkeypatch.setattr("tests.support.desk.FakeLists", lambda _: Late(desk, due + behind))
    assert minutes(desk, due - 60, due + 2 * OVERLAP) == expected


def test_what_a_stop_of_hours_left_is_made_up_for_and_that_of_a_night_is_not() -> None:
    for hours, expected in ((3, [told()]), (7, [])):
        desk = placed()
        look(desk, START - DAY - 60)
        assert look(desk, START - DAY + hours * HOUR) == expected
    assert MAX_LATE == 6 * HOUR


def test_a_sweep_that_is_cut_off_goes_on_where_it_was() -> None:
    desk = placed(*[meeting(NINE + timedelta(minutes=n), minutes=1) for n in range(3)])
    desk.clock.at = START - DAY + 230
    assert desk.remind(lambda: False) == 0
    assert desk.outbox.cursors == {}
    assert desk.remind() == 3
    assert desk.outbox.cursors == {desk.store.organization_id: desk.clock.at}


def test_each_minute_begins_with_another_organization() -> None:
    """So an organization whose reminders take all the time of a sweep does not delay the others for long."""
    desk, names = placed(), ["a", "b", "c"]
    desk.outbox.reminding = names
    begun = []
    for minute in range(3):
        desk.clock.at = START - 2 * DAY + 60 * minute
        desk.outbox.cursors.clear()
        left = iter([True, True, False])
        lists, catalog = FakeLists(desk.store), FakeCatalog(desk.store)
        remind(desk.clock, desk.post, lists, catalog, lambda left=left: next(left, False))
        begun.append(next(iter(desk.outbox.cursors)))
    assert sorted(begun) == names


def test_organizations_without_rules_cost_nothing() -> None:
    desk = placed(rules=[])
    reads = len(desk.store.reads)
    desk.clock.at = START - DAY + 30
    assert desk.remind() == 0
    assert (len(desk.store.reads), desk.outbox.cursors) == (reads, {})


# Ten thousand


class Throttling(FakeMailer):
    """SES with a limited number of mails a second."""

    def __init__(self, clock: FakeClock, rate: int) -> None:
        super().__init__()
        self._clock, self._rate = clock, rate
        self.taken: dict[int, int] = {}
        self.refused = 0

    def send(self, message: EmailMessage, tags: Any = None) -> str:
        second = self._clock.at
        if self.taken.get(second, 0) >= self._rate:
            self.refused += 1
            raise MailThrottled(20)
        self.taken[second] = self.taken.get(second, 0) + 1
        return "m"


def test_thousands_that_are_due_in_one_minute_go_out_at_the_pace_of_ses() -> None:
    many, rate = 10_000 if THOROUGH else 2_000, 14
    desk = placed()
    mailer, waited = Throttling(desk.clock, rate), 0.0

    def wait(seconds: float) -> None:
        nonlocal waited
        waited += seconds + 1e-9
        if waited >= 1:
            desk.clock.at += int(waited)
            waited %= 1

    changes = {
        "mailer": mailer,
        "wait": wait,
        "pace": lambda: Pace(rate, 50_000),
        "compose": lambda _: EmailMessage(),
    }
    desk.post = type(desk.post)(**{**desk.post.__dict__, **changes})
    order, first = desk.order, desk.store.items[Key("booking", f"{desk.order_id}-1")]
    for number in range(1, many):
        id = f"{number:08x}-0000-4000-8000-000000000000"
        desk.store.items[Key("order", id)] = order.model_copy(update={"id": id})
        desk.store.items[Key("booking", f"{id}-1")] = first.model_copy(update={"id": f"{id}-1"})

    desk.clock.at = START - DAY + 30
    assert desk.remind() == many
    began = desk.clock.at
    while any(each.state != "sent" for each in desk.outbox.messages.values()):
        stop = desk.clock.at + 45
        send_due(desk.clock, "sweep", desk.post, lambda stop=stop: desk.clock.at < stop)
        desk.clock.at += 15
    assert desk.remind() == 0
    assert sum(mailer.taken.values()) == many
    assert (max(mailer.taken.values()), mailer.refused, desk.operator.reported) == (rate, 0, [])
    # 45 of each 60 seconds are used for sending.
    assert desk.clock.at - began <= many / rate / 45 * 60 + 60


def test_it_is_the_place_that_says_what_a_day_is() -> None:
    berlin, tokyo = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Tokyo"))
    booked: Booking = booking(at("2026-05-05T00:30", "Asia/Tokyo"), at("2026-05-05T01:30", "Asia/Tokyo"))
    due = {
        zone: due_at(rule("before_start", local_time="12:00", days=0), booked, zone)
        for zone in (berlin, tokyo)
    }
    assert [datetime.fromtimestamp(due[zone], zone).day for zone in (berlin, tokyo)] == [4, 5]
