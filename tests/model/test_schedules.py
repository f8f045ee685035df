"""Thousands of schedules: whatever the clients do to each other, what they were told is true.

FRONTDESK_SCHEDULES says how many (2,000), FRONTDESK_SEED which one alone: that of a failure, which it prints. The control tests
take one guard away each, and the same schedules find what it guards against.
"""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from frontdesk.domain.booking import moves, placement
from frontdesk.domain.booking.writes import CheckedOrder
from frontdesk.domain.ledger import Bound, Ledger, LedgerChange
from frontdesk.usecases.orders import staged as steps
from tests.fakes import FakeStore
from tests.model.simulation import Simulation
from tests.shrink import shrink

SCHEDULES = int(os.environ.get("FRONTDESK_SCHEDULES", "2000"))
SEED = os.environ.get("FRONTDESK_SEED")
# Within so many schedules a control finds its violation.
CONTROL = 400


@pytest.fixture(autouse=True)
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)


def run(seed: int) -> Simulation:
    simulation = Simulation(seed)
    try:
        simulation.run()
    except BaseException as error:
        error.add_note(f"FRONTDESK_SEED={seed} .venv/bin/pytest --no-cov tests/model")
        raise
    return simulation


def run_many(schedules: int, **unkindness: float) -> None:
    for seed in range(schedules):
        Simulation(seed, **unkindness).run()


def test_whatever_clients_do_to_each_other_they_are_told_the_truth(record_property: Any) -> None:
    said = Counter[str]()
    for seed in [int(SEED)] if SEED else range(SCHEDULES):
        said += run(seed).said
    record_property("schedules", 1 if SEED else SCHEDULES)
    # The schedules are about something: each of these happens, many times.
    often = (
        "create done",
        "create crashed",
        "create slot_unavailable",
        "create voucher_exhausted",
        "cancel done",
        "complete done",
        "move done",
    )
    assert SEED or all(said[each] > SCHEDULES / 100 for each in often), said


def test_a_seed_is_the_same_schedule_every_time() -> None:
    first, second = run(7), run(7)

    assert (first.step, first.said, first.time.now) == (second.step, second.said, second.time.now)
    assert first.store.items == second.store.items


def without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger's write asks whether its segments are there, not how full they are."""
    guarded = LedgerChange.applied_to

    def applied_to(change: LedgerChange, ledger: Ledger) -> Ledger | None:
        bounds = dict.fromkeys(change.bounds, Bound(-99, None))
        unbound = LedgerChange(
            change.seen,
            change.parts,
            bounds,
            change.new_holds,
            change.ended,
            change.dropped,
            change.replacement,
        )
        return guarded(unbound, ledger)

    monkeypatch.setattr(LedgerChange, "applied_to", applied_to)


def without_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes an expired hold out leaves its order as it was."""
    for module in (placement, moves, steps):
        monkeypatch.setattr(module, "ended_orders", lambda *_: [])


def without_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of placing or clearing away does not ask whether the order is still as it was."""
    guarded = FakeStore._written  # noqa: SLF001

    def written(store: FakeStore, write: Any) -> Any:
        key, item, done = guarded(store, write)
        return key, item, done or isinstance(write, CheckedOrder)

    monkeypatch.setattr(FakeStore, "_written", written)


@pytest.mark.parametrize("guard_off", [without_bounds, without_ends, without_fence])
def test_control_without_a_guard_the_schedules_find_a_violation(
    guard_off: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    guard_off(monkeypatch)

    with pytest.raises(AssertionError):
        run_many(CONTROL, jumps=0.1)
