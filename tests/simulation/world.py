"""The world that clients share: one table behind the real store, a network that loses and delays, and time.

Everything is drawn from one seed. A client has its turn until its next request; then the seed decides.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from random import Random
from threading import current_thread
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch
from uuid import UUID

from botocore.exceptions import ClientError, ReadTimeoutError

from frontdesk.adapters.dynamodb import items as items_module
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.domain.problems import Busy
from tests.simulation.engine import Engine, ItemKey, key_of, refusal
from tests.simulation.expressions import Item
from tests.support.turns import Crash, Turns

START = 1_800_000_000
# Seconds that a client waits for an answer.
TIMEOUT = 5
# A request's signature is valid for five minutes, by a clock that may be off.
_SIGNED = 300 + 30
_SECONDS = (7, 61, 901)
_PAGES = (1, 2, 3, None)
_BURSTS = (0, 0, 1, 2, 4, 8, 16, 32)


class Weather(NamedTuple):
    """The probability of each fault: for each transaction or, the last three, at each turn."""

    conflict: float = 0.03
    throttled: float = 0.02
    late: float = 0.02
    twice: float = 0.03
    silent: float = 0.03
    crash: float = 0.01
    jump: float = 0.02
    arrival: float = 0.1


class World:
    """`fates` are the outcomes of a client's next transactions. After them, the weather decides."""

    def __init__(self, seed: str, weather: Weather, items: Mapping[ItemKey, Item]) -> None:
        self.random = Random(seed)
        self.weather = weather
        self.engine = Engine(items)
        self.now, self.step = START, 0
        self.fates: dict[str, Iterator[str]] = {}
        self.store = _store()
        self._ids = Random(f"ids of {seed}")
        self._turns = Turns(self._choose)
        self._favourite, self._patience, self._waiting = "", 0, ""
        self._late: list[tuple[int, Mapping[str, Any]]] = []
        self._at_ease = True
        self._trace: list[tuple[Any, ...]] = []

    @property
    def trace(self) -> str:
        """Returns a text that distinguishes this schedule from all others."""
        return sha256(repr(self._trace).encode()).hexdigest()

    @contextmanager
    def in_charge(self) -> Iterator[None]:
        """Redirects the store's requests to this world, and makes all randomness depend on the seed."""
        before = [(module, module.uuid4) for module in _with_ids(len(sys.modules))]
        client, secrets = self.store.connection.client, SimpleNamespace(randbelow=self._ids.randrange)
        for module, _ in before:
            module.uuid4 = lambda: UUID(int=self._ids.getrandbits(128), version=4)  # type: ignore[attr-defined]
        try:
            with (
                patch.object(client, "_make_api_call", self.request),
                patch.object(items_module, "secrets", secrets),
            ):
                yield
        finally:
            for module, uuid4 in before:
                module.uuid4 = uuid4  # type: ignore[attr-defined]

    def run(self, clients: Mapping[str, Callable[[], Any]]) -> None:
        self._at_ease = False
        self._turns.run(clients)
        self._at_ease = True
        # Everything that is under way arrives, in any order.
        while self._late:
            self._arrive()

    def turn(self) -> None:
        """Lets others continue: time passes, late requests arrive, or the client's process ends."""
        self.step += 1
        if self._at_ease:
            return
        weather, drawn = self.weather, self.random.random()
        if drawn < weather.crash:
            self.note("crash")
            raise Crash
        if drawn < weather.crash + weather.jump:
            self.now += self.random.choice(_SECONDS)
        elif self._late and self.random.random() < weather.arrival:
            self._arrive()
        self._turns.pass_on()

    def wait(self, seconds: int) -> None:
        """Lets time pass for the others."""
        self.now += seconds
        self._waiting = current_thread().name
        self.turn()

    def _choose(self, at_work: list[str]) -> str:
        """Chooses a client for a short or a long time. Overtaking a client between two of its requests takes many requests."""
        self._patience -= 1
        if self._patience < 0 or self._favourite not in at_work or self._favourite == self._waiting:
            self._favourite = self.random.choice(
                [each for each in at_work if each != self._waiting] or at_work
            )
            self._patience = self.random.choice(_BURSTS)
        self._waiting = ""
        return self._favourite

    def note(self, *what: Any) -> None:
        self._trace.append((self.step, self.now, current_thread().name, *what))

    def request(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Replaces botocore's `_make_api_call`."""
        match operation:
            case "TransactWriteItems":
                return self._transact(parameters)
            case "BatchGetItem":
                return self._batch(parameters["RequestItems"])
            case "Query" | "Scan":
                self.turn()
                # A partition, possibly up to a sort key: `pk = :0 AND sk <= :1`.
                pk, upto = [*parameters.get("ExpressionAttributeValues", {}).values(), None, None][:2]
                assert (upto is None) == ("<=" not in parameters.get("KeyConditionExpression", ""))
                start, limit = parameters.get("ExclusiveStartKey"), self.random.choice(_PAGES)
                self.note(operation, pk, start, limit)
                assert parameters["ConsistentRead"], "indexes have no part in this"
                forward = parameters.get("ScanIndexForward", True)
                return self.engine.page(
                    pk and pk["S"],
                    start,
                    limit,
                    forward=forward,
                    within=lambda item: upto is None or item["sk"]["S"] <= upto["S"],
                )
        raise NotImplementedError(operation)

    def _batch(self, request: Mapping[str, Any]) -> Any:
        """Reads each item at its own moment. An eventually consistent read may be up to three versions old."""
        ((table, asked),) = request.items()
        keys = sorted(map(key_of, asked["Keys"]))
        self.random.shuffle(keys)
        lags = not asked.get("ConsistentRead") and self.random.random() < 0.5
        found = []
        for key in keys:
            self.turn()
            behind = self.random.randrange(4) if lags else 0
            self.note("get", key, behind)
            found.append(self.engine.get(key, behind))
        return {"Responses": {table: [item for item in found if item is not None]}, "UnprocessedKeys": {}}

    def _transact(self, request: Mapping[str, Any]) -> Any:
        self.turn()
        fate = next(self.fates.get(current_thread().name, iter(())), None) or self._fate()
        keys = [
            key_of(action.get("Key") or action["Item"]) for action in map(_action, request["TransactItems"])
        ]
        self.note("transact", sorted(keys), fate)
        if fate == "conflict":
            hit = keys.index(self.random.choice(sorted(keys)))
            codes = ["TransactionConflict" if at == hit else "None" for at in range(len(keys))]
            raise refusal("TransactionCanceledException", reasons=[{"Code": code} for code in codes])
        if fate == "throttled":
            raise refusal("ThrottlingException")
        if fate in ("late", "twice"):
            self._late.append((self.now, request))
        try:
            if fate != "late":
                answer = self.engine.transact(request, self.now, self.step)
        except ClientError as error:
            self.note(error.response["Error"]["Code"], error.response["Error"]["Message"])
            if fate != "silent":
                raise
        if fate in ("late", "silent"):
            self.wait(TIMEOUT)
            raise ReadTimeoutError(endpoint_url="simulated")
        self.turn()
        return answer

    def _fate(self) -> str:
        if self._at_ease:
            return "well"
        drawn = self.random.random()
        for fate in ("conflict", "throttled", "late", "twice", "silent"):
            drawn -= getattr(self.weather, fate)
            if drawn < 0:
                return fate
        return "well"

    def _arrive(self) -> None:
        """Delivers a late request. Nobody receives its answer."""
        sent_at, request = self._late.pop(self.random.randrange(len(self._late)))
        self.note("arrives", request["ClientRequestToken"])
        with suppress(ClientError):
            if self.now <= sent_at + _SIGNED:
                self.engine.transact(request, self.now, self.step)


class Clock:
    """A client's clock, some seconds off. A pause takes a second, and is a turn for the others."""

    def __init__(self, world: World, offset: int = 0, pauses: int = 10_000) -> None:
        self._world, self._offset, self._pauses = world, offset, pauses

    def now(self) -> int:
        return self._world.now + self._offset

    def pause(self, attempt: int) -> None:
        if self._pauses == 0:
            raise Busy
        self._pauses -= 1
        self._world.wait(1)


@cache
def _with_ids(_: int) -> list[Any]:
    """Modules that make ids, of those that are loaded by now."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("frontdesk.")]
    return [module for module in modules if hasattr(module, "uuid4")]


@cache
def _store() -> DynamoStore:
    with patch.dict(os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test"):
        store = DynamoStore("frontdesk", region="eu-central-1")
        assert store.connection.client, "made while there are credentials"
    return store


def _action(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    ((_, action),) = entry.items()
    return action
