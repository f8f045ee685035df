"""Sending messages: expanded once from their causes, sent in order with current content, and never lost."""

import random
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

import pytest

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import MAX_ATTEMPTS, Message, caused_name, summary
from frontdesk.domain.messages.telling import Letter
from frontdesk.domain.orders.order import Cause, Notification, Order
from frontdesk.domain.orders.resends import MAX_RESENDS
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.messages import PreviewConfig
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.expand import expand
from frontdesk.usecases.messages.find import find_messages, messages_of_order
from frontdesk.usecases.messages.hear import Report, hear
from frontdesk.usecases.messages.needs import Due, MailThrottled, Pace
from frontdesk.usecases.messages.preview import preview
from frontdesk.usecases.messages.resend import resend, send_confirmation
from frontdesk.usecases.messages.send import LEASE_SECONDS, MAX_AT_ONCE, Throttled, deliver, wake
from frontdesk.usecases.messages.sweep import in_turn, send_due
from frontdesk.usecases.ports import MailRefused, MailUnavailable
from tests.support.demo import ADA, BERND, NINE, desks, meeting
from tests.support.desk import Desk, events, text
from tests.support.fakes import FakeCatalog, FakeClock, FakeMailer, post_office
from tests.support.mails import rule

TWO = [meeting(), desks(2)]
ANN_AND_BEN = [meeting(customer_id=ADA.id), desks(1, customer_id=BERND.id) | {"customer_note": "Bring ID"}]


CONFIRMED, CANCELED, CHANGED = (
    "Your booking at Coworking Mitte",
    "Your booking is canceled",
    "Your booking has been changed",
)


# Faults of the issue


def test_two_customers_of_one_order_each_have_their_own_mail_without_the_others_note() -> None:
    desk = Desk(order_customer_id=None, bookings=ANN_AND_BEN)
    desk.wake()

    to = {mail["To"].addresses[0].addr_spec: text(mail) for mail in desk.mailer.sent}
    assert to.keys() == {ADA.email, BERND.email}
    assert ("Meeting" in to[ADA.email], "Desk" in to[ADA.email], "Bring ID" in to[ADA.email]) == (
        True,
        False,
        False,
    )
    assert ("Meeting" in to[BERND.email], "Desk" in to[BERND.email], "Bring ID" in to[BERND.email]) == (
        False,
        True,
        True,
    )
    assert not any("€" in each for each in to.values())


def test_canceling_bens_booking_is_told_to_ben_alone() -> None:
    desk = Desk(order_customer_id=None, bookings=ANN_AND_BEN)
    desk.wake()
    desk.cancel(2)
    desk.wake()

    assert [to for to, _ in desk.sent[2:]] == [BERND.email]


def test_the_orders_customer_has_it_whole_with_prices_and_without_a_guests_note() -> None:
    desk = Desk(bookings=[meeting(), desks(1, customer_id=BERND.id) | {"customer_note": "Bring ID"}])
    desk.wake()

    to = {mail["To"].addresses[0].addr_spec: text(mail) for mail in desk.mailer.sent}
    assert ("Desk" in to[ADA.email], "€" in to[ADA.email], "Bring ID" in to[ADA.email]) == (True, True, False)
    assert "For: Bernd Beispiel" in to[ADA.email]
    assert ("Meeting" in to[BERND.email], "€" in to[BERND.email], "Bring ID" in to[BERND.email]) == (
        False,
        False,
        True,
    )


def test_control_if_every_note_were_ones_own_the_orders_customer_would_read_the_guests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Letter, "is_own", lambda *_: True)
    desk = Desk(bookings=[meeting(), desks(1, customer_id=BERND.id) | {"customer_note": "Bring ID"}])
    desk.wake()

    to = {mail["To"].addresses[0].addr_spec: text(mail) for mail in desk.mailer.sent}
    assert "Bring ID" in to[ADA.email]


def test_two_causes_before_the_stream_came_are_two_mails() -> None:
    """Fault 2: the second used to overwrite the first."""
    desk = Desk(bookings=TWO)
    desk.wake()
    desk.cancel(2)
    desk.move(1)
    desk.wake()

    assert [subject for _, subject in desk.sent[1:]] == [CANCELED, CHANGED]


