"""Races: simultaneous operations, parked just before their first write until all have read, and audited afterwards."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError
from typing import Any, cast

import pytest
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from frontdesk.adapters.dynamodb import store as dynamodb
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.audit import Audit
from frontdesk.domain.findings import Finding
from frontdesk.domain.ledger import LedgerChange
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import place_order
from tests.support.demo import ORGANIZATION
from tests.support.engine import Table

SECONDS = 60.0


class At(SystemClock):
    """A clock that stands still, and gives its operation `SECONDS` of real time."""

    def __init__(self, now: int) -> None:
        super().__init__(SECONDS)
        self._now = now

    def now(self) -> int:
        return self._now


Operation = Callable[[DynamoStore], Any]


def create(
    body: dict[str, Any], clock: Callable[[], SystemClock] = lambda: SystemClock(SECONDS)
) -> Operation:
    reading = read_config(body)
    return lambda store: place_order(Context(ORGANIZATION.id, clock()), reading, store)


class Parked:
    """The store of one operation, which waits before its first write until every other operation waits too, or has ended."""

    def __init__(self, store: DynamoStore, barrier: Barrier) -> None:
        self._store, self._barrier, self._waiting = store, barrier, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, *args: Any) -> Any:
        if self._waiting:
            self._waiting = False
            # Broken: another operation was refused before it wrote. From here on, all run freely.
            with suppress(BrokenBarrierError):
                self._barrier.wait(10)
        return self._store.write(*args)


def outcome(operation: Operation, store: Any) -> str:
    """Returns `done`, or the codes of the refusal."""
    try:
        operation(cast("DynamoStore", store))
    except FrontdeskError as error:
        return ",".join(sorted({problem.code for problem in error.problems}))
    return "done"


def race(store: DynamoStore, operations: Sequence[Operation], *, park: bool = True) -> Counter[str]:
    """Runs all operations simultaneously, and counts the outcomes."""
    barrier = Barrier(len(operations))

    def one(operation: Operation) -> str:
        if not park:
            barrier.wait(30)
            return outcome(operation, store)
        parked = Parked(store, barrier)
        result = outcome(operation, parked)
        if parked._waiting:  # noqa: SLF001
            barrier.abort()
        return result

    with ThreadPoolExecutor(len(operations)) as pool:
        return Counter(pool.map(one, operations))


def findings(on: Table, now: int | None = None) -> list[Finding]:
    """Returns the auditor's findings on the table."""
    audit = Audit(SystemClock(1).now() if now is None else now)
    for key, item in on.objects():
        audit.add(key, item)
    return audit.findings()


@contextmanager
def guard_off() -> Iterator[None]:
    """The control: writes of ledgers have no condition."""
    guarded: Callable[[LedgerChange], tuple[Sequence[Action], Condition]] = dynamodb._ledger_update  # noqa: SLF001

    always = Path("pk").exists() | Path("pk").does_not_exist()

    def unguarded(change: LedgerChange) -> tuple[Sequence[Action], Condition]:
        return guarded(change)[0], always

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamodb, "_ledger_update", unguarded)
        patch.setattr(dynamodb, "NEW_DAY", always)
        yield
