"""Several clients on one store in memory, one call at a time, in an order that the test decides. Any schedule can be repeated."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock, Thread, current_thread
from typing import Any

from frontdesk.domain.booking.writes import Write
from frontdesk.domain.catalog.items import CatalogItem
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import Busy, FrontdeskError
from frontdesk.usecases.context import Context
from tests.support.fakes import FakeStore


class Crash(BaseException):
    """The process ends here. Nothing catches it."""


@dataclass
class Outcome:
    """The outcome of a client: its answer, why it was refused, or neither if it crashed."""

    value: Any = None
    refused: FrontdeskError | None = None
    crashed: bool = False

    @property
    def said(self) -> str:
        """Returns `done`, `crashed`, or the codes of the refusal."""
        if self.refused:
            return ",".join(sorted({problem.code for problem in self.refused.problems}))
        return "crashed" if self.crashed else "done"


class Turns:
    """Runs each client in its own thread. Only one has its turn; `choose` selects the next one."""

    def __init__(self, choose: Callable[[list[str]], str]) -> None:
        self._choose = choose
        # A client waits for its own lock, which whoever has the turn opens.
        self._mine: dict[str, Lock] = {}
        self._at_work: list[str] = []
        self._all_done = _locked()
        self._broken: BaseException | None = None

    def run(self, clients: Mapping[str, Callable[[], Any]]) -> dict[str, Outcome]:
        """Returns the outcome of each client. Raises exceptions of clients that are neither refusals nor crashes."""
        outcomes = {name: Outcome() for name in clients}
        self._mine = {name: _locked() for name in clients}
        self._at_work = list(clients)
        threads = [
            Thread(target=self._client, args=(client, outcomes[name]), name=name, daemon=True)
            for name, client in clients.items()
        ]
        for thread in threads:
            thread.start()
        self._mine[self._choose(self._at_work)].release()
        if not self._all_done.acquire(timeout=60):
            raise TimeoutError("the clients wait for each other")
        for thread in threads:
            thread.join()
        if self._broken:
            raise self._broken
        return outcomes

    def pass_on(self) -> None:
        """Lets `choose` select the next client. Does nothing outside of `run`."""
        name = current_thread().name
        if name in self._mine:
            chosen = self._choose(self._at_work)
            if chosen != name:
                self._mine[chosen].release()
                self._mine[name].acquire()

    def _client(self, client: Callable[[], Any], outcome: Outcome) -> None:
        name = current_thread().name
        self._mine[name].acquire()
        try:
            outcome.value = client()
        except FrontdeskError as error:
            outcome.refused = error
        except Crash:
            outcome.crashed = True
        except BaseException as error:
            self._broken = self._broken or error
        self._at_work.remove(name)
        if self._at_work:
            self._mine[self._choose(self._at_work)].release()
        else:
            self._all_done.release()


def _locked() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


def crash(client: Callable[[], Any], store: "TurnStore", at: int) -> bool:
    """Runs a client alone until just before its call number `at` (from 0). Returns False if it ended before that."""
    left = at

    def turn() -> None:
        nonlocal left
        if left == 0:
            raise Crash
        left -= 1

    before, store.turn = store.turn, turn
    try:
        client()
    except Crash:
        return True
    finally:
        store.turn = before
    return False


class Clock:
    """A client's clock. Each pause is a turn for the others, and takes a second of the common time."""

    def __init__(self, time: "Time", turn: Callable[[], None], pauses: int = 30) -> None:
        self._time, self._turn, self._pauses = time, turn, pauses

    def now(self) -> int:
        return self._time.now

    def pause(self, attempt: int) -> None:
        if self._pauses == 0:
            raise Busy
        self._pauses -= 1
        self._time.now += 1
        self._turn()


class Time:
    def __init__(self, now: int = 1_800_000_000) -> None:
        self.now = now


class TurnStore(FakeStore):
    """Lets others have their turn before each call, and between the parts of a read, which is not a snapshot.

    A consistent read returns each item as it is at its own moment. `parts` is the order in which items are read.
    """

    def __init__(
        self, organization_id: str, catalog: Iterable[CatalogItem], turn: Callable[[], None]
    ) -> None:
        super().__init__(organization_id, catalog)
        self.turn = turn

    def parts(self, keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
        """Yields the orders first, then everything else. The product may not rely on any other order of a read."""
        yield [key for key in keys if key.kind == "order"]
        yield [key for key in keys if key.kind != "order"]

    def read(self, context: Context, keys: Iterable[Key], **how: Any) -> dict[Key, Any]:
        found: dict[Key, Any] = {}
        for part in self.parts(list(keys)):
            if part:
                self.turn()
                found |= super().read(context, part, **how)
        return found

    def order(self, context: Context, order_id: str) -> tuple[Order, list[Booking]] | None:
        self.turn()
        return super().order(context, order_id)

    def write(self, context: Context, writes: Sequence[Write]) -> Mapping[Key, Any] | None:
        self.turn()
        return super().write(context, writes)
