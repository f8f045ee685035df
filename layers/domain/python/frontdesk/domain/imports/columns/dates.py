"""Parses dates and times as people and other systems write them. Pure.

3/4/2031 can be April 3 or March 4. So no cell is interpreted alone: the cells of a column together decide the
column's `Order`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

# The order of day and month in dates where both numbers could be the month. "ymd" is never ambiguous.
Order = Literal["dmy", "mdy", "ymd"]

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jän jänner", "february feb februar feber", "march mar märz mär mrz maerz",
            "april apr", "may mai", "june jun juni", "july jul juli", "august aug", "september sep sept",
            "october oct oktober okt", "november nov", "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]*\s+"
    r"|(?:mo|di|mi|do|fr|sa|so)(?:n?tag|enstag|ttwoch|nnerstag|eitag|mstag|nntag|nnabend)?[.,]*\s+"
)
_DATE = re.compile(
    r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)"
    r"|(?P<compact>(?:19|20|21)\d{6})(?![\d.,])"
    r"|(?P<a>\d{1,2})(?P<t>[-/.])\s?(?P<b>\d{1,2})(?P=t)\s?(?P<y2>\d{4}|\d{2})(?!\d)"
    r"|(?P<d3>\d{1,2})(?:st|nd|rd|th|\.)?[ -]*(?:of )?(?P<m3>[a-zäöü]{3,9})\.?,?[ -]*(?P<y3>\d{4}|\d{2}(?![:\d]))"
    r"|(?P<m4>[a-zäöü]{3,9})\.?[ -]*(?P<d4>\d{1,2})(?:st|nd|rd|th)?,?[ -]+(?P<y4>\d{4})"
    r"|(?P<serial>\d{5}(?:[.,]\d+)?)(?![\d/.:-])"
)
_CLOCK = r"(\d{1,2})(?:[:.h](\d{2}|\d(?=:\d{2}))(?:[:.](\d{2})(?:[.,]\d+)?)?)?\s?([ap])?(?:\.?m\.?)?(?:\s?(uhr|h)\b)?"
_TIME = re.compile(_CLOCK)
_RANGE = re.compile(rf"{_CLOCK}\s?(?:-|\u2013|\u2014|to|bis)\s?{_CLOCK}")
_FRACTION = re.compile(r"0?[.,]\d{2,}|0|1[.,]0+")
_OFFSET = re.compile(r"\s?(?:(z|utc|gmt)|(?:utc|gmt)?([+-]\d{2}):?(\d{2}))$")
# Longer cells are not dates.
_LONGEST = 100
# Excel's day 0. Excel's nonexistent 29 February 1900 does not matter, because every booking is later.
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001
# The serial numbers of the days from 1954 to 2146. Other numbers of five digits are not dates.
_SERIALS = range(20_000, 90_000)


class Written(NamedTuple):
    """The date, time or both that a cell contains.

    `open` has the numbers of an ambiguous date: (first, second, year). `until` is the end of a time range such as "9 - 10". `offset` is the
    offset from UTC, such as +02:00.
    """

    day: date | None = None
    open: tuple[int, int, int] | None = None
    clock: time | None = None
    until: time | None = None
    offset: str = ""

    @property
    def has_date(self) -> bool:
        """Whether the cell contains a date, ambiguous or not."""
        return self.day is not None or self.open is not None

    def date_in(self, order: Order | None) -> date | None:
        """Returns the date, or None if it does not exist. If the cell is ambiguous, its parts are read in `order`."""
        if self.open is None:
            return self.day
        first, second, year = self.open
        if order == "dmy":
            return _day(year, second, first)
        return _day(year, first, second) if order == "mdy" else None

    @property
    def orders(self) -> frozenset[Order]:
        """The ways to read the date: "dmy" and "mdy" for 3/4/2031, but only "dmy" for 31/1/2031."""
        return frozenset(order for order in _BOTH if self.date_in(order) is not None)


_BOTH: tuple[Order, Order] = ("dmy", "mdy")


def read_written(cell: str) -> Written | None:
    """Parses a cell with a date, a time or both. Returns None for any other text. Cached."""
    return _read_written(cell) if len(cell) <= _LONGEST else None


@lru_cache(20_000)
def _read_written(cell: str) -> Written | None:
    text = _SPACES.sub(" ", cell).strip().casefold()
    text = _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text
    if _FRACTION.fullmatch(text) and text != "0":
        return Written(clock=_time_of_fraction(float(text.replace(",", "."))))
    found = _DATE.match(text)
    if found is None:
        return _time_alone(text)
    written = _date_of(found)
    if written is None:
        return None
    rest = text[found.end() :].removeprefix("t").lstrip(" ,-\u2013")
    rest = re.sub(r"^(?:at|um|@)\s", "", rest)
    if not rest:
        return written
    offset = _OFFSET.search(rest)
    if offset:
        rest = rest[: offset.start()]
    after = _time_alone(rest.strip())
    if after is None or after.clock is None:
        return None
    if rest.startswith("24") and written.day is not None:
        # 24:00 is the midnight at the end of the day.
        written = written._replace(day=written.day + timedelta(days=1))
    sign = "" if offset is None else "+00:00" if offset[1] else f"{offset[2]}:{offset[3]}"
    return written._replace(clock=after.clock, until=after.until, offset=sign)


def _time_alone(text: str) -> Written | None:
    if span := _RANGE.fullmatch(text):
        start: Sequence[str | None] = span.groups()[:5]
        end: Sequence[str | None] = span.groups()[5:]
        if end[3] and not start[3] and start[0] and int(start[0]) <= 12:
            # In "9 - 10 am", both times are in the morning.
            start = (*start[:3], end[3], start[4])
        begins, ends = _time_of(start, bare=True), _time_of(end, bare=True)
        return None if begins is None or ends is None else Written(clock=begins, until=ends)
    found = _TIME.fullmatch(text)
    clock = _time_of(found.groups()) if found else None
    return None if clock is None else Written(clock=clock)


def _time_of(parts: Sequence[str | None], *, bare: bool = False) -> time | None:
    """Returns a time from hour, minute, second, am or pm, and a word such as "Uhr".

    With `bare`, a plain number is a time too, as in the range "9 - 10".
    """
    hour, minute, second, half, word = parts
    if minute is None and half is None and word is None and not bare:
        return None
    hours = int(hour or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half == "p" else 0)
    if hours == 24 and not int(minute or 0):
        hours = 0
    if hours > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    return time(hours, int(minute or 0), int(second or 0))


def _date_of(found: re.Match[str]) -> Written | None:
    if found["y"]:
        return _written(_day(int(found["y"]), int(found["m"]), int(found["d"])))
    if found["compact"]:
        digits = found["compact"]
        return _written(_day(int(digits[:4]), int(digits[4:6]), int(digits[6:])))
    if found["a"]:
        first, second, year = int(found["a"]), int(found["b"]), _year(found["y2"])
        if found["t"] == ".":
            return _written(_day(year, second, first))
        return Written(open=(first, second, year))
    if found["m3"]:
        return _written(_day(_year(found["y3"]), MONTHS.get(found["m3"], 0), int(found["d3"])))
    if found["m4"]:
        return _written(_day(int(found["y4"]), MONTHS.get(found["m4"], 0), int(found["d4"])))
    number = float(found["serial"].replace(",", "."))
    if int(number) not in _SERIALS:
        return None
    moment = _EXCEL_EPOCH + timedelta(days=int(number))
    has_time = number != int(number)
    return Written(day=moment.date(), clock=_time_of_fraction(number % 1) if has_time else None)


def _written(day: date | None) -> Written | None:
    return None if day is None else Written(day=day)


def _time_of_fraction(part: float) -> time:
    """Returns the time that a fraction of a day stands for, rounded to the minute, because spreadsheets are off by milliseconds."""
    minutes = round(part * 24 * 60) % (24 * 60)
    return time(minutes // 60, minutes % 60)


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits) if int(digits) < 70 else 1900 + int(digits)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


class Seen(NamedTuple):
    """A date cell and its line, for error messages."""

    cell: str
    line: int


class DateVotes:
    """Collects the evidence for the order of day and month in a column."""

    def __init__(self) -> None:
        self.alone: dict[Order, Seen] = {}
        self.open: Seen | None = None
        self._known: set[str] = set()

    def add(self, cell: str, line: int) -> None:
        """Examines a cell. For error messages, keeps the first cell of each kind.

        There are three kinds: an ambiguous date such as 3/4/2031, a date that exists only as "dmy" such as 31/1/2031,
        and a date that exists only as "mdy" such as 1/31/2031.
        """
        if cell in self._known or len(cell) > _LONGEST:
            return
        if len(self._known) < 100_000:
            self._known.add(cell)
        written = read_written(cell)
        if written is None or written.open is None:
            return
        orders = written.orders
        if len(orders) == 1:
            self.alone.setdefault(next(iter(orders)), Seen(cell, line))
        elif orders and written.open[0] != written.open[1]:
            self.open = self.open or Seen(cell, line)

    @property
    def order(self) -> Order | None:
        """The order of day and month, if the unambiguous cells agree on it. None if they disagree, or if all cells are ambiguous."""
        return next(iter(self.alone)) if len(self.alone) == 1 else None

    @property
    def contradicts(self) -> bool:
        """Whether some cells are readable only as dmy, and others only as mdy."""
        return len(self.alone) > 1


def order_of_format(text: str) -> Order | None:
    """Returns the order of day and month in a format such as dd/mm/yyyy, or None if the text is not a format."""
    letters = re.sub(r"[^dmyjt]", "", text.casefold()).replace("j", "y").replace("t", "d")
    seen = "".join(dict.fromkeys(letters))
    if seen == "dmy":
        return "dmy"
    if seen == "mdy":
        return "mdy"
    return "ymd" if seen in ("ymd", "ydm") else None


def undecided(votes: Iterable[DateVotes]) -> bool:
    """Whether the order of day and month remains ambiguous or contradictory in any column."""
    return any(each.contradicts or (each.open and not each.order) for each in votes)
