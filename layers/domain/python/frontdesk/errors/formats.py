"""Fills values into a text of the catalogue, in one language. A text can name values, but not their attributes or elements.

    {name}                      the value, formatted according to its type
    {name:q}                    the value in quotes, as `repr` writes it; if it is a list, each of its values in quotes
    {minutes:minute|minutes}    a number, with the singular or the plural
    {values:or}                 a list, with "or" before the last value
    {wrong: }                   a list of sentences, joined by spaces

This module does not use Babel, because importing Babel would delay the refusal of an order by 41 ms.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from frontdesk.errors import Instant, Language, Money, Phrase, Value
from frontdesk.errors.catalogue import ERRORS, PHRASES

# Digits of the minor unit, for currencies that do not have two. Source: ISO 4217, list one.
_DIGITS: Mapping[str, int] = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "CLF": 4, "UYW": 4,
}  # fmt: skip
_OR = {"en": "or", "de": "oder"}
_SEPARATORS = {"en": (",", "."), "de": (".", ",")}
# Not from strftime, because its names depend on the machine's language.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def digits_of(currency: str) -> int:
    """Returns the number of digits of a currency's minor unit: 2 for EUR, 0 for JPY."""
    return _DIGITS.get(currency, 2)


def amount_of(amount: int, currency: str, language: Language) -> str:
    """Formats an amount of minor units without its currency: 123456 cents are 1,234.56 in English, 1.234,56 in German."""
    thousands, point = _SEPARATORS[language]
    digits = digits_of(currency)
    whole, rest = divmod(abs(amount), 10**digits)
    minor = f"{point}{rest:0{digits}}" if digits else ""
    return f"{'-' if amount < 0 else ''}{whole:,}".replace(",", thousands) + minor


def title(code: str, language: Language) -> str:
    """Returns an error's title. Raises KeyError for an unknown code."""
    return str(getattr(ERRORS[code], language).title)


def detail(code: str, values: Mapping[str, Value], language: Language) -> str:
    """Returns an error's detail with the values filled in. Raises KeyError for an unknown code or a missing value."""
    return _Writer(language).vformat(getattr(ERRORS[code], language).detail, (), values)


def phrase(said: Phrase, language: Language) -> str:
    """Returns the text of a phrase, with its values filled in."""
    return _Writer(language).written(said)


class _Writer(Formatter):
    def __init__(self, language: Language) -> None:
        self._language = language

    def written(self, value: Value) -> str:
        match value:
            case str():
                return value
            case Money():
                return self._money(value)
            case Instant():
                return self._moment(value)
            case Phrase(key, values):
                return self.vformat(getattr(PHRASES[key], self._language), (), values)
            case Sequence():
                return ", ".join(self.written(each) for each in value)
            case _:
                return str(value)

    def get_field(self, field_name: str, _: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        # The standard method would follow attributes and indices.
        return kwargs[field_name], field_name

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion is not None:
            raise ValueError("a text has no conversions")
        return value

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:
            return self.written(value)
        if format_spec == "q":
            several = isinstance(value, Sequence) and not isinstance(value, str)
            return ", ".join(repr(self.written(each)) for each in (value if several else (value,)))
        if format_spec == "or":
            *others, last = map(self.written, value)
            return f"{', '.join(others)} {_OR[self._language]} {last}" if others else last
        if format_spec == " ":
            return " ".join(map(self.written, value))
        one, many = format_spec.split("|")
        return f"{value} {one if value == 1 else many}"

    def _money(self, money: Money) -> str:
        return f"{amount_of(money.amount, money.currency, self._language)} {money.currency}"

    def _moment(self, moment: Instant) -> str:
        at = datetime.fromtimestamp(moment.epoch, _zone(moment.zone))
        if self._language == "de":
            return f"{at:%d.%m.%Y, %H:%M} Uhr"
        return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}"


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
