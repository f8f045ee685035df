"""Which page of a list is asked for, and the document of it. Source: shared conventions, pages."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from frontdesk.api.app import Api
from frontdesk.api.documents import Json
from frontdesk.model.problems import FrontdeskError, Problem

_USUAL_SIZE, _MOST_SIZE = 25, 100


class Listing(NamedTuple):
    """Which page of a list is asked for."""

    parameters: Mapping[str, str]
    number: int = 1
    size: int = _USUAL_SIZE

    @classmethod
    def of(cls, api: Api) -> "Listing":
        return cls(api.resolver.current_event.query_string_parameters or {})

    def checked(self, filters: Mapping[str, Sequence[str]]) -> "Listing":
        """Raises FrontdeskError 400 for every parameter that is not known or not right."""
        problems = []
        numbers = {"page[number]": self.number, "page[size]": self.size}
        for name, value in self.parameters.items():
            if name in numbers:
                most = _MOST_SIZE if name == "page[size]" else 10**6
                if value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= most:
                    numbers[name] = int(value)
                else:
                    problems.append(_invalid(name, f"Must be a whole number from 1 to {most}."))
            elif name in filters:
                if value not in filters[name]:
                    problems.append(_invalid(name, f"Must be one of {', '.join(filters[name])}."))
            elif name != "o":
                detail = f"There is no parameter {name[:100]!r} here."
                problems.append(Problem("unknown_parameter", "unknown parameter", detail, 400, parameter=name))
        if problems:
            raise FrontdeskError(*problems)
        return self._replace(number=numbers["page[number]"], size=numbers["page[size]"])

    def document(self, resources: Sequence[Json], url: str, *, capped: bool = False) -> Json:
        """The page of the resources; `capped`: there are more of them than are listed at all."""
        total, last = len(resources), max(1, -(-len(resources) // self.size))
        start = (self.number - 1) * self.size
        shown = resources[start : start + self.size]
        page = {
            "current-page": self.number,
            "per-page": self.size,
            "from": start + 1 if shown else None,
            "to": start + len(shown) if shown else None,
            "total": total,
            "last-page": last,
        }
        at = {name: f"{url}?{urlencode({**self.parameters, 'page[number]': number})}" for name, number in self._links(last).items()}
        meta = {"page": page, **({"capped": True} if capped else {})}
        return {"data": list(shown), "links": {"self": f"{url}{self._query}", **at}, "meta": meta, "jsonapi": {"version": "1.1"}}

    def _links(self, last: int) -> dict[str, int]:
        links = {"first": 1, "last": last, "prev": min(self.number - 1, last), "next": self.number + 1}
        return {name: number for name, number in links.items() if 1 <= number <= last}

    @property
    def _query(self) -> str:
        return f"?{urlencode(self.parameters)}" if self.parameters else ""


def _invalid(parameter: str, detail: str) -> Problem:
    return Problem("invalid_parameter", "invalid parameter", detail, 400, parameter=parameter)
