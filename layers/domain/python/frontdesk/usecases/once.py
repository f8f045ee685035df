"""What an `Idempotency-Key` promises of a request that makes something."""

from collections.abc import Callable
from typing import TypeVar

from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.requests.once import Once
from frontdesk.usecases.context import Context
from frontdesk.usecases.ports import AlreadyMade, Catalog

_T = TypeVar("_T")


def once(
    asked: Once | None, context: Context, catalog: Catalog, make: Callable[[], _T], find: Callable[[str], _T]
) -> tuple[_T, bool]:
    """What a request makes, or has made before: then as `find` finds it now, by its id. And which of the two it is.

    What was made is looked for first, as by now the same request may be refused. `make` raises AlreadyMade where somebody
    else with the same key was faster. Raises FrontdeskError: 422 for another body, 409 where the answer had a secret.
    """
    while True:
        before = catalog.made(context, asked) if asked else None
        if before is None:
            try:
                return make(), False
            except AlreadyMade:
                continue
        if before.once != asked:
            raise FrontdeskError(Problem("idempotency_key_reused", header="Idempotency-Key"))
        if before.shows_secret:
            values = {"id": before.made_id}
            raise FrontdeskError(
                Problem("secret_not_repeated", values, header="Idempotency-Key", meta=values)
            )
        return find(before.made_id), True
