"""Chaos: processes with threads on a real engine, with every fault at the same time. No two runs are the same.

FRONTDESK_CHAOS_SECONDS is the duration (50), FRONTDESK_CHAOS_SEED the seed. Both are printed.
"""

import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

import pytest

from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.domain.orders.snapshot import Key
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from tests.chaos.aftermath import Aftermath
from tests.chaos.guests import Clock, Plan, Report, work
from tests.chaos.network import Weather
from tests.simulation.checker import Violation
from tests.simulation.clients import TWICE, Call
from tests.simulation.test_controls import torn_orders
from tests.support.engine import Table, table

pytestmark = pytest.mark.long
SECONDS = float(os.environ.get("FRONTDESK_CHAOS_SECONDS", "50"))
SEED = os.environ.get("FRONTDESK_CHAOS_SEED") or str(random.SystemRandom().randrange(10**6))
# The fault of a control is found sooner.
MOST_SECONDS = 300
PROCESSES = 2
# Each round has its own table.
ROUND = 6.0
CALM = Weather(0, 0, 0, 0, 0)
# All of these must happen, or the run proves nothing.
OFTEN = (
    "create done",
    "complete done",
    "cancel done",
    "move done",
    "edit done",
    "lost",
    "late",
    "killed",
    "conflict",
)
_context = get_context("forkserver")
_context.set_forkserver_preload(["tests.chaos.guests"])
MendOut = Callable[[pytest.MonkeyPatch], None]


class Round:
    """Processes on one table, each replaced if it ends early, and their reports."""

    def __init__(
        self, on: Table, seed: str, profile: str, weather: Weather, mend_out: MendOut | None
    ) -> None:
        self._on, self._seed, self._profile, self._weather = on, seed, profile, weather
        self._mend_out = mend_out
        self._begun = time.monotonic()
        self._calls: dict[tuple[str, int], Call] = {}
        self._errors: list[str] = []
        self._started = 0
        self.seen = Counter[str]()

    def play(self, seconds: float) -> None:
        """Runs the round. Raises Violation."""
        until = self._begun + seconds
        running = [self._start(until, staff=staff) for staff in (True, *(PROCESSES - 1) * (False,))]
        while running:
            wait([parent for _, parent, _ in running])
            for each in list(running):
                plan, parent, process = each
                while self._has_more(plan, parent):
                    pass
                if not parent.closed:
                    continue
                running.remove(each)
                process.join()
                assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
                self.seen["killed"] += process.exitcode != 0
                if process.exitcode and time.monotonic() < until:
                    running.append(self._start(until, staff=plan.staff))
        self.seen.update(f"{call.kind} {_said(call)}" for call in self._calls.values())
        self._check()

    def _start(self, until: float, *, staff: bool) -> tuple[Plan, Connection, Any]:
        self._started += 1
        seed = f"{self._seed}, process {self._started}"
        plan = Plan(
            str(self._on.endpoint), self._on.name, seed, self._profile,
            self._begun, until, self._weather, self._mend_out, staff,
        )  # fmt: skip
        ours, theirs = _context.Pipe(duplex=False)
        process = _context.Process(target=work, args=(plan, theirs))
        process.start()
        theirs.close()
        return plan, ours, process

    def _has_more(self, plan: Plan, parent: Connection) -> bool:
        """Reads one report. A process that was killed may have left half of one."""
        try:
            if not parent.poll():
                return False
            report: Report = parent.recv()
        except (EOFError, OSError):
            parent.close()
            return False
        if report.call:
            self._calls[plan.seed, report.number] = report.call
        if report.error:
            self._errors.append(report.error)
        self.seen.update(report.seen)
        return True

    def _check(self) -> None:
        # Much later, after every deadline.
        sweep(self._on.store, Clock(self._begun, 2 * 3600))
        if self._errors:
            raise Violation("\n".join(self._errors))
        Aftermath(self._on.items(), list(self._calls.values())).check()


@pytest.fixture(autouse=True, scope="module")
def server_of_processes() -> None:
    """Starts a server process that imports everything once, so that new processes start immediately."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        process = _context.Process(target=int)
        process.start()
        process.join()


@pytest.fixture
def chaos(ministack_dynamodb: str) -> Iterator[Any]:
    def play(seed: str, profile: str, weather: Weather, mend_out: MendOut | None = None) -> Counter[str]:
        with table(ministack_dynamodb, [TWICE]) as on:
            played = Round(on, seed, profile, weather, mend_out)
            try:
                played.play(ROUND)
            except BaseException as error:
                error.add_note(f"{profile}, FRONTDESK_CHAOS_SEED={SEED}, round {seed}; {dict(played.seen)}")
                raise
            return played.seen

    return play


def test_whatever_happens_at_once_clients_are_told_the_truth(chaos: Any, capsys: Any) -> None:
    seen, until, rounds = Counter[str](), time.monotonic() + SECONDS, 0
    # A slow machine needs longer to see anything.
    while time.monotonic() < until or (not all(seen[each] for each in OFTEN) and rounds < 100):
        seen += chaos(f"{SEED}.{rounds}", "large_order" if rounds % 4 == 3 else "mixed", Weather())
        rounds += 1
    with capsys.disabled():
        print(f"\nFRONTDESK_CHAOS_SEED={SEED}, {rounds} rounds: {dict(sorted(seen.items()))}")
    assert all(seen[each] for each in OFTEN), seen


def catalogs_that_are_remembered(patch: pytest.MonkeyPatch) -> None:
    """Makes processes use catalog items that they read once for ever."""
    read, known = DynamoStore.read, dict[Key, Any]()

    def remembering(self: DynamoStore, context: Context, keys: Any, **how: Any) -> Any:
        found = read(self, context, keys, **how)
        known.update(
            {key: item for key, item in found.items() if key.kind == "resource" and key not in known}
        )
        return {key: known.get(key, item) for key, item in found.items()}

    patch.setattr(DynamoStore, "read", remembering)


@pytest.mark.parametrize(
    ("mend_out", "profile", "what"),
    [
        (torn_orders, "large_order", "days say what is not booked"),
        (catalogs_that_are_remembered, "mixed", "came to|archived before"),
    ],
)
def test_control_without_its_mend_chaos_finds_a_fault(
    chaos: Any, mend_out: MendOut, profile: str, what: str
) -> None:
    seen, until = Counter[str](), time.monotonic() + MOST_SECONDS
    for number in count():
        try:
            seen += chaos(f"{SEED} control.{number}", profile, CALM, mend_out)
        except Violation as error:
            if re.search(what, str(error)):
                return
            raise
        if time.monotonic() > until:
            pytest.fail(f"{number + 1} rounds do not find it: {dict(sorted(seen.items()))}")


def _said(call: Call) -> str:
    return "done" if call.succeeded else " ".join(sorted(call.refused or {"nothing said"}))
