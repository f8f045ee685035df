"""A stand-in for a pool of threads, which does everything at once."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class AtOnce(Executor):
    """Does the work when it is submitted, so that all calls have one order. The result is told as late as by a thread."""

    def __init__(self, *_: Any) -> None:
        pass

    def submit(self, do: Callable[..., Any], /, *arguments: Any, **named: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(do(*arguments, **named))
        except BaseException as error:
            future.set_exception(error)
        return future
