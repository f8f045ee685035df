"""The mails about an order: delivered once for the order that asks for one, of its kind; a confirmation again on request."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from frontdesk.adapters.mail.rendering import render_mail
from frontdesk.domain.orders.order import (
    Notification,
    NotificationKind,
    NotificationState,
    Order,
    OrderStatus,
)
from frontdesk.domain.orders.resends import MAX_RESENDS
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.notifications import (
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    NotYet,
    PostOffice,
    deliver_mail,
    resend_confirmation,
)
from frontdesk.usecases.orders.change import cancel_booking, cancel_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import place_order
from frontdesk.usecases.ports import MailRefused, MailUnavailable
from tests.demo import ADA, BERND, CATALOG, NINE, ORGANIZATION, desks, meeting, order
from tests.fakes import FakeClock, FakeMailer, FakeOperator, FakeStore


class Desk:
    """A post office on fakes, and one order placed there."""

    def __init__(self, **config: object) -> None:
        self.store = FakeStore(ORGANIZATION.id, CATALOG)
        self.mailer = FakeMailer()
        self.operator = FakeOperator()
        self.clock = FakeClock()
        self.post = PostOffice(self.store, render_mail, self.mailer, self.operator, "bookings@example.com")
        placed = place_order(Context(ORGANIZATION.id, self.clock), read_config(order() | config), self.store)
        self.order_id = placed.order.id

    def deliver(self, owner: str = "event") -> None:
        deliver_mail(Context(ORGANIZATION.id, self.clock), self.order_id, owner, self.post)

    def resend(self) -> Notification:
        return resend_confirmation(Context(ORGANIZATION.id, self.clock), self.order_id, self.post)

    def cancel(self, booking: int | None = None, *, notify: bool = True) -> None:
        """The order, or the booking of this number."""
        if booking is None:
            cancel_order(Context(ORGANIZATION.id, self.clock), self.order_id, self.store, notify=notify)
        else:
            cancel_booking(
                Context(ORGANIZATION.id, self.clock), f"{self.order_id}-{booking}", self.store, notify=notify
            )

    def move(self) -> None:
        """The first booking, to an hour later."""
        later = {
            "start_date": (NINE + timedelta(hours=1)).isoformat(),
            "end_date": (NINE + timedelta(hours=2)).isoformat(),
        }
        attributes = later | {"notify_customer": True}
        document = {"data": {"type": "bookings", "id": f"{self.order_id}-1", "attributes": attributes}}
        move_booking(
            Context(ORGANIZATION.id, self.clock),
            f"{self.order_id}-1",
            read_document(BookingDocument, "bookings", document, f"{self.order_id}-1"),
            self.store,
        )

    def put(self, **changes: object) -> None:
        """Changes the stored order, whatever it takes to come to that."""
        self.store.items[Key("order", self.order_id)] = self.order.model_copy(update=changes)

    def ask(self, kind: NotificationKind) -> None:
        """Has a mail of a kind requested and not delivered yet."""
        if kind == "cancellation":
            self.cancel()
        elif kind == "change":
            self.move()
        assert self.mail == Notification(state="requested", kind=kind)

    @property
    def mail(self) -> Notification:
        """The state of the order's mail, whichever of its mails it is."""
        notification = self.order.notification
        assert notification is not None
        return notification.model_copy(update={"version": 0})

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

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]).partition(":")[0] for message in self.mailer.sent]


def events(message: EmailMessage) -> list[Any]:
    (attachment,) = message.iter_attachments()
    return list(Calendar.from_ical(attachment.get_payload(decode=True)).walk("VEVENT"))


TWO = [meeting(), desks(2)]
SUBJECTS: dict[NotificationKind, str] = {
    "confirmation": "Your booking at Coworking Mitte",
    "cancellation": "Your booking is canceled",
    "change": "Your booking has been changed",
}


def test_a_mail_asked_for_is_sent_once_however_often_its_event_comes() -> None:
    desk = Desk()

    desk.deliver()
    desk.deliver()
    desk.deliver("another event")

    assert desk.recipients == [ADA.email]
    assert desk.mail == Notification(
        state="sent", attempts=1, recipient=ADA.email, message_id="message-1", sent_at=desk.clock.at
    )


