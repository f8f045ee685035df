"""Availability as clients ask for it: plain JSON, whichever JSON the Accept header says; errors are JSON:API's."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from frontdesk.api.answers.availability import AvailableDate, FreePeriods, available_start
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.query import read_day, read_moment
from frontdesk.api.routes import ALIASES
from frontdesk.domain.availability.search import MAX_OWNERS, Named, Query
from frontdesk.domain.problems import Problem
from frontdesk.domain.time.intervals import iso
from frontdesk.errors import Invalid, Phrase, Value
from frontdesk.usecases.availability import free_periods, possible_starts, start_dates

_MAX_MINUTES = 366 * 24 * 60
_MAX_QUANTITY = 100_000
_LONGEST_ID = 128


def include(api: Api) -> None:
    """Adds the calls of availability to a function's."""

    @api.handles("list_available_starts")
    def starts(caller: Caller) -> Answer:
        asked = _Parameters.of(api)
        day = asked.required("date", read_day)
        query = asked.query(
            asked.ids("service_id", required=True),
            asked.ids("resource_id"),
            asked.only("timeslot_series_id"),
            day,
            day,
        )
        found = possible_starts(query, caller.organization_id, api.world.store, api.clock)
        return api.plain([available_start(start) for start in found])

    @api.handles("list_available_dates")
    def dates(caller: Caller) -> Answer:
        asked = _Parameters.of(api)
        first, last = (asked.required(name, read_moment) for name in ("start_date", "end_date"))
        query = asked.query(
            asked.ids("service_id", required=True),
            asked.ids("resource_id"),
            asked.only("timeslot_series_id"),
            first,
            last,
        )
        found = start_dates(query, caller.organization_id, api.world.store, api.clock)
        days: list[AvailableDate] = [
            {"date": each.day.isoformat(), "available_starts": each.starts} for each in found
        ]
        return api.plain(days)

    @api.handles("list_free_periods")
    def periods(caller: Caller) -> Answer:
        asked = _Parameters.of(api)
        first, last = (asked.required(name, read_moment) for name in ("start_date", "end_date"))
        series = asked.ids("timeslot_series_id")
        query = asked.query(
            Named("service_id"),
            asked.ids("resource_id", required=not series.ids, usual="r[]"),
            series,
            first,
            last,
        )
        found = free_periods(query, caller.organization_id, api.world.store, api.clock)
        periods: FreePeriods = {
            id: [
                {"start_date": iso(start), "end_date": iso(end), "quota": quota}
                for start, end, quota in stretches
            ]
            for id, stretches in found.items()
        }
        return api.plain(periods)


class _Parameters:
    """The query string, read as far as it can be read: what is wrong with it is collected in `problems`."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values
        self.problems: list[Problem] = []

    @classmethod
    def of(cls, api: Api) -> "_Parameters":
        event = api.resolver.current_event
        single = {name: [value] for name, value in (event.query_string_parameters or {}).items()}
        several = {
            name: list(values) for name, values in (event.multi_value_query_string_parameters or {}).items()
        }
        return cls(single | several)

    def query(self, services: Named, resources: Named, series: Named, first: Any, last: Any) -> Query:
        duration = self._optional("duration", lambda text: _number(text, _MAX_MINUTES))
        quantity = self._optional("quantity", lambda text: _number(text, _MAX_QUANTITY))
        timezone = self._optional("timezone", str)
        return Query(
            services, resources, series, first, last, timezone, duration, quantity or 1, tuple(self.problems)
        )

    def ids(self, name: str, *, required: bool = False, usual: str | None = None) -> Named:
        """Ids under a name or its aliases, each once; a problem is told of the first that is there, or of the `usual` one."""
        names = (name, *(alias for alias, of in ALIASES.items() if of == name))
        written = {name: ",".join(self._values[name]) for name in names if name in self._values}
        found = dict.fromkeys(
            id for text in written.values() for part in text.split(",") if (id := part.strip())
        )
        named = Named(
            next(iter(written), usual or names[0]), tuple(id for id in found if len(id) <= _LONGEST_ID)
        )
        if len(named.ids) > MAX_OWNERS:
            reason = Phrase("too_many_named", {"most": MAX_OWNERS})
            self._refuse("invalid_parameter", named.parameter, reason=reason)
            named = named._replace(ids=())
        elif len(named.ids) < len(found):
            reason = Phrase("id_too_long", {"most": _LONGEST_ID})
            self._refuse("invalid_parameter", named.parameter, reason=reason)
        elif required and not found:
            self._refuse("parameter_required", named.parameter, reason=Phrase("which_by_id"))
        return named

    def only(self, name: str) -> Named:
        """One id, or none."""
        named = self.ids(name)
        if len(named.ids) > 1:
            self._refuse("invalid_parameter", named.parameter, reason=Phrase("only_one_named"))
        return named._replace(ids=named.ids[:1])

    def required(self, name: str, read: Callable[[str], Any]) -> Any:
        if not any(text.strip() for text in self._values.get(name, ())):
            self._refuse("parameter_required", name, reason=Phrase("when_as_date"))
            return None
        return self._optional(name, read)

    def _optional(self, name: str, read: Callable[[str], Any]) -> Any:
        """What a parameter says, or None if it is empty or not there."""
        texts = [text.strip() for text in self._values.get(name, ()) if text.strip()]
        if len(set(texts)) > 1:
            self._refuse("invalid_parameter", name, reason=Phrase("only_one_value"))
            return None
        try:
            return read(texts[0]) if texts else None
        except Invalid as error:
            self._refuse("invalid_parameter", name, reason=error.reason)
            return None

    def _refuse(self, code: str, parameter: str, /, **values: Value) -> None:
        self.problems.append(Problem(code, values, parameter=parameter))


def _number(text: str, most: int) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise Invalid("not_whole_between", least=1, most=most)
    return int(text)
