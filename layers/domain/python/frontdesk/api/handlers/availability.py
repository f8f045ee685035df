"""The operations of availability. They answer with plain JSON, whatever the Accept header says. Errors are JSON:API."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from frontdesk.api.answers.availability import available_date, available_start, free_periods
from frontdesk.api.app import Answer, Api
from frontdesk.api.authentication import Caller
from frontdesk.api.query import read_day, read_moment
from frontdesk.api.routes import ALIASES, SERVICE_QUANTITY
from frontdesk.domain.availability.search import MAX_OWNERS, Named, Query
from frontdesk.domain.problems import Problem
from frontdesk.errors import Invalid, Phrase, Value
from frontdesk.usecases.availability import free_periods as find_free_periods
from frontdesk.usecases.availability import possible_starts, start_dates

_MAX_MINUTES = 366 * 24 * 60
_MAX_QUANTITY = 100_000
_LONGEST_ID = 128
_OF_SERVICE = re.compile(SERVICE_QUANTITY)


def include(api: Api) -> None:
    """Adds to `api` the calls for availability."""

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
        found = possible_starts(caller.context, query, api.world.store)
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
        found = start_dates(caller.context, query, api.world.store)
        return api.plain([available_date(each) for each in found])

    @api.handles("list_free_periods")
    def periods(caller: Caller) -> Answer:
        asked = _Parameters.of(api)
        first, last = (asked.required(name, read_moment) for name in ("start_date", "end_date"))
        series, services = asked.ids("timeslot_series_id"), asked.ids("service_id")
        query = asked.query(
            services,
            asked.ids("resource_id", required=not (series.ids or services.ids), usual="r[]"),
            series,
            first,
            last,
        )
        found = find_free_periods(caller.context, query, api.world.store)
        return api.plain({id: free_periods(periods) for id, periods in found.items()})


class _Parameters:
    """The parameters of a query string. A method that cannot read a parameter adds a problem to `problems`."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values
        self.problems: list[Problem] = []

    @classmethod
    def of(cls, api: Api) -> "_Parameters":
        """Reads the parameters of the current request."""
        event = api.resolver.current_event
        single = {name: [value] for name, value in (event.query_string_parameters or {}).items()}
        several = {
            name: list(values) for name, values in (event.multi_value_query_string_parameters or {}).items()
        }
        return cls(single | several)

    def query(self, services: Named, resources: Named, series: Named, first: Any, last: Any) -> Query:
        """Returns the query with these ids and times, the other parameters, and all problems found so far."""
        duration = self._optional("duration", lambda text: _number(text, _MAX_MINUTES))
        quantity = self._optional("quantity", lambda text: _number(text, _MAX_QUANTITY))
        timezone = self._optional("timezone", str)
        return Query(
            services, resources, series, first, last, timezone, duration, quantity, self._quantities(),
            tuple(self.problems),
        )  # fmt: skip

    def _quantities(self) -> dict[str, int]:
        """Returns the quantity of each service, from `service_id[ID]=n`."""
        found = {name: _OF_SERVICE.fullmatch(name) for name in self._values}
        read = {
            match[1]: self._optional(name, lambda text: _number(text, _MAX_QUANTITY))
            for name, match in found.items()
            if match
        }
        return {id: quantity for id, quantity in read.items() if quantity is not None}

    def ids(self, name: str, *, required: bool = False, usual: str | None = None) -> Named:
        """Returns the ids in the parameter `name` or its aliases, each once.

        A problem names the parameter that was sent. If none was sent, the problem names `usual`.
        """
        names = (name, *(alias for alias, of in ALIASES.items() if of == name))
        written = {name: ",".join(self._values[name]) for name in names if name in self._values}
        if name == "service_id":
            written |= {each: match[1] for each in self._values if (match := _OF_SERVICE.fullmatch(each))}
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
        """Returns the id in the parameter `name`, if any. Adds a problem for several ids."""
        named = self.ids(name)
        if len(named.ids) > 1:
            self._refuse("invalid_parameter", named.parameter, reason=Phrase("only_one_named"))
        return named._replace(ids=named.ids[:1])

    def required(self, name: str, read: Callable[[str], Any]) -> Any:
        """Returns a parameter's value. Returns None, and adds a problem, if it is missing or unreadable."""
        if not any(text.strip() for text in self._values.get(name, ())):
            self._refuse("parameter_required", name, reason=Phrase("when_as_date"))
            return None
        return self._optional(name, read)

    def _optional(self, name: str, read: Callable[[str], Any]) -> Any:
        """Returns a parameter's value, or None if it is missing or empty."""
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
