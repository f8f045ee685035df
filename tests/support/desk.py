"""A post office on fakes: an order with its causes, and the resulting mails."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar

from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message
from frontdesk.domain.orders.order import Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.requests.change import BookingDocument
from frontdesk.domain.requests.envelope import read_document
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.messages.remind import remind
from frontdesk.usecases.messages.send import wake
from frontdesk.usecases.messages.sweep import send_due
from frontdesk.usecases.orders.change import cancel_booking, cancel_order
from frontdesk.usecases.orders.move import move_booking
from frontdesk.usecases.orders.place import Idempotency, place_order
from tests.support.demo import ADA, CATALOG, NINE, ORGANIZATION, order
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


class Desk:
    """A post office on fakes, with one order."""

    def __init__(
        self, *, rules: Sequence[MessageRule] = (), catalog: Sequence[CatalogItem] = CATALOG, **config: object
    ) -> None:
        self.store = FakeStore(ORGANIZATION.id, catalog)
        self.outbox = FakeOutbox(self.store)
        self.mailer, self.operator, self.clock = FakeMailer(), FakeOperator(), FakeClock()
        self.post = post_office(
            self.store, outbox=self.outbox, mailer=self.mailer, operator=self.operator, rules=rules
        )
        self.context = Context(ORGANIZATION.id, self.clock)
        self.order_id = self.place(**config)

    def place(self, key: str = "key", **config: object) -> str:
        """Places another order. The same key gives the same id."""
        asked = Idempotency.of(ORGANIZATION.id, "caller", key, b"body")
        return place_order(self.context, read_config(order() | config), self.store, asked).order.id

    def wake(self, owner: str = "event") -> list[str]:
        return list(wake(self.context, self.order_id, owner, self.post))

    def sweep(self, seconds: int = 60, owner: str = "sweep") -> Any:
        self.clock.at += seconds
        return send_due(self.clock, owner, self.post, lambda: True)

    def remind(self, has_time: Callable[[], bool] = lambda: True) -> int:
        """Runs the minute's sweep of reminders."""
        self.outbox.reminding = [ORGANIZATION.id] if any(map(_reminds, self.post.rules(self.context))) else []
        return remind(self.clock, self.post, FakeLists(self.store), FakeCatalog(self.store), has_time)

    def cancel(self, booking: int | None = None, *, notify: bool = True) -> None:
        """Cancels the order, or the booking with this number."""
        if booking is None:
            cancel_order(self.context, self.order_id, self.store, notify=notify)
        else:
            cancel_booking(self.context, f"{self.order_id}-{booking}", self.store, notify=notify)

    def move(self, booking: int = 1, hours: int = 1, **attributes: object) -> None:
        """Moves a booking to this many hours after NINE."""
        later = {
            "start_date": (NINE + timedelta(hours=hours)).isoformat(),
            "end_date": (NINE + timedelta(hours=hours + 1)).isoformat(),
            "notify_customer": True,
            **attributes,
        }
        id = f"{self.order_id}-{booking}"
        document = {"data": {"type": "bookings", "id": id, "attributes": later}}
        move_booking(self.context, id, read_document(BookingDocument, "bookings", document, id), self.store)

    def put(self, **changes: object) -> None:
        """Changes the stored order directly."""
        self.store.items[Key("order", self.order_id)] = self.order.model_copy(update=changes)

    def change_customer(self, **changes: object) -> None:
        key = Key("customer", ADA.id)
        self.store.items[key] = self.store.items[key].model_copy(update=changes)

    @property
    def order(self) -> Order:
        found: Order = self.store.items[Key("order", self.order_id)]
        return found

    @property
    def messages(self) -> list[Message]:
        return sorted(self.outbox.of_order(self.context, self.order_id), key=lambda each: each.version)

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.messages]

    @property
    def sent(self) -> list[tuple[str, str]]:
        return [
            (mail["To"].addresses[0].addr_spec, str(mail["Subject"]).partition(":")[0])
            for mail in self.mailer.sent
        ]


def _reminds(rule: MessageRule) -> bool:
    return rule.is_on and rule.is_reminder


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def events(mail: EmailMessage) -> list[Any]:
    return [
        event
        for file in mail.iter_attachments()
        for event in Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT")
    ]