def test_placing_and_changing_before_the_stream_came_are_a_confirmation_and_a_change() -> None:
    desk = Desk()
    desk.move()
    desk.wake()

    assert [subject for _, subject in desk.sent] == [CONFIRMED, CHANGED]
    assert all("10:00 to 11:00" in text(mail) for mail in desk.mailer.sent)
    assert ["Before: " in text(mail) for mail in desk.mailer.sent] == [False, True]


def test_a_second_cancellation_is_about_what_it_canceled() -> None:
    desk = Desk(bookings=TWO)
    desk.wake()
    desk.cancel(1)
    desk.wake()
    desk.cancel(2)
    desk.wake()

    assert [subject for _, subject in desk.sent[1:]] == [CANCELED, CANCELED]
    assert [str(event["UID"]).partition("@")[0][-2:] for event in events(desk.mailer.sent[2])] == ["-2"]


def test_a_change_marks_what_is_new_and_what_it_was() -> None:
    desk = Desk(bookings=TWO)
    desk.wake()
    desk.move(1)
    desk.wake()

    told = text(desk.mailer.sent[1])
    assert "Desk" not in told
    assert told.index("10:00 to 11:00") < told.index("Before: ") < told.index("09:00 to 10:00")


class Bucket(FakeMailer):
    """SES with a limited number of mails a second and a day."""

    def __init__(self, clock: FakeClock, rate: int, a_day: int) -> None:
        super().__init__()
        self.clock, self.rate, self.a_day = clock, rate, a_day
        self.times: list[int] = []

    def send(self, message: EmailMessage, tags: Any = None) -> str:
        now = self.clock.at
        if sum(each == now for each in self.times) >= self.rate:
            raise MailThrottled(20)
        if sum(each > now - 86_400 for each in self.times) >= self.a_day:
            raise MailThrottled(3600)
        self.times.append(now)
        return f"m{len(self.times)}"


@pytest.mark.parametrize(("rate", "a_day", "days"), [(14, 50_000, 1), (1, 200, 3)])
def test_nothing_fails_for_good_by_throttling(rate: int, a_day: int, days: int) -> None:
    """Fault 5: 300 mails at SES's 14 a second, and in its sandbox. Five parallel lanes of the stream, then the sweep."""
    desk = Desk()
    bucket = Bucket(desk.clock, rate, a_day)

    def wait(seconds: float) -> None:
        desk.clock.at += round(seconds + 0.49)

    def pace() -> Pace:
        return Pace(rate, a_day - sum(each > desk.clock.at - 86_400 for each in bucket.times))

    post = post_office(
        desk.store,
        outbox=desk.outbox,
        mailer=bucket,
        operator=desk.operator,
        wait=wait,
        compose=lambda _: EmailMessage(),
    )
    post = type(post)(**{**post.__dict__, "pace": pace})
    placed = desk.order
    for number in range(300):
        id = f"{number:08x}-0000-4000-8000-000000000000"
        desk.store.items[Key("order", id)] = placed.model_copy(update={"id": id})
        booking = desk.store.items[Key("booking", f"{placed.id}-1")]
        desk.store.items[Key("booking", f"{id}-1")] = booking.model_copy(update={"id": f"{id}-1"})
        try:
            wake(desk.context, id, "event", post)
        except Throttled:
            desk.clock.at += number % 2
    began = desk.clock.at
    while any(message.state != "sent" for message in desk.outbox.messages.values()):
        desk.clock.at += 60
        stop = desk.clock.at + 45
        send_due(desk.clock, "sweep", post, lambda stop=stop: desk.clock.at < stop)
        assert desk.clock.at - began < days * 86_400
    assert len(bucket.times) == 300
    assert desk.operator.reported == []
    assert {message.attempts for message in desk.outbox.messages.values()} == {1}


