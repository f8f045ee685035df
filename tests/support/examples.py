"""The share of its examples that a test with very many examples runs: all with FRONTDESK_HYPOTHESIS=many, a third in .ci/run, else a twentieth."""

import os
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_PROFILE = os.environ.get("FRONTDESK_HYPOTHESIS", "few")
MANY = _PROFILE == "many"
# As in .ci/run.
THOROUGH = _PROFILE in ("some", "many")
# A mutant should be noticed by a test without random examples.
_PARTS = {"few": 20, "some": 3, "fewest": 30, "many": 1}


def scaled(most: int) -> int:
    """Returns how many of the `most` examples of a test to run, rounded up."""
    return -(-most // _PARTS[_PROFILE])


def some_of(values: Sequence[_T], number: int, parts: int) -> Sequence[_T]:
    """Returns all values in .ci/run. In `make test`, returns one of `parts` parts of them, which `number` selects."""
    return values if THOROUGH else values[number % parts :: parts]
