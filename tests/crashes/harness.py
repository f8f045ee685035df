"""Stops an operation at each of its calls in turn, in every way that a call can go wrong, and looks at what is left.

The calls are counted by running the operation once, so that a new one is covered the day it appears. What must come out is not
written down either: a run without fault, and one in which nobody even tried, say what the items look like with and without it.

What is outside of a function that dies is the same from one write to the next, whatever it reads in between: it dies before each
write, and after the last. What comes before the operation is done once, and brought back for every fault.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple, get_args

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from frontdesk.adapters.dynamodb.items import catalog_row
from frontdesk.adapters.dynamodb.store import DynamoStore
from frontdesk.domain.catalog.access import Token
from frontdesk.domain.catalog.items import CatalogItem, Customer, Voucher
from frontdesk.domain.orders.order import Booking, Order
from frontdesk.domain.orders.snapshot import Key
from frontdesk.domain.problems import FrontdeskError
from frontdesk.usecases.audit import sweep
from frontdesk.usecases.context import Context
from tests.support.aftermath import findings
from tests.support.demo import CATALOG, ORGANIZATION
from tests.support.engine import Table
from tests.support.faults import events_of, refusal
from tests.support.turns import Clock, Crash, Time

Fault = Literal["dies before it", "dies after it", "its answer is lost", "it is throttled", "it conflicts"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
DEADLY = FAULTS[:2]
READS = {"Query", "BatchGetItem", "ListObjects", "GetObject"}
OUTSIDE = {"ListObjects", "GetObject", "PutObject", "MoveObject", "SendEmail"}

TWICE = Voucher(id="twice", code="TWICE", percent=10, max_redemptions=2, max_redemptions_per_customer=1)
_names = count()


class Moment(NamedTuple):
    """What is outside of a function, and all that there is after it has died."""

    items: dict[tuple[str, str], dict[str, Any]]
    kept: dict[str, Any]
    now: int


@dataclass
class Run:
    """A run of an operation for its own organization, in a shared table, with a fault at one of its calls (-1: none)."""

    table: Table
    store: DynamoStore
    at: int = -1
    fault: Fault = "dies before it"
    time: Time = field(default_factory=Time)
    made: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    counting: bool = False
    organization_id: str = field(default_factory=lambda: f"o{next(_names)}")

    def __post_init__(self) -> None:
        catalog: list[CatalogItem] = [item for item in CATALOG if item != ORGANIZATION]
        catalog += [ORGANIZATION.model_copy(update={"id": self.organization_id}), TWICE]
        self.table.put(catalog_row(self.organization_id, item) for item in catalog)

    @property
    def clock(self) -> Clock:
        return Clock(self.time, lambda: None)

    @property
    def context(self) -> Context:
        return Context(self.organization_id, self.clock)

    def items(self) -> list[tuple[Key, Any]]:
        """Returns all items of the organization, parsed from the raw items."""
        return list(self.table.objects(self.organization_id))

    def moment(self) -> Moment:
        return Moment(self.table.items(self.organization_id), self._copied(self.kept), self.time.now)

    def back_to(self, moment: Moment) -> None:
        there = self.table.items(self.organization_id)
        self.table.remove(there.keys() - moment.items.keys())
        self.table.put(raw for key, raw in moment.items.items() if there.get(key) is not raw)
        self.kept, self.time.now, self.made = self._copied(moment.kept), moment.now, []

    def _copied(self, kept: dict[str, Any]) -> dict[str, Any]:
        """What the test keeps beside the table, which stays the one."""
        return deepcopy(kept, {id(each): each for each in (self, self.store, self.table)})

    def everything(self, clock: Any) -> Iterator[tuple[str, Key, Any]]:
        return ((self.organization_id, key, item) for key, item in self.items())

    def __getattr__(self, name: str) -> Any:
        """Makes this a store for the sweep that contains only the organization."""
        return getattr(self.store, name)

    def sweep(self) -> None:
        sweep(self, self.clock)  # type: ignore[arg-type]

    # A call, to DynamoDB or to somebody else

    @contextmanager
    def faulty(self) -> Iterator[None]:
        """Counts the calls within the block, and lets one of them fail."""
        events = events_of(self.store)
        hooks = {"before-send.dynamodb": self._before_send, "after-call.dynamodb": self._after_call}
        for name, hook in hooks.items():
            events.register_first(name, hook)
        self.counting = True
        try:
            yield
        finally:
            self.counting = False
            for name, hook in hooks.items():
                events.unregister(name, hook)

    def call(self, make: Callable[[], Any], name: str = "SendEmail") -> Any:
        """Makes a call that does not go to DynamoDB."""
        if not self.counting:
            return make()
        self._count(name)
        answer = make()
        self._after_call()
        return answer

    def _count(self, name: str) -> bool:
        """Whether this call is the one that fails."""
        self.made.append(name)
        hit = len(self.made) - 1 == self.at
        if hit and self.fault == "dies before it":
            raise Crash
        return hit

    def _before_send(self, request: Any, **_: Any) -> AWSResponse | None:
        if not self._count(request.headers["X-Amz-Target"].decode().partition(".")[2]):
            return None
        if self.fault == "it is throttled":
            return refusal(request, "ThrottlingException")
        if self.fault == "it conflicts":
            actions = json.loads(request.body)["TransactItems"]
            return refusal(
                request,
                "TransactionCanceledException",
                ["TransactionConflict", *["None"] * (len(actions) - 1)],
            )
        return None

    def _after_call(self, **_: Any) -> None:
        if len(self.made) - 1 == self.at:
            if self.fault == "dies after it":
                raise Crash
            if self.fault == "its answer is lost":
                raise ReadTimeoutError(endpoint_url="injected")


@dataclass(frozen=True)
class Operation:
    """The preparation, the operation (repeated as a client would repeat it), and what follows."""

    name: str
    act: Callable[[Run], Any]
    prepare: Callable[[Run], Any] = lambda _: None
    then: Callable[[Run], Any] = lambda _: None
    in_steps: bool = False
    # False for operations that would happen anyway in the end.
    changes: bool = True
    # False for several orders, each of which is placed or not. After an interruption, some of them exist.
    whole: bool = True


def crash_points(operation: Operation, table: Table) -> int:
    """Runs the operation with each fault at each call. Returns how many there were."""
    run = Run(table, table.new_store())
    operation.prepare(run)
    begun = run.moment()
    without_it = _in_the_end(operation, run)
    run.back_to(begun)
    _first_try(operation, run)
    calls = run.made
    with_it = _in_the_end(operation, run)
    assert (with_it != without_it) == operation.changes
    points = 0
    for at, fault in _faults(calls):
        run.back_to(begun)
        run.at, run.fault = at, fault
        try:
            _first_try(operation, run)
            assert run.made[: at + 1] == calls[: at + 1], "the fault was there"
            if fault in DEADLY and operation.whole:
                stopped = run.moment()
                # Nobody repeated the operation: it took effect as a whole, or not at all.
                assert _in_the_end(operation, run) in (with_it, without_it)
                run.back_to(stopped)
                points += 1
            _come_again(operation, run)
            assert _in_the_end(operation, run) == with_it
        except BaseException as error:
            error.add_note(f"{operation.name}: call {at} of {calls}: {fault}")
            raise
        points += 1
    return points


def _faults(calls: Sequence[str]) -> Iterator[tuple[int, Fault]]:
    """At which call there is which fault. What is read again is read in one way: its two faults take turns."""
    writes = [at for at, call in enumerate(calls) if call not in READS]
    for at in writes:
        yield at, "dies before it"
    yield writes[-1], "dies after it"
    for at, call in enumerate(calls):
        if call in OUTSIDE:
            continue
        if call in READS:
            yield at, ("its answer is lost", "it is throttled")[at % 2]
        else:
            yield at, "its answer is lost"
            yield at, "it is throttled"
        if call == "TransactWriteItems":
            yield at, "it conflicts"


def _first_try(operation: Operation, run: Run) -> None:
    with suppress(Crash, FrontdeskError), run.faulty():
        operation.act(run)


def _come_again(operation: Operation, run: Run) -> None:
    """As a client does who was told nothing, or that somebody is at it."""
    for _ in range(2):
        try:
            operation.act(run)
            break
        except FrontdeskError:
            # Until the deadline, the first try may seem to be still running.
            run.time.now += 61


def _in_the_end(operation: Operation, run: Run) -> Any:
    """What the items say, once all is swept."""
    with suppress(FrontdeskError):
        operation.then(run)
    run.time.now += 7200
    run.sweep()
    items = run.items()
    assert findings(items, run.time.now) == []
    return _summary(items)


def _summary(items: list[tuple[Key, Any]]) -> Any:
    """Returns the relevant content of the items, without their ids and times."""
    orders = {key.id: item for key, item in items if isinstance(item, Order)}
    bookings: dict[str, list[Booking]] = {id: [] for id in orders}
    for _, item in items:
        if isinstance(item, Booking):
            bookings[item.order_id].append(item)
    mails = [cause.text for order in orders.values() for cause in order.causes]
    return (
        sorted(
            (
                order.status,
                order.active_bookings,
                order.amounts.total,
                sorted(
                    (b.status, b.start, b.end, b.resource_ids, b.weight, b.deleted)
                    for b in bookings[order.id]
                ),
            )
            for order in orders.values()
        ),
        sorted(mails),
        sorted(
            (key.id, getattr(item, "redemptions", item))
            for key, item in items
            if key.kind in ("voucher", "voucher_use")
        ),
        sorted(item.full_name for _, item in items if isinstance(item, Customer)),
        sorted((item.name, len(item.children)) for _, item in items if isinstance(item, Token)),
    )
