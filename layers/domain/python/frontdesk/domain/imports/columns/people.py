"""Reads the customer of a row. Pure."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from frontdesk.domain.imports.headers.folding import folded, folded_value
from frontdesk.domain.imports.headers.words import NOBODY

# Matches only at the beginning of a word, so that each character is examined once.
_LETTER, _DIGIT_OR_AT = re.compile("[A-Za-z]"), re.compile("[0-9@]")
_ADDRESS = re.compile(r"(?<![^\s@<>,;:\"])[^\s@<>,;:\"]++@[^\s@<>,;:\"]+")


class Person(NamedTuple):
    """The customer that a row describes.

    `fields` has values by field name, such as "email". `reference` is the customer's number or name, as the row has it. `key` identifies a
    customer without an email address: by number, by telephone (with the name, if known), or by name. A name identifies a customer only
    within this file.
    """

    fields: Mapping[str, Any]
    reference: str | None = None
    key: str | None = None
    has_name: bool = False


def person_of(cells: Mapping[str, Any], reference: str, name: str, file: str) -> Person | None:
    """Returns the customer of a row, or None if the row names nobody.

    `cells` has cells by field name. `reference` is the cell with the customer's number or name, `name` the cell with the full name. `file`
    identifies the file.
    """
    fields = dict(cells)
    if str(fields.get("email", "")).isdigit():
        # A column "Attendees" may have their number.
        del fields["email"]
    if address := fields.get("email"):
        fields["email"] = first_address(str(address))
    if "@" in reference and not fields.get("email") and (found := _ADDRESS.search(reference)):
        fields["email"], reference = found[0], ""
    if reference and is_name(reference) and not name:
        name = reference
    if folded(name) in NOBODY or folded(reference) in NOBODY:
        name = "" if folded(name) in NOBODY else name
        reference = "" if folded(reference) in NOBODY else reference
        if not fields.get("email") and not name and not reference and not fields.get("given_name"):
            return None
    fields |= names_beside(name, str(fields.get("given_name") or ""), str(fields.get("family_name") or ""))
    if phone := fields.get("phone"):
        fields["phone"] = str(phone).strip()
    full = f"{fields.get('given_name', '')} {fields.get('family_name', '')}".strip()
    if not any(value for field, value in fields.items() if field != "create") and not reference:
        return None
    key = None
    if not fields.get("email"):
        if reference and not is_name(reference):
            key = f"external_id {reference}"
        elif full and fields.get("phone"):
            key = f"phone {_digits(fields['phone'])} {folded_value(full)}"
        elif full or fields.get("company"):
            key = f"file {file} {folded_value(full or str(fields.get('company')))}"
        elif fields.get("phone"):
            key = f"phone {_digits(fields['phone'])}"
    return Person(fields, reference or None, key, bool(full or fields.get("company")))


def person_id(organization_id: str, key: str) -> str:
    """Returns the id of a customer without an email address. The same key always results in the same id."""
    return str(uuid5(NAMESPACE_URL, f"{organization_id}\0import customer\0{key}"))


def is_name(text: str) -> bool:
    """Whether the text may be a person's name: letters, no digits, no @."""
    if text.isascii():
        return bool(_LETTER.search(text)) and not _DIGIT_OR_AT.search(text)
    return any(c.isalpha() for c in text) and not any(c.isdigit() for c in text) and "@" not in text


def names_of(name: str) -> dict[str, str]:
    """Splits a full name into given and family name: "Ada Lovelace", "Lovelace, Ada"."""
    family, comma, given = name.partition(",")
    if comma and given.strip():
        return {"given_name": given.strip(), "family_name": family.strip()}
    *given_names, last = name.split() or [""]
    if not given_names:
        return {"given_name": last}
    return {"given_name": " ".join(given_names), "family_name": last}


def names_beside(name: str, given: str, family: str) -> dict[str, str]:
    """Reads a missing given or family name from `name`: {"family_name": "Byron"} from "Ada Byron" if `given` is "Ada".

    `name` may also be only the missing name ("Byron"), or the full name with a comma ("Byron, Ada").
    """
    if not name or (given and family):
        return {}
    if not given and not family:
        return names_of(name)
    half = folded_value(given or family)
    words = name.replace(",", " ").split()
    size = len(half.split())
    for at in range(len(words) - size + 1):
        if folded_value(" ".join(words[at : at + size])) == half:
            words[at : at + size] = []
            break
    other = " ".join(words)
    return {"family_name" if given else "given_name": other} if other else {}


def first_address(cell: str) -> str:
    """Returns the email address in a cell. If the cell has several addresses, returns the first one.

    For example, returns "ada@example.org" for the cell "Ada <ada@example.org>; bob@example.org". A cell without
    `;`, `,` or `<` is returned unchanged, except for white space at its ends.
    """
    if ";" not in cell and "," not in cell and "<" not in cell:
        return cell.strip()
    parts = [part.strip() for part in re.split("[;,]", cell) if "@" in part]
    if len(parts) > 1 or (parts and "<" in parts[0]):
        found = _ADDRESS.search(parts[0])
        return found[0] if found else cell.strip()
    return cell.strip()


def _digits(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return f"+{digits}" if phone.startswith("+") else digits


def creates(told_by_row: Any, missing: str | None, has_name: bool) -> bool:
    """Whether to create an unknown customer. The row decides, or else the mapping's `missing`. If both are None, a name is required."""
    if told_by_row is not None:
        return told_by_row is True
    return missing == "create" or (missing is None and has_name)
