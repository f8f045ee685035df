"""Orders and bookings as they are kept: snapshots of what was sold, with the states they go through."""

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
# The letters that causes are stored with.
_LETTERS: dict[NotificationKind, str] = {"confirmation": "c", "change": "m", "cancellation": "x"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_CAUSE = re.compile(r"(\d+)([cmx])([\d,-]*)(?:@(\d+)-(\d+))?(?:@(.+))?")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class HandPrice(_Record):
    """A price by hand in the place of the catalog's: a price, or a percentage or an amount less. Net or gross like the catalog's."""

    custom_price: int | None = None
    percent: Decimal | None = None
    amount: int | None = None
    reason: str

    def of(self, list_price: int) -> int:
        """What is asked for instead of a price of the catalog."""
        if self.custom_price is not None:
            return self.custom_price
        less = self.amount if self.percent is None else percentage(list_price, self.percent)
        return list_price - min(less or 0, list_price)


class Line(_Record):
    """One priced item of a booking. Amounts are minor units after the discount: total = net_amount + tax_amount.

    `unit_price` is the catalog's. `hand_amount` is asked for the whole line instead, by the booking's or add-on's `by_hand`.
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


class VoucherTerms(_Record):
    """What a voucher takes off: `percent` or `amount`; with `service_ids` of these services only, else of everything."""

    percent: Decimal | None = None
    amount: int | None = None
    service_ids: tuple[str, ...] = ()


class VoucherUse(_Record):
    """The voucher of an order, and which of its uses the order counts once it is completed: in total, by a customer.

    `terms` are those that it was sold with; orders that were placed before they were kept have none.
    The limits are those that it was counted by, whatever they are by now. Orders from before 2026-11-29 do not have them.
    """

    id: str
    code: str
    counts_total: bool = False
    counts_customer: str | None = None
    terms: VoucherTerms | None = None
    limit: int | None = None
    limit_per_customer: int | None = None


class Skipped(_Record):
    """An occurrence of a series that was left out, and why (the codes of its problems)."""

    pointer: str
    start: int
    end: int
    codes: tuple[str, ...]


class Unanswered(_Record):
    """Custom fields that must be answered before a draft is completed: of the bookings of some ordinals, or (none) of the order."""

    field_ids: tuple[str, ...]
    ordinals: tuple[int, ...]

    @model_validator(mode="before")
    @classmethod
    def _as_it_was(cls, fields: Any) -> Any:
        """Until 2026-11-29 each field stood by itself, with its bookings' ids."""
        if isinstance(fields, dict) and "field_id" in fields:
            ordinals = tuple(map(ordinal_of, fields["booking_ids"]))
            return {"field_ids": (fields["field_id"],), "ordinals": ordinals}
        return fields


class Was(_Record):
    """Where a booking was before a change: its time in epoch seconds, and its resources if they are others now."""

    start: int
    end: int
    resource_ids: tuple[str, ...] = ()


class Cause(_Record):
    """What customers are to be told of, from the transaction that did it until its messages are there.

    `version` is the order's with it. `ordinals` are those of the bookings that were canceled, or of the one that was changed
    (`was`); a confirmation is of all.
    """

    version: int
    kind: NotificationKind
    ordinals: tuple[int, ...] = ()
    was: Was | None = None

    @property
    def text(self) -> str:
        """As it is stored: 1c, 4m2@1796289600-1796293200, 5x1-6,9."""
        place = ""
        if self.was:
            place = f"@{self.was.start}-{self.was.end}"
            place += f"@{','.join(self.was.resource_ids)}" if self.was.resource_ids else ""
        return f"{self.version}{_LETTERS[self.kind]}{ranges_text(self.ordinals)}{place}"

    @classmethod
    def of_text(cls, text: str) -> "Cause":
        """Raises ValueError."""
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
    """Numbers in their order as people write page numbers: 1-6,9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def numbers_in(ranges: str) -> tuple[int, ...]:
    """What `ranges_text` has written."""
    found: list[int] = []
    for run in filter(None, ranges.split(",")):
        first, _, last = run.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def causes_text(causes: Iterable[Cause]) -> str:
    return " ".join(cause.text for cause in causes)


def causes_in(text: str) -> tuple[Cause, ...]:
    """What `causes_text` has written. Raises ValueError."""
    return tuple(map(Cause.of_text, text.split()))


class Notification(_Record):
    """The one mail of an order, as orders had it until 2026-11-29. What it still asks for becomes a cause; nothing writes one."""

    state: NotificationState
    kind: NotificationKind = "confirmation"
    # The order's version with which it was asked for: no two mails of an order share it.
    version: int = 0
    attempts: int = 0
    lease: str | None = None
    lease_until: int = 0
    recipient: str | None = None
    message_id: str | None = None
    sent_at: int | None = None


class Booking(_Record):
    """One slot of one or several resources. `start` to `end` is what the customer sees, the blocker what is occupied.

    `series_id` is shared by the occurrences of a recurring booking: the id of the first of them. `super_booking` is the
    id of the booking that this one is a part of; of its own `parts` (how many) the ordinals follow. `own_customer`: its
    customer is another than the order's. A blocker is sold to nobody: it keeps a resource from being booked.
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
    # Where it was in its series before it was first moved: what a calendar knows it by.
    first_start: int | None = None
    # The zone of its place, where that is not its order's.
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
    # Canceled because nobody came: so it was where it is imported from.
    no_show: bool = False
    # Canceled, and shown to nobody any more.
    deleted: bool = False
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
        return "BB" + digits_of(self.id)

    @property
    def slot_in_series(self) -> int:
        """The start that it was booked for."""
        return self.start if self.first_start is None else self.first_start

    @property
    def order_id(self) -> str:
        return order_id_of(self.id)

    @property
    def sub_booking_ids(self) -> tuple[str, ...]:
        first = ordinal_of(self.id) + 1
        return tuple(booking_id(self.order_id, ordinal) for ordinal in range(first, first + self.parts))


class Order(_Record):
    """The head of an order: totals and state. Its lines are on its bookings.

    `expires_at` ends a draft, or the time that placing the order may take. `notifies`: whether a mail was asked for.
    `is_blocker`: there is nothing in it but a blocker.
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
    # Orders that were placed before have the tax of each line rounded by itself, and keep that.
    taxed_once: bool = False
    voucher: VoucherUse | None = None
    custom_entries: dict[str, CustomEntry] = {}
    skipped: tuple[Skipped, ...] = ()
    notifies: bool = False
    # No customer was named for the order: `customer_id` is that of its first booking, and each is told of their own.
    each_their_own: bool = False
    # The first booking of each series that has been one event of a calendar from its confirmation on, by ordinal.
    calendar_series: tuple[int, ...] = ()
    note: str | None = None
    is_blocker: bool = False
    # Ordinals of bookings that are shown to nobody any more. They still count: the ids of the others are told by their number.
    deleted: tuple[int, ...] = ()
    start: int
    end: int
    created_at: int
    updated_at: int
    expires_at: int | None = None
    # What is to be told and is not in the outbox yet.
    causes: tuple[Cause, ...] = ()
    # Its messages that were not delivered, by name.
    unsent: frozenset[str] = frozenset()
    notification: Notification | None = None
    fingerprint: str | None = None
    # The import that brought it.
    import_id: str | None = None
    # Who placed it, and by which request: `domain.trail.stamp`.
    placed_by: str | None = None
    unanswered: tuple[Unanswered, ...] = ()
    # While bookings are canceled in several transactions: their numbers, and how many of their ledgers are done.
    canceling: tuple[int, ...] = ()
    progress: int = 0

    @field_validator("causes", mode="before")
    @classmethod
    def _as_stored(cls, causes: Any) -> Any:
        return causes_in(causes) if isinstance(causes, str) else causes

    @property
    def number(self) -> str:
        return order_number(self.id)

    @property
    def booking_ids(self) -> tuple[str, ...]:
        """Of the bookings that can be seen."""
        return tuple(id for id in self.all_booking_ids if ordinal_of(id) not in self.deleted)

    @property
    def all_booking_ids(self) -> tuple[str, ...]:
        return tuple(booking_id(self.id, ordinal) for ordinal in range(1, self.booking_count + 1))


def order_number(order_id: str) -> str:
    return "BO" + digits_of(order_id)


def is_order_id(text: str) -> bool:
    """Whether an order can have this id; what can not is not worth a look into the store."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def booking_id(order_id: str, ordinal: int) -> str:
    """A booking's id carries its order's, so that the booking is found without an index."""
    return f"{order_id}-{ordinal}"


def ordinal_of(booking_id: str) -> int:
    return int(booking_id.rpartition("-")[2])


def order_id_of(booking_id: str) -> str:
    return booking_id.rpartition("-")[0]


def digits_of(identifier: str) -> str:
    """16 digits derived from an id: unguessable, and unique without an item that counts."""
    number = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "big")
    return f"{number % 10**16:016}"
