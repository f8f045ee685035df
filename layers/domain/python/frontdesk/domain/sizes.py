"""How large things are, in bytes as DynamoDB counts them, and how large they may be.

Sources: "DynamoDB item sizes and formats" and "Constraints in Amazon DynamoDB" of the Amazon DynamoDB Developer Guide.
"""

from collections.abc import Mapping
from threading import Lock
from typing import Any

# TransactWriteItems takes 100 actions.
MAX_ACTIONS = 100
MAX_ITEM = 400 * 1024
MAX_TRANSACTION = 4 * 1024 * 1024
# What a day's ledger may come to by orders that hold it, and by all others. The rest is for those who move.
MAX_HELD_DAY = 260_000
MAX_DAY = 330_000
# What an order's own item may come to by what is left out of it, taxed, and asked. The rest is for notes, mails and cancels.
MAX_HEAD = 340_000
# A day has 1,440 minutes: only who books by the second comes to so many different times, each to be looked at.
MAX_SEGMENTS = 5_000

# A segment of a ledger: its name (090000-093000), a quantity of up to ten digits, and what an element of a map takes.
SEGMENT = 13 + 6 + 1
# A hold: the order's id, an attempt and a number as its name; five numbers.
HOLD = 36 + 12 + 4 + 2 + 50 + 1
# What is read for one decision: 300,000 segments, or half a second's work. A tenth of the days that a request may name
# are cut into every minute then.
MAX_READ_BYTES = 6_000_000
# A customer of texts that are as long as they may be, and the claim on the address.
CUSTOMER_BYTES = 40_000
# The keys and index keys of an item that has those of an order, and the names and numbers beside its body.
_AROUND = 1_000


class TooMuchRead(Exception):
    """A reading that was given up, as it has more bytes than there is room for. `found`: so many items fit."""

    def __init__(self, found: int = 0) -> None:
        super().__init__()
        self.found = found


class ReadingRoom:
    """What may still be read for one decision, in bytes; its readings share it, those at the same time too."""

    def __init__(self, most: int | None = None) -> None:
        self.left = MAX_READ_BYTES if most is None else most
        self._lock = Lock()
        self._found = 0

    def take(self, bytes: int) -> None:
        """Raises TooMuchRead where an item of so many bytes has no room any more."""
        with self._lock:
            self.left -= bytes
            if self.left < 0:
                raise TooMuchRead(self._found)
            self._found += 1


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """An item in DynamoDB's JSON: names and values, strings in UTF-8."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(str(content).encode())
    if kind == "N":
        # One byte for each two digits, one more, and one for a sign; zeros at both ends are free.
        digits = str(content).lstrip("-").replace(".", "").strip("0")
        return len(digits) // 2 + 2 + str(content).startswith("-")
    if kind == "M":
        return 3 + sum(len(name.encode()) + _value_bytes(each) + 1 for name, each in content.items())
    return 1


def record_bytes(body: bytes, *ids: str) -> int:
    """At least what an item takes whose body is this JSON, and whose keys have these ids in them."""
    return _AROUND + len(body) + 3 * sum(len(id.encode()) for id in ids)


def day_bytes(segments: int, holds: int) -> int:
    """At least what a day's ledger takes with so many of them."""
    return _AROUND + SEGMENT * segments + HOLD * holds
