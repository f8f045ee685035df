"""The confirmation mail: delivered once for the order that asks for it, sent again on request."""

import pytest

from frontdesk.mail.confirmation import render_confirmation
from frontdesk.model.config import read_config
from frontdesk.model.order import Notification, Order
from frontdesk.model.problems import FrontdeskError
from frontdesk.model.snapshot import Key
from frontdesk.usecases.notifications import (
    LEASE_SECONDS,
    MOST_ATTEMPTS,
    NotYet,
    PostOffice,
    deliver_confirmation,
    resend_confirmation,
)
from frontdesk.usecases.place_order import place_order
from frontdesk.usecases.ports import MailRefused, MailUnavailable
from tests.demo import ADA, BERND, CATALOG, ORGANIZATION, meeting, order
from tests.fakes import FakeClock, FakeMailer, FakeOperator, FakeStore


class Desk:
    """A post office on fakes, and one order placed there."""

    def __init__(self, **config: object) -> None:
        self.store = FakeStore(ORGANIZATION.id, CATALOG)
        self.mailer = FakeMailer()
        self.operator = FakeOperator()
        self.clock = FakeClock()
        self.post = PostOffice(self.store, render_confirmation, self.mailer, self.operator, "bookings@example.com")
        placed = place_order(read_config(order() | config), ORGANIZATION.id, self.store, self.clock)
        self.order_id = placed.order.id

    def deliver(self, owner: str = "event") -> None:
        deliver_confirmation(ORGANIZATION.id, self.order_id, owner, self.post, self.clock)

    def resend(self) -> Notification:
        return resend_confirmation(ORGANIZATION.id, self.order_id, self.post, self.clock)

    @property
    def order(self) -> Order:
        found: Order = self.store.items[Key("order", self.order_id)]
        return found

    @property
    def state(self) -> str | None:
        return self.order.notification.state if self.order.notification else None

    @property
    def recipients(self) -> list[str]:
        return [message["To"].addresses[0].addr_spec for message in self.mailer.sent]


def test_a_mail_asked_for_is_sent_once_however_often_its_event_comes() -> None:
    desk = Desk()

    desk.deliver()
    desk.deliver()
    desk.deliver("another event")

    assert desk.recipients == [ADA.email]
    assert desk.order.notification == Notification(
        state="sent", attempts=1, recipient=ADA.email, message_id="message-1", sent_at=desk.clock.at
    )


@pytest.mark.parametrize("config", [{"notify_customer": False}, {"complete_order": False}, {"order_customer_id": None}])
def test_no_mail_without_a_request_a_completed_order_and_a_customer(config: dict[str, object]) -> None:
    desk = Desk(**config)

    desk.deliver()

    assert (desk.recipients, desk.order.notification) == ([], None)


def test_the_customer_of_a_booking_is_told_where_the_order_has_none() -> None:
    desk = Desk(order_customer_id=None, bookings=[meeting(customer_id=BERND.id)])

    desk.deliver()

    assert desk.recipients == [BERND.email]
    assert "Ihre Buchung" in desk.mailer.sent[0]["Subject"]


def test_a_mail_that_somebody_is_sending_is_left_to_them_until_their_lease_runs_out() -> None:
    desk = Desk()
    desk.mailer.failing = MailUnavailable()
    with pytest.raises(NotYet):
        desk.deliver("first")
    desk.mailer.failing = None

    with pytest.raises(NotYet):
        desk.deliver("second")
    desk.clock.at += LEASE_SECONDS
    desk.deliver("second")

    assert desk.recipients == [ADA.email]


def test_an_event_that_comes_again_takes_up_its_own_lease_at_once() -> None:
    desk = Desk()
    desk.mailer.failing = MailUnavailable()
    with pytest.raises(NotYet):
        desk.deliver()
    desk.mailer.failing = None

    desk.deliver()

    assert (desk.recipients, desk.state) == ([ADA.email], "sent")


def test_after_the_last_attempt_the_order_is_with_the_operator() -> None:
    desk = Desk()
    desk.mailer.failing = MailUnavailable()
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(NotYet):
            desk.deliver()
    desk.deliver()
    desk.deliver()

    assert (desk.state, desk.operator.reported) == ("failed", [desk.order_id])


def test_a_mail_that_is_refused_for_good_is_not_tried_again() -> None:
    desk = Desk()
    desk.mailer.failing = MailRefused()
    desk.deliver()

    assert (desk.state, desk.operator.reported) == ("failed", [desk.order_id])


def test_a_customer_who_is_gone_is_a_case_for_the_operator() -> None:
    desk = Desk()
    del desk.store.items[Key("customer", ADA.id)]
    desk.deliver()

    assert (desk.state, desk.operator.reported) == ("failed", [desk.order_id])


def test_the_event_of_an_order_that_is_not_there_is_done() -> None:
    desk = Desk()
    del desk.store.items[Key("order", desk.order_id)]

    desk.deliver()

    assert desk.recipients == []


def test_sending_again_brings_one_more_and_says_to_whom() -> None:
    desk = Desk()
    desk.deliver()

    sent = desk.resend()

    assert desk.recipients == [ADA.email, ADA.email]
    assert (sent.state, sent.recipient, sent.message_id) == ("sent", ADA.email, "message-2")
    assert desk.order.notification == sent


def test_sending_again_before_the_first_was_delivered_replaces_nothing() -> None:
    desk = Desk()
    desk.resend()

    desk.deliver()

    assert desk.recipients == [ADA.email, ADA.email]


def test_sending_again_repairs_a_failed_mail() -> None:
    desk = Desk()
    desk.mailer.failing = MailRefused()
    desk.deliver()
    desk.mailer.failing = None

    desk.resend()

    assert desk.state == "sent"


def test_sending_for_an_order_that_asked_for_none_is_recorded() -> None:
    desk = Desk(notify_customer=False)

    assert desk.resend() == desk.order.notification


@pytest.mark.parametrize(
    ("config", "failing", "code", "status"),
    [
        ({"complete_order": False}, None, "order_not_completed", 422),
        ({"order_customer_id": None}, None, "customer_without_email", 422),
        ({}, MailRefused(), "mail_refused", 502),
        ({}, MailUnavailable(), "mail_unavailable", 503),
    ],
)
def test_sending_again_says_why_it_can_not(config: dict[str, object], failing: Exception, code: str, status: int) -> None:
    desk = Desk(**config)
    desk.mailer.failing = failing
    with pytest.raises(FrontdeskError) as refused:
        desk.resend()

    assert [(problem.code, problem.status) for problem in refused.value.problems] == [(code, status)]


def test_sending_for_an_order_of_another_organization_is_not_found() -> None:
    desk = Desk()
    with pytest.raises(FrontdeskError) as refused:
        resend_confirmation("another", desk.order_id, desk.post, desk.clock)

    assert [(problem.code, problem.status) for problem in refused.value.problems] == [("order_not_found", 404)]
