"""The number of examples of tests that generate very many: all with FRONTDESK_HYPOTHESIS=many, a third in .ci/run, else a few."""

import os

MANY = os.environ.get("FRONTDESK_HYPOTHESIS") == "many"
# Mutants run with the fewest examples of most tests, but need these.
_PARTS = {"few": 3, "some": 3, "fewest": 3, "many": 1}


def scaled(most: int) -> int:
    return -(-most // _PARTS[os.environ.get("FRONTDESK_HYPOTHESIS", "few")])