def test_control_if_throttling_were_an_attempt_mails_would_fail_for_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    postponed = Message.postponed
    monkeypatch.setattr(Message, "postponed", lambda self, due_at, **_: postponed(self, due_at, counts=True))
    desk = Desk()
    desk.mailer.failing = MailThrottled(20)
    with pytest.raises(Throttled):
        desk.wake()
    for _ in range(MAX_ATTEMPTS):
        desk.sweep(3600)
    assert desk.states == ["failed"]


@pytest.mark.parametrize("before_it_is_sent", [True, False])
def test_a_deleted_customer_has_no_mail(before_it_is_sent: bool) -> None:
    """Fault 6: send-notification mailed a deleted customer."""
    desk = Desk()
    if before_it_is_sent:
        desk.change_customer(archived=True)
        desk.wake()
        assert (desk.sent, desk.states, desk.messages[0].reason) == ([], ["failed"], "customer_deleted")
        assert summary(desk.order) == "failed"
    desk.change_customer(archived=True)
    with pytest.raises(FrontdeskError) as refused:
        send_confirmation(desk.context, desk.order_id, desk.post)
    assert [problem.code for problem in refused.value.problems] == ["customer_deleted"]


# Once, whatever happens


def test_a_message_is_sent_once_however_often_its_event_comes() -> None:
    desk = Desk()
    assert [desk.wake(), desk.wake(), desk.wake("another")] == [["sent"], [], []]

    (message,) = desk.messages
    assert (message.state, message.attempts, message.recipient, message.message_id) == (
        "sent",
        1,
        ADA.email,
        "message-1",
    )
    assert (desk.order.causes, message.sent_at) == ((), desk.clock.at)


def test_a_cause_that_is_expanded_again_makes_no_second_message() -> None:
    desk = Desk()
    cause = desk.order.causes
    desk.wake()
    desk.put(causes=cause)
    desk.wake()

    assert (len(desk.messages), len(desk.sent), desk.order.causes) == (1, 1, ())


def test_a_cause_that_comes_while_another_is_expanded_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(bookings=TWO)
    put = desk.outbox.put

    def racing(context: Context, messages: Sequence[Message]) -> None:
        put(context, messages)
        monkeypatch.setattr(desk.outbox, "put", put)
        desk.cancel(2)

    monkeypatch.setattr(desk.outbox, "put", racing)
    desk.wake()

    assert sorted(each.kind for each in desk.messages) == ["cancellation", "confirmation"]
    assert desk.order.causes == ()


def test_control_causes_that_are_taken_without_a_look_lose_the_one_that_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(bookings=TWO)
    put = desk.outbox.put

    def racing(context: Context, messages: Sequence[Message]) -> None:
        put(context, messages)
        monkeypatch.setattr(desk.outbox, "put", put)
        desk.cancel(2)

    def take(context: Context, order: Order) -> bool:
        desk.put(causes=())
        return True

    monkeypatch.setattr(desk.outbox, "put", racing)
    monkeypatch.setattr(desk.outbox, "take_causes", take)
    desk.wake()

    assert [each.kind for each in desk.messages] == ["confirmation"]


def test_a_change_that_read_a_cause_before_it_was_taken_brings_no_second_mail() -> None:
    desk = Desk(bookings=TWO)
    desk.store.before_write = lambda: (setattr(desk.store, "before_write", lambda: None), desk.wake())[0]
    desk.cancel(2)
    assert [cause.kind for cause in desk.order.causes] == ["confirmation", "cancellation"]
    desk.wake()

    assert [each.kind for each in desk.messages] == ["confirmation", "cancellation"]
    assert [subject for _, subject in desk.sent[1:]] == [CANCELED]


def test_a_message_that_somebody_is_sending_is_left_to_them_until_their_lease_runs_out() -> None:
    desk = Desk()
    expand(desk.context, desk.order_id, desk.post)
    (message,) = desk.messages
    assert desk.outbox.change(desk.context, message, message.leased("first", desk.clock.at + LEASE_SECONDS))

    assert desk.wake("second") == []
    desk.clock.at += LEASE_SECONDS
    assert deliver(desk.context, desk.order_id, message.lane, "second", desk.post) == ["sent"]


