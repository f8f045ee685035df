"""Implements `Idempotency-Key` for requests that create something."""

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
    """Returns (item, replayed). If `replayed`, an earlier request with the same key created the item. Otherwise, `make` created it.

    `find` returns the earlier item by id, in its current state. `make` raises AlreadyMade if a concurrent request with the same key was
    faster. Raises FrontdeskError 422 if the earlier request had another body, or 409 if it was answered with
    a secret.
    """
    while True:
        # Read before `make` is called, because `make` might refuse the request by now.
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
