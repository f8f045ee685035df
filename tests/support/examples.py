"""How many examples a test takes that makes very many: all where FRONTDESK_HYPOTHESIS=many, a third of them as in .ci/run, or a few."""

import os

MANY = os.environ.get("FRONTDESK_HYPOTHESIS") == "many"
# Mutants, which are tried with the fewest of most, need these.
_PARTS = {"few": 3, "some": 3, "fewest": 3, "many": 1}


def scaled(most: int) -> int:
    return -(-most // _PARTS[os.environ.get("FRONTDESK_HYPOTHESIS", "few")])