def test_whoever_sends_takes_those_behind_it_by_version() -> None:
    desk = Desk(bookings=TWO)
    desk.mailer.failing = MailUnavailable()
    desk.wake()
    desk.cancel(2)
    # The stream's record of the cancellation comes before the confirmation, so the cancellation waits.
    desk.mailer.failing = None
    desk.wake("another event")
    assert desk.sent == []
    assert [each.due_at for each in desk.messages] == [desk.clock.at + 30] * 2

    desk.sweep()
    assert [subject for _, subject in desk.sent] == [CONFIRMED, CANCELED]


def test_control_without_lanes_the_cancellation_overtakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Message, "is_ordered", property(lambda _: False))
    desk = Desk(bookings=TWO)
    desk.mailer.failing = MailUnavailable()
    desk.wake()
    desk.cancel(2)
    desk.mailer.failing = None
    desk.wake("another event")

    assert [subject for _, subject in desk.sent] == [CANCELED]


@pytest.mark.parametrize("seed", range(20))
def test_two_senders_of_one_lane_send_each_message_once_and_in_order(seed: int) -> None:
    """The other sender may have its turn at every call to the outbox."""
    choose = random.Random(seed)
    desk = Desk(bookings=TWO)
    desk.cancel(2)
    lanes = expand(desk.context, desk.order_id, desk.post)
    inner, depth = desk.outbox.of_order, 0

    def of_order(context: Context, order_id: str, lane: str = "") -> list[Message]:
        nonlocal depth
        found = inner(context, order_id, lane)
        if depth == 0 and choose.random() < 0.5:
            depth += 1
            deliver(desk.context, desk.order_id, lane, "other", desk.post)
            depth -= 1
        return found

    desk.outbox.of_order = of_order  # type: ignore[method-assign]
    for lane in lanes:
        deliver(desk.context, desk.order_id, lane, "one", desk.post)

    assert [subject for _, subject in desk.sent] == [CONFIRMED, CANCELED]


# Current content


def test_a_confirmation_of_what_is_canceled_by_now_is_withdrawn() -> None:
    desk = Desk()
    desk.cancel(notify=False)
    assert desk.wake() == ["withdrawn"]
    assert (desk.sent, desk.operator.reported, summary(desk.order, desk.messages)) == ([], [], "withdrawn")


def test_the_confirmation_of_an_order_of_which_a_booking_remains_is_sent() -> None:
    desk = Desk(bookings=TWO)
    desk.cancel(1, notify=False)
    desk.wake()
    assert [str(event["UID"]).partition("@")[0][-2:] for event in events(desk.mailer.sent[0])] == ["-2"]


def test_bookings_that_leave_in_several_steps_are_told_as_canceled_before_they_are() -> None:
    desk = Desk(bookings=TWO)
    desk.wake()
    version = desk.order.version + 1
    desk.put(
        canceling=(2,), version=version, causes=(Cause(version=version, kind="cancellation", ordinals=(2,)),)
    )
    desk.wake()
    (event,) = events(desk.mailer.sent[1])
    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 1)


def test_a_stored_order_with_its_one_mail_still_has_it_sent() -> None:
    """Until 2026-11-29, an order had room for one mail."""
    for kind, subject in (("confirmation", CONFIRMED), ("change", CHANGED)):
        desk = Desk(notify_customer=False)
        desk.put(notification=Notification(state="requested", kind=kind, version=1))
        assert desk.wake() == ["sent"]
        assert (desk.sent[0][1], desk.order.notification) == (subject, None)


@pytest.mark.parametrize(
    "config", [{"notify_customer": False}, {"complete_order": False}, {"order_customer_id": None}]
)
def test_no_mail_without_a_request_a_completed_order_and_a_customer(config: dict[str, object]) -> None:
    desk = Desk(**config)
    assert (desk.wake(), desk.order.causes) == ([], ())


# Undeliverable messages


