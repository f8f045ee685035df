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
_CLOCK = r"(\d{1,2}(?:[:.]\d{2})?)\s?(?:uhr|h)?"
_HOURS = re.compile(rf"{_CLOCK}\s?(?:-|\u2013|bis|to)\s?{_CLOCK}")
# Longer cells are not opening hours.
_LONGEST = 2_000
_DAILY = frozenset({"daily", "täglich", "everyday", "always"})


def read_hours(cell: str) -> dict[str, list[list[str]]] | None:
    """Parses opening hours into the API's form: {"mon": [["09:00", "18:00"]]}. Returns None if the cell cannot be read."""
    if len(cell) > _LONGEST:
        return None
    text = " ".join(cell.casefold().split())
    found: dict[str, list[list[str]]] = {}
    days: list[str] = list(_DAYS)
    at = 0
    for part in _HOURS.finditer(text):
        # The text between two time ranges names the days of the second. If it is empty, both ranges are on the same days.
        between = re.sub(r"^(?:und|and)\b", "", text[at : part.start()].strip(" ,;|/&:")).strip()
        at = part.end()
        if between:
            told = _days(between)
            if told is None:
                return None
            days = told
        begin, end = _clock(part[1]), _clock(part[2])
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
    hours, _, minutes = text.replace(".", ":").partition(":")
    if int(hours) > 24 or int(minutes or 0) > 59:
        return None
    return f"{int(hours):02}:{int(minutes or 0):02}"
