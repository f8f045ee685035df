"""The work of clients and staff in a process that may end at any request. Reports each call to the parent when it begins and ends."""

import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from random import Random
from threading import Lock, Thread
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest

from frontdesk.adapters.dynamodb.catalog import CatalogTable
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.bootstrap import SystemClock
from frontdesk.domain.problems import FrontdeskError
from frontdesk.domain.requests.catalog import TYPES, CatalogDocument
from frontdesk.domain.requests.order import read_as, read_config
from frontdesk.usecases.catalog import Office, change_item
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import Idempotency, Placed
from frontdesk.usecases.orders.place_batch import Asked, place_together
from tests.chaos.network import Network, Weather
from tests.simulation.clients import SKEW, TWICE, Call, Clients, asked_of, order_body
from tests.simulation.world import START
from tests.support.demo import DESK, DESKS, MEETING, NINE, ORGANIZATION, SECOND_ROOM, desks
from tests.support.engine import REGION
from tests.support.shrink import shrink

# A second here is many seconds there, so that drafts expire during the run.
SPEED = 20
_THREADS = 3
# Seconds for which a process may use what it has read.
_MEMORY = 0.3

# What staff change: (type, id, attribute), the first value, and the possible values.
Setting = tuple[str, str, str]
SETTINGS: dict[Setting, tuple[Any, Sequence[Any]]] = {
    ("resources", DESKS.id, "quantity"): (DESKS.quantity, range(4, 13)),
    ("resources", SECOND_ROOM.id, "archived"): (False, (False, False, True)),
    ("services", MEETING.id, "padding_before"): (MEETING.padding_before, (0, 30)),
    ("services", MEETING.id, "padding_after"): (MEETING.padding_after, (0, 0, 30)),
    ("services", DESK.id, "price"): (DESK.price, range(2000, 3000, 100)),
    ("vouchers", TWICE.id, "max_redemptions"): (TWICE.max_redemptions, range(1, 6)),
    ("vouchers", TWICE.id, "max_redemptions_per_customer"): (1, range(1, 4)),
}


class Plan(NamedTuple):
    """The plan of a process. `begun` and `until` are moments of the machine's monotonic clock."""

    endpoint: str
    table: str
    seed: str
    profile: str
    begun: float
    until: float
    weather: Weather
    mend_out: Callable[[pytest.MonkeyPatch], None] | None
    # Only one process has staff. With two, nobody could tell whose change came later.
    staff: bool


class Report(NamedTuple):
    """A report of a process: the current state of a call, or its observations at the end."""

    number: int = 0
    call: Call | None = None
    error: str = ""
    seen: Mapping[str, int] = {}


class Clock(SystemClock):
    """A process's clock, some seconds off, for an operation with a limited amount of real time."""

    def __init__(self, begun: float, offset: int = 0, seconds: float = 30) -> None:
        super().__init__(seconds)
        self._begun, self._offset = begun, offset

    def now(self) -> int:
        return START + self._offset + int(SPEED * (time.monotonic() - self._begun))


