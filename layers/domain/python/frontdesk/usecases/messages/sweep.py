"""Every minute, sends the due messages of all organizations in turn, at the rate that SES allows the account."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, zip_longest

from frontdesk.usecases.context import Clock, Context
from frontdesk.usecases.messages.needs import Due, PostOffice
from frontdesk.usecases.messages.send import Throttled, deliver

# How many messages one sweep examines. The others stay due.
MAX_DUE = 5_000


def send_due(clock: Clock, owner: str, post: PostOffice, has_time: Callable[[], bool]) -> Counter[str]:
    """Sends due messages while there is time. Returns the number of messages by their new state, for example `{"sent": 12}`.

    The entry `throttled` is 1 if SES's quota was used up. Raises failures at the end, as an ExceptionGroup.
    """
    counts: Counter[str] = Counter()
    pace = post.pace()
    if pace.left_today < 1:
        counts["throttled"] += 1
        return counts
    failures: list[Exception] = []
    found = post.outbox.due(clock, clock.now(), MAX_DUE)
    for due in in_turn(dict.fromkeys(found)):
        if not has_time() or counts["sent"] >= pace.left_today:
            break
        try:
            became = deliver(Context(due.organization_id, clock), due.order_id, due.lane, owner, post)
        except Throttled:
            counts["throttled"] += 1
            break
        except Exception as error:
            failures.append(error)
            continue
        counts.update(became)
        post.wait(became.count("sent") / pace.per_second)
    if failures:
        raise ExceptionGroup(f"{len(failures)} messages could not be looked after", failures)
    return counts


def in_turn(found: Iterable[Due]) -> Iterator[Due]:
    """Yields one message of each organization in turn, so that ten thousand messages of one organization do not delay the others."""
    queues: defaultdict[str, list[Due]] = defaultdict(list)
    for due in found:
        queues[due.organization_id].append(due)
    rounds = chain.from_iterable(zip_longest(*queues.values()))
    return (due for due in rounds if due is not None)
