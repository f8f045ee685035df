"""Parses numbers, amounts of money, durations, and words for yes and no, as people write them. Pure."""

import re
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

Separator = Literal[",", "."]

# Signs that mean exactly one currency. A dollar sign may mean any dollar.
_SIGNS: dict[str, str] = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "₺": "TRY",
    "₽": "RUB",
    "₩": "KRW",
}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "BRL"})
# The currencies that a heading may name by their codes. Other words of three letters are not taken for currencies.
_CODES = frozenset(
    {
        *_SIGNS.values(),
        *_DOLLARS,
        "EUR",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "CZK",
        "HUF",
        "IDR",
        "ZAR",
        "AED",
        "THB",
        "CNY",
    }
)
# Longer cells are neither amounts nor durations.
_LONGEST = 100
_FREE = frozenset({"free", "gratis", "kostenlos", "frei", "-", "\u2013"})
_MONEY = re.compile(
    r"(?P<sign>[-\u2212(])?\s*(?P<before>[^\d\s.,()\u2212-]{1,4})?\s*(?P<inner>[-\u2212])?\s*(?P<number>\d[\d.,'\u2019 ]*)"
    r"(?:,?[-\u2013]{1,2})?\s*(?P<after>[^\d\s.,()]{1,4})?\s*\)?"
)


class Amount(NamedTuple):
    """An amount as written in a cell: digits with separators, the sign, and the currency if the cell names one."""

    number: str
    is_negative: bool
    currency: str | None


def read_amount(cell: str) -> Amount | None:
    """Parses an amount of money. Returns None for anything else."""
    if len(cell) > _LONGEST:
        return None
    text = " ".join(cell.split())
    if text.casefold() in _FREE:
        return Amount("0", False, None)
    found = _MONEY.fullmatch(text)
    if found is None:
        return None
    marks = [mark for mark in (found["before"], found["after"]) if mark]
    named = [_currency(mark) for mark in marks]
    if len(marks) > 1 or None in named:
        return None
    number = re.sub(r"['\u2019 ]", "", found["number"]).rstrip(".,")
    return Amount(number, bool(found["sign"] or found["inner"]), named[0] if named else None)


def _currency(mark: str) -> str | None:
    if mark.casefold() == "fr.":
        return "CHF"
    if mark.endswith("$"):
        return "$"
    if sign := _SIGNS.get(mark.casefold()):
        return sign
    return mark.upper() if re.fullmatch("[A-Za-z]{3}", mark) else "EUR" if mark.casefold() == "euro" else None


def currency_of(text: str) -> str | None:
    """Reads a currency from a cell, in upper case: "EUR" from "€" or "eur". Returns None for an empty cell."""
    mark = text.strip()
    return (_currency(mark) or mark.upper()) if mark else None


def currency_in(heading: str) -> str | None:
    """Returns the currency in the heading of a column of prices, such as "Price (USD)". Returns None if it names no currency."""
    words = heading.replace("(", " ").replace(")", " ").replace("_", " ").split()
    named = (_currency(word) for word in words if word.upper() in _CODES or not word.isalpha())
    return next((each for each in named if each in _CODES or each == "$"), None)


def is_currency(named: str | None, currency: str) -> bool:
    """Whether an amount can be in `currency`. `named` is the currency in the amount's cell, or None. A plain $ fits any dollar."""
    return named is None or named == currency or (named == "$" and currency in _DOLLARS)


class NumberVotes:
    """Collects the evidence for a column's decimal separator."""

    def __init__(self) -> None:
        self.decimal: set[Separator] = set()
        self.open: tuple[str, int] | None = None
        self._known: set[str] = set()

    def add(self, cell: str, line: int) -> None:
        """Examines a cell. Keeps the first ambiguous cell with its `line`, for the error message."""
        if cell in self._known:
            return
        if len(self._known) < 100_000:
            self._known.add(cell)
        amount = read_amount(cell)
        if amount is None:
            return
        told = _separator_of(amount.number)
        if told is not None:
            self.decimal.add(told)
        elif re.search(r"[.,]", amount.number):
            self.open = self.open or (cell, line)

    @property
    def separator(self) -> Separator | None:
        """The decimal separator that the cells agree on, or None if no cell shows one or they disagree."""
        return next(iter(self.decimal)) if len(self.decimal) == 1 else None

    @property
    def undecided(self) -> bool:
        """Whether the separator is needed but unknown: a cell is ambiguous, or cells disagree."""
        return len(self.decimal) > 1 or (self.open is not None and not self.decimal)


