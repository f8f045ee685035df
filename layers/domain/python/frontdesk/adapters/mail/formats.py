"""Formats days, times, amounts and series in the language of a mail."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_day_names, get_timezone_gmt, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, get_currency_precision
from babel.units import format_unit

from frontdesk.adapters.mail.texts import TEXTS, ZONE_LETTERS
from frontdesk.domain.catalog.custom_fields import CustomEntry
from frontdesk.domain.time.patterns import WEEKDAYS, Pattern


def day(instant: int, zone: ZoneInfo, locale: Locale) -> str:
    """Formats a date with its weekday: Wed 15 April 2026."""
    pattern = "EEE, d. MMMM y" if locale.language == "de" else "EEE d MMMM y"
    return str(format_date(datetime.fromtimestamp(instant, zone).date(), pattern, locale=locale))


def clock(instant: int, zone: ZoneInfo, locale: Locale) -> str:
    """Formats a time, such as 09:00. Both languages use the 24-hour clock, so that the time cannot be misread."""
    return str(format_time(datetime.fromtimestamp(instant, zone), "HH:mm", tzinfo=zone, locale=locale))


def moment(instant: int, zone: ZoneInfo, locale: Locale) -> str:
    """Formats a date and time on one line: Wed 15 April 2026, 09:00."""
    return f"{day(instant, zone, locale)}, {o_clock(clock(instant, zone, locale), locale)}"


def o_clock(time: str, locale: Locale) -> str:
    """Formats a time for use in a sentence: 09:00, or in German 09:00 Uhr."""
    return TEXTS[locale.language]["o_clock"].format(time=time)


def times(start: int, end: int, zone: ZoneInfo, locale: Locale) -> dict[str, str]:
    """Formats a span of time as `date`, `starts`, `ends` and `duration`.

    The end includes the date if it is on another day. The start includes the zone if the clock changes before the end.
    """
    start_day, end_day = (day(instant, zone, locale) for instant in (start, end))
    starts, ends = (clock(instant, zone, locale) for instant in (start, end))
    start_code, end_code = (zone_code(instant, zone, locale) for instant in (start, end))
    ends = o_clock(ends if start_day == end_day else f"{end_day}, {ends}", locale)
    return {
        "date": start_day,
        "starts": starts if start_code == end_code else f"{o_clock(starts, locale)} {start_code}",
        "ends": f"{ends} {end_code}",
        "duration": duration(end - start, locale),
    }


def span(start: int, end: int, zone: ZoneInfo, locale: Locale) -> str:
    """Formats a span of time on one line: Wed 15 April 2026, 09:00 to 10:00 CEST."""
    at = times(start, end, zone, locale)
    return f"{at['date']}, {at['starts']} {TEXTS[locale.language]['until']} {at['ends']}"


def series_times(starts: Sequence[int], length: int, zone: ZoneInfo, locale: Locale) -> dict[str, str]:
    """Formats the times of a series, in the form that `times` returns.

    Shows the zone's abbreviation, such as CEST, only if it is the same on all dates.
    """
    first = starts[0]
    at = times(first, first + length, zone, locale)
    if len({zone_code(start, zone, locale) for start in starts}) > 1:
        ends = o_clock(clock(first + length, zone, locale), locale)
        at |= {"starts": clock(first, zone, locale), "ends": ends}
    return at


def duration(seconds: int, locale: Locale) -> str:
    """Formats a duration in elapsed hours and minutes: 1 hour 30 minutes. A day with a clock change has 23 or 25 hours."""
    hours, minutes = divmod(seconds // 60, 60)
    parts = ((hours, "duration-hour"), (minutes, "duration-minute"))
    return " ".join(format_unit(value, unit, locale=locale) for value, unit in parts if value)


def money(amount: int, currency: str, locale: Locale) -> str:
    """Formats an amount of minor units, such as cents. 4400 cents are €44.00, or 44,00 € in German."""
    exponent: int = get_currency_precision(currency)
    return str(format_currency(Decimal(amount).scaleb(-exponent), currency, locale=locale))


def pattern_words(pattern: Pattern, zone: ZoneInfo, locale: Locale) -> str:
    """Describes a series in words, such as "every Monday"."""
    texts = TEXTS[locale.language]
    names = get_day_names("wide", locale=locale)
    weekdays = [names[WEEKDAYS.index(each[-2:])] for each in pattern.days]
    listed = str(format_list(weekdays, "standard", locale=locale)) if weekdays else ""
    name = f"every_{pattern.frequency}"
    number = int(pattern.days[0][:-2] or 0) if pattern.days else 0
    if number:
        name += "_nth"
    name += "_one" if pattern.interval == 1 else "_many"
    on = datetime.fromtimestamp(pattern.first, zone)
    return texts[name].format(
        n=pattern.interval,
        days=listed,
        nth=texts[f"nth_{number}"] if number else "",
        day=on.day,
        date=str(format_date(on.date(), "d. MMMM" if locale.language == "de" else "d MMMM", locale=locale)),
    )


def entries(
    given: Mapping[str, CustomEntry], texts: Mapping[str, str], locale: Locale
) -> list[dict[str, str]]:
    """Returns the answers to custom fields that the customer may see, formatted in the mail's language.

    The stored `formatted_value` is not used, because it is in the language of the person who booked.
    """
    return [
        {"label": entry.label, "value": answer(entry, texts, locale)}
        for entry in given.values()
        if entry.visible
    ]


def answer(entry: CustomEntry, texts: Mapping[str, str], locale: Locale) -> str:
    """Formats one answer to a custom field."""
    value: Any = entry.value
    match entry.type:
        case "number":
            return str(format_decimal(value, locale=locale, decimal_quantization=False))
        case "boolean":
            return texts["yes" if value else "no"]
        case "date":
            pattern = "d. MMMM y" if locale.language == "de" else "d MMMM y"
            return str(format_date(date.fromisoformat(value), pattern, locale=locale))
        case "choices":
            return ", ".join(value)
        case _:
            return str(value)


def zone_name(zone: ZoneInfo, locale: Locale) -> str:
    """Returns a name of the zone that is right in summer and winter, such as Central European Time (Europe/Berlin).

    One mail may have bookings on both sides of a clock change.
    """
    name = get_global("zone_aliases").get(zone.key, zone.key)
    if get_global("zone_territories").get(name, "ZZ") not in ("ZZ", "001"):
        return f"{get_timezone_name(zone, locale=locale)} ({zone.key})"
    # Of the zones without a country, only UTC has a name.
    return (
        f"{get_timezone_name(zone, zone_variant='standard', locale=locale)} ({zone.key})"
        if name == "Etc/UTC"
        else zone.key
    )


def zone_code(instant: int, zone: ZoneInfo, locale: Locale) -> str:
    """Returns the zone's abbreviation (such as CEST or, in German, MESZ) at an instant. It differs between summer and winter.

    Returns the offset, such as GMT+09:00, for a zone without a common abbreviation.
    """
    # Babel's own function relies on daylight saving time, which Dublin has in winter.
    moment = datetime.fromtimestamp(instant, zone)
    code = moment.tzname() or ""
    letters = ZONE_LETTERS[locale.language].get(code, code)
    return letters if letters.isalpha() else get_timezone_gmt(moment, locale=locale)
