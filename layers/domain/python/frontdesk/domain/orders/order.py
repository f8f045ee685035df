"""Orders and bookings as stored: snapshots of what was sold, and their states."""

import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.money import net_of, percentage

OrderStatus = Literal["placing", "abandoned", "draft", "completed", "canceling", "canceled", "expired"]
BookingStatus = Literal["accepted", "requested", "reserved", "rejected", "canceled"]
NotificationState = Literal["requested", "sending", "sent", "failed", "withdrawn"]
NotificationKind = Literal["confirmation", "cancellation", "change"]
# The letters that stand for causes in storage.
_LETTERS: dict[NotificationKind, str] = {"confirmation": "c", "change": "m", "cancellation": "x"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_CAUSE = re.compile(r"(\d+)([cmx])([\d,-]*)(?:@(\d+)-(\d+))?(?:@(.+))?")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class HandPrice(_Record):
    """A price set by hand: a fixed price, a percentage off or an amount off. It is net or gross, as the catalog's price is."""

    custom_price: int | None = None
    percent: Decimal | None = None
    amount: int | None = None
    reason: str

    def of(self, list_price: int) -> int:
        """Returns the price to pay instead of `list_price`: the fixed price, or `list_price` less the discount."""
        if self.custom_price is not None:
            return self.custom_price
        less = self.amount if self.percent is None else percentage(list_price, self.percent)
        return list_price - min(less or 0, list_price)


class Line(_Record):
    """One priced item of a booking. Amounts are in minor units, after the discount: total = net_amount + tax_amount.

    `unit_price` is the catalog's price. `hand_amount` is this line's share of a price set by hand for the whole booking or add-on.
    """

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
    hand_amount: int | None = None
    by_hand: HandPrice | None = None

    @property
    def single_net_amount(self) -> int:
        """The net price of one unit, before any discount."""
        return self.unit_price if self.is_net_price else net_of(self.unit_price, self.tax_rate)


class TaxTotal(_Record):
    """The sums of an order's lines at one tax rate, in minor units. `rate` is in percent."""

    rate: Decimal
    net_amount: int
    tax_amount: int
    total: int


class Amounts(_Record):
    """Sums of lines, in minor units: total = net_amount + tax_amount, with discount_amount already deducted."""

    total: int
    net_amount: int
    tax_amount: int
    discount_amount: int


class VoucherTerms(_Record):
    """The discount of a voucher: `percent` or `amount`. It applies to the services in `service_ids`, or to everything if that is empty."""

    percent: Decimal | None = None
    amount: int | None = None
    service_ids: tuple[str, ...] = ()


class VoucherUse(_Record):
    """An order's voucher. `terms` is the agreed discount. The limits are copied from the voucher when the order is completed.

    With `counts_total`, the order counts as a use of the voucher. With `counts_customer`, it counts as a use by the customer with this id.
    """

    id: str
    code: str
    counts_total: bool = False
    counts_customer: str | None = None
    terms: VoucherTerms | None = None  # Older orders may lack the terms and the limits.
    limit: int | None = None
    limit_per_customer: int | None = None


class Skipped(_Record):
    """An occurrence that was left out of a series because it could not be booked, with the codes of the problems."""

    pointer: str
    start: int
    end: int
    codes: tuple[str, ...]


class Unanswered(_Record):
    """Custom fields to answer before a draft is completed. `ordinals` are the bookings with these fields, or () for fields of the order."""

    field_ids: tuple[str, ...]
    ordinals: tuple[int, ...]

    @model_validator(mode="before")
    @classmethod
    def _as_it_was(cls, fields: Any) -> Any:
        """Reads the format used until 2026-11-29: one entry for each field, with the ids of the bookings that must answer it."""
        if isinstance(fields, dict) and "field_id" in fields:
            ordinals = tuple(map(ordinal_of, fields["booking_ids"]))
            return {"field_ids": (fields["field_id"],), "ordinals": ordinals}
        return fields


class Was(_Record):
    """A booking before a change: its time in epoch seconds, and its resources if the change replaced them."""

    start: int
    end: int
    resource_ids: tuple[str, ...] = ()


class Cause(_Record):
    """Records that a change of an order requires mails. The record is deleted when the mails are in the outbox.

    `version` is the order's version after the change. `ordinals` are the canceled or changed bookings; if empty, all bookings. `was` is
    the time and resources of a booking before it was moved.
    """

    version: int
    kind: NotificationKind
    ordinals: tuple[int, ...] = ()
    was: Was | None = None

    @property
    def text(self) -> str:
        """The stored form of the cause: version, kind, ordinals, `was`. Examples: 1c, 4m2@1796289600-1796293200, 5x1-6,9."""
        place = ""
        if self.was:
            place = f"@{self.was.start}-{self.was.end}"
            place += f"@{','.join(self.was.resource_ids)}" if self.was.resource_ids else ""
        return f"{self.version}{_LETTERS[self.kind]}{ranges_text(self.ordinals)}{place}"

    @classmethod
    def of_text(cls, text: str) -> "Cause":
        """Parses the stored form of a cause. Raises ValueError."""
        if not (parts := _CAUSE.fullmatch(text)):
            raise ValueError("no cause of a message")
        version, letter, ordinals, start, end, resources = parts.groups()
        was = (
            Was(start=int(start), end=int(end), resource_ids=tuple(resources.split(",")) if resources else ())
            if start
            else None
        )
        return cls(version=int(version), kind=_KINDS[letter], ordinals=numbers_in(ordinals), was=was)


def ranges_text(numbers: Iterable[int]) -> str:
    """Formats ascending numbers as ranges, like page numbers: 1-6,9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def numbers_in(ranges: str) -> tuple[int, ...]:
    """Parses the output of `ranges_text`."""
    found: list[int] = []
    for run in filter(None, ranges.split(",")):
        first, _, last = run.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def causes_text(causes: Iterable[Cause]) -> str:
    """Writes causes for storage, separated by spaces."""
    return " ".join(cause.text for cause in causes)


def causes_in(text: str) -> tuple[Cause, ...]:
    """Parses the output of `causes_text`. Raises ValueError."""
    return tuple(map(Cause.of_text, text.split()))


class Notification(_Record):
    """The format of requests for mails until 2026-11-29, when `Cause` replaced it. Still read, but no longer written."""

    state: NotificationState
    kind: NotificationKind = "confirmation"
    # The order's version that asked for the mail; differs for each mail.
    version: int = 0
    attempts: int = 0
    lease: str | None = None
    lease_until: int = 0
    recipient: str | None = None
    message_id: str | None = None
    sent_at: int | None = None


class Booking(_Record):
    """One slot on one or more resources. The customer sees `start` and `end`; `blocker_start` and `blocker_end` include the paddings.

    `series_id` is the id of the first booking in the series. In a sub-booking, `super_booking` is the id of the main booking. In a main
    booking, `parts` is the number of sub-bookings. With `own_customer`, the booking's customer is not the order's customer. With
    `is_blocker`, nothing is sold: the booking only blocks its resources.
    """

    id: str
    status: BookingStatus
    version: int = 1
    resource_ids: tuple[str, ...]
    services: dict[str, int]
    customer_id: str | None = None
    own_customer: bool = False
    super_booking: str | None = None
    parts: int = 0
    series_id: str | None = None
    timeslot_series_id: str | None = None
    # Its start before the first move. Calendars identify an occurrence by this time.
    first_start: int | None = None
    # The zone of its resource, if it differs from the order's.
    timezone: str | None = None
    start: int
    end: int
    blocker_start: int
    blocker_end: int
    charged_duration: int
    quantity: int
    weight: int
    override: bool = False
    is_blocker: bool = False
    # Imported as canceled, because the customer did not come.
    no_show: bool = False
    deleted: bool = False  # Canceled, and hidden in the API.
    external_id: str | None = None
    is_of_row: bool = False  # The order's id derives from the external id, so no list needs it.
    title: str | None = None
    description: str | None = None
    note: str | None = None
    customer_note: str | None = None
    custom_entries: dict[str, CustomEntry] = {}
    lines: tuple[Line, ...]
    amounts: Amounts
    currency: str
    created_at: int
    updated_at: int
    canceled_at: int | None = None
    checked_in_at: int | None = None
    checked_out_at: int | None = None

    @property
    def number(self) -> str:
        """The booking number that people see."""
        return "BB" + digits_of(self.id)

    @property
    def slot_in_series(self) -> int:
        """The booking's original start, before any move. It identifies the booking within its series."""
        return self.start if self.first_start is None else self.first_start

    @property
    def order_id(self) -> str:
        """The id of the order, which is part of the booking's id."""
        return order_id_of(self.id)

    @property
    def sub_booking_ids(self) -> tuple[str, ...]:
        """The ids of the booking's sub-bookings, canceled ones included."""
        first = ordinal_of(self.id) + 1
        return tuple(booking_id(self.order_id, ordinal) for ordinal in range(first, first + self.parts))


class Order(_Record):
    """The head of an order: totals and state. Its lines are stored with its bookings.

    A draft expires at `expires_at`. If an order is still being placed at that time, placing it has failed. With
    `is_blocker`, the order's only booking is a blocker.
    """

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
    # False for older orders: their tax was rounded for each line, and continues to be.
    taxed_once: bool = False
    voucher: VoucherUse | None = None
    custom_entries: dict[str, CustomEntry] = {}
    skipped: tuple[Skipped, ...] = ()
    notifies: bool = False
    # The order named no customer. `customer_id` is the first booking's, and each customer gets mail about their own bookings only.
    each_their_own: bool = False
    # Ordinals of the first bookings of those series that have been one calendar event since their confirmation.
    calendar_series: tuple[int, ...] = ()
    note: str | None = None
    locale: str | None = None
    is_blocker: bool = False
    # Ordinals of hidden bookings. `booking_count` includes them, because ids are computed from it.
    deleted: tuple[int, ...] = ()
    start: int
    end: int
    created_at: int
    updated_at: int
    expires_at: int | None = None
    # Mails asked for that are not in the outbox yet.
    causes: tuple[Cause, ...] = ()
    # Names of its messages that are not delivered yet.
    unsent: frozenset[str] = frozenset()
    notification: Notification | None = None
    fingerprint: str | None = None
    # The import that created it, and whether undoing that import has canceled it.
    import_id: str | None = None
    undone: bool = False
    placed_by: str | None = None  # Includes the request: see `domain.trail.stamp`.
    unanswered: tuple[Unanswered, ...] = ()
    # The state of a cancellation in several transactions: the ordinals to cancel, and the number of ledgers done.
    canceling: tuple[int, ...] = ()
    progress: int = 0

    @field_validator("causes", mode="before")
    @classmethod
    def _as_stored(cls, causes: Any) -> Any:
        return causes_in(causes) if isinstance(causes, str) else causes

    @property
    def number(self) -> str:
        """The order number that people see."""
        return order_number(self.id)

    @property
    def booking_ids(self) -> tuple[str, ...]:
        """The ids of the bookings, without the hidden ones."""
        return tuple(id for id in self.all_booking_ids if ordinal_of(id) not in self.deleted)

    @property
    def all_booking_ids(self) -> tuple[str, ...]:
        """The ids of all bookings, hidden ones included."""
        return tuple(booking_id(self.id, ordinal) for ordinal in range(1, self.booking_count + 1))


def order_number(order_id: str) -> str:
    """Returns the order number that people see."""
    return "BO" + digits_of(order_id)


def is_order_id(text: str) -> bool:
    """Whether the text has the form of an order's id. If not, no order can have this id, and the table need not be read."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def booking_id(order_id: str, ordinal: int) -> str:
    """Returns a booking's id. It contains the order's id, so a booking is found without an index."""
    return f"{order_id}-{ordinal}"


def ordinal_of(booking_id: str) -> int:
    """Returns a booking's number within its order, from 1."""
    return int(booking_id.rpartition("-")[2])


def order_id_of(booking_id: str) -> str:
    """Returns the id of a booking's order."""
    return booking_id.rpartition("-")[0]


def digits_of(identifier: str) -> str:
    """Hashes an id to 16 decimal digits. A collision is improbable."""
    number = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "big")
    return f"{number % 10**16:016}"
