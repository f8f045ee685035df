"""The context of every use case: the organization, the time available, and the caller."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import NamedTuple, Protocol

from frontdesk.domain.trail import SYSTEM, Action, Actor, Entry


class Clock(Protocol):
    """The clock of one invocation. Tests have their own implementation."""

    def now(self) -> int:
        """Returns the current time in epoch seconds."""

    def pause(self, attempt: int) -> None:
        """Waits for a random time before retry number `attempt` (from 0). Raises Busy if no time is left."""


class Context(NamedTuple):
    """The context of a request or event. It is created once, on arrival.

    `request_id` identifies the request in the logs. `reason` is why the caller, or the system itself, makes a change; the trail shows it.
    """

    organization_id: str
    clock: Clock
    actor: Actor = SYSTEM
    request_id: str | None = None
    reason: str | None = None

    def entry(self, action: Action) -> Entry:
        """Returns a trail entry for an action at the current time. The caller adds what changed."""
        now = self.clock.now()
        return Entry(at=now, action=action, actor=self.actor, request_id=self.request_id, reason=self.reason)

    def retries(self) -> Iterator[int]:
        """Returns an endless iterator that waits before each retry, by this context's clock. See the function `retries`."""
        return retries(self.clock)


def retries(clock: Clock) -> Iterator[int]:
    """Returns an endless iterator for retries.

    Each `next` waits, then returns the number of the retry, from 1. Raises Busy if no time is left.
    """
    for number in count(1):
        clock.pause(number - 1)
        yield number


def for_each_organization(
    ids: Iterable[str], clock: Clock, has_time: Callable[[], bool], work: Callable[[Context], int]
) -> int:
    """Calls `work` for one organization after the other while there is time. Returns the sum of the numbers that `work` returns.

    If an organization fails, continues with the others. At the end, raises all failures as an ExceptionGroup.
    """
    count, failures, organizations = 0, list[Exception](), list(ids)
    # Another organization is first every minute, so that a very large one does not delay the others for long.
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
