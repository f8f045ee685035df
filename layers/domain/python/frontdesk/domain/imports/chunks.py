"""Combines the rows of a file into orders, and divides the orders into chunks. Pure."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.pieces import Piece

# Limits of one order. An order cannot have that many bookings anyway (MAX_BOOKINGS).
MAX_ROWS_OF_ORDER = 2_000
MAX_BYTES_OF_ORDER = 20_000_000


@dataclass
class Spool:
    """The rows of a file. Their content is on disk. Memory holds only the data that is needed to sort them."""

    content: BinaryIO
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    orders: list["SpooledOrder"] = field(default_factory=list)
    by_ref: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, piece: Piece) -> None:
        """Appends a row. Raises BadFile if the row's order becomes too large."""
        row, text = len(self.offsets), piece.model_dump_json(exclude_defaults=True).encode() + b"\n"
        self.offsets.append(self.content.tell())
        self.content.write(text)
        known = self.by_ref.get(piece.order_ref) if piece.order_ref else None
        if known is not None:
            order = self.orders[known]
            # Appends in place: copying the rows each time would take quadratic time for a long order.
            order.rows.append(row)
            order.digest.extend(piece.digest)
            self.orders[known] = order = order._replace(
                weight=order.weight + piece.weight,
                external_id=order.external_id or piece.external_id,
                size=order.size + len(text),
            )
            if len(order.rows) > MAX_ROWS_OF_ORDER or order.size > MAX_BYTES_OF_ORDER:
                most = {"most": MAX_ROWS_OF_ORDER, "size": MAX_BYTES_OF_ORDER // 1_000_000}
                raise BadFile("order_of_too_many_rows", piece.line, **most)
            return
        if piece.order_ref:
            self.by_ref[piece.order_ref] = len(self.orders)
        place = self.places.setdefault(piece.place, piece.place)
        digest = bytearray(piece.digest)
        self.orders.append(
            SpooledOrder([row], place, piece.weight, digest, piece.external_id, len(text), piece.series)
        )

    def pieces(self, order: "SpooledOrder") -> Iterator[Piece]:
        """Yields an order's rows, read from disk."""
        for row in order.rows:
            self.content.seek(self.offsets[row])
            yield Piece.model_validate_json(self.content.readline())


class SpooledOrder(NamedTuple):
    """An order of the file. Orders for the same resource and day have the same `place`.

    `weight` is the approximate number of the order's bookings. `size` is the number of bytes of the order's rows on disk.
    `series` is the external id of the series of which the order is one date.
    """

    rows: list[int]
    place: str
    weight: int
    digest: bytearray
    external_id: str | None
    size: int
    series: str = ""


class Unit(NamedTuple):
    """The size of one order of a file. `weight` is its approximate number of bookings, `size` its bytes.

    Units with the same `place` are for the same resource and day.
    """

    place: str
    rows: int
    weight: int
    size: int = 0


def cut(units: Sequence[Unit], most_rows: int, most_weight: int, most_size: int) -> Iterator[range]:
    """Yields ranges of units with at most `most_rows` rows, `most_weight` bookings and `most_size` bytes.

    `units` must be sorted by `place` (resource and day). If possible, a range ends where `place` changes. A unit that exceeds a limit gets
    a range of its own.
    """
    start, last_place = 0, 0
    rows = weight = size = 0
    for at, unit in enumerate(units):
        if at and units[at - 1].place != unit.place:
            last_place = at
        while at > start and (
            rows + unit.rows > most_rows or weight + unit.weight > most_weight or size + unit.size > most_size
        ):
            end = last_place if last_place > start else at
            yield range(start, end)
            start = end
            rows, weight, size = (
                sum(each.rows for each in units[start:at]),
                sum(each.weight for each in units[start:at]),
                sum(each.size for each in units[start:at]),
            )
        rows, weight, size = rows + unit.rows, weight + unit.weight, size + unit.size
    if start < len(units):
        yield range(start, len(units))
