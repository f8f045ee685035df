"""What a message tells, on the order and the bookings as they are when it is sent. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from frontdesk.domain.catalog.items import Locale, Organization
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message, MessageKind
from frontdesk.domain.orders.order import Booking, Order, Was, ordinal_of
from frontdesk.domain.orders.states import booking_after, shown_booking_status, shown_status


@dataclass(frozen=True)
class Telling:
    """`told` are the bookings that it is about, as they are or as they left; `remaining` those that a cancellation leaves.

    `canceled` are those of a confirmation that are no more: only their calendar asks for them.
    """

    kind: MessageKind
    told: tuple[Booking, ...]
    remaining: tuple[Booking, ...] = ()
    canceled: tuple[Booking, ...] = ()
    was: Was | None = None


@dataclass(frozen=True)
class Addressee:
    """To whom a mail goes. `customer_id` is None for staff."""

    email: str
    name: str
    locale: Locale
    customer_id: str | None = None
    given_name: str = ""


@dataclass(frozen=True)
class Letter:
    """All that a mail is written from. Names are by id; `rule` has the organization's own words, if it has any."""

    telling: Telling
    organization: Organization
    order: Order
    addressee: Addressee
    whole: bool
    sender: str
    resources: dict[str, str] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    rule: MessageRule | None = None
    # What mail servers that report a bounce say of it: which message it was.
    tags: dict[str, str] = field(default_factory=dict)

    def is_own(self, booking: Booking) -> bool:
        """Whether a booking is the addressee's own: its notes are for nobody else. Staff see all."""
        customer_id = self.addressee.customer_id
        return customer_id is None or (booking.customer_id or self.order.customer_id) == customer_id


def telling(message: Message, order: Order, bookings: Iterable[Booking], now: int) -> Telling | None:
    """What a message says now; None where that is nothing any more: it is withdrawn.

    A confirmation, a change and a reminder tell of what is not canceled; a change, of what is somewhere else than it was. A
    cancellation tells what it canceled, and nothing that another canceled before or after.
    """
    if shown_status(order, now) == "expired" or order.status in ("placing", "abandoned"):
        return None
    decided = [_as_decided(booking, order) for booking in bookings if not booking.is_blocker]
    named = [each for each in decided if not message.ordinals or ordinal_of(each.id) in message.ordinals]
    live = tuple(booking for booking in named if booking.status != "canceled")
    if message.kind == "cancellation":
        told = tuple(booking for booking in named if booking.status == "canceled")
        others = {ordinal_of(booking.id) for booking in named}
        remaining = tuple(
            booking
            for booking in decided
            if booking.status != "canceled"
            and ordinal_of(booking.id) in message.beside
            and ordinal_of(booking.id) not in others
        )
        return Telling("cancellation", told, remaining) if told else None
    if not live or shown_status(order, now) == "canceled":
        return None
    if message.kind == "change" and message.was and not differs(message.was, live):
        return None
    if message.kind == "reminder" and message.was and message.was.start != live[0].start:
        # It has been moved: its reminder is another.
        return None
    gone = tuple(booking for booking in named if booking.status == "canceled")
    return Telling(message.kind, live, canceled=gone, was=message.was)


def differs(was: Was, told: Sequence[Booking]) -> bool:
    """Whether the booking that was changed, the first of them, is somewhere else now."""
    now = told[0]
    return (was.start, was.end) != (now.start, now.end) or (
        bool(was.resource_ids) and was.resource_ids != now.resource_ids
    )


def _as_decided(booking: Booking, order: Order) -> Booking:
    # A booking that leaves in several steps is canceled already for whoever is told of it.
    if booking.status != "canceled" and shown_booking_status(booking, order, order.updated_at) == "canceled":
        return booking_after(booking, "canceled", order.updated_at)
    return booking
