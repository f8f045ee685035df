"""Combines rows of a file into the order that they describe. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from frontdesk.domain.catalog.addresses import kept_address
from frontdesk.domain.catalog.items import Email
from frontdesk.domain.imports.headers.known import CUSTOMER_COLUMN
from frontdesk.domain.imports.options import ImportOptions
from frontdesk.domain.imports.pieces import Piece, history_of, told
from frontdesk.domain.orders.order import Order
from frontdesk.domain.problems import pointer
from frontdesk.domain.texts import plain_line

_Line = Annotated[str, AfterValidator(plain_line), StringConstraints(strict=True, max_length=200)]


class CustomerRow(BaseModel):
    """The customer of a row: an email address or a `reference` (number or name), and the fields for a new customer.

    With `create`, a customer who does not exist is created.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    email: Annotated[Email, AfterValidator(kept_address)] | None = None
    reference: Annotated[str, StringConstraints(max_length=255)] | None = None
    given_name: _Line = ""
    family_name: _Line = ""
    phone: Annotated[_Line, StringConstraints(max_length=50)] | None = None
    company: _Line | None = None
    create: StrictBool = False


class Series(NamedTuple):
    """The series of which an order is one date. `key` finds the series' order, as `Entry.key` finds an entry's.

    `content` is the digest of the series as the file has it, or None if the file does not have it.
    """

    key: str
    content: str | None = None

    def is_changed(self, booked: Order | None, date: Order | None) -> bool:
        """Whether the date must not be booked, because the series is booked with other content: its old date may be among it.

        `booked` is the order of the series, and `date` the order of the date itself. If `date` exists, nothing would be booked.
        """
        return date is None and booked is not None and booked.fingerprint != self.content


