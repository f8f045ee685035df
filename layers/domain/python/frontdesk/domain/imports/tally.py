"""Sums up the problems of a file's rows. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

# How many problems a summary lists, the most frequent first, and how many unmatched cells of each column.
MAX_TOLD = 20
_MAX_DIFFERENT = 50_000


class Unmatched(TypedDict):
    """The cells of one column that match no known item or status.

    `cells` has the most frequent texts. `more` is the number of different texts that are not in `cells`.
    """

    cells: list[str]
    more: int


class Tally:
    """Collects the problems of all rows.

    Equal problems are listed once, with the number of their occurrences and the lines of the first ones.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str | None, str], list[int]] = {}
        self._counts: Counter[tuple[str, str | None, str]] = Counter()
        self._cells: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, result: Mapping[str, Any]) -> None:
        """Counts the errors and the unmatched cells in a row's result.

        After _MAX_DIFFERENT different errors, ignores every error that has not been counted before. The cells
        of each column have the same limit.
        """
        for error in result["errors"]:
            key = (error["code"], error.get("column"), error["detail"])
            if key not in self._counts and len(self._counts) >= _MAX_DIFFERENT:
                continue
            self._counts[key] += 1
            lines = self._found.setdefault(key, [])
            if len(lines) < 5:
                lines.append(result["line"])
        for column, cell in result.get("unmatched", {}).items():
            cells = self._cells[column]
            if cell in cells or len(cells) < _MAX_DIFFERENT:
                cells[cell] += 1

    @property
    def told(self) -> tuple[dict[str, Any], ...]:
        """The most frequent problems, each with the number of its occurrences and the lines of the first ones."""
        return tuple(
            {
                "count": count,
                "code": key[0],
                "column": key[1],
                "detail": key[2][:500],
                "lines": sorted(self._found[key]),
            }
            for key, count in self._counts.most_common(MAX_TOLD)
        )

    @property
    def unmatched(self) -> dict[str, Unmatched]:
        """For each column, the cells that match no known item or status.

        The keys are Frontdesk's column names, such as `resource`.
        """
        return {
            column: {
                "cells": [cell for cell, _ in cells.most_common(MAX_TOLD)],
                "more": max(0, len(cells) - MAX_TOLD),
            }
            for column, cells in self._cells.items()
        }
