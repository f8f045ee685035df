"""Turns a row of customers, resources or services into the catalog item that it describes. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from frontdesk.domain.catalog.locales import language_tag
from frontdesk.domain.imports.columns.amounts import number_of, read_amount, read_truth
from frontdesk.domain.imports.columns.cells import Cells
from frontdesk.domain.imports.columns.hours import read_hours
from frontdesk.domain.imports.columns.moments import minutes_of, unit_of
from frontdesk.domain.imports.columns.names import Directory, NotFound
from frontdesk.domain.imports.columns.people import first_address, names_beside
from frontdesk.domain.imports.headers.folding import folded, folded_value
from frontdesk.domain.imports.headers.known import json_cell
from frontdesk.domain.imports.pieces import Piece, Told, told
from frontdesk.domain.imports.tables.table import Row
from frontdesk.errors import Invalid, Language, Phrase, Value

# The API's type for each kind of file.
TYPES = {"customers": "customers", "resources": "resources", "services": "services"}
_LANGUAGES = {
    **dict.fromkeys(("english", "englisch"), "en"),
    **dict.fromkeys(("german", "deutsch"), "de"),
}
_MINUTES = frozenset({"charge_interval", "padding_before", "padding_after", "min_duration", "max_duration"})
_TRUTHS = frozenset({"hidden", "is_net_price"})


class CatalogRows:
    """Reads the rows of one file of catalog items."""

    def __init__(self, cells: Cells, directory: Directory, file: str, language: Language) -> None:
        self.cells, self.directory, self.file, self.language = cells, directory, file, language
        self.lengths = cells.texts("duration")

    def piece(self, row: Row) -> Piece:
        """Reads one row as a `Piece`, which has a problem for each mistake in the row."""
        if self.cells.is_cut(row):
            values: dict[str, Value] = {"cells": len(row.cells), "columns": len(self.cells.layout.header)}
            return Piece(
                line=row.line, problems=(told("wrong_number_of_cells", None, self.language, **values),)
            )
        return _Row(self, row.line, self.cells.of(row)).piece()


class _Row:
    def __init__(self, of: CatalogRows, line: int, cells: Mapping[str, str]) -> None:
        self.of, self.line, self.cells = of, line, cells
        self.kind = of.cells.layout.kind
        self.problems: list[Told] = []

    def piece(self) -> Piece:
        """Reads the row as a `Piece`, which has a problem for each mistake in the row."""
        attributes: dict[str, Any] = {}
        relationships: dict[str, Any] = {}
        for column, cell in self.cells.items():
            if self.kind == "services" and column == "resources":
                ids = [
                    id
                    for part in re.split("[;,\n]", cell)
                    if part.strip() and (id := self._found(column, part.strip()))
                ]
                linked = [{"type": "resources", "id": id} for id in dict.fromkeys(ids)]
                relationships["resources"] = {"data": linked}
            elif column == "parent":
                if id := self._found(column, cell):
                    relationships["parent"] = {"data": {"type": "resources", "id": id}}
            else:
                attributes |= self._attribute(column, cell)
        for column, reason in self.of.cells.shortened(self.cells).items():
            self._wrong(column, reason)
        if self.kind == "customers":
            name = attributes.pop("name", "")
            attributes |= names_beside(
                name, attributes.get("given_name", ""), attributes.get("family_name", "")
            )
        item: dict[str, Any] = {
            "type": TYPES[self.kind],
            "attributes": attributes,
            "key": self._key(attributes),
        }
        if relationships:
            item["relationships"] = relationships
        if id := self._there(attributes):
            item["id"] = id
        external_id = attributes.get("external_id")
        return Piece(line=self.line, external_id=external_id, item=item, problems=tuple(self.problems))

    def _attribute(self, column: str, cell: str) -> dict[str, Any]:
        if column in ("price", "starting_fee"):
            amount = self.of.cells.money(column, cell, self.of.directory.currency)
            return self._wrong(column, amount) if isinstance(amount, Phrase) else {column: amount}
        if column == "tax_rate":
            found = read_amount(cell.replace("%", "").strip())
            rate = found and number_of(
                found.number, self.of.cells.separators.get(column) or self._point(found.number)
            )
            if rate is None:
                return self._wrong(column, Phrase("not_number"))
            return {column: int(rate) if rate == rate.to_integral_value() else float(rate)}
        if column in _MINUTES or column == "duration":
            lengths = self.of.lengths if column == "duration" else ()
            unit = unit_of(self.of.cells.layout.name(column), lengths)
            minutes = 0 if cell in ("0", "0:00") else minutes_of(cell, unit)
            if isinstance(minutes, Phrase):
                return self._wrong(column, minutes)
            # A single duration means that the service always takes this long.
            return (
                {"min_duration": minutes, "max_duration": minutes}
                if column == "duration"
                else {column: minutes}
            )
        if column in _TRUTHS:
            truth = read_truth(cell)
            return self._wrong(column, Phrase("not_truth")) if truth is None else {column: truth}
        if column == "quantity":
            number = re.fullmatch(r"(\d{1,6})(?:[.,]0+)?\D*", cell)
            return {column: int(number[1])} if number else self._wrong(column, Phrase("not_number"))
        if column == "opening_hours":
            hours = json_cell(cell) if cell.startswith("{") else read_hours(cell)
            return {column: hours} if isinstance(hours, dict) else self._wrong(column, Phrase("not_hours"))
        if column == "locale":
            try:
                return {column: _LANGUAGES.get(folded(cell)) or language_tag(cell)}
            except Invalid as error:
                return self._wrong(column, error.reason)
        if column == "email":
            return {column: first_address(cell)}
        return {column: cell}

    def _point(self, number: str) -> Any:
        return "," if "," in number else "."

    def _wrong(self, column: str, reason: Phrase) -> dict[str, Any]:
        values: dict[str, Value] = {
            "column": self.of.cells.layout.name(column),
            "value": self.cells[column][:100],
            "reason": reason,
        }
        self.problems.append(told("cell_wrong", f"/{column}", self.of.language, **values))
        return {}

    def _found(self, column: str, cell: str) -> str | None:
        found = self.of.directory.resources.find(cell)
        if isinstance(found, str):
            return found
        self._refuse_name(column, found)
        return None

    def _refuse_name(self, column: str, found: NotFound) -> None:
        code = "name_ambiguous" if found.candidates else "name_not_found"
        values: dict[str, Value] = {
            "column": self.of.cells.layout.name(column),
            "value": found.text[:100],
            "reason": found.reason,
        }
        self.problems.append(told(code, f"/{column}", self.of.language, **values))

    def _key(self, attributes: Mapping[str, Any]) -> str:
        """Returns the value that identifies the row's item, so that importing the row again finds it."""
        if external_id := attributes.get("external_id"):
            return f"external_id {external_id}"
        if self.kind == "customers":
            if email := attributes.get("email"):
                return f"email {folded_value(str(email))}"
            name = folded_value(f"{attributes.get('given_name', '')} {attributes.get('family_name', '')}")
            phone = re.sub(r"\D", "", str(attributes.get("phone") or attributes.get("mobile") or ""))
            name = name or folded_value(str(attributes.get("company", "")))
            return f"phone {phone} {name}" if phone else f"file {self.of.file} {name}"
        if slug := attributes.get("slug"):
            return f"slug {slug}"
        return f"name {folded_value(str(attributes.get('name', '')))}"

    def _there(self, attributes: Mapping[str, Any]) -> str | None:
        """Returns the id of the existing item with the row's external id, slug or name. Returns None if there is none.

        A customer's email address is looked up later, by `import_item`.
        """
        names = self.of.directory.customers if self.kind == "customers" else self.of.directory.of(self.kind)
        external_id = attributes.get("external_id")
        if external_id and isinstance(found := names.find(str(external_id)), str):
            return found
        if self.kind == "customers":
            name = f"{attributes.get('given_name', '')} {attributes.get('family_name', '')}".strip()
            if external_id or attributes.get("email") or not name:
                return None
        else:
            name = str(attributes.get("slug") or attributes.get("name") or "")
        # An item with another external id is another item, even if the names are equal.
        by_name = names.find(name, unnumbered=bool(external_id)) if name else None
        if isinstance(by_name, NotFound) and by_name.candidates:
            self._refuse_name("name", by_name)
        return by_name if isinstance(by_name, str) else None
