"""Authenticates callers: the bearer token of a request, its organization and its scopes."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from frontdesk.domain.catalog.access import Presented, Scope, Token, read_token
from frontdesk.domain.problems import FrontdeskError, Problem
from frontdesk.domain.trail import Actor
from frontdesk.errors import Phrase
from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.ports import Store

# Seconds for which a revoked token may still work in a function that has used it.
CACHE_SECONDS = 60
_MAX_CACHED = 1000


class Caller(NamedTuple):
    """The caller of a request: the context for use cases, and the token."""

    context: Context
    token: Token

    @property
    def organization_id(self) -> str:
        """Id of the token's organization."""
        return self.context.organization_id

    def prices(self, by_hand: Sequence[Problem]) -> None:
        """Refuses prices set by hand if the token may not set them. `by_hand` has a problem for each such price in the request.

        Raises FrontdeskError 403 with these problems.
        """
        if by_hand and not self.token.allows("orders:price"):
            raise FrontdeskError(*by_hand)


class Authenticator:
    """Looks up tokens, and remembers valid ones for CACHE_SECONDS."""

    def __init__(self, store: Store, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._cache: dict[str, tuple[float, Token]] = {}

    def caller(
        self,
        authorization: str | None,
        organization_id: str | None,
        scope: Scope | None,
        clock: Clock,
        request_id: str | None = None,
        *,
        also: Sequence[Scope] = (),
    ) -> Caller:
        """Returns the caller with the token in the header `authorization`.

        Raises FrontdeskError 401 without a valid token; 403 if the token is not for `organization_id` (if given), or lacks `scope` or a
        scope in `also`.
        """
        kind, _, text = (authorization or "").partition(" ")
        presented = read_token(text.strip()) if kind.lower() == "bearer" else None
        token = self._find(presented, clock) if presented else None
        if token is None or not token.is_valid(clock.now()):
            raise FrontdeskError(Problem("unauthenticated", header="Authorization"))
        if organization_id is not None and organization_id != token.organization_id:
            raise _unauthorized(Phrase("other_organization"), parameter="o")
        for each in (*([] if scope is None else [scope]), *also):
            if not token.allows(each):
                raise _unauthorized(Phrase("without_scope", {"scope": each}))
        actor = Actor("token", token.id, token.name)
        return Caller(Context(token.organization_id, clock, actor, request_id), token)

    def _find(self, presented: Presented, clock: Clock) -> Token | None:
        now = self._monotonic()
        cached = self._cache.get(presented.digest)
        if cached and now < cached[0]:
            return cached[1]
        token = self._store.token(presented.organization_id, presented.digest, clock)
        if token is not None:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[presented.digest] = (now + CACHE_SECONDS, token)
        return token


def _unauthorized(reason: Phrase, parameter: str | None = None) -> FrontdeskError:
    return FrontdeskError(Problem("unauthorized", {"reason": reason}, parameter=parameter))
