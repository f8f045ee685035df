"""What can be wrong, in the API's terms: one shape for every error, and one exception that carries them.

An error is a code and its values. Its texts, in every language, are in the catalogue: `frontdesk.errors`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from frontdesk.errors import Invalid, Language, Phrase, Value

# Lambda's answers are limited to 6 MB, while a body of 1 MB has room for half a million mistakes.
MAX_PROBLEMS = 1000


class Problem(NamedTuple):
    """One error of an answer: a code of the catalogue, and the values in its text.

    `pointer` is a JSON pointer into the body, `parameter` a query parameter. `other_status` overrides the catalogue's status. Codes with
    several reasons have a value `reason`, a Phrase.
    """

    code: str
    values: Mapping[str, Value] = {}
    other_status: int | None = None
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    meta: Mapping[str, Any] = {}

    # The catalogue is imported only when an error is shown: placing an order never waits for it.

    @property
    def status(self) -> int:
        """HTTP status."""
        if self.other_status is not None:
            return self.other_status
        from frontdesk.errors.catalogue import ERRORS

        return ERRORS[self.code].status

    def title(self, language: Language = "en") -> str:
        """Returns the title in a language."""
        from frontdesk.errors import formats

        return formats.title(self.code, language)

    def detail(self, language: Language = "en") -> str:
        """Returns the text with its values in a language."""
        from frontdesk.errors import formats

        return formats.detail(self.code, self.values, language)


def reason_of(error: ErrorDetails) -> Phrase:
    """Returns why Pydantic, or a validator of a model, refuses a value."""
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
        # "'a', 'b' or 'c'": the only list that Pydantic passes as a sentence.
        values["expected"] = re.split(", | or ", context["expected"])
    return Phrase(error["type"], values)


class FrontdeskError(Exception):
    """A refused request with every problem found, up to MAX_PROBLEMS. `retry_after` is in seconds. Only `frontdesk.api` maps it to HTTP."""

    def __init__(self, *problems: Problem, retry_after: int | None = None) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems: Sequence[Problem] = at_most(problems)
        self.retry_after = retry_after


def at_most(problems: Sequence[Problem]) -> Sequence[Problem]:
    """Returns the problems; beyond MAX_PROBLEMS the first of them and one that says there are more."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    more = Problem("too_many_errors", {"most": MAX_PROBLEMS}, problems[0].status, pointer="")
    return (*problems[: MAX_PROBLEMS - 1], more)


class Revoked(FrontdeskError):
    """The caller's token no longer exists. Nothing is written."""

    def __init__(self) -> None:
        super().__init__(Problem("unauthenticated", header="Authorization"))


class Busy(FrontdeskError):
    """The caller's time is up. Nothing is written, and the request may be repeated."""

    def __init__(self) -> None:
        super().__init__(Problem("busy"), retry_after=1)


class OutcomeUnknown(Busy):
    """The time is up, and whether the request was carried out is unknown: it may be, now or in a moment."""

    def __init__(self) -> None:
        FrontdeskError.__init__(self, Problem("outcome_unknown"))


def pointer(*path: str | int) -> str:
    """Builds a JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
