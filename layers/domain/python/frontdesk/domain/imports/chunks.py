"""Divides the orders of a file into chunks. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


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
