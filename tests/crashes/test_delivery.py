"""The delivery of a mail, stopped before and after each of its calls in turn: no mail is lost, at most one comes twice.

The calls are counted by running the delivery, so that a new call is covered the day it appears.
"""

from typing import Any

import pytest

from frontdesk.adapters.mail.rendering import render_mail
from frontdesk.domain.orders.order import Notification, NotificationKind
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.notifications import LEASE_SECONDS, NotYet, PostOffice, deliver_mail
from frontdesk.usecases.orders.change import cancel_order
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.ports import MailUnavailable
from tests.demo import CATALOG, ORGANIZATION, order
from tests.fakes import FakeClock, FakeMailer, FakeOperator, FakeStore


class Crash(BaseException):
    """The function ends here: nothing catches it, as nothing survives a time-out."""


class Calls:
    """Counts the calls that pass through, and ends the function before or after one of them."""

    def __init__(self, crash_at: int | None = None, *, after: bool = False) -> None:
        self.crash_at, self.after, self.made = crash_at, after, 0

    def through(self, port: Any) -> Any:
        calls = self

        class Port:
            def __getattr__(self, name: str) -> Any:
                def call(*args: Any, **kwargs: Any) -> Any:
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


class Delivery:
    def __init__(
        self, *, fails: bool = False, kind: NotificationKind = "confirmation", canceled: bool = False
    ) -> None:
        self.store, self.mailer, self.operator, self.clock = (
            FakeStore(ORGANIZATION.id, CATALOG),
            FakeMailer(),
            FakeOperator(),
            FakeClock(),
        )
        self.mailer.failing = MailUnavailable() if fails else None
        self.order_id = place_order(
            Context(ORGANIZATION.id, self.clock), read_config(order()), self.store
        ).order.id
        if kind == "cancellation" or canceled:
            cancel_order(
                Context(ORGANIZATION.id, self.clock), self.order_id, self.store, notify=kind == "cancellation"
            )

    def run(self, calls: Calls, owner: str = "event") -> None:
        post = PostOffice(
            calls.through(self.store),
            render_mail,
            calls.through(self.mailer),
            calls.through(self.operator),
            "a@example.com",
        )
        deliver_mail(Context(ORGANIZATION.id, self.clock), self.order_id, owner, post)

    def run_until_done(self, owner: str = "event") -> None:
        """As the stream does: the event comes again, later, until it is taken."""
        for _ in range(20):
            try:
                return self.run(Calls(), owner)
            except NotYet:
                self.clock.at += LEASE_SECONDS
        raise AssertionError("the event is never done")

    @property
    def mail(self) -> Notification:
        mail: Notification = self.store.items[Key("order", self.order_id)].notification
        return mail


def _calls(**delivered: Any) -> int:
    calls = Calls()
    delivery = Delivery(**delivered)
    for _ in range(10):
        try:
            delivery.run(calls)
        except NotYet:
            continue
        return calls.made
    raise AssertionError("the event is never done")


@pytest.mark.parametrize("kind", ["confirmation", "cancellation"])
@pytest.mark.parametrize("owner", ["event", "another event"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("crash_at", range(_calls()))
def test_a_mail_is_sent_whatever_ends_the_function(
    crash_at: int, after: bool, owner: str, kind: NotificationKind
) -> None:
    delivery = Delivery(kind=kind)
    with pytest.raises(Crash):
        delivery.run(Calls(crash_at, after=after))

    delivery.run_until_done(owner)

    assert (delivery.mail.state, delivery.mail.kind) == ("sent", kind)
    assert 1 <= len(delivery.mailer.sent) <= 2


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("crash_at", range(_calls(fails=True)))
def test_a_mail_that_can_not_be_sent_is_with_the_operator_whatever_ends_the_function(
    crash_at: int, after: bool
) -> None:
    delivery = Delivery(fails=True)
    calls = Calls(crash_at, after=after)
    for _ in range(20):
        try:
            delivery.run(calls)
        except NotYet:
            continue
        except Crash:
            break

    delivery.run_until_done()

    assert delivery.mail.state == "failed"
    assert set(delivery.operator.reported) == {delivery.order_id}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("crash_at", range(_calls(canceled=True)))
def test_the_confirmation_of_a_canceled_order_is_withdrawn_whatever_ends_the_function(
    crash_at: int, after: bool
) -> None:
    delivery = Delivery(canceled=True)
    with pytest.raises(Crash):
        delivery.run(Calls(crash_at, after=after))

    delivery.run_until_done("another event")

    assert (delivery.mail.state, delivery.mailer.sent, delivery.operator.reported) == ("withdrawn", [], [])


def test_control_a_crash_between_sending_and_recording_repeats_the_mail() -> None:
    repeats = 0
    for crash_at in range(_calls()):
        delivery = Delivery()
        with pytest.raises(Crash):
            delivery.run(Calls(crash_at, after=True))
        delivery.run_until_done()
        repeats += len(delivery.mailer.sent) - 1

    assert repeats == 1
