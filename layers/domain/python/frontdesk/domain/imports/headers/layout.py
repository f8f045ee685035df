"""Matches the columns of a file with Frontdesk's columns. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from frontdesk.domain.imports.columns.dates import read_written
from frontdesk.domain.imports.headers.folding import folded, worded
from frontdesk.domain.imports.headers.known import CUSTOM_FIELDS, KNOWN, REQUIRED
from frontdesk.domain.imports.headers.presets import Preset, preset_of
from frontdesk.domain.imports.headers.words import (
    ALIASES,
    DEPARTURES,
    GUESTS,
    HOLDERS,
    LABELS,
    NAMES_OF_KINDS,
    PEOPLE,
    QUALIFIERS,
    TITLES,
    UNTIL,
    Kind,
)
from frontdesk.domain.imports.mapping import ImportMapping
from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables.table import MAX_COLUMNS
from frontdesk.errors import Phrase

_KINDS: tuple[Kind, ...] = ("bookings", "customers", "resources", "services")
# Columns that an import adds to the file it returns.
MARKS = frozenset({"result", "ergebnis", "problem"})
_MARKED = frozenset({*MARKS, "price", "preis"})


# A problem in a request's field is reported at the first of these columns that the file has.
_MADE_OF = {
    "resource_id": ("resource",), "service_id": ("service",), "start_date": ("date", "start_time"),
    "end_date": ("end_time", "duration", "start_date", "date", "start_time"), "custom_price": ("price",), "reason": ("price",),
    "customer_email": ("customer", "customer_name", "customer_given_name", "customer_phone"),
    "order_customer_id": ("customer", "customer_email", "customer_name"),
    "customer_given_name": ("customer_name", "customer"), "customer_family_name": ("customer_name", "customer"),
}  # fmt: skip


class Layout(NamedTuple):
    """The header of a file. `columns` maps Frontdesk's columns to their positions in the file.

    An import does not use the columns in `ignored`. If a well-known system exported the file, `preset` describes its format.
    """

    kind: Kind
    header: Sequence[str]
    columns: Mapping[str, int]
    ignored: Sequence[str]
    preset: Preset | None = None

    def name(self, column: str) -> str:
        """Returns the heading of a column in the file, or `column` if the file has none."""
        at = self.columns.get(column)
        return column if at is None else self.header[at] or column

    @property
    def names(self) -> dict[str, str]:
        """Maps Frontdesk's columns to their headings in the file: {"resource": "Room"}.

        Also maps the request fields that are read from these columns: {"resource_id": "Room"}.
        Leaves out entries like {"name": "name"}.
        """
        found = {column: self.header[at] for column, at in self.columns.items() if self.header[at]}
        for field, columns in _MADE_OF.items():
            at = next((column for column in columns if column in found), None)
            if field not in found and at is not None:
                found[field] = found[at]
        return {field: name for field, name in found.items() if name != field}


_OWN_SPELLING = frozenset({"customer_id", "timezone"})


@cache
def _ranks(kind: Kind) -> dict[str, tuple[str, int]]:
    """Maps folded names to (column, rank). `column` is the Frontdesk column that the name stands for.

    A lower rank is a better match. If `ALIASES` contains a name for two columns, the name means the first column.
    For example, "cell" in a file of customers means `mobile`, not `phone`.
    """
    found: dict[str, tuple[str, int]] = {}
    for column in KNOWN[kind]:
        # In files of other systems, a column of customer ids has the other system's ids. Only the exact spelling means
        # Frontdesk's ids.
        if column not in _OWN_SPELLING:
            found[folded(column)] = (column, -1)
    for column, names in ALIASES[kind].items():
        for rank, name in enumerate(names.split(",")):
            found.setdefault(folded(name), (column, rank))
    return found


def recognized(cells: Sequence[str], mapping: ImportMapping) -> int:
    """Counts the cells that name a column, separately for each kind of file. Returns the highest count."""
    named = {folded(name) for name in mapping.columns}
    cells = cells[:MAX_COLUMNS]
    return max(
        len({_alias(cell, kind) for cell in cells if cell.strip()} - {None})
        + len({folded(cell) for cell in cells} & named)
        for kind in ([mapping.kind] if mapping.kind else _KINDS)
    )


def _alias(name: str, kind: Kind) -> str | None:
    found = _match(name, kind)
    return found and found[0]


_PEOPLE = frozenset(folded(name) for name in PEOPLE.split(","))
_GUESTS = frozenset(folded(name) for name in GUESTS.split(","))
# Longer cells are not names of columns.
_LONGEST = 200
_UNTIL = frozenset(folded(name) for name in UNTIL.split(","))
_QUALIFIERS = frozenset(folded(word) for word in QUALIFIERS.split(","))
# A rank for names with a qualifier, so that a column with the plain name is preferred.
_QUALIFIED = 1_000
_DEPARTURES = frozenset(folded(name) for name in DEPARTURES.split(","))
_HOLDERS = frozenset(folded(word) for word in HOLDERS.split(","))
_TITLES = frozenset(folded(name) for name in TITLES.split(","))
_LABELS = {folded(word): column for column, words in LABELS.items() for word in words.split(",")}
# The column of bookings for what belongs to the customer.
_OF_HOLDERS = {
    "external_id": "customer", "name": "customer_name", "given_name": "customer_given_name", "family_name": "customer_family_name",
    "email": "customer_email", "phone": "customer_phone", "mobile": "customer_phone", "company": "customer_company",
}  # fmt: skip
_OFFSET = re.compile(r"(?<![a-z])(?:utc|gmt)(?![a-z])(?:\s*([+-])(\d{1,2})(?::?(\d{2}))?)?", re.IGNORECASE)


def _match(name: str, kind: Kind) -> tuple[str, int] | None:
    """Returns (column, rank) for a name, or None if no column has this name. A lower rank is a better match."""
    if len(name) > _LONGEST:
        return None
    ranks = _ranks(kind)
    plain = folded(name)
    found = ranks.get(plain) or ranks.get(folded(name.partition("(")[0]) or plain)
    if found:
        return found
    if (without := _OFFSET.sub("", name).strip(" _-.()")) != name.strip(" _-.()"):
        return _match(without, kind)
    words = worded(name)
    qualifier, _, rest = words.partition(" ")
    if rest and folded(qualifier) in _HOLDERS and (about := _match(rest, "customers")):
        column = (
            about[0] if kind == "customers" else _OF_HOLDERS.get(about[0]) if kind == "bookings" else None
        )
        # A number is preferred to a name. `layout_of` then takes the name for the customer's name.
        return (column, 1 if column == "customer" else about[1] + _QUALIFIED) if column else None
    if rest and folded(qualifier) in _QUALIFIERS and (of_rest := _match(rest, kind)):
        if kind == "customers" and of_rest[0] == "external_id":
            # The booking of a customer, who may share it with others.
            return None
        return of_rest[0], of_rest[1] + _QUALIFIED
    return _labeled(words, kind)


def _labeled(words: str, kind: Kind) -> tuple[str, int] | None:
    """Returns (column, rank) for a name such as `court_id`, or None. A lower rank is a better match.

    In a file of bookings, the name `court_id` means the column `resource`. In a file of resources, the name
    `court_id` means the column `external_id`.
    """
    stem, _, label = words.rpartition(" ")
    what, named = _LABELS.get(folded(label)), _ranks("bookings").get(folded(stem))
    if what is None or named is None or named[0] not in ("resource", "service"):
        return None
    if kind == "bookings":
        return named[0], named[1] + _QUALIFIED * (2 if what == "external_id" else 1)
    return (what, _QUALIFIED) if kind == f"{named[0]}s" else None


def is_number_of_people(name: str) -> bool:
    """Whether a column with this name contains the number of guests."""
    return folded(name) in _GUESTS


def is_departure(name: str) -> bool:
    """Whether a column has the day of departure. The booking ends before this day."""
    return folded(name) in _DEPARTURES


def offset_of(name: str) -> str:
    """Returns the offset from UTC in the name of a column: +00:00 for "Start (UTC)". Returns an empty text if the name has none."""
    found = _OFFSET.search(name)
    return f"{found[1] or '+'}{int(found[2] or 0):02}:{found[3] or '00'}" if found else ""


def _is_off(name: str) -> bool:
    """Whether a column is excluded from the import, because its name begins with #.

    There is an exception: a name that begins with `# of`, such as `# of nights`, does not exclude its column.
    """
    return name.startswith("#") and not re.match(r"#\s*of\b", name)


def taken_for(header: Sequence[str], columns: Mapping[str, int]) -> dict[str, str | None]:
    """Returns Frontdesk's column for each column name of a file, or None for an ignored column."""
    ours = {at: column for column, at in columns.items()}
    return {name: ours.get(at) for at, name in enumerate(header) if name}