def test_what_ses_can_not_take_is_tried_again_later_and_then_with_the_operator() -> None:
    desk = Desk()
    desk.mailer.failing = MailUnavailable()
    desk.wake()
    for _ in range(MAX_ATTEMPTS):
        desk.sweep(3600)
    assert (desk.states, desk.messages[0].reason, desk.messages[0].attempts) == (
        ["failed"],
        "unavailable",
        MAX_ATTEMPTS,
    )
    assert desk.operator.reported == [desk.order_id]
    assert summary(desk.order) == "failed"


def test_what_ses_refuses_is_not_tried_again() -> None:
    desk = Desk()
    desk.mailer.failing = MailRefused()
    desk.wake()
    assert (desk.states, desk.messages[0].reason, desk.operator.reported) == (
        ["failed"],
        "refused",
        [desk.order_id],
    )


@pytest.mark.parametrize("kind", ["confirmation", "change", "cancellation", "reminder"])
def test_a_throttled_mail_of_any_kind_is_no_attempt_and_stops_who_sends(kind: str) -> None:
    desk = Desk(bookings=TWO, rules=[rule("before_start", offset=60)])
    if kind != "confirmation":
        desk.wake()
    if kind == "change":
        desk.move()
    if kind == "cancellation":
        desk.cancel(2)
    desk.mailer.failing = MailThrottled(20)
    if kind == "reminder":
        desk.clock.at = int(NINE.timestamp()) - 3570
        desk.remind()
        assert desk.sweep(0) == {"throttled": 1}
    else:
        with pytest.raises(Throttled):
            desk.wake()
    message = next(each for each in desk.messages if each.kind == kind)
    assert (message.state, message.attempts, desk.order.causes) == ("waiting", 0, ())
    assert desk.clock.at + 20 <= message.due_at < desk.clock.at + 40


def test_a_bounced_address_has_no_more_mail() -> None:
    desk = Desk()
    desk.change_customer(email_status="bounced")
    desk.wake()
    assert (desk.states, desk.messages[0].reason) == (["failed"], "address_bounced")


def test_a_customer_without_an_address_is_told_nothing_and_a_change_for_one_is_seen() -> None:
    desk = Desk()
    desk.change_customer(email=None)
    desk.move()
    desk.wake()
    assert [(each.kind, each.state, each.reason) for each in desk.messages] == [
        ("confirmation", "withdrawn", "no_address"),
        ("change", "failed", "no_address"),
    ]


# The sweep


def test_nobody_waits_for_somebody_elses_many_messages() -> None:
    found = [Due("a", "1", "x"), Due("a", "2", "x"), Due("a", "3", "x"), Due("b", "4", "x")]
    assert [due.order_id for due in in_turn(found)] == ["1", "4", "2", "3"]


def test_one_recipients_many_messages_take_so_many_reads_at_a_time() -> None:
    """Each message reads all others of its recipient: 1,000 that waited for SES would fill a sweep, and nobody else had mail."""
    desk = Desk()
    desk.wake()
    [confirmation] = desk.messages
    waiting = {"state": "waiting", "kind": "change", "revision": 1, "ended_at": None, "sent_at": None}
    for version in range(2, 2 + 3 * MAX_AT_ONCE):
        name = caused_name(ADA.id, version, "m")
        desk.outbox.put(
            desk.context, [confirmation.model_copy(update={**waiting, "name": name, "version": version})]
        )
    reads: list[str] = []
    read = desk.outbox.of_order

    def counted(context: Context, order_id: str, lane: str = "") -> list[Message]:
        reads.append(lane)
        return read(context, order_id, lane)

    desk.outbox.of_order = counted  # type: ignore[method-assign]
    assert len(deliver(desk.context, desk.order_id, confirmation.lane, "event", desk.post)) == MAX_AT_ONCE
    assert len(reads) == MAX_AT_ONCE
    while desk.sweep():
        pass
    assert set(desk.states) == {"sent"}


