"""What every use case is told beside its task: the organization, the time available, and who asks."""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple, Protocol

from frontdesk.domain.trail import SYSTEM, Action, Actor, Entry


class Clock(Protocol):
    """Time as one invocation sees it. Tests bring their own."""

    def now(self) -> int:
        """Returns the present in epoch seconds."""

    def pause(self, attempt: int) -> None:
        """Waits a random while before retry number `attempt` (from 0). Raises Busy if no time is left."""


class Context(NamedTuple):
    """Created once, where a request or event arrives, and passed on.

    `request_id` is the one in the logs, `reason` the caller's own words.
    """

    organization_id: str
    clock: Clock
    actor: Actor = SYSTEM
    request_id: str | None = None
    reason: str | None = None

    def entry(self, action: Action) -> Entry:
        """Begins the trail entry of a change made now."""
        now = self.clock.now()
        return Entry(at=now, action=action, actor=self.actor, request_id=self.request_id, reason=self.reason)

    def retries(self) -> Iterator[int]:
        """Returns `retries` of this context's clock."""
        return retries(self.clock)


def retries(clock: Clock) -> Iterator[int]:
    """Returns an endless iterator: `next` waits before one more try and returns its number, from 1. Raises Busy if no time is left."""
    for number in count(1):
        clock.pause(number - 1)
        yield number
