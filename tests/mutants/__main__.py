"""`make mutants [OF=suite[:module or function]] [PART=i/n]`: takes every guard of the booking rules out in turn, and sees whether a test notices.

The tests of a suite run once, to learn which lines each of them reaches. Then each mutant is a fork of this process, in which a
function has another body, and the tests that reach the changed line run until one fails. Nothing is imported or started
twice, so a mutant takes a fraction of a second. Tests that have noticed others of the same function run first. One that
no test notices must be in survivors.txt, with the reason why that is right; so must no other.

Of n parts each is a random nth of a suite, by a seed that is printed: SEED=… draws the same parts again, which together
are all of it.
"""

import gc
import importlib
import inspect
import json
import os
import re
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from mmap import mmap
from pathlib import Path
from random import Random
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any, NamedTuple

import coverage
import pytest

from local import servers
from tests.mutants.mutations import Mutant, mutants_of
from tests.support.dynamodb import dynamodb_in_memory

HERE = Path(__file__).parent
SURVIVORS = HERE / "survivors.txt"


class Suite(NamedTuple):
    """Modules of frontdesk, each with the test files that are to notice what is broken in it: the few that are about it.

    To learn what every test reaches would take longer than the mutants.
    """

    tests: Mapping[str, tuple[str, ...]]
    # Functions of these modules that the tests are for, or are not for.
    only: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()

    def files(self, mutants: Iterable[Mutant]) -> list[str]:
        """Returns the test files for the modules of these mutants, each once."""
        modules = dict.fromkeys(each.module.removeprefix("frontdesk.") for each in mutants)
        return [*dict.fromkeys(file for module in modules for file in self.tests[module])]

    def mutants(self) -> list[Mutant]:
        found: list[Mutant] = []
        for name in self.tests:
            module = importlib.import_module(f"frontdesk.{name}")
            path = Path(str(module.__file__))
            found += mutants_of(module.__name__, str(path), path.read_text())
        return [
            each
            for each in found
            if each.function not in self.but and (not self.only or each.function in self.only)
        ]

    def is_about(self, file: Path, module: str) -> bool:
        """Whether a file's tests should notice mutants of a module."""
        return any(file == HERE.parent / each for each in self.tests[module.removeprefix("frontdesk.")])


# Turns a write into a condition.
_CONDITIONS = frozenset(
    {
        "_add", "add_item", "ledger_update", "_all_of", "new_order_condition", "unchanged", "order_update", "mail_is",
        "count_update", "is_done",
    }
)  # fmt: skip


