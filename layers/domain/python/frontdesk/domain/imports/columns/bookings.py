"""Turns a row of bookings into the order that it describes. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from frontdesk.domain.imports.columns.amounts import currency_of, is_currency, read_truth
from frontdesk.domain.imports.columns.cells import DATES, PLAIN_DATE, Cells
from frontdesk.domain.imports.columns.dates import read_written
from frontdesk.domain.imports.columns.moments import LENGTHS, Unreadable, formats_of, times_of
from frontdesk.domain.imports.columns.names import Directory, NotFound
from frontdesk.domain.imports.columns.people import creates, person_of
from frontdesk.domain.imports.columns.states import happened, status_of
from frontdesk.domain.imports.headers.folding import folded
from frontdesk.domain.imports.headers.known import (
    BOOKING,
    CUSTOM_FIELDS,
    CUSTOMER,
    NAMES,
    ORDER,
    RECURRING,
    amounts,
    json_cell,
    listed,
)
from frontdesk.domain.imports.headers.layout import is_number_of_people
from frontdesk.domain.imports.headers.words import FREQUENCIES
from frontdesk.domain.imports.pieces import MAX_ID, Piece, Told, told
from frontdesk.domain.imports.tables.table import Row
from frontdesk.errors import Language, Phrase, Value

# The reason shown for prices from a file. It is part of the order's fingerprint, so it must never change.
PRICE_REASON = "Import"
# Columns that are only read together with others.
_TOGETHER = frozenset(
    {"customer", "customer_name", "status", "canceled", "no_show", "currency", *DATES, *LENGTHS}
)
_FREQUENCY_OF = {folded(word): name for name, words in FREQUENCIES.items() for word in words.split(",")}
# A cell with more names is only looked up as a whole.
_MAX_PARTS = 200
_AMOUNT_OF = re.compile(r"(\d{1,3})\s*[x\u00d7*]\s*(.+)")


class BookingRows:
    """Reads the rows of one file of bookings."""

    def __init__(self, cells: Cells, directory: Directory, file: str, language: Language) -> None:
        self.cells, self.directory, self.file, self.language = cells, directory, file, language
        columns = {*cells.layout.columns, *cells.mapping.defaults}
        # The items found so far, by kind and cell.
        self.known: dict[tuple[str, str], dict[str, int]] = {}
        self.counts_people = is_number_of_people(cells.layout.name("quantity"))
        self.has_people = bool(columns & {"customer", "customer_name", *CUSTOMER})
        self.formats = formats_of(cells.layout.name, cells.orders, cells.texts("duration"))
        self.plain_times = columns & {*DATES, *LENGTHS} <= {"start_date", "end_date"} and not any(
            self.formats.offsets
        )

    def piece(self, row: Row) -> Piece:
        """Reads one row as a `Piece`, which has a problem for each mistake in the row."""
        if self.cells.is_cut(row):
            values: dict[str, Value] = {"cells": len(row.cells), "columns": len(self.cells.layout.header)}
            return Piece(
                line=row.line,
                bookings=[],
                problems=(told("wrong_number_of_cells", None, self.language, **values),),
            )
        return _Row(self, row, self.cells.of(row)).piece()


class _Row:
    """One row, while it is being read."""

    def __init__(self, of: BookingRows, row: Row, cells: Mapping[str, str]) -> None:
        self.of, self.row, self.cells = of, row, cells
        self.problems: list[Told] = []
        self.unmatched: dict[str, str] = {}
        self.booking: dict[str, Any] = {}

    def piece(self) -> Piece:
        order: dict[str, Any] = {}
        customer: dict[str, Any] = {}
        names: dict[str, Any] = {}
        booking = self.booking
        for column, cell in self.cells.items():
            if column in _LOOSE:
                _LOOSE[column](self, column, cell)
            elif column in BOOKING:
                if column not in ("start_date", "end_date"):
                    booking[column] = BOOKING[column](cell)
            elif column in NAMES:
                names[column] = cell
                if len(cell) > MAX_ID:
                    self.refuse(
                        "invalid_value", column, reason=Phrase("too_many_characters", {"most": MAX_ID})
                    )
            elif column in ORDER:
                order[column] = ORDER[column](cell)
            elif column in CUSTOMER:
                field, read = CUSTOMER[column]
                customer[field] = read(cell)
            elif column.startswith("recurring_"):
                field = column.removeprefix("recurring_")
                if (value := self._recurring(column, field, cell)) is not None:
                    booking.setdefault("recurring", {})[field] = value
            elif column not in _TOGETHER:
                of, _, id = column.partition(".")
                if of in CUSTOM_FIELDS:
                    value = json_cell(cell) if re.fullmatch(r"true|false|-?\d+(\.\d+)?", cell) else cell
                    booking.setdefault(of, {})[id] = value
        if "frequency" not in booking.get("recurring", ()) and "recurring_frequency" in self.cells:
            # The row says that the booking does not repeat.
            booking.pop("recurring", None)
        for column, reason in self.of.cells.shortened(self.cells).items():
            self.refuse_cell(column, reason)
        self._only_ones()
        self._people()
        self._times()
        status = self._status()
        person = (
            person_of(
                customer, self.cells.get("customer", ""), self.cells.get("customer_name", ""), self.of.file
            )
            if self.of.has_people
            else None
        )
        about: dict[str, Any] = {}
        if person is not None:
            fields = dict(person.fields)
            if person.reference:
                fields["reference"] = person.reference
            about = {
                "customer": fields,
                "person": person.key,
                "creates": creates(customer.get("create"), self.of.cells.mapping.missing, person.has_name),
            }
            self._find_customer(about, person.reference)
        return Piece(
            line=self.row.line,
            order=order,
            bookings=self._bookings(),
            status=status,
            problems=tuple(self.problems),
            unmatched=self.unmatched,
            series=self.row.series if "external_id" in names else "",
            **about,
            **names,
        )

    def refuse(self, code: str, at: str, /, **values: Value) -> None:
        """Adds a problem that points to the column `at`."""
        self.problems.append(told(code, f"/{at}", self.of.language, **values))

    def refuse_cell(self, column: str, reason: Phrase) -> None:
        """Adds the problem `cell_wrong`, with the column's heading and the first 100 characters of the cell."""
        value = self.cells.get(column, "")
        self.refuse(
            "cell_wrong", column, column=self.of.cells.layout.name(column), value=value[:100], reason=reason
        )

    def _refuse_name(self, column: str, found: NotFound) -> None:
        code = "name_ambiguous" if found.candidates else "name_not_found"
        heading = self.of.cells.layout.name(column)
        self.refuse(code, column, column=heading, value=found.text[:100], reason=found.reason)

    # Columns that are read independently

    def resource(self, column: str, cell: str) -> None:
        """Reads the resources of the booking."""
        names = self.of.directory.resources
        if not names.is_whole:
            self.booking["resource_id"] = listed(cell)
            return
        found = self._found(column, cell, "resources")
        if found:
            self.booking["resource_id"] = list(found)

    def service(self, column: str, cell: str) -> None:
        """Reads the services of the booking, with their quantities."""
        if not self.of.directory.services.is_whole:
            self.booking["service_id"] = amounts(cell)
            return
        found = self._found(column, cell, "services")
        if found:
            self.booking["service_id"] = found

    def add_ons(self, column: str, cell: str) -> None:
        """Reads the add-ons of the booking, with their quantities."""
        if not self.of.directory.add_ons.is_whole:
            self.booking[column] = BOOKING[column](cell)
            return
        found = self._found(column, cell, "add_ons")
        if found:
            self.booking[column] = [{"add_on_id": id, "quantity": quantity} for id, quantity in found.items()]

    def timeslot_series(self, column: str, cell: str) -> None:
        found = self._found(column, cell, "timeslot_series")
        if found:
            self.booking["timeslot_series_id"] = next(iter(found))

    def sub_bookings(self, column: str, cell: str) -> None:
        """Reads sub-bookings from JSON in the form of a request. `resource` and `service` may contain names instead of ids."""
        parts = json_cell(cell)
        for part in parts if isinstance(parts, list) else ():
            if not isinstance(part, dict):
                continue
            if isinstance(name := part.pop("resource", None), str):
                part["resource_id"] = list(self._found(column, name, "resources"))
            if isinstance(name := part.pop("service", None), str):
                part["service_id"] = self._found(column, name, "services")
        self.booking[column] = parts

    def blocker(self, column: str, cell: str) -> None:
        told = read_truth(cell)
        if told is None:
            self.refuse_cell(column, Phrase("not_truth"))
        elif told:
            self.booking["is_blocker"] = True

    def price(self, column: str, cell: str) -> None:
        """Reads the price of the booking, in the organization's currency."""
        currency = self.of.directory.currency
        amount = self.of.cells.money(column, cell, currency)
        named = self.cells.get("currency")
        if named and currency is not None and not is_currency(currency_of(named), currency):
            self.refuse_cell("currency", Phrase("other_currency", {"currency": currency}))
        elif isinstance(amount, Phrase):
            self.refuse_cell(column, amount)
        else:
            self.booking |= {"custom_price": amount, "reason": PRICE_REASON}

    def _recurring(self, column: str, field: str, cell: str) -> Any:
        if field == "frequency":
            word = _FREQUENCY_OF.get(folded(cell))
            if word is None and read_truth(cell) is None:
                self.refuse_cell(column, Phrase("not_rule" if "=" in cell else "not_frequency"))
            # A plain "yes" means that each repetition has a row of its own.
            return word or None
        if field == "until" and not PLAIN_DATE.fullmatch(cell):
            written = read_written(cell)
            day = written.date_in(self.of.cells.orders.get(column)) if written else None
            return day.isoformat() if day else cell
        return RECURRING[field](cell)

    def quantity(self, column: str, cell: str) -> None:
        """Reads the quantity of the booking's service."""
        found = re.fullmatch(r"(\d{1,6})(?:[.,]0+)?\D*", cell)
        self.booking[column] = int(found[1]) if found else BOOKING[column](cell)

    def _found(self, column: str, cell: str, kind: str) -> dict[str, int]:
        """Returns {id: quantity} of the items that a cell names, for example `Room; 2 x Desk`.

        Looks up the whole cell first: a name may contain separators. Reports unknown and ambiguous names.
        """
        known = self.of.known.get((kind, cell))
        if known is not None:
            return dict(known)
        names = self.of.directory.of(kind)
        whole = names.find(cell)
        if isinstance(whole, str):
            self.of.known[kind, cell] = {whole: 1}
            return {whole: 1}
        missing: NotFound | None = None
        for separator in (";", "\n", ",", "+", "&", "/", "|"):
            some = cell.split(separator) if 0 < cell.count(separator) < _MAX_PARTS else []
            parts = list(filter(None, map(str.strip, some))) or ([cell] if separator == ";" else [])
            found: dict[str, int] = {}
            lacking: list[NotFound] = []
            for part in parts:
                id, quantity = self._counted(part, kind)
                if isinstance(id, NotFound):
                    if column.endswith("_id") and not id.candidates:
                        found[id.text] = found.get(id.text, 0) + quantity
                        continue
                    lacking.append(id)
                else:
                    found[id] = found.get(id, 0) + quantity
            if found and not lacking:
                return found
            if found and lacking:
                missing = missing or lacking[0]
        self._refuse_name(column, missing or whole)
        self.unmatched |= self.of.cells.unmatched(self.row, column)
        return {}

    def _counted(self, part: str, kind: str) -> "tuple[str | NotFound, int]":
        names = self.of.directory.of(kind)
        id = names.find(part)
        if isinstance(id, str):
            return id, 1
        name, colon, number = part.rpartition(":")
        if colon and re.fullmatch(r"\d{1,9}", number, re.ASCII):
            return (
                name
                if isinstance(found := names.find(name), NotFound)
                and not found.candidates
                and self._is_id(kind)
                else found
            ), int(number)
        if times := _AMOUNT_OF.fullmatch(part):
            return names.find(times[2]), int(times[1])
        return id, 1

    def _is_id(self, kind: str) -> bool:
        return {"resources": "resource_id", "services": "service_id"}.get(kind) in self.cells

    # Columns that are read together

    def _only_ones(self) -> None:
        """Fills in the resource or service if the file has no such column and the organization has only one."""
        directory = self.of.directory
        if "resource" not in self.cells and "resource_id" not in self.cells and directory.resources.only:
            self.booking["resource_id"] = [directory.resources.only]
        unnamed = "service" not in self.cells and "service_id" not in self.cells
        if unnamed and directory.services.only and "is_blocker" not in self.booking:
            self.booking["service_id"] = {directory.services.only: 1}

    def _people(self) -> None:
        """Moves the number of people from `quantity` to the note if the resources take one booking at a time, as rooms do."""
        count, resources = self.booking.get("quantity"), self.booking.get("resource_id")
        one_by_one = bool(resources) and self.of.directory.single >= set(resources or ())
        if self.of.counts_people and one_by_one and isinstance(count, int) and count > 1:
            said = f"{self.of.cells.layout.name('quantity')}: {self.booking.pop('quantity')}"
            self.booking["note"] = "\n".join(filter(None, [self.booking.get("note"), said]))

    def _times(self) -> None:
        start, end = self.cells.get("start_date", ""), self.cells.get("end_date", "")
        if self.of.plain_times and PLAIN_DATE.fullmatch(start) and (not end or PLAIN_DATE.fullmatch(end)):
            self.booking["start_date"] = start
            if end:
                self.booking["end_date"] = end
                return
        services = self.booking.get("service_id") or {}
        lasts = [self.of.directory.durations.get(id) for id in services]
        minutes = sum(each or 0 for each in lasts) if lasts and None not in lasts else None
        try:
            times = times_of(lambda column: self.cells.get(column, ""), self.of.formats, minutes)
        except Unreadable as error:
            self.refuse_cell(error.column, error.reason)
            return
        if times.start is None:
            if not any(column in self.cells for column in DATES):
                self.refuse_cell(
                    next((c for c in DATES if c in self.of.cells.layout.columns), "start_date"),
                    Phrase("cell_empty"),
                )
            return
        self.booking["start_date"] = times.start
        if times.end is not None:
            self.booking["end_date"] = times.end
        else:
            self.refuse("no_end", "end_date")

    def _status(self) -> str | None:
        for column, status in (("no_show", "no_show"), ("canceled", "canceled")):
            cell = self.cells.get(column, "")
            if cell and happened(cell) is None:
                found = status_of(cell)
                if found in ("canceled", "no_show"):
                    return found
                self.refuse_cell(column, Phrase("not_truth"))
            elif cell and happened(cell):
                return status
        if not (cell := self.cells.get("status", "")):
            return None
        status_found = status_of(cell)
        if status_found is None:
            preset = self.of.cells.layout.preset
            if not (preset and "status" in preset.lenient):
                self.refuse_cell("status", Phrase("not_status"))
                self.unmatched |= self.of.cells.unmatched(self.row, "status")
        return None if status_found == "confirmed" else status_found

    def _find_customer(self, about: dict[str, Any], reference: str | None) -> None:
        about["customer_id"] = self.of.directory.customers.numbered(reference or "")
        if about["customer_id"] or not reference or about["customer"].get("email"):
            return
        found = self.of.directory.customers.find(reference)
        if isinstance(found, str):
            about["customer_id"] = found
        elif found.candidates or not about["creates"]:
            self._refuse_name("customer", found)

    def _bookings(self) -> list[dict[str, Any]]:
        if not self.row.times:
            return [self.booking]
        return [{**self.booking, "start_date": start, "end_date": end} for start, end in self._spans()]

    def _spans(self) -> list[tuple[str, str]]:
        def whole(text: str) -> str:
            return text if "T" in text else f"{text}T00:00"

        return [(whole(start), whole(end)) for start, end in self.row.times]


_LOOSE: Mapping[str, Callable[[_Row, str, str], None]] = {
    "resource": _Row.resource, "resource_id": _Row.resource, "service": _Row.service, "service_id": _Row.service,
    "booking_add_ons": _Row.add_ons, "price": _Row.price, "quantity": _Row.quantity, "sub_bookings": _Row.sub_bookings,
    "timeslot_series": _Row.timeslot_series, "is_blocker": _Row.blocker,
}  # fmt: skip
