"""Orders and bookings as they are kept: snapshots of what was sold, with the states they go through."""

import hashlib
import re
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from frontdesk.model.money import net_of

OrderStatus = Literal["placing", "draft", "completed", "canceled", "expired"]
BookingStatus = Literal["accepted", "requested", "reserved", "rejected", "canceled"]
NotificationState = Literal["requested", "sending", "sent", "failed"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Line(_Record):
    """One priced item of a booking. Amounts are minor units after the discount: total = net_amount + tax_amount."""

    kind: Literal["service", "starting_fee", "add_on"]
    reference: str
    title: str
    quantity: int
    unit_price: int
    is_net_price: bool
    tax_rate: Decimal
    discount_amount: int
    net_amount: int
    tax_amount: int
    total: int

    @property
    def single_net_amount(self) -> int:
        """The net price of one, before any discount."""
        return self.unit_price if self.is_net_price else net_of(self.unit_price, self.tax_rate)


class TaxTotal(_Record):
    """What an order owes at one tax rate (percent)."""

    rate: Decimal
    net_amount: int
    tax_amount: int
    total: int


class Amounts(_Record):
    """Sums of lines, in minor units; total = net_amount + tax_amount, already less discount_amount."""

    total: int
    net_amount: int
    tax_amount: int
    discount_amount: int


class VoucherUse(_Record):
    id: str
    code: str


class Notification(_Record):
    """The order's confirmation mail, from the request for it (the outbox) to SES's message id."""

    state: NotificationState
    attempts: int = 0
    lease: str | None = None
    lease_until: int = 0
    recipient: str | None = None
    message_id: str | None = None
    sent_at: int | None = None


class Booking(_Record):
    """One slot of one or several resources. `start` to `end` is what the customer sees, the blocker what is occupied."""

    id: str
    status: BookingStatus
    version: int = 1
    resource_ids: tuple[str, ...]
    services: dict[str, int]
    customer_id: str | None = None
    start: int
    end: int
    blocker_start: int
    blocker_end: int
    charged_duration: int
    quantity: int
    weight: int
    override: bool
    description: str | None = None
    note: str | None = None
    customer_note: str | None = None
    lines: tuple[Line, ...]
    amounts: Amounts
    currency: str
    created_at: int
    updated_at: int

    @property
    def number(self) -> str:
        return "BB" + _digits(self.id)

    @property
    def order_id(self) -> str:
        return order_id_of(self.id)


class Order(_Record):
    """The head of an order: totals and state. Its lines are on its bookings."""

    id: str
    organization_id: str
    status: OrderStatus
    version: int = 1
    attempt: str
    customer_id: str | None = None
    booking_count: int
    active_bookings: int
    currency: str
    timezone: str
    amounts: Amounts
    taxes: tuple[TaxTotal, ...]
    voucher: VoucherUse | None = None
    start: int
    end: int
    created_at: int
    updated_at: int
    expires_at: int | None = None
    notification: Notification | None = None
    fingerprint: str | None = None

    @property
    def number(self) -> str:
        return "BO" + _digits(self.id)

    @property
    def booking_ids(self) -> tuple[str, ...]:
        return tuple(booking_id(self.id, ordinal) for ordinal in range(1, self.booking_count + 1))


def is_order_id(text: str) -> bool:
    """Whether an order can have this id; what can not is not worth a look into the store."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def booking_id(order_id: str, ordinal: int) -> str:
    """A booking's id carries its order's, so that the booking is found without an index."""
    return f"{order_id}-{ordinal}"


def order_id_of(booking_id: str) -> str:
    return booking_id.rpartition("-")[0]


def _digits(identifier: str) -> str:
    """16 digits derived from an id: unguessable, and unique without an item that counts."""
    number = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "big")
    return f"{number % 10**16:016}"