class _Table:
    """What a process knows about the table: the items as it last read them."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name, self._read_at = client, name, 0.0
        self._items: dict[tuple[str, str], Any] = {}

    @property
    def items(self) -> dict[tuple[str, str], Any]:
        if time.monotonic() - self._read_at > _MEMORY:
            self._read_at = time.monotonic()
            pages = self._client.get_paginator("scan").paginate(TableName=self._name)
            self._items = {(raw["pk"]["S"], raw["sk"]["S"]): raw for page in pages for raw in page["Items"]}
        return self._items


class Process:
    """The world of the clients of one process."""

    def __init__(self, plan: Plan, parent: Connection) -> None:
        self.plan, self._parent = plan, parent
        self._lock, self._numbers = Lock(), count()
        client = boto3.client("dynamodb", endpoint_url=plan.endpoint, region_name=REGION)
        self.store = DynamoStore(plan.table, region=REGION, endpoint=plan.endpoint)
        self.network = Network(self.store, client, plan.weather, Random(plan.seed))
        self.engine = _Table(client, plan.table)

    def run(self) -> None:
        work = {"mixed": Guests.anything, "large_order": Guests.tug_of_war}[self.plan.profile]
        tasks = [work] * _THREADS + ([Guests.edit] if self.plan.staff else [])
        together(partial(self._go_on, task, number) for number, task in enumerate(tasks))
        self.network.settle()
        self.tell(Report(seen=self.network.seen))

    def _go_on(self, task: "Callable[[Guests], None]", number: int) -> None:
        guests = Guests(self, Random(f"{self.plan.seed} {number}"))
        while time.monotonic() < self.plan.until:
            with suppress(FrontdeskError):
                task(guests)

    def number(self) -> int:
        return next(self._numbers)

    def tell(self, report: Report) -> None:
        with self._lock:
            self._parent.send(report)


def together(tasks: Any) -> None:
    threads = [Thread(target=task) for task in tasks]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def work(plan: Plan, parent: Connection) -> None:
    """Runs the process."""
    shrink(patch := pytest.MonkeyPatch())
    if plan.mend_out:
        plan.mend_out(patch)
    process = Process(plan, parent)
    # Any exception that is not a refusal ends its thread, and is reported.
    threading.excepthook = lambda error: process.tell(Report(error=_told(error.exc_value)))
    process.run()


def _told(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error)) if error else ""


class Guests(Clients):
    """The clients of one thread. Steps are moments of the machine's clock in nanoseconds."""

    def __init__(self, process: Process, random: Random) -> None:
        self._process = process
        now = Clock(process.plan.begun).now
        super().__init__(_World(process, random, now))  # type: ignore[arg-type]

    def anything(self) -> None:
        drawn = self.random.random()
        if drawn < 0.1:
            self.tug_of_war()
        elif drawn < 0.25:
            self._import()
        else:
            self._anything()

    def tug_of_war(self) -> None:
        """Moves a large order about while somebody else cancels it."""
        days = self.random.randint(4, 8)
        body = order_body(desks(1, NINE, 60) | {"recurring": {"frequency": "daily", "count": days}})
        begun = time.monotonic()
        placed = self._place(body, self._clock())
        took = time.monotonic() - begun
        # Some bookings stay. Otherwise, giving a day back twice would fall below zero, and be refused.
        if not placed or self.random.random() < 0.2:
            return

        def move() -> None:
            for _ in range(3):
                self._move(f"{placed}-{self.random.randint(2, days - 1)}", self._clock(), days - 1, 3600)

        def cancel() -> None:
            # While somebody is working on it, however slow the machine is.
            time.sleep(took * self.random.random())
            self._cancel_order(placed, self._clock())

        together([move, cancel, move])

    def edit(self) -> None:
        """Changes the catalog, as staff do."""
        setting = name, id, attribute = self.random.choice(list(SETTINGS))
        value = self.random.choice(SETTINGS[setting][1])
        of, process = TYPES[name], self._process
        document = {"data": {"attributes": {attribute: value}}}
        office = Office(Context(ORGANIZATION.id, self._clock()), process.store, CatalogTable(process.store))
        self._call(
            Call("edit", id, {"setting": setting, "value": value}),
            lambda: change_item(of, id, read_as(CatalogDocument, document), office),
        )
        time.sleep(self.random.random() / 2)

    def _import(self) -> None:
        """Imports a chunk of a file, and repeats it if necessary."""
        calls, asked = [], []
        for _ in range(self.random.randint(1, 4)):
            key = self.random.choice(["row 1", "row 2", None]) or str(uuid4())
            body = self._body(Random(key))
            body["bookings"] = [each | {"note": key} for each in body["bookings"]]
            idempotency = Idempotency.of(ORGANIZATION.id, "import", key, repr(body).encode(), "the run")
            calls.append(Call("create", idempotency.order_id, asked_of(body, idempotency), key))
            asked.append(Asked(read_config(body), idempotency))
        for _ in range(3):
            numbers = [self._begin(call) for call in calls]
            try:
                outcomes = place_together(Context(ORGANIZATION.id, self._clock()), asked, self.world.store)
            except FrontdeskError:
                # Some of its orders may be placed. Nothing is reported about them.
                calls = [Call(each.kind, each.target, each.asked, each.mark) for each in calls]
                continue
            for number, call, outcome in zip(numbers, calls, outcomes, strict=True):
                call.succeeded = isinstance(outcome, Placed)
                if isinstance(outcome, FrontdeskError):
                    call.refused = frozenset(problem.code for problem in outcome.problems)
                self._end(number, call)
            return

    def _clock(self, pauses: int = 12) -> Any:
        # An operation with almost no time left is another kind of crash.
        seconds = self.random.choice([0.2, 1, 5, 5, 5, 5])
        return Clock(self._process.plan.begun, self.random.randint(-SKEW, SKEW), seconds)

    def _place(
        self, body: dict[str, Any], clock: Any, key: str | None = None, mark: str | None = None
    ) -> str | None:
        return super()._place(body, clock, key, mark or str(uuid4()))

    def _call(self, call: Call, run: Callable[[], Any]) -> Any:
        number = self._begin(call)
        try:
            answer = super()._call(call, run)
        except Exception as error:
            error.add_note(f"{call}")
            raise
        if call.succeeded and call.kind == "create":
            call.target = answer.order.id
        self._end(number, call)
        return answer

    def _begin(self, call: Call) -> int:
        call.began, call.since = self.world.step, self.world.now
        number = self._process.number()
        self._process.tell(Report(number, call))
        return number

    def _end(self, number: int, call: Call) -> None:
        call.ended, call.until = self.world.step, self.world.now
        self._process.tell(Report(number, call))


class _World:
    """The parts of a simulated world that clients need."""

    def __init__(self, process: Process, random: Random, now: Callable[[], int]) -> None:
        self.random, self.store, self.engine = random, process.store, process.engine
        self._now = now

    @property
    def step(self) -> int:
        return time.monotonic_ns()

    @property
    def now(self) -> int:
        return self._now()

    def note(self, *_: Any) -> None:
        """Does nothing: no two runs are the same, so there is no trace."""