@pytest.mark.parametrize(
    "config", [{"notify_customer": False}, {"complete_order": False}, {"order_customer_id": None}]
)
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
    for _ in range(MAX_ATTEMPTS - 1):
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


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_mail_of_the_kind_that_is_asked_for_is_sent_once(kind: NotificationKind) -> None:
    desk = Desk()
    desk.ask(kind)

    desk.deliver()
    desk.deliver("another event")

    assert desk.subjects == [SUBJECTS[kind]]
    assert desk.mail == Notification(
        state="sent",
        kind=kind,
        attempts=1,
        recipient=ADA.email,
        message_id="message-1",
        sent_at=desk.clock.at,
    )


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_kind_stays_while_a_mail_waits_and_when_it_has_failed(kind: NotificationKind) -> None:
    desk = Desk()
    desk.ask(kind)
    desk.mailer.failing = MailUnavailable()
    with pytest.raises(NotYet):
        desk.deliver()

    until = desk.clock.at + LEASE_SECONDS
    assert desk.mail == Notification(state="sending", kind=kind, attempts=1, lease="event", lease_until=until)

    desk.mailer.failing = MailRefused()
    desk.deliver()

    assert desk.mail == Notification(state="failed", kind=kind, attempts=2)


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_kind_stays_when_the_last_attempt_ended_without_a_word(kind: NotificationKind) -> None:
    desk = Desk()
    desk.ask(kind)
    desk.put(notification=Notification(state="sending", kind=kind, attempts=MAX_ATTEMPTS, lease="event"))

    desk.deliver()

    assert desk.mail == Notification(state="failed", kind=kind, attempts=MAX_ATTEMPTS)


@pytest.mark.parametrize("status", ["canceled", "canceling"])
@pytest.mark.parametrize("kind", ["confirmation", "change"])
def test_what_confirms_an_order_that_is_canceled_by_now_is_withdrawn(
    kind: NotificationKind, status: OrderStatus
) -> None:
    desk = Desk()
    desk.ask(kind)
    desk.put(status=status, canceling=(1,) if status == "canceling" else ())

    desk.deliver()
    desk.deliver("another event")

    assert desk.mail == Notification(state="withdrawn", kind=kind)
    assert (desk.recipients, desk.operator.reported) == ([], [])


@pytest.mark.parametrize("state", ["sent", "failed", "withdrawn"])
def test_nothing_more_comes_of_a_mail_that_is_done(state: NotificationState) -> None:
    desk = Desk()
    done = Notification(state=state, attempts=1)
    desk.put(notification=done)

    desk.deliver()

    assert (desk.recipients, desk.mail) == ([], done)


def test_canceling_without_a_mail_withdraws_the_one_that_waits() -> None:
    desk = Desk()
    desk.cancel(notify=False)
    desk.deliver()

    assert (desk.recipients, desk.state) == ([], "withdrawn")


def test_the_confirmation_of_an_order_of_which_a_booking_remains_is_sent() -> None:
    desk = Desk(bookings=TWO)
    desk.cancel(1, notify=False)
    desk.deliver()

    assert (desk.subjects, desk.state) == ([SUBJECTS["confirmation"]], "sent")
    assert [str(event["UID"]) for event in events(desk.mailer.sent[0])] == [f"{desk.order_id}-2@frontdesk"]


def test_a_mail_that_somebody_may_be_sending_is_withdrawn_only_when_their_lease_has_run_out() -> None:
    desk = Desk()
    desk.mailer.failing = MailUnavailable()
    with pytest.raises(NotYet):
        desk.deliver("first")
    desk.mailer.failing = None
    desk.cancel(notify=False)

    with pytest.raises(NotYet):
        desk.deliver("second")
    assert desk.state == "sending"
    desk.clock.at += LEASE_SECONDS
    desk.deliver("second")

    assert (desk.recipients, desk.mail) == ([], Notification(state="withdrawn", attempts=1))


def test_a_canceled_order_is_no_case_for_the_operator_after_the_last_attempt() -> None:
    desk = Desk()
    desk.put(
        status="canceled", notification=Notification(state="sending", attempts=MAX_ATTEMPTS, lease="event")
    )
    desk.deliver()

    assert (desk.state, desk.operator.reported) == ("withdrawn", [])


def test_a_mail_that_is_not_as_it_was_read_is_not_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.cancel(notify=False)
    monkeypatch.setattr(desk.store, "write_notification", lambda *_, **__: False)

    with pytest.raises(NotYet):
        desk.deliver()


@pytest.mark.parametrize("meanwhile", ["cancel", "move"])
@pytest.mark.parametrize("kind", ["confirmation", "change"])
def test_an_order_that_changes_after_it_was_read_is_told_of_as_it_is_then(
    kind: NotificationKind, meanwhile: str
) -> None:
    desk = Desk()
    desk.ask(kind)

    def change() -> None:
        desk.store.before_write = lambda: None
        getattr(desk, meanwhile)()

    desk.store.before_write = change
    with pytest.raises(NotYet):
        desk.deliver()
    desk.deliver()

    assert desk.subjects == [SUBJECTS["cancellation" if meanwhile == "cancel" else "change"]]
    ((event,),) = map(events, desk.mailer.sent)
    assert event["SEQUENCE"] == desk.store.items[Key("booking", f"{desk.order_id}-1")].version - 1


