"""Sizes in bytes as DynamoDB counts them, and their limits.

Sources: "DynamoDB item sizes and formats" and "Constraints in Amazon DynamoDB" in the Amazon DynamoDB Developer Guide.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

# DynamoDB's limits of TransactWriteItems and of an item.
MAX_ACTIONS = 100
MAX_ITEM = 400 * 1024
MAX_TRANSACTION = 4 * 1024 * 1024
# Size in bytes up to which a day's ledger accepts holds and new claims. The rest, up to MAX_DAY, is reserved for moves.
MAX_HELD_DAY = 260_000
MAX_DAY = 330_000
# Size in bytes up to which an order's head accepts skipped occurrences, taxes and questions. The rest, up to MAX_ITEM, is reserved for
# notes, mails and cancellations.
MAX_HEAD = 340_000
# A day has 1,440 minutes. Only bookings to the second can have more distinct times, and each distinct time costs work.
MAX_SEGMENTS = 5_000

# Bytes of a ledger segment: its name (090000-093000), a quantity of up to ten digits, and the overhead of a map element.
SEGMENT = 13 + 6 + 1
# Bytes of a hold: a name made of order id, attempt and number, and five numbers.
HOLD = 36 + 12 + 4 + 2 + 50 + 1
# The most bytes that one operation reads: 300,000 segments, or half a second of work. A request for the most days possible still fits if
# at most a tenth of these days are split into single minutes.
MAX_READ_BYTES = 6_000_000
# Bytes of a customer with all texts at their longest, together with the claim on the address.
CUSTOMER_BYTES = 40_000
# Bytes of an order item's keys and index keys, and of its attributes other than the body.
_AROUND = 1_000

_K = TypeVar("_K")
_T = TypeVar("_T")


class TooMuchRead(Exception):
    """A read was stopped because its items have more bytes than allowed. `found` is the number of items read before that."""

    def __init__(self, found: int = 0) -> None:
        super().__init__()
        self.found = found


class ReadingRoom:
    """How many bytes an operation may still read. All reads of the operation share one object, even if they run in parallel."""

    def __init__(self, most: int | None = None) -> None:
        self.left = MAX_READ_BYTES if most is None else most
        self._lock = Lock()
        self._found = 0

    def take(self, bytes: int) -> None:
        """Subtracts the bytes of an item that was read. Raises TooMuchRead if the item has more bytes than are left."""
        with self._lock:
            self.left -= bytes
            if self.left < 0:
                raise TooMuchRead(self._found)
            self._found += 1


def as_far_as_it_goes(
    read: Callable[[Sequence[_K], ReadingRoom | None], _T], keys: Sequence[_K]
) -> tuple[_T, int]:
    """Calls `read` with all keys or, if their items are too large together, with as many of the first keys as possible.

    Returns the result of `read`, and the number of keys passed to it. A single item is read whatever its size.
    """
    count = len(keys)
    while count > 1:
        try:
            return read(keys[:count], ReadingRoom()), count
        except TooMuchRead as error:
            count = max(1, min(count // 2, error.found))
    return read(keys[:count], None), count


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Returns the size in bytes of an item that is given in DynamoDB's JSON."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(str(content).encode())
    if kind == "N":
        # A number takes one byte for every two digits, one more, and one for a sign. Zeros at either end take no space.
        digits = str(content).lstrip("-").replace(".", "").strip("0")
        return len(digits) // 2 + 2 + str(content).startswith("-")
    if kind == "M":
        return 3 + sum(len(name.encode()) + _value_bytes(each) + 1 for name, each in content.items())
    return 1


def record_bytes(body: bytes, *ids: str) -> int:
    """Returns an upper bound for the size in bytes of an item with this JSON body and these ids in its keys."""
    return _AROUND + len(body) + 3 * len("".join(ids).encode())


def day_bytes(segments: int, holds: int) -> int:
    """Returns an upper bound for the size in bytes of a day's ledger with this many segments and holds."""
    return _AROUND + SEGMENT * segments + HOLD * holds
