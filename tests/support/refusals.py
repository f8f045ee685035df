"""The codes of a refusal, for tests."""

from collections.abc import Callable
from typing import Any

from frontdesk.domain.problems import FrontdeskError


def codes(run: Callable[[], Any]) -> list[str]:
    """Returns the codes of the refusal; empty for a success."""
    try:
        run()
    except FrontdeskError as error:
        return [problem.code for problem in error.problems]
    return []
