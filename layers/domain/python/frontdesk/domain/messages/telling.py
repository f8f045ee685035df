"""The content of a message, based on the order at the time of sending. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from frontdesk.domain.catalog.items import Organization
from frontdesk.domain.catalog.message_rules import MessageRule
from frontdesk.domain.messages.message import Message, MessageKind
from frontdesk.domain.orders.order import Booking, Order, Was, ordinal_of
from frontdesk.domain.orders.states import booking_after, shown_booking_status, shown_status
from frontdesk.errors import Language


@dataclass(frozen=True)
class Telling:
    """The content of a message. `told` are the bookings that the message is about.

    In a cancellation, `told` are canceled bookings. `remaining` are the recipient's bookings that are not
    canceled.

    In any other message, `told` are bookings that are not canceled. If a booking is canceled before its
    confirmation is sent, the booking is in the confirmation's `canceled`, and not in `told`. The calendar
    entry of a series leaves out the dates of the bookings in `canceled`.
    """

    kind: MessageKind
    told: tuple[Booking, ...]
    remaining: tuple[Booking, ...] = ()
    canceled: tuple[Booking, ...] = ()
    was: Was | None = None


@dataclass(frozen=True)
class Addressee:
    """The recipient of a mail. `customer_id` is None for staff."""

    email: str
    name: str
    language: Language
    customer_id: str | None = None
    given_name: str = ""


@dataclass(frozen=True)
class Letter:
    """The data for writing a mail at the time `at`. `resources`, `services` and `customers` map ids to names.

    `rule` has the organization's own texts, if there are any.
    """

    telling: Telling
    organization: Organization
    order: Order
    addressee: Addressee
    whole: bool
    sender: str
    at: int
    resources: dict[str, str] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    rule: MessageRule | None = None
    # Tags that SES returns with a bounce, to identify the message.
    tags: dict[str, str] = field(default_factory=dict)

    def is_own(self, booking: Booking) -> bool:
        """Whether the addressee may see a booking's notes: the booking is theirs, or they are staff."""
        customer_id = self.addressee.customer_id
        return customer_id is None or (booking.customer_id or self.order.customer_id) == customer_id


def telling(message: Message, order: Order, bookings: Iterable[Booking], now: int) -> Telling | None:
    """Returns the current content of a message, or None if nothing is left to say, for example in a reminder of a booking that was moved.

    A message of kind "cancellation" is about canceled bookings. Any other message is about bookings that are not canceled. The content
    leaves out bookings that have been assigned to another customer.
    """
    if shown_status(order, now) == "expired" or order.status in ("placing", "abandoned"):
        return None
    sold = [booking for booking in bookings if not booking.is_blocker]
    decided = [_as_decided(booking, order) for booking in _still_for(message, sold, order)]
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
        return Telling("cancellation", told, remaining, was=message.was) if told else None
    if not live or shown_status(order, now) == "canceled":
        return None
    if message.kind == "change" and message.was and not differs(message.was, live):
        return None
    if message.kind == "reminder" and message.was and message.was.start != live[0].start:
        # The booking was moved and has another reminder.
        return None
    gone = tuple(booking for booking in named if booking.status == "canceled")
    return Telling(message.kind, live, canceled=gone, was=message.was)


def is_told(message: Message, lane: Iterable[Message]) -> bool:
    """Whether `message` is about a move that an earlier message has already covered.

    A mail shows the booking as it is at the time of sending, so it covers every move until then. `lane` are the
    recipient's messages about the order.
    """
    return (
        message.kind == "change"
        and message.is_ordered
        and any(
            # If a booking was moved back before the mail was sent, the message is withdrawn, and covers the moves.
            each.kind == "change"
            and each.state in ("sent", "withdrawn")
            and each.version < message.version <= (each.told_version or 0)
            and set(message.ordinals) <= set(each.ordinals)
            for each in lane
        )
    )


def last_heard(message: Message, lane: Iterable[Message]) -> Was | None:
    """Returns the time and resources of a canceled booking as the recipient of `message` knows them from earlier mails.

    Returns None if the recipient knows of every move of the booking, or if the message is not a cancellation. `lane` are the recipient's
    messages about the order.
    """
    heard, known = None, 0
    for each in lane:
        if (
            message.kind == "cancellation"
            and each.kind == "change"
            and each.is_ordered
            and known < each.version < message.version
            and each.ordinals[:1] == message.ordinals[:1]
            and set(message.ordinals) <= set(each.ordinals)
        ):
            known = each.told_version or 0
            heard = None if each.state == "sent" else heard or each.was
    return heard


def is_back(message: Message, order: Order, bookings: Sequence[Booking], now: int) -> bool:
    """Whether a message about a move has nothing left to say because the booking was moved back.

    Call it only if `telling` returns None for the message.
    """
    return message.was is not None and message.kind == "change" and (
        telling(message.model_copy(update={"was": None}), order, bookings, now) is not None
    )  # fmt: skip


def _still_for(message: Message, bookings: Sequence[Booking], order: Order) -> list[Booking]:
    """Returns the bookings that still belong to the message's recipient, without those that were assigned to another customer.

    If the message is to staff or about the whole order, returns all bookings.
    """
    if message.whole or message.customer_id is None:
        return list(bookings)
    owners = {booking.id: booking.customer_id for booking in bookings}
    # A sub-booking belongs to the customer of its main booking.
    whose = {
        booking.id: owners.get(booking.super_booking or booking.id)
        or booking.customer_id
        or order.customer_id
        for booking in bookings
    }
    return [booking for booking in bookings if whose[booking.id] == message.customer_id]


def differs(was: Was, told: Sequence[Booking]) -> bool:
    """Whether the first booking in `told` differs from `was` in time or, if `was` has resources, in resources."""
    now = told[0]
    return (was.start, was.end) != (now.start, now.end) or (
        bool(was.resource_ids) and was.resource_ids != now.resource_ids
    )


def _as_decided(booking: Booking, order: Order) -> Booking:
    # Mails treat a booking as canceled as soon as its cancellation in steps has begun.
    if booking.status != "canceled" and shown_booking_status(booking, order, order.updated_at) == "canceled":
        return booking_after(booking, "canceled", order.updated_at)
    return booking
