"""The content of one row of a file, and how rows without ids are recognized. Pure."""

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zlib import crc32

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from frontdesk.domain.catalog.addresses import email_key
from frontdesk.domain.orders.snapshot import key_of_row
from frontdesk.domain.problems import Problem
from frontdesk.errors import Language, Value

MAX_ID = 255
# The most marks in the sample of a file.
SAMPLE = 64
# How many different places the rows of catalog items have. In a file of a million rows, a place has about 250.
_ITEM_PLACES = 4096
# A problem as stored: code, pointer and text.
Told = tuple[str, str | None, str]


class Piece(BaseModel):
    """One row of a file. `order` has the fields of an order except its bookings. Rows with the same `order_ref` form one order."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    line: int
    external_id: str | None = None
    order_ref: str | None = None
    order: dict[str, Any] = Field(default_factory=dict)
    bookings: Any = None
    customer: dict[str, Any] | None = None
    # Only for files with columns. `person` is the key of a customer without address, `customer_id` the id of one found by name. Neither
    # is part of the row's content: when the row is imported again, the customer it created exists.
    status: str | None = None
    person: str | None = None
    customer_id: str | None = None
    creates: bool = False
    # Only for calendars: the external id of the series of which the row is one date.
    series: str = ""
    # Only for JSON Lines: the row sets the price of its only booking.
    is_priced: bool = False
    # The catalog item that a row describes, if it is not a booking.
    item: dict[str, Any] | None = None
    problems: tuple[Told, ...] = ()
    # Cells that match nothing, by column, with the text that `values` of the mapping can translate.
    unmatched: dict[str, str] = Field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """The digest of the row's content, without its external id and its order reference."""
        content = [self.order, self.bookings, self.customer, self.problems and self.line]
        content += [each for each in (history_of(self.status), self.item) if each]
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()[
            :16
        ]

    @property
    def place(self) -> str:
        """A key of the row's resource and day. Rows with the same key probably compete for the same time.

        Rows of catalog items with the same email address, or else the same item, have the same key. There are few
        different keys, so that a file of many customers does not keep all addresses in memory.
        """
        if self.item is not None:
            email = email_key(str(self.item.get("attributes", {}).get("email") or ""))
            same = email or self.item.get("id") or self.item.get("key", "")
            return str(crc32(str(same).encode("utf-8", "surrogatepass")) % _ITEM_PLACES)
        booking = self.bookings[0] if isinstance(self.bookings, list) and self.bookings else None
        if not isinstance(booking, dict):
            return ""
        resources = booking.get("resource_id")
        first = resources[0] if isinstance(resources, list) and resources else resources
        return f"{first}\0{str(booking.get('start_date'))[:10]}"[:200]

    @property
    def weight(self) -> int:
        """The approximate number of bookings in the row."""
        bookings = (
            [booking for booking in self.bookings if isinstance(booking, dict)]
            if isinstance(self.bookings, list)
            else []
        )
        rules = [booking.get("recurring") for booking in bookings]
        counts = [rule.get("count") if isinstance(rule, dict) else 1 for rule in rules]
        return sum(max(1, min(count, 1000)) if type(count) is int else 50 for count in counts) or 1


def history_of(status: str | None) -> str | None:
    """Returns `status` if it is canceled or no_show, and None otherwise. An order with one of these statuses takes no slot."""
    return status if status in ("canceled", "no_show") else None


def told(code: str, at: str | None, language: Language = "en", **values: Value) -> Told:
    """Returns a row's problem as (code, pointer, detail). The detail is a text in `language`."""
    return code, at, Problem(code, values).detail(language)


def key_of_content(content: bytes, number: int, name: str, zone: str | None) -> str:
    """Returns the key of an order without an external id. `content` has the digests of the order's rows.

    `name` is the name of the file, and `zone` its time zone. Several orders in the file may have the same content.
    `number` distinguishes these orders: the first order has number 1, and the second order has number 2.
    """
    return f"row {hashlib.sha256(content).hexdigest()[:32]} {number} {zone or ''} {name}"


def keys_of(orders: Iterable[tuple[bytes, str | None]], name: str, zone: str | None) -> Iterator[str]:
    """Yields a key for each order. A later import of the file finds the orders by these keys.

    `orders` has a pair (content, external id) for each order. The key is made from the external id. If the
    external id is None, the key is made from the content (see `key_of_content`).
    """
    seen: Counter[bytes] = Counter()
    for content, external_id in orders:
        if external_id is not None:
            yield key_of_row(external_id)
        else:
            seen[content] += 1
            yield key_of_content(content, seen[content], name, zone)


def digest_of(contents: Iterable[bytes]) -> str | None:
    """Returns a digest of the contents of orders, or None if there are no orders. The sequence of the orders makes no difference."""
    together = b"".join(sorted(contents))
    return hashlib.sha256(together).hexdigest()[:32] if together else None


def mark_of(content: bytes) -> int:
    """Returns a short digest of an order's content, 48 bits long."""
    return int.from_bytes(hashlib.sha256(content).digest()[:6], "big")


def sample_of(marks: Sequence[int]) -> tuple[int, ...]:
    """Returns the smallest marks of a file, at most SAMPLE.

    `marks` are sorted short digests of the file's orders (`mark_of`). Files with the same orders have the
    same sample.
    """
    return tuple(marks[:SAMPLE])


def in_common(marks: Sequence[int], sample: Sequence[int]) -> tuple[dict[int, int], int]:
    """Compares a file's sorted marks (`mark_of`) with another file's sample (`sample_of`). Returns (counts, covered).

    `counts` maps each common mark to its number of occurrences in `marks`. `covered` is the number of `marks` that
    could be compared.

    A sample of fewer than SAMPLE marks has all marks of its file, so `covered` is `len(marks)`. A sample of
    SAMPLE marks has only the smallest marks of its file, so `covered` leaves out all `marks` above the
    largest mark of the sample.
    """
    covered = bisect_right(marks, sample[-1]) if len(sample) == SAMPLE else len(marks)
    counts = {mark: bisect_right(marks, mark) - bisect_left(marks, mark) for mark in set(sample)}
    return {mark: count for mark, count in counts.items() if count}, covered
