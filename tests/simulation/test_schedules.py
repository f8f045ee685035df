"""Thousands of schedules of clients, network faults and time: the clients' answers are always true.

FRONTDESK_SCHEDULES is their number (100; 1,000 in .ci/run). FRONTDESK_SEED runs a single one, such as the printed seed of a failure.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.clients import Clients
from tests.simulation.schedule import run
from tests.simulation.world import World
from tests.support.shrink import shrink

SCHEDULES = int(os.environ.get("FRONTDESK_SCHEDULES", "100"))
LONG = 100_000
SEED = os.environ.get("FRONTDESK_SEED")
# Shared among the workers of the tests.
PARTS = 4
# The schedules cover something: each of these happens many times.
OFTEN = (
    "create done", "create crashed", "create slot_unavailable", "complete done", "cancel done", "move done",
    "move slot_unavailable",
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)


def replayed(seed: int) -> tuple[World, Clients]:
    """Runs the schedule of a seed. A failure prints how to repeat it."""
    try:
        return run(seed)
    except BaseException as error:
        error.add_note(f"FRONTDESK_SEED={seed} .venv/bin/pytest tests/simulation -k told_the_truth")
        raise


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_clients_are_told_the_truth(part: int, record_property: Any) -> None:
    seeds = range(part, SCHEDULES, PARTS) if SEED is None else range(int(SEED), int(SEED) + 1)
    said = Counter[str]()
    for seed in seeds:
        said += replayed(seed)[1].said
    record_property("schedules", len(seeds))
    # The few schedules of `make test` may lack something rare.
    assert len(seeds) < 250 or all(said[each] > len(seeds) / 100 for each in OFTEN), said


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_however_long_it_goes_on_clients_are_told_the_truth(part: int) -> None:
    for seed in range(SCHEDULES + part, SCHEDULES + LONG, PARTS):
        replayed(seed)


def test_a_seed_is_the_same_schedule_in_every_process() -> None:
    """A trace contains every request, its outcome, and its time."""
    # In the last one, the sweep looks up two orders that it knows only from holds and bookings.
    seeds = (*range(5), 69)
    program = (
        "import pytest; from tests.support.shrink import shrink; from tests.simulation.schedule import run;"
        f"shrink(pytest.MonkeyPatch()); print(*(run(seed)[0].trace for seed in {seeds!r}))"
    )
    path = os.pathsep.join(["layers/domain/python", "."])
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": path}
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert elsewhere.stdout.split() == [run(seed)[0].trace for seed in seeds]
