"""Which page of a list is asked for, and the document of it. Source: shared conventions, pages."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from frontdesk.api.app import Api
from frontdesk.api.documents import Json
from frontdesk.api.query import MOST_NUMBER, MOST_SIZE, USUAL_SIZE, Query, list_document
from frontdesk.model.problems import FrontdeskError, Problem


class Listing(NamedTuple):
    """Which page of a list is asked for."""

    parameters: Mapping[str, str]
    number: int = 1
    size: int = USUAL_SIZE

    @classmethod
    def of(cls, api: Api) -> "Listing":
        return cls(api.resolver.current_event.query_string_parameters or {})

    def checked(self, filters: Mapping[str, Sequence[str]]) -> "Listing":
        """Raises FrontdeskError 400 for every parameter that is not known or not right."""
        problems = []
        numbers = {"page[number]": self.number, "page[size]": self.size}
        for name, value in self.parameters.items():
            if name in numbers:
                most = MOST_SIZE if name == "page[size]" else MOST_NUMBER
                if re.fullmatch(r"[0-9]{1,9}", value) and 1 <= int(value) <= most:
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
        start = (self.number - 1) * self.size
        query = Query(number=self.number, size=self.size)
        return list_document(resources[start : start + self.size], len(resources), query, url, self.parameters, capped=capped)


def _invalid(parameter: str, detail: str) -> Problem:
    return Problem("invalid_parameter", "invalid parameter", detail, 400, parameter=parameter)
