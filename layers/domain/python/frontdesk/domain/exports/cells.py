"""Computes the content of an export's cells from orders, bookings and the current names of items. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.catalog.items import CatalogItem, Customer
from frontdesk.domain.exports.export import ExportKind
from frontdesk.domain.imports.columns.names import Names, name_of
from frontdesk.domain.orders.order import Booking, Line, Order, ordinal_of
from frontdesk.domain.orders.states import shown_booking_status, shown_status
from frontdesk.domain.time.intervals import iso
from frontdesk.errors.formats import digits_of

# A date is a whole day. Money is a Decimal in the currency's main unit.
Cell = str | int | Decimal | date | None
# An import would read a name with one of these characters as several names.
_SEVERAL = re.compile(r"[;\n]")


class Called(NamedTuple):
    """The items of one kind (by id), and the names by which an import finds them."""

    items: Mapping[str, CatalogItem]
    names: Names

    @classmethod
    def of(cls, items: Iterable[CatalogItem]) -> "Called":
        """Indexes the items by id and by name."""
        known = {item.id: item for item in items}
        return cls(known, Names(known.values()))

    def reference(self, id: str) -> str:
        """Returns the text by which an import finds the item: the first unique one of its name, external id and slug.

        If none is unique, returns the id. For an archived item, which no import finds, returns the name.
        """
        item = self.items.get(id)
        for name in (name_of(item), getattr(item, "external_id", None), getattr(item, "slug", None)):
            if name and not _SEVERAL.search(name) and self.names.find(name) == id:
                return str(name)
        archived = getattr(item, "archived", False)
        return name_of(item) if archived and item is not None else id


class About(NamedTuple):
    """The data that all rows of an export share."""

    zone: ZoneInfo
    now: int
    resources: Called
    services: Called
    add_ons: Called
    timeslot_series: Called


class Row(NamedTuple):
    """What a row describes. The kind of export decides which fields are set.

    `parts` are the sub-bookings that the row describes together with their main booking.
    """

    about: About
    order: Order | None = None
    booking: Booking | None = None
    customer: Customer | None = None
    line: Line | None = None
    parts: Sequence[Booking] = ()

    @property
    def sold(self) -> tuple[Booking, Order]:
        """The booking and its order. Only rows of bookings and of lines have them."""
        assert self.booking is not None
        assert self.order is not None
        return self.booking, self.order


def state_of(booking: Booking, order: Order, now: int) -> str:
    """Returns the booking's state as the status column of an import file spells it, for example `no_show`.

    Import files have no word for some statuses, such as `reserved`. Returns these statuses unchanged.
    """
    status = shown_booking_status(booking, order, now)
    if status in ("canceled", "rejected"):
        return "no_show" if booking.no_show else "canceled"
    if status != "accepted":
        return status
    return "completed" if booking.end <= now else "confirmed"


def is_told_along(part: Booking, whole: Booking, order: Order, now: int) -> bool:
    """Whether the row of the main booking `whole` is enough for an import to recreate the sub-booking `part`.

    If not, the sub-booking gets a row of its own.
    """
    return (
        (part.start, part.end, part.customer_id, part.override, part.deleted)
        == (whole.start, whole.end, whole.customer_id, whole.override, whole.deleted)
        and state_of(part, order, now) == state_of(whole, order, now)
    )  # fmt: skip


def group_of(booking: Booking, order: Order, now: int) -> str:
    """Returns a key. An import may put bookings with the same key into one order.

    The key contains the order's number, and whether the booking is canceled, a no-show, or has `override`. A
    booking whose customer is not the order's customer has a key of its own.
    """
    state = state_of(booking, order, now)
    apart = [
        state if state in ("canceled", "no_show") else "",
        "over" if booking.override else "",
        str(ordinal_of(booking.id)) if booking.own_customer else "",
    ]
    return "-".join([order.number, *filter(None, apart)])


def price_of(booking: Booking) -> int:
    """Returns the agreed price of the booking's services in minor units, net or gross as in the catalog.

    An import uses it as a price set by hand, instead of the catalog's price.
    """
    return sum(
        line.net_amount if line.is_net_price else line.total
        for line in booking.lines
        if line.kind != "add_on"
    )


def money(amount: int, currency: str) -> Decimal:
    """Converts an amount from minor units to the currency's main unit."""
    return Decimal(amount).scaleb(-digits_of(currency))


def moment(instant: int, zone: ZoneInfo) -> str:
    """Formats the local time with its offset. The offset distinguishes the two occurrences of a repeated hour."""
    return iso(instant, zone)


def day(instant: int, zone: ZoneInfo) -> date:
    """Returns the local date."""
    return datetime.fromtimestamp(instant, zone).date()


def zone_of(booking: Booking, order: Order) -> ZoneInfo:
    """Returns the zone of a booking's resource."""
    return ZoneInfo(booking.timezone or order.timezone)


def counted(amounts: Mapping[str, int], called: Called) -> str:
    """Formats names with quantities: `Room; 2 x Desk`."""
    names = [(called.reference(id), amount) for id, amount in amounts.items()]
    return "; ".join(
        name if amount == 1 else f"{amount} x {name}" if amount < 1000 else f"{name}:{amount}"
        for name, amount in names
    )


def listed(ids: Iterable[str], called: Called) -> str:
    """Formats names, separated by semicolons."""
    return "; ".join(called.reference(id) for id in ids)


def add_ons(booking: Booking, about: About) -> str:
    """Formats the add-ons of a booking with their quantities."""
    amounts: dict[str, int] = {}
    for line in booking.lines:
        if line.kind == "add_on":
            amounts[line.reference] = amounts.get(line.reference, 0) + line.quantity
    return counted(amounts, about.add_ons)


def sub_bookings(row: Row) -> str | None:
    """Formats the sub-bookings of a row as JSON for an import, with names instead of ids and with the agreed prices.

    Returns None if the row has none.
    """
    if not row.parts:
        return None
    parts = [
        {
            "resource": listed(part.resource_ids, row.about.resources),
            "service": counted(part.services, row.about.services),
            "custom_price": price_of(part),
            "reason": "Import",
        }
        for part in row.parts
    ]
    return json.dumps(parts, ensure_ascii=False)


def answers(entries: Iterable[CustomEntry]) -> str | None:
    """Formats answers to custom fields, one on each line. Returns None if there are no answers."""
    return "\n".join(f"{each.label}: {each.formatted_value}" for each in entries) or None


def customer_number(customer: Customer) -> str:
    """Returns the external id, or the id if there is none."""
    return customer.external_id or customer.id


def is_left_out(order: Order, kind: ExportKind, now: int) -> bool:
    """Whether an export of this kind leaves out the order's bookings.

    Drafts were not sold and hold their time only for minutes. Only an export of orders lists them.
    """
    return kind in ("bookings", "lines") and shown_status(order, now) in ("draft", "expired")
