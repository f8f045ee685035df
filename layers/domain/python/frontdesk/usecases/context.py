"""What every use case is told beside what it is asked for: for whom, within which time, and at whose request."""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple, Protocol

from frontdesk.domain.trail import SYSTEM, Action, Actor, Entry


class Clock(Protocol):
    """Time as one invocation sees it."""

    def now(self) -> int:
        """The present in epoch seconds."""

    def pause(self, attempt: int) -> None:
        """Waits a random while before retry number `attempt` (from 0); raises Busy when no time is left for it."""


class Context(NamedTuple):
    """Made once, where a request or an event comes in, and passed on.

    `request_id` is that of the request in the logs, `reason` what the caller says of why.
    """

    organization_id: str
    clock: Clock
    actor: Actor = SYSTEM
    request_id: str | None = None
    reason: str | None = None

    def entry(self, action: Action) -> Entry:
        """The beginning of what is kept of a change."""
        now = self.clock.now()
        return Entry(at=now, action=action, actor=self.actor, request_id=self.request_id, reason=self.reason)

    def retries(self) -> Iterator[int]:
        return retries(self.clock)


def retries(clock: Clock) -> Iterator[int]:
    """`next` waits before one more try and tells its number, from 1. It raises Busy when no time is left, and never ends."""
    for number in count(1):
        clock.pause(number - 1)
        yield number
