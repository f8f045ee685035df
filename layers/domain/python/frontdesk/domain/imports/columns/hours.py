"""Parses opening hours as people write them: Mo-Fr 9:00-18:00, Sa 10-14 Uhr. Pure."""

import re

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = {
    **{day: number for number, day in enumerate(_DAYS)},
    **{day[:2]: number for number, day in enumerate(_DAYS)},
    "di": 1, "mi": 2, "do": 3, "so": 6,
    "monday": 0, "tuesday": 1, "tues": 1, "wednesday": 2, "thursday": 3, "thur": 3, "thurs": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "montag": 0, "dienstag": 1, "mittwoch": 2, "donnerstag": 3, "freitag": 4, "samstag": 5, "sonnabend": 5, "sonntag": 6,
}  # fmt: skip
_PART = re.compile(
    r"(?P<days>[a-zäöü.]+(?:\s*(?:-|\u2013|bis|to|,|&|und|and)\s*[a-zäöü.]+)*)?[\s:]*"
    r"(?P<hours>\d{1,2}(?:[:.]\d{2})?\s*(?:uhr|h)?\s*(?:-|\u2013|bis|to)\s*\d{1,2}(?:[:.]\d{2})?\s*(?:uhr|h)?)"
)
_DAILY = frozenset({"daily", "täglich", "everyday", "always"})


def read_hours(cell: str) -> dict[str, list[list[str]]] | None:
    """Parses opening hours into the API's form, by weekday. Returns None if the cell cannot be read."""
    text = " ".join(cell.casefold().split())
    found: dict[str, list[list[str]]] = {}
    days: list[str] = list(_DAYS)
    at = 0
    for part in _PART.finditer(text):
        if text[at : part.start()].strip(" ,;|/&") not in ("", "und", "and"):
            return None
        at = part.end()
        if part["days"]:
            told = _days(part["days"])
            if told is None:
                return None
            days = told
        begin, end = (_clock(each) for each in re.split(r"\s*(?:-|\u2013|bis|to)\s*", part["hours"]))
        if begin is None or end is None:
            return None
        for day in days:
            found.setdefault(day, []).append([begin, end])
    return found if found and not text[at:].strip(" ,;.") else None


def _days(text: str) -> list[str] | None:
    if text.strip(" .") in _DAILY:
        return list(_DAYS)
    days: list[str] = []
    for part in re.split(r"\s*(?:,|&|\bund\b|\band\b)\s*", text):
        ends = [_NAMES.get(each.strip(" .")) for each in re.split(r"\s*(?:-|\u2013|\bbis\b|\bto\b)\s*", part)]
        if None in ends or len(ends) > 2:
            return None
        first, last = ends[0] or 0, ends[-1] or 0
        days += [_DAYS[number % 7] for number in range(first, last + 1 + (7 if last < first else 0))]
    return days


def _clock(text: str) -> str | None:
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:uhr|h)?", text.strip())
    if found is None or int(found[1]) > 24 or int(found[2] or 0) > 59:
        return None
    return f"{int(found[1]):02}:{int(found[2] or 0):02}"
