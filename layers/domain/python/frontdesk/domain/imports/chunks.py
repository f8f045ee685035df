"""Cuts the orders of a file into chunks. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Unit(NamedTuple):
    """An order of a file to be put into a chunk. Units of one `place` contend for the same day; `weight` counts bookings, `size` bytes."""

    place: str
    rows: int
    weight: int
    size: int = 0


def cut(units: Sequence[Unit], most_rows: int, most_weight: int, most_size: int) -> Iterator[range]:
    """Cuts units, sorted by place, into ranges of at most so many rows, bookings and bytes, between two places where possible.

    A larger unit stands alone.
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
