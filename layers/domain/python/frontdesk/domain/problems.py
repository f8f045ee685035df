"""The errors of the API: one shape for all of them, and one exception that carries them.

An error is a code with values. The catalogue in `frontdesk.errors` has its texts in every language.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from frontdesk.errors import Invalid, Language, Phrase, Value

# Lambda limits an answer to 6 MB, but a body of 1 MB can contain half a million mistakes.
MAX_PROBLEMS = 1000


class Problem(NamedTuple):
    """One error of an answer: a code of the catalogue, with the values for its text.

    `pointer` is a JSON pointer into the body, `parameter` the name of a query parameter. `other_status` replaces the catalogue's
    status. If errors with this code can have different reasons, `values` contains `reason`, a Phrase.
    """

    code: str
    values: Mapping[str, Value] = {}
    other_status: int | None = None
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    meta: Mapping[str, Any] = {}

    # The catalogue is imported only when an error is shown, so that placing an order never waits for the import.

    @property
    def status(self) -> int:
        """The HTTP status."""
        if self.other_status is not None:
            return self.other_status
        from frontdesk.errors.catalogue import ERRORS

        return ERRORS[self.code].status

    def title(self, language: Language = "en") -> str:
        """Returns the title in a language."""
        from frontdesk.errors import formats

        return formats.title(self.code, language)

    def detail(self, language: Language = "en") -> str:
        """Returns the text in a language, with its values filled in."""
        from frontdesk.errors import formats

        return formats.detail(self.code, self.values, language)


def reason_of(error: ErrorDetails) -> Phrase:
    """Returns the reason why Pydantic or a model's validator rejected a value."""
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
        # Pydantic passes this one list as a sentence: "'a', 'b' or 'c'".
        values["expected"] = re.split(", | or ", context["expected"])
    return Phrase(error["type"], values)


class FrontdeskError(Exception):
    """A request was refused. Carries every problem found, up to MAX_PROBLEMS. `retry_after` is in seconds.

    Only `frontdesk.api` translates this exception to HTTP.
    """

    def __init__(self, *problems: Problem, retry_after: int | None = None) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems: Sequence[Problem] = at_most(problems)
        self.retry_after = retry_after


def at_most(problems: Sequence[Problem]) -> Sequence[Problem]:
    """Returns the problems. If there are more than MAX_PROBLEMS, returns the first ones, and `too_many_errors` as the last one."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    more = Problem("too_many_errors", {"most": MAX_PROBLEMS}, problems[0].status, pointer="")
    return (*problems[: MAX_PROBLEMS - 1], more)


class Places:
    """The places in a body that problems point to. A lookup takes the same time, however many problems there are."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._at = {problem.pointer for problem in problems if problem.pointer is not None}
        self._above = {above for at in self._at for above in _ancestors(at)}

    def touch(self, *path: str | int) -> bool:
        """Whether a problem points to the value at this path, to a part of this value, or to something that contains it."""
        at = pointer(*path)
        return at in self._above or any(above in self._at for above in _ancestors(at))


def _ancestors(at: str) -> Iterator[str]:
    """Yields a pointer, then its parent, and so on up to the root."""
    yield at
    while at:
        at = at.rpartition("/")[0]
        yield at


class Revoked(FrontdeskError):
    """The caller's token no longer exists. Nothing was written."""

    def __init__(self) -> None:
        super().__init__(Problem("unauthenticated", header="Authorization"))


class Busy(FrontdeskError):
    """The time for the request has run out. Nothing was written, so the caller may repeat the request."""

    def __init__(self) -> None:
        super().__init__(Problem("busy"), retry_after=1)


class OutcomeUnknown(Busy):
    """The time for the request has run out, and the outcome is unknown.

    The request may have been carried out, or may still be carried out.
    """

    def __init__(self) -> None:
        FrontdeskError.__init__(self, Problem("outcome_unknown"))


def pointer(*path: str | int) -> str:
    """Builds a JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