def test_a_cancellation_tells_what_leaves_and_what_remains() -> None:
    desk = Desk(bookings=TWO)
    desk.cancel(2)
    desk.deliver()

    (message,) = desk.mailer.sent
    assert [(str(event["UID"]), str(event["STATUS"])) for event in events(message)] == [
        (f"{desk.order_id}-2@frontdesk", "CANCELLED")
    ]
    body = message.get_body(("plain",))
    assert body is not None
    leaves, _, remains = body.get_content().partition("Your other booking remains")
    assert ("2\xa0x\xa0Desk" in leaves, "2\xa0x\xa0Desk" in remains) == (True, False)
    assert ("Meeting" in leaves, "Meeting" in remains) == (False, True)


def test_bookings_that_leave_in_several_steps_are_told_as_canceled_before_they_are() -> None:
    desk = Desk(bookings=TWO)
    desk.put(canceling=(2,), notification=Notification(state="requested", kind="cancellation"))
    desk.deliver()

    in_between = events(desk.mailer.sent[0])
    desk.put(canceling=(), notification=None)
    desk.cancel(2)
    desk.deliver()

    for (event,) in (in_between, events(desk.mailer.sent[1])):
        assert (event["UID"], event["STATUS"], event["SEQUENCE"]) == (
            f"{desk.order_id}-2@frontdesk",
            "CANCELLED",
            1,
        )


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


@pytest.mark.parametrize("kind", ["cancellation", "change"])
def test_sending_again_is_a_confirmation_whatever_was_sent_last(kind: NotificationKind) -> None:
    desk = Desk(bookings=TWO)
    desk.cancel(2) if kind == "cancellation" else desk.move()
    desk.deliver()

    sent = desk.resend()

    assert (sent.state, sent.kind, desk.order.notification) == ("sent", "confirmation", sent)
    assert [desk.subjects[1][:4], *desk.recipients] == ["Your", ADA.email, ADA.email]
    assert "canceled" not in desk.subjects[1]
    assert "changed" not in desk.subjects[1]
    assert [str(event["STATUS"]) for event in events(desk.mailer.sent[1])] == [
        "CONFIRMED"
    ] * desk.order.active_bookings


def test_sending_again_leaves_a_cancellation_that_waits_to_its_own_delivery() -> None:
    desk = Desk(bookings=TWO)
    desk.cancel(2)
    desk.resend()

    desk.deliver()

    assert desk.subjects == [SUBJECTS["confirmation"], SUBJECTS["cancellation"]]


@pytest.mark.parametrize(
    ("status", "shown"), [("canceled", "canceled"), ("canceling", "canceled"), ("expired", "expired")]
)
def test_an_order_that_is_over_has_no_confirmation(status: OrderStatus, shown: str) -> None:
    desk = Desk()
    desk.put(status=status)
    with pytest.raises(FrontdeskError) as refused:
        desk.resend()

    assert [(problem.code, problem.detail().partition(";")[0]) for problem in refused.value.problems] == [
        ("order_not_completed", f"The order is {shown}")
    ]
    assert desk.recipients == []


@pytest.mark.parametrize("status", ["placing", "abandoned"])
def test_an_order_that_was_never_placed_is_not_found(status: OrderStatus) -> None:
    desk = Desk()
    desk.put(status=status)
    with pytest.raises(FrontdeskError) as refused:
        desk.resend()

    assert [problem.code for problem in refused.value.problems] == ["order_not_found"]


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
def test_sending_again_says_why_it_can_not(
    config: dict[str, object], failing: Exception, code: str, status: int
) -> None:
    desk = Desk(**config)
    desk.mailer.failing = failing
    with pytest.raises(FrontdeskError) as refused:
        desk.resend()

    assert [(problem.code, problem.status) for problem in refused.value.problems] == [(code, status)]


def test_a_loop_that_sends_again_and_again_fills_nobodys_mailbox() -> None:
    """40 calls within two seconds were 40 mails to one customer."""
    desk = Desk()
    desk.deliver()
    desk.clock.at = 1_800_000_000 // 3600 * 3600 + 600
    refused: list[FrontdeskError] = []
    for _ in range(40):
        try:
            desk.resend()
        except FrontdeskError as error:
            refused.append(error)

    assert len(desk.recipients) == 1 + MAX_RESENDS
    assert {(each.problems[0].code, each.problems[0].status, each.retry_after) for each in refused} == {
        ("resent_too_often", 429, 3000)
    }
    desk.clock.at += 3000
    assert desk.resend().state == "sent"


def test_sending_for_an_order_of_another_organization_is_not_found() -> None:
    desk = Desk()
    with pytest.raises(FrontdeskError) as refused:
        resend_confirmation(Context("another", desk.clock), desk.order_id, desk.post)

    assert [(problem.code, problem.status) for problem in refused.value.problems] == [
        ("order_not_found", 404)
    ]
