"""Changes between a message's cause and its sending: a booking's customer, an address, a rule, the order itself."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingCustomerChange
from frontdesk.domain.requests.order import Reading
from frontdesk.usecases.messages.needs import MailThrottled, Pace
from frontdesk.usecases.messages.resend import resend, send_confirmation
from frontdesk.usecases.messages.send import LEASE_SECONDS, Throttled, deliver
from frontdesk.usecases.orders.attend import change_customer
from tests.support.demo import ADA, BERND, CATALOG, DESK, NINE, desks, meeting
from tests.support.desk import Desk, text
from tests.support.mails import rule

START = int(NINE.timestamp())
STAFF = "desk@mitte.example"
FOR_STAFF: dict[str, Any] = {"recipients": ["customer", "staff"], "staff_emails": [STAFF]}


def give(desk: Desk, booking: int, customer_id: str) -> None:
    """Gives a booking to another customer, like the desk."""
    asked: Any = Reading(BookingCustomerChange(customer_id=customer_id))
    change_customer(desk.context, f"{desk.order_id}-{booking}", asked, desk.store)


def waiting(desk: Desk) -> Desk:
    """Everything is in the outbox and nothing sent, because SES had no quota."""
    desk.mailer.failing = MailThrottled(20)
    with pytest.raises(Throttled):
        desk.wake()
    desk.mailer.failing = None
    return desk


def later(desk: Desk) -> list[tuple[str, str]]:
    before = len(desk.mailer.sent)
    for _ in range(4):
        desk.sweep(60)
    return desk.sent[before:]


# The customer of a booking


def test_a_guest_is_not_told_of_a_booking_that_was_given_to_somebody_else_meanwhile() -> None:
    desk = waiting(
        Desk(order_customer_id=None, bookings=[meeting(customer_id=ADA.id), desks(1, customer_id=BERND.id)])
    )
    give(desk, 2, ADA.id)

    assert [to for to, _ in later(desk)] == [ADA.email, ADA.email]
    assert sorted(desk.states) == ["sent", "sent", "withdrawn"]


def test_of_two_bookings_of_which_one_was_given_away_a_guest_is_told_of_the_other() -> None:
    bookings = [meeting(customer_id=BERND.id), desks(1, customer_id=BERND.id) | {"customer_note": "Bring ID"}]
    desk = Desk(bookings=bookings)
    desk.wake()
    give(desk, 2, ADA.id)
    before = len(desk.mailer.sent)
    for message in [each for each in desk.messages if each.customer_id == BERND.id]:
        resend(desk.context, message.id, desk.post)

    (mail,) = desk.mailer.sent[before:]
    assert ("Meeting" in text(mail), "Desk" in text(mail), "Bring ID" in text(mail)) == (True, False, False)


@pytest.mark.parametrize(
    ("whose", "given", "told"),
    [
        # (the order's customer, the bookings' customers), bookings given while the mails wait, (address, bookings named)
        ((ADA.id, None, None), {2: BERND.id}, [(ADA.email, "Meeting Desk"), (BERND.email, "Desk")]),
        ((None, ADA.id, ADA.id), {2: BERND.id}, [(ADA.email, "Meeting Desk"), (BERND.email, "Desk")]),
        ((None, ADA.id, BERND.id), {1: BERND.id}, [(BERND.email, "Desk"), (BERND.email, "Meeting")]),
        (
            (ADA.id, None, None),
            {1: BERND.id, 2: BERND.id},
            [(ADA.email, "Meeting Desk"), (BERND.email, "Meeting Desk")],
        ),
        ((None, ADA.id, BERND.id), {1: BERND.id, 2: ADA.id}, [(BERND.email, "Meeting"), (ADA.email, "Desk")]),
        ((ADA.id, None, BERND.id), {}, [(ADA.email, "Meeting Desk"), (BERND.email, "Desk")]),
        ((ADA.id, None, BERND.id), {2: ADA.id}, [(ADA.email, "Meeting Desk")]),
    ],
)
def test_whoever_is_given_a_booking_before_its_confirmation_was_sent_has_one(
    whose: tuple[str | None, ...], given: dict[int, str], told: list[tuple[str, str]]
) -> None:
    of_order, *of_bookings = whose
    bookings = [
        each | ({"customer_id": id} if id else {})
        for each, id in zip((meeting(), desks(1)), of_bookings, strict=True)
    ]
    desk = waiting(Desk(order_customer_id=of_order, bookings=bookings))
    for booking, customer_id in given.items():
        give(desk, booking, customer_id)
    later(desk)

    def names(mail: Any) -> str:
        return " ".join(name for name in ("Meeting", "Desk") if f"\n{name}\n" in text(mail))

    assert sorted((mail["To"].addresses[0].addr_spec, names(mail)) for mail in desk.mailer.sent) == sorted(
        told
    )
    assert {"waiting", "failed"}.isdisjoint(desk.states)


def test_whoever_is_given_a_booking_and_is_no_longer_its_customer_has_no_confirmation() -> None:
    desk = waiting(Desk(order_customer_id=None, bookings=[meeting(customer_id=ADA.id)]))
    give(desk, 1, BERND.id)
    desk.mailer.failing = MailThrottled(20)
    desk.sweep(60)
    give(desk, 1, ADA.id)
    desk.mailer.failing = None
    assert [to for to, _ in later(desk)] == [ADA.email]


def test_a_booking_that_is_given_away_after_its_confirmation_brings_no_mail() -> None:
    desk = Desk(bookings=[meeting(), desks(1)])
    desk.wake()
    give(desk, 2, BERND.id)
    send_confirmation(desk.context, desk.order_id, desk.post)
    assert [to for to, _ in desk.sent] == [ADA.email, ADA.email]


def test_a_message_about_what_is_somebody_elses_by_now_is_not_sent_again() -> None:
    desk = Desk(bookings=[meeting(), desks(1, customer_id=BERND.id)])
    desk.wake()
    give(desk, 2, ADA.id)
    (of_bernd,) = (each for each in desk.messages if each.customer_id == BERND.id)
    with pytest.raises(FrontdeskError) as refused:
        resend(desk.context, of_bernd.id, desk.post)
    assert [problem.code for problem in refused.value.problems] == ["message_outdated"]


def test_a_reminder_goes_to_whom_the_booking_belongs_when_it_is_sent() -> None:
    desk = Desk(rules=[rule("before_start", offset=60)], bookings=[meeting(), desks(1, customer_id=BERND.id)])
    desk.wake()
    desk.clock.at = START - 3570
    desk.mailer.failing = MailThrottled(20)
    desk.remind()
    desk.sweep(0)
    give(desk, 2, ADA.id)
    desk.mailer.failing = None
    desk.remind()
    assert [to for to, _ in later(desk)] == [ADA.email, ADA.email]


# The recipient


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"archived": True}, ("failed", "customer_deleted")),
        ({"email": None}, ("withdrawn", "no_address")),
        ({"email_status": "bounced"}, ("failed", "address_bounced")),
    ],
)
def test_a_reader_who_can_no_longer_be_reached_has_no_mail(changes: Any, outcome: Any) -> None:
    desk = waiting(Desk())
    desk.change_customer(**changes)
    assert later(desk) == []
    (message,) = desk.messages
    assert (message.state, message.reason) == outcome


def test_a_mail_goes_to_the_address_of_the_moment() -> None:
    desk = waiting(Desk())
    desk.change_customer(email="new@example.com")
    assert [to for to, _ in later(desk)] == ["new@example.com"]


# The rule


@pytest.mark.parametrize(
    "edited",
    [
        {"staff_emails": ["other@mitte.example"]},
        {"recipients": ["customer"], "staff_emails": []},
        {"service_ids": [DESK.id]},
        {"event": "cancellation"},
        {"enabled": False},
        {"archived": True},
    ],
)
def test_staff_whom_a_rule_no_longer_names_have_no_mail(edited: dict[str, Any]) -> None:
    before = rule("confirmation", **FOR_STAFF)
    desk = waiting(Desk(rules=[before]))
    with_rules(desk, before, edited)

    assert [to for to, _ in later(desk)] == [ADA.email]
    assert sorted(desk.states) == ["sent", "withdrawn"]


@pytest.mark.parametrize(
    "edited", [{"recipients": ["staff"], "staff_emails": [STAFF]}, {"event": "confirmation", "offset": None}]
)
def test_a_reminder_that_waits_while_its_rule_is_edited_is_withdrawn(edited: dict[str, Any]) -> None:
    before = rule("before_start", offset=60)
    desk = Desk(rules=[before])
    desk.wake()
    desk.clock.at = START - 3570
    desk.mailer.failing = MailThrottled(20)
    desk.remind()
    desk.sweep(0)
    desk.mailer.failing = None
    with_rules(desk, before, edited)

    assert [subject for _, subject in later(desk)] == []
    assert [each.state for each in desk.messages if each.kind == "reminder"] == ["withdrawn"]


def with_rules(desk: Desk, before: MessageRule, edited: dict[str, Any]) -> None:
    after = MessageRule.model_validate(before.model_dump() | edited)
    desk.post = replace(desk.post, rules=lambda _: [after])


# The order


@pytest.mark.parametrize("sends_between", [False, True], ids=["in one second", "while SES has no room"])
@pytest.mark.parametrize(
    ("moves", "told"),
    [
        # Hours after the start that the customer knows; what the mails say of it: (before, now).
        ([1], [("09:00", "10:00")]),
        ([1, 0], []),
        ([1, 2], [("09:00", "11:00")]),
        ([1, 2, 0], []),
        ([1, 0, 2], [("09:00", "11:00")]),
    ],
)
def test_moves_that_nobody_heard_of_are_told_as_one(
    moves: list[int], told: list[tuple[str, str]], sends_between: bool
) -> None:
    desk = Desk()
    desk.wake()
    for hours in moves:
        desk.move(hours=hours)
        if sends_between:
            desk.mailer.failing = MailThrottled(20)
            with suppress(Throttled):
                desk.wake()
            desk.mailer.failing = None
    desk.wake()
    later(desk)

    mails = [text(mail) for mail in desk.mailer.sent[1:]]
    assert [
        (before in each.split("Before:")[1].splitlines()[0], f"\n{now} to" in each)
        for each, (before, now) in zip(mails, told, strict=True)
    ] == [(True, True)] * len(told)
    assert set(desk.states) <= {"sent", "withdrawn"}


@pytest.mark.parametrize("attributes", [{}, {"customer_note": "Door code 1"}], ids=["time", "note"])
def test_a_change_that_is_sent_again_changes_and_tells_nothing(attributes: dict[str, str]) -> None:
    """A client whose answer was lost repeats its request."""
    desk = Desk()
    desk.wake()
    desk.move(**attributes)
    desk.wake()
    seen, items = desk.order, dict(desk.store.items)
    desk.clock.at += 10
    desk.move(**attributes)
    desk.wake()
    assert (desk.order, desk.store.items) == (seen, items)
    assert len(desk.mailer.sent) == 2


@pytest.mark.parametrize(
    ("moves", "before"),
    [
        ([1], "09:00"),
        ([1, 2], "09:00"),
        ([0], None),
        ([1, None], None),
        ([1, None, 2], "10:00"),
        ([1, 2, None], None),
    ],
)
def test_a_cancellation_names_the_time_that_the_customer_knows(
    moves: list[int | None], before: str | None
) -> None:
    """Hours after the known start, and None for a delivery in between. The other booking stays as it is."""
    desk = Desk(bookings=[meeting(), desks(1)])
    desk.wake()
    for hours in moves:
        if hours is None:
            desk.wake()
        else:
            desk.move(hours=hours)
    desk.cancel(1)
    desk.wake()

    said = text(desk.mailer.sent[-1])
    assert desk.sent[-1][1] == "Your booking is canceled"
    lines = [line for line in said.splitlines() if line.startswith("Before:")]
    assert [before in line for line in lines if before] == ([True] if before else [])
    assert len(lines) == (before is not None)


def test_each_move_of_a_time_that_was_told_is_told() -> None:
    """Also of another booking, at the same moment."""
    desk = Desk(bookings=[meeting(), desks(1, minutes=60)])
    desk.wake()
    for hours in (1, 2, 0):
        desk.move(hours=hours)
        desk.wake()
    desk.move(hours=1)
    desk.move(booking=2, hours=1)
    desk.wake()
    assert len(desk.mailer.sent) == 1 + 3 + 2


def test_throttling_while_somebody_else_holds_a_lease_leaves_each_mail_once() -> None:
    desk = Desk(bookings=[meeting(), desks(2)])
    desk.cancel(2)
    desk.mailer.failing = MailThrottled(20)
    with pytest.raises(Throttled):
        desk.wake("one")
    first = desk.messages[0]
    assert desk.outbox.change(desk.context, first, first.leased("crashed", desk.clock.at + LEASE_SECONDS))
    desk.mailer.failing = None

    assert deliver(desk.context, desk.order_id, first.lane, "two", desk.post) == []
    assert desk.mailer.sent == []
    desk.sweep(LEASE_SECONDS + 60)
    assert [subject for _, subject in desk.sent] == [
        "Your booking at Coworking Mitte",
        "Your booking is canceled",
    ]


def test_records_of_the_stream_that_come_twice_or_late_change_nothing() -> None:
    desk = Desk(bookings=[meeting(), desks(2)])
    desk.cancel(2)
    assert desk.wake("the second record, first") == ["sent", "sent"]
    assert (desk.wake("the first record"), desk.wake("the first record")) == ([], [])
    assert len(desk.mailer.sent) == 2


def test_an_account_without_any_quota_sends_nothing_and_loses_nothing() -> None:
    desk = waiting(Desk())
    with_quota, without = desk.post, Pace(0.1, 0)
    desk.post = replace(desk.post, pace=lambda: without)
    for _ in range(10):
        assert desk.sweep(3600) == {"throttled": 1}
    assert (desk.sent, desk.messages[0].attempts) == ([], 0)
    desk.post = with_quota
    assert desk.sweep(60) == {"sent": 1}


def test_what_was_due_long_ago_is_sent_by_the_next_sweep() -> None:
    desk = waiting(Desk())
    desk.sweep(400 * 86_400)
    assert desk.states == ["sent"]


def test_an_order_of_a_thousand_bookings_and_three_customers_is_three_mails() -> None:
    third = ADA.model_copy(update={"id": "cleo", "email": "cleo@example.com"})
    whose: list[dict[str, Any]] = [{}, {"customer_id": BERND.id}, {"customer_id": third.id}]
    bookings = [
        desks(1, customer_id=None) | more | {"recurring": {"frequency": "daily", "count": count}}
        for more, count in zip(whose, (334, 333, 333), strict=True)
    ]
    bookings[0].pop("customer_id")
    desk = Desk(catalog=[*CATALOG, third], bookings=bookings)
    assert desk.order.booking_count == 1000
    assert desk.wake() == ["sent", "sent", "sent"]
    assert sorted(to for to, _ in desk.sent) == sorted([ADA.email, BERND.email, "cleo@example.com"])
    sizes = [len(mail.as_bytes()) for mail in desk.mailer.sent]
    assert max(sizes) < 400_000


def test_a_confirmation_that_staff_ask_for_does_not_wait_for_one_that_waits() -> None:
    desk = waiting(Desk())
    assert send_confirmation(desk.context, desk.order_id, desk.post).state == "sent"
    assert len(later(desk)) == 1
    assert desk.store.items[Key("order", desk.order_id)].unsent == frozenset()
