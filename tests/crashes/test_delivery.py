"""Ends a function at each of its calls in turn: no mail is lost, and at most one is sent twice.

A call goes to the table, the outbox, SES or the operator's queue. The test repeats the stream's event and the sweep until the outbox is
at rest, and then counts the mails.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import pytest

from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import FINAL, Message
from frontdesk.domain.messages.reminders import OVERLAP
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.change import BookingCustomerChange
from frontdesk.domain.requests.order import Reading, read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.hear import Report, hear
from frontdesk.usecases.messages.needs import MailThrottled
from frontdesk.usecases.messages.remind import remind
from frontdesk.usecases.messages.resend import resend
from frontdesk.usecases.messages.send import LEASE_SECONDS, Throttled, wake
from frontdesk.usecases.messages.sweep import send_due
from frontdesk.usecases.orders.attend import change_customer
from frontdesk.usecases.orders.change import cancel_booking
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.ports import MailUnavailable
from tests.support.demo import ADA, BERND, CATALOG, NINE, ORGANIZATION, desks, meeting, order
from tests.support.fakes import (
    FakeCatalog,
    FakeClock,
    FakeLists,
    FakeMailer,
    FakeOperator,
    FakeOutbox,
    FakeStore,
    post_office,
)


class Crash(BaseException):
    """The function ends here. Nothing catches it, because nothing survives a timeout."""


class Calls:
    """Counts the calls that pass through, and ends the function before or after one of them."""

    def __init__(self, crash_at: int | None = None, *, after: bool = False) -> None:
        self.crash_at, self.after, self.made = crash_at, after, 0

    def through(self, port: Any) -> Any:
        calls = self

        class Port:
            def __getattr__(self, name: str) -> Any:
                def call(*args: Any, **kwargs: Any) -> Any:
                    if name == "put" and len(args[1]) > 1:
                        # The table gets one call for each message.
                        for each in args[1]:
                            call(args[0], [each])
                        return None
                    number = calls.made
                    calls.made += 1
                    if number == calls.crash_at and not calls.after:
                        raise Crash
                    answer = getattr(port, name)(*args, **kwargs)
                    if number == calls.crash_at:
                        raise Crash
                    return answer

                return call

        return Port()


def points(calls: int) -> list[tuple[int, bool]]:
    """Returns before which call to end, and after the last. After any other one is the same as before the next."""
    return [*((at, False) for at in range(calls)), (calls - 1, True)]


def ended_at_each_of(calls: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("crash_at", "after"), points(calls))


class Delivery:
    """An order of two bookings, placed and partly canceled before any mail was sent: a confirmation and a cancellation."""

    CONFIG: ClassVar[dict[str, Any]] = {}
    RULES: ClassVar[list[MessageRule]] = []

    def __init__(self, failing: Exception | None = None) -> None:
        self.store, self.clock = FakeStore(ORGANIZATION.id, CATALOG), FakeClock(pauses=10_000)
        self.outbox, self.mailer, self.operator = FakeOutbox(self.store), FakeMailer(), FakeOperator()
        self.mailer.failing = failing
        self.context = Context(ORGANIZATION.id, self.clock)
        config = read_config(order(bookings=[meeting(), desks(2)], **self.CONFIG))
        self.order_id = place_order(self.context, config, self.store).order.id
        self.prepare()

    def prepare(self) -> None:
        cancel_booking(self.context, f"{self.order_id}-2", self.store, notify=True)

    def post(self, calls: Calls) -> Any:
        return post_office(
            calls.through(self.store),
            outbox=calls.through(self.outbox),
            mailer=calls.through(self.mailer),
            operator=calls.through(self.operator),
            rules=self.RULES,
        )

    def stream(self, calls: Calls, owner: str = "event") -> None:
        try:
            wake(self.context, self.order_id, owner, self.post(calls))
        except Throttled:
            return

    def sweep(self, calls: Calls) -> None:
        send_due(self.clock, "sweep", self.post(calls), lambda: True)

    def run_until_at_rest(self, owner: str = "event") -> None:
        for _ in range(50):
            self.stream(Calls(), owner)
            self.clock.at += LEASE_SECONDS
            self.sweep(Calls())
            if self.messages and all(message.state in FINAL for message in self.messages):
                assert self.store.items[Key("order", self.order_id)].causes == ()
                return
            self.clock.at += 3600
        raise AssertionError("the outbox is never at rest")

    @property
    def messages(self) -> list[Message]:
        return self.outbox.of_order(self.context, self.order_id)

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]).partition(":")[0] for mail in self.mailer.sent]


class Reminding(Delivery):
    """An order of two bookings with reminders due at the same time, for the customers and for staff."""

    CONFIG: ClassVar[dict[str, Any]] = {"notify_customer": False}
    RULES: ClassVar[list[MessageRule]] = [
        MessageRule(
            id="r", name="Soon", event="before_start", offset=60, recipients=("customer", "staff"), staff_emails=("desk@mitte.example",)
        )
    ]  # fmt: skip

    def prepare(self) -> None:
        self.outbox.reminding = [ORGANIZATION.id]
        self.clock.at = int(NINE.timestamp()) - 3600 + 30

    def remind(self, calls: Calls) -> int:
        catalog, lists = calls.through(FakeCatalog(self.store)), calls.through(FakeLists(self.store))
        return remind(self.clock, self.post(calls), lists, catalog, lambda: True)


def _calls(of: str, failing: Exception | None = None) -> int:
    delivery, calls = Delivery(failing), Calls()
    if of == "sweep":
        delivery.mailer.failing = MailUnavailable()
        delivery.stream(Calls())
        delivery.mailer.failing = failing
        delivery.clock.at += 3600
    getattr(delivery, of)(calls)
    return calls.made


def _interrupted(of: str, crash_at: int, *, after: bool) -> Delivery:
    delivery = Delivery()
    if of == "sweep":
        delivery.mailer.failing = MailUnavailable()
        delivery.stream(Calls())
        delivery.mailer.failing = None
        delivery.clock.at += 3600
    with pytest.raises(Crash):
        getattr(delivery, of)(Calls(crash_at, after=after))
    return delivery


@pytest.mark.parametrize("owner", ["event", "another event"])
@pytest.mark.parametrize(
    ("of", "crash_at", "after"),
    [(of, *point) for of in ("stream", "sweep") for point in points(_calls(of))],
)
def test_every_message_is_sent_and_in_order_whatever_ends_the_function(
    of: str, crash_at: int, after: bool, owner: str
) -> None:
    delivery = _interrupted(of, crash_at, after=after)

    delivery.run_until_at_rest(owner)

    assert [message.state for message in delivery.messages] == ["sent", "sent"]
    assert 2 <= len(delivery.mailer.sent) <= 3
    assert list(dict.fromkeys(delivery.subjects)) == [
        "Your booking at Coworking Mitte",
        "Your booking is canceled",
    ]


@ended_at_each_of(_calls("stream", MailUnavailable()))
def test_a_mail_that_can_not_be_sent_is_with_the_operator_whatever_ends_the_function(
    crash_at: int, after: bool
) -> None:
    delivery = Delivery(MailUnavailable())
    # If a call fails, what comes after it still happens.
    with suppress(Crash):
        delivery.stream(Calls(crash_at, after=after))

    delivery.run_until_at_rest()

    assert {message.state for message in delivery.messages} == {"failed"}
    assert set(delivery.operator.reported) == {delivery.order_id}


@ended_at_each_of(_calls("stream", MailThrottled(20)))
def test_a_throttled_mail_is_sent_in_the_end_whatever_ends_the_function(crash_at: int, after: bool) -> None:
    delivery = Delivery(MailThrottled(20))
    with suppress(Crash):
        delivery.stream(Calls(crash_at, after=after))
    delivery.mailer.failing = None

    delivery.run_until_at_rest()

    assert [message.state for message in delivery.messages] == ["sent", "sent"]
    assert len(delivery.mailer.sent) == 2


class Given(Delivery):
    """An order whose second booking is given to another customer while its confirmation waits."""

    def prepare(self) -> None:
        self.mailer.failing = MailThrottled(20)
        self.stream(Calls())
        self.mailer.failing = None
        asked: Any = Reading(BookingCustomerChange(customer_id=BERND.id))
        change_customer(self.context, f"{self.order_id}-2", asked, self.store)
        self.clock.at += 3600


def _calls_to_pass_on() -> int:
    calls = Calls()
    Given().sweep(calls)
    return calls.made


@ended_at_each_of(_calls_to_pass_on())
def test_whoever_is_given_a_booking_is_told_whatever_ends_the_function(crash_at: int, after: bool) -> None:
    delivery = Given()
    with suppress(Crash):
        delivery.sweep(Calls(crash_at, after=after))

    delivery.run_until_at_rest()

    assert [message.state for message in delivery.messages] == ["sent", "sent"]
    assert 2 <= len(delivery.mailer.sent) <= 3


def _calls_to_remind() -> int:
    calls = Calls()
    assert Reminding().remind(calls) == 4
    return calls.made


@ended_at_each_of(_calls_to_remind())
def test_everybody_is_reminded_once_whatever_ends_the_look_for_reminders(crash_at: int, after: bool) -> None:
    """A list is read lazily, so a call that fails "after" it may fail before."""
    reminding = Reminding()
    with suppress(Crash):
        reminding.remind(Calls(crash_at, after=after))
    put = len(reminding.messages)
    reminding.clock.at += 60

    assert reminding.remind(Calls()) == 4 - put
    reminding.sweep(Calls())

    assert [message.state for message in reminding.messages] == ["sent"] * 4
    assert len(reminding.mailer.sent) == 4
    reminding.clock.at += 60
    assert reminding.remind(Calls()) == 0


def test_control_a_cursor_that_moves_before_the_messages_are_there_loses_those_behind_it() -> None:
    reminding = Reminding()
    reminding.outbox.note_reminded(reminding.context, reminding.clock.at + OVERLAP + 60)
    reminding.clock.at += 60

    assert reminding.remind(Calls()) == 0


def _told(report: Report) -> Callable[[Reminding, Calls], Any]:
    return lambda to, calls: hear(
        to.context,
        report,
        to.post(calls),
        calls.through(FakeCatalog(to.store)),  # type: ignore[arg-type]
    )


@ended_at_each_of(6)
def test_a_bounce_marks_message_order_and_customer_whatever_ends_the_function(
    crash_at: int, after: bool
) -> None:
    """EventBridge delivers the event again."""
    delivery = Delivery()
    delivery.stream(Calls())
    report = Report(delivery.messages[0].id, "bounced", True, (ADA.email or "",))
    hearing, calls = _told(report), Calls(crash_at, after=after)
    with suppress(Crash):
        hearing(delivery, calls)
    assert calls.made <= crash_at + 1
    hearing(delivery, Calls())

    assert [message.state for message in delivery.messages] == ["bounced", "sent"]
    assert delivery.store.items[Key("customer", ADA.id)].email_status == "bounced"
    assert delivery.store.items[Key("order", delivery.order_id)].unsent == {delivery.messages[0].name}


@ended_at_each_of(12)
def test_a_mail_that_is_sent_again_ends_sent_whatever_ends_the_request(crash_at: int, after: bool) -> None:
    """The caller got no answer and may ask again. A message that was stored before sending is sent by the sweep."""
    delivery = Delivery()
    delivery.run_until_at_rest()
    with suppress(Crash):
        resend(delivery.context, delivery.messages[0].id, delivery.post(Calls(crash_at, after=after)))

    delivery.run_until_at_rest()

    assert {message.state for message in delivery.messages} == {"sent"}
    assert 2 <= len(delivery.mailer.sent) <= 4


def test_control_a_crash_between_sending_and_recording_repeats_the_mail() -> None:
    repeats = 0
    for crash_at in range(_calls("stream")):
        delivery = _interrupted("stream", crash_at, after=True)
        delivery.run_until_at_rest()
        repeats += len(delivery.mailer.sent) - 2

    assert repeats == 2
