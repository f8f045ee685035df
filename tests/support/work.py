"""Counts work instead of time: the executed lines of the product, which are the same on every machine.

Work inside a regular expression has no lines. Its CPU time is limited instead, far above what it needs.
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import frontdesk

_HOME = str(Path(frontdesk.__path__[0]))
# Three seconds of an idle core are about 30 million lines: a tenth of that, for slower machines.
MAX_STEPS = 3_000_000


class TooMuchWork(AssertionError):
    """More lines were executed than a request may take."""


def steps_of(call: Callable[[], Any], most: int = MAX_STEPS) -> int:
    """Returns how many lines of the product a call executes. Raises TooMuchWork for more than `most`."""
    steps = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal steps
        if event == "call" and not frame.f_code.co_filename.startswith(_HOME):
            return None
        if event == "line":
            steps += 1
            if steps > most:
                sys.settrace(None)
                raise TooMuchWork(f"more than {most} steps")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        call()
    finally:
        sys.settrace(before)
    return steps


def ends_soon(call: Callable[[], Any], seconds: float = 1.0) -> Any:
    """Returns the result of a call. Raises TooMuchWork if it takes more CPU seconds than allowed, however busy the machine is."""
    stopped: list[TooMuchWork] = []

    def stop(*_: Any) -> None:
        # If it is caught, it is raised again.
        stopped.append(TooMuchWork(f"more than {seconds} seconds of the processor"))
        raise stopped[-1]

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        found = call()
        if stopped:
            raise stopped[0]
        return found
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
