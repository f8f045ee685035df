"""Replaces a pool of threads in tests. Does all work immediately, in the thread that submits it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class AtOnce(Executor):
    """Does the work when it is submitted, so that calls always have the same order. `result()` raises its exceptions, as with threads."""

    def __init__(self, *_: Any) -> None:
        pass

    def submit(self, do: Callable[..., Any], /, *arguments: Any, **named: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(do(*arguments, **named))
        except BaseException as error:
            future.set_exception(error)
        return future