def _separator_of(number: str) -> Separator | None:
    """Returns the decimal separator that the author of a number uses, or None if the number does not show it.

    - For "1.234,50", returns ",".
    - For "12.50", returns ".".
    - For "1.234", returns None, because the point may separate thousands or decimals.
    - For "1234", returns None.
    - For "1.234.567", returns ",". The points separate thousands, so the author uses a comma for decimals.
    """
    marks = [mark for mark in number if mark in ".,"]
    if not marks:
        return None
    last = marks[-1]
    if len(set(marks)) == 2:
        return "," if last == "," else "."
    if len(marks) > 1:
        # A separator that is repeated separates thousands, so the other one is the decimal separator.
        return "," if last == "." else "."
    if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", number):
        return None
    return "," if last == "," else "."


def number_of(text: str, separator: Separator | None) -> Decimal | None:
    """Parses a number. `separator` is its decimal separator; None means a point. Returns None if the text is not a number."""
    point = separator or "."
    thousands = "." if point == "," else ","
    whole, mark, rest = text.partition(point)
    if thousands in rest or point in rest:
        return None
    groups = whole.split(thousands)
    if len(groups) > 1 and not (0 < len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    try:
        return Decimal("".join(groups) + (f".{rest}" if mark and rest else ""))
    except InvalidOperation:
        return None


_HOURS = r"(?:h(?:ours?|rs?|r)?|std\.?|stunden?)"
_MINUTES = r"(?:m(?:in(?:ute)?s?|ins?)?\.?|minuten?)"
_DURATION = re.compile(
    rf"(?:(?P<h>\d{{1,4}}(?:[.,]\d+)?)\s*{_HOURS})?(?:\s|,|and|und)*(?:(?P<m>\d{{1,5}})\s*{_MINUTES}?)?"
)
_ISO_DURATION = re.compile(r"p(?:(\d{1,3})d)?(?:t(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:\d{1,5}s)?)?")
_CLOCKED = re.compile(r"(\d{1,3}):(\d{2})(?::\d{2})?")


def read_duration(cell: str) -> int | None:
    """Parses a duration into minutes: 60, 1:15, 1h 15min, 1,5 Std., PT1H. Returns None for anything else."""
    if len(cell) > _LONGEST:
        return None
    text = " ".join(cell.casefold().split())
    if found := _ISO_DURATION.fullmatch(text):
        days, hours, minutes = (int(part or 0) for part in found.groups())
        return (24 * 60 * days + 60 * hours + minutes) or None
    if found := _CLOCKED.fullmatch(re.sub(rf"\s*{_HOURS}$", "", text)):
        return 60 * int(found[1]) + int(found[2]) or None
    if re.fullmatch(r"\d{1,5}[.,]0+", text):
        text = re.split("[.,]", text)[0]
    if (found := _DURATION.fullmatch(text)) and (found["h"] or found["m"]):
        hours_written = float((found["h"] or "0").replace(",", "."))
        return round(60 * hours_written) + int(found["m"] or 0) or None
    return None


_TRUTH = {
    **dict.fromkeys(("true", "1", "yes", "y", "ja", "j", "wahr", "x", "✓", "✔", "on", "an"), True),
    **dict.fromkeys(("false", "0", "no", "n", "nein", "falsch", "off", "aus", "-"), False),
}


def read_truth(cell: str) -> bool | None:
    """Parses yes or no, in English and German. Returns None for anything else."""
    return _TRUTH.get(cell.strip().casefold())