def test_a_message_that_goes_wrong_holds_up_no_other() -> None:
    desk = Desk(order_customer_id=None, bookings=ANN_AND_BEN)
    expand(desk.context, desk.order_id, desk.post)
    compose, made = desk.post.compose, []

    def failing(letter: Any) -> EmailMessage:
        made.append(letter)
        if len(made) == 1:
            raise ZeroDivisionError
        return compose(letter)

    desk.post = type(desk.post)(**{**desk.post.__dict__, "compose": failing})
    with pytest.raises(ExceptionGroup):
        desk.sweep()
    assert len(desk.sent) == 1


# The desk


def test_sending_again_is_a_message_of_its_own() -> None:
    desk = Desk()
    desk.wake()
    again = send_confirmation(desk.context, desk.order_id, desk.post)

    assert [to for to, _ in desk.sent] == [ADA.email, ADA.email]
    assert (again.state, again.recipient, again.message_id, again.kind) == (
        "sent",
        ADA.email,
        "message-2",
        "confirmation",
    )
    assert sorted(
        each.message_id for each in messages_of_order(desk.context, desk.order_id, desk.store, desk.outbox)
    ) == [
        "message-1",
        "message-2",
    ]


def test_a_message_that_failed_is_sent_again_and_then_the_order_is_in_order() -> None:
    desk = Desk()
    desk.mailer.failing = MailRefused()
    desk.wake()
    assert summary(desk.order) == "failed"
    desk.mailer.failing = None
    again = resend(desk.context, desk.messages[0].id, desk.post)

    assert (again.resends, summary(desk.order), summary(desk.order, desk.messages)) == (
        desk.messages[0].name,
        None,
        "sent",
    )


def test_one_that_is_asked_for_and_can_not_be_sent_is_refused_and_no_case_for_anybody() -> None:
    desk = Desk()
    desk.wake()
    for failing, code in (
        (MailRefused(), "mail_refused"),
        (MailUnavailable(), "mail_unavailable"),
        (MailThrottled(9), "mail_unavailable"),
    ):
        desk.mailer.failing = failing
        with pytest.raises(FrontdeskError) as refused:
            send_confirmation(desk.context, desk.order_id, desk.post)
        assert refused.value.problems[0].code == code
    assert (desk.operator.reported, summary(desk.order)) == ([], None)


@pytest.mark.parametrize(
    ("status", "shown"), [("canceled", "canceled"), ("draft", "draft"), ("expired", "expired")]
)
def test_only_a_completed_order_is_confirmed_again(status: Any, shown: str) -> None:
    desk = Desk()
    desk.put(status=status)
    with pytest.raises(FrontdeskError) as refused:
        send_confirmation(desk.context, desk.order_id, desk.post)
    assert refused.value.problems[0].code == "order_not_completed"


def test_a_confirmation_is_sent_again_so_many_times_an_hour() -> None:
    desk = Desk()
    for _ in range(MAX_RESENDS):
        send_confirmation(desk.context, desk.order_id, desk.post)
    with pytest.raises(FrontdeskError) as refused:
        send_confirmation(desk.context, desk.order_id, desk.post)
    assert (refused.value.problems[0].code, refused.value.retry_after) == (
        "resent_too_often",
        3600 - desk.clock.at % 3600,
    )
    desk.clock.at += refused.value.retry_after or 0
    send_confirmation(desk.context, desk.order_id, desk.post)


def test_what_waits_is_not_sent_again() -> None:
    desk = Desk()
    expand(desk.context, desk.order_id, desk.post)
    with pytest.raises(FrontdeskError) as refused:
        resend(desk.context, desk.messages[0].id, desk.post)
    assert refused.value.problems[0].code == "message_waiting"


@pytest.mark.parametrize("kind", ["confirmation", "change", "cancellation", "reminder"])
def test_a_preview_sends_nothing(kind: Any) -> None:
    desk = Desk(bookings=TWO)
    _, letter = preview(desk.context, desk.order_id, PreviewConfig(kind=kind), desk.post)
    told = 1 if kind == "reminder" else 2
    assert (letter.telling.kind, len(letter.telling.told), letter.addressee.email) == (kind, told, ADA.email)
    assert (desk.sent, desk.messages) == ([], [])


