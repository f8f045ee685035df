"""What can be wrong, in the terms of the API: one shape for every error, one exception that carries them.

An error is its code and its values. What it says of them, in which language, is the catalogue's: `frontdesk.errors`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from frontdesk.errors import Invalid, Language, Phrase, Value

# Lambda answers with 6 MB at most, and a body of 1 MB has room for half a million mistakes.
MAX_PROBLEMS = 1000


class Problem(NamedTuple):
    """One error of an answer: a code of the catalogue, and the values that its text names.

    `pointer` is a JSON pointer into the request's body, `parameter` a query parameter. `other_status` stands where the
    catalogue's own is not the one. Codes that are refused for several reasons have a value `reason`, which is a Phrase.
    """

    code: str
    values: Mapping[str, Value] = {}
    other_status: int | None = None
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    meta: Mapping[str, Any] = {}

    # The catalogue is imported where an error is shown: orders that are placed never wait for it.

    @property
    def status(self) -> int:
        if self.other_status is not None:
            return self.other_status
        from frontdesk.errors.catalogue import ERRORS

        return ERRORS[self.code].status

    def title(self, language: Language = "en") -> str:
        from frontdesk.errors import formats

        return formats.title(self.code, language)

    def detail(self, language: Language = "en") -> str:
        from frontdesk.errors import formats

        return formats.detail(self.code, self.values, language)


def reason_of(error: ErrorDetails) -> Phrase:
    """Why pydantic, or a validator within a model, refuses a value."""
    context = error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Invalid):
        return cause.reason
    from frontdesk.errors.catalogue import PHRASES

    if error["type"] not in PHRASES:
        return Phrase("not_valid")
    values: dict[str, Value] = {
        name: value if isinstance(value, int) else str(value) for name, value in context.items()
    }
    if error["type"] == "literal_error":
        # "'a', 'b' or 'c'": the only list that pydantic makes a sentence of.
        values["expected"] = re.split(", | or ", context["expected"])
    return Phrase(error["type"], values)


class FrontdeskError(Exception):
    """A request that is refused, with every problem that was found, up to MAX_PROBLEMS. Mapped to HTTP in `frontdesk.api` only."""

    def __init__(self, *problems: Problem, retry_after: int | None = None) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems: Sequence[Problem] = at_most(problems)
        self.retry_after = retry_after


def at_most(problems: Sequence[Problem]) -> Sequence[Problem]:
    """The problems, or the first of them and one that says that there are more."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    more = Problem("too_many_errors", {"most": MAX_PROBLEMS}, problems[0].status, pointer="")
    return (*problems[: MAX_PROBLEMS - 1], more)


class Revoked(FrontdeskError):
    """The caller's token is not there any more, and nothing is written."""

    def __init__(self) -> None:
        super().__init__(Problem("unauthenticated", header="Authorization"))


class Busy(FrontdeskError):
    """The time that the caller has is up, and nothing is written; the same request may be sent again."""

    def __init__(self) -> None:
        super().__init__(Problem("busy"), retry_after=1)


class OutcomeUnknown(Busy):
    """The time is up, and it can't be told whether the request is carried out: it may be, now or in a moment."""

    def __init__(self) -> None:
        FrontdeskError.__init__(self, Problem("outcome_unknown"))


def pointer(*path: str | int) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