def _tests(kind: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{kind}/test_{name}.py" for name in names)


_TABLE = _tests("unit", "table")
_FINAL = _tests("integration", "final_outcomes")
_CONDITIONS_HELD = _tests("integration", "conditions")
_STORE = _CONDITIONS_HELD + _tests("integration", "store")
_ORDERS = _tests("unit", "place_order", "holds", "left_behind", "changed_limits")
_CHANGES = _tests("unit", "change_order", "over_stays_over", "left_behind", "trail")
_MOVES = _tests("unit", "moves", "over_stays_over", "left_behind", "money_as_meant", "time_as_meant", "trail")
_LARGE = _tests("integration", "more_than_one_transaction", "clients_deletion")
_DESK = _tests("integration", "admin_orders")

SUITES = {
    "conditions": Suite(
        {
            "adapters.dynamodb.store": _CONDITIONS_HELD,
            "adapters.dynamodb.updates": _CONDITIONS_HELD,
            "adapters.dynamodb.outcomes": _tests("unit", "known_outcomes") + _CONDITIONS_HELD,
        },
        only=_CONDITIONS,
    ),
    "adapters": Suite(
        {
            "adapters.dynamodb.store": _TABLE + _FINAL + _STORE + _tests("integration", "audit"),
            "adapters.dynamodb.table": _TABLE + _STORE,
            "adapters.dynamodb.outcomes": _tests("unit", "known_outcomes", "table")
            + _FINAL
            + _CONDITIONS_HELD
            + _tests("integration", "outcomes"),
            "adapters.dynamodb.updates": _TABLE + _FINAL + _STORE,
            "adapters.dynamodb.transaction": _TABLE
            + _FINAL
            + _STORE
            + _tests("integration", "outcomes", "tokens"),
        },
        but=_CONDITIONS,
    ),
    "domain": Suite(
        {
            "domain.ledger": _tests("unit", "ledger", "holds", "moves"),
            "domain.orders.states": _tests("unit", "states", "over_stays_over"),
            "domain.booking.changes": _tests("unit", "changes", "transactions", "canceling", "steps")
            + _CHANGES
            + _LARGE,
            "domain.booking.new_order": _tests("unit", "new_order", "place_order", "money_as_meant"),
            "domain.booking.placement": _tests("unit", "transactions", "placing", "steps", "placement")
            + _ORDERS,
            "domain.booking.group": _tests("unit", "place_together", "placing", "limits"),
            "domain.booking.moves": _tests("unit", "move_booking") + _MOVES + _DESK,
        },
    ),
    "usecases": Suite(
        {
            "usecases.orders.staged": _tests("unit", "steps") + _ORDERS + _CHANGES,
            "usecases.orders.place": _tests("unit", "placing", "history") + _ORDERS,
            "usecases.orders.place_batch": _tests(
                "unit", "placing", "history", "place_together", "left_behind"
            ),
            "usecases.orders.change": _tests("unit", "canceling", "steps", "changed_limits")
            + _CHANGES
            + _LARGE,
            "usecases.orders.move": _tests("unit", "move_booking") + _MOVES + _DESK,
        },
    ),
}
# Of the tests that reach a line, the quickest run, and no more than take so many seconds of CPU all in all.
SECONDS = 6.0
# A loop without an end is noticed, too: a test that takes several times its CPU, or waits for ever.
MOST_TIMES = 5
MOST_SECONDS = 120
# How a child ends that cannot have its mutant. That is no test's doing.
UNMADE = 3


class Survivor(NamedTuple):
    mutant: Mutant
    tests: int


class Mutating:
    """A pytest plugin that runs the tests once, and then the relevant tests for each mutant."""

    def __init__(self, suite: Suite, mutants: Sequence[Mutant], learned: Path) -> None:
        self.suite = suite
        self.mutants = mutants
        self.learned = learned
        self.failed = False
        self.survivors: list[Survivor] = []
        self.killed: list[Mutant] = []
        # How many mutants of a function each test has noticed.
        self.noticed: Counter[tuple[str, int]] = Counter()
        # The test that a child is running.
        self.running = mmap(-1, 8)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        reached, seconds = self._learn(session.items)
        gc.collect()
        gc.freeze()
        again = _within(SECONDS, range(len(seconds)), seconds)
        if self._noticed_by(None, again, session.items, seconds) is not None:
            pytest.exit("the tests fail when they are run again, whatever the mutant", 1)
        print(f"\n{len(self.mutants)} mutants, {len(session.items)} tests", flush=True)
        for number, mutant in enumerate(self.mutants, 1):
            reaching = (
                at
                for at in reached.get((mutant.path, mutant.line), ())
                if self.suite.is_about(session.items[at].path, mutant.module)
            )
            tests = _within(SECONDS, reaching, seconds)
            tests.sort(key=lambda at: self._cost(mutant.function, at, seconds[at]))
            by = self._noticed_by(mutant, tests, session.items, seconds)
            if by is not None:
                self.killed.append(mutant)
                self.noticed[mutant.function, by] += 1
            else:
                self.survivors.append(Survivor(mutant, len(tests)))
                print(f"{number}/{len(self.mutants)} survives {len(tests)} tests: {mutant.name}", flush=True)
        return True

    def _cost(self, function: str, at: int, seconds: float) -> float:
        """How long a test is likely to run for each mutant that it notices."""
        return (seconds + 0.01) / (self.noticed[function, at] + 0.1)

    def _learn(self, items: Sequence[pytest.Item]) -> tuple[dict[tuple[str, int], list[int]], list[float]]:
        """The tests that reach each line, and how long each takes.

        It is kept as long as neither the product nor the test's file changes, and what is interrupted goes on from there.
        """
        known: dict[str, Any] = json.loads(self.learned.read_text()) if self.learned.exists() else {}
        left = [item for item in items if known.get(item.nodeid, {}).get("of") != _digest(item.path)]
        try:
            self._watch(left, known)
        finally:
            self.learned.parent.mkdir(exist_ok=True)
            self.learned.write_text(json.dumps(known))
        reached: dict[tuple[str, int], list[int]] = {}
        for at, item in enumerate(items):
            for file, lines in known[item.nodeid]["reached"].items():
                for line in lines:
                    reached.setdefault((file, line), []).append(at)
        return reached, [known[item.nodeid]["seconds"] for item in items]

    def _watch(self, items: Sequence[pytest.Item], known: dict[str, Any]) -> None:
        files = sorted({each.path for each in self.suite.mutants()})
        watch = coverage.Coverage(data_file=None, config_file=False, include=files)
        data = watch.get_data()
        watch.start()
        try:
            for at, item in enumerate(items):
                watch.switch_context(item.nodeid)
                begun = time.process_time()
                # Fixtures of the session are not ended after the last test.
                _run(item, items[(at + 1) % len(items)])
                seconds = time.process_time() - begun
                if self.failed:
                    pytest.exit(f"{item.nodeid} fails without any mutant", 1)
                watch.switch_context("between")
                data.set_query_contexts([f"^{re.escape(item.nodeid)}$"])
                reached = {file: sorted(data.lines(file) or ()) for file in data.measured_files()}
                known[item.nodeid] = {"of": _digest(item.path), "seconds": seconds, "reached": reached}
        finally:
            watch.stop()

    def _noticed_by(
        self,
        mutant: Mutant | None,
        tests: Sequence[int],
        items: Sequence[pytest.Item],
        seconds: Sequence[float],
    ) -> int | None:
        """The one of the tests that fails, if any; without a mutant that is the control."""
        with warnings.catch_warnings():
            # Of what the tests have left, no other thread does anything by now.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                _be_quiet()
                signal.alarm(MOST_SECONDS)
                if mutant:
                    try:
                        _put(mutant)
                    except Exception:
                        os._exit(UNMADE)
                # What serves the tests of a file ends with the last of them, and what serves all of them never.
                for at, then in zip(tests, [*tests[1:], 0], strict=True):
                    self.running[:] = at.to_bytes(8, "big")
                    signal.setitimer(signal.ITIMER_PROF, MOST_TIMES * (0.5 + seconds[at]))
                    _run(items[at], items[then])
                    if self.failed:
                        os._exit(1)
                os._exit(0)
            except BaseException:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == UNMADE:
            pytest.exit(f"cannot be made: {mutant and mutant.name}", 1)
        return int.from_bytes(self.running[:], "big") if status else None


def _run(item: pytest.Item, then: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=then)


def _be_quiet() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def _within(most: float, tests: Iterable[int], seconds: Sequence[float]) -> list[int]:
    chosen: list[int] = []
    for at in sorted(tests, key=lambda at: seconds[at]):
        most -= seconds[at]
        if chosen and most < 0:
            break
        chosen.append(at)
    return chosen


def _put(mutant: Mutant) -> None:
    """Gives the function its other body, also for modules that have imported it."""
    found: Any = sys.modules[mutant.module]
    for name in mutant.function.split("."):
        found = inspect.getattr_static(found, name)
    for inside in ("fget", "func", "__func__"):
        found = getattr(found, inside, None) or found
    function = inspect.unwrap(found)
    assert isinstance(function, FunctionType), mutant.function
    function.__code__ = next(
        code
        for code in _codes(mutant.compiled())
        if (code.co_qualname, code.co_firstlineno)
        == (function.__code__.co_qualname, function.__code__.co_firstlineno)
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def explained() -> dict[str, str]:
    """Returns the reason for each survivor in survivors.txt: the comment above it, which may be about several."""
    reasons: dict[str, str] = {}
    for paragraph in SURVIVORS.read_text().split("\n\n"):
        lines = paragraph.splitlines()
        reason = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
        reasons |= {line: reason for line in lines if line and not line.startswith("#")}
    return reasons


def part_of(mutants: Sequence[Mutant], part: str, seed: int) -> list[Mutant]:
    """Returns part i of n. `part` is i/n, counted from 1."""
    at, parts = map(int, part.split("/"))
    return Random(seed).sample(mutants, len(mutants))[at - 1 :: parts]


def _learned(suite: str) -> Path:
    """Where it is kept what the tests of a suite reach."""
    return HERE.parents[1] / ".local" / f"mutants-{suite}.json"


@cache
def _digest(test: Path) -> str:
    """Of the product, what all tests share, and one file of tests."""
    root = HERE.parents[1]
    shared = [*(root / "layers/domain").rglob("*.py"), *(root / "tests/support").rglob("*.py")]
    return sha256(b"".join(path.read_bytes() for path in [*sorted(shared), test])).hexdigest()[:12]


@contextmanager
def _engine_in_memory(*_: Any, **__: Any) -> Iterator[SimpleNamespace]:
    with dynamodb_in_memory():
        yield SimpleNamespace(endpoint=None)


def main(of: Sequence[str]) -> int:
    # What takes an engine of its own has the one in this process, which the others are held to.
    os.environ.setdefault("FRONTDESK_HYPOTHESIS", "fewest")
    servers.ministack = servers.roto = _engine_in_memory  # type: ignore[assignment]
    reasons, begun, wrong = explained(), time.monotonic(), list[str]()
    part, seed = os.environ.get("PART") or "1/1", int(os.environ.get("SEED") or Random().randrange(10_000))
    print(f"PART={part} SEED={seed}")
    for asked in of or SUITES:
        name, _, function = asked.partition(":")
        suite = SUITES[name]
        mutants = [each for each in suite.mutants() if function in f"{each.module}.{each.function}"]
        tests = [str(HERE.parent / test) for test in suite.files(mutants)]
        mutating = Mutating(suite, part_of(mutants, part, seed), _learned(name))
        code = pytest.main(
            # What runs on several engines runs on the one in this process: the others are held to the same. Programs are
            # processes of their own, which no mutant is in.
            [
                "-q",
                "-s",
                "-p",
                "no:cacheprovider",
                # That a test fails is all that matters. To say why would take longer than the test.
                "--tb=no",
                "--assert=plain",
                "--hypothesis-seed=0",
                "-m",
                "not long and not docker and not clients",
                "-k",
                "not ministack and not roto and not the_program and not operators_token",
                *tests,
            ],
            plugins=[mutating],
        )
        if code:
            return int(code)
        unexplained = [each for each in mutating.survivors if each.mutant.name not in reasons]
        took = time.monotonic() - begun
        print(
            f"\n{name}: {len(mutating.killed)} mutants were noticed, {len(mutating.survivors)} were not,"
            f" {len(unexplained)} of them without a reason in {SURVIVORS.name}. {took:.0f} s"
        )
        wrong += [f"not noticed by {each.tests} tests: {each.mutant.name}" for each in unexplained]
        wrong += [f"noticed after all: {each.name}" for each in mutating.killed if each.name in reasons]
    present = {mutant.name for suite in SUITES.values() for mutant in suite.mutants()}
    wrong += [f"not there any more: {name}" for name in reasons if name not in present]
    wrong += [f"without a reason: {name}" for name, reason in reasons.items() if not reason]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    # So that whoever ends this ends the servers too that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
