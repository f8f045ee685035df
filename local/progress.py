"""Shows progress on the terminal while the local cloud is set up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(text: str) -> Iterator[None]:
    """Prints `text` and, after the `with` block, how long it took: `Start MiniStack ... 1.2 s`."""
    print(f"  {text} ... ", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)