def layout_of(
    header: Sequence[str], line: int, mapping: ImportMapping, file: str, derived: Collection[str] = ()
) -> Layout:
    """Finds Frontdesk's columns in a header.

    Raises BadFile if a column appears twice, if a required column is missing and not in `derived`, or if `mapping` names an unknown column
    or gives several columns the same meaning.
    """
    names = [name.strip() for name in header]
    preset = preset_of(names) if mapping.kind in (None, "bookings") else None
    kind = mapping.kind or ("bookings" if preset else _kind_of(names, mapping, file))
    chosen = {folded(name): column for name, column in mapping.columns.items()}
    there = {folded(name) for name in names}
    unknown = [name for name in mapping.columns if folded(name) not in there]
    wrong = [*{column for column in mapping.columns.values() if column and not _is_known(column, kind)}]
    meant: dict[str, list[str]] = {}
    for name, column in mapping.columns.items():
        meant.setdefault(column or "", []).append(name)
    several = {column: named for column, named in meant.items() if column and len(named) > 1}
    if unknown or wrong or several:
        raise BadFile("mapping_unknown", line, wrong=[
            *(Phrase("mapping_no_column", {"name": name, "found": [each for each in names if each]}) for name in unknown),
            *(Phrase("mapping_no_target", {"name": name, "known": list(KNOWN[kind])}) for name in wrong),
            *(Phrase("mapping_several", {"name": name, "found": named}) for name, named in several.items()),
        ]).reading(taken_for(names, {}))  # fmt: skip
    from_preset = {folded(name): column for name, column in preset.columns.items()} if preset else {}
    is_marked = {folded(name) for name in names} >= {"result", "problem"} or {
        folded(name) for name in names
    } >= {"ergebnis", "problem"}
    candidates: dict[str, list[tuple[int, int]]] = {}
    for at, name in enumerate(names):
        found: tuple[str | None, int] | None
        if not name or _is_off(name):
            continue
        if folded(name) in chosen:
            found = (chosen[folded(name)], -3)
        elif is_marked and at >= len(names) - 3 and folded(name) in _MARKED:
            found = None
        elif name in KNOWN[kind] and not (preset and folded(name) in from_preset):
            found = (name, -2)
        elif folded(name) in from_preset:
            found = (from_preset[folded(name)], -2)
        elif kind == "bookings" and name.partition(".")[0] in CUSTOM_FIELDS and name.partition(".")[2]:
            found = (name, -2)
        else:
            found = _match(name, kind)
        if found and found[0]:
            candidates.setdefault(found[0], []).append((found[1], at))
    columns = {column: min(places)[1] for column, places in candidates.items()}
    if kind == "bookings" and "customer_name" not in columns:
        # If there is also a column with the customer's number, `Client` is the name.
        others = [at for _, at in sorted(candidates.get("customer", ()))[1:] if folded(names[at]) in _PEOPLE]
        columns |= {"customer_name": others[0]} if others else {}
    described = candidates.get("description", ()) if kind == "bookings" else ()
    titles = [at for _, at in described if folded(names[at]) in _TITLES]
    other = columns.get("description")
    if titles and other is not None and other not in titles and folded(names[other]) not in chosen:
        columns.setdefault("note", other)
        columns["description"] = titles[0]
    are_people = {_alias(name, "customers") for name in names} & {"given_name", "family_name"}
    number = columns.get("external_id") if kind == "resources" and not are_people else None
    if number is not None and _labeled(worded(names[number]), kind):
        # Rooms that have a number often have no name.
        columns.setdefault("name", number)
    stays = "nights" in columns or ("end_date" in columns and is_departure(names[columns["end_date"]]))
    if stays and "quantity" in columns and is_number_of_people(names[columns["quantity"]]):
        # In exports of stays, the number of guests does not multiply the booking.
        columns.pop("quantity")
    last = (
        names[columns["end_date"]]
        if {"end_date", "end_time", "recurring_frequency"} <= columns.keys()
        else ""
    )
    if folded(last) in _UNTIL and last not in KNOWN[kind] and "recurring_until" not in columns:
        columns["recurring_until"] = columns.pop("end_date")
    twice = sorted(
        {names[at] for places in candidates.values() for _, at in places if [names[o] for _, o in places].count(names[at]) > 1}
    )  # fmt: skip
    missing = [
        choices[0] for choices in REQUIRED[kind] if not {*columns, *mapping.defaults, *derived} & {*choices}
    ]
    if twice or missing:
        found_there = (
            [Phrase("columns_found", {"found": [name for name in names if name][:50]})] if missing else []
        )
        if any(map(read_written, names)):
            found_there.insert(0, Phrase("no_header"))
        raise BadFile(
            "missing_columns" if missing else "repeated_columns",
            line,
            wrong=[
                *(Phrase("column_twice", {"name": name}) for name in twice),
                *(Phrase("column_missing", {"name": name}) for name in missing),
                *found_there,
            ],
        ).reading(taken_for(names, columns))
    used = set(columns.values())
    paid = {at for column, at in columns.items() if column == "paid"}
    ignored = [
        name for at, name in enumerate(names) if name and not _is_off(name) and (at not in used or at in paid)
    ]
    columns.pop("paid", None)
    return Layout(kind, names, columns, ignored, preset)


