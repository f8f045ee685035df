"""Assigns the cells of a row to Frontdesk's columns, and decides each column's format from all of its cells. Pure."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from frontdesk.domain.imports.columns.amounts import (
    NumberVotes,
    Separator,
    currency_in,
    is_currency,
    number_of,
    read_amount,
)
from frontdesk.domain.imports.columns.dates import DateVotes, Order
from frontdesk.domain.imports.headers.folding import folded, folded_value
from frontdesk.domain.imports.headers.layout import Layout
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables.table import Row
from frontdesk.domain.texts import with_formula
from frontdesk.errors import Phrase
from frontdesk.errors.formats import digits_of

DATES = ("start_date", "date", "start_time", "end_date", "end_time")
# The columns whose distinct cells are collected: those that name customers, and durations.
_WATCHED = ("customer", "customer_id", "external_id", "email", "duration")
# The columns of ids and telephone numbers. Excel shortens long ones to 4.91711E+11 when it saves a CSV.
_NUMBERS = ("external_id", "order_ref", "customer", "customer_phone", "phone", "mobile")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[Ee]\+\d{2,3}", re.ASCII)
_OUR_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What databases and spreadsheets write into a cell without a value.
_NOTHING = frozenset({"", "NULL", "\\N", "NaN", "nan", "NaT", "#N/A", "#NV"})
# The number of entries at which a cache is emptied.
_MAX_KNOWN = 10_000
_LONGEST_NAME = 100
# The format of dates in requests, which is never ambiguous.
PLAIN_DATE = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII
)


class Cells:
    """Reads the rows of a layout in two passes: call `look` for every row, then `decide`, then `of` for every row."""

    def __init__(self, layout: Layout, mapping: ImportMapping) -> None:
        self.layout, self.mapping = layout, mapping
        self._places = list(layout.columns.items())
        self._width = len(layout.header)
        self._values: dict[str, Mapping[str, str]] = {}
        by_name = {
            folded(name): column for column, at in layout.columns.items() for name in [layout.header[at]]
        }
        for name, values in mapping.values.items():
            column = (
                name
                if name in layout.columns or name in mapping.defaults
                else by_name.get(folded(name), name)
            )
            self._values[column] = {folded_value(cell): text for cell, text in values.items()}
        self._dates = [(column, at) for column, at in self._places if column in (*DATES, "recurring_until")]
        self._moneys = [
            (column, at) for column, at in self._places if column in ("price", "starting_fee", "tax_rate")
        ]
        self._seen: dict[str, set[str]] = {column: set() for column in _WATCHED}
        self._watched = [(self._seen[column], at) for column, at in self._places if column in _WATCHED]
        self.date_votes = {column: DateVotes() for column, _ in self._dates}
        self.number_votes = {column: NumberVotes() for column, _ in self._moneys}
        self._amounts: dict[tuple[str, str], int | Phrase] = {}
        self.orders: dict[str, Order | None] = {}
        self.separators: dict[str, Separator | None] = {}

    def of(self, row: Row) -> dict[str, str]:
        """Returns the row's nonempty cells by column name, after applying the `values` and `defaults` of the mapping."""
        cells = row.cells
        found: dict[str, str] = {}
        for column, at in self._places:
            cell = cells[at].strip() if at < len(cells) else ""
            if cell not in _NOTHING:
                found[column] = with_formula(cell) if cell[0] == "'" else cell
        if self._values:
            for column, values in self._values.items():
                if column in found:
                    found[column] = values.get(folded_value(found[column]), found[column])
        for column, default in self.mapping.defaults.items():
            if column not in found and default:
                found[column] = default
        return found

    @staticmethod
    def shortened(found: Mapping[str, str]) -> Mapping[str, Phrase]:
        """Returns {column: reason} for each number that a spreadsheet has shortened, such as 4.91711E+11.

        `found` is the result of `Cells.of`.
        """
        return {
            column: Phrase("number_shortened")
            for column in _NUMBERS
            if _SHORTENED.fullmatch(found.get(column, ""))
        }

    def texts(self, column: str) -> set[str]:
        """Returns the distinct cells of a column, after applying the mapping. Includes "" if a cell is empty.

        Supports only columns of durations and columns that identify customers. Call it after `look` has seen every row.
        """
        at = self.layout.columns.get(column)
        if at is None:
            return {self.mapping.defaults.get(column, "")}
        alone = Row(0, [""] * at)
        return {
            self.of(alone._replace(cells=[*alone.cells, cell])).get(column, "") for cell in self._seen[column]
        }

    def unmatched(self, row: Row, column: str) -> dict[str, str]:
        """Returns {column: cell} for a cell that names no known item or status, or {} if the cell is empty or very long.

        The cell is as in the file, because users copy it into the mapping's `values`.
        """
        at = self.layout.columns.get(column, self._width)
        cell = row.cells[at].strip() if at < len(row.cells) else ""
        if cell[:1] == "'":
            cell = with_formula(cell)
        return {column: cell} if 0 < len(cell) <= _LONGEST_NAME else {}

    def is_cut(self, row: Row) -> bool:
        """Whether a row has fewer cells than the header, or a nonempty cell beyond the header's last column."""
        more = row.cells[self._width :]
        return len(row.cells) < self._width or any(cell.strip() for cell in more)

    def look(self, row: Row) -> None:
        """Examines the cells of a row for evidence of each column's format."""
        for column, at in self._dates:
            cell = row.cells[at].strip() if at < len(row.cells) else ""
            if cell and not PLAIN_DATE.fullmatch(cell):
                self.date_votes[column].add(cell, row.line)
        for column, at in self._moneys:
            cell = row.cells[at].strip() if at < len(row.cells) else ""
            if cell:
                self.number_votes[column].add(cell, row.line)
        for seen, at in self._watched:
            seen.add(row.cells[at].strip() if at < len(row.cells) else "")

    def decide(self) -> None:
        """Decides on one format for each column. Call it after `look` has seen every row. Raises BadFile if a format remains ambiguous."""
        self._take_customer_ids()
        known = {votes.order for votes in self.date_votes.values() if votes.order}
        for column, votes in self.date_votes.items():
            order = self.mapping.date_format or votes.order
            if order is None and votes.open and not votes.contradicts and len(known) == 1:
                # Another column of the file shows the order unambiguously.
                order = next(iter(known))
            if order is None and (votes.open or votes.contradicts):
                seen = [votes.open] if votes.open and not votes.contradicts else list(votes.alone.values())
                code = "dates_contradict" if votes.contradicts else "dates_undecided"
                cells = [each.cell for each in seen]
                raise BadFile(code, seen[0].line, column=self.layout.name(column), cells=cells)
            self.orders[column] = order or "dmy"
        for column, numbers in self.number_votes.items():
            usual = self.layout.preset and self.layout.preset.decimal
            separator = self.mapping.decimal or numbers.separator or usual
            if separator is None and numbers.undecided:
                cell, line = numbers.open or ("", None)
                raise BadFile("numbers_undecided", line, column=self.layout.name(column), cell=cell)
            self.separators[column] = separator

    def _take_customer_ids(self) -> None:
        """Reads the column `customer_id` as `customer` if no cell is an id of Frontdesk.

        The cells are then ids of another system.
        """
        ids = self._seen["customer_id"] - _NOTHING
        if not ids or any(map(_OUR_ID.fullmatch, ids)):
            return
        columns = dict(self.layout.columns)
        at = columns.pop("customer_id")
        if "customer" in columns:
            columns.setdefault("customer_name", columns["customer"])
        columns["customer"] = at
        self._seen["customer"] = self._seen["customer_id"]
        self.layout = self.layout._replace(columns=columns)
        self._places = list(columns.items())

    def money(self, column: str, cell: str, currency: str | None) -> int | Phrase:
        """Returns an amount in minor units, or a phrase that says why the cell is not an amount."""
        known = self._amounts.get((column, cell))
        if known is None:
            known = self._amounts[column, cell] = self._money(column, cell, currency)
            if len(self._amounts) > _MAX_KNOWN:
                self._amounts.clear()
        return known

    def _money(self, column: str, cell: str, currency: str | None) -> int | Phrase:
        amount = read_amount(cell)
        number = amount and number_of(amount.number, self.separators.get(column) or self.mapping.decimal)
        if amount is None or number is None:
            return Phrase("not_amount")
        named = amount.currency or currency_in(self.layout.name(column))
        if currency is not None and not is_currency(named, currency):
            return Phrase("other_currency", {"currency": currency or ""})
        if amount.is_negative and number:
            return Phrase("negative_amount")
        exact = number * 10 ** digits_of(currency or "EUR")
        if exact != exact.to_integral_value(ROUND_HALF_UP) or exact > Decimal(10**12):
            return Phrase("not_in_minor_units", {"currency": currency or ""})
        return int(exact)
