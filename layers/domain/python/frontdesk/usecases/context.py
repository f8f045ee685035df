"""What every use case is told beside its task: the organization, the time available, and who asks."""

from collections.abc import Callable, Iterable, Iterator
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


def for_each_organization(
    ids: Iterable[str], clock: Clock, has_time: Callable[[], bool], work: Callable[[Context], int]
) -> int:
    """Does a sweep's work for organizations in turn while there is time. Returns the sum of what `work` returns.

    A failing organization does not hold up the others: failures are raised at the end, as an ExceptionGroup. Each minute begins with
    another organization, so that a very large one holds up nobody for long.
    """
    count, failures, organizations = 0, list[Exception](), list(ids)
    first = clock.now() // 60 % max(1, len(organizations))
    for organization_id in organizations[first:] + organizations[:first]:
        if not has_time():
            break
        try:
            count += work(Context(organization_id, clock))
        except Exception as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} organizations' sweeps failed", failures)
    return count
