"""Thousands of schedules: whatever the clients do to each other, what they were told is true.

FRONTDESK_SCHEDULES says how many (2,000), FRONTDESK_SEED which one alone: that of a failure, which it prints.
"""

import os
from collections import Counter

import pytest

from tests.model.simulation import Simulation
from tests.shrink import shrink

SCHEDULES = int(os.environ.get("FRONTDESK_SCHEDULES", "2000"))
SEED = os.environ.get("FRONTDESK_SEED")


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


def test_whatever_clients_do_to_each_other_they_are_told_the_truth() -> None:
    said = Counter[str]()
    for seed in [int(SEED)] if SEED else range(SCHEDULES):
        said += run(seed).said
    print(*sorted(said.items()), sep="\n")
