"""The network between a process and its table: refusals, lost answers, late requests, torn pages, and the end of the process."""

import json
import os
import signal
import time
from collections import Counter
from random import Random
from threading import Thread, local
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError

from frontdesk.adapters.dynamodb.store import DynamoStore
from tests.support.faults import events_of, refusal

_PAGES = (1, 2, 3, None)
# Seconds that a request may still be under way after its sender has stopped waiting.
_LATE = (0.0, 0.01, 0.1, 1.0)


class Weather(NamedTuple):
    """The probability of each fault, for every request."""

    conflict: float = 0.03
    throttled: float = 0.02
    late: float = 0.02
    lost: float = 0.03
    killed: float = 0.003


class Network:
    """`client` connects directly to the table. Late requests are sent through it."""

    def __init__(self, store: DynamoStore, client: Any, weather: Weather, random: Random) -> None:
        self.seen: Counter[str] = Counter()
        self._client, self._weather, self._random = client, weather, random
        self._own, self._late = local(), list[Thread]()
        events = events_of(store)
        events.register("provide-client-params.dynamodb.Query", self._tear)
        events.register_first("before-send.dynamodb", self._send)
        events.register("after-call.dynamodb", self._receive)

    def settle(self) -> None:
        """Waits until all late requests have arrived."""
        for each in self._late:
            each.join()

    def _tear(self, params: dict[str, Any], **_: Any) -> None:
        if limit := self._random.choice(_PAGES):
            params["Limit"] = limit

    def _send(self, request: Any, **_: Any) -> AWSResponse | None:
        writes = request.headers["X-Amz-Target"].endswith(b".TransactWriteItems")
        self._own.fate = fate = self._fate(writes=writes)
        self.seen[fate] += 1
        match fate:
            case "conflict":
                actions = json.loads(request.body)["TransactItems"]
                hit = self._random.randrange(len(actions))
                codes = ["TransactionConflict" if at == hit else "None" for at in range(len(actions))]
                return refusal(request, "TransactionCanceledException", codes)
            case "throttled":
                return refusal(request, "ThrottlingException")
            case "late":
                self._late.append(Thread(target=self._arrive, args=(json.loads(request.body),)))
                self._late[-1].start()
                raise ReadTimeoutError(endpoint_url="injected")
            case "killed" if self._random.random() < 0.5:
                _end()
        return None

    def _receive(self, **_: Any) -> None:
        match self._own.fate:
            case "killed":
                _end()
            case "lost":
                raise ReadTimeoutError(endpoint_url="injected")

    def _fate(self, *, writes: bool) -> str:
        drawn = self._random.random()
        for fate, likely in self._weather._asdict().items():
            if not writes and fate in ("conflict", "late"):
                continue
            drawn -= likely
            if drawn < 0:
                return fate
        return "well"

    def _arrive(self, request: dict[str, Any]) -> None:
        """Delivers a late request. Nobody receives its answer."""
        time.sleep(self._random.choice(_LATE))
        try:
            self._client.transact_write_items(**request)
        except ClientError:
            self.seen["late, and refused"] += 1


def _end() -> None:
    """Ends the process, whatever its threads are doing."""
    os.kill(os.getpid(), signal.SIGKILL)