def test_messages_are_found_by_state_and_kind() -> None:
    desk = Desk(bookings=TWO)
    desk.wake()
    desk.mailer.failing = MailRefused()
    desk.cancel(2)
    desk.wake()

    def kinds(**wanted: Any) -> list[str]:
        return sorted(each.kind for each in find_messages(desk.context, desk.outbox, **wanted).found)

    assert kinds() == ["cancellation", "confirmation"]
    assert kinds(states=["failed"]) == ["cancellation"]
    assert kinds(kinds=["confirmation"]) == ["confirmation"]
    assert kinds(states=["waiting"]) == []


# Bounces


@pytest.mark.parametrize(
    ("what", "for_good", "address", "status"),
    [
        ("bounced", True, ADA.email, "bounced"),
        ("bounced", False, ADA.email, None),
        ("complained", True, ADA.email, "complained"),
        ("bounced", True, "old@example.com", None),
    ],
)
def test_a_bounce_marks_the_message_and_for_good_the_customer(
    what: Any, for_good: bool, address: str, status: str | None
) -> None:
    desk = Desk()
    desk.wake()
    if address != ADA.email:
        desk.change_customer(email="new@example.com")
        desk.outbox.messages = {
            key: each.model_copy(update={"recipient": address}) for key, each in desk.outbox.messages.items()
        }
    report = Report(desk.messages[0].id, what, for_good, (address or "",))

    for _ in range(2):
        assert hear(desk.context, report, desk.post, FakeCatalog(desk.store)) == "bounced"  # type: ignore[arg-type]

    assert (desk.states, desk.messages[0].reason) == (["bounced"], what)
    assert desk.store.items[Key("customer", ADA.id)].email_status == status
    assert summary(desk.order) == "failed"
    assert summary(desk.order, desk.messages) == "bounced"


# The organization's own texts


def test_own_words_stand_around_the_standard_part() -> None:
    rule = MessageRule(
        id="r", name="Words", event="confirmation",
        words={"en": {"subject": "Hi {given_name}, {date}", "before": "Door code 12.", "after": "See {resource}."}},
    )  # fmt: skip
    desk = Desk(rules=[rule])
    desk.wake()
    (mail,) = desk.mailer.sent
    told = text(mail)
    assert str(mail["Subject"]).startswith("Hi Ada, ")
    assert told.index("Door code 12.") < told.index("Meeting") < told.index("See Meeting Room 1.")


def test_staff_have_a_mail_of_their_own() -> None:
    rule = MessageRule(
        id="r", name="Desk", event="confirmation", recipients=("staff",), staff_emails=("desk@mitte.example",)
    )
    desk = Desk(rules=[rule])
    desk.wake()
    assert sorted(to for to, _ in desk.sent) == [ADA.email, "desk@mitte.example"]
    staff = next(
        mail for mail in desk.mailer.sent if mail["To"].addresses[0].addr_spec == "desk@mitte.example"
    )
    assert str(staff["Subject"]).startswith("New booking: ")
    assert "Customer: Ada Lovelace" in text(staff)
    assert "Hello" not in text(staff)


def test_a_company_without_a_contact_person_is_addressed_by_its_name() -> None:
    rule = MessageRule(
        id="r", name="Greeting", event="confirmation", words={"en": {"subject": "For {customer_name}"}}
    )
    desk = Desk(rules=[rule])
    desk.change_customer(given_name="", family_name="", company="Müller GmbH")
    desk.wake()
    (mail,) = desk.mailer.sent
    assert str(mail["Subject"]) == "For Müller GmbH"
    assert "Hello Müller GmbH," in text(mail)


@pytest.mark.parametrize(
    ("of_order", "of_customer", "greeting"),
    [("de-AT", "en", "Ihre Buchung"), (None, "de-CH-1901", "Ihre Buchung"), ("fr", "en-GB", "Your booking")],
)
def test_a_mail_has_the_language_of_its_order_else_of_its_reader(
    of_order: str | None, of_customer: str, greeting: str
) -> None:
    desk = Desk(locale=of_order)
    desk.change_customer(locale=of_customer)
    desk.wake()
    assert desk.sent[0][1].startswith(greeting)