def _is_known(column: str, kind: Kind) -> bool:
    return column in KNOWN[kind] or (kind == "bookings" and column.partition(".")[0] in CUSTOM_FIELDS)


def _kind_of(names: Sequence[str], mapping: ImportMapping, file: str) -> Kind:
    """Determines the kind of a file's rows by its columns or, if these fit several kinds, by the file's name."""
    mapped = {column for column in mapping.columns.values() if column}

    def has(kind: Kind) -> set[str]:
        return {found for name in names if name and (found := _alias(name, kind))} | mapped

    stem = folded(file.rpartition("/")[2].rpartition(".")[0])
    named = [kind for kind in _KINDS if any(folded(word) in stem for word in NAMES_OF_KINDS[kind].split(","))]
    booking = has("bookings")
    if booking & {"start_date", "date", "start_time", "resource_id", "service_id"} and not (
        named
        and "bookings" not in named
        and "resource_id" not in booking
        and not {"start_date", "date"} & booking
    ):
        return "bookings"
    if len(named) == 1:
        return named[0]
    customer, service, resource = has("customers"), has("services"), has("resources")
    if booking >= {"service", "resource"} and any(column.startswith("customer") for column in booking):
        # A service, a resource and a person look like a booking. The missing column for the time is reported later.
        return "bookings"
    if customer & {"email", "phone", "mobile", "given_name", "family_name"}:
        return "customers"
    if "name" in service and service & {"price", "tax_rate", "duration"}:
        return "services"
    if "name" in resource and resource & {"quantity", "opening_hours", "parent"}:
        return "resources"
    return "bookings"