class Entry(BaseModel):
    """An order or catalog item, as its rows describe it. `problems` has (line, code, pointer, detail) for each mistake in the rows."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    lines: tuple[int, ...]
    external_ids: tuple[str | None, ...]
    key: str = ""
    columns: bool = False
    body: dict[str, Any] = Field(default_factory=dict)
    customer: dict[str, Any] | None = None
    # Not part of `content`, as in `Piece`: when the row is imported again, the customer may exist already.
    status: str | None = None
    person: str | None = None
    customer_id: str | None = None
    creates: bool = False
    is_priced: bool = False
    item: dict[str, Any] | None = None
    series: Series | None = None
    problems: tuple[tuple[int, str, str | None, str], ...] = ()
    # For each row, the cells that match nothing, by column. Empty if no row has any.
    unmatched: tuple[dict[str, str], ...] = ()

    @property
    def content(self) -> bytes:
        """The bytes that identify the order when it is imported again."""
        asked = [self.body, self.customer, *([self.status] if history_of(self.status) else [])]
        return json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()


def entry_of(pieces: Sequence[Piece], options: ImportOptions, *, key: str, columns: bool) -> Entry:
    """Returns the order that some rows describe. `columns` is true for a table, and false for JSON Lines.

    An order without a time zone gets the one in `options`, as if the rows contained it.
    """
    first, problems = pieces[0], [(piece.line, *problem) for piece in pieces for problem in piece.problems]
    if not columns:
        body: dict[str, Any] = dict(first.order)
        if first.bookings is not None:
            body["bookings"] = first.bookings
        customer = first.customer
    elif len(pieces) == 1:
        # The most frequent case: one row, with nothing to combine.
        body = {"bookings": [*(first.bookings or ())], **first.order}
        customer = dict(first.customer) if first.customer else None
    else:
        body = {"bookings": [booking for piece in pieces for booking in piece.bookings or ()]}
        problems += _merge(body, [(piece.line, piece.order) for piece in pieces], columns_of={})
        customer = {}
        of_customers = [(piece.line, piece.customer or {}) for piece in pieces]
        problems += _merge(customer, of_customers, columns_of=CUSTOMER_COLUMN)
        of_all: dict[str, Any] = {}
        # Past and future bookings may be in one order.
        statuses = [(piece.line, {"status": history_of(piece.status) or "confirmed"}) for piece in pieces]
        problems += _merge(of_all, statuses, columns_of={})
        customer = customer or None
        given = {piece.external_id for piece in pieces if piece.external_id}
        if len(given) > 1:
            problems += [(p.line, *told("external_id_differs", "/external_id")) for p in pieces]
    if options.timezone is not None:
        body.setdefault("timezone", options.timezone)
    return Entry(
        lines=tuple(piece.line for piece in pieces),
        external_ids=tuple(piece.external_id for piece in pieces),
        key=key,
        columns=columns,
        body=body,
        customer=customer,
        status=next((piece.status for piece in pieces if piece.status), None),
        person=next((piece.person for piece in pieces if piece.person), None),
        customer_id=next((piece.customer_id for piece in pieces if piece.customer_id), None),
        creates=any(piece.creates for piece in pieces),
        is_priced=first.is_priced,
        item=first.item,
        problems=tuple(problems),
        unmatched=tuple(piece.unmatched for piece in pieces)
        if any(piece.unmatched for piece in pieces)
        else (),
    )


# The fields that a column fills. If its cell could not be read, a missing field is not reported as well.
_FIELDS_OF = {
    "resource": ("resource_id",), "service": ("service_id",), "price": ("custom_price", "reason"),
    **dict.fromkeys(("date", "start_date", "start_time", "end_time", "duration", "nights", "all_day"), ("start_date", "end_date")),
}  # fmt: skip


def unread_in(entry: Entry) -> list[str]:
    """Returns pointers to the fields that unreadable cells would have filled. These fields are not reported as missing."""
    found = []
    for line, _, at, _ in entry.problems:
        name, row = (at or "").removeprefix("/"), entry.lines.index(line)
        if at is None or name.startswith("bookings"):
            found.append(at or f"/bookings/{row}")
        else:
            found += [f"/bookings/{row}/{field}" for field in _FIELDS_OF.get(name, (name,))]
    return found


def column_of(at: str | None, entry: Entry) -> tuple[int | None, str | None]:
    """Returns (row, column) for a pointer into an entry's body. `row` is the row's position among the rows of the order, from 0.

    A row of None means all rows. A column of None means several columns, or none.
    """
    parts = (at or "").split("/")[1:]
    match parts:
        case ["bookings", number, field, *rest] if number.isdecimal():
            row = min(int(number), len(entry.lines) - 1)
            if field in ("service_custom_fields", "order_custom_fields") and rest:
                return row, f"{field}.{'/'.join(rest)}".replace("~1", "/").replace("~0", "~")
            return row, f"recurring_{rest[0]}" if field == "recurring" and rest else field
        case ["bookings", number] if number.isdecimal():
            # A problem of a whole booking is shown at its time.
            return min(int(number), len(entry.lines) - 1), "start_date"
        case ["customer", "reference"]:
            return None, "customer"
        case ["customer", field, *_]:
            return None, CUSTOMER_COLUMN.get(field)
        case ["order_customer_id"] if entry.customer:
            return None, "customer_email"
        case [field, *_] if field != "bookings":
            return None, field
    return None, None


def _merge(
    into: dict[str, Any], rows: Sequence[tuple[int, Mapping[str, Any]]], *, columns_of: Mapping[str, str]
) -> list[tuple[int, str, str | None, str]]:
    """Adds the values of all rows to the dict `into`. The values concern the whole order, not a single booking.

    `rows` has a pair (line, values) for each row. Returns a problem for each value that differs from the value in
    an earlier row.
    """
    problems: list[tuple[int, str, str | None, str]] = []
    for line, values in rows:
        for name, value in values.items():
            if into.setdefault(name, value) != value:
                at = pointer("customer", name) if columns_of else pointer(name)
                problems.append((line, *told("order_column_differs", at)))
    return problems
