"""How many examples a test takes that makes very many: all where FRONTDESK_HYPOTHESIS=many, as in `make test-long`, else a third."""

import os

MANY = os.environ.get("FRONTDESK_HYPOTHESIS") == "many"


def scaled(most: int) -> int:
    return most if MANY else -(-most // 3)
