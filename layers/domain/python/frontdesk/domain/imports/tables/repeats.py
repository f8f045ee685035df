"""Computes the times of a calendar's repeating event from the event's rules, additional dates, excluded dates and moved dates. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from math import prod
from typing import Any

from frontdesk.domain.imports.options import BadFile
from frontdesk.domain.imports.tables.events import Event

MAX_TIMES = 1_000
MAX_BYTES = 20_000_000
# The most dates computed for the repeating events of a file. Each rule adds _RULE dates, because dateutil may examine dates in vain.
MAX_WORK = 2_000_000
_RULE = 500
# Times of a day that a rule may name with BYHOUR, BYMINUTE and BYSECOND.
_MAX_A_DAY = 48
# dateutil searches for the next time until the year 9999. Whole cycles of the calendar (400 years) later, it stops 200 years after
# _LAST_YEAR.
_CYCLES, _LAST_YEAR = 19 * 400, 2199
# An interval that limits a search to the first period: more years than there are, in months.
_ONLY_FIRST = 120_000
_PLAIN_RULE = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"})
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_PARTS = _PLAIN_RULE | {
    "BYSETPOS", "BYMONTHDAY", "BYMONTH", "BYYEARDAY", "BYWEEKNO", "BYHOUR", "BYMINUTE", "BYSECOND",
}  # fmt: skip
_Span = tuple[datetime, datetime]


class Budget:
    """Limits how many dates are computed for the repeating events of one file."""

    def __init__(self) -> None:
        self._left = MAX_WORK

    def take(self, dates: int, event: Event) -> None:
        """Subtracts a number of dates from the budget. Raises BadFile if the budget is exhausted."""
        self._left -= dates
        if self._left < 0:
            most = MAX_BYTES // 1_000_000
            raise BadFile("calendar_too_large", event.line, most=most, dates=MAX_WORK)


class UnreadableRule(ValueError):
    """A rule whose dates cannot be determined with certainty."""


def rule_cells(event: Event, until: str) -> dict[str, str] | None:
    """Returns the event's recurrence rule as cells: {"RRULE_FREQ": "weekly", "RRULE_COUNT": "10"}.

    Returns None if the times of the event do not fit into one recurrence rule of Frontdesk. An endless rule
    ends at `until` (a day). If `until` is empty, the row is refused later. Raises UnreadableRule.
    """
    rules = event.all("RRULE")
    for rule in rules:
        if not {str(part).upper() for part in rule} <= _PARTS or "FREQ" not in rule:
            raise UnreadableRule
    if len(rules) != 1 or event.all("RDATE"):
        return None
    (rule,) = rules
    is_endless = not {"COUNT", "UNTIL"} & rule.keys() and not until
    if not is_endless and (event.all("EXDATE") or not _is_plain(rule)):
        return None
    cells = {"RRULE_FREQ": str(rule["FREQ"][0]).lower()}
    for name in ("INTERVAL", "COUNT"):
        if name in rule:
            cells[f"RRULE_{name}"] = str(rule[name][0])
    if "UNTIL" in rule:
        last = rule["UNTIL"][0]
        cells["RRULE_UNTIL"] = (
            last.isoformat(timespec="seconds") if isinstance(last, datetime) else last.isoformat()
        )
    elif until and "COUNT" not in rule:
        cells["RRULE_UNTIL"] = until
    if "BYDAY" in rule:
        cells["RRULE_BYDAY"] = ";".join(str(day) for day in rule["BYDAY"])
    return cells


def _is_plain(rule: Any) -> bool:
    if not {str(part).upper() for part in rule} <= _PLAIN_RULE:
        return False
    weeks_begin = [str(day) for day in rule.get("WKST", ["MO"])]
    if weeks_begin != ["MO"] and int((rule.get("INTERVAL") or [1])[0]) > 1:
        return False
    return str(rule["FREQ"][0]).upper() in _FREQUENCIES


class Repeats:
    """Computes all times of one event.

    For an invalid rule, raises UnreadableRule or an exception of icalendar or dateutil.
    """

    def __init__(self, event: Event, until: str, budget: Budget) -> None:
        self.event, self.budget = event, budget
        span = event.span
        if span is None:
            raise UnreadableRule
        self.start, self.end = span
        self.zone = self.start.tzinfo if isinstance(self.start, datetime) else None
        first, length = self._clock(self.start), self._clock(self.end) - self._clock(self.start)
        left_out = [moment for moment, _ in islice(self._dates("EXDATE"), MAX_TIMES + 1)]
        added = list(islice(self._dates("RDATE"), MAX_TIMES + 1))
        if max(len(left_out), len(added)) > MAX_TIMES or first.year > _LAST_YEAR:
            raise UnreadableRule
        self._days = {each for each in left_out if not isinstance(each, datetime)}
        self._moments = {self._clock(each) for each in left_out if isinstance(each, datetime)}
        spans: dict[datetime, datetime] = {}
        rules = event.all("RRULE")
        for rule in rules:
            spans |= {each: each + length for each in self._starts(rule, first, until)}
        if rules and first not in spans and not self._is_out(first):
            # RFC 5545, 3.8.5.3 leaves open whether this date takes place.
            raise UnreadableRule
        spans[first] = first + length
        for moment, lasts in added:
            begin = self._clock(moment)
            spans[begin] = begin + (length if lasts is None else lasts)
        # By the original start, because changes refer to it.
        self.spans = {each: (each, end) for each, end in spans.items() if not self._is_out(each)}

    def change(self, changes: Sequence[Event]) -> list[Event]:
        """Applies `changes` to the event. Each change moves or cancels occurrences of the event.

        Returns the changes that need a row of their own. A change needs its own row if its time is unreadable, or
        if its place or attendee differs from the event's.
        """
        apart: list[Event] = []
        ranged = [each for each in changes if _is_range(each)]
        for other in sorted(ranged, key=self._changed):
            self._shift(other)
        for other in changes:
            of = self._changed(other)
            if _is_range(other) or (self._is_out(of) and other.version < self.event.version):
                continue
            span = other.span
            if other.is_canceled or span is None:
                self.spans.pop(of, None)
                if not other.is_canceled:
                    apart.append(other)
            elif _place(other) != _place(self.event):
                self.spans.pop(of, None)
                apart.append(other)
            else:
                self.spans[of] = self._clock(span[0]), self._clock(span[1])
        return apart

    def _shift(self, other: Event) -> None:
        """Applies a change that moves or cancels an occurrence and all later ones."""
        of, span = self._changed(other), other.span
        if span is None:
            raise UnreadableRule
        begin, end = self._clock(span[0]), self._clock(span[1])
        self.budget.take(len(self.spans), self.event)
        for each in [each for each in self.spans if each >= of]:
            if other.is_canceled:
                del self.spans[each]
            else:
                at = each + (begin - of)
                self.spans[each] = at, at + (end - begin)

    def _changed(self, other: Event) -> datetime:
        of = other.moment("RECURRENCE-ID")
        if of is None:
            raise UnreadableRule
        if not isinstance(of, datetime) and isinstance(self.start, datetime):
            # Some calendars write only the day.
            return next((each for each in self.spans if each.date() == of), self._clock(of))
        return self._clock(of)

    def _clock(self, moment: date | datetime) -> datetime:
        """Converts a moment to a naive local time in the event's zone."""
        if not isinstance(moment, datetime):
            return datetime.combine(moment, time())
        if moment.tzinfo is not None and self.zone is not None:
            moment = moment.astimezone(self.zone)
        return moment.replace(tzinfo=None)

    def _starts(self, rule: Any, first: datetime, until: str) -> Iterator[datetime]:
        from dateutil.rrule import rrulestr

        self.budget.take(_RULE, self.event)
        named = {str(part).upper(): values for part, values in rule.items()}
        at_once = prod(len(named.get(part, "0")) for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
        if str(named["FREQ"][0]).upper() not in _FREQUENCIES or at_once > _MAX_A_DAY:
            raise UnreadableRule
        parts = {name: values for name, values in rule.items() if name.upper() != "UNTIL"}
        text = type(rule)(parts).to_ical().decode()
        last: date | datetime | None = rule["UNTIL"][0] if "UNTIL" in rule else None
        if last is None and "COUNT" not in rule:
            last = date.fromisoformat(until) if until else None
        if last is not None:
            moment = self._clock(last) if isinstance(last, datetime) else datetime.combine(last, time.max)
            moment = min(moment, datetime(_LAST_YEAR, 12, 31))  # noqa: DTZ001
            text += f";UNTIL={_later(moment, _CYCLES):%Y%m%dT%H%M%S}"
        series: Any = rrulestr(text, dtstart=_later(first, _CYCLES))
        is_alone = len(self.event.all("RRULE")) == 1 and not self._is_out(first)
        if is_alone and next(iter(series.replace(interval=_ONLY_FIRST)), None) is None:
            # Without this check, dateutil would search all years for a first date.
            raise UnreadableRule
        for each in islice(series, MAX_TIMES + 1):
            self.budget.take(1, self.event)
            yield _later(each, -_CYCLES)

    def _is_out(self, each: datetime) -> bool:
        return each in self._moments or each.date() in self._days

    def _dates(self, name: str) -> Iterator[tuple[date | datetime, timedelta | None]]:
        """Yields (date, duration) for each date of a property. The duration is None unless the property states one."""
        for each in self.event.all(name):
            for value in each.dts:
                found = value.dt
                if not isinstance(found, tuple):
                    yield found, None
                    continue
                begin, end = found
                yield begin, end if isinstance(end, timedelta) else end - begin

    def times(self) -> list[_Span]:
        """Returns (start, end) of every time at which the event takes place, sorted, as naive local times in the event's zone."""
        return sorted(self.spans.values())


def _later(moment: datetime, years: int) -> datetime:
    return moment.replace(year=moment.year + years)


def _is_range(event: Event) -> bool:
    return "THISANDFUTURE" in event.written.get("RECURRENCE-ID", ("", ""))[0].upper()


def _place(event: Event) -> tuple[str, str]:
    return event.text("LOCATION").strip(), attendee(event)


def attendee(event: Event) -> str:
    """Returns the first invited address that is not the organizer's address."""
    organizer = event.text("ORGANIZER").casefold()
    for each in event.all("ATTENDEE"):
        address = str(each)
        if address.casefold().startswith("mailto:") and address.casefold() != organizer:
            return address[len("mailto:") :].strip()
    return ""
