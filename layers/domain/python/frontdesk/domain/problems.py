"""What can be wrong, in the terms of the API: one shape for every error, one exception that carries them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# Lambda answers with 6 MB at most, and a body of 1 MB has room for half a million mistakes.
MAX_PROBLEMS = 1000


class Problem(NamedTuple):
    """One error of an answer. `pointer` is a JSON pointer into the request's body, `parameter` a query parameter."""

    code: str
    title: str
    detail: str
    status: int = 422
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    meta: Mapping[str, Any] = {}


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
    detail = f"There are more errors in this request; {MAX_PROBLEMS} are told at most."
    more = Problem("too_many_errors", "too many errors", detail, problems[0].status, pointer="")
    return (*problems[: MAX_PROBLEMS - 1], more)


class Busy(FrontdeskError):
    """The time that the caller has is up, and nothing is written; the same request may be sent again."""

    def __init__(self) -> None:
        super().__init__(
            Problem("busy", "busy", "Too many changes at the same time. Try again in a moment.", status=503),
            retry_after=1,
        )


class OutcomeUnknown(Busy):
    """The time is up, and it can't be told whether the request is carried out: it may be, now or in a moment."""

    def __init__(self) -> None:
        detail = (
            "No answer of the database came in time. The request may have been carried out, or still may be."
            " Look before you send it again; with its Idempotency-Key it is safe to send it again."
        )
        FrontdeskError.__init__(self, Problem("outcome_unknown", "outcome unknown", detail, status=504))


def pointer(*path: str | int) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
