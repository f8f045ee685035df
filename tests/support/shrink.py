"""Makes the limits of a transaction small, so that small orders are placed, completed and canceled in steps."""

import sys

import pytest

LIMITS = {"MAX_ACTIONS": 8, "_LEDGERS_AT_ONCE": 2, "_MAX_ENDED": 3}


def shrink(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Sets the limits in every module that has imported them."""
    for name, module in list(sys.modules.items()):
        if name.startswith("frontdesk."):
            for limit, value in {**LIMITS, **limits}.items():
                if hasattr(module, limit):
                    monkeypatch.setattr(module, limit, value)
